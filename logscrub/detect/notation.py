"""Read the key left of a separator, and tell which notation it is written in."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from logscrub.detect.keys import KeyVerdict

_LONGEST_KEY = 100
_WINDOW = 160
_ENTITIES = (b"%22", b"%27", b"&quot;", b"&#34;", b"&#39;", b"&apos;")
_CLOSERS = b"\"'`]\\"
_VALUE_NAMES = (b"value", b"Value", b"content")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Everything that cannot be part of a key becomes a space, so that the key is the last word of what is left.
_KEY_ONLY = bytes(byte if byte >= 0x80 or chr(byte).isalnum() or byte in b"_.-" else 32 for byte in range(256))


class Style(Enum):
    """A notation, as far as reading the value depends on it."""

    PLAIN = auto()
    """``k=v``, ``k: v``, ``'k': 'v'``, ``k => v``."""
    JSON = auto()
    """``"k": v``: a bare value is a JSON scalar."""
    FORM = auto()
    """``?k=v&``."""
    ENCODED = auto()
    """``k%3Dv``."""
    FLAG = auto()
    """``--k v``."""
    PAIR = auto()
    """``('k', 'v')``."""
    NAMED_PAIR = auto()
    """``{"name": "k", "value": "v"}``."""
    XML = auto()
    """``<k>v</k>``."""


class Key(NamedTuple):
    """A key that names something sensitive.

    Attributes:
        text: the name as it stands.
        verdict: what the lexicon says of it.
        style: its notation.
        quote: the quotes a marker needs in place of a bare value.
    """

    text: str
    verdict: KeyVerdict
    style: Style
    quote: str = ""


def read_key(data: bytes, end: int, judge: Callable[[str], KeyVerdict | None]) -> Key | None:
    """Read the key whose separator ends at ``end``.

    Args:
        data: the record.
        end: the offset after the separator.
        judge: what tells whether a name is sensitive.
    """
    stop = end - 1
    last = data[stop : stop + 1]
    window = data[max(0, end - _WINDOW) : stop]
    style = Style.PLAIN
    if last == b"," or last in b" \t":
        style = Style.PAIR if last == b"," else Style.FLAG
    elif last in b"dDaA":
        window = window[:-2]
        style = Style.ENCODED
    elif last == b">":
        if window.endswith(b"-"):
            window = window[:-1]
    elif data[end : end + 1] == b":" == last:
        return None  # a path of a module or class
    else:
        window = _name_of_value(window)
    stripped = window.rstrip(b" \t")
    closed = _without_closers(stripped)
    quoted = stripped[len(closed) :]
    name = closed[-_LONGEST_KEY:].translate(_KEY_ONLY).rpartition(b" ")[2].strip(b".-")
    if style is Style.ENCODED and name[:2] in (b"22", b"27"):
        name = name[2:]
    text = name.decode("utf-8", "replace")
    verdict = judge(text) if text else None
    if verdict is None and style is Style.PLAIN and not quoted:
        text, verdict = _phrase(closed, judge)
    if verdict is None:
        return None
    before = closed[: closed.rfind(name)]
    if quoted[:1] == b"]" and before[-1:] == b"[" and not (before[-2:-1].isalnum() or before[-2:-1] in (b"]", b"_")):
        return None  # a marker or a list, not the subscript of a name
    if style is Style.PLAIN:
        return _plain(data, end, text, verdict, before, quoted)
    if style is Style.FLAG and not before.endswith(b"-"):
        return None
    if style is Style.PAIR:
        named = _pair(before)
        return Key(text, verdict, named) if named else None
    return Key(text, verdict, style)


def _name_of_value(window: bytes) -> bytes:
    """``name="password" value=``: go on from the name instead."""
    bare = window.rstrip(b" \t\\\"'")
    if not bare.endswith(_VALUE_NAMES):
        return window
    head = bare.rstrip(_LETTERS).rstrip(b" \t\\\"',")
    return head if window[len(head) : len(head) + 1] in (b'"', b"'", b"\\") else window


def _without_closers(text: bytes) -> bytes:
    """Strip what closes a quoted or subscripted key: quotes, brackets, backslashes, quotes written as entities."""
    shorter = text.rstrip(_CLOSERS)
    while shorter.endswith((b";", b"%22", b"%27")):
        entity = next((one for one in _ENTITIES if shorter.endswith(one)), None)
        if entity is None:
            break
        shorter = shorter[: -len(entity)].rstrip(_CLOSERS)
    return shorter


def _phrase(closed: bytes, judge: Callable[[str], KeyVerdict | None]) -> tuple[str, KeyVerdict | None]:
    """``API key: …``: up to two more words, with single spaces between."""
    words = closed[-_LONGEST_KEY:].rsplit(b" ", 3)[-3:]
    for count in (2, 3):
        phrase = b" ".join(words[-count:])
        if len(words) >= count and phrase.translate(_KEY_ONLY) == phrase and b"  " not in phrase:
            text = phrase.decode("utf-8", "replace")
            verdict = judge(text)
            if verdict is not None:
                return text, verdict
    return "", None


def _plain(data: bytes, end: int, text: str, verdict: KeyVerdict, before: bytes, quoted: bytes) -> Key | None:
    last = data[end - 1 : end]
    if last == b">" and data[end - 2 : end - 1] not in (b"=", b"-"):
        tag = before.rpartition(b"<")
        return Key(text, verdict, Style.XML) if tag[1] and (not tag[2] or tag[2].endswith(b":")) else None
    if last == b"=" and not quoted and before.endswith((b"?", b"&", b";")):
        return Key(text, verdict, Style.FORM)
    if b'"' in quoted:
        return Key(text, verdict, Style.JSON, quote=_quote(quoted))
    return Key(text, verdict, Style.PLAIN)


def _quote(closers: bytes) -> str:
    """The quote that closed the key, with the backslashes that escape it."""
    at = closers.index(b'"')
    begin = at
    while begin and closers[begin - 1] == 92:
        begin -= 1
    return closers[begin : at + 1].decode("ascii")


def _pair(before: bytes) -> Style | None:
    """``("k", "v")`` is a pair, and so are a flag and what follows it; ``"k", "v"`` in a list of names is none."""
    if before.endswith(b"-"):
        return Style.PAIR
    if not before.endswith((b'"', b"'")):
        return None
    opened = before[:-1].rstrip(b"\\")
    if opened.endswith((b"b", b"u")) and opened[-2:-1] in (b"(", b"["):
        opened = opened[:-1]
    if opened.endswith((b"(", b"[")):
        return Style.PAIR
    return Style.NAMED_PAIR if opened.rstrip(b" \t").endswith((b":", b"=")) else None
