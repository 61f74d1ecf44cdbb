"""Follow data backwards: from an expression that is printed to where its value comes from.

Evaluation starts at what a log call prints, so that code which never reaches a log costs nothing. Within a function it
reads bindings backwards in the order of the text; across functions it uses summaries: what a function returns in terms
of its parameters. Nothing is run; depth and number of steps are bounded.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from logscrub.code.knowledge import Knowledge
from logscrub.code.model import Kind
from logscrub.code.module import Binding, Class, How, Module, Scope
from logscrub.code.render import dotted, last_name, render
from logscrub.code.shapes import Shapes
from logscrub.code.taint import MASKED, NOTHING, UNKNOWN, Taint, Trail, Value, union
from logscrub.code.words import BULK, LIKELY, SURE, Word, Words, is_lexical
from logscrub.detect.keys import split_words

_DEEPEST = 24
_MOST_BINDINGS = 8
_MOST_RETURNS = 6
_MOST_PARTS = 12
_MASKS = ("***", "xxx", "redact", "mask", "hidden", "<omitted", "<secret", "[secret", "removed", "not_logging", "not logging", "----", "filtered", "sanitiz", "<password", "[password", "<hidden", "concealed", "scrubbed")
_SPLITS = frozenset({"split", "partition", "rsplit", "rpartition"})
_STARS = frozenset("*xX#.-•")
_DYNAMIC_OWNERS = frozenset("self conf config cfg settings flags options opts configuration env environ args namespace params group_attr group".split())


class Position(NamedTuple):
    """Where in a function an expression stands."""

    scope: Scope
    order: int
    block: tuple[int, ...]


class Resolver(NamedTuple):
    """How to find what other modules define; answers None for what is not part of the project."""

    function: Callable[[Module, str], Scope | None]
    klass: Callable[[Module, str], Class | None]


class Flow:
    """The evaluator.

    Args:
        words: judges names.
        knowledge: what is known of libraries.
        shapes: which containers are known to have which sensitive keys.
        resolver: finds functions and classes of other modules.
    """

    def __init__(self, words: Words, knowledge: Knowledge, shapes: Shapes, resolver: Resolver) -> None:
        self.words = words
        self.knowledge = knowledge
        self.shapes = shapes
        self.resolver = resolver
        self._depth = 0
        self._active: set[int] = set()
        self._lexical: dict[int, bool] = {}
        self._sources = {call: source for source in knowledge.sources for call in source.calls}
        self._handlers: dict[type, Callable[[Any, Position], Value]] = {
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Subscript: self._subscript,
            ast.Call: self._call,
            ast.BinOp: self._operation,
            ast.BoolOp: self._choice,
            ast.IfExp: self._conditional,
            ast.JoinedStr: self._formatted,
            ast.FormattedValue: self._inner,
            ast.Dict: self._dict,
            ast.List: self._sequence,
            ast.Tuple: self._sequence,
            ast.Set: self._sequence,
            ast.Starred: self._inner,
            ast.Await: self._inner,
            ast.NamedExpr: self._inner,
            ast.Constant: self._constant,
            ast.ListComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.DictComp: self._dict_comprehension,
            ast.Lambda: lambda node, at: UNKNOWN,
            ast.Compare: lambda node, at: NOTHING,
            ast.UnaryOp: lambda node, at: NOTHING,
        }

    def evaluate(self, node: ast.expr, at: Position) -> Value:
        """Return what is known of an expression's value."""
        memo = at.scope.memo
        key = id(node)
        found = memo.get(key)
        if found is not None:
            return found  # type: ignore[return-value]
        handler = self._handlers.get(type(node))
        if handler is None:
            return UNKNOWN
        if self._depth > _DEEPEST or key in self._active:
            return UNKNOWN
        self._depth += 1
        self._active.add(key)
        try:
            value = handler(node, at)
        finally:
            self._depth -= 1
            self._active.discard(key)
        # What was cut off by the depth is not kept: asked from elsewhere there may be more.
        if self._depth < _DEEPEST // 2:
            memo[key] = value
        return value

    # Names

    def _name(self, node: ast.Name, at: Position) -> Value:
        name = node.id
        if self.words.is_masked(name) or self._masks_a_field(name, at):
            return MASKED
        held = self.held(name, at)
        word = self.words.sensitive(name)
        if word is not None and self._counts(word, name, at):
            if held is not None and word.field != "auth" and (held.masked or _harmless(held)):
                return held._replace(constant=None)  # an expected signature is secret though it is a digest
            if name.isupper() and (held is None or held.constant is not None):
                # A constant names a key more often than it holds a secret.
                return UNKNOWN
            if word.grade > BULK:
                return Value((self._taint(word, name, node, at),))
            taint = self._taint(word, name, node, at)
            return union([held, Value((taint,))]) if held is not None else Value((taint,), False)
        if held is None:
            return self._object_value(name, node, at, UNKNOWN)
        if held.known or held.masked:
            return held
        return self._object_value(name, node, at, held)

    def _masks_a_field(self, name: str, at: Position) -> bool:
        """Tell whether a sensitive attribute of an object was overwritten: ``info.token = "***"``."""
        start = f"{name}."
        for bound, rows in at.scope.index().bindings.items():
            if bound.startswith(start) and self._is_sensitive_key(bound[len(start) :]):
                for row in rows:
                    if row.order < at.order and row.value is not None and row.how is How.ASSIGN:
                        value = self.evaluate(row.value, Position(at.scope, row.order, row.block))
                        if value.masked or _is_mask(value):
                            return True
        return False

    def held(self, name: str, at: Position) -> Value | None:
        """Return what a name holds at a place, as far as its bindings tell; None if it has none."""
        scope: Scope | None = at.scope
        order, block = at.order, at.block
        while scope is not None:
            scope.index()
            bindings = scope.reaching(name, order, block)
            if bindings or name in scope.bindings:
                return self._bound(name, bindings, scope)
            if name in scope.parameters or name in (scope.variadic, scope.keyworded):
                return self._parameter(name, scope)
            scope, order, block = scope.outer, 1 << 30, ()
        module = at.scope.module
        if at.scope is not module.top:
            top = module.top.index()
            bindings = top.bindings.get(name, [])
            if bindings:
                return self._bound(name, bindings[-4:], top)
        return None

    def _parameter(self, name: str, scope: Scope) -> Value:
        node = scope.node
        if node is None:
            return UNKNOWN
        annotation = scope.annotations.get(name)
        if annotation is not None:
            kind = last_name(annotation)
            if kind in ("bool", "SecretStr", "SecretBytes", "Secret"):
                return MASKED
        trail = Trail(scope.module.path, node, f"parameter {name} of {scope.qualname}", None)
        return Value((Taint(Kind.FLOW, "", 0, "parameter", name, None, trail),), known=False)

    def _bound(self, name: str, bindings: Sequence[Binding], scope: Scope) -> Value:
        values: list[Value] = []
        removed: set[str] = set()
        masked = False
        for binding in bindings[:_MOST_BINDINGS]:
            if binding.how is How.REMOVE:
                key = _key_text(binding.key)
                if key and self._is_sensitive_key(key):
                    removed.add(key)
                continue
            if binding.how is How.ITEM and binding.value is not None:
                raw = self.evaluate(binding.value, Position(scope, binding.order, binding.block))
                if raw.masked or _is_mask(raw):
                    key = _key_text(binding.key)
                    if key is None or self._is_sensitive_key(key):
                        removed.add(key or "")
                        masked = True
                    continue
            value = self._binding(binding, scope)
            if binding.how in (How.ASSIGN, How.PART, How.ELEMENT) and (value.masked or _is_mask(value)):
                if not value.taints:
                    masked = True
            values.append(value)
        result = union(values) if values else UNKNOWN
        if len(values) == 1 and values[0].constant is not None and not masked:
            result = result._replace(constant=values[0].constant)
        if name in scope.parameters and all(not b.block == () for b in bindings if b.how is How.ASSIGN):
            # Bound under a condition only: the parameter itself may still come here.
            if not bindings or all(b.how in (How.ITEM, How.ADD, How.REMOVE) or b.block for b in bindings):
                result = union([result, self._parameter(name, scope)])
        if removed or masked:
            # Someone took care of what must not be shown.
            kept = tuple(t for t in result.taints if t.category == "parameter" or (t.key and t.key not in removed and not masked))
            return Value(kept, known=True, masked=True)
        return result

    def _is_sensitive_key(self, key: str) -> bool:
        return self.words.sensitive(key) is not None or self.words.judge(key) is not None

    def _binding(self, binding: Binding, scope: Scope) -> Value:
        node, value = binding.node, binding.value
        if value is None:
            return UNKNOWN
        at = Position(scope, binding.order, binding.block)
        if binding.how is How.CAUGHT:
            return self._caught(value, binding, scope)
        found = self.evaluate(value, at)
        if binding.how is How.ITEM:
            return self._under(binding.key, found, at, node)
        if binding.how is How.PART:
            return self._part(found, binding)
        if binding.how is How.ELEMENT:
            if binding.key == 0:  # the keys of a mapping, the numbers of an enumeration
                return Value((), known=found.known)
            found = self._elements(found)
        if not found.taints:
            return found
        text = f"{render_binding(node)}"
        return found._replace(
            taints=tuple(self._step(taint, scope.module.path, node, text) for taint in found.taints),
            constant=found.constant,
        )

    def _part(self, found: Value, binding: Binding) -> Value:
        """One of several names that share a value: the name that says so has the secret, else all but ``user:``."""
        node, index = binding.node, binding.key
        if isinstance(index, int) and index < len(found.parts):
            return found.parts[index]._replace(constant=None)
        names: list[str] = []
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Tuple, ast.List)):
            names = [last_name(one) for one in node.targets[0].elts]
        told = [self.words.sensitive(name) is not None for name in names]
        splits = isinstance(binding.value, ast.Call) and last_name(binding.value.func) in _SPLITS
        if found.taints and isinstance(index, int) and ((any(told) and not told[index]) or (splits and index == 0)):
            return Value((), True)
        return Value(found.taints, found.known and not found.taints, found.masked)

    @staticmethod
    def _elements(found: Value) -> Value:
        return Value(tuple(taint._replace(key=None) for taint in found.taints), found.known, found.masked)

    @staticmethod
    def _step(taint: Taint, path: str, node: ast.AST, text: str) -> Taint:
        if taint.trail.node is node:
            return taint
        kind = Kind.FLOW if taint.kind is Kind.NAME else taint.kind
        return taint._replace(kind=kind, trail=Trail(path, node, text, taint.trail))

    def _under(self, key: ast.expr | int | None, found: Value, at: Position, node: ast.AST) -> Value:
        """What a container holds once a value lies in it under a key."""
        text = _key_text(key)
        if text is None:
            return Value(found.taints, found.known, found.masked)
        return self._field(text, found, node, at)

    def _field(self, key: str, found: Value, node: ast.AST, at: Position) -> Value:
        if found.masked and not found.taints:
            return Value(masked=False)
        taints = [taint._replace(key=key) if taint.category != "parameter" else taint for taint in found.taints]
        word = self.words.sensitive(key)
        if word is not None and word.grade > BULK and not _harmless(found) and not any(t.grade >= word.grade for t in taints):
            trail = Trail(at.scope.module.path, node, f"a value is put under {key!r}", None)
            taints.append(Taint(Kind.CONTAINER, word.field, word.grade, word.category, key, key, trail))
        return Value(tuple(taints), found.known)

    def _caught(self, kind: ast.expr, binding: Binding, scope: Scope) -> Value:
        names = [last_name(one) for one in (kind.elts if isinstance(kind, ast.Tuple) else [kind])]
        if any("requestexception" in name.lower() or "httperror" in name.lower() or "calledprocesserror" in name.lower() or "clienterror" in name.lower() for name in names):
            trail = Trail(scope.module.path, binding.node, f"exception {' or '.join(names)}", None)
            return Value((Taint(Kind.EXCEPTION, "exception-text", BULK, "object", names[0], None, trail),))
        return NOTHING

    def _taint(self, word: Word, name: str, node: ast.AST, at: Position, key: str | None = None) -> Taint:
        kind = Kind(word.kind)
        trail = Trail(at.scope.module.path, node, f"{render(node)} is {_article(word)}", None)
        return Taint(kind, word.field, word.grade, word.category, name, key, trail)

    def _counts(self, word: Word, name: str, at: Position) -> bool:
        """Tell whether a sensitive word is one here: the tokens of a parser are no secrets."""
        if word.field != "token":
            return True
        words = split_words(name)
        if len(words) > 1 and words[-1] == "token" and words[-2] in ("auth", "access", "api", "refresh", "bearer", "session", "id", "user", "admin", "csrf", "oauth", "secret"):
            return True
        module = at.scope.module
        lexical = self._lexical.get(id(module))
        if lexical is None:
            imported = {value.partition(":")[0].partition(".")[0] for value in module.imports.values()}
            lexical = is_lexical(module.path.rpartition("/")[2]) or not _LEXICAL_PACKAGES.isdisjoint(imported)
            self._lexical[id(module)] = lexical
        if lexical or is_lexical(at.scope.qualname):
            return False
        return not (len(words) == 1 and words[0] == "tokens")

    def _object_value(self, name: str, node: ast.expr, at: Position, held: Value) -> Value:
        """What an object is judged to hold by its name, and by the keys it is seen to have elsewhere."""
        taints = list(held.taints)
        shape = self.shapes.of(last_name(node), at.scope)
        if shape is not None:
            trail = Trail(shape.path, shape.node, f"{last_name(node)} holds {shape.key!r}", None)
            taints.append(Taint(Kind.CONTAINER, shape.field, shape.grade, shape.category, name, shape.key, trail))
        word = self._object_word(node, name, at)
        if word is not None and (shape is None or word.grade > shape.grade):
            taints.append(self._taint(word, name, node, at))
        return Value(tuple(taints), False, held.masked)

    def _object_word(self, node: ast.expr, name: str, at: Position) -> Word | None:
        word = None
        if isinstance(node, ast.Attribute):
            owner = last_name(node.value)
            if owner and owner not in ("self", "cls"):
                word = self.words.judge(f"{owner}_{name}")
        if word is None or word.category != "object":
            word = self.words._judge_object(name)
        if word is not None and word.grade == BULK and word.field == "address" and "address" in at.scope.module.evidence:
            if split_words(name)[-1] in _STORED_ADDRESSES:
                return word._replace(grade=LIKELY)
        return word

    # Attributes and items

    def _attribute(self, node: ast.Attribute, at: Position) -> Value:
        name = node.attr
        owner = node.value
        if name in ("__class__", "__name__", "__module__", "__doc__", "name", "id", "uuid", "status_code", "status", "pk", "reason"):
            return NOTHING
        if name == "__dict__":
            taint = Taint(Kind.LOCALS, "all-attributes", BULK, "object", render(node), None, Trail(at.scope.module.path, node, f"every attribute of {render(owner)}", None))
            return Value((taint, *self._class_fields(owner, at)))
        word = self.words.sensitive(name)
        if word is not None and self._counts(word, name, at) and not self._is_declared(owner, name):
            held = self._member(node, at)
            if held is not None and (held.masked or (_harmless(held) and held.known)):
                return held._replace(constant=None)
            if word.grade > BULK:
                return Value((self._taint(word, name, node, at),))
        held = self._member(node, at)
        if held is not None and (held.known or held.masked):
            return held
        value = self._object_value(name, node, at, held if held is not None else UNKNOWN)
        # An attribute of something that holds a secret under that very name.
        base = self._peek(owner, at)
        if base is not None:
            more = tuple(taint._replace(key=None) for taint in base.taints if taint.key == name and taint.category != "parameter")
            if more:
                return Value((*value.taints, *more), False)
        return value

    def _peek(self, owner: ast.expr, at: Position) -> Value | None:
        if type(owner) is ast.Name and owner.id not in ("self", "cls"):
            return self.held(owner.id, at)
        return None

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
            return self.returned(method)  # a property
        rows = owner_class.writes().get(node.attr)
        if rows is None:
            return None
        values = []
        for method, binding in rows[:_MOST_BINDINGS]:
            if binding.how in (How.REMOVE,):
                continue
            value = self._binding(binding, method)
            values.append(value._replace(taints=tuple(t for t in value.taints if t.category != "parameter")))
        if not values:
            return None
        joined = union(values)
        return joined._replace(known=joined.known and not any(value.constant is not None for value in values))

    def _local_member(self, name: str, at: Position) -> Value | None:
        bindings = at.scope.index().reaching(name, at.order, at.block)
        if not bindings or not any(b.how in (How.ASSIGN, How.PART) and b.block == at.block[: len(b.block)] for b in bindings):
            return None
        return self._bound(name, bindings, at.scope)

    def _class_fields(self, owner: ast.expr, at: Position) -> tuple[Taint, ...]:
        scope: Scope | None = at.scope
        while scope is not None and scope.owner is None:
            scope = scope.outer
        if type(owner) is not ast.Name or owner.id != "self" or scope is None or scope.owner is None:
            return ()
        taints = []
        for name in scope.owner.writes():
            word = self.words.sensitive(name)
            if word is not None and word.grade > BULK:
                trail = Trail(at.scope.module.path, scope.owner.node, f"{scope.owner.name} has the attribute {name}", None)
                taints.append(Taint(Kind.LOCALS, word.field, word.grade, word.category, name, name, trail))
        return tuple(taints[:3])

    def _subscript(self, node: ast.Subscript, at: Position) -> Value:
        index = node.slice
        if type(index) is ast.Constant and isinstance(index.value, str):
            return self._item(node.value, index.value, node, at)
        base = self.evaluate(node.value, at)
        if type(index) is ast.Constant and isinstance(index.value, int):
            return self._numbered(node.value, index.value, base, at)
        if type(index) is ast.Slice and (_is_short(index)):
            return MASKED  # a few characters of it
        if type(index) in (ast.Name, ast.Attribute):
            name = last_name(index)
            word = self.words.sensitive(name)
            if name.isupper() and word is not None:
                return Value((self._taint(word._replace(grade=min(word.grade, LIKELY)), name, node, at),))
        return Value(tuple(taint._replace(key=None) for taint in base.taints), base.known, base.masked)

    def _numbered(self, container: ast.expr, index: int, base: Value, at: Position) -> Value:
        """One element of a tuple: ``("bob", password)[0]``, ``user_pass[0]`` after ``split(":")``."""
        parts = base.parts
        if type(container) is ast.Name:
            for binding in at.scope.index().reaching(container.id, at.order, at.block)[:1]:
                if binding.value is None:
                    continue
                if isinstance(binding.value, ast.Call) and last_name(binding.value.func) in _SPLITS and index == 0:
                    return NOTHING
                parts = self.evaluate(binding.value, Position(at.scope, binding.order, binding.block)).parts
        if 0 <= index < len(parts):
            return parts[index]._replace(constant=None)
        return Value(tuple(taint._replace(key=None) for taint in base.taints), base.known, base.masked)

    def _item(self, container: ast.expr, key: str, node: ast.expr, at: Position) -> Value:
        """The value under a key."""
        word = self.words.sensitive(key)
        if word is not None and word.grade > BULK:
            return Value((self._taint(word, key, node, at),))
        held = self.evaluate(container, at)
        if held.masked:
            return held
        taints = tuple(t._replace(key=None) for t in held.taints if t.key == key or (t.key is None and t.category == "parameter"))
        other = self.words._judge_object(f"{last_name(container)}_{key}") or self.words._judge_object(key)
        if other is not None and not (held.known and not taints):
            return Value((*taints, self._taint(other, key, node, at)), False)
        return Value(tuple(t for t in taints if t.category != "parameter"), held.known)

    # Text

    def _operation(self, node: ast.BinOp, at: Position) -> Value:
        if type(node.op) is ast.Mod and type(node.right) is ast.Call and last_name(node.right.func) in ("locals", "vars") and not node.right.args:
            return self._locals_of(node, at)
        if type(node.op) is ast.Mult:
            sides = [self.evaluate(one, at) for one in (node.left, node.right)]
            return MASKED if any(side.constant and set(side.constant) <= _STARS for side in sides) else NOTHING
        if type(node.op) not in (ast.Mod, ast.Add, ast.BitOr):
            return NOTHING
        if type(node.op) is ast.Mod and type(node.right) is ast.Dict:
            return self._elements(self.evaluate(node.right, at))
        left = self.evaluate(node.left, at)
        right = self.evaluate(node.right, at)
        return self._text([left, right])

    @staticmethod
    def _text(values: list[Value]) -> Value:
        """Several values in one text: what is masked in one says nothing of the others."""
        joined = union(values)
        return Value(joined.taints, joined.known or all(v.known or not v.taints for v in values), joined.masked)

    def _locals_of(self, node: ast.BinOp, at: Position) -> Value:
        """``"%(name)s" % locals()`` prints the names the template asks for."""
        from logscrub.code.template import Hole, percent

        text = self.template_text(node.left, at)
        if text is None:
            return self.evaluate(node.right, at)
        values = []
        for piece in percent(text):
            if isinstance(piece, Hole) and piece.name:
                name = ast.copy_location(ast.Name(piece.name, ast.Load()), node.right)
                name.end_lineno, name.end_col_offset = node.right.end_lineno, node.right.end_col_offset
                values.append(self._name(name, at))
        return union(values)

    def template_text(self, node: ast.expr, at: Position) -> str | None:
        """Return the text of a template: a literal, one in a translation call, or a name bound to one."""
        if type(node) is ast.Constant:
            return node.value if isinstance(node.value, str) else None
        if type(node) is ast.Call and len(node.args) >= 1 and len(last_name(node.func)) <= 14:
            name = last_name(node.func).lower()
            if name in self.knowledge.carrier_functions or name.startswith("_") or name == "msg":
                return self.template_text(node.args[0], at)
            return None
        if type(node) is ast.BinOp and type(node.op) is ast.Add:
            left, right = self.template_text(node.left, at), self.template_text(node.right, at)
            return left + right if left is not None and right is not None else None
        if type(node) is ast.Name:
            bindings = at.scope.index().reaching(node.id, at.order, at.block)
            if len(bindings) == 1 and bindings[0].how is How.ASSIGN and bindings[0].value is not None and type(bindings[0].value) is not ast.Name:
                return self.template_text(bindings[0].value, Position(at.scope, bindings[0].order, bindings[0].block))
            if not bindings:
                rows = at.scope.module.top.index().bindings.get(node.id, [])
                if len(rows) == 1 and type(rows[0].value) is ast.Constant and isinstance(rows[0].value.value, str):
                    return rows[0].value.value
        return None

    def _formatted(self, node: ast.JoinedStr, at: Position) -> Value:
        parts = [self.evaluate(one.value, at) for one in node.values if type(one) is ast.FormattedValue]
        return self._text(parts) if parts else NOTHING

    def _inner(self, node: Any, at: Position) -> Value:
        return self.evaluate(node.value, at)

    def _constant(self, node: ast.Constant, at: Position) -> Value:
        if isinstance(node.value, (str, bytes)):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            return Value(constant=text)
        return Value(constant="")

    # Choices and containers

    def _choice(self, node: ast.BoolOp, at: Position) -> Value:
        values = [self.evaluate(one, at) for one in node.values]
        if type(node.op) is ast.And:
            return self._either(values[-1:])
        return self._either(values)

    def _conditional(self, node: ast.IfExp, at: Position) -> Value:
        return self._either([self.evaluate(node.body, at), self.evaluate(node.orelse, at)])

    @staticmethod
    def _either(values: list[Value]) -> Value:
        if any((value.masked and not value.taints) or _is_mask(value) for value in values):
            return MASKED
        return union(values)

    def _dict(self, node: ast.Dict, at: Position) -> Value:
        values = []
        for key, item in zip(node.keys, node.values):
            found = self.evaluate(item, at)
            text = _key_text(key)
            values.append(found if key is None or text is None else self._field(text, found, item, at))
        joined = union(values)
        return Value(joined.taints, True if not joined.taints else joined.known)

    def _sequence(self, node: Any, at: Position) -> Value:
        values = [self.evaluate(one, at) for one in node.elts]
        joined = union(values)
        masked = joined.masked or any(_is_mask(value) for value in values)
        parts = tuple(values) if type(node) is ast.Tuple and len(values) <= _MOST_PARTS else ()
        return Value(joined.taints, all(v.known or not v.taints for v in values), masked, None, parts)

    def _comprehension(self, node: Any, at: Position) -> Value:
        return self._through(node, [node.elt], at)

    def _dict_comprehension(self, node: ast.DictComp, at: Position) -> Value:
        for generator in node.generators:
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
                    local.bindings[one.id] = [Binding(How.ELEMENT, 0, (), generator.iter, index if pairs else None, generator.iter)]
        # The names bound outside are those that hold here: look them up from this place.
        local.outer = _Frozen(at) if at.scope.node is not None or True else None  # type: ignore[assignment]
        inside = Position(local, 1, ())
        return union([self.evaluate(one, inside) for one in elements])

    # Calls

    def _call(self, node: ast.Call, at: Position) -> Value:
        function = node.func
        kind = type(function)
        name = function.attr if kind is ast.Attribute else function.id if kind is ast.Name else ""
        lower = name.lower()
        if not name:
            return UNKNOWN
        if name in ("locals", "vars", "globals", "dir") and len(node.args) <= 1:
            return self._everything(node, at)
        if self.words.sanitizes(name):
            return MASKED if node.args or kind is ast.Attribute else UNKNOWN
        if lower in self.knowledge.opaque:
            return NOTHING
        dotted_name = dotted(function)
        source = self._sources.get(dotted_name)
        if source is not None:
            trail = Trail(at.scope.module.path, node, f"{dotted_name}() returns a secret", None)
            return Value((Taint(Kind.FLOW, source.field, source.grade, "secret", dotted_name, None, trail),))
        keyed = self._by_key(node, name, at)
        if keyed is not None:
            return keyed
        target = self._target(node, at)
        if target is not None:
            value = self._applied(target, node, at)
            if value.masked or value.taints or value.known:
                named = self._by_name(name, node, at) if not value.taints and not value.masked and not value.known else None
                return named if named is not None else value
        if kind is ast.Name and (lower in self.knowledge.carrier_functions or lower in ("print",)):
            return self._text([self.evaluate(one, at) for one in self._arguments(node)]) if node.args or node.keywords else NOTHING
        if kind is ast.Attribute and lower in self.knowledge.carrier_functions and node.args and self._is_module(function.value, at):
            return self._text([self.evaluate(one, at) for one in node.args])
        if kind is ast.Attribute:
            carried = self._carried(node, name, lower, at)
            if carried is not None:
                return carried
        if kind is ast.Attribute and lower in self.knowledge.carrier_functions:
            return self._text([self.evaluate(one, at) for one in self._arguments(node)])
        named = self._by_name(name, node, at)
        if named is not None:
            return named
        return UNKNOWN

    @staticmethod
    def _is_module(node: ast.expr, at: Position) -> bool:
        head = dotted(node).partition(".")[0]
        return head in at.scope.module.imports

    @staticmethod
    def _arguments(node: ast.Call) -> list[ast.expr]:
        return [*node.args, *(keyword.value for keyword in node.keywords)]

    def _by_key(self, node: ast.Call, name: str, at: Position) -> Value | None:
        """``options.get("password")``, ``os.getenv("TOKEN")``, ``getattr(user, "password")``."""
        if name == "getattr" and len(node.args) >= 2:
            key = _key_text(node.args[1])
            if key is not None:
                return self._attribute(ast.copy_location(ast.Attribute(node.args[0], key, ast.Load()), node), at)
            owner = last_name(node.args[0])
            if owner.lower() in _DYNAMIC_OWNERS:
                return self._any_option(node, node.args[0], node.args[1], at)
            return UNKNOWN
        if name not in _BY_KEY or not node.args:
            return None
        for argument in node.args[:2]:
            key = _key_text(argument)
            if key is None:
                continue
            word = self.words.sensitive(key)
            if word is not None and word.grade > BULK:
                return Value((self._taint(word, key, node, at),))
        first = _key_text(node.args[0])
        if first is not None and type(node.func) is ast.Attribute and name in ("get", "pop", "setdefault"):
            return self._item(node.func.value, first, node, at)
        if type(node.func) is ast.Attribute and name == "get" and type(node.args[0]) is ast.Name:
            owner = last_name(node.func.value)
            if owner.lower() in _DYNAMIC_OWNERS and owner.lower() != "params":
                found = self._any_option(node, node.func.value, node.args[0], at)
                if found.taints:
                    return found
            base = self.evaluate(node.func.value, at)
            return Value(tuple(taint._replace(key=None) for taint in base.taints), base.known, base.masked)
        return UNKNOWN if type(node.func) is not ast.Attribute or name not in ("get", "pop") else None

    def _any_option(self, node: ast.Call, owner: ast.expr, name: ast.expr, at: Position) -> Value:
        """One value after the other of everything an object has: in a loop over its names."""
        while type(name) is ast.Attribute:
            name = name.value
        if type(name) is not ast.Name:
            return UNKNOWN
        bindings = at.scope.index().reaching(name.id, at.order, at.block)
        if not any(binding.how is How.ELEMENT for binding in bindings) or self._looks_at_names(at.scope):
            return UNKNOWN
        trail = Trail(at.scope.module.path, node, f"any attribute of {render(owner)}", None)
        return Value((Taint(Kind.LOCALS, "all-options", LIKELY, "object", render(node), None, trail),))

    def _looks_at_names(self, scope: Scope) -> bool:
        """Tell whether a function asks if a name is a sensitive one before it prints the value."""
        for statement in scope.statements:
            if type(statement.node) is ast.If:
                for one in ast.walk(statement.node.test):
                    if type(one) is ast.Constant and isinstance(one.value, str) and self.words.sensitive(one.value.strip("_") + "_x"[:0]) is not None:
                        return True
                    if type(one) in (ast.Name, ast.Attribute) and _ASKS.search(last_name(one)):
                        return True
        return False

    def _carried(self, node: ast.Call, name: str, lower: str, at: Position) -> Value | None:
        """A method whose result holds what its object, or its arguments, hold."""
        function = node.func
        assert isinstance(function, ast.Attribute)
        if lower not in self.knowledge.carrier_methods:
            return None
        base = function.value
        if lower in ("format", "join", "substitute", "safe_substitute", "format_map"):
            values = [self.evaluate(one, at) for one in self._arguments(node)]
            if type(base) is not ast.Constant:
                values.append(self.evaluate(base, at))
            return self._text(values)
        value = self.evaluate(base, at)
        if lower in ("to_dict", "todict", "as_dict") and type(base) in (ast.Name, ast.Attribute):
            word = self.words._judge_object(f"{last_name(base)} to dict") or self.words._judge_object(f"{last_name(base)} dict")
            if "context" in last_name(base).lower() or last_name(base) in ("ctx", "ctxt"):
                word = Word("request-context", LIKELY, "object", "container")
            if word is not None and word.grade > BULK:
                return Value((self._taint(word, render(node), node, at),), False)
        if lower in ("split", "partition", "rpartition", "rsplit") and node.args and _key_text(node.args[0]) in ("@", "?", "://"):
            return MASKED  # the part of an address without its credentials, or the reverse that the code chose
        if lower in ("replace",) and len(node.args) >= 2:
            if _is_mask(self.evaluate(node.args[1], at)):
                return MASKED
        if lower in ("read", "readlines", "getvalue", "json", "text") and not value.taints:
            return None
        return value

    def _everything(self, node: ast.Call, at: Position) -> Value:
        """``locals()``: every name of the function."""
        if node.args:
            taint = Taint(Kind.LOCALS, "all-attributes", BULK, "object", render(node), None, Trail(at.scope.module.path, node, f"every attribute of {render(node.args[0])}", None))
            shape = self.shapes.of(last_name(node.args[0]), at.scope)
            more: tuple[Taint, ...] = ()
            if shape is not None:
                more = (Taint(Kind.LOCALS, shape.field, shape.grade, shape.category, shape.key, shape.key, Trail(shape.path, shape.node, f"{last_name(node.args[0])} holds {shape.key!r}", None)),)
            return Value((taint, *more, *self._class_fields(node.args[0], at)))
        scope = at.scope.index()
        taints = []
        for name in [*scope.parameters, *scope.bindings]:
            word = self.words.sensitive(name)
            if word is not None and word.grade > BULK and "." not in name:
                trail = Trail(at.scope.module.path, node, f"{name} is one of the local names", None)
                taints.append(Taint(Kind.LOCALS, word.field, word.grade, word.category, name, name, trail))
        if not taints:
            trail = Trail(at.scope.module.path, node, "every local name", None)
            taints.append(Taint(Kind.LOCALS, "all-locals", BULK, "object", "locals()", None, trail))
        return Value(tuple(taints[:4]))

    def _by_name(self, name: str, node: ast.Call, at: Position) -> Value | None:
        """A call whose own name says what it returns."""
        words = split_words(name)
        if not words or words[0] in self.knowledge.action_verbs or name[:1].isupper():
            return None
        word = self.words.sensitive(name)
        if word is not None and word.grade > BULK and self._counts(word, name, at):
            return Value((self._taint(word, f"{name}()", node, at),))
        if words[0] in self.knowledge.accessor_verbs:
            other = self.words._judge_object(name)
            if other is not None and other.grade > BULK:
                return Value((self._taint(other, f"{name}()", node, at),), False)
        return None

    def _target(self, node: ast.Call, at: Position) -> Scope | None:
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
            return module.functions.get(name) or self.resolver.function(module, name)
        if type(function) is ast.Attribute and type(function.value) is ast.Name:
            base = function.value.id
            if base in ("self", "cls"):
                while scope is not None and scope.owner is None:
                    scope = scope.outer
                return self._method(scope.owner, function.attr, 0) if scope is not None and scope.owner else None
            module = at.scope.module
            if base in module.imports:
                return self.resolver.function(module, f"{base}.{function.attr}")
        return None

    def _method(self, owner: Class, name: str, depth: int) -> Scope | None:
        found = owner.methods.get(name)
        if found is not None or depth > 4:
            return found
        for base in owner.bases[:4]:
            klass = owner.module.classes.get(last_name(base)) or self.resolver.klass(owner.module, dotted(base))
            if klass is not None and klass is not owner:
                found = self._method(klass, name, depth + 1)
                if found is not None:
                    return found
        return None

    def returned(self, function: Scope) -> Value:
        """What a function returns, in terms of its parameters."""
        if function.summary is not None:
            return function.summary  # type: ignore[return-value]
        if id(function) in self._active or self._depth > _DEEPEST - 6:
            return UNKNOWN
        self._active.add(id(function))
        try:
            function.index()
            values = []
            for statement in function.returns[:_MOST_RETURNS]:
                value = statement.node.value  # type: ignore[attr-defined]
                if isinstance(value, (ast.Yield, ast.YieldFrom)):
                    value = value.value
                if value is not None:
                    values.append(self.evaluate(value, Position(function, statement.order, statement.block)))
        finally:
            self._active.discard(id(function))
        result = self._either(values) if values else UNKNOWN
        if values and all(value.constant is not None for value in values):
            result = UNKNOWN  # a stub, or a default that others replace: its name says more
        tuples = [value for value in values if value.constant is None]
        sizes = {len(value.parts) for value in tuples}
        if len(sizes) == 1 and sizes != {0}:
            result = result._replace(parts=tuple(union([one.parts[i] for one in tuples]) for i in range(sizes.pop())))
        if any(value.masked for value in values) and all(taint.category == "parameter" for taint in result.taints):
            result = MASKED  # it masks at least some of what it is given
        result = result._replace(constant=None)
        if self._depth < _DEEPEST // 2:
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
                taints.append(self._step(taint, at.scope.module.path, node, f"{render(node.func)}() returns it"))
                continue
            argument = self.argument(function, taint.name, node)
            if argument is None:
                continue
            given = self.evaluate(argument, at)
            known = known or given.known
            for one in given.taints:
                if one.category == "parameter":
                    taints.append(one)
                else:
                    taints.append(self._step(one, at.scope.module.path, node, f"{render(node.func)}() returns it"))
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


