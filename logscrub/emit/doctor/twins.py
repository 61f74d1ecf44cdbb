"""Twins of handlers of ``logging``.

No canary is sent through a handler itself, but through a twin: another object of its class with the same attributes,
except for what the handler writes to. What is asked of it are the methods of its class, with all that is patched there.
So nothing is written, no file rolls over, no other thread notices, and there is nothing to put back.
"""

from __future__ import annotations

import io
import logging
import logging.handlers
import threading
from collections.abc import Callable
from typing import Any

from logscrub.emit.doctor.examination import Caught
from logscrub.emit.rings import _genuine


class UntestableError(Exception):
    """A path cannot be tried without writing to it. The message says why."""


def twin_of(handler: Any, caught: Caught) -> Any:
    """Return an object of the class of a handler that writes nowhere.

    Args:
        handler: the handler, which is not touched.
        caught: gets what the twin would write.

    Raises:
        UntestableError: no other object of its class can be made.
    """
    kind = type(handler)
    try:
        twin = object.__new__(kind)
        vars(twin).update(vars(handler))
    except TypeError:
        raise UntestableError(f"no twin of a {kind.__module__}.{kind.__qualname__} can be made") from None
    twin.lock = threading.RLock()
    twin.flush = _nothing
    function = vars(handler).get("emit", getattr(kind, "emit", None))
    catch = _CATCHES.get(function) if _genuine(function) else None
    try:
        (catch or _catch_any)(twin, caught)
    except AttributeError:  # a property of the class takes its place
        _catch_any(twin, caught)
    return twin


def dismiss(twin: Any) -> None:
    """Leave nothing of a twin that a finalizer of its class could close."""
    vars(twin).clear()
    try:
        twin.__class__ = logging.Handler
    except TypeError:
        return


def _catch_stream(twin: Any, caught: Caught) -> None:
    if type(twin) is type(logging.lastResort):
        return  # it writes to what sys.stderr is at that time, and that is ours
    twin.stream = _Stream(caught)
    twin.shouldRollover = _no
    twin.doRollover = twin.reopenIfNeeded = _nothing


def _catch_sent(twin: Any, caught: Caught) -> None:
    make = twin.makePickle

    def make_pickle(record: logging.LogRecord) -> Any:
        caught.record(record)
        return make(record)

    twin.makePickle = make_pickle
    twin.send = caught.write


def _catch_datagrams(twin: Any, caught: Caught) -> None:
    class Socket:
        def send(self, data: bytes) -> None:
            caught.write(data)

        sendall = send

        def sendto(self, data: bytes, address: object) -> None:
            caught.write(data)

    twin.socket = Socket()


def _catch_queued(twin: Any, caught: Caught) -> None:
    def enqueue(record: Any) -> None:
        if isinstance(record, logging.LogRecord):
            caught.record(record)
            if isinstance(record.msg, str) and not record.args:
                caught.write(record.msg)
        else:
            caught.value(record)

    twin.enqueue = enqueue


def _catch_request(twin: Any, caught: Caught) -> None:
    class Connection:
        def putrequest(self, method: str, url: str, *_: object, **__: object) -> None:
            caught.write(url)

        def putheader(self, name: str, *values: object) -> None:
            caught.value(values)

        def endheaders(self, *_: object, **__: object) -> None:
            """Send nothing."""

        def send(self, data: bytes) -> None:
            caught.write(data)

        def getresponse(self) -> None:
            """Wait for nothing."""

    twin.getConnection = lambda *_: Connection()


def _catch_mail(twin: Any, caught: Caught) -> None:
    def emit(record: logging.LogRecord) -> None:
        caught.write(twin.getSubject(record))
        _written(twin, caught, record)

    twin.emit = emit


def _catch_event(twin: Any, caught: Caught) -> None:
    class Log:
        def ReportEvent(self, *values: object) -> None:  # noqa: N802 - the name is that of Windows
            caught.value(values)

    twin._welu = Log()


def _catch_any(twin: Any, caught: Caught) -> None:
    """Take all that an ``emit`` of unknown doing can get at."""

    def emit(record: logging.LogRecord) -> None:
        caught.record(record)
        _written(twin, caught, record)

    twin.emit = emit


def _written(twin: Any, caught: Caught, record: logging.LogRecord) -> None:
    """Format a record as the class does and take the text."""
    if not hasattr(twin, "format"):
        return
    try:
        caught.write(twin.format(record))
    except Exception:
        if hasattr(twin, "handleError"):
            twin.handleError(record)


_CATCHES: dict[Any, Callable[[Any, Caught], None]] = {
    **dict.fromkeys(
        (
            logging.StreamHandler.emit,
            logging.FileHandler.emit,
            logging.handlers.BaseRotatingHandler.emit,
            logging.handlers.WatchedFileHandler.emit,
        ),
        _catch_stream,
    ),
    logging.handlers.SocketHandler.emit: _catch_sent,
    logging.handlers.SysLogHandler.emit: _catch_datagrams,
    logging.handlers.QueueHandler.emit: _catch_queued,
    logging.handlers.HTTPHandler.emit: _catch_request,
    logging.handlers.SMTPHandler.emit: _catch_mail,
    logging.handlers.NTEventLogHandler.emit: _catch_event,
}
"""How to catch what the emit() of the standard library is about to write."""


class _Stream(io.StringIO):
    def __init__(self, caught: Caught) -> None:
        super().__init__()
        self._caught = caught

    def write(self, text: str) -> int:
        self._caught.write(text)
        return len(text)


def _nothing(*_: object, **__: object) -> None:
    return None


def _no(*_: object) -> bool:
    return False


def describe(handler: Any) -> str:
    """Return what a handler is and where it writes to.

    >>> import sys
    >>> describe(logging.StreamHandler(sys.__stdout__))
    'StreamHandler to <stdout>'
    """
    kind = type(handler)
    name = kind.__qualname__
    if kind.__module__ not in ("logging", "logging.handlers"):
        name = f"{kind.__module__}.{name}"
    given = getattr(handler, "name", None)
    if isinstance(given, str) and given:
        name = f"{name} {given!r}"
    where = _where(handler)
    return f"{name} to {where}" if where else name


def _where(handler: Any) -> str:
    values = handler.__dict__ if hasattr(handler, "__dict__") else {}
    if isinstance(values.get("baseFilename"), str):
        return str(values["baseFilename"])
    if handler is logging.lastResort:
        return "<stderr> (the last resort)"
    stream = values.get("stream")
    if stream is not None:
        named = getattr(stream, "name", None)
        return named if isinstance(named, str) else f"a {type(stream).__name__}"
    if isinstance(handler, logging.handlers.SysLogHandler):
        return _address(handler.address)
    if isinstance(handler, logging.handlers.SMTPHandler):
        return _address((handler.mailhost, handler.mailport) if handler.mailport else handler.mailhost)
    if isinstance(handler, logging.handlers.SocketHandler):
        return _address((handler.host, handler.port) if handler.port is not None else handler.host)
    if isinstance(handler, logging.handlers.HTTPHandler):
        return str(handler.host)
    if isinstance(handler, logging.handlers.QueueHandler):
        return "a queue"
    if isinstance(handler, logging.handlers.MemoryHandler):
        return describe(handler.target) if handler.target is not None else "memory"
    return ""


def _address(address: Any) -> str:
    return ":".join(map(str, address[:2])) if isinstance(address, tuple) else str(address)
