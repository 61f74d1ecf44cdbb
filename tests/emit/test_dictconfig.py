"""The filter and the formatter that dictConfig can make."""

from __future__ import annotations

import io
import logging
import logging.config
from typing import Any

import pytest
from keeping import Keep

from logscrub.emit.dictconfig import ScrubFilter, ScrubFormatter
from logscrub.errors import ConfigError
from logscrub.policy import Policy
from logscrub.scrubber import Scrubber


class Shout(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).upper() + " " + record.getMessage()


def configured(handler: dict[str, object], **parts: object) -> logging.Logger:
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"h": handler},
            "loggers": {"emit-test-configured": {"handlers": ["h"], "level": "DEBUG", "propagate": False}},
            **parts,
        }
    )
    return logging.getLogger("emit-test-configured")


def test_formatter(token: str) -> None:
    out = io.StringIO()
    logger = configured(
        {"class": "logging.StreamHandler", "stream": out, "formatter": "safe"},
        formatters={"safe": {"()": "logscrub.emit.dictconfig.ScrubFormatter", "format": "%(levelname)s %(message)s"}},
    )
    try:
        raise ValueError(token)
    except ValueError:
        logger.exception("token %s", token)
    assert out.getvalue().startswith("ERROR token ")
    assert token not in out.getvalue()


@pytest.mark.parametrize(
    "inner",
    [
        {"format": "<%(levelname)s> %(message)s"},
        {"class": f"{__name__}.Shout", "format": "<%(levelname)s> %(message)s"},
        {"()": f"{__name__}.Shout", "fmt": "<%(levelname)s> %(message)s"},
    ],
)
def test_formatter_around_another(token: str, inner: dict[str, str]) -> None:
    out = io.StringIO()
    logger = configured(
        {"class": "logging.StreamHandler", "stream": out, "formatter": "safe"},
        formatters={"safe": {"()": "logscrub.emit.dictconfig.ScrubFormatter", "inner": inner}},
    )
    logger.info("token %s", token)
    assert out.getvalue().startswith("<INFO> ")
    assert token not in out.getvalue()


def test_filter_on_a_handler(token: str, password: str) -> None:
    logger = configured(
        {"()": Keep, "filters": ["safe"]},
        filters={"safe": {"()": "logscrub.emit.dictconfig.ScrubFilter"}},
    )
    keep = logger.handlers[0]
    assert isinstance(keep, Keep)
    mutable = [token]
    logger.info("password=%s %s", password, mutable, extra={"more": mutable})
    record = keep.records[0]
    assert token not in repr(record.__dict__)
    assert password not in record.getMessage()
    assert mutable == [token]


def test_filter_heeds_the_name(token: str) -> None:
    record = logging.makeLogRecord({"name": "a.b", "msg": token})
    assert not ScrubFilter("c").filter(record)
    assert ScrubFilter("a").filter(record)


def test_broken_scrubber(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    def fail(self: Scrubber, x: object) -> object:
        return 1 / 0

    for name in ("scrub_text", "scrub"):
        monkeypatch.setattr(Scrubber, name, fail)
    record = logging.makeLogRecord({"msg": token})
    assert ScrubFormatter().format(record) == "[logscrub: record not shown (ZeroDivisionError)]"
    passed = ScrubFilter().filter(record)
    safe = passed if isinstance(passed, logging.LogRecord) else record
    assert token not in repr(safe.__dict__)


def test_options_as_a_file_writes_them(token: str) -> None:
    record = logging.makeLogRecord({"msg": f"{token} to jane.roe@mail-server.com"})
    text = ScrubFormatter(select=["github-token"], min_severity="low").format(record)
    assert token not in text
    assert "jane.roe@mail-server.com" in text


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"selekt": ["secret"]}, "no option is called 'selekt'"),
        ({"min_severity": "huge"}, "min_severity is not one of info, low"),
        ({"select": ["secret"], "policy": Policy()}, "either a policy or its fields"),
    ],
)
def test_wrong_options(options: dict[str, Any], problem: str) -> None:
    for kind in (ScrubFilter, ScrubFormatter):
        with pytest.raises(ConfigError, match=problem):
            kind(**options)
