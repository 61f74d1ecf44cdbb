"""``logscrub ledger``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from logscrub.cli.app import CONTEXT
from logscrub.cli.group import LazyGroup
from logscrub.cli.options import config_options, configured
from logscrub.errors import SourceError
from logscrub.report.visible import visible

if TYPE_CHECKING:
    from logscrub.findings import Run

_MOST_RUNS = 50


@click.group(
    cls=LazyGroup,
    verbs={
        "show": ("logscrub.cli.ledger:show", "List the runs, and what they found."),
        "verify": ("logscrub.cli.ledger:verify", "Find out whether anything but logscrub changed it."),
        "prune": ("logscrub.cli.ledger:prune", "Take out old runs and files that were not met for long."),
    },
    context_settings=CONTEXT,
)
def ledger() -> None:
    """Show, verify and prune the memory of scans: what 'logscrub scan --ledger FILE' writes."""


@click.command()
@click.argument("path", metavar="FILE", type=click.Path())
@click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True, help="Form of the list."
)
@config_options
def show(path: str, form: str, config_path: str | None, isolated: bool) -> None:
    """List the runs of a ledger, and what they found.

    Runs of the same inputs and rules stand together, at most 50 of them, the latest last.

    \b
    logscrub ledger show logs.ledger
    """
    from logscrub.audit.ledger import Ledger

    with Ledger(path, _key(path, config_path, isolated)) as book:
        groups = book.groups()
        head = book.head()
    if form == "json":
        listed = [
            {"inputs": one.inputs, "rules": one.rules, "version": one.version, "runs": [_data(run) for run in runs]}
            for one, runs in groups
        ]
        click.echo(json.dumps({"head": None if head is None else str(head), "groups": listed}, indent=2))
        return
    for one, runs in groups:
        named = ", ".join(one.inputs) if one.inputs is not None else "inputs that were not noted"
        click.echo(f"{visible(named)}  (rules {visible(one.rules[:12])}, logscrub {visible(one.version)})")
        for line in _table(runs[-_MOST_RUNS:]):
            click.echo(f"  {line}")
        if len(runs) > _MOST_RUNS:
            click.echo(f"  and {len(runs) - _MOST_RUNS:,} earlier ones")
    every = sum(len(runs) for _, runs in groups)
    click.echo(f"{every:,} {'run' if every == 1 else 'runs'}, {_size(path)}")


@click.command()
@click.argument("path", metavar="FILE", type=click.Path())
@click.option(
    "--head",
    "text",
    metavar="HEAD",
    help="The head that an earlier check printed: what was entered until then must still be the same.",
)
@config_options
def verify(path: str, text: str | None, config_path: str | None, isolated: bool) -> int:
    """Find out whether anything but logscrub changed a ledger.

    Runs are sealed in a chain under the ledger's key. A run that was changed, removed, added or moved is named, and the
    exit code is 1. Keep the head that is printed elsewhere, and give it with the next check: then the past cannot be
    written anew even by somebody who has the key.

    \b
    logscrub ledger verify logs.ledger
    logscrub ledger verify logs.ledger --head "$(cat head.txt)"
    """
    from logscrub.audit.verify import verify_ledger
    from logscrub.chain import Head

    head = Head.parse(text) if text is not None else None
    check = verify_ledger(path, _key(path, config_path, isolated), head)
    for problem in check.problems:
        click.echo(problem)
    told = f"{check.runs:,} {'run' if check.runs == 1 else 'runs'}"
    if check.runs:
        told += f" from {visible(check.first)} to {visible(check.last)}"
    if check.pruned:
        told += f", {check.pruned:,} pruned"
    if check.unsealed:
        told += f", {check.unsealed:,} not sealed: from before there was a chain"
    number = len(check.problems)
    click.echo(f"{told}: " + (f"{number:,} changed" if number else "nothing was changed"))
    if check.head is not None:
        click.echo(f"head {check.head}")
    return 1 if check.problems else 0


@click.command()
@click.argument("path", metavar="FILE", type=click.Path())
@click.option(
    "--keep-days", type=click.IntRange(min=1), required=True, metavar="N", help="Keep what is younger than N days."
)
@config_options
def prune(path: str, keep_days: int, config_path: str | None, isolated: bool) -> None:
    """Take old runs out of a ledger, and what it knows of files that no scan has met for as long.

    The last complete run of each inputs stays, so that the next one can be compared with it. What was taken out is
    entered in the chain, so 'logscrub ledger verify' goes on to hold.

    \b
    logscrub ledger prune logs.ledger --keep-days 400
    """
    from logscrub.audit.ledger import Ledger

    key = _key(path, config_path, isolated)
    before = _size(path)
    with Ledger(path, key) as book:
        runs, files = book.prune(keep_days)
    told = f"forgot {runs:,} {'run' if runs == 1 else 'runs'} and {files:,} {'file' if files == 1 else 'files'}"
    click.echo(f"{told}; {before} before, {_size(path)} now")


def _key(path: str, config_path: str | None, isolated: bool) -> bytes:
    """Return the key of a ledger that is there; none is made."""
    from logscrub.keyfile import needed_key

    if not os.path.isfile(path):
        raise SourceError(f"{visible(path)}: there is no ledger of this name")
    return configured(config_path, isolated).policy.key or needed_key(path)


def _size(path: str) -> str:
    from logscrub.report.forms.terms import size

    return size(os.path.getsize(path))


def _table(runs: list[Run]) -> Iterator[str]:
    severities = [severity for severity, _ in runs[0].by_severity]
    heads = ["run", "findings", *map(str, severities), "new", "gone", "files"]
    rows = [
        [
            f"{run.number}",
            f"{run.findings:,}",
            *(f"{count:,}" for _, count in run.by_severity),
            *("-" if one is None else f"{one:,}" for one in (run.new, run.gone)),
            f"{run.files:,}",
        ]
        for run in runs
    ]
    widths = [max(map(len, column)) for column in zip(heads, *rows)]
    ends = [visible(run.ended) + ("" if run.complete else "  not everything was read") for run in runs]
    for row, end in zip([heads, *rows], ["ended", *ends]):
        yield "  ".join([*(cell.rjust(width) for cell, width in zip(row, widths)), end])


def _data(run: Run) -> dict[str, Any]:
    from logscrub.report.json import run_data

    return run_data(run)
