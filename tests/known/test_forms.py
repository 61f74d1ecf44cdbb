"""One value in all its forms."""

from __future__ import annotations

import base64
import gzip
import html
import json
import shlex
import urllib.parse
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

import pytest

import logscrub
from logscrub.scrubber import Scrubber

VALUES = [
    "kV9xT2mQ7pLw4sZn",
    "violet-harbour-morning",
    "p@s$w0!rd#1%",
    "semi;colon & <amp> \"quotes\" 'n' such",
    "back\\slash/and\\\\more?",
    "schlüssel-für-größe-7",
    "пароль-от-базы",
    "key🔑with🔑astral",
    "tab\tand\nline break 4",
    "a+b/c=d_e-f==",
    '"quoted-all-round"',
    "100%25 sure%41",
    "it''s ''doubled''",
    "ｆｕｌｌ-ｗｉｄｔｈ-７",
]


def fullwidth(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" and one.isalnum() else one for one in text)


WAYS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "quote": urllib.parse.quote,
    "quote all": lambda v: urllib.parse.quote(v, safe=""),
    "quote plus": urllib.parse.quote_plus,
    "lower case quote": lambda v: "".join(
        one if one.isascii() and one.isalnum() else "".join(f"%{b:02x}" for b in one.encode()) for one in v
    ),
    "encodeURIComponent": lambda v: urllib.parse.quote(v, safe="!'()*~"),
    "quoted twice": lambda v: urllib.parse.quote(urllib.parse.quote(v, safe=""), safe=""),
    "json": json.dumps,
    "json in UTF-8": lambda v: json.dumps(v, ensure_ascii=False),
    "json with \\/": lambda v: json.dumps(v).replace("/", "\\/"),
    "json in json": lambda v: json.dumps(json.dumps(v)),
    "json for html": lambda v: (
        json.dumps(v).replace("<", "\\u003c").replace("&", "\\u0026").replace("'", "\\u0027").replace("+", "\\u002B")
    ),
    "json, all escaped": lambda v: (
        '"'
        + "".join(f"\\u{int.from_bytes(one.encode('utf-16-be')[:2]):04x}" if ord(one) < 0x10000 else one for one in v)
        + '"'
    ),
    "repr": repr,
    "ascii": ascii,
    "repr of bytes": lambda v: repr(v.encode()),
    "repr in repr": lambda v: repr([repr(v)]),
    "xml": escape,
    "xml attribute": quoteattr,
    "html": html.escape,
    "html twice": lambda v: html.escape(html.escape(v)),
    "sql": lambda v: "'" + v.replace("'", "''") + "'",
    "csv": lambda v: '"' + v.replace('"', '""') + '"',
    "shell": shlex.quote,
    "hex": lambda v: v.encode().hex(),
    "upper case hex": lambda v: v.encode().hex().upper(),
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "base64 of a:v": lambda v: base64.b64encode(b"a:" + v.encode()).decode(),
    "base64 of ab:v": lambda v: base64.b64encode(b"ab:" + v.encode()).decode(),
    "base64 of abc:v:d": lambda v: base64.b64encode(b"abc:" + v.encode() + b":d").decode(),
    "base64 for URLs": lambda v: base64.urlsafe_b64encode(b"~~" + v.encode() + b"\xff").decode().rstrip("="),
    "base64 in a URL": lambda v: urllib.parse.quote(base64.b64encode(v.encode()).decode(), safe=""),
    "colours": lambda v: v[:5] + "\x1b[1;31m" + v[5:8] + "\x1b[0m" + v[8:],
    "zero width": lambda v: v[:5] + "\u200b" + v[5:],
    "fullwidth": fullwidth,
}


@pytest.mark.parametrize("value", VALUES)
def test_no_form_is_left(scrubber: Scrubber, value: str) -> None:
    forms = {way: write(value) for way, write in WAYS.items()}
    # Shown first: without the value being known, they pass.
    assert scrubber.scrub(f"x {value} y") == f"x {value} y"
    assert logscrub.protect(value, name="V")
    for way, form in forms.items():
        for before, after in (("x ", " y"), ("=", "&"), ("123", ","), ('{"a":"', '"}')):
            text = before + form + after
            scrubbed = scrubber.scrub(text)
            assert form not in scrubbed, way
            assert "[known-value]" in scrubbed, (way, scrubbed)
            assert scrubber.scrub(scrubbed) == scrubbed, way
            assert scrubber.find(scrubbed) == [], way


def test_base64_keeps_what_is_not_of_the_value(scrubber: Scrubber) -> None:
    logscrub.protect("violet-harbour-morning")
    text = base64.b64encode(b"abc violet-harbour-morning").decode()
    assert scrubber.scrub(f"x {text} y") == f"x {text[:8]}[known-value] y"


def test_gzip_in_base64(scrubber: Scrubber) -> None:
    logscrub.protect("violet-harbour-morning")
    text = base64.b64encode(gzip.compress(b"so violet-harbour-morning it is")).decode()
    assert scrubber.scrub(f"x {text} y") == "x [known-value] y"


def test_short_values_stand_alone(scrubber: Scrubber) -> None:
    logscrub.protect("kelp42x")
    assert scrubber.scrub("akelp42x kelp42xs a-kelp42x-") == "akelp42x kelp42xs a-[known-value]-"
    assert scrubber.scrub("a%20kelp42x%20 a\\nkelp42x\\n a\\u003dkelp42x") == (
        "a%20[known-value]%20 a\\n[known-value]\\n a\\u003d[known-value]"
    )


def test_lines_of_a_key(scrubber: Scrubber) -> None:
    body = [base64.b64encode(bytes(range(start, start + 48))).decode() for start in (0, 60, 120)]
    pem = "\n".join(["-----BEGIN THING-----", *body, "-----END THING-----", ""])
    logscrub.protect(pem, name="KEY")
    for line in body:
        assert scrubber.scrub(f"one line: {line}.") == "one line: [known-value]."
    assert scrubber.scrub("-----BEGIN THING-----") == "-----BEGIN THING-----"
    assert scrubber.scrub(json.dumps({"k": pem})) == '{"k": "[known-value]\\n"}'
    lines = scrubber.scrub(f"a\n{pem}b")
    assert lines.count("\n") == pem.count("\n") + 1
    assert not any(line in lines for line in body)


def test_a_long_value_is_found_in_part(scrubber: Scrubber) -> None:
    value = base64.b64encode(bytes(n * 7 % 251 for n in range(1500))).decode()
    logscrub.protect(value)
    assert scrubber.scrub(f"({value})") == "([known-value])"
    cut = scrubber.scrub(f"({value[:1000]}")
    assert cut.startswith("([known-value]")
    assert len(cut) < 300


def test_hostile_values_and_texts_take_no_long_time(scrubber: Scrubber) -> None:
    before = scrubber.errors.copy()
    logscrub.protect(
        ["\\" * 40 + "end of it", "'\"" * 40 + "x", "% +" * 60, "a&" * 2000, " " * 40 + "." * 40 + "-_!" * 9]
    )
    for text in ("\\" * 50_000, "'\"" * 25_000, "% +" * 17_000, "a&" * 25_000, "a&amp;" * 9000, "%2525" * 10_000):
        scrubber.scrub(text)
    assert scrubber.errors == before
