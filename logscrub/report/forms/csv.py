"""Tables for spreadsheets (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO

_FORMULA = tuple("=+-@＝＋－＠")  # spreadsheets take the wide ones for the others


def write_table(head: Sequence[str], rows: Iterable[Sequence[object]], stream: TextIO) -> None:
    """Write a head and rows; no cell is taken for a formula."""
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(head)
    table.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
