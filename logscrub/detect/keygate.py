"""Gate expressions that end at the separator of every key a lexicon may name.

There is one for each word and notation: each has a literal of its own for the engine to look for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product

from logscrub.detect.notation import GATED_BYTES
from logscrub.rules.rule import Field
from logscrub.rules.shape import literal

_SHORT_WORD = 4
# Spelled out, so that a name of two short words is one long literal and not two short ones.
_JOINTS = ("", " ", "_", r"\.", r"\-")
_ANY_JOINT = "[ _.\\-']?"
_LONG_WORD = 8
_REST = r"[\w.\-\x80-\xff]*"
# What may follow a sensitive word in a name: no small letter, which would make it part of another word.
_TAIL = rf"(?:[A-Z0-9_.\-\x80-\xff]{_REST})?"
# What closes a key, and the separator: loosely, for there are thousands of expressions that end in it.
_SEPARATOR = r"""(?:["'`\[\]\\ \t!+?|)\-]{0,12}[=:>]|\\*["'][ \t]?[,}/\r\n]|%3[aAdD])"""
# What closes a key and is made of letters: once for all keys.
_WRITTEN_CLOSERS = (
    r"%2[27]%3[aAdD]",
    r"%5[dD](?:=|%3[dD])",
    r"%253[aAdD]",
    r"[0-9A-Za-z_\x80-\xff]&gt;",
    r"""\";s:""",
    r"(?:&quot;|&#3[49];|&apos;)[ \t]{0,4}[=:>]",
    r"""["'][ \t]{1,8}(?:[Vv]alue|content)\\*["']?[ \t]{0,4}[=:]""",
)
# Where the name is what another key is set to, and the value is a field of its own.
_NAMED = (
    r"<\\?/(?:[Nn]ame|[Kk]ey)>",
    r"[0-9A-Za-z_\"'\x80-\xff](?:,[ \t]*|[ \t]+)[Vv]alue[=:]",
    r"[0-9A-Za-z_\"'\x80-\xff](?:\r?\n|\\+n)[ \t]+value:",
    r"""name=\\+"[0-9A-Za-z_.\-\[\]\x80-\xff]{1,64}\\+"\\+[rn]""",
)
# Kinds of values that look random; a scheme (``CHAP``) may stand before them.
_RANDOM = ("random", "opaque")
_VALUE_SEPARATOR = r"""(?:["'`\]\\ \t!+?|\-]{0,12}[=:>]|\\*["'][ \t]?,|%3[aAdD])"""
_RANDOM_VALUE = r"[ \t]{0,2}\\{0,3}[bu]?[\"'`]?(?:[A-Za-z]{2,9}[ ])?[A-Za-z0-9+/_\-~.%]" + f"{{{GATED_BYTES}}}"

# ``auth=("bob", "…")``: as many bytes, for the same search backwards.
_LOGIN = rf"[ \t]?\([\"'][^()\r\n]{{{GATED_BYTES - 1}}}"


def value_gates(fields: Sequence[Field]) -> list[str]:
    """Return the gate expressions for names that count only with a random value: they end within the value."""
    long, short = _words([field for field in fields if field.value in _RANDOM])
    names = [*(word + _TAIL for word in long), *(form for word in short for form in _short_forms(word))]
    gates = [name + _VALUE_SEPARATOR + _RANDOM_VALUE for name in names]
    logins = {word for field in fields if field.value == "random" for word in field.words if word.startswith("auth")}
    return [*gates, *(literal(name) + _VALUE_SEPARATOR + _LOGIN for name in sorted(logins))]


def key_gates(fields: Iterable[Field]) -> list[str]:
    """Return the gate expressions for the other names of a lexicon: they end at the separator.

    Args:
        fields: the lexicon.
    """
    long, short = _words([field for field in fields if field.value not in _RANDOM])
    return [
        *(word + _TAIL + _SEPARATOR for word in long),
        *(form + _SEPARATOR for word in short for form in _short_forms(word)),
        *_WRITTEN_CLOSERS,
        *_NAMED,
        rf"\-\-[A-Za-z\x80-\xff]{_REST}[ \t]",
        *(rf"\-{word}{_TAIL}[ \t]" for word in _flags(long, short)),
    ]


def _flags(long: list[str], short: list[str]) -> list[str]:
    """Names that may follow a single dash: ASCII, and of one word."""
    return [word for word in (*long, *map(literal, short)) if r"\x" not in word and not re.search(r"\\|[ _]", word)]


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
    # A name that ends with another is reported through that one.
    needed = [name for name in long if not any(one != name and name.endswith(one) for one in long)]
    return [form for name in sorted(needed) for form in _spellings(name)], sorted(short)


def _spellings(name: str) -> list[str]:
    words = name.split(" ")
    first, *rest = map(literal, words)
    if len(rest) > 1 or not name.isascii() or max(map(len, words)) >= _LONG_WORD:
        return [_ANY_JOINT.join((first, *rest))]
    return ["".join((first, *parts)) for parts in product(*([joint + word for joint in _JOINTS] for word in rest))]


def _short_forms(word: str) -> list[str]:
    """A short word counts on its own or as a part of a compound name, not inside a longer word."""
    if len(word) == _SHORT_WORD:
        # Long enough to be looked for as it is; what stands before it is left to the judge.
        return [rf"{literal(word)}(?:[A-Z0-9_.\-]{_REST})?"]
    return [
        rf"(?:^|[^A-Za-z]){word}(?:[A-Z0-9_.\-]{_REST})?",
        rf"{word.title()}(?:[A-Z0-9_.\-]{_REST})?",
        rf"(?:^|[^A-Z]){word.upper()}(?:[a-z0-9_.\-]{_REST})?",
    ]
