"""Issues of a Code Quality report of GitLab (https://docs.gitlab.com/ci/testing/code_quality/)."""

from __future__ import annotations

from typing import Any

from logscrub.model import Severity
from logscrub.report.forms.paths import shown_name

_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def issue(
    description: str, check: str, fingerprint: str, severity: Severity, path: str, line: int, end_line: int
) -> dict[str, Any]:
    """Return one issue as plain data. Fingerprints have to differ within a report."""
    return {
        "description": description,
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[severity],
        "location": {"path": shown_name(path), "lines": {"begin": line, "end": end_line}},
    }
