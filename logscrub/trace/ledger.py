"""The ledger of a filter: how often each log call was about to print something that the filter took out.

A file of JSON lines, in UTF-8. Each line is an object for one call and one rule; the same pair may come again (from
another process, or another day), and its counts are added up. Blank lines are skipped. Keys:

====== ======= ============================================================================================
file   string  path of the source file, as the log record has it (``pathname``); required
line   integer number of the line the call stands in, from 1 (``lineno``); required
rule   string  id of the rule (``password``); required
count  integer how often, at least 1; required
logger string  name of the logger (``app.auth``); may be left out
====== ======= ============================================================================================

Other keys are for later and are ignored. No value is ever in it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from logscrub.errors import SourceError
from logscrub.report.visible import visible
from logscrub.sources.paths import reason_of

_KEYS: tuple[tuple[str, type, str], ...] = (
    ("file", str, "a path"),
    ("line", int, "a number from 1"),
    ("rule", str, "the id of a rule"),
    ("count", int, "a number from 1"),
)


@dataclass(frozen=True, slots=True)
class Emitted:
    """What a filter took out of the output of one log call under one rule."""

    file: str
    line: int
    rule: str
    count: int
    logger: str = ""


def read_ledger(path: str) -> list[Emitted]:
    """Read a ledger.

    Args:
        path: the file.

    Raises:
        SourceError: it cannot be read, or a line of it is not what it should be.
    """
    entries = []
    try:
        with open(path, "rb") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    entries.append(_entry(line, f"{visible(path)}:{number}"))
    except SourceError:
        raise
    except OSError as error:
        raise SourceError(f"{visible(path)}: {reason_of(error)}") from None
    return entries


def _entry(line: bytes, place: str) -> Emitted:
    try:
        given: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise SourceError(f"{place}: is no JSON; a ledger holds one object in each line") from None
    if not isinstance(given, dict):
        raise SourceError(f"{place}: is no JSON object; a ledger holds one object in each line")
    for key, kind, what in _KEYS:
        value = given.get(key)
        if type(value) is not kind or not value or (isinstance(value, int) and value < 1):
            raise SourceError(f"{place}: key {key!r} must be {what}")
    logger = given.get("logger", "")
    if not isinstance(logger, str):
        raise SourceError(f"{place}: key 'logger' must be the name of a logger")
    return Emitted(given["file"], given["line"], given["rule"], given["count"], logger)
