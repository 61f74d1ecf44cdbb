"""The ways past logging: exception hooks and warnings.

The interpreter's own hook is called if the traceback is clean; otherwise the scrubbed one is printed. Anybody else's
gets a stand-in: an exception of the same type, raised in the same places, whose text and variables are scrubbed.
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
        if before_sys is not sys.__excepthook__:
            twin = engine.error(error, frames=True)
            before_sys(type(twin), twin, trace if twin is error else twin.__traceback__)
        elif shown is None:
            before_sys(kind, error, trace)
        else:
            _print(shown)

    before_thread = threading.excepthook

    @functools.wraps(before_thread)
    def thread_hook(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread is not None else threading.get_ident()
        shown = judge(f"Exception in thread {name}:\n{_traceback(args.exc_type, args.exc_value, args.exc_traceback)}")
        ours = before_thread is threading.__excepthook__ or args.exc_value is None
        if args.exc_type is SystemExit or (ours and shown is None):
            before_thread(args)
        elif args.exc_value is None or (shown is not None and ours):
            _print(shown or "")
        else:
            twin = engine.error(args.exc_value, frames=True)
            trace = args.exc_traceback if twin is args.exc_value else twin.__traceback__
            before_thread(threading.ExceptHookArgs((type(twin), twin, trace, args.thread)))

    before_unraisable = sys.unraisablehook

    @functools.wraps(before_unraisable)
    def unraisable_hook(args: sys.UnraisableHookArgs) -> None:
        head = f"{args.err_msg or 'Exception ignored in'}: {_repr(args.object)}\n"
        shown = judge(head + _traceback(args.exc_type, args.exc_value, args.exc_traceback))
        ours = before_unraisable is sys.__unraisablehook__ or args.exc_value is None
        if ours and shown is None:
            before_unraisable(args)
        elif args.exc_value is None or (shown is not None and ours):
            _print(shown or "")
        else:
            twin = engine.error(args.exc_value, frames=True)
            trace = args.exc_traceback if twin is args.exc_value else twin.__traceback__
            make: Any = type(args)
            thing = args.object if judge(head) is None else judge(_repr(args.object))
            before_unraisable(make((type(twin), twin, trace, args.err_msg, thing)))

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
