"""What one record says of an event: which of the fields it has, and when it was."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from logscrub.comply.records.names import Known, Names
from logscrub.sources.formats import About, Format
from logscrub.sources.formats.columns import DELIMITERS
from logscrub.sources.timestamps import leading_time

_LONGEST = 1 << 16
"""Bytes of a record that are parsed whole; of a longer one its beginning is looked at."""
_REACH = 1 << 14
_MOST_PAIRS = 200
_PAIR = re.compile(rb'(?<![\w.\-@/%&?])([A-Za-z_@][\w.\-@/]{0,79})=(?:"([^"\\\n]*+(?:\\.[^"\\\n]*+)*+)"?|([^\s"&]*+))')
_KEY = re.compile(rb'"([^"\\\n]{1,80}+)"\s{0,4}+:\s{0,4}+(?!null\b|""|\[\]|\{\}|"-")')
_ACCESS = re.compile(
    rb"(?:\S{1,255} )?(?P<where>\S{1,255}) \S{1,64} (?P<who>.{1,64}?) \[[^\]\n]{10,40}\] "
    rb'"(?P<what>[^"\\\n]*+(?:\\.[^"\\\n]*+)*+)"'
    rb"(?: (?P<outcome>\S{1,9}))?"
)
_REQUEST_LINE = re.compile(rb"[A-Za-z_-]{2,20} (?P<resource>\S+)")
# A request as servers write it in their own words: uvicorn, werkzeug, runserver.
_QUOTED_REQUEST = re.compile(rb'"[A-Z]{3,10} (?P<resource>/\S*+) HTTP/[\d.]{1,3}"(?: (?P<outcome>\d{3})\b)?')
_CLIENT = re.compile(rb"(?<![\w.:])[\da-fA-F.:]{3,45}[ \-]{1,5}\Z")
_CRI = re.compile(rb"\S{20,40} (?:stdout|stderr) [PF](?::\S{0,40})? ")
_DOCKER = re.compile(rb'\{"log":"[^"\\]*+(?:\\.[^"\\]*+)*+","stream"')
_PRIORITY = re.compile(rb"<\d{1,3}>(?:\d{1,2} )?")
_DATA = re.compile(rb"<Data Name=[\"']([^\"'<>]{1,80})[\"']\s?>([^<]{0,200})")
_EMPTY = (b"", b"-", b"null", b"None", b"nil")
# Keys of messages that are records themselves.
_INNER = ("log", "message", "line", "msg", "@message", "textPayload", "MESSAGE")
_MOST_INNER = 2


@dataclass(slots=True)
class Said:
    """What a record says.

    Attributes:
        time: ISO 8601, with an offset if one is written.
        known: which fields it has, with the name of the key that says so, or nothing for a place.
        parsed: it is in a known shape.
        keyed: it has keys, or places that are known.
    """

    time: str | None = None
    known: dict[str, str] = field(default_factory=dict)
    parsed: bool = False
    keyed: bool = False

    def add(self, name: str, key: str = "") -> None:
        """Take down that the record says something; the first key counts."""
        self.known.setdefault(name, key)


class Records:
    """Reads records of one text.

    Args:
        form: the format of the text.
        names: what keys say.
        reference: when the text was written last; what years are missing is read by it.
        head: how the text begins: of a table, what its columns are called.
    """

    def __init__(self, form: Format, names: Names, reference: datetime, head: bytes = b"") -> None:
        self._form = form
        self._plain = Format("plain")
        self._names = names
        self._reference = reference
        header = head.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n").partition(b"\n")[0]
        self._delimiter = max(DELIMITERS.decode(), key=header.decode("utf-8", "replace").count)
        self._columns: tuple[Known | None, ...] = ()
        if form.name in ("csv", "tsv"):
            self._columns = tuple(names.of((), name.strip()) for name in self._cells(header))
        self._read: Callable[[bytes], Said] = {
            "json": self._json,
            "json-document": self._json,
            "docker": self._json,
            "cri": self._cri,
            "csv": self._row,
            "tsv": self._row,
            "journald-export": self._journal,
            "evtx-xml": self._event,
        }.get(form.name, self._line)

    def read(self, record: bytes) -> Said:
        """Return what a record says. Nothing is raised, whatever it holds.

        Args:
            record: a line without its line break, or the lines of a record of many.
        """
        said = self._read(record)
        if said.time is not None:
            said.add("time")
        return said

    def begins(self, line: bytes) -> bool:
        """Tell whether a line of text begins a record: it has a time or a level of its own."""
        if leading_time(line, 0, len(line), self._reference) is not None:
            return True
        return line[:1] not in b" \t" and self._plain.about(line, 0, len(line), 0, self._reference).level is not None

    def _said(self, about: About) -> Said:
        said = Said(about.time)
        for name, value in (
            ("level", about.level),
            ("component", about.component),
            ("where", about.host),
            ("request", about.request),
        ):
            if value is not None:
                said.known[name] = ""
        return said

    def _add(self, said: Said, found: Iterable[Known]) -> None:
        for name, key in found:
            # The time is what could be read of it, whatever a key is called.
            if name != "time" and not said.known.get(name):
                said.known[name] = key

    def _json(self, record: bytes) -> Said:
        stripped = record.lstrip()
        if stripped[:1] not in (b"{", b"["):
            return self._line(record)
        # Of an array only the first object is looked at: it is a record like the others.
        text = stripped[stripped.find(b"{") :].rstrip().rstrip(b",") if stripped[:1] == b"[" else stripped
        said = self._said(self._plain.about(text, 0, min(len(text), _LONGEST), 0, self._reference))
        value = _parsed(text)
        if value is None:
            self._add(said, self._loose(text))
            said.parsed = len(text) > _LONGEST
        else:
            said.parsed = True
            self._object(said, value, 0)
        said.keyed = True
        return said

    def _object(self, said: Said, value: dict[str, Any], depth: int) -> None:
        self._add(said, self._names.in_object(value))
        if depth >= _MOST_INNER:
            return
        for key in _INNER:
            inner = value.get(key)
            if not isinstance(inner, str) or len(inner) > _LONGEST:
                continue
            text = inner.strip()
            if text.startswith("{"):
                found = _parsed(text)
                if found is not None:
                    self._object(said, found, depth + 1)
            elif "=" in text:
                self._add(said, self._pairs(text.encode("utf-8", "surrogatepass")))

    def _loose(self, text: bytes) -> Iterator[Known]:
        """Yield what the keys of a text say that is no JSON, or too much of it."""
        for count, found in enumerate(_KEY.finditer(text, 0, _REACH)):
            if count >= _MOST_PAIRS:
                return
            known = self._names.of((), found[1].decode("utf-8", "replace"))
            if known is not None:
                yield known

    def _pairs(self, text: bytes) -> Iterator[Known]:
        for count, found in enumerate(_PAIR.finditer(text, 0, _REACH)):
            if count >= _MOST_PAIRS:
                return
            if (found[2] if found[2] is not None else found[3]) not in _EMPTY:
                known = self._names.of((), found[1].decode("utf-8", "replace"))
                if known is not None:
                    yield known

    def _cri(self, record: bytes) -> Said:
        head = _CRI.match(record)
        if head is None:
            return self._line(record)
        said = self._said(self._form.about(record, 0, len(record), 0, self._reference))
        inner = self._json(record[head.end() :])
        for name, key in inner.known.items():
            said.known[name] = key or said.known.get(name, "")
        said.parsed, said.keyed = True, inner.keyed
        return said

    def _line(self, record: bytes) -> Said:
        if record[:1] == b"{":
            return self._json(record)
        said = self._said(self._plain.about(record, 0, len(record), 0, self._reference))
        found = _ACCESS.match(record, 0, _REACH) if b'] "' in record[:_REACH] else None
        if found is not None:
            for name in ("where", "who", "what", "outcome"):
                if found[name] not in (None, *_EMPTY):
                    said.add(name)
            if _REQUEST_LINE.match(found["what"]):
                said.add("resource")
            said.parsed = said.keyed = True
            return said
        pairs = list(self._pairs(record))
        self._add(said, pairs)
        said.keyed = self._form.name == "logfmt" or len(pairs) > 1
        found = _QUOTED_REQUEST.search(record, 0, _REACH) if b" HTTP/" in record[:_REACH] else None
        if found is not None:
            for name in ("resource", "outcome"):
                if found[name]:
                    said.add(name)
            if _CLIENT.search(record[max(0, found.start() - 60) : found.start()]):
                said.add("where")
        said.parsed = (
            said.time is not None
            or "level" in said.known
            or (self._form.name == "logfmt" and bool(pairs))
            or _PRIORITY.match(record) is not None
        )
        if said.parsed and record.rstrip():
            said.add("what")  # its own words
        return said

    def _row(self, record: bytes) -> Said:
        said = self._said(self._form.about(record, 0, len(record), 0, self._reference))
        cells = self._cells(record)
        for known, cell in zip(self._columns, cells, strict=False):
            if known is not None and cell.strip().encode("utf-8", "replace") not in _EMPTY:
                self._add(said, (known,))
        said.parsed, said.keyed = len(cells) == len(self._columns), True
        return said

    def _cells(self, row: bytes) -> list[str]:
        text = row[:_LONGEST].decode("utf-8", "replace").replace("\0", "")
        try:
            return next(csv.reader([text], delimiter=self._delimiter), [])
        except csv.Error:
            return []

    def _journal(self, record: bytes) -> Said:
        said = self._said(self._form.about(record, 0, len(record), 0, self._reference))
        found = dict.fromkeys(re.findall(rb"^([A-Z_][A-Z0-9_]{0,63})(?:=.|$)", record[:_LONGEST], re.MULTILINE))
        names = (self._names.of((), key.decode()) for key in found)
        self._add(said, (known for known in names if known is not None))
        said.parsed = said.keyed = bool(found)
        return said

    def _event(self, record: bytes) -> Said:
        said = self._said(self._form.about(record, 0, len(record), len(record), self._reference))
        for tag, name in ((b"<EventID", "what"), (b"<Security UserID", "who"), (b"<Keywords>0x", "outcome")):
            if tag in record:
                said.add(name)
        for count, found in enumerate(_DATA.finditer(record, 0, _LONGEST)):
            known = self._names.of((), found[1].decode("utf-8", "replace")) if count < _MOST_PAIRS else None
            if known is not None and found[2].strip() not in _EMPTY:
                self._add(said, (known,))
        said.parsed, said.keyed = said.time is not None, True
        return said


def _parsed(text: bytes | str) -> dict[str, Any] | None:
    """Parse a JSON object, or return None: too long, too deep, cut off, none at all."""
    if len(text) > _LONGEST:
        return None
    try:
        value = json.loads(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
