"""Which files a list of paths, directories, globs and ``-`` stands for.

What is left out is said with a reason, and is an *error* when it should have been read: everything the user named, and
every log that could not be opened. Links met inside a directory are never followed: a link that leads inside is read
under its own name, a link that leads outside is reported.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from logscrub.sources.urls import is_url

STDIN = "-"
_Seen = dict[int, set[int]]  # files by device and inode: of a million, pairs would take much more memory
_PIPES = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")


@dataclass(frozen=True, slots=True)
class Remote:
    """An object of a remote filesystem, in the state it had when it was listed.

    Attributes:
        url: as it was given, with any credentials in it; leads to the filesystem. Never shown.
        key: the object's name there. Never shown: with HTTP it is the whole address.
        etag: says which state of the object this is; empty where the filesystem gives nothing to tell by. One that
            begins with ``mtime:`` is a time of change only, and a log that grows has another one.
        modified: when it was last written, seconds since 1970, if that is known.
        options: ``KEY=VALUE`` for the filesystem. Never shown.
    """

    url: str = field(repr=False)
    key: str = field(repr=False)
    etag: str = ""
    modified: float | None = None
    options: tuple[str, ...] = field(default=(), repr=False)


class Source(NamedTuple):
    """One input to read.

    Attributes:
        path: as it is shown in a report; ``-`` is standard input.
        size: bytes on disk; None for a stream.
        named: the user named it, so links are followed and a pipe is read.
        remote: how to get at it, where it is no local file.
    """

    path: str
    size: int | None = None
    named: bool = True
    remote: Remote | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """An input, or a part of one, that was not read, and why. An ``error`` makes the exit code 2."""

    path: str
    reason: str
    error: bool = True


def expand(paths: Iterable[str | os.PathLike[str]], options: tuple[str, ...] = ()) -> Iterator[Source | Unread]:
    """Yield every input the paths stand for, each file once, in a stable order.

    Args:
        paths: files, directories, globs, URLs, and ``-`` for standard input.
        options: ``KEY=VALUE`` for the filesystems of URLs.

    >>> list(expand(["-"]))
    [Source(path='-', size=None, named=True, remote=None)]
    >>> list(expand(["/no/such.log"]))
    [Unread(path='/no/such.log', reason='no such file or directory', error=True)]
    """
    seen: _Seen = {}
    for given in paths:
        path = os.fspath(given)
        if path == STDIN:
            yield Source(STDIN)
            continue
        if is_url(path):
            from logscrub.sources.listing import expand_url

            yield from expand_url(path, options)
            continue
        for name in _glob(path):
            yield from _named(name, seen)


def _glob(path: str) -> list[str]:
    if os.path.lexists(path) or not glob.has_magic(path):
        return [path]
    return sorted(glob.glob(path, recursive=True, include_hidden=True)) or [path]


def _named(path: str, seen: _Seen) -> Iterator[Source | Unread]:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        yield Unread(path, "dangling symbolic link" if os.path.islink(path) else "no such file or directory")
        return
    except (OSError, ValueError) as error:
        yield Unread(path, reason_of(error))
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _walk(path, seen)
    elif stat.S_ISREG(status.st_mode):
        if _first_time(status, seen):
            yield Source(path, status.st_size)
    elif stat.S_ISFIFO(status.st_mode) and path.startswith(_PIPES):
        yield Source(path)
    else:
        yield Unread(path, f"{_kind(status.st_mode)}, skipped")


def _walk(root: str, seen: _Seen) -> Iterator[Source | Unread]:
    real = os.path.realpath(root)
    inside = real if real.endswith(os.sep) else real + os.sep
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Unread(folder, reason_of(error))
            continue
        folders = []
        for entry in listed:
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                yield Unread(entry.path, reason_of(error))
                continue
            if stat.S_ISDIR(status.st_mode):
                folders.append(entry.path)
            elif stat.S_ISREG(status.st_mode):
                if _first_time(status, seen):
                    yield Source(entry.path, status.st_size, named=False)
            elif stat.S_ISLNK(status.st_mode):
                target = os.path.realpath(entry.path)
                if not os.path.lexists(target):
                    yield Unread(entry.path, "dangling symbolic link", error=False)
                elif target != real and not target.startswith(inside):
                    yield Unread(entry.path, "symbolic link that leads outside, not followed", error=False)
            else:
                yield Unread(entry.path, f"{_kind(status.st_mode)}, skipped", error=False)
        pending.extend(reversed(folders))


def _first_time(status: os.stat_result, seen: _Seen) -> bool:
    known = seen.setdefault(status.st_dev, set())
    if status.st_ino in known:
        return False
    if status.st_ino:
        known.add(status.st_ino)
    return True


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "named pipe"
    if stat.S_ISSOCK(mode):
        return "socket"
    return "device"


def reason_of(error: BaseException) -> str:
    """What an operating system error says, in lower case and without the path.

    >>> reason_of(PermissionError(13, "Permission denied", "a.log"))
    'permission denied'
    """
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text[:1].lower() + text[1:]
