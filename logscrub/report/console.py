"""Text with styles: how wide it is on a screen, where it is folded, and how its colours are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

_WORD = re.compile(r"\s*\S+\s*")
_ATTRIBUTES = {"bold": 1, "dim": 2}
_COLORS = {"black": 0, "red": 1, "green": 2, "yellow": 3, "blue": 4, "magenta": 5, "cyan": 6, "white": 7}
_INK, _GROUND = 30, 40


class Text(tuple[tuple[str, str], ...]):
    """Pieces of text, each with its style.

    A style is words: ``bold``, ``dim``, a colour of the eight of ISO 6429, and ``on`` with the colour of the ground.
    """

    __slots__ = ()

    @property
    def plain(self) -> str:
        """The text without its styles."""
        return "".join(words for words, _ in self)


def assemble(*parts: str | Text | tuple[str, str]) -> Text:
    """Return pieces, each plain or with a style, as one text.

    >>> assemble("see ", ("here", "bold"))
    (('see ', ''), ('here', 'bold'))
    """
    pieces: list[tuple[str, str]] = []
    for part in parts:
        if isinstance(part, Text):
            pieces += part
        else:
            pieces.append((part, "") if isinstance(part, str) else part)
    return Text(piece for piece in pieces if piece[0])


def rendered(text: Text, color: bool) -> str:
    r"""Return a text as it is printed: with SGR sequences (ISO 6429) where it has styles, or without any.

    >>> rendered(assemble("see ", ("here", "bold red")), color=True)
    'see \x1b[1;31mhere\x1b[0m'
    """
    if not color:
        return text.plain
    return "".join(f"\x1b[{_sgr(style)}m{words}\x1b[0m" if style else words for words, style in text)


@cache
def _sgr(style: str) -> str:
    codes, layer = [], _INK
    for word in style.split():
        if word == "on":
            layer = _GROUND
        else:
            codes.append(_ATTRIBUTES[word] if word in _ATTRIBUTES else layer + _COLORS[word])
    return ";".join(map(str, codes))


def columns(text: str) -> int:
    """Return how many columns of a screen a text takes (Unicode Standard Annex 11).

    >>> columns("log"), columns("記録"), columns("e\u0301")
    (3, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


@cache
def _columns(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def folded(text: Text, width: int) -> Iterator[Text]:
    """Fold a text between words; only a word that is wider than a whole line is folded within.

    Args:
        width: columns that a line may take.

    >>> [part.plain for part in folded(assemble("see ", ("the manual", "bold")), 8)]
    ['see the', 'manual']
    """
    plain = text.plain
    starts = [0, *_breaks(plain, width)]
    for start, end in zip(starts, [*starts[1:], len(plain)], strict=True):
        words = plain[start:end]
        if end < len(plain) or columns(words) > width:
            words = words.rstrip()
        yield _part(text, start, start + len(words))


def _breaks(plain: str, width: int) -> Iterator[int]:
    """Yield where new lines start."""
    used = 0
    for match in _WORD.finditer(plain):
        start, word = match.start(), match[0].rstrip()
        needed = columns(word)
        if used + needed > width:
            if start:
                yield start
            used = 0
        if needed > width:
            for position, letter in enumerate(word, start):
                if used and used + _columns(letter) > width:
                    yield position
                    used = 0
                used += _columns(letter)
        else:
            used += needed
        used += match.end() - start - len(word)


def _part(text: Text, start: int, end: int) -> Text:
    pieces, offset = [], 0
    for words, style in text:
        if part := words[max(0, start - offset) : max(0, end - offset)]:
            pieces.append((part, style))
        offset += len(words)
    return Text(pieces)
