"""``logscrub redact``."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import click

from logscrub.cli.app import FAILED, INTERRUPTED
from logscrub.cli.complete import files
from logscrub.cli.options import configured, known_option, policy_options, protect_known
from logscrub.cli.output import whole_file
from logscrub.cli.progress import shown_progress
from logscrub.errors import ConfigError, SourceError
from logscrub.report.visible import visible
from logscrub.sources import STDIN, NotTextError, Reader, Source

if TYPE_CHECKING:
    from logscrub.cleaning import Action, Redaction
    from logscrub.policy import Policy


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=files)
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    shell_complete=files,
    help="Write the copy of one file there, or those of many below that directory. A file appears when it is whole. "
    "[default: standard output]",
)
@click.option("--in-place", is_flag=True, help="Replace the files. Needs --manifest.")
@click.option(
    "--manifest",
    metavar="FILE",
    shell_complete=files,
    help="Append to this file, as JSON lines, what becomes of each file: digests before and after, counts by rule.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Write nothing, and say what would become of the files.")
@click.option("--break-links", is_flag=True, help="Replace files with several names: the others keep the old text.")
@click.option(
    "--even-if-open",
    is_flag=True,
    help="Also replace files that a process has open for writing. It goes on writing to the old file, which nobody "
    "will see again.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Processes to use.  [default: all processors]",
)
@policy_options
@known_option
@click.option("--no-progress", is_flag=True, help="Show no progress.")
@click.option("-q", "--quiet", is_flag=True, help="Print no remarks.")
def redact(
    paths: tuple[str, ...],
    output: str | None,
    in_place: bool,
    manifest: str | None,
    dry_run: bool,
    break_links: bool,
    even_if_open: bool,
    jobs: int,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    packs: tuple[str, ...],
    config_path: str | None,
    isolated: bool,
    known: tuple[str, ...],
    no_progress: bool,
    quiet: bool,
) -> int:
    """Write a copy of a log without secrets and personal data.

    PATH is a file, a directory, a glob, or - for standard input: then every line is passed on as soon as it is whole. A
    copy has the compression and the encoding of the original.

    \b
    logscrub redact app.log -o clean.log
    app 2>&1 | logscrub redact - >> app.log
    logscrub redact logs 'old/*.gz' -o clean      gives clean/logs/… and clean/old/…

    With --in-place the files themselves are replaced, each at once, with owner, mode and times kept. Whenever it is
    stopped, each file is the old one or the new one. A log that is being written is refused: rotate it first. Look at
    what would be done with --dry-run, and keep a copy: what is replaced cannot be had back.

    \b
    logscrub redact --in-place /var/log/app --dry-run
    logscrub redact --in-place /var/log/app --manifest redacted.jsonl

    Exit codes: 0 done, 2 something could not be done, 130 interrupted.
    """
    policy = configured(config_path, isolated, select, ignore, packs).policy
    if not (in_place or _are_many(paths, output) or (dry_run and output is None)):
        if manifest or dry_run:
            raise click.UsageError("--manifest and --dry-run go with --in-place or an output directory")
        with _told(_of_one(output or "-")):
            return _one(paths[0], output or "-", policy, known, quiet)
    if in_place and output is not None:
        raise click.UsageError("--in-place and --output exclude each other")
    if in_place and not (manifest or dry_run):
        raise click.UsageError("--in-place needs --manifest FILE, the record of what was replaced; or --dry-run")
    if not (in_place or dry_run) and output is None:
        raise click.UsageError("for more than one file name a directory with --output DIR, or use --in-place")
    with _told(_of_many(dry_run)), shown_progress(not (no_progress or quiet)) as progress:
        from logscrub.cleaning import redact_files

        protect_known(known)
        done = redact_files(
            paths,
            output=output,
            in_place=output is None,
            manifest=manifest,
            policy=policy,
            jobs=jobs,
            dry_run=dry_run,
            break_links=break_links,
            even_if_open=even_if_open,
            progress=progress,
        )
    _tell(done, quiet)
    if done.interrupted:
        return INTERRUPTED
    return FAILED if done.errors else 0


def _are_many(paths: tuple[str, ...], output: str | None) -> bool:
    """Whether these are files for a directory, and not one file for another one."""
    if len(paths) > 1:
        return True
    path = paths[0]
    if path == STDIN:
        return False
    into = output is not None and (output.endswith(os.sep) or os.path.isdir(output))
    return into or os.path.isdir(path) or (glob.has_magic(path) and not os.path.lexists(path))


def _tell(done: Redaction, quiet: bool) -> None:
    for one in done.files:
        path = visible(one.path)
        if one.is_error:
            click.echo(f"error: {path}: {visible(one.reason)}", err=True)
        if one.remark and one.action == "replaced":
            click.echo(f"warning: {path}: {visible(one.remark)}", err=True)
    if done.interrupted:
        click.echo(f"interrupted: {_of_many(done.dry_run)}", err=True)
    if quiet:
        return
    if done.dry_run:
        for one in done.files:
            if one.action in ("replaced", "written") and one.rules:
                click.echo(f"{visible(one.path)}: {_by_rule(one.rules)}")
    if done.leftovers:
        click.echo(f"removed {done.leftovers} temporary files of runs that were killed", err=True)
    would = "would be " if done.dry_run else ""
    words: dict[Action, str] = {
        "replaced": f"{would}replaced",
        "written": f"{would}written",
        "untouched": "without findings",
        "skipped": "skipped",
        "refused": "not done",
    }
    counts = [f"{done.count(action):,} {word}" for action, word in words.items() if done.count(action)]
    rules = done.rules
    values = f"{_values(rules.total())} {would}redacted{f' ({_by_rule(rules)})' if rules else ''}"
    click.echo(f"{', '.join(counts) or 'no files'}; {values}", err=True)


def _by_rule(rules: Mapping[str, int]) -> str:
    ordered = sorted(rules.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{rule} {count:,}" for rule, count in ordered)


def _values(count: int) -> str:
    return f"{count:,} {'value' if count == 1 else 'values'}"


@contextmanager
def _told(left: str) -> Iterator[None]:
    """Say what is left behind, where Ctrl-C ends it at once."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"interrupted: {left}", err=True)
        raise


def _of_many(dry_run: bool) -> str:
    return "nothing was written" if dry_run else "each file is the old one or the new one"


def _of_one(output: str) -> str:
    whole = output != "-" and (os.path.isfile(output) or not os.path.exists(output))
    return "nothing was written" if whole else "the copy ends early"


def _one(path: str, output: str, policy: Policy, known: tuple[str, ...], quiet: bool) -> int:
    """Copy one file, or a stream as it comes."""
    if path != STDIN and output != "-" and os.path.exists(output) and os.path.samefile(path, output):
        raise ConfigError("the output is the input: name another file, or use --in-place")
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
        click.echo(f"{_values(done.redacted)} redacted", err=True)
    return FAILED if reader.problem else 0
