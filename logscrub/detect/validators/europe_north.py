"""National numbers of the Nordic and Baltic countries."""

from __future__ import annotations

import re

from logscrub.detect.validators.checks import as_number, digits_of, is_date, is_short_date, luhn_ok, two_step_ok, weigh


def se_personnummer(value: bytes) -> bool:
    """A Swedish personal or coordination number: date, the day 60 higher in the latter, and a Luhn digit.

    Source: folkbokföringslagen 1991:481, § 18; Skatteverket.

    >>> se_personnummer(b"850730-1235")
    True
    """
    digits = digits_of(value.replace(b"+", b"-"), 10, 12)[-10:]
    if not digits:
        return False
    return is_short_date(as_number(digits[:2]), as_number(digits[2:4]), as_number(digits[4:6]) % 60) and luhn_ok(digits)


def se_organisationsnummer(value: bytes) -> bool:
    """A Swedish organisation number: ten digits, the third at least 2, with a Luhn digit (Skatteverket, SKV 709).

    >>> se_organisationsnummer(b"556074-7569"), se_organisationsnummer(b"556074-7568")
    (True, False)
    """
    digits = digits_of(value, 10)
    return bool(digits) and digits[2] >= 2 and luhn_ok(digits)


def no_fodselsnummer(value: bytes) -> bool:
    """A Norwegian birth number, D number or synthetic test number: date and two check digits modulo 11.

    The day is 40 higher in a D number, the month 40 or 80 higher in test numbers. Source: Skatteetaten.

    >>> no_fodselsnummer(b"300785 10036")
    True
    """
    digits = digits_of(value, 11)
    if not digits or not is_short_date(as_number(digits[4:6]), as_number(digits[2:4]) % 40, as_number(digits[:2]) % 40):
        return False
    first = weigh(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    return first == 0 and weigh(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def dk_cpr(value: bytes) -> bool:
    """A Danish CPR number: its date; the check modulo 11 was given up in 2007 (CPR-kontoret).

    >>> dk_cpr(b"300785-1234"), dk_cpr(b"310285-1234")
    (True, False)
    """
    digits = digits_of(value, 10)
    return bool(digits) and is_short_date(as_number(digits[4:6]), as_number(digits[2:4]), as_number(digits[:2]))


def fi_hetu(value: bytes) -> bool:
    """A Finnish personal identity code: date, century sign, serial and a character by modulo 31.

    Source: Digi- ja väestötietovirasto.

    >>> fi_hetu(b"300785-123W")
    True
    """
    if not re.fullmatch(rb"\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Za-z]", value):
        return False
    text = value.decode("ascii").upper()
    born = is_short_date(int(text[4:6]), int(text[2:4]), int(text[:2]))
    return born and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[:6] + text[7:10]) % 31] == text[10]


def is_kennitala(value: bytes) -> bool:
    """An Icelandic identity number: date, weights 3, 2, 7, 6, 5, 4, 3, 2, century digit 8, 9 or 0 (Þjóðskrá Íslands).

    >>> is_kennitala(b"300785-1239")
    True
    """
    digits = digits_of(value, 10)
    if not digits or digits[9] not in {0, 8, 9}:
        return False
    born = is_short_date(as_number(digits[4:6]), as_number(digits[2:4]), as_number(digits[:2]) % 40)
    return born and weigh(digits, (3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def ee_isikukood(value: bytes) -> bool:
    """An Estonian or Lithuanian personal code: sex and century, date, two rounds of weights modulo 11 (EVS 585).

    >>> ee_isikukood(b"38507301236")
    True
    """
    digits = digits_of(value, 11)
    if not digits or not 1 <= digits[0] <= 8:
        return False
    if not is_date(
        1800 + (digits[0] - 1) // 2 * 100 + as_number(digits[1:3]), as_number(digits[3:5]), as_number(digits[5:7])
    ):
        return False
    return two_step_ok(digits, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1), (3, 4, 5, 6, 7, 8, 9, 1, 2, 3))


def lv_personas_kods(value: bytes) -> bool:
    """A Latvian personal code: date and check modulo 11, or since 2017 eleven digits from 32.

    Source: Pilsonības un migrācijas lietu pārvalde.

    >>> lv_personas_kods(b"300785-11239")
    True
    """
    digits = digits_of(value, 11)
    if digits[:2] == [3, 2]:
        return True
    if not digits or not is_short_date(as_number(digits[4:6]), as_number(digits[2:4]), as_number(digits[:2])):
        return False
    return (1101 - weigh(digits, (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11 % 10 == digits[10]
