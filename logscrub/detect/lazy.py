"""Expressions that are compiled when they are first used: a service that logs no secret never compiles them."""

from __future__ import annotations

import re
from typing import Any, cast


class _Lazy:
    def __init__(self, source: bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        # Kept on the instance: from the second use on it costs what it costs on a compiled expression.
        value = getattr(re.compile(self._source, self._flags), name)
        self.__dict__[name] = value
        return value


def lazy(source: bytes, flags: int = 0) -> re.Pattern[bytes]:
    """Return an expression that compiles itself.

    >>> lazy(rb"a+").fullmatch(b"aaa") is not None
    True
    """
    return cast("re.Pattern[bytes]", _Lazy(source, flags))
