"""The façade: one way in for text, bytes and structures; bounded, failing closed, counting."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import pytest

from logscrub import Policy, Scrubber
from logscrub.scrubber import default_scrubber

KEY = b"0123456789abcdef"
TOKEN = "9f6372d0dc189a222520aaade146d07c"


@cache
def scrubber(**settings: Any) -> Scrubber:
    """A scrubber with these settings; made once."""
    return Scrubber(Policy(**settings))


@pytest.mark.parametrize(
    "text", ["", "plain", "user=bob id=7", "é ü 密", "\ud800", "\0", "a\nb", "[password]", "x" * 5000]
)
def test_clean_text_is_the_same_object(text: str) -> None:
    """Text with nothing in it comes back as the very object; so do bytes."""
    assert scrubber().scrub(text) is text
    data = text.encode("utf-8", "surrogatepass")
    assert scrubber().scrub(data) is data


def test_text_and_bytes() -> None:
    """What is found is replaced, the rest stays to the byte."""
    assert scrubber().scrub("é password=hunter2 \ud800\0") == "é password=[password] \ud800\0"
    assert scrubber().scrub(b"\xff password=hunter2 \xfe") == b"\xff password=[password] \xfe"
    assert scrubber().scrub(bytearray(b"password=hunter2")) == bytearray(b"password=[password]")


def test_subclasses_of_text() -> None:
    """A subclass of ``str`` is scrubbed as text and comes back itself when there was nothing."""

    class Path(str):
        pass

    clean = Path("plain")
    assert scrubber().scrub(clean) is clean
    assert scrubber().scrub(Path("password=hunter2")) == "password=[password]"


def test_overlapping_matches_are_one() -> None:
    """A token under a key that says so gives one marker, as do matches that cover each other in part."""
    assert scrubber().scrub(f"token={TOKEN}") == "token=[token]"
    for text in (
        "postgres://bob:hunter2secret@db.example.com/app?password=hunter2",
        "url=https://u:p4ssw0rdX9@example.com/x",
    ):
        out = scrubber().scrub(text)
        assert "hunter2" not in out
        assert "p4ssw0rdX9" not in out
    assert not scrubber().errors


def test_find_gives_characters() -> None:
    """Offsets are characters of the text, whatever its bytes."""
    text = "é密🔑 password=hunter2 pin=4821"
    assert [(match.rule, text[match.start : match.end]) for match in scrubber().find(text)] == [
        ("password", "hunter2"),
        ("one-time-code", "4821"),
    ]


@pytest.mark.parametrize(
    ("action", "out"),
    [("label", "token=[token] x"), ("drop", "token='' x"), ("partial", "token=[token] x")],
)
def test_actions(action: str, out: str) -> None:
    """The policy's action is what is done."""
    assert Scrubber(Policy(actions={"token": action})).scrub(f"token={TOKEN} x") == out


def test_tokens_are_the_same_for_the_same_value() -> None:
    """With a key, one value is one token, in any scrubber and any place; without one, in one scrubber."""
    first, second = (Scrubber(Policy(actions={"secret": "token"}, key=KEY)) for _ in range(2))
    assert first.scrub(f"token={TOKEN} x") == second.scrub(f"token={TOKEN} x") != "token=[token] x"
    assert first.scrub({"token": TOKEN})["token"] in first.scrub(f"token={TOKEN} x")
    other = Scrubber(Policy(actions={"secret": "token"}))
    assert other.scrub(f"token={TOKEN} x") == other.scrub(f"token={TOKEN} x") != first.scrub(f"token={TOKEN} x")


def test_counts() -> None:
    """What was redacted is counted by rule, for text and structures alike."""
    subject = Scrubber()
    subject.scrub("password=hunter2 pin=4821")
    subject.scrub({"password": "hunter2", "a": ["pin=4821"]})
    assert subject.counts == {"password": 2, "one-time-code": 2}
    assert not subject.errors


