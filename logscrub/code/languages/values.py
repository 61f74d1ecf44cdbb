"""What is known of a value while a function is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from logscrub.code.model import Kind, Sensitivity, Step
from logscrub.model import Severity

if TYPE_CHECKING:
    from tree_sitter import Node

CLEAN = "clean"
MASKED = "masked"
LITERAL = "literal"
NULL = "null"

_MOST_TAINTS = 6
_MOST_STEPS = 8
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Taint:
    """Something sensitive in a value.

    Attributes:
        field: what it is.
        sensitivity: secret, personal, or a whole object.
        rule: the rule a leak of it falls under.
        kind: how it would leak.
        severity: how bad it is in a log.
        label: the code it comes from.
        steps: its way so far.
    """

    field: str
    sensitivity: Sensitivity
    rule: str
    kind: Kind
    severity: Severity
    label: str
    steps: tuple[Step, ...]

    def then(self, step: Step, kind: Kind | None = None) -> Taint:
        """Return the same after one more step."""
        if len(self.steps) >= _MOST_STEPS or (self.steps and self.steps[-1] == step):
            return self
        return replace(self, steps=(*self.steps, step), kind=kind or self.kind)


@dataclass(slots=True)
class Value:
    """What is known of a value.

    Attributes:
        taints: what is sensitive in it.
        state: ``CLEAN``, ``MASKED``, ``LITERAL``, ``NULL``, or empty: not known, so that its name decides.
        fields: its known members.
        text: the literal it is.
        flags: of a regular expression; None for any other literal.
        number: the whole number it is.
        params: the parameters (of a function, by position) it comes from.
        logger: it writes to a log.
        type: the name of its type, where it is declared.
        parts: the pieces of a concatenation or a template, while it is in the expression that makes it.
    """

    taints: tuple[Taint, ...] = ()
    state: str = ""
    fields: dict[str, Value] | None = None
    text: str | None = None
    flags: str | None = None
    number: int | None = None
    params: tuple[tuple[int, int], ...] = ()
    logger: bool = False
    type: str = ""
    parts: list[str | tuple[Node, Value]] | None = None

    def stored(self, step: Step | None) -> Value:
        """Return the value as a variable holds it."""
        taints = self.taints
        if step is not None:
            taints = tuple(one.then(step, Kind.FLOW if one.kind is Kind.NAME else None) for one in taints)
        return Value(
            taints, self.state, self.fields, self.text, self.flags, self.number, self.params, self.logger, self.type
        )

    def member(self, name: str) -> Value | None:
        """Return a known member; case counts only where both spellings are there."""
        if self.fields is None:
            return None
        found = self.fields.get(name)
        if found is None:
            wanted = name.lower().replace("_", "")
            for key, value in self.fields.items():
                if key.lower().replace("_", "") == wanted:
                    return value
        return found


def union(values: Iterable[Value]) -> Value:
    """Return what holds all of the values: a concatenation, a list."""
    taints: dict[tuple[str, str], Taint] = {}
    params: dict[tuple[int, int], None] = {}
    states: set[str] = set()
    fields: dict[str, Value] | None = None
    for value in values:
        for taint in all_taints(value):
            taints.setdefault((taint.rule, taint.field), taint)
        params.update(dict.fromkeys(value.params))
        states.add(value.state)
        if value.fields is not None:
            fields = {**(fields or {}), **value.fields}
    return Value(tuple(taints.values())[:_MOST_TAINTS], _together(states), params=tuple(params)[:_MOST_TAINTS])


def either(values: Iterable[Value]) -> Value:
    """Return what is one of the values."""
    values = list(values)
    found = union(values)
    shapes = [value.fields for value in values if value.fields is not None]
    if shapes:
        found.taints = union(Value(taints=value.taints) for value in values).taints
        found.fields = {key: one for shape in shapes for key, one in shape.items()}
    found.logger = any(value.logger for value in values)
    return found


def _together(states: set[str]) -> str:
    if "" in states or not states:
        return ""
    if MASKED in states:
        return MASKED
    if LITERAL in states:
        return LITERAL
    return CLEAN if CLEAN in states else NULL


def all_taints(value: Value) -> tuple[Taint, ...]:
    """Return what is sensitive in a value and in its members."""
    if value.state == MASKED:
        return ()
    if value.fields is None:
        return value.taints
    found = dict.fromkeys(value.taints)
    todo: list[tuple[Value, int]] = [(value, 0)]
    while todo:
        one, depth = todo.pop()
        if one.fields is None or depth >= _DEEPEST:
            continue
        for inner in one.fields.values():
            if inner.state == MASKED:
                continue
            for taint in inner.taints:
                found[taint if taint.kind is not Kind.NAME else replace(taint, kind=Kind.CONTAINER)] = None
            todo.append((inner, depth + 1))
    return tuple(found)[:_MOST_TAINTS]
