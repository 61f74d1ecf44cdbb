"""A value as the log may show it, worked out only when it is written.

For log calls that print what may be sensitive. The line keeps its template and its arguments; nothing is done to the
value unless some handler formats the record.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any, NamedTuple

from logscrub.detect.keys import KeyVerdict, Lexicon
from logscrub.model import Match
from logscrub.scrubber import Scrubber, default_scrubber
from logscrub.structure import Walk

_ALIGNMENT = re.compile(r"(?:(?P<fill>.)?(?P<align>[<>^=]))?[-+ ]?z?#?0?(?P<width>\d{0,4})", re.DOTALL)
_PLAIN = (str, bytes, bytearray, int, float, complex, type(None))
# How far fields are looked for in what an object holds, and how many; a log line shows less.
_DEEPEST = 5
_MOST_FIELDS = 2000
# A shorter value stands in a text by chance.
_SHORTEST = 4


class _Shown(NamedTuple):
    """What is left of a value.

    Attributes:
        text: its ``str``.
        form: its ``repr``.
        value: a number that is not hidden, or a scrubbed mapping; of other values nothing is kept.
    """

    text: str
    form: str
    value: object


def mask(value: object, name: str = "") -> Mask:
    """Return a stand-in for a value that is scrubbed when, and if, it is formatted.

    Under a name that says the value is sensitive it shows the marker that redaction leaves. Otherwise text is scrubbed
    like any text, and of a structure or an object what stands under sensitive names; the rest stays readable. What to
    look for and which action to take is what :func:`logscrub.install` was given, else the defaults. Formatting never
    raises; ``%d`` and the like show ``0`` for what is hidden. The stand-in of a mapping is a mapping, so that
    ``%(name)s`` templates work with it. Pickled, it is its text. The value is let go once it was formatted.

    Args:
        value: anything.
        name: what it is, as a key name (``password``); empty for a value that is to be judged by what it holds.

    >>> "login %s %s" % ("bob", mask("hunter2", "password"))
    'login bob [password]'
    >>> f"{mask('postgres://app:s3cr3t-Pa55@db/shop')}"
    'postgres://app:[url-userinfo-password]@db/shop'
    >>> "%s" % mask({"user": "bob", "password": "hunter2", "tries": 3})
    "{'user': 'bob', 'password': '[password]', 'tries': 3}"
    """
    # This much is paid even where nothing is logged: most values are strings, which are no mappings without asking.
    if type(value) is not str and isinstance(value, Mapping):
        return MaskedMapping(value, name)
    return Mask(value, name)


def field_of(name: str) -> str:
    """Return the id of the field a name falls under, whether or not a policy looks for it; empty for none.

    >>> field_of("db_password"), field_of("tries")
    ('password', '')
    """
    lexicon, _ = _every_name()
    verdict = lexicon.judge(name)
    return verdict.field.id if verdict is not None else ""


class Mask:
    """What :func:`mask` returns."""

    __slots__ = ("_name", "_shown", "_value")

    def __init__(self, value: object, name: str = "") -> None:
        self._value = value
        self._name = name
        self._shown: _Shown | None = None

    def _settled(self) -> _Shown:
        # The value is read first: another thread sets what is shown before it lets the value go.
        value = self._value
        shown = self._shown
        if shown is None:
            shown = self._shown = _show(value, self._name)
            self._value = None
        return shown

    def __str__(self) -> str:
        return self._settled().text

    def __repr__(self) -> str:
        return self._settled().form

    def __format__(self, spec: str) -> str:
        text, _, value = self._settled()
        if not spec:
            return text
        for shown in (value, text) if isinstance(value, (int, float, complex)) else (text,):
            try:
                return format(shown, spec)
            except (OverflowError, ValueError):
                continue  # a marker stands where the format is for something else: width and alignment are kept
        layout = _ALIGNMENT.match(spec)
        if layout is None or not layout["width"]:
            return text
        return format(text, f"{layout['fill'] or ' '}{(layout['align'] or '>').replace('=', '>')}{layout['width']}")

    def __int__(self) -> int:
        try:
            return int(self._number())
        except (OverflowError, ValueError):
            return 0  # infinite, or not a number

    __index__ = __int__

    def __float__(self) -> float:
        try:
            return float(self._number())
        except OverflowError:
            return 0.0

    def _number(self) -> int | float:
        value = self._settled().value
        return value if isinstance(value, (int, float)) else 0

    def __structlog__(self) -> str:
        return self._settled().text

    def __reduce__(self) -> tuple[Any, ...]:
        return _thawed, self._settled()[:2]


class MaskedMapping(Mask, Mapping[Any, Any]):
    """What :func:`mask` returns for a mapping: a read-only mapping itself."""

    __slots__ = ()

    def _items(self) -> Mapping[Any, Any]:
        value = self._settled().value
        return value if isinstance(value, Mapping) else _Failed(self._settled().text)

    def __getitem__(self, key: Any) -> Any:
        item = self._items()[key]
        return item if isinstance(item, (*_PLAIN, dict, list, tuple, Mask)) else mask(item)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items())

    def __len__(self) -> int:
        # Logging asks for it before it knows whether anybody formats the record.
        value = self._value
        if self._shown is None and isinstance(value, Mapping):
            return len(value)
        return len(self._items())


class _Failed(dict[Any, Any]):
    """Shows the same text under every key."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def __missing__(self, key: object) -> str:
        return self._text


def _thawed(text: str, form: str) -> Mask:
    copy = Mask(None)
    copy._shown = _Shown(text, form, text)
    return copy


def _show(value: object, name: str) -> _Shown:
    try:
        return _Renderer(_current_scrubber()).show(value, name)
    except Exception as error:
        # Not even the scrubber may be there; the message could hold the value.
        text = f"[logscrub: not shown ({type(error).__name__})]"
        return _Shown(text, text, text)


