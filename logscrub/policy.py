"""What to look for, what to do with it, and how much time and size a record may take."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from logscrub.errors import ConfigError
from logscrub.known.registry import KNOWN, REGISTRY, Registry
from logscrub.model import Confidence, Severity
from logscrub.redact import ACTIONS
from logscrub.rules import Field, Recognizer, Rule, RuleSet, load_rules

PRESIDIO = "presidio"
"""Stands for all recognizers of Presidio's."""


@dataclass(frozen=True)
class Policy:
    """Which rules, which actions, which limits.

    Attributes:
        select: what to look for: ids of rules, categories (``secret``, ``pii.email``), ``default`` for what is on by
            default, ``all`` for everything but Presidio's recognizers, ``presidio`` for those.
        ignore: ids and categories to leave out of that; ``known-value`` for the values given to ``protect``, which are
            looked for whatever is selected.
        packs: more rule files, or directories of them.
        actions: an action (``label``, ``partial``, ``token``, ``drop``, ``seal``) for an id, a category or ``default``;
            the most exact name wins.
        min_severity: rules below this are not looked for.
        min_confidence: matches less sure than this are left alone.
        key: key of the ``token`` action and of fingerprints, at least 16 bytes; without one they hold for one process.
        seal_key: key of the ``seal`` action, at least 32 bytes.
        max_length: longest text that is scrubbed, in characters; what is beyond is replaced by a marker that says so.
        max_items: most elements of a structure that are looked at; beyond, the same.
        time_limit: seconds a record may take before it is replaced by a marker.

    >>> Policy(select=("secret", "pii.email"), actions={"pii": "token"}).key is None
    True
    """

    select: tuple[str, ...] = ("default",)
    ignore: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    actions: Mapping[str, str] = field(default_factory=dict)
    min_severity: Severity = Severity.INFO
    min_confidence: Confidence = Confidence.LOW
    key: bytes | None = field(default=None, repr=False)
    seal_key: bytes | None = field(default=None, repr=False)
    max_length: int = 1 << 18
    max_items: int = 100_000
    time_limit: float = 0.5

    def __post_init__(self) -> None:
        for name, action in self.actions.items():
            if action not in ACTIONS:
                raise ConfigError(f"action for {name!r} is not one of {', '.join(ACTIONS)}")
        if self.key is not None and len(self.key) < 16:
            raise ConfigError(
                "the key must have at least 16 bytes; make one with: python -c "
                "'import secrets; print(secrets.token_hex(32))'"
            )
        if self.seal_key is not None:
            from logscrub.seal import check_key

            check_key(self.seal_key)
        if "seal" in self.actions.values():
            self._check_sealing()
        for limit in ("max_length", "max_items", "time_limit"):
            if getattr(self, limit) <= 0:
                raise ConfigError(f"{limit} must be more than 0")

    def rules(self) -> RuleSet:
        """Load the rules the policy asks for.

        Raises:
            PackError: a pack is refused.
            ConfigError: ``select``, ``ignore`` or ``actions`` names what no rule has.
        """
        loaded = load_rules(self.packs)
        self._check_names(loaded)
        return replace(
            loaded,
            rules=tuple(rule for rule in loaded.rules if self._wants(rule)),
            fields=tuple(one for one in loaded.fields if self._wants(one)),
            recognizers=tuple(one for one in loaded.recognizers if self._wants(one)),
        )

    def known(self) -> Registry | None:
        """Return the values to look for beside the rules, ``None`` if the policy leaves them out."""
        return None if set(_names(KNOWN)) & set(self.ignore) else REGISTRY

    def action_table(self, rules: RuleSet) -> dict[str, str]:
        """Return the action for each rule of a rule set.

        Raises:
            ConfigError: a rule's values are to be sealed, and they cannot be.
        """
        table = {}
        for rule in (*rules.everything(), KNOWN):
            table[rule.id] = next(
                (self.actions[name] for name in _names(rule) if name in self.actions),
                self.actions.get("default", rule.action),
            )
        if "seal" in table.values():
            self._check_sealing()
        return table

    def _check_sealing(self) -> None:
        """Refuse at once what could not be done once there is something to seal."""
        from logscrub.seal import MAKE_KEY, Sealer

        if self.seal_key is None:
            raise ConfigError(f"the action 'seal' needs a seal key (seal_key, seal-key-file); {MAKE_KEY}")
        Sealer(self.seal_key)

    def _wants(self, rule: Rule | Field | Recognizer) -> bool:
        if rule.severity < self.min_severity:
            return False
        names = set(_names(rule))
        if names & set(self.ignore):
            return False
        chosen = set(self.select)
        if isinstance(rule, Recognizer):
            # They need an extra and find much that is nothing: never by the way, only by a name of their own.
            return rule.id in chosen or PRESIDIO in chosen or ("default" in chosen and rule.default)
        return "all" in chosen or ("default" in chosen and rule.default) or bool(names & chosen)

    def _check_names(self, rules: RuleSet) -> None:
        known = {"default", "all"}
        for rule in (*rules.everything(), KNOWN):
            known.update(_names(rule))
        for where, names in (("select", self.select), ("ignore", self.ignore), ("actions", tuple(self.actions))):
            for name in names:
                if name not in known:
                    raise ConfigError(f"{where}: no rule or category is called {name!r}{_suggest(name, known)}")


def _names(rule: Rule | Field | Recognizer) -> tuple[str, ...]:
    """The names a rule answers to, the most exact first."""
    names = rule.id, rule.category, rule.category.partition(".")[0]
    return (*names, PRESIDIO) if isinstance(rule, Recognizer) else names


def _suggest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=3)
    return f"; did you mean {' or '.join(close)}?" if close else "; 'logscrub rules list' shows them"
