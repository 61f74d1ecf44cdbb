"""Werkzeug: the traceback its debugger writes straight to the server's error stream."""

from __future__ import annotations

import functools
from typing import Any

from logscrub.emit.engine import Engine


def put(engine: Engine) -> None:
    """Wrap ``DebugTraceback.render_traceback_text``. The page the browser gets is no log and stays as it is."""
    from werkzeug.debug.tbtools import DebugTraceback

    render = DebugTraceback.render_traceback_text

    @functools.wraps(render)
    def render_scrubbed(self: Any) -> str:
        return engine.text(render(self))

    engine.patches.put(DebugTraceback, "render_traceback_text", render_scrubbed)
