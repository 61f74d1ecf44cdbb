"""``logscrub code``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from logscrub.cli.app import FAILED, INTERRUPTED
from logscrub.cli.complete import files
from logscrub.cli.diagnostics import note
from logscrub.cli.options import (
    SeverityType,
    Target,
    config_options,
    configured,
    outcome_options,
    report_targets,
    screen_options,
    target_options,
)
from logscrub.cli.output import colored, screen_width, text_file, whole_file
from logscrub.cli.progress import shown_progress
from logscrub.model import Severity

if TYPE_CHECKING:
    from logscrub.code.fix import FixResult
    from logscrub.code.model import CodeResult
    from logscrub.code.suppress import Baseline
    from logscrub.trace.ledger import Emitted

_FORMATS = ("text", "json", "jsonl", "sarif", "github", "gitlab", "junit", "csv")
_MOST_REFUSED = 20


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=files)
@click.option("--bulk", is_flag=True, help="Report whole objects too of which no field is known to be sensitive.")
@click.option("--inventory", is_flag=True, help="List every log call and what it prints.")
@click.option("--tests", is_flag=True, help="Read the project's tests too.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these files or directories out. Repeatable.")
@click.option("--diff", "rev", metavar="REV", help="Report only what was not there at this revision of git.")
@click.option("--baseline", metavar="FILE", shell_complete=files, help="Report only what is not in this file.")
@click.option(
    "--write-baseline",
    "new_baseline",
    metavar="FILE",
    shell_complete=files,
    help="Write a file of what is found, for --baseline.",
)
@click.option("--fix", is_flag=True, help="Mend in the source what can be mended by itself.")
@click.option("--fix-diff", is_flag=True, help="Show what --fix would change, instead of a report.")
@click.option(
    "--ledger",
    "ledgers",
    multiple=True,
    metavar="FILE",
    shell_complete=files,
    help="Tell with each call what a filter took out, as counted in this file. Repeatable.",
)
@target_options(_FORMATS)
@click.option(
    "--fail-on",
    type=SeverityType(),
    help="End with exit code 1 for findings of this severity or worse.  [default: low]",
)
@outcome_options
@click.option("--jobs", type=click.IntRange(min=0), metavar="N", help="Processes to use.  [default: all processors]")
@click.option("--no-cache", is_flag=True, help="Neither use nor keep what was learnt about files before.")
@config_options
@screen_options
def code(
    paths: tuple[str, ...],
    bulk: bool,
    inventory: bool,
    tests: bool,
    exclude: tuple[str, ...],
    rev: str | None,
    baseline: str | None,
    new_baseline: str | None,
    fix: bool,
    fix_diff: bool,
    ledgers: tuple[str, ...],
    targets: tuple[Target, ...],
    output: str | None,
    fail_on: Severity | None,
    exit_zero: bool,
    min_severity: Severity | None,
    jobs: int | None,
    no_cache: bool,
    config_path: str | None,
    isolated: bool,
    no_progress: bool,
    color: str,
    quiet: bool,
) -> int:
    """Find log calls in source code that print secrets and personal data.

    PATH is a file or a directory. Each finding tells where the value comes from, how it gets to the call and what the
    log would show. The code is read, never run, and text from it is scrubbed before it is shown.

    \b
    logscrub code src
    logscrub code src --diff origin/main --format github
    logscrub code src --inventory
    logscrub code src --fix-diff
    logscrub code src --ledger leaks.jsonl

    A call whose value may be printed says why, in a comment on one of its lines or on the line above:

    \b
    log.info("token %s", token)  # logscrub: ok(a page number)

    Defaults come from the table [tool.logscrub.code] of pyproject.toml, or [code] of logscrub.toml.
    """
    if fix and fix_diff:
        raise click.UsageError("--fix changes files, --fix-diff only shows how: give one of them")
    if rev is not None and new_baseline is not None:
        raise click.UsageError("--write-baseline takes everything that is found, so not together with --diff")
    targets = () if fix_diff and not (targets or output) else report_targets(targets, output)
    if fix_diff and any(target.path == "-" for target in targets):
        raise click.UsageError("--fix-diff writes to standard output; write --format FORMAT=FILE")
    config = configured(config_path, isolated)
    settings = config.code
    note("configuration: {}", config.path or "built-in defaults")
    from logscrub.code.audit import CodeOptions, audit_code
    from logscrub.code.suppress import with_baseline

    emitted = _read_ledgers(ledgers)
    options = CodeOptions(
        bulk=bulk or settings.bulk,
        inventory=inventory or bool(ledgers),  # a ledger has calls that nothing is found in
        tests=tests or settings.tests,
        exclude=(*settings.exclude, *exclude),
        min_severity=settings.min_severity if min_severity is None else min_severity,
        jobs=settings.jobs if jobs is None else jobs,
        languages=settings.languages,
        loggers=settings.loggers,
        sanitizers=settings.sanitizers,
        sensitive=settings.sensitive,
        safe=settings.safe,
        cache=settings.cache and not no_cache,
    )
    known = _known(baseline, settings.baseline, new_baseline)

    def audited(ledger: bool) -> CodeResult:
        with shown_progress(not (no_progress or quiet), unit="files") as progress:
            result = audit_code(paths, options, progress)
            if ledger:
                from logscrub.trace.placed import with_ledger

                result = with_ledger(result, emitted)
            if not inventory:
                result = replace(result, calls=())
            if rev is not None:
                from logscrub.code.added import added_since

                before = replace(options, inventory=False)
                result = added_since(result, paths, rev, lambda some: audit_code(some, before, progress))
        return result if known is None or new_baseline is not None else with_baseline(result, known)

    result = audited(bool(ledgers))
    note("{} lines in {} files, {:.2f} s", result.lines, result.files, result.elapsed)
    if (fix or fix_diff) and not result.interrupted:
        from logscrub.code.fix import fix_files

        fixed = fix_files(result, write=fix)
        if fix_diff:
            _show_changes(fixed, color)
        if not quiet:
            _tell_fixed(fixed, "fixed" if fix else "would fix")
        if fix and fixed.changed:
            result = audited(ledger=False)
            if ledgers and not quiet:
                click.echo("the report is without the ledger: its lines are those from before the repairs", err=True)
    if new_baseline is not None:
        result = _write_baseline(new_baseline, result, known, quiet)
    for target in targets:
        if target.path != "-" or not quiet:
            _report(result, target, color)
    if not quiet:
        _remarks(result, paths, shown=Target("text", "-") in targets)
    return _exit_code(result, settings.fail_on if fail_on is None else fail_on, exit_zero)


def _read_ledgers(paths: Sequence[str]) -> list[Emitted]:
    if not paths:
        return []
    from logscrub.trace.ledger import read_ledger

    return [entry for path in paths for entry in read_ledger(path)]


def _known(given: str | None, configured: str | None, new: str | None) -> Baseline | None:
    """Load the baseline to go by; one that is to be written need not be there yet."""
    import os

    from logscrub.code.suppress import Baseline

    path = given or configured
    if path is None or (new is not None and not os.path.exists(path)):
        path = new if new is not None and os.path.exists(new) else None
    return None if path is None else Baseline.load(path)


def _write_baseline(path: str, result: CodeResult, known: Baseline | None, quiet: bool) -> CodeResult:
    from logscrub.code.suppress import Baseline, fingerprinted, with_baseline
    from logscrub.report.visible import visible

    baseline = (known or Baseline()).renewed(fingerprinted(result.findings))
    with whole_file(path) as stream:
        stream.write(baseline.text().encode("utf-8"))
    if not quiet:
        click.echo(f"wrote {_count(len(baseline.entries), 'finding')} to {visible(path)}", err=True)
    return with_baseline(result, baseline)


def _report(result: CodeResult, target: Target, color: str) -> None:
    from logscrub.report.code import FORMATS, Options, shown

    with text_file(target.path) as stream:
        to_screen = target.path == "-"
        options = Options(
            color=colored(color, stream) if to_screen else color == "always",
            width=screen_width(stream) if to_screen else None,
        )
        FORMATS[target.format](shown(result), stream, options)


def _show_changes(fixed: FixResult, color: str) -> None:
    from logscrub.report.code import Options, diff

    diff.write(fixed.changed, sys.stdout, Options(color=colored(color, sys.stdout)))
    sys.stdout.flush()


def _tell_fixed(fixed: FixResult, word: str) -> None:
    from logscrub.report.code.shown import clean_text
    from logscrub.report.visible import visible

    done = f"{word} {_count(len(fixed.done), 'finding')} in {_count(len(fixed.changed), 'file')}"
    click.echo(f"{done}, {len(fixed.refused):,} left" if fixed.refused else done, err=True)
    for one in fixed.refused[:_MOST_REFUSED]:
        place = one.finding.place
        click.echo(f"  not fixed: {visible(place.path)}:{place.line}: {clean_text(one.reason)}", err=True)
    if len(fixed.refused) > _MOST_REFUSED:
        click.echo(f"  … and {len(fixed.refused) - _MOST_REFUSED:,} more", err=True)


def _remarks(result: CodeResult, paths: Sequence[str], shown: bool) -> None:
    from logscrub.report.code.shown import clean_text
    from logscrub.report.visible import visible

    if not shown:
        for problem in result.problems:
            line = f":{problem.line}" if problem.line else ""
            word = "warning" if problem.partial else "error"
            click.echo(f"{word}: {visible(problem.path)}{line}: {clean_text(problem.reason)}", err=True)
        if result.interrupted:
            click.echo("interrupted: the report holds what was found until then", err=True)
    if not result.files and not result.problems and not result.interrupted:
        click.echo(f"error: no source file in {', '.join(map(visible, paths))}", err=True)


def _exit_code(result: CodeResult, fail_on: Severity, exit_zero: bool) -> int:
    if result.interrupted:
        return INTERRUPTED
    if not result.files or any(not problem.partial for problem in result.problems):
        return FAILED
    found = any(finding.severity >= fail_on for finding in result.findings)
    return 1 if found and not exit_zero else 0


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
