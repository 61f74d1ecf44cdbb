"""``logscrub redact``."""

from __future__ import annotations

import gzip
import json
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


def test_a_tree_gives_a_tree(run: Run) -> None:
    Path("logs/web").mkdir(parents=True)
    Path("logs/web/app.log").write_bytes(TEXT)
    Path("logs/old.gz").write_bytes(gzip.compress(TEXT))
    Path("logs/image").write_bytes(bytes(range(256)) * 40)
    done = run("redact", "logs", "-o", "clean", "--jobs", "1")
    assert (done.code, done.out) == (0, "")
    assert done.err == "2 written, 1 skipped; 4 values redacted (password 2, test-token 2)\n"
    assert Path("clean/logs/web/app.log").read_bytes() == CLEAN
    assert gzip.decompress(Path("clean/logs/old.gz").read_bytes()) == CLEAN
    assert run("redact", "logs/*.gz", "logs/web/app.log", "-o", "clean", "-q").err == ""
    assert run("redact", "logs/old.gz", "-o", "one/").code == 0
    assert Path("one/logs/old.gz").exists()


def test_files_are_replaced_and_the_manifest_tells_of_it(run: Run) -> None:
    Path("logs").mkdir()
    Path("logs/app.log").write_bytes(TEXT)
    Path("logs/app.zip").write_bytes(b"PK\x03\x04" + bytes(40))
    done = run("redact", "--in-place", "logs", "--dry-run")
    assert (done.code, done.out) == (2, "logs/app.log: password 1, test-token 1\n")
    assert done.err.splitlines()[-1] == (
        "1 would be replaced, 1 not done; 2 values would be redacted (password 1, test-token 1)"
    )
    assert Path("logs/app.log").read_bytes() == TEXT
    assert run("redact", "logs", "--dry-run").out == done.out
    done = run("redact", "--in-place", "logs", "--manifest", "m.jsonl")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "error: logs/app.zip: is a zip archive, which is no text; a scan reads what is in it",
        "1 replaced, 1 not done; 2 values redacted (password 1, test-token 1)",
    ]
    assert Path("logs/app.log").read_bytes() == CLEAN
    events = [json.loads(line)["event"] for line in Path("m.jsonl").read_text().splitlines()]
    assert sorted(events) == ["begin", "end", "file", "file", "replacing"]
    done = run("redact", "--in-place", "logs/app.log", "--manifest", "m.jsonl")
    assert (done.code, done.err) == (0, "1 without findings; 0 values redacted\n")


def test_a_log_that_is_written_is_refused_and_what_is_done_all_the_same_is_warned_of(run: Run) -> None:
    Path("app.log").write_bytes(TEXT)
    os.link("app.log", "other.log")
    with open("app.log", "ab"):
        wishes = ["--in-place", "app.log", "--manifest", "m.jsonl"]
        assert "1 other name" in run("redact", *wishes).err
        assert "is open for writing" in run("redact", *wishes, "--break-links").err
        done = run("redact", *wishes, "--break-links", "--even-if-open", "-q")
    assert done.code == 0
    assert done.err.startswith("warning: app.log: 1 other name (hard links) of it still hold the old text")
    assert "is open for writing" in done.err
    assert Path("other.log").read_bytes() == TEXT


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["app.log", "--in-place"], "--in-place needs --manifest FILE"),
        (["app.log", "--in-place", "-o", "x", "--manifest", "m"], "exclude each other"),
        (["app.log", "app.log"], "name a directory with --output DIR"),
        (["."], "name a directory with --output DIR"),
        (["app.log", "-o", "x", "--manifest", "m"], "go with --in-place or an output directory"),
        (["-", "app.log", "-o", "x"], "standard input"),
        (["app.log", ".", "-o", "pack.toml"], "the output is a file"),
        (["app.log", "--in-place", "--manifest", "pack.toml"], "is not a manifest"),
    ],
)
def test_wishes_that_do_not_go_together(run: Run, words: list[str], problem: str) -> None:
    Path("app.log").write_bytes(TEXT)
    done = run("redact", *words)
    assert done.code == 2
    assert problem in done.err
    assert sorted(os.listdir()) == ["app.log", "logscrub.toml", "pack.toml"]


def test_known_values_are_redacted_in_trees(run: Run) -> None:
    Path("secret").write_text("violet-harbour-morning\n")
    Path("logs").mkdir()
    Path("logs/app.log").write_text("using violet-harbour-morning now\n")
    assert run("redact", "logs", "-o", "clean", "--known", "secret").code == 0
    assert Path("clean/logs/app.log").read_text() == "using [known-value] now\n"


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
    assert (process.returncode, err.split()) == (130, b"interrupted: nothing was written".split())
    assert sorted(os.listdir()) == ["logscrub.toml", "pack.toml"]


def test_what_redact_writes_scan_finds_nothing_in(run: Run) -> None:
    lines = [b"%d tst_%08d password=p4ssw0rd%d\n" % (number, number, number) for number in range(3000)]
    Path("app.log").write_bytes(
        b"".join(lines) + b"-----BEGIN PRIVATE KEY-----\n" + BODY * 9 + b"-----END PRIVATE KEY-----\n"
    )
    assert run("redact", "app.log", "-o", "clean.log").code == 0
    assert run("scan", "clean.log").code == 0
    assert Path("clean.log").read_bytes().count(b"\n") == 3000 + 11
