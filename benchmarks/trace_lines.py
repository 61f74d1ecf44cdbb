"""How many lines of a log are traced to the call that wrote them, and how fast.

    python benchmarks/trace_lines.py --source DIR --log FILE [--not-own TEXT...] [--lines N]

The log is a real one, the source that of the program that wrote it. For the speed its lines are repeated with other digits.
``--not-own`` names text of lines that another program wrote; they are left out of what should be traced, and of the
second figure.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from logscrub.code.audit import CodeOptions, audit_code
from logscrub.trace.match import Tracer

_BLOCK = 1 << 20


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", required=True, metavar="DIR")
    parser.add_argument("--log", required=True, metavar="FILE")
    parser.add_argument("--not-own", nargs="*", default=[], metavar="TEXT")
    parser.add_argument("--lines", type=int, default=300_000)
    given = parser.parse_args()
    calls = audit_code([given.source], CodeOptions(inventory=True, cache=False)).calls
    tracer = Tracer(calls)
    with open(given.log, "rb") as stream:
        lines = [line for line in stream.read().splitlines() if line.strip()]
    foreign = [text.encode() for text in given.not_own]
    own = [line for line in lines if not any(text in line for text in foreign)]
    print(f"{len(calls)} log calls, {len(lines)} lines, {len(own)} of them of the program itself")
    print("of those:", dict(Counter(outcome(tracer, line) for line in own)))
    for name, some in (("the log as it is", lines), ("its own lines only", own)):
        print(
            f"{name}: {max(speed(tracer, varied(some, given.lines)) for _ in range(3)):,.0f} lines a second of processor time"
        )
    return 0


def outcome(tracer: Tracer, line: bytes) -> str:
    """Say how well a line is traced."""
    origin = tracer.trace(line)
    if origin is None:
        return "untraced"
    if origin.weak:
        return "a hint only"
    return "to one call" if len(origin.calls) == 1 else f"to one of {len(origin.calls)} calls with the same text"


def varied(lines: Sequence[bytes], wanted: int) -> list[bytes]:
    """Return so many lines, in blocks of whole ones, each with digits of its own."""
    numbers = random.Random(1)
    made = [re.sub(rb"\d", lambda _: b"%d" % numbers.randrange(10), lines[n % len(lines)]) for n in range(20_000)]
    return list(_blocks(b"\n".join(made[n % len(made)] for n in range(wanted)) + b"\n"))


def _blocks(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = data.find(b"\n", min(len(data), at + _BLOCK)) + 1 or len(data)
        yield data[at:end]
        at = end


def speed(tracer: Tracer, blocks: Sequence[bytes]) -> float:
    """Return lines traced in a second."""
    started = time.process_time()
    count = sum(1 for block in blocks for _ in tracer.lines(block))
    return count / (time.process_time() - started)


if __name__ == "__main__":
    sys.exit(main())
