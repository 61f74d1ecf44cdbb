"""The page, from top to bottom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from logscrub.comply.model import FileFact, Head, Report, Status
from logscrub.comply.report.html.clauses import mark, section, shares
from logscrub.comply.report.html.tables import Tables
from logscrub.comply.report.options import Options
from logscrub.comply.report.words import (
    MEANINGS,
    ORDER,
    STATEMENT,
    UNSIGNED,
    counts_of,
    incident,
    name_of,
    period,
    scope,
)
from logscrub.findings import Finding, Run, ScanResult
from logscrub.model import Confidence
from logscrub.report.forms.terms import counted, size
from logscrub.report.html.document import asset, head
from logscrub.report.html.markup import badge, code, items, moment, shown, table
from logscrub.report.html.totals import Group, Totals
from logscrub.report.shown import shown as printable
from logscrub.sources.paths import Unread

MOST_FINDINGS = 1_000
"""Findings that are listed. All of them stand in the report in JSON."""

_MOST_UNSEEN = 1_000
_MOST_NAMES = 4
_MINUTE = 16  # characters of a time up to its minutes


def parts(report: Report, options: Options) -> Iterator[str]:
    """Yield the page of a report, piece by piece."""
    scan = printable(report.scan)
    tables = Tables(report.controls)
    listed = frozenset(one.id for one in scan.findings[:MOST_FINDINGS])
    style = asset("style.css") + asset("evidence.css", __package__)
    yield head(f"Evidence on logs, {shown(report.generated[:10])}", style)
    yield from _cover(report, options, tables)
    yield "<main id=content tabindex=-1>\n"
    yield from _statement()
    yield from _summary(report)
    yield from _scope(report, scan)
    yield from _incident(report)
    for control in report.controls:
        yield from section(control, tables, listed)
    yield from tables.section()
    yield from _findings(scan)
    yield from _trend(scan.history)
    yield from _unseen(report, scan)
    yield from _manifest(report)
    yield from _made(report)
    yield from _signature(options)
    yield "</main>\n</body>\n</html>\n"


def _cover(report: Report, options: Options, tables: Tables) -> Iterator[str]:
    clauses = [clause for control in report.controls for clause in control.clauses]
    counts = counts_of(clauses)
    worst = next((one for one in ORDER if counts[one]), Status.NOT_TESTABLE)
    tone = {Status.FAIL: "critical", Status.NOT_TESTED: "open", Status.PASS: "clean"}.get(worst, "")
    titles = Counter(one.control.title for one in report.controls)
    names = [shown(name_of(one.control)) for one in report.controls]
    lead = _listed(names) if len(names) <= _MOST_NAMES else counted(len(names), "standard")
    yield (
        "<body>\n<a class=skip href=#content>Skip to the content</a>\n<header class=top>\n"
        f"<p class=brand>logscrub · evidence report</p>\n<h1 class={tone or 'info'}>What was seen in the logs</h1>\n"
        f"<p class=lead>{lead or 'No standard'}</p>\n"
        "<ul class='tiles statuses'>\n"
    )
    for status in ORDER:
        yield (
            f"<li{'' if counts[status] else ' class=none'}>{mark(status)}<b>{counts[status]:,}</b>"
            f"<span>{'clause' if counts[status] == 1 else 'clauses'}</span>\n"
        )
    signed = f"with the key {code(options.key_id)}" if options.key_id else "<strong>no</strong>"
    whole = report.scan.complete and not report.unseen
    facts = [
        ("When", moment(report.generated)),
        ("For", shown(report.author) or "nobody named"),
        ("Read", f"{counted(report.scan.files, 'file')}, {size(report.scan.bytes)}"),
        ("Records from", shown(period(report)) or "no known time"),
        ("All inputs read", "yes" if whole else '<strong>no</strong>: <a href="#unseen">what not</a>'),
        ("Signed", signed),
    ]
    listed = "".join(f"<div><dt>{name}<dd>{value}</div>\n" for name, value in facts)
    yield f"</ul>\n<dl class=about>\n{listed}</dl>\n"
    links = [("says", "What it says"), ("summary", "Summary"), ("scope", "Scope")]
    for one in report.controls:
        control = one.control
        name = control.title if titles[control.title] == 1 else name_of(control)
        links.append((f"c-{shown(control.id)}", shown(name)))
    if tables:
        links.append(("tables", "Tables"))
    links += [("findings", "Findings"), ("unseen", "Not looked at"), ("files", "Files"), ("signature", "Signature")]
    yield (
        "<nav aria-label=Contents><ul>"
        + "".join(f'<li><a href="#{anchor}">{name}</a>' for anchor, name in links)
        + "</ul></nav>\n</header>\n"
    )


def _statement() -> Iterator[str]:
    yield "<section class=statement aria-labelledby=says>\n"
    yield "<h2 id=says>What this report says, and what it does not</h2>\n"
    yield from (f"<p class=prose>{shown(one)}</p>\n" for one in STATEMENT)
    yield "<dl class=words>\n"
    yield from (f"<dt>{mark(status)}<dd>{MEANINGS[status]}\n" for status in ORDER)
    yield "</dl>\n</section>\n"


def _summary(report: Report) -> Iterator[str]:
    yield "<section aria-labelledby=summary>\n<h2 id=summary>Summary</h2>\n"
    rows = []
    for one in report.controls:
        name = f'<a href="#c-{shown(one.control.id)}">{shown(name_of(one.control))}</a>{shares(one.clauses)}'
        rows.append([name, *(f"{one.count(status):,}" for status in ORDER)])
    if len(rows) > 1:
        rows.append(["All", *(f"{report.count(status):,}" for status in ORDER)])
    columns = ["Standard", *(f"#{str(status).capitalize()}" for status in ORDER)]
    yield from table("summary", columns, rows)
    yield from (f"<p class=note>{shown(one)}</p>\n" for one in report.notes)
    yield "</section>\n"


def _scope(report: Report, scan: ScanResult) -> Iterator[str]:
    yield "<section aria-labelledby=scope>\n<h2 id=scope>Scope</h2>\n<div class=grid>\n"
    yield "<div>\n<h3>What was looked at</h3>\n<dl class=pairs>\n"
    for name, values in scope(report):
        yield f"<dt>{shown(name)}<dd>{'<br>'.join(map(shown, values))}\n"
    yield "</dl>\n</div>\n<div>\n<h3>Policy in effect</h3>\n<dl class=pairs>\n"
    for name, value in report.policy or (("Policy", "none was named"),):
        yield f"<dt>{shown(name)}<dd>{shown(value)}\n"
    yield "</dl>\n</div>\n</div>\n"
    if scan.interrupted:
        yield "<p class=warning>The scan was interrupted: this is what was seen until then.</p>\n"
    yield "</section>\n"


def _incident(report: Report) -> Iterator[str]:
    found = incident(report)
    if found is None:
        return
    yield (
        "<section class=incident aria-labelledby=incident>\n"
        "<h2 id=incident>Card numbers where none were expected</h2>\n"
        "<p class=prose>PCI DSS 12.10.7 asks for a procedure that begins when one is found. Print this list, and fill "
        "it in.</p>\n<table class=checklist aria-labelledby=incident>\n"
        "<thead><tr><th scope=col>Question<th scope=col>Answer<th scope=col>Done"
        "</thead>\n<tbody>\n"
        f"<tr><th scope=row>What was found?<td>{shown(found.found)}<td>{_BOX}\n"
        "<tr><th scope=row>Is sensitive authentication data stored with it?"
        f"<td>{shown(found.authentication_data)}<td>{_BOX}\n"
    )
    for question, about in found.steps:
        yield f"<tr><th scope=row>{question} <span>{about}</span><td><td>{_BOX}\n"
    yield "</tbody></table>\n</section>\n"


def _findings(scan: ScanResult) -> Iterator[str]:
    yield "<section id=list aria-labelledby=findings>\n<h2 id=findings>Findings in the logs</h2>\n"
    if not scan.findings:
        yield "<p>No value that a rule describes was seen in what was read.</p>\n</section>\n"
        return
    listed = scan.findings[:MOST_FINDINGS]
    told = f"{counted(len(scan.findings), 'finding')}, the worst first."
    if len(listed) < len(scan.findings):
        told += (
            f" The first {len(listed):,} are listed; {len(scan.findings) - len(listed):,} more stand in the report in "
            "JSON."
        )
    yield f"<p class=prose>{told} Values are masked; confidence is high if no other is named.</p>\n"
    for group in Totals.of(_only(listed)).groups:
        yield from _group(group)
    yield "</section>\n"


def _only(findings: tuple[Finding, ...]) -> ScanResult:
    return ScanResult(findings=findings)


def _group(group: Group) -> Iterator[str]:
    one = group.findings[0]
    about = " · ".join([code(group.rule), shown(one.category), *map(shown, one.tags)])
    yield (
        f"<section class=rule>\n<h3>{badge(group.severity)} {shown(one.title)}</h3>\n"
        f"<p>{about} · {counted(len(group.findings), 'finding')}, {counted(group.occurrences, 'occurrence')}</p>\n"
    )
    yield from items(group.findings, _finding)
    yield "</section>\n"


def _finding(finding: Finding) -> str:
    first, last = finding.first, finding.last
    value = f"<span>{shown(finding.preview)}</span>" if finding.overflow else code(finding.preview)
    times = "once" if finding.count == 1 else f"{finding.count:,} times"
    if finding.file_count > 1:
        times += f" in {finding.file_count:,} files"
    days = dict.fromkeys((place.time or "")[:_MINUTE] for place in (first, last))
    more = [f"last at {shown(last.path)}:{last.line}"] if finding.count > 1 else []
    if finding.key and not finding.preview.startswith(finding.key):
        more.append(f"key {shown(finding.key)}")
    if finding.status:
        more.append(f"status {shown(finding.status)}")
    if finding.confidence < Confidence.HIGH:
        more.append(f"{finding.confidence} confidence")
    when = " – ".join(map(moment, filter(None, days))) or "at no known time"
    remarks = f"<p>{' · '.join(more)}" if more else ""
    return (
        f'<li class=row id="f-{shown(finding.id)}">{value}<span>{times}</span>'
        f"<code>{shown(first.path)}:{first.line}</code><span>{when}</span>{code(finding.id)}{remarks}\n"
    )


def _trend(history: tuple[Run, ...]) -> Iterator[str]:
    if not history:
        return
    yield (
        "<section aria-labelledby=trend>\n<h2 id=trend>Earlier runs</h2>\n"
        "<p class=prose>Scans of the same inputs with the same rules, as the ledger has them.</p>\n"
    )
    rows = (
        [
            moment(run.ended[:19]),
            "yes" if run.complete else "<strong>no</strong>",
            f"{run.files:,}",
            f"{run.findings:,}",
            "–" if run.new is None else f"{run.new:,}",
            "–" if run.gone is None else f"{run.gone:,}",
        ]
        for run in reversed(history)
    )
    yield from table("trend", ["Ended", "Complete", "#Files", "#Findings", "#New", "#Gone"], rows)
    yield "</section>\n"


def _unseen(report: Report, scan: ScanResult) -> Iterator[str]:
    yield "<section aria-labelledby=unseen>\n<h2 id=unseen>What was not looked at</h2>\n"
    if not (report.unseen or scan.errors or scan.skipped or scan.limits or scan.not_checked):
        yield "<p>Nothing: every input was read to its end.</p>\n"
    told = {(one.what, one.reason) for one in report.unseen}
    lists: tuple[tuple[str, list[Unread]], ...] = (
        ("", [Unread(what, reason) for what, reason in report.unseen]),
        ("Not read, or not in full", [one for one in scan.errors if (one.path, one.reason) not in told]),
        ("Skipped on purpose", [one for one in scan.skipped if (one.path, one.reason) not in told]),
    )
    for heading, unread in lists:
        if not unread:
            continue
        if heading:
            yield f"<h3>{heading} ({len(unread):,})</h3>\n"
        yield from items(unread[:_MOST_UNSEEN], lambda one: f"<li>{code(one.path)} {shown(one.reason)}\n")
        if (more := len(unread) - _MOST_UNSEEN) > 0:
            yield f"<p>And {more:,} more, in the report in JSON.</p>\n"
    said = [one for one in (*scan.limits, *scan.not_checked) if all(one != reason for _, reason in told)]
    if said:
        yield "<h3>Limits</h3>\n"
        yield from items(said, lambda one: f"<li>{shown(one)}\n")
    yield "</section>\n"


def _manifest(report: Report) -> Iterator[str]:
    yield "<section aria-labelledby=files>\n<h2 id=files>Files</h2>\n"
    yield (
        "<p class=prose>What was read, by its SHA-256 digest: <code>logscrub comply verify</code> says what has "
        "changed since.</p>\n"
    )
    if report.files:
        whole = sum(file.size for file in report.files)
        yield (
            f"<details class=manifest><summary>{counted(len(report.files), 'file')}, {size(whole)}</summary>\n"
            "<table id=manifest aria-labelledby=files>\n"
            "<thead><tr><th scope=col>File and digest<th scope=col class=number>Bytes<th scope=col>Modified</thead>\n"
            "<tbody>\n"
        )
        yield from map(_file, report.files)
        yield "</tbody></table>\n</details>\n"
    else:
        yield "<p>None.</p>\n"
    if report.heads:
        yield (
            "<h3 id=ends>Ledgers and manifests</h3>\n<p class=prose>The last link of each chain. What was entered "
            "before it cannot be changed without being noticed.</p>\n<table id=chains aria-labelledby=ends>\n"
            "<thead><tr><th scope=col>File and last link<th scope=col>Kind<th scope=col class=number>Entries</thead>\n"
            "<tbody>\n"
        )
        yield from map(_chain, report.heads)
        yield "</tbody></table>\n"
    yield "</section>\n"


def _file(file: FileFact) -> str:
    """Return a file as a row, which :mod:`logscrub.comply.verify` reads."""
    digest = f"<code class=digest>{file.sha256}</code>" if file.sha256 else "<code class=digest>no digest</code>"
    remark = f"<span class=note>{shown(file.remark)}</span>" if file.remark else ""
    return (
        f"<tr><th scope=row>{code(file.path)}{digest}{remark}<td class=number>{file.size:,}"
        f"<td>{moment(file.modified) or '–'}\n"
    )


def _chain(one: Head) -> str:
    return (
        f"<tr><th scope=row>{code(one.path)}<code class=digest>{shown(one.link) or 'empty'}</code>"
        f"<td>{shown(one.kind)}<td class=number>{one.entries:,}\n"
    )


def _made(report: Report) -> Iterator[str]:
    facts = [
        ("logscrub", shown(report.version) or "unknown"),
        ("Python", shown(report.python)),
        ("Platform", shown(report.platform)),
        ("Rules", code(report.rules_digest) if report.rules_digest else "unknown"),
        ("Fingerprint key", code(report.key_id) if report.key_id else "of this report only"),
    ]
    facts += [(f"Catalogue {shown(name_of(one.control))}", code(one.control.digest)) for one in report.controls]
    if report.source_digest:
        facts.append(("Source code, one digest", code(report.source_digest)))
    yield "<section aria-labelledby=made>\n<h2 id=made>Made with</h2>\n<dl class=pairs>\n"
    yield from (f"<dt>{name}<dd>{value}\n" for name, value in facts)
    yield "</dl>\n</section>\n"


def _signature(options: Options) -> Iterator[str]:
    yield "<section class=signature aria-labelledby=signature>\n<h2 id=signature>Signature</h2>\n"
    if options.key_id:
        yield (
            f"<p class=prose>Signed with Ed25519, by the key {code(options.key_id)}. The signature stands at the end "
            "of this file. <code>logscrub comply verify FILE --key PUBLIC-KEY</code> says whether it holds; on paper "
            "it says nothing.</p>\n"
        )
    else:
        yield f"<p class=prose>{UNSIGNED}</p>\n"
    lines = "".join(f"<div><dt>{name}<dd></div>" for name in ("Name", "Date", "Signature"))
    yield f"<dl class=lines>{lines}</dl>\n</section>\n"


def _listed(names: Iterable[str]) -> str:
    *others, last = names or ("",)
    return f"{', '.join(others)} and {last}" if others else last


_BOX = "<span class=box aria-hidden=true></span>"
