"""Values of texts, choices, containers and comprehensions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from logscrub.code.module import Binding, How, Scope
from logscrub.code.position import Frozen, Position
from logscrub.code.render import key_text, last_name
from logscrub.code.taint import MASKED, NOTHING, Value, is_mask, union
from logscrub.code.template import Hole, percent

if TYPE_CHECKING:
    from logscrub.code.flow import Flow

_MOST_PARTS = 12
# What stands after one of these on a command line is the path of a file.
_FILE_OPTIONS = frozenset({"-i", "--identity", "--key-file", "--cert", "--key"})
_DEEPEST_TEXT = 60
# A name costs more than a +, so that texts made of names made of names stay few.
_HOP = 20
_STARS = frozenset("*xX#.-•")


class Texts:
    """Values of texts, choices, containers and comprehensions.

    Args:
        flow: the evaluator this is a part of.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def operation(self, node: ast.BinOp, at: Position) -> Value:
        """Return what an operator makes: text of ``%``, ``+`` and ``|``; anything else is a number."""
        if (
            type(node.op) is ast.Mod
            and type(node.right) is ast.Call
            and last_name(node.right.func) in ("locals", "vars")
            and not node.right.args
        ):
            return self._locals_of(node, at)
        if type(node.op) is ast.Mult:
            sides = [self.flow.evaluate(one, at) for one in (node.left, node.right)]
            return MASKED if any(side.constant and set(side.constant) <= _STARS for side in sides) else NOTHING
        if type(node.op) not in (ast.Mod, ast.Add, ast.BitOr):
            return NOTHING
        if type(node.op) is ast.Mod and type(node.right) is ast.Dict:
            return self.flow.elements(self.flow.evaluate(node.right, at))
        left = self.flow.evaluate(node.left, at)
        right = self.flow.evaluate(node.right, at)
        return self.text([left, right])

    @staticmethod
    def text(values: list[Value]) -> Value:
        """Several values in one text: what is masked in one says nothing of the others."""
        joined = union(values)
        return Value(joined.taints, joined.known or all(v.known or not v.taints for v in values), joined.masked)

    def _locals_of(self, node: ast.BinOp, at: Position) -> Value:
        """``"%(name)s" % locals()`` prints the names the template asks for."""
        text = self.template_text(node.left, at)
        if text is None:
            return self.flow.evaluate(node.right, at)
        values = []
        for piece in percent(text):
            if isinstance(piece, Hole) and piece.name:
                name = ast.copy_location(ast.Name(piece.name, ast.Load()), node.right)
                name.end_lineno, name.end_col_offset = node.right.end_lineno, node.right.end_col_offset
                values.append(self.flow.name(name, at))
        return union(values)

    def template_text(self, node: ast.expr, at: Position, depth: int = 0) -> str | None:
        """Return the text of a template: a literal, one in a translation call, or a name bound to one."""
        if depth > _DEEPEST_TEXT:
            return None
        if type(node) is ast.Constant:
            return node.value if isinstance(node.value, str) else None
        if type(node) is ast.Call and len(node.args) >= 1 and len(last_name(node.func)) <= 14:
            name = last_name(node.func).lower()
            if name in self.flow.knowledge.carrier_functions or name.startswith("_") or name == "msg":
                return self.template_text(node.args[0], at, depth + 1)
            return None
        if type(node) is ast.BinOp and type(node.op) is ast.Add:
            left, right = self.template_text(node.left, at, depth + 1), self.template_text(node.right, at, depth + 1)
            return left + right if left is not None and right is not None else None
        if type(node) is ast.Name:
            bindings = at.scope.index().reaching(node.id, at.order, at.block)
            if (
                len(bindings) == 1
                and bindings[0].how is How.ASSIGN
                and bindings[0].value is not None
                and type(bindings[0].value) is not ast.Name
            ):
                inner = Position(at.scope, bindings[0].order, bindings[0].block)
                return self.template_text(bindings[0].value, inner, depth + _HOP)
            if not bindings:
                rows = at.scope.module.top.index().bindings.get(node.id, [])
                if len(rows) == 1 and type(rows[0].value) is ast.Constant and isinstance(rows[0].value.value, str):
                    return rows[0].value.value
        return None

    def formatted(self, node: ast.JoinedStr, at: Position) -> Value:
        """Return what an f-string holds."""
        parts = [self.flow.evaluate(one.value, at) for one in node.values if type(one) is ast.FormattedValue]
        return self.text(parts) if parts else NOTHING

    def inner(self, node: Any, at: Position) -> Value:
        """Return what a wrapping node holds: a starred or awaited expression, a walrus."""
        return self.flow.evaluate(node.value, at)

    def constant(self, node: ast.Constant, at: Position) -> Value:
        """Return a literal."""
        if isinstance(node.value, (str, bytes)):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            return Value(constant=text)
        return Value(constant="")

    def choice(self, node: ast.BoolOp, at: Position) -> Value:
        """Return what ``and`` and ``or`` may come to."""
        values = [self.flow.evaluate(one, at) for one in node.values]
        if type(node.op) is ast.And:
            return self.either(values[-1:])
        return self.either(values)

    def conditional(self, node: ast.IfExp, at: Position) -> Value:
        """Return what either branch comes to."""
        return self.either([self.flow.evaluate(node.body, at), self.flow.evaluate(node.orelse, at)])

    @staticmethod
    def either(values: list[Value]) -> Value:
        """Join alternatives: where one of them is a mask, somebody took care."""
        if any((value.masked and not value.taints) or is_mask(value) for value in values):
            return MASKED
        return union(values)

    def dict(self, node: ast.Dict, at: Position) -> Value:
        """Return what a dict display holds, each value under its key."""
        values = []
        masked: set[str] = set()
        for key, item in zip(node.keys, node.values):
            found = self.flow.evaluate(item, at)
            text = key_text(key)
            values.append(found if key is None or text is None else self.flow.field(text, found, item, at))
            if text is not None and found.masked:
                masked.add(text)
        joined = union(values)
        if masked:  # {**data, "token": mask(token)}
            joined = joined._replace(taints=tuple(taint for taint in joined.taints if taint.key not in masked))
        return Value(joined.taints, True if not joined.taints else joined.known)

    def sequence(self, node: Any, at: Position) -> Value:
        """Return what a list, tuple or set holds."""
        values = [
            NOTHING if index and key_text(node.elts[index - 1]) in _FILE_OPTIONS else self.flow.evaluate(one, at)
            for index, one in enumerate(node.elts)
        ]
        joined = union(values)
        masked = joined.masked or any(is_mask(value) for value in values)
        parts = tuple(values) if type(node) is ast.Tuple and len(values) <= _MOST_PARTS else ()
        return Value(joined.taints, all(v.known or not v.taints for v in values), masked, None, parts)

    def comprehension(self, node: Any, at: Position) -> Value:
        """Return what a list, set or generator comprehension holds."""
        return self._through(node, [node.elt], at)

    def dict_comprehension(self, node: ast.DictComp, at: Position) -> Value:
        """Return what a dict comprehension holds: one that chooses keys is a projection."""
        for generator in node.generators:
            if isinstance(generator.iter, (ast.Tuple, ast.List, ast.Set)):
                return MASKED  # the fields that somebody chose
            for test in generator.ifs:
                if _excludes(test):
                    return MASKED
        return self._through(node, [node.value], at)

    def _through(self, node: Any, elements: list[ast.expr], at: Position) -> Value:
        """A comprehension: its names are bound to the elements of what it goes over."""
        local = Scope(at.scope.module, None, at.scope.qualname, at.scope.owner, at.scope, [])
        local.indexed = True
        for generator in node.generators:
            for test in generator.ifs:
                if _excludes(test):
                    return MASKED
            target = generator.target
            names = target.elts if type(target) in (ast.Tuple, ast.List) else [target]
            pairs = len(names) == 2 and _pairs(generator.iter)
            for index, one in enumerate(names):
                if type(one) is ast.Name:
                    local.bindings[one.id] = [
                        Binding(How.ELEMENT, 0, (), generator.iter, index if pairs else None, generator.iter)
                    ]
        # The names bound outside are those that hold here: look them up from this place.
        local.outer = Frozen(at)  # type: ignore[assignment]
        inside = Position(local, 1, ())
        return union([self.flow.evaluate(one, inside) for one in elements])


def _excludes(test: ast.expr) -> bool:
    """Tell whether the condition of a comprehension leaves some keys out, or lets some through."""
    if type(test) is ast.Compare:
        return type(test.ops[0]) in (ast.NotIn, ast.NotEq, ast.In)
    if type(test) is ast.UnaryOp and type(test.op) is ast.Not:
        return True
    return type(test) is ast.BoolOp and any(_excludes(one) for one in test.values)


def _pairs(iterated: ast.expr) -> bool:
    return type(iterated) is ast.Call and last_name(iterated.func) in ("items", "iteritems", "viewitems", "enumerate")
