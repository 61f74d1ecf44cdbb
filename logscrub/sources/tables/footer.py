"""The footer of a Parquet file, as far as it says how large things are.

Read here and not asked of the library, which ends the process where what a footer says of a column contradicts itself.
Format: https://github.com/apache/parquet-format (parquet.thrift), Thrift's compact protocol.
"""

from __future__ import annotations

from typing import Any, BinaryIO, NamedTuple

from logscrub.errors import SourceError

_TAIL = 8
_MOST_FOOTER = 256 << 20
_DEEPEST = 24
_BYTES, _LIST, _SET, _MAP, _STRUCT = 8, 9, 10, 11, 12
_BYTE_ARRAY = 6
# Fields by number: row groups (4) of columns (1), bytes (2) and rows (3); of a column's metadata (3) these.
_WANTED: dict[int, Any] = {4: {1: {3: {1: None, 3: None, 5: None, 6: None, 11: None}}, 2: None, 3: None}}


class Chunk(NamedTuple):
    """A column of a row group.

    Attributes:
        path: its name, with those of the structures around it.
        text: whether it holds text or bytes.
        values: how many.
        size: bytes, decompressed.
        dictionary: where its dictionary begins, or None if it has none.
    """

    path: str
    text: bool
    values: int
    size: int
    dictionary: int | None


class Group(NamedTuple):
    """A row group.

    Attributes:
        rows: how many.
        size: bytes, decompressed.
        chunks: its columns.
    """

    rows: int
    size: int
    chunks: tuple[Chunk, ...]


def groups(file: BinaryIO) -> list[Group]:
    """Read the row groups of a Parquet file.

    Raises:
        SourceError: the footer is damaged.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    length = int.from_bytes(tail[:4], "little")
    if len(tail) < _TAIL or not tail.endswith(b"PAR1") or length > min(size - _TAIL, _MOST_FOOTER):
        raise SourceError("the Parquet file ends early or is damaged")
    file.seek(size - _TAIL - length)
    try:
        footer = _Compact(file.read(length)).struct(_WANTED, 0)
        return [
            Group(int(group[3]), int(group[2]), tuple(_chunk(one[3]) for one in group[1] if 3 in one))
            for group in footer.get(4, ())
        ]
    except (IndexError, KeyError, TypeError, ValueError, AttributeError):
        raise SourceError("the footer of the Parquet file is damaged") from None


def _chunk(meta: dict[int, Any]) -> Chunk:
    path = b".".join(meta[3]).decode("utf-8", "replace")
    return Chunk(path, meta[1] == _BYTE_ARRAY, int(meta[5]), int(meta[6]), meta.get(11))


class _Compact:
    """Reads Thrift's compact protocol; what is not wanted is passed over."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self, wanted: dict[int, Any] | None, depth: int) -> dict[int, Any]:
        """Read the wanted fields of a structure, by number."""
        if depth > _DEEPEST:
            raise ValueError("too deep")
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            kind = head & 15
            inner = wanted.get(number, ...) if wanted is not None else ...
            value = kind == 1 if kind in (1, 2) else self._value(kind, None if inner is ... else inner, depth + 1)
            if inner is not ...:
                fields[number] = value
        return fields

    def number(self, head: int) -> int:
        """Read a field that holds a number and has this head: so many fields after the one before, and the kind."""
        if self._byte() != head:
            raise ValueError("another field")
        return self._signed()

    def _value(self, kind: int, wanted: dict[int, Any] | None, depth: int) -> Any:
        if 4 <= kind <= 6:
            return self._signed()
        if kind == _BYTES:
            return self._take(self._unsigned())
        if kind in (_LIST, _SET):
            head = self._byte()
            count = head >> 4 if head >> 4 < 15 else self._unsigned()
            if count > len(self._data) - self._at:
                raise ValueError("more items than bytes")
            return [self._value(head & 15, wanted, depth + 1) for _ in range(count)]
        if kind == _STRUCT:
            return self.struct(wanted, depth + 1)
        if kind == _MAP:
            count = self._unsigned()
            kinds = self._byte() if count else 0
            for _ in range(min(count, len(self._data))):
                self._value(kinds >> 4, None, depth + 1)
                self._value(kinds & 15, None, depth + 1)
            return None
        return self._take({1: 1, 2: 1, 3: 1, 7: 8}[kind])

    def _take(self, count: int) -> bytes:
        data = self._data[self._at : self._at + count]
        self._at += count
        if len(data) < count:
            raise ValueError("ends early")
        return data

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
            if shift > 63:
                raise ValueError("too large")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)


def page_size(file: BinaryIO, offset: int) -> int | None:
    """Return the size of the page at an offset, decompressed: the second field of its header. None if it has none."""
    file.seek(max(0, offset))
    try:
        header = _Compact(file.read(16))
        kinds = header.number(0x15), header.number(0x15)
    except (IndexError, ValueError):
        return None
    return kinds[1] if kinds[1] >= 0 else None
