"""The part of rich: its tracebacks, however they are printed.

``RichHandler``, structlog's ``ConsoleRenderer``, ``rich.traceback.install`` and ``Console.print_exception`` all show
what ``Traceback.extract`` collects. Local variables are judged by their names and scrubbed before they are cut
(:mod:`logscrub.emit.frames`), the texts of exceptions and the lines of source are scrubbed as well. The finished text
would be too late: rich breaks long values over several lines.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from rich import pretty
from rich import traceback as rich_traceback

from logscrub.emit.engine import Engine
from logscrub.emit.frames import scrubbed_walk
from logscrub.emit.neutral import indented

_WIDE = 1_000_000


def put(engine: Engine) -> None:
    """Put it in place."""
    engine.textual.add("rich.logging")
    patches, kind = engine.patches, rich_traceback.Traceback
    extract: Any = vars(kind)["extract"].__func__

    def extract_scrubbed(
        cls: Any, exc_type: Any, exc_value: BaseException, traceback: TracebackType | None, *args: Any, **options: Any
    ) -> rich_traceback.Trace:
        if not engine.active:
            return extract(cls, exc_type, exc_value, traceback, *args, **options)  # type: ignore[no-any-return]
        shown = engine.error(exc_value)
        if shown is not exc_value:
            exc_type = type(shown)
        trace: rich_traceback.Trace = extract(cls, exc_type, shown, traceback, *args, **options)
        for stack in trace.stacks:
            _finish(stack, engine)
        return trace

    class Syntax(rich_traceback.Syntax):  # type: ignore[name-defined,misc]
        """Source whose lines are scrubbed: those that are shown."""

        def __init__(self, code: str, *args: Any, line_range: Any = None, **options: Any) -> None:
            if engine.active and line_range is not None:
                code = _source(code, line_range, engine)
            super().__init__(code, *args, line_range=line_range, **options)

    patches.put(kind, "extract", classmethod(extract_scrubbed))
    patches.put(rich_traceback, "walk_tb", scrubbed_walk(rich_traceback.walk_tb, engine))  # type: ignore[attr-defined]
    patches.put(rich_traceback, "Syntax", Syntax)


def _finish(stack: rich_traceback.Stack, engine: Engine) -> None:
    """Scrub what objects tell of themselves to rich alone, and keep exceptions from forging lines."""
    for frame in stack.frames:
        for name, node in (frame.locals or {}).items():
            text = node.render(max_width=_WIDE)
            clean = engine.text(text)
            if clean is not text and frame.locals is not None:
                frame.locals[name] = pretty.Node(value_repr=clean)
    if engine.neutralize and not engine.report_only:
        stack.exc_value = indented(stack.exc_value)
        if getattr(stack, "notes", None):
            stack.notes = [indented(note) for note in stack.notes]


def _source(code: str, shown: tuple[int | None, int | None], engine: Engine) -> str:
    """Scrub some lines of a source file; all others keep their numbers."""
    lines = code.split("\n")
    first = max((shown[0] or 1) - 1, 0)
    part = lines[first : shown[1]]
    text = "\n".join(part)
    clean = engine.text(text)
    if clean is text:
        return code
    made = clean.split("\n")[: len(part)]
    lines[first : first + len(part)] = made + [""] * (len(part) - len(made))
    return "\n".join(lines)
