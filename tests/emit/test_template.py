"""Templates and arguments change together and render to what was wanted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscrub.emit.template import changes, fit, literals, replace, replaced_items, split

CONVERSIONS = {
    "%s": st.text(max_size=8),
    "%r": st.text(max_size=8),
    "%-9s": st.text(max_size=8),
    "%.3s": st.text(max_size=8),
    "%d": st.integers(),
    "%05d": st.integers(-9999, 9999),
    "%.2f": st.floats(-1e6, 1e6),
    "%x": st.integers(0, 10**9),
}


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, tuple[object, ...]]:
    parts, args = [], []
    for _ in range(draw(st.integers(1, 4))):
        parts.append(draw(st.text(max_size=6)).replace("%", "%%"))
        kind = draw(st.sampled_from(list(CONVERSIONS)))
        parts.append(kind)
        args.append(draw(CONVERSIONS[kind]))
    parts.append(draw(st.text(max_size=6)).replace("%", "%%"))
    return "".join(parts), tuple(args)


@given(calls(), st.data())
def test_any_span_can_be_replaced(call: tuple[str, tuple[object, ...]], data: st.DataObject) -> None:
    """The arity stays, the text is what it should be, untouched arguments are the same objects."""
    template, args = call
    text = template % args
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    done = replace(template, args, [(start, end, "[x%y]")])
    assert done is not None
    assert done[0] % done[1] == text[:start] + "[x%y]" + text[end:]
    assert len(done[1]) == len(args)
    assert all(new is old or isinstance(new, str) for new, old in zip(done[1], args, strict=True))


@given(st.lists(st.tuples(st.text("ab ", max_size=4), st.text("cd", min_size=1, max_size=3)), min_size=1, max_size=5))
def test_changes_line_up(parts: list[tuple[str, str]]) -> None:
    """Whatever is found, putting it into the first text gives the second."""
    before, after, spans = "", "", []
    for gap, value in parts:
        spans.append((len(before) + len(gap), len(before) + len(gap) + len(value)))
        before, after = before + gap + value, after + gap + "[x]"
    found = changes(before, after, spans)
    if found is None:
        return
    at, built = 0, ""
    for start, end, text in found:
        built += before[at:start] + text
        at = end
    assert built + before[at:] == after


def test_changes_that_do_not_line_up() -> None:
    assert changes("a=12", "something else", [(2, 4)]) is None
    assert changes("a=12", "a=12", []) is None


@pytest.mark.parametrize(
    ("template", "args", "change", "wanted"),
    [
        ("%*d|%s", (5, 7, "x"), (0, 5, "[n]"), ("%.0s%s|%s", (5, "[n]", "x"))),
        ("%(a)s %(b)s", {"a": "x", "b": "y"}, (2, 3, "[b]"), ("%(a)s %(b)s", {"a": "x", "b": "[b]"})),
        ("k=%s;", ("v",), (0, 4, "[all]"), ("%s", ("[all]",))),
        ("50%% off %s", ("v",), (0, 3, "[y]"), ("[y] off %s", ("v",))),
    ],
)
def test_replace(template: str, args: Any, change: tuple[int, int, str], wanted: tuple[str, Any]) -> None:
    text = template % args
    done = replace(template, args, [change])
    assert done is not None
    assert done[0] % done[1] == text[: change[0]] + change[2] + text[change[1] :]
    assert done[1] == wanted[1]


def test_same_name_with_two_values_is_given_up() -> None:
    assert replace("%(a)s %(a)s", {"a": "xy"}, [(0, 1, "[1]"), (3, 4, "[2]")]) is None


def test_fit_keeps_what_still_renders() -> None:
    assert fit("%d %s %5d", (1, 2, 3), (1, "[x]", "[y]")) == "%d %s %s"
    assert fit("%(a)d %(b)r", {"a": 1, "b": 2}, {"a": "[x]", "b": "[y]"}) == "%(a)s %(b)r"


def test_literals() -> None:
    assert [piece.literal for piece in split("a%sb%%")] == [True, False, True, True]
    assert literals("a%(x)sb%%c") == "a\nb%c"


def test_mapping_with_its_own_ways_stays_one() -> None:
    """gunicorn's access log arguments answer for names they do not have."""

    class Atoms(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            return super().get(name, "-")

    changed = replaced_items(Atoms(a="x"), {"a": "[a]"})
    template = "%(a)s %(zzz)s"
    assert template % changed == "[a] -"
