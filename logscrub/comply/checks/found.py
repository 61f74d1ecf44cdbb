"""Checks of values: in logs, and in the log calls of source code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from logscrub.code.model import CodeFinding
from logscrub.code.model import Kind as Leak
from logscrub.comply.checks.words import SHOWN, counted, no_records, of_kind, unread
from logscrub.comply.evidence import Evidence, answers, chosen, names_of
from logscrub.comply.evidence import seen as seen_in
from logscrub.comply.model import CheckResult, Sample, Status
from logscrub.comply.records.model import ConflictKind, Keyed
from logscrub.detect.keys import split_words
from logscrub.findings import Finding
from logscrub.model import Confidence
from logscrub.sources.paths import Unread

NO_LOGS = "Name the logs to read."
_ASIDE = "{} left aside by a baseline or by comments: see the scan."
# Attributes and methods by which web frameworks hand over what a client sent.
_REQUEST = re.compile(
    r"\b(?:self\.)?(?:request|req|flask\.request)\.(?:args|form|values|GET|POST|META|headers|cookies|path|full_path|url|"
    r"raw_path|query|query_string|query_params|path_params|data|body|text|json|get_json|get_full_path|get_data|"
    r"content|user_agent|referrer|match_info|rel_url|params)\b"
)
_NEUTRAL = re.compile(
    r"^\s*(?:repr|json\.dumps|ascii|logscrub\.mask|mask|quote|urllib\.parse\.quote|len|bool|type|hash)\s*\("
)
_SINKS = ("print", "raise", "warnings")
_DOUBT = "Whether it is such a value is for a person to say: low confidence."
_CARDS = ("financial.card", "compliance.card-mask", "compliance.card-hash")
_WHOLE = (Leak.CONTAINER, Leak.HTTP, Leak.URL, Leak.COMMAND, Leak.EXCEPTION, Leak.LOCALS, Leak.TRACE)


def findings(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where a value of one of the rules was found in a log."""
    wanted = chosen(evidence.rules, settings["select"])
    what = settings.get("what") or f"values of {counted(len(wanted), 'rule')}"
    scan = evidence.scan
    if scan is None:
        return of_kind("findings", what)(Status.NOT_TESTED, NO_LOGS)
    judged = of_kind("findings", f"{what}, in {counted(scan.files, 'log file')}")
    seen = _under(seen_in(scan, settings["select"]), settings.get("keys"))
    if seen:
        return judged(*_doubted(seen), *_facts(seen), samples=_samples(seen), findings=tuple(one.id for one in seen))
    if not wanted:
        return judged(Status.NOT_TESTABLE, "No rule that is loaded looks for this.")
    reasons = _not_all(evidence, wanted)
    if settings.get("deep", False) and not evidence.deep:
        reasons = (*reasons, "In prose, what has no name beside it is found with a language model only: --deep.")
    reasons += _aside(evidence, settings["select"])
    if reasons:
        return judged(Status.NOT_TESTED, *reasons, "None was seen in what was read.")
    return judged(Status.PASS, "None was seen in what was read.")


def _doubted(seen: Iterable[Finding]) -> tuple[Status, *tuple[str, ...]]:
    """Return what findings come to: a doubt is nothing to fail by, and nothing to pass by."""
    if all(one.confidence is Confidence.LOW for one in seen):
        return Status.NOT_TESTED, _DOUBT
    return (Status.FAIL,)


def _aside(evidence: Evidence, select: Iterable[str]) -> tuple[str, ...]:
    """Say how many findings somebody put aside."""
    assert evidence.scan is not None
    wanted = frozenset(select)
    aside = sum(answers(one.finding, wanted) for one in evidence.scan.suppressed)
    return (_ASIDE.format(counted(aside, "finding is", "findings are")),) if aside else ()


def _under(seen: list[Finding], keys: Sequence[str] | None) -> list[Finding]:
    """Return the findings whose key has one of these words; all if none is asked for."""
    if keys is None:
        return seen
    return [one for one in seen if set(split_words(one.key)) & set(keys)]


