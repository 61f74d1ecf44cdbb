"""Progress on standard error, when somebody is there to see it."""

from __future__ import annotations

import math
import os
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, TextIO

from logscrub.report.visible import visible

if TYPE_CHECKING:
    from logscrub.audit import Progress

_PAUSE = 0.1
_SAMPLES = 100
"""How many of the last drawings tell how fast it goes: those of ten seconds."""
_LONGEST = 40
"""Columns of the name, and of the bar."""
_SHORTEST = 8
"""With less than that there is no bar, and what can be done without goes first."""
_CLEAR = "\r\x1b[K"


@contextmanager
def shown_progress(wanted: bool, unit: str = "bytes") -> Iterator[Progress | None]:
    """Yield what to call after each block or file read; None when nothing is to be shown.

    Args:
        wanted: somebody would look at it.
        unit: what is counted: ``bytes`` or ``files``.
    """
    if not wanted or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    line = _Line(sys.stderr, unit)
    try:
        yield line.advance
    finally:
        line.clear()


class _Line:
    """A line that is drawn over and over, whenever there is news: no thread, which would keep a scan from forking."""

    def __init__(self, stream: TextIO, unit: str) -> None:
        from logscrub.cli.output import colored

        self._stream = stream
        self._unit = unit
        self._color = colored("auto", stream)
        self._full, self._empty = "━─" if "utf" in stream.encoding.lower() else "#-"
        self._samples: deque[tuple[float, int]] = deque(maxlen=_SAMPLES)
        self._longest = 0
        self._next = 0.0

    def advance(self, path: str, done: int, total: int) -> None:
        """Draw how far it is, unless that was just done.

        Args:
            path: what is being read.
            done: bytes or files read.
            total: how many there are; 0 when nobody knows.
        """
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _PAUSE
        if self._samples and done < self._samples[-1][1]:  # something else begins
            self._samples.clear()
        self._samples.append((now, done))
        self._write(_CLEAR + self._drawn(visible(path), done, total) + "\r")

    def clear(self) -> None:
        """Take the line away."""
        if self._samples:
            self._write(_CLEAR)

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # the terminal is gone; the work is not
            self._next = math.inf

    def _drawn(self, name: str, done: int, total: int) -> str:
        from logscrub.report.console import assemble, columns, rendered

        numbers, *more = self._told(done, total)
        width, least = self._width(), 2 * (_SHORTEST + 1)
        numbers = numbers[:width]
        for one in more:
            if width - len(f"{numbers}  {one}") >= least:
                numbers += f"  {one}"
        room = width - len(numbers)
        with_bar = total and room >= least
        longest = min(_LONGEST, room // 2 - 1 if with_bar else room - 1)
        name = _end(name, longest)
        self._longest = max(0, min(longest, max(self._longest, columns(name))))
        name += " " * (self._longest - columns(name)) + (" " if self._longest else "")
        if not with_bar:
            return rendered(assemble(name, numbers), self._color)
        bar = min(_LONGEST, room - columns(name) - 1)
        full = min(bar, bar * done // total)
        drawn = (self._full * full, "cyan"), (self._empty * (bar - full), "dim")
        return rendered(assemble(name, *drawn, f" {numbers}"), self._color)

    def _told(self, done: int, total: int) -> list[str]:
        """Return numbers in words, the least dispensable first."""
        from logscrub.report.forms.terms import size

        in_words = size if self._unit == "bytes" else "{:,}".format
        told = [f"{in_words(done)} of {in_words(total)}" if total else in_words(done)]
        if self._unit != "bytes":
            told[0] += f" {self._unit}"
        (began, before), (now, _) = self._samples[0], self._samples[-1]
        if now > began and done > before:
            speed = (done - before) / (now - began)
            if total:
                told.append(f"{timedelta(seconds=max(0, round((total - done) / speed)))} left")
            if self._unit == "bytes":
                told.append(f"{size(speed)}/s")
        return told

    def _width(self) -> int:
        """Return the columns that may be written to: without the last one, where some terminals begin a new line."""
        try:
            width = os.get_terminal_size(self._stream.fileno()).columns
        except (OSError, ValueError):
            width = 0
        return (width or 80) - 1


def _end(text: str, width: int) -> str:
    """Return the end of a text, as much as fits."""
    from logscrub.report.console import columns

    if columns(text) <= width:
        return text
    while text and columns(text) >= width:
        text = text[1:]
    return f"…{text}" if width > 0 else ""
