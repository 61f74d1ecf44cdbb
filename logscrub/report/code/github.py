"""Findings in code as annotations of GitHub and, where a step has one, in its summary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from logscrub.code.model import CodeFinding, CodeResult, Problem
from logscrub.report.code.about import story, taken_out, worst_first
from logscrub.report.code.text import summary
from logscrub.report.forms.github import LEVELS, add_to_summary, bullets, command, shortened, table
from logscrub.report.forms.markdown import plain
from logscrub.report.forms.paths import shown_name
from logscrub.report.forms.terms import level
from logscrub.report.options import Options
from logscrub.report.visible import visible

_NAME = "logscrub code"
_COLUMNS = ("severity", "rule", "place", "what is printed", "fix")


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write one command for each finding, the worst first, and for each problem; then a plain line.

    Adds a table of the findings to the file that ``GITHUB_STEP_SUMMARY`` names, if it is set.
    """
    findings = worst_first(result.findings)
    kinds: dict[str, list[CodeFinding | Problem]] = {kind: [] for kind in LEVELS}
    for finding in findings:
        kinds[level(finding.severity, LEVELS)].append(finding)
    for problem in result.problems:
        kinds["notice" if problem.partial else "error"].append(problem)
    stream.writelines(f"{line}\n" for line in shortened(kinds, _annotation, _NAME))
    add_to_summary(_page(result, findings), stream, _NAME)
    stream.write(f"{summary(result)}\n")


def _annotation(kind: str, one: CodeFinding | Problem) -> str:
    return _problem(kind, one) if isinstance(one, Problem) else _finding(kind, one)


def _finding(kind: str, finding: CodeFinding) -> str:
    place = finding.place
    properties = [("file", shown_name(place.path)), ("line", str(place.line))]
    if place.end_line in (0, place.line):
        # Columns mean something to GitHub only within one line.
        properties.append(("col", str(place.column)))
        if place.end_column:
            properties.append(("endColumn", str(place.end_column)))
    else:
        properties.append(("endLine", str(place.end_line)))
    properties.append(("title", f"{finding.rule} ({finding.severity})"))
    return command(kind, properties, _message(finding))


def _problem(kind: str, problem: Problem) -> str:
    properties = [("file", shown_name(problem.path))]
    if problem.line:
        properties.append(("line", str(problem.line)))
    return command(kind, [*properties, ("title", _NAME)], problem.reason)


def _message(finding: CodeFinding) -> str:
    lines = [finding.message]
    lines += [f"{visible(step.place.path)}:{step.place.line}: {step.text}" for step in story(finding)]
    if finding.emitted:
        lines.append(f"The filter took out: {taken_out(finding.emitted)}")
    return "\n".join([*lines, f"Fix: {finding.fix}"] if finding.fix else lines)


def _page(result: CodeResult, findings: list[CodeFinding]) -> Iterator[str]:
    yield from (f"### {_NAME}", "", plain(summary(result)), "")
    yield from table(_COLUMNS, map(_row, findings), len(findings), "finding")
    problems = [f"{shown_name(one.path)}{f':{one.line}' if one.line else ''}: {one.reason}" for one in result.problems]
    yield from bullets("Not read in full", problems, "file")
    yield ""


def _row(finding: CodeFinding) -> tuple[str, ...]:
    place = f"{shown_name(finding.place.path)}:{finding.place.line}"
    return str(finding.severity), finding.rule, place, finding.message, finding.fix
