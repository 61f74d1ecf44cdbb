"""Real log calls, run here, write real lines; each is traced back to the line that the log record itself names."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from logscrub.trace.match import Tracer
from logscrub.trace.source import calls_of

Load = Callable[[str, str], ModuleType]

STDLIB = """
import logging

LOG = logging.getLogger(__name__)
_ = str


class Adapter(logging.LoggerAdapter):
    def process(self, msg, kwargs):
        return "[instance: %s] %s" % (self.extra["id"], msg), kwargs


class Shop:
    def __init__(self):
        self.log = Adapter(LOG, {"id": "7f-1"})

    def open(self, owner, key):
        LOG.info("The shop of %s opens", owner)
        LOG.info("The shop of %(owner)s has the key %(key)s", {"owner": owner, "key": key})
        LOG.warning("The door of {} needs {}".format(owner, key))
        LOG.error(f"The lock of {owner} broke with {key!r}")
        LOG.debug("Very long text that is written in two "
                  "pieces of source, for %s", owner)
        LOG.info(_("Translated greeting of %s"), owner)
        LOG.info("Added to %s" % owner + " at the end")
        self.log.info("Counting %d boxes of %s", 3, owner)
        logging.getLogger(__name__).critical("Closing %s for good", owner)
        try:
            open("/no/such/file")
        except OSError:
            LOG.exception("Could not read the file of %s", owner)
"""


class Records(logging.Handler):
    """Writes lines in several formats, and keeps where each record says that it comes from."""

    def __init__(self, *formats: logging.Formatter) -> None:
        super().__init__()
        self.formats = formats
        self.lines: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        for each in self.formats:
            record.exc_text = None
            self.lines.append((record.lineno, each.format(record)))


class Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {"level": record.levelname, "logger": record.name, "message": record.getMessage()}
        return json.dumps(fields, ensure_ascii=record.levelno > 20)


@pytest.fixture
def records() -> Iterator[Records]:
    """Hear all that ``shop.door`` logs."""
    forms = (
        logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"),
        logging.Formatter("%(message)s"),
        logging.Formatter("[%(process)d] <%(levelname)s> %(message)s (%(threadName)s)"),
        Json(),
    )
    handler = Records(*forms)
    logger = logging.getLogger("shop.door")
    logger.addHandler(handler)
    before = logger.level, logger.propagate
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(before[0])
    logger.propagate = before[1]


def test_lines_of_the_standard_library_are_traced_to_where_they_come_from(
    load: Load, records: Records, tmp_path: Path
) -> None:
    load("shop.door", STDLIB).Shop().open("ann", 'k"1"\\')
    calls, problems = calls_of([str(tmp_path / "src")])
    assert problems == ()
    tracer = Tracer(calls)
    assert len(records.lines) == 10 * 4
    for number, text in records.lines:
        trace = tracer.trace(text.split("\n")[0].encode())
        assert trace is not None, text
        assert [one.place.line <= number <= one.place.end_line for one in trace.calls] == [True], text
        assert trace.calls[0].function == "Shop.open"


def test_arguments_are_named_as_in_the_source(load: Load, records: Records, tmp_path: Path) -> None:
    load("shop.door", STDLIB).Shop().open("ann", "xyzzy")
    tracer = Tracer(calls_of([str(tmp_path / "src")])[0])
    seen = set()
    for _, text in records.lines:
        line = text.encode()
        trace = tracer.trace(line)
        assert trace is not None
        for value, name in ((b"ann", "owner"), (b"xyzzy", "key")):
            at = line.find(value)
            if at >= 0 and b"\n" not in line:
                index = tracer.argument(trace, line, at, at + len(value))
                assert index is not None, line
                assert trace.calls[0].arguments[index].expression == name
                seen.add(name)
    assert seen == {"owner", "key"}


LOGURU = """
from loguru import logger


def buy(user, card):
    logger.info("User {} buys with {}", user, card)
    logger.warning("User {0} has no money", user)
    logger.bind(order=4711).error(f"Order of {user} failed: {card}")
    logger.opt(lazy=True).debug("Lazy basket of {}", lambda: user)
"""


def test_lines_of_loguru_are_traced_to_where_they_come_from(load: Load, tmp_path: Path) -> None:
    from loguru import logger

    module = load("shop.till", LOGURU)
    lines: list[tuple[int, str]] = []
    sinks = [
        logger.add(lambda message: lines.append((message.record["line"], str(message))), colorize=False, format=form)
        for form in (
            "{time:YYYY-MM-DD HH:mm:ss.SSS} | {level: <8} | {name}:{function}:{line} - {message}",
            "{level} {message}",
        )
    ]
    try:
        module.buy("ann", "4111")
    finally:
        for sink in sinks:
            logger.remove(sink)
    tracer = Tracer(calls_of([str(tmp_path / "src")])[0])
    assert len(lines) == 8
    for number, text in lines:
        trace = tracer.trace(text.encode())
        assert trace is not None, text
        assert [one.place.line for one in trace.calls] == [number], text


def test_the_same_text_at_two_places_is_told_apart_by_the_line_number(load: Load, tmp_path: Path) -> None:
    body = (
        "import logging\nLOG = logging.getLogger(__name__)\ndef {0}(task):\n    LOG.info('work on %s begins', task)\n"
    )
    load("jobs.one", body.format("first") + body.format("second"))
    calls, _ = calls_of([str(tmp_path / "src")])
    tracer = Tracer(calls)
    for line, expected in (
        (b"INFO jobs.one: work on x begins", [4, 8]),
        (b"INFO one.py:8: work on x begins", [8]),
        (b"INFO jobs.one.first: work on x begins", [4, 8]),
        (b"INFO jobs.one first work on x begins", [4]),
    ):
        trace = tracer.trace(line)
        assert trace is not None
        assert [one.place.line for one in trace.calls] == expected
