"""What framing by hit finds is what looking at the whole text finds."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logscrub.sources import blocks, matched_records

TOKEN = b"tst_ab12cd34"
KEY = b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n-----END PRIVATE KEY-----"
PARTS = [
    TOKEN,
    b"tst_short",
    KEY,
    b"-----BEGIN PRIVATE KEY-----",
    b"\n",
    b"\r\n",
    b"\n",
    b" text ",
    b"-----END PRIVATE KEY-----",
]


def found(detector: Any, data: bytes) -> list[bytes]:
    return [
        data[start + match.start : start + match.end]
        for start, _, matches in matched_records(detector, data)
        for match in matches or ()
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PARTS), max_size=40))
def test_records_find_what_the_whole_finds(detector: Any, parts: list[bytes]) -> None:
    data = b"".join(parts)
    expected = [data[match.start : match.end] for match in detector.find_bytes(data)]
    assert found(detector, data) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([TOKEN, b" ", b"x" * 7, b"y" * 31]), max_size=60), st.integers(1, 50))
def test_windows_of_a_long_line_find_every_token_once(detector: Any, parts: list[bytes], step: int) -> None:
    data = b" ".join(parts) + b"\n"
    chunks = [data[place : place + step] for place in range(0, len(data), step)]
    places = [
        block.offset + start + match.start
        for block in blocks(chunks, max_line=128, overlap=64)
        for start, _, matches in matched_records(detector, block.data)
        for match in matches or ()
        if block.own_start <= start + match.start < block.own_end
    ]
    assert places == [match.start for match in detector.find_bytes(data)]


def test_a_record_is_a_line_without_its_line_break(detector: Any) -> None:
    data = b"one\r\ntwo " + TOKEN + b"\r\nthree " + TOKEN
    assert [data[start:stop] for start, stop, _ in matched_records(detector, data)] == [
        b"two " + TOKEN,
        b"three " + TOKEN,
    ]


def test_a_record_that_takes_too_long_is_said_to_and_the_next_is_judged(detector: Any) -> None:
    data = b"SLOW " + TOKEN + b"\n" + TOKEN + b"\n"
    assert [(data[start:stop], matches is None) for start, stop, matches in matched_records(detector, data)] == [
        (b"SLOW " + TOKEN, True),
        (TOKEN, False),
    ]


def test_mentions_of_keys_cost_time_in_proportion_to_the_text(detector: Any) -> None:
    looked_at = 0
    confirm = detector.confirm

    def counting(record: bytes, hits: list[tuple[int, int]]) -> Any:
        nonlocal looked_at
        looked_at += len(record)
        return confirm(record, hits)

    detector.confirm = counting
    data = b"expected -----BEGIN PRIVATE KEY----- here\n" * 20_000
    assert found(detector, data) == []
    assert looked_at < 3 * len(data)


def test_a_key_at_the_edge_of_a_region_is_found(detector: Any) -> None:
    mention = b"-----BEGIN PRIVATE KEY----- no\n"
    for padding in range(65_400, 65_700, 7):
        data = mention + b"x" * padding + b"\n" + KEY + b"\n" + TOKEN + b"\n"
        assert found(detector, data) == [KEY, TOKEN]


def test_lines_near_a_mention_of_a_key_are_judged_one_by_one(detector: Any) -> None:
    mention = b"expected -----BEGIN PRIVATE KEY----- here"
    data = b"\n".join([mention, TOKEN, KEY, TOKEN, mention, b"x " + TOKEN])
    records = [data[start:stop] for start, stop, _ in matched_records(detector, data)]
    assert records == [TOKEN, KEY, TOKEN, b"x " + TOKEN]
