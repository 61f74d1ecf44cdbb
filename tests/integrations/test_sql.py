"""Values in SQL and the columns they belong to, in the dialects databases log."""

from __future__ import annotations

import time
from typing import Any

import pytest

from logscrub.emit.engine import Engine
from logscrub.emit.observe import Meter
from logscrub.integrations._sql import scrub_statement, values

WHERE = ("", "", 0)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(None, meter=Meter())


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')", "a b a b"),
        ("INSERT INTO s.t (`a`, [b]) VALUES (now(), concat('x', 'y'))", "b b"),
        ("INSERT INTO t (a, b) SELECT 'x', b FROM u WHERE c = 'y'", "a c"),
        ("INSERT INTO t (a, b) SELECT * FROM UNNEST(ARRAY['x', 'y']::varchar(9)[], ARRAY[1, 2])", "a a b b"),
        ("INSERT INTO t (a, b) SELECT * FROM (SELECT ? c0, ? c1 FROM dual UNION ALL SELECT ?, ? FROM dual)", "a b a b"),
        ("INSERT INTO t (a) VALUES ('x') ON CONFLICT (a) DO UPDATE SET b = 'y', c = 'z'", "a b c"),
        ("INSERT INTO t SET a = 'x', b = 'y'", "a b"),
        ("INSERT INTO t VALUES ('x', 'y')", "- -"),
        ("UPDATE t SET a = 'x' WHERE b = 'y'; DELETE FROM t WHERE c <> $1", "a b c"),
        ("UPDATE t SET a = CASE WHEN id = 1 THEN 'x' ELSE NULL END, b = 'y' WHERE id IN (1, 2)", "id a b id id"),
        ("SELECT 1 FROM t WHERE t.a IN ('x', CAST('y' AS text), 'z') AND lower(b) LIKE '%x' ESCAPE '\\'", "- a a a b -"),
        ("SELECT a FROM t WHERE a BETWEEN 'x' AND 'y' AND b = :b OR c = %(c)s LIMIT 21 OFFSET 3", "a a b c - -"),
        ("SELECT a /* it's b = 'z' */ FROM t -- c = 'x'\nWHERE a = N'x' AND b = x'00'", "a b"),
        ("SELECT 1 WHERE data -> 'k' = '1' AND JSON_EXTRACT(data, '$.\"k\"') = '2'", "- - k - k"),
    ],
)  # fmt: skip
def test_columns(sql: str, columns: str) -> None:
    assert " ".join(value.column or "-" for value in values(sql)) == columns


@pytest.mark.parametrize(
    ("sql", "params", "clean", "shown"),
    [
        (
            "INSERT INTO t (token, n) VALUES ('it''s red', 7)", ("it's red", 7),
            "INSERT INTO t (token, n) VALUES ('[token]', 7)", ("[token]", 7),
        ),
        (
            "INSERT INTO t (token, n) VALUES (%s, %s)", [("red fox", 7), ("tan hen", 8)],
            "INSERT INTO t (token, n) VALUES (%s, %s)", [("[token]", 7), ("[token]", 8)],
        ),
        (
            "INSERT INTO t (n, token) SELECT * FROM UNNEST(%s, %s)", [[1, 2], ["red fox", "tan hen"]],
            "INSERT INTO t (n, token) SELECT * FROM UNNEST(%s, %s)", [[1, 2], ["[token]", "[token]"]],
        ),
        ("SELECT 1 WHERE token = :t", {"t": "red fox"}, "SELECT 1 WHERE token = :t", {"t": "[token]"}),
        ("SELECT 1 WHERE token = X'726564'", (memoryview(b"red"),), "SELECT 1 WHERE token = '[token]'", ("[token]",)),
        ("SELECT 1 WHERE token = '\\x726564'::bytea", (b"red",), "SELECT 1 WHERE token = '[token]'::bytea", ("[token]",)),
        (
            "SELECT 1 WHERE token = 'red fox'", (object,),
            "SELECT 1 WHERE token = '[token]'", "[logscrub: parameters not shown]",
        ),
        ("INSERT INTO t (token) VALUES ('red fo", None, "INSERT INTO t (token) VALUES ('[token]'", None),
        ("INSERT INTO token (hash) VALUES ('red fox')", None, "INSERT INTO token (hash) VALUES ('[token]')", None),
    ],
)  # fmt: skip
def test_statements(engine: Engine, sql: str, params: Any, clean: str, shown: Any) -> None:
    assert scrub_statement(engine, sql, params, WHERE) == (clean, shown)


def test_backslashes(engine: Engine) -> None:
    sql = r"UPDATE t SET token = 'it\'s red', n = 'x'"
    assert scrub_statement(engine, sql, None, WHERE, backslashes=True)[0] == "UPDATE t SET token = '[token]', n = 'x'"


def test_clean_statements_stay_the_same_object(engine: Engine) -> None:
    sql, params = "SELECT password FROM t WHERE id = 7 AND name = 'x'", (7, "x")
    clean, shown = scrub_statement(engine, sql, params, WHERE)
    assert clean is sql
    assert shown is params


def test_params_of_the_application_are_not_changed(engine: Engine) -> None:
    params = ["red fox", 7]
    assert scrub_statement(engine, "INSERT INTO t (token, n) VALUES (%s, %s)", params, WHERE)[1] == ["[token]", 7]
    assert params == ["red fox", 7]


@pytest.mark.parametrize(
    "part",
    [
        "a",
        "a ",
        "/*",
        "[a",
        '"',
        "'",
        "'$a",
        "::",
        "(",
        ")",
        "1 ",
        "-- ",
        "\\'",
        "`",
        "x'",
        "E'\\",
        "CASE ",
        "-> 'a' ",
        "\\",
    ],
)
def test_time_is_linear(engine: Engine, part: str) -> None:
    hostile = part * (50_000 // len(part))
    start = time.process_time()
    for backslashes in (False, True):
        scrub_statement(engine, hostile, None, WHERE, backslashes=backslashes)
    assert time.process_time() - start < 1.0


def test_too_long(engine: Engine) -> None:
    sql, params = scrub_statement(engine, "SELECT 1 " * 200_000, ("red fox",), WHERE)
    assert sql == "[logscrub: 1800000 characters not shown]"
    assert "red fox" not in str(params)
