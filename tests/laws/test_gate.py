"""Law 3: the gate never under-reports, and the engine with it finds what the engine without it finds."""

from __future__ import annotations

import json
import random
import re
import string
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import regex
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import LOADED, budget, records

from logscrub import Policy
from logscrub.detect import Detector
from logscrub.detect.benign import BenignShapes
from logscrub.detect.fold import fold
from logscrub.detect.gate import HyperscanGate
from logscrub.detect.markers import Markers
from logscrub.detect.shapes import ShapeRule
from logscrub.model import Match
from logscrub.rules.rule import Rule
from logscrub.rules.shape import ShapeError, analyse

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_constants as sre
    import sre_parse

_CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
_CORPUS_SAMPLE = 500
_LONGEST = 4000
_TEXTS_PER_RULE = 6
_AROUND = [
    b"",
    b" ",
    b'"',
    b"=",
    b"x",
    b"7",
    b"\n",
    "é".encode(),
    "ключ ".encode(),
    "密".encode(),
    b"\xff",
    b"\0",
    "ａ".encode(),
]
_PRINTABLE = string.printable.strip().encode() + b" \t"
_NAMED = {
    sre.CATEGORY_DIGIT: string.digits.encode(),
    sre.CATEGORY_WORD: (string.ascii_letters + string.digits + "_").encode(),
    sre.CATEGORY_SPACE: b" \t",
    sre.CATEGORY_NOT_DIGIT: (string.ascii_letters + " -").encode(),
    sre.CATEGORY_NOT_WORD: b' -./:"',
    sre.CATEGORY_NOT_SPACE: (string.ascii_letters + string.digits).encode(),
}


@cache
def gated() -> Detector:
    """Every rule there is, behind the gate."""
    return Detector(Policy(select=("all",)).rules())


@cache
def naive() -> Detector:
    """The same without the gate."""
    return Detector(Policy(select=("all",)).rules(), gate=False)


def _members(parts: list[Any]) -> bytes:
    negated = parts[0][0] is sre.NEGATE
    members: set[int] = set()
    for kind, value in parts:
        if kind is sre.LITERAL:
            members.add(value)
        elif kind is sre.RANGE:
            members.update(range(value[0], value[1] + 1))
        elif kind is sre.CATEGORY:
            members.update(_NAMED[value])
    chosen = set(_PRINTABLE) - members if negated else members
    return bytes(sorted(chosen)) or b"x"


def _write(nodes: Any, dice: random.Random, out: bytearray) -> None:
    """Write a text the expression may match; look-arounds are left to chance."""
    for op, av in nodes:
        if op is sre.LITERAL:
            letter = bytes([av])
            out += dice.choice([letter, letter, letter.swapcase()]) if dice.random() < 0.1 else letter
        elif op is sre.NOT_LITERAL:
            out.append(dice.choice([byte for byte in _PRINTABLE if byte != av]))
        elif op is sre.ANY:
            out.append(dice.choice(_PRINTABLE))
        elif op is sre.IN:
            out.append(dice.choice(_members(list(av))))
        elif op is sre.BRANCH:
            _write(dice.choice(av[1]), dice, out)
        elif op is sre.SUBPATTERN:
            _write(av[3], dice, out)
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            low, high, child = av
            for _ in range(
                dice.choice([low, low, min(int(high), low + 1), min(int(high), low + 5), min(int(high), 300)])
            ):
                _write(child, dice, out)
        elif op is sre.ATOMIC_GROUP:
            _write(av, dice, out)


def texts(rule: Rule, dice: random.Random) -> Iterator[bytes]:
    """Texts that the rule's expression probably matches, with all kinds of neighbours."""
    tree = sre_parse.parse(rule.regex.encode())
    examples = [example.text.encode() for example in LOADED.examples if example.owner == rule.id]
    for _ in range(_TEXTS_PER_RULE):
        out = bytearray()
        _write(tree, dice, out)
        words = [word.encode() + b" " for word in rule.context] if rule.context else [b""]
        yield dice.choice(_AROUND) + dice.choice(words) + dice.choice(_AROUND[:8]) + bytes(out) + dice.choice(_AROUND)
    for example in examples:
        yield example
        yield dice.choice(_AROUND) + example + dice.choice(_AROUND)
        yield dice.choice(_AROUND) + example.swapcase() + dice.choice(_AROUND)
        place = dice.randrange(len(example) + 1)
        yield example[:place] + dice.choice(_AROUND) + example[place:]


class _Tried:
    """Stands for a rule, and only notes that the gate let it be tried."""

    def __init__(self, index: int, tried: set[int]) -> None:
        self._index = index
        self._tried = tried

    def find(self, data: bytes, seconds: float, **how: object) -> list[Match]:
        self._tried.add(self._index)
        return []


def test_the_gate_reports_whatever_a_rule_matches() -> None:
    """For every rule: a text its expression matches is a text the gate reports it for, non-ASCII neighbours included."""
    rules = gated().rules
    detector = Detector(rules)
    tried: set[int] = set()
    detector._shapes = [_Tried(index, tried) for index in range(len(rules.rules))]  # type: ignore[misc]
    benign = BenignShapes(rules.benign)
    dice = random.Random(4711)
    silent, unproven = [], []
    for index, rule in enumerate(rules.rules):
        expression = regex.compile(rule.regex.encode())
        shape = ShapeRule(rule, benign, Markers(()))
        matched = 0
        for text in texts(rule, dice):
            if fold(text) is not None and index not in detector._unfolded:
                continue  # confirmed in another view: test_the_gate_changes_nothing has those
            claims = (
                any(True for _ in shape.find(text, 5.0)) if rule.needs_context else expression.search(text) is not None
            )
            if claims:
                matched += 1
                tried.clear()
                detector.find_bytes(text)
                if index not in tried:
                    silent.append((rule.id, text))
        if not matched:
            unproven.append(rule.id)
    assert silent == []
    assert unproven == [], "no text was made that these rules match"


