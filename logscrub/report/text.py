"""The report for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TextIO

from logscrub.findings import Finding, Gone, Place, ScanResult
from logscrub.model import Severity
from logscrub.report.about import named_counts, record, trend
from logscrub.report.console import Text, assemble
from logscrub.report.forms.lines import Line, print_lines, severity_word
from logscrub.report.forms.terms import counted, size
from logscrub.report.options import Options, Sort
from logscrub.report.shown import shown
from logscrub.report.visible import visible
from logscrub.sources.paths import Unread
from logscrub.trace.model import TracedFinding

_STATUS_STYLES = {"new": "bold magenta"}
_DAY = len("2026-03-04")
_MOST_UNREAD = 20
_MOST_GONE = 20
_MOST_SOURCES = 3
_MOST_NAMES = 3
_FURTHER_FILES = "further files"
_OTHER_COMPONENTS = "other components, or none known"


class _Member(NamedTuple):
    """A finding as a group has it.

    Attributes:
        times: occurrences within the group.
        places: where it was seen within the group, as far as known.
    """

    finding: Finding
    times: int
    places: tuple[tuple[str, Place], ...]


class _Group(NamedTuple):
    """Findings under one heading.

    Attributes:
        name: what they have in common, for sorting; empty for the rest, which comes last.
    """

    name: str
    heading: Text
    members: Sequence[_Member]


def write(result: ScanResult, stream: TextIO, options: Options) -> None:
    """Write a scan's result: findings in groups, what was not read, one summary line, and what to do next."""
    print_lines(_lines(shown(result), options), stream, options)


def _lines(result: ScanResult, options: Options) -> Iterator[Line]:
    for group in _groups(result, options):
        yield Line(0, group.heading)
        rules: dict[str, list[_Member]] = {}
        for member in group.members:
            rules.setdefault(member.finding.rule, []).append(member)
        for members in rules.values():
            if options.group != "rule":
                yield Line(2, _rule(members[0].finding, options))
            yield from _members(members, options)
        yield _line()
    yield from _gone(result.gone)
    yield from _unread("not read", "bold red", result.errors)
    yield from _unread("skipped", "dim", result.skipped)
    for limit in result.limits:
        yield _told("limit", "yellow", limit)
    for one in result.expired:
        yield _told("expired", "yellow", one)
    for one in result.not_checked:
        yield _line((one, "bold yellow"))
    for one in result.remarks:
        yield _told("remark", "yellow", one)
    if result.interrupted:
        yield _line(("interrupted: this is what was found until then", "bold yellow"))
    yield _line(summary(result))
    if said := trend(result.history):
        yield _line((f"trend: {said}", "dim"))
    if result.findings:
        yield from _next(result, options)


# --- groups


def _groups(result: ScanResult, options: Options) -> list[_Group]:
    make = {"severity": _by_severity, "rule": _by_rule, "file": _by_file, "component": _by_component}[options.group]
    groups = [
        group._replace(members=sorted(group.members, key=lambda one: _member_order(one, options.sort)))
        for group in make(result.findings, options)
    ]
    if options.group == "severity":
        return sorted(groups, key=lambda one: -one.members[0].finding.severity)
    return sorted(groups, key=lambda one: (not one.name, *_group_order(one, options)))


def _by_severity(findings: Iterable[Finding], options: Options) -> Iterator[_Group]:
    for name, some in _split(findings, lambda one: str(one.severity)):
        yield _Group(name, assemble(severity_word(some[0].severity, options)), [_whole(one) for one in some])


def _by_rule(findings: Iterable[Finding], options: Options) -> Iterator[_Group]:
    for name, some in _split(findings, lambda one: one.rule):
        yield _Group(name, _rule(some[0], options), [_whole(one) for one in some])


def _by_file(findings: Iterable[Finding], options: Options) -> Iterator[_Group]:
    return _apart(findings, lambda one: one.files, lambda place: place.path, _FURTHER_FILES)


def _by_component(findings: Iterable[Finding], options: Options) -> Iterator[_Group]:
    return _apart(findings, lambda one: one.components, lambda place: place.component or "", _OTHER_COMPONENTS)


def _apart(
    findings: Iterable[Finding],
    parts: Callable[[Finding], tuple[tuple[str, int], ...]],
    part_of: Callable[[Place], str],
    rest: str,
) -> Iterator[_Group]:
    """Put each finding into every part it was seen in, and what belongs to no part, or to none that is listed, last."""
    groups: dict[str, list[_Member]] = {}
    for finding in findings:
        left = finding.count - sum(count for _, count in parts(finding))
        for name, count in (*parts(finding), *([("", left)] if left > 0 else [])):
            groups.setdefault(name, []).append(_part(finding, count, part_of, name))
    for name, members in groups.items():
        yield _Group(name, assemble((visible(name) or rest, "bold" if name else "dim")), members)


