"""The forms in which one value can stand in a log, each with the literals that give it away.

Several texts stand for a value: the value itself, its hexadecimal digits, and its base64 at three alignments (in
``base64("user:" + value)`` the value begins inside a group of three bytes; only the groups that are all its own look
the same wherever it begins). Each text gets one tolerant expression, in which every character but a letter or digit
may be written in any of the ways of URLs, JSON, ``repr``, XML and shells, once or twice over. The expression runs only
where one of a few literals stands; finding those is the registry's business.
"""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import groupby
from typing import Any, Literal
from xml.sax import saxutils

from logscrub.detect.fold import fold

Kind = Literal["text", "hex", "base64"]

# Below this many bytes a value counts only where it stands by itself.
STANDS_ALONE = 12
# A long text is looked for piece by piece, so that its expression stays small and a part of it is found as well.
_PIECE = 256
_SHORTEST_BASE64 = 5
_SHORTEST_LINE = 8
# A line of fewer bytes than this must hold a digit.
_LONG_LINE = 12
# The longest literal, and the shortest run of letters and digits that may be one by itself.
_LITERAL = 24
_RUN = 5
_LONG_RUN = 16
_SEGMENT = 8
# The most bytes a character but a letter or digit is written in: four bytes of UTF-8 percent-encoded three times over,
# or backslashes and an escape.
_WIDEST = 40
_SLACK = 16

_BACKSLASH = r"(?:\\{1,8}+u005[cC]|\\|%(?:25){0,2}5[cC]|&(?:amp;){0,2}#(?:92|[xX]5[cC]);)"
_ENTITIES = {'"': "quot", "'": "apos", "&": "amp", "<": "lt", ">": "gt", "\n": "NewLine", "\t": "Tab"}
_LETTERS = {"\n": "n", "\t": "t", "\r": "r", "\b": "b", "\f": "f", "\v": "v", "\a": "a", "\0": "0"}
# What may stand before a value that stands by itself: no letter or digit, unless it ends an escape.
_BEFORE = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtbfv0])|(?<=\\u[0-9A-Fa-f]{4})|(?<=\\x[0-9A-Fa-f]{2}))"
_AFTER = r"(?![A-Za-z0-9])"
# Where base64 ends inside a group, one more character holds bits of the value and of what follows it.
_PADDING = r"(?:[A-Za-z0-9+/_\-](?:=|%(?:25)?3[dD]|\\{1,4}u003[dD]){0,2})?"
_WORD = re.compile(r"[A-Za-z0-9]+")
_OTHER = re.compile(rb"[^A-Za-z0-9]")
_QUOTING = re.compile(r"[\\\"']")


class Form:
    """One text, how to find it, and how to confirm it.

    Attributes:
        literals: pairs of a literal and the most bytes that can come between the text's start and the literal's.
        caseless: the literals are in lower case and stand for either.
        reach: the most bytes that can come between a literal's start and the text's end.
    """

    def __init__(self, text: str, kind: Kind = "text", *, alone: bool = False, open_end: bool = False) -> None:
        self._text = text
        self._kind = kind
        self._alone = alone
        self._open_end = open_end
        self.caseless, self.literals = _literals(text, kind)
        self.reach = _extent(text) + _SLACK

    @cached_property
    def pattern(self) -> Any:
        """The expression that confirms the text: made when a literal is first met, as most never are."""
        import regex

        text = self._text
        expression = _expression(text, self._kind)
        if self._alone:
            before, after = (_plain(text[0]), _plain(text[-1]))
            expression = (_BEFORE if before else "") + expression + (_AFTER if after else "")
        if self._open_end:
            expression += _PADDING
        # Not kept by the module: nothing outside the registry holds a value.
        return regex.compile(
            expression.encode("latin-1"), flags=regex.IGNORECASE if self._kind == "hex" else 0, cache_pattern=False
        )

    def __repr__(self) -> str:
        return f"<{self._kind} form>"


def forms(value: bytes) -> list[Form]:
    """Return the forms of a value.

    Args:
        value: at least four bytes.

    >>> sorted({form._kind for form in forms(b"Tr0ub4dor&3")})
    ['base64', 'hex', 'text']
    """
    out = []
    for variant in _variants(value):
        text = _decoded(variant)
        alone = len(variant) < STANDS_ALONE
        out += [Form(piece, alone=alone) for piece in _pieces(text)]
        out += [Form(piece, "hex") for piece in _pieces(variant.hex())]
        for core, open_end in _base64_cores(variant):
            pieces = list(_pieces(core))
            out += [Form(piece, "base64") for piece in pieces[:-1]]
            out.append(Form(pieces[-1], "base64", open_end=open_end))
    for line in _lines(value):
        out += [Form(piece, alone=len(line) < STANDS_ALONE) for piece in _pieces(_decoded(line))]
    return out


