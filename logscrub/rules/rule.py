"""Rules as the rest of the program sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from logscrub.model import Confidence, Severity


class Rule(NamedTuple):
    """A shape to look for: one ``[[rule]]`` of a pack. ``docs/writing-rules.md`` explains each key.

    Attributes:
        gates: Hyperscan expressions that stand for the rule, derived from ``regex`` or given as ``trigger``: where one
            of them matches, the rule may. Empty for a rule that needs context: its context words are its gate,
            with a value not far behind.
        prefix: literal bytes every match starts with; part of the format, safe to show.
        lead: the bytes of the run matches begin with, and the signs that end it, see :func:`logscrub.rules.shape.lead`.
        spans_lines: a match may hold line breaks.
        proven: ships with logscrub, whose tests prove that it takes linear time.
        source: the pack the rule came from.
    """

    id: str
    title: str
    category: str
    severity: Severity
    regex: str
    gates: tuple[str, ...]
    prefix: bytes = b""
    lead: tuple[bytes, tuple[bytes, ...]] | None = None
    confidence: Confidence = Confidence.HIGH
    min_entropy: float = 0.0
    validator: str = ""
    checksum: str = ""
    context: tuple[str, ...] = ()
    distance: int = 40
    needs_context: bool = False
    explained_by: tuple[str, ...] = ()
    spans_lines: bool = False
    has_secret_group: bool = False
    default: bool = True
    action: str = "label"
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    proven: bool = False
    source: str = ""


class Field(NamedTuple):
    """A key name that says what its value is: one ``[[field]]`` of a pack.

    Attributes:
        words: names in lower case, their words separated by one space.
        glued: those of ``words`` that also count at the end of a longer run of letters.
        unless: words that, in the same key, say that the value is none (``cache key``).
        value: how the value is judged (``logscrub/detect/values.py`` lists the kinds).
    """

    id: str
    title: str
    category: str
    severity: Severity
    words: tuple[str, ...]
    glued: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    value: str = "any"
    confidence: Confidence = Confidence.HIGH
    default: bool = True
    action: str = "label"
    tags: tuple[str, ...] = ()
    source: str = ""


class Recognizer(NamedTuple):
    """A recognizer of Presidio's to run: one ``[[presidio]]`` of a pack. ``docs/presidio.md`` explains each key.

    Attributes:
        recognizer: the name of one of Presidio's own, or ``package.module:Name``.
        min_score: matches of a lower score are none.
        context: words that replace the recognizer's own; None leaves it its own.
        options: what the recognizer is made with.
        trigger: an expression that matches in everything the recognizer finds, where it has no patterns of its own.
    """

    id: str
    title: str
    category: str
    severity: Severity
    recognizer: str
    min_score: float = 0.0
    context: tuple[str, ...] | None = None
    options: tuple[tuple[str, object], ...] = ()
    trigger: str = ""
    default: bool = False
    action: str = "label"
    tags: tuple[str, ...] = ()
    source: str = ""


class Benign(NamedTuple):
    """A harmless shape that explains a run of digits or hex away: one ``[[benign]]`` of a pack."""

    id: str
    title: str
    regex: str
    source: str = ""


class Grammar(NamedTuple):
    """What the words around a sensitive word in a key name say of it: the ``[grammar]`` table of a pack.

    Attributes:
        metadata: after the sensitive word, the value is about the secret (``password_length``).
        neutral: after it, the value is still the secret (``password_confirmation``).
        modifiers: before it, the value is not the secret (``public_key``).
        doubts: before it, the value is hardly the secret (``has_password``): it must look like one.
    """

    metadata: frozenset[str] = frozenset()
    neutral: frozenset[str] = frozenset()
    modifiers: frozenset[str] = frozenset()
    doubts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Example:
    """A text that proves a rule: it must match, or must not.

    Attributes:
        owner: id of the rule, field, recognizer or benign shape.
        secret: the sensitive part, where the pack says which it is.
        matches: whether the owner must claim something in ``text``.
    """

    owner: str
    text: str
    secret: str
    matches: bool
    source: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything a set of packs says.

    Attributes:
        digest: SHA-256 over the bytes of the packs, in hexadecimal: what was looked for, in one word.
        labels: ids of everything that was loaded, whether or not a policy left some out.
        recognizers: those of Presidio's.
    """

    rules: tuple[Rule, ...]
    fields: tuple[Field, ...]
    benign: tuple[Benign, ...]
    grammar: Grammar
    digest: str
    labels: tuple[str, ...] = ()
    recognizers: tuple[Recognizer, ...] = ()

    def everything(self) -> list[Rule | Field | Recognizer]:
        """Return all rules, then all fields, then all recognizers, in pack order."""
        return [*self.rules, *self.fields, *self.recognizers]

    def own(self) -> list[Rule | Field]:
        """Return all rules, then all fields, in pack order: what needs nothing but logscrub."""
        return [*self.rules, *self.fields]

    def ids(self) -> list[str]:
        """Return the ids of all rules, fields and recognizers, in pack order."""
        return [one.id for one in self.everything()]

    def get(self, rule_id: str) -> Rule | Field | Recognizer:
        """Return the rule, field or recognizer with this id.

        Raises:
            KeyError: there is none.
        """
        for one in self.everything():
            if one.id == rule_id:
                return one
        raise KeyError(rule_id)
