"""The time a log line carries, as an ISO 8601 string. Cheap enough to ask for hit lines, not for every line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

_REACH = 256
_JSON_REACH = 1 << 14
_BACK_LINES = 40
_BACK_BYTES = 8192
_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

_MON = rb"(?:" + b"|".join(_MONTHS) + rb")"
_MO, _D = rb"(?:0[1-9]|1[0-2])", rb"(?:0[1-9]|[12]\d|3[01])"
_CLOCK = rb"((?:[01]\d|2[0-3]):?[0-5]\d:?(?:[0-5]\d|60)(?:[.,:]\d{1,9})?)"
_ZONE = rb"(?: ?(Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d\b)|([+-]\d\d)(?![\d:]))?"
_HALF = rb"(\d{1,2}:[0-5]\d:[0-5]\d(?:\.\d{1,9})?) ([AP]M)\b"
_SHAPES: tuple[tuple[str, bytes], ...] = (
    ("ymd", rb"(?<!\d)((?:19|20)\d\d)([-/.]?)(" + _MO + rb")\2(" + _D + rb")[T _-]" + _CLOCK + _ZONE),
    ("clf", rb"\b(" + _D + rb")/(" + _MON + rb")/(\d{4}):" + _CLOCK + _ZONE),
    ("ctime", rb"\b(" + _MON + rb") +(\d{1,2}) " + _CLOCK + rb"(?: [A-Z]{3,4})? ((?:19|20)\d\d)\b"),
    ("rfc", rb"\b(\d{1,2})[ /-](" + _MON + rb")[ /-](\d{4}) " + _CLOCK + _ZONE),
    ("syslog", rb"\b(" + _MON + rb") +(\d{1,2}) " + _CLOCK),
    ("short", rb"(?<!\d)(\d\d)/(" + _MO + rb")/(" + _D + rb") " + _CLOCK),
    ("dmy", rb"(?<![\d.])(" + _D + rb")\.(" + _MO + rb")\.((?:19|20)\d\d)[ ,]{1,2}" + _CLOCK + _ZONE),
    ("us", rb"(?<!\d)(\d{1,2})/(\d{1,2})/((?:19|20)\d\d),? " + _HALF),
    ("java", rb"\b(" + _MON + rb") (\d{1,2}), ((?:19|20)\d\d),? " + _HALF),
    ("md", rb"\A[IWEF]?(" + _MO + rb")-?(" + _D + rb") +(?=\d\d:)" + _CLOCK),
    ("compact", rb"\A(\d\d)(" + _MO + rb")(" + _D + rb") ([0-2]\d[0-5]\d[0-5]\d) "),
    ("epoch", rb"\A(?:(?:-|[A-Z]{2,12}) )?(1\d{9}(?:\d{3}|\d{6}|\d{9}|\.\d{1,9})?)(?=[ \t,|])"),
)
_SHAPE = {name: re.compile(expression) for name, expression in _SHAPES}
_FIRST = [(name, shape) for name, shape in _SHAPE.items() if name in ("md", "compact", "epoch")]
# What a date can be next to. Looking for this first is many times as fast as looking for every kind of date everywhere.
_TIME = re.compile(rb"\d:[0-5]\d:[0-6]\d|\dT[012]\d[0-5]\d[0-6]\d")
_BEFORE, _AFTER, _TRIES = 24, 40, 3
_ANY = re.compile(b"|".join(b"(?P<%s>%s)" % (n.encode(), e.replace(rb"\2", rb"[-/.]?")) for n, e in _SHAPES[:9]))
# What nearly every line begins with, read without looking any further: a date in digits, or the one of syslog.
_LEADING = re.compile(
    rb"(?:<\d{1,3}>\d? ?)?[^\d\n]{0,24}((?:19|20)\d\d)([-/])(" + _MO + rb")\2(" + _D + rb")[T ]"
    rb"((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:[.,](\d{1,9}+))?+(?: ?(?:(Z|UTC|GMT)\b|([+-]\d\d):?(\d\d)\b)|(?![+-]\d\d))"
)
_LEADING_SYSLOG = re.compile(
    rb"(?:<\d{1,3}>)?("
    + _MON
    + rb") {1,2}(\d{1,2}) ((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?![\d.,:])(?! (?:[A-Z]{3,4} )?\d{4}\b)"
)
_CLF = re.compile(rb"\[" + dict(_SHAPES)["clf"])
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


class Stamp(NamedTuple):
    """A time, and where it ends in the line.

    Attributes:
        text: the time, ISO 8601, with as much of a fraction and a zone as is written.
        start, end: its place in the data it was read from.
        named: whether the month has its name and there is no year, as in syslog.
    """

    text: str
    start: int
    end: int
    named: bool = False


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
            stamp = value_time(found[2] or found[1], reference)
            if stamp:
                return stamp
    leading = leading_time(line, 0, len(line), reference)
    return leading.text if leading is not None else None


def leading_time(data: bytes, start: int, stop: int, reference: datetime) -> Stamp | None:
    """Read the time near the beginning of the line ``data[start:stop]``, or None.

    >>> leading_time(b"- 2024-01-02 03:04:05,678 x", 0, 27, datetime(2024, 2, 2))
    Stamp(text='2024-01-02T03:04:05.678', start=2, end=25, named=False)
    """
    stop = min(stop, start + _REACH)
    found = _LEADING.match(data, start, stop)
    if found is not None:
        year, _, month, day, clock, fraction, utc, hours, minutes = found.groups()
        if day <= b"28" or _is_day(int(year), int(month), int(day)):
            text = b"%s-%s-%sT%s" % (year, month, day, clock)
            if fraction is not None:
                text += b"." + fraction
            if hours is not None:
                text += hours + b":" + minutes
            elif utc is not None:
                text += b"Z"
            return Stamp(text.decode(), found.start(1), found.end())
    found = _LEADING_SYSLOG.match(data, start, stop)
    if found is not None:
        name, day, clock = found.groups()
        stamp = _without_year(_MONTHS.index(name) + 1, int(day), clock, reference)
        if stamp is not None:
            return Stamp(stamp, found.start(1), found.end(), named=True)
    bracket = data.find(b"[", start, stop)
    found = _CLF.match(data, bracket, stop) if bracket >= 0 else None
    if found is not None:
        stamp = _written("clf", found, reference)
        if stamp is not None:
            return Stamp(stamp, bracket + 1, found.end())
    line = data[start:stop]
    place = _find(line)
    if place is None:
        return None
    kind, exact = place
    stamp = _written(kind, exact, reference)
    if stamp is None:
        return None
    return Stamp(stamp, start + exact.start(), start + exact.end(), named=kind == "syslog")


def value_time(value: bytes, reference: datetime) -> str | None:
    """Read a value that is a time: written out, or counted from 1970 in seconds, ms, µs or ns.

    >>> value_time(b"1700000000123", datetime(2024, 1, 1)), value_time(b"2024-01-02T03:04:05Z", datetime(2024, 1, 1))
    ('2023-11-14T22:13:20.123Z', '2024-01-02T03:04:05Z')
    """
    value = value[:_REACH]
    whole, _, fraction = value.partition(b".")
    if whole.isdigit() and (fraction.isdigit() or not fraction):
        return _epoch(value) if 10 <= len(whole) <= 19 else None
    found = leading_time(value, 0, len(value), reference)
    return found.text if found is not None else None


def timestamp_near(data: bytes, start: int, stop: int, reference: datetime) -> str | None:
    r"""Read the time of the record ``data[start:stop]``, or else of the nearest line above that has one.

    >>> timestamp_near(b"2024-01-02 03:04:05,678 ERROR\nTraceback:\n  pw=x\n", 41, 47, datetime(2024, 2, 2))
    '2024-01-02T03:04:05.678'
    """
    stamp = timestamp(data[start : min(stop, start + _JSON_REACH)], reference)
    if stamp is None:
        above = head_above(data, start, reference)
        stamp = above[1].text if above is not None else None
    return stamp


def head_above(data: bytes, start: int, reference: datetime) -> tuple[int, Stamp] | None:
    """Return where the nearest line above begins that this line goes on from and that has a time, and the time.

    Args:
        data: a block of lines.
        start: where the line begins, which has no time itself.
        reference: see :func:`timestamp`.

    Nothing is looked at beyond 40 lines and 8 KB. Lines that go on from the one above them have no time to read.
    """
    floor = max(0, start - _BACK_BYTES)
    for number in range(_BACK_LINES):
        if start <= floor:
            return None
        end, continued = start, goes_on(data, start)
        start = max(data.rfind(b"\n", floor, start - 1) + 1, floor)
        continues = goes_on(data, start)
        stamp = None if continues else leading_time(data, start, end, reference)
        if stamp is not None:
            return start, stamp
        if number and not continued and not continues:
            return None  # lines of their own without a time: this log has none to find
    return None


def goes_on(data: bytes, start: int) -> bool:
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


def _written(kind: str, exact: re.Match[bytes], reference: datetime) -> str | None:
    part = [value or b"" for value in exact.groups()]
    if kind == "epoch":
        return _epoch(part[0])
    if kind == "ymd":
        return _stamp(int(part[0]), int(part[2]), int(part[3]), part[4], part[5] or part[6])
    if kind in ("clf", "rfc"):
        return _stamp(int(part[2]), _MONTHS.index(part[1]) + 1, int(part[0]), part[3], part[4] or part[5])
    if kind == "dmy":
        return _stamp(int(part[2]), int(part[1]), int(part[0]), part[3], part[4] or part[5])
    if kind == "us":
        return _stamp(int(part[2]), int(part[0]), int(part[1]), _of_day(part[3], part[4]))
    if kind == "java":
        return _stamp(int(part[2]), _MONTHS.index(part[0]) + 1, int(part[1]), _of_day(part[3], part[4]))
    if kind == "ctime":
        return _stamp(int(part[3]), _MONTHS.index(part[0]) + 1, int(part[1]), part[2])
    if kind in ("short", "compact"):
        return _stamp(2000 + int(part[0]), int(part[1]), int(part[2]), part[3])
    month = _MONTHS.index(part[0]) + 1 if kind == "syslog" else int(part[0])
    return _without_year(month, int(part[1]), part[2], reference)


def _without_year(month: int, day: int, clock: bytes, reference: datetime) -> str | None:
    latest = (reference.replace(tzinfo=None) + timedelta(days=1)).isoformat()
    year = int(latest[:4])
    stamp = _stamp(year, month, day, clock)
    return _stamp(year - 1, month, day, clock) if stamp is None or stamp > latest else stamp


def _of_day(clock: bytes, half: bytes) -> bytes:
    """Turn a clock of twelve hours into one of twenty-four."""
    hour, _, rest = clock.partition(b":")
    return b"%02d:%s" % (int(hour) % 12 + 12 * (half == b"PM"), rest)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        datetime(year, month, day)
    except ValueError:
        return False
    return True


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
        stamp += f"{zone[:3].decode()}:{zone[3:].lstrip(b':').decode() or '00'}"
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
    stamp = datetime.fromtimestamp(seconds, UTC).isoformat()[:19]
    return f"{stamp}.{fraction.decode()[:9]}Z" if fraction.strip(b"0") else stamp + "Z"
