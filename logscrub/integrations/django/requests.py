"""Requests of Django in log records and tracebacks: what their addresses show.

A route names parts of its addresses: of ``reset/<uidb64>/<token>/`` the second is a token, whatever it looks like.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping
from typing import Any

from django.http.request import HttpRequest

from logscrub.emit.engine import Engine
from logscrub.emit.record import marker

# Loggers whose records show the path of a request.
_LOGGERS = ("django.request", "django.server", "django.security.csrf")
_SHORTEST = 4


def put(engine: Engine) -> None:
    """Scrub the ``repr`` of requests, and the addresses in Django's records.

    A record keeps its request: the mail to the admins is made from it.
    """
    original = vars(HttpRequest)["__repr__"]

    @functools.wraps(original)
    def scrubbed_repr(self: Any) -> str:
        text = engine.text(original(self))
        return without(text, in_address(engine, getattr(self, "resolver_match", None))) if engine.active else text

    engine.patches.put(HttpRequest, "__repr__", scrubbed_repr)
    addresses = _Addresses(engine)
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(addresses)
        engine.patches.undone(functools.partial(logging.getLogger(name).removeFilter, addresses))


def in_address(engine: Engine, match: Any) -> dict[str, str]:
    """Return the sensitive parts of an address, and what to show for each.

    Args:
        engine: what judges them by their names.
        match: the route, a ``ResolverMatch``, or ``None``.
    """
    named = getattr(match, "kwargs", None)
    if not isinstance(named, Mapping) or not named:
        return {}
    given = {name: str(value) for name, value in named.items()}
    shown = engine.value(given)
    if not isinstance(shown, dict):
        return dict.fromkeys(given.values(), str(shown))
    return {
        value: str(shown.get(name))
        for name, value in given.items()
        if shown.get(name) != value and len(value) >= _SHORTEST
    }


def without(text: str, hidden: Mapping[str, str]) -> str:
    """Return a text without the sensitive parts of an address."""
    for value, shown in hidden.items():
        text = text.replace(value, shown)
    return text


class _Addresses(logging.Filter):
    """Changes the record itself: Django makes it for the log alone, and on Python 3.11 a filter can do no other."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass; never raises."""
        if not self._engine.active or not isinstance(record.args, tuple):
            return True
        try:
            hidden = in_address(self._engine, _route(record))
            if hidden:
                record.args = tuple([without(arg, hidden) if type(arg) is str else arg for arg in record.args])
        except Exception as error:
            self._engine.meter.failed()
            if not self._engine.report_only:
                record.msg, record.args = marker(error), ()
        return True


def _route(record: logging.LogRecord) -> Any:
    request = vars(record).get("request")
    if isinstance(request, HttpRequest):
        return request.resolver_match
    if record.name != "django.server" or not record.args:
        return None
    # runserver knows the request line only.
    from django.urls import resolve

    parts = str(record.args[0]).split(" ")  # type: ignore[index]
    try:
        return resolve(parts[1].partition("?")[0]) if len(parts) == 3 else None
    except Exception:
        return None  # no such page, or the list of pages itself is broken
