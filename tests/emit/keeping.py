"""A handler for tests that look into records."""

from __future__ import annotations

import logging


class Keep(logging.Handler):
    """Keeps every record, as test tools and shippers do."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
