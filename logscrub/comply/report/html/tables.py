"""Numbers behind the clauses: short tables where they belong, each long one once, however many clauses rest on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logscrub.comply.model import ClauseResult, ControlResult, Table
from logscrub.comply.report.words import name_of
from logscrub.report.forms.terms import counted
from logscrub.report.html.markup import shown

_MOST_INLINE = 8
"""Rows up to which a table stands where it belongs."""
_MOST_ROWS = 200
_WIDE = 4
"""Columns from which on a table gets a frame of its own to be moved in, on a narrow screen."""


class Tables:
    """The long tables of a report, numbered in the order in which clauses come to them."""

    def __init__(self, controls: Sequence[ControlResult]) -> None:
        self._rests: dict[Table, list[tuple[ControlResult, ClauseResult]]] = {}
        for result in controls:
            for clause in result.clauses:
                for check in clause.checks:
                    if check.table is not None and len(check.table.rows) > _MOST_INLINE:
                        self._rests.setdefault(check.table, []).append((result, clause))
        self._numbers = {table: number for number, table in enumerate(self._rests, 1)}

    def __bool__(self) -> bool:
        return bool(self._rests)

    def of_check(self, table: Table) -> Iterator[str]:
        """Yield a table, or, if it is a long one, where it stands."""
        number = self._numbers.get(table)
        if number is None:
            yield from _table(table, " ".join(map(shown, table.head)))
        else:
            yield (
                f"<p class=note><a href=#table-{number}>Table {number}</a>: {_columns(table)}; "
                f"{counted(len(table.rows), 'row')}.</p>\n"
            )

    def section(self) -> Iterator[str]:
        """Yield the long tables, each with the clauses that rest on it; nothing if there are none."""
        if not self:
            return
        yield (
            "<section aria-labelledby=tables>\n<h2 id=tables>Tables</h2>\n"
            "<p class=prose>What was counted, source by source, and the clauses that rest on it.</p>\n"
        )
        for table, rests in self._rests.items():
            number = self._numbers[table]
            yield (
                f"<h3 id=table-{number}>Table {number}: {_columns(table)}</h3>\n<p class=note>{_named(rests)}.</p>\n"
            )
            yield from _table(table, f"Table {number}")
        yield "</section>\n"


def anchor(result: ControlResult, one: ClauseResult) -> str:
    """Return the id of the place of a clause in the page."""
    return shown(f"{result.control.id}-{one.clause.id}".replace(" ", "-"))


def _named(rests: Sequence[tuple[ControlResult, ClauseResult]]) -> str:
    """Return links to clauses, by standard."""
    links: dict[str, list[str]] = {}
    for result, one in rests:
        listed = links.setdefault(shown(name_of(result.control)), [])
        link = f'<a href="#{anchor(result, one)}">{shown(one.clause.id)}</a>'
        if link not in listed:
            listed.append(link)
    return "; ".join(f"{name}: {', '.join(listed)}" for name, listed in links.items())


def _columns(table: Table) -> str:
    first, *others = map(shown, table.head)
    return f"{', '.join(others)}, by {first}" if others else first


def _table(table: Table, label: str) -> Iterator[str]:
    numeric = [
        bool(index) and all(_is_number(row[index]) for row in table.rows if index < len(row))
        for index in range(len(table.head))
    ]
    wide = len(table.head) >= _WIDE
    if wide:
        yield f'<div class=scroll role=region tabindex=0 aria-label="{label}">\n'
    heads = "".join(f"<th scope=col{' class=number' * number}>{shown(one)}" for one, number in zip(table.head, numeric))
    yield f"<table class=numbers>\n<thead><tr>{heads}</thead>\n<tbody>\n"
    for row in table.rows[:_MOST_ROWS]:
        cells = "".join(f"<td{' class=number' * number}>{shown(one)}" for one, number in zip(row[1:], numeric[1:]))
        yield f"<tr><th scope=row>{shown(row[0])}{cells}\n"
    yield "</tbody></table>\n"
    if wide:
        yield "</div>\n"
    if (more := len(table.rows) - _MOST_ROWS) > 0:
        yield f"<p class=note>And {counted(more, 'more row')}, in the report in JSON.</p>\n"


def _is_number(text: str) -> bool:
    return text.strip(" %–-").replace(",", "").replace(".", "").isdigit() or text in ("", "–", "-")
