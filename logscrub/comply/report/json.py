"""The report for programs: ``logscrub/comply/1``, described in ``docs/report-schema.md``.

It holds strings, integers, booleans and null only, and its keys are ASCII, so that its canonical form is simple.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TextIO

from logscrub.comply.model import (
    CheckResult,
    ClauseResult,
    ControlResult,
    FileFact,
    Head,
    Report,
    Sample,
    Status,
    Table,
)
from logscrub.comply.report.options import Options
from logscrub.comply.report.words import STATEMENT, counts_of
from logscrub.findings import ScanResult
from logscrub.report.json import document as scan_document
from logscrub.report.visible import visible

SCHEMA = "logscrub/comply/1"

_OF_THE_REPORT = ("schema", "tool", "key_id", "inputs")  # what the document says once, for everything in it
# Levels of a member that are broken over lines: a check is one line, and so is a finding.
_DEPTHS = {"controls": 5}
_DEPTH = 2
_LINE = "\n  "


def write(report: Report, stream: TextIO, options: Options) -> None:
    """Write a report as one JSON document."""
    stream.write(laid_out(document(report)))


def laid_out(data: dict[str, Any]) -> str:
    """Return a document as text. What is printable stays as it is, so there is one way to write each string.

    >>> print(laid_out({"schema": "a/1", "files": [{"path": "é", "size": 1}]}), end="")
    {
      "schema": "a/1",
      "files": [
        {
          "path": "é",
          "size": 1
        }
      ]
    }
    """
    members = (
        f"\n  {json.dumps(name)}: {_laid_out(value, _DEPTHS.get(name, _DEPTH), _LINE)}" for name, value in data.items()
    )
    return "{" + ",".join(members) + "\n}\n"


def document(report: Report) -> dict[str, Any]:
    """Return a report as plain data, in the order of the documentation."""
    return {
        "schema": SCHEMA,
        "tool": {
            "name": "logscrub",
            "version": visible(report.version),
            "rules": report.rules_digest,
            "python": visible(report.python),
            "platform": visible(report.platform),
        },
        "generated": report.generated,
        "author": visible(report.author) or None,
        "key_id": report.key_id or None,
        "statement": list(STATEMENT),
        "notes": _texts(report.notes),
        "scope": {
            "inputs": _texts(report.inputs),
            "files": report.scan.files,
            "bytes": report.scan.bytes,
            "lines": report.scan.lines,
            "first": visible(report.first) or None,
            "last": visible(report.last) or None,
            "source": _texts(report.source),
            "source_files": report.source_files,
            "source_digest": report.source_digest or None,
            "app": visible(report.app) or None,
        },
        "policy": [{"name": visible(name), "value": visible(value)} for name, value in report.policy],
        "summary": _summary([clause for control in report.controls for clause in control.clauses]),
        "controls": [_control(one) for one in report.controls],
        "unseen": [{"what": visible(what), "reason": visible(reason)} for what, reason in report.unseen],
        "files": [_file(one) for one in report.files],
        "chains": [_chain(one) for one in report.heads],
        "scan": _scan(report.scan),
    }


def _control(result: ControlResult) -> dict[str, Any]:
    control = result.control
    return {
        "id": control.id,
        "title": visible(control.title),
        "version": visible(control.version),
        "about": _prose(control.about),
        "sources": _texts(control.sources),
        "digest": control.digest,
        "summary": _summary(result.clauses),
        "clauses": [_clause(one) for one in result.clauses],
    }


def _clause(result: ClauseResult) -> dict[str, Any]:
    clause = result.clause
    return {
        "id": visible(clause.id),
        "title": visible(clause.title),
        "status": str(result.status),
        "demand": _prose(clause.demand),
        "limits": _prose(clause.limits) or None,
        "advice": _prose(clause.advice) or None,
        "checks": [_check(one) for one in result.checks],
    }


def _check(result: CheckResult) -> dict[str, Any]:
    return {
        "kind": result.kind,
        "status": str(result.status),
        "looked_at": visible(result.looked_at),
        "facts": _texts(result.facts),
        "samples": [_sample(one) for one in result.samples],
        "table": _table(result.table) if result.table is not None else None,
        "findings": _texts(result.findings),
    }


def _sample(sample: Sample) -> dict[str, str]:
    return {"place": visible(sample.place), "shown": visible(sample.shown)}


def _table(table: Table) -> dict[str, Any]:
    return {"head": _texts(table.head), "rows": [_texts(row) for row in table.rows]}


def _file(file: FileFact) -> dict[str, Any]:
    return {
        "path": visible(file.path),
        "size": file.size,
        "modified": file.modified or None,
        "sha256": file.sha256 or None,
        "mode": None if file.mode is None else f"{file.mode:04o}",
        "owner": visible(file.owner) or None,
        "group": visible(file.group) or None,
        "remark": visible(file.remark) or None,
    }


def _chain(head: Head) -> dict[str, Any]:
    return {"path": visible(head.path), "kind": head.kind, "entries": head.entries, "link": head.link}


def _scan(scan: ScanResult) -> dict[str, Any]:
    """Return what the scan found, as its own report has it; but time in milliseconds, which need no fraction."""
    data = {name: value for name, value in scan_document(scan).items() if name not in _OF_THE_REPORT}
    summary = data["summary"]
    return {**data, "summary": {**_but_seconds(summary), "milliseconds": round(1000 * scan.elapsed)}}


def _but_seconds(summary: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in summary.items() if name != "seconds"}


def _summary(clauses: Sequence[ClauseResult]) -> dict[str, int]:
    counts = counts_of(clauses)
    return {"clauses": len(clauses), **{status.replace(" ", "_"): counts[status] for status in Status}}


def _texts(texts: Sequence[str]) -> list[str]:
    return [visible(one) for one in texts]


def _prose(text: str) -> str:
    return visible(" ".join(text.split()))


def _laid_out(data: Any, depth: int, line: str) -> str:
    if not (depth and data and isinstance(data, (dict, list))):
        return json.dumps(data, ensure_ascii=False)
    inner = line + "  "
    if isinstance(data, dict):
        parts = [f"{json.dumps(name)}: {_laid_out(value, depth - 1, inner)}" for name, value in data.items()]
        return "{" + inner + f",{inner}".join(parts) + line + "}"
    return "[" + inner + f",{inner}".join(_laid_out(one, depth - 1, inner) for one in data) + line + "]"
