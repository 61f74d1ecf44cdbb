"""What the checks share: reading a value as it was matched, and the check digit schemes of more than one number.

No function raises. A value that cannot be read is empty, and no scheme holds for nothing.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from datetime import date

SEPARATORS = b" \t-./"
UPPER = string.ascii_uppercase
BASE36 = string.digits + UPPER
_LONGEST = 128  # no number is longer, separators included


def compact(value: bytes, drop: bytes = SEPARATORS) -> str:
    """The value in upper case without separators; empty if it is too long or not ASCII.

    >>> compact(b"12-34 ab")
    '1234AB'
    """
    if len(value) > _LONGEST or not value.isascii():
        return ""
    return value.translate(None, drop).decode("ascii").upper()


def digits_of(value: bytes, *lengths: int) -> list[int]:
    """The digits of the value, or nothing if it holds anything else or their number is not one of *lengths*.

    >>> digits_of(b"12-3", 3), digits_of(b"12-3", 4), digits_of(b"12a", 3)
    ([1, 2, 3], [], [])
    """
    text = compact(value)
    return [int(c) for c in text] if text.isdigit() and len(text) in lengths else []


def as_number(digits: Iterable[int]) -> int:
    """The number the digits make; of none, zero.

    >>> as_number([0, 1, 2])
    12
    """
    return int("".join(map(str, digits)) or "0")


def weigh(digits: Sequence[int], weights: Iterable[int]) -> int:
    """The weighted sum; the shorter of the two decides how far it goes.

    >>> weigh([1, 2, 3], (10, 1))
    12
    """
    return sum(d * w for d, w in zip(digits, weights, strict=False))


def is_date(year: int, month: int, day: int) -> bool:
    """Whether there is such a day.

    >>> is_date(2024, 2, 29), is_date(2023, 2, 29)
    (True, False)
    """
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def is_short_date(year: int, month: int, day: int) -> bool:
    """A date whose century is not known; 29 February counts if it exists in either century.

    >>> is_short_date(0, 2, 29), is_short_date(85, 13, 1)
    (True, False)
    """
    return is_date(1900 + year, month, day) or is_date(2000 + year, month, day)


def luhn_ok(digits: Sequence[int]) -> bool:
    """ISO/IEC 7812-1 annex B: every second digit from the right is doubled and its digits added.

    >>> luhn_ok([7, 9, 9, 2, 7, 3, 9, 8, 7, 1, 3])
    True
    """
    if not digits:
        return False
    total = sum(digits[-1::-2]) + sum(2 * d - 9 * (d > 4) for d in digits[-2::-2])
    return total % 10 == 0


def mod_11_10_ok(digits: Sequence[int]) -> bool:
    """ISO/IEC 7064 MOD 11,10: the hybrid system of German and Croatian tax numbers.

    >>> mod_11_10_ok([1, 3, 6, 6, 9, 5, 9, 7, 6])
    True
    """
    carry = 10
    for digit in digits[:-1]:
        carry = ((carry + digit) % 10 or 10) * 2 % 11
    return bool(digits) and (carry + digits[-1]) % 10 == 1


_VERHOEFF_STEP = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _dihedral(left: int, right: int) -> int:
    """The product in the dihedral group of order ten; 0-4 are turns, 5-9 are flips."""
    if left < 5:
        return (left + right) % 5 if right < 5 else 5 + (left + right) % 5
    return 5 + (left - right) % 5 if right < 5 else (left - right) % 5


def verhoeff_ok(digits: Sequence[int]) -> bool:
    """Verhoeff, "Error Detecting Decimal Codes" (1969): a position-dependent permutation, then the dihedral product.

    >>> verhoeff_ok([2, 3, 6, 3])
    True
    """
    check = 0
    for position, digit in enumerate(reversed(digits)):
        permuted = digit
        for _ in range(position % 8):
            permuted = _VERHOEFF_STEP[permuted]
        check = _dihedral(check, permuted)
    return bool(digits) and check == 0


def two_step_ok(digits: Sequence[int], first: Sequence[int], second: Sequence[int]) -> bool:
    """The last digit is the weighted sum modulo 11; where that is 10, that of other weights; where that is 10, zero.

    >>> two_step_ok([1, 2, 5], (1, 2), (2, 1))
    True
    """
    check = weigh(digits[:-1], first) % 11
    if check == 10:
        check = weigh(digits[:-1], second) % 11 % 10
    return check == digits[-1]
