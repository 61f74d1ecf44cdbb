"""Values that mean nothing and look like secrets, made anew for each examination, and looked for in what comes out."""

from __future__ import annotations

import secrets
import string
import zlib
from typing import Any

from logscrub.known.registry import Registry

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


class Canaries:
    """A set of canaries.

    They are registered nowhere but here: a filter that knew them would hide the very leak that is looked for.

    Attributes:
        token: known by its shape.
        password: known by the name next to it only.
        card: a number whose check digit is right, in the range for tests.
        email: an address.
        pin: a number, known by its name only.
        line: what a forged line begins with; it is no secret.

    >>> canaries = Canaries()
    >>> canaries.found(f"token={canaries.token} pin={canaries.pin}")
    ('pin', 'token')
    """

    def __init__(self) -> None:
        self.token = _token()
        self.password = f"cAn9-{_random(17)}"
        self.card = _card()
        self.email = f"canary.{_random(12, string.ascii_lowercase + string.digits)}@example.com"
        self.pin = int(_random(1, "123456789") + _random(7, string.digits))
        self.line = f"forged-{_random(12)}"
        self._known = Registry()
        named = {name: getattr(self, name) for name in ("token", "password", "card", "email", "pin")}
        self._known.add({str(value).encode(): name for name, value in named.items()})

    def found(self, text: Any) -> tuple[str, ...]:
        """Return the kinds of canaries that stand in a text or bytes, raw or encoded, in alphabetical order."""
        data = text if isinstance(text, bytes) else str(text).encode("utf-8", "surrogatepass")
        return tuple(sorted({match.key for match in self._known.find(data) if match.key}))


def _random(count: int, alphabet: str = _BASE62) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))


def _token() -> str:
    """Make a token of GitHub's shape: thirty characters and their CRC-32 in six digits to the base 62."""
    entropy = _random(30)
    rest, check = zlib.crc32(entropy.encode()), ""
    while rest:
        rest, digit = divmod(rest, 62)
        check = _BASE62[digit] + check
    return f"ghp_{entropy}{check:0>6}"


def _card() -> str:
    digits = "400000" + _random(9, string.digits)
    total = sum(int(one) if place % 2 else sum(divmod(2 * int(one), 10)) for place, one in enumerate(digits))
    return f"{digits}{-total % 10}"
