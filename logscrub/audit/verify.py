"""Whether a ledger is still what was written into it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from logscrub.audit.history import Entry, History
from logscrub.audit.ledger import VERSION, key_name, ledger_sealer, part_seal, path_of, source_seal, tolerant
from logscrub.chain import Head, Sealer
from logscrub.errors import ConfigError, SourceError
from logscrub.keyfile import needed_key
from logscrub.report.visible import visible

_MOST = 100


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """What the check of a ledger came to.

    Attributes:
        path: the ledger.
        runs: runs that are there.
        pruned: runs that were taken out by ``logscrub ledger prune``.
        unsealed: of those that are there, how many are from before the chain: not known what was done to them before.
        first, last: when the first and the last run that is there ended, ISO 8601, UTC; empty if there is none.
        head: the end of the chain, to be kept elsewhere; None if there is no chain.
        problems: what was changed, removed or added, in words; empty if nothing was.
    """

    path: str
    runs: int
    pruned: int
    unsealed: int
    first: str
    last: str
    head: Head | None
    problems: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was changed."""
        return not self.problems


def verify_ledger(path: str, key: bytes | None = None, head: Head | None = None) -> LedgerCheck:
    """Find out whether a ledger was changed by anything but logscrub. The ledger is only read.

    Without ``head``, a change is noticed unless it was made by somebody who has the key, or who put back all of an
    older ledger. With it, what was entered until then is what it was, whoever has the key.

    Args:
        path: the ledger.
        key: its key; by default that beside it.
        head: the end of its chain at some time, kept elsewhere since.

    Raises:
        SourceError: it cannot be read.
        ConfigError: it is no ledger, or the key is not there or another one.

    >>> import tempfile
    >>> from logscrub.audit import scan
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ledger = os.path.join(folder, "logs.ledger")
    ...     _ = scan([], ledger=ledger), scan([], ledger=ledger)
    ...     check = verify_ledger(ledger)
    ...     check.runs, check.problems
    (2, ())
    """
    if not os.path.isfile(path):
        raise SourceError(f"{visible(path)}: there is no ledger of this name")
    key = key or needed_key(path)
    # Without a log of changes nobody is writing: it can be read as it lies, and no file is made beside it.
    still = not os.path.exists(f"{path}-wal")
    check = _read(path, key, head, still)
    if still and os.path.exists(f"{path}-wal"):
        check = _read(path, key, head, still=False)
    return check


def _read(path: str, key: bytes, head: Head | None, still: bool) -> LedgerCheck:
    shown = visible(path)
    name = "file:" + "".join(f"%{one:02x}" for one in os.fsencode(os.path.abspath(path)))
    try:
        with closing(sqlite3.connect(f"{name}?mode=ro{'&immutable=1' if still else ''}", uri=True, timeout=10)) as db:
            db.text_factory = tolerant
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if db.execute("SELECT value FROM meta WHERE name = 'key'").fetchone() != (key_name(key),):
                raise ConfigError(f"{shown}: the ledger was written under another key; use the key it was made with")
            if version == 1:
                first, last, runs = db.execute("SELECT MIN(ended), MAX(ended), COUNT(*) FROM runs").fetchone()
                return LedgerCheck(path, runs, 0, runs, first or "", last or "", None, ())
            if version != VERSION:
                raise ConfigError(f"{shown}: is a ledger of version {version}; this logscrub reads 1 to {VERSION}")
            return _checked(path, db, ledger_sealer(key), head)
    except sqlite3.DatabaseError as error:
        raise ConfigError(f"{shown}: is no ledger that can be read ({error})") from None


def _checked(path: str, db: sqlite3.Connection, sealer: Sealer, head: Head | None) -> LedgerCheck:
    history = History(db, sealer)
    entries = list(history.entries())
    there = dict(db.execute("SELECT id, ended FROM runs ORDER BY id"))
    entered = Counter(one.run for one in entries if one.event in ("run", "found"))
    pruned = {run for one in entries if one.event == "pruned" for run in _pruned(one)} - there.keys()
    problems = [*_links(history, entries), *_end(history, head)]
    for entry in entries:
        if entry.event in ("run", "found"):
            problems += _changed(history, entry, pruned)
        elif entry.event == "broken":
            problems.append(_broken(entry))
    problems += [
        f"run {run} of {_text(ended)}: was added: it is not in the chain"
        for run, ended in there.items()
        if run not in entered
    ]
    problems += [f"run {run}: was entered {times} times" for run, times in entered.items() if times > 1]
    problems += _remembered(db, sealer)
    if len(problems) > _MOST:
        problems = [*problems[:_MOST], f"and {len(problems) - _MOST:,} more"]
    found = {one.run for one in entries if one.event == "found"}
    times = sorted(_text(one) for one in there.values())
    return LedgerCheck(
        path,
        len(there),
        len(pruned),
        len(found & there.keys()),
        times[0] if times else "",
        times[-1] if times else "",
        history.head(),
        tuple(problems),
    )


