"""What a line of text says of itself: level, logger, host, request id, in the layouts that loggers write by default."""

from __future__ import annotations

import re
from datetime import datetime

from logscrub.sources.formats.about import LEVELS, NOTHING, About, level_of, shown
from logscrub.sources.formats.walk import COMPONENT, HOST, LEVEL, REQUEST, SAID, TIME
from logscrub.sources.timestamps import Stamp, head_above, leading_time, value_time

_REACH = 512
_REQUEST_REACH = 2048
_PAIRS_REACH = 1 << 14

_NAME = rb"[A-Za-z_][\w.$/@\-]{0,79}(?:::\w{1,40}){0,6}"
_CAPITALS = (
    rb"(?:TRACE|TRC|VERBOSE|VRB|FINEST|FINER|FINE|CONFIG|DEBUG[1-5]?|DBUG|DBG|INFORMATION|INFO|INF|NOTICE|SUCCESS"
    rb"|WARNING|WARN|WRN|SEVERE|ERROR|EROR|ERR|FATAL|FTL|CRITICAL|CRIT|ALERT|EMERGENCY|EMERG|D?PANIC|LOG)(?![\w.])"
)
_WORD = b"(?i:" + b"|".join(sorted((name for name in LEVELS if len(name) > 2), reverse=True)) + b")"
# What stands between a time and a level: threads and processes, in brackets or as numbers, and marks.
_SIDE = rb"(?>\[[^\]\[\n]{0,80}\]|\([^()\n]{0,60}\)|[#+-]?\d{1,10}(?:[.:#/]\d{1,10})?|[-|*/])[\s|:,\-\]]{0,8}"
_HEAD = re.compile(
    rb"[\]\s|:,;>)\-\"]{0,8}(?:" + _SIDE + rb"){0,6}?"
    rb"(?:(?P<channel>[\w\-]{1,40})\.(?=[A-Z]{3,9}:)|(?P<before>(?>" + _NAME + rb"))(?:\[\d{1,10}\])?[\s|:,\-]{1,8}"
    rb"(?:" + _SIDE + rb"){0,3}?)??"
    rb"(?:(?P<level>" + _CAPITALS + rb")|\[(?:(?P<module>[\w.]{1,40}):)?(?P<held>" + _WORD + rb")\s{0,8}\]"
    rb"|<(?P<angled>" + _WORD + rb")>|(?P<low>" + _WORD + rb"):(?=\s))"
)
_TAIL = re.compile(
    rb"/(?P<process>[\w\-]{1,60})\]|:(?P<root>" + _NAME + rb"):(?!/)"
    rb"|[\])>|:,\s\-]{0,12}(?:(?:\[(?P<inside>[^\]\[\n]{0,80})\]|\([^()\n]{0,60}\)|\d{1,10}|[-|*]{1,3})[\s|:,\-]{0,8}){0,6}"
    rb"(?:in\s(?P<place>[\w.]{1,60}):\s|(?P<name>" + _NAME + rb")(?::[\w<>.$]{1,60}){0,2}"
    rb"(?=\s?--?\s|\s{0,40}:\s|\s?\|\s|\]|\t|\[\d{1,6}\])|(?P<dotted>[A-Za-z_]\w{0,60}(?:(?:[.$/]\w{1,60}){1,8}(?=\s\[)|(?:[.$]\w{1,60}){2,8}(?=\s))))?"
)
_INSIDE = re.compile(rb"([A-Za-z_][\w.$\-]{1,79})(?::\d{1,6})?")
_DOTTED = re.compile(rb"\s([A-Za-z_]\w{0,60}(?:[.$]\w{1,60}){1,8})\s")
_GLOG = re.compile(rb"\s+\d{1,10} ([\w.\-/]{1,80}):\d{1,6}\]")
_LOGCAT = re.compile(rb"\s+\d{1,10}\s+\d{1,10} ([VDIWEF]) ([\w.$\-/]{1,80})\s{0,20}:")
_GLOG_LEVELS = {b"I": "INFO", b"W": "WARNING", b"E": "ERROR", b"F": "CRITICAL", b"D": "DEBUG", b"V": "TRACE"}
_COLOUR = re.compile(rb"\x1b\[[\d;]{0,16}m")

