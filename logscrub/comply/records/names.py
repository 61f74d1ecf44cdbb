"""Key names that say who, what, and how it ended: ``patterns/records/fields.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from logscrub.comply.records.model import FIELDS
from logscrub.rules.packs import builtin_directory

_FILE = "records/fields.toml"
_PART = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MOST_REMEMBERED = 8192
_MOST_KEYS = 400
_DEEPEST = 6
_LONGEST_KEY = 80
_NOTHING: tuple[object, ...] = (None, "", "-", "null", "None", "undefined", "N/A")
_OBJECTS = ("who", "resource")
"""What an object says that has a name of its own; others are only boxes: ``log``, ``event``."""

Known = tuple[str, str]
"""One of :data:`FIELDS`, and the name in the list that says so."""


class Names:
    """Tells what a key says. What was asked is remembered, within bounds: keys come out of logs.

    Args:
        keys: by field, the names that say it.
        containers: names of objects whose keys count as if they stood outside.

    >>> names = Names({"who": ["user_id", "login"]}, ["fields"])
    >>> names.of((), "userId"), names.of(("request", "user"), "id")
    (('who', 'user_id'), ('who', 'user_id'))
    >>> names.of(("fields",), "login"), names.of(("a",), "login")
    (('who', 'login'), None)
    """

    def __init__(self, keys: Mapping[str, list[str]], containers: list[str]) -> None:
        self._keys = {name: field for field, names in keys.items() for name in names}
        self._containers = frozenset(containers)
        self._known: dict[tuple[tuple[str, ...], str], Known | None] = {}

    def of(self, path: tuple[str, ...], key: str) -> Known | None:
        """Return what a key says, or None.

        Args:
            path: keys of the objects it stands in, from the outermost.
            key: as it is written.
        """
        asked = path, key
        try:
            return self._known[asked]
        except KeyError:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            found = self._known[asked] = self._find(path, key)
            return found

    def _find(self, path: tuple[str, ...], key: str) -> Known | None:
        if len(key) > _LONGEST_KEY:
            return None
        parts = [_joined(part) for part in (*path, key)]
        for first in range(max(0, len(parts) - 4), len(parts)):
            name = "_".join(parts[first:])
            field = self._keys.get(name)
            if field is None:
                continue
            # ``id`` of a ``user`` counts wherever that stands; a ``status`` deep inside may be that of anything.
            if len(parts) - first > 1 or all(part in self._containers for part in parts[:first]):
                return field, name
        return None

    def in_object(self, record: Mapping[str, Any]) -> Iterator[Known]:
        """Yield what the keys of a parsed JSON object say, of those that have a value."""
        pending: list[tuple[tuple[str, ...], Mapping[str, Any]]] = [((), record)]
        left = _MOST_KEYS
        while pending:
            path, found = pending.pop()
            for key, value in found.items():
                left -= 1
                if left < 0:
                    return
                if isinstance(value, dict):
                    known = self.of(path, key) if value else None
                    if known is not None and (known[0] not in _OBJECTS or known[1] in self._containers):
                        known = None
                    if len(path) < _DEEPEST:
                        pending.append(((*path, key[:_LONGEST_KEY]), value))
                elif isinstance(value, list):
                    known = self.of(path, key) if value else None
                else:
                    known = self.of(path, key) if value not in _NOTHING else None
                if known is not None:
                    yield known


def _joined(key: str) -> str:
    """Write a key as the list does.

    >>> _joined("userId"), _joined("HTTPStatus"), _joined("@timestamp"), _joined("X-Request-ID"), _joined("_uid")
    ('user_id', 'http_status', '@timestamp', 'x_request_id', '_uid')
    """
    before = key[:1] if key[:1] in "@_" else ""
    return before + _PART.sub("_", key.strip("@_")).strip("_").lower()


@cache
def builtin_names() -> Names:
    """Return the names that ship with logscrub."""
    data = tomllib.loads((builtin_directory() / _FILE).read_text("utf-8"))
    return Names({field: data[field]["keys"].split() for field in FIELDS}, data["containers"])
