"""The part of ``opentelemetry.sdk._logs.export``: what a processor before has added does not get to an exporter raw."""

from __future__ import annotations

from logscrub.emit.engine import Engine
from logscrub.emit.otel.logs import put_processor


def put(engine: Engine) -> None:
    """Scrub what the SDK's processors hand to exporters."""
    from opentelemetry.sdk._logs._internal import export

    for kind in (export.SimpleLogRecordProcessor, export.BatchLogRecordProcessor):
        put_processor(engine, kind)
