"""OpenTelemetry without :func:`logscrub.install`, and what the filter does as OpenTelemetry metrics.

``install()`` alone covers logs and traces of the SDK (:mod:`logscrub.emit.otel`). Where it is not wanted, its pieces
can be put into a pipeline by hand:

    logs.add_log_record_processor(ScrubLogRecordProcessor())  # first
    logs.add_log_record_processor(BatchLogRecordProcessor(exporter))
    traces.add_span_processor(BatchSpanProcessor(ScrubSpanExporter(exporter)))
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from logscrub._version import __version__
from logscrub.emit.engine import Engine
from logscrub.emit.installation import Installation
from logscrub.emit.metrics import Loggers, label, leaks, read
from logscrub.emit.observe import Meter, Stats
from logscrub.emit.otel.copies import Copies
from logscrub.errors import MissingExtraError
from logscrub.policy import Policy

try:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation, get_meter_provider
    from opentelemetry.sdk._logs import LogRecordProcessor
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
except ImportError:
    raise MissingExtraError("logscrub.integrations.opentelemetry", "otel") from None

__all__ = ["ScrubLogRecordProcessor", "ScrubSpanExporter", "export_metrics"]


class ScrubLogRecordProcessor(LogRecordProcessor):
    """Scrubs log records for the processors after it, or for one that it wraps.

    A ``ConcurrentMultiLogRecordProcessor`` has no order: wrap each of its processors.

    Args:
        following: the processor to give scrubbed copies to. If left out, the copy takes the record's place for all
            processors that are added later.
        policy: what to look for; the default policy if left out.

    Raises:
        ConfigError: the policy names what no rule has.
    """

    def __init__(self, following: LogRecordProcessor | None = None, policy: Policy | str | None = None) -> None:
        self._following = following
        self._copies = Copies(Engine(policy, meter=Meter()))

    def on_emit(self, log_record: Any) -> None:
        """Scrub a record."""
        clean = self._copies.log(log_record)
        if self._following is not None:
            hand_on = getattr(self._following, "on_emit", None) or self._following.emit  # type: ignore[attr-defined]
            hand_on(clean)
        elif clean is not log_record:
            vars(log_record).update(vars(clean))

    def emit(self, log_data: Any) -> None:
        """Scrub a record, as older SDKs call it."""
        self.on_emit(log_data)

    def shutdown(self) -> None:
        """Shut down what follows."""
        if self._following is not None:
            self._following.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Flush what follows.

        Args:
            timeout_millis: how long to wait for it.
        """
        return self._following is None or self._following.force_flush(timeout_millis)


class ScrubSpanExporter(SpanExporter):
    """Gives an exporter scrubbed copies of finished spans.

    Args:
        exporter: the exporter.
        policy: what to look for; the default policy if left out.

    Raises:
        ConfigError: the policy names what no rule has.
    """

    def __init__(self, exporter: SpanExporter, policy: Policy | str | None = None) -> None:
        self._exporter = exporter
        self._copies = Copies(Engine(policy, meter=Meter()))

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export scrubbed copies."""
        return self._exporter.export([self._copies.span(span) for span in spans])

    def shutdown(self) -> None:
        """Shut the exporter down."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Have the exporter send what it has.

        Args:
            timeout_millis: how long to wait for it.
        """
        return self._exporter.force_flush(timeout_millis)


_exporting: weakref.WeakSet[MeterProvider] = weakref.WeakSet()


def export_metrics(installation: Installation | None = None, provider: MeterProvider | None = None) -> None:
    """Export the counters of an installation as OpenTelemetry metrics, once for each provider.

    Args:
        installation: whose counters; those of the installation that is active when asked if left out.
        provider: the meter provider; the global one if left out.
    """
    chosen = provider or get_meter_provider()
    if chosen in _exporting:
        return
    _exporting.add(chosen)
    meter = chosen.get_meter("logscrub", __version__)
    loggers = Loggers()

    def observe(name: str, unit: str, description: str, values: Callable[[Stats], Iterable[Observation]]) -> None:
        def callback(options: CallbackOptions) -> Iterable[Observation]:
            stats = read(installation)
            return values(stats) if stats is not None else ()

        meter.create_observable_counter(name, [callback], unit, description)

    def by_rule(stats: Stats) -> Iterable[Observation]:
        return [Observation(count, {"logscrub.rule": label(rule)}) for rule, count in stats["by_rule"].items()]

    def by_logger(stats: Stats) -> Iterable[Observation]:
        for rule, logger, count in leaks(stats["by_logger"], loggers):
            yield Observation(count, {"logscrub.rule": rule, "logscrub.logger": logger})

    def one(number: Callable[[Stats], float]) -> Callable[[Stats], Iterable[Observation]]:
        return lambda stats: [Observation(number(stats))]

    observe("logscrub.records", "{record}", "Records given to handlers and exporters", one(lambda s: s["seen"]))
    observe("logscrub.redactions", "{redaction}", "Values replaced in logs", by_rule)
    observe("logscrub.errors", "{error}", "Texts replaced by a marker", one(lambda s: s["errors"]))
    observe("logscrub.leaks", "{record}", "Records in which something was found", by_logger)
    observe("logscrub.scrub.time", "s", "Time spent for sampled records", one(lambda s: s["seconds_sum"]))
    observe("logscrub.scrub.samples", "{record}", "Records sampled", one(lambda s: s["seconds"][float("inf")]))
