"""Changes of a text, and why one cannot be made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class Refused(Exception):  # noqa: N818 - a way out, not a failure
    """A repair that is not made; the message says why and holds nothing of the code but names."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``text[start:end]``.

    >>> apply("LOG.info(pw)", [Edit(9, 9, "str("), Edit(11, 11, ")")])
    'LOG.info(str(pw))'
    """

    start: int
    end: int
    new: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with all edits made; those at the same place in the order given.

    Raises:
        Refused: two edits replace the same text.
    """
    out = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < position:
            raise Refused("another repair changes the same code; run it once more")
        out.append(text[position : edit.start])
        out.append(edit.new)
        position = edit.end
    out.append(text[position:])
    return "".join(out)
