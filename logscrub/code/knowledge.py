"""What the code auditor knows of libraries and words: ``python.toml`` and ``names.toml`` in ``patterns/code``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from logscrub.errors import PackError
from logscrub.rules.packs import builtin_directory

_FILE = "code/python.toml"
_NAMES = "code/names.toml"


@dataclass(frozen=True, slots=True)
class Object:
    """A kind of object that may hold something sensitive.

    Attributes:
        title: what to say of it.
        last: the last words of its names.
        unless: words that say that it is something else.
    """

    id: str
    title: str
    kind: str
    grade: int
    last: tuple[str, ...]
    unless: frozenset[str]


@dataclass(frozen=True, slots=True)
class Declaration:
    """A call that declares an option, a parameter or a field.

    Attributes:
        functions: last parts of the names of the calls.
        keyword: the keyword argument that says that the value is secret.
        says: that keyword argument as code.
        imports: packages one of which the module must import.
    """

    id: str
    functions: frozenset[str]
    keyword: str
    says: str
    imports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Functions that return something sensitive whatever they are called."""

    calls: frozenset[str]
    field: str
    grade: int


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Tables of names, in lower case unless said otherwise."""

    logger_words: frozenset[str]
    logger_glued: tuple[str, ...]
    logger_with_text: frozenset[str]
    factories: frozenset[str]
    levels: dict[str, str]
    output_functions: frozenset[str]
    output_dotted: frozenset[str]
    output_methods: frozenset[str]
    output_receivers: frozenset[str]
    output_results: frozenset[str]
    sanitizer_stems: tuple[str, ...]
    sanitizer_words: frozenset[str]
    sanitizer_unless: tuple[str, ...]
    sanitizer_names: frozenset[str]
    opaque: frozenset[str]
    carrier_functions: frozenset[str]
    carrier_methods: frozenset[str]
    accessor_verbs: frozenset[str]
    action_verbs: frozenset[str]
    sources: tuple[Source, ...]
    objects: tuple[Object, ...]
    declarations: tuple[Declaration, ...]
    test_directories: frozenset[str]
    test_files: tuple[str, ...]


@lru_cache(maxsize=1)
def load() -> Knowledge:
    """Read the file.

    Raises:
        PackError: it is missing, or a key is.

    >>> "debug" in load().levels
    True
    """
    path = builtin_directory() / _FILE
    try:
        return _knowledge(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PackError(_FILE, None, None, f"cannot be read: {error}") from None
    except KeyError as error:
        raise PackError(_FILE, None, str(error.args[0]), "is missing") from None


@lru_cache(maxsize=1)
def _vocabulary() -> dict[str, list[str]]:
    try:
        table: dict[str, list[str]] = tomllib.loads((builtin_directory() / _NAMES).read_text("utf-8"))["vocabulary"]
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise PackError(_NAMES, None, None, f"cannot be read: {error}") from None
    return table


def vocabulary(name: str) -> frozenset[str]:
    """Return one list of words of ``patterns/code/names.toml``.

    Raises:
        PackError: the file is missing, or the list is.

    >>> "cursor" in vocabulary("cursors")
    True
    """
    words = _vocabulary().get(name)
    if words is None:
        raise PackError(_NAMES, None, name, "is missing")
    return frozenset(words)


def with_sanitizers(knowledge: Knowledge, names: tuple[str, ...]) -> Knowledge:
    """Return what is known, and that functions of these names make a value safe to print."""
    words = tuple(name.lower().replace("_", "") for name in names)
    return replace(knowledge, sanitizer_names=frozenset(words)) if names else knowledge


def _knowledge(data: dict[str, Any]) -> Knowledge:
    loggers, output, sanitizers = data["loggers"], data["output"], data["sanitizers"]
    carriers, accessors, tests = data["carriers"], data["accessors"], data["tests"]
    return Knowledge(
        logger_words=frozenset(loggers["words"]),
        logger_glued=tuple(loggers["glued"]),
        logger_with_text=frozenset(loggers["with_text"]),
        factories=frozenset(loggers["factories"]),
        levels=dict(loggers["levels"]),
        output_functions=frozenset(output["functions"]),
        output_dotted=frozenset(output["dotted"]),
        output_methods=frozenset(output["methods"]),
        output_receivers=frozenset(output["receivers"]),
        output_results=frozenset(output["results"]),
        sanitizer_stems=tuple(sanitizers["stems"]),
        sanitizer_words=frozenset(sanitizers["words"]),
        sanitizer_unless=tuple(sanitizers["unless"]),
        sanitizer_names=frozenset(),
        opaque=frozenset(sanitizers["opaque"]),
        carrier_functions=frozenset(carriers["functions"]),
        carrier_methods=frozenset(carriers["methods"]),
        accessor_verbs=frozenset(accessors["verbs"]),
        action_verbs=frozenset(accessors["actions"]),
        sources=tuple(Source(frozenset(one["calls"]), one["field"], one["grade"]) for one in data["source"]),
        objects=tuple(
            Object(
                one["id"],
                one["title"],
                one["kind"],
                one["grade"],
                tuple(one["last"]),
                frozenset(one["unless"]),
            )
            for one in data["object"]
        ),
        declarations=tuple(
            Declaration(
                one["id"], frozenset(one["functions"]), one["keyword"], one["says"], tuple(one.get("imports", ()))
            )
            for one in data["declarations"]["call"]
        ),
        test_directories=frozenset(tests["directories"]),
        test_files=tuple(tests["files"]),
    )
