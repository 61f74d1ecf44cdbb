"""Avro object containers, read block by block within bounds, and their records as columns.

The container is read here, since a library that inflates a block to whatever size it has would take all memory; the
records in a block are read by fastavro. https://avro.apache.org/docs/1.12.0/specification/#object-container-files
"""

from __future__ import annotations

import bz2
import io
import json
import lzma
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from logscrub.errors import MissingExtraError, SourceError

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"Obj\x01"
_MOST_BLOCK = 256 << 20
_MOST_HEADER = 16 << 20
_DEEPEST = 48
_BATCH_ROWS = 8192
_BATCH_BYTES = 8 << 20
_CODECS = ("null", "deflate", "bzip2", "xz", "zstandard", "snappy")
_PRIMITIVE = frozenset(("null", "boolean", "int", "long", "float", "double", "bytes", "string"))


class Header(NamedTuple):
    """How a container is written."""

    schema: Any
    codec: str
    sync: bytes


def read_header(file: BinaryIO) -> Header:
    """Read the beginning of a container.

    Raises:
        SourceError: it is none, or its records could not be read within bounds.
    """
    if file.read(4) != MAGIC:
        raise SourceError("is no Avro container")
    meta: dict[bytes, bytes] = {}
    left = _MOST_HEADER
    while count := _long(file):
        if count < 0:
            _long(file)
            count = -count
        for _ in range(count):
            key, value = _bytes(file, left), _bytes(file, left)
            left -= len(key) + len(value) + 2
            meta[key] = value
    sync = file.read(16)
    codec = meta.get(b"avro.codec", b"null").decode("ascii", "replace")
    if len(sync) < 16 or b"avro.schema" not in meta:
        raise SourceError("the Avro header is damaged")
    if codec not in _CODECS:
        raise SourceError("is Avro with a codec that is not known")
    try:
        schema = json.loads(meta[b"avro.schema"])
        _check(schema, frozenset(), 0)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SourceError("the Avro schema is damaged") from None
    return Header(schema, codec, sync)


def _check(schema: Any, inside: frozenset[str], depth: int) -> bool:
    """Refuse a schema by which few bytes make endless records; tell whether a value always takes a byte.

    Names are refused where they stand inside of what they name: such records are as deep as a writer likes.
    """
    if depth > _DEEPEST:
        raise SourceError("the Avro schema is nested too deep")
    if isinstance(schema, list):
        for one in schema:
            _check(one, inside, depth + 1)
        return True
    if isinstance(schema, str):
        if schema.rpartition(".")[2] in inside:
            raise SourceError("the Avro schema is recursive, which cannot be read")
        return schema in _PRIMITIVE and schema != "null"
    kind = schema["type"]
    if kind in ("record", "error"):
        held = inside | {str(schema["name"]).rpartition(".")[2]}
        taken = [_check(one["type"], held, depth + 1) for one in schema["fields"]]  # all of them are looked at
        return any(taken)
    if kind == "array":
        if not _check(schema["items"], inside, depth + 1):
            raise SourceError("the Avro schema has arrays of nothing")
        return True
    if kind == "map":
        _check(schema["values"], inside, depth + 1)
        return True
    if kind == "fixed":
        return int(schema["size"]) > 0
    return True if kind == "enum" else _check(kind, inside, depth + 1)


def blocks(file: BinaryIO, header: Header) -> Iterator[tuple[int, bytes]]:
    """Yield (records, bytes) for each block, decompressed.

    Raises:
        SourceError: the container is damaged, or a block too large.
    """
    while first := file.read(1):
        count, size = _long(file, first), _long(file)
        if not 0 <= size <= _MOST_BLOCK:
            raise SourceError("a block of the Avro container is too large")
        packed = file.read(size)
        if len(packed) < size or file.read(16) != header.sync:
            raise SourceError("the Avro container ends early or is damaged")
        try:
            data = _unpacked(header.codec, packed)
        except (OSError, ValueError, EOFError, zlib.error, lzma.LZMAError):
            raise SourceError("a block of the Avro container is damaged") from None
        if len(data) > _MOST_BLOCK:
            raise SourceError("a block of the Avro container is too large")
        if not 0 <= count <= len(data):
            raise SourceError("a block of the Avro container declares more records than it has bytes")
        yield count, data


