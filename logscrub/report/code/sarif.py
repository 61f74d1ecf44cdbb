"""Findings in code as a SARIF log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TextIO

from logscrub._version import __version__
from logscrub.code.model import CodeFinding, CodeResult, Kind, Place, Problem, Suppressed
from logscrub.model import Severity
from logscrub.report.code.about import KINDS, told
from logscrub.report.forms.documents import write_document
from logscrub.report.forms.sarif import DEPTH, LEVELS, location, log, notification, rule
from logscrub.report.forms.terms import level
from logscrub.report.options import Options

_COMMENT = "# logscrub: ok(reason)"
_ADVICE = "Print an id or a masked form instead, or what happened without the value."
_ADVICE_ON_DECLARATIONS = "Mark it as secret where it is declared, so that whoever prints it can know."


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write an audit's result as one SARIF log with one run."""
    write_document(document(result), stream, DEPTH)


def document(result: CodeResult) -> dict[str, Any]:
    """Return an audit's result as a SARIF log.

    >>> document(CodeResult())["version"]
    '2.1.0'
    """
    every = [*result.findings, *(one.finding for one in result.suppressed)]
    numbers = sorted({number for finding in every for number in finding.cwe})
    rules: dict[str, list[CodeFinding]] = {}
    for finding in sorted(every, key=lambda one: one.rule):
        rules.setdefault(finding.rule, []).append(finding)
    index = {rule: position for position, rule in enumerate(rules)}
    return log(
        version=__version__,
        category="logscrub/code/",
        rules=[_rule(rule, findings) for rule, findings in rules.items()],
        weaknesses=numbers,
        invocation={
            "executionSuccessful": not result.interrupted and all(one.partial for one in result.problems),
            "toolExecutionNotifications": [_notification(problem) for problem in result.problems],
        },
        results=[
            *(_result(finding, index, []) for finding in result.findings),
            *(_result(one.finding, index, [_suppression(one)]) for one in result.suppressed),
        ],
        more={"properties": {"rules": result.rules_digest, "files": result.files, "lines": result.lines}},
    )


def _rule(name: str, findings: Iterable[CodeFinding]) -> dict[str, Any]:
    findings = list(findings)
    kinds = dict.fromkeys(KINDS[finding.kind] for finding in sorted(findings, key=lambda one: one.kind.value))
    worst = max(finding.severity for finding in findings)
    numbers = sorted({number for finding in findings for number in finding.cwe})
    advice = _ADVICE if any(one.kind is not Kind.DECLARATION for one in findings) else _ADVICE_ON_DECLARATIONS
    allowed = "If the value may be printed, say why in a comment beside the call:"
    return rule(
        name,
        title=next(iter(kinds)),
        about=" ".join(kinds),
        advice=(f"{advice} {allowed} {_COMMENT}", f"{advice}\n\n{allowed} `{_COMMENT}`"),
        severity=worst,
        precision="high" if worst >= Severity.HIGH else "medium",
        weaknesses=numbers,
    )


def _result(finding: CodeFinding, index: dict[str, int], suppressions: list[dict[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": level(finding.severity, LEVELS),
        "message": {"text": told(finding)},
        "locations": [
            {
                **_location(finding.place),
                "logicalLocations": [{"fullyQualifiedName": finding.function, "kind": "function"}],
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": finding.fingerprint, "logscrub/v1": finding.fingerprint},
        "properties": {
            "severity": str(finding.severity),
            "kind": str(finding.kind),
            "field": finding.field,
            "logLevel": finding.level,
            "expression": finding.expression,
            "printed": finding.printed,
            "note": finding.note,
            **({"emitted": dict(finding.emitted)} if finding.emitted else {}),
        },
        # Empty, not missing: it tells that this tool knows suppressions and this result has none.
        "suppressions": suppressions,
    }
    if len(finding.steps) > 1:
        steps = [
            {"location": {**_location(step.place), "message": {"text": step.text}}, "nestingLevel": 0}
            for step in finding.steps
        ]
        data["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return data


def _suppression(one: Suppressed) -> dict[str, Any]:
    kind = "inSource" if one.by == "comment" else "external"
    return {"kind": kind, "status": "accepted", "justification": one.reason}


def _notification(problem: Problem) -> dict[str, Any]:
    return notification("note" if problem.partial else "error", problem.reason, problem.path, problem.line)


def _location(place: Place) -> dict[str, Any]:
    return location(place.path, place.line, place.column, place.end_line, place.end_column)
