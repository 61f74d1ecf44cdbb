"""Handlers that look into the record, ship it or keep it."""

from __future__ import annotations

import copy
import http
import io
import logging
import logging.handlers
import pickle
import queue
import sys
from collections.abc import Callable
from typing import Any

import pytest
from keeping import Keep

from logscrub.emit.installation import install

Closed = Callable[..., str]


def everything(record: logging.LogRecord) -> str:
    return repr(record.__dict__) + record.getMessage()


def test_queue_handler_and_listener(closed: Closed, logger: logging.Logger, token: str) -> None:
    def run() -> str:
        waiting: queue.Queue[logging.LogRecord] = queue.Queue()
        out = io.StringIO()
        keep = Keep()
        listener = logging.handlers.QueueListener(waiting, logging.StreamHandler(out), keep)
        handler = logging.handlers.QueueHandler(waiting)
        logger.addHandler(handler)
        listener.start()
        try:
            raise ValueError(token)
        except ValueError:
            logger.exception("token %s", token, extra={"more": token})
        listener.stop()
        logger.removeHandler(handler)
        return out.getvalue() + everything(keep.records[0])

    closed(run, token)


def test_queued_record(closed: Closed, logger: logging.Logger, token: str) -> None:
    """What is in the queue goes to another process."""

    def run() -> str:
        waiting: queue.Queue[logging.LogRecord] = queue.Queue()
        handler = logging.handlers.QueueHandler(waiting)
        logger.addHandler(handler)
        logger.warning("token %s", token, extra={"more": [token]})
        logger.removeHandler(handler)
        return everything(waiting.get())

    closed(run, token)


def test_memory_handler(closed: Closed, logger: logging.Logger, token: str) -> None:
    def run() -> str:
        keep = Keep()
        memory = logging.handlers.MemoryHandler(10, target=keep)
        logger.addHandler(memory)
        logger.info("token %s", token)
        buffered = everything(memory.buffer[0])
        memory.close()
        logger.removeHandler(memory)
        return buffered + everything(keep.records[0])

    closed(run, token)


def test_socket_pickle(closed: Closed, logger: logging.Logger, token: str) -> None:
    class Wire(logging.handlers.SocketHandler):
        def send(self, s: Any) -> None:
            sent.append(s)

    sent: list[bytes] = []

    def run() -> str:
        handler = Wire("localhost", 9)
        logger.addHandler(handler)
        try:
            raise ValueError(token)
        except ValueError:
            logger.exception("token %s", token, extra={"more": {"x": token}})
        logger.removeHandler(handler)
        handler.close()
        return repr(pickle.loads(sent.pop()[4:]))

    closed(run, token)


def test_http_handler(closed: Closed, logger: logging.Logger, token: str) -> None:
    class Wire(logging.handlers.HTTPHandler):
        def emit(self, record: logging.LogRecord) -> None:
            sent.append(repr(self.mapLogRecord(record)))

    sent: list[str] = []

    def run() -> str:
        handler = Wire("localhost", "/")
        logger.addHandler(handler)
        logger.info("token %s", token, extra={"more": token})
        logger.removeHandler(handler)
        return sent.pop()

    closed(run, token)


def test_smtp_subject(closed: Closed, logger: logging.Logger, token: str) -> None:
    class Mail(logging.handlers.SMTPHandler):
        def getSubject(self, record: logging.LogRecord) -> str:
            return record.getMessage()

        def emit(self, record: logging.LogRecord) -> None:
            sent.append(self.getSubject(record))

    sent: list[str] = []

    def run() -> str:
        handler = Mail("localhost", "a", ["b"], "c")
        logger.addHandler(handler)
        logger.info("token %s", token)
        logger.removeHandler(handler)
        return sent.pop()

    closed(run, token)


def test_pytest_caplog(closed: Closed, caplog: pytest.LogCaptureFixture, token: str) -> None:
    def run() -> str:
        caplog.clear()
        logging.getLogger("emit-test-caplog").warning("token %s", token)
        return caplog.text + everything(caplog.records[0])

    closed(run, token)


