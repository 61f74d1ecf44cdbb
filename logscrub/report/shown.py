"""What of a result may be printed: every text that came out of files or packs with its odd characters as escapes.

Paths are left as they are, since some formats need them so; whoever prints one makes it visible.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from logscrub.findings import Finding, Gone, Place, ScanResult, Suppressed
from logscrub.report.visible import visible
from logscrub.sources.paths import Unread

F = TypeVar("F", bound=Finding)


def shown(result: ScanResult) -> ScanResult:
    r"""Return a result whose texts can be printed; doing it twice changes nothing.

    >>> shown(ScanResult((), limits=("a\x1b[2Jb",))).limits
    ('a\\x1b[2Jb',)
    """
    return replace(
        result,
        findings=tuple(_finding(one) for one in result.findings),
        skipped=_unread(result.skipped),
        errors=_unread(result.errors),
        limits=_texts(result.limits),
        not_checked=_texts(result.not_checked),
        suppressed=tuple(
            Suppressed(_finding(one.finding), visible(one.reason), visible(one.until)) for one in result.suppressed
        ),
        gone=tuple(
            Gone(visible(one.id), visible(one.rule), visible(one.preview), one.path, visible(one.last_seen))
            for one in result.gone
        ),
        expired=_texts(result.expired),
        history=tuple(one._replace(ended=visible(one.ended)) for one in result.history),
        remarks=_texts(result.remarks),
    )


def _finding(finding: F) -> F:
    names = (name for name, _ in (*finding.components, *finding.levels))
    texts = (finding.id, finding.fingerprint or "", finding.rule, finding.title, finding.category, finding.preview)
    first, last = _place(finding.first), _place(finding.last)
    # Nearly all are as they should be, and there may be very many.
    if (
        first is finding.first
        and last is finding.last
        and _printable(*texts, finding.key, finding.since, *finding.tags, *names)
    ):
        return finding
    return replace(
        finding,
        id=visible(finding.id),
        fingerprint=finding.fingerprint and visible(finding.fingerprint),
        rule=visible(finding.rule),
        title=visible(finding.title),
        category=visible(finding.category),
        preview=visible(finding.preview),
        key=visible(finding.key),
        since=visible(finding.since),
        first=first,
        last=last,
        tags=_texts(finding.tags),
        components=_counts(finding.components),
        levels=_counts(finding.levels),
    )


def _place(place: Place) -> Place:
    about = (place.time, place.level, place.component, place.host, place.request, place.field)
    if _printable(*filter(None, about)):
        return place
    time, level, component, host, request, field = (part and visible(part) for part in about)
    return replace(place, time=time, level=level, component=component, host=host, request=request, field=field)


def _printable(*texts: str) -> bool:
    return "".join(texts).isprintable()


def _counts(counts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple((visible(name), count) for name, count in counts)


def _unread(unread: Iterable[Unread]) -> tuple[Unread, ...]:
    return tuple(replace(one, reason=visible(one.reason)) for one in unread)


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(visible(one) for one in texts)
