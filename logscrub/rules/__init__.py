"""Rules as data: packs, what they say, and the proof that they work."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from logscrub.rules.rule import Benign, Example, Field, Grammar, Recognizer, Rule, RuleSet

__all__ = ["Benign", "Example", "Field", "Grammar", "Recognizer", "Rule", "RuleSet", "builtin_rules", "load_rules"]


def load_rules(packs: Iterable[str | Path] = (), *, builtin: bool = True) -> RuleSet:
    """Load the built-in packs, those of installed plugins, and more by path.

    Args:
        packs: rule files, or directories of them.
        builtin: whether to load what ships with logscrub.

    Raises:
        PackError: a pack is refused.

    >>> len(load_rules().rules) > 50
    True
    """
    from logscrub.rules.packs import find_packs
    from logscrub.rules.stored import load_stored

    return load_stored(find_packs(packs, builtin=builtin))


def builtin_rules() -> RuleSet:
    """Load the packs that ship with logscrub and nothing else.

    >>> builtin_rules().get("jwt").category
    'secret.token'
    """
    from logscrub.rules.packs import find_packs
    from logscrub.rules.stored import load_stored

    return load_stored(find_packs(plugins=False))
