"""Judge a key name word by word: is its value the secret, or something about it?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from logscrub.rules.rule import Field, Grammar

WEAK = "opaque"
"""The kind of value of names so common that any other name in the same key comes first."""

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_ANY_WORDS = re.compile(r"[^\W\d_]+|\d+")
_CACHE = 8192
_LONGEST_KEY = 120
_LONGEST_NAME = 48


@dataclass(frozen=True, slots=True)
class KeyVerdict:
    """What a key name says of its value.

    Attributes:
        field: the field of the lexicon it names.
        sure: whether every word of the key is understood; if not, the value must look random to count.
        inherited: whether the key is that of a container around the value, whose own key says nothing.
    """

    field: Field
    sure: bool
    inherited: bool = False

    def of_login(self) -> KeyVerdict:
        """Return what a key like ``auth`` says of the second of two values: after a user's name, a password."""
        return KeyVerdict(self.field._replace(value="any"), sure=False, inherited=True)


def split_words(key: str) -> list[str]:
    """Split a key name at punctuation, digits and letter case; fold compatibility characters.

    >>> split_words("X-Auth-Token"), split_words("dbPassword2"), split_words("OSToken")
    (['x', 'auth', 'token'], ['db', 'password', '2'], ['os', 'token'])
    """
    if not key.isascii():
        words = _ANY_WORDS.findall(unicodedata.normalize("NFKC", key))
        return [part.lower() for word in words for part in _camel(word)]
    return [word.lower() for word in _WORDS.findall(key)]


def _camel(word: str) -> list[str]:
    starts = [0, *(at for at in range(1, len(word)) if word[at - 1].islower() and word[at].isupper()), len(word)]
    return [word[start:end] for start, end in pairwise(starts)]


class Lexicon:
    """The sensitive names of a rule set, ready to judge keys.

    Args:
        fields: the fields whose names count.
        grammar: what the words around a sensitive word say.
    """

    def __init__(self, fields: Iterable[Field], grammar: Grammar) -> None:
        self._grammar = grammar
        self._phrases: dict[tuple[str, ...], Field] = {}
        self._weak: dict[str, Field] = {}
        self._glued: list[tuple[str, Field]] = []
        for field in fields:
            if field.value == WEAK:
                self._weak.update(dict.fromkeys(field.words, field))
                continue
            for name in field.words:
                words = tuple(name.split(" "))
                self._phrases.setdefault(words, field)
                if len(words) > 1:
                    self._phrases.setdefault(("".join(words),), field)
            self._glued += [(word, field) for word in field.glued]
        # The longest first: "adminpassword" is a password before it is a "word".
        self._glued.sort(key=lambda pair: -len(pair[0]))
        self._endings = tuple(name for name, _ in self._glued)
        self._longest = max((len(phrase) for phrase in self._phrases), default=0)
        self.judge = lru_cache(maxsize=_CACHE)(self._judge)

    def inside(self, verdict: KeyVerdict, outer: str, inner: str) -> KeyVerdict | None:
        """Return what a key says of a value in a mapping under it, whose own key says nothing.

        What is personal stays so in parts, as a name or an address does, and what is in cookies is a cookie.

        Args:
            verdict: on the key.
            outer: the key.
            inner: the value's own key; empty if it has none.
        """
        if not verdict.field.category.startswith("secret.") or verdict.field.value == "cookie":
            return verdict
        if not verdict.sure and not verdict.inherited:
            return None
        if inner and self.judge(f"{outer}_{inner}") is None:
            return None  # about the secret: ``"password": {"min_length": …}``
        return KeyVerdict(verdict.field, sure=False, inherited=True)

    def _judge(self, key: str) -> KeyVerdict | None:
        if len(key) > _LONGEST_KEY or (len(key) > _LONGEST_NAME and key.isalnum() and not key.isalpha()):
            return None  # not a name: base64, say
        words = split_words(key)
        for end in range(len(words), 0, -1):
            for length in range(min(self._longest, end), 0, -1):
                field = self._phrases.get(tuple(words[end - length : end]))
                if field is not None:
                    return self._weigh(field, words[: end - length], words[end:])
            glued = self._glued_in(words[end - 1])
            if glued is not None:
                return self._weigh(glued, words[: end - 1], words[end:])
        for end in range(len(words), 0, -1):
            field = self._weak.get(words[end - 1])
            if field is not None:
                return self._weigh(field, words[: end - 1], words[end:])
        return None

    def _glued_in(self, word: str) -> Field | None:
        if not word.endswith(self._endings):
            return None
        for name, field in self._glued:
            if len(word) > len(name) and word.endswith(name):
                return field
        return None

    def _weigh(self, field: Field, before: list[str], after: list[str]) -> KeyVerdict | None:
        if any(word in self._grammar.metadata or word in field.unless for word in after):
            return None
        if any(word in self._grammar.modifiers or word in field.unless for word in before):
            return None
        sure = all(word in self._grammar.neutral or word.isdigit() for word in after)
        return KeyVerdict(field, sure and not any(word in self._grammar.doubts for word in before))
