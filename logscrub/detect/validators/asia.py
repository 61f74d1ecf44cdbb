"""National numbers of central, southern and eastern Asia."""

from __future__ import annotations

import re

from logscrub.detect.validators.checks import (
    BASE36,
    SEPARATORS,
    as_number,
    compact,
    digits_of,
    is_date,
    is_short_date,
    verhoeff_ok,
    weigh,
)


def kz_iin(value: bytes) -> bool:
    """A Kazakh individual number: date, sex and century digit, two rounds of weights modulo 11 (Закон № 223-III).

    >>> kz_iin(b"850730300124")
    True
    """
    digits = digits_of(value, 12)
    if (
        not digits
        or digits[6] > 6
        or not is_short_date(as_number(digits[:2]), as_number(digits[2:4]), as_number(digits[4:6]))
    ):
        return False
    check = weigh(digits[:11], range(1, 12)) % 11
    if check == 10:
        check = weigh(digits[:11], (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return check == digits[11]


def in_aadhaar(value: bytes) -> bool:
    """An Indian Aadhaar number: twelve digits, first 2 to 9, Verhoeff, no palindrome (UIDAI).

    >>> in_aadhaar(b"2345 6789 0124")
    True
    """
    digits = digits_of(value.replace(b":", b"-"), 12)
    return bool(digits) and digits[0] > 1 and digits != digits[::-1] and verhoeff_ok(digits)


def in_pan(value: bytes) -> bool:
    """An Indian PAN: five letters, the fourth a kind of holder, four digits, a letter (Income Tax Rule 114).

    Its last letter is a check, but how it is made is not published.

    >>> in_pan(b"ABCPE1234F"), in_pan(b"ABCXE1234F")
    (True, False)
    """
    return re.fullmatch(r"[A-Z]{3}[ABCEFGHJKLPT][A-Z]\d{4}[A-Z]", compact(value)) is not None


def in_gstin(value: bytes) -> bool:
    """An Indian GST number: state, PAN, entity, and a character by Luhn's scheme modulo 36 (GSTN).

    >>> in_gstin(b"27ABCPE1234F1ZB")
    True
    """
    text = compact(value)
    if not re.fullmatch(r"(?:[0-2]\d|3[0-8]|97|99)[A-Z]{5}\d{4}[A-Z][1-9A-Z][A-Z][0-9A-Z]", text):
        return False
    products = [BASE36.index(c) * w for c, w in zip(text, (1, 2) * 7, strict=False)]
    return BASE36[-sum(p // 36 + p % 36 for p in products) % 36] == text[14]


def kr_rrn(value: bytes) -> bool:
    """A Korean resident or foreigner registration number: date and sex digit; no check digit since October 2020.

    Source: 주민등록법 시행규칙.

    >>> kr_rrn(b"850730-1234567"), kr_rrn(b"851330-1234567")
    (True, False)
    """
    digits = digits_of(value, 13)
    return bool(digits) and is_short_date(as_number(digits[:2]), as_number(digits[2:4]), as_number(digits[4:6]))


def kr_rrn_check(value: bytes) -> bool:
    """A Korean registration number as issued until October 2020: weights 2 to 9 and 2 to 5, modulo 11.

    Foreigners' numbers, whose seventh digit is 5 to 8, check two higher.

    >>> kr_rrn_check(b"850730-1234569")
    True
    """
    digits = digits_of(value, 13)
    if not kr_rrn(value):
        return False
    shift = 2 if 5 <= digits[6] <= 8 else 0
    return (11 + shift - weigh(digits[:12], (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10 == digits[12]


def kr_brn(value: bytes) -> bool:
    """A Korean business registration number: weights 1 3 7 1 3 7 1 3 5, the tens of the last product added (국세청).

    >>> kr_brn(b"220-81-62517"), kr_brn(b"220-81-62518")
    (True, False)
    """
    digits = digits_of(value, 10)
    if not digits or as_number(digits[:3]) < 101 or not any(digits[3:5]) or not any(digits[5:]):
        return False
    return -(weigh(digits[:9], (1, 3, 7, 1, 3, 7, 1, 3, 5)) + digits[8] * 5 // 10) % 10 == digits[9]


def cn_resident_id(value: bytes) -> bool:
    """A Chinese resident number: province, date, ISO/IEC 7064 MOD 11-2 (GB 11643-1999).

    >>> cn_resident_id(b"110101198507301237")
    True
    """
    text = compact(value)
    if not re.fullmatch(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)\d{15}[0-9X]", text):
        return False
    if not is_date(int(text[6:10]), int(text[10:12]), int(text[12:14])) or text[6:8] not in {"18", "19", "20"}:
        return False
    remainder = 0
    for c in text[:17]:
        remainder = (remainder + int(c)) * 2 % 11
    return (remainder + (10 if text[17] == "X" else int(text[17]))) % 11 == 1


_TW_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"


def tw_id(value: bytes) -> bool:
    """A Taiwanese identity number or resident certificate: a letter for 10 to 35, weights 1 9 8 … 1 1 (內政部戶政司).

    >>> tw_id(b"A123456789")
    True
    """
    text = compact(value)
    if not re.fullmatch(r"[A-Z][1289]\d{8}", text):
        return False
    number = _TW_LETTERS.index(text[0]) + 10
    return (number // 10 + weigh([number % 10, *map(int, text[1:])], (9, 8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def hk_hkid(value: bytes) -> bool:
    """A Hong Kong identity card number: one or two letters, six digits, modulo 11 with A for ten.

    Source: Immigration Department.

    >>> hk_hkid(b"A123456(3)"), hk_hkid(b"A123456(4)")
    (True, False)
    """
    text = compact(value, SEPARATORS + b"()")
    if not re.fullmatch(r"[A-Z]{1,2}\d{6}[0-9A]", text):
        return False
    values = [BASE36.index(c) for c in text]
    return weigh(values if len(text) == 9 else [36, *values], range(9, 0, -1)) % 11 == 0


def sg_nric(value: bytes) -> bool:
    """A Singapore NRIC or FIN: weights 2 7 6 5 4 3 2, an offset by series, a letter modulo 11 (ICA).

    >>> sg_nric(b"S1234567D"), sg_nric(b"S1234567A")
    (True, False)
    """
    text = compact(value)
    if not re.fullmatch(r"[STFGM]\d{7}[A-Z]", text):
        return False
    offset, letters = {
        "S": (0, "JZIHGFEDCBA"),
        "T": (4, "JZIHGFEDCBA"),
        "F": (0, "XWUTRQPNMLK"),
        "G": (4, "XWUTRQPNMLK"),
        "M": (3, "XWUTRQPNJLK"),
    }[text[0]]
    return letters[(offset + weigh([int(c) for c in text[1:8]], (2, 7, 6, 5, 4, 3, 2))) % 11] == text[8]


def sg_uen(value: bytes) -> bool:
    """A Singapore entity number of a business, a local company or another entity; a letter modulo 11 (ACRA).

    >>> sg_uen(b"00192200M"), sg_uen(b"197401143C"), sg_uen(b"S16FC0121D")
    (True, True, True)
    """
    text = compact(value)
    if re.fullmatch(r"\d{8}[A-Z]", text):
        return "XMKECAWLJDB"[weigh([int(c) for c in text[:8]], (10, 4, 9, 3, 8, 2, 7, 1)) % 11] == text[8]
    if re.fullmatch(r"(?:1[89]|20)\d{7}[A-Z]", text):
        return "ZKCMDNERGWH"[weigh([int(c) for c in text[:9]], (10, 8, 6, 4, 9, 7, 5, 3, 1)) % 11] == text[9]
    if re.fullmatch(r"[RST]\d\d[A-HJ-NP-X]{2}\d{4}[A-Z]", text):
        alphabet = "ABCDEFGHJKLMNPQRSTUVWX0123456789"
        values = [alphabet.index(c) for c in text[:9]]
        return alphabet[(weigh(values, (4, 3, 5, 3, 10, 2, 2, 5, 7)) - 5) % 11] == text[9]
    return False


def th_id(value: bytes) -> bool:
    """A Thai identity number: kind 1 to 8, province 10 to 96, weights 13 to 2, modulo 11 (กรมการปกครอง).

    >>> th_id(b"1-2345-67890-12-1")
    True
    """
    digits = digits_of(value, 13)
    if not digits or not 1 <= digits[0] <= 8 or not 10 <= as_number(digits[1:3]) <= 96:
        return False
    return (11 - weigh(digits[:12], range(13, 1, -1)) % 11) % 10 == digits[12]


_MY_UNUSED_PLACES = frozenset({0, 17, 18, 19, 20, 69, 70, 73, 80, 81, 94, 95, 96, 97})


def my_nric(value: bytes) -> bool:
    """A Malaysian identity card number: date and place of birth; it has no check digit (Jabatan Pendaftaran Negara).

    >>> my_nric(b"850730-14-5123"), my_nric(b"851330-14-5123")
    (True, False)
    """
    digits = digits_of(value, 12)
    if not digits or as_number(digits[6:8]) in _MY_UNUSED_PLACES:
        return False
    return is_short_date(as_number(digits[:2]), as_number(digits[2:4]), as_number(digits[4:6]))


def id_nik(value: bytes) -> bool:
    """An Indonesian NIK: province, date with women's day 40 higher; it has no check digit (UU 24/2013).

    >>> id_nik(b"3171016507850001"), id_nik(b"3171013213850001")
    (True, False)
    """
    digits = digits_of(value, 16)
    if not digits or not 11 <= as_number(digits[:2]) <= 97 or not any(digits[12:]):
        return False
    return is_short_date(as_number(digits[10:12]), as_number(digits[8:10]), as_number(digits[6:8]) % 40)


def ph_tin(value: bytes) -> bool:
    """A Philippine taxpayer number: eight digits, their check by weights 9 to 2 modulo 11, a branch code of 3 to 5.

    The Bureau of Internal Revenue says that there is a check digit, and not how it is made: this is what others found.

    >>> ph_tin(b"123-456-782-000"), ph_tin(b"123-456-783-000")
    (True, False)
    """
    digits = digits_of(value, 9, 12, 13, 14)
    return any(digits) and weigh(digits[:8], range(9, 1, -1)) % 11 == digits[8]


def jp_my_number(value: bytes) -> bool:
    """A Japanese individual number: weights 6 5 4 3 2 7 6 5 4 3 2, modulo 11 (総務省令第85号).

    >>> jp_my_number(b"1234 5678 9018")
    True
    """
    digits = digits_of(value, 12)
    if len(set(digits)) < 2:
        return False
    remainder = weigh(digits[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if remainder < 2 else 11 - remainder) == digits[11]
