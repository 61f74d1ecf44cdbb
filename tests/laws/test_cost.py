"""Law 8: hostile lines come out bounded and without an error. ``benchmarks/hostile.py`` times them."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from logscrub import Scrubber

_SIZE = 50_000


@cache
def hostile() -> ModuleType:
    """The benchmark, which has the lines."""
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "hostile.py"
    spec = importlib.util.spec_from_file_location("hostile_lines", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def scrubber() -> Scrubber:
    """The defaults, time limit and all."""
    return Scrubber()


@pytest.mark.parametrize("name", hostile().NAMES)
def test_a_hostile_line(name: str) -> None:
    """This line is scrubbed without running out of time, and the result is not out of proportion."""
    subject = scrubber()
    subject.errors.clear()
    text = hostile().line(name, _SIZE)
    out = subject.scrub(text)
    assert subject.errors == {}
    assert "logscrub: not shown" not in out
    # A marker is longer than the shortest secret, but not by more than this.
    assert len(out) <= 6 * len(text) + 100
    assert len(subject.find(text)) <= len(text)
