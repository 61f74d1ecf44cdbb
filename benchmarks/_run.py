"""Run a command and take down what it costs: time, processor time, and the memory of all its processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_TAIL = 300


@dataclass(frozen=True)
class Run:
    """What a command has cost.

    Attributes:
        wall, cpu: seconds; the processor's include those of its children.
        peak: most bytes of memory its processes had when they were looked at, what they share counted once, mapped
            files included; 0 if it was over before, or where the system does not tell.
        own: the same without the pages of files.
        code: its exit code; None if it was stopped.
        errors: the end of what it wrote on standard error.
    """

    wall: float
    cpu: float
    peak: int
    own: int
    code: int | None
    errors: str


def run(
    words: Sequence[str | Path], *, output: Path | None = None, patience: float, environment: Mapping[str, str] = {}
) -> Run:
    """Run a command.

    Args:
        output: file for its standard output, which is thrown away without.
        patience: seconds after which it is stopped.
        environment: variables it gets besides ours.
    """
    with (
        tempfile.TemporaryFile() as errors,
        open(output or os.devnull, "wb") as out,
    ):
        begun = time.perf_counter()
        process = subprocess.Popen(
            [os.fspath(word) for word in words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            start_new_session=True,
        )
        watch = _Watch(process.pid, patience)
        try:
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - begun
        finally:
            watch.stop()
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - _TAIL))
        tail = errors.read().decode("utf-8", "replace").strip()
    # Not the usage's own peak: a process starts with that of the one that has started it.
    code = None if watch.stopped else process.returncode
    return Run(wall, usage.ru_utime + usage.ru_stime, watch.peak, watch.own, code, tail)


class _Watch:
    """Looks at the memory of a process and its descendants until told to stop, and ends them if they take too long."""

    def __init__(self, pid: int, patience: float) -> None:
        self.peak = self.own = 0
        self.stopped = False
        self._pid = pid
        self._end = time.monotonic() + patience
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        pause = 0.002
        while not self._done.wait(pause):
            pause = min(pause * 1.5, 0.1)
            whole = own = 0
            for pid in _tree(self._pid):
                some = _memory(pid)
                whole, own = whole + some[0], own + some[1]
            self.peak, self.own = max(self.peak, whole), max(self.own, own)
            if time.monotonic() > self._end and not self.stopped:
                self.stopped = True
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._pid, signal.SIGKILL)  # a session of its own: nobody else is in it


def _tree(pid: int) -> list[int]:
    """Return a process and all that descend from it, as far as the system tells."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{thread}/children", encoding="ascii") as stream:
                    found += map(int, stream.read().split())
    return found


def _memory(pid: int) -> tuple[int, int]:
    """Return the bytes of memory of a process (its part of what it shares), and of them those that are no file's."""
    sizes: dict[str, int] = {}
    with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as stream:
        for line in stream:
            name, _, rest = line.partition(":")
            if name.startswith("Pss"):
                sizes[name] = int(rest.split()[0]) * 1024
    return sizes.get("Pss", 0), sizes.get("Pss_Anon", 0) + sizes.get("Pss_Shmem", 0)
