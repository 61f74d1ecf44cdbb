"""``logscrub config``."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from logscrub.cli.app import CONTEXT
from logscrub.cli.group import LazyGroup
from logscrub.cli.options import config_options, configured
from logscrub.model import Confidence, Severity
from logscrub.report.visible import visible

if TYPE_CHECKING:
    from logscrub.config import CodeSettings
    from logscrub.policy import Policy


@click.group(
    cls=LazyGroup,
    verbs={"show": ("logscrub.cli.config:show", "Show the configuration in effect and where it was written.")},
    context_settings=CONTEXT,
)
def config() -> None:
    """Show the configuration in effect."""


@click.command()
@config_options
@click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True, help="Form of it."
)
def show(config_path: str | None, isolated: bool, form: str) -> None:
    """Show the configuration in effect and where it was written.

    The key is never shown. The text form is what a logscrub.toml may hold.
    """
    found = configured(config_path, isolated)
    values, code = _values(found.policy), _values(found.code)
    if found.baseline is not None:
        values["baseline"] = found.baseline
    key, seal_key = values.pop("key"), values.pop("seal-key")
    if form == "json":
        place = visible(str(found.path)) if found.path else None
        click.echo(
            json.dumps({"path": place, "key": bool(key), "seal-key": bool(seal_key), **values, "code": code}, indent=2)
        )
        return
    click.echo(f"# {visible(str(found.path)) if found.path else 'built-in defaults: no configuration file'}")
    click.echo(f"# key: {'set' if key else 'none, so fingerprints and tokens hold for one run'}")
    click.echo(f"# seal key: {'set' if seal_key else 'none, so nothing can be sealed'}")
    for name, value in values.items():
        click.echo(f"{name} = {_toml(value)}")
    click.echo("\n[code]")
    for name, value in code.items():
        if value is not None:
            click.echo(f"{name} = {_toml(value)}")


def _values(settings: Policy | CodeSettings) -> dict[str, Any]:
    return {one.name.replace("_", "-"): _plain(getattr(settings, one.name)) for one in fields(settings)}


def _plain(value: Any) -> Any:
    if isinstance(value, Severity | Confidence):
        return str(value)
    if isinstance(value, tuple):
        return list(value)
    return bool(value) if isinstance(value, bytes) else value


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(name)} = {_toml(one)}" for name, one in value.items()) + " }"
    return json.dumps(value)
