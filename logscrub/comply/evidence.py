"""What there is to judge clauses by. What was not asked for is None, and clauses that need it are not tested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from logscrub.comply.model import FileFact
from logscrub.findings import Finding, ScanResult
from logscrub.model import Severity
from logscrub.policy import Policy
from logscrub.rules import Field, Recognizer, Rule, RuleSet

if TYPE_CHECKING:
    from logscrub.code.model import CodeResult
    from logscrub.comply.records.model import CardFacts, Census, Together

TAG = "tag:"
_IDENTIFIER = "secret.identifier"


class Way(NamedTuple):
    """A way out of a service, as its doctor found it.

    Attributes:
        state: ``closed``, ``leak``, ``policy`` or ``untested``.
        target: what writes, and where to.
        channel: what carried the canaries.
        reason: why it is not tested, or why they came out.
        fix: how to close it.
    """

    state: str
    area: str
    target: str
    channel: str
    reason: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """What became of canaries in a service's own logging.

    Attributes:
        app: module and function that set logging up.
        installed: whether the filter is.
        report_only: whether it only counts.
        ways: all ways out that were tried.
    """

    app: str
    installed: bool
    report_only: bool
    ways: tuple[Way, ...]


class ChainCheck(NamedTuple):
    """What became of the chain of a ledger or of a manifest of redaction.

    Attributes:
        problems: what does not fit, in words; empty if all does.
        unsealed: entries that were written before there was a chain.
    """

    path: str
    problems: tuple[str, ...]
    unsealed: int = 0


class PastRun(NamedTuple):
    """A scan of the past, by the ledger."""

    ended: str
    complete: bool
    findings: int


@dataclass(frozen=True, slots=True)
class Past:
    """What a ledger tells of earlier runs over the same inputs; this one is the last."""

    chain: ChainCheck
    runs: tuple[PastRun, ...]


@dataclass(frozen=True, slots=True)
class Redacted:
    """What a manifest of redaction tells.

    Attributes:
        files: how many files were redacted.
        values: how many values were taken out of them.
        changed: files that are not as the redaction left them, and how.
        sealed: its entries are sealed, and the seals hold under the key.
    """

    chain: ChainCheck
    files: int
    values: int
    changed: tuple[str, ...] = ()
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything clauses are judged by.

    Attributes:
        rules: all rules there are, whether or not they were looked for.
        looked_for: ids of those that were.
        scan: what the scan of the logs found; None without logs.
        deep: names and places in prose were looked for as well.
        streams: inputs that have no permissions: standard input, URLs.
        read_once: standard input was among them.
        now: when the run began.
        policy: the policy that logs are kept clean with, if one was named by a configuration or a profile.
        policy_name: what it is called by.
        refusals: what a standard forbids in it, in words.
        sinks: where logs may go, as configured; None if no list was given.
        allowed: kinds of personal data that may be in logs; None if no list was given.
        retention_days: how long logs may be kept; None if nobody said.
    """

    rules: RuleSet
    looked_for: frozenset[str] = frozenset()
    scan: ScanResult | None = None
    deep: bool = False
    files: tuple[FileFact, ...] = ()
    streams: int = 0
    read_once: bool = False
    census: Census | None = None
    cards: CardFacts | None = None
    together: Mapping[tuple[frozenset[str], ...], Together] = field(default_factory=dict)
    code: CodeResult | None = None
    service: Service | None = None
    policy: Policy | None = None
    policy_name: str = ""
    refusals: tuple[str, ...] = ()
    past: Past | None = None
    redacted: tuple[Redacted, ...] = ()
    sinks: tuple[str, ...] | None = None
    allowed: tuple[str, ...] | None = None
    retention_days: int | None = None
    now: datetime | None = None


def names_of(rule: Rule | Field | Recognizer | Finding) -> frozenset[str]:
    """Return everything a rule can be chosen by: its id, its category and what that is part of, its tags."""
    family = rule.category.partition(".")[0]
    ident = rule.rule if isinstance(rule, Finding) else rule.id
    return frozenset((ident, rule.category, family, *(TAG + tag for tag in rule.tags)))


def answers(rule: Rule | Field | Finding, wanted: frozenset[str]) -> bool:
    """Tell whether a rule is one of those that names stand for.

    A name that opens nothing, or a key that is made to be published, is among the secrets and is none: it answers to
    its own names, and not to those of the family.

    >>> from logscrub.rules import load_rules
    >>> arn = next(one for one in load_rules().own() if one.id == "aws-arn")
    >>> answers(arn, frozenset({"secret"})), answers(arn, frozenset({"secret.identifier"}))
    (False, True)
    """
    ident = rule.rule if isinstance(rule, Finding) else rule.id
    if rule.category == _IDENTIFIER:
        return bool(wanted & {ident, _IDENTIFIER})
    if rule.severity is Severity.INFO and rule.category.startswith("secret."):
        return ident in wanted
    return bool(wanted & names_of(rule))


def chosen(rules: RuleSet, select: Iterable[str]) -> dict[str, str]:
    """Return the rules that names stand for, as id and title; recognizers of Presidio, which need an extra, aside.

    Args:
        rules: all there are.
        select: ids, categories, or tags as ``tag:NAME``.

    >>> from logscrub.rules import load_rules
    >>> sorted(chosen(load_rules(), ["financial.cvv"]))
    ['card-verification-code', 'card-verification-code-phrase']
    """
    wanted = frozenset(select)
    return {one.id: one.title for one in rules.own() if answers(one, wanted)}


def seen(scan: ScanResult, select: Iterable[str]) -> list[Finding]:
    """Return the findings that names stand for, whatever found them."""
    wanted = frozenset(select)
    return [one for one in scan.findings if answers(one, wanted)]
