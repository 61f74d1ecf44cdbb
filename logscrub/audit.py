"""Scanning files: sources → blocks → hits → records → findings.

``scan_source`` is a pure function of one source and gives a ``Tally``; tallies merge in any order. What a tally holds
is bounded: of a rule's distinct values it keeps those with the smallest ids, which does not depend on the order they
come in, and counts the occurrences of all others in one *overflow* finding.
"""

from __future__ import annotations

import heapq
import os
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from operator import itemgetter
from typing import TYPE_CHECKING

from logscrub._version import __version__
from logscrub.errors import SourceError
from logscrub.fingerprint import preview
from logscrub.model import Confidence, Match, Severity
from logscrub.sources import Block, Limits, NotTextError, Reader, Source, Unread, blocks, expand, matched_records
from logscrub.sources.timestamps import timestamp_near

if TYPE_CHECKING:
    from logscrub.detect import Detector
    from logscrub.fingerprint import Fingerprinter
    from logscrub.policy import Policy
    from logscrub.presidio.deep import Deep

MAX_FINDINGS = 10_000
MAX_FILES = 100
_CACHE = 8192

Progress = Callable[[str, int, int], None]
"""Called as (path, bytes read so far over all inputs, bytes of all inputs or 0 if unknown)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was seen.

    Attributes:
        line: from 1.
        column: from 1, in bytes of the line.
        offset: of the first byte, in the text as scanned (decompressed, as UTF-8).
        time: the time of the record, ISO 8601, where one could be read.

    >>> str(Place("app.log", 12, 5, 340))
    'app.log:12'
    """

    path: str
    line: int
    column: int
    offset: int
    time: str | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One value (or, without a fingerprint, one key name in one file), wherever it was seen. Holds no raw value.

    Attributes:
        id: stands for the rule and the fingerprint.
        fingerprint: keyed; None where a fingerprint would give the value away.
        preview: the value, masked.
        key: the name that gave a field's value away, or empty.
        count: occurrences.
        files: (path, occurrences), at most 100 of the ``file_count`` there are.
        first, last: earliest and latest place: by position in a file, between files by time where both have one.
        overflow: stands for all values beyond the limit on distinct findings of the rule.
    """

    id: str
    rule: str
    title: str
    category: str
    severity: Severity
    confidence: Confidence
    fingerprint: str | None
    preview: str
    key: str
    count: int
    files: tuple[tuple[str, int], ...]
    file_count: int
    first: Place
    last: Place
    tags: tuple[str, ...] = ()
    overflow: bool = False


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan found and what it did not read.

    Attributes:
        findings: the worst first, then the most frequent.
        files: inputs read, whole or in part.
        skipped: inputs left alone on purpose (binary data, pipes and links met in a directory).
        errors: inputs, or parts of them, that should have been read and were not.
        bytes, lines: of text scanned, decompressed.
        elapsed: seconds.
        rules_digest: says which rules were looked for.
        key_id: names the key of the fingerprints; empty if they hold for this scan only.
        limits: limits that were hit, in words.
        not_checked: what was asked for and could not be looked for, and why, in words.
        interrupted: the scan was stopped before its end.
    """

    findings: tuple[Finding, ...]
    files: int = 0
    skipped: tuple[Unread, ...] = ()
    errors: tuple[Unread, ...] = ()
    bytes: int = 0
    lines: int = 0
    elapsed: float = 0.0
    rules_digest: str = ""
    key_id: str = ""
    version: str = ""
    limits: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything that should have been read was read."""
        return not self.errors and not self.interrupted

    def at_least(self, severity: Severity) -> ScanResult:
        """Return the result with only the findings of this severity or worse."""
        return replace(self, findings=tuple(one for one in self.findings if one.severity >= severity))


@dataclass(slots=True, eq=False)
class _Entry:
    """A finding being counted."""

    ident: int
    match: Match
    fingerprint: str | None
    preview: str
    count: int = 0
    confidence: Confidence = Confidence.LOW
    files: dict[str, int] = field(default_factory=dict)
    file_count: int = 0
    first: Place | None = None
    last: Place | None = None
    overflow: bool = False

    def absorb(self, other: _Entry) -> None:
        self.count += other.count
        self.confidence = max(self.confidence, other.confidence)
        self.file_count += other.file_count - len(self.files.keys() & other.files.keys())
        for path, count in other.files.items():
            self.files[path] = self.files.get(path, 0) + count
        if len(self.files) > MAX_FILES:
            self.files = dict(sorted(self.files.items())[:MAX_FILES])
        if other.first and (self.first is None or _earlier(other.first, self.first)):
            self.first = other.first
            if not self.overflow:
                self.match, self.preview = other.match, other.preview
        if other.last and (self.last is None or _later(other.last, self.last)):
            self.last = other.last


def _earlier(one: Place, other: Place) -> bool:
    if one.path == other.path:
        return one.offset < other.offset
    return (one.time is None, one.time or "", one.path) < (other.time is None, other.time or "", other.path)


def _later(one: Place, other: Place) -> bool:
    if one.path == other.path:
        return one.offset > other.offset
    return (one.time is not None, one.time or "", one.path) > (other.time is not None, other.time or "", other.path)


class Tally:
    """Findings of one source or of many, and what was read for them."""

    def __init__(self, max_findings: int = MAX_FINDINGS) -> None:
        self.files = self.bytes = self.lines = 0
        self.unread: list[Unread] = []
        self.interrupted = False
        self._max = max_findings
        self._rules: dict[str, dict[int, _Entry]] = {}
        self._largest: dict[str, list[int]] = {}  # a heap of negative ids, for rules at their limit
        self._overflow: dict[str, _Entry] = {}

    def entry(
        self, match: Match, fingerprint: str | None, preview: str, path: str, settle: Callable[[], None]
    ) -> _Entry:
        """Return the entry to count a match in. ``settle`` is called before another entry is given up for it."""
        name = f"{match.rule}\0{path}\0{match.key}" if fingerprint is None else f"{match.rule}\0{fingerprint}"
        ident = int.from_bytes(blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "big")
        known = self._rules.setdefault(match.rule, {})
        return known.get(ident) or self._admit(_Entry(ident, match, fingerprint, preview), settle)

    def place(self, path: str) -> None:
        """Say that everything counted so far was seen in this file."""
        for entry in self._entries():
            entry.files, entry.file_count = {path: entry.count}, 1

    def merge(self, other: Tally) -> None:
        """Add what another tally holds. The other must not be used afterwards."""
        self.files += other.files
        self.bytes += other.bytes
        self.lines += other.lines
        self.unread += other.unread
        self.interrupted |= other.interrupted
        for entries in other._rules.values():
            for entry in entries.values():
                known = self._rules.setdefault(entry.match.rule, {}).get(entry.ident)
                if known is not None:
                    known.absorb(entry)
                    continue
                admitted = self._admit(entry)
                if admitted is not entry:
                    admitted.absorb(entry)
        for rule, entry in other._overflow.items():
            self._spill(rule, entry.match).absorb(entry)

    def findings(self, describe: Callable[[str], tuple[str, tuple[str, ...]]]) -> tuple[Finding, ...]:
        """Freeze. ``describe`` gives the title and the tags of a rule."""
        found = [one for entry in self._entries() for one in _frozen(entry, describe)]
        found.sort(key=lambda one: (-one.severity, -one.count, one.rule, one.id))
        return tuple(found)

    def limits(self) -> list[str]:
        """Say in words which limits were hit."""
        return [
            f"more than {self._max:,} distinct values of {rule}: further ones are counted in one finding"
            for rule in sorted(self._overflow)
        ]

    def _entries(self) -> Iterator[_Entry]:
        for known in self._rules.values():
            yield from known.values()
        yield from self._overflow.values()

    def _admit(self, entry: _Entry, settle: Callable[[], None] | None = None) -> _Entry:
        rule = entry.match.rule
        known = self._rules.setdefault(rule, {})
        if len(known) < self._max:
            known[entry.ident] = entry
            return entry
        heap = self._largest.get(rule)
        if heap is None:
            heap = self._largest[rule] = [-ident for ident in known]
            heapq.heapify(heap)
        spill = self._spill(rule, entry.match)
        if entry.ident > -heap[0]:
            return spill
        if settle is not None:
            settle()
        spill.absorb(known.pop(-heapq.heapreplace(heap, -entry.ident)))
        known[entry.ident] = entry
        return entry

    def _spill(self, rule: str, match: Match) -> _Entry:
        if rule not in self._overflow:
            text = f"values beyond the first {self._max:,}"
            self._overflow[rule] = _Entry(0, match, None, text, overflow=True)
        return self._overflow[rule]


def _frozen(entry: _Entry, describe: Callable[[str], tuple[str, tuple[str, ...]]]) -> Iterator[Finding]:
    match = entry.match
    if entry.first is None or entry.last is None:  # interrupted before its place was known
        return
    title, tags = describe(match.rule)
    yield Finding(
        id=f"{match.rule}-overflow" if entry.overflow else f"{entry.ident:016x}",
        rule=match.rule,
        title=title,
        category=match.category,
        severity=match.severity,
        confidence=entry.confidence,
        fingerprint=entry.fingerprint,
        preview=entry.preview,
        key="" if entry.overflow else match.key,
        count=entry.count,
        files=tuple(sorted(entry.files.items())),
        file_count=entry.file_count,
        first=entry.first,
        last=entry.last,
        tags=tags,
        overflow=entry.overflow,
    )


def scan_source(
    source: Source,
    detector: Detector,
    fingerprinter: Fingerprinter,
    *,
    limits: Limits | None = None,
    max_findings: int = MAX_FINDINGS,
    progress: Callable[[int], None] | None = None,
    deep: Deep | None = None,
) -> Tally:
    """Scan one source. Problems with reading it are in the tally; Ctrl-C ends the tally early and marks it."""
    tally = Tally(max_findings)
    try:
        with Reader(source, limits) as reader:
            tally.files = 1
            counter = _Counter(tally, reader, detector, fingerprinter, deep)
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
        self, tally: Tally, reader: Reader, detector: Detector, fingerprinter: Fingerprinter, deep: Deep | None
    ) -> None:
        self._tally = tally
        self._detector = detector
        self._deep = deep
        self._path = reader.source.path
        self._fingerprinter = fingerprinter
        when = reader.modified
        self._reference = datetime.now() if when is None else datetime.fromtimestamp(when)
        self._cache: dict[tuple[str, str, bytes], _Entry] = {}
        self._touched: dict[_Entry, tuple[int, int]] = {}  # where each was seen last in this block
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
        touched, cache = self._touched, self._cache
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
        self._settle()
        self._tally.bytes = block.offset + len(data)
        self._tally.lines = block.line - 1 + block.lines + (not data.endswith(b"\n"))

    def _matches(self, data: bytes) -> Iterator[tuple[int, list[Match] | None]]:
        """Yield offsets, and the matches that are counted from there, in order; None where they cannot be told."""
        records = ((start, matches) for start, _, matches in matched_records(self._detector, data))
        return records if self._deep is None else iter(_with_deep(list(records), self._deep.records(data)))

    def _new(self, match: Match, raw: bytes) -> _Entry:
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
) -> ScanResult:
    """Scan files, directories, globs and ``-`` (standard input), and return what was found.

    Args:
        paths: what to read; gzip, bzip2 and xz are seen through, whatever the files are called.
        policy: what to look for. By default, what the built-in rules have on by default.
        limits: bounds on what is read from one input.
        max_findings: distinct values kept for a rule; the others are counted in one finding.
        progress: called after each block read.
        deep: finds names and places in prose as well (:class:`logscrub.presidio.deep.Deep`).

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
    single: list[tuple[int, list[Match] | None]] = []
    taken: list[tuple[int, int]] = []
    for start, matches in records:
        if matches is None:
            single.append((start, None))
        for match in matches or ():
            taken.append((start + match.start, start + match.end))
            single.append(_alone(start, match))
    ends = [end for _, end in taken]
    for start, matches in deep:
        for match in matches:
            following = bisect_right(ends, start + match.start)
            if following == len(taken) or taken[following][0] >= start + match.end:
                single.append(_alone(start, match))
    single.sort(key=itemgetter(0))
    return single


def _alone(start: int, match: Match) -> tuple[int, list[Match] | None]:
    return start + match.start, [match._replace(start=0, end=match.end - match.start)]
