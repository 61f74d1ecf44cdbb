"""Scanners of files side by side: how fast, with how much memory, how much they find, and how that grows.

    python benchmarks/scanners.py --logs DIR [--size MB] [--big] [--kingfisher PATH] [--betterleaks PYTHON]
        [--secretlint PATH] [--detect-secrets PATH] [--isal PYTHON] [--json FILE]

DIR holds real logs, such as a checkout of https://github.com/logpai/loghub. They are repeated, with other digits each
time round, and made-up secrets, personal data and decoys are put among them (``_mix.py``). Each tool runs as a command
of its own, in its best configuration (``_scanners.py``), over one file and over several of 5 MB; the better of both
counts. It starts with 10 MB and climbs as long as the next size can be expected to be done in time: what is slow is
measured on less, and its rate is that of this size. Runs of less than half a minute are repeated in turns, and the best
counts.

What is found is judged twice. In the mix, by the lines that reports name: logscrub's names the first and the last of
each value, and puts together what only a key's name gives away, so much is counted without its line; how much stands
beside the share. And in a folder of one-line files, where everybody names the file. Lines of the logs that are named
need not be false: there are session ids and addresses in real logs.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import platform
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from _mix import DECOY, MB, PERSON, SECRET, build, join, one_line_files, rows
from _run import Run, run
from _scanners import CPUS, Scanner, add_options, inflating, scanners

STEPS = (10, 50, 200, 1000, 10_000)
PARTS = ("files", "lines", "gzip", "small")
OF_THE_LOGS = "lines of the logs"
# Seconds up to which a run is repeated: the longer ones hardly vary.
_SHORT = 30.0
_SMALL_LINES = 10
_PER_FOLDER = 1000

Truth = Mapping[tuple[str, int], tuple[str, str]]
"""What is planted, (sort, kind), by name of the file and line."""


@dataclass
class Score:
    """What a tool has found of what was planted.

    Attributes:
        found, planted: lines by sort.
        missed: secrets it has not found, by kind.
        others: what else it names: decoys by kind, and lines of the logs.
        unplaced: how much it counts without saying the line.
    """

    found: Counter[str] = field(default_factory=Counter)
    planted: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    unplaced: int = 0

    def share(self, sort: str) -> float:
        """Return which part of the planted lines of a sort is found."""
        return self.found[sort] / max(1, self.planted[sort])


def score(said: Iterable[tuple[str, int]], truth: Truth, *, lone: bool = False) -> Score:
    """Judge what a report names.

    Args:
        said: name of the file and line, 0 where it does not say which.
        truth: what is planted.
        lone: each file has one line only.
    """
    named = Counter((name, 1 if lone else line) for name, line in said)
    out = Score(unplaced=sum(times for (_, line), times in named.items() if not line))
    for place, (sort, kind) in truth.items():
        out.planted[sort] += 1
        if place in named:
            out.found[sort] += 1
        elif sort == SECRET:
            out.missed[kind] += 1
    for place in named:
        sort, kind = truth.get(place, ("", ""))
        if sort in (DECOY, "") and place[1]:
            out.others[kind or OF_THE_LOGS] += 1
    return out


@dataclass
class Climb:
    """The runs of one tool over one form of the mix, from small to large.

    Attributes:
        runs: by size in bytes.
        why: why it went no further; empty if it went all the way.
        score: of the last run.
    """

    runs: dict[int, Run] = field(default_factory=dict)
    why: str = ""
    score: Score | None = None

    def expected(self, size: int) -> float:
        """Return the seconds a size can be expected to take, if it goes on growing as it did."""
        *_, last = self.runs
        before = next((one for one in reversed(self.runs) if one < last), last)
        # More than in proportion, if it was so far.
        growth = max(1.0, (self.runs[last].wall / self.runs[before].wall) / (last / before))
        return self.runs[last].wall * growth * size / last

    @property
    def size(self) -> int:
        """The largest size that was measured."""
        return max(self.runs, default=0)

    @property
    def rate(self) -> float:
        """MB per second at the largest size."""
        return self.size / MB / self.runs[self.size].wall if self.runs else 0.0


@dataclass
class Bench:
    """Where everything lies, and how long a command may take."""

    folder: Path
    logs: Path
    patience: float
    rounds: int

    def run(self, tool: Scanner, place: Path) -> tuple[Run, Path]:
        """Run a tool over a folder; return what it cost and where its report is."""
        report = self.folder / "report"
        report.unlink(missing_ok=True)
        output = report if tool.prints else None
        # Twice the time it was expected to take at most: an estimate may be wrong.
        done = run(tool.command(place, report), output=output, patience=2 * self.patience, environment=tool.environment)
        print(f"{tool.name}, {place.name}: {done.wall:.1f} s", file=sys.stderr, flush=True)
        return done, report

    def warm(self, tools: Iterable[Scanner]) -> None:
        """Have each tool scan a line: some compile their rules once, and keep that."""
        place = self.folder / "warm"
        place.mkdir()
        (place / "warm.log").write_bytes(next(rows(self.logs))[0])
        for tool in tools:
            self.run(tool, place)

    def judged(
        self, tool: Scanner, place: Path, truth: Truth | None, *, lone: bool = False
    ) -> tuple[Run, Score | None, str]:
        """Run a tool over a folder; return the cost, the score (see :func:`score`), and what went wrong."""
        done, report = self.run(tool, place)
        if done.code is None:
            return done, None, f"stopped after {done.wall:.0f} s"
        if done.code not in tool.codes:
            return done, None, f"exit code {done.code}: {done.errors}"
        if tool.lines is None or truth is None:
            return done, None, ""
        try:
            return done, score(tool.lines(report), truth, lone=lone), ""
        except (OSError, ValueError, LookupError, TypeError) as error:
            return done, None, f"no report that can be read: {error}"


class Mix:
    """The mix in both forms, in all sizes."""

    FORMS = ("one file", "several files")

    def __init__(self, bench: Bench, size: int, part: int) -> None:
        self._folder = bench.folder / "mix"
        place = self._folder / "parts"
        place.mkdir(parents=True)
        self._parts = build(bench.logs, place, size, part)
        self._ends = list(accumulate(one.size for one in self._parts))
        self._laid: dict[tuple[str, int], tuple[Path, Truth]] = {}
        wanted = [*(step * MB for step in STEPS if step * MB < size), size]
        self.sizes = sorted({min(self._ends, key=lambda end: abs(end - one)) for one in wanted})

    def laid(self, form: str, size: int) -> tuple[Path, Truth]:
        """Return a folder with so many bytes of the mix, and what is planted in it."""
        known = self._laid.get((form, size))
        if known is not None:
            return known
        parts = [part for part, end in zip(self._parts, self._ends) if end <= size]
        place = self._folder / f"{form.replace(' ', '-')}-{size // MB}"
        place.mkdir()
        if form == "one file":
            parts = [join(parts, place / "mix.log")]
        else:
            for part in parts:
                os.link(part.path, place / part.path.name)
        truth = {(part.path.name, line): what for part in parts for line, what in part.planted.items()}
        self._laid[form, size] = place, truth
        return place, truth


def climb(bench: Bench, mix: Mix, tool: Scanner, form: str) -> Climb:
    """Run a tool over larger and larger parts of the mix."""
    out = Climb()
    for size in mix.sizes:
        if out.runs and out.expected(size) > bench.patience:
            out.why = f"{size / MB:.0f} MB would take {out.expected(size):.0f} s"
            break
        done, judged, wrong = bench.judged(tool, *mix.laid(form, size))
        if wrong:
            out.why = f"{size / MB:.0f} MB: {wrong}"
            break
        out.runs[size], out.score = done, judged
    return out


def files(bench: Bench, mix: Mix, tools: list[Scanner]) -> dict[str, Any]:
    """Measure speed, memory and what is found, over the mix."""
    climbs = {tool.name: {form: climb(bench, mix, tool, form) for form in Mix.FORMS} for tool in tools}
    best = {name: max(forms, key=lambda form: (forms[form].size, forms[form].rate)) for name, forms in climbs.items()}
    for _ in range(bench.rounds - 1):
        for tool in tools:
            won = climbs[tool.name][best[tool.name]]
            if won.runs and won.runs[won.size].wall < _SHORT:
                done, _ = bench.run(tool, mix.laid(best[tool.name], won.size)[0])
                if done.code in tool.codes and done.wall < won.runs[won.size].wall:
                    won.runs[won.size] = done
    return {tool.name: _summary(tool, best[tool.name], climbs[tool.name]) for tool in tools}


def _summary(tool: Scanner, best: str, forms: Mapping[str, Climb]) -> dict[str, Any]:
    won = forms[best]
    out: dict[str, Any] = {
        "version": tool.version,
        "growth": {
            form: {f"{size / MB:.0f}": _cost(size, done) for size, done in one.runs.items()}
            for form, one in forms.items()
        },
        "ended": {form: one.why for form, one in forms.items() if one.why},
    }
    if won.runs:
        out |= {"form": best, "mb": round(won.size / MB), **_cost(won.size, won.runs[won.size])}
    if won.score:
        out["found"] = _reach(won.score)
    return out


def _cost(size: int, done: Run) -> dict[str, float]:
    return {
        "mb_per_second": round(size / MB / done.wall, 2),
        "mb_per_cpu_second": round(size / MB / max(done.cpu, 0.001), 2),
        "wall_seconds": round(done.wall, 3),
        "cpu_seconds": round(done.cpu, 3),
        "peak_mb": round(done.peak / MB),
        "peak_mb_without_files": round(done.own / MB),
    }


def _reach(one: Score) -> dict[str, Any]:
    return {
        **{f"{sort}_lines": f"{one.found[sort]} of {one.planted[sort]}" for sort in (SECRET, PERSON, DECOY)},
        "secrets_percent": round(100 * one.share(SECRET), 1),
        "personal_percent": round(100 * one.share(PERSON), 1),
        "without_line": one.unplaced,
        "lines_of_the_logs": one.others[OF_THE_LOGS],
        "others": dict(one.others.most_common()),
        "missed": dict(one.missed.most_common()),
    }


def one_line(bench: Bench, tools: list[Scanner], each: int, ordinary: int) -> dict[str, Any]:
    """Measure what is found, each line in a file of its own."""
    place = bench.folder / "lines"
    place.mkdir()
    planted = one_line_files(bench.logs, place, each, ordinary)
    truth = {(name, 1): what for name, what in planted.items()}
    out: dict[str, Any] = {}
    for tool in tools:
        if tool.lines is not None:
            _, judged, wrong = bench.judged(tool, place, truth, lone=True)
            out[tool.name] = {"failed": wrong} if judged is None else _reach(judged)
    return out


def compressed(bench: Bench, mix: Mix, tools: list[Scanner], inflate: Mapping[str, Any]) -> dict[str, Any]:
    """Measure gzip: to decompress it, and to scan it."""
    size = max(one for one in mix.sizes if one <= 1001 * MB)
    plain = mix.laid("one file", size)[0] / "mix.log"
    place = bench.folder / "gzip"
    place.mkdir()
    target = place / "mix.log.gz"
    with plain.open("rb") as source, gzip.open(target, "wb", compresslevel=6) as stream:
        shutil.copyfileobj(source, stream, MB)
    out: dict[str, Any] = {"mb": round(size / MB), "compressed_mb": round(target.stat().st_size / MB)}
    for _ in range(bench.rounds):
        for name, words in inflate.items():
            done = run([*words, target], patience=bench.patience)
            _keep_best(out, name, _cost(size, done) if done.code == 0 else {"failed": done.errors})
        for tool in tools:
            if tool.name.startswith("logscrub"):
                done, _, wrong = bench.judged(tool, place, None)
                _keep_best(out, tool.name, {"failed": wrong} if wrong else _cost(size, done))
    return out


def small(bench: Bench, tools: list[Scanner], count: int) -> dict[str, Any]:
    """Measure many small files, next to counting their lines."""
    place = bench.folder / "small"
    lines = (line for batch in rows(bench.logs) for line in batch)
    size = 0
    for number in range(count):
        if number % _PER_FOLDER == 0:
            folder = place / f"{number // _PER_FOLDER:04d}"
            folder.mkdir(parents=True)
        size += (folder / f"{number:06d}.log").write_bytes(b"".join(islice(lines, _SMALL_LINES)))
    out: dict[str, Any] = {"files": count, "mb": round(size / MB, 1)}
    wc: list[str | Path] = ["sh", "-c", 'find "$0" -type f -print0 | xargs -0 wc -l', place]
    for _ in range(2):  # the first time round nothing is in the caches
        done = run(wc, patience=bench.patience)
    out["find | xargs wc -l"] = {"files_per_second": round(count / done.wall), **_cost(size, done)}
    for tool in tools:
        if tool.name == "cat":  # its files do not fit on one line
            continue
        done, _, wrong = bench.judged(tool, place, None)
        out[tool.name] = (
            {"failed": wrong} if wrong else {"files_per_second": round(count / done.wall), **_cost(size, done)}
        )
    return out


def _keep_best(table: dict[str, Any], name: str, row: dict[str, Any]) -> None:
    before = table.get(name)
    if before is None or row.get("wall_seconds", 0) < before.get("wall_seconds", 0):
        table[name] = row


# ---- the report -----------------------------------------------------------------------------------------------------


def text(measured: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the report."""
    yield f"{measured['machine']}"
    for name, why in measured["not_measured"].items():
        yield f"NOT MEASURED  {name}: {why}"
    for part, show in (("files", _files), ("lines", _lines), ("gzip", _gzip), ("small", _small)):
        if part in measured:
            yield ""
            yield from show(measured[part])


