"""Third-party test cases as rows, and what a tool's findings make of each.

The rows are other projects' test cases. They are read where they lie and never copied: what is kept of a row is a digest.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from _tools import ROOT, Found

CORPORA = ROOT.parent / "shared" / "corpora"
ENTITIES = ROOT / "benchmarks" / "personal_entities.toml"

Row = Mapping[str, Any]

# Words of rule names that say nothing of whose credential it is.
_COMMON_WORDS = (
    "access account admin api app application auth authorization basic bearer client code credential credentials cloud"
    " generic id identity in integration json key keys kingfisher legacy live long lived new np oauth old other password"
    " personal preset private production project public refresh root secret secretlint sensitive server service session"
    " short signing test token tokens type uri url user username value version web webhook yaml"
)
_COMMON = frozenset(_COMMON_WORDS.split())


def read(path: Path) -> list[Row]:
    """Return the rows of a file of JSON lines."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def identity(row: Row) -> str:
    """Return what a row of ``secrets.jsonl`` goes by in our files: a digest of its source, rule and text."""
    text = "\0".join((row["source"], row["rule"], row["text"]))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def covers(found: Iterable[Found], start: int, end: int) -> bool:
    """Tell whether findings hide at least the middle half of a span.

    >>> covers([Found(2, 9, "x", True, True)], 0, 10), covers([Found(4, 9, "x", True, True)], 0, 10)
    (True, False)
    """
    quarter = (end - start) // 4
    at, last = start + quarter, end - quarter
    for one in sorted(found):
        if one.start <= at:
            at = max(at, one.end)
    return at >= last


def occurrences(text: str, part: str) -> Iterator[tuple[int, int]]:
    """Yield where a part stands in a text."""
    at = text.find(part)
    while at >= 0:
        yield at, at + len(part)
        at = text.find(part, at + 1)


def is_found(row: Row, found: Sequence[Found]) -> bool:
    """Tell whether a ``match`` row is found: secret findings cover its ``secret``, or, where it names none, are there."""
    secrets = [one for one in found if one.secret]
    if not row.get("secret"):
        return bool(secrets)
    return any(covers(secrets, *span) for span in occurrences(row["text"], row["secret"]))


def kinds(name: str) -> frozenset[str]:
    """Return the words of a rule's name that say whose credential it looks for.

    >>> sorted(kinds("np.slack.4") | kinds("aws-secret-access-key"))
    ['aws', 'slack']
    """
    return frozenset(re.findall(r"[a-z][a-z0-9]+", re.sub(r"([a-z])(?=[A-Z])", r"\1 ", name).lower())) - _COMMON


@dataclass(frozen=True)
class Flags:
    """By what a ``no_match`` row is flagged.

    Attributes:
        any: any secret finding.
        specific: one by shape, not by the name of a key or by randomness.
        same_kind: one by shape whose rule shares a telling word with the row's rule: what the row forbids.
    """

    any: bool
    specific: bool
    same_kind: bool


def flags(row: Row, found: Sequence[Found]) -> Flags:
    """Return by what a ``no_match`` row is flagged."""
    secrets = [one for one in found if one.secret]
    specific = [one for one in secrets if one.specific]
    wanted = kinds(row["rule"])
    return Flags(bool(secrets), bool(specific), any(wanted & kinds(one.rule) for one in specific))


def redacted(row: Row, scrub: Callable[[Any], Any]) -> tuple[list[str], list[str]]:
    """Scrub the input of a row of ``redaction.jsonl``; return what is still there, and what is lost."""
    out = scrub(row["input"])
    if not isinstance(out, str):
        out = json.dumps(out, ensure_ascii=False, default=str)
    return [one for one in row["must_not_contain"] if one in out], [
        one for one in row["must_contain"] if one not in out
    ]


ANY = "(any)"


@dataclass(frozen=True)
class Case:
    """One judgement on personal data: a span that should be found, or a text in which an entity should not be.

    Attributes:
        entity: what is looked for, as the suite calls it; ``(any)`` for a text without personal data.
        span: what should be found; None for a negative.
        group: ``presidio``, ``presidio, bare numbers`` (only the check digit was asked for), or ``datafog``.
    """

    entity: str
    text: str
    span: tuple[int, int] | None
    group: str


def personal_cases(rows: Iterable[Row]) -> tuple[list[Case], int]:
    """Return the judgements in ``personal.jsonl``, and how many rows say nothing that can be judged."""
    cases: list[Case] = []
    left_out = 0
    for row in rows:
        group = row["suite"].partition("-")[0]
        spans, text = row["expect_spans"], row["text"]
        if "expect_valid" in row:
            span = (0, len(text)) if row["expect_valid"] else None
            cases.append(Case(row["entity"], text, span, f"{group}, bare numbers"))
        elif spans is None:
            left_out += 1
        elif "entities" in row:
            named = row["entities"]
            if spans:
                cases += [Case(name, text, tuple(span), group) for name, span in zip(named, spans, strict=True)]
            else:
                cases += [Case(name, text, None, group) for name in named or [ANY]]
        elif spans:
            cases += [Case(row["entity"], text, tuple(span), group) for span in spans]
        else:
            cases.append(Case(row["entity"], text, None, group))
    return cases, left_out


@dataclass(frozen=True)
class Entities:
    """Which of our rules stand for which kinds of personal data, as ``personal_entities.toml`` says.

    Attributes:
        table: rules and keyword by the names of an entity, aliases included. An empty keyword: claimed without one.
        names: all names of an entity, by each of them.
    """

    table: Mapping[str, tuple[frozenset[str], str]]
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path = ENTITIES) -> Entities:
        """Read the file; without it, any rule stands for any entity."""
        table: dict[str, tuple[frozenset[str], str]] = {}
        names: dict[str, frozenset[str]] = {}
        if path.is_file():
            for entry in tomllib.loads(path.read_text("utf-8"))["entity"]:
                keyword = entry.get("keyword", "") if entry.get("claimed") == "keyword" else ""
                every = frozenset({entry["name"], *entry.get("aliases", ())})
                for name in every:
                    table[name] = frozenset(entry["rules"]), keyword
                    names[name] = every
        return cls(table, names)

    def rules(self, entity: str) -> frozenset[str] | None:
        """Return the rules that stand for an entity, or None where it is not written down: any."""
        return self.table[entity][0] if entity in self.table else None

    def with_keyword(self, case: Case) -> Case:
        """Return a case with the word before it that its entity is claimed under.

        >>> Entities({"PIN": (frozenset(), "pin")}).with_keyword(Case("PIN", "1234", (0, 4), "demo"))
        Case(entity='PIN', text='pin: 1234', span=(5, 9), group='demo')
        """
        keyword = self.table.get(case.entity, (None, ""))[1]
        if not keyword:
            return case
        shift = len(keyword) + 2
        span = (case.span[0] + shift, case.span[1] + shift) if case.span else None
        return replace(case, text=f"{keyword}: {case.text}", span=span)
