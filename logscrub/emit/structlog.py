"""The part of structlog: every bound logger, whatever its processors are, and ``ProcessorFormatter``.

The last processor, which renders, gets a scrubbed copy of the event where something was found: keys judge values, at
any depth, and exceptions are replaced by stand-ins. What it returns is scrubbed once more, as text. All processors
before it see what they always saw, so it cannot come too early: what ``format_exc_info`` and the others add is covered.

Structured tracebacks show local variables and cut their values; a secret that was cut is not recognised any more. So
they are given scrubbed variables to begin with, see :mod:`logscrub.emit.frames`.
"""

from __future__ import annotations

import copy
import functools
import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from structlog import _base, _frames, dev, processors, stdlib, tracebacks

from logscrub.emit import frames
from logscrub.emit.engine import Engine
from logscrub.emit.neutral import escaped, indented, neutral_errors
from logscrub.emit.observe import Where
from logscrub.emit.quick import Quick
from logscrub.emit.record import marker

Processor = Callable[[Any, str, Any], Any]

# These only make a text of the event, so they can be called again if the text turns out not to be clean.
_PURE = frozenset(
    {processors.JSONRenderer, processors.LogfmtRenderer, processors.KeyValueRenderer, dev.ConsoleRenderer}
)
# They write one line without control characters of their own.
_ONE_LINE = (processors.LogfmtRenderer, processors.KeyValueRenderer)
# They hand the event on to logging, which is covered itself.
_HANDS_ON = tuple(
    getattr(owner, name)
    for owner, name in (
        (stdlib.ProcessorFormatter, "wrap_for_formatter"),
        (stdlib, "render_to_log_kwargs"),
        (stdlib, "render_to_log_args_and_kwargs"),
    )
    if hasattr(owner, name)
)
_MESSAGES = frozenset({"event", "message", "msg"})
# Of several lines by nature.
_LONG = frozenset({"exception", "stack"})
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_OURS = "logscrub."
_GONE = "[logscrub: not shown]"


