"""Messages a Celery worker can do nothing with: it logs them whole."""

from __future__ import annotations

import functools
import logging
from typing import Any

from celery.worker.consumer import consumer

from logscrub.emit.engine import Engine


def put(engine: Engine) -> None:
    """Leave out the arguments, in the body and in the headers: no task is known, so nobody knows what they are."""
    body_text, header_text = consumer.dump_body, consumer.safe_repr

    def hides() -> bool:
        return engine.active and not engine.report_only

    @functools.wraps(body_text)
    def size_of_body(message: Any, body: Any) -> Any:
        text = body_text(message, body)
        return f"{_NOT_SHOWN} {text.rpartition(' ')[2]}" if hides() else text

    @functools.wraps(header_text)
    def safe_repr(value: Any, *args: Any, **options: Any) -> Any:
        return header_text(_without_arguments(value) if hides() else value, *args, **options)

    class Headers(logging.Filter):
        """Changes the record itself: Celery makes it for the log alone."""

        def filter(self, record: logging.LogRecord) -> bool:
            """Let every record pass."""
            if isinstance(record.args, tuple) and hides():
                record.args = tuple([_without_arguments(arg) for arg in record.args])
            return True

    headers = Headers()
    consumer.logger.addFilter(headers)
    engine.patches.undone(lambda: consumer.logger.removeFilter(headers))
    engine.patches.put(consumer, "dump_body", size_of_body)
    engine.patches.put(consumer, "safe_repr", safe_repr)


_NOT_SHOWN = "[logscrub: not shown]"


def _without_arguments(value: Any) -> Any:
    if isinstance(value, dict) and "argsrepr" in value:
        return {**value, "argsrepr": _NOT_SHOWN, "kwargsrepr": _NOT_SHOWN}
    return value
