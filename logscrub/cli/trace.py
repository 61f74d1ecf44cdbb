"""``logscrub trace``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from logscrub.cli.app import FAILED, INTERRUPTED
from logscrub.cli.complete import files
from logscrub.cli.diagnostics import note
from logscrub.cli.options import configured, known_option, policy_options, protect_known
from logscrub.cli.output import text_file
from logscrub.cli.progress import shown_progress

if TYPE_CHECKING:
    from logscrub.code.model import LogCall
    from logscrub.config import CodeSettings
    from logscrub.trace.model import TraceResult

_FORMATS = ("text", "json")


@click.command()
@click.argument("paths", nargs=-1, metavar="LOG...", shell_complete=files)
@click.option(
    "--source",
    "directories",
    multiple=True,
    required=True,
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Directory of the source that wrote the logs. Repeatable.",
)
@click.option("--rev", metavar="REVISION", help="The source as it was in this commit, tag or branch of its repository.")
@click.option("--all", "every_line", is_flag=True, help="Trace every line, and count what each call wrote.")
@click.option(
    "--ledger",
    "ledgers",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Show with it what a filter took out, as counted in this file. Repeatable.",
)
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="The report.")
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    shell_complete=files,
    help="Write it there instead of standard output.",
)
@click.option(
    "--top", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="List so many calls at most."
)
@policy_options
@known_option
@click.option("--no-progress", is_flag=True, help="Show no progress.")
def trace(
    paths: tuple[str, ...],
    directories: tuple[str, ...],
    rev: str | None,
    every_line: bool,
    ledgers: tuple[str, ...],
    form: str,
    output: str,
    top: int,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    packs: tuple[str, ...],
    config_path: str | None,
    isolated: bool,
    known: tuple[str, ...],
    no_progress: bool,
) -> int:
    """Find the log calls that wrote the findings of a log.

    LOG is a file, a directory, a glob or - for standard input, as for scan. Each finding is traced to the log call that
    printed it and to the argument that carried it. No raw value is ever shown. Ends with 0 whatever is found.

    \b
    logscrub trace app.log --source src
    logscrub trace app.log --source src --rev v1.4.2
    logscrub trace app.log --source src --all --top 50
    """
    if not paths and not ledgers:
        raise click.UsageError("nothing to trace: name a LOG, or a file with --ledger")
    config = configured(config_path, isolated, select, ignore, packs)
    note("configuration: {}", config.path or "built-in defaults")
    protect_known(known)
    from logscrub.trace.ledger import read_ledger
    from logscrub.trace.log import trace_log

    emitted = [entry for ledger in ledgers for entry in read_ledger(ledger)]
    calls = log_calls(directories, config.code, rev)
    with shown_progress(not no_progress) as progress:
        result = trace_log(paths, calls, policy=config.policy, every_line=every_line, ledger=emitted, progress=progress)
    for unread in result.scan.skipped:
        note("skipped {}: {}", unread.path, unread.reason)
    _report(result, form, output, top)
    if result.scan.interrupted:
        return INTERRUPTED
    return FAILED if result.scan.errors or (result.scan.skipped and not result.scan.files) else 0


def log_calls(directories: tuple[str, ...], settings: CodeSettings, rev: str | None = None) -> tuple[LogCall, ...]:
    """Read the log calls of a source, and say on standard error if there are none, or files that cannot be read.

    Raises:
        SourceError: a directory cannot be read, or has no such revision.
    """
    from logscrub.code.audit import CodeOptions
    from logscrub.report.visible import visible
    from logscrub.trace.source import calls_of

    options = CodeOptions(
        tests=settings.tests,
        exclude=settings.exclude,
        jobs=settings.jobs,
        languages=settings.languages,
        loggers=settings.loggers,
        cache=settings.cache,
    )
    calls, problems = calls_of(directories, rev, options)
    for problem in problems:
        if not problem.partial:
            click.echo(f"warning: {visible(problem.path)}: not read: {visible(problem.reason)}", err=True)
    if not calls:
        click.echo(f"warning: no log calls in {', '.join(map(visible, directories))}", err=True)
    return calls


def _report(result: TraceResult, form: str, output: str, top: int) -> None:
    from logscrub.report.visible import visible
    from logscrub.trace.report import FORMATS

    with text_file(output) as stream:
        FORMATS[form](result, stream, top)
    if (form, output) != ("text", "-"):
        for unread in result.scan.errors:
            click.echo(f"error: {visible(unread.path)}: {visible(unread.reason)}", err=True)
        sys.stderr.flush()
