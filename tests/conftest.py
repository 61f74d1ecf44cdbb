"""What every test shares: compiled rules, and compiled Python, in a cache of this run's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import pytest

_CACHE = "LOGSCRUB_CACHE_DIR"
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
# The defaults, and all rules: what most tests look for.
_COMPILE = """
from logscrub import Policy, Scrubber
Scrubber()
Scrubber(Policy(select=("all",)))
"""


def pytest_configure(config: pytest.Config) -> None:
    """Give the run an empty cache, so that it neither uses nor changes the user's; it is set before any import.

    The workers of one run share it. To compile rules takes seconds, and each choice of rules is compiled by itself: a
    test is quick that looks for the defaults or for a few rules (``select=("password",)``), not one that leaves out a few.
    """
    if hasattr(config, "workerinput"):
        return
    place = tempfile.mkdtemp(prefix="logscrub-tests-")
    settings = {_CACHE: os.path.join(place, "cache")}
    if os.environ.get(_NO_BYTECODE):
        # Else each of the many processes that tests start compiles all it imports. Beside the sources nothing is written.
        settings |= {_NO_BYTECODE: "", "PYTHONPYCACHEPREFIX": os.path.join(place, "bytecode")}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)

    def restore() -> None:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        shutil.rmtree(place, ignore_errors=True)

    config.add_cleanup(restore)
    if config.getoption("numprocesses", None) and config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        # While the workers collect; else each of them compiles the same.
        compiler = subprocess.Popen([sys.executable, "-c", _COMPILE], stdin=subprocess.DEVNULL)

        def stop() -> None:
            compiler.kill()
            compiler.wait()

        config.add_cleanup(stop)


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """Leave no value registered behind: the next test starts without any."""
    yield
    known = sys.modules.get("logscrub.known.registry")
    if known is not None:
        known.REGISTRY.remove(values=list(known.REGISTRY._values))
