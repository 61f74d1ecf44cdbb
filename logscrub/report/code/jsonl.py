"""Findings in code as JSON lines, one finding on each, the same as in the JSON document."""

from __future__ import annotations

from typing import TextIO

from logscrub.code.model import CodeResult
from logscrub.report.code.json import finding_data
from logscrub.report.forms.documents import write_line
from logscrub.report.options import Options


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write one line for each finding."""
    for finding in result.findings:
        write_line(finding_data(finding), stream)
