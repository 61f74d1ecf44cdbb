"""From an offset in a JSON text to its path, and to what the record says of itself, without parsing it whole.

One expression takes a text apart into brackets, and keys together with their values, so that a record costs a step for
each of its keys. Nothing is assumed of the text: what is no JSON gives some path or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_STRING = rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)(?:"|\\?\Z)'
# 1: a string; 2: the colon behind a key; 3, 4: its value, in quotes and without; 5: a bracket. A comma is always last.
_TOKEN = re.compile(
    _STRING + rb"\s*+(?:(:)\s*+(?:" + _STRING + rb'|([^\s"{}\[\],]++))?+)?+\s*+,?+'
    rb"|([{}\[\]])\s*+,?+"
    rb'|[^\s"{}\[\],:]++\s*+,?+',
    re.DOTALL,
)
_KEY, _TEXT, _BARE, _BRACKET = 2, 3, 4, 5
_COMMA = 0x2C
ELSEWHERE = -1
"""In a path, some place in an array."""
_OBJECT = -1
_DEEPEST = 100
_MOST_TOKENS = 20_000
_REACHES = (1 << 10, 1 << 12, 1 << 14)
_OUTSIDE = 3  # from this rank on a key counts in the outermost object only: further in, a name is that of a thing
_LONGEST = 120
_LONGEST_KEY = 40
_PLAIN_KEY = re.compile(r"[A-Za-z_@$#][\w@$#\-]*", re.ASCII)

TIME, LEVEL, COMPONENT, HOST, REQUEST, MESSAGE, LEVELNO, SEVERITY, EVENT_LEVEL = range(9)
"""What is gathered. The last three are levels as numbers: of Python, OpenTelemetry and Windows."""

Found = list[bytes | None]
"""By the numbers above: what was written for each, as it stands between the quotes."""

# Keys that say it, the most telling first, in small letters; of equals the first in the record counts.
_SAID: dict[int, Sequence[str]] = {
    TIME: (
        "@timestamp @t __realtime_timestamp event.system.timecreated.#attributes.systemtime"
        " event.system.timecreated.systemtime timeunixnano",
        "timestamp time ts asctime eventtime event_time timemillis record.time.timestamp",
        "datetime date instant.epochsecond _source_realtime_timestamp syslog_timestamp receivetimestamp",
        "ingestiontime observedtimeunixnano",
    ),
    LEVEL: (
        "level log.level severity @l levelname record.level.name severitytext severity_text lvl loglevel log_level",
        "priority detected_level log.syslog.severity.name",
    ),
    LEVELNO: ("levelno",),
    SEVERITY: ("severitynumber severity_number",),
    EVENT_LEVEL: ("event.system.level",),
    COMPONENT: (
        "logger logger_name loggername log.logger sourcecontext component _systemd_unit"
        " event.system.provider.#attributes.name event.system.provider.name com.docker.compose.service",
        "service.name service_name scope.name syslog_identifier kubernetes.container_name kubernetes.container.name"
        " kubernetes.labels.app record.name",
        "job service svc app appname app_name application program unit container container_name container.name category"
        " tag",
        "name module logstreamname logstream",
        "_comm loggroup loggroupname process.name facility",
    ),
    HOST: (
        "hostname host.name host.hostname _hostname computer event.system.computer machinename",
        "host agent.hostname kubernetes.host",
        "pod pod_name kubernetes.pod_name kubernetes.pod.name node instance",
    ),
    REQUEST: (
        "request_id requestid req_id reqid req.id request.id x_request_id x-request-id awsrequestid"
        " correlation_id correlationid correlation.id event.system.correlation.#attributes.activityid",
        "trace_id traceid trace.id dd.trace_id @tr logging.googleapis.com/trace transaction.id",
    ),
    MESSAGE: ("log message @message line textpayload", "msg body"),
}
SAID: dict[bytes, tuple[int, int]] = {
    name.encode(): (slot, rank)
    for slot, ranks in _SAID.items()
    for rank, names in enumerate(ranks)
    for name in names.split()
}
"""By the name of a key, in small letters, nested ones with dots: what it says, and how telling it is (0 the most)."""

# Containers whose keys count as if they stood outside, and those that lead to a name above.
_THROUGH = frozenset(
    b"_source labels stream fields properties attributes resource mdc contextmap attrs jsonpayload".split()
)
_LEADS = frozenset(name[:at] for name in SAID for at in range(len(name)) if name[at : at + 1] == b".")
# Arrays whose objects are records, each for itself.
_RECORDS = frozenset(b"events logevents records hits result results entries logs messages items".split())


class Walk:
    """A way through one JSON text, forwards; asking for ascending offsets costs one pass, and 20,000 tokens at most.

    Args:
        data: holds the text.
        start, stop: the text.

    >>> text = b'{"user": {"email": "a@b.c"}, "ids": [7, "x"]}'
    >>> walk = Walk(text, 0, len(text))
    >>> walk.to(20), walk.to(41)
    ('$.user.email', '$.ids[1]')
    """

    def __init__(self, data: bytes, start: int, stop: int) -> None:
        self.data, self.start, self.stop = data, start, stop
        self.record = start
        """Where the object begins that is the record of the offset asked for last."""
        self.first = b""
        """The first string of the array the walk is in, as in Loki's pairs of a time and a line."""
        self._tokens: Iterator[re.Match[bytes]] = _TOKEN.finditer(data, start, stop)
        self._token = next(self._tokens, None)
        self._kinds: list[int] = []  # of the open containers: an object, or the index in an array
        self._names: list[bytes | int | None] = []  # what each is called by the one around it
        self._records: list[tuple[int, int]] = []  # open records: how deep they are, and where they begin
        self._pending: bytes | None = None  # the key before a container
        self._left = _MOST_TOKENS

    def to(self, at: int) -> str | None:
        """Return the path of the value that holds an offset, or None where there is none.

        Offsets must not descend.
        """
        data, kinds, names, records = self.data, self._kinds, self._names, self._records
        token, pending, left = self._token, self._pending, self._left
        while token is not None and token.end() <= at:
            left -= 1
            if not left:
                token = None
                break
            kind = token.lastindex
            if kind == _BRACKET:
                bracket = token[5]
                if bracket in b"{[":
                    if len(kinds) > _DEEPEST:
                        token = None
                        break
                    names.append(self._name(pending))
                    if bracket == b"{":
                        if self._is_record():
                            records.append((len(kinds), token.start()))
                        kinds.append(_OBJECT)
                    else:
                        kinds.append(0)
                elif kinds:
                    kinds.pop()
                    names.pop()
                    if records and records[-1][0] == len(kinds):
                        records.pop()
                pending = None
            elif kind == _KEY:
                pending = token[1]
            elif kind == 1 and kinds and kinds[-1] == 0:
                self.first = token[1][:_LONGEST]
            if kinds and kinds[-1] >= 0 and data[token.end() - 1] == _COMMA and token[0][:1] not in b"{[":
                kinds[-1] += 1
            token = next(self._tokens, None)
        self._token, self._pending, self._left = token, pending, left
        self.record = records[-1][1] if records else self.start
        if token is None or token.start() > at:
            return path_text([*names[1:], self._name(pending)]) if kinds and token is not None else None
        kind = token.lastindex
        if kind in (_TEXT, _BARE, _KEY):
            return path_text([*names[1:], token[1]])
        if kind == _BRACKET and token[5] in b"}]":
            return path_text(names[1:])
        return path_text([*names[1:], self._name(pending)])

    def _name(self, pending: bytes | None) -> bytes | int | None:
        """Return what a container that begins here is called by the one around it."""
        return self._kinds[-1] if self._kinds and self._kinds[-1] >= 0 else pending

    def _is_record(self) -> bool:
        """Tell whether an object that begins here, and has its name already, is a record."""
        kinds, names = self._kinds, self._names
        if not kinds or kinds[-1] == _OBJECT:
            return not kinds
        holder = names[-2]
        return len(kinds) == 1 or (isinstance(holder, bytes) and holder.lower() in _RECORDS)


