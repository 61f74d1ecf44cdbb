"""What is in a tar or zip archive, read as a stream and never written to disk.

Written for hostile archives: memory does not grow with the archive, sizes and names are taken for claims, and after a
damaged part reading goes on with the next one. Formats: POSIX.1-2008 pax and ustar, the GNU tar manual ("Basic Tar
Format"), PKWARE's APPNOTE.TXT 6.3.10.
"""

from __future__ import annotations

import math
import stat
import struct
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol

from logscrub.errors import MissingExtraError
from logscrub.sources.paths import reason_of
from logscrub.sources.unpack import Budget, Layer, Unpacker

_CHUNK = 1 << 20
_RECORD = 512
_MAX_NAME = 4096  # bytes of a name that are kept
_MAX_HEADER = 1 << 20  # bytes of a pax header that are looked at
_EARLY = "the tar archive ends early, what was readable was read"
_KEPT = (b"path", b"size", b"mtime", b"GNU.sparse.name", b"GNU.sparse.major")
_SKIPPED_KINDS = {
    b"1": "hard link, skipped",
    b"2": "symbolic link, skipped",
    b"3": "device, skipped",
    b"4": "device, skipped",
    b"6": "named pipe, skipped",
}


class File(Protocol):
    """What an archive is read from where it has to be seekable."""

    def read(self, size: int, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...


@dataclass(slots=True)
class Member:
    """A file in an archive.

    Attributes:
        name: as the archive has it: for showing, never to be used as a path.
        modified: seconds since 1970, or None.
        chunks: its bytes, to be taken before the next member is asked for; None if they are not read.
        reason: why they are not, and whether that is an ``error``.
        layers: what may find the bytes damaged.
    """

    name: str
    modified: float | None = None
    chunks: Iterator[bytes] | None = None
    reason: str = ""
    error: bool = False
    layers: list[Layer] = field(default_factory=list)


def is_tar(head: bytes) -> bool:
    """Say whether data that begins like this is a tar archive, of any age: whether its first checksum is right."""
    return len(head) >= _RECORD and _checked(head[:_RECORD])


def is_zip(head: bytes) -> bool:
    """Say whether data that begins like this is a zip archive, perhaps an empty one, or the first part of one."""
    return head.startswith((b"PK\3\4", b"PK\5\6", b"PK\7\x08PK\3\4"))


class _Tape:
    """Chunks, read by count."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._chunk = b""
        self._at = 0
        self.position = 0

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yield the next bytes, fewer at the end."""
        while size > 0:
            if self._at >= len(self._chunk):
                self._chunk, self._at = next(self._chunks, b""), 0
                if not self._chunk:
                    return
            piece = self._chunk[self._at : self._at + size]
            self._at += len(piece)
            self.position += len(piece)
            size -= len(piece)
            yield piece

    def read(self, size: int) -> bytes:
        if self._at + size <= len(self._chunk):
            self._at += size
            self.position += size
            return self._chunk[self._at - size : self._at]
        return b"".join(self.pieces(size))

    def skip(self, size: int) -> bool:
        return sum(map(len, self.pieces(size))) == size


class Tar(Layer):
    """A tar archive. Holes of sparse files are left out, which moves no line."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._tape = _Tape(chunks)

    def members(self) -> Iterator[Member]:
        """Yield what is in it but directories. Read ``problem`` afterwards."""
        tape = self._tape
        extended: dict[bytes, bytes] = {}
        ended = damaged = False
        while header := tape.read(_RECORD):
            if not header.strip(b"\0"):
                ended = True
                continue
            if len(header) < _RECORD:
                break
            if not _checked(header):
                if ended:
                    self._find("bytes after the end of the tar archive were not read")
                    return
                if not damaged:
                    self._find(f"damaged tar archive, reading went on behind byte {tape.position - len(header)}")
                damaged = True
                continue
            ended = damaged = False
            kind, size = header[156:157], _number(header[124:136])
            if kind in (b"x", b"L"):
                body = tape.read(min(size, _MAX_HEADER))
                if not tape.skip(size + -size % _RECORD - len(body)):
                    break
                extended |= _attributes(body) if kind == b"x" else {b"path": body.partition(b"\0")[0]}
                continue
            if kind in b"gKXVDN":  # of the whole archive, or about no file
                if not tape.skip(size + -size % _RECORD):
                    break
                continue
            about, extended = extended, {}
            member = Member(_text(_tar_name(header, about)), _tar_time(header, about))
            if kind in _SKIPPED_KINDS:
                member.reason = _SKIPPED_KINDS[kind]
                yield member
                continue
            if kind == b"5" or (kind == b"\0" and header[:100].rstrip(b"\0").endswith(b"/")):
                continue
            if about.get(b"size", b"").isdigit():
                size = int(about[b"size"][:20])
            more = kind == b"S" and header[482] != 0
            while more:  # the rest of a map of holes
                rest = tape.read(_RECORD)
                more = len(rest) == _RECORD and rest[504] != 0
            end = tape.position + size + -size % _RECORD
            if about.get(b"GNU.sparse.major") == b"1":
                size -= self._skip_map()
            member.chunks = self._body(size)
            member.layers.append(self)
            yield member
            if not tape.skip(end - tape.position):
                break
        else:
            return
        self._find(_EARLY)

    def _body(self, size: int) -> Iterator[bytes]:
        end = self._tape.position + size
        yield from self._tape.pieces(size)
        if self._tape.position < end:
            self._find(_EARLY)

    def _find(self, problem: str) -> None:
        if problem != self.problem:
            self.problem, self.told = problem, False

    def _skip_map(self) -> int:
        """Skip the map of holes before a sparse file's data: a count of lines and the lines, padded to a record."""
        block = self._tape.read(_RECORD)
        taken, lines = len(block), block.count(b"\n")
        count = block.split(b"\n", 1)[0]
        wanted = 1 + 2 * int(count) if count.isdigit() and len(count) < 10 else 0
        while lines < wanted and len(block) == _RECORD:
            block = self._tape.read(_RECORD)
            taken, lines = taken + len(block), lines + block.count(b"\n")
        return taken


def _checked(header: bytes) -> bool:
    said = header[148:156].strip(b" \0")
    if not said or len(said) > 7 or said.strip(b"01234567"):
        return False
    # Some old archives were summed over signed bytes.
    total = sum(header) - sum(header[148:156]) + 8 * 32
    return int(said, 8) in (total, total - 256 * sum(byte > 127 for byte in header[:148] + header[156:]))


def _number(digits: bytes) -> int:
    if digits[0] & 0x80:
        return int.from_bytes(digits[1:], "big") if digits[0] == 0x80 else 0
    said = digits.partition(b"\0")[0].strip()
    return int(said, 8) if said and not said.strip(b"01234567") else 0


def _attributes(body: bytes) -> dict[bytes, bytes]:
    found = {}
    at = 0
    while (space := body.find(b" ", at, at + 12)) > at and body[at:space].isdigit():
        end = at + int(body[at:space])
        if not space < end <= len(body):
            break
        key, _, value = body[space + 1 : end - 1].partition(b"=")
        if key in _KEPT:
            found[key] = value
        at = end
    return found


def _tar_name(header: bytes, about: dict[bytes, bytes]) -> bytes:
    name = about.get(b"GNU.sparse.name") or about.get(b"path")
    if name is not None:
        return name
    name = header[:100].partition(b"\0")[0]
    prefix = header[345:500].partition(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _tar_time(header: bytes, about: dict[bytes, bytes]) -> float | None:
    try:
        said = float(about.get(b"mtime", b"")[:32] or _number(header[136:148]))
    except ValueError:
        return None
    return _plausible(said)


def _plausible(said: float) -> float | None:
    return said if math.isfinite(said) and abs(said) < 1 << 38 else None


def _text(name: bytes, encoding: str = "utf-8") -> str:
    if len(name) > _MAX_NAME:
        name = name[:_MAX_NAME] + b"..."
    return name.decode(encoding, "surrogateescape")


_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_END_MAGIC = b"PK\5\6"
_METHODS = {8: "deflate", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz"}


@dataclass(slots=True)
class _Entry:
    """What the directory, or a local header, says of a member."""

    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    name: bytes
    extra: bytes
    stamp: int
    offset: int = 0
    mode: int = 0

    def widen(self) -> None:
        """Take numbers that need 64 bits from where they then are, and a time with a zone."""
        at = 0
        while at + 4 <= len(self.extra):
            kind, length = struct.unpack_from("<HH", self.extra, at)
            body = self.extra[at + 4 : at + 4 + length]
            at += 4 + length
            if kind != 1:
                continue
            wide = [int.from_bytes(body[place : place + 8], "little") for place in range(0, len(body) - 7, 8)]
            for key in ("size", "packed", "offset"):
                if getattr(self, key) == 0xFFFFFFFF and wide:
                    setattr(self, key, wide.pop(0))

    def modified(self) -> float | None:
        at = 0
        while at + 4 <= len(self.extra):
            kind, length = struct.unpack_from("<HH", self.extra, at)
            if kind == 0x5455 and length >= 5 and len(self.extra) >= at + 9 and self.extra[at + 4] & 1:
                return float(struct.unpack_from("<i", self.extra, at + 5)[0])
            at += 4 + length
        date, clock = self.stamp >> 16, self.stamp & 0xFFFF
        day = (1980 + (date >> 9), date >> 5 & 15, date & 31)
        try:
            return time.mktime((*day, clock >> 11, clock >> 5 & 63, clock % 32 * 2, 0, 0, -1))
        except (OverflowError, ValueError):
            return None

    def shown(self) -> str:
        if not self.flags & 0x800:
            try:
                self.name.decode()
            except UnicodeDecodeError:
                return _text(self.name, "cp437")
        return _text(self.name)


class Zip(Layer):
    """A zip archive, read by its directory, or where that is lost member by member from the beginning.

    Args:
        file: the archive.
        budget: of the whole input.
    """

    def __init__(self, file: File, budget: Budget) -> None:
        self._file = file
        self._budget = budget
        self._size = file.seek(0, 2)

    def members(self) -> Iterator[Member]:
        """Yield what is in it but directories. Read ``problem`` afterwards."""
        directory = self._directory()
        if directory is None:
            self.problem = "the zip archive has no directory: damaged or cut off, what was readable was read"
            yield from self._salvaged()
            return
        covered = 0
        for entry in self._entries(*directory):
            covered += _LOCAL.size + entry.packed
            if covered > directory[0]:
                self.problem = (
                    "members of the zip archive overlap: looks like a decompression bomb, the rest was not read"
                )
                return
            if entry.name.endswith(b"/") and not entry.size:
                continue
            member = Member(entry.shown(), entry.modified())
            start = self._data_start(entry)
            if stat.S_ISLNK(entry.mode):
                member.reason = "symbolic link, skipped"
            elif start < 0:
                member.reason, member.error = "its header in the zip archive is damaged, not read", True
            else:
                self._fill(member, entry, start, entry.packed)
            yield member

    def _directory(self) -> tuple[int, int, int, int] | None:
        """Find the directory: where it is, its bytes and entries, and what to add to the offsets in it."""
        tail = self._at(max(0, self._size - _END.size - 0xFFFF), _END.size + 0xFFFF)
        limit = len(tail) - _END.size + len(_END_MAGIC)
        while limit > 0 and (place := tail.rfind(_END_MAGIC, 0, limit)) >= 0:
            found = self._directory_before(self._size - len(tail) + place, tail[place : place + _END.size])
            if found is not None:
                return found
            limit = place + len(_END_MAGIC) - 1  # it was part of a comment
        return None

    def _directory_before(self, end: int, record: bytes) -> tuple[int, int, int, int] | None:
        _, _, _, _, count, length, offset, comment = _END.unpack(record)
        if not count:
            return (end, 0, 0, 0) if not length and end + _END.size + comment == self._size else None
        if 0xFFFFFFFF in (length, offset) or count == 0xFFFF:
            locator = self._at(end - 20, 20)
            if locator.startswith(b"PK\6\7"):
                place = int.from_bytes(locator[8:16], "little")
                if not self._at(place, 4).startswith(b"PK\6\6"):
                    place = end - 20 - _END_64.size  # something stands before the archive
                wide = self._at(place, _END_64.size)
                if len(wide) < _END_64.size or not wide.startswith(b"PK\6\6"):
                    return None
                end = place
                count, length, offset = _END_64.unpack(wide)[7:]
        start = end - length
        if not self._at(start, 4).startswith(b"PK\1\2"):
            return None
        return start, length, count, start - offset

    def _entries(self, start: int, length: int, count: int, shift: int) -> Iterator[_Entry]:
        at, end, seen = start, start + length, 0
        window, base = b"", start
        while at < end:
            if min(end, at + _CENTRAL.size + 3 * 0xFFFF) > base + len(window):
                window, base = self._at(at, min(end - at, _CHUNK)), at
            place = at - base
            if len(window) < place + _CENTRAL.size or not window.startswith(b"PK\1\2", place):
                break
            fields = _CENTRAL.unpack_from(window, place)
            flags, method, clock, date, checksum, packed, size, name, extra, comment = fields[3:13]
            place += _CENTRAL.size
            entry = _Entry(
                flags, method, checksum, packed, size, window[place : place + name],
                window[place + name : place + name + extra], date << 16 | clock, fields[16], fields[15] >> 16,
            )  # fmt: skip
            entry.widen()
            entry.offset += shift
            at += _CENTRAL.size + name + extra + comment
            seen += 1
            yield entry
        if at != end or seen & 0xFFFF != count & 0xFFFF:
            self.problem = "the directory of the zip archive is damaged, not all members were read"

    def _data_start(self, entry: _Entry) -> int:
        header = self._at(entry.offset, _LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
            return -1
        name, extra = _LOCAL.unpack(header)[9:]
        return entry.offset + _LOCAL.size + int(name) + int(extra)

    def _fill(self, member: Member, entry: _Entry, start: int, packed: int) -> Unpacker | None:
        """Give the member its bytes, or the reason why it has none."""
        if entry.flags & 0x2041 or entry.method == 99:
            member.reason, member.error = "is encrypted, which cannot be read", True
            return None
        raw = _Raw(self, start, packed)
        chunks, unpacker = raw.chunks(), None
        if entry.method:
            kind = _METHODS.get(entry.method)
            if kind is None:
                member.reason, member.error = f"zip method {entry.method}, which cannot be read", True
                return None
            try:
                unpacker = Unpacker(kind, self._budget, single=True)
            except MissingExtraError as error:
                member.reason, member.error = str(error), True
                return None
            if kind == "lzma":
                chunks = _as_lzma(chunks, -1 if entry.flags & 2 else entry.size)
            chunks = unpacker.unpack(chunks)
            member.layers.append(unpacker)
        member.layers.append(raw)
        if entry.flags & 8 and not entry.checksum:
            member.chunks = chunks  # read without the directory: what it should be stands behind it
        else:
            summed = _Summed(entry)
            member.chunks = summed.chunks(chunks)
            member.layers.append(summed)
        return unpacker

    def _salvaged(self) -> Iterator[Member]:
        at = self._find_local(0)
        while at >= 0:
            header = self._at(at, _LOCAL.size)
            at += _LOCAL.size
            if len(header) < _LOCAL.size:
                return
            _, _, flags, method, clock, date, checksum, packed, size, name, extra = _LOCAL.unpack(header)
            names = self._at(at, int(name) + int(extra))
            if len(names) < name + extra:
                return
            entry = _Entry(flags, method, checksum, packed, size, names[:name], names[name:], date << 16 | clock)
            entry.widen()
            at += int(name) + int(extra)
            later = flags & 8 and not entry.packed  # its size stands behind it
            member = Member(entry.shown(), entry.modified())
            packed = self._size - at if later else entry.packed
            if later and not method:
                member.reason, member.error = "its size is not known without the directory, not read", True
                yield member
            elif not entry.name.endswith(b"/"):
                unpacker = self._fill(member, entry, at, packed)
                yield member
                if later and unpacker is not None:
                    packed = self._taken(member, unpacker, packed)
            at = self._find_local(at if later and not method else at + packed)

    def _taken(self, member: Member, unpacker: Unpacker, packed: int) -> int:
        """Say how much of the file a member took whose size was not known, nothing if it is damaged.

        What was left of it is read first.
        """
        for _ in member.chunks or ():
            pass
        if unpacker.problem:
            return 0
        raw = next(layer for layer in member.layers if isinstance(layer, _Raw))
        return min(packed, max(0, raw.given - unpacker.unused))

    def _find_local(self, at: int) -> int:
        window = 64
        while len(block := self._at(at, window)) >= 4:
            place = block.find(b"PK\3\4")
            if place >= 0:
                return at + place
            at += len(block) - 3
            window = min(_CHUNK, 8 * window)
        return -1

    def _at(self, place: int, size: int) -> bytes:
        if place < 0:
            return b""
        parts = []
        try:
            self._file.seek(place)
            while size > 0 and (part := self._file.read(size)):
                parts.append(part)
                size -= len(part)
        except (OSError, OverflowError) as error:
            self.problem = f"reading stopped: {reason_of(error)}"
        return b"".join(parts)


class _Raw(Layer):
    """A stretch of the file."""

    def __init__(self, archive: Zip, start: int, size: int) -> None:
        self._archive = archive
        self._start = start
        self._size = size
        self.given = 0

    def chunks(self) -> Iterator[bytes]:
        while self.given < self._size:
            size = min(_CHUNK // 4, max(_CHUNK >> 8, self.given))  # little at first, which damaged data wastes
            chunk = self._archive._at(self._start + self.given, min(size, self._size - self.given))
            if not chunk:
                self.problem = "the zip archive ends early, what was readable was read"
                return
            self.given += len(chunk)
            yield chunk


class _Summed(Layer):
    """Bytes whose number and checksum are known."""

    def __init__(self, entry: _Entry) -> None:
        self._entry = entry

    def chunks(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        crc32 = _crc32()
        checksum = size = 0
        for chunk in chunks:
            checksum = crc32(chunk, checksum)
            size += len(chunk)
            yield chunk
        if checksum != self._entry.checksum or size != self._entry.size:
            self.problem = "is not what the zip archive says it should be: damaged"


def _crc32() -> Any:
    try:
        return import_module("isal.isal_zlib").crc32
    except ImportError:
        return zlib.crc32


def _as_lzma(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Turn the lzma of zip, which has a head of its own, into a file of the old lzma format."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= 9:
            break
    yield head[4:9] + (size & (1 << 64) - 1).to_bytes(8, "little") + head[9:]
    yield from chunks
