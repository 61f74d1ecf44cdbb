"""Findings as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from logscrub.findings import Finding, Place, ScanResult
from logscrub.report.about import sources
from logscrub.report.forms.csv import write_table
from logscrub.report.options import Options
from logscrub.report.shown import shown
from logscrub.report.visible import visible

_HEAD = (
    "severity", "rule", "title", "category", "confidence", "status", "count", "files", "preview", "key",
    "first_path", "first_line", "first_column", "first_time", "first_level", "first_component", "first_host",
    "first_request", "first_field",
    "last_path", "last_line", "last_column", "last_time", "last_level", "last_component", "last_host",
    "last_request", "last_field",
    "components", "levels", "sources", "tags", "fingerprint", "id",
)  # fmt: skip


def write(result: ScanResult, stream: TextIO, options: Options) -> None:
    """Write a head and one row for each finding."""
    write_table(_HEAD, map(_row, shown(result).findings), stream)


def _row(finding: Finding) -> tuple[object, ...]:
    return (
        finding.severity, finding.rule, finding.title, finding.category, finding.confidence, finding.status,
        finding.count, finding.file_count, finding.preview, finding.key, *_place(finding.first), *_place(finding.last),
        _counts(finding.components), _counts(finding.levels), "; ".join(sources(finding)), " ".join(finding.tags),
        finding.fingerprint or "", finding.id,
    )  # fmt: skip


def _place(place: Place) -> tuple[object, ...]:
    about = (place.time, place.level, place.component, place.host, place.request, place.field)
    return (visible(place.path), place.line, place.column, *(part or "" for part in about))


def _counts(counts: Iterable[tuple[str, int]]) -> str:
    return " ".join(f"{name}={count}" for name, count in counts)
