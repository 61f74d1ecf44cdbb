"""What the output of a test holds: found by the rules of a policy, or because it is a known canary."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from logscrub.detect.fold import fold
from logscrub.fingerprint import preview
from logscrub.known.guard import refused
from logscrub.known.registry import KNOWN, Registry
from logscrub.model import Match, Severity
from logscrub.policy import Policy
from logscrub.redact import Redactor
from logscrub.rules import load_rules
from logscrub.scrubber import Scrubber

CANARY = "canary"
UNCHECKED = "not-checked"

# The output of a test is looked at whole: what a service may give up on is no way out here.
_ALL = 1 << 40
_SECONDS = 60.0
_SHORTEST_NUMBER = 4


@dataclass(frozen=True, slots=True)
class Spot:
    """One thing that should not be in the output of a test. Holds no raw value.

    Attributes:
        rule: id of the rule; ``canary`` for a canary; ``not-checked`` where the text could not be judged.
        category: the rule's category.
        severity: the rule's severity.
        preview: the value, masked.
        where: the channel and the place in it, in words.
    """

    rule: str
    category: str
    severity: Severity
    preview: str
    where: str

    @property
    def names(self) -> tuple[str, str, str]:
        """The names it can be allowed by."""
        return _names(self.rule, self.category)

    def __str__(self) -> str:
        return f"{self.rule} ({self.severity}) in {self.where}: {self.preview}"


def _names(rule: str, category: str) -> tuple[str, str, str]:
    return rule, category, category.partition(".")[0]


class Note(NamedTuple):
    """One thing found in one text.

    Attributes:
        spot: the thing, without its place.
        line: of the text, from 1.
    """

    spot: Spot
    line: int


class Rules:
    """Finds what a policy names, in texts and structures, and says what it found without showing it.

    Args:
        policy: the policy. Its limits of size and time are widened.
        found: where raw values are kept in memory, so that they can be kept out of reports.

    Raises:
        ConfigError, PackError: as for a scrubber.

    >>> clean, notes = Rules(Policy(), Registry()).look("login password=hunter2-correct")
    >>> clean, [(note.spot.rule, note.spot.preview, note.line) for note in notes]
    ('login password=[password]', [('password', 'password=…', 1)])
    """

    def __init__(self, policy: Policy, found: Registry) -> None:
        wide = replace(policy, max_length=_ALL, max_items=_ALL, time_limit=max(policy.time_limit, _SECONDS))
        self._scrubber = Scrubber(wide)
        detector = self._scrubber.detector
        self._redactor = self._scrubber.redactor = _Noting(detector.rule, found)
        # Threads of the test log at the same time; an argument that logs when it is rendered comes back in here.
        self._lock = threading.RLock()
        every = (*load_rules(policy.packs).everything(), KNOWN)
        self.names = {name for rule in every for name in _names(rule.id, rule.category)}

    def look(self, value: Any) -> tuple[Any, list[Note]]:
        """Return a value scrubbed, and what was in it."""
        scrubber, redactor = self._scrubber, self._redactor
        with self._lock:
            before, redactor.notes = redactor.notes, []
            errors = sum(scrubber.errors.values())
            try:
                clean = scrubber.scrub(value)
                notes = redactor.notes
            finally:
                redactor.notes = before
            if sum(scrubber.errors.values()) != errors:
                what = f"could not be judged ({', '.join(sorted(scrubber.errors))})"
                notes.append(Note(Spot(UNCHECKED, "", Severity.HIGH, what, ""), 1))
        return clean, notes


class _Noting(Redactor):
    """Notes what it replaces. It puts labels only: a report of a test shows no more than the rule."""

    def __init__(self, rule: Any, found: Registry) -> None:
        super().__init__()
        self._rule = rule
        self._found = found
        self.notes: list[Note] = []

    def apply(self, data: bytes, matches: Iterable[Match]) -> bytes:
        matches = list(matches)
        for match in matches:
            raw = data[match.start : match.end]
            shown = preview(match, raw, getattr(self._rule(match.rule), "prefix", b""))
            spot = Spot(match.rule, match.category, match.severity, shown, "")
            self.notes.append(Note(spot, 1 + data.count(b"\n", 0, match.start)))
            if not refused(raw) or (raw.isdigit() and len(raw) >= _SHORTEST_NUMBER):
                self._found.add({raw: match.rule})
        return super().apply(data, matches)


def known_notes(known: Registry, text: str) -> Iterator[Note]:
    """Yield where canaries stand in a text.

    >>> known = Registry()
    >>> known.add({b"Tr0ub4dor-3xyz": "db"})
    ['db']
    >>> [(note.line, note.spot.preview) for note in known_notes(known, "ok\\nVHIwdWI0ZG9yLTN4eXo=")]
    [(2, 'db, in another form than it was given')]
    """
    data = _bytes(text)
    for start, end, name in _spans(known, data):
        as_it_is = data[start:end] in known._values
        shown = f"{name}, {'as it is' if as_it_is else 'in another form than it was given'}"
        yield Note(Spot(CANARY, "secret.canary", Severity.CRITICAL, shown, ""), 1 + data.count(b"\n", 0, start))


def hide(known: Registry, text: str, marker: str) -> str:
    """Return a text with all values of a registry replaced, in any form.

    Args:
        marker: what is put in place of a value, with ``%s`` for its name.
    """
    data = _bytes(text)
    for start, end, name in reversed(_spans(known, data)):
        lines = b"\n" * data.count(b"\n", start, end)
        data = data[:start] + (marker % name).encode() + lines + data[end:]
    return data.decode("utf-8", "surrogatepass")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _spans(known: Registry, data: bytes) -> list[tuple[int, int, str]]:
    """Where known values stand, none overlapping another; also those that colour codes or the like run through."""
    if not known.tiers:
        return []
    spans = [(match.start, match.end, match.key) for match in known.find(data)]
    view = fold(data)
    if view is not None:
        spans += [(*view.original(match.start, match.end), match.key) for match in known.find(view.data)]
    apart: list[tuple[int, int, str]] = []
    for start, end, name in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]), apart[-1][2])
        else:
            apart.append((start, end, name))
    return apart
