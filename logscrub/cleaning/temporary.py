"""Files that take their place when they are whole, and what is left of them when a process is killed before that.

A temporary file lies in the directory of the file it will be, and its process holds a lock on it. The lock goes with
the process, however that ends: a temporary file that can be locked belongs to nobody.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from contextlib import suppress
from types import TracebackType
from typing import Self

from logscrub.cleaning.folder import Folder

PREFIX = ".logscrub-"
_NAME = re.compile(r"\.logscrub-[0-9a-f]{16}\.tmp")


def is_temporary(name: str) -> bool:
    """Say whether a file name is one of ours.

    >>> is_temporary(".logscrub-0123456789abcdef.tmp"), is_temporary(".logscrub-cache")
    (True, False)
    """
    return _NAME.fullmatch(name) is not None


def temporary_name() -> str:
    """Return a name that no other file has."""
    return f"{PREFIX}{os.urandom(8).hex()}.tmp"


class Temporary:
    """A new file in a folder, readable by its owner alone. A context manager: it is gone unless it was put in place.

    Attributes:
        name: its name for now.
        fd: open for writing.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, folder: Folder) -> None:
        self.name = ""
        self._folder = folder
        while not self.name:
            name = temporary_name()
            self.fd = folder.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            # Between the two somebody may have taken it for a leftover.
            if lock(self.fd) is not False and os.fstat(self.fd).st_nlink:
                self.name = name
            else:
                os.close(self.fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if os.name == "nt":
            self._close()  # what is open cannot be removed there
        if self.name:
            discard(self._folder, self.name)
        self._close()

    def write(self, data: bytes) -> None:
        """Write all of ``data``."""
        view = memoryview(data)
        while view:
            view = view[os.write(self.fd, view) :]

    def sync(self) -> None:
        """Have all of it on the disk: a power failure must not leave an empty file in the place of the old one."""
        os.fsync(self.fd)

    def put(self, name: str) -> None:
        """Put it in the place of the file of that name, at once. It is not written to any more."""
        if os.name == "nt":
            self._close()  # nor renamed
        self._folder.replace(self.name, name)
        self.name = ""

    def _close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def discard(folder: Folder, name: str) -> None:
    """Remove a temporary file, if it is still there."""
    with suppress(FileNotFoundError):
        folder.unlink(name)


def remove_leftovers(folder: Folder) -> int:
    """Remove temporary files whose process is gone, and return how many there were.

    What another user made, what is no regular file and what cannot be locked stays. Without locks, everything does.
    """
    removed = 0
    for name in filter(is_temporary, folder.names()):
        try:
            fd = folder.open(name, os.O_RDONLY)
        except OSError:
            continue
        try:
            status = os.fstat(fd)
            ours = sys.platform == "win32" or os.geteuid() in (0, status.st_uid)
            if ours and stat.S_ISREG(status.st_mode) and lock(fd):
                discard(folder, name)
                removed += 1
        finally:
            os.close(fd)
    return removed


def lock(fd: int) -> bool | None:
    """Lock a file for as long as it is open; False if somebody else has, None where there are no locks."""
    try:
        import fcntl

        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return None
    return True
