"""Payment cards, bank accounts and wallets."""

from __future__ import annotations

import hashlib
import re

from logscrub.detect.validators.checks import BASE36, as_number, compact, digits_of, luhn_ok, weigh


def luhn(value: bytes) -> bool:
    """Luhn's check digit over 2 to 40 digits (ISO/IEC 7812-1 annex B).

    >>> luhn(b"79927398713")
    True
    """
    return luhn_ok(digits_of(value, *range(2, 41)))


# First and last prefix of each range of issuer numbers, and how long its cards may be (ISO/IEC 7812, networks' own
# published ranges). Ranges issued for one domestic network lie inside the international ones.
_CARD_RANGES: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("4", "4", frozenset({13, 16, 19})),  # Visa
    ("51", "55", frozenset({16})),  # Mastercard
    ("2221", "2720", frozenset({16})),  # Mastercard
    ("34", "34", frozenset({15})),  # American Express
    ("37", "37", frozenset({15})),  # American Express
    ("300", "305", frozenset({14, 16, 19})),  # Diners Club
    ("3095", "3095", frozenset({14, 16, 19})),  # Diners Club
    ("36", "36", frozenset({14, 16, 19})),  # Diners Club
    ("38", "39", frozenset({14, 16, 19})),  # Diners Club
    ("3528", "3589", frozenset(range(16, 20))),  # JCB
    ("6011", "6011", frozenset(range(16, 20))),  # Discover
    ("644", "649", frozenset(range(16, 20))),  # Discover
    ("65", "65", frozenset(range(16, 20))),  # Discover, RuPay, Elo
    ("62", "62", frozenset(range(16, 20))),  # UnionPay
    ("8100", "8171", frozenset(range(16, 20))),  # UnionPay
    ("5018", "5018", frozenset(range(12, 20))),  # Maestro
    ("5019", "5019", frozenset({16})),  # Dankort
    ("5020", "5020", frozenset(range(12, 20))),  # Maestro
    ("5038", "5038", frozenset(range(12, 20))),  # Maestro
    ("5893", "5893", frozenset(range(12, 20))),  # Maestro
    ("6304", "6304", frozenset(range(12, 20))),  # Maestro
    ("6759", "6759", frozenset(range(12, 20))),  # Maestro
    ("6761", "6763", frozenset(range(12, 20))),  # Maestro
    ("2200", "2204", frozenset(range(16, 20))),  # Mir
    ("5060", "5061", frozenset(range(16, 20))),  # Verve
    ("5066", "5067", frozenset({16})),  # Elo
    ("5085", "5089", frozenset({16})),  # RuPay
    ("5090", "5099", frozenset({16})),  # Elo
    ("606", "608", frozenset({16})),  # RuPay, Hipercard
    ("6362", "6363", frozenset({16})),  # Elo
    ("9792", "9792", frozenset({16})),  # Troy
)


def payment_card(value: bytes) -> bool:
    """A payment card number: issuer range, a length that range has, Luhn, and not one digit over and over.

    Source: ISO/IEC 7812-1 and the networks' published ranges.

    >>> payment_card(b"4111 1111 1111 1111")
    True
    >>> payment_card(b"1111 1111 1111 1117")
    False
    """
    digits = digits_of(value, *range(12, 20))
    if not luhn_ok(digits) or len(set(digits)) == 1:
        return False
    text = "".join(map(str, digits))
    return any(first <= text[: len(first)] <= last and len(text) in sizes for first, last, sizes in _CARD_RANGES)


def payment_card_any_issuer(value: bytes) -> bool:
    """A number of a payment card's length with a valid Luhn digit, whoever issued it: for use beside a card keyword.

    >>> payment_card_any_issuer(b"135000000000008")
    True
    """
    digits = digits_of(value, *range(12, 20))
    telecom = digits[:2] == [8, 9] and len(digits) > 17  # a SIM card's number, not a payment card's
    return luhn_ok(digits) and len(set(digits)) > 1 and not telecom


# Length of the whole IBAN by country (SWIFT, IBAN Registry, release 99).
_IBAN_LENGTH: dict[str, int] = {
    code: int(size)
    for code, size in re.findall(
        r"([A-Z]{2})(\d{2})",
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 "
        "ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 "
        "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 "
        "PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 "
        "YE30",
    )
}


def iban(value: bytes) -> bool:
    """An IBAN: a country of the registry, its length, and remainder 1 modulo 97 (ISO 13616-1, ISO/IEC 7064 MOD 97-10).

    >>> iban(b"GB54 TEST 1234 5678 9012 34")
    True
    """
    text = compact(value)
    if not text.isalnum() or len(text) != _IBAN_LENGTH.get(text[:2]) or not text[2:4].isdigit():
        return False
    return int("".join(str(BASE36.index(c)) for c in text[4:] + text[:4])) % 97 == 1


def us_aba_routing(value: bytes) -> bool:
    """A US bank routing number: a Federal Reserve prefix and weights 3, 7, 1 (ANSI X9.100).

    >>> us_aba_routing(b"012345672")
    True
    """
    digits = digits_of(value, 9)
    if not digits or not any(digits) or weigh(digits, (3, 7, 1) * 3) % 10:
        return False
    prefix = as_number(digits[:2])
    return prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80


def mx_clabe(value: bytes) -> bool:
    """A Mexican bank account number, CLABE: weights 3, 7, 1 on 17 digits (Asociación de Bancos de México).

    >>> mx_clabe(b"002123456789012343")
    True
    """
    digits = digits_of(value, 18)
    return (
        bool(digits) and sum(d * w % 10 for d, w in zip(digits, (3, 7, 1) * 6, strict=True)) % 10 == 0 and any(digits)
    )


_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _bech32_residue(prefix: str, data: str) -> int:
    """What the BCH code of BIP 173 leaves: 1 for Bech32, 0x2bc830a3 for Bech32m."""
    residue = 1
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + [_BECH32.index(c) for c in data]
    for item in values:
        top = residue >> 25
        residue = (residue & 0x1FFFFFF) << 5 ^ item
        for bit, generator in enumerate(_BECH32_GENERATOR):
            if top >> bit & 1:
                residue ^= generator
    return residue


def btc_address(value: bytes) -> bool:
    """A Bitcoin address: Base58Check with version 0 or 5, or Bech32/Bech32m with prefix ``bc`` (BIP 173, BIP 350).

    >>> btc_address(b"1BitcoinEaterAddressDontSendf59kuE")
    True
    >>> btc_address(b"1BitcoinEaterAddressDontSendf59kuF")
    False
    """
    if len(value) > 90:
        return False
    if value[:3].lower() == b"bc1":
        if value not in (value.lower(), value.upper()) or not value.isascii():
            return False
        data = value[3:].lower().decode("ascii")
        return len(data) >= 39 and set(data) <= set(_BECH32) and _bech32_residue("bc", data) in {1, 0x2BC830A3}
    number = 0
    for byte in value:
        digit = _BASE58.find(byte)
        if digit < 0:
            return False
        number = number * 58 + digit
    if number >= 1 << 200:
        return False
    raw = number.to_bytes(25, "big")
    check = hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4]
    return raw[0] in {0, 5} and raw[21:] == check
