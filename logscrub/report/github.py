"""Findings as annotations of GitHub and, where a step has one, in its summary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from logscrub.findings import Finding, ScanResult
from logscrub.report.about import headline, story, times
from logscrub.report.forms.github import LEVELS, add_to_summary, bullets, command, shortened, table
from logscrub.report.forms.markdown import plain
from logscrub.report.forms.paths import shown_name
from logscrub.report.forms.terms import level
from logscrub.report.options import Options
from logscrub.report.shown import shown
from logscrub.report.text import summary
from logscrub.sources.paths import STDIN, Unread

_NAME = "logscrub scan"
_TITLE = ("title", _NAME)
_COLUMNS = ("severity", "rule", "value", "seen", "first", "last", "components")


def write(result: ScanResult, stream: TextIO, options: Options) -> None:
    """Write one command for each finding, the worst first, and for each input that was not read; then a plain line.

    Adds a table of the findings to the file that ``GITHUB_STEP_SUMMARY`` names, if it is set.
    """
    result = shown(result)
    kinds: dict[str, list[Finding | Unread | str]] = {kind: [] for kind in LEVELS}
    for finding in result.findings:
        kinds[level(finding.severity, LEVELS)].append(finding)
    kinds["error"] += result.errors
    kinds["warning"] += result.not_checked
    stream.writelines(f"{line}\n" for line in shortened(kinds, _annotation, _NAME))
    add_to_summary(_page(result), stream, _NAME)
    stream.write(f"{summary(result)}\n")


def _annotation(kind: str, one: Finding | Unread | str) -> str:
    if isinstance(one, str):
        return command(kind, [_TITLE], one)
    if isinstance(one, Unread):
        return command(kind, [("file", shown_name(one.path)), _TITLE], f"not read: {one.reason}")
    return _finding(kind, one)


def _finding(kind: str, finding: Finding) -> str:
    place = finding.first
    properties = [("title", f"{finding.rule} ({finding.severity})")]
    if place.path != STDIN:
        where = [("file", shown_name(place.path)), ("line", str(place.line)), ("col", str(place.column))]
        properties = [*where, *properties]
    return command(kind, properties, "\n".join([headline(finding), *story(finding)]))


def _page(result: ScanResult) -> Iterator[str]:
    yield from (f"### {_NAME}", "", plain(summary(result)), "")
    yield from table(_COLUMNS, map(_row, result.findings), len(result.findings), "finding")
    unread = [f"{shown_name(one.path)}: {one.reason}" for one in result.errors]
    yield from bullets("Not read in full", unread, "input")
    yield ""


def _row(finding: Finding) -> tuple[str, ...]:
    return (
        str(finding.severity), finding.rule, finding.preview,
        f"{times(finding)}, {finding.status}" if finding.status else times(finding),
        f"{shown_name(finding.first.path)}:{finding.first.line} {finding.first.time or ''}",
        f"{shown_name(finding.last.path)}:{finding.last.line} {finding.last.time or ''}",
        ", ".join(name for name, _ in finding.components[:3]),
    )  # fmt: skip
