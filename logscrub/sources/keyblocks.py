"""Key blocks (PEM, SSH2, PuTTY): the one kind of record that spans lines, and must not be torn where a block ends."""

from __future__ import annotations

import re

MAX_KEY = 1 << 16
_LONGEST = 4096
_END = re.compile(rb"-----END |---- END |Private-MAC: ")
_HEAD = re.compile(rb"(?:---- ?-?BEGIN [A-Z0-9 ]{0,60}-----?|PuTTY-User-Key-File-[23]: [^\n]{0,60}?)[\"'`,+\s\\nr]*\Z")
_BODY = re.compile(rb"(?:\A\s*[A-Za-z0-9+/]{4,}|[A-Za-z0-9+/]{40,})={0,2}[\"'`,+\s\\nr]*\Z")
_ARMOUR = re.compile(
    rb"\s*\Z|.{0,200}?(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|Subject|Encryption|Public-Lines|Private-Lines"
    rb"|Key-Derivation|Argon2-[A-Za-z]{1,20}):",
    re.DOTALL,
)


def is_body(line: bytes) -> bool:
    """Say whether a line can be inside a key block: base64 to its end, after whatever the logger put before it.

    >>> is_body(b"12:00 INFO " + b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj"), is_body(b"12:00 INFO ready")
    (True, False)
    """
    return _BODY.search(line[-_LONGEST:]) is not None or _ARMOUR.match(line) is not None


def held_from(lines: bytes, limit: int = MAX_KEY) -> int:
    r"""Return where whole lines must be cut so that no open key block is torn; often their length.

    A block is open while all lines after its BEGIN look like its body, but for the last, which may be a short one.
    What has been held for more than ``limit`` bytes is let go.

    >>> held_from(b"a\n-----BEGIN PRIVATE KEY-----\n12:00 short==\n"), held_from(b"a\nb\n")
    (2, 4)
    """
    size = len(lines)
    last = lines.rfind(b"\n", 0, size - 1) + 1
    if _last_begin(lines, last, size) < 0:
        before = lines.rfind(b"\n", 0, last - 1) + 1 if last else 0
        if not is_body(lines[max(before, last - _LONGEST) : last]) and _last_begin(lines, before, last) < 0:
            return size  # what nearly every call comes to, found without looking further back
    begin = _last_begin(lines, max(0, size - limit), size)
    if begin < 0 or _END.search(lines, begin):
        return size
    head, *body = lines[begin : size - 1].split(b"\n")
    if not _HEAD.match(head) or not all(map(is_body, body[:-1])):
        return size
    return lines.rfind(b"\n", 0, begin) + 1


def open_key(data: bytes) -> int:
    r"""Return where a private key begins whose body these lines hold and do not end, or -1.

    >>> open_key(b"a\n-----BEGIN PRIVATE KEY-----\nMIIE\n"), open_key(b"-----BEGIN PRIVATE KEY-----\nis not\n")
    (2, -1)
    """
    if b"PRIVATE" not in data and b"PuTTY" not in data:
        return -1
    begin = _last_begin(data, 0, len(data))
    if begin < 0 or _END.search(data, begin):
        return -1
    head, *body = data[begin:].rstrip(b"\n").split(b"\n")
    if not body or not _HEAD.match(head) or not (b"PRIVATE" in head or b"PuTTY" in head):
        return -1
    return begin if all(map(is_body, body)) else -1


def ends(line: bytes) -> bool:
    """Say whether a line ends a key block."""
    return _END.search(line) is not None


def _last_begin(data: bytes, low: int, high: int) -> int:
    return max(data.rfind(mark, low, high) for mark in (b"-----BEGIN ", b"---- BEGIN ", b"PuTTY-User-Key-File-"))
