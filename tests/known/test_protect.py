"""What is looked for, what is not, and what nobody gets to see."""

from __future__ import annotations

import copy
import pickle
import uuid
from decimal import Decimal
from pathlib import Path

import pytest

import logscrub
from logscrub import cache
from logscrub.errors import ProtectError
from logscrub.known.registry import REGISTRY
from logscrub.scrubber import Scrubber

VALUE = "violet-harbour-morning"


class SecretStr:
    """As pydantic has it."""

    def __init__(self, value: str | bytes) -> None:
        self._value = value

    def get_secret_value(self) -> str | bytes:
        return self._value


@pytest.mark.parametrize(
    "given",
    [VALUE, VALUE.encode(), bytearray(VALUE.encode()), SecretStr(VALUE), SecretStr(VALUE.encode()), f"{VALUE}\n"],
)
def test_what_may_be_given(scrubber: Scrubber, given: object) -> None:
    done = logscrub.protect(given, name="N")
    assert (done.protected, done.skipped, bool(done)) == (("N",), (), True)
    (match,) = scrubber.find(f"é {VALUE}!")
    assert (match.rule, match.category, match.key, match.start, match.end) == (
        "known-value",
        "secret.known",
        "N",
        2,
        24,
    )
    assert logscrub.forget(given) == 1
    assert scrubber.find(VALUE) == []


def test_many_at_once(scrubber: Scrubber) -> None:
    done = logscrub.protect({"db": {"password": VALUE, "user": "root"}, "keys": [SecretStr("kV9xT2mQ7p"), 4920581147]})
    assert done.protected == ("db.password", "keys", "keys")
    assert [one.name for one in done.skipped] == ["db.user"]
    assert "not protected: db.user: is shorter than 6 bytes" in str(done)
    assert len(REGISTRY.tiers) == 1
    assert scrubber.scrub(f"{VALUE} kV9xT2mQ7p 4920581147 root") == "[known-value] [known-value] [known-value] root"
    assert logscrub.forget(name="keys") == 2
    assert scrubber.scrub(f"{VALUE} kV9xT2mQ7p") == "[known-value] kV9xT2mQ7p"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("abc", "shorter than 4"),
        ("x7!kQ", "shorter than 6"),
        ("4920581", "number"),
        ("aaaaabbbbb", "different"),
        ("production", "everyday"),
        ("application/json", "everyday"),
        ("access_token", "key"),
        ("10.20.30.40:8080", "address"),
        ("2026-11-22", "date"),
        ("[password]", "marker"),
        ("x" * 70_000, "longer"),
    ],
)
def test_what_is_refused(scrubber: Scrubber, value: str, reason: str) -> None:
    done = logscrub.protect(value, name="N")
    assert not done
    assert done.skipped[0].name == "N"
    assert reason in done.skipped[0].reason
    assert scrubber.scrub(f"a {value} b") == f"a {value} b"


def test_force(scrubber: Scrubber) -> None:
    assert logscrub.protect(4711, name="PIN", force=True)
    assert scrubber.scrub("pin 4711, order 147110") == "pin [known-value], order 147110"
    assert not logscrub.protect(471, name="CVV", force=True)


@pytest.mark.parametrize("value", [None, True, 1.5, object(), {"a": object()}])
def test_what_cannot_be_protected(value: object) -> None:
    with pytest.raises(ProtectError, match="is not text"):
        logscrub.protect(value)


def test_forgetting_needs_something() -> None:
    with pytest.raises(ProtectError):
        logscrub.forget()


def test_numbers_and_uuids_in_structures(scrubber: Scrubber) -> None:
    ident = uuid.UUID("6f1c1d3e-9a4b-4c55-8d21-0f2f6f6a7b11")
    logscrub.protect([4920581147, "83.140926", str(ident)])
    event = {"n": 4920581147, "d": Decimal("83.140926"), "id": ident, "ok": 7}
    assert scrubber.scrub(event) == {"n": "[known-value]", "d": "[known-value]", "id": "[known-value]", "ok": 7}
    assert event["n"] == 4920581147


def test_json_gives_its_sensitive_members(scrubber: Scrubber) -> None:
    text = '{"type": "service_account", "private_key": "q7ZpLm2xV9", "client_id": "102234449335"}'
    logscrub.protect(text, name="GCP")
    assert scrubber.scrub(text) == text.replace("q7ZpLm2xV9", "[known-value]")
    assert scrubber.find("key q7ZpLm2xV9")[0].key == "GCP.private_key"


def test_a_policy_can_leave_them_out() -> None:
    logscrub.protect(VALUE)
    assert Scrubber(logscrub.Policy(ignore=("known-value",))).scrub(VALUE) == VALUE
    assert Scrubber(logscrub.Policy(select=("email",))).scrub(VALUE) == "[known-value]"
    assert Scrubber(logscrub.Policy(actions={"known-value": "drop"})).scrub(f"a {VALUE} b") == "a  b"
    # They may be passwords, so there is no fingerprint.
    assert Scrubber(logscrub.Policy(actions={"default": "token"})).scrub(VALUE) == "[known-value]"


def test_nothing_shows_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGSCRUB_CACHE_DIR", str(tmp_path))
    logscrub.protect(VALUE, name="NAME")
    assert cache.read("x") is None
    shown = [repr(REGISTRY), repr(REGISTRY._values.values()), repr(REGISTRY.tiers)]
    shown += [repr(form) for value in REGISTRY._values.values() for form in value.forms]
    assert "NAME" in shown[0]
    assert not any(VALUE[:10] in one for one in shown)
    for make in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError) as caught:
            make(REGISTRY)
        assert VALUE not in str(caught.value)
    with pytest.raises(ProtectError) as refused:
        logscrub.protect({"k": {VALUE.encode(): object()}})
    assert VALUE[:7] in str(refused.value)  # a key is a name, and names are shown
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and VALUE.encode() in path.read_bytes()]
