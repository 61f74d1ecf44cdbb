"""One table: its batches of rows, whatever it is written in, and what is found in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from logscrub.errors import MissingExtraError, SourceError
from logscrub.model import Match, Severity
from logscrub.sources.formats.about import NOTHING, About, level_of, shown
from logscrub.sources.tables import avro, footer
from logscrub.sources.tables.columns import Columns
from logscrub.sources.tables.names import ROLES
from logscrub.sources.tables.search import find
from logscrub.sources.timestamps import timestamp

if TYPE_CHECKING:
    import pyarrow as pa

    from logscrub.detect import Detector

_MAGICS = {b"PAR1": "parquet", b"PARE": "encrypted parquet", b"ORC": "orc", b"ARROW1": "arrow", avro.MAGIC: "avro"}
_MOST_ROWS = 16384
_BATCH_BYTES = 16 << 20
# What values of a dictionary may come to when they are written out for each row of a batch.
_SPREAD = 1 << 30
_MOST_STRING = 64 << 20
_MOST_ITEMS = 1_000_000
_WHOLE = 1 << 20
_LEAST = 64 << 20

Batches = Iterator[tuple[int, "pa.RecordBatch"]]


class CellMatches(NamedTuple):
    """A cell of a table that holds matches.

    Attributes:
        row: from 1.
        column: the column, with the path inside of it: ``user.email``, ``headers[3].value``.
        cell: the text of the cell.
        matches: with offsets in the cell; None where it took too long to judge.
        about: what the row says of itself.
    """

    row: int
    column: str
    cell: bytes
    matches: list[Match] | None
    about: About


def is_table(head: bytes) -> str:
    r"""Say what kind of table begins with some bytes: ``parquet``, ``orc``, ``arrow``, ``avro``; empty for none.

    >>> is_table(b"PAR1\x15\4"), is_table(b"Obj\1\4"), is_table(b"ORC is a word")
    ('parquet', 'avro', '')
    """
    for magic, kind in _MAGICS.items():
        if head.startswith(magic):
            # The first bytes of a stripe are no text.
            return "" if kind == "orc" and head[3:16].isascii() and head[3:16].decode().isprintable() else kind
    return ""


class Table:
    """One table.

    Args:
        file: a seekable binary file; it stays open.
        reference: when the file was last written, for times without a year.
        max_ratio: most bytes of text for a byte of the file, once there are 64 MiB of them. What many rows refer to
            counts once, unless it is written out for each of them.
        max_bytes: most bytes of text.

    Attributes:
        kind: ``parquet``, ``orc``, ``arrow`` or ``avro``.
        columns: names, as far as they are known before reading.
        rows: how many, or None if only reading tells.
        parts: row groups, stripes or batches that can be read apart; 1 where they cannot.
        bytes: of text looked at so far.
        rows_read: rows looked at so far.
        problem: after ``find()`` ended: why not everything was looked at, or None.

    Raises:
        SourceError: it cannot be opened.
    """

    def __init__(
        self, file: BinaryIO, *, reference: datetime | None = None, max_ratio: int = 300, max_bytes: int = 1 << 40
    ) -> None:
        self.problem: str | None = None
        self.rows_read = 0
        self.columns: tuple[str, ...] = ()
        self.rows: int | None = None
        self.parts = 1
        self._file = file
        self._reference = reference or datetime.now()
        self._columns: Columns | None = None
        self._most = min(max_bytes, max(_LEAST, file.seek(0, 2) * max_ratio))
        file.seek(0)
        self.kind = is_table(file.read(16))
        if not self.kind:
            raise SourceError("is no table of a known kind")
        if self.kind.startswith("encrypted"):
            raise SourceError("is encrypted Parquet, which cannot be read")
        file.seek(0)
        openers: dict[str, Callable[[], Callable[[int, int], Batches]]] = {
            "parquet": self._parquet,
            "orc": self._orc,
            "arrow": self._arrow,
            "avro": self._avro,
        }
        try:
            self._batches = openers[self.kind]()
        except ImportError:
            raise SourceError(str(MissingExtraError("reading tables", "tables"))) from None
        except SourceError:
            raise
        except Exception as error:
            raise SourceError(_reason(error)) from None

    @property
    def bytes(self) -> int:
        """Bytes of text looked at so far."""
        return 0 if self._columns is None else self._columns.bytes

    def find(self, detector: Detector, first: int = 0, last: int | None = None) -> Iterator[CellMatches]:
        """Yield the cells with matches, by row.

        Nothing is raised for what cannot be read: see ``problem``.

        Args:
            detector: what to look for.
            first, last: the parts to read, from 0, the last one not included.
        """
        self._columns = columns = Columns(detector)
        try:
            for start, batch in self._batches(first, self.parts if last is None else min(last, self.parts)):
                rows = _Rows(batch, detector, self._reference)
                for cell in columns.find(batch):
                    yield CellMatches(start + cell.row + 1, cell.path, cell.raw, cell.matches, rows.about(cell.row))
                self.rows_read += batch.num_rows
                if columns.bytes > self._most:
                    raise SourceError(f"row {start + batch.num_rows}: there is too much text for a file of this size")
        except SourceError as error:
            self.problem = str(error)
        except Exception as error:
            # Whatever a damaged file brings a library to raise; the message may quote the file.
            self.problem = _reason(error)
        if columns.left_out and self.problem is None:
            path, kind = next(iter(columns.left_out.items()))
            self.problem = f"{len(columns.left_out)} columns cannot be looked at, the first is {path} ({kind})"

    def _parquet(self) -> Callable[[int, int], Batches]:
        import pyarrow.parquet as pq

        options: dict[str, Any] = {
            "thrift_string_size_limit": _MOST_STRING,
            "thrift_container_size_limit": _MOST_ITEMS,
            "buffer_size": _WHOLE,
            "pre_buffer": False,
        }
        groups = footer.groups(self._file)
        opened = pq.ParquetFile(self._file, **options)
        self.columns = tuple(opened.schema_arrow.names)
        self.rows, self.parts = sum(group.rows for group in groups), len(groups)

        def batches(first: int, last: int) -> Batches:
            row = sum(group.rows for group in groups[:first])
            for number in range(first, last):
                rows, encoded = _reading(self._file, groups[number])
                file = pq.ParquetFile(self._file, metadata=opened.metadata, read_dictionary=encoded, **options)
                for batch in file.iter_batches(rows, row_groups=[number], use_threads=False):
                    yield row, batch
                    row += batch.num_rows

        return batches

    def _orc(self) -> Callable[[int, int], Batches]:
        import pyarrow.orc as orc

        opened = orc.ORCFile(self._file)
        self.columns = tuple(opened.schema.names)
        self.rows, self.parts = opened.nrows, opened.nstripes

        def batches(first: int, last: int) -> Batches:
            row = sum(opened.read_stripe(number, columns=[]).num_rows for number in range(first))
            for number in range(first, last):
                stripe = opened.read_stripe(number)
                yield from _sliced(row, stripe)
                row += stripe.num_rows

        return batches

    def _arrow(self) -> Callable[[int, int], Batches]:
        import pyarrow as pa

        opened = pa.ipc.open_file(self._file)
        self.columns = tuple(opened.schema.names)
        self.parts = opened.num_record_batches

        def batches(first: int, last: int) -> Batches:
            row = 0
            for number in range(last):
                batch = opened.get_batch(number)
                if number >= first:
                    batch.validate(full=True)  # offsets are taken from the file as they are
                    yield from _sliced(row, batch)
                row += batch.num_rows

        return batches

    def _avro(self) -> Callable[[int, int], Batches]:
        header = avro.read_header(self._file)
        begin = self._file.tell()
        if isinstance(header.schema, dict) and isinstance(header.schema.get("fields"), list):
            self.columns = tuple(str(one.get("name")) for one in header.schema["fields"])

        def batches(first: int, last: int) -> Batches:
            self._file.seek(begin)
            return avro.batches(self._file, header) if first < last else iter(())

        return batches


def _sliced(row: int, batch: pa.RecordBatch) -> Batches:
    for start in range(0, batch.num_rows, _MOST_ROWS):
        yield row + start, batch.slice(start, _MOST_ROWS)


def _reading(file: BinaryIO, group: footer.Group) -> tuple[int, list[str]]:
    """Say how to read a row group: rows of a batch, and the columns to leave encoded as they are.

    A column that is all references into a small dictionary is searched in the dictionary. Where a part of it is written
    out, that would make one large dictionary of it; then its values are written out for each row, so the batches are
    small enough that this cannot take all memory, whatever the values are.
    """
    rows = max(64, min(_MOST_ROWS, _BATCH_BYTES * max(1, group.rows) // max(1, group.size)))
    encoded: list[str] = []
    for chunk in group.chunks:
        if not chunk.text or chunk.dictionary is None:
            continue
        size = footer.page_size(file, chunk.dictionary)
        if size is None:
            size = _SPREAD
        if chunk.size - size < 8 * max(1, chunk.values):
            encoded.append(chunk.path)
        elif size:
            rows = max(1, min(rows, _SPREAD // size))
    return rows, encoded


class _Rows:
    """What the rows of a batch say of themselves."""

    def __init__(self, batch: pa.RecordBatch, detector: Detector, reference: datetime) -> None:
        self._batch = batch
        self._detector = detector
        self._reference = reference
        self._known: dict[int, About] = {}
        lower: dict[str, int] = {}
        for number, name in enumerate(batch.schema.names):
            lower.setdefault(name.lower(), number)

        called = {role: [lower[name] for name in names if name in lower] for role, names in ROLES.items()}
        self._times = called["time"] or self._of_time()
        self._levels, self._components = called["level"], called["component"]
        self._hosts, self._requests = called["host"], called["request"]
        self._has = bool(self._times) or any(called.values())

    def _of_time(self) -> list[int]:
        import pyarrow as pa

        return [number for number, one in enumerate(self._batch.schema) if pa.types.is_timestamp(one.type)]

    def about(self, row: int) -> About:
        """Return what a row says of itself, but for secrets."""
        if not self._has:
            return NOTHING
        about = self._known.get(row)
        if about is None:
            about = self._known[row] = About(
                self._time(row),
                next(filter(None, (level_of(raw) for raw in self._texts(self._levels, row))), None),
                self._shown(self._components, row),
                self._shown(self._hosts, row),
                self._shown(self._requests, row),
            )
        return about

    def _shown(self, columns: list[int], row: int) -> str | None:
        for raw in self._texts(columns, row):
            text = shown(raw)
            if text:
                try:
                    secret = any(match.severity >= Severity.HIGH for match in find(self._detector, raw))
                except TimeoutError:
                    secret = True
                return None if secret else text
        return None

    def _texts(self, columns: list[int], row: int) -> Iterator[bytes]:
        for number in columns:
            value = self._batch.column(number)[row].as_py()
            if isinstance(value, str):
                yield value.encode("utf-8", "surrogatepass")
            elif isinstance(value, bytes):
                yield value
            elif isinstance(value, int) and not isinstance(value, bool):
                yield b"%d" % value

    def _time(self, row: int) -> str | None:
        for number in self._times:
            stamp = self._stamp(self._batch.column(number)[row])
            if stamp:
                return stamp
        return None

    def _stamp(self, value: Any) -> str | None:
        import pyarrow as pa

        if not value.is_valid:
            return None
        kind = value.type
        if pa.types.is_timestamp(kind):
            return _moment(value.value, kind.unit, zoned=kind.tz is not None)
        plain = value.as_py()
        if isinstance(plain, datetime):
            return plain.isoformat()
        if isinstance(plain, date):
            return plain.isoformat() + "T00:00:00"
        if isinstance(plain, (int, float)) and not isinstance(plain, bool):
            number = b"%d" % plain if isinstance(plain, int) else b"%.3f" % plain
            return timestamp(b'{"ts":' + number + b"}", self._reference)
        raw = plain.encode("utf-8", "replace") if isinstance(plain, str) else plain
        return timestamp(raw[:64] + b" ", self._reference) if isinstance(raw, bytes) else None


_UNITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}


def _moment(value: int, unit: str, *, zoned: bool) -> str | None:
    """Write a time that is counted from 1970.

    >>> _moment(1767323045678, "ms", zoned=True), _moment(0, "s", zoned=False)
    ('2026-01-02T03:04:05.678Z', '1970-01-01T00:00:00')
    """
    digits = _UNITS[unit]
    seconds, rest = divmod(value, 10**digits)
    try:
        stamp = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    except OverflowError:
        return None
    fraction = f".{rest:0{digits}d}".rstrip("0") if rest else ""
    return stamp + fraction + ("Z" if zoned else "")


def _reason(error: BaseException) -> str:
    """Say what went wrong without the words of a library, which may quote the file."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ArrowMemoryError":
        return "the table asks for more memory than there is"
    return f"the table is damaged or of a kind that cannot be read ({type(error).__name__})"
