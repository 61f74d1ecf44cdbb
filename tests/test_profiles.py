"""Profiles: what each says, that filter, scan and redaction do it alike, how they are put under other settings."""

from __future__ import annotations

import io
import json
import logging
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logscrub
from logscrub import Policy, Scrubber
from logscrub.cleaning import redact_files
from logscrub.config import load_config
from logscrub.emit import ScrubFilter
from logscrub.errors import ConfigError
from logscrub.model import Confidence
from logscrub.policy import CARD
from logscrub.profiles import load_profile, profile_names
from logscrub.rules import Recognizer, load_rules

KEY = b"a key of tests only"
NAMES = ("debug-friendly", "gdpr", "hipaa", "pci", "secrets", "strict")
# What stands in a log, and the rule that finds it where a profile looks for it.
LINES = {
    "payment-card": ("paid with {} today", "4111111111111111"),
    "payment-track-1": ("swipe {} done", "%B5555555555554444^MUSTER/ALICE^29121010000000000000?"),
    "card-mask-wide": ("refund to {} done", "411111111***1111"),
    "card-hash": ("found pan_hash={} twice", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    "card-verification-code": ("charge cvv={} ok", "573"),
    "one-time-code": ("login pin={} ok", "4821"),
    "password": ("login password={} ok", "hunter2-correct"),
    "session-id": ("got session_id={} ok", "9f6372d0dc189a222520aaade146d07c"),
    "email": ("mail from {} today", "bob@example.com"),
    "phone-international": ("call {} now", "+14155550142"),
    "health-detail": ("chart diagnosis={} read", "J45.909"),
    "iban": ("payout to {} done", "DE07100200300040005006"),
    "ipv4-address": ("client {} connected", "203.0.113.9"),
    "user-name": ("job user_name={} started", "bmuster"),
    "web-address": ("see {} now", "https://portal.example/visits/4821"),
    "aws-arn": ("copy to {} done", "arn:aws:s3:::acme-billing-eu"),
}
SAID = {
    "secrets": {"label": "one-time-code password session-id"},
    "pci": {
        "partial": "payment-card",
        "drop": "payment-track-1",
        "label": "card-mask-wide card-hash card-verification-code one-time-code password session-id",
    },
    "hipaa": {
        "drop": "payment-track-1",
        "label": "payment-card card-verification-code one-time-code password session-id email phone-international "
        "health-detail iban ipv4-address user-name web-address",
    },
    "gdpr": {
        "drop": "payment-track-1",
        "label": "payment-card card-verification-code one-time-code password session-id health-detail",
        "token": "email phone-international iban ipv4-address user-name",
    },
    "strict": {
        "drop": "payment-track-1",
        "label": "payment-card card-verification-code one-time-code password session-id email phone-international "
        "health-detail iban ipv4-address user-name web-address aws-arn",
    },
    "debug-friendly": {
        "partial": "payment-card",
        "drop": "payment-track-1",
        "label": "card-verification-code one-time-code password session-id health-detail",
        "token": "email phone-international iban",
    },
}


def said(name: str) -> dict[str, str]:
    """The action of each rule that a profile looks for."""
    return {rule: action for action, rules in SAID[name].items() for rule in rules.split()}


def narrow(name: str, **changes: Any) -> Policy:
    """A profile, of which only what stands in the lines is looked for: to compile all of its rules takes seconds."""
    looked_for = set(Policy.of(name).rules().ids())
    return Policy.of(name, select=tuple(rule for rule in LINES if rule in looked_for), key=KEY, **changes)


def expected(rule: str, action: str) -> str:
    """An expression for the line of a rule after redaction."""
    form, value = LINES[rule]
    left = {
        "": re.escape(value),
        "label": rf"\[{rule}(-phrase)?\]",
        "token": rf"\[{rule}:[a-p]{{16}}\]",
        "partial": rf"\[{rule}:\*1111\]",
        "drop": "",
    }[action]
    return re.escape(form).replace(r"\{\}", left)


@pytest.mark.parametrize("name", NAMES)
def test_filter_scan_and_redaction_do_what_the_profile_says(name: str, tmp_path: Path) -> None:
    """The same lines, through a real logger, a scan and a redaction."""
    policy = narrow(name)
    log, stream = tmp_path / "app.log", io.StringIO()
    log.write_text("".join(form.format(value) + "\n" for form, value in LINES.values()))
    logger = logging.getLogger(f"profiles.{name}")
    logger.propagate = False
    logger.addHandler(handler := logging.StreamHandler(stream))
    with logscrub.install(policy):
        for form, value in LINES.values():
            logger.warning(form.replace("{}", "%s"), value)
    logger.removeHandler(handler)

    redact_files(log, output=tmp_path / "clean", policy=policy, jobs=1)
    (clean,) = (tmp_path / "clean").rglob("app.log")
    for text in (stream.getvalue(), clean.read_text()):
        for rule, line in zip(LINES, text.splitlines(), strict=True):
            assert re.fullmatch(expected(rule, said(name).get(rule, "")), line), (rule, line)
    found = {one.rule.removesuffix("-phrase") for one in logscrub.scan(log, policy=policy).findings}
    assert found == set(said(name))


def test_what_the_profiles_look_for() -> None:
    """By the tags and categories of the rules, so that a new rule is found in its place."""
    families = ("secret.", "pii.", "financial.", "network.")
    rules = [one for one in load_rules().everything() if one.category.startswith(families)]
    rules = [one for one in rules if not isinstance(one, Recognizer)]
    ids = {name: set(Policy.of(name).rules().ids()) for name in NAMES}

    def tagged(tag: str) -> set[str]:
        return {one.id for one in rules if any(have.startswith(tag) for have in one.tags)}

    secrets = {one.id for one in rules if one.category.startswith("secret.") and one.default}
    assert ids["secrets"] == secrets
    assert all(looked_for >= secrets for looked_for in ids.values())
    assert tagged("pci-dss-") <= ids["pci"]
    assert {one.category.partition(".")[0] for one in rules if one.id in ids["pci"]} == {"secret", "financial"}
    assert tagged("hipaa-164.514-") <= ids["hipaa"]
    assert tagged("gdpr-4-1") - ids["gdpr"] == {"special-ip-address"}  # an address of nobody
    assert ids["strict"] == {one.id for one in rules}
    assert ids["debug-friendly"] == {one.id for one in rules if one.default}


def test_what_the_profiles_do() -> None:
    """No profile keeps what must not be kept, and what each promises in its line holds for all of its rules."""
    tables = {name: Policy.of(name).decisions(Policy.of(name).rules()) for name in NAMES}
    actions = {name: {one.action for one in table} for name, table in tables.items()}
    for name, table in tables.items():
        for one in table:
            kept = one.action not in ("label", "drop")
            assert not (kept and one.rule.category.startswith("secret.")), (name, one.rule.id)
            assert one.action == one.wished and not one.refused
            assert one.rule.category != CARD or one.action in ("label", "partial")
    assert actions["secrets"] == {"label"}
    assert actions["pci"] == {"label", "partial", "drop"}
    assert actions["hipaa"] == actions["strict"] == {"label", "drop"}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([form.format(value) for form, value in LINES.values()]), max_size=4), st.text(max_size=9)
)
def test_scrubbing_twice_is_scrubbing_once(name: str, lines: list[str], between: str) -> None:
    """Under each profile."""
    scrubber = narrow_scrubber(name)
    once = scrubber.scrub_text(between.join(lines))
    assert scrubber.scrub_text(once) == once


