"""Which files of a source tree are read."""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Iterator, Sequence

from logscrub.code.knowledge import Knowledge
from logscrub.code.model import Problem

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "dist-packages", "bower_components", "vendor"})


def source_files(
    paths: Sequence[str], knowledge: Knowledge, wants: tuple[str, ...], tests: bool, exclude: Sequence[str]
) -> Iterator[str | Problem]:
    """Yield the files to be read, in a stable order, each once; and paths that cannot be.

    Directories that are hidden, virtual environments or hold packages of others are left out, and tests unless they
    are asked for. A file that is named is read whatever its name is. No link to a directory is followed.

    Args:
        paths: files and directories.
        wants: suffixes of the files to be read in directories.
        tests: read tests too.
        exclude: globs of paths to be left out.
    """
    seen: set[tuple[int, int]] = set()
    for path in paths:
        path = os.fspath(path)
        try:
            status = os.stat(path)
        except (OSError, ValueError) as error:
            yield Problem(path, f"cannot be read: {getattr(error, 'strerror', None) or 'not a path'}")
            continue
        if stat.S_ISDIR(status.st_mode):
            for found in _walk(path, knowledge, wants, tests, exclude):
                if isinstance(found, Problem) or _is_new_file(found, seen):
                    yield found
        elif stat.S_ISREG(status.st_mode):
            if _is_new_file(path, seen):
                yield path
        else:
            yield Problem(path, "is neither a file nor a directory")


def _walk(
    root: str, knowledge: Knowledge, wants: tuple[str, ...], tests: bool, exclude: Sequence[str]
) -> Iterator[str | Problem]:
    problems: list[Problem] = []

    def unreadable(error: OSError) -> None:
        problems.append(Problem(error.filename or root, f"cannot be read: {error.strerror}"))

    for directory, folders, files in os.walk(root, onerror=unreadable):
        if directory != root and "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED
            and (tests or name not in knowledge.test_directories)
            and not _matches(os.path.join(directory, name), root, exclude)
        )
        for name in sorted(files):
            if not name.lower().endswith(wants) or (not tests and _is_test(name, knowledge)):
                continue
            path = os.path.join(directory, name)
            if not _matches(path, root, exclude):
                yield path
    yield from problems


def _is_test(name: str, knowledge: Knowledge) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in knowledge.test_files)


def _matches(path: str, root: str, patterns: Sequence[str]) -> bool:
    if not patterns:
        return False
    below = os.path.relpath(path, root).replace(os.sep, "/")
    whole = path.replace(os.sep, "/")
    return any(
        fnmatch.fnmatchcase(below, pattern)
        or fnmatch.fnmatchcase(whole, pattern)
        or pattern.strip("/") in below.split("/")
        for pattern in patterns
    )


def _is_new_file(path: str, seen: set[tuple[int, int]]) -> bool:
    """Tell whether a path is a file that was not met before; a pipe or a device would be waited for."""
    try:
        status = os.stat(path)
    except OSError:
        return True  # reading it tells why
    key = (status.st_dev, status.st_ino)
    if key in seen or not stat.S_ISREG(status.st_mode):
        return False
    seen.add(key)
    return True


def module_name(path: str, directories: dict[str, bool]) -> tuple[str, bool]:
    """Return the dotted name of a module as imports say it, and whether it is a package.

    Args:
        directories: memory of which directories are packages.
    """
    directory, name = os.path.split(path)
    stem = os.path.splitext(name)[0]
    parts = [] if stem == "__init__" else [stem]
    while directory:
        package = directories.get(directory)
        if package is None:
            package = directories[directory] = os.path.exists(os.path.join(directory, "__init__.py"))
        if not package:
            break
        directory, last = os.path.split(directory)
        if not last:
            break
        parts.append(last)
    return ".".join(reversed(parts)), stem == "__init__"