class Scrubbing:
    """What stands around the last processor of a chain.

    Args:
        engine: scrubs.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._quick = Quick(engine.scrubber)

    def render(
        self, last: Processor, logger: Any, name: str, event: Any, record: logging.LogRecord | None = None
    ) -> Any:
        """Call the last processor with a clean event, and return what it made of it, clean as well.

        Args:
            last: the last processor.
            logger: the wrapped logger.
            name: name of the log method.
            event: the event; it is the chain's own copy, and a renderer may take items out of it.
            record: the log record, if logging passes it on as one.
        """
        texts = None
        try:
            if type(event) is dict and not event.get("exc_info") and "positional_args" not in event:
                texts = self._quick.texts(event)
        except Exception:
            texts = None  # then it is walked, item by item
        checked = False
        if texts is not None:
            if type(last) in _PURE:
                before = event.copy()
                text = last(logger, name, event)
                if self._is_clean(texts, text):
                    return text if type(text) is not str or text.isprintable() else self._neutral(text, last, before)
                event = before
            else:
                checked = self._is_clean(texts, "")
                if checked and last in _HANDS_ON:
                    return last(logger, name, event)
        where: Where = record or _place(logger, event)
        safe = event if checked else self.event(event, where)
        values = dict(safe) if isinstance(safe, Mapping) else {}
        made = last(logger, name, safe)
        if last in _HANDS_ON:
            return made
        return self.made(self._neutral(made, last, values), where)

    def event(self, event: Any, where: Where = None) -> Any:
        """Return an event scrubbed: the same object if it is clean. Never raises.

        Args:
            event: the event, or a text some processor has already made of it.
            where: where it comes from.
        """
        engine = self._engine
        if not isinstance(event, Mapping):
            return engine.value(event, where)
        try:
            special = self._special(event, where)
            values = {key: value for key, value in event.items() if key not in special} if special else event
            clean = engine.value(values, where)
            if not isinstance(clean, Mapping):  # it failed as a whole: find out where
                clean = {key: _item(engine.value({key: value}, where), key) for key, value in values.items()}
            if clean is values and all(event[key] is value for key, value in special.items()):
                return event
            return {**clean, **special}
        except Exception as error:
            engine.meter.failed()
            return event if engine.report_only else {"event": marker(error)}

    def made(self, made: Any, where: Where = None) -> Any:
        """Return what the last processor made, scrubbed. Never raises.

        Args:
            made: text, bytes, a dict, or arguments for the wrapped logger.
            where: where it comes from.
        """
        engine = self._engine
        if type(made) is str:
            return engine.text(made, where)
        if isinstance(made, tuple) and len(made) == 2 and isinstance(made[1], Mapping):
            args, options = made
            clean = engine.value(args, where)
            return (clean if isinstance(clean, (tuple, list)) else (clean,)), self.event(options, where)
        if isinstance(made, Mapping):
            return self.event(made, where)
        clean = engine.value(made, where)
        if isinstance(made, (bytes, bytearray)) and isinstance(clean, str):
            return clean.encode()
        return clean

    def _is_clean(self, texts: list[str], rendered: Any) -> bool:
        """Tell whether none of the texts of an event holds anything, nor what was made of it."""
        try:
            if type(rendered) is bytes:
                rendered = rendered.decode()
            elif type(rendered) is not str:
                return False
            if "\x1b" in rendered:
                rendered = _STYLE.sub("", rendered)  # the renderer's; in values they are looked at as they are
            texts.append(rendered)
            return self._quick.clean(texts)
        except Exception:
            return False  # then it is scrubbed, and what fails there is counted

    def _special(self, event: Mapping[Any, Any], where: Where) -> dict[str, Any]:
        """Return what cannot be judged by itself: the exception, arguments of the message, a formatter's log record."""
        engine = self._engine
        special: dict[str, Any] = {}
        record = event.get("_record")
        if isinstance(record, logging.LogRecord):
            clean = engine.cleaner.clean(record)
            special["_record"] = record if engine.report_only else clean
        args = event.get("positional_args")
        if isinstance(args, tuple) and args:
            special["positional_args"] = self._args(str(event.get("event", "")), args, where)
        info = event.get("exc_info")
        if info:
            error = _error(info)
            if error is not None:
                twin = engine.error(error, where)
                special["exc_info"] = info if twin is error else (type(twin), twin, twin.__traceback__)
            elif type(info) in (bool, int) or info == (None, None, None):
                special["exc_info"] = info
        return special

    def _args(self, message: str, args: tuple[Any, ...], where: Where) -> Any:
        """Return the arguments of a message scrubbed: what has to go from the message goes from them as well."""
        engine = self._engine
        try:
            text = message % (args[0] if len(args) == 1 and isinstance(args[0], Mapping) and args[0] else args)
        except (TypeError, ValueError, KeyError):
            text = message  # they are in there already
        clean = engine.text(text, where)
        safe = engine.value(args, where)
        if clean is text or not isinstance(safe, tuple):
            return safe
        return tuple([arg if str(arg) in clean else _GONE for arg in safe])

    def _neutral(self, text: Any, last: Processor, event: Mapping[Any, Any]) -> Any:
        """Return a text in which the values of the event forge no line and command no terminal.

        Renderers that quote a value leave no trace of it as it was, so what is quoted stays as it is.
        """
        engine = self._engine
        if type(text) is not str or text.isprintable() or not engine.neutralize or engine.report_only:
            return text
        try:
            if isinstance(last, _ONE_LINE):
                return escaped(text)
            for key, value in event.items():
                if type(value) is str and key not in _LONG and not value.isprintable():
                    text = text.replace(value, indented(value) if key in _MESSAGES else escaped(value))
            error = _error(event.get("exc_info") or True)
            if error is not None:
                text = neutral_errors(text, error, engine.channel.public.scrub_text)
            return text
        except Exception as error:
            engine.meter.failed()
            return marker(error)


class _View:
    """Stands for a bound logger while its processors run, with another one in the last place."""

    __slots__ = ("_context", "_given", "_logger", "_processors")

    def __init__(self, logger: Any, chain: list[Any]) -> None:
        self._given = logger
        self._logger = logger._logger
        self._context = logger._context
        self._processors = chain

    def __getattr__(self, name: str) -> Any:
        return getattr(self._given, name)


