"""The runs of a ledger, and the chain that seals them.

Each run, and each time that runs were taken out, adds an *entry* to the chain. Its link is a seal, under the ledger's
key, of the link before and of the entry, which holds a digest of the run and of the findings it saw. Entries stay when
runs are taken out, so what is left can still be checked. The last link is sealed once more, apart: who has not the key
can cut off the end of the chain only by putting back all of an older ledger.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from logscrub.chain import Head, Sealer, digest
from logscrub.findings import Run, ScanResult
from logscrub.model import Severity
from logscrub.report.visible import visible

MOST = 50
"""Runs of a history."""

TABLES = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, what TEXT NOT NULL, ended TEXT NOT NULL, complete INTEGER NOT NULL,
    rules TEXT NOT NULL, version TEXT NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL, lines INTEGER NOT NULL,
    findings INTEGER NOT NULL, occurrences INTEGER NOT NULL, critical INTEGER, high INTEGER, medium INTEGER,
    low INTEGER, info INTEGER, new INTEGER, gone INTEGER, inputs TEXT, saw TEXT
);
CREATE INDEX runs_scope ON runs (scope, what);
CREATE TABLE seen (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, lasting TEXT NOT NULL, id TEXT NOT NULL,
    rule TEXT NOT NULL, severity INTEGER NOT NULL, preview TEXT NOT NULL, path TEXT NOT NULL, count INTEGER NOT NULL,
    since TEXT, PRIMARY KEY (run, lasting, id)
) WITHOUT ROWID;
"""
CHAIN = """
CREATE TABLE IF NOT EXISTS chain (
    number INTEGER PRIMARY KEY, event TEXT NOT NULL, run INTEGER, at TEXT NOT NULL, about TEXT NOT NULL,
    link TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS chain_run ON chain (run);
"""
ADDED = {
    "runs": {
        **dict.fromkeys(("critical", "high", "medium", "low", "info", "new", "gone"), "INTEGER"),
        **dict.fromkeys(("inputs", "saw"), "TEXT"),
    },
    "seen": {"since": "TEXT"},
}
"""Columns that ledgers of the first version have not."""

_RUN = (
    "id, scope, what, ended, complete, rules, version, files, bytes, lines, findings, occurrences, critical, high, "
    "medium, low, info, new, gone, inputs, saw"
)
_SEEN = "lasting, id, rule, severity, preview, path, count, since"
_SEVERITIES = tuple(reversed(Severity))
_TRIES = 20  # runs that are looked at for one that can be compared with


class Seen(NamedTuple):
    """A finding as a run saw it."""

    lasting: str
    id: str
    rule: str
    severity: int
    preview: str
    path: str
    times: int
    since: str | None


class Entry(NamedTuple):
    """An entry of the chain.

    Attributes:
        event: ``begin`` of the chain; ``run``; ``found`` for a run from before the chain; ``pruned``, when runs were
            taken out; ``broken``, when the end of the chain was not what it had been.
        about: of a run its digest, else what happened, as JSON.
    """

    number: int
    event: str
    run: int | None
    at: str
    about: str
    link: str


class Alike(NamedTuple):
    """What runs that can be compared have in common.

    Attributes:
        scope, what: inputs, and all that was looked for, digested.
        inputs: as they were named; None if they were not noted.
        rules: digest of the rules.
        version: of logscrub.
    """

    scope: str
    what: str
    inputs: tuple[str, ...] | None
    rules: str
    version: str


class Last(NamedTuple):
    """The run to compare with.

    Attributes:
        ended: when it ended; empty if there is none.
        doubted: when those ended that were not used, since they are not what they were.
    """

    ended: str
    seen: Mapping[str, Seen]
    doubted: tuple[str, ...]


