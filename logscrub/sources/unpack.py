"""Decompressing by block: every kind is known by its first bytes and never by the file's name.

Nothing here raises for bad data: what can be read is read, and what is wrong is left in ``Layer.problem``.
"""

from __future__ import annotations

import re
import sys
import threading
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from importlib import import_module
from queue import Empty, Queue
from typing import Any, Protocol

from logscrub.errors import MissingExtraError

_BLOCK = 1 << 20
_SLICE = 1 << 18  # what a decompressor is given at once
_LEAST_SLICE = 256
_MEMORY = 256 << 20  # what an xz dictionary may take

_LZ4 = b'\x04"M\x18'
MAGIC = {b"\x1f\x8b\x08": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"(\xb5/\xfd": "zstd", _LZ4: "lz4"}
"""The first bytes of what may be compressed; ``kind_of`` says whether it is."""
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")  # the first block, or the end of an empty one
_SKIPPABLE = re.compile(rb"[P-_]\*M\x18(.{4})", re.DOTALL)  # a frame of zstd or lz4 that holds no data


class Layer:
    """Something between a file and the text in it that may find what it reads damaged.

    Attributes:
        problem: why not everything was read, or None.
        told: the problem was reported.
    """

    problem: str | None = None
    told = False


class Budget(Layer):
    """How much one input may become, whatever is packed into what in it.

    Args:
        max_ratio: most bytes out for a byte in, judged once ``grace`` bytes came out.
        max_bytes: most bytes out.

    Attributes:
        taken: bytes read from the input.
        given: bytes unpacked from it, those of every layer.
    """

    def __init__(self, max_ratio: int = 300, max_bytes: int = 1 << 40, grace: int = 64 << 20) -> None:
        self.taken = self.given = 0
        self._max_ratio = max_ratio
        self._max_bytes = max_bytes
        self._grace = grace

    def spend(self, count: int, kind: str) -> bool:
        """Count bytes that were unpacked. False says that these were the last ones."""
        self.given += count
        if self.given > self._max_bytes or (self.given > self._grace and self.given > self._max_ratio * self.taken):
            self.problem = (
                f"{kind} data grows from {self.taken} to more than {self.given} bytes: looks like a "
                "decompression bomb, the rest was not read"
            )
        return self.problem is None


def kind_of(head: bytes) -> str:
    r"""Name the compression of data that begins with these bytes, or return an empty string.

    >>> import bz2
    >>> kind_of(bz2.compress(b"")), kind_of(b"BZh is how this line begins\n"), kind_of(b"\x1f\x8b\x08\0")
    ('bzip2', '', 'gzip')
    """
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind if kind != "bzip2" or _is_bzip2(head[3:10]) else ""
    if head.startswith(b"]\0\0") and _is_lzma(head[:13]):
        return "lzma"
    at = 0
    while skipped := _SKIPPABLE.match(head, at):
        at = skipped.end() + int.from_bytes(skipped[1], "little")
        if head.startswith(_LZ4, at):
            return "lz4"
    return "zstd" if at else ""


def _is_bzip2(head: bytes) -> bool:
    return head[:1] in b"123456789" and any(block.startswith(head[1:]) for block in _BZIP2_BLOCKS)


def _is_lzma(header: bytes) -> bool:
    """Judge the 13 bytes of the old format, which has no magic number, the way ``xz`` does."""
    dictionary, size = int.from_bytes(header[1:5], "little"), int.from_bytes(header[5:], "little")
    top = 1 << max(0, dictionary.bit_length() - 1)
    return len(header) == 13 and dictionary in (top, top | top >> 1) and (size == (1 << 64) - 1 or size < 1 << 38)


