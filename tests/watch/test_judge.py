"""Judging in pieces finds what judging the whole finds."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logscrub.audit.engine import Engine, Job
from logscrub.detect import Detector
from logscrub.findings import MAX_FINDINGS
from logscrub.model import Match
from logscrub.policy import Policy
from logscrub.sources.formats import Format
from logscrub.sources.formats.detect import detect
from logscrub.watch.judge import Judge, Seen

BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"
PEM = f"-----BEGIN PRIVATE KEY-----\n{BODY * 20}-----END PRIVATE KEY-----\n"
LINES = ("ready", "é tst_ab12cd34", "tst_zz99zz99 and tst_ab12cd34", "password=correct-horse-7", "", "x" * 300, PEM)
CRI = "2026-03-04T10:00:00.123456789Z stdout"


@pytest.fixture(scope="module")
def engine(policy: Policy) -> Engine:
    return Engine.of(Job.of(policy, None, MAX_FINDINGS).policy)


class Told:
    """A judge, and what it told: rule, line, column and offset."""

    def __init__(self, engine: Engine, form: Format | None = None) -> None:
        self.places: list[tuple[str, int, int, int]] = []
        self.problems: list[str] = []
        self.judge = Judge(engine, "app.log", form or Format("plain"), 0, self._seen, self.problems.append)

    def _seen(self, seen: Seen) -> None:
        place = seen.place
        self.places.append((seen.finding.rule, place.line, place.column, place.offset))


def judged(engine: Engine, *pieces: bytes, form: Format | None = None) -> Told:
    told = Told(engine, form)
    for piece in pieces:
        told.judge.take(piece)
    told.judge.settle()
    return told


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=12), st.lists(st.integers(0, 8000), max_size=8), st.booleans())
def test_any_pieces_give_what_the_whole_gives(engine: Engine, lines: list[str], cuts: list[int], ended: bool) -> None:
    data = "\n".join(lines).encode() + b"\n" * ended
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[low:high] for low, high in zip(places, places[1:])]
    whole = judged(engine, data)
    assert judged(engine, *pieces).places == whole.places


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=8), st.data())
def test_what_was_judged_too_early_is_told_once(engine: Engine, lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines).encode() + b"\n"
    told = Told(engine)
    at = 0
    while at < len(text):
        size = data.draw(st.integers(1, len(text) - at))
        told.judge.take(text[at : at + size])
        if data.draw(st.booleans()):
            told.judge.settle()
        at += size
    told.judge.settle()
    assert set(judged(engine, text).places) <= set(told.places)
    assert len({offset for *_, offset in told.places}) == len(told.places)
    assert told.judge.lines == text.count(b"\n")


def test_half_a_line_is_told_when_it_is_settled_and_not_again(engine: Engine) -> None:
    told = Told(engine)
    told.judge.take(b"one\nb tst_ab12cd34 tst_zz")
    assert told.places == []
    told.judge.settle()
    assert told.places == [("test-token", 2, 3, 6)]
    told.judge.take(b"99zz99 tst_00000000\nc tst_ab12cd34\n")
    assert [line for _, line, *_ in told.places] == [2, 2, 2, 3]
    assert not told.judge.waiting


@pytest.mark.parametrize("step", [1 << 12, 1 << 16, 1 << 20, 1 << 23])
def test_a_line_of_five_megabytes_needs_little_memory(engine: Engine, step: int) -> None:
    line = bytearray(b"x " * (5 << 19))
    offsets = [*range(100, len(line), 65_500), 1_015_808 - 6]
    for at in offsets:
        line[at : at + 14] = b" tst_ab12cd34 "
    data = b"one\n" + bytes(line) + b"\nthree tst_ab12cd34\n"
    told = Told(engine)
    for at in range(0, len(data), step):
        told.judge.take(data[at : at + step])
        assert len(told.judge._held) <= 3 << 20
    expected = [("test-token", 2, at + 2, at + 5) for at in sorted(offsets)]
    assert told.places == [*expected, ("test-token", 3, 7, len(data) - 13)]


def test_a_line_without_end_that_pauses_is_told_once(engine: Engine) -> None:
    told = Told(engine)
    piece = b"y" * 4000 + b" tst_ab12cd34 "
    for _ in range(600):
        told.judge.take(piece)
        told.judge.settle()
        assert len(told.judge._held) <= 1 << 15
    assert [place[1:] for place in told.places] == [
        (1, 4002 + number * len(piece), 4001 + number * len(piece)) for number in range(600)
    ]


def test_a_key_that_is_being_written_is_one_finding(engine: Engine) -> None:
    for cut in (40, 500, len(PEM) - 3):
        told = judged(engine, b"start\n" + PEM[:cut].encode(), PEM[cut:].encode() + b"end\n")
        assert [place[:2] for place in told.places] == [("pem-private-key", 2)]


def test_pieces_of_a_container_message_wait_for_each_other(engine: Engine) -> None:
    first, second = f"{CRI} P token tst_ab12".encode(), f"{CRI} F cd34 done\n".encode()
    form = detect(first + b"\n" + second, "0.log")
    told = Told(engine, form)
    told.judge.take(first + b"\n")
    assert told.places == [] and told.judge.waiting
    told.judge.take(second)
    assert [place[:2] for place in told.places] == [("test-token", 1)]


def test_lines_that_wait_are_not_kept_for_ever(engine: Engine) -> None:
    told = Told(engine, detect(f"{CRI} P x\n".encode() * 3, "0.log"))
    told.judge.take(f"{CRI} P token tst_ab12cd34\n".encode())
    for _ in range(200):
        told.judge.take(b"z" * 50_000)
        assert len(told.judge._held) <= 4 << 20
    assert [place[:2] for place in told.places] == [("test-token", 1)]


def test_what_takes_too_long_is_said(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(self: Detector, record: bytes, hits: list[tuple[int, int]]) -> list[Match]:
        raise TimeoutError

    monkeypatch.setattr(Detector, "confirm", slow)
    told = judged(engine, b"one\ntst_ab12cd34\n")
    assert told.places == []
    assert told.problems == ["1 records took too long to judge, the first in line 2"]
