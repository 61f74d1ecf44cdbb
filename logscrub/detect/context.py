"""Context words: a word shortly before a value that says what the value is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# A word this short occurs inside others and as itself; what follows has to look like the end of a key.
SHORT_WORD = 5
# The gate looks for a word this long wherever it stands; shorter ones lie inside too many others ("waiting").
_LITERAL = 5
_AFTER_SHORT = r"""[ \t"':=#_.\-\\]"""


def context_expression(words: Iterable[str]) -> re.Pattern[bytes]:
    """Return an expression that finds any of the words, in any case.

    A word counts on its own and as one of the words of a compound name.

    >>> found = context_expression(["phone"])
    >>> [bool(found.search(text)) for text in (b"phone: ", b"userPhone=", b"PHONE_NUMBER=", b"headphones: ")]
    [True, True, True, False]
    """
    words = list(words)
    # Most places are none where any of the words begins.
    begins = sorted({form.encode("utf-8")[0] for word in words for form in (word.lower(), word.upper(), word.title())})
    return re.compile(
        b"(?=[%b])(?:%b)" % (b"".join(b"\\x%02x" % byte for byte in begins), b"|".join(map(_forms, words)))
    )


def _forms(word: str) -> bytes:
    if not word.isascii():
        return b"|".join(re.escape(form.encode("utf-8")) for form in {word, word.lower(), word.upper(), word.title()})
    letters = re.escape(word).encode("ascii")
    if not word.isalpha():
        left = rb"(?<![A-Za-z])" if word[0].isalpha() else b""
        right = rb"(?![a-z])" if word[-1].isalpha() else b""
        return left + rb"(?i:" + letters + rb")" + right
    title = re.escape(word.title()).encode("ascii")
    if len(word) < SHORT_WORD:
        after = b"s?(?=" + _AFTER_SHORT.encode("ascii") + b")"
        return rb"(?<![A-Za-z])(?i:" + letters + rb")" + after + rb"|(?<=[a-z0-9])" + title + after
    return (
        rb"(?<![A-Za-z])(?i:" + letters + rb")s?(?![a-z])"
        rb"|(?<=[a-z0-9])" + title + rb"s?(?![a-z])"
        rb"|(?<![A-Za-z])" + letters + rb"(?=[A-Z])"
    )


def context_gates(words: Sequence[str], distance: int, values: Sequence[str]) -> list[str]:
    """Return gate expressions that match wherever :func:`context_expression` may find a word not far before a value.

    One for each form of a word: each has a literal of its own for the engine to look for.

    Args:
        words: the words.
        distance: bytes before a value that are looked through.
        values: gate expressions one of which matches from the first byte of every value on.
    """
    value = values[0] if len(values) == 1 else f"(?:{'|'.join(values)})"
    forms = dict.fromkeys(form for word in words if not _held(word, words) for form in _gate_forms(word.lower()))
    return [f"{form}[^\\n]{{0,{distance}}}{value}" for form in forms]


def _held(word: str, words: Sequence[str]) -> bool:
    """Tell whether a word of several is reported through one of them: "card number" holds "card"."""
    return " " in word and any(len(one) >= _LITERAL and one in words for one in word.split(" "))


def _gate_forms(word: str) -> list[str]:
    from logscrub.rules.shape import literal

    if not word.isascii():
        return [literal(word)]
    anycase = literal(word)
    if not word.isalpha() or len(word) >= _LITERAL:
        return [anycase]
    title = word.title()
    return [f"(?:^|[^A-Za-z]){anycase}s?{_AFTER_SHORT}", f"[a-z0-9]{title}s?{_AFTER_SHORT}"]
