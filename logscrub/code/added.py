"""What a change adds: findings of the work tree that its files at a revision do not have."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from logscrub.code.model import CodeFinding, CodeResult
from logscrub.code.revision import commit_of, files_at, ignored, root_of
from logscrub.code.suppress import fingerprinted
from logscrub.errors import SourceError
from logscrub.report.visible import visible

Audit = Callable[[Sequence[str]], CodeResult]


class _Given(NamedTuple):
    """A path that was audited, and where it is in the repository."""

    path: str
    below: str


def added_since(result: CodeResult, paths: Sequence[str], rev: str, audit: Audit) -> CodeResult:
    """Leave only the findings that were not there at a revision.

    The files of the revision are audited as the project they were then, so a finding counts as added too where the
    change is in another file (a field that an object logged elsewhere now has). Findings are compared by fingerprint:
    lines that only moved add nothing. Files that the repository ignores are no part of a change.

    Args:
        result: what the audit of the work tree found.
        paths: what it was given.
        rev: the revision.
        audit: audits other paths in the same way.

    Raises:
        SourceError: the paths lie in no repository or in two, or there is no such revision.
    """
    existing = [path for path in paths if os.path.exists(path)]
    if not existing:
        return result
    root, given = _given(existing)
    commit = commit_of(root, rev)
    if not result.findings:
        return result
    # What is found now can only have been found then in files of these kinds; modules explain what is in others.
    suffixes = {os.path.splitext(finding.place.path)[1] for finding in result.findings} | {".py"}
    with tempfile.TemporaryDirectory(prefix="logscrub-") as place:
        _write(place, files_at(root, commit, _wanted(given, suffixes)))
        before = {os.path.join(place, one.below): one.path for one in given}
        there = [path for path in before if os.path.exists(path)]
        then = audit(there) if there else CodeResult()
        known = _fingerprints(then, before)
    below = {path: _below(root, path) for path in {finding.place.path for finding in result.findings}}
    no_part = ignored(root, below.values())
    added = (
        finding
        for finding in fingerprinted(result.findings)
        if finding.fingerprint not in known and below[finding.place.path] not in no_part
    )
    return replace(result, findings=tuple(added), interrupted=result.interrupted or then.interrupted)


def _given(paths: Iterable[str]) -> tuple[str, list[_Given]]:
    roots = {os.path.realpath(root_of(path if os.path.isdir(path) else os.path.dirname(path) or ".")) for path in paths}
    if len(roots) > 1:
        raise SourceError(f"the paths lie in different repositories: {', '.join(map(visible, sorted(roots)))}")
    root = roots.pop()
    return root, [_Given(path, _below(root, path)) for path in paths]


def _below(root: str, path: str) -> str:
    return os.path.relpath(os.path.realpath(path), root)


def _wanted(given: Iterable[_Given], suffixes: set[str]) -> Callable[[str], bool]:
    names = [one.below.replace(os.sep, "/") for one in given]
    # What makes the directories above packages decides what the modules are called.
    above = {f"{name.rsplit('/', depth)[0]}/__init__.py" for name in names for depth in range(1, name.count("/") + 1)}

    def wanted(path: str) -> bool:
        if os.path.splitext(path)[1] not in suffixes:
            return False
        return path in above or any(name in (".", path) or path.startswith(f"{name}/") for name in names)

    return wanted


def _write(place: str, files: Iterator[tuple[str, bytes]]) -> None:
    for name, data in files:
        parts = name.split("/")
        if os.pardir in parts or os.path.isabs(name):
            continue  # git makes no such names, but an object may hold anything
        path = os.path.join(place, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(data)


def _fingerprints(result: CodeResult, given: dict[str, str]) -> set[str]:
    """Fingerprints of what an audit of copies found, as if the copies lay where they are from."""
    findings = [_moved(finding, given) for finding in result.findings]
    hidden = [_moved(one.finding, given) for one in result.suppressed]
    # Those suppressed are only numbered along: without its comment, one of them is new.
    all_of_them = fingerprinted([*findings, *hidden])
    hidden_places = {(one.place, one.rule, one.expression) for one in hidden}
    return {one.fingerprint for one in all_of_them if (one.place, one.rule, one.expression) not in hidden_places}


def _moved(finding: CodeFinding, given: dict[str, str]) -> CodeFinding:
    path = finding.place.path
    for copy, original in given.items():
        if path == copy or path.startswith(copy + os.sep):
            path = original + path[len(copy) :]
            break
    return replace(finding, place=replace(finding.place, path=os.path.normpath(path)), fingerprint="")