@cache
def narrow_scrubber(name: str) -> Scrubber:
    """The scrubber of a narrow profile, made once."""
    return Scrubber(narrow(name))


def test_a_name_is_taken_for_a_policy(tmp_path: Path) -> None:
    """By the scrubber, the filter and the handlers; and what is no profile is refused with what was meant perhaps."""
    ours = tmp_path / "ours.toml"
    ours.write_text('select = ["email", "password"]\n[actions]\nemail = "partial"\n')
    name = str(ours)
    with logscrub.install(name) as installation, logscrub.install(Policy.of(ours)) as again:
        assert again is installation
        assert installation.policy == Policy.of(ours)
        installation.set_policy(logging.NullHandler(), name)
    record = logging.makeLogRecord({"msg": "bob@example.com password=hunter2-correct"})
    passed: Any = ScrubFilter(policy=name, ignore=["password"]).filter(record)
    assert (
        passed if isinstance(passed, logging.LogRecord) else record
    ).msg == "[email:@example.com] password=hunter2-correct"
    assert {one.rule for one in logscrub.scan(_written(tmp_path), policy=name).findings} == {"email"}
    with pytest.raises(ConfigError, match=r"^no profile is called 'pcy'; did you mean pci\?; a file of your own"):
        Scrubber("pcy")
    with pytest.raises(ConfigError, match="there are debug-friendly, gdpr"):
        Policy.of("zzzzzz")
    with pytest.raises(ConfigError, match="a policy has no attribute 'selekt'"):
        Policy.of("pci", selekt=())


