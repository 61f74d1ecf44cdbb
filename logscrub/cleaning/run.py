"""Redacting files and trees: plan → processes → outcomes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from logscrub.cleaning.outcome import Redaction
from logscrub.errors import ConfigError, SourceError
from logscrub.machine import interrupts, processors

if TYPE_CHECKING:
    from logscrub.cleaning.file import Task
    from logscrub.cleaning.manifest import Manifest
    from logscrub.policy import Policy

Progress = Callable[[str, int, int], None]
"""Called as (path, bytes read so far over all files, bytes of all files)."""


def redact_files(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    output: str | os.PathLike[str] | None = None,
    in_place: bool = False,
    manifest: str | os.PathLike[str] | None = None,
    policy: Policy | str | None = None,
    jobs: int = 0,
    dry_run: bool = False,
    break_links: bool = False,
    even_if_open: bool = False,
    progress: Progress | None = None,
) -> Redaction:
    """Write clean copies of files and trees, or put clean files in their places.

    Each file is whole at any moment, old or new, whatever happens to the process or the machine. Nothing is raised for
    a file that cannot be done: it is as it was, and its outcome says why.

    Args:
        paths: files, directories and globs. Links inside directories are not followed.
        output: the directory for the copies. A file lies below it under the path it was given by, without leading
            ``/`` and ``..``.
        in_place: replace the files, but not on Windows. Exactly one of ``output`` and ``in_place`` must be given.
        manifest: a file that the record of what was done is appended to, as JSON lines.
        policy: what is redacted, and how, or the name of a profile (``"pci"``). By default, what the built-in rules
            have on by default.
        jobs: number of processes; 0 for as many as there are processors.
        dry_run: write nothing; the outcomes say what would become of the files.
        break_links: replace files that have other names, which keep the old text.
        even_if_open: replace files that a process has open for writing. What it writes later is lost.
        progress: called now and then.

    Raises:
        ConfigError: the arguments or the policy are wrong, or the manifest cannot be written.
        PackError: a pack is refused.

    Ctrl-C ends it early, with every file whole and ``interrupted`` set.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     log = pathlib.Path(place, "app.log")
    ...     _ = log.write_text("start\\nlogin password=hunter2\\n")
    ...     done = redact_files(place, in_place=True)
    ...     print(log.read_text(), [(one.action, dict(one.rules)) for one in done.files])
    start
    login password=[password]
     [('replaced', {'password': 1})]
    """
    from logscrub.cleaning.file import Cleaner, Job
    from logscrub.cleaning.plan import plan
    from logscrub.cleaning.workers import Workers
    from logscrub.policy import as_policy
    from logscrub.report.visible import visible
    from logscrub.sources.paths import reason_of

    begun = time.monotonic()
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    if in_place == (output is not None):
        raise ConfigError("name an output directory, or ask for the files to be replaced in place: one of the two")
    if output is not None and os.path.exists(output) and not os.path.isdir(output):
        raise ConfigError("the output is a file; for several files it must be a directory")
    if in_place and os.name == "nt":
        raise ConfigError("files cannot be replaced in place on Windows; name an output directory")
    policy = as_policy(policy)
    known = policy.known()
    job = Job(
        # Processes must agree on a key: one value has one token, whichever file it is in.
        replace(policy, key=policy.key or os.urandom(32)),
        known.named() if known is not None else {},
        dry_run,
        break_links,
        even_if_open,
        os.path.abspath(manifest) if manifest is not None else None,
        os.urandom(8).hex(),
        policy.key is not None,
    )
    cleaner = Cleaner(job)
    record = cleaner.manifest
    planned = partial(
        plan,
        [os.fspath(path) for path in paths],
        None if output is None else os.fspath(output),
        None if record is None else record.identity,
    )
    wanted = planned()
    if output is not None and not dry_run:
        try:
            os.makedirs(output, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{visible(os.fspath(output))}: cannot be made: {reason_of(error)}") from None
    leftovers = 0 if dry_run else _swept(wanted.folders if output is not None else wanted.folders | wanted.temporary)
    if leftovers and wanted.temporary:
        wanted = planned()  # one of them may have been another name of a file, which was taken for its first
    if record is not None:
        lasting = policy.key is not None
        with _told(record):
            record.begin("in-place" if in_place else "copy", cleaner.scrubber, lasting=lasting, files=len(wanted.tasks))
            for _, outcome in wanted.settled:
                record.done(outcome)
    outcomes = dict(wanted.settled)
    tasks = sorted(wanted.tasks, key=lambda numbered: -numbered[1].size)
    meter = _Meter(dict(tasks), progress)
    interrupted = False
    if tasks:
        count = min(len(tasks), jobs or processors())
        pressed = Event()
        with interrupts(pressed.set), Workers(job, cleaner.scrubber, count, pressed.is_set) as workers:
            for number, outcome in workers.run(tasks, meter.told):
                outcomes[number] = outcome
                meter.done(number)
            interrupted = workers.interrupted
    done = Redaction(
        tuple(outcomes[number] for number in sorted(outcomes)),
        dry_run,
        interrupted,
        leftovers,
        time.monotonic() - begun,
    )
    if record is not None:
        with _told(record):
            record.end(done)
        record.close()
    return done


@contextmanager
def _told(record: Manifest) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        from logscrub.report.visible import visible
        from logscrub.sources.paths import reason_of

        raise ConfigError(f"{visible(record.path)}: the manifest cannot be written: {reason_of(error)}") from None


def _swept(folders: Iterable[tuple[str, tuple[str, ...]]]) -> int:
    """Remove what killed runs left where files are to be written."""
    from logscrub.cleaning.folder import Folder
    from logscrub.cleaning.temporary import remove_leftovers

    removed = 0
    for root, parts in folders:
        try:
            with Folder(root, parts) as folder:
                removed += remove_leftovers(folder)
        except (SourceError, OSError):
            continue  # not there yet, or the files in it will say what is wrong with it
    return removed


class _Meter:
    """Adds up how far all files are."""

    def __init__(self, tasks: dict[int, Task], progress: Progress | None) -> None:
        self._tasks = tasks
        self._progress = progress
        self._total = sum(task.size for task in tasks.values())
        self._under_way: dict[int, int] = {}
        self._done = 0

    def told(self, number: int, read: int) -> None:
        """Take note of how far a file is."""
        self._under_way[number] = min(read, self._tasks[number].size)
        self._show(number)

    def done(self, number: int) -> None:
        """Take note of a file that is done."""
        self._under_way.pop(number, None)
        self._done += self._tasks[number].size
        self._show(number)

    def _show(self, number: int) -> None:
        if self._progress is not None:
            self._progress(self._tasks[number].path, self._done + sum(self._under_way.values()), self._total)
