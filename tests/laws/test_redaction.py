"""Laws of redaction: it is done once, leaves nothing, and keeps the shape of what it redacts."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from strategies import KEYS, NOTATIONS, budget, noise, planted, records, structures, values

from logscrub import Policy, Scrubber

# Notations that write a key of another script as escapes, which no lexicon holds; and those of one-word keys.
_ESCAPING = ("query", "encoded form", "quoted arrow", "userinfo")
_ONE_WORD = ("header pair", "header list", "name and value", "query", "encoded form", "go map", "repr of bytes", "form")
_CREDENTIALS = [key for key in KEYS if key not in ("pin", "cvv", "ssn", "card_number", "phone", "Cookie", "first_name")]
_KEY = b"a key for these tests only"


_MIXED = {
    "secret": "drop",
    "secret.password": "label",
    "pii": "token",
    "pii.phone": "drop",
    "financial": "partial",
    "network": "drop",
}
_ACTIONS = [None, "label", "partial", "token", "drop", "mixed"]


@cache
def scrubber(action: str | None = None) -> Scrubber:
    """A scrubber with the default policy, or one that does the same to everything, or something else to each."""
    if action is None:
        return Scrubber(Policy(key=_KEY))
    actions = _MIXED if action == "mixed" else dict.fromkeys(("secret", "pii", "financial", "network"), action)
    return Scrubber(Policy(key=_KEY, actions=actions))


@pytest.mark.parametrize("action", _ACTIONS)
@budget(120)
@given(records())
# What looks back for a word looks back as far as into the middle of a marker.
@example("CPF 123.456.789-09 nao encontradoCPF 123.456.789-09 nao encontrado ")
@example("password=hunter2 next")
@example("--password hunter2 next")
@example("mysql://bob:hunter2@db/ machine a login carol password brno77horse next")
@example('{"kind":"Secret","apiVersion":"v1","data":{"login":"YXBwOktQT2NkakphdXFsNW1M"}}')
@example("from: ann@example.com\tphone: +1 212-555-0142 ext")
def test_scrubbing_twice_is_scrubbing_once(action: str | None, text: str) -> None:
    """Laws 1 and 2: ``scrub(scrub(x)) == scrub(x)``, and ``find(scrub(x))`` is empty, whatever the action."""
    once = scrubber(action).scrub(text)
    assert scrubber(action).scrub(once) == once
    assert scrubber(action).find(once) == [], once


@pytest.mark.parametrize("notation", sorted(set(NOTATIONS) - {"pem"}))
@budget(20)
@given(key=st.sampled_from(_CREDENTIALS), value=values)
def test_a_dropped_value_takes_nothing_along(notation: str, key: str, value: str) -> None:
    """What stands behind a value that is dropped stays, and is not taken for the value."""
    text = NOTATIONS[notation](key, value)
    clean = scrubber("drop").scrub(f"{text} next done")
    assert clean.endswith(" next done")
    assert value in scrubber().scrub(text) or value not in clean


@budget(150)
@given(records())
def test_bytes_come_out_as_text_does(text: str) -> None:
    """A record is scrubbed the same as text and as bytes."""
    data = text.encode("utf-8", "surrogatepass")
    assert scrubber().scrub(data) == scrubber().scrub(text).encode("utf-8", "surrogatepass")


@budget(100)
@given(st.binary(max_size=120), planted, st.binary(max_size=40))
def test_bytes_that_are_no_text(before: bytes, pair: tuple[str, str], after: bytes) -> None:
    """Bytes that are no UTF-8 are scrubbed without an error, once, and leave nothing."""
    subject = scrubber()
    failures = sum(subject.errors.values())
    clean = subject.scrub(before + b" " + pair[0].encode() + b" " + after)
    assert subject.scrub(clean) == clean
    assert sum(subject.errors.values()) == failures


@pytest.mark.parametrize("notation", sorted(NOTATIONS))
@budget(30)
@given(key=st.sampled_from(_CREDENTIALS), value=values)
def test_a_planted_secret_is_gone(notation: str, key: str, value: str) -> None:
    """A value under a key that names a credential does not survive, in any notation."""
    assume(key.isascii() or notation not in _ESCAPING)
    assume(" " not in key or notation not in _ONE_WORD)
    text = NOTATIONS[notation](key, value)
    assert value not in scrubber().scrub(f"2024-05-01 INFO {text} done"), text


@budget(150)
@given(records(), st.lists(noise, min_size=1, max_size=2))
def test_lines_are_counted_the_same(text: str, more: list[str]) -> None:
    """Law 6: redaction keeps the number of lines, also where the secret itself spans lines."""
    text += "\n".join(more)
    assert scrubber().scrub(text).count("\n") == text.count("\n")


class _Object(tuple[tuple[str, Any], ...]):
    """The pairs of a JSON object: with their keys dropped, some may be called the same."""


def _read(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_Object)


def _same_shape(before: Any, after: Any, *, dropped: bool) -> None:
    """Assert that two JSON documents have the same shape, and that only marked or dropped values differ."""
    if isinstance(before, _Object) and isinstance(after, _Object):
        assert len(before) == len(after)
        for (old_key, old), (new_key, new) in zip(before, after):
            assert new_key == old_key or "[" in new_key or dropped
            _same_shape(old, new, dropped=dropped)
    elif isinstance(before, list) and isinstance(after, list):
        assert len(before) == len(after)
        for old, new in zip(before, after):
            _same_shape(old, new, dropped=dropped)
    elif before != after:
        gone = dropped and (after is None or isinstance(after, str))
        assert gone or (isinstance(after, str) and "[" in after), (before, after)
    else:
        assert type(before) is type(after)


@pytest.mark.parametrize("action", [None, "partial", "token", "drop", "mixed"])
@budget(120)
@given(
    st.dictionaries(st.sampled_from([*KEYS, "user", "id", "path", "max_tokens"]), structures, max_size=5), st.booleans()
)
@example({"pin": 4821, "password": 12.5, "token": None, "secret": True}, True)
@example({"password": "a\\", "user": "bob"}, True)
@example({"password": ["a", "b"], "phone": 5550142777}, False)
@example({"note": "password=hunter2 next", "n": [4111111111111111, 5]}, False)
@example({"password": {"": 1e16, "password": None}, "ssn": -100010001}, True)
@example({"password": "PASSWORD elastic = FAqhHAYqJb9S62RDTnO3"}, False)
@example({"sql": "CREATE USER 'app'@'%' IDENTIFIED BY '9HRUKChTovUky7'", "old password": None}, False)
def test_json_stays_json(action: str | None, document: dict[str, Any], compact: bool) -> None:
    """Law 6: a JSON record stays valid JSON, with the same keys in the same order and untouched values as they were."""
    text = json.dumps(document, separators=(",", ":") if compact else None)
    _same_shape(_read(text), _read(scrubber(action).scrub(text)), dropped=action in ("drop", "mixed"))


@budget(120)
@given(structures)
def test_structures_obey_the_same_laws(value: Any) -> None:
    """A structure is scrubbed once, keeps its shape, and is never changed itself."""
    before = copy.deepcopy(value)
    once = scrubber().scrub(value)
    assert value == before
    assert scrubber().scrub(once) == once
    assert type(once) is type(value) or isinstance(once, str)


planted_credentials = planted.filter(lambda pair: pair[1] not in scrubber().scrub(pair[0]))


@budget(60)
@given(st.text(max_size=40), planted_credentials, st.integers(1, 80))
def test_what_is_too_long_is_cut_and_said_so(text: str, pair: tuple[str, str], limit: int) -> None:
    """A text longer than ``max_length`` comes out bounded, with a marker, and without the secret."""
    subject = Scrubber.__new__(Scrubber)
    subject.__dict__.update(scrubber().__dict__)
    subject._limit = limit
    long = text + " " + pair[0] + " " + "x" * limit
    clean = subject.scrub(long)
    assert "more characters not shown]" in clean
    assert pair[1] not in clean
