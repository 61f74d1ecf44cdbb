"""What names say of values, and where in the file they stand."""

from __future__ import annotations

from tree_sitter import Node

from logscrub.code.languages.tables import Shared, Whole
from logscrub.code.languages.values import Taint
from logscrub.code.model import Kind, Place, Sensitivity, Step
from logscrub.code.words import BULK, SURE, Word
from logscrub.model import Severity

_SEES = {"secret": "code.secret-in-log", "personal": "code.personal-in-log"}


class Marks:
    """Makes taints and steps with their places.

    Args:
        path: the file, as findings name it.
        lines: its lines.
        shared: which personal data is minor.
    """

    def __init__(self, path: str, lines: list[bytes], shared: Shared) -> None:
        self._path = path
        self._lines = lines
        self._shared = shared

    def taint(self, node: Node, name: str, word: Word, kind: Kind = Kind.NAME) -> Taint:
        """Return what a value is by its name."""
        if word.category == "personal":
            minor = word.field in self._shared.minor
            sensitivity, severity = Sensitivity.PERSONAL, Severity.LOW if minor else Severity.MEDIUM
        else:
            sensitivity = Sensitivity.SECRET
            severity = Severity.HIGH if word.grade == SURE else Severity.MEDIUM
        if word.grade == BULK:
            severity = Severity.LOW
        if word.kind == "url":
            kind = Kind.URL
        rule = "code.url-in-log" if kind is Kind.URL else _SEES["personal" if word.category == "personal" else "secret"]
        step = self.step(node, f"`{name[:80]}` is a {word.field.replace('-', ' ')} by its name")
        return Taint(word.field, sensitivity, rule, kind, severity, name, (step,))

    def whole(self, node: Node, name: str, whole: Whole) -> Taint:
        """Return what a value holds by the name of the whole object."""
        step = self.step(node, f"`{name[:80]}` holds {whole.title}")
        return Taint(whole.field, Sensitivity.BULK, whole.rule, Kind(whole.kind), whole.severity, name, (step,))

    def step(self, node: Node, says: str) -> Step:
        """Return a step of a value's way, at a node."""
        return Step(self.place(node), says)

    def place(self, node: Node) -> Place:
        """Return where a node stands, in characters."""
        (line, column), (end_line, end_column) = node.start_point, node.end_point
        return Place(
            self._path,
            line + 1,
            self._characters(line, column) + 1,
            end_line + 1,
            self._characters(end_line, end_column) + 1,
        )

    def _characters(self, line: int, column: int) -> int:
        if line >= len(self._lines):
            return column
        return len(self._lines[line][:column].decode("utf-8", "replace"))
