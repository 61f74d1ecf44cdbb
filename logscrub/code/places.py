"""Where a node of the syntax tree stands in the text."""

from __future__ import annotations

from typing import Any

from logscrub.code.model import Place


class Places:
    """Places of one file; columns are counted in characters, which the tree counts in bytes.

    Args:
        path: the file.
        text: its source.
    """

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._text = text
        self._ascii = text.isascii()
        self._lines: list[str] | None = None

    def of(self, node: Any, path: str = "") -> Place:
        """Return the span of a node; ``path`` is given where it may be of another file."""
        line, end_line = node.lineno, node.end_lineno or node.lineno
        start, end = node.col_offset, node.end_col_offset or node.col_offset
        if path and path != self._path:
            return Place(path, line, start + 1, end_line, end + 1)
        if not self._ascii:
            start, end = self._characters(line, start), self._characters(end_line, end)
        return Place(self._path, line, start + 1, end_line, end + 1)

    def _characters(self, line: int, offset: int) -> int:
        if self._lines is None:
            self._lines = self._text.split("\n")
        if line > len(self._lines):
            return offset
        return len(self._lines[line - 1].encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore"))
