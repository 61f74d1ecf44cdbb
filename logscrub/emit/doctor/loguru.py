"""Handlers of loguru: twins of them, with sinks that write nowhere, on a logger of their own."""

from __future__ import annotations

import copy
import io
import types
from typing import Any

from logscrub.emit.doctor.channels import Load
from logscrub.emit.doctor.examination import Caught, Examination, StderrAside
from logscrub.emit.doctor.handlers import Handlers
from logscrub.emit.doctor.twins import UntestableError, describe

_LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "TRACE")
# How a channel is written with loguru; those that are not here have no counterpart, or the same text.
_TEXTS = {"arguments": "password={} pin={}", "mapping": "password={password} pin={pin}", "object": "request {}"}


def examine(examination: Examination, handlers: Handlers, stderr: StderrAside) -> None:
    """Examine all handlers of loguru."""
    from loguru import logger

    core: Any = logger._core  # type: ignore[attr-defined]
    loads = {name: load for name, load in examination.loads.items() if name not in ("stack", "handler-error")}
    for handler in list(core.handlers.values()):
        sink = handler._sink
        shown = describe(sink._handler) if type(sink).__name__ == "StandardSink" else handler._name
        target = examination.clean(f"loguru handler {handler._id} to {shown}")
        try:
            level = _level(logger, handler, handlers, stderr)
            sent = {name: _sent(logger, handler, handlers, stderr, level, name, load) for name, load in loads.items()}
        except Exception as error:
            known = isinstance(error, UntestableError)
            reason = str(error) if known else f"a patcher, or the handler, raises {type(error).__name__}"
            examination.untested("loguru", target, (), reason)
            continue
        for channel, caught in sent.items():
            examination.judge("loguru", target, (), channel, caught)


def _level(logger: Any, handler: Any, handlers: Handlers, stderr: StderrAside) -> str:
    for level in _LEVELS:
        if _sent(logger, handler, handlers, stderr, level, "", Load("", msg="logscrub doctor")).reached:
            return level
    raise UntestableError("its level or its filter lets nothing through")


def _sent(
    logger: Any, handler: Any, handlers: Handlers, stderr: StderrAside, level: str, channel: str, load: Load
) -> Caught:
    caught = Caught()
    core = copy.copy(logger._core)
    texts: list[io.StringIO] = []
    core.handlers = {handler._id: _twin(handler, _Receiver(caught, texts, handlers))}
    core.enabled, core.activation_list, core.activation_none = {}, [], True
    speaker = type(logger)(core, *logger._options).bind(**load.extra)
    if load.error is not None:
        speaker = speaker.opt(exception=load.error)
    values = load.args if channel != "mapping" else ()
    named = load.args[0] if channel == "mapping" else {}
    if channel == "line-break":
        speaker.log(level, "user={}", *values)
    elif channel in _TEXTS:
        speaker.log(level, _TEXTS[channel], *values, **named)
    else:
        speaker.log(level, load.msg)
    for text in (*(one.getvalue() for one in texts), stderr.take()):
        if text:
            caught.write(text)
    return caught


class _Receiver:
    """Gets messages as a function or a stream of the application does, and may look at the record.

    Args:
        caught: gets what comes out.
        texts: get streams that are written to.
        handlers: try handlers of ``logging``.
    """

    def __init__(self, caught: Caught, texts: list[io.StringIO], handlers: Handlers) -> None:
        self._caught, self._handlers, self.texts = caught, handlers, texts
        self.handler: Any = None

    def write(self, message: Any) -> None:
        """Take a message."""
        self._caught.write(str(message))
        if hasattr(message, "record"):
            self._caught.value(dict(message.record))

    def handle(self, record: Any) -> None:
        """Take a record for a handler of ``logging``."""
        self._caught.add(self._handlers.hand(self.handler, record))


class _Loop:
    """An event loop that runs nothing."""

    def create_task(self, coroutine: object) -> Any:
        """Forget it."""
        return types.SimpleNamespace(add_done_callback=lambda _: None)


def _twin(handler: Any, receiver: _Receiver) -> Any:
    twin = object.__new__(type(handler))
    # As it does when it goes to another process; but the sink stays, and nothing is queued.
    twin.__setstate__({**vars(handler), "_enqueue": False, "_sink": _twin_sink(handler._sink, receiver)})
    return twin


def _twin_sink(sink: Any, receiver: _Receiver) -> Any:
    twin = object.__new__(type(sink))
    vars(twin).update(vars(sink))
    if hasattr(sink, "_stream"):
        # Whether a stream is Python's own tells the installation whether it looks at more than the text.
        if isinstance(sink._stream.write, types.BuiltinMethodType):
            receiver.texts.append(io.StringIO())
            twin._stream = receiver.texts[-1]
        else:
            twin._stream = receiver
        twin._flushable = False
    elif hasattr(sink, "_file"):
        receiver.texts.append(io.StringIO())
        twin._file, twin._watch, twin._rotation_function = receiver.texts[-1], False, None
    elif hasattr(sink, "_loop"):
        twin._function, twin._loop = receiver.write, _Loop()
    elif hasattr(sink, "_function"):
        twin._function = receiver.write
    elif hasattr(sink, "_handler"):
        receiver.handler = sink._handler
        twin._handler = receiver
    else:
        raise UntestableError(f"its sink is a {type(sink).__name__}, which is not known")
    return twin
