"""``logscrub unseal``."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("cryptography")

from logscrub.model import Match, Severity
from logscrub.seal import Sealer

from .conftest import Run, Start

GOLDEN = Path(__file__).parent.parent / "golden"
KEY = b"a seal key for these tests only, of no use"
OTHER = b"another seal key for these tests, of no use"
ASKED = ("--audit", "audit.jsonl", "--reason", "case 4711")


def sealed(raw: bytes, rule: str = "password", key: bytes = KEY) -> bytes:
    """The marker of a value."""
    marker = Sealer(key).of(Match(rule, "secret.token", Severity.HIGH, 0, len(raw)), raw)
    assert marker is not None
    return marker


def key_id(key: bytes) -> str:
    """The id of a key."""
    return Sealer(key).key_id.decode()


def entries() -> list[dict[str, object]]:
    """What the audit file holds."""
    return [json.loads(line) for line in Path("audit.jsonl").read_text().splitlines()]


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two keys, each in a file and in the environment."""
    for name, key in (("seal.key", KEY), ("other.key", OTHER)):
        Path(name).write_bytes(key + b"\n")
        Path(name).chmod(0o600)
    monkeypatch.setenv("THE_KEY", KEY.decode())
    monkeypatch.delenv("LOGSCRUB_SEAL_KEY", raising=False)


