"""What logscrub adds to a logging call, next to bare logging and to oslo.utils' mask_password in a formatter.

``known N`` is logscrub with N registered values, none of them in the records; ``× none`` is its time next to logscrub
with no registered value. Below that: how long registering takes.

    python benchmarks/emit.py [--json] [--rounds N]

The variants take turns in one run, so that whatever else the machine does hits all of them; medians are reported.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import json
import logging
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from logscrub.emit.stdlib import install
from logscrub.known.registry import REGISTRY, Registry

Work = Callable[[logging.Logger], None]

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
    ("calling upstream with Authorization: Bearer %s took %d ms", ("ghp_" + "a1B2c3D4e5F6" * 3, 41)),
    ("signup accepted for %s from campaign %s in %.1f ms", ("jane.roe@example-mail.com", "spring", 12.4)),
]

VALUES = ("Tr0ub4dor-3xyz", "ghp_" + "a1B2c3D4e5F6" * 3, "jane.roe@example-mail.com")


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
    messages = CLEAN if kind == "clean" else SECRET
    repeat = 600 // len(messages)

    def log(logger: logging.Logger) -> None:
        info = logger.info
        for _ in range(repeat):
            for template, args in messages:
                info(template, *args)

    return log


CALLS = {"clean": 600, "secret": 600, "traceback": 60}


class MaskingFormatter(logging.Formatter):
    """What users of oslo.utils do: mask the finished line."""

    def __init__(self, fmt: str) -> None:
        super().__init__(fmt)
        from oslo_utils.strutils import mask_password

        self._mask = mask_password

    def format(self, record: logging.LogRecord) -> str:
        """Write the line, then mask it."""
        masked: str = self._mask(super().format(record))
        return masked


def bare(kind: str, logger: logging.Logger, work: Work) -> float:
    """Time one round in seconds of processor time."""
    start = time.process_time()
    work(logger)
    return time.process_time() - start


def with_install(kind: str, logger: logging.Logger, work: Work) -> float:
    """Time a round with logscrub installed."""
    with install():
        work(logger)  # the first calls load what is loaded lazily
        return bare(kind, logger, work)


def with_oslo(kind: str, logger: logging.Logger, work: Work) -> float:
    """Time a round with a masking formatter."""
    handler = logger.handlers[0]
    plain = handler.formatter
    handler.setFormatter(MaskingFormatter(FORMAT))
    try:
        return bare(kind, logger, work)
    finally:
        handler.setFormatter(plain)


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


VARIANTS: dict[str, Callable[[str, logging.Logger, Work], float]] = {
    "bare": bare,
    "logscrub": with_install,
    **{f"known {count}": with_known(count) for count in (10, 1000, 5000)},
    "oslo.utils": with_oslo,
}


def removed(variant: str, logger: logging.Logger) -> int:
    """Count the secrets of the secret records that a variant keeps out of the text: what the time is spent for."""
    handler = logger.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    sink = handler.setStream(io.StringIO())
    VARIANTS[variant]("secret", logger, records("secret"))
    written = handler.setStream(sink)
    text = written.getvalue() if written else ""
    return sum(value not in text for value in VALUES)


def measure(rounds: int) -> dict[str, dict[str, dict[str, float]]]:
    """Return microseconds per record and the ratio to bare logging, by kind of record and variant."""
    names = list(VARIANTS)
    if importlib.util.find_spec("oslo_utils") is None:
        names.remove("oslo.utils")
        print("oslo.utils is not installed: left out", file=sys.stderr)
    logger = logging.getLogger("benchmark.shop")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    result: dict[str, dict[str, dict[str, float]]] = {}
    with open(os.devnull, "w", encoding="utf-8") as sink:
        handler = logging.StreamHandler(sink)
        handler.setFormatter(logging.Formatter(FORMAT))
        logger.addHandler(handler)
        for kind, calls in CALLS.items():
            work = records(kind)
            times: dict[str, list[float]] = {name: [] for name in names}
            for turn in range(rounds):
                for i in range(len(names)):
                    name = names[(turn + i) % len(names)]
                    times[name].append(VARIANTS[name](kind, logger, work) / calls * 1e6)
            base, none = times["bare"], times["logscrub"]
            result[kind] = {
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
        for name in names:
            result["secret"][name]["secrets_removed_of_3"] = removed(name, logger)
        logger.removeHandler(handler)
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--rounds", type=int, default=41, help="turns of each variant")
    options = parser.parse_args()
    result = measure(options.rounds)
    times = registering()
    if options.json:
        print(json.dumps({**result, "registering_ms": times}, indent=2))
        return
    print(f"{'records':<12}{'variant':<14}{'µs/record':>10}{'× bare':>9}{'× none':>9}  removed")
    for kind, variants in result.items():
        for name, figures in variants.items():
            count = figures.get("secrets_removed_of_3")
            shown = "" if count is None else f"{count:.0f} of 3"
            none = f"{figures['ratio_to_none']:.2f}" if "ratio_to_none" in figures else ""
            print(
                f"{kind:<12}{name:<14}{figures['us_per_record']:>10.2f}{figures['ratio']:>9.2f}{none:>9}  {shown}".rstrip()
            )
    for name, figure in times.items():
        print(f"registering: {name.replace('_', ' ')}: {figure} ms")


if __name__ == "__main__":
    main()
