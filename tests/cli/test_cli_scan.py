"""``logscrub scan``."""

from __future__ import annotations

import gzip
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run, Start

LINE = "2024-01-02 03:04:05 INFO token tst_ab12cd34\n"


def report(run: Run, *arguments: str | Path) -> Any:
    return json.loads(run("scan", "--format", "json", *arguments).out)


def test_findings_are_shown_and_end_with_1(run: Run) -> None:
    Path("app.log").write_text(LINE)
    done = run("scan", "app.log")
    assert done.code == 1
    assert "Test token  test-token" in done.out
    assert "app.log:1  2024-01-02T03:04:05" in done.out
    assert "ab12cd34" not in done.out
    assert done.err == ""


def test_a_clean_log_ends_with_0(run: Run) -> None:
    Path("app.log").write_text("nothing here\n")
    done = run("scan", "app.log")
    assert (done.code, done.out, done.err) == (0, "no findings in 1 file, 1 line, 13 bytes\n", "")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 1),
        (("--exit-zero",), 0),
        (("--fail-on", "critical"), 0),
        (("--fail-on", "HIGH"), 1),
        (("--min-severity", "critical"), 0),
        (("--ignore", "secret.test"), 0),
        (("--select", "password"), 0),
        (("--select", "password,test-token"), 1),
        (("--isolated",), 0),
    ],
)
def test_options_decide_what_counts(run: Run, options: tuple[str, ...], code: int) -> None:
    Path("app.log").write_text(LINE)
    assert run("scan", "app.log", *options).code == code


@pytest.mark.parametrize("options", [(), ("--exit-zero",)])
def test_an_input_that_is_not_read_ends_with_2_even_with_findings(run: Run, options: tuple[str, ...]) -> None:
    Path("app.log").write_text(LINE)
    done = run("scan", "app.log", "missing.log", *options)
    assert done.code == 2
    assert "not read  missing.log: no such file or directory" in done.out


def test_skipped_inputs_are_no_failure_unless_nothing_was_read(run: Run) -> None:
    Path("logs").mkdir()
    os.mkfifo("logs/pipe")
    done = run("scan", "logs")
    assert done.code == 2
    assert "skipped  logs/pipe: named pipe, skipped" in done.out
    Path("logs/app.log").write_text("clean\n")
    assert run("scan", "logs").code == 0


def test_reports_go_where_they_are_sent(run: Run) -> None:
    Path("app.log").write_text(LINE)
    done = run("scan", "app.log", "--format", "text", "--format", "json=report.json")
    assert "Test token" in done.out
    assert json.loads(Path("report.json").read_text())["summary"]["findings"] == 1
    done = run("scan", "app.log", "--format", "json", "-o", "other.json", "-q")
    assert (done.code, done.out, done.err) == (1, "", "")
    assert json.loads(Path("other.json").read_text())["summary"]["findings"] == 1
    assert sorted(os.listdir()) == ["app.log", "logscrub.toml", "other.json", "pack.toml", "report.json"]


def test_a_report_that_cannot_be_written_is_an_error(run: Run) -> None:
    Path("app.log").write_text(LINE)
    done = run("scan", "app.log", "-o", "no/such/folder/report.txt")
    assert (done.code, done.err) == (
        2,
        "error: no/such/folder/report.txt: cannot be written: its directory cannot be used: no such file or directory\n",
    )


def test_with_json_on_standard_output_problems_are_told_on_standard_error(run: Run) -> None:
    done = run("scan", "missing.log", "--format", "json")
    assert json.loads(done.out)["errors"] == [{"path": "missing.log", "reason": "no such file or directory"}]
    assert done.err == "error: missing.log: no such file or directory\n"
    assert run("scan", "missing.log", "--format", "json", "-q").err == ""


def test_more_rules_can_be_given(run: Run) -> None:
    Path("more.toml").write_text(
        Path("pack.toml").read_text().replace("test-token", "more-token").replace("tst_", "mor_")
    )
    Path("app.log").write_text("mor_ab12cd34\n")
    assert run("scan", "app.log").code == 0
    assert (
        report(run, "app.log", "--rules", "more.toml", "--select", "more-token")["findings"][0]["rule"] == "more-token"
    )