def _unpacked(codec: str, packed: bytes) -> bytes:
    """Decompress a block, to one byte more than it may have at most."""
    if codec == "deflate":
        return zlib.decompressobj(-15).decompress(packed, _MOST_BLOCK + 1)
    if codec == "bzip2":
        return bz2.BZ2Decompressor().decompress(packed, _MOST_BLOCK + 1)
    if codec == "xz":
        return lzma.LZMADecompressor().decompress(packed, _MOST_BLOCK + 1)
    if codec == "null":
        return packed
    import pyarrow as pa

    if codec == "zstandard":
        with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
            unpacked: bytes = stream.read(_MOST_BLOCK + 1)
            return unpacked
    file = io.BytesIO(packed)
    size = _unsigned(file)
    if size > _MOST_BLOCK:
        raise SourceError("a block of the Avro container is too large")
    plain: bytes = pa.decompress(packed[:-4], size, "snappy", asbytes=True)
    return plain


def records(header: Header, count: int, data: bytes) -> Iterator[Any]:
    """Yield the records of a block.

    Raises:
        SourceError: they are damaged.
    """
    try:
        import fastavro
    except ImportError:
        raise SourceError(str(MissingExtraError("reading Avro", "tables"))) from None
    # A container of this block alone, which the library reads at several times the speed of single records.
    meta = {b"avro.schema": json.dumps(_physical(header.schema)).encode(), b"avro.codec": b"null"}
    pairs = b"".join(_written(len(part)) + part for pair in meta.items() for part in pair)
    parts = (MAGIC, _written(len(meta)), pairs, b"\0", header.sync)
    block = (_written(count), _written(len(data)), data, header.sync)
    try:
        yield from fastavro.reader(io.BytesIO(b"".join(parts + block)))
    except Exception as error:
        raise SourceError(f"a record of the Avro container cannot be read ({type(error).__name__})") from None


def _physical(schema: Any) -> Any:
    """Return a schema without logical types: numbers stay numbers, which Arrow is told the meaning of."""
    if isinstance(schema, list):
        return [_physical(one) for one in schema]
    if isinstance(schema, dict):
        return {key: _physical(value) for key, value in schema.items() if key != "logicalType"}
    return schema


