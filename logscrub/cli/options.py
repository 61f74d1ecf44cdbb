"""Options that several verbs share, and the policy they come to."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from logscrub.cli.complete import files
from logscrub.cli.output import COLORS
from logscrub.errors import ConfigError
from logscrub.model import Severity

if TYPE_CHECKING:
    from logscrub.config import Config
    from logscrub.presidio.deep import Deep

    SeverityParameter = click.ParamType[Severity]
    TargetParameter = click.ParamType["Target"]
else:
    SeverityParameter = TargetParameter = click.ParamType  # generic since click 8.5 only

Command = TypeVar("Command", bound=Callable[..., Any])
_PROFILE = "logscrub.profile"
# What a profile on the command line leaves as it is configured.
_BESIDE_PROFILES = ("packs", "key", "seal_key", "max_length", "max_items", "time_limit")


class SeverityType(SeverityParameter):
    """A severity by its name."""

    name = "severity"
    names = tuple(map(str, Severity))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Severity:
        """Read a severity in any letter case."""
        if isinstance(value, Severity):
            return value
        try:
            return Severity[str(value).upper()]
        except KeyError:
            self.fail(f"{value!r} is not one of {', '.join(map(str, Severity))}", param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """Complete the names."""
        names = map(str, Severity)
        return [click.shell_completion.CompletionItem(name) for name in names if name.startswith(incomplete)]

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Name it in the help."""
        return "SEVERITY"


class Target(NamedTuple):
    """A format and the file it goes to; ``-`` is standard output."""

    format: str
    path: str


