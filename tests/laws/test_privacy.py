"""Law 5: no raw value in what logscrub shows of itself."""

from __future__ import annotations

import traceback
from functools import cache

import pytest
from hypothesis import given
from strategies import budget, planted, records, values

from logscrub import Policy, Scrubber
from logscrub.detect import Detector
from logscrub.fingerprint import preview


@cache
def common() -> Scrubber:
    """The defaults; not made on import, when the rules may not be compiled yet."""
    return Scrubber()


@budget(100)
@given(planted)
def test_matches_hold_no_value(pair: tuple[str, str]) -> None:
    """A match is a place and a name; the value is in none of its texts."""
    text, value = pair
    for match in common().find(text):
        assert value not in repr(match)
        assert value not in str(match)
        raw = text.encode()[match.start : match.end]
        assert value not in preview(match, raw)


@budget(60)
@given(values)
def test_a_key_is_no_part_of_a_policys_text(value: str) -> None:
    """The key of tokens is not shown with the policy, nor with the scrubber."""
    key = value.encode().ljust(16, b"-")
    scrubber = Scrubber.__new__(Scrubber)
    scrubber.policy = Policy(key=key)
    assert value not in repr(scrubber.policy)
    assert value not in repr(scrubber)


@pytest.mark.parametrize("error", [ValueError, RuntimeError, TimeoutError, MemoryError, RecursionError, UnicodeError])
def test_a_failure_shows_no_value(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong in the engine, the answer is a marker with neither the text nor the error's message."""
    scrubber = Scrubber()

    def fail(data: bytes) -> list[tuple[int, int]]:
        raise error(f"cannot scan {data!r}")

    monkeypatch.setattr(scrubber, "_scan", fail)
    for value in ("password=hunter2", b"password=hunter2", {"a": "password=hunter2"}, ["password=hunter2"]):
        out = repr(scrubber.scrub(value))
        assert "hunter2" not in out
        assert error.__name__ in out
    assert scrubber.errors[error.__name__] >= 4
    assert "hunter2" not in repr(scrubber.errors)


def test_a_timeout_shows_no_value() -> None:
    """An expression that takes too long says which rule it was at most."""
    detector = Detector(common().detector.rules, time_limit=1e-9)
    with pytest.raises(TimeoutError) as raised:
        detector.find("password=hunter2 " * 6000 + "AKIA" * 3000 + "ghp_" + "a" * 36)
    assert "hunter2" not in "".join(traceback.format_exception_only(raised.value))


@budget(60)
@given(records())
def test_counters_hold_names_only(text: str) -> None:
    """What is counted is counted under ids of rules and names of errors."""
    scrubber = common()
    scrubber.scrub(text)
    assert set(scrubber.counts) <= set(scrubber.detector.rules.ids())
    assert all(name.isidentifier() for name in scrubber.errors)
