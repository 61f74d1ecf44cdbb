"""Whether a manifest is still what was written into it, and whether the files are still what it says."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from logscrub.chain import Head
from logscrub.cleaning.manifest import FIRST, Seals, digest_of
from logscrub.errors import ConfigError, SourceError
from logscrub.report.visible import visible
from logscrub.sources.paths import reason_of

State = Literal["unchanged", "changed", "as before", "gone", "unreadable", "not looked at"]
"""What a file is now: what was written then; something else; what it was before and never replaced; not there."""

_MOST = 100
_CHUNK = 1 << 20


class FileCheck(NamedTuple):
    """A file that was written or replaced.

    Attributes:
        path: where the clean content is.
        line: the line of the manifest that says so, from 1; the last one of this file.
        state: what it is now.
    """

    path: str
    line: int
    state: State


@dataclass(frozen=True, slots=True)
class ManifestCheck:
    """What the check of a manifest came to.

    Attributes:
        path: the manifest.
        entries: lines that are entries.
        runs: runs they are of.
        torn: lines that were never finished, as on a full disk.
        unchained: entries at the beginning that are from before there was a chain.
        sealed: entries whose seal holds under the key.
        unsealed: entries in the chain whose seal was not checked: they have none, or one of another key, or no key was
            given. Of these accidents and clumsy changes are noticed, but whoever writes the chain anew is not.
        head: its end, to be kept elsewhere; None if it is empty.
        problems: what was changed, taken out or put in, in words; empty if nothing was.
        files: what became of each file that was written or replaced.
        values: how many values were taken out of these, by what the manifest says.
    """

    path: str
    entries: int
    runs: int
    torn: int
    unchained: int
    sealed: int
    unsealed: int
    head: Head | None
    problems: tuple[str, ...]
    files: tuple[FileCheck, ...]
    values: int = 0

    @property
    def holds(self) -> bool:
        """Whether no line was changed. What became of the files is another matter."""
        return not self.problems


def verify_manifest(path: str, key: bytes | None = None, files: bool = True, head: Head | None = None) -> ManifestCheck:
    """Find out whether a manifest was changed by anything but logscrub, and whether the files still are what it says.

    Args:
        path: the manifest.
        key: the key of the policy it was written with; without it seals are not checked.
        files: read the files, and compare them with their digests.
        head: the end of the manifest at some time, kept elsewhere since.

    Raises:
        SourceError: it cannot be read.
        ConfigError: it is no manifest.

    >>> import tempfile
    >>> from logscrub.cleaning import redact_files
    >>> with tempfile.TemporaryDirectory() as place:
    ...     log, manifest = os.path.join(place, "app.log"), os.path.join(place, "redacted.jsonl")
    ...     with open(log, "w") as stream:
    ...         _ = stream.write("login password=hunter2\\n")
    ...     _ = redact_files(log, in_place=True, manifest=manifest)
    ...     check = verify_manifest(manifest)
    ...     check.problems, [one.state for one in check.files]
    ((), ['unchanged'])
    """
    try:
        with open(path, "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise ConfigError(f"{visible(path)}: is no regular file, so it cannot be a manifest")
            walk = _Walk(None if key is None else Seals(key), head)
            for number, line in enumerate(stream, 1):
                walk.look_at(number, line.removesuffix(b"\n"))
    except OSError as error:
        raise SourceError(f"{visible(path)}: {reason_of(error)}") from None
    if walk.last.run and not walk.entries:
        raise ConfigError(f"{visible(path)}: is not a manifest: it has no entry")
    walk.end()
    problems = walk.problems
    if len(problems) > _MOST:
        problems = [*problems[:_MOST], f"and {len(problems) - _MOST:,} more"]
    return ManifestCheck(
        path,
        walk.entries,
        len(walk.runs),
        walk.torn,
        walk.unchained,
        walk.sealed,
        walk.entries - walk.unchained - walk.sealed - walk.forged,
        walk.last if walk.last.run else None,
        tuple(problems),
        tuple(_states(walk.files, look=files)),
        sum(_values(entry) for _, entry in walk.files.values()),
    )


def _values(entry: dict[str, Any]) -> int:
    """Return how many values were taken out of a file."""
    rules = entry.get("rules")
    counts = [one.get("count") for one in rules if isinstance(one, dict)] if isinstance(rules, list) else []
    return sum(count for count in counts if isinstance(count, int))


class _Walk:
    """Goes through the lines of a manifest."""

    def __init__(self, seals: Seals | None, head: Head | None) -> None:
        self._seals = seals
        self._kept = head
        self._kept_seen = False
        self._chained = False
        self.last = Head(0, "")
        self.entries = self.torn = self.unchained = self.sealed = self.forged = 0
        self.runs: set[str] = set()
        self.problems: list[str] = []
        self.files: dict[str, tuple[int, dict[str, Any]]] = {}

    def look_at(self, number: int, line: bytes) -> None:
        """Take the next line."""
        entry = _entry(line)
        if entry is None:
            self.torn += 1
            if not FIRST.startswith(line.rstrip(b"\0")[: len(FIRST)]):
                self.problems.append(f"line {number}: is no entry of a manifest")
        else:
            self._look_into(number, line, entry)
        self.last = Head(number, digest_of(line))
        if self._kept is not None and self._kept.run == number:
            self._kept_seen = True
            if self._kept.link != self.last.link:
                self.problems.append(
                    f"line {number}: is not what was kept elsewhere as the head: the past was written anew"
                )

    def end(self) -> None:
        """Say what is missing at the end."""
        if self._kept is not None and not self._kept_seen:
            self.problems.append(
                f"line {self._kept.run}, kept elsewhere as the head: is not there: the end was cut off"
            )

    def _look_into(self, number: int, line: bytes, entry: dict[str, Any]) -> None:
        self.entries += 1
        self.runs.add(str(entry.get("run")))
        name = f"line {number} ({visible(str(entry.get('event')))} of {visible(str(entry.get('time')))})"
        if "previous" in entry:
            self._chained = True
            if entry["previous"] != (self.last.link or None):
                self.problems.append(
                    f"{name}: does not follow the line before: lines were changed, taken out or put in"
                )
        elif self._chained:
            self.problems.append(f"{name}: has no digest of the line before: it was put in, or changed")
        else:
            self.unchained += 1
        holds = self._seals.holds(line) if self._seals is not None else None
        if holds:
            self.sealed += 1
        elif holds is not None:
            self.forged += 1
            self.problems.append(f"{name}: was changed: its seal does not hold")
        self._file(number, entry)

    def _file(self, number: int, entry: dict[str, Any]) -> None:
        """Note what a file was written as; of a file without findings, if it was written before."""
        path, action = entry.get("target", entry.get("path")), entry.get("action")
        if not isinstance(path, str):
            return
        known = self.files.get(path)
        if isinstance(entry.get("after"), dict) and (action in ("replaced", "written") or known is not None):
            self.files[path] = (number, entry)
        elif known is not None and known[1].get("event") == "replacing" and known[1].get("run") == entry.get("run"):
            del self.files[path]  # it was not replaced after all


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and "manifest" in entry else None


def _states(files: dict[str, tuple[int, dict[str, Any]]], look: bool) -> Iterator[FileCheck]:
    for path, (number, entry) in files.items():
        yield FileCheck(path, number, _state(path, entry) if look else "not looked at")


def _state(path: str, entry: dict[str, Any]) -> State:
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(fd, "rb", buffering=0) as stream:
            status = os.fstat(fd)
            sizes = {entry[which].get("size") for which in ("before", "after") if isinstance(entry.get(which), dict)}
            if not stat.S_ISREG(status.st_mode) or status.st_size not in sizes:
                return "changed"
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return "gone"
    except (OSError, ValueError):
        return "unreadable"
    if found == entry["after"].get("sha256"):
        return "unchanged"
    before = entry.get("before")
    was = isinstance(before, dict) and found == before.get("sha256")
    return "as before" if was and entry.get("event") == "replacing" else "changed"