class TargetType(TargetParameter):
    """``FORMAT`` or ``FORMAT=FILE``.

    Args:
        formats: the names of the formats.
    """

    name = "format"

    def __init__(self, formats: tuple[str, ...]) -> None:
        self.formats = formats

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Target:
        """Read one target."""
        if isinstance(value, Target):
            return value
        name, equals, path = str(value).partition("=")
        if name not in self.formats:
            self.fail(f"{name!r} is not one of {', '.join(self.formats)}", param, ctx)
        if equals and not path:
            self.fail(f"no file after {value!r}", param, ctx)
        return Target(name, path)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """Complete the names."""
        return [click.shell_completion.CompletionItem(name) for name in self.formats if name.startswith(incomplete)]

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Name it in the help."""
        return f"{'|'.join(self.formats)}[=FILE]"


def report_targets(given: tuple[Target, ...], output: str | None) -> tuple[Target, ...]:
    """Return where the reports go: text to standard output if nothing else is wished for.

    Args:
        given: what ``--format`` names.
        output: what ``--output`` names, for a format that names no file.

    Raises:
        click.UsageError: two reports go to one place, or there is none for ``--output``.
    """
    targets = [Target(target.format, target.path or output or "-") for target in given or (Target("text", ""),)]
    if output and all(target.path for target in given) and given:
        raise click.UsageError("--output has no format to write: every --format names its own file")
    paths = [target.path if target.path == "-" else os.path.realpath(target.path) for target in targets]
    for path in paths:
        if paths.count(path) > 1:
            where = "standard output" if path == "-" else path
            raise click.UsageError(f"two formats for {where}; write --format FORMAT=FILE")
    return tuple(targets)


def target_options(formats: tuple[str, ...]) -> Callable[[Command], Command]:
    """Add ``--format``, for these formats, and ``--output``."""

    def add(command: Command) -> Command:
        command = click.option(
            "-o",
            "--output",
            metavar="FILE",
            shell_complete=files,
            help="Write the report there instead of standard output.",
        )(command)
        return click.option(
            "--format",
            "targets",
            multiple=True,
            type=TargetType(formats),
            help="Form of the report, and a file for it. Repeatable.  [default: text]",
        )(command)

    return add


def outcome_options(command: Command) -> Command:
    """Add ``--exit-zero`` and ``--min-severity``."""
    command = click.option("--min-severity", type=SeverityType(), help="Report findings of this severity or worse.")(
        command
    )
    return click.option("--exit-zero", is_flag=True, help="End with exit code 0 whatever is found.")(command)


def screen_options(command: Command) -> Command:
    """Add ``--no-progress``, ``--color`` and ``--quiet``."""
    command = click.option(
        "-q",
        "--quiet",
        is_flag=True,
        help="Print no report and no remarks: the exit code says it. Files named by --format and --output are written.",
    )(command)
    command = click.option(
        "--color", type=click.Choice(COLORS), default="auto", show_default=True, help="Colours in the report."
    )(command)
    return click.option("--no-progress", is_flag=True, help="Show no progress.")(command)


def config_options(command: Command) -> Command:
    """Add ``--config`` and ``--isolated``."""
    command = click.option("--isolated", is_flag=True, help="Use no configuration file.")(command)
    return click.option(
        "--config",
        "config_path",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="Use this configuration file.",
    )(command)


def profile_option(command: Command) -> Command:
    """Add ``--profile``: not an argument of the verb, since only :func:`configured` asks for it."""

    def remember(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
        ctx.meta[_PROFILE] = value

    return click.option(
        "--profile",
        expose_value=False,
        callback=remember,
        metavar="NAME",
        shell_complete=complete_profiles,
        help="Look for what this profile says, and do with it what it says: a name of 'logscrub config profiles', or "
        "a file of your own (.toml). Packs, keys and limits stay as configured.",
    )(command)


def complete_profiles(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[click.shell_completion.CompletionItem]:
    """Complete the names of profiles."""
    from logscrub.profiles import load_profile, profile_names

    item = click.shell_completion.CompletionItem
    if os.sep in incomplete or incomplete.startswith("."):
        return [item(incomplete, type="file")]
    return [item(name, help=load_profile(name).title) for name in profile_names() if name.startswith(incomplete)]


def _complete_names(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[click.shell_completion.CompletionItem]:
    """Complete rules and categories, the last one of a list with commas too."""
    from logscrub.policy import all_names

    before, comma, last = incomplete.rpartition(",")
    item = click.shell_completion.CompletionItem
    return [item(f"{before}{comma}{name}") for name in sorted(all_names()) if name.startswith(last)]


def policy_options(command: Command) -> Command:
    """Add ``--profile``, ``--select``, ``--ignore``, ``--rules``, ``--config`` and ``--isolated``."""
    command = config_options(command)
    command = click.option(
        "--rules",
        "packs",
        multiple=True,
        type=click.Path(exists=True),
        metavar="PACK",
        help="Use this rule file, or directory of them, as well.",
    )(command)
    command = click.option(
        "--ignore",
        multiple=True,
        metavar="NAME",
        shell_complete=_complete_names,
        help="Leave these rules or categories out. Repeatable.",
    )(command)
    command = click.option(
        "--select",
        multiple=True,
        metavar="NAME",
        shell_complete=_complete_names,
        help="Look for these rules or categories only; 'default' is what is on by default, 'all' is everything, "
        "'profile' what the profile selects. Repeatable.",
    )(command)
    return profile_option(command)


def known_option(command: Command) -> Command:
    """Add ``--known``."""
    return click.option(
        "--known",
        multiple=True,
        type=click.Path(exists=True),
        metavar="PATH",
        help="Look also for the secret in this file, those in this file of settings (.env, .ini, .json), or those in "
        "this directory of secret files. Repeatable.",
    )(command)


def protect_known(paths: tuple[str, ...]) -> None:
    """Protect what ``--known`` names, and say on standard error what is too short or too common to be.

    Raises:
        SourceError: a path cannot be read.
    """
    if not paths:
        return
    from logscrub.known.load import protect_file
    from logscrub.report.visible import visible

    for path in paths:
        done = protect_file(path)
        for name, reason in done.skipped:
            click.echo(f"warning: {visible(path)}: not looked for: {visible(name)} {reason}", err=True)
        if not done:
            click.echo(f"warning: {visible(path)}: holds nothing to look for", err=True)


def configured(
    config_path: str | None,
    isolated: bool,
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    packs: tuple[str, ...] = (),
) -> Config:
    """Load the configuration and lay the command line's wishes over it, ``--profile`` before the others.

    Raises:
        ConfigError: the configuration is wrong, or there is no such profile.
    """
    from logscrub.config import load_config

    config = load_config(config_path, isolated=isolated)
    _check_names(config, packs)
    policy, profile = config.policy, config.profile
    ctx = click.get_current_context(silent=True)
    if wished := ctx.meta.get(_PROFILE) if ctx is not None else None:
        from logscrub.policy import Policy
        from logscrub.profiles import load_profile

        profile = load_profile(wished)
        policy = Policy(**profile.under({name: getattr(policy, name) for name in _BESIDE_PROFILES}))
    if select:
        chosen = _names(select)
        policy = replace(policy, select=chosen if profile is None else profile.selected(chosen))
    if ignore:
        policy = replace(policy, ignore=(*policy.ignore, *_names(ignore)))
    if packs:
        policy = replace(policy, packs=(*policy.packs, *packs))
    return replace(config, policy=policy, profile=profile)


def _check_names(config: Config, packs: tuple[str, ...]) -> None:
    """Refuse names in a configuration that no rule has, while it is known which file they are in."""
    policy = config.policy
    if config.path is None or not (policy.ignore or policy.actions or set(policy.select) - {"default", "all"}):
        return
    from logscrub.policy import check_names
    from logscrub.rules import load_rules

    try:
        check_names(load_rules((*policy.packs, *packs)), policy.select, policy.ignore, policy.actions)
    except ConfigError as error:
        raise ConfigError(f"{config.path}: {error}") from None


def _names(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip() for one in given for name in one.split(",") if name.strip())


def reading_options(command: Command) -> Command:
    """Add how logs are read: ``--jobs``, ``--cluster`` and ``--storage-option``."""
    command = click.option(
        "--storage-option",
        "storage_options",
        multiple=True,
        metavar="KEY=VALUE",
        help="Tell the filesystem of a URL: anon=true, endpoint_url=http://…, profile=audit. Repeatable.",
    )(command)
    command = click.option(
        "--cluster",
        metavar="ADDRESS",
        help="Read with the workers of a Dask cluster: tcp://HOST:PORT of its scheduler, or 'local'.",
    )(command)
    return click.option(
        "-j",
        "--jobs",
        type=click.IntRange(min=0),
        default=0,
        show_default="the number of processors",
        metavar="N",
        help="Read with so many processes.",
    )(command)


def deep_options(command: Command) -> Command:
    """Add ``--deep``, ``--deep-model`` and ``--deep-language``."""
    command = click.option(
        "--deep-language", default="en", show_default=True, metavar="LANGUAGE", help="The language of the text."
    )(command)
    command = click.option(
        "--deep-model", metavar="MODEL", help="The spaCy model for that, by name or directory. Implies --deep."
    )(command)
    return click.option(
        "--deep", is_flag=True, help="Look for names and addresses in free text too, with a language model."
    )(command)


def deep_analyzer(wanted: bool, model: str | None, language: str) -> Deep | None:
    """Return what looks for names and addresses in free text, if that was asked for.

    Raises:
        MissingExtraError: Presidio is not installed.
        ConfigError: the model that is named cannot be loaded.
    """
    if not wanted and not model:
        return None
    from logscrub.presidio.deep import Deep

    return Deep(model or "", language)
