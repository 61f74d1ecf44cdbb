"""The part of ``opentelemetry.sdk.trace``: all processors are given scrubbed copies of spans that end."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from logscrub.emit.engine import Engine
from logscrub.emit.otel.copies import copies_of


def put(engine: Engine) -> None:
    """Scrub what a span that ends hands to processors."""
    from opentelemetry.sdk.trace import Span

    original: Callable[..., Any] = vars(Span)["_readable_span"]
    scrubbed = copies_of(engine).span

    @functools.wraps(original)
    def readable_span(self: Any) -> Any:
        return scrubbed(original(self))

    engine.patches.put(Span, "_readable_span", readable_span)
