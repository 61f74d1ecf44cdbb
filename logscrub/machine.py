"""What work in several processes asks of the machine: how many processors there are, and whether to stop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def processors() -> int:
    """Return how many processors this process may use.

    >>> processors() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def interrupts(stop: Callable[[], object], *signals: signal.Signals) -> Iterator[None]:
    """Turn the first Ctrl-C into a request; the next one is a Ctrl-C again.

    Nothing is changed outside of the main thread, nor where somebody else handles a signal or has it ignored.

    Args:
        stop: called at the first signal.
        signals: which ones; by default SIGINT.
    """
    ours: dict[signal.Signals, object] = {}
    if threading.current_thread() is threading.main_thread():
        present = {one: signal.getsignal(one) for one in signals or (signal.SIGINT,)}
        ours = {one: what for one, what in present.items() if what in (signal.default_int_handler, signal.SIG_DFL)}

    def restore() -> None:
        for one, handler in ours.items():
            signal.signal(one, handler)  # type: ignore[arg-type]

    def first(number: int, frame: object) -> None:
        restore()
        stop()

    for one in ours:
        signal.signal(one, first)
    try:
        yield
    finally:
        restore()
