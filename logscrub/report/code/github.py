"""Findings in code as annotations of GitHub: workflow commands on standard output of a step.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import TextIO

from logscrub.code.model import CodeFinding, CodeResult, Problem
from logscrub.code.suppress import project_path
from logscrub.report.code.about import level, story, taken_out, worst_first
from logscrub.report.code.text import summary
from logscrub.report.options import Options
from logscrub.report.visible import visible


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write one command for each finding, the worst first since GitHub shows ten of a kind, and for each problem."""
    stream.writelines(_finding(finding) + "\n" for finding in worst_first(result.findings))
    stream.writelines(_problem(problem) + "\n" for problem in result.problems)
    stream.write(summary(result) + "\n")


def _finding(finding: CodeFinding) -> str:
    place = finding.place
    properties = [("file", visible(project_path(place.path))), ("line", str(place.line))]
    if place.end_line in (0, place.line):
        # Columns mean something to GitHub only within one line.
        properties.append(("col", str(place.column)))
        if place.end_column:
            properties.append(("endColumn", str(place.end_column)))
    else:
        properties.append(("endLine", str(place.end_line)))
    properties.append(("title", f"{finding.rule} ({finding.severity})"))
    return _command(level(finding.severity, ("error", "warning", "notice")), properties, _message(finding))


def _problem(problem: Problem) -> str:
    properties = [("file", visible(project_path(problem.path)))]
    if problem.line:
        properties.append(("line", str(problem.line)))
    return _command("notice" if problem.partial else "error", [*properties, ("title", "logscrub code")], problem.reason)


def _message(finding: CodeFinding) -> str:
    lines = [finding.message]
    lines += [f"{visible(step.place.path)}:{step.place.line}: {step.text}" for step in story(finding)]
    if finding.emitted:
        lines.append(f"The filter took out: {taken_out(finding.emitted)}")
    return "\n".join([*lines, f"Fix: {finding.fix}"] if finding.fix else lines)


def _command(name: str, properties: list[tuple[str, str]], message: str) -> str:
    told = ",".join(f"{key}={_escape(value, ':,')}" for key, value in properties)
    return f"::{name} {told}::{_escape(message)}"


def _escape(text: str, more: str = "") -> str:
    for letter in f"%\r\n{more}":
        text = text.replace(letter, f"%{ord(letter):02X}")
    return text
