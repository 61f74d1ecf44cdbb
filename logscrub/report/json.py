"""The report for programs: ``logscrub/scan/1``, described in ``docs/report-schema.md``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, TextIO

from logscrub.code.model import LogCall
from logscrub.findings import Finding, Gone, Place, Run, ScanResult, Suppressed
from logscrub.model import Severity
from logscrub.report.about import record_data
from logscrub.report.forms.documents import write_document
from logscrub.report.options import Options
from logscrub.report.shown import shown
from logscrub.report.visible import visible
from logscrub.sources.paths import Unread
from logscrub.trace.model import Origin, TracedFinding

SCHEMA = "logscrub/scan/1"


def write(result: ScanResult, stream: TextIO, options: Options) -> None:
    """Write a scan's result as one JSON document."""
    write_document(document(result), stream)


def document(result: ScanResult) -> dict[str, Any]:
    """Return a scan's result as plain data, in the order of the documentation.

    >>> document(ScanResult(findings=()))["schema"]
    'logscrub/scan/1'
    """
    result = shown(result)
    about = summary_data(result)
    return {
        **{key: about.pop(key) for key in ("schema", "tool", "key_id", "started", "inputs", "summary")},
        "findings": [finding_data(finding) for finding in result.findings],
        "suppressed": [suppressed_data(one) for one in result.suppressed],
        "gone": [gone_data(one) for one in result.gone],
        **about,
    }


def summary_data(result: ScanResult) -> dict[str, Any]:
    """Return all but the findings as plain data. The result has to be one that is shown, as for those below."""
    severities = Counter(finding.severity for finding in result.findings)
    statuses = Counter(finding.status for finding in result.findings)
    return {
        "schema": SCHEMA,
        "tool": {"name": "logscrub", "version": result.version, "rules": result.rules_digest},
        "key_id": result.key_id or None,
        "started": result.started or None,
        "inputs": [visible(one) for one in result.inputs],
        "summary": {
            "findings": len(result.findings),
            "occurrences": sum(finding.count for finding in result.findings),
            "by_severity": {str(severity): severities[severity] for severity in reversed(Severity)},
            "by_status": {"new": statuses["new"], "known": statuses["known"]},
            "suppressed": len(result.suppressed),
            "gone": len(result.gone),
            "complete": result.complete,
            "interrupted": result.interrupted,
            "files": result.files,
            "bytes": result.bytes,
            "lines": result.lines,
            "seconds": round(result.elapsed, 3),
        },
        "timeline": [
            {"start": one.start, "severity": str(one.severity), "occurrences": one.occurrences}
            for one in result.timeline
        ],
        "expired": list(result.expired),
        "errors": [_unread(unread) for unread in result.errors],
        "skipped": [_unread(unread) for unread in result.skipped],
        "limits": list(result.limits),
        "not_checked": list(result.not_checked),
        "history": [run_data(one) for one in result.history],
        "remarks": list(result.remarks),
    }


def finding_data(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data."""
    traced = {"source": [_source(one) for one in finding.sources]} if isinstance(finding, TracedFinding) else {}
    return {
        "id": finding.id,
        "rule": finding.rule,
        "title": finding.title,
        "category": finding.category,
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "status": finding.status or None,
        "since": finding.since or None,
        "tags": list(finding.tags),
        "fingerprint": finding.fingerprint,
        "preview": finding.preview,
        "key": finding.key,
        "count": finding.count,
        "file_count": finding.file_count,
        "files": [{"path": visible(path), "count": count} for path, count in finding.files],
        "components": _counts(finding.components),
        "levels": _counts(finding.levels),
        "first": _place(finding.first),
        "last": _place(finding.last),
        "overflow": finding.overflow,
        **traced,
    }


def suppressed_data(one: Suppressed) -> dict[str, Any]:
    """Return a finding that was left out on purpose as plain data."""
    return {"reason": one.reason, "until": one.until or None, "finding": finding_data(one.finding)}


def gone_data(one: Gone) -> dict[str, Any]:
    """Return a finding that is not there any more as plain data."""
    return {
        "id": one.id,
        "rule": one.rule,
        "preview": one.preview,
        "path": visible(one.path),
        "last_seen": one.last_seen,
    }


def _counts(counts: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"name": name, "count": count} for name, count in counts]


def _source(source: Origin) -> dict[str, Any]:
    return {
        **_call(source.call),
        "argument": visible(source.expression) or None,
        "name": visible(source.name),
        "weak": source.weak,
        "count": source.count,
        "others": [_call(one) for one in source.others],
    }


def _call(call: LogCall) -> dict[str, Any]:
    return {"file": visible(call.place.path), "line": call.place.line, "function": visible(call.function)}


def _place(place: Place) -> dict[str, Any]:
    return {
        "path": visible(place.path),
        "line": place.line,
        "column": place.column,
        "offset": place.offset,
        **record_data(place),
    }


def run_data(run: Run) -> dict[str, Any]:
    """Return a run of a ledger as plain data."""
    return {
        "run": run.number,
        "ended": run.ended,
        "complete": run.complete,
        "findings": run.findings,
        "occurrences": run.occurrences,
        "by_severity": {str(severity): count for severity, count in run.by_severity},
        "new": run.new,
        "gone": run.gone,
        "files": run.files,
        "bytes": run.bytes,
        "lines": run.lines,
    }


def _unread(unread: Unread) -> dict[str, str]:
    return {"path": visible(unread.path), "reason": unread.reason}
