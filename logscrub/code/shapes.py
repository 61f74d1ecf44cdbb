"""Which containers are known to hold which sensitive keys: ``info["auth_password"]`` anywhere says so of ``info``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import NamedTuple

from logscrub.code.knowledge import vocabulary
from logscrub.code.module import Class, Module, Scope
from logscrub.code.render import last_name
from logscrub.code.words import BULK, LIKELY, SURE, Word, Words
from logscrub.detect.keys import split_words

_ACCESS = re.compile(
    r"(?P<name>[A-Za-z_]\w{0,60})(?:\[[^\]\n]{1,50}\]|\.get\([^()\n]{1,50}\)){0,3}(?:\[|\.(?:get|setdefault)\()\s{0,3}[urb]{0,2}['\"](?P<key>[\w\-]{2,50})['\"]"
)
_OPTION = re.compile(r"add_(?:argument|option)\([^\n]{0,60}?['\"]--(?P<key>[\w\-]{2,50})['\"]")
_ARGUMENTS = ("args", "options", "opts", "namespace", "parsed_args", "arguments")
_WEAK_EVIDENCE = vocabulary("weak_evidence")
_NOT_PRINTED = vocabulary("items_not_printed")
_PRINTING = vocabulary("printing_classes")
_HIDING = frozenset({"SecretStr", "SecretBytes", "Secret", "ClassVar"})


class Shape(NamedTuple):
    """A sensitive key a container is known to have."""

    path: str
    node: ast.AST
    key: str
    field: str
    grade: int
    category: str


class Shapes:
    """What the project says of its containers.

    Args:
        words: judges the keys.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._modules: dict[str, dict[str, list[tuple[int, str, Word]]]] = {}
        self._everywhere: dict[str, tuple[str, int, str, Word]] = {}

    def learn(self, path: str, lines: Iterable[tuple[int, str]]) -> None:
        """Read lines of a file that hold a sensitive word."""
        table: dict[str, list[tuple[int, str, Word]]] = {}
        for number, line in lines:
            if (
                "[" not in line
                and "get(" not in line
                and "pop(" not in line
                and "add_" not in line
                and "setdefault(" not in line
            ):
                continue
            for found in _ACCESS.finditer(line):
                word = self._words.sensitive(found["key"])
                if word is not None and word.grade >= SURE and word.category == "secret":
                    table.setdefault(found["name"], []).append((number, found["key"], word))
            for found in _OPTION.finditer(line):
                word = self._words.sensitive(found["key"])
                if word is not None and word.grade >= SURE:
                    for name in _ARGUMENTS:
                        table.setdefault(name, []).append((number, found["key"], word))
        if table:
            self._modules[path] = table
            for name, rows in table.items():
                if name not in self._everywhere and len(split_words(name)) > 1:
                    number, key, word = rows[0]
                    self._everywhere[name] = (path, number, key, word)

    def of(self, name: str, scope: Scope) -> Shape | None:
        """Return a sensitive key the container of this name is known to have, nearest evidence first."""
        if not name or name.lower() in _NOT_PRINTED:
            return None
        path = scope.module.path
        rows = self._modules.get(path, {}).get(name)
        if rows:
            function: Scope | None = scope
            while function is not None and function.node is None:
                function = function.outer  # a comprehension stands in a function
            for number, key, word in rows:
                if function is None or function.node is None:
                    within = scope.module.scope_at(number).node is None
                else:
                    within = function.node.lineno <= number <= (function.node.end_lineno or 0)
                if within:
                    return Shape(path, _at(number), key, word.field, _grade(key), word.category)
            if name in _ARGUMENTS or len(split_words(name)) > 1:
                number, key, word = rows[0]
                return Shape(path, _at(number), key, word.field, LIKELY, word.category)
        found = self._everywhere.get(name)
        if found is not None:
            # The same name in another file: likely something else.
            path, number, key, word = found
            return Shape(path, _at(number), key, word.field, BULK, word.category)
        return None


def _grade(key: str) -> int:
    return LIKELY if key.lower() in _WEAK_EVIDENCE else SURE


def _at(line: int) -> ast.AST:
    node = ast.Pass()
    node.lineno = node.end_lineno = line
    node.col_offset = node.end_col_offset = 0
    return node


def class_shape(one: Class, words: Words) -> Shape | None:
    """Return the sensitive field of a class whose objects print their fields, if it has one."""
    if not prints_fields(one):
        return None
    for field in one.fields:
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            word = words.sensitive(field.target.id)
            if word is not None and word.grade >= SURE and not hides(field):
                return Shape(one.module.path, field, field.target.id, word.field, SURE, word.category)
    return None


def prints_fields(one: Class) -> bool:
    """Tell whether the text of an object of this class shows its fields."""
    if "__repr__" in one.methods or "__str__" in one.methods:
        return False
    names = [last_name(decorator) for decorator in one.decorators] + [last_name(base) for base in one.bases]
    return any(name in _PRINTING for name in names)


def hides(field: ast.AnnAssign) -> bool:
    """Tell whether a field is declared so that its value is not printed."""
    if any(
        last_name(node) in _HIDING for node in ast.walk(field.annotation) if isinstance(node, (ast.Name, ast.Attribute))
    ):
        return True
    value = field.value
    if isinstance(value, ast.Call):
        for keyword in value.keywords:
            if keyword.arg in ("repr", "exclude", "no_log", "secret", "mask", "hidden") and isinstance(
                keyword.value, ast.Constant
            ):
                return bool(keyword.value.value) is not (keyword.arg == "repr")
    return False


def module_text_lines(text: str, numbers: Iterable[int]) -> list[tuple[int, str]]:
    """Return the lines of these numbers, from 1, cut to a length that is code and not data."""
    lines = text.split("\n")
    return [(number, lines[number - 1][:1000]) for number in numbers if 0 < number <= len(lines)]


__all__ = ["Module", "Shape", "Shapes", "class_shape", "hides", "module_text_lines", "prints_fields"]
