"""The ledger: what was scanned and what it came to, so that a scan goes on where it was stopped, reads only what is new
of a grown log, and can say which findings are new and which are gone.

It is one SQLite file, readable by its owner only. It holds no raw value: tallies, masked previews, digests under a key
that lies beside it (``LEDGER.key``), so that one value has one fingerprint in every run.

A file is known again by its device, its inode and the digests of its first bytes and of those before where it was read
to. A log that was rotated is known by its new name; one that was cut, copied, replaced or changed is read anew.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sqlite3
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

from logscrub.audit import stored
from logscrub.audit.shards import Shard
from logscrub.errors import ConfigError, SourceError
from logscrub.findings import Finding, Gone, ScanResult, Tally
from logscrub.keyfile import key_beside
from logscrub.report.visible import visible
from logscrub.sources import Source
from logscrub.sources.paths import reason_of
from logscrub.sources.raw import ReadAt, readable
from logscrub.sources.rotation import order_of

VERSION = 1
_HEAD = _TAIL = 4096
_WAIT = 10.0  # seconds for another run to let go of it
_EVERY = 1.0  # seconds of work that are lost at most
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sources (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL, what TEXT NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL,
    size INTEGER NOT NULL, modified INTEGER NOT NULL, head_size INTEGER NOT NULL, head TEXT NOT NULL
);
CREATE INDEX sources_path ON sources (path, what);
CREATE INDEX sources_inode ON sources (device, inode, what);
CREATE TABLE parts (
    source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE, start INTEGER NOT NULL, end INTEGER NOT NULL,
    tail TEXT NOT NULL, tally BLOB NOT NULL, PRIMARY KEY (source, start)
) WITHOUT ROWID;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, what TEXT NOT NULL, ended TEXT NOT NULL, complete INTEGER NOT NULL,
    rules TEXT NOT NULL, version TEXT NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL, lines INTEGER NOT NULL,
    findings INTEGER NOT NULL, occurrences INTEGER NOT NULL
);
CREATE INDEX runs_scope ON runs (scope, what);
CREATE TABLE seen (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, lasting TEXT NOT NULL, id TEXT NOT NULL,
    rule TEXT NOT NULL, severity INTEGER NOT NULL, preview TEXT NOT NULL, path TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (run, lasting, id)
) WITHOUT ROWID;
"""
_WHOLE = -1  # in place of the end of a part: all of a source that is not read in shards


class Run(NamedTuple):
    """One scan of the past.

    Attributes:
        ended: when it ended, ISO 8601, UTC.
        complete: everything was read.
    """

    ended: str
    complete: bool
    files: int
    bytes: int
    lines: int
    findings: int
    occurrences: int


@dataclass(slots=True)
class _Known:
    """A source as it was scanned before."""

    id: int
    size: int
    modified: int
    head_size: int
    head: str


class _State(NamedTuple):
    """What tells whether a source is what it was. Remote objects have neither device nor inode: their name stands for
    these, and their tag for the time of change."""

    device: int
    inode: int
    size: int
    modified: int


