"""Tables: every cell is judged as it would be by itself, and hostile files end in a problem."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import subprocess
import sys
import zlib
from functools import cache
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logscrub.detect import Detector
from logscrub.errors import SourceError
from logscrub.policy import Policy
from logscrub.sources.tables import CellMatches, Table, is_table, search
from logscrub.sources.tables import table as table_module
from logscrub.sources.tables.avro import _written
from logscrub.sources.tables.names import Name, NamedValues, Names

TOKEN = "ghp_" + "aB3dE6gH9" * 4
UTC = dt.UTC


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(Policy().rules(), known=None)


def parquet(table: pa.Table, **how: Any) -> io.BytesIO:
    file = io.BytesIO()
    pq.write_table(table, file, **how)
    return file


def arrow(table: pa.Table, **how: Any) -> io.BytesIO:
    file = io.BytesIO()
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, **how)
    return file


def orc_file(table: pa.Table) -> io.BytesIO:
    file = io.BytesIO()
    orc.write_table(table, file)
    return file


def avro(schema: dict[str, Any], rows: list[dict[str, Any]], **how: Any) -> io.BytesIO:
    file = io.BytesIO()
    fastavro.writer(file, fastavro.parse_schema(schema), rows, **how)
    return file


def found(file: io.BytesIO, detector: Detector, **part: int) -> list[CellMatches]:
    opened = Table(file)
    cells = list(opened.find(detector, **part))
    assert opened.problem is None
    return cells


def places(cells: list[CellMatches]) -> list[tuple[int, str, list[str]]]:
    return [
        (one.row, one.column, [one.cell[match.start : match.end].decode() for match in one.matches or ()])
        for one in cells
    ]


PLANTED = [
    {
        "ts": dt.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        "level": "warn",
        "logger": "shop.pay",
        "host": "web-1",
        "request_id": "r-77",
        "message": f"bob came with {TOKEN}",
        "password": "hunter2!x",
        "card": 4111111111111111,
        "user": {"email": "anna.schmidt@example.org", "name": "x"},
        "headers": [("Authorization", "Bearer kJ8sd7fGh3kLm9Qw"), ("Accept", "*/*")],
        "tags": [{"name": "color", "value": "blue"}, {"name": "api_key", "value": "kJ8sd7fGh3kLm9Qw"}],
    },
    {"level": "info", "message": "nothing to see"},
    {
        "ts": dt.datetime(2026, 1, 2, 3, 4, 7, tzinfo=UTC),
        "level": "ERROR",
        "logger": "shop.mail",
        "message": "pin=4821",
        "password": "secretpw9",
        "user": {"email": "b@example.com", "name": None},
        "headers": [],
        "tags": [],
    },
]
SCHEMA = pa.schema(
    [
        ("ts", pa.timestamp("ms", "UTC")),
        ("level", pa.string()),
        ("logger", pa.string()),
        ("host", pa.string()),
        ("request_id", pa.string()),
        ("message", pa.string()),
        ("password", pa.string()),
        ("card", pa.int64()),
        ("user", pa.struct([("email", pa.string()), ("name", pa.string())])),
        ("headers", pa.map_(pa.string(), pa.string())),
        ("tags", pa.list_(pa.struct([("name", pa.string()), ("value", pa.string())]))),
    ]
)
EXPECTED = [
    (1, "message", [TOKEN]),
    (1, "password", ["hunter2!x"]),
    (1, "card", ["4111111111111111"]),
    (1, "user.email", ["anna.schmidt@example.org"]),
    (1, "headers.Authorization", ["kJ8sd7fGh3kLm9Qw"]),
    (1, "tags[1].api_key", ["kJ8sd7fGh3kLm9Qw"]),
    (3, "message", ["4821"]),
    (3, "password", ["secretpw9"]),
    (3, "user.email", ["b@example.com"]),
]


def planted() -> pa.Table:
    return pa.Table.from_pylist(PLANTED, SCHEMA)


@pytest.mark.parametrize(
    "file",
    [
        parquet(planted()),
        parquet(planted(), use_dictionary=False, row_group_size=1, compression="zstd"),
        parquet(planted(), data_page_version="2.0", compression="none"),
        arrow(planted()),
        arrow(planted(), max_chunksize=1),
        orc_file(planted()),
    ],
    ids=["parquet", "parquet, groups of a row", "parquet v2", "arrow", "arrow, batches of a row", "orc"],
)
def test_planted_values(file: io.BytesIO, detector: Detector) -> None:
    cells = found(file, detector)
    assert places(cells) == EXPECTED
    first, last = cells[0].about, cells[-1].about
    assert first[:5] == ("2026-01-02T03:04:05.678Z", "WARNING", "shop.pay", "web-1", "r-77")
    assert last[:5] == ("2026-01-02T03:04:07Z", "ERROR", "shop.mail", None, None)


def test_feather(detector: Detector) -> None:
    file = io.BytesIO()
    feather.write_feather(planted(), file, compression="zstd")
    assert places(found(file, detector)) == EXPECTED


AVRO = {
    "type": "record",
    "name": "Line",
    "fields": [
        {"name": "ts", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
        {"name": "level", "type": "string"},
        {"name": "logger", "type": ["null", "string"]},
        {"name": "message", "type": "string"},
        {"name": "password", "type": ["null", "string"]},
        {"name": "card", "type": ["null", "long"]},
        {
            "name": "user",
            "type": ["null", {"type": "record", "name": "U", "fields": [{"name": "email", "type": "string"}]}],
        },
        {"name": "headers", "type": ["null", {"type": "map", "values": "string"}]},
        {"name": "mixed", "type": ["null", "string", "long", {"type": "map", "values": "string"}]},
    ],
}


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2", "xz", "zstandard"])
def test_avro(codec: str, detector: Detector) -> None:
    rows = [
        {name: dict(value) if name == "headers" else value for name, value in row.items()} | {"mixed": mixed}
        for row, mixed in zip(PLANTED, ({"password": "hunter2!x"}, 7, "password=secretpw9"), strict=True)
    ]
    cells = found(avro(AVRO, rows, codec=codec, sync_interval=10), detector)
    assert places(cells) == [
        *(one for one in EXPECTED[:5]),
        (1, "mixed", ["hunter2!x"]),
        *EXPECTED[6:],
        (3, "mixed", ["secretpw9"]),
    ]
    assert cells[0].about[:3] == ("2026-01-02T03:04:05.678Z", "WARNING", "shop.pay")


def test_snappy_avro(detector: Detector) -> None:
    """Arrow decompresses what fastavro has no package for. The container is written by hand."""
    plain = avro({"type": "string"}, [f"key {TOKEN}"] * 40).getvalue()
    sync = plain[-16:]
    body = plain[plain.index(sync) + 16 : -16]
    block = body[3:]  # two bytes of size
    assert len(block) > 64
    packed = pa.compress(block, "snappy", asbytes=True) + b"crc!"
    head = plain[: plain.index(sync) + 16].replace(b"\x08null", b"\x0csnappy")
    size = len(packed) << 1
    file = io.BytesIO(head + body[:1] + bytes([size & 0x7F | 0x80, size >> 7]) + packed + sync)
    assert [one.row for one in found(file, detector)] == list(range(1, 41))


def test_parts_are_the_whole(detector: Detector) -> None:
    table = pa.table({"message": [f"n {number} {TOKEN if number % 7 == 3 else ''}" for number in range(100)]})
    for file in (parquet(table, row_group_size=13), arrow(table, max_chunksize=13), orc_file(table)):
        whole = found(file, detector)
        assert [one.row for one in whole] == list(range(4, 101, 7))
        count = Table(file).parts
        for cut in range(count + 1):
            assert found(file, detector, first=0, last=cut) + found(file, detector, first=cut) == whole


TEXTS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(
        [
            "pin=4821",
            "abc",
            "x",
            "",
            "password",
            "=hunter2x",
            "password=hunter2!x",
            TOKEN,
            "a" + TOKEN,
            TOKEN + "z",
            "anna@example.org",
            "one\ntwo password=hunter2!x\nthree",
            "é password: hunter2!x",
            "-----BEGIN PRIVATE KEY-----",
            "4111 1111 1111 1111",
            "pwd:",
            "\n",
            "key: value",
            "Bearer kJ8sd7fGh3kLm9Qw",
            "\\u0070assword=hunter2!x",
            "ssn 078-05-1120",
        ]
    ),
)
NAMES = ["message", "password", "text", "api_key", "email", "card", "ssn", "n"]


def judged(detector: Detector, column: str, raw: bytes) -> list[Any]:
    name = Names(detector).under(Name(), column)
    return NamedValues(detector, name, quoted=True).find(raw) if name.telling else detector.find_bytes(raw)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_cell_is_found_as_by_itself(data: st.DataObject, detector: Detector) -> None:
    """What is found in a table is what is found in each of its cells: no more at seams, and no less."""
    columns = data.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    count = data.draw(st.integers(0, 30))
    rows = [{name: data.draw(TEXTS) for name in columns} for _ in range(count)]
    kind = data.draw(
        st.sampled_from([pa.string(), pa.large_string(), pa.binary(), pa.dictionary(pa.int32(), pa.string())])
    )
    encoded = [
        {name: text.encode() if kind == pa.binary() and text is not None else text for name, text in row.items()}
        for row in rows
    ]
    table = pa.Table.from_pylist(encoded, pa.schema([(name, kind) for name in columns]))
    file = data.draw(st.sampled_from([parquet, arrow]))(table)
    piece = search._PIECE
    search._PIECE = data.draw(st.sampled_from([1, 20, 100, piece]))
    try:
        got = [(one.row, one.column, one.cell, one.matches) for one in found(file, detector)]
    finally:
        search._PIECE = piece
    expected = []
    for number, row in enumerate(rows, 1):
        for name in columns:
            raw = (row[name] or "").encode()
            if raw and (matches := judged(detector, name, raw)):
                expected.append((number, name, raw, matches))
    assert got == expected


CELLS = st.sampled_from(["a", "password=hunter2!x", TOKEN])
NESTED = st.lists(st.none() | st.lists(st.none() | st.lists(CELLS, max_size=3), max_size=3), max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=NESTED, skip=st.integers(0, 5), large=st.booleans())
def test_paths_lead_to_the_cell(rows: list[Any], skip: int, large: bool, detector: Detector) -> None:
    kind = pa.large_list(pa.large_list(pa.string())) if large else pa.list_(pa.list_(pa.string()))
    table = pa.Table.from_arrays([pa.array(rows, kind)], names=["x"]).slice(skip)
    expected = []
    for number, row in enumerate(rows[skip:], 1):
        for i, inner in enumerate(row or ()):
            expected += [(number, f"x[{i}][{j}]", text.encode()) for j, text in enumerate(inner or ()) if text != "a"]
    for file in (arrow(table), parquet(table)):
        assert [(one.row, one.column, one.cell) for one in found(file, detector)] == expected


def test_names_of_structures(detector: Detector) -> None:
    rows = [
        {
            "session": {"id": "kJ8sd7fGh3kLm9QwZx"},
            "password": {"old": "kJ8sd7fGh3kLm9Qw", "min_length": "kJ8sd7fGh3kLm9Qx"},
        }
    ]
    cells = found(parquet(pa.Table.from_pylist(rows)), detector)
    assert [one.column for one in cells] == ["session.id", "password.old"]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (pa.int64(), 4111111111111111, b"4111111111111111"),
        (pa.uint64(), 4111111111111111, b"4111111111111111"),
        (pa.float64(), 4111111111111111.0, b"4111111111111111"),
        (pa.decimal128(20, 0), 4111111111111111, b"4111111111111111"),
    ],
)
def test_numbers_under_names_that_matter(kind: pa.DataType, value: int, text: bytes, detector: Detector) -> None:
    table = pa.table({"card_number": pa.array([None, value], kind), "size": pa.array([value, value], kind)})
    assert [(one.row, one.column, one.cell) for one in found(parquet(table), detector)] == [(2, "card_number", text)]


def test_dates_under_names_that_matter(detector: Detector) -> None:
    day = dt.date(1984, 3, 2)
    table = pa.table({"birth_date": [day], "day": [day]})
    assert places(found(parquet(table), detector)) == [(1, "birth_date", ["1984-03-02"])]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([1767323045], pa.int64()), "2026-01-02T03:04:05Z"),
        (pa.array([1767323045678], pa.int64()), "2026-01-02T03:04:05.678Z"),
        (pa.array([1767323045.5]), "2026-01-02T03:04:05.500Z"),
        (pa.array(["2026-01-02 03:04:05,678"]), "2026-01-02T03:04:05.678"),
        (pa.array([1767323045678901234], pa.timestamp("ns")), "2026-01-02T03:04:05.678901234"),
        (pa.array([1767323045], pa.timestamp("s", "Europe/Paris")), "2026-01-02T03:04:05Z"),
        (pa.array([None], pa.timestamp("s")), None),
        (pa.array([2**62], pa.timestamp("s")), None),
    ],
)
def test_times(column: pa.Array, expected: str | None, detector: Detector) -> None:
    (one,) = found(arrow(pa.table({"time": column, "message": ["pin=4821"]})), detector)
    assert one.about.time == expected


def test_what_a_row_says_of_itself_is_no_secret(detector: Detector) -> None:
    (one, two) = found(parquet(pa.table({"logger": [TOKEN], "message": ["pin=4821"]})), detector)
    assert one.about.component is None and two.about.component is None


def test_a_column_named_like_a_secret_is_not_shown(detector: Detector) -> None:
    (one,) = found(parquet(pa.table({f"x {TOKEN}": ["pin=4821"]})), detector)
    assert one.column == "column 1"


def test_a_huge_cell_is_found_in_lines(detector: Detector) -> None:
    text = "nothing to see here\n" * 50_000 + "pin=4821\n"
    (one,) = found(parquet(pa.table({"message": ["a", text]})), detector)
    assert one.row == 2
    assert [one.cell[match.start : match.end] for match in one.matches or ()] == [b"4821"]


def test_values_of_a_dictionary_are_not_written_out_for_each_row(detector: Detector) -> None:
    """A few large values that all rows refer to would be many gigabytes of text."""
    text = "x" * 1_000_000 + " pin=4821"
    table = pa.table({"message": pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), [text])})
    file = parquet(table)
    opened = Table(file)
    total = sum(1 for _ in zip(opened.find(detector), range(50)))
    assert total == 50
    assert opened.bytes < 10_000_000


def test_text_out_of_all_proportion(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    """One value that is written out for each row, since others in the column are no references into a dictionary."""
    monkeypatch.setattr(table_module, "_SPREAD", 1 << 26)
    monkeypatch.setattr(table_module, "_LEAST", 1 << 20)
    same, others = ["x" * 100_000] * 1000, [f"{number:08}" * 100 for number in range(3000)]
    file = parquet(pa.table({"message": same + others}), compression="zstd", row_group_size=4000)
    assert len(file.getvalue()) < 300_000
    opened = Table(file, max_ratio=100)
    assert list(opened.find(detector)) == []
    assert opened.problem is not None and "too much text" in opened.problem
    assert 0 < opened.rows_read < 1000


def test_what_is_a_table() -> None:
    assert is_table(parquet(planted()).getvalue()[:16]) == "parquet"
    assert is_table(arrow(planted()).getvalue()[:16]) == "arrow"
    assert is_table(orc_file(planted()).getvalue()[:16]) == "orc"
    assert is_table(avro({"type": "string"}, ["x"]).getvalue()[:16]) == "avro"
    for head in (b"", b"PAR", b"ORC is what they fight", b"ARROW", b"Obj\x02", b"2026 PAR1"):
        assert is_table(head) == ""


@cache
def hostile() -> dict[str, bytes]:
    """Containers of Avro by which few bytes would take all memory or time."""
    record = {"type": "record", "name": "R", "fields": [{"name": "next", "type": ["null", "R"]}]}
    nothing = {"type": "array", "items": "null"}
    deep: Any = "string"
    for _ in range(300):
        deep = {"type": "array", "items": deep}

    def container(schema: Any, count: int, data: bytes, codec: bytes = b"null") -> bytes:
        text = json.dumps(schema).encode() if not isinstance(schema, bytes) else schema
        head = (
            b"Obj\x01"
            + _written(2)
            + b"".join(_written(len(one)) + one for one in (b"avro.schema", text, b"avro.codec", codec))
            + b"\0"
            + b"s" * 16
        )
        return head + _written(count) + _written(len(data)) + data + b"s" * 16

    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = squeeze.compress(bytes(300 << 20)) + squeeze.flush()
    return {
        "recursive": container(record, 1, b"\x02" * 1_000_000),
        "arrays of nothing": container(nothing, 1, b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\0"),
        "records of nothing": container({"type": "record", "name": "R", "fields": []}, 1 << 50, b""),
        "deep": container(deep, 1, b"\x02" * 10),
        "deep text": container(b"[" * 200_000, 1, b""),
        "bomb": container("string", 1, bomb, b"deflate"),
        "long text": container("string", 1, b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7fabc"),
        "negative text": container("string", 1, b"\x05abc"),
        "union": container(["string", "null"], 1, b"\x10abc"),
        "schema": container({"type": "record"}, 1, b"abc"),
        "schema of numbers": container(5, 1, b"abc"),
        "codec": container("string", 1, b"abc", b"\xff\xfe"),
        "short": container("string", 5, b"\x02a")[:-10],
        "header": b"Obj\x01\xfe\xff\xff\xff\xff\xff\xff\xff\x7f",
        "nothing": b"Obj\x01",
    }


def test_hostile_avro(detector: Detector) -> None:
    for name, data in hostile().items():
        file = io.BytesIO(data)
        try:
            opened = Table(file)
        except SourceError as error:
            problem: str | None = str(error)
        else:
            assert list(opened.find(detector)) == [], name
            problem = opened.problem
        assert problem is not None and 10 < len(problem) < 160, name


def test_cut_off_anywhere(detector: Detector) -> None:
    """A table that ends too early is a problem, and what is there is found where it can be."""
    avro_rows = [{"message": f"{TOKEN} {number}"} for number in range(200)]
    schema = {"type": "record", "name": "L", "fields": [{"name": "message", "type": "string"}]}
    for whole in (
        parquet(planted()),
        arrow(planted()),
        orc_file(planted()),
        avro(schema, avro_rows, sync_interval=500),
    ):
        data = whole.getvalue()
        for end in [*range(0, min(len(data), 300), 7), *range(300, len(data), len(data) // 40 + 1)]:
            file = io.BytesIO(data[:end])
            try:
                opened = Table(file)
            except SourceError:
                continue
            cells = list(opened.find(detector))
            assert (
                opened.problem is not None
                or len(cells) == sum(1 for _ in Table(io.BytesIO(data)).find(detector))
                or opened.kind == "avro"
            )


FUZZ = """
import io, random, sys
sys.path.insert(0, sys.argv[1])
import pyarrow as pa
pa.set_cpu_count(1)
from logscrub.detect import Detector
from logscrub.errors import SourceError
from logscrub.policy import Policy
from logscrub.sources.tables import Table
detector = Detector(Policy().rules(), known=None)
rng = random.Random(int(sys.argv[2]))
problems = whole = 0
for path in sys.argv[4:]:
    data = open(path, "rb").read()
    for _ in range(int(sys.argv[3])):
        bad = bytearray(data)
        for _ in range(rng.choice((1, 1, 2, 8))):
            at = rng.randrange(6, len(bad)) if rng.random() < 0.5 else rng.randrange(max(6, len(bad) - 600), len(bad))
            bad[at] = rng.choice((0, 0xFF, 0x7F, 0x80, rng.randrange(256), bad[at] ^ 1))
        if rng.random() < 0.1:
            del bad[rng.randrange(6, len(bad)) :]
        try:
            table = Table(io.BytesIO(bytes(bad)))
        except SourceError:
            problems += 1
            continue
        list(table.find(detector))
        problems += table.problem is not None
        whole += table.problem is None
