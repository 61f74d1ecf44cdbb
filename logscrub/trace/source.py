"""The log calls of a source tree: as it lies there, or as it was in a commit."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import replace

from logscrub.code.audit import CodeOptions, audit_code
from logscrub.code.languages import wants
from logscrub.code.model import LogCall, Problem
from logscrub.code.revision import files_at, root_of


def calls_of(
    directories: Iterable[str], rev: str | None = None, options: CodeOptions | None = None
) -> tuple[tuple[LogCall, ...], tuple[Problem, ...]]:
    """Return the log calls of some directories, and the files that could not be read.

    Args:
        directories: of source code.
        rev: a commit, tag or branch of the repository they lie in; None for the files as they are now.
        options: what is read, as for :func:`logscrub.code.audit.audit_code`.

    Raises:
        SourceError: with ``rev``: a directory lies in no repository, or the repository has no such revision.
    """
    options = replace(options or CodeOptions(), inventory=True)
    calls: list[LogCall] = []
    problems: list[Problem] = []
    for directory in directories:
        if rev is None:
            result = audit_code([directory], options)
            calls += result.calls
            problems += result.problems
            continue
        with tempfile.TemporaryDirectory(prefix="logscrub-") as copy:
            copied = _check_out(directory, rev, copy)
            result = audit_code([copied], replace(options, cache=False))
        for call in result.calls:
            moved = _moved(call.place.path, copied, directory)
            calls.append(replace(call, place=replace(call.place, path=moved)))
        problems += (replace(one, path=_moved(one.path, copied, directory)) for one in result.problems)
    return tuple(dict.fromkeys(calls)), tuple(problems)


def _check_out(directory: str, rev: str, copy: str) -> str:
    """Write the source below a directory as it was, and what tells that packages above it are packages.

    A module is known by its dotted name, which the names of its loggers are made of; so it lies in the copy at the same
    place as in the repository.
    """
    root = root_of(directory)
    inside = os.path.relpath(os.path.realpath(directory), os.path.realpath(root)).replace(os.sep, "/")
    steps = [] if inside == "." else inside.split("/")
    packages = {"/".join((*steps[:depth], "__init__.py")) for depth in range(1, len(steps))}
    below = "".join(f"{step}/" for step in steps)

    def wanted(path: str) -> bool:
        return path in packages or (path.startswith(below) and (path.endswith((".py", ".pyw")) or wants(path)))

    for path, data in files_at(root, rev, wanted):
        _write(copy, path, data)
    copied = os.path.join(copy, *steps)
    os.makedirs(copied, exist_ok=True)
    return copied


def _write(directory: str, path: str, data: bytes) -> None:
    """Write a file of a commit below a directory; git may hold a path that would lead out of it."""
    steps = path.split("/")
    if os.path.isabs(path) or not {"", "..", "."}.isdisjoint(steps):
        return
    target = os.path.join(directory, *steps)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as stream:
        stream.write(data)


def _moved(path: str, copy: str, directory: str) -> str:
    return os.path.join(directory, os.path.relpath(path, copy))
