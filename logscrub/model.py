"""The data that flows between the rooms. None of it can hold a raw value but by position."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Severity(IntEnum):
    """How bad it is if the value is read by someone who should not.

    >>> Severity["HIGH"] > Severity.LOW
    True
    >>> str(Severity.HIGH)
    'high'
    """

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name.lower()


class Confidence(IntEnum):
    """How sure the detector is that a match is what its rule says.

    >>> str(Confidence.LOW)
    'low'
    """

    LOW = 0
    MEDIUM = 1
    HIGH = 2

    def __str__(self) -> str:
        return self.name.lower()


class Match(NamedTuple):
    """A span of a record that one rule claims.

    Attributes:
        rule: id of the rule.
        category: the rule's category, such as ``secret.token``.
        severity: the rule's severity.
        start: offset of the first unit of the sensitive part (characters of a ``str``, bytes of ``bytes``).
        end: offset after its last unit.
        confidence: how sure the detector is.
        key: the name that gave a field's value away (``password``), empty for a shape.
        quote: the quotes a marker needs in this place: the span is a JSON scalar without any.

    >>> Match("jwt", "secret.token", Severity.HIGH, 7, 99).end
    99
    """

    rule: str
    category: str
    severity: Severity
    start: int
    end: int
    confidence: Confidence = Confidence.HIGH
    key: str = ""
    quote: str = ""
