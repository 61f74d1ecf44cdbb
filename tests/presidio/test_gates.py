"""The gate of text expressions: it may report too much and never too little, whatever the script."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]
from typing import Any

import pytest
import regex

from logscrub.detect.gate import HyperscanGate
from logscrub.presidio.gates import _INLINE, text_gate, view

pytest.importorskip("hyperscan")

DIGITS = "0123456789٣५３𞥕"
LETTERS = "abkiszABKISZ_éжſKİıß漢िа"
SPACES = " \t\u00a0\u2003"
OTHERS = "-–/.:#€\x1b"
AROUND = ["", " ", "x", "é", "7", "٣", "-", "漢", "\u00a0", "(", "–", "_"]


def test_every_character_has_the_classes_of_its_stand_in() -> None:
    """Of all characters: what ``regex`` takes for a digit, a word, white space is one in the view."""
    text = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    seen = view(text)
    assert len(seen) == len(text)
    ours = seen.decode("ascii")
    for known in (r"\d", r"\w", r"\s"):
        want = {match.start() for match in regex.finditer(known, text)}
        got = {match.start() for match in regex.finditer(known, ours)}
        assert want == got, known


def test_ascii_and_bytes_that_are_no_text() -> None:
    assert view("plain 1") == b"plain 1"
    assert view(b"a\xffb".decode("utf-8", "surrogateescape")) == b"a?b"


@pytest.mark.parametrize(
    ("expression", "flags", "text"),
    [
        (r"\bid \d{3}\b", 0, "id ٣٤٥"),
        (r"[^0-9]{3}x", 0, "٣٤٥x"),
        (r"(?i)kiss", 0, "KİſS"),
        (r"SSN", regex.IGNORECASE, "ſsn"),
        (r"[^a-z]9", 0, "ſ9"),
        (r"[가-힣]{2}1", 0, "주민1"),
        (r"(?<!\s)a1(?!\s)", 0, "a1"),
        (r"([:-])1\1", 0, ":1:"),
        (r"(?!0)\d{3}", 0, "0123"),
        (r"\d{3}(?<!0)", 0, "1230"),
        (r"(?<!a)(?<!b)(?!c)\w{2}(?!d)", 0, "xbyz"),
        (r"^ab$", regex.MULTILINE, "ab"),
        (r"a\b(?i)B", 0, "a"),
        (r"(?<=no\.? )\d{4}", 0, "no. 1234"),
        (r"\Aab\Z", 0, "ab"),
        (r"(a)?(?(1)b|c)d", 0, "cd"),
    ],
)
@pytest.mark.parametrize("line_end", ["", "\n", "\r\n"])
def test_reports_what_the_expression_finds(expression: str, flags: int, text: str, line_end: str) -> None:
    """Also where the line is one of many, whose line breaks the record does not have."""
    gate = text_gate(expression, flags)
    assert gate is not None
    if regex.search(expression, text, flags):
        assert HyperscanGate([(0, gate)]).scan(view(f"before\n{text}{line_end}"))


@pytest.mark.parametrize("expression", [r"(?:abc){e<=1}", r"\p{Lu}x", r"[[:alpha:]]1", r"(?r)ab", r"a*", r"\L<words>"])
def test_what_is_not_understood_is_tried_everywhere(expression: str) -> None:
    """Syntax of ``regex`` that the standard library does not share is not guessed at."""
    assert text_gate(expression, 0) is None


def test_the_gates_of_all_stock_patterns_report_every_match() -> None:
    """Random texts that match, in several scripts and with other characters around them: no pattern is missed."""
    pytest.importorskip("presidio_analyzer")
    import presidio_analyzer.predefined_recognizers as stock

    from .conftest import stock_names

    draw = random.Random(2024)
    for name in stock_names():
        made = getattr(stock, name)()
        for pattern in made.patterns:
            gate = text_gate(pattern.regex, int(made.global_regex_flags))
            assert gate is not None, (name, pattern.name)
            naive = regex.compile(pattern.regex, int(made.global_regex_flags))
            engine = HyperscanGate([(0, gate)])
            tree = list(sre_parser.parse(_INLINE.sub("", pattern.regex)))
            matched = 0
            for _ in range(40):
                body = _write(tree, draw)
                if draw.random() < 0.3:
                    body = body.translate(str.maketrans({draw.choice("skSK"): draw.choice("ſK"), "i": "İ", "I": "ı"}))
                text = draw.choice(AROUND) + body + draw.choice(AROUND)
                if naive.search(text):
                    matched += 1
                    assert engine.scan(view(text)), (name, pattern.name, text)
                    for record in text.splitlines():
                        if naive.search(record):
                            assert engine.scan(view(f"x\r\n{record}\r\n")), (name, pattern.name, record)
            assert matched or "(?=" in pattern.regex or "(?<=" in pattern.regex, (name, pattern.name)


def _write(nodes: Sequence[Any], draw: random.Random, groups: dict[int | None, str] | None = None) -> str:
    """Write a text that matches, but for look-arounds."""
    out = []
    groups = {} if groups is None else groups
    for op, av in nodes:
        if op is sre.LITERAL:
            out.append(chr(av))
        elif op is sre.ANY:
            out.append(draw.choice(LETTERS + DIGITS + OTHERS))
        elif op is sre.IN:
            out.append(draw.choice(_fitting(tuple(av))))
        elif op is sre.BRANCH:
            out.append(_write(draw.choice(av[1]), draw, groups))
        elif op is sre.SUBPATTERN:
            groups[av[0]] = _write(av[3], draw, groups)
            out.append(groups[av[0]])
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            low, high, child = av
            times = draw.randint(low, max(low, min(int(high), low + 3)))
            out += [_write(child, draw, groups) for _ in range(times)]
        elif op is sre.GROUPREF:
            out.append(groups[av])
        elif op is sre.ASSERT and av[0] < 0:
            out.append(_write(av[1], draw, groups))
    return "".join(out)


@lru_cache(None)
def _fitting(items: tuple[Any, ...]) -> list[str]:
    source = "".join(
        {
            sre.NEGATE: lambda _: "^",
            sre.LITERAL: lambda value: regex.escape(chr(value)),
            sre.RANGE: lambda value: f"{regex.escape(chr(value[0]))}-{regex.escape(chr(value[1]))}",
            sre.CATEGORY: lambda value: {
                sre.CATEGORY_DIGIT: r"\d",
                sre.CATEGORY_WORD: r"\w",
                sre.CATEGORY_SPACE: r"\s",
                sre.CATEGORY_NOT_DIGIT: r"\D",
                sre.CATEGORY_NOT_WORD: r"\W",
                sre.CATEGORY_NOT_SPACE: r"\S",
            }[value],
        }[kind](value)
        for kind, value in items
    )
    fitting = [
        letter
        for letter in DIGITS * 2 + LETTERS + SPACES + OTHERS + "".join(map(chr, range(33, 127)))
        if regex.match(f"[{source}]", letter)
    ]
    return fitting or [chr(next(value for kind, value in items if kind is sre.LITERAL))]
