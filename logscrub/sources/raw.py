"""The bytes of a source as they lie there, at any offset, of local files and of remote objects alike."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from logscrub.errors import SourceError
from logscrub.sources.paths import STDIN, Source, reason_of

FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""How a file is opened that was a regular one a moment ago: it may be another thing by now, never to be waited for."""
_OWN_NAME = getattr(os, "O_NOFOLLOW", 0)
CHANGED = "is no regular file any more"
"""Why something is not read."""

ReadAt = Callable[[int, int], bytes]
"""Returns so many bytes at an offset; fewer at the end only."""


def opened_again(source: Source) -> int:
    """Open a local file that was a regular one when it was listed. It may be another thing by now: it is not waited
    for, and what was met in a directory is not followed elsewhere.

    Raises:
        OSError, ValueError: it cannot be opened.
    """
    return os.open(source.path, FLAGS if source.named else FLAGS | _OWN_NAME)


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO | None]:
    """Open a remote object, or a local file that is a regular one; ``None`` stands for anything else.

    Raises:
        SourceError: a remote object cannot be opened.
    """
    if source.remote is not None:
        from logscrub.sources.remote import open_url

        with open_url(source) as remote:
            yield cast("BinaryIO", remote)
        return
    if source.path == STDIN or source.size is None:
        yield None
        return
    try:
        fd = opened_again(source)
    except (OSError, ValueError):
        yield None  # whoever reads it says why it cannot be read
        return
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        yield None
        return
    with open(fd, "rb", buffering=0) as file:
        yield cast("BinaryIO", file)


@contextmanager
def readable(source: Source) -> Iterator[tuple[ReadAt, float | None]]:
    """Open a source that can be read at any offset, and say when it was last written, seconds since 1970.

    Raises:
        SourceError: it cannot be opened.
    """
    if source.remote is not None:
        with opened(source) as file:
            assert file is not None
            yield _reading_file(file), source.remote.modified
        return
    try:
        fd = opened_again(source)
    except (OSError, ValueError) as error:
        raise SourceError(reason_of(error)) from None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(CHANGED)
        yield reading(fd), status.st_mtime
    finally:
        os.close(fd)


def modified_of(source: Source, file: BinaryIO) -> float | None:
    """Return when an open source was last written, seconds since 1970, if that is known."""
    if source.remote is not None:
        return source.remote.modified
    try:
        return os.fstat(file.fileno()).st_mtime
    except OSError:
        return None


def reading(fd: int) -> ReadAt:
    """Return how to read an open file at an offset."""

    def read(at: int, count: int) -> bytes:
        parts = []
        os.lseek(fd, at, os.SEEK_SET)
        while count > 0 and (part := os.read(fd, count)):
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    return read


def _reading_file(file: BinaryIO) -> ReadAt:
    def read(at: int, count: int) -> bytes:
        if file.tell() != at:
            file.seek(at)
        return file.read(count) if count > 0 else b""

    return read
