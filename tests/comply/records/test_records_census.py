"""What records say of themselves: of each format, of samples, of hostile texts."""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logscrub.comply.records import Census, SourceCensus, census
from logscrub.comply.records.said import Records
from logscrub.sources.formats import Format

SAMPLES = Path(__file__).resolve().parents[3] / "sample_logs"


@pytest.fixture(scope="module")
def samples() -> dict[str, SourceCensus]:
    """The census of the sample logs, by file name."""
    return {Path(one.path).name: one for one in census(SAMPLES).sources}


def one(path: Path, **options: int) -> SourceCensus:
    """The census of one text."""
    (source,) = census(path, **options).sources  # type: ignore[arg-type]
    return source


@pytest.mark.parametrize(
    ("name", "form", "records", "zoned", "structured"),
    [
        ("app.log.1.gz", "plain", 54, 0, False),
        ("audit.csv", "csv", 56, 0, True),
        ("cloudwatch.json", "json-document", 20, 20, True),
        ("container-cri.log", "cri", 64, 64, True),
        ("django-traceback.log", "plain", 19, 0, False),
        ("elasticsearch.jsonl", "json", 44, 44, True),
        ("events.xml", "evtx-xml", 44, 44, True),
        ("journal.export", "journald-export", 13, 13, True),
        ("k8s-container.log", "docker", 56, 56, True),
        ("nginx-access.log", "access", 76, 76, True),
        ("payments.logfmt", "logfmt", 58, 58, True),
        ("syslog", "syslog", 60, 0, False),
    ],
)
def test_a_format(
    samples: dict[str, SourceCensus], name: str, form: str, records: int, zoned: int, structured: bool
) -> None:
    found = samples[name]
    assert (found.format, found.records, found.with_offset, found.structured) == (form, records, zoned, structured)
    assert found.timed == records
    assert (found.looked_at, found.sampled, found.rewinds) == (found.lines, False, 0)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("audit.csv", {"time", "where", "who", "what", "resource"}),
        ("nginx-access.log", {"time", "where", "what", "outcome", "resource"}),
        ("orders.jsonl", {"time", "level", "who", "what", "resource", "request"}),
        ("journal.export", {"time", "level", "component", "where", "what"}),
        ("elasticsearch.jsonl", {"time", "level", "component", "where", "what", "request"}),
    ],
)
def test_what_all_records_of_a_log_say(samples: dict[str, SourceCensus], name: str, fields: set[str]) -> None:
    assert {field for field in samples[name].fields if samples[name].coverage(field) == 1} == fields


def test_keys_are_those_of_the_list(samples: dict[str, SourceCensus]) -> None:
    """A key in the census is never text of the log."""
    assert samples["audit.csv"].keys["who"] == ("actor",)
    assert samples["orders.jsonl"].keys["who"] == ("user",)


