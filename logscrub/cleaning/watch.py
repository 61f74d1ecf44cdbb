"""Whether somebody is writing a file.

Linux answers that exactly, for all processes and containers of the machine: a read lease on a file is refused while it
is open for writing, or mapped so (fcntl(2), F_SETLEASE). While a lease is held, whoever opens the file for writing
waits until it is given back, and the holder can see that somebody waits. Where there are no leases (other systems, some
file systems, somebody else's file), /proc is looked through as far as it may be.
"""

from __future__ import annotations

import errno
import os
import signal
from types import TracebackType
from typing import Self

from logscrub.report.visible import visible

try:
    import fcntl
except ImportError:  # Windows, where what is open for writing cannot be replaced anyway
    fcntl = None  # type: ignore[assignment]

_MOST_NAMED = 3


class Lease:
    """A claim that nobody has a file open for writing. A context manager: it ends with it.

    Args:
        fd: the file, open for reading only.

    Attributes:
        open: somebody has it open for writing.
        sure: ``open`` is the whole truth; otherwise there may be processes that could not be looked at.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._held = False
        self.open = False
        self.sure = True
        if hasattr(fcntl, "F_SETLEASE"):
            try:
                # What is sent when somebody waits would end the process, were it the usual SIGIO.
                fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
                fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
                self._held = True
            except OSError as error:
                self.open = error.errno == errno.EAGAIN
        if not self._held and not self.open:
            writers, self.sure = _writers(fd)
            self.open = bool(writers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._held:
            fcntl.fcntl(self._fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            self._held = False

    @property
    def wanted(self) -> bool:
        """Whether somebody waits to open the file for writing."""
        return self._held and bool(fcntl.fcntl(self._fd, fcntl.F_GETLEASE) != fcntl.F_RDLCK)


def named_writers(fd: int) -> str:
    """Name the processes that have a file open for writing, as far as they may be looked at: `` by web (pid 7)``."""
    writers, _ = _writers(fd)
    more = f" and {len(writers) - _MOST_NAMED} more" if len(writers) > _MOST_NAMED else ""
    return f" by {', '.join(writers[:_MOST_NAMED])}{more}" if writers else ""


def _writers(fd: int) -> tuple[list[str], bool]:
    """Return who has the file open for writing, and whether all processes could be looked at."""
    status = os.fstat(fd)
    found: list[str] = []
    try:
        processes = [name for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return found, False
    complete = True
    for process in processes:
        try:
            for handle in os.listdir(f"/proc/{process}/fd"):
                if _is_writing(process, handle, status):
                    found.append(f"{_name(process)} (pid {process})")
                    break
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended
        except OSError:
            complete = False
    return found, complete and bool(processes)


def _is_writing(process: str, handle: str, status: os.stat_result) -> bool:
    try:
        other = os.stat(f"/proc/{process}/fd/{handle}")
        if (other.st_dev, other.st_ino) != (status.st_dev, status.st_ino):
            return False
        with open(f"/proc/{process}/fdinfo/{handle}", encoding="ascii") as about:
            flags = next((int(line.split()[1], 8) for line in about if line.startswith("flags:")), 0)
    except FileNotFoundError:
        return False  # it was closed
    return flags & os.O_ACCMODE != os.O_RDONLY


def _name(process: str) -> str:
    try:
        with open(f"/proc/{process}/comm", encoding="utf-8", errors="replace") as file:
            return visible(file.read().strip()) or "?"
    except OSError:
        return "?"
