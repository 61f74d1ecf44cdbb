"""``logscrub redact``."""

from __future__ import annotations

import gzip
import os
import signal
import time
from pathlib import Path

import pytest

from .conftest import Run, Start

BODY = b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"
TEXT = b"a tst_ab12cd34 b\r\npassword=hunter2\n\xff\n"
CLEAN = b"a [test-token] b\r\npassword=[password]\n\xff\n"


def test_a_file_gives_a_file(run: Run) -> None:
    Path("app.log").write_bytes(TEXT)
    os.chmod("app.log", 0o640)
    done = run("redact", "app.log", "-o", "clean.log")
    assert (done.code, done.out, done.err) == (0, "", "2 values redacted\n")
    assert Path("clean.log").read_bytes() == CLEAN
    assert Path("app.log").read_bytes() == TEXT
    assert os.stat("clean.log").st_mode & 0o777 == 0o640
    assert run("redact", "app.log", "-o", "clean.log", "-q").err == ""
    assert run("scan", "clean.log").code == 0


def test_without_an_output_the_copy_is_on_standard_output(start: Start) -> None:
    Path("app.log").write_bytes(TEXT)
    process = start("redact", "app.log")
    assert process.communicate(timeout=30) == (CLEAN, b"")
    assert process.returncode == 0


def test_gzip_gives_gzip(run: Run) -> None:
    Path("app.log.1").write_bytes(gzip.compress(TEXT))
    assert run("redact", "app.log.1", "-o", "clean").code == 0
    assert gzip.decompress(Path("clean").read_bytes()) == CLEAN


@pytest.mark.parametrize("output", ["app.log", "./app.log", "link.log", "hard.log"])
def test_the_input_is_never_overwritten(run: Run, output: str) -> None:
    Path("app.log").write_bytes(TEXT)
    Path("link.log").symlink_to("app.log")
    os.link("app.log", "hard.log")
    done = run("redact", "app.log", "-o", output)
    assert done.code == 2
    assert "the output is the input" in done.err
    assert Path("app.log").read_bytes() == TEXT


def test_an_output_appears_whole_or_not_at_all(run: Run) -> None:
    Path("binary").write_bytes(b"\x7fELF" + bytes(range(256)) * 40)
    Path("out").write_text("as it was")
    done = run("redact", "binary", "-o", "out")
    assert (done.code, done.err) == (2, "error: binary: binary, skipped\n")
    assert Path("out").read_text() == "as it was"
    assert sorted(os.listdir()) == ["binary", "logscrub.toml", "out", "pack.toml"]


def test_a_damaged_input_gives_what_was_readable_and_2(run: Run) -> None:
    Path("cut.gz").write_bytes(gzip.compress(TEXT)[:-3])
    done = run("redact", "cut.gz", "-o", "clean.gz")
    assert (done.code, done.err.splitlines()[0]) == (
        2,
        "error: cut.gz: gzip data ends early, what was readable was read",
    )
    assert gzip.decompress(Path("clean.gz").read_bytes()) == CLEAN


def test_a_pipe_or_device_may_be_the_output(run: Run) -> None:
    Path("app.log").write_bytes(TEXT)
    assert run("redact", "app.log", "-o", "/dev/null").code == 0
    assert run("redact", "app.log", "-o", ".").code == 2


def test_each_line_is_passed_on_as_soon_as_it_is_whole(start: Start) -> None:
    process = start("redact", "-")
    assert process.stdin is not None
    assert process.stdout is not None
    for number in range(3):
        process.stdin.write(b"%d tst_ab12cd34 " % number)
        process.stdin.flush()
        process.stdin.write(b"end\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"%d [test-token] end\n" % number
    out, err = process.communicate(b"rest tst_ab12cd34", timeout=30)
    assert (out, err, process.returncode) == (b"rest [test-token]", b"", 0)


def test_a_key_that_comes_line_by_line_is_held_back_until_its_end(start: Start) -> None:
    process = start("redact", "-")
    assert process.stdin is not None
    assert process.stdout is not None
    for line in (
        b"before\n",
        b"-----BEGIN PRIVATE KEY-----\n",
        *[BODY] * 20,
        b"-----END PRIVATE KEY-----\n",
        b"after\n",
    ):
        process.stdin.write(line)
        process.stdin.flush()
        if line == b"before\n":
            assert process.stdout.readline() == line
    assert process.stdout.readline() == b"[pem-private-key]\n"
    assert [process.stdout.readline() for _ in range(22)] == [b"\n"] * 21 + [b"after\n"]
    process.communicate(timeout=30)


def test_a_key_that_never_ends_is_not_passed_on(start: Start) -> None:
    process = start("redact", "-")
    text = b"before\n-----BEGIN PRIVATE KEY-----\n" + b"12:00 " + b"12:00 ".join([BODY] * 5000) + b"after all\n"
    out, _ = process.communicate(text, timeout=30)
    assert out == b"before\n[logscrub: not shown (unfinished private key)]" + b"\n" * 5001 + b"after all\n"


def test_ctrl_c_ends_with_130_and_leaves_no_half_file(start: Start) -> None:
    process = start("redact", "-", "-o", "out.log")
    assert process.stdin is not None
    process.stdin.write(b"line\n")
    process.stdin.flush()
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, b"")
    assert sorted(os.listdir()) == ["logscrub.toml", "pack.toml"]


def test_what_redact_writes_scan_finds_nothing_in(run: Run) -> None:
    lines = [b"%d tst_%08d password=p4ssw0rd%d\n" % (number, number, number) for number in range(3000)]
    Path("app.log").write_bytes(
        b"".join(lines) + b"-----BEGIN PRIVATE KEY-----\n" + BODY * 9 + b"-----END PRIVATE KEY-----\n"
    )
    assert run("redact", "app.log", "-o", "clean.log").code == 0
    assert run("scan", "clean.log").code == 0
    assert Path("clean.log").read_bytes().count(b"\n") == 3000 + 11
