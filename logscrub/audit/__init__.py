"""Scanning: sources → tasks → shards → blocks → hits → records → findings.

``plan`` cuts what is to be read into tasks, ``work`` does one, ``run`` hands them to an executor (``processes``), and
``assemble`` puts the tallies together, in whatever order they come.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from logscrub._version import __version__
from logscrub.audit.assemble import Assembly
from logscrub.audit.count import Observer, Sighting
from logscrub.audit.engine import Engine, Job
from logscrub.audit.plan import Task, new_tasks, tasks, whole
from logscrub.audit.processes import Workers
from logscrub.audit.run import Failed
from logscrub.audit.shards import shard_size
from logscrub.audit.work import scan_shards
from logscrub.errors import ConfigError
from logscrub.findings import MAX_FINDINGS, ScanResult, Tally
from logscrub.machine import processors
from logscrub.policy import Policy, as_policy
from logscrub.sources import Limits, Source, expand
from logscrub.sources.urls import is_url, shown

if TYPE_CHECKING:
    from logscrub.audit.cluster import Cluster
    from logscrub.audit.ledger import Ledger
    from logscrub.presidio.deep import Deep

__all__ = ["Observer", "Progress", "Sighting", "scan"]

_WORTH = 16 << 20
"""Bytes, and files, for which another process is worth its start."""
_MANY = 1000

Progress = Callable[[str, int, int], None]
"""Called as (path, bytes read so far over all inputs, bytes of all inputs or 0 if unknown)."""


def scan(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    policy: Policy | str | None = None,
    limits: Limits | None = None,
    max_findings: int = MAX_FINDINGS,
    progress: Progress | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    ledger: str | os.PathLike[str] | None = None,
    storage_options: Iterable[str] = (),
    deep: Deep | None = None,
    observer: Observer | None = None,
    allow_comments: bool = False,
) -> ScanResult:
    """Scan files, directories, globs and ``-`` (standard input), and return what was found.

    Args:
        paths: what to read; compression and archives are seen through, whatever the files are called. URLs too.
        policy: what to look for, or the name of a profile (``"pci"``). By default, what the built-in rules have on by
            default.
        limits: bounds on what is read from one input.
        max_findings: distinct values kept for a rule; the others are counted in one finding.
        progress: called after each block read.
        jobs: processes that read at once; 0 for as many as there are processors. What is found does not depend on it.
        cluster: address of a Dask scheduler whose workers read in place of this machine's processes, or ``local``.
        ledger: a file that remembers what was scanned: what is known is not read again, and findings are compared with
            those of the run before.
        storage_options: ``KEY=VALUE`` for the filesystems of URLs.
        deep: finds names and places in prose as well (:class:`logscrub.presidio.deep.Deep`), in this process only.
        allow_comments: a line that says ``logscrub: allow[rule-id] reason`` has no findings of that rule; they are
            among those suppressed. Not for logs: whoever writes a line could hide a secret in it.
        observer: is told every occurrence that is counted, as tracing needs it, in this process only.

    Nothing is raised for an input that cannot be read: see ``ScanResult.errors``. Ctrl-C ends the scan early, with what
    was found so far and ``interrupted`` set.

    Raises:
        ConfigError: the ledger cannot be used, or not together with ``deep`` or ``observer``.
        MissingExtraError: there is no Dask for the cluster.
        SourceError: nobody answers at the address of the cluster, or the ledger cannot be written.

    >>> scan([]).findings
    ()
    """
    begun, started = time.monotonic(), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = [os.fspath(one) for one in ([paths] if isinstance(paths, (str, os.PathLike)) else paths)]
    if cluster is not None and (deep is not None or observer is not None):
        raise ConfigError(
            "workers of a cluster look for what rules find: neither --deep nor tracing goes with --cluster"
        )
    if ledger is not None and (deep is not None or observer is not None):
        raise ConfigError("a ledger remembers what rules find: it goes neither with --deep nor with tracing")
    policy = as_policy(policy)
    with _opened(ledger, policy) as book:
        if book is not None:
            policy = replace(policy, key=book.key)
        job = Job.of(policy, limits, max_findings, allow_comments)
        engine = Engine.of(job.policy, deep, allow_comments)
        if book is not None:
            book.look_for(*job.outlook(engine))
        work = _Scan(Assembly(max_findings), engine, job, progress, book)
        try:
            work.find(names, tuple(storage_options))
            if deep is not None or observer is not None:
                work.in_this_process(observer)
            elif cluster is not None:
                work.on_cluster(cluster)
            elif jobs == 1 or not work.worth_sharing():
                work.in_this_process(None)
            else:
                work.in_processes(jobs or processors())
        except KeyboardInterrupt:
            work.assembly.total.interrupted = True
        result = _result(work.finish(), engine, policy, time.monotonic() - begun)
        result = replace(result, started=started, inputs=tuple(shown(name) if is_url(name) else name for name in names))
        return result if book is None else book.compare(result, names)


class _Scan:
    """One scan under way."""

    def __init__(
        self, assembly: Assembly, engine: Engine, job: Job, progress: Progress | None, ledger: Ledger | None
    ) -> None:
        self.assembly = assembly
        self._engine = engine
        self._job = job
        self._progress = progress
        self._ledger = ledger
        self._sources: list[Source] = []
        self._size = 0
        self._streams = False  # some of them have no size
        self._recalled = 0
        self._shown = ""

    def find(self, names: Iterable[str], options: tuple[str, ...]) -> None:
        """Find out what there is to read."""
        for one in expand(names, options):
            if isinstance(one, Source):
                self._sources.append(one)
                self._size += one.size or 0
                self._streams |= one.size is None
            else:
                self.assembly.total.unread.append(one)

    def worth_sharing(self) -> bool:
        """Whether there is work for more than one process."""
        return self._size >= _WORTH or len(self._sources) >= _MANY

    def in_this_process(self, observer: Observer | None) -> None:
        """Scan task by task; source by source, in their order, where somebody looks on or a language model reads."""
        in_order = observer is not None or self._engine.deep is not None
        done = 0
        for task in whole(self._sources) if in_order else self._tasks(1):

            def beat(read: int, path: str = task.shards[0].source.path) -> bool:
                nonlocal done
                done += read
                self._tell(path, done)
                return True

            tallies = scan_shards(self._engine, self._job, task.shards, task.apart, beat, observer)
            self._add(task, tallies)
            if tallies[-1].interrupted:
                return

    def in_processes(self, jobs: int) -> None:
        """Scan with so many processes."""
        self._collect(Workers(self._job, self._engine, jobs, self._advance), jobs)

    def on_cluster(self, address: str) -> None:
        """Scan with the workers of a cluster."""
        from logscrub.audit.cluster import Cluster

        self._collect(Cluster(self._job, address, self._advance), processors())

    def _collect(self, workers: Workers | Cluster, jobs: int) -> None:
        for done in workers.run(self._tasks(jobs)):
            if isinstance(done, Failed):
                self.assembly.unread(done.task, done.reason)
                continue
            task, tallies = done
            self._shown = task.shards[-1].source.path
            self._add(task, tallies)
        if workers.stopped:
            self.assembly.total.interrupted = True

    def finish(self) -> Tally:
        """Return what it came to, and say what was not read."""
        return self.assembly.finish(self._sources)

    def _tasks(self, jobs: int) -> Iterator[Task]:
        step = shard_size(self._size, jobs)
        if self._ledger is None:
            return tasks(self._sources, step)
        return new_tasks(self._sources, step, self._ledger, self._job.max_findings, self._recall)

    def _recall(self, task: Task, tallies: list[Tally]) -> None:
        self._recalled += task.size
        self.assembly.add(task, tallies)

    def _add(self, task: Task, tallies: list[Tally]) -> None:
        if self._ledger is not None:
            self._ledger.keep(zip(task.shards, tallies, strict=True))
        self.assembly.add(task, tallies)

    def _advance(self, read: int) -> None:
        self._tell(self._shown, read)

    def _tell(self, path: str, read: int) -> None:
        if self._progress is not None:
            # What is tried again is read more than once.
            done = self._recalled + read if self._streams else min(self._recalled + read, self._size)
            self._progress(path, done, 0 if self._streams else self._size)


@contextmanager
def _opened(ledger: str | os.PathLike[str] | None, policy: Policy | None) -> Iterator[Ledger | None]:
    if ledger is None:
        yield None
        return
    from logscrub.audit.ledger import Ledger

    with Ledger(os.fspath(ledger), policy.key if policy is not None else None) as book:
        yield book


def _result(total: Tally, engine: Engine, policy: Policy | None, elapsed: float) -> ScanResult:
    unread = sorted(total.unread, key=lambda one: (one.path, one.reason))
    return ScanResult(
        findings=total.findings(engine.describe),
        files=total.files,
        skipped=tuple(one for one in unread if not one.error),
        errors=tuple(one for one in unread if one.error),
        bytes=total.bytes,
        lines=total.lines,
        elapsed=elapsed,
        rules_digest=engine.detector.rules.digest,
        key_id=engine.fingerprinter.key_id if policy is not None and policy.key else "",
        version=__version__,
        limits=tuple(total.limits()),
        not_checked=() if engine.deep is None else engine.deep.not_checked,
        interrupted=total.interrupted,
        timeline=total.timeline(),
        suppressed=total.suppressed(engine.describe),
        rules=tuple((rule.id, rule.title) for rule in engine.detector.rules.everything()),
    )
