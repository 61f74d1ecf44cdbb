"""Scrubbed copies of log records. The record, its arguments and its exception are the caller's and are not touched."""

from __future__ import annotations

import copy
import logging
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from logscrub.emit import template
from logscrub.emit.exceptions import holds, render, stand_in
from logscrub.emit.shown import StandIn, attribute
from logscrub.emit.tracebacks import without_values
from logscrub.scrubber import Scrubber

#: What every record has. ``message`` and ``asctime`` are left behind by formatters, ``taskName`` comes with 3.12.
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

# Set by the application, so anything may be in them; mostly constants, hence remembered when clean.
_NAMES = ("name", "threadName", "processName", "taskName", "levelname", "funcName", "pathname")
_REMEMBERED = 2000
_DEEPEST = 3
_ATOMS = frozenset({str, int, float, bool, type(None), bytes, complex})
_BUILT_IN = (str, bytes, bytearray, int, float, complex, type(None), dict, list, tuple, set, frozenset)


def marker(error: BaseException) -> str:
    """Return what is written in place of a record that could not be scrubbed.

    >>> marker(ValueError("secret"))
    '[logscrub: record not shown (ValueError)]'
    """
    return f"[logscrub: record not shown ({type(error).__name__})]"


class Cleaner:
    """Makes scrubbed copies of records for handlers that look into them.

    Attributes:
        clean: the function to call: returns the same record if nothing in it is sensitive, else a copy. Never raises.
    """

    def __init__(
        self,
        scrubber: Scrubber,
        changed: Callable[[logging.LogRecord], object],
        failed: Callable[[], object],
    ) -> None:
        self._scrubber = scrubber
        # For what is asked for later, and may never be: nobody is told what it finds.
        self._quiet = copy.copy(scrubber)
        self._quiet.observer = None
        self._changed = changed
        self._failed = failed
        self._harmless: set[str] = set()
        self._known = scrubber.detector.known
        self._version = 0
        self._local = threading.local()

    def clean(self, record: logging.LogRecord, *, frames: bool = False) -> logging.LogRecord:
        """Return the record, or a scrubbed copy of it.

        The last verdict of each thread is kept, so several handlers do not pay for the same record again. It holds as
        long as the record has the same values and those cannot change themselves. Each handler gets a copy of its own:
        formatters leave things in records.

        Args:
            record: the record.
            frames: whether its handler may look into the frames of a traceback.
        """
        local = self._local
        depth = getattr(local, "depth", 0)
        if depth >= _DEEPEST:
            self._failed()
            return self._hidden(record, RecursionError())
        local.depth = depth + 1
        try:
            values = record.__dict__
            if self._known is not None and self._version != self._known.version:
                # What was clean so far may hold a value that has become known.
                self._version = self._known.version
                self._harmless = set()
            version = self._version
            last = getattr(local, "last", None)
            asked = (version, frames)
            if last is not None and last[0]() is record and last[1] == values and last[3] == asked:
                return record if last[2] is None else alike(*last[2])
            result = self._scrubbed(record, frames)
            if result is not record:
                self._changed(record)
            if _unchanging(record):
                # Without the call-back the values, and with them a traceback's frames, would live on for a while.
                forget = weakref.ref(record, lambda _: setattr(local, "last", None))
                kept = None if result is record else (type(result), dict(result.__dict__))
                local.last = (forget, dict(values), kept, asked)
            return result
        except Exception as error:
            self._failed()
            return self._hidden(record, error)
        finally:
            local.depth = depth

    def _scrubbed(self, record: logging.LogRecord, frames: bool) -> logging.LogRecord:
        scrub, scrub_text = self._scrubber.scrub, self._scrubber.scrub_text
        harmless = self._harmless
        values = record.__dict__
        new: dict[str, Any] = {}
        gone: Iterable[str] = ()

        message = self._message(record, new)

        if "message" in values and values["message"] != message:
            new["message"] = message
        for name in _NAMES:
            value = values.get(name)
            if value is None or (type(value) is str and value in harmless):
                continue
            clean = scrub(value)
            if clean is not value:
                new[name] = clean
            elif type(value) is str:
                if len(harmless) >= _REMEMBERED:
                    harmless.clear()
                harmless.add(value)

        if values.keys() - STANDARD:
            extra = {name: value for name, value in values.items() if name not in STANDARD}
            clean_extra = scrub(extra)
            if not isinstance(clean_extra, dict):  # it failed as a whole: find out where
                clean_extra = {name: _item(name, scrub({name: value})) for name, value in extra.items()}
            if clean_extra is not extra:
                new.update({name: self._standing_in(extra.get(name), value) for name, value in clean_extra.items()})
                gone = extra.keys() - clean_extra.keys()

        if values.get("stack_info"):
            stack = scrub(values["stack_info"])
            if stack is not values["stack_info"]:
                new["stack_info"] = stack
        self._exception(values, new, scrub_text, frames)
        if not new:
            return record
        made = _copied(record, new, message)
        for name in gone:
            del made.__dict__[name]
        return made

    def _message(self, record: logging.LogRecord, new: dict[str, Any]) -> str:
        """Put what has to change of ``msg`` and ``args`` into ``new``; return the message as it is to be read."""
        scrub, scrub_text = self._scrubber.scrub, self._scrubber.scrub_text
        msg, args = record.msg, record.args
        plain = type(record).getMessage is logging.LogRecord.getMessage
        if not args and plain:
            shown = scrub(msg)
            text = shown if type(shown) is str else str(shown)
            clean = scrub_text(text) if type(msg) is not str else text
            if clean != text:
                shown = clean
            if shown is not msg:
                new["msg"] = shown
            return clean

        safe_msg: object = msg
        safe_args: Any = args
        try:
            text = record.getMessage()
            safe_args = self._safe_args(args)
            if safe_args is not args:
                if plain and isinstance(msg, str):
                    safe_msg = template.fit(msg, args or (), safe_args)
                text = _copied(record, {"msg": safe_msg, "args": safe_args}).getMessage()
        except Exception as error:
            # It cannot be rendered, so what the arguments are about is unknown: 'password=%s %s' % ("hunter2",).
            new["msg"] = f"{scrub_text(str(msg))} [logscrub: arguments not shown ({type(error).__name__})]"
            new["args"] = ()
            return str(new["msg"])

        clean = scrub_text(text)
        if clean != text:
            safe_msg, safe_args = self._mended(safe_msg, safe_args, text, clean) if plain else (clean, ())
        elif not isinstance(msg, str):
            if scrub(msg) is not msg:
                safe_msg, safe_args = clean, ()
        elif plain and not self._literals_clean(str(safe_msg)):
            safe_msg, safe_args = clean, ()
        if safe_msg is not msg and safe_msg != msg:
            new["msg"] = safe_msg
        if safe_args is not args:
            new["args"] = safe_args
        return clean

    def _safe_args(self, args: Any) -> Any:
        """Scrub the arguments one by one: as many come back, numbers stay numbers where they are not sensitive."""
        safe = self._scrubber.scrub(args)
        if safe is args:
            return args
        if isinstance(args, Mapping):
            if not isinstance(safe, Mapping) or any(key not in safe for key in args):
                return safe  # a key was a value: '%s' shows the mapping, and '%(key)s' has nothing to show
            return template.replaced_items(args, {k: safe[k] for k in args if safe[k] is not args[k]})
        if isinstance(args, tuple) and not isinstance(safe, tuple):  # it failed as a whole: find out where
            return tuple([self._scrubber.scrub(arg) for arg in args])
        return safe

    def _mended(self, msg: object, args: Any, text: str, clean: str) -> tuple[object, object]:
        """Give the arguments that matches touch new values; where that does not work out, only the text remains."""
        if isinstance(msg, str) and isinstance(args, (tuple, Mapping)):
            try:
                spans = [(match.start, match.end) for match in self._scrubber.find(text)]
                changed = template.changes(text, clean, spans)
                done = template.replace(msg, args, changed) if changed else None
                if done is not None and done[0] % done[1] == clean and self._literals_clean(done[0]):
                    return done
            except Exception:
                return clean, ()
        return clean, ()

    def _literals_clean(self, msg: str) -> bool:
        """Tell whether the template's own text is clean: an argument next to it may have hidden a token in it."""
        harmless = self._harmless
        if msg in harmless:
            return True
        try:
            text = template.literals(msg)
        except Exception:
            text = msg
        if self._scrubber.scrub_text(text) != text:
            return False
        if len(harmless) >= _REMEMBERED:
            harmless.clear()
        harmless.add(msg)
        return True

    def _standing_in(self, raw: object, clean: object) -> object:
        """Return what stands for an added field: for an object that became text, one that still has attributes."""
        if type(clean) is not str or isinstance(raw, _BUILT_IN):
            return clean
        return StandIn.of(clean, partial(attribute, raw, self._quiet))

    def _exception(
        self, values: dict[str, Any], new: dict[str, Any], scrub_text: Callable[[str], str], frames: bool
    ) -> None:
        info = values.get("exc_info")
        text = values.get("exc_text")
        if text:
            clean = self._scrubber.scrub(text)
            if clean is not text:
                new["exc_text"] = clean
        if not info:
            return
        error = info[1] if isinstance(info, tuple) and len(info) == 3 else info
        if isinstance(error, BaseException):
            rendered = render(error)
            clean = scrub_text(rendered)
            trace = error.__traceback__ if error is info else info[2]
            if clean != rendered or "exc_text" in new:
                new.setdefault("exc_text", clean)
            elif not frames:
                return
            elif not (error.__cause__ or error.__context__ or holds(error, self._quiet)):
                # Itself it says nothing: it stays, so that who knows it already knows it again.
                places = without_values(trace, self._quiet)
                if places is not trace:
                    new["exc_info"] = (type(error), error, places)
                return
            twin = stand_in(error, self._quiet, frames=frames)
            new["exc_info"] = (type(twin), twin, without_values(trace, self._quiet) if frames else trace)
        else:
            shown = self._scrubber.scrub(info)
            if shown is not info:
                new["exc_info"] = shown

    def _hidden(self, record: logging.LogRecord, error: BaseException) -> logging.LogRecord:
        """Return a record that says only where it comes from and that it is not shown."""
        text = marker(error)
        values: dict[str, Any] = {name: text for name in record.__dict__ if name not in STANDARD or name == "message"}
        values.update(threadName=None, processName=None)
        for name in ("levelno", "levelname", "filename", "module", "lineno", "created", "msecs", "relativeCreated"):
            if name in record.__dict__:
                values[name] = record.__dict__[name]
        return logging.makeLogRecord({**values, "name": "logscrub", "msg": text, "args": ()})


