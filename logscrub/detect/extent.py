"""How far a value reaches, in the notation its key was written in."""

from __future__ import annotations

import re
from typing import NamedTuple

from logscrub.detect.lazy import lazy
from logscrub.detect.notation import Style

_MAX_QUOTED = 65536
_MAX_COOKIE = 8192
_SHORT_LINE = 4096

# A bare value ends at white space, a quote or a bracket. A comma, ampersand or bracket inside it belongs to it when
# something other than the next key follows.
_BARE = lazy(
    rb"(?:[^\s\"'`,;&<>|()\[\]{}\\]++"
    rb"|\\(?![nrt\"'\\])"
    rb"|[,;](?=[^\s\"'`,;&<>|()\[\]{}\\=:]{1,64}(?:[\s\"')\]},;&]|$))(?![\w.\- ]{1,40}[=:])"
    rb"|&(?!amp;|[\w.\-\[\]%]{1,40}=)(?=[^\s\"'&])"
    rb"|[)\]}(\[{](?=[A-Za-z0-9!@#$%^*]))++"
)
_FORM = lazy(rb"[^\s\"'`&<>]++")
_ENCODED = lazy(rb"(?:[^\s\"'`&<>,;%]++|%(?!26|22|2C|0[AaDd]|7D)[0-9A-Fa-f]{2}|%(?![0-9A-Fa-f]{2}))++")
_ENCODED_GAP = lazy(rb"(?:\+|%20){0,3}")
_COOKIE = lazy(rb"[^\s\"'`;,<>()\[\]{}\\]++(?:;[ ]?[^\s\"'`;<>()\[\]{}\\]++){0,60}")
_SCHEME = lazy(
    rb"(?i:bearer|basic|token|apikey|api-key|negotiate|ntlm|jwt|hawk|key|ssws|sso-key|bot|gitlab)[ \t+=:]{1,4}"
    rb"|(?i:bearer|basic)%20"
)
_PARAMETERS = lazy(rb"(?i:digest|oauth|aws4-hmac-sha256|signature|hmac)[ \t]")
_PARAMETERS_REST = lazy(rb"[^\n\r\"'`\\<>\]}]++")
_OPEN_QUOTE = lazy(rb"(?:[bBuUrRfF]{1,2}(?=[\"']))?(\\{0,15})([\"'`])")
_MAY_OPEN_QUOTE = frozenset(bytes([byte]) for byte in b"\"'`\\&%bBuUrRfF")
_ENTITY_QUOTE = lazy(rb"&quot;|&#34;|&#39;|&apos;|%22|%27")
_STRING = rb"\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'|[\"']"
_FLAT_LIST = lazy(rb"\[(?:[^\[\]\n\"']++|%b){1,500}+\]|\((?:[^()\n\"']++|%b){1,500}+\)" % (_STRING, _STRING))
_FLAT_MAP = lazy(rb"\{(?:[^{}\n\"']++|%b){1,500}+\}" % _STRING)
_TEMPLATE = lazy(rb"\{[\w.!:]{0,40}\}(?=[\s,;&)\]}\"']|$)")
_OPENS_MAP = lazy(rb"\{(?:[\s\"'{\[}]|b\"|b'|u'|\\|[\w.\-]{1,60}[ ]?[:=]|$)")
_XML_TEXT = lazy(rb"[^<\n]{1,4096}+(?=</)")
_PAIR_VALUE = lazy(
    rb"[ \t]{0,4}(?:\\{0,7}[\"']?(?:value|Value|val|content|string)\\{0,7}[\"']?[ \t]{0,2}[:=][ \t]{0,4})?"
)
_AFTER_SEPARATOR = lazy(rb"[=>]{0,2}[ \t]{0,8}")
_AFTER_FLAG = lazy(rb"[ \t]{0,8}(?![\-\s])")
_STOPS = b".,:!?"


class Value(NamedTuple):
    """Where a value lies.

    Attributes:
        start: its first byte, after an opening quote.
        end: the byte after its last.
        quoted: whether quotes, tags or brackets say where it ends.
        whole: it is a whole list or mapping, brackets included.
    """

    start: int
    end: int
    quoted: bool
    whole: bool = False


def read_value(data: bytes, end: int, style: Style, kind: str) -> Value | None:
    """Read the value of a key.

    Args:
        data: the record.
        end: the offset after the separator.
        style: the notation.
        kind: what kind of value the key announces; headers and cookies have a grammar of their own.
    """
    if style is Style.PAIR or style is Style.NAMED_PAIR:
        gap = _PAIR_VALUE.match(data, end)
        if gap is None or (style is Style.NAMED_PAIR and not gap.group().strip()):
            return None
        return _quoted(data, gap.end(), kind)
    if style is Style.XML:
        text = _XML_TEXT.match(data, end)
        return Value(text.start(), text.end(), True) if text else None
    if style is Style.ENCODED:
        return _encoded(data, end)
    if style is Style.FORM:
        return _span(_FORM.match(data, end))
    skip = (_AFTER_FLAG if style is Style.FLAG else _AFTER_SEPARATOR).match(data, end)
    if skip is None:
        return None
    start = skip.end()
    value = _quoted(data, start, kind) if data[start : start + 1] in _MAY_OPEN_QUOTE else None
    return value or _bare(data, start, kind)


