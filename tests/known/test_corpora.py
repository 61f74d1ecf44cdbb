"""Test cases of other maskers of known values, where they lie beside this checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import logscrub
from logscrub.scrubber import Scrubber

ROWS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "redaction.jsonl"


def _rows() -> list[Any]:
    if not ROWS.is_file():
        reason = f"{ROWS} is not there: the cases of other maskers are not tried"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="missing")]
    rows = [json.loads(line) for line in ROWS.read_text("utf-8").splitlines()]
    return [pytest.param(row, id=row["id"]) for row in rows if "known_values" in row]


@pytest.mark.parametrize("row", _rows())
def test_case(scrubber: Scrubber, row: dict[str, Any]) -> None:
    logscrub.protect(row["known_values"])
    scrubbed = scrubber.scrub(row["input"])
    assert [text for text in row["must_not_contain"] if text in scrubbed] == []
    assert [text for text in row["must_contain"] if text not in scrubbed] == []
    assert scrubber.scrub(scrubbed) == scrubbed
