"""The detector: rules in, matches out."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from logscrub._version import __version__
from logscrub.detect import encoded, fold
from logscrub.detect.benign import BenignShapes
from logscrub.detect.fields import FieldDetector
from logscrub.detect.gate import EmptyGate, Expression, Gate, Hit, ReferenceGate, SplitGate
from logscrub.detect.markers import Markers
from logscrub.detect.notation import separator_before
from logscrub.detect.overlap import resolve
from logscrub.detect.shapes import ShapeRule
from logscrub.known.registry import HIT, KNOWN, REGISTRY, Registry
from logscrub.model import Confidence, Match, Severity
from logscrub.rules.rule import Field, Recognizer, Rule, RuleSet

if TYPE_CHECKING:
    from logscrub.presidio.bridge import Bridge

_PREFIX_THAT_NAMES = 3
_JSON_GAP = 16
# How a record of JSON begins; a match that begins with a bracket or quote is no part of one string.
_JSON = frozenset((b'{"', b"{ ", b"{\n", b'["', b"[{", b"[["))
_WHOLE = frozenset((b"[", b"{", b"(", b'"'))
_BACKSLASH = 92
_AFTER_STRING = frozenset((b",", b":", b"}", b"]", b""))
# Rules that look for what folding takes away: they are asked of the record as it is as well.
_OF_SIGNS = "compliance.injection"
# The code that turns rules into gate expressions, beside this file.
_DERIVATION = (
    "detector.py",
    "keygate.py",
    "keys.py",
    "notation.py",
    "context.py",
    "fold.py",
    "encoded.py",
    os.path.join("..", "rules", "shape.py"),
)


class Detector:
    """Finds the matches of a rule set in records.

    One detector may be used from any number of threads, in forked children, and from inside itself.

    Args:
        rules: what to look for.
        gate: ``False`` runs every rule on every record instead of asking Hyperscan first: the reference.
        min_confidence: matches less sure than this are left out.
        time_limit: seconds one rule's expression may take on one record.
        known: values to look for beside the rules; by default those that are known in this process.

    Raises:
        MissingExtraError: the rule set has recognizers of Presidio's, and it is not installed.
        PackError: one of them cannot be had.

    >>> from logscrub.rules import builtin_rules
    >>> detector = Detector(builtin_rules())
    >>> [match.rule for match in detector.find("login failed: password=hunter2")]
    ['password']
    """

    def __init__(
        self,
        rules: RuleSet,
        *,
        gate: bool = True,
        min_confidence: Confidence = Confidence.LOW,
        time_limit: float = 0.5,
        known: Registry | None = REGISTRY,
    ) -> None:
        self.rules = rules
        self.known = known
        self._min_confidence = min_confidence
        self._time_limit = time_limit
        benign = BenignShapes(rules.benign)
        self.markers = Markers((*rules.labels, KNOWN.id))
        self._shapes = [ShapeRule(rule, benign, self.markers) for rule in rules.rules]
        self.fields = FieldDetector(rules.fields, rules.grammar)
        self._specific = frozenset(rule.id for rule in (*rules.rules, KNOWN) if rule is KNOWN or _names_itself(rule))
        # Those that name a match come first; what they weigh is compared with a severity.
        self._weight = [rule.severity + len(Severity) * (rule.id in self._specific) for rule in rules.rules]
        self._order = [index - len(rules.rules) * weight for index, weight in enumerate(self._weight)]
        self._by_id: dict[str, Rule | Field | Recognizer] = {one.id: one for one in rules.everything()}
        self._field = len(rules.rules)
        self._fold = self._field + 1
        self._valued = self._field + 2
        self._encoded = self._field + 3
        self.multiline = frozenset(index for index, rule in enumerate(rules.rules) if rule.spans_lines)
        self._unfolded = frozenset(index for index, rule in enumerate(rules.rules) if rule.category == _OF_SIGNS)
        self._gate = self._make_gate(gate)
        self._scan_rules = self._gate.scan
        self._bridge = _bridge(rules.recognizers, gate)
        # What the bridge reports is counted from here.
        self._bridged = self._encoded + 1
        self.scan = self._scan_rules if known is None and self._bridge is None else self._scan_all

    def expressions(self) -> list[Expression]:
        """Return the gate's expressions: of rules, key names, records that need folding or decoding, context words."""
        from logscrub.detect.context import context_gates
        from logscrub.rules.shape import following

        made = [(index, gate) for index, rule in enumerate(self.rules.rules) for gate in rule.gates]
        made += [(self._field, gate) for gate in self.fields.gates()]
        made += [(self._fold, gate) for gate in fold.gates()]
        made += [(self._valued, gate) for gate in self.fields.value_gates()]
        made += [(self._encoded, gate) for gate in encoded.gates()]
        for index, rule in enumerate(self.rules.rules):
            if not rule.gates:
                made += [(index, gate) for gate in context_gates(rule.context, rule.distance, following(rule.regex))]
        return made

    def _make_gate(self, wanted: bool) -> Gate:
        if not self._by_id:
            return EmptyGate()
        if wanted:
            try:
                return SplitGate(self.expressions, self._key())
            except ImportError:
                # No build of Hyperscan for this machine: slower, and the same result.
                wanted = False
        return ReferenceGate(self.expressions(), always=self._field)

    def _key(self) -> str:
        """What the expressions are made from: the rules, and the code that derives expressions from them."""
        here = os.path.dirname(__file__)
        made_by = []
        for name in _DERIVATION:
            source = os.stat(os.path.join(here, name))
            made_by.append(f"{source.st_size} {source.st_mtime_ns}")
        return "\0".join((__version__, unicodedata.unidata_version, *made_by, self.rules.digest, *self._by_id))

    def rule(self, rule_id: str) -> Rule | Field | Recognizer:
        """Return a rule, field or recognizer by its id.

        Raises:
            KeyError: the rule set has none of that name.
        """
        return KNOWN if rule_id == KNOWN.id else self._by_id[rule_id]

    def _scan_all(self, data: bytes) -> list[Hit]:
        hits = self._scan_rules(data)
        if self.known is not None and self.known.tiers:
            hits += self.known.scan(data)
        if self._bridge is not None:
            hits += [(self._bridged + index, end) for index, end in self._bridge.scan(data)]
        return hits

    def candidates(self, block: bytes) -> list[Hit]:
        """Return where something may match, ordered by offset.

        Args:
            block: any number of whole lines.

        Returns:
            Pairs of an expression's index and the offset after the place; never fewer than there are matches.
        """
        hits = self.scan(block)
        hits.sort(key=_end)
        return hits

    def find_bytes(self, record: bytes) -> list[Match]:
        """Return the matches in a record, with offsets in bytes, none overlapping another, by start.

        Raises:
            TimeoutError: a rule's expression took longer than the time limit.
        """
        hits = self.scan(record)
        return self.confirm(record, hits) if hits else []

    def find(self, text: str) -> list[Match]:
        """Return the matches in a text, with offsets in characters, none overlapping another, by start.

        Raises:
            TimeoutError: a rule's expression took longer than the time limit.
        """
        data = text.encode("utf-8", "surrogatepass")
        matches = self.find_bytes(data)
        if not matches or len(data) == len(text):
            return matches
        return _in_characters(data, matches)

    def confirm(
        self,
        record: bytes,
        hits: Iterable[Hit],
        *,
        grade: bool = True,
        deadline: float | None = None,
        depth: int = encoded.DEPTH,
    ) -> list[Match]:
        """Turn hits into matches.

        Args:
            record: the record the hits lie in.
            hits: hits with offsets relative to the record.
            grade: whether to find out how sure matches are. Redaction need not know, unless the least confidence asks.
            deadline: when to give up, by ``time.perf_counter``.
            depth: encodings within encodings to look into.

        Raises:
            TimeoutError: a rule's expression took longer than the time limit.
        """
        grade = grade or self._min_confidence > Confidence.LOW
        if type(hits) is list and len(hits) == 1 and deadline is None:
            # The commonest by far: one password, one address.
            index, end = hits[0]
            if 0 <= index < self._field:
                return self.finish(record, self._shapes[index].find(record, self._time_limit, grade=grade))
            if index == self._field:
                return self.finish(record, list(self.fields.find(record, (end,))))
        rules: set[int] = set()
        ends: set[int] = set()
        hidden: set[int] = set()
        bridged: set[int] = set()
        for index, end in hits:
            if index < self._field:
                rules.add(index)
            elif index == self._field:
                ends.add(end)
            elif index >= self._bridged:
                bridged.add(index - self._bridged)
            elif index == self._encoded:
                hidden.add(end)
            elif index == self._valued:
                ends.add(separator_before(record, end))
            else:
                view = fold.fold(record)
                if view is not None:
                    return self._confirm_view(record, view, grade, deadline, depth)
        matches: list[Match] = []
        if HIT in rules and self.known is not None:
            rules.discard(HIT)
            matches += self.known.find(record, self._time_limit)
        # For redaction it does not matter what else there is to say of a token than what the most telling rule says.
        taken: dict[tuple[int, int], int] = {}
        for index in sorted(rules, key=self._order.__getitem__) if len(rules) > 1 else rules:
            weight = self._weight[index]
            found = self._shapes[index].find(
                record, self._time_limit, grade=grade, deadline=deadline, taken=taken, weight=weight
            )
            if found:
                matches += found
                if not grade:
                    for match in found:
                        taken.setdefault((match.start, match.end), weight)
        if ends:
            for match in self.fields.find(record, sorted(ends) if len(ends) > 1 else ends, taken):
                if deadline is not None and perf_counter() > deadline:
                    raise TimeoutError("key names take too long")
                matches.append(match)
        if bridged and self._bridge is not None:
            matches.extend(self._bridge.find(record, bridged, self._time_limit, deadline, grade=grade))
        if hidden and depth:

            def look(data: bytes, scan: Callable[[bytes], list[Hit]] = self.scan) -> list[Match]:
                return self.confirm(data, scan(data), grade=grade, deadline=deadline, depth=depth - 1)

            decoded = list(encoded.find(record, sorted(hidden), look))
            known = [match for match in matches if match.rule == KNOWN.id]
            if known and any(match.rule == KNOWN.id for match in decoded):
                # A known value is known by its base64 as well: then the rest of the run stays, if it is clean.
                decoded = [match for match in decoded if not _overlaps(match, known)]
                decoded += encoded.find(record, sorted(hidden), lambda data: look(data, self._scan_rules))
            matches += decoded
        return self.finish(record, matches)

    def wanted(self, record: bytes) -> set[int]:
        """Return the indexes of the rules the gate lets through for a record."""
        return {index for index, _ in self._scan_rules(record) if index < self._field}

    def field_matches(self, record: bytes, hits: Iterable[Hit]) -> list[Match]:
        """Return what the key names of a record give away, before overlaps are resolved."""
        ends = {end for index, end in hits if index == self._field}
        ends.update(separator_before(record, end) for index, end in hits if index == self._valued)
        return list(self.fields.find(record, sorted(ends)))

    def _confirm_view(
        self, record: bytes, view: fold.Folded, grade: bool, deadline: float | None, depth: int
    ) -> list[Match]:
        hits = [hit for hit in self.scan(view.data) if hit[0] != self._fold]
        # What folding takes away may be what a known value is set apart by.
        matches = self.known.find(record, self._time_limit) if self.known is not None else []
        if self._bridge is not None:
            # What folding takes away may be a boundary to a recognizer.
            bridged = {index for index, _ in self._bridge.scan(record)}
            matches.extend(self._bridge.find(record, bridged, self._time_limit, deadline, grade=grade))
        if self._unfolded:
            for index in self._unfolded & self.wanted(record):
                matches += self._shapes[index].find(record, self._time_limit, grade=grade, deadline=deadline)
        for match in self.confirm(view.data, hits, grade=grade, deadline=deadline, depth=depth):
            start, end = view.original(match.start, match.end)
            matches.append(match._replace(start=start, end=end))
        return self.finish(record, matches)

    def finish(self, record: bytes, matches: list[Match]) -> list[Match]:
        """Return what is left of matches in a record: sure enough, no marker of ours, none overlapping another.

        Args:
            record: the record.
            matches: whatever was found in it, in any order.
        """
        if not matches:
            return matches
        if self._min_confidence > Confidence.LOW:
            matches = [match for match in matches if match.confidence >= self._min_confidence]
        if not record.isascii():
            matches = [_whole_characters(record, match) for match in matches]
        matches = self.markers.spare(record, matches)
        if record[:1] in (b"{", b"["):
            matches = [_in_json(record, match) for match in matches]
        return resolve(matches, self._specific)


