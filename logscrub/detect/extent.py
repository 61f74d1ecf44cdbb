"""How far a value reaches, in the notation its key was written in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from logscrub.detect.lazy import lazy
from logscrub.detect.notation import LONGEST_NAME_IS, NAME_IS, Style

_MAX_QUOTED = 65536
_MAX_COOKIE = 8192
_SHORT_LINE = 4096

# A bare value ends at white space, a quote or a bracket. A comma, ampersand or bracket inside it belongs to it when
# something other than the next key follows.
_BARE = lazy(
    rb"(?:[^\s\"'`,;&<>|()\[\]{}\\]++"
    rb"|\\(?![nrt\"'\\])"
    rb"|[,;](?=[^\s\"'`,;&<>|()\[\]{}\\=:]{1,64}(?:[\s\"')\]},;&\\]|$))(?![\w.\-]{1,40}[=:])"
    rb"|&(?!amp;|[\w.\-\[\]%]{1,40}=)(?=[^\s\"'&])"
    rb"|[)\]}(\[{](?=[A-Za-z0-9!@#$%^*]))++"
)
# Where the next parameter begins, or nothing more comes, a semicolon is no part of the value.
_SEMICOLON = rb"|\\(?![nrt\"'\\])|;(?![\s\"'`;]|\Z|[\w.\-\[\]% ]{1,40}=)"
_FORM = lazy(rb"(?:[^\s\"'`&<>;\\]++%b)++" % _SEMICOLON)
_QUERY = lazy(rb"(?:[^\s\"'`&<>;\\#]++%b)++" % _SEMICOLON)
_ENCODED = lazy(
    rb"(?:[^\s\"'`&<>,;%]++|%(?![0-9A-Fa-f]{2})"
    rb"|%(?!26|22|2[Cc]|3[Bb]|0[AaDd]|7[Dd])[0-9A-Fa-f]{2}"
    rb"|%(?:2[Cc]|3[Bb])(?!%|\+|[\w.\-]{1,40}%3[AaDd]|[^\w])"
    rb"|%7[Dd](?=[A-Za-z0-9]))++"
)
_ENCODED_TWICE = lazy(rb"(?:[^\s\"'`&<>,;%]++|%25(?!26|22|2[Cc]|0[AaDd]|7[Dd])[0-9A-Fa-f]{2})++")
_ENCODED_GAP = lazy(rb"(?:\+|%20){0,3}")
# A value in quotes is left to them only where the name stands right before.
_IN_QUOTES = rb"(?:(?<==)(?:\"[^\s\";,]{1,4096}+\"|'[^\s';,]{1,4096}+'))?"
_COOKIE = lazy(rb"[^\s\"'`;,<>()\[\]{}\\]++%b(?:;[ ]?[^\s\"'`;<>()\[\]{}\\]++%b){0,60}" % (_IN_QUOTES, _IN_QUOTES))
_SCHEME = lazy(
    rb"(?i:bearer|basic|token|apikey|api-key|negotiate|ntlm|jwt|hawk|key|ssws|sso-key|bot|gitlab)[ \t+=:]{1,4}"
    rb"|(?i:bearer|basic)%20"
)
_PARAMETERS = lazy(rb"(?i:digest|oauth|aws4-hmac-sha256|signature|hmac)[ \t]")
_PARAMETERS_REST = lazy(rb"[^\n\r\"'`\\<>\]}]++")
_OPEN_QUOTE = lazy(
    rb"(?:[bBuUrRfF]{1,2}(?=[\"']))?(\\{0,15})"
    rb"('''(?=[^'\n]{1,200}+''')|\"\"\"(?=[^\"\n]{1,200}+\"\"\")|[\"'`])"
)
# What goes on behind a quote when it ends a string: ``"token=" + token``, ``'token=%s' % token``, ``'token=', token``.
_CONTINUED = lazy(
    rb"[\"'](?:[ \t]{1,4}[+%][ \t]{1,4}[A-Za-z_(\[{\"']"
    rb"|[ \t]{0,4}\+[ \t]{0,4}[A-Za-z_][\w.]{0,60}+(?=[\s),;\]}+(\[:]|\Z)"
    rb"|\.(?:format|join|encode)\(|,[ \t]{0,4}[A-Za-z_][\w.]{0,60}+(?=[\s),;\]}+(\[]|\Z))"
)
_MAY_OPEN_QUOTE = frozenset(bytes([byte]) for byte in b"\"'`\\&%bBuUrRfF")
_ENTITY_QUOTE = lazy(rb"&quot;|&#34;|&#39;|&apos;|%22|%27")
_STRING = rb"\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'|[\"']"
_FLAT_LIST = lazy(rb"\[(?:[^\[\]\n\"']++|%b){1,500}+\]|\((?:[^()\n\"']++|%b){1,500}+\)" % (_STRING, _STRING))
# What Go prints of a header: ``map[Accept:[*/*] Token:[x]]``.
_GO_ITEM = lazy(rb"\[([^\s\[\]\"',;:]{1,4096})\](?=\]|[ ][A-Za-z0-9\-]{1,60}:\[)")
_FLAT_MAP = lazy(rb"\{(?:[^{}\n\"']++|%b){1,500}+\}" % _STRING)
_TEMPLATE = lazy(rb"\{[\w.!:]{0,40}\}(?=[\s,;&)\]}\"']|$)")
_OPENS_MAP = lazy(rb"\{(?:[\s\"'{\[}]|b\"|b'|u'|\\|[\w.\-]{1,60}[ ]?[:=]|$)")
_XML_TEXT = lazy(rb"\s{0,200}+(?:<!\[CDATA\[([^\n\]]{1,4096}+)\]\]>|([^<\s][^<\n]{0,4096}+))(?=\s{0,200}<\\?/)")
_ESCAPED_XML_TEXT = lazy(rb"([^&<>\s](?:[^&<>\n]|&(?!lt;)){0,4096}+)(?=&lt;/)")
_VALUE_ELEMENT = lazy(rb"(?:\s|\\{1,7}n){0,200}+<(?:value|Value|string|val|data)(?:[ \t][^<>\n]{0,200}+)?>")
_GAP = rb"(?:\s|\\{1,7}n){0,40}+"
_QUOTE = rb"\\{0,7}[\"']?"
_PAIR_VALUE = lazy(
    rb"[ \t]{0,4}(?:%(gap)b%(quote)b(?:value|Value|val|content|string)%(quote)b[ \t]{0,2}[:=][ \t]{0,4})?"
    % {b"gap": _GAP, b"quote": _QUOTE}
)
# A field or two between the name and the value: ``"type": "string",``.
_BETWEEN = lazy(
    rb"(?:%(gap)b%(quote)b(?!value|val\W|content|Value)[A-Za-z_]{1,30}%(quote)b[ \t]{0,2}[:=][ \t]{0,4}"
    rb"(?:\\{0,7}\"[^\"\\\n]{0,80}\\{0,7}\"|'[^'\\\n]{0,80}'|[\w.\-]{1,30}),?){0,3}" % {b"gap": _GAP, b"quote": _QUOTE}
)
_VALUE_IS = lazy(rb"(?<![A-Za-z0-9_])[Vv]alue%b[ \t]{0,2}[:=][ \t]{0,4}" % _QUOTE)
_BEFORE_NAME = lazy(rb"%b[,;]?%b" % (_QUOTE, _GAP))
_FARTHEST = 2048
_SERIALIZED_VALUE = lazy(rb"\d{1,7}:")
_PART_VALUE = lazy(
    rb"(?:\r?\n(?:[A-Za-z\-]{1,40}:[^\r\n]{0,200}+\r?\n){0,3}\r?\n([^\r\n]{1,4096}+)"
    rb"|(?:\\{1,7}r)?\\{1,7}n(?:\\{1,7}r)?\\{1,7}n([^\\\r\n\"]{1,4096}+))"
)
# What a value is wrapped in when it shows itself, and the type a declaration has between name and value.
_WRAPPER = (
    rb"(?=[JMOSUbns])(?:(?:Some|Just)[(]|Optional[(\[](?=\\{0,7}\")"
    rb"|(?:bytearray|(?:np\.|numpy\.)?(?:str|bytes)_|Markup|Str|SafeString|UserString|Secret|SecretStr|SecretBytes|UUID)"
    rb"[(](?=b?\\{0,7}[\"'])"
    rb"|(?:str|bytes|Optional\[str\]|str[ ]\|[ ]None)[ ]?=[ ]?(?=[\"']))"
)
_AFTER_SEPARATOR = lazy(rb"[=>]{0,2}(?:\r?\n[ \t]{0,80}string\(\d{1,7}\)[ ](?=\")|[ \t]{0,40}(?:%b)?)" % _WRAPPER)
# Without quotes, what goes on behind a blank: the next words of a name or an address, the groups of a number, a date.
_LONGER = {
    "text": lazy(
        rb"[^\s\"'`,;:=&<>|()\[\]{}\\]{1,60}+"
        rb"(?:[ ](?:(?:van|von|de|der|den|di|da|del|la|le|bin|al|y|of)[ ]){0,2}"
        rb"(?![A-Z]{2,}(?![A-Za-z]))(?:[A-Z\xc3-\xf4][^\s\"'`,;:=&<>|()\[\]{}\\]{0,60}+|\d{1,5}[A-Za-z]?)(?![\w:=(]))"
        rb"{1,5}"
    ),
    "number": lazy(rb"[A-Z0-9][A-Z0-9.\-/]{0,9}(?:[ ](?=[A-Z.\-/]{0,4}\d)[A-Z0-9.\-/]{1,12}(?![\w:=.+\-/])){1,4}"),
    "date": lazy(
        rb"\d{1,2}\.?[ ](?:de[ ])?[A-Za-z\x80-\xff]{3,24}\.?,?[ ](?:de[ ])?\d{4}"
        rb"|[A-Z][a-z]{2,8}\.?[ ]\d{1,2}(?:st|nd|rd|th)?,?[ ]\d{4}"
        rb"|\d{4}\xeb\x85\x84[ ]?\d{1,2}\xec\x9b\x94[ ]?\d{1,2}\xec\x9d\xbc"
        rb"|datetime\.date(?:time)?\(\d{4}(?:,[ ]\d{1,6}){2,6}[^()\n]{0,40}\)"
    ),
}
# What stands in a container under a sensitive key, piece by piece: strings, words, brackets.
_PIECE = lazy(
    rb"(?P<open>[\[({])|(?P<close>[\])}])|(?P<empty>\"\"|''|\\{1,7}\"\\{1,7}\")"
    rb"|[bBuU]?(?:\"(?P<double>(?:[^\"\\\n]|\\.){1,512}+)\"|'(?P<single>(?:[^'\\\n]|\\.){1,512}+)'"
    rb"|\\{1,7}\"(?P<escaped>[^\"\\\n]{1,512}+)\\{1,7}\")"
    rb"|(?P<bare>[^\s\"'`,;:=<>|()\[\]{}\\]{1,512}+={0,2}(?=[\s,;)\]}:=(]|\Z))"
)
_IS_KEY = lazy(rb"[ \t]{0,4}(?:=>|[:=(])[ \t]{0,4}")
_NESTED_BYTES = 4096
_NESTED_LEAVES = 32
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


def read_value(data: bytes, end: int, style: Style, kind: str, start: int = 0) -> Value | None:
    """Read the value of a key.

    Args:
        data: the record.
        end: the offset after the separator.
        style: the notation.
        kind: what kind of value the key announces; headers and cookies have a grammar of their own.
        start: where the key's name begins; a value may stand before it.
    """
    reader = _READERS.get(style)
    if reader is not None:
        return reader(data, end, kind, start)
    skip = (_AFTER_FLAG if style is Style.FLAG else _AFTER_SEPARATOR).match(data, end)
    if skip is None:
        return None
    begin, start = start, skip.end()
    value = None
    # A quote may end the string the key stands in; not so after a key that has quotes of its own.
    if data[start : start + 1] in _MAY_OPEN_QUOTE and (style is Style.JSON or not _closes(data, start, begin, end)):
        value = _quoted(data, start, kind)
    return value or _bare(data, start, kind)


class Leaf(NamedTuple):
    """A value in a container.

    Attributes:
        value: where it lies.
        key: its own key there; empty in a list.
    """

    value: Value
    key: bytes


def read_leaves(data: bytes, end: int) -> tuple[list[Leaf], int]:
    """Read the values of the container that a key is set to, flat or nested, as far as they stand on its line.

    Args:
        data: the record.
        end: the offset after the separator.

    Returns:
        The values, and how far it was read.
    """
    skip = _AFTER_SEPARATOR.match(data, end)
    start = skip.end() if skip else end
    if data[start : start + 1] not in (b"{", b"[", b"("):
        return [], end
    leaves: list[Leaf] = []
    key = b""
    depth = 0
    stop = start
    limit = data.find(b"\n", start, start + _NESTED_BYTES)
    for piece in _PIECE.finditer(data, start, limit if limit >= 0 else start + _NESTED_BYTES):
        stop = piece.end()
        kind = piece.lastgroup or ""
        if kind in ("open", "close"):
            depth += 1 if kind == "open" else -1
            key = b"" if kind == "close" else key
            if not depth:
                break
            continue
        if kind == "empty":
            key = b""
            continue
        value = Value(*piece.span(kind), kind != "bare")
        if _IS_KEY.match(data, piece.end()) is not None:
            key = piece.group(kind)
            continue
        leaves.append(Leaf(value, key))
        if len(leaves) == _NESTED_LEAVES:
            break
    return leaves, stop


def without_scheme(data: bytes, value: Value, kind: str) -> Value:
    """Leave the scheme of a header (``Bearer``) out of its value: it is worth reading, and no secret.

    Where nothing follows, as in ``"Bearer " + token``, no value is left.
    """
    if kind == "header":
        scheme = _SCHEME.match(data, value.start, value.end)
        if scheme is not None:
            return Value(scheme.end(), value.end, True)
    return value


def _pair(data: bytes, end: int, kind: str, start: int) -> Value | None:
    gap = _PAIR_VALUE.match(data, end)
    return _quoted(data, gap.end(), kind) if gap else None


def _named_pair(data: bytes, end: int, kind: str, start: int) -> Value | None:
    """``"name": "k", … "value": "v"``, or the value first."""
    between = _BETWEEN.match(data, end)
    gap = _PAIR_VALUE.match(data, between.end() if between else end)
    if gap is not None and gap.group().strip():
        return _quoted(data, gap.end(), kind)
    return _value_before(data, start, kind)


def _value_before(data: bytes, start: int, kind: str) -> Value | None:
    """``"value": "v", "name": "k"``: the value ends where the name's own key begins."""
    low = max(0, start - LONGEST_NAME_IS)
    named = NAME_IS.search(data[low:start])
    if named is None:
        return None
    at = low + named.start()
    last = data.rfind(b"alue", max(0, at - _FARTHEST), at)
    opening = _VALUE_IS.match(data, last - 1) if last > 0 else None
    value = _quoted(data, opening.end(), kind) if opening else None
    if value is None or value.end >= at:
        return None
    gap = _BEFORE_NAME.match(data, value.end)
    return value if gap is not None and gap.end() >= at else None