def _current_scrubber() -> Scrubber:
    # Not imported: what nobody installed is not loaded.
    emit = sys.modules.get("logscrub.emit.installation")
    installation = emit.current() if emit is not None else None
    scrubber: Scrubber = installation.scrubber if installation is not None else default_scrubber()
    return scrubber


@lru_cache(maxsize=1)
def _every_name() -> tuple[Lexicon, dict[str, KeyVerdict]]:
    """All names there are, those the policy does not look for included: a mask is asked for by name."""
    from logscrub.rules import load_rules

    rules = load_rules(())
    return Lexicon(rules.fields, rules.grammar), {field.id: KeyVerdict(field, True) for field in rules.fields}


class _Renderer:
    """Works out what one value shows."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self._fields = scrubber.detector.fields
        self._left = _MOST_FIELDS

    def show(self, value: object, name: str) -> _Shown:
        verdict = self._verdict(name) if name else None
        if verdict is not None:
            safe = self._hidden(value, verdict, name)
            return _Shown(str(safe), repr(safe), safe)
        safe = Walk(self._scrubber).value(value)
        if isinstance(safe, str):
            # Of an object only the text is left, which is its own repr; text itself has quotes in its repr.
            form = repr(safe) if isinstance(value, str) else safe
            return _Shown(safe, form, safe)
        if isinstance(safe, _PLAIN):
            return _Shown(str(safe), repr(safe), safe)
        found: dict[str, str] = {}
        self._collect(value, found, set(), 0)
        held = safe if isinstance(safe, Mapping) else None
        return _Shown(self._cleaned(str(safe), found), self._cleaned(repr(safe), found), held)

    def _verdict(self, name: str) -> KeyVerdict | None:
        verdict = self._fields.lexicon.judge(name)
        if verdict is not None:
            return verdict
        lexicon, ids = _every_name()
        return ids.get(name) or lexicon.judge(name)

    def _hidden(self, value: object, verdict: KeyVerdict, name: str) -> object:
        """The shape of a value with everything in it hidden but that there is nothing."""
        if value is None or isinstance(value, bool) or value in ("", b""):
            return value
        if isinstance(value, Mapping):
            return {key: self._hidden(item, verdict, name) for key, item in value.items()}
        if isinstance(value, (list, tuple, AbstractSet)) and not hasattr(value, "_fields"):
            items = [self._hidden(item, verdict, name) for item in value]
            return items if isinstance(value, list) else tuple(items) if isinstance(value, tuple) else set(items)
        safe = Walk(self._scrubber).value(value, verdict, name)
        # A scheme (``Bearer``) or a marker of before is kept.
        if isinstance(safe, str) and safe != value and "[" in safe:
            return safe
        raw = bytes(value) if isinstance(value, (bytes, bytearray)) else str(value).encode("utf-8", "surrogatepass")
        shown = raw.rstrip(b"\n")
        if shown.endswith(b"]") and (0, len(shown)) in self._scrubber.detector.markers.spans(shown):
            return value
        return self._marker(raw, verdict, name)

    def _marker(self, raw: bytes, verdict: KeyVerdict, name: str) -> str:
        field = verdict.field
        match = Match(field.id, field.category, field.severity, 0, len(raw), field.confidence, name)
        self._scrubber.counts[field.id] += 1
        return self._scrubber.redactor.apply(raw, [match]).decode("utf-8", "surrogatepass")

    def _collect(self, value: object, found: dict[str, str], seen: set[int], depth: int) -> None:
        """Note the values under sensitive names in whatever an object holds: its text may spell them any way."""
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST or id(value) in seen or isinstance(value, _PLAIN):
            return
        seen.add(id(value))
        if isinstance(value, Mapping):
            pairs: Iterable[tuple[object, object]] = value.items()
        elif isinstance(value, (Sequence, AbstractSet)):
            pairs = ((None, item) for item in value)
        else:
            pairs = _attributes(value)
        for key, item in pairs:
            verdict = self._fields.lexicon.judge(key) if isinstance(key, str) else None
            if verdict is not None and isinstance(item, (str, bytes, int)) and not isinstance(item, bool):
                self._note(item, verdict, str(key), found)
            else:
                self._collect(item, found, seen, depth + 1)

    def _note(self, item: str | bytes | int, verdict: KeyVerdict, name: str, found: dict[str, str]) -> None:
        raw = item if isinstance(item, bytes) else str(item).encode("utf-8", "surrogatepass")
        span = self._fields.judge_value(verdict, raw, quoted=not isinstance(item, int))
        if span is None or span[1] - span[0] < _SHORTEST:
            return
        part = raw[span[0] : span[1]]
        text = part.decode("utf-8", "replace")
        found[text] = found[repr(text)[1:-1]] = self._marker(part, verdict, name)

    def _cleaned(self, text: str, found: dict[str, str]) -> str:
        for raw in sorted(found, key=len, reverse=True):
            text = text.replace(raw, found[raw])
        return self._scrubber.scrub_text(text)


def _attributes(value: object) -> Iterator[tuple[object, object]]:
    """The fields of an object as they are held; no code of the object's own is run for them."""
    if isinstance(value, type) or callable(value):
        return
    if dataclasses.is_dataclass(value):
        names: Iterable[str] = (field.name for field in dataclasses.fields(value))
    else:
        names = (name for kind in type(value).__mro__ for name in _slots(kind))
    held = getattr(value, "__dict__", None)
    if isinstance(held, dict):
        yield from list(held.items())
    for name in names:
        yield name, getattr(value, name, None)


def _slots(kind: type) -> tuple[str, ...]:
    slots = vars(kind).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)
