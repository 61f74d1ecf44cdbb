"""Audit source code: files → gate → modules → printed values → findings."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from logscrub.code.files import source_files
from logscrub.code.model import CodeFinding, CodeResult, Problem, Suppressed
from logscrub.code.suppress import apply
from logscrub.model import Severity

if TYPE_CHECKING:
    from logscrub.code.engine import Engine

Progress = Callable[[str, int, int], None]
PYTHON = (".py", ".pyw")
_held: list[object] | None = None


@dataclass(frozen=True, slots=True)
class CodeOptions:
    """What an audit of source code looks at and reports.

    Attributes:
        bulk: also report what is printed as a whole without a known sensitive part: objects, addresses, commands.
        inventory: list every log call.
        tests: read tests too.
        exclude: globs of paths to leave out.
        min_severity: report findings of this severity or worse.
        jobs: number of processes; 0 for as many as there are processors.
        languages: read JavaScript, TypeScript, Java and Go: True, False, or None for "if the parsers are installed".
        loggers: further names of loggers, or of functions that log.
        sanitizers: further names of functions that make a value safe to print.
        sensitive: further names that are secret.
        safe: names that are not, whatever the lexicon says.
        cache: remember what was found, for as long as no file changes.
    """

    bulk: bool = False
    inventory: bool = False
    tests: bool = False
    exclude: tuple[str, ...] = ()
    min_severity: Severity = Severity.INFO
    jobs: int = 0
    languages: bool | None = None
    loggers: tuple[str, ...] = ()
    sanitizers: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    safe: tuple[str, ...] = ()
    cache: bool = True

    @property
    def lowest(self) -> Severity:
        """The least severity that is reported."""
        return self.min_severity if self.bulk else max(self.min_severity, Severity.MEDIUM)


def audit_code(
    paths: Sequence[str | os.PathLike[str]], options: CodeOptions | None = None, progress: Progress | None = None
) -> CodeResult:
    """Find the log calls that print secrets and personal data. The code is read, never run.

    Args:
        paths: files and directories.
        options: what to look at and report.
        progress: called after each file with its path, the number done and the number in all.

    Raises:
        PackError: the rules, or what is known of libraries, cannot be read.
        MissingExtraError: ``languages`` is asked for and their parsers are not installed.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     path = pathlib.Path(place, "login.py")
    ...     code = "import logging\\ndef f(user, password):\\n    logging.info('%s %s', user, password)\\n"
    ...     _ = path.write_text(code)
    ...     found = audit_code([path]).findings
    >>> [(one.rule, one.place.line, one.expression, str(one.severity)) for one in found]
    [('code.secret-in-log', 3, 'password', 'high')]
    """
    options = options or CodeOptions()
    started = time.perf_counter()
    collecting = gc.isenabled()
    gc.disable()  # trees are many small objects that live to the end: collecting them again and again is in vain
    try:
        return replace(
            _audited([os.fspath(path) for path in paths], options, progress), elapsed=time.perf_counter() - started
        )
    finally:
        if _held is not None:
            gc.freeze()
        if collecting:
            gc.enable()


def hold_memory() -> None:
    """Never free what audits build: for a program that ends after them, with ``os._exit``.

    Freeing millions of nodes one by one takes as long as a fifth of the audit.
    """
    global _held
    _held = []


def files_of(paths: Sequence[str | os.PathLike[str]], options: CodeOptions | None = None) -> list[str]:
    """Return the files that an audit of these paths reads, in its order.

    Args:
        paths: files and directories.
        options: what to look at.
    """
    from logscrub.code.engine import Engine

    options = options or CodeOptions()
    engine = Engine(options)
    return [one for one in _found([os.fspath(path) for path in paths], engine, options) if isinstance(one, str)]


def _found(paths: list[str], engine: Engine, options: CodeOptions) -> Iterator[str | Problem]:
    return source_files(paths, engine.knowledge, (*PYTHON, *engine.suffixes), options.tests, options.exclude)


def _audited(paths: list[str], options: CodeOptions, progress: Progress | None) -> CodeResult:
    from logscrub.code.engine import Engine, Outcome
    from logscrub.code.remember import Memory

    engine = Engine(options)
    files: list[str] = []
    problems: list[Problem] = []
    for found in _found(paths, engine, options):
        if isinstance(found, Problem):
            problems.append(found)
        else:
            files.append(found)
    if _held is not None:
        _held.append(engine)
    memory = Memory(engine, files) if options.cache else None
    outcome: Outcome | None = memory.recall() if memory is not None else None
    if outcome is None:
        outcome = engine.run(files, progress)
        if memory is not None and not outcome.interrupted:
            memory.keep(outcome)
    elif progress is not None and files:
        progress(files[-1], len(files), len(files))
    kept, suppressed, remarks = _suppressed(outcome.findings, engine.source, files, options)
    return CodeResult(
        findings=kept,
        suppressed=suppressed,
        calls=outcome.calls if options.inventory else (),
        problems=(*problems, *outcome.problems, *remarks),
        files=len(files),
        lines=outcome.lines,
        audited=outcome.audited,
        below=sum(one.severity < options.lowest for one in outcome.findings),
        rules_digest=engine.digest,
        interrupted=outcome.interrupted,
    )


def _suppressed(
    findings: tuple[CodeFinding, ...], source: Callable[[str], bytes], files: list[str], options: CodeOptions
) -> tuple[tuple[CodeFinding, ...], tuple[Suppressed, ...], list[Problem]]:
    """Findings of every severity are asked: a comment is not stale because its finding is not shown."""
    kept, suppressed, remarks = apply(findings, source, None, files)
    lowest = options.lowest
    return (
        tuple(one for one in kept if one.severity >= lowest),
        tuple(one for one in suppressed if one.finding.severity >= lowest),
        remarks,
    )
