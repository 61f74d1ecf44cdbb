"""The part of ``opentelemetry.sdk._logs``: all processors are given scrubbed copies of log records."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from logscrub.emit.engine import Engine
from logscrub.emit.otel.copies import copies_of


def put(engine: Engine) -> None:
    """Scrub what a provider hands to its processors."""
    from opentelemetry.sdk._logs import _internal

    for kind in (_internal.SynchronousMultiLogRecordProcessor, _internal.ConcurrentMultiLogRecordProcessor):
        put_processor(engine, kind)


def put_processor(engine: Engine, kind: type) -> None:
    """Have a class of processors see scrubbed copies only. Its method is called ``emit`` in older SDKs."""
    name = "on_emit" if "on_emit" in vars(kind) else "emit"
    original: Callable[..., Any] = vars(kind)[name]
    scrubbed = copies_of(engine).log

    @functools.wraps(original)
    def on_emit(self: Any, log_record: Any, *args: Any, **options: Any) -> Any:
        return original(self, scrubbed(log_record), *args, **options)

    engine.patches.put(kind, name, on_emit)
