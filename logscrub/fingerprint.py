"""Keyed identity of a value, and what of it may be shown.

A fingerprint lets one value be recognised again without being known. It is always keyed (HMAC-SHA-256): an unkeyed hash
of a card or phone number is undone by trying them all. Passwords, PINs and card verification codes get none at all, nor
do registered values, which may be any of these.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from logscrub.model import Match

_NEVER = ("secret.password", "secret.pin", "secret.known", "financial.cvv")
# Letters only, so that no rule for digits or hex can take a fingerprint for a value.
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_LONGEST_SHOWN = 40


def may_fingerprint(category: str) -> bool:
    """Tell whether values of a category may have a fingerprint.

    >>> may_fingerprint("secret.token"), may_fingerprint("financial.cvv")
    (True, False)
    """
    return not category.startswith(_NEVER)


class Fingerprinter:
    """Gives values their fingerprints.

    Args:
        key: at least 16 bytes; without one a random key is used, and fingerprints hold for this object only.

    >>> fp = Fingerprinter(b"0123456789abcdef")
    >>> fp.digest(b"alice@example.com") == fp.digest(b"alice@example.com"), len(fp.digest(b"x"))
    (True, 16)
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or os.urandom(32)
        self.lasting = key is not None

    @property
    def key_id(self) -> str:
        """A name for the key that tells nothing of it; the same key always has the same name."""
        return self.digest(b"logscrub key id")[:8]

    def digest(self, value: bytes) -> str:
        """Return 64 bits of the keyed digest of a value, as sixteen letters."""
        return hmac.digest(self._key, value, hashlib.sha256)[:8].hex().translate(_LETTERS)

    def of(self, match: Match, raw: bytes) -> str | None:
        """Return the fingerprint of a match's value; ``None`` for kinds that get none.

        Args:
            match: the match.
            raw: the bytes of its span.
        """
        return self.digest(raw) if may_fingerprint(match.category) else None


def preview(match: Match, raw: bytes, prefix: bytes = b"") -> str:
    """Return what may be shown of a value: its key, the public prefix of its format, and its length.

    Args:
        match: the match.
        raw: the bytes of its span.
        prefix: literal bytes every value of the rule starts with.

    >>> from logscrub.model import Severity
    >>> preview(Match("x", "secret.token", Severity.HIGH, 0, 40), b"ghp_" + b"a" * 36, b"ghp_")
    'ghp_… (40)'
    >>> preview(Match("x", "secret.password", Severity.HIGH, 0, 7, key="password"), b"hunter2")
    'password=…'
    """
    key = "".join(letter for letter in match.key if letter.isprintable())[:_LONGEST_SHOWN]
    shown = prefix.decode("ascii", "replace") if prefix and raw.startswith(prefix) else ""
    text = f"{key}={shown}…" if key else f"{shown}…"
    return f"{text} ({len(raw)})" if may_fingerprint(match.category) else text