class History:
    """The runs of an open ledger. What it writes, it writes in the transaction that is under way.

    Args:
        db: the ledger.
        sealer: makes its seals.
    """

    def __init__(self, db: sqlite3.Connection, sealer: Sealer) -> None:
        self._db = db
        self._sealer = sealer

    def begin(self) -> None:
        """Begin the chain, and enter the runs that are there already."""
        if self._db.execute("SELECT 1 FROM chain LIMIT 1").fetchone() is not None:
            return
        self._append("begin", None, now(), "{}")
        counts: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for run, severity, count in self._db.execute("SELECT run, severity, COUNT(*) FROM seen GROUP BY run, severity"):
            counts[run][severity] = count
        for run, ended in self._db.execute("SELECT id, ended FROM runs ORDER BY id").fetchall():
            values = [counts[run][int(one)] for one in _SEVERITIES]
            self._db.execute(
                "UPDATE runs SET critical = ?, high = ?, medium = ?, low = ?, info = ?, saw = ? WHERE id = ?",
                (*values, self.saw(run), run),
            )
            self._append("found", run, ended, self.content(run) or "")

    def last(self, scope: str, what: str) -> Last:
        """Return the last complete run of the same inputs and rules that is what it was when it was entered."""
        rows = self._db.execute(
            "SELECT id, ended FROM runs WHERE scope = ? AND what = ? AND complete ORDER BY id DESC LIMIT ?",
            (scope, what, _TRIES),
        )
        doubted: list[str] = []
        for run, ended in rows.fetchall():
            if self._holds(run) and self.saw(run) == self.stored(run):
                seen = self._db.execute(f"SELECT {_SEEN} FROM seen WHERE run = ?", (run,))  # noqa: S608
                return Last(ended, {one.lasting: one for one in map(Seen._make, seen)}, tuple(doubted))
            doubted.append(str(ended))
        return Last("", {}, tuple(doubted))

    def enter(self, result: ScanResult, scope: str, what: str, seen: Iterable[Seen], compared: bool) -> None:
        """Enter a run.

        Args:
            result: what it came to, with what is new and what is gone.
            scope: its inputs, digested.
            what: what was looked for, digested.
            seen: its findings.
            compared: there was a run before to compare with.
        """
        severities = Counter(one.severity for one in result.findings)
        new = sum(one.status == "new" for one in result.findings) if compared else None
        gone = len(result.gone) if compared and result.complete else None
        run = 1 + max(self._one("SELECT MAX(id) FROM runs") or 0, self._one("SELECT MAX(run) FROM chain") or 0)
        ended = now()
        row = (
            run, scope, what, ended, result.complete, result.rules_digest, result.version, result.files, result.bytes,
            result.lines, len(result.findings), sum(one.count for one in result.findings),
            *(severities[one] for one in _SEVERITIES), new, gone,
            json.dumps([visible(one) for one in result.inputs]), "",
        )  # fmt: skip
        self._db.execute(f"INSERT INTO runs ({_RUN}) VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
        self._db.executemany(
            f"INSERT INTO seen (run, {_SEEN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            ((run, *one._replace(since=one.since or ended)) for one in seen),
        )
        self._db.execute("UPDATE runs SET saw = ? WHERE id = ?", (self.saw(run), run))
        self._append("run", run, ended, self.content(run) or "")

    def of(self, scope: str, what: str) -> tuple[tuple[Run, ...], list[str]]:
        """Return the latest runs of the same inputs and rules, the oldest first, and when those ended that are left out
        since they are not what they were."""
        rows = self._db.execute(
            f"SELECT {_RUN} FROM runs WHERE scope = ? AND what = ? ORDER BY id DESC LIMIT ?",  # noqa: S608
            (scope, what, MOST),
        )
        runs, doubted = [], []
        for row in reversed(rows.fetchall()):
            if self._holds(row[0]):
                runs.append(_run(row))
            else:
                doubted.append(str(row[3]))
        return tuple(runs), doubted

    def every(self) -> Iterator[tuple[Alike, Run]]:
        """Yield the runs that hold, those of the same inputs and rules one after the other."""
        for row in self._db.execute(f"SELECT {_RUN} FROM runs ORDER BY scope, what, id").fetchall():  # noqa: S608
            if not self._holds(row[0]):
                continue
            inputs: tuple[str, ...] | None = None
            with suppress(ValueError, TypeError):
                inputs = tuple(map(str, json.loads(row[19])))
            yield Alike(str(row[1]), str(row[2]), inputs, str(row[5]), str(row[6])), _run(row)

    def head(self) -> Head | None:
        """Return the end of the chain; None if there is none."""
        row = self._db.execute("SELECT number, link FROM chain ORDER BY number DESC LIMIT 1").fetchone()
        return None if row is None else Head(*row)

    def entries(self) -> Iterator[Entry]:
        """Yield the chain from its beginning."""
        rows = self._db.execute("SELECT number, event, run, at, about, link FROM chain ORDER BY number")
        return map(Entry._make, rows)

    def prune(self, before: str, sources: int) -> int:
        """Take out runs of before a time, and return how many. Of each inputs the last one that is complete stays.

        Args:
            before: ISO 8601, UTC.
            sources: of how many files what was known was taken out; it is entered in the chain.
        """
        rows = self._db.execute(
            "SELECT id FROM runs WHERE ended < ? "
            "AND id NOT IN (SELECT MAX(id) FROM runs WHERE complete GROUP BY scope) ORDER BY id",
            (before,),
        )
        runs = [one for (one,) in rows]
        self._db.executemany("DELETE FROM runs WHERE id = ?", ((one,) for one in runs))
        if runs or sources:
            about = {"before": before, "runs": runs, "files": sources}
            self._append("pruned", None, now(), json.dumps(about))
        return len(runs)

    def link(self, previous: str, entry: Entry) -> str:
        """Return the link an entry has to have after another one."""
        return self._sealer.seal("entry", previous, *entry[:-1])

    def content(self, run: int) -> str | None:
        """Return the digest of a run; None if it is not there."""
        row = self._db.execute(f"SELECT {_RUN} FROM runs WHERE id = ?", (run,)).fetchone()  # noqa: S608
        return None if row is None else digest(row)

    def saw(self, run: int) -> str:
        """Return the digest of the findings that a run saw."""
        rows = self._db.execute(f"SELECT {_SEEN} FROM seen WHERE run = ? ORDER BY lasting, id", (run,))  # noqa: S608
        return digest(rows.fetchall())

    def stored(self, run: int) -> Any:
        """Return that digest as it was entered with the run."""
        return self._one("SELECT saw FROM runs WHERE id = ?", run)

    def noted(self) -> Head | None:
        """Return the end of the chain as it is noted apart from it; None if that is not there, or no seal holds."""
        number, _, rest = str(self._one("SELECT value FROM meta WHERE name = 'head'") or "").partition(":")
        link, _, seal = rest.partition(":")
        if not number.isdecimal() or seal != self._sealer.seal("head", int(number), link):
            return None
        return Head(int(number), link)

    def _append(self, event: str, run: int | None, at: str, about: str) -> None:
        head, noted = self.head(), self.noted()
        if head != noted and event != "begin":
            # Never heal it in silence: who checks is told from now on.
            had, are = (0 if one is None else one.run for one in (noted, head))
            head = self._write(head, max(had, are) + 1, "broken", None, now(), json.dumps({"had": had, "found": are}))
        head = self._write(head, 1 if head is None else head.run + 1, event, run, at, about)
        note = f"{head.run}:{head.link}:{self._sealer.seal('head', *head)}"
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('head', ?)", (note,))

    def _write(self, head: Head | None, number: int, event: str, run: int | None, at: str, about: str) -> Head:
        entry = Entry(number, event, run, at, about, "")
        entry = entry._replace(link=self.link("" if head is None else head.link, entry))
        self._db.execute("INSERT INTO chain VALUES (?, ?, ?, ?, ?, ?)", entry)
        return Head(number, entry.link)

    def _holds(self, run: int) -> bool:
        """Whether a run is what it was when it was entered, without a look at its findings."""
        rows = self._db.execute(
            "SELECT number, event, run, at, about, link FROM chain WHERE run = ? ORDER BY number DESC LIMIT 1", (run,)
        )
        entry = next(map(Entry._make, rows), None)
        if entry is None or entry.about != self.content(run):
            return False
        previous = self._one("SELECT link FROM chain WHERE number < ? ORDER BY number DESC LIMIT 1", entry.number)
        return self.link(previous or "", entry) == entry.link

    def _one(self, query: str, *values: Any) -> Any:
        row = self._db.execute(query, values).fetchone()
        return None if row is None else row[0]


def now() -> str:
    """Return the time, ISO 8601, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _run(row: tuple[Any, ...]) -> Run:
    number, _, _, ended, complete, _, _, files, read, lines, findings, occurrences, *more = row
    severities, new, gone = more[:5], more[5], more[6]
    return Run(
        number, ended, bool(complete), files, read, lines, findings, occurrences,
        tuple((severity, count or 0) for severity, count in zip(_SEVERITIES, severities)), new, gone,
    )  # fmt: skip
