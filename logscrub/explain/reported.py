"""Explanations of findings: looked up in reports that were written, or in a ledger."""

from __future__ import annotations

import json
import os
import shlex
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from logscrub.errors import ConfigError, SourceError
from logscrub.explain.advice import advice, clause_words, code_rules
from logscrub.explain.names import CODE_OFF, steps
from logscrub.explain.topic import Explanation, Section, sections
from logscrub.policy import Policy
from logscrub.report.visible import visible
from logscrub.sources.paths import reason_of

_MOST_FILES = 5
_MOST_BYTES = 1 << 28
_HOW = "make one with: logscrub scan LOG --format json=report.json"


@dataclass(frozen=True, slots=True)
class Reported:
    """A finding as a report has it. Reports are written by others: every text is made visible before it is shown.

    Attributes:
        id: of the finding; of one in source code, its fingerprint.
        data: what the report says.
        kind: ``scan``, ``code`` or ``ledger``.
        reason: why the report leaves it out, if it does.
        lasting: fingerprints of the report hold for other runs too.
    """

    id: str
    data: Mapping[str, Any]
    kind: str
    reason: str = ""
    lasting: bool = False

    def text(self, *keys: str) -> str:
        """Return a text of the report, empty where it says none.

        >>> Reported("1f", {"first": {"path": "a.log"}}, "scan").text("first", "path")
        'a.log'
        """
        value: Any = self.data
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return visible(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""

    def number(self, key: str) -> int:
        """Return a number of the report, 0 where it says none."""
        value = self.data.get(key)
        return value if isinstance(value, int) else 0

    def title(self) -> str:
        """Say what was found, in a line."""
        if self.kind == "code":
            return self.text("message") or self.text("rule")
        return " ".join(part for part in (self.text("title") or self.text("rule"), self.text("preview")) if part)

    def place(self) -> str:
        """Say where it was first seen."""
        place = "place" if self.kind == "code" else "first"
        path, line = self.text(place, "path") or self.text("path"), self.text(place, "line")
        return f"{path}:{line}" if line else path


def read_report(path: str, data: bytes) -> list[Reported]:
    """Read the findings of a report: of ``scan``, ``code`` or ``trace``, as JSON or JSON lines.

    Args:
        path: what messages call it.
        data: its bytes.

    Raises:
        ConfigError: it is no such report.

    >>> [one.id for one in read_report("-", b'{"type": "finding", "id": "00ff", "rule": "jwt"}')]
    ['00ff']
    """
    if len(data) > _MOST_BYTES:
        raise ConfigError(
            f"{visible(path)}: larger than {_MOST_BYTES >> 20} MB; write a report with --min-severity high"
        )
    try:
        document: Any = json.loads(data)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict) and "findings" in document:
        return list(_of_document(path, document))
    lines: list[Any] = []
    for line in data.splitlines():
        try:
            lines.append(json.loads(line) if line.strip() else None)
        except (ValueError, RecursionError):
            raise ConfigError(f"{visible(path)}: is no report as JSON or JSON lines; {_HOW}") from None
    found = list(_of_lines([one for one in lines if isinstance(one, dict)]))
    if not found and not any(isinstance(one, dict) and one.get("type") == "summary" for one in lines):
        raise ConfigError(f"{visible(path)}: is no report of findings; {_HOW}")
    return found


def _of_document(path: str, document: dict[str, Any]) -> Iterator[Reported]:
    schema = str(document.get("schema", ""))
    if not schema.startswith(("logscrub/scan/", "logscrub/code/", "logscrub/trace/")):
        what = f"is of the kind {visible(schema)!r}" if schema else "does not say what it is"
        raise ConfigError(f"{visible(path)}: {what}, not a report of scan, code or trace; {_HOW}")
    kind = "code" if schema.startswith("logscrub/code/") else "scan"
    lasting = bool(document.get("key_id"))
    for one in _tables(document.get("findings")):
        yield _reported(one, kind, lasting=lasting)
    for one in _tables(document.get("suppressed")):
        if isinstance(one.get("finding"), dict):
            yield _reported(one["finding"], kind, str(one.get("reason", "")), lasting=lasting)


