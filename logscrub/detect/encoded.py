"""What is hidden by an encoding: base64 (also gzipped) and URL-encoded addresses, decoded and looked at again.

Key names and token prefixes have a base64 form of their own at each of the three alignments: those are what the gate
looks for, so that only a run that holds one of them is ever decoded.
"""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Callable, Iterable, Iterator

from logscrub.detect.fold import Folded
from logscrub.detect.lazy import lazy
from logscrub.model import Match

_WORDS = ("password", "passwd", "secret", "token", "api_key", "api-key", "apikey", "authorization", "credential")
_TOKENS = ("Bearer ", "-----BEGIN ", "AKIA", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-")
_ADDRESS = "%(?:25)?3[aA]%(?:25)?2[fF]%(?:25)?2[fF]"
_GZIP = "H4sIA"
# Shorter ones stand in ordinary words.
_SHORTEST = 5
_RUN = lazy(rb"[A-Za-z0-9+/_\-]{16,65536}={0,2}")
_ENCODED_ADDRESS = lazy(rb"[A-Za-z][A-Za-z0-9+.\-]{1,20}%(?:25)?3[aA]%(?:25)?2[fF]%(?:25)?2[fF][^\s\"'<>&]{1,4096}")
_ESCAPE = lazy(rb"%[0-9A-Fa-f]{2}")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_TEXT = bytes((*range(32, 127), 9, 10, 13))
# Decoded text that is not ASCII, as a share of its length.
_MOST_OTHER = 0.2
# Bytes that may come out of one record.
_MOST_UNPACKED = 1 << 20
DEPTH = 3
"""Encodings within encodings that are looked into."""

Find = Callable[[bytes], list[Match]]


def gates() -> list[str]:
    """Return gate expressions that match inside whatever may be worth decoding."""
    forms = {form for word in _WORDS for case in (word, word.title(), word.upper()) for form in _aligned(case)}
    forms.update(form for token in _TOKENS for form in _aligned(token))
    forms.update(twice for word in _WORDS for form in _aligned(word) for twice in _aligned(form))
    return [*(form.replace("+", r"\+") for form in sorted(forms) if len(form) >= _SHORTEST), _ADDRESS, _GZIP]


def _aligned(text: str) -> list[str]:
    """The base64 characters that a text determines, at each of the three places it may begin at.

    >>> _aligned("password")
    ['cGFzc3dvcm', 'Bhc3N3b3Jk', 'wYXNzd29yZ']
    """
    forms = []
    for lead in range(3):
        encoded = binascii.b2a_base64(b"\0" * lead + text.encode("ascii"), newline=False).decode("ascii")
        first = -(-lead * 8 // 6)
        forms.append(encoded[first : (lead + len(text)) * 8 // 6])
    return forms


def find(data: bytes, ends: Iterable[int], look: Find) -> Iterator[Match]:
    """Yield what is sensitive in the encoded parts of a record.

    A base64 run that holds anything sensitive is one match, whole: a part of it would not decode any more.

    Args:
        data: the record.
        ends: offsets the gate reported, ascending.
        look: finds the matches of what was decoded.
    """
    hits = list(ends)
    yield from _base64(data, hits, look)
    for address in _ENCODED_ADDRESS.finditer(data):
        decoded = _unquoted(data, *address.span())
        for match in look(decoded.data):
            start, end = decoded.original(match.start, match.end)
            yield match._replace(start=start, end=end)


def _base64(data: bytes, hits: list[int], look: Find) -> Iterator[Match]:
    room = _MOST_UNPACKED
    at = 0
    for run in _RUN.finditer(data):
        start, stop = run.span()
        while at < len(hits) and hits[at] <= start:
            at += 1
        if at == len(hits):
            return
        if hits[at] > stop:
            continue
        for text in _texts(run.group(), room):
            room -= len(text)
            matches = look(text)
            if matches:
                worst = max(matches, key=lambda match: (match.severity, match.confidence))
                yield worst._replace(start=start, end=stop, quote="")
                break


def _texts(run: bytes, room: int) -> Iterator[bytes]:
    """Yield the texts a base64 run may stand for; where it really begins is not known: ``data/`` looks like base64."""
    run = run.rstrip(b"=").translate(_STANDARD)
    for skip in range(4):
        body = run[skip:]
        body = body[: len(body) - (len(body) % 4 == 1)]
        decoded = binascii.a2b_base64(body + b"=" * (-len(body) % 4))
        if decoded[:2] == b"\x1f\x8b":
            decoded = _gunzip(decoded, room)
        if decoded and len(decoded.translate(None, _TEXT)) <= len(decoded) * _MOST_OTHER:
            yield decoded


def _gunzip(data: bytes, room: int) -> bytes:
    if room <= 0:
        return b""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, room)
    except zlib.error:
        return b""  # it only began like gzip


def _unquoted(data: bytes, start: int, stop: int) -> Folded:
    """Undo URL-encoding once, keeping the way back."""
    out = bytearray()
    decoded = Folded(b"")
    position = start
    for escape in (*_ESCAPE.finditer(data, start, stop), None):
        until = escape.start() if escape else stop
        if until > position:
            decoded.add(len(out), position, -1)
            out += data[position:until]
        if escape:
            decoded.add(len(out), escape.start(), 3)
            out.append(int(escape.group()[1:], 16))
            position = escape.end()
    decoded.data = bytes(out)
    return decoded
