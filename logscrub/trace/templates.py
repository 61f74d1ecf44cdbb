"""Log calls as something to look for: the literal pieces of each call's text, and the arguments between them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from logscrub.code.model import LogCall

MIN_LETTERS = 5
"""A text with fewer letters and digits stands anywhere by chance: it is looked for only below its logger's name."""

_ANCHOR = 64
_LETTER = re.compile(r"[^\W_]")
_LAYOUT = re.compile(r"\A(?:src|lib|python)\.(?=\w)")
_UNWRITTEN = frozenset({"raise"})  # an exception's text is in a log only inside of what another call wrote


@dataclass(frozen=True, slots=True)
class Template:
    """What a log call prints on the first line of its record.

    Attributes:
        number: position of the call among those the templates are made of.
        call: the call.
        pieces: the literal text as bytes, in order; none is empty.
        slots: indexes of the arguments before each piece, and after the last.
        word_first, word_last: the text begins or ends with a word, which must not go on in the line.
        length: bytes of literal text.
        letters: letters and digits of the literal text.
        more: the text goes on in further lines.
        last: index of the argument that goes on in further lines, if there is one and no other; else None.
        logger: name of the logger as bytes, empty if it is not known.
    """

    number: int
    call: LogCall
    pieces: tuple[bytes, ...]
    slots: tuple[tuple[int, ...], ...]
    word_first: bool
    word_last: bool
    length: int
    letters: int
    more: bool
    last: int | None
    logger: bytes

    @property
    def weak(self) -> bool:
        """Whether there is too little text to know the call by."""
        return self.letters < MIN_LETTERS

    @property
    def anchor(self) -> bytes:
        """The piece of text to look for first: the longest one, or the beginning of it."""
        return max(self.pieces, key=len)[:_ANCHOR]


def templates_of(calls: Sequence[LogCall]) -> list[Template]:
    r"""Return the templates of those calls whose text is known; several for one that JSON would write otherwise.

    >>> from logscrub.code.model import Place
    >>> call = LogCall(Place("a.py", 7), "f", "logging", "LOG", "info", ("got ", 0, " of \"", 1, "\""), (), "app")
    >>> [one.pieces for one in templates_of([call])]
    [(b'got ', b' of "', b'"'), (b'got ', b' of \\"', b'\\"')]
    """
    made: list[Template] = []
    for number, call in enumerate(calls):
        if call.parts is None or call.sink in _UNWRITTEN:
            continue
        literals, slots, below = _first_line(call.parts)
        more = below is not None
        last = slots[-1][-1:] if below is None else below if not slots[-1] else ()
        forms = {
            tuple(piece.encode("utf-8", "replace") for piece in literals),
            tuple(json.dumps(piece)[1:-1].encode("ascii") for piece in literals),
            tuple(json.dumps(piece, ensure_ascii=False)[1:-1].encode("utf-8", "replace") for piece in literals),
        }
        letters = sum(len(_LETTER.findall(piece)) for piece in literals)
        logger = _LAYOUT.sub("", call.logger).encode("utf-8", "replace")
        made += [
            Template(
                number=number,
                call=call,
                pieces=pieces,
                slots=slots,
                word_first=bool(pieces) and not slots[0] and pieces[0][:1].isalnum(),
                word_last=bool(pieces) and not (slots[-1] or more) and pieces[-1][-1:].isalnum(),
                length=sum(map(len, pieces)),
                letters=letters,
                more=more,
                last=last[0] if len(last) == 1 else None,
                logger=logger,
            )
            for pieces in sorted(forms)
        ]
    return made


def _first_line(
    parts: tuple[str | int, ...],
) -> tuple[list[str], tuple[tuple[int, ...], ...], tuple[int, ...] | None]:
    """Cut the text after its first line that is not blank.

    Returns:
        Its pieces; the arguments around them; the arguments on further lines, None if there are no further lines.
    """
    literals: list[str] = []
    slots: list[list[int]] = [[]]
    below: tuple[int, ...] | None = None
    joined = False  # the part before was text too
    for position, part in enumerate(parts):
        if isinstance(part, int):
            slots[-1].append(part)
            joined = False
            continue
        begun = literals or slots[0]
        text, broken, rest = (part if begun else part.lstrip()).partition("\n")
        if text and joined:
            literals[-1] += text
        elif text:
            literals.append(text)
            slots.append([])
            joined = True
        further = tuple(one for one in parts[position:] if isinstance(one, int))
        if broken and (further or rest.strip() or "".join(map(str, parts[position + 1 :])).strip()):
            below = further
        if broken:
            break
    if literals and not slots[-1]:
        literals[-1] = literals[-1].rstrip()
        if not literals[-1]:
            literals.pop()
            slots.pop()
    return literals, tuple(map(tuple, slots)), below
