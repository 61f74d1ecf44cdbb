"""``logscrub rules``."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from logscrub.cli.app import CONTEXT
from logscrub.cli.complete import rule_ids
from logscrub.cli.group import LazyGroup
from logscrub.cli.options import config_options, configured, policy_options
from logscrub.cli.output import screen_width
from logscrub.errors import ConfigError
from logscrub.model import Confidence, Severity
from logscrub.policy import PRESIDIO
from logscrub.report.visible import visible

if TYPE_CHECKING:
    from logscrub.policy import Policy
    from logscrub.rules import Field, Recognizer, Rule

_INTERNAL = ("gates", "prefix", "lead", "proven", "has_secret_group")
_format = click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True, help="Form of the list."
)


@click.group(
    cls=LazyGroup,
    verbs={
        "list": ("logscrub.cli.rules:list_rules", "List the rules."),
        "show": ("logscrub.cli.rules:show_rule", "Explain a rule."),
        "check": ("logscrub.cli.rules:check", "Prove rules on their own examples."),
    },
    context_settings=CONTEXT,
)
def rules() -> None:
    """List, explain and check the rules."""


@click.command("list")
@policy_options
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "markdown")),
    default="text",
    show_default=True,
    help="Form of the list; markdown is a reference with all there is to say.",
)
def list_rules(
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    packs: tuple[str, ...],
    config_path: str | None,
    isolated: bool,
    form: str,
) -> None:
    """List the rules.

    Those in effect: what the configuration and the options come to. --select all,presidio lists every rule there is.
    """
    loaded = configured(config_path, isolated, select, ignore, packs).policy.rules()
    if form == "markdown":
        from logscrub.report.rulebook import write

        click.echo(write(loaded), nl=False)
        return
    listed = loaded.everything()
    listed.sort(key=lambda rule: (rule.category, rule.id))
    if form == "json":
        click.echo(json.dumps([_plain(rule) for rule in listed], indent=2))
        return
    rows = [(rule.id, str(rule.severity), rule.category, rule.title) for rule in listed]
    lines = list(_table(("ID", "SEVERITY", "CATEGORY", "TITLE"), rows))
    width = screen_width(sys.stdout)
    if width is not None and max(map(len, lines)) > width:
        lines = [line for rule, severity, _, title in rows for line in (f"{rule}  {severity}", f"    {visible(title)}")]
    for line in lines:
        click.echo(line)
    click.echo(f"\n{len(rows)} rules", err=True)


@click.command("show")
@click.argument("rule_id", metavar="ID", shell_complete=rule_ids)
@policy_options
@_format
def show_rule(
    rule_id: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    packs: tuple[str, ...],
    config_path: str | None,
    isolated: bool,
    form: str,
) -> None:
    """Explain a rule: what it looks for, and what is done with it.

    \b
    logscrub rules show jwt
    """
    policy = configured(config_path, isolated, select, ignore, packs).policy
    rule = _find(rule_id, policy)
    if form == "json":
        click.echo(json.dumps(_plain(rule), indent=2))
        return
    for name, value in _plain(rule).items():
        if value in ("", [], {}, None):
            continue
        text = ", ".join(value) if isinstance(value, list) else str(value)
        click.echo(f"{name.replace('_', ' ') + ':':<16} {visible(text)}")


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True), metavar="[FILES]...")
@config_options
@_format
def check(files: tuple[str, ...], config_path: str | None, isolated: bool, form: str) -> int:
    """Prove rules on their own examples: those in FILES, or all there are.

    Every example must match its rule and no counter-example may, the gate must let each example through, and no rule
    may be slow on text made to hang it. What a rule of another pack claims of an example is told as a remark.
    """
    from logscrub.rules.check import check_rules
    from logscrub.rules.load import load
    from logscrub.rules.packs import find_packs

    configured_packs = configured(config_path, isolated).policy.packs
    own, names = _packs_of(files, configured_packs)
    packs = find_packs((*configured_packs, *own))
    only = {*names, *(pack.name for pack in find_packs(own, builtin=False, plugins=False))} if files else None
    problems = check_rules(load(packs), only)
    failed = any(problem.is_error for problem in problems)
    if form == "json":
        click.echo(json.dumps([{**asdict(problem), "error": problem.is_error} for problem in problems], indent=2))
        return 1 if failed else 0
    for problem in problems:
        label = "error" if problem.is_error else "remark"
        click.echo(visible(f"{label}: {problem.source}: {problem.rule}: {problem.kind}: {problem.message}"))
    click.echo("some rules do not hold" if failed else "all rules hold", err=True)
    return 1 if failed else 0


def _packs_of(files: Sequence[str], configured_packs: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell files that have to be loaded from packs that are loaded anyway, the latter by the names they go by."""
    from logscrub.rules.packs import builtin_directory, find_packs

    root = builtin_directory().resolve()
    loaded = {Path(place).resolve(): place for place in configured_packs}
    own: list[str] = []
    names: list[str] = []
    for file in files:
        path = Path(file).resolve()
        if path in loaded:
            names += [pack.name for pack in find_packs([loaded[path]], builtin=False, plugins=False)]
        elif path.is_relative_to(root):
            found = sorted(path.rglob("*.toml")) if path.is_dir() else [path]
            names += [one.relative_to(root).as_posix() for one in found]
        else:
            own.append(file)
    return own, names


def _find(rule_id: str, policy: Policy) -> Rule | Field | Recognizer:
    everything = replace(policy, select=("all", PRESIDIO), ignore=()).rules()
    try:
        return everything.get(rule_id)
    except KeyError:
        close = difflib.get_close_matches(rule_id, everything.ids(), n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else "; 'logscrub rules list' shows them"
        raise ConfigError(f"no rule is called {rule_id!r}{hint}") from None


def _plain(rule: Rule | Field | Recognizer) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in rule._asdict().items():
        if name in _INTERNAL:
            continue
        if isinstance(value, Severity | Confidence):
            value = str(value)
        plain[name] = dict(value) if name == "options" else list(value) if isinstance(value, tuple) else value
    return plain


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        yield "  ".join(visible(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
