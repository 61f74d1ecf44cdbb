"""Stand-ins for exceptions: same type, same places, scrubbed text. The live exception is never touched.

Handlers that render ``record.exc_info`` themselves (error trackers, rich) and exception hooks of others get these.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, TypeAlias

from logscrub.emit.tracebacks import without_values
from logscrub.scrubber import Scrubber

Trace: TypeAlias = Callable[[TracebackType | None], TracebackType | None]

ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None]

_DEEPEST = 20


def render(error: BaseException) -> str:
    """Return the traceback as ``logging`` writes it: with causes, contexts, groups and notes, no line break at its end.

    >>> render(ValueError("no"))
    'ValueError: no'
    """
    return "".join(traceback.format_exception(error)).rstrip("\n")


def stand_in(error: BaseException, scrubber: Scrubber, *, frames: bool = False) -> BaseException:
    """Return a copy of an exception and of all it is chained to, with their texts and attributes scrubbed.

    It has the type of the original where an instance with the scrubbed text can be made, else a type of the same name.

    Args:
        error: the exception, which is not changed.
        scrubber: scrubs it.
        frames: whether the frames of its traceback get scrubbed variables too.
    """
    trace = partial(without_values, scrubber=scrubber) if frames else _as_it_is
    return _copy(error, scrubber, {}, _DEEPEST, trace)


def holds(error: BaseException, scrubber: Scrubber) -> bool:
    """Tell whether the arguments or attributes of an exception hold what its text does not show.

    >>> holds(ValueError("no", {"password": "hunter2-correct-horse"}), Scrubber())
    True
    """
    own = (error.args, vars(error))
    return scrubber.scrub(own) is not own


def _own_text(error: BaseException) -> str:
    """What the exception says itself: its type, text and notes, without those it is chained to."""
    return "".join(traceback.format_exception_only(error))


def _as_it_is(trace: TracebackType | None) -> TracebackType | None:
    return trace


def _copy(
    error: BaseException, scrubber: Scrubber, seen: dict[int, BaseException], depth: int, trace: Trace
) -> BaseException:
    if id(error) in seen:
        return seen[id(error)]
    members: tuple[BaseException, ...] = ()
    if isinstance(error, BaseExceptionGroup) and depth > 0:
        members = tuple(_copy(each, scrubber, seen, depth - 1, trace) for each in error.exceptions)
    twin = seen[id(error)] = _alike(error, members, scrubber)
    twin.__traceback__ = trace(error.__traceback__)
    if depth > 0:
        if error.__cause__ is not None:
            twin.__cause__ = _copy(error.__cause__, scrubber, seen, depth - 1, trace)
        if error.__context__ is not None:
            twin.__context__ = _copy(error.__context__, scrubber, seen, depth - 1, trace)
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
