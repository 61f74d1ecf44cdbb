"""Reports on source code: one function for each format, all with the same signature.

A report is given what :func:`logscrub.report.code.shown.shown` made of a result: text out of source files is printable
and holds no secret that somebody wrote into the code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from logscrub.code.model import CodeResult
from logscrub.report.code import csv, github, gitlab, json, jsonl, junit, sarif, text
from logscrub.report.code.shown import shown
from logscrub.report.options import Options

CodeReporter = Callable[[CodeResult, TextIO, Options], None]

FORMATS: dict[str, CodeReporter] = {
    "text": text.write,
    "json": json.write,
    "jsonl": jsonl.write,
    "sarif": sarif.write,
    "github": github.write,
    "gitlab": gitlab.write,
    "junit": junit.write,
    "csv": csv.write,
}

__all__ = ["FORMATS", "CodeReporter", "Options", "shown"]
