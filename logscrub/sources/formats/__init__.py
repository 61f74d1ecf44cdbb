"""What a record says of itself, and what single lines do not show, by the format of the log.

``detect`` names the format of a file by its head. A ``Format`` says of a match when, how bad, from where and in which
field (``about``), finds what is split over lines or named by a column (``more``), and where a text may be cut
(``held_from``). ``merged`` puts what it finds among the matches of lines.

    detect.py      which format
    base.py        lines of text and JSON; what every format offers
    lines.py       text: level, logger, host, request of a line or of the record it goes on from
    walk.py        JSON: from an offset to its path, and the keys that say something; objects.py uses both
    containers.py  Docker and CRI: messages in pieces     journal.py  journald's export
    document.py    JSON over many lines                   events.py   Windows events as XML
    columns.py     CSV: columns that are called something sensitive
"""

from __future__ import annotations

from logscrub.sources.formats.about import About
from logscrub.sources.formats.base import Extra, Format, More, holding, merged
from logscrub.sources.formats.detect import HEAD, detect

__all__ = ["HEAD", "About", "Extra", "Format", "More", "detect", "holding", "merged"]
