"""The report on code for programs: ``logscrub/code/1``, described in ``docs/report-schema.md``."""

from __future__ import annotations

from collections import Counter
from typing import Any, TextIO

from logscrub._version import __version__
from logscrub.code.model import Argument, CodeFinding, CodeResult, Elsewhere, Kind, LogCall, Place, Problem, Repair
from logscrub.model import Severity
from logscrub.report.forms.documents import write_document
from logscrub.report.options import Options
from logscrub.report.visible import visible

SCHEMA = "logscrub/code/1"


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write an audit's result as one JSON document."""
    write_document(document(result), stream)


def document(result: CodeResult) -> dict[str, Any]:
    """Return an audit's result as plain data, in the order of the documentation.

    >>> document(CodeResult())["schema"]
    'logscrub/code/1'
    """
    severities = Counter(finding.severity for finding in result.findings)
    kinds = Counter(finding.kind for finding in result.findings)
    elsewhere = result.emitted_elsewhere
    return {
        "schema": SCHEMA,
        "tool": {"name": "logscrub", "version": __version__, "rules": result.rules_digest},
        "summary": {
            "findings": len(result.findings),
            "by_severity": {str(severity): severities[severity] for severity in reversed(Severity)},
            "by_kind": {str(kind): kinds[kind] for kind in Kind},
            "suppressed": len(result.suppressed),
            "complete": not result.interrupted and not any(not problem.partial for problem in result.problems),
            "interrupted": result.interrupted,
            "files": result.files,
            "lines": result.lines,
            "seconds": round(result.elapsed, 3),
        },
        "findings": [finding_data(finding) for finding in result.findings],
        "suppressed": [
            {"by": one.by, "reason": one.reason, "finding": finding_data(one.finding)} for one in result.suppressed
        ],
        "calls": [_call(call) for call in result.calls],
        "problems": [_problem(problem) for problem in result.problems],
        **({} if elsewhere is None else {"emitted_elsewhere": [_elsewhere(one) for one in elsewhere]}),
    }


def finding_data(finding: CodeFinding) -> dict[str, Any]:
    """Return a finding as plain data."""
    return {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "kind": str(finding.kind),
        "severity": str(finding.severity),
        "field": finding.field,
        "place": _place(finding.place),
        "function": finding.function,
        "level": finding.level,
        "expression": finding.expression,
        "message": finding.message,
        "printed": finding.printed,
        "steps": [{"place": _place(step.place), "text": step.text} for step in finding.steps],
        "fix": finding.fix,
        "repair": _repair(finding.repair),
        "cwe": list(finding.cwe),
        "note": finding.note,
        **({"emitted": dict(finding.emitted)} if finding.emitted else {}),
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "path": visible(place.path),
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line or None,
        "end_column": place.end_column or None,
    }


def _repair(repair: Repair | None) -> dict[str, Any] | None:
    if repair is None:
        return None
    return {"action": repair.action, "place": _place(repair.place), "text": repair.text, "name": repair.name}


def _call(call: LogCall) -> dict[str, Any]:
    return {
        "place": _place(call.place),
        "function": call.function,
        "sink": call.sink,
        "receiver": call.receiver,
        "logger": call.logger,
        "level": call.level,
        "template": None if call.parts is None else call.template,
        "arguments": [_argument(argument) for argument in call.arguments],
    }


def _argument(argument: Argument) -> dict[str, Any]:
    return {
        "expression": argument.expression,
        "name": argument.name,
        "sensitivity": str(argument.sensitivity),
        "field": argument.field,
        "place": _place(argument.place),
    }


def _elsewhere(one: Elsewhere) -> dict[str, Any]:
    call = one.calls[0] if len(one.calls) == 1 else None
    return {
        "path": visible(one.path),
        "line": one.line,
        "function": call.function if call else None,
        "level": call.level if call else "",
        "logger": one.logger,
        "emitted": dict(one.emitted),
        "candidates": []
        if call
        else [
            {"path": visible(other.place.path), "line": other.place.line, "function": other.function}
            for other in one.calls
        ],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "path": visible(problem.path),
        "line": problem.line or None,
        "reason": problem.reason,
        "partial": problem.partial,
    }