def _xml(data: bytes, end: int, kind: str, start: int) -> Value | None:
    return _text(_XML_TEXT.match(data, end)) or _elements(data, end, kind, start)


def _xml_end(data: bytes, end: int, kind: str, start: int) -> Value | None:
    """``<k type="plain">v</k>``: from the end tag back to the start tag, which has attributes."""
    return _before_end(data, start, b"<", b">", _XML_TEXT)


def _escaped_xml(data: bytes, end: int, kind: str, start: int) -> Value | None:
    if data[start - 1 : start] == b"/":
        return _before_end(data, start, b"&lt;", b"&gt;", _ESCAPED_XML_TEXT)
    return _text(_ESCAPED_XML_TEXT.match(data, end))


def _before_end(data: bytes, start: int, opens: bytes, closes: bytes, text: re.Pattern[bytes]) -> Value | None:
    tag = data.rfind(opens, max(0, start - _FARTHEST), start)
    name = data[start : start + _FARTHEST].split(closes, 1)[0]
    low = max(0, tag - _FARTHEST)
    closed = data.rfind(closes, low, tag)
    opened = data.rfind(opens, low, closed)
    if opened < 0 or name + b" " not in data[opened:closed].replace(b"\t", b" ").replace(b"\n", b" "):
        return None
    return _text(text.match(data, closed + len(closes)))


