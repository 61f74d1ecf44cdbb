"""The functions that take the place of ``logging.Handler``'s methods.

Ring 2, in ``format``, scrubs the final text of every handler: what templates and arguments join to, tracebacks, stacks,
fields a JSON formatter adds. Ring 1, in ``handle``, gives a scrubbed copy of the record to handlers that look into it.
Which handlers only write ``format``'s text is known for those of the standard library; all others get copies.

A handler's own filters run before ring 1 and see the record as it is: what a filter adds is scrubbed as well.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import logging.handlers
import os
import sys
import threading
import traceback
import types
from collections.abc import Callable
from typing import Any

from logscrub.emit.patching import Patches, Retire
from logscrub.emit.record import Cleaner, marker
from logscrub.scrubber import Scrubber

Clean = Callable[[logging.LogRecord], logging.LogRecord]
Note = Callable[[], object]

_TEXT_ONLY = (
    logging.StreamHandler,
    logging.FileHandler,
    logging.handlers.BaseRotatingHandler,
    logging.handlers.WatchedFileHandler,
    logging.handlers.SysLogHandler,
    logging.handlers.NTEventLogHandler,
    logging.NullHandler,
)
_FILES = (logging.getLogger.__code__.co_filename, logging.handlers.SocketHandler.__init__.__code__.co_filename)
_PLACES = tuple(os.path.dirname(os.path.normcase(str(path))) for path in (logging.__file__, __file__))


def format_ring(
    original: Callable[..., str], scrubber: Scrubber, changed: Note, failed: Note
) -> tuple[Callable[..., Any], Retire]:
    """Return a ``format`` whose text is scrubbed, and a function that makes it pass everything through."""
    active = True
    scrub_text: Callable[[str], str] = scrubber.scrub_text
    scrub: Callable[[object], object] = scrubber.scrub

    @functools.wraps(original)
    def format_scrubbed(self: logging.Handler, record: logging.LogRecord) -> Any:
        text = original(self, record)
        try:
            clean = scrub_text(text) if type(text) is str else scrub(text)
        except Exception as error:
            failed()
            return marker(error)
        if clean is not text and active:
            changed()
        return clean

    def retire() -> None:
        nonlocal active, scrub_text, scrub
        active = False
        scrub_text = scrub = _same

    return format_scrubbed, retire


def handle_ring(
    original: Callable[..., Any], text_format: Callable[..., Any], clean: Clean, seen: Note
) -> tuple[Callable[..., Any], Retire]:
    """Return a ``handle`` that hands scrubbed copies to all handlers but those that only write their ``format``."""
    emits = frozenset(filter(_genuine, (vars(kind)["emit"] for kind in _TEXT_ONLY)))
    # Someone else's function may do more than the library's; then the copy is made before the filters run.
    genuine = _genuine(original)

    @functools.wraps(original)
    def handle(self: logging.Handler, record: logging.LogRecord) -> Any:
        seen()
        try:
            # Both may have been set on the class or on the handler itself, at any time: so not remembered.
            if self.emit.__func__ in emits and self.format.__func__ is text_format:  # type: ignore[attr-defined]
                return original(self, record)
        except AttributeError:
            pass
        if not genuine:
            return original(self, clean(record))
        passed: Any = self.filter(record)
        if passed:
            if isinstance(passed, logging.LogRecord):
                record = passed
            record = clean(record)
            self.acquire()
            try:
                self.emit(record)
            finally:
                self.release()
        return passed

    def retire() -> None:
        nonlocal clean, seen
        clean, seen = _same, _nothing

    return handle, retire


def error_ring(original: Callable[..., Any], scrubber: Scrubber, clean: Clean) -> tuple[Callable[..., Any], Retire]:
    """Return a ``handleError`` that prints what the library's prints, scrubbed."""
    active = True

    @functools.wraps(original)
    def handle_error(self: logging.Handler, record: logging.LogRecord) -> None:
        if not active:
            original(self, record)
        elif logging.raiseExceptions and sys.stderr:
            try:
                text = scrubber.scrub_text(_report(record, clean(record)))
            except Exception as error:
                text = f"--- Logging error ---\n{marker(error)}\n"
            with contextlib.suppress(OSError):
                sys.stderr.write(text)

    def retire() -> None:
        nonlocal active
        active = False

    return handle_error, retire


