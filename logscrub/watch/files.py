"""One file that is followed: how far it was read, and whether it is still the one it was."""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Protocol

from logscrub.audit.engine import Engine
from logscrub.audit.shards import ReadAt
from logscrub.errors import SourceError
from logscrub.sources import NotTextError, Reader, Source
from logscrub.sources.formats import HEAD, detect
from logscrub.sources.unpack import kind_of
from logscrub.watch.judge import Judge, Seen

KNOWN = 1024
"""Bytes at the beginning, and before the place that was read to, by which a text is known again."""
STEP = 1 << 20
_LONGEST_LINE = 1 << 16
_COUNTED = 1 << 28  # bytes before the place where a watch begins in which lines are counted

Identity = tuple[int, int]


def identity_of(status: os.stat_result) -> Identity:
    """Return what tells a file from all others for as long as it is there."""
    return status.st_dev, status.st_ino


class Listener(Protocol):
    """Is told what comes out of files."""

    def seen(self, seen: Seen, line: int) -> None:
        """Take note of an occurrence, in this line of its file; 0 if that is not known."""

    def problem(self, path: str, reason: str) -> None:
        """Take note of what cannot be read or judged."""


def refusal(head: bytes, path: str) -> str:
    r"""Say why a file that begins like this is not followed; empty if it is plain text.

    >>> refusal(b"ready\n", "a.log"), refusal(b"\x1f\x8b\x08\0", "a.log.gz")
    ('', 'is compressed (gzip), not followed')
    """
    kind = kind_of(head)
    if kind:
        return f"is compressed ({kind}), not followed"
    try:
        with Reader(Source(path), file=io.BytesIO(head)) as reader:
            next(reader.chunks(), b"")
    except NotTextError as error:
        return "is binary, not followed" if error.expected else str(error)
    except SourceError as error:
        return str(error)
    return f"is {reader.encoding.upper()}, not followed: scan it" if reader.encoding else ""


class Text:
    """A text that grows: what is known of it, whatever file it is in.

    Args:
        engine: what is looked for.
        path: how the file is called.
        listener: is told what comes out.

    Attributes:
        offset: where it was read to.
        head: how it begins, as far as it was read.
        tail: what stands before ``offset``.
        since: when something came last, or when its file was cut off.
    """

    def __init__(self, engine: Engine, path: str, listener: Listener) -> None:
        self.offset = 0
        self.head = self.tail = b""
        self.since = 0.0
        self._engine = engine
        self._listener = listener
        self._path = path
        self._begin = 0  # of what is judged
        self._before: int | None = 0  # line breaks before that
        self._judge: Judge | None = None
        self._sniffed = 0
        self._read: ReadAt | None = None

    @property
    def path(self) -> str:
        """How its file is called."""
        return self._path

    @path.setter
    def path(self, path: str) -> None:
        self._path = path
        if self._judge is not None:
            self._judge.path = path

    @property
    def waiting(self) -> bool:
        """Whether something was read that was not judged yet."""
        return self._judge is not None and self._judge.waiting

    @property
    def lines(self) -> int:
        """Whole lines that were read and judged."""
        return self._judge.lines if self._judge is not None else 0

    def begin_at(self, read: ReadAt, place: int) -> None:
        """Begin where the line begins in which a place of the file is."""
        low = max(0, place - _LONGEST_LINE)
        before = read(low, place - low)
        cut = low + before.rfind(b"\n") + 1
        self.begin_after(read, cut)

    def begin_after(self, read: ReadAt, offset: int) -> None:
        """Begin at the beginning of a line."""
        self.offset = self._begin = offset
        self._before = None if offset else 0
        self.head = read(0, min(KNOWN, offset))
        self.tail = read(max(0, offset - KNOWN), min(KNOWN, offset))

    def skip_to(self, offset: int) -> None:
        """Take the file's beginning for nothing: a hole that holds no bytes."""
        self.offset = self._begin = offset

    def is_in(self, read: ReadAt) -> bool:
        """Tell whether a file still holds what was read."""
        known = len(self.tail)
        return read(self.offset - known, known) == self.tail

    def go_on(self, read: ReadAt, now: float) -> int | None:
        """Read on, and judge that.

        Returns:
            How many bytes; None if the file does not hold this text any more.

        Raises:
            NotTextError: it is not plain text.
        """
        known = len(self.tail)
        data = read(self.offset - known, known + STEP)
        if not data.startswith(self.tail):
            return None
        piece = data[known:]
        if piece:
            self._read = read
            self.take(piece, lambda: read(0, HEAD), now)
            self._read = None
        return len(piece)

    def take(self, piece: bytes, head: Callable[[], bytes], now: float) -> None:
        """Judge the next piece.

        Args:
            piece: the bytes.
            head: returns how the text begins, this piece included.
            now: the time.

        Raises:
            NotTextError: it is not plain text.
        """
        end = self.offset + len(piece)
        if self._judge is None or (self._sniffed < HEAD and end >= 2 * self._sniffed):
            self._sniff(head())
        judge = self._judge
        assert judge is not None
        if len(self.head) < KNOWN and len(self.head) == self.offset:
            self.head = (self.head + piece[:KNOWN])[:KNOWN]
        self.tail = (self.tail + piece[-KNOWN:])[-KNOWN:]
        self.offset = end
        self.since = now
        judge.take(piece)

    def settle(self) -> None:
        """Judge what waits for its end as it is."""
        if self._judge is not None:
            self._judge.settle()

    def _sniff(self, head: bytes) -> None:
        refused = refusal(head, self._path)
        if refused:
            raise NotTextError(refused, expected=True)
        self._sniffed = len(head)
        form = detect(head, self._path)
        if self._judge is None:
            self._judge = Judge(self._engine, self._path, form, self._begin, self._seen, self._problem)
        elif self._judge.form.name != form.name:
            self._judge.form = form

    def _seen(self, seen: Seen) -> None:
        if self._before is None and self._read is not None:
            self._before = _line_breaks(self._read, self._begin) if self._begin <= _COUNTED else -1
        known = self._before is not None and self._before >= 0
        self._listener.seen(seen, seen.place.line + (self._before or 0) if known else 0)

    def _problem(self, reason: str) -> None:
        self._listener.problem(self._path, reason)