def _not_all(evidence: Evidence, wanted: Iterable[str]) -> tuple[str, ...]:
    """Say why not everything was looked at, or looked for."""
    left_out = sorted(set(wanted) - evidence.looked_for)
    if not left_out:
        return unread(evidence)
    names = ", ".join(left_out[:SHOWN]) + (f" and {len(left_out) - SHOWN:,} more" if len(left_out) > SHOWN else "")
    why = "standard input is read once" if evidence.read_once else "the configuration leaves them out"
    return (*unread(evidence), f"Not looked for, as {why}: {names}.")


def _facts(seen: Sequence[Finding]) -> list[str]:
    by_rule: dict[str, list[Finding]] = {}
    for one in sorted(seen, key=lambda one: (-one.severity, -one.count)):
        by_rule.setdefault(one.rule, []).append(one)
    facts = []
    for same in list(by_rule.values())[:SHOWN]:
        values = [one for one in same if not one.overflow]
        more = " and more" if len(values) < len(same) else ""
        distinct = f"{counted(len(values), 'value')}{more}, " if same[0].fingerprint is not None else ""
        low = sum(one.confidence is Confidence.LOW for one in same)
        doubt = f" ({'all' if low == len(same) else f'{low:,} of them'} to be looked at: low confidence)" if low else ""
        times = counted(sum(one.count for one in same), "time")
        facts.append(f"{same[0].title}: {distinct}seen {times} in {_files(same)}{doubt}.")
    rest = list(by_rule.values())[SHOWN:]
    if rest:
        facts.append(f"{counted(sum(map(len, rest)), 'finding')} of {counted(len(rest), 'other rule')}.")
    return facts


def _files(same: Sequence[Finding]) -> str:
    known = {path for one in same for path, _ in one.files}
    most = max(len(known), *(one.file_count for one in same))
    return ("at least " if any(one.file_count > len(one.files) for one in same) else "") + counted(most, "file")


def _samples(seen: Sequence[Finding]) -> tuple[Sample, ...]:
    worst = sorted(seen, key=lambda one: (-one.severity, -one.count))
    return tuple(Sample(str(one.first), f"{one.title}: {one.preview}") for one in worst[:SHOWN])


