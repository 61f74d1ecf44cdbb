"""Explain a candidate away: timestamps, epochs, UUIDs, digests, versions and other harmless runs of digits and hex."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from logscrub.rules.rule import Benign

_AROUND = 80


class BenignShapes:
    """The benign shapes of a rule set.

    Args:
        shapes: what they are.

    >>> shapes = BenignShapes([Benign("epoch", "Epoch", r"(?<![0-9])1[0-9]{9}(?![0-9])")])
    >>> shapes.explain(b"at 1700000000 utc", 3, 13, ["epoch"])
    True
    """

    def __init__(self, shapes: Sequence[Benign]) -> None:
        self._regex = {shape.id: shape.regex for shape in shapes}
        self._compiled: dict[str, re.Pattern[bytes]] = {}

    def explain(self, data: bytes, start: int, end: int, names: Iterable[str]) -> bool:
        """Tell whether one of the named shapes covers the span.

        Args:
            data: the record.
            start: first byte of the candidate.
            end: byte after its last.
            names: ids of shapes, or ``*`` for all.
        """
        low = max(0, start - _AROUND)
        high = end + _AROUND
        for name in self._regex if "*" in names else names:
            for match in self._expression(name).finditer(data, low, high):
                if match.start() > start:
                    break
                if match.end() >= end:
                    return True
        return False

    def _expression(self, name: str) -> re.Pattern[bytes]:
        compiled = self._compiled.get(name)
        if compiled is None:
            compiled = self._compiled[name] = re.compile(self._regex[name].encode("ascii"))
        return compiled
