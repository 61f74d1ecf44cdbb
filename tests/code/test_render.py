"""Expressions as text: names are shown, literals are not."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscrub.code.places import Places
from logscrub.code.render import dotted, last_name, render

SECRET = "Xk9-q7Zw_4411"


def node(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("a.b.c", "a.b.c"),
        ("a['key']", "a['key']"),
        ("a[0]", "a[…]"),
        ("a[1:2]", "a[:]"),
        ("f(x, 'y', z=1)", "f(x, '…', z=…)"),
        ("f(**k)", "f(**=k)"),
        ("a + b", "a + b"),
        ("f'{a} of {b}'", "f'…{a}…{b}'"),
        ("[a, b]", "[a, b]"),
        ("(a, b)", "(a, b)"),
        ("{'k': a}", "{'k': a}"),
        ("a or b", "a or b"),
        ("a if c else b", "a if … else b"),
        ("None", "None"),
        ("True", "True"),
        ("b'x'", "'…'"),
        ("3.5", "…"),
        ("a < b", "…"),
    ],
)
def test_the_form_of_an_expression(source: str, shown: str) -> None:
    assert render(node(source)) == shown


@pytest.mark.parametrize(
    "form",
    ["{}", "f({})", "f(a={})", "[{}, a]", "({}, a)", "{{'k': {}}}", "a + {}", "a or {}", "{} if c else a", "f'{{a}}' + {}",
     "a.f({}).b", "f(g(h({})))", "a % {}", "lambda: {}", "a == {}", "f(*{})", "[x for x in {}]", "a[f({})]", "({}).join(a)"],
)  # fmt: skip
def test_no_literal_is_shown(form: str) -> None:
    for literal in (repr(SECRET), repr(SECRET.encode()), "44112233445566", "f'" + SECRET + "{a}'"):
        shown = render(node(form.format(literal)))
        assert SECRET not in shown and "4411" not in shown


@given(st.integers(1, 400))
def test_it_is_short_and_one_line(size: int) -> None:
    shown = render(node("f(" + ", ".join(f"name_{n}" for n in range(size)) + ")" + ".a" * size))
    assert len(shown) <= 80 and "\n" not in shown


@pytest.mark.parametrize(
    ("source", "last", "whole"),
    [
        ("a", "a", "a"),
        ("a.b", "b", "a.b"),
        ("a.b()", "b", ""),
        ("a['k']", "k", ""),
        ("a[0]", "a", ""),
        ("a.b['k'].c", "c", ""),
        ("1", "", ""),
        ("a + b", "", ""),
    ],
)
def test_names_of_an_expression(source: str, last: str, whole: str) -> None:
    assert (last_name(node(source)), dotted(node(source))) == (last, whole)


@given(st.text(alphabet="aäß𝔭 ", max_size=10), st.text(alphabet="bö€", min_size=1, max_size=5))
def test_columns_are_characters(before: str, word: str) -> None:
    text = f"x = '{before}' + f('{word}')\n"
    call = ast.parse(text).body[0].value.right  # type: ignore[attr-defined]
    place = Places("a.py", text).of(call)
    assert text[place.column - 1 : place.end_column - 1] == f"f('{word}')"
