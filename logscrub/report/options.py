"""What a report may be told about where it goes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How a report is to be shown. A format uses what it can.

    Attributes:
        color: with colours.
        width: columns to fit into; None for text that is not for a screen, where no line is ever wrapped.
        per_rule: most findings of one rule to list in a report for people.
    """

    color: bool = False
    width: int | None = None
    per_rule: int = 10
