"""What a scan finds: values grouped by rule and fingerprint, counted, and merged.

Tallies merge in any order. What a tally holds is bounded: of a rule's distinct values it keeps those with the smallest
ids, which does not depend on the order they come in, and counts what is seen of all others in one *overflow* finding.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from logscrub.model import Confidence, Match, Severity
from logscrub.sources.rotation import order_of

if TYPE_CHECKING:
    from logscrub.sources import Unread
    from logscrub.sources.formats import About

MAX_FINDINGS = 10_000
_HOUR = len("2026-03-04T10")
MAX_FILES = 100
MAX_NAMES = 64
"""Components, and levels, that a finding counts."""
SHOWN_NAMES = 20
MAX_HOURS = 50_000
"""Hours that a timeline tells apart, for each severity."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was seen.

    Attributes:
        line: from 1; in a table, the row.
        column: from 1, in bytes of the line, or of the cell.
        offset: of the first byte, in the text as scanned (decompressed, as UTF-8); in a table, in the cell.
        time: the time of the record, ISO 8601, where one could be read.
        level: of the record, in capitals (``ERROR``), where it says one.
        component: what wrote it: logger, program, unit or container.
        host: where that ran.
        request: id of the request or trace it belongs to.
        field: where in a structured record the value stands (``$.user.email``, or a column of a table).

    >>> str(Place("app.log", 12, 5, 340))
    'app.log:12'
    """

    path: str
    line: int
    column: int
    offset: int
    time: str | None = None
    level: str | None = None
    component: str | None = None
    host: str | None = None
    request: str | None = None
    field: str | None = None

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
        components, levels: (name, occurrences), the most frequent first, at most 20 of each; records that do not say
            are not counted.
        status: ``new`` or ``known`` where a ledger or a baseline tells, else empty.
        since: when the first of the runs in a row that saw it ended, ISO 8601, UTC, where a ledger tells, else empty.
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
    components: tuple[tuple[str, int], ...] = ()
    levels: tuple[tuple[str, int], ...] = ()
    status: str = ""
    since: str = ""


class Bucket(NamedTuple):
    """Occurrences of one severity within one hour.

    Attributes:
        start: the hour, ISO 8601 as the records write it, without an offset: ``2026-03-04T10``.
    """

    start: str
    severity: Severity
    occurrences: int


class Gone(NamedTuple):
    """A finding of an earlier run that is not there any more.

    Attributes:
        last_seen: when a run saw it last, ISO 8601.
    """

    id: str
    rule: str
    preview: str
    path: str
    last_seen: str


class Run(NamedTuple):
    """One scan, as a ledger remembers it. Its findings are all there were, before a baseline or a least severity.

    Attributes:
        number: counts the runs of the ledger, from 1.
        ended: when it ended, ISO 8601, UTC.
        complete: everything was read.
        by_severity: findings by severity, the worst first, all five.
        new, gone: findings that the run before had not, and that only it had; None where there was no such run.
    """

    number: int
    ended: str
    complete: bool
    files: int
    bytes: int
    lines: int
    findings: int
    occurrences: int
    by_severity: tuple[tuple[Severity, int], ...]
    new: int | None = None
    gone: int | None = None


class Suppressed(NamedTuple):
    """A finding that is left out on purpose.

    Attributes:
        reason: why, as whoever suppressed it wrote.
        until: the last day this holds, ISO 8601, or empty.
    """

    finding: Finding
    reason: str
    until: str = ""


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
        timeline: occurrences by hour and severity, in order; of records whose time could be read.
        suppressed: findings left out on purpose; they are not in ``findings``.
        gone: findings of the run before this one, by the same ledger, that were looked for and are not there.
        expired: suppressions that do not hold any more, in words.
        rules: (id, title) of what was looked for.
        inputs: what was to be read, as it was named.
        started: when the scan began, ISO 8601, UTC.
        history: with a ledger, the runs of the same inputs and rules, the oldest first, at most 50, this one the last.
        remarks: what to know of the scan that changes nothing of what it found, in words.
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
    timeline: tuple[Bucket, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    gone: tuple[Gone, ...] = ()
    expired: tuple[str, ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    inputs: tuple[str, ...] = ()
    started: str = ""
    history: tuple[Run, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything that should have been read was read."""
        return not self.errors and not self.interrupted

    def at_least(self, severity: Severity) -> ScanResult:
        """Return the result with only the findings of this severity or worse."""
        return replace(self, findings=tuple(one for one in self.findings if one.severity >= severity))


