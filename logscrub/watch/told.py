"""When a finding is told: when it comes first, and then not more often than is wished for."""

from __future__ import annotations

import heapq
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from logscrub.findings import Finding, Place

_MOST = 20_000


class Report(NamedTuple):
    """What is told of a finding.

    Attributes:
        finding: what was found. Its counts and places are those of the moment it came first in.
        place: where it was seen last; line 0 says that the line is not known.
        occurrences: how often since it was told last.
        total: how often since the watch began.
        first: it was not seen before.
        at: when, seconds since 1970.
    """

    finding: Finding
    place: Place
    occurrences: int
    total: int
    first: bool
    at: float


@dataclass(slots=True)
class _Known:
    finding: Finding
    place: Place
    told: float
    untold: int = 0
    total: int = 0


class Teller:
    """Tells findings.

    Args:
        every: seconds within which a value is told once; 0 to tell every occurrence.
        tell: is given what is told.
        clock: seconds, for measuring time.

    Of the 20,000 values seen last it is known when they were told; one that comes again after so many others counts as
    new.
    """

    def __init__(
        self, every: float, tell: Callable[[Report], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._every = every
        self._tell = tell
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._due: list[tuple[float, str]] = []

    def seen(self, finding: Finding, place: Place) -> None:
        """Take note of an occurrence."""
        now = self._clock()
        known = self._known.get(finding.id)
        if known is None:
            while len(self._known) >= _MOST:
                self._again(self._known.popitem(last=False)[1], now)
            known = self._known[finding.id] = _Known(finding, place, now, total=1)
            self._tell(Report(finding, place, 1, 1, True, time.time()))
            return
        self._known.move_to_end(finding.id)
        known.place = place
        known.total += 1
        known.untold += 1
        if now - known.told >= self._every:
            self._again(known, now)
        elif known.untold == 1:
            if len(self._due) > 2 * _MOST:  # most of them are forgotten by now
                self._due = [(one.told + self._every, name) for name, one in self._known.items() if one.untold]
                heapq.heapify(self._due)
            heapq.heappush(self._due, (known.told + self._every, finding.id))

    def tell_due(self) -> None:
        """Tell what has waited for long enough."""
        now = self._clock()
        while self._due and self._due[0][0] <= now:
            known = self._known.get(heapq.heappop(self._due)[1])
            if known is not None and now - known.told >= self._every:
                self._again(known, now)

    def tell_all(self) -> None:
        """Tell all that was not told yet."""
        now = self._clock()
        for known in self._known.values():
            self._again(known, now)
        self._due.clear()

    def _again(self, known: _Known, now: float) -> None:
        if known.untold:
            report = Report(known.finding, known.place, known.untold, known.total, False, time.time())
            known.untold, known.told = 0, now
            self._tell(report)
