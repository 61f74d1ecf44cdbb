"""Laws of redacted files: what holds for a record holds for a file of them, whatever it is packed in."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import KEYS, budget, planted, records, values

from logscrub import Policy, Scrubber, scan
from logscrub.cleaning.file import Cleaner, Job, Place, Task
from logscrub.cleaning.outcome import Outcome
from logscrub.sources import Reader, Source
from logscrub.sources.unpack import compressor

KINDS = ("", "gzip", "bzip2", "xz", "zstd", "lz4")
ENCODINGS = ("utf-8", "utf-16", "utf-32")


@cache
def cleaner(action: str = "label") -> Cleaner:
    policy = Policy(key=b"a key for these tests only", actions={"default": action})
    return Cleaner(Job(policy), Scrubber(policy))


def redacted(path: Path, action: str = "label") -> Outcome:
    task = Task(str(path), path.stat().st_size, True, Place(str(path.parent), (), path.name))
    return cleaner(action).clean(task, lambda done: None)


def packed(kind: str, data: bytes) -> bytes:
    packer = compressor(kind)
    return packer.compress(data) + packer.flush()


def text_of(path: Path) -> bytes:
    with Reader(Source(str(path))) as reader:
        return b"".join(reader.chunks())


def logs() -> st.SearchStrategy[list[str]]:
    return st.lists(st.one_of(records(), planted.map(lambda pair: pair[0])), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("laws")


@pytest.mark.parametrize("action", ["label", "partial", "token"])
@budget(40)
@given(lines=logs(), kind=st.sampled_from(KINDS), encoding=st.sampled_from(ENCODINGS))
def test_nothing_is_found_in_a_redacted_file_and_every_line_is_there(
    place: Path, action: str, lines: list[str], kind: str, encoding: str
) -> None:
    data = "\n".join(["begin of a log in plain text", *lines, ""]).encode(encoding, "replace")
    path = place / f"law-{action}.log"
    path.write_bytes(packed(kind, data))
    before = text_of(path)
    outcome = redacted(path, action)
    assert outcome.action in ("replaced", "untouched"), outcome.reason
    after = text_of(path)
    assert after.count(b"\n") == before.count(b"\n")
    assert (outcome.action == "untouched") == (after == before)
    assert redacted(path, action).action == "untouched", after
    assert scan([path], policy=cleaner(action).job.policy).findings == (), after
    if outcome.action == "replaced":
        assert path.read_bytes()[:2] == packed(kind, data)[:2]


@budget(40)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(KEYS), st.one_of(values, st.integers(0, 9999), st.none()), min_size=1),
        min_size=1,
        max_size=6,
    )
)
def test_json_lines_stay_json_lines_with_the_same_keys(place: Path, documents: list[dict[str, Any]]) -> None:
    path = place / "law.jsonl"
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    assert redacted(path).action in ("replaced", "untouched")
    after = [json.loads(line) for line in path.read_text().splitlines()]
    assert [list(document) for document in after] == [list(document) for document in documents]


@pytest.mark.parametrize("action", ["label", "token"])
@budget(60)
@given(
    messages=st.lists(st.tuples(planted, st.lists(st.floats(0, 1), max_size=3), st.booleans()), min_size=1, max_size=6),
    docker=st.booleans(),
)
def test_values_in_pieces_of_container_logs_are_replaced_whole(
    place: Path, action: str, messages: list[tuple[tuple[str, str], list[float], bool]], docker: bool
) -> None:
    lines = [
        "2026-03-04T10:00:00.123456789Z stdout F ready",
        '{"log":"ready\\n","stream":"stdout","time":"2026-03-04T10:00:00Z"}',
    ]
    written = [lines[docker]] * 3
    for (text, _), torn, error in messages:
        message = text.replace("\r", " ").replace("\n", " ").encode("utf-8", "replace").decode()
        stream = "stderr" if error else "stdout"
        ends = sorted({0, *(int(one * len(message)) for one in torn), len(message)})
        for start, end in zip(ends, ends[1:], strict=False):
            last = end == len(message)
            if docker:
                log = {"log": message[start:end] + "\n" * last, "stream": stream, "time": "2026-03-04T10:00:00Z"}
                written.append(json.dumps(log, separators=(",", ":")))
            else:
                written.append(f"2026-03-04T10:00:00.123456789Z {stream} {'F' if last else 'P'} {message[start:end]}")
    path = place / f"pieces-{action}.log"
    path.write_text("".join(f"{line}\n" for line in written))
    redacted(path, action)
    after = path.read_text()
    assert after.count("\n") == len(written)
    assert scan([path], policy=cleaner(action).job.policy).findings == (), after
    if docker:
        for line in after.splitlines():
            json.loads(line)
