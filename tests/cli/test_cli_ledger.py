"""``logscrub ledger``: what it shows, and its exit codes."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from pathlib import Path

import pytest

from .conftest import Run


@pytest.fixture
def book(run: Run) -> str:
    """A ledger of two runs."""
    os.mkdir("logs")
    Path("logs/app.log").write_text("tst_ab12cd34\n")
    run("scan", "logs", "--ledger", "logs.ledger", "-q")
    Path("logs/app.log").write_text("tst_ab12cd34\ntst_zz12cd34\n")
    run("scan", "logs", "--ledger", "logs.ledger", "-q")
    return "logs.ledger"


def test_the_runs_are_listed_without_a_scan(run: Run, book: str) -> None:
    done = run("ledger", "show", book)
    assert (done.code, done.err) == (0, "")
    first, heads, one, two, last = done.out.splitlines()
    assert first.startswith("logs  (rules ")
    assert heads.split()[:3] == ["run", "findings", "critical"] and heads.split()[-1] == "ended"
    assert re.fullmatch(r" +1 +1 +0 +1 +0 +0 +0 +- +- +1 +20\S+Z", one)
    assert re.fullmatch(r" +2 +2 +0 +2 +0 +0 +0 +1 +0 +1 +20\S+Z", two)
    assert last.startswith("2 runs, ")
    told = json.loads(run("ledger", "show", book, "--format", "json").out)
    assert [one["findings"] for one in told["groups"][0]["runs"]] == [1, 2]
    assert told["groups"][0]["inputs"] == ["logs"] and told["head"].startswith("3:")


def test_a_check_ends_with_1_where_something_was_changed(run: Run, book: str) -> None:
    done = run("ledger", "verify", book)
    assert done.code == 0 and "nothing was changed" in done.out
    head = re.search(r"head (\S+)", done.out)
    assert head is not None
    assert run("ledger", "verify", book, "--head", head[1]).code == 0
    with sqlite3.connect(book) as db:
        db.execute("UPDATE runs SET findings = 0 WHERE id = 1")
    db.close()
    done = run("ledger", "verify", book)
    assert done.code == 1 and re.match(r"run 1 of 20\S+: was changed\n", done.out)
    # The next scan tells of it, on standard error too where the report is none for people.
    done = run("scan", "logs", "--ledger", book, "--format", "json=report.json")
    assert "was changed by something else: it is left out" in done.err
    report = json.loads(Path("report.json").read_text())
    assert [one["run"] for one in report["history"]] == [2, 3] and len(report["remarks"]) == 2
    assert report["findings"][0]["since"] is not None


def test_what_was_forgotten_is_told(run: Run, book: str) -> None:
    done = run("ledger", "prune", book, "--keep-days", "30")
    assert (done.code, done.err) == (0, "") and done.out.startswith("forgot 0 runs and 0 files; ")
    assert run("ledger", "verify", book).code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "none.ledger"], "none.ledger: there is no ledger of this name"),
        (["verify", "logs.ledger", "--head", "12"], "head: must be NUMBER:LINK"),
        (["prune", "logs.ledger"], "--keep-days"),
        (["prune", "logs.ledger", "--keep-days", "0"], "--keep-days"),
    ],
)
def test_what_cannot_be_done_ends_with_2(run: Run, book: str, arguments: list[str], told: str) -> None:
    done = run("ledger", *arguments)
    assert done.code == 2 and told in done.err and not done.out


@pytest.mark.parametrize("verb", ["show", "verify"])
def test_a_key_that_is_lost_is_not_made_anew(run: Run, book: str, verb: str) -> None:
    os.remove(book + ".key")
    done = run("ledger", verb, book)
    assert done.code == 2 and "logs.ledger.key: is missing" in done.err
    assert not os.path.exists(book + ".key")
