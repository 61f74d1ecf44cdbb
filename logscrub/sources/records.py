"""Framing the record around each hit, so that only records with a hit are ever looked at."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import TYPE_CHECKING

from logscrub.sources.keyblocks import MAX_KEY

if TYPE_CHECKING:
    from logscrub.detect import Detector
    from logscrub.model import Match

_EXPRESSION = itemgetter(0)
_BACK_LINES, _BACK = 40, 1 << 13
"""How far above a hit the record of a rule that spans lines may begin."""


def matched_records(detector: Detector, data: bytes) -> Iterator[tuple[int, int, list[Match] | None]]:
    """Yield (start, stop, matches) for every record in a block that holds matches, in order.

    A record is a line without its line break, or all lines that a match lies in. Match offsets count from ``start``.
    ``None`` in place of the matches says that the record took too long to judge.
    """
    hits = detector.candidates(data)
    if not hits:
        return
    confirm, find, rfind = detector.confirm, data.find, data.rfind
    multiline = detector.multiline
    spans: list[tuple[int, int]] = []
    if multiline and not multiline.isdisjoint(map(_EXPRESSION, hits)):
        spans = _spans(detector, data, [hit for hit in hits if hit[0] in multiline])
        spans.reverse()
    size, count, at = len(data), len(hits), 0
    while at < count:
        end = hits[at][1]
        start = rfind(b"\n", 0, end - 1) + 1
        stop = find(b"\n", end - 1)
        if stop < 0:
            stop = size
        while spans and spans[-1][1] < start:
            spans.pop()
        if spans and spans[-1][0] <= stop:
            start, stop = min(start, spans[-1][0]), max(stop, spans[-1][1])
        last = at + 1
        while last < count and hits[last][1] <= stop + 1:
            last += 1
        if stop < size and data[stop - 1 : stop] == b"\r":
            stop -= 1
        inside = [(expression, place - start) for expression, place in hits[at:last]]
        if hits[last - 1][1] > stop:  # a gate expression may end with the line break
            inside = [(expression, min(place, stop - start)) for expression, place in inside]
        matches: list[Match] | None
        try:
            matches = confirm(data[start:stop], inside)
        except TimeoutError:
            matches = None
        if matches or matches is None:
            yield start, stop, matches
        at = last


def _spans(detector: Detector, data: bytes, hits: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the lines, from start to stop, of the matches that span lines: in order, apart.

    The hits are where such a match may begin. It is looked for from there on, once for all hits that are near, so that
    the time is in proportion to the block whatever the hits are.
    """
    spans: list[tuple[int, int]] = []
    size, count, at = len(data), len(hits), 0
    while at < count:
        end = hits[at][1]
        line = data.rfind(b"\n", 0, end - 1) + 1
        start = _above(data, line)
        owned = max(line + MAX_KEY, end)  # matches that begin before this are told; as many bytes more let them end
        stop = _line_end(data, min(size, owned + MAX_KEY) - 1)
        last = at
        while last < count and hits[last][1] <= stop:
            last += 1
        try:
            found = detector.confirm(data[start:stop], [(one, place - start) for one, place in hits[at:last]])
            ranges = [
                _lines_of(detector, data, match, start, stop, {one for one, _ in hits[at:last]})
                for match in found
                if start + match.start < owned
            ]
        except TimeoutError:
            ranges = [(line, stop)]  # judged again as one record, and then said to take too long
        for first, final in ranges:
            if b"\n" not in data[first:final]:
                continue
            while spans and first <= spans[-1][1]:
                before, after = spans.pop()
                first, final = min(first, before), max(final, after)
            spans.append((first, final))
        while at < count and hits[at][1] <= owned:
            at += 1
    return spans


def _line_end(data: bytes, place: int) -> int:
    end = data.find(b"\n", place)
    return len(data) if end < 0 else end


def _above(data: bytes, line: int) -> int:
    """Return where the lines begin that are looked at above one."""
    start = line
    for _ in range(_BACK_LINES):
        above = data.rfind(b"\n", max(0, line - _BACK), max(0, start - 1)) + 1
        if start == 0 or (above == 0 and line > _BACK):
            break
        start = above
    return start


def _lines_of(
    detector: Detector, data: bytes, match: Match, start: int, stop: int, expressions: set[int]
) -> tuple[int, int]:
    """Return the fewest lines that show a match: what gives a value away may stand above or below it."""
    begin, until = start + match.start, start + match.end
    for final in (_line_end(data, until - 1), stop):
        first = data.rfind(b"\n", 0, begin) + 1
        while True:
            for one in detector.confirm(data[first:final], [(index, final - first) for index in expressions]):
                if (one.rule, first + one.start, first + one.end) == (match.rule, begin, until):
                    return first, final
            if first <= start:
                break
            first = max(start, data.rfind(b"\n", 0, first - 1) + 1)
    return start, stop
