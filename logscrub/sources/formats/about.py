"""What a record says of itself, in the few words a finding has for it."""

from __future__ import annotations

from typing import NamedTuple

_LONGEST = 120
_PINO = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_SYSLOG = ("CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG")

LEVELS: dict[bytes, str] = {
    name: level
    for level, names in {
        "TRACE": b"trace trc vrb verbose finer finest silly trace1 debug5 debug4 debug3 debug2",
        "DEBUG": b"debug dbg dbug fine config debug1 d",
        "INFO": b"info information informational inf success log i",
        "NOTICE": b"notice",
        "WARNING": b"warning warn wrn warnin w",
        "ERROR": b"error err eror severe fail failure e",
        "CRITICAL": b"critical crit fatal ftl fatl emergency emerg alert panic dpanic crt c f",
    }.items()
    for name in names.split()
}
"""The levels that logs name, in small letters, and the seven they are shown as."""


class About(NamedTuple):
    """What the record around a match says. ``None`` is what it does not say.

    Attributes:
        time: ISO 8601, with as much of a fraction and a zone as is written.
        level: one of ``TRACE``, ``DEBUG``, ``INFO``, ``NOTICE``, ``WARNING``, ``ERROR``, ``CRITICAL``.
        component: what wrote it: logger, program, unit or container.
        host: where that ran.
        request: id of the request or trace it belongs to.
        field: where in a structured record the match stands: ``$.user.email``, ``MESSAGE``, a column.

    The last four are texts of the log, cut to 120 characters and without control characters. They may be sensitive.
    """

    time: str | None = None
    level: str | None = None
    component: str | None = None
    host: str | None = None
    request: str | None = None
    field: str | None = None


NOTHING = About()


def shown(raw: bytes | None) -> str | None:
    r"""Turn bytes of a log into a short text, or None if there is nothing to show.

    >>> shown(b" shop.jobs\x1b[0m "), shown(b"-"), shown(b"")
    ('shop.jobs[0m', None, None)
    """
    if not raw or raw == b"-":
        return None
    text = raw[: 4 * _LONGEST].decode("utf-8", "replace")
    if not text.isprintable():
        text = "".join(filter(str.isprintable, text))
    return text.strip()[:_LONGEST] or None


def level_of(name: bytes) -> str | None:
    """Return the level that a name, or a number of pino's, bunyan's or syslog's, stands for.

    Numbers from 10 on are pino's and bunyan's (30 is ``INFO``); those below are syslog's (RFC 5424, 6.2.1), as GELF
    and journald have them. Python's own numbers are written under other names: see :func:`python_level`.

    >>> level_of(b"Warn"), level_of(b"30"), level_of(b"3"), level_of(b"LOUD")
    ('WARNING', 'INFO', 'ERROR', None)
    """
    level = LEVELS.get(name.strip().lower())
    if level is None and len(name) <= 3 and name.isdigit():
        number = int(name)
        return _SYSLOG[number] if number < 8 else _PINO[min(number, 60) // 10 - 1] if number >= 10 else None
    return level


def python_level(number: bytes) -> str | None:
    """Return the level that a ``levelno`` of Python's logging stands for.

    >>> python_level(b"30"), python_level(b"25")
    ('WARNING', 'INFO')
    """
    if not number.isdigit() or len(number) > 2:
        return None
    at_least = int(number)
    return next((name for least, name in _PYTHON if at_least >= least), None)


_PYTHON = ((50, "CRITICAL"), (40, "ERROR"), (30, "WARNING"), (20, "INFO"), (10, "DEBUG"), (1, "TRACE"))


def event_level(number: bytes) -> str | None:
    """Return the level of a Windows event (winmeta.xml: 1 is critical, 2 error, 3 warning, 4 information, 5 verbose).

    >>> event_level(b"2"), event_level(b"0")
    ('ERROR', 'INFO')
    """
    return _EVENT.get(number.strip())


_EVENT = {b"0": "INFO", b"1": "CRITICAL", b"2": "ERROR", b"3": "WARNING", b"4": "INFO", b"5": "DEBUG"}


def severity_level(number: bytes) -> str | None:
    """Return the level of an OpenTelemetry ``severityNumber`` (1 to 24, four to a level).

    >>> severity_level(b"9"), severity_level(b"17")
    ('INFO', 'ERROR')
    """
    if not number.isdigit() or not 1 <= int(number[:4]) <= 24:
        return None
    return _PINO[(int(number) - 1) // 4]
