"""Prometheus: what the filter does, as metrics.

    from logscrub import install
    from logscrub.integrations import prometheus

    install()
    prometheus.collector()

Several processes behind one address (gunicorn, ``PROMETHEUS_MULTIPROC_DIR``) are counted with :func:`counter` instead:
custom collectors do not work there, as the client library's page on its multiprocess mode says.

Metric names follow https://prometheus.io/docs/practices/naming/.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from logscrub.emit.installation import Installation
from logscrub.emit.metrics import Loggers, label, leaks, read
from logscrub.emit.observe import SAMPLE, Event, Stats
from logscrub.errors import ConfigError, MissingExtraError

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter
    from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
except ImportError:
    raise MissingExtraError("logscrub.integrations.prometheus", "prometheus") from None

_LEAKS = "Records in which something was found, by rule and by the logger they were sent to."


class Collector:
    """Reads the counters of an installation whenever Prometheus asks.

    Args:
        installation: whose counters; those of the installation that is active when asked if left out.
    """

    def __init__(self, installation: Installation | None = None) -> None:
        self._installation = installation
        self._loggers = Loggers()

    def describe(self) -> Iterator[Metric]:
        """Yield the metrics without values, so that the registry can tell of names that are taken."""
        return self._metrics(None)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics; without values while nothing is installed."""
        return self._metrics(read(self._installation))

    def _metrics(self, stats: Stats | None) -> Iterator[Metric]:
        records = CounterMetricFamily("logscrub_records", "Records that handlers and exporters were given.")
        redactions = CounterMetricFamily("logscrub_redactions", "Values replaced in logs, by rule.", labels=["rule"])
        errors = CounterMetricFamily("logscrub_errors", "Texts replaced by a marker because scrubbing failed.")
        found = CounterMetricFamily("logscrub_leaks", _LEAKS, labels=["rule", "logger"])
        seconds = HistogramMetricFamily(
            "logscrub_scrub_seconds", f"Time spent scrubbing a record, measured for one record in {SAMPLE}."
        )
        if stats is not None:
            records.add_metric([], stats["seen"])
            for rule, count in stats["by_rule"].items():
                redactions.add_metric([label(rule)], count)
            errors.add_metric([], stats["errors"])
            for rule, logger, count in leaks(stats["by_logger"], self._loggers):
                found.add_metric([rule, logger], count)
            buckets = [(_bound(bound), float(count)) for bound, count in stats["seconds"].items()]
            seconds.add_metric([], buckets, stats["seconds_sum"])
        yield from (records, redactions, errors, found, seconds)


def collector(installation: Installation | None = None, registry: CollectorRegistry = REGISTRY) -> Collector:
    """Export the counters of an installation from a registry.

    Args:
        installation: whose counters; those of the installation that is active when asked if left out.
        registry: where the metrics are registered.

    Raises:
        ConfigError: the client library runs in multiprocess mode, where this does not work.
        ValueError: the registry has metrics of these names already.
    """
    if _is_multiprocess():
        raise ConfigError(
            "PROMETHEUS_MULTIPROC_DIR is set, and custom collectors do not work in multiprocess mode: "
            "use install(on_match=logscrub.integrations.prometheus.counter())"
        )
    made = Collector(installation)
    registry.register(made)
    return made


def counter(registry: CollectorRegistry = REGISTRY) -> Callable[[Event], None]:
    """Return a function for ``install(on_match=…)`` that counts ``logscrub_leaks_total``, in multiprocess mode too.

    With ``install(every=0)`` each record counts at once; else what comes within ``every`` seconds counts with the next
    record of the same rule and log call.

    Args:
        registry: where the counter is registered.

    Raises:
        ValueError: the registry has a metric of this name already.
    """
    found = Counter("logscrub_leaks", _LEAKS, ["rule", "logger"], registry=registry)
    loggers = Loggers()

    def count(event: Event) -> None:
        found.labels(label(event.rule), loggers.label(event.logger)).inc(event.count)

    return count


def _is_multiprocess() -> bool:
    return any(name in os.environ for name in ("PROMETHEUS_MULTIPROC_DIR", "prometheus_multiproc_dir"))


def _bound(seconds: float) -> Any:
    return "+Inf" if seconds == float("inf") else str(seconds)
