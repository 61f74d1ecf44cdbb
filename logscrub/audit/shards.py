"""Cutting what is to be read into parts that can be read apart: shards.

A shard of a file holds whole records: a cut is moved to the next beginning of a line, and before the first line of a
key block that it would tear. Where a cut is moved to depends on the file alone, so shards next to each other agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from logscrub.sources import Source
from logscrub.sources.blocks import KEYS, Hold
from logscrub.sources.raw import ReadAt

_STEP = 1 << 16
BATCH_FILES = 256
"""Small files that are read in one task."""
_LEAST = 8 << 20
_MOST = 64 << 20
_PER_WORKER = 8


class Shard(NamedTuple):
    """A part of a source, or all of it.

    Attributes:
        start: offset of the first byte; at the beginning of a line.
        end: offset after the last byte; None for what there is.
        final: what comes after it cannot change what it holds.
    """

    source: Source
    start: int = 0
    end: int | None = None
    final: bool = True

    @property
    def whole(self) -> bool:
        """Whether it is all of its source."""
        return self.start == 0 and self.end is None

    @property
    def size(self) -> int:
        """Bytes to read, as far as is known."""
        end = self.source.size if self.end is None else self.end
        return 0 if end is None else end - self.start

    def __str__(self) -> str:
        return self.source.path if self.whole else f"{self.source.path} (bytes {self.start} to {self.end})"


def cut_at(read: ReadAt, place: int, size: int, hold: Hold = KEYS) -> int:
    r"""Return where a file can be cut, at or soon after a place: where a line begins, and nothing is torn.

    Args:
        read: reads the file.
        place: where to cut.
        size: bytes of the file.
        hold: what must not be torn.

    >>> text = b"one\ntwo\nthree\n"
    >>> [cut_at(lambda at, count: text[at : at + count], place, len(text)) for place in (0, 3, 4, 5, 14)]
    [0, 4, 4, 8, 14]
    """
    if place <= 0:
        return 0
    at = place - 1
    while at < size:
        piece = read(at, _STEP)
        if not piece:
            return size
        found = piece.find(b"\n")
        if found >= 0:
            at += found + 1
            break
        at += len(piece)
    else:
        return size
    if at >= size:
        return size
    low = max(0, at - hold.reach - _STEP)
    before = read(low, at - low)
    held = hold.held_from(before)
    return low + held if held < len(before) else at


def last_cut(read: ReadAt, size: int, hold: Hold = KEYS) -> int:
    r"""Return the last place where a file that grows can be cut: after its last whole line.

    >>> text = b"one\ntwo\nthr"
    >>> last_cut(lambda at, count: text[at : at + count], len(text))
    8
    """
    low = max(0, size - hold.reach - _STEP)
    before = read(low, size - low)
    whole = before[: before.rfind(b"\n") + 1]
    return low + hold.held_from(whole) if whole else 0


def cuts(read: ReadAt, wanted: Iterable[int], size: int, hold: Hold = KEYS) -> list[int]:
    """Return the cuts for some places, in order, each once, with the beginning and the end."""
    made = [0]
    for place in sorted(wanted):
        if place > made[-1]:
            cut = cut_at(read, place, size, hold)
            if made[-1] < cut < size:
                made.append(cut)
    return [*made, size]


def shard_size(total: int, jobs: int) -> int:
    """Return how large shards should be: enough of them that all workers are busy to the end, and not too small."""
    return min(_MOST, max(_LEAST, total // (jobs * _PER_WORKER)))


def shards_of(source: Source, read: ReadAt, start: int, end: int, step: int, hold: Hold = KEYS) -> Iterator[Shard]:
    """Yield the shards of a part of a plain file, in order, found while they are asked for."""
    while start < end:
        cut = end if end - start < step + step // 2 else cut_at(read, start + step, end, hold)
        if cut > start:
            yield Shard(source, start, cut)
            start = cut
        else:  # a key block longer than a shard
            step *= 2