def _variants(value: bytes) -> list[bytes]:
    """The value, and how it reads in a folded record."""
    folded = fold(value)
    return [value] if folded is None or len(folded.data) < _SHORTEST_LINE else [value, folded.data]


def _lines(value: bytes) -> Iterator[bytes]:
    """The lines of a value that are telling by themselves; a key's armour is not."""
    lines = [line.strip() for line in value.splitlines()]
    if len(lines) < 2:
        return
    for line in dict.fromkeys(lines):
        if line.startswith(b"-----") or len(line) < _SHORTEST_LINE or len(set(line)) < 4:
            continue
        if len(line) >= _LONG_LINE or any(byte in b"0123456789" for byte in line):
            yield line


def _base64_cores(value: bytes) -> Iterator[tuple[str, bool]]:
    """What of a value's base64 does not depend on what stands before it, and whether it ends inside a group."""
    for skipped in range(3):
        rest = value[skipped:]
        whole, left = divmod(len(rest), 3)
        core = base64.b64encode(rest).decode("ascii")[: 4 * whole + left]
        if len(core) >= _SHORTEST_BASE64:
            yield core, left > 0


def _pieces(text: str) -> Iterator[str]:
    count = -(-len(text) // _PIECE)
    for index in range(count):
        yield text[len(text) * index // count : len(text) * (index + 1) // count]


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return value.decode("utf-8", "surrogateescape")


def _raw(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _plain(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _extent(text: str) -> int:
    """The most bytes a text is written in."""
    return len(text) + (_WIDEST - 1) * len(_WORD.sub("", text))


def _literals(text: str, kind: Kind) -> tuple[bool, list[tuple[bytes, int]]]:
    """Literals one of which stands in the text however it is written, and whether they are caseless."""
    runs = [match for match in _WORD.finditer(text) if kind != "text" or _telling(match.group(), text)]
    best = max(runs, key=lambda match: (min(len(match.group()), _LITERAL), -match.start()), default=None)
    if best is not None and (len(best.group()) >= _RUN or len(best.group()) == len(text)):
        run = best.group()[:_LITERAL]
        return kind == "hex", [(run.encode("ascii"), _extent(text[: best.start()]))]
    # Else the part that needs the least escaping, in every way of writing it.
    starts = range(max(1, len(text) - _SEGMENT + 1))
    start = min(
        starts, key=lambda at: (_extent(text[at : at + _SEGMENT]), len(_QUOTING.findall(text, at, at + _SEGMENT)))
    )
    segment = text[start : start + _SEGMENT]
    # Caseless, because so are the digits of escapes.
    written = {style(segment).lower() for style in _STYLES}
    if kind == "base64":
        written.add(segment.translate({43: "-", 47: "_"}).lower().encode("ascii"))
    before = _extent(text[:start])
    return True, [(literal, before) for literal in sorted(written - {b""})]


def _telling(run: str, text: str) -> bool:
    """Tell whether a run of letters and digits is rare in logs, which a plain word is not."""
    if len(run) >= _LONG_RUN or run == text:
        return True
    return any(one.isdigit() for one in run) and any(one.isalpha() for one in run)


def _utf8(style: Callable[[str], str]) -> Callable[[str], bytes]:
    def write(text: str) -> bytes:
        try:
            return _raw(style(text))
        except UnicodeError:
            return b""  # half a surrogate pair has no such form

    return write


def _quote(safe: str, *, plus: bool = False, times: int = 1) -> Callable[[str], bytes]:
    def write(text: str) -> bytes:
        data = _raw(text)
        for _ in range(times):
            data = urllib.parse.quote(data, safe=safe).encode("ascii")
        return data.replace(b"%20", b"+") if plus else data

    return write


def _percent(text: str) -> bytes:
    """Percent-encode more than anybody has to."""
    return _OTHER.sub(lambda match: f"%{match[0][0]:02x}".encode("ascii"), _raw(text))


def _json(text: str, *, ascii_only: bool = True) -> str:
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]


def _for_html(text: str) -> str:
    """JSON that is safe inside HTML, as Go, Rails and .NET write it."""
    return re.sub("[&<>'+\"]", lambda match: f"\\u{ord(match[0]):04x}", _json(text).replace('\\"', '"'))


def _bytes_repr(text: str) -> bytes:
    return repr(_raw(text))[2:-1].encode("ascii")


_STYLES: tuple[Callable[[str], bytes], ...] = (
    _raw,
    *(_quote(safe, plus=plus) for safe in ("", "/", "!'()*", "*", ";,/?:@&=+$!'()*#") for plus in (False, True)),
    _percent,
    _quote("", times=2),
    _quote("/", times=2),
    _utf8(_json),
    _utf8(lambda text: _json(text, ascii_only=False)),
    _utf8(lambda text: _json(text).replace("/", "\\/")),
    _utf8(lambda text: _json(_json(text))),
    _utf8(_for_html),
    _utf8(lambda text: repr(text)[1:-1]),
    _utf8(lambda text: repr(text + "'\"")[1:-4]),
    _utf8(lambda text: ascii(text)[1:-1]),
    _bytes_repr,
    _utf8(lambda text: html.escape(text, quote=False)),
    _utf8(html.escape),
    _utf8(lambda text: html.escape(text, quote=False).replace('"', "&quot;").replace("'", "&apos;")),
    _utf8(lambda text: html.escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;")),
    _utf8(lambda text: html.escape(html.escape(text))),
    _utf8(lambda text: saxutils.escape(text, {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})),
    lambda text: text.encode("ascii", "xmlcharrefreplace"),
    _utf8(lambda text: text.replace("'", "''")),
    _utf8(lambda text: text.replace('"', '""')),
    _utf8(lambda text: text.replace("'", "'\"'\"'")),
    _utf8(lambda text: text.replace("'", "'\\''")),
    _utf8(lambda text: re.sub(r"([^\w])", r"\\\1", text)),
)


def _expression(text: str, kind: Kind) -> str:
    """Write the tolerant expression, as Latin-1: letters and digits as they are, all else in any of its ways."""
    out = []
    backslashes = 0
    groups = [(character, len(list(group))) for character, group in groupby(text)]
    for index, (character, count) in enumerate(groups):
        if character == "\\":
            backslashes = count
            continue
        inside = 0 < index < len(groups) - 1
        out.append(_group(character, count, backslashes, inside=inside, kind=kind))
        backslashes = 0
    if backslashes:
        out.append(f"{_BACKSLASH}{{{backslashes},{backslashes + 16}}}+")
    return "".join(out)


def _group(character: str, count: int, backslashes: int, *, inside: bool, kind: Kind) -> str:
    """Write the expression of one character some times over, after some backslashes."""
    lead = f"{_BACKSLASH}{{{backslashes},{8 * backslashes + 8}}}+" if backslashes else r"\\{0,16}+"
    if _plain(character):
        one = character
        return (lead if backslashes else "") + one * count
    rest = r"\\{0,16}+" + _ways(character, kind)
    sequence = lead + _ways(character, kind) + rest * (count - 1)
    more = []
    if character in "'\"" and inside and not backslashes:
        # Doubled, as SQL, CSV and PowerShell do.
        more.append(character * (2 * count))
    if character == "'" and not backslashes:
        # A shell's way out of single quotes and in again.
        more += [r"""'"'"'""" * count, r"""'\\''""" * count]
    return f"(?:{'|'.join([sequence, *more])})" if more else sequence


def _ways(character: str, kind: Kind) -> str:
    """Write all ways of one character but a letter or digit, without backslashes before it."""
    code = ord(character)
    raw = _raw(character)
    as_is = "".join(f"\\x{byte:02x}" for byte in raw)
    ways = [as_is, "".join(f"%(?:25){{0,2}}{_hex(byte, 2)}" for byte in raw)]
    numbers = f"#0{{0,4}}{code}|#[xX]0{{0,4}}{_hex(code, 1)}"
    entity = f"|{_ENTITIES[character]}" if character in _ENTITIES else ""
    ways.append(f"&(?:amp;){{0,2}}(?:{numbers}{entity});")
    escape = r"(?<=\\)"
    if code > 0xFFFF:
        high, low = divmod(code - 0x10000, 0x400)
        ways.append(rf"{escape}u{_hex(0xD800 + high, 4)}\\{{1,16}}u{_hex(0xDC00 + low, 4)}")
        ways.append(f"{escape}U{_hex(code, 8)}")
    else:
        ways.append(f"{escape}u{_hex(code, 4)}")
    if code < 0x100:
        ways.append(f"{escape}x{_hex(code, 2)}")
    if len(raw) > 1 or code > 0x7F:
        ways.append(escape + r"\\{1,16}".join(f"x{_hex(byte, 2)}" for byte in raw))
    if character in _LETTERS:
        ways.append(escape + _LETTERS[character])
    if character == " ":
        ways.append(r"\+")
    elif character == "\n":
        ways += [r"\r\n", r"(?<=\\)r\\{1,16}n", "%(?:25){0,2}0[dD]%(?:25){0,2}0[aA]"]
    elif kind == "base64":
        ways += {"+": ["-"], "/": ["_"]}.get(character, [])
    return f"(?:{'|'.join(ways)})"


def _hex(number: int, digits: int) -> str:
    """Write a number in hexadecimal digits of either case."""
    return "".join(f"[{one}{one.upper()}]" if one.isalpha() else one for one in f"{number:0{digits}x}")
