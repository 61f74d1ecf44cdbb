"""What is read in which task: large plain files in shards, small files by the batch, the rest one by one.

With a ledger, what it knows already is not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from logscrub.audit.shards import BATCH_FILES, Shard, last_cut, shards_of
from logscrub.audit.work import is_plain
from logscrub.errors import SourceError
from logscrub.findings import Tally
from logscrub.sources import Source
from logscrub.sources.blocks import Hold
from logscrub.sources.formats import HEAD, detect, holding
from logscrub.sources.open import BLOCK
from logscrub.sources.raw import ReadAt, readable
from logscrub.sources.rotation import rotated

if TYPE_CHECKING:
    from logscrub.audit.ledger import Ledger

_BATCH_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Task:
    """Shards that one worker reads at one go.

    Attributes:
        apart: each of them has a tally of its own.
    """

    shards: tuple[Shard, ...]
    apart: bool = True

    @property
    def size(self) -> int:
        """Bytes to read, as far as is known."""
        return sum(shard.size for shard in self.shards)


Known = Callable[[Task, list[Tally]], object]
"""Is given what need not be read."""


def whole(sources: Iterable[Source]) -> Iterator[Task]:
    """Yield a task for each source, in their order; files of a rotated log come together, the oldest first."""
    by_path: dict[str, list[Source]] = {}
    for source in sources:
        by_path.setdefault(source.path, []).append(source)
    for paths in rotated(by_path):
        for path in paths:
            for source in by_path[path]:
                yield Task((Shard(source),))


def tasks(sources: Sequence[Source], step: int) -> Iterator[Task]:
    """Yield the tasks for some sources, the largest files first, so that none is left over for the end.

    Args:
        sources: what to read.
        step: bytes of a shard.
    """
    small: list[Source] = []
    for source in _largest_first(sources):
        if source.size is not None and source.size < BLOCK:
            small.append(source)
            continue
        with _plain(source, step + step // 2) as plain:
            if plain is None:
                yield Task((Shard(source),))
            else:
                for shard in shards_of(source, plain.read, 0, source.size or 0, step, plain.hold):
                    yield Task((shard,))
    yield from _batches(map(Shard, small), apart=False)


def new_tasks(sources: Sequence[Source], step: int, ledger: Ledger, max_findings: int, known: Known) -> Iterator[Task]:
    """Yield the tasks for what a ledger does not know.

    Args:
        sources: what to read.
        step: bytes of a shard.
        ledger: what was read before.
        max_findings: the limit of the tallies.
        known: is given what it knows.
    """
    small: list[Shard] = []
    for source in _largest_first(sources):
        for shard in _unknown(source, step, ledger, max_findings, known):
            if shard.size < BLOCK:
                small.append(shard)
            else:
                yield Task((shard,))
        if len(small) >= BATCH_FILES:
            yield from _batches(small, apart=True)
            small.clear()
    yield from _batches(small, apart=True)


def _unknown(source: Source, step: int, ledger: Ledger, max_findings: int, known: Known) -> Iterator[Shard]:
    if source.size is None:
        yield Shard(source)
        return
    tally = ledger.recall_whole(source, max_findings)
    if tally is not None:
        known(Task((Shard(source),)), [tally])
        return
    with _plain(source, 1) as plain:
        if plain is None:
            ledger.expect(source)
            yield Shard(source)
            return
        start = 0
        for shard, tally in ledger.recall(source, plain.read, max_findings):
            known(Task((shard,)), [tally])
            start = shard.end or 0
        final = max(start, last_cut(plain.read, source.size, plain.hold))
        yield from shards_of(source, plain.read, start, final, step, plain.hold)
        if final < source.size:
            yield Shard(source, final, source.size, final=False)


class _Plain(NamedTuple):
    """An open file of plain text: how it is read, and what must not be torn."""

    read: ReadAt
    hold: Hold


@contextmanager
def _plain(source: Source, least: int) -> Iterator[_Plain | None]:
    """Open a file that can be read in shards: plain text of so many bytes. Whoever reads another says what it is."""
    with ExitStack() as stack:
        plain = None
        if source.size is not None and source.size >= least:
            try:
                read, _ = stack.enter_context(readable(source))
                head = read(0, HEAD)
                plain = _Plain(read, holding(detect(head, source.path))) if is_plain(head) else None
            except (OSError, SourceError):
                plain = None
        yield plain


def _largest_first(sources: Iterable[Source]) -> list[Source]:
    return sorted(sources, key=lambda one: -1 if one.size is None else one.size, reverse=True)


def _batches(small: Iterable[Shard], apart: bool) -> Iterator[Task]:
    batch: list[Shard] = []
    held = 0
    for shard in small:
        batch.append(shard)
        held += shard.size
        if len(batch) >= BATCH_FILES or held >= _BATCH_BYTES:
            yield Task(tuple(batch), apart)
            batch, held = [], 0
    if batch:
        yield Task(tuple(batch), apart)