def test_a_path_with_a_line_break_and_escapes_is_shown_as_one_line(run: Run) -> None:
    name = "odd\n\x1b[2J\x1b]0;title\x07.log"
    Path(name).write_text(LINE)
    done = run("scan", name, "--color", "always")
    assert r"odd\n\x1b[2J\x1b]0;title\x07.log:1" in done.out
    assert "\x1b[2J" not in done.out
    assert report(run, ".")["findings"][0]["first"]["path"] == r"./odd\n\x1b[2J\x1b]0;title\x07.log"


def test_a_path_that_is_no_utf8_is_read_and_shown(run: Run) -> None:
    name = os.fsdecode(b"caf\xe9.log")
    Path(name).write_text(LINE)
    assert r"caf\xe9.log:1" in run("scan", name).out


@pytest.mark.parametrize(
    ("options", "environment", "colored"),
    [
        ((), {}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_is_as_asked(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], environment: dict[str, str], colored: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    Path("app.log").write_text(LINE)
    assert ("\x1b[" in run("scan", "app.log", *options).out) is colored


def test_standard_input_is_scanned(start: Start) -> None:
    process = start("scan", "-", "--format", "json")
    out, err = process.communicate(gzip.compress(LINE.encode() * 3), timeout=30)
    assert (process.returncode, err) == (1, b"")
    finding = json.loads(out)["findings"][0]
    assert (finding["count"], finding["first"]["path"], finding["last"]["line"]) == (3, "-", 3)


def test_standard_input_that_is_closed_is_an_error(start: Start) -> None:
    process = start("scan", "-", stdin=None, preexec_fn=lambda: os.close(0))
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert b"not read  -: standard input is not open" in out


def test_a_reader_that_goes_away_is_no_error(start: Start) -> None:
    Path("app.log").write_text("".join(f"tst_{number:08d}\n" for number in range(5000)))
    for arguments in (
        ("scan", "app.log", "--format", "json"),
        ("redact", "app.log"),
        ("rules", "list", "--select", "all"),
    ):
        process = start(*arguments)
        assert process.stdout is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        assert (process.wait(30), err.replace(b"\n", b"").lstrip(b"0123456789").replace(b" rules", b"")) == (0, b"")
        process.stderr.close()
        if process.stdin:
            process.stdin.close()


def test_ctrl_c_shows_what_was_found_and_ends_with_130(start: Start) -> None:
    process = start("scan", "-")
    assert process.stdin is not None
    # A pipe holds little: once all of this is written, most of it was read and looked at.
    process.stdin.write(LINE.encode() * 10 + b"nothing to see here\n" * 500_000)
    process.stdin.flush()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"test-token" in out
    assert b"interrupted: this is what was found until then" in out
    assert b"Traceback" not in err


def test_on_a_terminal_there_is_colour_and_progress_and_it_fits(start: Start) -> None:
    Path("app.log").write_text(LINE + "x" * 99 + "\n")
    ours, theirs = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    environment = {**os.environ, "TERM": "xterm"}
    del environment["COLUMNS"]
    process = start("scan", "app.log", stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:
            break
        if not more:
            break
        shown += more
    os.close(ours)
    assert process.wait(30) == 1
    assert b"\x1b[1;31m high \x1b[0m" in shown
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert "scan --format json" in plain
    assert max(len(part) for line in plain.split("\n") for part in line.split("\r")) <= 50


def test_verbose_says_what_is_done_and_holds_no_value(tmp_path: Path) -> None:
    """Notes go to standard error, through our own filter: a secret in a path name does not get there."""
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.log").write_text("nothing here\n")
    (logs / "password=Tr0ub4dor4.bin").write_bytes(bytes(range(256)) * 40)
    command = [sys.executable, "-m", "logscrub", "--verbose", "scan", "--isolated", str(logs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "configuration: built-in defaults" in done.stderr
    assert "skipped" in done.stderr
    assert "Tr0ub4dor" not in done.stderr
