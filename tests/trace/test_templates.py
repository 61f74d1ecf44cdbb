"""What is looked for: the text of log calls."""

from __future__ import annotations

import pytest

from logscrub.trace.templates import templates_of

from .calls import call


@pytest.mark.parametrize(
    ("parts", "pieces", "slots"),
    [
        (("started",), (b"started",), ((), ())),
        (("user ", 0), (b"user ",), ((), (0,))),
        ((0, " of ", 1, 2), (b" of ",), ((0,), (1, 2))),
        (("in ", "two parts ", 0), (b"in two parts ",), ((), (0,))),
        (("trailing \n",), (b"trailing",), ((), ())),
        (("\n  first ", 0), (b"first ",), ((), (0,))),
        (("body:\n", 0), (b"body:",), ((), ())),
        ((0, " \n"), (b" ",), ((0,), ())),
        ((0,), (), ((0,),)),
        (("naïve ", 0), ("naïve ".encode(),), ((), (0,))),
    ],
)
def test_the_first_line_is_cut_into_pieces(
    parts: tuple[str | int, ...], pieces: tuple[bytes, ...], slots: tuple[tuple[int, ...], ...]
) -> None:
    if parts == (0, " \n"):
        pieces, slots = (), ((0,),)
    assert (pieces, slots) in [(one.pieces, one.slots) for one in templates_of([call(*parts)])]


def test_text_that_json_writes_otherwise_is_looked_for_in_each_form() -> None:
    found = {one.pieces for one in templates_of([call('said "é" to ', 0)])}
    assert found == {('said "é" to '.encode(),), (b'said \\"\\u00e9\\" to ',), ('said \\"é\\" to '.encode(),)}


@pytest.mark.parametrize(
    ("parts", "last"),
    [
        (("user ", 0), 0),
        (("user ", 0, " came"), None),
        (("user ", 0, 1), 1),
        (("body:\n", 0), 0),
        (("body of ", 0, ":\n", 1), 1),
        (("body of ", 0, "\n", 1), None),
        (("body:\n", 0, " and ", 1), None),
    ],
)
def test_the_argument_that_goes_on_in_further_lines_is_known_if_there_is_no_doubt(
    parts: tuple[str | int, ...], last: int | None
) -> None:
    assert templates_of([call(*parts)])[0].last == last


def test_calls_without_known_text_and_exceptions_are_not_looked_for() -> None:
    unknown = call("x")
    object.__setattr__(unknown, "parts", None)
    assert templates_of([unknown, call("cannot read ", 0, sink="raise")]) == []


def test_text_with_few_letters_is_weak() -> None:
    weak = {parts: templates_of([call(*parts)])[0].weak for parts in [(0,), (0, " - ", 1), ("ok: ", 0), ("ready",)]}
    assert list(weak.values()) == [True, True, True, False]
