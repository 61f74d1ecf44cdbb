"""Scanning files: sources → blocks → hits → records → findings.

``scan_source`` is a pure function of one source and gives a ``Tally``; tallies merge in any order.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, Protocol

from logscrub._version import __version__
from logscrub.errors import SourceError
from logscrub.findings import MAX_FINDINGS, Entry, Place, ScanResult, Tally
from logscrub.fingerprint import preview
from logscrub.model import Match
from logscrub.sources import Block, Limits, NotTextError, Reader, Source, Unread, blocks, expand, matched_records
from logscrub.sources.timestamps import timestamp_near

if TYPE_CHECKING:
    from logscrub.detect import Detector
    from logscrub.fingerprint import Fingerprinter
    from logscrub.policy import Policy
    from logscrub.presidio.deep import Deep

_CACHE = 8192

Progress = Callable[[str, int, int], None]
"""Called as (path, bytes read so far over all inputs, bytes of all inputs or 0 if unknown)."""


class Sighting(NamedTuple):
    """One occurrence of a value that is counted in a finding of its own.

    Attributes:
        finding: id of the finding.
        rule: its rule.
        place: where that is in the input.
        record: offset in the block where the record begins.
        start, end: offsets in the block of the value.
    """

    finding: str
    rule: str
    place: Place
    record: int
    start: int
    end: int


class Observer(Protocol):
    """Is told what a scan comes by, in the order of the text, source by source."""

    def enter(self, block: Block) -> None:
        """Take note of the block that is read now. The first one of a source has the offset 0."""

    def see(self, sighting: Sighting) -> None:
        """Take note of a value in that block."""


def scan_source(
    source: Source,
    detector: Detector,
    fingerprinter: Fingerprinter,
    *,
    limits: Limits | None = None,
    max_findings: int = MAX_FINDINGS,
    progress: Callable[[int], None] | None = None,
    deep: Deep | None = None,
    observer: Observer | None = None,
) -> Tally:
    """Scan one source. Problems with reading it are in the tally; Ctrl-C ends the tally early and marks it."""
    tally = Tally(max_findings)
    try:
        with Reader(source, limits) as reader:
            tally.files = 1
            counter = _Counter(tally, reader, detector, fingerprinter, deep, observer)
            for block in blocks(reader.chunks()):
                counter.count(block)
                if progress is not None:
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


class _Counter:
    """Counts the matches of one source, block by block. Line numbers and times cost only what the hits need."""

    def __init__(
        self,
        tally: Tally,
        reader: Reader,
        detector: Detector,
        fingerprinter: Fingerprinter,
        deep: Deep | None,
        observer: Observer | None,
    ) -> None:
        self._tally = tally
        self._detector = detector
        self._deep = deep
        self._observer = observer
        self._path = reader.source.path
        self._fingerprinter = fingerprinter
        when = reader.modified
        self._reference = datetime.now() if when is None else datetime.fromtimestamp(when)
        self._cache: dict[tuple[str, str, bytes], Entry] = {}
        self._touched: dict[Entry, tuple[int, int]] = {}  # where each was seen last in this block
        self._block = Block(b"", 0, 1, 0, 0, 0, 0)
        self._end = 0  # absolute offset where the last match ended
        self._unjudged: list[int] = []

    def problem(self) -> str:
        """Say what could not be judged, or nothing."""
        if not self._unjudged:
            return ""
        return f"{len(self._unjudged)} records took too long to judge, the first in line {self._unjudged[0]}"

    def count(self, block: Block) -> None:
        """Count the matches in a block."""
        self._block = block
        data, line, counted = block.data, block.line, 0
        touched, cache, observer = self._touched, self._cache, self._observer
        if observer is not None:
            observer.enter(block)
        for start, matches in self._matches(data):
            if matches is None:
                self._unjudged.append(block.line + data.count(b"\n", 0, start))
                continue
            for match in matches:
                at, end = start + match.start, start + match.end
                if at < block.own_start or at >= block.own_end or block.offset + at < self._end:
                    continue
                self._end = block.offset + end
                line += data.count(b"\n", counted, at)
                counted = at
                raw = data[at:end]
                entry = cache.get((match.rule, match.key, raw))
                if entry is None:
                    entry = self._new(match, raw)
                entry.count += 1
                entry.confidence = max(entry.confidence, match.confidence)
                if entry.first is None:
                    entry.first = entry.last = self._place(line, at)
                else:
                    touched[entry] = (line, at)
                if observer is not None and not entry.overflow:
                    observer.see(Sighting(entry.id, match.rule, self._place(line, at), start, at, end))
        self._settle()
        self._tally.bytes = block.offset + len(data)
        self._tally.lines = block.line - 1 + block.lines + (not data.endswith(b"\n"))

    def _matches(self, data: bytes) -> Iterator[tuple[int, list[Match] | None]]:
        """Yield where a record begins and matches in it, in order; None where they cannot be told."""
        records = ((start, matches) for start, _, matches in matched_records(self._detector, data))
        return records if self._deep is None else iter(_with_deep(list(records), self._deep.records(data)))

    def _new(self, match: Match, raw: bytes) -> Entry:
        if len(self._cache) >= _CACHE:
            self._cache.clear()
        fingerprint = self._fingerprinter.of(match, raw)
        # A language model's findings are no rules.
        known = self._deep is None or match.rule not in self._deep.titles
        prefix = getattr(self._detector.rule(match.rule), "prefix", b"") if known else b""
        shown = preview(match, raw, prefix)
        entry = self._tally.entry(match, fingerprint, shown, self._path, self._given_up)
        self._cache[match.rule, match.key, raw] = entry
        return entry

    def _given_up(self) -> None:
        self._settle()
        self._cache.clear()

    def _settle(self) -> None:
        for entry, seen in self._touched.items():
            entry.last = self._place(*seen)
        self._touched.clear()

    def _place(self, line: int, at: int) -> Place:
        block, data = self._block, self._block.data
        start = data.rfind(b"\n", 0, at) + 1
        stop = data.find(b"\n", at)
        line_offset = block.offset + start if start else block.line_offset
        when = timestamp_near(data, start, len(data) if stop < 0 else stop, self._reference)
        return Place(self._path, line, block.offset + at - line_offset + 1, block.offset + at, when)


def scan(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    policy: Policy | None = None,
    limits: Limits | None = None,
    max_findings: int = MAX_FINDINGS,
    progress: Progress | None = None,
    deep: Deep | None = None,
    observer: Observer | None = None,
) -> ScanResult:
    """Scan files, directories, globs and ``-`` (standard input), and return what was found.

    Args:
        paths: what to read; gzip, bzip2 and xz are seen through, whatever the files are called.
        policy: what to look for. By default, what the built-in rules have on by default.
        limits: bounds on what is read from one input.
        max_findings: distinct values kept for a rule; the others are counted in one finding.
        progress: called after each block read.
        deep: finds names and places in prose as well (:class:`logscrub.presidio.deep.Deep`).
        observer: is told every occurrence that is counted, as tracing needs it.

    Nothing is raised for an input that cannot be read: see ``ScanResult.errors``. Ctrl-C ends the scan early, with what
    was found so far and ``interrupted`` set.

    >>> scan([]).findings
    ()
    """
    begun = time.monotonic()
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    total = Tally(max_findings)
    detector, fingerprinter = _engine(policy)
    try:
        sources: list[Source] = []
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

            total.merge(
                scan_source(
                    one,
                    detector,
                    fingerprinter,
                    limits=limits,
                    max_findings=max_findings,
                    progress=advance,
                    deep=deep,
                    observer=observer,
                )
            )
            done += one.size or 0
            if total.interrupted:
                break
    except KeyboardInterrupt:
        total.interrupted = True
    return ScanResult(
        findings=total.findings(lambda rule: _describe(detector, deep, rule)),
        files=total.files,
        skipped=tuple(one for one in total.unread if not one.error),
        errors=tuple(one for one in total.unread if one.error),
        bytes=total.bytes,
        lines=total.lines,
        elapsed=time.monotonic() - begun,
        rules_digest=detector.rules.digest,
        key_id=fingerprinter.key_id if fingerprinter.lasting else "",
        version=__version__,
        limits=tuple(total.limits()),
        not_checked=() if deep is None else deep.not_checked,
        interrupted=total.interrupted,
    )


def _engine(policy: Policy | None) -> tuple[Detector, Fingerprinter]:
    from logscrub.detect import Detector
    from logscrub.fingerprint import Fingerprinter
    from logscrub.policy import Policy

    policy = policy or Policy()
    detector = Detector(
        policy.rules(), min_confidence=policy.min_confidence, time_limit=policy.time_limit, known=policy.known()
    )
    return detector, Fingerprinter(policy.key)


def _describe(detector: Detector, deep: Deep | None, rule: str) -> tuple[str, tuple[str, ...]]:
    if deep is not None and rule in deep.titles:
        return deep.titles[rule], ()
    try:
        known = detector.rule(rule)
    except KeyError:
        return rule, ()
    return known.title, known.tags


def _with_deep(
    records: list[tuple[int, list[Match] | None]], deep: Iterable[tuple[int, list[Match]]]
) -> list[tuple[int, list[Match] | None]]:
    """Put matches of a language model among those of rules, one by one by offset, where no rule knows better."""
    single: list[tuple[int, int, list[Match] | None]] = []
    taken: list[tuple[int, int]] = []
    for start, matches in records:
        if matches is None:
            single.append((start, start, None))
        for match in matches or ():
            taken.append((start + match.start, start + match.end))
            single.append((start + match.start, start, [match]))
    ends = [end for _, end in taken]
    for start, matches in deep:
        for match in matches:
            following = bisect_right(ends, start + match.start)
            if following == len(taken) or taken[following][0] >= start + match.end:
                single.append((start + match.start, start, [match]))
    single.sort(key=itemgetter(0))
    return [(start, matches) for _, start, matches in single]
