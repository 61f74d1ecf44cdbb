"""Follows values through the functions of one file, and notes what is printed.

Nothing here calls itself on the tree: each step is a generator that yields the nodes it wants to know the value of, and
``_drive`` runs them on a stack of its own.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from logscrub.code.languages import forms
from logscrub.code.languages.forms import Form, Reader, text, text_of
from logscrub.code.languages.names import Names, is_constant
from logscrub.code.languages.printed import STRINGS, Print, explain
from logscrub.code.languages.sinks import Sink, Sinks
from logscrub.code.languages.tables import Shared, Whole
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
from logscrub.code.model import CodeFinding, Kind, LogCall, Place, Sensitivity, Step
from logscrub.code.words import BULK, SURE, Word
from logscrub.detect.keys import split_words
from logscrub.model import Severity

Work = Generator[Node, Value, Value]

_MOST_NODES = 1_000_000
_DEEPEST = 2_000
# A part this short at either end is no secret.
_SHORT = 6
_SUFFIX_START = 4
_NOT_PRODUCTION = re.compile(
    r"(?i)\bis_?(?:in_?)?(?:test|dev|local)|(?-i:\bTEST\b)|!\s*[\w.]{0,80}is_?(?:in_?)?prod"
    r"|(?:env|environment|mode|profile)\b.{0,20}(?:!=+\s*[\"']prod|==+\s*[\"'](?:dev|test|local))"
)
_WILDCARD = re.compile(r"(?<!\\)(?:\\\\)*(?:\.|\[\^|\\[wWsSdD])")
_SEES = {"secret": "code.secret-in-log", "personal": "code.personal-in-log"}
_WRITES_TO = frozenset({"fprint", "fprintf", "fprintln"})
_REPLACES = frozenset({"replace", "replaceall", "replacefirst"})
_CUTS = frozenset({"substring", "substr", "slice", "subsequence"})
_FORMATS = frozenset({"format", "sprintf", "formatted", "errorf", "sprint", "sprintln"})
_MAPS = frozenset({"Map", "ImmutableMap", "Collections"})
_PAIRS = frozenset({"of", "entry", "singletonmap"})
_FIELD_MAKERS = frozenset({"zap", "slog", "attribute", "otlog", "StructuredArguments"})
_FLAGS = frozenset({"flag", "flags", "pflag", "viper"})


@dataclass(slots=True)
class Scope:
    """The variables of a function, a class or the file."""

    parent: Scope | None = None
    function: int = -1
    name: str = ""
    vars: dict[str, Value] = field(default_factory=dict)
    owner: str = ""


@dataclass(slots=True)
class Learnt:
    """What one reading of the file teaches the next.

    Attributes:
        functions: functions by name; -1 where there are several.
        methods: functions by type and name.
        types: fields of types that are declared in the file.
        printing: types that say themselves how they are printed.
        seeds: what is passed to parameters.
        returns: what functions give back.
        constants: literals that do not change.
    pending: what is passed to functions that are not known yet, by name and position.
    """

    functions: dict[str, int] = field(default_factory=dict)
    methods: dict[tuple[str, str], int] = field(default_factory=dict)
    types: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    printing: set[str] = field(default_factory=set)
    seeds: dict[tuple[int, int], Value] = field(default_factory=dict)
    returns: dict[int, Value] = field(default_factory=dict)
    constants: dict[str, Value] = field(default_factory=dict)
    pending: dict[tuple[str, int], Value] = field(default_factory=dict)

    def settle(self) -> None:
        """Give what is pending to the functions that were found since."""
        for (name, index), value in self.pending.items():
            key = self.functions.get(name, -1)
            if key >= 0:
                before = self.seeds.get((key, index))
                self.seeds[(key, index)] = value if before is None else union([before, value])
        self.pending.clear()

    def is_worth_another(self) -> bool:
        """Tell whether reading the file again would show more."""
        return any(one.taints for one in self.seeds.values()) or any(
            one.taints or one.state for one in self.returns.values()
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
        self._path = path
        self._lines = lines
        self._read = read
        self._names = names
        self._shared = shared
        self._sinks = sinks
        self._before = learnt
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
            form = self._read(node)
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
                return self._call(node, form)
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

    def _all(self, nodes: list[Node]) -> Generator[Node, Value, list[Value]]:
        """Return the values of several nodes."""
        values: list[Value] = []
        for node in nodes:
            values.append((yield node))  # noqa: PERF401 - a comprehension cannot yield
        return values

    def _sequence(self, nodes: list[Node]) -> Work:
        yield from self._all(nodes)
        return Value()

    def _same(self, form: forms.Same) -> Work:
        return (yield form.node)

    def _import(self, form: forms.Import) -> Value:
        for local, module in form.names:
            if self._sinks.is_module(module):
                self._scope.vars[local] = Value(logger=True)
        return Value()

    def _name(self, node: Node, name: str) -> Value:
        if name == "arguments":
            return self._arguments()
        value = self._lookup(name)
        return self._named(node, name, name, value or Value())

    def _named(self, node: Node, name: str, full: str, value: Value) -> Value:
        """Return a value as its name makes it look."""
        if value.logger or value.state in (MASKED, CLEAN):
            return value
        if self._names.masked(name):
            return Value(state=MASKED)
        word = self._names.sensitive(name)
        if word is not None:
            if value.state == LITERAL and not (value.text is not None and self._names.is_secret_text(value.text)):
                return value
            if any(one.sensitivity is Sensitivity.SECRET for one in all_taints(value)):
                return value
            if value.fields is not None and word.category == "secret":
                # The name of an object: what it holds decides.
                return value
            return replace(
                value, taints=(self._taint(node, name, word), *value.taints), state="", parts=None, text=None
            )
        if value.taints or value.state or value.fields is not None:
            return self._with_type(node, value)
        whole = self._names.whole(full)
        if whole is not None and not (self._bare_structs and value.type in self._before.types):
            return replace(value, taints=(self._whole_taint(node, full, whole),))
        return self._with_type(node, value)

    def _with_type(self, node: Node, value: Value) -> Value:
        """Add the fields of a declared type that are printed with the value."""
        fields = self._before.types.get(value.type) if self._bare_structs and value.type else None
        if not fields or value.type in self._before.printing:
            return value
        known = dict(value.fields or {})
        for name, _ in fields:
            word = self._names.sensitive(name)
            if name not in known and word is not None and word.grade > BULK:
                known[name] = Value(taints=(self._taint(node, name, word),))
        return replace(value, fields=known) if known else value

    def _arguments(self) -> Value:
        scope: Scope | None = self._scope
        while scope is not None and scope.function < 0:
            scope = scope.parent
        if scope is None:
            return Value()
        seeds = [one for key, one in self._before.seeds.items() if key[0] == scope.function]
        return union(seeds) if seeds else Value()

    def _member_of(self, node: Node, form: forms.Member) -> Work:
        base = yield form.base
        return self._member(node, base, form.name, text_of(form.base, self._read))

    def _member(self, node: Node, base: Value, name: str, base_name: str) -> Value:
        full = f"{base_name}.{name}" if base_name else name
        if base_name in ("this", "self"):
            value = self._lookup("this." + name)
            if value is not None:
                return self._named(node, name, full, value)
        if base.logger:
            return Value(logger=True)
        if self._names.masked(name):
            return Value(state=MASKED)
        known = base.member(name)
        if known is not None and (known.state in (MASKED, CLEAN, LITERAL) or known.taints or known.fields is not None):
            return known
        lowered = name.lower()
        if lowered in self._shared.opaque_members:
            return Value(state=CLEAN)
        last = base_name.rsplit(".", 1)[-1]
        if self._names.is_label(last) or (is_constant(name) and last[:1].isupper()):
            return Value(state=CLEAN)
        if base.taints and lowered in self._shared.same:
            return Value(base.taints, params=base.params)
        if self._names.about(name):
            return Value(state=CLEAN)
        # Of a whole object only the one member is printed.
        fields = self._before.types.get(base.type, ())
        declared = next((one for field_name, one in fields if field_name == name), "")
        return self._named(node, name, full, Value(type=declared))

    def _index(self, node: Node, form: forms.Index) -> Work:
        base = yield form.base
        index = yield form.index
        base_name = text_of(form.base, self._read)
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
        return self._cut(base, start, end)

    def _cut(self, base: Value, start: Value, end: Value | None) -> Value:
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
                fields[key] = self._keyed(entry.value, key, value)
            else:
                taints.append(value)
        yield from self._all(form.functions)
        held = union(taints)
        return Value(held.taints, fields=fields, params=held.params, type=form.type)

    def _keyed(self, node: Node, key: str, value: Value) -> Value:
        """Return the value of a key, as the key makes it look."""
        stored = value.stored(None)
        if self._names.masked(key):
            return Value(state=MASKED)
        if value.state in (MASKED, CLEAN, NULL) or any(
            one.sensitivity is Sensitivity.SECRET for one in all_taints(value)
        ):
            return stored
        word = self._names.sensitive(key)
        if word is None or word.grade == BULK or value.fields is not None:
            return stored
        if value.state == LITERAL and not (value.text is not None and self._names.is_secret_text(value.text)):
            return stored
        called = self._called_name(node)
        if called and (self._names.about(called) or split_words(called)[:1] in (["is"], ["has"])):
            return stored
        return Value((self._taint(node, key, word, Kind.CONTAINER), *value.taints), params=value.params)

    def _called_name(self, node: Node) -> str:
        form = self._read(node)
        while isinstance(form, forms.Same):
            form = self._read(form.node)
        return (
            form.name
            if isinstance(form, forms.Call | forms.Member)
            else form.text
            if isinstance(form, forms.Name)
            else ""
        )

    def _items(self, form: forms.Items) -> Work:
        values = yield from self._all(form.nodes)
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
        values = yield from self._all(form.options)
        return either(values)

    def _test(self, form: forms.Test) -> Work:
        values = yield from self._all(form.nodes)
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
        values = yield from self._all(form.nodes)
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

    def _lookup(self, name: str) -> Value | None:
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
            one.value is None and any(self._names.sensitive(name) for name, _ in one.binds) for one in form.assigns
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
            if called and self._names.about(called) and not self._names.masked(called):
                value = replace(value, state=CLEAN)
        if form.constant and value.state == LITERAL:
            value = replace(value, state=CLEAN)
            if self._scope.parent is None:
                for name, _ in form.binds:
                    self.learnt.constants[name] = value.stored(None)
        for name, member in form.binds:
            taken = self._member(node, value, member, "") if member else value
            if self._names.is_error(name) and not self._is_made(form.value):
                taken = replace(taken, taints=(), fields=None)
            if form.adds:
                taken = union([self._lookup(name) or Value(), taken])
            self._store(node, name, taken)
        if form.target is not None:
            yield from self._assign_target(form, value)
        return value

    def _is_made(self, node: Node | None) -> bool:
        """Tell whether an error is made here, with what it says: ``fmt.Errorf("no %s", x)``, ``new Error(x)``."""
        form = self._read(node) if node is not None else None
        return isinstance(form, forms.Call) and (form.new or form.name.lower() in self._shared.carriers)

    def _assign_target(self, form: forms.Assign, value: Value) -> Work:
        assert form.target is not None
        target = self._read(form.target)
        if isinstance(target, forms.Member):
            base_name = text_of(target.base, self._read)
            if base_name in ("this", "self"):
                self._store(form.target, "this." + target.name, value)
                return Value()
            yield target.base
            self._set(form.target, base_name, target.name, value)
        elif isinstance(target, forms.Index):
            yield target.base
            index = yield target.index
            self._set(form.target, text_of(target.base, self._read), index.text or "", value)
        else:
            yield form.target
        return Value()

    def _set(self, node: Node, base_name: str, key: str, value: Value) -> None:
        """Note that a member of a variable holds a value."""
        holder = self._lookup(base_name)
        if holder is None:
            holder = Value()
            self._scope.vars[base_name] = holder
        if not key:
            held = union([Value(holder.taints), value.stored(self._step(node, f"put into `{base_name[:60]}`"))])
            holder.taints = held.taints
            return
        if holder.fields is None:
            holder.fields = {}
        holder.fields[key] = self._keyed(node, key, value)

    def _store(self, node: Node, name: str, value: Value) -> None:
        plain = name.removeprefix("this.")
        if plain == "_":
            return
        if self._names.masked(plain) and not value.logger:
            stored = Value(state=MASKED)
        else:
            step = self._step(node, f"assigned to `{plain[:60]}`") if value.taints else None
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
        yield from self._all(form.nodes)
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
            seed = self._before.seeds.get((key, index))
            for name, member in parameter.binds:
                value = Value(params=((key, index),), type=parameter.type, logger=self._sinks.is_type(parameter.type))
                if seed is not None and not value.logger:
                    taken = self._member(node, seed, member, "") if member else seed
                    value.taints = taken.taints
                    value.fields = taken.fields
                elif member and not value.logger:
                    value = self._member(node, value, member, "")
                scope.vars[name] = Value(state=MASKED) if self._names.masked(name) else value
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

    def _resolve(self, form: forms.Call, base: Value, base_name: str) -> int | None:
        """Return the function of this file that is called."""
        if form.new or not form.name:
            return None
        if form.base is None or base_name in ("this", "self", "super"):
            key = self._before.functions.get(form.name, self.learnt.functions.get(form.name, -1))
            return key if key >= 0 else None
        if base.type:
            return self._before.methods.get((base.type, form.name))
        return None

    # --- calls

    def _call(self, node: Node, form: forms.Call) -> Work:
        base = Value()
        base_name = ""
        if form.base is not None:
            base = yield form.base
            base_name = text_of(form.base, self._read)
        elif form.callee is not None:
            base = yield form.callee
        else:
            base = self._lookup(form.name) or base
        args = yield from self._all(form.args)
        if form.body is not None:
            yield form.body
        sink = self._sinks.find(form, base, base_name, self._read, form.name in self._functions())
        if sink is not None:
            self._print(node, form, args, sink)
            return Value(logger=sink.chains, state=CLEAN)
        if self._sinks.makes_logger(form, args, base):
            return Value(logger=True)
        return self._result(node, form, base, base_name, args)

    def _functions(self) -> dict[str, int]:
        return self._before.functions or self.learnt.functions

    def _result(self, node: Node, form: forms.Call, base: Value, base_name: str, args: list[Value]) -> Value:
        name = form.name
        lowered = name.lower()
        key = self._resolve(form, base, base_name)
        if key is not None or (form.base is None and name):
            self._pass_on(node, key, name, args)
        if len(args) >= 2 and args[0].text is not None and self._is_pairs(base, base_name, args, lowered):
            fields = {
                one.text: self._keyed(form.args[at + 1], one.text, args[at + 1])
                for at, one in enumerate(args[:-1])
                if at % 2 == 0 and one.text is not None
            }
            return Value(fields=fields)
        if base.logger and form.base is not None:
            return Value(logger=True)
        if self._names.sanitizes(name):
            return Value(state=MASKED)
        if self._names.is_masking(base_name.rsplit(".", 1)[-1]) and not self._is_decoder(name):
            return Value(state=MASKED)
        if key is not None:
            given = self._given_back(node, key, name, args)
            if given is not None:
                return given
        if lowered == "regexp" and args and args[0].text is not None:
            flags = args[1].text if len(args) > 1 and args[1].text is not None else ("g" if len(args) > 1 else "")
            return Value(state=CLEAN, text=args[0].text, flags=flags)
        if lowered in _CUTS and form.base is not None:
            return self._cut(base, args[0] if args else Value(), args[1] if len(args) > 1 else None)
        if lowered in _REPLACES and form.base is not None and self._masks(lowered, args):
            return Value(state=MASKED)
        if self._changes(node, form, base, base_name, args):
            return base
        found = self._looked_up(node, form, base, base_name, args)
        if found is not None:
            return found
        if lowered in self._shared.opaque or split_words(name)[:1] in (["is"], ["has"], ["should"], ["can"]):
            return Value(state=CLEAN)
        if lowered in self._shared.carriers or (form.new and name.endswith(("Error", "Exception"))):
            return self._carried(form, base, base_name, args, lowered)
        return self._by_name(node, form, base, base_name)

    def _is_pairs(self, base: Value, base_name: str, args: list[Value], lowered: str) -> bool:
        """Tell whether the arguments are names and their values: ``zap.String("password", p)``, ``Map.of("a", b)``."""
        last = base_name.rsplit(".", 1)[-1]
        if last in _FIELD_MAKERS or (base.logger and base_name):
            return len(args) == 2 and lowered not in self._shared.lookups
        return last in _MAPS and lowered in _PAIRS and len(args) % 2 == 0

    def _is_decoder(self, name: str) -> bool:
        return split_words(name)[:1] in (["decrypt"], ["decode"], ["unmask"], ["get"])

    def _carried(self, form: forms.Call, base: Value, base_name: str, args: list[Value], lowered: str) -> Value:
        # Of a method the receiver is in the result; of a namespace (JSON, String, fmt) only the arguments are.
        static = form.base is None or (base_name[:1].isupper() and not base.taints) or lowered in _FORMATS
        values = args if static and not base.taints else [base, *args]
        if not values:
            return Value(logger=False)
        found = either(values) if len(values) == 1 else union(values)
        if lowered in _FORMATS and args:
            template = args[0] if base.text is None or lowered != "formatted" else base
            found.parts = explain(form.args, args, template)
        elif len(values) == 1 and lowered in ("tostring", "string", "valueof", "trim"):
            found.parts = values[0].parts
        if form.new:
            found.type = form.name
        return found

    def _by_name(self, node: Node, form: forms.Call, base: Value, base_name: str) -> Value:
        """Return what a call gives back, as its name says."""
        name = form.name
        words = split_words(name)
        if form.base is not None and words[:1] == ["get"] and len(words) > 1:
            known = base.member(name[3:])
            if known is not None:
                return known
        if form.new or self._names.masked(name):
            return Value(type=name) if form.new else Value(state=MASKED)
        if not form.args:
            full = f"{base_name}.{name}" if base_name else name
            whole = self._names.whole(full)
            if whole is not None and whole.severity > Severity.LOW:
                return Value((self._whole_taint(node, full, whole),))
        word = self._names.called(name)
        last = base_name.rsplit(".", 1)[-1]
        if word is not None and not self._names.is_label(last):
            return Value((self._taint(node, name + "()", word),))
        return Value()

    def _masks(self, lowered: str, args: list[Value]) -> bool:
        """Tell whether every character is replaced: ``x.replace(/./g, "*")``."""
        if not args or args[0].text is None or _WILDCARD.search(args[0].text) is None:
            return False
        if args[0].flags is not None:
            return "g" in args[0].flags or lowered == "replaceall"
        return lowered == "replaceall"

    def _changes(self, node: Node, form: forms.Call, base: Value, base_name: str, args: list[Value]) -> bool:
        """Note what a call puts into what it is called on; tell whether it does."""
        lowered = form.name.lower()
        if lowered in _WRITES_TO and len(args) > 1:
            held = union(args[1:])
            target = text_of(form.args[0], self._read)
            if held.taints and target and self._lookup(target) is not None:
                self._set(node, target, "", held)
            return False
        base_name = base_name or self._built(form)
        if not base_name or not args or self._lookup(base_name) is None:
            return False
        if lowered in self._shared.setters and len(args) == 2 and args[0].text is not None:
            self._set(node, base_name, args[0].text, args[1])
            return True
        if lowered in self._shared.adders:
            held = union(args)
            if held.taints:
                self._set(node, base_name, "", held)
                base.taints = union([Value(base.taints), held]).taints
            return lowered != "concat"
        return False

    def _built(self, form: forms.Call) -> str:
        """Return the variable at the start of a chain: ``sb.append(a).append(b)``."""
        while form.base is not None:
            inner = self._read(form.base)
            if not isinstance(inner, forms.Call) or inner.base is None:
                break
            if inner.name.lower() not in self._shared.adders | self._shared.setters:
                break
            name = text_of(inner.base, self._read)
            if name:
                return name
            form = inner
        return ""

    def _looked_up(self, node: Node, form: forms.Call, base: Value, base_name: str, args: list[Value]) -> Value | None:
        """Return what is looked up by a literal name, if the call does that."""
        last = base_name.rsplit(".", 1)[-1]
        if form.new or (form.name.lower() not in self._shared.lookups and last not in _FLAGS):
            return None
        key = next((one.text for one in args if one.text is not None), None)
        if key is None:
            if args or not base.taints:
                return None
            return Value(base.taints, params=base.params)
        known = base.member(key)
        if known is not None and (known.state or known.taints):
            return known
        word = None if self._names.masked(key) else self._names.sensitive(key)
        if word is None or word.grade == BULK or self._names.is_label(last) or " " in key.strip():
            return Value() if self._names.called(form.name) is None else None
        return Value((self._taint(node, key, word),))

    def _pass_on(self, node: Node, key: int | None, name: str, args: list[Value]) -> None:
        """Note what a function of this file is given."""
        for index, value in enumerate(args):
            taints = [one for one in all_taints(value) if one.severity > Severity.LOW]
            if not taints:
                continue
            step = self._step(node, f"passed to `{name[:60]}`")
            passed = Value(tuple(one.then(step, Kind.FLOW if one.kind is Kind.NAME else None) for one in taints))
            if key is None:
                waiting = self.learnt.pending.get((name, index))
                self.learnt.pending[(name, index)] = passed if waiting is None else union([waiting, passed])
            else:
                before = self.learnt.seeds.get((key, index))
                self.learnt.seeds[(key, index)] = passed if before is None else union([before, passed])

    def _given_back(self, node: Node, key: int, name: str, args: list[Value]) -> Value | None:
        """Return what a function of this file gives back, if that is known."""
        given = self._before.returns.get(key)
        if given is None:
            return None
        if given.state in (MASKED, CLEAN, LITERAL):
            return Value(state=CLEAN if given.state != MASKED else MASKED)
        step = self._step(node, f"returned by `{name[:60]}`")
        own = {taint for at, seed in self._before.seeds.items() if at[0] == key for taint in seed.taints}
        returned = Value(
            tuple(
                one.then(step, Kind.FLOW if one.kind is Kind.NAME else None) for one in given.taints if one not in own
            ),
            fields=given.fields,
        )
        through = [args[index] for owner, index in given.params if owner == key and index < len(args)]
        found = union([returned, *through]) if through else returned
        return found if found.taints or found.fields else None

    # --- what is sensitive, and where it is printed

    def _taint(self, node: Node, name: str, word: Word, kind: Kind = Kind.NAME) -> Taint:
        if word.category == "personal":
            minor = word.field in self._shared.minor
            sensitivity, severity = Sensitivity.PERSONAL, Severity.LOW if minor else Severity.MEDIUM
        else:
            sensitivity = Sensitivity.SECRET
            severity = Severity.HIGH if word.grade == SURE else Severity.MEDIUM
        if word.grade == BULK:
            severity = Severity.LOW
        if word.kind == "url":
            kind = Kind.URL
        rule = "code.url-in-log" if kind is Kind.URL else _SEES["personal" if word.category == "personal" else "secret"]
        step = self._step(node, f"`{name[:80]}` is a {word.field.replace('-', ' ')} by its name")
        return Taint(word.field, sensitivity, rule, kind, severity, name, (step,))

    def _whole_taint(self, node: Node, name: str, whole: Whole) -> Taint:
        step = self._step(node, f"`{name[:80]}` holds {whole.title}")
        return Taint(whole.field, Sensitivity.BULK, whole.rule, Kind(whole.kind), whole.severity, name, (step,))

    def _step(self, node: Node, says: str) -> Step:
        return Step(self._place(node), says)

    def _place(self, node: Node) -> Place:
        (line, column), (end_line, end_column) = node.start_point, node.end_point
        return Place(
            self._path,
            line + 1,
            self._characters(line, column) + 1,
            end_line + 1,
            self._characters(end_line, end_column) + 1,
        )

    def _characters(self, line: int, column: int) -> int:
        if line >= len(self._lines):
            return column
        return len(self._lines[line][:column].decode("utf-8", "replace"))

    def _qualified(self) -> str:
        names: list[str] = []
        scope: Scope | None = self._scope
        while scope is not None and scope.parent is not None:
            if scope.name:
                names.append(scope.name)
            scope = scope.parent
        return ".".join(reversed(names)) or "<module>"

    def _print(self, node: Node, form: forms.Call, args: list[Value], sink: Sink) -> None:
        printed = Print(
            place=self._place(node),
            function=self._qualified(),
            sink=sink.sink,
            receiver=sink.receiver,
            level=sink.level,
            screen=sink.screen,
            only_elsewhere=self._not_production > 0,
            pairs=sink.pairs,
        )
        pieces = explain(form.args[sink.skip :], args[sink.skip :], args[sink.skip] if len(args) > sink.skip else None)
        call, findings = printed.report(pieces, self._place, self._hinted)
        self.calls.append(call)
        self.findings += findings

    def _hinted(self, node: Node, value: Value, name: str, pair: bool) -> tuple[Taint, ...]:
        """Return what a piece is by the name it is printed under, where its own name says nothing.

        As a part of a sentence the name counts less than as the key of a pair of arguments.
        """
        if not name or value.state or value.fields is not None:
            return ()
        own = self._called_name(node)
        if own.lower() not in self._shared.neutral and not (pair and self._is_open(own)):
            return ()
        word = self._names.sensitive(name)
        return () if word is None or word.grade == BULK else (self._taint(node, name, word),)

    def _is_open(self, own: str) -> bool:
        return not (self._names.about(own) or self._names.is_error(own) or self._names.sanitizes(own))


def _literal(form: forms.Literal) -> Value:
    if form.kind == "text":
        return Value(state=LITERAL, text=form.text)
    if form.kind == "regex":
        return Value(state=CLEAN, text=form.text, flags=form.flags)
    if form.kind == "null":
        return Value(state=NULL)
    return Value(state=CLEAN, number=form.number)