def test_class_with_its_own_handle(closed: Closed, logger: logging.Logger, token: str) -> None:
    """Handler.handle is never called, whether the class is there before or after the installation."""

    class Early(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            seen.append(record)
            return True

    seen: list[logging.LogRecord] = []
    early = Early()

    def run() -> str:
        class Late(Early):
            def handle(self, record: logging.LogRecord) -> bool:
                seen.append(record)
                return True

        seen.clear()
        logger.handlers = [early, Late()]
        logger.info("token %s", token)
        return everything(seen[0]) + everything(seen[1])

    closed(run, token)


def test_thing_that_is_no_handler(closed: Closed, logger: logging.Logger, token: str) -> None:
    class Thing:
        level = 0

        def handle(self, record: logging.LogRecord) -> None:
            seen.append(record)

    seen: list[logging.LogRecord] = []

    def run() -> str:
        seen.clear()
        logger.handlers.clear()
        logger.addHandler(Thing())  # type: ignore[arg-type]
        logger.info("token %s", token)
        return everything(seen[0])

    closed(run, token)


def test_class_with_its_own_format(closed: Closed, logger: logging.Logger, token: str) -> None:
    """Text that a handler adds itself is no part of the record."""

    class Shouting(logging.StreamHandler):  # type: ignore[type-arg]
        def format(self, record: logging.LogRecord) -> str:
            return f"{record.getMessage()} added {token}"

    out = io.StringIO()
    logger.addHandler(Shouting(out))

    def run() -> str:
        logger.info("hello")
        text = out.getvalue()
        out.seek(0)
        out.truncate()
        return text

    closed(run, token)


def test_methods_set_on_one_handler(closed: Closed, logger: logging.Logger, token: str) -> None:
    handler = logging.StreamHandler(io.StringIO())
    seen: list[logging.LogRecord] = []
    handler.emit = seen.append  # type: ignore[assignment]
    logger.addHandler(handler)

    def run() -> str:
        logger.info("token %s", token)
        return everything(seen.pop())

    closed(run, token)


def test_format_that_is_no_text(closed: Closed, logger: logging.Logger, token: str) -> None:
    class Dicts(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return {"message": record.getMessage(), "thread": token}  # type: ignore[return-value]

    class Ship(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            sent.append(self.format(record))

    sent: list[object] = []
    handler = Ship()
    handler.setFormatter(Dicts())
    logger.addHandler(handler)

    def run() -> str:
        logger.info("hello")
        assert isinstance(sent[-1], dict)
        return repr(sent.pop())

    closed(run, token)


def test_fields_that_a_handler_filter_adds(closed: Closed, logger: logging.Logger, token: str) -> None:
    keep = Keep()

    def add(record: logging.LogRecord) -> bool:
        record.session = token
        return True

    keep.addFilter(add)
    logger.addHandler(Keep())  # whose verdict on the record must not be taken for this one's
    logger.addHandler(keep)

    def run() -> str:
        logger.info("hello")
        return everything(keep.records.pop())

    closed(run, token)


@pytest.mark.parametrize("other", [False, True], ids=["the same record", "another record"])
def test_arguments_that_a_handler_filter_changes(
    closed: Closed, logger: logging.Logger, stream: io.StringIO, password: str, other: bool
) -> None:
    """Whether the text tells all is judged of what the filter leaves, not of what it was given."""
    if other and sys.version_info < (3, 12):
        pytest.skip("filters return records from 3.12 on")

    def swap(record: logging.LogRecord) -> bool | logging.LogRecord:
        if other:
            record = copy.copy(record)
        record.args = ({("password", 1): password}, "b")  # no name stands beside it in the text
        return record if other else True

    logger.handlers[0].addFilter(swap)

    def run() -> str:
        logger.info("%s of %s", "a", "b")
        text = stream.getvalue()
        stream.seek(0)
        stream.truncate()
        return text

    assert closed(run, password) == "{('password', 1): '[password]'} of b\n"


def test_handler_filter_decides(logger: logging.Logger, token: str) -> None:
    """A filter sees the record as it is, and what it rejects is not emitted."""
    keep = Keep()
    seen: list[str] = []

    def reject(record: logging.LogRecord) -> bool:
        seen.append(record.getMessage())
        return False

    keep.addFilter(reject)
    logger.addHandler(keep)
    with install():
        logger.info("token %s", token)
    assert seen == [f"token {token}"]
    assert keep.records == []


def test_record_and_arguments_stay_as_they_are(logger: logging.Logger, token: str, password: str) -> None:
    nested = {"deep": [token], "password": password}
    before = copy.deepcopy(nested)
    keep = Keep()
    logger.handlers = [keep]
    record = logger.makeRecord("n", 20, "f", 1, "user %s %s", (nested, token), None, extra={"more": nested})
    values = dict(record.__dict__)
    with install():
        logger.handle(record)
    assert record.__dict__ == values
    assert record.args == (nested, token)
    assert nested == before
    assert keep.records[0] is not record
    assert token not in everything(keep.records[0])


def test_clean_record_is_the_same_object(logger: logging.Logger) -> None:
    keep = Keep()
    logger.addHandler(keep)
    record = logger.makeRecord("n", 20, "f", 1, "%s of %d", ("x", 3), None, extra={"more": [1, 2]})
    with install():
        logger.handle(record)
    assert keep.records == [record]
    assert keep.records[0] is record


def test_message_that_is_a_structure_stays_one(logger: logging.Logger, password: str) -> None:
    """JSON formatters treat a dict as fields."""
    keep = Keep()
    logger.handlers = [keep]
    message = {"event": "login", "password": password, "tries": 3}
    with install():
        logger.info(message)
    record = keep.records[0]
    assert isinstance(record.msg, dict)
    assert list(record.msg) == ["event", "password", "tries"]
    assert record.msg["tries"] == 3
    assert password not in everything(record)
    assert message["password"] == password


def test_emit_that_someone_replaced_is_not_trusted(
    closed: Closed, logger: logging.Logger, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tool that has patched StreamHandler.emit before or after may do anything with the record."""
    seen: list[logging.LogRecord] = []

    def shipping(self: logging.Handler, record: logging.LogRecord) -> None:
        seen.append(record)

    logger.handlers = [logging.StreamHandler(io.StringIO())]
    monkeypatch.setattr(logging.StreamHandler, "emit", shipping)

    def run() -> str:
        logger.info("token %s", token)
        return everything(seen.pop())

    closed(run, token)


def test_several_handlers_pay_for_one_scrubbing(logger: logging.Logger, token: str) -> None:
    """Each gets a copy of its own all the same: what a formatter leaves in one is not seen by the next."""

    class Leaving(Keep):
        def emit(self, record: logging.LogRecord) -> None:
            super().emit(record)
            record.left = {"password": token}

    logger.handlers = [Leaving(), Keep()]
    with install() as installation:
        logger.info("token %s", token)
        assert installation.stats()["changed"] == 1
    first, second = (handler.records[0] for handler in logger.handlers if isinstance(handler, Keep))
    assert first is not second
    assert token not in repr(vars(second))
    assert "left" not in vars(second)


def test_copy_is_not_kept_for_a_changed_value(logger: logging.Logger, token: str) -> None:
    """A list may be changed between two handlers."""
    growing: list[str] = []

    class Grow(Keep):
        def emit(self, record: logging.LogRecord) -> None:
            growing.append(token)

    keep = Keep()
    logger.handlers = [Grow(), keep]
    with install():
        logger.info("x", extra={"growing": growing})
    assert token not in everything(keep.records[0])


def test_access_formatter_that_unpacks_five_arguments(logger: logging.Logger, token: str) -> None:
    """uvicorn's access formatter does this."""

    class Access(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            address, method, path, version, status = record.args  # type: ignore[misc]
            return f"{address} {method} {path} {version} {http.HTTPStatus(status).phrase}"  # type: ignore[arg-type]

    for handler in (logging.StreamHandler(io.StringIO()), Keep()):
        handler.setFormatter(Access())
        logger.handlers = [handler]
        with install():
            logger.info('%s - "%s %s HTTP/%s" %d', "10.0.0.1:5", "GET", f"/x?token={token}&password=a8Fk2", "1.1", 200)
            if isinstance(handler, Keep):
                record = handler.records[0]
                assert isinstance(record.args, tuple)
                assert len(record.args) == 5
                assert record.args[4] == 200
                text = handler.format(record)
                assert token not in record.getMessage()
            else:
                text = handler.stream.getvalue()
        assert text.startswith("10.0.0.1:5 GET /x?token=")
        assert text.rstrip().endswith(" 1.1 OK")
        assert token not in text


@pytest.mark.parametrize(
    ("template", "args"),
    [
        ("password=%s", ("{password}",)),
        ("password=%s id=%d", ("{password}", 7)),
        ("password=%(p)s id=%(i)d", ({"p": "{password}", "i": 7},)),
        ("100%% password=%-30s|%*d", ("{password}", 5, 7)),
        ("{{'password': %r, 'n': %s}}", ("{password}", None)),
        ("password=%.40s", ("{password}",)),
    ],
)
def test_arity_survives_a_match_in_the_joined_text(
    logger: logging.Logger, password: str, template: str, args: tuple[object, ...]
) -> None:
    def fill(value: object) -> object:
        if isinstance(value, dict):
            return {key: fill(each) for key, each in value.items()}
        return value.replace("{password}", password) if isinstance(value, str) else value

    keep = Keep()
    logger.handlers = [keep]
    values = tuple(fill(each) for each in args)
    template = template.replace("{{", "{").replace("}}", "}")
    with install() as installation:
        logger.info(template, *values)
        whole = template % (values[0] if isinstance(values[0], dict) else values)
        wanted = installation.scrubber.scrub_text(whole)
    record = keep.records[0]
    assert record.args is not None
    assert len(record.args) == len(values[0] if isinstance(values[0], dict) else values)
    assert password not in everything(record)
    assert record.getMessage() == wanted
