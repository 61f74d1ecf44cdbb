"""What a JSON record says of itself, and the path of a match in it."""

from __future__ import annotations

from datetime import datetime

from logscrub.sources.formats.about import (
    NOTHING,
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


class Objects:
    """Reads JSON records. The last one is remembered, so that many matches in one long record cost one pass over it."""

    def __init__(self) -> None:
        self._walk: Walk | None = None
        self._asked = 0
        self._said: tuple[bytes, int, About] = (b"", -1, NOTHING)

    def about(self, data: bytes, start: int, stop: int, at: int, reference: datetime) -> About:
        """Read the object in ``data[start:stop]`` for a match at ``at``.

        An object in an array of records is a record by itself; what it does not say the whole may.
        """
        walk = self._at(data, start, stop, at)
        field = walk.to(at)
        said = self.said(data, walk.record, stop, reference)
        if walk.record != start:
            said = filled(said, self._read(data, start, stop, reference))
            if said.time is None and walk.first:
                said = said._replace(time=value_time(walk.first, reference))
        return said._replace(field=field)

    def path(self, data: bytes, start: int, stop: int, at: int) -> str | None:
        """Return the path of a match in a JSON text."""
        return self._at(data, start, stop, at).to(at)

    def _at(self, data: bytes, start: int, stop: int, at: int) -> Walk:
        walk = self._walk
        if walk is None or walk.data is not data or (walk.start, walk.stop) != (start, stop) or at < self._asked:
            walk = self._walk = Walk(data, start, stop)
        self._asked = at
        return walk

    def said(self, data: bytes, start: int, stop: int, reference: datetime) -> About:
        """Read what the object that begins at ``start`` says of itself."""
        if self._said[0] is data and self._said[1] == start:
            return self._said[2]
        said = self._read(data, start, stop, reference)
        self._said = data, start, said
        return said

    def _read(self, data: bytes, start: int, stop: int, reference: datetime) -> About:
        found = gather(data, start, stop)
        time, name = found[TIME], found[COMPONENT]
        said = About(
            value_time(time, reference) if time is not None else None,
            _level(found),
            shown(unescaped(name)) if name is not None else None,
            shown(found[HOST]),
            shown(found[REQUEST]),
        )
        message = found[MESSAGE]
        if message is None or (said.level is not None and said.time is not None):
            return said
        inner = unescaped(message[:_MESSAGE_REACH]).lstrip()
        if inner.startswith(b"{"):
            held = gather(inner, 0, len(inner))
            held[MESSAGE] = None
            outer, said = (
                said,
                About(
                    value_time(held[TIME] or b"", reference),
                    _level(held),
                    shown(held[COMPONENT]),
                    None,
                    shown(held[REQUEST]),
                ),
            )
            # The logger inside says more than the container it runs in.
            return filled(outer._replace(component=said.component or outer.component), said)
        held_said = about_message(inner, 0, len(inner), reference)
        return filled(said._replace(component=held_said.component or said.component), held_said)


def _level(found: Found) -> str | None:
    for slot, read in (
        (EVENT_LEVEL, event_level),
        (LEVEL, level_of),
        (LEVELNO, python_level),
        (SEVERITY, severity_level),
    ):
        value = found[slot]
        level = read(value) if value is not None else None
        if level is not None:
            return level
    return None
