"""Tracing whole logs: each finding to the log call and the argument it came from, each line to its call."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from logscrub.audit import Progress, Sighting, scan
from logscrub.code.model import LogCall
from logscrub.findings import MAX_FINDINGS, Finding, Place
from logscrub.sources import Block, Limits
from logscrub.trace.ledger import Emitted
from logscrub.trace.match import Trace, Tracer, is_continuation
from logscrub.trace.model import MAX_ORIGINS, CallCount, Coverage, Origin, TracedFinding, TraceResult
from logscrub.trace.placed import place

if TYPE_CHECKING:
    from logscrub.policy import Policy
    from logscrub.presidio.deep import Deep

_TRACEBACK = b"Traceback (most recent call last)"


def trace_log(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    calls: Iterable[LogCall],
    *,
    policy: Policy | str | None = None,
    every_line: bool = False,
    ledger: Sequence[Emitted] = (),
    limits: Limits | None = None,
    max_findings: int = MAX_FINDINGS,
    progress: Progress | None = None,
    deep: Deep | None = None,
) -> TraceResult:
    """Scan logs like :func:`logscrub.scan`, and say which log call printed each finding.

    Args:
        paths: what to read, as for :func:`logscrub.scan`.
        calls: the log calls of the source.
        policy: what to look for, or the name of a profile. By default, what the built-in rules have on by default.
        every_line: trace all lines, not only those with findings, and count what each call wrote.
        ledger: what a filter counted, to be told beside it.
        limits: bounds on what is read from one input.
        max_findings: distinct values kept for a rule.
        progress: called after each block read.
        deep: finds names and places in prose as well, as for :func:`logscrub.scan`.

    Nothing is raised for an input that cannot be read: see ``ScanResult.errors``.

    >>> trace_log([], []).scan.findings
    ()
    """
    tracer = Tracer(calls)
    origins = _Origins(tracer, every_line)
    result = scan(
        paths, policy=policy, limits=limits, max_findings=max_findings, progress=progress, deep=deep, observer=origins
    )
    result = replace(result, findings=tuple(origins.traced(one) for one in result.findings))
    known = sum(call.parts is not None for call in tracer.calls)
    return TraceResult(result, origins.counts(ledger), known, origins.coverage() if every_line else None)


_Origin = tuple[tuple[int, ...], int | None, bool]
"""Numbers of the calls, index of the argument, and whether it is a hint."""


class _Origins:
    """Watches a scan: notes where each value was printed, and what each call wrote."""

    def __init__(self, tracer: Tracer, every_line: bool) -> None:
        self._tracer = tracer
        self._every_line = every_line
        self._lines: dict[int, int] = {}  # by number of the call
        self._coverage: Counter[str] = Counter()
        # By id of the finding, and by number of the call.
        self._found: defaultdict[str, Counter[_Origin | None]] = defaultdict(Counter)
        self._missed: dict[str, Place] = {}
        self._rules: defaultdict[int, Counter[str]] = defaultdict(Counter)
        self._block = Block(b"", 0, 1, 0, 0, 0, 0)
        self._record: tuple[int, tuple[int, int, Trace | None]] | None = None  # the last one, by where it begins
        self._heads: dict[int, int | None] = {}
        self._window: Trace | None = None  # of the line that is read in windows
        self._begun = False  # a line with a time or a level was seen in this source

    def enter(self, block: Block) -> None:
        """Count the lines of a block by the call that wrote them, if that is asked for."""
        self._block = block
        self._record = None
        self._heads.clear()
        if block.offset != block.line_offset:
            return  # a window: its line was traced, and counted, with the first one
        if not block.whole:
            self._window = self._tracer.trace(block.data)
        if block.offset == 0:
            self._begun = False
        if self._every_line:
            self._cover(block.data)

    def see(self, sighting: Sighting) -> None:
        """Note where a value was printed."""
        origin = self._origin(sighting)
        self._found[sighting.finding][origin] += 1
        if origin is None:
            self._missed.setdefault(sighting.finding, sighting.place)
        else:
            self._rules[origin[0][0]][sighting.rule] += 1

    def traced(self, finding: Finding) -> TracedFinding:
        """Add to a finding where it was printed."""
        found = self._found.get(finding.id)
        given = {one.name: getattr(finding, one.name) for one in fields(Finding)}
        if found is None:  # it stands for values beyond the limit
            return TracedFinding(**given, untraced=finding.count, untraced_at=finding.first)
        calls = self._tracer.calls
        sources = [
            Origin(calls[numbers[0]], argument, weak, tuple(calls[number] for number in numbers[1:]), count)
            for (numbers, argument, weak), count in ((key, count) for key, count in found.items() if key is not None)
        ]
        sources.sort(key=lambda one: (-one.count, one.call.place, one.argument or 0))
        return TracedFinding(
            **given,
            sources=tuple(sources[:MAX_ORIGINS]),
            untraced=found[None],
            untraced_at=self._missed.get(finding.id),
        )

    def coverage(self) -> Coverage:
        """Return how many lines could be traced."""
        return Coverage(**self._coverage)

    def counts(self, ledger: Sequence[Emitted]) -> tuple[CallCount, ...]:
        """Return what each call wrote, and what a filter took out of it."""
        calls = self._tracer.calls
        placed = place(calls, ledger)
        emitted = placed.calls
        made = [
            CallCount(
                file=call.place.path,
                line=call.place.line,
                function=call.function,
                logger=call.logger,
                level=call.level,
                lines=self._lines.get(number, 0),
                findings=tuple(sorted(self._rules[number].items())) if number in self._rules else (),
                emitted=tuple(sorted(emitted[number].items())) if number in emitted else (),
            )
            for number in sorted(self._lines.keys() | self._rules.keys() | emitted.keys())
            for call in (calls[number],)
        ]
        made += [
            CallCount(file, line, logger=logger, emitted=tuple(sorted(rules.items())))
            for (file, line, logger), (rules, _) in sorted(placed.others.items())
        ]
        made.sort(key=lambda one: (-_sum(one.findings) - _sum(one.emitted), -one.lines, one.file, one.line))
        return tuple(made)

    def _cover(self, data: bytes) -> None:
        lines, seen = self._lines, self._begun
        total = traced = ambiguous = weak = continued = 0
        for start, stop, trace in self._tracer.lines(data):
            total += 1
            if trace is not None:
                number = trace.templates[0].number
                lines[number] = lines.get(number, 0) + 1
                if trace.weak:
                    weak += 1
                elif len(trace.templates) > 1:
                    ambiguous += 1
                else:
                    traced += 1
                seen = True
            elif not is_continuation(data, start, stop):
                seen = True
            elif seen:
                continued += 1
        self._begun = seen
        untraced = total - traced - ambiguous - weak - continued
        self._coverage.update(
            lines=total, traced=traced, ambiguous=ambiguous, weak=weak, continued=continued, untraced=untraced
        )

    def _origin(self, sighting: Sighting) -> _Origin | None:
        data = self._block.data
        start, stop, trace = self._record_at(sighting.record)
        if trace is None:
            return None
        argument = None
        if sighting.start < stop:
            argument = self._tracer.argument(trace, data[start:stop], sighting.start - start, sighting.end - start)
        elif _TRACEBACK not in data[stop : sighting.start]:
            argument = trace.templates[0].last
        return tuple(template.number for template in trace.templates), argument, trace.weak

    def _record_at(self, start: int) -> tuple[int, int, Trace | None]:
        """Return the line that the call of a record was found for, and the trace."""
        if self._record is None or self._record[0] != start:
            block = self._block
            if block.offset != block.line_offset and b"\n" not in block.data[:start]:
                found = 0, 0, self._window
            else:
                found = self._tracer.record(block.data, start, self._heads)
            self._record = start, found
        return self._record[1]


def _sum(counts: Iterable[tuple[str, int]]) -> int:
    return sum(count for _, count in counts)
