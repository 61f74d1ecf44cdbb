"""The time a log line carries, as an ISO 8601 string. Cheap enough to ask for hit lines, not for every line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import islice

_REACH = 256
_JSON_REACH = 1 << 14
_BACK_LINES = 40
_BACK_BYTES = 8192
_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

_MON = rb"(?:" + b"|".join(_MONTHS) + rb")"
_MO, _D = rb"(?:0[1-9]|1[0-2])", rb"(?:0[1-9]|[12]\d|3[01])"
_CLOCK = rb"((?:[01]\d|2[0-3]):?[0-5]\d:?(?:[0-5]\d|60)(?:[.,:]\d{1,9})?)"
_ZONE = rb"(?: ?(Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d\b))?"
_SHAPES: tuple[tuple[str, bytes], ...] = (
    ("ymd", rb"(?<!\d)((?:19|20)\d\d)([-/.]?)(" + _MO + rb")\2(" + _D + rb")[T -]" + _CLOCK + _ZONE),
    ("clf", rb"\b(" + _D + rb")/(" + _MON + rb")/(\d{4}):" + _CLOCK + _ZONE),
    ("ctime", rb"\b(" + _MON + rb") +(\d{1,2}) " + _CLOCK + rb"(?: [A-Z]{3,4})? ((?:19|20)\d\d)\b"),
    ("rfc", rb"\b(\d{1,2})[ -](" + _MON + rb")[ -](\d{4}) " + _CLOCK + _ZONE),
    ("syslog", rb"\b(" + _MON + rb") +(\d{1,2}) " + _CLOCK),
    ("short", rb"(?<!\d)(\d\d)/(" + _MO + rb")/(" + _D + rb") " + _CLOCK),
    ("md", rb"\A[IWEF]?(" + _MO + rb")-?(" + _D + rb") +(?=\d\d:)" + _CLOCK),
    ("compact", rb"\A(\d\d)(" + _MO + rb")(" + _D + rb") ([0-2]\d[0-5]\d[0-5]\d) "),
    ("epoch", rb"\A(?:(?:-|[A-Z]{2,12}) )?(1\d{9}(?:\d{3}|\.\d{1,6})?)(?=[ \t,|])"),
)
_SHAPE = {name: re.compile(expression) for name, expression in _SHAPES}
_FIRST = [(name, shape) for name, shape in _SHAPE.items() if name in ("md", "compact", "epoch")]
# What a date can be next to. Looking for this first is many times as fast as looking for every kind of date everywhere.
_TIME = re.compile(rb"[012]\d:[0-5]\d:[0-6]\d|\dT[012]\d[0-5]\d[0-6]\d")
_BEFORE, _AFTER, _TRIES = 24, 32, 3
_ANY = re.compile(b"|".join(b"(?P<%s>%s)" % (n.encode(), e.replace(rb"\2", rb"[-/.]?")) for n, e in _SHAPES[:6]))
_JSON = re.compile(
    rb"\"(?:@?timestamp|@t|time|ts|datetime|date|asctime|eventTime|__REALTIME_TIMESTAMP)\"\s*:\s*"
    rb"(?:\"([^\"\n]{1,48})\"|(\d{10,19}(?:\.\d{1,9})?)(?![\d.]))",
    re.IGNORECASE,
)


_CONTINUATIONS = (
    b" ",
    b"\t",
    b"Traceback",
    b"Caused by",
    b"During handling",
    b"The above",
    b"...",
    b"}",
    b"]",
    b")",
    b"-----",
)


def timestamp(line: bytes, reference: datetime) -> str | None:
    """Read the time of a line, or None. A year that is not written is the last one that is not after ``reference``.

    >>> timestamp(b'10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /"', datetime(2024, 1, 1))
    '2000-10-10T13:55:36-07:00'
    >>> timestamp(b"Dec 31 23:59:59 web sshd[1]: hello", datetime(2024, 1, 1))
    '2023-12-31T23:59:59'
    """
    if line.lstrip()[:1] == b"{":
        found = _JSON.search(line, 0, _JSON_REACH)
        if found:
            text, number = found.groups()
            stamp = _epoch(number or text) if number or text.replace(b".", b"", 1).isdigit() else _read(text, reference)
            if stamp:
                return stamp
    return _read(line[:_REACH], reference)


def timestamp_near(data: bytes, start: int, stop: int, reference: datetime) -> str | None:
    r"""Read the time of the record ``data[start:stop]``, or else of the nearest line above that has one.

    >>> timestamp_near(b"2024-01-02 03:04:05,678 ERROR\nTraceback:\n  pw=x\n", 41, 47, datetime(2024, 2, 2))
    '2024-01-02T03:04:05.678'
    """
    stamp = timestamp(data[start : min(stop, start + _JSON_REACH)], reference)
    floor = max(0, start - _BACK_BYTES)
    for number in range(_BACK_LINES):
        if stamp or start <= floor:
            break
        end, continued = start, _continues(data, start)
        start = max(data.rfind(b"\n", floor, start - 1) + 1, floor)
        if number and not continued and not _continues(data, start):
            break  # lines of their own without a time: this log has none to find
        stamp = timestamp(data[start:end], reference)
    return stamp


def _continues(data: bytes, start: int) -> bool:
    """Tell whether a line goes on with the record above it: it is indented, or the head or foot of a traceback."""
    return data.startswith(_CONTINUATIONS, start)


def _find(text: bytes) -> tuple[str, re.Match[bytes]] | None:
    for kind, shape in _FIRST:
        found = shape.match(text)
        if found is not None:
            return kind, found
    for clock in islice(_TIME.finditer(text), _TRIES):
        near = _ANY.search(text, max(0, clock.start() - _BEFORE), clock.end() + _AFTER)
        found = _SHAPE[near.lastgroup or ""].match(text, near.start()) if near is not None else None
        if near is not None and found is not None:
            return near.lastgroup or "", found
    return None


def _read(text: bytes, reference: datetime) -> str | None:
    found = _find(text)
    if found is None:
        return None
    kind, exact = found
    part = [value or b"" for value in exact.groups()]
    if kind == "epoch":
        return _epoch(part[0])
    if kind == "ymd":
        return _stamp(int(part[0]), int(part[2]), int(part[3]), part[4], part[5])
    if kind in ("clf", "rfc"):
        return _stamp(int(part[2]), _MONTHS.index(part[1]) + 1, int(part[0]), part[3], part[4])
    if kind == "ctime":
        return _stamp(int(part[3]), _MONTHS.index(part[0]) + 1, int(part[1]), part[2])
    if kind in ("short", "compact"):
        return _stamp(2000 + int(part[0]), int(part[1]), int(part[2]), part[3])
    month = _MONTHS.index(part[0]) + 1 if kind == "syslog" else int(part[0])
    latest = reference.replace(tzinfo=None) + timedelta(days=1)
    stamp = _stamp(latest.year, month, int(part[1]), part[2])
    if stamp is None or stamp > latest.isoformat():
        stamp = _stamp(latest.year - 1, month, int(part[1]), part[2])
    return stamp


def _stamp(year: int, month: int, day: int, clock: bytes, zone: bytes = b"") -> str | None:
    digits = clock.replace(b":", b"").replace(b",", b"").replace(b".", b"").decode()
    second = min(int(digits[4:6]), 59)
    try:
        stamp = datetime(year, month, day, int(digits[:2]), int(digits[2:4]), second).isoformat()
    except ValueError:
        return None
    if digits[6:]:
        stamp += "." + digits[6:]
    if zone in (b"Z", b"UTC", b"GMT"):
        return stamp + "Z"
    if zone:
        stamp += f"{zone[:3].decode()}:{zone[-2:].decode()}"
    return stamp


def _epoch(number: bytes) -> str | None:
    whole, _, fraction = number.partition(b".")
    seconds = int(whole)
    scale = {13: 3, 16: 6, 19: 9}.get(len(whole))
    if scale:
        seconds, rest = divmod(seconds, 10**scale)
        fraction = b"%0*d" % (scale, rest)
    if not 100_000_000 <= seconds < 10_000_000_000:
        return None
    stamp = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{stamp}.{fraction.decode()[:9]}Z" if fraction.strip(b"0") else stamp + "Z"
