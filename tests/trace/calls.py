"""Log calls made by hand."""

from __future__ import annotations

from logscrub.code.model import Argument, LogCall, Place


def call(
    *parts: str | int,
    line: int = 1,
    path: str = "app/web.py",
    logger: str = "app.web",
    level: str = "info",
    function: str = "serve",
    sink: str = "logging",
    names: tuple[str, ...] = (),
) -> LogCall:
    """Make a call that prints ``parts``; its arguments are called a, b, c, … ``names`` are those beside the text."""
    printed = max((part for part in parts if isinstance(part, int)), default=-1) + 1
    arguments = [Argument("abcdefghijklm"[number], Place(path, line)) for number in range(printed)]
    arguments += [Argument(name, Place(path, line), name) for name in names]
    return LogCall(Place(path, line, 1, line, 40), function, sink, "LOG", level, parts, tuple(arguments), logger)