def _files(table: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'over the mix':<34}{'MB/s':>9}{'MB/CPU s':>10}{'peak MB':>9}{'(no files)':>11}{'at MB':>7}  {'form':<15}{'secrets':>8}{'':>6}{'personal':>9}{'decoys':>8}{'logs lines':>12}"
    for name, row in table.items():
        if "mb" in row:
            costs = f"{row['mb_per_second']:>9.1f}{row['mb_per_cpu_second']:>10.1f}{row['peak_mb'] or '-':>9}{row['peak_mb_without_files'] or '-':>11}"
            yield f"{name:<34}{costs}{row['mb']:>7}  {row['form']:<15}{_shares(row.get('found'))}"
        for form, why in row["ended"].items():
            yield f"    {name}, {form}: went no further: {why}"
    yield ""
    yield "growth: MB/s (peak MB) by size"
    for name, row in table.items():
        for form, runs in row["growth"].items():
            steps = "  ".join(
                f"{mb} MB {one['mb_per_second']:.1f} ({one['peak_mb'] or '-'})" for mb, one in runs.items()
            )
            yield f"  {name + ', ' + form:<48}{steps}"


def _shares(found: Mapping[str, Any] | None) -> str:
    if not found:
        return ""
    decoys = found["decoy_lines"].partition(" ")[0]
    unplaced = f"+{found['without_line']}" if found["without_line"] else ""
    return (
        f"{found['secrets_percent']:>7.1f}%{unplaced:>6}{found['personal_percent']:>8.1f}%{decoys:>8}"
        f"{found['lines_of_the_logs']:>12}"
    )


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'one line a file':<34}{'secrets':>8}{'':>6}{'personal':>9}{'decoys':>8}{'logs lines':>12}  secrets missed most"
    for name, row in table.items():
        if "failed" in row:
            yield f"{name:<34}FAILED: {row['failed']}"
        else:
            yield f"{name:<34}{_shares(row)}  {', '.join(islice(row['missed'], 5))}"