_ASKS = re.compile(r"sensitiv|secret|hidden|redact|mask|no_log|private", re.IGNORECASE)


class _Frozen:
    """A scope as it is at one place, for the names a comprehension takes from around it."""

    def __init__(self, at: Position) -> None:
        self._at = at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._at.scope, name)

    def index(self) -> Any:
        self._at.scope.index()
        return self

    def reaching(self, name: str, order: int, block: tuple[int, ...]) -> list[Binding]:
        at = self._at
        return at.scope.reaching(name, min(order, at.order), block or at.block)


# A name for the address of something stored, rather than of a page or a service.
_STORED_ADDRESSES = frozenset("uri uris location locations loc dsn".split())
_LEXICAL_PACKAGES = frozenset("tokenize token ply lark pygments shlex nltk spacy tiktoken sqlparse parso lib2to3".split())
_BY_KEY = frozenset(
    "get pop getenv getlist get_option get_value getvalue get_param get_parameter get_setting get_config option setting "
    "get_secret_value config_get lookup get_header getheader get_argument get_cookie get_str get_string getfirst env config".split()
)


def render_binding(node: ast.AST) -> str:
    """Return a statement that binds a name as code without literals, shortened."""
    if isinstance(node, ast.Assign):
        return f"{render(node.targets[0])} = {render(node.value)}"
    if isinstance(node, ast.AnnAssign):
        return f"{render(node.target)} = {render(node.value)}" if node.value is not None else render(node.target)
    if isinstance(node, ast.AugAssign):
        return f"{render(node.target)} += {render(node.value)}"
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return f"for {render(node.target)} in {render(node.iter)}"
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return f"with {render(node.items[0].context_expr)}"
    if isinstance(node, ast.Expr):
        return render(node.value)
    return render(node)


