"""Checks of what records say of themselves, by the census of records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from logscrub.comply.checks.words import SHOWN, Judged, counted, moment_of, no_records, of_kind, per_cent, unread
from logscrub.comply.evidence import Evidence, answers, chosen, seen
from logscrub.comply.model import CheckResult, Sample, Status, Table
from logscrub.comply.records.model import FIELDS, Census, SourceCensus

__all__ = ["FIELDS", "fields", "parsed", "span", "timestamps"]

_ROWS = 50
_LONGEST_GAP = 31
"""Days without a record after which nobody can say that logs go back without one."""
_EVERY = "To look at every record: --every-record."


def timestamps(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where times say no offset from UTC, or go backwards."""
    about, most = settings["about"], settings.get("most", 0.0)
    what = (
        "whether the times of records say their offset from UTC"
        if about == "offset"
        else "whether times of records go backwards"
    )
    judged = of_kind("timestamps", what)
    census = evidence.census
    if census is None:
        return judged(Status.NOT_TESTED, no_records(evidence))
    timed = [one for one in census.sources if one.timed]
    if not timed:
        return _nothing(judged, evidence, census, "No record has a time that can be read.")
    if about == "order":
        wrong = [one for one in timed if one.rewinds]
        samples = tuple(
            Sample(f"{one.path}:{one.first_rewind}", f"{counted(one.rewinds, 'time')} more than five seconds back")
            for one in wrong[:SHOWN]
        )
        fail = bool(wrong)
        text = (
            f"Times go back in {len(wrong):,} of {counted(len(timed), 'source')}: a clock was set back, records were"
            " put in later, or writers with times of their own are mixed."
            if wrong
            else "Times do not go back by more than five seconds."
        )
    else:
        bare, total = sum(one.without_offset for one in timed), sum(one.timed for one in timed)
        wrong = [one for one in timed if one.without_offset]
        samples = tuple(
            Sample(one.path, f"{one.without_offset:,} of {counted(one.timed, 'time')} without an offset")
            for one in wrong[:SHOWN]
        )
        fail = bare > most * total
        share = f"{bare:,} of {counted(total, 'time')} ({per_cent(bare, total)})"
        text = f"{share} have no offset, in {len(wrong):,} of {counted(len(timed), 'source')}."
    table = Table(
        ("source", "records looked at", "with offset", "without", "no time", "goes back"),
        tuple(
            (one.path, f"{one.records:,}{' (sample)' if one.sampled else ''}", f"{one.with_offset:,}",
             f"{one.without_offset:,}", f"{one.untimed:,}", f"{one.rewinds:,}")
            for one in _worst(census, wrong)
        ),
    )  # fmt: skip
    if fail:
        return judged(Status.FAIL, text, *_sampled(census), samples=samples, table=table)
    if census.sampled and not most:
        # One record among those left out would be enough.
        return judged(Status.NOT_TESTED, *_sampled(census), _EVERY, text, samples=samples, table=table)
    return _passed(judged, evidence, census, text, samples, table)


