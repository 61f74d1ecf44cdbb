"""One run: gather what the clauses ask for, judge them, and put together what a reader needs to trust it."""

from __future__ import annotations

import difflib
import hashlib
import os
import platform
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from logscrub._version import __version__
from logscrub.comply.checks import CHECKS
from logscrub.comply.checks.found import groups_of
from logscrub.comply.checks.words import moment_of
from logscrub.comply.evidence import ChainCheck, Evidence, Past, PastRun, Redacted, chosen, names_of
from logscrub.comply.judge import judge
from logscrub.comply.model import Control, Head, Report, Unseen
from logscrub.errors import ConfigError, SetupError
from logscrub.findings import ScanResult
from logscrub.model import Confidence, Severity
from logscrub.policy import Policy
from logscrub.presidio.deep import ENTITIES
from logscrub.report.visible import visible
from logscrub.rules import RuleSet, load_rules
from logscrub.sources.paths import STDIN
from logscrub.sources.urls import is_url

if TYPE_CHECKING:
    from logscrub.audit import Progress
    from logscrub.code.audit import CodeOptions
    from logscrub.code.model import CodeResult
    from logscrub.presidio.deep import Deep

Tell = Callable[[str], None]

_CARDS = ("financial.card", "compliance.card-mask", "compliance.card-hash")
_GENERAL = (
    "A check of this kind shows what was seen, and that nothing else was seen, in what was read, by the rules that "
    "were in effect. It cannot show that a clause is met.",
)
_KEPT_OUT = 1000


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a run.

    Attributes:
        logs: files, directories, globs, URLs, or ``-``.
        controls: the standards.
        policy: what is looked for, beside what clauses ask for.
        in_use: the policy that keeps logs clean, if a configuration or a profile names one.
        in_use_name: what it is called by.
        source: directories of source code.
        app: module and function that set the service's logging up.
        directory: where its module is looked for.
        ledger: memory of earlier scans.
        manifests: of redactions.
        sinks: where logs may go; None if nobody said.
        allowed: kinds of personal data that may be in logs; None if nobody said.
        retention_days: how long logs may be kept; None if nobody said.
        author: who answers for the run.
        code_options: how source code is read.
        deep: looks for names and places in prose.
        every_record: look at the fields of every record, whatever it takes.
        storage_options: for the filesystems of URLs.
        jobs: processes, 0 for as many as there are processors.
        cluster: of workers that read.
    """

    logs: tuple[str, ...]
    controls: tuple[Control, ...]
    policy: Policy = field(default_factory=Policy)
    in_use: Policy | None = None
    in_use_name: str = ""
    source: tuple[str, ...] = ()
    app: str = ""
    directory: str = "."
    ledger: str | None = None
    manifests: tuple[str, ...] = ()
    sinks: tuple[str, ...] | None = None
    allowed: tuple[str, ...] | None = None
    retention_days: int | None = None
    author: str = ""
    code_options: CodeOptions | None = None
    deep: Deep | None = None
    every_record: bool = False
    storage_options: tuple[str, ...] = ()
    jobs: int = 0
    cluster: str | None = None


def comply(request: Request, progress: Progress | None = None, tell: Tell | None = None) -> Report:
    """Check logs, and what else is named, against the clauses of standards.

    Args:
        request: what to look at, and which clauses.
        progress: called while logs are read.
        tell: called with what is being done, in words.

    Nothing is raised for what cannot be read or examined: it is in ``Report.unseen``, and clauses that need it are not
    tested.

    Raises:
        ConfigError: a rule or a ledger cannot be used.
        PackError: a pack is refused.

    >>> from logscrub.comply.controls import load_controls
    >>> from logscrub.comply.model import Status
    >>> report = comply(Request((), load_controls(["cwe"])))
    >>> report.count(Status.PASS), report.count(Status.FAIL)
    (0, 0)
    """
    return _Run(request, progress, tell or (lambda words: None)).report()


class _Run:
    """One run under way."""

    def __init__(self, request: Request, progress: Progress | None, tell: Tell) -> None:
        self.request = request
        self._progress = progress
        self._tell = tell
        self._now = datetime.now(UTC)
        self._checks = [check for one in request.controls for clause in one.clauses for check in clause.checks]
        self._needs = {need for check in self._checks for need in CHECKS[check.kind].needs}
        self._unseen: list[Unseen] = []
        self._heads: list[Head] = []
        self._rules = load_rules(request.policy.packs)
        self._check_names()

    def _check_names(self) -> None:
        """Refuse what selects nothing: a slip of the pen must not make a clause pass, or a kind of data not allowed."""
        known = {name for rule in self._rules.everything() for name in names_of(rule)}
        known |= {entity.category for entity in ENTITIES.values()}
        given = [("comply.allowed", tuple(self.request.allowed or ()))]
        given += [
            (f"control {control.id}: clause {clause.id}: check {check.kind}", tuple(names))
            for control in self.request.controls
            for clause in control.clauses
            for check in clause.checks
            for names in (check.settings.get("select", ()), *check.settings.get("all", ()))
        ]
        for where, names in given:
            for name in names:
                if name not in known:
                    close = difflib.get_close_matches(name, sorted(known), n=2)
                    hint = f"did you mean {' or '.join(close)}?" if close else "'logscrub rules list' shows them"
                    raise ConfigError(f"{where}: no rule, category or tag is called {name!r}; {hint}")

    def report(self) -> Report:
        """Gather, judge, and put the report together."""
        evidence = self._gathered()
        request, scan = self.request, evidence.scan or ScanResult((), version=__version__)
        source_files, source_digest = self._source_files(evidence.code)
        sources = evidence.census.sources if evidence.census is not None else ()
        first, last = [one.first for one in sources if one.first], [one.last for one in sources if one.last]
        return Report(
            generated=self._now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            version=__version__,
            python=platform.python_version(),
            platform=platform.platform(terse=True),
            rules_digest=scan.rules_digest or self._rules.digest,
            policy=_settings(request),
            key_id=scan.key_id,
            inputs=scan.inputs or request.logs,
            source=request.source,
            app=request.app,
            controls=tuple(judge(control, evidence) for control in request.controls),
            scan=scan,
            unseen=self._all_unseen(scan),
            files=evidence.files,
            source_files=source_files,
            source_digest=source_digest,
            heads=tuple(self._heads),
            author=request.author,
            notes=(*_GENERAL, *scan.remarks),
            first=min(first, key=moment_of, default=""),
            last=max(last, key=moment_of, default=""),
        )

    def _gathered(self) -> Evidence:
        request = self.request
        evidence = Evidence(
            rules=self._rules,
            policy=request.in_use,
            policy_name=request.in_use_name,
            refusals=_refusals(request.in_use),
            sinks=request.sinks,
            allowed=request.allowed,
            retention_days=request.retention_days,
            deep=request.deep is not None and not request.deep.not_checked,
            now=self._now,
        )
        if request.logs:
            evidence = self._with_logs(evidence)
        if request.source:
            evidence = replace(evidence, code=self._code())
        if request.app:
            evidence = self._with_service(evidence)
        if request.manifests:
            evidence = replace(evidence, redacted=tuple(self._redacted(path) for path in request.manifests))
        return evidence

    def _with_logs(self, evidence: Evidence) -> Evidence:
        """Read the logs: what is in them, what their records say, what the files are."""
        from logscrub.audit import scan
        from logscrub.comply.records import file_facts, recheck

        request = self.request
        paths = [path for path in request.logs if path != STDIN and not is_url(path)]
        self._tell("taking the digests of the files")
        facts = file_facts([path for path in request.logs if path != STDIN], storage_options=request.storage_options)
        # What a configuration finds too light to report is evidence all the same.
        policy = replace(request.policy, min_confidence=Confidence.LOW, min_severity=Severity.INFO)
        beside = self._beside(policy, evidence.rules)
        self._tell("looking for values")
        look = partial(
            scan,
            progress=self._progress,
            jobs=request.jobs,
            cluster=request.cluster,
            storage_options=request.storage_options,
        )
        result = look(request.logs, policy=policy, ledger=request.ledger, deep=request.deep)
        if beside is not None and STDIN not in request.logs and not result.interrupted:
            self._tell("looking for what is not looked for by default")
            result = _together(result, look(request.logs, policy=beside))
        evidence = replace(
            evidence,
            scan=result,
            looked_for=frozenset(rule for rule, _ in result.rules),
            streams=len(request.logs) - len(paths),
            read_once=STDIN in request.logs,
            past=self._past(result) if request.ledger is not None else None,
        )
        if not result.interrupted:
            evidence = self._with_records(evidence, policy)
        return replace(evidence, files=recheck(facts))

    def _beside(self, policy: Policy, rules: RuleSet) -> Policy | None:
        """Return a policy for what the clauses ask for and the policy does not look for; None if there is nothing.

        It has a scan of its own: the first one is that of ``logscrub scan``, with the same compiled rules and the same
        ledger; and where two matches overlap one is kept, but a control character must not hide the value it is in.
        """
        names: set[str] = set()
        for check in self._checks:
            for wanted in (check.settings.get("select", ()), *check.settings.get("all", ())):
                if "logs" in CHECKS[check.kind].needs:
                    names.update(chosen(rules, wanted))
        if "cards" in self._needs:
            names.update(chosen(rules, _CARDS))
        more = names - {one.id for one in policy.rules().everything()}
        return replace(policy, select=tuple(sorted(more))) if more else None

    def _with_records(self, evidence: Evidence, policy: Policy) -> Evidence:
        """Look at the records a second time, for what no finding says. Standard input is gone by then."""
        from logscrub.comply.records import cards, census, together
        from logscrub.comply.records.census import BUDGET

        request = self.request
        again = [path for path in request.logs if path != STDIN]
        if len(again) < len(request.logs):
            self._unseen.append(Unseen("standard input", "was read once: fields, times and cards were not looked at"))
        if not again:
            return evidence
        options = request.storage_options
        if "census" in self._needs:
            self._tell("looking at what records say")
            budget = sys.maxsize if request.every_record else BUDGET
            evidence = replace(evidence, census=census(again, storage_options=options, budget=budget))
        scan = evidence.scan
        assert scan is not None
        if "cards" in self._needs:
            self._tell("looking at card numbers")
            paths = _holding(scan, [chosen(evidence.rules, _CARDS)], again)
            evidence = replace(evidence, cards=cards(paths, policy, storage_options=options))
        groups = [groups_of(evidence, check.settings) for check in self._checks if check.kind == "together"]
        # One choice of rules for all of them: to compile another takes seconds.
        wanted = replace(policy, select=tuple(sorted({rule for one in groups for group in one for rule in group})))
        met = {}
        for one in groups:
            if all(one) and one not in met:
                paths = _holding(scan, one, again)
                met[one] = together(paths, [sorted(group) for group in one], wanted, storage_options=options)
        return replace(evidence, together=met)

    def _code(self) -> CodeResult:
        from logscrub.code.audit import CodeOptions, audit_code

        self._tell("reading source code")
        options = self.request.code_options or CodeOptions()
        inventory = any(check.kind == "request-data" for check in self._checks)
        result = audit_code(self.request.source, replace(options, inventory=inventory))
        self._unseen += [Unseen(one.path, one.reason) for one in result.problems if not one.partial]
        return result

    def _with_service(self, evidence: Evidence) -> Evidence:
        from logscrub.comply.service import examined

        self._tell("sending canaries through the service")
        try:
            return replace(evidence, service=examined(self.request.app, self.request.directory))
        except SetupError as error:
            self._unseen.append(Unseen(self.request.app, str(error)))
            return evidence

    def _past(self, result: ScanResult) -> Past:
        from logscrub.audit.verify import verify_ledger

        assert self.request.ledger is not None
        check = verify_ledger(self.request.ledger, self.request.policy.key)
        if check.head is not None:
            self._heads.append(Head(os.path.abspath(check.path), "ledger", check.head.run, check.head.link))
        runs = tuple(PastRun(one.ended, one.complete, one.findings) for one in result.history)
        return Past(ChainCheck(check.path, check.problems, check.unsealed), runs)

    def _redacted(self, path: str) -> Redacted:
        from logscrub.cleaning.verify import verify_manifest

        check = verify_manifest(path, self.request.policy.key)
        if check.head is not None:
            self._heads.append(Head(os.path.abspath(path), "manifest", check.head.run, check.head.link))
        changed = tuple(f"{visible(one.path)}: {one.state}" for one in check.files if one.state != "unchanged")
        chain = ChainCheck(path, check.problems, check.unchained)
        return Redacted(chain, len(check.files), check.values, changed, sealed=not check.unsealed)

    def _source_files(self, code: CodeResult | None) -> tuple[int, str]:
        """Return how many source files there are, and one digest over the digests of all."""
        if code is None:
            return 0, ""
        from logscrub.code.audit import CodeOptions, files_of

        total = hashlib.sha256()
        paths = files_of(self.request.source, self.request.code_options or CodeOptions())
        for path in paths:
            try:
                with open(path, "rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
            except OSError as error:
                self._unseen.append(Unseen(path, f"no digest: {error.strerror}"))
                continue
            total.update(f"{path}\0{digest}\n".encode("utf-8", "surrogateescape"))
        return len(paths), total.hexdigest()

    def _all_unseen(self, scan: ScanResult) -> tuple[Unseen, ...]:
        read = [Unseen(one.path, one.reason) for one in (*scan.errors, *scan.skipped)]
        said = [Unseen("scan", one) for one in (*scan.not_checked, *scan.limits)]
        if scan.interrupted:
            said.append(Unseen("scan", "was stopped before its end"))
        return (*self._unseen, *said, *read)[:_KEPT_OUT]


def _together(values: ScanResult, more: ScanResult) -> ScanResult:
    """Put what two scans of the same inputs found together; what was read is told once."""
    findings = sorted((*values.findings, *more.findings), key=lambda one: (-one.severity, -one.count))

    def both(name: str) -> tuple[Any, ...]:
        return tuple(dict.fromkeys((*getattr(values, name), *getattr(more, name))))

    return replace(
        values,
        findings=tuple(findings),
        rules=(*values.rules, *more.rules),
        errors=both("errors"),
        skipped=both("skipped"),
        limits=both("limits"),
        not_checked=both("not_checked"),
        suppressed=(*values.suppressed, *more.suppressed),
        elapsed=values.elapsed + more.elapsed,
        interrupted=values.interrupted or more.interrupted,
    )


def _holding(scan: ScanResult, groups: Iterable[Iterable[str]], paths: Sequence[str]) -> list[str]:
    """Return the inputs that have findings of each group of rules; all where a finding does not name all of them."""
    held: set[str] | None = None
    for group in groups:
        wanted = frozenset(group)
        matching = [one for one in scan.findings if one.rule in wanted]
        if any(one.file_count > len(one.files) for one in matching):
            return list(paths)
        found = {path.partition("!/")[0] for one in matching for path, _ in one.files}
        held = found if held is None else held & found
    return sorted((held or set()) - {STDIN})


def _refusals(policy: Policy | None) -> tuple[str, ...]:
    if policy is None:
        return ()
    from logscrub.lint import REFUSED, lint

    return tuple(str(one) for one in lint(policy) if one.severity == REFUSED)


def _settings(request: Request) -> tuple[tuple[str, str], ...]:
    policy = request.policy
    actions: Mapping[str, str] = policy.actions
    settings = {
        "policy in use": request.in_use_name,
        "select": ", ".join(policy.select),
        "ignore": ", ".join(policy.ignore),
        "actions": ", ".join(f"{name}: {action}" for name, action in actions.items()),
        "packs": ", ".join(policy.packs),
        "least severity": str(policy.min_severity),
        "least confidence": str(policy.min_confidence),
    }
    return tuple((name, value) for name, value in settings.items() if value)
