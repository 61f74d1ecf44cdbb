"""Checks of what becomes of logs after they are written: who may touch them, who looks after them."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from logscrub.comply.checks.words import SHOWN, counted, moment_of, of_kind, unread
from logscrub.comply.evidence import Evidence
from logscrub.comply.model import CheckResult, FileFact, Sample, Status, Table

FORBIDDEN = ("world-readable", "world-writable", "group-writable", "mixed-owners")
_BITS = {"world-readable": stat.S_IROTH, "world-writable": stat.S_IWOTH, "group-writable": stat.S_IWGRP}
_ROWS = 50
_CHAINED = (
    "Its entries are chained and not sealed by a key that is known here: one that was written anew is not noticed."
)


def files(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where the permissions or owners of files are not what they should be."""
    forbid = settings["forbid"]
    judged = of_kind("files", f"permissions and owners of files: {', '.join(forbid)}")
    if evidence.scan is None:
        return judged(Status.NOT_TESTED, "Name the logs to read.")
    known = [one for one in evidence.files if one.mode is not None]
    if not known:
        missing = () if evidence.streams or evidence.files else unread(evidence)
        if missing:
            return judged(Status.NOT_TESTED, *missing)
        return judged(
            Status.NOT_TESTABLE, "What was read has no permissions: a stream, URLs, or a system without them."
        )
    judged = of_kind("files", f"permissions and owners of {counted(len(known), 'file')}: {', '.join(forbid)}")
    wrong: list[tuple[FileFact, str]] = []
    for one in known:
        has = [name for name in forbid if name in _BITS and (one.mode or 0) & _BITS[name]]
        if has:
            wrong.append((one, ", ".join(has)))
    owners = sorted({one.owner for one in known if one.owner})
    mixed = "mixed-owners" in forbid and len(owners) > 1
    table = Table(
        ("file", "mode", "owner", "group"),
        tuple(
            (one.path, stat.filemode(stat.S_IFREG | (one.mode or 0)), one.owner, one.group)
            for one in ([one for one, _ in wrong] or known)[:_ROWS]
        ),
    )
    if wrong or mixed:
        facts = [f"{len(wrong):,} of {counted(len(known), 'file')} can be read or changed by others."] if wrong else []
        if mixed:
            facts.append(f"Files have {len(owners):,} owners: {', '.join(owners[:SHOWN])}.")
        samples = tuple(
            Sample(one.path, f"{stat.filemode(stat.S_IFREG | (one.mode or 0))} {what}") for one, what in wrong[:SHOWN]
        )
        return judged(Status.FAIL, *facts, samples=samples, table=table)
    reasons = list(unread(evidence))
    if evidence.streams:
        reasons.append(f"{counted(evidence.streams, 'input')} without permissions could not be looked at.")
    which = f"Not one of {counted(len(known), 'file')} is" if len(known) > 1 else "The file is not"
    text = f"{which} {' or '.join(forbid)}. Directories above and access lists are not looked at."
    return judged(Status.NOT_TESTED if reasons else Status.PASS, *reasons, text, table=table)


def runs(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where logs were not scanned as often as they should be, or the memory of it was changed.

    Runs of one day count once: who scans twice in a minute does not do so regularly.
    """
    least, within = settings.get("least", 2), settings.get("within-days")
    judged = of_kind("runs", "earlier scans of the same logs, by the ledger")
    past = evidence.past
    if past is None:
        return judged(Status.NOT_TESTED, "Name the ledger of earlier scans: --ledger FILE.")
    if past.chain.problems:
        return judged(Status.FAIL, "The ledger was changed.", *past.chain.problems[:SHOWN])
    table = Table(
        ("run", "complete", "findings"),
        tuple((one.ended, "yes" if one.complete else "no", f"{one.findings:,}") for one in past.runs[-_ROWS:]),
    )
    whole = [one for one in past.runs if one.complete]
    if past.chain.unsealed and past.chain.unsealed >= len(past.runs):
        return judged(
            Status.NOT_TESTABLE, "All runs are from before runs were sealed: who entered them cannot be seen."
        )
    times = [moment_of(one.ended) for one in whole]
    days = len({time.date() for time in times})
    if days < least:
        text = f"{counted(len(whole), 'complete run')} so far, on {counted(days, 'day')}; {least:,} days are needed to"
        return judged(Status.NOT_TESTED, f"{text} say that it is done regularly.", table=table)
    times.append(evidence.now or datetime.now(UTC))
    gap = max((later - earlier).days for earlier, later in pairwise(times))
    text = f"{counted(len(whole), 'complete run')} since {whole[0].ended}, at most {counted(gap, 'day')} apart."
    unsealed = f"{counted(past.chain.unsealed, 'run')} from before runs were sealed." if past.chain.unsealed else ""
    if within is not None and gap > within:
        return judged(Status.FAIL, text, f"That is more than {counted(within, 'day')}.", unsealed, table=table)
    return judged(Status.PASS, text, unsealed, table=table)


def redaction(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where redacted files are not as the redaction left them."""
    judged = of_kind("redaction", "what a redaction did, by its manifest")
    if not evidence.redacted:
        return judged(Status.NOT_TESTED, "Name the manifest of a redaction: --manifest FILE.")
    problems = [f"{one.chain.path}: {problem}" for one in evidence.redacted for problem in one.chain.problems]
    changed = [what for one in evidence.redacted for what in one.changed]
    values, done = sum(one.values for one in evidence.redacted), sum(one.files for one in evidence.redacted)
    text = f"{counted(values, 'value')} taken out of {counted(done, 'file')}."
    if problems or changed:
        return judged(Status.FAIL, text, *problems[:SHOWN], *changed[:SHOWN])
    if not done:
        return judged(Status.NOT_TESTABLE, "The manifest has no file that was redacted.")
    unsealed = sum(one.chain.unsealed for one in evidence.redacted)
    if unsealed:
        entries = counted(unsealed, "entry is", "entries are")
        return judged(Status.NOT_TESTED, text, f"{entries} in no chain: whether somebody changed them cannot be seen.")
    clumsy = "" if all(one.sealed for one in evidence.redacted) else _CHAINED
    return judged(Status.PASS, text, "The files are as the redaction left them.", clumsy)
