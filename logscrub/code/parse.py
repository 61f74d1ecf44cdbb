r"""From the bytes of a source file to a syntax tree. The code is never run.

Good Python 3 costs one call of :func:`ast.parse` and little else. Anything else is translated or mended by
:mod:`logscrub.code.parse_repair`, which is only imported then.
"""

from __future__ import annotations

import ast
import codecs
import re
import warnings
from dataclasses import dataclass

from logscrub.code.model import Problem

MAX_BYTES = 8_000_000
MAX_DEPTH = 500
# For files that look generated: a megabyte of operators takes some seconds and 400 MB to parse.
MAX_GENERATED_BYTES = 2_000_000

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
# https://peps.python.org/pep-0263/
_COOKIE = re.compile(
    rb"[ \t\f]*(?:#[^\r\n]*?coding[:=][ \t]*([-\w.]+)"
    rb"|(?:#[^\r\n]*)?(?:\r\n|\r|\n)[ \t\f]*#[^\r\n]*?coding[:=][ \t]*([-\w.]+))"
)
# Not encodings of source code: they take time beyond measure, or change what is a line.
_REFUSED_CODECS = frozenset({"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7"})
_CHEVRON = re.compile(rb"^[ \t]*print[ \t]*>>", re.MULTILINE)
_LONG_LINE = 1000
_WINDOW = 4000
_MANY_ELIF = 200
# Each makes a tree one level deeper that brackets do not, of which the parser takes no more than 200.
_DEEPENING = tuple(b"+ - * / % | & ^ ~ @ << >> . )( ][ not await lambda else".split())
# An import of a name with very many dots takes the parser quadratic time.
_DOTTED = re.compile(r"(?:\.\s*+(?:\\\s*+)?\w++\s*+(?:\\\s*+)?)++")
_MANY_DOTS = 1000
_SHOWN_CUTS = 50


@dataclass(frozen=True, slots=True)
class Parsed:
    """A source file, read.

    Attributes:
        tree: None if it could not be read. Lines of its nodes are lines of ``text``, where only ``\\n``, ``\\r\\n`` and
            ``\\r`` end a line (unlike ``str.splitlines``).
        text: the source as decoded, without a byte order mark; None if the file was refused.
        problems: what could not be read. ``partial`` where the rest was.
        encoding: ``text.encode(encoding)`` gives the bytes of the file.
        exact: columns of the tree are those of ``text``. False for a file that was translated or mended: nothing must
            be written at a place that such a tree names.
    """

    tree: ast.Module | None
    text: str | None
    problems: tuple[Problem, ...] = ()
    encoding: str = "utf-8"
    exact: bool = True


def parse(data: bytes, path: str) -> Parsed:
    r"""Parse a source file of Python 2 or 3, as much of it as can be understood.

    Statements that are nested, chained or concatenated more than ``MAX_DEPTH`` deep are replaced by ``pass``, so a
    visitor needs that many levels of recursion and a few for its caller. The check looks only at files that show signs
    of such code (lines beyond 1,000 characters, hundreds of operators or of ``elif`` without a statement between).
    Code made to slip past it is held by the interpreter alone, at 3,000 to 10,000 levels: a visitor that recurses must
    be ready for RecursionError. Raise the recursion limit to 30,000 at most, or Python 3.11 builds trees deeper still.

    Args:
        data: content of the file.
        path: its name, for problems.

    Returns:
        The tree, or the reason why there is none. Never raises for what ``data`` holds.

    >>> parsed = parse(b"try:\n    print 'hi'\nexcept IOError, e:\n    pass\n", "old.py")
    >>> ast.unparse(parsed.tree)
    "try:\n    print('hi')\nexcept IOError as e:\n    pass"
    >>> parse(b"def f(:\n  return 1\n", "half.py").problems
    (Problem(path='half.py', reason='statement not understood', line=1, partial=True),)
    """
    if len(data) > MAX_BYTES:
        return Parsed(None, None, (Problem(path, f"more than {MAX_BYTES:,} bytes"),))
    if b"\0" in data and data[:2] not in _UTF16 and data.count(0) > 8:
        return Parsed(None, None, (Problem(path, "a binary file"),))
    suspicious = _suspicious(data)
    if suspicious and len(data) > MAX_GENERATED_BYTES:
        reason = f"more than {MAX_GENERATED_BYTES:,} bytes with very long lines or statements"
        return Parsed(None, None, (Problem(path, reason),))
    text, encoding, reason = _decode(data)
    problems = [Problem(path, reason, 1, partial=True)] if reason else []
    dotted = suspicious and any(name[0].count(".") > _MANY_DOTS for name in _DOTTED.finditer(text))
    tree: ast.Module | None = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if not dotted and not _has_chevron(data):
                tree = ast.parse(text)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
            tree = None
        exact = tree is not None
        if not exact:
            from logscrub.code.parse_repair import repair

            repaired = repair(text, ast.parse, deep=dotted)
            tree = repaired.tree
            cuts = sorted(set(repaired.cuts))
            problems += [Problem(path, why, line, partial=tree is not None) for line, why in cuts[:_SHOWN_CUTS]]
            if len(cuts) > _SHOWN_CUTS:
                problems.append(Problem(path, f"{len(cuts) - _SHOWN_CUTS} more faults", 0, partial=tree is not None))
            if tree is None and not cuts:
                problems.append(Problem(path, "not Python"))
    if suspicious and tree is not None:
        problems += [Problem(path, "nested too deeply", line, partial=True) for line in _limit_depth(tree)]
    return Parsed(tree, text, tuple(problems), encoding, exact)


