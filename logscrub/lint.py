"""What a policy does that a standard forbids, or that its writer hardly meant.

What is *refused* raises a :class:`~logscrub.errors.ConfigError` as soon as the policy is taken into use; a *warning* is
told by ``logscrub config lint`` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from logscrub.known.registry import KNOWN
from logscrub.model import Confidence
from logscrub.policy import CARD, Decision, Policy, truncated_and_hashed

if TYPE_CHECKING:
    from logscrub.profiles import Profile
    from logscrub.rules import RuleSet

REFUSED = "refused"
WARNING = "warning"

_FEW = 3
_KEEPING = ("token", "partial", "seal")
"""Actions that keep something of a value, or stand for it."""
_NEVER = {
    "financial.cvv": ("PCI DSS 4.0.1 3.3.1.2", "a card verification code must not be kept in any form, and is guessed"),
    "financial.track-data": ("PCI DSS 4.0.1 3.3.1.1", "track data must not be kept in any form"),
    "secret.pin": ("PCI DSS 4.0.1 3.3.1.3", "a PIN must not be kept in any form, and is guessed"),
    "secret.password": ("PCI DSS 4.0.1 8.3.2", "passwords are guessed: who has the key tries them one by one"),
    KNOWN.category: ("PCI DSS 4.0.1 8.3.2", "registered values may be passwords"),
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a policy.

    Attributes:
        severity: ``refused`` or ``warning``.
        kind: what goes by this name in every policy, such as ``truncated-and-hashed``.
        what: what the policy does.
        why: what is wrong with that.
        fix: what to write instead.
        clause: of a standard, where one says so.
    """

    severity: str
    kind: str
    what: str
    why: str
    fix: str
    clause: str = ""

    def __str__(self) -> str:
        reason = f"{self.why} ({self.clause})" if self.clause else self.why
        return f"{self.what}: {reason}; {self.fix}"


def lint(policy: Policy, profile: Profile | None = None) -> tuple[Problem, ...]:
    """Look a policy over; what is refused comes first.

    Args:
        policy: the policy.
        profile: what it was made from: what it does less than that is told too.

    Raises:
        ConfigError: the policy names what no rule has.
        PackError: a pack is refused.

    >>> [one.kind for one in lint(Policy(actions={"financial.cvv": "token"}))]
    ['must-not-be-kept']
    >>> lint(Policy())
    ()
    """
    rules = policy.rules()
    decisions = policy.decisions(rules)
    everything = replace(policy, select=("default",), ignore=(), min_severity=min(type(policy.min_severity))).rules()
    found = [
        *refusals(decisions),
        *_softened(decisions),
        *_keyless(policy, decisions),
        *_hashed_cards(decisions),
        *_without_secrets(rules, everything),
        *_unsure(policy),
        *_foreign(rules),
    ]
    if policy.known() is None:
        found.append(
            Problem(
                WARNING,
                "registered-values",
                "ignore leaves registered values out",
                "what the service gave to protect() is printed as it is",
                f"take {KNOWN.id!r} and its category out of ignore",
            )
        )
    if profile is not None:
        found += _less_than(profile, policy, rules, decisions)
    return tuple(found)


def refusals(decisions: Iterable[Decision]) -> list[Problem]:
    """Return what no policy may do."""
    decisions = list(decisions)
    found = [
        Problem(
            REFUSED,
            "must-not-be-kept",
            f"{_asked(some[0])} ({_listed(some)})",
            _NEVER.get(some[0].rule.category, ("", "such values are guessed"))[1],
            f"write {_labels([some[0].name or some[0].rule.id])} (or drop) in actions",
            _NEVER.get(some[0].rule.category, ("", ""))[0],
        )
        for some in _grouped(one for one in decisions if one.refused)
    ]
    if truncated_and_hashed(decisions):
        cards = [one for one in decisions if one.rule.category == CARD]
        cut, hashed = ([one for one in cards if one.action == action] for action in ("partial", "token"))
        found.append(
            Problem(
                REFUSED,
                "truncated-and-hashed",
                f"actions: card numbers are cut ({_listed(cut)}) and hashed ({_listed(hashed)})",
                "who has both forms of one number can work out the whole",
                f'write "{CARD}" = "partial" (or "label") in actions, and nothing else for the rules of it',
                "PCI DSS 4.0.1 3.5.1",
            )
        )
    return found


def _softened(decisions: Iterable[Decision]) -> Iterator[Problem]:
    for some in _grouped(one for one in decisions if one.action != one.wished and not one.refused):
        if all(one.rule is KNOWN for one in some):
            continue  # always there, and nobody's wish
        categories = sorted({one.rule.category for one in some if one.rule is not KNOWN})
        yield Problem(
            WARNING,
            "label-instead",
            f"{_asked(some[0])} reaches {_listed(one for one in some if one.rule is not KNOWN)}, which get a label",
            f"nothing of {', '.join(categories)} may be kept so",
            f"say so in actions: {_labels(categories)}",
            ", ".join(sorted({_NEVER[name][0] for name in categories if name in _NEVER})),
        )


