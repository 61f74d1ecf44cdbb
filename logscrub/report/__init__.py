"""Reports: one function for each format, all with the same signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from logscrub.findings import ScanResult
from logscrub.report import json, text
from logscrub.report.options import Options

Reporter = Callable[[ScanResult, TextIO, Options], None]

FORMATS: dict[str, Reporter] = {
    "text": text.write,
    "json": json.write,
}

__all__ = ["FORMATS", "Options", "Reporter"]
