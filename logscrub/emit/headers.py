"""HTTP headers in access logs, where a value stands without its name: only the log's format tells what it is."""

from __future__ import annotations

from typing import Any

from logscrub.emit.engine import Engine

ABSENT = "-"
"""What access logs show where there is nothing."""


def header(engine: Engine, name: str, value: Any) -> Any:
    """Return a header's value as it may be logged: judged by its name and by itself.

    >>> from logscrub.emit.observe import Meter
    >>> header(Engine(None, meter=Meter()), "X-Api-Key", "k3y-0f-the-shop")
    '[api-key]'
    """
    shown = engine.value({name: value})
    if not isinstance(shown, dict):  # the marker of a failure
        return shown
    return shown.get(name, ABSENT)
