"""The report for programs: ``logscrub/scan/1``, described in ``docs/report-schema.md``."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, TextIO

from logscrub.code.model import LogCall
from logscrub.findings import Finding, Place, ScanResult
from logscrub.model import Severity
from logscrub.report.options import Options
from logscrub.report.visible import visible
from logscrub.sources import Unread
from logscrub.trace.model import Origin, TracedFinding

SCHEMA = "logscrub/scan/1"


def write(result: ScanResult, stream: TextIO, options: Options) -> None:
    """Write a scan's result as one JSON document."""
    json.dump(document(result), stream, indent=2)
    stream.write("\n")


def document(result: ScanResult) -> dict[str, Any]:
    """Return a scan's result as plain data, in the order of the documentation.

    >>> document(ScanResult(findings=()))["schema"]
    'logscrub/scan/1'
    """
    severities = Counter(finding.severity for finding in result.findings)
    return {
        "schema": SCHEMA,
        "tool": {"name": "logscrub", "version": result.version, "rules": result.rules_digest},
        "key_id": result.key_id or None,
        "summary": {
            "findings": len(result.findings),
            "occurrences": sum(finding.count for finding in result.findings),
            "by_severity": {str(severity): severities[severity] for severity in reversed(Severity)},
            "complete": result.complete,
            "interrupted": result.interrupted,
            "files": result.files,
            "bytes": result.bytes,
            "lines": result.lines,
            "seconds": round(result.elapsed, 3),
        },
        "findings": [_finding(finding) for finding in result.findings],
        "errors": [_unread(unread) for unread in result.errors],
        "skipped": [_unread(unread) for unread in result.skipped],
        "limits": list(result.limits),
        "not_checked": [visible(one) for one in result.not_checked],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    traced = {"source": [_source(one) for one in finding.sources]} if isinstance(finding, TracedFinding) else {}
    return {
        "id": finding.id,
        "rule": finding.rule,
        "title": finding.title,
        "category": finding.category,
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "tags": list(finding.tags),
        "fingerprint": finding.fingerprint,
        "preview": visible(finding.preview),
        "key": visible(finding.key),
        "count": finding.count,
        "file_count": finding.file_count,
        "files": [{"path": visible(path), "count": count} for path, count in finding.files],
        "first": _place(finding.first),
        "last": _place(finding.last),
        "overflow": finding.overflow,
        **traced,
    }


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
        "time": place.time,
    }


def _unread(unread: Unread) -> dict[str, str]:
    return {"path": visible(unread.path), "reason": visible(unread.reason)}
