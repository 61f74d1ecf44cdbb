"""The ledger: what was scanned and what it came to, so that a scan goes on where it was stopped, reads only what is new
of a grown log, and can say which findings are new and which are gone.

It is one SQLite file, readable by its owner only. It holds no raw value: tallies, masked previews, digests under a key
that lies beside it (``LEDGER.key``), so that one value has one fingerprint in every run.

What it says is sealed under that key: ``history.py`` tells how runs are, and a tally whose seal does not hold is not
used.

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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from logscrub.audit import stored
from logscrub.audit.history import ADDED, CHAIN, TABLES, Alike, History, Last, Seen, now
from logscrub.audit.shards import Shard
from logscrub.chain import Head, Sealer
from logscrub.errors import ConfigError, SourceError
from logscrub.findings import Finding, Gone, Run, ScanResult, Tally
from logscrub.keyfile import key_beside
from logscrub.report.visible import visible
from logscrub.sources import Source
from logscrub.sources.paths import reason_of
from logscrub.sources.raw import ReadAt, readable
from logscrub.sources.rotation import order_of

if TYPE_CHECKING:
    from logscrub.audit.verify import LedgerCheck

VERSION = 2
_HEAD = _TAIL = 4096
_WAIT = 10.0  # seconds for another run to let go of it
_EVERY = 1.0  # seconds of work that are lost at most
_MOST_REMARKS = 20
_KNOWN = """
CREATE TABLE sources (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL, what TEXT NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL,
    size INTEGER NOT NULL, modified INTEGER NOT NULL, head_size INTEGER NOT NULL, head TEXT NOT NULL,
    used TEXT NOT NULL, seal TEXT NOT NULL
);
CREATE INDEX sources_path ON sources (path, what);
CREATE INDEX sources_inode ON sources (device, inode, what);
CREATE TABLE parts (
    source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE, start INTEGER NOT NULL, end INTEGER NOT NULL,
    tail TEXT NOT NULL, tally BLOB NOT NULL, seal TEXT NOT NULL, PRIMARY KEY (source, start)
) WITHOUT ROWID;
"""
_META = "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
_WHOLE = -1  # in place of the end of a part: all of a source that is not read in shards


class _Known(NamedTuple):
    """A source as it was scanned before, in the order in which it is sealed."""

    id: int
    what: str
    device: int
    inode: int
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
        self._sealer = ledger_sealer(self.key)
        self._doubted: list[str] = []
        self._now = now()
        self._what = ""
        self._sources: dict[str, int] = {}
        self._written = time.monotonic()
        try:
            new = not os.path.exists(path)
            if new:
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
            self._db.text_factory = tolerant
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._history = History(self._db, self._sealer)
            self._check_version()
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
            "SELECT start, end, tail, tally, seal FROM parts WHERE source = ? ORDER BY start", (known.id,)
        )
        for start, end, tail, data, seal in rows.fetchall():
            if seal != part_seal(self._sealer, (known.id, known.what, start, end, tail), data):
                self._doubt(source.path)
                break
            if start != at or not (unchanged or self._digest(_before(read, end)) == tail):
                break
            tally = _unpacked(data, source.path, max_findings)
            if tally is None:
                break
            recalled.append((Shard(source, start, end), tally))
            at = end
        self._change("DELETE FROM parts WHERE source = ? AND start >= ?", known.id, at)
        self._known_as(known._replace(**state._asdict()), source.path)
        return recalled

    def recall_whole(self, source: Source, max_findings: int) -> Tally | None:
        """Return what is known of a source that was read as one, if it is what it was."""
        state = _state(source)
        known = self._known(source.path, state) if state is not None else None
        if known is None or state is None or (known.size, known.modified) != (state.size, state.modified):
            return None
        row = self._db.execute(
            "SELECT start, end, tail, tally, seal FROM parts WHERE source = ? AND end = ?", (known.id, _WHOLE)
        ).fetchone()
        if row is None:
            return None
        *place, data, seal = row
        if seal != part_seal(self._sealer, (known.id, known.what, *place), data):
            self._doubt(source.path)
            return None
        tally = _unpacked(data, source.path, max_findings)
        if tally is not None:
            self._known_as(known, source.path)
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
            seal = part_seal(self._sealer, (number, self._what, shard.start, end, tail), data)
            self._change(
                "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?)", number, shard.start, end, tail, data, seal
            )
        if time.monotonic() - self._written > _EVERY:
            self._commit()

    def compare(self, result: ScanResult, scope: Iterable[str]) -> ScanResult:
        """Enter a run, and return its result with what is new and what is gone since the last one of the same inputs,
        since when what is known is, and the runs until now.

        Args:
            result: the result of the run.
            scope: the inputs, as they were named.
        """
        where = self._digest(
            "\0".join(sorted(os.path.abspath(one) for one in scope)).encode("utf-8", "surrogateescape")
        )
        with self._at_once():
            last = self._history.last(where, self._what)
            result = _compared(result, last)
            self._history.enter(result, where, self._what, map(_seen, result.findings), bool(last.ended))
            self._db.execute("DELETE FROM sources WHERE path = ''")
        history, doubted = self._history.of(where, self._what)
        return replace(result, history=history, remarks=self._remarks({*last.doubted, *doubted}))

    def runs(self) -> list[Run]:
        """Return the runs that are entered, the first one first."""
        return sorted((run for _, run in self._history.every()), key=lambda run: run.number)

    def groups(self) -> list[tuple[Alike, list[Run]]]:
        """Return the runs by inputs and rules; those that can be compared stand together, the first one first."""
        groups: dict[tuple[str, str], tuple[Alike, list[Run]]] = {}
        for alike, run in self._history.every():
            groups.setdefault((alike.scope, alike.what), (alike, []))[1].append(run)
        return sorted(groups.values(), key=lambda group: group[1][-1].number)

    def head(self) -> Head | None:
        """Return the end of the chain of runs, to be kept elsewhere; None if nothing was entered yet."""
        return self._history.head()

    def check(self, head: Head | None = None) -> LedgerCheck:
        """Find out whether anything but logscrub changed it: :func:`logscrub.audit.verify.verify_ledger`."""
        from logscrub.audit.verify import verify_ledger

        self._commit()
        return verify_ledger(self.path, self.key, head)

    def prune(self, keep_days: int) -> tuple[int, int]:
        """Take out runs and what is known of files, and return how many of either.

        Args:
            keep_days: what is younger stays; so does the last complete run of each inputs, to compare the next with.
        """
        before = (datetime.now(UTC) - timedelta(days=keep_days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self._at_once():
            files = self._db.execute("DELETE FROM sources WHERE used < ?", (before,)).rowcount
            runs = self._history.prune(before, files)
        self._db.execute("VACUUM")
        return runs, files

    def _remarks(self, runs: Iterable[str]) -> tuple[str, ...]:
        """Say what of the ledger was not used."""
        files = sorted(set(self._doubted))
        told = [
            f"{visible(one)}: what the ledger knew of it was changed by something else: it was read anew"
            for one in files[:_MOST_REMARKS]
        ]
        if len(files) > _MOST_REMARKS:
            told.append(f"and {len(files) - _MOST_REMARKS:,} more files that were read anew for the same reason")
        told += [
            f"{visible(self.path)}: the run of {visible(one)} was changed by something else: it is left out"
            for one in sorted(runs)
        ]
        if told:
            told.append(f"see what was changed with: logscrub ledger verify {visible(self.path)}")
        return tuple(told)

    def _doubt(self, path: str) -> None:
        self._doubted.append(path)

    def _known(self, path: str, state: _State) -> _Known | None:
        """Find a source: by its name and inode, or by its inode."""
        inode = state.device, state.inode
        ways: list[tuple[str, tuple[Any, ...]]] = [
            ("path = ? AND device = ? AND inode = ?", (_text(path), *inode)),
            ("device = ? AND inode = ?", inode),
        ]
        for where, values in ways:
            row = self._db.execute(
                f"SELECT {', '.join(_Known._fields)}, seal FROM sources WHERE {where} AND what = ? "  # noqa: S608
                "ORDER BY size DESC, id DESC LIMIT 1",
                (*values, self._what),
            ).fetchone()
            if row is None or row[0] in self._sources.values():
                continue
            if row[-1] == source_seal(self._sealer, row[:-1]):
                return _Known(*row[:-1])
            self._doubt(path)
            self._change("DELETE FROM sources WHERE id = ?", row[0])
        return None

    def _enter(self, source: Source, state: _State, head: str, head_size: int) -> None:
        number = self._change(
            "INSERT INTO sources (path, what, device, inode, size, modified, head_size, head, used, seal) "
            "VALUES ('', ?, ?, ?, ?, ?, ?, ?, '', '')",
            self._what, *state, head_size, head,
        )  # fmt: skip
        self._known_as(_Known(number, self._what, *state, head_size, head), source.path)

    def _known_as(self, known: _Known, path: str) -> None:
        """Give a source its name and seal. Whatever had the name is without one: found as another file in this run, or
        forgotten."""
        name = _text(path)
        self._change("UPDATE sources SET path = '' WHERE path = ? AND what = ? AND id <> ?", name, self._what, known.id)
        self._change(
            "UPDATE sources SET device = ?, inode = ?, size = ?, modified = ?, path = ?, used = ?, seal = ? "
            "WHERE id = ?",
            known.device, known.inode, known.size, known.modified, name, self._now, source_seal(self._sealer, known),
            known.id,
        )  # fmt: skip
        self._sources[path] = known.id

    def _check_version(self) -> None:
        """Make the tables, or bring those of an older version up to date."""
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, 1, VERSION):
            raise sqlite3.DatabaseError(f"version {version}, not {VERSION}")
        if version != 0:
            self._check_key()
        if version == VERSION:
            return
        self._db.execute("BEGIN IMMEDIATE")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._make(_META + _KNOWN + TABLES + CHAIN)
            self._db.execute("INSERT INTO meta VALUES ('key', ?)", (key_name(self.key),))
        elif version == 1:
            # Tallies without a seal cannot be told from forged ones: files are read anew, once.
            self._make("DROP TABLE parts; DROP TABLE sources;" + _KNOWN + CHAIN)
            for table, columns in ADDED.items():
                there = {row[1] for row in self._db.execute(f"PRAGMA table_info({table})")}
                for name in columns.keys() - there:
                    self._db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {columns[name]}")
        if version != VERSION:
            self._history.begin()
            self._db.execute(f"PRAGMA user_version = {VERSION}")
        self._db.execute("COMMIT")
        self._check_key()

    def _make(self, statements: str) -> None:
        for statement in statements.split(";"):
            self._db.execute(statement)

    def _check_key(self) -> None:
        if self._db.execute("SELECT value FROM meta WHERE name = 'key'").fetchone() != (key_name(self.key),):
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

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Change several things or none of them, whatever ends it: half a run would look like a forged one."""
        self._commit()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._commit()

    def _digest(self, data: bytes) -> str:
        return _keyed(self.key, data)


