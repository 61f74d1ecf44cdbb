"""A ledger nobody can change unnoticed: real edits of the database, by somebody without the key and by one with it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logscrub.audit import scan
from logscrub.audit.ledger import Ledger
from logscrub.audit.verify import verify_ledger
from logscrub.chain import Head
from logscrub.errors import ConfigError, SourceError
from logscrub.findings import Finding, Place, ScanResult
from logscrub.model import Confidence, Severity
from logscrub.policy import Policy

RULE = Policy(select=("password",))
SCOPE = ("logs",)


def finding(number: int, severity: Severity = Severity.HIGH, count: int = 2) -> Finding:
    place = Place(f"logs/{number}.log", 1, 1, 0)
    return Finding(
        f"{number:016x}", "jwt", "Token", "secret.token", severity, Confidence.HIGH, f"fingerprint{number}", "eyJ… (9)",
        "", count, ((place.path, count),), 1, place, place,
    )  # fmt: skip


def enter(path: str, *numbers: int, scope: tuple[str, ...] = SCOPE, complete: bool = True) -> ScanResult:
    """Enter a run that saw these findings."""
    with Ledger(path) as ledger:
        ledger.look_for("rules")
        found = tuple(finding(one, Severity(one % 5)) for one in numbers)
        return ledger.compare(ScanResult(found, files=1, inputs=scope, interrupted=not complete), scope)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ledger of five runs."""
    path = str(tmp_path_factory.mktemp("ledger") / "logs.ledger")
    for number in range(5):
        enter(path, *range(number, number + 4))
    return path


@pytest.fixture
def book(made: str, tmp_path: Path) -> str:
    """A copy of it."""
    for name in (made, made + ".key"):
        shutil.copy(name, tmp_path)
    return str(tmp_path / "logs.ledger")


def edit(path: str, *statements: str) -> None:
    with sqlite3.connect(path) as db:
        for statement in statements:
            assert db.execute(statement).rowcount != 0, statement
    db.close()


def test_what_was_only_written_by_scans_holds(book: str) -> None:
    check = verify_ledger(book)
    assert (check.problems, check.runs, check.pruned, check.unsealed) == ((), 5, 0, 0)
    assert check.head is not None and check.head.run == 6  # the beginning is an entry as well
    assert verify_ledger(book, head=check.head).holds
    with Ledger(book) as ledger:
        assert ledger.check() == check
        assert ledger.head() == check.head == Head.parse(str(check.head))


_FORGED = (
    "INSERT INTO runs SELECT 9, scope, what, ended, complete, rules, version, files, bytes, lines, 0, 0, 0, 0, 0, 0, 0, "
    "0, 0, inputs, saw FROM runs WHERE id = 5"
)
_SWAP = (
    "UPDATE runs SET id = 99 WHERE id = 2",
    "UPDATE runs SET id = 2 WHERE id = 4",
    "UPDATE runs SET id = 4 WHERE id = 99",
)


@pytest.mark.parametrize(
    ("told", "statements"),
    [
        ("run 3 of .*: was changed", ["UPDATE runs SET findings = 0 WHERE id = 3"]),
        ("run 3 of .*: was changed", ["UPDATE runs SET ended = '2020-01-01T00:00:00Z' WHERE id = 3"]),
        ("run 3 of .*: the findings it saw were changed", ["DELETE FROM seen WHERE run = 3 AND id LIKE '%4'"]),
        ("run 3 of .*: the findings it saw were changed", ["UPDATE seen SET count = count + 1 WHERE run = 3"]),
        ("run 3 of .*: was removed", ["DELETE FROM seen WHERE run = 3", "DELETE FROM runs WHERE id = 3"]),
        ("entry 4 of the chain: removed", ["DELETE FROM runs WHERE id = 3", "DELETE FROM chain WHERE run = 3"]),
        ("end of the chain was .*: it had 6 .* has 4", ["DELETE FROM runs WHERE id > 3", "DELETE FROM chain WHERE run > 3"]),
        ("run 2 of .*: was changed", _SWAP),
        ("run 9 of .*: was added", [_FORGED]),
        ("entry 7 of the chain .*: was changed, added or moved", [
            _FORGED, "INSERT INTO chain SELECT 7, event, 9, at, about, link FROM chain WHERE number = 6",
        ]),
        ("entry 5 of the chain .*: was changed", ["UPDATE chain SET at = '2020-01-01T00:00:00Z' WHERE number = 5"]),
        ("entry 2 of the chain .*: was changed", ["UPDATE chain SET event = 'found' WHERE number = 2"]),
        ("the chain was removed", ["DELETE FROM chain", "DELETE FROM meta WHERE name = 'head'"]),
        ("the beginning of the chain was removed", ["DELETE FROM chain WHERE number = 1"]),
        ("note of the end of the chain: was changed", ["UPDATE meta SET value = '2:00:00' WHERE name = 'head'"]),
        ("run 5 of .*: was changed", [
            "UPDATE runs SET findings = 'x' WHERE id = 5", "UPDATE seen SET lasting = x'ff', since = x'00' WHERE run = 5 AND id LIKE '%7'",
            "UPDATE chain SET about = CAST(x'ff' AS TEXT) WHERE run = 5",
        ]),
    ],
)  # fmt: skip
def test_a_change_is_told_with_its_run(book: str, told: str, statements: list[str]) -> None:
    edit(book, *statements)
    import re

    problems = verify_ledger(book).problems
    assert any(re.search(told, one) for one in problems), problems
    # Going on does not make it good, and what was changed is nothing to compare with.
    enter(book, 1, 2)
    enter(book, 1, 2)
    assert verify_ledger(book).problems


