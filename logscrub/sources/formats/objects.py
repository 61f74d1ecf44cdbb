"""What a JSON record says of itself, and the path of a match in it."""

from __future__ import annotations

from datetime import datetime

from logscrub.sources.formats.about import (
    About,
    event_level,
    level_of,
    python_level,
    severity_level,
    shown,
)
from logscrub.sources.formats.lines import about_message, filled
from logscrub.sources.formats.walk import (
    COMPONENT,
    EVENT_LEVEL,
    HOST,
    LEVEL,
    LEVELNO,
    MESSAGE,
    REQUEST,
    SEVERITY,
    TIME,
    Found,
    Walk,
    gather,
    unescaped,
)
from logscrub.sources.timestamps import value_time

_MESSAGE_REACH = 2048
_KNOWN = 64


class Objects:
    """Reads JSON records. The last one is remembered, so that many matches in one long record cost one pass over it."""

    def __init__(self) -> None:
        self._walk: Walk | None = None
        self._asked = 0
        self._data = b""
        self._known: dict[int, About] = {}  # of the objects in the data, by where they begin

    def about(self, data: bytes, start: int, stop: int, at: int, reference: datetime) -> About:
        """Read the object in ``data[start:stop]`` for a match at ``at``.

        An object in an array of records is a record by itself; what it does not say the whole may.
        """
        walk = self._at(data, start, stop, at)
        field = walk.to(at)
        said = self.said(data, walk.record, stop, reference)
        if walk.record != start:
            said = filled(said, self.said(data, start, stop, reference))
            if said.time is None and walk.first:
                said = said._replace(time=value_time(walk.first, reference))
        return About(*said[:5], field)

    def path(self, data: bytes, start: int, stop: int, at: int) -> str | None:
        """Return the path of a match in a JSON text."""
        return self._at(data, start, stop, at).to(at)

    def said(self, data: bytes, start: int, stop: int, reference: datetime) -> About:
        """Read what the object that begins at ``start`` says of itself."""
        if self._data is not data or len(self._known) >= _KNOWN:
            self._data, self._known = data, {}
        said = self._known.get(start)
        if said is None:
            said = self._known[start] = _said(gather(data, start, stop), reference)
        return said

    def _at(self, data: bytes, start: int, stop: int, at: int) -> Walk:
        walk = self._walk
        if walk is None or walk.data is not data or walk.start != start or walk.stop != stop or at < self._asked:
            walk = self._walk = Walk(data, start, stop)
        self._asked = at
        return walk


def _said(found: Found, reference: datetime) -> About:
    said = _outer(found, reference)
    message = found[MESSAGE]
    if message is None or (said.level is not None and said.time is not None):
        return said
    # The time of the record is when it was taken down; level and logger are those of the message in it.
    text = unescaped(message[:_MESSAGE_REACH]).lstrip()
    if text.startswith(b"{"):
        inner = _outer(gather(text, 0, len(text)), reference)
    else:
        inner = about_message(text, 0, len(text), reference)
    return filled(About(said.time, said.level, inner.component, said.host, said.request), filled(said, inner))


def _outer(found: Found, reference: datetime) -> About:
    time, name, host, request = found[TIME], found[COMPONENT], found[HOST], found[REQUEST]
    return About(
        value_time(time, reference) if time is not None else None,
        _level(found),
        shown(unescaped(name)) if name is not None else None,
        shown(host) if host is not None else None,
        shown(request) if request is not None else None,
    )


def _level(found: Found) -> str | None:
    value = found[EVENT_LEVEL]
    if value is not None:
        return event_level(value)
    value = found[LEVEL]
    level = level_of(value) if value is not None else None
    if level is not None:
        return level
    if found[LEVELNO] is not None:
        return python_level(found[LEVELNO] or b"")
    return severity_level(found[SEVERITY] or b"")