def key_name(key: bytes) -> str:
    """Return what tells the key of a ledger from others."""
    return _keyed(key, b"logscrub ledger")


def ledger_sealer(key: bytes) -> Sealer:
    """Return what seals a ledger of this key."""
    return Sealer(key, "ledger")


def source_seal(sealer: Sealer, identity: Sequence[Any]) -> str:
    """Return the seal of what a source is known by, from its id to the digest of its head."""
    return sealer.seal("source", *identity)


def part_seal(sealer: Sealer, place: Sequence[Any], tally: Any) -> str:
    """Return the seal of a part: id of its source, what was looked for, start, end and tail, and its tally."""
    data = tally if isinstance(tally, bytes) else repr(tally).encode("utf-8", "replace")
    return sealer.seal("part", *place, hashlib.sha256(data).hexdigest())


def tolerant(data: bytes) -> str:
    """Read text of a ledger, whatever somebody put there."""
    return data.decode("utf-8", "surrogateescape")


def path_of(text: str) -> str:
    """Return the path that a ledger holds as this text."""
    return text.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def _keyed(key: bytes, data: bytes) -> str:
    return hmac.digest(key, data, "sha256")[:16].hex()


def _compared(result: ScanResult, last: Last) -> ScanResult:
    """Say of findings whether an earlier run saw them, and which it saw that are gone."""
    if not last.ended:
        return result
    before = last.seen
    findings = tuple(
        replace(one, status="known", since=before[_lasting(one)].since or last.ended)
        if _lasting(one) in before
        else replace(one, status="new")
        for one in result.findings
    )
    gone: tuple[Gone, ...] = ()
    if result.complete:
        left = before.keys() - {_lasting(one) for one in findings}
        lost = sorted((before[one] for one in left), key=lambda one: (one.path, one.rule, one.id))
        gone = tuple(Gone(one.id, one.rule, one.preview, one.path, last.ended) for one in lost)
    return replace(result, findings=findings, gone=gone)


def _seen(finding: Finding) -> Seen:
    return Seen(
        _lasting(finding), finding.id, finding.rule, int(finding.severity), finding.preview,
        visible(finding.last.path), finding.count, finding.since or None,
    )  # fmt: skip


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
