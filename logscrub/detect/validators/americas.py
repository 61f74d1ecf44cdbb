"""National numbers of the Americas."""

from __future__ import annotations

import re

from logscrub.detect.validators.checks import BASE36, as_number, compact, digits_of, is_short_date, luhn_ok, weigh


def us_ssn(value: bytes) -> bool:
    """A US social security number: area, group and serial that can be issued, and no number known from advertisements.

    It has no check digit. Source: Social Security Administration, POMS RM 10201.035.

    >>> us_ssn(b"536-22-1234"), us_ssn(b"666-22-1234"), us_ssn(b"078-05-1120")
    (True, False, False)
    """
    digits = digits_of(value, 9)
    if not digits or len(set(digits)) == 1:
        return False
    area, group, serial = as_number(digits[:3]), as_number(digits[3:5]), as_number(digits[5:])
    if area in {0, 666} or area >= 900 or not group or not serial:
        return False
    return (area, group, serial) not in {(78, 5, 1120), (219, 9, 9999), (457, 55, 5462)}


def us_itin(value: bytes) -> bool:
    """A US individual taxpayer number: area 9xx and a group in use (IRS, IRM 3.21.263).

    >>> us_itin(b"912-70-1234"), us_itin(b"912-89-1234")
    (True, False)
    """
    digits = digits_of(value, 9)
    if digits[:1] != [9]:
        return False
    return as_number(digits[3:5]) in {*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)}


def us_npi(value: bytes) -> bool:
    """A US provider number: ten digits, first 1 or 2, a Luhn digit with 80840 put before (45 CFR 162.406).

    >>> us_npi(b"1234567893")
    True
    """
    digits = digits_of(value, 10)
    return digits[:1] in ([1], [2]) and len(set(digits)) > 2 and luhn_ok([8, 0, 8, 4, 0, *digits])


def us_dea(value: bytes) -> bool:
    """A US DEA registration: two letters, seven digits, odd places plus twice the even ones (DEA Diversion Control).

    >>> us_dea(b"AB1234563")
    True
    """
    text = compact(value)
    if not re.fullmatch(r"[A-HJ-MPRSTUX][A-Z9]\d{7}", text):
        return False
    digits = [int(c) for c in text[2:]]
    return any(digits) and weigh(digits, (1, 2, 1, 2, 1, 2)) % 10 == digits[6]


def ca_sin(value: bytes) -> bool:
    """A Canadian social insurance number: nine digits, first neither 0 nor 8, a Luhn digit (Service Canada).

    >>> ca_sin(b"130 692 544")
    True
    """
    digits = digits_of(value, 9)
    return bool(digits) and digits[0] not in {0, 8} and luhn_ok(digits)


def br_cpf(value: bytes) -> bool:
    """A Brazilian CPF: two check digits modulo 11, not one digit over and over (Receita Federal).

    >>> br_cpf(b"123.456.789-09")
    True
    """
    digits = digits_of(value, 11)
    if len(set(digits)) < 2:
        return False
    first = -weigh(digits[:9], range(10, 1, -1)) % 11 % 10
    return first == digits[9] and -weigh(digits[:10], range(11, 1, -1)) % 11 % 10 == digits[10]


def br_cnpj(value: bytes) -> bool:
    """A Brazilian CNPJ, digits or since 2026 letters too, two check digits modulo 11 (IN RFB 2.229/2024).

    >>> br_cnpj(b"12.345.678/0001-95")
    True
    """
    text = compact(value)
    if not re.fullmatch(r"[0-9A-Z]{12}\d\d", text) or len(set(text)) < 2:
        return False
    values = [ord(c) - 48 for c in text]
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    return (
        -weigh(values[:12], weights[1:]) % 11 % 10 == values[12]
        and -weigh(values[:13], weights) % 11 % 10 == values[13]
    )


_CURP = re.compile(
    r"[A-Z][AEIOUX][A-Z]{2}(\d\d)(\d\d)(\d\d)[HMX]"
    r"(?:AS|BC|BS|CC|CL|CM|CS|CH|DF|DG|GT|GR|HG|JC|MC|MN|MS|NT|NL|OC|PL|QT|QR|SP|SL|SR|TC|TS|TL|VZ|YN|ZS|NE)"
    r"[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z]\d"
)


