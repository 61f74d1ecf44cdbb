"""Values of calls: by what the function is known to do, by its summary, or by its name."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from logscrub.code.knowledge import vocabulary
from logscrub.code.model import Kind
from logscrub.code.module import Class, How, Scope
from logscrub.code.position import Position
from logscrub.code.render import dotted, key_text, last_name, render
from logscrub.code.taint import MASKED, NOTHING, UNKNOWN, Taint, Trail, Value, is_mask, union
from logscrub.code.words import BULK, LIKELY, SURE, Word
from logscrub.detect.keys import split_words

if TYPE_CHECKING:
    from logscrub.code.flow import Flow

_DEEPEST = 24
_MOST_RETURNS = 6
_MOST_INPUTS = 4
_DYNAMIC_OWNERS = vocabulary("option_holders")
_LISTS = frozenset({"sorted", "list", "tuple", "set"})
_MAPPINGS = frozenset({Kind.CONTAINER, Kind.HTTP, Kind.LOCALS})
_RETURNED = "{}() returns it"
# What a type that hides its value has to show it.
_REVEALS = frozenset({"get_secret_value"})
_NO_TEXT = frozenset({"bool", "int", "float", "datetime", "timedelta"})
_LINKS = vocabulary("links")
_GETTER = re.compile(r"(?:get|fetch|read|load)_?secrets?(?:_?(?:str|string|value|bytes|text))?")
_ASKS = re.compile(r"sensitiv|secret|hidden|redact|mask|no_log|private", re.IGNORECASE)
_BUILTINS = vocabulary("builtins")
_SECTIONED = vocabulary("sectioned")
_BY_KEY = vocabulary("keyed_calls")


class Calls:
    """Values of calls: by what the function is known to do, by its summary, or by its name.

    Args:
        flow: the evaluator this is a part of.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def call(self, node: ast.Call, at: Position) -> Value:
        """Return what a call comes to: the first answer of those who may know."""
        function = node.func
        if not isinstance(function, (ast.Attribute, ast.Name)):
            return UNKNOWN
        name = last_name(function)
        for answer in (self._by_nature, self._by_key, self._by_summary, self._carried, self._by_name):
            value = answer(node, name, at)
            if value is not None:
                return value
        return self._passed_through(node, at) if self.flow.bulk else UNKNOWN

    def _by_nature(self, node: ast.Call, name: str, at: Position) -> Value | None:
        """Functions that do the same everywhere: those that mask, count, or give a secret."""
        if name in ("locals", "vars", "globals", "dir") and len(node.args) <= 1:
            return self._everything(node, at)
        if self.flow.words.sanitizes(name):
            return MASKED if node.args or isinstance(node.func, ast.Attribute) else UNKNOWN
        if name.lower() in self.flow.knowledge.opaque:
            return NOTHING
        if name == "dict" and node.keywords and isinstance(node.func, ast.Name):
            keys: list[ast.expr | None] = [None] * len(node.args)
            keys += [ast.Constant(one.arg) if one.arg else None for one in node.keywords]
            return self.flow.texts.dict(ast.Dict(keys, self._arguments(node)), at)
        if name in _REVEALS and isinstance(node.func, ast.Attribute):
            word = self.flow.words.sensitive(last_name(node.func.value)) or Word("secret", SURE, "secret")
            return Value((self.flow.taint(word, last_name(node.func.value), node, at),))
        called = dotted(node.func)
        imported = at.scope.module.imports.get(called)
        source = self.flow.sources.get(imported.replace(":", ".") if imported else called)
        if source is None:
            return None
        trail = Trail(at.scope.module.path, node, f"{called}() returns a secret", None)
        return Value((Taint(Kind.FLOW, source.field, source.grade, "secret", called, None, trail),))

    def _by_summary(self, node: ast.Call, name: str, at: Position) -> Value | None:
        """Functions of the project."""
        target = self.target(node, at)
        if target is None:
            return None
        if _returns_no_text(target):
            return NOTHING
        value = self._applied(target, node, at)
        return value if value.masked or value.taints or value.known else None

    def _passed_through(self, node: ast.Call, at: Position) -> Value:
        """Nobody knows what the function does: what goes in may come out, which is worth a look and no more."""
        inputs = self._arguments(node)[:_MOST_INPUTS]
        if isinstance(node.func, ast.Attribute):
            inputs.append(node.func.value)
        taints = [
            taint._replace(grade=BULK, key=None)
            for one in inputs
            if isinstance(one, (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Starred))
            for taint in self.flow.evaluate(one, at).taints
            if taint.category == "object"
        ]
        return Value(tuple(taints[:_MOST_INPUTS]), known=False)

    @staticmethod
    def _is_module(node: ast.expr, at: Position) -> bool:
        head = dotted(node).rpartition(".")[0].partition(".")[0]
        return head in at.scope.module.imports

    @staticmethod
    def _arguments(node: ast.Call) -> list[ast.expr]:
        return [*node.args, *(keyword.value for keyword in node.keywords)]

    def _by_key(self, node: ast.Call, name: str, at: Position) -> Value | None:
        """``options.get("password")``, ``os.getenv("TOKEN")``, ``getattr(user, "password")``."""
        if name == "getattr" and len(node.args) >= 2:
            key = key_text(node.args[1])
            if key is not None:
                return self.flow.access.attribute(
                    ast.copy_location(ast.Attribute(node.args[0], key, ast.Load()), node), at
                )
            owner = last_name(node.args[0])
            if owner.lower() in _DYNAMIC_OWNERS:
                return self._any_option(node, node.args[0], node.args[1], at)
            return UNKNOWN
        if name not in _BY_KEY or not node.args:
            return None
        if len(node.args) > 1 and isinstance(node.args[1], ast.Constant) and isinstance(node.args[1].value, bool):
            return NOTHING
        sections = isinstance(node.func, ast.Attribute) and last_name(node.func.value).lower() in _SECTIONED
        for argument in node.args[: 2 if sections else 1]:
            key = key_text(argument)
            if key is None:
                continue
            word = self.flow.words.sensitive(key)
            if word is not None and word.grade > BULK:
                return Value((self.flow.taint(word, key, node, at),))
        key_node = node.args[0]
        named = isinstance(key_node, (ast.Name, ast.Attribute)) and last_name(key_node).isupper()
        if named and isinstance(node.func, ast.Attribute) and name in ("get", "pop", "setdefault"):
            return self.flow.access.under_constant(node.func.value, key_node, node, at)
        first = key_text(node.args[0])
        if first is not None and type(node.func) is ast.Attribute and name in ("get", "pop", "setdefault"):
            return self.flow.access.item(node.func.value, first, node, at)
        if type(node.func) is ast.Attribute and name == "get" and type(node.args[0]) is ast.Name:
            owner = last_name(node.func.value)
            if owner.lower() in _DYNAMIC_OWNERS and owner.lower() != "params":
                found = self._any_option(node, node.func.value, node.args[0], at)
                if found.taints:
                    return found
            base = self.flow.evaluate(node.func.value, at)
            return Value(tuple(taint._replace(key=None) for taint in base.taints), base.known, base.masked)
        return UNKNOWN if type(node.func) is not ast.Attribute or name not in ("get", "pop") else None

    def _any_option(self, node: ast.Call, owner: ast.expr, name: ast.expr, at: Position) -> Value:
        """One value after the other of everything an object has: in a loop over its names."""
        while type(name) is ast.Attribute:
            name = name.value
        if type(name) is not ast.Name:
            return UNKNOWN
        bindings = at.scope.index().reaching(name.id, at.order, at.block)
        loops = [binding for binding in bindings if binding.how is How.ELEMENT]
        if not loops or self._looks_at_names(at.scope):
            return UNKNOWN
        if all(isinstance(one.value, (ast.Tuple, ast.List, ast.Set)) for one in loops):
            names = [key_text(one) for loop in loops for one in loop.value.elts]  # type: ignore[union-attr]
            if not any(name and self.flow.words.sensitive(name) for name in names):
                return NOTHING
        trail = Trail(at.scope.module.path, node, f"any attribute of {render(owner)}", None)
        return Value((Taint(Kind.LOCALS, "all-options", LIKELY, "object", render(node), None, trail),))

    def _looks_at_names(self, scope: Scope) -> bool:
        """Tell whether a function asks if a name is a sensitive one before it prints the value."""
        for statement in scope.statements:
            if type(statement.node) is ast.If:
                for one in ast.walk(statement.node.test):
                    if (
                        type(one) is ast.Constant
                        and isinstance(one.value, str)
                        and self.flow.words.sensitive(one.value.strip("_")) is not None
                    ):
                        return True
                    if type(one) in (ast.Name, ast.Attribute) and _ASKS.search(last_name(one)):
                        return True
        return False

    def _carried(self, node: ast.Call, name: str, at: Position) -> Value | None:
        """Functions and methods whose result holds what their arguments, or their object, hold."""
        lower = name.lower()
        function = node.func
        is_carrier = lower in self.flow.knowledge.carrier_functions
        if isinstance(function, ast.Name):
            if lower in _LISTS and len(node.args) == 1 and isinstance(node.args[0], (ast.Name, ast.Attribute)):
                return self._keys_of(node.args[0], at)
            return self._all_of(self._arguments(node), at) if is_carrier else None
        assert isinstance(function, ast.Attribute)
        if is_carrier and node.args and self._is_module(function, at):
            return self._all_of(node.args, at)
        if lower in self.flow.knowledge.carrier_methods:
            value = self._of_method(node, function, lower, at)
            if value is not None:
                return value
        return self._all_of(self._arguments(node), at) if is_carrier and lower not in _BUILTINS else None

    def _keys_of(self, node: ast.expr, at: Position) -> Value:
        """``sorted(headers)`` are the names in it."""
        value = self.flow.evaluate(node, at)
        mapping = at.scope.keyworded if isinstance(node, ast.Name) else ""
        listed = tuple(
            taint
            for taint in value.taints
            if taint.key is None and taint.kind not in _MAPPINGS and not (mapping and taint.name == mapping)
        )
        return value._replace(taints=listed)

    def _all_of(self, nodes: list[ast.expr], at: Position) -> Value:
        return self.flow.texts.text([self.flow.evaluate(one, at) for one in nodes]) if nodes else NOTHING

    def _of_method(self, node: ast.Call, function: ast.Attribute, lower: str, at: Position) -> Value | None:
        """``text.format(…)``, ``info.copy()``, ``context.to_dict()``."""
        base = function.value
        if lower in ("format", "join", "substitute", "safe_substitute", "format_map"):
            values = [self.flow.evaluate(one, at) for one in self._arguments(node)]
            if type(base) is not ast.Constant:
                values.append(self.flow.evaluate(base, at))
            return self.flow.texts.text(values)
        value = self.flow.evaluate(base, at)
        if lower in ("to_dict", "todict", "as_dict") and type(base) in (ast.Name, ast.Attribute):
            word = self.flow.words.judge_object(f"{last_name(base)} to dict") or self.flow.words.judge_object(
                f"{last_name(base)} dict"
            )
            if "context" in last_name(base).lower() or last_name(base) in ("ctx", "ctxt"):
                word = Word("request-context", LIKELY, "object", "container")
            if word is not None and word.grade > BULK:
                return Value((self.flow.taint(word, render(node), node, at),), False)
        if (
            lower in ("split", "partition", "rpartition", "rsplit")
            and node.args
            and key_text(node.args[0]) in ("@", "?", "://")
        ):
            return MASKED  # the part of an address without its credentials, or the reverse that the code chose
        if lower == "replace" and len(node.args) >= 2 and is_mask(self.flow.evaluate(node.args[1], at)):
            return MASKED
        if lower in ("read", "readlines", "getvalue", "json", "text") and not value.taints:
            return None
        return value

    def _everything(self, node: ast.Call, at: Position) -> Value:
        """``locals()``: every name of the function."""
        if node.args:
            taint = Taint(
                Kind.LOCALS,
                "all-attributes",
                BULK,
                "object",
                render(node),
                None,
                Trail(at.scope.module.path, node, f"every attribute of {render(node.args[0])}", None),
            )
            shape = self.flow.shapes.of(last_name(node.args[0]), at.scope)
            more: tuple[Taint, ...] = ()
            if shape is not None:
                more = (
                    Taint(
                        Kind.LOCALS,
                        shape.field,
                        shape.grade,
                        shape.category,
                        shape.key,
                        shape.key,
                        Trail(shape.path, shape.node, f"{last_name(node.args[0])} holds {shape.key!r}", None),
                    ),
                )
            return Value((taint, *more, *self.flow.access.class_fields(node.args[0], at)))
        scope = at.scope.index()
        taints = []
        for name in [*scope.parameters, *scope.bindings]:
            word = self.flow.words.sensitive(name)
            if word is not None and word.grade > BULK and "." not in name:
                trail = Trail(at.scope.module.path, node, f"{name} is one of the local names", None)
                taints.append(Taint(Kind.LOCALS, word.field, word.grade, word.category, name, name, trail))
        if not taints:
            trail = Trail(at.scope.module.path, node, "every local name", None)
            taints.append(Taint(Kind.LOCALS, "all-locals", BULK, "object", "locals()", None, trail))
        return Value(tuple(taints[:4]))

    def _by_name(self, node: ast.Call, name: str, at: Position) -> Value | None:
        """A call whose own name says what it returns."""
        words = split_words(name)
        if not words or words[0] in self.flow.knowledge.action_verbs or name[:1].isupper():
            return None
        if not _LINKS.isdisjoint(words[1:]):
            return None  # get_user_from_token() returns a user
        word = self.flow.words.sensitive(name)
        if word is not None and word.grade > BULK and self.flow.counts(word, name, at):
            if _GETTER.fullmatch(name.lower()) and node.args:
                # get_secret("REDIS_HOST") gets whatever is asked for.
                key = key_text(node.args[0])
                asked = self.flow.words.sensitive(key) if key is not None else word._replace(grade=LIKELY)
                return Value((self.flow.taint(asked, key or name, node, at),)) if asked is not None else UNKNOWN
            return Value((self.flow.taint(word, f"{name}()", node, at),))
        if words[0] in self.flow.knowledge.accessor_verbs:
            other = self.flow.words.judge_object(name)
            if other is not None and other.grade > BULK:
                return Value((self.flow.taint(other, f"{name}()", node, at),), False)
        return None

    def target(self, node: ast.Call, at: Position) -> Scope | None:
        """The function of the project that is called, if it can be told."""
        function = node.func
        scope: Scope | None = at.scope
        if type(function) is ast.Name:
            name = function.id
            while scope is not None:
                found = scope.functions.get(name)
                if found is not None:
                    return found
                scope = scope.outer
            module = at.scope.module
            return module.functions.get(name) or self.flow.resolver.function(module, name)
        if type(function) is ast.Attribute and type(function.value) is ast.Name:
            base = function.value.id
            if base in ("self", "cls"):
                while scope is not None and scope.owner is None:
                    scope = scope.outer
                return self._method(scope.owner, function.attr, 0) if scope is not None and scope.owner else None
            module = at.scope.module
            if base in module.imports:
                return self.flow.resolver.function(module, f"{base}.{function.attr}")
        return None

    def _method(self, owner: Class, name: str, depth: int) -> Scope | None:
        found = owner.methods.get(name)
        if found is not None or depth > 4:
            return found
        for base in owner.bases[:4]:
            klass = owner.module.classes.get(last_name(base)) or self.flow.resolver.klass(owner.module, dotted(base))
            if klass is not None and klass is not owner:
                found = self._method(klass, name, depth + 1)
                if found is not None:
                    return found
        return None

    def returned(self, function: Scope) -> Value:
        """What a function returns, in terms of its parameters."""
        if function.summary is not None:
            return function.summary  # type: ignore[return-value]
        if id(function) in self.flow.active or self.flow.depth > _DEEPEST - 6:
            return UNKNOWN
        self.flow.active.add(id(function))
        try:
            function.index()
            values = []
            for statement in function.returns[:_MOST_RETURNS]:
                value = statement.node.value  # type: ignore[attr-defined]
                if isinstance(value, (ast.Yield, ast.YieldFrom)):
                    value = value.value
                if value is not None:
                    values.append(self.flow.evaluate(value, Position(function, statement.order, statement.block)))
        finally:
            self.flow.active.discard(id(function))
        result = self.flow.texts.either(values) if values else UNKNOWN
        if values and all(value.constant is not None for value in values):
            result = UNKNOWN  # a stub, or a default that others replace: its name says more
        tuples = [value for value in values if value.constant is None]
        sizes = {len(value.parts) for value in tuples}
        if len(sizes) == 1 and sizes != {0}:
            result = result._replace(parts=tuple(union([one.parts[i] for one in tuples]) for i in range(sizes.pop())))
        if any(value.masked for value in values) and all(taint.category == "parameter" for taint in result.taints):
            result = MASKED  # it masks at least some of what it is given
        result = result._replace(constant=None)
        if self.flow.depth < _DEEPEST // 2:
            function.summary = result
        return result

    def _applied(self, function: Scope, node: ast.Call, at: Position) -> Value:
        """What a call of a function of the project returns."""
        value = self.returned(function)
        if not value.taints:
            return value
        whole = self._substituted(value, function, node, at)
        if value.parts:
            return whole._replace(parts=tuple(self._substituted(part, function, node, at) for part in value.parts))
        return whole

    def _substituted(self, value: Value, function: Scope, node: ast.Call, at: Position) -> Value:
        """A summary with the arguments of a call in place of the parameters."""
        taints: list[Taint] = []
        known = value.known
        masked = value.masked
        for taint in value.taints:
            if taint.category != "parameter":
                is_far = taint.kind is Kind.CONTAINER or taint.trail.text == _RETURNED
                if is_far and taint.category != "object" and taint.grade > LIKELY:
                    taint = taint._replace(grade=LIKELY)  # what a helper returns, or one of its helpers, is not certain
                taints.append(self.flow.step(taint, at.scope.module.path, node, _RETURNED))
                continue
            argument = self.argument(function, taint.name, node)
            if argument is None:
                continue
            given = self.flow.evaluate(argument, at)
            known = known or given.known
            for one in given.taints:
                if one.category == "parameter":
                    taints.append(one)
                else:
                    taints.append(self.flow.step(one, at.scope.module.path, node, _RETURNED))
        return Value(tuple(taints[:12]), known, masked)

    @staticmethod
    def argument(function: Scope, name: str, node: ast.Call) -> ast.expr | None:
        """Return the argument a call gives for a parameter."""
        for keyword in node.keywords:
            if keyword.arg == name:
                return keyword.value
        if name in function.parameters:
            index = function.parameters.index(name)
            if index < len(node.args) and not any(isinstance(one, ast.Starred) for one in node.args[: index + 1]):
                return node.args[index]
        if name == function.keyworded:
            for keyword in node.keywords:
                if keyword.arg is None:
                    return keyword.value
        return None


def _returns_no_text(function: Scope) -> bool:
    """Tell whether a function is declared to return a number, a date, yes or no, or nothing."""
    returns = function.node.returns if function.node is not None else None
    if returns is None:
        return False
    return last_name(returns) in _NO_TEXT or (isinstance(returns, ast.Constant) and returns.value is None)
