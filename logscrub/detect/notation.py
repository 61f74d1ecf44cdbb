"""Read the key left of a separator, and tell which notation it is written in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from typing import NamedTuple

from logscrub.detect.keys import KeyVerdict
from logscrub.detect.lazy import lazy

GATED_BYTES = 12
"""Bytes a random value begins with at least: names that stand everywhere are looked at only before such a value."""

_LONGEST_GAP = 20
_LONGEST_KEY = 100
_WINDOW = 160
_ENTITIES = (b"%22", b"%27", b"%5D", b"%5d", b"%2522", b"%2527", b"%255D", b"&quot;", b"&#34;", b"&#39;", b"&apos;")
_ENTITY_ENDS = (b";", b"22", b"27", b"5D", b"5d")
# What is left of them before a name: the percent sign is no part of one.
_ENTITY_RESTS = lazy(rb"(?:25)?(?:22|27|5[Bb])(?=[^\d])")
# Before an equals sign, part of the operator: ``:=``, ``!=``, ``||=``.
_OPERATORS = b"!+?|:="
_CLOSERS = b"\"'`]\\"
_VALUE_NAMES = (b"value", b"Value", b"content")
# A name that ends so may be that of a field called "value", or the rest of a quote written as an entity.
_LOOK_AGAIN = (*_VALUE_NAMES, *(one for one in _ENTITY_ENDS if one.isalnum()))
_BEFORE_PARAMETER = frozenset((b"?", b"&", b";"))
# What a name is called where name and value are two fields of their own.
_NAME_KEY = rb"(?<![A-Za-z0-9])(?:[Nn]ame|[Kk]ey|NAME|KEY)"
_NAMED = lazy(rb"%b[ \t]?[=:][ \t]?\\{0,7}[\"']?[^\s\"',=:]{1,100}\Z" % _NAME_KEY)
NAME_IS = lazy(rb"(?:(?<!\\)\\{1,7})?[\"']?%b\\{0,7}[\"']?[ \t]{0,2}[=:][ \t]{0,2}\\{0,7}[\"']?\Z" % _NAME_KEY)
LONGEST_NAME_IS = 32
"""Bytes of ``"name": "`` and the like."""

_SERIALIZED = lazy(rb"s:\d{1,4}:\\{0,7}\"\Z")
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
    """``k=v&``."""
    QUERY = auto()
    """``?k=v&``, in an address."""
    ENCODED = auto()
    """``k%3Dv``."""
    ENCODED_TWICE = auto()
    """``k%253Dv``."""
    FLAG = auto()
    """``--k v``."""
    PAIR = auto()
    """``('k', 'v')``."""
    ARGUMENT = auto()
    """``"x", "k", "v"``: a name among the arguments of a call, or a list of names."""
    NAMED_PAIR = auto()
    """``{"name": "k", "value": "v"}``, in either order."""
    XML = auto()
    """``<k>v</k>``, ``<entry key="k">v</entry>``."""
    XML_END = auto()
    """``<k a="b">v</k>``, known by its end."""
    ESCAPED_XML = auto()
    """``&lt;k&gt;v&lt;/k&gt;``."""
    ELEMENTS = auto()
    """``<name>k</name><value>v</value>``."""
    SERIALIZED = auto()
    """``s:1:"k";s:1:"v";``, as PHP writes it."""
    PART = auto()
    """``name="k"``, an empty line, ``v``: a part of a form."""


class Key(NamedTuple):
    """A key that names something sensitive.

    Attributes:
        text: the name as it stands.
        verdict: what the lexicon says of it.
        style: its notation.
        quote: the quotes a marker needs in place of a bare value.
        start: where the name begins.
    """

    text: str
    verdict: KeyVerdict
    style: Style
    quote: str = ""
    start: int = 0


