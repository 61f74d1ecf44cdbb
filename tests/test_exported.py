"""The public names."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys

import pytest

import logscrub


def test_sorted_and_complete() -> None:
    """``__all__`` is sorted, holds no name twice, and is what ``dir()`` shows."""
    assert logscrub.__all__ == sorted(set(logscrub.__all__))
    assert dir(logscrub) == logscrub.__all__
    assert set(logscrub._HOMES) == set(logscrub.__all__) - {"__version__"}


@pytest.mark.parametrize("name", logscrub.__all__)
def test_every_name_is_there(name: str) -> None:
    """Every public name can be had, and is the very object its home module defines."""
    value = getattr(logscrub, name)
    if name != "__version__":
        assert value is getattr(importlib.import_module(logscrub._HOMES[name]), name)
        assert value.__doc__


def test_unknown_name() -> None:
    """A name that is not public is an attribute error, as of any module."""
    with pytest.raises(AttributeError, match="no attribute 'scrubb'"):
        logscrub.scrubb  # noqa: B018


def test_version() -> None:
    """The version is one that packaging tools understand."""
    assert re.fullmatch(r"\d+\.\d+(\.\d+)?((a|b|rc|\.dev)\d+)?", logscrub.__version__)


def test_star() -> None:
    """``from logscrub import *`` brings exactly the public names."""
    program = "from logscrub import *; print(sorted(n for n in dir() if not n.startswith('__') or n == '__version__'))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.strip() == str(logscrub.__all__)