def _gzip(table: Mapping[str, Any]) -> Iterator[str]:
    yield f"gzip of {table['mb']} MB ({table['compressed_mb']} MB compressed): MB of text per second"
    yield from _rates(table, "mb_per_second")


def _small(table: Mapping[str, Any]) -> Iterator[str]:
    yield f"{table['files']} small files, {table['mb']} MB: files per second"
    yield from _rates(table, "files_per_second")


def _rates(table: Mapping[str, Any], what: str) -> Iterator[str]:
    for name, row in table.items():
        if isinstance(row, dict):
            shown = (
                f"FAILED: {row['failed']}"
                if "failed" in row
                else f"{row[what]:>10,.0f}   {row['peak_mb'] or '-'} MB of memory"
            )
            yield f"  {name:<34}{shown}"


def machine() -> str:
    """Say what it ran on."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as lines:
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    return f"{CPUS} processors ({model}), {platform.system()} {platform.release()}, Python {platform.python_version()}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logs", type=Path, required=True, metavar="DIR")
    parser.add_argument("--size", type=int, default=1000, metavar="MB", help="of the mix (1000)")
    parser.add_argument("--part", type=int, default=5, metavar="MB", help="size of one of several files (5)")
    parser.add_argument("--big", action="store_true", help="a mix of 10 GB; needs 25 GB of disk")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patience", type=float, default=120.0, metavar="SECONDS", help="for one run (120)")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this; repeatable")
    parser.add_argument("--tools", metavar="WORD", help="measure only tools with this in their names, comma-separated")
    parser.add_argument("--each", type=int, default=5, help="one-line files of each planted kind (5)")
    parser.add_argument("--ordinary", type=int, default=2000, help="one-line files of the logs (2000)")
    parser.add_argument("--small-files", type=int, default=100_000, metavar="N")
    parser.add_argument("--work", type=Path, metavar="DIR", help="where the mix is made for a while")
    parser.add_argument("--json", type=Path, metavar="FILE")
    add_options(parser)
    options = parser.parse_args()
    parts = options.only or PARTS
    measured: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory(prefix="logscrub-bench-", dir=options.work) as folder:
        bench = Bench(Path(folder), options.logs, options.patience, options.rounds)
        tools, measured["not_measured"] = scanners(options, bench.folder)
        if options.tools:
            tools = [tool for tool in tools if any(word in tool.name for word in options.tools.split(","))]
        bench.warm(tools)
        if {"files", "gzip"} & {*parts}:
            mix = Mix(bench, (10_000 if options.big else options.size) * MB, options.part * MB)
        if "files" in parts:
            measured["files"] = files(bench, mix, tools)
        if "lines" in parts:
            measured["lines"] = one_line(bench, tools, options.each, options.ordinary)
        if "gzip" in parts:
            inflate, missing = inflating(options)
            measured["not_measured"] |= missing
            measured["gzip"] = compressed(bench, mix, tools, inflate)
        if "small" in parts:
            measured["small"] = small(bench, tools, options.small_files)
    if options.json:
        options.json.write_text(json.dumps(measured, indent=2) + "\n", "utf-8")
    print("\n".join(text(measured)))


if __name__ == "__main__":
    main()
