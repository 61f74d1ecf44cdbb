"""The part of python-json-logger: what only the structure of a record tells, which its JSON does not.

The final text goes through the ring around ``Handler.format`` as any other. But a field that is renamed, a value that
lies deep under a sensitive key and a text that is written as a list of lines are not known by that text; so where a
record is more than a plain message, the formatter gets a scrubbed copy.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from pythonjsonlogger import core

from logscrub.emit.engine import Engine
from logscrub.emit.quick import Quick
from logscrub.emit.record import STANDARD


def put(engine: Engine) -> None:
    """Put it in place."""
    original: Callable[..., Any] = vars(core.BaseJsonFormatter)["format"]
    quick = Quick(engine.scrubber)

    def is_plain(record: logging.LogRecord) -> bool:
        """Tell whether the finished text is enough to judge a record by."""
        values = record.__dict__
        if type(record.msg) is not str or record.exc_info or record.exc_text or record.stack_info:
            return False
        extra = {name: value for name, value in values.items() if name not in STANDARD}
        if not extra:
            return True
        texts = quick.texts(extra)
        return texts is not None and quick.clean(texts)

    @functools.wraps(original)
    def format_scrubbed(self: Any, record: logging.LogRecord) -> Any:
        if engine.active and not engine.report_only:
            try:
                plain = is_plain(record)
            except Exception:
                plain = False
            if not plain:
                record = engine.cleaner.clean(record)
        return original(self, record)

    engine.patches.put(core.BaseJsonFormatter, "format", format_scrubbed)
