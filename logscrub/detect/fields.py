"""Key names in text: where a sensitive-looking name meets a separator, read the key, judge it, and read its value.

Every notation logs use is read from the separator on: ``k=v``, ``k: v``, JSON (also escaped inside a string), reprs of
Python, Ruby, Java and Go, XML elements and attributes, headers, header pairs, ``{name: …, value: …}`` pairs,
command-line flags, URL queries and form bodies, URL-encoded ones too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from logscrub.detect.extent import Leaf, Value, read_leaves, read_value, without_scheme
from logscrub.detect.keys import KeyVerdict, Lexicon
from logscrub.detect.lazy import lazy
from logscrub.detect.notation import Key, Style, read_key
from logscrub.detect.values import VALUE_KINDS, is_path, is_placeholder, is_told
from logscrub.model import Confidence, Match, Severity
from logscrub.rules.rule import Field, Grammar

_CODE = lazy(rb"[\w.()\[\]=]+")
# What names, classes and references are written in.
_CODE_ONLY = lazy(rb"[\w.]+[()\[]{0,2}")
_REFERENCE = lazy(rb"(?:[A-Za-z_]\w{0,40}\.){1,6}[A-Za-z_]\w{0,60}(?:\(\)?|\[)?|[A-Za-z_]\w{0,60}\(\)?")
# A call or an item, as far as a value without quotes reaches: ``getattr(other``, ``auth[0``, ``quote(text``.
_CALL = lazy(
    rb"(?:[A-Za-z_]\w{0,60}\.){0,6}(?:[a-z_]{1,60}\d{0,2}[a-z_]{0,30}|(?:[A-Z][a-z]{1,20}){1,6})"
    rb"(?:[(\[]{1,3}(?:[A-Za-z_][\w.]{0,60}=?|\d{1,2}(?!\d))){1,4}"
)
_BARE_WORD = lazy(rb"[A-Za-z_][A-Za-z_.]{0,30}")
_SNAKE = lazy(rb"[a-z]{1,30}(?:_[a-z]{1,30}){1,5}")
# A list of names, a lambda, a comprehension: no text and no number in it.
_EXPRESSION = lazy(rb"\([^\"'0-9]{1,400}\)|\[[^\"'0-9]{1,200}[ ]for[ ][^\"'0-9]{1,60}[ ]in[ ][^\"'0-9]{1,100}\]")
# Behind the type in a declaration, and behind one of several targets.
_DECLARED = lazy(rb"[ ]\|[ ]None\b|[ ]=[ ]|\)[ ]->[ ]")
# Between backticks, what a shell runs.
_COMMAND = lazy(rb"^[a-z]+[ ]|[$/|]")
# ``shop.web.server_password:ServerPassword`` is an entry point.
_CLASS = lazy(rb"(?:[A-Z][a-z]{1,20}){2,6}")
# In a list of strings, an option or the name of a module is not the value of what stands before it.
_NEXT_ARGUMENT = lazy(rb"--?[A-Za-z][\w\-]{0,40}|[a-z_]\w{0,60}(?:\.[a-z_]\w{0,60}){1,8}")
_NAME = lazy(rb"[A-Za-z_][\w.]{0,80}")
# What follows the subject of a sentence.
_GOES_ON = lazy(rb"[ ](?:should|must|may|might|can|cannot|could|will|is|was|has|does|did|contains|needs|not)[ ]")
# Letters and digits in one piece, and no regular expression.
_MIXED = lazy(rb"(?=[^0-9]*[0-9])(?=[^A-Za-z\x80-\xff]*[A-Za-z\x80-\xff])[^\s^][^\s]*+")
# Notations in which a value may be a container.
_HOLDS = frozenset((Style.PLAIN, Style.JSON))
# How a value is judged when the key leaves a doubt; kinds that are not named do not count then.
_UNSURE = {
    "any": "token",
    "token": "token",
    "key": "key",
    "header": "token",
    "cookie": "token",
    "random": "random",
    "opaque": "opaque",
    "number": "number",
    "session": "token",
}
# And in a container: what names of secrets have inside is their business, unless it looks like one.
_INHERITED = {
    "any": "token",
    "token": "token",
    "key": "random",
    "session": "random",
    "header": "random",
    "cookie": "random",
    "random": "random",
    "opaque": "opaque",
}
# A value this long is not read again for each separator inside it, even if it does not count.
_NOT_AGAIN = 64
_SHORTEST_TYPE = len("str='")
_SCHEMES = frozenset((b"", b"bearer", b"basic", b"token"))
_LONGEST_SCHEME = 12
_NONE: Mapping[tuple[int, int], int] = {}


class FieldDetector:
    """Finds values by the names of their keys.

    Args:
        fields: the fields to look for.
        grammar: what the words around a sensitive word say.
    """

    def __init__(self, fields: Sequence[Field], grammar: Grammar) -> None:
        self.lexicon = Lexicon(fields, grammar)
        self._fields = fields

    def gates(self) -> list[str]:
        """Return gate expressions; where one of them ends, a key may end."""
        from logscrub.detect.keygate import key_gates

        return key_gates(self._fields)

    def value_gates(self) -> list[str]:
        """Return gate expressions that end within a random value; its key is before it."""
        from logscrub.detect.keygate import value_gates

        return value_gates(self._fields)

    def find(self, data: bytes, ends: Iterable[int], taken: Mapping[tuple[int, int], int] = _NONE) -> Iterator[Match]:
        """Yield the sensitive values of a record.

        Args:
            data: the record.
            ends: offsets just after a separator, as the gate reports them, ascending.
            taken: spans that need no match less severe than this, unless it tells which quotes a marker needs.
        """
        done = read = 0
        judge = self.lexicon.judge
        for end in ends:
            if end <= done:
                continue
            if taken and (beyond := _told(data, end, taken)):
                done = beyond
                continue
            key = read_key(data, end, judge)
            if key is None:
                continue
            field = key.verdict.field
            value = read_value(data, end, key.style, field.value, key.start)
            if value is None or (value.whole and field.value == "random"):
                # What lies in a container that was read already has been judged there.
                if key.style in _HOLDS and end >= read and key.verdict.sure:
                    leaves, read = read_leaves(data, end)
                    yield from self._leaves(data, leaves, key)
                continue
            if data[end - 2 : end] == b"!=" and not value.quoted:
                continue
            if taken and not key.quote and taken.get((value.start, value.end), 0) > field.severity:
                done = max(done, value.end)
                continue
            if (
                key.style is Style.PAIR
                and data[value.end + 1 : value.end + 2] == b","
                and data[key.start - 1 : key.start] != b"-"
            ):
                # Of three or more, as a list of columns: no pair.
                key = key._replace(verdict=replace(key.verdict, sure=False))
            if value.start - end > _SHORTEST_TYPE and b"= " in data[end + 1 : value.start]:
                # A declaration with its type, ``token_field: str = "token"``.
                key = key._replace(verdict=replace(key.verdict, sure=False))
            convincing = self._convincing(data, value, key.verdict, key.style) or _is_assigned(data, end, key, value)
            if convincing and not self._is_code(data, value, key):
                done = max(done, value.end)
                yield _match(key, value)
            elif value.end - value.start > _NOT_AGAIN:
                done = max(done, value.end)

    def _leaves(self, data: bytes, leaves: Sequence[Leaf], key: Key) -> Iterator[Match]:
        """``"password": {"old": "v", "new": "v"}``: what looks like a secret inside is one; names there come first."""
        judge = self.lexicon.judge
        login = len(leaves) == 2 and key.verdict.field.value == "random" and not any(inner for _, inner in leaves)
        for value, inner in leaves:
            name = inner.decode("utf-8", "replace")
            verdict = self.lexicon.inside(key.verdict, key.text, name) if not name or judge(name) is None else None
            if login and verdict is not None and value is leaves[1].value:
                verdict = verdict.of_login()
            if verdict is None or not verdict.inherited:
                continue
            value = without_scheme(data, value, verdict.field.value)
            if self._convincing(data, value, verdict, Style.JSON):
                yield _match(key._replace(verdict=verdict), value)

    def judge_value(self, verdict: KeyVerdict, raw: bytes, *, quoted: bool) -> tuple[int, int] | None:
        """Judge a value that is held apart from its key, as in a structure.

        Args:
            verdict: what the key says.
            raw: the value.
            quoted: whether it was text (rather than a number or a bare word).

        Returns:
            The span of the sensitive part, or ``None`` if there is none.
        """
        value = without_scheme(raw, Value(0, len(raw), quoted), verdict.field.value)
        return (value.start, value.end) if self._convincing(raw, value, verdict, Style.JSON) else None

    def _convincing(self, data: bytes, value: Value, verdict: KeyVerdict, style: Style) -> bool:
        raw = data[value.start : value.end]
        if value.whole:
            inner = raw[1:-1].strip(b" \"'")
            return (
                verdict.sure
                and len(inner) >= 3
                and not is_placeholder(raw)
                and not is_placeholder(inner)
                and not is_told(raw)
            )
        kind = verdict.field.value
        if verdict.inherited:
            if kind == "digits":
                return value.quoted and VALUE_KINDS[kind](raw, True)
            kind = _INHERITED.get(kind, "")
            return bool(kind) and _MIXED.fullmatch(raw) is not None and VALUE_KINDS[kind](raw, False)
        if not verdict.sure:
            # Judged as if it stood without quotes: it has to look like a secret by itself.
            kind = _UNSURE.get(kind, "")
            if not kind or not VALUE_KINDS[kind](raw, False):
                return False
        if not VALUE_KINDS[kind](raw, value.quoted):
            return False
        if value.quoted and data[value.start - 1 : value.start] == b"`" and _COMMAND.search(raw) is not None:
            return False
        return value.quoted or style is Style.FLAG or not _is_prose(data, value)

    def _is_code(self, data: bytes, value: Value, key: Key) -> bool:
        """A source line in a traceback: ``connect(password=self.password)`` names the value, it does not hold it."""
        raw = data[value.start : value.end]
        name = key.text.encode("utf-8", "replace")
        if name in (b"PWD", b"OLDPWD") and is_path(raw):
            return True
        if key.style in (Style.PAIR, Style.ARGUMENT) and (
            _NEXT_ARGUMENT.fullmatch(raw) is not None or self._is_name(raw)
        ):
            return True
        if value.whole:
            return _EXPRESSION.fullmatch(raw) is not None
        if value.quoted:
            # Its own name may be a password, but is no key when it is a name of several words.
            return key.verdict.field.value == "key" and b"_" in raw and raw.lower() == name.lower()
        if key.style is Style.FLAG:
            return False
        if raw == name:
            return True
        if _CODE.fullmatch(raw) is None:
            return False
        if name.rpartition(b".")[2].strip(b"_") == raw.strip(b"_") or _CALL.fullmatch(raw) is not None:
            return True
        if key.text.islower() and _SNAKE.fullmatch(raw) is not None and self._is_name(raw):
            return True  # ``password=new_password``
        if _BARE_WORD.fullmatch(raw) is not None and (
            key.style is Style.JSON or _DECLARED.match(data, value.end) is not None
        ):
            return True  # a text would have quotes here
        if _CODE_ONLY.fullmatch(raw) is None:
            return False
        if _CLASS.fullmatch(raw) is not None and name.replace(b"_", b"").lower().endswith(raw.lower()):
            return True
        if data[value.end : value.end + 1] in (b"(", b"[") and _NAME.fullmatch(raw) is not None:
            return True
        return (
            _REFERENCE.fullmatch(raw) is not None and self.lexicon.judge(raw.rstrip(b"()[").decode("ascii")) is not None
        )

    def _is_name(self, raw: bytes) -> bool:
        """``["old_password", "new_password"]``, ``["Authorization", "Proxy-Authorization"]``: a list of names."""
        return (b"_" in raw or b"-" in raw) and raw.isascii() and self.lexicon.judge(raw.decode("ascii")) is not None


def _told(data: bytes, end: int, taken: Mapping[tuple[int, int], int]) -> int:
    """Return the end of a value that says itself what it is, if it is all there is behind a separator; else 0.

    Between them may be a quote, or the scheme of a header.
    """
    for (start, stop), weight in taken.items():
        if (
            weight > Severity.CRITICAL
            and 0 <= start - end <= _LONGEST_SCHEME
            and data[end:start].strip(b" \t\"'").lower() in _SCHEMES
            and (stop == len(data) or data[stop] in b" \t\r\n\"'")
            and (start > end or data[end - 1 : end] != b":")
        ):
            return stop
    return 0


def _is_assigned(data: bytes, end: int, key: Key, value: Value) -> bool:
    """``IRC_PASS=swordfish``: a variable of the environment holds its value as it is, and a word may be the value."""
    return (
        key.verdict.sure
        and key.verdict.field.category == "secret.password"
        and value.start == end
        and data[end - 1 : end] == b"="
        and "_" in key.text
        and key.text.isupper()
        and VALUE_KINDS["assigned"](data[value.start : value.end], False)
    )


def _match(key: Key, value: Value) -> Match:
    field = key.verdict.field
    return Match(
        field.id,
        field.category,
        field.severity,
        value.start,
        value.end,
        field.confidence if key.verdict.sure else Confidence.LOW,
        key.text,
        "" if value.quoted and not value.whole else key.quote,
    )


def _is_prose(data: bytes, value: Value) -> bool:
    """``password: must contain …`` is a sentence, not a value; so is ``password: Input should be …``."""
    raw = data[value.start : value.end]
    return (
        raw.isalpha()
        and data[value.start - 1 : value.start] == b" "
        and data[value.end : value.end + 1] == b" "
        and data[value.end + 1 : value.end + 2].islower()
        and (raw.islower() or (raw.istitle() and _GOES_ON.match(data, value.end) is not None))
    )
