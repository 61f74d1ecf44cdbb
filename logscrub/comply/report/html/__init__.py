"""The report for a browser and for paper: one page that needs nothing but itself, and no script.

Printed it is the report for a file: everything is unfolded, and no row is cut in two.
"""

from __future__ import annotations

from typing import TextIO

from logscrub.comply.model import Report
from logscrub.comply.report.html.page import parts
from logscrub.comply.report.options import Options

__all__ = ["write"]


def write(report: Report, stream: TextIO, options: Options) -> None:
    """Write a report as one HTML page, piece by piece.

    The page is ASCII, with references for all other letters, so it does not depend on the encoding of the stream.
    """
    stream.writelines(
        part if part.isascii() else part.encode("ascii", "xmlcharrefreplace").decode("ascii")
        for part in parts(report, options)
    )
