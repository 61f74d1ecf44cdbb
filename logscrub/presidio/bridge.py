"""Recognizers of Presidio, run where their patterns may match: a finder of the detector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from logscrub.detect.gate import EmptyGate, Gate, Hit, HyperscanGate
from logscrub.model import Confidence, Match
from logscrub.presidio.context import ContextWords, raised
from logscrub.presidio.gates import text_gate, view
from logscrub.presidio.recognizers import analyses_itself, asking, make, patterns

if TYPE_CHECKING:
    from logscrub.rules.rule import Recognizer

_HIGH, _MEDIUM = 0.7, 0.4
# Code that cannot be stopped is not given more characters than this.
_LONGEST = 65536
# Stands for any line that holds something: the gate of an expression of which nothing is known.
_ANY_LINE = "(?m:[^\\r\\n]\\r?$)"


class Found(NamedTuple):
    """What a recognizer found in a text: a span in characters, and how sure it is from 0 to 1."""

    start: int
    end: int
    score: float


class PresidioRule:
    """One recognizer, ready to run. Its scores are those of ``analyze``, and what context adds to them.

    Args:
        rule: what the pack says.

    Raises:
        MissingExtraError: Presidio is not installed.
        PackError: the recognizer cannot be had.
    """

    def __init__(self, rule: Recognizer) -> None:
        self.rule = rule
        self._recognizer: Any = make(rule)
        self._itself = analyses_itself(self._recognizer)
        words = rule.context if rule.context is not None else self._recognizer.context
        self._context = ContextWords(words or ())
        self._flags = int(getattr(self._recognizer, "global_regex_flags", 0))
        self._patterns = patterns(self._recognizer)
        self._compiled: dict[int, Any] = {}

    def gates(self) -> list[str]:
        """Return a gate expression for each pattern, or the one the rule gives."""
        if self.rule.trigger:
            return [text_gate(self.rule.trigger, 0) or _ANY_LINE]
        return [text_gate(one.regex, self._flags) or _ANY_LINE for one in self._patterns]

    def prepare(self, number: int) -> None:
        """Compile a pattern: that takes longer than running it."""
        if number not in self._compiled and number < len(self._patterns):
            import regex

            self._compiled[number] = regex.compile(self._patterns[number].regex, self._flags)

    def find(
        self, text: str, numbers: Iterable[int] | None, deadline: float, *, grade: bool = True
    ) -> Iterator[tuple[int, int, Confidence]]:
        """Yield spans, in characters, and how sure they are.

        Args:
            text: the record.
            numbers: which patterns to try; all without it.
            deadline: when to give up, by ``time.perf_counter``.
            grade: whether it matters how sure they are.

        Raises:
            TimeoutError: the deadline passed.
            ReentryError: called from inside a recognizer.
        """
        with asking():
            found = self.analyze(text, numbers, deadline)
        for start, end, score in found:
            if (grade or score < self.rule.min_score) and self._context.before(text, start):
                score = raised(score)
            if score >= self.rule.min_score:
                yield start, end, confidence_of(score)

    def analyze(self, text: str, numbers: Iterable[int] | None, deadline: float) -> list[Found]:
        """Return what the recognizer's own ``analyze`` returns. What a time limit cuts off is not left out but raised.

        Raises:
            TimeoutError: the deadline passed.
        """
        from presidio_analyzer import EntityRecognizer

        chosen = range(len(self._patterns)) if numbers is None or self.rule.trigger else sorted(numbers)
        if self._itself:
            # Its own loop would only skip an expression that takes too long, and code without one cannot be stopped.
            if not self._patterns and len(text) > _LONGEST:
                raise TimeoutError(f"{self.rule.id}: the record is too long")
            for number in chosen:
                for _ in self._matches(number, text, deadline):
                    continue
            try:
                results = self._recognizer.analyze(text, self._recognizer.supported_entities, None)
            except Exception as error:
                # What cannot be judged is treated as what takes too long: it is never passed on as clean.
                raise TimeoutError(f"{self.rule.id} failed: {type(error).__name__}") from None
        else:
            results = [
                self._result(match.start(), match.end(), score)
                for number in chosen
                for match in self._matches(number, text, deadline)
                if (score := self._score(match.group(), self._patterns[number].score)) > 0
            ]
            results = EntityRecognizer.remove_duplicates(results) if len(results) > 1 else results
        return [Found(one.start, one.end, one.score) for one in results if one.end > one.start]

    def _matches(self, number: int, text: str, deadline: float) -> Iterator[Any]:
        self.prepare(number)
        left = deadline - perf_counter()
        if left <= 0:
            raise TimeoutError(f"{self.rule.id} takes too long")
        found: Iterator[Any] = self._compiled[number].finditer(text, timeout=left)
        return found

    def _score(self, value: str, score: float) -> float:
        """What a match of a pattern is worth after the recognizer's checks."""
        if not value:
            return 0.0
        recognizer = self._recognizer
        try:
            valid = recognizer.validate_result(value)
            invalid = recognizer.invalidate_result(value)
        except Exception:
            # A check that fails on a value says nothing of it: what the pattern thinks of it holds.
            return score
        if invalid or (valid is not None and not valid):
            return 0.0
        return score if valid is None else 1.0

    def _result(self, start: int, end: int, score: float) -> Any:
        from presidio_analyzer import RecognizerResult

        named = {RecognizerResult.RECOGNIZER_NAME_KEY: self.rule.id}
        return RecognizerResult(self.rule.id, start, end, score, None, named)


