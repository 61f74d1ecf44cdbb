"""Which format a file is in, by how it begins."""

from __future__ import annotations

import re

from logscrub.sources.formats.base import Format
from logscrub.sources.formats.columns import table
from logscrub.sources.formats.containers import Container
from logscrub.sources.formats.document import Document
from logscrub.sources.formats.events import Events
from logscrub.sources.formats.journal import Journal

HEAD = 1 << 16
"""Bytes of a text that are enough to tell."""

_LINES = 40
_LONGEST = 4096
_EVENTS = 1 << 12
_MARK = b"\xef\xbb\xbf"
_TABLES = (".csv", ".tsv")
_DOCKER = re.compile(rb'\{"log":"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+","stream":"\w{1,10}"')
_SHAPES = (
    ("cri", re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [PF](?::\S*)? ")),
    ("docker", _DOCKER),
    ("json", re.compile(rb'\s*(?:\{\s*"|\{\}|\[\s*\{)')),
    (
        "access",
        re.compile(rb'(?:\S{1,255} )?\S{1,255} \S{1,64} \S{1,64} \[\d\d/[A-Z][a-z]{2}/\d{4}:[\d:]{8} [+-]\d{4}\] "'),
    ),
    (
        "syslog",
        re.compile(
            rb"<\d{1,3}>|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ [^\s:]{1,60}:"
            rb"|\d{4}-\d\d-\d\dT\S{8,24} \S+ [^\s:\[\]]{1,60}\[\d+\]:"
        ),
    ),
    ("logfmt", re.compile(rb'(?:[A-Za-z_][\w.\-]*=(?:"[^"\n]*+"|[^\s"=]*+) ){2}')),
)


def detect(head: bytes, path: str) -> Format:
    """Return the reader for a file.

    Args:
        head: how its text begins, about :data:`HEAD` bytes, decompressed, UTF-8.
        path: what it is called: containers, and what ``.csv`` ends, are told by it.

    >>> detect(b'{"level": "info"}\\n{"level": "warn"}\\n', "app.log").name
    'json'
    >>> detect(b"2024-01-02T03:04:05.123456789Z stdout F hello\\n", "0.log").name
    'cri'
    """
    text = head.removeprefix(_MARK).lstrip(b"\r\n")
    lines = [line for line in text.split(b"\n", _LINES)[:_LINES] if line]
    if not lines:
        return Format("plain")
    if text.startswith((b"__CURSOR=", b"__REALTIME_TIMESTAMP=")):
        return Journal()
    beginning = text[:_EVENTS]
    if b"<Event" in beginning and (b"<System>" in beginning or b"win/2004/08/events" in beginning):
        return Events()
    if _is_document(lines):
        return Document()
    for name, shape in _SHAPES:
        if sum(shape.match(line[:_LONGEST] if name != "docker" else line) is not None for line in lines) * 2 > len(
            lines
        ):
            return Container(name, path) if name in ("cri", "docker") else Format(name)
    # What is packed or rotated is called by what it was: audit.csv.1.gz, logs.zip!/audit.csv.
    called = path.rpartition("!")[2].rpartition("/")[2].lower()
    return table(lines, sure=any(ending in called for ending in _TABLES)) or Format("plain")


def _is_document(lines: list[bytes]) -> bool:
    """Tell whether lines are those of one JSON text, or of several, each over many lines."""
    first = lines[0].strip()
    if first in (b"{", b"[", b"[{"):
        return len(lines) > 1 and lines[1][:1] in b" \t{"
    return False
