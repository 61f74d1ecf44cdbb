"""Where a policy is written: ``logscrub.toml``, or ``[tool.logscrub]`` in ``pyproject.toml``."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from logscrub.errors import ConfigError
from logscrub.model import Confidence, Severity
from logscrub.policy import Policy

KEY_ENVIRONMENT = "LOGSCRUB_KEY"


@dataclass(frozen=True)
class Config:
    """A policy and where it was written.

    Attributes:
        policy: the policy.
        path: the file it came from; ``None`` for the built-in defaults.
    """

    policy: Policy = field(default_factory=Policy)
    path: Path | None = None


def find_config(start: Path) -> Path | None:
    """Return the nearest configuration file at or above a directory: the nearest one decides, nothing is merged."""
    for place in (start, *start.parents):
        if (place / "logscrub.toml").is_file():
            return place / "logscrub.toml"
        project = place / "pyproject.toml"
        if project.is_file() and _own_table(project) is not None:
            return project
    return None


def load_config(path: str | Path | None = None, *, isolated: bool = False) -> Config:
    """Load the configuration.

    Args:
        path: a configuration file; without one, the nearest at or above the working directory.
        isolated: look for no file.

    Raises:
        ConfigError: the file cannot be read, or a key in it is wrong.

    >>> load_config(isolated=True).policy.select
    ('default',)
    """
    nearest = None if isolated else find_config(Path.cwd())
    found = nearest if path is None else Path(path)
    values: dict[str, Any] = {}
    if found is not None:
        values = (_own_table(found) or {}) if found.name == "pyproject.toml" else _tables(found)
    return Config(_policy(values, found), found)


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from None


def _own_table(project: Path) -> dict[str, Any] | None:
    tool = _tables(project).get("tool")
    table = tool.get("logscrub") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{project}: tool.logscrub: must be a table")
    return table


def _policy(values: dict[str, Any], path: Path | None) -> Policy:
    base = path.parent if path is not None else Path()

    def refuse(key: str, problem: str) -> ConfigError:
        return ConfigError(f"{path}: {key}: {problem}")

    def strings(key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise refuse(key, "must be a list of strings")
        return tuple(value)

    def packs(key: str, value: Any) -> tuple[str, ...]:
        return tuple(str(base / one) for one in strings(key, value))

    def actions(key: str, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise refuse(key, "must be a table of names and actions")
        return value

    def severity(key: str, value: Any) -> Severity:
        return Severity[_choice(key, value, [str(one) for one in Severity], refuse).upper()]

    def confidence(key: str, value: Any) -> Confidence:
        return Confidence[_choice(key, value, [str(one) for one in Confidence], refuse).upper()]

    def whole(key: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise refuse(key, "must be a whole number")
        return value

    def number(key: str, value: Any) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise refuse(key, "must be a number of seconds")
        return float(value)

    def key_file(key: str, value: Any) -> bytes:
        if not isinstance(value, str):
            raise refuse(key, "must be the path of a file")
        try:
            return (base / value).read_bytes().strip()
        except OSError as error:
            raise refuse(key, f"{base / value} cannot be read: {error.strerror or error}") from None

    readers: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
        "select": ("select", strings),
        "ignore": ("ignore", strings),
        "packs": ("packs", packs),
        "actions": ("actions", actions),
        "min-severity": ("min_severity", severity),
        "min-confidence": ("min_confidence", confidence),
        "key-file": ("key", key_file),
        "max-length": ("max_length", whole),
        "max-items": ("max_items", whole),
        "time-limit": ("time_limit", number),
    }
    settings: dict[str, Any] = {}
    for key, value in values.items():
        if key not in readers:
            close = difflib.get_close_matches(key, readers, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(readers)}"
            raise refuse(key, f"is not a setting{hint}")
        name, reader = readers[key]
        settings[name] = reader(key, value)
    from_environment = os.environ.get(KEY_ENVIRONMENT)
    if from_environment and "key" not in settings:
        settings["key"] = from_environment.encode()
    try:
        return Policy(**settings)
    except ConfigError as error:
        raise ConfigError(f"{path or KEY_ENVIRONMENT}: {error}") from None


def _choice(key: str, value: Any, allowed: list[str], refuse: Callable[[str, str], ConfigError]) -> str:
    if value not in allowed:
        raise refuse(key, f"must be one of {', '.join(allowed)}")
    return str(value)
