"""Rule sets kept in the cache, so that a service starts without parsing TOML."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from logscrub import cache
from logscrub.model import Confidence, Severity
from logscrub.rules.packs import Pack
from logscrub.rules.rule import Benign, Field, Grammar, Rule, RuleSet

# Changes whenever what is derived from a pack changes: an old file is then not found.
_FORMAT = 7


def load_stored(packs: Sequence[Pack]) -> RuleSet:
    """Return the rule set of the packs, from the cache where it is there.

    Raises:
        PackError: a pack is refused.
    """
    name = f"rules-{_key(packs)}.json"
    stored = cache.read(name)
    if stored is not None:
        return _decode(json.loads(stored))
    from logscrub.rules.load import load

    rules = load(packs).rules
    cache.write(name, json.dumps(_encode(rules), separators=(",", ":")).encode())
    return rules


def _key(packs: Sequence[Pack]) -> str:
    from logscrub._version import __version__

    digest = hashlib.sha256(f"{_FORMAT} {__version__}".encode())
    for pack in packs:
        digest.update(f"\0{pack.name}\0{len(pack.data)}\0".encode() + pack.data)
    return digest.hexdigest()[:40]


def _encode(rules: RuleSet) -> dict[str, Any]:
    return {
        "rules": [_row(rule) for rule in rules.rules],
        "fields": [_row(field) for field in rules.fields],
        "benign": [_row(benign) for benign in rules.benign],
        "grammar": [sorted(getattr(rules.grammar, one.name)) for one in fields(Grammar)],
        "digest": rules.digest,
    }


def _row(item: Rule | Field | Benign) -> list[Any]:
    values = (getattr(item, one.name) for one in fields(item))
    return [value.decode("latin-1") if isinstance(value, bytes) else value for value in values]


def _decode(stored: dict[str, Any]) -> RuleSet:
    return RuleSet(
        rules=tuple(Rule(**_values(Rule, row)) for row in stored["rules"]),
        fields=tuple(Field(**_values(Field, row)) for row in stored["fields"]),
        benign=tuple(Benign(**_values(Benign, row)) for row in stored["benign"]),
        grammar=Grammar(*(frozenset(words) for words in stored["grammar"])),
        digest=stored["digest"],
    )


def _values(kind: type[Rule | Field | Benign], row: list[Any]) -> dict[str, Any]:
    values: dict[str, Any] = {one.name: value for one, value in zip(fields(kind), row, strict=True)}
    for name, value in values.items():
        if isinstance(value, list):
            values[name] = tuple(value)
    if "severity" in values:
        values["severity"] = Severity(values["severity"])
        values["confidence"] = Confidence(values["confidence"])
    if "prefix" in values:
        values["prefix"] = values["prefix"].encode("latin-1")
    return values