def _bridge(recognizers: Sequence[Recognizer], gate: bool) -> Bridge | None:
    if not recognizers:
        return None
    from logscrub.presidio.bridge import Bridge

    return Bridge(recognizers, gate=gate)


def _names_itself(rule: Rule) -> bool:
    """Tell whether a rule knows better than a key's name what a value is: by its prefix, or by its check digit."""
    if rule.category.startswith("secret."):
        return bool(rule.checksum) or len(rule.prefix) >= _PREFIX_THAT_NAMES
    return bool(rule.validator or rule.needs_context)


def _overlaps(match: Match, others: list[Match]) -> bool:
    return any(match.start < one.end and one.start < match.end for one in others)


def _end(hit: Hit) -> int:
    return hit[1]


def _in_json(data: bytes, match: Match) -> Match:
    """In JSON a value ends where its string does. A number becomes a string, sign and all: say with which quotes."""
    if match.quote:
        return match
    first = data[match.start : match.start + 1]
    if first not in _WHOLE and data[:2] in _JSON:
        end = _string_end(data, match.start, match.end)
        if match.start < end < match.end:
            match = match._replace(end=end)
    if not first.isdigit():
        return match
    before = data[max(0, match.start - _JSON_GAP) : match.start].rstrip(b" \t\r\n-")
    after = data[match.end : match.end + _JSON_GAP].lstrip(b" \t\r\n")
    if before[-1:] not in (b":", b",", b"[") or after[:1] not in (b",", b"}", b"]", b""):
        return match
    if data[match.start - 1 : match.start] == b"-":
        match = match._replace(start=match.start - 1)
    if before.endswith(b":"):
        key = before[:-1].rstrip(b" \t")
        return match._replace(quote='\\"' if key.endswith(b'\\"') else '"') if key.endswith(b'"') else match
    return match._replace(quote='"')


