"""Changes of source files as a unified diff for people: secrets written into the source are masked in it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TextIO

from logscrub.code.suppress import project_path
from logscrub.report.options import Options
from logscrub.report.visible import visible
from logscrub.scrubber import default_scrubber

if TYPE_CHECKING:
    from logscrub.code.fix import Change

_COLORS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}


def write(changes: Iterable[Change], stream: TextIO, options: Options) -> None:
    """Write the difference of each file."""
    for change in changes:
        name = visible(project_path(change.path))
        lines = difflib.unified_diff(
            list(_lines(change.before)), list(_lines(change.after)), f"a/{name}", f"b/{name}", lineterm=""
        )
        for line in lines:
            color = _COLORS.get(line[:1]) if options.color else None
            stream.write(f"{color}{line}\x1b[0m\n" if color else f"{line}\n")


def _lines(text: str) -> Iterator[str]:
    scrub = default_scrubber().scrub_text
    lines = text.removesuffix("\n").split("\n")
    clean = scrub(text).removesuffix("\n").split("\n")
    if len(clean) != len(lines):  # too long, or it took too long: line by line then
        clean = lines
    for line in clean:
        yield "\t".join(visible(part) for part in scrub(line).removesuffix("\r").split("\t"))
