"""Clauses of a standard: all of them as a table, then each with what was looked at and what was seen."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from logscrub.comply.model import CheckResult, ClauseResult, ControlResult, Sample, Status
from logscrub.comply.report.html.tables import Tables, anchor
from logscrub.comply.report.words import ORDER, counts_of, name_of, tally
from logscrub.report.forms.terms import counted
from logscrub.report.html.markup import code, shown

_OPEN = (Status.FAIL, Status.NOT_TESTED)
_MOST_IDS = 6


def mark(status: Status) -> str:
    """Return a status in words and colour."""
    return f'<span class="badge {_name(status)}">{status}</span>'


def shares(clauses: Sequence[ClauseResult]) -> str:
    """Return how many clauses have which status as a thin bar. It says nothing that numbers beside it do not say."""
    counts = counts_of(clauses)
    left, drawn = 0.0, []
    for status in ORDER:
        width = 100 * counts[status] / (len(clauses) or 1)
        if width:
            drawn.append(f'<rect class={_name(status)} x="{left:.2f}%" width="{width:.2f}%" height="100%"/>')
        left += width
    return f'<svg class="share statuses" aria-hidden="true">{"".join(drawn)}</svg>'


def section(result: ControlResult, tables: Tables, listed: Collection[str]) -> Iterator[str]:
    """Yield a standard: what of it is covered, the table of its clauses, and each clause.

    Args:
        result: what the standard came to.
        tables: where long tables stand.
        listed: ids of the findings that have a place in the page.
    """
    control = result.control
    name = f"c-{shown(control.id)}"
    yield (
        f"<section class=standard aria-labelledby={name}>\n<h2 id={name}>{shown(name_of(control))}</h2>\n"
        f"<p class=tally>{shown(tally(counts_of(result.clauses)))}</p>\n{shares(result.clauses)}\n"
    )
    for paragraph in filter(None, map(_prose, control.about.split("\n\n"))):
        yield f"<p class=prose>{paragraph}</p>\n"
    yield (
        f"<h3 id={name}-table>At a glance</h3>\n<table class=clauses aria-labelledby={name}-table>\n"
        "<thead><tr><th scope=col>Clause<th scope=col>Matter, and what was seen<th scope=col>Status</thead>\n<tbody>\n"
    )
    for one in result.clauses:
        gist = "" if _unseeable(one) else f" <span>{_gist(one)}</span>"
        yield (
            f'<tr><th scope=row><a href="#{anchor(result, one)}">{shown(one.clause.id)}</a>'
            f"<td><b>{shown(one.clause.title)}</b>{gist}<td>{mark(one.status)}\n"
        )
    yield "</tbody></table>\n"
    seen = [one for one in result.clauses if not _unseeable(one)]
    if seen:
        yield f"<h3 id={name}-each>Clause by clause</h3>\n"
    told: dict[CheckResult, ClauseResult] = {}
    for one in seen:
        yield from _clause(result, one, tables, listed, told)
    yield from _not_testable(result, [one for one in result.clauses if _unseeable(one)])
    if control.sources:
        sources = "; ".join(map(shown, control.sources))
        yield f"<p class=note>The standard: {sources}. Demands are told in our own words.</p>\n"
    yield "</section>\n"


def _clause(
    result: ControlResult,
    one: ClauseResult,
    tables: Tables,
    listed: Collection[str],
    told: dict[CheckResult, ClauseResult],
) -> Iterator[str]:
    clause = one.clause
    yield (
        f'<details id="{anchor(result, one)}" class="clause {_name(one.status)}"'
        f"{' open' if one.status in _OPEN else ''}>"
        f"<summary><h4>{shown(clause.id)} <span>{shown(clause.title)}</span></h4>{mark(one.status)}</summary>\n"
        f"<div class=body>\n<p class=demand>{_prose(clause.demand)}</p>\n"
    )
    for check in one.checks:
        before = told.setdefault(check, one)
        status = "" if len(one.checks) == 1 else f" {mark(check.status)}"
        looked_at = shown(check.looked_at) or "nothing"
        yield f"<div class=check>\n<p class=looked>Looked at: {looked_at}{status}</p>\n<div>\n"
        if check.facts:
            yield f"<ul class=told>{''.join(f'<li>{shown(fact)}' for fact in check.facts)}</ul>\n"
        if before is one:
            yield from _evidence(check, tables, listed)
        elif check.samples or check.table or check.findings:
            link = f'<a href="#{anchor(result, before)}">{shown(before.clause.id)}</a>'
            yield f"<p class=note>Places and numbers: the same as under {link}.</p>\n"
        yield "</div>\n</div>\n"
    if clause.advice and one.status in _OPEN:
        yield f"<p class=advice><b>What to do.</b> {_prose(clause.advice)}</p>\n"
    if clause.limits:
        yield f"<p class=limits><b>What a pass does not say.</b> {_prose(clause.limits)}</p>\n"
    yield "</div></details>\n"


def _evidence(check: CheckResult, tables: Tables, listed: Collection[str]) -> Iterator[str]:
    if check.table is not None and check.table.rows:
        yield from tables.of_check(check.table)
    if check.samples:
        yield f"<ul class=samples>\n{''.join(map(_sample, check.samples))}</ul>\n"
    if check.findings:
        named = ", ".join(
            f'<a href="#f-{shown(one)}">{code(one)}</a>' if one in listed else code(one)
            for one in check.findings[:_MOST_IDS]
        )
        more = len(check.findings) - _MOST_IDS
        more_of_them = f" and {more:,} more" if more > 0 else ""
        yield f"<p class=note>Rests on {counted(len(check.findings), 'finding')}: {named}{more_of_them}.</p>\n"


def _sample(sample: Sample) -> str:
    return f"<li>{code(sample.place)} {code(sample.shown)}\n"


def _unseeable(one: ClauseResult) -> bool:
    """Say whether nothing of a clause can be seen: one line tells all there is to tell."""
    return one.status is Status.NOT_TESTABLE and not any(
        check.samples or check.table or check.findings or check.status is not Status.NOT_TESTABLE
        for check in one.checks
    )


def _not_testable(result: ControlResult, clauses: Sequence[ClauseResult]) -> Iterator[str]:
    if not clauses:
        return
    name = f"c-{shown(result.control.id)}-other"
    yield (
        f"<h3 id={name}>Not testable: other evidence is needed</h3>\n<table class=other aria-labelledby={name}>\n"
        "<thead><tr><th scope=col>Clause<th scope=col>What it asks for<th scope=col>Why it cannot be seen</thead>\n"
        "<tbody>\n"
    )
    for one in clauses:
        why = dict.fromkeys(fact for check in one.checks for fact in check.facts or (check.looked_at,))
        limits = f" {_prose(one.clause.limits)}" if one.clause.limits else ""
        yield (
            f'<tr id="{anchor(result, one)}"><th scope=row>{shown(one.clause.id)}<td>{_prose(one.clause.demand)}'
            f"<td>{' '.join(map(shown, why))}{limits}\n"
        )
    yield "</tbody></table>\n"


def _gist(one: ClauseResult) -> str:
    """Return what decided, in a sentence."""
    deciding = [check for check in one.checks if check.status is one.status] or list(one.checks)
    facts = [fact for check in deciding for fact in check.facts] or [check.looked_at for check in deciding]
    return shown(facts[0]) if facts else ""


def _name(status: Status) -> str:
    return status.replace(" ", "-")


def _prose(text: str) -> str:
    """Return text of a catalogue; what it has between backticks is code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", shown(" ".join(text.split())))