@dataclass(slots=True, eq=False)
class Entry:
    """A finding being counted.

    Attributes:
        ident: a number that stands for the rule and the fingerprint; 0 for the values beyond the limit.
        match: the match it was first seen as.
        first, last: None until the first place is known.
        components, levels: occurrences by what the records say, of the first names in alphabetical order.
        allowed: why a comment on its lines allows it; empty if none does.
    """

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
    components: dict[str, int] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    allowed: str = ""

    @property
    def id(self) -> str:
        """The id of the finding."""
        return f"{self.match.rule}-overflow" if self.overflow else f"{self.ident:016x}"

    def absorb(self, other: Entry) -> None:
        """Add what another entry of the same finding counted."""
        self.count += other.count
        self.confidence = max(self.confidence, other.confidence)
        self.file_count += other.file_count - len(self.files.keys() & other.files.keys())
        for path, count in other.files.items():
            self.files[path] = self.files.get(path, 0) + count
        if len(self.files) > MAX_FILES:
            self.files = _first_names(self.files, MAX_FILES)
        _add(self.components, other.components, MAX_NAMES)
        _add(self.levels, other.levels, MAX_NAMES)
        if other.first and (self.first is None or _earlier(other.first, self.first)):
            self.first = other.first
            if not self.overflow:
                self.match, self.preview = other.match, other.preview
        if other.last and (self.last is None or _later(other.last, self.last)):
            self.last = other.last


def _order(one: Finding) -> tuple[object, ...]:
    """The worst first. By place before id: without a key that is kept, ids are made anew by each run."""
    place = one.first
    return -one.severity, -one.count, one.rule, place.path, place.line, place.column, one.id


def ident_of(match: Match, fingerprint: str | None, path: str, allowed: str = "") -> int:
    """Return the number that stands for a rule and a value, or without a fingerprint for a key name in a file."""
    name = f"{match.rule}\0{path}\0{match.key}" if fingerprint is None else f"{match.rule}\0{fingerprint}"
    if allowed:
        name += f"\0allowed\0{allowed}"
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "big")


def _first_names(counts: dict[str, int], most: int) -> dict[str, int]:
    """Keep the first names of the alphabet: which these are does not depend on the order in which counts are added."""
    return dict(sorted(counts.items())[:most])


def _add(counts: dict[str, int], more: dict[str, int], most: int) -> None:
    for name, count in more.items():
        counts[name] = counts.get(name, 0) + count
    if len(counts) > most:
        kept = _first_names(counts, most)
        counts.clear()
        counts.update(kept)


def _earlier(one: Place, other: Place) -> bool:
    if one.path == other.path:
        return (one.line, one.column) < (other.line, other.column)
    return (one.time is None, one.time or "", order_of(one.path)) < (
        other.time is None,
        other.time or "",
        order_of(other.path),
    )


def _later(one: Place, other: Place) -> bool:
    if one.path == other.path:
        return (one.line, one.column) > (other.line, other.column)
    return (one.time is not None, one.time or "", order_of(one.path)) > (
        other.time is not None,
        other.time or "",
        order_of(other.path),
    )


