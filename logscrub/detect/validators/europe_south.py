"""National numbers of southern Europe, from Portugal to Cyprus."""

from __future__ import annotations

import re

from logscrub.detect.validators.checks import (
    BASE36,
    UPPER,
    as_number,
    compact,
    digits_of,
    is_date,
    is_short_date,
    luhn_ok,
    mod_11_10_ok,
    weigh,
)

_ES_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def es_dni(value: bytes) -> bool:
    """A Spanish identity number: up to eight digits and a letter by modulo 23 (Real Decreto 1553/2005).

    >>> es_dni(b"12345678Z"), es_dni(b"12345678A")
    (True, False)
    """
    text = compact(value)
    return (
        bool(re.fullmatch(r"\d{7,8}[A-Z]", text))
        and _ES_LETTERS[int(text[:-1]) % 23] == text[-1]
        and int(text[:-1]) > 0
    )


def es_nie(value: bytes) -> bool:
    """A Spanish foreigner's number: X, Y or Z stands for 0, 1, 2 before the rule of the DNI (Orden INT/2058/2008).

    >>> es_nie(b"X1234567L")
    True
    """
    text = compact(value)
    return bool(re.fullmatch(r"[XYZ]\d{7}[A-Z]", text)) and es_dni(
        str("XYZ".index(text[0])).encode() + text[1:].encode()
    )


def pt_nif(value: bytes) -> bool:
    """A Portuguese tax number: weights 9 to 2, modulo 11 (Decreto-Lei 14/2013).

    >>> pt_nif(b"123456789")
    True
    """
    digits = digits_of(value, 9)
    return bool(digits) and digits[0] not in {0, 4} and -weigh(digits[:8], range(9, 1, -1)) % 11 % 10 == digits[8]


_IT_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_IT_ODD = dict(zip(BASE36, _IT_DIGITS * 2 + (2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23), strict=True))
_IT_EVEN = dict(zip(BASE36, (*range(10), *range(26)), strict=True))
_IT_SHAPE = re.compile(r"[A-Z]{6}[0-9L-NP-V]{2}[A-EHLMPR-T][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]")


def it_codice_fiscale(value: bytes) -> bool:
    """An Italian fiscal code: shape, with letters for digits where two people collide, and letter modulo 26.

    Source: decreto ministeriale 23 dicembre 1976.

    >>> it_codice_fiscale(b"RSSMRA80A01H501U")
    True
    """
    text = compact(value)
    if not _IT_SHAPE.fullmatch(text):
        return False
    total = sum(_IT_ODD[c] for c in text[:15:2]) + sum(_IT_EVEN[c] for c in text[1:15:2])
    return UPPER[total % 26] == text[15]


def it_partita_iva(value: bytes) -> bool:
    """An Italian VAT number: seven digits, an office, a Luhn digit, not all zeros (DPR 633/1972).

    >>> it_partita_iva(b"01234560157")
    True
    """
    digits = digits_of(value, 11)
    if not any(digits[:7]) or not luhn_ok(digits):
        return False
    office = as_number(digits[7:10])
    return 1 <= office <= 100 or office in {120, 121, 888, 999}


def gr_afm(value: bytes) -> bool:
    """A Greek tax number: weights 256 to 2, modulo 11 (ΠΟΛ 1027/1985).

    >>> gr_afm(b"123456783")
    True
    """
    digits = digits_of(value, 9)
    return any(digits) and weigh(digits[:8], (256, 128, 64, 32, 16, 8, 4, 2)) % 11 % 10 == digits[8]


def gr_amka(value: bytes) -> bool:
    """A Greek social security number: date and a Luhn digit (Νόμος 3655/2008).

    >>> gr_amka(b"30078512347")
    True
    """
    digits = digits_of(value, 11)
    return luhn_ok(digits) and is_short_date(as_number(digits[4:6]), as_number(digits[2:4]), as_number(digits[:2]))


def cy_tic(value: bytes) -> bool:
    """A Cypriot tax number: eight digits and a letter modulo 26, with the odd values of Italy's code (Tax Department).

    >>> cy_tic(b"00123456H"), cy_tic(b"00123456A")
    (True, False)
    """
    text = compact(value)
    if not re.fullmatch(r"\d{8}[A-Z]", text) or text.startswith("12"):
        return False
    return UPPER[(sum(_IT_ODD[c] for c in text[:8:2]) + sum(int(c) for c in text[1:8:2])) % 26] == text[8]


def hr_oib(value: bytes) -> bool:
    """A Croatian personal number, OIB: ISO/IEC 7064 MOD 11,10 (Zakon o osobnom identifikacijskom broju).

    >>> hr_oib(b"12345678903")
    True
    """
    digits = digits_of(value, 11)
    return any(digits) and mod_11_10_ok(digits)


def jmbg(value: bytes) -> bool:
    """A personal number of Slovenia (EMŠO), Serbia, Bosnia, Montenegro, North Macedonia: date, region, modulo 11.

    Source: Zakon o centralnem registru prebivalstva.

    >>> jmbg(b"3007985501233")
    True
    """
    digits = digits_of(value, 13)
    if not digits:
        return False
    year = as_number(digits[4:7])
    if not is_date(year + (2000 if year < 800 else 1000), as_number(digits[2:4]), as_number(digits[:2])):
        return False
    return -weigh(digits[:12], (7, 6, 5, 4, 3, 2) * 2) % 11 % 10 == digits[12]
