"""The export format of journald: https://systemd.io/JOURNAL_EXPORT_FORMATS/."""

from __future__ import annotations

import re
from datetime import datetime

from logscrub.sources.formats.about import NOTHING, About, level_of, shown
from logscrub.sources.formats.base import LIMIT, Format
from logscrub.sources.formats.lines import about_message, filled
from logscrub.sources.timestamps import value_time

_BACK = 1 << 13
_ON = 1 << 14
_LONGEST_HELD = 1 << 16
_RECORD = b"\n\n__"  # the fields of the journal itself come first: __CURSOR, __REALTIME_TIMESTAMP
_FIELD = re.compile(rb"([A-Z_][A-Z0-9_]{0,63})=")
_BINARY = re.compile(rb"\n([A-Z_][A-Z0-9_]{0,63})\n")
_LENGTH = 8


class Journal(Format):
    """Blocks of ``KEY=value``; a value with a line break has its length before it, in eight bytes."""

    def __init__(self) -> None:
        super().__init__("journald-export")
        self._last: tuple[bytes, int, About] = (b"", -1, NOTHING)

    def about(self, data: bytes, start: int, stop: int, at: int, reference: datetime) -> About:
        """See :meth:`Format.about`."""
        begin = data.rfind(_RECORD, max(0, start - _BACK), start + len(_RECORD))
        begin = begin + 1 if begin >= 0 else max(0, start - _BACK) - 1
        if self._last[0] is not data or self._last[1] != begin:
            self._last = data, begin, _read(data, begin, start, stop, reference)
        return self._last[2]._replace(field=_field(data, max(begin, 0), start, stop))

    def held_from(self, data: bytes, limit: int = LIMIT) -> int:
        """See :meth:`Format.held_from`: the last record waits until it is whole."""
        if data.endswith(b"\n\n"):
            return len(data)
        begin = data.rfind(_RECORD, max(0, len(data) - min(limit, _LONGEST_HELD)))
        return begin + 2 if begin >= 0 else len(data)


def _read(data: bytes, begin: int, start: int, stop: int, reference: datetime) -> About:
    end = data.find(_RECORD, max(stop - 1, 0), stop + _ON)
    if end < 0:
        end = min(len(data), stop + _ON)

    def value(name: bytes) -> bytes | None:
        place = data.find(b"\n" + name, max(begin, 0), end) + 1
        if not place and (begin >= 0 or not data.startswith(name)):
            return None
        place += len(name)
        stop = data.find(b"\n", place, end)
        return data[place : stop if stop >= 0 else end]

    time = value(b"__REALTIME_TIMESTAMP=") or value(b"_SOURCE_REALTIME_TIMESTAMP=")
    said = About(
        value_time(time, reference) if time else None,
        level_of(value(b"PRIORITY=") or b""),
        shown(value(b"_SYSTEMD_UNIT=") or value(b"SYSLOG_IDENTIFIER=") or value(b"_COMM=")),
        shown(value(b"_HOSTNAME=")),
    )
    message = value(b"MESSAGE=")
    return filled(said, about_message(message, 0, len(message), reference)) if message else said


def _field(data: bytes, begin: int, start: int, stop: int) -> str | None:
    named = _FIELD.match(data, start, stop)
    if named is not None:
        return shown(named[1])
    # A line of a binary value: of the last name before it whose length reaches here.
    for named in reversed(list(_BINARY.finditer(data, begin, start))):
        text = named.end() + _LENGTH
        if text + int.from_bytes(data[named.end() : text], "little") > start:
            return shown(named[1])
    return None
