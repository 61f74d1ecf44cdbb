"""The report for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

from logscrub.findings import Finding, Place, ScanResult
from logscrub.model import Severity
from logscrub.report.console import report_console
from logscrub.report.options import Options
from logscrub.report.visible import visible
from logscrub.sources import Unread
from logscrub.trace.model import TracedFinding

if TYPE_CHECKING:
    from rich.text import Text

_STYLES = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_MOST_UNREAD = 20
_MOST_SOURCES = 3


def write(result: ScanResult, stream: TextIO, options: Options) -> None:
    """Write a scan's result: findings by severity, what was not read, one summary line, and what to do next."""
    console = report_console(stream, options)
    wrapped = options.width is not None
    for line in _lines(result, options):
        console.print(line, soft_wrap=not wrapped, overflow="fold" if wrapped else None)


def _lines(result: ScanResult, options: Options) -> Iterator[Text]:
    for severity, findings in groupby(result.findings, key=lambda finding: finding.severity):
        yield _text((f" {severity} " if options.color else f"{severity}", _STYLES[severity]))
        rules: dict[str, list[Finding]] = {}
        for finding in findings:
            rules.setdefault(finding.rule, []).append(finding)
        for group in rules.values():
            yield from _rule(group, options)
        yield _text("")
    yield from _unread("not read", "bold red", result.errors)
    yield from _unread("skipped", "dim", result.skipped)
    for limit in result.limits:
        yield _text(("limit  ", "yellow"), limit)
    for one in result.not_checked:
        yield _text((visible(one), "bold yellow"))
    if result.interrupted:
        yield _text(("interrupted: this is what was found until then", "bold yellow"))
    yield _text(summary(result))
    if result.findings:
        yield from _next(result)


def _rule(findings: Sequence[Finding], options: Options) -> Iterator[Text]:
    first = findings[0]
    yield _text("  ", (first.title, "bold"), "  ", (first.rule, "dim"))
    listed = findings[: options.per_rule]
    for finding in listed:
        times = "" if finding.count == 1 else f"  {finding.count:,} times"
        if finding.file_count > 1:
            times += f" in {finding.file_count:,} files"
        yield _text("    ", visible(finding.preview), (times, "dim"))
        if finding.count == 1:
            yield _place("at", finding.first)
        else:
            yield _place("first", finding.first)
            yield _place("last", finding.last)
        if isinstance(finding, TracedFinding):
            yield from _sources(finding)
    if len(findings) > len(listed):
        rest = findings[len(listed) :]
        occurrences = _count(sum(finding.count for finding in rest), "occurrence")
        yield _text((f"    … and {_count(len(rest), 'more value')}, {occurrences}", "dim"))


def _place(label: str, place: Place) -> Text:
    parts: list[str | tuple[str, str]] = [(f"      {label:<6}", "dim"), f"{visible(place.path)}:{place.line}"]
    if place.time:
        parts.append((f"  {place.time}", "dim"))
    return _text(*parts)


def _sources(finding: TracedFinding) -> Iterator[Text]:
    for source in finding.sources[:_MOST_SOURCES]:
        times = "" if source.count == 1 else f"  {source.count:,} times"
        yield _text(("      source ", "dim"), visible(str(source)), (times, "dim"))
    if len(finding.sources) > _MOST_SOURCES:
        yield _text((f"      source … and {_count(len(finding.sources) - _MOST_SOURCES, 'more call')}", "dim"))
    if not finding.sources and not finding.overflow:
        yield _text(("      source not found", "dim"))


def _unread(label: str, style: str, unread: Sequence[Unread]) -> Iterator[Text]:
    for one in unread[:_MOST_UNREAD]:
        yield _text((label, style), f"  {visible(one.path)}: {visible(one.reason)}")
    if len(unread) > _MOST_UNREAD:
        yield _text((label, style), f"  … and {len(unread) - _MOST_UNREAD:,} more")


def summary(result: ScanResult) -> str:
    """Say in one line what a scan came to.

    >>> summary(ScanResult(findings=(), files=2, lines=10, bytes=1234))
    'no findings in 2 files, 10 lines, 1.2 kB'
    """
    severities = Counter(str(finding.severity) for finding in result.findings)
    if result.findings:
        found = f"{_count(len(result.findings), 'finding')} ({_list(severities)})"
        found += f", {_count(sum(finding.count for finding in result.findings), 'occurrence')}"
    else:
        found = "no findings"
    text = f"{found} in {_count(result.files, 'file')}, {_count(result.lines, 'line')}, {_size(result.bytes)}"
    if result.errors:
        text += f"; {_count(len(result.errors), 'input')} not read in full"
    if result.not_checked:
        text += "; not everything was checked"
    if result.skipped:
        text += f"; {_count(len(result.skipped), 'input')} skipped"
    if result.bytes >= 10_000_000 and result.elapsed:  # below, a rate says nothing
        text += f"; {result.elapsed:.1f} s, {_size(result.bytes / result.elapsed)}/s"
    return text


def _next(result: ScanResult) -> Iterator[Text]:
    yield _text("")
    yield _text(("What next", "bold"))
    if any(finding.category.startswith("secret.") for finding in result.findings):
        yield _text("  Whoever could read these logs has the secrets: revoke them or change them first.")
    yield _text("  logscrub redact LOG -o CLEAN    write a copy without them")
    yield _text(f"  logscrub rules show {result.findings[0].rule}    what a rule looks for")
    yield _text("  logscrub scan --format json=report.json …    everything, for a program")


def _text(*parts: str | tuple[str, str]) -> Text:
    from rich.text import Text

    return Text.assemble(*parts)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _list(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in _in_order(counts.items()))


def _in_order(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(counts, key=lambda one: -Severity[one[0].upper()])


def _size(number: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            break
        number /= 1000
    return f"{number:,.0f} {unit}" if unit == "bytes" else f"{number:,.1f} {unit}"
