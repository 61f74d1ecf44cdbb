"""Text and numbers as HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import islice
from typing import TypeVar

from logscrub.model import Severity
from logscrub.report.visible import visible

Item = TypeVar("Item")

CHUNK = 100
"""Items of a list that are laid out together, or not at all while they are far from being seen."""


@lru_cache(maxsize=4096)
def shown(text: str) -> str:
    r"""Return text that came out of files as HTML, for an element or a quoted attribute.

    >>> shown('<b>\x1b[2J')
    '&lt;b&gt;\\x1b[2J'
    """
    return escape(visible(text))


def code(text: str) -> str:
    """Return text that came out of files as an element that keeps to itself, whatever its writing direction."""
    return f"<code>{shown(text)}</code>"


def badge(severity: Severity) -> str:
    """Return a severity in words and colour."""
    return f'<span class="badge {severity}">{severity}</span>'


def moment(time: str) -> str:
    """Return a time as it was read, easier on the eye.

    >>> moment("2024-01-02T03:04:05Z")
    '2024-01-02 03:04:05Z'
    """
    return shown(f"{time[:10]} {time[11:]}" if time[10:11] == "T" else time)


def unbroken(label: str) -> str:
    """Return a label, which is HTML, so that its lines end between words only, never within a date.

    >>> unbroken("week of 2024-01-01")
    '<span>week</span> <span>of</span> <span>2024-01-01</span>'
    """
    return " ".join(f"<span>{word}</span>" for word in label.split())


def bar(part: int, whole: int, severity: Severity | None = None) -> str:
    """Return a share as a thin bar. It says nothing that the number beside it does not say."""
    width = f"{100 * part / (whole or 1):.1f}"
    name = f"share {severity}" if severity is not None else "share"
    return f'<svg class="{name}" aria-hidden="true"><rect width="{width}%" height="100%"/></svg>'


def items(every: Iterable[Item], render: Callable[[Item], str]) -> Iterator[str]:
    """Yield lists of ``li`` elements, each a chunk of the whole."""
    rest = iter(every)
    while chunk := list(islice(rest, CHUNK)):
        name = '"items far"' if len(chunk) == CHUNK else "items"
        yield f"<ul class={name}>\n{''.join(map(render, chunk))}</ul>\n"


def table(identity: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table that can be sorted. Of each row the first cell names it, the others are numbers, or text.

    Args:
        identity: id of the heading that names the table.
        columns: their names, as HTML; of those of numbers with a ``#`` in front.
        rows: cells, as HTML.
    """
    numeric = [name.startswith("#") for name in columns]
    heads = "".join(
        f"<th scope=col{' class=number' if number else ''}>{name.lstrip('#')}" for name, number in zip(columns, numeric)
    )
    yield f"<table class=sortable aria-labelledby={identity}>\n<thead><tr>{heads}</thead>\n<tbody>\n"
    for row in rows:
        cells = "".join(f"<td{' class=number' if number else ''}>{cell}" for number, cell in zip(numeric[1:], row[1:]))
        yield f"<tr><th scope=row>{row[0]}{cells}\n"
    yield "</tbody></table>\n"
