"""Every test runs with logging as it was, and shows a leak before it shows that it is closed.

``keeping`` is importable by name in this room.
"""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logscrub.emit.installation import install

sys.path.insert(0, str(Path(__file__).resolve().parent))

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def github_token(entropy: str) -> str:
    """Make a made-up token with the checksum real ones have."""
    rest, check = zlib.crc32(entropy.encode()), ""
    while rest:
        rest, digit = divmod(rest, 62)
        check = BASE62[digit] + check
    return f"ghp_{entropy}{check:0>6}"


@pytest.fixture
def token() -> str:
    """A value that is known by its shape."""
    return github_token("q8Zt3LbN0vXc5RmK1sYw7HdJ4fGpEa")


@pytest.fixture
def password() -> str:
    """A value that only the name next to it gives away."""
    return "Tr0ub4dor-3xyz"


@pytest.fixture
def logger() -> logging.Logger:
    """A logger without handlers in a tree of its own: pytest adds its handlers to all others."""
    root = logging.RootLogger(logging.DEBUG)
    root.manager = logging.Manager(root)
    return root.manager.getLogger("emit-test")


@pytest.fixture
def stream(logger: logging.Logger) -> io.StringIO:
    """What the logger's stream handler has written."""
    out = io.StringIO()
    logger.addHandler(logging.StreamHandler(out))
    return out


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Fail a test that leaves a patch behind, or hooks and factories other than it found."""
    places = [
        (logging.Handler, "format"),
        (logging.Handler, "handle"),
        (logging.Handler, "handleError"),
        (logging.Handler, "__init__"),
        (logging.Logger, "addHandler"),
        (sys, "excepthook"),
        (sys, "unraisablehook"),
        (warnings, "formatwarning"),
    ]
    before = [vars(owner)[name] for owner, name in places]
    factory = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(factory)
    assert [vars(owner)[name] for owner, name in places] == before


@pytest.fixture
def closed() -> Callable[..., str]:
    """Run the same thing bare, where the value must come out, and installed, where it must not."""

    def check(run: Callable[[], object], *values: str) -> str:
        before = str(run())
        for value in values:
            assert value in before, "the path does not leak without logscrub: this test would show nothing"
        with install() as installation:
            after = str(run())
            assert installation.stats()["errors"] == 0
        for value in values:
            assert value not in after
        assert after.strip()
        return after

    return check


@pytest.fixture
def python() -> Callable[[str], str]:
    """Run a program in a fresh interpreter; return what it printed on both streams."""

    def run(program: str) -> str:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=60, check=False
        )
        return done.stdout + done.stderr

    return run
