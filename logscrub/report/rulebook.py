"""All rules as one page of Markdown: ``logscrub rules list --format markdown``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from logscrub.rules import Field, Recognizer, Rule, RuleSet

T = TypeVar("T", Rule, Field)

_FAMILIES = {
    "secret": "Secrets",
    "pii": "Personal data",
    "financial": "Financial data",
    "network": "Network",
    "compliance": "Only for `logscrub comply`",
}
_SHOWN_WORDS = 6
_SHAPE_HEAD = ("shape", "title", "severity", "confidence", "on", "checks", "tags", "references")
_FIELD_HEAD = ("key name", "title", "severity", "confidence", "on", "value", "names", "tags")
_INTRODUCTION = (
    "Made from the packs; changes go there. `logscrub rules show ID` tells everything about one rule, its expression",
    "included, and [Writing rules](writing-rules.md) says what each property means.",
    "",
    "A *shape* finds values that give themselves away. A *key name* says that the value beside it is sensitive. *On*:",
    "in effect by default; a policy can select any. Of the *checks* everything must hold but a *checksum*, which only",
    "makes a match more sure, or less, and words that a match is *surer beside*.",
)


def write(rules: RuleSet) -> str:
    """Return a page about rules: their number, the shapes and key names by category, and the harmless shapes.

    >>> from logscrub.rules import builtin_rules
    >>> page = write(builtin_rules())
    >>> page.splitlines()[0]
    '# Rules'
    >>> "| `password` | Password |" in page
    True
    """
    return "\n".join(_lines(rules)) + "\n"


def _lines(rules: RuleSet) -> Iterator[str]:
    yield from ("# Rules", "", *_INTRODUCTION, "")
    yield from _overview(rules)
    shapes, fields = _by_category(rules.rules), _by_category(rules.fields)
    for family, title in _FAMILIES.items():
        categories = sorted(name for name in {*shapes, *fields} if name.partition(".")[0] == family)
        if categories:
            yield from (f"## {title}", "")
        for category in categories:
            yield from (f"### `{category}`", "")
            if category in shapes:
                yield from _table(_SHAPE_HEAD, map(_shape, shapes[category]))
            if category in fields:
                yield from _table(_FIELD_HEAD, map(_field, fields[category]))
    if rules.recognizers:
        yield from ("## Recognizers of Presidio", "")
        head = ("id", "title", "category", "severity", "on", "recognizer")
        yield from _table(head, map(_recognizer, sorted(rules.recognizers)))
    if rules.benign:
        yield from ("## Harmless shapes", "", "What they explain away is no match of the rules that ask for it.", "")
        explained = Counter(name for rule in rules.rules for name in rule.explained_by)
        body = (
            (_code(one.id), _text(one.title), str(explained[one.id] + explained["*"])) for one in sorted(rules.benign)
        )
        yield from _table(("shape", "title", "rules that ask for it"), body)


def _overview(rules: RuleSet) -> Iterator[str]:
    rows = []
    for family, title in _FAMILIES.items():
        shapes = [one for one in rules.rules if one.category.partition(".")[0] == family]
        fields = [one for one in rules.fields if one.category.partition(".")[0] == family]
        rows.append((title, shapes, fields))
    rows.append(("all", list(rules.rules), list(rules.fields)))
    head = ("", "shapes", "of these on", "validated", "key names", "of these on", "names")
    body = (
        (
            title,
            str(len(shapes)),
            str(sum(one.default for one in shapes)),
            str(sum(bool(one.validator or one.checksum) for one in shapes)),
            str(len(fields)),
            str(sum(one.default for one in fields)),
            str(sum(len(one.words) for one in fields)),
        )
        for title, shapes, fields in rows
    )
    yield from _table(head, body)


def _shape(rule: Rule) -> tuple[str, ...]:
    references = " ".join(f"[{number}]({address})" for number, address in enumerate(rule.references, 1))
    return (*_common(rule), "; ".join(_checks(rule)), _text(", ".join(rule.tags)), references)


def _field(rule: Field) -> tuple[str, ...]:
    names = ", ".join(rule.words)
    if rule.unless:
        names += f"; not after {', '.join(rule.unless)}"
    return (*_common(rule), rule.value, _text(names), _text(", ".join(rule.tags)))


def _recognizer(one: Recognizer) -> tuple[str, ...]:
    on = "yes" if one.default else "no"
    return _code(one.id), _text(one.title), one.category, str(one.severity), on, _code(one.recognizer)


def _common(rule: Rule | Field) -> tuple[str, ...]:
    on = "yes" if rule.default else "no"
    return _code(rule.id), _text(rule.title), str(rule.severity), str(rule.confidence), on


def _checks(rule: Rule) -> Iterator[str]:
    if rule.validator:
        yield f"`{rule.validator}`"
    if rule.checksum:
        yield f"checksum `{rule.checksum}`"
    if rule.min_entropy:
        yield f"entropy ≥ {rule.min_entropy:g}"
    if rule.context:
        words = ", ".join(rule.context[:_SHOWN_WORDS])
        more = len(rule.context) - _SHOWN_WORDS
        asked = "needs a word" if rule.needs_context else "surer beside"
        yield _text(f"{asked}: {words}{f' and {more} more' if more > 0 else ''}")
    if rule.explained_by:
        yield "not a harmless shape"


def _by_category(rules: Iterable[T]) -> dict[str, list[T]]:
    ordered = sorted(rules, key=lambda one: (one.category, one.id))
    return {category: list(group) for category, group in groupby(ordered, key=lambda one: one.category)}


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _code(text: str) -> str:
    return f"`{text}`"


def _text(text: str) -> str:
    """Write text so that it is text in a cell of a table."""
    return "".join(f"\\{letter}" if letter in "\\|*`<[" else letter for letter in text)
