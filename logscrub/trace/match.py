"""Finding the log call that wrote a line, and the argument that stands at a place of it.

All anchors (the longest piece of each template) are looked for in one pass over a block of lines. In a line with hits,
the pieces of each candidate are looked for in order. A message may follow any prefix and be followed by any suffix, as
formatters and adapters write them. Of several calls that fit, those of the logger that the line names come first, then
the one with the longest text; what is still equal is told apart by the ``file:line``, function and level in the line.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from logscrub.code.model import LogCall, Place
from logscrub.detect.gate import EmptyGate, Gate, Literal, literal_gate
from logscrub.trace.templates import Template, templates_of

SURE_LETTERS = 16
"""Letters and digits that tell a call by its text alone; with fewer, the line must name the logger or the file."""

_ENOUGH = 10
_CACHED = 4096
_MOST_LINES = 50
_HEADER = 512
_REACH = 1 << 14
_REACH_UP = 256
_MOST = 2 / 3
_CLOCK_REACH = 64
_END = itemgetter(1)
_MESSAGE = re.compile(rb'"(?:message|msg|event|log|body|text|short_message)"\s*:\s*"((?:[^"\\]|\\.)*+)"')
_DOTTED = re.compile(rb"(?<![\w./-])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?![\w/])")
_LEVEL = re.compile(rb"\b(DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL|FATAL|debug|info|warn(?:ing)?|error|critical|fatal)\b")
_LEVELS = {"warn": "warning", "fatal": "critical", "exception": "error"}
_HEAD = re.compile(
    rb"\{\"|<\d+>|[^\n]{0,60}?(?:\d\d:\d\d:\d\d|\dT\d{6}|\b1\d{9}\b)|\W?(?:DEBUG|INFO|WARN|ERROR|CRIT|FATAL)"
)
_CLOCK = re.compile(rb"[^\n]{0,60}?\d\d:\d\d:\d\d(?:[.,]\d+)?")
_LETTER = re.compile(rb"[0-9A-Za-z\x80-\xff]")
_LOOSE = b" \t}])"
_BRACE, _COLON = 0x7B, 0x3A
_AFTER_HEADER = re.compile(
    rb"(?:\s|[-:|>\])]+(?=\s)|\[[^\]\n]*\]|\b(?:DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b)*"
)
_WORD = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")


class Trace(NamedTuple):
    """What is known of where a line comes from.

    Attributes:
        templates: of the calls that may have written it; one, if there is no doubt.
        named: the line names the logger or the file of the call.
        weak: there is little to know the call by: take it as a hint.

    The spans are found by :meth:`Tracer.argument`, when somebody asks.
    """

    templates: tuple[Template, ...]
    named: bool
    weak: bool

    @property
    def calls(self) -> tuple[LogCall, ...]:
        """The calls that may have written the line."""
        return tuple(template.call for template in self.templates)


class Span(NamedTuple):
    """The part of a record that an argument of the call was printed as."""

    argument: int
    start: int
    end: int


class Tracer:
    """Knows the log calls of a source tree and finds the one that wrote a line.

    Args:
        calls: the calls.
        gate: makes what finds literals; Hyperscan where it can be loaded.

    >>> from logscrub.code.model import Place
    >>> call = LogCall(Place("app.py", 7), "login", "logging", "LOG", "info", ("user ", 0, " came from ", 1), (), "app")
    >>> tracer = Tracer([call])
    >>> line = b"12:00:01 INFO app: user ann came from 10.0.0.7"
    >>> trace = tracer.trace(line)
    >>> trace.calls[0].place.line, trace.named, tracer.spans(trace, line)
    (7, True, [Span(argument=0, start=24, end=27), Span(argument=1, start=38, end=46)])
    """

    def __init__(self, calls: Iterable[LogCall], gate: Callable[[Sequence[Literal]], Gate] = literal_gate) -> None:
        self.calls = tuple(calls)
        anchors: dict[bytes, list[Template]] = defaultdict(list)
        weak: dict[bytes, list[Template]] = defaultdict(list)
        templates = templates_of(self.calls)
        for template in templates:
            if not template.weak:
                anchors[template.anchor].append(template)
            elif template.logger:
                weak[template.logger].append(template)
        self._anchored = [tuple(group) for group in anchors.values()]
        # The name of a logger is looked for as well where some of its calls have next to no text of their own.
        self._by_name = [(name, tuple(group)) for name, group in weak.items()]
        self._loggers = frozenset(filter(None, (template.logger for template in templates)))
        self._packages = frozenset(name.partition(b".")[0] for name in self._loggers)
        literals = [(literal, False) for literal in (*anchors, *weak)]
        self._gate = gate(literals) if literals else EmptyGate()

    def trace(self, line: bytes) -> Trace | None:
        """Find the call that wrote a line; None if no call fits."""
        ids = {number for number, _ in self._gate.scan(line)}
        return self._judge(line, 0, _content_end(line, 0, len(line)), ids)

    def lines(self, data: bytes) -> Iterator[tuple[int, int, Trace | None]]:
        r"""Yield (start, stop, trace) for the lines of a block, without their line breaks, in order.

        >>> [trace for _, _, trace in Tracer([]).lines(b"one\ntwo\n")]
        [None, None]
        """
        hits = self._gate.scan(data)
        hits.sort(key=_END)
        find, judge = data.find, self._judge
        size, count, at, start = len(data), len(hits), 0, 0
        ids: set[int] = set()
        while start < size:
            stop = find(b"\n", start)
            if stop < 0:
                stop = size
            ids.clear()
            while at < count and hits[at][1] <= stop:
                ids.add(hits[at][0])
                at += 1
            yield start, stop, judge(data, start, stop, ids) if ids else None
            start = stop + 1

    def record(
        self, data: bytes, start: int, heads: dict[int, int | None] | None = None
    ) -> tuple[int, int, Trace | None]:
        """Find the call that wrote the record a line belongs to.

        Args:
            data: a block of lines.
            start: where the line begins.
            heads: what is known of this block: where the record begins that a line belongs to. It is added to, so that
                many lines of one record are not more work than one.

        Returns:
            Start and end of the line that the call was found for: the line itself, or the first line of the record
            where this is a later one (a traceback, a message of several lines); and the trace.
        """
        stop = _content_end(data, start, _line_end(data, start))
        trace = self.trace(data[start:stop])
        if trace is None and is_continuation(data, start, stop):
            above = _head_above(data, start, {} if heads is None else heads)
            if above is not None:
                stop = _content_end(data, above, _line_end(data, above))
                return above, stop, self.trace(data[above:stop])
        return start, stop, trace

    def spans(self, trace: Trace, line: bytes) -> list[Span]:
        """Return where the arguments of the first template stand in a line, as offsets, in order."""
        template = trace.templates[0]
        low, high = _message(line, 0, _content_end(line, 0, len(line)))
        pieces, slots = template.pieces, template.slots
        spans: list[Span] = []
        at = low
        if slots[0]:
            at = _after_header(template, line, low, high)
            if _find(template, line, at, high) < 0:
                at = low
        begin = _find(template, line, at, high)
        for number, piece in enumerate(pieces):
            place = begin if number == 0 and begin >= 0 else line.find(piece, at, high)
            if number == len(pieces) - 1 and not slots[-1] and not template.more and number:
                if line.endswith(piece, at, high):
                    place = high - len(piece)
                elif template.word_last:
                    place = _find_word_end(line, piece, at, high)
            spans += [Span(index, at, place if place >= 0 else high) for index in slots[number]]
            if place < 0:  # the text has changed from here on
                return spans
            at = place + len(piece)
        spans += [Span(index, at, high) for index in slots[-1]]
        return spans

    def argument(self, trace: Trace, line: bytes, start: int, end: int) -> int | None:
        """Return the index of the argument that stands at a place of a line, or None if none does."""
        best, found = 0, None
        for span in self.spans(trace, line):
            shared = min(end, span.end) - max(start, span.start)
            if shared > best:
                best, found = shared, span.argument
        return self._keyword(trace.templates[0], line, start) if found is None else found

    def _keyword(self, template: Template, line: bytes, start: int) -> int | None:
        """Find an argument that is printed beside the text, under its name (structlog, logfmt)."""
        printed = {index for index in template.call.parts or () if isinstance(index, int)}
        nearest, found = -1, None
        for index, argument in enumerate(template.call.arguments):
            if index in printed or not argument.name:
                continue
            name = re.escape(argument.name.encode("utf-8", "replace"))
            for match in re.finditer(rb"(?<!\w)(?:%s=|[\"']%s[\"']\s*:)" % (name, name), line[:start]):
                if match.end() > nearest:
                    nearest, found = match.end(), index
        return found

    def _judge(self, data: bytes, start: int, stop: int, ids: set[int]) -> Trace | None:
        """Find the call that wrote a line, given the literals that were found in it."""
        if not ids:
            return None
        low, high = _message(data, start, stop) if data[start] == _BRACE else (start, stop)
        anchored = self._anchored
        best: list[Template] = []
        rank = (False, 0)
        names = []
        for number in sorted(ids) if len(ids) > 1 else ids:
            if number >= len(anchored):
                names.append(number - len(anchored))
                continue
            for template in anchored[number]:
                place = _find(template, data, low, high)
                if place < 0:
                    continue
                until = min(place if low == start else stop, start + _REACH)
                reached = (_names(data, template.logger, start, until), template.length)
                if reached > rank:
                    best, rank = [template], reached
                elif reached == rank:
                    best.append(template)
        if not best:
            trace = self._near(data, start, stop, low, high, [one for one in sorted(ids) if one < len(anchored)])
            return trace or (self._hint(data, start, stop, low, high, names) if names else None)
        if len(best) > 1:
            best = _told_apart(best, data, start, stop)
        named = rank[0] or _file_and_line(best[0].call, data, start, stop)
        if named:
            return Trace(tuple(best), True, False)
        if best[0].letters >= SURE_LETTERS:
            return Trace(tuple(best), False, self._by_another(data, start, stop))
        if _fills(best[0], data, low, high):
            return Trace(tuple(best), False, True)
        return self._hint(data, start, stop, low, high, names) if names else None

    def _by_another(self, data: bytes, start: int, stop: int) -> bool:
        """Whether a line names a logger of this source, or one in its packages, and so not the one that was found."""
        for match in _DOTTED.finditer(data, start, min(stop, start + _HEADER)):
            name = match[0]
            if name in self._loggers or name.partition(b".")[0] in self._packages:
                return True
        return False

    def _near(self, data: bytes, start: int, stop: int, low: int, high: int, ids: list[int]) -> Trace | None:
        """Find a call whose text has changed since: the line names its logger, and begins with most of the text."""
        best: list[Template] = []
        most = 0
        for template in (one for number in ids for one in self._anchored[number]):
            letters = _leading(template, data, low, high)
            if letters < max(most, SURE_LETTERS, template.letters * _MOST):
                continue
            if _names(data, template.logger, start, min(stop, start + _REACH)):
                best = [*best, template] if letters == most else [template]
                most = letters
        return Trace(tuple(_told_apart(best, data, start, stop)), True, True) if best else None

    def _hint(self, data: bytes, start: int, stop: int, low: int, high: int, names: list[int]) -> Trace | None:
        """Find the calls with next to no text by the logger that a line names first."""
        header = min(stop, start + _HEADER)
        named = [(data.find(self._by_name[number][0], start), number) for number in names]
        for _, number in sorted(named):
            name, weak = self._by_name[number]
            if not _names(data, name, start, header):
                continue
            begin = low
            if low == start:
                skipped = _AFTER_HEADER.match(data, data.find(name, start) + len(name), high)
                begin = skipped.end() if skipped else low
            fit = [one for one in weak if _find(one, data, begin, high) >= 0]
            if fit:
                longest = max(one.length for one in fit)
                best = [one for one in fit if one.length == longest]
                return Trace(tuple(_told_apart(best, data, start, stop)), True, True)
            return None
        return None


def is_continuation(data: bytes, start: int, stop: int) -> bool:
    """Whether a line looks like a further line of a record: it is indented, or has neither a time nor a level."""
    if data[start : start + 1] in _LOOSE:
        return True
    at = data.find(b":", start, min(stop, start + _CLOCK_REACH))
    if 0 <= at < stop - 3 and data[at + 3] == _COLON and data[at - 2 : at].isdigit():  # nearly always, and fast
        return False
    return not _HEAD.match(data, start, stop)


def _head_above(data: bytes, start: int, heads: dict[int, int | None]) -> int | None:
    """Return where the record begins that a further line belongs to."""
    found = None
    at = start
    for _ in range(_REACH_UP):
        if at <= 0:
            break
        stop = at - 1
        at = data.rfind(b"\n", 0, stop) + 1
        if at in heads:
            found = heads[at]
            break
        if not is_continuation(data, at, stop):
            found = at
            break
    heads[start] = found
    return found


def _line_end(data: bytes, start: int) -> int:
    stop = data.find(b"\n", start)
    return len(data) if stop < 0 else stop


def _content_end(data: bytes, start: int, stop: int) -> int:
    while stop > start and data[stop - 1] in b"\r\n":
        stop -= 1
    return stop


def _message(data: bytes, start: int, stop: int) -> tuple[int, int]:
    """Return where the message lies in a line: in JSON the field that holds it, else anywhere."""
    if data[start : start + 1] == b"{":
        found = _MESSAGE.search(data, start, stop)
        if found:
            return found.span(1)
    return start, stop


def _find(template: Template, data: bytes, low: int, high: int) -> int:
    """Return where the first piece stands, if all pieces stand there in order; else -1.

    Each piece is taken where it stands first: if any choice fits, this one does.
    """
    pieces = template.pieces
    if not pieces:
        return low
    find = data.find
    piece = pieces[0]
    first = find(piece, low, high)
    alone = template.word_last and len(pieces) == 1
    while first >= 0 and (
        (template.word_first and first > low and data[first - 1] in _WORD)
        or (alone and first + len(piece) < high and data[first + len(piece)] in _WORD)
    ):
        first = find(piece, first + 1, high)
    if first < 0 or len(pieces) == 1:
        return first
    at = first + len(piece)
    for piece in pieces[1:-1]:
        at = find(piece, at, high)
        if at < 0:
            return -1
        at += len(piece)
    at = _find_word_end(data, pieces[-1], at, high) if template.word_last else find(pieces[-1], at, high)
    return first if at >= 0 else -1


def _fills(template: Template, data: bytes, low: int, high: int) -> bool:
    """Whether a short text is the whole message, or has enough letters around its arguments to do without."""
    if template.letters >= _ENOUGH and any(template.slots):
        return True
    while high > low and data[high - 1] in b"\r\n \t":
        high -= 1
    if not template.slots[0] and not data.startswith(
        template.pieces[0], _after_header(template, data, low, high), high
    ):
        return False
    goes_on = template.slots[-1] or template.more or template.call.arguments
    return bool(goes_on) or data.endswith(template.pieces[-1], low, high)


def _leading(template: Template, data: bytes, low: int, high: int) -> int:
    """Count the letters and digits of the pieces that stand in a line in order, until one that does not."""
    count, at = 0, low
    if not template.slots[0]:
        for piece in template.pieces:
            at = data.find(piece, at, high)
            if at < 0:
                break
            at += len(piece)
            count += len(_LETTER.findall(piece))
    return count


def _find_word_end(data: bytes, piece: bytes, at: int, high: int) -> int:
    """Return where a piece stands with no word going on behind it, or -1."""
    at = data.find(piece, at, high)
    while at >= 0 and at + len(piece) < high and data[at + len(piece)] in _WORD:
        at = data.find(piece, at + 1, high)
    return at


def _names(data: bytes, logger: bytes, start: int, stop: int) -> bool:
    """Whether a line names a logger, as a whole word with dots."""
    if not logger:
        return False
    at = data.find(logger, start, stop)
    while at >= 0:
        end = at + len(logger)
        before = data[at - 1] if at > start else 32
        behind = data[end] if end < len(data) else 32
        if before not in _WORD and behind not in _WORD and behind != 46:
            return True
        at = data.find(logger, end, stop)
    return False


def _told_apart(templates: list[Template], data: bytes, start: int, stop: int) -> list[Template]:
    """Keep those of several calls that fit best what the line says beside the message."""
    by_number = {template.number: template for template in templates}
    unique = [by_number[number] for number in sorted(by_number)]
    for fits in (_file_and_line, _function, _level):
        if len(unique) > 1:
            unique = [one for one in unique if fits(one.call, data, start, stop)] or unique
    return unique


def _file_and_line(call: LogCall, data: bytes, start: int, stop: int) -> bool:
    """Whether the line says ``file.py:12`` or ``module:function:12``, in its header or at its end."""
    stem, mark = _place_mark(call.place)
    if data.find(stem, start, stop) < 0:
        return False
    return bool(
        mark.search(data, start, min(stop, start + _HEADER)) or mark.search(data, max(start, stop - _HEADER), stop)
    )


@lru_cache(_CACHED)
def _place_mark(place: Place) -> tuple[bytes, re.Pattern[bytes]]:
    stem = os.path.splitext(os.path.basename(place.path))[0].encode("utf-8", "replace")
    last = min(max(place.line, place.end_line), place.line + _MOST_LINES)
    numbers = b"|".join(b"%d" % number for number in range(place.line, last + 1))
    return stem, re.compile(rb"(?<!\w)%s(?:\.\w{1,4}|:[\w.<>]{1,200})?:(?:%s)(?!\w)" % (re.escape(stem), numbers))


def _function(call: LogCall, data: bytes, start: int, stop: int) -> bool:
    return bool(_word(call.function.rpartition(".")[2]).search(data, start, min(stop, start + _HEADER)))


@lru_cache(_CACHED)
def _word(text: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![\w.])%s(?!\w)" % re.escape(text.encode("utf-8", "replace")))


def _level(call: LogCall, data: bytes, start: int, stop: int) -> bool:
    found = _LEVEL.search(data, start, min(stop, start + _HEADER))
    if found is None or not call.level:
        return False
    written = found[0].decode("ascii").lower()
    return _LEVELS.get(written, written) == _LEVELS.get(call.level, call.level)


def _after_header(template: Template, line: bytes, low: int, high: int) -> int:
    """Return where a message begins that begins with an argument: after the logger's name or level, and brackets."""
    at = low
    found = line.find(template.logger, low, min(high, low + _HEADER)) if template.logger else -1
    if found >= 0:
        at = found + len(template.logger)
    else:
        header = min(high, low + 2 * _CLOCK_REACH)
        marked = _LEVEL.search(line, low, header) or _CLOCK.match(line, low, header)
        at = marked.end() if marked else low
    skipped = _AFTER_HEADER.match(line, at, high)
    return skipped.end() if skipped else at