def gather(data: bytes, start: int, stop: int) -> Found:
    """Read what a JSON object says of itself, from its first 16 KB.

    >>> gather(b'{"log": {"level": "warn"}, "msg": "x"}', 0, 38)[LEVEL]
    b'warn'
    """
    for reach in _REACHES:  # most objects end soon, and what follows them costs as much
        found, ended = _gather(data, start, min(stop, start + reach))
        if ended or start + reach >= stop:
            break
    return found


def _gather(data: bytes, start: int, stop: int) -> tuple[Found, bool]:
    """Return what is said, and whether the object ends."""
    found: Found = [None] * (EVENT_LEVEL + 1)
    ranks = [9] * len(found)
    prefixes: list[bytes | None] = []
    prefix: bytes | None = b""
    pending = b""
    for text, colon, value, bare, bracket in _TOKEN.findall(data, start, stop):
        if colon:
            if not value and not bare:
                pending = text
                continue
            said = SAID.get(prefix + text.lower()) if prefix is not None else None
            if said is not None:
                slot, rank = said
                if rank < ranks[slot] and (rank < _OUTSIDE or len(prefixes) <= 1):
                    found[slot], ranks[slot] = value or bare, rank
        elif bracket:
            if bracket in b"{[":
                if len(prefixes) > _DEEPEST:
                    break
                prefixes.append(prefix)
                if len(prefixes) > 1:
                    prefix = None if prefix is None or bracket == b"[" else _inner(prefix + pending.lower())
            else:
                if len(prefixes) <= 1:
                    return found, True
                prefix = prefixes.pop()
            pending = b""
    return found, False


