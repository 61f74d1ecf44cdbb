"""The schedule of Celery's beat, which it logs with the arguments of each task."""

from __future__ import annotations

from celery import beat

from logscrub.emit.engine import Engine
from logscrub.integrations.celery.calls import safe_reprcall


def put(engine: Engine) -> None:
    """Judge arguments by the names of the parameters they are given to."""
    engine.patches.put(beat, "reprcall", safe_reprcall(engine, beat.reprcall))
