"""Tracebacks that are printed, and, if asked for, everything that is.

``traceback.print_exc`` and its kin write past ``logging``: that is how ``multiprocessing``, ``socketserver``,
``wsgiref`` and many programs show an exception. What they write to a stream is scrubbed; what a program formats for
itself, or has written into a string, is its own.
"""

from __future__ import annotations

import functools
import io
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from logscrub.emit.engine import Engine

STREAMS = ("stdout", "stderr")
# A line is held back until it is whole, up to this many characters.
_LONGEST = 1 << 16
_KEY_BEGIN, _KEY_END = "-----BEGIN ", "-----END "


def put_tracebacks(engine: Engine) -> None:
    """Scrub the tracebacks and stacks that :mod:`traceback` prints."""
    original = traceback.TracebackException.print
    print_list = traceback.print_list

    def theirs(target: object) -> bool:
        own = isinstance(target, io.StringIO) and target not in (sys.stderr, sys.stdout)
        return not engine.active or own or target is None

    @functools.wraps(original)
    def print_scrubbed(self: traceback.TracebackException, *, file: Any = None, **options: Any) -> None:
        target = sys.stderr if file is None else file
        if theirs(target):
            original(self, file=file, **options)
            return
        text = io.StringIO()
        original(self, file=text, **options)
        target.write(engine.text(text.getvalue()))

    @functools.wraps(print_list)
    def print_list_scrubbed(extracted_list: Any, file: Any = None) -> None:
        target = sys.stderr if file is None else file
        if theirs(target):
            print_list(extracted_list, file)
            return
        text = io.StringIO()
        print_list(extracted_list, text)
        target.write(engine.text(text.getvalue()))

    engine.patches.put(traceback.TracebackException, "print", print_scrubbed)
    engine.patches.put(traceback, "print_list", print_list_scrubbed)


def put_capture(engine: Engine, names: tuple[str, ...]) -> None:
    """Scrub all that is written to ``sys.stdout`` or ``sys.stderr``, line by line."""
    for name in names:
        stream = getattr(sys, name)
        if stream is None:
            continue
        captured = CapturedStream(stream, engine.text)
        engine.patches.put(sys, name, captured)
        engine.patches.undone(captured.flush)


class CapturedStream(io.TextIOBase):
    """A text stream that scrubs lines before it passes them on.

    A line is written once it is whole, or when the stream is flushed. The lines of a private key stay together.

    Args:
        stream: the stream that is written to.
        scrub: returns a text scrubbed.

    >>> out = io.StringIO()
    >>> stream = CapturedStream(out, lambda text: text.replace("hunter2", "[password]"))
    >>> stream.write("password=hun")
    12
    >>> out.getvalue()
    ''
    >>> print("ter2", file=stream)
    >>> out.getvalue()
    'password=[password]\\n'
    """

    def __init__(self, stream: Any, scrub: Callable[[str], str]) -> None:
        self._stream = stream
        self._scrub = scrub
        self._held = ""
        self._lock = threading.RLock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Take text; pass on the lines that are whole."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        with self._lock:
            self._held += text
            end = self._held.rfind("\n") + 1
            if end and _KEY_BEGIN in self._held:
                begin = self._held.rfind(_KEY_BEGIN)
                if _KEY_END not in self._held[begin:end]:
                    end = self._held.rfind("\n", 0, begin) + 1
            if len(self._held) - end > _LONGEST:
                end = len(self._held)
            self._pass_on(end)
        return len(text)

    def flush(self) -> None:
        """Pass on what is held."""
        with self._lock:
            self._pass_on(len(self._held))
            self._stream.flush()

    def _pass_on(self, end: int) -> None:
        if end:
            ready, self._held = self._held[:end], self._held[end:]
            self._stream.write(self._scrub(ready))

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def isatty(self) -> bool:
        """Say whether it ends at a terminal."""
        return bool(self._stream.isatty())

    def fileno(self) -> int:
        """Return the descriptor of the stream that is written to; what is written to it directly is not scrubbed."""
        number: int = self._stream.fileno()
        return number

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Its encoding."""
        return getattr(self._stream, "encoding", "utf-8")

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        """What it does about characters it cannot encode."""
        return getattr(self._stream, "errors", None)

    @property
    def buffer(self) -> Any:
        """The same for bytes."""
        return _Bytes(self)

    def close(self) -> None:
        """Pass on what is held; the stream that is written to is left open, it is not ours."""
        self.flush()

    def __del__(self) -> None:
        """Do nothing: ``io`` would close it."""


class _Bytes(io.RawIOBase):
    def __init__(self, text: CapturedStream) -> None:
        self._text = text

    def write(self, data: Any) -> int:
        self._text.write(bytes(data).decode(self._text.encoding, "surrogateescape"))
        return len(data)

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        self._text.flush()