def _key_text(key: object) -> str | None:
    if type(key) is ast.Constant and isinstance(key.value, str):
        return key.value
    return None


def _is_mask(value: Value) -> bool:
    text = value.constant
    if text is None or value.taints:
        return False
    lower = text.lower()
    return any(mask in lower for mask in _MASKS) and len(text) < 60


def _harmless(value: Value) -> bool:
    """Tell whether a value is understood, and is nothing but fixed text, a number, or the answer to a question."""
    if value.taints:
        return False
    if value.constant is not None:
        return not value.constant or _is_mask(value) or " " in value.constant or len(value.constant) < 3
    return value.known


def _excludes(test: ast.expr) -> bool:
    """Tell whether the condition of a comprehension leaves some keys out, or lets some through."""
    if type(test) is ast.Compare:
        return type(test.ops[0]) in (ast.NotIn, ast.NotEq, ast.In)
    if type(test) is ast.UnaryOp and type(test.op) is ast.Not:
        return True
    return type(test) is ast.BoolOp and any(_excludes(one) for one in test.values)


def _pairs(iterated: ast.expr) -> bool:
    return type(iterated) is ast.Call and last_name(iterated.func) in ("items", "iteritems", "viewitems", "enumerate")


def _is_short(index: ast.Slice) -> bool:
    for bound in (index.lower, index.upper):
        if type(bound) is ast.UnaryOp:
            bound = bound.operand
        if type(bound) is ast.Constant and isinstance(bound.value, int) and 0 < bound.value <= 8:
            return True
    return False


def _article(word: Word) -> str:
    if word.category == "object":
        return f"a whole object ({word.field})"
    return f"named like a secret ({word.field})" if word.category == "secret" else f"named like personal data ({word.field})"


SURE_GRADE = SURE
