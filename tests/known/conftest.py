"""What the tests of known values share; ``keeping`` of the room of ``emit`` is importable by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from logscrub.scrubber import Scrubber, default_scrubber

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "emit"))


@pytest.fixture
def scrubber() -> Scrubber:
    return default_scrubber()
