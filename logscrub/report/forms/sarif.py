"""SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), with what GitHub's code scanning asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from logscrub.model import Severity
from logscrub.report.forms.paths import uri
from logscrub.report.forms.terms import level, weakness, weakness_address

LEVELS = ("error", "warning", "note")
DEPTH = 4
"""Levels of a log above its results."""

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BASE = "PROJECT"
# GitHub's bands: above 9 critical, from 7 high, from 4 medium, below low.
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "1.0",
}


def log(
    version: str,
    category: str,
    rules: Sequence[dict[str, Any]],
    weaknesses: Iterable[int],
    invocation: dict[str, Any],
    results: Sequence[dict[str, Any]],
    more: dict[str, Any],
) -> dict[str, Any]:
    """Return a log with one run.

    Args:
        version: of logscrub.
        category: tells this run from others of the same tool: ``logscrub/scan/``.
        rules: each as :func:`rule` makes it.
        weaknesses: numbers of those that the rules name.
        invocation: whether all was read, and what was not.
        results: the worst first: of too many, readers keep the first.
        more: further properties of the run.
    """
    run = {
        "tool": {
            "driver": {
                "name": "logscrub",
                "version": version,
                "supportedTaxonomies": [{"name": "CWE", "index": 0}],
                "rules": rules,
            }
        },
        "taxonomies": [_taxonomy(weaknesses)],
        "automationDetails": {"id": category},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"description": {"text": "The top directory of the project."}}},
        "invocations": [invocation],
        "results": results,
        **more,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def rule(
    name: str,
    title: str,
    about: str,
    advice: tuple[str, str],
    severity: Severity,
    precision: str,
    weaknesses: Iterable[int],
    tags: Iterable[str] = (),
) -> dict[str, Any]:
    """Return a rule.

    Args:
        name: its id.
        title: what it finds, in a line.
        about: the same at length.
        advice: what to do, as plain text and as Markdown.
        severity: the worst of its results.
        precision: how sure it is, in GitHub's words: ``high``, ``medium``, ``low``.
        weaknesses: numbers.
        tags: further tags.
    """
    numbers = list(weaknesses)
    links = "\n".join(f"* [CWE-{number}: {weakness(number)}]({weakness_address(number)})" for number in numbers)
    plain, markdown = advice
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in name.replace(".", "-").split("-")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": about},
        "help": {"text": f"{about} {plain}", "markdown": f"{about}\n\n{markdown}\n\n{links}"},
        "helpUri": weakness_address(numbers[0] if numbers else 532),
        "defaultConfiguration": {"level": level(severity, LEVELS)},
        "relationships": [
            {"target": {"id": str(number), "toolComponent": {"name": "CWE", "index": 0}}, "kinds": ["relevant"]}
            for number in numbers
        ],
        "properties": {
            "tags": ["security", *(f"external/cwe/cwe-{number}" for number in numbers), *tags],
            "precision": precision,
            "security-severity": _SCORES[severity],
        },
    }


def location(path: str, line: int, column: int, end_line: int = 0, end_column: int = 0) -> dict[str, Any]:
    """Return a place in a file; an end of 0 is not known."""
    region = {"startLine": line, "startColumn": column}
    if end_line:
        region["endLine"] = end_line
    if end_column:
        region["endColumn"] = end_column
    return {"physicalLocation": {"artifactLocation": _artifact(path), "region": region}}


def notification(kind: str, text: str, path: str | None = None, line: int = 0) -> dict[str, Any]:
    """Return something to be told about the run itself; ``kind`` is one of :data:`LEVELS`."""
    told: dict[str, Any] = {"level": kind, "message": {"text": text}}
    if path is not None:
        region = {"region": {"startLine": line}} if line else {}
        told["locations"] = [{"physicalLocation": {"artifactLocation": _artifact(path), **region}}]
    return told


def _artifact(path: str) -> dict[str, Any]:
    address = uri(path)
    return {"uri": address} if "://" in address else {"uri": address, "uriBaseId": _BASE}


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
