"""The report for a browser: one page that needs nothing but itself.

It loads nothing from anywhere, which its content security policy enforces. Without scripts it shows everything; with
them it can be filtered and sorted as well.
"""

from __future__ import annotations

from typing import TextIO

from logscrub.findings import ScanResult
from logscrub.report.html.page import parts
from logscrub.report.options import Options

__all__ = ["write"]


def write(result: ScanResult, stream: TextIO, options: Options) -> None:
    """Write a scan's result as one HTML page, piece by piece.

    The page is ASCII, with references for all other letters, so it does not depend on the encoding of the stream.
    """
    stream.writelines(
        part if part.isascii() else part.encode("ascii", "xmlcharrefreplace").decode("ascii") for part in parts(result)
    )
