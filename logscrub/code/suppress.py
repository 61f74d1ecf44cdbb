"""Findings somebody looked at: a comment beside the call, or a baseline file; and what makes a finding the same one.

``# logscrub: ok(reason)`` on a line of the call, or alone on the line above it, keeps the call out of the findings. The
reason is not optional. A baseline holds fingerprints of findings, each with a reason and, if wanted, a last day.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from logscrub.code.model import CodeFinding, CodeResult, Problem, Suppressed
from logscrub.entries import NEW_REASON, last_day, project_path, read_document, read_entries, today
from logscrub.report.visible import visible

__all__ = [
    "BASELINE_SCHEMA",
    "HOW",
    "Baseline",
    "Comment",
    "Entry",
    "apply",
    "comments_of",
    "fingerprint_of",
    "fingerprinted",
    "project_path",
    "with_baseline",
]

BASELINE_SCHEMA = "logscrub/code-baseline/1"
HOW = "write # logscrub: ok(why it may be printed)"

_MARK = b"logscrub:"
_COMMENT = re.compile(
    r"(?<![\w-])logscrub:[ \t]{0,20}(?P<verb>[\w-]{0,40})"
    r"(?:[ \t]{0,20}\((?P<reason>(?:[^()]|\([^()]{0,1000}\)){0,1000})\))?"
)
_KEYS = ("fingerprint", "rule", "path", "function", "reason", "expires")
_NEEDED = ("fingerprint", "reason")
# Letters only, so that nobody's secret scanner takes a fingerprint in a baseline for a key.
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def fingerprint_of(finding: CodeFinding, occurrence: int = 0) -> str:
    """Return what identifies a finding when the lines around it move: twenty letters.

    Args:
        finding: the finding; its rule, file, function and expression count, its lines do not.
        occurrence: how many findings before it in the file are like it in all of these.

    >>> from logscrub.code.model import Kind, Place
    >>> from logscrub.model import Severity
    >>> def at(line):
    ...     place = Place("app.py", line)
    ...     return CodeFinding("r", Kind.NAME, Severity.HIGH, "password", place, "f", "", "pw", "", "", (), "")
    >>> fingerprint_of(at(3)) == fingerprint_of(at(9)), fingerprint_of(at(3)) == fingerprint_of(at(3), 1)
    (True, False)
    """
    parts = (finding.rule, project_path(finding.place.path), finding.function, finding.expression, str(occurrence))
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:20].translate(_LETTERS)


def fingerprinted(findings: Iterable[CodeFinding]) -> list[CodeFinding]:
    """Give every finding that has no fingerprint its own; findings that are alike are numbered in their order."""
    seen: Counter[str] = Counter()
    done = []
    for finding in sorted(findings, key=lambda one: (one.place, -one.severity, one.field)):
        plain = fingerprint_of(finding)
        if not finding.fingerprint:
            finding = replace(finding, fingerprint=fingerprint_of(finding, seen[plain]))
        seen[plain] += 1
        done.append(finding)
    return done


class Comment(NamedTuple):
    """A comment that speaks to logscrub.

    Attributes:
        line: its line, from 1.
        alone: nothing else stands on the line.
        verb: what it says (``ok``).
        reason: why; empty if it does not say.
    """

    line: int
    alone: bool
    verb: str
    reason: str


def comments_of(path: str, source: str | bytes) -> list[Comment]:
    """Return the comments in a source file that speak to logscrub. Text in string literals is none.

    >>> comments_of("a.py", 'log(x)  # logscrub: ok(an id)\\ny = "# logscrub: ok(no)"')
    [Comment(line=1, alone=False, verb='ok', reason='an id')]
    """
    data = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    if _MARK not in data:
        return []
    text = data.decode("utf-8", "replace")
    found = []
    for line, alone, comment in _comments(path, text):
        said = _COMMENT.search(comment)
        if said is not None:
            found.append(Comment(line, alone, said["verb"], (said["reason"] or "").strip()))
    return found


def apply(
    findings: Iterable[CodeFinding],
    sources: Callable[[str], str | bytes],
    baseline: Baseline | None = None,
    paths: Iterable[str] = (),
) -> tuple[list[CodeFinding], list[Suppressed], list[Problem]]:
    """Take out the findings that a comment or a baseline names.

    Args:
        findings: all findings: one left out before, for its severity, makes its comment look stale.
        sources: gives the source of a file; asked once for each.
        baseline: findings known before.
        paths: more files, without findings, whose comments are to be checked.

    Returns:
        The findings left, each with its fingerprint; those taken out; and remarks (``partial`` problems): comments
        without a reason, which have no effect, comments with nothing to suppress, entries of the baseline that ran out.
    """
    left = fingerprinted(findings)
    by_path: dict[str, list[CodeFinding]] = {path: [] for path in paths}
    for finding in left:
        by_path.setdefault(finding.place.path, []).append(finding)
    suppressed: list[Suppressed] = []
    problems: list[Problem] = []
    for path, own in by_path.items():
        comments = comments_of(path, sources(path))
        if comments:
            suppressed += _by_comments(path, own, comments, problems)
    gone = {one.finding.fingerprint for one in suppressed}
    left = [finding for finding in left if finding.fingerprint not in gone]
    if baseline is not None:
        left, known, expired = baseline.split(left)
        suppressed += known
        problems += expired
    return left, sorted(suppressed, key=lambda one: one.finding.place), problems


def _by_comments(
    path: str, findings: Sequence[CodeFinding], comments: Sequence[Comment], problems: list[Problem]
) -> Iterator[Suppressed]:
    done: set[str] = set()
    for comment in comments:
        if comment.verb != "ok":
            problems.append(Problem(path, f"a comment to logscrub is not understood; {HOW}", comment.line, True))
            continue
        if not comment.reason:
            problems.append(Problem(path, f"a comment suppresses nothing without a reason; {HOW}", comment.line, True))
            continue
        meant = [finding for finding in findings if _beside(comment, finding)]
        if not meant:
            problems.append(Problem(path, "nothing is found where this comment suppresses it", comment.line, True))
        for finding in meant:
            if finding.fingerprint not in done:
                done.add(finding.fingerprint)
                yield Suppressed(finding, comment.reason)


def _beside(comment: Comment, finding: CodeFinding) -> bool:
    place = finding.place
    return place.overlaps(comment.line, comment.line) or (comment.alone and comment.line + 1 == place.line)


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding a baseline knows.

    Attributes:
        fingerprint: which.
        rule: its rule, for people.
        path: its file, for people.
        function: what it stands in, for people.
        reason: why it is no matter.
        expires: the last day it is none.
    """

    fingerprint: str
    rule: str
    path: str
    function: str
    reason: str
    expires: date | None = None


