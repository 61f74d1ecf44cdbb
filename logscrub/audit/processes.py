"""Scanning with several processes of this machine: what they share, and how they are told to stop."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing.sharedctypes import RawArray, RawValue
from typing import Any

from logscrub.audit.engine import Engine, Job, keep_engine
from logscrub.audit.plan import Task
from logscrub.audit.run import Failed, Runner
from logscrub.audit.work import scan_task
from logscrub.findings import Tally
from logscrub.machine import interrupts

_SLOTS = 61
_LOOK = 1.0  # seconds
_AHEAD = 3  # tasks for each worker that are under way, so that none waits for the next one

Done = tuple[Task, list[Tally]]


class Workers:
    """Processes that scan.

    Args:
        job: what they look for.
        engine: that of this process; workers that are forked from it share its memory.
        count: how many.
        advance: called with all bytes read so far.
    """

    def __init__(self, job: Job, engine: Engine, count: int, advance: Callable[[int], object]) -> None:
        keep_engine(job, engine)
        self._job = job
        self._count = count
        self._advance = advance
        self._done = 0
        self._read: Any = RawArray("Q", _SLOTS)
        self._stop: Any = RawValue("b", 0)
        self._runner: Runner[Task, list[Tally]] = Runner(
            _submit, self._pool, count * _AHEAD, idle=self._tell, stopping=lambda: bool(self._stop.value)
        )

    def run(self, tasks: Iterator[Task]) -> Iterator[Done | Failed[Task]]:
        """Yield the tasks as they are done. Ctrl-C ends what is under way early; a second one at once."""
        with interrupts(self.stop):
            for done in self._runner.run(tasks):
                self._done += (done.task if isinstance(done, Failed) else done[0]).size
                self._tell()
                yield done

    def stop(self) -> None:
        """Have the workers end what they are at."""
        self._stop.value = 1

    @property
    def stopped(self) -> bool:
        """Whether they were told to."""
        return bool(self._stop.value)

    def _tell(self) -> None:
        self._advance(max(self._done, sum(self._read)))

    def _pool(self) -> Executor:
        context = multiprocessing.get_context(_method())
        return ProcessPoolExecutor(self._count, context, _begin, (self._job, self._read, self._stop, os.getpid()))


def _method() -> str:
    # A fork takes over what is compiled; with other threads about, it could take over their locks as well.
    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"


_worker: tuple[Job, Any, Any] | None = None


def _begin(job: Job, read: Any, stop: Any, parent: int) -> None:
    global _worker
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the parent says what to do
    _worker = job, read, stop


def _end_with(parent: int) -> None:
    """End this process soon after its parent: one that is killed cannot say so."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)


def _beat(done: int) -> bool:
    assert _worker is not None
    _, read, stop = _worker
    # Two workers may share a slot, and one of them lose a count: what is done is known by the parent.
    read[os.getpid() % _SLOTS] += done
    return not stop.value


def _run(task: Task) -> list[Tally]:
    assert _worker is not None
    return scan_task(_worker[0], task.shards, task.apart, _beat)


def _submit(pool: Executor, task: Task) -> Future[list[Tally]]:
    return pool.submit(_run, task)
