"""What container runtimes write: Docker's json-file and the CRI format of Kubernetes, and messages they cut in pieces.

Both cut a message after 16 KB. Docker's pieces are told by the line break that only the last one ends with, CRI's by a
tag: https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from logscrub.sources.formats.about import About
from logscrub.sources.formats.base import LIMIT, Extra, Format, More, lines_up
from logscrub.sources.formats.lines import about_message, filled
from logscrub.sources.timestamps import value_time

if TYPE_CHECKING:
    from logscrub.detect import Detector


_APART = 32  # lines of other streams that may stand between two pieces

_DOCKER = re.compile(rb'\{"log":"([^"\\\n]*+(?:\\.[^"\\\n]*+)*+)","stream":"(\w{1,10})"')
_CRI = re.compile(rb"(\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([PF])(?::\S{0,40})? ([^\n]*+)")
_POD_LOG = re.compile(
    r"/pods/[^/_]{1,253}_(?P<pod>[^/_]{1,253})_[^/]{1,64}/(?P<container>[^/]{1,253})/[^/]+$"
    r"|/containers/(?P<pod2>[^/_]{1,253})_[^/_]{1,253}_(?P<container2>[^/]{1,253})-[0-9a-f]{64}\.log[^/]*$"
    r"|/containers/(?P<id>[0-9a-f]{12})[0-9a-f]{52}/[^/]+$"
)


class Piece(NamedTuple):
    """One line: a message or a piece of one.

    Attributes:
        start: where the line begins.
        begin, end: its text in the line.
        stop: where the line ends.
        stream: ``stdout`` or ``stderr``.
        partial: whether the message goes on in the next line of its stream.
    """

    start: int
    begin: int
    end: int
    stop: int
    stream: bytes
    partial: bool


class Container(Format):
    """Lines of a container runtime.

    Args:
        name: ``docker`` or ``cri``.
        path: of the file; the layouts of Kubernetes and Docker name container and pod in it.
    """

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name)
        found = _POD_LOG.search(path.replace("\\", "/"))
        if found is not None:
            named = found["container"] or found["container2"] or found["id"]
            self._of_file = About(None, None, named[:120], (found["pod"] or found["pod2"] or "")[:120] or None)
        else:
            self._of_file = About()

    def about(self, data: bytes, start: int, stop: int, at: int, reference: datetime) -> About:
        """See :meth:`Format.about`. Level and logger are those of the message; the time is the runtime's."""
        found = _CRI.match(data, start, stop) if self.name == "cri" else None
        if found is None:
            return filled(super().about(data, start, stop, at, reference), self._of_file)
        begin = found.start(4)
        if data.startswith(b"{", begin):
            said = self._objects.about(data, begin, stop, max(at, begin), reference)
        else:
            said = about_message(data, begin, stop, reference)
        return filled(said._replace(time=value_time(found[1], reference)), self._of_file)

    def more(self, data: bytes, detector: Detector) -> Sequence[More]:
        """See :meth:`Format.more`: the messages that are cut in pieces, each judged as one line."""
        if not self._has_pieces(data):
            return ()
        return [_joined(data, pieces, detector) for pieces in self._messages(data)]

    def held_from(self, data: bytes, limit: int = LIMIT) -> int:
        """See :meth:`Format.held_from`: a message that is not whole waits for its other pieces."""
        held, held_line, floor = len(data), -1, max(0, len(data) - limit)
        following: dict[bytes, int] = {}  # where the next line of each stream begins
        for number, (start, stop) in enumerate(lines_up(data, len(data), floor)):
            if number - held_line > _APART + 1:
                return held
            piece = self._piece(data, start, stop)
            if piece is None:
                continue
            # Other messages that are open where this one begins must wait with it.
            if piece.partial and following.get(piece.stream, held) >= held:
                held, held_line = start, number
            following[piece.stream] = start
        return len(data) if floor else held

    def _has_pieces(self, data: bytes) -> bool:
        if self.name == "cri":
            return b" stdout P" in data or b" stderr P" in data
        return data.count(b'","stream":"') > data.count(b'\\n","stream":"')

    def _piece(self, data: bytes, start: int, stop: int) -> Piece | None:
        if self.name == "cri":
            found = _CRI.match(data, start, stop)
            return Piece(start, *found.span(4), stop, found[2], found[3] == b"P") if found is not None else None
        found = _DOCKER.match(data, start, stop)
        if found is None:
            return None
        begin, end = found.span(1)
        return Piece(start, begin, end, stop, found[2], not _ends_line(data, begin, end))

    def _messages(self, data: bytes) -> Iterator[list[Piece]]:
        """Yield the pieces of each message that has several, at most 1 MB of it at a time."""
        opened: dict[bytes, tuple[list[Piece], int]] = {}  # by stream, and the number of the line of the last one
        start, number, size = 0, 0, len(data)
        while start < size:
            stop = data.find(b"\n", start)
            stop = size if stop < 0 else stop
            piece = self._piece(data, start, stop)
            if piece is not None:
                pieces, last = opened.pop(piece.stream, ([], number))
                if pieces and number - last > _APART:
                    if len(pieces) > 1:
                        yield pieces
                    pieces = []
                pieces.append(piece)
                if piece.partial and piece.stop - pieces[0].start < LIMIT:
                    opened[piece.stream] = pieces, number
                elif len(pieces) > 1:
                    yield pieces
            start, number = stop + 1, number + 1
        for pieces, _ in opened.values():
            if len(pieces) > 1:
                yield pieces


def _ends_line(data: bytes, begin: int, end: int) -> bool:
    r"""Tell whether a JSON string ends with an escaped line break, and not with an escaped backslash and an ``n``."""
    if data[end - 2 : end] != b"\\n" or end - 2 < begin:
        return False
    text = data[max(begin, end - 64) : end - 1]
    return (len(text) - len(text.rstrip(b"\\"))) % 2 == 1


def _joined(data: bytes, pieces: list[Piece], detector: Detector) -> More:
    """Judge the pieces as one line, and say where in them the matches are."""
    first, last = pieces[0], pieces[-1]
    head = data[first.start : first.begin]
    texts = [data[piece.begin : piece.end] for piece in pieces]
    begins = list(accumulate(map(len, texts[:-1]), initial=len(head)))  # of the texts, in the whole
    lines = [(piece.start, piece.stop) for piece in pieces]
    try:
        matches = detector.find_bytes(b"".join((head, *texts, data[last.end : last.stop])))
    except TimeoutError:
        return More(None, lines)
    extras = []
    for match in matches:
        parts: list[tuple[int, int]] = []
        first_part = number = max(0, bisect_right(begins, match.start) - 1)
        while number < len(pieces) and begins[number] < match.end:
            shift = pieces[number].begin - begins[number]
            low, high = max(match.start, begins[number]), min(match.end, begins[number] + len(texts[number]))
            if low < high:
                parts.append((low + shift, high + shift))
            elif not parts:
                first_part = number + 1
            number += 1
        if parts:
            start = pieces[first_part].start
            own = match._replace(start=parts[0][0] - start, end=parts[0][1] - start)
            extras.append(Extra(start, own, b"".join(data[low:high] for low, high in parts), tuple(parts[1:])))
    return More(extras, lines)
