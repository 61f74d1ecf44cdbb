"""Ready policies as data: those in ``patterns/profiles/``, and a user's own."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from logscrub.config import Reader, tables
from logscrub.errors import ConfigError
from logscrub.policy import Policy, check_names
from logscrub.rules import load_rules
from logscrub.rules.packs import builtin_directory

_DIRECTORY = "profiles"
_SUFFIX = ".toml"
_ABOUT = ("title", "about", "references", "why")
_STANDS_FOR_ITS_SELECTION = "profile"


@dataclass(frozen=True)
class Profile:
    """A ready policy and the reasons for it.

    Attributes:
        name: what it is asked for by: its name, or the path of its file.
        title: what it is for, in a few words.
        about: what it does, in a sentence.
        settings: the attributes of :class:`~logscrub.policy.Policy` it sets.
        references: clauses it answers to.
        why: the reason for a setting, or for a name in ``ignore`` or ``actions``.
        path: its file.
        builtin: ships with logscrub.
    """

    name: str
    title: str = ""
    about: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    why: Mapping[str, str] = field(default_factory=dict)
    path: Path = Path()
    builtin: bool = False

    def under(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the attributes of the policy that changes on top of the profile come to; see ``Policy.of``.

        Raises:
            ConfigError: a change is of nothing a policy has, or the profile names what no rule has.
            PackError: a pack is refused.
        """
        known = [one.name for one in fields(Policy)]
        for name in changes:
            if name not in known:
                raise ConfigError(f"a policy has no attribute {name!r}; there are {', '.join(known)}")
        merged = {**self.settings, **changes}
        for name in ("ignore", "packs"):
            merged[name] = tuple(dict.fromkeys((*self.settings.get(name, ()), *changes.get(name, ()))))
        merged["actions"] = {**self.settings.get("actions", {}), **changes.get("actions", {})}
        merged["select"] = self.selected(changes.get("select", (_STANDS_FOR_ITS_SELECTION,)))
        if not self.builtin:
            self._check_names(merged["packs"])
        return merged

    def _check_names(self, packs: tuple[str, ...]) -> None:
        """Refuse a wrong name here, where its file can be told."""
        named = (self.settings.get(where, ()) for where in ("select", "ignore", "actions"))
        try:
            check_names(load_rules(packs), *named)
        except ConfigError as error:
            raise ConfigError(f"{self.path}: {error}") from None

    def selected(self, select: tuple[str, ...]) -> tuple[str, ...]:
        """Put what the profile selects in the place of the word ``profile``."""
        own = self.settings.get("select", ("default",))
        return tuple(
            dict.fromkeys(name for one in select for name in (own if one == _STANDS_FOR_ITS_SELECTION else (one,)))
        )


def profile_names() -> list[str]:
    """Return the names of the profiles that ship with logscrub.

    >>> profile_names()
    ['debug-friendly', 'gdpr', 'hipaa', 'pci', 'secrets', 'strict']
    """
    return sorted(name.removesuffix(_SUFFIX) for name in os.listdir(_directory()) if name.endswith(_SUFFIX))


def load_profile(name: str | os.PathLike[str], base: Path | None = None) -> Profile:
    """Load a profile.

    Args:
        name: of one that ships with logscrub; or the path of a file, which ends in ``.toml``.
        base: the directory a path is relative to; the working directory by default.

    Raises:
        ConfigError: there is no such profile, it cannot be read, or a key in it is wrong.

    >>> load_profile("pci").title
    'Card data (PCI DSS)'
    """
    text = os.fspath(name)
    if text.endswith(_SUFFIX):
        path = (base or Path()) / text
        return _read(str(path), path, builtin=False)
    names = profile_names()
    if text not in names:
        close = difflib.get_close_matches(text, names, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(names)}"
        raise ConfigError(f"no profile is called {text!r}; {hint}; a file of your own ends in {_SUFFIX}")
    return _read(text, _directory() / f"{text}{_SUFFIX}", builtin=True)


def _directory() -> Path:
    return builtin_directory() / _DIRECTORY


def _read(name: str, path: Path, *, builtin: bool) -> Profile:
    values = tables(path)
    reader = Reader(path)
    about = reader.read(
        {key: values.pop(key) for key in _ABOUT if key in values},
        {
            "title": ("title", reader.text),
            "about": ("about", reader.text),
            "references": ("references", reader.strings),
            "why": ("why", reader.texts),
        },
    )
    settings = reader.read(
        values,
        {
            "select": ("select", reader.strings),
            "ignore": ("ignore", reader.strings),
            "packs": ("packs", reader.packs),
            "actions": ("actions", reader.actions),
            "min-severity": ("min_severity", reader.severity),
            "min-confidence": ("min_confidence", reader.confidence),
        },
        _ABOUT,
    )
    explained = (*values, *settings.get("ignore", ()), *settings.get("actions", ()))
    for key in about.get("why", {}):
        if key not in explained:
            close = difflib.get_close_matches(key, explained, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise reader.refuse(f"why.{key}", f"explains what the profile does not say{hint}")
    return Profile(name=name, settings=settings, path=path, builtin=builtin, **about)
