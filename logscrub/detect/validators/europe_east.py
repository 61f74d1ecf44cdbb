"""National numbers of eastern Europe."""

from __future__ import annotations

from logscrub.detect.validators.checks import as_number, digits_of, is_date, is_short_date, weigh


def pl_pesel(value: bytes) -> bool:
    """A Polish PESEL number: date with the century in the month, weights 1, 3, 7, 9 (ustawa o ewidencji ludności).

    >>> pl_pesel(b"85073012341")
    True
    """
    digits = digits_of(value, 11)
    if not digits:
        return False
    century = (1900, 2000, 2100, 2200, 1800)[as_number(digits[2:4]) // 20]
    born = is_date(century + as_number(digits[:2]), as_number(digits[2:4]) % 20, as_number(digits[4:6]))
    return born and weigh(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def pl_nip(value: bytes) -> bool:
    """A Polish tax number: weights 6, 5, 7, 2, 3, 4, 5, 6, 7, modulo 11 (ustawa o zasadach ewidencji podatników).

    >>> pl_nip(b"123-456-32-18")
    True
    """
    digits = digits_of(value, 10)
    return any(digits) and weigh(digits, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == digits[9]


def cz_rodne_cislo(value: bytes) -> bool:
    """A Czech or Slovak birth number: date, women's month 50 higher, divisible by 11 since 1954 (zákon 133/2000 Sb.).

    Nine digits, issued before 1954, have no check digit.

    >>> cz_rodne_cislo(b"850730/1231")
    True
    """
    digits = digits_of(value, 9, 10)
    if not digits:
        return False
    year, month = as_number(digits[:2]), as_number(digits[2:4]) % 50
    if not is_short_date(year, month - 20 * (month > 20), as_number(digits[4:6])):
        return False
    if len(digits) == 9:
        return year < 54
    return as_number(digits[:9]) % 11 % 10 == digits[9]


def ro_cnp(value: bytes) -> bool:
    """A Romanian CNP: sex and century, date, county, weights 2 7 9 1 4 6 3 5 8 2 7 9, modulo 11 (HG 1375/2006).

    >>> ro_cnp(b"1850730 12 345 7")
    True
    """
    digits = digits_of(value, 13)
    if (
        not digits
        or digits[0] == 0
        or not is_short_date(as_number(digits[1:3]), as_number(digits[3:5]), as_number(digits[5:7]))
    ):
        return False
    check = weigh(digits, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return (1 if check == 10 else check) == digits[12]


def bg_egn(value: bytes) -> bool:
    """A Bulgarian EGN: date with the century in the month, weights 2 4 8 5 10 9 7 3 6, modulo 11 (ЗГР чл. 11).

    >>> bg_egn(b"8507301230")
    True
    """
    digits = digits_of(value, 10)
    if not digits or not is_short_date(as_number(digits[:2]), as_number(digits[2:4]) % 20, as_number(digits[4:6])):
        return False
    return weigh(digits, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == digits[9]


def hu_adoazonosito(value: bytes) -> bool:
    """A Hungarian personal tax number: ten digits from 8, weights 1 to 9, modulo 11 (2017. évi CL. törvény).

    >>> hu_adoazonosito(b"8123456786")
    True
    """
    digits = digits_of(value, 10)
    return digits[:1] == [8] and weigh(digits[:9], range(1, 10)) % 11 == digits[9]


def hu_taj(value: bytes) -> bool:
    """A Hungarian social security number: weights 3 and 7, modulo 10 (1996. évi XX. törvény).

    >>> hu_taj(b"123 456 788")
    True
    """
    digits = digits_of(value, 9)
    return any(digits) and weigh(digits[:8], (3, 7) * 4) % 10 == digits[8]


def ua_rnokpp(value: bytes) -> bool:
    """A Ukrainian taxpayer number: weights -1 5 7 9 4 6 10 5 7, modulo 11 then 10 (Державна податкова служба).

    >>> ua_rnokpp(b"3123412347")
    True
    """
    digits = digits_of(value, 10)
    return len(set(digits)) > 1 and weigh(digits, (-1, 5, 7, 9, 4, 6, 10, 5, 7)) % 11 % 10 == digits[9]


def ru_inn(value: bytes) -> bool:
    """A Russian taxpayer number, ten digits (firms) or twelve (people), modulo 11 (приказ ФНС ЕД-7-14/559).

    >>> ru_inn(b"500100732259")
    True
    """
    digits = digits_of(value, 10, 12)
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    if not any(digits):
        return False
    if len(digits) == 10:
        return weigh(digits[:9], weights[2:]) % 11 % 10 == digits[9]
    return (
        weigh(digits[:10], weights[1:]) % 11 % 10 == digits[10] and weigh(digits[:11], weights) % 11 % 10 == digits[11]
    )


def ru_snils(value: bytes) -> bool:
    """A Russian pension insurance number: weights 9 to 1, modulo 101 (постановление Правления ПФР 192п).

    >>> ru_snils(b"112-233-445 95")
    True
    """
    digits = digits_of(value, 11)
    return any(digits) and weigh(digits[:9], range(9, 0, -1)) % 101 % 100 == as_number(digits[9:])
