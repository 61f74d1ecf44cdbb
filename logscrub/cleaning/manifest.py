"""The record of what was replaced: JSON lines, each on the disk before what comes after it is done.

A line is appended with one write by whichever process did the work, so lines are whole whenever a process is killed. A
file is entered twice: ``replacing`` before the new one is put in its place, ``file`` when that is done. If only the
first is there, the digest of the file says whether it is the old or the new one.

Each line has the digest of the line before, and under a key that lasts a seal of its own, so that a line that was
changed, taken out or put in is noticed (``verify.py``). Processes take turns with a lock on the file.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

from logscrub._version import __version__
from logscrub.chain import Sealer
from logscrub.cleaning.outcome import Action, Content, Outcome, Redaction
from logscrub.errors import ConfigError
from logscrub.fingerprint import Fingerprinter
from logscrub.report.visible import visible
from logscrub.sources.paths import reason_of

if TYPE_CHECKING:
    from logscrub.scrubber import Scrubber

VERSION = 1
FIRST = b'{"manifest": '
_SEAL = b', "seal": "'
_TAIL = 4096
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL)


class Manifest:
    """Appends to a manifest. It may be used by several processes at once.

    Args:
        path: the file; one of an earlier run goes on.
        run: tells the lines of this run apart.
        key: seals the lines; None where there is no key that lasts.

    Raises:
        ConfigError: it cannot be written, or the file is something else.
    """

    def __init__(self, path: str, run: str, key: bytes | None = None) -> None:
        self.path = os.path.abspath(path)
        self.run = run
        self._seals = None if key is None else Seals(key)
        self._end = (-1, "")  # where our last line ended, and its digest
        shown = visible(path)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            self._fd = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)
            status = os.fstat(self._fd)
            head = os.read(self._fd, len(FIRST)) if stat.S_ISREG(status.st_mode) else b"?"
            if head and head != FIRST:
                self.close()
                raise ConfigError(f"{shown}: is not a manifest; name a file that is one, or is not there yet")
        except OSError as error:
            raise ConfigError(f"{shown}: the manifest cannot be written: {reason_of(error)}") from None
        self.identity = (status.st_dev, status.st_ino)

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def enter(self, event: str, **about: Any) -> None:
        """Append a line and see it on the disk.

        Raises:
            OSError: it could not be written.
        """
        with _alone(self._fd):
            previous, torn = self._last()
            entry = {"manifest": VERSION, "run": self.run, "event": event, "time": _time(time.time()), **about}
            line = json.dumps({**entry, "previous": previous}).encode("ascii")
            if self._seals is not None:
                line = self._seals.sealed(line)
            # A line that could not be finished, for want of space, is ended.
            data = (b"\n" if torn else b"") + line + b"\n"
            if os.write(self._fd, data) != len(data):
                raise OSError(errno.ENOSPC, "the manifest cannot be written")
            self._end = (os.lseek(self._fd, 0, os.SEEK_END), digest_of(line))
        os.fsync(self._fd)

    def _last(self) -> tuple[str | None, bool]:
        """Return the digest of the last line, None if there is none, and whether its line break is missing."""
        size = os.lseek(self._fd, 0, os.SEEK_END)
        if size == 0:
            return None, False
        if size == self._end[0]:
            return self._end[1], False
        start, data = size, b""
        while start and b"\n" not in data[:-1]:
            start = max(0, start - max(_TAIL, len(data)))
            os.lseek(self._fd, start, os.SEEK_SET)
            data = os.read(self._fd, size - start)
        torn = not data.endswith(b"\n")
        return digest_of((data if torn else data[:-1]).rpartition(b"\n")[2]), torn

    def begin(self, mode: str, scrubber: Scrubber, *, lasting: bool, files: int) -> None:
        """Enter the beginning of a run.

        Args:
            mode: how the files are done.
            scrubber: by what.
            lasting: its key is more than this run's.
            files: how many there are.
        """
        policy = scrubber.policy
        self.enter(
            "begin",
            mode=mode,
            version=__version__,
            rules_digest=scrubber.detector.rules.digest,
            select=policy.select,
            ignore=policy.ignore,
            key_id=Fingerprinter(policy.key).key_id if lasting else None,
            files=files,
        )

    def end(self, done: Redaction) -> None:
        """Enter the end of a run."""
        counts = {action: done.count(action) for action in get_args(Action)}
        self.enter("end", **counts, values=done.rules.total(), interrupted=done.interrupted)

    def replacing(self, outcome: Outcome) -> None:
        """Enter what is about to be done."""
        self.enter("replacing", **_about(outcome))

    def done(self, outcome: Outcome) -> None:
        """Enter what became of a file."""
        self.enter("file", **_about(outcome))


class Seals:
    """Seals lines, and says whether seals hold.

    Args:
        key: the policy's key.

    >>> seals = Seals(b"0123456789abcdef")
    >>> line = seals.sealed(b'{"run": 1}')
    >>> seals.holds(line), seals.holds(line.replace(b"1", b"2", 1))
    (True, False)
    """

    def __init__(self, key: bytes) -> None:
        self._sealer = Sealer(key, "manifest")
        self._key_id = Fingerprinter(key).key_id

    def sealed(self, line: bytes) -> bytes:
        """Return a line, a JSON object, with its seal as the last member: the name of the key, and HMAC-SHA-256."""
        body = line[:-1]
        return body + _SEAL + f'{self._key_id}:{self._sealer.seal_bytes(body)}"}}'.encode("ascii")

    def holds(self, line: bytes) -> bool | None:
        """Say whether the seal of a line holds; None if it has none, or one of another key."""
        body, found, seal = line.rpartition(_SEAL)
        if not found or not seal.startswith(f"{self._key_id}:".encode("ascii")):
            return None
        return self.sealed(body + b"}") == line


def digest_of(line: bytes) -> str:
    """Return the digest of a line, without its line break: SHA-256 in hexadecimal."""
    return hashlib.sha256(line).hexdigest()


@contextmanager
def _alone(fd: int) -> Iterator[None]:
    """Keep other processes from appending meanwhile, as far as the system can."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        yield
        return
    try:
        yield
    finally:
        fcntl.flock(fd, fcntl.LOCK_UN)


def _about(outcome: Outcome) -> dict[str, Any]:
    about: dict[str, Any] = {"path": os.path.abspath(outcome.path), "action": outcome.action}
    for name in ("reason", "remark", "target"):
        if getattr(outcome, name):
            about[name] = getattr(outcome, name)
    for name in ("before", "after"):
        content: Content | None = getattr(outcome, name)
        if content is not None:
            about[name] = content._asdict()
    # Never as name and number: a count must not read like the value of a key.
    about["rules"] = [{"rule": rule, "count": count} for rule, count in sorted(outcome.rules.items())]
    about["began"] = _time(outcome.began)
    if outcome.ended:
        about["ended"] = _time(outcome.ended)
    return about


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
