"""Files of a commit."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from logscrub.code.revision import commit_of, files_at, ignored, root_of
from logscrub.errors import SourceError


def git(*arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two commits, and work that is in neither."""
    place = tmp_path / "project"
    place.mkdir()
    monkeypatch.chdir(place)
    git("init", "-q", "-b", "main")
    Path("src/deep").mkdir(parents=True)
    Path("src/a.py").write_bytes(b"one\r\n")
    Path("src/deep/odd \n name \xe9.py").write_bytes(b"")
    Path("src/link.py").symlink_to("a.py")
    Path("top.py").write_bytes(b"\xff\x00")
    Path(".gitignore").write_text("build/\n")
    git("add", ".")
    git("commit", "-qm", "one")
    git("tag", "first")
    Path("src/a.py").write_bytes(b"two\n")
    git("commit", "-qam", "two")
    Path("src/a.py").write_bytes(b"three\n")
    Path("src/new.py").write_bytes(b"new\n")
    return place


def test_files_are_those_of_the_commit() -> None:
    assert dict(files_at("src", "first")) == {"a.py": b"one\r\n", "deep/odd \n name \xe9.py": b""}
    assert dict(files_at("src", "HEAD"))["a.py"] == b"two\n"
    assert dict(files_at(".", "first"))["top.py"] == b"\xff\x00"
    assert dict(files_at(".", "HEAD~1", lambda path: path.endswith("a.py"))) == {"src/a.py": b"one\r\n"}


def test_stopping_early_leaves_no_process_behind() -> None:
    files = files_at(".", "HEAD")
    next(files)
    files.close()  # type: ignore[attr-defined]


def test_root_and_commit(repository: Path) -> None:
    assert os.path.realpath(root_of("src")) == os.path.realpath(repository)
    assert commit_of("src", "main") == git("rev-parse", "HEAD")


def test_what_is_ignored() -> None:
    assert ignored(".", ["build/x.py", "src/a.py"]) == {"build/x.py"}
    assert ignored(".", []) == set()


@pytest.mark.parametrize(
    ("directory", "rev", "reason"),
    [
        ("src", "nowhere", "src: the repository has no revision 'nowhere'"),
        ("src", "first..main", "has no revision"),
        ("src", "main:top.py", "has no revision"),
        ("src", "--all", "'--all' is not the name of a revision"),
        ("src", "", "'' is not the name of a revision"),
        ("src", "a\x1b[2J", r"is not the name of a revision"),
        ("missing", "main", "missing: no such directory"),
        ("..", "main", "..: not in a git work tree"),
    ],
)
def test_what_cannot_be_read_is_named(directory: str, rev: str, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        list(files_at(directory, rev))
    assert reason in str(caught.value)
    assert str(caught.value).isprintable()


def test_without_git_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(SourceError, match="git is needed"):
        list(files_at("src", "main"))


def test_variables_of_a_hook_do_not_mislead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert dict(files_at("src", "first"))["a.py"] == b"one\r\n"
