"""Calls of Celery tasks that are yet to be made: ``login.s("jane", "tiger")`` shows its arguments in its ``repr``."""

from __future__ import annotations

from celery import canvas

from logscrub.emit.engine import Engine
from logscrub.integrations.celery.calls import safe_reprcall


def put(engine: Engine) -> None:
    """Judge arguments by the names of the parameters they are given to."""
    engine.patches.put(canvas, "reprcall", safe_reprcall(engine, canvas.reprcall))
