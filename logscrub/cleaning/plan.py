"""Which files are to be done, and where their clean copies go."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from logscrub.cleaning.file import Place, Task
from logscrub.cleaning.outcome import Outcome
from logscrub.cleaning.temporary import is_temporary
from logscrub.errors import ConfigError
from logscrub.sources import STDIN, Source, Unread, expand
from logscrub.sources.paths import reason_of


@dataclass(slots=True)
class Plan:
    """What is to be done.

    Attributes:
        tasks: files to be done, in the order they were named.
        settled: what became of others without any work, each with its place in that order.
        folders: the directories that files are written to: a root and names below it.
        temporary: directories with temporary files among what is named.
    """

    tasks: list[tuple[int, Task]] = field(default_factory=list)
    settled: list[tuple[int, Outcome]] = field(default_factory=list)
    folders: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    temporary: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)


def plan(paths: Sequence[str], output: str | None, apart: tuple[int, int] | None = None) -> Plan:
    """Say what is to be done.

    Args:
        paths: files, directories and globs.
        output: the directory for the copies; None to replace the files.
        apart: device and inode of a file that is none of them: the manifest.

    Raises:
        ConfigError: standard input is among the paths.
    """
    made = Plan()
    root = os.path.realpath(output) if output is not None else None
    seen: set[tuple[int, int]] = set()
    targets: set[Place] = set()
    for number, (given, one) in enumerate(_expanded(paths)):
        if isinstance(one, Unread):
            made.settled.append((number, Outcome(one.path, "refused" if one.error else "skipped", one.reason)))
            continue
        if is_temporary(os.path.basename(one.path)):
            place = _place(one, given)
            made.temporary.add((place.root, place.parts))
            made.settled.append((number, Outcome(one.path, "skipped", "a temporary file of a run of logscrub")))
            continue
        try:
            status = os.stat(one.path, follow_symlinks=one.named)
        except OSError as error:
            made.settled.append((number, Outcome(one.path, "refused", reason_of(error))))
            continue
        identity = (status.st_dev, status.st_ino)
        if identity == apart or (status.st_ino and identity in seen):
            continue
        seen.add(identity)
        if not stat.S_ISREG(status.st_mode):
            made.settled.append((number, Outcome(one.path, "refused", "is no file that could be replaced or copied")))
            continue
        source = _place(one, given)
        if root is not None and _is_below(source.path, root):
            # What an earlier run wrote.
            action, reason = ("refused" if one.named else "skipped"), "lies in the output directory"
            made.settled.append((number, Outcome(one.path, action, reason)))  # type: ignore[arg-type]
            continue
        target = None
        if root is not None:
            target = Place(root, *_below(one.path))
            if target in targets:
                made.settled.append(
                    (number, Outcome(one.path, "refused", "another file already has its name in the output directory"))
                )
                continue
            targets.add(target)
        made.tasks.append((number, Task(one.path, status.st_size, one.named, source, target)))
        written = target or source
        made.folders.add((written.root, written.parts))
    return made


def _expanded(paths: Sequence[str]) -> Iterator[tuple[str, Source | Unread]]:
    for given in paths:
        if given == STDIN:
            raise ConfigError("standard input has no name: it cannot be one of several paths, nor be replaced")
        for one in expand([given]):
            yield given, one


def _place(source: Source, given: str) -> Place:
    """Return where a file really is. What a walk came by lies below the directory that was named, without links."""
    if source.named or not os.path.isdir(given):
        folder, name = os.path.split(os.path.realpath(source.path) if source.named else source.path)
        return Place(os.path.realpath(folder), (), name)
    *parts, name = os.path.relpath(source.path, given).split(os.sep)
    return Place(os.path.realpath(given), tuple(parts), name)


def _below(path: str) -> tuple[tuple[str, ...], str]:
    """Return names of directories and of the file: the path as it was given, without what leads out of a directory.

    >>> _below("/var/log/./web/../app.log"), _below("../../app.log")
    ((('var', 'log'), 'app.log'), ((), 'app.log'))
    """
    _, path = os.path.splitdrive(os.path.normpath(path))
    *parts, name = [part for part in path.split(os.sep) if part not in ("", os.pardir, os.curdir)]
    return tuple(parts), name


def _is_below(path: str, root: str) -> bool:
    return path.startswith(root if root.endswith(os.sep) else root + os.sep)
