"""``logscrub watch``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from .conftest import Run, Start

TOKEN = "2026-03-04 10:00:00 INFO shop.cart: paid with tst_ab12cd34\n"
GOLDEN = Path(__file__).parent.parent / "golden"
posix = pytest.mark.skipif(os.name == "nt", reason="signals are others there")


def lines_of(stream: object, count: int) -> list[str]:
    return [stream.readline().decode() for _ in range(count)]  # type: ignore[attr-defined]


def test_the_help_is_as_it_was_reviewed(run: Run) -> None:
    done = run("watch", "--help")
    path = GOLDEN / "help-watch.txt"
    if os.environ.get("LOGSCRUB_REGEN"):
        path.write_text(done.out)
    assert done.out == path.read_text()
    assert max(map(len, done.out.splitlines())) <= 100


def test_what_is_in_a_file_and_a_summary(run: Run) -> None:
    Path("app.log").write_text("ready\n" + TOKEN + "password=hunter2-horse\n" + TOKEN)
    done = run("watch", "app.log", "--from-start", "--until-idle", "0.2")
    assert done.code == 1
    first, second, third = done.out.splitlines()
    assert first.split()[2:] == ["high", "test-token", "app.log:2", "shop.cart", "tst_…", "(12)"]
    assert second.split()[2:5] == ["critical", "password", "app.log:3"]
    assert third.endswith("1 more, 2 so far")
    assert done.err == "3 occurrences (1 critical, 2 high) in 4 lines; 0 rotations\n"
    assert "hunter2" not in done.out + done.err


def test_without_findings_the_exit_code_is_0(run: Run) -> None:
    Path("app.log").write_text(TOKEN)
    done = run("watch", "app.log", "--until-idle", "0.1")
    assert (done.code, done.out, done.err) == (0, "", "no findings in 0 lines; 0 rotations\n")
    done = run("watch", "app.log", "--from-start", "--min-severity", "critical", "--until-idle", "0.1", "-q")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_lines_of_json(run: Run) -> None:
    Path("app\x1b.log").write_text("tst_ab12cd34\n" * 3)
    done = run("watch", "app\x1b.log", "--from-start", "--until-idle", "0.1", "--format", "jsonl", "--every", "0", "-q")
    first, _, third = map(json.loads, done.out.splitlines())
    assert first["place"] == {
        "path": "app\\x1b.log", "line": 1, "column": 1, "offset": 0, "time": None, "level": None, "component": None,
        "host": None, "request": None, "field": None,
    }  # fmt: skip
    assert (first["rule"], first["severity"], first["preview"]) == ("test-token", "high", "tst_… (12)")
    assert (first["first"], first["occurrences"], first["total"]) == (True, 1, 1)
    assert (third["first"], third["occurrences"], third["total"]) == (False, 1, 3)
    assert first["id"] == third["id"]
    assert set(first) == {
        "seen", "first", "occurrences", "total", "id", "rule", "title", "category", "severity", "confidence", "tags",
        "fingerprint", "preview", "key", "place",
    }  # fmt: skip


def test_nothing_of_a_file_reaches_the_terminal_as_it_is(run: Run) -> None:
    name = "evil\x1b[2J\u202e.log"
    Path(name).write_text("2026-03-04 10:00:00 INFO a\x1b]0;x\x07b: tst_ab12cd34\n")
    done = run("watch", name, "--from-start", "--until-idle", "0.1", "--color", "always")
    assert "\x1b[1;31m" in done.out
    colors = ("\x1b[1;31m", "\x1b[2m", "\x1b[0m")
    plain = done.out
    for one in colors:
        plain = plain.replace(one, "")
    assert plain.replace("\n", "").isprintable()


def test_values_that_are_known(run: Run) -> None:
    Path("db-password").write_text("violet-harbour-morning\n")
    Path("app.log").write_text("connecting with violet-harbour-morning\n")
    done = run("watch", "app.log", "--from-start", "--until-idle", "0.1", "--known", "db-password", "--select", "all")
    assert done.code == 1
    assert "app.log:1" in done.out and "violet" not in done.out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("watch",), "Missing argument 'PATH...'"),
        (("watch", "s3://bucket/app.log"), "a URL cannot be followed"),
        (("watch", "x", "--metrics", "here"), "'here' is no address to serve metrics at: write [HOST:]PORT"),
        (("watch", "x", "--interval", "0"), "0.0 is not in the range"),
        (("watch", "x", "--select", "pasword"), "did you mean password"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, words: tuple[str, ...], hint: str) -> None:
    done = run(*words)
    assert done.code == 2
    assert hint in " ".join(done.err.split())


def test_a_path_that_is_misspelt_is_named(run: Run) -> None:
    Path("shop.log").write_text("all is well\n")
    done = run("watch", "shopp.log", "--until-idle", "0.1")
    assert "remark: shopp.log: is not there yet; did you mean shop.log?" in done.err


def test_standard_input_is_told_as_it_comes(start: Start) -> None:
    with start("watch", "-") as process:
        for number in range(3):
            begun = time.monotonic()
            process.stdin.write(f"tst_0000000{number}\n".encode())
            process.stdin.flush()
            assert f"-:{number + 1}" in process.stdout.readline().decode()
            assert not number or time.monotonic() - begun < 1
        process.stdin.write(b"the last line has no end tst_99999999")
        process.stdin.close()
        assert b"-:4" in process.stdout.readline()
        assert process.wait(20) == 1
        assert process.stderr.read() == b"4 occurrences (4 high) in 3 lines; 0 rotations\n"


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_what_is_held_is_judged(start: Start, number: signal.Signals) -> None:
    Path("app.log").write_text(TOKEN)
    with start("watch", "app.log", "--from-start", "--interval", "30") as process:
        assert b"app.log:1" in process.stdout.readline()
        with open("app.log", "a") as file:
            file.write("half a line tst_zz99zz99")
        begun = time.monotonic()
        process.send_signal(number)
        assert b"app.log:2" in process.stdout.readline()
        assert process.wait(20) == 1
        assert time.monotonic() - begun < 10
        assert process.stderr.read().startswith(b"2 occurrences (2 high) in 1 line;")


@posix
def test_a_signal_without_findings_ends_it_with_0(start: Start) -> None:
    with start("watch", "later.log") as process:
        assert process.stderr.readline() == b"remark: later.log: is not there yet\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stdout.read() == b""


@posix
def test_a_reader_that_goes_away_ends_it_quietly(start: Start) -> None:
    Path("app.log").write_text("")
    with start("watch", "app.log", "--every", "0", "--interval", "0.05", "--from-start") as process:
        process.stdout.close()
        end = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < end:
            with open("app.log", "a") as file:
                file.write(TOKEN)
            time.sleep(0.05)
        assert process.returncode == 0
        assert process.stderr.read() == b""


def test_metrics(start: Start) -> None:
    pytest.importorskip("prometheus_client")
    Path("app.log").write_text(TOKEN * 2 + "password=hunter2-horse\n")
    Path("core").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 8)
    with start("watch", "app.log", "core", "--from-start", "--metrics", "0", "--interval", "0.05") as process:
        address = process.stderr.readline().decode().removeprefix("metrics at ").strip()
        assert address.startswith("http://127.0.0.1:")
        lines_of(process.stdout, 2)
        os.rename("app.log", "app.log.1")
        Path("app.log").write_text("tst_00000001\n")
        lines_of(process.stdout, 1)
        time.sleep(0.3)
        with urllib.request.urlopen(address, timeout=10) as answer:
            told = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line[0] != "#")
        process.terminate()
        assert process.wait(20) == 1
    assert {name: float(value) for name, value in told.items()} == {
        'logscrub_watch_findings_total{rule="test-token",severity="high"}': 3,
        'logscrub_watch_findings_total{rule="password",severity="critical"}': 1,
        "logscrub_watch_bytes_total": 2 * len(TOKEN) + 23 + 13,
        "logscrub_watch_lines_total": 4,
        "logscrub_watch_rotations_total": 1,
        "logscrub_watch_unread_total": 0,
        "logscrub_watch_files": 2,
        "logscrub_watch_behind_bytes": 0,
    }


def test_a_port_that_is_taken_is_said(run: Run) -> None:
    pytest.importorskip("prometheus_client")
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("watch", "x", "--metrics", str(taken.getsockname()[1]))
    assert done.code == 2
    assert "no metrics can be served at 127.0.0.1:" in done.err


@posix
def test_a_busy_process_is_followed_through_the_shell() -> None:
    """The whole of it as it is typed."""
    script = (
        "python -c \"import time\nfor n in range(20): print('tst_%08d' % n, flush=True); time.sleep(0.01)\" >> app.log & "
        "python -m logscrub watch app.log --from-start --every 0 --until-idle 2 -q | wc -l; wait"
    )
    import sys

    done = subprocess.run(
        ["sh", "-c", script.replace("python", sys.executable)], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "20"
