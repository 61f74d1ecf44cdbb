"""The ways past logging: exception hooks and warnings.

A hook that was there before is called with the original exception if its traceback is clean. Otherwise the
interpreter's own hook is replaced by one that prints the scrubbed traceback, and anybody else's gets a stand-in: an
exception of the same type with the same traceback, whose text is scrubbed.
"""

from __future__ import annotations

import functools
import sys
import threading
import traceback
import warnings
from types import TracebackType
from typing import Any

from logscrub.emit.engine import Engine


def put_hooks(engine: Engine) -> None:
    """Wrap ``sys.excepthook``, ``threading.excepthook``, ``sys.unraisablehook`` and ``warnings.formatwarning``."""

    def judge(text: str) -> str | None:
        """Return ``None`` if the text is clean, else what may be shown of it."""
        clean = engine.text(text)
        if clean == text:
            return None
        return clean if clean.endswith("\n") else clean + "\n"

    before_sys = sys.excepthook

    @functools.wraps(before_sys)
    def excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        shown = judge(_traceback(kind, error, trace))
        if shown is None:
            before_sys(kind, error, trace)
        elif before_sys is sys.__excepthook__:
            _print(shown)
        else:
            twin = engine.error(error)
            before_sys(type(twin), twin, trace)

    before_thread = threading.excepthook

    @functools.wraps(before_thread)
    def thread_hook(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread is not None else threading.get_ident()
        shown = judge(f"Exception in thread {name}:\n{_traceback(args.exc_type, args.exc_value, args.exc_traceback)}")
        if shown is None or args.exc_type is SystemExit:
            before_thread(args)
        elif before_thread is threading.__excepthook__ or args.exc_value is None:
            _print(shown)
        else:
            twin = engine.error(args.exc_value)
            before_thread(threading.ExceptHookArgs((type(twin), twin, args.exc_traceback, args.thread)))

    before_unraisable = sys.unraisablehook

    @functools.wraps(before_unraisable)
    def unraisable_hook(args: sys.UnraisableHookArgs) -> None:
        head = f"{args.err_msg or 'Exception ignored in'}: {_repr(args.object)}\n"
        shown = judge(head + _traceback(args.exc_type, args.exc_value, args.exc_traceback))
        if shown is None:
            before_unraisable(args)
        elif before_unraisable is sys.__unraisablehook__ or args.exc_value is None:
            _print(shown)
        else:
            twin = engine.error(args.exc_value)
            make: Any = type(args)
            thing = args.object if judge(head) is None else judge(_repr(args.object))
            before_unraisable(make((type(twin), twin, args.exc_traceback, args.err_msg, thing)))

    before_warning = warnings.formatwarning

    @functools.wraps(before_warning)
    def formatwarning(*args: Any, **options: Any) -> str:
        text = before_warning(*args, **options)
        shown = judge(text)
        return text if shown is None else shown

    patches = engine.patches
    patches.put(sys, "excepthook", excepthook)
    patches.put(threading, "excepthook", thread_hook)
    patches.put(sys, "unraisablehook", unraisable_hook)
    patches.put(warnings, "formatwarning", formatwarning)


def _traceback(kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> str:
    return "".join(traceback.format_exception(kind, error, trace))


def _repr(thing: object) -> str:
    try:
        return repr(thing)
    except Exception:
        return f"<{type(thing).__name__} object>"


def _print(text: str) -> None:
    if sys.stderr is not None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):
            pass