def _elements(data: bytes, end: int, kind: str, start: int) -> Value | None:
    opening = _VALUE_ELEMENT.match(data, end)
    return _text(_XML_TEXT.match(data, opening.end())) if opening else None


def _serialized(data: bytes, end: int, kind: str, start: int) -> Value | None:
    length = _SERIALIZED_VALUE.match(data, end)
    return _quoted(data, length.end(), kind) if length else None


def _part(data: bytes, end: int, kind: str, start: int) -> Value | None:
    begin = end - 1
    while data[begin - 1 : begin] == b"\\":
        begin -= 1
    return _text(_PART_VALUE.match(data, begin)) or _value_before(data, start, kind)


def _form(data: bytes, end: int, kind: str, start: int) -> Value | None:
    return _span(_FORM.match(data, end)) or _opened(data, end, kind)


def _query(data: bytes, end: int, kind: str, start: int) -> Value | None:
    return _span(_QUERY.match(data, end)) or _opened(data, end, kind)


def _opened(data: bytes, start: int, kind: str) -> Value | None:
    """What is in quotes, unless the first of them ends the string the key stands in."""
    return None if _closes(data, start) else _quoted(data, start, kind)


def _encoded(data: bytes, end: int, kind: str, start: int) -> Value | None:
    gap = _ENCODED_GAP.match(data, end)
    begin = gap.end() if gap else end
    quote = data[begin : begin + 3]
    if quote in (b"%22", b"%27"):
        close = data.find(quote, begin + 3, begin + 3 + _MAX_QUOTED)
        return Value(begin + 3, close, True) if close > begin + 3 else None
    return _span(_ENCODED.match(data, begin))


