"""How fast ``logscrub scan`` is, next to what the machine can do with the same bytes, and how much memory it takes.

    python benchmarks/scan.py --logs DIR [--json] [--big] [--rounds N]

DIR holds real logs, such as a checkout of https://github.com/logpai/loghub. They are repeated, with the digits varied
and a secret in one line of a thousand, to 200 MB in a temporary directory. The variants take turns in one run, so that
whatever else the machine does hits all of them; the best of the rounds is reported.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from _mix import MB, rows

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from logscrub.audit import scan  # noqa: E402
from logscrub.policy import Policy  # noqa: E402

# What is looked for, and what of it is not.
PROFILES = {
    "secrets": (("default",), ("pii", "financial", "network")),
    "default": (("default",), ()),
    "all": (("all",), ()),
}
SECRETS = (
    "INFO calling upstream with Authorization: Bearer ghp_%s",
    "DEBUG settings: {'db_password': '%s', 'pool': 5}",
    "WARN signup of jane.roe.%s@example-mail.com is pending",
    'ERROR {"level":"error","api_key":"%s","msg":"refused"}',
)

# Runs a scan in a process of its own and prints the peak of its memory in kB.
PEAK = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from logscrub.audit import scan
from logscrub.policy import Policy
scan(sys.argv[2], policy=Policy())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def lines(logs: Path) -> Iterator[bytes]:
    """Yield the lines of the logs for ever, different each time round."""
    random_source = random.Random(20_001)
    for count, line in enumerate(chain.from_iterable(rows(logs)), start=1):
        yield line
        if count % 1000 == 0:
            value = "".join(random_source.choices("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=36))
            yield f"2026-03-04 10:12:33,123 {random_source.choice(SECRETS) % value}\n".encode()


def build(logs: Path, target: Path, size: int) -> None:
    """Write a mix of so many bytes."""
    written = 0
    with target.open("wb") as stream:
        for line in lines(logs):
            written += stream.write(line)
            if written >= size:
                return


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the wall-clock and processor seconds of some work, its children included."""
    before = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    begun = time.perf_counter()
    work()
    wall = time.perf_counter() - begun
    after = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return wall, sum(b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime for a, b in zip(before, after, strict=True))


def command(*words: str | Path) -> Callable[[], object]:
    """Return the running of a command whose output nobody reads."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = [os.fspath(word) for word in words]
    nowhere = subprocess.DEVNULL
    return lambda: subprocess.run(line, stdout=nowhere, stderr=nowhere, env=environment, check=False)


def variants(mix: Path) -> dict[str, Callable[[], object]]:
    """Name what is measured."""
    work: dict[str, Callable[[], object]] = {"cat": command("cat", mix)}
    if shutil.which("rg"):
        work["rg -c AKIA"] = command("rg", "-c", "AKIA", mix)
    for name, (select, ignore) in PROFILES.items():
        policy = Policy(select=select, ignore=ignore)
        work[f"logscrub, in process, {name}"] = lambda policy=policy: scan(mix, policy=policy)
        words = ("scan", mix, "--isolated", "--select", ",".join(select), "--ignore", ",".join(ignore))
        work[f"logscrub, command, {name}"] = command(sys.executable, "-m", "logscrub", *words)
    return work


def peak(mix: Path) -> int:
    """Return the most bytes of memory a scan of the file takes."""
    done = subprocess.run([sys.executable, "-c", PEAK, ROOT, mix], capture_output=True, text=True, check=True)
    return int(done.stdout) * (1 if sys.platform == "darwin" else 1024)


def measure(logs: Path, rounds: int, big: bool) -> dict[str, object]:
    """Build the mixes and measure everything."""
    with tempfile.TemporaryDirectory(prefix="logscrub-bench-") as folder:
        mix = Path(folder, "mix.log")
        build(logs, mix, 200 * MB)
        size = mix.stat().st_size
        work = variants(mix)
        best: dict[str, tuple[float, float]] = {}
        for number in range(rounds + 1):
            for name, run in work.items():
                wall, cpu = timed(run)
                if number:  # the first round warms the caches
                    past = best.get(name, (wall, cpu))
                    best[name] = (min(wall, past[0]), min(cpu, past[1]))
        small, large = Path(folder, "small.log"), Path(folder, "large.log")
        build(logs, small, 20 * MB)
        memory = {"20 MB": peak(small), "200 MB": peak(mix)}
        if big:
            large.write_bytes(b"")
            for _ in range(5):
                with mix.open("rb") as source, large.open("ab") as target:
                    shutil.copyfileobj(source, target, MB)
            memory["1 GB"] = peak(large)
        result = scan(mix, policy=Policy())
    return {
        "bytes": size,
        "speed": {
            name: {"wall": round(size / MB / wall, 1), "cpu": round(size / MB / cpu, 1) if cpu > 0.001 else None}
            for name, (wall, cpu) in best.items()
        },
        "peak_memory_mb": {name: round(used / MB, 1) for name, used in memory.items()},
        "findings": len(result.findings),
        "occurrences": sum(finding.count for finding in result.findings),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logs", type=Path, required=True, metavar="DIR")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--big", action="store_true", help="measure memory at 1 GB too")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    measured = measure(options.logs, options.rounds, options.big)
    if options.json:
        print(json.dumps(measured, indent=2))
        return
    print(f"{measured['bytes'] / MB:.0f} MB; MB per second   wall      CPU")  # type: ignore[operator]
    for name, speed in measured["speed"].items():  # type: ignore[attr-defined]
        print(f"  {name:<32}{speed['wall']:>8.0f} {speed['cpu'] or 0:>8.0f}")
    print("peak memory, MB")
    for name, memory in measured["peak_memory_mb"].items():  # type: ignore[attr-defined]
        print(f"  {name:<32}{memory:>8.1f}")
    print(f"{measured['findings']} findings, {measured['occurrences']} occurrences")


if __name__ == "__main__":
    main()