def elements(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where there is a kind of data that the configuration does not list as allowed."""
    wanted = chosen(evidence.rules, settings["select"])
    judged = of_kind("elements", "kinds of data in logs, beside the list comply.allowed of the configuration")
    scan = evidence.scan
    if scan is None:
        return judged(Status.NOT_TESTED, NO_LOGS)
    if not wanted:
        return judged(Status.NOT_TESTABLE, "No rule that is loaded looks for this.")
    if evidence.allowed is None:
        found = seen_in(scan, settings["select"])
        return judged(
            Status.NOT_TESTED, "The configuration has no list of what may be in logs: allowed in [comply].",
            "To be held against it:" if found else "", *_facts(found), samples=_samples(found),
            findings=tuple(one.id for one in found),
        )  # fmt: skip
    listed, names = chosen(evidence.rules, evidence.allowed), frozenset(evidence.allowed)
    seen = [one for one in seen_in(scan, settings["select"]) if not names & names_of(one)]
    if seen:
        status, *doubt = _doubted(seen)
        return judged(
            status, *doubt, "Not on the list:", *_facts(seen), samples=_samples(seen),
            findings=tuple(one.id for one in seen),
        )  # fmt: skip
    aside = _aside(evidence, wanted.keys() - listed.keys())
    reasons = _not_all(evidence, wanted.keys() - listed.keys()) + aside
    allowed = ", ".join(evidence.allowed) or "which is empty"
    text = f"Nothing but what is on the list ({allowed}) was seen in what was read."
    return judged(Status.NOT_TESTED if reasons else Status.PASS, *reasons, text)


def together(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where one record holds a value of each group."""
    groups = groups_of(evidence, settings)
    judged = of_kind("together", settings.get("what") or "records that hold one of each")
    if evidence.scan is None:
        return judged(Status.NOT_TESTED, NO_LOGS)
    if not all(groups):
        return judged(Status.NOT_TESTABLE, "No rule that is loaded looks for this.")
    seen = evidence.together.get(groups)
    if seen is not None and seen.records:
        return judged(
            Status.FAIL,
            f"{counted(seen.records, 'record holds', 'records hold')} one of each.",
            samples=seen.samples[:SHOWN],
        )
    every = frozenset[str]().union(*groups)
    reasons = _not_all(evidence, every) + _aside(evidence, every)
    if seen is None:
        reasons += (no_records(evidence),)
    else:
        reasons += _unread(seen.unread) + (("The run was stopped before its end.",) if seen.stopped else ())
    return judged(Status.NOT_TESTED if reasons else Status.PASS, *reasons, "None was seen in what was read.")


def groups_of(evidence: Evidence, settings: Mapping[str, Any]) -> tuple[frozenset[str], ...]:
    """Return the rules of each group."""
    return tuple(frozenset(chosen(evidence.rules, group)) for group in settings["all"])


def _unread(inputs: Sequence[Unread]) -> tuple[str, ...]:
    errors = [one for one in inputs if one.error]
    return (f"{counted(len(errors), 'input')} could not be read a second time.",) if errors else ()


def cards(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where a truncated number shows too much, or one form of it undoes another."""
    about = settings["about"]
    what = {
        "masks": "how much truncated card numbers show",
        "conflicts": "forms of one card number that together tell more than each",
        "hashes": "hashes under names of card numbers, tried against the numbers that are there",
    }[about]
    judged = of_kind("cards", what)
    facts = evidence.cards
    if evidence.scan is None or facts is None:
        return judged(Status.NOT_TESTED, no_records(evidence))
    # Only files that a scan found such numbers in are looked at: all of them must have been looked for.
    reasons = _not_all(evidence, chosen(evidence.rules, _CARDS)) + _unread(facts.unread) + tuple(facts.limits)
    if facts.stopped:
        reasons += ("The run was stopped before its end.",)
    if about == "masks":
        wide = [mask for mask in facts.masks if mask.wide]
        if wide:
            samples = tuple(Sample(mask.places[0] if mask.places else "", mask.shown) for mask in wide[:SHOWN])
            much = "more than the first six (eight of sixteen) and last four digits"
            text = f"{counted(sum(mask.distinct for mask in wide), 'number shows', 'numbers show')} {much}."
            return judged(Status.FAIL, text, samples=samples)
        if reasons:
            return judged(Status.NOT_TESTED, *reasons, "None that shows too much was seen.")
        if facts.masks:
            return judged(
                Status.PASS,
                f"{counted(sum(mask.distinct for mask in facts.masks), 'truncated number')}; none shows too much.",
            )
        return judged(Status.PASS, "No truncated number was seen in what was read.")
    if about == "conflicts":
        kinds = (ConflictKind.MASKS, ConflictKind.MASK_AND_HASH, ConflictKind.CLEAR_AND_HASH)
        certain = [one for one in facts.conflicts if one.certain and one.kind in kinds]
        possible = [one for one in facts.conflicts if not one.certain and one.kind in kinds]
        if certain:
            samples = tuple(Sample(", ".join(one.places[:2]), f"{one.kind}: {one.why}") for one in certain[:SHOWN])
            return judged(
                Status.FAIL, f"{counted(len(certain), 'card number')} in two forms, for certain.", samples=samples
            )
        if possible:
            samples = tuple(Sample(", ".join(one.places[:2]), f"{one.kind}: {one.why}") for one in possible[:SHOWN])
            text = f"{counted(len(possible), 'pair')} of forms could be of one card; whether they are cannot be seen."
            return judged(Status.NOT_TESTED, text, "Somebody who knows how they are made has to say.", samples=samples)
        return judged(Status.NOT_TESTED if reasons else Status.PASS, *reasons, "None was seen in what was read.")
    undone = [one for one in facts.hashes if one.keyed is Keyed.NO]
    if undone:
        samples = tuple(
            Sample(one.places[0] if one.places else "", f"{one.shown}: {one.how}") for one in undone[:SHOWN]
        )
        return judged(
            Status.FAIL,
            f"{counted(sum(one.distinct for one in undone), 'hash was', 'hashes were')} undone: no key protects them.",
            samples=samples,
        )
    if facts.hashes:
        text = f"{counted(sum(one.distinct for one in facts.hashes), 'hash', 'hashes')} under names of card numbers."
        return judged(
            Status.NOT_TESTABLE,
            text,
            "Whether they are keyed cannot be seen.",
            "Show how they are made: algorithm, key, key management.",
        )
    return judged(Status.NOT_TESTED if reasons else Status.PASS, *reasons, "None was seen in what was read.")


def code(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where a log call prints a value of one of the kinds."""
    select = settings.get("select")
    wanted = chosen(evidence.rules, select) if select else None
    what = settings.get("what") or (
        "log calls that print such values" if select else "log calls that print sensitive values"
    )
    audit = evidence.code
    if audit is None:
        return of_kind("code", what)(Status.NOT_TESTED, "Name the source code: --source DIR.")
    judged = of_kind(
        "code", f"{what}, of {counted(audit.audited, 'log call')} in {counted(audit.files, 'source file')}"
    )
    seen = [one for one in audit.findings if wanted is None or one.field in wanted]
    whole = [one for one in audit.findings if wanted is not None and one.kind in _WHOLE and one not in seen]
    if seen:
        samples = tuple(Sample(f"{one.place.path}:{one.place.line}", one.message) for one in seen[:SHOWN])
        return judged(
            Status.FAIL,
            f"{counted(len(_calls(seen)), 'log call prints', 'log calls print')} such a value.", samples=samples,
            findings=tuple(one.fingerprint for one in seen if one.fingerprint),
        )  # fmt: skip
    if not audit.files:
        return judged(Status.NOT_TESTABLE, "There is no source code that can be read.")
    problems = [one for one in audit.problems if not one.partial]
    aside = sum(wanted is None or one.finding.field in wanted for one in audit.suppressed)
    reasons = [f"{counted(len(problems), 'file')} could not be read."] if problems else []
    if audit.interrupted:
        reasons.append("The run was stopped before its end.")
    if aside:
        reasons.append(f"{counted(aside, 'finding is', 'findings are')} left aside by a comment.")
    if whole:
        calls = counted(len(_calls(whole)), "log call prints", "log calls print")
        reasons.append(f"{calls} something whole, as headers or an environment: what is in it cannot be told.")
        samples = tuple(Sample(f"{one.place.path}:{one.place.line}", one.message) for one in whole[:SHOWN])
        return judged(Status.NOT_TESTED, *reasons, samples=samples)
    if not audit.audited:
        reasons.append("No log call was found.")
    return judged(Status.NOT_TESTED if reasons else Status.PASS, *reasons, "None was seen in what was read.")


def _calls(seen: Iterable[CodeFinding]) -> set[tuple[str, int]]:
    return {(one.place.path, one.place.line) for one in seen}


def request_data(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where a log call prints what a request brings as it is, so that who sends it may forge records."""
    audit = evidence.code
    judged = of_kind(
        "request-data", "log calls that print parts of a web request as they are, by the name of the request"
    )
    if audit is None:
        return judged(Status.NOT_TESTED, "Name the source code: --source DIR.")
    if not audit.files:
        return judged(Status.NOT_TESTABLE, "There is no source code that can be read.")
    seen = [
        (call, argument)
        for call in audit.calls
        if call.sink not in _SINKS
        for argument in call.arguments
        if _REQUEST.search(argument.expression) and not _NEUTRAL.match(argument.expression)
    ]
    if seen:
        samples = tuple(
            Sample(f"{call.place.path}:{call.place.line}", argument.expression) for call, argument in seen[:SHOWN]
        )
        return judged(Status.FAIL, f"{counted(len(seen), 'value')} of requests printed as they are.", samples=samples)
    problems = [one for one in audit.problems if not one.partial]
    if problems or audit.interrupted:
        stopped = "The run was stopped before its end." if audit.interrupted else ""
        text = f"{counted(len(problems), 'file')} could not be read." if problems else ""
        return judged(Status.NOT_TESTED, text, stopped, "None was seen in what was read.")
    if not audit.audited:
        return judged(Status.NOT_TESTED, "No log call was found.")
    return judged(Status.PASS, "None was seen in what was read. A request under another name is not known.")