def _written(place: Path) -> Path:
    (place / "app.log").write_text("bob@example.com 4111111111111111\n")
    return place / "app.log"


def test_changes_come_on_top() -> None:
    """Names to ignore are added, actions laid over by name, the rest replaced; ``profile`` is what the profile selects."""
    plain = Policy.of("pci")
    policy = Policy.of("pci", ignore=("jwt-shaped",), actions={"secret": "drop"}, min_confidence=Confidence.HIGH)
    assert policy.ignore == (*plain.ignore, "jwt-shaped")
    assert policy.actions == {**plain.actions, "secret": "drop"}
    assert (policy.select, policy.min_confidence) == (plain.select, Confidence.HIGH)
    assert Policy.of("pci", select=("pii",)).select == ("pii",)
    assert Policy.of("pci", select=("pii", "profile")).select == ("pii", *plain.select)


def test_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile under the other keys of a configuration, by its name or by its path beside that file."""
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text(
        '[tool.logscrub]\nprofile = "pci"\nignore = ["jwt-shaped"]\nselect = ["profile", "pii"]\n'
    )
    config = load_config()
    assert config.policy == Policy.of("pci", ignore=("jwt-shaped",), select=("profile", "pii"))
    assert config.profile == load_profile("pci")

    Path("conf").mkdir()
    Path("conf/ours.toml").write_text('about = "Ours."\nselect = ["email"]\n[actions]\nemail = "drop"\n')
    Path("conf/logscrub.toml").write_text('profile = "ours.toml"\nmin-confidence = "high"\n')
    policy = load_config("conf/logscrub.toml").policy
    assert (policy.select, dict(policy.actions), policy.min_confidence) == (
        ("email",),
        {"email": "drop"},
        Confidence.HIGH,
    )
    assert Policy.of("conf/ours.toml").select == ("email",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", "selct: is not a setting; did you mean 'select'"),
        ("titel = ''", "titel: is not a setting; did you mean 'title'"),
        ("title = 1", "title: must be a text"),
        ("select = 'pii'", "select: must be a list of strings"),
        ("[actions]\npii = 'tokn'", "actions: action for 'pii' is not one of .*; did you mean 'token'"),
        ("select = ['pii.emial']", "select: no rule or category is called 'pii.emial'; did you mean pii.email"),
        ("[why]\nselect = 'x'", "why.select: explains what the profile does not say"),
        ("ignore = ['pii.email']\n[why]\n'pii.mail' = 'x'", "why.pii.mail: .*; did you mean 'pii.email'"),
        ("[actions\n", "is not valid TOML"),
    ],
)
def test_wrong_profiles(text: str, message: str, tmp_path: Path) -> None:
    """The error names the file and the key, and what was meant perhaps."""
    path = tmp_path / "ours.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=rf"^{re.escape(str(path))}: {message}"):
        Policy.of(path)


def test_a_profile_that_is_not_there(tmp_path: Path) -> None:
    """The error names the configuration and the file."""
    (tmp_path / "logscrub.toml").write_text('profile = "none.toml"\n')
    with pytest.raises(ConfigError, match=r"logscrub.toml: profile: .*none.toml: cannot be read"):
        load_config(tmp_path / "logscrub.toml")
    (tmp_path / "logscrub.toml").write_text("profil = 'pci'\n")
    with pytest.raises(ConfigError, match="profil: is not a setting; did you mean 'profile'"):
        load_config(tmp_path / "logscrub.toml")


def test_each_profile_says_why() -> None:
    """Its line, its clauses, and a reason for each choice."""
    assert tuple(profile_names()) == NAMES
    for name in NAMES:
        profile = load_profile(name)
        assert profile.title and profile.about and len(profile.about) <= 110
        assert profile.references
        chosen = {"select", *profile.settings.get("ignore", ()), *profile.settings["actions"]}
        assert chosen <= set(profile.why), name
        assert "complian" not in json.dumps([profile.title, profile.about, *profile.why.values()]).lower()
