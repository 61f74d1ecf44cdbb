"""What a name in JavaScript, Java or Go says of its value; the only place that asks the lexicon."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import Protocol

from logscrub.code.languages.tables import Shared, Whole
from logscrub.code.words import Word
from logscrub.detect.keys import split_words

_CACHE = 1 << 14
_LEXICAL = (b"lexer", b"tokeniz", b"tokenkind", b"tokenstream", b"nexttoken", b"next_token", b"syntax")
_LEXICAL_PATH = re.compile(r"(?i)lexer|tokeni[sz]|syntax|grammar|(?<![a-z])parser\.")
_LEXICAL_TIMES = 3
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
# A hash table hashes nothing that is printed.
_TABLES = re.compile(r"(?i)hash_?(?:map|set|table|code|router|ring|history|change|tag)")
_NOT_NAMES = re.compile(r"\s")
_PLACEHOLDER = re.compile(
    r"[*xX•.\-_#?]*|<[^<>]*>|\[[^\[\]]*\]|\([^()]*\)|\{[^{}]*\}|\$\{.*\}|%\w|(?i:redacted|hidden|masked|none|null|unknown|n/a|test|changeme|password|secret|token)"
)


class Judge(Protocol):
    """What is asked of ``logscrub.code.words.Words``."""

    def sensitive(self, name: str, /) -> Word | None:
        """Return the sensitive value a name stands for."""

    def sanitizes(self, name: str, /) -> bool:
        """Tell whether a function of this name makes what it is given safe to print."""


class Names:
    """Judges the names of one file.

    Args:
        judge: the judge of names of all languages.
        tables: what names mean in these languages.
        lexical: the file is about the tokens of a language.
    """

    def __init__(self, judge: Judge, tables: Shared, *, lexical: bool) -> None:
        self._judge = judge
        self._tables = tables
        self._lexical = lexical
        self._objects = {name: one for one in tables.objects for name in one.last}
        self.sensitive = lru_cache(maxsize=_CACHE)(self._sensitive)
        self.masked = lru_cache(maxsize=_CACHE)(self._masked)
        self.called = lru_cache(maxsize=_CACHE)(self._called)
        self.whole = lru_cache(maxsize=_CACHE)(self._whole)
        self.about = lru_cache(maxsize=_CACHE)(self._about)

    def _sensitive(self, name: str) -> Word | None:
        """Return the sensitive value a name stands for, if it is one that counts by its name alone."""
        words = split_words(name)
        if not words or self.masked(name) or " ".join(words) in self._tables.never:
            return None
        if words[0] == "get" and len(words) > 1:
            words = words[1:]
        found = self._judge.sensitive(name)
        if found is None or found.field == "generic-key":
            return None
        tables = self._tables
        if found.field == "auth" and words[-1] in ("id", "ids"):
            return None
        if len(words) > 1 and any(word in tables.about for word in words):
            return None
        if found.field == "token" and words[-1] in tables.lexical:
            before = words[:-1]
            if self._lexical and not any(word in tables.lexical_unless for word in before):
                return None
        return found

    def _masked(self, name: str) -> bool:
        """Tell whether a name says that its value was hashed, encrypted or masked."""
        words = split_words(_TABLES.sub("x", name))
        return len(words) > 1 and any(word in self._tables.masked for word in words)

    def sanitizes(self, name: str) -> bool:
        """Tell whether a function of this name gives back something safe."""
        name = _TABLES.sub("", name)
        words = split_words(name)
        if words and words[0] in ("decrypt", "unmask", "decode"):
            return False
        return self._judge.sanitizes(name) or any(word in self._tables.masked for word in words if word != "safe")

    def is_masking(self, name: str) -> bool:
        """Tell whether what the methods of an object of this name give back is safe: ``passwordEncoder.encode(x)``."""
        return bool(name) and (self._judge.sanitizes(name) or " ".join(split_words(name)[-2:]) in self._tables.masking)

    def _called(self, name: str) -> Word | None:
        """Return what a call of this name gives back, if that is sensitive."""
        words = split_words(name)
        if not words or words[0] in self._tables.actions:
            return None
        found = self.sensitive(name)
        if found is None and words[0] in self._tables.getters:
            found = self.sensitive("_".join(words[1:]))
        return None if found is None or found.kind == "url" else found

    def _about(self, name: str) -> bool:
        """Tell whether a name holds a sensitive word and says all the same that this is not the value."""
        words = split_words(name)
        if words and words[0] in self._tables.getters:
            words = words[1:]
            name = "_".join(words)
        return len(words) > 1 and self.sensitive(name) is None and any(self._judge.sensitive(word) for word in words)

    def _whole(self, name: str) -> Whole | None:
        """Return what kind of object a name (of up to three parts, joined by spaces) stands for."""
        words = split_words(name)
        for length in (3, 2, 1):
            found = self._objects.get(" ".join(words[-length:])) if len(words) >= length else None
            if found is not None:
                return None if any(word in found.unless for word in words) else found
        return None

    def is_error(self, name: str) -> bool:
        """Tell whether a variable of this name says whether something worked."""
        return name.lower().endswith(self._tables.errors)

    def is_label(self, name: str) -> bool:
        """Tell whether the members of an object of this name are texts or names, not values."""
        return not self._tables.labels.isdisjoint((" ".join(split_words(name)), name)) or (
            name[:1].isupper() and split_words(name)[-1:] in (["keys"], ["types"], ["type"], ["kind"], ["constants"])
        )

    def is_secret_text(self, text: str) -> bool:
        """Tell whether a literal that is given to a sensitive name looks like the secret itself."""
        if len(text) < 6 or _NOT_NAMES.search(text) or _PLACEHOLDER.fullmatch(text):
            return False
        return self._judge.sensitive(text) is None and not self.about(text) and len(split_words(text)) < 12


def is_constant(name: str) -> bool:
    """Tell whether a name is written like that of a constant.

    >>> is_constant("ACCESS_TOKEN"), is_constant("accessToken")
    (True, False)
    """
    return _CONSTANT.fullmatch(name) is not None


def is_lexical(path: str, data: bytes) -> bool:
    """Tell whether a file is about the tokens of a language.

    >>> is_lexical("src/lexer.js", b""), is_lexical("a.js", b"const token = login()")
    (True, False)
    """
    if _LEXICAL_PATH.search(os.path.basename(path)):
        return True
    lowered = data.lower()
    return sum(map(lowered.count, _LEXICAL)) - lowered.count(b"stringtokeniz") >= _LEXICAL_TIMES
