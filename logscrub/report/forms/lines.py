"""Lines for people: coloured, indented, and broken only where a screen is too narrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TextIO

from logscrub.model import Severity
from logscrub.report.console import Text, assemble, columns, folded, rendered
from logscrub.report.options import Options

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
    for line in lines:
        stream.writelines(f"{rendered(text, options.color)}\n" for text in _folded(line, options.width))
    stream.flush()


def _folded(line: Line, width: int | None) -> Iterator[Text]:
    label = assemble(" " * line.indent, *(line.label or ()))
    left = columns(label.plain)
    if width is None:
        yield assemble(label, line.text)
        return
    if width - left >= _NARROWEST:
        start, text = label, line.text
    else:
        left = line.indent
        start, text = assemble(" " * left), assemble(*(line.label or ()), line.text)
    for number, part in enumerate(folded(text, width - left)):
        yield assemble(" " * left if number else start, part)


def severity_word(severity: Severity, options: Options) -> tuple[str, str]:
    """Return the name of a severity with its style, as a badge where there are colours."""
    return (f" {severity} " if options.color else str(severity)), STYLES[severity]
