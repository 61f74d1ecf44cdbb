"""Findings that somebody looked at and that are kept out of a scan's result, each with a reason.

``known`` is the file of entries and what it does to a result, ``patterns`` the paths in it, ``comments`` what a line
can say for itself.
"""

from __future__ import annotations

from logscrub.baseline.comments import allowed
from logscrub.baseline.known import (
    SCHEMA,
    Baseline,
    Entry,
    apply,
    check_key,
    load,
    pruned,
    renewed,
    unused,
    write,
)

__all__ = [
    "SCHEMA",
    "Baseline",
    "Entry",
    "allowed",
    "apply",
    "check_key",
    "load",
    "pruned",
    "renewed",
    "unused",
    "write",
]
