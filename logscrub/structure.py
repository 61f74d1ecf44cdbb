"""A deep walk of structures: the same shape comes back, with what is sensitive replaced."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import decimal
import enum
import fractions
import re
import types
import uuid
from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

from logscrub.detect.keys import KeyVerdict
from logscrub.detect.values import is_sentence
from logscrub.model import Confidence, Match

if TYPE_CHECKING:
    from logscrub.scrubber import Scrubber

_DEEPEST = 64
_TOO_LARGE = "[logscrub: not shown (too large)]"
# After so many elements, a power of two less one, it is looked at the clock.
_OFTEN = 255
_VALUE_KEYS = frozenset({"value", "val", "content", "Value", "input", "v"})
# What the name is called where name and value are two fields of their own.
_NAME_KEYS = ("name", "key", "Name", "Key", "k", "setting", "option", "param", "variable", "field", "label")
# An option of one letter: what it means is known of some commands.
_SHORT_FLAG = re.compile(r"-[A-Za-z]")
_FLAG = re.compile(r"--?[A-Za-z][\w\-]{0,60}")
_HEADER_NAME = re.compile(r"[A-Za-z][\w.\-]{0,60}")
# Values that hold no text; numbers are sensitive only under a key that says so.
_PLAIN = (
    bool,
    type(None),
    datetime.time,
    datetime.timedelta,
    datetime.tzinfo,
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.ModuleType,
)
_NUMBERS = (int, float, decimal.Decimal, fractions.Fraction)
# Consumed by being looked at, so they are not.
_LAZY = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, map, filter, zip)


class Walk:
    """One walk through one value.

    Args:
        scrubber: what judges texts and keys.
    """

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self._fields = scrubber.detector.fields
        self._known = scrubber.detector.known
        self._left = scrubber.policy.max_items
        self._deadline = perf_counter() + scrubber.policy.time_limit
        self._open: set[int] = set()

    def value(self, value: Any, key: KeyVerdict | None = None, name: str = "", depth: int = 0) -> Any:
        """Return the scrubbed form of ``value``.

        Args:
            value: anything.
            key: the verdict on the key it stands under.
            name: that key, or the nearest one around the value.
            depth: how many containers it lies in.
        """
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            return _TOO_LARGE
        if not self._left & _OFTEN and perf_counter() > self._deadline:
            self._left = 0
        if isinstance(value, str):
            return self._text(value, key, name)
        if isinstance(value, (bytes, bytearray)):
            return self._bytes(value, key, name)
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, (uuid.UUID, datetime.date)):
            return self._written(value, key, name)
        if isinstance(value, _NUMBERS):
            return self._number(value, key, name)
        if isinstance(value, _LAZY):
            return value
        if id(value) in self._open:
            return "[logscrub: circular]"
        self._open.add(id(value))
        try:
            return self._container(value, key, name, depth + 1)
        finally:
            self._open.discard(id(value))

    def _container(self, value: Any, key: KeyVerdict | None, name: str, depth: int) -> Any:
        if isinstance(value, Mapping):
            return self._mapping(value, key, name, depth)
        if isinstance(value, (list, tuple)):
            return self._sequence(value, key, name, depth)
        if isinstance(value, (set, frozenset)):
            items = [self.value(item, key, name, depth) for item in value]
            return value if all(a is b for a, b in zip(items, value, strict=True)) else type(value)(items)
        if dataclasses.is_dataclass(value):
            return self._dataclass(value, depth)
        # In a container it is the repr that gets logged.
        for render in (str, repr) if depth > 1 else (str,):
            try:
                text = render(value)
            except Exception as error:
                return self._scrubber.failed(error)
            scrubbed = self._text(text, key, name)
            if scrubbed != text:
                return scrubbed
        return value

    def _mapping(self, value: Mapping[Any, Any], key: KeyVerdict | None, name: str, depth: int) -> Any:
        named = self._named_value(value)
        verdict: KeyVerdict | None
        out: dict[Any, Any] = {}
        changed = False
        for item_key, item in value.items():
            if self._left <= 0:
                changed = True
                out["…"] = _TOO_LARGE
                break
            new_key = self._text(item_key, None, "") if type(item_key) is str else item_key
            if named is not None and item_key in _VALUE_KEYS:
                verdict, label = named
            else:
                verdict, label = self._judged(item_key)
            if verdict is None and key is not None:
                verdict = self._fields.lexicon.inside(key, name, label)
                new = self.value(item, verdict, name, depth)
            else:
                new = self.value(item, verdict or self._joined(name, label), label, depth)
            changed = changed or new is not item or new_key is not item_key
            if new_key is not item_key and new_key in out:
                new_key = f"{new_key} ({len(out) + 1})"
            out[new_key] = new
        if not changed:
            return value
        if type(value) is dict or not isinstance(value, dict):
            return out
        try:
            fresh = copy.copy(value)
            fresh.clear()
            fresh.update(out)
        except Exception:
            return out  # a mapping with rules of its own: a plain one is as good in a log
        return fresh

    def _judged(self, key: object) -> tuple[KeyVerdict | None, str]:
        """Judge a key: a text, a member of an enumeration by its name, a tuple by what is in it."""
        judge = self._fields.lexicon.judge
        if isinstance(key, tuple):
            for part in key:
                label = _key_text(part)
                verdict = judge(label) if label else None
                if verdict is not None:
                    return verdict, label
            return None, ""
        label = _key_text(key)
        return judge(label) if label else None, label

    def _joined(self, outer: str, inner: str) -> KeyVerdict | None:
        """``{"session": {"id": …}}``: two keys may make the name of a secret."""
        if not outer or not inner:
            return None
        verdict = self._fields.lexicon.judge(f"{outer}_{inner}")
        if verdict is None or not verdict.sure or not verdict.field.category.startswith("secret."):
            return None
        return verdict

    def _named_value(self, value: Mapping[Any, Any]) -> tuple[KeyVerdict, str] | None:
        """``{"name": "password", "value": …}``: the name says what the value is.

        So does ``{"loc": ("body", "password"), "input": …}``, which is how pydantic tells what it refused.
        """
        place = value.get("loc")
        if isinstance(place, (list, tuple)) and "input" in value:
            for name in reversed(place):
                if isinstance(name, str):
                    verdict = self._fields.lexicon.judge(name)
                    return (verdict, name) if verdict is not None else None
        for label in _NAME_KEYS:
            name = value.get(label)
            if isinstance(name, str):
                verdict = self._fields.lexicon.judge(name)
                return (verdict, name) if verdict is not None else None
        return None

    def _sequence(self, value: Any, key: KeyVerdict | None, name: str, depth: int) -> Any:
        if len(value) == 2 and key is None and isinstance(value[0], (str, bytes)):
            # A header pair.
            label = _key_text(value[0])
            verdict = self._fields.lexicon.judge(label) if _HEADER_NAME.fullmatch(label) else None
            if verdict is not None:
                key, name = verdict, label
                items = [value[0], self.value(value[1], key, name, depth)]
                return value if items[1] is value[1] else _rebuild(value, items)
        names = getattr(value, "_fields", None)
        if key is None and isinstance(names, tuple) and len(names) == len(value):
            items = [self.value(item, *self._judged(field), depth) for field, item in zip(names, value, strict=True)]
        else:
            items = self._items(value, key, name, depth)
        if all(a is b for a, b in zip(items, value, strict=True)):
            return value
        return _rebuild(value, items)

    def _items(self, value: Any, key: KeyVerdict | None, name: str, depth: int) -> list[Any]:
        items: list[Any] = []
        flag: tuple[KeyVerdict, str] | None = None
        last = ""
        for item in value:
            verdict = flag[0] if flag else key
            text = item if type(item) is str else ""
            if verdict is None and text and last and items:
                text = self._argument(value[0], last, text)
                items.append(item if text is item else text)
            elif verdict is not None and text and is_sentence(text.encode("utf-8", "surrogatepass")):
                items.append(self.value(item, None, "", depth))
            else:
                if verdict is not None and verdict.field.value == "random" and len(value) == 2 and items:
                    verdict = verdict.of_login()
                items.append(self.value(item, verdict, flag[1] if flag else name, depth))
            flag = self._flag(item) if type(item) is str and item[:1] == "-" else None
            last = item if type(item) is str and _SHORT_FLAG.fullmatch(item) else ""
        return items

    def _argument(self, command: object, flag: str, text: str) -> str:
        """``["sshpass", "-p", "v"]``: what an option of one letter means, rules know of the command it belongs to."""
        scrubbed = self._scrubber.scrub_text(text)
        if scrubbed != text or not isinstance(command, str) or " " in text:
            return scrubbed
        before = f"{command} {flag} "
        scrubbed = self._scrubber.scrub_text(before + text)
        return scrubbed.removeprefix(before) if scrubbed.startswith(before) else text

    def _flag(self, item: str) -> tuple[KeyVerdict, str] | None:
        """``["app", "--password", "v"]``: what an option says of the argument after it."""
        if not _FLAG.fullmatch(item):
            return None
        verdict = self._fields.lexicon.judge(item.lstrip("-"))
        return (verdict, item.lstrip("-")) if verdict is not None else None

    def _dataclass(self, value: Any, depth: int) -> Any:
        fresh = value
        for field in dataclasses.fields(value):
            item = getattr(value, field.name, None)
            verdict = self._fields.lexicon.judge(field.name)
            new = self.value(item, verdict, field.name, depth)
            if new is not item:
                if fresh is value:
                    fresh = copy.copy(value)
                object.__setattr__(fresh, field.name, new)
        return fresh

    def _text(self, value: str, key: KeyVerdict | None, name: str) -> Any:
        if key is not None:
            raw = value.encode("utf-8", "surrogatepass")
            span = None if self._is_marker(raw) else self._fields.judge_value(key, raw, quoted=True)
            if span is not None:
                return self._marked(key, name, raw, span).decode("utf-8", "surrogatepass")
        return self._scrubber.scrub_text(value)

    def _is_marker(self, raw: bytes) -> bool:
        """Tell whether a value is a marker, with no more than a scheme before it."""
        # A marker of several lines ends in as many line breaks.
        raw = raw.rstrip(b"\n")
        return raw.endswith(b"]") and any(end == len(raw) for _, end in self._scrubber.detector.markers.spans(raw))

    def _written(self, value: uuid.UUID | datetime.date, key: KeyVerdict | None, name: str) -> Any:
        """A UUID may be a secret, a date only one under a key that says so."""
        text = str(value)
        if key is not None and isinstance(value, uuid.UUID) != (key.field.value == "date"):
            scrubbed = self._text(text, key, name)
            if scrubbed != text:
                return scrubbed
        return self._scrubber.scrub_text(text) if self._is_known(value) else value

    def _is_known(self, value: Any) -> bool:
        """Tell whether a number or UUID is a known value."""
        atoms = self._known.atoms if self._known is not None else ()
        return bool(atoms) and isinstance(value, (*_NUMBERS, uuid.UUID)) and str(value) in atoms

    def _bytes(self, value: bytes | bytearray, key: KeyVerdict | None, name: str) -> Any:
        raw = bytes(value)
        judged = key is not None and not self._is_marker(raw)
        span = self._fields.judge_value(key, raw, quoted=True) if key is not None and judged else None
        new = self._marked(key, name, raw, span) if key is not None and span else self._scrubber.scrub_bytes(raw)
        if new == raw:
            return value
        return new if isinstance(value, bytes) else bytearray(new)

    def _number(self, value: Any, key: KeyVerdict | None, name: str) -> Any:
        try:
            text = str(value)
        except ValueError:
            text = hex(value)  # more digits than Python writes
        raw = text.encode()
        if key is not None and self._fields.judge_value(key, raw, quoted=False) is not None:
            return self._marked(key, name, raw, (0, len(raw))).decode()
        # A card or phone number kept as a number has a shape of its own.
        if self._is_known(value) or (isinstance(value, int) and abs(value) > 10**9):
            scrubbed = self._scrubber.scrub_text(text)
            return value if scrubbed is text else scrubbed
        return value

    def _marked(self, key: KeyVerdict, name: str, raw: bytes, span: tuple[int, int]) -> bytes:
        field = key.field
        confidence = field.confidence if key.sure else Confidence.LOW
        match = Match(field.id, field.category, field.severity, span[0], span[1], confidence, name)
        self._scrubber.counted([match])
        return self._scrubber.redactor.apply(raw, [match])


def _key_text(key: object) -> str:
    if isinstance(key, bytes):
        return key.decode("utf-8", "replace")
    if isinstance(key, enum.Enum):
        return key.name
    return key if isinstance(key, str) else ""


def _rebuild(value: Any, items: list[Any]) -> Any:
    kind = type(value)
    if kind in (list, tuple):
        return kind(items)
    make = getattr(kind, "_make", None)
    if make is not None:
        return make(items)
    try:
        return kind(items)
    except Exception:
        # A sequence that is not built from its items: a plain one is as good in a log.
        return items if isinstance(value, list) else tuple(items)
