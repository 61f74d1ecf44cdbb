"""Cells of one column that hold matches.

The cells are joined by line breaks and go through the detector's gate at one go; only those that are hit are looked at
by themselves. Joined by nothing they would hide what begins a cell: an expression may ask that no letter stands before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from logscrub.model import Match
from logscrub.sources.records import matched_records

if TYPE_CHECKING:
    import pyarrow as pa

    from logscrub.detect import Detector
    from logscrub.detect.gate import Hit

Found = dict[int, "list[Match] | None"]
"""Matches by the number of the cell; None where judging it took too long."""

_PIECE = 4 << 20
_LONG = 1 << 16


def cells_found(detector: Detector, cells: pa.Array) -> Found:
    """Find the cells of a column of binary values that hold matches.

    Args:
        detector: what to look for.
        cells: binary or large_binary; nulls are passed over.
    """
    found: Found = {}
    offsets = _offsets(cells)
    size = len(cells)
    first = 0
    while first < size:
        last = first + 1
        if offsets[size] - offsets[first] + size - first <= _PIECE:
            last = size
        else:
            limit = offsets[first] + first + _PIECE
            last = max(last, bisect_right(range(size + 1), limit, key=lambda at: offsets[at] + at) - 1)
        _piece(detector, cells.slice(first, last - first), offsets, first, found)
        first = last
    return found


def _piece(detector: Detector, cells: pa.Array, offsets: Any, first: int, found: Found) -> None:
    text = _joined(cells)
    hits = detector.candidates(text)
    if not hits:
        return
    base, count = offsets[first], len(cells)
    starts = [offset - base + number for number, offset in enumerate(offsets[first : first + count])]
    at = 0
    while at < len(hits):
        number = bisect_right(starts, hits[at][1] - 1) - 1  # a hit may end with the line break behind the cell
        start = starts[number]
        stop = starts[number + 1] - 1 if number + 1 < count else len(text)
        last = at + 1
        while last < len(hits) and hits[last][1] <= stop + 1:
            last += 1
        if start < stop:
            inside = [(expression, min(end, stop) - start) for expression, end in hits[at:last]]
            _judge(found, first + number, text[start:stop], lambda raw: _confirmed(detector, raw, inside))  # noqa: B023
        at = last


def _confirmed(detector: Detector, raw: bytes, hits: list[Hit]) -> list[Match]:
    return detector.confirm(raw, hits) if len(raw) <= _LONG else find(detector, raw)


def find(detector: Detector, raw: bytes) -> list[Match]:
    """Return the matches in a cell, in time proportional to its size however long it is.

    Raises:
        TimeoutError: a rule's expression took longer than the time limit.
    """
    if len(raw) <= _LONG:
        return detector.find_bytes(raw)
    matches: list[Match] = []
    for start, _, inside in matched_records(detector, raw):
        if inside is None:
            raise TimeoutError("a record in a cell takes too long")
        matches += [match._replace(start=match.start + start, end=match.end + start) for match in inside]
    return matches


def all_judged(cells: pa.Array, judge: Callable[[bytes], list[Match]]) -> Found:
    """Judge every cell that is not null."""
    found: Found = {}
    for number, cell in enumerate(cells):
        raw = cell.as_py()
        if raw:
            _judge(found, number, raw, judge)
    return found


def _judge(found: Found, number: int, raw: bytes, judge: Callable[[bytes], list[Match]]) -> None:
    try:
        matches = judge(raw)
    except TimeoutError:
        found[number] = None
        return
    if matches:
        found[number] = matches


def spread(found: Found, indices: pa.Array) -> Iterator[tuple[int, int]]:
    """Yield (place, entry) for all places in an encoded column that stand for an entry that was found."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if found:
        entries = pa.array(list(found), indices.type)
        for place in pc.indices_nonzero(pc.is_in(indices, value_set=entries)).to_pylist():
            yield place, indices[place].as_py()


def _joined(cells: pa.Array) -> bytes:
    import pyarrow as pa
    import pyarrow.compute as pc

    if len(cells) == 1:
        return cells[0].as_py() or b""
    one = pa.ListArray.from_arrays(pa.array([0, len(cells)], pa.int32()), cells.cast(pa.binary()))
    joined: bytes = pc.binary_join(one, b"\n")[0].as_buffer().to_pybytes()
    return joined


def _offsets(cells: pa.Array) -> Any:
    import pyarrow as pa

    if not len(cells):
        return (0,)
    view = memoryview(cells.buffers()[1]).cast("q" if pa.types.is_large_binary(cells.type) else "i")
    return view[cells.offset : cells.offset + len(cells) + 1]


def text_bytes(cells: pa.Array) -> int:
    """Return how many bytes the cells have."""
    offsets = _offsets(cells)
    size: int = offsets[len(cells)] - offsets[0]
    return size
