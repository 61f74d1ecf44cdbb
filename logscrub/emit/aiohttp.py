"""aiohttp: headers in the access log of its server."""

from __future__ import annotations

import functools
from typing import Any

from logscrub.emit.engine import Engine
from logscrub.emit.headers import header


def put(engine: Engine) -> None:
    """Wrap ``AccessLogger._format_line``: loggers made before share the methods that were looked up by then."""
    from aiohttp.web_log import AccessLogger

    format_line = AccessLogger._format_line

    @functools.wraps(format_line)
    def format_scrubbed(self: Any, *args: Any, **options: Any) -> Any:
        line = format_line(self, *args, **options)
        if not engine.active:
            return line
        # A header's key is a pair: ("request_header", "Authorization").
        return [(key, header(engine, key[1], value) if isinstance(key, tuple) else value) for key, value in line]

    engine.patches.put(AccessLogger, "_format_line", format_scrubbed)
