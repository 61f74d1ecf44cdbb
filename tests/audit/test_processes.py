"""Scanning with several processes finds what one process finds, whatever happens to them."""

from __future__ import annotations

import gzip
import os
import random
import select
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from logscrub.audit import scan
from logscrub.findings import ScanResult
from logscrub.policy import Policy

POLICY = Policy(key=b"0123456789abcdef")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tree with a large file, a compressed one, many small ones, and some that cannot be read."""
    root = tmp_path_factory.mktemp("logs")
    drawn = random.Random(11)

    def text(lines: int) -> bytes:
        made = []
        for _ in range(lines):
            line = f"2026-03-0{drawn.randint(1, 9)} 10:00:{drawn.randint(0, 59):02d} INFO job {drawn.randint(0, 10**6)}"
            if drawn.random() < 0.002:
                line += f" password=hunter{drawn.randint(0, 30)}-horse"
            if drawn.random() < 0.002:
                line += f" user{drawn.randint(0, 500)}@example-mail.com"
            made.append(line)
        return "\n".join(made).encode() + b"\n"

    (root / "large.log").write_bytes(text(500_000))
    (root / "packed.log.gz").write_bytes(gzip.compress(text(60_000), 1))
    for number in range(700):
        (root / f"small{number:03d}.log").write_bytes(text(drawn.randint(0, 30)))
    (root / "binary").write_bytes(bytes(range(256)) * 500)
    (root / "cut.gz").write_bytes(gzip.compress(text(2000))[:-900])
    return str(root)


@pytest.fixture(scope="module")
def expected(logs: str) -> ScanResult:
    return comparable(scan(logs, policy=POLICY))


def comparable(result: ScanResult) -> ScanResult:
    return replace(result, elapsed=0, started="", inputs=())


def test_several_processes_find_what_one_finds(logs: str, expected: ScanResult) -> None:
    assert len(expected.findings) > 100
    assert [one.reason for one in expected.errors] == ["gzip data ends early, what was readable was read"]
    seen: list[tuple[int, int]] = []
    result = scan(logs, policy=POLICY, jobs=3, progress=lambda path, done, total: seen.append((done, total)))
    assert comparable(result) == expected
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == seen[-1][1]


def test_they_know_the_values_that_are_protected(logs: str, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(Path(logs, "large.log").read_bytes() + b"using Tr0ub4dor-3xyz now\n")
    code = (
        "import logscrub, sys\n"
        "logscrub.protect('Tr0ub4dor-3xyz', name='DB')\n"
        "found = logscrub.scan(sys.argv[1], jobs=2).findings\n"
        "print([one.count for one in found if one.rule == 'known-value'])\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[1]\n"


# Kills a child that a process gets from now on, soon after it works.
KILLER = """
import os, signal, sys, time
from pathlib import Path
parent = sys.argv[1]
children = Path(f"/proc/{parent}/task/{parent}/children")
before = children.read_text().split()
print("ready", flush=True)
while True:
    for child in children.read_text().split():
        if child in before:
            continue
        try:
            ticks = sum(map(int, Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:13]))
        except OSError:
            continue
        if int(child) != os.getpid() and ticks >= 3:
            os.kill(int(child), signal.SIGKILL)
            print("killed", child, flush=True)
            time.sleep(60)
    time.sleep(0.005)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
def test_a_worker_that_is_killed_loses_nothing(logs: str, expected: ScanResult) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLER, str(os.getpid())], stdout=subprocess.PIPE, text=True
    ) as killer:
        assert killer.stdout is not None
        assert killer.stdout.readline() == "ready\n"
        try:
            for _ in range(20):  # it may come too late, on a busy machine
                assert comparable(scan(logs, policy=POLICY, jobs=2)) == expected
                killed, _, _ = select.select([killer.stdout], [], [], 0)
                if killed:
                    break
            assert killed
        finally:
            killer.kill()


def test_ctrl_c_says_what_was_found_and_what_was_not_read(logs: str) -> None:
    code = (
        "import sys, os, signal, logscrub\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # ignored where tests run in the background
        "def progress(path, done, total):\n"
        "    if done > 3_000_000 and not sent:\n"
        "        sent.append(os.kill(os.getpid(), signal.SIGINT))\n"
        "sent = []\n"
        "result = logscrub.scan(sys.argv[1], jobs=2, progress=progress)\n"
        "print(result.interrupted, len(result.findings) > 0, len(result.errors) > 100, result.complete)\n"
        "print({one.reason for one in result.errors})\n"
    )
    done = subprocess.run([sys.executable, "-c", code, logs], capture_output=True, text=True, timeout=60, check=True)
    first, second = done.stdout.splitlines()
    assert first == "True True True False"
    assert "interrupted before all of it was read" in second
    assert done.stderr == ""
