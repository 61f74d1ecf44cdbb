"""The report on code for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, TextIO

from logscrub.code.model import (
    Argument,
    CodeFinding,
    CodeResult,
    Elsewhere,
    LogCall,
    Place,
    Problem,
    Sensitivity,
    Suppressed,
)
from logscrub.model import Severity
from logscrub.report.code.about import story, taken_out
from logscrub.report.console import Text, assemble
from logscrub.report.forms.lines import Line, print_lines, severity_word
from logscrub.report.forms.terms import counted
from logscrub.report.options import Options
from logscrub.report.visible import visible

_SENSITIVITIES = {
    Sensitivity.SECRET: ("secret", "secret", "secrets", "bold red"),
    Sensitivity.PERSONAL: ("personal", "personal data", "personal data", "yellow"),
    Sensitivity.BULK: ("bulk", "whole object", "whole objects", "cyan"),
    Sensitivity.MASKED: ("masked", "masked", "masked", "green"),
    Sensitivity.METADATA: ("metadata", "operational metadata", "operational metadata", "dim"),
    Sensitivity.LITERAL: ("literal", "literal", "literals", "dim"),
}
_LEVELS = ("critical", "error", "warning", "info", "debug")
_MOST_REMARKS = 20
_MOST_CALLS = 20


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write the findings of each file with their story, the calls if there is an inventory, and a summary."""
    print_lines((Line(indent, text) for indent, text in _lines(result, options)), stream, options)


def _lines(result: CodeResult, options: Options) -> Iterator[tuple[int, Text]]:
    for path, findings in groupby(_in_order(result), key=lambda finding: finding.place.path):
        yield 0, assemble((visible(path), "bold"))
        for finding in findings:
            yield from _finding(finding, options)
    yield from _emitted_suppressed(result.suppressed)
    yield from _emitted_elsewhere(result.emitted_elsewhere or ())
    if result.calls:
        yield from _inventory(result.calls)
    yield from _problems(result.problems)
    if result.interrupted:
        yield 0, assemble(("interrupted: this is what was found until then", "bold yellow"))
    yield 0, assemble(summary(result))
    if result.findings:
        yield from _next(result)


def _in_order(result: CodeResult) -> Sequence[CodeFinding]:
    """By place; with a ledger, the worst first, and of those the ones it has most of."""
    if result.emitted_elsewhere is None:
        return result.findings
    return sorted(result.findings, key=lambda one: (-one.severity, -_times(one.emitted), one.place))


def _times(emitted: Sequence[tuple[str, int]]) -> int:
    return sum(count for _, count in emitted)


def _finding(finding: CodeFinding, options: Options) -> Iterator[tuple[int, Text]]:
    where = f"{finding.place.line}:{finding.place.column}"
    yield 2, assemble(severity_word(finding.severity, options), f"  {where}  ", finding.message)
    steps = story(finding)
    if steps:
        places = [_place(step.place, finding.place.path) for step in steps]
        width = max(map(len, places))
        for place, step in zip(places, steps, strict=True):
            yield 6, assemble((f"{place:>{width}}  ", "dim"), step.text)
    if finding.printed:
        level = f"  at {finding.level}" if finding.level else ""
        yield 6, assemble(("prints  ", "dim"), finding.printed, (level, "dim"))
    if finding.emitted:
        yield 6, assemble(("the filter took out  ", "dim"), taken_out(finding.emitted))
    if finding.fix:
        yield 6, assemble(("fix  ", "dim"), finding.fix)
    if finding.note:
        yield 6, assemble(("note  ", "dim"), finding.note)
    numbers = ", ".join(f"CWE-{number}" for number in finding.cwe)
    names = "  ".join(part for part in (finding.rule, numbers, finding.fingerprint) if part)
    yield 6, assemble((names, "dim"))
    yield 0, assemble("")


class _Row(NamedTuple):
    """A call that a filter took something out of."""

    place: str
    function: str
    emitted: Sequence[tuple[str, int]]
    remark: str


def _emitted_suppressed(suppressed: Sequence[Suppressed]) -> Iterator[tuple[int, Text]]:
    told = {one.finding.place: one for one in reversed(suppressed) if one.finding.emitted}  # once for each call
    rows = [
        _Row(f"{visible(place.path)}:{place.line}", one.finding.function, one.finding.emitted, one.reason)
        for place, one in sorted(told.items(), key=lambda item: (-_times(item[1].finding.emitted), item[0]))
    ]
    yield from _emitted("what the filter took out where a finding is suppressed", rows)


def _emitted_elsewhere(elsewhere: Sequence[Elsewhere]) -> Iterator[tuple[int, Text]]:
    rows = []
    for one in elsewhere:
        function, remark = "", "no log call of the source that was read"
        if len(one.calls) == 1:
            function, remark = one.calls[0].function, ""
        elif one.calls:
            remark = "one of " + ", ".join(f"{visible(call.place.path)}:{call.place.line}" for call in one.calls)
        rows.append(_Row(f"{visible(one.path)}:{one.line}", function, one.emitted, remark))
    yield from _emitted("what the filter took out where nothing was found", rows)


