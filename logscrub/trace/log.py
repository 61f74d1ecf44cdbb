"""Tracing whole logs: each finding to the log call and the argument it came from, each line to its call."""

from __future__ import annotations

import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING

from logscrub._version import __version__
from logscrub.audit import MAX_FINDINGS, Finding, Place, Progress, ScanResult, Tally
from logscrub.code.model import LogCall
from logscrub.errors import SourceError
from logscrub.fingerprint import Fingerprinter, preview
from logscrub.model import Match
from logscrub.sources import Block, Limits, NotTextError, Reader, Source, Unread, blocks, expand, matched_records
from logscrub.sources.timestamps import timestamp_near
from logscrub.trace.ledger import Emitted
from logscrub.trace.match import Trace, Tracer, is_continuation
from logscrub.trace.model import MAX_ORIGINS, CallCount, Coverage, Origin, TracedFinding, TraceResult

if TYPE_CHECKING:
    from logscrub.audit import _Entry
    from logscrub.policy import Policy

_CACHE = 8192
_TRACEBACK = b"Traceback (most recent call last)"


def trace_log(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    calls: Iterable[LogCall],
    *,
    policy: Policy | None = None,
    every_line: bool = False,
    ledger: Sequence[Emitted] = (),
    limits: Limits | None = None,
    max_findings: int = MAX_FINDINGS,
    progress: Progress | None = None,
) -> TraceResult:
    """Scan logs like :func:`logscrub.scan`, and say which log call printed each finding.

    Args:
        paths: what to read, as for :func:`logscrub.scan`.
        calls: the log calls of the source.
        policy: what to look for. By default, what the built-in rules have on by default.
        every_line: trace all lines, not only those with findings, and count what each call wrote.
        ledger: what a filter counted, to be told beside it.
        limits: bounds on what is read from one input.
        max_findings: distinct values kept for a rule.
        progress: called after each block read.

    Nothing is raised for an input that cannot be read: see ``ScanResult.errors``.

    >>> trace_log([], []).scan.findings
    ()
    """
    begun = time.monotonic()
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    run = _Run(Tracer(calls), policy, limits, max_findings, every_line)
    total = Tally(max_findings)
    try:
        sources = []
        for one in expand(paths):
            if isinstance(one, Source):
                sources.append(one)
            else:
                total.unread.append(one)
        sizes = [one.size for one in sources if one.size is not None]
        expected = sum(sizes) if len(sizes) == len(sources) else 0
        done = 0
        for one in sources:

            def advance(raw: int, path: str = one.path, before: int = done) -> None:
                if progress is not None:
                    progress(path, before + raw, expected)

            total.merge(run.trace(one, advance))
            done += one.size or 0
            if total.interrupted:
                break
    except KeyboardInterrupt:
        total.interrupted = True
    scan = ScanResult(
        findings=tuple(run.traced(one) for one in total.findings(run.describe)),
        files=total.files,
        skipped=tuple(one for one in total.unread if not one.error),
        errors=tuple(one for one in total.unread if one.error),
        bytes=total.bytes,
        lines=total.lines,
        elapsed=time.monotonic() - begun,
        rules_digest=run.detector.rules.digest,
        key_id=run.fingerprinter.key_id if run.fingerprinter.lasting else "",
        version=__version__,
        limits=tuple(total.limits()),
        interrupted=total.interrupted,
    )
    known = sum(call.parts is not None for call in run.tracer.calls)
    return TraceResult(scan, run.counts(ledger), known, Coverage(**run.coverage) if every_line else None)


_Identity = tuple[str, str | None, str, str]
"""Rule, fingerprint, and where there is none the key name and the file: what makes matches one finding."""

_Origin = tuple[tuple[int, ...], int | None, bool]
"""Numbers of the calls, index of the argument, and whether it is a hint."""


