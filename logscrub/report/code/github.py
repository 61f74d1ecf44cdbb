"""Findings in code as annotations of GitHub, printed by a step of a workflow."""

from __future__ import annotations

from typing import TextIO

from logscrub.code.model import CodeFinding, CodeResult, Problem
from logscrub.report.code.about import story, taken_out, worst_first
from logscrub.report.code.text import summary
from logscrub.report.forms.github import LEVELS, command
from logscrub.report.forms.paths import shown_name
from logscrub.report.forms.terms import level
from logscrub.report.options import Options
from logscrub.report.visible import visible


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write one command for each finding, the worst first since GitHub shows ten of a kind, and for each problem."""
    stream.writelines(_finding(finding) + "\n" for finding in worst_first(result.findings))
    stream.writelines(_problem(problem) + "\n" for problem in result.problems)
    stream.write(summary(result) + "\n")


def _finding(finding: CodeFinding) -> str:
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
    return command(level(finding.severity, LEVELS), properties, _message(finding))


def _problem(problem: Problem) -> str:
    properties = [("file", shown_name(problem.path))]
    if problem.line:
        properties.append(("line", str(problem.line)))
    return command("notice" if problem.partial else "error", [*properties, ("title", "logscrub code")], problem.reason)


def _message(finding: CodeFinding) -> str:
    lines = [finding.message]
    lines += [f"{visible(step.place.path)}:{step.place.line}: {step.text}" for step in story(finding)]
    if finding.emitted:
        lines.append(f"The filter took out: {taken_out(finding.emitted)}")
    return "\n".join([*lines, f"Fix: {finding.fix}"] if finding.fix else lines)