_TABLES = st.sampled_from(["runs", "seen", "chain"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_TABLES, st.integers(0, 10**6), st.one_of(st.integers(-5, 5), st.text(max_size=3), st.binary(max_size=3)))
def test_no_single_cell_can_be_changed_unnoticed(made: str, table: str, place: int, value: object) -> None:
    with tempfile.TemporaryDirectory() as folder:  # of its own: what SQLite leaves beside a file is part of it
        path = os.path.join(folder, "logs.ledger")
        shutil.copy(made, path)
        shutil.copy(made + ".key", path + ".key")
        changed = _change(path, table, place, value)
        assert changed is None or verify_ledger(path).holds == (not changed)


def _change(path: str, table: str, place: int, value: object) -> bool | None:
    """Write a value into a cell; say whether that changed it, None if SQLite will not have it."""
    with closing(sqlite3.connect(path)) as db, db:
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        keys = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[5]]
        rows = db.execute(f"SELECT {', '.join(keys)} FROM {table}").fetchall()
        column, row = columns[place % len(columns)], rows[place // len(columns) % len(rows)]
        where = " AND ".join(f"{key} = ?" for key in keys)
        old = db.execute(f"SELECT {column}, typeof({column}) FROM {table} WHERE {where}", row).fetchone()
        try:
            db.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value, *row))
        except (sqlite3.IntegrityError, UnicodeEncodeError):
            return None
        keys_now = [value if key == column else one for key, one in zip(keys, row)]
        new = db.execute(f"SELECT {column}, typeof({column}) FROM {table} WHERE {where}", keys_now).fetchone()
    return bool(old != new)


def test_the_head_shows_what_who_has_the_key_wrote_anew(book: str, tmp_path: Path) -> None:
    shutil.copy(book, tmp_path / "older")
    enter(book, 1)
    head = verify_ledger(book).head
    enter(book, 2)
    assert verify_ledger(book, head=head).holds
    # All of an older ledger put back: whole in itself.
    shutil.copy(tmp_path / "older", book)
    assert verify_ledger(book).holds
    assert "the end was cut off" in verify_ledger(book, head=head).problems[0]
    # And the past invented with the key.
    (tmp_path / "older").unlink()
    os.remove(book)
    for _ in range(9):
        enter(book)
    assert verify_ledger(book).holds
    assert "written anew" in verify_ledger(book, head=head).problems[0]


def test_what_was_cut_off_stays_told_when_scans_go_on(book: str) -> None:
    edit(book, "DELETE FROM runs WHERE id > 3", "DELETE FROM chain WHERE run > 3")
    enter(book, 1)
    problems = verify_ledger(book).problems
    assert len(problems) == 1 and "it had 6 entries, and had 4 then" in problems[0]


def test_known_is_told_by_the_last_run_that_was_not_changed(book: str) -> None:
    edit(
        book,
        "UPDATE runs SET findings = 1 WHERE id = 5",
        "INSERT INTO seen SELECT 5, lasting || 'x', 'forged', rule, severity, preview, path, count, since FROM seen WHERE run = 5",
    )
    result = enter(book, 3, 7)
    # Run 4 saw 3 to 6, run 5 saw 7 as well.
    assert [(one.id[-1], one.status) for one in result.findings] == [("3", "known"), ("7", "new")]
    assert "was changed by something else" in result.remarks[0] and "ledger verify" in result.remarks[-1]
    assert [run.number for run in result.history] == [1, 2, 3, 4, 6]


