"""The values that are known, and where they stand in a record.

The literals of all forms of all values lie in a few Hyperscan databases, a *tier* each. A new value gets a small tier
of its own, compiled in a millisecond; small tiers are merged into larger ones, so that there are never many. What
readers use is one immutable tuple, replaced as a whole: they take no lock, and a value is covered when the call that
adds it returns.

Values live in memory only. Nothing here is pickled, cached on disk or shows a value when printed.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NoReturn

from logscrub.model import Match, Severity
from logscrub.rules.rule import Rule

if TYPE_CHECKING:
    from logscrub.detect.gate import Gate
    from logscrub.known.forms import Form

KNOWN = Rule(
    id="known-value",
    title="Registered value",
    category="secret.known",
    severity=Severity.CRITICAL,
    regex="",
    gates=(),
    tags=("cwe-532",),
)
"""Stands in place of a rule for all known values: policies, actions and reports name it."""

HIT = -1
"""The index under which known values are reported beside the expressions of a gate."""

# A tier is merged into the one before it unless that is this many times its size.
_GROWTH = 4
_SLACK = 16
# Of values that were forgotten, a tier holds at most one in so many.
_MOST_DEAD = 4
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class _Value:
    """One known value."""

    __slots__ = ("alive", "forms", "name")

    def __init__(self, name: str, forms: list[Form]) -> None:
        self.name = name
        self.forms = forms
        self.alive = True

    def __repr__(self) -> str:
        return f"<known value {self.name!r}>"


class _Tier:
    """Some values, and one pass that says where their forms may stand."""

    __slots__ = ("_literals", "gate", "values")

    def __init__(self, values: list[_Value]) -> None:
        from logscrub.detect.gate import literal_gate

        self.values = values
        self._literals: list[tuple[_Value, Form, int, int]] = []
        literals = []
        for value in values:
            for form in value.forms:
                for literal, before in form.literals:
                    literals.append((literal, form.caseless))
                    self._literals.append((value, form, len(literal), before))
        self.gate: Gate = literal_gate(literals)

    def find(self, record: bytes, time_limit: float | None) -> Iterable[tuple[int, int, str]]:
        windows: dict[Form, list[tuple[int, int]]] = {}
        names: dict[Form, str] = {}
        for index, end in self.gate.scan(record):
            value, form, length, before = self._literals[index]
            if value.alive:
                names[form] = value.name
                start = end - length
                windows.setdefault(form, []).append((max(0, start - before), start + form.reach))
        for form, spans in windows.items():
            for start, stop in _merged(spans):
                # The end is seen beyond what can match, so that what follows a value is judged as it is.
                for match in form.pattern.finditer(record, start, stop + _SLACK, timeout=time_limit):
                    yield match.start(), match.end(), names[form]


class Registry:
    """Known values, ready to be found. It may be read and changed by any number of threads.

    >>> from logscrub.known.forms import forms
    >>> known = Registry()
    >>> known.add({b"Tr0ub4dor-3xyz": "DB_PASSWORD"})
    ['DB_PASSWORD']
    >>> [(match.key, match.start, match.end) for match in known.find(b"using Tr0ub4dor-3xyz now")]
    [('DB_PASSWORD', 6, 20)]
    >>> known
    <Registry of 1 value: DB_PASSWORD>
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[bytes, _Value] = {}
        self.tiers: tuple[_Tier, ...] = ()
        """What is looked for: empty as long as nothing is known."""
        self.atoms: frozenset[str] = frozenset()
        """How numbers and UUIDs among the values are written: these may also come as objects that are no text."""
        self.version = 0
        """Another one after every change."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._unlock)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        names = sorted({value.name for value in list(self._values.values())})
        shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
        return f"<Registry of {len(self)} {'value' if len(self) == 1 else 'values'}{': ' if shown else ''}{shown}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("known values are not pickled: protect them in the other process as well")

    def scan(self, data: bytes) -> list[tuple[int, int]]:
        """Return where known values may stand, as a gate does, all under the index ``HIT``."""
        hits: list[tuple[int, int]] = []
        for tier in self.tiers:
            found = tier.gate.scan(data)
            if found:
                hits += [(HIT, end) for _, end in found]
        return hits

    def find(self, record: bytes, time_limit: float | None = None) -> list[Match]:
        """Return the matches in a record, in order; what touches or overlaps is one match.

        Args:
            record: the record.
            time_limit: seconds the search for one form of one value may take.

        Raises:
            TimeoutError: it took longer.
        """
        spans = sorted(span for tier in self.tiers for span in tier.find(record, time_limit))
        matches: list[Match] = []
        for start, end, name in spans:
            last = matches[-1] if matches else None
            if last is None or start >= last.end + (last.key == name):
                matches.append(Match(KNOWN.id, KNOWN.category, KNOWN.severity, start, end, key=name))
            elif end > last.end:
                matches[-1] = last._replace(end=end)
        return matches

    def add(self, named: Mapping[bytes, str]) -> list[str]:
        """Add values and return the names of those that were not known before.

        Args:
            named: the name of each value.
        """
        from logscrub.known.forms import forms

        with self._lock:
            new = {value: _Value(name, forms(value)) for value, name in named.items() if value not in self._values}
            if new:
                tiers = list(self.tiers)
                batch = list(new.values())
                while tiers and len(tiers[-1].values) <= _GROWTH * len(batch):
                    batch = [value for value in tiers.pop().values if value.alive] + batch
                tiers.append(_Tier(batch))
                self._replace({**self._values, **new}, tiers)
            return [value.name for value in new.values()]

    def remove(self, *, values: Iterable[bytes] = (), names: Iterable[str] = ()) -> int:
        """Forget values, by themselves or by their names, and return how many there were."""
        wanted, called = set(values), set(names)
        with self._lock:
            gone = {raw for raw, value in self._values.items() if raw in wanted or value.name in called}
            if gone:
                kept = {raw: value for raw, value in self._values.items() if raw not in gone}
                for raw in gone:
                    self._values[raw].alive = False
                self._replace(kept, [tier for each in self.tiers for tier in _without_dead(each)])
            return len(gone)

    def named(self) -> dict[bytes, str]:
        """Return the values with their names, to be added to the registry of a worker process. Never to be stored."""
        return {raw: value.name for raw, value in list(self._values.items())}

    def _replace(self, values: dict[bytes, _Value], tiers: list[_Tier]) -> None:
        self._values = values
        self.atoms = frozenset(raw.decode("ascii") for raw in values if _NUMBER.fullmatch(raw))
        self.tiers = tuple(tiers)
        self.version += 1

    def _unlock(self) -> None:
        self._lock = threading.Lock()


def _without_dead(tier: _Tier) -> list[_Tier]:
    """Compile a tier anew if it holds many forgotten values."""
    alive = [value for value in tier.values if value.alive]
    if not alive:
        return []
    return [tier] if (len(tier.values) - len(alive)) * _MOST_DEAD <= len(tier.values) else [_Tier(alive)]


def _merged(spans: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    spans.sort()
    start, stop = spans[0]
    for begin, end in spans[1:]:
        if begin > stop:
            yield start, stop
            start, stop = begin, end
        stop = max(stop, end)
    yield start, stop


REGISTRY = Registry()
"""The values known in this process, which every detector looks for."""