def _report(record: logging.LogRecord, safe: logging.LogRecord) -> str:
    error = sys.exc_info()[1]
    lines = ["--- Logging error ---\n"]
    if error is not None:
        lines += traceback.format_exception(error)
    frame = sys._getframe()
    caller: types.FrameType | None = frame
    while caller and os.path.dirname(os.path.normcase(caller.f_code.co_filename)) in _PLACES:
        caller = caller.f_back
    lines.append("Call stack:\n")
    if caller:
        lines += traceback.format_stack(caller)
    else:
        lines.append(f"Logged from file {safe.filename}, line {safe.lineno}\n")
    args: object = safe.args
    if record.args and not safe.args:
        values = record.args.values() if isinstance(record.args, dict) else record.args
        args = f"not shown ({', '.join(type(value).__name__ for value in values)})"
    lines.append(f"Message: {safe.msg!r}\nArguments: {args}\n")
    return "".join(lines)


class Adopter:
    """Closes the way round the rings that classes with their own ``handle``, ``format`` or ``handleError`` are.

    Their methods are wrapped when the first instance is made or added to a logger.
    """

    def __init__(self, patches: Patches, scrubber: Scrubber, cleaner: Cleaner, changed: Note, failed: Note) -> None:
        self._patches = patches
        self._clean = cleaner.clean
        self._format = functools.partial(format_ring, scrubber=scrubber, changed=changed, failed=failed)
        self._done: set[type] = {object}
        self._lock = threading.RLock()
        self.active = True

    def adopt(self, kind: type) -> None:
        """Wrap what a handler class and its bases define themselves; the standard library's need nothing."""
        if kind in self._done or not self.active:
            return
        with self._lock:
            for cls in kind.__mro__:
                if cls in self._done:
                    continue
                self._done.add(cls)
                if cls.__module__ in ("logging", "logging.handlers"):
                    continue
                own = vars(cls)
                for name in ("handle", "handleError"):
                    if isinstance(own.get(name), types.FunctionType):
                        self._put(cls, name, *_handing(own[name], self._clean))
                if isinstance(own.get("format"), types.FunctionType) and issubclass(cls, logging.Handler):
                    self._put(cls, "format", *self._format(own["format"]))

    def adopt_all(self) -> None:
        """Adopt every handler class there is, and everything that is attached to a logger."""
        waiting: list[type] = [logging.Handler]
        while waiting:
            kind = waiting.pop()
            waiting += kind.__subclasses__()
            self.adopt(kind)
        loggers = [logging.root, *list(logging.root.manager.loggerDict.values())]
        for logger in loggers:
            for handler in getattr(logger, "handlers", ()):
                self.adopt(type(handler))

    def _put(self, cls: type, name: str, ours: Callable[..., Any], retire: Retire) -> None:
        # An immutable class stays as it is; what it passes to Handler's methods is still scrubbed.
        with contextlib.suppress(TypeError, AttributeError):
            self._patches.put(cls, name, ours, retire)


def constructor(original: Callable[..., None], adopter: Adopter) -> Callable[..., None]:
    """Return a ``Handler.__init__`` that adopts the class of the new handler."""

    @functools.wraps(original)
    def construct(self: logging.Handler, *args: Any, **options: Any) -> None:
        adopter.adopt(type(self))
        original(self, *args, **options)

    return construct


def adder(original: Callable[..., None], adopter: Adopter) -> Callable[..., None]:
    """Return a ``Logger.addHandler`` that adopts the class of what is added, which need not be a ``Handler``."""

    @functools.wraps(original)
    def add_handler(self: logging.Logger, hdlr: logging.Handler) -> None:
        adopter.adopt(type(hdlr))
        original(self, hdlr)

    return add_handler


def _handing(original: Callable[..., Any], clean: Clean) -> tuple[Callable[..., Any], Retire]:
    @functools.wraps(original)
    def hand(self: Any, record: logging.LogRecord) -> Any:
        return original(self, clean(record))

    def retire() -> None:
        nonlocal clean
        clean = _same

    return hand, retire


def _genuine(function: Any) -> bool:
    """Tell whether a function is the library's own, not one that someone has put in its place."""
    return getattr(getattr(function, "__code__", None), "co_filename", None) in _FILES


def _same(x: Any) -> Any:
    return x


def _nothing() -> None:
    return None