def _emitted(title: str, rows: Sequence[_Row]) -> Iterator[tuple[int, Text]]:
    if not rows:
        return
    yield 0, assemble((title, "bold"))
    for row in rows[:_MOST_CALLS]:
        told = "  ".join(filter(None, (row.place, row.function, taken_out(row.emitted))))
        yield 2, assemble(told, (f"  {row.remark}" if row.remark else "", "dim"))
    if len(rows) > _MOST_CALLS:
        yield 2, assemble((f"… and {counted(len(rows) - _MOST_CALLS, 'more call')}", "dim"))
    yield 0, assemble("")


def _place(place: Place, path: str) -> str:
    return str(place.line) if place.path == path else f"{visible(place.path)}:{place.line}"


def _inventory(calls: Sequence[LogCall]) -> Iterator[tuple[int, Text]]:
    for path, group in groupby(calls, key=lambda call: call.place.path):
        yield 0, assemble((visible(path), "bold"))
        for call in group:
            level = call.level or call.sink
            yield 2, assemble(f"{call.place.line:>5}  ", (f"{level:<9}", "dim"), call.template or '""')
            for argument in call.arguments:
                yield 18, _argument(argument)
    yield 0, assemble("")
    yield from _inventory_summary(calls)
    yield 0, assemble("")


def _argument(argument: Argument) -> Text:
    word, _, _, style = _SENSITIVITIES[argument.sensitivity]
    name = f"{argument.name}=" if argument.name else ""
    field = f"  {argument.field}" if argument.field else ""
    return assemble((f"{word:<9}", style), f"{name}{argument.expression}", (field, "dim"))


def _inventory_summary(calls: Sequence[LogCall]) -> Iterator[tuple[int, Text]]:
    yield 0, assemble((inventory_summary(calls), "bold"))
    levels = sorted({call.level for call in calls}, key=lambda name: ((*_LEVELS, name).index(name), name))
    if len(levels) > 1:
        for level in levels:
            yield (
                2,
                assemble(f"{level or 'no level':<9} ", inventory_summary([one for one in calls if one.level == level])),
            )


def inventory_summary(calls: Sequence[LogCall]) -> str:
    """Say in one line what log calls print.

    >>> inventory_summary([])
    '0 calls audited: 0 secrets'
    """
    counts = Counter(argument.sensitivity for call in calls for argument in call.arguments)
    told = [
        f"{counts[sensitivity]:,} {one if counts[sensitivity] == 1 else more}"
        for sensitivity, (_, one, more, _) in _SENSITIVITIES.items()
        if counts[sensitivity] or sensitivity is Sensitivity.SECRET
    ]
    return f"{counted(len(calls), 'call')} audited: {', '.join(told)}"


def _problems(problems: Sequence[Problem]) -> Iterator[tuple[int, Text]]:
    unread = [problem for problem in problems if not problem.partial]
    remarks = [problem for problem in problems if problem.partial]
    for label, style, some in (("not read", "bold red", unread), ("remark", "yellow", remarks)):
        for problem in some[:_MOST_REMARKS]:
            line = f":{problem.line}" if problem.line else ""
            yield 0, assemble((f"{label}  ", style), f"{visible(problem.path)}{line}: {problem.reason}")
        yield from _more(label, len(some))


def _more(label: str, number: int) -> Iterator[tuple[int, Text]]:
    if number > _MOST_REMARKS:
        yield 0, assemble((f"{label}  … and {number - _MOST_REMARKS:,} more", "dim"))


def summary(result: CodeResult) -> str:
    """Say in one line what an audit came to.

    >>> summary(CodeResult(files=2, lines=100))
    'no findings in 2 files, 100 lines'
    """
    if result.findings:
        severities = Counter(finding.severity for finding in result.findings)
        names = ", ".join(f"{severities[one]:,} {one}" for one in reversed(Severity) if severities[one])
        text = f"{counted(len(result.findings), 'finding')} ({names})"
    else:
        text = "no findings"
    text += f" in {counted(result.files, 'file')}, {counted(result.lines, 'line')}"
    if result.calls:
        text += f", {counted(len(result.calls), 'log call')}"
    if result.suppressed:
        text += f"; {len(result.suppressed):,} suppressed"
    unread = sum(not problem.partial for problem in result.problems)
    if unread:
        text += f"; {counted(unread, 'input')} not read"
    if result.lines >= 10_000 and result.elapsed:  # below, it says nothing
        text += f"; {result.elapsed:.1f} s"
    return text


def _next(result: CodeResult) -> Iterator[tuple[int, Text]]:
    yield 0, assemble("")
    yield 0, assemble(("What next", "bold"))
    if any(finding.repair is not None for finding in result.findings):
        yield 2, assemble("logscrub code --fix-diff …    what can be mended by itself; --fix does it")
    yield 2, assemble("# logscrub: ok(reason)    beside a call whose value may be printed")
    yield (
        2,
        assemble("logscrub code --write-baseline FILE …    take these as known; --baseline FILE reports new ones only"),
    )