def read_key(data: bytes, end: int, judge: Callable[[str], KeyVerdict | None]) -> Key | None:
    """Read the key whose separator ends at ``end``.

    Args:
        data: the record.
        end: the offset after the separator.
        judge: what tells whether a name is sensitive.
    """
    stop = end - 1
    last = data[stop : stop + 1]
    low = max(0, end - _WINDOW)
    if last == b"=" or (last == b":" and data[end : end + 1] != b":"):
        name = data[max(0, stop - _LONGEST_KEY) : stop].translate(_KEY_ONLY).rpartition(b" ")[2]
        # By far the commonest: a name of plain words right before the sign.
        if name[-1:].isalnum() and not name.endswith(_LOOK_AGAIN):
            text = name.strip(b".-").decode("utf-8", "replace")
            verdict = judge(text)
            if verdict is not None:
                start = stop - len(name.lstrip(b".-"))
                if data[start - 1 : start] != b"%":
                    return _named(data, end, text, verdict, start)
    window = data[low:stop]
    style = Style.PLAIN
    if last == b"," or last in b" \t":
        style = Style.PAIR if last == b"," else Style.FLAG
    elif last in b"dDaA":
        style = Style.ENCODED_TWICE if window.endswith(b"%253") else Style.ENCODED
        window = window[:-4] if style is Style.ENCODED_TWICE else window[:-2]
    elif last == b";":
        window = window[:-3]
        style = Style.ESCAPED_XML
    elif last in b"}/\r\nrn":
        style = Style.NAMED_PAIR if last in b"}/" else Style.PART
    elif data[end - 3 : end] == b";s:":
        window = window[:-2]
        style = Style.SERIALIZED
    elif last == b">":
        if window.endswith(b"-"):
            window = window[:-1]
        elif window.endswith(_END_OF_NAME):
            style = Style.ELEMENTS
            window = window[: window.rfind(b"<")]
    elif data[end : end + 1] == b":" == last:
        return None  # a path of a module or class
    else:
        window = _name_of_value(window.rstrip(_OPERATORS) if last == b"=" else window)
    stripped = window.rstrip(b" \t")
    closed = _without_closers(stripped)
    quoted = stripped[len(closed) :]
    name = closed[-_LONGEST_KEY:].translate(_KEY_ONLY).rpartition(b" ")[2].strip(b".-")
    if b"%" in closed:
        rest = _ENTITY_RESTS.match(name)
        if rest is not None and closed.endswith(b"%" + name):
            name = name[rest.end() :]
    text = name.decode("utf-8", "replace")
    verdict = judge(text) if text else None
    if verdict is None and style is Style.PLAIN:
        text, verdict = _phrase(closed, judge)
    if verdict is None:
        return None
    before = closed[: closed.rfind(name)]
    start = low + len(before)
    if quoted[:1] == b"]" and before[-1:] == b"[" and not _is_subscript(before, data[stop : stop + 2]):
        return None  # a marker or a list, not the subscript of a name
    if style is Style.PLAIN:
        key = _plain(data, end, text, verdict, before, quoted)
        return Key(key.text, key.verdict, key.style, key.quote, start) if key else None
    if style is Style.PAIR:
        named = _pair(before)
        if named is Style.ARGUMENT:
            verdict = replace(verdict, sure=False)
        return Key(text, verdict, named, start=start) if named else None
    return Key(text, verdict, style, start=start) if _is_written(style, before) else None


def _named(data: bytes, end: int, text: str, verdict: KeyVerdict, start: int) -> Key:
    """``name=`` and ``name:``, without quotes: in a form or an address, or by itself."""
    if data[start - 1 : start] in _BEFORE_PARAMETER and data[end - 1 : end] == b"=":
        before = data[max(0, end - _WINDOW) : start]
        in_address = b"?" in before.rpartition(b" ")[2] and not before.endswith(b";")
        return Key(text, verdict, Style.QUERY if in_address else Style.FORM, "", start)
    return Key(text, verdict, Style.PLAIN, "", start)


def _is_written(style: Style, before: bytes) -> bool:
    """Tell whether what stands before a name is what its notation has there."""
    if style is Style.FLAG:
        return before.endswith(b"-")
    if style is Style.ELEMENTS:
        return before.endswith(b">")
    if style is Style.SERIALIZED:
        return _SERIALIZED.search(before[-LONGEST_NAME_IS:]) is not None
    if style is Style.ESCAPED_XML:
        return before.endswith((b"&lt;", b"&lt;/", b":")) and b"&lt;" in before
    if style in (Style.PART, Style.NAMED_PAIR):
        return NAME_IS.search(before[-LONGEST_NAME_IS:]) is not None
    return True


def _is_subscript(before: bytes, operator: bytes) -> bool:
    """Tell ``user[password]`` and what PHP prints of an array, ``    [password] => ``, from a marker or a list."""
    owner = before[:-1]
    if owner[-1:].isalnum() or owner.endswith((b"]", b"_")):
        return True
    return operator == b"=>" and owner.endswith((b"  ", b"( ", b"("))