_PRIORITY = re.compile(rb"<(\d{1,3})>(1 )?")
# RFC 3164: host, program, process; RFC 5424 as well the kind of message.
_SYSLOG = re.compile(
    rb"\s(?P<host>[\w.:\-]{1,255})\s(?P<program>[^\s\[\]:<>{}=\"]{1,60})(?P<process>\[[\w\-]{1,20}\])?:(?:\s|\Z)"
)
_SYSLOG_5424 = re.compile(rb"\s(?P<host>\S{1,255})\s(?P<program>\S{1,48})\s\S{1,128}\s\S{1,32}\s")

_REQUEST = re.compile(
    rb"(?i:request|req|correlation|trace)[_\-]?(?i:id)[\"']?\s?[=:]\s?[\"']?([\w\-.:/]{4,64})|\b(req-[0-9a-f\-]{8,40})"
)
_QUOTED = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"?'
_ACCESS = re.compile(
    rb"\] (?P<request>"
    + _QUOTED
    + rb")(?: \S+ \S+(?: (?P<referer>"
    + _QUOTED
    + rb")(?: (?P<user_agent>"
    + _QUOTED
    + rb"))?)?)?"
)
_CLIENT = ("remote_addr", "ident", "user")
_LOGFMT = re.compile(rb"(?:time|ts|t|timestamp|level|lvl|msg|logger|caller|at)=")
_PAIR = re.compile(rb'([A-Za-z_@][\w.\-@/]{0,79})=(?:"([^"\\\n]*+(?:\\.[^"\\\n]*+)*+)"?|([^\s"]*+))')


def about_line(data: bytes, start: int, stop: int, at: int, reference: datetime) -> About:
    """Read a line, and where it does not say, the head of the record it goes on from.

    Args:
        data: a block of lines.
        start, stop: the line.
        at: where the match is.
        reference: when the log was written last; what years are missing is read by it.

    >>> line = b"2024-01-02 03:04:05,678 WARN [shop.jobs] password=x"
    >>> about_line(line, 0, len(line), 50, datetime(2024, 2, 2))[:3]
    ('2024-01-02T03:04:05.678', 'WARNING', 'shop.jobs')
    """
    said, stamp = _read(data, start, stop, at, reference)
    if stamp is not None or said.time is not None:
        return said
    head = head_above(data, start, reference)
    if head is None:
        return said
    first, stamp = head
    end = data.find(b"\n", stamp.end, start)
    above = _text(data, first, min(end if end >= 0 else start, first + _REACH), stamp)
    if said.component is None and above.component is None:
        named = _DOTTED.match(data, stamp.end, start)
        above = above._replace(component=shown(named[1]) if named is not None else None)
    return filled(said, above)


def filled(one: About, other: About) -> About:
    """Return what one says, and what the other says where the first does not."""
    if one == NOTHING:
        return other
    return About(*(mine if mine is not None else theirs for mine, theirs in zip(one, other, strict=True)))


def about_message(data: bytes, start: int, stop: int, reference: datetime) -> About:
    """Read a message that is held in another record: its level, logger and request, and the time it gives itself."""
    return _read(data, start, stop, -1, reference)[0]


def _read(data: bytes, start: int, stop: int, at: int, reference: datetime) -> tuple[About, Stamp | None]:
    reach = min(stop, start + _REACH)
    if data.find(b"\x1b", start, reach) >= 0:  # colours; offsets do not matter in what follows
        data = _COLOUR.sub(b"", data[start : min(stop, start + _REQUEST_REACH)])
        start, stop, reach, at = 0, len(data), min(len(data), _REACH), -1
    if _LOGFMT.match(data, start, stop) is not None:
        return _pairs(data, start, stop, at, reference), None
    stamp = leading_time(data, start, stop, reference)
    if stamp is not None and data[stamp.end : stamp.end + 3] == b'] "' and data[stamp.start - 1 : stamp.start] == b"[":
        return _access(data, start, stop, at, stamp), stamp
    said = _text(data, start, reach, stamp)
    request = _request(data, start, stop)
    return (said if request is None else said._replace(request=request)), stamp


