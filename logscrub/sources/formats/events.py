"""Windows event logs exported as XML (``wevtutil``, Event Viewer, ``evtx_dump``)."""

from __future__ import annotations

import re
from datetime import datetime

from logscrub.sources.formats.about import NOTHING, About, event_level, shown
from logscrub.sources.formats.base import Format
from logscrub.sources.timestamps import value_time

_BACK = 1 << 13
_ON = 1 << 13
_TIME = re.compile(rb"SystemTime=[\"']([^\"'<>]{10,40})")
_PROVIDER = re.compile(rb"<Provider[^<>]{0,200}?\bName=[\"']([^\"'<>]{1,200})")
_ACTIVITY = re.compile(rb"ActivityID=[\"']\{?([^\"'<>{}]{1,64})")
_NAME = re.compile(rb"<Data Name=[\"']([^\"'<>]{1,100})[\"']|<([A-Za-z][\w.\-]{0,80})")


class Events(Format):
    """``<Event>`` elements, on one line each, on many, or all on one."""

    def __init__(self) -> None:
        super().__init__("evtx-xml")
        self._last: tuple[bytes, int, About] = (b"", -1, NOTHING)

    def about(self, data: bytes, start: int, stop: int, at: int, reference: datetime) -> About:
        """See :meth:`Format.about`."""
        floor = max(0, at - _BACK)
        begin = max(data.rfind(b"<Event ", floor, at), data.rfind(b"<Event>", floor, at))
        if begin < 0:
            return NOTHING
        if self._last[0] is not data or self._last[1] != begin:
            self._last = data, begin, _read(data, begin, reference)
        return self._last[2]._replace(field=_field(data, begin, at))


def _read(data: bytes, begin: int, reference: datetime) -> About:
    end = data.find(b"</System>", begin, begin + _ON)
    if end < 0:
        end = min(len(data), begin + _ON)

    def inside(tag: bytes) -> bytes | None:
        place = data.find(b"<%s>" % tag, begin, end)
        if place < 0:
            return None
        place += len(tag) + 2
        return data[place : max(place, data.find(b"<", place, end))]

    time, provider = _TIME.search(data, begin, end), _PROVIDER.search(data, begin, end)
    activity = _ACTIVITY.search(data, begin, end)
    return About(
        value_time(time[1], reference) if time is not None else None,
        event_level(inside(b"Level") or b""),
        shown(provider[1] if provider is not None else inside(b"Channel")),
        shown(inside(b"Computer")),
        shown(activity[1]) if activity is not None else None,
    )


def _field(data: bytes, begin: int, at: int) -> str | None:
    """Return the name of the data, or else of the element, that holds the match."""
    opened = data.rfind(b"<", begin, at)
    found = _NAME.match(data, opened, at) if opened >= 0 else None
    return shown(found[1] or found[2]) if found is not None else None