def separator_before(data: bytes, end: int) -> int:
    """Return the offset after the separator before a random value, of which ``GATED_BYTES`` end at ``end``."""
    high = end - GATED_BYTES
    low = max(0, high - _LONGEST_GAP)
    at = max(data.rfind(separator, low, high) for separator in (b"=", b":", b">", b","))
    return at + 1 if at >= 0 else high


def _name_of_value(window: bytes) -> bytes:
    """``name="password" value=``: go on from the name instead."""
    bare = window.rstrip(b" \t\\\"'")
    if not bare.endswith(_VALUE_NAMES):
        return window
    gap = bare.rstrip(_LETTERS)
    if gap.endswith((b"\\n", b" ")):
        gap = gap.rstrip(b" \t")
        gap = gap[:-2] if gap.endswith(b"\\n") else gap
    head = gap.rstrip(b" \t\\\"',\r\n")
    if window[len(head) : len(head) + 1] in (b'"', b"'", b"\\"):
        return head
    # Without quotes the name must be called one: ``name=password, value=``.
    return head if _NAMED.search(head) is not None else window


def _without_closers(text: bytes) -> bytes:
    """Strip what closes a quoted or subscripted key: quotes, brackets, backslashes, quotes written as entities."""
    shorter = text.rstrip(_CLOSERS)
    if text.endswith(b"[]"):
        shorter = shorter.removesuffix(b"[").rstrip(_CLOSERS)
    while shorter.endswith(_ENTITY_ENDS):
        entity = next((one for one in _ENTITIES if shorter.endswith(one)), None)
        if entity is None:
            break
        shorter = shorter[: -len(entity)].rstrip(_CLOSERS)
    return shorter


# Before the tag of an Android log line stand its level and a thread.
_LEVELS = frozenset(b"V D I W E F".split())


def _phrase(closed: bytes, judge: Callable[[str], KeyVerdict | None]) -> tuple[str, KeyVerdict | None]:
    """``API key: …``: up to four more words, with single spaces or an apostrophe between."""
    words = closed[-_LONGEST_KEY:].replace(b"'", b" ").rsplit(b" ", _PHRASE)[-_PHRASE:]
    for count in range(2, len(words) + 1):
        if not words[-count] or words[-count] in _LEVELS or words[-count].isdigit():
            break
        phrase = b" ".join(words[-count:])
        if phrase.translate(_KEY_ONLY) != phrase:
            break
        text = phrase.decode("utf-8", "replace")
        verdict = judge(text)
        if verdict is not None:
            return text, verdict
    return "", None


def _plain(data: bytes, end: int, text: str, verdict: KeyVerdict, before: bytes, quoted: bytes) -> Key | None:
    last = data[end - 1 : end]
    if last == b">" and data[end - 2 : end - 1] not in (b"=", b"-"):
        return _element(text, verdict, before, quoted)
    if last == b">" and data[end - 3 : end - 2] == b" " and not before.rstrip().endswith((b"(", b",")):
        # An arrow is the sign of many things beside a mapping.
        verdict = replace(verdict, sure=False)
    if last == b"=" and not quoted and before.endswith((b"?", b"&", b";")):
        in_address = b"?" in before.rpartition(b" ")[2] and not before.endswith(b";")
        return Key(text, verdict, Style.QUERY if in_address else Style.FORM)
    if b'"' in quoted:
        return Key(text, verdict, Style.JSON, quote=_quote(quoted))
    return Key(text, verdict, Style.PLAIN)


def _element(text: str, verdict: KeyVerdict, before: bytes, quoted: bytes) -> Key | None:
    """``<k>``, ``</k>`` and ``<entry key="k">``."""
    _, opened, rest = before.rpartition(b"<")
    if not opened:
        return None
    if NAME_IS.search(rest[-LONGEST_NAME_IS:]) is not None:
        return Key(text, verdict, Style.NAMED_PAIR if b"alue=" in rest else Style.XML) if quoted else None
    if rest and not rest.endswith((b":", b"/")):
        return None
    return Key(text, verdict, Style.XML_END if rest.startswith((b"/", b"\\/")) else Style.XML)


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
    if opened.rstrip(b" \t").endswith(b","):
        return Style.ARGUMENT
    return Style.NAMED_PAIR if opened.rstrip(b" \t").endswith((b":", b"=")) else None


_END_OF_NAME = (b"</name", b"</Name", b"</key", b"</Key", b"\\/name", b"\\/key")
_PHRASE = 5
