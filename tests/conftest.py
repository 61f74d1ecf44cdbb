"""What every test shares: compiled rules in a cache of this run's own."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator

import pytest

_CACHE = "LOGSCRUB_CACHE_DIR"


def pytest_configure(config: pytest.Config) -> None:
    """Give the run an empty cache, so that it neither uses nor changes the user's; it is set before any import."""
    place = tempfile.mkdtemp(prefix="logscrub-tests-")
    before = os.environ.get(_CACHE)
    os.environ[_CACHE] = place

    def restore() -> None:
        if before is None:
            os.environ.pop(_CACHE, None)
        else:
            os.environ[_CACHE] = before
        shutil.rmtree(place, ignore_errors=True)

    config.add_cleanup(restore)


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """Leave no value registered behind: the next test starts without any."""
    yield
    known = sys.modules.get("logscrub.known.registry")
    if known is not None:
        known.REGISTRY.remove(values=list(known.REGISTRY._values))
