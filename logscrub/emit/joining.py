"""Which formatters can be trusted with a record as it is, because their text tells as much as the record does."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable

from logscrub.emit.record import STANDARD

_FIELDS = re.compile(r"%\((\w+)\)|\{(\w+)|\$\{?(\w+)")
# Without anything between it and its neighbour a token is not seen as one.
_GLUED = re.compile(r"[\w)}]%\(message\)s|%\(message\)s[\w%]|\)s%\(message\)|[\w}]\{message\}|\{message\}[\w{]")


def joining(judge: Callable[[str], object]) -> Callable[[type, object], bool]:
    """Return what tells whether a formatter joins whole messages and fields that need no name to be understood.

    In the text of such a formatter everything can be found that could be found in the record. One that writes arguments
    apart from the template, or a field ``password`` without its name, needs a scrubbed record.

    Args:
        judge: tells whether a name is sensitive.

    >>> joins = joining(lambda name: name == "password")
    >>> joins(logging.Formatter, "%(asctime)s %(message)s"), joins(logging.Formatter, "%(message)s %(password)s")
    (True, False)
    """

    @functools.cache
    def joins(formatter: type, template: object) -> bool:
        if formatter is type(None):
            return True
        if not issubclass(formatter, logging.Formatter) or not isinstance(template, str):
            return False
        if formatter.format is not logging.Formatter.format or _GLUED.search(template):
            return False
        if formatter.formatMessage is not logging.Formatter.formatMessage:
            return False
        names = {name for match in _FIELDS.finditer(template) for name in match.groups() if name}
        return not any(judge(name) for name in names - STANDARD)

    return joins
