"""Values of attributes and items."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logscrub.code.knowledge import vocabulary
from logscrub.code.model import Kind
from logscrub.code.module import How, Scope
from logscrub.code.position import Position
from logscrub.code.render import last_name, render
from logscrub.code.taint import MASKED, NOTHING, SPLITS, UNKNOWN, Taint, Trail, Value, is_harmless, union
from logscrub.code.words import BULK, LIKELY
from logscrub.detect.keys import split_words

if TYPE_CHECKING:
    from logscrub.code.flow import Flow

_MOST_BINDINGS = 8
_MAKES = frozenset({"get", "create", "generate", "fetch", "make", "load", "read"})
_HOLDERS = vocabulary("token_holders")
_NOT_THE_VALUE = vocabulary("not_the_value")
_DESCRIBING = vocabulary("describing")


class Access:
    """Values of attributes and items.

    Args:
        flow: the evaluator this is a part of.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def attribute(self, node: ast.Attribute, at: Position) -> Value:
        """Return what an attribute holds: by its name, by what the class assigns to it, or by the object it is of."""
        name = node.attr
        owner = node.value
        if name in (
            "__class__",
            "__name__",
            "__module__",
            "__doc__",
            "name",
            "id",
            "uuid",
            "status_code",
            "status",
            "pk",
            "reason",
        ):
            return NOTHING
        if name == "__dict__":
            taint = Taint(
                Kind.LOCALS,
                "all-attributes",
                BULK,
                "object",
                render(node),
                None,
                Trail(at.scope.module.path, node, f"every attribute of {render(owner)}", None),
            )
            return Value((taint, *self.class_fields(owner, at)))
        word = self.flow.words.sensitive(name)
        if word is not None and (self._is_method(name) or self._is_described(owner)):
            return UNKNOWN
        if word is not None and self.flow.counts(word, name, at) and not self._is_declared(owner, name):
            held = self._member(node, at)
            if held is not None and (held.masked or (is_harmless(held) and held.known)):
                return held._replace(constant=None)
            if word.grade > BULK:
                if name.lower() == "token" and _HOLDERS.isdisjoint(split_words(last_name(owner))):
                    word = word._replace(grade=LIKELY)
                if held is not None and held.constant:
                    word = word._replace(grade=LIKELY)  # written into the code, for all to see
                return Value((self.flow.taint(word, name, node, at),))
        held = self._member(node, at)
        if held is not None and _NOT_THE_VALUE.intersection(split_words(name)[-1:]):
            held = held._replace(taints=tuple(t._replace(grade=min(t.grade, LIKELY)) for t in held.taints))
        if held is not None and (held.known or held.masked):
            return held
        value = self.flow.object_value(name, node, at, held if held is not None else UNKNOWN)
        # An attribute of something that holds a secret under that very name.
        base = self._peek(owner, at)
        if base is not None:
            more = tuple(
                taint._replace(key=None) for taint in base.taints if taint.key == name and taint.category != "parameter"
            )
            if more:
                return Value((*value.taints, *more), False)
        return value

    def _peek(self, owner: ast.expr, at: Position) -> Value | None:
        if type(owner) is ast.Name and owner.id not in ("self", "cls"):
            return self.flow.held(owner.id, at)
        return None

    def _is_method(self, name: str) -> bool:
        """``client.rotate_secret`` without a call is a function."""
        words = split_words(name)
        return len(words) > 1 and (words[0] in self.flow.knowledge.action_verbs or words[0] in _MAKES)

    @staticmethod
    def _is_described(owner: ast.expr) -> bool:
        """``description.api_key`` is the name of a field."""
        words = split_words(last_name(owner))
        return bool(words) and words[-1] in _DESCRIBING

    @staticmethod
    def _is_declared(owner: ast.expr, name: str) -> bool:
        """A class or a constant: ``User.password`` is a column, ``const.PASSWORD`` the name of a key."""
        base = last_name(owner)
        if name.isupper():
            return base.lower() not in ("settings", "conf", "config", "self", "cfg", "secrets")
        return base[:1].isupper() and not base.isupper() and isinstance(owner, ast.Name) and base != "CONF"

    def _member(self, node: ast.Attribute, at: Position) -> Value | None:
        """What an attribute of ``self`` holds, by all that methods of the class assign to it."""
        owner = node.value
        if type(owner) is not ast.Name:
            return None
        bound = self._local_member(f"{owner.id}.{node.attr}", at)
        if bound is not None:
            return bound
        if owner.id not in ("self", "cls"):
            return None
        scope: Scope | None = at.scope
        while scope is not None and scope.owner is None:
            scope = scope.outer
        if scope is None or scope.owner is None:
            return None
        owner_class = scope.owner
        method = owner_class.methods.get(node.attr)
        if method is not None:
            return self.flow.calls.returned(method)  # a property
        rows = owner_class.writes().get(node.attr)
        if rows is None:
            return None
        values = []
        for method, binding in rows[:_MOST_BINDINGS]:
            if binding.how == How.REMOVE:
                continue
            value = self.flow.binding(binding, method)
            values.append(value._replace(taints=tuple(t for t in value.taints if t.category != "parameter")))
        if not values:
            return None
        joined = union(values)
        if all(value.constant is not None for value in values):
            return joined._replace(constant=values[0].constant, known=False)
        return joined._replace(known=joined.known and not any(value.constant is not None for value in values))

    def _local_member(self, name: str, at: Position) -> Value | None:
        bindings = at.scope.index().reaching(name, at.order, at.block)
        if not bindings or not any(
            b.how in (How.ASSIGN, How.PART) and b.block == at.block[: len(b.block)] for b in bindings
        ):
            return None
        return self.flow.bound(name, bindings, at.scope)

    def class_fields(self, owner: ast.expr, at: Position) -> tuple[Taint, ...]:
        """Return the sensitive attributes that the class of ``self`` is seen to have."""
        scope: Scope | None = at.scope
        while scope is not None and scope.owner is None:
            scope = scope.outer
        if type(owner) is not ast.Name or owner.id != "self" or scope is None or scope.owner is None:
            return ()
        taints = []
        for name in scope.owner.writes():
            word = self.flow.words.sensitive(name)
            if word is not None and word.grade > BULK:
                trail = Trail(
                    at.scope.module.path, scope.owner.node, f"{scope.owner.name} has the attribute {name}", None
                )
                taints.append(Taint(Kind.LOCALS, word.field, word.grade, word.category, name, name, trail))
        return tuple(taints[:3])

    def subscript(self, node: ast.Subscript, at: Position) -> Value:
        """Return what an item holds, or a slice."""
        index = node.slice
        if type(index) is ast.Constant and isinstance(index.value, str):
            return self.item(node.value, index.value, node, at)
        base = self.flow.evaluate(node.value, at)
        if type(index) is ast.Constant and isinstance(index.value, int):
            return self._numbered(node.value, index.value, base, at)
        if type(index) is ast.Slice and (_is_short(index)):
            return MASKED  # a few characters of it
        if isinstance(index, (ast.Name, ast.Attribute)) and last_name(index).isupper():
            return self.under_constant(node.value, index, node, at)
        return Value(tuple(taint._replace(key=None) for taint in base.taints), base.known, base.masked)

    def _numbered(self, container: ast.expr, index: int, base: Value, at: Position) -> Value:
        """One element of a tuple: ``("bob", password)[0]``, ``user_pass[0]`` after ``split(":")``."""
        parts = base.parts
        if type(container) is ast.Name:
            for binding in at.scope.index().reaching(container.id, at.order, at.block)[:1]:
                if binding.value is None:
                    continue
                if isinstance(binding.value, ast.Call) and last_name(binding.value.func) in SPLITS and index == 0:
                    return NOTHING
                parts = self.flow.evaluate(binding.value, Position(at.scope, binding.order, binding.block)).parts
        if 0 <= index < len(parts):
            return parts[index]._replace(constant=None)
        # Of what is a secret by its own name, any part is; what merely holds one holds other things too.
        own = tuple(
            taint
            for taint in base.taints
            if taint.kind is Kind.NAME and taint.key is None and (index or taint.name.endswith("s"))
        )
        return Value(own, base.known and not base.taints, base.masked)

    def under_constant(self, container: ast.expr, index: ast.expr, node: ast.expr, at: Position) -> Value:
        """``data[CONF_HOST]``: the constant is a key, and its name says which."""
        key = self.flow.texts.template_text(index, at)
        if key is not None:
            return self.item(container, key, node, at)
        word = self.flow.words.sensitive(last_name(index))
        if word is not None and word.grade > BULK:
            return Value((self.flow.taint(word._replace(grade=LIKELY), last_name(index), node, at),))
        return UNKNOWN

    def item(self, container: ast.expr, key: str, node: ast.expr, at: Position) -> Value:
        """The value under a key."""
        word = self.flow.words.sensitive(key)
        if word is not None and word.grade > BULK:
            return Value((self.flow.taint(word, key, node, at),))
        held = self.flow.evaluate(container, at)
        if held.masked:
            return held
        taints = tuple(
            t._replace(key=None) for t in held.taints if t.key == key or (t.key is None and t.category == "parameter")
        )
        other = self.flow.words.judge_object(f"{last_name(container)}_{key}") or self.flow.words.judge_object(key)
        if other is not None and not (held.known and not taints):
            return Value((*taints, self.flow.taint(other, key, node, at)), False)
        return Value(tuple(t for t in taints if t.category != "parameter"), held.known)


def _is_short(index: ast.Slice) -> bool:
    """Tell whether a slice is a few characters, or as many as somebody chose to show: ``token[:8]``, ``[:visible]``."""
    if index.lower is None and isinstance(index.upper, (ast.Name, ast.Attribute)):
        return True
    for bound in (index.lower, index.upper):
        if type(bound) is ast.UnaryOp:
            bound = bound.operand
        if type(bound) is ast.Constant and isinstance(bound.value, int) and 0 < bound.value <= 12:
            return True
    return False
