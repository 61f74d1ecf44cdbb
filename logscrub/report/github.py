"""Findings as annotations of GitHub and, where a step has one, in its summary.

GitHub shows ten annotations of a kind for each step, and refuses a summary above 1 MiB.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from typing import TextIO

from logscrub.findings import Finding, ScanResult
from logscrub.report.about import headline, story, times
from logscrub.report.forms.github import LEVELS, command
from logscrub.report.forms.markdown import plain
from logscrub.report.forms.paths import shown_name
from logscrub.report.forms.terms import counted, level
from logscrub.report.options import Options
from logscrub.report.shown import shown
from logscrub.report.text import summary
from logscrub.sources.paths import STDIN, Unread, reason_of

_TITLE = ("title", "logscrub scan")
_MOST = {"error": 10, "warning": 10, "notice": 9}  # the tenth notice says that there is more
_MOST_ROWS = 100
_LONGEST_CELL = 300


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
    hidden = []
    for kind, some in kinds.items():
        stream.writelines(f"{_annotation(kind, one)}\n" for one in some[: _MOST[kind]])
        if len(some) > _MOST[kind]:
            hidden.append(counted(len(some) - _MOST[kind], f"more {kind}"))
    if hidden:
        stream.write(command("notice", [_TITLE], f"{', '.join(hidden)}, not shown here") + "\n")
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        try:
            with open(path, "a", encoding="utf-8") as page:
                page.writelines(f"{line}\n" for line in _page(result))
        except OSError as error:
            told = f"the step summary cannot be written: {reason_of(error)}"
            stream.write(command("warning", [_TITLE], told) + "\n")
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
    yield "### logscrub scan"
    yield ""
    yield plain(summary(result))
    yield ""
    if result.findings:
        yield "| severity | rule | value | seen | first | last | components |"
        yield "|---|---|---|---|---|---|---|"
    for finding in islice(result.findings, _MOST_ROWS):
        cells = (
            str(finding.severity), finding.rule, finding.preview,
            f"{times(finding)}, {finding.status}" if finding.status else times(finding),
            f"{shown_name(finding.first.path)}:{finding.first.line} {finding.first.time or ''}",
            f"{shown_name(finding.last.path)}:{finding.last.line} {finding.last.time or ''}",
            ", ".join(name for name, _ in finding.components[:3]),
        )  # fmt: skip
        yield f"| {' | '.join(plain(cell[:_LONGEST_CELL].strip()) for cell in cells)} |"
    if len(result.findings) > _MOST_ROWS:
        yield ""
        yield f"… and {counted(len(result.findings) - _MOST_ROWS, 'more finding')}"
    if result.errors:
        yield ""
        yield "**Not read in full**"
        yield ""
    for unread in result.errors[:_MOST_ROWS]:
        yield f"* {plain(f'{shown_name(unread.path)}: {unread.reason}'[:_LONGEST_CELL])}"
    if len(result.errors) > _MOST_ROWS:
        yield f"* … and {counted(len(result.errors) - _MOST_ROWS, 'more input')}"
    yield ""
