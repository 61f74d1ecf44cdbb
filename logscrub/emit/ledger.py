"""Writes the ledger of an installation: what was taken out of the output of which log call.

The format is that of :mod:`logscrub.trace.ledger`, which reads it. Counts are gathered in memory and appended every few
seconds and at the end of the process, in one write, so that any number of processes can share a file.
"""

from __future__ import annotations

import atexit
import json
import os
import threading
import time
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

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ledger = Ledger(f"{folder}/ledger.jsonl")
    ...     ledger.add("shop/login.py", 42, "shop.login", ["password"])
    ...     ledger.close()
    ...     print(open(f"{folder}/ledger.jsonl").read().strip())
    {"file": "shop/login.py", "line": 42, "rule": "password", "count": 1, "logger": "shop.login"}
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._pending: Counter[tuple[str, int, str, str]] = Counter()
        self._lock = threading.Lock()
        self._last = time.monotonic()
        try:
            os.close(self._open())
        except OSError as error:
            raise ConfigError(f"ledger {self.path}: cannot be written ({error.strerror})") from None
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def add(self, file: str, line: int, logger: str, rules: Iterable[str]) -> None:
        """Count one record.

        Args:
            file: path of the source file of its log call; without one nothing is counted.
            line: its line.
            logger: name of the logger.
            rules: ids of the rules under which something was found in it.

        Raises:
            OSError: what was gathered cannot be written; it is tried again with the next record.
        """
        if not file or line < 1:
            return
        with self._lock:
            for rule in rules:
                self._pending[file, line, rule, logger] += 1
            due = len(self._pending) >= _MOST or time.monotonic() - self._last >= _EVERY
        if due:
            self.flush()

    def flush(self) -> None:
        """Append what was gathered.

        Raises:
            OSError: it cannot be written; it is kept.
        """
        with self._lock:
            self._last = time.monotonic()
            if not self._pending:
                return
            lines = [
                json.dumps({"file": file, "line": line, "rule": rule, "count": count, "logger": logger})
                for (file, line, rule, logger), count in sorted(self._pending.items())
            ]
            data = ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")
            descriptor = self._open()
            try:
                os.write(descriptor, data)
            finally:
                os.close(descriptor)
            self._pending.clear()

    def close(self) -> None:
        """Append what was gathered, once and for all. At the end of a process there is nobody to tell of a failure."""
        atexit.unregister(self.close)
        try:
            self.flush()
        except OSError:
            self._pending.clear()

    def _open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)

    def _forget(self) -> None:
        # What the parent has gathered is the parent's to write.
        self._lock = threading.Lock()
        self._pending = Counter()
