"""What reports of evidence say alike: what a status means, what was looked at, and what all of it does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from logscrub.comply.model import ClauseResult, Control, Report, Status
from logscrub.report.forms.terms import counted, size

ORDER = (Status.FAIL, Status.NOT_TESTED, Status.PASS, Status.NOT_TESTABLE)
"""From what needs somebody to what needs nobody."""

MEANINGS = {
    Status.FAIL: "Something was seen that the clause forbids, or something it asks for was seen to be missing.",
    Status.NOT_TESTED: "It could have been looked at, and was not, or not all of it. The report says why.",
    Status.PASS: "Everything that was to be looked at was looked at, and nothing against the clause was seen in it.",
    Status.NOT_TESTABLE: "It cannot be seen from logs, code or configuration. Other evidence is needed.",
}

STATEMENT = (
    "This report says what was looked at, by which rules, and what was seen. It is evidence for those who judge, and "
    "no judgement.",
    "A pass says that nothing against the clause was seen in what was read. Values that no rule describes, and logs "
    "that were not among the inputs, are not seen.",
    "It does not say that a standard is met. Most clauses ask for more than logs can show.",
    "It holds no raw value: of each it shows the key name, the public prefix of the format and the length.",
)

UNSIGNED = "Not signed: whoever holds this report can change it. Its digest shows accidents only."

_INCIDENT_STANDARD = "pci-dss"
_INCIDENT_CLAUSE = "12.10.7"
_AUTHENTICATION_DATA = "3.3.1"
_CARD_NUMBER = "financial.card"


class Incident(NamedTuple):
    """What to do about card numbers where none were expected (PCI DSS 12.10.7).

    Attributes:
        found: what was found, as findings, occurrences and files.
        authentication_data: what is known of data that must never be kept.
        steps: what has to be decided and done, each as a question and what it asks for.
    """

    found: str
    authentication_data: str
    steps: tuple[tuple[str, str], ...]


def name_of(control: Control) -> str:
    """Return a standard with its version."""
    return f"{control.title} {control.version}".rstrip()


def tally(counts: dict[Status, int]) -> str:
    """Say how many clauses have which status.

    >>> tally({Status.FAIL: 1, Status.PASS: 2, Status.NOT_TESTED: 0, Status.NOT_TESTABLE: 0})
    '1 fails, 2 pass'
    """
    words = {Status.FAIL: "fails" if counts[Status.FAIL] == 1 else "fail"}
    if counts[Status.PASS] == 1:
        words[Status.PASS] = "passes"
    told = [f"{counts[status]:,} {words.get(status, status)}" for status in ORDER if counts[status]]
    return ", ".join(told) or "no clauses"


def counts_of(clauses: Sequence[ClauseResult]) -> dict[Status, int]:
    """Return how many clauses have each status."""
    return {status: sum(one.status is status for one in clauses) for status in ORDER}


def period(report: Report) -> str:
    """Return the time that the records cover, in words; empty if it is not known."""
    first, last = report.first[:10], report.last[:10]
    return f"{first} to {last}" if first and last and first != last else first or last


def scope(report: Report) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what was looked at: names, each with values in words."""
    scan = report.scan
    yield "Logs", report.inputs or ("none",)
    if report.inputs:
        read = f"{counted(scan.files, 'file')}, {counted(scan.lines, 'line')}, {size(scan.bytes)}"
        yield "Read", (read if scan.complete else f"{read}; not everything",)
        yield "Records from", (period(report) or "no time could be read",)
    if report.source:
        files = (counted(report.source_files, "file"),) if report.source_files else ()
        yield "Source code", (*report.source, *files)
    else:
        yield "Source code", ("not named",)
    yield "Service", (report.app or "not named",)


def incident(report: Report) -> Incident | None:
    """Return what to do about card numbers, if their clause fails."""
    for result in report.controls:
        clauses = {one.clause.id: one for one in result.clauses}
        about = clauses.get(_INCIDENT_CLAUSE)
        if not result.control.id.startswith(_INCIDENT_STANDARD) or about is None or about.status is not Status.FAIL:
            continue
        cards = [one for one in report.scan.findings if one.category == _CARD_NUMBER]
        files = {path for one in cards for path, _ in one.files}
        occurrences = sum(one.count for one in cards)
        found = f"{counted(len(cards), 'card number')}, seen {counted(occurrences, 'time')}"
        found += f" in {counted(len(files), 'file')}"
        if not cards:
            found = "; ".join(fact for check in about.checks for fact in check.facts)
        forbidden = [one for one in result.clauses if one.clause.id.startswith(_AUTHENTICATION_DATA)]
        seen = [one.clause.id for one in forbidden if one.status is Status.FAIL]
        unknown = [one.clause.id for one in forbidden if one.status in (Status.NOT_TESTED, Status.NOT_TESTABLE)]
        if seen:
            stored = f"Yes: clause {', '.join(seen)}. It must be deleted, encrypted or not."
        elif unknown or not forbidden:
            stored = "Not known: that was not looked at, or not in full."
        else:
            stored = "None was seen in what was read."
        return Incident(found, stored, _STEPS)
    return None


_STEPS = (
    ("Who was told, and when?", "The incident response team decides from here."),
    ("What becomes of the data?", "Retrieve and delete it, or move it into the defined cardholder data environment."),
    ("Where did it come from?", "The component, the log call and the change that let it out; logscrub trace helps."),
    ("How did it leave?", "Copies: rotated files, backups, log shippers, tickets, other systems that read these logs."),
    ("What stops it from coming back?", "The log call, the filter in the service, and this check at regular times."),
)
