"""Words before a value that say what it is, as whole words, and what they do to a score."""

from __future__ import annotations

import re
from collections.abc import Iterable

# As Presidio's enhancer has it: so many words before the value, what one of them adds, and the least that makes.
_WORDS = 5
_ADDED = 0.35
_LEAST = 0.4
_BEFORE = 120
_TOKEN = re.compile(r"[\w.\-]*\w")
# The words of a key: ``userSSN``, ``ssn_number``, ``HTTPHeader``, ``tax-id``.
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^\W\d_A-Za-z]+")


class ContextWords:
    """The context words of a recognizer.

    Args:
        words: words and phrases, in any letter case.

    >>> words = ContextWords(["ssn", "social security"])
    >>> [words.before(text, len(text)) for text in ("userSsn=", "social_security_number: ", "lessn ", "status=")]
    [True, True, False, False]
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._phrases = {tuple(split(word)) for word in words} - {()}

    def before(self, text: str, start: int) -> bool:
        """Tell whether one of the words is among the last five before an offset, on the same line."""
        if not self._phrases:
            return False
        low = max(text.rfind("\n", 0, start) + 1, start - _BEFORE)
        tokens = _TOKEN.findall(text, low, start)[-_WORDS:]
        words = [word for token in tokens for word in split(token)]
        return any(
            tuple(words[place : place + len(phrase)]) == phrase
            for phrase in self._phrases
            for place in range(len(words) - len(phrase) + 1)
        )


def split(text: str) -> list[str]:
    """Split a key or a phrase into its words, in lower case.

    >>> split("userSSN.tax-id_2")
    ['user', 'ssn', 'tax', 'id', '2']
    """
    return [word.lower() for word in _PARTS.findall(text)]


def raised(score: float) -> float:
    """Return the score of a match with a context word before it.

    >>> raised(0.05), raised(0.5), raised(0.9)
    (0.4, 0.85, 1.0)
    """
    return min(1.0, max(_LEAST, round(score + _ADDED, 6)))
