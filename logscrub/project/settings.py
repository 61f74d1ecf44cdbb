"""The configuration that ``logscrub init`` writes: every key with what it does, and choices that fit the project."""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from logscrub.errors import ConfigError
from logscrub.project.look import Project

_TABLE = "tool.logscrub"
CONTROLS_OF_PROFILES = {"pci": "pci-dss"}
"""Standards, by the profiles made for them where these have another name."""


def settings_text(project: Project, profile: str | None = None, *, table: bool = False) -> str:
    """Write a configuration for a project.

    Args:
        project: what it is for.
        profile: a ready policy to build on.
        table: as ``[tool.logscrub]`` of a ``pyproject.toml`` rather than as a file of its own.

    Raises:
        ConfigError: there is no such profile.

    >>> import tomllib
    >>> tomllib.loads(settings_text(Project(".")))["select"]
    ['default']
    """
    text = "\n".join(_lines(project, profile, table=table)) + "\n"
    check(text, table=table)
    return text


def check(text: str, *, table: bool = False) -> None:
    """Prove that a configuration can be used.

    Raises:
        ConfigError: it cannot.
    """
    from logscrub.config import load_config

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("pyproject.toml" if table else "logscrub.toml")
        path.write_text(text, "utf-8")
        try:
            load_config(path).policy.rules()
        except ConfigError as error:
            raise ConfigError(str(error).replace(f"{path}: ", "").replace(folder, "")) from None


def added_to_pyproject(present: bytes, text: str, name: str = "pyproject.toml") -> bytes:
    """Return a ``pyproject.toml`` with a table at its end; all that was there stays byte for byte.

    Args:
        present: what the file holds.
        text: the table.
        name: what messages call the file.

    Raises:
        ConfigError: the file has such a table, or one cannot be added.

    >>> added_to_pyproject(b'[project]\\nname = "shop"', "[tool.logscrub]\\n")
    b'[project]\\nname = "shop"\\n\\n[tool.logscrub]\\n'
    """
    try:
        before = tomllib.loads(present.decode("utf-8"))
    except ValueError as error:
        raise ConfigError(f"{name}: is not valid TOML: {error}; mend it first") from None
    tool = before.get("tool", {})
    if isinstance(tool, dict) and "logscrub" in tool:
        raise ConfigError(f"{name}: has a table [{_TABLE}]; change it there, or take it out first")
    newline = b"\r\n" if b"\r\n" in present else b"\n"
    gap = b"" if not present else newline if present.endswith(b"\n") else newline * 2
    whole = present + gap + text.encode("utf-8").replace(b"\n", newline)
    try:
        after = tomllib.loads(whole.decode("utf-8"))
    except ValueError:
        raise ConfigError(
            f"{name}: a table [{_TABLE}] cannot be added, since 'tool' is written in one line there; write a "
            "logscrub.toml instead (without --pyproject)"
        ) from None
    own = after["tool"].pop("logscrub", None)
    if own is None:
        raise ConfigError(f"{name}: a table [{_TABLE}] cannot be added; write a logscrub.toml instead")
    return whole


def _lines(project: Project, profile: str | None, *, table: bool) -> Iterator[str]:
    yield "# What logscrub looks for in this project, and what it does with it. The command line finds this file by"
    yield "# itself, here and below; a service reads it with logscrub.config.load_config(). 'logscrub config show' says"
    yield "# what it comes to, 'logscrub rules list' which rules that is, 'logscrub explain NAME' what one is."
    if table:
        yield f"[{_TABLE}]"
    yield ""
    yield from _profile(project, profile)
    yield ""
    yield "# What to look for: rules, categories (secret, pii, pii.email, financial), or 'default': all that is on by"
    yield "# default. Off are IP addresses and user names, which operators look for every day."
    if profile:
        yield '# Without this line the profile decides; "profile" in the list stands for what it selects.'
        yield '# select = ["profile", "network.ip"]'
    else:
        yield 'select = ["default"]'
        yield '# select = ["default", "network.ip", "pii.user-name"]'
    yield ""
    yield "# What to leave out of that, by the same names."
    yield "ignore = []"
    yield ""
    yield "# What stands in the place of a value, by rule or category: 'label' is [email], 'partial' keeps what may be"
    yield "# kept, 'token' tells values apart without showing them, 'drop' leaves nothing."
    yield '# actions = { "financial.card" = "partial", "pii.email" = "token" }'
    yield ""
    yield "# Leave out rules below this: info, low, medium, high, critical."
    yield '# min-severity = "medium"' if profile else 'min-severity = "info"'
    yield ""
    yield "# Findings in logs that somebody looked at, each with a reason. 'logscrub scan LOGS --write-baseline FILE'"
    yield "# makes it."
    yield '# baseline = "logscrub-baseline.json"'
    yield ""
    yield "# Key of tokens and fingerprints, so that they stay the same from run to run; never commit it. LOGSCRUB_KEY"
    yield "# in the environment does the same."
    yield '# key-file = "logscrub.key"'
    yield ""
    yield "# Rules of your own: files, or directories of them. 'logscrub rules check FILE' proves them."
    yield '# packs = ["logscrub-rules.toml"]'
    yield ""
    yield from _code(project, table=table)
    yield ""
    yield from _comply(project, table=table)


def _profile(project: Project, profile: str | None) -> Iterator[str]:
    from logscrub.profiles import profile_names

    yield f"# A ready policy to build on: {', '.join(profile_names())}. What is set below comes on top of it."
    if profile:
        yield f"profile = {json.dumps(profile)}"
        return
    for about, fitting in project.subjects:
        yield f"# This project handles {about}: {fitting} is made for that."
    yield f"# profile = {json.dumps(project.subjects[0][1] if project.subjects else 'secrets')}"


def _code(project: Project, *, table: bool) -> Iterator[str]:
    yield "# How 'logscrub code' reads source."
    yield f"[{_TABLE}.code]" if table else "[code]"
    yield ""
    yield "# Files and directories to leave out, as globs. Tests are left out anyway, unless 'tests = true'."
    yield f"exclude = {json.dumps(project.generated)}"
    yield ""
    yield "# Names that only look sensitive (page_token), and names that are sensitive here and look harmless."
    yield "safe = []"
    yield "sensitive = []"
    yield ""
    yield "# Further names of loggers or functions that log, and of functions whose result may be printed."
    yield "loggers = []"
    yield "sanitizers = []"
    yield ""
    yield "# The least severity that ends 'logscrub code' with exit code 1."
    yield 'fail-on = "low"'
    yield ""
    yield "# Findings in source that are known: 'logscrub code SRC --write-baseline FILE' makes it."
    yield '# baseline = "logscrub-code-baseline.json"'


def _comply(project: Project, *, table: bool) -> Iterator[str]:
    fitting = dict.fromkeys(CONTROLS_OF_PROFILES.get(profile, profile) for _, profile in project.subjects)
    yield "# What 'logscrub comply' checks. 'logscrub comply controls' lists the standards."
    yield f"[{_TABLE}.comply]" if table else "[comply]"
    yield ""
    yield "# The standards, where the command line names none."
    yield f"controls = {json.dumps(list(fitting))}" if fitting else '# controls = ["owasp-logging"]'
    yield ""
    yield "# How long logs may be kept, in days; where they may go, as parts of the names of handlers; and the kinds of"
    yield "# personal data they may hold. Without these lines, what they are about is not tested."
    yield "# retention-days = 365"
    yield '# sinks = ["StreamHandler"]'
    yield '# allowed = ["pii.user-name"]'
