"""Follow data backwards: from an expression that is printed to where its value comes from.

Evaluation starts at what a log call prints, so that code which never reaches a log costs nothing. Within a function it
reads bindings backwards in the order of the text; across functions it uses summaries: what a function returns in terms
of its parameters. Nothing is run; depth and number of steps are bounded.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import Any

from logscrub.code.access import Access
from logscrub.code.calls import Calls
from logscrub.code.knowledge import Knowledge, vocabulary
from logscrub.code.model import Kind
from logscrub.code.module import Binding, How, Scope, is_pairs
from logscrub.code.position import Position, Resolver
from logscrub.code.render import is_text_type, key_text, last_name
from logscrub.code.shapes import Shapes
from logscrub.code.taint import MASKED, NOTHING, SPLITS, UNKNOWN, Taint, Trail, Value, is_harmless, is_mask, union
from logscrub.code.texts import Texts
from logscrub.code.words import BULK, LIKELY, SURE, Word, Words, is_lexical
from logscrub.detect.keys import split_words

_DEEPEST = 24
_MOST_BINDINGS = 8
_MOST_STEPS = 4000
# Values of these types are no secrets, or do not show them.
_NOT_THE_VALUE = vocabulary("not_the_value")
_TEXT_METHODS = vocabulary("text_methods")
_ATTRIBUTE = re.compile(r"(?<![\w.])(\w{1,60})\.([a-z]\w{0,60})\b")
_SAFE_TYPES = frozenset({"bool", "int", "float", "SecretStr", "SecretBytes", "Secret", "datetime", "timedelta", "Path"})
_STORED_ADDRESSES = vocabulary("stored_addresses")
_LEXICAL_PACKAGES = vocabulary("language_packages")


class Flow:
    """The evaluator.

    Args:
        words: judges names.
        knowledge: what is known of libraries.
        shapes: which containers are known to have which sensitive keys.
        resolver: finds functions and classes of other modules.
        bulk: follow whole objects through functions that nobody knows, too.
    """

    def __init__(
        self, words: Words, knowledge: Knowledge, shapes: Shapes, resolver: Resolver, bulk: bool = False
    ) -> None:
        self.words = words
        self.knowledge = knowledge
        self.shapes = shapes
        self.resolver = resolver
        self.bulk = bulk
        self.depth = 0
        self._steps = 0
        self._seen: dict[int, tuple[ast.AST, Value]] = {}
        self.active: set[int] = set()
        self.sources = {call: source for source in knowledge.sources for call in source.calls}
        self.access = Access(self)
        self.texts = Texts(self)
        self.calls = Calls(self)
        self._handlers: dict[type, Callable[[Any, Position], Value]] = {
            ast.Name: self.name,
            ast.Attribute: self.access.attribute,
            ast.Subscript: self.access.subscript,
            ast.Call: self.calls.call,
            ast.BinOp: self.texts.operation,
            ast.BoolOp: self.texts.choice,
            ast.IfExp: self.texts.conditional,
            ast.JoinedStr: self.texts.formatted,
            ast.FormattedValue: self.texts.inner,
            ast.Dict: self.texts.dict,
            ast.List: self.texts.sequence,
            ast.Tuple: self.texts.sequence,
            ast.Set: self.texts.sequence,
            ast.Starred: self.texts.inner,
            ast.Await: self.texts.inner,
            ast.NamedExpr: self.texts.inner,
            ast.Constant: self.texts.constant,
            ast.ListComp: self.texts.comprehension,
            ast.GeneratorExp: self.texts.comprehension,
            ast.SetComp: self.texts.comprehension,
            ast.DictComp: self.texts.dict_comprehension,
            ast.Lambda: lambda node, at: UNKNOWN,
            ast.Compare: lambda node, at: NOTHING,
            ast.UnaryOp: lambda node, at: NOTHING,
        }

    def evaluate(self, node: ast.expr, at: Position) -> Value:
        """Return what is known of an expression's value."""
        memo = at.scope.memo
        key = id(node)
        found = memo.get(key)
        if found is not None and found[0] is node:
            known: Value = found[1]
            return known
        handler = self._handlers.get(type(node))
        if handler is None or self.depth > _DEEPEST or key in self.active:
            return UNKNOWN
        if self.depth == 0:
            self._steps = 0
            self._seen.clear()
        seen = self._seen.get(key)
        if seen is not None and seen[0] is node:
            return seen[1]
        self._steps += 1
        if self._steps > _MOST_STEPS:
            return UNKNOWN
        self.depth += 1
        self.active.add(key)
        try:
            value = handler(node, at)
        finally:
            self.depth -= 1
            self.active.discard(key)
        self._seen[key] = node, value
        # What was cut off by a bound is kept for this question only: asked from elsewhere there may be more.
        if self.depth < _DEEPEST // 2 and self._steps <= _MOST_STEPS:
            memo[key] = node, value  # the node too: its number must not be another's
        return value

    def name(self, node: ast.Name, at: Position) -> Value:
        """Return what a name is judged to hold: by its bindings where they tell, else by the name itself."""
        name = node.id
        if self.words.is_masked(name) or self._masks_a_field(name, at):
            return MASKED
        held = self.held(name, at)
        if held is not None and _NOT_THE_VALUE.intersection(split_words(name)[-1:]):
            held = held._replace(taints=tuple(t._replace(grade=min(t.grade, LIKELY)) for t in held.taints))
        word = self.words.sensitive(name)
        if word is not None and self.counts(word, name, at):
            if self._is_made_here(name, at):
                return UNKNOWN  # an object, which does not show what it holds
            if held is not None and word.field != "auth" and (held.masked or is_harmless(held)):
                return held._replace(constant=None)  # an expected signature is secret though it is a digest
            if name.isupper() and (held is None or held.constant is not None):
                # A constant names a key more often than it holds a secret.
                return UNKNOWN
            if word.grade > BULK:
                if held is not None and held.constant is not None:
                    word = word._replace(grade=LIKELY)  # written into the code, for all to see
                return Value((self.taint(word, name, node, at),))
            taint = self.taint(word, name, node, at)
            return union([held, Value((taint,))]) if held is not None else Value((taint,), False)
        if held is None:
            return self.object_value(name, node, at, UNKNOWN)
        if word is not None and held.taints and self._is_object(name, at.scope):
            held = held._replace(taints=tuple(t for t in held.taints if t.category != "secret" or t.key is not None))
        if held.known or held.masked or self._is_made_here(name, at):
            return held
        return self.object_value(name, node, at, held)

    @staticmethod
    def _is_made_here(name: str, at: Position) -> bool:
        """Tell whether a name is bound to an object of some class, whose text does not show what it holds."""
        for binding in at.scope.bindings.get(name, ())[-1:]:
            value = binding.value
            if binding.how is How.ASSIGN and isinstance(value, ast.Call):
                made = last_name(value.func)
                return made[:1].isupper() and not made.isupper()
        return False

    def _masks_a_field(self, name: str, at: Position) -> bool:
        """Tell whether a sensitive attribute of an object was overwritten: ``info.token = "***"``."""
        start = f"{name}."
        for bound, rows in at.scope.index().bindings.items():
            if bound.startswith(start) and self._is_sensitive_key(bound[len(start) :]):
                for row in rows:
                    if row.order < at.order and row.value is not None and row.how is How.ASSIGN:
                        value = self.evaluate(row.value, Position(at.scope, row.order, row.block))
                        if value.masked or is_mask(value):
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
                return self.bound(name, bindings, scope)
            if name in scope.parameters or name in (scope.variadic, scope.keyworded):
                return self._parameter(name, scope)
            scope, order, block = scope.outer, 1 << 30, ()
        module = at.scope.module
        if at.scope is not module.top:
            top = module.top.index()
            bindings = top.bindings.get(name, [])
            if bindings:
                return self.bound(name, bindings[-4:], top)
        return None

    def _parameter(self, name: str, scope: Scope) -> Value:
        node = scope.node
        if node is None:
            return UNKNOWN
        annotation = scope.annotations.get(name)
        if annotation is not None:
            kind = last_name(annotation)
            if kind in _SAFE_TYPES or (kind.endswith("Token") and not is_text_type(annotation)):
                return MASKED
        trail = Trail(scope.module.path, node, f"parameter {name} of {scope.qualname}", None)
        return Value((Taint(Kind.FLOW, "", 0, "parameter", name, None, trail),), known=False)

    def bound(self, name: str, bindings: Sequence[Binding], scope: Scope) -> Value:
        """Join what the bindings of a name give it; a mask in one of them makes all of it safe."""
        values: list[Value] = []
        removed: set[str] = set()
        masked = False
        for binding in bindings[:_MOST_BINDINGS]:
            if binding.how is How.REMOVE:
                key = key_text(binding.key)
                if key is None and isinstance(binding.key, ast.Name):
                    masked = True  # for key in SENSITIVE: info.pop(key)
                elif key and self._is_sensitive_key(key):
                    removed.add(key)
                continue
            if binding.how is How.ITEM and binding.value is not None:
                raw = self.evaluate(binding.value, Position(scope, binding.order, binding.block))
                if raw.masked or is_mask(raw):
                    key = key_text(binding.key)
                    if key is None or self._is_sensitive_key(key):
                        removed.add(key or "")
                        masked = True
                    continue
            value = self.binding(binding, scope)
            set_anew = binding.how in (How.ASSIGN, How.PART, How.ELEMENT)
            if set_anew and not value.taints and (value.masked or is_mask(value)):
                masked = True
            values.append(value)
        result = union(values) if values else UNKNOWN
        if len(values) == 1 and values[0].constant is not None and not masked:
            result = result._replace(constant=values[0].constant)
        if len(values) == 1:
            result = result._replace(parts=values[0].parts)
        if name in scope.parameters and all(b.block or b.how in (How.ITEM, How.ADD, How.REMOVE) for b in bindings):
            # Bound under a condition, or only changed: the parameter itself may still come here.
            result = union([result, self._parameter(name, scope)])
        if removed or masked:
            # Someone took care of what must not be shown.
            kept = tuple(
                t for t in result.taints if t.category == "parameter" or (t.key and t.key not in removed and not masked)
            )
            return Value(kept, known=True, masked=True)
        return result

    def _is_sensitive_key(self, key: str) -> bool:
        return self.words.sensitive(key) is not None or self.words.judge(key) is not None

    def binding(self, binding: Binding, scope: Scope) -> Value:
        """Return what one binding gives a name."""
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
            if isinstance(binding.key, int) and binding.key > 0 and not is_pairs(value):
                return Value((), known=False)  # one of several things in a row
            found = self.elements(found)
        if not found.taints:
            return found
        text = ""
        return found._replace(
            taints=tuple(self.step(taint, scope.module.path, node, text) for taint in found.taints),
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
        splits = isinstance(binding.value, ast.Call) and last_name(binding.value.func) in SPLITS
        if found.taints and isinstance(index, int) and ((any(told) and not told[index]) or (splits and index == 0)):
            return Value((), True)
        taints = found.taints
        if len(names) > 1 and not any(told) and not splits:
            taints = tuple(taint._replace(grade=min(taint.grade, LIKELY)) for taint in taints)
        return Value(taints, found.known and not found.taints, found.masked)

    @staticmethod
    def elements(found: Value) -> Value:
        """Return what the elements of a container hold."""
        return Value(tuple(taint._replace(key=None) for taint in found.taints), found.known, found.masked)

    @staticmethod
    def step(taint: Taint, path: str, node: ast.AST, text: str) -> Taint:
        """Lay one more step on the way of a taint."""
        if taint.trail.node is node:
            return taint
        kind = Kind.FLOW if taint.kind is Kind.NAME else taint.kind
        return taint._replace(kind=kind, trail=Trail(path, node, text, taint.trail))

    def _under(self, key: ast.expr | int | None, found: Value, at: Position, node: ast.AST) -> Value:
        """What a container holds once a value lies in it under a key."""
        text = key_text(key)
        if text is None:
            return Value(found.taints, found.known, found.masked)
        return self.field(text, found, node, at)

    def field(self, key: str, found: Value, node: ast.AST, at: Position) -> Value:
        """Return what a container holds once a value lies in it under a key."""
        if found.masked and not found.taints:
            return Value(masked=False)
        taints = [taint._replace(key=key) if taint.category != "parameter" else taint for taint in found.taints]
        word = self.words.sensitive(key)
        if (
            word is not None
            and word.grade > BULK
            and not is_harmless(found)
            and not any(t.grade >= word.grade for t in taints)
        ):
            trail = Trail(at.scope.module.path, node, f"a value is put under {key!r}", None)
            is_sure = found.constant is None and (word.field != "token" or self._is_about_logins(key, at))
            grade = word.grade if is_sure else min(word.grade, LIKELY)
            taints.append(Taint(Kind.CONTAINER, word.field, grade, word.category, key, key, trail))
        return Value(tuple(taints), found.known)

    def _caught(self, kind: ast.expr, binding: Binding, scope: Scope) -> Value:
        names = [last_name(one) for one in (kind.elts if isinstance(kind, ast.Tuple) else [kind])]
        if any(
            "requestexception" in name.lower()
            or "httperror" in name.lower()
            or "calledprocesserror" in name.lower()
            or "clienterror" in name.lower()
            for name in names
        ):
            trail = Trail(scope.module.path, binding.node, f"exception {' or '.join(names)}", None)
            return Value((Taint(Kind.EXCEPTION, "exception-text", BULK, "object", names[0], None, trail),))
        return NOTHING

    def taint(self, word: Word, name: str, node: ast.AST, at: Position, key: str | None = None) -> Taint:
        """Make the taint of something with a telling name."""
        kind = Kind(word.kind)
        if word.field == "token" and word.grade == SURE and not self._is_about_logins(name, at):
            word = word._replace(grade=LIKELY)
        trail = Trail(at.scope.module.path, node, f"{{}} is {word.described}", None)
        return Taint(kind, word.field, word.grade, word.category, name, key, trail)

    def counts(self, word: Word, name: str, at: Position) -> bool:
        """Tell whether a sensitive word is one here: the tokens of a parser are no secrets."""
        if word.field == "session-id":
            return "session-id" in at.scope.module.evidence
        if word.field != "token":
            return True
        if name in self._ordered(at.scope) or self._is_object(name, at.scope):
            return False  # a place in a stream, or a row of a table
        words = split_words(name)
        if (
            len(words) > 1
            and words[-1] == "token"
            and words[-2]
            in (
                "auth",
                "access",
                "api",
                "refresh",
                "bearer",
                "session",
                "id",
                "user",
                "admin",
                "csrf",
                "oauth",
                "secret",
            )
        ):
            return True
        module = at.scope.module
        if module.lexical is None:
            imported = {value.partition(":")[0].partition(".")[0] for value in module.imports.values()}
            module.lexical = is_lexical(module.path.rpartition("/")[2]) or not _LEXICAL_PACKAGES.isdisjoint(imported)
        if module.lexical or is_lexical(at.scope.qualname):
            return False
        return not (len(words) == 1 and words[0] == "tokens")

    @staticmethod
    def _is_about_logins(name: str, at: Position) -> bool:
        """Tell whether a token is one to log in with: a bare ``token`` only where the file speaks of such things."""
        evidence = at.scope.module.evidence
        return "currency" not in evidence and ("login" in evidence or len(split_words(name)) > 1)

    @staticmethod
    def _is_object(name: str, scope: Scope) -> bool:
        """Tell whether a function reads attributes of a name that no text has: ``token.expires_at``."""
        node = scope.node
        if node is None:
            return False
        found = scope.attributes
        if found is None:
            text = scope.module.lines(node.lineno, node.end_lineno or node.lineno)
            found = scope.attributes = frozenset(
                match[1] for match in _ATTRIBUTE.finditer(text) if match[2] not in _TEXT_METHODS
            )
        return name in found

    @staticmethod
    def _ordered(scope: Scope) -> frozenset[str]:
        """Names of what a function compares by size."""
        if scope.node is None:
            return frozenset()
        if scope.ordered is None:
            tests = [s.node.test for s in scope.index().statements if isinstance(s.node, (ast.If, ast.While))]
            found = [
                last_name(side)
                for test in tests
                for node in ast.walk(test)
                if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE))
                for side in (node.left, node.comparators[0])
            ]
            scope.ordered = frozenset(found)
        return scope.ordered

    def object_value(self, name: str, node: ast.expr, at: Position, held: Value) -> Value:
        """What an object is judged to hold by its name, and by the keys it is seen to have elsewhere."""
        taints = list(held.taints)
        shape = self.shapes.of(last_name(node), at.scope)
        if shape is not None:
            trail = Trail(shape.path, shape.node, f"{last_name(node)} holds {shape.key!r}", None)
            taints.append(Taint(Kind.CONTAINER, shape.field, shape.grade, shape.category, name, shape.key, trail))
        word = self._object_word(node, name, at)
        if word is not None and (shape is None or word.grade > shape.grade):
            taints.append(self.taint(word, name, node, at))
        return Value(tuple(taints), False, held.masked)

    def _object_word(self, node: ast.expr, name: str, at: Position) -> Word | None:
        word = None
        if isinstance(node, ast.Attribute):
            owner = last_name(node.value)
            if owner and owner not in ("self", "cls"):
                word = self.words.judge(f"{owner}_{name}")
        if word is None or word.category != "object":
            word = self.words.judge_object(name)
        if (
            word is not None
            and word.grade == BULK
            and word.field == "address"
            and "address" in at.scope.module.evidence
        ) and split_words(name)[-1] in _STORED_ADDRESSES:
            return word._replace(grade=LIKELY)
        return word
