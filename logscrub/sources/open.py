"""Opening one source: what it is, and its bytes as plain UTF-8 text, a block at a time."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from logscrub.errors import SourceError
from logscrub.sources.paths import STDIN, Source, reason_of
from logscrub.sources.unpack import MAGIC, Unpacker

BLOCK = 1 << 20
_PACKED_BLOCK = 1 << 17
_SNIFF = 8192
# Control characters that text does not use. Field separators such as SOH (FIX) are text: it takes many kinds of them.
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\b\x1b\0") | {127}
_ARCHIVES = {b"PK\x03\x04": "a zip archive", b"(\xb5/\xfd": "zstd", b"7z\xbc\xaf": "7-zip", b'\x04"M\x18': "lz4"}
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FIRST_BYTES = (*MAGIC, *(mark for mark, _ in _MARKS))


class NotTextError(SourceError):
    """The input holds no text to look at. ``expected`` means nobody would look for a log there."""

    def __init__(self, reason: str, *, expected: bool) -> None:
        super().__init__(reason)
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds the reading of one input.

    Attributes:
        max_ratio: most decompressed bytes for a compressed byte, once there are 64 MiB of them.
        max_bytes: most decompressed bytes.
    """

    max_ratio: int = 300
    max_bytes: int = 1 << 40


class Reader:
    """One open source. A context manager; ``chunks()`` may be used once.

    Attributes:
        compression: ``gzip``, ``bzip2``, ``xz`` or empty.
        encoding: empty for bytes passed on as they are, or what they were decoded from (``utf-16-le``).
        mark: the byte order mark that was taken off.
        modified: when the file was last written, seconds since 1970, or None.
        raw: bytes read from the input so far, compressed if it is.
        problem: after ``chunks()`` ended: why not everything was read, or None.

    Raises:
        SourceError: it cannot be opened.
        NotTextError: from ``chunks()``, before any chunk: binary data.
    """

    def __init__(self, source: Source, limits: Limits | None = None) -> None:
        self.source = source
        self.compression = ""
        self.encoding = ""
        self.mark = b""
        self.raw = 0
        self.problem: str | None = None
        self.modified: float | None = None
        self._limits = limits or Limits()
        self._fd, self._close = self._open()
        self._head = self._peek()
        for magic, kind in MAGIC.items():
            if self._head.startswith(magic):
                self.compression = kind

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self._close:
            os.close(self._fd)
            self._close = False

    def chunks(self) -> Iterator[bytes]:
        """Yield the text: decompressed, and UTF-8 where a byte order mark said otherwise."""
        plain = self._read()
        unpacker = None
        if self.compression:
            unpacker = Unpacker(
                self.compression, block=BLOCK, max_ratio=self._limits.max_ratio, max_bytes=self._limits.max_bytes
            )
            plain = unpacker.unpack(plain)
        first = next(plain, b"")
        self._judge(first)
        if self.encoding:
            yield from self._transcoded(first, plain)
        else:
            yield first
            yield from plain
        if unpacker is not None and unpacker.problem:
            self.problem = self.problem or unpacker.problem

    def _open(self) -> tuple[int, bool]:
        if self.source.path == STDIN:
            try:
                return sys.stdin.fileno(), False
            except (AttributeError, OSError, ValueError):
                raise SourceError("standard input is not open") from None
        flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        if not self.source.named:  # what a walk saw may be another thing by now: neither follow it nor wait for it
            flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            fd = os.open(self.source.path, flags)
        except (OSError, ValueError) as error:
            raise SourceError(reason_of(error)) from None
        status = os.fstat(fd)
        if stat.S_ISREG(status.st_mode):
            self.modified = status.st_mtime
        elif not self.source.named:
            os.close(fd)
            raise SourceError("is no regular file any more")
        return fd, True

    def _peek(self) -> bytes:
        head = b""
        try:
            while more := os.read(self._fd, _PACKED_BLOCK):
                head += more
                if not any(len(head) < len(magic) and magic.startswith(head) for magic in _FIRST_BYTES):
                    break
        except OSError as error:
            self.close()
            raise SourceError(reason_of(error)) from None
        self.raw = len(head)
        return head

    def _read(self) -> Iterator[bytes]:
        size = _PACKED_BLOCK if self.compression else BLOCK
        head, self._head = self._head, b""
        if not head:
            return
        try:
            if self.compression or len(head) < _PACKED_BLOCK:
                yield head
            else:
                more = os.read(self._fd, max(1, size - len(head)))
                self.raw += len(more)
                yield head + more
            while chunk := os.read(self._fd, size):
                self.raw += len(chunk)
                yield chunk
        except OSError as error:
            self.problem = f"reading stopped: {reason_of(error)}"

    def _judge(self, first: bytes) -> None:
        for magic, what in _ARCHIVES.items():
            if first.startswith(magic):
                raise NotTextError(f"is {what}, which cannot be read", expected=False)
        for mark, encoding in _MARKS:
            if first.startswith(mark):
                self.mark, self.encoding = mark, encoding
                return
        self.encoding = _silent_utf16(first)
        if not self.encoding and is_binary(first):
            raise NotTextError("binary, skipped", expected=True)

    def _transcoded(self, first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        yield decoder.decode(first[len(self.mark) :]).encode("utf-8", "replace")
        for chunk in rest:
            yield decoder.decode(chunk).encode("utf-8", "replace")
        yield decoder.decode(b"", True).encode("utf-8", "replace")


def is_binary(head: bytes) -> bool:
    r"""Say whether the first bytes of an input are no text.

    A stray NUL is text, and so is the run of NULs that a log truncated while it is written begins with.

    >>> is_binary(b"caf\xe9 \0 au lait\n"), is_binary(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\0>\0")
    (False, True)
    """
    text = head.lstrip(b"\0")[:_SNIFF]
    if not text:
        return False
    return text.count(0) * 10 > len(text) or len(_CONTROLS.intersection(text)) > 12


def _silent_utf16(head: bytes) -> str:
    """Name UTF-16 without a byte order mark: every other byte of mostly Latin text is NUL."""
    even, odd = head[0:_SNIFF:2], head[1:_SNIFF:2]
    if len(odd) < 8:
        return ""
    for text, nuls, encoding in ((even, odd, "utf-16-le"), (odd, even, "utf-16-be")):
        if nuls.count(0) * 10 > len(nuls) * 7 and text.count(0) * 20 < len(text) and not is_binary(text):
            return encoding
    return ""
