"""Decompressing by block: gzip, bzip2 and xz, known by their first bytes and never by the file's name.

Nothing here raises for bad data: what can be read is read, and what is wrong is left in ``Unpacker.problem``.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

MAGIC = {b"\x1f\x8b\x08": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}


class _Member(Protocol):
    """What ``bz2.BZ2Decompressor`` and ``lzma.LZMADecompressor`` look like."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(31)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not (self._full or self._inflate.unconsumed_tail)

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        tail = self._inflate.unconsumed_tail
        out = self._inflate.decompress(tail + data if tail else data, max_length)
        self._full = len(out) == max_length  # zlib may hold more without any input left
        return out


def _member(kind: str) -> Callable[[], _Member]:
    if kind == "gzip":
        return _Gzip
    if kind == "bzip2":
        import bz2

        return bz2.BZ2Decompressor
    import lzma

    return lzma.LZMADecompressor


def _damages(kind: str) -> tuple[type[Exception], ...]:
    if kind != "xz":
        return OSError, EOFError, ValueError, zlib.error
    import lzma

    return EOFError, ValueError, lzma.LZMAError


class Unpacker:
    """Decompresses a stream of chunks, bounded in memory and in what it lets a small file become.

    Args:
        kind: ``gzip``, ``bzip2`` or ``xz``.
        block: most bytes given out at once.
        max_ratio: most bytes out for a byte in, judged once ``grace`` bytes came out.
        max_bytes: most bytes out.

    >>> import gzip
    >>> b"".join(Unpacker("gzip").unpack([gzip.compress(b"one"), gzip.compress(b"two")]))
    b'onetwo'
    """

    def __init__(
        self, kind: str, *, block: int = 1 << 20, max_ratio: int = 300, grace: int = 64 << 20, max_bytes: int = 1 << 40
    ) -> None:
        self.kind = kind
        self.problem: str | None = None
        self._make = _member(kind)
        self._damages = _damages(kind)
        self._block = block
        self._max_ratio = max_ratio
        self._grace = grace
        self._max_bytes = max_bytes

    def unpack(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what the chunks hold. Read ``problem`` afterwards."""
        member, fresh, first = self._make(), True, True
        taken = given = 0
        for chunk in chunks:
            taken += len(chunk)
            data = chunk
            while True:
                if fresh and not first:
                    data = data.lstrip(b"\0")  # padding between and after members
                if fresh and not data:
                    break
                try:
                    out = member.decompress(data, self._block)
                except self._damages as error:
                    self.problem = self._damage(error, fresh and not first)
                    return
                fresh = False
                if out:
                    given += len(out)
                    yield out
                    if given > self._max_bytes or (given > self._grace and given > self._max_ratio * taken):
                        self.problem = (
                            f"{self.kind} data grows from {taken} to more than {given} bytes: looks like a "
                            "decompression bomb, the rest was not read"
                        )
                        return
                if member.eof:
                    data, member, fresh, first = member.unused_data, self._make(), True, False
                elif member.needs_input:
                    break
                else:
                    data = b""
        if not fresh:
            self.problem = f"{self.kind} data ends early, what was readable was read"

    def _damage(self, error: Exception, trailing: bool) -> str:
        if trailing:
            return f"bytes after the end of the {self.kind} data were not read"
        return f"damaged {self.kind} data, the rest was not read ({type(error).__name__})"
