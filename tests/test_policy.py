"""Which rules a policy asks for, what it does with them, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from logscrub import LogscrubError, Policy
from logscrub.errors import ConfigError
from logscrub.model import Severity
from logscrub.rules import Recognizer, load_rules


def ids(**settings: Any) -> set[str]:
    """Ids of what a policy looks for."""
    return set(Policy(**settings).rules().ids())


def test_defaults() -> None:
    """By default everything that is on by default is looked for, and nothing else."""
    everything = load_rules().everything()
    assert ids() == {one.id for one in everything if one.default}
    assert ids(select=("all",)) == {one.id for one in everything if not isinstance(one, Recognizer)}
    assert any(not one.default for one in everything)


def test_select_and_ignore() -> None:
    """Ids and categories, exact or by their first word, are looked for or left out."""
    assert ids(select=("jwt", "password")) == {"jwt", "password"}
    assert ids(select=("jwt", "password"), ignore=("secret.password",)) == {"jwt"}
    pii = ids(select=("pii",))
    assert "email" in pii
    assert "jwt" not in pii
    assert ids(select=("default",), ignore=("pii",)) == ids() - {
        one.id for one in load_rules().everything() if one.category.startswith("pii.")
    }
    assert ids(select=("precise-location",)) == {"precise-location"}
    assert ids(select=()) == set()


def test_min_severity() -> None:
    """What is less severe is not looked for."""
    rules = Policy(min_severity=Severity.CRITICAL).rules()
    assert rules.everything()
    assert all(one.severity is Severity.CRITICAL for one in rules.everything())


def test_the_most_exact_action_wins() -> None:
    """Id before category, category before its first word, that before the default, that before the rule's own."""
    rules = load_rules()
    policy = Policy(actions={"default": "drop", "secret": "token", "secret.password": "partial", "password": "label"})
    table = policy.action_table(rules)
    assert (table["password"], table["pass"], table["jwt"], table["email"]) == ("label", "partial", "token", "drop")
    own = Policy().action_table(rules)
    assert own == {one.id: one.action for one in rules.everything()} | {"known-value": "label"}


@pytest.mark.parametrize("where", ["select", "ignore"])
def test_unknown_names(where: str) -> None:
    """A name no rule has is refused, with what was meant perhaps."""
    with pytest.raises(ConfigError, match=rf"{where}: no rule or category is called 'pasword'; did you mean password"):
        Policy(**{where: ("pasword",)}).rules()
    with pytest.raises(ConfigError, match="'logscrub rules list' shows them"):
        Policy(**{where: ("zzzzzzzzzzzz",)}).rules()
    with pytest.raises(ConfigError, match="actions: no rule or category is called 'jwtt'"):
        Policy(actions={"jwtt": "drop"}).rules()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"actions": {"pii": "hash"}}, "action for 'pii' is not one of label, partial, token, drop"),
        ({"key": b"short"}, "at least 16 bytes"),
        ({"max_length": 0}, "max_length must be more than 0"),
        ({"max_items": -1}, "max_items must be more than 0"),
        ({"time_limit": 0.0}, "time_limit must be more than 0"),
    ],
)
def test_refused(settings: dict[str, Any], message: str) -> None:
    """A policy that cannot be kept is refused when it is made, and the message holds no key."""
    with pytest.raises(ConfigError, match=message) as raised:
        Policy(**settings)
    assert isinstance(raised.value, LogscrubError)
    assert raised.value.exit_code == 2
    assert "short" not in str(raised.value)
