"""Putting the tallies of shards together, in whatever order they come: what is a line number in a shard becomes one in
the file once all shards before it are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from logscrub.audit.plan import Task
from logscrub.audit.shards import Shard
from logscrub.errors import SourceError
from logscrub.findings import Tally
from logscrub.sources import Source, Unread
from logscrub.sources.open import BLOCK
from logscrub.sources.raw import readable


@dataclass(slots=True)
class _File:
    """A file of which not all shards are there.

    Attributes:
        tally: of the file up to ``at``.
        at: offset up to which it is assembled.
        waiting: shards and tallies that come later in the file, by offset.
    """

    source: Source
    tally: Tally
    at: int = 0
    waiting: dict[int, tuple[Shard, Tally]] = field(default_factory=dict)


class Assembly:
    """Takes tallies and becomes the tally of everything.

    Args:
        max_findings: distinct values kept for a rule.
    """

    def __init__(self, max_findings: int) -> None:
        self.total = Tally(max_findings)
        self._max = max_findings
        self._files: dict[str, _File] = {}
        self._done: set[str] = set()

    def add(self, task: Task, tallies: list[Tally]) -> None:
        """Add what a task came to."""
        if not task.apart:
            self.total.merge(tallies[0])
            if not tallies[0].interrupted:
                self._done.update(shard.source.path for shard in task.shards)
            return
        for shard, tally in zip(task.shards, tallies, strict=True):
            if shard.whole:
                self.total.merge(tally)
                if not tally.interrupted:
                    self._done.add(shard.source.path)
            else:
                self._add(shard, tally)

    def unread(self, task: Task, reason: str) -> None:
        """Note that a task could not be done."""
        for shard in task.shards:
            where = reason if shard.whole else f"bytes {shard.start} to {shard.end}: {reason}"
            self.total.unread.append(Unread(shard.source.path, where))

    def finish(self, sources: Iterable[Source]) -> Tally:
        """Return the tally of everything, which says what of the sources was not read.

        Where shards are missing, their lines are counted.
        """
        for file in self._files.values():
            for start in sorted(file.waiting):
                if start > file.at:
                    file.tally.lines += _lines(file.source, file.at, start)
                file.at = start
                self._advance(file)
            self.total.merge(file.tally)
            if not file.tally.interrupted and file.at >= (file.source.size or 0):
                self._done.add(file.source.path)
        self._files.clear()
        if self.total.interrupted:
            for source in sources:
                if source.path not in self._done:
                    self.total.unread.append(Unread(source.path, "interrupted before all of it was read"))
        return self.total

    def _add(self, shard: Shard, tally: Tally) -> None:
        file = self._files.get(shard.source.path)
        if file is None:
            file = self._files[shard.source.path] = _File(shard.source, Tally(self._max))
        file.waiting[shard.start] = shard, tally
        self._advance(file)

    def _advance(self, file: _File) -> None:
        while file.at in file.waiting:
            shard, tally = file.waiting.pop(file.at)
            tally.shift(file.tally.lines)
            ended = shard.start + tally.bytes
            file.tally.merge(tally)
            file.at = shard.end or ended
            if ended < file.at and file.waiting:  # it was given up half way
                file.tally.lines += _lines(file.source, ended, file.at)


def _lines(source: Source, start: int, end: int) -> int:
    """Count the line breaks in a part of a file that nobody else counted; 0 where it cannot be read."""
    count = 0
    try:
        with readable(source) as (read, _):
            while start < end and (data := read(start, min(BLOCK, end - start))):
                count += data.count(b"\n")
                start += len(data)
    except (OSError, SourceError):
        return count
    return count
