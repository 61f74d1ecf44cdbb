"""Turn packs into rules; refuse a bad pack with its file, rule, key and what is allowed."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from logscrub.detect.validators import VALIDATORS
from logscrub.detect.values import VALUE_KINDS
from logscrub.errors import PackError
from logscrub.model import Confidence, Severity
from logscrub.redact import ACTIONS
from logscrub.rules.packs import Pack
from logscrub.rules.rule import Benign, Example, Field, Grammar, Recognizer, Rule, RuleSet
from logscrub.rules.shape import ShapeError, analyse, lead

T = TypeVar("T")

CATEGORIES = ("secret", "pii", "financial", "network", "compliance")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CATEGORY = re.compile(rf"(?:{'|'.join(CATEGORIES)})\.[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_ID = 48
_RECOGNIZER = re.compile(r"[A-Za-z_]\w*|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_MAX_DISTANCE = 200


@dataclass
class _Table:
    """One table of a pack, read key by key; whatever is left over at the end is an unknown key."""

    source: str
    rule: str | None
    values: dict[str, Any]
    known: list[str] = field(default_factory=list)

    def refuse(self, key: str | None, problem: str) -> PackError:
        return PackError(self.source, self.rule, key, problem)

    def take(self, key: str, kind: type[T], default: T | None) -> T:
        self.known.append(key)
        if key not in self.values:
            if default is None:
                raise self.refuse(key, "is missing")
            return default
        value = self.values.pop(key)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.refuse(key, f"must be {_KIND_NAMES[kind]}")
        return value

    def strings(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        values = self.take(key, list, None if required else [])
        if not all(isinstance(value, str) for value in values):
            raise self.refuse(key, "must be a list of strings")
        if required and not values:
            raise self.refuse(key, "must not be empty")
        return tuple(values)

    def choice(self, key: str, allowed: Iterable[str], default: str | None) -> str:
        given = key in self.values
        value = self.take(key, str, default)
        names = list(allowed)
        if given and value not in names:
            raise self.refuse(key, f"{value!r} is not one of {', '.join(sorted(names))}")
        return value

    def done(self) -> None:
        if self.values:
            unknown = next(iter(self.values))
            raise self.refuse(unknown, f"unknown key; allowed are {', '.join(sorted(self.known))}")


_KIND_NAMES: dict[type, str] = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


@dataclass
class Loaded:
    """A rule set with the examples that prove it."""

    rules: RuleSet
    examples: list[Example]


def load(packs: Iterable[Pack]) -> Loaded:
    """Parse and validate packs.

    Args:
        packs: rule files; a later one may not use an id of an earlier one.

    Raises:
        PackError: a pack is refused.

    >>> pack = Pack("demo.toml", b'''
    ... [[rule]]
    ... id = "acme-key"
    ... title = "Acme key"
    ... category = "secret.token"
    ... severity = "high"
    ... regex = 'acme_[a-z0-9]{20}'
    ... examples = ["key acme_0123456789abcdefghij"]
    ... counterexamples = ["acme_short"]
    ... ''')
    >>> load([pack]).rules.ids()
    ['acme-key']
    """
    rules: list[Rule] = []
    fields: list[Field] = []
    recognizers: list[Recognizer] = []
    benign: list[Benign] = []
    grammar = Grammar()
    examples: list[Example] = []
    seen: dict[str, str] = {}
    digest = hashlib.sha256()
    for pack in packs:
        data = pack.read()
        digest.update(len(data).to_bytes(8, "big") + data)
        document = _parse(pack.name, data)
        readers: dict[str, Callable[[_Table], Any]] = {
            "rule": partial(_rule, proven=pack.builtin),
            "field": _field,
            "presidio": _recognizer,
            "benign": _benign,
        }
        targets: dict[str, list[Any]] = {"rule": rules, "field": fields, "presidio": recognizers, "benign": benign}
        for kind, tables in document.items():
            if kind == "grammar":
                grammar = _merge_grammar(grammar, pack.name, tables)
                continue
            if kind not in readers:
                allowed = ", ".join(f"[[{name}]]" for name in readers)
                raise PackError(pack.name, None, kind, f"unknown table; allowed are {allowed}, [grammar]")
            if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
                raise PackError(pack.name, None, kind, f"write it as [[{kind}]]")
            for values in tables:
                table = _Table(pack.name, None, dict(values))
                table.rule = _identity(table, seen)
                examples += _examples(table, required=kind != "benign")
                targets[kind].append(readers[kind](table))
                table.done()
    _check_explanations(rules, benign)
    return Loaded(
        RuleSet(
            tuple(rules),
            tuple(fields),
            tuple(benign),
            grammar,
            digest.hexdigest(),
            tuple(one.id for kind in (rules, fields, recognizers) for one in kind),
            tuple(recognizers),
        ),
        examples,
    )


def load_examples(pack: Pack) -> list[Example]:
    """Read the examples of a pack alone, without what its rules need of other packs.

    Args:
        pack: one that :func:`load` takes, among whatever others.

    Raises:
        PackError: it is refused.

    >>> load_examples(Pack("demo.toml", b'''
    ... [[rule]]
    ... id = "acme-key"
    ... explained_by = ["a rule of another pack"]
    ... examples = ["key acme_0123456789abcdefghij"]
    ... '''))[0].text
    'key acme_0123456789abcdefghij'
    """
    found: list[Example] = []
    for kind, tables in _parse(pack.name, pack.read()).items():
        for values in tables if kind != "grammar" else ():
            table = _Table(pack.name, None, dict(values))
            table.rule = _identity(table, {})
            found += _examples(table, required=False)
    return found


def _parse(name: str, data: bytes) -> Mapping[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise PackError(name, None, None, "is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise PackError(name, None, None, f"is not valid TOML: {error}") from None


def _identity(table: _Table, seen: dict[str, str]) -> str:
    rule_id = table.take("id", str, None)
    if not _ID.fullmatch(rule_id) or len(rule_id) > _MAX_ID:
        raise table.refuse("id", f"must be lower-case words joined by '-', at most {_MAX_ID} characters")
    if rule_id in seen:
        raise table.refuse("id", f"{rule_id!r} is already used in {seen[rule_id]}")
    seen[rule_id] = table.source
    return rule_id


def _common(table: _Table, *, on: bool = True) -> dict[str, Any]:
    category = table.take("category", str, None)
    if not _CATEGORY.fullmatch(category):
        raise table.refuse("category", f"must be one of {', '.join(CATEGORIES)} and a word, such as 'secret.token'")
    return {
        "id": table.rule,
        "title": table.take("title", str, None),
        "category": category,
        "severity": Severity[table.choice("severity", [str(one) for one in Severity], None).upper()],
        "confidence": Confidence[table.choice("confidence", [str(one) for one in Confidence], "high").upper()],
        "default": table.take("default", bool, on),
        "action": table.choice("action", ACTIONS, "label"),
        "tags": table.strings("tags"),
        "source": table.source,
    }


def _rule(table: _Table, *, proven: bool) -> Rule:
    common = _common(table)
    regex = table.take("regex", str, None)
    try:
        shape = analyse(regex)
    except ShapeError as error:
        raise table.refuse("regex", str(error)) from None
    multiline = table.take("multiline", bool, False)
    if shape.max_width < 0:
        raise table.refuse("regex", "has a repeat without an upper bound; write {1,200} instead of + or *")
    if shape.spans_lines and not multiline:
        raise table.refuse(
            "regex", "can match a line break; write [ \\t] for \\s and [^...\\n], or set multiline = true"
        )
    unknown = shape.groups - {"secret"}
    if unknown:
        raise table.refuse("regex", f"group {min(unknown)!r} is unknown; the only named group is 'secret'")
    context = table.strings("context")
    distance = table.take("distance", int, 40)
    if not 1 <= distance <= _MAX_DISTANCE:
        raise table.refuse("distance", f"must be 1 to {_MAX_DISTANCE}")
    needs_context = table.take("needs_context", bool, False)
    if needs_context and not context:
        raise table.refuse("needs_context", "needs words in 'context'")
    triggers = _triggers(table)
    try:
        gates = tuple(gate for one in triggers for gate in analyse(one).gates) if triggers else shape.gates
    except ShapeError as error:
        raise table.refuse("trigger", str(error)) from None
    if needs_context and not triggers:
        gates = ()
    return Rule(
        **common,
        regex=regex,
        gates=gates,
        prefix=shape.prefix,
        lead=lead(regex),
        min_entropy=table.take("min_entropy", float, 0.0),
        validator=table.choice("validator", VALIDATORS, ""),
        checksum=table.choice("checksum", VALIDATORS, ""),
        context=context,
        distance=distance,
        needs_context=needs_context,
        explained_by=table.strings("explained_by"),
        spans_lines=multiline,
        has_secret_group="secret" in shape.groups,
        references=table.strings("references"),
        proven=proven,
    )


def _triggers(table: _Table) -> tuple[str, ...]:
    if isinstance(table.values.get("trigger"), list):
        return table.strings("trigger", required=True)
    one = table.take("trigger", str, "")
    return (one,) if one else ()


def _field(table: _Table) -> Field:
    common = _common(table)
    words = table.strings("words", required=True)
    for word in words:
        if not word or word != word.lower() or "  " in word or word != word.strip():
            raise table.refuse("words", f"{word!r} must be lower-case words separated by one space")
    glued = table.strings("glued")
    for word in glued:
        if word not in {name.replace(" ", "") for name in words}:
            raise table.refuse("glued", f"{word!r} must be one of 'words', written without spaces")
    unless = table.strings("unless")
    for word in unless:
        if not word or word != word.lower() or " " in word:
            raise table.refuse("unless", f"{word!r} must be one lower-case word")
    return Field(**common, words=words, glued=glued, unless=unless, value=table.choice("value", VALUE_KINDS, "any"))


def _recognizer(table: _Table) -> Recognizer:
    if "confidence" in table.values:
        raise table.refuse("confidence", "comes from the score of each match; say min_score")
    common = _common(table, on=False)
    del common["confidence"]
    recognizer = table.take("recognizer", str, None)
    if not _RECOGNIZER.fullmatch(recognizer):
        raise table.refuse("recognizer", "must be a recognizer's name, or 'package.module:Name'")
    min_score = table.take("min_score", float, 0.0)
    if not 0 <= min_score <= 1:
        raise table.refuse("min_score", "must be 0 to 1")
    options = table.take("options", dict, {})
    for name, value in options.items():
        if not all(isinstance(one, (str, int, float)) for one in (value if isinstance(value, list) else [value])):
            raise table.refuse("options", f"{name!r} must be a string, a number, true or false, or a list of them")
    trigger = table.take("trigger", str, "")
    try:
        re.compile(trigger)
    except re.error as error:
        raise table.refuse("trigger", f"does not parse: {error.msg} at position {error.pos}") from None
    return Recognizer(
        **common,
        recognizer=recognizer,
        min_score=min_score,
        context=table.strings("context") if "context" in table.values else None,
        options=tuple(sorted(options.items())),
        trigger=trigger,
    )


def _benign(table: _Table) -> Benign:
    regex = table.take("regex", str, None)
    try:
        shape = analyse(regex)
    except ShapeError as error:
        raise table.refuse("regex", str(error)) from None
    if shape.max_width < 0:
        raise table.refuse("regex", "has a repeat without an upper bound; write {1,200} instead of + or *")
    if shape.spans_lines:
        raise table.refuse("regex", "can match a line break")
    return Benign(id=table.rule or "", title=table.take("title", str, None), regex=regex, source=table.source)


def _merge_grammar(grammar: Grammar, source: str, values: Any) -> Grammar:
    if not isinstance(values, dict):
        raise PackError(source, None, "grammar", "write it as [grammar]")
    table = _Table(source, None, dict(values))
    merged = Grammar(
        metadata=grammar.metadata | set(table.strings("metadata")),
        neutral=grammar.neutral | set(table.strings("neutral")),
        modifiers=grammar.modifiers | set(table.strings("modifiers")),
        doubts=grammar.doubts | set(table.strings("doubts")),
    )
    table.done()
    return merged


def _examples(table: _Table, *, required: bool) -> list[Example]:
    out: list[Example] = []
    for key, matches in (("examples", True), ("counterexamples", False)):
        entries = table.take(key, list, None if required else [])
        if required and not entries:
            raise table.refuse(key, "must not be empty: examples are a rule's tests")
        for entry in entries:
            if isinstance(entry, str):
                text, secret = entry, ""
            elif isinstance(entry, dict) and set(entry) <= {"text", "secret"} and isinstance(entry.get("text"), str):
                text, secret = entry["text"], entry.get("secret", "")
            else:
                raise table.refuse(key, "must hold strings, or tables {text = '…', secret = '…'}")
            if not isinstance(secret, str) or secret not in text:
                raise table.refuse(key, "'secret' must be a part of 'text'")
            out.append(Example(table.rule or "", text, secret, matches, table.source))
    return out


def _check_explanations(rules: Iterable[Rule], benign: Iterable[Benign]) -> None:
    known = {one.id for one in benign} | {"*"}
    for rule in rules:
        for name in rule.explained_by:
            if name not in known:
                raise PackError(
                    rule.source, rule.id, "explained_by", f"{name!r} is not one of {', '.join(sorted(known))}"
                )