def _encoded_twice(data: bytes, end: int, kind: str, start: int) -> Value | None:
    return _span(_ENCODED_TWICE.match(data, end))


_READERS: dict[Style, Callable[[bytes, int, str, int], Value | None]] = {
    Style.PAIR: _pair,
    Style.ARGUMENT: _pair,
    Style.NAMED_PAIR: _named_pair,
    Style.XML: _xml,
    Style.XML_END: _xml_end,
    Style.ESCAPED_XML: _escaped_xml,
    Style.ELEMENTS: _elements,
    Style.SERIALIZED: _serialized,
    Style.PART: _part,
    Style.FORM: _form,
    Style.QUERY: _query,
    Style.ENCODED: _encoded,
    Style.ENCODED_TWICE: _encoded_twice,
}


def _text(match: re.Match[bytes] | None) -> Value | None:
    """What an element or a part of a form holds, without the white space around it."""
    if match is None:
        return None
    start, stop = match.span(match.lastindex or 0)
    return Value(start, start + len(match.string[start:stop].rstrip()), True)


def _span(match: re.Match[bytes] | None, group: int = 0) -> Value | None:
    return Value(match.start(group), match.end(group), False) if match else None


def _quoted(data: bytes, start: int, kind: str) -> Value | None:
    entity = _ENTITY_QUOTE.match(data, start)
    if entity is not None:
        close = data.find(entity.group(), entity.end(), entity.end() + _MAX_QUOTED)
        return Value(entity.end(), close, True) if close > entity.end() else None
    opening = _OPEN_QUOTE.match(data, start)
    if opening is None:
        return None
    close = _closing(data, opening.end(), opening.group(1), opening.group(2))
    return without_scheme(data, Value(opening.end(), close, True), kind) if close > opening.end() else None


