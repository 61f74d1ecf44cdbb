"""What is known of frameworks: the data in ``patterns/advice/frameworks.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any, NamedTuple

from logscrub.rules.packs import builtin_directory


class Framework(NamedTuple):
    """A library that logs, or that starts what logs.

    Attributes:
        modules: what source that uses it imports.
        packages: what it is called among dependencies.
        files: names of its own files of configuration.
        where, code: the line that puts the filter in place.
        page: of the documentation, among the integrations.
        beside: its line is needed beside that of a framework.
        covered: ``install()`` covers it.
    """

    name: str
    title: str
    page: str
    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    where: str = ""
    code: str = ""
    beside: bool = False
    covered: bool = False


class Subject(NamedTuple):
    """What dependencies say of the data a project handles, and the profile for it."""

    packages: tuple[str, ...]
    about: str
    profile: str


def frameworks() -> tuple[Framework, ...]:
    """Return what is known, the most telling first.

    >>> frameworks()[0].title
    'Django'
    """
    return tuple(Framework(**_frozen(one)) for one in _read()["framework"])


def subjects() -> tuple[Subject, ...]:
    """Return what dependencies say of data.

    >>> subjects()[0].profile
    'pci'
    """
    return tuple(Subject(**_frozen(one)) for one in _read()["subject"])


def _frozen(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads((builtin_directory() / "advice" / "frameworks.toml").read_text("utf-8"))
