"""Exceptions and stacks, which formatters render after every filter has run."""

from __future__ import annotations

import io
import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from logscrub.emit.exceptions import render, stand_in
from logscrub.emit.installation import install
from logscrub.scrubber import Scrubber

Closed = Callable[..., str]


def plain(token: str) -> None:
    raise ValueError(f"bad token {token}")


def cause(token: str) -> None:
    try:
        plain(token)
    except ValueError as error:
        raise RuntimeError("outer") from error


def context(token: str) -> None:
    try:
        plain(token)
    except ValueError:
        raise RuntimeError("outer")  # noqa: B904


def notes(token: str) -> None:
    error = RuntimeError("with a note")
    error.add_note(f"the token was {token}")
    raise error


def group(token: str) -> None:
    raise ExceptionGroup("two", [ValueError(token), ExceptionGroup("one", [KeyError(token)])])


def attribute(token: str) -> None:
    class Response(Exception):
        def __init__(self, url: str, *, body: str) -> None:
            super().__init__(url)
            self.body = body

        def __str__(self) -> str:
            return f"{self.args[0]}: {self.body}"

    raise Response("https://api", body=f"token {token}")


def system(token: str) -> None:
    os.stat(f"/nowhere/{token}")


def undecodable(token: str) -> None:
    f"{token}\udcff".encode()


KINDS = [plain, cause, context, notes, group, attribute, system]


@pytest.mark.parametrize("fail", KINDS)
def test_formatted_traceback(
    closed: Closed, logger: logging.Logger, stream: io.StringIO, token: str, fail: Callable[[str], None]
) -> None:
    def run() -> str:
        try:
            fail(token)
        except Exception:
            logger.exception("failed")
        text = stream.getvalue()
        stream.seek(0)
        stream.truncate()
        return text

    shown = closed(run, token)
    assert f"in {fail.__name__}" in shown


