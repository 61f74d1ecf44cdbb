"""What is known of each language: ``patterns/code/*.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from logscrub.errors import PackError
from logscrub.model import Severity
from logscrub.rules.packs import builtin_directory

_SHARED = "code/languages.toml"


@dataclass(frozen=True, slots=True)
class Whole:
    """A kind of object that holds something sensitive whatever is in it."""

    field: str
    title: str
    rule: str
    kind: str
    severity: Severity
    last: tuple[str, ...]
    unless: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shared:
    """What names and functions mean in every language; words in lower case."""

    masked: frozenset[str]
    about: frozenset[str]
    never: frozenset[str]
    minor: frozenset[str]
    lexical: frozenset[str]
    lexical_unless: frozenset[str]
    labels: frozenset[str]
    neutral: frozenset[str]
    errors: tuple[str, ...]
    same: frozenset[str]
    opaque_members: frozenset[str]
    masking: frozenset[str]
    not_logs: frozenset[str]
    actions: frozenset[str]
    getters: frozenset[str]
    opaque: frozenset[str]
    carriers: frozenset[str]
    adders: frozenset[str]
    setters: frozenset[str]
    lookups: frozenset[str]
    objects: tuple[Whole, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """Methods that write to the screen. ``first`` names what the first argument has to be, if anything."""

    sink: str
    receivers: frozenset[str]
    methods: frozenset[str]
    first: frozenset[str]


@dataclass(frozen=True, slots=True)
class Loggers:
    """Who logs in one language, and with which methods."""

    prefilter: re.Pattern[bytes]
    words: frozenset[str]
    types: frozenset[str]
    factories: frozenset[str]
    functions: frozenset[str]
    modules: frozenset[str]
    bare: frozenset[str]
    attach: frozenset[str]
    pairs: bool
    levels: dict[str, str]
    outputs: tuple[Output, ...]


@lru_cache(maxsize=1)
def shared() -> Shared:
    """Read what holds for all languages.

    Raises:
        PackError: the file or a key of it is missing.
    """
    data = _read(_SHARED)
    try:
        names, calls = data["names"], data["calls"]
        return Shared(
            masked=frozenset(names["masked"]),
            about=frozenset(names["about"]),
            never=frozenset(names["never"]),
            minor=frozenset(names["minor"]),
            lexical=frozenset(names["lexical"]),
            lexical_unless=frozenset(names["lexical_unless"]),
            labels=frozenset(names["labels"]),
            neutral=frozenset(names["neutral"]),
            errors=tuple(names["errors"]),
            same=frozenset(names["same"]),
            opaque_members=frozenset(names["opaque"]),
            masking=frozenset(names["masking"]),
            not_logs=frozenset(names["not_logs"]),
            actions=frozenset(calls["actions"]),
            getters=frozenset(calls["getters"]),
            opaque=frozenset(calls["opaque"]),
            carriers=frozenset(calls["carriers"]),
            adders=frozenset(calls["adders"]),
            setters=frozenset(calls["setters"]),
            lookups=frozenset(calls["lookups"]),
            objects=tuple(
                Whole(
                    one["field"],
                    one["title"],
                    one["rule"],
                    one["kind"],
                    Severity[one["severity"].upper()],
                    tuple(one["last"]),
                    frozenset(one["unless"]),
                )
                for one in data["object"]
            ),
        )
    except KeyError as error:
        raise PackError(_SHARED, None, str(error.args[0]), "is missing") from None


@lru_cache(maxsize=8)
def loggers(language: str) -> Loggers:
    """Read who logs in a language.

    Args:
        language: ``javascript``, ``java`` or ``go``.

    Raises:
        PackError: the file or a key of it is missing.

    >>> loggers("go").levels["Infof"]
    'info'
    """
    name = f"code/{language}.toml"
    data = _read(name)
    try:
        own = data["loggers"]
        levels = own["levels"]
        suffixes = own.get("suffixes", {"all": [""]})["all"]
        return Loggers(
            prefilter=re.compile("|".join(data["prefilter"]).encode("ascii")),
            words=frozenset(own["words"]),
            types=frozenset(own["types"]),
            factories=frozenset(own["factories"]),
            functions=frozenset(own["functions"]),
            modules=frozenset(own["modules"]),
            bare=frozenset(own["bare"]),
            attach=frozenset(own["attach"]),
            pairs=own["pairs"],
            levels={level + suffix: says for level, says in levels.items() for suffix in suffixes},
            outputs=tuple(
                Output(one["sink"], frozenset(one["receivers"]), frozenset(one["methods"]), frozenset(one["first"]))
                for one in data["output"]
            ),
        )
    except KeyError as error:
        raise PackError(name, None, str(error.args[0]), "is missing") from None


def _read(name: str) -> dict[str, Any]:
    try:
        return tomllib.loads((builtin_directory() / name).read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PackError(name, None, None, f"cannot be read: {error}") from None
