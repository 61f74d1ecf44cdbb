"""What the reader of a format offers, and the one for lines of text and JSON, which most logs are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from logscrub.sources.blocks import KEYS, Hold
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
        match: the match, or its first part, with offsets from ``start``.
        value: the whole value, as it would stand in one piece: what is counted and fingerprinted, once.
        rest: the places in the block of the other parts of it, where it is split over lines. Redacting puts the marker
            in place of the first part and nothing in place of the others.
    """

    start: int
    match: Match
    value: bytes
    rest: tuple[tuple[int, int], ...] = ()


class More(NamedTuple):
    """What a few lines show when they are judged together.

    Attributes:
        extras: the matches, in order; ``None`` if they took too long to judge.
        lines: the lines (start and stop) whose own matches these take the place of; if empty, they are added to them.
    """

    extras: Sequence[Extra] | None
    lines: Sequence[tuple[int, int]] = ()


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

    def more(self, data: bytes, detector: Detector) -> Sequence[More]:
        """Return what a block of whole lines shows only together with other lines, or with the head of the file."""
        return ()

    def held_from(self, data: bytes, limit: int = LIMIT) -> int:
        """Return from where on whole lines should wait for what follows, so that no record is torn; often their length.

        A place to cut a file is safe where this is the length of the text before it (as much as ``limit``); else the
        place returned is. What has been held for more than ``limit`` bytes is let go.
        """
        return len(data)


def holding(form: Format) -> Hold:
    """Return what must not be torn where a text of a format is cut: key blocks, and what the format holds back."""
    if type(form).held_from is Format.held_from:
        return KEYS
    return Hold(lambda lines: min(KEYS.held_from(lines), form.held_from(lines)), LIMIT)


def merged(
    records: Iterable[tuple[int, list[Match] | None]], more: Sequence[More]
) -> tuple[list[tuple[int, list[Match] | None]], dict[int, Extra]]:
    """Put what single lines do not show among what they show.

    Where matches are added, of two that overlap the longer stays, of equals the one that a line shows.

    Args:
        records: (start, matches) of the records of a block, in order.
        more: from :meth:`Format.more`.

    Returns:
        The records, one for each match, in order; and, by the offset in the block where its match begins, each extra
        whose value is split.
    """
    single: list[tuple[int, int, Match | None]] = []  # where each begins, where its record does, and what it is
    for start, matches in records:
        single += [(start + match.start, start, match) for match in matches] if matches else [(start, start, None)]
    judged = sorted(lines for one in more if one.extras is not None for lines in one.lines)
    if judged:
        begins = [begin for begin, _ in judged]
        single = [one for one in single if not _within(one[0], begins, judged)]
    begins, ends = [one[0] for one in single], [one[1] + (one[2].end if one[2] else 0) for one in single]
    shorter: set[int] = set()
    found: list[tuple[int, int, Match | None]] = []
    split: dict[int, Extra] = {}
    for extras, lines in more:
        if extras is None:
            found.append((lines[0][0], lines[0][0], None))
            continue
        for extra in extras:
            begin, end = extra.start + extra.match.start, extra.start + extra.match.end
            over = range(bisect_right(ends, begin), bisect_left(begins, end))
            if any(ends[one] - begins[one] >= end - begin for one in over):
                continue
            shorter.update(over)
            found.append((begin, extra.start, extra.match))
            if extra.rest:
                split[begin] = extra
    found += [one for number, one in enumerate(single) if number not in shorter]
    found.sort(key=itemgetter(0))
    return [(start, None if match is None else [match]) for _, start, match in found], split


def _within(place: int, begins: Sequence[int], lines: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a place is in one of these lines, which are in order."""
    line = bisect_right(begins, place) - 1
    return line >= 0 and place < lines[line][1]


def lines_up(data: bytes, start: int, floor: int) -> Iterator[tuple[int, int]]:
    """Yield the lines above the one that begins at ``start``, the nearest first, as far as ``floor``."""
    while start > floor:
        end = start - 1
        start = data.rfind(b"\n", floor, end) + 1 or floor
        yield start, end