class _Member(Protocol):
    """What ``bz2.BZ2Decompressor`` looks like, and those of isal, lzma, zstd and lz4."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Inflate:
    """zlib, for where isal is not installed."""

    def __init__(self, window: int) -> None:
        self._inflate = zlib.decompressobj(window)
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


def _zstd() -> Any:
    return _library("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd", "zstd")


def _library(name: str, kind: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise MissingExtraError(f"{kind} data", "compressed") from None


def _member(kind: str) -> tuple[Callable[[], _Member], tuple[type[Exception], ...]]:
    """Return what makes a decompressor, and what that raises over damaged data."""
    damages: tuple[type[Exception], ...] = (OSError, EOFError, ValueError, MemoryError)
    if kind in ("gzip", "deflate"):
        window = 31 if kind == "gzip" else -15
        try:
            igzip: Any = import_module("isal.igzip_lib")
        except ImportError:
            return lambda: _Inflate(window), (*damages, zlib.error)
        flag = igzip.DECOMP_GZIP if kind == "gzip" else igzip.DECOMP_DEFLATE
        return lambda: igzip.IgzipDecompressor(flag=flag), (*damages, igzip.IsalError)
    if kind == "zstd":
        zstd = _zstd()
        return zstd.ZstdDecompressor, (*damages, zstd.ZstdError)
    if kind == "lz4":
        return _library("lz4.frame", "lz4").LZ4FrameDecompressor, (*damages, RuntimeError)
    if kind == "bzip2":
        import bz2

        return bz2.BZ2Decompressor, damages
    import lzma

    form = lzma.FORMAT_XZ if kind == "xz" else lzma.FORMAT_ALONE
    return lambda: lzma.LZMADecompressor(form, memlimit=_MEMORY), (*damages, lzma.LZMAError)


class Unpacker(Layer):
    """Decompresses a stream of chunks, bounded in memory and in what it lets a small input become.

    Args:
        kind: ``gzip``, ``bzip2``, ``xz``, ``lzma``, ``zstd``, ``lz4``, or ``deflate`` for gzip without head and tail.
        budget: shared with the other layers of the same input, and told of it by whoever reads that; or None.
        block: most bytes given out at once.
        single: one stream, and what follows it is something else, of which ``unused`` says how much was taken.

    Raises:
        MissingExtraError: it takes a library that is not installed.

    >>> import gzip
    >>> b"".join(Unpacker("gzip").unpack([gzip.compress(b"one"), gzip.compress(b"two")]))
    b'onetwo'
    """

    def __init__(self, kind: str, budget: Budget | None = None, *, block: int = _BLOCK, single: bool = False) -> None:
        self.kind = kind
        self.unused = 0
        self._make, self._damages = _member(kind)
        self._budget = budget or Budget()
        self._counts = budget is None
        self._block = block
        self._single = single

    def unpack(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what the chunks hold. Read ``problem`` afterwards."""
        member, fresh, first = self._make(), True, True
        step, used = _SLICE, 0
        for chunk in chunks:
            if self._counts:
                self._budget.taken += len(chunk)
            at, hungry = 0, True
            while not hungry or at < len(chunk):
                # A new member gets about as much as the last one was long: what it leaves has to be copied.
                piece = chunk[at : at + step] if hungry else b""
                at += len(piece)
                if fresh and not first:
                    piece = piece.lstrip(b"\0")  # padding between and after members
                    if not piece:
                        step = min(_SLICE, 2 * step)
                        continue
                try:
                    out = member.decompress(piece, self._block)
                except self._damages as error:
                    self.problem = self._damage(error, fresh and not first)
                    return
                fresh = False
                used += len(piece)
                if out:
                    allowed = self._budget.spend(len(out), self.kind)
                    yield out
                    if not allowed:
                        self.problem = self._budget.problem
                        return
                if member.eof:
                    left = member.unused_data or b""
                    if self._single:
                        self.unused = len(left) + len(chunk) - at
                        return
                    if len(left) <= at:
                        at -= len(left)
                    else:
                        chunk, at = left + chunk[at:], 0
                    step, used = max(_LEAST_SLICE, min(_SLICE, 2 * (used - len(left)))), 0
                    member, fresh, first, hungry = self._make(), True, False, True
                else:
                    hungry = member.needs_input or not (out or piece)
                    step = min(_SLICE, 2 * step)
        if not fresh:
            self.problem = f"{self.kind} data ends early, what was readable was read"

    def _damage(self, error: Exception, trailing: bool) -> str:
        if trailing:
            return f"bytes after the end of the {self.kind} data were not read"
        return f"damaged {self.kind} data, the rest was not read ({type(error).__name__})"


def ahead(chunks: Iterator[bytes], depth: int = 2) -> Generator[bytes, None, None]:
    """Pass chunks on while a thread makes the next ones, at most ``depth`` of them. For chunks that never keep waiting.

    The first two are made without a thread, which small inputs never need. Whatever ends this ends the thread and waits
    for it.

    >>> list(ahead(iter([b"a", b"b", b"c", b"d"])))
    [b'a', b'b', b'c', b'd']
    """
    for _ in range(2):
        chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk
    queue: Queue[bytes | BaseException | None] = Queue(max(1, depth))
    stopped = threading.Event()

    def make() -> None:
        last: BaseException | None = None
        try:
            for made in chunks:
                if stopped.is_set():
                    return
                queue.put(made)
        except BaseException as error:
            last = error
        if not stopped.is_set():
            queue.put(last)

    thread = threading.Thread(target=make, name="logscrub-unpack", daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        while thread.is_alive():  # it may stand before a full queue
            try:
                queue.get_nowait()
            except Empty:
                thread.join(0.01)


class Compressor(Protocol):
    """What ``zlib.compressobj`` looks like."""

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class _Plain:
    def compress(self, data: bytes) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


class _Lz4:
    def __init__(self) -> None:
        self._frame = _library("lz4.frame", "lz4").LZ4FrameCompressor(content_checksum=True)
        self._head: bytes = self._frame.begin()

    def compress(self, data: bytes) -> bytes:
        head, self._head = self._head, b""
        return head + bytes(self._frame.compress(data))

    def flush(self) -> bytes:
        head, self._head = self._head, b""
        return head + bytes(self._frame.flush())


class _Twice:
    def __init__(self, outer: Compressor, inner: Compressor) -> None:
        self._outer = outer
        self._inner = inner

    def compress(self, data: bytes) -> bytes:
        return self._outer.compress(self._inner.compress(data))

    def flush(self) -> bytes:
        return self._outer.compress(self._inner.flush()) + self._outer.flush()


def compressor(kind: str) -> Compressor:
    """Return what compresses in the way ``Reader.compression`` names; with an empty name, what passes data on.

    The same data gives the same bytes: no time and no name is written.

    Raises:
        MissingExtraError: it takes a library that is not installed.
        ValueError: nothing is compressed that way.

    >>> import gzip
    >>> packed = compressor("gzip")
    >>> gzip.decompress(packed.compress(b"one") + packed.flush())
    b'one'
    """
    outer, both, inner = kind.partition("+")
    if both:
        return _Twice(compressor(outer), compressor(inner))
    if kind == "":
        return _Plain()
    if kind == "gzip":
        return zlib.compressobj(6, zlib.DEFLATED, 31)
    if kind == "zstd":
        return _zstd().ZstdCompressor()  # type: ignore[no-any-return]
    if kind == "lz4":
        return _Lz4()
    if kind == "bzip2":
        import bz2

        return bz2.BZ2Compressor()
    if kind in ("xz", "lzma"):
        import lzma

        return lzma.LZMACompressor(lzma.FORMAT_XZ if kind == "xz" else lzma.FORMAT_ALONE)
    raise ValueError(f"{kind!r} is no compression")
