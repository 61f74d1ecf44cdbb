"""The report for people: what fails first, what nobody can see from logs last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from logscrub.comply.model import ClauseResult, ControlResult, Report, Sample, Status, Table
from logscrub.comply.report.options import Options
from logscrub.comply.report.words import (
    ORDER,
    STATEMENT,
    UNSIGNED,
    Incident,
    counts_of,
    incident,
    name_of,
    scope,
    tally,
)
from logscrub.report.console import assemble
from logscrub.report.forms.lines import Line, print_lines
from logscrub.report.forms.terms import counted
from logscrub.report.visible import visible

HEADING_OF_FILES = "files (SHA-256, bytes, modified, path)"
HEADING_OF_CHAINS = "chains (last link, entries, kind, path)"
NOTHING = "-"
"""Where nothing is known."""

_STYLES = {Status.FAIL: "bold red", Status.NOT_TESTED: "yellow", Status.PASS: "green", Status.NOT_TESTABLE: "dim"}
_HEADINGS = {
    Status.FAIL: "fails",
    Status.NOT_TESTED: "not tested",
    Status.PASS: "passes",
    Status.NOT_TESTABLE: "not testable",
}
_MOST_FACTS = 4
_MOST_SAMPLES = 5
_MOST_ROWS = 8
_MOST_UNSEEN = 20


def write(report: Report, stream: TextIO, options: Options) -> None:
    """Write a report: each standard, then what was looked at and what was not.

    The digests of the files follow only where the text does not go to a screen.
    """
    print_lines(_lines(report, options), stream, options)


def _lines(report: Report, options: Options) -> Iterator[Line]:
    for control in report.controls:
        yield from _control(control)
    if (found := incident(report)) is not None:
        yield from _incident(found)
    yield _line(("what was looked at", "bold"))
    for name, values in scope(report):
        yield _labelled(f"{name}: ", ", ".join(map(visible, values)))
    for name, value in report.policy:
        yield _labelled(f"Policy, {visible(name)}: ", visible(value))
    yield _labelled("By: ", f"logscrub {report.version}, {report.generated}" + _author(report))
    yield _labelled("Rules: ", report.rules_digest or "unknown")
    for control in report.controls:
        yield _labelled(f"Catalogue {name_of(control.control)}: ", control.control.digest or "unknown")
    yield _line()
    yield from _unseen(report)
    for note in report.notes:
        yield _labelled("note: ", visible(note), "yellow", 0)
    if report.notes:
        yield _line()
    if options.width is None:
        yield from _manifest(report)
    yield _line(("what this says, and what it does not", "bold"))
    for sentence in STATEMENT:
        yield _labelled("- ", sentence)
    yield _line()
    counts = counts_of([clause for control in report.controls for clause in control.clauses])
    yield _line((f"{tally(counts)}: {counted(sum(counts.values()), 'clause')}", _STYLES[_worst(counts)]))
    if options.width is None:
        yield _line(f"signed with the key {options.key_id}" if options.key_id else UNSIGNED)


def _author(report: Report) -> str:
    return f", for {visible(report.author)}" if report.author else ""


def _worst(counts: dict[Status, int]) -> Status:
    return next((status for status in ORDER if counts[status]), Status.NOT_TESTABLE)


# --- clauses


def _control(result: ControlResult) -> Iterator[Line]:
    yield _line((name_of(result.control), "bold"), f": {tally(counts_of(result.clauses))}")
    for status in ORDER:
        clauses = [one for one in result.clauses if one.status is status]
        if not clauses:
            continue
        yield _line()
        yield Line(2, assemble((_HEADINGS[status], _STYLES[status])))
        for clause in clauses:
            yield from _SHOW[status](clause)
    yield _line()


def _name(result: ClauseResult) -> str:
    return f"{visible(result.clause.id)}  "


def _failed(result: ClauseResult) -> Iterator[Line]:
    yield _clause(result)
    yield Line(6, assemble((_prose(result.clause.demand), "dim")))
    for check in result.checks:
        if check.status is Status.PASS:
            yield _labelled("passes: ", f"{visible(check.looked_at)}", "dim", 6)
            continue
        style = _STYLES[check.status] if check.status is Status.FAIL else "dim"
        for fact in check.facts or (check.looked_at,):
            yield _labelled(f"{_SHORT[check.status]}: ", visible(fact), style, 6)
        yield from _samples(check.samples)
        if check.table is not None and not check.samples:
            yield from _table(check.table)
    if result.clause.advice:
        yield _labelled("do: ", _prose(result.clause.advice), "bold", 6)


def _untested(result: ClauseResult) -> Iterator[Line]:
    yield _clause(result)
    facts = _facts(result, Status.NOT_TESTED)
    for fact in facts[:_MOST_FACTS]:
        yield _labelled("why: ", fact, "dim", 6)
    if (more := len(facts) - _MOST_FACTS) > 0:
        yield Line(6, assemble((f"and {more:,} more", "dim")))
    yield from _samples([one for check in result.checks if check.status is Status.NOT_TESTED for one in check.samples])


def _passed(result: ClauseResult) -> Iterator[Line]:
    yield _clause(result, " ".join(_facts(result, Status.PASS)))
    for fact in _facts(result, Status.NOT_TESTABLE):
        yield _labelled("not testable: ", fact, "dim", 6)
    if result.clause.limits:
        yield _labelled("not seen: ", _prose(result.clause.limits), "dim", 6)


def _untestable(result: ClauseResult) -> Iterator[Line]:
    yield _clause(result, " ".join(_facts(result, Status.NOT_TESTABLE)), "dim")


def _clause(result: ClauseResult, more: str = "", style: str = "") -> Line:
    title = visible(result.clause.title)
    text = assemble((title, style or "bold"), (f": {more}" if more else "", style))
    return Line(4, text, assemble((_name(result), style)))


def _facts(result: ClauseResult, status: Status) -> list[str]:
    """Return what the checks with a status say, each thing once."""
    told = [fact for check in result.checks if check.status is status for fact in check.facts or (check.looked_at,)]
    return [visible(fact) for fact in dict.fromkeys(told)]


def _samples(samples: Sequence[Sample]) -> Iterator[Line]:
    for place, shown in samples[:_MOST_SAMPLES]:
        yield _labelled(f"{visible(place)}  ", visible(shown), "dim", 8)
    if (more := len(samples) - _MOST_SAMPLES) > 0:
        yield Line(8, assemble((f"and {more:,} more", "dim")))


def _table(table: Table) -> Iterator[Line]:
    for row in table.rows[:_MOST_ROWS]:
        cells = [f"{visible(head)} {visible(cell)}" for head, cell in zip(table.head[1:], row[1:])]
        yield _labelled(f"{visible(row[0])}  ", ", ".join(cells), "dim", 8)
    if (more := len(table.rows) - _MOST_ROWS) > 0:
        yield Line(8, assemble((f"and {counted(more, 'more row')}", "dim")))


_SHORT = {
    Status.FAIL: "seen",
    Status.NOT_TESTED: "not tested",
    Status.NOT_TESTABLE: "not testable",
}
_SHOW = {
    Status.FAIL: _failed,
    Status.NOT_TESTED: _untested,
    Status.PASS: _passed,
    Status.NOT_TESTABLE: _untestable,
}


def _incident(found: Incident) -> Iterator[Line]:
    yield _line(("card numbers where none were expected (PCI DSS 12.10.7)", "bold red"))
    yield _labelled("Found: ", visible(found.found))
    yield _labelled("Sensitive authentication data: ", found.authentication_data)
    for question, about in found.steps:
        yield _labelled("[ ] ", f"{question} {about}")
    yield _line()


# --- what was not looked at, and the files


def _unseen(report: Report) -> Iterator[Line]:
    if not report.unseen:
        return
    yield _line(("what was not looked at", "bold"))
    for what, reason in report.unseen[:_MOST_UNSEEN]:
        yield _labelled(f"{visible(what)}: ", visible(reason), "yellow")
    if (more := len(report.unseen) - _MOST_UNSEEN) > 0:
        yield Line(2, assemble(f"and {more:,} more, named by --format json"))
    yield _line()


def _manifest(report: Report) -> Iterator[Line]:
    """Write what the report can be held against later; :mod:`logscrub.comply.verify` reads these lines."""
    if report.files:
        yield _line((HEADING_OF_FILES, "bold"))
    for file in report.files:
        about = (file.sha256 or NOTHING, str(file.size), file.modified or NOTHING, visible(file.path))
        yield Line(2, assemble("  ".join(about)))
        if file.remark:
            yield Line(4, assemble((visible(file.remark), "dim")))
    if report.files:
        yield _line()
    if report.heads:
        yield _line((HEADING_OF_CHAINS, "bold"))
    for head in report.heads:
        yield Line(2, assemble("  ".join((head.link or NOTHING, str(head.entries), head.kind, visible(head.path)))))
    if report.heads:
        yield _line()
    if report.source_digest:
        yield _labelled("source code, one digest: ", report.source_digest, "bold", 0)
        yield _line()


def _prose(text: str) -> str:
    return visible(" ".join(text.split()))


def _labelled(label: str, text: str, style: str = "dim", indent: int = 2) -> Line:
    return Line(indent, assemble(text), assemble((label, style)))


def _line(*parts: str | tuple[str, str]) -> Line:
    return Line(0, assemble(*parts))
