"""Reading shards: pure functions of a job and a shard, to be run in whatever process."""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import BinaryIO

from logscrub.audit.count import PLAIN, Counter, Observer
from logscrub.audit.engine import Engine, Job, engine_for
from logscrub.audit.shards import Shard
from logscrub.errors import SourceError
from logscrub.findings import Tally
from logscrub.sources import NotTextError, Reader, Source, Unread, blocks
from logscrub.sources.blocks import CONTEXT
from logscrub.sources.formats import HEAD, detect, holding
from logscrub.sources.open import BLOCK, texts
from logscrub.sources.paths import reason_of
from logscrub.sources.raw import modified_of, opened, opened_again, readable
from logscrub.sources.tables import Table, is_table

_SNIFF = 8192
_TEXT = bytes(range(32, 127)) + bytes(range(128, 256)) + b"\t\n\r\f\b\x1b"
# What may be no plain text and have none but these bytes at its beginning: bzip2, zstd, UTF-16, Parquet, ORC.
_UNSURE = (b"BZh", b"(\xb5/\xfd", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"PAR1", b"PARE", b"ORC")
# How a header of columns begins.
_HEADER = re.compile(rb'(?:\xef\xbb\xbf)?[\r\n]*[" ]*[A-Za-z_@#$][\w .\-/()@#%:$]{0,59}"?[,;\t|]')
_AHEAD = 2  # blocks that are decompressed while another one is looked at

Beat = Callable[[int], bool]
"""Called with the bytes read since it was called last; returns whether to go on."""


def scan_task(job: Job, shards: Sequence[Shard], apart: bool, beat: Beat | None = None) -> list[Tally]:
    """Scan some shards.

    Args:
        job: what to look for.
        shards: what to read.
        apart: return a tally for each shard, not one for all.
        beat: is called after each block.
    """
    return scan_shards(engine_for(job), job, shards, apart, beat)


def scan_shards(
    engine: Engine,
    job: Job,
    shards: Sequence[Shard],
    apart: bool,
    beat: Beat | None = None,
    observer: Observer | None = None,
) -> list[Tally]:
    """Do what ``scan_task`` does with an engine that is there. After Ctrl-C the last tally is marked."""
    if apart or len(shards) == 1:
        tallies: list[Tally] = []
        for shard in shards:
            tally = Tally(job.max_findings)
            if tallies and tallies[-1].interrupted:
                tally.interrupted = True
            elif not (shard.whole and shard.size < BLOCK and observer is None and _clean(engine, shard.source, tally)):
                tally = scan_shard(engine, shard, job, beat=beat, observer=observer)
            elif beat is not None and not beat(shard.size):
                tally.interrupted = True
            tallies.append(tally)
        return tallies
    total = Tally(job.max_findings)
    try:
        for shard in shards:
            if not _clean(engine, shard.source, total):
                total.merge(scan_shard(engine, shard, job))
            if total.interrupted or (beat is not None and not beat(shard.size)):
                total.interrupted = True
                break
    except KeyboardInterrupt:
        total.interrupted = True
    return [total]


def scan_shard(
    engine: Engine, shard: Shard, job: Job, *, beat: Beat | None = None, observer: Observer | None = None
) -> Tally:
    """Scan one shard. Problems with reading it are in the tally; Ctrl-C ends the tally early and marks it.

    Lines are counted from the beginning of the shard.
    """
    if not shard.whole:
        return _scan_range(engine, shard, job, beat)
    total = Tally(job.max_findings)
    told = 0

    def heard(raw: int) -> bool:
        nonlocal told
        done, told = raw - told, raw
        return beat is None or beat(done)

    source = shard.source
    try:
        with opened(source) as file:
            if file is not None and is_table(_beginning(file)):
                return _scan_table(engine, source, file, job)
            for text in texts(source, job.limits, file=file, ahead=_AHEAD):
                if isinstance(text, Unread):
                    total.unread.append(text)
                    continue
                total.merge(_scan_text(engine, text, job, heard, observer))
                if total.interrupted:
                    break
    except SourceError as error:
        total.unread.append(Unread(source.path, str(error)))
    except KeyboardInterrupt:
        total.interrupted = True
    return total


def is_plain(head: bytes) -> bool:
    r"""Say whether a file with this beginning surely holds plain text, to be read as it is.

    >>> is_plain(b"2026-03-04 ready\n"), is_plain(b"\x1f\x8b\x08"), is_plain(b"a\0b\0")
    (True, False, False)
    """
    return not head.startswith(_UNSURE) and not head[:_SNIFF].translate(None, _TEXT)


