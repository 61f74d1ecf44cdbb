"""CSV and TSV: what a column is called tells what its cells are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from logscrub.model import Confidence, Match
from logscrub.sources.formats.about import About, level_of, shown
from logscrub.sources.formats.base import Extra, Format, More, lines_up
from logscrub.sources.formats.walk import COMPONENT, HOST, LEVEL, REQUEST, SAID, TIME
from logscrub.sources.timestamps import value_time

if TYPE_CHECKING:
    from logscrub.detect import Detector
    from logscrub.detect.keys import KeyVerdict

DELIMITERS = b",\t;|"
_BACK_LINES, _BACK = 40, 1 << 13
_MOST_COLUMNS = 500
_NAME = re.compile(rb"[A-Za-z_@#$][\w .\-/()@#%:$]{0,59}")
_LEAST_ROWS = 2


class Table(Format):
    """Rows of cells under a header.

    Args:
        names: the columns, from the header.
        delimiter: what stands between cells, one byte.
    """

    def __init__(self, names: Sequence[bytes], delimiter: bytes) -> None:
        super().__init__("tsv" if delimiter == b"\t" else "csv")
        self._names = tuple(names)
        self._delimiter = delimiter
        self._cells = re.compile(_cell(delimiter) + rb"(" + re.escape(delimiter) + rb")?")
        slots: dict[int, tuple[int, int]] = {}
        for column, name in enumerate(self._names):
            slot, rank = SAID.get(name.strip().lower().replace(b" ", b"_"), (-1, 0))
            if slot >= 0 and (slot not in slots or rank < slots[slot][0]):
                slots[slot] = rank, column
        self._slots = {slot: column for slot, (_, column) in slots.items()}
        self._judged: tuple[object, dict[int, KeyVerdict], re.Pattern[bytes] | None] = (None, {}, None)

    def about(self, data: bytes, start: int, stop: int, at: int, reference: datetime) -> About:
        """See :meth:`Format.about`. A row may begin in a line above, where a cell has line breaks in it."""
        cells = self._row(data, start)
        if len(cells) != len(self._names):
            for number, (begin, _) in enumerate(lines_up(data, start, max(0, start - _BACK))):
                wider = self._row(data, begin)
                if len(wider) == len(self._names) and wider[-1][1] > start:
                    cells = wider
                    break
                if number >= _BACK_LINES:
                    break

        def value(slot: int) -> bytes:
            column = self._slots.get(slot, len(cells))
            return data[cells[column][0] : cells[column][1]].strip(b'"') if column < len(cells) else b""

        column = next((number for number, (begin, end) in enumerate(cells) if begin <= at <= end), len(self._names))
        return About(
            value_time(value(TIME), reference),
            level_of(value(LEVEL)),
            shown(value(COMPONENT)),
            shown(value(HOST)),
            shown(value(REQUEST)),
            shown(self._names[column]) if column < len(self._names) else None,
        )

    def more(self, data: bytes, detector: Detector) -> Sequence[More]:
        """See :meth:`Format.more`: the cells of columns whose name says that they are sensitive, where they look it."""
        verdicts, rows = self._sensitive(detector)
        return () if rows is None else [More(list(self._judge(data, detector, verdicts, rows)))]

    def _sensitive(self, detector: Detector) -> tuple[dict[int, KeyVerdict], re.Pattern[bytes] | None]:
        if self._judged[0] is not detector:
            judge = detector.fields.lexicon.judge
            verdicts = {}
            for column, name in enumerate(self._names):
                verdict = judge(name.decode("utf-8", "replace"))
                if verdict is not None:
                    verdicts[column] = verdict
            self._judged = detector, verdicts, self._pattern(verdicts) if verdicts else None
        return self._judged[1], self._judged[2]

    def _pattern(self, columns: Iterable[int]) -> re.Pattern[bytes]:
        """An expression for whole rows, with a group for each of these columns. More cells than names may follow."""
        cell, delimiter = _cell(self._delimiter), re.escape(self._delimiter)
        wanted = set(columns)
        parts = [b"(" + cell + b")" if column in wanted else cell for column in range(len(self._names))]
        return re.compile(
            rb"^" + delimiter.join(parts) + rb"(?:" + delimiter + cell + rb")*+(?=\r?$)",
            re.MULTILINE,
        )

    def _judge(
        self, data: bytes, detector: Detector, verdicts: dict[int, KeyVerdict], rows: re.Pattern[bytes]
    ) -> Iterator[Extra]:
        fields = detector.fields
        for row in rows.finditer(data):
            matches: list[Match] = []
            for group, (column, verdict) in enumerate(verdicts.items(), 1):
                cell = row[group]
                begin, end = row.span(group)
                if cell[:1] == b'"':
                    cell, begin, end = cell[1:-1], begin + 1, end - 1
                if not cell or cell == self._names[column]:  # the header is a row as well
                    continue
                span = fields.judge_value(verdict, cell.replace(b'""', b'"'), quoted=False)
                if span is None:
                    continue
                if b'""' in cell:
                    span = 0, len(cell)
                field = verdict.field
                matches.append(
                    Match(
                        field.id,
                        field.category,
                        field.severity,
                        begin + span[0] - row.start(),
                        begin + span[1] - row.start(),
                        field.confidence if verdict.sure else Confidence.LOW,
                        self._names[column].decode("utf-8", "replace"),
                    )
                )
            if matches:
                text = row[0]
                for match in detector.finish(text, matches):
                    yield Extra(row.start(), match, text[match.start : match.end])

    def _row(self, data: bytes, start: int) -> list[tuple[int, int]]:
        """Return the spans of the cells of the row that begins at ``start``."""
        cells: list[tuple[int, int]] = []
        while len(cells) < _MOST_COLUMNS:
            found = self._cells.match(data, start)
            if found is None:
                break
            start = found.end()
            more = found.end(1) >= 0
            cells.append((found.start(), start - len(self._delimiter) * more))
            if not more:
                break
        return cells


def table(lines: Sequence[bytes], *, sure: bool) -> Table | None:
    """Return the table whose first lines these are, or None.

    Args:
        lines: whole lines, without line breaks, the header first.
        sure: whether the file is called ``.csv`` or ``.tsv``: then a header will do.

    >>> found = table([b"time,user,token", b"1,2,3", b"4,5,6"], sure=False)
    >>> found.name if found else None
    'csv'
    """
    header = lines[0].rstrip(b"\r")
    for delimiter in sorted((bytes([one]) for one in DELIMITERS), key=header.count, reverse=True):
        if not header.count(delimiter):
            return None
        cells = re.compile(_cell(delimiter))
        names = [name.strip(b'" ') for name in _split(header, cells, delimiter)]
        if len(names) > _MOST_COLUMNS or len(set(names)) < len(names) or not all(map(_NAME.fullmatch, names)):
            continue
        rows = [len(_split(line.rstrip(b"\r"), cells, delimiter)) for line in lines[1:] if line]
        alike = sum(row == len(names) for row in rows)
        known = len(names) > 2 or any(name.lower() in SAID for name in names)
        if sure or (known and alike >= _LEAST_ROWS and alike * 4 >= len(rows) * 3):
            return Table(names, delimiter)
    return None


def _cell(delimiter: bytes) -> bytes:
    return rb'(?>"[^"]*+(?:""[^"]*+)*+"|[^"\r\n' + re.escape(delimiter) + rb"]*+)"


def _split(line: bytes, cell: re.Pattern[bytes], delimiter: bytes) -> list[bytes]:
    out: list[bytes] = []
    at = 0
    while len(out) <= _MOST_COLUMNS:
        found = cell.match(line, at)
        if found is None:
            break
        out.append(found[0])
        at = found.end()
        if line[at : at + 1] != delimiter:
            break
        at += 1
    return out