def test_zones_rewinds_and_gaps(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(
        "2026-01-02T03:04:05Z INFO a\n2026-01-02T04:04:06+01:00 INFO b\n2026-01-02T03:03:00Z INFO back\n"
        "2026-01-02T03:04:05 INFO no zone\n  indented\n2026-01-02T03:30:00Z INFO late\nINFO no time\n"
    )
    found = one(log)
    assert (found.with_offset, found.without_offset, found.untimed, found.records) == (4, 1, 1, 6)
    assert (found.rewinds, found.first_rewind) == (1, 3)
    assert (found.first, found.last) == ("2026-01-02T03:03:00Z", "2026-01-02T03:30:00Z")
    assert found.largest_gap == 25 * 60 + 54
    assert found.days == pytest.approx(27 / 24 / 60)


def test_who_did_what_and_how_it_ended(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    log.write_text(
        '{"ts":1700000000,"principal":{"id":7},"action":"delete","result":"denied","target":{"name":"t"},"clientIp":"::1"}\n'
        '{"ts":1700000001,"userId":null,"action":"","result":"-","order":{"status":"shipped"}}\n'
    )
    assert dict(one(log).fields) == {"time": 2, "who": 1, "where": 1, "what": 1, "outcome": 1, "resource": 2}


def test_a_sample_is_spread_over_the_text(tmp_path: Path) -> None:
    log = tmp_path / "big.log"
    lines = [
        f"2026-01-02T{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}Z INFO line user=u{at} {'x' * 400}"
        for at in range(10_000)
    ]
    log.write_text("\n".join(lines) + "\n")
    (tmp_path / "big.log.gz").write_bytes(gzip.compress(log.read_bytes(), 1))
    for path in (log, tmp_path / "big.log.gz"):
        found = one(path, budget=1000)
        assert (found.lines, found.sampled, found.rewinds, found.largest_gap) == (10_000, True, 0, None)
        assert 400 < found.looked_at < 1300
        assert found.records == found.looked_at == found.with_offset == found.fields["who"]
        assert (found.first, found.last) == ("2026-01-02T00:00:00Z", "2026-01-02T02:46:39Z")
    assert one(log, budget=10_000).looked_at == 10_000


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                "2026-01-02 03:04:05 INFO x",
                "  at y",
                "user=a status=1",
                '{"ts":"2026-01-02T03:04:05Z","user":"u"}',
                "",
                "zz",
                "{",
            ]
        ),
        max_size=40,
    )
)
def test_below_the_budget_the_budget_does_not_matter(tmp_path: Path, lines: list[str]) -> None:
    log = tmp_path / "any.log"
    log.write_text("\n".join(lines))
    assert census(log, budget=len(lines) * 2 + 2) == census(log)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300), st.sampled_from(["plain", "json", "cri", "docker", "csv", "journald-export", "evtx-xml"])
)
def test_no_record_is_too_odd(data: bytes, name: str) -> None:
    from datetime import datetime

    from logscrub.comply.records.names import builtin_names

    records = Records(Format(name), builtin_names(), datetime(2026, 1, 1), b"time,user,note")
    for record in (data, b'{"user":' + data, b"<Event><Data Name='user'>" + data, b"time=" + data):
        assert records.read(record.replace(b"\n", b" ")).known.keys() <= set(_fields())


def _fields() -> tuple[str, ...]:
    from logscrub.comply.records import FIELDS

    return FIELDS


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":' * 50_000,
        b"[" * 100_000,
        b'{"user":' + b"9" * 20_000 + b"}\n" + b'{"user":"a"}\n' * 3,
        b'{"' + b"k" * 300_000 + b'":1}\n',
        b"x" * 3_000_000,
        b"a=b " * 200_000,
        b'"' * 100_000,
        b"<Event " * 50_000,
        b"\r" * 10_000,
        b"time,user\n" + b'"' * 50_000,
        b"2026-13-45T99:99:99Z INFO x\n99999999999999999999 y\n",
    ],
)
def test_hostile_texts_are_counted_quickly(tmp_path: Path, text: bytes) -> None:
    log = tmp_path / "odd.log"
    log.write_bytes(text)
    found = census(log)
    assert len(found.sources) + len(found.unread) == 1


def test_archives_tables_pipes_and_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "in.log").write_text("2026-01-02T03:04:05Z INFO x\n")
    with tarfile.open(tmp_path / "logs.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "in.log", "in.log")
    (tmp_path / "odd.bin").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "empty.log").write_text("")
    found = census([tmp_path, tmp_path / "missing.log", "/dev/null"])
    assert [Path(one.path).name for one in found.sources] == ["empty.log", "in.log", "in.log"]
    assert {Path(one.path).name for one in found.unread} == {"odd.bin", "missing.log", "null"}


def test_it_can_be_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        (tmp_path / name).write_text("2026-01-02T03:04:05Z INFO x\n")
    assert census(tmp_path, progress=lambda path, read: False).stopped

    def interrupted(path: str, read: int) -> bool:
        raise KeyboardInterrupt

    found = census(tmp_path, progress=interrupted)
    assert found.stopped
    assert [one.records for one in found.sources] == [1]


def test_nothing_of_a_record_is_in_the_census(tmp_path: Path) -> None:
    log = tmp_path / "s.jsonl"
    record = {"ts": "2026-01-02T03:04:05Z", "user": "eve.sentinel", "secret_sentinel": 1, "status": "sentinel"}
    log.write_text(json.dumps(record) + "\n")
    assert "sentinel" not in repr(census(log))
    assert isinstance(census(log), Census)
