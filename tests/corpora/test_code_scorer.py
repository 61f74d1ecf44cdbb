"""The benchmark of the code auditor, on cases of our own: what counts as found, as another finding, as still found."""

from __future__ import annotations

import doctest
import subprocess
from pathlib import Path

import _code
import code_audit
import pytest
from _code import Leak, Mark

BEFORE, AFTER = Path("before.py"), Path("after.py")


def leak(index: int = 0, *, commit: str = "a@1", before: Path | None = BEFORE, category: str = "NAME") -> Leak:
    return Leak(index, commit, category, "app.py", ((3, 4), (20, 20)), ((5, 5),), before, AFTER)


def test_the_examples_hold() -> None:
    assert doctest.testmod(_code).failed == 0


def test_the_printing_statement_decides_and_steps_are_counted_apart() -> None:
    by_step = code_audit.score([leak()], {BEFORE: [Mark((30, 30), "x", steps=((3, 3),))]})
    assert by_step.commits["all"].part == 0 and by_step.reached["all"].part == 1
    at_sink = code_audit.score([leak()], {BEFORE: [Mark((2, 3), "x")]})
    assert at_sink.commits["NAME"].part == at_sink.reached["NAME"].part == at_sink.rows["all"].part == 1


def test_a_commit_is_found_in_any_of_its_files() -> None:
    second = Path("second.py")
    level = code_audit.score([leak(), leak(1, before=second)], {second: [Mark((20, 20), "x")]})
    assert (level.rows["all"].part, level.rows["all"].whole) == (1, 2)
    assert (level.commits["all"].part, level.commits["all"].whole) == (1, 1)


def test_other_findings_are_counted_once_a_statement_too() -> None:
    level = code_audit.score([leak()], {BEFORE: [Mark((3, 3), "x"), Mark((9, 9), "x"), Mark((9, 9), "y")]})
    assert (level.others, level.statements) == (2, 1)


def test_only_findings_on_what_was_fixed_count_after_the_fix() -> None:
    still = code_audit.score([leak()], {BEFORE: [Mark((3, 3), "x")], AFTER: [Mark((5, 6), "x")]})
    assert (still.after.part, still.after_found.part, still.after_found.whole) == (1, 1, 1)
    elsewhere = code_audit.score([leak()], {AFTER: [Mark((9, 9), "x")]})
    assert (elsewhere.after.part, elsewhere.after.whole, elsewhere.after_found.whole) == (0, 1, 0)


def test_rows_whose_files_are_not_there_are_left_out() -> None:
    level = code_audit.score([leak(before=None)], {})
    assert "all" not in level.rows and level.after.whole == 0


@pytest.mark.parametrize("layout", ["acme+shop/repo", "acme/shop"])
def test_files_are_read_at_either_side_of_a_fix(tmp_path: Path, layout: str) -> None:
    place = tmp_path / "mirrors" / layout
    place.mkdir(parents=True)
    git = ["git", "-C", str(place), "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]

    def run(*arguments: str) -> str:
        return subprocess.run([*git, *arguments], check=True, capture_output=True, text=True).stdout.strip()

    run("init", "-q")
    ids = []
    for text in ("print(password)\n", "print('***')\n"):
        (place / "app.py").write_text(text)
        run("add", "app.py")
        run("commit", "-q", "-m", "change")
        ids.append(run("rev-parse", "HEAD"))
    row = {"repo": "acme/shop", "parent": ids[0], "fix_commit": ids[1], "file": "app.py", "category": "NAME"}
    row |= {"lines": [[1, 1]], "alt_sink_lines": [], "fixed_lines_after": [[1, 1]]}
    gone = {**row, "repo": "acme/gone"}
    found, missing = _code.extract([row, gone], tmp_path / "mirrors", tmp_path / "out")
    assert found.before is not None and found.before.read_text() == "print(password)\n"
    assert found.after is not None and found.after.read_text() == "print('***')\n"
    assert missing.before is None and missing.after is None
