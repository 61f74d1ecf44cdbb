"""Where output goes: files that appear whole or not at all, and whether it is coloured."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, TextIO

from logscrub.errors import SourceError
from logscrub.report.visible import visible
from logscrub.sources.paths import reason_of

COLORS = ("auto", "always", "never")


def colored(wish: str, stream: IO[str]) -> bool:
    """Decide on colour: the option, then ``NO_COLOR``, ``FORCE_COLOR`` and ``TERM``, then whether it is a terminal."""
    if sys.platform == "win32":
        from colorama import just_fix_windows_console  # click needs it there too

        just_fix_windows_console()
    if wish != "auto":
        return wish == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def screen_width(stream: IO[str]) -> int | None:
    """Return the columns of a terminal; None for anything else."""
    if not stream.isatty():
        return None
    try:
        return max(40, os.get_terminal_size(stream.fileno()).columns)
    except (OSError, ValueError):
        return 80


@contextmanager
def whole_file(path: str, mode: int | None = None) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its place only when all was written.

    Args:
        path: the file; a device or pipe is written to directly.
        mode: its permissions; None for the usual ones.

    Raises:
        SourceError: it cannot be written.
    """
    if _is_special(path):
        try:
            with open(path, "wb") as stream:
                yield stream
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            raise _unwritable(path, error) from None
        return
    from logscrub.cleaning.folder import Folder
    from logscrub.cleaning.temporary import Temporary

    place, name = os.path.split(os.path.realpath(path))  # replace what a link leads to, not the link
    try:
        folder = Folder(place)
    except SourceError as error:
        raise SourceError(f"{visible(path)}: cannot be written: {error}") from None
    try:
        with folder, Temporary(folder) as temporary:
            with open(temporary.fd, "wb", closefd=False) as stream:
                yield stream
            if hasattr(os, "fchmod"):
                os.fchmod(temporary.fd, _usual_mode() if mode is None else mode)
            temporary.sync()
            temporary.put(name)
            folder.sync()
    except SourceError:
        raise
    except OSError as error:
        raise _unwritable(path, error) from None


@contextmanager
def text_file(path: str) -> Iterator[TextIO]:
    """Like :func:`whole_file`, for text; ``-`` is standard output."""
    if path == "-":
        yield sys.stdout
        return
    import io

    with whole_file(path) as stream:
        text = io.TextIOWrapper(stream, "utf-8", errors="backslashreplace", newline="\n", write_through=True)
        yield text
        text.flush()
        text.detach()


def _is_special(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    if stat.S_ISDIR(mode):
        raise SourceError(f"{visible(path)}: is a directory")
    return not stat.S_ISREG(mode)


def _usual_mode() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


def _unwritable(path: str, error: OSError) -> SourceError:
    return SourceError(f"{visible(path)}: cannot be written: {reason_of(error)}")
