"""What calls give back: what is carried through, masked, looked up, or made by a function of the same file."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import TYPE_CHECKING

from tree_sitter import Node

from logscrub.code.languages import forms
from logscrub.code.languages.forms import text_of
from logscrub.code.languages.printed import explain
from logscrub.code.languages.values import CLEAN, LITERAL, MASKED, Value, all_taints, either, union
from logscrub.code.model import Kind
from logscrub.code.words import BULK
from logscrub.detect.keys import split_words
from logscrub.model import Severity

if TYPE_CHECKING:
    from logscrub.code.languages.flow import Flow

Work = Generator[Node, Value, Value]
"""A step of an evaluation: yields the nodes it wants to know the value of."""

_WILDCARD = re.compile(r"(?<!\\)(?:\\\\)*(?:\.|\[\^|\\[wWsSdD])")
_WRITES_TO = frozenset({"fprint", "fprintf", "fprintln"})
_REPLACES = frozenset({"replace", "replaceall", "replacefirst"})
_CUTS = frozenset({"substring", "substr", "slice", "subsequence"})
_FORMATS = frozenset({"format", "sprintf", "formatted", "errorf", "sprint", "sprintln"})
_MAPS = frozenset({"Map", "ImmutableMap", "Collections"})
_PAIRS = frozenset({"of", "entry", "singletonmap"})
_FIELD_MAKERS = frozenset({"zap", "slog", "attribute", "otlog", "StructuredArguments"})
_FLAGS = frozenset({"flag", "flags", "pflag", "viper"})


class Calls:
    """Evaluates calls.

    Args:
        flow: the evaluator this is a part of.
    """

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._read = flow.read
        self._names = flow.names
        self._shared = flow.shared
        self._sinks = flow.sinks
        self._before = flow.before
        self._marks = flow.marks

    def evaluate(self, node: Node, form: forms.Call) -> Work:
        """Yield the nodes a call is made of, and return what it gives back; note what it prints."""
        base = Value()
        base_name = ""
        if form.base is not None:
            base = yield form.base
            base_name = text_of(form.base, self._read)
        elif form.callee is not None:
            base = yield form.callee
        else:
            base = self._flow.lookup(form.name) or base
        args = yield from self._flow.values(form.args)
        if form.body is not None:
            yield form.body
        sink = self._sinks.find(form, base, base_name, self._read, form.name in self._functions())
        if sink is not None:
            self._flow.report(node, form, args, sink)
            return Value(logger=sink.chains, state=CLEAN)
        if self._sinks.makes_logger(form, args, base):
            return Value(logger=True)
        return self._result(node, form, base, base_name, args)

    def _functions(self) -> dict[str, int]:
        return self._before.functions or self._flow.learnt.functions

    def _result(self, node: Node, form: forms.Call, base: Value, base_name: str, args: list[Value]) -> Value:
        name = form.name
        lowered = name.lower()
        key = self._resolve(form, base, base_name)
        if key is not None or (form.base is None and name):
            self._pass_on(node, key, name, args)
        if len(args) >= 2 and args[0].text is not None and self._is_pairs(base, base_name, args, lowered):
            fields = {
                one.text: self._flow.keyed(form.args[at + 1], one.text, args[at + 1])
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
            return self._flow.cut(base, args[0] if args else Value(), args[1] if len(args) > 1 else None)
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
                return Value((self._marks.whole(node, full, whole),))
        word = self._names.called(name)
        last = base_name.rsplit(".", 1)[-1]
        if word is not None and not self._names.is_label(last):
            return Value((self._marks.taint(node, name + "()", word),))
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
            if held.taints and target and self._flow.lookup(target) is not None:
                self._flow.put(node, target, "", held)
            return False
        base_name = base_name or self._built(form)
        if not base_name or not args or self._flow.lookup(base_name) is None:
            return False
        if lowered in self._shared.setters and len(args) == 2 and args[0].text is not None:
            self._flow.put(node, base_name, args[0].text, args[1])
            return True
        if lowered in self._shared.adders:
            held = union(args)
            if held.taints:
                self._flow.put(node, base_name, "", held)
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
        return Value((self._marks.taint(node, key, word),))

    def _pass_on(self, node: Node, key: int | None, name: str, args: list[Value]) -> None:
        """Note what a function of this file is given."""
        for index, value in enumerate(args):
            taints = [one for one in all_taints(value) if one.severity > Severity.LOW]
            if not taints:
                continue
            step = self._marks.step(node, f"passed to `{name[:60]}`")
            passed = Value(tuple(one.then(step, Kind.FLOW if one.kind is Kind.NAME else None) for one in taints))
            if key is None:
                waiting = self._flow.learnt.pending.get((name, index))
                self._flow.learnt.pending[(name, index)] = passed if waiting is None else union([waiting, passed])
            else:
                before = self._flow.learnt.seeds.get((key, index))
                self._flow.learnt.seeds[(key, index)] = passed if before is None else union([before, passed])

    def _given_back(self, node: Node, key: int, name: str, args: list[Value]) -> Value | None:
        """Return what a function of this file gives back, if that is known."""
        given = self._before.returns.get(key)
        if given is None:
            return None
        if given.state in (MASKED, CLEAN, LITERAL):
            return Value(state=CLEAN if given.state != MASKED else MASKED)
        step = self._marks.step(node, f"returned by `{name[:60]}`")
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

    def _resolve(self, form: forms.Call, base: Value, base_name: str) -> int | None:
        """Return the function of this file that is called."""
        if form.new or not form.name:
            return None
        if form.base is None or base_name in ("this", "self", "super"):
            key = self._before.functions.get(form.name, self._flow.learnt.functions.get(form.name, -1))
            return key if key >= 0 else None
        if base.type:
            return self._before.methods.get((base.type, form.name))
        return None
