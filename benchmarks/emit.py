"""What logscrub adds to a logging call, next to bare logging and to other filters, each used as its documentation says.

``known N`` is logscrub with N registered values, none of them in the records; ``× none`` is its time next to logscrub
with no registered value. The rows ``loguru`` are loguru, bare and with logscrub. Below the table: how long registering
takes, and what 16 threads write to one file, where the exit code is 1 if a record is lost.

    python benchmarks/emit.py [--json] [--rounds N]

Measured is what the interpreter has: of the others, those that are not installed are named on stderr and left out.
apache-airflow-task-sdk wants versions of its own: run this with an interpreter that has it, logscrub's dependencies and
loguru. Airflow's filter is told every value beforehand, loggingredactor's is given expressions for them.

The variants take turns in one run, so that whatever else the machine does hits all of them; medians are reported.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from _filters import FILTERS

from logscrub import install
from logscrub.known.registry import REGISTRY, Registry

Work = Callable[[Any], None]  # given a logger of logging or loguru

FORMAT = "%(asctime)s %(levelname)s %(name)s [%(process)d] %(message)s"

# (template, arguments): about 170 bytes as written. None of them holds anything sensitive.
CLEAN: list[tuple[str, tuple[object, ...]]] = [
    (
        "request completed method=%s path=%s status=%d bytes=%d duration_ms=%.1f upstream=%s",
        ("GET", "/api/v2/orders/98123/items?limit=50", 200, 18233, 41.7, "orders-7d9f:8080"),
    ),
    (
        "order %s accepted: %d items, warehouse %s, carrier %s, estimated delivery in %d days, priority %s",
        ("7f1c2e", 3, "fra-2", "dhl", 4, "standard"),
    ),
    (
        "cache miss for key %s in region %s, fetched from replica %s in %.2f ms (pool %d of %d in use, 0 waiting)",
        ("catalog:item:55012", "eu-central-1", "pg-ro-3", 12.25, 7, 20),
    ),
    ("GC pause of 14.2 ms in generation 2: 48213 objects examined, 1022 unreachable, heap now 412 MB of 1024 MB", ()),
    (
        "job %s finished in state %s after %d attempts; next run at %s; queue depth is %d; worker %s",
        ("nightly-report", "SUCCESS", 1, "2026-11-22T02:00:00Z", 17, "worker-4"),
    ),
    (
        "connection to %s:%d lost (%s), reconnecting in %d ms, attempt %d of %d",
        ("kafka-2.internal", 9092, "broken pipe", 250, 2, 10),
    ),
]
SECRET: list[tuple[str, tuple[object, ...]]] = [
    ("login of user %s failed: password=%s rejected by %s after %d ms", ("u-4711", "Tr0ub4dor-3xyz", "ldap-1", 52)),
    (
        "calling upstream with Authorization: Bearer %s took %d ms",
        ("ghp_" + "q8Zt3LbN0vXc5RmK1sYw7HdJ4fGpEa1nSDlj", 41),
    ),
    ("signup accepted for %s from campaign %s in %.1f ms", ("jane.roe@example-mail.com", "spring", 12.4)),
]

# The same records as loguru writes them.
BRACED = [(re.sub(r"%[.\d]*[sdf]", "{}", template), args) for template, args in CLEAN]

VALUES = ("Tr0ub4dor-3xyz", "ghp_" + "q8Zt3LbN0vXc5RmK1sYw7HdJ4fGpEa1nSDlj", "jane.roe@example-mail.com")
OTHERS = ("oslo.utils", "airflow", "litellm", "redact-secret", "loggingredactor", "logfire")
THREADS, EACH = 16, 150


def records(kind: str) -> Work:
    """Return the work of one round: a fixed number of logging calls of one kind."""
    if kind == "traceback":

        def fail(depth: int) -> None:
            if depth:
                fail(depth - 1)
            raise ValueError("order 98123 has no items left in warehouse fra-2")

        def log_traceback(logger: logging.Logger) -> None:
            for _ in range(60):
                try:
                    fail(4)
                except ValueError:
                    logger.exception("order %s could not be shipped, carrier %s", "7f1c2e", "dhl")

        return log_traceback
    messages = {"clean": CLEAN, "secret": SECRET, "loguru": BRACED}[kind]
    repeat = 600 // len(messages)

    def log(logger: logging.Logger) -> None:
        info = logger.info
        for _ in range(repeat):
            for template, args in messages:
                info(template, *args)

    return log


CALLS = {"clean": 600, "secret": 600, "traceback": 60, "loguru": 600}


def bare(kind: str, logger: Any, work: Work) -> float:
    """Time one round in seconds of processor time."""
    start = time.process_time()
    work(logger)
    return time.process_time() - start


def with_install(kind: str, logger: Any, work: Work) -> float:
    """Time a round with logscrub installed."""
    with install():
        work(logger)  # the first calls load what is loaded lazily
        return bare(kind, logger, work)


def with_other(name: str) -> Callable[[str, logging.Logger, Work], float]:
    """Return the timing of a round with another tool's filter or formatter on the handler.

    Raises:
        ImportError: it is not installed.
    """
    parts = FILTERS[name].parts()
    if name == "airflow":
        from airflow.sdk._shared.secrets_masker import mask_secret

        for value in VALUES:
            mask_secret(value)

    def measure_other(kind: str, logger: logging.Logger, work: Work) -> float:
        handler = logger.handlers[0]
        formatter, filters = handler.formatter, handler.filters[:]
        assert parts.handler
        parts.handler(handler)
        try:
            return bare(kind, logger, work)
        finally:
            handler.setFormatter(formatter)
            handler.filters[:] = filters

    return measure_other


def made_up(seed: int) -> bytes:
    """Return a value to register: a token, or a password full of signs."""
    chance = random.Random(seed)
    alphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789" + "!$%&/()=?+#-_" * (seed % 2)
    return "".join(chance.choice(alphabet) for _ in range(16 + seed % 17)).encode()


def with_known(count: int) -> Callable[[str, logging.Logger, Work], float]:
    """Return the timing of a round with logscrub installed and so many values known."""
    known = Registry()
    known.add({made_up(number): "x" for number in range(count)})

    def measure_known(kind: str, logger: logging.Logger, work: Work) -> float:
        before, REGISTRY.tiers = REGISTRY.tiers, known.tiers
        try:
            return with_install(kind, logger, work)
        finally:
            REGISTRY.tiers = before

    return measure_known


def registering() -> dict[str, float]:
    """Return milliseconds: of one more value with 1,000 known, and of 5,000 at once."""
    known = Registry()
    known.add({made_up(number): "x" for number in range(1000)})
    one = []
    for number in range(1000, 1100):
        start = time.perf_counter()
        known.add({made_up(number): "x"})
        one.append((time.perf_counter() - start) * 1e3)
    start = time.perf_counter()
    Registry().add({made_up(number): "x" for number in range(5000)})
    many = (time.perf_counter() - start) * 1e3
    return {
        "one_more_with_1000_known_median": round(statistics.median(one), 2),
        "one_more_with_1000_known_worst": round(max(one), 2),
        "5000_at_once": round(many, 1),
    }


def from_threads() -> tuple[float, int]:
    """Log from 16 threads to one file; return records a second, and how many lines the file has."""
    logger = logging.getLogger("benchmark.threads")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    ready = threading.Barrier(THREADS + 1)

    def log() -> None:
        ready.wait()
        for number in range(EACH):
            template, args = CLEAN[number % len(CLEAN)]
            logger.info(template, *args)

    with tempfile.TemporaryDirectory(prefix="logscrub-bench-") as folder:
        file = Path(folder, "service.log")
        handler = logging.FileHandler(file, encoding="utf-8")
        handler.setFormatter(logging.Formatter(FORMAT))
        logger.addHandler(handler)
        threads = [threading.Thread(target=log) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        ready.wait()
        start = time.perf_counter()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - start
        logger.removeHandler(handler)
        handler.close()
        return THREADS * EACH / seconds, len(file.read_text("utf-8").splitlines())


def threaded(rounds: int) -> dict[str, dict[str, float]]:
    """Return records a second from 16 threads, bare and with logscrub, and the fewest lines that were written."""
    rates: dict[str, list[float]] = {"bare": [], "logscrub": []}
    lines: dict[str, list[int]] = {"bare": [], "logscrub": []}
    for _ in range(rounds):
        for name, each in rates.items():
            if name == "bare":
                rate, written = from_threads()
            else:
                with install():
                    logging.getLogger("benchmark").debug("warm")
                    rate, written = from_threads()
            each.append(rate)
            lines[name].append(written)
    slower = statistics.median(x / y for x, y in zip(rates["bare"], rates["logscrub"], strict=True))
    return {
        name: {
            "records_per_s": round(statistics.median(each)),
            "ratio": round(slower, 2) if name == "logscrub" else 1.0,
            "logged": THREADS * EACH,
            "written_at_least": min(lines[name]),
            "written_at_most": max(lines[name]),
        }
        for name, each in rates.items()
    }


Variant = Callable[[str, Any, Work], float]

VARIANTS: dict[str, Variant] = {
    "bare": bare,
    "logscrub": with_install,
    **{f"known {count}": with_known(count) for count in (10, 1000, 5000)},
}


def add_others() -> None:
    """Add the other filters that are installed to the variants."""
    for name in OTHERS:
        try:
            VARIANTS[name] = with_other(name)
        except ImportError:
            print(f"{name} is not installed: left out", file=sys.stderr)


def removed(variant: str, logger: logging.Logger) -> int:
    """Count the secrets of the secret records that a variant keeps out of the text: what the time is spent for."""
    handler = logger.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    sink = handler.setStream(io.StringIO())
    VARIANTS[variant]("secret", logger, records("secret"))
    written = handler.setStream(sink)
    text = written.getvalue() if written else ""
    return sum(value not in text for value in VALUES)


def take_turns(kind: str, names: list[str], logger: Any, rounds: int) -> dict[str, dict[str, float]]:
    """Return microseconds per record and the ratio to bare logging by variant, for one kind of record."""
    work, calls = records(kind), CALLS[kind]
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        for i in range(len(names)):
            name = names[(turn + i) % len(names)]
            times[name].append(VARIANTS[name](kind, logger, work) / calls * 1e6)
    base, none = times["bare"], times["logscrub"]
    return {
        name: {
            "us_per_record": round(statistics.median(each), 2),
            "ratio": round(statistics.median(x / y for x, y in zip(each, base, strict=True)), 2),
            **(
                {"ratio_to_none": round(statistics.median(x / y for x, y in zip(each, none, strict=True)), 2)}
                if name.startswith("known")
                else {}
            ),
        }
        for name, each in times.items()
    }


def measure(rounds: int) -> dict[str, dict[str, dict[str, float]]]:
    """Return what :func:`take_turns` does, by kind of record."""
    add_others()
    names = list(VARIANTS)
    logger = logging.getLogger("benchmark.shop")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    result: dict[str, dict[str, dict[str, float]]] = {}
    with open(os.devnull, "w", encoding="utf-8") as sink:
        handler = logging.StreamHandler(sink)
        handler.setFormatter(logging.Formatter(FORMAT))
        logger.addHandler(handler)
        for kind in ("clean", "secret", "traceback"):
            result[kind] = take_turns(kind, names, logger, rounds)
        for name in names:
            result["secret"][name]["secrets_removed_of_3"] = removed(name, logger)
        logger.removeHandler(handler)
        try:
            from loguru import logger as loguru
        except ImportError:
            print("loguru is not installed: left out", file=sys.stderr)
            return result
        loguru.remove()
        loguru.add(sink, format="{time} {level} {name} [{process.id}] {message}")
        result["loguru"] = take_turns("loguru", ["bare", "logscrub"], loguru, rounds)
        loguru.remove()
    return result


def main() -> int:
    """Measure and print; the exit code is 1 if a record was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--rounds", type=int, default=41, help="turns of each variant")
    options = parser.parse_args()
    result = measure(options.rounds)
    threads = threaded(max(1, options.rounds // 4))
    times = registering()
    kept = all(
        figures["written_at_least"] == figures["written_at_most"] == figures["logged"] for figures in threads.values()
    )
    if options.json:
        print(json.dumps({**result, "threads": threads, "registering_ms": times}, indent=2))
        return int(not kept)
    print(f"{'records':<12}{'variant':<17}{'µs/record':>10}{'× bare':>9}{'× none':>9}  removed")
    for kind, variants in result.items():
        for name, figures in variants.items():
            count = figures.get("secrets_removed_of_3")
            shown = "" if count is None else f"{count:.0f} of 3"
            none = f"{figures['ratio_to_none']:.2f}" if "ratio_to_none" in figures else ""
            print(
                f"{kind:<12}{name:<17}{figures['us_per_record']:>10.2f}{figures['ratio']:>9.2f}{none:>9}  {shown}".rstrip()
            )
    for name, each in threads.items():
        print(
            f"{THREADS} threads: {name}: {each['records_per_s']:,.0f} records/s, time × {each['ratio']:.2f}, "
            f"{each['written_at_least']:.0f} of {each['logged']:.0f} records written"
        )
    for name, figure in times.items():
        print(f"registering: {name.replace('_', ' ')}: {figure} ms")
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
