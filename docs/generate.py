"""Write the pages of the reference that are made from the code, so that they say what the code does.

    python docs/generate.py

``tests/docs/test_reference.py`` fails when a page is not what this would write.
"""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

HERE = Path(__file__).resolve().parent
_WIDTH = 100

# What users may rely on, in the order of the page: heading → names.
_API = {
    "In a service": (
        "logscrub.install",
        "logscrub.Installation",
        "logscrub.Event",
        "logscrub.ScrubFilter",
        "logscrub.ScrubFormatter",
        "logscrub.mask",
    ),
    "Known values": (
        "logscrub.protect",
        "logscrub.protect_environ",
        "logscrub.protect_file",
        "logscrub.forget",
        "logscrub.Protection",
    ),
    "Texts and structures": ("logscrub.Scrubber", "logscrub.Match"),
    "Policy and configuration": ("logscrub.Policy", "logscrub.config.load_config", "logscrub.config.Config"),
    "Proof": ("logscrub.verify", "logscrub.DoctorResult"),
    "Logs": (
        "logscrub.scan",
        "logscrub.ScanResult",
        "logscrub.findings.Finding",
        "logscrub.sources.Limits",
        "logscrub.cleaning.redact_files",
        "logscrub.watch.Watch",
        "logscrub.watch.Report",
    ),
    "Evidence": ("logscrub.comply.run.comply", "logscrub.comply.run.Request", "logscrub.comply.model.Report"),
    "Source code": ("logscrub.audit_code", "logscrub.CodeOptions", "logscrub.CodeResult"),
    "Frameworks": (
        "logscrub.integrations.uvicorn.log_config",
        "logscrub.integrations.gunicorn.Logger",
        "logscrub.integrations.flask.init_app",
        "logscrub.integrations.celery.setup",
        "logscrub.integrations.aws_lambda.install",
        "logscrub.integrations.structlog.wrap_renderer",
        "logscrub.integrations.structlog.processor",
        "logscrub.integrations.opentelemetry.ScrubLogRecordProcessor",
        "logscrub.integrations.opentelemetry.ScrubSpanExporter",
        "logscrub.integrations.opentelemetry.export_metrics",
        "logscrub.integrations.prometheus.collector",
        "logscrub.integrations.prometheus.counter",
    ),
    "Errors": ("logscrub.LogscrubError",),
}
_SECTIONS = {"Args", "Attributes", "Raises", "Returns", "Yields"}


def pages() -> dict[str, str]:
    """Return the text of each page, by its path below ``docs``."""
    made = {
        "reference/command-line.md": command_line,
        "reference/configuration.md": configuration,
        "reference/python.md": python_api,
        "reference/profiles.md": profiles,
        "reference/controls.md": controls,
    }
    return {path: re.sub(r"\n{3,}", "\n\n", make()).strip() + "\n" for path, make in made.items()}


# The command line


def command_line() -> str:
    """Return the page on the commands: every verb with every option, from click's tree."""
    from logscrub.cli.app import cli

    verbs = list(_verbs(cli, "logscrub"))
    rows = "\n".join(
        f"| [`{name}`](#{name.replace(' ', '-')}) | {_prose(verb.get_short_help_str(200))} |"
        for name, verb in verbs
        if not isinstance(verb, click.Group)
    )
    parts = [
        "# Command line",
        "Made from the commands themselves: `logscrub COMMAND --help` says the same.\n"
        "[Exit codes and environment variables](processes.md) have a page of their own.",
        f"| command | |\n|---|---|\n{rows}",
    ]
    for name, verb in [("logscrub", cli), *verbs]:
        if not isinstance(verb, click.Group) or name == "logscrub":
            parts.append(_verb(name, verb))
    return "\n\n".join(parts)


