"""Card numbers that are truncated or hashed: what is shown, what is proven, and what never comes out."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.comply.records import CardFacts, ConflictKind, Keyed, cards
from logscrub.comply.records.cards import _Number, _number, _wholes
from logscrub.detect.validators.payment import luhn

VISA, MASTER, AMEX = b"4111111111111111", b"5555555555554444", b"378282246310005"


def facts(tmp_path: Path, *lines: str, seconds: float = 20.0) -> CardFacts:
    """What the cards in a log come to; no result may show a whole number or a digest."""
    log = tmp_path / "pay.log"
    log.write_text("".join(f"2026-01-02T03:04:05Z INFO {line}\n" for line in lines))
    found = cards(log, seconds=seconds)
    for whole in (VISA, MASTER, AMEX):
        assert whole.decode() not in repr(found)
        for name in ("md5", "sha1", "sha256"):
            assert hashlib.new(name, whole).hexdigest()[:12] not in repr(found)
    return found


@pytest.mark.parametrize(
    ("text", "leading", "trailing", "hidden", "wide"),
    [
        ("411111******1111", 6, 4, 6, False),
        ("4111 11XX XXXX 1111", 6, 4, 6, False),
        ("41111111****1111", 8, 4, 4, False),
        ("411111…1111", 6, 4, None, False),
        ("**** **** **** 1111", 0, 4, 12, False),
        ("4111-11**-****-1111", 6, 4, 6, False),
        ("xxxxxxxxxxxx1111", 0, 4, 12, False),
        ("••••••••••••1111", 0, 4, 12, False),
        ("378282*****0005", 6, 4, 5, False),
        ("37828224***0005", 8, 4, 3, True),
        ("411111111***1111", 9, 4, 3, True),
        ("4111 **** 1111 1111", 4, 8, 4, True),
        ("4111-1111-11**-1111", 10, 4, 2, True),
    ],
)
def test_ways_to_truncate(
    tmp_path: Path, text: str, leading: int, trailing: int, hidden: int | None, wide: bool
) -> None:
    (mask,) = facts(tmp_path, f"charge card={text} ok 12.50").masks
    assert (mask.leading, mask.trailing, mask.hidden, mask.wide) == (leading, trailing, hidden, wide)
    head, _, tail = mask.shown.partition("…")
    assert len(head) <= 6
    assert len(tail) <= 4
    assert mask.places[0].endswith("pay.log:1")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("md5", hashlib.md5(VISA).hexdigest()),
        ("sha1", hashlib.sha1(VISA).hexdigest().upper()),
        ("sha256", base64.b64encode(hashlib.sha256(VISA).digest()).decode()),
        ("sha512", hashlib.sha512(VISA).hexdigest()),
    ],
)
def test_a_hash_without_a_key_is_undone_by_the_truncated_number(tmp_path: Path, name: str, written: str) -> None:
    found = facts(tmp_path, f'auth {{"pan_hash":"{written}"}}', "shown as 411111******1111")
    assert [(one.shown, one.keyed, one.count) for one in found.hashes] == [(name, Keyed.NO, 1)]
    (conflict,) = found.conflicts
    assert (conflict.kind, conflict.certain) == (ConflictKind.MASK_AND_HASH, True)
    assert conflict.shown == ("411111…1111", name)
    assert [place.rpartition(":")[2] for place in conflict.places] == ["2", "1"]


def test_a_keyed_hash_is_not_accused(tmp_path: Path) -> None:
    written = hmac.new(b"key", MASTER, "sha256").hexdigest()
    found = facts(tmp_path, f"card_hash={written} card=555555******4444", f"card_hash={written}")
    assert [(one.shown, one.keyed, one.count, one.distinct) for one in found.hashes] == [
        ("64 hexadecimal digits", Keyed.UNKNOWN, 2, 1)
    ]
    assert [(one.kind, one.certain) for one in found.conflicts] == [(ConflictKind.MASK_AND_HASH, False)]
    assert found.tried == 100_000
    assert facts(tmp_path, f"card_hash={written}", "card=555555******4444").conflicts == ()


def test_a_clear_number_and_its_hash(tmp_path: Path) -> None:
    found = facts(tmp_path, f"pan={VISA.decode()}", f"pan_sha256={hashlib.sha256(VISA).hexdigest()}")
    assert found.clear == 1
    assert [(one.kind, one.certain) for one in found.conflicts] == [(ConflictKind.CLEAR_AND_HASH, True)]


def test_two_ways_that_tell_more_together(tmp_path: Path) -> None:
    both = ("card 411111******1111", "card 41111111********")
    assert facts(tmp_path, *both).conflicts == ()  # six digits in common say little
    (conflict,) = facts(tmp_path, *both, f"pan={VISA.decode()}").conflicts
    assert (conflict.kind, conflict.certain) == (ConflictKind.MASKS, True)
    (conflict,) = facts(tmp_path, "card 41111111******11", "card 411111******1111").conflicts
    assert (conflict.kind, conflict.certain) == (ConflictKind.MASKS, False)
    # One shows all that the other shows.
    assert facts(tmp_path, "card 411111******1111", "card **** **** **** 1111").conflicts == ()


def test_time_is_bounded(tmp_path: Path) -> None:
    masks = [f"card 4{at:05}******1111" for at in range(40)]
    found = facts(tmp_path, f"card_hash={hmac.new(b'k', VISA, 'sha1').hexdigest()}", *masks, seconds=0)
    assert found.tried < 5_000
    assert any("not tried" in one for one in found.limits)


@settings(max_examples=60, deadline=None)
@given(st.text("23456", min_size=1, max_size=1), st.integers(5, 7), st.integers(0, 3), st.integers(0, 9999), st.data())
def test_the_whole_number_is_among_those_tried(
    first: str, rest: int, hidden: int, tail: int, data: st.DataObject
) -> None:
    head = first + data.draw(st.text("0123456789", min_size=rest, max_size=rest))
    middle = data.draw(st.text("0123456789", min_size=hidden, max_size=hidden))
    end = f"{tail:04}"
    for digit in "0123456789":
        whole = f"{head}{middle}{digit}{end}".encode()
        if luhn(whole):
            tried = list(_wholes(_Number(head.encode(), hidden + 1, end.encode())))
            assert whole in tried
            assert len(tried) == len(set(tried)) == 10**hidden
            assert all(map(luhn, tried))
            return
    pytest.fail("one digit of ten makes it valid")


@settings(max_examples=100, deadline=None)
@given(st.text("0123456789*xX# -•….", max_size=24))
def test_no_mask_is_too_odd(text: str) -> None:
    number = _number(text.encode())
    if number is not None:
        assert len(number.shown()) <= 11
