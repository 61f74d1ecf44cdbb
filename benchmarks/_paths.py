"""Every way a value leaves a service that logs: one small program for each.

A path is given a :class:`Service` and writes at least once what it plants, together with :data:`BENIGN`. It returns
what was done to the application beyond logging (its own exception changed, a generator used up), or ``None``.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import http.server
import io
import json
import logging
import logging.config
import logging.handlers
import multiprocessing
import queue
import socketserver
import sys
import threading
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from _filters import EMAIL, KEYED, PASSWORD, PIN, TOKEN, Parts

BENIGN = "shipment-4711"
VALUES = {"token": TOKEN, "email": EMAIL, "password": PASSWORD, "keyed": KEYED, "pin": str(PIN)}
TEXT = f"{BENIGN} {TOKEN} {EMAIL} password={PASSWORD} done"
FIELDS: dict[str, Any] = {"password": KEYED, "pin": PIN}
DEEP: dict[str, Any] = {"context": {"users": [{"password": KEYED, "pin": PIN}, (TOKEN, {"mail": EMAIL})]}}


class Way(NamedTuple):
    """One way out.

    Attributes:
        library: ``"logging"``, ``"loguru"`` or ``"structlog"``; ``"control"`` for those that only show which of the
            planted values a tool takes out at all.
        plants: names of :data:`VALUES` it writes.
        late: it starts the filter itself, after something was set up.
        crashes: its exception is meant to reach the interpreter.
    """

    library: str
    name: str
    plants: tuple[str, ...]
    run: Callable[[Service], object]
    late: bool
    crashes: bool


PATHS: list[Way] = []
Run = Callable[["Service"], object]


def path(
    library: str, name: str, plants: str = "token email password", *, late: bool = False, crashes: bool = False
) -> Callable[[Run], Run]:
    """Enter a path into the list."""

    def enter(run: Run) -> Run:
        PATHS.append(Way(library, name, tuple(plants.split()), run, late, crashes))
        return run

    return enter


class Service:
    """What a path has to work with: the filter, and a folder all sinks write to."""

    def __init__(self, parts: Parts, folder: Path) -> None:
        self.parts = parts
        self.folder = folder
        self.received: list[bytes] = []
        self.root = logging.getLogger()
        self.root.setLevel(logging.INFO)
        stream = logging.StreamHandler()
        stream.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        self.root.addHandler(stream)
        self.log = logging.getLogger("shop")

    def start(self) -> None:
        """Put the filter in place, as the first thing the service does; its root handler is there."""
        if self.parts.start:
            self.parts.start()
        self.protect(self.root.handlers[0])

    def protect(self, handler: logging.Handler) -> Any:
        """Give a handler that the service sets up when it starts what the filter has for handlers."""
        if self.parts.handler:
            self.parts.handler(handler)
        return handler

    def only(self, handler: logging.Handler) -> Any:
        """Make a handler, protected, the only one of the root logger."""
        self.root.handlers[:] = []
        self.root.addHandler(self.protect(handler))
        return handler

    def loguru(self, sink: Any = None, **options: Any) -> Any:
        """Return loguru's logger with one sink, and the filter's patcher."""
        from loguru import logger

        logger.remove()
        logger.add(sink if sink is not None else sys.stderr, **{"colorize": False, **options})
        if self.parts.patcher:
            logger.configure(patcher=self.parts.patcher)
        return logger

    def processors(self, *before: Any, renderer: Any) -> list[Any]:
        """Return processors of structlog with those of the filter where it wants them."""
        rendered = self.parts.rendered
        last = [lambda logger, name, event: rendered(event) if isinstance(event, str) else event] if rendered else []
        return [*before, *([self.parts.processor] if self.parts.processor else []), renderer, *last]

    def structlog(self, *before: Any, renderer: Any, **options: Any) -> Any:
        """Configure structlog; return a logger."""
        import structlog

        structlog.configure(
            processors=self.processors(*before, renderer=renderer), **{"cache_logger_on_first_use": False, **options}
        )
        return structlog.get_logger("shop")

    def serve(self, handler: type[socketserver.BaseRequestHandler], server: Any = socketserver.TCPServer) -> Any:
        """Start a server on a free port; whatever it receives counts as written."""
        made = server(("127.0.0.1", 0), handler)
        made.received = self.received
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return made

    def arrived(self, wanted: int = 1) -> None:
        """Wait until so many messages came over the network, or long enough."""
        for _ in range(100):
            if len(self.received) >= wanted:
                return
            threading.Event().wait(0.02)


def fail() -> None:
    """Raise what the paths log."""
    raise ValueError(TEXT)


class Says:
    """An object that shows a text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


@dataclasses.dataclass
class Account:
    """What a service might log as a whole."""

    name: str
    password: str
    pin: int
    token: str


class Json(logging.Formatter):
    """Writes the attributes of a record as JSON, as many services do with a formatter of their own."""

    _known = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        """Write a line."""
        more = {name: value for name, value in record.__dict__.items() if name not in self._known}
        return json.dumps({"message": record.getMessage(), **more}, default=str)


