"""One finding, in one of two forms that say the same: to be opened, or, where there are many, in running text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from logscrub.findings import Finding, Place
from logscrub.model import Confidence
from logscrub.report.forms.terms import counted
from logscrub.report.html.markup import code, moment, shown
from logscrub.trace.model import TracedFinding

Show = Callable[[str], str]

_DAY = 10  # characters of a time up to its day
_MINUTE = 16  # characters of a time up to its minutes


def full(finding: Finding, prefix: str = "f", note: str = "") -> str:
    """Return a finding as an item of a list that opens.

    Args:
        finding: the finding.
        prefix: of the id of the item.
        note: more about it, as HTML.
    """
    return (
        f"<li{_identity(finding, prefix)}><details><summary>{_line(finding)}</summary>\n"
        f"<div class=facts>{note}{_places(finding)}<dl>{''.join(_details(finding))}</dl></div></details>\n"
    )


def compact(finding: Finding) -> str:
    """Return a finding as an item of a list in which everything stands in the open.

    It has next to no elements, which are what a browser takes its time for.
    """
    marks = "".join(f", {mark}" for mark in _marks(finding))
    return (
        f"<li class=row{_identity(finding, 'f')}>{_value(finding)}{_times(finding)}{marks}"
        f"{_place(finding)}{_when(finding)}<p>{' · '.join(_words(finding))}\n"
    )


def _identity(finding: Finding, prefix: str) -> str:
    status = f' data-status="{shown(finding.status)}"' if finding.status else ""
    return f' id="{prefix}-{shown(finding.id)}"{status}'


def _line(finding: Finding) -> str:
    marks = "".join(f" <em>{mark}</em>" for mark in _marks(finding))
    return f"{_value(finding)}<span>{_times(finding)}{marks}</span>{_place(finding)}<span>{_when(finding)}</span>"


def _value(finding: Finding) -> str:
    return f"<span>{shown(finding.preview)}</span>" if finding.overflow else code(finding.preview)


def _times(finding: Finding) -> str:
    return "once" if finding.count == 1 else f"{finding.count:,} times"


def _marks(finding: Finding) -> Iterator[str]:
    if finding.status:
        yield shown(f"{finding.status} since {finding.since[:_DAY]}" if finding.since else finding.status)
    if finding.confidence < Confidence.HIGH:
        yield f"{finding.confidence} confidence"


def _place(finding: Finding) -> str:
    return f"<code>{shown(finding.first.path)}:{finding.first.line}</code>"


def _when(finding: Finding) -> str:
    first, last = (moment((place.time or "")[:_MINUTE]) for place in (finding.first, finding.last))
    return first or "at no known time" if first == last or not last else f"{first} – {last}"


def _places(finding: Finding) -> str:
    places = [finding.first] if finding.count == 1 else [finding.first, finding.last]
    heads = "<th scope=col>Seen" if len(places) == 1 else "<th scope=col>First seen<th scope=col>Last seen"
    rows = [("Place", [_position(place) for place in places])]
    rows += [
        (name, [show(value) if value else "–" for value in values])
        for name, values, show in (
            ("Time", [place.time for place in places], moment),
            ("Level", [place.level for place in places], shown),
            ("Component", [place.component for place in places], code),
            ("Host", [place.host for place in places], code),
            ("Request", [place.request for place in places], code),
            ("Field", [place.field for place in places], code),
        )
        if any(values)
    ]
    body = "".join(f"<tr><th scope=row>{name}{''.join(f'<td>{cell}' for cell in cells)}\n" for name, cells in rows)
    return f"<table>\n<thead><tr><td>{heads}</thead>\n<tbody>\n{body}</tbody></table>\n"


def _position(place: Place) -> str:
    return f"{code(place.path)} line {place.line:,}, column {place.column:,} (byte {place.offset:,})"


def _details(finding: Finding) -> Iterator[str]:
    yield f"<dt>Confidence<dd>{finding.confidence}\n"
    if finding.key:
        yield f"<dt>Key name<dd>{code(finding.key)}\n"
    if finding.fingerprint:
        yield f"<dt>Fingerprint<dd>{code(finding.fingerprint)}\n"
    yield f"<dt>Id<dd>{code(finding.id)}\n"
    first, count = finding.first, finding.count
    if finding.components and finding.components != ((first.component, count),):
        yield f"<dt>Components<dd>{_named(finding.components, code)}\n"
    if finding.levels and finding.levels != ((first.level, count),):
        yield f"<dt>Levels<dd>{_named(finding.levels, code)}\n"
    if finding.files != ((first.path, count),):
        yield f"<dt>{'File' if finding.file_count == 1 else 'Files'}<dd>{_files(finding, code)}\n"
    if isinstance(finding, TracedFinding):
        yield f"<dt>Printed by<dd>{_sources(finding, code)}\n"


def _words(finding: Finding) -> Iterator[str]:
    first, last = finding.first, finding.last
    yield f"column {first.column:,} (byte {first.offset:,})"
    yield from _record(first)
    if finding.count > 1:
        yield f"last seen {shown(last.path)} line {last.line:,}, column {last.column:,} (byte {last.offset:,})"
        yield from _record(last)
    if finding.components and finding.components != ((first.component, finding.count),):
        yield f"components {_named(finding.components, shown)}"
    if finding.levels and finding.levels != ((first.level, finding.count),):
        yield f"levels {_named(finding.levels, shown)}"
    if finding.files != ((first.path, finding.count),):
        yield f"files {_files(finding, shown)}"
    if finding.key:
        yield f"key {shown(finding.key)}"
    if finding.fingerprint:
        yield f"fingerprint {shown(finding.fingerprint)}"
    yield f"id {shown(finding.id)}"
    if isinstance(finding, TracedFinding):
        yield f"printed by {_sources(finding, shown)}"


def _record(place: Place) -> Iterator[str]:
    if place.time and len(place.time) > _MINUTE:
        yield moment(place.time)
    if place.level:
        yield shown(place.level)
    if place.component:
        yield shown(place.component)
    if place.host:
        yield f"host {shown(place.host)}"
    if place.request:
        yield f"request {shown(place.request)}"
    if place.field:
        yield f"field {shown(place.field)}"


def _files(finding: Finding, show: Show) -> str:
    more = finding.file_count - len(finding.files)
    return _named(finding.files, show) + (f" and {counted(more, 'more file')}" if more > 0 else "")


def _named(names: Sequence[tuple[str, int]], show: Show) -> str:
    return ", ".join(f"{show(name)} {number:,}" for name, number in names)


def _sources(finding: TracedFinding, show: Show) -> str:
    listed = [f"{show(str(one))} {one.count:,}" for one in finding.sources]
    if finding.untraced:
        listed.append(f"source not found {finding.untraced:,}")
    return ", ".join(listed) or "source not found"
