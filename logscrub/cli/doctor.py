"""``logscrub doctor``."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import click

from logscrub.cli import diagnostics
from logscrub.cli.complete import files
from logscrub.cli.output import text_file

_FORMATS = ("text", "json")
_LEAKS = 1


@click.command()
@click.argument("target", metavar="MODULE[:FUNCTION]")
@click.option(
    "-C",
    "--path",
    "directory",
    default=".",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Look for the module there.  [default: the current directory]",
)
@click.option("--channel", "channels", multiple=True, metavar="NAME", help="Try this channel only. Repeatable.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Give up if the function does not return.",
)
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="The report.")
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    shell_complete=files,
    help="Write it there instead of standard output.",
)
def doctor(target: str, directory: str, channels: tuple[str, ...], timeout: float, form: str, output: str) -> int:
    """Send canaries through a service's loggers and name each way that lets one out.

    MODULE is imported, and FUNCTION, which sets logging up, is called without arguments. Canaries then go through every
    logger, handler and exception hook there is, up to where something would be written: nothing is. What the service
    prints meanwhile goes to standard error. Ends with 1 if a canary comes out.

    \b
    logscrub doctor myapp.logs:setup
    logscrub doctor -C src myapp.main --format json
    """
    output = output if output == "-" else os.path.abspath(output)
    _forget_diagnostics()
    with _report_apart() as apart:
        from logscrub.emit.doctor import examine
        from logscrub.emit.doctor.channels import chosen
        from logscrub.emit.doctor.service import start
        from logscrub.report.doctor import FORMATS

        names = chosen(channels or None)
        module = start(target, path=directory, timeout=timeout)
        result = examine(names, module=module)
        if output == "-":
            FORMATS[form](result, apart or sys.stdout)
        else:
            with text_file(output) as stream:
                FORMATS[form](result, stream)
    code = 0 if result.ok else _LEAKS
    if apart is not None and any(not one.daemon for one in threading.enumerate() if one is not threading.main_thread()):
        # The service has started threads that nobody will stop.
        sys.stderr.flush()
        os._exit(code)
    return code


def _forget_diagnostics() -> None:
    """Let the service come by a loguru of its own: ours has a handler of ours."""
    diagnostics.note("the service's loguru is not this one: no more notes from here")
    if diagnostics._state["enabled"]:
        diagnostics._state["enabled"] = False
        for name in [name for name in sys.modules if name.partition(".")[0] == "loguru"]:
            del sys.modules[name]


@contextmanager
def _report_apart() -> Iterator[TextIO | None]:
    """Yield a stream to standard output that nobody else has; what the service writes there goes to standard error."""
    stdout: Any = sys.stdout if sys.stdout is sys.__stdout__ else None
    if stdout is None:
        yield None
        return
    stdout.flush()
    number = stdout.fileno()
    stream = os.fdopen(os.dup(number), "w", encoding=stdout.encoding, errors="backslashreplace")
    os.dup2(sys.stderr.fileno(), number)
    with stream:
        yield stream
