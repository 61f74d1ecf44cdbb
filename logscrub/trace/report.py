"""The reports of ``logscrub trace``: for people, and for programs (``logscrub/trace/1``, see ``docs/trace.md``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TextIO

from logscrub.findings import Place
from logscrub.report.json import document as scan_document
from logscrub.report.text import summary
from logscrub.report.visible import visible
from logscrub.trace.model import CallCount, TracedFinding, TraceResult

SCHEMA = "logscrub/trace/1"

Reporter = Callable[[TraceResult, TextIO, int], None]
"""Writes a result to a stream, with at most so many calls listed."""


def write_json(result: TraceResult, stream: TextIO, top: int) -> None:
    """Write what was traced as one JSON document."""
    json.dump(document(result, top), stream, indent=2)
    stream.write("\n")


def document(result: TraceResult, top: int) -> dict[str, Any]:
    """Return what was traced as plain data.

    >>> from logscrub.findings import ScanResult
    >>> document(TraceResult(ScanResult(())), 20)["calls"]
    []
    """
    coverage = result.coverage
    return {
        "schema": SCHEMA,
        "summary": {
            "known_calls": result.known,
            "calls": len(result.calls),
            "occurrences": sum(one.count for one in result.findings),
            "untraced_occurrences": sum(one.untraced for one in result.findings),
        },
        "coverage": None
        if coverage is None
        else {
            "lines": coverage.lines,
            "traced": coverage.traced,
            "ambiguous": coverage.ambiguous,
            "weak": coverage.weak,
            "continued": coverage.continued,
            "untraced": coverage.untraced,
        },
        "calls": [_call(one) for one in result.calls[:top]],
        "untraced": [
            {"finding": one.id, "rule": one.rule, "count": one.untraced, "first": _place(one.untraced_at)}
            for one in result.findings
            if one.untraced_at is not None
        ],
        "scan": scan_document(result.scan),
    }


def _place(place: Place) -> dict[str, Any]:
    return {"path": visible(place.path), "line": place.line, "column": place.column}


def _call(call: CallCount) -> dict[str, Any]:
    return {
        "file": visible(call.file),
        "line": call.line,
        "function": visible(call.function),
        "logger": visible(call.logger),
        "level": call.level,
        "lines": call.lines,
        "findings": [{"rule": rule, "count": count} for rule, count in call.findings],
        "emitted": [{"rule": visible(rule), "count": count} for rule, count in call.emitted],
    }


def write_text(result: TraceResult, stream: TextIO, top: int) -> None:
    """Write what was traced: by call, what could not be traced, and how much that is."""
    stream.writelines(f"{line}\n" for line in _lines(result, top))


def _lines(result: TraceResult, top: int) -> Iterator[str]:
    arguments = _arguments(result.findings)
    for call in result.calls[:top]:
        yield from _called(call, arguments.get((call.file, call.line), ()))
    if len(result.calls) > top:
        yield f"… and {_count(len(result.calls) - top, 'more call')}"
    if result.calls:
        yield ""
    untraced = [one for one in result.findings if one.untraced_at is not None]
    if untraced:
        yield "not traced"
        for finding in untraced[:top]:
            place = visible(str(finding.untraced_at))
            yield f"  {finding.rule}  {visible(finding.preview)}  {_times(finding.untraced)}{place}"
        if len(untraced) > top:
            yield f"  … and {_count(len(untraced) - top, 'more finding')}"
        yield ""
    for unread in result.scan.errors:
        yield f"not read  {visible(unread.path)}: {visible(unread.reason)}"
    for limit in result.scan.limits:
        yield f"limit  {limit}"
    if result.scan.interrupted:
        yield "interrupted: this is what was traced until then"
    yield summary(result.scan)
    yield _traced(result)
    if result.coverage is not None:
        cover = result.coverage
        yield (
            f"{_count(cover.lines, 'line')}: {cover.traced:,} traced to one call, {cover.ambiguous:,} to several, "
            f"{cover.weak:,} with little to go by, {cover.continued:,} go on from the line above, "
            f"{cover.untraced:,} not traced"
        )


def _called(call: CallCount, arguments: Sequence[tuple[str, str, int]]) -> Iterator[str]:
    parts = [f"{visible(call.file)}:{call.line}", visible(call.function), call.level]
    if call.lines:
        parts.append(_count(call.lines, "line"))
    yield "  ".join(filter(None, parts))
    for rule, argument, count in arguments:
        yield f"    {rule}  {_times(count)}{visible(argument)}".rstrip()
    for rule, count in call.emitted:
        yield f"    {visible(rule)}  {_times(count)}taken out by the filter"


def _arguments(findings: Sequence[TracedFinding]) -> dict[tuple[str, int], list[tuple[str, str, int]]]:
    """Return, by call, the (rule, argument, occurrences) of findings, the most frequent first."""
    counts: dict[tuple[str, int], dict[tuple[str, str], int]] = {}
    for finding in findings:
        for source in finding.sources:
            call = counts.setdefault((source.call.place.path, source.call.place.line), {})
            shown = f"in {source.expression}" if source.expression else "beside the arguments"
            if source.others:
                shown += f", or {_count(len(source.others), 'other call')}"
            if source.weak:
                shown += " (a hint)"
            call[finding.rule, shown] = call.get((finding.rule, shown), 0) + source.count
    return {
        place: sorted(((*key, count) for key, count in call.items()), key=lambda one: (-one[2], one))
        for place, call in counts.items()
    }


def _traced(result: TraceResult) -> str:
    total = sum(one.count for one in result.findings)
    traced = sum(source.count for one in result.findings for source in one.sources)
    sites = len({(one.file, one.line) for one in result.calls if one.findings})
    known = _count(result.known, "log call")
    if not total:
        return f"{known} known in the source"
    return f"{traced:,} of {_count(total, 'occurrence')} traced to {_count(sites, 'call')}; {known} known in the source"


def _times(count: int) -> str:
    return "" if count == 1 else f"{count:,} times  "


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


FORMATS: dict[str, Reporter] = {"text": write_text, "json": write_json}
