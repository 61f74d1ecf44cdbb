"""The functions that take the place of ``logging.Handler``'s methods.

Ring 2, in ``format``, scrubs the final text of every handler: what templates and arguments join to, tracebacks, stacks,
fields a JSON formatter adds. Ring 1, in ``handle``, gives a scrubbed copy of the record to handlers that look into it.
Which handlers only write ``format``'s text is known for those of the standard library, where their formatter joins
messages and does not take them apart (:mod:`logscrub.emit.joining`); all others get copies.

Line breaks and control characters in values are shown as escapes in the text of ring 2 (:mod:`logscrub.emit.neutral`).

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
from time import perf_counter
from typing import Any

from logscrub.emit.engine import Channel, Engine
from logscrub.emit.joining import telling
from logscrub.emit.neutral import neutral_errors, neutral_record, one_line
from logscrub.emit.observe import SAMPLE
from logscrub.emit.patching import Retire
from logscrub.emit.record import marker

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
_SAMPLED = SAMPLE - 1
_PLACES = tuple(os.path.dirname(os.path.normcase(str(path))) for path in (logging.__file__, __file__))


def format_ring(original: Callable[..., str], engine: Engine) -> tuple[Callable[..., Any], Retire]:
    """Return a ``format`` whose text is scrubbed, and a function that makes it pass everything through."""
    scrub_text: Callable[[str], str] = engine.scrubber.scrub_text
    changed: Callable[[logging.LogRecord], object] = engine.meter.changed
    tick = engine.meter.tick
    as_it_is = not engine.neutralize

    @functools.wraps(original)
    def format_scrubbed(self: logging.Handler, record: logging.LogRecord) -> Any:
        text = original(self, record)
        try:
            if engine.has_special or type(text) is not str:
                return _format_rare(self, record, text, original, engine)
            if tick() & _SAMPLED:
                clean = scrub_text(text)
            else:
                start = perf_counter()
                clean = scrub_text(text)
                engine.meter.took(perf_counter() - start)
            if clean is not text:
                changed(record)
            if not (as_it_is or one_line(clean)):
                clean = _neutral(self, record, clean, original, engine.channel)
        except Exception as error:
            engine.meter.failed()
            clean = marker(error)
        return text if engine.report_only else clean

    def retire() -> None:
        nonlocal scrub_text, changed, as_it_is
        scrub_text, changed, as_it_is = _same, _nothing, True

    return format_scrubbed, retire


def _format_rare(
    handler: logging.Handler, record: logging.LogRecord, text: object, original: Callable[..., str], engine: Engine
) -> object:
    """Scrub what is no text, or goes to a handler with a policy of its own."""
    if not engine.active:
        return text
    channel = engine.channel_of(handler)
    clean = channel.scrubber.scrub(text)
    if clean is not text:
        engine.meter.changed(record)
    if isinstance(clean, str) and engine.neutralize and not one_line(clean):
        clean = _neutral(handler, record, clean, original, channel)
    return text if engine.report_only else clean


def _neutral(
    handler: logging.Handler, record: logging.LogRecord, text: str, original: Callable[..., str], channel: Channel
) -> str:
    """Return a scrubbed text with the control characters of its values shown as escapes."""
    if neutral_record(record) is not None:
        # Scrubbed first: a secret may have control characters in it.
        safe = channel.cleaner.clean(record)
        text = channel.public.scrub_text(original(handler, neutral_record(safe) or safe))
    info = record.exc_info
    if info:
        text = neutral_errors(text, info[1] if isinstance(info, tuple) else info, channel.public.scrub_text)
    return text


def handle_ring(
    original: Callable[..., Any], text_format: Callable[..., Any], engine: Engine
) -> tuple[Callable[..., Any], Retire]:
    """Return a ``handle`` that hands scrubbed copies to all handlers but those that only write their ``format``."""
    emits = frozenset(filter(_genuine, (vars(kind)["emit"] for kind in _TEXT_ONLY)))
    # Someone else's function may do more than the library's; then the copy is made before the filters run.
    genuine = _genuine(original)
    tells = telling(engine.scrubber.detector.fields.lexicon.judge)
    seen: Note = engine.meter.seen.add
    record_for: Callable[[Any, logging.LogRecord], logging.LogRecord] = engine.record_for

    @functools.wraps(original)
    def handle(self: logging.Handler, record: logging.LogRecord) -> Any:
        seen()
        if not genuine:
            return original(self, record_for(self, record))
        passed: Any = self.filter(record)
        if passed:
            if passed is not True and isinstance(passed, logging.LogRecord):
                record = passed
            try:
                # Both may have been set on the class or on the handler itself, at any time: so not remembered.
                as_it_is = (
                    self.emit.__func__ in emits  # type: ignore[attr-defined]
                    and self.format.__func__ is text_format  # type: ignore[attr-defined]
                    and tells(self.formatter, record)
                )
            except AttributeError:
                as_it_is = False
            if not as_it_is:
                record = record_for(self, record)
            self.acquire()
            try:
                self.emit(record)
            finally:
                self.release()
        return passed

    def retire() -> None:
        nonlocal record_for, seen
        record_for, seen = _as_given, _nothing

    return handle, retire


def error_ring(original: Callable[..., Any], engine: Engine) -> tuple[Callable[..., Any], Retire]:
    """Return a ``handleError`` that prints what the library's prints, scrubbed."""

    @functools.wraps(original)
    def handle_error(self: logging.Handler, record: logging.LogRecord) -> None:
        if not engine.active or engine.report_only:
            original(self, record)
        elif logging.raiseExceptions and sys.stderr:
            try:
                channel = engine.channel_of(self)
                report = _report(record, channel.cleaner.clean(record))
                text = channel.scrubber.scrub_text(report)
                if text is not report:
                    engine.meter.changed(record)
            except Exception as error:
                engine.meter.failed()
                text = f"--- Logging error ---\n{marker(error)}\n"
            with contextlib.suppress(OSError):
                sys.stderr.write(text)

    return handle_error, _nothing


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

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        #: Classes that need nothing more, as long as their ``handle`` is this.
        self.handles: dict[type, Any] = {}
        self._done: set[type] = {object}
        self._lock = threading.RLock()

    def adopt(self, kind: type) -> None:
        """Wrap what a handler class and its bases define themselves; the standard library's need nothing.

        A ``handle`` that was put on a class later is wrapped when a record comes by.
        """
        handle = getattr(kind, "handle", None)
        if not self._engine.active or (kind in self._done and self.handles.get(kind) is handle):
            return
        with self._lock:
            for cls in kind.__mro__:
                own = vars(cls)
                again = cls in self._done
                self._done.add(cls)
                if cls.__module__ in ("logging", "logging.handlers") or cls is object:
                    continue
                for name in ("handle",) if again else ("handle", "handleError"):
                    method = own.get(name)
                    if isinstance(method, types.FunctionType) and not hasattr(method, "_logscrub"):
                        self._put(cls, name, *_handing(method, self._engine))
                if again:
                    continue
                if isinstance(own.get("format"), types.FunctionType) and issubclass(cls, logging.Handler):
                    self._put(cls, "format", *format_ring(own["format"], self._engine))
            self.handles[kind] = getattr(kind, "handle", None)

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

    def adopt_one(self, handler: Any) -> None:
        """Wrap a ``handle`` that was set on one handler alone."""
        own = handler.__dict__["handle"]
        if hasattr(own, "_logscrub") or not callable(own) or not self._engine.active:
            return

        def hand(record: logging.LogRecord) -> Any:
            return own(self._engine.record_for(handler, record))

        hand._logscrub = True  # type: ignore[attr-defined]
        with self._lock:
            self._engine.patches.put(handler, "handle", hand)

    def _put(self, cls: type, name: str, ours: Callable[..., Any], retire: Retire) -> None:
        # An immutable class stays as it is; what it passes to Handler's methods is still scrubbed.
        with contextlib.suppress(TypeError, AttributeError):
            self._engine.patches.put(cls, name, ours, retire)


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


