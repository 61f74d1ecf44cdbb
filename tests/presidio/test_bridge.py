"""Recognizers of Presidio run through the detector: the same verdicts, and none of the side effects."""

from __future__ import annotations

import json
import logging
import re
import socket
import sys
import threading
import types
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import pytest

pytest.importorskip("presidio_analyzer", reason="needs logscrub[pii]")

import presidio_analyzer.predefined_recognizers as stock
import tldextract
from presidio_analyzer import Pattern, PatternRecognizer

import logscrub
from logscrub.detect import Detector
from logscrub.errors import PackError
from logscrub.model import Confidence
from logscrub.policy import Policy
from logscrub.presidio.bridge import Bridge, PresidioRule
from logscrub.presidio.context import ContextWords
from logscrub.presidio.gates import view
from logscrub.rules import Recognizer, RuleSet
from logscrub.rules.rule import Grammar
from logscrub.scrubber import Scrubber

from .conftest import CORPUS, recognizer, stock_names


class Ticket(PatternRecognizer):
    """A recognizer of a user's: validated, invalidated, with overlapping patterns."""

    def __init__(self, prefix: str = "T") -> None:
        super().__init__(
            supported_entity="TICKET",
            patterns=[Pattern("long", prefix + r"-\d{6}", 0.3), Pattern("short", prefix + r"-\d{4}", 0.2)],
            context=["ticket", "case number"],
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        """Even numbers are valid, those that end with 5 unknown, all others wrong."""
        last = int(pattern_text[-1])
        return None if last == 5 else last % 2 == 0

    def invalidate_result(self, pattern_text: str) -> bool:
        """Zeros are none."""
        return set(pattern_text[2:]) == {"0"}


class Loud(PatternRecognizer):
    """Logs what it is asked about, and fails on some."""

    def __init__(self) -> None:
        super().__init__(supported_entity="LOUD", patterns=[Pattern("any", r"loud\d+", 0.5)])

    def validate_result(self, pattern_text: str) -> bool | None:
        """Log and fail."""
        logging.getLogger("presidio-analyzer").error("checking %s", pattern_text)
        logging.getLogger("app.checks").error("also %s", pattern_text)
        if pattern_text.endswith("9"):
            raise ValueError(pattern_text)
        return None


class Slow(PatternRecognizer):
    """Takes for ever."""

    def __init__(self) -> None:
        super().__init__(supported_entity="SLOW", patterns=[Pattern("slow", r"(?:x+x+)+y", 0.5)])


class Checked(PatternRecognizer):
    """Uses tldextract in a check of its own."""

    def __init__(self) -> None:
        super().__init__(supported_entity="HOST", patterns=[Pattern("host", r"[a-z]+\.[a-z.]+", 0.5)])

    def validate_result(self, pattern_text: str) -> bool | None:
        """Only registered names."""
        return bool(tldextract.extract(pattern_text).suffix)


READY = PatternRecognizer(supported_entity="COLOR", deny_list=["Red-ish", "Blue"], deny_list_score=0.8)
NO_RECOGNIZER = object()


@pytest.fixture(autouse=True)
def user_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this module importable under the name a pack gives it."""
    module = types.ModuleType("acme_recognizers")
    for name in ("Ticket", "Loud", "Slow", "Checked", "READY", "NO_RECOGNIZER"):
        setattr(module, name, globals()[name])
    monkeypatch.setitem(sys.modules, "acme_recognizers", module)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever wants the network fails the test."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("the network is not to be used")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def find(bridge: Bridge, text: str | bytes, seconds: float = 10.0) -> list[tuple[int, int]]:
    data = text if isinstance(text, bytes) else text.encode()
    wanted = {index for index, _ in bridge.scan(data)}
    return sorted((match.start, match.end) for match in bridge.find(data, wanted, seconds))


def later() -> float:
    """A deadline no test comes near."""
    return perf_counter() + 60


def verdicts(name: str, text: str) -> list[tuple[int, int, float]]:
    """What Presidio says itself, with its public suffix list kept off the network."""
    made = getattr(stock, name)()
    if name == "EmailRecognizer":
        extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
        made.validate_result = lambda value: extract(value).fqdn != ""
    return sorted((one.start, one.end, one.score) for one in made.analyze(text, made.supported_entities, None))


def detector(*rules: Recognizer, **keys: Any) -> Detector:
    return Detector(RuleSet((), (), (), Grammar(), "test", ("presidio-x",), rules), **keys)


def test_every_stock_recognizer_is_in_the_pack(shipped: dict[str, Recognizer]) -> None:
    assert set(stock_names()) <= set(shipped)
    assert not any(one.default for one in shipped.values())


def test_the_examples_of_the_pack_come_out_as_presidio_has_them(shipped: dict[str, Recognizer]) -> None:
    """Scores too, with all recognizers in one bridge."""
    from logscrub.rules.load import load
    from logscrub.rules.packs import find_packs

    examples = [one for one in load(find_packs(plugins=False)).examples if one.owner.startswith("presidio-")]
    names = {one.id: one.recognizer for one in shipped.values()}
    bridge = Bridge(list(shipped.values()))
    rules = {one.rule.id: one for one in bridge.rules}
    for example in examples:
        want = verdicts(names[example.owner], example.text)
        got = rules[example.owner].analyze(example.text, None, later())
        assert sorted(got) == want, example
        hits = {index for index, _ in bridge.scan(example.text.encode())}
        matches = [match for match in bridge.find(example.text.encode(), hits, 10.0) if match.rule == example.owner]
        assert sorted((match.start, match.end) for match in matches) == [span[:2] for span in want], example


@pytest.mark.skipif(not CORPUS.exists(), reason=f"{CORPUS} is not there")
def test_the_same_verdicts_as_presidio_has_on_its_own_tests(shipped: dict[str, Recognizer]) -> None:
    rows = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["suite"] == "presidio" and row.get("agrees_installed")]
    bridges = {name: Bridge([shipped[name]]) for name in sorted({row["recognizer"] for row in rows})}
    agreed = 0
    for row in rows:
        text = row["text"]
        got = [
            (len(text.encode()[:start].decode()), len(text.encode()[:end].decode()))
            for start, end in find(bridges[row["recognizer"]], text)
        ]
        spans = row["expect_spans"]
        want = verdicts(row["recognizer"], text) if spans is None else spans
        agreed += got == sorted(tuple(span[:2]) for span in want)
    assert rows
    assert agreed / len(rows) >= 0.98, f"{agreed} of {len(rows)}"


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("T-1234 x", 1.0),  # valid
        ("T-1235 x", 0.2),  # unknown: what the pattern says
        ("T-1233 x", None),  # not valid
        ("T-0000 x", None),  # valid, but invalidated
        ("T-123455", 1.0),  # two patterns: the surer one within the longer one is kept beside it, and comes first
    ],
)
def test_scores_are_those_of_a_pattern_recognizer(text: str, score: float | None) -> None:
    rule = PresidioRule(recognizer("acme_recognizers:Ticket"))
    got = rule.analyze(text, None, later())
    want = [(one.start, one.end, one.score) for one in Ticket().analyze(text, ["TICKET"])]
    assert [tuple(one) for one in got] == want
    assert ([one[2] for one in want] or [None])[0] == score


def test_options_deny_lists_and_objects() -> None:
    assert find(Bridge([recognizer("acme_recognizers:Ticket", options=(("prefix", "CASE"),))]), "CASE-1234") == [(0, 9)]
    assert find(Bridge([recognizer("acme_recognizers:READY")]), "a red-ish, a bluer, a blue") == [(2, 9), (22, 26)]


def test_min_score_and_context() -> None:
    """A word of the context lifts a score over the bar; a part of another word does not."""
    bridge = Bridge([recognizer("acme_recognizers:Ticket", min_score=0.4)])
    assert find(bridge, "number T-1235 ") == []
    for key in ("ticket T-1235 ", "ticket_id=T-1235 ", "userTicket: T-1235 ", "case-number: T-1235 "):
        assert find(bridge, key), key
    for key in ("tickets_ T-1235 ", "number case T-1235 ", "ticket\nT-1235 ", "ticket a b c d e f T-1235 "):
        assert not find(bridge, key), key
    other = Bridge([recognizer("acme_recognizers:Ticket", min_score=0.4, context=("bug",))])
    assert find(other, "bug T-1235 ")
    assert not find(other, "ticket T-1235 ")


def test_a_status_is_no_passport() -> None:
    """Matching context by substring, ``us`` in ``status`` would make it one."""
    words = ContextWords(["us", "united", "passport", "passport#"])
    assert not words.before("status=987654321", 7)
    assert words.before("us_passport=987654321", 12)


def test_confidence_follows_the_score() -> None:
    one = detector(recognizer("acme_recognizers:Ticket"))
    assert [match.confidence for match in one.find("T-1234 ... T-1235 ")] == [Confidence.HIGH, Confidence.LOW]
    assert len(detector(recognizer("acme_recognizers:Ticket"), min_confidence=Confidence.MEDIUM).find("T-1235 ")) == 0


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ("é漢 T-1234 x".encode(), b"T-1234"),
        (b"\xff\xfe\x80 T-1234 \xc3", b"T-1234"),
        (b"\xff\n\xe2\x82 T-1234\r\n\xff", b"T-1234"),
        ("\ud800 T-1234".encode("utf-8", "surrogatepass"), b"T-1234"),
        ("T-\u0661\u0662\u0663\u0664 x".encode(), "T-\u0661\u0662\u0663\u0664".encode()),
    ],
)
def test_offsets_are_those_of_the_bytes(record: bytes, found: bytes) -> None:
    """Also where they are no UTF-8: what is broken stays as it is."""
    one = detector(recognizer("acme_recognizers:Ticket"))
    (match,) = one.find_bytes(record)
    assert record[match.start : match.end] == found


def test_hits_in_a_block_lie_in_their_lines() -> None:
    bridge = Bridge([recognizer("acme_recognizers:Ticket")])
    block = "nothing é\r\nT-1234\r\nmore 漢\nlast T-1236".encode()
    lines = {block.count(b"\n", 0, end - 1) for _, end in bridge.scan(block)}
    assert {1, 3} <= lines <= {0, 1, 2, 3}
    assert view("nothing é") == b"nothing _"


def test_the_gate_changes_nothing(shipped: dict[str, Recognizer]) -> None:
    """With it and without it, the same matches."""
    rules = [shipped[name] for name in ("UsSsnRecognizer", "IbanRecognizer", "IpRecognizer", "PhoneRecognizer")]
    fast, slow = Bridge(rules), Bridge(rules, gate=False)
    for text in ("ssn 219-45-6789 from 192.0.2.1", "nothing", "DE91100000000123456789 é +1 212 555 0142", "\n\n"):
        assert find(fast, text) == find(slow, text)


def test_a_slow_expression_fails_closed() -> None:
    """Presidio skips it and lets the record pass."""
    bridge = Bridge([recognizer("acme_recognizers:Slow")])
    with pytest.raises(TimeoutError):
        find(bridge, "x" * 400 + "z xxy", seconds=0.2)


def test_a_check_that_fails_says_nothing() -> None:
    assert find(Bridge([recognizer("acme_recognizers:Loud")]), "loud19") == [(0, 6)]


def test_checks_stay_off_the_network_and_out_of_the_way() -> None:
    """By the list that tldextract ships with, for this recognizer only."""
    bridge = Bridge([recognizer("acme_recognizers:Checked")])
    assert find(bridge, "example.com") == [(0, 11)]
    assert find(bridge, "example.internal") == []
    assert find(Bridge([recognizer("EmailRecognizer")]), "to jo@example.com") == [(3, 17)]
    assert tldextract.extract is not None
    assert isinstance(tldextract, types.ModuleType)


@pytest.fixture
def installed(tmp_path: Any) -> Iterator[tuple[logging.Logger, list[str]]]:
    """Our filter with a recognizer that logs, and a handler on the root logger at the lowest level."""
    pack = tmp_path / "acme.toml"
    pack.write_text(
        '[[presidio]]\nid = "acme-loud"\ntitle = "Loud"\ncategory = "pii.x"\nseverity = "low"\n'
        'recognizer = "acme_recognizers:Loud"\nexamples = ["loud1"]\ncounterexamples = ["quiet"]\n'
    )
    out: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            out.append(self.format(record))

    handler = Keep()
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    installation = logscrub.install(Policy(select=("acme-loud",), packs=(str(pack),)))
    try:
        yield logging.getLogger("app"), out
    finally:
        installation.uninstall()
        root.removeHandler(handler)
        root.setLevel(before)


def test_recognizers_that_log_do_not_recurse_and_leak_nothing(installed: tuple[logging.Logger, list[str]]) -> None:
    logger, out = installed
    logger.info("it is %s now", "loud12")
    assert any(line == "it is [acme-loud] now" for line in out), out
    assert not any(re.search(r"loud\d", line) for line in out), out
    assert not any("checking" in line for line in out), out


def test_threads_share_a_bridge() -> None:
    one = detector(recognizer("acme_recognizers:Ticket"))
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(sum(len(one.find("a T-1234 b")) for _ in range(50))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [50] * 4


@pytest.mark.parametrize(
    ("name", "keys", "says"),
    [
        ("UsSnnRecognizer", {}, "did you mean UsSsnRecognizer"),
        ("acme_missing:Ticket", {}, "cannot be imported"),
        ("acme_recognizers:Missing", {}, "has no 'Missing'"),
        ("acme_recognizers:NO_RECOGNIZER", {}, "is no recognizer"),
        ("acme_recognizers:Ticket", {"options": (("colour", "red"),)}, "cannot be made"),
        ("acme_recognizers:READY", {"options": (("colour", "red"),)}, "takes none"),
        ("PhoneRecognizer", {}, "trigger"),
    ],
)
def test_what_cannot_be_had_is_refused(name: str, keys: dict[str, Any], says: str) -> None:
    with pytest.raises(PackError, match=says):
        Bridge([recognizer(name, **keys)])


def test_redacting_twice_is_redacting_once(shipped: dict[str, Recognizer]) -> None:
    """Even with every recognizer there is: what they find in a marker is the marker."""
    scrubber = Scrubber(Policy(select=("password", "presidio")))
    for text in (
        "user ssn 219-45-6789 at https://example.com/a?b=1 from 192.0.2.7 on 2024-01-02T03:04:05Z",
        '{"iban": "DE91100000000123456789", "phone": "+1 212 555 0142", "n": 123456789}',
    ):
        once = scrubber.scrub(text)
        assert once != text
        assert scrubber.scrub(once) == once
        if text.startswith("{"):
            json.loads(once)
