"""What a check of clauses comes to. Nothing in here can hold a raw value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from logscrub.findings import ScanResult


class Status(StrEnum):
    """What can be said of a clause, or of one check of it. It is never more than what was checked.

    >>> str(Status.NOT_TESTED)
    'not tested'
    """

    FAIL = "fail"
    """Something was seen that the clause forbids, or something it asks for was seen to be missing."""
    PASS = "pass"  # noqa: S105
    """Everything that was to be looked at was looked at, and nothing against the clause was seen."""
    NOT_TESTED = "not tested"
    """It could have been looked at, and was not, or not all of it: there is a reason."""
    NOT_TESTABLE = "not testable"
    """It cannot be seen from what is there."""


class Sample(NamedTuple):
    """One example of what was seen.

    Attributes:
        place: ``app.log:12``, ``shop/pay.py:40``, a file or a handler.
        shown: what it is, masked.
    """

    place: str
    shown: str


class Table(NamedTuple):
    """Numbers behind a check, as rows of words."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to be looked at for a clause: a ``[[clause.check]]`` of a catalogue.

    Attributes:
        kind: the name of the check, see :data:`logscrub.comply.checks.CHECKS`.
        settings: what it is told, as the catalogue has it.
    """

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a standard: one ``[[clause]]`` of a catalogue.

    Attributes:
        id: as the standard numbers it.
        title: its matter in a few words.
        demand: what it asks of logs, in our own words.
        checks: what is looked at. All must pass for the clause to pass.
        limits: what a pass does not say.
        advice: what to do when it fails.
    """

    id: str
    title: str
    demand: str
    checks: tuple[Check, ...]
    limits: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """A standard, as far as it concerns logs: one file of ``patterns/controls/``.

    Attributes:
        id: as ``--control`` takes it: ``pci-dss``.
        version: of the standard.
        about: what the catalogue covers and what it leaves out.
        sources: where the standard can be read.
        digest: SHA-256 of the catalogue, in hexadecimal.
    """

    id: str
    title: str
    version: str
    about: str
    sources: tuple[str, ...]
    clauses: tuple[Clause, ...]
    digest: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check came to.

    Attributes:
        kind: the name of the check.
        looked_at: what was looked at, in words: ``values of 4 rules in 12 files``.
        status: of this check.
        facts: what was seen, or why nothing could be, in sentences.
        samples: examples of it, at most a few.
        table: numbers behind it.
        findings: ids of the findings of the scan (or fingerprints of those in code) that it rests on.
    """

    kind: str
    looked_at: str
    status: Status
    facts: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()
    table: Table | None = None
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """What a clause came to: the worst of its checks."""

    clause: Clause
    status: Status
    checks: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True)
class ControlResult:
    """What a standard came to, clause by clause."""

    control: Control
    clauses: tuple[ClauseResult, ...]

    def count(self, status: Status) -> int:
        """Return how many clauses have a status."""
        return sum(one.status is status for one in self.clauses)


@dataclass(frozen=True, slots=True)
class FileFact:
    """A file that was looked at.

    Attributes:
        path: as it was read.
        size: bytes.
        modified: ISO 8601, UTC; empty if nobody knows.
        sha256: of its bytes, in hexadecimal; empty where it could not be computed.
        mode: permission bits, or None where there are none (URLs).
        owner, group: names, or numbers where these have none; empty where there are none.
        remark: ``changed while it was read``, or why a digest is missing.
    """

    path: str
    size: int
    modified: str = ""
    sha256: str = ""
    mode: int | None = None
    owner: str = ""
    group: str = ""
    remark: str = ""


class Unseen(NamedTuple):
    """Something that was not looked at, and why."""

    what: str
    reason: str


class Head(NamedTuple):
    """The end of a chain that the report stands for: what came before cannot be changed without being noticed.

    Attributes:
        path: of the ledger or of the manifest of redaction.
        kind: ``ledger`` or ``manifest``.
        entries: how many the chain has.
        link: the last link, in hexadecimal.
    """

    path: str
    kind: str
    entries: int
    link: str


@dataclass(frozen=True, slots=True)
class Report:
    """Evidence: what was looked at, with what, and what it came to.

    Attributes:
        generated: when, ISO 8601, UTC.
        version: of logscrub.
        python, platform: what it ran on.
        rules_digest: says which rules were looked for.
        policy: the policy in effect, in words for each setting.
        key_id: names the key of the fingerprints; empty if they hold for this report only.
        inputs, source, app: what the user named.
        controls: the results.
        scan: what the scan found and did not read.
        unseen: everything that was not looked at.
        files: the log files that were read, with their digests.
        source_files, source_digest: of the source code: how many, and one digest over the digests of all.
        heads: ledgers and manifests that were looked at.
        author: who answers for the run, as configured; empty if nobody is named.
        notes: what a reader must know.
        first, last: times of the first and of the last record that was looked at, ISO 8601; empty if no time is known.
    """

    generated: str
    version: str
    python: str
    platform: str
    rules_digest: str
    policy: tuple[tuple[str, str], ...]
    key_id: str
    inputs: tuple[str, ...]
    source: tuple[str, ...]
    app: str
    controls: tuple[ControlResult, ...]
    scan: ScanResult
    unseen: tuple[Unseen, ...] = ()
    files: tuple[FileFact, ...] = ()
    source_files: int = 0
    source_digest: str = ""
    heads: tuple[Head, ...] = ()
    author: str = ""
    notes: tuple[str, ...] = ()
    first: str = ""
    last: str = ""

    def count(self, status: Status) -> int:
        """Return how many clauses of all standards have a status."""
        return sum(control.count(status) for control in self.controls)