class Bridge:
    """Finds what recognizers of Presidio find.

    Args:
        rules: the ``[[presidio]]`` tables to look for.
        gate: ``False`` tries every pattern on every line: the reference.

    Raises:
        MissingExtraError: Presidio is not installed.
        PackError: a recognizer cannot be had.
    """

    def __init__(self, rules: Sequence[Recognizer], *, gate: bool = True) -> None:
        self.rules = [PresidioRule(rule) for rule in rules]
        expressions = [
            (which, number, text) for which, rule in enumerate(self.rules) for number, text in enumerate(rule.gates())
        ]
        self._places = [(which, number) for which, number, _ in expressions]
        self.expressions = {
            rule.rule.id: [index for index, place in enumerate(self._places) if place[0] == which]
            for which, rule in enumerate(self.rules)
        }
        """The numbers of a rule's expressions, by its id."""
        self._gate = _gate([text for _, _, text in expressions]) if gate else None

    def scan(self, data: bytes) -> list[Hit]:
        """Return which expression may match, and the offset after a byte of the line where it may."""
        if self._gate is None:
            return [(index, end) for end in _line_ends(data) for index in range(len(self._places))]
        if data.isascii():
            return self._gate.scan(data)
        # Bytes that are no UTF-8 become characters of their own and come out as the bytes they were.
        text = data.decode("utf-8", "surrogateescape")
        hits = sorted(self._gate.scan(view(text)), key=itemgetter(1))
        placed: list[Hit] = []
        character = byte = 0
        for index, end in hits:
            byte += len(text[character:end].encode("utf-8", "surrogateescape"))
            character = end
            placed.append((index, byte))
        return placed

    def find(
        self,
        record: bytes,
        wanted: Iterable[int],
        seconds: float,
        deadline: float | None = None,
        *,
        grade: bool = True,
    ) -> Iterator[Match]:
        """Yield the matches in a record.

        Args:
            record: the record.
            wanted: the expressions that hit in it, as :meth:`scan` numbers them.
            seconds: time limit.
            deadline: when to give up, by ``time.perf_counter``.
            grade: whether to find out how sure a match is.

        Raises:
            TimeoutError: it took longer, or the deadline passed.
        """
        text = record.decode("utf-8", "surrogateescape")
        ascii_only = len(text) == len(record)
        places = sorted({self._places[index] for index in wanted})
        for which, number in places:
            self.rules[which].prepare(number)
        # All of them together have the time of one expression.
        limit = perf_counter() + seconds
        deadline = limit if deadline is None else min(limit, deadline)
        for which, numbers in groupby(places, key=itemgetter(0)):
            one = self.rules[which]
            for start, end, confidence in one.find(text, [number for _, number in numbers], deadline, grade=grade):
                if not ascii_only:
                    start, end = _in_bytes(text, start), _in_bytes(text, end)
                yield Match(one.rule.id, one.rule.category, one.rule.severity, start, end, confidence)


def _gate(expressions: list[str]) -> Gate | None:
    if not expressions:
        return EmptyGate()
    try:
        return HyperscanGate(list(enumerate(expressions)))
    except ImportError:
        return None


def _line_ends(data: bytes) -> Iterator[int]:
    start = 0
    for line in data.splitlines(keepends=True):
        start += len(line)
        if line.rstrip(b"\r\n"):
            yield start - (len(line) - len(line.rstrip(b"\r\n")))


def _in_bytes(text: str, offset: int) -> int:
    return len(text[:offset].encode("utf-8", "surrogateescape"))


def confidence_of(score: float) -> Confidence:
    """Say in our words how sure Presidio is, from 0 to 1.

    >>> str(confidence_of(0.85)), str(confidence_of(0.4)), str(confidence_of(0.05))
    ('high', 'medium', 'low')
    """
    return Confidence.HIGH if score >= _HIGH else Confidence.MEDIUM if score >= _MEDIUM else Confidence.LOW
