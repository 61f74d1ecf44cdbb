"""Running tasks on any executor: those that fail are tried again, and one that takes its worker down is found out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

ATTEMPTS = 3


@dataclass(slots=True)
class Failed(Generic[T]):
    """A task that was tried ``ATTEMPTS`` times in vain.

    Attributes:
        reason: what happened, in words.
    """

    task: T
    reason: str


@dataclass(slots=True)
class _Try(Generic[T]):
    task: T
    failures: int = 0
    reason: str = ""


@dataclass
class Runner(Generic[T, R]):
    """Runs tasks a few at a time.

    Args:
        submit: starts a task on an executor.
        executor: makes an executor; called again when one broke.
        width: tasks that are under way at once.
        tick: seconds between calls of ``idle`` while nothing is done.
        idle: is called then.
        stopping: asked whether to begin no more tasks.
        hopeless: exceptions after which a task is not tried again.
    """

    submit: Callable[[Executor, T], Future[R]]
    executor: Callable[[], Executor]
    width: int
    tick: float = 0.2
    idle: Callable[[], object] = lambda: None
    stopping: Callable[[], bool] = lambda: False
    hopeless: tuple[type[Exception], ...] = ()
    _pending: dict[Future[R], _Try[T]] = field(default_factory=dict)
    _again: deque[_Try[T]] = field(default_factory=deque)

    def run(self, tasks: Iterable[T]) -> Iterator[tuple[T, R] | Failed[T]]:
        """Yield every task with its result, in the order they are done.

        When an executor breaks, any of the tasks under way may have broken it: each of them is then tried on its own.
        """
        coming = iter(tasks)
        pool = self.executor()
        more = True
        try:
            while True:
                if self.stopping():
                    more = False
                    self._again.clear()
                    for future in [one for one in self._pending if one.cancel()]:
                        del self._pending[future]
                while more and not self._again and len(self._pending) < self.width:
                    task = next(coming, None)
                    if task is None:
                        more = False
                    else:
                        self._pending[self.submit(pool, task)] = _Try(task)
                if self._again and not self._pending:
                    one = self._again.popleft()
                    self._pending[self.submit(pool, one.task)] = one
                if not self._pending:
                    return
                done, _ = wait(self._pending, self.tick, FIRST_COMPLETED)
                if not done:
                    self.idle()
                broken = False
                for future in done:
                    one = self._pending.pop(future)
                    try:
                        yield one.task, future.result()
                        continue
                    except BrokenExecutor:
                        broken, alone = True, not self._pending and len(done) == 1
                        one.failures += alone
                        one.reason = "the process that read it died" if alone else one.reason
                    except Exception as error:
                        one.failures = ATTEMPTS if isinstance(error, self.hopeless) else one.failures + 1
                        one.reason = f"failed with {type(error).__name__}"
                    if one.failures >= ATTEMPTS:
                        yield Failed(one.task, one.reason)
                    else:
                        self._again.append(one)
                if broken:
                    pool.shutdown(wait=False, cancel_futures=True)
                    self._again.extend(self._pending.values())
                    self._pending.clear()
                    pool = self.executor()
        finally:
            for future in self._pending:
                future.cancel()
            pool.shutdown(wait=True, cancel_futures=True)
