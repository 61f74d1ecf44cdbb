"""Reports on logs: one function for each format, all with the same signature.

``FORMATS`` is all that a caller needs. A format's module is imported when a report is first written in it, so that the
names and the lines for a help text cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TextIO

from logscrub.findings import ScanResult
from logscrub.report.options import GROUPS, SORTS, Group, Options, Sort

Reporter = Callable[[ScanResult, TextIO, Options], None]


@dataclass(frozen=True, slots=True)
class Format:
    """A form of report, as a function that writes it.

    Attributes:
        name: as ``--format`` takes it.
        about: what it is, in a line of a help text.
        module: in this package; its function ``write`` does the work.
    """

    name: str
    about: str
    module: str

    def __call__(self, result: ScanResult, stream: TextIO, options: Options) -> None:
        """Write a result.

        Args:
            result: what a scan found.
            stream: takes the text.
            options: how.

        >>> import sys
        >>> FORMATS["text"](ScanResult(()), sys.stdout, Options())
        no findings in 0 files, 0 lines, 0 bytes
        """
        write: Reporter = import_module(f"{__name__}.{self.module}").write
        write(result, stream, options)


FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format("text", "for people", "text"),
        Format("json", "everything, as one document (logscrub/scan/1)", "json"),
        Format("jsonl", "the same as lines: a finding on each, a summary on the last", "jsonl"),
        Format("csv", "a row for each finding, for spreadsheets", "csv"),
        Format("sarif", "SARIF 2.1.0, for code scanning services", "sarif"),
        Format("github", "annotations and a step summary of GitHub Actions", "github"),
        Format("gitlab", "Code Quality report of GitLab", "gitlab"),
        Format("gitlab-secrets", "Secret Detection report of GitLab: secrets only", "gitlab_secrets"),
        Format("junit", "test results: a case for each rule", "junit"),
        Format("html", "a page for a browser that needs nothing but itself", "html"),
    )
}

__all__ = ["FORMATS", "GROUPS", "SORTS", "Format", "Group", "Options", "Reporter", "Sort"]
