"""Scanning on a Dask cluster: the same tasks, on other machines that can read the same paths or URLs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from typing import Any

from logscrub.audit.engine import Job
from logscrub.audit.plan import Task
from logscrub.audit.processes import Done
from logscrub.audit.run import Failed, Runner
from logscrub.audit.work import scan_task
from logscrub.errors import MissingExtraError, SourceError
from logscrub.findings import Tally
from logscrub.machine import interrupts, processors

LOCAL = "local"
"""In place of an address: a cluster of processes of this machine."""

_AHEAD = 3
_CONNECT = 20.0


class Cluster:
    """A Dask cluster that scans. What the job knows, registered values among it, is sent to its workers.

    Args:
        job: what to look for.
        address: of the scheduler (``tcp://host:8786``), or ``local``.
        advance: called with all bytes read so far.

    Raises:
        MissingExtraError: Dask is not installed.
        SourceError: nobody answers at the address.
    """

    def __init__(self, job: Job, address: str, advance: Any) -> None:
        try:
            from distributed import Client, KilledWorker, LocalCluster
        except ImportError:
            raise MissingExtraError("scanning on a cluster", "cluster") from None
        self.stopped = False
        self._job = job
        self._advance = advance
        self._done = 0
        self._open = ExitStack()
        try:
            if address == LOCAL:
                cluster = self._open.enter_context(
                    LocalCluster(n_workers=processors(), threads_per_worker=1, dashboard_address=None)
                )
                self._client = self._open.enter_context(Client(cluster))
            else:
                self._client = self._open.enter_context(Client(address, timeout=_CONNECT))
        except (OSError, ValueError) as error:
            self._open.close()
            raise SourceError(
                f"--cluster {address}: no scheduler answers there ({type(error).__name__}); 'dask scheduler' starts one"
            ) from None
        self._killed = KilledWorker

    def run(self, tasks: Iterator[Task]) -> Iterator[Done | Failed[Task]]:
        """Yield the tasks as they are done. Ctrl-C waits for those that are under way; a second one does not."""
        width = _AHEAD * max(1, sum(self._client.nthreads().values()))
        runner: Runner[Task, list[Tally]] = Runner(
            self._submit,
            lambda: _Pool(self._client.get_executor(pure=False)),
            width,
            stopping=lambda: self.stopped,
            hopeless=(self._killed,),
        )
        with self._open, interrupts(self.stop):
            for done in runner.run(tasks):
                self._done += (done.task if isinstance(done, Failed) else done[0]).size
                self._advance(self._done)
                yield done

    def stop(self) -> None:
        """Begin no more tasks."""
        self.stopped = True

    def _submit(self, pool: Executor, task: Task) -> Future[list[Tally]]:
        return pool.submit(scan_task, self._job, task.shards, task.apart)


class _Pool(Executor):
    """Dask's executor, which has fewer arguments than it should."""

    def __init__(self, executor: Any) -> None:
        self._executor = executor

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = self._executor.submit(*args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._executor.shutdown(wait=wait and not cancel_futures)
