"""What a watch tells, as lines for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

from logscrub.findings import Finding, Place
from logscrub.model import Severity
from logscrub.report.about import record_data
from logscrub.report.forms.terms import counted
from logscrub.report.visible import visible
from logscrub.watch.follow import Stats
from logscrub.watch.told import Report

Write = Callable[[Report, TextIO, bool], None]
"""Writes a report to a stream, in colour or not."""

_RESET = "\x1b[0m"
_DIM = "\x1b[2m"
_COLORS = {
    Severity.CRITICAL: "\x1b[1;37;41m",
    Severity.HIGH: "\x1b[1;31m",
    Severity.MEDIUM: "\x1b[33m",
    Severity.LOW: "\x1b[36m",
    Severity.INFO: _DIM,
}


def write_text(report: Report, stream: TextIO, color: bool) -> None:
    """Write one line: time, severity, rule, place, component and preview."""
    finding, place = report.finding, report.place
    when = datetime.fromtimestamp(report.at).strftime("%Y-%m-%d %H:%M:%S")
    severity = f"{finding.severity!s:<8}"
    parts = [
        _styled(when, _DIM, color),
        _styled(severity, _COLORS[finding.severity], color),
        visible(finding.rule),
        visible(shown_place(place)),
        *([_styled(visible(place.component), _DIM, color)] if place.component else []),
        visible(finding.preview),
    ]
    if not report.first:
        parts.append(_styled(f"{report.occurrences:,} more, {report.total:,} so far", _DIM, color))
    stream.write("  ".join(parts) + "\n")


def write_json(report: Report, stream: TextIO, color: bool) -> None:
    """Write one object of JSON on a line, as ``docs/watch.md`` describes it."""
    stream.write(json.dumps(data_of(report), separators=(",", ":")) + "\n")


def data_of(report: Report) -> dict[str, object]:
    """Return a report as plain data."""
    finding, place = report.finding, report.place
    return {
        "seen": datetime.fromtimestamp(report.at, UTC).isoformat(timespec="milliseconds"),
        "first": report.first,
        "occurrences": report.occurrences,
        "total": report.total,
        **_about(finding),
        "place": {
            "path": visible(place.path),
            "line": place.line or None,
            "column": place.column,
            "offset": place.offset,
            **{name: part and visible(part) for name, part in record_data(place).items()},
        },
    }


def shown_place(place: Place) -> str:
    """Return path and line; the byte in place of a line that is not known."""
    return str(place) if place.line else f"{place.path} byte {place.offset:,}"


def summary(stats: Stats) -> str:
    """Say in one line what a watch came to.

    >>> summary(Stats())
    'no findings in 0 lines; 0 rotations'
    """
    severities: dict[str, int] = {}
    for (_, severity), count in stats.findings.items():
        severities[severity] = severities.get(severity, 0) + count
    found = "no findings"
    if severities:
        names = ", ".join(f"{severities[str(one)]:,} {one}" for one in reversed(Severity) if severities.get(str(one)))
        found = f"{counted(sum(severities.values()), 'occurrence')} ({names})"
    text = f"{found} in {counted(stats.lines, 'line')}; {counted(stats.rotations, 'rotation')}"
    return f"{text}; {counted(stats.unread, 'problem')}" if stats.unread else text


def _about(finding: Finding) -> dict[str, object]:
    return {
        "id": visible(finding.id),
        "rule": visible(finding.rule),
        "title": visible(finding.title),
        "category": visible(finding.category),
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "tags": [visible(tag) for tag in finding.tags],
        "fingerprint": finding.fingerprint and visible(finding.fingerprint),
        "preview": visible(finding.preview),
        "key": visible(finding.key),
    }


def _styled(text: str, style: str, color: bool) -> str:
    return f"{style}{text}{_RESET}" if color else text


FORMATS: dict[str, Write] = {"text": write_text, "jsonl": write_json}
