"""Calls of Celery tasks as they are logged: arguments by the names of the parameters they are given to."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Mapping
from typing import Any

from celery.app.task import Context
from celery.utils.saferepr import saferepr

from logscrub.emit.engine import Engine
from logscrub.emit.record import marker

_LONGEST = 1024  # as Celery shows them


def put(engine: Engine) -> None:
    """Scrub what a task's request shows of its call, and the results Celery logs."""
    original = vars(Context)["__init__"]

    @functools.wraps(original)
    def made(self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        if self.args or self.kwargs:
            vars(self).update(shown_call(engine, vars(self).get("task"), self.args, self.kwargs))

    engine.patches.put(Context, "__init__", made)
    logger, results = logging.getLogger("celery.app.trace"), _Results(engine)
    logger.addFilter(results)
    engine.patches.undone(lambda: logger.removeFilter(results))


def shown_call(engine: Engine, name: Any, args: Any, kwargs: Any) -> dict[str, str]:
    """Return what to show of a call as Celery keeps it, ``argsrepr`` and ``kwargsrepr``; nothing if it is clean.

    Args:
        engine: what judges arguments by the names of their parameters.
        name: the task's name.
        args: its positional arguments, which are not changed.
        kwargs: its named ones.
    """
    shown: dict[str, str] = {}
    safe_args, safe_kwargs = safe_call(engine, name, args, kwargs)
    if safe_args is not args:
        shown["argsrepr"] = saferepr(safe_args, _LONGEST)
    if safe_kwargs is not kwargs:
        shown["kwargsrepr"] = saferepr(safe_kwargs, _LONGEST)
    return shown


def safe_call(engine: Engine, name: Any, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """Return the arguments of a call scrubbed: the same objects if they are clean. Never raises.

    Args:
        engine: as for :func:`shown_call`, and so are the others.
    """
    if not engine.active:
        return args, kwargs
    try:
        safe: Any = args
        if isinstance(args, list | tuple) and args:
            names = _parameters(name)
            clean = [_judged(engine, names[at], value) if at < len(names) else value for at, value in enumerate(args)]
            safe = engine.value(tuple(clean))
            if all(a is b for a, b in zip(safe, args, strict=True)):
                safe = args
        return safe, engine.value(kwargs) if isinstance(kwargs, Mapping) else kwargs
    except Exception as error:
        engine.meter.failed()
        return (args, kwargs) if engine.report_only else ((marker(error),), {})


def safe_reprcall(engine: Engine, original: Callable[..., str]) -> Callable[..., str]:
    """Return a ``reprcall`` that writes a call without what is sensitive in it."""

    @functools.wraps(original)
    def reprcall(name: Any, args: Any = (), kwargs: Any = None, *more: Any, **options: Any) -> str:
        return original(name, *safe_call(engine, name, args, kwargs), *more, **options)

    return reprcall


def _judged(engine: Engine, name: str, value: Any) -> Any:
    shown = engine.value({name: value})
    return shown.get(name) if isinstance(shown, dict) else shown


def _parameters(name: Any) -> list[str]:
    from celery import current_app

    task = current_app.tasks.get(name) if isinstance(name, str) else None
    if task is None:
        return []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [one.name for one in inspect.signature(task.run).parameters.values() if one.kind in kinds]


class _Results(logging.Filter):
    """Judges a result by its task's name. It changes the record itself: Celery makes it for the log alone."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass; never raises."""
        given = record.args
        if not self._engine.active or not isinstance(given, dict) or "return_value" not in given:
            return True
        # "shop.tasks.issue_password" returns one; only a text can be one.
        label, result = str(given.get("name")).rpartition(".")[2], given["return_value"]
        if isinstance(result, str) and result[:1] in ("'", '"'):
            safe = _judged(self._engine, label, result)
            if safe is not result:
                record.args = {**given, "return_value": safe}
        return True
