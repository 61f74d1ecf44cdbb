"""Opening one source: what it is, what is in it, and the bytes of that as plain UTF-8 text, a block at a time."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

from logscrub.errors import MissingExtraError, SourceError
from logscrub.sources.archives import Tar, Zip, is_tar, is_zip
from logscrub.sources.paths import STDIN, Source, Unread, reason_of
from logscrub.sources.raw import CHANGED, opened_again
from logscrub.sources.unpack import Budget, Layer, Unpacker, kind_of
from logscrub.sources.unpack import ahead as read_ahead

if TYPE_CHECKING:
    import tempfile

BLOCK = 1 << 20
_FIRST_BLOCK = 1 << 17
_PACKED_BLOCK = 1 << 18
_SNIFF = 8192
_IN_MEMORY = 1 << 24
_MOST_OF_NOTHING = 1 << 26  # bytes of a file that is said to be empty; some of /proc never end
# Control characters that text does not use. Field separators such as SOH (FIX) are text: it takes many kinds of them.
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\b\x1b\0") | {127}
_HOLE = re.compile(rb"\0{256,}")
_ARCHIVES = {
    b"7z\xbc\xaf\x27\x1c": "a 7-zip archive",
    b"Rar!\x1a\x07": "a rar archive",
    b"\x1f\x9d": "compressed by compress (.Z)",
    b"\x1f\xa0": "compressed by compress -H (.Z)",
    b"\x1f\x1e": "compressed by pack (.z)",
    b"LZIP\x01": "compressed by lzip",
    b"\x89LZO\0\r\n\x1a\n": "compressed by lzop",
    b"\x02!L\x18": "compressed by lz4 -l (legacy frames)",
    b"\xff\x06\0\0sNaPpY": "compressed by snappy",
}
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class NotTextError(SourceError):
    """The input holds no text to look at. ``expected`` means nobody would look for a log there."""

    def __init__(self, reason: str, *, expected: bool) -> None:
        super().__init__(reason)
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds the reading of one input, with everything that is packed into it.

    Attributes:
        max_ratio: most decompressed bytes for a compressed byte, once there are 64 MiB of them.
        max_bytes: most decompressed bytes.
        max_depth: most archives within one another, and most compressions of one file.
        max_members: most members of archives.
        max_spool: most bytes of a zip archive that lies in another one, or comes through a pipe. They are kept in
            memory, or in a file without a name, until the archive is read.
    """

    max_ratio: int = 300
    max_bytes: int = 1 << 40
    max_depth: int = 4
    max_members: int = 1_000_000
    max_spool: int = 1 << 31


