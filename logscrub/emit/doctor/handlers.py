"""Handlers of ``logging``: which there are, what gets to them, and what comes out of their twins."""

from __future__ import annotations

import logging
import logging.handlers
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from logscrub.emit.doctor.channels import LINE_BREAK, Load
from logscrub.emit.doctor.examination import Caught, Examination, StderrAside, where_from
from logscrub.emit.doctor.result import Path
from logscrub.emit.doctor.twins import UntestableError, describe, dismiss, twin_of
from logscrub.emit.installation import current
from logscrub.emit.rings import _genuine

_LEVELS = (logging.CRITICAL, logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG)
_QUIET = -1
_LIBRARY = (object, logging.Filterer, logging.Handler, logging.NullHandler)
_ASKING = Load("", msg="logscrub doctor: is this let through?")

Receive = Callable[[logging.LogRecord], logging.LogRecord]


class Handlers:
    """Examines all handlers that get records of live loggers.

    Args:
        examination: gets what is found.
        stderr: keeps what handlers print when they fail.
    """

    def __init__(self, examination: Examination, stderr: StderrAside) -> None:
        self._examination = examination
        self._engine = examination.engine
        self._stderr = stderr
        installation = current()
        self._earlier = installation._earlier if installation is not None else None
        self._described: Counter[str] = Counter()
        self.routes: list[tuple[Any, list[logging.Logger]]] = []
        """All handlers, and the loggers whose records they get."""

    def run(self) -> None:
        """Examine them."""
        callers = self._other_callers()
        self.routes = _routes(everything=bool(callers))
        self._adopt([handler for handler, _ in self.routes])
        for handler, loggers in self.routes:
            self._examine(handler, loggers)
        found = self._found(logging.Handler, "handle")
        if found is not None and not _genuine(found[1]):
            who = where_from(found[1])
            text = f"logging.Handler.handle was set by {who} before logscrub.install(): it was not called"
            self._examination.note("not-tested", text)
        for caller in callers:
            self._examination.note(
                "not-tested",
                f"Logger.callHandlers was set by {caller}: it is given every record as it is",
                "handlers it has of its own are tested if they are handlers of logging",
            )

    def hand(self, handler: Any, record: logging.LogRecord) -> Caught:
        """Give a handler's twin a record; return what would have come out.

        Raises:
            UntestableError: it cannot be tried.
        """
        caught = Caught()
        receive = self._receiver(handler, "handle")
        if receive is not None:
            caught.record(receive(record))
            return caught
        twin = twin_of(handler, caught)
        self._give_policy(handler, twin)
        report = self._receiver(handler, "handleError")
        if report is not None:
            twin.handleError = lambda failed: caught.record(report(failed))
        self._stderr.take()
        try:
            twin.handle(record)
        except Exception as error:
            # It raises into the application, which is told by the exception, not by the log.
            raise UntestableError(f"it raises {type(error).__name__}") from None
        finally:
            dismiss(twin)
        printed = self._stderr.take()
        if printed:
            caught.write(printed)
        return caught

    def _give_policy(self, handler: Any, twin: Any) -> None:
        """Have a twin scrubbed for as its handler is."""
        engine = self._engine
        if engine is not None and engine.channel_of(handler) is not engine.channel:
            engine._special[twin] = engine.channel_of(handler)

    def send(self, handler: Any, logger: logging.Logger, record: logging.LogRecord) -> Caught:
        """Give a record to a handler's twin if its logger lets it pass, as :meth:`hand` does."""
        passed: Any = logger.filter(record)
        if not passed:
            return Caught()
        return self.hand(handler, passed if isinstance(passed, logging.LogRecord) else record)

    def _examine(self, handler: Any, loggers: list[logging.Logger]) -> None:
        examination = self._examination
        if isinstance(handler, logging.NullHandler) and self._receiver(handler, "handle") is None:
            return
        names = tuple(examination.clean(logger.name) for logger in loggers)
        target = examination.clean(describe(handler))
        self._described[target] += 1
        if self._described[target] > 1:
            target = f"{target} (number {self._described[target]})"
        try:
            ways = list(self._ways(handler, loggers))
        except UntestableError as error:
            examination.untested("logging", target, names, str(error))
            return
        cause = self._cause(handler)
        for channel, load in examination.loads.items():
            caught, problem = Caught(), ""
            for logger, level in ways:
                try:
                    caught.add(self.send(handler, logger, load.record(logger, level)))
                except Exception as error:
                    problem = str(error) if isinstance(error, UntestableError) else f"{type(error).__name__} on the way"
            if problem and not caught.reached and channel != LINE_BREAK:
                examination.paths.append(Path("logging", target, names, channel, "untested", reason=problem))
            else:
                examination.judge("logging", target, names, channel, caught, handler=handler, cause=cause)
        if self._earlier is not None and handler not in self._earlier:
            shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
            examination.note("after-install", f"{target}, of {shown}")

    def _ways(self, handler: Any, loggers: list[logging.Logger]) -> Iterator[tuple[logging.Logger, int]]:
        """Yield loggers and levels whose records get through: of loggers without filters one stands for all.

        Raises:
            UntestableError: none gets through.
        """
        plain = passed = False
        reasons: list[str] = []
        for logger in loggers:
            if plain and not logger.filters:
                continue
            level, reason = self._level(handler, logger)
            if level is None:
                reasons.append(reason)
                continue
            passed = True
            plain = plain or not logger.filters
            yield logger, level
        if not passed:
            raise UntestableError(max(reasons, key=reasons.count))

    def _level(self, handler: Any, logger: logging.Logger) -> tuple[int | None, str]:
        """Return a level at which a logger's records get through to a handler, or why none does."""
        if logger.disabled:
            return None, "its loggers are disabled"
        enabled = [level for level in _LEVELS if logger.isEnabledFor(level)]
        if not enabled:
            return None, "the levels of its loggers let nothing through"
        enabled = [level for level in enabled if level >= getattr(handler, "level", 0)]
        if not enabled:
            return None, "its level lets nothing through"
        for level in enabled:
            try:
                if self.send(handler, logger, _ASKING.record(logger, level)).reached:
                    return level, ""
            except UntestableError:
                raise
            except Exception as error:
                return None, f"a filter, or what makes its records, raises {type(error).__name__}"
        return None, "a filter lets nothing through"

    def _receiver(self, handler: Any, method: str) -> Receive | None:
        """Return what a method of a handler would get for a record; ``None`` if it is the library's.

        A method that is not may do anything, so it is not called.
        """
        if method in _attributes(handler):
            own = _attributes(handler)[method]
            if getattr(own, "__func__", None) is not getattr(type(handler), method, None):
                return self._passing(handler, handler, method)
        for kind in type(handler).__mro__:
            if method in vars(kind):
                function = vars(kind)[method]
                found = self._found(kind, method)
                if _genuine(found[1] if found is not None and found[0] is function else function):
                    return None
                return self._passing(handler, kind, method)
        return lambda record: record

    def _passing(self, handler: Any, owner: Any, method: str) -> Receive:
        engine, found = self._engine, self._found(owner, method)
        if engine is not None and found is not None and found[0] is vars(owner)[method]:
            return lambda record: engine.record_for(handler, record)
        return lambda record: record

    def _found(self, owner: Any, name: str) -> tuple[Any, Any] | None:
        return self._engine.patches.found(owner, name) if self._engine is not None else None

    def _cause(self, handler: Any) -> tuple[str, str] | None:
        """Return why a handler lets something out that an installation should have caught."""
        if self._engine is None:
            return None
        own, found = _attributes(handler).get("handle"), self._found(handler, "handle")
        if own is not None and (found is None or found[0] is not own):
            return (
                f"its handle() was set on this one handler, by {where_from(own)}",
                "make it the handle() of a class, or set it before the handler's first record",
            )
        lost: list[str] = []
        for kind in type(handler).__mro__:
            name = f"{kind.__module__}.{kind.__qualname__}"
            for method in ("handle", "format", "handleError"):
                found, now = self._found(kind, method), vars(kind).get(method)
                if found is not None and now is not found[0]:
                    who = "set back" if now is found[1] else f"set by {where_from(now)}"
                    lost.append(f"{name}.{method} was {who} after logscrub.install()")
        if lost:
            return ", ".join(lost), "leave it in place, or install later"
        for kind in type(handler).__mro__:
            if "handle" in vars(kind) and self._found(kind, "handle") is None and kind not in _LIBRARY:
                reason = f"the handle() of its class {kind.__module__}.{kind.__qualname__} is not covered"
                return reason, "let the class have no handle() of its own"
        return None

    def _adopt(self, handlers: list[Any]) -> None:
        """Have the installation look at handlers as it does when a record comes: some may have come by no other way."""
        found = self._found(logging.Logger, "callHandlers")
        top = vars(logging.Logger)["callHandlers"]
        if found is None or (top is not found[0] and _genuine(top)):
            return
        logger = logging.Logger("logscrub-doctor")  # noqa: LOG001 - one that nobody else comes across
        logger.manager = logging.Manager(logging.RootLogger(logging.WARNING))
        logger.manager.emittedNoHandlerWarning = True
        # Seen by those who look at handlers first, and gone when the record, below all levels, is handed to them.
        logger.handlers = _Once(handlers)
        found[0](logger, _ASKING.record(logger, _QUIET))

    def _other_callers(self) -> list[str]:
        """Return who else stands where records are handed to handlers."""
        top, found = vars(logging.Logger)["callHandlers"], self._found(logging.Logger, "callHandlers")
        functions = [found[1], top] if found is not None else [top]
        ours = found[0] if found is not None else None
        return [where_from(one) for one in functions if one is not ours and not _genuine(one)]


