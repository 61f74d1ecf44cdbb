"""SQL that Django logs: what goes into sensitive columns, in the statement and in its parameters."""

from __future__ import annotations

import logging
from typing import Any

from logscrub.emit.engine import Engine
from logscrub.emit.record import marker
from logscrub.integrations._sql import scrub_statement

_LOGGERS = ("django.db.backends", "django.db.backends.schema")


def put(engine: Engine) -> None:
    """Look through the records of Django's loggers for SQL before any handler gets them."""
    queries = _Queries(engine)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.addFilter(queries)
        engine.patches.undone(lambda logger=logger: logger.removeFilter(queries))  # type: ignore[misc]


class _Queries(logging.Filter):
    """Scrubs the record itself: Django makes it for the log alone, and on Python 3.11 a filter can do no other."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass; never raises."""
        try:
            if self._engine.active:
                self._scrub(record)
        except Exception as error:
            self._engine.meter.failed()
            if not self._engine.report_only:
                record.msg, record.args = marker(error), ()
                vars(record).update(sql=record.msg, params=None)
        return True

    def _scrub(self, record: logging.LogRecord) -> None:
        given = vars(record)
        sql, params = given.get("sql"), given.get("params")
        if isinstance(sql, bytes):
            sql = sql.decode("utf-8", "replace")
        if sql is None:
            return
        backslashes = _backslashes(given.get("alias"))
        clean, shown = scrub_statement(self._engine, str(sql), params, record, backslashes=backslashes)
        if clean is sql and shown is params:
            return
        if isinstance(record.args, tuple):
            record.args = tuple([_swapped(arg, given, clean, shown) for arg in record.args])
        given.update(sql=clean)
        if "params" in given:
            given.update(params=shown)


def _swapped(arg: Any, given: dict[str, Any], sql: str, params: Any) -> Any:
    if arg is given.get("sql"):
        return sql
    return params if arg is not None and arg is given.get("params") else arg


def _backslashes(alias: Any) -> bool:
    """Tell whether the database reads a backslash in a text as MySQL does."""
    from django.db import connections

    return isinstance(alias, str) and alias in connections and connections[alias].vendor == "mysql"
