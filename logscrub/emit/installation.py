"""Keep secrets out of everything this process writes to its logs.

    >>> import io, logging
    >>> from logscrub import install
    >>> stream = io.StringIO()
    >>> logging.getLogger("shop").addHandler(logging.StreamHandler(stream))
    >>> with install():
    ...     logging.getLogger("shop.login").warning("password=%s", "hunter2-correct-horse")
    >>> "hunter2" in stream.getvalue()
    False

One call covers ``logging`` (:mod:`logscrub.emit.stdlib`), exception hooks, warnings and printed tracebacks, workers of
``multiprocessing``, and the libraries of :mod:`logscrub.emit.libraries`, imported before or after.

What is out of reach: output that goes to a stream directly, unless ``capture`` is asked for; what other programs and C
code write; exception hooks somebody sets later. ``logscrub doctor`` finds such paths.
"""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from logscrub.emit.engine import Engine
from logscrub.emit.ledger import Ledger
from logscrub.emit.libraries import cover
from logscrub.emit.observe import Event, Meter, Stats
from logscrub.emit.prints import STREAMS, put_capture
from logscrub.errors import ConfigError
from logscrub.policy import Policy, as_policy


class Installation:
    """An active installation, made by :func:`install`. Used in ``with``, it ends there.

    Attributes:
        policy: what is looked for and what is done with it.
        scrubber: scrubs as the installation does, for the application's own use.
        active: whether it has not been uninstalled.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        ledger = options.get("ledger")
        self._ledger = Ledger(ledger) if ledger is not None else None
        meter = Meter(options.get("on_match"), options.get("every", 1.0), self._ledger)
        self._engine = Engine(
            options.get("policy"),
            meter=meter,
            report_only=options.get("report_only", False),
            neutralize=options.get("neutralize", True),
            options=options,
        )
        self.scrubber = self._engine.channel.public
        self.policy = self.scrubber.policy
        self._holders = 0
        self._engine.active = False

    @property
    def active(self) -> bool:
        """Whether it has not been uninstalled."""
        return self._engine.active

    def _install(self) -> None:
        from logscrub.emit import stdlib

        self._engine.active = True
        # For the doctor, who tells which came later.
        self._earlier = weakref.WeakSet(handler for ref in list(logging._handlerList) if (handler := ref()) is not None)  # type: ignore[attr-defined]
        try:
            for handler, policy in self._options.get("handlers", {}).items():
                self._engine.set_policy(handler, policy)
            stdlib.put(self._engine)
            if self._options.get("libraries", True):
                cover(self._engine)
            put_capture(self._engine, self._options.get("capture", ()))
        except BaseException:
            self._uninstall()
            raise

    def _uninstall(self) -> None:
        self._engine.patches.undo()
        self._engine.active = False
        self._holders = 0
        if self._ledger is not None:
            self._ledger.close()

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
        return self._engine.stats()

    def set_policy(self, handler: logging.Handler, policy: Policy | str) -> None:
        """Give one handler of ``logging`` a policy of its own.

        Args:
            handler: the handler.
            policy: what to look for in what it writes, or the name of a profile.

        Raises:
            ConfigError: the policy names what no rule has.
        """
        self._engine.set_policy(handler, as_policy(policy))

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


def current() -> Installation | None:
    """Return the active installation, ``None`` if there is none.

    >>> with install() as installation:
    ...     current() is installation
    True
    """
    return _current


def install(
    policy: Policy | str | None = None,
    *,
    handlers: Mapping[logging.Handler, Policy | str] | None = None,
    capture: Iterable[str] = (),
    report_only: bool = False,
    neutralize: bool = True,
    on_match: Callable[[Event], object] | None = None,
    every: float = 1.0,
    ledger: str | os.PathLike[str] | None = None,
    libraries: bool = True,
) -> Installation:
    """Scrub everything that is logged from now on.

    Called again without arguments, or with the same, it returns the installation there is; leaving a ``with`` around
    that call does not end it.

    Args:
        policy: what to look for and what to do with it, or the name of a profile (``"pci"``); the default policy if
            left out.
        handlers: handlers of ``logging`` that get a policy, or profile, of their own.
        capture: ``"stdout"``, ``"stderr"`` or both: scrub also what is printed there, line by line.
        report_only: change nothing, only count and report: for the first days of a roll-out.
        neutralize: show line breaks and control characters in logged values as escapes, so that none can forge a line.
        on_match: called with an event, which holds no value, for each record in which something was found. It runs in
            the thread that logs; what it raises is counted and goes no further.
        every: seconds between two calls of ``on_match`` for the same rule and log call.
        ledger: a file that gets the number of findings of each log call, for ``logscrub trace`` and ``logscrub code``.
        libraries: cover loguru, structlog, OpenTelemetry, rich and ``multiprocessing`` too.

    Raises:
        ConfigError: an argument is wrong, or an installation with other arguments is active.

    >>> with install() as first, install() as second:
    ...     first is second
    True
    """
    global _current
    streams = (capture,) if isinstance(capture, str) else tuple(capture)
    for name in streams:
        if name not in STREAMS:
            raise ConfigError(f"capture: no stream is called {name!r}; there are {' and '.join(STREAMS)}")
    given = {
        "policy": None if policy is None else as_policy(policy),
        "handlers": {handler: as_policy(one) for handler, one in (handlers or {}).items()},
        "capture": streams,
        "report_only": report_only,
        "neutralize": neutralize,
        "on_match": on_match,
        "every": every,
        "ledger": os.fspath(ledger) if ledger is not None else None,
        "libraries": libraries,
    }
    options = {name: value for name, value in given.items() if value != _DEFAULTS[name]}
    with _lock:
        if _current is None:
            made = Installation(options)
            made._install()
            _current = made
        elif options and not _same(options, _current._options):
            raise ConfigError(
                "logscrub is already installed with other arguments: "
                "call uninstall() on that installation first, or install with one policy in one place"
            )
        _current._holders += 1
        return _current


_DEFAULTS: dict[str, Any] = {
    "policy": None,
    "handlers": {},
    "capture": (),
    "report_only": False,
    "neutralize": True,
    "on_match": None,
    "every": 1.0,
    "ledger": None,
    "libraries": True,
}


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    def filled(options: dict[str, Any]) -> dict[str, Any]:
        values = {**_DEFAULTS, **options}
        return {**values, "policy": values["policy"] or Policy()}

    return filled(one) == filled(other)
