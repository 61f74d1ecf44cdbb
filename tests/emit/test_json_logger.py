"""python-json-logger: the JSON stays JSON, and nothing comes out of it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("pythonjsonlogger.core")

from pythonjsonlogger.core import BaseJsonFormatter
from pythonjsonlogger.json import JsonFormatter

from logscrub.emit.installation import install

PIN = 471193


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = vars(BaseJsonFormatter)["format"]
    yield
    assert vars(BaseJsonFormatter)["format"] is before


def variants() -> dict[str, Any]:
    found: dict[str, Any] = {"json": JsonFormatter}
    for name, kind in (("orjson", "OrjsonFormatter"), ("msgspec", "MsgspecFormatter")):
        try:
            module = __import__(f"pythonjsonlogger.{name}", fromlist=[kind])
            found[name] = getattr(module, kind)
        except Exception:
            continue
    return found


@pytest.fixture
def run(logger: logging.Logger, stream: io.StringIO) -> Callable[..., Callable[[], str]]:
    """Make what logs through a formatter and returns the text."""

    def make(formatter: logging.Formatter, log: Callable[[logging.Logger], object]) -> Callable[[], str]:
        def once() -> str:
            stream.seek(0)
            stream.truncate()
            logger.handlers[0].setFormatter(formatter)
            log(logger)
            return stream.getvalue()

        return once

    return make


def fail(password: str) -> None:
    raise ValueError(f"password={password}\nsecond line") from KeyError("no")


@pytest.mark.parametrize("kind", variants().values(), ids=list(variants()))
def test_extras(kind: Any, run: Callable[..., Any], closed: Callable[..., str], token: str, password: str) -> None:
    values = {
        "pin": PIN,
        "password": {"now": password, "list": [password + "-l"]},
        "nested": [{"headers": [["Authorization", f"Bearer {token}"]]}],
        "clean": {"a": [1, 2.5, None, True, "x"]},
    }
    log = run(kind("%(levelname)s %(message)s"), lambda logger: logger.warning("user %s", "bob", extra=values))
    (line,) = closed(log, str(PIN), password, password + "-l", token).splitlines()
    event = json.loads(line)
    assert event["message"] == "user bob"
    assert event["clean"] == values["clean"]
    assert event["pin"] == "[one-time-code]"


def test_messages(run: Callable[..., Any], closed: Callable[..., str], token: str, password: str) -> None:
    def log(logger: logging.Logger) -> None:
        logger.info("password=%s", password)
        logger.info({"event": "x", "password": [password], "pin": PIN})
        logger.info(f'{{"token": "{token}", "say": "\\"hi\\""}}')

    for line in closed(run(JsonFormatter(), log), password, str(PIN), token).splitlines():
        assert isinstance(json.loads(line), dict)


@pytest.mark.parametrize(
    "options", [{}, {"exc_info_as_array": True, "stack_info_as_array": True}], ids=["text", "lines"]
)
def test_tracebacks(
    options: dict[str, bool], run: Callable[..., Any], closed: Callable[..., str], password: str
) -> None:
    def log(logger: logging.Logger) -> None:
        try:
            fail(password)
        except ValueError:
            logger.exception("failed", stack_info=True)

    (line,) = closed(run(JsonFormatter(**options), log), password).splitlines()
    event = json.loads(line)
    assert "ValueError" in str(event["exc_info"])
    assert "Stack" in str(event["stack_info"])


def test_renamed_static_and_default_fields(run: Callable[..., Any], closed: Callable[..., str], password: str) -> None:
    formatter = JsonFormatter(
        "%(message)s",
        rename_fields={"password": "p", "message": "text"},
        static_fields={"service": "shop", "api_key": password + "-static"},
        defaults={"client_secret": password + "-default"},
        timestamp=True,
        prefix="@cee: ",
    )
    log = run(formatter, lambda logger: logger.info("hello", extra={"password": password + "-renamed"}))
    text = closed(log, password + "-renamed", password + "-static", password + "-default")
    event = json.loads(text.removeprefix("@cee: "))
    assert event["text"] == "hello"
    assert event["service"] == "shop"
    assert event["p"] == "[password]"


class Thing:
    def __init__(self, password: str) -> None:
        self.password = password


def test_encoders(run: Callable[..., Any], closed: Callable[..., str], password: str) -> None:
    class Encoder(json.JSONEncoder):
        def default(self, o: object) -> object:
            return vars(o)

    def log(logger: logging.Logger) -> None:
        logger.info("x", extra={"thing": Thing(password)})

    for formatter in (
        JsonFormatter(json_default=vars),
        JsonFormatter(json_encoder=Encoder),
        JsonFormatter(json_indent=2),
    ):
        if formatter.json_indent:
            logged = run(formatter, lambda logger: logger.info("x", extra={"data": {"password": password}}))
        else:
            logged = run(formatter, log)
        assert json.loads(closed(logged, password))["message"] == "x"


def test_record_is_not_changed(run: Callable[..., Any], logger: logging.Logger, password: str) -> None:
    given = {"now": password}
    seen: list[logging.LogRecord] = []

    class Keep(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            seen.append(record)
            return True

    logger.addFilter(Keep())
    with install():
        text = run(JsonFormatter(), lambda logger: logger.info("x", extra={"password": given}))()
    assert password not in text
    assert seen[0].password is given  # type: ignore[attr-defined]
    assert given == {"now": password}


def test_report_only(run: Callable[..., Any], password: str) -> None:
    log = run(JsonFormatter(), lambda logger: logger.info("x", extra={"password": {"now": password}}))
    bare = log()
    with install(report_only=True):
        assert log() == bare
