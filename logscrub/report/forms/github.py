"""Workflow commands of GitHub: what a step prints to make annotations.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterable

LEVELS = ("error", "warning", "notice")


def command(name: str, properties: Iterable[tuple[str, str]], message: str) -> str:
    r"""Return one command, on one line.

    >>> command("error", [("file", "a,b.py"), ("line", "3")], "100 %\nof it")
    '::error file=a%2Cb.py,line=3::100 %25%0Aof it'
    """
    told = ",".join(f"{key}={_escape(value, ':,')}" for key, value in properties)
    return f"::{name} {told}::{_escape(message)}"


def _escape(text: str, more: str = "") -> str:
    for letter in f"%\r\n{more}":
        text = text.replace(letter, f"%{ord(letter):02X}")
    return text
