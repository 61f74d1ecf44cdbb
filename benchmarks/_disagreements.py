"""Rows of ``secrets.jsonl`` that we judge differently, on purpose: their classes, and the file that lists them.

A class is a property of the row and of what we find in it, written as code here, with its reason. A disagreement that
has no such property is in no class: it is an error of ours until somebody shows otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from _corpora import Row, flags, identity, is_found, kinds, occurrences
from _tools import Found

Findings = Sequence[Found]


@dataclass(frozen=True)
class Disagreement:
    """A row where our verdict is not the source's.

    Attributes:
        id: digest of the row, see ``_corpora.identity``.
        expect: what the source says: ``match`` or ``no_match``.
        kind: name of the class, empty if there is none.
        reason: why we judge as we do.
    """

    id: str
    expect: str
    kind: str
    reason: str


class Kind(NamedTuple):
    """A class: when it holds, and why that makes our verdict right. ``{rules}`` stands for what fires."""

    name: str
    reason: str
    holds: Callable[[Row, Findings], bool]


# Placeholders

_WORDS = re.compile(
    r"(?i)example|sample|dummy|placeholder|replace|changeme|change[-_]me|redacted|insert|fake|your[-_]|[-_ <]here\b"
    r"|x{4}|\.\.\.|deadbeef|n?o?t?[-_]?a?[-_]?real|todo|foobar|lorem"
)
_SERIES = "0123456789 9876543210 abcdefghijklmnopqrstuvwxyz qwertyuiop asdfghjkl zxcvbnm"


def is_placeholder(value: str) -> bool:
    """Tell whether a person or a keyboard made a value up: it says so, repeats itself, or counts.

    >>> [is_placeholder(one) for one in ("your_key_here", "00000000-0000", "aBcDeFgHiJkL1234", "a1b2c3d4e5f6", "Zk3v9QpLx7TbW2mN")]
    [True, True, True, True, False]
    """
    if _WORDS.search(value):
        return True
    plain = re.sub(r"[^a-z0-9]", "", value.lower())
    if not plain or len(set(plain)) <= max(2, len(plain) // 8):
        return True
    return any(sum(map(len, _runs(one))) * 2 >= len(one) for one in (plain, plain[::2] + plain[1::2]))


def _runs(plain: str) -> Iterator[str]:
    """Yield the stretches of four and more that count, follow the alphabet or the keyboard, or repeat."""
    at = 0
    while at < len(plain):
        end = at + 1
        while end < len(plain) and (plain[at : end + 1] in _SERIES or len(set(plain[at : end + 1])) == 1):
            end += 1
        if end - at >= 4:
            yield plain[at:end]
        at = end


# Features of rows

_IDENTIFIER = re.compile(
    r"(?i)(?:^|[-_./])(?<!webhook[-_./])(?:id|ids|url|uri|host|hostname|domain|account|name|user|username|email|arn|bucket|s3|gcs"
    r"|tenant|homedir)(?:[-_./]?\d+[a-z]?)?$"
)
_KEY = re.compile(r"([A-Za-z][\w.-]{1,60})[\"']?\s*(?:[:=]+>?|\s)\s*[\"']?")
_ADDRESS = re.compile(
    r"(?i)(?:[a-z][a-z0-9+]{1,10}://)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}(?::\d+)?(?:/[\w.-]{0,24}){0,4}"
)
_VARIABLE = re.compile(r"[=:,(\s][\"']?(?:\$\{?\w+|#\{|%\{|\{\{|<[\w -]+>|%\w+%|os\.environ|process\.env|getenv)")
_TEMPLATE = re.compile(r"[#$%]\{|\{\{|[<>(){}]|::|\s|#\w+$")
_DEMONSTRATIONS = frozenset({"pattern", "filter-comments", "example", "new-rule", "no-homedir", "secret-number"})


def _values(row: Row, found: Findings) -> list[str]:
    return [row["text"][one.start : one.end] for one in found if one.secret]


def _overlaps(row: Row, found: Findings) -> bool:
    spans = list(occurrences(row["text"], row.get("secret") or "\0"))
    return any(one.start < end and start < one.end for one in found if one.secret for start, end in spans)


def _is_identifier(row: Row, _: Findings) -> bool:
    if _IDENTIFIER.search(re.sub(r"([a-z])(?=[A-Z])", r"\1-", row["rule"])):
        return True
    text = row.get("secret") or row["text"].strip()
    if _ADDRESS.fullmatch(text.strip("\"'`;, ")):
        return True
    key = _KEY.match(text)
    if key is None or "\n" in text:
        return False
    name = re.sub(r"([a-z])(?=[A-Z])", r"\1_", key[1])
    return bool(_IDENTIFIER.search(name) or _ADDRESS.fullmatch(text[key.end() :].strip("\"'`;, ")))


def _has_placeholder(row: Row, _: Findings) -> bool:
    text = row.get("secret") or row["text"]
    words = re.findall(r"[A-Za-z0-9_+/=-]{16,}", text)
    made_up = [word for word in words if is_placeholder(word)]
    return bool(made_up) and not any(re.search(r"\d", word) for word in words if word not in made_up)


def _specific(found: Findings) -> list[Found]:
    return [one for one in found if one.secret and one.specific]


def _kind_is_named(row: Row) -> bool:
    return bool(kinds(row["rule"]) - {"preset", "recommend", "canary", "pattern"})


def classes(categories: Mapping[str, str], rows: Sequence[Row]) -> tuple[Kind, ...]:
    """Return the classes, the first that holds counts.

    Args:
        categories: the category of each of our rules, by id.
        rows: all rows, for what one case says of the value of another.
    """
    secrets = "\n".join(row["text"] for row in rows if row["expect"] == "match")
    ignored = {row["text"].strip() for row in rows if row["expect"] == "no_match"}

    def silent(row: Row) -> bool:
        return row["expect"] == "no_match"

    def weak(row: Row, found: Findings) -> bool:
        passwords = all(categories.get(one.rule) == "secret.password" for one in found if one.secret)
        return passwords and all(len(value) <= 12 or value.isalpha() for value in _values(row, found))

    def known(row: Row, found: Findings) -> bool:
        values = _values(row, found)
        return all(len(value) >= 16 and value in secrets for value in values)

    def credible(row: Row, found: Findings) -> bool:
        passwords = all(categories.get(one.rule) == "secret.password" for one in found if one.secret)
        return all(
            not _TEMPLATE.search(value) and (passwords or len(value) >= 20 or bool(re.search(r"\d", value)))
            for value in _values(row, found)
        )

    def bare(row: Row, found: Findings) -> bool:
        return all(value == row["text"].strip("\"'`;, \n") for value in _values(row, found))

    return (
        # match rows that we do not find
        Kind(
            "demonstration-rule",
            "The source's rule shows how rules are written or switched off; its text holds no credential of any kind.",
            lambda row, _: not silent(row) and row["rule"].partition("/")[0] in _DEMONSTRATIONS,
        ),
        Kind(
            "inner-part",
            "The source marks a whole address or assignment; what is secret in it is found ({rules}), the rest is kept.",
            lambda row, found: not silent(row) and _overlaps(row, found),
        ),
        Kind(
            "identifier-not-secret",
            "The source looks for an identifier (an address, an account, a client id): it opens nothing by itself.",
            lambda row, found: not silent(row) and _is_identifier(row, found),
        ),
        Kind(
            "placeholder-match",
            "The value repeats or counts: nobody was issued it, and we take it for a placeholder.",
            lambda row, found: not silent(row) and _has_placeholder(row, found),
        ),
        Kind(
            "not-secret-elsewhere",
            "Another case has this very text and says that there is nothing to find in it.",
            lambda row, _: not silent(row) and row["text"].strip() in ignored,
        ),
        Kind(
            "variable-not-value",
            "What stands in the place of the secret names a variable; the value is not in the text.",
            lambda row, found: not silent(row) and bool(_VARIABLE.search(row["text"])),
        ),
        # no_match rows that we flag
        Kind(
            "placeholder-key",
            "A made-up value under a key name that means a secret; in a log {rules} cannot know, and hiding it costs nothing.",
            lambda row, found: silent(row) and not _specific(found) and all(map(is_placeholder, _values(row, found))),
        ),
        Kind(
            "generic-key",
            "Only the source's own rule must stay silent; the key name says that the value is a secret ({rules}).",
            lambda row, found: silent(row) and row["scope"] == "rule" and not _specific(found) and credible(row, found),
        ),
        Kind(
            "documentation-key",
            "A key from documentation, or one made up in the full shape of a real one; {rules} hides it like a real one.",
            lambda row, found: silent(row) and bool(_specific(found)) and all(map(is_placeholder, _values(row, found))),
        ),
        Kind(
            "placeholder-password",
            "A short or everyday word where a password stands ({rules}): people do use such passwords.",
            lambda row, found: silent(row) and weak(row, found),
        ),
        Kind(
            "other-kind",
            "Only the source's own rule must stay silent; the text holds a credential of another kind ({rules}).",
            lambda row, found: (
                silent(row)
                and row["scope"] == "rule"
                and _kind_is_named(row)
                and bool(_specific(found))
                and not flags(row, found).same_kind
            ),
        ),
        Kind(
            "secret-elsewhere",
            "Another case has this very value and says that it is a secret ({rules}).",
            lambda row, found: silent(row) and known(row, found),
        ),
        Kind(
            "keyed-shape",
            "The key name says that the value is a secret, and the value has the shape of one ({rules}).",
            lambda row, found: bool(_specific(found)) and silent(row) and all(one.keyed for one in found if one.secret),
        ),
        Kind(
            "near-miss",
            "The text is nothing but a value in the shape of {rules}; the source turns it down by a stop list, its entropy or an"
            " exact length, and we rather hide it.",
            lambda row, found: silent(row) and bare(row, found),
        ),
    )


def disagreement(row: Row, found: Findings, kinds_of: Sequence[Kind]) -> Disagreement | None:
    """Return how our verdict on a row differs from its source's, or None if it does not."""
    agreed = is_found(row, found) if row["expect"] == "match" else not flags(row, found).any
    if agreed:
        return None
    rules = ", ".join(sorted({one.rule for one in found if one.secret})) or "no rule"
    for kind in kinds_of:
        if kind.holds(row, found):
            return Disagreement(identity(row), row["expect"], kind.name, kind.reason.replace("{rules}", rules))
    return Disagreement(identity(row), row["expect"], "", "")


def load(path: Path) -> dict[tuple[str, str], Disagreement]:
    """Return the listed disagreements by digest and by what the source expects; none if there is no file."""
    if not path.is_file():
        return {}
    listed = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            one = Disagreement(entry["id"], entry["expect"], entry["class"], entry["reason"])
            listed[one.id, one.expect] = one
    return listed


def save(path: Path, disagreements: Iterable[Disagreement]) -> int:
    """Write those disagreements that have a class, by class and digest; return how many."""
    unique = {(one.id, one.expect): one for one in disagreements if one.kind}
    ordered = sorted(unique.values(), key=lambda one: (one.expect, one.kind, one.id))
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for one in ordered:
            entry = {"id": one.id, "expect": one.expect, "class": one.kind, "reason": one.reason}
            stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
    return len(ordered)
