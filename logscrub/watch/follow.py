"""Following files by their names through rotation, and standard input."""

from __future__ import annotations

import contextlib
import glob
import io
import os
import queue
import select
import socket
import stat
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from logscrub.audit.engine import Engine, Job
from logscrub.audit.shards import ReadAt, reading
from logscrub.errors import SourceError
from logscrub.findings import MAX_FINDINGS
from logscrub.model import Severity
from logscrub.policy import Policy
from logscrub.sources import STDIN, NotTextError, Source, Unread, expand
from logscrub.sources.paths import reason_of
from logscrub.sources.rotation import rotated
from logscrub.watch.files import KNOWN, STEP, Descriptors, Followed, Identity, Text, identity_of
from logscrub.watch.judge import Seen
from logscrub.watch.told import Report, Teller

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

LIST_EVERY = 2.0
"""Seconds between looks for new files. They are longer where looking takes long."""
_LISTING_SHARE = 50
WAIT = 1.0
"""Seconds without a further byte after which half a line is judged."""
LINGER = 10.0
"""Seconds without a further byte after which a file is let go that has lost its name, to another file or for good."""
_LINGER_RENAMED = 600.0  # … and one that was renamed, while its name is nobody's
_LAST = 5.0  # seconds for what is left to read at the end
_MOST_FILES = 10_000
_MOST_OPEN = 1024
_STEPS = 4  # reads of one file before the next one has its turn


@dataclass
class Stats:
    """What a watch did so far.

    Attributes:
        findings: occurrences, by rule and severity.
        bytes, lines: that were read and judged.
        rotations: how often a name got another file, or a file was cut off.
        unread: how often something could not be read or judged.
        files: that are followed now.
        behind: bytes that are there and were not read yet.
    """

    findings: Counter[tuple[str, str]] = field(default_factory=Counter)
    bytes: int = 0
    lines: int = 0
    rotations: int = 0
    unread: int = 0
    files: int = 0
    behind: int = 0


class _Name:
    """A path that is looked at.

    Attributes:
        given: it was named, and is waited for when it is not there.
        there: it was there when the watch began.
        file: the file that has it now.
        told: why it cannot be read, as it was told last.
    """

    def __init__(self, path: str, *, given: bool) -> None:
        self.path = path
        self.given = given
        self.file: Followed | None = None
        self.told = ""


class Watch:
    """Follows logs and tells what is found in what is written to them.

    Args:
        paths: files, which need not be there yet, directories, globs, and ``-`` for standard input.
        on_finding: is called for each finding that is told.
        on_remark: is called for what cannot be read, once for each reason.
        policy: what to look for. By default, what the built-in rules have on by default.
        from_start: read what is there already, too.
        interval: seconds between looks at the files.
        every: seconds within which a value is told once; 0 to tell every occurrence.
        min_severity: less severe findings are left out.
        until_idle: end when nothing was written for so many seconds.

    Raises:
        SourceError: a path is a URL.
        PackError, ConfigError: the policy is wrong.
    """

    def __init__(
        self,
        paths: Iterable[str | os.PathLike[str]],
        on_finding: Callable[[Report], None],
        on_remark: Callable[[Unread], None] = lambda _: None,
        *,
        policy: Policy | None = None,
        from_start: bool = False,
        interval: float = 0.5,
        every: float = 60.0,
        min_severity: Severity | None = None,
        until_idle: float | None = None,
    ) -> None:
        names = [os.fspath(path) for path in paths]
        for name in names:
            if "://" in name and not os.path.lexists(name):
                raise SourceError("a URL cannot be followed: watch takes files, directories, globs and -")
        self.stats = Stats()
        self._engine = Engine.of(Job.of(policy, None, MAX_FINDINGS).policy)
        self._on_remark = on_remark
        self._teller = Teller(every, on_finding)
        self._min_severity = min_severity
        self._from_start = from_start
        self._interval = interval
        self._until_idle = until_idle
        self._given = [name for name in names if name != STDIN]
        self._names: dict[str, _Name] = {}
        self._files: dict[Identity, Followed] = {}
        self._cut_off: list[Text] = []
        self._refused: dict[str, Identity] = {}
        self._descriptors = Descriptors(_most_open())
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._stream = _Stream(Text(self._engine, STDIN, self), self._wake) if STDIN in names else None
        self._stopping = False
        self._began = False
        self._list_at = 0.0
        self._list_every = LIST_EVERY
        self._last = 0.0
        self._told: set[tuple[str, str]] = set()

    def run(self) -> Stats:
        """Follow until ``stop`` is called, nothing comes any more, or standard input, if it is all there is, ends."""
        try:
            if self._stream is not None:
                self._stream.start()
            self._last = time.monotonic()
            while not self._stopping:
                more = self._turn()
                self._teller.tell_due()
                if self._over():
                    break
                if not more:
                    self._sleep()
            end = time.monotonic() + _LAST
            while self._turn() and time.monotonic() < end:
                pass
            self._settle_all()
            self._teller.tell_all()
            return self.stats
        finally:
            self._descriptors.close_all()
            self._woken.close()

    def stop(self) -> None:
        """Make ``run`` return soon. May be called by a signal handler and by other threads."""
        self._stopping = True
        self._wake()

    def seen(self, seen: Seen, line: int) -> None:
        """Take note of an occurrence."""
        finding = seen.finding
        if self._min_severity is not None and finding.severity < self._min_severity:
            return
        self.stats.findings[finding.rule, str(finding.severity)] += 1
        from dataclasses import replace

        self._teller.seen(finding, replace(seen.place, line=line))

    def problem(self, path: str, reason: str) -> None:
        """Take note of what cannot be read or judged."""
        self.stats.unread += 1
        self._on_remark(Unread(path, reason))