@pytest.mark.parametrize(
    "text",
    [
        "xnhi number  HPN2937",  # a context word of two words, of which the first is glued to a letter
        "numero de securite sociale 2 55 08 14 168 025 38",
        " geo \n-34.7068 -180.9669 ",  # the context on another line
        "machine HU login bob password s3cr3tX9zz",
    ],
)
def test_texts_the_gate_kept_silent_on(text: str) -> None:
    """What was once found without the gate only is found, or left alone, by both."""
    assert gated().find(text) == naive().find(text)


@budget(200)
@given(records())
def test_the_gate_changes_nothing(text: str) -> None:
    """The engine with the gate finds exactly what the reference finds."""
    assert gated().find(text) == naive().find(text)


@budget(150)
@given(st.binary(max_size=200))
def test_the_gate_changes_nothing_in_bytes(data: bytes) -> None:
    """The same holds for bytes that are no text."""
    assert gated().find_bytes(data) == naive().find_bytes(data)


@budget(40)
@given(records(), records())
def test_lines_are_found_on_their_own(first: str, second: str) -> None:
    """Confirming line by line finds what confirming the whole text finds, but for rules that span lines."""
    spanning = {rule.id for rule in gated().rules.rules if rule.spans_lines}
    lines = f"{first}\n{second}".split("\n")
    whole = [match for match in gated().find("\n".join(lines)) if match.rule not in spanning]
    if len(whole) != len(gated().find("\n".join(lines))):
        return
    apart, start = [], 0
    for line in lines:
        apart += [
            m._replace(start=m.start + start, end=m.end + start) for m in gated().find(line) if m.rule not in spanning
        ]
        start += len(line) + 1
    assert apart == whole


def _corpus() -> list[str]:
    out: set[str] = set()
    for name in ("secrets.jsonl", "redaction.jsonl", "personal.jsonl"):
        with (_CORPORA / name).open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                text = row.get("text", row.get("input"))
                if isinstance(text, str):
                    out.add(text[:_LONGEST])
    ordered = sorted(out)
    return random.Random(7).sample(ordered, min(_CORPUS_SAMPLE, len(ordered)))


@pytest.mark.skipif(not _CORPORA.is_dir(), reason=f"other projects' test cases are not here: {_CORPORA}")
def test_the_gate_changes_nothing_in_other_peoples_cases() -> None:
    """Engine and reference agree on a sample of the texts other projects test themselves with."""
    different = [text for text in _corpus() if gated().find(text) != naive().find(text)]
    assert different == []


_atoms = st.sampled_from(
    [
        "a",
        "B",
        "7",
        "[a-c]",
        "[^a-c\\n]",
        "\\d",
        "\\w",
        "[A-Z2-7]",
        "x_",
        "-",
        "[ \\t]",
        "\\.",
        "k=",
        "(?i:kEy)",
        "(?s:.)",
        ".",
    ]
)
_repeats = st.sampled_from(["?", "{2}", "{1,3}", "{2,9}", "{0,2}", "{1,80}", "{1,3}?", "{50,60}"])
_inner = st.one_of(_atoms, _atoms, st.deferred(lambda: pieces))
pieces: st.SearchStrategy[str] = st.one_of(
    _atoms,
    st.builds("(?:{}|{})".format, _inner, _inner),
    st.builds("(?P<secret>{})".format, _inner),
    st.builds("(?:{}){}".format, _atoms, _repeats),
    st.builds("{}{}".format, _inner, _inner),
)
guards = st.sampled_from(["", "\\b", "(?<![a-z])", "(?<![A-Za-z0-9])", "(?<=a)", "^"])
tails = st.sampled_from(["", "\\b", "(?![a-z])", "(?![A-Za-z0-9])", "(?=[ a])", "$"])


@budget(150)
@given(guards, pieces, pieces, tails, st.booleans(), st.data())
def test_a_derived_gate_is_a_superset(
    guard: str, first: str, second: str, tail: str, fold: bool, data: st.DataObject
) -> None:
    """Every match of an expression holds a report of the gate expression derived from it, by both engines."""
    expression = f"{'(?i)' if fold else ''}{guard}{first}{second}{tail}"
    assume(expression.count("(?P<secret>") <= 1)
    try:
        shape = analyse(expression)
    except ShapeError:
        return
    assume(0 <= shape.max_width <= 200)
    text = b"".join(
        [
            data.draw(st.sampled_from(_AROUND)),
            data.draw(st.from_regex(re.compile(f"{'(?i)' if fold else ''}{first}{second}".encode()), fullmatch=True)),
            data.draw(st.sampled_from(_AROUND)),
        ]
    )
    gates = [regex.compile(gate.encode()) for gate in shape.gates]
    engine = {end for _, end in HyperscanGate([(0, gate) for gate in shape.gates]).scan(text)}
    for found in regex.finditer(expression.encode(), text, overlapped=True, timeout=5):
        start, end = found.span()
        assert shape.min_width <= end - start
        assert shape.max_width < 0 or end - start <= shape.max_width
        assert text[start:end].startswith(shape.prefix) or fold
        assert any(gate.search(text) for gate in gates), (shape.gates, text)
        assert any(start < place <= end for place in engine), (shape.gates, text)
