"""The whole matrix of ways out of a service, bare and with ``install()``; each way runs in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "leak-paths.md"
PROGRAM = ROOT / "benchmarks" / "leak_paths.py"
Verdicts = dict[str, dict[str, Any]]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="every way runs in a forked process")


def run(*options: str) -> dict[str, Verdicts]:
    """Run the matrix; return the verdicts by filter and path."""
    for library in ("loguru", "structlog", "rich", "pythonjsonlogger"):
        pytest.importorskip(library)
    command = [sys.executable, str(PROGRAM), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert not [result["missing"] for result in found.values() if "missing" in result]
    return {name: result["verdicts"] for name, result in found.items()}


def not_closed(verdicts: Verdicts) -> dict[str, str]:
    """Return the paths that are not closed, and what came out there."""
    return {
        name: f"{verdict['word']}: {', '.join(verdict['out'])} {verdict.get('raised') or verdict.get('altered') or ''}"
        for name, verdict in verdicts.items()
        if verdict["word"] != "closed"
    }


@pytest.fixture(scope="module")
def matrix() -> dict[str, Verdicts]:
    """The verdicts without a filter and with logscrub."""
    return run()


def test_without_a_filter_every_path_leaks_all_that_is_planted(matrix: dict[str, Verdicts]) -> None:
    """Otherwise a path that is closed shows nothing."""
    assert {
        name: verdict
        for name, verdict in matrix["no filter"].items()
        if verdict["word"] != "leaks" or verdict["missed"] or verdict["lost"]
    } == {}


def test_with_logscrub_every_path_is_closed(matrix: dict[str, Verdicts]) -> None:
    """Nothing comes out, nothing is lost, raised or changed."""
    assert not_closed(matrix["logscrub"]) == {}


def test_it_does_not_matter_whether_the_libraries_are_imported_first() -> None:
    """What is patched at once and what is patched on import is the same."""
    assert not_closed(run("--filter", "logscrub", "--preload")["logscrub"]) == {}


def test_the_page_says_what_was_run(matrix: dict[str, Verdicts]) -> None:
    """Its columns for no filter and for logscrub have the paths and the verdicts of this run."""
    stated = {"no filter": {}, "logscrub": {}}
    library = ""
    names: list[str] = []
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip().strip("*") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if line.startswith("## "):
            library = line[3:].split(" ", 1)[0].lower()
        elif cells and cells[0] == "path":
            names = cells
        elif len(cells) > 2 and len(cells) == len(names) and not cells[0].startswith("---"):
            for name, verdicts in stated.items():
                verdicts[f"{library}: {cells[0]}"] = cells[names.index(name)]
    for name, verdicts in stated.items():
        ran = {k: v["word"] for k, v in matrix[name].items() if not k.startswith("control: ")}
        assert verdicts == ran
