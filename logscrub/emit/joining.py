"""Which formatters can be trusted with a record as it is, because their text tells as much as the record does."""

from __future__ import annotations

import functools
import logging
import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from logscrub.emit.record import STANDARD

_FIELDS = re.compile(r"%\(([^()]+)\)|\{(\w+)|\$\{?(\w+)")
# Of a field one part, or of the message its beginning.
_PARTS = re.compile(r"\{\w+[.\[]|%\(message\)[^s]|\{message[!:]")
_PIECES = frozenset({"args", "msg", "exc_info", "exc_text", "stack_info"})
_METHODS = ("format", "formatMessage", "formatTime", "formatException", "formatStack", "usesTime")
_ATOMS = frozenset({str, int, float, bool, type(None)})
_REMEMBERED = 1000
_NOTHING: dict[str, Any] = {}
_STYLES = (logging.PercentStyle, logging.StrFormatStyle, logging.StringTemplateStyle)
# Without anything between it and its neighbour a token is not seen as one.
_GLUED = re.compile(r"[\w)}]%\(message\)s|%\(message\)s[\w%]|\)s%\(message\)|[\w}]\{message\}|\{message\}[\w{]")


Tells = Callable[[Any, logging.LogRecord], bool]
"""Tells whether the text a formatter makes of a record shows all that could be found in the record."""


def telling(judge: Callable[[str], object]) -> Tells:
    """Return what tells whether a formatter's text shows all that could be found in a record.

    It does where it joins whole messages and fields that need no name to be understood. A formatter that writes
    arguments apart from the template, a field ``password`` without its name, or the beginning of a message only, needs
    a scrubbed record. So does a record that holds containers, whose keys judge what lies deep in them.

    Args:
        judge: tells whether a name is sensitive.

    >>> tells = telling(lambda name: name == "password")
    >>> record = logging.makeLogRecord({"msg": "user %s", "args": ("bob",)})
    >>> tells(logging.Formatter("%(asctime)s %(message)s"), record), tells(logging.Formatter("%(password)s"), record)
    (True, False)
    >>> tells(None, logging.makeLogRecord({"msg": "%s of %s", "args": ({"password": {"old": "x"}}, "bob")}))
    False
    """
    known: dict[int, tuple[Any, Any, int, tuple[str, ...] | None]] = {}

    def written(formatter: Any) -> tuple[str, ...] | None:
        """Return the added fields a formatter writes; ``None`` if it takes records apart."""
        if formatter is None:
            return ()
        own, kind = formatter.__dict__, type(formatter)
        template = own.get("_fmt")
        if not isinstance(formatter, logging.Formatter) or not isinstance(template, str) or "format" in own:
            return None
        if type(own.get("_style")) not in _STYLES:
            return None
        if any(getattr(kind, name) is not getattr(logging.Formatter, name) for name in _METHODS):
            return None
        if _GLUED.search(template) or _PARTS.search(template):
            return None
        names = {name for match in _FIELDS.finditer(template) for name in match.groups() if name}
        added = names - STANDARD
        return None if names & _PIECES or any(judge(name) for name in added) else tuple(added)

    def tells(formatter: Any, record: logging.LogRecord) -> bool:
        own = _NOTHING if formatter is None else formatter.__dict__
        before = known.get(id(formatter))
        # An attribute that is set later, such as a "format" of its own, changes their number.
        if before is not None and before[0] is formatter and before[1] is own.get("_fmt") and before[2] == len(own):
            added = before[3]
        else:
            if len(known) >= _REMEMBERED:
                known.clear()
            added = written(formatter)
            known[id(formatter)] = (formatter, own.get("_fmt"), len(own), added)
        if added is None:
            return False
        values = record.__dict__
        args = values["args"]
        if type(args) is not tuple or (type(values["msg"]) is not str and _contains(type(values["msg"]))):
            return False
        if not _ATOMS.issuperset(map(type, args)) and any(_contains(type(arg)) for arg in args):
            return False
        return not (added and any(_contains(type(values.get(name))) for name in added))

    return tells


def _contained(kind: type) -> bool:
    return issubclass(kind, (Mapping, list, tuple, set, frozenset, deque))


_contains: Callable[[type], bool] = functools.cache(_contained)
