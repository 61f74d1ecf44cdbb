"""Counting the matches of one text, block by block. Line numbers and metadata cost only what the hits need."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple, Protocol

from logscrub.audit.engine import Engine
from logscrub.baseline.comments import MARK, allowed
from logscrub.findings import Entry, Place, Tally
from logscrub.fingerprint import preview
from logscrub.model import Match
from logscrub.sources import Block, matched_records
from logscrub.sources.blocks import CONTEXT, UNCOUNTED
from logscrub.sources.formats import About, Extra, Format, merged
from logscrub.sources.lines import count_lines
from logscrub.sources.tables import CellMatches

_CACHE = 8192
_FAR = 1 << 16
PLAIN = Format("plain")
"""The format of what has none."""


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


class Counter:
    """Counts the matches of one text.

    Args:
        tally: where they are counted.
        path: of the text, as it is shown.
        engine: what is looked for.
        form: the format of the text.
        modified: when the text was last written, seconds since 1970: what years are missing is read by it.
        observer: is told every occurrence.
    """

    def __init__(
        self,
        tally: Tally,
        path: str,
        engine: Engine,
        form: Format,
        modified: float | None,
        observer: Observer | None = None,
    ) -> None:
        self._tally = tally
        self._detector = engine.detector
        self._deep = engine.deep
        self._allow = engine.allow
        self._form = form
        self._observer = observer
        self._path = path
        self._fingerprinter = engine.fingerprinter
        self._reference = datetime.now() if modified is None else datetime.fromtimestamp(modified)
        self._cache: dict[tuple[str, str, bytes, str], Entry] = {}
        self._touched: dict[Entry, tuple[int, int, About]] = {}  # where each was seen last in this block
        self._clean: dict[str, str] = {}
        self._block = Block(b"", 0, 1, 0, 0, 0, 0)
        self._wider = b""  # the block and what stands before it
        self._line = (0, 0)  # where the line that was asked for last begins and ends
        self._begin: int | None = None  # absolute offset where this part of the text begins
        self._end = 0  # absolute offset where the last match ended
        self._unjudged: list[int] = []

    def problem(self) -> str:
        """Say what could not be judged, or nothing."""
        if not self._unjudged:
            return ""
        where = f"in line {self._unjudged[0]}" if not self._begin else f"at byte {self._unjudged[0]}"
        return f"{len(self._unjudged)} records took too long to judge, the first {where}"

    def count(self, block: Block) -> None:
        """Count the matches in a block."""
        self._block, self._wider, self._line = block, b"", (0, 0)
        if self._begin is None:
            self._begin = block.offset
        data, line, counted = block.data, block.line, 0
        touched, observer = self._touched, self._observer
        if observer is not None:
            observer.enter(block)
        commented = self._allow and MARK in data
        records, split = self._matches(data)
        for start, matches in records:
            if matches is None:
                # Lines are counted from where a shard begins: of a later one they say nothing.
                self._unjudged.append(block.offset + start if self._begin else block.line + data.count(b"\n", 0, start))
                continue
            for match in matches:
                at, end = start + match.start, start + match.end
                if at < block.own_start or at >= block.own_end or block.offset + at < self._end:
                    continue
                self._end = block.offset + end
                line += count_lines(data[counted:at]) if at - counted > _FAR else data.count(b"\n", counted, at)
                counted = at
                reason = self._allowed(match.rule, at) if commented else ""
                raw = split[at].value if at in split else data[at:end]
                entry = self._entry(match, raw, reason)
                said = self._about(at, raw)
                self._tally.note(entry, match.severity, said)
                if entry.first is None:
                    entry.first = entry.last = self._place(line, at, said)
                else:
                    touched[entry] = (line, at, said)
                if observer is not None and not (entry.overflow or entry.allowed):
                    observer.see(Sighting(entry.id, match.rule, self._place(line, at, said), start, at, end))
        self._settle()
        self._tally.bytes = block.offset + len(data) - self._begin
        if block.lines == UNCOUNTED:
            block.lines = line - block.line + count_lines(data[counted:] if counted else data)
        self._tally.lines = block.line - 1 + block.lines + (not data.endswith(b"\n"))

    def count_cell(self, cell: CellMatches) -> None:
        """Count the matches in a cell of a table; its place is the row, and where in the cell it stands."""
        if cell.matches is None:
            self._unjudged.append(cell.row)
            return
        for match in cell.matches:
            raw = cell.cell[match.start : match.end]
            entry = self._entry(match, raw)
            said = self._without_secrets(cell.about._replace(field=cell.column), raw)
            self._tally.note(entry, match.severity, said)
            entry.last = Place(self._path, cell.row, match.start + 1, match.start, *said)
            entry.first = entry.first or entry.last

    def _entry(self, match: Match, raw: bytes, reason: str = "") -> Entry:
        entry = self._cache.get((match.rule, match.key, raw, reason)) or self._new(match, raw, reason)
        entry.count += 1
        entry.confidence = max(entry.confidence, match.confidence)
        return entry

    def _matches(self, data: bytes) -> tuple[Iterable[tuple[int, list[Match] | None]], dict[int, Extra]]:
        """Return where a record begins and matches in it, in order, None where they cannot be told; and by the place of
        a match the whole value, where that is split over lines."""
        records: Iterable[tuple[int, list[Match] | None]]
        records = ((start, matches) for start, _, matches in matched_records(self._detector, data))
        split: dict[int, Extra] = {}
        extras = self._form.more(data, self._detector)
        if extras != ():
            records, split = merged(records, extras)
        if self._deep is not None:
            records = _with_deep(list(records), self._deep.records(data))
        return records, split

    def _allowed(self, rule: str, at: int) -> str:
        """Return why a comment on the line allows findings of a rule there, or nothing."""
        data = self._block.data
        stop = data.find(b"\n", at)
        line = data[data.rfind(b"\n", 0, at) + 1 : len(data) if stop < 0 else stop]
        return self._cleaned(allowed(line).get(rule)) or ""

    def _new(self, match: Match, raw: bytes, reason: str) -> Entry:
        if len(self._cache) >= _CACHE:
            self._cache.clear()
        fingerprint = self._fingerprinter.of(match, raw)
        # A language model's findings are no rules.
        known = self._deep is None or match.rule not in self._deep.titles
        prefix = getattr(self._detector.rule(match.rule), "prefix", b"") if known else b""
        shown = preview(match, raw, prefix)
        entry = self._tally.entry(match, fingerprint, shown, self._path, self._given_up, reason)
        self._cache[match.rule, match.key, raw, reason] = entry
        return entry

    def _given_up(self) -> None:
        self._settle()
        self._cache.clear()

    def _settle(self) -> None:
        for entry, seen in self._touched.items():
            entry.last = self._place(*seen)
        self._touched.clear()

    def _about(self, at: int, raw: bytes) -> About:
        """Return what the record of a match says of itself."""
        block, data = self._block, self._block.data
        start, stop = self._line_of(at)
        if start < CONTEXT and block.before:
            # The same object each time: a format remembers the record it read last.
            if not self._wider:
                self._wider = block.before + data
            shift, data = len(block.before), self._wider
            start, stop, at = start + shift, stop + shift, at + shift
        return self._without_secrets(self._form.about(data, start, stop, at, self._reference), raw)

    def _without_secrets(self, said: About, raw: bytes) -> About:
        """Leave out what is sensitive, or a part of the value that was found."""
        component, host, request = said.component, said.host, said.request
        if (
            (component is not None and component.encode() in raw)
            or (host is not None and host.encode() in raw)
            or (request is not None and request.encode() in raw)
        ):
            said = said._replace(
                component=None if component is not None and component.encode() in raw else component,
                host=None if host is not None and host.encode() in raw else host,
                request=None if request is not None and request.encode() in raw else request,
            )
        clean = self._clean
        try:
            return About(
                said.time,
                said.level,
                clean[said.component] if said.component is not None else None,
                clean[said.host] if said.host is not None else None,
                clean[said.request] if said.request is not None else None,
                clean[said.field] if said.field is not None else None,
            )
        except KeyError:
            return said._replace(
                component=self._cleaned(said.component),
                host=self._cleaned(said.host),
                request=self._cleaned(said.request),
                field=self._cleaned(said.field),
            )

    def _cleaned(self, text: str | None) -> str | None:
        """Put an ellipsis in place of what is sensitive in a name."""
        if text is None or text in self._clean:
            return text and self._clean[text]
        if len(self._clean) >= _CACHE:
            self._clean.clear()
        try:
            shown, at = "", 0
            for match in self._detector.find(text):
                shown, at = f"{shown}{text[at : match.start]}…", match.end
            shown += text[at:]
        except TimeoutError:
            shown = "…"
        self._clean[text] = shown
        return shown

    def _line_of(self, at: int) -> tuple[int, int]:
        """Return where in the block the line of an offset begins and ends: a long one may be asked for very often."""
        start, stop = self._line
        if not start <= at < stop:
            data = self._block.data
            start, stop = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
            stop = len(data) if stop < 0 else stop
            self._line = start, stop
        return start, stop

    def _place(self, line: int, at: int, said: About) -> Place:
        block = self._block
        start, _ = self._line_of(at)
        line_offset = block.offset + start if start else block.line_offset
        return Place(self._path, line, block.offset + at - line_offset + 1, block.offset + at, *said)


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
