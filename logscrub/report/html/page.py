"""The page, from top to bottom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from logscrub.findings import Finding, Gone, ScanResult, Suppressed
from logscrub.model import Severity
from logscrub.report.forms.terms import counted, size
from logscrub.report.html import timeline, trend
from logscrub.report.html.document import asset, head
from logscrub.report.html.finding import compact, full
from logscrub.report.html.markup import badge, bar, code, items, moment, shown, table
from logscrub.report.html.totals import Group, Totals

if TYPE_CHECKING:
    from logscrub.sources import Unread

MOST_FULL = 1_000
"""Findings that open: an opened form is several times as long, and a browser has to hold all of them."""

_LEAST_FULL = 20  # of each rule
_MOST_ROWS = 12
_MOST_INPUTS = 5
_MOST_HIDDEN_ROWS = 1_000


def parts(result: ScanResult) -> Iterator[str]:
    """Yield the page of a result, piece by piece."""
    totals = Totals.of(result)
    style, script = (asset(name) for name in ("style.css", "script.js"))
    yield head(verdict(result), style, script)
    yield from _header(result, totals)
    yield "<main id=content tabindex=-1>\n"
    yield from _warnings(result)
    if result.findings:
        yield from _severities(totals)
        yield from timeline.section(result.timeline)
    yield from trend.section(result.history)
    if result.findings:
        yield from _where(result, totals)
        yield from _findings(totals)
    yield from _gone(result.gone)
    yield from _suppressed(result.suppressed, result.expired)
    yield from _unread(result)
    yield from _next(result)
    yield from _words()
    yield "</main>\n"
    yield from _footer(result)
    yield f"<script>{script}</script>\n</body>\n</html>\n"


def verdict(result: ScanResult) -> str:
    """Say in a few words what a scan came to.

    >>> verdict(ScanResult(findings=(), files=2))
    'No findings in 2 files'
    """
    found = counted(len(result.findings), "finding") if result.findings else "No findings"
    severities = Counter(one.severity for one in result.findings)
    worst = max(severities, default=None)
    if worst is not None:
        found += f", {severities[worst]:,} {worst},"
    return f"{found} in {counted(result.files, 'file')}"


def _header(result: ScanResult, totals: Totals) -> Iterator[str]:
    worst = max(totals.values, default=None)
    tone = str(worst) if worst is not None else "clean" if result.complete and not result.not_checked else "open"
    yield (
        "<body>\n<a class=skip href=#content>Skip to the content</a>\n"
        f"<header class=top>\n<p class=brand>logscrub · scan report</p>\n<h1 class={tone}>{verdict(result)}</h1>\n"
        f"<dl class=about>\n{''.join(_about(result, totals))}</dl>\n"
    )
    links = [
        ("summary", "By severity", bool(result.findings)),
        ("when", "When", bool(result.findings and result.timeline)),
        ("trend", "Trend", len(result.history) > 1),
        ("where", "Where", bool(result.findings)),
        ("findings", "Findings", bool(result.findings)),
        ("gone", "Gone", bool(result.gone)),
        ("suppressed", "Suppressed", bool(result.suppressed or result.expired)),
        ("unread", "Not read", True),
        ("next", "What next", True),
    ]
    listed = "".join(f"<li><a href=#{anchor}>{name}</a>" for anchor, name, there in links if there)
    yield f"<nav aria-label=Contents><ul>{listed}</ul></nav>\n</header>\n"


def _about(result: ScanResult, totals: Totals) -> Iterator[str]:
    complete = "yes" if result.complete and not result.not_checked else "<strong>no</strong>"
    read = f"{counted(result.lines, 'line')}, {size(result.bytes)}"
    if result.elapsed:
        read += f" in {result.elapsed:,.1f} s"
    yield _fact("Read", f"{counted(result.files, 'file')}, {read}")
    yield _fact("Complete", complete)
    if result.findings:
        yield _fact("Occurrences", f"{totals.occurrences.total():,}")
    if days := timeline.span(result.timeline):
        yield _fact("Records from", days)
    if totals.statuses or result.gone:
        told = [f"{number:,} {shown(status)}" for status, number in sorted(totals.statuses.items(), reverse=True)]
        yield _fact("Against earlier runs", ", ".join([*told, f"{len(result.gone):,} gone"]))
    if result.suppressed:
        yield _fact("Suppressed", f"{len(result.suppressed):,}")
    if result.started:
        yield _fact("Scanned", moment(result.started))
    if result.inputs:
        named = ", ".join(shown(one) for one in result.inputs[:_MOST_INPUTS])
        more = len(result.inputs) - _MOST_INPUTS
        yield _fact("Inputs", f"{named} and {more:,} more" if more > 0 else named)


def _fact(name: str, value: str) -> str:
    return f"<div><dt>{name}<dd>{value}</div>\n"


def _warnings(result: ScanResult) -> Iterator[str]:
    warnings = []
    if result.interrupted:
        warnings.append("The scan was interrupted: this is what was found until then.")
    if result.errors:
        warnings.append(
            f'{counted(len(result.errors), "input")} could not be read in full: <a href="#unread">which</a>.'
        )
    warnings += [shown(one) for one in result.not_checked]
    if warnings:
        listed = "".join(f"<li>{one}" for one in warnings)
        yield (
            "<div class=warning><p><b>Not complete.</b> There may be more than this page shows.</p>"
            f"<ul>{listed}</ul></div>\n"
        )
    if result.remarks:
        listed = "".join(f"<li>{shown(one)}" for one in result.remarks)
        yield f"<div class=warning><p><b>To know.</b></p><ul>{listed}</ul></div>\n"


def _severities(totals: Totals) -> Iterator[str]:
    yield "<section aria-labelledby=summary>\n<h2 id=summary>By severity</h2>\n<ul class=tiles>\n"
    for severity in reversed(Severity):
        number = totals.values[severity]
        yield (
            f"<li{'' if number else ' class=none'}>{badge(severity)}<b>{number:,}</b>"
            f"<span>{counted(totals.occurrences[severity], 'occurrence')}</span>\n"
        )
    yield "</ul>\n</section>\n"


def _where(result: ScanResult, totals: Totals) -> Iterator[str]:
    all_of_them = totals.occurrences.total()
    yield "<section aria-labelledby=where>\n<h2 id=where>Where</h2>\n<div class=grid>\n"
    yield "<div class=wide>\n<h3 id=by-rule>By rule</h3>\n"
    columns = ["Rule", "Severity", "#Findings", "#Occurrences"]
    rows = (
        [
            f"<a href=#{group.anchor}>{shown(group.findings[0].title)}</a>"
            f"{bar(group.occurrences, all_of_them, group.severity)}",
            badge(group.severity),
            f"{len(group.findings):,}",
            f"{group.occurrences:,}",
        ]
        for group in totals.groups
    )
    yield from _first_rows("by-rule", columns, rows, len(totals.groups))
    yield "</div>\n"
    more = any(one.file_count > len(one.files) for one in result.findings)
    note = "Of a finding in more than 100 files, 100 are counted here." if more else ""
    yield from _counts("by-file", "By file", "File", totals.files, note)
    note = "Records that name none are not counted."
    yield from _counts("by-component", "By component", "Component", totals.components, note)
    yield from _counts("by-level", "By level", "Level", totals.levels, note)
    yield "</div>\n</section>\n"


def _counts(identity: str, heading: str, column: str, counts: Counter[str], note: str) -> Iterator[str]:
    if not counts:
        return
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    rows = ([code(name) + bar(number, ordered[0][1]), f"{number:,}"] for name, number in ordered)
    yield f"<div>\n<h3 id={identity}>{heading}</h3>\n"
    yield from _first_rows(identity, [column, "#Occurrences"], rows, len(ordered))
    if beyond := ordered[_MOST_ROWS + _MOST_HIDDEN_ROWS :]:
        left = sum(number for _, number in beyond)
        yield f"<p>And {len(beyond):,} with {counted(left, 'occurrence')}, named at their findings.</p>\n"
    if note:
        yield f"<p class=note>{note}</p>\n"
    yield "</div>\n"


def _first_rows(identity: str, columns: Sequence[str], rows: Iterator[Sequence[str]], number: int) -> Iterator[str]:
    """Yield a table of the first rows, and one of the others, to be opened."""
    yield from table(identity, columns, islice(rows, _MOST_ROWS))
    if number > _MOST_ROWS:
        yield f"<details class=more><summary>{min(number - _MOST_ROWS, _MOST_HIDDEN_ROWS):,} more</summary>\n"
        yield from table(identity, columns, islice(rows, _MOST_HIDDEN_ROWS))
        yield "</details>\n"


def _findings(totals: Totals) -> Iterator[str]:
    yield "<section id=list aria-labelledby=findings>\n<h2 id=findings>Findings</h2>\n"
    yield _tools(totals)
    number = totals.values.total()
    share = number if number <= MOST_FULL else max(_LEAST_FULL, MOST_FULL // len(totals.groups))
    for group in totals.groups:
        yield from _group(group, share)
    yield "</section>\n"


def _group(group: Group, share: int) -> Iterator[str]:
    one = group.findings[0]
    about = " · ".join([code(group.rule), shown(one.category), *map(shown, one.tags)])
    numbers = f"{counted(len(group.findings), 'finding')}, {counted(group.occurrences, 'occurrence')}"
    yield (
        f"<section class=rule data-severity={group.severity}>\n"
        f"<h3 id={group.anchor}>{badge(group.severity)} {shown(one.title)}</h3>\n<p>{about} · {numbers}</p>\n"
    )
    yield from items(group.findings[:share], full)
    yield from items(islice(group.findings, share, None), compact)
    yield "</section>\n"


def _tools(totals: Totals) -> str:
    severities = "".join(
        f"<label><input type=checkbox name=severity value={one} checked> {badge(one)}</label>"
        for one in reversed(Severity)
        if totals.values[one]
    )
    statuses = "".join(
        f'<option value="{shown(one)}">{shown(one)}</option>' for one in sorted(totals.statuses, reverse=True)
    )
    status = f"<label>Status <select name=status><option value=''>any</option>{statuses}</select></label>\n"
    return (
        "<form id=tools hidden role=search aria-label=Findings>\n"
        "<label class=search>Filter <input type=search name=words autocomplete=off spellcheck=false "
        'placeholder="rule, file, component, level …"></label>\n'
        f"<fieldset><legend>Severity</legend>{severities}</fieldset>\n"
        f"{status if statuses else ''}"
        "<label>Order <select name=order><option value=count>most frequent</option>"
        "<option value=last>last seen</option><option value=first>first seen</option>"
        "<option value=place>file and line</option></select></label>\n"
        "<button type=button name=open>Open all</button> <button type=button name=close>Close all</button>\n"
        "<output></output>\n</form>\n"
    )


def _gone(gone: Sequence[Gone]) -> Iterator[str]:
    if not gone:
        return
    yield (
        "<section aria-labelledby=gone>\n<h2 id=gone>Gone</h2>\n"
        f"<p>Found by an earlier run, looked for again, and not there any more: {counted(len(gone), 'finding')}.</p>\n"
    )
    yield from items(
        gone,
        lambda one: (
            f"<li class=row>{code(one.preview)}<span>{code(one.rule)}</span>{code(one.path)}"
            f"last seen {moment(one.last_seen)}<p>id {shown(one.id)}\n"
        ),
    )
    yield "</section>\n"


def _suppressed(suppressed: Sequence[Suppressed], expired: Sequence[str]) -> Iterator[str]:
    if not suppressed and not expired:
        return
    yield "<section aria-labelledby=suppressed>\n<h2 id=suppressed>Suppressed</h2>\n"
    if suppressed:
        yield f"<p>{counted(len(suppressed), 'finding')} left out on purpose, and not counted above.</p>\n"
        yield from items(suppressed, _left_out)
    if expired:
        yield "<h3>Not in force any more</h3>\n"
        yield from items(expired, lambda one: f"<li>{shown(one)}\n")
    yield "</section>\n"


def _left_out(one: Suppressed) -> str:
    finding: Finding = one.finding
    until = f"until {shown(one.until)}" if one.until else "without end"
    note = (
        f"<p>{badge(finding.severity)} {shown(finding.title)} {code(finding.rule)}</p>"
        f"<p>Suppressed {until}. Reason: {shown(one.reason) or 'none given'}</p>"
    )
    return full(finding, "s", note)


def _unread(result: ScanResult) -> Iterator[str]:
    yield "<section aria-labelledby=unread>\n<h2 id=unread>What was not read</h2>\n"
    if result.interrupted:
        yield "<p>Whatever was left when the scan was interrupted.</p>\n"
    elif not (result.errors or result.skipped or result.limits):
        yield "<p>Nothing: every input was read to its end.</p>\n"
    for heading, unread in (("Not read, or not in full", result.errors), ("Skipped on purpose", result.skipped)):
        if unread:
            yield f"<h3>{heading} ({len(unread):,})</h3>\n"
            yield from items(unread, _why)
    if result.limits:
        yield "<h3>Limits that were hit</h3>\n"
        yield from items(result.limits, lambda one: f"<li>{shown(one)}\n")
    yield "</section>\n"


def _why(unread: Unread) -> str:
    return f"<li>{code(unread.path)} {shown(unread.reason)}\n"


def _next(result: ScanResult) -> Iterator[str]:
    steps = []
    if any(finding.category.startswith("secret.") for finding in result.findings):
        steps.append("Whoever could read these logs has the secrets: revoke them or change them first.")
    if result.findings:
        steps += [
            "<code>logscrub redact LOG -o CLEAN</code> writes a copy without the values.",
            "<code>logscrub trace LOG --source DIR</code> names the log calls that wrote them, to be mended.",
            "<code>logscrub.install()</code> in the service keeps further ones out of its logs.",
            f"<code>logscrub rules show {shown(result.findings[0].rule)}</code> tells what a rule looks for.",
        ]
    if not result.complete:
        steps.append("Make readable what could not be read, and scan again.")
    if not steps:
        steps.append("Nothing to do. Scan again when there are new logs.")
    yield "<section aria-labelledby=next>\n<h2 id=next>What next</h2>\n<ol>\n"
    yield from (f"<li>{step}\n" for step in steps)
    yield "</ol>\n</section>\n"


def _words() -> Iterable[str]:
    yield (
        "<section aria-labelledby=words>\n<h2 id=words>Words</h2>\n<dl class=words>\n"
        "<dt>Finding<dd>One value under one rule, wherever it was seen. This page holds no raw value: of each it shows "
        "the key name, the public prefix of the format and the length.\n"
        "<dt>Occurrence<dd>One place where a value stands.\n"
        "<dt>Fingerprint<dd>Keyed: the same value has the same one, and nobody without the key can find the value from "
        "it. Passwords and codes have none.\n"
        "<dt>Severity<dd>How bad it is if the wrong person reads the value.\n"
        "<dt>Confidence<dd>How sure it is that the value is what the rule says.\n"
        "</dl>\n</section>\n"
    )


def _footer(result: ScanResult) -> Iterator[str]:
    yield f"<footer>\n<dl class=about>\n{_fact('logscrub', shown(result.version) or 'unknown')}"
    if result.rules_digest:
        yield _fact("Rules", code(result.rules_digest))
    yield _fact("Fingerprint key", code(result.key_id) if result.key_id else "of this scan only")
    yield "</dl>\n</footer>\n"
