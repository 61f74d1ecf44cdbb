"""Confirm a rule on a record: its expression, then entropy, validator, context and the benign shapes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any

from logscrub.detect.benign import BenignShapes
from logscrub.detect.context import context_expression
from logscrub.detect.markers import LONGEST, Markers
from logscrub.detect.validators import VALIDATORS, Check, entropy_at_least
from logscrub.model import Confidence, Match
from logscrub.rules.rule import Rule

# Rules that ship with logscrub are proven to take linear time: up to this length they need no time limit.
_TIMED = 65536
_NONE: Mapping[tuple[int, int], int] = {}
# Quotes with nothing in them are no value, whatever they stand behind; a dropped value leaves them.
_EMPTY = frozenset((b"''", b'""'))


class ShapeRule:
    """One rule, ready to confirm; its expression is compiled and its checks are loaded when they are first needed.

    Args:
        rule: the rule.
        benign: shapes that may explain a candidate away.
        markers: recognises what was scrubbed before.
    """

    def __init__(self, rule: Rule, benign: BenignShapes, markers: Markers) -> None:
        self.rule = rule
        self._markers = markers
        self._benign = benign
        self._expression: Any = None
        self._quick: Any = None
        self._lead = rule.lead
        self._timed_from = _TIMED if rule.proven else -1
        self._context: re.Pattern[bytes] | None = None
        self._group = "secret" if rule.has_secret_group else 0
        self._validate: Check | None = None
        self._checksum: Check | None = None

    def find(
        self,
        data: bytes,
        seconds: float,
        *,
        grade: bool = True,
        deadline: float | None = None,
        taken: Mapping[tuple[int, int], int] = _NONE,
        weight: int = 0,
    ) -> list[Match]:
        """Return the rule's matches in a record.

        Args:
            data: the record.
            seconds: time limit for the expression.
            grade: whether to find out how sure a match is; what is a match does not depend on it.
            deadline: when to give up, by ``time.perf_counter``.
            taken: spans that need no match of a rule that weighs less than this.
            weight: what this rule weighs.

        Raises:
            TimeoutError: the expression took longer, or the deadline passed.
        """
        if self._quick is None:
            self._compile()
        rule = self.rule
        found: list[Match] = []
        if len(data) > self._timed_from:
            candidates = self._long(data, seconds)
        elif self._lead is None:
            candidates = self._quick.finditer(data)
        else:
            candidates = _after_runs(self._quick, data, *self._lead)
        for match in candidates:
            span = start, end = match.span(self._group)
            if start >= end or (span in taken and taken[span] > weight):
                continue
            if deadline is not None and perf_counter() > deadline:
                raise TimeoutError(f"{rule.id} takes too long")
            confidence = self._judge(data, match.start(), start, end, grade)
            if confidence is not None:
                found.append(Match(rule.id, rule.category, rule.severity, start, end, confidence))
        return found

    def _compile(self) -> None:
        rule = self.rule
        if rule.context:
            self._context = context_expression(rule.context)
        if rule.validator:
            self._validate = VALIDATORS[rule.validator]
        if rule.checksum:
            self._checksum = VALIDATORS[rule.checksum]
        # The standard library is the faster one where an expression begins with a class, ``regex`` where it begins with
        # fixed text; bytes expressions mean the same to both.
        self._quick = self._timed() if rule.prefix or not rule.proven else re.compile(rule.regex.encode("ascii"))

    def _timed(self) -> Any:
        if self._expression is None:
            import regex

            self._expression = regex.compile(self.rule.regex.encode("ascii"))
        return self._expression

    def _long(self, data: bytes, seconds: float) -> Iterator[Any]:
        found: Iterator[Any] = self._timed().finditer(data, timeout=seconds)
        return found

    def _context_start(self, data: bytes, begin: int) -> int:
        """Where context may begin: on the same line, and after any marker: what the word meant is behind that."""
        low = max(0, begin - self.rule.distance)
        low = data.rfind(b"\n", low, begin) + 1 or low
        if data.find(b"]", low, begin) >= 0:
            # A marker that begins before the window counts as well: its name is no context word.
            first = data.rfind(b"[", max(0, low - LONGEST), low)
            first = first if first >= 0 else low
            spans = self._markers.spans(data[first:begin])
            if spans:
                low = max(low, first + spans[-1][1])
        return low

    def _judge(self, data: bytes, begin: int, start: int, end: int, grade: bool) -> Confidence | None:
        rule = self.rule
        value = data[start:end]
        if value in _EMPTY:
            return None
        if rule.min_entropy and not entropy_at_least(value, rule.min_entropy):
            return None
        if self._validate is not None and not self._validate(value):
            return None
        confidence = rule.confidence
        if self._context is not None and (grade or rule.needs_context):
            if self._context.search(data, self._context_start(data, begin), begin):
                confidence = Confidence(min(confidence + 1, Confidence.HIGH))
            elif rule.needs_context:
                return None
        if rule.explained_by and self._benign.explain(data, start, end, rule.explained_by):
            return None
        if grade and self._checksum is not None:
            valid = self._checksum(value)
            confidence = Confidence.HIGH if valid else Confidence(max(confidence - 1, Confidence.LOW))
        return confidence


def _after_runs(expression: Any, data: bytes, run: bytes, signs: tuple[bytes, ...]) -> Iterator[Any]:
    """Find the matches of an expression that begin with a run of bytes before a sign: only there it is tried."""
    at = 0
    places = {sign: data.find(sign) for sign in signs}
    while True:
        for sign, place in places.items():
            if 0 <= place < at:
                places[sign] = data.find(sign, at)
        first = min((place for place in places.values() if place >= 0), default=-1)
        if first < 0:
            return
        match = expression.search(data, at + len(data[at:first].rstrip(run)))
        if match is None:
            return
        yield match
        at = match.end()
