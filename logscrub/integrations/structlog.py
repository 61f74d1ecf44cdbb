"""structlog, for services that do not call :func:`logscrub.install`; with it, nothing of this is needed.

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            wrap_renderer(structlog.processors.JSONRenderer()),
        ]
    )

What only ``install()`` does: local variables in tracebacks are scrubbed before they are cut, and loggers that are
configured elsewhere are covered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from logscrub.emit.engine import Engine
from logscrub.emit.observe import Meter
from logscrub.policy import Policy

__all__ = ["processor", "wrap_renderer"]


def processor(policy: Policy | str | None = None) -> Callable[[Any, str, Any], Any]:
    """Return a processor that scrubs events. Its place is last before the renderer: what comes later is not scrubbed.

    Args:
        policy: what to look for and what to do with it; the default policy if left out.

    Raises:
        ConfigError: the policy names what no rule has.

    >>> processor()(None, "info", {"event": "login", "password": "hunter2", "tries": 3})
    {'event': 'login', 'password': '[password]', 'tries': 3}
    """
    scrubbing = _scrubbing(policy)

    def scrub_event(logger: Any, method_name: str, event_dict: Any) -> Any:
        return scrubbing.event(event_dict)

    return scrub_event


def wrap_renderer(
    renderer: Callable[[Any, str, Any], Any], policy: Policy | str | None = None
) -> Callable[[Any, str, Any], Any]:
    """Return a renderer that scrubs the event it is given, and the text it makes of it.

    Args:
        renderer: the last processor.
        policy: as for :func:`processor`.

    Raises:
        ConfigError: the policy names what no rule has.

    >>> from structlog.processors import KeyValueRenderer
    >>> wrap_renderer(KeyValueRenderer())(None, "info", {"event": "password=hunter2", "pin": 4711})
    "event='password=[password]' pin='[one-time-code]'"
    """
    return partial(_scrubbing(policy).render, renderer)


def _scrubbing(policy: Policy | str | None) -> Any:
    from logscrub.emit.structlog import Scrubbing

    return Scrubbing(Engine(policy, meter=Meter()))