def _split(findings: Iterable[Finding], name: Callable[[Finding], str]) -> Iterable[tuple[str, list[Finding]]]:
    parts: dict[str, list[Finding]] = {}
    for finding in findings:
        parts.setdefault(name(finding), []).append(finding)
    return parts.items()


def _whole(finding: Finding) -> _Member:
    return _part(finding, finding.count, lambda place: "", "")


def _part(finding: Finding, count: int, part_of: Callable[[Place], str], name: str) -> _Member:
    ends = (("first", finding.first), ("last", finding.last))
    places = tuple((label, place) for label, place in ends if part_of(place) == name)
    return _Member(finding, count, tuple(("at", place) for _, place in places[:1]) if count == 1 else places)


def _member_order(member: _Member, sort: Sort) -> tuple[Any, ...]:
    finding = member.finding
    if sort == "count":
        return (-member.times, -finding.severity)
    if sort == "time":
        return _moment(member)
    if sort == "path":
        return (finding.first.path, finding.first.offset)
    return (-finding.severity, -member.times)


def _group_order(group: _Group, options: Options) -> tuple[Any, ...]:
    best = group.members[0]
    total = sum(one.times for one in group.members)
    if options.sort == "count":
        return (-total, group.name)
    if options.sort == "time":
        return (*_moment(best), group.name)
    if options.sort == "path":
        return (group.name if options.group == "file" else best.finding.first.path, group.name)
    return (-best.finding.severity, -total, group.name)


def _moment(member: _Member) -> tuple[bool, str]:
    """When it was first seen; what has no time comes last."""
    times = [place.time for _, place in member.places if place.time]
    return (not times, times[0] if times else "")


# --- findings


def _rule(finding: Finding, options: Options) -> Text:
    about = (finding.title, "bold"), "  ", (finding.rule, "dim")
    if options.group == "severity":
        return assemble(*about)
    return assemble(severity_word(finding.severity, options), "  ", *about)


def _members(members: Sequence[_Member], options: Options) -> Iterator[Line]:
    listed = members[: options.per_rule]
    for member in listed:
        yield Line(4, _value(member))
        for label, place in member.places:
            yield _labelled(label, _place(place))
        yield from _elsewhere(member)
        yield from _origin(member)
        if isinstance(member.finding, TracedFinding):
            yield from _sources(member.finding)
    if len(members) > len(listed):
        rest = members[len(listed) :]
        occurrences = counted(sum(member.times for member in rest), "occurrence")
        yield Line(4, assemble((f"… and {counted(len(rest), 'more value')}, {occurrences}", "dim")))


def _value(member: _Member) -> Text:
    finding = member.finding
    if member.times < finding.count:
        times = f"  {member.times:,} of {finding.count:,} times"
    else:
        times = "" if finding.count == 1 else f"  {finding.count:,} times"
        times += f" in {finding.file_count:,} files" if finding.file_count > 1 else ""
    said = f"{finding.status} since {finding.since[:_DAY]}" if finding.since else finding.status
    status = (f"  {said}", _STATUS_STYLES.get(finding.status, "dim")) if said else ""
    return assemble(finding.preview, status, (times, "dim"))


def _place(place: Place) -> Text:
    about = "".join(f"  {part}" for part in record(place))
    return assemble(f"{visible(place.path)}:{place.line}", (about, "dim"))


def _elsewhere(member: _Member) -> Iterator[Line]:
    """Name the other files: whoever cleans up needs all of them."""
    finding = member.finding
    ends = {finding.first.path, finding.last.path}
    others = [(visible(path), count) for path, count in finding.files if path not in ends]
    if not others or member.times < finding.count:
        return
    more = finding.file_count - len(ends) - len(others[:_MOST_NAMES])
    rest = f", … and {counted(more, 'more file')}" if more > 0 else ""
    yield _labelled("also", assemble(named_counts(others[:_MOST_NAMES]), (rest, "dim")))


def _origin(member: _Member) -> Iterator[Line]:
    """Which components and levels, if that says more than the places do."""
    finding = member.finding
    if not 1 < finding.count == member.times:
        return
    if finding.components:
        yield _labelled("from", _names(finding.components))
    if finding.levels:
        yield _labelled("level", _names(finding.levels))


