"""The work of an audit: every file gated, the project's shapes learnt, then file after file judged."""

from __future__ import annotations

import warnings
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from logscrub.code import knowledge as known
from logscrub.code.callers import Callers
from logscrub.code.declare import declarations
from logscrub.code.evidence import has_filter, has_own_filter
from logscrub.code.flow import Flow
from logscrub.code.gate import Gate, Hits
from logscrub.code.judge import QUIET_SINKS, entry_of, finding_of, judge, severity_of
from logscrub.code.model import CodeFinding, LogCall, Problem
from logscrub.code.module import Module
from logscrub.code.parse import MAX_BYTES
from logscrub.code.places import Places
from logscrub.code.position import Resolver
from logscrub.code.project import Project
from logscrub.code.shapes import Shapes
from logscrub.code.sinks import Sinks, Site
from logscrub.code.words import Words
from logscrub.machine import processors
from logscrub.model import Severity

if TYPE_CHECKING:
    from logscrub.code.audit import CodeOptions, Progress

_TEXTS = frozenset({"__repr__", "__str__", "__unicode__"})
# Fewer files than this are done before another process has started.
_WORTH_A_PROCESS = 200
_CHUNK = 32
_FILTERED = "a logscrub filter is installed in the project, which redacts this where it knows the value"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found in some files, whatever its severity.

    Attributes:
        calls: the inventory, if it was asked for.
        audited: number of log calls looked at.
    """

    findings: tuple[CodeFinding, ...] = ()
    calls: tuple[LogCall, ...] = ()
    problems: tuple[Problem, ...] = ()
    audited: int = 0
    lines: int = 0
    interrupted: bool = False


class Engine:
    """Everything that is needed to audit files.

    Args:
        options: what to look at.

    Raises:
        PackError: the rules, or what is known of libraries, cannot be read.
        MissingExtraError: languages are asked for whose parsers are not installed.
    """

    def __init__(self, options: CodeOptions) -> None:
        self.options = options
        self.knowledge = known.with_sanitizers(known.load(), options.sanitizers)
        self.words = Words(self.knowledge, options.sensitive, options.safe)
        self.digest = self.words.digest
        self.suffixes = _language_suffixes(options.languages)
        self._gate = Gate(self.knowledge, self.words.fields, options.loggers)
        self._contents: dict[str, bytes] = {}
        self._unreadable: dict[str, str] = {}
        self._hits: dict[str, Hits] = {}
        self._filtered = False
        self._own_filter = ""

    def source(self, path: str) -> bytes:
        """Return the content of a file; empty if it cannot be read."""
        data = self._contents.get(path)
        if data is None:
            data = b""
            try:
                with open(path, "rb") as stream:
                    data = stream.read(MAX_BYTES + 1)
            except OSError as error:
                self._unreadable[path] = f"cannot be read: {error.strerror or 'no reason given'}"
            self._contents[path] = data
        return data

    def run(self, files: Sequence[str], progress: Progress | None) -> Outcome:
        """Audit files as one project."""
        lines = self._prepare(files)
        interrupted = False
        outcomes: list[Outcome] = []
        done = 0
        try:
            for path, outcome in self._outcomes(files):
                outcomes.append(outcome)
                done += 1
                if progress is not None:
                    progress(path, done, len(files))
        except KeyboardInterrupt:
            interrupted = True
        problems = [Problem(path, reason) for path, reason in sorted(self._unreadable.items())]
        findings = _once(finding for outcome in outcomes for finding in outcome.findings)
        return Outcome(
            findings=tuple(sorted(findings, key=lambda one: (one.place, -one.severity, one.expression))),
            calls=tuple(call for outcome in outcomes for call in outcome.calls),
            problems=(*problems, *(problem for outcome in outcomes for problem in outcome.problems)),
            audited=sum(outcome.audited for outcome in outcomes),
            lines=lines,
            interrupted=interrupted,
        )

    def _prepare(self, files: Sequence[str]) -> int:
        """Pass over the bytes of all files: what they hold decides where else to look."""
        lines = 0
        self._shapes = Shapes(self.words)
        for path in files:
            data = self.source(path)
            lines += data.count(b"\n")
            if not path.endswith((".py", ".pyw")) and path.endswith(self.suffixes or ("\0",)):
                continue
            if b"\r" in data:  # ends a line for the parser
                data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            found = self._gate.lines(data)
            # Exceptions without the name of a secret are only looked at in bulk.
            is_silent = found.raises_only and not found.words and not self.options.bulk
            if (found.prints and not is_silent) or (found.declares and (found.words or b"Opt(" in data)):
                self._hits[path] = found
            if found.words:
                self._shapes.learn(path, _lines_of(data, found.words))
            self._filtered = self._filtered or has_filter(data)
            if not self._own_filter and has_own_filter(data):
                self._own_filter = path
        self._project = Project(files, self.source)
        self._flow = Flow(
            self.words,
            self.knowledge,
            self._shapes,
            Resolver(self._project.function, self._project.klass),
            self.options.bulk,
        )
        self._sinks = Sinks(self.knowledge, self._flow, self.options.loggers)
        self._callers = Callers(self._flow, self._sinks, self._hits.get)
        return lines

    def _outcomes(self, files: Sequence[str]) -> Iterator[tuple[str, Outcome]]:
        jobs = self.options.jobs or processors()
        if jobs > 1 and len(self._hits) >= _WORTH_A_PROCESS:
            context = _forking()
            if context is not None:
                yield from self._forked(files, context, jobs)
                return
        for path in files:
            yield path, self._file(path)

    def _forked(self, files: Sequence[str], context: Any, jobs: int) -> Iterator[tuple[str, Outcome]]:
        """Processes that share what was prepared; the order of the files stays."""
        global _SHARED
        _SHARED = self
        chunks = [files[at : at + _CHUNK] for at in range(0, len(files), _CHUNK)]
        with warnings.catch_warnings():
            # A thread that shows progress is no danger: the child never touches what it locks.
            warnings.simplefilter("ignore", DeprecationWarning)
            pool = context.Pool(jobs, _ignore_interrupt)
        try:
            for chunk, outcomes in zip(chunks, pool.imap(_chunk, chunks)):
                yield from zip(chunk, outcomes)
            pool.close()
        finally:
            pool.terminate()
            pool.join()
            _SHARED = None

    def _file(self, path: str) -> Outcome:
        try:
            if self.suffixes and path.endswith(self.suffixes) and not path.endswith((".py", ".pyw")):
                return self._other_language(path)
            hits = self._hits.get(path)
            return self._python(path, hits) if hits is not None else Outcome()
        except RecursionError:
            return Outcome(problems=(Problem(path, "is nested too deeply to be followed", partial=True),))

    def _other_language(self, path: str) -> Outcome:
        from logscrub.code.languages import audit_file

        found = audit_file(path, self.source(path), self.words)
        # A bundle that is not read is no failure: nobody wrote it by hand.
        problems = tuple(replace(problem, partial=True) for problem in found.problems)
        return Outcome(found.findings, found.calls, problems, len(found.calls))

    def _python(self, path: str, hits: Hits) -> Outcome:
        module = self._project.module(path)
        parsed = self._project.parsed(path)
        if module is None or parsed.text is None:
            return Outcome(problems=parsed.problems)
        places = Places(path, parsed.text)
        findings, calls, audited = self._calls(module, hits, places)
        if hits.declares:
            findings += declarations(
                module, self.knowledge, self.words, places, frozenset({*hits.words, *hits.declares})
            )
        if not parsed.exact:
            findings = [replace(one, repair=None) for one in findings]
        return Outcome(tuple(findings), tuple(calls), parsed.problems, audited)

    def _calls(self, module: Module, hits: Hits, places: Places) -> tuple[list[CodeFinding], list[LogCall], int]:
        findings: list[CodeFinding] = []
        calls: list[LogCall] = []
        audited = 0
        ordered = sorted({*hits.prints, *hits.words})
        lines = frozenset(ordered)
        for scope in module.scopes_with(ordered):
            is_text = scope.node is not None and scope.node.name in _TEXTS
            for site in self._sinks.of(scope, None if is_text else lines):
                leaks = judge(site, self._flow, self.words)
                if site.sink not in ("raise", "repr"):
                    audited += 1
                    if self.options.inventory:
                        calls.append(entry_of(site, leaks, self._flow, places))
                for leak in leaks:
                    severity = severity_of(leak.taint, site.sink)
                    if severity is not None:
                        findings.append(self._noted(finding_of(leak, site, severity, places), site))
            if _any_within(hits.words, scope):
                for leak, site, severity in self._callers.leaks(scope, frozenset(hits.words)):
                    other = site.position.scope.module
                    elsewhere = places if other is module else self._places(other.path)
                    findings.append(self._noted(finding_of(leak, site, severity, elsewhere), site))
        return findings, calls, audited

    def _places(self, path: str) -> Places:
        return Places(path, self._project.parsed(path).text or "")

    def _noted(self, finding: CodeFinding, site: Site) -> CodeFinding:
        if site.sink in QUIET_SINKS:
            return finding  # no filter of logging sees it
        if self._filtered and finding.severity > Severity.LOW:
            return replace(finding, severity=Severity(finding.severity - 1), note=_FILTERED)
        if self._own_filter and finding.severity >= Severity.HIGH:
            note = f"the project has a filter that redacts, in {self._own_filter}: see whether this passes it"
            return replace(finding, note=note)
        return finding


_SHARED: Engine | None = None


def _chunk(paths: Sequence[str]) -> list[Outcome]:
    assert _SHARED is not None
    return [_SHARED._file(path) for path in paths]


def _ignore_interrupt() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the children


def _forking() -> Any:
    """Processes that start with all that is in memory; None where the system has none."""
    import multiprocessing

    return multiprocessing.get_context("fork") if "fork" in multiprocessing.get_all_start_methods() else None


def _language_suffixes(wanted: bool | None) -> tuple[str, ...]:
    if wanted is False or (wanted is None and find_spec("tree_sitter") is None):
        return ()
    from logscrub.code.languages import LANGUAGES

    return tuple(LANGUAGES)


def _any_within(lines: list[int], scope: Any) -> bool:
    if scope.node is None:
        return bool(lines)
    at = bisect_left(lines, scope.node.lineno)
    return at < len(lines) and lines[at] <= (scope.node.end_lineno or 0)


def _once(findings: Iterable[CodeFinding]) -> list[CodeFinding]:
    """A value that many callers pass is one finding, and so is one that is printed twice by a call."""
    seen: dict[tuple[object, ...], CodeFinding] = {}
    for finding in findings:
        key = finding.place, finding.rule, finding.expression, finding.field
        before = seen.get(key)
        if before is None or before.severity < finding.severity:
            seen[key] = finding
    return list(seen.values())


def _lines_of(data: bytes, numbers: list[int]) -> list[tuple[int, str]]:
    lines = data.split(b"\n")
    return [(number, lines[number - 1][:1000].decode("latin-1")) for number in numbers if number <= len(lines)]
