"""Judge the names of source code by the lexicon that judges the keys of logs.

In a log the value stands beside its key; here only the name is known. So a name counts by itself: how far is its *grade*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from logscrub.code.knowledge import Knowledge, Object
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
# One of these anywhere makes a name of something made safe, or about a secret.
_ABOUT = frozenset(
    """uuid ref refs href count counter num number nb len length size name names type types kind id ids policy policies
    field fields file filename path dir hash hashed hashes digest checksum md5 sha1 sha256 sha512 masked redacted
    obfuscated sanitized scrubbed hidden encrypted ciphered fingerprint prefix suffix last4 status state expiry expires
    expired expiration lifetime ttl valid invalid required enabled exists present set unset changed provided format
    pattern regex algorithm alg scheme class cls manager provider backend driver plugin handler store storage service
    client helper factory validator parser generator checker config settings options opts url endpoint uri table column
    model schema form page view widget label prompt hint error errors exception exc msg message description desc title
    help doc role roles group groups scope scopes permission version time timestamp date age duration index idx position
    pos start end limit max min ratio rate score weight weights logits embedding embeddings mask attention vocab stream
    list_url meta metadata cache dict_keys keys""".split()
)
_BOOLEAN = frozenset("is has have had can should must use uses using with without no needs need allow skip check".split())
_LEXICAL = frozenset(
    """lex lexer lexers lexical tokenize tokenizer tokenizers tokenise tokeniser tokenization tokens parser parsers parsing
    parse grammar syntax scanner compiler compile nlp vocab bpe ply lark pygments shlex tiktoken nltk spacy sqlparse
    cursor expression expressions template templates interpreter ast ebnf yacc""".split()
)
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
        self._metadata = rules.grammar.metadata
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
        return self.sensitive(name) or self._judge_object(name)

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
            if field.id == "one-time-code" and len(words) == 1 and words[0] == "pin":
                grade = BULK
            if field.id == "auth" and not _SECRET_SIDE.intersection(words):
                grade = BULK
            if field.id == "connection-string" and plain in ("connection uri", "connection url"):
                grade = BULK
            if plain in ("access key", "accesskey", "access key id"):
                grade = LIKELY  # often the name of the key, not the key
            return Word(field.id, grade, "secret", "url" if field.id == "connection-string" else "name")
        return Word(field.id, grade, "personal")

    def _is_masked(self, name: str) -> bool:
        """Tell whether a name says that its value was made safe: ``sanitized_info``."""
        return not _TREATED.isdisjoint(split_words(name))

    @staticmethod
    def _is_about(words: list[str], names: tuple[str, ...]) -> bool:
        """Tell whether a word beside the sensitive one says that this is not the value."""
        if " ".join(words[-2:]) in names or " ".join(words) in names or words[-1] in names:
            return any(word in _MASKED for word in words[:-1])
        return any(word in _ABOUT for word in words)

    def _judge_object(self, name: str) -> Word | None:
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
        return any(word.startswith(self.stems) or word in self._masking for word in words)


# Whatever stands before: the name of a secret, not the secret.
_NAMES_OF = frozenset("uuid uuids ref refs href".split())
_SECRET_SIDE = frozenset("expected computed calculated shared secret hash keytab id".split())
_TREATED = frozenset("sanitized sanitised masked redacted scrubbed obfuscated censored anonymized anonymised unsecret".split())
_MASKED = frozenset("masked redacted obfuscated sanitized scrubbed hidden encrypted hashed safe filtered fake dummy public".split())


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
