"""The part of loguru: every handler of every logger, added before or after.

A secret leaves loguru in four ways, and each is closed on the class, so that ``configure``, ``remove``, ``add``, copies
of the logger and workers change nothing:

* The final text, in the sinks' ``write``: what templates, values and tracebacks join to.
* What else a sink or a format is given, in ``Handler.emit``: sinks that look into ``message.record``, ``serialize``,
  formats with fields of ``extra``, exceptions. They get a scrubbed copy of the record. Where the sink only writes text,
  and the format only joins what every record has, the final text is enough, and nothing is copied.
* The values ``diagnose`` shows beside a line of source: judged by the names of the variables, before they are cut.
* The report on standard error when a sink fails.

Patchers and filters run before that and see the record as it is; what they add is scrubbed as well. Format functions
and sinks see the scrubbed one. ``neutralize`` concerns text, so neither ``message.record`` nor ``serialize``; messages
of ``opt(raw=True)`` are written without a format, so they are left as they are laid out.
"""

from __future__ import annotations

import copy
import functools
import logging
import re
import sys
import threading
import types
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import is_dataclass
from string import Formatter
from time import perf_counter
from typing import Any

from logscrub.emit.engine import Engine
from logscrub.emit.neutral import escaped, indented, neutral_errors
from logscrub.emit.observe import SAMPLE
from logscrub.emit.record import marker
from logscrub.emit.shown import StandIn, attribute
from logscrub.emit.tracebacks import without_values

_SAMPLED = SAMPLE - 1
_REMEMBERED = 2000
_DEEPEST = 8
# What every record has, and formats may join without looking further.
_COMMON = frozenset(
    "elapsed exception file function level line message module name process thread time".split()  # noqa: SIM905
)
_TIMES = ("elapsed", "time", "line")
# Next to one of these a token is still recognised as such.
_APART = frozenset(" \t\n|:;,()[]{}<>\"'")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_NAME = re.compile(r"\w+")
# The name a value is given in the source: ``password=value``, ``{"password": value}``.
_LABEL = re.compile(r"""(?:(\w+)\s*:?=|["'](\w+)["']\s*:)\s*$""")
_BUILT_IN = (str, bytes, bytearray, int, float, dict, list, tuple, set, frozenset)


def put(engine: Engine) -> None:
    """Put loguru's part in place.

    Raises:
        KeyError, ImportError: it is a version that is built in another way. Nothing has been changed then.
    """
    from loguru import _better_exceptions, _error_interceptor, _file_sink, _handler, _simple_sinks

    sinks: list[Any] = [_file_sink.FileSink]
    sinks += [getattr(_simple_sinks, name) for name in ("StreamSink", "CallableSink", "AsyncSink", "StandardSink")]
    handler: Any = _handler.Handler
    interceptor: Any = _error_interceptor.ErrorInterceptor
    formatter: Any = _better_exceptions.ExceptionFormatter

    part = _Part(engine, _handler.Message, tuple(sinks[:2]))
    found = vars(handler)
    part.own = (found["emit"].__code__, found["_queued_writer"].__code__)
    todo: list[tuple[Any, str, Any]] = [
        (handler, "emit", part.emit_ring(found["emit"])),
        (handler, "_serialize_record", staticmethod(part.serialize_ring(found["_serialize_record"].__func__))),
        (interceptor, "print", part.print_ring(vars(interceptor)["print"])),
        *((sink, "write", part.write_ring(vars(sink)["write"])) for sink in sinks),
    ]
    values, shown = vars(formatter).get("_get_relevant_values"), vars(formatter).get("_format_value")
    known = values is not None and shown is not None
    if values is not None and shown is not None:
        todo += [
            (formatter, "_get_relevant_values", part.values_ring(values, shown)),
            (formatter, "_format_value", part.value_ring(shown)),
        ]
    todo.append((formatter, "format_exception", part.exception_ring(vars(formatter)["format_exception"], known)))
    for owner, name, ours in todo:
        engine.patches.put(owner, name, ours)


class _Safe(dict[str, Any]):
    """A record a text may be made of.

    Attributes:
        structure: the record for sinks that look into it.
        serialized: whether the text is JSON whose parts are scrubbed. Read as a whole, its ids and times could pass
            for card numbers.
    """

    structure: dict[str, Any]
    serialized = False


class _NotShown(dict[str, str]):
    """Added fields that could not be scrubbed; a format may ask for any of them."""

    def __missing__(self, key: str) -> str:
        return "[logscrub: not shown]"


class _Pending(str):
    """A value of ``diagnose`` on its way to where its name is known."""

    value: object


