"""Writes the ledger of an installation: what was taken out of the output of which log call.

The format is that of :mod:`logscrub.trace.ledger`, which reads it. Counts are gathered in memory and appended every few
seconds and at the end of the process, in one write, so that any number of processes can share a file. A process that is
killed takes with it what it gathered in the last seconds.
"""

from __future__ import annotations

import atexit
import errno
import json
import os
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import Iterable

from logscrub.errors import ConfigError

_EVERY = 5.0
_MOST = 10_000


class Ledger:
    """A ledger file that is appended to.

    Args:
        path: the file; made for its owner only if it is not there.

    Raises:
        ConfigError: it cannot be written.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ledger = Ledger(f"{folder}/ledger.jsonl")
    ...     ledger.add("shop/login.py", 42, "shop.login", ["password"])
    ...     ledger.close()
    ...     print(pathlib.Path(ledger.path).read_text().strip())
    {"file": "shop/login.py", "line": 42, "rule": "password", "count": 1, "logger": "shop.login"}
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # The service may change its directory, as daemons do.
        self.path = os.path.abspath(os.fspath(path))
        self._pending: Counter[tuple[str, int, str, str]] = Counter()
        # Taken again where a signal handler or a finalizer logs while it is held.
        self._lock = threading.RLock()
        self._last: float | None = None
        self._closed = False
        self._in_worker = False
        try:
            os.close(self._open())
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "is no path"
            raise ConfigError(f"ledger {self.path}: cannot be written ({reason})") from None
        atexit.register(self.close)
        _ledgers.add(self)

    def add(self, file: str, line: int, logger: str, rules: Iterable[str]) -> None:
        """Count one record.

        Args:
            file: path of the source file of its log call; without one nothing is counted.
            line: its line.
            logger: name of the logger.
            rules: ids of the rules under which something was found in it.

        Raises:
            OSError: what was gathered cannot be written. It is kept and tried again seconds later, up to 10,000 calls.
        """
        if not file or line < 1:
            return
        with self._lock:
            full = len(self._pending) >= _MOST
            for rule in rules:
                key = (file, line, rule, logger)
                if not full or key in self._pending:
                    self._pending[key] += 1
            now = time.monotonic()
            if self._last is None:
                self._last = now
            # What comes after the end, from handlers that are flushed then, has no later moment.
            due = self._closed or now - self._last >= _EVERY
            if not self._in_worker:
                self._in_worker = True
                self._close_in_worker()
        if due:
            self.flush()
        if full:
            raise OSError(f"more than {_MOST} calls wait to be written")

    def flush(self) -> None:
        """Append what was gathered.

        Raises:
            OSError: it cannot be written; it is kept.
        """
        with self._lock:
            self._last = time.monotonic()
            pending, self._pending = self._pending, Counter()
            if not pending:
                return
            lines = [
                json.dumps({"file": file, "line": line, "rule": rule, "count": count, "logger": logger})
                for (file, line, rule, logger), count in sorted(pending.items())
            ]
            try:
                self._append(("\n".join(lines) + "\n").encode())
            except OSError:
                self._pending.update(pending)
                raise

    def close(self) -> None:
        """Append what was gathered, at the end. There is nobody then to tell of a failure."""
        atexit.unregister(self.close)
        self._closed = True
        try:
            self.flush()
        except OSError:
            self._pending.clear()

    def reset(self) -> None:
        """Start anew in a process that was forked: what the parent has gathered is the parent's to write."""
        self._lock = threading.RLock()
        self._pending = Counter()
        self._in_worker = False

    def _append(self, data: bytes) -> None:
        descriptor = self._open()
        try:
            written = os.write(descriptor, data)
            if written < len(data):
                # The disk is full. Half a line would spoil the file, so it goes, unless somebody has written after it.
                end = os.lseek(descriptor, 0, os.SEEK_CUR)
                if os.fstat(descriptor).st_size == end:
                    os.ftruncate(descriptor, end - written)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)

    def _close_in_worker(self) -> None:
        # Workers of multiprocessing end without what atexit holds.
        util, process = sys.modules.get("multiprocessing.util"), sys.modules.get("multiprocessing.process")
        if util is not None and process is not None and process.parent_process() is not None:
            util.Finalize(None, self.close, exitpriority=0)


_ledgers: weakref.WeakSet[Ledger] = weakref.WeakSet()


def _reset_in_child() -> None:
    for ledger in list(_ledgers):
        ledger.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_in_child)
