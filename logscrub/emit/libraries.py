"""Which libraries an installation covers, whenever they are imported.

Each has a part: a module with ``put(engine)``, which patches the library's classes, so that objects made before and
after are covered alike. A library that is there already gets its part at once, one that comes later on import.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from logscrub.emit.engine import Engine

PARTS = {
    "http.server": "logscrub.emit.http_server",
    "multiprocessing.process": "logscrub.emit.processes",
    "aiohttp.web_log": "logscrub.emit.aiohttp",
    "awslambdaric.bootstrap": "logscrub.emit.aws_lambda",
    "celery.app.task": "logscrub.integrations.celery.calls",
    "celery.beat": "logscrub.integrations.celery.beat",
    "celery.canvas": "logscrub.integrations.celery.signatures",
    "celery.worker.consumer.consumer": "logscrub.integrations.celery.messages",
    "celery.worker.request": "logscrub.integrations.celery.workers",
    "django.db.backends.utils": "logscrub.integrations.django.queries",
    "django.http.request": "logscrub.integrations.django.requests",
    "django.views.debug": "logscrub.integrations.django.reports",
    "gunicorn.glogging": "logscrub.emit.gunicorn",
    "werkzeug.debug.tbtools": "logscrub.emit.werkzeug",
    "loguru._handler": "logscrub.emit.loguru",
    "pythonjsonlogger.core": "logscrub.emit.json_logger",
    "rich.traceback": "logscrub.emit.rich_tracebacks",
    "structlog": "logscrub.emit.structlog",
    "opentelemetry.sdk.resources": "logscrub.emit.otel.resources",
    "opentelemetry.sdk._logs._internal": "logscrub.emit.otel.logs",
    "opentelemetry.sdk._logs._internal.export": "logscrub.emit.otel.log_export",
    "opentelemetry.sdk.trace": "logscrub.emit.otel.traces",
    "opentelemetry.sdk.trace.export": "logscrub.emit.otel.trace_export",
}
"""Module of a library whose import calls for a part, and the part."""

_TRIES = 100


def cover(engine: Engine) -> None:
    """Put the parts of all libraries in place, now or as soon as they are imported."""
    finder = _Finder(engine)
    for name in PARTS:
        if name in sys.modules and not _put(name, engine):
            finder.waiting[name] = _TRIES
    sys.meta_path.insert(0, finder)
    engine.patches.undone(lambda: sys.meta_path.remove(finder) if finder in sys.meta_path else None)


def _put(name: str, engine: Engine) -> bool:
    """Put one part in place, or nothing of it.

    A version it does not know is no error of the application's: the doctor tells of it.
    """
    mark = engine.patches.mark()
    try:
        importlib.import_module(PARTS[name]).put(engine)
    except Exception as error:
        engine.patches.undo_to(mark)
        engine.meter.uncovered(name, error)
        return False
    engine.meter.uncovered(name, None)
    return True


class _Finder(MetaPathFinder):
    """Finds no module itself: it lets the others find it, and puts the part in place once it is loaded."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # Parts that could not be put in place yet, since what they need was being imported itself; and how often they
        # are to be tried again.
        self.waiting: dict[str, int] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec others find for a module of :data:`PARTS`, with a loader that puts the part in place."""
        if self.waiting and self.engine.active:
            for name in list(self.waiting):
                left = self.waiting.pop(name, 0) - 1
                if not _put(name, self.engine) and left > 0:
                    self.waiting[name] = left
        if fullname not in PARTS or not self.engine.active:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loading(spec.loader, fullname, self)
                return spec
        return None


class _Loading(Loader):
    """Loads a module as its own loader does, leaves that one in place, and calls the part."""

    def __init__(self, inner: Loader, name: str, finder: _Finder) -> None:
        self._inner = inner
        self._name = name
        self._finder = finder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module as its own loader does."""
        return self._inner.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module as its own loader does, then put the part in place."""
        module.__loader__ = self._inner
        if module.__spec__ is not None:
            module.__spec__.loader = self._inner
        self._inner.exec_module(module)
        engine = self._finder.engine
        if engine.active and not _put(self._name, engine):
            self._finder.waiting[self._name] = _TRIES