@dataclass(frozen=True)
class Baseline:
    """Findings known before, by fingerprint."""

    entries: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def load(cls, path: str) -> Baseline:
        """Read a baseline file.

        Raises:
            ConfigError: it cannot be read or does not say what a baseline says.
        """
        document = read_document(path, BASELINE_SCHEMA)
        entries = (_entry(path, number, value) for number, value in read_entries(path, document, _KEYS, _NEEDED))
        return cls({entry.fingerprint: entry for entry in entries})

    def split(
        self, findings: Iterable[CodeFinding], day: date | None = None
    ) -> tuple[list[CodeFinding], list[Suppressed], list[Problem]]:
        """Part findings into those that count, those the baseline knows, and remarks on entries that ran out."""
        day = day or today()
        left, known, expired = [], [], []
        for finding in findings:
            entry = self.entries.get(finding.fingerprint)
            if entry is None:
                left.append(finding)
            elif entry.expires is not None and entry.expires < day:
                left.append(finding)
                reason = f"counts again: its entry in the baseline expired on {entry.expires.isoformat()}"
                expired.append(Problem(finding.place.path, reason, finding.place.line, True))
            else:
                known.append(Suppressed(finding, entry.reason, "baseline"))
        return left, known, expired

    def renewed(self, findings: Iterable[CodeFinding]) -> Baseline:
        """Return a baseline of findings: reasons and last days of those known before stay, as do no others."""
        entries = {}
        for finding in findings:
            before = self.entries.get(finding.fingerprint)
            entries[finding.fingerprint] = Entry(
                finding.fingerprint,
                finding.rule,
                project_path(finding.place.path),
                finding.function,
                before.reason if before else NEW_REASON,
                before.expires if before else None,
            )
        return Baseline(entries)

    def text(self) -> str:
        """Return the file's text, in an order that changes only where findings do.

        >>> print(Baseline().text(), end="")
        {
          "schema": "logscrub/code-baseline/1",
          "findings": []
        }
        """
        ordered = sorted(self.entries.values(), key=lambda one: (one.path, one.rule, one.function, one.fingerprint))
        document = {"schema": BASELINE_SCHEMA, "findings": [_plain(entry) for entry in ordered]}
        return json.dumps(document, indent=2) + "\n"


