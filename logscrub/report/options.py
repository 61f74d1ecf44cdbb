"""What a report may be told about where it goes, and in which order it says things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["severity", "rule", "file", "component"]
Sort = Literal["severity", "count", "time", "path"]

GROUPS: tuple[Group, ...] = ("severity", "rule", "file", "component")
SORTS: tuple[Sort, ...] = ("severity", "count", "time", "path")


@dataclass(frozen=True, slots=True)
class Options:
    """How a report is to be shown. A format uses what it can.

    Attributes:
        color: with colours.
        width: columns to fit into; None for text that is not for a screen, where no line is ever wrapped.
        per_rule: most findings of one rule to list in a report for people.
        group: what findings are put together by, in a report for people.
        sort: what comes first in it: the worst, the most frequent, what was seen first, or by path.
    """

    color: bool = False
    width: int | None = None
    per_rule: int = 10
    group: Group = "severity"
    sort: Sort = "severity"
