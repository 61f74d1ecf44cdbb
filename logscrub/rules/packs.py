"""Where packs lie: those that ship with logscrub, those of other packages, and a user's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from logscrub.errors import PackError

ENTRY_POINT_GROUP = "logscrub.packs"


@dataclass(frozen=True, slots=True)
class Pack:
    """The bytes of one rule file and the name it goes by in messages."""

    name: str
    data: bytes


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


def read_packs(extra: Iterable[str | Path] = (), *, builtin: bool = True, plugins: bool = True) -> list[Pack]:
    """Read the rule files to be used, in a stable order.

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
        packs += [_read(path, path.relative_to(root).as_posix()) for path in _toml_files(root)]
    if plugins:
        for point in sorted(metadata.entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name):
            packs += _read_plugin(point)
    for place in extra:
        path = Path(place)
        packs += [_read(file, str(file)) for file in (_toml_files(path) if path.is_dir() else [path])]
    return packs


def _toml_files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*.toml") if path.is_file())


def _read(path: Path, name: str) -> Pack:
    try:
        return Pack(name, path.read_bytes())
    except OSError as error:
        raise PackError(name, None, None, f"cannot be read: {error.strerror or error}") from None


def _read_plugin(point: metadata.EntryPoint) -> list[Pack]:
    # The package is located, not imported: a rule pack has no reason to run code.
    from importlib.util import find_spec

    spec = find_spec(point.value.split(".")[0])
    if spec is None or not spec.submodule_search_locations:
        raise PackError(f"entry point {point.name!r}", None, None, f"names no package: {point.value!r}")
    root = Path(next(iter(spec.submodule_search_locations))).joinpath(*point.value.split(".")[1:])
    return [_read(path, f"{point.name}:{path.relative_to(root).as_posix()}") for path in _toml_files(root)]
