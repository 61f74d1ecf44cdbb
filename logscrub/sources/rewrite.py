"""Writing a redacted copy of a source, as a stream: each line goes out as soon as it is whole."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from logscrub.sources.blocks import Block, blocks
from logscrub.sources.keyblocks import ends, is_body, open_key
from logscrub.sources.open import Reader
from logscrub.sources.records import matched_records

if TYPE_CHECKING:
    from logscrub.detect import Detector
    from logscrub.model import Match
    from logscrub.redact import Redactor

UNFINISHED = b"[logscrub: not shown (unfinished private key)]"
UNJUDGED = b"[logscrub: not shown (TimeoutError)]"


@dataclass(slots=True)
class Rewritten:
    """What a rewrite did.

    Attributes:
        bytes: of text read.
        redacted: matches replaced.
        unjudged: records that took too long to judge and were left out.
    """

    bytes: int = 0
    redacted: int = 0
    unjudged: int = 0


def rewrite(reader: Reader, write: Callable[[bytes], object], detector: Detector, redactor: Redactor) -> Rewritten:
    """Pass a source on to ``write`` with every match replaced, in the source's own encoding and compression.

    What cannot be judged is not passed on. ``reader.problem`` says afterwards whether all of the source was read.

    Raises:
        NotTextError: the source is binary; nothing was written.
    """
    sink = _Sink(reader, write)
    pump = _Pump(detector, redactor)
    for block in blocks(reader.chunks()):
        sink.write(b"".join(pump.pass_on(block)))
    sink.close()
    return pump.done


class _Pump:
    def __init__(self, detector: Detector, redactor: Redactor) -> None:
        self.done = Rewritten()
        self._detector = detector
        self._redactor = redactor
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
        for start, stop, matches in matched_records(self._detector, data):
            if matches is None:
                self.done.unjudged += 1
                begin, end = max(start, position), min(stop, limit)
                if begin < end:
                    out += [data[position:begin], UNJUDGED, _lines(data, begin, end)]
                    position = end
                continue
            kept = _between(matches, start, position, limit)
            if not kept:
                continue
            self.done.redacted += len(kept)
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
            self.done.redacted += 1
        self.done.bytes = block.offset + position
        return out

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


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class _Sink:
    """Text in; out in the encoding and compression of the source."""

    def __init__(self, reader: Reader, write: Callable[[bytes], object]) -> None:
        self._reader = reader
        self._write = write
        self._decoder: codecs.IncrementalDecoder | None = None
        self._compressor: _Compressor | None = None
        self._begun = False

    def write(self, data: bytes) -> None:
        if not self._begun:
            self._begin()
        if self._decoder is not None:
            data = self._decoder.decode(data).encode(self._reader.encoding, "replace")
        self._compressed(data)

    def close(self) -> None:
        if not self._begun:
            self._begin()
        if self._compressor is not None:
            self._write(self._compressor.flush())

    def _begin(self) -> None:
        self._begun = True
        self._compressor = _compressor(self._reader.compression)
        if self._reader.encoding:
            self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
            self._compressed(self._reader.mark)

    def _compressed(self, data: bytes) -> None:
        if self._compressor is not None:
            data = self._compressor.compress(data)
        if data:
            self._write(data)


def _compressor(kind: str) -> _Compressor | None:
    if kind == "gzip":
        return zlib.compressobj(6, zlib.DEFLATED, 31)
    if kind == "bzip2":
        import bz2

        return bz2.BZ2Compressor()
    if kind == "xz":
        import lzma

        return lzma.LZMACompressor()
    return None
