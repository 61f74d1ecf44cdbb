"""What happens when something goes wrong: in a handler, in an argument, in logscrub itself."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable

import pytest
from keeping import Keep

from logscrub.emit.installation import install
from logscrub.scrubber import Scrubber

Closed = Callable[..., str]
MARKER = "[logscrub: record not shown (ZeroDivisionError)]"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], stream: io.StringIO) -> Callable[[], str]:
    """What has been printed on stderr since the last call."""
    return lambda: capsys.readouterr().err


class Unprintable:
    def __init__(self, token: str) -> None:
        self.token = token

    def __str__(self) -> str:
        raise ValueError(f"cannot show {self.token}")


@pytest.mark.parametrize("count", [1, 3])
def test_wrong_number_of_arguments(
    closed: Closed, logger: logging.Logger, said: Callable[[], str], token: str, count: int
) -> None:
    def run() -> str:
        logger.info("one %s two %s", *[token] * count)
        return said()

    shown = closed(run, token)
    assert "--- Logging error ---" in shown
    assert "TypeError: not " in shown
    assert "Message: 'one %s two %s" in shown
    assert "test_failures.py" in shown.split("Call stack:")[1]


def test_wrong_number_of_arguments_hides_what_only_the_template_gives_away(
    closed: Closed, logger: logging.Logger, said: Callable[[], str], password: str
) -> None:
    def run() -> str:
        logger.info("password=%s %s", *[password])
        return said()

    assert "(str)" in closed(run, password)


def test_argument_that_cannot_be_shown(
    closed: Closed, logger: logging.Logger, stream: io.StringIO, said: Callable[[], str], token: str
) -> None:
    def run() -> str:
        logger.info("it is %s", Unprintable(token))
        return said() + stream.getvalue()

    closed(run, token)


def test_stream_that_fails(closed: Closed, logger: logging.Logger, said: Callable[[], str], password: str) -> None:
    closed_stream = io.StringIO()
    closed_stream.close()
    logger.handlers = [logging.StreamHandler(closed_stream)]

    def run() -> str:
        logger.info("password=%s for %d", password, 7)
        return said()

    shown = closed(run, password)
    assert "ValueError: I/O operation on closed file" in shown
    assert ", 7)" in shown


def test_class_with_its_own_handle_error(closed: Closed, logger: logging.Logger, token: str) -> None:
    class Telling(logging.StreamHandler):  # type: ignore[type-arg]
        def handleError(self, record: logging.LogRecord) -> None:
            told.append(f"{record.msg} {record.args}")

    told: list[str] = []
    logger.handlers = [Telling(io.StringIO())]

    def run() -> str:
        logger.info("one %s", *[token, token])
        return told.pop()

    closed(run, token)


def test_raise_exceptions_off(
    logger: logging.Logger, said: Callable[[], str], token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    with install():
        logger.info("one %s", *[token, token])
    assert said() == ""


def test_record_that_cannot_be_rendered_is_still_given(logger: logging.Logger, token: str) -> None:
    """A handler that looks into the record gets the template, and a word on the arguments."""
    keep = Keep()
    logger.handlers = [keep]
    with install() as installation:
        logger.info("one %s", Unprintable(token))
        logger.info("one %s", *[token, token])
        assert installation.stats()["errors"] == 0
    unprintable, miscounted = (record.getMessage() for record in keep.records)
    assert unprintable.startswith("one ")
    assert token not in unprintable
    assert miscounted == "one %s [logscrub: arguments not shown (TypeError)]"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scrubber all of whose methods fail."""

    def fail(self: Scrubber, x: object) -> object:
        return 1 / 0

    for name in ("scrub_text", "scrub", "find"):
        monkeypatch.setattr(Scrubber, name, fail)


@pytest.mark.usefixtures("broken")
def test_broken_scrubber(
    logger: logging.Logger, stream: io.StringIO, capsys: pytest.CaptureFixture[str], token: str
) -> None:
    """A marker comes out, nothing else, and the application does not notice."""
    keep = Keep()
    logger.addHandler(keep)
    error = ValueError(token)
    with install() as installation:
        logger.info("token %s", token, extra={"more": token}, exc_info=error)
        stats = installation.stats()
    assert stream.getvalue() == MARKER + "\n"
    record = keep.records[0]
    assert record.getMessage() == MARKER
    assert record.more == MARKER  # type: ignore[attr-defined]
    assert token not in repr(record.__dict__)
    assert stats["errors"] == 2
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("broken")
def test_broken_scrubber_and_broken_call(
    logger: logging.Logger, stream: io.StringIO, capsys: pytest.CaptureFixture[str], token: str
) -> None:
    with install():
        logger.info("token %s", *[token, token])
    assert capsys.readouterr().err == f"--- Logging error ---\n{MARKER}\n"


def test_keyboard_interrupt_passes(
    logger: logging.Logger, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(self: Scrubber, x: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(Scrubber, "scrub_text", interrupt)
    with install(), pytest.raises(KeyboardInterrupt):
        logger.info("hello")


def test_argument_that_logs(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    class Chatty:
        def __str__(self) -> str:
            logger.debug("being shown with %s", token)
            return f"chatty {token}"

        __repr__ = __str__

    keep = Keep()
    logger.addHandler(keep)
    with install():
        logger.info("it is %s", Chatty())
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("being shown with ")
    assert sum(line.startswith("it is chatty ") for line in lines) == 1
    assert token not in stream.getvalue()
    assert all(token not in record.getMessage() for record in keep.records)


def test_argument_whose_repr_logs_itself(logger: logging.Logger, token: str) -> None:
    """It would go on for ever; a marker ends it."""

    class Loop:
        def __str__(self) -> str:
            logger.debug("again %s", self)
            return token

    keep = Keep()
    logger.handlers = [keep]
    with install():
        logger.info("hello %s", Loop())
    assert keep.records
    assert all(token not in repr(record.__dict__) for record in keep.records if not record.args)


def test_things_that_break_naive_filters(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    """Circular structures, locks in dicts, dicts with odd keys."""
    import threading

    circle: list[object] = [token]
    circle.append(circle)
    keep = Keep()
    logger.addHandler(keep)
    with install() as installation:
        logger.info("circle %s", circle)
        logger.info("lock %s", {"lock": threading.Lock(), 3: token, None: (token,)})
        logger.info("x", extra={"circle": circle})
        assert installation.stats()["errors"] == 0
    assert len(keep.records) == 3
    assert stream.getvalue().count("\n") == 3
    assert token not in stream.getvalue()
    assert all(token not in record.getMessage() for record in keep.records)
    assert circle[0] == token