@pytest.mark.parametrize("words", [("--help",), ("unseal", "--help")])
def test_the_help_is_as_it_was_reviewed(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert (done.code, done.err) == (0, "")
    assert max(map(len, done.out.splitlines())) <= 100
    path = GOLDEN / f"help-{words[0].strip('-')}.txt"
    if os.environ.get("LOGSCRUB_REGEN"):
        path.write_text(done.out)
    assert done.out == path.read_text()


def test_what_redact_seals_unseal_puts_back(run: Run) -> None:
    text = b'a tst_ab12cd34 b\r\npassword=hunter2 {"password": "x\\"y-hunter3"}\n\xff\n'
    Path("logscrub.toml").write_text(
        'packs = ["pack.toml"]\nselect = ["test-token", "password"]\nseal-key-file = "seal.key"\n'
        '[actions]\ndefault = "seal"\n'
    )
    Path("app.log").write_bytes(text)
    assert run("redact", "app.log", "-o", "clean.log", "-q").code == 0
    clean = Path("clean.log").read_bytes()
    assert b"tst_" not in clean and b"hunter" not in clean and clean.count(b":sealed:") == 3
    assert run("scan", "clean.log").code == 0
    done = run("unseal", "clean.log", "--key-file", "seal.key", *ASKED, "-o", "opened.log")
    assert (done.code, done.out, done.err) == (0, "", "3 values put back (password 2, test-token 1)\n")
    assert Path("opened.log").read_bytes() == text
    assert Path("opened.log").stat().st_mode & 0o777 == 0o600


def test_who_opened_what_is_on_record_and_the_values_are_not(run: Run) -> None:
    markers = [sealed(b"hunter2"), sealed(b"hunter3"), sealed(b"bob@example.com", "email")]
    Path("in.log").write_bytes(b" ".join(markers))
    assert run("unseal", "in.log", "--key-env", "THE_KEY", *ASKED, "-o", "out.log", "-q").err == ""
    assert Path("audit.jsonl").stat().st_mode & 0o777 == 0o600
    begin, opened, end = entries()
    about = {"run", "user", "uid", "host", "reason", "input", "keys", "time", "event"}
    assert set(begin) - {"sudo_user"} == about
    assert (begin["event"], opened["event"], end["event"]) == ("begin", "open", "end")
    assert (begin["reason"], begin["input"], begin["keys"]) == ("case 4711", "in.log", [key_id(KEY)])
    assert begin["run"] == opened["run"] == end["run"]
    assert (opened["rules"], opened["by"]) == ({"email": 1, "password": 2}, [key_id(KEY)])
    assert opened["tokens"] == [hashlib.sha256(marker).hexdigest() for marker in markers]
    assert (end["rules"], end["unopened"]) == ({"email": 1, "password": 2}, 0)
    assert run("unseal", "in.log", "--key-env", "THE_KEY", *ASKED, "-o", "out.log").code == 0
    assert len(entries()) == 6
    audit = Path("audit.jsonl").read_bytes()
    for value in (b"hunter", b"example", KEY, hashlib.sha256(b"hunter2").hexdigest().encode()):
        assert value not in audit


def test_standard_input_is_the_default_and_each_line_is_passed_on(start: Start) -> None:
    process = start("unseal", "--key-env", "THE_KEY", *ASKED)
    assert process.stdin is not None
    assert process.stdout is not None
    for number in range(3):
        process.stdin.write(b"%d password=" % number + sealed(b"hunter%d" % number) + b" end\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"%d password=hunter%d end\n" % (number, number)
        assert [one["event"] for one in entries()] == ["begin", *["open"] * (number + 1)]
    out, err = process.communicate(b"rest", timeout=30)
    assert (out, err, process.returncode) == (b"rest", b"3 values put back (password 3)\n", 0)
    assert entries()[-1]["event"] == "end"


def test_what_does_not_open_stays_and_ends_with_2(run: Run, start: Start) -> None:
    good, wrong, moved = sealed(b"hunter2"), sealed(b"hunter3", key=OTHER), sealed(b"hunter4")
    moved = moved.replace(b"[password:", b"[email:")
    Path("in.log").write_bytes(b" ".join((good, wrong, moved, good[:80])))
    done = run("unseal", "in.log", "--key-file", "seal.key", *ASKED, "-o", "out.log")
    assert done.code == 2
    assert Path("out.log").read_bytes() == b" ".join((b"hunter2", wrong, moved, good[:80]))
    assert done.err.splitlines() == [
        "1 value put back (password 1)",
        f"error: 1 not opened: sealed with key {key_id(OTHER)}, you gave {key_id(KEY)}",
        "error: 2 not opened: changed or cut off since they were sealed",
    ]
    assert entries()[-1]["unopened"] == 3
    done = run("unseal", "in.log", "--key-file", "seal.key", "--key-file", "other.key", *ASKED, "-o", "out.log")
    assert done.err.splitlines()[0] == "2 values put back (password 2)"


def test_only_some_rules(run: Run) -> None:
    email = sealed(b"bob@example.com", "email")
    Path("in.log").write_bytes(sealed(b"hunter2") + b" " + email)
    done = run("unseal", "in.log", "--key-file", "seal.key", "--rule", "password", *ASKED, "-o", "out.log")
    assert (done.code, done.err) == (0, "1 value put back (password 1)\n")
    assert Path("out.log").read_bytes() == b"hunter2 " + email


def test_a_compressed_log_comes_out_as_text(run: Run) -> None:
    Path("in.log.gz").write_bytes(gzip.compress(b"p=" + sealed(b"hunter2") + b"\n"))
    assert run("unseal", "in.log.gz", "--key-file", "seal.key", *ASKED, "-o", "out.log").code == 0
    assert Path("out.log").read_bytes() == b"p=hunter2\n"


def test_a_long_log_is_a_stream(run: Run) -> None:
    lines = [b"%06d password=" % number + sealed(b"hunter%d" % number) + b" x" * 200 for number in range(6000)]
    Path("in.log").write_bytes(b"\n".join(lines))
    assert run("unseal", "in.log", "--key-file", "seal.key", *ASKED, "-o", "out.log").code == 0
    text = Path("out.log").read_bytes()
    assert re.findall(rb"password=(\S+)", text) == [b"hunter%d" % number for number in range(6000)]
    assert sum(len(one.get("tokens", ())) for one in entries()) == 6000  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--key-file", "seal.key", "--reason", "r"), "Missing option '--audit'"),
        (("--key-file", "seal.key", "--audit", "a"), "Missing option '--reason'"),
        (("--key-file", "seal.key", "--audit", "a", "--reason", " "), "a reason is needed"),
        (ASKED, "no key: give --key-file FILE or --key-env NAME"),
        (("--key-env", "NO_SUCH", *ASKED), "--key-env: the environment has no NO_SUCH"),
        (("--key-env", "SHORT", *ASKED), "SHORT: the seal key must have at least 32 bytes"),
        (("--key-file", "gone", *ASKED), "gone: cannot be read"),
        (("--key-file", "loose", *ASKED), "loose: others may read it: chmod 600 loose"),
        (("--key-file", "seal.key", "--audit", "no/such/audit", "--reason", "r"), "no/such/audit: cannot be written"),
        (("--key-file", "seal.key", "--audit", "loose", "--reason", "r"), "loose: others may read it"),
        (("--key-file", "seal.key", "--audit", "seal.key", "--reason", "r"), "the audit file is seal.key"),
        (("--key-file", "seal.key", "--audit", "in.log", "--reason", "r"), "the audit file is in.log"),
        (("--key-file", "seal.key", *ASKED, "-o", "in.log"), "the output is in.log"),
        (("--key-file", "seal.key", *ASKED, "-o", "seal.key"), "the output is seal.key"),
        (("--key-file", "seal.key", *ASKED, "-o", "audit.jsonl"), "the output is the audit file"),
    ],
)
def test_what_is_refused_shows_and_changes_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], problem: str
) -> None:
    monkeypatch.setenv("SHORT", "hunter2")
    Path("loose").write_bytes(KEY)
    Path("loose").chmod(0o644)
    Path("in.log").write_bytes(sealed(b"hunter3"))
    Path("in.log").chmod(0o600)
    before = {name: Path(name).read_bytes() for name in os.listdir()}
    done = run("unseal", "in.log", *words)
    assert (done.code, done.out) == (2, "")
    assert problem in done.err
    assert "hunter" not in done.err and KEY.decode() not in done.err
    after = {name: Path(name).read_bytes() for name in os.listdir()}
    assert {**after, "audit.jsonl": b""} == {**before, "audit.jsonl": b""}


