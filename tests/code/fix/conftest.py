"""Findings made by hand: a program with ``«…»`` around what shall be repaired."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from logscrub.code.fix import FixResult, fix_files
from logscrub.code.model import CodeFinding, CodeResult, Kind, Place, Repair
from logscrub.model import Severity

_MARK = re.compile("[«»]")
_BREAK = re.compile(r"\r\n|\r|\n")


def place_of(path: str, text: str, start: int, end: int) -> Place:
    """Return the place of a span of characters."""
    lines = [0, *(found.end() for found in _BREAK.finditer(text))]
    first = max(number for number, at in enumerate(lines) if at <= start)
    last = max(number for number, at in enumerate(lines) if at <= end)
    return Place(path, first + 1, start - lines[first] + 1, last + 1, end - lines[last] + 1)


def sink_at(path: str, text: str, place: Place) -> Place:
    """Return the place of the statement's call around a place: what a log call would be."""
    tree = ast.parse(text)
    statements = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= place.line <= (node.end_lineno or 0)
    ]
    if not statements:
        return place
    statement = min(statements, key=lambda node: ((node.end_lineno or 0) - node.lineno, -node.col_offset))
    node: ast.AST = statement
    if isinstance(statement, (ast.Expr, ast.Return)) and statement.value is not None:
        node = statement.value
    if isinstance(statement, ast.Raise) and statement.exc is not None:
        node = statement.exc
    if isinstance(node, ast.Await):
        node = node.value
    lines = re.split(r"\r\n|\r|\n", text)

    def column(line: int, offset: int) -> int:
        return len(lines[line - 1].encode()[:offset].decode()) + 1

    return Place(
        path,
        node.lineno,
        column(node.lineno, node.col_offset),
        node.end_lineno or 0,
        column(node.end_lineno or 0, node.end_col_offset or 0),
    )


def finding(place: Place, repair: Repair | None, expression: str = "", kind: Kind = Kind.NAME) -> CodeFinding:
    """Return a finding."""
    return CodeFinding(
        "code.secret-in-log",
        kind,
        Severity.HIGH,
        "password",
        place,
        "<module>",
        "debug",
        expression,
        "",
        "",
        (),
        "",
        repair,
    )


def findings(
    path: str, marked: str, name: str = "password", text: str = "", action: str = "mask", kind: Kind = Kind.NAME
) -> tuple[str, list[CodeFinding]]:
    """Return a program without its marks, and a finding for each of them."""
    clean = _MARK.sub("", marked)
    made = []
    stack: list[int] = []
    at = 0
    for part in re.split("([«»])", marked):
        if part == "«":
            stack.append(at)
        elif part == "»":
            start = stack.pop()
            place = place_of(path, clean, start, at)
            sink = place if action == "declare" else sink_at(path, clean, place)
            made.append(finding(sink, Repair(action, place, text, name), clean[start:at], kind))
        else:
            at += len(part)
    return clean, made


class Fixer:
    """Repairs programs in a directory."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "app.py"

    def prepare(self, marked: str, **options: Any) -> CodeResult:
        """Write a program without its marks, and return a finding for each of them."""
        clean, found = findings(str(self.path), marked, **options)
        self.path.write_bytes(clean.encode())
        return CodeResult(findings=tuple(found))

    def __call__(self, marked: str, **options: Any) -> tuple[str, FixResult]:
        """Repair a program, and return what is in the file then."""
        result = fix_files(self.prepare(marked, **options), write=True)
        return self.path.read_bytes().decode(), result


@pytest.fixture
def fixer(tmp_path: Path) -> Fixer:
    """Repairs programs in a directory of the test's own."""
    return Fixer(tmp_path)
