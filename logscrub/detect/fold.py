"""A normalised view of a record, with the way back to its own offsets.

Colour codes and zero-width characters go, fullwidth and other compatibility forms become ASCII, ``\\u0070`` escapes
become the letter they stand for, so that ``ｐａｓｓｗｏｒｄ`` and ``pass\\x1b[1mword`` read as what they say.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache

_UNIT = re.compile(
    rb"\x1b\[[0-9;:?]{0,32}[@-~]|\\u00[2-7][0-9a-fA-F]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
# What a quote or a backslash means depends on being escaped or not: those stay as they are.
_KEPT_ESCAPES = frozenset(b"\"'\\\x7f")
_PLAIN = re.compile(r"[A-Za-z0-9_\-=:@.]+")


@dataclass(slots=True)
class Folded:
    """A folded record.

    Attributes:
        data: the normalised bytes.
    """

    data: bytes
    _at: list[int] = field(default_factory=list)
    _pieces: list[tuple[int, int, int]] = field(default_factory=list)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the record that a span of the view stands for."""
        begin = self._piece(start)
        last = self._piece(end - 1)
        return (
            begin[1] if begin[2] >= 0 else begin[1] + start - begin[0],
            last[1] + last[2] if last[2] >= 0 else last[1] + end - last[0],
        )

    def _piece(self, offset: int) -> tuple[int, int, int]:
        return self._pieces[bisect_right(self._at, offset) - 1]


def fold(data: bytes) -> Folded | None:
    """Fold a record; ``None`` where there is nothing to fold.

    >>> view = fold("ｐin=1234".encode())
    >>> view.data, view.original(0, 3)
    (b'pin=1234', (0, 5))
    """
    out = bytearray()
    folded = Folded(b"")
    position = 0

    def keep(until: int) -> None:
        if until > position:
            folded._at.append(len(out))
            folded._pieces.append((len(out), position, -1))
            out.extend(data[position:until])

    for match in _UNIT.finditer(data):
        replacement = _replacement(match.group())
        if replacement is None:
            continue
        keep(match.start())
        if replacement:
            folded._at.append(len(out))
            folded._pieces.append((len(out), match.start(), match.end() - match.start()))
            out.extend(replacement)
        position = match.end()
    if position == 0:
        return None
    keep(len(data))
    folded.data = bytes(out)
    return folded


@lru_cache(maxsize=4096)
def _replacement(unit: bytes) -> bytes | None:
    if unit[0] == 0x1B:
        return b""
    if unit[0] == 0x5C:
        code = int(unit[4:], 16)
        return None if code in _KEPT_ESCAPES or code < 0x20 else bytes([code])
    try:
        character = unit.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return fold_character(character)


def fold_character(character: str) -> bytes | None:
    """Return what one non-ASCII character folds to, ``None`` if it stays.

    >>> fold_character("\uff50"), fold_character("é")
    (b'p', None)
    """
    if character in _INVISIBLE:
        return b""
    plain = unicodedata.normalize("NFKC", character)
    return plain.encode("ascii") if len(plain) == 1 and _PLAIN.fullmatch(plain) else None


@lru_cache(maxsize=1)
def gate() -> str:
    """The gate expression for records that need folding: escapes, and every character that folds."""
    heads: dict[bytes, list[int]] = {}
    for code in (*range(0x80, 0xD800), *range(0xE000, 0x20000), *range(0x1F100, 0x1FC00)):
        if fold_character(chr(code)) is not None:
            encoded = chr(code).encode("utf-8")
            heads.setdefault(encoded[:-1], []).append(encoded[-1])
    alternatives = [
        "".join(f"\\x{byte:02x}" for byte in head)
        + "["
        + "".join(f"\\x{byte:02x}" for byte in sorted(set(tails)))
        + "]"
        for head, tails in sorted(heads.items())
    ]
    return rf"(?:\x1b\[|\\u00[2-7][0-9a-fA-F]|{'|'.join(alternatives)})"