class _Shown:
    """Something with a given ``repr``."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


class _Filtered:
    """A handler whose filter has been asked."""

    _filter = None

    def __init__(self, handler: Any) -> None:
        self._handler = handler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handler, name)


class _Local(threading.local):
    # Something was found in a final text, under the handler's lock, and is to be counted outside of it.
    found = False
    # The records handled last, known by their time objects, and their log calls; more than one, for a callback may log.
    calls: tuple[tuple[object, logging.LogRecord], ...] = ()


class _Part:
    """What takes the place of loguru's functions, for one installation."""

    def __init__(self, engine: Engine, message: Any, textual: tuple[Any, ...]) -> None:
        self._engine = engine
        self._message = message
        self._scrubber = engine.scrubber
        # Tells nobody what it finds.
        self._quiet = copy.copy(engine.scrubber)
        self._quiet.observer, self._quiet.counts, self._quiet.errors = None, Counter(), Counter()
        self._file_sink, self._stream_sink = textual
        self._as_it_is = engine.report_only or not engine.neutralize
        self._local = _Local()
        self._harmless: set[str] = set()
        self._known = engine.scrubber.detector.known
        self._version = 0
        #: Formats, one for each handler, and whether the final text is all that has to be scrubbed.
        self._text_only: dict[Any, bool] = {}
        #: Code of loguru's functions that call a sink.
        self.own: tuple[types.CodeType, types.CodeType]

    def emit_ring(self, original: Callable[..., None]) -> Callable[..., None]:
        """Return an ``emit`` that hands a scrubbed copy of the record on where the final text is not enough."""
        engine, local, text_only, as_it_is = self._engine, self._local, self._text_only, self._as_it_is

        @functools.wraps(original)
        def emit(self: Any, record: Any, level_id: Any, from_decorator: Any, is_raw: Any, colored_message: Any) -> None:
            if not engine.active:
                original(self, record, level_id, from_decorator, is_raw, colored_message)
                return
            try:
                enough = (
                    text_only[self._formatter]
                    and record["exception"] is None
                    and (as_it_is or record["message"].isprintable())
                )
            except Exception:
                enough = False
            if not enough:
                passed = prepare(self, record, is_raw, colored_message)
                if passed is None:
                    return
                self, record, colored_message = passed
            try:
                original(self, record, level_id, from_decorator, is_raw, colored_message)
            finally:
                if local.found:
                    local.found = False
                    engine.meter.changed(where(record))

        prepare, where = self._prepared, self._where
        return emit

    def write_ring(self, original: Callable[..., None]) -> Callable[..., None]:
        """Return a sink's ``write`` that gets a scrubbed text, and no raw record."""
        engine, final = self._engine, self._final
        scrub, scrub_text, seen = self._text, self._scrubber.scrub_text, engine.meter.seen.add
        _, writer = self.own

        @functools.wraps(original)
        def write(self: Any, message: Any) -> None:
            if engine.active:
                try:
                    safe = type(message.record) is _Safe
                    if seen() & _SAMPLED:
                        clean = scrub(message) if safe or "\x1b" in message else scrub_text(message)
                    else:
                        start = perf_counter()
                        clean = scrub(message)
                        engine.meter.took(perf_counter() - start)
                except Exception as error:
                    engine.meter.failed()
                    safe, clean = True, marker(error)
                caller = sys._getframe(1).f_code
                if clean is not message or safe or caller is writer:
                    message = final(self, message, clean, caller)
            original(self, message)

        return write

    def serialize_ring(self, original: Callable[..., str]) -> Callable[..., str]:
        """Return a ``_serialize_record`` whose text is scrubbed before it is escaped."""
        engine, where = self._engine, self._where

        @functools.wraps(original)
        def serialize_record(text: str, record: Any) -> str:
            return original(engine.text(text, where(record)) if engine.active else text, record)

        return serialize_record

    def print_ring(self, original: Callable[..., None]) -> Callable[..., None]:
        """Return an ``ErrorInterceptor.print`` that shows the scrubbed record and error."""
        engine, structure, where = self._engine, self._structure, self._where

        @functools.wraps(original)
        def print_scrubbed(self: Any, record: Any = None, *, exception: BaseException | None = None) -> None:
            if not engine.active or engine.report_only:
                original(self, record, exception=exception)
                return
            error = exception if exception is not None else sys.exc_info()[1]
            shown = None
            if record is not None:
                try:
                    shown = _Shown(engine.text(str(structure(record)), where(record)))
                except Exception as failure:
                    engine.meter.failed()
                    shown = _Shown(marker(failure))
            original(self, shown, exception=engine.error(error) if error is not None else None)

        return print_scrubbed

    def exception_ring(self, original: Callable[..., Iterable[str]], diagnosed: bool) -> Callable[..., Iterable[str]]:
        """Return a ``format_exception`` in which the texts of exceptions cannot pass for lines of the log.

        Args:
            original: loguru's.
            diagnosed: whether the values ``diagnose`` shows are scrubbed; otherwise it shows none.
        """
        engine, as_it_is = self._engine, self._as_it_is

        @functools.wraps(original)
        def format_exception(self: Any, type_: Any, value: Any, tb: Any, **options: Any) -> Iterable[str]:
            if not engine.active:
                return original(self, type_, value, tb, **options)
            if not diagnosed and not engine.report_only:
                self = copy.copy(self)
                self._diagnose = False
            text = "".join(original(self, type_, value, tb, **options))
            if not as_it_is:
                try:
                    text = neutral_errors(text, value)
                    if not self._colorize:  # else they are loguru's own
                        text = _escaped_lines(text)
                except Exception as error:
                    engine.meter.failed()
                    text = marker(error) + "\n"
            return [text]

        return format_exception

    def value_ring(self, original: Callable[..., str]) -> Callable[..., str]:
        """Return a ``_format_value`` that leaves the value to :meth:`values_ring`."""
        engine = self._engine

        @functools.wraps(original)
        def format_value(self: Any, v: object) -> str:
            if not engine.active or engine.report_only:
                return original(self, v)
            pending = _Pending("[logscrub: not shown]")
            pending.value = v
            return pending

        return format_value

    def values_ring(
        self, original: Callable[..., Iterator[tuple[int, str]]], shown: Callable[..., str]
    ) -> Callable[..., Iterator[tuple[int, str]]]:
        """Return a ``_get_relevant_values`` that scrubs what it yields.

        Args:
            original: loguru's.
            shown: loguru's ``_format_value``, which cuts what is long.
        """
        value_text = self._value_text

        @functools.wraps(original)
        def get_relevant_values(self: Any, source: str, frame: Any) -> Iterator[tuple[int, str]]:
            for column, text in original(self, source, frame):
                if isinstance(text, _Pending):
                    text = shown(self, _Shown(value_text(text.value, source, column)))
                yield column, text

        return get_relevant_values

    def _prepared(
        self, handler: Any, record: Any, is_raw: bool, colored: Any
    ) -> tuple[Any, dict[str, Any], Any] | None:
        """Return the handler, the record and the coloured message to go on with, ``None`` if it ends here."""
        try:
            if handler._levelno > record["level"].no:
                return None
            self._learn(handler)
        except Exception:  # loguru comes across it too, and tells of it
            return handler, self._view(record, False), colored
        if handler._filter is not None:
            try:
                if not handler._filter(record):
                    return None
                handler = _Filtered(handler)
            except Exception:  # noqa: S110 - it fails again where loguru tells of it
                pass
        safe = self._view(record, not (self._as_it_is or is_raw or handler._serialize))
        safe.serialized = handler._serialize
        if colored is not None and not self._as_it_is and safe.get("message") != colored.stripped:
            colored = _recoloured(colored)
        return handler, safe, colored

    def _learn(self, handler: Any) -> None:
        """Remember whether the final text is all that has to be scrubbed of what a handler writes."""
        if handler._is_formatter_dynamic or handler._formatter in self._text_only:
            return
        if len(self._text_only) >= _REMEMBERED:
            self._text_only.clear()
        self._text_only[handler._formatter] = (
            not handler._serialize and self._only_text(handler._sink) and _joins_only(handler._formatter.strip())
        )

    def _only_text(self, sink: Any) -> bool:
        """Tell whether a sink looks at nothing but the text: a stream of Python's own writes what it is given."""
        if type(sink) is self._stream_sink:
            return isinstance(sink._stream.write, types.BuiltinMethodType)
        return type(sink) is self._file_sink

    def _view(self, record: dict[str, Any], neutral: bool) -> _Safe:
        """Return what may be made a text of. Never raises."""
        try:
            structure = self._structure(record)
            safe = _Safe(structure)
            extra = structure.get("extra")
            if type(extra) is dict and extra:
                safe["extra"] = self._standing_in(extra, record["extra"], neutral)
            message = safe.get("message")
            if neutral and isinstance(message, str):
                safe["message"] = indented(message)
        except Exception as error:
            self._engine.meter.failed()
            structure = record if self._engine.report_only else _hidden(record, error)
            safe = _Safe(structure)
        safe.structure = structure
        return safe

    def _structure(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return the record with everything in it scrubbed: the same object if it is clean. Never raises."""
        scrub = self._scrubber.scrub
        try:
            if self._known is not None and self._version != self._known.version:
                # What was clean so far may hold a value that has become known.
                self._version, self._harmless = self._known.version, set()
            new: dict[str, Any] = {}
            for key, value in record.items():
                if key in _TIMES:
                    continue
                if key == "message":
                    clean = scrub(value)
                elif key == "exception":
                    clean = value and self._error(value, self._where(record))
                elif key == "extra":
                    clean = value and self._extra(value)
                elif key in _COMMON:
                    clean = self._name(value)
                else:  # a patcher has put it there
                    clean = _item(scrub({key: value}))
                if clean is not value:
                    new[key] = clean
            if not new:
                return record
            self._engine.meter.changed(self._where(record))
            return record if self._engine.report_only else {**record, **new}
        except Exception as error:
            self._engine.meter.failed()
            return record if self._engine.report_only else _hidden(record, error)

    def _extra(self, extra: Any) -> Any:
        clean = self._scrubber.scrub(extra)
        if isinstance(extra, dict) and not isinstance(clean, dict):  # it failed as a whole: find out where
            return {key: _item(self._scrubber.scrub({key: value})) for key, value in extra.items()}
        return clean

    def _error(self, info: Any, where: logging.LogRecord) -> Any:
        if not (isinstance(info, tuple) and len(info) == 3):
            return self._scrubber.scrub(info)
        kind, error, trace = info
        if not isinstance(error, BaseException):
            return info if error is None else (kind, self._scrubber.scrub(error), trace)
        twin = self._engine.error(error, where)
        if twin is error:
            return info
        # The type remains the original's: one made for the occasion could not be pickled.
        make: Any = getattr(type(info), "_make", tuple)
        return make((kind, twin, trace))

    def _without_values(self, info: Any) -> Any:
        """Return an exception for a sink that may look into the frames of its traceback."""
        if not (isinstance(info, tuple) and len(info) == 3 and isinstance(info[2], types.TracebackType)):
            return info
        make: Any = getattr(type(info), "_make", tuple)
        return make((info[0], info[1], without_values(info[2], self._quiet)))

    def _name(self, value: Any) -> Any:
        """Scrub a name of a module, thread, process, file or level; mostly constants, hence remembered when clean."""
        if isinstance(value, str):
            if value in self._harmless:
                return value
            clean = self._scrubber.scrub(value)
            if clean is value:
                if len(self._harmless) >= _REMEMBERED:
                    self._harmless.clear()
                self._harmless.add(value)
            return clean
        made = value
        for part in ("name", "path"):
            text = getattr(value, part, None)
            if isinstance(text, str):
                clean = self._name(text)
                if clean is not text:
                    made = copy.copy(value) if made is value else made
                    setattr(made, part, clean)
        return made

    def _standing_in(self, clean: dict[Any, Any], raw: Any, neutral: bool) -> dict[Any, Any]:
        """Return added fields as formats get them: what was replaced still has attributes and takes any format."""
        out = dict(clean)
        for key, value in clean.items():
            shown = _flat(value) if neutral else value
            before = raw.get(key, value)
            if neutral and not isinstance(shown, (*_BUILT_IN, type(None))):
                text = str(shown)
                shown = shown if text.isprintable() else escaped(text)
            if isinstance(shown, str) and not isinstance(before, str):
                shown = StandIn.of(shown, functools.partial(self._attribute, before, neutral))
            out[key] = shown
        return out

    def _attribute(self, owner: object, neutral: bool, name: str) -> Any:
        clean = attribute(owner, self._quiet, name)
        return _flat(clean) if neutral else clean

    def _text(self, message: Any) -> str:
        """Scrub a final text, which may have colours in it: the same object if there is nothing."""
        record = message.record
        if type(record) is _Safe and record.serialized:
            text: str = message
            return text
        return self._coloured(message) if "\x1b" in message else self._scrubber.scrub_text(message)

    def _coloured(self, text: str) -> str:
        plain = _COLOUR.sub("", text)
        if self._quiet.scrub_text(plain) is plain:
            return text
        clean = self._scrubber.scrub_text(text)
        plain = _COLOUR.sub("", clean)
        return clean if self._quiet.scrub_text(plain) is plain else self._scrubber.scrub_text(plain)

    def _final(self, sink: Any, message: Any, clean: str, caller: types.CodeType) -> Any:
        """Return what a sink gets for a message.

        Args:
            sink: the sink.
            message: loguru's message.
            clean: its scrubbed text.
            caller: which function of loguru's hands it over.
        """
        emit, writer = self.own
        report_only = self._engine.report_only
        try:
            record = message.record
            if clean is not message:
                if caller is emit:
                    self._local.found = True  # the handler's lock is held: a callback that logs would fail
                else:
                    self._engine.meter.changed(self._where(record))
                if not report_only:
                    # A marker has taken the line break with it.
                    end = "\n" if message.endswith("\n") and not clean.endswith("\n") else ""
                    message = self._message(clean + end)
            if type(record) is _Safe:
                record = record.structure
            elif caller is writer and not self._only_text(sink):  # from a process that is not covered
                record = self._structure(record)
            if record.get("exception") and not report_only and self._engine.active and not self._only_text(sink):
                record = {**record, "exception": self._without_values(record["exception"])}
            message.record = record
        except Exception as error:
            self._engine.meter.failed()
            if not report_only and self._engine.active:
                record = getattr(message, "record", {})
                message = self._message(marker(error) + "\n")
                message.record = _hidden(record, error)
        return message

    def _value_text(self, value: object, source: str, column: int) -> str:
        """Return a variable's value as ``diagnose`` may show it, judged by its name in the source. Never raises."""
        engine = self._engine
        where = self._local.calls[0][1] if self._local.calls else None
        try:
            simple = isinstance(value, _BUILT_IN) or (is_dataclass(value) and not isinstance(value, type))
            if not simple:  # its text is all that is shown of it, and may cost much to make: so it is made once
                value = _Shown(repr(value))
            name, label = _NAME.match(source, column), _LABEL.search(source[:column])
            for key in (name and name[0], label and (label[1] or label[2])):
                if key:
                    shown = value if simple else repr(value)
                    clean = _item(engine.value({key: shown}, where))
                    if clean is not shown:
                        value = clean if simple else _Shown(str(clean))
            text = engine.text(repr(value), where)
            return _escaped_lines(text) if engine.neutralize else text
        except Exception as error:
            return f"[logscrub: not shown ({type(error).__name__})]"

    def _where(self, record: dict[str, Any]) -> logging.LogRecord:
        """Return the log call of a record, the same object for all handlers: it counts once."""
        local = self._local
        time = record.get("time")
        for known, where in local.calls:
            if known is time:
                return where
        where = logging.LogRecord.__new__(logging.LogRecord)
        where.name, where.pathname = record.get("name") or "", getattr(record.get("file"), "path", None) or ""
        where.lineno, where.created = record.get("line") or 0, perf_counter()
        if time is not None:
            local.calls = ((time, where), *local.calls[:2])
        return where


def _joins_only(text: str) -> bool:
    """Tell whether a format only joins what every record has, uncut, with the message apart from the rest."""
    parts = list(Formatter().parse(text))
    for at, (literal, field, spec, _) in enumerate(parts):
        if field is None:
            continue
        name = re.split(r"[.\[]", field, maxsplit=1)[0]
        if name not in _COMMON or "{" in (spec or ""):
            return False
        if name not in _TIMES and "." in (spec or ""):
            return False
        if name == "message":
            before, after = at > 0 or literal, at + 1 < len(parts)
            if before and literal[-1:] not in _APART:
                return False
            if after and parts[at + 1][0][:1] not in _APART:
                return False
    return True


def _recoloured(colored: Any) -> Any:
    """Return a coloured message with its own texts neutral; loguru leaves it aside if they are not the message's."""
    try:
        from loguru._colorizer import TokenType

        text: Any = TokenType.TEXT
        return type(colored)([(kind, indented(part) if kind == text else part) for kind, part in colored.tokens])
    except Exception:
        return None


def _flat(value: Any, depth: int = 0) -> Any:
    """Return an added field with the line breaks and control characters in its texts escaped."""
    if isinstance(value, str):
        return escaped(value)
    if type(value) is dict and depth < _DEEPEST:
        return {key: _flat(item, depth + 1) for key, item in value.items()}
    if type(value) in (list, tuple) and depth < _DEEPEST:
        return type(value)(_flat(item, depth + 1) for item in value)
    return value


def _escaped_lines(text: str) -> str:
    return text if text.isprintable() else "\n".join([escaped(line) for line in text.split("\n")])


def _item(made: Any) -> Any:
    """Return a scrubbed value from the one-item mapping it was scrubbed in; the mapping may be a marker, or its key."""
    return next(iter(made.values()), None) if isinstance(made, dict) else made


def _hidden(record: dict[str, Any], error: BaseException) -> dict[str, Any]:
    """Return a record that says only where it comes from and that it is not shown."""
    kept = {key: value for key, value in record.items() if key in _COMMON}
    return {**kept, "message": marker(error), "exception": None, "extra": _NotShown()}
