"""Prove rules: on their own examples, against everyone else's, and against inputs made to hang them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from logscrub.detect.benign import BenignShapes
from logscrub.detect.detector import Detector
from logscrub.detect.shapes import ShapeRule
from logscrub.errors import MissingExtraError, PackError
from logscrub.model import Match
from logscrub.rules.load import Loaded
from logscrub.rules.rule import Example, Recognizer, Rule
from logscrub.rules.shape import anchor

if TYPE_CHECKING:
    from logscrub.presidio.bridge import Bridge

_HOSTILE_LENGTH = 16_000
_SECONDS = 0.1
_LEAST_ANCHOR = 3
# Recognizers are not ours to make fast: they run under a time limit.
_PATIENCE = 10.0
_SEEDS = (
    b"a", b"A", b"0", b"A_", b"a.", b".", b"-", b" ", b"@", b'"', b"'", b"/", b":", b"=", b"eyJ.", b"a@", b"0-", b"0 ",
    b"%41", b"\\n", b"password=", b"https://a:", b"postgres://seg:", b"-----BEGIN PRIVATE KEY-----", b"{\"a\":", b"<a>",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """Something ``rules check`` found.

    Attributes:
        rule: id of the rule.
        source: its pack.
        kind: ``example``, ``counterexample``, ``gate``, ``slow``, ``recognizer`` (errors); ``claimed``, ``unanchored``,
            ``skipped`` (worth knowing).
        message: what is wrong.
    """

    rule: str
    source: str
    kind: str
    message: str

    @property
    def is_error(self) -> bool:
        """Whether the rule may not ship like this."""
        return self.kind not in ("claimed", "unanchored", "skipped")


def check_rules(loaded: Loaded, only: Iterable[str] | None = None) -> list[Problem]:
    """Prove the rules of a rule set.

    Args:
        loaded: rules with their examples.
        only: the packs to report on; all of them by default. The others still take part in ``claimed``.

    >>> from logscrub.rules.load import load
    >>> from logscrub.rules.packs import Pack
    >>> problems = check_rules(load([Pack("demo.toml", b'''
    ... [[rule]]
    ... id = "acme-key"
    ... title = "Acme key"
    ... category = "secret.token"
    ... severity = "high"
    ... regex = 'acme_[a-z0-9]{20}'
    ... examples = ["acme_tooshort"]
    ... counterexamples = ["nothing"]
    ... ''')]))
    >>> [(problem.rule, problem.kind) for problem in problems]
    [('acme-key', 'example')]
    """
    wanted = None if only is None else set(only)
    recognizers = [one for one in loaded.rules.recognizers if wanted is None or one.source in wanted]
    prover = _Prover(loaded)
    problems = list(_check_recognizers(recognizers, loaded.examples))
    apart = {one.id for one in loaded.rules.recognizers}
    for example in loaded.examples:
        if (wanted is None or example.source in wanted) and example.owner not in apart:
            problems += prover.example(example)
    for rule in loaded.rules.rules:
        if wanted is None or rule.source in wanted:
            problems += [*prover.anchored(rule), *prover.hostile(rule)]
    return problems


def _check_recognizers(recognizers: Iterable[Recognizer], examples: Iterable[Example]) -> Iterator[Problem]:
    """Prove recognizers of Presidio's on their examples, where it is installed."""
    from logscrub.presidio.bridge import Bridge, PresidioRule

    usable: list[Recognizer] = []
    skipped: list[Recognizer] = []
    for one in recognizers:
        try:
            PresidioRule(one)
        except MissingExtraError:
            skipped.append(one)
        except PackError as error:
            yield Problem(one.id, one.source, "recognizer", str(error))
        else:
            usable.append(one)
    for source in sorted({one.source for one in skipped}):
        count = sum(one.source == source for one in skipped)
        problem = f"the examples of {count} recognizers are not checked: that needs pip install 'logscrub[pii]'"
        yield Problem("presidio", source, "skipped", problem)
    bridge = Bridge(usable)
    for example in examples:
        if example.owner in bridge.expressions:
            yield from _recognizer_example(bridge, example)


