"""``logscrub config``."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections import Counter
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import click

from logscrub.cli.app import CONTEXT
from logscrub.cli.group import LazyGroup
from logscrub.cli.options import complete_profiles, config_options, configured, policy_options, profile_option
from logscrub.model import Confidence, Severity
from logscrub.report.visible import visible

if TYPE_CHECKING:
    from logscrub.config import CodeSettings
    from logscrub.policy import Policy
    from logscrub.profiles import Profile

_form = click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True, help="Form of it."
)


@click.group(
    cls=LazyGroup,
    verbs={
        "show": ("logscrub.cli.config:show", "Show the configuration in effect and where it was written."),
        "lint": ("logscrub.cli.config:lint", "Look for what a standard forbids in the policy in effect."),
        "profiles": ("logscrub.cli.config:profiles", "List the profiles, or explain one."),
    },
    context_settings=CONTEXT,
)
def config() -> None:
    """Show the configuration in effect."""


@click.command()
@profile_option
@config_options
@_form
def show(config_path: str | None, isolated: bool, form: str) -> None:
    """Show the configuration in effect and where it was written.

    The key is never shown. The text form is what a logscrub.toml may hold.
    """
    found = configured(config_path, isolated)
    values, code = _values(found.policy), _values(found.code)
    if found.baseline is not None:
        values["baseline"] = found.baseline
    key, seal_key = values.pop("key"), values.pop("seal-key")
    effect = _effect(found.policy) if found.profile is not None else {}
    if form == "json":
        place = visible(str(found.path)) if found.path else None
        profile = {"profile": {"name": found.profile.name, **effect}} if found.profile is not None else {}
        click.echo(
            json.dumps(
                {"path": place, **profile, "key": bool(key), "seal-key": bool(seal_key), **values, "code": code},
                indent=2,
            )
        )
        return
    click.echo(f"# {visible(str(found.path)) if found.path else 'built-in defaults: no configuration file'}")
    if found.profile is not None:
        click.echo(f"# profile: {visible(found.profile.name)}: {visible(found.profile.about)}")
        actions = ", ".join(f"{count} {action}" for action, count in effect["actions"].items())
        click.echo(f"# in effect: {effect['rules']} rules; {actions}")
    click.echo(f"# key: {'set' if key else 'none, so fingerprints and tokens hold for one run'}")
    click.echo(f"# seal key: {'set' if seal_key else 'none, so nothing can be sealed'}")
    for name, value in values.items():
        click.echo(f"{name} = {_toml(value)}")
    click.echo("\n[code]")
    for name, value in code.items():
        if value is not None:
            click.echo(f"{name} = {_toml(value)}")


@click.command()
@policy_options
@_form
def lint(
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    packs: tuple[str, ...],
    config_path: str | None,
    isolated: bool,
    form: str,
) -> int:
    """Look for what a standard forbids in the policy in effect.

    With a policy that is refused neither the filter starts nor a log is redacted; a warning stops nothing.

    \b
    logscrub config lint
    logscrub config lint --profile pci

    Exit codes: 0 nothing refused, 1 something is, 2 the configuration cannot be read.
    """
    from logscrub.lint import REFUSED, lint

    found = configured(config_path, isolated, select, ignore, packs)
    problems = lint(found.policy, found.profile)
    refused = any(problem.severity == REFUSED for problem in problems)
    if form == "json":
        click.echo(json.dumps([asdict(problem) for problem in problems], indent=2))
        return int(refused)
    for problem in problems:
        reason = f"{problem.why} ({problem.clause})" if problem.clause else problem.why
        click.echo(visible(f"{problem.severity}: {problem.what}"))
        click.echo(visible(f"  why: {reason}"))
        click.echo(visible(f"  fix: {problem.fix}"))
    click.echo(_summary(len(problems), refused), err=True)
    return int(refused)


@click.command()
@click.argument("name", required=False, metavar="[NAME]", shell_complete=complete_profiles)
@_form
def profiles(name: str | None, form: str) -> None:
    """List the profiles, or explain one: what it says, and why."""
    from logscrub.profiles import load_profile, profile_names

    found = [load_profile(one) for one in ([name] if name else profile_names())]
    if form == "json":
        click.echo(json.dumps([_profile(one) for one in found], indent=2))
    elif name:
        _explain(found[0])
    else:
        width = max(len(one.name) for one in found)
        for one in found:
            click.echo(f"{one.name:<{width}}  {one.about}")


def _explain(profile: Profile) -> None:
    click.echo(visible(f"{profile.name}: {profile.title}" if profile.title else profile.name))
    _wrapped(profile.about)
    for key, value in _profile(profile)["settings"].items():
        click.echo(f"\n{key} = {_toml(value)}" if isinstance(value, str) else f"\n{key}")
        if key in ("select", "packs"):
            _wrapped(", ".join(value))
        _wrapped(profile.why.get(key, ""), "    ")
        names = value if isinstance(value, list | dict) and key in ("ignore", "actions") else ()
        for name in names:
            click.echo(visible(f"  {name} = {value[name]}" if isinstance(value, dict) else f"  {name}"))
            _wrapped(profile.why.get(name, ""), "    ")
    if profile.references:
        click.echo()
        _wrapped(f"See {', '.join(profile.references)}.", "")


def _wrapped(text: str, indent: str = "  ") -> None:
    width = min(100, shutil.get_terminal_size().columns)
    for line in textwrap.wrap(visible(text), width, initial_indent=indent, subsequent_indent=indent):
        click.echo(line)


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "title": profile.title,
        "about": profile.about,
        "settings": {name.replace("_", "-"): _plain(value) for name, value in profile.settings.items()},
        "why": dict(profile.why),
        "references": list(profile.references),
    }


def _effect(policy: Policy) -> dict[str, Any]:
    from logscrub.known.registry import KNOWN

    rules = policy.rules()
    actions = Counter(one.action for one in policy.decisions(rules) if one.rule.id != KNOWN.id)
    return {"rules": len(rules.everything()), "actions": dict(actions.most_common())}


def _summary(count: int, refused: bool) -> str:
    if not count:
        return "nothing to say against this policy"
    problems = f"{count} {'problem' if count == 1 else 'problems'}"
    return f"{problems}: this policy is refused" if refused else f"{problems}, none that is refused"


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
