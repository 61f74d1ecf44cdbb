"""Counting what records say of themselves: exactly up to a budget, of larger texts a sample spread over them evenly.

Every text is read to its end, for its lines are counted; that costs little. Looking at a record costs some 20 µs.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from types import MappingProxyType

from logscrub.comply.records.model import FIELDS, Census, SourceCensus
from logscrub.comply.records.names import builtin_names
from logscrub.comply.records.said import Records, Said
from logscrub.errors import SourceError
from logscrub.sources import Limits, NotTextError, Reader, Unread, blocks, expand, texts
from logscrub.sources.blocks import Block
from logscrub.sources.formats import HEAD, Format, detect, holding
from logscrub.sources.timestamps import goes_on

BUDGET = 20_000
_LEAST = 20
"""Records looked at in each block, however many blocks there are."""
_SHARE = 16
_SLACK = 0.8
_LONGEST_RECORD = 1 << 16
_WIDE = {"json-document": 20, "journald-export": 10, "evtx-xml": 20}
"""Formats whose records have many lines, and how many of these a block's share of lines is taken for."""
_BACK_LINES = 400
_MOST_ROWS = 40
_MOST_EARLY = 40
_AT_ONCE = 20
"""Times the budget after which there is a tenth of it for each further text."""
_TOLERATED = 5.0
_MOST_NAMES = 4
_AHEAD = 2
_OPENS = re.compile(rb"^([ \t]*)\{[ \t\r]*$", re.MULTILINE)
_OFFSET = re.compile(r"(?:Z|[+-]\d\d:\d\d)\Z")

Progress = Callable[[str, int], bool]
"""Called as (path, bytes read of it so far); returns whether to go on."""


