"""A directory for things that are slow to make: compiled rules. Nothing in it comes from logs.

A file is used only if it is a regular file of this user that nobody else can read or write, in a directory nobody else
can write, and its digest is right. Whatever is wrong, the answer is "not there", and the thing is made anew.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

ENVIRONMENT = "LOGSCRUB_CACHE_DIR"
_DIGEST = 32
_LARGEST = 256 * 1024 * 1024
# A link is not followed, and a pipe that somebody put there is not waited for.
_OPEN_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

before_compiling: Callable[[], None] | None = None
"""Called before something is made anew that takes seconds; set by a program with somebody in front of it."""


def directory() -> Path | None:
    """Return where the cache lies; ``None`` when it is switched off with an empty ``LOGSCRUB_CACHE_DIR``."""
    given = os.environ.get(ENVIRONMENT)
    if given is not None:
        return Path(given) if given else None
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "logscrub" if base and os.path.isabs(base) else None


def read(name: str) -> bytes | None:
    """Return the content stored under ``name``, or ``None`` if there is none that can be trusted."""
    place = directory()
    if place is None:
        return None
    try:
        if not _private(os.lstat(place), directory=True):
            return None
        handle = os.open(place / name, os.O_RDONLY | _OPEN_FLAGS)
        with open(handle, "rb") as file:
            status = os.fstat(file.fileno())
            if not _private(status, directory=False) or status.st_size > _LARGEST:
                return None
            data = file.read()
    except OSError:
        return None
    digest, content = data[:_DIGEST], data[_DIGEST:]
    return content if hashlib.blake2b(content, digest_size=_DIGEST).digest() == digest else None


def write(name: str, content: bytes) -> bool:
    """Store content under ``name``; tell whether that worked. A cache that cannot be written is no error."""
    place = directory()
    if place is None:
        return False
    temporary = ""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _private(os.lstat(place), directory=True):
            return False
        temporary = os.path.join(place, f".new-{os.urandom(8).hex()}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with open(handle, "wb") as file:
            file.write(hashlib.blake2b(content, digest_size=_DIGEST).digest() + content)
        os.replace(temporary, place / name)
    except OSError:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        return False
    return True


def _private(status: os.stat_result, *, directory: bool) -> bool:
    if not (stat.S_ISDIR(status.st_mode) if directory else stat.S_ISREG(status.st_mode)):
        return False
    if sys.platform == "win32":
        return True  # access lists, not modes, guard a profile directory there
    forbidden = 0o022 if directory else 0o077
    return status.st_uid == os.geteuid() and not status.st_mode & forbidden
