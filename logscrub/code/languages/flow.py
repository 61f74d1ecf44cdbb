"""Follows values through the functions of one file, and notes what is printed.

Nothing here calls itself on the tree: each step is a generator that yields the nodes it wants to know the value of, and
``_drive`` runs them on a stack of its own.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import replace

from tree_sitter import Node

from logscrub.code.languages import forms
from logscrub.code.languages.calls import Calls, Work
from logscrub.code.languages.forms import Form, Reader, text, text_of
from logscrub.code.languages.marks import Marks
from logscrub.code.languages.names import Names, is_constant
from logscrub.code.languages.printed import STRINGS, Print, explain
from logscrub.code.languages.scopes import Learnt, Scope
from logscrub.code.languages.sinks import Sink, Sinks
from logscrub.code.languages.tables import Shared
from logscrub.code.languages.values import (
    CLEAN,
    LITERAL,
    MASKED,
    NULL,
    Taint,
    Value,
    all_taints,
    either,
    union,
)
from logscrub.code.model import CodeFinding, Kind, LogCall, Sensitivity
from logscrub.code.words import BULK
from logscrub.detect.keys import split_words

_MOST_NODES = 1_000_000
_DEEPEST = 2_000
# A part this short at either end is no secret.
_SHORT = 6
_SUFFIX_START = 4
_NOT_PRODUCTION = re.compile(
    r"(?i)\bis_?(?:in_?)?(?:test|dev|local)|(?-i:\bTEST\b)|!\s*[\w.]{0,80}is_?(?:in_?)?prod"
    r"|(?:env|environment|mode|profile)\b.{0,20}(?:!=+\s*[\"']prod|==+\s*[\"'](?:dev|test|local))"
)


class Flow:
    """One reading of a file.

    Args:
        path: the file, as findings name it.
        lines: its lines.
        read: the reader of its language.
        names: the judge of names.
        shared: what functions are called.
        sinks: what prints.
        learnt: what an earlier reading found out.
        bare_structs: printing a value prints its fields, as in Go.
    """

    def __init__(
        self,
        path: str,
        lines: list[bytes],
        read: Reader,
        names: Names,
        shared: Shared,
        sinks: Sinks,
        learnt: Learnt,
        *,
        bare_structs: bool,
    ) -> None:
        self.marks = Marks(path, lines, shared)
        self.read = read
        self.names = names
        self.shared = shared
        self.sinks = sinks
        self.before = learnt
        self._bare_structs = bare_structs
        self.learnt = Learnt(
            functions=dict(learnt.functions),
            methods=dict(learnt.methods),
            types=dict(learnt.types),
            printing=set(learnt.printing),
        )
        self._defined: set[int] = set()
        self.findings: list[CodeFinding] = []
        self.calls: list[LogCall] = []
        self.too_deep = False
        self.too_long = False
        self._scope = Scope(name="<module>", vars=dict(learnt.constants))
        self._not_production = 0
        self._nodes = 0
        self._calls = Calls(self)

    def run(self, root: Node) -> None:
        """Read the whole file."""
        stack: list[Work] = [self._sequence([root])]
        result: Value | None = None
        while stack:
            try:
                node = next(stack[-1]) if result is None else stack[-1].send(result)
            except StopIteration as stop:
                stack.pop()
                result = stop.value
                if not stack:
                    self.learnt.settle()
                continue
            self._nodes += 1
            if self._nodes > _MOST_NODES:
                self.too_long = True
                return
            if len(stack) > _DEEPEST:
                self.too_deep = True
                result = Value()
                continue
            form = self.read(node)
            if isinstance(form, forms.Name):
                result = self._name(node, form.text)
            elif isinstance(form, forms.Literal):
                result = _literal(form)
            elif isinstance(form, forms.Import):
                result = self._import(form)
            elif isinstance(form, forms.Skip):
                result = Value()
            else:
                result = None
                stack.append(self._work(node, form))

    # --- forms

    def _work(self, node: Node, form: Form) -> Work:
        match form:
            case forms.Sequence():
                return self._sequence(form.nodes)
            case forms.Member():
                return self._member_of(node, form)
            case forms.Index():
                return self._index(node, form)
            case forms.Slice():
                return self._slice(form)
            case forms.Call():
                return self._calls.evaluate(node, form)
            case forms.Object():
                return self._object(node, form)
            case forms.Items():
                return self._items(form)
            case forms.Join():
                return self._join(form)
            case forms.Function():
                return self._function(node, form)
            case forms.Class():
                return self._class(form)
            case forms.Assign():
                return self._assign(node, form)
            case forms.Several():
                return self._several(node, form)
            case forms.Choice():
                return self._choice(form)
            case forms.Test():
                return self._test(form)
            case forms.Guard():
                return self._guard(form)
            case forms.Return():
                return self._return(form)
            case forms.Each():
                return self._each(node, form)
            case forms.Same():
                return self._same(form)
        raise AssertionError(form)

    def values(self, nodes: list[Node]) -> Generator[Node, Value, list[Value]]:
        """Return the values of several nodes."""
        values: list[Value] = []
        for node in nodes:
            values.append((yield node))  # noqa: PERF401 - a comprehension cannot yield
        return values

    def _sequence(self, nodes: list[Node]) -> Work:
        yield from self.values(nodes)
        return Value()

    def _same(self, form: forms.Same) -> Work:
        return (yield form.node)

    def _import(self, form: forms.Import) -> Value:
        for local, module in form.names:
            if self.sinks.is_module(module):
                self._scope.vars[local] = Value(logger=True)
        return Value()

    def _name(self, node: Node, name: str) -> Value:
        if name == "arguments":
            return self._arguments()
        value = self.lookup(name)
        return self._named(node, name, name, value or Value())

    def _named(self, node: Node, name: str, full: str, value: Value) -> Value:
        """Return a value as its name makes it look."""
        if value.logger or value.state in (MASKED, CLEAN):
            return value
        if self.names.masked(name):
            return Value(state=MASKED)
        word = self.names.sensitive(name)
        if word is not None:
            if value.state == LITERAL and not (value.text is not None and self.names.is_secret_text(value.text)):
                return value
            if any(one.sensitivity is Sensitivity.SECRET for one in all_taints(value)):
                return value
            if value.fields is not None and word.category == "secret":
                # The name of an object: what it holds decides.
                return value
            return replace(
                value, taints=(self.marks.taint(node, name, word), *value.taints), state="", parts=None, text=None
            )
        if value.taints or value.state or value.fields is not None:
            return self._with_type(node, value)
        whole = self.names.whole(full)
        if whole is not None and not (self._bare_structs and value.type in self.before.types):
            return replace(value, taints=(self.marks.whole(node, full, whole),))
        return self._with_type(node, value)

    def _with_type(self, node: Node, value: Value) -> Value:
        """Add the fields of a declared type that are printed with the value."""
        fields = self.before.types.get(value.type) if self._bare_structs and value.type else None
        if not fields or value.type in self.before.printing:
            return value
        known = dict(value.fields or {})
        for name, _ in fields:
            word = self.names.sensitive(name)
            if name not in known and word is not None and word.grade > BULK:
                known[name] = Value(taints=(self.marks.taint(node, name, word),))
        return replace(value, fields=known) if known else value

    def _arguments(self) -> Value:
        scope: Scope | None = self._scope
        while scope is not None and scope.function < 0:
            scope = scope.parent
        if scope is None:
            return Value()
        seeds = [one for key, one in self.before.seeds.items() if key[0] == scope.function]
        return union(seeds) if seeds else Value()

    def _member_of(self, node: Node, form: forms.Member) -> Work:
        base = yield form.base
        return self._member(node, base, form.name, text_of(form.base, self.read))

    def _member(self, node: Node, base: Value, name: str, base_name: str) -> Value:
        full = f"{base_name}.{name}" if base_name else name
        if base_name in ("this", "self"):
            value = self.lookup("this." + name)
            if value is not None:
                return self._named(node, name, full, value)
        if base.logger:
            return Value(logger=True)
        if self.names.masked(name):
            return Value(state=MASKED)
        known = base.member(name)
        if known is not None and (known.state in (MASKED, CLEAN, LITERAL) or known.taints or known.fields is not None):
            return known
        lowered = name.lower()
        if lowered in self.shared.opaque_members:
            return Value(state=CLEAN)
        last = base_name.rsplit(".", 1)[-1]
        if self.names.is_label(last) or (is_constant(name) and last[:1].isupper()):
            return Value(state=CLEAN)
        if base.taints and lowered in self.shared.same:
            return Value(base.taints, params=base.params)
        if self.names.about(name):
            return Value(state=CLEAN)
        # Of a whole object only the one member is printed.
        fields = self.before.types.get(base.type, ())
        declared = next((one for field_name, one in fields if field_name == name), "")
        return self._named(node, name, full, Value(type=declared))

    def _index(self, node: Node, form: forms.Index) -> Work:
        base = yield form.base
        index = yield form.index
        base_name = text_of(form.base, self.read)
        if index.text is not None:
            return self._member(node, base, index.text, base_name)
        if index.number == 0 and base.taints and all(one.field == "authorization" for one in base.taints):
            return Value()  # "Bearer", or the header of a JWT
        return self._element(base)

    def _element(self, base: Value) -> Value:
        if base.fields is not None:
            return Value()
        return Value(tuple(one for one in base.taints if one.sensitivity is not Sensitivity.BULK), params=base.params)

    def _slice(self, form: forms.Slice) -> Work:
        base = yield form.base
        start = (yield form.start) if form.start is not None else Value(number=0)
        end = (yield form.end) if form.end is not None else None
        return self.cut(base, start, end)

    def cut(self, base: Value, start: Value, end: Value | None) -> Value:
        """Return a part of a text: a few characters at either end can be shown."""
        if end is None:
            shows_little = start.number is None or 0 < start.number <= _SUFFIX_START or start.number < 0
        else:
            shows_little = start.number == 0 and end.number is not None and end.number <= _SHORT
        if base.taints and shows_little:
            return Value(state=MASKED)
        return Value(base.taints, params=base.params)

    def _object(self, node: Node, form: forms.Object) -> Work:
        fields: dict[str, Value] = {}
        taints: list[Value] = []
        for spread in form.spreads:
            value = yield spread
            fields.update(value.fields or {})
            taints.append(Value(value.taints))
        for entry in form.entries:
            if entry.value is None:
                fields[entry.key] = Value(state=CLEAN)
                continue
            value = yield entry.value
            key = entry.key
            if entry.computed is not None:
                computed = yield entry.computed
                key = computed.text or ""
            if key:
                fields[key] = self.keyed(entry.value, key, value)
            else:
                taints.append(value)
        yield from self.values(form.functions)
        held = union(taints)
        return Value(held.taints, fields=fields, params=held.params, type=form.type)

    def keyed(self, node: Node, key: str, value: Value) -> Value:
        """Return the value of a key, as the key makes it look."""
        stored = value.stored(None)
        if self.names.masked(key):
            return Value(state=MASKED)
        if value.state in (MASKED, CLEAN, NULL) or any(
            one.sensitivity is Sensitivity.SECRET for one in all_taints(value)
        ):
            return stored
        word = self.names.sensitive(key)
        if word is None or word.grade == BULK or value.fields is not None:
            return stored
        if value.state == LITERAL and not (value.text is not None and self.names.is_secret_text(value.text)):
            return stored
        called = self._called_name(node)
        if called and (self.names.about(called) or split_words(called)[:1] in (["is"], ["has"])):
            return stored
        return Value((self.marks.taint(node, key, word, Kind.CONTAINER), *value.taints), params=value.params)

    def _called_name(self, node: Node) -> str:
        form = self.read(node)
        while isinstance(form, forms.Same):
            form = self.read(form.node)
        return (
            form.name
            if isinstance(form, forms.Call | forms.Member)
            else form.text
            if isinstance(form, forms.Name)
            else ""
        )

    def _items(self, form: forms.Items) -> Work:
        values = yield from self.values(form.nodes)
        found = union(values)
        found.type = form.type
        if form.type and found.state == LITERAL:
            found.state = ""
        return found

    def _join(self, form: forms.Join) -> Work:
        parts: list[str | tuple[Node, Value]] = []
        values: list[Value] = []
        for part in form.parts:
            if isinstance(part, str):
                parts.append(part)
                values.append(Value(state=LITERAL))
                continue
            value = yield part
            values.append(value)
            if value.parts is not None:
                parts += value.parts
            elif value.text is not None and part.type in STRINGS and value.flags is None:
                parts.append(value.text)
            else:
                parts.append((part, value))
        found = union(values)
        found.parts = parts
        return found

    def _choice(self, form: forms.Choice) -> Work:
        if form.condition is not None:
            yield form.condition
        values = yield from self.values(form.options)
        return either(values)

    def _test(self, form: forms.Test) -> Work:
        values = yield from self.values(form.nodes)
        number = values[0].number if len(values) == 1 else None
        return Value(state=CLEAN, number=-number if number is not None else None)

    def _guard(self, form: forms.Guard) -> Work:
        if form.first is not None:
            yield form.first
        spared = False
        if form.condition is not None:
            yield form.condition
            spared = _NOT_PRODUCTION.search(text(form.condition)[:300]) is not None
        self._not_production += spared
        if form.then is not None:
            yield form.then
        self._not_production -= spared
        if form.otherwise is not None:
            yield form.otherwise
        return Value()

    def _each(self, node: Node, form: forms.Each) -> Work:
        over = yield form.over
        inner = Value(over.taints, params=over.params)
        if over.fields is not None:
            inner = Value(all_taints(over), params=over.params)
        for name in form.binds:
            self._store(node, name, inner)
        if form.body is not None:
            yield form.body
        return Value()

    def _return(self, form: forms.Return) -> Work:
        values = yield from self.values(form.nodes)
        if values:
            self._give_back(values[0])
        return Value()

    def _give_back(self, value: Value) -> None:
        scope: Scope | None = self._scope
        while scope is not None and scope.function < 0:
            scope = scope.parent
        if scope is None:
            return
        before = self.learnt.returns.get(scope.function)
        stored = value.stored(None)
        self.learnt.returns[scope.function] = stored if before is None else either([before, stored])

    # --- names and assignments

    def lookup(self, name: str) -> Value | None:
        """Return what a variable, or a member of the class around, is known to hold here."""
        scope: Scope | None = self._scope
        member = "this." + name
        while scope is not None:
            value = scope.vars.get(name)
            if value is None:
                value = scope.vars.get(member)
            if value is not None:
                return value
            scope = scope.parent
        return None

    def _several(self, node: Node, form: forms.Several) -> Work:
        # user, password := login(): of several results the one that is named like it is the password.
        named = any(
            one.value is None and any(self.names.sensitive(name) for name, _ in one.binds) for one in form.assigns
        )
        for one in form.assigns:
            yield from self._assign(node, one, plain=named)
        return Value()

    def _assign(self, node: Node, form: forms.Assign, *, plain: bool = False) -> Work:
        value = (yield form.value) if form.value is not None else Value(state=CLEAN if form.adds else "")
        if plain and value.taints:
            value = replace(value, taints=())
        if form.type and not value.type:
            value = replace(value, type=form.type)
        if form.value is not None and not value.state and not value.taints and value.fields is None:
            called = self._called_name(form.value)
            if called and self.names.about(called) and not self.names.masked(called):
                value = replace(value, state=CLEAN)
        if form.constant and value.state == LITERAL:
            value = replace(value, state=CLEAN)
            if self._scope.parent is None:
                for name, _ in form.binds:
                    self.learnt.constants[name] = value.stored(None)
        for name, member in form.binds:
            taken = self._member(node, value, member, "") if member else value
            if self.names.is_error(name) and not self._is_made(form.value):
                taken = replace(taken, taints=(), fields=None)
            if form.adds:
                taken = union([self.lookup(name) or Value(), taken])
            self._store(node, name, taken)
        if form.target is not None:
            yield from self._assign_target(form, value)
        return value

    def _is_made(self, node: Node | None) -> bool:
        """Tell whether an error is made here, with what it says: ``fmt.Errorf("no %s", x)``, ``new Error(x)``."""
        form = self.read(node) if node is not None else None
        return isinstance(form, forms.Call) and (form.new or form.name.lower() in self.shared.carriers)

    def _assign_target(self, form: forms.Assign, value: Value) -> Work:
        assert form.target is not None
        target = self.read(form.target)
        if isinstance(target, forms.Member):
            base_name = text_of(target.base, self.read)
            if base_name in ("this", "self"):
                self._store(form.target, "this." + target.name, value)
                return Value()
            yield target.base
            self.put(form.target, base_name, target.name, value)
        elif isinstance(target, forms.Index):
            yield target.base
            index = yield target.index
            self.put(form.target, text_of(target.base, self.read), index.text or "", value)
        else:
            yield form.target
        return Value()

    def put(self, node: Node, base_name: str, key: str, value: Value) -> None:
        """Note that a member of a variable holds a value."""
        holder = self.lookup(base_name)
        if holder is None:
            holder = Value()
            self._scope.vars[base_name] = holder
        if not key:
            held = union([Value(holder.taints), value.stored(self.marks.step(node, f"put into `{base_name[:60]}`"))])
            holder.taints = held.taints
            return
        if holder.fields is None:
            holder.fields = {}
        holder.fields[key] = self.keyed(node, key, value)

    def _store(self, node: Node, name: str, value: Value) -> None:
        plain = name.removeprefix("this.")
        if plain == "_":
            return
        if self.names.masked(plain) and not value.logger:
            stored = Value(state=MASKED)
        else:
            step = self.marks.step(node, f"assigned to `{plain[:60]}`") if value.taints else None
            stored = value.stored(step)
            if stored.state == NULL:
                stored.state = ""
        if name != plain:
            scope = self._class_scope()
            before = scope.vars.get(name)
            scope.vars[name] = stored if before is None else either([before, stored])
            return
        # A variable of an outer function that is given a value in an inner one.
        scope = self._scope
        at: Scope | None = self._scope
        while at is not None:
            if name in at.vars:
                scope = at
                break
            at = at.parent
        scope.vars[name] = stored

    def _class_scope(self) -> Scope:
        scope = self._scope
        while scope.parent is not None and not (scope.owner and scope.function < 0):
            scope = scope.parent
        return scope

    # --- functions

    def _class(self, form: forms.Class) -> Work:
        if form.fields:
            self.learnt.types[form.name] = form.fields
        before = self._scope
        self._scope = Scope(before, name=form.name, owner=form.name or "?")
        for name, declared in form.fields:
            self._scope.vars["this." + name] = Value(type=declared)
        yield from self.values(form.nodes)
        self._scope = before
        return Value()

    def _function(self, node: Node, form: forms.Function) -> Work:
        key = node.start_byte
        before = self._scope
        owner = form.owner or before.owner
        self._define(key, form.name, owner)
        scope = Scope(before, key, form.name)
        self._scope = scope
        if form.me and form.me != "this":
            scope.vars[form.me] = Value(type=form.owner)
        for index, parameter in enumerate(form.parameters):
            if parameter.default is not None:
                yield parameter.default
            seed = self.before.seeds.get((key, index))
            for name, member in parameter.binds:
                value = Value(params=((key, index),), type=parameter.type, logger=self.sinks.is_type(parameter.type))
                if seed is not None and not value.logger:
                    taken = self._member(node, seed, member, "") if member else seed
                    value.taints = taken.taints
                    value.fields = taken.fields
                elif member and not value.logger:
                    value = self._member(node, value, member, "")
                scope.vars[name] = Value(state=MASKED) if self.names.masked(name) else value
                if parameter.member:
                    self._class_scope().vars["this." + name] = scope.vars[name]
        result = Value(state=CLEAN)
        if form.body is not None:
            held = yield form.body
            if form.arrow:
                self._give_back(held)
                # Whoever is given the function prints what it gives back: LOG.debug(() -> "…" + x).
                result = Value(held.taints, CLEAN, params=held.params, parts=held.parts)
        self._scope = before
        return result

    def _define(self, key: int, name: str, owner: str) -> None:
        learnt = self.learnt
        if not name or key in self._defined:
            return
        self._defined.add(key)
        if owner:
            learnt.methods[(owner, name)] = key
            if name in (
                "String",
                "toString",
                "MarshalJSON",
                "GoString",
                "LogValue",
                "MarshalLogObject",
                "Format",
                "Error",
            ):
                learnt.printing.add(owner)
        known = learnt.functions.get(name)
        learnt.functions[name] = key if known in (None, key) else -1

    # --- what is printed

    def _qualified(self) -> str:
        names: list[str] = []
        scope: Scope | None = self._scope
        while scope is not None and scope.parent is not None:
            if scope.name:
                names.append(scope.name)
            scope = scope.parent
        return ".".join(reversed(names)) or "<module>"

    def report(self, node: Node, form: forms.Call, args: list[Value], sink: Sink) -> None:
        """Note a call that prints, and what it should not print."""
        printed = Print(
            place=self.marks.place(node),
            function=self._qualified(),
            sink=sink.sink,
            receiver=sink.receiver,
            level=sink.level,
            screen=sink.screen,
            only_elsewhere=self._not_production > 0,
            pairs=sink.pairs,
        )
        pieces = explain(form.args[sink.skip :], args[sink.skip :], args[sink.skip] if len(args) > sink.skip else None)
        call, findings = printed.report(pieces, self.marks.place, self._hinted)
        self.calls.append(call)
        self.findings += findings

    def _hinted(self, node: Node, value: Value, name: str, pair: bool) -> tuple[Taint, ...]:
        """Return what a piece is by the name it is printed under, where its own name says nothing.

        As a part of a sentence the name counts less than as the key of a pair of arguments.
        """
        if not name or value.state or value.fields is not None:
            return ()
        own = self._called_name(node)
        if own.lower() not in self.shared.neutral and not (pair and self._is_open(own)):
            return ()
        word = self.names.sensitive(name)
        return () if word is None or word.grade == BULK else (self.marks.taint(node, name, word),)

    def _is_open(self, own: str) -> bool:
        return not (self.names.about(own) or self.names.is_error(own) or self.names.sanitizes(own))


def _literal(form: forms.Literal) -> Value:
    if form.kind == "text":
        return Value(state=LITERAL, text=form.text)
    if form.kind == "regex":
        return Value(state=CLEAN, text=form.text, flags=form.flags)
    if form.kind == "null":
        return Value(state=NULL)
    return Value(state=CLEAN, number=form.number)