def caller(original: Callable[..., None], adopter: Adopter) -> Callable[..., None]:
    """Return a ``Logger.callHandlers`` that first looks for handlers that came without ``addHandler``.

    Their classes are adopted; a handler that has a ``handle`` of its own, set on it alone, gets a scrubbed copy.
    """
    handles = adopter.handles
    genuine = _genuine(original)

    @functools.wraps(original)
    def call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        logger: logging.Logger | None = self
        any_handler = False
        while logger:
            for handler in logger.handlers:
                any_handler = True
                kind = type(handler)
                if handles.get(kind) is not getattr(kind, "handle", None):
                    adopter.adopt(kind)
                if "handle" in getattr(handler, "__dict__", ()):
                    adopter.adopt_one(handler)
                # What the library's own function does; going through the handlers once is enough.
                if genuine and record.levelno >= handler.level:
                    handler.handle(record)
            logger = logger.parent if logger.propagate else None
        if not (genuine and any_handler):
            original(self, record)

    return call_handlers


def _handing(original: Callable[..., Any], engine: Engine) -> tuple[Callable[..., Any], Retire]:
    record_for: Callable[[Any, logging.LogRecord], logging.LogRecord] = engine.record_for

    @functools.wraps(original)
    def hand(self: Any, record: logging.LogRecord) -> Any:
        return original(self, record_for(self, record))

    hand._logscrub = True  # type: ignore[attr-defined]

    def retire() -> None:
        nonlocal record_for
        record_for = _as_given

    return hand, retire


def _genuine(function: Any) -> bool:
    """Tell whether a function is the library's own, not one that someone has put in its place."""
    return getattr(getattr(function, "__code__", None), "co_filename", None) in _FILES


def _same(x: Any) -> Any:
    return x


def _as_given(handler: Any, record: logging.LogRecord) -> logging.LogRecord:
    return record


def _nothing(*_: object) -> None:
    return None
