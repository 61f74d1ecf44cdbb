"""JSON documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO


def write_document(document: Any, stream: TextIO, depth: int = 2) -> None:
    """Write plain data as one JSON document, in ASCII.

    Args:
        document: what to write.
        stream: takes the text.
        depth: levels that are broken over lines. What lies deeper, a finding for example, is one line: that is easy to
            search and to compare, and is written many times faster.

    >>> import sys
    >>> write_document({"findings": [{"id": 1, "files": ["a"]}, {"id": 2}], "more": {}}, sys.stdout)
    {
      "findings": [
        {"id": 1, "files": ["a"]},
        {"id": 2}
      ],
      "more": {}
    }
    """
    stream.writelines(_pieces(document, depth, "\n"))
    stream.write("\n")


def write_line(data: Any, stream: TextIO) -> None:
    """Write plain data as one line of JSON, in ASCII."""
    stream.write(json.dumps(data, separators=(",", ":")) + "\n")  # several times faster than json.dump


def _pieces(data: Any, depth: int, line: str) -> Iterator[str]:
    if not (depth and data and isinstance(data, (dict, list))):
        yield json.dumps(data)
        return
    inner = line + "  "
    if isinstance(data, dict):
        opening, closing = "{}"
        parts = [(json.dumps(key) + ": ", value) for key, value in data.items()]
    else:
        opening, closing = "[]"
        parts = [("", value) for value in data]
    yield opening
    for number, (name, value) in enumerate(parts):
        yield f"{',' if number else ''}{inner}{name}"
        yield from _pieces(value, depth - 1, inner)
    yield f"{line}{closing}"
