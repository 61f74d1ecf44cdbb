"""Findings as a SARIF log.

GitHub takes at most 25,000 results in a run and 10 MB compressed, and shows the first 5,000. So the worst come first,
and what is beyond the limit is left out and told of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from logscrub.findings import Finding, Place, ScanResult, Suppressed
from logscrub.model import Confidence
from logscrub.report.about import headline, identity, record_data, weaknesses
from logscrub.report.forms.documents import write_document
from logscrub.report.forms.sarif import DEPTH, LEVELS, location, log, notification, rule
from logscrub.report.forms.terms import counted, level
from logscrub.report.options import Options
from logscrub.report.shown import shown
from logscrub.trace.model import TracedFinding

MAX_RESULTS = 25_000

_MASK = "…"  # stands in previews for what is not shown
_STATES = {"new": "new", "known": "unchanged"}
_PRECISION = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}
_SECRETS = "Whoever could read the log has the secret: revoke it or change it."
_KEEP_OUT = "Keep it out of the log: logscrub.install() in the service, logscrub redact for the files there are."


def write(result: ScanResult, stream: TextIO, options: Options) -> None:
    """Write a scan's result as one SARIF log with one run."""
    write_document(document(result), stream, DEPTH)


def document(result: ScanResult) -> dict[str, Any]:
    """Return a scan's result as a SARIF log.

    >>> document(ScanResult(()))["version"]
    '2.1.0'
    """
    result = shown(result)
    findings = result.findings[:MAX_RESULTS]
    suppressed = result.suppressed[: MAX_RESULTS - len(findings)]
    every = [*findings, *(one.finding for one in suppressed)]
    rules: dict[str, list[Finding]] = {}
    for finding in sorted(every, key=lambda one: one.rule):
        rules.setdefault(finding.rule, []).append(finding)
    index = {name: position for position, name in enumerate(rules)}
    left_out = len(result.findings) + len(result.suppressed) - len(every)
    return log(
        version=result.version,
        category="logscrub/scan/",
        rules=[_rule(name, some) for name, some in rules.items()],
        weaknesses=_numbers(every),
        invocation={
            "executionSuccessful": result.complete and not result.not_checked,
            "toolExecutionNotifications": list(_execution(result, left_out)),
            "toolConfigurationNotifications": [
                notification("warning", text) for text in (*result.not_checked, *result.expired)
            ],
        },
        results=[
            *(_result(one, result, index, []) for one in findings),
            *(_result(one.finding, result, index, [_suppression(one)]) for one in suppressed),
        ],
        more={
            "redactionTokens": [_MASK],
            "properties": {
                "rules": result.rules_digest,
                "keyId": result.key_id,
                "files": result.files,
                "bytes": result.bytes,
                "lines": result.lines,
            },
        },
    )


def _execution(result: ScanResult, left_out: int) -> Iterator[dict[str, Any]]:
    for unread in result.errors:
        yield notification("error", unread.reason, unread.path)
    for unread in result.skipped:
        yield notification("note", unread.reason, unread.path)
    for text in result.limits:
        yield notification("warning", text)
    if result.interrupted:
        yield notification("error", "interrupted: this is what was found until then")
    if left_out:
        yield notification("warning", f"{counted(left_out, 'finding')} left out: {MAX_RESULTS:,} is the most a run has")


def _numbers(findings: Iterable[Finding]) -> list[int]:
    return sorted({number for finding in findings for number in weaknesses(finding)})


def _rule(name: str, findings: list[Finding]) -> dict[str, Any]:
    first = findings[0]
    tags = dict.fromkeys(tag for one in findings for tag in one.tags if not tag.startswith("cwe-"))
    advice = f"{_SECRETS} {_KEEP_OUT}" if first.category.startswith("secret.") else _KEEP_OUT
    more = f"logscrub rules show {name}"
    return rule(
        name,
        title=f"{first.title} in a log",
        about=f"A log holds a value that is sensitive: {first.title} ({first.category}).",
        advice=(f"{advice} What the rule looks for: {more}", f"{advice}\n\nWhat the rule looks for: `{more}`"),
        severity=max(one.severity for one in findings),
        precision=_PRECISION[max(one.confidence for one in findings)],
        weaknesses=_numbers(findings),
        tags=[first.category, *tags],
    )


def _result(
    finding: Finding, result: ScanResult, index: dict[str, int], suppressions: list[dict[str, Any]]
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": level(finding.severity, LEVELS),
        "message": {"text": headline(finding).replace("](", "] (")},  # which would be a link
        "locations": [_location(finding.first)],
        "occurrenceCount": finding.count,
        "partialFingerprints": {
            "primaryLocationLineHash": identity(finding, result),
            "logscrub/v1": finding.id,
        },
        "properties": {
            "severity": str(finding.severity),
            "confidence": str(finding.confidence),
            "category": finding.category,
            "preview": finding.preview,
            "key": finding.key,
            "fileCount": finding.file_count,
            "components": dict(finding.components),
            "levels": dict(finding.levels),
            "first": _record(finding.first),
            "last": _record(finding.last),
            "overflow": finding.overflow,
        },
        # Empty, not missing: it tells that this tool knows suppressions and this result has none.
        "suppressions": suppressions,
    }
    related = [] if finding.last == finding.first else [_told(_location(finding.last), "last seen here")]
    if isinstance(finding, TracedFinding):
        calls = [source.call.place for source in finding.sources]
        related += [_told(location(call.path, call.line, call.column), "may be printed here") for call in calls]
    if related:
        data["relatedLocations"] = related
    if finding.status in _STATES:
        data["baselineState"] = _STATES[finding.status]
    return data


def _location(place: Place) -> dict[str, Any]:
    # How long the value is stays untold: its first character stands for it.
    told = location(place.path, place.line, place.column, place.line, place.column + 1)
    names = ((place.component, "module"), (place.field, "property"))
    logical = [{"fullyQualifiedName": name, "kind": kind} for name, kind in names if name]
    return {**told, "logicalLocations": logical} if logical else told


def _told(place: dict[str, Any], text: str) -> dict[str, Any]:
    return {**place, "message": {"text": text}}


def _record(place: Place) -> dict[str, Any]:
    return {key: value for key, value in record_data(place).items() if value}


def _suppression(one: Suppressed) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": "external", "status": "accepted", "justification": one.reason}
    return {**told, "properties": {"until": one.until}} if one.until else told
