"""What the reader of a format offers, and the one for lines of text and JSON, which most logs are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from logscrub.sources.formats.about import About
from logscrub.sources.formats.lines import about_line
from logscrub.sources.formats.objects import Objects

if TYPE_CHECKING:
    from logscrub.detect import Detector
    from logscrub.model import Match

LIMIT = 1 << 20
_HEAD = 512


class Extra(NamedTuple):
    """A match that no single line shows.

    Attributes:
        start: offset in the block where the record begins that the match, or its first part, lies in.
        match: the match, or its first part, with offsets from ``start``; ``None`` if the record took too long to judge.
        value: the whole value, as it would stand in one piece: what is counted and fingerprinted, once.
        rest: the places in the block of the other parts of it, where it is split over lines. Redacting puts the marker
            in place of the first part and nothing in place of the others.
    """

    start: int
    match: Match | None
    value: bytes = b""
    rest: tuple[tuple[int, int], ...] = ()


class Format:
    """One format of logs: lines of text or of JSON, unless a subclass knows more.

    Reading it needs no state but the head of the file, so a part of a file is read as in the whole. A format remembers
    the record it read last; threads need one each.

    Args:
        name: ``plain``, ``json``, ``docker``, …
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._objects = Objects()

    def about(self, data: bytes, start: int, stop: int, at: int, reference: datetime) -> About:
        """Return what the record around a match says of itself.

        Args:
            data: a block of lines; the lines above the match tell what it goes on from (at most 40, and 8 KB).
            start, stop: the line the match begins in, without its line break.
            at: where the match begins in ``data``.
            reference: when the log was written last; what years are missing is read by it.
        """
        if data.startswith((b"{", b"[{"), start):
            return self._objects.about(data, start, stop, at, reference)
        said = about_line(data, start, stop, at, reference)
        if said.field is None:
            brace = data.find(b'{"', start, min(at, start + _HEAD))
            if brace >= 0:
                said = said._replace(field=self._objects.path(data, brace, stop, at))
        return said

    def more(self, data: bytes, detector: Detector) -> Iterable[Extra]:
        """Yield the matches in a block that single lines do not show, in order; the others may be among them."""
        return ()

    def held_from(self, data: bytes, limit: int = LIMIT) -> int:
        """Return from where on whole lines should wait for what follows, so that no record is torn; often their length.

        A place to cut a file is safe where this is the length of the text before it (as much as ``limit``); else the
        place returned is. What has been held for more than ``limit`` bytes is let go.
        """
        return len(data)


def merged(
    records: Iterable[tuple[int, list[Match] | None]], extras: Iterable[Extra]
) -> tuple[list[tuple[int, list[Match] | None]], dict[int, Extra]]:
    """Put what single lines do not show among what they show.

    Of two matches that overlap the longer stays, of equals the one that a line shows. What is split over lines takes the
    place of a match that runs from its first part to its last through what stands between them.

    Args:
        records: (start, matches) of the records of a block, in order.
        extras: from :meth:`Format.more`.

    Returns:
        The records in the order of their matches, and by the offset in the block of a match the extra it comes from,
        for those whose value is split.
    """
    more = list(extras)
    listed = list(records)
    if not more:
        return listed, {}
    single = [
        (start + match.start, start + match.end, start, match) for start, matches in listed for match in matches or ()
    ]
    taken: list[tuple[int, int, int, Match | None, Extra | None]] = [(*one, None) for one in single]
    taken += [(start, start, start, None, None) for start, matches in listed if matches is None]
    at = 0
    dropped: set[int] = set()
    added: list[tuple[int, int, int, Match | None, Extra | None]] = []
    for extra in sorted(more, key=_first):
        start, match = extra.start, extra.match
        if match is None:
            added.append((start, start, start, None, None))
            continue
        spans = ((start + match.start, start + match.end), *extra.rest)
        while at < len(single) and single[at][1] <= spans[0][0]:
            at += 1
        over, place = [], at
        while place < len(single) and single[place][0] < spans[-1][1]:
            if any(single[place][0] < end and begin < single[place][1] for begin, end in spans):
                over.append(place)
            place += 1
        low, high = spans[0][0], spans[-1][1]
        if all(
            single[one][1] - single[one][0] < len(extra.value)
            or (extra.rest and low <= single[one][0] and single[one][1] <= high)  # found through what stands between
            for one in over
        ):
            dropped.update(over)
            added.append((*spans[0], start, match, extra if extra.rest else None))
    kept = [one for number, one in enumerate(taken) if number not in dropped] + added
    kept.sort(key=_first)
    split = {one[0]: one[4] for one in kept if one[4] is not None}
    return [(start, None if match is None else [match]) for _, _, start, match, _ in kept], split


def _first(one: Extra | tuple[int, int, int, Match | None, Extra | None]) -> int:
    if isinstance(one, Extra):
        return one.start + (one.match.start if one.match is not None else 0)
    return one[0]


def lines_up(data: bytes, start: int, floor: int) -> Iterator[tuple[int, int]]:
    """Yield the lines above the one that begins at ``start``, the nearest first, as far as ``floor``."""
    while start > floor:
        end = start - 1
        start = data.rfind(b"\n", floor, end) + 1 or floor
        yield start, end
