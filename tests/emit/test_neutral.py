"""Values cannot forge lines of a text log, nor command the terminal it is read on."""

from __future__ import annotations

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscrub.emit.installation import install
from logscrub.emit.neutral import escaped, indented, neutral_record

FORGED = "2026-01-01 INFO root logged in"
BIDI = "\u202ereverse\u2066"


def test_line_break_in_an_argument(logger: logging.Logger, stream: io.StringIO) -> None:
    logger.info("user %s", f"bob\n{FORGED}")
    assert FORGED in stream.getvalue().splitlines(), "a forged line comes out without logscrub"
    with install():
        logger.info("user %s", f"bob\r\n{FORGED}")
        logger.info("user %(name)s", {"name": f"bob\n{FORGED}"})
    assert stream.getvalue().splitlines()[-2:] == [rf"user bob\r\n{FORGED}", rf"user bob\n{FORGED}"]


def test_line_break_in_the_text_itself(logger: logging.Logger, stream: io.StringIO) -> None:
    """Whose it is cannot be told there: lines stay lines, and none begins like a record."""
    with install():
        logger.info(f"user bob\n{FORGED}")
        logger.info("config:\n  a: 1\n\tb: 2\nend")
    assert stream.getvalue() == f"user bob\n    {FORGED}\nconfig:\n  a: 1\n\tb: 2\n    end\n"


def test_other_control_characters(logger: logging.Logger, stream: io.StringIO) -> None:
    with install():
        logger.info("to %s", "\x1b[2J\x00\x9b" + BIDI)
        logger.info("\x1b]0;title\x07 and\ttab")
    assert stream.getvalue() == ("to \\x1b[2J\\x00\\x9b\\u202ereverse\\u2066\n" + "\\x1b]0;title\\x07 and\ttab\n")


def test_extra_fields(logger: logging.Logger, stream: io.StringIO) -> None:
    logger.handlers[0].setFormatter(logging.Formatter("%(user)s %(message)s"))
    with install():
        logger.info("hello", extra={"user": f"bob\n{FORGED}"})
    assert stream.getvalue() == rf"bob\n{FORGED} hello" + "\n"


def test_exception_texts(logger: logging.Logger, stream: io.StringIO) -> None:
    """The traceback keeps its lines; those of the exceptions' texts are indented."""

    def fail() -> None:
        try:
            try:
                raise KeyError(f"a\n{FORGED} 1")
            except KeyError:
                raise ValueError(f"b\n{FORGED} 2 \x1b[31m") from None
        except ValueError as error:
            raise ExceptionGroup("many", [error, OSError(f"c\n{FORGED} 3")]) from None

    with install():
        try:
            fail()
        except ExceptionGroup:
            logger.exception("it failed")
    lines = stream.getvalue().splitlines()
    assert not any(line.startswith(FORGED) for line in lines)
    assert sum(FORGED in line for line in lines) >= 2
    assert "\x1b" not in stream.getvalue()
    assert any("Traceback (most recent call last):" in line for line in lines)


def test_notes_of_exceptions(logger: logging.Logger, stream: io.StringIO) -> None:
    error = ValueError("x")
    error.add_note(f"{FORGED} 1")
    error.add_note(f"a\n{FORGED} 2")
    with install():
        logger.error("failed", exc_info=error)
    lines = stream.getvalue().splitlines()
    assert lines == ["failed", "ValueError: x", f"    {FORGED} 1", "    a", f"    {FORGED} 2"]


def test_traceback_as_an_argument_stays_readable(logger: logging.Logger, stream: io.StringIO) -> None:
    text = "Traceback (most recent call last):\n  File 'x.py', line 1\nValueError: no"
    with install():
        logger.error("failed: %s", text)
    assert stream.getvalue() == "failed: " + text.replace("\nValueError", "\n    ValueError") + "\n"


def test_colours_of_a_formatter_stay(logger: logging.Logger, stream: io.StringIO) -> None:
    logger.handlers[0].setFormatter(logging.Formatter("\x1b[32m%(levelname)s\x1b[0m %(message)s"))
    with install():
        logger.info("user %s", "bob\x1b[31m")
    assert stream.getvalue() == "\x1b[32mINFO\x1b[0m user bob\\x1b[31m\n"


