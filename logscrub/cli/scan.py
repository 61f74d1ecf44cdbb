"""``logscrub scan``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from logscrub.cli.app import FAILED, INTERRUPTED
from logscrub.cli.baseline import InUse, baseline_options
from logscrub.cli.complete import files
from logscrub.cli.diagnostics import note
from logscrub.cli.options import (
    SeverityType,
    Target,
    configured,
    deep_analyzer,
    deep_options,
    known_option,
    outcome_options,
    policy_options,
    protect_known,
    reading_options,
    report_targets,
    screen_options,
    target_options,
)
from logscrub.cli.output import colored, screen_width, text_file
from logscrub.cli.progress import shown_progress
from logscrub.model import Severity
from logscrub.report import FORMATS, GROUPS, SORTS, Group, Options, Sort

if TYPE_CHECKING:
    from logscrub.findings import ScanResult


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=files)
@target_options(tuple(FORMATS))
@click.option(
    "--group-by",
    "group",
    type=click.Choice(GROUPS),
    default="severity",
    show_default=True,
    help="What findings are put together by, in the text.",
)
@click.option(
    "--sort",
    type=click.Choice(SORTS),
    default="severity",
    show_default=True,
    help="What comes first in it: the worst, the most frequent, what was seen first, or by path.",
)
@click.option(
    "--fail-on",
    type=SeverityType(),
    default="low",
    show_default=True,
    help="End with exit code 1 for findings of this severity or worse.",
)
@outcome_options
@baseline_options
@click.option(
    "--allow-comments",
    is_flag=True,
    help="Let a comment on a line, logscrub: allow[RULE] REASON, allow findings there. Not for logs: whoever writes a "
    "line could hide a secret in it.",
)
@policy_options
@known_option
@reading_options
@click.option(
    "--ledger",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Remember there what was scanned: read only what is new the next time, and tell new findings from known ones. "
    "Goes on where a run was stopped.",
)
@deep_options
@click.option(
    "--source",
    "directories",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Say which log call of this source printed each finding. Repeatable.",
)
@screen_options
def scan(
    paths: tuple[str, ...],
    targets: tuple[Target, ...],
    output: str | None,
    group: Group,
    sort: Sort,
    fail_on: Severity,
    exit_zero: bool,
    min_severity: Severity | None,
    baseline: str | None,
    new_baseline: str | None,
    prune: bool,
    allow_comments: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    packs: tuple[str, ...],
    config_path: str | None,
    isolated: bool,
    known: tuple[str, ...],
    jobs: int,
    cluster: str | None,
    ledger: str | None,
    storage_options: tuple[str, ...],
    deep: bool,
    deep_model: str | None,
    deep_language: str,
    directories: tuple[str, ...],
    no_progress: bool,
    color: str,
    quiet: bool,
) -> int:
    """Find secrets and personal data in log files.

    PATH is a file, a directory, a glob, a URL (s3://, https://, ssh://, …) or - for standard input. Files may be
    compressed, archives (zip, tar), tables (Parquet, Avro) and UTF-16, whatever their names. No raw value is shown.

    \b
    logscrub scan app.log
    logscrub scan /var/log --min-severity high
    logscrub scan /var/log --ledger /var/lib/logscrub/logs.ledger
    logscrub scan logs --baseline known.json
    logscrub scan app.log --source src
    kubectl logs web | logscrub scan -
    logscrub scan logs --format text --format html=report.html
    """
    targets = report_targets(targets, output)
    config = configured(config_path, isolated, select, ignore, packs)
    in_use = InUse.of(
        config.policy, given=baseline, configured=config.baseline, new=new_baseline, prune=prune, ledger=ledger
    )
    policy = in_use.policy
    note("configuration: {}", config.path or "built-in defaults")
    protect_known(known)
    from logscrub.audit import scan as scan_paths

    analyzer = deep_analyzer(deep, deep_model, deep_language)
    calls = None
    if directories and allow_comments:
        raise click.UsageError("--allow-comments does not go with --source: logs that a program wrote have no comments")
    if directories and (ledger or cluster):
        raise click.UsageError(
            "--source goes neither with --ledger nor with --cluster: log calls are traced here and now"
        )
    if directories:
        from logscrub.cli.trace import log_calls

        calls = log_calls(directories, config.code)
    with shown_progress(not (no_progress or quiet)) as progress:
        if calls is None:
            result = scan_paths(
                paths,
                policy=policy,
                progress=progress,
                jobs=jobs,
                cluster=cluster,
                ledger=ledger,
                storage_options=storage_options,
                deep=analyzer,
                allow_comments=allow_comments,
            )
        else:
            from logscrub.trace.log import trace_log

            result = trace_log(paths, calls, policy=policy, progress=progress, deep=analyzer).scan
    note(
        "rules {}: {} bytes in {} files, {:.2f} s", result.rules_digest[:12], result.bytes, result.files, result.elapsed
    )
    for unread in result.skipped:
        note("skipped {}: {}", unread.path, unread.reason)
    result = in_use.applied(result, quiet)
    if min_severity is not None:
        result = result.at_least(min_severity)
    for target in targets:
        if target.path != "-" or not quiet:
            _report(result, target, color, group, sort)
    if not quiet and Target("text", "-") not in targets:
        _remarks(result)
    if not quiet and not result.files:
        _nothing_read(result)
    return _exit_code(result, fail_on, exit_zero)


def _report(result: ScanResult, target: Target, color: str, group: Group, sort: Sort) -> None:
    with text_file(target.path) as stream:
        to_screen = target.path == "-"
        options = Options(
            color=colored(color, stream) if to_screen else color == "always",
            width=screen_width(stream) if to_screen else None,
            group=group,
            sort=sort,
        )
        FORMATS[target.format](result, stream, options)


def _remarks(result: ScanResult) -> None:
    from logscrub.report.visible import visible

    for unread in result.errors:
        click.echo(f"error: {visible(unread.path)}: {visible(unread.reason)}", err=True)
    for one in (*result.not_checked, *result.expired):
        click.echo(f"warning: {visible(one)}", err=True)
    for one in result.remarks:
        click.echo(f"remark: {visible(one)}", err=True)
    if result.interrupted:
        click.echo("interrupted: the report holds what was found until then", err=True)
    sys.stderr.flush()


def _nothing_read(result: ScanResult) -> None:
    """Say what may have been meant."""
    from logscrub.cli.hints import near_path
    from logscrub.report.visible import visible

    for unread in result.errors:
        if not os.path.exists(unread.path) and (hint := near_path(unread.path)):
            click.echo(f"{visible(unread.path)}: {hint}", err=True)
    if any(unread.reason == "permission denied" for unread in result.errors):
        click.echo("run it as a user who may read them, or as a member of the group they belong to", err=True)
    if not result.errors and not result.skipped and not result.interrupted:
        where = ", ".join(map(visible, result.inputs))
        click.echo(f"nothing to read in {where}: name a file, or the directory that the service logs to", err=True)


def _exit_code(result: ScanResult, fail_on: Severity, exit_zero: bool) -> int:
    if result.interrupted:
        return INTERRUPTED
    if result.errors or result.not_checked or (result.skipped and not result.files):
        return FAILED
    found = any(finding.severity >= fail_on for finding in result.findings)
    return 1 if found and not exit_zero else 0
