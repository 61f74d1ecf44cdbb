"""Stand-ins for exceptions: same type, same traceback, scrubbed text. The live exception is never touched.

Handlers that render ``record.exc_info`` themselves (error trackers, rich) and exception hooks of others get these.
"""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any, TypeAlias

from logscrub.scrubber import Scrubber

ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None]

_DEEPEST = 20


def render(error: BaseException) -> str:
    """Return the traceback as ``logging`` writes it: with causes, contexts, groups and notes, no line break at its end.

    >>> render(ValueError("no"))
    'ValueError: no'
    """
    return "".join(traceback.format_exception(error)).rstrip("\n")


def stand_in(error: BaseException, scrubber: Scrubber) -> BaseException:
    """Return a copy of an exception and of all it is chained to, with their texts scrubbed.

    It has the type of the original where an instance with the scrubbed text can be made, else a type of the same name.
    """
    return _copy(error, scrubber, {}, _DEEPEST)


def _own_text(error: BaseException) -> str:
    """What the exception says itself: its type, text and notes, without those it is chained to."""
    return "".join(traceback.format_exception_only(error))


def _copy(error: BaseException, scrubber: Scrubber, seen: dict[int, BaseException], depth: int) -> BaseException:
    if id(error) in seen:
        return seen[id(error)]
    members: tuple[BaseException, ...] = ()
    if isinstance(error, BaseExceptionGroup) and depth > 0:
        members = tuple(_copy(each, scrubber, seen, depth - 1) for each in error.exceptions)
    twin = seen[id(error)] = _alike(error, members, scrubber)
    twin.__traceback__ = error.__traceback__
    if depth > 0:
        if error.__cause__ is not None:
            twin.__cause__ = _copy(error.__cause__, scrubber, seen, depth - 1)
        if error.__context__ is not None:
            twin.__context__ = _copy(error.__context__, scrubber, seen, depth - 1)
    twin.__suppress_context__ = error.__suppress_context__
    return twin


def _alike(error: BaseException, members: tuple[BaseException, ...], scrubber: Scrubber) -> BaseException:
    wanted = scrubber.scrub_text(_own_text(error))
    kind: Any = type(error)
    try:
        args = tuple(scrubber.scrub(arg) for arg in error.args)
        if members:
            args = (args[0], members)
        twin: BaseException = kind.__new__(kind, *args)
        twin.args = args
        twin.__dict__.update(scrubber.scrub(dict(error.__dict__)))
        if _own_text(twin) == wanted:
            return twin
    except Exception:  # noqa: S110 - it cannot be made this way, so the other way is taken
        pass
    return _renamed(error, members, wanted, scrubber)


def _renamed(
    error: BaseException, members: tuple[BaseException, ...], wanted: str, scrubber: Scrubber
) -> BaseException:
    """Make an exception whose type only bears the name of the original's."""
    kind = type(error)
    base: Any = BaseExceptionGroup if members else Exception if isinstance(error, Exception) else BaseException
    notes = scrubber.scrub(getattr(error, "__notes__", None))
    more = (members,) if members else ()

    def make(text: str) -> BaseException:
        names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__, "__str__": lambda self: text}
        made: BaseException = type(kind.__name__, (base,), names)(text, *more)
        return made

    try:
        twin = make(scrubber.scrub_text(str(error)))
        if isinstance(notes, list):
            for note in notes:
                twin.add_note(str(note))
        if _own_text(twin) == wanted or scrubber.scrub_text(_own_text(twin)) == _own_text(twin):
            return twin
    except Exception:  # noqa: S110
        pass
    # Its text cannot be shown piece by piece (its __str__ fails, or only the whole looks sensitive): the whole, once.
    return make(wanted.removesuffix("\n"))
