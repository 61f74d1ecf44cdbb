"""The ledger: only what is new is read, and the outcome is that of reading everything."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from logscrub.audit import scan
from logscrub.errors import ConfigError
from logscrub.findings import ScanResult
from logscrub.policy import Policy

FILLER = b"2026-03-04 10:12:33 INFO worker ready, nothing to tell here at all\n"
SECRET = "hunter2-horse"


class Logs:
    """A directory of logs and a ledger for it."""

    def __init__(self, root: Path) -> None:
        self.root = root / "logs"
        self.root.mkdir()
        self.ledger = str(root / "logs.ledger")
        self.read = 0

    def scan(self, jobs: int = 1, policy: Policy | None = None) -> ScanResult:
        """Scan with the ledger, and check it against a scan without."""
        self.read = 0
        first: list[int] = []

        def progress(path: str, done: int, total: int) -> None:
            first.append(done)

        result = scan(str(self.root), ledger=self.ledger, jobs=jobs, policy=policy, progress=progress)
        self.read = sum(one.stat().st_size for one in self.root.iterdir()) - (first[0] if first else 0)
        key = Path(self.ledger + ".key").read_bytes().strip()
        plain = scan(str(self.root), policy=replace(policy or Policy(), key=key))
        assert comparable(result) == comparable(plain)
        return result

    def write(self, name: str, data: bytes, mode: str = "wb") -> Path:
        path = self.root / name
        with path.open(mode) as stream:
            stream.write(data)
        return path


def comparable(result: ScanResult) -> ScanResult:
    return replace(
        result,
        elapsed=0,
        started="",
        inputs=(),
        gone=(),
        history=(),
        remarks=(),
        findings=tuple(replace(one, status="", since="") for one in result.findings),
    )


@pytest.fixture
def logs(tmp_path: Path) -> Logs:
    return Logs(tmp_path)


def reading(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Note which bytes are judged: the beginning of each shard and its size."""
    import logscrub.audit.work as room

    seen: list[tuple[str, int]] = []
    real = room.scan_shard

    def scan_shard(engine, shard, job, **rest):  # type: ignore[no-untyped-def]
        seen.append((os.path.basename(shard.source.path), shard.size))
        return real(engine, shard, job, **rest)

    monkeypatch.setattr(room, "scan_shard", scan_shard)
    return seen


def statuses(result: ScanResult) -> list[tuple[str, str]]:
    return sorted((one.rule, one.status) for one in result.findings)


