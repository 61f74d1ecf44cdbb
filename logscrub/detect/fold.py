"""A normalised view of a record, with the way back to its own offsets.

Colour codes and zero-width characters go, fullwidth and other compatibility forms become ASCII, ``\\u0070`` escapes
become the letter they stand for, and letters written in parts become one, so that ``ｐａｓｓｗｏｒｄ`` and
``pass\\x1b[1mword`` read as what they say.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache

_COLOUR = rb"(?:\x1b|\\u001[bB]|\\x1[bB])\[[0-9;:?]{0,32}[@-~]"
_ESCAPE = rb"(?:\\{1,8}u[dD][89abAB][0-9a-fA-F]{2}\\{1,8}u[dD][c-fC-F][0-9a-fA-F]{2}|\\{1,8}u[0-9a-fA-F]{4})"
# Letters and the accents after them, Korean syllables in parts, halfwidth Japanese.
_PARTS = (
    rb"(?:[A-Za-z]|[\xd0\xd1][\x80-\xbf])\xcc[\x80-\x8f\xa3\xa7\xa8](?:\xcc[\x80-\xbf]|\xcd[\x80-\xaf]){0,3}"
    rb"|\xe3[\x81-\x83][\x80-\xbf]\xe3\x82[\x99\x9a]|\xe1\x84[\x80-\x92]\xe1\x85[\xa1-\xb5](?:\xe1\x86[\xa8-\xbf]|\xe1\x87[\x80-\x82])?"
    rb"|(?:\xef\xbd[\xa6-\xbf]|\xef\xbe[\x80-\x9f]){1,64}"
)
# What goes without leaving anything.
_GONE = rb"(?:%b|\xc2\xad|\xe2\x80[\x8b-\x8f]|\xe2\x81\xa0|\xef\xbb\xbf){0,4}" % _COLOUR
# As French has it before a colon.
_BLANK = rb"(?:\xc2\xa0|\xe2\x80\xaf|\xe3\x80\x80)(?=%b[ \t]?%b(?:[:=]|\xef\xbc[\x9a\x9d]))" % (_GONE, _GONE)
_CHARACTER = rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
_UNIT = re.compile(
    rb"(?P<colour>%b)|(?P<escape>%b)|(?P<parts>%b)|(?P<blank>%b)|(?:%b)"
    % (_COLOUR, _ESCAPE, _PARTS, _BLANK, _CHARACTER)
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

    def add(self, at: int, origin: int, length: int) -> None:
        """Say where the view from offset ``at`` on comes from.

        Args:
            at: offset in the view; ascending from call to call.
            origin: offset in the record.
            length: bytes of the record one character stands for; -1 if what follows was copied.
        """
        self._at.append(at)
        self._pieces.append((at, origin, length))

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
            folded.add(len(out), position, -1)
            out.extend(data[position:until])

    for match in _UNIT.finditer(data):
        replacement = _replacement(match.group(), match.lastgroup)
        if replacement is None:
            continue
        keep(match.start())
        if replacement:
            folded.add(len(out), match.start(), match.end() - match.start())
            out.extend(replacement)
        position = match.end()
    if position == 0:
        return None
    keep(len(data))
    folded.data = bytes(out)
    return folded


@lru_cache(maxsize=4096)
def _replacement(unit: bytes, kind: str | None) -> bytes | None:
    if kind == "colour":
        return b""
    if kind == "blank":
        return b" "
    if kind == "escape":
        return _unescaped([int(code, 16) for code in unit.replace(b"\\", b"").split(b"u")[1:]])
    try:
        text = unit.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if kind == "parts":
        composed = unicodedata.normalize("NFKC", text)
        return composed.encode("utf-8") if composed != text else None
    return fold_character(text)


def _unescaped(codes: list[int]) -> bytes | None:
    """What an escape stands for: letters and what folds, no syntax; ``codes`` may be a surrogate pair."""
    if codes[0] < 0x80:
        return None if codes[0] in _KEPT_ESCAPES or codes[0] < 0x20 else bytes(codes)
    character = chr(codes[0] if len(codes) == 1 else ((codes[0] & 0x3FF) << 10) + (codes[1] & 0x3FF) + 0x10000)
    folded = fold_character(character)
    return character.encode("utf-8") if folded is None and character.isalpha() else folded


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
def gates() -> list[str]:
    """The gate expressions for records that need folding: escapes, and every character that folds."""
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
    # Of the escapes, those that stand in a key or right before its end: a text of many others is not looked at again.
    escape = r"\\u[0-9a-fA-F]{4}[0-9A-Za-z_.\- ]{0,24}(?:\\*[\"'])?[ \t]?(?:[=:]|\\u(?:[fF]{2}1[aAdD]|00[aA]0|202[fF]))"
    parts = [
        r"\xcc[\x80-\x8f\xa3\xa7\xa8]",
        r"\xe3\x82[\x99\x9a]",
        r"\xe1\x84[\x80-\x92]\xe1\x85[\xa1-\xb5]",
        r"\xef\xbd[\xa6-\xbf]",
        r"\xef\xbe[\x80-\x9f]",
    ]
    blanks = [blank + r"[ \t]?(?:[:=]|\xef\xbc[\x9a\x9d])" for blank in (r"\xc2\xa0", r"\xe2\x80\xaf", r"\xe3\x80\x80")]
    colours = [r"\x1b\[", r"\\u001[bB]\[", r"\\x1[bB]\["]
    # One for each: every one has a literal of its own for the engine to look for.
    return [*colours, r"\\u00[2-7][0-9a-fA-F]", escape, *parts, *blanks, *alternatives]
