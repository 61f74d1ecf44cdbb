"""What a call prints: the fixed text of its message, and the values that stand in it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from logscrub.code.knowledge import vocabulary
from logscrub.code.module import How
from logscrub.code.position import Position
from logscrub.code.render import last_name
from logscrub.code.template import Hole, brace, is_numeric, label, percent
from logscrub.code.texts import Texts

_NOT_PRINTED = vocabulary("keywords_not_printed")
_LONGEST_SUM = 30
# How many names a message may have, one given to the next, and how much fixed text makes it a message.
_MOST_NAMES = 3
_LEAST_TEXT = 4

Parts = list[str | int]
"""Fixed text, and indexes of what is printed between."""


class Printed(NamedTuple):
    """One value a call prints.

    Attributes:
        node: the expression.
        name: the name it is printed under by the template, or its keyword.
        before: the text just before it.
        numeric: only a number can be printed there.
    """

    node: ast.expr
    name: str
    before: str
    numeric: bool = False

    @property
    def label(self) -> str:
        """What the text just before the value says it is, if that reads like a key."""
        return label(self.before) if self.before else ""


class Message:
    """A message that is taken apart.

    The methods return its parts (None if the text is not known) and add the values in them to ``printed``.

    Args:
        texts: finds templates that have a name.
        at: where the message is put together.
    """

    def __init__(self, texts: Texts, at: Position) -> None:
        self.printed: list[Printed] = []
        self._texts = texts
        self._at = at

    def listed(self, arguments: Sequence[ast.expr]) -> Parts | None:
        """Take apart what is printed one after another, as by ``print``."""
        parts: Parts | None = []
        for index, argument in enumerate(arguments):
            if index and parts is not None:
                parts.append(" ")
            more = self.text(argument, [])
            parts = parts + more if parts is not None and more is not None else None
        return parts

    def text(self, node: ast.expr, values: Sequence[ast.expr], depth: int = 0) -> Parts | None:
        """Take apart a message, with the values that follow it for its ``%`` template."""
        if isinstance(node, ast.Constant):
            return self._constant(node, values)
        if isinstance(node, ast.JoinedStr):
            return self._interpolated(node, values)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            return self._modulo(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and depth < _LONGEST_SUM:
            return self._sum(node, values, depth)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            template = self._texts.template_text(node.func.value, self._at)
            if template is not None:
                return self.formatted(template, node.args, node.keywords)
        if isinstance(node, ast.Call | ast.Name):
            template = self._texts.template_text(node, self._at)
            if template is not None:
                return self._filled(percent(template), values) if values else [template]
        if isinstance(node, ast.Name) and not values:
            return self._named(node, depth, "")
        parts = self._value(node)
        self._rest(values)
        return parts

    def formatted(self, template: str, arguments: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> Parts:
        """Take apart a ``str.format`` template and what is put into it."""
        parts: Parts = []
        position = 0
        before = ""
        given = {keyword.arg: keyword.value for keyword in keywords if keyword.arg is not None}
        spread = next((keyword.value for keyword in keywords if keyword.arg is None), None)
        for piece in brace(template):
            if isinstance(piece, str):
                parts.append(piece)
                before = piece
                continue
            value: ast.expr | None
            if piece.name:
                value = given.get(piece.name)
                if value is None:
                    if spread is None:
                        continue
                    value = _item(spread, piece.name)
            else:
                index = piece.position if piece.position is not None else position
                position = index + 1
                value = arguments[index] if index < len(arguments) else None
            if value is not None:
                parts += self._value(value, piece.name, before, piece.numeric)
            before = ""
        return parts

    def beside(self, keywords: Sequence[ast.keyword]) -> None:
        """Add what is printed beside the message under a name, as by structlog, but for what is in it already."""
        told = {id(one.node) for one in self.printed}
        rest = [one for one in keywords if id(one.value) not in told and one.arg not in _NOT_PRINTED]
        self.printed += [Printed(one.value, one.arg, "") for one in rest if one.arg is not None]
        self.printed += [Printed(one.value, "", "") for one in rest if one.arg is None]

    def _constant(self, node: ast.Constant, values: Sequence[ast.expr]) -> Parts:
        text = str(node.value)
        if not values:
            return [text] if text else []
        pieces = percent(text)
        if not any(isinstance(piece, Hole) for piece in pieces) and "{" in text:
            pieces = brace(text)
        return self._filled(pieces, values)

    def _interpolated(self, node: ast.JoinedStr, values: Sequence[ast.expr]) -> Parts:
        parts: Parts = []
        before = ""
        for one in node.values:
            if isinstance(one, ast.FormattedValue):
                parts += self._value(one.value, "", before, is_numeric(one))
                before = ""
            elif isinstance(one, ast.Constant):
                before = str(one.value)
                parts.append(before)
        self._rest(values)
        return parts

    def _modulo(self, node: ast.BinOp) -> Parts | None:
        template = self._texts.template_text(node.left, self._at)
        values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        if template is None:
            self._rest(values)
            return None
        return self._filled(percent(template), values)

    def _sum(self, node: ast.BinOp, values: Sequence[ast.expr], depth: int) -> Parts | None:
        left = self.text(node.left, [], depth + 1)
        if isinstance(node.right, ast.Constant | ast.BinOp | ast.JoinedStr):
            right = self.text(node.right, values, depth + 1)
        else:
            before = left[-1] if left else ""
            right = self._named(node.right, depth + 1, before if isinstance(before, str) else "")
        return left + right if left is not None and right is not None else None

    def _named(self, node: ast.expr, depth: int, before: str) -> Parts:
        """Take apart a message that was put together above and has a name; anything else is a value."""
        at = self._at
        bindings = (
            at.scope.index().reaching(node.id, at.order, at.block)
            if isinstance(node, ast.Name) and depth < _MOST_NAMES
            else []
        )
        if len(bindings) == 1 and bindings[0].how is How.ASSIGN:
            value = bindings[0].value
            if isinstance(value, ast.BinOp | ast.JoinedStr) or (
                isinstance(value, ast.Call) and last_name(value.func) == "format"
            ):
                inner = Message(self._texts, Position(at.scope, bindings[0].order, bindings[0].block))
                parts = inner.text(value, [], depth + 1)
                if parts is not None and any(isinstance(part, str) and len(part) >= _LEAST_TEXT for part in parts):
                    offset = len(self.printed)
                    self.printed += inner.printed
                    return [part + offset if isinstance(part, int) else part for part in parts]
        return self._value(node, "", before)

    def _filled(self, pieces: Sequence[str | Hole], values: Sequence[ast.expr]) -> Parts:
        """Put values into the holes of a ``%`` template."""
        parts: Parts = []
        mapping = values[0] if len(values) == 1 else None
        position = 0
        by_name = False
        before = ""
        for piece in pieces:
            if isinstance(piece, str):
                parts.append(piece)
                before = piece
                continue
            if piece.name and mapping is not None:
                by_name = True
                item = _member(mapping, piece.name) or _item(mapping, piece.name)
                parts += self._value(item, piece.name, before, piece.numeric)
            else:
                index = piece.position if piece.position is not None else position
                position = index + 1
                if index < len(values):
                    parts += self._value(values[index], "", before, piece.numeric)
                else:
                    parts.append("")
            before = ""
        if not by_name:
            self._rest(values[position:])
        return parts

    def _rest(self, values: Sequence[ast.expr]) -> None:
        """Add values that the text has no place for."""
        for value in values:
            self._value(value)

    def _value(self, node: ast.expr, name: str = "", before: str = "", numeric: bool = False) -> Parts:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return [node.value]
        self.printed.append(Printed(node, name, before, numeric))
        return [len(self.printed) - 1]


def _member(mapping: ast.expr, key: str) -> ast.expr | None:
    """Return what a dict display or ``dict(…)`` holds under a key."""
    if isinstance(mapping, ast.Dict):
        for one, value in zip(mapping.keys, mapping.values):
            if isinstance(one, ast.Constant) and one.value == key:
                return value
    if isinstance(mapping, ast.Call) and last_name(mapping.func) == "dict":
        for keyword in mapping.keywords:
            if keyword.arg == key:
                return keyword.value
    return None


def _item(mapping: ast.expr, key: str) -> ast.expr:
    """Return the expression for an item of a mapping; of ``locals()`` it is the variable."""
    if isinstance(mapping, ast.Call) and last_name(mapping.func) in ("locals", "vars"):
        return ast.copy_location(ast.Name(key, ast.Load()), mapping)
    return ast.copy_location(ast.Subscript(mapping, ast.Constant(key), ast.Load()), mapping)
