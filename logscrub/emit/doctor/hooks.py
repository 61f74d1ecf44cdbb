"""The ways past logging: exception hooks, warnings, printed tracebacks, the standard streams."""

from __future__ import annotations

import sys
import threading
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from logscrub.emit.doctor.channels import ERRORS
from logscrub.emit.doctor.examination import Caught, Examination, StderrAside, where_from
from logscrub.emit.exceptions import render
from logscrub.emit.prints import STREAMS, CapturedStream

_AGAIN = "let it be set before logscrub.install(), or install later"


class Hooks:
    """Examines them.

    Args:
        examination: gets what is found.
        stderr: keeps what they print.
    """

    def __init__(self, examination: Examination, stderr: StderrAside) -> None:
        self._examination = examination
        self._engine = examination.engine
        self._stderr = stderr

    def run(self) -> None:
        """Examine them."""
        self._hook(sys, "excepthook", sys.__excepthook__, _call_main)
        self._hook(threading, "excepthook", threading.__excepthook__, _call_threads)
        self._hook(sys, "unraisablehook", sys.__unraisablehook__, _call_unraisable)
        self._tracebacks()
        self._warnings()
        self._event_loop()
        self._streams()

    def _hook(
        self, owner: types.ModuleType, name: str, genuine: object, call: Callable[[Any, BaseException], object]
    ) -> None:
        examination, engine = self._examination, self._engine
        hook = getattr(owner, name)
        target = f"{owner.__name__}.{name}"
        found = engine.patches.found(owner, name) if engine is not None else None
        ours = found is not None and found[0] is hook
        behind = found[1] if found is not None and ours else hook
        cause = None
        if found is not None and not ours:
            who = "set back to the interpreter's own" if hook is genuine else f"set by {where_from(hook)}"
            cause = (f"{target} was {who} after logscrub.install()", _AGAIN)
            if hook is not genuine:
                examination.note("replaced", *cause)
        for channel, load in self._errors():
            if behind is genuine:
                self._stderr.take()
                call(hook, load)
                shown = self._stderr.take()
            else:
                # Somebody's own: it may send what it gets, so it is not called.
                shown = render(engine.error(load) if engine is not None and ours else load)
            self._judge(target, channel, shown, cause)

    def _tracebacks(self) -> None:
        function: Any = traceback.TracebackException.print
        found = self._engine.patches.found(traceback.TracebackException, "print") if self._engine is not None else None
        cause = None
        if found is not None and found[0] is not function:
            cause = (f"traceback.TracebackException.print was set by {where_from(function)}", _AGAIN)
        for channel, load in self._errors():
            self._stderr.take()
            traceback.print_exception(load)
            self._judge("traceback.print_exc", channel, self._stderr.take(), cause)

    def _warnings(self) -> None:
        load = self._examination.loads.get("message")
        if load is None:
            return
        function: Any = warnings.formatwarning
        found = self._engine.patches.found(warnings, "formatwarning") if self._engine is not None else None
        cause = None
        if found is not None and found[0] is not function:
            cause = (f"warnings.formatwarning was set by {where_from(function)} after logscrub.install()", _AGAIN)
        try:
            shown = function(UserWarning(load.text), UserWarning, "logscrub-doctor", 1, "")
        except Exception as error:
            reason = f"warnings.formatwarning raises {type(error).__name__}"
            self._examination.note("not-tested", f"warnings: {reason}")
        else:
            self._judge("warnings", "message", str(shown), cause)
        show: Any = warnings.showwarning
        if where_from(show) not in ("warnings", "logging"):
            text = f"warnings.showwarning was set by {where_from(show)}: it is given warnings as they are"
            self._examination.note("not-tested", text)

    def _event_loop(self) -> None:
        """Say who gets the errors of the running event loop, if not asyncio's logger."""
        asyncio = sys.modules.get("asyncio")
        loop = asyncio._get_running_loop() if asyncio is not None else None
        hook = loop.get_exception_handler() if loop is not None else None
        if hook is not None:
            text = f"the event loop's exception handler was set by {where_from(hook)}: it is given errors as they are"
            self._examination.note("not-tested", text)

    def _streams(self) -> None:
        engine = self._engine
        for name in STREAMS:
            stream = self._stderr._real if name == "stderr" else sys.stdout
            found = engine.patches.found(sys, name) if engine is not None else None
            if found is not None and stream is not found[0]:
                text = f"sys.{name} was replaced after logscrub.install(): what is printed there is not captured"
                self._examination.note("not-covered", text, _AGAIN)
            elif not isinstance(stream, CapturedStream):
                text = f"what print() and others write to sys.{name} directly is not scrubbed"
                self._examination.note("not-covered", text, f"logscrub.install(capture=({name!r},))")

    def _errors(self) -> Iterator[tuple[str, BaseException]]:
        for name, load in self._examination.loads.items():
            if name in ERRORS and load.error is not None:
                yield name, load.error

    def _judge(self, target: str, channel: str, shown: str, cause: tuple[str, str] | None) -> None:
        caught = Caught()
        caught.write(shown)
        self._examination.judge("hook", target, (), channel, caught, cause=cause)


def _call_main(hook: Any, error: BaseException) -> None:
    hook(type(error), error, error.__traceback__)


def _call_threads(hook: Any, error: BaseException) -> None:
    hook(threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread())))


def _call_unraisable(hook: Any, error: BaseException) -> None:
    class Dying:
        def __del__(self) -> None:
            raise error

    # The interpreter calls the hook: its argument is of a type nobody else can make.
    Dying()
