"""What reports say about kinds of leaks, weaknesses and places."""

from __future__ import annotations

import os
from collections.abc import Iterable
from urllib.parse import quote

from logscrub.code.model import CodeFinding, Kind, Step
from logscrub.code.suppress import project_path
from logscrub.model import Severity

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

WEAKNESSES = {
    200: "Exposure of Sensitive Information to an Unauthorized Actor",
    201: "Insertion of Sensitive Information Into Sent Data",
    209: "Generation of Error Message Containing Sensitive Information",
    214: "Invocation of Process Using Visible Sensitive Information",
    215: "Insertion of Sensitive Information Into Debugging Code",
    312: "Cleartext Storage of Sensitive Information",
    359: "Exposure of Private Personal Information to an Unauthorized Actor",
    497: "Exposure of Sensitive System Information to an Unauthorized Control Sphere",
    522: "Insufficiently Protected Credentials",
    532: "Insertion of Sensitive Information into Log File",
    598: "Use of GET Request Method With Sensitive Query Strings",
}


def weakness(number: int) -> str:
    """Return the title of a weakness.

    >>> weakness(532), weakness(99999)
    ('Insertion of Sensitive Information into Log File', 'CWE-99999')
    """
    return WEAKNESSES.get(number, f"CWE-{number}")


def weakness_address(number: int) -> str:
    """Return where a weakness is described."""
    return f"https://cwe.mitre.org/data/definitions/{number}.html"


def uri(path: str) -> str:
    """Return a path of the project as a relative URI reference (RFC 3986); as ``file:`` if it lies elsewhere.

    >>> uri("src/a b.py")
    'src/a%20b.py'
    """
    name = project_path(path)
    quoted = quote(os.fsencode(name))
    if os.path.isabs(name):
        return f"file://{quoted}" if quoted.startswith("/") else f"file:///{quoted}"
    return f"./{quoted}" if ":" in quoted.split("/", 1)[0] else quoted


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


def level(severity: Severity, words: tuple[str, str, str]) -> str:
    """Choose one of three words: for high and above, for medium, and for less.

    >>> level(Severity.CRITICAL, ("error", "warning", "note"))
    'error'
    """
    return words[0] if severity >= Severity.HIGH else words[1] if severity == Severity.MEDIUM else words[2]
