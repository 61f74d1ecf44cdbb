"""Listening in on what a test puts out past the sections pytest makes: log records, warnings, what ``capsys`` took.

Records are taken where a logger hands them to its handlers, so neither ``propagate=False`` nor a level, filter or
handler of the service hides one. They go through a handler like any other: where ``logscrub.install()`` is active, it
gets what every handler gets.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from logscrub.emit.patching import Patches
from logscrub.emit.record import STANDARD

Hear = Callable[..., None]
"""Called as (where, text, structures, lined): the place in words, what was written, what came beside it, and whether
places in the text are lines."""

# Where an application can put text of its own.
_NAMES = ("name", "threadName", "processName", "taskName", "funcName")


class Listener:
    """Listens from :meth:`start` to :meth:`stop`. What it does never fails in the code under test.

    Args:
        hear: is given everything; may be called from any thread.
        failed: is given what went wrong.
        show: cleans the text of a warning before pytest keeps it for its summary.
    """

    def __init__(self, hear: Hear, failed: Callable[[BaseException], None], show: Callable[[str], str]) -> None:
        self._hear = hear
        self._failed = failed
        self._show = show
        self._patches = Patches()
        self._loguru: tuple[Any, int] | None = None
        self._warn: tuple[Any, Any] | None = None

    def start(self) -> None:
        """Begin to listen."""
        handler = _Handler(self._hear, self._failed)
        self._patches.put(logging.Logger, "callHandlers", *_calling(vars(logging.Logger)["callHandlers"], handler))
        read = vars(pytest.CaptureFixture)["readouterr"]
        self._patches.put(pytest.CaptureFixture, "readouterr", *_reading(read, self._hear, self._failed))

    def resume(self) -> None:
        """Listen also to what has come up since, and to what pytest sets anew for each phase of a test."""
        if self._loguru is None and "loguru" in sys.modules:
            self._put_loguru(sys.modules["loguru"].logger)
        if self._warn is None or warnings.showwarning is not self._warn[1]:
            before = warnings.showwarning
            ours = _warning(before, self._hear, self._failed, self._show)
            self._warn = before, ours
            warnings.showwarning = ours

    def stop(self) -> None:
        """Put everything back."""
        self._patches.undo()
        if self._warn is not None and warnings.showwarning is self._warn[1]:
            warnings.showwarning = self._warn[0]
        if self._loguru is not None:
            logger, number = self._loguru
            self._loguru = None
            with contextlib.suppress(ValueError):  # somebody has removed it in a way of their own
                logger.remove(number)

    def _put_loguru(self, logger: Any) -> None:
        hear, failed = self._hear, self._failed

        def sink(message: Any) -> None:
            try:
                record = message.record
                place = f"{_short(record['file'].path)}:{record['line']}"
                where = f"the record of loguru's {record['name']!r}, {record['level'].name}, {place}"
                hear(where, str(message), [dict(record["extra"])], lined=False)
            except Exception as error:
                failed(error)

        def add() -> None:
            # Neither local variables nor colours: those of the service's own sinks are in what it writes.
            options = {"level": 0, "backtrace": False, "diagnose": False, "colorize": False}
            self._loguru = logger, logger.add(sink, format="{message}", **options)

        add()
        original = vars(type(logger))["remove"]

        def remove(this: Any, handler_id: int | None = None) -> None:
            original(this, handler_id)
            # Services begin with ``logger.remove()``, which means the sinks there are.
            if self._loguru is not None and handler_id in (None, self._loguru[1]):
                add()

        self._patches.put(type(logger), "remove", remove)


class _Handler(logging.Handler):
    """Is given every record first, as it would come out of any handler."""

    def __init__(self, hear: Hear, failed: Callable[[BaseException], None]) -> None:
        super().__init__()
        self._hear = hear
        self._failed = failed

    def emit(self, record: logging.LogRecord) -> None:
        try:
            where = f"the log record of logger {record.name!r}, {record.levelname}, "
            where += f"{_short(record.pathname)}:{record.lineno}"
            extra = {name: value for name, value in vars(record).items() if name not in STANDARD}
            names = {name: getattr(record, name, None) for name in _NAMES}
            structures = [*([record.args] if record.args else []), *([extra] if extra else [])]
            # A formatter leaves its traceback in the record: other handlers shall find it as it was.
            text = "\n".join((self._text(copy.copy(record)), *(str(name) for name in names.values() if name)))
            self._hear(where, text, structures, lined=False)
        except Exception as error:
            self._failed(error)

    def _text(self, record: logging.LogRecord) -> str:
        try:
            return self.format(record)
        except Exception:
            # As the handlers of the service, which report it on the standard error stream.
            return f"{record.msg}"


def _calling(original: Any, handler: logging.Handler) -> tuple[Any, Callable[[], None]]:
    heard: logging.Handler | None = handler

    def callHandlers(self: logging.Logger, record: logging.LogRecord) -> None:  # noqa: N802
        if heard is not None:
            heard.handle(record)
        original(self, record)

    def retire() -> None:
        nonlocal heard
        heard = None

    return callHandlers, retire


def _reading(original: Any, hear: Hear, failed: Callable[[BaseException], None]) -> tuple[Any, Callable[[], None]]:
    active = True

    def readouterr(self: Any) -> Any:
        taken = original(self)
        if active:
            try:
                for name, text in (("stdout", taken.out), ("stderr", taken.err)):
                    written = text if isinstance(text, str) else text.decode("utf-8", "surrogateescape")
                    if written:
                        hear(f"{name} as the test read it", written, [], lined=True)
            except Exception as error:
                failed(error)
        return taken

    def retire() -> None:
        nonlocal active
        active = False

    return readouterr, retire


def _warning(before: Any, hear: Hear, failed: Callable[[BaseException], None], show: Callable[[str], str]) -> Any:
    def showwarning(message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> Any:
        shown = message
        try:
            text = str(message)
            hear(f"the {category.__name__} at {_short(filename)}:{lineno}", text, [], lined=False)
            clean = show(text)
            if clean != text:
                shown = _like(message, clean)
        except Exception as error:
            failed(error)
            shown = UserWarning("[logscrub: warning not shown]")
        return before(shown, category, filename, lineno, file, line)

    return showwarning


def _like(message: Any, text: str) -> Any:
    """A warning of the same type with another text, if it can be made so."""
    if not isinstance(message, Warning):
        return text
    try:
        twin = type(message)(text)
        return twin if str(twin) == text else UserWarning(text)
    except Exception:
        return UserWarning(text)


def _short(path: str) -> str:
    """A path as it is read most easily: from the working directory, if it lies below."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return path
    return path if relative.startswith(os.pardir) else relative
