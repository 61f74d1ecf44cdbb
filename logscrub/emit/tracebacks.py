"""Tracebacks for handlers that look into frames: the same files, functions and lines, and no live variables.

Error trackers send the local variables of every frame. A frame cannot be made or changed from Python, but a line of
code that raises, told to stand in the same place, leaves one that looks like it. Its variables have the same names;
what they show is scrubbed when it is asked for.
"""

from __future__ import annotations

import _thread
from itertools import islice
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType, TracebackType
from typing import Any, TypeAlias

from logscrub.scrubber import Scrubber

_NAME = "__logscrub__"
_RAISE = compile(f"raise {_NAME}", "<logscrub>", "exec")
# Where code stands is told in entries, "Objects/locations.md" of CPython: kind 14 with lines and columns.
_LONG_FORM = 0x80 | 14 << 3
_MOST_UNITS = 8
_MOST_FRAMES = 200
# Seconds until it is given up.
_PATIENCE = 1.0

_HARMLESS = (bool, type(None), type, FunctionType, BuiltinFunctionType, ModuleType)
_CONTAINERS = (list, tuple, set, frozenset)
_PLAIN = (str, bytes, int, float, complex, *_CONTAINERS)

_Wanted: TypeAlias = tuple[CodeType, dict[str, Any], dict[str, Any]]


class _Stop(Exception):  # noqa: N818 - no error of anybody's
    """Raised to get hold of the frame."""


class Variable:
    """Stands for a local variable: shows its scrubbed value, judged by its name.

    >>> Variable("password", "hunter2-correct-horse", Scrubber())
    '[password]'
    """

    __slots__ = ("_name", "_scrubber", "_value")

    def __init__(self, name: str, value: object, scrubber: Scrubber) -> None:
        self._name = name
        self._value = value
        self._scrubber = scrubber

    def __repr__(self) -> str:
        try:
            made = self._scrubber.scrub({self._name: self._value})
            shown = made[self._name] if isinstance(made, dict) and self._name in made else made
            # Objects come back as the text they show.
            return shown if isinstance(shown, str) and not isinstance(self._value, str) else repr(shown)
        except Exception as error:
            return self._scrubber.failed(error)

    __str__ = __repr__

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (repr(self),)


def without_values(trace: TracebackType | None, scrubber: Scrubber) -> TracebackType | None:
    """Return a traceback of the same places whose frames hold no live variables; ``None`` if it cannot be made.

    The same one if its variables are plain values with nothing sensitive among them.

    Args:
        trace: a traceback, which is not changed.
        scrubber: scrubs what variables show.
    """
    given = trace
    telling = False
    wanted: list[_Wanted] = []
    lines: list[int] = []
    while trace is not None and len(wanted) < _MOST_FRAMES:
        frame = trace.tb_frame
        line = trace.tb_lineno or frame.f_code.co_firstlineno
        values: dict[str, Any] = {}
        if frame.f_locals is not frame.f_globals:  # a module's are its globals: who wants them has them there
            telling = telling or any(_tells(name, value, scrubber) for name, value in frame.f_locals.items())
            values = {name: Variable(name, value, scrubber) for name, value in frame.f_locals.items()}
        wanted.append((_placed(frame.f_code, trace.tb_lasti, line), frame.f_globals, values))
        lines.append(line)
        trace = trace.tb_next
    if not telling:
        return given
    made: TracebackType | None = None
    for one, line in zip(reversed(_raised(wanted)), reversed(lines), strict=False):
        made = TracebackType(made, one.tb_frame, one.tb_lasti, line)
    return made


def _tells(name: str, value: object, scrubber: Scrubber) -> bool:
    """Tell whether a variable may hold something sensitive: plain values are looked at, objects may hold anything."""
    if isinstance(value, _HARMLESS):
        return False
    if not isinstance(value, _PLAIN):
        return True
    if isinstance(value, _CONTAINERS) and any(not isinstance(item, (*_PLAIN, *_HARMLESS)) for item in value):
        return True
    given = {name: value}
    return scrubber.scrub(given) is not given


def _raised(wanted: list[_Wanted]) -> list[TracebackType]:
    """Raise in each place, and return the tracebacks; none of them if that cannot be done.

    A frame remembers who called it, and that is where we are: amid the frames of a log call. So it is done where nobody
    has called, in a thread of its own.
    """
    made: list[TracebackType] = []
    done = _thread.allocate_lock()
    done.acquire()

    def raise_all() -> None:
        try:
            for code, names, values in wanted:
                values[_NAME] = _Stop()
                try:
                    exec(code, names, values)  # noqa: S102 - one line, ours
                except _Stop as stop:
                    trace = stop.__traceback__
                    if trace is not None and trace.tb_next is not None:
                        made.append(trace.tb_next)
                finally:
                    del values[_NAME]
        finally:
            done.release()

    try:
        _thread.start_new_thread(raise_all, ())
    except RuntimeError:
        return []  # at the end of the process there are no new threads
    finished = done.acquire(timeout=_PATIENCE)
    return made if finished and len(made) == len(wanted) else []


def _placed(code: CodeType, at: int, line: int) -> CodeType:
    """Return the code that raises, as if it stood where another code is at an instruction."""
    first, last, begin, end = next(islice(code.co_positions(), at // 2, None), (None,) * 4)
    place = b"\0"  # the line where the code begins
    if first == line and last is not None and begin is not None and end is not None:
        place += _varint(last - line) + _varint(begin + 1) + _varint(end + 1)
    else:
        place += b"\0\0\0"
    units = len(_RAISE.co_code) // 2
    table = b""
    while units > 0:
        table += bytes((_LONG_FORM | (min(units, _MOST_UNITS) - 1),)) + place
        units -= _MOST_UNITS
    return _RAISE.replace(
        co_filename=code.co_filename,
        co_name=code.co_name,
        co_qualname=code.co_qualname,
        co_firstlineno=line,
        co_linetable=table,
    )


def _varint(number: int) -> bytes:
    out = []
    while number > 0x3F:
        out.append(0x40 | (number & 0x3F))
        number >>= 6
    return bytes((*out, number))