class _Once(list[Any]):
    """A list whose items are there for the first look only."""

    def __iter__(self) -> Iterator[Any]:
        items = list(super().__iter__())
        self.clear()
        return iter(items)


def _routes(*, everything: bool) -> list[tuple[Any, list[logging.Logger]]]:
    """Return all handlers that get records, and the loggers whose records those are.

    Args:
        everything: also those that are not known to get any.
    """
    loggers: list[logging.Logger] = [logging.root]
    loggers += [
        logger for _, logger in sorted(logging.root.manager.loggerDict.items()) if isinstance(logger, logging.Logger)
    ]
    routes: dict[int, tuple[Any, list[logging.Logger]]] = {}
    for logger in loggers:
        reached = []
        at: logging.Logger | None = logger
        while at:
            reached += at.handlers
            at = at.parent if at.propagate else None
        if not reached and logging.lastResort is not None:
            reached = [logging.lastResort]
        for handler in reached:
            routes.setdefault(id(handler), (handler, []))[1].append(logger)
    waiting = [handler for handler, _ in routes.values()]
    for handler in waiting:
        behind = []
        if isinstance(handler, logging.handlers.MemoryHandler) and handler.target is not None:
            behind.append(handler.target)
        if isinstance(handler, logging.handlers.QueueHandler):
            everything = True
        for one in behind:
            if id(one) not in routes:
                routes[id(one)] = (one, [logging.root])
                waiting.append(one)
    if everything:
        # Behind a queue, or called by another library: nobody knows by whom, but they are there.
        for ref in list(logging._handlerList):  # type: ignore[attr-defined]
            one = ref()
            if one is not None and one is not logging.lastResort and id(one) not in routes:
                routes[id(one)] = (one, [logging.root])
    return list(routes.values())


def _attributes(handler: Any) -> dict[str, Any]:
    own: dict[str, Any] = getattr(handler, "__dict__", {})
    return own
