"""What reports say about kinds of leaks, and in which order."""

from __future__ import annotations

from collections.abc import Iterable

from logscrub.code.model import CodeFinding, Kind, Step

KINDS = {
    Kind.NAME: "A value with a sensitive name is printed.",
    Kind.FLOW: "A value that comes from something sensitive is printed under another name.",
    Kind.CONTAINER: "A whole object is printed, and one of its fields is sensitive.",
    Kind.HTTP: "Headers, cookies or the body of a request or an answer are printed.",
    Kind.URL: "An address that may carry credentials is printed.",
    Kind.COMMAND: "A command line or its output, which may carry credentials, is printed.",
    Kind.EXCEPTION: "The text of an exception, which may carry what was being worked on, is printed.",
    Kind.LOCALS: "All variables or all options are printed at once.",
    Kind.TRACE: "A wrapper prints the arguments of whatever it wraps.",
    Kind.REPR: "An object shows a sensitive field wherever it is printed.",
    Kind.DECLARATION: "Something secret is declared without being marked as such.",
}


def told(finding: CodeFinding) -> str:
    """Say in one paragraph what is wrong and what to do."""
    message = finding.message.removesuffix(".")
    return f"{message}. Fix: {finding.fix}" if finding.fix else message


def taken_out(emitted: Iterable[tuple[str, int]]) -> str:
    """Say how often a filter took out what.

    >>> taken_out([("password", 12000), ("email", 1)])
    'password 12,000 times, email once'
    """
    return ", ".join(f"{rule} once" if count == 1 else f"{rule} {count:,} times" for rule, count in emitted)


def story(finding: CodeFinding) -> tuple[Step, ...]:
    """Return the steps of a finding; none if they tell no more than the finding: all are on the line of the call."""
    here = finding.place.path, finding.place.line
    return finding.steps if any((step.place.path, step.place.line) != here for step in finding.steps) else ()


def worst_first(findings: Iterable[CodeFinding]) -> list[CodeFinding]:
    """Order findings for readers that only take so many."""
    return sorted(findings, key=lambda one: (-one.severity, one.place))