def test_json_is_left_to_json(logger: logging.Logger, stream: io.StringIO) -> None:
    class AsJson(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return json.dumps({"message": record.getMessage()})

    logger.handlers[0].setFormatter(AsJson())
    with install():
        logger.info("user %s", "bob\n2")
    assert json.loads(stream.getvalue()) == {"message": "user bob\n2"}


def test_records_of_other_handlers_and_the_caller_are_not_changed(logger: logging.Logger, stream: io.StringIO) -> None:
    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(record)

    kept: list[logging.LogRecord] = []
    logger.addHandler(Keep())
    value = f"bob\n{FORGED}"
    with install():
        logger.info("user %s", value)
    assert kept[0].args == (value,)


def test_secret_with_control_characters_inside(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    with install():
        logger.info("using %s", token[:12] + "\x1b[31m" + token[12:])
        logger.info("key\n%s", f"password={token}\nmore")
    assert token[12:] not in stream.getvalue()


def test_switched_off(logger: logging.Logger, stream: io.StringIO) -> None:
    with install(neutralize=False):
        logger.info("user %s", "bob\n2")
    assert stream.getvalue() == "user bob\n2\n"


def test_argument_that_cannot_be_shown_twice(logger: logging.Logger, stream: io.StringIO) -> None:
    """What an argument shows may change each time it is asked."""

    class Moody:
        count = 0

        def __str__(self) -> str:
            self.count += 1
            if self.count > 1:
                raise ValueError("not again")
            return "a\nb"

    with install() as installation:
        logger.info("it is %s", Moody())
        assert installation.stats()["errors"] <= 1
    assert stream.getvalue().count("\n") == 1


WIDE = "東京\u3000駅 1\u00a0000\u202f000 \u2003 \u200b\ue000"


def test_harmless_text_that_is_not_printable_to_python(logger: logging.Logger, stream: io.StringIO) -> None:
    """Wide and narrow spaces are text like any other: nothing is formatted twice, and no argument becomes a text."""

    class Place:
        def __str__(self) -> str:
            return WIDE

        def __repr__(self) -> str:
            return f"<Place {WIDE[:2]}>"

    class Counting(logging.Formatter):
        count = 0

        def format(self, record: logging.LogRecord) -> str:
            self.count += 1
            return f"{self.count} {super().format(record)}"

    assert not WIDE.isprintable()
    logger.handlers[0].setFormatter(Counting())
    with install():
        logger.info("at %s %r", WIDE, Place(), extra={"place": WIDE})
        logger.info("at %r\x07", Place())
    assert stream.getvalue() == f"1 at {WIDE} <Place 東京>\n3 at <Place 東京>\\x07\n"


@given(st.text(st.sampled_from("ab \t" + WIDE), max_size=40))
def test_harmless_text_is_the_same_object(text: str) -> None:
    """Law: what has no control character is not even copied."""
    text = text.replace("\t", "")
    assert escaped(text) is text
    assert indented(text) is text
    record = logging.makeLogRecord({"msg": "%s", "args": (text,), "place": text})
    assert neutral_record(record) is None


TEXT = st.text(st.sampled_from("ab \t\n\r\x1b\x00\x85\u2028\u202e\u200f\x9b"), max_size=40)


@given(TEXT)
def test_escaped_is_one_printable_line(text: str) -> None:
    """Law: no control character but the tab is left, and nothing else is changed."""
    done = escaped(text)
    assert len(done.splitlines()) <= 1
    assert done.replace("\t", "").isprintable()
    assert escaped(done) == done


@given(TEXT)
def test_indented_lines_do_not_begin_a_record(text: str) -> None:
    """Law: every line after the first is empty or begins with white space, and doing it twice changes nothing."""
    done = indented(text)
    assert all(line[:1] in ("", " ", "\t") for line in done.split("\n")[1:])
    assert done.replace("\t", "").replace("\n", "").isprintable()
    assert indented(done) == done


@pytest.mark.parametrize("size", [50_000, 1_000_000])
def test_flood_of_control_characters(logger: logging.Logger, stream: io.StringIO, size: int) -> None:
    with install() as installation:
        logger.info("%s", "\x1b\n" * (size // 2))
        assert installation.stats()["errors"] == 0
    assert stream.getvalue().count("\n") == 1
