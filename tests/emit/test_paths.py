"""Where a record may come from and go to."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from logscrub.emit.installation import install

Closed = Callable[..., str]


def drained(stream: io.StringIO) -> str:
    text = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return text


def test_child_logger(closed: Closed, logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    """Filters on a parent logger never see the records of its children."""
    child = logger.getChild("deep.down")

    def run() -> str:
        child.info("token %s", token)
        return drained(stream)

    closed(run, token)


def test_handler_added_later(closed: Closed, logger: logging.Logger, token: str) -> None:
    def run() -> str:
        out = io.StringIO()
        logger.addHandler(logging.StreamHandler(out))
        logger.info(token)
        return out.getvalue()

    closed(run, token)


def test_dict_config_after_install(closed: Closed, token: str, tmp_path: object) -> None:
    def run() -> str:
        logging.config.dictConfig(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "handlers": {"file": {"class": "logging.FileHandler", "filename": f"{tmp_path}/log", "mode": "w"}},
                "loggers": {"emit-test.configured": {"handlers": ["file"], "level": "INFO", "propagate": False}},
            }
        )
        configured = logging.getLogger("emit-test.configured")
        configured.info("token %s", token)
        configured.handlers.pop().close()
        with open(f"{tmp_path}/log", encoding="utf-8") as file:
            return file.read()

    closed(run, token)


def test_rotating_files(closed: Closed, logger: logging.Logger, token: str, tmp_path: object) -> None:
    def run() -> str:
        handler = logging.handlers.RotatingFileHandler(f"{tmp_path}/log", mode="w", maxBytes=10_000)
        logger.addHandler(handler)
        logger.info("token %s", token)
        handler.close()
        logger.removeHandler(handler)
        with open(f"{tmp_path}/log", "r+", encoding="utf-8") as file:
            text = file.read()
            file.truncate(0)
            return text

    closed(run, token)


def test_last_resort(closed: Closed, logger: logging.Logger, token: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A logger nobody configured writes to stderr all the same."""

    def run() -> str:
        logger.error("token %s", token)
        return capsys.readouterr().err

    closed(run, token)


