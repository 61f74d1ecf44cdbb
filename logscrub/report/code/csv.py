"""Findings in code as a table for spreadsheets."""

from __future__ import annotations

from typing import TextIO

from logscrub.code.model import CodeFinding, CodeResult
from logscrub.report.forms.csv import write_table
from logscrub.report.options import Options
from logscrub.report.visible import visible

_HEAD = (
    "severity", "rule", "kind", "field", "path", "line", "column", "function", "level", "expression", "message",
    "printed", "fix", "cwe", "note", "fingerprint", "emitted",
)  # fmt: skip


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write a head and one row for each finding."""
    write_table(_HEAD, map(_row, result.findings), stream)


def _row(finding: CodeFinding) -> tuple[object, ...]:
    place = finding.place
    return (
        finding.severity, finding.rule, finding.kind, finding.field, visible(place.path), place.line, place.column,
        finding.function, finding.level, finding.expression, finding.message, finding.printed, finding.fix,
        " ".join(f"CWE-{number}" for number in finding.cwe), finding.note, finding.fingerprint,
        " ".join(f"{rule}={count}" for rule, count in finding.emitted),
    )  # fmt: skip
