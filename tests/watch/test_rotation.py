"""A process that writes and rotates: each token is told once, from the right line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from logscrub.fingerprint import Fingerprinter

from .conftest import INTERVAL, KEY, Watches

WRITER = Path(__file__).parent / "writer.py"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="a file that is open cannot be renamed there")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("path", ["logs/app.log", "logs", "logs/app*"])
def test_each_token_is_told_once_through_any_rotation(watching: Watches, tmp_path: Path, path: str, seed: int) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "app.log").touch()
    truth = tmp_path / "truth"
    with watching(path) as watched:
        command = [sys.executable, str(WRITER), "logs", str(truth), str(seed), "700", str(INTERVAL)]
        subprocess.run(command, check=True, timeout=120)
        watched.turns(6)
    digest = Fingerprinter(KEY).digest
    expected: dict[str | None, tuple[int, bool]] = {}
    for text in truth.read_text().splitlines():
        token, line, there = text.split()
        expected[digest(token.encode())] = int(line), there == "there"
    seen = Counter(report.finding.fingerprint for report in watched.reports)
    twice = [number for number, one in enumerate(expected) if seen[one] > 1]
    assert twice == []
    missing = [number for number, (one, (_, there)) in enumerate(expected.items()) if there and one not in seen]
    assert missing == []
    for report in watched.reports:
        line, there = expected[report.finding.fingerprint]
        assert report.place.path.startswith("logs/app.log")
        if there:
            assert report.place.line == line, report.place
