"""A directory held open, so that what is done in it is done there and nowhere else, whatever becomes of its path."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from types import TracebackType
from typing import Self

from logscrub.errors import SourceError
from logscrub.sources.paths import reason_of

_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
# A pipe that somebody put where a file was is not waited for.
_FILE = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | _NOFOLLOW
# What file systems say that cannot be asked to.
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP)
_HELD = os.open in os.supports_dir_fd


class Folder:
    """A directory, and the files that lie right in it. A context manager.

    Where the system can, everything is done relative to the open directory: a path that is changed meanwhile, by a link
    that somebody puts in, leads nowhere else.

    Args:
        root: the directory itself; links on the way there are followed.
        parts: names of directories below it, each of which must be one and no link.
        make: make those of them that are missing.

    Raises:
        SourceError: it cannot be opened, or one of ``parts`` is a link.
    """

    def __init__(self, root: str, parts: tuple[str, ...] = (), *, make: bool = False) -> None:
        self.path = os.path.join(root, *parts)
        self._fd: int | None = None
        try:
            if _HELD:
                self._fd = os.open(root, _DIRECTORY)
            place = root
            for name in parts:
                place = os.path.join(place, name)
                self._enter(place, name, make)
        except (OSError, ValueError) as error:
            self.close()
            raise SourceError(f"its directory cannot be used: {reason_of(error)}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of it."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _enter(self, place: str, name: str, make: bool) -> None:
        where = name if self._fd is not None else place
        if make:
            with suppress(FileExistsError):
                os.mkdir(where, dir_fd=self._fd)
        if not stat.S_ISDIR(os.stat(where, dir_fd=self._fd, follow_symlinks=False).st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "a directory on the way is a link or a file")
        if self._fd is not None:
            outer, self._fd = self._fd, os.open(name, _DIRECTORY | _NOFOLLOW, dir_fd=self._fd)
            os.close(outer)

    def _name(self, name: str) -> str:
        return name if self._fd is not None else os.path.join(self.path, name)

    def open(self, name: str, flags: int, mode: int = 0o600) -> int:
        """Open a file, never through a link; never wait for one."""
        return os.open(self._name(name), flags | _FILE, mode, dir_fd=self._fd)

    def stat(self, name: str) -> os.stat_result:
        """Return what a name stands for; a link for itself."""
        return os.stat(self._name(name), dir_fd=self._fd, follow_symlinks=False)

    def names(self) -> list[str]:
        """Return the names in it."""
        return os.listdir(self.path if self._fd is None else self._fd)

    def may_write(self, name: str) -> bool:
        """Say whether this user may write to a file."""
        if os.access not in os.supports_dir_fd or os.access not in os.supports_effective_ids:
            return os.access(self._name(name), os.W_OK)
        return os.access(self._name(name), os.W_OK, dir_fd=self._fd, effective_ids=True)

    def link(self, name: str, other: str) -> None:
        """Give a file a second name."""
        os.link(self._name(name), self._name(other), src_dir_fd=self._fd, dst_dir_fd=self._fd, follow_symlinks=False)

    def replace(self, name: str, other: str) -> None:
        """Put one file in the place of another, at once."""
        os.replace(self._name(name), self._name(other), src_dir_fd=self._fd, dst_dir_fd=self._fd)

    def unlink(self, name: str) -> None:
        """Take a name away."""
        os.unlink(self._name(name), dir_fd=self._fd)

    def sync(self) -> None:
        """Have the disk know of what was put in place."""
        if self._fd is None:
            return
        try:
            os.fsync(self._fd)
        except OSError as error:
            if error.errno not in _NO_SYNC:
                raise
