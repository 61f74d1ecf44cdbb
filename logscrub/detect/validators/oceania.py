"""National numbers of Australia and New Zealand."""

from __future__ import annotations

import re

from logscrub.detect.validators.checks import as_number, compact, digits_of, weigh


def au_tfn(value: bytes) -> bool:
    """An Australian tax file number: weights 1 4 3 7 5 8 6 9 10, modulo 11 (ATO).

    >>> au_tfn(b"123 456 782")
    True
    """
    digits = digits_of(value, 8, 9)
    weights = (1, 4, 3, 7, 5, 8, 6, 9, 10) if len(digits) == 9 else (10, 7, 8, 4, 6, 3, 5, 1)
    return len(set(digits)) > 1 and weigh(digits, weights) % 11 == 0


def au_abn(value: bytes) -> bool:
    """An Australian business number: one off the first digit, weights 10 1 3 … 19, modulo 89 (ABN Lookup).

    >>> au_abn(b"11 123 456 780")
    True
    """
    digits = digits_of(value, 11)
    if not digits or digits[0] == 0:
        return False
    return weigh([digits[0] - 1, *digits[1:]], (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89 == 0


def au_acn(value: bytes) -> bool:
    """An Australian company number: weights 8 to 1, modulo 10 (ASIC).

    >>> au_acn(b"123 456 780")
    True
    """
    digits = digits_of(value, 9)
    return any(digits) and (weigh(digits[:8], range(8, 0, -1)) + digits[8]) % 10 == 0


def au_medicare(value: bytes) -> bool:
    """An Australian Medicare card number: first digit 2 to 6, weights 1, 3, 7, 9, modulo 10 (Services Australia).

    >>> au_medicare(b"2345 67898 1")
    True
    """
    digits = digits_of(value, 10, 11)
    return (
        bool(digits) and 2 <= digits[0] <= 6 and weigh(digits[:8], (1, 3, 7, 9) * 2) % 10 == digits[8] and digits[9] > 0
    )


def nz_ird(value: bytes) -> bool:
    """A New Zealand IRD number: a range, two sets of weights modulo 11 (Inland Revenue, non-resident withholding spec).

    >>> nz_ird(b"12-345-674")
    True
    """
    digits = digits_of(value, 8, 9)
    digits = [*[0] * (9 - len(digits)), *digits]
    if not 10_000_000 < as_number(digits) < 150_000_000:
        return False
    check = -weigh(digits[:8], (3, 2, 7, 6, 5, 4, 3, 2)) % 11
    if check == 10:
        check = -weigh(digits[:8], (7, 4, 3, 2, 5, 2, 7, 6)) % 11
    return check == digits[8]


def nz_nhi(value: bytes) -> bool:
    """A New Zealand health index number, three letters and four digits, modulo 11 (HISO 10046).

    >>> nz_nhi(b"ABC1235")
    True
    """
    text = compact(value)
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    if not re.fullmatch(r"[A-HJ-NP-Z]{3}\d{4}", text):
        return False
    values = [alphabet.index(c) + 1 for c in text[:3]] + [int(c) for c in text[3:6]]
    remainder = weigh(values, range(7, 1, -1)) % 11
    return remainder > 0 and (11 - remainder) % 10 == int(text[6])
