"""Leaks and what only looks like one, in code written for these tests."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tree_sitter", reason="the extra 'languages' is not installed")

from logscrub.code.knowledge import load
from logscrub.code.languages import audit_file
from logscrub.code.words import Words
from logscrub.model import Severity

SAMPLES = sorted(path for path in (Path(__file__).parent / "samples").iterdir() if path.is_file())
WORDS = Words(load())


def expected(data: str) -> dict[int, str]:
    says = {}
    for number, line in enumerate(data.splitlines(), 1):
        comment = line.rpartition("// ")[2].strip()
        if comment in ("leak", "bulk", "safe"):
            says[number] = comment
    return says


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_line_is_judged_as_it_says(path: Path) -> None:
    data = path.read_bytes()
    result = audit_file(path.name, data, WORDS)
    assert result.problems == ()
    found: dict[int, Severity] = {}
    for one in result.findings:
        found[one.place.line] = max(found.get(one.place.line, Severity.INFO), one.severity)
    lines = data.decode().splitlines()
    says = expected(data.decode())
    judged = {
        number: "safe" if number not in found else "bulk" if found[number] <= Severity.LOW else "leak"
        for number in sorted({*says, *found})
    }
    wrong = [
        f"{number}: {lines[number - 1].strip()} -> {judge}"
        for number, judge in judged.items()
        if judge != says.get(number, "safe")
    ]
    assert not wrong, "\n".join(wrong)
