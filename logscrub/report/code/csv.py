"""Findings in code as a table for spreadsheets (RFC 4180)."""

from __future__ import annotations

import csv
from typing import TextIO

from logscrub.code.model import CodeResult
from logscrub.report.options import Options
from logscrub.report.visible import visible

_HEAD = (
    "severity", "rule", "kind", "field", "path", "line", "column", "function", "level", "expression", "message",
    "printed", "fix", "cwe", "note", "fingerprint", "emitted",
)  # fmt: skip


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write a head and one row for each finding."""
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(_HEAD)
    for finding in result.findings:
        place = finding.place
        row = (
            finding.severity, finding.rule, finding.kind, finding.field, visible(place.path), place.line, place.column,
            finding.function, finding.level, finding.expression, finding.message, finding.printed, finding.fix,
            " ".join(f"CWE-{number}" for number in finding.cwe), finding.note, finding.fingerprint,
            " ".join(f"{rule}={count}" for rule, count in finding.emitted),
        )  # fmt: skip
        table.writerow([_cell(str(value)) for value in row])


def _cell(text: str) -> str:
    """Keep a spreadsheet from taking text for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
