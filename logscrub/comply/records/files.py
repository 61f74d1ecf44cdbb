"""The files that were looked at: size, time, rights and digest, so that it can be told that these were the ones."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from threading import Event

from logscrub.comply.model import FileFact
from logscrub.machine import processors
from logscrub.sources.paths import STDIN, Source, Unread, expand, reason_of
from logscrub.sources.raw import CHANGED, opened_again
from logscrub.sources.urls import is_url

CHANGED_MEANWHILE = "changed while it was read"
GONE = "is not there any more"
STOPPED = "no digest: ended early"
_STDIN = "no digest: standard input can be read only once"
_PIPE = "no digest: a pipe can be read only once"
_PIECE = 1 << 20
_MOST_THREADS = 8


def file_facts(
    paths: Iterable[str | os.PathLike[str]],
    *,
    storage_options: Sequence[str] = (),
    progress: Callable[[str, int], bool] | None = None,
) -> tuple[FileFact, ...]:
    """Take down what files there are, with their digests.

    Args:
        paths: files, directories, globs, URLs and ``-``, as a scan takes them. Links in directories are not followed,
            and nothing but regular files is opened.
        storage_options: ``KEY=VALUE`` for the filesystems of URLs.
        progress: called with a path and how many bytes of it were read; what it returns false to ends early.

    Returns:
        One for each, in the order of a scan. What has no digest says why in its remark. Nothing is raised for what
        cannot be read; Ctrl-C leaves the rest without digests.

    >>> file_facts(["-"])[0].remark
    'no digest: standard input can be read only once'
    """
    stop = Event()
    told = progress or (lambda path, count: True)

    def fact(one: Source | Unread) -> FileFact:
        try:
            return _fact(one, stop, told)
        except OSError as error:  # it went away between two looks
            return FileFact(one.path, 0, remark=f"no digest: {reason_of(error)}")

    listed = [one for one in expand(paths, tuple(storage_options)) if isinstance(one, Source) or one.error]
    with ThreadPoolExecutor(min(_MOST_THREADS, processors())) as pool:
        waiting = [pool.submit(fact, one) for one in listed]
        try:
            return tuple(one.result() for one in waiting)
        except KeyboardInterrupt:
            stop.set()
            return tuple(one.result() for one in waiting)


def recheck(facts: Iterable[FileFact], *, digests: bool = False) -> tuple[FileFact, ...]:
    """Say in their remarks which files changed since their facts were taken down: size, time, or that they are gone.

    Args:
        facts: from :func:`file_facts`.
        digests: read them again, and tell changes that hide behind an old time as well.
    """
    return tuple(_again(fact, digests) for fact in facts)


def _again(fact: FileFact, digests: bool) -> FileFact:
    if fact.mode is None or fact.path == STDIN or is_url(fact.path):
        return fact
    try:
        status = os.stat(fact.path)
    except (OSError, ValueError):
        return replace(fact, remark=GONE)
    same = status.st_size == fact.size and _written(status) == fact.modified and stat.S_ISREG(status.st_mode)
    if same and digests and fact.sha256:
        now = file_facts([fact.path])
        same = bool(now) and now[0].sha256 == fact.sha256
    return fact if same else replace(fact, remark=CHANGED_MEANWHILE)


def _fact(one: Source | Unread, stop: Event, told: Callable[[str, int], bool]) -> FileFact:
    if isinstance(one, Unread):
        return FileFact(one.path, 0, remark=f"not read: {one.reason}")
    if one.remote is not None:
        written = "" if one.remote.modified is None else _utc(int(one.remote.modified * 1_000_000))
        etag = one.remote.etag
        known = f" (etag {etag})" if etag and not etag.startswith("mtime:") else ""
        return FileFact(one.path, one.size or 0, written, remark=f"no digest: a remote object{known}")
    if one.path == STDIN or one.size is None:
        return FileFact(one.path, 0, remark=_STDIN if one.path == STDIN else _PIPE)
    try:
        fd = opened_again(one)
    except (OSError, ValueError) as error:
        return FileFact(one.path, one.size, remark=f"no digest: {reason_of(error)}")
    with open(fd, "rb", buffering=0) as file:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            return FileFact(one.path, 0, remark=f"no digest: {CHANGED}")
        digest, buffer, left = hashlib.sha256(), memoryview(bytearray(_PIECE)), before.st_size
        # What is appended meanwhile is no part of it: somebody may write faster than this reads.
        while left > 0 and (count := file.readinto(buffer[: min(left, _PIECE)]) or 0):
            digest.update(buffer[:count])
            left -= count
            if stop.is_set() or not told(one.path, count):
                stop.set()
                return _described(one.path, before, "", STOPPED)
        after = os.fstat(fd)
        changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
        # Files of /proc and /sys have a size that is none.
        return _described(one.path, before, digest.hexdigest(), CHANGED_MEANWHILE if changed or left > 0 else "")


def _described(path: str, status: os.stat_result, digest: str, remark: str) -> FileFact:
    rights = stat.S_IMODE(status.st_mode) if os.name == "posix" else None
    owner, group = (_user(status.st_uid), _group(status.st_gid)) if rights is not None else ("", "")
    return FileFact(path, status.st_size, _written(status), digest, rights, owner, group, remark)


def _written(status: os.stat_result) -> str:
    return _utc(status.st_mtime_ns // 1000)


def _utc(microseconds: int) -> str:
    """Write a time down; nothing for one that no calendar has."""
    try:
        moment = datetime.fromtimestamp(microseconds // 1_000_000, UTC).replace(microsecond=microseconds % 1_000_000)
    except (ValueError, OverflowError, OSError):
        return ""
    return moment.isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=256)
def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


@lru_cache(maxsize=256)
def _group(number: int) -> str:
    import grp

    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