def batches(file: BinaryIO, header: Header) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield (number of the first row, from 0, and rows as columns) until the container ends.

    Raises:
        SourceError: the rest cannot be read.
    """
    types = column_types(header.schema)
    row = first = held = 0
    rows: list[Any] = []
    for count, data in blocks(file, header):
        each = len(data) // max(1, count)
        reading = records(header, count, data)
        while True:
            try:
                rows.append(next(reading))
            except StopIteration:
                break
            except SourceError:
                if rows:
                    yield first, _batch(rows, types)
                raise
            row, held = row + 1, held + each
            if len(rows) >= _BATCH_ROWS or held >= _BATCH_BYTES:
                yield first, _batch(rows, types)
                rows, first, held = [], row, 0
    if rows:
        yield first, _batch(rows, types)


def column_types(schema: Any) -> dict[str, pa.DataType | None]:
    """Return the columns of a schema, and what they hold; None for what is turned to text, as it is of several kinds.

    >>> column_types({"type": "record", "name": "r", "fields": [{"name": "n", "type": ["null", "long"]}]})
    {'n': DataType(int64)}
    """
    names: dict[str, Any] = {}
    if not isinstance(schema, dict) or schema.get("type") != "record":
        return {"value": _type(schema, names)}
    names[_last(schema["name"])] = schema
    return {str(one["name"]): _type(one["type"], names) for one in schema["fields"]}


def _last(name: object) -> str:
    return str(name).rpartition(".")[2]


def _type(schema: Any, names: dict[str, Any]) -> pa.DataType | None:
    import pyarrow as pa

    if isinstance(schema, list):
        kinds = [_type(one, names) for one in schema if one != "null"]
        return kinds[0] if len(kinds) == 1 else None
    if isinstance(schema, str):
        plain = {
            "null": pa.null(),
            "boolean": pa.bool_(),
            "int": pa.int32(),
            "long": pa.int64(),
            "float": pa.float32(),
            "double": pa.float64(),
            "bytes": pa.large_binary(),
            "string": pa.large_binary(),
        }
        return plain[schema] if schema in plain else _type(names[_last(schema)], names)
    kind = schema["type"]
    if "name" in schema:
        names[_last(schema["name"])] = schema
    if kind in ("record", "error"):
        fields = [(str(one["name"]), _type(one["type"], names)) for one in schema["fields"]]
        return None if any(inner is None for _, inner in fields) else pa.struct(fields)
    if kind in ("array", "map"):
        inner = _type(schema["items" if kind == "array" else "values"], names)
        if inner is None:
            return None
        return pa.large_list(inner) if kind == "array" else pa.map_(pa.string(), inner)
    if kind in ("fixed", "enum"):
        return pa.large_binary()
    logical = {
        "date": pa.date32(),
        "timestamp-millis": pa.timestamp("ms", "UTC"),
        "timestamp-micros": pa.timestamp("us", "UTC"),
        "timestamp-nanos": pa.timestamp("ns", "UTC"),
        "local-timestamp-millis": pa.timestamp("ms"),
        "local-timestamp-micros": pa.timestamp("us"),
        "local-timestamp-nanos": pa.timestamp("ns"),
    }
    meant = logical.get(schema.get("logicalType")) if kind in ("int", "long") else None
    return meant if meant is not None else _type(kind, names)


def _batch(rows: list[Any], types: dict[str, pa.DataType | None]) -> pa.RecordBatch:
    """Turn records into columns. What does not fit the type it should have is turned to text."""
    import pyarrow as pa

    if not isinstance(rows[0], dict) or list(types) == ["value"]:
        rows = [row if isinstance(row, dict) and "value" in row else {"value": row} for row in rows]
    arrays = []
    for title, kind in types.items():
        values = [row.get(title) for row in rows]
        try:
            array = None if kind is None else pa.array(values, kind)
        except (pa.ArrowException, OverflowError, ValueError, TypeError):
            array = None
        if array is None:
            array = pa.array([None if value is None else _text(value) for value in values], pa.large_binary())
        arrays.append(array)
    return pa.RecordBatch.from_arrays(arrays, names=list(types))


def _text(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    plain = isinstance(value, (Mapping, list))
    return (json.dumps(value, default=_shown, ensure_ascii=False) if plain else str(value)).encode("utf-8", "replace")


def _shown(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _unsigned(file: BinaryIO, first: bytes = b"") -> int:
    value = shift = 0
    while True:
        byte = first or file.read(1)
        first = b""
        if not byte or shift > 63:
            raise SourceError("the Avro container ends early or is damaged")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
        shift += 7


def _long(file: BinaryIO, first: bytes = b"") -> int:
    value = _unsigned(file, first)
    return (value >> 1) ^ -(value & 1)


def _bytes(file: BinaryIO, limit: int) -> bytes:
    size = _long(file)
    if not 0 <= size <= limit:
        raise SourceError("the Avro header is damaged")
    data = file.read(size)
    if len(data) < size:
        raise SourceError("the Avro container ends early or is damaged")
    return data


def _written(number: int) -> bytes:
    value = (number << 1) ^ (number >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
