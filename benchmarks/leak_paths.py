"""Which ways out of a service that logs each filter closes.

    python benchmarks/leak_paths.py [--peers PYTHON] [--airflow PYTHON] [--write docs/leak-paths.md] [--json]
                                    [--only WORD …] [--filter NAME …] [--preload]

Every path runs in a process of its own, once without a filter and once with each, with logging as a fresh interpreter
has it. Then everything it wrote is searched: both standard streams, files, what came over the network. ``--peers`` is an
interpreter that has the other filters (``pip install logscrub`` and those named in ``_filters.py``), ``--airflow`` one
that has apache-airflow-task-sdk, which wants versions of its own. Needs ``fork``.

A service may install logscrub before or after it imports the libraries it logs with. Here they are imported after, with
``--preload`` before.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import html
import importlib
import importlib.metadata
import io
import json
import logging
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _filters import FILTERS
from _paths import BENIGN, PATHS, VALUES, Service, Way

LIBRARIES = {"logging": "logging of the standard library", "loguru": "loguru", "structlog": "structlog"}
SECONDS = 40
_ANSI = re.compile(r"\x1b\[[0-9;]*m")

Verdict = dict[str, Any]


# --- one path, in a process of its own


def run_path(path: Way, parts: Any, folder: Path) -> Verdict:
    """Run a path in a forked process; return what came out of it."""
    sinks = folder / "sinks"
    sinks.mkdir(parents=True)
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _child(path, parts, folder, sinks)  # raises what is meant to reach the interpreter
        logging.shutdown()
        os._exit(0)  # tearing down what some of the libraries load takes longer than the path
    deadline = time.monotonic() + SECONDS
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > deadline:
            os.kill(child, 9)
            os.waitpid(child, 0)
            status = -1
            break
        time.sleep(0.003)
    told = folder / "told.json"
    verdict: Verdict = json.loads(told.read_text("utf-8")) if told.exists() else {}
    if status and not path.crashes:
        verdict.setdefault("raised", f"status {status}")
    written = _ANSI.sub("", b"\n".join(each.read_bytes() for each in sinks.iterdir()).decode("utf-8", "replace"))
    texts = [written, urllib.parse.unquote_plus(written), html.unescape(written), written.replace("=\r\n", "")]
    verdict["out"] = [name for name in path.plants if any(VALUES[name] in text for text in texts)]
    verdict["missed"] = [name for name in path.plants if name not in verdict["out"]]
    verdict["lost"] = not any(BENIGN in text for text in texts)
    return verdict


def _child(path: Way, parts: Any, folder: Path, sinks: Path) -> None:
    os.chdir(folder)
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(sinks / name, os.O_CREAT | os.O_WRONLY | os.O_APPEND), descriptor)
        stream = io.TextIOWrapper(io.FileIO(descriptor, "w", closefd=False), "utf-8", write_through=True)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    os.environ.update(COLUMNS="300", NO_COLOR="1")
    service = Service(parts, sinks)
    told: Verdict = {}
    try:
        if not path.late:
            service.start()
        told["altered"] = path.run(service)
    except BaseException as error:
        if path.crashes:
            raise
        told["raised"] = type(error).__name__
    finally:
        (sinks / "network").write_bytes(b"\n".join(service.received))
        (folder / "told.json").write_text(json.dumps(told), "utf-8")


def run_all(name: str, words: list[str], preload: bool = False) -> dict[str, Any]:
    """Run all paths with one filter, in this interpreter."""
    chosen = FILTERS[name]
    if preload:
        for module in ("loguru", "structlog", "rich.traceback"):
            importlib.import_module(module)
    try:
        parts = chosen.parts()
        version = chosen.version()
    except Exception as error:
        return {"missing": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
    for name in ("asyncio", "multiprocessing.context", "rich.logging", "pythonjsonlogger.json"):
        importlib.import_module(name)  # once, not in each process
    gc.collect()
    gc.freeze()
    folder = Path(tempfile.mkdtemp(prefix="logscrub-paths-"))
    verdicts = {}
    for number, path in enumerate(PATHS):
        wanted = path.library == "control" or not words or any(word in path.name for word in words)
        if wanted and parts.has(path.library):
            verdicts[key(path)] = run_path(path, parts, folder / str(number))
    shutil.rmtree(folder, ignore_errors=True)
    return {"version": version, "verdicts": verdicts}


def key(path: Way) -> str:
    """Return what names a path."""
    return f"{path.library}: {path.name}"


# --- all filters


def start(python: str, name: str, words: list[str], preload: bool) -> subprocess.Popen[str]:
    """Start an interpreter that runs all paths with one filter."""
    command = [python, "-W", "ignore::DeprecationWarning", __file__, "--run", name]
    for word in words:
        command += ["--only", word]
    if preload:
        command.append("--preload")
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def collect(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for such an interpreter; return what it found."""
    out, errors = process.communicate(timeout=1200)
    try:
        found: dict[str, Any] = json.loads(out.splitlines()[-1])
    except (IndexError, ValueError):
        found = {"missing": (errors.strip().splitlines() or ["it printed nothing"])[-1]}
    return found


