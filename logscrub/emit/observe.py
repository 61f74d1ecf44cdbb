"""What an installation knows of its work: counters, call sites, times, and who wants to hear of it. Never a value."""

from __future__ import annotations

import itertools
import logging
import os
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, TypedDict

from logscrub.model import Match

Where: TypeAlias = "logging.LogRecord | tuple[str, str, int] | None"
"""A log record; or the name of a logger, the source file and the line of a log call, found on the stack where the file
is empty; or not known."""

BUCKETS = (1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Upper bounds of the time histogram, in seconds."""

SAMPLE = 16
"""One in so many records is timed."""

_MOST_SITES = 10_000
_REMEMBERED = 2000
_LONGEST_NAME = 200
# Frames of these packages are not the log call.
_LIBRARIES = frozenset(
    (
        "logging",
        "loguru",
        "structlog",
        "logscrub",
        "opentelemetry",
        "warnings",
        "threading",
        "asyncio",
        "contextlib",
        "rich",
        "pythonjsonlogger",
    )
)


class Stats(TypedDict):
    """What an installation has done.

    Attributes:
        seen: how often a handler was given a record, or a processor of OpenTelemetry a record or a finished span.
        changed: how often something in what it was given, or printed by a hook, was replaced.
        errors: how often a marker was written because scrubbing failed.
        by_rule: replacements by rule id. A value that occurs in text and in structure may count twice.
        by_logger: records with something to replace, by logger and rule id. Names of loggers and paths of files are
            scrubbed themselves.
        by_site: the same by call site (``file:line``).
        seconds: time spent for a record, of one in sixteen records: how many took at most so many seconds.
        seconds_sum: what those took together.
        dropped: calls of ``on_match`` that raised and counts that could not be put into the ledger.
        uncovered: libraries that could not be covered, and why: versions logscrub does not know.
    """

    seen: int
    changed: int
    errors: int
    by_rule: dict[str, int]
    by_logger: dict[str, dict[str, int]]
    by_site: dict[str, dict[str, int]]
    seconds: dict[float, int]
    seconds_sum: float
    dropped: int
    uncovered: dict[str, str]


@dataclass(frozen=True, slots=True)
class Event:
    """One record in which something was found. It holds no value.

    Attributes:
        rule: id of the rule.
        logger: name of the logger, empty if there is none.
        file: path of the source file of the log call.
        line: its line.
        count: how many records since the last event of the same rule and place.
    """

    rule: str
    logger: str
    file: str
    line: int
    count: int


class Count:
    """A counter that loses nothing between threads, takes no lock and can be called from a signal handler.

    >>> count = Count()
    >>> count.add(), count.add(), count.read()
    (0, 1, 2)
    """

    def __init__(self) -> None:
        self.add = itertools.count().__next__
        self._reads = 0
        self._lock = threading.RLock()

    def unlock(self) -> None:
        """Make the lock anew, in a process that was forked."""
        self._lock = threading.RLock()

    def read(self) -> int:
        """Return how often it was called."""
        with self._lock:
            value = self.add() - self._reads
            self._reads += 1
            return value


class Meter:
    """The books of one installation.

    Args:
        on_match: called with an :class:`Event` for each record in which something was found.
        every: seconds between two calls of ``on_match`` for the same rule and place; what comes between is counted.
        ledger: gets the counts by place, see :class:`logscrub.emit.ledger.Ledger`.

    Attributes:
        scrub: what scrubs names of loggers and files: an application may name loggers after its users.
    """

    def __init__(
        self, on_match: Callable[[Event], object] | None = None, every: float = 1.0, ledger: Any = None
    ) -> None:
        self.seen, self._changed, self._errors, self._dropped = Count(), Count(), Count(), Count()
        self.failed = self._errors.add
        self.tick = itertools.count().__next__
        self.scrub: Callable[[str], str] = _scrub
        self._names: dict[str, str] = {}
        self.rules: Counter[str] = Counter()
        self._sites: Counter[tuple[str, str, int, str]] = Counter()
        self._seconds = [0] * (len(BUCKETS) + 1)
        self._seconds_sum = 0.0
        self._on_match, self._every, self._ledger = on_match, every, ledger
        self._quick = on_match is None and ledger is None
        # Call sites met before, under names that need no scrubbing.
        self._keys: dict[tuple[str, str, int, str], tuple[str, str, int, str]] = {}
        self._told: dict[tuple[str, str, int, str], tuple[float, int]] = {}
        self._uncovered: dict[str, str] = {}
        # Taken again where a signal handler or a finalizer logs while it is held.
        self._lock = threading.RLock()
        self._local = threading.local()
        _meters.add(self)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Keep no books of what this thread scrubs meanwhile: the canaries of an examination are no findings."""
        self._local.aside = True
        try:
            yield
        finally:
            self._local.aside = False

    def matched(self, matches: Iterable[Match]) -> None:
        """Take down what a scrubber has found in this thread, until :meth:`changed` says where that was."""
        found = self._local.__dict__.setdefault("found", [])
        for match in matches:
            found.append(match.rule)

    def changed(self, where: Where = None) -> None:
        """Count that something was replaced, and what was found since the last call, as of one place."""
        local = self._local
        if local.__dict__.get("aside"):
            local.found = []
            return
        self._changed.add()
        found = local.__dict__.get("found")
        if not found:
            return
        local.found = []
        if len(found) == 1 and self._quick and type(where) is logging.LogRecord:
            # One match and nobody to tell: by far the commonest, and this is in the way of the application.
            rule = found[0]
            before = local.__dict__.get("record")
            key = self._keys.get((where.name, where.pathname, where.lineno, rule))
            if key is not None and (before is None or before[1] != where.created or before[0] != id(where)):
                local.record = (id(where), where.created, {rule})
                with self._lock:
                    self.rules[rule] += 1
                    self._sites[key] += 1
                return
        rules = {*found}
        if isinstance(where, logging.LogRecord):
            # Several handlers are given the same record: its log call counts once.
            before = local.__dict__.get("record")
            if before is not None and before[0] == id(where) and before[1] == where.created:
                rules -= before[2]
                before[2].update(rules)
            else:
                local.record = (id(where), where.created, rules)
            place = where.name, where.pathname, where.lineno
        else:
            place = where if where is not None and where[1] else (where[0] if where else "", *_calling())
        with self._lock:
            for rule in found:
                self.rules[rule] += 1
        if rules:
            self._note(place, rules)

    def _note(self, place: tuple[str, str, int], rules: set[str]) -> None:
        logger, file = self._name(place[0]), self._name(place[1])
        if self._quick and len(self._keys) < _MOST_SITES and (logger, file) == place[:2]:
            self._keys.update(((*place, rule), (*place, rule)) for rule in rules)
        line = place[2] if type(place[2]) is int else 0
        events = []
        with self._lock:
            for rule in sorted(rules) if len(rules) > 1 else rules:
                key = (logger, file, line, rule)
                if key not in self._sites and len(self._sites) >= _MOST_SITES:
                    key = ("", "(other places)", 0, rule)
                self._sites[key] += 1
                if self._on_match is not None:
                    event = self._due(key)
                    if event is not None:
                        events.append(event)
        if self._ledger is not None:
            try:
                self._ledger.add(file, line, logger, rules)
            except Exception:
                self._dropped.add()
        for event in events:
            self._tell(event)

    def _name(self, given: object) -> str:
        """Return the name of a logger or file as it may be kept and told: scrubbed, no longer than needed."""
        name = given if type(given) is str else str(given)
        known = self._names.get(name)
        if known is not None:
            return known
        clean = self.scrub(name)
        shown = clean if len(clean) <= _LONGEST_NAME else f"…{clean[1 - _LONGEST_NAME :]}"
        # What is scrubbed is not remembered: that would keep the value.
        if clean == name:
            if len(self._names) >= _REMEMBERED:
                self._names.clear()
            self._names[name] = shown
        return shown

    def _due(self, key: tuple[str, str, int, str]) -> Event | None:
        last, waiting = self._told.get(key, (0.0, 0))
        now = time.monotonic()
        waiting += 1
        if last and now - last < self._every:
            self._told[key] = (last, waiting)
            return None
        self._told[key] = (now, 0)
        logger, file, line, rule = key
        return Event(rule, logger, file, line, waiting)

    def _tell(self, event: Event) -> None:
        if getattr(self._local, "telling", False):
            return  # what the callback itself logs is no news to it
        self._local.telling = True
        try:
            if self._on_match is not None:
                self._on_match(event)
        except Exception:
            self._dropped.add()
        finally:
            self._local.telling = False

    def unlock(self) -> None:
        """Make the locks anew, in a process that was forked. What the parent has counted stays counted."""
        self._lock = threading.RLock()
        for count in (self.seen, self._changed, self._errors, self._dropped):
            count.unlock()

    def uncovered(self, library: str, error: Exception | None) -> None:
        """Enter a library that could not be covered; or that it could, after all."""
        if error is None:
            self._uncovered.pop(library, None)
        else:
            self._uncovered[library] = f"{type(error).__name__}: {error}"

    def took(self, seconds: float) -> None:
        """Enter the time one record took."""
        self._seconds_sum += seconds
        for at, bound in enumerate(BUCKETS):
            if seconds <= bound:
                self._seconds[at] += 1
                return
        self._seconds[-1] += 1

    def stats(self, errors: int) -> Stats:
        """Return the counts.

        Args:
            errors: failures that scrubbers have counted themselves.
        """
        loggers: dict[str, dict[str, int]] = {}
        sites: dict[str, dict[str, int]] = {}
        with self._lock:
            counted = dict(self._sites)
            rules = dict(self.rules)
        for (logger, file, line, rule), count in counted.items():
            for table, name in ((loggers, logger), (sites, f"{file}:{line}")):
                one = table.setdefault(name, {})
                one[rule] = one.get(rule, 0) + count
        return Stats(
            seen=self.seen.read(),
            changed=self._changed.read(),
            errors=self._errors.read() + errors,
            by_rule=rules,
            by_logger=loggers,
            by_site=sites,
            seconds=dict(zip((*BUCKETS, float("inf")), itertools.accumulate(self._seconds), strict=True)),
            seconds_sum=self._seconds_sum,
            dropped=self._dropped.read(),
            uncovered=dict(self._uncovered),
        )


def _calling() -> tuple[str, int]:
    """Find the log call on the stack: the innermost frame outside of logging libraries."""
    frame = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] not in _LIBRARIES:
            return frame.f_code.co_filename, frame.f_lineno
        if frame.f_back is None:
            break
        frame = frame.f_back
    return os.path.basename(sys.argv[0]) if sys.argv else "", 0


def _scrub(text: str) -> str:
    from logscrub.scrubber import default_scrubber

    return default_scrubber().scrub_text(text)


_meters: weakref.WeakSet[Meter] = weakref.WeakSet()


def _unlock_in_child() -> None:
    # Another thread may have held a lock in the parent; it does not exist in the child.
    for meter in list(_meters):
        meter.unlock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock_in_child)