def without_scheme(data: bytes, value: Value, kind: str) -> Value:
    """Leave the scheme of a header (``Bearer``) out of its value: it is worth reading, and no secret."""
    if kind == "header":
        scheme = _SCHEME.match(data, value.start, value.end)
        if scheme is not None and scheme.end() < value.end:
            return Value(scheme.end(), value.end, True)
    return value


def _encoded(data: bytes, start: int) -> Value | None:
    gap = _ENCODED_GAP.match(data, start)
    start = gap.end() if gap else start
    quote = data[start : start + 3]
    if quote in (b"%22", b"%27"):
        close = data.find(quote, start + 3, start + 3 + _MAX_QUOTED)
        return Value(start + 3, close, True) if close > start + 3 else None
    return _span(_ENCODED.match(data, start))


def _span(match: re.Match[bytes] | None) -> Value | None:
    return Value(match.start(), match.end(), False) if match else None


def _quoted(data: bytes, start: int, kind: str) -> Value | None:
    entity = _ENTITY_QUOTE.match(data, start)
    if entity is not None:
        close = data.find(entity.group(), entity.end(), entity.end() + _MAX_QUOTED)
        return Value(entity.end(), close, True) if close > entity.end() else None
    opening = _OPEN_QUOTE.match(data, start)
    if opening is None:
        return None
    if opening.group() == b'"' and _closes(data, start):
        return None
    close = _closing(data, opening.end(), opening.group(1), opening.group(2))
    return without_scheme(data, Value(opening.end(), close, True), kind) if close > opening.end() else None


def _closes(data: bytes, at: int) -> bool:
    """Tell whether a quote ends the string the key stands in (``"…token="``): an odd number of them before it."""
    line = data.rfind(b"\n", max(0, at - _SHORT_LINE), at) + 1
    if at - line >= _SHORT_LINE:
        return False
    return (data.count(b'"', line, at) - data.count(b'\\"', line, at)) % 2 == 1


def _closing(data: bytes, start: int, backslashes: bytes, quote: bytes) -> int:
    """Find the quote that closes a value; without one the value goes to the end of the line."""
    limit = min(len(data), start + _MAX_QUOTED)
    line_end = data.find(b"\n", start, limit)
    if line_end >= 0:
        limit = line_end
    closer = backslashes + quote
    at = start
    while True:
        at = data.find(closer, at, limit)
        if at < 0:
            return limit
        preceding = at
        while preceding > start and data[preceding - 1] == 92:
            preceding -= 1
        escapes = at - preceding
        if backslashes:
            inside = escapes > 0
        else:
            # A quote right before a letter is part of the value: it's.
            after = data[at + 1 : at + 2]
            inside = escapes % 2 == 1 or (after.isalnum() and data.find(closer, at + 1, limit) >= 0)
        if not inside:
            return at
        at += len(closer)


def _bare(data: bytes, start: int, kind: str) -> Value | None:
    opener = data[start : start + 1]
    if opener in (b"[", b"("):
        return _list(data, start)
    template = _TEMPLATE.match(data, start) if opener == b"{" else None
    if template is not None:
        return Value(start, template.end(), True)
    if opener == b"{" and _OPENS_MAP.match(data, start) is not None:
        # The keys inside speak for themselves; those of cookies are all alike.
        flat = _FLAT_MAP.match(data, start) if kind == "cookie" else None
        return Value(start, flat.end(), True, whole=True) if flat else None
    if kind == "cookie":
        cookie = _COOKIE.match(data, start)
        return Value(start, min(cookie.end(), start + _MAX_COOKIE), False) if cookie else None
    if kind == "header":
        parameters = _PARAMETERS.match(data, start)
        if parameters is not None:
            rest = _PARAMETERS_REST.match(data, parameters.end())
            return Value(rest.start(), rest.end(), True) if rest else None
    if kind in ("header", "token", "random"):
        scheme = _SCHEME.match(data, start)
        if scheme is not None and data[scheme.end() - 1 : scheme.end()] in b" \t+0":
            after = _BARE.match(data, scheme.end())
            if after is not None:
                return _span(after)
    bare = _BARE.match(data, start)
    if bare is None:
        return None
    end = bare.end()
    # The full stop of the sentence is not part of the value; of a password it may be.
    while end > start + 1 and data[end - 1] in _STOPS and kind != "any":
        end -= 1
    return Value(start, end, False)


def _list(data: bytes, start: int) -> Value | None:
    flat = _FLAT_LIST.match(data, start)
    if flat is None:
        return None
    scheme = _SCHEME.match(data, start + 1, flat.end() - 1)
    if scheme is not None:
        return Value(scheme.end(), flat.end() - 1, True)
    return None if b"{" in flat.group() else Value(start, flat.end(), True, whole=True)
