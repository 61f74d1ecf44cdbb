"""What baselines of logs and of source code have in common: how their files are read, days, and paths of a project."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from logscrub.errors import ConfigError
from logscrub.report.visible import visible

NEW_REASON = "known when the baseline was written"
"""The reason of an entry that nobody has given one yet."""


def read_document(path: str, schema: str) -> dict[str, Any]:
    """Read the JSON of a baseline file.

    Args:
        path: the file.
        schema: what it must say it is.

    Raises:
        ConfigError: it cannot be read, or is something else.
    """
    try:
        with open(path, encoding="utf-8") as stream:
            document = json.load(stream)
    except OSError as error:
        raise ConfigError(f"{visible(path)}: cannot be read: {error.strerror or 'no file'}") from None
    except (ValueError, RecursionError):
        raise ConfigError(f"{visible(path)}: is not JSON") from None
    if not isinstance(document, dict) or document.get("schema") != schema:
        raise ConfigError(f"{visible(path)}: schema: must be {schema!r}")
    if not isinstance(document.get("findings"), list):
        raise ConfigError(f"{visible(path)}: findings: must be a list")
    return document


def refusal(path: str, number: int, problem: str) -> ConfigError:
    """Return the error that says what is wrong with an entry.

    Args:
        path: the file.
        number: which entry, from 0.
        problem: the key, what is wrong with it, and what it should be.
    """
    return ConfigError(f"{visible(path)}: findings[{number}]: {problem}")


def read_entries(
    path: str, document: dict[str, Any], keys: Sequence[str], needed: Iterable[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the entries of a baseline file with their numbers; all their values are strings.

    Args:
        path: the file.
        document: what it says.
        keys: keys an entry may have.
        needed: those that it must have, with something in them.

    Raises:
        ConfigError: an entry is none.
    """
    for number, value in enumerate(document["findings"]):
        if not isinstance(value, dict):
            raise refusal(path, number, "must be an object")
        for key, one in value.items():
            if key not in keys:
                raise refusal(path, number, f"{visible(key)}: is not a key of a finding{suggestion(key, keys)}")
            if not isinstance(one, str):
                raise refusal(path, number, f"{key}: must be a string")
        for key in needed:
            if not value.get(key, "").strip():
                raise refusal(path, number, f"{key}: is missing")
        yield number, value


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return what may have been meant by a wrong name, as the end of a message.

    >>> suggestion("reson", ["rule", "reason"]), suggestion("x", ["rule", "reason"])
    ("; did you mean 'reason'?", '; known are rule, reason')
    """
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"


def last_day(path: str, number: int, value: dict[str, str]) -> date | None:
    """Return the last day of an entry, None if it has none.

    Raises:
        ConfigError: what it says is no day.
    """
    if "expires" not in value:
        return None
    try:
        return date.fromisoformat(value["expires"])
    except ValueError:
        raise refusal(path, number, "expires: must be a day such as 2030-12-31") from None


def today() -> date:
    """Return the day it is, in UTC: the same for everybody who goes by a baseline."""
    return datetime.now(UTC).date()


def project_path(path: str) -> str:
    """Return a path as the project knows it, with ``/``: below the repository, else below the working directory."""
    absolute = os.path.abspath(path)
    root = _repository(os.path.dirname(absolute)) or os.getcwd()
    try:
        below = os.path.relpath(absolute, root)
    except ValueError:  # another drive
        below = os.pardir
    chosen = absolute if below.split(os.sep)[0] == os.pardir else below
    return chosen.replace(os.sep, "/")


@lru_cache(maxsize=4096)
def _repository(directory: str) -> str | None:
    if os.path.exists(os.path.join(directory, ".git")):
        return directory
    above = os.path.dirname(directory)
    return None if above == directory else _repository(above)
