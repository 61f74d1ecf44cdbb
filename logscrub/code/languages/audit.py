"""One file: is it worth parsing, parse it, read it, read it again with what the first reading taught."""

from __future__ import annotations

import os
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from logscrub.code.languages import LANGUAGES, FileResult
from logscrub.code.languages.names import Judge, Names, is_lexical
from logscrub.code.languages.sinks import Sinks
from logscrub.code.languages.tables import loggers, shared
from logscrub.code.model import Problem
from logscrub.errors import MissingExtraError

if TYPE_CHECKING:
    from tree_sitter import Language, Node

_LARGEST = 4 << 20
_LONGEST_LINE = 256 << 10
# Code that people wrote has shorter lines.
_MINIFIED_FROM = 100 << 10
_MINIFIED_LINE = 160
_GRAMMARS = {
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "java": ("tree_sitter_java", "language"),
    "go": ("tree_sitter_go", "language"),
}
_TABLES = {"typescript": "javascript", "tsx": "javascript"}
# The second reading knows what functions are given and what they give back.
_READINGS = 2


@lru_cache(maxsize=len(_GRAMMARS))
def _grammar(language: str) -> Language:
    from tree_sitter import Language

    module, function = _GRAMMARS[language]
    return Language(getattr(import_module(module), function)())


def _unreadable(data: bytes) -> str:
    if len(data) > _LARGEST:
        return f"is larger than {_LARGEST >> 20} MiB"
    if b"\0" in data:
        return "is not text"
    lines = data.split(b"\n")
    if max(map(len, lines)) > _LONGEST_LINE:
        return f"has a line of more than {_LONGEST_LINE >> 10} KiB"
    if len(data) > _MINIFIED_FROM and len(data) > len(lines) * _MINIFIED_LINE:
        return "is minified"
    return ""


def _first_error(root: Node) -> int:
    """Return the line of the first syntax error."""
    node = root
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error), None)
        if inner is None:
            break
        node = inner
    return node.start_point[0] + 1


def audit(path: str, data: bytes, judge: Judge) -> FileResult:
    """Find leaks in the source of one file; see ``audit_file``."""
    language = LANGUAGES[os.path.splitext(path)[1].lower()]
    tables = loggers(_TABLES.get(language, language))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode("utf-8")
    if tables.prefilter.search(data) is None:
        return FileResult()
    reason = _unreadable(data)
    if reason:
        return FileResult(problems=(Problem(path, reason),))
    try:
        from tree_sitter import Parser

        from logscrub.code.languages.flow import Flow
        from logscrub.code.languages.scopes import Learnt

        grammar = _grammar(language)
    except ImportError:
        raise MissingExtraError("auditing JavaScript, TypeScript, Java and Go", "languages") from None
    root = Parser(grammar).parse(data).root_node
    reader = import_module(f"logscrub.code.languages.{_TABLES.get(language, language)}").read
    common = shared()
    names = Names(judge, common, lexical=is_lexical(path, data))
    lines = data.split(b"\n")
    sinks = Sinks(tables, common.not_logs)
    learnt = Learnt()
    for reading in range(_READINGS):
        flow = Flow(path, lines, reader, names, common, sinks, learnt, bare_structs=language == "go")
        flow.run(root)
        learnt = flow.learnt
        if reading == 0 and not flow.findings and not learnt.is_worth_another():
            break
    problems: list[Problem] = []
    if root.has_error:
        line = _first_error(root)
        problems.append(Problem(path, "has a syntax error, and was read around it", line, partial=True))
    if flow.too_deep:
        problems.append(Problem(path, "is nested too deeply, and was not read at its deepest", partial=True))
    if flow.too_long:
        problems.append(Problem(path, "is too long, and was read in part", partial=True))
    findings = sorted(set(flow.findings), key=lambda one: (one.place, one.rule, one.expression))
    return FileResult(tuple(findings), tuple(flow.calls), tuple(problems))
