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


def matched_records(detector: Detector, data: bytes) -> Iterator[tuple[int, int, list[Match] | None]]:
    """Yield (start, stop, matches) for every record in a block that holds matches, in order.

    A record is a line without its line break. Where something that may span lines begins, it is that line and those
    after it, at least as far as a match reaches. Match offsets count from ``start``. ``None`` in place of the matches
    says that the record took too long to judge.
    """
    hits = detector.candidates(data)
    if not hits:
        return
    confirm, find, rfind = detector.confirm, data.find, data.rfind
    multiline = detector.multiline
    spanning = bool(multiline) and not multiline.isdisjoint(map(_EXPRESSION, hits))
    size, count, at = len(data), len(hits), 0
    while at < count:
        end = hits[at][1]
        start = rfind(b"\n", 0, end - 1) + 1
        stop = find(b"\n", end - 1)
        if stop < 0:
            stop = size
        last = at + 1
        while last < count and hits[last][1] <= stop + 1:
            last += 1
        owned = stop
        if spanning and not multiline.isdisjoint(map(_EXPRESSION, hits[at:last])):
            # Matches that begin in the first MAX_KEY bytes are this record's; as many more bytes let them end.
            owned = max(stop, start + MAX_KEY)
            stop = max(stop, rfind(b"\n", 0, start + 2 * MAX_KEY))
            if size <= start + 2 * MAX_KEY:
                owned = stop = size
            while last < count and hits[last][1] <= stop + 1:
                last += 1
        shown = stop - 1 if stop < size and data[stop - 1 : stop] == b"\r" else stop
        matches: list[Match] | None
        try:
            matches = confirm(
                data[start:shown],
                [(expression, (min(shown, place)) - start) for expression, place in hits[at:last]],
            )
        except TimeoutError:
            yield start, shown, None
            at = last
            continue
        if owned < stop:  # give back what lies behind
            matches = [match for match in matches if start + match.start < owned]
            reach = max([owned, *(start + match.end for match in matches)])
            shown = find(b"\n", reach - 1)
            shown = stop if shown < 0 else shown
            while hits[last - 1][1] > shown + 1:
                last -= 1
        at = last
        if matches:
            yield start, shown, matches
