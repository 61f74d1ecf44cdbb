"""A service that configures logging from dictionaries as large schedulers do, run by ``test_dictconfig.py``.

Arguments: a directory for all that is written, then how it is to be covered, one after the other: ``none``, ``before``,
``after``, ``filter``, ``formatter`` or ``line``.
"""

from __future__ import annotations

import contextlib
import json
import logging
import logging.config
import os
import sys
from pathlib import Path
from typing import Any

import logscrub

TOKEN, PASSWORD = os.environ["TOKEN"], os.environ["PASSWORD"]


class LocalTime(logging.Formatter):
    """A formatter with a class of its own."""

    default_msec_format = "%s,%03d"

    def __init__(self, fmt: str | None = None, *, zone: str = "UTC", **more: Any) -> None:
        super().__init__(fmt, **more)
        self.zone = zone

    def format(self, record: logging.LogRecord) -> str:
        return f"{super().format(record)} ({self.zone})"


class Rows(logging.Formatter):
    """Writes what a record holds beside its message, as JSON formatters do."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record) + " " + json.dumps({k: repr(v) for k, v in vars(record).items()})


class RunFile(logging.Handler):
    """Opens a file for each run, once it is told which, and writes through a handler of its own."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder = folder
        self.inner: logging.FileHandler | None = None

    def set_context(self, run: str) -> None:
        self.inner = logging.FileHandler(Path(self.folder) / f"run={run}.log")
        if self.formatter:
            self.inner.setFormatter(self.formatter)
        self.inner.setLevel(self.level)

    def emit(self, record: logging.LogRecord) -> None:
        if self.inner is not None:
            self.inner.emit(record)

    def close(self) -> None:
        if self.inner is not None:
            self.inner.close()
        super().close()


class Redirecting(logging.StreamHandler):  # type: ignore[type-arg]
    """Asks for the stream each time, so that it can be redirected; writes past ``StreamHandler.emit``."""

    def __init__(self, stream: str) -> None:
        logging.Handler.__init__(self)
        self._stream = stream

    @property
    def stream(self) -> Any:
        return sys.stdout if self._stream == "sys.stdout" else sys.stderr

    @stream.setter
    def stream(self, stream: Any) -> None:
        raise NotImplementedError


class Raw(logging.Handler):
    """Looks into records: what an error tracker does."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def emit(self, record: logging.LogRecord) -> None:
        with open(self.path, "a", encoding="utf-8") as out:
            out.write(repr({**vars(record), "exc_info": repr(record.exc_info)}) + "\n")


LINE = "[%(asctime)s] {%(filename)s:%(lineno)d} %(levelname)s - %(message)s"


def configuration(out: Path) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "layout": {"line": LINE, "zone": "UTC"},
        "filters": {},
        "formatters": {
            "main": {"()": f"{__name__}.LocalTime", "fmt": "cfg://layout.line", "zone": "cfg://layout.zone"},
            "plain": {"format": "%(levelname)s %(message)s", "class": "logging.Formatter"},
            "rows": {"()": Rows, "fmt": "%(message)s"},
        },
        "handlers": {
            "console": {"class": f"{__name__}.Redirecting", "formatter": "main", "stream": "sys.stdout"},
            "errors": {"class": "logging.StreamHandler", "formatter": "plain", "stream": "ext://sys.stderr"},
            "task": {"class": f"{__name__}.RunFile", "formatter": "main", "folder": str(out)},
            "rows": {"class": "logging.FileHandler", "formatter": "rows", "filename": str(out / "rows.log")},
            "raw": {"()": Raw, "path": str(out / "raw.log")},
            "turning": {
                "class": "logging.handlers.RotatingFileHandler",
                "formatter": "plain",
                "filename": str(out / "processor.log"),
                "maxBytes": 100_000,
                "backupCount": 2,
            },
        },
        "loggers": {
            "sched.processor": {"handlers": ["turning"], "level": "INFO", "propagate": False},
            "sched.task": {"handlers": ["task", "rows", "raw"], "level": "INFO", "propagate": False},
            "web.sec": {"handlers": ["console"], "level": "WARNING", "propagate": True},
        },
        "root": {"handlers": ["console", "errors"], "level": "INFO"},
    }


def ini(out: Path) -> str:
    return f"""
[loggers]
keys = root
[handlers]
keys = file
[formatters]
keys = plain
[logger_root]
level = INFO
handlers = file
[handler_file]
class = FileHandler
formatter = plain
args = ({str(out / "ini.log")!r},)
[formatter_plain]
format = %(levelname)s %(message)s
"""


def covered(config: dict[str, Any], mode: str) -> dict[str, Any]:
    """Return the configuration with what the mode adds to it."""
    if mode == "filter":
        config["filters"]["scrub"] = {"()": "logscrub.ScrubFilter"}
        for handler in config["handlers"].values():
            handler["filters"] = ["scrub"]
    elif mode == "formatter":
        config["formatters"] = {
            name: {"()": "logscrub.ScrubFormatter", "inner": inner} for name, inner in config["formatters"].items()
        }
        del config["handlers"]["raw"]
        config["loggers"]["sched.task"]["handlers"].remove("raw")
    elif mode == "line":
        config["filters"]["logscrub"] = {"()": "logscrub.integrations.dictconfig.Installed"}
    return config


def work(step: str) -> None:
    for name in ("sched.processor", "sched.task", "web.sec", "sched.unheard", "root"):
        logger = logging.getLogger(name)
        logger.warning(
            "%s: connecting, password=%s", step, PASSWORD, extra={"conn": {"password": PASSWORD, "port": 5432}}
        )
        logger.warning("%s: %s", step, TOKEN)
        try:
            raise ConnectionError(f"postgresql://airman:{PASSWORD}@db:5432/meta")
        except ConnectionError:
            logger.exception("%s: failed", step)


def main(out: Path, mode: str) -> None:
    if mode == "before":
        logscrub.install()
    logging.config.dictConfig(covered(configuration(out), mode))
    if mode == "after":
        logscrub.install()
    task = next(one for one in logging.getLogger("sched.task").handlers if isinstance(one, RunFile))
    task.set_context("one")
    work("first")
    task.set_context("two")
    logging.config.dictConfig({"version": 1, "incremental": True, "loggers": {"sched.unheard": {"level": "DEBUG"}}})
    work("incremental")
    if mode in ("filter", "formatter"):
        return
    # Somebody else configures logging anew.
    again = {"class": "logging.FileHandler", "filename": str(out / "again.log")}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"again": again},
            "root": {"handlers": ["again"], "level": "INFO"},
        }
    )
    work("again")
    file = out.parent / f"{mode}.ini"
    file.write_text(ini(out), "utf-8")
    logging.config.fileConfig(file, disable_existing_loggers=False)
    work("ini")
    logging.basicConfig(filename=out / "basic.log", level="INFO", force=True)
    work("basic")
    if mode != "none":
        logscrub.install().uninstall()


for mode in sys.argv[2:]:
    out = Path(sys.argv[1]) / mode
    out.mkdir()
    with (
        open(out / "stdout", "w", encoding="utf-8") as stdout,
        open(out / "stderr", "w", encoding="utf-8") as stderr,
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
    ):
        main(out, mode)
        logging.config.dictConfig({"version": 1, "root": {"handlers": []}})