class Ledger:
    """An open ledger; a context manager.

    Args:
        path: the file; it is made if it is not there, and beside it ``path.key``.
        key: the key of the digests in place of that file's.

    Raises:
        SourceError: it cannot be opened or made.
        ConfigError: it is no ledger, one of another version, or written under another key.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Ledger(os.path.join(folder, "logs.ledger")) as ledger:
    ...     ledger.runs()
    []
    """

    def __init__(self, path: str, key: bytes | None = None) -> None:
        if os.path.exists(path) and not os.path.isfile(path):
            raise ConfigError(f"{visible(path)}: is no regular file, so it cannot be a ledger; name another one")
        self.path = path
        self.key = key or key_beside(path)
        self._what = ""
        self._sources: dict[str, int] = {}
        self._written = time.monotonic()
        try:
            new = not os.path.exists(path)
            if new:
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._check()
        except OSError as error:
            raise SourceError(f"{visible(path)}: the ledger cannot be opened: {reason_of(error)}") from None
        except sqlite3.OperationalError as error:
            raise SourceError(f"{visible(path)}: the ledger cannot be used: {error}") from None
        except sqlite3.DatabaseError as error:
            raise ConfigError(
                f"{visible(path)}: is no ledger that can be used ({error}); name another file with --ledger, or move "
                "this one away"
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Write what is not written yet, and close the file."""
        self._commit()
        self._db.close()

    def look_for(self, *what: str) -> None:
        """Say what is looked for: what was scanned for something else is not recalled.

        Args:
            what: all that the outcome of a scan depends on beside the bytes.
        """
        self._what = self._digest("\0".join(what).encode())

    def recall(self, source: Source, read: ReadAt, max_findings: int) -> list[tuple[Shard, Tally]]:
        """Return what is known of a plain file that still holds, from its beginning on, without a gap.

        Args:
            source: the file.
            read: reads it.
            max_findings: the limit of the tallies.
        """
        state = _state(source)
        if state is None:
            return []
        head = read(0, _HEAD)
        known = self._known(source.path, state)
        if known is None or state.size < known.size or self._digest(head[: known.head_size]) != known.head:
            self._enter(source, state, self._digest(head), len(head))
            return []
        unchanged = (state.size, state.modified) == (known.size, known.modified)
        if not unchanged and state.size == known.size:
            # Written to and no longer: what is different may stand anywhere.
            self._enter(source, state, self._digest(head), len(head))
            return []
        recalled: list[tuple[Shard, Tally]] = []
        at = 0
        rows = self._db.execute(
            "SELECT start, end, tail, tally FROM parts WHERE source = ? ORDER BY start", (known.id,)
        )
        for start, end, tail, data in rows.fetchall():
            if start != at or not (unchanged or self._digest(_before(read, end)) == tail):
                break
            tally = _unpacked(data, source.path, max_findings)
            if tally is None:
                break
            recalled.append((Shard(source, start, end), tally))
            at = end
        self._change("DELETE FROM parts WHERE source = ? AND start >= ?", known.id, at)
        self._known_as(known.id, source.path)
        self._change(
            "UPDATE sources SET device = ?, inode = ?, size = ?, modified = ? WHERE id = ?",
            *state, known.id,
        )  # fmt: skip
        return recalled

    def recall_whole(self, source: Source, max_findings: int) -> Tally | None:
        """Return what is known of a source that was read as one, if it is what it was."""
        state = _state(source)
        known = self._known(source.path, state) if state is not None else None
        if known is None or state is None or (known.size, known.modified) != (state.size, state.modified):
            return None
        row = self._db.execute("SELECT tally FROM parts WHERE source = ? AND end = ?", (known.id, _WHOLE)).fetchone()
        tally = None if row is None else _unpacked(row[0], source.path, max_findings)
        if tally is not None:
            self._known_as(known.id, source.path)
        return tally

    def expect(self, source: Source) -> None:
        """Take note of a source that is going to be read as one."""
        state = _state(source)
        if state is not None:
            self._enter(source, state, "", 0)

    def keep(self, done: Iterable[tuple[Shard, Tally]]) -> None:
        """Write down what shards came to. What was interrupted or could not be read is not."""
        for shard, tally in done:
            number = self._sources.get(shard.source.path)
            if number is None or tally.interrupted or not shard.final or any(one.error for one in tally.unread):
                continue
            data = zlib.compress(json.dumps(stored.dump(tally, shard.source.path), separators=(",", ":")).encode(), 1)
            end, tail = _WHOLE, ""
            if not shard.whole:
                assert shard.end is not None
                end = shard.end
                try:
                    with readable(shard.source) as (read, _):
                        tail = self._digest(_before(read, end))
                except (OSError, SourceError):
                    continue  # it is gone: next time it is read anew
            self._change("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?)", number, shard.start, end, tail, data)
        if time.monotonic() - self._written > _EVERY:
            self._commit()

    def compare(self, result: ScanResult, scope: Iterable[str]) -> ScanResult:
        """Enter a run, and return its result with what is new and what is gone since the last one of the same inputs.

        Args:
            result: the result of the run.
            scope: the inputs, as they were named.
        """
        where = self._digest(
            "\0".join(sorted(os.path.abspath(one) for one in scope)).encode("utf-8", "surrogateescape")
        )
        last = self._db.execute(
            "SELECT id, ended FROM runs WHERE scope = ? AND what = ? AND complete ORDER BY id DESC LIMIT 1",
            (where, self._what),
        ).fetchone()
        findings = result.findings
        gone: tuple[Gone, ...] = ()
        if last is not None:
            rows = self._db.execute("SELECT lasting, id, rule, preview, path FROM seen WHERE run = ?", (last[0],))
            before = {
                lasting: Gone(ident, rule, preview, path, last[1]) for lasting, ident, rule, preview, path in rows
            }
            findings = tuple(replace(one, status="known" if _lasting(one) in before else "new") for one in findings)
            if result.complete:
                left = before.keys() - {_lasting(one) for one in findings}
                gone = tuple(sorted((before[one] for one in left), key=lambda one: (one.path, one.rule, one.id)))
        self._enter_run(result, where)
        return replace(result, findings=findings, gone=gone)

    def runs(self) -> list[Run]:
        """Return the runs that are entered, the first one first."""
        rows = self._db.execute(
            "SELECT ended, complete, files, bytes, lines, findings, occurrences FROM runs ORDER BY id"
        )
        return [Run(ended, bool(complete), *counts) for ended, complete, *counts in rows]

    def _enter_run(self, result: ScanResult, scope: str) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        occurrences = sum(one.count for one in result.findings)
        run = self._change(
            "INSERT INTO runs (scope, what, ended, complete, rules, version, files, bytes, lines, findings, "
            "occurrences) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            scope, self._what, now, result.complete, result.rules_digest, result.version, result.files, result.bytes,
            result.lines, len(result.findings), occurrences,
        )  # fmt: skip
        for one in result.findings:
            self._change(
                "INSERT INTO seen VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                run, _lasting(one), one.id, one.rule, int(one.severity), one.preview, visible(one.last.path), one.count,
            )  # fmt: skip
        self._change("DELETE FROM sources WHERE path = ''")
        self._commit()

    def _known(self, path: str, state: _State) -> _Known | None:
        """Find a source: by its name and inode, or by its inode."""
        inode = state.device, state.inode
        ways: list[tuple[str, tuple[Any, ...]]] = [
            ("path = ? AND device = ? AND inode = ?", (_text(path), *inode)),
            ("device = ? AND inode = ?", inode),
        ]
        for where, values in ways:
            row = self._db.execute(
                f"SELECT id, size, modified, head_size, head FROM sources WHERE {where} AND what = ? "  # noqa: S608
                "ORDER BY size DESC, id DESC LIMIT 1",
                (*values, self._what),
            ).fetchone()
            if row is not None and row[0] not in self._sources.values():
                return _Known(*row)
        return None

    def _enter(self, source: Source, state: _State, head: str, head_size: int) -> None:
        number = self._change(
            "INSERT INTO sources (path, what, device, inode, size, modified, head_size, head) "
            "VALUES ('', ?, ?, ?, ?, ?, ?, ?)",
            self._what, *state, head_size, head,
        )  # fmt: skip
        self._known_as(number, source.path)

    def _known_as(self, number: int, path: str) -> None:
        """Give a source its name. Whatever had it is without one: found as another file in this run, or forgotten."""
        name = _text(path)
        self._change("UPDATE sources SET path = '' WHERE path = ? AND what = ? AND id <> ?", name, self._what, number)
        self._change("UPDATE sources SET path = ? WHERE id = ?", name, number)
        self._sources[path] = number

    def _check(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        key_id = self._digest(b"logscrub ledger")
        if version == 0:
            self._db.execute("BEGIN IMMEDIATE")
            if self._db.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
                self._db.execute("INSERT INTO meta VALUES ('key', ?)", (key_id,))
                self._db.execute(f"PRAGMA user_version = {VERSION}")
            self._db.execute("COMMIT")
        elif version != VERSION:
            raise sqlite3.DatabaseError(f"version {version}, not {VERSION}")
        if self._db.execute("SELECT value FROM meta WHERE name = 'key'").fetchone() != (key_id,):
            raise ConfigError(
                f"{visible(self.path)}: the ledger was written under another key; use the key it was made with, or "
                "another ledger"
            )

    def _change(self, statement: str, *values: Any) -> int:
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")
        return self._db.execute(statement, values).lastrowid or 0

    def _commit(self) -> None:
        if self._db.in_transaction:
            self._db.execute("COMMIT")
        self._written = time.monotonic()

    def _digest(self, data: bytes) -> str:
        return hmac.digest(self.key, data, "sha256")[:16].hex()


def _lasting(finding: Finding) -> str:
    """Return what stays the same of a finding when its log is rotated; without a fingerprint its id does not."""
    if finding.fingerprint is not None or finding.overflow:
        return finding.id
    folder, name, *_ = order_of(finding.last.path)
    return _text(f"{finding.rule}\0{folder}{name}\0{finding.key}")


def _state(source: Source) -> _State | None:
    if source.remote is not None:
        if not source.remote.etag:
            return None
        return _State(-1, _number(source.path), source.size or 0, _number(source.remote.etag))
    try:
        status = os.stat(source.path)
    except (OSError, ValueError):
        return None
    return _State(status.st_dev, _signed(status.st_ino), status.st_size, status.st_mtime_ns)


def _number(name: str) -> int:
    digest = hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8)
    return int.from_bytes(digest.digest(), "big", signed=True)


def _before(read: ReadAt, end: int) -> bytes:
    start = max(0, end - _TAIL)
    return read(start, end - start)


def _unpacked(data: bytes, path: str, max_findings: int) -> Tally | None:
    """Read a tally; None for one that is damaged or of another form, which is then made anew."""
    try:
        return stored.load(json.loads(zlib.decompress(data)), path, max_findings)
    except (ValueError, zlib.error, RecursionError):
        return None


def _text(path: str) -> str:
    """A path as SQLite can hold it, whatever bytes it is made of."""
    return path.encode("utf-8", "surrogateescape").decode("latin-1")


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number
