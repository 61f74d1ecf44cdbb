"""JSON written over many lines: exports of CloudWatch, Elasticsearch or the journal, made to be read.

The indentation tells what a line is in, so that the path of a match is found from the lines above it alone.
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import islice

from logscrub.sources.formats.about import NOTHING, About
from logscrub.sources.formats.base import Format, lines_up
from logscrub.sources.formats.lines import filled
from logscrub.sources.formats.walk import ELSEWHERE, path_text

_BACK = 1 << 13
_ON = 1 << 13
_LINES = 200
_OBJECTS = 4
_WIDEST = 200
_OPENS = re.compile(rb'[ \t]*+(?:"([^"\\\n]*+(?:\\.[^"\\\n]*+)*+)"\s*:\s*)?([{\[])\s*\Z')
_KEY = re.compile(rb'[ \t]*+"([^"\\\n]*+(?:\\.[^"\\\n]*+)*+)"\s*:')


class Document(Format):
    """A JSON text over many lines, or several of them."""

    def __init__(self) -> None:
        super().__init__("json-document")

    def about(self, data: bytes, start: int, stop: int, at: int, reference: datetime) -> About:
        """See :meth:`Format.about`. What cannot be seen from 200 lines and 8 KB above is missing: the path begins with
        ``$..`` then, and the place in an array is ``[*]``."""
        indent = _indent(data, start, stop)
        key = _KEY.match(data, start, stop)
        names: list[bytes | int | None] = [key[1] if key is not None else ELSEWHERE]
        objects: list[int] = []
        if indent == 0:
            return self._objects.about(data, start, stop, at, reference)
        for begin, end in islice(lines_up(data, start, max(0, start - _BACK)), _LINES):
            depth = _indent(data, begin, end)
            opens = _OPENS.match(data, begin, end) if depth < indent else None
            if opens is None:
                continue
            indent = depth
            if opens[2] == b"{" and opens[1] is None:
                objects.append(begin)
            elif opens[2] == b"[" and names[-1] is None:
                names[-1] = ELSEWHERE
            names.append(opens[1])
            if not depth:
                break
        said = NOTHING
        for begin in objects[:_OBJECTS]:
            said = filled(said, self._objects.said(data, begin, min(len(data), begin + _ON), reference))
        if indent == 0 and names[-1] is None:
            names.pop()
        path = path_text(names[::-1])
        return said._replace(field=path if indent == 0 else "$." + path[1:])


def _indent(data: bytes, start: int, stop: int) -> int:
    line = data[start : min(stop, start + _WIDEST)]
    return len(line) - len(line.lstrip())
