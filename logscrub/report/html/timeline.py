"""When values were written: a bar chart, and the same as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from logscrub.findings import Bucket
from logscrub.model import Severity
from logscrub.report.forms.terms import counted
from logscrub.report.html.bars import Bar, chart
from logscrub.report.html.markup import shown, table, unbroken

MAX_BARS = 96


@dataclass(frozen=True, slots=True)
class Unit:
    """A length of time a bar can stand for.

    Attributes:
        index: numbers the periods of this length.
        label: names the period of a number.
    """

    name: str
    index: Callable[[datetime], int]
    label: Callable[[int], str]


_UNITS = (
    Unit(
        "hour",
        lambda at: at.toordinal() * 24 + at.hour,
        lambda index: f"{date.fromordinal(index // 24)} {index % 24:02}:00",
    ),
    Unit("day", lambda at: at.toordinal(), lambda index: f"{date.fromordinal(index)}"),
    # Day 1 of the calendar is a Monday.
    Unit("week", lambda at: (at.toordinal() - 1) // 7, lambda index: f"week of {date.fromordinal(index * 7 + 1)}"),
    Unit("month", lambda at: at.year * 12 + at.month - 1, lambda index: f"{index // 12:04}-{index % 12 + 1:02}"),
    Unit("year", lambda at: at.year, lambda index: f"{index:04}"),
    Unit("decade", lambda at: at.year // 10, lambda index: f"{index * 10:04} to {index * 10 + 9:04}"),
    Unit("century", lambda at: at.year // 100, lambda index: f"{index * 100:04} to {index * 100 + 99:04}"),
)


def section(timeline: Iterable[Bucket]) -> Iterator[str]:
    """Yield the chart of a timeline; nothing if there is none."""
    placed: list[tuple[datetime, Severity, int]] = []
    odd: Counter[str] = Counter()
    for bucket in timeline:
        try:
            at = datetime.fromisoformat(bucket.start).replace(tzinfo=None)
        except ValueError:  # an hour no calendar has
            odd[bucket.start] += bucket.occurrences
        else:
            placed.append((at, bucket.severity, bucket.occurrences))
    if not placed and not odd:
        return
    yield "<section aria-labelledby=when>\n<h2 id=when>When</h2>\n"
    if placed:
        yield from _chart(placed)
    if odd:
        listed = ", ".join(f"{shown(start)} ({number:,})" for start, number in sorted(odd.items())[:20])
        yield f"<p>At times that are not in the calendar: {listed}.</p>\n"
    yield "</section>\n"


def _chart(placed: list[tuple[datetime, Severity, int]]) -> Iterator[str]:
    first, last = _window(placed)
    unit = next((one for one in _UNITS if one.index(last) - one.index(first) < MAX_BARS), _UNITS[-1])
    start, bars = unit.index(first), unit.index(last) - unit.index(first) + 1
    periods: dict[int, Counter[Severity]] = {}
    for at, severity, occurrences in placed:
        periods.setdefault(unit.index(at), Counter())[severity] += occurrences
    drawn = {index: period for index, period in periods.items() if start <= index < start + bars}
    severities = [one for one in reversed(Severity) if any(period[one] for period in periods.values())]
    peak = max(periods, key=lambda index: (periods[index].total(), -index))
    most = periods[peak].total()

    far = sum(period.total() for period in periods.values()) - sum(period.total() for period in drawn.values())
    away = f"{counted(far, 'occurrence')} far from all others: in the table only. " if far else ""
    ends = [unit.label(start), unit.label(start + bars - 1)]
    yield (
        f"<p>Occurrences by {unit.name}, at the times the records give; most, <b>{most:,}</b>: {unit.label(peak)}. "
        f"{away}Records without a readable time are left out.</p>\n<figure>\n"
    )
    placed_bars = [Bar(index - start, unit.label(index), period) for index, period in sorted(drawn.items())]
    yield from chart(placed_bars, bars, severities, most, (ends[0], ends[1]))
    yield f"<details><summary>The same as a table</summary>\n<h3 id=periods>Occurrences by {unit.name}</h3>\n"
    names = [f"#{one}" for one in severities]
    rows = (
        [unbroken(unit.label(index)), *(f"{period[one]:,}" for one in severities), f"{period.total():,}"]
        for index, period in sorted(periods.items())
    )
    yield from table("periods", [unit.name.capitalize(), *names, "#All"], rows)
    yield "</details>\n</figure>\n"


def _window(placed: list[tuple[datetime, Severity, int]]) -> tuple[datetime, datetime]:
    """Return the first and the last time to draw. Some clocks begin in 1970: they shall not squeeze all others."""
    placed.sort()
    first, last = 0, len(placed) - 1
    before = after = sum(occurrences for _, _, occurrences in placed) // 200  # half a per cent at either end
    while first < last and placed[first][2] <= before:
        before -= placed[first][2]
        first += 1
    while first < last and placed[last][2] <= after:
        after -= placed[last][2]
        last -= 1
    start, end = placed[0][0], placed[-1][0]
    near, far = placed[first][0], placed[last][0]
    return (near, far) if (far - near) * 10 < end - start else (start, end)


def span(timeline: Iterable[Bucket]) -> str:
    """Return the first and the last day with findings, in words; empty if no time is known."""
    days = sorted({bucket.start[:10] for bucket in timeline})
    if not days:
        return ""
    return shown(days[0]) if len(days) == 1 else f"{shown(days[0])} to {shown(days[-1])}"