def _recognizer_example(bridge: Bridge, example: Example) -> Iterator[Problem]:
    data, secret = example.text.encode("utf-8"), example.secret.encode("utf-8")
    own = bridge.expressions[example.owner]
    found = list(bridge.find(data, own, _PATIENCE))
    if bool(found) != example.matches:
        yield _wrong(example, "does not match" if example.matches else "matches")
    elif example.matches and not any(secret in data[match.start : match.end] for match in found):
        yield _wrong(example, "matches, but not the secret")
    elif example.matches and not {index for index, _ in bridge.scan(data)}.intersection(own):
        yield Problem(example.owner, example.source, "gate", f"the gate does not report {example.text[:60]!r}")


def _wrong(example: Example, what: str) -> Problem:
    kind = "example" if example.matches else "counterexample"
    return Problem(example.owner, example.source, kind, f"{what}: {example.text[:80]!r}")


class _Prover:
    def __init__(self, loaded: Loaded) -> None:
        rules = replace(loaded.rules, recognizers=())
        benign = BenignShapes(rules.benign)
        self._detector = Detector(rules)
        self._index = {rule.id: index for index, rule in enumerate(rules.rules)}
        self._shapes = {rule.id: ShapeRule(rule, benign, self._detector.markers) for rule in rules.rules}
        self._benign = {one.id: re.compile(one.regex.encode("ascii")) for one in rules.benign}
        self._fields = {field.id for field in rules.fields}

    def example(self, example: Example) -> Iterator[Problem]:
        data = example.text.encode("utf-8")
        if example.owner in self._benign:
            if bool(self._benign[example.owner].search(data)) != example.matches:
                yield _wrong(example, "does not match" if example.matches else "matches")
            return
        found = self._own(example.owner, data)
        if not example.matches:
            if found:
                yield _wrong(example, "matches")
            return
        secret = example.secret.encode("utf-8")
        if not found:
            yield _wrong(example, "does not match")
        elif secret and not any(secret in data[match.start : match.end] for match in found):
            yield _wrong(example, "matches, but not the secret")
        elif not self._reported(example.owner, data):
            yield Problem(example.owner, example.source, "gate", f"the gate does not report {example.text[:60]!r}")
        others = {match.rule for match in self._detector.find_bytes(data)} - {example.owner}
        if found and others:
            yield Problem(
                example.owner,
                example.source,
                "claimed",
                f"{', '.join(sorted(others))} also claims {example.text[:60]!r}",
            )

    def anchored(self, rule: Rule) -> Iterator[Problem]:
        least = min(map(anchor, rule.gates), default=_LEAST_ANCHOR)
        if least < _LEAST_ANCHOR:
            yield Problem(
                rule.id,
                rule.source,
                "unanchored",
                f"no fixed text of {_LEAST_ANCHOR} bytes for the gate to look for: it slows every scan; "
                "give it a trigger, or context words and needs_context",
            )

    def hostile(self, rule: Rule) -> Iterator[Problem]:
        for seed in (*_SEEDS, rule.prefix) if rule.prefix else _SEEDS:
            data = seed * (_HOSTILE_LENGTH // len(seed))
            began = time.perf_counter()
            try:
                for _ in self._shapes[rule.id].find(data, _SECONDS):
                    continue
            except TimeoutError:
                spent = time.perf_counter() - began
                yield Problem(
                    rule.id,
                    rule.source,
                    "slow",
                    f"takes {spent:.1f} s on {len(data)} bytes of {seed[:20]!r}; bound its repeats",
                )
                return

    def _own(self, owner: str, data: bytes) -> list[Match]:
        if owner in self._fields:
            hits = self._detector.candidates(data)
            return [match for match in self._detector.field_matches(data, hits) if match.rule == owner]
        return list(self._shapes[owner].find(data, _SECONDS))

    def _reported(self, owner: str, data: bytes) -> bool:
        return owner in self._fields or self._index[owner] in self._detector.wanted(data)
