"""What to look for, what to do with it, and how much time and size a record may take."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

from logscrub.errors import ConfigError
from logscrub.known.registry import KNOWN, REGISTRY, Registry
from logscrub.model import Confidence, Severity
from logscrub.redact import ACTIONS, may_do
from logscrub.rules import Field, Recognizer, Rule, RuleSet, load_rules

PRESIDIO = "presidio"
"""Stands for all recognizers of Presidio's."""
CARD = "financial.card"
"""Whatever the rule, these are numbers of cards, and perhaps of the same one."""


class Decision(NamedTuple):
    """What is done with the values of a rule, and what decided it.

    Attributes:
        rule: the rule.
        action: what is done.
        wished: what was asked for; another than ``action`` where it must not be done with such values.
        name: the name in ``actions`` that asked for it; empty for the rule itself.
    """

    rule: Rule | Field | Recognizer
    action: str
    wished: str
    name: str

    @property
    def refused(self) -> bool:
        """Whether it was asked for by the name of just these values, and so is an error and no oversight."""
        return self.action != self.wished and self.name in ("", self.rule.id, self.rule.category)


def truncated_and_hashed(decisions: Iterable[Decision]) -> bool:
    """Tell whether some card numbers are cut and others hashed, which PCI DSS 3.5.1 does not want together."""
    return {"partial", "token"} <= {one.action for one in decisions if one.rule.category == CARD}


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
            the most exact name wins. What a standard forbids is refused when the policy is taken into use
            (:mod:`logscrub.lint`).
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

    @classmethod
    def of(cls, profile: str | os.PathLike[str], **changes: Any) -> Self:
        """Make the policy of a profile.

        Args:
            profile: the name of a profile that ships with logscrub (``secrets``, ``pci``, ``hipaa``, ``gdpr``,
                ``strict``, ``debug-friendly``), or the path of a profile of one's own, which ends in ``.toml``.
            changes: attributes that come on top: what is in ``ignore`` and ``packs`` is added to the profile's,
                ``actions`` are laid over the profile's by name, anything else replaces what the profile says. In
                ``select`` the name ``profile`` stands for what the profile selects.

        Raises:
            ConfigError: there is no such profile, or something in it or in the changes is wrong.

        >>> Policy.of("pci").actions["financial.card"]
        'partial'
        >>> Policy.of("secrets", select=("profile", "pii.email")).select
        ('secret', 'pii.email')
        """
        from logscrub.profiles import load_profile

        return cls(**load_profile(profile).under(changes))

    def rules(self) -> RuleSet:
        """Load the rules the policy asks for.

        Raises:
            PackError: a pack is refused.
            ConfigError: ``select``, ``ignore`` or ``actions`` names what no rule has.
        """
        loaded = load_rules(self.packs)
        check_names(loaded, self.select, self.ignore, self.actions)
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
            ConfigError: an action must not be done with the values it is asked for, or cannot be.
        """
        decisions = self.decisions(rules)
        if any(one.refused for one in decisions) or truncated_and_hashed(decisions):
            from logscrub.lint import refusals

            raise ConfigError("; ".join(map(str, refusals(decisions))))
        table = {one.rule.id: one.action for one in decisions}
        if "seal" in table.values():
            self._check_sealing()
        return table

    def decisions(self, rules: RuleSet) -> list[Decision]:
        """Return what is done with the values of each rule of a rule set, and why. The most exact name decides.

        What a broad name (``default``, ``secret``) asks for and must not be done with some of the values it stands
        for, such as tokens of passwords, becomes a label for these.
        """
        made = []
        for rule in (*rules.everything(), KNOWN):
            name = next((one for one in (*_names(rule), "default") if one in self.actions), "")
            wished = self.actions[name] if name else rule.action
            made.append(Decision(rule, wished if may_do(wished, rule.category) else "label", wished, name))
        return made

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


def check_names(rules: RuleSet, select: Iterable[str], ignore: Iterable[str], actions: Iterable[str]) -> None:
    """Refuse names that no rule of a rule set answers to.

    Raises:
        ConfigError: there is one; the message says where, and what was meant perhaps.
    """
    known = _names_of(rules)
    for where, names in (("select", select), ("ignore", ignore), ("actions", actions)):
        for name in names:
            if name not in known:
                raise ConfigError(f"{where}: no rule or category is called {name!r}{_suggest(name, known)}")


def all_names(packs: Iterable[str] = ()) -> set[str]:
    """Return what may be selected and ignored: ids, categories, and the words that stand for several.

    Raises:
        PackError: a pack is refused.

    >>> {"all", "email", "pii", "pii.email"} <= all_names()
    True
    """
    return _names_of(load_rules(packs))


def _names_of(rules: RuleSet) -> set[str]:
    known = {"default", "all"}
    for rule in (*rules.everything(), KNOWN):
        known.update(_names(rule))
    return known


def _names(rule: Rule | Field | Recognizer) -> tuple[str, ...]:
    """The names a rule answers to, the most exact first."""
    names = rule.id, rule.category, rule.category.partition(".")[0]
    return (*names, PRESIDIO) if isinstance(rule, Recognizer) else names


def as_policy(policy: Policy | str | None) -> Policy:
    """Return a policy: the one given, that of the profile named, or the default one.

    Raises:
        ConfigError: there is no such profile.

    >>> as_policy(None) == Policy(), as_policy("pci") == Policy.of("pci")
    (True, True)
    """
    if isinstance(policy, str):
        return Policy.of(policy)
    return policy if policy is not None else Policy()


def _suggest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=3)
    return f"; did you mean {' or '.join(close)}?" if close else "; 'logscrub rules list' shows them"
