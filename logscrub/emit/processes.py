"""Workers that start as new interpreters.

A forked process inherits the installation. A process that ``multiprocessing`` spawns, or has its fork server start,
does not: so its ``Process`` object takes a note with it, which installs the same there when it is unpickled, before
the worker's own code runs. Registered values go along, over the same pipe as the worker's arguments.
"""

from __future__ import annotations

import functools
import pickle
import sys
from multiprocessing.process import BaseProcess
from typing import Any

from logscrub.emit.engine import Engine
from logscrub.known.registry import REGISTRY


class Note:
    """What a spawned worker needs to install the same.

    Args:
        options: arguments for :func:`logscrub.install`. What cannot be pickled is left out.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options

    def __reduce__(self) -> tuple[Any, ...]:
        options = {name: value for name, value in self._options.items() if _can_go(value)}
        return install_here, (options, REGISTRY.named())


def install_here(options: dict[str, Any], known: dict[bytes, str]) -> None:
    """Install in a spawned worker. A failure is told on standard error; it does not keep the worker from its work.

    Args:
        options: arguments for :func:`logscrub.install`.
        known: registered values with their names.
    """
    from logscrub.emit.installation import current, install

    try:
        REGISTRY.add(known)
        if current() is None:
            install(**options)
    except Exception as error:
        if sys.stderr is not None:
            print(f"logscrub: not installed in this worker ({type(error).__name__})", file=sys.stderr)


def put(engine: Engine) -> None:
    """Have every ``multiprocessing.Process`` that is started take the installation with it."""
    start = BaseProcess.start
    note = Note(engine.options)

    @functools.wraps(start)
    def start_with_note(self: Any) -> None:
        if not engine.active:
            return start(self)
        self._logscrub = note
        try:
            start(self)
        finally:
            vars(self).pop("_logscrub", None)

    engine.patches.put(BaseProcess, "start", start_with_note)


def _can_go(value: Any) -> bool:
    try:
        pickle.dumps(value)
    except Exception:
        return False
    return True
