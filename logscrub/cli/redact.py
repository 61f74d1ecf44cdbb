"""``logscrub redact``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, BinaryIO

import click

from logscrub.cli.app import FAILED
from logscrub.cli.options import configured, known_option, policy_options, protect_known
from logscrub.cli.output import whole_file
from logscrub.errors import ConfigError, SourceError
from logscrub.report.visible import visible
from logscrub.sources import STDIN, NotTextError, Reader, Source

if TYPE_CHECKING:
    from logscrub.policy import Policy


@click.command()
@click.argument("path", metavar="PATH")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default="-",
    help="Write the copy there; it appears when it is whole. [default: standard output]",
)
@policy_options
@known_option
@click.option("-q", "--quiet", is_flag=True, help="Print no remarks.")
def redact(
    path: str,
    output: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    packs: tuple[str, ...],
    config_path: str | None,
    isolated: bool,
    known: tuple[str, ...],
    quiet: bool,
) -> int:
    """Write a copy of a log without secrets and personal data.

    PATH is a file, or - for standard input: then every line is passed on as soon as it is whole. The copy has the
    compression and the encoding of PATH.

    \b
    logscrub redact app.log -o clean.log
    logscrub redact app.log.1.gz -o clean.log.1.gz
    app 2>&1 | logscrub redact - >> app.log
    """
    policy = configured(config_path, isolated, select, ignore, packs).policy
    _keep_input(path, output)
    protect_known(known)
    try:
        reader = Reader(Source(path))
    except SourceError as error:
        raise SourceError(f"{visible(path)}: {error}") from None
    with reader:
        if output == "-":
            return _copy(reader, sys.stdout.buffer, policy, remark=False)
        with whole_file(output, None if path == STDIN else os.stat(path).st_mode & 0o777) as stream:
            return _copy(reader, stream, policy, remark=not quiet)


def _copy(reader: Reader, stream: BinaryIO, policy: Policy, *, remark: bool) -> int:
    # Imported here so that a path that cannot be read is refused at once.
    from logscrub.scrubber import Scrubber
    from logscrub.sources.rewrite import rewrite

    scrubber = Scrubber(policy)
    path = visible(reader.source.path)

    def write(data: bytes) -> None:
        stream.write(data)
        stream.flush()

    try:
        done = rewrite(reader, write, scrubber.detector, scrubber.redactor)
    except NotTextError as error:
        raise SourceError(f"{path}: {error}") from None
    if reader.problem:
        click.echo(f"error: {path}: {reader.problem}", err=True)
    if done.unjudged:
        click.echo(f"warning: {path}: {done.unjudged} records took too long to judge and were left out", err=True)
    if remark:
        click.echo(f"{done.redacted:,} {'value' if done.redacted == 1 else 'values'} redacted", err=True)
    return FAILED if reader.problem else 0


def _keep_input(path: str, output: str) -> None:
    if path != STDIN and os.path.isdir(path):
        raise SourceError(f"{visible(path)}: is a directory; redact takes one file")
    if output != "-" and path != STDIN and os.path.exists(output) and os.path.samefile(path, output):
        raise ConfigError("the output is the input: name another file, and move it into place when it is right")
