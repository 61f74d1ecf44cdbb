"""Findings in code as a Code Quality report of GitLab."""

from __future__ import annotations

from typing import Any, TextIO

from logscrub.code.model import CodeFinding, CodeResult
from logscrub.report.code.about import taken_out, told
from logscrub.report.forms.documents import write_document
from logscrub.report.forms.gitlab import issue
from logscrub.report.options import Options


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write one array with an object for each finding."""
    write_document([_issue(finding) for finding in result.findings], stream)


def _issue(finding: CodeFinding) -> dict[str, Any]:
    place = finding.place
    return issue(
        _description(finding),
        finding.rule,
        finding.fingerprint,
        finding.severity,
        place.path,
        place.line,
        place.end_line or place.line,
    )


def _description(finding: CodeFinding) -> str:
    text = told(finding)
    return f"{text.removesuffix('.')}. The filter took out: {taken_out(finding.emitted)}" if finding.emitted else text