def _text(data: bytes, start: int, stop: int, stamp: Stamp | None) -> About:
    """Read the head of a line; colours are gone."""
    if stamp is None:
        level, component = _head(data, start, stop)
        return About(None, level, component)
    priority = _PRIORITY.match(data, start, stop) if data[start : start + 1] == b"<" else None
    shape = _SYSLOG_5424 if priority is not None and priority[2] else _SYSLOG
    found = shape.match(data, stamp.end, stop)
    if found is not None and (stamp.named or priority is not None or found["process"] is not None):
        severity = b"%d" % (int(priority[1]) & 7) if priority is not None else b""
        level = level_of(severity) if severity else _head(data, found.end(), stop)[0]
        return About(stamp.text, level, shown(found["program"]), shown(found["host"]))
    letter = data[start : start + 1]
    if stamp.start == start and letter in (b"I", b"W", b"E", b"F"):
        found = _GLOG.match(data, stamp.end, stop)
        if found is not None:
            return About(stamp.text, _GLOG_LEVELS[letter], shown(found[1]))
    level, component = _head(data, stamp.end, stop)
    if level is None and stamp.start > start:
        level, _ = _head(data, start, stamp.start)
        if level is not None and component is None:
            component = _tail(data, stamp.end, stop)
    if level is None:
        found = _LOGCAT.match(data, stamp.end, stop)
        if found is not None:
            return About(stamp.text, _GLOG_LEVELS[found[1]], shown(found[2]))
    return About(stamp.text, level, component)


def _head(data: bytes, start: int, stop: int) -> tuple[str | None, str | None]:
    """Read level and logger where a line, or what follows its time, begins."""
    found = _HEAD.match(data, start, stop)
    if found is None:
        return None, None
    level = level_of(found["level"] or found["held"] or found["angled"] or found["low"])
    name = found["module"] or found["before"] or found["channel"]
    return level, shown(name) if name else _tail(data, found.end(), stop)


def _tail(data: bytes, start: int, stop: int) -> str | None:
    """Read the logger that stands behind a level."""
    found = _TAIL.match(data, start, stop)
    if found is None:
        return None
    name = found["name"] or found["dotted"] or found["root"] or found["place"] or found["process"]
    if name is None:
        inside = _INSIDE.fullmatch(found["inside"] or b"")
        if inside is not None and (b"." in inside[1] or (inside[1] != b"main" and inside[1].isalpha())):
            name = inside[1]
    return shown(name)


def _request(data: bytes, start: int, stop: int) -> str | None:
    stop = min(stop, start + _REQUEST_REACH)
    find = data.find
    if (
        find(b"req", start, stop) < 0
        and find(b"Req", start, stop) < 0
        and find(b"race", start, stop) < 0
        and find(b"orrelation", start, stop) < 0
    ):
        return None
    found = _REQUEST.search(data, start, stop)
    return shown(found[1] or found[2]) if found is not None else None


def _pairs(data: bytes, start: int, stop: int, at: int, reference: datetime) -> About:
    """Read a line of ``key=value`` pairs (logfmt), and the key of the pair that holds the match."""
    found: dict[int, tuple[int, bytes]] = {}
    field = None
    for pair in _PAIR.finditer(data, start, min(stop, start + _PAIRS_REACH)):
        said = SAID.get(pair[1].lower())
        if said is not None and (said[0] not in found or said[1] < found[said[0]][0]):
            found[said[0]] = said[1], pair[2] if pair[2] is not None else pair[3]
        if pair.start() <= at < pair.end():
            field = pair[1]
    value = {slot: text for slot, (_, text) in found.items()}
    return About(
        value_time(value[TIME], reference) if TIME in value else None,
        level_of(value.get(LEVEL, b"")),
        shown(value.get(COMPONENT)),
        shown(value.get(HOST)),
        shown(value.get(REQUEST)),
        shown(field),
    )


def _access(data: bytes, start: int, stop: int, at: int, stamp: Stamp) -> About:
    """Read a line of an access log (common or combined, with or without the virtual host before it)."""
    before = data[start : stamp.start - 1].split()
    host = before[0] if len(before) == 4 else None
    field: str | None = None
    found = _ACCESS.match(data, stamp.end, stop)
    if start <= at < stamp.start:
        place = len(data[start : at + 1].split()) - len(before) + 2
        field = _CLIENT[place] if 0 <= place < len(_CLIENT) else None
    elif found is not None:
        field = next(
            (name for name in ("request", "referer", "user_agent") if found.start(name) <= at < found.end(name)), None
        )
    return About(stamp.text, None, None, shown(host), _request(data, stamp.end, stop), field)
