"""Standard input, read by a thread, so that a finding is told as soon as its line is there."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable

from logscrub.sources import NotTextError
from logscrub.sources.formats import HEAD
from logscrub.sources.paths import reason_of
from logscrub.watch.files import STEP, Text

_PIECE = 1 << 16
_AHEAD = 64


class Stream:
    """Standard input.

    Args:
        text: takes what comes.
        wake: is called by the thread when there is something.

    Attributes:
        ended: everything was read.
        problem: why it cannot be read, or empty.
    """

    def __init__(self, text: Text, wake: Callable[[], None]) -> None:
        self.text = text
        self.ended = False
        self.problem = ""
        self._wake = wake
        self._pieces: queue.Queue[bytes | str] = queue.Queue(_AHEAD)  # a text says why it ended
        self._head = b""

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, name="logscrub-stdin", daemon=True).start()

    def turn(self, now: float) -> int:
        """Judge what has come, and return how many bytes that was."""
        pieces: list[bytes] = []
        size = 0
        while size < STEP and not self.ended:
            try:
                piece = self._pieces.get_nowait()
            except queue.Empty:
                break
            if isinstance(piece, str):
                self.ended, self.problem = True, self.problem or piece
            else:
                pieces.append(piece)
                size += len(piece)
        if size and not self.problem:
            data = b"".join(pieces)
            self._head += data[: HEAD - len(self._head)]
            if self.text.wants_head(size):
                try:
                    self.text.sniff(self._head)
                except NotTextError as error:
                    self.problem = str(error)
                    return size
            self.text.take(data, now)
        return size

    def _read(self) -> None:
        reason = ""
        try:
            fd = sys.stdin.fileno()
            while piece := os.read(fd, _PIECE):
                self._pieces.put(piece)
                self._wake()
        except (AttributeError, ValueError):
            reason = "standard input is not open"
        except OSError as error:
            reason = reason_of(error)
        self._pieces.put(reason)
        self._wake()
