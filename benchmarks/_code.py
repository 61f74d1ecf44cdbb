"""Leaks in source code as rows, and what a tool's findings make of each.

The rows name files of other projects; these are read with git from copies of their repositories, and never kept.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from _corpora import Row
from _tools import ROOT

from logscrub import __version__

if TYPE_CHECKING:
    from logscrub.code.model import CodeFinding, CodeResult, Place

Lines = tuple[int, int]


class Mark(NamedTuple):
    """A finding, as far as scoring needs it.

    Attributes:
        lines: first and last line of the statement that prints.
        steps: lines of what leads there.
    """

    lines: Lines
    rule: str
    severity: str = ""
    message: str = ""
    steps: tuple[Lines, ...] = ()

    def hits(self, ranges: Iterable[Lines]) -> bool:
        """Tell whether the printing statement touches one of the ranges.

        >>> Mark((3, 5), "x").hits([(5, 9)]), Mark((3, 5), "x", steps=((8, 8),)).hits([(6, 9)])
        (True, False)
        """
        return _touch(self.lines, ranges)

    def reaches(self, ranges: Iterable[Lines]) -> bool:
        """Tell whether the printing statement or a step on the way touches one of the ranges.

        >>> Mark((3, 5), "x", steps=((8, 8),)).reaches([(6, 9)])
        True
        """
        ranges = list(ranges)
        return self.hits(ranges) or any(_touch(step, ranges) for step in self.steps)


def _touch(lines: Lines, ranges: Iterable[Lines]) -> bool:
    return any(first <= lines[1] and lines[0] <= last for first, last in ranges)


Marks = Mapping[Path, Sequence[Mark]]


# Files of other projects


@dataclass(frozen=True)
class Leak:
    """One file of a fix of a leak.

    Attributes:
        index: number of its row, from 0.
        ranges: the statements that leak, and other places where the same leak may be reported.
        fixed: where a finding after the fix means that the fix was not understood.
        before, after: the file at either side; None where the copy of the repository does not have it.
    """

    index: int
    commit: str
    category: str
    file: str
    ranges: tuple[Lines, ...]
    fixed: tuple[Lines, ...]
    before: Path | None
    after: Path | None


def repository(mirrors: Path, name: str) -> Path | None:
    """Return the git directory of a repository (``owner/name``), or None if there is no copy of it."""
    ours, plain = mirrors / name.replace("/", "+") / "repo", mirrors / name
    for place in (ours, ours / ".git", plain / ".git", plain):
        if (place / "objects").is_dir() and (place / "HEAD").is_file():
            return place
    return None


def blob(mirrors: Path, name: str, commit: str, file: str) -> bytes | None:
    """Return a file at a commit, or None if the copy does not have it."""
    place = repository(mirrors, name)
    if place is None:
        return None
    # Copies may be partial: what is missing is not fetched.
    run = subprocess.run(
        ["git", "--git-dir", place, "cat-file", "blob", f"{commit}:{file}"],
        capture_output=True,
        check=False,
        env={**os.environ, "GIT_NO_LAZY_FETCH": "1"},
    )
    return run.stdout if run.returncode == 0 else None


def extract(rows: Sequence[Row], mirrors: Path, folder: Path) -> list[Leak]:
    """Write each row's file at both sides of the fix into a folder of its own, under its own path."""
    out = []
    for index, row in enumerate(rows):
        places: list[Path | None] = []
        for side, commit in (("before", row["parent"]), ("after", row["fix_commit"])):
            content = blob(mirrors, row["repo"], commit, row["file"])
            place = folder / side / f"{index:03}" / row["file"]
            if content is not None:
                place.parent.mkdir(parents=True)
                place.write_bytes(content)
            places.append(place if content is not None else None)
        ranges = (*row["lines"], *row["alt_sink_lines"])
        out.append(
            Leak(
                index,
                f"{row['repo']}@{row['fix_commit'][:12]}",
                row["category"],
                row["file"],
                tuple(map(_lines, ranges)),
                tuple(map(_lines, row["fixed_lines_after"])),
                *places,
            )
        )
    return out


def _lines(pair: Sequence[int]) -> Lines:
    return pair[0], pair[1]


