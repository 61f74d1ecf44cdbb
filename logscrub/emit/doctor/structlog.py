"""The chain structlog is configured with.

Of its processors, those are run that come with structlog, and the last one, which renders; others may send what they
get somewhere. What goes on to ``logging`` is followed through its handlers.
"""

from __future__ import annotations

import logging
from typing import Any

from logscrub.emit.doctor.channels import ERRORS, LINE_BREAK, Load
from logscrub.emit.doctor.examination import Caught, Examination, StderrAside, where_from
from logscrub.emit.doctor.handlers import Handlers
from logscrub.emit.doctor.twins import UntestableError

_CHANNELS = ("message", "extra", *ERRORS, LINE_BREAK)


def examine(examination: Examination, handlers: Handlers, stderr: StderrAside) -> None:
    """Examine structlog as it is configured now."""
    import structlog

    config = structlog.get_config()
    chain = list(config["processors"])
    foreign = [one for one in chain[:-1] if not where_from(one).startswith("structlog.")]
    target = examination.clean(f"structlog, rendered by {_name(chain[-1])}" if chain else "structlog")
    if foreign:
        shown = ", ".join(f"{where_from(one)}.{_name(one)}" for one in foreign)
        text = f"structlog: processors that get events as they are, and were not run: {shown}"
        examination.note("not-tested", examination.clean(text))
    chain = [one for one in chain if one not in foreign]
    for channel in _CHANNELS:
        load = examination.loads.get(channel)
        if load is None:
            continue
        caught = Caught()
        sink = _Sink(caught, handlers if "stdlib" in where_from(config["logger_factory"]) else None)
        logger = structlog.wrap_logger(
            sink,
            processors=chain,
            wrapper_class=config["wrapper_class"],
            context_class=config["context_class"],
            cache_logger_on_first_use=False,
        )
        try:
            _log(logger, channel, load)
        except Exception as error:
            reason = str(error) if isinstance(error, UntestableError) else f"a processor raises {type(error).__name__}"
            examination.untested("structlog", target, (), reason)
            return
        printed = stderr.take()
        if printed:
            caught.write(printed)
        examination.judge("structlog", target, (), channel, caught)


def _log(logger: Any, channel: str, load: Load) -> None:
    values = dict(load.extra)
    if load.error is not None:
        values["exc_info"] = load.error
    if channel == LINE_BREAK:
        values["user"] = load.args[0]
    logger.critical(load.msg if channel != LINE_BREAK else "sign-in", **values)


def _name(processor: Any) -> str:
    name = getattr(processor, "__qualname__", None) or type(processor).__qualname__
    return str(name)


class _Sink:
    """What a bound logger wraps: takes what the chain has made.

    Args:
        caught: gets it.
        handlers: gets it as a record of ``logging``, if that is where it goes.
    """

    name = "logscrub-doctor"
    level = logging.NOTSET
    disabled = False

    def __init__(self, caught: Caught, handlers: Handlers | None) -> None:
        self._caught = caught
        self._handlers = handlers

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - as in logging
        """Let everything through."""
        return True

    def getEffectiveLevel(self) -> int:  # noqa: N802
        """Let everything through."""
        return logging.NOTSET

    def critical(self, *args: Any, **options: Any) -> None:
        """Take an event."""
        if self._handlers is None:
            for text in args:
                (self._caught.write if isinstance(text, (str, bytes)) else self._caught.value)(text)
            self._caught.value(options)
            return
        info, extra = options.get("exc_info"), options.get("extra")
        if isinstance(info, BaseException):
            info = (type(info), info, info.__traceback__)
        for handler, loggers in self._handlers.routes:
            logger = loggers[0]
            record = logger.makeRecord(
                logger.name, logging.CRITICAL, "logscrub-doctor", 0, args[0], args[1:], info, "doctor", extra
            )
            if not isinstance(handler, logging.NullHandler):
                self._caught.add(self._handlers.hand(handler, record))

    def log(self, level: int, *args: Any, **options: Any) -> None:
        """Take an event."""
        self.critical(*args, **options)

    msg = fatal = exception = error = critical