def stderr(formatter: logging.Formatter) -> logging.Handler:
    """Return a handler with this formatter."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    return handler


# --- what a tool knows

_PLAIN = {"token": f"{BENIGN} {TOKEN}", "email": f"{BENIGN} {EMAIL}", "password": f"{BENIGN} password={PASSWORD}"}
_FIELD = {"keyed": {"password": KEYED}, "pin": {"pin": PIN}}


def _control_logging(service: Service, kind: str) -> None:
    service.only(stderr(Json()))
    service.log.info(_PLAIN.get(kind, BENIGN), extra=_FIELD.get(kind))


def _control_loguru(service: Service, kind: str) -> None:
    service.loguru(format="{message} {extra}").bind(**_FIELD.get(kind, {})).info(_PLAIN.get(kind, BENIGN))


def _control_structlog(service: Service, kind: str) -> None:
    log = service.structlog(renderer=_structlog().processors.JSONRenderer())
    log.info(_PLAIN.get(kind, BENIGN), **_FIELD.get(kind, {}))


for _kind in VALUES:
    for _control in (_control_logging, _control_loguru, _control_structlog):
        path("control", f"{_control.__name__}({_kind})", _kind)(functools.partial(_control, kind=_kind))


# --- logging: what is in the record


@path("logging", "message")
def _(service: Service) -> None:
    service.log.info(TEXT)


@path("logging", "template and argument: `'password=%s', value`", "token password")
def _(service: Service) -> None:
    service.log.info("shipment-4711 password=%s for %s", PASSWORD, TOKEN)


@path("logging", "one value split over two arguments", "token")
def _(service: Service) -> None:
    service.log.info("shipment-4711 with %s%s done", TOKEN[:13], TOKEN[13:])


@path("logging", "`extra=`, written by a JSON formatter", "keyed pin")
def _(service: Service) -> None:
    service.only(stderr(Json()))
    service.log.info(BENIGN, extra=FIELDS)


@path("logging", "`extra=`, written by the format string alone: `%(password)s`", "keyed pin")
def _(service: Service) -> None:
    service.only(stderr(logging.Formatter("%(message)s %(password)s %(pin)s")))
    service.log.info(BENIGN, extra=FIELDS)


@path("logging", "`extra=`, deep", "token email keyed pin")
def _(service: Service) -> None:
    service.only(stderr(Json()))
    service.log.info(BENIGN, extra=DEEP)


@path("logging", "`extra=`, deep, written by the format string", "token email keyed pin")
def _(service: Service) -> None:
    service.only(stderr(logging.Formatter("%(message)s %(context)s")))
    service.log.info(BENIGN, extra=DEEP)


@path("logging", "argument with `__str__`")
def _(service: Service) -> None:
    service.log.info("order %s", Says(TEXT))


@path("logging", "argument with `__repr__`")
def _(service: Service) -> None:
    service.log.info("order %r of %s", Says(TEXT), [Says("two")])


@path("logging", "an object as the message")
def _(service: Service) -> None:
    service.log.info(Says(TEXT))


@path("logging", "dataclass as an argument", "token keyed pin")
def _(service: Service) -> None:
    service.log.info("account %s", Account(BENIGN, KEYED, PIN, TOKEN))


@path("logging", "dict as an argument: `'%s', {…}`", "keyed pin")
def _(service: Service) -> None:
    service.log.info("shipment-4711 by %s and %s", {"user": 7, **FIELDS}, 1)


@path("logging", "dict arguments: `'%(password)s', {…}`", "keyed pin")
def _(service: Service) -> None:
    service.log.info("shipment-4711 with %(password)s and %(pin)d", FIELDS)


@path("logging", "bytes")
def _(service: Service) -> None:
    service.log.info("order %s", TEXT.encode())


@path("logging", "exception as an argument")
def _(service: Service) -> str | None:
    error = ValueError(TEXT)
    service.log.info("failed: %s, %r", error, KeyError(TEXT))
    return None if error.args == (TEXT,) else "the exception has other arguments afterwards"


@path("logging", "iterator as an argument, printed by its `__repr__`", "token")
def _(service: Service) -> str | None:
    class Rows:
        def __init__(self) -> None:
            self.left = 3

        def __iter__(self) -> Iterator[int]:
            return self

        def __next__(self) -> int:
            if not self.left:
                raise StopIteration
            self.left -= 1
            return self.left

        def __repr__(self) -> str:
            return f"<rows for {TOKEN}>"

    rows, more = Rows(), (n for n in range(3))
    service.log.info("shipment-4711 %s %s", rows, more)
    return None if len(list(rows)) == len(list(more)) == 3 else "an iterator was used up"


# --- logging: tracebacks


@path("logging", "traceback: `exc_info`")
def _(service: Service) -> None:
    try:
        fail()
    except ValueError:
        service.log.exception("order failed")


@path("logging", "traceback: `__cause__`")
def _(service: Service) -> None:
    try:
        try:
            fail()
        except ValueError as error:
            raise KeyError("order") from error
    except KeyError:
        service.log.exception("order failed")


@path("logging", "traceback: `__context__`")
def _(service: Service) -> None:
    try:
        try:
            fail()
        except ValueError:
            {}["order"]
    except KeyError:
        service.log.exception("order failed")


@path("logging", "traceback: exception group")
def _(service: Service) -> None:
    try:
        raise ExceptionGroup("orders", [KeyError("a"), ExceptionGroup("more", [ValueError(TEXT)])])
    except ExceptionGroup:
        service.log.exception("orders failed")


@path("logging", "traceback: `__notes__`")
def _(service: Service) -> None:
    error = ValueError("order")
    error.add_note(TEXT)
    service.log.error("order failed", exc_info=error)


@path("logging", "traceback: source lines")
def _(service: Service) -> None:
    source = service.folder.parent / "client.py"
    source.write_text(f"def call():\n    raise ValueError('x')  # {TEXT}\n", "utf-8")
    space: dict[str, Any] = {}
    exec(compile(source.read_text("utf-8"), str(source), "exec"), space)
    try:
        space["call"]()
    except ValueError:
        service.log.exception("order failed")


@path("logging", "`stack_info`")
def _(service: Service) -> None:
    source = service.folder.parent / "client.py"
    source.write_text(f"def call(log):\n    log.info('order', stack_info=True)  # {TEXT}\n", "utf-8")
    space: dict[str, Any] = {}
    exec(compile(source.read_text("utf-8"), str(source), "exec"), space)
    space["call"](service.log)


@path("logging", "a later handler still gets the exception (kept)")
def _(service: Service) -> str | None:
    seen: list[Any] = []

    class Tracker(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.exc_info)

    service.root.addHandler(service.protect(Tracker()))
    try:
        fail()
    except ValueError as error:
        service.log.exception("order failed")
        kept = seen and seen[0] and seen[0][0] is ValueError
        # The same places; what their variables hold is another matter.
        kept = kept and traceback.extract_tb(seen[0][2]) == traceback.extract_tb(error.__traceback__)
    return None if kept else "a later handler gets no exception"


@path("logging", "the live exception stays as it is (kept)")
def _(service: Service) -> str | None:
    try:
        fail()
    except ValueError as error:
        service.log.exception("order failed")
        return None if error.args == (TEXT,) else "the application's exception is changed"
    return None


# --- logging: where the record comes from and goes to


@path("logging", "child logger")
def _(service: Service) -> None:
    logging.getLogger("shop.orders.deep").info(TEXT)


@path("logging", "handler added later")
def _(service: Service) -> None:
    service.root.addHandler(logging.FileHandler(service.folder / "later.log"))
    service.log.info(TEXT)


@path("logging", "`dictConfig` later")
def _(service: Service) -> None:
    handler = {"class": "logging.StreamHandler", "formatter": "plain"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"plain": {"format": "%(message)s"}},
            "handlers": {"out": handler},
            "root": {"level": "INFO", "handlers": ["out"]},
        }
    )
    service.log.info(TEXT)


@path("logging", "`basicConfig(force=True)` later")
def _(service: Service) -> None:
    logging.basicConfig(level=logging.INFO, force=True)
    service.log.info(TEXT)


@path("logging", "`propagate=False` with a handler of its own")
def _(service: Service) -> None:
    server = logging.getLogger("server")
    server.propagate = False
    server.addHandler(logging.StreamHandler())
    server.info(TEXT)


@path("logging", "`logging.lastResort`")
def _(service: Service) -> None:
    service.root.handlers[:] = []
    service.log.warning(TEXT)


@path("logging", "handler made before the filter", late=True)
def _(service: Service) -> None:
    handler = logging.StreamHandler()
    logging.getLogger("early").addHandler(handler)
    service.start()
    service.protect(handler)
    logging.getLogger("early").info(TEXT)


@path("logging", "record factory of the application", "token email password keyed")
def _(service: Service) -> None:
    service.only(stderr(Json()))
    before = logging.getLogRecordFactory()

    def make(*args: Any, **options: Any) -> logging.LogRecord:
        record = before(*args, **options)
        record.request = {"password": KEYED}
        return record

    logging.setLogRecordFactory(make)
    service.log.info(TEXT)


@path("logging", "`makeLogRecord`, handled directly")
def _(service: Service) -> None:
    service.log.handle(logging.makeLogRecord({"msg": TEXT, "levelno": 20, "levelname": "INFO"}))


@path("logging", "`LoggerAdapter`", "token keyed")
def _(service: Service) -> None:
    service.only(stderr(Json()))
    logging.LoggerAdapter(service.log, {"password": KEYED}).info("shipment-4711 %s", TOKEN)


@path("logging", "two handlers, the second unprotected (order)")
def _(service: Service) -> str | None:
    seen: list[Any] = []

    class First(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            record.msg = record.msg.replace("done", "seen")

    class Last(logging.StreamHandler):  # type: ignore[type-arg]
        def emit(self, record: logging.LogRecord) -> None:
            seen.append((record.msg, record.args))
            super().emit(record)

    service.root.handlers[:] = [Last(), service.root.handlers[0]]
    service.log.info(TEXT)


@path("logging", "a formatter that unpacks five arguments", "token email")
def _(service: Service) -> None:
    class AccessFormatter(logging.Formatter):
        def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
            client, method, target, version, status = record.args  # type: ignore[misc]
            return f"{client} {method} {target} HTTP/{version} {int(status)}"  # type: ignore[call-overload]

    service.only(stderr(AccessFormatter()))
    target = f"/{BENIGN}?token={TOKEN}&mail={EMAIL}"
    service.log.info('%s - "%s %s HTTP/%s" %d', "10.0.0.1:5", "GET", target, "1.1", 200)


@path("logging", "`QueueHandler`, the listener's handler unprotected")
def _(service: Service) -> None:
    records: queue.SimpleQueue[Any] = queue.SimpleQueue()
    service.only(logging.handlers.QueueHandler(records))
    listener = logging.handlers.QueueListener(records, logging.StreamHandler())
    listener.start()
    service.log.info(TEXT)
    listener.stop()


@path("logging", "`QueueHandler`: what lies in the queue")
def _(service: Service) -> None:
    records: queue.SimpleQueue[Any] = queue.SimpleQueue()
    service.only(logging.handlers.QueueHandler(records))
    service.log.info(TEXT)
    print({name: str(value) for name, value in vars(records.get()).items()})


@path("logging", "`MemoryHandler`, flushed into an unprotected handler")
def _(service: Service) -> None:
    memory = service.only(logging.handlers.MemoryHandler(10, target=logging.StreamHandler()))
    service.log.info(TEXT)
    memory.flush()


class _Stream(socketserver.StreamRequestHandler):
    timeout = 5

    def handle(self) -> None:
        while data := self.rfile.read1(65536):  # type: ignore[attr-defined]
            self.server.received.append(data)  # type: ignore[attr-defined]


class _Datagram(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.server.received.append(self.request[0])  # type: ignore[attr-defined]


@path("logging", "`SocketHandler`: the pickle")
def _(service: Service) -> None:
    server = service.serve(_Stream)
    service.only(logging.handlers.SocketHandler(*server.server_address))
    service.log.info("%s", TEXT, extra={"password": PASSWORD})
    service.arrived()


@path("logging", "`DatagramHandler`: the pickle")
def _(service: Service) -> None:
    server = service.serve(_Datagram, socketserver.UDPServer)
    service.only(logging.handlers.DatagramHandler(*server.server_address))
    service.log.info("%s", TEXT)
    service.arrived()


@path("logging", "`SysLogHandler`")
def _(service: Service) -> None:
    server = service.serve(_Datagram, socketserver.UDPServer)
    service.only(logging.handlers.SysLogHandler(server.server_address))
    service.log.info(TEXT)
    service.arrived()


@path("logging", "`HTTPHandler`", "token email password keyed")
def _(service: Service) -> None:
    class Receives(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.received.append(body)  # type: ignore[attr-defined]
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = service.serve(Receives)
    service.only(logging.handlers.HTTPHandler(f"127.0.0.1:{server.server_address[1]}", "/log", "POST"))
    service.log.info("%s", TEXT, extra={"password": KEYED})
    service.arrived()


@path("logging", "`SMTPHandler`: the mail and its subject")
def _(service: Service) -> None:
    class Mail(socketserver.StreamRequestHandler):
        timeout = 5

        def handle(self) -> None:
            self.wfile.write(b"220 hello\r\n")
            body = b""
            inside = False
            for line in self.rfile:
                body += line
                if inside:
                    if line == b".\r\n":
                        inside = False
                        self.wfile.write(b"250 ok\r\n")
                elif line[:4].upper() == b"DATA":
                    inside = True
                    self.wfile.write(b"354 go on\r\n")
                elif line[:4].upper() == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    break
                else:
                    self.wfile.write(b"250 ok\r\n")
            self.server.received.append(body)  # type: ignore[attr-defined]

    class Subject(logging.handlers.SMTPHandler):
        def getSubject(self, record: logging.LogRecord) -> str:  # noqa: N802
            return record.getMessage()

    server = service.serve(Mail)
    service.only(Subject(server.server_address, "a@localhost", ["b@localhost"], "log", timeout=5))
    service.log.info("%s", TEXT)
    service.arrived()


@path("logging", "`FileHandler` and `RotatingFileHandler`")
def _(service: Service) -> None:
    service.only(logging.FileHandler(service.folder / "service.log"))
    service.root.addHandler(service.protect(logging.handlers.RotatingFileHandler(service.folder / "turning.log")))
    service.log.info(TEXT)


@path("logging", "duck-typed handler in `logger.handlers`")
def _(service: Service) -> None:
    class Duck:
        level = 0

        def handle(self, record: logging.LogRecord) -> None:
            print(record.getMessage())

    service.log.handlers.append(Duck())  # type: ignore[arg-type]
    service.log.info(TEXT)


@path("logging", "handler class with a `handle` of its own")
def _(service: Service) -> None:
    class Own(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            print(record.getMessage())
            return True

    service.only(Own())
    service.log.info(TEXT)


@path("logging", "handler class with a `format` of its own")
def _(service: Service) -> None:
    class Own(logging.StreamHandler):  # type: ignore[type-arg]
        def format(self, record: logging.LogRecord) -> str:
            return f"own {record.getMessage()}"

    service.only(Own())
    service.log.info(TEXT)


@path("logging", "handler with a `handle` set on the object")
def _(service: Service) -> None:
    handler = service.only(logging.StreamHandler())
    handler.handle = lambda record: print(record.getMessage())
    service.log.info(TEXT)


@path("logging", "handler with an `emit` set on the object")
def _(service: Service) -> None:
    handler = service.only(logging.StreamHandler())
    handler.emit = lambda record: print(record.getMessage())
    service.log.info(TEXT)


@path("logging", "handler that reads `record.args`", "token email password")
def _(service: Service) -> None:
    class Reads(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            print(record.msg, record.args)

    service.only(Reads())
    service.log.info("shipment-4711 %s %s password=%s", TOKEN, EMAIL, PASSWORD)


@path("logging", "handler that reads `record.__dict__`", "token email password keyed pin")
def _(service: Service) -> None:
    class Reads(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            print(record.__dict__)

    service.only(Reads())
    service.log.info("%s", TEXT, extra=FIELDS)


@path("logging", "handler that writes the live exception", "token email password")
def _(service: Service) -> None:
    class Reads(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info:
                print("".join(traceback.format_exception(record.exc_info[1])))

    service.only(Reads())
    try:
        fail()
    except ValueError:
        service.log.exception("order failed")


@path("logging", "python-json-logger", "token email password keyed pin")
def _(service: Service) -> None:
    from pythonjsonlogger.json import JsonFormatter

    service.only(stderr(JsonFormatter("%(levelname)s %(message)s")))
    service.log.info(TEXT, extra={**FIELDS, **DEEP})


@path("logging", "`RichHandler`")
def _(service: Service) -> None:
    from rich.logging import RichHandler

    service.only(RichHandler())
    service.log.info(TEXT)


@path("logging", "`RichHandler` with local variables", "token email password keyed")
def _(service: Service) -> None:
    from rich.logging import RichHandler

    service.only(RichHandler(rich_tracebacks=True, tracebacks_show_locals=True))
    service.log.info(BENIGN)
    password = KEYED
    try:
        assert password
        fail()
    except ValueError:
        service.log.exception("order failed")


# --- logging: when logging itself fails


@path("logging", "`handleError`: the formatter fails")
def _(service: Service) -> None:
    service.only(stderr(logging.Formatter("%(message)s %(nothing)s")))
    service.log.info("%s", TEXT)


@path("logging", "wrong number of arguments")
def _(service: Service) -> None:
    service.log.info("shipment-4711 %s %s", TEXT)  # noqa: PLE1206


@path("logging", "an argument whose `__str__` raises")
def _(service: Service) -> None:
    class Fails:
        def __repr__(self) -> str:
            raise RuntimeError(TEXT)

    service.log.info("shipment-4711 %s", Fails())


@path("logging", "a circular structure", "token keyed")
def _(service: Service) -> None:
    ring: dict[str, Any] = {"id": BENIGN, "token": TOKEN, "password": KEYED}
    ring["self"] = [ring]
    service.log.info("order %s", [ring])


@path("logging", "a structure that holds a lock", "token keyed")
def _(service: Service) -> None:
    service.log.info("order %s", [{"id": BENIGN, "lock": threading.Lock(), "token": TOKEN, "password": KEYED}])


@path("logging", "a sink that fails")
def _(service: Service) -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(f"cannot write {text}")

    service.only(logging.StreamHandler(Broken()))
    service.log.info("%s", TEXT)


# --- past logging


@path("logging", "`warnings.captureWarnings`")
def _(service: Service) -> None:
    logging.captureWarnings(True)
    warnings.warn(TEXT, stacklevel=1)


@path("logging", "`warnings.warn`, not captured")
def _(service: Service) -> None:
    warnings.warn(TEXT, stacklevel=1)


@path("logging", "uncaught exception: `sys.excepthook`", crashes=True)
def _(service: Service) -> None:
    fail()


@path("logging", "uncaught exception of a thread: `threading.excepthook`")
def _(service: Service) -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


@path("logging", "exception in `__del__`: `sys.unraisablehook`")
def _(service: Service) -> None:
    class Closes:
        def __del__(self) -> None:
            fail()

    Closes()


@path("logging", "asyncio: the exception of a task nobody awaits")
def _(service: Service) -> None:
    async def work() -> None:
        fail()

    async def main() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0.01)
        del task

    asyncio.run(main())


@path("logging", "asyncio: `call_exception_handler`", "token email password keyed")
def _(service: Service) -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_exception_handler({"message": TEXT, "password": KEYED})

    asyncio.run(main())


@path("logging", "`traceback.print_exc`")
def _(service: Service) -> None:
    try:
        fail()
    except ValueError:
        traceback.print_exc()


# --- worker processes


def worker_logs(text: str) -> None:
    """What a worker does that logs."""
    logging.basicConfig(level=logging.INFO)
    logging.getLogger("worker").info(text)


def worker_crashes(text: str) -> None:
    """What a worker does that fails."""
    raise ValueError(text)


def _worker(service: Service, start: str, target: Callable[[str], None]) -> None:
    child = multiprocessing.get_context(start).Process(target=target, args=(TEXT,))  # type: ignore[attr-defined]
    child.start()
    child.join(25)


for _start, _says in (("fork", "forked worker"), ("spawn", "spawned worker, in which nothing was set up,")):
    for _does, _target in (("logs", worker_logs), ("crashes", worker_crashes)):
        path("logging", f"{_says} that {_does}")(functools.partial(_worker, start=_start, target=_target))


# --- loguru


@path("loguru", "message")
def _(service: Service) -> None:
    service.loguru().info(TEXT)


@path("loguru", "template and argument", "token password")
def _(service: Service) -> None:
    service.loguru().info("shipment-4711 password={} for {}", PASSWORD, TOKEN)


@path("loguru", "keyword arguments, in the message and in `extra`", "keyed pin")
def _(service: Service) -> None:
    service.loguru(format="{message} {extra}").info("shipment-4711 with password={password}", **FIELDS)


@path("loguru", "`bind`", "keyed pin")
def _(service: Service) -> None:
    service.loguru(format="{message} {extra}").bind(**FIELDS).info(BENIGN)


@path("loguru", "`bind`, deep", "token email keyed pin")
def _(service: Service) -> None:
    service.loguru(format="{message} {extra}").bind(**DEEP).info(BENIGN)


@path("loguru", "`{extra[password]}` alone in the format", "keyed pin")
def _(service: Service) -> None:
    service.loguru(format="{message} {extra[password]} {extra[pin]}").bind(**FIELDS).info(BENIGN)


@path("loguru", "`contextualize`", "keyed pin")
def _(service: Service) -> None:
    logger = service.loguru(format="{message} {extra}")
    with logger.contextualize(**FIELDS):
        logger.info(BENIGN)


@path("loguru", "`patch` of the application", "token keyed")
def _(service: Service) -> None:
    logger = service.loguru(format="{message} {extra}")

    def add(record: Any) -> None:
        record["message"] += f" {TOKEN}"
        record["extra"]["password"] = KEYED

    logger.patch(add).info(BENIGN)


@path("loguru", "`configure(patcher=…)` of the application, later", "token keyed")
def _(service: Service) -> None:
    logger = service.loguru(format="{message} {extra}")
    logger.configure(patcher=lambda record: record["extra"].update(password=KEYED))
    logger.info("shipment-4711 {}", TOKEN)  # noqa: PLE1205


@path("loguru", "`configure(patcher=None)` later")
def _(service: Service) -> None:
    logger = service.loguru()
    logger.configure(patcher=None)
    logger.info(TEXT)


@path("loguru", "`configure(handlers=…)` later")
def _(service: Service) -> None:
    logger = service.loguru()
    logger.configure(handlers=[{"sink": sys.stdout, "format": "{message}"}])
    logger.info(TEXT)


@path("loguru", "`opt(exception=…)`, without `diagnose`")
def _(service: Service) -> None:
    logger = service.loguru(diagnose=False, backtrace=False)
    logger.opt(exception=ValueError(TEXT)).error("order failed")


@path("loguru", "`exception`, with `diagnose` (the default): local variables", "token email password keyed")
def _(service: Service) -> str | None:
    logger = service.loguru()
    logger.info(BENIGN)
    password = KEYED
    try:
        raise ValueError(TEXT, len(password))
    except ValueError as error:
        logger.exception("order failed")
        return None if error.args == (TEXT, len(KEYED)) else "the application's exception is changed"
    return None


@path("loguru", "`backtrace`: frames above the one that catches", "token keyed")
def _(service: Service) -> None:
    logger = service.loguru(backtrace=True)
    logger.info(BENIGN)

    def inner(token: str, password: str) -> None:
        try:
            {}[token]
        except KeyError:
            logger.exception("order failed")

    token, password = TOKEN, KEYED
    inner(token, password)


@path("loguru", "`catch` around a function", "token email password keyed")
def _(service: Service) -> None:
    logger = service.loguru()

    @logger.catch
    def work(password: str) -> None:
        raise ValueError(TEXT, len(password))

    password = KEYED
    work(password)


@path("loguru", "`catch` around a function, in a chain of exceptions")
def _(service: Service) -> None:
    logger = service.loguru(diagnose=False)
    with logger.catch():
        try:
            fail()
        except ValueError as error:
            raise KeyError("order") from error


@path("loguru", "`serialize`", "token email password keyed pin")
def _(service: Service) -> None:
    logger = service.loguru(serialize=True).bind(**FIELDS)
    logger.info(BENIGN)
    try:
        fail()
    except ValueError:
        logger.exception("order failed")


@path("loguru", "failing sink: the report on stderr", "token email password keyed")
def _(service: Service) -> None:
    def broken(message: Any) -> None:
        raise OSError("full")

    service.loguru(broken).bind(password=KEYED).info(TEXT)


@path("loguru", "`enqueue`")
def _(service: Service) -> None:
    logger = service.loguru(enqueue=True)
    logger.info(TEXT)
    logger.complete()


@path("loguru", "`enqueue` with an exception")
def _(service: Service) -> None:
    logger = service.loguru(enqueue=True)
    try:
        fail()
    except ValueError:
        logger.exception("order failed")
    logger.complete()


@path("loguru", "file sink")
def _(service: Service) -> None:
    logger = service.loguru(service.folder / "service.log")
    logger.info(TEXT)
    logger.remove()


@path("loguru", "callable sink that reads `message.record`", "token email password keyed pin")
def _(service: Service) -> None:
    logger = service.loguru(lambda message: print(message.record)).bind(**FIELDS)
    logger.info(BENIGN)
    try:
        fail()
    except ValueError:
        logger.exception("order failed")


@path("loguru", "coroutine sink")
def _(service: Service) -> None:
    async def sink(message: Any) -> None:
        print(message)

    async def main() -> None:
        logger = service.loguru(sink)
        logger.info(TEXT)
        await logger.complete()

    asyncio.run(main())


@path("loguru", "`logging.Handler` as a sink")
def _(service: Service) -> None:
    service.loguru(logging.StreamHandler()).info(TEXT)


@path("loguru", "format function")
def _(service: Service) -> None:
    service.loguru(format=lambda record: "{message} {extra[n]}\n").bind(n=1).info(TEXT)


@path("loguru", "sink added before the filter", late=True)
def _(service: Service) -> None:
    logger = service.loguru()
    service.start()
    logger.info(TEXT)


@path("loguru", "sink added after the filter", "token email password keyed")
def _(service: Service) -> None:
    logger = service.loguru()
    logger.add(sys.stdout, format="{message} {extra}")
    logger.bind(password=KEYED).info(TEXT)


@path("loguru", "`opt(lazy=True)`")
def _(service: Service) -> None:
    service.loguru().opt(lazy=True).info("order {}", lambda: TEXT)


@path("loguru", "`opt(colors=True)`")
def _(service: Service) -> None:
    service.loguru(colorize=True).opt(colors=True).info("<red>order</red> {}", TEXT)


@path("loguru", "`opt(raw=True)`")
def _(service: Service) -> None:
    service.loguru().opt(raw=True).info(TEXT + "\n")


@path("loguru", "`opt(depth=…)`, `opt(capture=False)`", "keyed pin")
def _(service: Service) -> None:
    logger = service.loguru()
    logger.opt(depth=0, capture=False).info("shipment-4711 password={password} pin={pin}", **FIELDS)


@path("loguru", "a value whose `__str__` raises")
def _(service: Service) -> None:
    class Fails:
        def __repr__(self) -> str:
            return TEXT

        def __str__(self) -> str:
            raise RuntimeError(TEXT)

    service.loguru(format="{message} {extra[order]}").bind(order=Fails()).info(BENIGN)


@path("loguru", "`InterceptHandler`: logging into loguru")
def _(service: Service) -> None:
    logger = service.loguru()

    class Intercept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logger.opt(exception=record.exc_info).log(record.levelname, record.getMessage())

    service.only(Intercept())
    service.log.info("%s", TEXT)
    try:
        fail()
    except ValueError:
        service.log.exception("order failed")


@path("loguru", "`PropagateHandler`: loguru into logging", "token email password keyed")
def _(service: Service) -> None:
    class Propagate(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logging.getLogger(record.name).handle(record)

    service.only(stderr(Json()))
    service.loguru(Propagate(), format="{message}").bind(password=KEYED).info(TEXT)


# --- structlog


def _structlog() -> Any:
    import structlog

    return structlog


@path("structlog", "event text")
def _(service: Service) -> None:
    service.structlog(renderer=_structlog().processors.JSONRenderer()).info(TEXT)


@path("structlog", "key values", "keyed pin token")
def _(service: Service) -> None:
    service.structlog(renderer=_structlog().processors.JSONRenderer()).info(BENIGN, order=TOKEN, **FIELDS)


@path("structlog", "the default configuration", "token email password keyed pin")
def _(service: Service) -> None:
    structlog = _structlog()
    structlog.reset_defaults()
    defaults = structlog.get_config()["processors"]
    structlog.configure(processors=service.processors(*defaults[:-1], renderer=defaults[-1]))
    structlog.get_logger().info(TEXT, **FIELDS)


@path("structlog", "`bind`", "keyed pin")
def _(service: Service) -> None:
    service.structlog(renderer=_structlog().processors.JSONRenderer()).bind(**FIELDS).info(BENIGN)


@path("structlog", "contextvars", "keyed pin")
def _(service: Service) -> None:
    structlog = _structlog()
    structlog.contextvars.bind_contextvars(**FIELDS)
    merge = structlog.contextvars.merge_contextvars
    service.structlog(merge, renderer=structlog.processors.JSONRenderer()).info(BENIGN)


@path("structlog", "nested structures", "token email keyed pin")
def _(service: Service) -> None:
    service.structlog(renderer=_structlog().processors.JSONRenderer()).info(BENIGN, **DEEP)


@path("structlog", "`KeyValueRenderer`", "token email password keyed pin")
def _(service: Service) -> None:
    service.structlog(renderer=_structlog().processors.KeyValueRenderer()).info(TEXT, **FIELDS)


@path("structlog", "`LogfmtRenderer`", "token email password keyed pin")
def _(service: Service) -> None:
    service.structlog(renderer=_structlog().processors.LogfmtRenderer()).info(TEXT, **FIELDS)


@path("structlog", "`ConsoleRenderer`, with colours", "token email password keyed pin")
def _(service: Service) -> None:
    service.structlog(renderer=_structlog().dev.ConsoleRenderer(colors=True)).info(TEXT, **FIELDS)


@path("structlog", "a renderer of the application", "token email password keyed")
def _(service: Service) -> None:
    def render(logger: Any, name: str, event: Any) -> str:
        return "; ".join(str(value) for value in event.values())

    service.structlog(renderer=render).info(TEXT, password=KEYED)


@path("structlog", "`exc_info` with `format_exc_info`")
def _(service: Service) -> None:
    structlog = _structlog()
    log = service.structlog(structlog.processors.format_exc_info, renderer=structlog.processors.JSONRenderer())
    try:
        fail()
    except ValueError:
        log.exception("order failed")


@path("structlog", "`exc_info`, rendered after the processors")
def _(service: Service) -> None:
    structlog = _structlog()
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    log = service.structlog(renderer=plain)
    try:
        fail()
    except ValueError:
        log.exception("order failed")


@path("structlog", "`dict_tracebacks`, with local variables (the default)", "token email password keyed")
def _(service: Service) -> None:
    structlog = _structlog()
    log = service.structlog(structlog.processors.dict_tracebacks, renderer=structlog.processors.JSONRenderer())
    log.info(BENIGN)
    password = KEYED
    try:
        assert password
        fail()
    except ValueError:
        log.exception("order failed")


@path("structlog", "`ConsoleRenderer` with Rich, with local variables", "token email password keyed")
def _(service: Service) -> None:
    structlog = _structlog()
    rich = structlog.dev.RichTracebackFormatter(show_locals=True, width=300)
    log = service.structlog(renderer=structlog.dev.ConsoleRenderer(colors=False, exception_formatter=rich))
    log.info(BENIGN)
    password = KEYED
    try:
        assert password
        fail()
    except ValueError:
        log.exception("order failed")


@path("structlog", "`stack_info`")
def _(service: Service) -> None:
    structlog = _structlog()
    source = service.folder.parent / "client.py"
    source.write_text(f"def call(log):\n    log.info('order', stack_info=True)  # {TEXT}\n", "utf-8")
    space: dict[str, Any] = {}
    exec(compile(source.read_text("utf-8"), str(source), "exec"), space)
    stack = structlog.processors.StackInfoRenderer()
    space["call"](service.structlog(stack, renderer=structlog.processors.JSONRenderer()))


@path("structlog", "`PrintLogger` to a stream")
def _(service: Service) -> None:
    structlog = _structlog()
    factory = structlog.PrintLoggerFactory(sys.stderr)
    service.structlog(renderer=structlog.processors.KeyValueRenderer(), logger_factory=factory).info(TEXT)


@path("structlog", "`WriteLogger` to a file")
def _(service: Service) -> None:
    structlog = _structlog()
    with open(service.folder / "service.log", "w", encoding="utf-8") as out:
        factory = structlog.WriteLoggerFactory(out)
        service.structlog(renderer=structlog.processors.KeyValueRenderer(), logger_factory=factory).info(TEXT)


@path("structlog", "`BytesLogger`, the renderer returns bytes", "token email password keyed pin")
def _(service: Service) -> None:
    structlog = _structlog()
    renderer = structlog.processors.JSONRenderer(serializer=lambda event, **_: json.dumps(event).encode())
    factory = structlog.BytesLoggerFactory(sys.stdout.buffer)
    service.structlog(renderer=renderer, logger_factory=factory).info(TEXT, **FIELDS)


@path("structlog", "a logger of the application")
def _(service: Service) -> None:
    own = types.SimpleNamespace(info=print)
    structlog = _structlog()
    processors = service.processors(renderer=structlog.processors.KeyValueRenderer())
    structlog.wrap_logger(own, processors=processors, wrapper_class=structlog.BoundLogger).info(TEXT)


@path("structlog", "into logging: `LoggerFactory`")
def _(service: Service) -> None:
    structlog = _structlog()
    options = {"logger_factory": structlog.stdlib.LoggerFactory(), "wrapper_class": structlog.stdlib.BoundLogger}
    service.structlog(renderer=structlog.processors.KeyValueRenderer(), **options).info(TEXT)


@path("structlog", "into logging: `render_to_log_kwargs`", "token email password keyed pin")
def _(service: Service) -> None:
    structlog = _structlog()
    service.only(stderr(Json()))
    options = {"logger_factory": structlog.stdlib.LoggerFactory(), "wrapper_class": structlog.stdlib.BoundLogger}
    service.structlog(renderer=structlog.stdlib.render_to_log_kwargs, **options).info(TEXT, **FIELDS)


@path("structlog", "`ProcessorFormatter`: `wrap_for_formatter`", "token email password keyed pin")
def _(service: Service) -> None:
    structlog = _structlog()
    renderer = structlog.processors.JSONRenderer()
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    formatter = structlog.stdlib.ProcessorFormatter(processors=service.processors(meta, renderer=renderer))
    service.only(stderr(formatter))
    structlog.configure(
        processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    structlog.get_logger("shop").info(TEXT, **FIELDS)


@path("structlog", "`ProcessorFormatter`: records of logging, `foreign_pre_chain`", "token email password keyed pin")
def _(service: Service) -> None:
    structlog = _structlog()
    renderer = structlog.processors.JSONRenderer()
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=service.processors(meta, renderer=renderer),
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), structlog.processors.format_exc_info],
    )
    service.only(stderr(formatter))
    try:
        fail()
    except ValueError:
        service.log.exception("order %s", TOKEN, extra=FIELDS)


@path("structlog", "logger bound and used before the filter (cached)", late=True)
def _(service: Service) -> None:
    structlog = _structlog()
    renderer = structlog.processors.KeyValueRenderer()
    log = service.structlog(renderer=renderer, cache_logger_on_first_use=True)
    log.info("early")
    service.start()
    log.info(TEXT)


@path("structlog", "bound logger kept from before the filter", "token keyed", late=True)
def _(service: Service) -> None:
    structlog = _structlog()
    log = service.structlog(renderer=structlog.processors.KeyValueRenderer()).bind(password=KEYED)
    service.start()
    log.info("shipment-4711 " + TOKEN)


@path("structlog", "`configure` later")
def _(service: Service) -> None:
    structlog = _structlog()
    service.structlog(renderer=structlog.processors.JSONRenderer())
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    structlog.get_logger().info(TEXT)


@path("structlog", "async methods", "token email password keyed")
def _(service: Service) -> None:
    log = service.structlog(renderer=_structlog().processors.JSONRenderer())
    asyncio.run(log.ainfo(TEXT, password=KEYED))


@path("structlog", "positional arguments of the filtering bound logger", "token password")
def _(service: Service) -> None:
    log = service.structlog(renderer=_structlog().processors.JSONRenderer())
    log.info("shipment-4711 password=%s for %s", PASSWORD, TOKEN)


@path("structlog", "positional arguments of the stdlib logger", "token password")
def _(service: Service) -> None:
    structlog = _structlog()
    options = {"wrapper_class": structlog.stdlib.BoundLogger}
    positional = structlog.stdlib.PositionalArgumentsFormatter()
    log = service.structlog(positional, renderer=structlog.processors.JSONRenderer(), **options)
    log.info("shipment-4711 password=%s for %s", PASSWORD, TOKEN)


@path("structlog", "objects with a `__repr__` as values")
def _(service: Service) -> None:
    service.structlog(renderer=_structlog().processors.JSONRenderer()).info("order", what=Says(TEXT))
