"""What several formats say alike: severities in the words of others, weaknesses by number, counted nouns."""

from __future__ import annotations

from logscrub.model import Severity

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
    """Return the title of a weakness (https://cwe.mitre.org).

    >>> weakness(532), weakness(99999)
    ('Insertion of Sensitive Information into Log File', 'CWE-99999')
    """
    return WEAKNESSES.get(number, f"CWE-{number}")


def weakness_address(number: int) -> str:
    """Return where a weakness is described."""
    return f"https://cwe.mitre.org/data/definitions/{number}.html"


def level(severity: Severity, words: tuple[str, str, str]) -> str:
    """Choose one of three words: for high and above, for medium, and for less.

    >>> level(Severity.CRITICAL, ("error", "warning", "note"))
    'error'
    """
    return words[0] if severity >= Severity.HIGH else words[1] if severity == Severity.MEDIUM else words[2]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "file"), counted(1200, "file")
    ('1 file', '1,200 files')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(number: float) -> str:
    """Return a number of bytes in words.

    >>> size(999), size(1234)
    ('999 bytes', '1.2 kB')
    """
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            break
        number /= 1000
    return f"{number:,.0f} {unit}" if unit == "bytes" else f"{number:,.1f} {unit}"
