"""Messages that a container runtime cut in pieces."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.detect import Detector
from logscrub.policy import Policy
from logscrub.sources import matched_records
from logscrub.sources.formats import Extra, Format, detect, merged

SECRET = b"hK7w-plinth-Qz93"


@pytest.fixture(scope="module")
def rules() -> Detector:
    return Detector(Policy().rules(), known=None)


def docker(stream: str, piece: bytes, *, last: bool) -> bytes:
    text = piece.decode() + ("\n" if last else "")
    return json.dumps({"log": text, "stream": stream, "time": "2024-01-02T03:04:05.1Z"}, separators=(",", ":")).encode()


def cri(stream: str, piece: bytes, *, last: bool) -> bytes:
    return b"2024-01-02T03:04:05.123456789Z %s %s %s" % (stream.encode(), b"F" if last else b"P", piece)


WRITERS = [docker, cri]
HEADS = {docker: docker("stdout", b"x", last=True) + b"\n", cri: cri("stdout", b"x", last=True) + b"\n"}


def found(reader: Format, data: bytes, rules: Detector) -> tuple[list[tuple[int, Any]], dict[int, Extra]]:
    return merged(((start, matches) for start, _, matches in matched_records(rules, data)), reader.more(data, rules))


def cut(message: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(message), *(one % (len(message) + 1) for one in cuts)})
    return [message[low:high] for low, high in zip(places, places[1:], strict=False)]


MESSAGES = [
    b"user jane logged in, password=" + SECRET + b" from 10.0.0.1 and all is well",
    b'{"user": "jane", "password": "' + SECRET + b'", "note": "all is \\"well\\""}',
    b"connecting to postgres://shop:" + SECRET + b"@db-1:5432/shop",
]


@pytest.mark.parametrize("write", WRITERS)
@given(
    st.sampled_from(MESSAGES), st.lists(st.integers(0, 200), min_size=1, max_size=5), st.randoms(use_true_random=False)
)
@settings(max_examples=150, deadline=None)
def test_every_byte_of_a_secret_in_pieces_is_found_once(
    write: Any, rules: Detector, message: bytes, cuts: list[int], dice: Any
) -> None:
    pieces = cut(message, cuts)
    lines = [write("stdout", piece, last=number == len(pieces) - 1) for number, piece in enumerate(pieces)]
    for place in range(len(lines), -1, -1):  # other streams write in between
        if dice.random() < 0.4:
            lines.insert(place, write("stderr", b"nothing to see", last=True))
    before = write("stdout", b"before", last=True)
    data = b"\n".join([before, *lines, before, b""])
    reader = detect(HEADS[write], "x")
    records, split = found(reader, data, rules)
    matches = [(start, match) for start, matches in records for match in matches or ()]
    assert [match.rule for _, match in matches] == [match.rule for match in rules.find_bytes(message)]
    ((start, match),) = matches
    extra = split.get(start + match.start)
    spans = [(start + match.start, start + match.end), *(extra.rest if extra else ())]
    value = b"".join(data[begin:end] for begin, end in spans)
    assert value == SECRET
    assert extra is None or extra.value == SECRET
    clean = bytearray(data)
    for number, (begin, end) in reversed(list(enumerate(spans))):
        clean[begin:end] = b"" if number else b"[password]"
    for line in bytes(clean).splitlines():
        if write is docker:
            assert json.loads(line)
    again, _ = found(reader, bytes(clean), rules)
    assert not again


@pytest.mark.parametrize("write", WRITERS)
@given(
    st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.booleans()), min_size=1, max_size=40),
    st.integers(0, 40),
)
@settings(max_examples=150, deadline=None)
def test_a_safe_cut_leaves_every_message_whole(write: Any, lines: list[tuple[str, bool]], at: int) -> None:
    reader = detect(HEADS[write], "x")
    texts = [write(stream, b"%d" % number, last=last) + b"\n" for number, (stream, last) in enumerate(lines)]
    before = b"".join(texts[: at % (len(texts) + 1)])
    held = reader.held_from(before)
    kept = before[:held].count(b"\n")
    last: dict[str, bool] = {}
    for stream, ends in lines[:kept]:
        last[stream] = ends
    assert all(last.values())  # no message is open where it is cut
    # and no more waits than must: the first line held begins the message that is open at the end
    open_at_end = {
        stream
        for stream in ("stdout", "stderr")
        if [e for s, e in lines[: before.count(b"\n")] if s == stream][-1:] == [False]
    }
    assert (held < len(before)) == bool(open_at_end)


def test_a_message_without_an_end_is_let_go() -> None:
    reader = detect(HEADS[cri], "x")
    data = (cri("stdout", b"x" * 16_000, last=False) + b"\n") * 80
    assert reader.held_from(data) == len(data)
    assert reader.held_from(data[: len(data) // 2]) == 0


def test_files_without_pieces_are_not_looked_at(rules: Detector) -> None:
    for write in WRITERS:
        data = b"".join(write("stdout", b"password=hunter2", last=True) + b"\n" for _ in range(50))
        assert not detect(data, "x").more(data, rules)


def test_a_secret_longer_than_a_piece_is_told_once(rules: Detector) -> None:
    body = "\n".join(["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj" + "Ab3" * 8] * 20)
    key = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"
    message = json.dumps({"msg": "loaded", "pem": key}).encode()
    pieces = [message[at : at + 400] for at in range(0, len(message), 400)]
    data = b"".join(docker("stdout", piece, last=piece is pieces[-1]) + b"\n" for piece in pieces)
    records, split = found(detect(data, "x"), data, rules)
    rules_found = [match.rule for _, matches in records for match in matches or ()]
    assert len(rules_found) == 1
    (extra,) = split.values()
    assert len(extra.rest) >= 2 and b"BEGIN PRIVATE KEY" in extra.value and b"END PRIVATE KEY" in extra.value