def _inner(name: bytes) -> bytes | None:
    """Return what the names in a container begin with, or None where they say nothing."""
    if name in _LEADS:
        return name + b"."
    return b"" if name in _THROUGH else None


def unescaped(text: bytes) -> bytes:
    r"""Undo the escapes of a JSON string, cut anywhere; what cannot be undone stays.

    >>> unescaped(rb"a\tb \"c\" \u00e9 \u00")
    b'a\tb "c" \xc3\xa9 \\u00'
    """
    if b"\\" not in text:
        return text
    return _ESCAPE.sub(_plain, text)


_ESCAPE = re.compile(rb'\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4})(?:(?<=u[dD][89abAB]..)\\u([dD][c-fC-F][0-9a-fA-F]{2}))?)')
_PLAIN = dict(zip(b'"\\/bfnrt', (b'"', b"\\", b"/", b"\b", b"\f", b"\n", b"\r", b"\t"), strict=True))


def _plain(escape: re.Match[bytes]) -> bytes:
    one, unit, low = escape.groups()
    if one is not None:
        return _PLAIN[one[0]]
    if low is not None:
        return chr(0x10000 + ((int(unit, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00).encode()
    return chr(int(unit, 16)).encode("utf-8", "replace")


def path_text(names: Sequence[bytes | int | None]) -> str:
    """Write a path down.

    >>> path_text([b"user", b"e-mail", 2, b"odd key"])
    "$.user.e-mail[2]['odd key']"
    """
    parts = ["$"]
    for name in names:
        if isinstance(name, int):
            parts.append(f"[{name}]" if name != ELSEWHERE else "[*]")
        elif name is not None:
            parts.append(_step(name))
    text = "".join(parts)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _step(name: bytes) -> str:
    text = unescaped(name[: 12 * _LONGEST_KEY]).decode("utf-8", "replace")
    if len(text) > _LONGEST_KEY:
        text = text[: _LONGEST_KEY - 1] + "…"
    if _PLAIN_KEY.fullmatch(text):
        return "." + text
    if not text.isprintable():
        text = "".join(filter(str.isprintable, text))
    return "['" + text.replace("\\", "\\\\").replace("'", "\\'") + "']"
