"""Named checks on a matched value: check digits, issuer ranges, plausible dates.

Every check is a pure function ``bytes -> bool``. It takes the value as it was matched, separators included, never
raises and takes bounded time. ``VALIDATORS`` names them for the rule files: ``nl_bsn`` is ``nl-bsn`` there.

A check says whether a value *can* be what its rule says. National numbers without a public check digit, or whose check
digit was given up, are held to their date and area codes only; the docstring says so.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
import string
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date

_SEPARATORS = b" \t-./"
_LONGEST = 128  # no number below is longer, separators included
_UPPER = string.ascii_uppercase
_BASE36 = string.digits + _UPPER
_BASE62 = string.digits + _UPPER + string.ascii_lowercase


# --- reading a value -------------------------------------------------------------------------------------------------


_ENTROPY_SAMPLE = 1024
_N_LOG_N = [0.0, *(n * math.log2(n) for n in range(1, _ENTROPY_SAMPLE + 1))]


def entropy(data: bytes) -> float:
    """Shannon entropy of the byte frequencies, in bits per byte; of more than 1024 bytes, the first 1024.

    >>> entropy(b"aaaa")
    0.0
    >>> entropy(b"abcd")
    2.0
    """
    if not data:
        return 0.0
    data = data[:_ENTROPY_SAMPLE]
    size = len(data)
    return math.log2(size) - sum(map(_N_LOG_N.__getitem__, Counter(data).values())) / size


def entropy_at_least(data: bytes, bits: float) -> bool:
    """Tell whether the entropy of some bytes is at least so many bits per byte.

    With k different ones among n bytes it is lowest when all but one of them occur once; mostly that is enough.

    >>> entropy_at_least(b"a1B2c3D4e5F6", 3.0), entropy_at_least(b"aaaaaaaabbbb", 3.0)
    (True, False)
    """
    size = min(len(data), _ENTROPY_SAMPLE)
    if not size:
        return bits <= 0
    different = len(set(data[:_ENTROPY_SAMPLE]))
    if math.log2(size) - _N_LOG_N[size - different + 1] / size >= bits:
        return True
    return entropy(data) >= bits


def _compact(value: bytes, drop: bytes = _SEPARATORS) -> str:
    """The value in upper case without separators; empty if it is too long or not ASCII."""
    if len(value) > _LONGEST or not value.isascii():
        return ""
    return value.translate(None, drop).decode("ascii").upper()


def _digits(value: bytes, *lengths: int) -> list[int]:
    """The digits of the value, or nothing if it holds anything else or their number is not one of *lengths*."""
    text = _compact(value)
    return [int(c) for c in text] if text.isdigit() and len(text) in lengths else []


def _number(digits: Iterable[int]) -> int:
    return int("".join(map(str, digits)) or "0")


def _dot(digits: Sequence[int], weights: Iterable[int]) -> int:
    """The weighted sum; the shorter of the two decides how far it goes."""
    return sum(d * w for d, w in zip(digits, weights, strict=False))


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _is_short_date(year: int, month: int, day: int) -> bool:
    """A date whose century is not known; 29 February counts if it exists in either century."""
    return _is_date(1900 + year, month, day) or _is_date(2000 + year, month, day)


# --- check digit schemes ---------------------------------------------------------------------------------------------


def _luhn_ok(digits: Sequence[int]) -> bool:
    """ISO/IEC 7812-1 annex B: every second digit from the right is doubled and its digits added."""
    if not digits:
        return False
    total = sum(digits[-1::-2]) + sum(2 * d - 9 * (d > 4) for d in digits[-2::-2])
    return total % 10 == 0


def _mod_11_10_ok(digits: Sequence[int]) -> bool:
    """ISO/IEC 7064 MOD 11,10: the hybrid system of German and Croatian tax numbers."""
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


def _verhoeff_ok(digits: Sequence[int]) -> bool:
    """Verhoeff, "Error Detecting Decimal Codes" (1969): a position-dependent permutation, then the dihedral product."""
    check = 0
    for position, digit in enumerate(reversed(digits)):
        permuted = digit
        for _ in range(position % 8):
            permuted = _VERHOEFF_STEP[permuted]
        check = _dihedral(check, permuted)
    return bool(digits) and check == 0


def _two_step_ok(digits: Sequence[int], first: Sequence[int], second: Sequence[int]) -> bool:
    """The last digit is the weighted sum modulo 11; where that is 10, that of other weights; where that is 10, zero."""
    check = _dot(digits[:-1], first) % 11
    if check == 10:
        check = _dot(digits[:-1], second) % 11 % 10
    return check == digits[-1]


def luhn(value: bytes) -> bool:
    """Luhn's check digit over 2 to 40 digits (ISO/IEC 7812-1 annex B).

    >>> luhn(b"79927398713")
    True
    """
    return _luhn_ok(_digits(value, *range(2, 41)))


# --- payment ---------------------------------------------------------------------------------------------------------

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
    digits = _digits(value, *range(12, 20))
    if not _luhn_ok(digits) or len(set(digits)) == 1:
        return False
    text = "".join(map(str, digits))
    return any(first <= text[: len(first)] <= last and len(text) in sizes for first, last, sizes in _CARD_RANGES)


def payment_card_any_issuer(value: bytes) -> bool:
    """A number of a payment card's length with a valid Luhn digit, whoever issued it: for use beside a card keyword.

    >>> payment_card_any_issuer(b"135000000000008")
    True
    """
    digits = _digits(value, *range(12, 20))
    telecom = digits[:2] == [8, 9] and len(digits) > 17  # a SIM card's number, not a payment card's
    return _luhn_ok(digits) and len(set(digits)) > 1 and not telecom


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
    text = _compact(value)
    if not text.isalnum() or len(text) != _IBAN_LENGTH.get(text[:2]) or not text[2:4].isdigit():
        return False
    return int("".join(str(_BASE36.index(c)) for c in text[4:] + text[:4])) % 97 == 1


def us_aba_routing(value: bytes) -> bool:
    """A US bank routing number: a Federal Reserve prefix and weights 3, 7, 1 (ANSI X9.100).

    >>> us_aba_routing(b"012345672")
    True
    """
    digits = _digits(value, 9)
    if not digits or not any(digits) or _dot(digits, (3, 7, 1) * 3) % 10:
        return False
    prefix = _number(digits[:2])
    return prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80


def mx_clabe(value: bytes) -> bool:
    """A Mexican bank account number, CLABE: weights 3, 7, 1 on 17 digits (Asociación de Bancos de México).

    >>> mx_clabe(b"002123456789012343")
    True
    """
    digits = _digits(value, 18)
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


# --- devices and networks --------------------------------------------------------------------------------------------


def imei(value: bytes) -> bool:
    """An IMEI: 15 digits with a Luhn digit, not one digit over and over (3GPP TS 23.003 annex B).

    >>> imei(b"35-000000-123456-2")
    True
    """
    digits = _digits(value, 15)
    return _luhn_ok(digits) and len(set(digits)) > 1


def iccid(value: bytes) -> bool:
    """A SIM card number: 18 to 20 digits, first ``89`` (telecom), with a Luhn digit (ITU-T E.118).

    >>> iccid(b"8910123456789012349")
    True
    """
    digits = _digits(value, 18, 19, 20)
    return digits[:2] == [8, 9] and _luhn_ok(digits)


_VIN_WORTH = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))


def vin(value: bytes) -> bool:
    """A vehicle identification number with a valid ninth character (49 CFR 565.15; used in North America and China).

    >>> vin(b"1M8GDM9AXKP042788")
    True
    """
    text = _compact(value)
    if len(text) != 17 or not text.isalnum() or set(text) & set("IOQ"):
        return False
    total = _dot([_VIN_WORTH[c] for c in text], (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2))
    return "0123456789X"[total % 11] == text[8]


# Country codes in use (ITU-T, "List of ITU-T E.164 assigned country codes").
_CALLING_CODE = re.compile(
    r"1|7|2(?:[07]|1[12368]|[2-4]\d|5[0-8]|6\d|9[01789])|3(?:[0-469]|5\d|7[0-8]|8[0-35-79])|4(?:[013-9]|2[013])|"
    r"5(?:[1-8]|[09]\d)|6(?:[0-6]|7[02-9]|8[0-35-9]|9[0-2])|8(?:[1246]|0[08]|5[02356]|7[08]|8[0-368])|"
    r"9(?:[0-58]|6[0-8]|7[0-79]|9[2-68])"
)


def e164(value: bytes) -> bool:
    """An international telephone number: a country code in use, 8 to 15 digits, 11 for North America (ITU-T E.164).

    >>> e164(b"+44 (0)20 7946 0123")
    True
    >>> e164(b"+999 123 456 789")
    False
    """
    text = _compact(value.replace(b"(0)", b""), _SEPARATORS + b"()").removeprefix("%2B").removeprefix("+")
    text = text.removeprefix("00")
    if not text.isdigit() or not 8 <= len(text) <= 15 or len(set(text)) == 1:
        return False
    return len(text) == 11 if text[0] == "1" else _CALLING_CODE.match(text) is not None


def phone_digits(value: bytes) -> bool:
    """A national telephone number: 7 to 13 digits, an extension aside, not one digit over and over (ITU-T E.164).

    >>> phone_digits(b"(030) 901820-12"), phone_digits(b"12-34")
    (True, False)
    """
    text = re.split(r"[XE]", _compact(value, _SEPARATORS + b"()+"))[0]
    return text.isdigit() and 7 <= len(text) <= 13 and len(set(text)) > 1


def ipv4(value: bytes) -> bool:
    """An IPv4 address of a host: not 0.0.0.0/8, loopback, multicast, reserved or a netmask (RFC 6890).

    One that ends in ``.0.0.0`` is a version number or a network.

    >>> ipv4(b"192.168.0.1"), ipv4(b"127.0.0.1"), ipv4(b"255.255.255.0"), ipv4(b"108.0.0.0")
    (True, False, False, False)
    """
    import ipaddress  # slow to load, and seldom needed

    try:
        address = ipaddress.IPv4Address(value[:16].decode("ascii", "replace"))
    except ValueError:
        return False
    return 0 < address.packed[0] < 224 and not address.is_loopback and any(address.packed[1:])


def ipv4_public(value: bytes) -> bool:
    """An IPv4 address that is reachable from everywhere (IANA special-purpose address registry).

    >>> ipv4_public(b"8.8.8.8"), ipv4_public(b"10.0.0.1")
    (True, False)
    """
    import ipaddress

    return ipv4(value) and ipaddress.IPv4Address(value.decode("ascii")).is_global


def ipv6(value: bytes) -> bool:
    """An IPv6 address of a host: not ``::``, loopback or multicast; a zone such as ``%eth0`` may follow (RFC 4291).

    >>> ipv6(b"2001:db8::1"), ipv6(b"::1"), ipv6(b"10:20:30")
    (True, False, False)
    """
    import ipaddress

    try:
        address = ipaddress.IPv6Address(value[:64].partition(b"%")[0].decode("ascii", "replace"))
    except ValueError:
        return False
    return not (address.is_unspecified or address.is_loopback or address.is_multicast)


def mac(value: bytes) -> bool:
    """A hardware address of 48 or 64 bits that is not all zeros or all ones (IEEE 802).

    >>> mac(b"00:1a:2b:3c:4d:5e"), mac(b"ff:ff:ff:ff:ff:ff")
    (True, False)
    """
    text = _compact(value, b":-.")
    return len(text) in {12, 16} and set(text) <= set("0123456789ABCDEF") and set(text) not in ({"0"}, {"F"})


# --- tokens ----------------------------------------------------------------------------------------------------------


def _json_object(encoded: bytes) -> dict[str, object]:
    """The JSON object inside Base64 of either alphabet, padded or not; empty if there is none."""
    if not 4 <= len(encoded) <= 8192:
        return {}
    text = encoded.rstrip(b"=").replace(b"+", b"-").replace(b"/", b"_")
    try:
        data = json.loads(base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):  # binascii, Unicode and JSON errors are ValueErrors
        return {}
    return data if isinstance(data, dict) else {}


def jwt(value: bytes) -> bool:
    """A JSON web token: its first segment is a JSON object that names an algorithm or a type (RFC 7519, RFC 7515).

    >>> jwt(b"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")
    True
    >>> jwt(b"eyJmb28iOiJub25lIn0.eyJzdWIiOiIxIn0.")
    False
    """
    header = _json_object(value.partition(b".")[0])
    return "alg" in header or "typ" in header


def base64_json(value: bytes) -> bool:
    """Base64 of a JSON object (RFC 4648, both alphabets).

    >>> base64_json(b"eyJ1c2VyIjogImFubmEifQ==")
    True
    """
    return bool(_json_object(value))


def _base62_crc(body: bytes) -> bytes:
    """The CRC32 of *body* in base 62, six characters."""
    number, text = zlib.crc32(body), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        text = _BASE62[digit] + text
    return text.encode("ascii")


def github_crc32(value: bytes) -> bool:
    """A GitHub token ``gh?_``: its last six characters are the CRC32 in base 62 of those between prefix and check.

    Source: GitHub, "Behind GitHub's new authentication token formats" (2021).

    >>> github_crc32(b"ghp_" + b"a" * 30 + b"1yLcDB")
    True
    """
    prefix, _, body = value.partition(b"_")
    return len(prefix) == 3 and 10 < len(body) <= 255 and _base62_crc(body[:-6]) == body[-6:]


def npm_crc32(value: bytes) -> bool:
    """An npm token ``npm_``: the check is GitHub's.

    Source: GitHub, "New npm access token format" (2021).

    >>> npm_crc32(b"npm_" + b"a" * 30 + b"1yLcDB")
    True
    """
    return value.startswith(b"npm_") and github_crc32(value)


def grafana_crc32(value: bytes) -> bool:
    """A Grafana service account token ``glsa_…_xxxxxxxx``: CRC32, little-endian, hex, over the first 37 characters.

    >>> grafana_crc32(b"glsa_" + b"a" * 32 + b"_b1a40a94")
    True
    """
    return len(value) == 46 and binascii.hexlify(struct.pack("<I", zlib.crc32(value[:37]))) == value[38:].lower()


def bitbucket_crc32(value: bytes) -> bool:
    """A Bitbucket app password ``ATBB…XXXXXXXX``: CRC32 in upper-case hex over everything before it.

    >>> bitbucket_crc32(b"ATBB" + b"a" * 24 + b"CE3487FD")
    True
    """
    return 12 < len(value) <= 255 and b"%08X" % zlib.crc32(value[:-8]) == value[-8:]


# --- national numbers: Europe ----------------------------------------------------------------------------------------


def gb_nhs(value: bytes) -> bool:
    """A UK NHS number: weights 10 to 2, modulo 11 (NHS Data Dictionary, NHS NUMBER).

    >>> gb_nhs(b"943 476 5919")
    True
    """
    digits = _digits(value, 10)
    return len(set(digits)) > 1 and _dot(digits, range(10, 0, -1)) % 11 == 0


_NINO = re.compile(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")


def gb_nino(value: bytes) -> bool:
    """A UK National Insurance number: prefixes in use, suffix A to D; it has no check digit (HMRC manual NIM39110).

    >>> gb_nino(b"AB 12 34 56 C"), gb_nino(b"GB 12 34 56 C")
    (True, False)
    """
    return _NINO.fullmatch(_compact(value)) is not None


def gb_utr(value: bytes) -> bool:
    """A UK unique taxpayer reference: the first of ten digits checks the others modulo 11 (HMRC).

    >>> gb_utr(b"1123456789")
    True
    """
    digits = _digits(value, 10)
    return bool(digits) and digits[0] == int("21987654321"[_dot(digits[1:], (6, 7, 8, 9, 10, 5, 4, 3, 2)) % 11])


def de_steuer_id(value: bytes) -> bool:
    """A German tax identification number: no leading zero, ISO/IEC 7064 MOD 11,10 (Bundeszentralamt für Steuern).

    That one of the first ten digits repeats is not asked for: test numbers in use do without.

    >>> de_steuer_id(b"36 574 261 809")
    True
    """
    digits = _digits(value, 11)
    return bool(digits) and digits[0] > 0 and len(set(digits)) > 2 and _mod_11_10_ok(digits)


def de_vat(value: bytes) -> bool:
    """A German VAT number: nine digits with ISO/IEC 7064 MOD 11,10 (Bundeszentralamt für Steuern).

    >>> de_vat(b"DE 123456788")
    True
    """
    digits = _digits(_compact(value).removeprefix("DE").encode("ascii"), 9)
    return bool(digits) and digits[0] > 0 and _mod_11_10_ok(digits)


def _icao_ok(text: str) -> bool:
    """The last character checks the others with weights 7, 3, 1 (ICAO 9303-3, section 4.9)."""
    values = [_BASE36.index(c) for c in text[:-1]]
    return text[-1:].isdigit() and _dot(values, (7, 3, 1) * 12) % 10 == int(text[-1])


def de_personalausweis(value: bytes) -> bool:
    """A German identity card or passport number: nine characters of a restricted alphabet (PAuswV, ICAO 9303).

    A tenth is the check digit of the machine-readable zone; without it there is nothing to check but the alphabet.

    >>> de_personalausweis(b"L01X00T471")
    True
    """
    text = _compact(value)
    alphabet = set("0123456789CFGHJKLMNPRTVWXYZ")
    if len(text) not in {9, 10} or not set(text) <= alphabet or not any(c.isdigit() for c in text):
        return False
    return len(text) == 9 or _icao_ok(text)


def _de_letter_digits(text: str) -> list[int]:
    """Digits of a German insurance number, its letter as the two digits of its place in the alphabet."""
    return [int(c) for c in "".join(c if c.isdigit() else f"{_UPPER.index(c) + 1:02}" for c in text)]


def de_rvnr(value: bytes) -> bool:
    """A German pension insurance number: area, birth date, initial, serial; digit sums modulo 10 (VKVV § 2).

    >>> de_rvnr(b"15 070649 C 103")
    True
    """
    text = _compact(value)
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
    text = _compact(value)
    if not re.fullmatch(r"[A-Z]\d{9}", text):
        return False
    products = (d * w for d, w in zip(_de_letter_digits(text)[:10], (1, 2) * 5, strict=True))
    return sum(p // 10 + p % 10 for p in products) % 10 == int(text[-1])


def fr_nir(value: bytes) -> bool:
    """A French social security number: sex, year, month, place, serial and a key modulo 97 (INSEE, décret 82-103).

    >>> fr_nir(b"2 55 08 14 168 025 38")
    True
    """
    text = _compact(value)
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
    digits = _digits(value, 13)
    return bool(digits) and digits[0] <= 3 and any(digits) and _number(digits[:10]) % 511 == _number(digits[10:])


_ES_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def es_dni(value: bytes) -> bool:
    """A Spanish identity number: up to eight digits and a letter by modulo 23 (Real Decreto 1553/2005).

    >>> es_dni(b"12345678Z"), es_dni(b"12345678A")
    (True, False)
    """
    text = _compact(value)
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
    text = _compact(value)
    return bool(re.fullmatch(r"[XYZ]\d{7}[A-Z]", text)) and es_dni(
        str("XYZ".index(text[0])).encode() + text[1:].encode()
    )


_IT_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_IT_ODD = dict(zip(_BASE36, _IT_DIGITS * 2 + (2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23), strict=True))
_IT_EVEN = dict(zip(_BASE36, (*range(10), *range(26)), strict=True))
_IT_SHAPE = re.compile(r"[A-Z]{6}[0-9L-NP-V]{2}[A-EHLMPR-T][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]")


def it_codice_fiscale(value: bytes) -> bool:
    """An Italian fiscal code: shape, with letters for digits where two people collide, and letter modulo 26.

    Source: decreto ministeriale 23 dicembre 1976.

    >>> it_codice_fiscale(b"RSSMRA80A01H501U")
    True
    """
    text = _compact(value)
    if not _IT_SHAPE.fullmatch(text):
        return False
    total = sum(_IT_ODD[c] for c in text[:15:2]) + sum(_IT_EVEN[c] for c in text[1:15:2])
    return _UPPER[total % 26] == text[15]


def it_partita_iva(value: bytes) -> bool:
    """An Italian VAT number: eleven digits with a Luhn digit, not all zeros (DPR 633/1972).

    >>> it_partita_iva(b"01234567897")
    True
    """
    digits = _digits(value, 11)
    return any(digits) and _luhn_ok(digits)


def pt_nif(value: bytes) -> bool:
    """A Portuguese tax number: weights 9 to 2, modulo 11 (Decreto-Lei 14/2013).

    >>> pt_nif(b"123456789")
    True
    """
    digits = _digits(value, 9)
    return bool(digits) and digits[0] not in {0, 4} and -_dot(digits[:8], range(9, 1, -1)) % 11 % 10 == digits[8]


def nl_bsn(value: bytes) -> bool:
    """A Dutch citizen service number: the "eleven test", weights 9 to 2 and -1 (Rijksdienst voor Identiteitsgegevens).

    >>> nl_bsn(b"111222333")
    True
    """
    digits = _digits(value, 8, 9)
    digits = [*[0] * (9 - len(digits)), *digits]
    return len(set(digits)) > 1 and _dot(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def be_nn(value: bytes) -> bool:
    """A Belgian national number: date, serial and 97 less the remainder, with a 2 put before for births since 2000.

    Months of the bis register are 20 or 40 higher. Source: arrêté royal du 3 avril 1984.

    >>> be_nn(b"85.07.30-033 28")
    True
    """
    digits = _digits(value, 11)
    if not digits or _number(digits[2:4]) % 20 > 12 or _number(digits[4:6]) > 31 or not any(digits[:6]):
        return False
    body, check = _number(digits[:9]), _number(digits[9:])
    return check in {97 - body % 97, 97 - (2_000_000_000 + body) % 97}


def lu_matricule(value: bytes) -> bool:
    """A Luxembourg national number: date, serial, a Luhn digit and a Verhoeff digit over the same eleven digits.

    Source: règlement grand-ducal du 28 novembre 2013.

    >>> lu_matricule(b"1985073012008")
    True
    """
    digits = _digits(value, 13)
    if not digits or not _is_date(_number(digits[:4]), _number(digits[4:6]), _number(digits[6:8])):
        return False
    return _luhn_ok(digits[:12]) and _verhoeff_ok([*digits[:11], digits[12]])


def pl_pesel(value: bytes) -> bool:
    """A Polish PESEL number: date with the century in the month, weights 1, 3, 7, 9 (ustawa o ewidencji ludności).

    >>> pl_pesel(b"85073012341")
    True
    """
    digits = _digits(value, 11)
    if not digits:
        return False
    century = (1900, 2000, 2100, 2200, 1800)[_number(digits[2:4]) // 20]
    born = _is_date(century + _number(digits[:2]), _number(digits[2:4]) % 20, _number(digits[4:6]))
    return born and _dot(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def pl_nip(value: bytes) -> bool:
    """A Polish tax number: weights 6, 5, 7, 2, 3, 4, 5, 6, 7, modulo 11 (ustawa o zasadach ewidencji podatników).

    >>> pl_nip(b"123-456-32-18")
    True
    """
    digits = _digits(value, 10)
    return any(digits) and _dot(digits, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == digits[9]


def se_personnummer(value: bytes) -> bool:
    """A Swedish personal or coordination number: date, the day 60 higher in the latter, and a Luhn digit.

    Source: folkbokföringslagen 1991:481, § 18; Skatteverket.

    >>> se_personnummer(b"850730-1235")
    True
    """
    digits = _digits(value.replace(b"+", b"-"), 10, 12)[-10:]
    if not digits:
        return False
    return _is_short_date(_number(digits[:2]), _number(digits[2:4]), _number(digits[4:6]) % 60) and _luhn_ok(digits)


def no_fodselsnummer(value: bytes) -> bool:
    """A Norwegian birth number, D number or synthetic test number: date and two check digits modulo 11.

    The day is 40 higher in a D number, the month 40 or 80 higher in test numbers. Source: Skatteetaten.

    >>> no_fodselsnummer(b"300785 10036")
    True
    """
    digits = _digits(value, 11)
    if not digits or not _is_short_date(_number(digits[4:6]), _number(digits[2:4]) % 40, _number(digits[:2]) % 40):
        return False
    first = _dot(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    return first == 0 and _dot(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def dk_cpr(value: bytes) -> bool:
    """A Danish CPR number: its date; the check modulo 11 was given up in 2007 (CPR-kontoret).

    >>> dk_cpr(b"300785-1234"), dk_cpr(b"310285-1234")
    (True, False)
    """
    digits = _digits(value, 10)
    return bool(digits) and _is_short_date(_number(digits[4:6]), _number(digits[2:4]), _number(digits[:2]))


def fi_hetu(value: bytes) -> bool:
    """A Finnish personal identity code: date, century sign, serial and a character by modulo 31.

    Source: Digi- ja väestötietovirasto.

    >>> fi_hetu(b"300785-123W")
    True
    """
    if not re.fullmatch(rb"\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Za-z]", value):
        return False
    text = value.decode("ascii").upper()
    born = _is_short_date(int(text[4:6]), int(text[2:4]), int(text[:2]))
    return born and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[:6] + text[7:10]) % 31] == text[10]


def is_kennitala(value: bytes) -> bool:
    """An Icelandic identity number: date, weights 3, 2, 7, 6, 5, 4, 3, 2, century digit 8, 9 or 0 (Þjóðskrá Íslands).

    >>> is_kennitala(b"300785-1239")
    True
    """
    digits = _digits(value, 10)
    if not digits or digits[9] not in {0, 8, 9}:
        return False
    born = _is_short_date(_number(digits[4:6]), _number(digits[2:4]), _number(digits[:2]) % 40)
    return born and _dot(digits, (3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def at_svnr(value: bytes) -> bool:
    """An Austrian social insurance number: serial, check digit modulo 11, birth date.

    Source: Dachverband der Sozialversicherungsträger.

    >>> at_svnr(b"1231 300785")
    True
    """
    digits = _digits(value, 10)
    if not digits or digits[0] == 0 or not 1 <= _number(digits[4:6]) <= 31 or not 1 <= _number(digits[6:8]) <= 15:
        return False
    return _dot(digits, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11 == digits[3]


def ch_ahv(value: bytes) -> bool:
    """A Swiss AHV/AVS number: 13 digits from 756 with the check digit of EAN-13 (Zentrale Ausgleichsstelle).

    >>> ch_ahv(b"756.1234.5678.97")
    True
    """
    digits = _digits(value, 13)
    return digits[:3] == [7, 5, 6] and _dot(digits, (1, 3) * 7) % 10 == 0


def ie_pps(value: bytes) -> bool:
    """An Irish PPS number: seven digits and a letter modulo 23, which a second letter weighs into by 9 (Revenue).

    >>> ie_pps(b"1234567T"), ie_pps(b"1234567FA")
    (True, True)
    """
    text = _compact(value)
    if not re.fullmatch(r"\d{7}[A-W][A-IW]?", text):
        return False
    total = _dot([int(c) for c in text[:7]], range(8, 1, -1))
    if len(text) == 9 and text[8] != "W":
        total += 9 * (_UPPER.index(text[8]) + 1)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == text[7]


def cz_rodne_cislo(value: bytes) -> bool:
    """A Czech or Slovak birth number: date, women's month 50 higher, divisible by 11 since 1954 (zákon 133/2000 Sb.).

    Nine digits, issued before 1954, have no check digit.

    >>> cz_rodne_cislo(b"850730/1231")
    True
    """
    digits = _digits(value, 9, 10)
    if not digits:
        return False
    year, month = _number(digits[:2]), _number(digits[2:4]) % 50
    if not _is_short_date(year, month - 20 * (month > 20), _number(digits[4:6])):
        return False
    if len(digits) == 9:
        return year < 54
    return _number(digits[:9]) % 11 % 10 == digits[9]


def ro_cnp(value: bytes) -> bool:
    """A Romanian CNP: sex and century, date, county, weights 2 7 9 1 4 6 3 5 8 2 7 9, modulo 11 (HG 1375/2006).

    >>> ro_cnp(b"1850730 12 345 7")
    True
    """
    digits = _digits(value, 13)
    if (
        not digits
        or digits[0] == 0
        or not _is_short_date(_number(digits[1:3]), _number(digits[3:5]), _number(digits[5:7]))
    ):
        return False
    check = _dot(digits, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return (1 if check == 10 else check) == digits[12]


def bg_egn(value: bytes) -> bool:
    """A Bulgarian EGN: date with the century in the month, weights 2 4 8 5 10 9 7 3 6, modulo 11 (ЗГР чл. 11).

    >>> bg_egn(b"8507301230")
    True
    """
    digits = _digits(value, 10)
    if not digits or not _is_short_date(_number(digits[:2]), _number(digits[2:4]) % 20, _number(digits[4:6])):
        return False
    return _dot(digits, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == digits[9]


def hu_adoazonosito(value: bytes) -> bool:
    """A Hungarian personal tax number: ten digits from 8, weights 1 to 9, modulo 11 (2017. évi CL. törvény).

    >>> hu_adoazonosito(b"8123456786")
    True
    """
    digits = _digits(value, 10)
    return digits[:1] == [8] and _dot(digits[:9], range(1, 10)) % 11 == digits[9]


def hu_taj(value: bytes) -> bool:
    """A Hungarian social security number: weights 3 and 7, modulo 10 (1996. évi XX. törvény).

    >>> hu_taj(b"123 456 788")
    True
    """
    digits = _digits(value, 9)
    return any(digits) and _dot(digits[:8], (3, 7) * 4) % 10 == digits[8]


def hr_oib(value: bytes) -> bool:
    """A Croatian personal number, OIB: ISO/IEC 7064 MOD 11,10 (Zakon o osobnom identifikacijskom broju).

    >>> hr_oib(b"12345678903")
    True
    """
    digits = _digits(value, 11)
    return any(digits) and _mod_11_10_ok(digits)


def jmbg(value: bytes) -> bool:
    """A personal number of Slovenia (EMŠO), Serbia, Bosnia, Montenegro, North Macedonia: date, region, modulo 11.

    Source: Zakon o centralnem registru prebivalstva.

    >>> jmbg(b"3007985501233")
    True
    """
    digits = _digits(value, 13)
    if not digits:
        return False
    year = _number(digits[4:7])
    if not _is_date(year + (2000 if year < 800 else 1000), _number(digits[2:4]), _number(digits[:2])):
        return False
    return -_dot(digits[:12], (7, 6, 5, 4, 3, 2) * 2) % 11 % 10 == digits[12]


def ee_isikukood(value: bytes) -> bool:
    """An Estonian or Lithuanian personal code: sex and century, date, two rounds of weights modulo 11 (EVS 585).

    >>> ee_isikukood(b"38507301236")
    True
    """
    digits = _digits(value, 11)
    if not digits or not 1 <= digits[0] <= 8:
        return False
    if not _is_date(
        1800 + (digits[0] - 1) // 2 * 100 + _number(digits[1:3]), _number(digits[3:5]), _number(digits[5:7])
    ):
        return False
    return _two_step_ok(digits, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1), (3, 4, 5, 6, 7, 8, 9, 1, 2, 3))


def lv_personas_kods(value: bytes) -> bool:
    """A Latvian personal code: date and check modulo 11, or since 2017 eleven digits from 32.

    Source: Pilsonības un migrācijas lietu pārvalde.

    >>> lv_personas_kods(b"300785-11239")
    True
    """
    digits = _digits(value, 11)
    if digits[:2] == [3, 2]:
        return True
    if not digits or not _is_short_date(_number(digits[4:6]), _number(digits[2:4]), _number(digits[:2])):
        return False
    return (1101 - _dot(digits, (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11 % 10 == digits[10]


def gr_afm(value: bytes) -> bool:
    """A Greek tax number: weights 256 to 2, modulo 11 (ΠΟΛ 1027/1985).

    >>> gr_afm(b"123456783")
    True
    """
    digits = _digits(value, 9)
    return any(digits) and _dot(digits[:8], (256, 128, 64, 32, 16, 8, 4, 2)) % 11 % 10 == digits[8]


def gr_amka(value: bytes) -> bool:
    """A Greek social security number: date and a Luhn digit (Νόμος 3655/2008).

    >>> gr_amka(b"30078512347")
    True
    """
    digits = _digits(value, 11)
    return _luhn_ok(digits) and _is_short_date(_number(digits[4:6]), _number(digits[2:4]), _number(digits[:2]))


def cy_tic(value: bytes) -> bool:
    """A Cypriot tax number: eight digits and a letter modulo 26, with the odd values of Italy's code (Tax Department).

    >>> cy_tic(b"00123456H"), cy_tic(b"00123456A")
    (True, False)
    """
    text = _compact(value)
    if not re.fullmatch(r"\d{8}[A-Z]", text) or text.startswith("12"):
        return False
    return _UPPER[(sum(_IT_ODD[c] for c in text[:8:2]) + sum(int(c) for c in text[1:8:2])) % 26] == text[8]


def ua_rnokpp(value: bytes) -> bool:
    """A Ukrainian taxpayer number: weights -1 5 7 9 4 6 10 5 7, modulo 11 then 10 (Державна податкова служба).

    >>> ua_rnokpp(b"3123412347")
    True
    """
    digits = _digits(value, 10)
    return len(set(digits)) > 1 and _dot(digits, (-1, 5, 7, 9, 4, 6, 10, 5, 7)) % 11 % 10 == digits[9]


def ru_inn(value: bytes) -> bool:
    """A Russian taxpayer number, ten digits (firms) or twelve (people), modulo 11 (приказ ФНС ЕД-7-14/559).

    >>> ru_inn(b"500100732259")
    True
    """
    digits = _digits(value, 10, 12)
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    if not any(digits):
        return False
    if len(digits) == 10:
        return _dot(digits[:9], weights[2:]) % 11 % 10 == digits[9]
    return _dot(digits[:10], weights[1:]) % 11 % 10 == digits[10] and _dot(digits[:11], weights) % 11 % 10 == digits[11]


def ru_snils(value: bytes) -> bool:
    """A Russian pension insurance number: weights 9 to 1, modulo 101 (постановление Правления ПФР 192п).

    >>> ru_snils(b"112-233-445 95")
    True
    """
    digits = _digits(value, 11)
    return any(digits) and _dot(digits[:9], range(9, 0, -1)) % 101 % 100 == _number(digits[9:])


# --- national numbers: Asia, Africa, Oceania -------------------------------------------------------------------------


def tr_tckn(value: bytes) -> bool:
    """A Turkish identity number: two check digits over odd and even places (Law 5490 on population services).

    >>> tr_tckn(b"12345678950")
    True
    """
    digits = _digits(value, 11)
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
    digits = _digits(value, 8, 9)
    return any(digits) and _luhn_ok(digits)


def za_id(value: bytes) -> bool:
    """A South African identity number: date, citizenship digit 0 to 2, a Luhn digit (Department of Home Affairs).

    >>> za_id(b"850730 5123 081")
    True
    """
    digits = _digits(value, 13)
    if not digits or digits[10] > 2:
        return False
    return _luhn_ok(digits) and _is_short_date(_number(digits[:2]), _number(digits[2:4]), _number(digits[4:6]))


def sa_national_id(value: bytes) -> bool:
    """A Saudi identity number, 1 for citizens and 2 for residents, with a Luhn digit (Absher).

    >>> sa_national_id(b"1123456780")
    True
    """
    digits = _digits(value, 10)
    return digits[:1] in ([1], [2]) and _luhn_ok(digits)


def ae_emirates_id(value: bytes) -> bool:
    """An Emirates ID: 784, year of birth, serial, a Luhn digit (Federal Authority for Identity and Citizenship).

    >>> ae_emirates_id(b"784-1985-1234567-3")
    True
    """
    digits = _digits(value, 15)
    return digits[:3] == [7, 8, 4] and digits[3] in {1, 2} and _luhn_ok(digits)


def eg_national_id(value: bytes) -> bool:
    """An Egyptian national number: century digit, date, governorate; its check digit is not published.

    >>> eg_national_id(b"28507300112345"), eg_national_id(b"28513300112345")
    (True, False)
    """
    digits = _digits(value, 14)
    if not digits or digits[0] not in {2, 3}:
        return False
    born = _is_date(1700 + digits[0] * 100 + _number(digits[1:3]), _number(digits[3:5]), _number(digits[5:7]))
    return born and (1 <= _number(digits[7:9]) <= 35 or _number(digits[7:9]) == 88)


def kw_civil_id(value: bytes) -> bool:
    """A Kuwaiti civil number: century digit, date, modulo 11 (Public Authority for Civil Information).

    >>> kw_civil_id(b"285073012346")
    True
    """
    digits = _digits(value, 12)
    if not digits or digits[0] not in {1, 2, 3}:
        return False
    born = _is_date(1700 + digits[0] * 100 + _number(digits[1:3]), _number(digits[3:5]), _number(digits[5:7]))
    return born and 11 - _dot(digits, (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11 == digits[11]


def kz_iin(value: bytes) -> bool:
    """A Kazakh individual number: date, sex and century digit, two rounds of weights modulo 11 (Закон № 223-III).

    >>> kz_iin(b"850730300124")
    True
    """
    digits = _digits(value, 12)
    if (
        not digits
        or digits[6] > 6
        or not _is_short_date(_number(digits[:2]), _number(digits[2:4]), _number(digits[4:6]))
    ):
        return False
    check = _dot(digits[:11], range(1, 12)) % 11
    if check == 10:
        check = _dot(digits[:11], (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return check == digits[11]


def in_aadhaar(value: bytes) -> bool:
    """An Indian Aadhaar number: twelve digits, first 2 to 9, Verhoeff, no palindrome (UIDAI).

    >>> in_aadhaar(b"2345 6789 0124")
    True
    """
    digits = _digits(value, 12)
    return bool(digits) and digits[0] > 1 and digits != digits[::-1] and _verhoeff_ok(digits)


def in_pan(value: bytes) -> bool:
    """An Indian PAN: five letters, the fourth a kind of holder, four digits, a letter (Income Tax Rule 114).

    Its last letter is a check, but how it is made is not published.

    >>> in_pan(b"ABCPE1234F"), in_pan(b"ABCXE1234F")
    (True, False)
    """
    return re.fullmatch(r"[A-Z]{3}[ABCEFGHJKLPT][A-Z]\d{4}[A-Z]", _compact(value)) is not None


def in_gstin(value: bytes) -> bool:
    """An Indian GST number: state, PAN, entity, and a character by Luhn's scheme modulo 36 (GSTN).

    >>> in_gstin(b"27ABCPE1234F1ZB")
    True
    """
    text = _compact(value)
    if not re.fullmatch(r"(?:[0-2]\d|3[0-8]|97|99)[A-Z]{5}\d{4}[A-Z][1-9A-Z][A-Z][0-9A-Z]", text):
        return False
    products = [_BASE36.index(c) * w for c, w in zip(text, (1, 2) * 7, strict=False)]
    return _BASE36[-sum(p // 36 + p % 36 for p in products) % 36] == text[14]


def kr_rrn(value: bytes) -> bool:
    """A Korean resident or foreigner registration number: date and sex digit; no check digit since October 2020.

    Source: 주민등록법 시행규칙.

    >>> kr_rrn(b"850730-1234567"), kr_rrn(b"851330-1234567")
    (True, False)
    """
    digits = _digits(value, 13)
    return bool(digits) and _is_short_date(_number(digits[:2]), _number(digits[2:4]), _number(digits[4:6]))


def kr_rrn_check(value: bytes) -> bool:
    """A Korean registration number as issued until October 2020: weights 2 to 9 and 2 to 5, modulo 11.

    Foreigners' numbers, whose seventh digit is 5 to 8, check two higher.

    >>> kr_rrn_check(b"850730-1234569")
    True
    """
    digits = _digits(value, 13)
    if not kr_rrn(value):
        return False
    shift = 2 if 5 <= digits[6] <= 8 else 0
    return (11 + shift - _dot(digits[:12], (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10 == digits[12]


def cn_resident_id(value: bytes) -> bool:
    """A Chinese resident number: province, date, ISO/IEC 7064 MOD 11-2 (GB 11643-1999).

    >>> cn_resident_id(b"110101198507301237")
    True
    """
    text = _compact(value)
    if not re.fullmatch(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)\d{15}[0-9X]", text):
        return False
    if not _is_date(int(text[6:10]), int(text[10:12]), int(text[12:14])) or text[6:8] not in {"18", "19", "20"}:
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
    text = _compact(value)
    if not re.fullmatch(r"[A-Z][1289]\d{8}", text):
        return False
    number = _TW_LETTERS.index(text[0]) + 10
    return (number // 10 + _dot([number % 10, *map(int, text[1:])], (9, 8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def hk_hkid(value: bytes) -> bool:
    """A Hong Kong identity card number: one or two letters, six digits, modulo 11 with A for ten.

    Source: Immigration Department.

    >>> hk_hkid(b"A123456(3)"), hk_hkid(b"A123456(4)")
    (True, False)
    """
    text = _compact(value, _SEPARATORS + b"()")
    if not re.fullmatch(r"[A-Z]{1,2}\d{6}[0-9A]", text):
        return False
    values = [_BASE36.index(c) for c in text]
    return _dot(values if len(text) == 9 else [36, *values], range(9, 0, -1)) % 11 == 0


def sg_nric(value: bytes) -> bool:
    """A Singapore NRIC or FIN: weights 2 7 6 5 4 3 2, an offset by series, a letter modulo 11 (ICA).

    >>> sg_nric(b"S1234567D"), sg_nric(b"S1234567A")
    (True, False)
    """
    text = _compact(value)
    if not re.fullmatch(r"[STFGM]\d{7}[A-Z]", text):
        return False
    offset, letters = {
        "S": (0, "JZIHGFEDCBA"),
        "T": (4, "JZIHGFEDCBA"),
        "F": (0, "XWUTRQPNMLK"),
        "G": (4, "XWUTRQPNMLK"),
        "M": (3, "XWUTRQPNJLK"),
    }[text[0]]
    return letters[(offset + _dot([int(c) for c in text[1:8]], (2, 7, 6, 5, 4, 3, 2))) % 11] == text[8]


def th_id(value: bytes) -> bool:
    """A Thai identity number: weights 13 to 2, modulo 11 (กรมการปกครอง).

    >>> th_id(b"1-2345-67890-12-1")
    True
    """
    digits = _digits(value, 13)
    return bool(digits) and digits[0] > 0 and (11 - _dot(digits[:12], range(13, 1, -1)) % 11) % 10 == digits[12]


_MY_UNUSED_PLACES = frozenset({0, 17, 18, 19, 20, 69, 70, 73, 80, 81, 94, 95, 96, 97})


def my_nric(value: bytes) -> bool:
    """A Malaysian identity card number: date and place of birth; it has no check digit (Jabatan Pendaftaran Negara).

    >>> my_nric(b"850730-14-5123"), my_nric(b"851330-14-5123")
    (True, False)
    """
    digits = _digits(value, 12)
    if not digits or _number(digits[6:8]) in _MY_UNUSED_PLACES:
        return False
    return _is_short_date(_number(digits[:2]), _number(digits[2:4]), _number(digits[4:6]))


def id_nik(value: bytes) -> bool:
    """An Indonesian NIK: province, date with women's day 40 higher; it has no check digit (UU 24/2013).

    >>> id_nik(b"3171016507850001"), id_nik(b"3171013213850001")
    (True, False)
    """
    digits = _digits(value, 16)
    if not digits or not 11 <= _number(digits[:2]) <= 97 or not any(digits[12:]):
        return False
    return _is_short_date(_number(digits[10:12]), _number(digits[8:10]), _number(digits[6:8]) % 40)


def jp_my_number(value: bytes) -> bool:
    """A Japanese individual number: weights 6 5 4 3 2 7 6 5 4 3 2, modulo 11 (総務省令第85号).

    >>> jp_my_number(b"1234 5678 9018")
    True
    """
    digits = _digits(value, 12)
    if len(set(digits)) < 2:
        return False
    remainder = _dot(digits[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if remainder < 2 else 11 - remainder) == digits[11]


def au_tfn(value: bytes) -> bool:
    """An Australian tax file number: weights 1 4 3 7 5 8 6 9 10, modulo 11 (ATO).

    >>> au_tfn(b"123 456 782")
    True
    """
    digits = _digits(value, 8, 9)
    weights = (1, 4, 3, 7, 5, 8, 6, 9, 10) if len(digits) == 9 else (10, 7, 8, 4, 6, 3, 5, 1)
    return len(set(digits)) > 1 and _dot(digits, weights) % 11 == 0


def au_abn(value: bytes) -> bool:
    """An Australian business number: one off the first digit, weights 10 1 3 … 19, modulo 89 (ABN Lookup).

    >>> au_abn(b"11 123 456 780")
    True
    """
    digits = _digits(value, 11)
    if not digits or digits[0] == 0:
        return False
    return _dot([digits[0] - 1, *digits[1:]], (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89 == 0


def au_acn(value: bytes) -> bool:
    """An Australian company number: weights 8 to 1, modulo 10 (ASIC).

    >>> au_acn(b"123 456 780")
    True
    """
    digits = _digits(value, 9)
    return any(digits) and (_dot(digits[:8], range(8, 0, -1)) + digits[8]) % 10 == 0


def au_medicare(value: bytes) -> bool:
    """An Australian Medicare card number: first digit 2 to 6, weights 1, 3, 7, 9, modulo 10 (Services Australia).

    >>> au_medicare(b"2345 67898 1")
    True
    """
    digits = _digits(value, 10, 11)
    return (
        bool(digits) and 2 <= digits[0] <= 6 and _dot(digits[:8], (1, 3, 7, 9) * 2) % 10 == digits[8] and digits[9] > 0
    )


def nz_ird(value: bytes) -> bool:
    """A New Zealand IRD number: a range, two sets of weights modulo 11 (Inland Revenue, non-resident withholding spec).

    >>> nz_ird(b"12-345-674")
    True
    """
    digits = _digits(value, 8, 9)
    digits = [*[0] * (9 - len(digits)), *digits]
    if not 10_000_000 < _number(digits) < 150_000_000:
        return False
    check = -_dot(digits[:8], (3, 2, 7, 6, 5, 4, 3, 2)) % 11
    if check == 10:
        check = -_dot(digits[:8], (7, 4, 3, 2, 5, 2, 7, 6)) % 11
    return check == digits[8]


def nz_nhi(value: bytes) -> bool:
    """A New Zealand health index number, three letters and four digits, modulo 11 (HISO 10046).

    >>> nz_nhi(b"ABC1235")
    True
    """
    text = _compact(value)
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    if not re.fullmatch(r"[A-HJ-NP-Z]{3}\d{4}", text):
        return False
    values = [alphabet.index(c) + 1 for c in text[:3]] + [int(c) for c in text[3:6]]
    remainder = _dot(values, range(7, 1, -1)) % 11
    return remainder > 0 and (11 - remainder) % 10 == int(text[6])


# --- national numbers: the Americas ----------------------------------------------------------------------------------


def us_ssn(value: bytes) -> bool:
    """A US social security number: area, group and serial that can be issued, and no number known from advertisements.

    It has no check digit. Source: Social Security Administration, POMS RM 10201.035.

    >>> us_ssn(b"536-22-1234"), us_ssn(b"666-22-1234"), us_ssn(b"078-05-1120")
    (True, False, False)
    """
    digits = _digits(value, 9)
    if not digits or len(set(digits)) == 1:
        return False
    area, group, serial = _number(digits[:3]), _number(digits[3:5]), _number(digits[5:])
    if area in {0, 666} or area >= 900 or not group or not serial:
        return False
    return (area, group, serial) not in {(78, 5, 1120), (219, 9, 9999), (457, 55, 5462)}


def us_itin(value: bytes) -> bool:
    """A US individual taxpayer number: area 9xx and a group in use (IRS, IRM 3.21.263).

    >>> us_itin(b"912-70-1234"), us_itin(b"912-89-1234")
    (True, False)
    """
    digits = _digits(value, 9)
    if digits[:1] != [9]:
        return False
    return _number(digits[3:5]) in {*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)}


def us_npi(value: bytes) -> bool:
    """A US provider number: ten digits, first 1 or 2, a Luhn digit with 80840 put before (45 CFR 162.406).

    >>> us_npi(b"1234567893")
    True
    """
    digits = _digits(value, 10)
    return digits[:1] in ([1], [2]) and _luhn_ok([8, 0, 8, 4, 0, *digits])


def us_dea(value: bytes) -> bool:
    """A US DEA registration: two letters, seven digits, odd places plus twice the even ones (DEA Diversion Control).

    >>> us_dea(b"AB1234563")
    True
    """
    text = _compact(value)
    if not re.fullmatch(r"[A-HJ-MPRSTUX][A-Z9]\d{7}", text):
        return False
    digits = [int(c) for c in text[2:]]
    return any(digits) and _dot(digits, (1, 2, 1, 2, 1, 2)) % 10 == digits[6]


def ca_sin(value: bytes) -> bool:
    """A Canadian social insurance number: nine digits, first neither 0 nor 8, a Luhn digit (Service Canada).

    >>> ca_sin(b"130 692 544")
    True
    """
    digits = _digits(value, 9)
    return bool(digits) and digits[0] not in {0, 8} and _luhn_ok(digits)


def br_cpf(value: bytes) -> bool:
    """A Brazilian CPF: two check digits modulo 11, not one digit over and over (Receita Federal).

    >>> br_cpf(b"123.456.789-09")
    True
    """
    digits = _digits(value, 11)
    if len(set(digits)) < 2:
        return False
    first = -_dot(digits[:9], range(10, 1, -1)) % 11 % 10
    return first == digits[9] and -_dot(digits[:10], range(11, 1, -1)) % 11 % 10 == digits[10]


def br_cnpj(value: bytes) -> bool:
    """A Brazilian CNPJ, digits or since 2026 letters too, two check digits modulo 11 (IN RFB 2.229/2024).

    >>> br_cnpj(b"12.345.678/0001-95")
    True
    """
    text = _compact(value)
    if not re.fullmatch(r"[0-9A-Z]{12}\d\d", text) or len(set(text)) < 2:
        return False
    values = [ord(c) - 48 for c in text]
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    return (
        -_dot(values[:12], weights[1:]) % 11 % 10 == values[12] and -_dot(values[:13], weights) % 11 % 10 == values[13]
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
    text = _compact(value)
    found = _CURP.fullmatch(text)
    if not found or not _is_short_date(*map(int, found.groups())):
        return False
    worth = [_BASE36.index(c) + (c > "N") for c in text[:17]]  # the alphabet has an Ñ after N
    return -_dot(worth, range(18, 1, -1)) % 10 == int(text[17])


def mx_rfc(value: bytes) -> bool:
    """A Mexican RFC of a person: four letters, date, and a check character modulo 11 (SAT).

    >>> mx_rfc(b"LOOA850730AB8")
    True
    """
    text = _compact(value)
    if not re.fullmatch(r"[A-Z&]{4}\d{6}[0-9A-Z]{2}[0-9A]", text):
        return False
    if not _is_short_date(int(text[4:6]), int(text[6:8]), int(text[8:10])):
        return False
    worth = ["0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ".index(c) for c in text[:12]]
    return "0123456789A0"[-_dot(worth, range(13, 1, -1)) % 11] == text[12]


def cl_rut(value: bytes) -> bool:
    """A Chilean RUT: weights 2 to 7 from the right, modulo 11, K for ten (Servicio de Impuestos Internos).

    >>> cl_rut(b"12.345.678-5"), cl_rut(b"12.345.678-6")
    (True, False)
    """
    text = _compact(value)
    if not re.fullmatch(r"\d{7,8}[0-9K]", text):
        return False
    digits = [int(c) for c in text[-2::-1]]
    return any(digits) and "0123456789K"[-_dot(digits, (2, 3, 4, 5, 6, 7, 2, 3)) % 11] == text[-1]


def ar_cuit(value: bytes) -> bool:
    """An Argentine CUIT or CUIL: a kind prefix, weights 5 4 3 2 7 6 5 4 3 2, modulo 11 (AFIP).

    >>> ar_cuit(b"20-12345678-6")
    True
    """
    digits = _digits(value, 11)
    if not digits or _number(digits[:2]) not in {20, 23, 24, 25, 26, 27, 30, 33, 34, 50, 51, 55}:
        return False
    return min(-_dot(digits[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11, 9) == digits[10]


def co_nit(value: bytes) -> bool:
    """A Colombian NIT: primes as weights from the right, modulo 11 (DIAN).

    >>> co_nit(b"900.123.456-8")
    True
    """
    digits = _digits(value, *range(8, 12))
    if not any(digits):
        return False
    remainder = _dot(digits[-2::-1], (3, 7, 13, 17, 19, 23, 29, 37, 41, 43)) % 11
    return (remainder if remainder < 2 else 11 - remainder) == digits[-1]


def pe_ruc(value: bytes) -> bool:
    """A Peruvian RUC: a kind prefix, weights 5 4 3 2 7 6 5 4 3 2, modulo 11 (SUNAT).

    >>> pe_ruc(b"10123456781")
    True
    """
    digits = _digits(value, 11)
    if not digits or _number(digits[:2]) not in {10, 15, 16, 17, 20}:
        return False
    return (11 - _dot(digits[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 10 == digits[10]


def ec_cedula(value: bytes) -> bool:
    """An Ecuadorian identity number: province, third digit below 6, a Luhn digit (Registro Civil).

    >>> ec_cedula(b"1712345675")
    True
    """
    digits = _digits(value, 10)
    if not digits or digits[2] > 5:
        return False
    return (1 <= _number(digits[:2]) <= 24 or _number(digits[:2]) == 30) and _luhn_ok(digits)


def uy_ci(value: bytes) -> bool:
    """A Uruguayan identity number: weights 2 9 8 7 6 3 4, modulo 10 (Dirección Nacional de Identificación Civil).

    >>> uy_ci(b"1.234.567-2")
    True
    """
    digits = _digits(value, 7, 8)
    digits = [*[0] * (8 - len(digits)), *digits]
    return len(set(digits)) > 1 and _dot(digits, (2, 9, 8, 7, 6, 3, 4, 1)) % 10 == 0


def do_cedula(value: bytes) -> bool:
    """A Dominican identity number: eleven digits with a Luhn digit (Junta Central Electoral).

    >>> do_cedula(b"001-1234567-3")
    True
    """
    digits = _digits(value, 11)
    return len(set(digits)) > 1 and _luhn_ok(digits)


VALIDATORS: dict[str, Callable[[bytes], bool]] = {
    check.__name__.replace("_", "-"): check
    for check in (
        luhn,
        payment_card,
        payment_card_any_issuer,
        iban,
        us_aba_routing,
        mx_clabe,
        btc_address,
        imei,
        iccid,
        vin,
        e164,
        phone_digits,
        ipv4,
        ipv4_public,
        ipv6,
        mac,
        jwt,
        base64_json,
        github_crc32,
        npm_crc32,
        grafana_crc32,
        bitbucket_crc32,
        gb_nhs,
        gb_nino,
        gb_utr,
        de_steuer_id,
        de_vat,
        de_personalausweis,
        de_rvnr,
        de_kvnr,
        fr_nir,
        fr_spi,
        es_dni,
        es_nie,
        it_codice_fiscale,
        it_partita_iva,
        pt_nif,
        nl_bsn,
        be_nn,
        lu_matricule,
        pl_pesel,
        pl_nip,
        se_personnummer,
        no_fodselsnummer,
        dk_cpr,
        fi_hetu,
        is_kennitala,
        at_svnr,
        ch_ahv,
        ie_pps,
        cz_rodne_cislo,
        ro_cnp,
        bg_egn,
        hu_adoazonosito,
        hu_taj,
        hr_oib,
        jmbg,
        ee_isikukood,
        lv_personas_kods,
        gr_afm,
        gr_amka,
        cy_tic,
        ua_rnokpp,
        ru_inn,
        ru_snils,
        tr_tckn,
        il_id,
        za_id,
        sa_national_id,
        ae_emirates_id,
        eg_national_id,
        kw_civil_id,
        kz_iin,
        in_aadhaar,
        in_pan,
        in_gstin,
        kr_rrn,
        kr_rrn_check,
        cn_resident_id,
        tw_id,
        hk_hkid,
        sg_nric,
        th_id,
        my_nric,
        id_nik,
        jp_my_number,
        au_tfn,
        au_abn,
        au_acn,
        au_medicare,
        nz_ird,
        nz_nhi,
        us_ssn,
        us_itin,
        us_npi,
        us_dea,
        ca_sin,
        br_cpf,
        br_cnpj,
        mx_curp,
        mx_rfc,
        cl_rut,
        ar_cuit,
        co_nit,
        pe_ruc,
        ec_cedula,
        uy_ci,
        do_cedula,
    )
}