class _Outer(Layer):
    """The input itself: opened, read, counted."""

    def __init__(self, source: Source, limits: Limits, file: BinaryIO | None, ahead: int) -> None:
        self.source = source
        self.limits = limits
        self.budget = Budget(limits.max_ratio, limits.max_bytes)
        self.modified: float | None = None
        self.members = 0
        self.block = _FIRST_BLOCK
        self._own = file is None
        self._file = self._open() if file is None else file
        self._size = self._status()
        self.seekable = self._file.seekable()
        self.ahead = ahead if self.seekable else 0  # a thread that waits for a pipe could not be ended

    def close(self) -> None:
        """Close the file, unless it is somebody else's or standard input."""
        if self._own:
            self._file.close()

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        if data is None:
            raise BlockingIOError("the input has nothing to read and has not ended")
        self.budget.taken += len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def chunks(self) -> Iterator[bytes]:
        try:
            chunk = self._next()
        except OSError as error:
            raise SourceError(reason_of(error)) from None
        try:
            while chunk:
                yield chunk
                chunk = self._next()
            self._shrunk()
        except OSError as error:
            self.problem = f"reading stopped: {reason_of(error)}"

    def _next(self) -> bytes:
        """Return the next bytes. What is appended while a file is read is no part of it: somebody may write faster."""
        if not self._size:
            chunk = self.read(self.block)
            if self._size == 0 and self.budget.taken > _MOST_OF_NOTHING and not self._length():
                self.problem = f"has no size and gives more than {_MOST_OF_NOTHING} bytes, the rest was not read"
                return b""
            return chunk
        return self.read(min(self.block, max(0, self._size - self.budget.taken)))

    def _shrunk(self) -> None:
        missing = (self._size or 0) - self.budget.taken
        if missing > 0 and self._length() < (self._size or 0):  # some files of /sys never hold what they say
            self.problem = f"became shorter while it was read: {missing} bytes less"

    def _status(self) -> int | None:
        """Return the bytes of a regular file, and note when it was written; None for anything else."""
        if self.source.remote is not None:
            self.modified = self.source.remote.modified
            return None
        try:
            status = os.fstat(self._file.fileno())
        except (OSError, ValueError, AttributeError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        self.modified = status.st_mtime
        return status.st_size

    def _length(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def _open(self) -> BinaryIO:
        if self.source.path == STDIN:
            try:
                return io.FileIO(sys.stdin.fileno(), closefd=False)
            except (AttributeError, OSError, ValueError):
                raise SourceError("standard input is not open") from None
        listed = not self.source.named or self.source.size is not None
        try:
            if listed:
                fd = opened_again(self.source)
            else:
                fd = os.open(self.source.path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
        except (OSError, ValueError) as error:
            raise SourceError(reason_of(error)) from None
        mode = os.fstat(fd).st_mode
        if stat.S_ISDIR(mode) or (listed and not stat.S_ISREG(mode)):
            os.close(fd)
            raise SourceError("is a directory" if stat.S_ISDIR(mode) else CHANGED)
        return io.FileIO(fd)


class _Text:
    """Bytes out of all their compressions, with the beginning of them to be looked at."""

    def __init__(
        self,
        outer: _Outer,
        chunks: Iterator[bytes],
        modified: float | None,
        layers: list[Layer],
        within: _Text | None = None,
    ) -> None:
        self.outer = outer
        self.modified = modified
        self._layers = layers
        self._above: list[Layer] = within.all_layers() if within else []
        self.seekable = within is None and outer.seekable
        self.kinds: list[str] = []
        self.refusal: NotTextError | None = None
        self.head = b""
        self._chunks = chunks
        self._peek()
        while self.refusal is None and (kind := kind_of(self.head)):
            self._peel(kind)

    def __iter__(self) -> Iterator[bytes]:
        head, self.head = self.head, b""
        if head:
            yield head
        yield from self._chunks

    @property
    def packed(self) -> bool:
        """Whether these bytes, and not those of an archive around them, come out of a compression."""
        return any(isinstance(layer, Unpacker) for layer in self._layers)

    def archive(self) -> str:
        """Say what kind of archive this is, if it is one. Only before anything was read."""
        return "zip" if is_zip(self.head) else "tar" if is_tar(self.head) else ""

    def all_layers(self) -> list[Layer]:
        """Return what stands between the input and these bytes, the outermost first."""
        return [*self._above, *self._layers]

    def problem(self) -> str | None:
        """Return why these bytes are not all that should be, once.

        What a layer around an archive found may concern a member further on: it counts only where bytes are missing.
        """
        if not any(layer.problem and not layer.told for layer in self._layers):
            return None
        found = [layer for layer in self.all_layers() if layer.problem and not layer.told]
        for layer in found:
            layer.told = True
        return found[0].problem

    def _peel(self, kind: str) -> None:
        if len(self.kinds) >= self.outer.limits.max_depth:
            self.refusal = NotTextError(f"is compressed more than {len(self.kinds)} times, not read", expected=False)
            return
        try:
            unpacker = Unpacker(kind, self.outer.budget, block=BLOCK)
        except MissingExtraError as error:
            self.refusal = NotTextError(str(error), expected=False)
            return
        self.seekable = False
        self.kinds.append(kind)
        self._layers.append(unpacker)
        self._chunks = unpacker.unpack(_rejoined(self.head, self._chunks))
        self._peek()

    def _peek(self) -> None:
        """Take as much as tells what it is; from a pipe, no more than a line, which somebody may be waiting for."""
        self.head = b""
        waits = not self.outer.seekable
        least = 512 if waits else _SNIFF
        while len(self.head) < least and not (waits and (b"\n" in self.head or kind_of(self.head))):
            more = next(self._chunks, b"")
            if not more:
                break
            self.head += more


def _rejoined(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


class Reader:
    """One text: a file, decompressed if it is compressed, or a member of an archive. A context manager.

    Args:
        source: what to open, or how it is called if ``file`` is given.
        limits: what bounds the reading.
        file: where to read instead, opened and not closed by the caller's side: a seekable one if it can be.
        ahead: chunks that a thread may decompress ahead of the one being looked at. Of pipes nothing is.

    Attributes:
        source: what was opened; a member has a path like ``logs.tar.gz!/app/web.log``.
        compression: what ``compressor`` takes: empty, ``gzip``, ``bzip2``, ``xz``, ``lzma``, ``zstd``, ``lz4``, or
            several of them, the outermost first: ``gzip+gzip``. Of a member: its own, within the archive.
        encoding: empty for bytes passed on as they are, or what they were decoded from (``utf-16-le``).
        mark: the byte order mark that was taken off.
        modified: when the file or member was last written, seconds since 1970, or None.
        raw: bytes read from the input so far, compressed if it is; of a member: from the whole archive.
        problem: after ``chunks()`` ended: why not everything was read, or None.

    Raises:
        SourceError: it cannot be opened.
        NotTextError: from ``chunks()``, before any chunk: binary data.
    """

    def __init__(
        self,
        source: Source,
        limits: Limits | None = None,
        *,
        file: BinaryIO | None = None,
        ahead: int = 0,
        text: _Text | None = None,
    ) -> None:
        self.source = source
        self.encoding = ""
        self.mark = b""
        self.problem: str | None = None
        self._running: Generator[bytes, None, None] | None = None
        self._closed = False
        self._owns = text is None  # the file
        self._text = text or _whole(_Outer(source, limits or Limits(), file, ahead))
        self.compression = "+".join(self._text.kinds)
        self.modified = self._text.modified

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def raw(self) -> int:
        """Bytes read from the input so far."""
        return self._text.outer.budget.taken

    def close(self) -> None:
        """End the reading and close the file; standard input stays open."""
        self._closed = True
        if self._running is not None:
            self._running.close()
        if self._owns:
            self._text.outer.close()

    def chunks(self) -> Iterator[bytes]:
        """Yield the text: decompressed, and UTF-8 where a byte order mark said otherwise.

        Raises:
            NotTextError: before any chunk: there is none.
        """
        text = self._text
        if text.refusal is not None:
            raise text.refusal
        self._judge(text.head)
        plain: Iterator[bytes] = iter(text)
        if text.outer.ahead and text.packed:
            plain = self._running = read_ahead(plain, text.outer.ahead)
        for chunk in self._transcoded(plain) if self.encoding else plain:
            yield chunk
            if self._closed:
                raise ValueError("the reader was closed")
        self.problem = text.problem()

    def _judge(self, head: bytes) -> None:
        kind = self._text.archive()
        if kind:
            raise NotTextError(f"is a {kind} archive, which is no text; a scan reads what is in it", expected=False)
        for magic, what in _ARCHIVES.items():
            if head.startswith(magic):
                raise NotTextError(f"is {what}, which cannot be read: unpack it first", expected=False)
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                self.mark, self.encoding = mark, encoding
                return
        self.encoding = _silent_wide(head)
        if not self.encoding and is_binary(head):
            from logscrub.sources.tables import is_table

            table = is_table(head)
            if table:
                raise NotTextError(f"is a table ({table}), which is read only where it lies by itself", expected=False)
            raise NotTextError("binary, skipped", expected=True)

    def _transcoded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        first = next(chunks, b"")
        yield decoder.decode(first[len(self.mark) :]).encode("utf-8", "replace")
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8", "replace")
        yield decoder.decode(b"", True).encode("utf-8", "replace")


def texts(
    source: Source, limits: Limits | None = None, *, file: BinaryIO | None = None, ahead: int = 0
) -> Iterator[Reader | Unread]:
    """Yield a reader for each text in an input: itself, or of an archive each member, also of archives in archives.

    Each is to be read before the next is asked for, which closes it. What is not read is told; nothing is raised for
    what the input is or holds.

    Args:
        source, limits, file, ahead: as for ``Reader``.

    >>> import io, zipfile
    >>> with zipfile.ZipFile(packed := io.BytesIO(), "w") as archive:
    ...     archive.writestr("app/web.log", "ready\\n")
    >>> file = io.BytesIO(packed.getvalue())
    >>> [(one.source.path, b"".join(one.chunks())) for one in texts(Source("logs.zip"), file=file)]
    [('logs.zip!/app/web.log', b'ready\\n')]
    """
    try:
        outer = _Outer(source, limits or Limits(), file, ahead)
        text = _whole(outer)
    except SourceError as error:
        yield Unread(source.path, str(error))
        return
    try:
        yield from _walk(source, text, 0)
    finally:
        outer.close()


def _whole(outer: _Outer) -> _Text:
    try:
        text = _Text(outer, outer.chunks(), outer.modified, [outer, outer.budget])
    except BaseException:
        outer.close()
        raise
    outer.block = _PACKED_BLOCK if text.kinds else BLOCK
    return text


def _walk(source: Source, text: _Text, depth: int) -> Iterator[Reader | Unread]:
    kind = "" if text.refusal is not None else text.archive()
    if not kind:
        with Reader(source, text=text) as reader:
            yield reader
        return
    outer = text.outer
    if depth >= outer.limits.max_depth:
        yield Unread(source.path, f"lies in {depth} archives within one another, not read")
        return
    with ExitStack() as stack:
        archive: Tar | Zip
        if kind == "tar":
            chunks = iter(text)
            if outer.ahead and text.packed:
                chunks = stack.enter_context(closing(read_ahead(chunks, outer.ahead)))
            archive = Tar(chunks)
        else:
            try:
                archive = Zip(outer if text.seekable else stack.enter_context(_spooled(text)), outer.budget)
            except OSError as error:
                yield Unread(source.path, reason_of(error))
                return
        for member in archive.members():
            if archive.problem and not archive.told:
                archive.told = True
                yield Unread(source.path, archive.problem)
            outer.members += 1
            if outer.members > outer.limits.max_members:
                outer.budget.problem = f"holds more than {outer.limits.max_members} members, the rest was not read"
            if outer.budget.problem:
                break
            path = f"{source.path}!/{member.name.removeprefix('./').lstrip('/')}"
            if member.chunks is None:
                yield Unread(path, member.reason, member.error)
                continue
            inner = _Text(outer, member.chunks, member.modified, member.layers, text)
            yield from _walk(Source(path, named=False), inner, depth + 1)
    problem = text.problem() or (not archive.told and archive.problem)
    if problem:
        yield Unread(source.path, problem)


def _spooled(text: _Text) -> tempfile.SpooledTemporaryFile[bytes]:
    """Copy a zip archive that cannot be read in any order to where it can be."""
    import tempfile  # it loads much that a scan of plain files never needs

    spool = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 # the caller closes it
    try:
        left = text.outer.limits.max_spool
        for chunk in text:
            left -= len(chunk)
            if left < 0:
                raise SourceError(
                    f"a zip archive that has to be copied first, with more than {text.outer.limits.max_spool} bytes, "
                    "not read"
                )
            spool.write(chunk)
    except BaseException:
        spool.close()
        raise
    return spool


def is_binary(head: bytes) -> bool:
    r"""Say whether the first bytes of an input are no text.

    A stray NUL is text, and so are long runs of them: a log that was truncated while it is written begins with one, and
    a crash leaves others.

    >>> is_binary(b"caf\xe9 \0 au lait\n"), is_binary(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\0>\0")
    (False, True)
    """
    text = head.lstrip(b"\0")[:_SNIFF]
    if text.count(0) * 10 > len(text):
        text = _HOLE.sub(b"", text)
    if not text:
        return False
    return text.count(0) * 10 > len(text) or len(_CONTROLS.intersection(text)) > 12


def _silent_wide(head: bytes) -> str:
    """Name UTF-16 or UTF-32 without a byte order mark: all but one byte of a letter of mostly Latin text are NUL."""
    head = head[:_SNIFF]
    for width, letter, encoding in (
        (4, 0, "utf-32-le"), (4, 3, "utf-32-be"), (2, 0, "utf-16-le"), (2, 1, "utf-16-be"),
    ):  # fmt: skip
        planes = [head[place::width] for place in range(width)]
        text = planes.pop(letter)
        if (
            min(map(len, planes)) >= 8
            and all(plane.count(0) * 10 > len(plane) * 7 for plane in planes)
            and text.count(0) * 20 < len(text)
            and not is_binary(text)
        ):
            return encoding
    return ""
