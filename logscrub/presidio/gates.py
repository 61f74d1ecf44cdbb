"""Gate expressions for text expressions, whose ``\\w``, ``\\d``, ``\\s`` and ``\\b`` know all of Unicode.

Hyperscan would need its slow Unicode mode for them, valid UTF-8, and tables as recent as ours. So the gate looks at a
*view* of the text instead, one byte for a character: ASCII as it is, and for every other character a stand-in of the
same classes. An expression is rewritten to accept the stand-ins of what it accepts: the gate may report too much and
never too little.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import regex

from logscrub.rules.shape import _REPEATS, _ZERO_WIDTH, _both_cases, _class, _count, _folds, _trim_end, _walk

# A digit, a letter or mark, white space, and characters that are the other letter case of an ASCII one. Whatever else
# there is becomes "?", as the codec does it.
_DIGIT, _WORD, _SPACE, _OTHER = b"5_ ?"
_CASED = {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"}
_KINDS = frozenset((_DIGIT, _WORD, _SPACE, _OTHER, *b"isk"))
_ASCII = frozenset(range(128))
_LINE_END = frozenset(b"\r\n")
_GUARDS = (sre.AT, sre.ASSERT, sre.ASSERT_NOT)
_CATEGORIES = {
    sre.CATEGORY_DIGIT: (frozenset(b"0123456789"), frozenset((_DIGIT,))),
    sre.CATEGORY_WORD: (
        frozenset(byte for byte in _ASCII if chr(byte).isalnum() or byte == _WORD),
        frozenset((_DIGIT, _WORD, *b"isk")),
    ),
    sre.CATEGORY_SPACE: (frozenset(b" \t\n\r\f\v"), frozenset((_SPACE,))),
}
_NEGATED = {
    sre.CATEGORY_NOT_DIGIT: sre.CATEGORY_DIGIT,
    sre.CATEGORY_NOT_WORD: sre.CATEGORY_WORD,
    sre.CATEGORY_NOT_SPACE: sre.CATEGORY_SPACE,
}
# What ``regex`` reads otherwise than the standard library does, without either refusing it: fuzzy matching, classes
# with a name and of a set.
_OTHERWISE = re.compile(r"\{[eisd\d<=,]*[eisd]|\[\[|\[:\^?\w+:\]")
# Flags for the whole expression, which ``regex`` allows anywhere in it.
_INLINE = re.compile(r"(?<!\\)\(\?([aimsux]+)\)")
_FLAGS = {
    int(regex.IGNORECASE): re.IGNORECASE,
    int(regex.MULTILINE): re.MULTILINE,
    int(regex.DOTALL): re.DOTALL,
    int(regex.VERBOSE): re.VERBOSE,
    int(regex.ASCII): re.ASCII,
    int(regex.UNICODE): re.UNICODE,
    int(regex.VERSION0): re.NOFLAG,
}

_cased = re.compile(f"[{''.join(_CASED)}]")
_classes = [
    (regex.compile(r"(?V1)[\d--\x00-\x7f]"), chr(_DIGIT)),
    (regex.compile(r"(?V1)[\w--\x00-\x7f]"), chr(_WORD)),
    (regex.compile(r"(?V1)[\s--\x00-\x7f]"), chr(_SPACE)),
]


def view(text: str) -> bytes:
    """Return the view of a text that gates look at: a byte for each character.

    >>> view("id \\u0661\\u0662-\\u00e9\\u00a0\\u2013")
    b'id 55-_ ?'
    """
    text = _cased.sub(lambda match: _CASED[match[0]], text)
    for expression, stand_in in _classes:
        text = expression.sub(stand_in, text)
    return text.encode("ascii", "replace")


def text_gate(expression: str, flags: int) -> str | None:
    """Return a Hyperscan expression that matches in the view of every text the expression matches in.

    Args:
        expression: an expression on text, in the syntax of ``regex``.
        flags: flags of ``regex`` it is compiled with.

    Returns:
        None: nothing is known of it; it has to be tried on every text.

    >>> text_gate(r"\\bno\\d{3}-\\w*", 0)
    '\\\\bno(?:[0-9]){3}\\\\x2d'
    """
    known = 0
    for flag, ours in _FLAGS.items():
        if flags & flag:
            known |= ours
            flags &= ~flag
    if flags or _OTHERWISE.search(expression):
        return None
    for inline in _INLINE.finditer(expression):
        known |= re.RegexFlag(sum(sre_parser.FLAGS[letter] for letter in set(inline[1])))
    expression = _INLINE.sub("", expression)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = sre_parser.parse(expression, known)
    except (re.error, Warning, RecursionError, OverflowError):
        return None
    low, _ = tree.getwidth()
    return _Writer(tree).gate(list(tree)) if low else None


class _Accepted(NamedTuple):
    """What one node accepts: ASCII characters, kinds of others of which it may accept some, and of which all."""

    ascii: frozenset[int]
    some: frozenset[int]
    all: frozenset[int]


class _Writer:
    """Writes a parse tree as a gate expression."""

    def __init__(self, tree: Any) -> None:
        flags = tree.state.flags
        self.fold = bool(flags & sre.SRE_FLAG_IGNORECASE)
        # Flags for a part only are rare: what they may change is taken to be so everywhere.
        every = [av[1] for op, av in _walk(list(tree)) if op is sre.SUBPATTERN]
        self._any = _ASCII if any(flag & sre.SRE_FLAG_DOTALL for flag in (flags, *every)) else _ASCII - {10}
        self._ascii = any(flag & sre.SRE_FLAG_ASCII for flag in (flags, *every))
        self._groups: dict[int, Sequence[Any]] = {
            av[0]: list(av[3]) for op, av in _walk(list(tree)) if op is sre.SUBPATTERN and av[0] is not None
        }
        self._open: set[int] = set()

    def gate(self, nodes: list[Any]) -> str:
        """Write a whole expression. What it says of the characters around a match is kept where that is simple."""
        # Repeats at the ends are cut to their minimum, unless something stops them: one report for a match is enough.
        if nodes[-1][0] not in _GUARDS:
            nodes = _trim_end(nodes, at_end=True)
        if nodes and nodes[0][0] not in _GUARDS:
            nodes = _trim_end(nodes[::-1], at_end=False)[::-1]
        first = next(place for place, (op, _) in enumerate(nodes) if op not in _ZERO_WIDTH)
        last = next(place for place in range(len(nodes), 0, -1) if nodes[place - 1][0] not in _ZERO_WIDTH)
        return self._before(nodes[:first]) + self.join(nodes, self.fold) + self._after(nodes[last:])

    def _before(self, nodes: Sequence[Any]) -> str:
        for op, av in reversed(nodes):
            if op is sre.ASSERT and av[0] < 0:
                return self.join(list(av[1]), self.fold)
            beside = self._beside(op, av, -1)
            if beside:
                return f"(?:(?m:^)|{beside})"
        return ""

    def _after(self, nodes: Sequence[Any]) -> str:
        beside = next(filter(None, (self._beside(op, av, 1) for op, av in nodes)), "")
        return f"(?:{beside}|(?m:$))" if beside else ""

    def _beside(self, op: Any, av: Any, side: int) -> str:
        """What may stand before (-1) or after (1) a match, as a class; nothing if it is not as simple as that."""
        if op is not sre.ASSERT_NOT or av[0] != side or len(av[1]) != 1:
            return ""
        inner, values = av[1][0]
        accepted = self._accepted(inner, values, self.fold)
        if accepted is None:
            return ""
        # A record ends at its line break, whatever the expression thinks of one.
        return _class((_ASCII - accepted.ascii) | (_KINDS - accepted.all) | _LINE_END)

    def join(self, nodes: Sequence[Any], fold: bool) -> str:
        """Write nodes one after the other."""
        return "".join(self._node(op, av, fold) for op, av in nodes)

    def _node(self, op: Any, av: Any, fold: bool) -> str:
        accepted = self._accepted(op, av, fold)
        if accepted is not None:
            return _class(accepted.ascii | accepted.some)
        if op in _REPEATS:
            low, high, child = av
            inner = self.join(list(child), fold)
            return f"(?:{inner}){_count(low, high)}" if inner else ""
        if op is sre.BRANCH:
            return "(?:" + "|".join(self.join(list(branch), fold) for branch in av[1]) + ")"
        if op is sre.SUBPATTERN:
            return "(?:" + self.join(list(av[3]), _folds(av, fold)) + ")"
        if op is sre.ATOMIC_GROUP:
            return "(?:" + self.join(list(av), fold) + ")"
        if op is sre.GROUPREF:
            return self._reference(av)
        if op is sre.GROUPREF_EXISTS:
            return "(?:" + "|".join(self.join(list(branch or ()), fold) for branch in av[1:]) + ")"
        if op is sre.AT and not self._ascii:
            return {sre.AT_BOUNDARY: r"\b", sre.AT_NON_BOUNDARY: r"\B"}.get(av, "")
        return ""

    def _reference(self, group: int) -> str:
        """What a group matched, once more: the gate lets it be anything the group can match."""
        if group in self._open:
            return ""
        self._open.add(group)
        text = self.join(self._groups.get(group, ()), True)
        self._open.discard(group)
        return f"(?:{text})"

    def _accepted(self, op: Any, av: Any, fold: bool) -> _Accepted | None:
        if op is sre.ANY:
            return _Accepted(self._any, _KINDS, _KINDS)
        if op in (sre.LITERAL, sre.NOT_LITERAL):
            op, av = sre.IN, [*([(sre.NEGATE, None)] if op is sre.NOT_LITERAL else []), (sre.LITERAL, av)]
        if op is not sre.IN:
            return None
        negate = False
        members: set[int] = set()
        some: set[int] = set()
        every: set[int] = set()
        for kind, value in av:
            if kind is sre.NEGATE:
                negate = True
            elif kind is sre.CATEGORY:
                ascii_, kinds = self._category(value)
                members |= ascii_
                some |= kinds
                if not self._ascii:
                    every |= kinds
            else:
                low, high = (value, value) if kind is sre.LITERAL else value
                members.update(range(low, min(high, 127) + 1))
                if high > 127:
                    some |= _KINDS
                    if fold:  # in another letter case it may be an ASCII letter
                        some |= frozenset(b"ISK")
        closed = _both_cases(members) if fold else frozenset(members)
        if negate:
            return _Accepted(_ASCII - closed, _KINDS - every, frozenset())
        return _Accepted(closed, frozenset(some), frozenset(every))

    def _category(self, value: Any) -> tuple[frozenset[int], frozenset[int]]:
        if value in _CATEGORIES:
            return _CATEGORIES[value]
        ascii_, kinds = _CATEGORIES[_NEGATED[value]]
        return _ASCII - ascii_, _KINDS if self._ascii else _KINDS - kinds
