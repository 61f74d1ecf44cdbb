"""Cutting a stream of chunks into blocks of whole lines, with memory bounded whatever the lines are.

A line too long to hold is given as overlapping windows; each window *owns* a part of the line, and the parts do not
overlap: a match belongs to the window that owns its first byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from logscrub.sources.keyblocks import MAX_KEY, held_from
from logscrub.sources.lines import count_lines

MAX_LINE = 1 << 20
OVERLAP = 1 << 16
CONTEXT = 1 << 13
"""Bytes before a block that are kept for whoever needs to know what a line goes on from."""


class Hold(NamedTuple):
    """What must not be torn where a text is cut.

    Attributes:
        held_from: returns from where on whole lines have to wait for what follows; often their length.
        reach: most bytes that wait.
    """

    held_from: Callable[[bytes], int]
    reach: int


KEYS = Hold(held_from, MAX_KEY)
"""Key blocks."""


UNCOUNTED = -1


@dataclass(slots=True)
class Block:
    """Whole lines, or a window of one long line.

    Attributes:
        data: the bytes.
        offset: absolute offset of the first byte.
        line: number of the first line, from 1.
        line_offset: absolute offset where the first line begins: before ``offset`` in a later window.
        own_start: matches that begin before this place in ``data`` belong to the window before.
        own_end: matches that begin at or after it belong to the next window.
        lines: line breaks in ``data``; ``UNCOUNTED`` if whoever takes the block is to enter how many there are.
        before: up to ``CONTEXT`` bytes of what stands before ``data``.
    """

    data: bytes
    offset: int
    line: int
    line_offset: int
    own_start: int
    own_end: int
    lines: int
    before: bytes = b""

    @property
    def whole(self) -> bool:
        """Whether this is whole lines and no window."""
        return self.offset == self.line_offset and self.own_end == len(self.data)


def blocks(
    chunks: Iterable[bytes],
    *,
    offset: int = 0,
    before: bytes = b"",
    hold: Hold | None = None,
    count: bool = True,
    max_line: int = MAX_LINE,
    overlap: int = OVERLAP,
    max_key: int = MAX_KEY,
) -> Iterator[Block]:
    r"""Yield blocks that together hold every byte, the last line whole or not.

    Args:
        chunks: the text, from the beginning of a line on.
        offset: where in the whole text that is.
        before: what stands before it.
        hold: what must not be torn; by default key blocks.
        count: count the lines; otherwise whoever takes a block of whole lines does, before the next one.
        max_line: longest line that is given in one piece.
        overlap: bytes that two windows of a longer line share.
        max_key: most bytes of a key block that are held back.

    The lines of a key block (PEM) that has not ended are held back, at most ``max_key`` bytes, so that a key is in one
    block.

    >>> [(b.data, b.offset, b.line) for b in blocks([b"a\nb", b"b\nc"])]
    [(b'a\n', 0, 1), (b'bb\n', 2, 2), (b'c', 5, 3)]
    """
    hold = hold or Hold(lambda lines: held_from(lines, max_key), max_key)
    buffer = b""
    line = 1  # of the buffer's first byte, as is the offset
    long_line = False  # the buffer begins inside a line that is given as windows …
    line_offset = own_start = 0  # … which begins here, and this much of the buffer is owned by the window before
    for chunk in chunks:
        if long_line:
            end = chunk.find(b"\n") + 1
            if end:
                data = buffer + chunk[:end]
                yield Block(data, offset, line, line_offset, own_start, len(data), 1, before)
                offset, line, long_line = offset + len(data), line + 1, False
                buffer, chunk, before = b"", chunk[end:], data[-CONTEXT:]
        end = 0 if long_line else chunk.rfind(b"\n") + 1
        if end:
            data = b"".join((buffer, memoryview(chunk)[:end]))
            cut = hold.held_from(data)
            buffer = data[cut:] + chunk[end:]
            data = data[:cut] if cut < len(data) else data
        else:
            buffer += chunk
            cut = buffer.rfind(b"\n") + 1 if len(buffer) > hold.reach and not long_line else 0
            data, buffer = buffer[:cut], buffer[cut:]  # what was held back has been held for too long
        if data:
            block = Block(data, offset, line, offset, 0, len(data), count_lines(data) if count else UNCOUNTED, before)
            yield block
            offset, line = offset + len(data), line + block.lines
            before = data[-CONTEXT:] if len(data) >= CONTEXT else (before + data)[-CONTEXT:]
        if len(buffer) > max_line and not long_line and b"\n" not in buffer:
            long_line, line_offset, own_start = True, offset, 0
        while long_line and len(buffer) > max_line:
            step = max_line - overlap
            own_end = step + overlap // 2
            yield Block(buffer[:max_line], offset, line, line_offset, own_start, own_end, 0, before)
            buffer, offset, own_start = buffer[step:], offset + step, own_end - step
    if buffer and long_line:
        yield Block(buffer, offset, line, line_offset, own_start, len(buffer), 0, before)
    elif buffer:
        yield Block(buffer, offset, line, offset, 0, len(buffer), buffer.count(b"\n"), before)
