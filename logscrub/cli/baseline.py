"""``logscrub baseline``, and what ``logscrub scan`` does with a baseline."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from logscrub.cli.complete import files
from logscrub.cli.options import configured, policy_options
from logscrub.errors import ConfigError
from logscrub.report.visible import visible

if TYPE_CHECKING:
    from logscrub.baseline import Baseline, Entry
    from logscrub.findings import ScanResult
    from logscrub.policy import Policy

Command = TypeVar("Command", bound=Callable[..., Any])

_MOST_UNUSED = 10


def baseline_options(command: Command) -> Command:
    """Add ``--baseline``, ``--write-baseline`` and ``--prune-baseline``."""
    command = click.option(
        "--prune-baseline", "prune", is_flag=True, help="Take out of that file what matches nothing any more."
    )(command)
    command = click.option(
        "--write-baseline",
        "new_baseline",
        metavar="FILE",
        shell_complete=files,
        help="Write a file of what is found, for --baseline.",
    )(command)
    return click.option(
        "--baseline", metavar="FILE", shell_complete=files, help="Report only what is not in this file."
    )(command)


@dataclass(frozen=True)
class InUse:
    """The baselines of one scan.

    Attributes:
        policy: the policy to scan with: it has the key of the fingerprints.
        known: what is known before.
        new: file to write.
        prune: take out of the known one what matches nothing.
    """

    policy: Policy
    known: Baseline | None = None
    new: str | None = None
    prune: bool = False

    @classmethod
    def of(
        cls,
        policy: Policy,
        *,
        given: str | None,
        configured: str | None,
        new: str | None = None,
        prune: bool = False,
        ledger: str | None = None,
    ) -> InUse:
        """Load the baseline to go by, and the key for it.

        Args:
            policy: what is looked for.
            given: file that the command line names.
            configured: file that the configuration names.
            new: file to write.
            prune: take out of the known one what matches nothing.
            ledger: ledger of the scan: its fingerprints have the same key.

        Raises:
            click.UsageError: the options do not go together.
            ConfigError: the baseline is wrong, or its key is not there or another one.
        """
        from logscrub.baseline import load

        if prune and new is not None:
            raise click.UsageError("--write-baseline leaves out what is gone by itself: give it or --prune-baseline")
        path = given or configured
        if path is None or (new is not None and not os.path.exists(path)):
            path = new if new is not None and os.path.exists(new) else None
        if prune and path is None:
            raise click.UsageError("--prune-baseline needs --baseline FILE")
        if path is None and new is None:
            return cls(policy)
        known = None if path is None else load(path)
        if known is not None:
            _check_rules(known, policy)
        return cls(_keyed(policy, known, new, ledger), known, new, prune)

    def applied(self, result: ScanResult, quiet: bool) -> ScanResult:
        """Write what is to be written, and take what is known out of the findings.

        Args:
            result: what the scan found, all of it.
            quiet: say nothing on standard error.

        Raises:
            SourceError: a baseline cannot be written.
        """
        from logscrub.baseline import apply, pruned, renewed, unused, write

        known = self.known
        if self.new is not None:
            known = replace(renewed(result, known), name=self.new)
            write(self.new, known)
            if not quiet:
                click.echo(f"wrote {_count(len(known.entries), 'finding')} to {visible(self.new)}", err=True)
                for one in result.findings:
                    if one.overflow:
                        click.echo(
                            f"warning: {visible(self.new)}: {one.preview} of {one.rule} are not in it: new ones could "
                            "not be told from them",
                            err=True,
                        )
        if known is None:
            return result
        told = apply(result, known)
        if self.prune and not result.complete:
            if not quiet:
                click.echo(f"warning: {visible(known.name)}: not pruned, since not everything was read", err=True)
        elif self.prune:
            left = pruned(result, known, _every_rule(self.policy))
            gone = len(known.entries) - len(left.entries)
            if gone:
                write(known.name, left)
            if not quiet:
                click.echo(f"took {_count(gone, 'finding')} out of {visible(known.name)}", err=True)
        elif result.complete and not quiet:
            _tell_unused(known, unused(result, known, _every_rule(self.policy)))
        return told


@click.command()
@click.argument("path", metavar="FILE", type=click.Path())
@click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True, help="Form of the list."
)
@policy_options
def baseline(
    path: str,
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    packs: tuple[str, ...],
    config_path: str | None,
    isolated: bool,
) -> int:
    """Check and list a baseline: findings of logs that are known, and why.

    FILE is what 'logscrub scan --write-baseline FILE' wrote or somebody wrote by hand. Ends with exit code 1 if an
    entry ran out, with 2 if one is wrong.

    \b
    logscrub scan logs --write-baseline known.json
    logscrub baseline known.json
    logscrub scan logs --baseline known.json
    """
    from logscrub.baseline import load
    from logscrub.entries import today

    policy = configured(config_path, isolated, select, ignore, packs).policy
    known = load(path)
    _check_rules(known, policy)
    day = today()
    if form == "json":
        click.echo(json.dumps([_data(one, one.holds(day)) for one in known.entries], indent=2))
    else:
        for one in known.entries:
            click.echo(_line(one, one.holds(day)))
    expired = sum(not one.holds(day) for one in known.entries)
    if form == "text":
        ran_out = f", {expired:,} of them expired" if expired else ""
        click.echo(f"{_count(len(known.entries), 'finding')}{ran_out}")
    return 1 if expired else 0


def _line(entry: Entry, holds: bool) -> str:
    until = f"  until {entry.expires}" if holds and entry.expires else ""
    until = until if holds else f"  expired on {entry.expires}"
    where = f", seen in {entry.seen}" if entry.seen else ""
    who = " ".join(filter(None, (entry.by, entry.added)))
    return visible(f"{entry}{where}{until}  {entry.reason}{f' ({who})' if who else ''}")


def _data(entry: Entry, holds: bool) -> dict[str, Any]:
    return {
        "rule": entry.rule,
        "fingerprint": entry.fingerprint or None,
        "key": entry.key,
        "path": entry.path or None,
        "preview": entry.preview or None,
        "seen": entry.seen or None,
        "reason": entry.reason,
        "expires": entry.expires.isoformat() if entry.expires else None,
        "expired": not holds,
        "by": entry.by or None,
        "added": entry.added or None,
    }


def _keyed(policy: Policy, known: Baseline | None, new: str | None, ledger: str | None) -> Policy:
    """Return the policy with the key that lies beside the baseline, or is made there, if it has none."""
    from logscrub.fingerprint import Fingerprinter
    from logscrub.keyfile import ENDING, existing_key, key_beside

    named = None if known is None else known.name
    needed = known is not None and any(one.fingerprint for one in known.entries)
    files = [path for path in (named if needed else None, new, ledger) if path is not None]
    key = policy.key or existing_key(*files)
    if known is not None and needed:
        beside = visible(f"{known.name}{ENDING}")
        if key is None:
            raise ConfigError(
                f"{beside}: is missing, the key that {visible(known.name)} was written with: put it there, or name it "
                "with key-file in the configuration or LOGSCRUB_KEY; without it, move the baseline away and write a "
                "new one"
            )
        if Fingerprinter(key).key_id != known.key_id:
            where = "the configuration (key-file, LOGSCRUB_KEY)" if policy.key else beside
            raise ConfigError(
                f"{visible(known.name)}: was written with the key {visible(known.key_id)}, and that of {where} is "
                "another: use the one it was written with, or move the baseline away and write a new one"
            )
    if policy.key is not None or (new is None and not needed):
        return policy
    made = new is not None and not os.path.exists(new + ENDING)
    keyed = replace(policy, key=key_beside(*files))
    if made and new is not None:
        click.echo(
            f"made {visible(new + ENDING)}: who has it and the baseline can try guesses; commit the baseline, keep the "
            "key where only your scans can read it",
            err=True,
        )
    return keyed


def _check_rules(known: Baseline, policy: Policy) -> None:
    if any(not one.fingerprint for one in known.entries):
        known.check_rules(_every_rule(policy))


def _every_rule(policy: Policy) -> Collection[str]:
    from logscrub.known.registry import KNOWN
    from logscrub.presidio.deep import ENTITIES
    from logscrub.rules import load_rules

    deep = (one.id for one in ENTITIES.values())
    return {*(rule.id for rule in load_rules(policy.packs).everything()), KNOWN.id, *deep}


def _tell_unused(known: Baseline, entries: list[Entry]) -> None:
    name = visible(known.name)
    for one in entries[:_MOST_UNUSED]:
        click.echo(f"remark: {name}: {one}: nothing matches it", err=True)
    if len(entries) > _MOST_UNUSED:
        click.echo(f"remark: {name}: … and {len(entries) - _MOST_UNUSED:,} more", err=True)
    if entries:
        click.echo(f"remark: {name}: --prune-baseline takes out what matches nothing", err=True)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
