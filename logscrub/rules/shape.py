"""What an expression can be, read from its parse tree: width, line breaks, literal prefix, and a gate for it.

Expressions are bytes expressions, so ``\\w``, ``\\d``, ``\\s``, ``\\b`` and case folding have their ASCII meaning. The
tree comes from the standard library's parser; the gate expressions derived from it are plain enough (bytes, classes,
groups, repeats, ``\\b``) for Hyperscan to compile exactly, and report at least once inside every match of the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]
from typing import Any

_ALL = frozenset(range(256))
_DIGIT = frozenset(b"0123456789")
_WORD = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_SPACE = frozenset(b" \t\n\r\f\v")
_CATEGORIES = {
    sre.CATEGORY_DIGIT: _DIGIT,
    sre.CATEGORY_NOT_DIGIT: _ALL - _DIGIT,
    sre.CATEGORY_WORD: _WORD,
    sre.CATEGORY_NOT_WORD: _ALL - _WORD,
    sre.CATEGORY_SPACE: _SPACE,
    sre.CATEGORY_NOT_SPACE: _ALL - _SPACE,
}
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_ZERO_WIDTH = (sre.ASSERT, sre.ASSERT_NOT, sre.AT)
# A bounded repeat this long costs the gate a counter; without its bound it costs one state.
_LONG_REPEAT = 48
# A class of so few bytes is spelled out by the engine: ``gh[pousr]_`` is five literals.
_FEW = 8
_MOST_FORMS = 24
_LONGEST_GATE = 3000
_LONGEST_REST = 100
_MOST_NAMES = 3000
_LEAST_ANCHOR = 4

Node = tuple[Any, Any]


class ShapeError(ValueError):
    """An expression uses something rules may not use; the message says what, never with data."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of an expression without running it.

    Attributes:
        gates: Hyperscan expressions; at least one of them matches inside every match.
        prefix: literal bytes every match starts with; public knowledge of the format, safe to show.
        min_width: least bytes a match has.
        max_width: most bytes a match has; -1 where a repeat has no upper bound.
        spans_lines: a match may hold a line break.
        groups: names of its groups.
    """

    gates: tuple[str, ...]
    prefix: bytes
    min_width: int
    max_width: int
    spans_lines: bool
    groups: frozenset[str]


def analyse(expression: str) -> Shape:
    """Read the shape of an expression.

    Args:
        expression: an ASCII expression in the syntax shared by ``re`` and ``regex``.

    Raises:
        ShapeError: it does not parse, is not ASCII, or uses a back-reference or conditional.

    >>> shape = analyse(r"(?<![A-Z])(?P<secret>AKIA[A-Z2-7]{16,20})(?![A-Z])")
    >>> shape.gates, shape.prefix, shape.max_width
    (('(?:AKIA[2-7A-Z]{16})',), b'AKIA', 24)
    """
    if not expression.isascii():
        raise ShapeError("only ASCII is allowed in an expression; words in other scripts belong in context or words")
    try:
        tree = sre_parser.parse(expression.encode("ascii"))
    except re.error as error:
        raise ShapeError(f"does not parse: {error.msg} at position {error.pos}") from None
    fold = bool(tree.state.flags & sre.SRE_FLAG_IGNORECASE)
    nodes = list(tree)
    if tree.state.flags & sre.SRE_FLAG_DOTALL or any(
        op is sre.SUBPATTERN and av[1] & sre.SRE_FLAG_DOTALL for op, av in _walk(nodes)
    ):
        raise ShapeError("the flag s can match a line break anywhere; write a class for what may be matched")
    low, high = tree.getwidth()
    if low == 0:
        raise ShapeError("can match nothing at all")
    unbounded = any(op in _REPEATS and av[1] is sre.MAXREPEAT for op, av in _walk(nodes))
    spans_lines = any(10 in members for members in _consumed(nodes, fold))
    head = _before_line_break(nodes, fold) if spans_lines else nodes
    return Shape(
        gates=_gates(_trim(head, fold), fold),
        prefix=_prefix(nodes, fold),
        min_width=int(low),
        max_width=-1 if unbounded else int(high),
        spans_lines=spans_lines,
        groups=frozenset(tree.state.groupdict),
    )


def following(expression: str) -> tuple[str, ...]:
    """Return gate expressions that match from the first byte of every match on, to look for what is before it as well.

    Args:
        expression: an expression :func:`analyse` has accepted, on one line.

    >>> following(r"(?<![0-9])[A-Z]{0,2}[0-9]{6,14}(?![0-9])")
    ('[A-Z]{0,2}[0-9]{6}',)
    """
    tree = sre_parser.parse(expression.encode("ascii"))
    fold = bool(tree.state.flags & sre.SRE_FLAG_IGNORECASE)
    return _gates(_trim_end(list(tree), at_end=True), fold)


def lead(expression: str) -> tuple[bytes, tuple[bytes, ...]] | None:
    """Return how matches begin, where that is a run of some bytes before a fixed sign: no match begins before the run.

    Args:
        expression: an expression :func:`analyse` has accepted.

    Returns:
        The bytes of the run, and the signs one of which follows it; ``None`` if matches begin otherwise.

    >>> lead(r"(?<![.])(?P<secret>[a-c]{1,9}(?:@|%40)[a-z]+)")
    (b'abc', (b'@', b'%40'))
    """
    tree = sre_parser.parse(expression.encode("ascii"))
    if tree.state.flags & sre.SRE_FLAG_IGNORECASE:
        return None
    nodes = _opened(tree)
    if len(nodes) < 2 or nodes[0][0] not in _REPEATS or len(nodes[0][1][2]) != 1:
        return None
    repeated, members = nodes[0][1][2][0]
    run = _members(repeated, members, False)
    op, av = nodes[1]
    forms = [list(form) for form in av[1]] if op is sre.BRANCH else [[nodes[1]]]
    if run is None or any(not form or any(one[0] is not sre.LITERAL for one in form) for form in forms):
        return None
    signs = tuple(bytes(code for _, code in form) for form in forms)
    return None if any(sign[0] in run for sign in signs) else (bytes(sorted(run)), signs)


def _opened(nodes: Any) -> list[Node]:
    """The nodes of an expression that take up bytes, its first ones outside of any group."""
    found: list[Node] = []
    for op, av in nodes:
        if op in _ZERO_WIDTH:
            continue
        if op is sre.SUBPATTERN and not (av[1] or av[2]):
            found += _opened(av[3])
        else:
            found.append((op, av))
    return found


def beyond_ascii(gate: str) -> bool:
    """Tell whether a gate expression can only match text that holds a byte beyond ASCII.

    >>> beyond_ascii(r"\\xc3\\xa9t"), beyond_ascii(r"(?:a|\\xc3)t[\\x80-\\xff]*")
    (True, False)
    """
    return _high(sre_parser.parse(gate.encode("ascii")))


def _high(nodes: Any) -> bool:
    return any(_node_high(op, av) for op, av in nodes)


def _node_high(op: Any, av: Any) -> bool:
    if op is sre.BRANCH:
        return all(_high(branch) for branch in av[1])
    if op is sre.SUBPATTERN:
        return _high(av[3])
    if op in _REPEATS:
        return bool(av[0]) and _high(av[2])
    members = _members(op, av, False)
    return members is not None and min(members, default=0) > 0x7F


def literal(word: str) -> str:
    """Write a word, in any letter case of its script, as a gate expression.

    >>> literal("pin")
    '[Pp][Ii][Nn]'
    """
    return "".join(
        _class(_both_cases({ord(letter)}))
        if letter.isascii()
        else "(?:" + "|".join(_bytes(form) for form in sorted({letter.lower(), letter.upper()})) + ")"
        for letter in word
    )


def anchor(gate: str) -> int:
    """Return how many bytes of fixed text every match of an expression holds in one piece, whatever their case.

    An engine finds text of three bytes and more at many times the speed of anything else.

    >>> anchor("ghp_[0-9A-Za-z]{36}"), anchor("[0-9a-f]{32}-us[0-9]"), anchor("[0-9]{3}-[0-9]{2}")
    (4, 3, 1)
    """
    return _anchor(list(sre_parser.parse(gate.encode("ascii"))))


def _anchor(nodes: Sequence[Node]) -> int:
    best = run = 0
    for op, av in nodes:
        members = _members(op, av, False)
        if members is not None and len(set(map(_lower, members))) <= _FEW:
            run += 1
        elif op in _REPEATS and av[0] == av[1] and len(av[2]) == 1 and av[2][0][0] is sre.LITERAL:
            run += av[0]
        elif op not in _ZERO_WIDTH:
            run = 0
            inner = _children(op, av)
            if inner and not (op in _REPEATS and av[0] == 0):
                best = max(best, min(_anchor(child) for child in inner))
        best = max(best, run)
    return best


def _lower(byte: int) -> int:
    return byte + 32 if 65 <= byte <= 90 else byte


def _bytes(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode("utf-8"))


def _walk(nodes: Sequence[Node]) -> Iterator[Node]:
    for op, av in nodes:
        yield op, av
        for child in _children(op, av):
            yield from _walk(child)


def _children(op: Any, av: Any) -> list[list[Node]]:
    if op is sre.BRANCH:
        return [list(branch) for branch in av[1]]
    if op is sre.SUBPATTERN:
        return [list(av[3])]
    if op in _REPEATS:
        return [list(av[2])]
    if op is sre.ATOMIC_GROUP:
        return [list(av)]
    return []


def _consumed(nodes: Sequence[Node], fold: bool) -> Iterator[frozenset[int]]:
    """Every set of bytes that some part of the expression consumes."""
    for op, av in nodes:
        members = _members(op, av, fold)
        if members is not None:
            yield members
        if op is sre.SUBPATTERN:
            yield from _consumed(list(av[3]), _folds(av, fold))
        else:
            for child in _children(op, av):
                yield from _consumed(child, fold)


def _folds(subpattern: Any, fold: bool) -> bool:
    _, add, remove, _ = subpattern
    return (fold or bool(add & sre.SRE_FLAG_IGNORECASE)) and not remove & sre.SRE_FLAG_IGNORECASE


def _both_cases(members: set[int] | frozenset[int]) -> frozenset[int]:
    text = bytes(sorted(members))
    return frozenset(text.lower() + text.upper())


def _members(op: Any, av: Any, fold: bool) -> frozenset[int] | None:
    """The bytes one single-byte node accepts, or ``None`` for any other node."""
    if op is sre.ANY:
        return _ALL - {10}
    if op is sre.LITERAL or op is sre.NOT_LITERAL:
        one = _both_cases({av}) if fold else frozenset({av})
        return one if op is sre.LITERAL else _ALL - one
    if op is not sre.IN:
        return None
    negate = False
    members: set[int] = set()
    for kind, value in av:
        if kind is sre.NEGATE:
            negate = True
        elif kind is sre.LITERAL:
            members.add(value)
        elif kind is sre.RANGE:
            members.update(range(value[0], value[1] + 1))
        elif kind is sre.CATEGORY:
            members |= _CATEGORIES[value]
        else:
            raise ShapeError(f"a class may not hold {kind}")
    closed = _both_cases(members) if fold else frozenset(members)
    return _ALL - closed if negate else closed


def _class(members: frozenset[int]) -> str:
    """Write a set of bytes as an expression for one byte."""
    ordered = sorted(members)
    if len(ordered) == 1:
        return _escape(ordered[0])
    ranges: list[tuple[int, int]] = []
    for byte in ordered:
        if ranges and byte == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], byte)
        else:
            ranges.append((byte, byte))
    parts = [_escape(a) if a == b else f"{_escape(a)}{'' if b == a + 1 else '-'}{_escape(b)}" for a, b in ranges]
    return "[" + "".join(parts) + "]"


def _escape(byte: int) -> str:
    return chr(byte) if byte in _WORD else f"\\x{byte:02x}"


def _join(nodes: Sequence[Node], fold: bool) -> str:
    return "".join(_emit(op, av, fold) for op, av in nodes)


def _emit(op: Any, av: Any, fold: bool) -> str:
    members = _members(op, av, fold)
    if members is not None:
        return _class(members)
    if op is sre.BRANCH:
        return "(?:" + "|".join(_join(list(branch), fold) for branch in av[1]) + ")"
    if op is sre.SUBPATTERN:
        return "(?:" + _join(list(av[3]), _folds(av, fold)) + ")"
    if op is sre.ATOMIC_GROUP:
        return "(?:" + _join(list(av), fold) + ")"
    if op in _REPEATS:
        low, high, child = av
        inner = _join(list(child), fold)
        if not inner:
            return ""
        if not (len(child) == 1 and child[0][0] in (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY)):
            inner = f"(?:{inner})"
        return inner + _count(low, high)
    if op is sre.AT and av is sre.AT_BOUNDARY:
        return "\\b"
    # A record begins and ends where the text does, or a line.
    if op is sre.AT and av is sre.AT_BEGINNING_STRING:
        return r"(?:^|\n)"
    if op is sre.AT and av is sre.AT_END_STRING:
        return r"(?:$|[\r\n])"
    if op in _ZERO_WIDTH:
        return ""
    raise ShapeError(f"{str(op).lower().replace('_', ' ')} is not allowed in an expression")


def _gates(nodes: list[Node], fold: bool) -> tuple[str, ...]:
    whole = _join(nodes, fold)
    if len(whole) > _LONGEST_GATE:
        # Hundreds of names, then what follows them: the engine takes the names one by one.
        names, rest = _leading(nodes, fold)
        if names and min(map(anchor, names)) >= _LEAST_ANCHOR:
            following = _join(rest, fold)
            return tuple(name + following for name in names) if len(following) <= _LONGEST_REST else tuple(names)
    forms = tuple(_join(one, fold) for one in _alternatives(nodes, fold))
    return forms if max(map(anchor, forms)) >= anchor(whole) + 2 else (whole,)


def _alternatives(nodes: list[Node], fold: bool) -> list[list[Node]]:
    """Spell out alternatives as expressions of their own: each then has its own literal for the engine to look for."""
    forms: list[list[Node]] = [[]]
    for op, av in nodes:
        branches = _branches(op, av, fold)
        if len(branches) > 1 and len(branches) * len(forms) <= _MOST_FORMS:
            forms = [[*form, *branch] for form in forms for branch in branches]
        else:
            for form in forms:
                form.append((op, av))
    return forms


def _leading(nodes: Sequence[Node], fold: bool) -> tuple[list[str], Sequence[Node]]:
    """Spell out the first thing a match consists of, if that is a choice; and give what follows."""
    for place, (op, av) in enumerate(nodes):
        if op in _ZERO_WIDTH:
            continue
        forms = _spell([(op, av)], fold) if op in (sre.BRANCH, sre.SUBPATTERN) else []
        if not forms or any(forms):
            return forms, nodes[place + 1 :]
    return [], ()


def _spell(nodes: Sequence[Node], fold: bool) -> list[str]:
    """Every form of a sequence with all its choices made."""
    forms = [""]
    for op, av in nodes:
        if op is sre.BRANCH:
            tails = [form for branch in av[1] for form in _spell(list(branch), fold)]
        elif op is sre.SUBPATTERN:
            tails = _spell(list(av[3]), _folds(av, fold))
        else:
            tails = [_emit(op, av, fold)]
        if len(forms) * len(tails) > _MOST_NAMES:
            return []
        forms = [form + tail for form in forms for tail in tails]
    return forms


def _branches(op: Any, av: Any, fold: bool) -> list[list[Node]]:
    if op is sre.BRANCH:
        return [list(branch) for branch in av[1]]
    if op is sre.SUBPATTERN and _folds(av, fold) == fold and len(av[3]) == 1:
        op, av = av[3][0]
        return _branches(op, av, fold)
    return []


def _count(low: int, high: Any) -> str:
    if high is sre.MAXREPEAT or high > max(_LONG_REPEAT, low):
        return "*" if low == 0 else "+" if low == 1 else f"{{{low},}}"
    if low == high:
        return "" if low == 1 else f"{{{low}}}"
    return "?" if (low, high) == (0, 1) else f"{{{low},{high}}}"


def _trim(nodes: Sequence[Node], fold: bool) -> list[Node]:
    """Cut the repeats at both ends to their minimum: one report for a token, not one for each byte of its tail."""
    return list(reversed(_trim_end(list(reversed(_trim_end(list(nodes), at_end=True))), at_end=False)))


def _trim_end(nodes: list[Node], *, at_end: bool) -> list[Node]:
    """Trim the last node (of a list already turned round when ``at_end`` is false)."""
    kept = list(nodes)
    boundary: list[Node] = []
    while kept:
        op, av = kept[-1]
        if op in _ZERO_WIDTH:
            # A word boundary may only stay beside something of fixed width.
            boundary.append(kept.pop())
        elif op in _REPEATS and av[0] != av[1]:
            boundary.clear()
            kept.pop()
            if av[0] > 0:
                kept.append((op, (av[0], av[0], av[2])))
                return kept
        elif op is sre.SUBPATTERN:
            inner = list(av[3])
            trimmed = (
                _trim_end(inner, at_end=True)
                if at_end
                else list(reversed(_trim_end(list(reversed(inner)), at_end=False)))
            )
            if trimmed != inner:
                boundary.clear()
            kept.pop()
            if trimmed:
                kept.append((op, (av[0], av[1], av[2], trimmed)))
                return kept + list(reversed(boundary))
        else:
            return kept + list(reversed(boundary))
    return kept


def _before_line_break(nodes: Sequence[Node], fold: bool) -> list[Node]:
    """The leading part that stays on one line: how a rule over several lines announces itself."""
    head: list[Node] = []
    for op, av in nodes:
        if any(10 in members for members in _consumed([(op, av)], fold)):
            if op is sre.SUBPATTERN and not head:
                return _before_line_break(list(av[3]), _folds(av, fold))
            if op is sre.SUBPATTERN:
                head.extend(_before_line_break(list(av[3]), _folds(av, fold)))
            break
        head.append((op, av))
    if not any(op not in _ZERO_WIDTH for op, _ in head):
        raise ShapeError("starts with something that matches a line break; give an explicit trigger")
    return head


def _prefix(nodes: Sequence[Node], fold: bool) -> bytes:
    out = bytearray()
    for op, av in nodes:
        if op in _ZERO_WIDTH:
            continue
        if op is sre.LITERAL and not fold:
            out.append(av)
            continue
        if op is sre.SUBPATTERN and not _folds(av, fold):
            out += _prefix(list(av[3]), fold)
        break
    return bytes(out)
