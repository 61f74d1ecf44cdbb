"""How long the lines that are made to hang a filter take, at 50 KB and at 1 MB.

    python benchmarks/hostile.py [--json] [--small BYTES] [--large BYTES] [name …]

A line may take 50 ms at 50 KB, and twenty times that at 1 MB. Each time is the best of three.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from logscrub import Policy, Scrubber

SMALL, LARGE = 50_000, 1_000_000
LIMIT_MS = 50.0


def _repeated(seed: str, size: int) -> str:
    return (seed * (size // len(seed) + 1))[:size]


def _json(size: int) -> str:
    rows = []
    length = 0
    while length < size:
        number = len(rows)
        row = {"id": number, "user": f"u{number}", "path": f"/api/v2/orders/{number}", "ok": True, "ms": number * 0.37}
        rows.append(row)
        length += len(json.dumps(row)) + 2
    return json.dumps(rows)[:size]


def _base64(size: int) -> str:
    noise = bytes((n * n * 31 + n * 17 + (n >> 5)) & 0xFF for n in range(size * 3 // 4))
    return base64.b64encode(noise).decode()


SEEDS = {
    "a": "a",
    "A_": "A_",
    "digits": "0123456789",
    "zeros": "0",
    "password": "password",
    "password=": "password=",
    "password: ": "password: ",
    'password="': 'password="',
    '"password":': '"password":',
    "--password ": "--password ",
    "token=a,": "token=a,",
    "cookie=a; ": "cookie=a; ",
    "a[token]=": "a[token]=",
    "password%3D": "password%3D",
    "Authorization: Bearer ": "Authorization: Bearer ",
    "postgres://seg:": "postgres://seg:",
    "https://a:b@": "https://a:b@",
    "double quotes": '"',
    "single quotes": "'",
    "backslashes": "\\",
    "backslash quotes": '\\"',
    "@": "@",
    "a@": "a@",
    "a@a.": "a@a.",
    "eyJ.": "eyJhbGciOi.",
    "eyJ": "eyJ",
    "-----BEGIN PRIVATE KEY-----": "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN…\\n": "-----BEGIN PRIVATE KEY-----\n",
    "-": "-",
    "spaces": " ",
    "tabs": "\t",
    "newlines": "\n",
    "a.": "a.",
    "dots": ".",
    "1.": "1.",
    "0-": "0-",
    "0 ": "0 ",
    "dates": "2024-01-01T00:00:00Z ",
    "cards": "4111111111111111 ",
    "mails": "bob@example.com ",
    "phones": "+1 212-555-0142 ",
    "hex:": "0a:",
    "::": "::",
    "{": "{",
    "[": "[",
    "<": "<",
    "<password>": "<password>",
    "%": "%",
    "%22": "%22",
    "&quot;": "&quot;",
    "colour codes": "\x1b[1m",
    "fullwidth": "ｐａｓｓｗｏｒｄ＝",
    "zero width": "p\u200b",
    "\\u0070": "\\u0070",
    "cyrillic": "пароль=",
    "NULs": "\0",
    "markers": "[password]",
    "sk-": "sk-",
    "AKIA": "AKIA",
    "ghp_": "ghp_",
}


def line(name: str, size: int) -> str:
    """Return the hostile line of this name with about this many characters."""
    if name == "json":
        return _json(size)
    if name == "base64":
        return _base64(size)
    return _repeated(SEEDS[name], size)


NAMES = (*SEEDS, "json", "base64")


def milliseconds(scrubber: Scrubber, text: str) -> float:
    """Return the best of three times of scrubbing a text; a slow one is timed once."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        scrubber.scrub_text(text)
        best = min(best, (time.perf_counter() - began) * 1000)
        if best > 20 * LIMIT_MS:
            break
    return best


def main() -> int:
    """Print a table; the exit code is 1 if a line is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--small", type=int, default=SMALL)
    parser.add_argument("--large", type=int, default=LARGE)
    parser.add_argument("names", nargs="*", default=NAMES, metavar="name")
    options = parser.parse_args()

    scrubber = Scrubber(Policy(max_length=1 << 30, time_limit=30.0))
    scrubber.scrub_text("warm password=hunter2")
    rows = []
    for name in options.names:
        scrubber.errors.clear()
        scrubber.scrub_text(line(name, 2000))
        small = milliseconds(scrubber, line(name, options.small))
        large = milliseconds(scrubber, line(name, options.large))
        ratio = large / small if small else 0.0
        row = {"line": name, "small_ms": round(small, 2), "large_ms": round(large, 1), "ratio": round(ratio, 1)}
        row["errors"] = dict(scrubber.errors)
        rows.append(row)
        if not options.json:
            if len(rows) == 1:
                print(
                    f"{'line':28} {options.small:>9} B {options.large:>9} B   ratio (linear: {options.large / options.small:.0f})"
                )
            slow = "  SLOW" if small > LIMIT_MS else ""
            print(f"{name:28} {small:8.2f} ms {large:8.1f} ms {ratio:7.1f}{slow} {row['errors'] or ''}", flush=True)
    if options.json:
        print(json.dumps(rows, indent=1))
    return int(any(row["small_ms"] > LIMIT_MS for row in rows))


if __name__ == "__main__":
    sys.exit(main())
