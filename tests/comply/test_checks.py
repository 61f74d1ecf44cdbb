"""Every kind of check, with evidence that fails, that passes, that cannot tell, and that is not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from logscrub.code.model import Argument, CodeFinding, CodeResult, Kind, LogCall, Problem, Step
from logscrub.code.model import Place as Spot
from logscrub.comply.checks import CHECKS, problem_of, run_check
from logscrub.comply.evidence import ChainCheck, Evidence, Past, PastRun, Redacted, Service, Way
from logscrub.comply.judge import judge_clause
from logscrub.comply.model import Check, CheckResult, Clause, FileFact, Status
from logscrub.comply.records.model import (
    CardFacts,
    CardHash,
    Census,
    Conflict,
    ConflictKind,
    Keyed,
    Mask,
    SourceCensus,
    Together,
)
from logscrub.findings import Finding, Place, ScanResult, Suppressed
from logscrub.model import Confidence, Severity
from logscrub.policy import Policy
from logscrub.rules import load_rules
from logscrub.sources import Unread

RULES = load_rules()
ALL = frozenset(RULES.ids())
NOW = datetime(2026, 3, 1, tzinfo=UTC)
CVV = Finding(
    id="00" * 8,
    rule="card-verification-code",
    title="Card verification code",
    category="financial.cvv",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    fingerprint=None,
    preview="cvv=…",
    key="cvv",
    count=3,
    files=(("pay.log", 3),),
    file_count=1,
    first=Place("pay.log", 7, 1, 70),
    last=Place("pay.log", 9, 1, 90),
    tags=("cwe-532", "pci-dss-3.3.1.2"),
)
EMAIL = replace(CVV, id="11" * 8, rule="email", title="E-mail address", category="pii.email", fingerprint="a" * 16)
CLEAN = ScanResult((), files=2, lines=10)
FOUND = replace(CLEAN, findings=(CVV, EMAIL))
DOUBTED = replace(CLEAN, findings=(replace(CVV, confidence=Confidence.LOW),))
ASIDE = replace(CLEAN, suppressed=(Suppressed(CVV, "seen by Ann"),))
ARN = replace(EMAIL, rule="aws-arn", title="AWS resource name", category="secret.identifier", severity=Severity.LOW)
LINK = Unread("l.log", "symbolic link that leads outside, not followed", False)
PART = replace(CLEAN, errors=(Unread("b.log", "permission denied", True),))
NONE = Evidence(RULES, now=NOW)
READ = replace(NONE, scan=CLEAN, looked_for=ALL)
SOURCE = SourceCensus(
    "app.json", "json", lines=10, looked_at=10, records=10, parsed=10, structured=True, with_offset=10,
    first="2026-01-01T00:00:00Z", last="2026-02-20T00:00:00Z", days=50.0, fields={"time": 10, "who": 10},
)  # fmt: skip
LEAK = CodeFinding(
    "code.secret-in-log", Kind.NAME, Severity.HIGH, "card-verification-code", Spot("pay.py", 4), "pay", "info",
    "cvv", "log.info() prints cvv", "cvv=[…]", (Step(Spot("pay.py", 4), "printed"),), "mask it", fingerprint="ab" * 8,
)  # fmt: skip
DUMP = replace(LEAK, rule="code.http-in-log", kind=Kind.HTTP, field="http-headers")
CODE = CodeResult(files=1, lines=9, audited=2)
WAY = Way("closed", "logging", "StreamHandler to a StringIO", "message")
SERVICE = Service("shop:setup", True, False, (WAY,))
MODE = FileFact("pay.log", 10, "2026-02-01T00:00:00Z", "00" * 32, 0o600, "app", "adm")
RUN = PastRun("2026-02-01T00:00:00Z", True, 3)
LATER = RUN._replace(ended="2026-02-20T00:00:00Z")
CHAIN = ChainCheck("logs.ledger", ())
MASK = Mask("411111…1111", 6, 4, 6, False, 1, 2, ("pay.log:3",))
GROUPS = [["pii.email"], ["secret.password"]]


def call(expression: str) -> LogCall:
    argument = Argument(expression, Spot("pay.py", 4))
    return LogCall(Spot("pay.py", 4), "pay", "logging", "LOG", "info", ("got ", 0), (argument,))


def source(**changes: Any) -> Evidence:
    return replace(READ, census=Census((replace(SOURCE, **changes),)))


def met(**changes: Any) -> Evidence:
    groups = tuple(frozenset(one.id for one in RULES.own() if one.category == name) for [name] in GROUPS)
    return replace(READ, together={groups: Together(tuple(map(tuple, GROUPS)), **changes)})


def past(*runs: PastRun, problems: tuple[str, ...] = (), unsealed: int = 0) -> Evidence:
    return replace(READ, past=Past(ChainCheck("logs.ledger", problems, unsealed), runs))


CASES: list[tuple[str, dict[str, Any], Evidence, Status]] = [
    ("findings", {"select": ["financial.cvv"]}, replace(READ, scan=FOUND), Status.FAIL),
    ("findings", {"select": ["tag:pci-dss-3.3.1.2"]}, replace(READ, scan=FOUND), Status.FAIL),
    ("findings", {"select": ["financial.cvv"]}, READ, Status.PASS),
    ("findings", {"select": ["financial.track-data"]}, replace(READ, scan=FOUND), Status.PASS),
    ("findings", {"select": ["no.such-category"]}, READ, Status.NOT_TESTABLE),
    ("findings", {"select": ["financial.cvv"]}, NONE, Status.NOT_TESTED),
    ("findings", {"select": ["financial.cvv"]}, replace(READ, scan=PART), Status.NOT_TESTED),
    ("findings", {"select": ["financial.cvv"]}, replace(READ, scan=ScanResult(())), Status.NOT_TESTED),
    ("findings", {"select": ["financial.cvv"]}, replace(READ, looked_for=ALL - {CVV.rule}), Status.NOT_TESTED),
    ("findings", {"select": ["financial.cvv"]}, replace(READ, scan=ScanResult((), files=1)), Status.NOT_TESTED),
    ("findings", {"select": ["financial.cvv"]}, replace(READ, scan=ASIDE), Status.NOT_TESTED),
    ("findings", {"select": ["financial.cvv"]}, replace(READ, scan=replace(CLEAN, skipped=(LINK,))), Status.NOT_TESTED),
    ("findings", {"select": ["financial.cvv"]}, replace(READ, scan=DOUBTED), Status.NOT_TESTED),
    ("findings", {"select": ["secret"]}, replace(READ, scan=replace(CLEAN, findings=(ARN,))), Status.PASS),
    ("findings", {"select": ["secret.identifier"]}, replace(READ, scan=replace(CLEAN, findings=(ARN,))), Status.FAIL),
    ("findings", {"select": ["financial.cvv"], "only-fails": True}, READ, Status.NOT_TESTABLE),
    ("findings", {"select": ["financial.cvv"], "only-fails": True}, replace(READ, scan=FOUND), Status.FAIL),
    ("findings", {"select": ["pii.name"], "deep": True}, READ, Status.NOT_TESTED),
    ("findings", {"select": ["pii.name"], "deep": True}, replace(READ, deep=True), Status.PASS),
    ("elements", {"select": ["pii"]}, replace(READ, scan=FOUND, allowed=("pii.phone",)), Status.FAIL),
    ("elements", {"select": ["pii"]}, replace(READ, scan=FOUND, allowed=("pii.email",)), Status.PASS),
    ("elements", {"select": ["no.such-category"]}, replace(READ, allowed=()), Status.NOT_TESTABLE),
    ("elements", {"select": ["pii"]}, replace(READ, scan=FOUND), Status.NOT_TESTED),
    ("elements", {"select": ["financial"]}, replace(READ, scan=ASIDE, allowed=()), Status.NOT_TESTED),
    ("elements", {"select": ["financial"]}, replace(READ, scan=DOUBTED, allowed=()), Status.NOT_TESTED),
    ("together", {"all": GROUPS}, met(records=2), Status.FAIL),
    ("together", {"all": GROUPS}, met(), Status.PASS),
    ("together", {"all": [["pii.email"], ["no.such"]]}, READ, Status.NOT_TESTABLE),
    ("together", {"all": GROUPS}, NONE, Status.NOT_TESTED),
    ("together", {"all": GROUPS}, replace(READ, streams=1), Status.NOT_TESTED),
    ("together", {"all": GROUPS}, met(stopped=True), Status.NOT_TESTED),
    ("cards", {"about": "masks"}, replace(READ, cards=CardFacts((replace(MASK, wide=True),))), Status.FAIL),
    ("cards", {"about": "masks"}, replace(READ, cards=CardFacts((MASK,))), Status.PASS),
    ("cards", {"about": "masks"}, NONE, Status.NOT_TESTED),
    ("cards", {"about": "masks"}, replace(READ, streams=1), Status.NOT_TESTED),
    ("cards", {"about": "masks"}, replace(READ, cards=CardFacts(), looked_for=ALL - {"card-mask"}), Status.NOT_TESTED),
    (
        "cards", {"about": "conflicts"},
        replace(READ, cards=CardFacts(conflicts=(Conflict(ConflictKind.MASK_AND_HASH, True, ("a", "b"), "why"),))),
        Status.FAIL,
    ),
    ("cards", {"about": "conflicts"}, replace(READ, cards=CardFacts((MASK,))), Status.PASS),
    (
        "cards", {"about": "conflicts"},
        replace(READ, cards=CardFacts(conflicts=(Conflict(ConflictKind.MASKS, False, ("a", "b"), "why"),))),
        Status.NOT_TESTED,
    ),
    (
        "cards", {"about": "hashes"},
        replace(READ, cards=CardFacts(hashes=(CardHash("sha256", Keyed.NO, "tried", 1, 1, ("pay.log:3",)),))),
        Status.FAIL,
    ),
    ("cards", {"about": "hashes"}, replace(READ, cards=CardFacts()), Status.PASS),
    (
        "cards", {"about": "hashes"},
        replace(READ, cards=CardFacts(hashes=(CardHash("64 digits", Keyed.UNKNOWN, "", 1, 1),))),
        Status.NOT_TESTABLE,
    ),
    ("cards", {"about": "hashes"}, replace(READ, cards=CardFacts(limits=("too many",))), Status.NOT_TESTED),
    ("code", {"select": ["financial.cvv"]}, replace(NONE, code=replace(CODE, findings=(LEAK,))), Status.FAIL),
    ("code", {}, replace(NONE, code=replace(CODE, findings=(LEAK,))), Status.FAIL),
    ("code", {"select": ["pii"]}, replace(NONE, code=replace(CODE, findings=(LEAK,))), Status.PASS),
    ("code", {}, replace(NONE, code=CodeResult()), Status.NOT_TESTABLE),
    ("code", {}, NONE, Status.NOT_TESTED),
    ("code", {"select": ["pii"]}, replace(NONE, code=replace(CODE, findings=(DUMP,))), Status.NOT_TESTED),
    ("code", {}, replace(NONE, code=replace(CODE, audited=0)), Status.NOT_TESTED),
    ("code", {}, replace(NONE, code=replace(CODE, problems=(Problem("x.py", "not UTF-8"),))), Status.NOT_TESTED),
    ("request-data", {}, replace(NONE, code=replace(CODE, calls=(call("request.args['q']"),))), Status.FAIL),
    ("request-data", {}, replace(NONE, code=replace(CODE, calls=(call("repr(request.args['q'])"),))), Status.PASS),
    ("request-data", {}, replace(NONE, code=replace(CODE, calls=(call("request_count"),))), Status.PASS),
    ("request-data", {}, replace(NONE, code=CodeResult()), Status.NOT_TESTABLE),
    ("request-data", {}, NONE, Status.NOT_TESTED),
    ("request-data", {}, replace(NONE, code=replace(CODE, audited=0)), Status.NOT_TESTED),
    ("timestamps", {"about": "offset"}, source(with_offset=9, without_offset=1), Status.FAIL),
    ("timestamps", {"about": "offset", "most": 0.1}, source(with_offset=9, without_offset=1), Status.PASS),
    ("timestamps", {"about": "offset"}, source(), Status.PASS),
    ("timestamps", {"about": "offset"}, source(with_offset=0), Status.NOT_TESTABLE),
    ("timestamps", {"about": "offset"}, NONE, Status.NOT_TESTED),
    ("timestamps", {"about": "offset"}, source(sampled=True, lines=99), Status.NOT_TESTED),
    ("timestamps", {"about": "order"}, source(rewinds=1, first_rewind=4), Status.FAIL),
    ("timestamps", {"about": "order"}, source(), Status.PASS),
    ("fields", {"require": ["time", "who", "outcome"]}, source(), Status.FAIL),
    ("fields", {"require": ["time", "who"]}, source(), Status.PASS),
    ("fields", {"require": ["time"]}, source(structured=False), Status.NOT_TESTABLE),
    ("fields", {"require": ["time"]}, NONE, Status.NOT_TESTED),
    ("fields", {"require": ["time", "who"]}, source(sampled=True, lines=99), Status.NOT_TESTED),
    ("parsed", {}, source(parsed=8), Status.FAIL),
    ("parsed", {"least": 0.8}, source(parsed=8), Status.PASS),
    ("parsed", {}, source(lines=0, looked_at=0), Status.NOT_TESTABLE),
    ("parsed", {}, NONE, Status.NOT_TESTED),
    ("parsed", {}, replace(source(), scan=PART), Status.NOT_TESTED),
    ("span", {"at-least-days": 365}, source(), Status.NOT_TESTED),
    ("span", {"at-least-days": 30}, source(), Status.PASS),
    ("span", {"at-least-days": 30}, source(sampled=True, lines=99), Status.NOT_TESTED),
    ("span", {"at-least-days": 30}, source(largest_gap=40 * 86400.0), Status.NOT_TESTED),
    ("span", {"at-least-days": 30}, source(first="2025-01-01T00:00:00Z", last="2025-12-01T00:00:00Z"), Status.NOT_TESTED),
    ("span", {"at-most-days": 30}, source(), Status.FAIL),
    ("span", {"at-most-days": 90}, source(), Status.PASS),
    ("span", {}, replace(source(), retention_days=30), Status.FAIL),
    ("span", {}, source(), Status.NOT_TESTED),
    ("span", {"at-least-days": 30}, source(first=None, last=None), Status.NOT_TESTABLE),
    ("span", {"at-most-days": 1, "select": ["financial.cvv"]}, source(), Status.PASS),
    (
        "span", {"at-most-days": 1, "select": ["financial.cvv"]},
        replace(source(path="pay.log"), scan=FOUND), Status.FAIL,
    ),
    (
        "span", {"at-most-days": 1, "select": ["financial.cvv"]},
        replace(source(), looked_for=ALL - {CVV.rule}), Status.NOT_TESTED,
    ),
    (
        "span", {"at-most-days": 90, "select": ["financial.cvv"]},
        replace(source(path="pay.log"), scan=replace(CLEAN, findings=(replace(CVV, file_count=2),))), Status.NOT_TESTED,
    ),
    ("files", {"forbid": ["world-readable"]}, replace(READ, files=(replace(MODE, mode=0o644),)), Status.FAIL),
    ("files", {"forbid": ["mixed-owners"]}, replace(READ, files=(MODE, replace(MODE, owner="root"))), Status.FAIL),
    ("files", {"forbid": ["world-readable", "group-writable"]}, replace(READ, files=(MODE,)), Status.PASS),
    ("files", {"forbid": ["world-readable"]}, replace(READ, streams=1), Status.NOT_TESTABLE),
    ("files", {"forbid": ["world-readable"]}, replace(READ, files=(MODE,), streams=1), Status.NOT_TESTED),
    ("files", {"forbid": ["world-readable"]}, NONE, Status.NOT_TESTED),
    ("runs", {}, past(RUN, RUN, problems=("run 2: was changed",)), Status.FAIL),
    ("runs", {"within-days": 7}, past(RUN, LATER), Status.FAIL),
    ("runs", {}, past(RUN, LATER), Status.PASS),
    ("runs", {}, past(RUN, RUN), Status.NOT_TESTED),
    ("runs", {}, past(RUN, RUN, unsealed=2), Status.NOT_TESTABLE),
    ("runs", {}, past(RUN), Status.NOT_TESTED),
    ("runs", {}, NONE, Status.NOT_TESTED),
    ("redaction", {}, replace(NONE, redacted=(Redacted(CHAIN, 2, 9, ("a.log: changed",)),)), Status.FAIL),
    ("redaction", {}, replace(NONE, redacted=(Redacted(ChainCheck("m", ("line 2",)), 2, 9),)), Status.FAIL),
    ("redaction", {}, replace(NONE, redacted=(Redacted(CHAIN, 2, 9),)), Status.PASS),
    ("redaction", {}, replace(NONE, redacted=(Redacted(CHAIN, 0, 0),)), Status.NOT_TESTABLE),
    ("redaction", {}, NONE, Status.NOT_TESTED),
    ("redaction", {}, replace(NONE, redacted=(Redacted(CHAIN._replace(unsealed=1), 2, 9),)), Status.NOT_TESTED),
    ("handlers", {}, replace(NONE, service=replace(SERVICE, ways=(WAY._replace(state="leak"), WAY))), Status.FAIL),
    ("handlers", {}, replace(NONE, service=replace(SERVICE, report_only=True)), Status.FAIL),
    ("handlers", {}, replace(NONE, service=SERVICE), Status.PASS),
    ("handlers", {}, replace(NONE, service=replace(SERVICE, ways=())), Status.NOT_TESTABLE),
    ("handlers", {}, replace(NONE, service=replace(SERVICE, ways=(WAY._replace(state="untested"),))), Status.NOT_TESTED),
    ("handlers", {}, NONE, Status.NOT_TESTED),
    ("handlers", {"declared": True}, replace(NONE, service=SERVICE, sinks=("FileHandler",)), Status.FAIL),
    ("handlers", {"declared": True}, replace(NONE, service=SERVICE, sinks=("StreamHandler",)), Status.PASS),
    ("handlers", {"declared": True}, replace(NONE, service=SERVICE), Status.NOT_TESTED),
    ("policy", {"select": ["financial.cvv"]}, replace(NONE, policy=Policy(ignore=("financial",))), Status.FAIL),
    (
        "policy", {"select": ["financial.card"], "actions": ["label"]},
        replace(NONE, policy=Policy(actions={"financial.card": "partial"})), Status.FAIL,
    ),
    ("policy", {"select": ["financial.cvv"]}, replace(NONE, policy=Policy(), refusals=("no",)), Status.FAIL),
    (
        "policy",
        {"select": ["financial.cvv"], "actions": ["label"]},
        replace(NONE, policy=Policy(), service=SERVICE),
        Status.PASS,
    ),
    ("policy", {"select": ["financial.cvv"]}, replace(NONE, policy=Policy()), Status.NOT_TESTED),
    (
        "policy",
        {"select": ["financial.cvv"]},
        replace(NONE, policy=Policy(), service=replace(SERVICE, installed=False)),
        Status.FAIL,
    ),
    ("policy", {"select": ["no.such-category"]}, replace(NONE, policy=Policy()), Status.NOT_TESTABLE),
    ("policy", {"select": ["financial.cvv"]}, NONE, Status.NOT_TESTED),
    ("statement", {"reason": "It is on paper."}, replace(READ, scan=FOUND), Status.NOT_TESTABLE),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "settings", "evidence", "status"), CASES)
def test_status(kind: str, settings: dict[str, Any], evidence: Evidence, status: Status) -> None:
    check = Check(kind, settings)
    assert problem_of(check) == ""
    result = run_check(check, evidence)
    assert result.status is status, result.facts
    assert result.kind == kind
    assert result.facts
    assert result.looked_at
    said = " ".join((result.looked_at, *result.facts, *(one.shown for one in result.samples)))
    assert "complian" not in said.lower()


@pytest.mark.parametrize("kind", sorted(CHECKS))
def test_every_kind_is_shown_to_fail_to_pass_and_not_to_be_testable(kind: str) -> None:
    seen = {status for name, _, _, status in CASES if name == kind}
    wanted = {Status.NOT_TESTABLE} if kind == "statement" else {*Status}
    assert seen == wanted


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        (Check("findings", {}), "'select' is missing"),
        (Check("findings", {"selct": ["a"]}), "did you mean 'select'"),
        (Check("findings", {"select": "secret"}), "must be a list of names"),
        (Check("timestamps", {"about": "colour"}), "must be one of offset, order"),
        (Check("fields", {"require": ["whom"]}), "must be a list of time"),
        (Check("span", {"at-least-days": 0}), "whole number above 0"),
        (Check("together", {"all": [["a"]]}), "at least two lists"),
    ],
)
def test_wrong_settings_are_named(check: Check, problem: str) -> None:
    assert problem in problem_of(check)


def test_a_clause_has_the_status_of_its_worst_check_and_what_no_tool_sees_leaves_the_rest_standing() -> None:
    seen = Check("findings", {"select": ["financial.cvv"]})
    code = Check("code", {})
    word = Check("statement", {"reason": "It is on paper."})

    def status(evidence: Evidence, *checks: Check) -> Status:
        return judge_clause(Clause("1", "t", "d", checks), evidence).status

    assert status(replace(READ, scan=FOUND), code, seen, word) is Status.FAIL
    assert status(READ, seen, code, word) is Status.NOT_TESTED
    assert status(replace(READ, code=CODE), seen, code, word) is Status.PASS
    assert status(READ, word) is Status.NOT_TESTABLE


def test_a_pass_says_what_was_looked_at_and_no_more() -> None:
    passed: CheckResult = run_check(Check("findings", {"select": ["financial.cvv"]}), READ)
    assert passed.facts == ("None was seen in what was read.",)
    assert passed.looked_at == "values of 2 rules, in 2 log files"