@pytest.mark.skipif(os.name == "nt", reason="limits of a POSIX shell")
@pytest.mark.parametrize("more", [(), ("-o", "out.log")])
def test_without_the_audit_no_value_is_shown(more: tuple[str, ...]) -> None:
    """No file may grow beyond a kilobyte: the audit file cannot be written, so nothing comes out and no file is left."""
    Path("in.log").write_bytes(b"".join(sealed(b"hunter%d" % number) for number in range(200)))
    command = (sys.executable, "-m", "logscrub", "unseal", "in.log", "--key-file", "seal.key", *ASKED, *more)
    shell = ("sh", "-c", "ulimit -f 1; trap '' XFSZ; exec \"$@\"", "sh")
    done = subprocess.run((*shell, *command), capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"audit.jsonl: cannot be written: File too large" in done.stderr
    assert [name for name in os.listdir() if name.startswith((".logscrub-", "out.log"))] == []


def test_binary_input_is_refused(run: Run) -> None:
    Path("in.log").write_bytes(b"\x7fELF" + bytes(range(256)) * 40)
    done = run("unseal", "in.log", "--key-file", "seal.key", *ASKED)
    assert (done.code, done.out, done.err) == (2, "", "error: in.log: binary, skipped\n")


@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_who_stops_it_leaves_no_half_file(start: Start, how: str) -> None:
    process = start("unseal", "--key-file", "seal.key", *ASKED, "-o", "out.log")
    assert process.stdin is not None
    process.stdin.write(b"password=" + sealed(b"hunter2") + b"\n")
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not any(name.startswith(".logscrub-") for name in os.listdir()):
        time.sleep(0.05)
    process.send_signal(getattr(signal, how))
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, b"")
    assert not [name for name in os.listdir() if name.startswith((".logscrub-", "out.log"))]
    assert entries()[-1]["event"] != "end"
