"""The standard library's web servers: their access lines go straight to standard error."""

from __future__ import annotations

import functools
from http.server import BaseHTTPRequestHandler
from typing import Any

from logscrub.emit.engine import Engine
from logscrub.emit.record import marker


def put(engine: Engine) -> None:
    """Wrap ``BaseHTTPRequestHandler.log_message``, which ``wsgiref`` uses as well."""
    original = BaseHTTPRequestHandler.log_message

    @functools.wraps(original)
    def log_message(self: BaseHTTPRequestHandler, format: str, *args: Any) -> None:  # noqa: A002
        try:
            text = format % args
            clean = engine.text(text)
        except Exception as error:
            engine.meter.failed()
            text, clean = "", marker(error)
        if clean == text:
            original(self, format, *args)
        else:
            original(self, "%s", clean)

    engine.patches.put(BaseHTTPRequestHandler, "log_message", log_message)
