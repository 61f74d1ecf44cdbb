"""Keep secrets out of everything ``logging`` writes in this process.

    >>> import io, logging
    >>> from logscrub.emit.stdlib import install
    >>> stream = io.StringIO()
    >>> logging.getLogger("shop").addHandler(logging.StreamHandler(stream))
    >>> with install():
    ...     logging.getLogger("shop.login").warning("password=%s", "hunter2-correct-horse")
    >>> "hunter2" in stream.getvalue()
    False

Everything is put on the classes of ``logging``, so child loggers, handlers added later, ``dictConfig``, loggers that do
not propagate and the handler of last resort are covered. See :mod:`logscrub.emit.rings` for what is done.

A forked worker inherits the installation. A spawned one starts without it: call :func:`install` in its initializer, or
in a ``sitecustomize`` module.

What is out of reach: output that goes to a stream directly (``print``, the traceback ``multiprocessing`` prints when a
worker fails), exception hooks and patches others install
later, a ``handle`` set on a single handler, values of local variables that a handler reads out of a traceback's frames.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
from types import TracebackType
from typing import Self, TypedDict

from logscrub.emit.hooks import put_hooks
from logscrub.emit.patching import Patches
from logscrub.emit.record import Cleaner
from logscrub.emit.rings import Adopter, adder, constructor, error_ring, format_ring, handle_ring
from logscrub.errors import ConfigError
from logscrub.policy import Policy
from logscrub.scrubber import Scrubber


class Stats(TypedDict):
    """What an installation has done.

    Attributes:
        seen: how often a handler was given a record.
        changed: how often something in what it was given, or printed by a hook, was replaced.
        errors: how often a marker was written because scrubbing failed.
        by_rule: replacements by rule id. A value that occurs in text and in structure may count twice.
    """

    seen: int
    changed: int
    errors: int
    by_rule: dict[str, int]


class _Count:
    """A counter that loses nothing between threads, takes no lock and can be called from a signal handler."""

    def __init__(self) -> None:
        self.add = itertools.count().__next__
        self._reads = 0
        self._lock = threading.Lock()

    def read(self) -> int:
        with self._lock:
            value = self.add() - self._reads
            self._reads += 1
            return value


class Installation:
    """An active installation, made by :func:`install`. Used in ``with``, it ends there."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.scrubber = Scrubber(policy)
        self.policy = self.scrubber.policy
        self.active = False
        self._holders = 0
        self._seen, self._changed, self._errors = _Count(), _Count(), _Count()
        self._patches = Patches()

    def _install(self) -> None:
        patches, scrubber, handler = self._patches, self.scrubber, logging.Handler
        changed, failed = self._changed.add, self._errors.add
        cleaner = Cleaner(scrubber, changed, failed)
        self._adopter = Adopter(patches, scrubber, cleaner, changed, failed)
        try:
            text_format, retire = format_ring(handler.format, scrubber, changed, failed)
            patches.put(handler, "format", text_format, retire)
            patches.put(handler, "handle", *handle_ring(handler.handle, text_format, cleaner.clean, self._seen.add))
            patches.put(handler, "handleError", *error_ring(handler.handleError, scrubber, cleaner.clean))
            patches.put(handler, "__init__", constructor(handler.__init__, self._adopter))
            patches.put(logging.Logger, "addHandler", adder(logging.Logger.addHandler, self._adopter))
            put_hooks(patches, scrubber, changed, failed)
            self._adopter.adopt_all()
        except BaseException:
            self._uninstall()
            raise
        self.active = True

    def _uninstall(self) -> None:
        self._adopter.active = False
        self._patches.undo()
        self.active = False
        self._holders = 0

    def uninstall(self) -> None:
        """Put back what was there before. Once it is done, calling it again does nothing.

        If someone has patched the same function meanwhile, theirs stays, on top of one that passes everything through.
        """
        global _current
        with _lock:
            if self.active:
                self._uninstall()
            if _current is self:
                _current = None

    def stats(self) -> Stats:
        """Return what has been done so far.

        >>> with install() as installation:
        ...     installation.stats()["errors"]
        0
        """
        return Stats(
            seen=self._seen.read(),
            changed=self._changed.read(),
            errors=self._errors.read() + sum(self.scrubber.errors.values()),
            by_rule=dict(self.scrubber.counts),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _lock:
            self._holders -= 1
            if self._holders <= 0:
                self.uninstall()


_lock = threading.RLock()
_current: Installation | None = None


def _unlock_in_child() -> None:
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock_in_child)


def install(policy: Policy | None = None) -> Installation:
    """Scrub everything that ``logging`` writes from now on.

    Called again with the same policy, it returns the installation there is; leaving a ``with`` around that call does
    not end it.

    Args:
        policy: what to look for and what to do with it; the default policy if left out.

    Raises:
        ConfigError: an installation with another policy is active.

    >>> with install() as first, install() as second:
    ...     first is second
    True
    """
    global _current
    with _lock:
        if _current is None:
            made = Installation(policy)
            made._install()
            _current = made
        elif _current.policy != (policy or Policy()):
            raise ConfigError(
                "logscrub is already installed with another policy: "
                "call uninstall() on that installation first, or install with one policy in one place"
            )
        _current._holders += 1
        return _current
