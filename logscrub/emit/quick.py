"""Whether an event is clean, in one pass over all its texts: most events are, and a deep walk costs ten times as much.

It answers as :meth:`logscrub.Scrubber.scrub` would for dicts, lists and tuples of plain values under keys that name
nothing sensitive. For anything else it says that it does not know, and the caller walks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from logscrub.scrubber import Scrubber

_REMEMBERED = 2000
_DEEPEST = 8
_MOST = 500
_LONGEST = 65536
# Up to here a number is judged by its key alone.
_SMALL = 10**9
_LARGE = 10**40
# {"name": "password", "value": …}: together they mean something else than each by itself.
_LABELS = frozenset({"name", "key", "Name", "Key"})
_LABELLED = frozenset({"value", "val", "content", "Value"})
_SILENT = frozenset({bool, float, type(None)})


class Quick:
    """Tells clean events from those that have to be walked.

    Args:
        scrubber: what judges texts and keys.

    >>> from logscrub import Scrubber
    >>> quick = Quick(Scrubber())
    >>> quick.texts({"event": "order shipped", "order": 4711})
    ['order shipped']
    >>> quick.clean(["order shipped"]), quick.clean(["password=hunter2-correct-horse"])
    (True, False)
    >>> quick.texts({"event": "login", "password": "hunter2"}) is None
    True
    """

    def __init__(self, scrubber: Scrubber) -> None:
        self._detector = scrubber.detector
        self._judge = scrubber.detector.fields.lexicon.judge
        self._known = scrubber.detector.known
        self._limit = min(scrubber.policy.max_length, _LONGEST)
        self._harmless: set[Any] = set()
        self._numbers: frozenset[str] = frozenset()
        self._version = -1

    def texts(self, values: Mapping[Any, Any]) -> list[str] | None:
        """Return all texts in a dict that are to be judged, or ``None`` if it has to be walked."""
        known = self._known
        if known is not None and known.version != self._version:
            # A key that was harmless so far may hold a value that has become known.
            self._version, self._harmless, self._numbers = known.version, set(), known.atoms
        texts: list[str] = []
        return texts if self._items(values, texts, 0) else None

    def clean(self, texts: Iterable[str]) -> bool:
        """Tell whether none of the texts holds anything, each looked at by itself, as a line."""
        data = "\n".join(texts).encode("utf-8", "surrogatepass")
        if len(data) > self._limit:
            return False
        detector = self._detector
        hits = detector.scan(data)
        if not hits:
            return True
        try:
            return not detector.confirm(data, hits, grade=False)
        except TimeoutError:
            return False

    def _items(self, values: Mapping[Any, Any], texts: list[str], depth: int) -> bool:
        harmless = self._harmless
        for key, value in values.items():
            if key not in harmless and not self._is_harmless(key, values):
                return False
            kind = type(value)
            if kind is str:
                texts.append(value)
            elif kind is int:
                if not -_SMALL <= value <= _SMALL:
                    if not -_LARGE < value < _LARGE:
                        return False
                    texts.append(str(value))
                elif self._numbers and str(value) in self._numbers:
                    return False
            elif kind in _SILENT:
                if self._numbers and str(value) in self._numbers:
                    return False
            elif not self._container(value, kind, texts, depth + 1):
                return False
        return True

    def _container(self, value: Any, kind: type, texts: list[str], depth: int) -> bool:
        if depth > _DEEPEST or len(texts) > _MOST:
            return False
        if kind is dict:
            return self._items(value, texts, depth)
        if kind is not list and kind is not tuple:
            return False
        if len(value) == 2 and type(value[0]) is str and self._judge(value[0]) is not None:
            return False  # it may be a header: a name and its value
        for item in value:
            if type(item) is str:
                texts.append(item)
            elif not self._items({"": item}, texts, depth):
                return False
        return True

    def _is_harmless(self, key: Any, values: Mapping[Any, Any]) -> bool:
        if type(key) is not str or self._judge(key) is not None:
            return False
        try:
            if self._detector.find(key):
                return False
        except TimeoutError:
            return False
        if key in _LABELLED:
            return not any(label in values for label in _LABELS)
        if len(self._harmless) >= _REMEMBERED:
            self._harmless.clear()
        self._harmless.add(key)
        return True
