"""Whole lines, whatever the chunks are."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from logscrub.sources import Block, blocks
from logscrub.sources.keyblocks import held_from, open_key

BODY = b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"
KEY = b"-----BEGIN PRIVATE KEY-----\n" + BODY * 20 + b"MzEf\n-----END PRIVATE KEY-----\n"


def chunked(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[low:high] for low, high in zip(places, places[1:], strict=False)]


def owned(found: list[Block]) -> bytes:
    return b"".join(block.data[block.own_start : block.own_end] for block in found)


@given(
    st.lists(st.sampled_from([b"a", b"bcd", b"\n", b"\r\n", b"x" * 90]), max_size=60), st.lists(st.integers(0, 9999))
)
def test_blocks_own_every_byte_once_and_number_lines_rightly(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(parts)
    found = list(blocks(chunked(data, cuts), max_line=64, overlap=16))
    assert owned(found) == data
    for block in found:
        assert data[block.offset : block.offset + len(block.data)] == block.data
        assert block.line == 1 + data.count(b"\n", 0, block.offset)
        assert block.line_offset == data.rfind(b"\n", 0, block.offset) + 1
        assert block.lines == block.data.count(b"\n")
        if block.whole and block is not found[-1]:
            assert block.data.endswith(b"\n")


@given(st.lists(st.integers(0, 9999), max_size=40))
def test_a_key_is_never_torn(cuts: list[int]) -> None:
    data = b"before\n" * 30 + KEY + b"after\n" * 30
    found = list(blocks(chunked(data, cuts)))
    assert owned(found) == data
    assert any(KEY in block.data for block in found)


def test_lines_go_on_at_once_when_no_key_is_open() -> None:
    lines = [b"one\n", b"expected -----BEGIN PRIVATE KEY----- here\n", b"two\n", b"three\n"]
    assert [block.data for block in blocks(lines)] == lines


def test_a_key_is_held_until_it_ends_and_a_mention_only_until_the_lines_say_so() -> None:
    lines = [b"-----BEGIN PRIVATE KEY-----\n", b"not a key\n", b"at all\n", b"end\n"]
    assert [block.data for block in blocks(lines)] == [b"".join(lines[:3]), b"end\n"]


def test_a_key_that_never_ends_is_let_go() -> None:
    lines = [b"-----BEGIN PRIVATE KEY-----\n", *[BODY] * 3000]
    found = list(blocks(lines, max_key=1 << 16))
    assert owned(found) == b"".join(lines)
    assert (1 << 16) - 100 < len(found[0].data) <= (1 << 16) + 100
    assert open_key(found[0].data) == 0


def test_a_line_of_any_length_takes_bounded_memory() -> None:
    chunk = b"x" * (1 << 20)
    tracemalloc.start()
    size = sum(block.own_end - block.own_start for block in blocks(chunk for _ in range(64)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 64 << 20
    assert peak < 8 << 20


def test_the_window_after_a_long_line_begins_with_the_next_line() -> None:
    found = list(blocks([b"x" * 150 + b"\nnext\n"], max_line=64, overlap=16))
    assert [(block.data, block.line) for block in found] == [(b"x" * 150 + b"\nnext\n", 1)]
    found = list(blocks([b"x" * 150, b"\nnext\nlast"], max_line=64, overlap=16))
    assert [(block.line, block.line_offset, block.data[-5:]) for block in found[-3:]] == [
        (1, 0, b"xxxx\n"),
        (2, 151, b"next\n"),
        (3, 156, b"last"),
    ]


def test_lines_with_a_prefix_are_part_of_a_key() -> None:
    lines = [b"12:00 INFO " + line + b"\n" for line in KEY.splitlines()[:-1]]
    data = b"".join(lines)
    assert held_from(data) == 0
    ended = data + b"12:00 INFO -----END PRIVATE KEY-----\n"
    assert held_from(ended) == len(ended)
