"""Standards as data: the catalogues in ``patterns/controls``, clause by clause with what is looked at for each."""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from logscrub.comply.model import Check, Clause, Control
from logscrub.errors import ConfigError
from logscrub.rules.packs import builtin_directory

_FOLDER = "controls"
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[0-9]+)?")
_TEXTS = ("id", "title", "version", "about")
_CLAUSE_TEXTS = ("id", "title", "demand", "limits", "advice")


def names() -> list[str]:
    """Return the names of the catalogues that ship with logscrub.

    >>> "pci-dss" in names()
    True
    """
    folder = builtin_directory() / _FOLDER
    return sorted(path.stem for path in folder.glob("*.toml"))


def load_controls(wanted: Iterable[str]) -> tuple[Control, ...]:
    """Load catalogues.

    Args:
        wanted: names of those that ship with logscrub, ``all`` for each of them, or paths of others.

    Raises:
        ConfigError: there is none of that name, or one is wrong; says which file and key, and what is near.

    >>> [clause.id for clause in load_controls(["pci-dss"])[0].clauses][:2]
    ['3.2.1', '3.3.1']
    """
    found: dict[str, Control] = {}
    for name in wanted:
        for path in _paths(name):
            control = load_control(path)
            found.setdefault(control.id, control)
    return tuple(found.values())


def _paths(name: str) -> list[Path]:
    known = names()
    folder = builtin_directory() / _FOLDER
    if name == "all":
        return [folder / f"{one}.toml" for one in known]
    if name in known:
        return [folder / f"{name}.toml"]
    if name.endswith(".toml"):
        return [Path(name)]
    close = difflib.get_close_matches(name, known, n=2)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}"
    raise ConfigError(f"there is no control called {name!r}; {hint} A path to a catalogue of your own ends in .toml")


def load_control(path: Path) -> Control:
    """Load one catalogue.

    Args:
        path: the file.

    Raises:
        ConfigError: it cannot be read, or a key in it is wrong or missing.
    """
    try:
        data = path.read_bytes()
        values = tomllib.loads(data.decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from None
    reader = _Reader(path)
    texts = {key: reader.text(values, key, key) for key in _TEXTS}
    if not _ID.fullmatch(texts["id"]):
        raise reader.refuse("id", "must be of small letters, digits and hyphens")
    reader.known(values, "", (*_TEXTS, "sources", "clause"))
    clauses = tuple(_clause(reader, one, number) for number, one in enumerate(reader.tables(values, "clause"), 1))
    ids = [clause.id for clause in clauses]
    for one in ids:
        if ids.count(one) > 1:
            raise reader.refuse(f"clause {one}", "is there twice")
    if not clauses:
        raise reader.refuse("clause", "a catalogue needs at least one [[clause]]")
    return Control(
        sources=reader.strings(values, "sources"), clauses=clauses, digest=hashlib.sha256(data).hexdigest(), **texts
    )


def _clause(reader: _Reader, values: Mapping[str, Any], number: int) -> Clause:
    where = f"clause {values.get('id', f'number {number}')}"
    reader.known(values, where, (*_CLAUSE_TEXTS, "check"))
    texts = {
        key: reader.text(values, key, f"{where}: {key}", optional=key in ("limits", "advice")) for key in _CLAUSE_TEXTS
    }
    checks = tuple(_check(reader, one, where) for one in reader.tables(values, "check"))
    if not checks:
        raise reader.refuse(where, 'needs at least one [[clause.check]]; what no tool can see is kind = "statement"')
    return Clause(checks=checks, **texts)


def _check(reader: _Reader, values: Mapping[str, Any], where: str) -> Check:
    from logscrub.comply.checks import CHECKS, problem_of

    kind = reader.text(values, "kind", f"{where}: check: kind")
    if kind not in CHECKS:
        close = difflib.get_close_matches(kind, CHECKS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(CHECKS)}"
        raise reader.refuse(f"{where}: check: kind", f"{kind!r} is no check; {hint}")
    check = Check(kind, {key: value for key, value in values.items() if key != "kind"})
    problem = problem_of(check)
    if problem:
        raise reader.refuse(f"{where}: check {kind}", problem)
    return check


class _Reader:
    """Reads values; its errors name the file and the key."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def refuse(self, key: str, problem: str) -> ConfigError:
        return ConfigError(f"{self._path}: {key}: {problem}")

    def known(self, values: Mapping[str, Any], where: str, keys: tuple[str, ...]) -> None:
        for key in values:
            if key not in keys:
                close = difflib.get_close_matches(key, keys, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(keys)}"
                raise self.refuse(f"{where}: {key}" if where else key, f"is no key of a catalogue; {hint}")

    def text(self, values: Mapping[str, Any], key: str, where: str, *, optional: bool = False) -> str:
        value = values.get(key, "" if optional else None)
        if not isinstance(value, str) or (not value.strip() and not optional):
            raise self.refuse(where, "must be a text" if key in values else "is missing")
        return " ".join(value.split())

    def strings(self, values: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.refuse(key, "must be a list of texts")
        return tuple(value)

    def tables(self, values: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        value = values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.refuse(key, f"must be tables, written [[{key}]]")
        return value
