"""The cache: trusted or not there."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from logscrub import cache

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX modes and links")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the cache lies in this test; not made yet."""
    place = tmp_path / "cache"
    monkeypatch.setenv("LOGSCRUB_CACHE_DIR", str(place))
    return place


def test_round_trip(place: Path) -> None:
    """What is written is read, also when it is written again, also when it is empty."""
    for content in (b"one", b"two", b"", bytes(range(256)) * 100):
        assert cache.write("name", content)
        assert cache.read("name") == content
    assert [path.name for path in place.iterdir()] == ["name"]


def test_what_was_not_written(place: Path) -> None:
    """Nothing is read where nothing was written."""
    assert cache.read("name") is None
    cache.write("name", b"x")
    assert cache.read("other") is None


@posix
def test_modes(place: Path) -> None:
    """Directory and file belong to the owner alone, whatever the umask."""
    before = os.umask(0)
    try:
        cache.write("name", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE((place / "name").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 32, b"x" * 100])
def test_a_wrong_digest(place: Path, content: bytes) -> None:
    """A file whose digest is wrong is not there."""
    cache.write("name", b"x")
    (place / "name").write_bytes(content)
    assert cache.read("name") is None


def test_too_large(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is larger than any of ours is not read."""
    cache.write("name", b"x" * 200)
    monkeypatch.setattr(cache, "_LARGEST", 100)
    assert cache.read("name") is None


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o606])
def test_a_file_for_others(place: Path, mode: int) -> None:
    """A file that others can read or write is not there."""
    cache.write("name", b"x")
    (place / "name").chmod(mode)
    assert cache.read("name") is None


@posix
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_directory_for_others(place: Path, mode: int) -> None:
    """In a directory that others can write, nothing is read or written."""
    cache.write("name", b"x")
    place.chmod(mode)
    assert cache.read("name") is None
    assert not cache.write("name", b"y")


@posix
def test_of_somebody_else(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What belongs to another user is not there."""
    cache.write("name", b"x")
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    assert cache.read("name") is None
    assert not cache.write("name", b"y")


@posix
def test_links(place: Path, tmp_path: Path) -> None:
    """Links in the place of a file are not followed; writing replaces the link, not what it points to."""
    cache.write("name", b"x")
    target = tmp_path / "target"
    os.replace(place / "name", target)
    (place / "name").symlink_to(target)
    assert cache.read("name") is None
    assert cache.write("name", b"y")
    assert not (place / "name").is_symlink()
    assert target.read_bytes().endswith(b"x")


@posix
@pytest.mark.timeout(20)
def test_a_pipe(place: Path) -> None:
    """A pipe in the place of a file is not waited for."""
    place.mkdir(mode=0o700)
    os.mkfifo(place / "name", 0o600)
    assert cache.read("name") is None


def test_a_directory_in_the_way(place: Path) -> None:
    """A directory in the place of a file is no error, and no temporary file is left."""
    (place / "name").mkdir(parents=True)
    place.chmod(0o700)
    (place / "name" / "x").write_text("in the way")
    assert cache.read("name") is None
    assert not cache.write("name", b"x")
    assert [path.name for path in place.iterdir()] == ["name"]


def test_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty setting switches the cache off."""
    monkeypatch.setenv("LOGSCRUB_CACHE_DIR", "")
    assert cache.directory() is None
    assert not cache.write("name", b"x")
    assert cache.read("name") is None


@pytest.mark.skipif(sys.platform == "win32", reason="XDG")
def test_where(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a setting it lies where caches lie; a relative ``XDG_CACHE_HOME`` is no place."""
    monkeypatch.delenv("LOGSCRUB_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere/cache")
    assert cache.directory() == Path("/somewhere/cache/logscrub")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.directory() is None
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/nobody")
    assert cache.directory() == Path("/home/nobody/.cache/logscrub")


def test_the_tests_use_their_own() -> None:
    """No test touches the cache of whoever runs it."""
    assert "logscrub-tests-" in str(cache.directory())
