"""Message templates: which text is fixed, and where which value goes."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

_PERCENT = re.compile(
    r"%(?:\((?P<name>[^)]{0,200})\))?[#0\- +]{0,5}(?P<width>\*|\d{0,9})(?:\.(?P<precision>\*|\d{0,9}))?"
    r"[hlL]?(?P<type>[diouxXeEfFgGcrsa%])"
)
_BRACE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}!:]{0,200})(?:![rsa])?(?::(?:[^{}]|\{[^{}]{0,50}\}){0,100})?\}")
_NUMERIC = frozenset("dioxXeEfFgGn,%")
_FIRST_NAME = re.compile(r"\w+")


class Hole(NamedTuple):
    """A place where a value goes: a name, a position, or the next one.

    Attributes:
        numeric: only a number fits there.
    """

    name: str = ""
    position: int | None = None
    numeric: bool = False


Piece = str | Hole


def percent(text: str) -> list[Piece]:
    """Split a ``%`` template.

    >>> percent("user %s has %(n)d %%")
    ['user ', Hole(name='', position=None, numeric=False), ' has ', Hole(name='n', position=None, numeric=True), ' %']
    """
    pieces: list[Piece] = []
    at = 0
    for found in _PERCENT.finditer(text):
        pieces.append(text[at : found.start()])
        at = found.end()
        if found["type"] == "%":
            pieces.append("%")
            continue
        pieces += [Hole() for given in (found["width"], found["precision"]) if given == "*"]
        pieces.append(Hole(found["name"] or "", numeric=found["type"] in _NUMERIC))
    pieces.append(text[at:])
    return _joined(pieces)


def brace(text: str) -> list[Piece]:
    """Split a ``str.format`` template.

    >>> brace("{} at {0.x} {{}}")
    [Hole(name='', position=None, numeric=False), ' at ', Hole(name='', position=0, numeric=False), ' {}']
    """
    pieces: list[Piece] = []
    at = 0
    for found in _BRACE.finditer(text):
        pieces.append(text[at : found.start()])
        at = found.end()
        whole = found.group()
        if whole in ("{{", "}}"):
            pieces.append(whole[0])
            continue
        first = _FIRST_NAME.match(found["name"] or "")
        name = first.group() if first else ""
        numeric = whole[-2] in _NUMERIC and ":" in whole
        position = int(name) if name.isdigit() and len(name) < 5 else None
        pieces.append(Hole("" if position is not None else name, position, numeric))
    pieces.append(text[at:])
    return _joined(pieces)


def is_numeric(part: ast.AST) -> bool:
    """Tell whether a part of an f-string can only be a number, by its format.

    >>> is_numeric(ast.parse("f'{count:,}'").body[0].value.values[0])
    True
    """
    spec = getattr(part, "format_spec", None)
    if spec is None or not spec.values or not isinstance(spec.values[-1], ast.Constant):
        return False
    return str(spec.values[-1].value)[-1:] in _NUMERIC


def _joined(pieces: list[Piece]) -> list[Piece]:
    result: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str):
            if not piece:
                continue
            if result and isinstance(result[-1], str):
                result[-1] += piece
                continue
        result.append(piece)
    return result


_LABEL = re.compile(r"([A-Za-z][\w\- ]{1,60}?)['\"]?\s{0,3}(?:[:=]|=>|\bis\b|\()\s{0,3}[\['\"(<]{0,2}$")


def label(before: str) -> str:
    """Return the name a value is printed under: what stands before it in the text, if that reads like a key.

    >>> label("user=bob, session token: "), label("logged in "), label("password='")
    ('session token', '', 'password')
    """
    found = _LABEL.search(before[-80:])
    if found is None:
        return ""
    words = found[1].replace("-", " ").split()
    return " ".join(words[-2:])
