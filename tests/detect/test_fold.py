"""The normalised view of a record, and the way back."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logscrub.detect import Detector
from logscrub.detect.fold import fold, fold_character, gates
from logscrub.detect.gate import HyperscanGate
from logscrub.policy import Policy


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("ｐｉｎ＝１２３４", b"pin=1234"),
        ("pass\u200bword=x", b"password=x"),
        ("pass\u00adword=x", b"password=x"),
        ("\ufeffpassword", b"password"),
        ("\x1b[1;31mpassword\x1b[0m=x", b"password=x"),
        ("pass\x1b[1mword=x", b"password=x"),
        ('"\\u0070assword"', b'"password"'),
        ("\\u0070\\u0061\\u0073\\u0073", b"pass"),
        ("é ｐ", "é p".encode()),
        ("𝐩𝐢𝐧", b"pin"),
        ("\\u5bc6\\u7801", "密码".encode()),
        ("\\\\u5bc6", "密".encode()),
        ("\\ud835\\udc29in", b"pin"),
        ("\\uff1d", b"="),
        ("\\u001b[31mpin", b"pin"),
        ("n\u0303", "ñ".encode()),
        ("ﾊﾟｽ", "パス".encode()),
        ("\u1107\u1175\u1106\u1175\u11af", "비밀".encode()),
        ("pin\u00a0: 1", b"pin : 1"),
    ],
)
def test_what_it_looks_like(text: str, view: bytes) -> None:
    """The view is what a reader takes the record for."""
    folded = fold(text.encode())
    assert folded is not None
    assert folded.data == view


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "é",
        "пароль",
        "密码",
        "💥",
        '\\"',
        "\\u0022",
        "\\u005c",
        "\\u0027",
        "\\u000a",
        "\\u2019",
        "\\ud800",
        "a\u00a0b",
        "\\n",
        "\x1b",
        "\ud800",
    ],
)
def test_nothing_to_fold(text: str) -> None:
    """Text without such forms is left alone, and so are escaped quotes and backslashes: they mean something else."""
    assert fold(text.encode("utf-8", "surrogatepass")) is None


def test_offsets_map_back() -> None:
    """A span of the view is the span of the record it stands for, escapes and all."""
    data = "ab\x1b[1mｐｗ\u200b=x".encode()
    view = fold(data)
    assert view is not None
    assert view.data == b"abpw=x"
    assert view.original(0, 2) == (0, 2)
    start, end = view.original(2, 4)
    assert data[start:end] == "ｐｗ".encode()
    start, end = view.original(5, 6)
    assert data[start:end] == b"x"


awkward = st.lists(
    st.one_of(
        st.sampled_from(
            ["\x1b[31m", "\x1b[", "\u200b", "\\u0070", "\\u00", "ｐ", "＝", "é", "密", "𝐩", "\ud800", "\0", "\ufeff"]
        ),
        st.text(max_size=4),
    ),
    max_size=12,
).map("".join)


@example("\xa0\x1b[31m＝")
@example("\xa0\u200b=")
@given(awkward)
def test_every_span_maps_into_the_record(text: str) -> None:
    """Spans stay in order and inside the record; a byte that was not changed maps to itself."""
    data = text.encode("utf-8", "surrogatepass")
    view = fold(data)
    if view is None:
        return
    last = 0
    for offset in range(len(view.data)):
        start, end = view.original(offset, offset + 1)
        assert last <= start < end <= len(data)
        if end - start == 1:
            assert data[start] == view.data[offset]
        last = start
    assert fold(view.data) is None or b"\x1b" in view.data or b"\\u00" in view.data


@given(awkward)
def test_the_gate_says_which_records_need_it(text: str) -> None:
    """A record that folds is one the gate expressions for folding report."""
    data = text.encode("utf-8", "surrogatepass")
    if fold(data) is not None:
        assert FOLDS.scan(data)


@given(st.characters(min_codepoint=0x80))
def test_no_character_folds_to_syntax(character: str) -> None:
    """What a character folds to is a letter, digit or joint, never a quote, bracket or space."""
    plain = fold_character(character)
    assert plain is None or plain == b"" or (len(plain) == 1 and (plain.isalnum() or plain in b"_-=:@."))


FOLDS = HyperscanGate([(0, gate) for gate in gates()])


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("ｐａｓｓｗｏｒｄ＝hunter2 x", "hunter2"),
        ("pass\u200bword=hunter2 x", "hunter2"),
        ("password=hun\u200bter2 x", "hun\u200bter2"),
        ("pass\x1b[1mword\x1b[0m=hunter2 x", "hunter2"),
        ("password=\x1b[31mhunter2\x1b[0m x", "hunter2"),
        ('{"\\u0070assword": "hunter2"}', "hunter2"),
        ("é password=hunter2 x", "hunter2"),
        ("ｐａｓｓｗｏｒｄ＝ｈｕｎｔｅｒ２ x", "ｈｕｎｔｅｒ２"),
    ],
)
def test_spans_of_the_record(text: str, secret: str) -> None:
    """What is found in the view is reported where it stands in the record."""
    (match,) = Detector(Policy().rules()).find(text)
    assert text[match.start : match.end] == secret
