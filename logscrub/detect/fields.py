"""Key names in text: where a sensitive-looking name meets a separator, read the key, judge it, and read its value.

Every notation logs use is read from the separator on: ``k=v``, ``k: v``, JSON (also escaped inside a string), reprs of
Python, Ruby, Java and Go, XML elements and attributes, headers, header pairs, ``{name: …, value: …}`` pairs,
command-line flags, URL queries and form bodies, URL-encoded ones too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from logscrub.detect.keys import KeyVerdict, Lexicon
from logscrub.detect.values import VALUE_KINDS, is_placeholder
from logscrub.model import Confidence, Match
from logscrub.rules.rule import Field, Grammar
from logscrub.rules.shape import literal

_KEY_BYTES = rb"A-Za-z0-9_.\-\x80-\xff"
_SHORT_WORD = 4
_PROBE = 1024
_MAX_QUOTED = 65536
_MAX_COOKIE = 8192

# A bare value ends at white space, a quote or a bracket; a comma or closing bracket inside it belongs to it when
# something other than the next key follows.
_BARE_UNIT = (
    rb"(?:[^\s\"'`,;&<>|()\[\]{}\\]|\\(?![nrt\"'\\])|[,;](?=[^\s\"'`,;&<>|()\[\]{}\\=:]{1,64}(?:[\s\"')\]},;&]|$))(?![\w.\- ]{1,40}[=:])"
    rb"|&(?!amp;|[\w.\-\[\]%]{1,40}=)(?=[^\s\"'&])"
    rb"|[)\]}(\[{](?=[A-Za-z0-9!@#$%^*]))"
)
_BARE_PROBE = re.compile(rb"%b{1,%d}" % (_BARE_UNIT, _PROBE))
_BARE_REST = re.compile(rb"%b+" % _BARE_UNIT)
_FORM = re.compile(rb"[^\s\"'`&<>]{1,%d}" % _PROBE)
_ENCODED = re.compile(rb"(?:[^\s\"'`&<>,;%%]|%%(?!26|22|2C|0[AaDd]|7D)[0-9A-Fa-f]{2}|%%(?![0-9A-Fa-f]{2})){1,%d}" % _PROBE)
_COOKIE = re.compile(rb"[^\s\"'`;,<>()\[\]{}\\]{1,%d}(?:;[ ]?[^\s\"'`;<>()\[\]{}\\]{1,%d}){0,60}" % (_PROBE, _PROBE))
_HEADER_REST = re.compile(rb"[^\n\r\"'`\\<>\]}]{1,%d}" % _PROBE)
_SCHEME = re.compile(rb"(?i:bearer|basic|token|apikey|api-key|negotiate|ntlm|jwt|hawk|key|ssws|sso-key|bot|gitlab)[ \t+=:]{1,4}|(?i:bearer|basic)%20")
_PARAMETERS = re.compile(rb"(?i:digest|oauth|aws4-hmac-sha256|signature|hmac)[ \t]")
_OPEN_QUOTE = re.compile(rb"(?:[bBuUrRfF]{1,2}(?=[\"']))?(\\{0,15})([\"'`])")
_ENTITY_QUOTE = re.compile(rb"&quot;|&#34;|&#39;|&apos;|%22|%27")
_FLAT_LIST = re.compile(rb"\[[^\[\]\n]{1,4096}\]|\([^()\n]{1,4096}\)")
_FLAT_MAP = re.compile(rb"\{[^{}\n]{1,4096}\}")
_XML_TEXT = re.compile(rb"[^<\n]{1,%d}(?=</)" % _PROBE)
_PAIR_VALUE = re.compile(rb"[ \t]{0,4}(?:\\{0,7}[\"']?(?:value|Value|val|content|string)\\{0,7}[\"']?[ \t]{0,2}[:=][ \t]{0,4})?")
_VALUE_NAMES = (b"value", b"Value", b"content")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_AFTER_SEPARATOR = re.compile(rb"[=>]{0,2}[ \t]{0,8}")
_LONGEST_KEY = 100
_ENTITIES = (b"%22", b"%27", b"&quot;", b"&#34;", b"&#39;", b"&apos;")
_CLOSERS = b"\"'`]\\"
# Everything that cannot be part of a key becomes a space, so that the key is the last word of what is left.
_KEY_ONLY = bytes(
    byte if re.match(rb"[%b]" % _KEY_BYTES, bytes([byte])) else 32 for byte in range(256)
)
_IDENTIFIER = re.compile(rb"(?:[A-Za-z_]\w{0,40}\.){0,6}([A-Za-z_]\w{0,60})(?:\(\)?|\[)?")
_PROSE = re.compile(rb"[a-z]{1,20}[.,!]?(?:[ ][a-z(]|$|[ ]?[.!])")


# What may stand between a key and the reader's certainty that it is one.
_TAIL = r"[\w.\-]*"
_SEPARATOR = (
    r"""(?:(?:["'`\]\\]|%2[27]|&quot;|&#3[49];|&apos;)*[ \t]*(?:[=:>]|%3[aAdD])"""
    r"""|\\*["'](?:[ \t]*,|[ \t]+(?:[Vv]alue|content)\\*["']?[ \t]*[=:]))"""
)


def _gate_words(fields: Iterable[Field]) -> tuple[list[str], list[str]]:
    """Sort the names of the lexicon into gate expressions for long ones, and short ones that need care."""
    long: set[str] = set()
    short: set[str] = set()
    for field in fields:
        for name in field.words:
            compact = name.replace(" ", "")
            if len(compact) <= _SHORT_WORD and compact.isascii() and compact not in field.glued:
                short.add(compact)
            else:
                long.add(name)
    # A name that begins or ends with another is reported through that one.
    needed = [name for name in long if not any(one != name and (name.endswith(one) or name.startswith(one)) for one in long)]
    return ["[ _.\\-]?".join(map(literal, name.split(" "))) for name in sorted(needed)], sorted(short)


def _short_forms(word: str) -> list[str]:
    """A short word counts on its own or as a part of a compound name, not inside a longer word."""
    return [
        rf"(?:^|[^A-Za-z]){word}(?:[A-Z0-9_.\-]{_TAIL})?",
        rf"{word.title()}(?:[A-Z0-9_.\-]{_TAIL})?",
        rf"(?:^|[^A-Z]){word.upper()}(?:[a-z0-9_.\-]{_TAIL})?",
    ]


@dataclass(frozen=True, slots=True)
class _Value:
    start: int
    end: int
    quoted: bool
    bare_json: bool = False
    whole: bool = False


class FieldDetector:
    """Finds values by the names of their keys.

    Args:
        fields: the fields to look for.
        grammar: what the words around a sensitive word say.
    """

    def __init__(self, fields: Sequence[Field], grammar: Grammar) -> None:
        self.lexicon = Lexicon(fields, grammar)
        self._fields = fields

    def gate(self) -> list[str]:
        """Return gate expressions that end at the separator of every key the lexicon may name.

        There is one for each word and notation: each has a literal of its own for the engine to look for.
        """
        long, short = _gate_words(self._fields)
        return [
            *(word + _TAIL + _SEPARATOR for word in long),
            *(form + _SEPARATOR for word in short for form in _short_forms(word)),
            *(rf"\-{_TAIL}{word}{_TAIL}[ \t]" for word in (*long, *map(literal, short))),
        ]

    def find(self, data: bytes, ends: Iterable[int]) -> Iterator[Match]:
        """Yield the sensitive values of a record.

        Args:
            data: the record.
            ends: offsets just after a separator, as the gate reports them, ascending.
        """
        done = 0
        for end in ends:
            if end <= done:
                continue
            found, done = self._at(data, end, done)
            yield from found

    def judge_value(self, verdict: KeyVerdict, raw: bytes, *, quoted: bool) -> tuple[int, int] | None:
        """Judge a value that is held apart from its key, as in a structure.

        Args:
            verdict: what the key says.
            raw: the value.
            quoted: whether it was text (rather than a number or a bare word).

        Returns:
            The span of the sensitive part, or ``None`` if there is none.
        """
        value = _inside_quotes(raw, _Value(0, len(raw), quoted), verdict.field)
        return (value.start, value.end) if self._convincing(raw, value, verdict, "json") else None

    def _at(self, data: bytes, end: int, done: int) -> tuple[list[Match], int]:
        key, verdict, style = self._key(data, end)
        if verdict is None:
            return [], done
        value = _read_value(data, end, style, verdict.field)
        if value is None:
            return [], done
        if not self._convincing(data, value, verdict, style):
            # A long value that was turned down is not read again for each separator in it.
            return [], value.end if value.end - value.start > 64 else done
        field = verdict.field
        confidence = field.confidence if verdict.sure else Confidence.LOW
        match = Match(
            field.id, field.category, field.severity, value.start, value.end, confidence, key, value.bare_json
        )
        return [match], value.end

    def _key(self, data: bytes, end: int) -> tuple[str, KeyVerdict | None, str]:
        """Read the key left of a separator; the style says how the value has to be read."""
        stop = end - 1
        last = data[stop : stop + 1]
        window = data[max(0, end - 160) : stop]
        style = "plain"
        if last in b"dDaA" and data[stop - 2 : stop] == b"%3":
            window = window[:-2]
            style = "encoded"
        elif last in b" \t":
            style = "flag"
        elif last == b",":
            style = "pair"
        elif last == b">" and window.endswith(b"-"):
            window = window[:-1]
        elif last in b"=:" and window.rstrip(b" \t\\\"'").endswith(_VALUE_NAMES):
            # name="password" value="…": the key is what the name says.
            head = window.rstrip(b" \t\\\"'").rstrip(_LETTERS).rstrip(b" \t\\\"',")
            if window[len(head) : len(head) + 1] in (b'"', b"'", b"\\"):
                window = head
                style = "named"
        stripped = window.rstrip(b" \t")
        closed = _without_closers(stripped)
        quoted = stripped[len(closed) :]
        name = closed[-_LONGEST_KEY:].translate(_KEY_ONLY).rpartition(b" ")[2].strip(b".-")
        if style == "encoded" and name[:2].upper() in (b"22", b"27"):
            name = name[2:]
        text = name.decode("utf-8", "replace")
        verdict = self.lexicon.judge(text) if text else None
        if verdict is None and style == "plain" and not quoted:
            # "API key: …": up to two more words, with single spaces between.
            words = closed[-80:].rsplit(b" ", 3)[-3:]
            for count in (2, 3):
                phrase = b" ".join(words[-count:])
                if len(words) >= count and phrase.translate(_KEY_ONLY) == phrase and b"  " not in phrase:
                    verdict = self.lexicon.judge(phrase.decode("utf-8", "replace"))
                    if verdict is not None:
                        text = phrase.decode("utf-8", "replace")
                        break
        if verdict is None:
            return text, None, style
        before = closed[: len(closed) - len(name)] if closed.endswith(name) else closed
        return text, *_style(data, end, style, before, quoted, verdict)

    def _convincing(self, data: bytes, value: _Value, verdict: KeyVerdict, style: str) -> bool:
        raw = data[value.start : value.end]
        if value.whole:
            inner = raw[1:-1].strip(b" \"'")
            return not is_placeholder(raw) and not is_placeholder(inner) and len(inner) >= 3
        kind = verdict.field.value
        if not verdict.sure:
            kind = "random" if kind in ("any", "token", "header", "cookie") else kind
            if kind in ("text", "digits", "number"):
                return False
        if not VALUE_KINDS[kind](raw, value.quoted):
            return False
        if not value.quoted and self._is_code(raw):
            return False
        # "password: must contain …" is a sentence, not a value.
        spaced = data[value.start - 1 : value.start] == b" "
        return value.quoted or not spaced or style == "flag" or not _is_prose(data, value)


    def _is_code(self, raw: bytes) -> bool:
        """A source line in a traceback: ``connect(dsn, password=self.password)`` names the value, it does not hold it."""
        name = _IDENTIFIER.fullmatch(raw)
        return name is not None and self.lexicon.judge(name.group(1).decode("ascii")) is not None


def _without_closers(text: bytes) -> bytes:
    """Strip what closes a quoted or subscripted key: quotes, brackets, backslashes, quotes written as entities."""
    shorter = text.rstrip(_CLOSERS)
    while shorter.endswith((b";", b"%22", b"%27")):
        entity = next((one for one in _ENTITIES if shorter.endswith(one)), None)
        if entity is None:
            break
        shorter = shorter[: -len(entity)].rstrip(_CLOSERS)
    return shorter


def _is_prose(data: bytes, value: _Value) -> bool:
    raw = data[value.start : value.end]
    return raw.isalpha() and raw.islower() and _PROSE.match(data[value.start : value.end + 3]) is not None and (
        data[value.end : value.end + 1] == b" " and data[value.end + 1 : value.end + 2].islower()
    )


def _style(
    data: bytes, end: int, style: str, before: bytes, quoted: bytes, verdict: KeyVerdict
) -> tuple[KeyVerdict | None, str]:
    """Decide the notation once the key is known; ``None`` where it is no notation at all."""
    if style == "flag":
        return (verdict, style) if before.endswith(b"-") or _flag_start(before) else (None, style)
    if style == "pair":
        opened = before.rstrip(b"bu")
        opened = opened[:-1].rstrip(b"\\") if opened.endswith((b'"', b"'")) else b""
        if opened.endswith((b"(", b"[")) or before.rstrip(b"\"'-").endswith((b"[", b" ", b",")) and b"--" in before[-3:]:
            return verdict, style
        if opened.rstrip(b" \t").endswith((b":", b"=")):
            return verdict, "pair-named"
        return None, style
    if data[end - 1 : end] == b">" and data[end - 2 : end - 1] not in (b"=", b"-"):
        opened = before.rpartition(b"<")[2]
        if b"<" in before[-40:] and (not opened or opened.endswith(b":")):
            return verdict, "xml"
        return (verdict, "xml") if before.endswith(b"<") else (None, style)
    if data[end - 1 : end] == b":" and data[end : end + 1] == b":":
        return None, style
    if style == "plain" and data[end - 1 : end] == b"=" and before.endswith((b"?", b"&", b";")) and not quoted:
        return verdict, "form"
    if style == "plain" and b'"' in quoted:
        return verdict, "json"
    return verdict, style


def _flag_start(before: bytes) -> bool:
    return before.endswith(b"-")


def _read_value(data: bytes, end: int, style: str, field: Field) -> _Value | None:
    if style in ("pair", "pair-named"):
        gap = _PAIR_VALUE.match(data, end)
        start = gap.end() if gap else end
        named = gap is not None and len(gap.group().strip()) > 0
        if style == "pair-named" and not named:
            return None
        value = _quoted(data, start, field)
        return value
    if style == "xml":
        text = _XML_TEXT.match(data, end)
        return _Value(text.start(), text.end(), True) if text else None
    if style == "encoded":
        return _encoded(data, end)
    if style == "form":
        form = _FORM.match(data, end)
        return _grown(data, form, _FORM) if form else None
    if style == "flag":
        start = end
        while data[start : start + 1] in (b" ", b"\t") and start - end < 8:
            start += 1
        if data[start : start + 1] in (b"-", b""):
            return None
    else:
        skip = _AFTER_SEPARATOR.match(data, end)
        start = skip.end() if skip else end
    return _quoted(data, start, field) or _bare(data, start, field, json=style == "json")


def _encoded(data: bytes, start: int) -> _Value | None:
    gap = re.compile(rb"(?:\+|%20){0,3}").match(data, start)
    start = gap.end() if gap else start
    quote = data[start : start + 3]
    if quote in (b"%22", b"%27"):
        close = data.find(quote, start + 3, start + 3 + _MAX_QUOTED)
        return _Value(start + 3, close, True) if close > start + 3 else None
    bare = _ENCODED.match(data, start)
    return _grown(data, bare, _ENCODED) if bare else None


def _grown(data: bytes, match: re.Match[bytes], more: re.Pattern[bytes]) -> _Value:
    """A bare value that filled the probe goes on for as long as its expression does."""
    start, end = match.span()
    while end - start >= _PROBE:
        following = more.match(data, end)
        if following is None:
            break
        end = following.end()
        if following.end() - following.start() < _PROBE:
            break
    return _Value(start, end, False)


def _quoted(data: bytes, start: int, field: Field) -> _Value | None:
    entity = _ENTITY_QUOTE.match(data, start)
    if entity is not None:
        close = data.find(entity.group(), entity.end(), entity.end() + _MAX_QUOTED)
        return _Value(entity.end(), close, True) if close > entity.end() else None
    opening = _OPEN_QUOTE.match(data, start)
    if opening is None:
        return None
    first = opening.end()
    close = _closing(data, first, opening.group(1), opening.group(2))
    if close == first:
        return None
    value = _Value(first, close, True)
    return _inside_quotes(data, value, field)


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
        after = data[at + len(closer) : at + len(closer) + 1]
        if backslashes:
            inside = escapes > 0
        else:
            # A quote right before a letter is part of the value: it's.
            inside = escapes % 2 == 1 or (after.isalnum() and data.find(closer, at + 1, limit) >= 0)
        if not inside:
            return at
        at += len(closer)


def _inside_quotes(data: bytes, value: _Value, field: Field) -> _Value:
    """Leave the scheme of a header readable."""
    if field.value == "header":
        scheme = _SCHEME.match(data, value.start, value.end)
        if scheme is not None and scheme.end() < value.end:
            return _Value(scheme.end(), value.end, True)
    return value


def _bare(data: bytes, start: int, field: Field, *, json: bool) -> _Value | None:
    opener = data[start : start + 1]
    if opener in (b"[", b"("):
        group = _FLAT_LIST.match(data, start)
        if group is None:
            return None
        inner = _SCHEME.match(data, start + 1, group.end() - 1)
        if inner is not None:
            return _Value(inner.end(), group.end() - 1, True)
        whole = data[start : group.end()]
        return None if b"=" in whole and b"{" in whole else _Value(start, group.end(), True, json, whole=True)
    if opener == b"{":
        group = _FLAT_MAP.match(data, start)
        if group is None or not field.id.endswith(("cookie",)):
            return None
        return _Value(start, group.end(), True, json, whole=True)
    if field.value == "cookie":
        cookie = _COOKIE.match(data, start)
        return _Value(cookie.start(), min(cookie.end(), start + _MAX_COOKIE), False) if cookie else None
    if field.value == "header":
        parameters = _PARAMETERS.match(data, start)
        if parameters is not None:
            rest = _HEADER_REST.match(data, parameters.end())
            return _Value(rest.start(), rest.end(), True) if rest else None
    if field.value in ("header", "token", "random"):
        scheme = _SCHEME.match(data, start)
        if scheme is not None and data[scheme.end() - 1 : scheme.end()] in b" \t+0":
            after = _BARE_PROBE.match(data, scheme.end())
            if after is not None:
                return _grown(data, after, _BARE_REST)
    bare = _BARE_PROBE.match(data, start)
    if bare is None:
        return None
    value = _grown(data, bare, _BARE_REST)
    end = value.end
    # The full stop of the sentence is not part of the value.
    while end > value.start + 1 and data[end - 1 : end] in (b".", b",", b":", b"!", b"?") and field.value != "any":
        end -= 1
    return _Value(value.start, end, False, bare_json=json)