def count_lines(files: Iterable[Path]) -> int:
    """Return how many lines files have together."""
    return sum(file.read_bytes().count(b"\n") for file in files)


def statement(source: bytes, line: int) -> Lines:
    """Return the lines of the innermost statement without a body around a line of Python; else the line alone.

    >>> statement(b"def f(x):\\n    print(\\n        x)\\n", 3), statement(b"print x\\n", 1)
    ((2, 3), (1, 1))
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return line, line
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            last = node.end_lineno or node.lineno
            if node.lineno <= line <= last:
                return node.lineno, last
    return line, line


# What a tool makes of the rows


def commits(leaks: Iterable[Leak], marks: Marks, holds: Callable[[Mark, Sequence[Lines]], bool]) -> dict[str, bool]:
    """Return for each commit whether a finding in any of its files is where the leak is.

    Args:
        holds: ``Mark.hits`` or ``Mark.reaches``.
    """
    out: dict[str, bool] = {}
    for leak in leaks:
        out[leak.commit] = out.get(leak.commit, False) or is_found(leak, marks, holds)
    return out


def is_found(leak: Leak, marks: Marks, holds: Callable[[Mark, Sequence[Lines]], bool]) -> bool:
    """Tell whether a finding in the file before the fix is where the leak is."""
    return leak.before is not None and any(holds(mark, leak.ranges) for mark in marks.get(leak.before, ()))


def is_still_found(leak: Leak, marks: Marks) -> bool:
    """Tell whether a finding in the file after the fix is on what was fixed."""
    return leak.after is not None and any(mark.hits(leak.fixed) for mark in marks.get(leak.after, ()))


def others(leak: Leak, marks: Marks) -> list[Mark]:
    """Return the findings in the file before the fix that are not where the leak is."""
    if leak.before is None:
        return []
    return [mark for mark in marks.get(leak.before, ()) if not mark.hits(leak.ranges)]


# Tools


class Auditor(Protocol):
    """A tool that looks for leaks in source code."""

    name: str
    version: str

    def find(self, files: Sequence[Path]) -> Marks:
        """Return what it finds in each file, looked at alone."""

    def cost(self, folder: Path, **environment: str) -> float:
        """Return the seconds of processor time it takes for a folder in a process of its own, start included."""


def seconds(command: Sequence[str | Path], **environment: str) -> float:
    """Return the processor time of a command and its children. To report findings or unread files is no error.

    Raises:
        SystemExit: the command did not run, or not to its end.
    """
    before = os.times()
    run = subprocess.run(command, capture_output=True, check=False, env={**os.environ, **environment})
    after = os.times()
    # 1 and 2 may also say that it crashed or refused its arguments, but then there is no report.
    if run.returncode not in (0, 1, 2) or (run.returncode and not run.stdout):
        error = run.stderr.decode(errors="replace")[-2000:]
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {run.returncode}\n{error}")
    return after.children_user + after.children_system - before.children_user - before.children_system


def audit_seconds(*arguments: str | Path, **environment: str) -> float:
    """Return the processor time of ``logscrub code`` with arguments, in a process of its own."""
    command = [sys.executable, "-m", "logscrub", "code", "--isolated", *arguments]
    return seconds(command, PYTHONPATH=str(ROOT), **environment)


class Logscrub:
    """logscrub's audit of source code, at its default level or with bulk objects."""

    def __init__(self, *, bulk: bool) -> None:
        self.bulk = bulk
        self.name = "logscrub, bulk" if bulk else "logscrub"
        self.version = __version__
        self.unread: dict[Path, str] = {}

    def audit(self, place: Path) -> CodeResult:
        """Audit a file or a folder in this process."""
        from logscrub.code.audit import CodeOptions, audit_code

        return audit_code([place], CodeOptions(bulk=self.bulk, jobs=1))

    def find(self, files: Sequence[Path]) -> Marks:
        """Return what it finds in each file; ``unread`` says afterwards which it could not read, wholly or in part."""
        out: dict[Path, list[Mark]] = {}
        for file in files:
            result = self.audit(file)
            out[file] = [mark(one) for one in result.findings]
            if result.problems or not result.files:
                reasons = dict.fromkeys(one.reason for one in result.problems)
                self.unread[file] = "; ".join(reasons) or "not looked at"
        return out

    def cost(self, folder: Path, **environment: str) -> float:
        """Return the seconds of processor time for a folder."""
        # A folder is read without its tests, unless asked for; the other tools read all of it.
        return audit_seconds("--tests", *(["--bulk"] if self.bulk else []), folder, **environment)


