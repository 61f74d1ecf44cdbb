"""Which files are one log, cut by rotation, and which of them is older."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_PACKED = re.compile(r"\.(?:gz|bz2|xz|zst|lz4|Z|zip)$", re.IGNORECASE)
_DATE = (
    r"(?:(?:19|20)\d\d-?(?:0[1-9]|1[0-2])(?:-?(?:0[1-9]|[12]\d|3[01]))?"
    r"(?:[T_\-]?[0-2]\d(?:[-_:.h]?[0-5]\d){0,2})?|1\d{9})"
)
# ``app.log-20260301``, ``app.log.2026-03-01_10``, ``app-2026-03-01.log``, ``app.2026-03-01.1.log``
_DATED = re.compile(
    r"^(?P<name>.+?)[.\-_](?P<date>" + _DATE + r")(?:[.\-_](?P<part>\d{1,4}))?(?P<ending>\.[A-Za-z]{1,8})?$"
)
# ``app.log.1``, and ``app.1.log`` as log4j and lumberjack write it
_NUMBERED = re.compile(r"^(?P<name>.+)\.(?P<number>\d{1,4})(?P<ending>\.(?:log|txt|out|err|json|jsonl|csv))?$")


class _Place(NamedTuple):
    """Where a file is in its set: dated ones first, then numbered ones from the highest, the one written to last."""

    kind: int
    date: str
    number: int


def rotated(paths: Iterable[str]) -> list[list[str]]:
    """Group the files that are one log, the oldest first.

    Numbers (``app.log.1``, ``app.1.log``) and dates (``app.log-20260301.gz``, ``app-2026-03-01.log``) are understood,
    of compressed files as well. Files in different directories are different logs. Nothing is looked up.

    Args:
        paths: any paths or URLs.

    Returns:
        The sets in the order in which they first come up; a file that is no part of a set is one by itself.

    >>> rotated(["a/app.log", "a/app.log.1", "b.log", "a/app.log.10.gz"])
    [['a/app.log.10.gz', 'a/app.log.1', 'a/app.log'], ['b.log']]
    >>> rotated(["app-2026-03-02.log", "app.log", "app-2026-03-01.log.gz"])
    [['app-2026-03-01.log.gz', 'app-2026-03-02.log', 'app.log']]
    """
    sets: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        folder, name, *_ = order_of(path)
        sets.setdefault((folder, name), []).append(path)
    return [sorted(one, key=lambda path: (order_of(path), path)) for one in sets.values()]


@lru_cache(maxsize=4096)
def order_of(path: str) -> tuple[str, str, int, str, int]:
    """Return what puts the files of a set together, the oldest first, when paths are sorted by it.

    >>> sorted(["app.log", "app.log.1", "app.log.2.gz"], key=order_of)
    ['app.log.2.gz', 'app.log.1', 'app.log']
    """
    cut = max(path.rfind("/"), path.rfind("\\")) + 1
    name, place = _base(path[cut:])
    return (path[:cut], name, *place)


def _base(name: str) -> tuple[str, _Place]:
    name = _PACKED.sub("", name)
    found = _DATED.match(name)
    if found is not None:
        date = re.sub(r"\D", "", found["date"])
        return found["name"] + (found["ending"] or ""), _Place(0, date, int(found["part"] or 0))
    found = _NUMBERED.match(name)
    if found is not None:
        return found["name"] + (found["ending"] or ""), _Place(1, "", -int(found["number"]))
    return name, _Place(2, "", 0)