class Tally:
    """Findings of one source or of many, and what was read for them."""

    def __init__(self, max_findings: int = MAX_FINDINGS) -> None:
        self.files = self.bytes = self.lines = 0
        self.unread: list[Unread] = []
        self.interrupted = False
        self._max = max_findings
        self._rules: dict[str, dict[int, Entry]] = {}
        self._largest: dict[str, list[int]] = {}  # a heap of negative ids, for rules at their limit
        self._overflow: dict[str, Entry] = {}
        self._hours: dict[Severity, dict[str, int]] = {}

    def note(self, entry: Entry, severity: Severity, said: About) -> None:
        """Count what the record of an occurrence says of itself."""
        time, level, component, *_ = said
        if component is not None:
            entry.components[component] = entry.components.get(component, 0) + 1
            if len(entry.components) > MAX_NAMES:
                del entry.components[max(entry.components)]
        if level is not None:
            entry.levels[level] = entry.levels.get(level, 0) + 1
            if len(entry.levels) > MAX_NAMES:
                del entry.levels[max(entry.levels)]
        if time is not None and not entry.allowed:
            hours = self._hours.setdefault(severity, {})
            hour = time[:_HOUR]
            hours[hour] = hours.get(hour, 0) + 1
            if len(hours) > MAX_HOURS:
                del hours[max(hours)]

    def entry(
        self,
        match: Match,
        fingerprint: str | None,
        preview: str,
        path: str,
        settle: Callable[[], None],
        allowed: str = "",
    ) -> Entry:
        """Return the entry to count a match in. ``settle`` is called before another entry is given up for it."""
        ident = ident_of(match, fingerprint, path, allowed)
        known = self._rules.setdefault(match.rule, {})
        return known.get(ident) or self._admit(Entry(ident, match, fingerprint, preview, allowed=allowed), settle)

    def place(self, path: str) -> None:
        """Say that everything counted so far was seen in this file."""
        for entry in self._entries():
            entry.files, entry.file_count = {path: entry.count}, 1

    def shift(self, lines: int) -> None:
        """Say that so many lines come before what was counted."""
        if lines:
            for entry in self._entries():
                entry.first = entry.first and replace(entry.first, line=entry.first.line + lines)
                entry.last = entry.last and replace(entry.last, line=entry.last.line + lines)

    def merge(self, other: Tally) -> None:
        """Add what another tally holds. The other must not be used afterwards."""
        self.files += other.files
        self.bytes += other.bytes
        self.lines += other.lines
        self.unread += other.unread
        self.interrupted |= other.interrupted
        for severity, hours in other._hours.items():
            _add(self._hours.setdefault(severity, {}), hours, MAX_HOURS)
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
        found = [one for entry in self._entries() if not entry.allowed for one in _frozen(entry, describe)]
        found.sort(key=_order)
        return tuple(found)

    def suppressed(self, describe: Callable[[str], tuple[str, tuple[str, ...]]]) -> tuple[Suppressed, ...]:
        """Freeze what comments allow. ``describe`` gives the title and the tags of a rule."""
        entries = [entry for entry in self._entries() if entry.allowed]
        found = [Suppressed(one, entry.allowed) for entry in entries for one in _frozen(entry, describe)]
        return tuple(sorted(found, key=lambda one: (one.finding.rule, *_order(one.finding))))

    def timeline(self) -> tuple[Bucket, ...]:
        """Return the occurrences by hour and severity, in order."""
        buckets = [
            Bucket(hour, severity, count) for severity, hours in self._hours.items() for hour, count in hours.items()
        ]
        return tuple(sorted(buckets, key=lambda one: (one.start, -one.severity)))

    def limits(self) -> list[str]:
        """Say in words which limits were hit."""
        return [
            f"more than {self._max:,} distinct values of {rule}: further ones are counted in one finding"
            for rule in sorted(self._overflow)
        ]

    def contents(self) -> tuple[list[Entry], list[Entry], dict[Severity, dict[str, int]]]:
        """Return what was counted: the entries, those beyond the limit, and occurrences by hour."""
        entries = [entry for known in self._rules.values() for entry in known.values()]
        return entries, list(self._overflow.values()), self._hours

    def restore(
        self, entries: Iterable[Entry], overflow: Iterable[Entry], hours: dict[Severity, dict[str, int]]
    ) -> None:
        """Take in what ``contents`` returned of another tally with the same limit."""
        for entry in entries:
            self._rules.setdefault(entry.match.rule, {})[entry.ident] = entry
        self._overflow = {entry.match.rule: entry for entry in overflow}
        self._hours = hours

    def _entries(self) -> Iterator[Entry]:
        for known in self._rules.values():
            yield from known.values()
        yield from self._overflow.values()

    def _admit(self, entry: Entry, settle: Callable[[], None] | None = None) -> Entry:
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

    def _spill(self, rule: str, match: Match) -> Entry:
        if rule not in self._overflow:
            text = f"values beyond the first {self._max:,}"
            self._overflow[rule] = Entry(0, match, None, text, overflow=True)
        return self._overflow[rule]


def _frozen(entry: Entry, describe: Callable[[str], tuple[str, tuple[str, ...]]]) -> Iterator[Finding]:
    match = entry.match
    if entry.first is None or entry.last is None:  # interrupted before its place was known
        return
    title, tags = describe(match.rule)
    yield Finding(
        id=entry.id,
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
        components=_most_frequent(entry.components),
        levels=_most_frequent(entry.levels),
    )


def _most_frequent(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:SHOWN_NAMES])
