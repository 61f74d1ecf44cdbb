"""Which formatters can be trusted with a record as it is, because their text tells as much as the record does."""

from __future__ import annotations

import functools
import logging
import re
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from logscrub.emit.record import STANDARD

_FIELDS = re.compile(r"%\(([^()]+)\)|\{(\w+)|\$\{?(\w+)")
# Of a field one part, or of the message its beginning.
_PARTS = re.compile(r"\{\w+[.\[]|%\(message\)[^s]|\{message[!:]")
_PIECES = frozenset({"args", "msg", "exc_info", "exc_text", "stack_info"})
_METHODS = ("format", "formatMessage", "formatTime", "formatException", "formatStack", "usesTime")
_STYLES = (logging.PercentStyle, logging.StrFormatStyle, logging.StringTemplateStyle)
# Without anything between it and its neighbour a token is not seen as one.
_GLUED = re.compile(r"[\w)}]%\(message\)s|%\(message\)s[\w%]|\)s%\(message\)|[\w}]\{message\}|\{message\}[\w{]")


Joins = Callable[[Any], "tuple[str, ...] | None"]


def joining(judge: Callable[[str], object]) -> Joins:
    """Return what tells whether a formatter joins whole messages and fields that need no name to be understood.

    In the text of such a formatter everything can be found that could be found in the record. One that writes arguments
    apart from the template, a field ``password`` without its name, or the beginning of a message only, needs a scrubbed
    record. What is returned gives ``None`` for these, and for others the names of the added fields they write: these
    must be plain values, which show all they hold.

    Args:
        judge: tells whether a name is sensitive.

    >>> joins = joining(lambda name: name == "password")
    >>> joins(logging.Formatter("%(asctime)s %(message)s %(order)s"))
    ('order',)
    >>> joins(logging.Formatter("%(message)s %(password)s")) is None
    True
    """

    @functools.cache
    def of(kind: Any, template: Hashable, style: Hashable) -> tuple[str, ...] | None:
        if not issubclass(kind, logging.Formatter) or not isinstance(template, str) or style not in _STYLES:
            return None
        if any(getattr(kind, name) is not getattr(logging.Formatter, name) for name in _METHODS):
            return None
        if _GLUED.search(template) or _PARTS.search(template):
            return None
        names = {name for match in _FIELDS.finditer(template) for name in match.groups() if name}
        added = names - STANDARD
        if names & _PIECES or any(judge(name) for name in added):
            return None
        return tuple(added)

    def joins(formatter: Any) -> tuple[str, ...] | None:
        if formatter is None:
            return ()
        own = formatter.__dict__
        if "format" in own:
            return None
        return of(type(formatter), own.get("_fmt"), type(own.get("_style")))  # type: ignore[arg-type]

    return joins


def plain(record: logging.LogRecord, added: tuple[str, ...]) -> bool:
    """Tell whether the text of a record shows what it is about: no containers, whose keys judge what lies deep in them.

    Args:
        record: the record.
        added: names of the added fields that are written.

    >>> plain(logging.makeLogRecord({"msg": "user %s", "args": ("bob",)}), ())
    True
    >>> plain(logging.makeLogRecord({"msg": "%s of %s", "args": ({"password": {"old": "x"}}, "bob")}), ())
    False
    """
    values = record.__dict__
    args = values["args"]
    if type(args) is not tuple or _contains(type(values["msg"])):
        return False
    for arg in args:
        if _contains(type(arg)):
            return False
    return not any(_contains(type(values.get(name))) for name in added)


def _contained(kind: type) -> bool:
    return issubclass(kind, (Mapping, list, tuple, set, frozenset, deque))


_contains: Callable[[type], bool] = functools.cache(_contained)