class _Run:
    """What is counted over all sources: where each value was printed, and what each call wrote."""

    def __init__(
        self, tracer: Tracer, policy: Policy | None, limits: Limits | None, max_findings: int, every_line: bool
    ) -> None:
        from logscrub.detect import Detector
        from logscrub.policy import Policy

        policy = policy or Policy()
        self.tracer = tracer
        self.detector = Detector(
            policy.rules(), min_confidence=policy.min_confidence, time_limit=policy.time_limit, known=policy.known()
        )
        self.fingerprinter = Fingerprinter(policy.key)
        self.coverage: Counter[str] = Counter()
        self.lines: dict[int, int] = {}  # by number of the call
        self._limits = limits
        self._max_findings = max_findings
        self._every_line = every_line
        self._origins: defaultdict[_Identity, Counter[_Origin | None]] = defaultdict(Counter)
        self._missed: dict[_Identity, Place] = {}
        self._rules: defaultdict[int, Counter[str]] = defaultdict(Counter)

    def trace(self, source: Source, progress: Callable[[int], None]) -> Tally:
        """Scan one source. Problems with reading it are in the tally; Ctrl-C ends the tally early and marks it."""
        tally = Tally(self._max_findings)
        try:
            with Reader(source, self._limits) as reader:
                tally.files = 1
                counter = _Counter(self, tally, reader)
                for block in blocks(reader.chunks()):
                    counter.count(block)
                    if self._every_line:
                        counter.cover(block)
                    progress(reader.raw)
                for problem in filter(None, (reader.problem, counter.problem())):
                    tally.unread.append(Unread(source.path, problem))
        except NotTextError as error:
            tally.files = 0
            tally.unread.append(Unread(source.path, str(error), error=source.named or not error.expected))
        except SourceError as error:
            tally.unread.append(Unread(source.path, str(error)))
        except KeyboardInterrupt:
            tally.interrupted = True
        tally.place(source.path)
        return tally

    def note(self, identity: _Identity, origin: _Origin | None, place: Place) -> None:
        """Count where a value was printed."""
        self._origins[identity][origin] += 1
        if origin is None:
            self._missed.setdefault(identity, place)
        else:
            self._rules[origin[0][0]][identity[0]] += 1

    def describe(self, rule: str) -> tuple[str, tuple[str, ...]]:
        """Return the title and the tags of a rule."""
        known = self.detector.rule(rule)
        return known.title, known.tags

    def traced(self, finding: Finding) -> TracedFinding:
        """Add to a finding where it was printed."""
        identity = _identity(finding.rule, finding.fingerprint, finding.key, finding.first.path)
        found = self._origins.get(identity)
        given = {one.name: getattr(finding, one.name) for one in fields(Finding)}
        if finding.overflow or found is None:
            return TracedFinding(**given, untraced=finding.count, untraced_at=finding.first)
        calls = self.tracer.calls
        sources = [
            Origin(calls[numbers[0]], argument, weak, tuple(calls[number] for number in numbers[1:]), count)
            for (numbers, argument, weak), count in ((key, count) for key, count in found.items() if key is not None)
        ]
        sources.sort(key=lambda one: (-one.count, one.call.place, one.argument or 0))
        return TracedFinding(
            **given,
            sources=tuple(sources[:MAX_ORIGINS]),
            untraced=found[None],
            untraced_at=self._missed.get(identity),
        )

    def counts(self, ledger: Sequence[Emitted]) -> tuple[CallCount, ...]:
        """Return what each call wrote, and what a filter took out of it."""
        calls = self.tracer.calls
        emitted, unknown = _placed(calls, ledger)
        made = [
            CallCount(
                file=call.place.path,
                line=call.place.line,
                function=call.function,
                logger=call.logger,
                level=call.level,
                lines=self.lines.get(number, 0),
                findings=tuple(sorted(self._rules[number].items())) if number in self._rules else (),
                emitted=tuple(sorted(emitted[number].items())) if number in emitted else (),
            )
            for number in sorted(self.lines.keys() | self._rules.keys() | emitted.keys())
            for call in (calls[number],)
        ]
        made += [
            CallCount(file, line, logger=logger, emitted=tuple(sorted(rules.items())))
            for (file, line, logger), rules in sorted(unknown.items())
        ]
        made.sort(key=lambda one: (-_sum(one.findings) - _sum(one.emitted), -one.lines, one.file, one.line))
        return tuple(made)