def fields(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where records of a source do not say what they should."""
    require, least = settings["require"], settings.get("least", 0.95)
    judged = of_kind("fields", f"whether each record says: {', '.join(require)}")
    census = evidence.census
    if census is None:
        return judged(Status.NOT_TESTED, no_records(evidence))
    structured = [one for one in census.sources if one.structured and one.records]
    if not structured:
        return _nothing(
            judged, evidence, census, "No source has structured records; what free text says cannot be told."
        )
    short = [one for one in structured if any(one.coverage(name) < least for name in require)]
    table = Table(
        ("source", "records looked at", *require),
        tuple(
            (one.path, f"{one.records:,}{' (sample)' if one.sampled else ''}",
             *(per_cent(one.fields.get(name, 0), one.records) for name in require))
            for one in (short + [one for one in structured if one not in short])[:_ROWS]
        ),
    )  # fmt: skip
    free = sum(1 for one in census.sources if one.records and not one.structured)
    rest = f"{counted(free, 'source')} of free text cannot be judged." if free else ""
    if short:
        missing = [name for name in require if any(one.coverage(name) < least for one in short)]
        many = counted(len(structured), "structured source")
        text = f"{len(short):,} of {many} do not say it all: {', '.join(missing)}."
        return judged(Status.FAIL, text, rest, *_sampled(census), table=table)
    share = f"at least {round(100 * least)} % of their records"
    text = f"All {counted(len(structured), 'structured source')} say so in {share}."
    return _passed(judged, evidence, census, text, (), table, rest)


def parsed(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where too many lines are in no known format."""
    least = settings.get("least", 0.95)
    judged = of_kind("parsed", "whether lines are in a format that can be told")
    census = evidence.census
    if census is None:
        return judged(Status.NOT_TESTED, no_records(evidence))
    read = [one for one in census.sources if one.looked_at]
    if not read:
        return _nothing(judged, evidence, census, "There are no lines to look at.")
    short = [one for one in read if one.parsed < least * one.looked_at]
    table = Table(
        ("source", "format", "lines looked at", "in a known format"),
        tuple(
            (
                one.path,
                one.format,
                f"{one.looked_at:,}{' (sample)' if one.sampled else ''}",
                per_cent(one.parsed, one.looked_at),
            )
            for one in (short + [one for one in read if one not in short])[:_ROWS]
        ),
    )
    if short:
        text = f"Of {counted(len(read), 'source')}, {len(short):,} have too many lines in no known format."
        return judged(Status.FAIL, text, *_sampled(census), table=table)
    return _passed(
        judged, evidence, census, f"All {counted(len(read), 'source')} are in a format that is known.", (), table
    )


def span(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where what logs hold is too old; that they go back far enough is said only where they are seen to."""
    at_least, at_most = settings.get("at-least-days"), settings.get("at-most-days")
    if at_least is None and at_most is None:
        at_most = evidence.retention_days
    judged = of_kind("span", "from when to when the logs go")
    census = evidence.census
    if census is None:
        return judged(Status.NOT_TESTED, no_records(evidence))
    dated = [one for one in census.sources if one.first and one.last]
    reasons: tuple[str, ...] = ()
    if "select" in settings and evidence.scan is not None:
        judged = of_kind("span", "how old the logs are that hold such values")
        reasons = _may_hold(evidence, settings["select"])
        found = seen(evidence.scan, settings["select"])
        holding = {path for one in found for path, _ in one.files}
        if not holding:
            reasons = (*unread(evidence), *reasons)
            return judged(Status.NOT_TESTED if reasons else Status.PASS, *reasons, "No log holds such a value.")
        if any(one.file_count > len(one.files) for one in found):
            reasons += ("Not all files that hold such values are known by name.",)
        undated = holding - {one.path for one in dated}
        if undated:
            reasons += (f"{counted(len(undated), 'source')} of those that hold such values have no time.",)
        dated = [one for one in dated if one.path in holding]
    if not dated:
        return _nothing(judged, evidence, census, "No record has a time that can be read.")
    ends = sorted((moment_of(one.first or ""), moment_of(one.last or "")) for one in dated)
    first, last = ends[0][0], max(end for _, end in ends)
    table = Table(
        ("source", "first", "last", "days"),
        tuple((one.path, one.first or "", one.last or "", f"{one.days or 0:.0f}") for one in dated[:_ROWS]),
    )
    days, now = (last - first).days, evidence.now or datetime.now(UTC)
    facts = [f"From {first:%Y-%m-%d} to {last:%Y-%m-%d}: {counted(days, 'day')}, in {counted(len(dated), 'source')}."]
    if at_most is not None:
        age = (now - first).days
        facts.append(f"The oldest record is {counted(age, 'day')} old.")
        if age > at_most:
            return judged(Status.FAIL, *facts, f"That is more than {at_most:,}.", *_sampled(census), table=table)
    if at_least is not None:
        # What is kept elsewhere may go back further: that these logs do not is no failure.
        if days < at_least:
            more = f"Fewer than {at_least:,} days: name the logs that are kept elsewhere too."
            return judged(Status.NOT_TESTED, more, *facts, table=table)
        gap = _longest_gap(dated, ends, now)
        reasons += (f"Nothing is known of {counted(gap, 'day')} in a row.",) if gap > _LONGEST_GAP else ()
        if any(one.sampled for one in dated):
            reasons += (*_sampled(census), _EVERY)
    if at_most is None and at_least is None:
        more = "How long logs may be kept is not said: retention-days in [comply] of the configuration."
        return judged(Status.NOT_TESTED, more, *facts, *reasons, table=table)
    if reasons:
        return judged(Status.NOT_TESTED, *reasons, *_reasons(evidence, census), *facts, table=table)
    return _passed(judged, evidence, census, facts[0], (), table, *facts[1:])


def _may_hold(evidence: Evidence, select: list[str]) -> tuple[str, ...]:
    """Say why more logs may hold such values than are known to."""
    assert evidence.scan is not None
    left_out = chosen(evidence.rules, select).keys() - evidence.looked_for
    aside = sum(answers(one.finding, frozenset(select)) for one in evidence.scan.suppressed)
    said = (f"{counted(len(left_out), 'rule')} for such values not looked for.",) if left_out else ()
    return (*said, f"{counted(aside, 'finding')} left aside by a baseline or by comments.") if aside else said


def _longest_gap(dated: list[SourceCensus], ends: list[tuple[datetime, datetime]], now: datetime) -> int:
    """Return the most days in a row that no source tells of, up to now."""
    longest = max((one.largest_gap or 0.0) for one in dated) / 86400 if len(dated) == 1 else 0.0
    until = ends[0][1]
    for start, end in [*ends[1:], (now, now)]:
        longest = max(longest, (start - until).total_seconds() / 86400)
        until = max(until, end)
    return int(longest)


def _worst(census: Census, wrong: list[SourceCensus]) -> list[SourceCensus]:
    return (wrong + [one for one in census.sources if one not in wrong and one.records])[:_ROWS]


def _sampled(census: Census) -> tuple[str, ...]:
    some = [one for one in census.sources if one.sampled]
    if not some:
        return ()
    looked, lines = sum(one.looked_at for one in some), sum(one.lines for one in some)
    return (f"Of {counted(len(some), 'large source')} an even sample was looked at: {looked:,} of {lines:,} lines.",)


def _reasons(evidence: Evidence, census: Census) -> tuple[str, ...]:
    reasons = unread(evidence)
    if not reasons and any(one.error for one in census.unread):
        reasons = (f"{counted(sum(one.error for one in census.unread), 'input')} could not be read record by record.",)
    if not reasons and census.stopped:
        reasons = ("The run was stopped before its end.",)
    return reasons


def _nothing(judged: Judged, evidence: Evidence, census: Census, why: str) -> CheckResult:
    reasons = _reasons(evidence, census)
    return judged(Status.NOT_TESTED, *reasons) if reasons else judged(Status.NOT_TESTABLE, why)


def _passed(
    judged: Judged,
    evidence: Evidence,
    census: Census,
    text: str,
    samples: tuple[Sample, ...],
    table: Table,
    *more: str,
) -> CheckResult:
    reasons = _reasons(evidence, census)
    if census.sampled:
        reasons = (*reasons, *_sampled(census), _EVERY)
    return judged(Status.NOT_TESTED if reasons else Status.PASS, *reasons, text, *more, samples=samples, table=table)
