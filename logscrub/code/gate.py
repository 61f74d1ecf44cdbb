"""Which lines of a file are worth a look: one pass over its bytes, before anything is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import Any, NamedTuple

from logscrub.code.knowledge import Knowledge
from logscrub.rules.rule import Field

_PRINTS = ("print(", "print ", "print>>", "__repr__", "__str__", "__unicode__", "log_", "logexc(", "method(", "once(")
_DECLARES = (
    *(
        "Opt(",
        "register_str(",
        "register_cli_str(",
        "Str(",
        "argument_spec",
        "AnsibleModule",
        "namedtuple(",
        "NamedTuple",
    ),
    *(
        "Field(",
        "field(",
        "attrib(",
        "dataclass",
        "BaseModel",
        "BaseSettings",
        "attr.s",
        "@define",
        "@attrs",
        "@frozen",
    ),
)
# One of these in a longer name finds it, so that the longer names need no expression of their own.
_WHOLE = ("password", "passwd", "passphrase", "passcode", "secret", "token", "credential", "cookie", "bearer")
_LEFT_OUT = frozenset({"auth", "authentication", "pin", "pat", "sig"})
_SHORT = 4
_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class _What(IntEnum):
    PRINT = 0
    RAISE = -1
    DECLARE = 1
    WORD = 2
    SHORT_WORD = 3  # counts at the start of a word only


class Hits(NamedTuple):
    """Lines, from 1, ascending.

    Attributes:
        prints: lines that may hold a call that prints, or an exception that is raised.
        words: lines with the name of a secret.
        declares: lines on which an option, a parameter or a class with fields may be declared.
        raises_only: nothing is printed but by exceptions.
    """

    prints: list[int]
    words: list[int]
    declares: list[int]
    raises_only: bool = False


class Gate:
    """Finds lines with calls that may print, and lines with names of secrets.

    Args:
        knowledge: names of functions and methods that print.
        fields: the fields of the lexicon.
        loggers: further names of functions that log.
    """

    def __init__(self, knowledge: Knowledge, fields: Iterable[Field], loggers: tuple[str, ...] = ()) -> None:
        literals = {(f"{name}(", _What.PRINT) for name in (*_printing(knowledge), *loggers)}
        literals |= {(f"{name} (", _What.PRINT) for name in knowledge.levels}
        literals |= {(text, _What.PRINT) for text in _PRINTS} | {(text, _What.DECLARE) for text in _DECLARES}
        literals |= {("raise ", _What.RAISE), *_names(fields)}
        ordered = sorted(literals)
        self._kinds = [kind for _, kind in ordered]
        self._lengths = [len(text) for text, _ in ordered]
        self._database = _database(ordered)

    def lines(self, data: bytes) -> Hits:
        """Return the lines of a file that hold something; without Hyperscan, all of them."""
        if self._database is None:
            every = list(range(1, data.count(b"\n") + 2))
            return Hits(every, every, every)
        prints: list[int] = []
        words: list[int] = []
        declares: list[int] = []
        calls = False
        line, at = 1, 0
        count = data.count
        for end, index in self._found(data):
            kind = self._kinds[index]
            if kind is _What.SHORT_WORD:
                start = end - self._lengths[index]
                if (
                    start
                    and data[start - 1] in _LETTERS
                    and not (data[start - 1 : start].islower() and data[start : start + 1].isupper())
                ):
                    continue
            line += count(b"\n", at, end)
            at = end
            calls = calls or kind is _What.PRINT
            into = prints if kind <= _What.PRINT else declares if kind is _What.DECLARE else words
            if not into or into[-1] != line:
                into.append(line)
        return Hits(prints, words, declares, not calls)

    def _found(self, data: bytes) -> list[tuple[int, int]]:
        """Return what is found as offset of its end and index, in order."""
        found: list[tuple[int, int]] = []

        def hit(index: int, _start: int, end: int, _flags: int, _context: Any) -> None:
            found.append((end, index))

        self._database.scan(data, match_event_handler=hit)
        found.sort()
        return found


def _printing(knowledge: Knowledge) -> set[str]:
    """Ends of the names of functions and methods that print; what precedes them does not matter here."""
    last = {name.rpartition(".")[2] for name in knowledge.output_dotted}
    methods = knowledge.output_functions | knowledge.output_methods | knowledge.output_results
    return {*knowledge.levels, *methods, *last}


def _names(fields: Iterable[Field]) -> Iterable[tuple[str, _What]]:
    """The names of secrets as code spells them: ``api_key``, ``apikey``, ``api-key``."""
    for word in _WHOLE:
        yield word, _What.WORD
    for field in fields:
        if not field.category.startswith(("secret.", "financial.")) or field.value == "opaque":
            continue
        for name in field.words:
            if not name.isascii() or name in _LEFT_OUT:
                continue
            words = name.split(" ")
            if any(whole in word for word in words for whole in _WHOLE):
                continue
            if len(name) <= _SHORT:
                yield name, _What.SHORT_WORD
            else:
                for between in ("_", "", "-")[: 3 if len(words) > 1 else 1]:
                    yield between.join(words), _What.WORD


def _database(literals: list[tuple[str, _What]]) -> Any:
    try:
        import hyperscan
    except ImportError:
        return None
    database = hyperscan.Database()
    database.compile(
        expressions=[re.escape(text).encode() for text, _ in literals],
        ids=list(range(len(literals))),
        elements=len(literals),
        flags=[hyperscan.HS_FLAG_CASELESS if kind >= _What.WORD else 0 for _, kind in literals],
    )
    return database
