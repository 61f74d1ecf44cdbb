"""Cleaning what pytest reports of a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

_DEEPEST = 40


def clean_sections(report: pytest.TestReport, clean: Callable[[str], str]) -> None:
    """Clean what a report says was captured."""
    report.sections[:] = [(title, clean(text)) for title, text in report.sections]


def clean_failure(report: pytest.TestReport, clean: Callable[[str], str]) -> None:
    """Clean the traceback of a report and the local variables in it.

    What is written of the failure stays as it is laid out, unless something is only seen in the whole of it: then
    plain text is left.

    Args:
        report: is changed in place.
        clean: returns a text as it may be shown.
    """
    what: Any = report.longrepr
    if what is None:
        return
    if isinstance(what, tuple):
        report.longrepr = tuple(clean(each) if isinstance(each, str) else each for each in what)  # type: ignore[assignment]
        return
    before = str(what)
    if clean(before) == before:
        return
    what = _cleaned(what, clean, {}, _DEEPEST)
    after = str(what)
    report.longrepr = what if clean(after) == after else clean(before)


def _cleaned(value: Any, clean: Callable[[str], str], done: dict[int, Any], depth: int) -> Any:
    """Clean every text in pytest's representation of a failure, which is objects of its own, lists and tuples."""
    if isinstance(value, str):
        return clean(value)
    if depth < 0 or id(value) in done:
        return value
    done[id(value)] = value
    if isinstance(value, (list, tuple)):
        items = [_cleaned(each, clean, done, depth - 1) for each in value]
        if isinstance(value, list):
            value[:] = items
            return value
        return tuple(items)
    if type(value).__module__.startswith("_pytest."):
        for name, item in list(vars(value).items()):
            object.__setattr__(value, name, _cleaned(item, clean, done, depth - 1))
    return value
