"""What GitHub takes from a step of a workflow: commands that make annotations, and a summary.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands. GitHub shows ten annotations of a
kind for each step, and refuses a summary above 1 MiB.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TextIO, TypeVar

from logscrub.report.forms.markdown import plain
from logscrub.report.forms.terms import counted
from logscrub.sources.paths import reason_of

LEVELS = ("error", "warning", "notice")

_MOST = {"error": 10, "warning": 10, "notice": 9}  # the tenth notice says that there is more
_MOST_ROWS = 100
_LONGEST_CELL = 300
_SUMMARY_BYTES = 1 << 20

_T = TypeVar("_T")


def command(name: str, properties: Iterable[tuple[str, str]], message: str) -> str:
    r"""Return one command, on one line.

    >>> command("error", [("file", "a,b.py"), ("line", "3")], "100 %\nof it")
    '::error file=a%2Cb.py,line=3::100 %25%0Aof it'
    """
    told = ",".join(f"{key}={_escape(value, ':,')}" for key, value in properties)
    return f"::{name} {told}::{_escape(message)}"


def shortened(kinds: Mapping[str, Sequence[_T]], annotation: Callable[[str, _T], str], title: str) -> Iterator[str]:
    """Yield a command for as many of each kind as GitHub shows, and one that says how many more there are.

    Args:
        kinds: what is to be shown, by kind; the worst first.
        annotation: makes a command of a kind and one of those.
        title: of the command that tells of more.
    """
    hidden = []
    for kind, some in kinds.items():
        for one in some[: _MOST[kind]]:
            yield annotation(kind, one)
        if len(some) > _MOST[kind]:
            hidden.append(counted(len(some) - _MOST[kind], f"more {kind}"))
    if hidden:
        yield command("notice", [("title", title)], f"{', '.join(hidden)}, not shown here")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], total: int, noun: str) -> Iterator[str]:
    """Yield the lines of a table for a summary, and how many rows it has no room for."""
    if total:
        yield f"| {' | '.join(head)} |"
        yield f"|{'---|' * len(head)}"
    for row in islice(rows, _MOST_ROWS):
        yield f"| {' | '.join(plain(cell[:_LONGEST_CELL].strip()) for cell in row)} |"
    if total > _MOST_ROWS:
        yield from ("", f"… and {counted(total - _MOST_ROWS, f'more {noun}')}")


def bullets(title: str, items: Sequence[str], noun: str) -> Iterator[str]:
    """Yield the lines of a list for a summary, and how many items it has no room for; nothing for no items."""
    if items:
        yield from ("", f"**{title}**", "")
    for item in items[:_MOST_ROWS]:
        yield f"* {plain(item[:_LONGEST_CELL])}"
    if len(items) > _MOST_ROWS:
        yield f"* … and {counted(len(items) - _MOST_ROWS, f'more {noun}')}"


def add_to_summary(lines: Iterable[str], stream: TextIO, title: str) -> None:
    """Add lines to the file that ``GITHUB_STEP_SUMMARY`` names, if it is set, as long as it has room for them.

    What cannot be written is told by a command to the stream.
    """
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with open(path, "ab") as page:
            room = _SUMMARY_BYTES - page.tell()
            for line in lines:
                data = f"{line}\n".encode()
                room -= len(data)
                if room < 0:
                    stream.write(
                        command("notice", [("title", title)], "the step summary has no room for all of it") + "\n"
                    )
                    break
                page.write(data)
    except OSError as error:
        told = f"the step summary cannot be written: {reason_of(error)}"
        stream.write(command("warning", [("title", title)], told) + "\n")


def _escape(text: str, more: str = "") -> str:
    for letter in f"%\r\n{more}":
        text = text.replace(letter, f"%{ord(letter):02X}")
    return text
