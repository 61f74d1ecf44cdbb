"""``logscrub unseal``."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, BinaryIO

import click

from logscrub.cli.app import FAILED
from logscrub.cli.complete import files
from logscrub.cli.output import whole_file
from logscrub.errors import ConfigError, SourceError
from logscrub.report.visible import visible
from logscrub.sources import STDIN, NotTextError, Reader, Source

if TYPE_CHECKING:
    from logscrub.seal import Audit, Unsealer

_ENDING = ("SIGTERM", "SIGHUP")


@click.command()
@click.argument("path", metavar="[PATH]", default=STDIN, shell_complete=files)
@click.option(
    "--key-file",
    "key_files",
    multiple=True,
    metavar="FILE",
    shell_complete=files,
    help="Open with the key in this file. Repeatable.",
)
@click.option(
    "--key-env",
    "key_variables",
    multiple=True,
    metavar="NAME",
    help="Open with the key in this variable of the environment. Repeatable.",
)
@click.option(
    "--audit",
    "audit_path",
    required=True,
    metavar="FILE",
    shell_complete=files,
    help="Note there who opens what, before it is shown.",
)
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is noted too.")
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Open what this rule found only. Repeatable.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=files,
    default="-",
    help="Write the text there, readable by you alone; it appears when it is whole. [default: standard output]",
)
@click.option("-q", "--quiet", is_flag=True, help="Print no remarks.")
def unseal(
    path: str,
    key_files: tuple[str, ...],
    key_variables: tuple[str, ...],
    audit_path: str,
    reason: str,
    rules: tuple[str, ...],
    output: str,
    quiet: bool,
) -> int:
    """Put the sealed values of a log back, and note who did it.

    PATH is a file, which may be compressed, or - for standard input. What does not open stays as it is, and the exit
    code is 2.

    \b
    logscrub unseal app.log --key-file seal.key --audit audit.jsonl --reason "case 4711" -o opened.log
    grep 98123 app.log | logscrub unseal --key-env SEAL_KEY --audit audit.jsonl --reason "case 4711"
    """
    from logscrub.seal import Audit, Unsealer

    unsealer = Unsealer(_keys(key_files, key_variables), rules)
    try:
        reader = Reader(Source(path))
    except SourceError as error:
        raise SourceError(f"{visible(path)}: {error}") from None
    with reader:
        audit = Audit(audit_path, reason=reason, source=visible(path), keys=unsealer.key_ids)
        with closing(audit):
            for taken in (path, *key_files):
                _apart(taken, output, audit)
            if output != "-" and audit.same_file(output):
                raise ConfigError("the output is the audit file: name another file")
            audit.begin()
            if output == "-":
                _copy(reader, sys.stdout.buffer, unsealer, audit)
            else:
                with _stoppable(), whole_file(output, 0o600) as stream:
                    _copy(reader, stream, unsealer, audit)
    return _tell(reader, unsealer, quiet)


def _keys(files: tuple[str, ...], variables: tuple[str, ...]) -> list[bytes]:
    from logscrub.seal import check_key, read_key_file

    if not files and not variables:
        raise click.UsageError("no key: give --key-file FILE or --key-env NAME")
    keys = [(file, read_key_file(file)) for file in files]
    for name in variables:
        value = os.environ.get(name)
        if not value:
            raise ConfigError(f"--key-env: the environment has no {name}")
        keys.append((name, os.fsencode(value)))
    for source, key in keys:
        try:
            check_key(key)
        except ConfigError as error:
            raise ConfigError(f"{source}: {error}") from None
    return [key for _, key in keys]


def _apart(path: str, output: str, audit: Audit) -> None:
    """Refuse to write onto what is read."""
    if path == STDIN:
        return
    if audit.same_file(path):
        raise ConfigError(f"the audit file is {visible(path)}: name another file")
    if output != "-" and os.path.exists(output) and os.path.samefile(path, output):
        raise ConfigError(f"the output is {visible(path)}: name another file")


def _copy(reader: Reader, stream: BinaryIO, unsealer: Unsealer, audit: Audit) -> None:
    def write(data: bytes) -> None:
        # What the audit file does not hold is not shown.
        audit.opened(unsealer.take())
        stream.write(data)
        stream.flush()

    try:
        for chunk in reader.chunks():
            write(unsealer.feed(chunk))
    except NotTextError as error:
        raise SourceError(f"{visible(reader.source.path)}: {error}") from None
    write(unsealer.feed(b"", final=True))
    audit.end(unsealer)


@contextmanager
def _stoppable() -> Iterator[None]:
    """While a file of opened values is written, be ended like by Ctrl-C: nothing of it is left behind."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    ending = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
    before = [(one, signal.signal(one, interrupt)) for one in ending]
    try:
        yield
    finally:
        for one, handler in before:
            signal.signal(one, handler)


def _tell(reader: Reader, unsealer: Unsealer, quiet: bool) -> int:
    if not quiet:
        by_rule = ", ".join(f"{rule} {count:,}" for rule, count in sorted(unsealer.opened.items()))
        total = sum(unsealer.opened.values())
        about = f" ({by_rule})" if by_rule else ""
        click.echo(f"{total:,} {'value' if total == 1 else 'values'} put back{about}", err=True)
    given = ", ".join(unsealer.key_ids)
    for key_id, count in unsealer.other_keys.items():
        who = "other keys" if key_id == "others" else f"key {key_id}"
        click.echo(f"error: {count:,} not opened: sealed with {who}, you gave {given}", err=True)
    if unsealer.changed:
        click.echo(f"error: {unsealer.changed:,} not opened: changed or cut off since they were sealed", err=True)
    if reader.problem:
        click.echo(f"error: {visible(reader.source.path)}: {reader.problem}", err=True)
    return FAILED if unsealer.unopened or reader.problem else 0
