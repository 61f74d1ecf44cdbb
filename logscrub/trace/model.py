"""What tracing comes to. None of it holds a raw value, and nothing of the source but the code of arguments."""

from __future__ import annotations

from dataclasses import dataclass

from logscrub.code.model import LogCall
from logscrub.findings import Finding, Place, ScanResult

MAX_ORIGINS = 20


@dataclass(frozen=True, slots=True)
class Origin:
    """A log call, and the argument of it, that printed a value.

    Attributes:
        call: the call.
        argument: index of the argument; None where the value stands in none that is known: in the text of the call
            itself, in what a formatter or adapter put around it, or in a traceback.
        weak: there is little to know the call by: take it as a hint.
        others: further calls that may as well have written the line.
        count: how often.
    """

    call: LogCall
    argument: int | None
    weak: bool
    others: tuple[LogCall, ...] = ()
    count: int = 1

    @property
    def expression(self) -> str:
        """The code of the argument, empty if there is none."""
        return "" if self.argument is None else self.call.arguments[self.argument].expression

    @property
    def name(self) -> str:
        """The name the argument is printed under, empty if there is none."""
        return "" if self.argument is None else self.call.arguments[self.argument].name

    def __str__(self) -> str:
        place = self.call.place
        text = " ".join(filter(None, (f"{place.path}:{place.line}", self.call.function, self.expression)))
        if self.others:
            text += f" (or one of {len(self.others)} other calls)" if len(self.others) > 1 else " (or another call)"
        return f"{text} (a hint)" if self.weak else text


@dataclass(frozen=True, slots=True)
class TracedFinding(Finding):
    """A finding, and where in the source it was printed.

    Attributes:
        sources: the most frequent first, at most 20; empty if no occurrence could be traced.
        untraced: occurrences that could not be.
        untraced_at: the first of them.
    """

    sources: tuple[Origin, ...] = ()
    untraced: int = 0
    untraced_at: Place | None = None


@dataclass(frozen=True, slots=True)
class CallCount:
    """What one log call wrote.

    Attributes:
        file, line: where it stands.
        function: what it stands in; empty for a call that only a ledger knows.
        lines: lines it wrote, if every line was traced.
        findings: (rule, occurrences) that were found in what it wrote, by rule.
        emitted: (rule, occurrences) that a filter took out, by rule.
    """

    file: str
    line: int
    function: str = ""
    logger: str = ""
    level: str = ""
    lines: int = 0
    findings: tuple[tuple[str, int], ...] = ()
    emitted: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many lines could be traced.

    Attributes:
        lines: all of them.
        traced: to one call.
        ambiguous: to several calls that fit equally well.
        weak: to a call, or several, with little to know them by.
        continued: further lines of a record.
        untraced: the rest.
    """

    lines: int = 0
    traced: int = 0
    ambiguous: int = 0
    weak: int = 0
    continued: int = 0
    untraced: int = 0


@dataclass(frozen=True, slots=True)
class TraceResult:
    """What tracing came to.

    Attributes:
        scan: the result of the scan; its findings are :class:`TracedFinding`.
        calls: the calls that wrote findings or, if every line was traced, lines: most findings first, then most lines.
        known: log calls of the source whose text is known.
        coverage: of all lines, if every line was traced.
    """

    scan: ScanResult
    calls: tuple[CallCount, ...] = ()
    known: int = 0
    coverage: Coverage | None = None

    @property
    def findings(self) -> tuple[TracedFinding, ...]:
        """The findings of the scan."""
        return tuple(one for one in self.scan.findings if isinstance(one, TracedFinding))