def mark(finding: CodeFinding) -> Mark:
    """Return a finding of ours as scoring needs it."""

    def lines(place: Place) -> Lines:
        return place.line, max(place.line, place.end_line)

    here = finding.place.path
    steps = tuple(lines(step.place) for step in finding.steps if step.place.path == here)
    return Mark(lines(finding.place), finding.rule, str(finding.severity), finding.message, steps)


class Semgrep:
    """Semgrep with rules from a file, without network."""

    name = "Semgrep's rule"
    # Its default leaves out folders of tests and files it takes for too large, and gives up on slow ones.
    _OPTIONS = (
        "--metrics=off",
        "--disable-version-check",
        "--no-git-ignore",
        "--x-ignore-semgrepignore-files",
        "--max-target-bytes=0",
        "--timeout=0",
    )

    def __init__(self, program: Path, rules: Path) -> None:
        asked: list[str | Path] = [program, "--version", "--disable-version-check"]
        self.version = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        self._command: list[str | Path] = [program, "scan", *self._OPTIONS, "--config", rules]

    def find(self, files: Sequence[Path]) -> Marks:
        """Return what it finds. Its rules see one file at a time, so that one run does for all."""
        out: dict[Path, list[Mark]] = {file: [] for file in files}
        for one in _results([*self._command, "--json", *files]):
            lines = one["start"]["line"], one["end"]["line"]
            out[Path(one["path"])].append(Mark(lines, one["check_id"], one["extra"]["severity"]))
        return out

    def cost(self, folder: Path, **environment: str) -> float:
        """Return the seconds of processor time for a folder."""
        return seconds([*self._command, folder], **environment)


class Bandit:
    """Bandit with all its rules; none of them is about logs, and what it hits it reports for another reason."""

    name = "Bandit"

    def __init__(self, program: Path) -> None:
        asked = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        self.version = asked.stdout.split()[1]
        self._program = program

    def find(self, files: Sequence[Path]) -> Marks:
        """Return what it finds."""
        out: dict[Path, list[Mark]] = {file: [] for file in files}
        for one in _results([self._program, "-q", "-f", "json", *files]):
            lines = min(one["line_range"]), max(one["line_range"])
            out[Path(one["filename"])].append(Mark(lines, one["test_id"], one["issue_severity"], one["issue_text"]))
        return out

    def cost(self, folder: Path, **environment: str) -> float:
        """Return the seconds of processor time for a folder."""
        return seconds([self._program, "-q", "-r", folder], **environment)


class Grep:
    """A naive search: a log call and a word for a credential in one line."""

    name = "naive grep"
    version = "ours"
    _CALL = re.compile(
        rb"\b(?:log|logg\w+|_log\w*|print|warnings)\b.{0,40}\(.*"
        rb"(?:passw|secret|token|api_?key|credential|private_?key|\bauth)",
        re.IGNORECASE,
    )

    def find(self, files: Sequence[Path]) -> Marks:
        """Return the lines it finds."""
        return {
            file: [
                Mark((number, number), "grep")
                for number, line in enumerate(file.read_bytes().split(b"\n"), 1)
                if self._CALL.search(line)
            ]
            for file in files
        }

    def cost(self, folder: Path, **environment: str) -> float:
        """Return the seconds of processor time for a folder, in this process."""
        start = time.process_time()
        self.find([file for file in sorted(folder.rglob("*.py")) if file.is_file()])
        return time.process_time() - start


def _results(command: Sequence[str | Path]) -> list[Any]:
    run = subprocess.run(command, capture_output=True, check=False, text=True)
    try:
        return list(json.loads(run.stdout)["results"])
    except (ValueError, KeyError):
        raise SystemExit(f"{command[0]}: exit code {run.returncode}\n{run.stderr[-2000:]}") from None
