"""Findings in code as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), with what GitHub asks for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TextIO

from logscrub._version import __version__
from logscrub.code.model import CodeFinding, CodeResult, Kind, Place, Problem, Suppressed
from logscrub.model import Severity
from logscrub.report.code.about import KINDS, level, told, uri, weakness, weakness_address
from logscrub.report.options import Options

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_COMMENT = "# logscrub: ok(reason)"
_ADVICE = "Print an id or a masked form instead, or what happened without the value."
_ADVICE_ON_DECLARATIONS = "Mark it as secret where it is declared, so that whoever prints it can know."
_LEVELS = ("error", "warning", "note")
# GitHub's bands: above 9 critical, from 7 high, from 4 medium, below low.
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "1.0",
}


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write an audit's result as one SARIF log with one run."""
    json.dump(document(result), stream, indent=2)
    stream.write("\n")


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
    run = {
        "tool": {
            "driver": {
                "name": "logscrub",
                "version": __version__,
                "supportedTaxonomies": [{"name": "CWE", "index": 0}],
                "rules": [_rule(rule, findings) for rule, findings in rules.items()],
            }
        },
        "taxonomies": [_taxonomy(numbers)],
        "automationDetails": {"id": "logscrub/code/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"PROJECT": {"description": {"text": "The top directory of the project."}}},
        "invocations": [
            {
                "executionSuccessful": not result.interrupted and all(one.partial for one in result.problems),
                "toolExecutionNotifications": [_notification(problem) for problem in result.problems],
            }
        ],
        "results": [
            *(_result(finding, index, []) for finding in result.findings),
            *(_result(one.finding, index, [_suppression(one)]) for one in result.suppressed),
        ],
        "properties": {"rules": result.rules_digest, "files": result.files, "lines": result.lines},
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: str, findings: Iterable[CodeFinding]) -> dict[str, Any]:
    findings = list(findings)
    kinds = dict.fromkeys(KINDS[finding.kind] for finding in sorted(findings, key=lambda one: one.kind.value))
    about = " ".join(kinds)
    worst = max(finding.severity for finding in findings)
    numbers = sorted({number for finding in findings for number in finding.cwe})
    links = "\n".join(f"* [CWE-{number}: {weakness(number)}]({weakness_address(number)})" for number in numbers)
    advice = _ADVICE if any(one.kind is not Kind.DECLARATION for one in findings) else _ADVICE_ON_DECLARATIONS
    allowed = "If the value may be printed, say why in a comment beside the call:"
    return {
        "id": rule,
        "name": "".join(word.capitalize() for word in rule.replace(".", "-").split("-")),
        "shortDescription": {"text": next(iter(kinds))},
        "fullDescription": {"text": about},
        "help": {
            "text": f"{about} {advice} {allowed} {_COMMENT}",
            "markdown": f"{about}\n\n{advice}\n\n{allowed} `{_COMMENT}`\n\n{links}",
        },
        "helpUri": weakness_address(numbers[0] if numbers else 532),
        "defaultConfiguration": {"level": level(worst, _LEVELS)},
        "relationships": [
            {"target": {"id": str(number), "toolComponent": {"name": "CWE", "index": 0}}, "kinds": ["relevant"]}
            for number in numbers
        ],
        "properties": {
            "tags": ["security", *(f"external/cwe/cwe-{number}" for number in numbers)],
            "precision": "high" if worst >= Severity.HIGH else "medium",
            "security-severity": _SCORES[worst],
        },
    }


def _taxonomy(numbers: Iterable[int]) -> dict[str, Any]:
    return {
        "name": "CWE",
        "organization": "MITRE",
        "shortDescription": {"text": "The MITRE Common Weakness Enumeration"},
        "informationUri": "https://cwe.mitre.org/",
        "isComprehensive": False,
        "taxa": [
            {"id": str(number), "shortDescription": {"text": weakness(number)}, "helpUri": weakness_address(number)}
            for number in numbers
        ],
    }


def _result(finding: CodeFinding, index: dict[str, int], suppressions: list[dict[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": level(finding.severity, _LEVELS),
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
    region = {"region": {"startLine": problem.line}} if problem.line else {}
    return {
        "level": "note" if problem.partial else "error",
        "message": {"text": problem.reason},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(problem.path), **region}}],
    }


def _location(place: Place) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column}
    if place.end_line:
        region["endLine"] = place.end_line
    if place.end_column:
        region["endColumn"] = place.end_column
    return {"physicalLocation": {"artifactLocation": _artifact(place.path), "region": region}}


def _artifact(path: str) -> dict[str, Any]:
    address = uri(path)
    return {"uri": address} if address.startswith("file:") else {"uri": address, "uriBaseId": "PROJECT"}
