"""The report for programs as lines of JSON: ``type`` says what a line is, described in ``docs/report-schema.md``."""

from __future__ import annotations

from typing import TextIO

from logscrub.findings import ScanResult
from logscrub.report.forms.documents import write_line
from logscrub.report.json import finding_data, gone_data, summary_data, suppressed_data
from logscrub.report.options import Options
from logscrub.report.shown import shown


def write(result: ScanResult, stream: TextIO, options: Options) -> None:
    """Write one line for each finding, then for each that is suppressed or gone, and a summary as the last."""
    result = shown(result)
    for finding in result.findings:
        write_line({"type": "finding", **finding_data(finding)}, stream)
    for suppressed in result.suppressed:
        write_line({"type": "suppressed", **suppressed_data(suppressed)}, stream)
    for gone in result.gone:
        write_line({"type": "gone", **gone_data(gone)}, stream)
    write_line({"type": "summary", **summary_data(result)}, stream)