def _keyless(policy: Policy, decisions: Iterable[Decision]) -> Iterator[Problem]:
    if policy.key is None and (some := [one for one in decisions if one.action == "token"]):
        yield Problem(
            WARNING,
            "key-of-one-process",
            f"there is no key for the tokens of {_listed(some)}",
            "they change with every start, and differ between two processes",
            "give a key of at least 16 bytes with key-file or LOGSCRUB_KEY, or key= in Python",
        )


def _hashed_cards(decisions: Iterable[Decision]) -> Iterator[Problem]:
    if some := [one for one in decisions if one.action == "token" and one.rule.category == CARD]:
        yield Problem(
            WARNING,
            "hashed-cards",
            f"{_asked(some[0])} hashes card numbers ({_listed(some)})",
            "a keyed hash needs a managed key, and must meet no truncated form of the same number anywhere",
            f'write "{CARD}" = "partial" (or "label") in actions',
            "PCI DSS 4.0.1 3.5.1.1",
        )


def _without_secrets(rules: RuleSet, everything: RuleSet) -> Iterator[Problem]:
    looked_for = set(rules.ids())
    secrets = [one.id for one in everything.everything() if one.category.startswith("secret.")]
    missing = [one for one in secrets if one not in looked_for]
    if missing:
        yield Problem(
            WARNING,
            "secrets-left-out",
            "secrets are not looked for"
            if len(missing) == len(secrets)
            else f"{len(missing)} of the {len(secrets)} rules for secrets are off: {_few(missing)}",
            "passwords, keys and tokens are printed as they are",
            'add "secret" to select, and look through ignore and min-severity',
            "CWE-532",
        )


def _unsure(policy: Policy) -> Iterator[Problem]:
    if policy.min_confidence > Confidence.LOW:
        yield Problem(
            WARNING,
            "unsure-matches",
            f"min-confidence is {policy.min_confidence}",
            "what is found with less is printed as it is",
            'write min-confidence = "low", and ignore the rules that are wrong too often',
        )


def _foreign(rules: RuleSet) -> Iterator[Problem]:
    from logscrub.rules.packs import find_packs

    own = {pack.name for pack in find_packs(plugins=False)}
    others: dict[str, int] = {}
    for rule in rules.everything():
        if rule.source not in own:
            others[rule.source] = others.get(rule.source, 0) + 1
    for source, count in others.items():
        yield Problem(
            WARNING,
            "other-packs",
            f"{source}: {count} {'rule' if count == 1 else 'rules'} of another pack",
            "what it finds and misses, logscrub's own tests do not show",
            f"prove it on its examples: logscrub rules check {source}",
        )


def _less_than(profile: Profile, policy: Policy, rules: RuleSet, decisions: list[Decision]) -> Iterator[Problem]:
    begun = Policy(**profile.under({"packs": policy.packs, "key": policy.key, "seal_key": policy.seal_key}))
    full = begun.rules()
    looked_for = set(rules.ids())
    off = [one for one in full.ids() if one not in looked_for]
    if off:
        yield Problem(
            WARNING,
            "off-in-profile",
            f"{len(off)} of the {len(full.ids())} rules of profile {profile.name} are off: {_few(off)}",
            profile.why.get("select", profile.about) or "the profile looks for them",
            'write "profile" into select for what the profile selects, and look through ignore and min-severity',
        )
    meant = {one.rule.id: one for one in begun.decisions(full)}
    kept = (one for one in decisions if one.rule.id in meant)
    changed = [one for one in kept if one.action in _KEEPING and one.action != meant[one.rule.id].action]
    for some in _grouped(changed):
        was = meant[some[0].rule.id]
        yield Problem(
            WARNING,
            "keeps-more-than-profile",
            f"{_asked(some[0])} ({_listed(some)}), where profile {profile.name} has {_quoted(was.action)}",
            profile.why.get(was.name, profile.about) or "the profile keeps less",
            f"take {_quoted(some[0].name)} out of actions",
        )


def _grouped(decisions: Iterable[Decision]) -> list[list[Decision]]:
    """Put together what one entry of ``actions``, or one rule by itself, decided."""
    groups: dict[tuple[str, str], list[Decision]] = {}
    for one in decisions:
        groups.setdefault((one.name or one.rule.id, one.wished), []).append(one)
    return list(groups.values())


def _asked(one: Decision) -> str:
    if one.name:
        return f"actions: {_quoted(one.name)} = {_quoted(one.wished)}"
    return f"{one.rule.source}: rule {one.rule.id!r} has action = {_quoted(one.wished)}"


def _listed(decisions: Iterable[Decision]) -> str:
    return _few([one.rule.id for one in decisions])


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f"{', '.join(names[:_FEW])}{more}"


def _labels(names: Iterable[str]) -> str:
    return ", ".join(f'{_quoted(name)} = "label"' for name in names)


def _quoted(name: str) -> str:
    return f'"{name}"'
