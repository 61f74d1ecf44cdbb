"""Findings in code as JSON lines, one finding on each, the same as in the JSON document."""

from __future__ import annotations

import json
from typing import TextIO

from logscrub.code.model import CodeResult
from logscrub.report.code.json import finding_data
from logscrub.report.options import Options


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write one line for each finding."""
    stream.writelines(json.dumps(finding_data(finding), separators=(",", ":")) + "\n" for finding in result.findings)
