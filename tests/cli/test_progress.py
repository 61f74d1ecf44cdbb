"""What is drawn while something is read."""

from __future__ import annotations

import io
import os
import re
from types import SimpleNamespace

import pytest

from logscrub.cli import progress
from logscrub.cli.progress import shown_progress
from logscrub.report.console import columns


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    @property
    def lines(self) -> list[str]:
        """What was drawn, one line over the other."""
        parts = self.getvalue().split("\r\x1b[K")
        return [re.sub(r"\x1b\[[\d;]*m", "", part).rstrip("\r") for part in parts if part]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    stream = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=stream))
    monkeypatch.setenv("TERM", "xterm")
    return stream


def width(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((number, 24)))


def test_it_says_how_far_how_fast_and_how_long(
    terminal: Terminal, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    width(monkeypatch, 100)
    with shown_progress(True) as advance:
        assert advance is not None
        advance("app.log", 0, 10_000_000)
        for step in range(1, 81):  # ten times as often as it is drawn
            clock[0] += 0.0125
            advance("app.log", step * 50_000, 10_000_000)
    assert len(terminal.lines) <= 12
    assert terminal.lines[0] == "app.log " + "─" * 40 + " 0 bytes of 10.0 MB"
    assert terminal.lines[-1] == "app.log " + "━" * 16 + "─" * 24 + " 4.0 MB of 10.0 MB  0:00:02 left  4.0 MB/s"
    assert terminal.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize("number", [10, 20, 30, 40, 60, 100, 200])
@pytest.mark.parametrize("total", [0, 4_000_000_000])
@pytest.mark.parametrize("unit", ["bytes", "files"])
def test_it_fits_on_one_line(
    terminal: Terminal, clock: list[float], monkeypatch: pytest.MonkeyPatch, number: int, total: int, unit: str
) -> None:
    width(monkeypatch, number)
    with shown_progress(True, unit) as advance:
        assert advance is not None
        for step in range(5):
            advance("/記録/" * step * 5 + "a\x1b[2J.log", 1_234_567 * step, total)
            clock[0] += 0.2
    assert len(terminal.lines) == 5
    assert max(map(columns, terminal.lines)) < number
    assert ("─" in terminal.lines[-1]) == (bool(total) and number >= (60 if unit == "files" else 40))


def test_a_terminal_that_goes_away_stops_nothing(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with shown_progress(True) as advance:
        assert advance is not None
        monkeypatch.setattr(terminal, "flush", lambda: os.close(1 << 20))  # OSError, as of a terminal that was closed
        advance("a.log", 1, 2)
        advance("b.log", 2, 2)
    assert "b.log" not in terminal.getvalue()


def test_nobody_looks(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with shown_progress(False) as advance:
        assert advance is None
    monkeypatch.setenv("TERM", "dumb")
    with shown_progress(True) as advance:
        assert advance is None
