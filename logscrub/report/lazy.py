"""A form of report whose module is imported when a report is first written in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Generic, TextIO, TypeVar, cast

Result = TypeVar("Result")
Settings = TypeVar("Settings")


@dataclass(frozen=True)
class Format(Generic[Result, Settings]):
    """A form of report, as a function that writes it.

    Attributes:
        name: as ``--format`` takes it.
        about: what it is, in a line of a help text.
        module: its full name; its function ``write`` does the work.

    >>> import sys
    >>> from logscrub.findings import ScanResult
    >>> from logscrub.report import FORMATS, Options
    >>> FORMATS["text"](ScanResult(()), sys.stdout, Options())
    no findings in 0 files, 0 lines, 0 bytes
    """

    name: str
    about: str
    module: str

    def __call__(self, result: Result, stream: TextIO, options: Settings) -> None:
        """Write a result.

        Args:
            result: what is reported.
            stream: takes the text.
            options: how.
        """
        write = cast("Callable[[Result, TextIO, Settings], None]", import_module(self.module).write)
        write(result, stream, options)
