"""Gate expressions that end at the separator of every key a lexicon may name.

There is one for each word and notation: each has a literal of its own for the engine to look for.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from logscrub.rules.rule import Field
from logscrub.rules.shape import literal

_SHORT_WORD = 4
# Spelled out, so that a name of several words is one long literal and not several short ones.
_JOINTS = ("", " ", "_", r"\.", r"\-")
_MOST_JOINTS = 2
_TAIL = r"[\w.\-]*"
_SEPARATOR = (
    r"""(?:(?:["'`\]\\]|%2[27]|&quot;|&#3[49];|&apos;)*[ \t]*(?:[=:>]|%3[aAdD])"""
    r"""|\\*["'](?:[ \t]*,|[ \t]+(?:[Vv]alue|content)\\*["']?[ \t]*[=:]))"""
)


def key_gates(fields: Iterable[Field]) -> list[str]:
    """Return the gate expressions for the names of a lexicon.

    Args:
        fields: the lexicon.
    """
    long, short = _words(fields)
    return [
        *(word + _TAIL + _SEPARATOR for word in long),
        *(form + _SEPARATOR for word in short for form in _short_forms(word)),
        rf"\-\-[A-Za-z]{_TAIL}[ \t]",
        *(rf"\-{word}{_TAIL}[ \t]" for word in (*long, *map(literal, short))),
    ]


def _words(fields: Iterable[Field]) -> tuple[list[str], list[str]]:
    """Return expressions for the long names, and the short names, which need care."""
    long: set[str] = set()
    short: set[str] = set()
    for field in fields:
        for name in field.words:
            compact = name.replace(" ", "")
            if len(compact) <= _SHORT_WORD and compact.isascii() and compact not in field.glued:
                short.add(compact)
            else:
                long.add(name)
    # A name that begins or ends with another is reported through that one.
    needed = [
        name for name in long if not any(one != name and (name.endswith(one) or name.startswith(one)) for one in long)
    ]
    return [form for name in sorted(needed) for form in _spellings(name)], sorted(short)


def _spellings(name: str) -> list[str]:
    first, *rest = map(literal, name.split(" "))
    if len(rest) > _MOST_JOINTS:
        return ["[ _.\\-]?".join((first, *rest))]
    return ["".join((first, *parts)) for parts in product(*([joint + word for joint in _JOINTS] for word in rest))]


def _short_forms(word: str) -> list[str]:
    """A short word counts on its own or as a part of a compound name, not inside a longer word."""
    return [
        rf"(?:^|[^A-Za-z]){word}(?:[A-Z0-9_.\-]{_TAIL})?",
        rf"{word.title()}(?:[A-Z0-9_.\-]{_TAIL})?",
        rf"(?:^|[^A-Z]){word.upper()}(?:[a-z0-9_.\-]{_TAIL})?",
    ]
