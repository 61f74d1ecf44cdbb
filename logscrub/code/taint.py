"""What the data flow knows of a value."""

from __future__ import annotations

import ast
from typing import NamedTuple

from logscrub.code.model import Kind


class Trail(NamedTuple):
    """How a value came here, the last step first.

    Attributes:
        text: what happens there, with ``{}`` for the code of the node, or of the function it calls before ``()``; empty
            for the code of the node alone. It is only put together for what is reported.
        before: the step before; None for the source.
    """

    path: str
    node: ast.AST
    text: str
    before: Trail | None


class Taint(NamedTuple):
    """Something sensitive in a value.

    Attributes:
        kind: how it would leak if the value were printed.
        field: field of the lexicon, or kind of object.
        grade: how sure that is (``words.SURE`` … ``words.BULK``).
        category: ``secret``, ``personal``, ``object``, or ``parameter`` for a value that the caller gives.
        name: the name or key that gave it away; the parameter's for a parameter.
        key: the key it stands under within the value; None if the value is it.
        trail: where it came from.
    """

    kind: Kind
    field: str
    grade: int
    category: str
    name: str
    key: str | None
    trail: Trail


class Value(NamedTuple):
    """What an expression comes to.

    Attributes:
        taints: the sensitive things in it.
        known: all of it is understood; where it is not, a name may still say what it is.
        masked: it went through something that makes it safe.
        constant: the text of a literal, if it is one.
        parts: of a tuple, what each of its elements comes to.
    """

    taints: tuple[Taint, ...] = ()
    known: bool = True
    masked: bool = False
    constant: str | None = None
    parts: tuple[Value, ...] = ()


SPLITS = frozenset({"split", "partition", "rsplit", "rpartition"})
_MASKS = (
    "***",
    "xxx",
    "redact",
    "mask",
    "hidden",
    "<omitted",
    "<secret",
    "[secret",
    "removed",
    "not_logging",
    "not logging",
    "----",
    "filtered",
    "sanitiz",
    "<password",
    "[password",
    "<hidden",
    "concealed",
    "scrubbed",
)
NOTHING = Value()
UNKNOWN = Value(known=False)
MASKED = Value(masked=True)
_MOST = 12


def union(values: list[Value]) -> Value:
    """Join what several expressions come to.

    >>> union([NOTHING, UNKNOWN]).known
    False
    """
    if not values:
        return NOTHING
    if len(values) == 1:
        return values[0]._replace(constant=None, parts=())
    seen: dict[tuple[object, ...], Taint] = {}
    for value in values:
        for taint in value.taints:
            seen.setdefault((taint.kind, taint.field, taint.name, taint.key), taint)
    taints = sorted(seen.values(), key=lambda taint: -taint.grade)[:_MOST] if len(seen) > _MOST else seen.values()
    return Value(tuple(taints), all(value.known for value in values), any(value.masked for value in values))


def is_mask(value: Value) -> bool:
    """Tell whether a value is a fixed text that stands for one left out: ``"***"``, ``"<redacted>"``."""
    text = value.constant
    if text is None or value.taints:
        return False
    lower = text.lower()
    return any(mask in lower for mask in _MASKS) and len(text) < 60


def is_harmless(value: Value) -> bool:
    """Tell whether a value is understood, and is nothing but fixed text, a number, or the answer to a question."""
    if value.taints:
        return False
    if value.constant is not None:
        return not value.constant or is_mask(value) or " " in value.constant or len(value.constant) < 3
    return value.known