def put(engine: Engine) -> None:
    """Put it in place."""
    patches, scrubbing = engine.patches, Scrubbing(engine)
    process: Callable[..., Any] = vars(_base.BoundLoggerBase)["_process_event"]
    form: Callable[..., Any] = vars(stdlib.ProcessorFormatter)["format"]
    pretty: Callable[..., Any] = vars(processors.ExceptionPrettyPrinter)["__call__"]

    @functools.wraps(process)
    def process_event(self: Any, method_name: str, event: Any, event_kw: dict[str, Any]) -> Any:
        if not engine.active:
            return process(self, method_name, event, event_kw)
        chain = list(self._processors)
        if not chain:
            return scrubbing.made(process(self, method_name, event, event_kw))
        chain[-1] = functools.partial(scrubbing.render, chain[-1])
        return process(_View(self, chain), method_name, event, event_kw)

    @functools.wraps(form)
    def format_scrubbed(self: Any, record: logging.LogRecord) -> Any:
        if not engine.active or not self.processors:
            return form(self, record)
        if type(record.msg) is str and "_logger" in record.__dict__ and "_name" in record.__dict__:
            # Made a text of on the way here, by a filter for instance; the formatter expects the event.
            record = logging.makeLogRecord({**record.__dict__, "msg": {"event": record.msg}})
        twin = copy.copy(self)
        chain = list(self.processors)
        chain[-1] = functools.partial(scrubbing.render, chain[-1], record=record)
        twin.processors = chain
        return form(twin, record)

    @functools.wraps(pretty)
    def print_pretty(self: Any, logger: Any, name: str, event_dict: Any) -> Any:
        # It prints in the middle of the chain.
        if engine.active and isinstance(event_dict, Mapping):
            shown = {key: event_dict[key] for key in ("exception", "exc_info") if key in event_dict}
            event_dict = {**event_dict, **scrubbing.event(shown, _place(logger, event_dict))}
        return pretty(self, logger, name, event_dict)

    patches.put(_base.BoundLoggerBase, "_process_event", process_event)
    patches.put(stdlib.ProcessorFormatter, "format", format_scrubbed)
    patches.put(processors.ExceptionPrettyPrinter, "__call__", print_pretty)
    _put_tracebacks(engine)
    # What looks for the call of the application skips structlog's frames, and now ours as well.
    find = _frames._find_first_app_frame_and_name

    @functools.wraps(find)
    def find_first(additional_ignores: Sequence[str] | None = None, **options: Any) -> Any:
        return find([*(additional_ignores or ()), _OURS], **options)

    for module in (_frames, processors, stdlib):
        if vars(module).get(find.__name__) is find:
            patches.put(module, find.__name__, find_first)


def _put_tracebacks(engine: Engine) -> None:
    original: Any = tracebacks.extract

    @functools.wraps(original)
    def extract(exc_type: Any, exc_value: BaseException, traceback: Any, **options: Any) -> Any:
        twin = engine.error(exc_value)
        return original(exc_type if twin is exc_value else type(twin), twin, traceback, **options)

    engine.patches.put(tracebacks, "extract", extract)
    engine.patches.put(tracebacks, "walk_tb", frames.scrubbed_walk(tracebacks.walk_tb, engine))  # type: ignore[attr-defined]


def _error(info: object) -> BaseException | None:
    """Return the exception that ``exc_info`` stands for."""
    if isinstance(info, tuple) and len(info) == 3:
        info = info[1]
    if isinstance(info, BaseException):
        return info
    return sys.exc_info()[1] if type(info) in (bool, int) and info else None


def _item(scrubbed: Any, key: Any) -> Any:
    return scrubbed.get(key) if isinstance(scrubbed, dict) else scrubbed


def _place(logger: Any, event: Any) -> Where:
    """Find the log call, also that of an asynchronous method, which is on the stack of another thread."""
    try:
        frame = _frames._find_first_app_frame_and_name(["logging", _OURS])[0]
        name = getattr(logger, "name", None) or event.get("logger", "")
        return (name if isinstance(name, str) else "", frame.f_code.co_filename, frame.f_lineno)
    except Exception:
        return None
