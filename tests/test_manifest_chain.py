"""The chain of a manifest: every change of a line is noticed, and nothing that happens by itself is taken for one."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logscrub.chain import Head
from logscrub.cleaning import redact_files
from logscrub.cleaning.manifest import Manifest
from logscrub.cleaning.outcome import Content, Outcome
from logscrub.cleaning.verify import ManifestCheck, verify_manifest
from logscrub.errors import ConfigError, SourceError
from logscrub.policy import Policy

KEY = b"a key for these tests only"
RULE = Policy(select=("password",), key=KEY)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(path: str = "m.jsonl", key: bytes | None = KEY, run: str = "1", lines: int = 6) -> None:
    manifest = Manifest(path, run, key)
    for number in range(lines):
        manifest.done(Outcome(f"/logs/{number}.log", "untouched", before=Content(number, "0" * 64)))
    manifest.close()


def changed(lines: list[bytes], key: bytes | None = None, head: Head | None = None) -> ManifestCheck:
    Path("changed.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    return verify_manifest("changed.jsonl", key, head=head)


def test_what_became_of_the_files_is_told() -> None:
    os.mkdir("logs")
    for name in ("same", "grown", "gone", "clean"):
        text = "ready\n" if name == "clean" else "login password=hunter2\n"
        Path("logs", f"{name}.log").write_text(text)
    redact_files("logs", in_place=True, manifest="m.jsonl", policy=RULE, jobs=2)
    Path("logs/grown.log").write_text("another line\n")
    Path("logs/gone.log").unlink()
    check = verify_manifest("m.jsonl", KEY)
    assert (check.problems, check.sealed, check.unsealed, check.unchained, check.runs) == ((), check.entries, 0, 0, 1)
    assert {os.path.basename(one.path): one.state for one in check.files} == {
        "same.log": "unchanged",
        "grown.log": "changed",
        "gone.log": "gone",
    }
    assert {one.state for one in verify_manifest("m.jsonl", KEY, files=False).files} == {"not looked at"}
    # Killed between the two entries of a file: the digest says which of the two it is.
    lines = Path("m.jsonl").read_bytes().splitlines()
    at = next(i for i, line in enumerate(lines) if b'"replacing"' in line and b"same.log" in line)
    Path("logs/same.log").write_text("login password=hunter2\n")
    assert [one.state for one in changed(lines[: at + 1], KEY).files if one.path.endswith("same.log")] == ["as before"]


@pytest.mark.parametrize("key", [None, KEY])
def test_every_change_of_a_line_is_noticed(key: bytes | None) -> None:
    write(key=key)
    lines = Path("m.jsonl").read_bytes().splitlines()
    assert changed(lines, key).problems == ()
    forged = json.dumps({**json.loads(lines[2]), "path": "/logs/other.log"}).encode()
    for name, others in {
        "changed": [*lines[:2], lines[2].replace(b"2.log", b"9.log"), *lines[3:]],
        "removed": [*lines[:2], *lines[3:]],
        "first removed": lines[1:],
        "inserted": [*lines[:2], forged, *lines[2:]],
        "swapped": [*lines[:2], lines[3], lines[2], *lines[4:]],
        "doubled": [*lines[:3], *lines[2:]],
        "blank": [*lines[:3], b"", *lines[3:]],
        "stripped": [*lines[:4], lines[4].partition(b', "previous"')[0] + b"}", *lines[5:]],
        "no entry": [*lines[:3], b"hello", *lines[3:]],
    }.items():
        assert changed(others, key).problems, name
    assert bool(changed([*lines[:-1], lines[-1].replace(b"5.log", b"9.log")], key).problems) == (key is not None)


def test_the_head_shows_what_was_cut_off_or_written_anew() -> None:
    write()
    head = verify_manifest("m.jsonl", KEY).head
    write(run="2")
    lines = Path("m.jsonl").read_bytes().splitlines()
    assert verify_manifest("m.jsonl", KEY, head=Head.parse(str(head))).problems == ()
    assert "the end was cut off" in changed(lines[:4], KEY, head).problems[0]
    write("anew.jsonl", run="3")  # by somebody who has the key
    check = verify_manifest("anew.jsonl", KEY, head=head)
    assert len(check.problems) == 1 and "written anew" in check.problems[0]


def test_lines_of_before_of_other_keys_and_without_one_go_on_in_one_chain() -> None:
    old = [json.dumps({"manifest": 1, "run": "0", "event": "begin", "time": "t"}).encode() for _ in range(2)]
    Path("m.jsonl").write_bytes(b"\n".join(old) + b"\n")
    for key in (KEY, None, b"another key of other tests"):
        write(key=key, lines=2)
    check = verify_manifest("m.jsonl", KEY)
    assert (check.problems, check.unchained, check.sealed, check.unsealed) == ((), 2, 2, 4)
    lines = Path("m.jsonl").read_bytes().splitlines()
    assert changed([old[0], old[1].replace(b"begin", b"xxxxx"), *lines[2:]]).problems


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.just(None), st.binary(max_size=9000).filter(lambda data: b"\n" not in data)), max_size=5))
def test_torn_lines_are_part_of_the_chain(torn: list[bytes | None]) -> None:
    Path("m.jsonl").unlink(missing_ok=True)
    write(lines=1)
    for tail in torn:
        if tail is not None:
            with open("m.jsonl", "ab") as stream:
                stream.write(b'{"manifest": 1, ' + tail)
        write(lines=2)
    check = verify_manifest("m.jsonl", KEY)
    assert check.problems == ()
    assert check.torn == sum(one is not None for one in torn)
    assert check.entries == 1 + 2 * len(torn) == check.sealed


def test_processes_that_append_at_once_make_one_chain() -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=write, args=("m.jsonl", KEY, str(run), 40)) for run in range(4)]
    for one in processes:
        one.start()
    for one in processes:
        one.join()
    check = verify_manifest("m.jsonl", KEY)
    assert (check.problems, check.entries, check.runs) == ((), 160, 4)


def test_what_is_no_manifest_is_refused() -> None:
    Path("app.log").write_text("hello\n")
    with pytest.raises(ConfigError, match=r"app\.log: is not a manifest"):
        verify_manifest("app.log")
    with pytest.raises(SourceError, match=r"none\.jsonl"):
        verify_manifest("none.jsonl")
    with pytest.raises(ConfigError, match="head: must be"):
        Head.parse("7:none")
