"""What the linter of policies refuses and warns of, and that a refused policy is not taken into use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import logscrub
from logscrub import Policy, Scrubber
from logscrub.errors import ConfigError
from logscrub.lint import REFUSED, WARNING, lint
from logscrub.model import Confidence, Severity
from logscrub.profiles import load_profile

KEY = b"a key of tests only"
SEAL_KEY = b"a key of tests only, thirty-two bytes"
PACK = """
[[field]]
id = "shop-{}"
title = "Of a shop"
category = "{}"
severity = "high"
action = "token"
words = ["shop{}"]
examples = ["shop{}=4111111111111111"]
counterexamples = ["shop=1"]
"""


def kinds(policy: Policy, severity: str, profile: str = "") -> list[str]:
    """What of a severity is found."""
    found = lint(policy, load_profile(profile) if profile else None)
    return [one.kind for one in found if one.severity == severity]


@pytest.mark.parametrize(
    ("actions", "says"),
    [
        ({"payment-card": "token"}, "cut .payment-card-keyed, card-number. and hashed .payment-card."),
        ({"financial.card": "token", "card-number": "partial"}, "PCI DSS 4.0.1 3.5.1"),
        ({"default": "token", "payment-card": "partial"}, 'write "financial.card" = "partial"'),
        ({"financial.cvv": "token"}, '"financial.cvv" = "token" .*3.3.1.2.*write "financial.cvv" = "label"'),
        ({"card-verification-code": "token"}, '"card-verification-code" = "token"'),
        ({"financial.track-data": "token"}, "3.3.1.1"),
        ({"one-time-code": "token"}, "3.3.1.3"),
        ({"secret.password": "token"}, "8.3.2"),
        ({"known-value": "token"}, "registered values may be passwords"),
        ({"financial.cvv": "seal"}, "3.3.1.2"),
        ({"payment-track-1": "seal"}, "3.3.1.1"),
        ({"secret.pin": "seal"}, "3.3.1.3"),
    ],
)
def test_refused(actions: dict[str, str], says: str) -> None:
    """The linter shows it, and neither a scrubber nor a filter starts with it."""
    policy = Policy(actions=actions, key=KEY, seal_key=SEAL_KEY)
    assert len(kinds(policy, REFUSED)) == 1
    for take in (Scrubber, logscrub.install):
        with pytest.raises(ConfigError, match=says):
            take(policy)


def test_packs_are_refused_too(tmp_path: Path) -> None:
    """What a rule of a pack asks for by itself is no different."""
    pack = tmp_path / "shop.toml"
    pack.write_text("".join(PACK.format(one, f"financial.{one}", one, one) for one in ("cvv", "card")))
    policy = Policy(packs=(str(pack),), key=KEY)
    assert kinds(policy, REFUSED) == ["must-not-be-kept", "truncated-and-hashed"]
    assert "other-packs" in kinds(policy, WARNING)
    policy = Policy(packs=(str(pack),), actions={"shop-cvv": "label", "shop-card": "label"})
    assert kinds(policy, REFUSED) == []


@pytest.mark.parametrize("action", ["token", "seal"])
@pytest.mark.parametrize("name", ["default", "secret", "financial"])
def test_a_broad_name_leaves_out_what_must_not_be_kept(name: str, action: str) -> None:
    """It becomes a label there, which the linter tells; and tokens and seals it is everywhere else."""
    policy = Policy(actions={name: action}, key=KEY, seal_key=SEAL_KEY)
    rules = policy.rules()
    table = policy.action_table(rules)
    reached = {
        "default": ["card-verification-code", "payment-track-1", "one-time-code"],
        "secret": ["one-time-code"],
        "financial": ["card-verification-code", "payment-track-2"],
    }[name]
    assert {table[rule] for rule in reached} == {"label"}
    assert table["bank-account" if name == "financial" else "jwt-shaped"] == action
    assert table["password"] == (action if action == "seal" and name != "financial" else "label")
    (told,) = [one for one in lint(policy) if one.kind == "label-instead"]
    assert told.severity == WARNING
    assert f'"{name}" = "{action}" reaches' in told.what and "PCI DSS 4.0.1 3.3.1" in told.clause


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        ({"actions": {"financial.card": "label", "secret": "drop"}}, []),
        ({"actions": {"pii": "token"}}, ["key-of-one-process"]),
        ({"actions": {"pii": "token"}, "key": KEY}, []),
        ({"actions": {"financial.card": "token"}, "key": KEY}, ["hashed-cards"]),
        ({"select": ("email",)}, ["secrets-left-out"]),
        ({"ignore": ("password",)}, ["secrets-left-out"]),
        ({"min_severity": Severity.HIGH}, ["secrets-left-out"]),
        ({"min_confidence": Confidence.MEDIUM}, ["unsure-matches"]),
        ({"ignore": ("known-value",)}, ["registered-values"]),
    ],
)
def test_warnings(settings: dict[str, Any], expected: list[str]) -> None:
    """Each by itself."""
    policy = Policy(**settings)
    assert kinds(policy, WARNING) == expected
    assert kinds(policy, REFUSED) == []


def test_what_is_less_than_the_profile() -> None:
    """Rules that are off, and values that are kept where the profile keeps nothing, with the profile's own reason."""
    policy = Policy.of("hipaa", ignore=("network",), actions={"email": "partial", "pii.phone": "drop"})
    found = {one.kind: one for one in lint(policy, load_profile("hipaa"))}
    assert set(found) == {"off-in-profile", "keeps-more-than-profile"}
    assert "4 of the " in found["off-in-profile"].what
    assert '"email" = "partial" (email), where profile hipaa has "label"' in found["keeps-more-than-profile"].what
    assert "164.514(c)" in found["keeps-more-than-profile"].why


@pytest.mark.parametrize("name", ["debug-friendly", "gdpr", "hipaa", "pci", "secrets", "strict"])
def test_the_profiles_themselves(name: str) -> None:
    """Nothing is to be said against one, but that tokens want a key."""
    assert kinds(Policy.of(name, key=KEY), WARNING, name) == []
    assert kinds(Policy.of(name), REFUSED, name) == []


def test_no_value_and_no_key_is_told() -> None:
    """Neither in a problem nor in the error."""
    policy = Policy(actions={"financial.cvv": "seal", "pii": "token"}, key=KEY, seal_key=SEAL_KEY)
    assert KEY.decode() not in repr(lint(policy)) + "".join(map(str, lint(policy)))
