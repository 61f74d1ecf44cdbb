"""How findings became more or fewer from run to run: a bar chart, and the same as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from logscrub.findings import Run
from logscrub.model import Severity
from logscrub.report.about import trend
from logscrub.report.html.bars import Bar, chart
from logscrub.report.html.markup import moment, shown, table, unbroken

_MINUTE = len("2026-03-04T10:12")


def section(history: Sequence[Run]) -> Iterator[str]:
    """Yield the chart of the runs of a ledger; nothing if there is but one."""
    if len(history) < 2:
        return
    told = trend(history)
    counts = [Counter(dict(one.by_severity)) for one in history]
    severities = [one for one in reversed(Severity) if any(count[one] for count in counts)]
    most = max(one.findings for one in history)
    pale = "" if all(one.complete for one in history) else " Faint, and in part: not everything was read."
    yield (
        "<section aria-labelledby=trend>\n<h2 id=trend>Trend</h2>\n"
        f"<p>{shown(told[:1].upper() + told[1:])}, of the same inputs and rules. All findings are counted, those that "
        f"are suppressed or not shown here as well.{pale}</p>\n<figure>\n"
    )
    if most:
        names = [_when(one) for one in history]
        bars = [Bar(slot, names[slot], counts[slot], one.complete) for slot, one in enumerate(history)]
        yield from chart(bars, len(history), severities, most, (names[0], names[-1]))
    yield "<details><summary>The same as a table</summary>\n<h3 id=runs>Findings by run</h3>\n"
    heads = ["Run", *(f"#{one}" for one in severities), "#All", "#New", "#Gone"]
    yield "<div class=scroll role=region aria-labelledby=runs tabindex=0>\n"
    yield from table("runs", heads, (_row(one, count, severities) for one, count in zip(history, counts)))
    yield "</div>\n</details>\n</figure>\n</section>\n"


def _row(run: Run, counts: Counter[Severity], severities: Sequence[Severity]) -> list[str]:
    return [
        unbroken(_when(run)) + ("" if run.complete else " <em>in part</em>"),
        *(f"{counts[one]:,}" for one in severities),
        f"{run.findings:,}",
        *("–" if one is None else f"{one:,}" for one in (run.new, run.gone)),
    ]


def _when(run: Run) -> str:
    return moment(run.ended[:_MINUTE])
