"""What makes a record of the past tell when it was changed: seals under a key, and the head of a chain of them.

Each link of a chain depends on the one before, so the last one, its *head*, stands for all of it. A head that is kept
elsewhere shows later whether the record still says what it said then, whoever has the key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import Any, NamedTuple, Self

from logscrub.errors import ConfigError

_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


class Head(NamedTuple):
    """The end of a chain at some time.

    Attributes:
        run: the number of its last link, from 1; of a manifest, of its last line.
        link: that link, 64 hexadecimal digits.

    >>> Head.parse(str(Head(7, "0f" * 32))).run
    7
    """

    run: int
    link: str

    def __str__(self) -> str:
        return f"{self.run}:{self.link}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a head as it is printed.

        Raises:
            ConfigError: it is none.
        """
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise ConfigError("head: must be NUMBER:LINK, a number and 64 hexadecimal digits, as it was printed")
        return cls(int(found[1]), found[2])


class Sealer:
    """Makes seals: HMAC-SHA-256 under a key that is derived from another one for this purpose only.

    Args:
        key: the key it is derived from.
        purpose: what is sealed: a seal of one purpose is none of another.

    >>> one, other = Sealer(b"0123456789abcdef", "ledger"), Sealer(b"0123456789abcdef", "manifest")
    >>> one.seal("a", 1) == one.seal("a", 1), one.seal("a", 1) == other.seal("a", 1), len(one.seal())
    (True, False, 64)
    """

    def __init__(self, key: bytes, purpose: str) -> None:
        self._key = hmac.digest(key, f"logscrub {purpose} seal 1".encode(), "sha256")

    def seal(self, *parts: Any) -> str:
        """Return the seal of texts, numbers and lists of them."""
        return self.seal_bytes(canonical(parts))

    def seal_bytes(self, data: bytes) -> str:
        """Return the seal of bytes."""
        return hmac.digest(self._key, data, "sha256").hex()


def canonical(value: Any) -> bytes:
    r"""Return the one form in which plain data is sealed: JSON in ASCII without spaces, bytes as hexadecimal digits.

    >>> canonical(["ä", 1, None, b"\0"])
    b'["\\u00e4",1,null,{"bytes":"00"}]'
    """
    return json.dumps(value, separators=(",", ":"), sort_keys=True, default=_bytes).encode("ascii")


def digest(value: Any) -> str:
    """Return the SHA-256 of plain data in its canonical form."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _bytes(value: Any) -> Any:
    return {"bytes": bytes(value).hex()}
