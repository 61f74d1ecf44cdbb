"""Tasks on executors: tried again, found out when they take their process down, stopped when asked."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.audit.run import ATTEMPTS, Failed, Runner


def work(task: tuple[int, str, str]) -> int:
    """Do what the task says: ``good``, ``raise``, ``die``; ``once-…`` only until the file it names is there."""
    number, how, marker = task
    if how.startswith("once-"):
        if os.path.exists(marker):
            return number
        Path(marker).touch()
        how = how.removeprefix("once-")
    if how == "raise":
        raise ValueError(number)
    if how == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def submit(pool: Executor, task: tuple[int, str, str]) -> Future[int]:
    return pool.submit(work, task)


def outcome(
    tasks: list[tuple[int, str, str]], executor: type[ProcessPoolExecutor | ThreadPoolExecutor]
) -> tuple[set[int], dict[int, str]]:
    done: list[int] = []
    failed: dict[int, str] = {}
    for one in Runner(submit, lambda: executor(2), width=4).run(tasks):
        if isinstance(one, Failed):
            failed[one.task[0]] = one.reason
        else:
            task, result = one
            assert task[0] == result
            done.append(result)
    assert len(done) == len(set(done))
    return set(done), failed


def test_a_task_that_kills_its_process_is_found_out_and_the_others_are_done(tmp_path: Path) -> None:
    kinds = {3: "die", 7: "once-die", 11: "raise", 17: "once-raise", 18: "die"}
    tasks = [(number, kinds.get(number, "good"), str(tmp_path / str(number))) for number in range(20)]
    done, failed = outcome(tasks, ProcessPoolExecutor)
    assert done == set(range(20)) - {3, 11, 18}
    assert failed == {
        3: "the process that read it died",
        11: "failed with ValueError",
        18: "the process that read it died",
    }


@settings(max_examples=30, deadline=None)
@given(kinds=st.lists(st.sampled_from(["good", "good", "raise"]), max_size=30))
def test_every_task_is_done_or_told(kinds: list[str]) -> None:
    done, failed = outcome([(number, kind, "") for number, kind in enumerate(kinds)], ThreadPoolExecutor)
    assert done == {number for number, kind in enumerate(kinds) if kind == "good"}
    assert set(failed) == {number for number, kind in enumerate(kinds) if kind == "raise"}


def test_tasks_are_asked_for_as_they_are_needed_and_no_more_once_stopped() -> None:
    asked: list[int] = []
    stopped = False

    def tasks() -> Iterator[tuple[int, str, str]]:
        for number in range(1000):
            asked.append(number)
            yield number, "good", ""

    runner = Runner(submit, lambda: ThreadPoolExecutor(1), width=3, stopping=lambda: stopped)
    results = []
    for one in runner.run(tasks()):
        results.append(one)
        stopped = len(results) >= 10
    assert 10 <= len(results) <= 14
    assert len(asked) <= 14


def test_what_cannot_help_is_not_tried_again() -> None:
    tries: list[float] = []

    def fail(task: int) -> int:
        tries.append(time.monotonic())
        raise KeyError(task) if task else OSError

    runner = Runner(lambda pool, task: pool.submit(fail, task), lambda: ThreadPoolExecutor(1), 1, hopeless=(KeyError,))
    assert [one.reason for one in runner.run([1]) if isinstance(one, Failed)] == ["failed with KeyError"]
    assert len(tries) == 1
    tries.clear()
    assert [one.reason for one in runner.run([0]) if isinstance(one, Failed)] == ["failed with OSError"]
    assert len(tries) == ATTEMPTS
