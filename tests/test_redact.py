"""Actions and the markers they leave."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscrub.detect.markers import Markers
from logscrub.fingerprint import Fingerprinter
from logscrub.model import Match, Severity
from logscrub.redact import ACTIONS, Redactor

KEY = b"0123456789abcdef"


def match(rule: str, category: str, start: int, end: int, quote: str = "") -> Match:
    """A match with the rest filled in."""
    return Match(rule, category, Severity.HIGH, start, end, quote=quote)


@pytest.mark.parametrize(
    ("action", "rule", "category", "raw", "marker"),
    [
        ("label", "jwt", "secret.token", b"eyJx", b"[jwt]"),
        ("drop", "jwt", "secret.token", b"eyJx", b""),
        ("partial", "jwt", "secret.token", b"eyJx", b"[jwt]"),
        ("partial", "card", "financial.card", b"4111 1111 1111 1234", b"[card:*1234]"),
        ("partial", "card", "financial.card", b"4111-1111-1111-1234", b"[card:*1234]"),
        ("partial", "email", "pii.email", b"bob@example.com", b"[email:@example.com]"),
        ("partial", "email", "pii.email", b"no address", b"[email]"),
        ("partial", "cvv", "financial.cvv", b"737", b"[cvv]"),
        ("token", "jwt", "secret.token", b"eyJx", b"[jwt:" + Fingerprinter(KEY).digest(b"eyJx").encode() + b"]"),
        ("token", "password", "secret.password", b"hunter2", b"[password]"),
        ("token", "pin", "secret.pin", b"1234", b"[pin]"),
        ("token", "cvv", "financial.cvv", b"737", b"[cvv]"),
    ],
)
def test_markers(action: str, rule: str, category: str, raw: bytes, marker: bytes) -> None:
    """Each action leaves what it says and no more."""
    assert Redactor({rule: action}, KEY).marker(match(rule, category, 0, len(raw)), raw) == marker


def test_unnamed_rules_get_a_label() -> None:
    """A rule without an action of its own is labelled."""
    assert Redactor().marker(match("jwt", "secret.token", 0, 4), b"eyJx") == b"[jwt]"


@pytest.mark.parametrize("action", ACTIONS)
def test_a_bare_json_value_stays_json(action: str) -> None:
    """In the place of a JSON number comes a JSON value."""
    data = b'{"pin": 4821, "id": 1}'
    out = Redactor({"pin": action}).apply(data, [match("pin", "secret.pin", 8, 12, quote='"')])
    assert list(json.loads(out)) == ["pin", "id"]


def test_around_the_matches() -> None:
    """What is not matched stays, before, between and after."""
    matches = [match("a", "secret.token", 0, 2), match("b", "secret.token", 2, 3), match("c", "secret.token", 5, 6)]
    assert Redactor().apply(b"xxyzzq", matches) == b"[a][b]zz[c]"
    assert Redactor().apply(b"xxyzzq", []) == b"xxyzzq"
    assert Redactor().apply(b"xxyzzqw", matches) == b"[a][b]zz[c]w"


@given(
    st.sampled_from(ACTIONS),
    st.sampled_from(["secret.token", "pii.email", "financial.card", "pii.phone"]),
    st.binary(min_size=1, max_size=80),
)
def test_every_marker_looks_like_one(action: str, category: str, raw: bytes) -> None:
    """Whatever the value, the marker has the form of a marker, so that it can be told from data."""
    marker = Redactor({"a-rule": action}).marker(match("a-rule", category, 0, len(raw)), raw)
    text = marker.strip(b"\n")  # a secret that spans lines keeps its line breaks
    assert Markers(["a-rule"]).spans(text) == [(0, len(text))] or (action == "drop" and text == b"")
    assert marker.count(b"\n") in (0, raw.count(b"\n"))
