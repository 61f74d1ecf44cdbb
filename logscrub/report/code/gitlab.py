"""Findings in code as a Code Quality report of GitLab (https://docs.gitlab.com/ci/testing/code_quality/)."""

from __future__ import annotations

import json
from typing import TextIO

from logscrub.code.model import CodeFinding, CodeResult
from logscrub.code.suppress import project_path
from logscrub.model import Severity
from logscrub.report.code.about import taken_out, told
from logscrub.report.options import Options
from logscrub.report.visible import visible

_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write one array with an object for each finding."""
    issues = [
        {
            "description": _description(finding),
            "check_name": finding.rule,
            "fingerprint": finding.fingerprint,
            "severity": _SEVERITIES[finding.severity],
            "location": {
                "path": visible(project_path(finding.place.path)),
                "lines": {"begin": finding.place.line, "end": finding.place.end_line or finding.place.line},
            },
        }
        for finding in result.findings
    ]
    json.dump(issues, stream, indent=2)
    stream.write("\n")


def _description(finding: CodeFinding) -> str:
    text = told(finding)
    return f"{text.removesuffix('.')}. The filter took out: {taken_out(finding.emitted)}" if finding.emitted else text
