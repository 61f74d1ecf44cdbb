"""A value planted in every format, packed in every way, is found where it was planted and with what its record says."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from logscrub.audit import scan
from logscrub.findings import Place
from logscrub.policy import Policy

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
POLICY = Policy(select=("github-token", "password"), key=b"0123456789abcdef")
MOMENT = "2026-03-04T10:12:39"
BEFORE = 9


class Planted(NamedTuple):
    """A log, and what is to be said of the value in it.

    Attributes:
        lines: of the log, the value in one of them.
        value: how it is written there, up to where it is cut.
        said: time, level, component, host, request and field.
    """

    lines: list[str]
    said: tuple[str | None, ...]
    value: str = TOKEN


def rows(line: Callable[[int, str], str]) -> list[str]:
    """Nine lines without the value, one with it, and two without."""
    return [line(number, TOKEN if number == BEFORE else f"quiet{number}") for number in range(12)]


def journal(number: int, value: str) -> str:
    stamp = 1772619150000000 + number * 1_000_000
    fields = (
        f"__REALTIME_TIMESTAMP={stamp}\n_HOSTNAME=web-1\n_SYSTEMD_UNIT=pay.service\nPRIORITY=3\nMESSAGE=used {value}"
    )
    return fields + "\n"


def stamp(number: int) -> str:
    return f"2026-03-04T10:12:{30 + number:02d}"


FORMATS: dict[str, Planted] = {
    "python": Planted(
        rows(lambda n, v: f"{stamp(n).replace('T', ' ')},250 - shop.pay - ERROR - used {v}"),
        (f"{MOMENT}.250", "ERROR", "shop.pay", None, None, None),
    ),
    "syslog": Planted(
        rows(lambda n, v: f"<11>1 {stamp(n)}Z web-1 pay 812 - - used {v}"),
        (f"{MOMENT}Z", "ERROR", "pay", "web-1", None, None),
    ),
    "json lines": Planted(
        rows(
            lambda n, v: json.dumps(
                {
                    "timestamp": f"{stamp(n)}Z",
                    "level": "error",
                    "logger": "pay",
                    "host": "web-1",
                    "request_id": "r-7",
                    "a": [{"b": v}],
                }
            )
        ),
        (f"{MOMENT}Z", "ERROR", "pay", "web-1", "r-7", "$.a[0].b"),
    ),
    "logfmt": Planted(
        rows(lambda n, v: f"ts={stamp(n)}Z level=error logger=pay host=web-1 request_id=r-7 used={v}"),
        (f"{MOMENT}Z", "ERROR", "pay", "web-1", "r-7", "used"),
    ),
    "access": Planted(
        rows(
            lambda n, v: f'10.0.0.1 - - [04/Mar/2026:10:12:{30 + n:02d} +0100] "GET /a?b={v} HTTP/1.1" 200 5 "-" "x/1"'
        ),
        (f"{MOMENT}+01:00", None, None, None, None, "request"),
    ),
    "cri": Planted(
        rows(lambda n, v: f"{stamp(n)}.123456789Z stderr F used {v}"),
        (f"{MOMENT}.123456789Z", None, None, None, None, None),
    ),
    "cri in pieces": Planted(
        [
            *rows(lambda n, v: f"{stamp(n)}.123456789Z stderr F used {v}")[:BEFORE],
            f"{MOMENT}.123456789Z stderr P used {TOKEN[:20]}",
            f"{MOMENT}.123456789Z stderr F {TOKEN[20:]} today",
        ],
        (f"{MOMENT}.123456789Z", None, None, None, None, None),
        TOKEN[:20],
    ),
    "docker": Planted(
        rows(
            lambda n, v: json.dumps(
                {"log": f"used {v}\n", "stream": "stdout", "time": f"{stamp(n)}Z"}, separators=(",", ":")
            )
        ),
        (f"{MOMENT}Z", None, None, None, None, "$.log"),
    ),
    "journal export": Planted(
        rows(journal), ("2026-03-04T10:12:39Z", "ERROR", "pay.service", "web-1", None, "MESSAGE")
    ),
    "journal json": Planted(
        rows(
            lambda n, v: json.dumps(
                {
                    "__REALTIME_TIMESTAMP": str(1772619150000000 + n * 1_000_000),
                    "_HOSTNAME": "web-1",
                    "_SYSTEMD_UNIT": "pay.service",
                    "PRIORITY": "3",
                    "MESSAGE": f"used {v}",
                }
            )
        ),
        ("2026-03-04T10:12:39Z", "ERROR", "pay.service", "web-1", None, "$.MESSAGE"),
    ),
    "csv": Planted(
        [
            "time,level,host,password",
            *rows(lambda n, v: f"{stamp(n)}Z,error,web-1,{'hunter2-horse' if v == TOKEN else ''}"),
        ],
        (f"{MOMENT}Z", "ERROR", None, "web-1", None, "password"),
        "hunter2-horse",
    ),
    "elasticsearch": Planted(
        rows(
            lambda n, v: json.dumps(
                {
                    "_index": "a",
                    "_source": {"@timestamp": f"{stamp(n)}Z", "log": {"level": "error"}, "message": f"used {v}"},
                }
            )
        ),
        (f"{MOMENT}Z", "ERROR", None, None, None, "$._source.message"),
    ),
    "loki": Planted(
        rows(
            lambda n, v: json.dumps(
                {"labels": {"app": "pay", "host": "web-1"}, "line": f"used {v}", "timestamp": f"{stamp(n)}Z"}
            )
        ),
        (f"{MOMENT}Z", None, "pay", "web-1", None, "$.line"),
    ),
    "windows events": Planted(
        rows(
            lambda n, v: (
                "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Pay'/><Level>2</Level>"
                f"<TimeCreated SystemTime='{stamp(n)}.000000Z'/><Computer>web-1</Computer></System>"
                f"<EventData><Data Name='Used'>{v}</Data></EventData></Event>"
            )
        ),
        (f"{MOMENT}.000000Z", "ERROR", "Pay", "web-1", None, "Used"),
    ),
}


def zipped(text: bytes, name: str, method: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr(name, text)
    return made.getvalue()


def tarred(text: bytes, name: str, mode: str = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:  # type: ignore[call-overload]
        member = tarfile.TarInfo(name)
        member.size, member.mtime = len(text), 1772619150
        archive.addfile(member, io.BytesIO(text))
    return made.getvalue()


def zstandard(text: bytes) -> bytes:
    return pytest.importorskip("backports.zstd").compress(text)


def lz4(text: bytes) -> bytes:
    return pytest.importorskip("lz4.frame").compress(text)


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "plain": ("", lambda text: text),
    "crlf": ("", lambda text: text),
    "utf-8 with a mark": ("", lambda text: b"\xef\xbb\xbf" + text),
    "utf-16": ("", lambda text: text.decode().encode("utf-16")),
    "utf-16 without a mark": ("", lambda text: text.decode().encode("utf-16-le")),
    "gzip": ("", gzip.compress),
    "gzip in members": ("", lambda text: gzip.compress(text[:300]) + gzip.compress(text[300:])),
    "bzip2": ("", bz2.compress),
    "xz": ("", lzma.compress),
    "zstd": ("", zstandard),
    "lz4": ("", lz4),
    "zip stored": ("!/in/a.log", lambda text: zipped(text, "in/a.log", zipfile.ZIP_STORED)),
    "zip deflated": ("!/in/a.log", lambda text: zipped(text, "in/a.log", zipfile.ZIP_DEFLATED)),
    "tar": ("!/in/a.log", lambda text: tarred(text, "in/a.log")),
    "tar.gz": ("!/in/a.log", lambda text: tarred(text, "in/a.log", "w:gz")),
    "gzip in tar in zip": (
        "!/b.tar!/in/a.log",
        lambda text: zipped(tarred(gzip.compress(text), "in/a.log"), "b.tar", zipfile.ZIP_DEFLATED),
    ),
}


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("form", FORMATS)
def test_a_planted_value_is_found_where_it_is(tmp_path: Path, form: str, packed: str) -> None:
    if packed == "crlf" and form in ("cri in pieces", "journal export"):
        pytest.skip("a carriage return is part of a value there")
    planted = FORMATS[form]
    ending = "\r\n" if packed == "crlf" else "\n"
    lines = [line.replace("\n", ending) for line in planted.lines]
    text = ending.join(lines) + ending
    mark = 3 if packed == "utf-8 with a mark" else 0
    inner, pack = PACKED[packed]
    path = tmp_path / "app.log"
    path.write_bytes(pack(text.encode()))
    result = scan(path, policy=POLICY)
    assert result.errors == ()
    (finding,) = result.findings
    at = text.index(planted.value)
    start = text.rfind("\n", 0, at) + 1
    column = at - start + 1 + (mark if start == 0 else 0)
    expected = Place(str(path) + inner, text.count("\n", 0, at) + 1, column, at + mark, *planted.said)
    assert finding.first == finding.last == expected
    assert finding.count == 1


@pytest.mark.parametrize("kind", ["parquet", "orc", "arrow", "avro"])
def test_a_planted_value_in_a_table_is_found_in_its_cell(tmp_path: Path, kind: str) -> None:
    table = {
        "time": [f"{stamp(number)}Z" for number in range(12)],
        "level": ["error"] * 12,
        "logger": ["pay"] * 12,
        "message": [f"used {TOKEN if number == BEFORE else number}" for number in range(12)],
        "password": ["hunter2-horse" if number == 3 else None for number in range(12)],
    }
    path = tmp_path / "table"
    if kind == "avro":
        fastavro = pytest.importorskip("fastavro")
        fields = [{"name": name, "type": ["null", "string"]} for name in table]
        records = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
        with path.open("wb") as stream:
            fastavro.writer(stream, {"type": "record", "name": "row", "fields": fields}, records)
    else:
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow import feather, orc, parquet

        write = {"parquet": parquet.write_table, "orc": orc.write_table, "arrow": feather.write_feather}[kind]
        write(pyarrow.table(table), str(path))
    result = scan(path, policy=POLICY)
    assert result.errors == ()
    places = {one.rule: one.first for one in result.findings}
    said = ("ERROR", "pay", None, None)
    assert places == {
        "github-token": Place(str(path), BEFORE + 1, 6, 5, f"{MOMENT}Z", *said, "message"),
        "password": Place(str(path), 4, 1, 0, f"{stamp(3)}Z", *said, "password"),
    }


def test_a_table_in_an_archive_is_told_to_be_unread(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"message": [f"used {TOKEN}"] * 50}), str(tmp_path / "a.parquet"))
    path = tmp_path / "logs.tar.gz"
    path.write_bytes(tarred((tmp_path / "a.parquet").read_bytes(), "in/a.parquet", "w:gz"))
    result = scan(path, policy=POLICY)
    assert [(one.path, one.reason) for one in result.errors] == [
        (f"{path}!/in/a.parquet", "is a table (parquet), which is read only where it lies by itself")
    ]
