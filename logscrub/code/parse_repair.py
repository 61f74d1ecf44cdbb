"""What to do with a file that does not parse: translate it, then leave out statement by statement what is broken."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from logscrub.code.parse_python2 import translate
from logscrub.code.parse_scan import CLOSE, OPEN, Logical, Token, count_breaks, logical_lines

ATTEMPTS = 20
# Characters of the longest text that is mended: it takes a microsecond and some hundred bytes for each.
LONGEST = 1_000_000
# Characters to parse again and again, all attempts together: what bounds the time for one broken file.
BUDGET = 8_000_000
# Operators of one logical line beyond which its tree would be too deep.
_DEEP = 1000

_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7}|={7})(?=[ \r\n]|\Z)", re.MULTILINE)
_OTHER_LINE = re.compile(r" on line (\d+)")
# What stays of the head of a block, so that the block is read all the same.
_HEADS = {
    "elif": "elif True:",
    "else": "else:",
    "except": "except Exception:",
    "finally": "finally:",
    "try": "try:",
    "case": "case _:",
    "if": "if True:",
    "for": "for _ in ():",
    "while": "while True:",
    "with": "if True:",
    "async": "if True:",
}
_SAME_BLOCK = frozenset({"elif", "else", "except", "finally"})
_LINE_BREAK = re.compile(r"\r\n|\r|\n")

FAULTS = (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError)


@dataclass(slots=True)
class Repaired:
    """What came out.

    Attributes:
        tree: None if nothing could be read.
        cuts: line and reason of what was left out or replaced.
    """

    tree: ast.Module | None
    cuts: list[tuple[int, str]] = field(default_factory=list)


def repair(text: str, parse: Callable[[str], ast.Module], deep: bool = False) -> Repaired:
    """Parse a text that is no Python 3.

    Args:
        text: the source.
        parse: parses source, raising one of ``FAULTS``.
        deep: leave out the statements that are nested too deeply before it is called at all.
    """
    result = Repaired(None)
    if len(text) > LONGEST:
        result.cuts.append((0, f"not Python 3, and too long to be mended (more than {LONGEST:,} characters)"))
        return result
    source = _without_conflicts(text, result)
    units = logical_lines(source)
    for unit in units:
        for token in unit.tokens:
            if token.kind == "command":
                result.cuts.append((unit.line, "command of IPython"))
            elif token.kind in {"hole", "tag"}:
                result.cuts.append((unit.line, "placeholder of a template"))
                break
    translate(units, source)
    if deep:
        _cut_deepest(units, result)
    for _ in range(min(ATTEMPTS, BUDGET // (len(text) + 1))):
        try:
            result.tree = parse("".join([unit.text for unit in units]))
            return result
        except SyntaxError as error:
            if not _mend(units, error, result):
                break
        except (RecursionError, MemoryError):
            if not _cut_deepest(units, result):
                break
        except (ValueError, OverflowError):
            break
    result.tree = _by_blocks(units, parse, result)
    return result


def _without_conflicts(text: str, result: Repaired) -> str:
    """Make comments of the marks of a merge conflict; both sides stay."""
    if not re.search(r"^<{7} ", text, re.MULTILINE):
        return text
    result.cuts.extend(
        (count_breaks(text[: found.start()]) + 1, "merge conflict")
        for found, _ in zip(re.finditer(r"^<{7} ", text, re.MULTILINE), range(ATTEMPTS))
    )
    return _CONFLICT.sub("#######", text)


def _at(units: list[Logical], line: int) -> int:
    """Index of the logical line that holds a line; the last one with code before it if that one has none."""
    low, high = 0, len(units) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if units[middle].line <= line:
            low = middle
        else:
            high = middle - 1
    while low > 0 and not units[low].code:
        low -= 1
    return low


def _first_word(unit: Logical) -> str:
    code = unit.code
    return unit.tokens[code[0]].text if code else ""


def _mend(units: list[Logical], error: SyntaxError, result: Repaired) -> bool:
    """Change the logical line at fault. Tell whether there was one to change."""
    if not units or not error.lineno:
        return False
    message = error.msg or ""
    index = _at(units, error.lineno)
    unit = units[index]
    before = unit.text
    if message.startswith("expected an indented block") and (other := _OTHER_LINE.search(message)):
        index = _at(units, int(other[1]))
        unit = units[index]
        before = unit.text
        if code := unit.code:
            unit.tokens[code[-1]].text += " pass"
    elif message.startswith("expected 'except' or 'finally'"):
        index = _open_try(units, index)
        if index < 0:
            return False
        unit = units[index]
        before = unit.text
        unit.tokens[unit.code[0]].text = "if 1"
    elif isinstance(error, IndentationError):
        return _reindent(units, index, result)
    elif "was never closed" in message or "unterminated" in message or _unbalanced(unit):
        _cut_first_line(units, index, error.lineno)
        unit = units[index]
    else:
        _cut(unit)
    if units[index].text == before:
        return False
    result.cuts.append((unit.line, "statement not understood"))
    return True


def _unbalanced(unit: Logical) -> bool:
    texts = [token.text for token in unit.tokens if token.kind == "op"]
    return sum(text in OPEN for text in texts) > sum(text in CLOSE for text in texts)


def _cut(unit: Logical) -> None:
    """Leave only a placeholder of a logical line, as many lines long."""
    code = unit.code
    if not code:
        unit.tokens = [Token("name", "\n" * unit.breaks)]
        return
    word = unit.tokens[code[0]].text
    name = unit.tokens[code[1]] if len(code) > 1 else None
    if word == "class" and name is not None and name.kind == "name" and name.text.isidentifier():
        text = f"class {name.text}:"
    elif word == "def" and name is not None and name.kind == "name" and name.text.isidentifier():
        text = f"def {name.text}(*args, **kwargs):"
    else:
        text = _HEADS.get(word, "")
    if unit.tokens[code[-1]].text != ":":
        text = f"{text} pass" if word in _SAME_BLOCK or word == "try" else "pass"
    elif not text:
        text = "if True:"
    unit.tokens = [Token("space", unit.indent), Token("name", text), Token("newline", "\n" * unit.breaks)]


def _cut_first_line(units: list[Logical], index: int, line: int) -> None:
    """Leave out the lines of a logical line up to ``line``, and read the rest of it anew."""
    unit = units[index]
    text, end, skip = unit.text, 0, max(1, line - unit.line + 1)
    for found in _LINE_BREAK.finditer(text):
        end = found.end()
        skip -= 1
        if not skip:
            break
    if skip or end == len(text):
        _cut(unit)
        return
    head = Logical([Token("space", unit.indent), Token("name", "pass"), Token("newline", text[:end])], unit.line)
    head.tokens[2].text = "\n" * count_breaks(text[:end])
    units[index : index + 1] = [head, *logical_lines(text[end:], unit.line + head.breaks)]


def _open_try(units: list[Logical], index: int) -> int:
    """Index of the ``try`` without an end that lies before a logical line, -1 if there is none."""
    closed: set[str] = set()
    for position in range(index, -1, -1):
        word = _first_word(units[position])
        if word in {"except", "finally"} and position < index:
            closed.add(units[position].indent)
        elif word == "try":
            if units[position].indent not in closed:
                return position
            closed.discard(units[position].indent)
    return -1


def _reindent(units: list[Logical], index: int, result: Repaired) -> bool:
    """Move a logical line, and those below it with the same indent or more, to the indent of the one above."""
    bad = len(units[index].indent)
    above = next((position for position in range(index - 1, -1, -1) if units[position].code), -1)
    indent = units[above].indent if above >= 0 else ""
    if bad < len(indent):  # it ends a block that did not begin there: the nearest one that did
        while above >= 0 and (len(units[above].indent) > bad or not units[above].code):
            above -= 1
        indent = units[above].indent if above >= 0 else ""
    if len(indent) >= bad:
        return False
    for unit in units[index:]:
        if not unit.code:
            continue
        if len(unit.indent) < bad:
            break
        unit.tokens[0].text = indent + unit.indent[bad:]
    result.cuts.append((units[index].line, "indent not understood"))
    return True


def _cut_deepest(units: list[Logical], result: Repaired) -> bool:
    """Leave out the logical lines with the most operators and brackets. Tell whether there were any."""
    found = False
    for unit in units:
        if len(unit.tokens) > _DEEP and sum(token.kind in {"op", "name"} for token in unit.tokens) > _DEEP:
            _cut(unit)
            result.cuts.append((unit.line, "nested too deeply"))
            found = True
    return found


def _by_blocks(units: list[Logical], parse: Callable[[str], ast.Module], result: Repaired) -> ast.Module | None:
    """Parse each statement that starts at the margin by itself and leave out those that do not parse."""
    blocks: list[list[Logical]] = []
    decorated = False
    for unit in units:
        word = _first_word(unit)
        starts = bool(word) and not unit.indent and word not in _SAME_BLOCK and not decorated
        if starts or not blocks:
            blocks.append([])
        blocks[-1].append(unit)
        if word:
            decorated = word == "@"
    pieces = []
    for block in blocks:
        text = "".join([unit.text for unit in block])
        try:
            parse(text)
        except FAULTS:
            result.cuts.append((block[0].line, "block not understood"))
            text = "\n" * count_breaks(text)
        pieces.append(text)
    try:
        return parse("".join(pieces))
    except FAULTS:
        return None
