"""A tolerant scanner for Python source: any text becomes tokens and logical lines, and joins to the same text again.

:mod:`tokenize` stops at the first fault; files that do not parse are the only ones that come here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NEWLINE = r"\r\n|\r|\n"
# Every loop is possessive or bounded: a fault costs one pass over the line, not one for each place to start from.
_SINGLE = r"""
    "(?:[^"\\\r\n]|\\[^\r\n])*+(?:\\(?:\r\n|\r|\n)(?:[^"\\\r\n]|\\[^\r\n])*+){0,50}+"
  | '(?:[^'\\\r\n]|\\[^\r\n])*+(?:\\(?:\r\n|\r|\n)(?:[^'\\\r\n]|\\[^\r\n])*+){0,50}+'
"""
_TRIPLE = r'''"""(?:[^"\\]|\\.|"(?!""))*+""" | \'\'\'(?:[^'\\]|\\.|'(?!\'\'))*+\'\'\' | '''
_TOKEN = rf"""
    (?P<space>[ \t\f]+)
  | (?P<name>[^\W\d]\w*+(?!["']))
  | (?P<string>[a-zA-Z]{{0,2}}(?:TRIPLE(?!\"\"\"|\'\'\'){_SINGLE}))
  | (?P<bad>[a-zA-Z]{{0,2}}["'][^\r\n]*+)
  | (?P<newline>{_NEWLINE})
  | (?P<comment>\#[^\r\n]*+)
  | (?P<joint>\\[ \t]*+(?:{_NEWLINE}))
  | (?P<number>0[xX][0-9a-fA-F_]++[lL]? | 0[oO][0-7_]++[lL]? | 0[bB][01_]++[lL]?
        | (?:[0-9][0-9_]*+\.?[0-9_]*+ | \.[0-9][0-9_]*+)(?:[eE][-+]?[0-9][0-9_]*+)?[jJlL]?)
  | (?P<hole>\{{\{{[- \t]*+[^\W\d][\w.| \t]{{0,200}}+-?\}}\}})
  | (?P<tag>\{{%[^\r\n]{{0,300}}?%\}} | \{{\#[^\r\n]{{0,300}}?\#\}})
  | (?P<blank>[\0\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]+)
  | (?P<op><> | \*\*=? | //=? | >>=? | <<=? | -> | := | [-+*/%&|^@=<>!]= | .)
  | (?P<word>\w++)
"""
_ANY = re.compile(_TOKEN.replace("TRIPLE", _TRIPLE), re.VERBOSE | re.DOTALL)
# Once a triple quote has found no end, none of the later ones may search the rest of the file for theirs.
_NO_TRIPLE = re.compile(_TOKEN.replace("TRIPLE", ""), re.VERBOSE | re.DOTALL)
_TO_END_OF_LINE = re.compile(r"[^\r\n]*")

TRIVIA = frozenset({"space", "newline", "comment", "joint", "blank", "tag"})
OPEN = frozenset("([{")
CLOSE = frozenset(")]}")
# No expression holds one of these, so a line that begins with one begins a statement, whatever bracket is open.
_STATEMENT = frozenset(
    {"assert", "break", "class", "continue", "def", "del", "except", "finally", "global", "import", "nonlocal", "pass"}
    | {"raise", "return", "try", "while", "with"}
)


@dataclass(slots=True)
class Token:
    """A piece of text and what it is: the name of a group of the expression above, or ``command``."""

    kind: str
    text: str


@dataclass(slots=True)
class Logical:
    """A logical line: everything up to the line break that ends a statement, or a line without code.

    Attributes:
        tokens: all of it, line break and comments too.
        line: the first line, from 1.
    """

    tokens: list[Token]
    line: int

    @property
    def text(self) -> str:
        """The source."""
        return "".join([token.text for token in self.tokens])

    @property
    def code(self) -> list[int]:
        """Indexes of the tokens that are neither space nor comment."""
        return [index for index, token in enumerate(self.tokens) if token.kind not in TRIVIA and token.text]

    @property
    def breaks(self) -> int:
        """Number of line breaks, also those inside of strings."""
        return count_breaks(self.text)

    @property
    def indent(self) -> str:
        """The space before the first token."""
        first = self.tokens[0]
        return first.text if first.kind == "space" else ""


def count_breaks(text: str) -> int:
    r"""Count lines as Python does.

    >>> count_breaks("a\r\nb\rc\nd")
    3
    """
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _tokens(text: str) -> Iterator[Token]:
    """Cut the text into tokens; commands of IPython reach to the end of their line."""
    match, position, depth, first = _ANY.match, 0, 0, True
    while found := match(text, position):
        kind, piece = found.lastgroup or "op", found.group()
        if kind == "bad" and match == _ANY.match and ('"""' in piece[:5] or "'''" in piece[:5]):
            match = _NO_TRIPLE.match
        if kind == "op":
            if piece in OPEN:
                depth += 1
            elif piece in CLOSE:
                depth = max(0, depth - 1)
            elif first and not depth and piece in {"%", "!", "?"}:
                rest = _TO_END_OF_LINE.match(text, position)
                kind, piece = "command", rest.group() if rest else piece
        elif kind == "name" and first and piece in _STATEMENT:
            depth = 0
        if kind == "newline":
            first = True
        elif kind not in TRIVIA or kind == "joint":
            first = False
        yield Token(kind, piece)
        position += len(piece)


def logical_lines(text: str, line: int = 1) -> list[Logical]:
    r"""Cut the text into logical lines; their texts together are the text.

    A bracket that is still open ends where a line begins with a word that only a statement can begin with.

    >>> [unit.text for unit in logical_lines("a = (1,\n 2)\nb = [\ndef c(): pass")]
    ['a = (1,\n 2)\n', 'b = [\n', 'def c(): pass']
    """
    units: list[Logical] = []
    current: list[Token] = []
    depth, fresh, begin = 0, True, 0  # fresh: no code yet on this line, which starts at current[begin]

    def finish(tokens: list[Token]) -> None:
        nonlocal line
        if tokens:
            unit = Logical(tokens, line)
            units.append(unit)
            line += unit.breaks

    for token in _tokens(text):
        if token.kind == "name" and fresh and depth and token.text in _STATEMENT:
            finish(current[:begin])
            current, depth, begin = current[begin:], 0, 0
        current.append(token)
        if token.kind == "newline":
            fresh = True
            begin = len(current)
            if not depth:
                finish(current)
                current, begin = [], 0
        elif token.kind not in TRIVIA or token.kind == "joint":
            fresh = False
            if token.kind == "op":
                if token.text in OPEN:
                    depth += 1
                elif token.text in CLOSE:
                    depth = max(0, depth - 1)
    finish(current)
    return units