def test_history_says_how_findings_became_more_and_fewer(tmp_path: Path) -> None:
    path = str(tmp_path / "logs.ledger")
    enter(path, 1, 2, 3, 4)
    enter(path, 1, scope=("others",))
    enter(path, 1, complete=False)
    result = enter(path, 3, 4, 5)
    assert [(run.number, run.complete, run.findings, run.new, run.gone) for run in result.history] == [
        (1, True, 4, None, None),
        (3, False, 1, 0, None),
        (4, True, 3, 1, 2),
    ]
    assert dict(result.history[0].by_severity) == {
        Severity(4): 1,
        Severity(3): 1,
        Severity(2): 1,
        Severity(1): 1,
        Severity(0): 0,
    }
    assert result.history[-1].occurrences == 6
    first = result.history[0].ended
    assert [(one.status, one.since) for one in result.findings] == [("known", first), ("known", first), ("new", "")]
    assert result.remarks == ()
    assert enter(path, 5).findings[0].since == result.history[-1].ended


def test_what_ends_a_run_while_it_is_entered_leaves_no_half_of_it(book: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("logscrub.audit.history.History._append", interrupted)
        with pytest.raises(KeyboardInterrupt):
            enter(book, 1)
    check = verify_ledger(book)
    assert (check.problems, check.runs) == ((), 5)


def test_a_tally_that_was_changed_is_not_used(tmp_path: Path) -> None:
    logs, path = tmp_path / "logs", str(tmp_path / "logs.ledger")
    logs.mkdir()
    for name in ("dirty", "clean"):
        (logs / f"{name}.log").write_text("password=hunter2-horse\n" if name == "dirty" else "ready, all is well now\n")
    first = scan(str(logs), ledger=path, policy=RULE)
    take = "(SELECT {} FROM parts WHERE source = (SELECT id FROM sources WHERE path LIKE '%clean%'))"
    dirty = "(SELECT id FROM sources WHERE path LIKE '%dirty%')"
    swap = "UPDATE sources SET {0} = (SELECT {0} FROM sources WHERE path LIKE '%dirty%') WHERE path LIKE '%clean%'"
    for statements in (
        [f"UPDATE parts SET tally = {take.format('tally')} WHERE source = {dirty}"],
        [f"UPDATE parts SET tally = {take.format('tally')}, seal = {take.format('seal')} WHERE source = {dirty}"],
        [swap.format("inode"), "UPDATE sources SET inode = 0 WHERE path LIKE '%dirty%'"],
    ):
        edit(path, *statements)
        assert any("log: what is known of this file was changed" in one for one in verify_ledger(path).problems)
        result = scan(str(logs), ledger=path, policy=RULE)
        assert [one.id for one in result.findings] == [one.id for one in first.findings]
        assert "was read anew" in result.remarks[0] and result.complete and not result.not_checked
        assert verify_ledger(path).holds  # what is wrong was written again
        assert scan(str(logs), ledger=path, policy=RULE).remarks == ()


_VERSION_1 = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sources (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL, what TEXT NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL,
    size INTEGER NOT NULL, modified INTEGER NOT NULL, head_size INTEGER NOT NULL, head TEXT NOT NULL
);
CREATE INDEX sources_path ON sources (path, what);
CREATE INDEX sources_inode ON sources (device, inode, what);
CREATE TABLE parts (
    source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE, start INTEGER NOT NULL, end INTEGER NOT NULL,
    tail TEXT NOT NULL, tally BLOB NOT NULL, PRIMARY KEY (source, start)
) WITHOUT ROWID;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, what TEXT NOT NULL, ended TEXT NOT NULL, complete INTEGER NOT NULL,
    rules TEXT NOT NULL, version TEXT NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL, lines INTEGER NOT NULL,
    findings INTEGER NOT NULL, occurrences INTEGER NOT NULL
);
CREATE INDEX runs_scope ON runs (scope, what);
CREATE TABLE seen (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, lasting TEXT NOT NULL, id TEXT NOT NULL,
    rule TEXT NOT NULL, severity INTEGER NOT NULL, preview TEXT NOT NULL, path TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (run, lasting, id)
) WITHOUT ROWID;
"""


def test_a_ledger_of_the_first_version_goes_on(book: str, tmp_path: Path) -> None:
    old = str(tmp_path / "old.ledger")
    shutil.copy(book + ".key", old + ".key")
    with sqlite3.connect(old) as db:
        db.executescript(_VERSION_1)
        db.execute("ATTACH ? AS now", (book,))
        db.execute("INSERT INTO meta SELECT name, value FROM now.meta WHERE name = 'key'")
        for table in ("runs", "seen"):
            names = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO main.{table} SELECT {names} FROM now.{table}")
        db.execute("INSERT INTO sources VALUES (1, '/logs/app.log', 'w', 1, 2, 3, 4, 0, '')")
        db.execute("INSERT INTO parts VALUES (1, 0, -1, '', x'00')")
        db.execute("PRAGMA user_version = 1")
    db.close()
    check = verify_ledger(old)  # which does not touch it
    assert (check.problems, check.runs, check.unsealed, check.head) == ((), 5, 5, None)
    result = enter(old, 4, 5, 9)
    assert [one.status for one in result.findings] == ["known", "known", "new"]
    assert [len([one for _, one in run.by_severity if one]) for run in result.history] == [4, 4, 4, 4, 4, 2]
    check = verify_ledger(old)
    assert (check.problems, check.runs, check.unsealed) == ((), 6, 5)
    edit(old, "UPDATE runs SET findings = 0 WHERE id = 2")
    assert "run 2" in verify_ledger(old).problems[0]
    # Set back to the first version, it does not take in what was forged.
    edit(old, _FORGED.replace("9,", "99,", 1))
    with sqlite3.connect(old) as db:
        db.execute("PRAGMA user_version = 1")
    db.close()
    enter(old, 4)
    assert any("run 99" in one and "was added" in one for one in verify_ledger(old).problems)


def test_pruning_is_part_of_the_chain(book: str, monkeypatch: pytest.MonkeyPatch) -> None:
    head = verify_ledger(book).head
    enter(book, 1, scope=("others",))
    with Ledger(book) as ledger:
        assert ledger.prune(30) == (0, 0)
        monkeypatch.setattr("logscrub.audit.ledger.datetime", type("Later", (), {"now": lambda zone: _later(zone, 31)}))
        runs, files = ledger.prune(30)
        assert (runs, files) == (4, 0)
        assert [run.number for run in ledger.runs()] == [5, 6]
        assert ledger.prune(30) == (0, 0)
    check = verify_ledger(book, head=head)
    assert (check.problems, check.runs, check.pruned) == ((), 2, 4)
    assert [one.status for one in enter(book, 4, 9).findings] == ["known", "new"]
    edit(book, "DELETE FROM runs WHERE id = 5")
    assert "run 5" in verify_ledger(book).problems[0]


def _later(zone: object, days: int) -> object:
    from datetime import UTC, datetime, timedelta

    return datetime.now(UTC) + timedelta(days=days)


def test_who_cannot_write_can_check(book: str) -> None:
    for name in (book, os.path.dirname(book)):
        os.chmod(name, 0o500)
    try:
        assert verify_ledger(book).holds
        assert sorted(os.listdir(os.path.dirname(book))) == ["logs.ledger", "logs.ledger.key"]
    finally:
        os.chmod(os.path.dirname(book), 0o700)


def test_what_cannot_be_checked_says_why(book: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="written under another key"):
        verify_ledger(book, b"another key of some length")
    os.remove(book + ".key")
    with pytest.raises(ConfigError, match=r"logs\.ledger\.key: is missing"):
        verify_ledger(book)
    with pytest.raises(SourceError, match=r"none\.ledger"):
        verify_ledger(str(tmp_path / "none.ledger"))
    (tmp_path / "letter").write_text("this is a letter, and no database at all" * 50)
    with pytest.raises(ConfigError, match="is no ledger"):
        verify_ledger(str(tmp_path / "letter"), b"another key of some length")


def test_sealing_costs_next_to_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "logs.ledger")
    found = tuple(replace(finding(one), count=one + 1) for one in range(10_000))
    with Ledger(path) as ledger:
        ledger.look_for("rules")
        for _ in range(2):
            start = time.process_time()
            ledger.compare(ScanResult(found, files=1), SCOPE)
            took = time.process_time() - start
    assert took < 2
