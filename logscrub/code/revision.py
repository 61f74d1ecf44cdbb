"""Files of a commit, read from git without a checkout.

Git is asked for objects only: no hook, filter, text conversion or network is involved. A revision is never an option.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence

from logscrub.errors import SourceError
from logscrub.report.visible import visible

# A hook of git's sets these for the repository it runs in; the directory we are given decides instead.
_INHERITED = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
_REGULAR = (b"100644", b"100755")


def files_at(directory: str, rev: str, wanted: Callable[[str], bool] | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield the files below a directory as they are in a commit.

    Args:
        directory: a directory of a work tree; it decides which repository is meant.
        rev: a commit, tag, branch or anything else that names one commit (``HEAD~2``).
        wanted: tells from a path whether the file is wanted; without it all are.

    Yields:
        The path relative to ``directory``, with ``/``, and the content. Links and submodules are left out.

    Raises:
        SourceError: there is no repository, no such commit, or no git.
    """
    listed = _git(directory, "ls-tree", "-r", "-z", commit_of(directory, rev))
    entries = []
    for entry in listed.split(b"\0"):
        head, _, name = entry.partition(b"\t")
        if head.startswith(_REGULAR):
            path = os.fsdecode(name)
            if wanted is None or wanted(path):
                entries.append((path, head.split()[2]))
    yield from _contents(directory, entries)


def commit_of(directory: str, rev: str) -> str:
    """Return the full name of the commit a revision stands for.

    Raises:
        SourceError: there is no repository, no such commit, or no git.
    """
    root_of(directory)
    if not rev or rev.startswith("-") or not rev.isprintable():
        raise SourceError(f"{visible(rev)!r} is not the name of a revision")
    try:
        found = _git(directory, "rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}")
    except SourceError:
        raise SourceError(f"{visible(directory)}: the repository has no revision {visible(rev)!r}") from None
    return found.decode("ascii").strip()


def root_of(directory: str) -> str:
    """Return the top directory of the work tree a directory lies in.

    Raises:
        SourceError: it lies in none, or there is no git.
    """
    if not os.path.isdir(directory):
        raise SourceError(f"{visible(directory)}: no such directory")
    try:
        return os.fsdecode(_git(directory, "rev-parse", "--show-toplevel").removesuffix(b"\n"))
    except _GitError as error:
        reason = (
            "git refuses it: it belongs to somebody else"
            if "dubious ownership" in error.said
            else "not in a git work tree"
        )
        raise SourceError(f"{visible(directory)}: {reason}") from None


def ignored(directory: str, paths: Iterable[str]) -> set[str]:
    """Return those of some paths, relative to a directory, that the repository ignores.

    Raises:
        SourceError: there is no git.
    """
    given = b"".join(os.fsencode(path) + b"\0" for path in paths)
    if not given:
        return set()
    found = _git(directory, "check-ignore", "-z", "--stdin", stdin=given, allowed=(0, 1))
    return {os.fsdecode(path) for path in found.split(b"\0") if path}


class _GitError(SourceError):
    """Git ended with an error. ``said`` is for looking at, not for showing."""

    said = ""


def _git(directory: str, *arguments: str, stdin: bytes = b"", allowed: Sequence[int] = (0,)) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603
            _command(directory, *arguments), input=stdin, capture_output=True, env=_environment(), check=False
        )
    except OSError:
        raise SourceError("git is needed for this and cannot be run") from None
    if done.returncode not in allowed:
        error = _GitError(f"{visible(directory)}: git {arguments[0]} failed")
        error.said = done.stderr.decode("utf-8", "replace")
        raise error
    return done.stdout


def _contents(directory: str, entries: list[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    if not entries:
        return
    with subprocess.Popen(  # noqa: S603
        _command(directory, "cat-file", "--batch"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    ) as git:
        assert git.stdin is not None
        assert git.stdout is not None
        for path, name in entries:
            git.stdin.write(name + b"\n")
            git.stdin.flush()
            head = git.stdout.readline().split()
            if len(head) != 3:  # an object that is not there: a partial clone
                raise SourceError(f"{visible(path)}: the repository does not hold this file of the revision")
            data = git.stdout.read(int(head[2]))
            git.stdout.read(1)
            yield path, data


def _command(directory: str, *arguments: str) -> list[str]:
    return ["git", "--no-pager", "-c", "core.fsmonitor=false", "-C", directory, *arguments]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _INHERITED}
    return {**kept, "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
