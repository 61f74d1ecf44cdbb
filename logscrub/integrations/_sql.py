"""SQL as it is logged: which value belongs to which column.

``INSERT INTO t ("login", "password") VALUES ('jane', 'tiger')`` names its columns far from its values, so nothing by
``'tiger'`` says what it is. Here a statement is read far enough to know: columns of an INSERT by their position, of a
comparison or an assignment by what stands before it. It is no parser: what it does not understand has no column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from logscrub.emit.engine import Engine
from logscrub.emit.observe import Where


def _tokens(text: str) -> re.Pattern[str]:
    return re.compile(
        rf"""
          (?P<text>\b[Ee]'(?:[^'\\]|''|\\.)*+(?:'|\Z)|(?:\b(?:[NnBbXx]|[Uu]&))?{text})
        | (?P<name>"(?:[^"]|"")*+(?:"|\Z)|`[^`]*+(?:`|\Z)|\[[A-Za-z_][^]]{{0,127}}\])
        | (?P<hole>%s|%\(\w+\)s|\?|(?<![:\w]):\w+|\$\d+)
        | (?P<skip>--[^\n]*|/\*(?:.*?\*/|.*)|::\s*\w+(?:\(\d+\))?)
        | (?P<number>\b\d[\w.]*)
        | (?P<word>[^\W\d]\w*)
        | (?P<sign>[][(),;])
        """,
        re.VERBOSE | re.DOTALL,
    )


_STANDARD = _tokens(r"'(?:[^']|'')*+(?:'|\Z)")
_BACKSLASHES = _tokens(r"'(?:[^'\\]|''|\\.)*+(?:'|\Z)")

# What comes after one of these has nothing to do with the column before it.
_BREAKS = frozenset(
    "ESCAPE FETCH FROM GROUP HAVING LIMIT OFFSET ON OR ORDER RETURNING SELECT SET UNION USING WHERE AND".split()  # noqa: SIM905
)
_KEYWORDS = frozenset(
    """
    ALL ANY ARRAY AS ASC BETWEEN BINARY COLLATE CONFLICT CROSS DATE DEFAULT DELETE DESC DISTINCT DO DUPLICATE END EXISTS
    FALSE GLOB IGNORE ILIKE IN INNER INSERT INTERVAL INTO IS JOIN LEFT LIKE NOT NOTHING NULL OUTER REGEXP REPLACE RLIKE
    ROW SIMILAR SOME TIME TIMESTAMP TO TRUE UNNEST UPDATE VALUE VALUES WHEN WITH
    """.split()  # noqa: SIM905
)
# A step into a JSON column: the value it is compared with belongs to that key.
_JSON_PATH = re.compile(r"""'\$.*?([^\W\d][\w-]*)"?\]?'""", re.DOTALL)
_JSON_STEP = re.compile(r"[-#]>>?\s*\Z")
_LONGEST_PATH = 200
_NAME = re.compile(r"\w+")
_ROWS_FOLLOW = re.compile(r"\s*(?:\(|(?:UNNEST|DUAL)\b)", re.IGNORECASE)
# Holds whatever the application keeps in a session, signed but readable.
_ALIASES = {"session_data": "session_key"}


@dataclass(slots=True)
class Value:
    """A value in a statement: a literal, or a place for a parameter.

    Attributes:
        start: where it begins.
        end: where it ends.
        table: the table it is put into, if it is inserted.
        column: the column it belongs to, empty if that is not known.
        hole: whether it is the place of a parameter.
    """

    start: int
    end: int
    table: str
    column: str
    hole: bool


def values(sql: str, backslashes: bool = False) -> Iterator[Value]:
    r"""Yield the values of a statement with their columns, in order.

    Args:
        sql: the statement, or several.
        backslashes: whether a backslash before a quote keeps it in the text, as in MySQL.

    >>> [(v.table, v.column) for v in values("INSERT INTO t (a, b) VALUES ('x', %s), (1, lower('y'))")]
    [('t', 'a'), ('t', 'b'), ('t', 'a'), ('t', 'b')]
    >>> [v.column for v in values('UPDATE t SET "a" = 1, b = ? WHERE "t"."c" IN (2, 3) AND lower(d) = \'x\' LIMIT 9')]
    ['a', 'b', 'c', 'c', 'd', '']
    >>> [v.column for v in values("UPDATE t SET a = CASE WHEN id = 7 THEN 'x' ELSE 'y' END")]
    ['id', 'a', 'a']
    """
    reader = _Reader(sql)
    for match in (_BACKSLASHES if backslashes else _STANDARD).finditer(sql):
        kind = match.lastgroup
        if kind == "sign":
            reader.sign(match[0])
        elif kind == "name":
            reader.name(match[0][1:-1])
        elif kind == "word":
            reader.word(match[0], match.end())
        elif kind != "skip":
            yield reader.value(match, kind == "hole")


class _Reader:
    """What is known while a statement is read from left to right."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._depth = 0
        self._next()

    def _next(self) -> None:
        self._column = self._table = ""
        self._stage = ""  # of an INSERT: "into" its table, its "columns", "named", its "rows"
        self._columns: list[str] = []
        self._row: int | None = None  # the depth at which commas part the values of a row
        self._at = 0
        self._cases: list[str] = []
        self._between = self._alias = False

    def sign(self, sign: str) -> None:
        if sign == "(":
            self._depth += 1
            if self._stage == "into":
                self._stage = "columns"
            elif self._stage == "rows" and self._row is None:
                self._row, self._at = self._depth, 0
        elif sign == "[":
            self._depth += 1
        elif sign == "]":
            self._depth -= 1
        elif sign == ")":
            if self._stage == "columns":
                self._stage = "named"
            elif self._depth == self._row:
                self._row = None
            self._depth -= 1
        elif sign == ";":
            self._depth = 0
            self._next()
        elif self._depth == self._row:
            self._at += 1

    def name(self, name: str) -> None:
        if self._stage == "columns":
            self._columns.append(name)
        elif self._stage == "into":
            self._table = name
        elif self._stage != "rows" and not self._alias:
            self._column = name
        self._alias = False

    def word(self, text: str, end: int) -> None:
        word = text.upper()
        if self._stage == "columns":
            self.name(text)
        elif word == "INTO":
            self._stage = "into"
        elif self._stage == "into" and word in ("VALUES", "SELECT", "SET", "DEFAULT"):
            self._stage = ""  # its columns are not named, or each beside its value
        elif self._stage == "named" and word in ("VALUES", "VALUE", "SELECT"):
            self._stage = "rows"
            self._row, self._at = (self._depth if word == "SELECT" else None), 0
        elif self._stage == "rows":
            self._in_rows(word, end)
        elif word == "CASE":
            self._cases.append(self._column)
        elif word in ("THEN", "ELSE"):
            self._column = self._cases[-1] if self._cases else ""
        elif word == "END" and self._cases:
            self._column = self._cases.pop() or self._column
        elif word == "AND" and self._between:
            self._between = False
        elif word in _BREAKS:
            self._column, self._between = "", False
        elif word in _KEYWORDS:
            self._between = self._between or word == "BETWEEN"
            self._alias = word == "AS"  # a name or a type follows
        elif not self._sql.startswith("(", end):  # of a function, the column is inside
            self.name(text)

    def _in_rows(self, word: str, end: int) -> None:
        if word == "SELECT":
            self._row, self._at = self._depth, 0
        elif word == "UNION":
            self._row = None
        elif word == "FROM":
            self._row = None
            if not _ROWS_FOLLOW.match(self._sql, end):
                self._stage = ""
        elif self._row is None and word in ("ON", "RETURNING"):
            self._stage = ""

    def value(self, match: re.Match[str], hole: bool) -> Value:
        start, end = match.span()
        if self._stage == "rows":
            at = self._at if self._row is not None else len(self._columns)
            column = self._columns[at] if at < len(self._columns) else ""
            return Value(start, end, self._table, column, hole)
        path = _JSON_PATH.fullmatch(match[0]) if end - start < _LONGEST_PATH else None
        step = _JSON_STEP.search(self._sql, max(0, start - 8), start)
        if path or step:
            self._column = path[1] if path else match[0].strip("'")
            return Value(start, end, "", "", hole)
        return Value(start, end, "", self._column, hole)


def scrub_statement(
    engine: Engine, sql: str, params: Any = None, where: Where = None, *, backslashes: bool = False
) -> tuple[str, Any]:
    """Return a statement and its parameters with what goes into sensitive columns replaced.

    Parameters that stand in the statement already, as literals, are known by their value. If one of those is not among
    the parameters, none is shown.

    Args:
        engine: what judges columns and values.
        sql: the statement.
        params: its parameters: a sequence, a mapping, a list of either.
        where: as for :meth:`logscrub.emit.engine.Engine.text`.
        backslashes: as for :func:`values`.
    """
    if len(sql) > engine.scrubber.policy.max_length and engine.active and not engine.report_only:
        return f"[logscrub: {len(sql)} characters not shown]", _NOT_SHOWN if params else params
    hidden: dict[str, str] = {}
    holes: list[str] = []
    named: dict[str, str] = {}
    pieces: list[str] = []
    at = 0
    for value in values(sql, backslashes):
        label = _label(engine, value)
        if value.hole:
            holes.append(label)
            name = _NAME.search(sql, value.start, value.end)
            if name is not None:
                named[name[0]] = label
        elif label:
            text = _content(sql[value.start : value.end], backslashes)
            shown = _judged(engine, label, text, where)
            if shown is not text:
                hidden[text] = str(shown)
                pieces += [sql[at : value.start], f"'{shown}'"]
                at = value.end
    if not pieces and not any(holes):
        return sql, params
    return "".join([*pieces, sql[at:]]), _Params(engine, hidden, holes, named, where).scrub(params)


_NOT_SHOWN = "[logscrub: parameters not shown]"


class _Params:
    def __init__(
        self, engine: Engine, hidden: dict[str, str], holes: list[str], named: dict[str, str], where: Where
    ) -> None:
        self._engine = engine
        self._hidden = hidden
        self._holes = holes
        self._named = named
        self._where = where
        self._missing = set(hidden)

    def scrub(self, params: Any) -> Any:
        if not params:
            return params
        if any(self._holes) and isinstance(params, (list, tuple)) and _are_rows(params, len(self._holes)):
            shown: Any = [self._row(row) for row in params]
        else:
            shown = self._row(params)
        return _NOT_SHOWN if self._missing or shown is None else shown

    def _row(self, row: Any) -> Any:
        if isinstance(row, dict):
            return {key: self._value(value, self._named.get(str(key)) or str(key)) for key, value in row.items()}
        if not isinstance(row, (list, tuple)):
            return None  # used up by being looked at
        holes = self._holes if any(self._holes) else [""] * len(row)
        if len(holes) != len(row):
            return None
        return type(row)([self._value(value, label) for value, label in zip(row, holes, strict=True)])

    def _value(self, value: Any, label: str) -> Any:
        if isinstance(value, (list, tuple)):
            return [self._value(item, label) for item in value]
        text = bytes(value).hex() if isinstance(value, (bytes, bytearray, memoryview)) else str(value)
        if text in self._hidden:
            self._missing.discard(text)
            return self._hidden[text]
        return _judged(self._engine, label, value, self._where) if label else value


def _are_rows(params: Any, holes: int) -> bool:
    """Tell the rows of ``executemany`` from parameters that are arrays, as PostgreSQL takes them."""
    if not all(isinstance(row, (list, tuple, dict)) for row in params):
        return False
    return len(params) != holes or all(isinstance(row, (tuple, dict)) for row in params)


def _judged(engine: Engine, label: str, value: Any, where: Where) -> Any:
    """Return what to show of a value of a sensitive column: the same object if it is harmless."""
    bare = value.strip("%") if isinstance(value, str) else value  # LIKE '%...%'
    shown = engine.value({label: bare}, where)
    if isinstance(shown, dict):
        shown = shown.get(label)
    return value if shown is bare else shown


def _label(engine: Engine, value: Value) -> str:
    """Return the key name to judge a value by, empty if its column is not a sensitive one."""
    if not value.column:
        return ""
    judge = engine.scrubber.detector.fields.lexicon.judge
    name = _ALIASES.get(value.column.lower(), value.column)
    if judge(name) is not None:
        return name
    joined = f"{value.table.rpartition('.')[2]}_{name}"
    return joined if value.table and judge(joined) is not None else ""


def _content(literal: str, backslashes: bool) -> str:
    """Return what a literal stands for, bytes as hexadecimal digits."""
    head, quote, body = literal.partition("'")
    if not quote:
        return literal
    body = body.removesuffix("'").replace("''", "'")
    if re.fullmatch(r"\\x(?:[0-9A-Fa-f]{2})*", body):
        return body[2:].lower()
    if backslashes or head in ("E", "e"):
        body = re.sub(r"\\(.)", r"\1", body, flags=re.DOTALL)
    return body.lower() if head in ("X", "x") else body
