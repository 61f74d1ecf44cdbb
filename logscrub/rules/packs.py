"""Where packs lie: those that ship with logscrub, those of other packages, and a user's own."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from logscrub import cache
from logscrub.errors import PackError

ENTRY_POINT_GROUP = "logscrub.packs"
_NO_PACKS = ("advice/", "code/", "controls/", "profiles/", "records/")
"""Below ``patterns/``, what is data of another kind: what is known of code, standards, ready policies, and advice."""


@dataclass(frozen=True, slots=True)
class Pack:
    """One rule file.

    Attributes:
        name: what it goes by in messages.
        data: its bytes, where they do not lie in a file.
        path: the file, where they do.
        builtin: ships with logscrub.
    """

    name: str
    data: bytes = b""
    path: Path | None = None
    builtin: bool = False

    def read(self) -> bytes:
        """Return the bytes of the pack.

        Raises:
            PackError: the file cannot be read.
        """
        if self.path is None:
            return self.data
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise PackError(self.name, None, None, f"cannot be read: {error.strerror or error}") from None


def builtin_directory() -> Path:
    """Return the directory of the packs that ship with logscrub.

    In a wheel it lies inside the package; in a checkout and in an editable install, beside it.

    Raises:
        PackError: neither place has it; the installation is broken.

    >>> (builtin_directory() / "secrets").is_dir()
    True
    """
    package = Path(__file__).resolve().parent.parent
    for place in (package / "patterns", package.parent / "patterns"):
        if (place / "secrets").is_dir():
            return place
    raise PackError(
        str(package / "patterns"),
        None,
        None,
        "the built-in rules are missing; install logscrub again (pip install ...)",
    )


def find_packs(extra: Iterable[str | Path] = (), *, builtin: bool = True, plugins: bool = True) -> list[Pack]:
    """Find the rule files to be used, in a stable order.

    Args:
        extra: files, or directories that are searched for ``*.toml``.
        builtin: whether the packs that ship with logscrub are among them.
        plugins: whether packs of installed packages are (entry point group ``logscrub.packs``; the value names a
            package that holds ``*.toml`` files). They are read as data; nothing of them is run.

    Raises:
        PackError: a file cannot be read.
    """
    packs: list[Pack] = []
    if builtin:
        root = builtin_directory()
        names = [name for name in _toml_files(root) if not name.startswith(_NO_PACKS)]
        packs += [Pack(name, path=root / name, builtin=True) for name in names]
    if plugins:
        for name, value in _plugins():
            packs += _read_plugin(name, value)
    for place in extra:
        path = Path(place)
        packs += _of_user(path)
    return packs


def _of_user(path: Path) -> list[Pack]:
    names = [path / name for name in _toml_files(path)] if path.is_dir() else [path]
    for name in names:
        if not name.is_file():
            raise PackError(str(name), None, None, "there is no such file")
    return [Pack(str(name), path=name) for name in names]


def _toml_files(root: Path) -> list[str]:
    """Return the rule files below a directory, relative to it."""
    found = []
    for directory, folders, files in os.walk(root):
        folders.sort()
        below = os.path.relpath(directory, root)
        found += [os.path.normpath(os.path.join(below, name)) for name in files if name.endswith(".toml")]
    return sorted(name.replace(os.sep, "/") for name in found)


def _plugins() -> list[tuple[str, str]]:
    """Return the entry points of the group, as names and values.

    Looking through all installed distributions takes longer than everything else at start-up, so the answer is kept
    for as long as no directory on the path changes.
    """
    places = [os.path.realpath(place) for place in sys.path]
    stamp = "\0".join(f"{place} {os.stat(place).st_mtime_ns}" for place in places if os.path.isdir(place))
    name = f"plugins-{hashlib.sha256(stamp.encode('utf-8', 'surrogateescape')).hexdigest()[:40]}.json"
    stored = cache.read(name)
    if stored is not None:
        return [(point, value) for point, value in json.loads(stored)]
    from importlib import metadata

    points = sorted((point.name, point.value) for point in metadata.entry_points(group=ENTRY_POINT_GROUP))
    cache.write(name, json.dumps(points).encode())
    return points


def _read_plugin(name: str, value: str) -> list[Pack]:
    # The package is located, not imported: a rule pack has no reason to run code.
    from importlib.util import find_spec

    spec = find_spec(value.split(".", maxsplit=1)[0])
    if spec is None or not spec.submodule_search_locations:
        raise PackError(f"entry point {name!r}", None, None, f"names no package: {value!r}")
    root = Path(next(iter(spec.submodule_search_locations))).joinpath(*value.split(".")[1:])
    return [Pack(f"{name}:{file}", path=root / file) for file in _toml_files(root)]
