"""The counters of a watch for Prometheus, on an address of their own.

Metric names follow https://prometheus.io/docs/practices/naming/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from logscrub.errors import ConfigError, MissingExtraError, SourceError
from logscrub.sources.paths import reason_of
from logscrub.watch.follow import Stats

try:
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
except ImportError:
    raise MissingExtraError("--metrics", "prometheus") from None

HOST = "127.0.0.1"


class _Collector:
    """Reads the counters whenever Prometheus asks."""

    def __init__(self, stats: Callable[[], Stats]) -> None:
        self._stats = stats

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        stats = self._stats()
        found = CounterMetricFamily(
            "logscrub_watch_findings", "Occurrences of findings, by rule and severity.", labels=["rule", "severity"]
        )
        for (rule, severity), count in stats.findings.copy().items():
            found.add_metric([rule, severity], count)
        yield found
        yield CounterMetricFamily("logscrub_watch_bytes", "Bytes of logs that were read.", stats.bytes)
        yield CounterMetricFamily("logscrub_watch_lines", "Lines of logs that were judged.", stats.lines)
        yield CounterMetricFamily(
            "logscrub_watch_rotations", "Times a log was renamed, deleted or cut off and went on.", stats.rotations
        )
        yield CounterMetricFamily(
            "logscrub_watch_unread", "Times that something could not be read or judged.", stats.unread
        )
        yield GaugeMetricFamily("logscrub_watch_files", "Files that are followed.", stats.files)
        yield GaugeMetricFamily("logscrub_watch_behind_bytes", "Bytes that are there and were not read.", stats.behind)


def address_of(given: str) -> tuple[str, int]:
    """Return host and port of ``[HOST:]PORT``; an IPv6 address stands in brackets.

    Raises:
        ConfigError: it is not written like that.

    >>> address_of("9464"), address_of("[::1]:9464")
    (('127.0.0.1', 9464), ('::1', 9464))
    """
    host, colon, port = given.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not (port.isascii() and port.isdigit() and int(port) < 1 << 16) or (colon and not bare):
        raise ConfigError(f"{given!r} is no address to serve metrics at: write [HOST:]PORT")
    return bare or HOST, int(port)


@contextmanager
def served(stats: Callable[[], Stats], host: str, port: int) -> Iterator[str]:
    """Serve metrics, and yield the address where they are.

    Args:
        stats: returns the counters.
        host: which of this machine's addresses; ``0.0.0.0`` for all of them.
        port: 0 for any that is free.

    Raises:
        SourceError: nothing can be served there.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(stats))
    try:
        server, thread = start_http_server(port, host, registry=registry)
    except OSError as error:
        raise SourceError(f"no metrics can be served at {host}:{port}: {reason_of(error)}") from None
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