def alike(kind: type[logging.LogRecord], values: Mapping[str, Any]) -> logging.LogRecord:
    """Make a record of a class with these values, without calling anything of the class.

    >>> alike(logging.LogRecord, {"msg": "hello", "args": ()}).getMessage()
    'hello'
    """
    made = logging.LogRecord.__new__(kind)
    made.__dict__.update(values)
    return made


def _copied(record: logging.LogRecord, new: dict[str, Any], message: str | None = None) -> logging.LogRecord:
    """Return a copy with new values that renders to ``message`` (if given), whatever the record's class does."""
    kind = type(record)
    made = alike(kind, {**record.__dict__, **new})
    if message is not None and kind.getMessage is not logging.LogRecord.getMessage:
        try:
            same = made.getMessage() == message
        except Exception:
            same = False
        if not same:
            made.__class__ = logging.LogRecord
            made.msg, made.args = message, ()
    return made


def _item(name: str, made: Any) -> Any:
    return made.get(name) if isinstance(made, dict) else made


def _unchanging(record: logging.LogRecord) -> bool:
    """Tell whether the record holds only values that stay as they are."""
    for name, value in record.__dict__.items():
        if type(value) in _ATOMS or name == "exc_info":
            continue
        if name == "args" and type(value) is tuple and all(type(each) in _ATOMS for each in value):
            continue
        return False
    return True
