"""What the tests of known values share."""

from __future__ import annotations

import pytest

from logscrub.scrubber import Scrubber, default_scrubber


@pytest.fixture
def scrubber() -> Scrubber:
    return default_scrubber()
