"""Which call wrote a line, and which argument stands where."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscrub.code.model import LogCall
from logscrub.detect.gate import ReferenceLiteralGate
from logscrub.trace.match import SURE_LETTERS, Tracer, is_continuation
from logscrub.trace.templates import templates_of

from .calls import call

HEAD = b"2024-01-02 03:04:05,678 INFO app.web: "


def lines_of(calls: Sequence[LogCall], line: bytes) -> list[int]:
    """Line numbers of the calls that may have written a line."""
    trace = Tracer(calls).trace(line)
    return [] if trace is None else [one.place.line for one in trace.calls]


def printed(calls: Sequence[LogCall], line: bytes) -> list[bytes]:
    """What the arguments of the call that wrote a line were printed as."""
    tracer = Tracer(calls)
    trace = tracer.trace(line)
    assert trace is not None
    return [line[span.start : span.end] for span in tracer.spans(trace, line)]


@pytest.mark.parametrize(
    "line",
    [
        HEAD + b"user ann came from 10.0.0.7",
        b"user ann came from 10.0.0.7",
        b"[instance: 7] user ann came from 10.0.0.7",
        b"INFO:app.web:user ann came from 10.0.0.7\r\n",
        b'{"level": "info", "logger": "app.web", "message": "user ann came from 10.0.0.7"}',
        b'{"msg":"user ann came from 10.0.0.7","name":"app.web"}',
    ],
)
def test_a_message_is_found_behind_any_prefix(line: bytes) -> None:
    calls = [call("user ", 0, " came from ", 1, line=7), call("user ", 0, " left", line=8)]
    assert lines_of(calls, line) == [7]
    assert printed(calls, line) == [b"ann", b"10.0.0.7"]


def test_a_suffix_belongs_to_the_last_argument_only_if_the_text_ends_with_one() -> None:
    assert printed([call("user ", 0, " came in")], HEAD + b"user ann came in app/web.py:12") == [b"ann"]


@pytest.mark.parametrize(
    ("parts", "message", "arguments"),
    [
        ((0, " limit is ", 1), b"memory limit is 5", [b"memory", b"5"]),
        ((0, ": no answer from ", 1), b"db: no answer from x", [b"db", b"x"]),
        (("took ", 0, " to remove ", 1, " done"), b"took 5 to remove a done b done", [b"5", b"a done b"]),
        (("values ", 0, 1, " end"), b"values ab end", [b"ab", b"ab"]),
        (("empty value ", 0, " here"), b"empty value  here", [b""]),
        (("all of ", 0, " and ", 0), b"all of x and x", [b"x", b"x"]),
    ],
)
def test_arguments_are_what_stands_between_the_text(
    parts: tuple[str | int, ...], message: bytes, arguments: list[bytes]
) -> None:
    assert printed([call(*parts)], HEAD + message) == arguments


def test_the_longest_text_wins() -> None:
    calls = [call("connection ", 0, line=1), call("connection ", 0, " was lost", line=2), call("was lost", line=3)]
    assert lines_of(calls, HEAD + b"connection db was lost") == [2]
    assert lines_of(calls, HEAD + b"connection db") == [1]


def test_words_are_whole() -> None:
    assert lines_of([call("started")], HEAD + b"restarted") == []
    assert lines_of([call("started")], HEAD + b"started2") == []
    assert lines_of([call("started")], HEAD + b"restarted and started.") == [1]


def test_the_logger_in_the_line_goes_before_the_length_of_the_text() -> None:
    own = call("request failed: ", 0, line=1)
    nested = call("cannot connect to the database ", 0, line=2, logger="app.db", path="app/db.py")
    line = HEAD + b"request failed: cannot connect to the database x"
    assert lines_of([own, nested], line) == [1]
    assert lines_of([own, nested], line.replace(b"app.web", b"app.db")) == [2]
    assert lines_of([own, nested], line.replace(b"app.web", b"other")) == [2]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"2024-01-02 03:04:05 INFO app.web: starting worker 1", [1]),
        (b"2024-01-02 03:04:05 INFO app.db: starting worker 1", [2]),
        (b"2024-01-02 03:04:05 ERROR app.jobs: starting worker 1", [4]),
        (b"2024-01-02 03:04:05 | INFO | app.jobs:serve:3 - starting worker 1", [3]),
        (b"2024-01-02 03:04:05 INFO jobs.py:4 starting worker 1", [4]),
        (b"2024-01-02 03:04:05 INFO starting worker 1 serve /srv/app/web.py:1", [1]),
        (b"2024-01-02 03:04:05 app.jobs stop() starting worker 1", [4]),
        (b"2024-01-02 03:04:05 starting worker 1", [1, 2, 3, 4]),
    ],
)
def test_equal_texts_are_told_apart_by_what_the_line_says(line: bytes, expected: list[int]) -> None:
    calls = [
        call("starting worker ", 0, line=1),
        call("starting worker ", 0, line=2, logger="app.db", path="app/db.py"),
        call("starting worker ", 0, line=3, logger="app.jobs", path="app/jobs.py"),
        call("starting worker ", 0, line=4, logger="app.jobs", path="app/jobs.py", level="error", function="stop"),
    ]
    assert lines_of(calls, line) == expected


def test_text_alone_is_a_hint_if_it_is_short_or_the_line_names_another_logger() -> None:
    tracer = Tracer([call("no route to ", 0), call("cannot connect to database ", 0), call("x", logger="app.other")])
    short, long = tracer.trace(b"12:00:00 no route to x"), tracer.trace(b"12:00:00 cannot connect to database x")
    other = tracer.trace(b"12:00:00 INFO app.third: cannot connect to database x")
    assert short is not None and long is not None and other is not None
    assert (short.weak, long.weak, other.weak) == (True, False, True)
    assert len("noroute") < SURE_LETTERS


def test_a_short_text_is_the_whole_message_where_no_logger_is_named() -> None:
    calls = [call("Failed", line=1), call("Error: ", 0, line=2), call("is full", line=3)]
    assert lines_of(calls, b"2024-01-02 03:04:05 ERROR Failed") == [1]
    assert lines_of(calls, b"2024-01-02 03:04:05 ERROR Failed to do it") == []
    assert lines_of(calls, b"2024-01-02 03:04:05 INFO app.web: Failed to do it") == [1]
    assert lines_of(calls, b"2024-01-02 03:04:05 CRITICAL [7] Error: no room\r\n") == [2]
    assert lines_of(calls, b"Jan  2 03:04:05 host sshd[7]: Error: no room") == []
    assert lines_of(calls, b"2024-01-02 03:04:05 ERROR the disk is full") == []


def test_a_call_without_text_is_a_hint_below_its_logger_only() -> None:
    calls = [call(0, line=1), call(0, ": ", 1, line=2), call(0, line=3, logger="app", path="app/__init__.py")]
    trace = Tracer(calls).trace(HEAD + b"whatever")
    assert trace is not None
    assert (trace.weak, [one.place.line for one in trace.calls]) == (True, [1])
    assert lines_of(calls, HEAD + b"a: b") == [2]
    assert lines_of(calls, b"12:00:00 INFO app: whatever") == [3]
    assert lines_of(calls, b"12:00:00 INFO other: whatever") == []
    assert printed(calls[:1], HEAD + b"whatever") == [b"whatever"]


def test_a_call_whose_text_changed_since_is_a_hint() -> None:
    calls = [call("creating event ", 0, " for instance ", 1, " on ", 2, line=5)]
    trace = Tracer(calls).trace(HEAD + b"creating event plug for instance 7")
    assert trace is not None and trace.weak
    assert printed(calls, HEAD + b"creating event plug for instance 7") == [b"plug", b"7"]
    assert lines_of(calls, b"12:00:00 INFO other: creating event plug for instance 7") == []


def test_json_escapes_are_seen_through() -> None:
    calls = [call('the "é" of ', 0, " is ", 1, line=3)]
    for ascii_only in (True, False):
        record = {"logger": "app.web", "message": 'the "é" of "a" is b', "other": "the value of x is y"}
        line = json.dumps(record, ensure_ascii=ascii_only).encode()
        assert lines_of(calls, line) == [3]
        assert printed(calls, line) == [b'\\"a\\"', b"b"]


def test_an_argument_beside_the_text_is_found_by_its_name() -> None:
    calls = [call("user logged in", names=("user", "password"))]
    tracer = Tracer(calls)
    for line in (
        b'{"event": "user logged in", "logger": "app.web", "user": "ann", "password": "xyz"}',
        b"12:00:00 [info] user logged in    user=ann password=xyz",
    ):
        trace = tracer.trace(line)
        assert trace is not None
        at = line.index(b"xyz")
        assert tracer.argument(trace, line, at, at + 3) == 1
        at = line.index(b"ann")
        assert tracer.argument(trace, line, at, at + 3) == 0
        assert tracer.argument(trace, line, 0, 2) is None


def test_a_further_line_belongs_to_the_record_above() -> None:
    tracer = Tracer([call("the answer was ", 0, line=9)])
    data = HEAD + b"the answer was {\n  'a': 1,\n}\n" + HEAD + b"next\n"
    for at in (0, data.index(b"  'a'"), data.index(b"}\n")):
        start, _, trace = tracer.record(data, at)
        assert start == 0
        assert trace is not None and trace.calls[0].place.line == 9
    assert tracer.record(data, data.index(b"next") - len(HEAD))[2] is None


def test_what_goes_on_is_told_from_what_begins() -> None:
    begins = [HEAD, b'{"a": 1}', b"<30>Jan  2 03:04:05 web x", b"Jan  2 03:04:05 x", b"INFO:root:x", b"[ERROR] x"]
    goes_on = [b"  File", b"\tat x", b"}", b"Traceback (most recent call last):", b"ValueError: x", b""]
    assert [is_continuation(line, 0, len(line)) for line in begins] == [False] * len(begins)
    assert [is_continuation(line, 0, len(line)) for line in goes_on] == [True] * len(goes_on)


WORDS = ("user", "left", "came from", "x", ": ", " of ", "_y", "é", '"', "app.web", "12:00:00 ", "\n")
parts = st.lists(st.sampled_from(WORDS) | st.integers(0, 2), min_size=1, max_size=6).map(tuple)
calls = st.lists(
    st.builds(
        lambda given, line, logger: call(*given, line=line, logger=logger, path=f"{logger.replace('.', '/')}.py"),
        parts,
        st.integers(1, 30),
        st.sampled_from(["app.web", "app", "app.web.x", "src.app.db"]),
    ),
    max_size=8,
)
text = st.lists(st.sampled_from((*WORDS, "app ", "web.py:3 ", "{", " ", "\r")), max_size=12).map("".join)


def written(call: LogCall, arguments: tuple[str, ...]) -> str:
    return "".join(part if isinstance(part, str) else arguments[part] for part in call.parts or ())


@given(calls, st.data())
def test_the_engine_finds_what_the_reference_finds(calls: list[LogCall], data: st.DataObject) -> None:
    """With and without Hyperscan, line by line and in a block, the answers are the same."""
    pieces = [data.draw(text)]
    for one in calls:
        pieces += [written(one, ("p", "user", "q: r")), data.draw(text), "\n"]
    block = "".join(pieces).encode()
    fast, plain = Tracer(calls), Tracer(calls, ReferenceLiteralGate)
    found = list(fast.lines(block))
    assert found == list(plain.lines(block))
    for start, stop, trace in found:
        assert fast.trace(block[start:stop]) == trace == plain.trace(block[start:stop])


@given(calls, text, st.data())
def test_of_all_calls_that_fit_the_best_is_found(calls: list[LogCall], noise: str, data: st.DataObject) -> None:
    """The oracle is a regular expression for each call."""
    one = written(data.draw(st.sampled_from(calls)), ("p", "user", "q: r")) if calls else ""
    line = (noise + one).replace("\n", " ").encode()
    if line.startswith(b"{"):
        return
    fit = {}
    for template in templates_of(calls):
        before = rb"(?<![0-9A-Za-z_])" if template.word_first else b""
        behind = rb"(?![0-9A-Za-z_])" if template.word_last else b""
        expression = before + rb"[\s\S]*?".join(map(re.escape, template.pieces)) + behind
        if not template.weak and re.search(expression, line):
            fit[template.number] = max(template.length, fit.get(template.number, 0))
    trace = Tracer(calls).trace(line)
    if fit and trace is None:  # none that the line names, and all of them short
        assert all(one.letters < SURE_LETTERS for one in templates_of(calls) if one.number in fit)
    elif trace is not None and not trace.weak:
        assert {one.number for one in trace.templates} <= fit.keys()
        if not trace.named:
            assert {fit[one.number] for one in trace.templates} == {max(fit.values())}


@given(st.lists(st.text("abc12", max_size=5), min_size=3, max_size=3))
def test_arguments_without_the_text_of_the_call_are_given_back(arguments: list[str]) -> None:
    one = call("user ", 0, " came from ", 1, " with ", 2, " today")
    assert printed([one], HEAD + written(one, tuple(arguments)).encode()) == [each.encode() for each in arguments]


@pytest.mark.parametrize(
    "line",
    [
        b"A" * (1 << 20),
        b"user " * (1 << 18),
        b"user x came from " * (1 << 16),
        b":12" * (1 << 18),
        b"app.web" * (1 << 17),
        b'{"msg": "' + b"\\" * (1 << 20),
        b'"msg": "' * (1 << 17),
        b'{"msg": "' * (1 << 17),
        b"[" * (1 << 20),
        bytes(range(256)) * 4096,
        b"12:00:00 " + b" " * (1 << 20),
    ],
    ids=range(11),
)
def test_hostile_lines_take_no_time(line: bytes) -> None:
    calls = [
        call("user ", 0, " came from ", 1, " with ", 2),
        call("user ", 0, line=12),
        call(0, line=3),
        call(0, " came from ", 1, line=4, names=("password",)),
    ]
    tracer = Tracer(calls)
    heads: dict[int, int | None] = {}
    begun = time.perf_counter()
    for start, stop, trace in tracer.lines(line):
        if trace is not None:
            tracer.spans(trace, line[start:stop])
            tracer.argument(trace, line[start:stop], stop - start - 1, stop - start)
        tracer.record(line, start, heads)
    assert time.perf_counter() - begun < 3