def _links(history: History, entries: list[Entry]) -> Iterator[str]:
    """Say where the chain does not hold together."""
    number, link = 0, ""
    if not entries:
        yield "the chain was removed"
    elif entries[0].event != "begin":
        yield "the beginning of the chain was removed"
    for entry in entries:
        name = f"entry {entry.number} of the chain ({_name(entry)})"
        missing = entry.number - number - 1
        if missing > 0 and entry.event != "broken":
            which = f"entry {number + 1}" if missing == 1 else f"entries {number + 1} to {entry.number - 1}"
            yield f"{which} of the chain: removed"
        elif history.link(link, entry) != entry.link:
            yield f"{name}: was changed, added or moved, or the one before it was"
        number, link = entry.number, entry.link


def _end(history: History, head: Head | None) -> Iterator[str]:
    now, noted = history.head(), history.noted()
    if noted is None:
        yield "the note of the end of the chain: was changed or removed"
    elif now != noted:
        left = 0 if now is None else now.run
        yield f"the end of the chain was changed or cut off: it had {noted.run:,} entries, and has {left:,}"
    if head is None:
        return
    at = next((one for one in history.entries() if one.number == head.run), None)
    if at is None:
        yield f"entry {head.run} of the chain, kept elsewhere as its head: is not there: the end was cut off"
    elif at.link != head.link:
        yield f"entry {head.run} of the chain ({_name(at)}): is not what was kept elsewhere: the past was written anew"


def _changed(history: History, entry: Entry, pruned: set[int]) -> Iterator[str]:
    """Say what became of a run."""
    run = entry.run
    if run is None or run in pruned:
        return
    content = history.content(run)
    if content is None:
        yield f"{_name(entry)}: was removed"
    elif content != entry.about:
        yield f"{_name(entry)}: was changed"
    elif history.saw(run) != history.stored(run):
        yield f"{_name(entry)}: the findings it saw were changed"


def _broken(entry: Entry) -> str:
    about = _json(entry.about)
    return (
        f"before {_text(entry.at)} the end of the chain was changed or cut off: it had {about.get('had', '?')} "
        f"entries, and had {about.get('found', '?')} then"
    )


def _remembered(db: sqlite3.Connection, sealer: Sealer) -> Iterator[str]:
    """Say of which files that which is known was changed."""
    changed: set[str] = set()
    sources = db.execute("SELECT id, what, device, inode, size, modified, head_size, head, path, seal FROM sources")
    known: dict[int, tuple[str, str]] = {}
    for *identity, path, seal in sources:
        known[identity[0]] = (visible(path_of(path)), identity[1])
        if seal != source_seal(sealer, identity):
            changed.add(known[identity[0]][0])
    parts = db.execute("SELECT source, start, end, tail, tally, seal FROM parts")
    for source, start, end, tail, tally, seal in parts:
        path, what = known.get(source, ("a file that is not there", ""))
        if seal != part_seal(sealer, (source, what, start, end, tail), tally):
            changed.add(path)
    for path in sorted(changed):
        yield f"{path}: what is known of this file was changed; the next run reads it anew"


def _pruned(entry: Entry) -> list[int]:
    runs = _json(entry.about).get("runs")
    return [one for one in runs if isinstance(one, int)] if isinstance(runs, list) else []


def _json(text: str) -> dict[str, Any]:
    try:
        about = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}


def _name(entry: Entry) -> str:
    return (
        f"run {entry.run} of {_text(entry.at)}"
        if entry.run is not None
        else f"{_text(entry.event)} of {_text(entry.at)}"
    )


def _text(value: object) -> str:
    return visible(str(value))
