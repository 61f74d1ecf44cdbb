"""Where reports for people are printed: only with the colours that were asked for, and no markup in what they quote."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, TextIO

from logscrub.report.options import Options

if TYPE_CHECKING:
    from rich.console import Console


def report_console(stream: TextIO, options: Options) -> Console:
    """Return a console that writes to a stream as the options say."""
    # Imported here: a tenth of a second that only reports for people need.
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            """Leave it to the command, which ends quietly; rich would end with 1, which means findings."""
            raise BrokenPipeError(errno.EPIPE, "nobody reads the report")

    return Plain(
        file=stream,
        width=options.width,
        force_terminal=options.color,
        color_system="standard" if options.color else None,
        no_color=not options.color,
        highlight=False,
        markup=False,
        emoji=False,
    )
