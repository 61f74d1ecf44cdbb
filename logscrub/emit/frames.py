"""Frames of tracebacks whose local variables are scrubbed before anybody shows, and cuts, their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any

from logscrub.emit.engine import Engine

Walk = Callable[[TracebackType | None], Iterator[tuple[FrameType, int]]]


class Frame:
    """Stands for a frame: the same code, the same line, scrubbed local variables."""

    def __init__(self, frame: FrameType, engine: Engine) -> None:
        self._frame = frame
        self.f_locals = Locals(frame.f_locals, engine)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._frame, name)


class Locals(dict[str, Any]):
    """Local variables. They are scrubbed when all of them are asked for: a traceback that shows none pays nothing."""

    def __init__(self, values: dict[str, Any], engine: Engine) -> None:
        super().__init__(values)
        self._engine = engine

    def items(self) -> Any:
        """Return the names and scrubbed values. Each is judged by itself, so that a huge one hides no other."""
        scrub = self._engine.value
        return [pair for name, value in super().items() for pair in _items(scrub({name: value}), name)]


def _items(scrubbed: Any, name: str) -> list[tuple[str, Any]]:
    return list(scrubbed.items()) if isinstance(scrubbed, dict) else [(name, scrubbed)]


def scrubbed_walk(original: Walk, engine: Engine) -> Walk:
    """Return a ``traceback.walk_tb`` whose frames have scrubbed local variables."""

    def walk_tb(tb: TracebackType | None) -> Iterator[tuple[Any, int]]:
        for frame, line in original(tb):
            yield (Frame(frame, engine) if engine.active else frame), line

    return walk_tb
