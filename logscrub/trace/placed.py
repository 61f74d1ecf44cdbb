"""A ledger and the source: which log call each entry is of, and what an audit found there."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from logscrub.code.model import CodeFinding, CodeResult, Elsewhere, LogCall, Place
from logscrub.trace.ledger import Emitted

_INSTALLED = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True)
class Placed:
    """The counts of a ledger, by rule.

    Attributes:
        calls: those of calls, by number of the call.
        others: those that are of no call, or of one of several that fit equally well: by file, line and logger as the
            ledger has them, with the numbers of those calls.
    """

    calls: dict[int, Counter[str]]
    others: dict[tuple[str, int, str], tuple[Counter[str], tuple[int, ...]]]


def place(calls: Sequence[LogCall], ledger: Sequence[Emitted]) -> Placed:
    """Find the call of each entry of a ledger.

    A service logs where its modules are installed, which is not where the source was read: the file is the one whose
    path ends most like the entry's. What fits equally well in several files is not guessed.

    Args:
        calls: the log calls of the source. Of several on one line the first is taken.
        ledger: the entries.

    >>> call = LogCall(Place("src/shop/till.py", 8, 5, 10, 6), "pay", "logging", "LOG", "info", None, ())
    >>> file = "/srv/app/shop/till.py"
    >>> place([call], [Emitted(file, 8, "password", 2), Emitted(file, 9, "iban", 1)]).calls
    {0: Counter({'password': 2, 'iban': 1})}
    """
    placed = Placed({}, {})
    if not ledger:
        return placed
    files = _files(calls)
    nearest: dict[str, list[int]] = {}
    for entry in ledger:
        if entry.file not in nearest:
            nearest[entry.file] = _nearest(entry.file, files)
        fit = [number for number in nearest[entry.file] if calls[number].place.overlaps(entry.line, entry.line)]
        fit = [number for number in fit if calls[number].logger == entry.logger] or fit
        # A call may stand within another one; the record names the line where it begins.
        fit.sort(key=lambda number: (calls[number].place.line != entry.line, _height(calls[number].place), number))
        first = {os.path.abspath(calls[number].place.path): number for number in reversed(fit)}
        if len(first) == 1:
            counts = placed.calls.setdefault(fit[0], Counter())
        else:
            key = entry.file, entry.line, entry.logger
            counts, _ = placed.others.setdefault(key, (Counter(), tuple(sorted(first.values()))))
        counts[entry.rule] += entry.count
    return placed


def with_ledger(result: CodeResult, ledger: Sequence[Emitted]) -> CodeResult:
    """Add to what an audit found how often a filter took something out of the output of each call.

    Args:
        result: of an audit of the source as it was when the ledger was written. Calls without a finding are known only
            if it has an inventory.
        ledger: what :func:`logscrub.trace.ledger.read_ledger` read.

    Returns:
        The same result: findings, and those suppressed, with ``emitted`` where the ledger has their call, and
        ``emitted_elsewhere``. Order, severities and fingerprints stay as they are.

    >>> from logscrub.code.model import Kind
    >>> from logscrub.model import Severity
    >>> at = Place("src/till.py", 8)
    >>> found = CodeFinding("r", Kind.NAME, Severity.HIGH, "password", at, "pay", "info", "pw", "", "", (), "")
    >>> entries = [Emitted("/srv/till.py", 8, "password", 12), Emitted("/srv/gone.py", 3, "iban", 1)]
    >>> told = with_ledger(CodeResult(findings=(found,)), entries)
    >>> told.findings[0].emitted, [(one.path, one.line, one.emitted) for one in told.emitted_elsewhere]
    ((('password', 12),), [('/srv/gone.py', 3, (('iban', 1),))])
    """
    findings = (*result.findings, *(one.finding for one in result.suppressed))
    leaky = {finding.place for finding in findings}
    # Of several calls on one line, one with a finding is the likelier: it comes first.
    calls = sorted(result.calls or map(_call_of, findings), key=lambda call: call.place not in leaky)
    placed = place(calls, ledger)
    emitted: defaultdict[Place, Counter[str]] = defaultdict(Counter)
    for number, counts in placed.calls.items():
        emitted[calls[number].place].update(counts)

    def told(finding: CodeFinding) -> CodeFinding:
        return replace(finding, emitted=_ordered(emitted[finding.place])) if finding.place in emitted else finding

    by_place = {calls[number].place: calls[number] for number in placed.calls}
    elsewhere = [
        Elsewhere(call.place.path, call.place.line, call.logger, _ordered(emitted[at]), (call,))
        for at, call in by_place.items()
        if at not in leaky
    ]
    elsewhere += [
        Elsewhere(file, line, logger, _ordered(counts), tuple(calls[number] for number in numbers))
        for (file, line, logger), (counts, numbers) in placed.others.items()
    ]
    elsewhere.sort(key=lambda one: (-sum(count for _, count in one.emitted), one.path, one.line, one.logger))
    return replace(
        result,
        findings=tuple(map(told, result.findings)),
        suppressed=tuple(replace(one, finding=told(one.finding)) for one in result.suppressed),
        emitted_elsewhere=tuple(elsewhere),
    )


def _call_of(finding: CodeFinding) -> LogCall:
    return LogCall(finding.place, finding.function, "", "", finding.level, None, ())


def _ordered(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _height(span: Place) -> int:
    return max(span.line, span.end_line) - span.line


def _files(calls: Sequence[LogCall]) -> dict[str, dict[str, list[int]]]:
    """Return the numbers of calls by the name and the path of their file."""
    by_path: defaultdict[str, list[int]] = defaultdict(list)
    for number, call in enumerate(calls):
        by_path[call.place.path].append(number)
    files: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
    for path, numbers in by_path.items():
        # Absolute, so that a file named from within its package is known by its package too.
        whole = os.path.abspath(path)
        files[_steps(whole)[0]].setdefault(whole, []).extend(numbers)
    return files


def _nearest(file: str, files: dict[str, dict[str, list[int]]]) -> list[int]:
    """Return the numbers of the calls in the file, or files, whose path ends most like that of ``file``."""
    steps = _steps(file)
    shared = {path: _shared(steps, _steps(path)) for path in files.get(steps[0], ())}
    most = max(shared.values(), default=0)
    # An installed module is known by its whole dotted name: that of another package is no module of the project.
    least = min((steps.index(name) for name in _INSTALLED if name in steps), default=0)
    if most < least:
        return []
    return [number for path, count in shared.items() if count == most for number in files[steps[0]][path]]


def _steps(path: str) -> list[str]:
    return path.replace("\\", "/").split("/")[::-1]


def _shared(one: list[str], other: list[str]) -> int:
    """Count the steps that two paths share at their ends."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