def _line_breaks(read: ReadAt, end: int) -> int:
    return sum(read(at, min(STEP, end - at)).count(b"\n") for at in range(0, end, STEP))


class Followed:
    """A file, known by its identity, whatever it is called.

    Attributes:
        identity: which file.
        text: what is in it.
        size, modified: as it was looked at last.
        start: bytes that were there when the watch began, and are not looked at; -1 once that is settled.
        refused: it is no plain text.
        left: when it lost its name, or None.
        replaced: its name is another file's now.
        after: the file that had its name before it, which is read to its end first.
        origin_unknown: nothing of it was read; it may turn out to be a copy.
        copy_of: the file that it is a copy of, as far as can be seen, which is being read.
        renamed: how it is called now, once it was read to its end.
    """

    def __init__(self, identity: Identity, text: Text, start: int) -> None:
        self.identity = identity
        self.text = text
        self.size = 0
        self.modified = 0
        self.start = start
        self.refused = False
        self.left: float | None = None
        self.replaced = False
        self.after: Followed | None = None
        self.origin_unknown = start == 0
        self.copy_of: Followed | None = None
        self.renamed = ""
        self._looked: tuple[int, int] | None = None

    def look(self, status: os.stat_result) -> None:
        """Take note of size and time."""
        self.size, self.modified = status.st_size, status.st_mtime_ns

    @property
    def ready(self) -> bool:
        """Whether there may be something to read."""
        if self.refused:
            return False
        return self._looked != (self.size, self.modified) or self.size > self.text.offset

    @property
    def behind(self) -> int:
        """Bytes that were not read yet."""
        return 0 if self.refused or self.start > 0 else max(0, self.size - self.text.offset)

    def done(self) -> None:
        """Say that all there was to read was read."""
        self._looked = self.size, self.modified


class Descriptors:
    """Open files, only so many: those that were used longest ago are closed.

    Args:
        most: how many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: OrderedDict[Identity, int] = OrderedDict()

    def get(self, identity: Identity, paths: Callable[[], Iterable[str]]) -> int:
        """Return a descriptor of a file.

        Args:
            identity: which file.
            paths: returns where it may be found.

        Raises:
            FileNotFoundError: it is nowhere there.
            OSError: it cannot be opened.
        """
        fd = self._open.get(identity)
        if fd is not None:
            self._open.move_to_end(identity)
            return fd
        while len(self._open) >= self._most:
            os.close(self._open.popitem(last=False)[1])
        for path in paths():
            try:
                fd = os.open(path, FLAGS)
            except FileNotFoundError:
                continue
            if identity_of(os.fstat(fd)) == identity:
                self._open[identity] = fd
                return fd
            os.close(fd)
        raise FileNotFoundError

    def close(self, identity: Identity) -> None:
        """Close a file if it is open."""
        fd = self._open.pop(identity, None)
        if fd is not None:
            os.close(fd)

    def close_all(self) -> None:
        """Close all."""
        while self._open:
            os.close(self._open.popitem()[1])
