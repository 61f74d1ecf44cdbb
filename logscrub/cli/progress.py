"""Progress on standard error, when somebody is there to see it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from logscrub.report.visible import visible

if TYPE_CHECKING:
    from logscrub.audit import Progress


@contextmanager
def shown_progress(wanted: bool, unit: str = "bytes") -> Iterator[Progress | None]:
    """Yield what to call after each block or file read; None when nothing is to be shown.

    Args:
        wanted: somebody would look at it.
        unit: what is counted: ``bytes`` or ``files``.
    """
    if not wanted or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    from rich import progress
    from rich.console import Console

    counted: list[progress.ProgressColumn] = (
        [progress.DownloadColumn(), progress.TransferSpeedColumn()]
        if unit == "bytes"
        else [progress.MofNCompleteColumn(), progress.TextColumn(unit)]
    )
    bar = progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        *counted,
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("", total=None)

    def advance(path: str, done: int, total: int) -> None:
        bar.start()  # not before: its thread would keep a scan from forking its workers
        bar.update(task, description=visible(path)[-40:], completed=done, total=total or None)

    try:
        yield advance
    finally:
        bar.stop()
