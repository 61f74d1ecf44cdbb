"""Devices, telephone numbers, network addresses."""

from __future__ import annotations

import re

from logscrub.detect.validators.checks import SEPARATORS, compact, digits_of, luhn_ok, weigh


def imei(value: bytes) -> bool:
    """An IMEI: 15 digits with a Luhn digit, not one digit over and over (3GPP TS 23.003 annex B).

    >>> imei(b"35-000000-123456-2")
    True
    """
    digits = digits_of(value, 15)
    return luhn_ok(digits) and len(set(digits)) > 1


def iccid(value: bytes) -> bool:
    """A SIM card number: 18 to 20 digits, first ``89`` (telecom), with a Luhn digit (ITU-T E.118).

    >>> iccid(b"8910123456789012349")
    True
    """
    digits = digits_of(value, 18, 19, 20)
    return digits[:2] == [8, 9] and luhn_ok(digits)


_VIN_WORTH = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))


def vin(value: bytes) -> bool:
    """A vehicle identification number with a valid ninth character (49 CFR 565.15; used in North America and China).

    >>> vin(b"1M8GDM9AXKP042788")
    True
    """
    text = compact(value)
    if len(text) != 17 or not text.isalnum() or set(text) & set("IOQ"):
        return False
    total = weigh([_VIN_WORTH[c] for c in text], (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2))
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
    text = compact(value.replace(b"(0)", b""), SEPARATORS + b"()").removeprefix("%2B").removeprefix("+")
    text = text.removeprefix("00")
    if not text.isdigit() or not 8 <= len(text) <= 15 or len(set(text)) == 1:
        return False
    return len(text) == 11 if text[0] == "1" else _CALLING_CODE.match(text) is not None


def phone_digits(value: bytes) -> bool:
    """A national telephone number: 7 to 13 digits, an extension aside, not one digit over and over (ITU-T E.164).

    >>> phone_digits(b"(030) 901820-12"), phone_digits(b"12-34")
    (True, False)
    """
    text = re.split(r"[XE]", compact(value, SEPARATORS + b"()+"))[0]
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
    text = compact(value, b":-.")
    return len(text) in {12, 16} and set(text) <= set("0123456789ABCDEF") and set(text) not in ({"0"}, {"F"})
