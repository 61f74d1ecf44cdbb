"""Scanning: from files to findings."""

from __future__ import annotations

import gzip
import itertools
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from logscrub.audit import scan
from logscrub.audit.engine import Engine, Job
from logscrub.audit.shards import Shard
from logscrub.audit.work import scan_shard
from logscrub.detect import Detector
from logscrub.findings import Place, ScanResult, Tally
from logscrub.fingerprint import Fingerprinter
from logscrub.model import Match, Severity
from logscrub.policy import Policy
from logscrub.sources import Source

KEY = b"0123456789abcdef"
PACK = """
[[rule]]
id = "test-token"
title = "Test token"
category = "secret.test"
severity = "high"
regex = '(?<![a-z0-9_])tst_[a-z0-9]{8}(?![a-z0-9])'
tags = ["cwe-532"]
examples = ["tst_ab12cd34"]
counterexamples = ["tst_short"]
"""
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"
PEM = f"-----BEGIN PRIVATE KEY-----\n{BODY * 20}-----END PRIVATE KEY-----\n"

Write = Callable[[str, "str | bytes"], str]


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    pack = tmp_path_factory.mktemp("packs") / "test.toml"
    pack.write_text(PACK)
    return Policy(select=("test-token", "password", "pem-private-key"), packs=(str(pack),), key=KEY)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)

    def write(name: str, text: str | bytes) -> str:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return name

    return write


def comparable(result: ScanResult) -> ScanResult:
    return replace(result, elapsed=0, started="", inputs=())


def test_one_value_in_many_places_is_one_finding(write: Write, policy: Policy) -> None:
    write("a.log", "2024-01-02 03:04:05 é tst_ab12cd34\n2024-01-02 03:04:06 tst_ab12cd34 tst_ab12cd34\n")
    write("b.log", "2024-01-01 00:00:00 tst_ab12cd34\nno time: tst_zz99zz99\n")
    result = scan(["a.log", "b.log"], policy=policy)
    many, once = result.findings
    assert (many.rule, many.title, many.category, many.tags) == (
        "test-token",
        "Test token",
        "secret.test",
        ("cwe-532",),
    )
    assert (many.count, many.files, many.file_count) == (4, (("a.log", 3), ("b.log", 1)), 2)
    assert many.first == Place("b.log", 1, 21, 20, "2024-01-01T00:00:00")
    assert many.last == Place("a.log", 2, 34, 69, "2024-01-02T03:04:06")
    assert many.fingerprint == Fingerprinter(KEY).digest(b"tst_ab12cd34")
    assert (once.count, once.first) == (1, once.last)
    assert once.first == Place("b.log", 2, 10, 42, "2024-01-01T00:00:00")
    assert (result.files, result.lines, result.bytes) == (2, 4, os.path.getsize("a.log") + os.path.getsize("b.log"))
    assert result.complete


def test_passwords_have_no_fingerprint_and_are_grouped_by_key_and_file(write: Write, policy: Policy) -> None:
    write("a.log", "password=hunter2\npassword=tr0ub4dor&3\ndb_password=correct-horse\n")
    write("b.log", "password=hunter2\n")
    findings = scan(["a.log", "b.log"], policy=policy).findings
    assert sorted((one.first.path, one.key, one.count, one.fingerprint) for one in findings) == [
        ("a.log", "db_password", 1, None),
        ("a.log", "password", 2, None),
        ("b.log", "password", 1, None),
    ]


def test_no_raw_value_is_anywhere_in_a_result(write: Write, policy: Policy) -> None:
    write("a.log", f"password=hunter2 tst_ab12cd34\n{PEM}")
    result = scan("a.log", policy=policy)
    assert len(result.findings) == 3
    for secret in ("hunter2", "ab12cd34", BODY[:20]):
        assert secret not in repr(result)


