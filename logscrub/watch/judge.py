"""Judging a text that is still being written: each line once it is whole, or once nobody goes on writing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from logscrub.audit.count import Counter, Sighting
from logscrub.audit.engine import Engine
from logscrub.findings import Finding, Place, Tally
from logscrub.sources import Block, blocks
from logscrub.sources.blocks import CONTEXT, MAX_LINE
from logscrub.sources.formats import Format, holding

_KEPT = 1 << 14
_MOST_HELD = 2 * MAX_LINE
_NO_LIMIT = 1 << 62


class Seen(NamedTuple):
    """One occurrence.

    Attributes:
        finding: what was found; its counts mean nothing.
        place: where. The line is that of the part which was judged, from 1.
    """

    finding: Finding
    place: Place


class _Occurrences:
    """Observes a counter: keeps what it sees in one block."""

    def __init__(self) -> None:
        self.seen: list[Sighting] = []

    def enter(self, block: Block) -> None:
        """Blocks are handed over one by one."""

    def see(self, sighting: Sighting) -> None:
        """Keep it."""
        self.seen.append(sighting)


class Judge:
    """Takes one text piece by piece, and tells what stands in it.

    What cannot be judged yet, half a line or a key block, is *held*. When it has been waited for long enough,
    ``settle`` judges it as it is; when the rest comes, all of it is judged again, and only what comes after the last
    value that was told is told.

    Args:
        engine: what is looked for.
        path: how the text is called.
        form: its format.
        offset: where in it the first piece begins, at the beginning of a line.
        tell: is given every occurrence, in order.
        problem: is given what could not be judged, in words.

    Attributes:
        path, form: may be changed between two pieces.
        lines: line breaks before what is held.
        waiting: something is held that was not judged yet.
    """

    def __init__(
        self,
        engine: Engine,
        path: str,
        form: Format,
        offset: int,
        tell: Callable[[Seen], None],
        problem: Callable[[str], None],
    ) -> None:
        self.path = path
        self.form = form
        self.lines = 0
        self.waiting = False
        self._engine = engine
        self._tell = tell
        self._problem = problem
        self._held = b""
        self._offset = self._line_offset = offset  # of what is held, and of the line that begins in or before it
        self._own_start = 0
        self._before = b""
        self._told = offset  # where the last value that was told ends

    def take(self, piece: bytes) -> None:
        """Judge what can be judged with this piece."""
        ended = False

        def pieces() -> Iterator[bytes]:
            nonlocal ended
            yield self._held + piece if self._held else piece
            ended = True

        rest: Block | None = None
        begin, first, line_offset, own_start = self._offset, self.lines, self._line_offset, self._own_start
        for block in blocks(pieces(), offset=begin, before=self._before, hold=holding(self.form)):
            # It knows nothing of the pieces before: of a long line whose windows were given then.
            block = Block(
                block.data,
                block.offset,
                first + block.line,
                line_offset if block.line_offset == begin else block.line_offset,
                max(block.own_start, own_start) if block.offset == begin else block.own_start,
                block.own_end,
                block.lines,
                block.before,
            )
            if ended:
                rest = block
                break
            self._count(block)
            self._pass(block)
        if rest is None:
            self._held, self.waiting = b"", False
            return
        self._hold(rest)
        self.waiting = True
        if len(rest.data) > _MOST_HELD:  # lines that wait for their end, and half a line that is longer than any
            self.settle()

    def settle(self) -> None:
        """Judge what is held as it is; the end of it is kept, to be judged with what may follow."""
        if not self.waiting:
            return
        self.waiting = False
        data = self._held
        block = Block(
            data, self._offset, self.lines + 1, self._line_offset, self._own_start, len(data), data.count(b"\n"),
            self._before,
        )  # fmt: skip
        self._count(block)
        if len(data) > _KEPT:
            cut = len(data) - _KEPT
            lost = data[:cut]
            self._before = (self._before + lost)[-CONTEXT:]
            self.lines += lost.count(b"\n")
            if b"\n" in lost:
                self._line_offset = self._offset + lost.rfind(b"\n") + 1
            self._offset += cut
            self._own_start = max(0, self._own_start - cut)
            self._held = data[cut:]

    def _pass(self, block: Block) -> None:
        """Go on behind a block that was judged."""
        self.lines = block.line - 1 + block.lines
        self._before = (block.before + block.data)[-CONTEXT:]
        self._offset = self._line_offset = block.offset + len(block.data)
        self._own_start = 0

    def _hold(self, block: Block) -> None:
        self.lines = block.line - 1
        self._held, self._before = block.data, block.before
        self._offset, self._line_offset, self._own_start = block.offset, block.line_offset, block.own_start

    def _count(self, block: Block) -> None:
        if self._told > block.offset + block.own_start:
            own = min(self._told - block.offset, block.own_end)
            block = Block(
                block.data, block.offset, block.line, block.line_offset, own, block.own_end, block.lines, block.before
            )
        # A tally and a counter of its own for each block: a watch may go on for months.
        tally, occurrences = Tally(_NO_LIMIT), _Occurrences()
        counter = Counter(tally, self.path, self._engine, self.form, None, occurrences)
        counter.count(block)
        if counter.problem():
            self._problem(counter.problem())
        if not occurrences.seen:
            return
        last = occurrences.seen[-1]
        self._told = last.place.offset + last.end - last.start
        tally.place(self.path)
        findings = {finding.id: finding for finding in tally.findings(self._engine.describe)}
        for one in occurrences.seen:
            self._tell(Seen(findings[one.finding], one.place))
