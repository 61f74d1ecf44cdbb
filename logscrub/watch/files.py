"""One file that is followed: how far it was read, and whether it is still the one it was."""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Protocol

from logscrub.audit.engine import Engine
from logscrub.errors import SourceError
from logscrub.sources import NotTextError, Reader, Source
from logscrub.sources.formats import HEAD, detect
from logscrub.sources.raw import ReadAt, opened_again
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
        live: it is in a file that is followed.
        reader: returns how to read that file.
    """

    def __init__(self, engine: Engine, path: str, listener: Listener) -> None:
        self.offset = 0
        self.head = self.tail = b""
        self.since = 0.0
        self.live = True
        self.reader: Callable[[], ReadAt] | None = None
        self._engine = engine
        self._listener = listener
        self._path = path
        self._begin = 0  # of what is judged
        self._before: int | None = 0  # line breaks before that
        self._judge: Judge | None = None
        self._sniffed = 0

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
        """Begin with the line of the file that this place is in."""
        low = max(0, place - _LONGEST_LINE)
        self.begin_after(read, low + read(low, place - low).rfind(b"\n") + 1)

    def begin_after(self, read: ReadAt, offset: int) -> None:
        """Begin with this byte of the file."""
        self.offset = self._begin = offset
        self._before = None if offset else 0
        self.head = read(0, min(KNOWN, offset))
        self.tail = read(max(0, offset - KNOWN), min(KNOWN, offset))

    def skip_to(self, offset: int) -> None:
        """Take the file's beginning for nothing: a hole that holds no bytes."""
        self.offset = self._begin = offset

    def is_in(self, read: ReadAt) -> bool:
        """Tell whether a file still holds this text, as far as it was read."""
        known = len(self.tail)
        return read(self.offset - known, known) == self.tail

    def more(self, read: ReadAt) -> bytes | None:
        """Return the next piece of the text in a file; None if the file does not hold this text any more.

        Raises:
            NotTextError: it is not plain text.
        """
        known = len(self.tail)
        data = read(self.offset - known, known + STEP)
        if not data.startswith(self.tail):
            return None
        piece = data[known:]
        if piece and self.wants_head(len(piece)):
            self.sniff(read(0, HEAD))
        return piece

    def wants_head(self, size: int) -> bool:
        """Whether the beginning has to be looked at, again or for the first time, before so many bytes are taken."""
        return self._judge is None or (self._sniffed < HEAD and self.offset + size >= 2 * self._sniffed)

    def sniff(self, head: bytes) -> None:
        """Look at the beginning, to know the format.

        Raises:
            NotTextError: it is not plain text.
        """
        refused = refusal(head, self._path)
        if refused:
            raise NotTextError(refused, expected=True)
        self._sniffed = len(head)
        form = detect(head, self._path)
        if self._judge is None:
            self._judge = Judge(self._engine, self._path, form, self._begin, self._seen, self._problem)
        elif self._judge.form.name != form.name:
            self._judge.form = form

    def take(self, piece: bytes, now: float) -> None:
        """Judge the next piece."""
        assert self._judge is not None
        if len(self.head) < KNOWN and len(self.head) == self.offset:
            self.head = (self.head + piece[:KNOWN])[:KNOWN]
        self.tail = (self.tail + piece[-KNOWN:])[-KNOWN:]
        self.offset += len(piece)
        self.since = now
        self._judge.take(piece)

    def settle(self) -> None:
        """Judge what waits for its end as it is."""
        if self._judge is not None:
            self._judge.settle()

    def _seen(self, seen: Seen) -> None:
        if self._before is None:
            self._before = self._line_breaks()
        self._listener.seen(seen, seen.place.line + self._before if self._before >= 0 else 0)

    def _line_breaks(self) -> int:
        """Count the line breaks before what is judged; -1 if that cannot be done, or not soon."""
        if self.reader is None or self._begin > _COUNTED:
            return -1
        try:
            read = self.reader()
            return sum(read(at, min(STEP, self._begin - at)).count(b"\n") for at in range(0, self._begin, STEP))
        except OSError:
            return -1

    def _problem(self, reason: str) -> None:
        self._listener.problem(self._path, reason)


class Followed:
    """A file, known by its identity, whatever it is called.

    Args:
        identity: which file.
        text: what is in it.
        start: bytes that were there when the watch began, which are not looked at.
        new: it came while the watch was on, and may be a copy of another one.

    Attributes:
        size: as it was looked at last.
        quiet: the file is not read until it has more bytes.
        refused: it is no plain text.
        copy_of: the text that it is a copy of, as far as can be seen.
        left: when it lost its name, or None.
        replaced: its name is another file's now.
        after: the file that had its name before it, which is read to its end first.
        renamed: what it is called once it was read to its end.
    """

    def __init__(self, identity: Identity, text: Text, start: int, *, new: bool) -> None:
        self.identity = identity
        self.text = text
        self.start = start
        self.new = new
        self.size = self.quiet = 0
        self.refused = False
        self.copy_of: Text | None = None
        self.left: float | None = None
        self.replaced = False
        self.after: Followed | None = None
        self.renamed = ""
        self._now: tuple[int, int] | None = None
        self._read: tuple[int, int] | None = None

    def look(self, status: os.stat_result) -> None:
        """Take note of size and time."""
        if status.st_size < self.size:
            self.refused = False  # it holds something else now
        self.size = status.st_size
        self._now = status.st_size, status.st_mtime_ns

    @property
    def ready(self) -> bool:
        """Whether there may be something to read."""
        return not self.refused and (self._now != self._read or (self.copy_of is not None and not self.copy_of.live))

    @property
    def behind(self) -> int:
        """Bytes that were not read yet."""
        waits = self.refused or self.start or self.quiet or self.copy_of is not None
        return 0 if waits else max(0, self.size - self.text.offset)

    def done(self) -> None:
        """Say that all there was to read was read."""
        self._read = self._now


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
                fd = opened_again(Source(path))
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