def test_only_new_bytes_of_a_grown_file_are_read(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    path = logs.write("app.log", FILLER * 3000 + b"password=" + SECRET.encode() + b"\n")
    whole = path.stat().st_size
    assert statuses(logs.scan()) == [("password", "")]
    seen = reading(monkeypatch)
    scan(str(logs.root), ledger=logs.ledger)
    assert seen == []
    logs.write("app.log", b"mail to jane.roe@example-mail.com\nhalf a li", "ab")
    result = scan(str(logs.root), ledger=logs.ledger)
    assert seen == [("app.log", 34), ("app.log", 9)]
    assert statuses(result) == [("email", "new"), ("password", "known")]
    assert result.lines == 3003
    logs.write("app.log", b"ne password=another1\n", "ab")
    seen.clear()
    scan(str(logs.root), ledger=logs.ledger)
    assert seen == [("app.log", 9 + 21)]
    assert path.stat().st_size == whole + 34 + 9 + 21
    logs.scan()


def test_a_rotated_file_is_known_by_its_new_name(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    path = logs.write("app.log", FILLER * 3000 + b"password=" + SECRET.encode() + b"\n")
    logs.scan()
    path.rename(logs.root / "app.log.1")
    logs.write("app.log", b"fresh jane.roe@example-mail.com\n")
    seen = reading(monkeypatch)
    result = scan(str(logs.root), ledger=logs.ledger)
    assert seen == [("app.log", 32)]
    assert {one.first.path for one in result.findings} == {str(logs.root / "app.log"), str(logs.root / "app.log.1")}
    monkeypatch.undo()
    logs.scan()


def test_of_a_copied_and_cut_file_the_copy_is_read_anew(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    path = logs.write("app.log", FILLER * 3000 + b"password=" + SECRET.encode() + b"\n")
    logs.scan()
    shutil.copy(path, logs.root / "app.log.1")
    logs.write("app.log", b"cut\n")
    seen = reading(monkeypatch)
    scan(str(logs.root), ledger=logs.ledger)
    assert sorted(seen) == [("app.log", 4), ("app.log.1", (logs.root / "app.log.1").stat().st_size)]
    monkeypatch.undo()
    logs.scan()


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_was_replaced_or_rewritten_is_read_anew(logs: Logs, jobs: int) -> None:
    path = logs.write("app.log", FILLER * 9000 + b"password=" + SECRET.encode() + b"\n")
    logs.scan(jobs)
    changed = bytearray(path.read_bytes())
    changed[5000:5030] = b" jane.roe@example-mail.com ok\n"
    logs.write("app.log", bytes(changed) + FILLER)  # the same inode, grown, and different before
    # What stands before the end of a part tells; a change further before is not looked for as long as it grows.
    other = FILLER * 9000 + b"token is gone, mail max.moe@example-mail.com\n"
    logs.write("app.log", b"another beginning\n" + other)
    result = logs.scan(jobs)
    assert statuses(result) == [("email", "new")]
    assert [one.rule for one in result.gone] == ["password"]
    logs.write("packed.gz", gzip.compress(b"password=" + SECRET.encode() + b"\n"))
    assert ("password", "new") in statuses(logs.scan(jobs))
    time.sleep(0.01)
    logs.write("packed.gz", gzip.compress(b"nothing in here now\n"))
    assert [one.rule for one in logs.scan(jobs).gone] == ["password"]


def test_an_edit_that_keeps_length_and_time_is_seen(logs: Logs) -> None:
    path = logs.write("app.log", FILLER * 900 + b"password=hunter2-ho\n" + FILLER * 900)
    logs.scan()
    before = path.stat()
    clean = path.read_bytes().replace(b"hunter2-ho", b"[password]")
    for replaced in (True, False):
        if replaced:  # as redact does it
            logs.write("other.tmp", clean).replace(path)
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        else:
            logs.write("app.log", clean.replace(b"[password]", b"hunter2-ho"))
        assert len(logs.scan().findings) == (0 if replaced else 1)


def test_random_histories_come_to_what_a_full_scan_comes_to(logs: Logs) -> None:
    drawn = random.Random(5)
    pieces = [FILLER * 40, b"mail jane%d@example-mail.com\n", b"half a line", b"password=hunter%d-x\n", b"\n"]
    for _ in range(25):
        names = [one.name for one in logs.root.iterdir()] or ["app.log"]
        name = drawn.choice([*names, "app.log", "other.log"])
        path = logs.root / name
        what = drawn.choice(["grow", "grow", "grow", "rotate", "cut", "copy", "remove"])
        piece = drawn.choice(pieces)
        piece = piece % drawn.randint(0, 99) if b"%d" in piece else piece
        if what == "grow" or not path.exists():
            logs.write(name, piece, "ab")
        elif what == "rotate":
            path.rename(logs.root / f"{name}.{drawn.randint(1, 9)}"[-40:])
        elif what == "cut":
            logs.write(name, piece)
        elif what == "copy":
            shutil.copy(path, logs.root / "copy.log")
        else:
            path.unlink()
        logs.scan(jobs=1)


def test_a_ledger_holds_no_raw_value_and_is_its_owners_only(logs: Logs) -> None:
    logs.write("app.log", f"password={SECRET}\nmail jane.roe@example-mail.com\n".encode() * 50)
    logs.scan()
    for name in (logs.ledger, logs.ledger + ".key"):
        assert os.stat(name).st_mode & 0o777 == 0o600
    with sqlite3.connect(logs.ledger) as book:
        import zlib

        blobs = b"".join(zlib.decompress(row[0]) for row in book.execute("SELECT tally FROM parts"))
    assert b"password" in blobs
    for held in (blobs, Path(logs.ledger).read_bytes()):
        assert SECRET.encode() not in held
        assert b"jane" not in held, held[max(0, held.index(b"jane") - 80) :][:160]


def test_other_rules_are_another_matter(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    logs.write("app.log", FILLER * 100 + b"password=hunter2-horse mail jane.roe@example-mail.com\n")
    assert statuses(logs.scan(policy=Policy(select=("password",)))) == [("password", "")]
    assert statuses(logs.scan(policy=Policy(select=("email",)))) == [("email", "")]
    seen = reading(monkeypatch)
    assert statuses(scan(str(logs.root), ledger=logs.ledger, policy=Policy(select=("password",)))) == [
        ("password", "known")
    ]
    assert seen == []


def test_what_cannot_be_a_ledger_is_refused_with_the_way_out(logs: Logs, tmp_path: Path) -> None:
    logs.write("app.log", b"x\n")
    (tmp_path / "no.ledger").write_text("this is a letter, and no database at all" * 50)
    with pytest.raises(ConfigError, match="no.ledger: is no ledger.*name another file"):
        scan(str(logs.root), ledger=tmp_path / "no.ledger")
    logs.scan()
    Path(logs.ledger + ".key").write_text("00" * 32)
    with pytest.raises(ConfigError, match="written under another key"):
        scan(str(logs.root), ledger=logs.ledger)
    Path(logs.ledger + ".key").write_text("none")
    with pytest.raises(ConfigError, match="holds no key"):
        scan(str(logs.root), ledger=logs.ledger)


def test_a_damaged_tally_is_made_anew(logs: Logs) -> None:
    logs.write("app.log", b"password=hunter2-horse\n")
    logs.scan()
    with sqlite3.connect(logs.ledger) as book:
        book.execute("UPDATE parts SET tally = x'00ff'")
    assert statuses(logs.scan()) == [("password", "known")]


KILLS = int(os.environ.get("LOGSCRUB_KILLS", "6"))


def test_a_run_that_is_killed_goes_on_where_it_was(logs: Logs) -> None:
    drawn = random.Random(3)
    for number in range(6):
        lines = [FILLER] * 30_000
        for _ in range(20):
            lines[drawn.randrange(len(lines))] = b"mail jane%d@example-mail.com\n" % drawn.randint(0, 40)
        logs.write(f"app{number}.log", b"".join(lines))
    command = [sys.executable, "-m", "logscrub", "scan", str(logs.root), "--ledger", logs.ledger, "--jobs", "2", "-q"]
    subprocess.run([*command[:3], "scan", "--help"], capture_output=True, check=True)
    killed = 0
    for _ in range(KILLS):
        process = subprocess.Popen([*command], start_new_session=True)
        try:
            process.wait(drawn.uniform(0.1, 0.8))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
    assert killed or KILLS < 6
    logs.scan(jobs=2)