def _decode(data: bytes) -> tuple[str, str, str]:
    """Decode source: text, encoding, and what was wrong with it."""
    if data[:2] in _UTF16:
        encoding = _UTF16[data[:2]]
        try:
            return data[2:].decode(encoding), "utf-16", "encoded in UTF-16, which Python does not run"
        except UnicodeDecodeError:
            return data.decode("latin-1"), "latin-1", "not valid in its encoding"
    reason = ""
    found = _COOKIE.match(data)
    if found is not None and not data.startswith(_UTF8_BOM):
        name = (found[1] or found[2]).decode("latin-1")
        try:
            codec = codecs.lookup(name)
            if codec.name not in _REFUSED_CODECS and codec.name != "utf-8":
                text = data.decode(name)
                if _COOKIE.match(text[:1000].encode("utf-8", "replace")) and text.isascii() == data.isascii():
                    return text, codec.name, ""
            if codec.name != "utf-8":
                reason = "its encoding is not one for source code"
        except (LookupError, ValueError):
            reason = "not valid in its encoding"
    try:
        if data.startswith(_UTF8_BOM):
            return data.decode("utf-8-sig"), "utf-8-sig", reason
        return data.decode(), "utf-8", reason
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1", reason or "not valid UTF-8"


def _suspicious(data: bytes) -> bool:
    """Look for signs of a very deep tree, at a few finds per thousand lines."""
    if data.count(b"elif") > _MANY_ELIF:
        return True
    rfind, length = data.rfind, len(data)
    start = 0
    while start + _LONG_LINE < length:
        start = rfind(b"\n", start, start + _LONG_LINE) + 1
        if not start:
            return True
    operators = 0
    for start in range(0, length, _WINDOW):
        end = start + _WINDOW
        # What no expression holds, unless in a string or a comment.
        if rfind(b" = ", start, end) >= 0 or rfind(b"def ", start, end) >= 0 or rfind(b"return", start, end) >= 0:
            operators = 0
            continue
        window = data[start:end]
        operators += sum(map(window.count, _DEEPENING))
        if operators > MAX_DEPTH:
            return True
    return False


def _has_chevron(data: bytes) -> bool:
    """Look for ``print >>log, x``, which Python 3 parses as something else."""
    return b">>" in data and (b"print >>" in data or b"print>>" in data) and _CHEVRON.search(data) is not None


def _limit_depth(tree: ast.Module) -> list[int]:
    """Replace what lies deeper than ``MAX_DEPTH`` by ``pass``, from the statement it is in. Lines of these."""
    lines: list[int] = []
    level: list[tuple[ast.AST, list[ast.stmt], int]] = [(node, tree.body, at) for at, node in enumerate(tree.body)]
    for _ in range(MAX_DEPTH):
        below: list[tuple[ast.AST, list[ast.stmt], int]] = []
        for node, home, index in level:
            for name in node._fields:
                value = getattr(node, name, None)
                if isinstance(value, list):
                    for at, item in enumerate(value):
                        if isinstance(item, ast.stmt):
                            below.append((item, value, at))
                        elif isinstance(item, ast.AST):
                            below.append((item, home, index))
                elif isinstance(value, ast.AST):
                    below.append((value, home, index))
        level = below
        if not level:
            return lines
    for _, home, index in level:
        deep = home[index]
        if not isinstance(deep, ast.Pass):
            lines.append(deep.lineno)
            home[index] = ast.copy_location(ast.Pass(), deep)
    return sorted(lines)
