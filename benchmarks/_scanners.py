"""Commands that scan a folder of logs, each in its best configuration: all rules, all processors, nothing asked online.

Whatever a tool limits by default (size of files, repeated values) is lifted where it has an option for that.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from _run import run

CPUS = str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
Words = Sequence[str | Path]

# What the profile of secrets leaves out of what is on by default.
_PERSONAL = "pii,financial,network"
_PRESET = '{"rules": [{"id": "@secretlint/secretlint-rule-preset-recommend"}]}'
_BETTERLEAKS = """
import json, sys
from pybetterleaks import betterleaks_version, scan_dir
if len(sys.argv) == 1:
    sys.exit(print(betterleaks_version()))
result = scan_dir(sys.argv[1])
with open(sys.argv[2], "w") as stream:
    json.dump([(one.file, one.line) for one in result.findings], stream)
sys.exit(str(result.errors) if result.errors else 0)
"""
_UNIX = re.compile(r"^(.+):(\d+):\d+: \[", re.MULTILINE)


@dataclass(frozen=True)
class Scanner:
    """One way to read a folder of logs.

    Attributes:
        command: makes its words from a folder and the file for its report.
        lines: reads a report: (name of the file, line) of what it says it found, 0 where it does not say the line; None
            for what does not look for secrets.
        prints: its report is its standard output.
        codes: exit codes that mean it did its work.
    """

    name: str
    version: str
    command: Callable[[Path, Path], Words]
    lines: Callable[[Path], Iterable[tuple[str, int]]] | None = None
    prints: bool = False
    codes: tuple[int, ...] = (0,)
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.version:
            raise ValueError(f"{self.name}: it does not start")


def add_options(parser: ArgumentParser) -> None:
    """Add the options that say where the tools are."""
    group = parser.add_argument_group("tools", "those not named are looked for on the PATH")
    group.add_argument("--logscrub", metavar="PATH", help="default: this checkout")
    group.add_argument("--kingfisher", metavar="PATH", help="pip install kingfisher-bin")
    group.add_argument("--betterleaks", metavar="PYTHON", help="interpreter after pip install pybetterleaks")
    group.add_argument(
        "--secretlint",
        metavar="PATH",
        help="npm install secretlint @secretlint/secretlint-rule-preset-recommend",
    )
    group.add_argument("--detect-secrets", metavar="PATH", help="pip install detect-secrets")
    group.add_argument("--isal", metavar="PYTHON", help="interpreter after pip install isal (igzip)")


def scanners(given: Namespace, folder: Path) -> tuple[list[Scanner], dict[str, str]]:
    """Return the tools that are there, and why the others cannot be measured.

    Args:
        folder: where a tool may keep a cache of its own.
    """
    makers: dict[str, Callable[[], Iterator[Scanner]]] = {
        "logscrub": lambda: _logscrub([given.logscrub] if given.logscrub else [sys.executable, "-m", "logscrub"]),
        "kingfisher": lambda: _kingfisher(_found("kingfisher", given.kingfisher), folder),
        "betterleaks": lambda: _betterleaks(_interpreter("pybetterleaks", given.betterleaks)),
        "secretlint": lambda: _secretlint(_found("secretlint", given.secretlint)),
        "detect-secrets": lambda: _detect_secrets(_found("detect-secrets", given.detect_secrets)),
        "ripgrep": lambda: _ripgrep(_found("rg", None)),
        "cat": lambda: _cat(_found("cat", None)),
    }
    there: list[Scanner] = []
    missing: dict[str, str] = {}
    for name, maker in makers.items():
        try:
            there += maker()
        except (LookupError, OSError, ValueError) as error:
            missing[name] = str(error)
    return there, missing


def inflating(given: Namespace) -> tuple[dict[str, Words], dict[str, str]]:
    """Return the commands, but for the file, that decompress gzip and do nothing else; and those that are not there."""
    finders: dict[str, Callable[[], Words]] = {
        "igzip": lambda: [_found("igzip", None), "-dc"],
        "python -m isal.igzip": lambda: [_interpreter("isal", given.isal), "-m", "isal.igzip", "-dc"],
        "gzip": lambda: [_found("gzip", None), "-dc"],
    }
    there: dict[str, Words] = {}
    missing: dict[str, str] = {}
    for name, find in finders.items():
        try:
            there[name] = find()
        except LookupError as error:
            missing[name] = str(error)
    return there, missing


def _found(name: str, given: str | None) -> str:
    path = shutil.which(given or name)
    if path is None:
        raise LookupError(f"{given or name}: there is no such command")
    return path


def _interpreter(module: str, given: str | None) -> str:
    if given is None and importlib.util.find_spec(module) is None:
        raise LookupError(f"{module} is not installed here, and no interpreter is named that has it")
    return _found(sys.executable, given)


def _printed(*words: str) -> str:
    """Return what a command prints; nothing if it fails."""
    with tempfile.TemporaryDirectory(prefix="logscrub-bench-") as folder:
        file = Path(folder, "out")
        done = run(words, output=file, patience=60)
        return file.read_text("utf-8", "replace").strip() if done.code == 0 else ""


def _name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _logscrub(program: list[str]) -> Iterator[Scanner]:
    version = _printed(*program, "--version")
    several = "--jobs" in _printed(*program, "scan", "--help")

    def one(name: str, *options: str) -> Scanner:
        fixed = ("--isolated", "--no-progress", "--quiet", "--exit-zero", *options)
        return Scanner(
            name,
            version,
            lambda folder, report: [*program, "scan", folder, *fixed, "--format", f"json={report}"],
            _logscrub_lines,
        )

    yield one("logscrub, secrets", "--ignore", _PERSONAL)
    yield one("logscrub, with personal data")
    if several:
        yield one("logscrub, secrets, one process", "--ignore", _PERSONAL, "--jobs", "1")


def _logscrub_lines(report: Path) -> Iterator[tuple[str, int]]:
    """It says of each value how often it is there and the first and last place: here every planted one is there once."""
    document = json.loads(report.read_bytes())
    if not document["summary"]["complete"]:
        raise ValueError(f"incomplete: {document['errors'][:1]}")
    for finding in document["findings"]:
        named = {(_name(place["path"]), place["line"]) for place in (finding["first"], finding["last"])}
        yield from named
        for file in finding["files"]:
            name = _name(file["path"])
            yield from [(name, 0)] * (file["count"] - sum(name == one for one, _ in named))


def _kingfisher(program: str, folder: Path) -> Iterator[Scanner]:
    fixed = (
        *("--no-update-check", "--no-validate", "--no-limits", "--no-dedup", "--git-history", "none", "--quiet"),
        *("--confidence", "low", "--jobs", CPUS, "--rule-cache-dir", str(folder / "kingfisher"), "--format", "jsonl"),
    )
    version = _printed(program, "--version")
    for name, more in (("kingfisher", ()), ("kingfisher --turbo", ("--turbo",))):
        yield Scanner(
            name,
            version,
            lambda folder, report, more=more: [program, "scan", folder, *fixed, *more, "--output", report],
            _kingfisher_lines,
            codes=(0, 200, 205),
        )


def _kingfisher_lines(report: Path) -> Iterator[tuple[str, int]]:
    with report.open(encoding="utf-8") as lines:
        for line in lines:
            finding = json.loads(line).get("finding")
            if finding:
                yield _name(finding["path"]), finding["line"]


def _betterleaks(python: str) -> Iterator[Scanner]:
    yield Scanner(
        "betterleaks",
        _printed(python, "-c", _BETTERLEAKS),
        lambda folder, report: [python, "-c", _BETTERLEAKS, folder, report],
        lambda report: [(_name(path), line) for path, line in json.loads(report.read_bytes())],
    )


def _secretlint(program: str) -> Iterator[Scanner]:
    yield Scanner(
        "secretlint, recommended preset",
        _printed(program, "--version"),
        lambda folder, report: [
            *(program, "--secretlintrcJSON", _PRESET, "--format", "unix", "--no-color"),
            *("--output", report, f"{folder}/**/*.log"),
        ],
        lambda report: [(_name(path), int(line)) for path, line in _UNIX.findall(report.read_text("utf-8"))],
        environment={"NODE_OPTIONS": "--max-old-space-size=12000"},
    )


def _detect_secrets(program: str) -> Iterator[Scanner]:
    yield Scanner(
        "detect-secrets",
        _printed(program, "--version"),
        lambda folder, report: [program, "--cores", CPUS, "scan", "--all-files", "--no-verify", folder],
        lambda report: [
            (_name(path), one["line_number"])
            for path, found in json.loads(report.read_bytes())["results"].items()
            for one in found
        ],
        prints=True,
    )


def _ripgrep(program: str) -> Iterator[Scanner]:
    version = _printed(program, "--version").partition("\n")[0]
    for name, words in (
        ("rg -c AKIA", ("AKIA",)),
        ("rg -c -i of four words", ("-i", "password|secret|token|api_key")),
    ):
        yield Scanner(name, version, lambda folder, _, words=words: [program, "-c", *words, folder], codes=(0, 1))


def _cat(program: str) -> Iterator[Scanner]:
    yield Scanner("cat", "as it is", lambda folder, _: [program, *sorted(folder.glob("*.log"))])
