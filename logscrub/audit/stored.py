"""Tallies as plain data, to be kept in a ledger: no raw value is in them, and nothing that is read back is ever run.

Places are kept without the path of the source, so that they hold when a log is rotated and has another name.
"""

from __future__ import annotations

from typing import Any

from logscrub.findings import Entry, Place, Tally, ident_of
from logscrub.model import Confidence, Match, Severity
from logscrub.sources import Unread

FORM = 2
"""Another number for another form of the data: what has an old one is not read."""


def dump(tally: Tally, path: str) -> dict[str, Any]:
    """Return a tally of one source as data that JSON can hold.

    Args:
        tally: the tally.
        path: of the source.
    """
    entries, overflow, hours = tally.contents()
    return {
        "form": FORM,
        "files": tally.files,
        "bytes": tally.bytes,
        "lines": tally.lines,
        "unread": [[_inner(one.path, path), one.reason, one.error] for one in tally.unread],
        "hours": [[int(severity), counts] for severity, counts in hours.items()],
        "entries": [_entry(one, path) for one in entries],
        "overflow": [_entry(one, path) for one in overflow],
    }


def load(data: dict[str, Any], path: str, max_findings: int) -> Tally:
    """Return the tally that was dumped, of a source that is at ``path`` now.

    Raises:
        ValueError: this is no such data.

    >>> tally = Tally()
    >>> tally.lines = 3
    >>> load(dump(tally, "app.log"), "app.log.1", 10).lines
    3
    """
    tally = Tally(max_findings)
    try:
        if data["form"] != FORM:
            raise ValueError("another form")
        tally.files, tally.bytes, tally.lines = int(data["files"]), int(data["bytes"]), int(data["lines"])
        tally.unread = [Unread(path + str(inner), str(reason), bool(error)) for inner, reason, error in data["unread"]]
        hours = {
            Severity(number): {str(hour): int(count) for hour, count in counts.items()}
            for number, counts in data["hours"]
        }
        tally.restore(
            [_read(one, path) for one in data["entries"]], [_read(one, path) for one in data["overflow"]], hours
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no stored tally ({type(error).__name__})") from None
    return tally


def _inner(path: str, source: str) -> str:
    """What a place within an archive adds to the path of the archive."""
    return path.removeprefix(source)


def _entry(entry: Entry, path: str) -> dict[str, Any]:
    match = entry.match
    return {
        "match": [match.rule, match.category, int(match.severity), int(match.confidence), match.key],
        "fingerprint": entry.fingerprint,
        "preview": entry.preview,
        "count": entry.count,
        "confidence": int(entry.confidence),
        "files": [[_inner(file, path), count] for file, count in entry.files.items()],
        "file_count": entry.file_count,
        "first": _place(entry.first, path),
        "last": _place(entry.last, path),
        "overflow": entry.overflow,
        "components": entry.components,
        "levels": entry.levels,
        "allowed": entry.allowed,
    }


def _place(place: Place | None, path: str) -> list[Any] | None:
    if place is None:
        return None
    inner = _inner(place.path, path)
    return [
        inner, place.line, place.column, place.offset, place.time, place.level, place.component, place.host,
        place.request, place.field,
    ]  # fmt: skip


def _read(data: dict[str, Any], path: str) -> Entry:
    rule, category, severity, confidence, key = data["match"]
    match = Match(str(rule), str(category), Severity(severity), 0, 0, Confidence(confidence), str(key))
    fingerprint = data["fingerprint"]
    files = {path + str(inner): int(count) for inner, count in data["files"]}
    overflow = bool(data["overflow"])
    allowed = str(data["allowed"])
    return Entry(
        # Without a fingerprint it is that of a file, which may have another name by now.
        ident=0 if overflow else ident_of(match, fingerprint, next(iter(files), path), allowed),
        match=match,
        fingerprint=fingerprint,
        preview=str(data["preview"]),
        count=int(data["count"]),
        confidence=Confidence(data["confidence"]),
        files=files,
        file_count=int(data["file_count"]),
        first=_read_place(data["first"], path),
        last=_read_place(data["last"], path),
        overflow=overflow,
        components={str(name): int(count) for name, count in data["components"].items()},
        levels={str(name): int(count) for name, count in data["levels"].items()},
        allowed=allowed,
    )


def _read_place(data: list[Any] | None, path: str) -> Place | None:
    if data is None:
        return None
    inner, line, column, offset, *rest = data
    return Place(
        path + str(inner), int(line), int(column), int(offset), *(None if one is None else str(one) for one in rest)
    )
