"""What the command line says of its own work with ``--verbose``: on standard error, by loguru, through our filter."""

from __future__ import annotations

import os
import sys
from typing import Any

_state = {"enabled": False}


def enable() -> None:
    """Write notes from now on."""
    from loguru import logger

    logger.remove()
    # Progress leaves the cursor at the start of its line, which a note takes the place of.
    clear = "\x1b[K" if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" else ""
    form = f"{clear}{{time:HH:mm:ss.SSS}} {{message}}"
    logger.add(sys.stderr, format=form, diagnose=False, backtrace=False, colorize=False)
    logger.configure(patcher=_scrub)
    _state["enabled"] = True


def note(message: str, *values: object) -> None:
    """Write a note, if anyone asked for them.

    Args:
        message: the note, with ``{}`` for each value.
        values: what goes there.
    """
    if _state["enabled"]:
        from loguru import logger

        logger.info(message, *values)


def _scrub(record: Any) -> None:
    from logscrub.report.visible import visible
    from logscrub.scrubber import default_scrubber

    record["message"] = visible(default_scrubber().scrub_text(record["message"]))
