"""Findings as a Code Quality report of GitLab."""

from __future__ import annotations

from typing import TextIO

from logscrub.findings import ScanResult
from logscrub.report.about import headline, identity
from logscrub.report.forms.documents import write_document
from logscrub.report.forms.gitlab import issue
from logscrub.report.options import Options
from logscrub.report.shown import shown


def write(result: ScanResult, stream: TextIO, options: Options) -> None:
    """Write one array with an object for each finding."""
    issues = [
        issue(
            headline(one),
            one.rule,
            identity(one, result),
            one.severity,
            one.first.path,
            one.first.line,
            one.first.line,
        )
        for one in shown(result).findings
    ]
    write_document(issues, stream)
