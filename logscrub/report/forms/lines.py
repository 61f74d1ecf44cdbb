"""Lines for people: coloured, indented, and broken only where a screen is too narrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TextIO

from logscrub.model import Severity
from logscrub.report.console import report_console
from logscrub.report.options import Options

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

STYLES = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_NARROWEST = 20


class Line(NamedTuple):
    """One line.

    Attributes:
        indent: columns left empty before it.
        label: stands before the text; what does not fit goes on below the text, not below the label.
    """

    indent: int
    text: Text
    label: Text | None = None


def print_lines(lines: Iterable[Line], stream: TextIO, options: Options) -> None:
    """Print lines, folded to the width of the screen if there is one."""
    console = report_console(stream, options)
    for line in lines:
        if options.width is None:
            console.print(assemble(" " * line.indent, line.label or "", line.text), soft_wrap=True)
            continue
        for part in _folded(line, console, options.width):
            console.print(part, overflow="ignore", no_wrap=True, crop=False)


def _folded(line: Line, console: Console, width: int) -> Iterator[Text]:
    first = assemble(" " * line.indent, line.label or "")
    left = first.cell_len if width - first.cell_len >= _NARROWEST else line.indent
    text = line.text if left == first.cell_len else assemble(line.label or "", line.text)
    start = first if left == first.cell_len else assemble(" " * left)
    parts = text.wrap(console, width - left, overflow="fold") or [text]
    for part in parts[:-1]:
        part.rstrip()
    for number, part in enumerate(parts):
        yield assemble(" " * left if number else start, part)


def assemble(*parts: str | Text | tuple[str, str]) -> Text:
    """Return pieces, each plain or with a style, as one text."""
    # Imported here: a tenth of a second that only reports for people need.
    from rich.text import Text

    return Text.assemble(*parts)


def severity_word(severity: Severity, options: Options) -> tuple[str, str]:
    """Return the name of a severity with its style, as a badge where there are colours."""
    return (f" {severity} " if options.color else str(severity)), STYLES[severity]
