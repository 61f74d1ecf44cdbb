"""``logscrub watch``."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from logscrub.cli.complete import files
from logscrub.cli.diagnostics import note
from logscrub.cli.options import SeverityType, configured, known_option, policy_options, protect_known
from logscrub.cli.output import COLORS, colored
from logscrub.machine import interrupts
from logscrub.model import Severity

if TYPE_CHECKING:
    from logscrub.sources import Unread
    from logscrub.watch import Report

_FORMATS = ("text", "jsonl")


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=files)
@click.option("--from-start", is_flag=True, help="Read what is in the files already, too.")
@click.option(
    "--interval",
    type=click.FloatRange(0.01, 3600),
    default=0.5,
    show_default=True,
    metavar="SECONDS",
    help="Look at the files so often.",
)
@click.option(
    "--every",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="Tell of a value when it comes first, and then at most once in so many seconds how often it came; 0 tells "
    "every occurrence.",
)
@click.option(
    "--until-idle", type=click.FloatRange(min=0), metavar="SECONDS", help="End when nothing came for so long."
)
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="Form of what is told."
)
@click.option("--min-severity", type=SeverityType(), help="Tell of findings of this severity or worse.")
@click.option(
    "--metrics",
    metavar="[HOST:]PORT",
    help="Serve counters for Prometheus there; without a HOST to this machine only.",
)
@policy_options
@known_option
@click.option("--color", type=click.Choice(COLORS), default="auto", show_default=True, help="Colours in the text.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only: no remarks and no summary.")
def watch(
    paths: tuple[str, ...],
    from_start: bool,
    interval: float,
    every: float,
    until_idle: float | None,
    form: str,
    min_severity: Severity | None,
    metrics: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    packs: tuple[str, ...],
    config_path: str | None,
    isolated: bool,
    known: tuple[str, ...],
    color: str,
    quiet: bool,
) -> int:
    """Follow logs and tell of secrets and personal data as they come.

    PATH is a file, which need not be there yet, a directory, a glob or - for standard input. Files are followed through
    rotation. No raw value is ever shown. Ctrl-C and SIGTERM end it, with exit code 1 if there were findings, else 0.

    \b
    logscrub watch /var/log/app/*.log
    logscrub watch /var/log/containers --format jsonl --metrics 9464
    kubectl logs -f web | logscrub watch -
    logscrub watch app.log --from-start --until-idle 5
    """
    config = configured(config_path, isolated, select, ignore, packs)
    note("configuration: {}", config.path or "built-in defaults")
    protect_known(known)
    from logscrub.watch import Watch
    from logscrub.watch.report import FORMATS, summary

    write, in_color = FORMATS[form], colored(color, sys.stdout)

    def tell(report: Report) -> None:
        write(report, sys.stdout, in_color)
        sys.stdout.flush()

    watch = Watch(
        paths,
        tell,
        _ignored if quiet else _remark,
        policy=config.policy,
        from_start=from_start,
        interval=interval,
        every=every,
        min_severity=min_severity,
        until_idle=until_idle,
    )
    with ExitStack() as stack:
        if metrics is not None:
            from logscrub.watch.metrics import address_of, served

            address = stack.enter_context(served(lambda: watch.stats, *address_of(metrics)))
            if not quiet:
                click.echo(f"metrics at {address}", err=True)
        stack.enter_context(interrupts(watch.stop, signal.SIGINT, signal.SIGTERM))
        stats = watch.run()
    if not quiet:
        click.echo(summary(stats), err=True)
    return 1 if stats.findings else 0


def _remark(unread: Unread) -> None:
    from logscrub.cli.hints import near_path
    from logscrub.report.visible import visible

    label = "error" if unread.error else "remark"
    hint = "" if os.path.lexists(unread.path) else near_path(unread.path)
    click.echo(f"{label}: {visible(unread.path)}: {visible(unread.reason)}{f'; {hint}' if hint else ''}", err=True)


def _ignored(unread: Unread) -> None:
    """Say nothing."""