class _Counter:
    """Counts the matches and the lines of one source, block by block."""

    def __init__(self, run: _Run, tally: Tally, reader: Reader) -> None:
        self._run = run
        self._tally = tally
        self._path = reader.source.path
        when = reader.modified
        self._reference = datetime.now() if when is None else datetime.fromtimestamp(when)
        self._cache: dict[tuple[str, str, bytes], tuple[_Entry, _Identity]] = {}
        self._end = 0  # absolute offset where the last match ended
        self._unjudged: list[int] = []
        self._heads: dict[int, int | None] = {}
        self._window: Trace | None = None  # of the line that is read in windows
        self._records = False  # a line with a time or a level was seen

    def problem(self) -> str:
        """Say what could not be judged, or nothing."""
        if not self._unjudged:
            return ""
        return f"{len(self._unjudged)} records took too long to judge, the first in line {self._unjudged[0]}"

    def count(self, block: Block) -> None:
        """Count the matches in a block, and note where each was printed."""
        data, line, counted = block.data, block.line, 0
        self._heads.clear()
        for start, _, matches in matched_records(self._run.detector, data):
            if matches is None:
                self._unjudged.append(block.line + data.count(b"\n", 0, start))
                continue
            record: tuple[int, int, Trace | None] | None = None
            for match in matches:
                at, end = start + match.start, start + match.end
                if at < block.own_start or at >= block.own_end or block.offset + at < self._end:
                    continue
                self._end = block.offset + end
                line += data.count(b"\n", counted, at)
                counted = at
                entry, identity = self._entry(match, data[at:end])
                entry.count += 1
                entry.confidence = max(entry.confidence, match.confidence)
                entry.last = self._place(block, line, at)
                entry.first = entry.first or entry.last
                if not entry.overflow:
                    record = record or self._record(block, start)
                    self._run.note(identity, self._origin(block, record, at, end), entry.last)
        self._tally.bytes = block.offset + len(data)
        self._tally.lines = block.line - 1 + block.lines + (not data.endswith(b"\n"))
        if not block.whole and block.offset == block.line_offset:
            self._window = self._run.tracer.trace(data)

    def cover(self, block: Block) -> None:
        """Count the lines of a block by the call that wrote them."""
        if block.offset != block.line_offset:
            return  # the line was counted with its first window
        lines, data, seen = self._run.lines, block.data, self._records
        total = traced = ambiguous = weak = continued = 0
        for start, stop, trace in self._run.tracer.lines(data):
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
        self._records = seen
        untraced = total - traced - ambiguous - weak - continued
        self._run.coverage.update(
            lines=total, traced=traced, ambiguous=ambiguous, weak=weak, continued=continued, untraced=untraced
        )

    def _record(self, block: Block, start: int) -> tuple[int, int, Trace | None]:
        if block.offset != block.line_offset and b"\n" not in block.data[:start]:
            return 0, 0, self._window
        return self._run.tracer.record(block.data, start, self._heads)

    def _origin(self, block: Block, record: tuple[int, int, Trace | None], at: int, end: int) -> _Origin | None:
        start, stop, trace = record
        if trace is None:
            return None
        argument = None
        if at < stop:
            argument = self._run.tracer.argument(trace, block.data[start:stop], at - start, end - start)
        elif _TRACEBACK not in block.data[stop:at]:
            argument = trace.templates[0].last
        return tuple(template.number for template in trace.templates), argument, trace.weak

    def _entry(self, match: Match, raw: bytes) -> tuple[_Entry, _Identity]:
        known = self._cache.get((match.rule, match.key, raw))
        if known is None:
            if len(self._cache) >= _CACHE:
                self._cache.clear()
            fingerprint = self._run.fingerprinter.of(match, raw)
            shown = preview(match, raw, getattr(self._run.detector.rule(match.rule), "prefix", b""))
            entry = self._tally.entry(match, fingerprint, shown, self._path, self._cache.clear)
            known = entry, _identity(match.rule, fingerprint, match.key, self._path)
            self._cache[match.rule, match.key, raw] = known
        return known

    def _place(self, block: Block, line: int, at: int) -> Place:
        data = block.data
        start = data.rfind(b"\n", 0, at) + 1
        stop = data.find(b"\n", at)
        line_offset = block.offset + start if start else block.line_offset
        when = timestamp_near(data, start, len(data) if stop < 0 else stop, self._reference)
        return Place(self._path, line, block.offset + at - line_offset + 1, block.offset + at, when)


def _identity(rule: str, fingerprint: str | None, key: str, path: str) -> _Identity:
    return (rule, None, key, path) if fingerprint is None else (rule, fingerprint, "", "")


def _placed(
    calls: Sequence[LogCall], ledger: Sequence[Emitted]
) -> tuple[dict[int, Counter[str]], dict[tuple[str, int, str], Counter[str]]]:
    """Find the call of each entry of a ledger; entries without one are returned by file, line and logger.

    A service logs where its modules are installed, which is not where the source was read: the call is the one whose
    path ends most like the entry's.
    """
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    for number, call in enumerate(calls):
        by_name[_steps(call.place.path)[0]].append(number)
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    unknown: defaultdict[tuple[str, int, str], Counter[str]] = defaultdict(Counter)
    for entry in ledger:
        steps = _steps(entry.file)
        fit = [
            (calls[number].logger == entry.logger, _shared(steps, _steps(calls[number].place.path)), -number)
            for number in by_name.get(steps[0], ())
            if calls[number].place.overlaps(entry.line, entry.line)
        ]
        if fit:
            found[-max(fit)[2]][entry.rule] += entry.count
        else:
            unknown[entry.file, entry.line, entry.logger][entry.rule] += entry.count
    return found, unknown


def _steps(path: str) -> list[str]:
    return path.replace("\\", "/").split("/")[::-1]


def _shared(one: list[str], other: list[str]) -> int:
    """Count the steps that two paths share at their ends."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _sum(counts: Iterable[tuple[str, int]]) -> int:
    return sum(count for _, count in counts)
