"""Reading logs once more, for records in which certain rules match."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby
from typing import NamedTuple

from logscrub.comply.records.census import Progress, record_indent
from logscrub.detect import Detector
from logscrub.errors import SourceError
from logscrub.model import Match
from logscrub.sources import Limits, NotTextError, Reader, Source, Unread, blocks, expand, matched_records, texts
from logscrub.sources.formats import HEAD, Format, detect, holding, merged

_AHEAD = 2
_BACK = 1 << 16


class Seen(NamedTuple):
    """The matches of a record.

    Attributes:
        path: of the text.
        line: number of the line the record's first match begins in, from 1.
        values: the matches with what they cover.
    """

    path: str
    line: int
    values: Sequence[tuple[Match, bytes]]


class Reading:
    """One pass over logs.

    Args:
        paths, limits, storage_options, progress: as for :func:`logscrub.comply.records.census`.
        detector: what to look for.

    Attributes:
        unread: what was not read.
        stopped: it ended early.
    """

    def __init__(
        self,
        paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        detector: Detector,
        limits: Limits | None,
        storage_options: Sequence[str],
        progress: Progress | None,
    ) -> None:
        self._paths = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
        self._detector = detector
        self._limits = limits
        self._options = tuple(storage_options)
        self._go_on = progress or (lambda path, read: True)
        self.unread: list[Unread] = []
        self.stopped = False

    def __iter__(self) -> Iterator[Seen]:
        """Yield the records that hold matches, in order. Ctrl-C ends it, with ``stopped`` set."""
        try:
            for source in expand(self._paths, self._options):
                if isinstance(source, Unread):
                    self.unread.append(source)
                    continue
                yield from self._source(source)
                if self.stopped:
                    return
        except KeyboardInterrupt:
            self.stopped = True

    def _source(self, source: Source) -> Iterator[Seen]:
        for text in texts(source, self._limits, ahead=_AHEAD):
            if isinstance(text, Unread):
                self.unread.append(text)
                continue
            path = text.source.path
            try:
                yield from self._text(text)
                if text.problem:
                    self.unread.append(Unread(path, text.problem))
            except NotTextError as error:
                self.unread.append(Unread(path, str(error), error=text.source.named or not error.expected))
            except SourceError as error:
                self.unread.append(Unread(path, str(error)))
            if self.stopped:
                return

    def _text(self, reader: Reader) -> Iterator[Seen]:
        path = reader.source.path
        chunks = reader.chunks()
        first = next(chunks, b"")
        form = detect(first[:HEAD], path)
        begin_of = _begin_of(form, first[:HEAD])
        unjudged = 0
        for block in blocks(chain([first], chunks), hold=holding(form)):
            data, line, counted = block.data, block.line, 0
            found: list[tuple[int, Match, bytes]] = []
            records, split = merged(
                ((start, matches) for start, _, matches in matched_records(self._detector, data)),
                form.more(data, self._detector),
            )
            for start, matches in records:
                if matches is None:
                    unjudged += 1
                for match in matches or ():
                    at = start + match.start
                    if block.own_start <= at < block.own_end:
                        value = split[at].value if at in split else data[at : start + match.end]
                        found.append((at, match, value))
            for _, group in groupby(found, key=lambda one: begin_of(data, one[0])):
                members = list(group)
                line += data.count(b"\n", counted, members[0][0])
                counted = members[0][0]
                yield Seen(path, line, [(match, value) for _, match, value in members])
            if not self._go_on(path, reader.raw):
                self.stopped = True
                return
        if unjudged:
            self.unread.append(Unread(path, f"{unjudged} records took too long to judge"))


def _begin_of(form: Format, head: bytes) -> Callable[[bytes, int], int]:
    """Return what says where the record of an offset begins: the line, but in formats whose records have many."""
    if form.name == "journald-export":
        return lambda data, at: data.rfind(b"\n\n__", max(0, at - _BACK), at)
    if form.name == "evtx-xml":
        return lambda data, at: data.rfind(b"<Event", max(0, at - _BACK), at)
    if form.name == "json-document":
        opening = b"\n" + record_indent(head) + b"{"
        return lambda data, at: data.rfind(opening, max(0, at - _BACK), at)
    return lambda data, at: data.rfind(b"\n", 0, at)
