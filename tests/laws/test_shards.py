"""What shards of a file come to together is what the whole file comes to, wherever it is cut."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.audit.assemble import Assembly
from logscrub.audit.engine import Engine, Job
from logscrub.audit.plan import Task
from logscrub.audit.shards import Shard, cuts
from logscrub.audit.work import scan_shard
from logscrub.findings import Finding, Tally
from logscrub.policy import Policy
from logscrub.sources import Source
from logscrub.sources.formats import HEAD, detect, holding

JOB = Job(Policy(key=b"0123456789abcdef"), max_findings=5)
KEY_BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
PIECES = st.one_of(
    st.sampled_from(
        [
            "2026-03-04 10:12:33,123 INFO web ready\n",
            "2026-03-04 10:12:34 ERROR login failed password=hunter2-horse user=7\n",
            'Traceback (most recent call last):\n  File "a.py", line 1, in b\n',
            '{"time": "2026-03-04T11:00:00Z", "level": "warn", "user": {"email": "jane.roe@example-mail.com"}}\n',
            "\n",
            "no end of line here: api_key=3f9aQ27bLx91kZp0",
            "é\xa0ü " * 30 + "\r\n",
            f"-----BEGIN PRIVATE KEY-----\n{KEY_BODY}\n{KEY_BODY}\n-----END PRIVATE KEY-----\n",
            f"10:00 INFO -----BEGIN RSA PRIVATE KEY-----\n10:00 INFO {KEY_BODY}\n",
            "x" * 3000 + " token=ghp_" + "a1B2" * 9 + "\n",
        ]
    ),
    st.integers(0, 10**6).map(
        lambda number: f"2026-03-04 10:{number % 60:02d}:00 mail to user{number}@example-mail.com\n"
    ),
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.of(JOB.policy)


def outcome(tally: Tally) -> tuple[tuple[Finding, ...], int, int, int]:
    return tally.findings(lambda rule: (rule, ())), tally.files, tally.bytes, tally.lines


@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(PIECES, max_size=60), places=st.lists(st.floats(0, 1), max_size=12), order=st.randoms())
def test_shards_come_to_what_the_whole_comes_to(
    tmp_path_factory: pytest.TempPathFactory,
    engine: Engine,
    pieces: list[str],
    places: list[float],
    order: random.Random,
) -> None:
    path = tmp_path_factory.mktemp("log") / "app.log"
    data = "".join(pieces).encode()
    path.write_bytes(data)
    check(path, data, engine, [int(place * len(data)) for place in places], order)


def check(path: Path, data: bytes, engine: Engine, places: list[int], order: random.Random) -> None:
    source = Source(str(path), len(data))
    whole = Assembly(JOB.max_findings)
    whole.add(Task((Shard(source),)), [scan_shard(engine, Shard(source), JOB)])
    hold = holding(detect(data[:HEAD], str(path)))
    ends = cuts(lambda at, count: data[at : at + count], places, len(data), hold)
    shards = [Shard(source, start, end) for start, end in zip(ends, ends[1:], strict=False) if start < end]
    order.shuffle(shards)
    parts = Assembly(JOB.max_findings)
    for shard in shards:
        parts.add(Task((shard,)), [scan_shard(engine, shard, JOB)])
    if data:
        assert outcome(parts.finish([])) == outcome(whole.finish([]))


@settings(max_examples=100, deadline=None)
@given(
    messages=st.lists(
        st.tuples(PIECES, st.lists(st.floats(0, 1), max_size=3), st.sampled_from(["stdout", "stderr"])), max_size=20
    ),
    places=st.lists(st.floats(0, 1), max_size=12),
    order=st.randoms(),
    docker=st.booleans(),
)
def test_shards_of_container_logs_do_not_tear_messages(
    tmp_path_factory: pytest.TempPathFactory,
    engine: Engine,
    messages: list[tuple[str, list[float], str]],
    places: list[float],
    order: random.Random,
    docker: bool,
) -> None:
    written = []
    for text, torn, stream in messages:
        message = text.replace("\n", " ").rstrip()
        ends = sorted({0, *(int(one * len(message)) for one in torn), len(message)})
        for start, end in zip(ends, ends[1:], strict=False):
            last = end == len(message)
            if docker:
                line = {"log": message[start:end] + "\n" * last, "stream": stream, "time": "2026-03-04T10:00:00Z"}
                written.append(json.dumps(line, separators=(",", ":")))
            else:
                written.append(f"2026-03-04T10:00:00.123456789Z {stream} {'F' if last else 'P'} {message[start:end]}")
    path = tmp_path_factory.mktemp("log") / "0.log"
    data = "".join(line + "\n" for line in written).encode()
    path.write_bytes(data)
    check(path, data, engine, [int(place * len(data)) for place in places], order)


def test_large_files_too(tmp_path: Path, engine: Engine) -> None:
    drawn = random.Random(7)
    lines = [
        f"2026-03-0{drawn.randint(1, 9)} 10:00:00 INFO job {drawn.randint(0, 10**9)} done\n"
        if drawn.random() < 0.99
        else f"2026-03-04 10:00:00 ERROR password=hunter{drawn.randint(0, 99)}-horse\n  at line\n"
        for _ in range(120_000)
    ]
    lines.insert(60_000, "y" * 3_000_000 + " user=jane.roe@example-mail.com\n")
    data = "".join(lines).encode()
    path = tmp_path / "large.log"
    path.write_bytes(data)
    check(path, data, engine, [drawn.randint(0, len(data)) for _ in range(9)], drawn)
