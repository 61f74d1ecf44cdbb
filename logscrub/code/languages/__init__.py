"""Leaks in JavaScript, TypeScript, Java and Go: names, the flow inside a file, and the common loggers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logscrub.code.model import CodeFinding, LogCall, Problem

if TYPE_CHECKING:
    from logscrub.code.languages.names import Judge

LANGUAGES = {
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".jsx": "javascript",
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "tsx",
    ".java": "java",
    ".go": "go",
}
"""Which language a file is in, by its suffix."""

_BUILT = (".min.js", ".min.mjs", ".bundle.js", ".d.ts", ".pb.go")


@dataclass(frozen=True, slots=True)
class FileResult:
    """What an audit of one file found.

    Attributes:
        findings: by line and column.
        calls: every log call.
        problems: why the file was not read, or not wholly.
    """

    findings: tuple[CodeFinding, ...] = ()
    calls: tuple[LogCall, ...] = ()
    problems: tuple[Problem, ...] = ()


def wants(path: str) -> bool:
    """Tell whether a file is in one of the languages; what was built or generated is not.

    >>> wants("src/login.ts"), wants("dist/app.min.js"), wants("app.py")
    (True, False, False)
    """
    name = os.path.basename(path).lower()
    return os.path.splitext(name)[1] in LANGUAGES and not name.endswith(_BUILT)


def audit_file(path: str, data: bytes, judge: Judge) -> FileResult:
    """Find leaks in the source of one file.

    Args:
        path: the file; its suffix says the language.
        data: its content.
        judge: the judge of names, such as ``logscrub.code.words.Words``.

    Raises:
        MissingExtraError: the parsers are not installed.
        PackError: a table of names is missing.

    >>> from logscrub.code.knowledge import load
    >>> from logscrub.code.words import Words
    >>> found = audit_file("a.js", b"logger.info('user %s', password)", Words(load()))
    >>> [(one.rule, one.place.line, one.printed) for one in found.findings]
    [('code.secret-in-log', 1, 'user [password]')]
    """
    from logscrub.code.languages.audit import audit

    return audit(path, data, judge)