def _string_end(data: bytes, start: int, end: int) -> int:
    """Return where a JSON string ends within a span: at a quote without a backslash, before a sign or the end."""
    at = data.find(b'"', start, end)
    while at >= 0:
        before = at
        while data[before - 1] == _BACKSLASH:
            before -= 1
        if (at - before) % 2 == 0 and data[at + 1 : at + 1 + _JSON_GAP].lstrip(b" \t\r\n")[:1] in _AFTER_STRING:
            return at
        at = data.find(b'"', at + 1, end)
    return end


def _whole_characters(data: bytes, match: Match) -> Match:
    """Widen a span that begins or ends inside a character of valid UTF-8."""
    start, end = match.start, match.end
    while start > 0 and match.start - start < 3 and data[start] & 0xC0 == 0x80:
        start -= 1
    while end < len(data) and end - match.end < 3 and data[end] & 0xC0 == 0x80:
        end += 1
    return match if (start, end) == (match.start, match.end) else match._replace(start=start, end=end)


def _in_characters(data: bytes, matches: list[Match]) -> list[Match]:
    out = []
    byte = character = 0
    for match in matches:
        character += len(data[byte : match.start].decode("utf-8", "surrogatepass"))
        length = len(data[match.start : match.end].decode("utf-8", "surrogatepass"))
        out.append(match._replace(start=character, end=character + length))
        character += length
        byte = match.end
    return out
