"""Where a policy is written: ``logscrub.toml``, or ``[tool.logscrub]`` in ``pyproject.toml``."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logscrub.errors import ConfigError
from logscrub.model import Confidence, Severity
from logscrub.policy import Policy
from logscrub.redact import ACTIONS

if TYPE_CHECKING:
    from logscrub.profiles import Profile

KEY_ENVIRONMENT = "LOGSCRUB_KEY"
SEAL_KEY_ENVIRONMENT = "LOGSCRUB_SEAL_KEY"
_CODE = "code"
_BASELINE = "baseline"
_COMPLY = "comply"
_PROFILE = "profile"


@dataclass(frozen=True)
class CodeSettings:
    """How source code is audited: the table ``code``.

    Attributes:
        bulk: report whole objects, of which no field is known to be sensitive, too.
        tests: read the project's tests too.
        languages: read other languages than Python; ``None`` where they can be read.
        exclude: globs of files and directories to leave out.
        loggers: more names of loggers and of functions that log.
        sanitizers: more names of functions whose result may be printed.
        sensitive: more names of what is sensitive.
        safe: names that look sensitive and are not.
        baseline: file of findings known before.
        fail_on: the least severity that makes the exit code 1.
        min_severity: the least severity that is reported.
        jobs: processes; 0 for as many as there are processors.
        cache: keep what is learnt about files for the next time.
    """

    bulk: bool = False
    tests: bool = False
    languages: bool | None = None
    exclude: tuple[str, ...] = ()
    loggers: tuple[str, ...] = ()
    sanitizers: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    safe: tuple[str, ...] = ()
    baseline: str | None = None
    fail_on: Severity = Severity.LOW
    min_severity: Severity = Severity.INFO
    jobs: int = 0
    cache: bool = True


@dataclass(frozen=True)
class ComplySettings:
    """How logs are checked against clauses: the table ``comply``.

    Attributes:
        controls: the standards, where the command line names none.
        sinks: parts of the names of handlers that logs may go to; None if there is no list.
        allowed: kinds of personal data that logs may hold, as ids, categories or tags; None if there is no list.
        retention_days: how long logs may be kept; None if nobody said.
        author: who answers for reports.
        sign_key: file of the private key that reports are signed with.
    """

    controls: tuple[str, ...] = ()
    sinks: tuple[str, ...] | None = None
    allowed: tuple[str, ...] | None = None
    retention_days: int | None = None
    author: str = ""
    sign_key: str | None = None


@dataclass(frozen=True)
class Config:
    """A policy and where it was written.

    Attributes:
        policy: the policy.
        path: the file it came from; ``None`` for the built-in defaults.
        code: how source code is audited.
        baseline: file of findings of logs that are known.
        profile: the profile that the policy is laid over.
        comply: how logs are checked against clauses.
    """

    policy: Policy = field(default_factory=Policy)
    path: Path | None = None
    code: CodeSettings = field(default_factory=CodeSettings)
    baseline: str | None = None
    profile: Profile | None = None
    comply: ComplySettings = field(default_factory=ComplySettings)


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
        values = (_own_table(found) or {}) if found.name == "pyproject.toml" else tables(found)
    code = _code(values.pop(_CODE, {}), found)
    comply = _comply(values.pop(_COMPLY, {}), found)
    baseline = Reader(found).file(_BASELINE, values.pop(_BASELINE)) if _BASELINE in values else None
    profile = _profile(values.pop(_PROFILE), found) if _PROFILE in values else None
    return Config(_policy(values, found, profile), found, code, baseline, profile, comply)


def tables(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ConfigError: it cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from None


def _own_table(project: Path) -> dict[str, Any] | None:
    tool = tables(project).get("tool")
    table = tool.get("logscrub") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{project}: tool.logscrub: must be a table")
    return table


class Reader:
    """Reads the values of a table; its errors name the file and the key.

    Args:
        path: the file; paths in it are relative to its directory.
        table: name of the table in the file, for errors.
    """

    def __init__(self, path: Path | None, table: str = "") -> None:
        self.path = path
        self.prefix = f"{table}." if table else ""
        self.base = path.parent if path is not None else Path()

    def refuse(self, key: str, problem: str) -> ConfigError:
        return ConfigError(f"{self.path}: {self.prefix}{key}: {problem}")

    def read(
        self,
        values: dict[str, Any],
        readers: Mapping[str, tuple[str, Callable[[str, Any], Any]]],
        others: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        settings: dict[str, Any] = {}
        for key, value in values.items():
            if key not in readers:
                close = difflib.get_close_matches(key, (*readers, *others), n=1)
                known = ", ".join((*readers, *others))
                hint = f"; did you mean {close[0]!r}?" if close else f"; known are {known}"
                raise self.refuse(key, f"is not a setting{hint}")
            name, reader = readers[key]
            settings[name] = reader(key, value)
        return settings

    def strings(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.refuse(key, "must be a list of strings")
        return tuple(value)

    def packs(self, key: str, value: Any) -> tuple[str, ...]:
        return tuple(str(self.base / one) for one in self.strings(key, value))

    def texts(self, key: str, value: Any, what: str = "texts") -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise self.refuse(key, f"must be a table of names and {what}")
        return value

    def actions(self, key: str, value: Any) -> dict[str, str]:
        actions = self.texts(key, value, "actions")
        for name, action in actions.items():
            if action not in ACTIONS:
                close = difflib.get_close_matches(action, ACTIONS, n=1)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                raise self.refuse(key, f"action for {name!r} is not one of {', '.join(ACTIONS)}{hint}")
        return actions

    def severity(self, key: str, value: Any) -> Severity:
        return Severity[self._choice(key, value, [str(one) for one in Severity]).upper()]

    def confidence(self, key: str, value: Any) -> Confidence:
        return Confidence[self._choice(key, value, [str(one) for one in Confidence]).upper()]

    def _choice(self, key: str, value: Any, allowed: list[str]) -> str:
        if value not in allowed:
            close = difflib.get_close_matches(value, allowed, n=1) if isinstance(value, str) else []
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise self.refuse(key, f"must be one of {', '.join(allowed)}{hint}")
        return str(value)

    def flag(self, key: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.refuse(key, "must be true or false")
        return value

    def text(self, key: str, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refuse(key, "must be a text")
        return value

    def controls(self, key: str, value: Any) -> tuple[str, ...]:
        from logscrub.comply.controls import names as known_names

        names, known = self.strings(key, value), ["all", *known_names()]
        for one in names:
            if one not in known and not one.endswith(".toml"):
                close = difflib.get_close_matches(one, known, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
                raise self.refuse(key, f"there is no control called {one!r}; {hint}")
        return tuple(str(self.base / one) if one.endswith(".toml") else one for one in names)

    def whole(self, key: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refuse(key, "must be a whole number")
        return value

    def days(self, key: str, value: Any) -> int:
        if self.whole(key, value) < 1:
            raise self.refuse(key, "must be a number of days above 0")
        return int(value)

    def number(self, key: str, value: Any) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise self.refuse(key, "must be a number of seconds")
        return float(value)

    def file(self, key: str, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refuse(key, "must be the path of a file")
        return str(self.base / value)

    def key_file(self, key: str, value: Any) -> bytes:
        path = self.file(key, value)
        try:
            return Path(path).read_bytes().strip()
        except OSError as error:
            raise self.refuse(key, f"{path} cannot be read: {error.strerror or error}") from None

    def seal_key_file(self, key: str, value: Any) -> bytes:
        from logscrub.seal import read_key_file

        path = self.file(key, value)
        try:
            return read_key_file(path)
        except ConfigError as error:
            raise self.refuse(key, str(error)) from None


def _profile(value: Any, path: Path | None) -> Profile:
    from logscrub.profiles import load_profile

    reader = Reader(path)
    name = reader.text(_PROFILE, value)
    try:
        return load_profile(name, reader.base)
    except ConfigError as error:
        raise reader.refuse(_PROFILE, str(error)) from None


def _policy(values: dict[str, Any], path: Path | None, profile: Profile | None) -> Policy:
    reader = Reader(path)
    settings = reader.read(
        values,
        {
            "select": ("select", reader.strings),
            "ignore": ("ignore", reader.strings),
            "packs": ("packs", reader.packs),
            "actions": ("actions", reader.actions),
            "min-severity": ("min_severity", reader.severity),
            "min-confidence": ("min_confidence", reader.confidence),
            "key-file": ("key", reader.key_file),
            "seal-key-file": ("seal_key", reader.seal_key_file),
            "max-length": ("max_length", reader.whole),
            "max-items": ("max_items", reader.whole),
            "time-limit": ("time_limit", reader.number),
        },
        (_PROFILE, _BASELINE, _CODE, _COMPLY),
    )
    used = []
    for variable, name in ((KEY_ENVIRONMENT, "key"), (SEAL_KEY_ENVIRONMENT, "seal_key")):
        from_environment = os.environ.get(variable)
        if from_environment and name not in settings:
            settings[name] = os.fsencode(from_environment)
            used.append(variable)
    try:
        return Policy(**(settings if profile is None else profile.under(settings)))
    except ConfigError as error:
        raise ConfigError(f"{path or ' or '.join(used)}: {error}") from None


def _code(values: Any, path: Path | None) -> CodeSettings:
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: {_CODE}: must be a table")
    reader = Reader(path, _CODE)
    settings = reader.read(
        values,
        {
            "bulk": ("bulk", reader.flag),
            "tests": ("tests", reader.flag),
            "languages": ("languages", reader.flag),
            "exclude": ("exclude", reader.strings),
            "loggers": ("loggers", reader.strings),
            "sanitizers": ("sanitizers", reader.strings),
            "sensitive": ("sensitive", reader.strings),
            "safe": ("safe", reader.strings),
            "baseline": ("baseline", reader.file),
            "fail-on": ("fail_on", reader.severity),
            "min-severity": ("min_severity", reader.severity),
            "jobs": ("jobs", reader.whole),
            "cache": ("cache", reader.flag),
        },
    )
    return CodeSettings(**settings)


def _comply(values: Any, path: Path | None) -> ComplySettings:
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: {_COMPLY}: must be a table")
    reader = Reader(path, _COMPLY)
    settings = reader.read(
        values,
        {
            "controls": ("controls", reader.controls),
            "sinks": ("sinks", reader.strings),
            "allowed": ("allowed", reader.strings),
            "retention-days": ("retention_days", reader.days),
            "author": ("author", reader.text),
            "sign-key-file": ("sign_key", reader.file),
        },
    )
    return ComplySettings(**settings)