def _names(counts: Sequence[tuple[str, int]]) -> Text:
    more = f", … and {len(counts) - _MOST_NAMES:,} more" if len(counts) > _MOST_NAMES else ""
    return assemble(named_counts(counts[:_MOST_NAMES]), (more, "dim"))


def _sources(finding: TracedFinding) -> Iterator[Line]:
    for source in finding.sources[:_MOST_SOURCES]:
        times = "" if source.count == 1 else f"  {source.count:,} times"
        yield _labelled("source", assemble(visible(str(source)), (times, "dim")))
    if len(finding.sources) > _MOST_SOURCES:
        more = f"… and {counted(len(finding.sources) - _MOST_SOURCES, 'more call')}"
        yield _labelled("source", assemble((more, "dim")))
    if not finding.sources and not finding.overflow:
        yield _labelled("source", assemble(("not found", "dim")))


# --- the rest


def _gone(gone: Sequence[Gone]) -> Iterator[Line]:
    if not gone:
        return
    yield _line(("gone since the last run", "bold green"))
    for one in gone[:_MOST_GONE]:
        told = f"  {visible(one.path)}  last seen {one.last_seen}"
        yield Line(2, assemble((one.rule, "dim"), f"  {one.preview}", (told, "dim")))
    if len(gone) > _MOST_GONE:
        yield Line(2, assemble((f"… and {len(gone) - _MOST_GONE:,} more", "dim")))
    yield _line()


def _unread(label: str, style: str, unread: Sequence[Unread]) -> Iterator[Line]:
    for one in unread[:_MOST_UNREAD]:
        yield _told(label, style, f"{visible(one.path)}: {one.reason}")
    if len(unread) > _MOST_UNREAD:
        yield _told(label, style, f"… and {len(unread) - _MOST_UNREAD:,} more")


def summary(result: ScanResult) -> str:
    """Say in one line what a scan came to.

    >>> summary(ScanResult(findings=(), files=2, lines=10, bytes=1234))
    'no findings in 2 files, 10 lines, 1.2 kB'
    """
    severities = Counter(finding.severity for finding in result.findings)
    if result.findings:
        names = ", ".join(f"{severities[one]:,} {one}" for one in reversed(Severity) if severities[one])
        found = f"{counted(len(result.findings), 'finding')} ({names})"
        found += f", {counted(sum(finding.count for finding in result.findings), 'occurrence')}"
    else:
        found = "no findings"
    text = f"{found} in {counted(result.files, 'file')}, {counted(result.lines, 'line')}, {size(result.bytes)}"
    new = sum(finding.status == "new" for finding in result.findings)
    told = (
        (new, f"{new:,} new"),
        (len(result.gone), f"{len(result.gone):,} gone"),
        (len(result.suppressed), f"{len(result.suppressed):,} suppressed"),
        (len(result.errors), f"{counted(len(result.errors), 'input')} not read in full"),
        (len(result.not_checked), "not everything was checked"),
        (len(result.skipped), f"{counted(len(result.skipped), 'input')} skipped"),
    )
    text += "".join(f"; {words}" for number, words in told if number)
    if result.bytes >= 10_000_000 and result.elapsed:  # below, a rate says nothing
        text += f"; {result.elapsed:.1f} s, {size(result.bytes / result.elapsed)}/s"
    return text


def _next(result: ScanResult, options: Options) -> Iterator[Line]:
    yield _line()
    yield _line(("What next", "bold"))
    if any(finding.category.startswith("secret.") for finding in result.findings):
        yield Line(2, assemble("Whoever could read these logs has the secrets: revoke them or change them first."))
    commands = (
        ("logscrub redact LOG -o CLEAN", "a copy without them"),
        (f"logscrub explain {result.findings[0].rule}", "what it is, and what to do"),
        ("logscrub scan --format json=report.json …", "everything, for a program"),
    )
    column = max(len(command) for command, _ in commands)
    beside = options.width is None or 4 + column + max(len(about) for _, about in commands) <= options.width
    for command, about in commands:
        if beside:
            yield Line(2, assemble((about, "dim")), assemble((f"{command:<{column}}  ", "cyan")))
        else:
            yield Line(2, assemble((command, "cyan")))
            yield Line(6, assemble((about, "dim")))


def _line(*parts: str | tuple[str, str]) -> Line:
    return Line(0, assemble(*parts))


def _told(label: str, style: str, text: str) -> Line:
    return Line(0, assemble(text), assemble((f"{label}  ", style)))


def _labelled(label: str, text: Text) -> Line:
    return Line(6, text, assemble((f"{label:<6}" if len(label) < 6 else f"{label} ", "dim")))
