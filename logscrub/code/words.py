"""Judge the names of source code by the lexicon that judges the keys of logs.

In a log the value stands beside its key; here only the name is known. So a name counts by itself, to a *grade*.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from logscrub.code.knowledge import Knowledge, Object, vocabulary
from logscrub.detect.keys import Lexicon, split_words
from logscrub.rules.packs import find_packs
from logscrub.rules.rule import RuleSet
from logscrub.rules.stored import load_stored

SURE = 3
"""A secret by its name."""
LIKELY = 2
"""Sensitive more often than not, or personal data."""
BULK = 1
"""Whatever it holds: reported with ``bulk`` only."""

_GRADES = {
    "password": SURE,
    "pass": SURE,
    "secret": SURE,
    "api-key": SURE,
    "token": SURE,
    "authorization": SURE,
    "cookie": SURE,
    "seed-phrase": SURE,
    "card-number": SURE,
    "card-verification-code": SURE,
    "credential": LIKELY,
    "session-id": LIKELY,
    "one-time-code": LIKELY,
    "auth": LIKELY,
    "connection-string": LIKELY,
    "generic-key": BULK,
}
# Not a leak by themselves in a log of a service: how operators know who did what.
_OPERATIONAL = frozenset({"user-name", "device-id", "application-id", "personal-device"})
_OPERATIONAL_CATEGORIES = ("secret.identifier",)
_ABOUT = vocabulary("about_a_secret")
_BOOLEAN = vocabulary("yes_or_no")
_LEXICAL = vocabulary("language_tools")
_CACHE = 1 << 15


class Word(NamedTuple):
    """What a name says of the value it stands for.

    Attributes:
        field: the field of the lexicon, or the id of a kind of object.
        grade: ``SURE``, ``LIKELY`` or ``BULK``.
        category: ``secret``, ``personal`` or ``object``.
        kind: for an object how it leaks (``http``, ``url``, ``command``, ``container``, ``locals``).
    """

    field: str
    grade: int
    category: str
    kind: str = "name"

    @property
    def described(self) -> str:
        """What to say of something with such a name."""
        if self.category == "object":
            return f"a whole object ({self.field})"
        return f"named like {'a secret' if self.category == 'secret' else 'personal data'} ({self.field})"


class Words:
    """The judge of names.

    Args:
        knowledge: what is known of the language's libraries.
        sensitive: further names that are secret.
        safe: names that are not, whatever the lexicon says.

    >>> from logscrub.code.knowledge import load
    >>> words = Words(load())
    >>> words.judge("adminPass").field, words.judge("token_count"), words.judge("req_headers").kind
    ('password', None, 'http')
    """

    def __init__(self, knowledge: Knowledge, sensitive: Iterable[str] = (), safe: Iterable[str] = ()) -> None:
        rules = _lexicon_rules()
        fields = [
            field
            for field in rules.fields
            if field.id not in _OPERATIONAL and not field.category.startswith(_OPERATIONAL_CATEGORIES)
        ]
        self.digest = rules.digest
        self.fields = fields
        self.lexicon = Lexicon(fields, rules.grammar)
        self._objects = _by_last_words(knowledge.objects)
        self._sensitive = frozenset(" ".join(split_words(name)) for name in sensitive)
        self._safe = frozenset(" ".join(split_words(name)) for name in safe)
        self.stems = tuple(knowledge.sanitizer_stems)
        self._unless = tuple(knowledge.sanitizer_unless)
        self._masking = knowledge.sanitizer_words
        self._named = knowledge.sanitizer_names
        self.judge = lru_cache(maxsize=_CACHE)(self._judge)
        self.sensitive = lru_cache(maxsize=_CACHE)(self._judge_sensitive)
        self.is_masked = lru_cache(maxsize=_CACHE)(self._is_masked)
        self.sanitizes = lru_cache(maxsize=_CACHE)(self._sanitizes)

    def _judge(self, name: str) -> Word | None:
        """Return what a name says: a sensitive value, or an object that may hold one."""
        return self.sensitive(name) or self.judge_object(name)

    def _judge_sensitive(self, name: str) -> Word | None:
        """Return the sensitive value a name stands for, leaving objects aside."""
        if len(name) < 3 or len(name) > 120:
            return None
        words = split_words(name)
        plain = " ".join(words)
        if plain in self._safe:
            return None
        if plain in self._sensitive:
            return Word("secret", SURE, "secret")
        verdict = self.lexicon.judge(name)
        if verdict is None or not verdict.sure:
            return None
        field = verdict.field
        if len(words) > 1 and (words[0] in _BOOLEAN or words[-1] in _NAMES_OF or self._is_about(words, field.words)):
            return None
        grade = _GRADES.get(field.id, LIKELY)
        if field.category.startswith("secret."):
            if field.id == "one-time-code" and words[-1] == "pin" and _PIN_OWNERS.isdisjoint(words):
                grade = BULK  # of a chip
            if words[-2:] == ["secret", "id"] and _ROLES.isdisjoint(words):
                grade = BULK
            grade = min(grade, self._token_grade(words)) if field.id == "token" else grade
            if field.id == "api-key" and _WEAK_KEYS.intersection(words) and not _STRONG_KEYS.intersection(words):
                grade = LIKELY
            if field.id == "api-key" and _PUBLIC_KEYS.intersection(words) and _HALVES.isdisjoint(words):
                grade = BULK
            if field.id == "pass" and len(words) > 1 and words[-2] in _TURNS:
                return None
            if plain == "pwd":
                grade = BULK  # a working directory as often as a password
            if not grade:
                return None
            if field.id == "auth" and not _SECRET_SIDE.intersection(words):
                grade = BULK
            if field.id == "connection-string" and plain in ("connection uri", "connection url"):
                grade = BULK
            if plain in ("access key", "accesskey", "access key id"):
                grade = BULK  # the name of the key, not the key
            return Word(field.id, grade, "secret", "url" if field.id == "connection-string" else "name")
        if field.id == "person-name" and plain in ("full name", "fullname", "display name"):
            grade = BULK  # of a repository as often as of a person
        return Word(field.id, grade, "personal")

    @staticmethod
    def _token_grade(words: list[str]) -> int:
        """How sure a name with ``token`` is a secret: it may be a place in a stream, or a piece of text."""
        if words[-1] in ("tokens", "token") and len(words) > 1 and words[-2] in _TOKEN_OWNERS:
            return SURE
        if words[-1] == "tokens":
            return BULK
        if words[-1] == "token" and len(words) > 1 and words[-2] in _CURSORS:
            return 0
        if words[-1] == "token" and len(words) > 1 and words[-2] in ("current", "new", "last", "old", "first"):
            return LIKELY
        if "jwt" in words:
            return 0 if words[-1] in ("header", "headers", "claims") else SURE
        if words[-1] == "token" and len(words) > 1:
            return LIKELY  # of what? a report, a currency, …
        return SURE

    def _is_masked(self, name: str) -> bool:
        """Tell whether a name says that its value was made safe: ``sanitized_info``."""
        words = split_words(name)
        return not _TREATED.isdisjoint(words) or (len(words) > 1 and words[-1] == "hash")

    @staticmethod
    def _is_about(words: list[str], names: tuple[str, ...]) -> bool:
        """Tell whether a word beside the sensitive one says that this is not the value."""
        if " ".join(words[-2:]) in names or " ".join(words) in names or words[-1] in names:
            return any(word in _MASKED for word in words[:-1])
        return any(word in _ABOUT for word in words)

    def judge_object(self, name: str) -> Word | None:
        """Return the kind of object a name stands for, leaving sensitive values aside."""
        if len(name) > 120:
            return None
        words = split_words(name)
        for length in (3, 2, 1):
            tail = " ".join(words[-length:])
            found = self._objects.get(tail) if len(words) >= length else None
            if found is not None:
                if any(word in found.unless for word in words):
                    return None
                return Word(found.id, found.grade, "object", found.kind)
        return None

    def _sanitizes(self, name: str) -> bool:
        """Tell whether a function of this name makes what it is given safe to print."""
        words = split_words(name)
        if "".join(words) in self._named:
            return True
        if not words or any(word.startswith(self._unless) for word in words):
            return False
        if "safe" in words and not _SHOWN.isdisjoint(words):
            return True  # make_url_safe(), safe_for_log()
        return any(word.startswith(self.stems) or word in self._masking for word in words)


_NAMES_OF = vocabulary("names_of_secrets")
_TOKEN_OWNERS = vocabulary("token_owners")
_CURSORS = vocabulary("cursors")
_WEAK_KEYS = vocabulary("weak_keys")
_STRONG_KEYS = vocabulary("strong_keys")
_SECRET_SIDE = vocabulary("secret_signatures")
_TURNS = vocabulary("turns")
_SHOWN = vocabulary("shown")
_PIN_OWNERS = vocabulary("pin_owners")
_ROLES = vocabulary("roles")
_PUBLIC_KEYS = vocabulary("public_keys")
_TREATED = vocabulary("made_safe")
_HALVES = frozenset({"private", "secret", "api"})
_MASKED = vocabulary("made_safe_before")


def _lexicon_rules() -> RuleSet:
    """Load key names only: what a token looks like is of no use where there is none."""
    return load_stored([pack for pack in find_packs() if not pack.builtin or pack.name.startswith("fields/")])


def is_lexical(text: str) -> bool:
    """Tell whether a module, class or function is about the tokens of a language.

    >>> is_lexical("sqlparser/lexer.py"), is_lexical("app/login.py")
    (True, False)
    """
    return not _LEXICAL.isdisjoint(split_words(text))


def _by_last_words(objects: Iterable[Object]) -> dict[str, Object]:
    table: dict[str, Object] = {}
    for one in objects:
        for name in one.last:
            table[name] = one
    return table