def _clean(engine: Engine, source: Source, total: Tally) -> bool:
    """Count a small file that is plain text without a hit, which nearly all are, at the least cost; else do nothing."""
    if source.remote is not None or source.size is None or engine.deep is not None:
        return False
    try:
        fd = opened_again(source)
    except (OSError, ValueError):
        return False
    try:
        data = os.read(fd, BLOCK)
        # What is not as it was listed is looked at more closely: it may be cut, or no file any more.
        if len(data) != source.size or not (data or stat.S_ISREG(os.fstat(fd).st_mode)):
            return False
    except OSError:
        return False
    finally:
        os.close(fd)
    if not is_plain(data) or _may_hold_more(data) or engine.detector.candidates(data):
        return False
    total.files += 1
    total.bytes += len(data)
    total.lines += data.count(b"\n") + (not data.endswith(b"\n") and data != b"")
    return True


def _may_hold_more(data: bytes) -> bool:
    """Say whether a text may hold more than its lines show: columns with names, messages in pieces."""
    return (
        _HEADER.match(data) is not None
        or data.count(b'","stream":"') > data.count(b'\\n","stream":"')
        or b" stdout P" in data
        or b" stderr P" in data
    )


def _scan_text(engine: Engine, reader: Reader, job: Job, heard: Beat, observer: Observer | None) -> Tally:
    tally = Tally(job.max_findings)
    path = reader.source.path
    counter: Counter | None = None
    try:
        tally.files = 1
        chunks = reader.chunks()
        first = next(chunks, b"")
        form = detect(first[:HEAD], path)
        counter = Counter(tally, path, engine, form, reader.modified, observer)
        for block in blocks(chain([first], chunks), hold=holding(form), count=False):
            counter.count(block)
            if not heard(reader.raw):
                tally.interrupted = True
                break
        for problem in filter(None, (reader.problem, counter.problem())):
            tally.unread.append(Unread(path, problem))
    except NotTextError as error:
        tally.files = 0
        tally.unread.append(Unread(path, str(error), error=reader.source.named or not error.expected))
    except SourceError as error:
        tally.unread.append(Unread(path, str(error)))
    except KeyboardInterrupt:
        tally.interrupted = True
    tally.place(path)
    return tally


def _scan_range(engine: Engine, shard: Shard, job: Job, beat: Beat | None) -> Tally:
    tally = Tally(job.max_findings)
    path, start, end = shard.source.path, shard.start, shard.end or 0
    try:
        with readable(shard.source) as (read, modified):
            tally.files = int(start == 0)
            low = max(0, start - CONTEXT)
            form = detect(read(0, HEAD), path)
            counter = Counter(tally, path, engine, form, modified)
            done = start
            before = read(low, start - low)
            for block in blocks(
                _chunks(read, start, end), offset=start, before=before, hold=holding(form), count=False
            ):
                counter.count(block)
                if beat is not None and not beat(block.offset + len(block.data) - done):
                    tally.interrupted = True
                    break
                done = block.offset + len(block.data)
        missing = end - start - tally.bytes
        if missing > 0 and not tally.interrupted and not _says_it_holds(shard.source, end):
            tally.unread.append(Unread(path, f"became shorter while it was read: {missing} bytes less"))
        if counter.problem():
            tally.unread.append(Unread(path, counter.problem()))
    except SourceError as error:
        tally.unread.append(Unread(path, str(error)))
    except (OSError, ValueError) as error:
        tally.unread.append(Unread(path, reason_of(error)))
    except KeyboardInterrupt:
        tally.interrupted = True
    tally.place(path)
    return tally


def _says_it_holds(source: Source, end: int) -> bool:
    """Say whether a file has that many bytes by its size, as those of /sys do, whatever can be read of them."""
    try:
        return source.remote is None and os.stat(source.path).st_size >= end
    except OSError:
        return False


def _scan_table(engine: Engine, source: Source, file: BinaryIO, job: Job) -> Tally:
    tally = Tally(job.max_findings)
    modified = modified_of(source, file)
    reference = None if modified is None else datetime.fromtimestamp(modified)
    limits = job.limits
    try:
        table = Table(file, reference=reference, max_ratio=limits.max_ratio, max_bytes=limits.max_bytes)
        tally.files = 1
        counter = Counter(tally, source.path, engine, PLAIN, modified)
        for cell in table.find(engine.detector):
            counter.count_cell(cell)
        tally.bytes, tally.lines = table.bytes, table.rows_read
        for problem in filter(None, (table.problem, counter.problem())):
            tally.unread.append(Unread(source.path, problem))
    except SourceError as error:
        tally.unread.append(Unread(source.path, str(error)))
    except KeyboardInterrupt:
        tally.interrupted = True
    tally.place(source.path)
    return tally


def _beginning(file: BinaryIO) -> bytes:
    """Return the first bytes of a file that can be gone back in; none of another, or of one that cannot be read."""
    try:
        if not file.seekable():
            return b""
        head = file.read(16) or b""  # None where there is nothing to read yet
        file.seek(0)
    except OSError:
        return b""  # whoever reads on says why
    return head


def _chunks(read: Callable[[int, int], bytes], start: int, end: int) -> Iterator[bytes]:
    while start < end:
        chunk = read(start, min(BLOCK, end - start))
        if not chunk:
            return
        yield chunk
        start += len(chunk)
