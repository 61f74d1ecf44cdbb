"""What a rule, a category, a clause or a finding is, why it matters, and what to do about it."""

from __future__ import annotations

from logscrub.explain.names import explain, explained_names
from logscrub.explain.reported import Reported, explain_finding, read_ledger, read_report
from logscrub.explain.topic import Explanation, Section

__all__ = [
    "Explanation",
    "Reported",
    "Section",
    "explain",
    "explain_finding",
    "explained_names",
    "read_ledger",
    "read_report",
]
