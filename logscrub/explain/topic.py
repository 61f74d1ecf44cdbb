"""An explanation, ready to be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Section(NamedTuple):
    """One part of an explanation.

    Attributes:
        name: what programs call it (``now``).
        heading: what people read.
        lines: paragraphs, or items.
        form: how they are written: ``text``, ``list``, ``steps`` (numbered) or ``code`` (as they stand).
    """

    name: str
    heading: str
    lines: tuple[str, ...]
    form: str = "text"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What there is to say about one name. Holds no raw value but the made-up examples of packs.

    Attributes:
        name: what was asked for: an id, a category, a clause.
        kind: what that is: ``rule``, ``key name``, ``category``, ``code rule``, ``control``, ``clause``, ``finding`` …
        title: the same in words.
        about: (label, value) of what can be said in a word.
        sections: the rest, in the order of reading.
    """

    name: str
    kind: str
    title: str
    about: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()


def sections(*given: Section) -> tuple[Section, ...]:
    """Return the sections that say something.

    >>> sections(Section("now", "What to do now", ()), Section("why", "Why it matters", ("It opens a door.",)))
    (Section(name='why', heading='Why it matters', lines=('It opens a door.',), form='text'),)
    """
    return tuple(one for one in given if one.lines)
