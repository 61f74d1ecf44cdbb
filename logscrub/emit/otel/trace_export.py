"""The part of ``opentelemetry.sdk.trace.export``: what others make of spans does not get to an exporter raw."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from logscrub.emit.engine import Engine
from logscrub.emit.otel.copies import copies_of


def put(engine: Engine) -> None:
    """Scrub what the SDK's processors hand to exporters."""
    from opentelemetry.sdk.trace import export

    for kind in (export.SimpleSpanProcessor, export.BatchSpanProcessor):
        _put_processor(engine, kind)


def _put_processor(engine: Engine, kind: type) -> None:
    original: Callable[..., Any] = vars(kind)["on_end"]
    scrubbed = copies_of(engine).span

    @functools.wraps(original)
    def on_end(self: Any, span: Any) -> Any:
        return original(self, scrubbed(span))

    engine.patches.put(kind, "on_end", on_end)
