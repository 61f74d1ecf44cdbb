"""What a Celery worker logs of the tasks it receives."""

from __future__ import annotations

import functools
from typing import Any

from celery.concurrency import base
from celery.worker.request import Request

from logscrub.emit.engine import Engine
from logscrub.integrations.celery.calls import shown_call


def put(engine: Engine) -> None:
    """Scrub the calls that requests show, and what a pool is given."""
    original, pool_repr = vars(Request)["__init__"], base.safe_repr

    @functools.wraps(original)
    def received(self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        shown = shown_call(engine, self._type, self._args, self._kwargs)
        if shown:
            # The pool's processes are given the dictionary.
            self._request_dict.update(shown)
            self._argsrepr = shown.get("argsrepr", self._argsrepr)
            self._kwargsrepr = shown.get("kwargsrepr", self._kwargsrepr)

    @functools.wraps(pool_repr)
    def job_repr(job: Any, *args: Any, **options: Any) -> str:
        text: str = pool_repr(_shown_job(job) if engine.active else job, *args, **options)
        return engine.text(text)

    engine.patches.put(Request, "__init__", received)
    engine.patches.put(base, "safe_repr", job_repr)


def _shown_job(job: Any) -> Any:
    """Return what may be shown of the arguments of ``trace_task``: those of the task as the request shows them."""
    if isinstance(job, tuple) and len(job) >= 4 and isinstance(job[2], dict) and "argsrepr" in job[2]:
        request = {name: value for name, value in job[2].items() if name not in ("args", "kwargs")}
        return (*job[:2], request, "...", *job[4:])
    return job