def census(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    limits: Limits | None = None,
    storage_options: Sequence[str] = (),
    budget: int = BUDGET,
    progress: Progress | None = None,
) -> Census:
    """Count what the records of logs say of themselves: when, who, what, how it ended.

    Args:
        paths: what a scan takes: files, directories, globs, URLs, ``-``. Compression and archives are seen through.
        limits: bounds on what is read from one input.
        storage_options: ``KEY=VALUE`` for the filesystems of URLs.
        budget: how many lines of a text are looked at (of formats whose records have many lines, some times as many).
            Of one that has more it is a sample: the beginning of each block, at least 20 lines of it. Of what is
            compressed nobody knows how much comes; half of the budget goes to the beginning of it. After twenty times
            as many lines over all texts, a tenth of it is for each further one.
        progress: called after each block; what it returns false to ends early.

    Nothing is raised for an input that cannot be read: see ``Census.unread``. Ctrl-C ends early, with ``stopped`` set.

    >>> census([]).sources
    ()
    """
    given = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    go_on = progress or (lambda path, read: True)
    sources: list[SourceCensus] = []
    unread: list[Unread] = []
    stopped, left = False, budget * _AT_ONCE
    try:
        for source in expand(given, tuple(storage_options)):
            if isinstance(source, Unread):
                unread.append(source)
                continue
            for text in texts(source, limits, ahead=_AHEAD):
                if isinstance(text, Unread):
                    unread.append(text)
                elif not _count(text, budget if left > 0 else budget // 10, go_on, sources, unread):
                    stopped = True
                    break
                elif sources:
                    left -= sources[-1].looked_at
            if stopped:
                break
    except KeyboardInterrupt:
        stopped = True
    return Census(tuple(sources), tuple(unread), stopped)


def _count(reader: Reader, budget: int, go_on: Progress, sources: list[SourceCensus], unread: list[Unread]) -> bool:
    """Count one text, and return whether to go on with the next."""
    path = reader.source.path
    going = True
    taker: _Taker | None = None
    try:
        chunks = reader.chunks()
        first = next(chunks, b"")
        form = detect(first[:HEAD], path)
        reference = datetime.now() if reader.modified is None else _moment(reader.modified)
        taker = _Taker(form, Records(form, builtin_names(), reference, first[:HEAD]), _Quota(budget, reader))
        for block in blocks(chain([first], chunks), hold=holding(form)):
            taker.take(block)
            if not go_on(path, reader.raw):
                going = False
                break
        if reader.problem:
            unread.append(Unread(path, reader.problem))
    except NotTextError as error:
        unread.append(Unread(path, str(error), error=reader.source.named or not error.expected))
    except SourceError as error:
        unread.append(Unread(path, str(error)))
    except KeyboardInterrupt:
        if taker is not None:
            sources.append(taker.finish(path))
        raise
    if taker is not None:
        sources.append(taker.finish(path))
    return going


def _moment(modified: float) -> datetime:
    try:
        return datetime.fromtimestamp(modified)
    except (ValueError, OverflowError, OSError):
        return datetime.now()


class _Quota:
    """How many lines of each block are looked at."""

    def __init__(self, budget: int, reader: Reader) -> None:
        self._left = max(budget, 1)
        self._all = self._left // 2
        plain = not reader.compression and "!/" not in reader.source.path
        self._bytes = (reader.source.size or 0) if plain else 0  # that come; of what is compressed nobody knows

    def of(self, lines: int, size: int) -> int:
        """Return how many of the next block, which has so many lines and bytes."""
        if self._bytes:
            share = size / max(self._bytes, size)
            # What is a little more than the budget is looked at wholly.
            quota = lines if lines * _SLACK <= self._left * share else max(_LEAST, int(self._left * share))
            self._bytes = max(self._bytes - size, 1)
        elif self._left > self._all:
            quota = min(lines, max(_LEAST, self._left - self._all))
        else:
            quota = max(_LEAST, self._left // _SHARE)
        self._left = max(self._left - min(quota, lines), 0)
        return quota


class _Taker:
    """Takes down what the records of one text say."""

    def __init__(self, form: Format, records: Records, quota: _Quota) -> None:
        self._form = form
        self._records = records
        self._quota = quota
        self._wide = _WIDE.get(form.name, 1)
        self._lines = self._looked = self._count = self._parsed = self._keyed = 0
        self._fields: Counter[str] = Counter()
        self._keys: Counter[tuple[str, str]] = Counter()
        self._zoned = self._zoneless = 0
        self._span: list[tuple[float, str]] = []  # the earliest and the latest time
        self._latest: dict[bool, float] = {}  # by whether there is an offset
        self._rewinds = self._first_rewind = 0
        self._gap: float | None = None
        self._carry = b""
        self._indent: bytes | None = None  # of the objects of a JSON text that are records
        self._since = _BACK_LINES  # lines since a record began
        self._goes_on = False
        self._early = 0  # lines before the first record
        self._tail = b""
        self._line = 1  # that is looked at now

    def take(self, block: Block) -> None:
        """Look at a block."""
        data = block.data
        self._lines = block.line - 1 + block.lines + (not data.endswith(b"\n"))
        self._line = block.line
        if not block.whole:
            if block.offset == block.line_offset:
                self._looked += 1
                self._take_line(data[:_LONGEST_RECORD])
            self._carry = b""
            return
        lines = block.lines + (not data.endswith(b"\n"))
        quota = self._quota.of(lines, len(data)) * self._wide
        if quota < lines:
            taken = data.split(b"\n", quota)[:quota]
            self._tail = data[-_LONGEST_RECORD:]
        else:
            taken = data.split(b"\n")[:lines]
            self._tail = b""
        self._looked += len(taken)
        if self._wide > 1:
            self._take_wide(b"\n".join(taken) + b"\n", more=quota >= lines)
        elif self._form.name in ("csv", "tsv"):
            self._take_rows(taken, header=block.offset == 0)
        else:
            for line in taken:
                self._take_line(line.removesuffix(b"\r"))
                self._line += 1
        if quota < lines:  # what comes next is not what follows
            # It may begin within a record.
            self._since = 0 if self._count else _BACK_LINES

    def finish(self, path: str) -> SourceCensus:
        """Return what was taken down."""
        if self._carry:
            self._record(self._carry[:_LONGEST_RECORD])
        if self._tail:
            self._take_end(self._tail)
        if not self._count or self._early > _MOST_EARLY:  # more than a banner
            self._count += self._early
        sampled = self._looked < self._lines
        keys: dict[str, list[str]] = {}
        for (name, key), _ in self._keys.most_common():
            if len(keys.setdefault(name, [])) < _MOST_NAMES:
                keys[name].append(key)
        first, last = (self._span[0], self._span[1]) if self._span else ((0.0, None), (0.0, None))
        return SourceCensus(
            path=path,
            format=self._form.name,
            lines=self._lines,
            looked_at=self._looked,
            sampled=sampled,
            records=self._count,
            parsed=min(self._parsed, self._looked),
            structured=self._count > 0 and self._keyed * 2 >= self._count,
            with_offset=self._zoned,
            without_offset=self._zoneless,
            first=first[1],
            last=last[1],
            days=(last[0] - first[0]) / 86400 if self._span else None,
            rewinds=self._rewinds,
            first_rewind=self._first_rewind,
            largest_gap=None if sampled else self._gap,
            fields=MappingProxyType({name: self._fields[name] for name in FIELDS if self._fields[name]}),
            keys=MappingProxyType({name: tuple(found) for name, found in sorted(keys.items())}),
        )

    def _take_line(self, line: bytes) -> None:
        """Take a line of text: a record, or more of the one before it."""
        if not line.strip():
            self._parsed += 1
            return
        self._since += 1
        within = self._since < _BACK_LINES
        if goes_on(line, 0):
            self._goes_on = True
            self._parsed += within
            return
        said = self._records.read(line[:_LONGEST_RECORD])
        if not said.parsed and not said.keyed and not self._count:
            self._early += 1
            return
        if not said.parsed and not said.keyed and within:
            # Text of several lines; what follows the indented lines of a traceback is the exception.
            self._parsed += self._goes_on
            self._goes_on = False
            return
        self._goes_on = False
        if said.parsed:
            self._since = 0
            self._parsed += 1
        self._note(said)

    def _take_rows(self, lines: list[bytes], *, header: bool) -> None:
        if header and lines:
            self._parsed += 1
        at = int(header)
        while at < len(lines):
            row, end = lines[at], at + 1
            while row.count(b'"') % 2 and end < min(len(lines), at + _MOST_ROWS) and len(row) < _LONGEST_RECORD:
                row, end = row + b"\n" + lines[end], end + 1
            if row.strip():
                said = self._records.read(row.removesuffix(b"\r"))
                self._parsed += (end - at) * said.parsed
                self._note(said)
            else:
                self._parsed += 1
            self._line += end - at
            at = end

    def _take_wide(self, text: bytes, *, more: bool) -> None:
        """Take records of many lines. What goes on in the next block is kept, if that follows."""
        self._line -= self._carry.count(b"\n")
        text, self._carry = self._carry + text, b""
        unparsed, end, counted = 0, 0, 0
        for start, stop in self._frames(text):
            self._line += text.count(b"\n", counted, start)
            counted, end = start, stop
            if not self._record(text[start:stop][:_LONGEST_RECORD]):
                unparsed += text.count(b"\n", start, stop) + 1
        if more and len(text) - end <= _LONGEST_RECORD and self._opened(text, end):
            self._carry = text[end:]
        self._parsed = self._looked - unparsed

    def _opened(self, text: bytes, end: int) -> bool:
        """Tell whether a record begins after an offset that has not ended."""
        if self._form.name == "evtx-xml":
            return b"<Event" in text[end:]
        if self._form.name == "journald-export":
            return False  # blocks end where records do
        return _OPENS.search(text, end) is not None

    def _frames(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield where records of many lines begin and end."""
        if self._form.name == "evtx-xml":
            start = 0
            while (stop := text.find(b"</Event>", start)) >= 0:
                start = text.find(b"<Event", start, stop)
                if start >= 0:
                    yield start, stop + len(b"</Event>")
                start = stop + len(b"</Event>")
        elif self._form.name == "journald-export":
            start = 0
            while start < len(text):
                stop = text.find(b"\n\n__", start)
                stop = len(text) if stop < 0 else stop
                if text[start:stop].strip():
                    yield start, stop
                start = stop + 2
        else:
            if self._indent is None:
                self._indent = record_indent(text)
            indent = re.escape(self._indent)
            for found in re.finditer(rb"^%b\{[ \t\r]*\n" % indent, text, re.MULTILINE):
                closed = re.compile(rb"^%b\}" % indent, re.MULTILINE).search(text, found.end())
                if closed is None:
                    return
                yield found.start(), closed.end()

    def _record(self, record: bytes) -> bool:
        said = self._records.read(record)
        self._note(said)
        return said.parsed

    def _note(self, said: Said) -> None:
        self._count += 1
        self._keyed += said.keyed
        self._fields.update(list(said.known))
        self._keys.update((name, key) for name, key in said.known.items() if key)
        if said.time is None:
            return
        zoned = _OFFSET.search(said.time) is not None
        if zoned:
            self._zoned += 1
        else:
            self._zoneless += 1
        moment = self._spanned(said.time)
        if moment is None:
            return
        latest = self._latest.get(zoned)
        if latest is not None and latest - moment > _TOLERATED:
            self._rewinds += 1
            self._first_rewind = self._first_rewind or self._line
        self._latest[zoned] = moment if latest is None else max(latest, moment)
        if latest is not None:
            self._gap = max(self._gap or 0.0, moment - latest)

    def _spanned(self, time: str) -> float | None:
        """Read a time, and widen the span to it."""
        try:
            written = datetime.fromisoformat(time)
            moment = (written if written.tzinfo is not None else written.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
        if not self._span:
            self._span = [(moment, time), (moment, time)]
        elif moment < self._span[0][0]:
            self._span[0] = moment, time
        elif moment > self._span[1][0]:
            self._span[1] = moment, time
        return moment

    def _take_end(self, tail: bytes) -> None:
        """Let the span reach to the last records, which a sample may not have."""
        if self._wide > 1:
            texts = [tail[start:stop] for start, stop in self._frames(tail)][-_LEAST:]
        else:
            texts = tail.split(b"\n")[1:][-_LEAST:]
        for text in texts:
            time = self._records.read(text).time
            if time is not None:
                self._spanned(time)


def record_indent(text: bytes) -> bytes:
    """Return how far those objects of a JSON text are indented that are its records."""
    indents = Counter(found[1] for found in _OPENS.finditer(text))
    if indents[b""] > 1 or not any(indents):
        return b""
    return min((indent for indent in indents if indent), key=len)
