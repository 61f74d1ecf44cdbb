"""Rule sets kept in the cache, so that a service starts without reading TOML."""

from __future__ import annotations

import hashlib
import marshal
import os
from collections.abc import Sequence
from typing import Any

from logscrub import cache
from logscrub._version import __version__
from logscrub.model import Confidence, Severity
from logscrub.rules.packs import Pack
from logscrub.rules.rule import Benign, Field, Grammar, Recognizer, Rule, RuleSet


def load_stored(packs: Sequence[Pack]) -> RuleSet:
    """Return the rule set of the packs, from the cache where it is there.

    Raises:
        PackError: a pack is refused.
    """
    name = f"rules-{_key(packs)}.bin"
    stored = cache.read(name)
    if stored is not None:
        try:
            return _decode(marshal.loads(stored))  # noqa: S302 - only what this user wrote gets here
        except (ValueError, TypeError, EOFError):
            stored = None  # of another version of Python: load again
    from logscrub.rules.load import load

    rules = load(packs).rules
    cache.write(name, marshal.dumps(_encode(rules)))
    return rules


def _key(packs: Sequence[Pack]) -> str:
    """What the rule set is made from: the packs, by size and time of change, and the code that reads them."""
    here = os.path.dirname(__file__)
    files = [os.path.join(here, name) for name in ("load.py", "rule.py", "shape.py")]
    digest = hashlib.sha256(f"{__version__} {marshal.version}".encode())
    for file in files:
        digest.update(_stamp(file))
    for pack in packs:
        digest.update(f"\0{pack.name}\0".encode("utf-8", "surrogateescape"))
        digest.update(pack.data if pack.path is None else _stamp(os.fspath(pack.path)))
    return digest.hexdigest()[:40]


def _stamp(file: str) -> bytes:
    status = os.stat(file)
    return f"{file} {status.st_size} {status.st_mtime_ns}".encode("utf-8", "surrogateescape")


def _encode(rules: RuleSet) -> tuple[Any, ...]:
    return (
        tuple(_plain(rule) for rule in rules.rules),
        tuple(_plain(field) for field in rules.fields),
        tuple(tuple(benign) for benign in rules.benign),
        tuple(tuple(sorted(words)) for words in rules.grammar),
        rules.labels,
        rules.digest,
        tuple(tuple(one._replace(severity=int(one.severity))) for one in rules.recognizers),  # type: ignore[arg-type]
    )


def _plain(item: Rule | Field) -> tuple[Any, ...]:
    return tuple(item._replace(severity=int(item.severity), confidence=int(item.confidence)))  # type: ignore[arg-type]


def _decode(stored: tuple[Any, ...]) -> RuleSet:
    rules, fields, benign, grammar, labels, digest, recognizers = stored
    return RuleSet(
        rules=tuple(_live(Rule._make(row)) for row in rules),
        fields=tuple(_live(Field._make(row)) for row in fields),
        benign=tuple(Benign._make(row) for row in benign),
        grammar=Grammar(*(frozenset(words) for words in grammar)),
        labels=labels,
        digest=digest,
        recognizers=tuple(_severe(Recognizer._make(row)) for row in recognizers),
    )


def _live(item: Any) -> Any:
    return _severe(item)._replace(confidence=Confidence(item.confidence))


def _severe(item: Any) -> Any:
    return item._replace(severity=Severity(item.severity))
