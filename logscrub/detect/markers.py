"""Our own markers in a record that was scrubbed before: they are left as they are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from logscrub.detect.lazy import lazy
from logscrub.model import Match

SEALED = rb"sealed:[a-p]{8}:[a-p]{120,8248}+"
"""What the marker of a sealed value holds beside the rule's name: see ``seal.py``."""

# A sealed value is one whatever it is called: the rule may be of a pack that is not there.
_SHAPE = lazy(
    rb"\[(?:([a-z0-9]+(?:-[a-z0-9]+)*)(?::(?:[a-p]{16}|\*\d{1,4}|@[A-Za-z0-9.\-]{1,60}))?|logscrub: [^\[\]\n]{1,100}"
    rb"|[a-z0-9\-]{1,48}:" + SEALED + rb")\]"
)
LONGEST = 8400
"""Bytes of the longest marker there is."""

# A match that holds a marker and this many letters and digits beside it is more than a marker.
_MORE = 8
# So many matches are looked at one by one before all markers are.
_FEW = 8


class Markers:
    """Recognises markers by the names they hold.

    Args:
        labels: the ids of all rules there are, those that are not looked for included.

    >>> markers = Markers(["password"])
    >>> markers.spans(b"password=[password] list=[hunter2]")
    [(9, 19)]
    """

    def __init__(self, labels: Iterable[str]) -> None:
        self._labels = frozenset(label.encode("ascii") for label in labels)

    def spans(self, data: bytes) -> list[tuple[int, int]]:
        """Return where the markers in a record lie."""
        return [
            match.span() for match in _SHAPE.finditer(data) if match.group(1) is None or match.group(1) in self._labels
        ]

    def spare(self, data: bytes, matches: list[Match]) -> list[Match]:
        """Drop the matches that only find a marker again; widen those that cut into one.

        Args:
            data: the record.
            matches: matches in it.
        """
        if not matches or b"[" not in data:
            return matches
        if len(matches) < _FEW:
            for match in matches:
                if _near(data, match):
                    break
            else:
                return matches
        spans = self.spans(data)
        starts = [start for start, _ in spans]
        kept = []
        for match in matches:
            # Those that may touch the match: the last that begins before it, and those that begin inside.
            near = spans[max(0, bisect_right(starts, match.start) - 1) : bisect_left(starts, match.end)]
            spared = _spared(data, match, near) if near else match
            if spared is not None:
                kept.append(spared)
        return kept


def _near(data: bytes, match: Match) -> bool:
    """Tell whether a marker may touch a match: a bracket is open at its start, or opened inside."""
    opened = data.rfind(b"[", 0, match.end)
    return opened >= 0 and (opened >= match.start or data.find(b"]", opened, match.start) < 0)


def _spared(data: bytes, match: Match, spans: list[tuple[int, int]]) -> Match | None:
    if any(start < match.start < end for start, end in spans):
        return None  # the marker's own name was read as a key
    touched = [span for span in spans if span[0] < match.end and match.start < span[1]]
    if not touched:
        return match
    beside = 0
    position = match.start
    for start, end in (*touched, (match.end, match.end)):
        beside += sum(map(_is_alphanumeric, data[position : max(position, start)]))
        position = max(position, end)
    if beside < _MORE:
        return None
    return match._replace(start=min(match.start, touched[0][0]), end=max(match.end, touched[-1][1]))


def _is_alphanumeric(byte: int) -> bool:
    return byte >= 0x80 or chr(byte).isalnum()
