"""Which files are one log."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscrub.sources.rotation import rotated


@pytest.mark.parametrize(
    "oldest_first",
    [
        ["app.log.10.gz", "app.log.2.gz", "app.log.1", "app.log"],
        ["app.10.log", "app.2.log", "app.1.log", "app.log"],
        ["app.log-20260228.gz", "app.log-20260301.gz", "app.log-20260302", "app.log"],
        ["app-2026-02-28.log.zst", "app-2026-03-01.log", "app.log"],
        ["app.log.2026-03-01_09", "app.log.2026-03-01_10", "app.log.2026-03-02_00", "app.log"],
        ["app.2026-03-01.1.log.gz", "app.2026-03-01.2.log.gz", "app.2026-03-02.1.log", "app.log"],
        ["syslog.2.gz", "syslog.1", "syslog"],
        ["app.log-1772323200", "app.log-1772409600", "app.log"],
        ["logs.tar.gz!/var/app.log.1", "logs.tar.gz!/var/app.log"],
        ["s3://b/app.log.1.gz", "s3://b/app.log"],
    ],
)
def test_a_set_is_put_in_order(oldest_first: list[str]) -> None:
    mixed = list(oldest_first)
    random.Random(7).shuffle(mixed)
    assert rotated(mixed) == [oldest_first]


def test_different_logs_stay_apart() -> None:
    paths = ["a/app.log", "b/app.log.1", "a/app2.log", "a/app.log.gz.bak", "a/access.log"]
    assert rotated(paths) == [[one] for one in paths]


@given(st.lists(st.text("ab.1-/20260301log_gz", max_size=24), unique=True))
def test_no_path_is_lost(paths: list[str]) -> None:
    assert sorted(path for one in rotated(paths) for path in one) == sorted(paths)
