"""What an expression can be, read from its parse tree. That a gate is a superset is one of the laws."""

from __future__ import annotations

import pytest

from logscrub.rules.shape import ShapeError, analyse, literal


@pytest.mark.parametrize(
    ("expression", "gate", "prefix", "widths"),
    [
        ("abc", "abc", b"abc", (3, 3)),
        (r"(?<![A-Z])AKIA[A-Z2-7]{16}(?![A-Z])", "AKIA[2-7A-Z]{16}", b"AKIA", (20, 20)),
        (r"ghp_[a-z]{10,40}", "ghp_[a-z]{10}", b"ghp_", (14, 44)),
        (r"[a-z]{2,9}=x", r"[a-z]{2}\x3dx", b"", (4, 11)),
        (r"(?i)ab", "[Aa][Bb]", b"", (2, 2)),
        (r"(?i:a)b", "(?:[Aa])b", b"", (2, 2)),
        (r"a(?P<secret>b)c", "a(?:b)c", b"ab", (3, 3)),
        (r"\d\w", "[0-9][0-9A-Z_a-z]", b"", (2, 2)),
        (r"a.b", r"a[\x00-\x09\x0b-\xff]b", b"a", (3, 3)),
    ],
)
def test_shapes(expression: str, gate: str, prefix: bytes, widths: tuple[int, int]) -> None:
    """Gate, prefix and widths of an expression."""
    shape = analyse(expression)
    assert shape.gates == (gate,)
    assert (shape.prefix, (shape.min_width, shape.max_width)) == (prefix, widths)


@pytest.mark.parametrize(("expression", "spans"), [("a b", False), (r"a[ \t]b", False), (r"a[^b\n]c", False)])
def test_one_line(expression: str, spans: bool) -> None:
    """An expression that cannot hold a line break is known not to."""
    assert analyse(expression).spans_lines is spans


@pytest.mark.parametrize("expression", [r"a\sb", r"a[^b]c", r"a\nb", r"a\Db", r"a(?:b|\s)c", r"a[\s]b"])
def test_lines(expression: str) -> None:
    """One that can is known to."""
    assert analyse(expression).spans_lines


@pytest.mark.parametrize(
    "expression", ["(a)\\1", "(?P<x>a)(?P=x)", "(a)(?(1)b|c)", "a(", "[z-a]", "", "a?", "(?=a)", "é"]
)
def test_refused(expression: str) -> None:
    """What rules may not use is refused; the message is for the author of the rule."""
    with pytest.raises(ShapeError) as raised:
        analyse(expression)
    assert str(raised.value)


def test_literal() -> None:
    """A word in any case of its script."""
    assert literal("a-1") == r"[Aa]\x2d1"
    assert literal("é") == r"(?:\xc3\x89|\xc3\xa9)"
    assert literal("密") == r"(?:\xe5\xaf\x86)"
