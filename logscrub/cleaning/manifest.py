"""The record of what was replaced: JSON lines, each on the disk before what comes after it is done.

A line is appended with one write by whichever process did the work, so lines are whole whenever a process is killed. A
file is entered twice: ``replacing`` before the new one is put in its place, ``file`` when that is done. If only the
first is there, the digest of the file says whether it is the old or the new one.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

from logscrub._version import __version__
from logscrub.cleaning.outcome import Action, Content, Outcome, Redaction
from logscrub.errors import ConfigError
from logscrub.fingerprint import Fingerprinter
from logscrub.report.visible import visible
from logscrub.sources.paths import reason_of

if TYPE_CHECKING:
    from logscrub.scrubber import Scrubber

VERSION = 1
_FIRST = b'{"manifest": '


class Manifest:
    """Appends to a manifest. It may be used by several processes at once.

    Args:
        path: the file; one of an earlier run goes on.
        run: tells the lines of this run apart.

    Raises:
        ConfigError: it cannot be written, or the file is something else.
    """

    def __init__(self, path: str, run: str) -> None:
        self.path = os.path.abspath(path)
        self.run = run
        shown = visible(path)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            self._fd = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)
            status = os.fstat(self._fd)
            head = os.read(self._fd, len(_FIRST)) if stat.S_ISREG(status.st_mode) else b"?"
            if head and head != _FIRST:
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
        entry = {"manifest": VERSION, "run": self.run, "event": event, "time": _time(time.time()), **about}
        line = json.dumps(entry).encode("ascii") + b"\n"
        if self._is_torn():
            line = b"\n" + line
        if os.write(self._fd, line) != len(line):
            raise OSError(errno.ENOSPC, "the manifest cannot be written")
        os.fsync(self._fd)

    def _is_torn(self) -> bool:
        """Whether the last line could not be finished, for want of space."""
        try:
            os.lseek(self._fd, -1, os.SEEK_END)
        except OSError:
            return False  # nothing there yet
        return os.read(self._fd, 1) != b"\n"

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
