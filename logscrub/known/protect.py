"""Telling logscrub of values it shall keep out of logs, and forgetting them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from logscrub.errors import ProtectError
from logscrub.known.guard import looks_random, refused
from logscrub.known.registry import REGISTRY

_DEEPEST = 20


class Skipped(NamedTuple):
    """A value that is not looked for: its name, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Protection:
    """What became of the values that were given; true if any of them is looked for now.

    Attributes:
        protected: names of the values that are looked for.
        skipped: names of those that are not, and why.
    """

    protected: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.protected)

    def __str__(self) -> str:
        lines = [f"{len(self.protected)} protected"]
        lines += [f"not protected: {name or 'a value without a name'}: {reason}" for name, reason in self.skipped]
        return "\n".join(lines)


def protect(value: Any, name: str = "", *, force: bool = False) -> Protection:
    """Keep a value out of all logs of this process from now on, in whatever form it is written.

    What is written before the call returns is not changed. Many values are best given at once, as a mapping.

    Args:
        value: text, bytes, a whole number, an object with ``get_secret_value()`` as pydantic's ``SecretStr`` has it; a
            mapping of names to any of these, or an iterable of them. Of a text that is a JSON object the sensitive
            members are taken, if there are any. Of several lines, each is covered by itself as well.
        name: what the value is called in findings and reports. It is shown, so it must not be sensitive.
        force: look also for what is common or short: a PIN, a word. Four bytes is the least.

    Returns:
        What is looked for now, and what is not because it is too short or too common to be.

    Raises:
        ProtectError: ``value`` is none of these.

    >>> import logscrub
    >>> logscrub.protect("correct-horse-battery", name="DB_PASSWORD")
    Protection(protected=('DB_PASSWORD',), skipped=())
    >>> logscrub.Scrubber().scrub("cannot log in with correct-horse-battery")
    'cannot log in with [known-value]'
    >>> logscrub.protect("true", name="DEBUG").skipped
    (Skipped(name='DEBUG', reason='is shorter than 6 bytes'),)
    >>> logscrub.forget(name="DB_PASSWORD")
    1
    """
    return add(_named(value, name, _DEEPEST), force=force)


def forget(value: Any = None, *, name: str | None = None) -> int:
    """Look no longer for values: one, or all of a name.

    Args:
        value: a value as it was given to :func:`protect`.
        name: a name as it was given there.

    Returns:
        How many values were forgotten.

    Raises:
        ProtectError: ``value`` is nothing that could have been protected, or neither is given.
    """
    if value is None and name is None:
        raise ProtectError("forget() needs a value or a name")
    values: list[bytes] = []
    if value is not None:
        values = [part for _, raw in _named(value, "", _DEEPEST) for _, part in _parts("", raw)]
    return REGISTRY.remove(values=values, names=() if name is None else (name,))


def add(named: Iterable[tuple[str, bytes]], *, force: bool = False) -> Protection:
    """Protect many values at once: the literals of all are compiled in one go.

    Args:
        named: pairs of a name and a value.
        force: as for :func:`protect`.
    """
    wanted: dict[bytes, str] = {}
    protected: list[str] = []
    skipped: list[Skipped] = []
    for name, value in named:
        reason = refused(value, force=force)
        if reason:
            skipped.append(Skipped(name, reason))
            continue
        protected.append(name)
        for part_name, part in _parts(name, value):
            if part is value or not refused(part, force=force):
                wanted.setdefault(part, part_name)
    REGISTRY.add(wanted)
    return Protection(tuple(protected), tuple(skipped))


def _named(value: Any, name: str, depth: int) -> Iterator[tuple[str, bytes]]:
    """Yield what is given as pairs of a name and bytes."""
    reveal = getattr(value, "get_secret_value", None)
    if callable(reveal):
        value = reveal()
    if isinstance(value, str):
        yield name, value.encode("utf-8", "surrogatepass")
    elif isinstance(value, (bytes, bytearray, memoryview)):
        yield name, bytes(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield name, str(value).encode("ascii")
    elif depth <= 0:
        raise ProtectError(f"cannot protect {name or 'the value'}: it is nested too deeply")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _named(item, f"{name}.{key}" if name else str(key), depth - 1)
    elif isinstance(value, Iterable):
        for item in value:
            yield from _named(item, name, depth - 1)
    else:
        raise ProtectError(
            f"cannot protect {name or 'the value'}: {type(value).__name__} is not text, bytes, a whole number, "
            "an object with get_secret_value(), or a mapping or an iterable of these"
        )


def _parts(name: str, value: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what a value is looked for as: itself, without what surrounds it; the members of a JSON object."""
    text = value.strip()
    members = list(_members(name, text)) if text[:1] in (b"{", b"[") else []
    if members:
        yield from members
        return
    yield name, text
    if len(text) > 2 and text[0] == text[-1] and text[0] in b"'\"":
        yield name, text[1:-1]


def _members(name: str, text: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(parsed, (dict, list)):
        for path, key, value in leaves(parsed, name):
            if names_secret(key, value) or looks_random(value) or "PRIVATE KEY-----" in value:
                yield path, value.strip().encode("utf-8", "surrogatepass")


def leaves(value: Any, path: str, key: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield the texts and whole numbers in parsed JSON: their path, the last key on it, and the text.

    >>> list(leaves({"a": {"b": ["x", 1]}}, "f"))
    [('f.a.b', 'b', 'x'), ('f.a.b', 'b', '1')]
    """
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}" if path else name, name)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, path, key)
    elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        yield path, key, str(value)


def names_secret(key: str, value: str) -> bool:
    """Tell whether a key name says that its value is a secret.

    >>> names_secret("DB_PASSWORD", "x"), names_secret("PASSWORD_FILE", "x"), names_secret("EMAIL", "x")
    (True, False, False)
    """
    from logscrub.scrubber import default_scrubber

    verdict = default_scrubber().detector.fields.lexicon.judge(key) if key else None
    if verdict is None or not verdict.field.category.startswith("secret."):
        return False
    return verdict.sure or looks_random(value)
