"""From evidence to statuses: each clause has that of its worst check."""

from __future__ import annotations

from collections.abc import Iterable

from logscrub.comply.checks import run_check
from logscrub.comply.evidence import Evidence
from logscrub.comply.model import CheckResult, Clause, ClauseResult, Control, ControlResult, Status


def judge(control: Control, evidence: Evidence) -> ControlResult:
    """Judge all clauses of a standard.

    >>> from logscrub.comply.controls import load_controls
    >>> from logscrub.rules import load_rules
    >>> result = judge(load_controls(["pci-dss"])[0], Evidence(load_rules()))
    >>> result.count(Status.PASS), result.count(Status.FAIL)
    (0, 0)
    """
    return ControlResult(control, tuple(judge_clause(clause, evidence) for clause in control.clauses))


def judge_clause(clause: Clause, evidence: Evidence) -> ClauseResult:
    """Judge one clause."""
    checks = tuple(run_check(check, evidence) for check in clause.checks)
    return ClauseResult(clause, worst(checks), checks)


def worst(checks: Iterable[CheckResult]) -> Status:
    """Return what can be said of a clause by its checks.

    One that fails is enough. Without one, what was not tested may still fail. What cannot be seen by a tool leaves
    standing what can: the clause then says what of it could not be.

    >>> passed, unseen = CheckResult("findings", "", Status.PASS), CheckResult("statement", "", Status.NOT_TESTABLE)
    >>> str(worst([passed, unseen])), str(worst([unseen])), str(worst([passed, CheckResult("code", "", Status.FAIL)]))
    ('pass', 'not testable', 'fail')
    """
    seen = {one.status for one in checks}
    for status in (Status.FAIL, Status.NOT_TESTED, Status.PASS):
        if status in seen:
            return status
    return Status.NOT_TESTABLE