def test_a_key_is_one_finding_wherever_blocks_end(write: Write, policy: Policy) -> None:
    for before in ((1 << 20) - 700, (1 << 20) - 10, (1 << 20) + 3, (1 << 20) - len(PEM)):
        filler = "x" * 99 + "\n"
        text = filler * (before // 100) + "y" * (before % 100) + "\n" + PEM + "after tst_ab12cd34\n"
        findings = scan(write("a.log", text), policy=policy).findings
        assert sorted((one.rule, one.count) for one in findings) == [("pem-private-key", 1), ("test-token", 1)]
        assert findings[0].first.line == text[: text.index("-----BEGIN")].count("\n") + 1
        assert findings[1].first.line == text.count("\n")


def test_a_token_in_a_very_long_line_has_its_place(write: Write, policy: Policy) -> None:
    text = "first\n" + "x" * 5_000_000 + " tst_ab12cd34 " + "y" * 3_000_000 + " tst_zz99zz99\nlast tst_aa00aa00"
    findings = scan(write("a.log", text), policy=policy).findings
    assert sorted((one.first.line, one.first.column, one.first.offset, one.count) for one in findings) == [
        (2, 5_000_002, 5_000_007, 1),
        (2, 8_000_016, 8_000_021, 1),
        (3, 6, 8_000_039, 1),
    ]


def test_lines_with_crlf_and_odd_bytes_count_as_they_should(write: Write, policy: Policy) -> None:
    result = scan(write("a.log", b"\0\xff\r\n\r\npassword=hunter2\r\n\xe9 tst_ab12cd34\r\n"), policy=policy)
    assert sorted((one.rule, one.first.line, one.first.column) for one in result.findings) == [
        ("password", 3, 10),
        ("test-token", 4, 3),
    ]


def test_first_and_last_follow_time_between_rotated_files(write: Write, policy: Policy) -> None:
    for name, day in (("app.log", 3), ("app.log.1", 2), ("app.log.2.gz", 1)):
        text = f"2024-01-0{day} 00:00:00 tst_ab12cd34\n2024-01-0{day} 12:00:00 tst_ab12cd34\n".encode()
        write(name, gzip.compress(text) if name.endswith("gz") else text)
    (finding,) = scan(".", policy=policy).findings
    assert (str(finding.first), finding.first.time) == ("./app.log.2.gz:1", "2024-01-01T00:00:00")
    assert (str(finding.last), finding.last.time) == ("./app.log:2", "2024-01-03T12:00:00")


def test_the_order_of_inputs_does_not_matter(write: Write, policy: Policy) -> None:
    values = [f"tst_{number:08d}" for number in range(40)]
    for number in range(6):
        lines = [random.Random(number * 100 + n).choice(values) for n in range(60)]
        write(f"{number}.log", "".join(f"2024-01-01 00:0{number}:00 {line} password=x1y2z3\n" for line in lines))
    names = [f"{number}.log" for number in range(6)]
    expected = comparable(scan(names, policy=policy, max_findings=10))
    assert len(expected.findings) == 10 + 1 + 6
    for order in itertools.islice(itertools.permutations(names), 0, 720, 97):
        assert comparable(scan(order, policy=policy, max_findings=10)) == expected


def test_tallies_merge_in_any_grouping(write: Write, policy: Policy) -> None:
    engine, job = Engine.of(policy), Job(policy, max_findings=7)
    values = [f"tst_{number:08d}" for number in range(40)]
    for number in range(5):
        write(f"{number}.log", "".join(f"{value}\n" for value in random.Random(number).sample(values, 20)))

    def one(number: int) -> Tally:
        return scan_shard(engine, Shard(Source(f"{number}.log")), job)

    def folded(groups: list[list[int]]) -> object:
        total = Tally(7)
        for group in groups:
            part = Tally(7)
            for number in group:
                part.merge(one(number))
            total.merge(part)
        return total.findings(lambda rule: (rule, ()))

    expected = folded([[0, 1, 2, 3, 4]])
    assert folded([[4], [3, 2], [1, 0]]) == expected
    assert folded([[2, 4, 0], [], [3], [1]]) == expected


def test_values_beyond_the_limit_are_counted_in_one_finding(write: Write, policy: Policy) -> None:
    values = [f"tst_{number:08d}" for number in range(500)]
    write("a.log", "".join(f"{value}\n" for value in values * 3))
    result = scan("a.log", policy=policy, max_findings=20)
    assert len(result.findings) == 21
    overflow = result.findings[0]
    assert overflow.overflow
    assert (overflow.id, overflow.fingerprint, overflow.count) == ("test-token-overflow", None, 480 * 3)
    assert all(one.count == 3 for one in result.findings[1:])
    assert result.limits == ("more than 20 distinct values of test-token: further ones are counted in one finding",)


def test_a_value_in_very_many_files_names_the_first_hundred(write: Write, policy: Policy) -> None:
    for number in range(130):
        write(f"logs/{number:03d}.log", "tst_ab12cd34\n")
    (finding,) = scan("logs", policy=policy).findings
    assert (finding.count, finding.file_count, len(finding.files)) == (130, 130, 100)
    assert finding.files[-1] == ("logs/099.log", 1)


def test_what_is_not_read_is_said_and_the_rest_is_scanned(write: Write, policy: Policy) -> None:
    write("logs/cut.gz", gzip.compress(b"tst_ab12cd34\n" + os.urandom(90_000).hex().encode())[:-40_000])
    write("logs/binary", b"\x7fELF" + bytes(range(256)) * 40)
    write("logs/archive.zst", b"\x28\xb5\x2f\xfd....")
    os.mkfifo("logs/pipe")
    Path("logs/gone.log").symlink_to("nowhere")
    result = scan(["logs", "missing.log"], policy=policy)
    assert [one.rule for one in result.findings] == ["test-token"]
    assert not result.complete
    assert sorted((one.path, one.reason) for one in result.errors) == [
        ("logs/archive.zst", "damaged zstd data, the rest was not read (ZstdError)"),
        ("logs/cut.gz", "gzip data ends early, what was readable was read"),
        ("missing.log", "no such file or directory"),
    ]
    assert sorted((one.path, one.reason) for one in result.skipped) == [
        ("logs/binary", "binary, skipped"),
        ("logs/gone.log", "dangling symbolic link"),
        ("logs/pipe", "named pipe, skipped"),
    ]


def test_binary_data_the_user_named_is_an_error(write: Write, policy: Policy) -> None:
    result = scan(write("a", b"\x7fELF" + bytes(range(256)) * 40), policy=policy)
    assert [one.reason for one in result.errors] == ["binary, skipped"]


def test_a_record_that_takes_too_long_is_an_error(
    write: Write, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm = Detector.confirm

    def slow(self: Detector, record: bytes, hits: list[tuple[int, int]]) -> list[Match]:
        if b"slow" in record:
            raise TimeoutError
        return confirm(self, record, hits)

    monkeypatch.setattr(Detector, "confirm", slow)
    result = scan(write("a.log", "x\nslow tst_ab12cd34\nslow tst_ab12cd34\ntst_ab12cd34\n"), policy=policy)
    assert [one.first.line for one in result.findings] == [4]
    assert [one.reason for one in result.errors] == ["2 records took too long to judge, the first in line 2"]


def test_ctrl_c_returns_what_was_found_so_far(write: Write, policy: Policy) -> None:
    write("a.log", "tst_ab12cd34\n" + "x" * 99 + "\n")
    write("b.log", "tst_zz99zz99\n")

    def interrupt(path: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    result = scan(["a.log", "b.log"], policy=policy, progress=interrupt)
    assert result.interrupted
    assert not result.complete
    assert [one.first.path for one in result.findings] == ["a.log"]


def test_progress_says_how_far_it_is(write: Write, policy: Policy) -> None:
    write("a.log", b"x\n" * (1 << 20))
    write("b.log", b"x\n" * 10)
    seen: list[tuple[str, int, int]] = []
    scan(["a.log", "b.log"], policy=policy, progress=lambda *one: seen.append(one))
    assert seen[-1] == ("b.log", (2 << 20) + 20, (2 << 20) + 20)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_findings_come_the_worst_first_and_can_be_cut_by_severity(write: Write, policy: Policy) -> None:
    write("a.log", "tst_ab12cd34\n" * 5 + PEM + "tst_zz99zz99\n" * 9)
    result = scan("a.log", policy=policy)
    assert [(str(one.severity), one.count) for one in result.findings] == [("critical", 1), ("high", 9), ("high", 5)]
    assert len(result.at_least(Severity.CRITICAL).findings) == 1


def test_an_empty_file_is_clean(write: Write, policy: Policy) -> None:
    result = scan(write("a.log", ""), policy=policy)
    assert (result.findings, result.files, result.lines, result.bytes, result.complete) == ((), 1, 0, 0, True)


_MEASURE = """
import resource, sys
from logscrub.audit import scan
from logscrub.policy import Policy
policy = Policy(select=("test-token",), packs=(sys.argv[1],))
scan(sys.argv[2], policy=policy)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
result = scan(sys.argv[3], policy=policy)
print(len(result.findings), result.lines, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("kind", ["one line", "sparse", "gzip", "many values"])
def test_memory_does_not_grow_with_the_input(write: Write, policy: Policy, kind: str) -> None:
    write("small.log", b"x" * (3 << 20) + b"\n" + b"".join(b"tst_%08d\n" % number for number in range(20_000)))
    path = Path("big.log")
    if kind == "sparse":
        with path.open("wb") as stream:
            stream.truncate(256 << 20)
    elif kind == "many values":
        path.write_bytes(b"".join(b"tst_%08d\n" % number for number in range(120_000)))
    else:
        with path.open("wb") if kind == "one line" else gzip.open(path, "wb", 1) as stream:
            for _ in range(64):
                stream.write(b"x" * (1 << 20))
            stream.write(b" tst_ab12cd34\n")
    command = [sys.executable, "-c", _MEASURE, policy.packs[0], "small.log", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    findings, lines, grown = map(int, done.stdout.split())
    assert (findings, lines) == {"sparse": (0, 1), "many values": (10_001, 120_000)}.get(kind, (1, 1))
    unit = 1 if sys.platform == "darwin" else 1024
    # Even a fingerprint alone, kept for each of the many values, is more.
    assert grown * unit < (12 if kind == "many values" else 16) << 20


def test_what_a_record_says_of_itself_holds_nothing_of_the_value(write: Write) -> None:
    lines = (
        '{"time": "2026-03-04T10:00:00Z", "level": "info", "logger": "Zyx9Wvu8Tsr7", "password": "Zyx9Wvu8Tsr7"}\n'
        '{"time": "2026-03-04T10:00:00Z", "level": "info", "host": "quirin.foe@example-mail.com", "msg": "x password=hunter2-x"}\n'
        "2026-03-04 10:00:00 INFO quirin.foe@example-mail.com: logged in\n"
    )
    result = scan(write("a.log", lines), policy=Policy(key=KEY))
    assert len(result.findings) >= 2
    for secret in ("Zyx9Wvu8", "quirin", "hunter2"):
        assert secret not in repr(result)
