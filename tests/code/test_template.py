"""Templates: which text is fixed, and where a value goes; held against what Python itself makes of them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscrub.code.template import Hole, brace, label, percent

NAMES = st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=6)
PLAIN = st.text(alphabet="ab:= .%{}'", max_size=8)


def filled(pieces: list[str | Hole], values: list[str]) -> str:
    given_ = iter(values)
    return "".join(piece if isinstance(piece, str) else next(given_) for piece in pieces)


@given(st.lists(st.tuples(PLAIN, st.sampled_from(["%s", "%r", "%-10s", "%.3s", "%5.2s"])), max_size=5), PLAIN)
def test_a_percent_template_is_split_as_python_fills_it(parts: list[tuple[str, str]], end: str) -> None:
    escaped = [(before.replace("%", "%%"), hole) for before, hole in parts]
    text = "".join(before + hole for before, hole in escaped) + end.replace("%", "%%")
    pieces = percent(text)
    assert sum(isinstance(piece, Hole) for piece in pieces) == len(parts)
    plain = "".join(before + "%s" for before, _ in escaped) + end.replace("%", "%%")
    assert filled(pieces, ["V"] * len(parts)) == plain % tuple("V" * len(parts))


@given(st.lists(st.tuples(PLAIN, st.sampled_from(["{}", "{!r}", "{:>10}", "{:{}}"])), max_size=5), PLAIN)
def test_a_brace_template_is_split_as_python_fills_it(parts: list[tuple[str, str]], end: str) -> None:
    def escape(text: str) -> str:
        return text.replace("{", "{{").replace("}", "}}")

    pieces = brace("".join(escape(before) + hole for before, hole in parts) + escape(end))
    plain = "".join(escape(before) + "{}" for before, _ in parts) + escape(end)
    assert filled(pieces, ["V"] * len(parts)) == plain.format(*["V"] * len(parts))


@given(NAMES, NAMES)
def test_names_are_kept(one: str, other: str) -> None:
    assert percent(f"%({one})s and %({other})s") == [Hole(one), " and ", Hole(other)]
    assert brace(f"{{{one}}} and {{{other}.x!r:>3}}") == [Hole(one), " and ", Hole(other)]
    assert brace("{1} {0[a]}") == [Hole(position=1), " ", Hole(position=0)]


@given(st.text(max_size=200))
def test_any_text_is_split(text: str) -> None:
    for pieces in (percent(text), brace(text)):
        assert all(not (isinstance(a, str) and isinstance(b, str)) for a, b in zip(pieces, pieces[1:]))
        assert "" not in pieces
    label(text)


def test_a_width_of_its_own_is_a_value() -> None:
    assert [isinstance(piece, Hole) for piece in percent("%*d %.*f")] == [True, True, False, True, True]


@pytest.mark.parametrize(
    ("before", "name"),
    [
        ("password: ", "password"),
        ("password=", "password"),
        ("the password is ", "the password"),
        ('{"password": "', "password"),
        ("user=bob, auth-token => ", "auth token"),
        ("came in ", ""),
        ("", ""),
        ("12: ", ""),
    ],
)
def test_what_stands_before_a_value_is_its_label(before: str, name: str) -> None:
    assert label(before) == name
