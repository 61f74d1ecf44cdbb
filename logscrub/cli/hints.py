"""The way out of a mistake on the command line: what was probably meant, or an example that works."""

from __future__ import annotations

import difflib
import os
import re
import shlex
from collections.abc import Iterable

import click

from logscrub.cli.group import NoSuchVerb
from logscrub.report.visible import visible

_OTHER_WORDS = {
    "audit": "scan",
    "check": "scan",
    "clean": "redact",
    "compliance": "comply",
    "completions": "completion",
    "detect": "scan",
    "evidence": "comply",
    "filter": "redact",
    "find": "scan",
    "follow": "watch",
    "grep": "scan",
    "help": "--help",
    "lint": "code",
    "list": "rules list",
    "mask": "redact",
    "run": "scan",
    "sanitize": "redact",
    "scrub": "redact",
    "search": "scan",
    "setup": "init",
    "show": "explain",
    "source": "code",
    "tail": "watch",
    "version": "--version",
    "why": "explain",
}
"""What other tools call a verb."""
_REFUSED = re.compile(r"'(?P<given>[^']*)' is not one of ")
_SUPERFLUOUS = re.compile(r"unexpected extra argument")
_MISSING_FILE = re.compile(r"(?:File|Directory|Path) '(?P<path>[^']*)' does not exist")


def way_out(error: click.ClickException) -> str:
    """Return what to do about a mistake, or nothing where the error says it.

    Args:
        error: what click found wrong.
    """
    if isinstance(error, NoSuchVerb):
        return _verb(error)
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        return _option(error.option_name, error.ctx)
    if isinstance(error, click.MissingParameter):
        example = example_of(error.ctx) if error.ctx else ""
        return f"for example: {example}" if example else ""
    if isinstance(error, click.BadParameter):
        message = str(error.message)
        if refused := _REFUSED.search(message):
            return did_you_mean(refused["given"], _choices(error.param))
        if missing := _MISSING_FILE.search(message):
            return near_path(missing["path"])
    if isinstance(error, click.UsageError) and error.ctx is not None and _SUPERFLUOUS.search(error.message):
        return _configuration(error.ctx)
    return ""


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Name what is spelled much like a word.

    >>> did_you_mean("sarrif", ("text", "sarif"))
    'did you mean sarif?'
    """
    close = difflib.get_close_matches(given.lower(), list(known), n=1)
    return f"did you mean {close[0]}?" if close else ""


def near_path(path: str) -> str:
    """Name the file that is spelled much like one that is not there, or the part of its path that is not."""
    place, name = os.path.split(path)
    while place and not os.path.isdir(place):
        place, name = os.path.split(place)
    try:
        close = difflib.get_close_matches(name, os.listdir(place or "."), n=1)
    except OSError:
        return ""
    return f"did you mean {visible(os.path.join(place, close[0]))}?" if close else ""


def example_of(ctx: click.Context) -> str:
    """Return the first example of a command in its help, or nothing."""
    lines = [line.strip() for line in (ctx.command.help or "").splitlines()]
    return next((line for line in lines if line.startswith(f"{ctx.command_path} ")), "")


def _configuration(ctx: click.Context) -> str:
    """Say how a configuration is named, where a command takes one and nothing else."""
    params = ctx.command.get_params(ctx)
    takes_one = any("--config" in one.opts for one in params)
    if not takes_one or any(isinstance(one, click.Argument) for one in params):
        return ""
    return f"name a configuration with --config: {ctx.command_path} --config FILE"


def _option(name: str, ctx: click.Context) -> str:
    """Name the long options that a letter may have stood for; click itself knows what is like a long one."""
    if len(name) != 2:
        return ""
    options = [one for param in ctx.command.get_params(ctx) for one in param.opts if one.startswith(f"--{name[1:]}")]
    return f"did you mean {' or '.join(options)}?" if 0 < len(options) <= 3 else ""


def _verb(error: NoSuchVerb) -> str:
    name = error.name
    parent = error.ctx.command_path if error.ctx else "logscrub"
    if error.ctx is not None and error.ctx.parent is None:
        if name == "-" or "://" in name or os.path.exists(name):
            verb = "code" if name.endswith((".py", ".js", ".ts", ".java", ".go")) else "scan"
            return f"to look into it: logscrub {verb} {visible(shlex.quote(name))}"
        if name.lower() in _OTHER_WORDS:
            return f"what you look for is: {parent} {_OTHER_WORDS[name.lower()]}"
    return "" if error.close else f"'{parent} --help' lists them"


def _choices(param: click.Parameter | None) -> list[str]:
    kind = param.type if param is not None else None
    if isinstance(kind, click.Choice):
        return [str(one) for one in kind.choices or ()]
    for attribute in ("names", "formats"):
        if known := getattr(kind, attribute, ()):
            return [str(one) for one in known]
    return []
