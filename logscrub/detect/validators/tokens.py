"""Tokens that carry a check of their own."""

from __future__ import annotations

import base64
import binascii
import json
import string
import struct
import zlib

from logscrub.detect.validators.checks import UPPER


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


_BASE62 = string.digits + UPPER + string.ascii_lowercase


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
