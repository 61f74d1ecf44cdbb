"""What flows between the parts of the code auditor. Nothing here holds a literal of the code that may be a secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from logscrub.model import Severity


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A span of source text.

    Attributes:
        path: the file, as it was named or found below a named directory.
        line: first line, from 1.
        column: first column in characters, from 1.
        end_line: last line.
        end_column: the column after the last character.

    >>> Place("app.py", 3, 5, 3, 9).overlaps(1, 3)
    True
    """

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    def overlaps(self, first: int, last: int) -> bool:
        """Tell whether the span touches lines ``first`` to ``last``."""
        return self.line <= last and max(self.line, self.end_line) >= first


class Kind(StrEnum):
    """How a leak comes about; the categories of real leaks that maintainers fixed."""

    NAME = "name"  # the printed expression itself has a sensitive name
    FLOW = "flow"  # a neutral name that holds something sensitive
    CONTAINER = "container"  # a whole object, one of whose fields is sensitive
    HTTP = "http"  # headers, cookies, bodies
    URL = "url"  # an address that may carry credentials
    COMMAND = "command"  # a command line or its output
    EXCEPTION = "exception"  # the text of an exception
    LOCALS = "locals"  # locals(), vars(), __dict__, all options
    TRACE = "trace"  # a wrapper that prints the arguments of whatever it wraps
    REPR = "repr"  # __repr__ or __str__ of an object with a sensitive field
    DECLARATION = "declaration"  # declared without secret=True, no_log=True, repr=False

    def __str__(self) -> str:
        return self.value


class Sensitivity(StrEnum):
    """What an argument of a log call is judged to be."""

    SECRET = "secret"  # noqa: S105 - the word for it
    PERSONAL = "personal"
    BULK = "bulk"  # a whole object, address, command or answer: whatever it holds
    METADATA = "metadata"  # operational: ids, counts, names, states
    MASKED = "masked"  # sensitive, and sanitized on the way
    LITERAL = "literal"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a value on its way to the log.

    Attributes:
        place: where.
        text: what happens there, in words; expressions are shown with their literals left out.
    """

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Argument:
    """One value a log call prints.

    Attributes:
        expression: the code of it, literals left out.
        place: its span.
        name: the name it is printed under, where the template says one (``%(user)s``, ``{user}``, ``user=``).
        sensitivity: what it is judged to be.
        field: the field of the lexicon it falls under, empty for none.
    """

    expression: str
    place: Place
    name: str = ""
    sensitivity: Sensitivity = Sensitivity.METADATA
    field: str = ""


@dataclass(frozen=True, slots=True)
class LogCall:
    """One call that writes to a log, to the screen, or into an exception.

    Attributes:
        place: span of the whole call.
        function: qualified name of what it stands in (``Manager.start``), ``<module>`` outside of any.
        sink: the kind of output: ``logging``, ``loguru``, ``structlog``, ``print``, ``warnings``, ``raise``, …
        receiver: the code before the method (``LOG``, ``self.log``), empty for a function.
        level: ``debug`` … ``critical``, in the words of the standard library; empty where it is not known.
        parts: the printed text: literal pieces (``str``) and indexes into ``arguments`` (``int``), in order. None
            where the text is not known before the call runs.
        arguments: the values that are printed.
        logger: the name of the logger as far as known (``nova.compute.manager``), empty if not.
    """

    place: Place
    function: str
    sink: str
    receiver: str
    level: str
    parts: tuple[str | int, ...] | None
    arguments: tuple[Argument, ...]
    logger: str = ""

    @property
    def template(self) -> str:
        """The printed text with ``{}`` for each value.

        >>> LogCall(Place("a.py", 1), "f", "logging", "LOG", "info", ("user ", 0, " came"), ()).template
        'user {} came'
        """
        if self.parts is None:
            return "{}"
        return "".join(part if isinstance(part, str) else "{}" for part in self.parts)


@dataclass(frozen=True, slots=True)
class Repair:
    """A change of the source that would close a leak.

    Attributes:
        action: ``mask`` wraps the expression at ``place``; ``declare`` adds ``text`` as a keyword argument to the call
            at ``place``.
        place: span of the expression or of the call.
        text: for ``declare`` the keyword argument (``secret=True``); for ``mask`` the code of the mask function the
            project uses itself, empty for logscrub's own.
        name: the field of the lexicon, for the label of the mask.
    """

    action: str
    place: Place
    text: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class CodeFinding:
    """A value that should not be printed, and how it gets there.

    Attributes:
        rule: what was found, as an id (``code.secret-in-log``).
        kind: how the leak comes about.
        severity: high for a known secret that is printed as it is; low for what is reported with ``bulk`` only.
        field: field of the lexicon (``password``), or what kind of object it is (``http-headers``).
        place: the call that prints it, or the declaration.
        function: qualified name of what the call stands in.
        level: level of the log call, empty if not known.
        expression: the code of the argument, literals left out.
        message: one sentence that says what is printed.
        printed: what the log would show, with markers in place of values.
        steps: from the source to the call, in order; the last one is the call.
        fix: what to do, in a sentence.
        repair: the same as a change of the source; None where a person has to decide.
        cwe: numbers of the weaknesses (https://cwe.mitre.org).
        fingerprint: stays the same when lines move.
        note: anything else worth knowing (``a logscrub filter is installed``).
        emitted: (rule, times) that a filter took something out of what the call wrote, if a ledger tells; the most
            frequent first.
    """

    rule: str
    kind: Kind
    severity: Severity
    field: str
    place: Place
    function: str
    level: str
    expression: str
    message: str
    printed: str
    steps: tuple[Step, ...]
    fix: str
    repair: Repair | None = None
    cwe: tuple[int, ...] = (532,)
    fingerprint: str = ""
    note: str = ""
    emitted: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that someone looked at.

    Attributes:
        finding: the finding.
        reason: why it is no matter.
        by: where that was said: ``comment`` or ``baseline``.
    """

    finding: CodeFinding
    reason: str
    by: str = "comment"


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be read, or not wholly.

    Attributes:
        reason: why, without any of its content.
        partial: some of it was read all the same.
    """

    path: str
    reason: str
    line: int = 0
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a filter took out of a log call that has no finding.

    Attributes:
        path, line: where the call stands; as the ledger has it, if that is not one call of the project.
        logger: name of the logger, empty if not known.
        emitted: (rule, times), the most frequent first.
        calls: the call; none if the project has none there, several if they fit equally well.
    """

    path: str
    line: int
    logger: str
    emitted: tuple[tuple[str, int], ...]
    calls: tuple[LogCall, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeResult:
    """What an audit of source code found.

    Attributes:
        findings: by path, line and column.
        suppressed: findings left out of ``findings`` by a comment or a baseline.
        calls: every log call, if the inventory was asked for.
        problems: files not read, or read in part.
        files: number of files looked at.
        lines: number of their lines.
        audited: number of log calls looked at.
        below: number of findings not reported for their severity; ``bulk`` looks further and may show more.
        rules_digest: identity of the rules in force.
        elapsed: seconds.
        interrupted: the user stopped it; what was found until then is there.
        emitted_elsewhere: what a filter took out where nothing was found, the most frequent first; None without a
            ledger.
    """

    findings: tuple[CodeFinding, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    calls: tuple[LogCall, ...] = ()
    problems: tuple[Problem, ...] = ()
    files: int = 0
    lines: int = 0
    audited: int = 0
    below: int = 0
    rules_digest: str = ""
    elapsed: float = field(default=0.0, compare=False)
    interrupted: bool = False
    emitted_elsewhere: tuple[Elsewhere, ...] | None = None
