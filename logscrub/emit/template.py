"""Surgery on a ``%`` template and its arguments: the rendered text changes, the number of arguments does not.

A secret is often seen only in the rendered text (``"password=%s", value``) or runs over two arguments. Formatters and
handlers, on the other hand, unpack ``record.args``, so replacing them by ``()`` breaks them. Here the rendered text is
cut into the pieces it came from, and the pieces a match touches are replaced.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_CONVERSION = re.compile(
    r"%(?:\((?P<key>[^()]*)\))?[#0\- +]*"
    r"(?P<width>\*|\d*)(?:\.(?P<precision>\*|\d*))?[hlL]?(?P<kind>[diouxXeEfFgGcrsa%])"
)

Span = tuple[int, int]
Change = tuple[int, int, str]
Args = tuple[object, ...] | Mapping[str, object]


class Piece(NamedTuple):
    """One part of a template: text, or a conversion with the arguments it takes.

    Attributes:
        source: how it is written in the template.
        key: the name in ``%(name)s``, else ``None``.
        takes: how many positional arguments it uses up (``%*d`` takes two); 0 for text.
    """

    source: str
    key: str | None = None
    takes: int = 0

    @property
    def literal(self) -> bool:
        """Whether it is text."""
        return self.key is None and self.takes == 0


def split(template: str) -> list[Piece]:
    """Cut a template into text and conversions.

    >>> [piece.source for piece in split("user %s: 100%% of %(x)5d")]
    ['user ', '%s', ': 100', '%%', ' of ', '%(x)5d']
    """
    pieces = []
    at = 0
    for match in _CONVERSION.finditer(template):
        if match.start() > at:
            pieces.append(Piece(template[at : match.start()]))
        stars = (match["width"] == "*") + (match["precision"] == "*")
        if match["kind"] == "%":
            pieces.append(Piece(match[0]))
        elif match["key"] is not None:
            pieces.append(Piece(match[0], match["key"]))
        else:
            pieces.append(Piece(match[0], None, stars + 1))
        at = match.end()
    if at < len(template):
        pieces.append(Piece(template[at:]))
    return pieces


def literals(template: str) -> str:
    """Return the text of a template, each conversion replaced by a line break.

    >>> literals("user %s logged in")
    'user \\n logged in'
    """
    return "".join(piece.source % () if piece.literal else "\n" for piece in split(template))


def changes(before: str, after: str, spans: Iterable[Span]) -> list[Change] | None:
    """Find out what each span of ``before`` became in ``after``; ``None`` if the two do not line up.

    >>> changes("a=12 b=34", "a=[x] b=[y]", [(2, 4), (7, 9)])
    [(2, 4, '[x]'), (7, 9, '[y]')]
    """
    merged: list[list[int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(end, merged[-1][1])
        else:
            merged.append([start, end])
    found: list[Change] = []
    at = read = 0
    for index, (start, end) in enumerate(merged):
        gap = before[at:start]
        if not after.startswith(gap, read):
            return None
        read += len(gap)
        last = index + 1 == len(merged)
        following = before[end:] if last else before[end : merged[index + 1][0]]
        stop = len(after) - len(following) if last else after.find(following, read)
        if stop < read or not after.startswith(following, stop):
            return None
        found.append((start, end, after[read:stop]))
        at, read = end, stop
    return found or None


def replace(template: str, args: Args, changed: Iterable[Change]) -> tuple[str, Args] | None:
    """Apply changes of the rendered text to the template and the arguments.

    A touched argument becomes the text it is rendered as, with its change, and its conversion becomes ``%s``. A change
    that runs over several pieces is put into the first argument it touches. ``None`` if the pieces do not add up.

    >>> replace("password=%s id=%d", ("hunter2", 7), [(9, 16, "[password]")])
    ('password=%s id=%d', ('[password]', 7))
    >>> replace("%s-%s", ("AKIA", "REST"), [(0, 9, "[key]")])
    ('%s%s', ('[key]', ''))
    >>> replace("pin=%d", (1234,), [(4, 8, "[pin]")])
    ('pin=%s', ('[pin]',))
    """
    named = not isinstance(args, tuple)
    pieces = split(template)
    spans: list[Span] = []
    first_arg: list[int] = []
    at = taken = 0
    texts = []
    for piece in pieces:
        if piece.literal:
            text = piece.source % ()
        elif named:
            text = piece.source % args
        else:
            text = piece.source % args[taken : taken + piece.takes]  # type: ignore[index]
        first_arg.append(taken)
        taken += piece.takes
        texts.append(text)
        spans.append((at, at + len(text)))
        at += len(text)

    edits: dict[int, list[Change]] = {}
    for start, end, text in changed:
        touched = [i for i, span in enumerate(spans) if span[0] < end and start < span[1]]
        if not touched:
            return None
        home = next((i for i in touched if not pieces[i].literal), touched[0])
        for i in touched:
            left, right = spans[i]
            edits.setdefault(i, []).append((max(start, left) - left, min(end, right) - left, text if i == home else ""))

    sources = [piece.source for piece in pieces]
    new_named: dict[str, object] = {}
    new_args: list[object] = [] if named else list(args)
    for i, cuts in edits.items():
        text = texts[i]
        for start, end, put in sorted(cuts, reverse=True):
            text = text[:start] + put + text[end:]
        piece = pieces[i]
        if piece.literal:
            sources[i] = text.replace("%", "%%")
        elif piece.key is not None:
            sources[i] = f"%({piece.key})s"
            if new_named.setdefault(piece.key, text) != text:
                return None
        else:
            # The width and precision a "*" takes stay arguments: "%.0s" swallows them.
            sources[i] = "%.0s" * (piece.takes - 1) + "%s"
            new_args[first_arg[i] + piece.takes - 1] = text
    if named:
        return "".join(sources), replaced_items(args, new_named)  # type: ignore[arg-type]
    return "".join(sources), tuple(new_args)


def fit(template: str, before: Args, after: Args) -> str:
    """Rewrite the conversions of arguments that were numbers and are text now, so that the template still renders.

    >>> fit("card %d of %s", (4111111111111111, "x"), ("[card]", "x"))
    'card %s of %s'
    """
    sources = []
    taken = 0
    for piece in split(template):
        source = piece.source
        if piece.key is not None:
            if isinstance(before, Mapping) and isinstance(after, Mapping):
                old, new = before[piece.key], after[piece.key]
                if new is not old and isinstance(new, str) and source[-1] not in "sra":
                    source = f"%({piece.key})s"
        elif piece.takes and isinstance(before, tuple) and isinstance(after, tuple):
            taken += piece.takes
            old, new = before[taken - 1], after[taken - 1]
            if new is not old and isinstance(new, str) and source[-1] not in "sra":
                source = "%.0s" * (piece.takes - 1) + "%s"
        sources.append(source)
    return "".join(sources)


def replaced_items(original: Mapping[str, object], items: Mapping[str, object]) -> Mapping[str, object]:
    """Return a copy of a mapping with some items replaced; a subclass stays one if it can be copied.

    >>> replaced_items({"a": 1, "b": 2}, {"b": 3})
    {'a': 1, 'b': 3}
    """
    if not items:
        return original
    if isinstance(original, dict) and type(original) is not dict:
        try:
            twin = copy.copy(original)
            dict.update(twin, items)
            return twin
        except Exception:
            return {**original, **items}
    return {**original, **items}