def with_baseline(result: CodeResult, baseline: Baseline) -> CodeResult:
    """Move what a baseline knows from the findings of a result to those suppressed."""
    left, known, remarks = baseline.split(fingerprinted(result.findings))
    return replace(
        result,
        findings=tuple(left),
        suppressed=tuple(sorted((*result.suppressed, *known), key=lambda one: one.finding.place)),
        problems=(*result.problems, *remarks),
    )


def _plain(entry: Entry) -> dict[str, str]:
    values = {key: visible(str(getattr(entry, key))) for key in _KEYS if key != "expires"}
    if entry.expires is not None:
        values["expires"] = entry.expires.isoformat()
    return values


def _entry(path: str, number: int, value: dict[str, str]) -> Entry:
    texts = {key: value.get(key, "") for key in _KEYS if key != "expires"}
    return Entry(**texts, expires=last_day(path, number, value))


# What a comment is, in Python where tokenizing fails (Python 2, files with errors) and in other languages.
_STRING = r"""(?s:\"{3}.*?\"{3}|'{3}.*?'{3})|\"(?:\\.|[^"\\\n])*\"|'(?:\\.|[^'\\\n])*'"""
_HASH = re.compile(rf"{_STRING}|(?P<comment>\#[^\n]*)")
_SLASH = re.compile(
    r"""`(?s:\\.|[^`\\])*`|\"(?:\\.|[^"\\\n])*\"|'(?:\\.|[^'\\\n])*'|(?P<comment>//[^\n]*|(?s:/\*.*?\*/))"""
)
_BOTH = re.compile(rf"{_STRING}|(?P<comment>//[^\n]*|\#[^\n]*|(?s:/\*.*?\*/))")
_PYTHON = (".py", ".pyi", ".pyw")
_BY_HASH = (
    *_PYTHON,
    ".rb",
    ".rake",
    ".sh",
    ".bash",
    ".pl",
    ".pm",
    ".ex",
    ".exs",
    ".yaml",
    ".yml",
    ".toml",
    ".r",
    ".tf",
)


def _comments(path: str, text: str) -> Iterator[tuple[int, bool, str]]:
    """Yield line, whether it stands alone, and text of the comments."""
    suffix = os.path.splitext(path)[1].lower()
    lexer = _HASH if suffix in _BY_HASH or not suffix else _BOTH if suffix == ".php" else _SLASH
    if lexer is _HASH and (suffix in _PYTHON or not suffix):
        try:
            tokens = list(tokenize.generate_tokens(io.StringIO(text, newline="").readline))
        except (tokenize.TokenError, SyntaxError):
            pass  # not Python as we know it: the plain lexer reads it
        else:
            for token in tokens:
                if token.type == tokenize.COMMENT:
                    yield token.start[0], not token.line[: token.start[1]].strip(), token.string
            return
    for match in lexer.finditer(text):
        if match["comment"] and "logscrub:" in match["comment"]:
            before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
            for extra, line in enumerate(match["comment"].split("\n")):
                yield text.count("\n", 0, match.start()) + 1 + extra, not before.strip() or extra > 0, line
