"""How checks say what they saw."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from logscrub.comply.evidence import Evidence
from logscrub.comply.model import CheckResult, Sample, Status, Table

SHOWN = 5
"""Samples, and names in a sentence, at most."""


class Judged(Protocol):
    """Makes the result of a check."""

    def __call__(
        self,
        status: Status,
        *facts: str,
        samples: tuple[Sample, ...] = (),
        table: Table | None = None,
        findings: tuple[str, ...] = (),
    ) -> CheckResult:
        """Return the result; empty facts are left out."""


def of_kind(kind: str, looked_at: str) -> Judged:
    """Return what makes results of a check.

    >>> of_kind("findings", "values of 4 rules")(Status.PASS, "None was seen.").facts
    ('None was seen.',)
    """

    def judged(
        status: Status,
        *facts: str,
        samples: tuple[Sample, ...] = (),
        table: Table | None = None,
        findings: tuple[str, ...] = (),
    ) -> CheckResult:
        return CheckResult(kind, looked_at, status, tuple(filter(None, facts)), samples, table, findings)

    return judged


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "file"), counted(1200, "file"), counted(2, "body", "bodies")
    ('1 file', '1,200 files', '2 bodies')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def unread(evidence: Evidence) -> tuple[str, ...]:
    """Return why what was read is not all that there is to read; empty if it is all."""
    scan = evidence.scan
    if scan is None:
        return ("Name the logs to read.",)
    reasons = []
    if not scan.files:
        reasons.append("No log could be read.")
    elif not scan.lines and not scan.bytes:
        reasons.append("There is nothing in what was read: no line, no byte.")
    if scan.errors:
        reasons.append(f"{counted(len(scan.errors), 'input')} could not be read, or not wholly: see what was not read.")
    if scan.skipped:
        text = counted(len(scan.skipped), "input was", "inputs were")
        reasons.append(f"{text} left alone, as no text or as a link elsewhere: see what was not looked at.")
    if scan.interrupted:
        reasons.append("The run was stopped before its end.")
    return tuple(reasons)


def no_records(evidence: Evidence) -> str:
    """Return why records were not looked at one by one."""
    if evidence.scan is None:
        return "Name the logs to read."
    if evidence.scan.interrupted:
        return "The run was stopped before its end."
    return "Standard input is read once, for values only: name files."


def per_cent(part: int, whole: int) -> str:
    """Return a share in words; only all is 100 %, only nothing is 0 %.

    >>> per_cent(1, 3), per_cent(9999, 10000), per_cent(1, 10000)
    ('33 %', 'over 99 %', 'under 1 %')
    """
    if not part or part == whole:
        return "100 %" if part else "0 %"
    share = 100 * part / whole
    return "under 1 %" if share < 1 else "over 99 %" if share > 99 else f"{round(share)} %"


def moment_of(time: str) -> datetime:
    """Return a time that can be compared with others; one without an offset is taken as UTC.

    Raises:
        ValueError: it is not ISO 8601.

    >>> moment_of("2026-01-02T03:04:05Z") == moment_of("2026-01-02T03:04:05")
    True
    """
    moment = datetime.fromisoformat(time)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
