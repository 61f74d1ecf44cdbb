"""The kinds of checks: a closed set. Each is a function of the evidence and of the settings a catalogue gives it.

A check never says more than it saw. It *passes* only if all that it is about was looked at; where something was not
read, or only a sample was, and nothing bad was seen, it is *not tested*, and says what is missing.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from logscrub.comply.checks import custody, found, recorded, setup
from logscrub.comply.evidence import Evidence
from logscrub.comply.model import Check, CheckResult, Status

Judge = Callable[[Evidence, Mapping[str, Any]], CheckResult]
Validator = Callable[[Any], str]


class Kind(NamedTuple):
    """One kind of check.

    Attributes:
        about: what it looks at, for the documentation.
        needs: what it needs of: ``logs``, ``source``, ``app``, ``policy``, ``ledger``, ``manifest``, ``cards``,
            ``census``, ``files``.
        settings: the keys it takes; each validator says what is wrong with a value.
        required: those it cannot do without.
        judge: does it.
    """

    about: str
    needs: tuple[str, ...]
    settings: Mapping[str, Validator]
    required: tuple[str, ...]
    judge: Judge


def _names(value: Any) -> str:
    return (
        ""
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value)
        else "must be a list of names"
    )


def _groups(value: Any) -> str:
    fine = isinstance(value, list) and len(value) > 1 and not any(_names(one) for one in value)
    return "" if fine else "must be at least two lists of names"


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value.strip() else "must be a text"


def _share(value: Any) -> str:
    fine = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1
    return "" if fine else "must be a share between 0 and 1"


def _count(value: Any) -> str:
    fine = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return "" if fine else "must be a whole number above 0"


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def _one_of(*known: str) -> Validator:
    return lambda value: "" if value in known else f"must be one of {', '.join(known)}"


def _some_of(*known: str) -> Validator:
    def validate(value: Any) -> str:
        unknown = [one for one in value if one not in known] if not _names(value) else [value]
        return f"must be a list of {', '.join(known)}" if unknown else ""

    return validate


_COMMON: Mapping[str, Validator] = {"only-fails": _flag}
"""Settings that every kind takes. ``only-fails``: the check can show that a clause is not met, and says nothing of it
where it passes, for it looks at a small part of what the clause is about, or beside it."""

CHECKS: Mapping[str, Kind] = {
    "findings": Kind(
        "values in logs, by rules",
        ("logs",), {"select": _names, "keys": _names, "what": _text, "deep": _flag}, ("select",), found.findings,
    ),
    "elements": Kind(
        "kinds of data in logs that are not on the list `comply.allowed` of the configuration",
        ("logs",), {"select": _names}, ("select",), found.elements,
    ),
    "together": Kind(
        "records that hold a value of each group", ("logs", "together"), {"all": _groups, "what": _text}, ("all",),
        found.together,
    ),
    "cards": Kind(
        "truncated and hashed card numbers in logs",
        ("logs", "cards"), {"about": _one_of("masks", "conflicts", "hashes")}, ("about",), found.cards,
    ),
    "code": Kind(
        "log calls in source code that print values", ("source",), {"select": _names, "what": _text}, (), found.code
    ),
    "request-data": Kind(
        "log calls in source code that print what a request brings", ("source",), {}, (), found.request_data
    ),
    "timestamps": Kind(
        "the times of records: their offset from UTC, and their order",
        ("logs", "census"), {"about": _one_of("offset", "order"), "most": _share}, ("about",), recorded.timestamps,
    ),
    "fields": Kind(
        "what each record says: when, who, what, where, outcome",
        ("logs", "census"), {"require": _some_of(*recorded.FIELDS), "least": _share}, ("require",), recorded.fields,
    ),
    "parsed": Kind(
        "whether lines are in a format that can be told", ("logs", "census"), {"least": _share}, (), recorded.parsed
    ),
    "span": Kind(
        "from when to when the logs go", ("logs", "census"),
        {"at-least-days": _count, "at-most-days": _count, "select": _names}, (), recorded.span,
    ),
    "files": Kind(
        "who may read and change the files", ("logs", "files"), {"forbid": _some_of(*custody.FORBIDDEN)}, ("forbid",),
        custody.files,
    ),
    "runs": Kind(
        "whether the same logs were scanned again and again, by an unbroken ledger",
        ("logs", "ledger"), {"within-days": _count, "least": _count}, (), custody.runs,
    ),
    "redaction": Kind(
        "whether redacted files are as the redaction left them, by its manifest", ("manifest",), {}, (),
        custody.redaction,
    ),
    "handlers": Kind(
        "ways out of a service, tried with canaries", ("app",), {"declared": _flag}, (), setup.handlers
    ),
    "policy": Kind(
        "what the policy in use does with kinds of values", ("policy",),
        {"select": _names, "actions": _some_of("label", "partial", "token", "drop", "seal")}, ("select",), setup.policy,
    ),
    "statement": Kind("what no tool can see", (), {"reason": _text}, ("reason",), setup.statement),
}  # fmt: skip


def problem_of(check: Check) -> str:
    """Say what is wrong with the settings of a check; empty if nothing is.

    >>> problem_of(Check("timestamps", {"about": "offset", "most": 2}))
    "'most' must be a share between 0 and 1"
    >>> problem_of(Check("findings", {"select": ["financial.cvv"]}))
    ''
    """
    kind = CHECKS[check.kind]
    known = {**kind.settings, **_COMMON}
    for name, value in check.settings.items():
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it takes {', '.join(known)}"
            return f"{name!r} is no setting of it; {hint}"
        problem = known[name](value)
        if problem:
            return f"{name!r} {problem}"
    missing = [name for name in kind.required if name not in check.settings]
    return f"{missing[0]!r} is missing" if missing else ""


def run_check(check: Check, evidence: Evidence) -> CheckResult:
    """Judge one check by the evidence.

    >>> from logscrub.rules import load_rules
    >>> check = Check("statement", {"reason": "Who reads the reports cannot be seen in logs."})
    >>> str(run_check(check, Evidence(load_rules())).status)
    'not testable'
    """
    result = CHECKS[check.kind].judge(evidence, check.settings)
    if result.status is Status.PASS and check.settings.get("only-fails", False):
        more = "That is a small part of the clause, which cannot be judged by it."
        return replace(result, status=Status.NOT_TESTABLE, facts=(*result.facts, more))
    return result