@pytest.mark.parametrize("place", ["_scan", "detector", "redactor"])
@pytest.mark.parametrize(
    "value", ["password=hunter2", b"password=hunter2", {"password": "hunter2"}, ["password=hunter2"], 4821]
)
def test_it_fails_closed(place: str, value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever part breaks, the value does not come out, no exception does, and the failure is counted."""

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(f"broken at {name}")

        def __call__(self, data: bytes) -> Any:
            raise RuntimeError("broken")

    subject = Scrubber()
    monkeypatch.setattr(subject, place, Broken())
    out = subject.scrub(value)
    assert "hunter2" not in repr(out)
    if value != 4821:
        assert "[logscrub: not shown (RuntimeError)]" in repr(out)
        assert subject.errors["RuntimeError"] >= 1


def test_a_time_limit() -> None:
    """A rule that takes too long costs the record, not the program; and no more time than a few limits."""
    subject = scrubber(time_limit=1e-7)
    text = "AKIA" * 20_000 + " password=hunter2 " + "eyJhbGciOi." * 20_000
    began = time.perf_counter()
    out = subject.scrub(text)
    assert time.perf_counter() - began < 10
    assert "hunter2" not in out
    if "TimeoutError" in out:
        assert subject.errors["TimeoutError"] >= 1


class TestTooLong:
    """Text beyond ``max_length``."""

    def test_at_the_limit(self) -> None:
        """A text of exactly the limit is whole."""
        text = "x" * 990 + " pin=4821 "
        assert len(text) == 1000
        assert scrubber(max_length=1000).scrub(text) == "x" * 990 + " pin=[one-time-code] "

    def test_beyond(self) -> None:
        """A longer one is cut at white space, and says how much is missing."""
        out = scrubber(max_length=1000).scrub("word " * 300)
        assert out.startswith("word word")
        assert out.endswith("more characters not shown]")
        kept, _, rest = out.partition("[logscrub: ")
        assert 900 <= len(kept) <= 1000
        assert int(rest.split()[0]) == 1500 - len(kept)

    def test_nothing_half(self) -> None:
        """A secret that lies across the limit does not come out in part."""
        for shift in range(30):
            text = "x" * (980 - shift) + f" token={TOKEN} tail " + "y " * 500
            assert TOKEN[:6] not in scrubber(max_length=1000).scrub(text)

    def test_no_white_space(self) -> None:
        """Without white space near the limit, what may be half a secret goes too."""
        out = scrubber(max_length=10_000).scrub("token=" + TOKEN * 1000)
        assert TOKEN[:8] not in out
        assert len(scrubber(max_length=10_000).scrub("x" * 20_000)) < 10_100

    def test_far_beyond(self) -> None:
        """A small limit keeps as much of a very long text as of one that is a little too long."""
        out = scrubber(max_length=1000).scrub("word " * 10_000)
        assert out.startswith("word word")

    def test_a_second_time(self) -> None:
        """Law 1 holds for what was cut."""
        once = scrubber(max_length=1000).scrub("word " * 300)
        assert scrubber(max_length=1000).scrub(once) == once

    def test_in_a_key_block(self) -> None:
        """A private key that is cut is no private key."""
        body = "\n".join("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7" for _ in range(100))
        out = scrubber(max_length=1000).scrub(f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----")
        assert "MIIEvQIBADANBgkq" not in out

    def test_in_quotes(self) -> None:
        """A value in quotes that is cut at white space is gone up to the cut."""
        out = scrubber(max_length=1000).scrub('password="' + "correct horse " * 100 + '"')
        assert "correct horse" not in out

    def test_bytes(self) -> None:
        """Bytes are bounded the same way, in valid characters or not."""
        out = scrubber(max_length=1000).scrub(b"\xff word " * 300)
        assert out.startswith(b"\xff word ")
        assert out.endswith(b"more characters not shown]")
        assert len(scrubber(max_length=1000).scrub("密 ".encode() * 1000)) < 4200

    def test_it_counts_no_error(self) -> None:
        """To cut is no failure."""
        assert not scrubber(max_length=1000).errors


def test_the_shared_one() -> None:
    """There is one scrubber with the defaults for all who need no other."""
    assert default_scrubber() is default_scrubber()
    assert default_scrubber().policy == Policy()
