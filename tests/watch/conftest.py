"""A watch in a thread, and what it tells."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from logscrub.policy import Policy
from logscrub.sources import Unread
from logscrub.watch import Report, Watch

PACK = """
[[rule]]
id = "test-token"
title = "Test token"
category = "secret.test"
severity = "high"
regex = '(?<![a-z0-9_])tst_[a-z0-9]{8}(?![a-z0-9])'
examples = ["tst_ab12cd34"]
counterexamples = ["tst_short"]

[[rule]]
id = "test-note"
title = "Test note"
category = "secret.note"
severity = "low"
regex = '(?<![a-z0-9_])nte_[a-z0-9]{8}(?![a-z0-9])'
examples = ["nte_ab12cd34"]
counterexamples = ["nte_short"]
"""
SELECT = ("test-token", "test-note", "password", "pem-private-key")
KEY = b"0123456789abcdef"
INTERVAL = 0.05


class Watching:
    """A watch that runs in a thread."""

    def __init__(self, watch: Watch, reports: list[Report], remarks: list[Unread]) -> None:
        self.watch = watch
        self.reports = reports
        self.remarks = remarks
        self.thread = threading.Thread(target=watch.run)

    def until(self, count: int, seconds: float = 20) -> list[tuple[str, int]]:
        """Wait for so many reports; return where they were seen."""
        self.wait(lambda: len(self.reports) >= count, seconds)
        return self.places()

    def wait(self, done: Callable[[], bool], seconds: float = 20) -> None:
        """Wait for something."""
        end = time.monotonic() + seconds
        while not done() and time.monotonic() < end:
            time.sleep(0.01)
        assert done(), (self.places(), self.remarks)

    def turns(self, count: int = 3) -> None:
        """Let the watch look around a few times."""
        time.sleep(count * INTERVAL)

    def places(self) -> list[tuple[str, int]]:
        """Return path and line of each report."""
        return [(report.place.path, report.place.line) for report in self.reports]


Watches = Callable[..., Any]


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    pack = tmp_path_factory.mktemp("packs") / "test.toml"
    pack.write_text(PACK)
    return Policy(select=SELECT, packs=(str(pack),), key=KEY)


@pytest.fixture
def watching(policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watches:
    """Start a watch in an empty directory that is ended with the block."""
    monkeypatch.chdir(tmp_path)

    @contextmanager
    def watching(*paths: str, ready: bool = True, **options: Any) -> Iterator[Watching]:
        reports: list[Report] = []
        remarks: list[Unread] = []
        watch = Watch(
            paths, reports.append, remarks.append, policy=policy, **{"interval": INTERVAL, "every": 0, **options}
        )
        one = Watching(watch, reports, remarks)
        one.thread.start()
        try:
            if ready:
                one.wait(lambda: watch._began)
            yield one
        finally:
            watch.stop()
            one.thread.join(30)
            assert not one.thread.is_alive()

    return watching


def append(path: str, text: str | bytes) -> None:
    """Write at the end of a file, as a logger does."""
    with open(path, "ab") as file:
        file.write(text.encode() if isinstance(text, str) else text)
