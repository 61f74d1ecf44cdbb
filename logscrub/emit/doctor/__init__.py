"""Send canaries along every way out of the process, and tell which of them let one out.

Canaries are made-up values. They are sent through the loggers, handlers and hooks that are there, with all that is
patched on them, up to the point where something would be written or sent; what comes out there is looked at and thrown
away. So nothing reaches a log, a file or a network, and the numbers of :meth:`Installation.stats` stay what they are,
but for ``seen`` and the times.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterable

from logscrub.emit.doctor.channels import CHANNELS, chosen
from logscrub.emit.doctor.examination import Examination, StderrAside, stderr_aside
from logscrub.emit.doctor.handlers import Handlers
from logscrub.emit.doctor.hooks import Hooks
from logscrub.emit.doctor.result import DoctorResult, Path, Remark
from logscrub.emit.installation import current
from logscrub.errors import LeakError

__all__ = ["CHANNELS", "DoctorResult", "LeakError", "Path", "Remark", "examine", "verify"]


def verify(*, channels: Iterable[str] | None = None) -> DoctorResult:
    """Try all ways out of this process, as it is now.

    Args:
        channels: what to send canaries in, by name (see ``docs/doctor.md``); everything there is if left out.

    Raises:
        ConfigError: there is no such channel.

    >>> import io, logging
    >>> logger = logging.getLogger("verify-example")
    >>> handler = logging.StreamHandler(io.StringIO())
    >>> logger.addHandler(handler)
    >>> {path.state for path in verify(channels=["arguments"]).paths if path.target == "StreamHandler to a StringIO"}
    {'leak'}
    >>> from logscrub import install
    >>> with install():
    ...     verify(channels=["arguments"]).ok
    True
    >>> logger.removeHandler(handler)
    """
    return examine(chosen(channels))


def examine(channels: Iterable[str], *, module: str = "") -> DoctorResult:
    """Do what :func:`verify` does.

    Args:
        channels: names of channels.
        module: where logging is set up, for the advice.
    """
    installation = current()
    engine = installation._engine if installation is not None else None
    examination = Examination(engine, channels, module)
    with engine.meter.aside() if engine is not None else contextlib.nullcontext(), stderr_aside() as stderr:
        handlers = Handlers(examination, stderr)
        handlers.run()
        for library in _LIBRARIES:
            if library in sys.modules:
                _examine_library(library, examination, handlers, stderr)
        Hooks(examination, stderr).run()
    if engine is not None:
        _note_installation(examination)
    if "opentelemetry.sdk" in sys.modules:
        examination.note("not-tested", "OpenTelemetry: canaries would be exported; log records and spans are not tried")
    return DoctorResult(
        installation is not None,
        engine is not None and engine.report_only,
        tuple(examination.paths),
        tuple(examination.notes),
    )


_LIBRARIES = ("loguru", "structlog")


def _examine_library(library: str, examination: Examination, handlers: Handlers, stderr: StderrAside) -> None:
    """Examine a library. If it is built in another way than is known, that is told."""
    try:
        importlib.import_module(f"logscrub.emit.doctor.{library}").examine(examination, handlers, stderr)
    except Exception as error:
        text = f"{library}: what is known of it does not fit this version ({type(error).__name__})"
        examination.note("not-tested", text, "install a version of it that logscrub knows")


def _note_installation(examination: Examination) -> None:
    engine = examination.engine
    if engine is None:
        return
    if engine.report_only:
        text = "logscrub only reports: everything is written as it is, by choice"
        examination.note("report-only", text, "install without report_only=True")
    for library, problem in sorted(engine.stats()["uncovered"].items()):
        text = f"{library} could not be covered ({examination.clean(problem)})"
        examination.note("not-covered", text, "install a version of it that logscrub knows")