def mx_curp(value: bytes) -> bool:
    """A Mexican CURP: name letters, date, sex, state, check digit modulo 10 (RENAPO).

    >>> mx_curp(b"LOOA850730HDFPRN05")
    True
    """
    text = compact(value)
    found = _CURP.fullmatch(text)
    if not found or not is_short_date(*map(int, found.groups())):
        return False
    worth = [BASE36.index(c) + (c > "N") for c in text[:17]]  # the alphabet has an Ñ after N
    return -weigh(worth, range(18, 1, -1)) % 10 == int(text[17])


def mx_rfc(value: bytes) -> bool:
    """A Mexican RFC of a person: four letters, date, and a check character modulo 11 (SAT).

    >>> mx_rfc(b"LOOA850730AB8")
    True
    """
    text = compact(value)
    if not re.fullmatch(r"[A-Z&]{4}\d{6}[0-9A-Z]{2}[0-9A]", text):
        return False
    if not is_short_date(int(text[4:6]), int(text[6:8]), int(text[8:10])):
        return False
    worth = ["0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ".index(c) for c in text[:12]]
    return "0123456789A0"[-weigh(worth, range(13, 1, -1)) % 11] == text[12]


def cl_rut(value: bytes) -> bool:
    """A Chilean RUT: weights 2 to 7 from the right, modulo 11, K for ten (Servicio de Impuestos Internos).

    >>> cl_rut(b"12.345.678-5"), cl_rut(b"12.345.678-6")
    (True, False)
    """
    text = compact(value)
    if not re.fullmatch(r"\d{7,8}[0-9K]", text):
        return False
    digits = [int(c) for c in text[-2::-1]]
    return any(digits) and "0123456789K"[-weigh(digits, (2, 3, 4, 5, 6, 7, 2, 3)) % 11] == text[-1]


def ar_cuit(value: bytes) -> bool:
    """An Argentine CUIT or CUIL: a kind prefix, weights 5 4 3 2 7 6 5 4 3 2, modulo 11 (AFIP).

    >>> ar_cuit(b"20-12345678-6")
    True
    """
    digits = digits_of(value, 11)
    if not digits or as_number(digits[:2]) not in {20, 23, 24, 25, 26, 27, 30, 33, 34, 50, 51, 55}:
        return False
    return min(-weigh(digits[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11, 9) == digits[10]


def co_nit(value: bytes) -> bool:
    """A Colombian NIT: primes as weights from the right, modulo 11 (DIAN).

    >>> co_nit(b"900.123.456-8")
    True
    """
    digits = digits_of(value, *range(8, 12))
    if not any(digits):
        return False
    remainder = weigh(digits[-2::-1], (3, 7, 13, 17, 19, 23, 29, 37, 41, 43)) % 11
    return (remainder if remainder < 2 else 11 - remainder) == digits[-1]


def pe_ruc(value: bytes) -> bool:
    """A Peruvian RUC: a kind prefix, weights 5 4 3 2 7 6 5 4 3 2, modulo 11 (SUNAT).

    >>> pe_ruc(b"10123456781")
    True
    """
    digits = digits_of(value, 11)
    if not digits or as_number(digits[:2]) not in {10, 15, 16, 17, 20}:
        return False
    return (11 - weigh(digits[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 10 == digits[10]


def ec_cedula(value: bytes) -> bool:
    """An Ecuadorian identity number: province, third digit at most 6, a Luhn digit (Registro Civil).

    >>> ec_cedula(b"1712345675")
    True
    """
    digits = digits_of(value, 10)
    if not digits or digits[2] > 6:
        return False
    return (1 <= as_number(digits[:2]) <= 24 or as_number(digits[:2]) == 30) and luhn_ok(digits)


def uy_ci(value: bytes) -> bool:
    """A Uruguayan identity number: weights 2 9 8 7 6 3 4, modulo 10 (Dirección Nacional de Identificación Civil).

    >>> uy_ci(b"1.234.567-2")
    True
    """
    digits = digits_of(value, 7, 8)
    digits = [*[0] * (8 - len(digits)), *digits]
    return len(set(digits)) > 1 and weigh(digits, (2, 9, 8, 7, 6, 3, 4, 1)) % 10 == 0


def do_cedula(value: bytes) -> bool:
    """A Dominican identity number: eleven digits with a Luhn digit (Junta Central Electoral).

    >>> do_cedula(b"001-1234567-3")
    True
    """
    digits = digits_of(value, 11)
    return len(set(digits)) > 1 and luhn_ok(digits)
