"""Metrics as Prometheus gets them: over HTTP."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("prometheus_client")

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from logscrub import install
from logscrub.emit.metrics import MOST_LOGGERS
from logscrub.errors import ConfigError
from logscrub.integrations import prometheus

PASSWORD = "Tr0ub4dor-3xyz"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture
def logger() -> logging.Logger:
    root = logging.RootLogger(logging.DEBUG)
    root.manager = logging.Manager(root)
    root.addHandler(logging.StreamHandler(io.StringIO()))
    return root.manager.getLogger("shop")


class Scraped:
    """A registry and the server that shows it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.server, self.thread = start_http_server(0, addr="127.0.0.1", registry=self.registry)

    def text(self, accept: str = "text/plain") -> str:
        address = f"http://127.0.0.1:{self.server.server_port}/metrics"
        request = urllib.request.Request(address, headers={"Accept": accept})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.read().decode())

    def values(self, accept: str = "text/plain") -> dict[tuple[str, tuple[str, ...]], float]:
        read: Any = parse_openmetrics if accept == OPENMETRICS else parse
        families = read(self.text(accept))
        return {
            (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }


@pytest.fixture
def scraped() -> Iterator[Scraped]:
    made = Scraped()
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join(10)


@pytest.mark.parametrize("accept", ["text/plain", OPENMETRICS])
def test_a_scrape(scraped: Scraped, logger: logging.Logger, accept: str) -> None:
    prometheus.collector(registry=scraped.registry)
    assert scraped.values(accept) == {}
    with install():
        for _ in range(3):
            logger.info("password=%s", PASSWORD)
        logger.info("to ann@shop-mail.io")
        values = scraped.values(accept)
        text = scraped.text(accept)
    assert values["logscrub_records_total", ()] == 4
    assert values["logscrub_redactions_total", ("password",)] == 3
    assert values["logscrub_errors_total", ()] == 0
    assert values["logscrub_leaks_total", ("shop", "password")] == 3
    assert values["logscrub_leaks_total", ("shop", "email")] == 1
    assert values["logscrub_scrub_seconds_bucket", ("+Inf",)] == values["logscrub_scrub_seconds_count", ()] == 1
    assert 0 < values["logscrub_scrub_seconds_sum", ()] < 5
    assert "# TYPE logscrub_scrub_seconds histogram" in text and "one record in 16" in text
    assert PASSWORD not in text and __file__ not in text


def test_of_one_installation(scraped: Scraped, logger: logging.Logger) -> None:
    with install() as installation:
        prometheus.collector(installation, scraped.registry)
        logger.info("password=%s", PASSWORD)
    assert scraped.values()["logscrub_leaks_total", ("shop", "password")] == 1


def test_labels_are_few_and_hold_no_value(scraped: Scraped, logger: logging.Logger) -> None:
    prometheus.collector(registry=scraped.registry)
    with install():
        logger.getChild("bob@shop-mail.io").info("password=%s", PASSWORD)
        logger.getChild("odd\udc80\nname" + "x" * 500).info("password=%s", PASSWORD)
        for number in range(MOST_LOGGERS + 50):
            logger.getChild(f"user{number}").info("password=%s", PASSWORD)
        values = scraped.values()
        text = scraped.text()
    loggers = {labels[0]: value for (name, labels), value in values.items() if name == "logscrub_leaks_total"}
    assert len(loggers) == MOST_LOGGERS + 1
    assert sum(loggers.values()) == MOST_LOGGERS + 52
    assert loggers["(other)"] == 52
    assert "bob@" not in text and max(map(len, loggers)) <= 100


def test_a_name_that_is_taken(scraped: Scraped) -> None:
    prometheus.collector(registry=scraped.registry)
    with pytest.raises(ValueError, match="logscrub_leaks"):
        prometheus.counter(scraped.registry)


def test_a_counter_of_events(scraped: Scraped, logger: logging.Logger) -> None:
    with install(on_match=prometheus.counter(scraped.registry), every=0):
        for _ in range(3):
            logger.info("password=%s", PASSWORD)
    assert scraped.values()["logscrub_leaks_total", ("shop", "password")] == 3


def test_no_collector_where_it_would_not_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    with pytest.raises(ConfigError, match="counter"):
        prometheus.collector(registry=CollectorRegistry())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_several_processes_behind_one_address(tmp_path: Path) -> None:
    program = f"""
import logging, os, sys
from prometheus_client import CollectorRegistry, generate_latest, multiprocess
from logscrub import install
from logscrub.integrations import prometheus
logging.basicConfig(stream=sys.stderr)
install(on_match=prometheus.counter(), every=0)
logging.warning("password={PASSWORD}")
children = []
for _ in range(2):
    child = os.fork()
    if child == 0:
        logging.warning("password={PASSWORD}")
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
registry = CollectorRegistry()
multiprocess.MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
    }
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)
    assert 'logscrub_leaks_total{logger="root",rule="password"} 3.0' in done.stdout, done.stdout + done.stderr
    written = done.stdout.encode() + done.stderr.encode() + b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert PASSWORD.encode() not in written
