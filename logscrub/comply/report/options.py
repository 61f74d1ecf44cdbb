"""What a report of evidence may be told beside what any report is."""

from __future__ import annotations

from dataclasses import dataclass

from logscrub.report.options import Options as ReportOptions


@dataclass(frozen=True, slots=True)
class Options(ReportOptions):
    """How a report is to be shown.

    Attributes:
        key_id: of the key that the report is going to be signed with; empty if it is not.
    """

    key_id: str = ""
