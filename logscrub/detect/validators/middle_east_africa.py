"""National numbers of the Middle East and Africa."""

from __future__ import annotations

from logscrub.detect.validators.checks import as_number, digits_of, is_date, is_short_date, luhn_ok, verhoeff_ok, weigh


def tr_tckn(value: bytes) -> bool:
    """A Turkish identity number: two check digits over odd and even places (Law 5490 on population services).

    >>> tr_tckn(b"12345678950")
    True
    """
    digits = digits_of(value, 11)
    if not digits or digits[0] == 0:
        return False
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return tenth == digits[9] and sum(digits[:10]) % 10 == digits[10]


def il_id(value: bytes) -> bool:
    """An Israeli identity number: nine digits, short ones padded, with a Luhn digit.

    Source: Population and Immigration Authority.

    >>> il_id(b"123456782")
    True
    """
    digits = digits_of(value, 8, 9)
    return any(digits) and luhn_ok(digits)


def sa_national_id(value: bytes) -> bool:
    """A Saudi identity number, 1 for citizens and 2 for residents, with a Luhn digit (Absher).

    >>> sa_national_id(b"1123456780")
    True
    """
    digits = digits_of(value, 10)
    return digits[:1] in ([1], [2]) and luhn_ok(digits)


def ae_emirates_id(value: bytes) -> bool:
    """An Emirates ID: 784, year of birth, serial, a Luhn digit (Federal Authority for Identity and Citizenship).

    >>> ae_emirates_id(b"784-1985-1234567-3")
    True
    """
    digits = digits_of(value, 15)
    return digits[:3] == [7, 8, 4] and digits[3] in {1, 2} and luhn_ok(digits)


def kw_civil_id(value: bytes) -> bool:
    """A Kuwaiti civil number: century digit, date, modulo 11 (Public Authority for Civil Information).

    >>> kw_civil_id(b"285073012346")
    True
    """
    digits = digits_of(value, 12)
    if not digits or digits[0] not in {1, 2, 3}:
        return False
    born = is_date(1700 + digits[0] * 100 + as_number(digits[1:3]), as_number(digits[3:5]), as_number(digits[5:7]))
    return born and 11 - weigh(digits, (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11 == digits[11]


def eg_national_id(value: bytes) -> bool:
    """An Egyptian national number: century digit, date, governorate; its check digit is not published.

    >>> eg_national_id(b"28507300112345"), eg_national_id(b"28513300112345")
    (True, False)
    """
    digits = digits_of(value, 14)
    if not digits or digits[0] not in {2, 3}:
        return False
    born = is_date(1700 + digits[0] * 100 + as_number(digits[1:3]), as_number(digits[3:5]), as_number(digits[5:7]))
    return born and (1 <= as_number(digits[7:9]) <= 35 or as_number(digits[7:9]) == 88)


def ng_nin(value: bytes) -> bool:
    """A Nigerian national number: eleven digits, the last by Verhoeff's scheme.

    The authority (NIMC) does not publish how it is made: it moves confidence, and does not decide.

    >>> ng_nin(b"74839201568")
    True
    """
    digits = digits_of(value, 11)
    return len(set(digits)) > 1 and verhoeff_ok(digits)


def za_id(value: bytes) -> bool:
    """A South African identity number: date, citizenship digit 0 to 2, a Luhn digit (Department of Home Affairs).

    >>> za_id(b"850730 5123 081")
    True
    """
    digits = digits_of(value, 13)
    if not digits or digits[10] > 2:
        return False
    return luhn_ok(digits) and is_short_date(as_number(digits[:2]), as_number(digits[2:4]), as_number(digits[4:6]))
