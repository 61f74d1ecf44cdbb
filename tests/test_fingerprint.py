"""Keyed identity of a value, and what of it may be shown."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscrub.fingerprint import Fingerprinter, may_fingerprint, preview
from logscrub.model import Match, Severity

KEY = b"0123456789abcdef"


def match(category: str = "secret.token", key: str = "") -> Match:
    """A match of a category."""
    return Match("rule", category, Severity.HIGH, 0, 1, key=key)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_identity(first: bytes, second: bytes) -> None:
    """Equal values have equal fingerprints under one key, and different ones differ."""
    one, other = Fingerprinter(KEY), Fingerprinter(KEY)
    assert (one.digest(first) == other.digest(second)) == (first == second)
    assert len(one.digest(first)) == 16
    assert one.digest(first).isalpha()


def test_it_is_keyed() -> None:
    """Another key gives another fingerprint, and none is a plain hash of the value."""
    assert Fingerprinter(KEY).digest(b"x") != Fingerprinter(KEY[::-1]).digest(b"x")
    letters = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
    assert Fingerprinter(KEY).digest(b"x") == hmac.new(KEY, b"x", hashlib.sha256).hexdigest()[:16].translate(letters)
    assert Fingerprinter(KEY).digest(b"x") != hashlib.sha256(b"x").hexdigest()[:16].translate(letters)


def test_without_a_key() -> None:
    """Without a key there is one for the object, and it says that it does not last."""
    one = Fingerprinter()
    assert one.digest(b"x") == one.digest(b"x")
    assert one.digest(b"x") != Fingerprinter().digest(b"x")
    assert not one.lasting
    assert Fingerprinter(KEY).lasting


def test_the_name_of_a_key() -> None:
    """A key has a name that is the same each time and is no fingerprint of the key."""
    assert Fingerprinter(KEY).key_id == Fingerprinter(KEY).key_id != Fingerprinter(KEY + b"x").key_id
    assert len(Fingerprinter(KEY).key_id) == 8


@pytest.mark.parametrize("category", ["secret.password", "secret.pin", "financial.cvv"])
def test_kinds_that_get_none(category: str) -> None:
    """Passwords, PINs and verification codes get no fingerprint, not even a keyed one, and not even their length is shown."""
    assert not may_fingerprint(category)
    assert Fingerprinter(KEY).of(match(category), b"1234") is None
    assert "4" not in preview(match(category, key="pin"), b"1234")


@pytest.mark.parametrize("category", ["secret.token", "pii.email", "financial.card", "network.ip"])
def test_kinds_that_get_one(category: str) -> None:
    """All others get one."""
    assert Fingerprinter(KEY).of(match(category), b"1234") == Fingerprinter(KEY).digest(b"1234")


@given(st.binary(min_size=8, max_size=60), st.text(max_size=50))
def test_a_preview_shows_nothing_of_the_value(raw: bytes, key: str) -> None:
    """A preview is printable, short, and holds no more of the value than the public prefix of its format."""
    shown = preview(match(key=key), b"ghp_" + raw, b"ghp_")
    assert shown.isprintable()
    assert len(shown) < 70
    assert shown.endswith(f"ghp_… ({len(raw) + 4})")
    assert preview(match(), b"xyz" + raw, b"ghp_") == f"… ({len(raw) + 3})"