@pytest.mark.parametrize("fail", KINDS)
def test_handler_that_renders_the_exception_itself(
    closed: Closed, logger: logging.Logger, token: str, fail: Callable[[str], None]
) -> None:
    """Error trackers read exc_info; they get an exception of the same type whose text is scrubbed."""
    got: list[logging.LogRecord] = []
    untouched: list[bool] = []

    class Tracker(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            got.append(record)

    logger.addHandler(Tracker())

    def run() -> str:
        try:
            fail(token)
        except Exception as live:
            logger.exception("failed")
            untouched.append(token in render(live))
        record = got[-1]
        assert record.exc_info
        kind, error, trace = record.exc_info
        return "".join(traceback.format_exception(kind, error, trace)) + repr(error) + str(record.exc_text)

    closed(run, token)
    assert untouched == [True, True], "the live exception must stay as it is"
    before, after = (record.exc_info for record in got)
    assert before
    assert after
    assert before[0]
    assert after[0]
    assert after[0].__name__ == before[0].__name__
    assert traceback.format_tb(after[2]) == traceback.format_tb(before[2])


def test_clean_exception_is_the_same_object(logger: logging.Logger) -> None:
    got: list[logging.LogRecord] = []

    class Tracker(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            got.append(record)

    logger.addHandler(Tracker())
    error = ValueError("nothing")
    with install():
        logger.error("failed", exc_info=error)
    assert got[0].exc_info is not None
    assert got[0].exc_info[1] is error


def test_stand_in_keeps_type_and_chain(token: str) -> None:
    try:
        cause(token)
    except RuntimeError as error:
        twin = stand_in(error, Scrubber())
    assert type(twin) is RuntimeError
    assert type(twin.__cause__) is ValueError
    assert twin.__cause__ is twin.__context__
    assert token not in render(twin)


def test_stand_in_of_a_cycle(token: str) -> None:
    first, second = ValueError(token), KeyError(token)
    first.__cause__, second.__cause__ = second, first
    twin = stand_in(first, Scrubber())
    assert token not in render(twin)
    assert twin.__cause__ is not None
    assert twin.__cause__.__cause__ is twin


def test_stand_in_when_no_instance_can_be_made(token: str) -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            return f"from nowhere {token}"

    twin = stand_in(Odd(), Scrubber())
    assert type(twin).__name__ == "Odd"
    assert token not in render(twin)


def test_system_exit_stand_in(token: str) -> None:
    twin = stand_in(SystemExit(token), Scrubber())
    assert isinstance(twin, SystemExit)
    assert token not in render(twin)


def test_stack_info(closed: Closed, logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    """A stack shows source lines; here they hold the value."""
    got: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            got.append(str(record.stack_info))

    logger.addHandler(Keep())

    def run() -> str:
        record = logger.makeRecord("x", 20, "f", 1, "m", (), None, sinfo=f"Stack:\n  connect('{token}')")
        logger.handle(record)
        text = stream.getvalue() + got.pop()
        stream.seek(0)
        stream.truncate()
        return text

    closed(run, token)


def test_text_that_a_formatter_left_on_the_record(closed: Closed, logger: logging.Logger, token: str) -> None:
    """logging.Formatter keeps the traceback's text in exc_text, and the message in message."""
    got: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            got.append(f"{record.exc_text} {record.message}")

    logger.addHandler(logging.StreamHandler(io.StringIO()))
    logger.addHandler(Keep())

    def run() -> str:
        try:
            plain(token)
        except ValueError:
            logger.exception("failed with %s", token)
        return got.pop()

    closed(run, token)


def test_sys_exc_info_is_untouched(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    live = None
    with install():
        try:
            plain(token)
        except ValueError as error:
            logger.exception("failed")
            live, current = error, sys.exc_info()[1]
    assert live is not None
    assert current is live
    assert live.args == (f"bad token {token}",)


class ApiError(Exception):
    def __init__(self, status: int, body: object) -> None:
        super().__init__(f"HTTP {status}")
        self.body = body


def fail_with_variables(password: str, token: str) -> None:
    settings = {"password": password, "tries": 3}
    note = token
    raise ApiError(401, dict(settings, note=note))


def look_into(info: Any) -> str:
    """What an error tracker sends: the variables of all frames, and the attributes of all exceptions."""
    seen = []
    error = info[1]
    trace = info[2]
    while error is not None:
        while trace is not None:
            frame = trace.tb_frame
            seen.append(f"{frame.f_code.co_name} {trace.tb_lineno}")
            if frame.f_code.co_name != "run":  # that of this test holds the values themselves
                seen += [f"{name}={value!r}" for name, value in frame.f_locals.items()]
            trace = trace.tb_next
        seen.append(f"{error!r} {vars(error)!r} {error.args!r}")
        error = error.__cause__ or error.__context__
        trace = error.__traceback__ if error is not None else None
    return "\n".join(seen)


@pytest.mark.parametrize("chained", [False, True])
def test_variables_of_frames_and_attributes_of_exceptions(
    closed: Closed, logger: logging.Logger, password: str, token: str, chained: bool
) -> None:
    """Though the traceback itself is clean. The places, names and types remain, and the live exception stays as it is."""

    class Tracker(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(look_into(record.exc_info))

    told: list[str] = []
    logger.handlers = [Tracker()]
    live: list[ApiError] = []

    def run() -> str:
        try:
            try:
                fail_with_variables(password, token)
            except ApiError as error:
                live.append(error)
                if chained:
                    raise LookupError("no answer") from error
                raise
        except (ApiError, LookupError):
            logger.exception("it failed")
        return told.pop()

    shown = closed(run, password, token)
    assert "fail_with_variables" in shown
    assert "ApiError('HTTP 401')" in shown
    assert "'tries': 3" in shown
    assert live[1].body == {"password": password, "tries": 3, "note": token}
    frame = live[1].__traceback__.tb_next.tb_frame  # type: ignore[union-attr]
    assert frame.f_locals["password"] == password


def test_clean_exception_is_still_known(logger: logging.Logger) -> None:
    """An error tracker that was told of it before knows it again."""

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(record)

    kept: list[logging.LogRecord] = []
    logger.handlers = [Keep()]
    try:
        raise ValueError("nothing in it")
    except ValueError as error:
        live = error
        trace = error.__traceback__
        with install():
            logger.exception("failed")
    assert kept[0].exc_info is not None
    assert kept[0].exc_info[1] is live
    assert live.__traceback__ is trace
    assert traceback.format_exception(*kept[0].exc_info) == traceback.format_exception(live)


def test_sentry(logger: logging.Logger, password: str, token: str) -> None:
    """The real one, with a transport that keeps what would be sent."""
    sentry_sdk = pytest.importorskip("sentry_sdk")
    import json

    from sentry_sdk.integrations.logging import EventHandler

    sent: list[str] = []

    class Kept(sentry_sdk.transport.Transport):  # type: ignore[name-defined,misc]
        def capture_envelope(self, envelope: Any) -> None:
            sent.append(json.dumps([item.payload.json for item in envelope.items], default=str))

    client = sentry_sdk.Client(dsn="http://key@localhost/1", transport=Kept, default_integrations=False)
    logger.handlers = [EventHandler()]

    def run() -> str:
        with sentry_sdk.new_scope() as scope:
            scope.set_client(client)
            try:
                fail_with_variables(password, token)
            except ApiError:
                logger.exception("it failed")
        # The frame of this test holds the values under names that say nothing; it is the test's, not a service's.
        return sent.pop().replace("closed", "")

    before = run()
    assert token in before
    with install():
        after = run()
    assert "fail_with_variables" in after
    assert "ApiError" in after
    assert token not in after
    client.close()
