"""National numbers of the British Isles, the German-speaking countries, France and the Low Countries."""

from __future__ import annotations

import re

from logscrub.detect.validators.checks import (
    BASE36,
    UPPER,
    as_number,
    compact,
    digits_of,
    is_date,
    luhn_ok,
    mod_11_10_ok,
    verhoeff_ok,
    weigh,
)


def gb_nhs(value: bytes) -> bool:
    """A UK NHS number: weights 10 to 2, modulo 11 (NHS Data Dictionary, NHS NUMBER).

    >>> gb_nhs(b"943 476 5919")
    True
    """
    digits = digits_of(value, 10)
    return len(set(digits)) > 1 and weigh(digits, range(10, 0, -1)) % 11 == 0


_NINO = re.compile(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")


def gb_nino(value: bytes) -> bool:
    """A UK National Insurance number: prefixes in use, suffix A to D; it has no check digit (HMRC manual NIM39110).

    >>> gb_nino(b"AB 12 34 56 C"), gb_nino(b"GB 12 34 56 C")
    (True, False)
    """
    return _NINO.fullmatch(compact(value)) is not None


def gb_utr(value: bytes) -> bool:
    """A UK unique taxpayer reference: the first of ten digits checks the others modulo 11 (HMRC).

    >>> gb_utr(b"1123456789")
    True
    """
    digits = digits_of(value, 10)
    return bool(digits) and digits[0] == int("21987654321"[weigh(digits[1:], (6, 7, 8, 9, 10, 5, 4, 3, 2)) % 11])


def ie_pps(value: bytes) -> bool:
    """An Irish PPS number: seven digits and a letter modulo 23, which a second letter from A to I weighs into by 9.

    W, T and X, given to wives and widows until 1999, do not. Source: Revenue.

    >>> ie_pps(b"1234567T"), ie_pps(b"1234567FA")
    (True, True)
    """
    text = compact(value)
    if not re.fullmatch(r"\d{7}[A-W][A-ITWX]?", text):
        return False
    total = weigh([int(c) for c in text[:7]], range(8, 1, -1))
    if len(text) == 9 and text[8] not in "TWX":
        total += 9 * (UPPER.index(text[8]) + 1)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == text[7]


def de_steuer_id(value: bytes) -> bool:
    """A German tax identification number: no leading zero, ISO/IEC 7064 MOD 11,10 (Bundeszentralamt für Steuern).

    None of the first ten digits stands there more than three times. That exactly one repeats is not asked for: test
    numbers in use do without.

    >>> de_steuer_id(b"36 574 261 809")
    True
    """
    digits = digits_of(value, 11)
    return bool(digits) and digits[0] > 0 and max(map(digits[:10].count, digits)) <= 3 and mod_11_10_ok(digits)


def de_vat(value: bytes) -> bool:
    """A German VAT number: nine digits with ISO/IEC 7064 MOD 11,10 (Bundeszentralamt für Steuern).

    >>> de_vat(b"DE 123456788")
    True
    """
    digits = digits_of(compact(value).removeprefix("DE").encode("ascii"), 9)
    return bool(digits) and digits[0] > 0 and mod_11_10_ok(digits)


def _icao_ok(text: str) -> bool:
    """The last character checks the others with weights 7, 3, 1 (ICAO 9303-3, section 4.9)."""
    values = [BASE36.index(c) for c in text[:-1]]
    return text[-1:].isdigit() and weigh(values, (7, 3, 1) * 12) % 10 == int(text[-1])


def de_personalausweis(value: bytes) -> bool:
    """A German identity card or passport number: nine characters of a restricted alphabet (PAuswV, ICAO 9303).

    A tenth is the check digit of the machine-readable zone; without it there is nothing to check but the alphabet.

    >>> de_personalausweis(b"L01X00T471")
    True
    """
    text = compact(value)
    alphabet = set("0123456789CFGHJKLMNPRTVWXYZ")
    if len(text) not in {9, 10} or not set(text) <= alphabet or not any(c.isdigit() for c in text):
        return False
    return len(text) == 9 or _icao_ok(text)


def _de_letter_digits(text: str) -> list[int]:
    """Digits of a German insurance number, its letter as the two digits of its place in the alphabet."""
    return [int(c) for c in "".join(c if c.isdigit() else f"{UPPER.index(c) + 1:02}" for c in text)]


def de_rvnr(value: bytes) -> bool:
    """A German pension insurance number: area, birth date, initial, serial; digit sums modulo 10 (VKVV § 2).

    >>> de_rvnr(b"15 070649 C 103")
    True
    """
    text = compact(value)
    if not re.fullmatch(r"\d{8}[A-Z]\d{3}", text):
        return False
    if not 1 <= int(text[4:6]) <= 12 or not 1 <= int(text[2:4]) % 50 <= 31:
        return False
    products = (d * w for d, w in zip(_de_letter_digits(text), (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=False))
    return sum(p // 10 + p % 10 for p in products) % 10 == int(text[-1])


def de_kvnr(value: bytes) -> bool:
    """A German health insurance number: a letter and nine digits, weights 1 and 2 (SGB V § 290).

    >>> de_kvnr(b"A123456780")
    True
    """
    text = compact(value)
    if not re.fullmatch(r"[A-Z]\d{9}", text):
        return False
    products = (d * w for d, w in zip(_de_letter_digits(text)[:10], (1, 2) * 5, strict=True))
    return sum(p // 10 + p % 10 for p in products) % 10 == int(text[-1])


def de_lanr(value: bytes) -> bool:
    """A German physician's number: six digits, their check by weights 4 and 9, two of the speciality (KBV).

    >>> de_lanr(b"838382202")
    True
    """
    digits = digits_of(value, 9)
    return any(digits[:6]) and -weigh(digits[:6], (4, 9) * 3) % 10 == digits[6]


def at_svnr(value: bytes) -> bool:
    """An Austrian social insurance number: serial, check digit modulo 11, birth date.

    Source: Dachverband der Sozialversicherungsträger.

    >>> at_svnr(b"1231 300785")
    True
    """
    digits = digits_of(value, 10)
    if not digits or digits[0] == 0 or not 1 <= as_number(digits[4:6]) <= 31 or not 1 <= as_number(digits[6:8]) <= 15:
        return False
    return weigh(digits, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11 == digits[3]


def ch_ahv(value: bytes) -> bool:
    """A Swiss AHV/AVS number: 13 digits from 756 with the check digit of EAN-13 (Zentrale Ausgleichsstelle).

    >>> ch_ahv(b"756.1234.5678.97")
    True
    """
    digits = digits_of(value, 13)
    return digits[:3] == [7, 5, 6] and weigh(digits, (1, 3) * 7) % 10 == 0


def fr_nir(value: bytes) -> bool:
    """A French social security number: sex, year, month, place, serial and a key modulo 97 (INSEE, décret 82-103).

    >>> fr_nir(b"2 55 08 14 168 025 38")
    True
    """
    text = compact(value)
    if not re.fullmatch(r"[1-478]\d{4}(?:\d\d|2[AB])\d{8}", text):
        return False
    month = int(text[3:5])
    if not (1 <= month <= 12 or 20 <= month <= 42 or month >= 50):
        return False
    number = (
        int(text[:13].replace("2A", "19", 1).replace("2B", "18", 1)) if text[5:7] in {"2A", "2B"} else int(text[:13])
    )
    return 97 - number % 97 == int(text[13:])


def fr_spi(value: bytes) -> bool:
    """A French tax number: 13 digits, first 0 to 3, key modulo 511 (Direction générale des Finances publiques).

    >>> fr_spi(b"30 23 217 600 053")
    True
    """
    digits = digits_of(value, 13)
    return bool(digits) and digits[0] <= 3 and any(digits) and as_number(digits[:10]) % 511 == as_number(digits[10:])


def be_nn(value: bytes) -> bool:
    """A Belgian national number: date, serial and 97 less the remainder, with a 2 put before for births since 2000.

    Months of the bis register are 20 or 40 higher. Source: arrêté royal du 3 avril 1984.

    >>> be_nn(b"85.07.30-033 28")
    True
    """
    digits = digits_of(value, 11)
    if not digits or as_number(digits[2:4]) % 20 > 12 or as_number(digits[4:6]) > 31 or not any(digits[:6]):
        return False
    body, check = as_number(digits[:9]), as_number(digits[9:])
    return check in {97 - body % 97, 97 - (2_000_000_000 + body) % 97}


def nl_bsn(value: bytes) -> bool:
    """A Dutch citizen service number: the "eleven test", weights 9 to 2 and -1 (Rijksdienst voor Identiteitsgegevens).

    >>> nl_bsn(b"111222333")
    True
    """
    digits = digits_of(value, 8, 9)
    digits = [*[0] * (9 - len(digits)), *digits]
    return len(set(digits)) > 1 and weigh(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def lu_matricule(value: bytes) -> bool:
    """A Luxembourg national number: date, serial, a Luhn digit and a Verhoeff digit over the same eleven digits.

    Source: règlement grand-ducal du 28 novembre 2013.

    >>> lu_matricule(b"1985073012008")
    True
    """
    digits = digits_of(value, 13)
    if not digits or not is_date(as_number(digits[:4]), as_number(digits[4:6]), as_number(digits[6:8])):
        return False
    return luhn_ok(digits[:12]) and verhoeff_ok([*digits[:11], digits[12]])