def _closes(data: bytes, at: int, begin: int = 0, end: int = 0) -> bool:
    """Tell whether a quote ends the string the key stands in (``"…token="``).

    Code goes on behind it, it is the quote right before the key (``'Cookie:' header``), or an odd number of double
    quotes are before it.
    """
    quote = data[at : at + 1]
    if _CONTINUED.match(data, at) is not None:
        return True
    if at == end and quote == data[begin - 1 : begin] and data.find(quote, begin, end) < 0:
        return True
    if quote != b'"':
        return False
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
    if backslashes:
        # Without a backslash a quote ends the string this one stands in.
        outer = data.find(quote, start, limit)
        while outer > start and data[outer - 1] == 92:
            outer = data.find(quote, outer + 1, limit)
        limit = outer if outer >= 0 else limit
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
    if kind in ("header", "token", "key", "random"):
        scheme = _SCHEME.match(data, start)
        if scheme is not None and data[scheme.end() - 1 : scheme.end()] in b" \t+0":
            after = _BARE.match(data, scheme.end())
            if after is not None:
                return _span(after)
    bare = _BARE.match(data, start)
    if bare is None:
        return None
    end = bare.end()
    longer = _LONGER.get(kind)
    if longer is not None:
        rest = longer.match(data, start)
        if rest is not None and rest.end() > end:
            return Value(start, rest.end(), False)
    # The full stop of the sentence is not part of the value; of a password it may be.
    while end > start + 1 and data[end - 1] in _STOPS and kind != "any":
        end -= 1
    return Value(start, end, False)


def _list(data: bytes, start: int) -> Value | None:
    single = _GO_ITEM.match(data, start)
    if single is not None:
        return _span(single, 1)
    flat = _FLAT_LIST.match(data, start)
    if flat is None:
        return None
    scheme = _SCHEME.match(data, start + 1, flat.end() - 1)
    if scheme is not None:
        return Value(scheme.end(), flat.end() - 1, True)
    return None if b"{" in flat.group() else Value(start, flat.end(), True, whole=True)