def _of_lines(lines: list[dict[str, Any]]) -> Iterator[Reported]:
    lasting = any(one.get("key_id") for one in lines if one.get("type") == "summary")
    for one in lines:
        if one.get("type") == "finding":
            yield _reported(one, "scan", lasting=lasting)
        elif one.get("type") == "suppressed" and isinstance(one.get("finding"), dict):
            yield _reported(one["finding"], "scan", str(one.get("reason", "")), lasting=lasting)
        elif "type" not in one and str(one.get("rule", "")).startswith("code."):
            yield _reported(one, "code")


def _tables(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _reported(data: dict[str, Any], kind: str, reason: str = "", *, lasting: bool = False) -> Reported:
    name = data.get("fingerprint" if kind == "code" else "id")
    return Reported(visible(str(name or "")), data, kind, visible(reason), lasting)


def read_ledger(path: str) -> list[Reported]:
    """Read the findings a ledger remembers; of one that was seen by several runs, the last.

    Args:
        path: the ledger; it is not changed.

    Raises:
        SourceError: it is not there.
        ConfigError: it is no ledger.
    """
    if not os.path.isfile(path):
        raise SourceError(f"{visible(path)}: no such ledger; make one with: logscrub scan LOG --ledger {visible(path)}")
    address = f"file:{path.replace('%', '%25').replace('?', '%3f').replace('#', '%23')}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as ledger:
            rows = ledger.execute(
                "SELECT seen.id, seen.rule, seen.preview, seen.path, seen.count, runs.ended FROM seen "
                "JOIN runs ON runs.id = seen.run ORDER BY runs.id"
            ).fetchall()
    except sqlite3.DatabaseError as error:
        raise ConfigError(f"{visible(path)}: is no ledger that can be read ({error})") from None
    except OSError as error:
        raise SourceError(f"{visible(path)}: cannot be read: {reason_of(error)}") from None
    found = {
        str(row[0]): {**dict(zip(("id", "rule", "preview", "path", "count", "seen"), row, strict=True))} for row in rows
    }
    return [Reported(visible(name), data, "ledger", lasting=True) for name, data in found.items()]


def explain_finding(finding: Reported, policy: Policy | None = None) -> Explanation:
    """Explain a finding of a report.

    Args:
        finding: the finding.
        policy: says which packs there are; a ledger keeps no more of a rule than its id.

    >>> explain_finding(Reported("00ff", {"rule": "jwt", "category": "secret.token"}, "scan")).kind
    'finding'
    """
    return _in_code(finding) if finding.kind == "code" else _in_log(finding, policy or Policy())


# --- findings in logs


def _in_log(finding: Reported, policy: Policy) -> Explanation:
    rule = finding.text("rule")
    category = finding.text("category") or _category_of(rule, policy)
    said = advice(category)
    count = finding.number("count")
    path = finding.text("first", "path") or finding.text("path")
    tags = [tag for tag in finding.data.get("tags", ()) if isinstance(tag, str)]
    about = (
        ("rule", rule),
        ("category", category),
        ("severity", finding.text("severity")),
        ("seen", ("once" if count == 1 else f"{count:,} times") if count else ""),
        ("status", finding.text("status")),
        ("left out", finding.reason),
        ("in the run of", finding.text("seen")),
    )
    return Explanation(
        finding.id,
        "finding",
        finding.title(),
        tuple(one for one in about if one[1]),
        sections(
            Section("seen", "Where it was seen", tuple(_seen(finding)), "list"),
            Section("what", "What it is", (said.what,) if said.what else ()),
            Section("why", "Why it matters", (said.why,) if said.why else ()),
            Section("now", "What to do now", steps(rule, category), "steps"),
            Section("commands", "The commands for it", tuple(_commands(path, rule)), "code"),
            Section("clauses", "Clauses that speak of it", tuple(clause_words(visible(tag)) for tag in tags), "list"),
            Section("entry", "If it is no matter: an entry of a baseline", _entry(finding, rule, path), "code"),
            Section("off", "If it is no matter", tuple(_off(finding, rule, path)), "list"),
        ),
    )


def _category_of(rule: str, policy: Policy) -> str:
    from logscrub.rules import load_rules

    return next((one.category for one in load_rules(policy.packs).everything() if one.id == rule), "")


def _seen(finding: Reported) -> Iterator[str]:
    for label in ("first", "last"):
        place = finding.data.get(label)
        if isinstance(place, Mapping) and (label == "first" or place != finding.data.get("first")):
            about = [finding.text(label, key) for key in ("time", "level", "component", "field")]
            where = f"{finding.text(label, 'path')}:{finding.text(label, 'line')}"
            yield "  ".join([f"{label} {where}", *(one for one in about if one)])
    files = _tables(finding.data.get("files"))
    if len(files) > 1:
        for one in files[:_MOST_FILES]:
            yield f"{visible(str(one.get('path', '')))}  {visible(str(one.get('count', '')))} times"
        if (more := max(finding.number("file_count"), len(files)) - _MOST_FILES) > 0:
            yield f"and {more:,} more files"
    elif not finding.data.get("first") and finding.text("path"):
        yield finding.text("path")
    for one in _tables(finding.data.get("source")):
        yield f"printed by {visible(str(one.get('file', '')))}:{visible(str(one.get('line', '')))}"


def _commands(path: str, rule: str) -> Iterator[str]:
    log = shlex.quote(path) if path and path != "-" else "LOG"
    yield f"logscrub redact {log} -o clean.log"
    yield f"logscrub trace {log} --source SRC"
    yield f"logscrub explain {rule}"


def _entry(finding: Reported, rule: str, path: str) -> tuple[str, ...]:
    """Return the entry of a baseline that stands for the value, where its fingerprint holds for other runs."""
    fingerprint = finding.text("fingerprint")
    if fingerprint and finding.lasting:
        by = {"fingerprint": fingerprint}
    elif finding.kind == "scan" and not fingerprint and path:
        by = {"key": finding.text("key"), "path": path}
    else:
        return ()
    return (json.dumps({"rule": rule, **by, "reason": "WHY IT IS NO MATTER"}, ensure_ascii=False),)


def _off(finding: Reported, rule: str, path: str) -> Iterator[str]:
    if not _entry(finding, rule, path):
        log = shlex.quote(path) if path and path != "-" else "LOG"
        yield f"this value: logscrub scan {log} --write-baseline known.json, then give its entry a reason there"
    yield f"the rule as a whole: --ignore {rule}"


# --- findings in source code


def _in_code(finding: Reported) -> Explanation:
    name = finding.text("rule")
    rule = next((one for one in code_rules() if one.rule == name), None)
    said = advice("code")
    trail = tuple(
        f"{one.get('place', {}).get('path', '')}:{one.get('place', {}).get('line', '')}  {one.get('text', '')}"
        for one in _tables(finding.data.get("steps"))
        if isinstance(one.get("place"), dict)
    )
    path = finding.text("place", "path")
    fix = finding.text("fix")
    now = (f"{fix[:1].upper()}{fix[1:]}", *said.now[2:]) if fix else said.now
    about = (
        ("rule", name),
        ("severity", finding.text("severity")),
        ("at", finding.place()),
        ("in", finding.text("function")),
        ("prints", finding.text("printed")),
        ("left out", finding.reason),
    )
    return Explanation(
        finding.id,
        "finding in code",
        finding.title(),
        tuple(one for one in about if one[1]),
        sections(
            Section("seen", "How it gets there", tuple(map(visible, trail)), "list"),
            Section("what", "What it is", (rule.what,) if rule else ()),
            Section("why", "Why it matters", (rule.why if rule and rule.why else said.why,)),
            Section("now", "What to do now", now, "steps"),
            Section("good", "Better, in a case like this", (rule.good,) if rule else (), "code"),
            Section("commands", "The commands for it", (f"logscrub code {shlex.quote(path)} --fix-diff",), "code"),
            Section("off", "If it is no matter", CODE_OFF, "list"),
        ),
    )
