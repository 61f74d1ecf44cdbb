"""Reports on logs: one function for each format, all with the same signature.

``FORMATS`` is all that a caller needs. A format's module is imported when a report is first written in it, so that the
names and the lines for a help text cost nothing.
"""

from __future__ import annotations

from logscrub.findings import ScanResult
from logscrub.report import lazy
from logscrub.report.options import GROUPS, SORTS, Group, Options, Sort

Format = lazy.Format[ScanResult, Options]


def _format(name: str, about: str, module: str) -> Format:
    return Format(name, about, f"{__name__}.{module}")


FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        _format("text", "for people", "text"),
        _format("json", "everything, as one document (logscrub/scan/1)", "json"),
        _format("jsonl", "the same as lines: a finding on each, a summary on the last", "jsonl"),
        _format("csv", "a row for each finding, for spreadsheets", "csv"),
        _format("sarif", "SARIF 2.1.0, for code scanning services", "sarif"),
        _format("github", "annotations and a step summary of GitHub Actions", "github"),
        _format("gitlab", "Code Quality report of GitLab", "gitlab"),
        _format("gitlab-secrets", "Secret Detection report of GitLab: secrets only", "gitlab_secrets"),
        _format("junit", "test results: a case for each rule", "junit"),
        _format("html", "a page for a browser that needs nothing but itself", "html"),
    )
}

__all__ = ["FORMATS", "GROUPS", "SORTS", "Format", "Group", "Options", "Sort"]