def compare(
    pythons: dict[str, str], words: list[str], *, preload: bool = False, at_once: int = 2
) -> dict[str, dict[str, Any]]:
    """Return for each filter its version and the verdict on every path.

    Args:
        pythons: the interpreter each filter is run with.
        words: only paths whose name has one of these; all of them if empty.
        preload: the libraries are imported before the filter is put in place.
    """
    results: dict[str, dict[str, Any]] = {}
    room = threading.Semaphore(at_once)

    def one(name: str, python: str) -> None:
        with room:
            results[name] = collect(start(python, name, words, preload))

    threads = [threading.Thread(target=one, args=pair) for pair in pythons.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    known = {name: _known(result) for name, result in results.items()}
    for name, result in results.items():
        for path in PATHS:
            verdict = result.get("verdicts", {}).get(key(path))
            if verdict is not None:
                verdict["word"] = _word(verdict, path, known[name])
        result["known"] = sorted(known[name], key=list(VALUES).index)
    return {name: results[name] for name in pythons}


def _known(result: dict[str, Any]) -> set[str]:
    """Return which values a tool takes out of a plain message or a plain field, with any of the libraries."""
    known = set()
    for path in PATHS:
        verdict = result.get("verdicts", {}).get(key(path))
        if path.library == "control" and verdict is not None and not verdict.get("raised"):
            known.update(set(path.plants) - set(verdict["out"]))
    return known


def _word(verdict: Verdict, path: Way, known: set[str]) -> str:
    words = ["leaks"] if set(verdict["out"]) & (known or set(path.plants)) else []
    words += [word for word, told in (("raises", "raised"), ("alters", "altered")) if verdict.get(told)]
    if words:
        return ", ".join(words)
    if known and not known & set(path.plants):
        return "n/a"
    return "loses" if verdict["lost"] else "closed"


# --- the page

INTRODUCTION = """# Ways out of a service that logs

Generated by `python benchmarks/leak_paths.py --peers … --airflow … --write docs/leak-paths.md` on {date}, CPython
{python}, {libraries}.

Every cell is a program that ran in a process of its own; then everything it had written was searched: both standard
streams, files, what came over the network. `tests/emit/test_leak_paths.py` runs the columns of no filter and of logscrub,
the latter also with the libraries imported before it is installed.

What is planted: a token with the shape and the checksum of a GitHub token (`token`), an e-mail address (`email`), a
password in a text, after its name (`password`), a password in a structure, under its name (`keyed`), a PIN in a
structure, under its name, as a number (`pin`). All of them are made up.

| cell | means |
|---|---|
| closed | nothing that was planted came out, the rest of the record did, nothing was raised or changed in the application |
| **leaks** | a value came out |
| **raises** | an exception reached the code that logs |
| **alters** | something of the application was changed: the exception it still handles, an iterator it still needs |
| loses | no value came out, and the harmless rest of the record neither |
| n/a | the path plants nothing this tool knows |

A tool is only held to values it knows: those it takes out of a plain message or a plain field. So a cell says something
of the path, not of the patterns. Without a filter all values count. The other filters stand on every handler, and in
every chain, that the service sets up when it starts, as their documentation asks.
"""


def page(results: dict[str, dict[str, Any]]) -> str:
    """Return the page."""
    libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("loguru", "structlog"))
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    lines = [INTRODUCTION.format(date=today, python=platform.python_version(), libraries=libraries)]
    ran = {name: result for name, result in results.items() if "verdicts" in result}
    lines += ["## Tools", "", "| tool | version | how it is used | knows |", "|---|---|---|---|"]
    for name, result in ran.items():
        if FILTERS[name].package:
            lines.append(f"| {name} | {result['version']} | {FILTERS[name].how} | {', '.join(result['known'])} |")
    for name, result in results.items():
        if "missing" in result:
            lines.append(f"| {name} | – | {FILTERS[name].how} | could not be run: `{result['missing'][:120]}` |")
    lines.append("")
    lines += ["## Sums", "", "Paths closed, of those that plant something the tool knows.", ""]
    lines += [f"| tool | {' | '.join(LIBRARIES)} |", "|---|" + "---:|" * len(LIBRARIES)]
    for name, result in ran.items():
        cells = [_sum(result, library) for library in LIBRARIES]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines.append("")
    for library, title in LIBRARIES.items():
        having = [name for name, result in ran.items() if any(k.startswith(f"{library}: ") for k in result["verdicts"])]
        without = [name for name in ran if name not in having]
        lines += [f"## {title[0].upper()}{title[1:]}", ""]
        if without:
            lines += [f"{', '.join(without)}: nothing for it.", ""]
        lines += [f"| path | planted | {' | '.join(having)} |", "|---|---|" + "---|" * len(having)]
        for path in PATHS:
            if path.library == library:
                cells = [_cell(ran[name]["verdicts"].get(key(path))) for name in having]
                lines.append(f"| {path.name} | {', '.join(path.plants)} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _sum(result: dict[str, Any], library: str) -> str:
    words = [verdict["word"] for name, verdict in result["verdicts"].items() if name.startswith(f"{library}: ")]
    counted = [word for word in words if word != "n/a"]
    return f"{counted.count('closed')} of {len(counted)}" if counted else "–"


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return "–"
    word: str = verdict["word"]
    return word if word in ("closed", "loses", "n/a") else f"**{word}**"


def main() -> int:
    """Run, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has the other filters")
    parser.add_argument("--airflow", metavar="PYTHON", help="an interpreter that has apache-airflow-task-sdk")
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the page")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    parser.add_argument("--only", metavar="WORD", action="append", default=[], help="paths whose name has this")
    parser.add_argument("--filter", metavar="NAME", action="append", default=[], help="these filters", choices=FILTERS)
    parser.add_argument("--preload", action="store_true", help="import the libraries before the filter is put in place")
    parser.add_argument("--run", metavar="NAME", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)  # whatever a library prints when it is imported
        print(json.dumps(run_all(options.run, options.only, options.preload)), file=out, flush=True)
        return 0
    pythons = {}
    for name in FILTERS:
        if name in ("no filter", "logscrub"):
            pythons[name] = sys.executable
        elif name == "airflow":
            if options.airflow:
                pythons[name] = options.airflow
        elif options.peers:
            pythons[name] = options.peers
    if options.filter:
        pythons = {name: pythons.get(name, sys.executable) for name in options.filter}
    results = compare(pythons, options.only, preload=options.preload)
    if options.write:
        options.write.write_text(page(results), "utf-8")
    if options.json:
        print(json.dumps(results, indent=1))
    elif not options.write:
        for name, result in results.items():
            if "missing" in result:
                print(f"{name}: could not be run: {result['missing']}")
                continue
            print(f"{name} {result['version']}: knows {', '.join(result['known']) or 'nothing'}")
            for path, verdict in result["verdicts"].items():
                if verdict["word"] not in ("closed", "n/a") and not path.startswith("control"):
                    why = verdict.get("raised") or verdict.get("altered") or ", ".join(verdict["out"])
                    print(f"    {verdict['word']:7} {path}  ({why})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