def test_extra_with_json_formatter(closed: Closed, logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    class Json(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return json.dumps({"message": record.getMessage(), "context": record.__dict__.get("context")})

    logger.handlers[0].setFormatter(Json())

    def run() -> str:
        logger.info("hello", extra={"context": {"deep": [{"value": token}], "count": 3}})
        return drained(stream)

    shown = json.loads(closed(run, token))
    assert shown["message"] == "hello"
    assert shown["context"]["count"] == 3


def test_template_gives_the_value_away(
    closed: Closed, logger: logging.Logger, stream: io.StringIO, password: str
) -> None:
    """Neither 'password=%s' nor the argument is sensitive, only what they join to."""

    def run() -> str:
        logger.info("password=%s accepted for %s", password, "joe")
        return drained(stream)

    assert closed(run, password).endswith(" accepted for joe\n")


def test_secret_split_over_two_arguments(
    closed: Closed, logger: logging.Logger, stream: io.StringIO, token: str
) -> None:
    def run() -> str:
        logger.info("key %s%s.", token[:17], token[17:])
        return drained(stream)

    closed(run, token[:17], token[17:])


def test_dict_arguments(closed: Closed, logger: logging.Logger, stream: io.StringIO, password: str) -> None:
    def run() -> str:
        logger.info("user %(user)s password=%(password)s", {"user": "joe", "password": password})
        return drained(stream)

    assert closed(run, password).startswith("user joe ")


@pytest.mark.parametrize("make", [ValueError, lambda t: {"a": [t]}, str.encode, lambda t: type("Odd", (str,), {})(t)])
def test_argument_types(
    closed: Closed, logger: logging.Logger, stream: io.StringIO, token: str, make: Callable[[str], object]
) -> None:
    """Exceptions, structures, bytes and odd strings as arguments."""

    def run() -> str:
        logger.info("it was %s", make(token))
        return drained(stream)

    closed(run, token)


def test_argument_with_its_own_text(closed: Closed, logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    class Session:
        def __str__(self) -> str:
            return f"<session {token}>"

    def run() -> str:
        logger.info("opened %s", Session())
        logger.info(Session())
        return drained(stream)

    closed(run, token)


def test_generator_is_not_consumed(logger: logging.Logger, token: str) -> None:

    def letters() -> Iterator[str]:
        yield from "abc"

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            record.getMessage()

    logger.addHandler(Keep())
    generator = letters()
    with install():
        logger.info("%s " + token, generator)
        logger.info(generator)
        logger.info("x", extra={"letters": generator})
    assert list(generator) == ["a", "b", "c"]


def test_numbers_keep_their_conversion(logger: logging.Logger, stream: io.StringIO, token: str) -> None:

    with install():
        logger.info("%05d of %.2f with %s", 42, 1.5, token)
    assert stream.getvalue().startswith("00042 of 1.50 with ")
    assert token not in stream.getvalue()


def test_made_record_handed_to_handler(closed: Closed, token: str) -> None:
    def run() -> str:
        out = io.StringIO()
        logging.StreamHandler(out).handle(logging.makeLogRecord({"msg": "t %s", "args": (token,)}))
        return out.getvalue()

    closed(run, token)


def test_record_factory(closed: Closed, logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    """A factory's own record class and fields, brace style included."""

    class Brace(logging.LogRecord):
        def getMessage(self) -> str:
            return str(self.msg).format(*(self.args or ()))

    logging.setLogRecordFactory(Brace)

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            stream.write(f"{record.getMessage()} {record.msg} {record.args}")

    logger.addHandler(Keep())

    def run() -> str:
        logger.info("token {} of {{}} {}", *[token, "joe"])
        return drained(stream)

    closed(run, token)


def test_logger_adapter(closed: Closed, logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    class Prefix(logging.LoggerAdapter):  # type: ignore[type-arg]
        def process(self, msg: object, kwargs: object) -> tuple[str, object]:  # type: ignore[override]
            return f"[{token}] {msg}", kwargs

    def run() -> str:
        Prefix(logger, {}).info("hello")
        return drained(stream)

    closed(run, token)


def test_captured_warnings(closed: Closed, token: str) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logging.getLogger("py.warnings").addHandler(handler)
    logging.captureWarnings(True)

    def run() -> str:
        with warnings.catch_warnings():
            logging.captureWarnings(False)
            logging.captureWarnings(True)
            warnings.simplefilter("always")
            warnings.warn(f"token {token}", stacklevel=1)
        return drained(out)

    try:
        closed(run, token)
    finally:
        logging.captureWarnings(False)
        logging.getLogger("py.warnings").removeHandler(handler)


def test_asyncio_task_exception(closed: Closed, python: Callable[[str], str], token: str) -> None:
    """asyncio's default exception handler writes through a logger nobody configured."""
    import asyncio

    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logging.getLogger("asyncio").addHandler(handler)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: (_ for _ in ()).throw(ValueError(token)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def run() -> str:
        asyncio.run(main())
        return drained(out)

    try:
        closed(run, token)
    finally:
        logging.getLogger("asyncio").removeHandler(handler)


def test_logger_name_and_thread_name(closed: Closed, logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    logger.handlers[0].setFormatter(logging.Formatter("%(name)s %(message)s"))

    def run() -> str:
        logger.getChild(token).info("hello")
        return drained(stream)

    closed(run, token)


def test_formatter_that_writes_the_pieces(closed: Closed, logger: logging.Logger, password: str) -> None:
    """Apart from the template an argument tells nothing."""
    import json

    class Pieces(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return json.dumps({"template": record.msg, "args": record.args, "extra": record.__dict__.get("pin")})

    class Messages(logging.Formatter):
        def formatMessage(self, record: logging.LogRecord) -> str:
            return f"{record.args}"

    for formatter in (Pieces(), Messages()):
        out = io.StringIO()
        handler = logging.StreamHandler(out)
        handler.setFormatter(formatter)
        logger.handlers = [handler]

        def run(out: io.StringIO = out) -> str:
            out.seek(0)
            out.truncate()
            logger.info("password=%s", password, extra={"pin": 1234})
            return out.getvalue()

        closed(run, password)


NESTED = [
    ("%s cfg %s", ("bob", {"secrets": {"db": "Tr0ub4dor-3xyz"}})),
    ("%s cfg %s", ("bob", {"password": {"old": "Tr0ub4dor-3xyz"}})),
    ("%s auth %s", ("bob", {"auth": {"password": ["Tr0ub4dor-3xyz"]}})),
    ("%(cfg)s", ({"cfg": {"credentials": {"user": "bob", "x": "Tr0ub4dor-3xyz"}}},)),
]


@pytest.mark.parametrize(("template", "args"), NESTED)
def test_containers_as_arguments(
    closed: Closed, logger: logging.Logger, stream: io.StringIO, password: str, template: str, args: tuple[object, ...]
) -> None:
    """What lies deep in them is judged by the keys around it, whatever handler and however many arguments."""

    def run() -> str:
        stream.seek(0)
        stream.truncate()
        logger.info(template, *args)
        return stream.getvalue()

    closed(run, password)


def test_key_that_is_a_value(logger: logging.Logger, stream: io.StringIO) -> None:
    """As in the error of ``smtplib`` about recipients."""
    with install() as installation:
        logger.error("refused: %s", {"jane@example.com": (550, b"no")})
        assert installation.stats()["errors"] == 0
    assert stream.getvalue() == "refused: {'[email]': (550, b'no')}\n"


FORMATS = [
    ("%(message).20s", "%"),
    ("%(msg)s %(args)s", "%"),
    ("{message:.20}", "{"),
    ("{levelname} {args[0]}", "{"),
    ("{cfg[password]}", "{"),
    ("{levelname}{message}", "{"),
    ("%(levelname)s%(message)s", "%"),
    ("$message $password", "$"),
]


@pytest.mark.parametrize(("template", "style"), FORMATS)
def test_formats_that_take_records_apart(
    closed: Closed, logger: logging.Logger, password: str, token: str, template: str, style: Any
) -> None:
    """A part of a message, an argument or a field without its name: none of them tells what it is."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter(template, style=style))
    logger.handlers = [handler]
    args, gone = ((password,), password) if "args" in template else ((token,), token[:16])
    words = "password=%s" if "args" in template else "%s is used"

    def run() -> str:
        out.seek(0)
        out.truncate()
        logger.info(words, *args, extra={"cfg": {"password": token}, "password": token})
        return out.getvalue()

    closed(run, gone)


def test_formatter_with_methods_of_its_own(closed: Closed, logger: logging.Logger, password: str) -> None:
    class Timed(logging.Formatter):
        def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
            return str(record.args)

    out = io.StringIO()
    formatter = logging.Formatter("%(message)s")
    formatter.format = lambda record: f"{record.msg} {record.args}"  # type: ignore[method-assign]
    for one in (Timed("%(asctime)s"), formatter):
        handler = logging.StreamHandler(out)
        handler.setFormatter(one)
        logger.handlers = [handler]

        def run() -> str:
            out.seek(0)
            out.truncate()
            logger.info("password=%s", password)
            return out.getvalue()

        closed(run, password)


def test_object_whose_text_is_sensitive_keeps_its_attributes(
    logger: logging.Logger, password: str, stream: io.StringIO
) -> None:
    """A formatter that writes ``record.user.id`` goes on working."""

    class User:
        id = 7
        password = "Tr0ub4dor-3xyz"

        def __str__(self) -> str:
            return "jane@example.com"

        def key(self) -> dict[str, str]:
            return {"password": self.password}

    class Writing(logging.Formatter):
        def format(self, record: Any) -> str:
            user = record.user
            return f"{user} {user.id} {user.password} {user.key()} {record.getMessage()}"

    logger.handlers[0].setFormatter(Writing())
    with install() as installation:
        logger.info("hello", extra={"user": User()})
        assert installation.stats()["errors"] == 0
    assert stream.getvalue() == "[email] 7 [password] {'password': '[password]'} hello\n"
