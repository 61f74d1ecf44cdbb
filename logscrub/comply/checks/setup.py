"""Checks of how a service is set up: its handlers, the policy in use; and what no tool can see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from logscrub.comply.checks.words import SHOWN, counted, of_kind
from logscrub.comply.evidence import Evidence, Service, Way, chosen
from logscrub.comply.model import CheckResult, Sample, Status


def handlers(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail where a canary came out, or where logs go that nobody declared."""
    judged = of_kind("handlers", "ways out of the service, tried with canaries")
    service = evidence.service
    if service is None:
        return judged(
            Status.NOT_TESTED,
            "No service was examined. Name what sets up its logging: --app MODULE:FUNCTION; where it was named, see "
            "what was not looked at.",
        )
    if not service.ways:
        return judged(Status.NOT_TESTABLE, f"{service.app} has no handlers and no hooks to try.")
    if settings.get("declared", False):
        return _declared(evidence, service)
    judged = of_kind(
        "handlers", f"{counted(len(_targets(service.ways)), 'way')} out of {service.app}, tried with canaries"
    )
    leaks = [way for way in service.ways if way.state == "leak"]
    samples = tuple(Sample(way.target, f"{way.channel}: {way.reason or 'a canary came out'}") for way in leaks[:SHOWN])
    if leaks:
        fixes = tuple(dict.fromkeys(f"To close: {way.fix}" for way in leaks if way.fix))[:SHOWN]
        return judged(
            Status.FAIL,
            f"Canaries came out of {counted(len(_targets(leaks)), 'way')}.",
            "The filter is installed." if service.installed else "No filter is installed.",
            *fixes,
            samples=samples,
        )
    if service.report_only:
        return judged(Status.FAIL, "The filter is installed to report only: everything is written as it is.")
    untested = _targets(way for way in service.ways if way.state == "untested")
    if untested:
        return judged(
            Status.NOT_TESTED,
            f"Nothing came out of those that could be tried, but {counted(len(untested), 'way')} could not be.",
            samples=tuple(Sample(way.target, way.reason) for way in service.ways if way.state == "untested")[:SHOWN],
        )
    facts = ["No canary came out."]
    by_policy = _targets(way for way in service.ways if way.state == "policy")
    if by_policy:
        facts.append(f"{counted(len(by_policy), 'way')} let out what the policy in effect does not look for.")
    return judged(Status.PASS, *facts)


def _declared(evidence: Evidence, service: Service) -> CheckResult:
    judged = of_kind(
        "handlers", f"where {service.app} writes its logs, beside the list comply.sinks of the configuration"
    )
    if evidence.sinks is None:
        return judged(Status.NOT_TESTED, "The configuration has no list of where logs may go: sinks in [comply].")
    found = sorted({way.target for way in service.ways if way.area != "hook"})
    if not found:
        return judged(Status.NOT_TESTABLE, f"{service.app} has no handlers.")
    undeclared = [target for target in found if not any(sink in target for sink in evidence.sinks)]
    samples = tuple(Sample(target, "not on the list") for target in undeclared[:SHOWN])
    if undeclared:
        return judged(
            Status.FAIL, f"Of {counted(len(found), 'handler')}, {len(undeclared):,} not on the list.", samples=samples
        )
    return judged(Status.PASS, f"{counted(len(found), 'handler')}, and none that is not on the list.")


def _targets(ways: Any) -> set[tuple[str, str]]:
    chosen_ways: list[Way] = list(ways)
    return {(way.area, way.target) for way in chosen_ways}


def policy(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Fail if the policy in use leaves out what it should look for, or does with it what it should not."""
    every = chosen(evidence.rules, settings["select"])
    by_default = {one.id for one in evidence.rules.own() if one.default}
    wanted = {rule: title for rule, title in every.items() if rule in by_default} or every
    judged = of_kind("policy", f"what the policy does with values of {counted(len(wanted), 'rule')}")
    if not wanted:
        return judged(Status.NOT_TESTABLE, "No rule that is loaded looks for this.")
    if evidence.policy is None:
        return judged(
            Status.NOT_TESTED,
            "No policy was named: give the configuration of the service (--config FILE) or a profile (--profile NAME).",
        )
    if evidence.refusals:
        return judged(Status.FAIL, *evidence.refusals)
    in_force = evidence.policy.rules()
    table = evidence.policy.action_table(in_force)
    left_out = sorted(wanted.keys() - {one.id for one in in_force.everything()})
    allowed = settings.get("actions")
    wrong = sorted(one for one in wanted if one in table and allowed is not None and table[one] not in allowed)
    facts = []
    if left_out:
        verb = "is" if len(left_out) == 1 else "are"
        facts.append(f"{counted(len(left_out), 'rule')} of them {verb} left out: {_few(left_out)}.")
    if allowed is not None and wrong:
        facts.append(
            f"Not one of the actions {', '.join(allowed)}: {_few([f'{one} ({table[one]})' for one in wrong])}."
        )
    if facts:
        return judged(Status.FAIL, f"Policy: {evidence.policy_name}.", *facts)
    actions = sorted({table[one] for one in wanted})
    off = sorted(every.keys() - wanted.keys() - {one.id for one in in_force.everything()})
    said = (
        f"Policy: {evidence.policy_name}. All of them are looked for; actions: {', '.join(actions)}.",
        f"Not looked for, as by default: {counted(len(off), 'further rule')}: {_few(off)}." if off else "",
    )
    service = evidence.service
    if service is None:
        return judged(Status.NOT_TESTED, "Whether a service uses it is not known: --app MODULE:FUNCTION.", *said)
    if not service.installed:
        return judged(Status.FAIL, f"{service.app} has no filter that would use it.", *said)
    return judged(Status.PASS, *said, f"{service.app} has the filter; that it is made of this policy is not seen.")


def statement(evidence: Evidence, settings: Mapping[str, Any]) -> CheckResult:
    """Say what no tool can see."""
    return of_kind("statement", "nothing: no tool can see it")(Status.NOT_TESTABLE, settings["reason"])


def _few(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")
