"""Writing a redacted copy of a source, as a stream: each line goes out as soon as it is whole."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

from logscrub.errors import SourceError
from logscrub.sources.blocks import Block, blocks
from logscrub.sources.formats import HEAD, Format, More, detect, holding, merged
from logscrub.sources.keyblocks import ends, is_body, open_key
from logscrub.sources.open import NotTextError, Reader
from logscrub.sources.records import matched_records
from logscrub.sources.unpack import Compressor, compressor

if TYPE_CHECKING:
    from logscrub.detect import Detector
    from logscrub.model import Match
    from logscrub.redact import Redactor

UNFINISHED = b"[logscrub: not shown (unfinished private key)]"
UNFINISHED_KEY = "unfinished-private-key"
"""Stands for a rule where what is left out is a private key that does not end."""
UNJUDGED = b"[logscrub: not shown (TimeoutError)]"

_REPLACEMENT = "\ufffd".encode()
# Files of fixed layout that can pass for text, by their first bytes.
_LAYOUTS = {
    b"PAR1": "a Parquet table",
    b"Obj\x01": "an Avro file",
    b"ElfFile\0": "a Windows event log",
    b"LPKSHHRH": "a file of the systemd journal",
}


@dataclass(slots=True)
class Rewritten:
    """What a rewrite did.

    Attributes:
        bytes: of text read.
        lines: line breaks in it.
        rules: matches replaced, by rule.
        unjudged: records that took too long to judge and were left out.
        lossy: the source has bytes that its own encoding has no meaning for, which come out as U+FFFD.
    """

    bytes: int = 0
    lines: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    unjudged: int = 0
    lossy: bool = False

    @property
    def redacted(self) -> int:
        """Matches replaced."""
        return self.rules.total()

    @property
    def changed(self) -> bool:
        """Whether the copy is anything but the original."""
        return bool(self.rules or self.unjudged)


def rewrite(
    reader: Reader,
    write: Callable[[bytes], object] | None,
    detector: Detector,
    redactor: Redactor,
    *,
    again: Callable[[], Reader] | None = None,
    beat: Callable[[], object] | None = None,
) -> Rewritten:
    """Pass a source on with every match replaced, in the source's own encoding and compression.

    What cannot be judged is not passed on. ``reader.problem`` says afterwards whether all of the source was read.

    Args:
        reader: the source.
        write: is given the copy; None to learn only what would be replaced.
        detector: what finds.
        redactor: what replaces.
        again: opens the source once more. Then nothing is written before the first match, and nothing at all if there
            is none: what went before is read again. Whoever calls this must see to it that it is the same by then.
        beat: called after each block.

    Raises:
        NotTextError: the source is binary; nothing was written.
        SourceError: what was read again is less than it was.
    """
    sink = _Sink(reader, write) if write is not None else None
    chunks = reader.chunks()
    first = next(chunks, b"")
    form = detect(first[:HEAD], reader.source.path)
    pump = _Pump(detector, redactor, form)
    held = 0  # bytes of text that went by unchanged and are not written yet
    for block in blocks(chain([first], chunks), hold=holding(form)):
        if not block.offset:
            _refuse_layouts(block.data)
        if reader.encoding and not pump.done.lossy:
            pump.done.lossy = _REPLACEMENT in block.data
        pieces = pump.pass_on(block)
        if sink is not None and again is not None and not pump.done.changed:
            held += sum(map(len, pieces))
        elif sink is not None:
            if again is not None:
                with again() as reopened:
                    sink.copy(reopened, held)
                again = None
            sink.write(b"".join(pieces))
        if beat is not None:
            beat()
    if sink is not None and again is None:
        sink.close()
    return pump.done


def _refuse_layouts(head: bytes) -> None:
    for mark, what in _LAYOUTS.items():
        if head.startswith(mark):
            raise NotTextError(f"is {what}, which cannot be rewritten line by line", expected=False)


class _Pump:
    def __init__(self, detector: Detector, redactor: Redactor, form: Format) -> None:
        self.done = Rewritten()
        self._detector = detector
        self._redactor = redactor
        self._form = form
        self._in_key = False  # what follows is the rest of a key whose beginning was replaced

    def pass_on(self, block: Block) -> list[bytes]:
        """Return the pieces that stand for what a block owns."""
        data = block.data
        position = max(0, self.done.bytes - block.offset)
        out: list[bytes] = []
        if self._in_key:
            begin, position = position, self._skip_key(data, position)
            out.append(_lines(data, begin, position))
        limit = block.own_end
        key = open_key(data) if block.whole and self._detector.multiline else -1
        if key >= 0:
            limit = max(position, key)
        for record in self._records(block):
            start, stop, matches = record.start, record.stop, record.matches
            if matches is None:
                self.done.unjudged += 1
                begin, end = max(start, position), min(stop, limit)
                if begin < end:
                    out += [data[position:begin], UNJUDGED, _lines(data, begin, end)]
                    position = end
                continue
            if record.parts:
                if position < stop:
                    self.done.rules.update(match.rule for match in matches)
                    text, matches = _whole_values(data[start:stop], record)
                    out += [data[position:start], self._redactor.settle(text, matches, self._detector.find_bytes)]
                    position = stop
                continue
            kept = _between(matches, start, position, limit)
            if not kept:
                continue
            self.done.rules.update(match.rule for match in kept)
            begin = max(start, position)
            end = max(min(stop, limit), start + kept[-1].end)
            shift = start - begin
            if shift:
                kept = [match._replace(start=match.start + shift, end=match.end + shift) for match in kept]
            out += [data[position:begin], self._redactor.settle(data[begin:end], kept, self._detector.find_bytes)]
            position = end
        if position < limit:
            out.append(data[position:limit])
            position = limit
        if key >= 0:
            out += [UNFINISHED, _lines(data, position, len(data))]
            self._in_key, position = True, len(data)
            self.done.rules[UNFINISHED_KEY] += 1
        self.done.lines = block.line - 1 + block.lines
        self.done.bytes = block.offset + position
        return out

    def _records(self, block: Block) -> Iterable[_Record]:
        """Return the records in a block that hold something, in order."""
        found = matched_records(self._detector, block.data)
        more = self._form.more(block.data, self._detector) if block.whole else ()
        if more:
            return _with_more(block.data, list(found), more)
        return (_Record(start, stop, matches) for start, stop, matches in found)

    def _skip_key(self, data: bytes, position: int) -> int:
        while self._in_key and position < len(data):
            stop = data.find(b"\n", position) + 1 or len(data)
            line = data[position:stop]
            if ends(line):
                self._in_key = False
            elif not is_body(line):
                self._in_key = False
                break
            position = stop
        return position


@dataclass(slots=True)
class _Record:
    """Lines of a block that hold something.

    Attributes:
        matches: with offsets from ``start``; None where they could not be told.
        parts: by offset from ``start``, where a part of a value that is split over lines begins: where it ends, and
            what stands there once the value is put together, which is all of it or nothing.
    """

    start: int
    stop: int
    matches: list[Match] | None
    parts: dict[int, tuple[int, bytes]] = field(default_factory=dict)


def _with_more(data: bytes, found: list[tuple[int, int, list[Match] | None]], more: Sequence[More]) -> list[_Record]:
    """Put what single lines do not show among what they show, record by record."""
    records: list[_Record] = []
    single, split = merged([(start, matches) for start, _, matches in found], more)
    pieces: list[tuple[int, Match | None, tuple[int, int, bytes] | None]] = []
    for start, matches in single:
        match = matches[0] if matches else None
        begin = start + match.start if match is not None else start
        extra = split.get(begin)
        whole = (begin, start + match.end, extra.value) if extra is not None and match is not None else None
        pieces.append((start, match, whole))
        for low, high in extra.rest if extra is not None else ():
            pieces.append((data.rfind(b"\n", 0, low) + 1, None, (low, high, b"")))
    pieces.sort(key=itemgetter(0))
    for start, match, part in pieces:
        stop = data.find(b"\n", start + match.end - 1 if match is not None else start)
        stop = len(data) if stop < 0 else stop
        last = records[-1] if records and start < records[-1].stop else None
        if last is None:
            last = _Record(start, stop, [])
            records.append(last)
        last.stop = max(last.stop, stop)
        if match is None and part is None:
            last.matches = None
        elif match is not None and last.matches is not None:
            shift = start - last.start
            last.matches.append(match._replace(start=match.start + shift, end=match.end + shift))
        if part is not None:
            last.parts[part[0] - last.start] = part[1] - last.start, part[2]
    for record in records:
        if record.matches:
            record.matches.sort(key=_begin)
    return records


def _begin(match: Match) -> int:
    return match.start


def _whole_values(text: bytes, record: _Record) -> tuple[bytes, list[Match]]:
    """Return a record with the values that are split over lines put where they begin, and the matches in that."""
    out: list[bytes] = []
    moved: list[tuple[int, int]] = []  # from where on, by how much
    at = shift = 0
    for begin in sorted(record.parts):
        end, value = record.parts[begin]
        out += [text[at:begin], value]
        shift += len(value) - (end - begin)
        moved.append((end, shift))
        at = end
    out.append(text[at:])

    def place(offset: int) -> int:
        return offset + next((by for start, by in reversed(moved) if start <= offset), 0)

    matches = record.matches or []
    return b"".join(out), [match._replace(start=place(match.start), end=place(match.end)) for match in matches]


def _lines(data: bytes, begin: int, end: int) -> bytes:
    """Return the line breaks of what is left out, so that line numbers after it still mean what they meant."""
    return b"\n" * data.count(b"\n", begin, end)


def _between(matches: list[Match], start: int, position: int, limit: int) -> list[Match]:
    """Keep the matches that begin before ``limit``, and of those that begin before ``position`` what lies behind it."""
    if start >= position and start + matches[-1].end <= limit:
        return matches
    low, high = position - start, limit - start
    return [
        match if match.start >= low else match._replace(start=low)
        for match in matches
        if match.end > low and match.start < high
    ]


class _Sink:
    """Text in; out in the encoding and compression of the source."""

    def __init__(self, reader: Reader, write: Callable[[bytes], object]) -> None:
        self._reader = reader
        self._write = write
        self._decoder: codecs.IncrementalDecoder | None = None
        self._compressor: Compressor | None = None

    def copy(self, reader: Reader, size: int) -> None:
        """Write the first ``size`` bytes of text of a reader."""
        chunks = reader.chunks()
        while size > 0:
            chunk = next(chunks, None)
            if chunk is None:
                raise SourceError("changed while it was read")
            self.write(chunk[:size])
            size -= len(chunk)

    def write(self, data: bytes) -> None:
        """Write text."""
        packer = self._compressor or self._begun()
        if self._decoder is not None:
            data = self._decoder.decode(data).encode(self._reader.encoding, "replace")
        self._pass_on(packer.compress(data))

    def close(self) -> None:
        """Write what ends the copy."""
        packer = self._compressor or self._begun()
        self._pass_on(packer.flush())

    def _begun(self) -> Compressor:
        # What the source is, the reader knows once its first bytes were read.
        self._compressor = compressor(self._reader.compression)
        if self._reader.encoding:
            self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
            self._pass_on(self._compressor.compress(self._reader.mark))
        return self._compressor

    def _pass_on(self, data: bytes) -> None:
        if data:
            self._write(data)