print(problems, whole)
"""


@pytest.mark.parametrize("kind", ["parquet", "arrow", "orc", "avro"])
def test_damage_anywhere_is_a_problem_and_no_crash(kind: str, tmp_path: Any) -> None:
    """Bytes are changed at random, in a process of its own, whose end by a signal would be seen here."""
    rows = pa.concat_tables([planted()] * 20)
    makers = {
        "parquet": [parquet(rows), parquet(rows, compression="none", use_dictionary=False)],
        "arrow": [arrow(rows), arrow(rows.drop_columns(["headers"]))],
        "orc": [orc_file(rows)],
        "avro": [
            avro(
                {
                    "type": "record",
                    "name": "L",
                    "fields": [
                        {"name": "message", "type": "string"},
                        {"name": "m", "type": {"type": "map", "values": "string"}},
                    ],
                },
                [{"message": f"pin=4821 {n}", "m": {"a": "b"}} for n in range(50)],
            )
        ],
    }
    paths = []
    for number, file in enumerate(makers[kind]):
        paths.append(str(tmp_path / f"{number}"))
        (tmp_path / f"{number}").write_bytes(file.getvalue())
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(table_module.__file__))))
    done = subprocess.run(
        [sys.executable, "-c", FUZZ, root, "1", "60", *paths], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    problems, whole = map(int, done.stdout.split())
    assert problems > 10 and problems + whole == 60 * len(paths)