def _verbs(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for verb in group.list_commands(context):
        command = group.get_command(context, verb)
        if command is None or command.hidden:
            continue
        yield f"{name} {verb}", command
        if isinstance(command, click.Group):
            yield from _verbs(command, f"{name} {verb}")


def _verb(name: str, verb: click.Command) -> str:
    context = click.Context(verb, info_name=name, terminal_width=_WIDTH, help_option_names=["-h", "--help"])
    usage = verb.get_usage(context).removeprefix("Usage: ")
    told = [f"## {name}", f"```text\n{textwrap.dedent(usage)}\n```", _help(verb.help or "")]
    options = [record for one in verb.params if (record := one.get_help_record(context))]
    told.append("\n".join(f"- `{names}`: {_prose(about)}" for names, about in options if about))
    return "\n\n".join(told)


def _help(text: str) -> str:
    """Return a command's help: what stands below click's ``\\b`` keeps its lines, as a block."""
    shown = []
    for part in inspect.cleandoc(text).split("\f")[0].split("\n\n"):
        kept = part.strip("\n")
        if kept.startswith("\b"):
            shown.append(f"```text\n{textwrap.dedent(kept.removeprefix(chr(8)).strip(chr(10)))}\n```")
        else:
            shown.append(_prose(" ".join(kept.split())))
    return "\n\n".join(shown)


def _prose(text: str) -> str:
    """Return plain text as Markdown that shows it as it is, but for what stands between backticks: that is code."""
    parts = " ".join(text.split()).split("`")
    parts[::2] = [re.sub(r"([\\*_])", r"\\\1", part).replace("<", "&lt;") for part in parts[::2]]
    return "`".join(parts)


# The configuration


def configuration() -> str:
    """Return the page on the keys of a configuration file, from the classes that hold them."""
    from logscrub.config import CodeSettings, ComplySettings, Config
    from logscrub.policy import Policy

    beside = {key: row for key, row in _keys(Config).items() if key not in ("policy", "path", "code", "comply")}
    return f"""# Configuration

Made from the code. A configuration is `logscrub.toml`, or the table `[tool.logscrub]` of `pyproject.toml`; the nearest
one at or above the working directory counts, and nothing is merged with another. Options of the command line come on
top. `logscrub config show` prints what is in effect, `--config FILE` names another file, `--isolated` uses none. Paths
are relative to the file they stand in.

```toml
# logscrub.toml
select = ["default", "network.ip"]
actions = {{ "pii.email" = "token", "secret" = "drop" }}
min-severity = "low"

[code]
fail-on = "medium"
```

```console
$ logscrub config show
# .../logscrub.toml
...
select = ["default", "network.ip"]
...
```

A key that does not exist is an error that names the file, the key and the one that may have been meant.

## Keys

| key | type | default | meaning |
|---|---|---|---|
{_rows({**_keys(Policy), **beside})}

The actions are told in [Redaction](../filter.md#actions).

## The table code

For [`logscrub code`](../code.md): `[code]`, or `[tool.logscrub.code]`.

| key | type | default | meaning |
|---|---|---|---|
{_rows(_keys(CodeSettings))}

## The table comply

For `logscrub comply`: `[comply]`, or `[tool.logscrub.comply]`.

| key | type | default | meaning |
|---|---|---|---|
{_rows(_keys(ComplySettings))}
"""


# Keys that are read from elsewhere than from the file: what the file holds instead.
_OTHER_KEYS = {
    "key": ("key-file", "path of a file", "none", "file with the key of the `token` action and of fingerprints, "
            "at least 16 bytes; without one they hold for one run. `LOGSCRUB_KEY` holds the key itself"),
    "seal_key": ("seal-key-file", "path of a file", "none", "file with the key of the `seal` action, at least 32 "
                 "bytes, readable by its owner only. `LOGSCRUB_SEAL_KEY` holds the key itself"),
    "sign_key": ("sign-key-file", "path of a file", "none", "file of the private key that reports are signed with"),
}  # fmt: skip
_TYPES = {
    "tuple[str, ...]": "list of strings",
    "tuple[str, ...] | None": "list of strings",
    "int | None": "number",
    "Mapping[str, str]": "table",
    "Severity": "severity",
    "Confidence": "confidence",
    "bool": "true or false",
    "bool | None": "true or false",
    "int": "number",
    "float": "seconds",
    "str | None": "string",
    "Profile | None": "name, or path of a file",
    "str": "string",
}


def _keys(of: type) -> dict[str, tuple[str, str, str]]:
    about = dict(_entries(_docstring(of)["Attributes"]))
    keys = {}
    for one in fields(of):
        if one.name in _OTHER_KEYS:
            name, kind, default, text = _OTHER_KEYS[one.name]
        else:
            name, kind = one.name.replace("_", "-"), _TYPES.get(str(one.type), str(one.type))
            default, text = _default(getattr(of(), one.name)), _markup(about[one.name]).rstrip(".")
        keys[name] = (kind, default, text)
    return keys


def _default(value: Any) -> str:
    if value is None or value in ((), "") or value == {}:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`{list(value)}`".replace("'", '"')
    return f"`{value}`"


def _rows(keys: dict[str, tuple[str, str, str]]) -> str:
    return "\n".join(f"| `{key}` | {kind} | {default} | {text} |" for key, (kind, default, text) in keys.items())


# The profiles


def profiles() -> str:
    """Return the page on the ready policies, from ``patterns/profiles``."""
    from logscrub.rules.packs import builtin_directory

    parts = [
        "# Profiles",
        "Made from the profiles that come with logscrub. A profile is a ready policy for the filter, `scan` and\n"
        "`redact` alike: [profiles](../profiles.md) tells how to use them.",
    ]
    files = sorted((builtin_directory() / "profiles").glob("*.toml"))
    return "\n\n".join([*parts, *(_profile(path.stem, tomllib.loads(path.read_text("utf-8"))) for path in files)])


def _profile(name: str, profile: dict[str, Any]) -> str:
    why = profile.pop("why", {})
    title, about, references = (profile.pop(key, "") for key in ("title", "about", "references"))
    told = [f"## {name}", f"*{title}.* {about}"]
    if references:
        told.append(f"Made with these in mind: {', '.join(references)}.")
    rows = []
    for key, value in profile.items():
        if isinstance(value, dict):
            rows += [f"| `{one}` | `{action}` | {why.get(one, '')} |" for one, action in value.items()]
        elif key == "ignore":
            rows += [f"| `{one}` | left out | {why.get(one, '')} |" for one in value]
        else:
            shown = ", ".join(f"`{one}`" for one in value) if isinstance(value, list) else f"`{value}`"
            rows.append(f"| {key} | {shown} | {why.get(key, '')} |")
    return "\n\n".join([*told, "\n".join(["| what | is | because |\n|---|---|---|", *rows])])


# The standards


def controls() -> str:
    """Return the page on the catalogues of standards, from ``patterns/controls``, and on the kinds of checks."""
    from logscrub.comply.checks import CHECKS
    from logscrub.comply.controls import load_controls

    named = ("logs", "source", "app", "policy", "ledger", "manifest")
    kinds = "\n".join(
        f"| `{name}` | {kind.about} | {', '.join(need for need in kind.needs if need in named) or 'nothing'} "
        f"| {', '.join(f'`{key}`' for key in kind.settings) or '–'} |"
        for name, kind in CHECKS.items()
    )
    parts = [
        "# Standards, clause by clause",
        "Made from the catalogues that come with logscrub: [clauses of a standard](../comply.md) tells how to use\n"
        "them. What a standard asks for is told in our own words; the standard decides.",
        f"## Kinds of checks\n\n| kind | what is looked at | needs | settings |\n|---|---|---|---|\n{kinds}",
    ]
    return "\n\n".join([*parts, *map(_control, load_controls(["all"]))])


def _control(control: Any) -> str:
    from logscrub.comply.listing import described

    rows = [
        f"| {clause.id} | **{clause.title}.** {clause.demand} "
        f"| {'<br>'.join(described(check) for check in clause.checks)} | {clause.limits} |"
        for clause in control.clauses
    ]
    head = "| clause | what it asks of logs | what is looked at | what is not seen |\n|---|---|---|---|"
    sources = "; ".join(control.sources)
    title = f"## {control.title} {control.version}\n\n`--control {control.id}`. {control.about}\n\n*{sources}*"
    return "\n\n".join([title, "\n".join([head, *rows])])


# The Python interface


def python_api() -> str:
    """Return the page on the Python interface, from the docstrings."""
    parts = [
        "# Python",
        "Made from the docstrings, whose examples are run as tests. What is not named here may change at any time.\n"
        "Everything has types, and the package is marked as typed for checkers.",
    ]
    for heading, names in _API.items():
        parts.append(f"## {heading}")
        parts += [_object(name) for name in names]
    return "\n\n".join(parts)


def _object(name: str) -> str:
    place, _, short = name.rpartition(".")
    value = getattr(importlib.import_module(place), short)
    if not inspect.isclass(value):
        return f"### {name}\n\n{_signature(name, value)}\n\n{_rendered(value)}"
    told = [f"### {name}"]
    if not issubclass(value, BaseException):
        told.append(_signature(name, value, "class "))
    told.append(_rendered(value))
    for member, what in vars(value).items():
        if member.startswith("_") or not inspect.getdoc(what):
            continue
        if isinstance(what, property):
            told.append(f"**`{short}.{member}`**\n\n{_rendered(what)}")
        elif inspect.isfunction(what):
            told.append(f"**`{short}.{member}()`**\n\n{_signature(f'{short}.{member}', what)}\n\n{_rendered(what)}")
    return "\n\n".join(told)


def _signature(name: str, what: Callable[..., Any], before: str = "") -> str:
    # Annotations are strings, or forward references to them; they are shown as they were written.
    signature = inspect.signature(what)
    shown = []
    star = False
    for one in signature.parameters.values():
        if one.name == "self":
            continue
        if one.kind is one.KEYWORD_ONLY and not star:
            shown.append("*")
            star = True
        star = star or one.kind is one.VAR_POSITIONAL
        stars = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
        text = stars + one.name
        if one.annotation is not one.empty:
            text += f": {_annotation(one.annotation)}"
        if one.default is not one.empty:
            text += f" = {_value(one.default)}" if ":" in text else f"={_value(one.default)}"
        shown.append(text)
    returned = signature.return_annotation
    arrow = "" if before or returned is signature.empty else f" -> {_annotation(returned)}"
    line = f"{before}{name}({', '.join(shown)}){arrow}"
    if len(line) > _WIDTH:
        line = f"{before}{name}(\n" + "".join(f"    {one},\n" for one in shown) + f"){arrow}"
    return f"```text\n{line}\n```"


def _annotation(annotation: Any) -> str:
    text = getattr(annotation, "__forward_arg__", annotation)
    return text if isinstance(text, str) else inspect.formatannotation(text)


def _value(default: Any) -> str:
    text = repr(default)
    if text.startswith("<") or "object at" in text:
        return str(default) if hasattr(default, "name") else "…"
    return text


def _rendered(what: Any) -> str:
    parts = []
    for title, text in _docstring(what).items():
        if title in _SECTIONS:
            entries = list(_entries(text))
            if entries:
                parts.append("\n".join([f"*{title}*\n", *(f"- `{name}`: {_markup(about)}" for name, about in entries)]))
            else:
                parts.append(f"*{title}*: {_markup(text)}")
        else:
            parts += [_paragraph(one) for one in text.split("\n\n")]
    return "\n\n".join(parts)


def _docstring(what: Any) -> dict[str, str]:
    """Take a docstring apart: its sections by name, the text between them under names of no section."""
    sections: dict[str, str] = {}
    name = "0"
    for line in (inspect.getdoc(what) or "").splitlines():
        if line.rstrip(":") in _SECTIONS and line.endswith(":"):
            name = line[:-1]
        elif name in _SECTIONS and line and not line.startswith(" "):
            name = str(len(sections))
        sections[name] = sections.get(name, "") + line + "\n"
    return {
        key: textwrap.dedent(text.partition("\n")[2] if key in _SECTIONS else text).strip("\n")
        for key, text in sections.items()
    }


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Yield what a section names, and what it says of it."""
    for entry in re.split(r"\n(?=\S)", text):
        if found := re.match(r"([\w., *]+): (.*)", entry, re.DOTALL):
            yield found[1], found[2]


def _paragraph(text: str) -> str:
    return f"```pycon\n{text.strip()}\n```" if text.lstrip().startswith(">>>") else _markup(text)


def _markup(text: str) -> str:
    """Return the reStructuredText of a docstring as Markdown."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", " ".join(text.split()))
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def main() -> None:
    """Write the pages that are not up to date, and name them."""
    for path, text in pages().items():
        page = HERE / path
        if not page.is_file() or page.read_text("utf-8") != text:
            page.parent.mkdir(exist_ok=True)
            page.write_text(text, "utf-8")
            print(page)


if __name__ == "__main__":
    main()
