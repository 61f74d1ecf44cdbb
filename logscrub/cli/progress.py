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
def shown_progress(wanted: bool) -> Iterator[Progress | None]:
    """Yield what to call after each block read; None when nothing is to be shown."""
    if not wanted or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    from rich import progress
    from rich.console import Console

    with progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("", total=None)

        def advance(path: str, done: int, total: int) -> None:
            bar.update(task, description=visible(path)[-40:], completed=done, total=total or None)

        yield advance
