"""Processes that each do one file after the other, and end with whoever started them, however that ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Self

from logscrub.cleaning.file import Cleaner, Job, Stopped, Task
from logscrub.cleaning.outcome import Outcome
from logscrub.scrubber import Scrubber

_TOLD_EVERY = 0.2  # seconds between two messages about how far a file is
_LOOKS_EVERY = 0.2  # seconds between two looks at whether to end

Numbered = tuple[int, Task]


@dataclass(slots=True)
class _Worker:
    process: Any
    connection: Connection
    task: Numbered | None = None


class Workers:
    """Some processes for one job. A context manager.

    Args:
        job: how files are to be done.
        scrubber: of the job's policy; forked processes use it as it is.
        count: number of processes.
        pressed: says whether to end early.
    """

    def __init__(self, job: Job, scrubber: Scrubber, count: int, pressed: Callable[[], bool]) -> None:
        self.interrupted = False
        self._pressed = pressed
        self._workers: list[_Worker] = []
        forks = "fork" in multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("fork" if forks else "spawn")
        ours: list[Connection] = []
        with warnings.catch_warnings():
            # A thread that shows progress is no danger: the child never touches what it locks.
            warnings.simplefilter("ignore", DeprecationWarning)
            for _ in range(count):
                mine, theirs = context.Pipe()
                ours.append(mine)
                inherited = tuple(ours) if forks else ()
                process: Any = context.Process(  # type: ignore[attr-defined]
                    target=_work, args=(theirs, inherited, job, scrubber if forks else None), daemon=True
                )
                process.start()
                theirs.close()
                self._workers.append(_Worker(process, mine))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        if kind is not None:
            self._stop(deque())
        for worker in self._workers:
            worker.connection.close()  # which ends it
        for worker in self._workers:
            worker.process.join()

    def run(self, tasks: Sequence[Numbered], told: Callable[[int, int], object]) -> Iterator[tuple[int, Outcome]]:
        """Yield what becomes of each task, as they are done. ``interrupted`` says whether it ended early.

        Args:
            tasks: in the order they are begun.
            told: called with the number of a task and the bytes of it read so far.
        """
        waiting = deque(tasks)
        busy = {worker.connection: worker for worker in self._workers}
        for worker in self._workers:
            self._next(worker, waiting, busy)
        while busy:
            if self._pressed() and not self.interrupted:
                self._stop(waiting)
            for connection in wait(busy, _LOOKS_EVERY):
                assert isinstance(connection, Connection)
                worker = busy[connection]
                assert worker.task is not None
                number, task = worker.task
                try:
                    message = connection.recv()
                except (EOFError, OSError):
                    worker.process.join()
                    del busy[connection]
                    yield number, Outcome(task.path, "refused", _death(worker.process.exitcode))
                    continue
                if isinstance(message, int):
                    told(number, message)
                    continue
                self._next(worker, waiting, busy)
                yield number, message
        if not self.interrupted:
            for number, task in waiting:
                yield number, Outcome(task.path, "refused", "not begun: no process is left to do it")

    def _next(self, worker: _Worker, waiting: deque[Numbered], busy: dict[Connection, _Worker]) -> None:
        worker.task = waiting.popleft() if waiting else None
        if worker.task is None:
            del busy[worker.connection]
            return
        with suppress(OSError):  # it died: reading from it says so
            worker.connection.send(worker.task[1])

    def _stop(self, waiting: deque[Numbered]) -> None:
        self.interrupted = True
        waiting.clear()
        for worker in self._workers:
            if worker.process.is_alive():
                worker.process.terminate()  # which ends the file it is at, before that is replaced or after


def _death(code: int | None) -> str:
    how = f"by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"
    return f"the process that worked on it ended {how}"


def _work(connection: Connection, inherited: Sequence[Connection], job: Job, scrubber: Scrubber | None) -> None:
    for other in inherited:
        other.close()  # else the parent's end would stay open when the parent is gone
    stopped = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and says what to do
    told = 0.0

    def beat(done: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _TOLD_EVERY:
            told = now
            try:
                connection.send(done)
            except OSError:
                raise Stopped from None  # nobody is there any more
        if stopped:
            raise Stopped

    cleaner = Cleaner(job, scrubber)
    try:
        while not stopped:
            connection.send(cleaner.clean(connection.recv(), beat))
    except (EOFError, OSError):
        pass
    os._exit(0)  # what the parent would do at its end is not ours to do
