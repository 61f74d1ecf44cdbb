"""``logscrub comply``: logs, code and logging against the clauses of standards."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from logscrub.cli.app import CONTEXT, FAILED, INTERRUPTED
from logscrub.cli.comply_verify import key, verify
from logscrub.cli.diagnostics import note
from logscrub.cli.options import (
    Target,
    configured,
    deep_analyzer,
    deep_options,
    known_option,
    policy_options,
    protect_known,
    reading_options,
    report_targets,
    screen_options,
    target_options,
)
from logscrub.cli.output import colored, screen_width, whole_file
from logscrub.cli.progress import shown_progress
from logscrub.comply.report import FORMATS
from logscrub.errors import ConfigError

if TYPE_CHECKING:
    from logscrub.comply.model import Report
    from logscrub.config import Config
    from logscrub.policy import Policy

_CHECK = "check"


class CheckingGroup(click.Group):
    """A group whose verb may be left out: what is no verb is what ``check`` reads."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the verb in where it is missing."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [_CHECK, *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the verb that may be left out as left out."""
        formatter.write_usage(ctx.command_path, "[OPTIONS] LOGS... --control NAME")
        formatter.write_usage(ctx.command_path, "verify|controls|key ...", prefix="       ")


def _complete_controls(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from logscrub.comply.controls import names

    return [name for name in ("all", *names()) if name.startswith(incomplete)]


@click.group(cls=CheckingGroup, context_settings=CONTEXT, no_args_is_help=True)
def comply() -> None:
    """Check logs, code and logging against clauses of a standard, and write the evidence.

    Each clause is found to fail, to pass, not tested (something was not given or not read) or not testable (no tool can
    see it). A pass says that nothing against it was seen in what was read, and no more.

    \b
    logscrub comply /var/log/shop --control pci-dss
    logscrub comply logs --source src --app shop.logs:setup --control pci-dss --control gdpr
    logscrub comply logs --control all --format text --format html=evidence.html --sign audit.pem
    logscrub comply verify evidence.html
    logscrub comply controls
    """


@comply.command(_CHECK)
@click.argument("logs", nargs=-1, metavar="LOGS...")
@click.option(
    "--control",
    "controls",
    multiple=True,
    metavar="NAME",
    shell_complete=_complete_controls,
    help="Check against this standard: a name of `logscrub comply controls`, 'all', or a catalogue of your own "
    "(.toml). Repeatable.",
)
@click.option(
    "--source",
    multiple=True,
    type=click.Path(exists=True),
    metavar="DIR",
    help="Look at the log calls of this source code too. Repeatable.",
)
@click.option(
    "--app",
    default="",
    metavar="MODULE[:FUNCTION]",
    help="Send canaries through the logging this sets up, as `logscrub doctor` does. Runs the service's code.",
)
@click.option(
    "-C",
    "--path",
    "directory",
    default=".",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Look for the module of --app there.",
)
@click.option(
    "--ledger",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Remember there what was scanned, read only what is new, and show earlier runs.",
)
@click.option(
    "--manifest",
    "manifests",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Look at what a redaction did, by its manifest. Repeatable.",
)
@target_options(tuple(FORMATS))
@click.option(
    "--sign",
    "sign_key",
    type=click.Path(exists=True, dir_okay=False),
    metavar="KEYFILE",
    help="Sign the reports with this key: `logscrub comply key` makes one.",
)
@click.option("--author", metavar="NAME", help="Say in the report who answers for it.")
@click.option("--exit-zero", is_flag=True, help="End with exit code 0 whatever fails.")
@policy_options
@known_option
@deep_options
@click.option(
    "--every-record",
    is_flag=True,
    help="Look at the times and fields of every record. Without it, of a large log an even sample is looked at.",
)
@reading_options
@screen_options
def check(
    logs: tuple[str, ...],
    controls: tuple[str, ...],
    targets: tuple[Target, ...],
    output: str | None,
    sign_key: str | None,
    author: str | None,
    exit_zero: bool,
    known: tuple[str, ...],
    deep: bool,
    deep_model: str | None,
    deep_language: str,
    no_progress: bool,
    color: str,
    quiet: bool,
    **given: Any,
) -> int:
    """Check LOGS against clauses. This verb may be left out: `logscrub comply LOGS --control NAME`.

    LOGS is what `logscrub scan` reads: files, directories, globs, URLs, - for standard input. Without logs, only what
    else is named is looked at. Ends with 1 if a clause fails, 2 if something could not be read or examined.
    """
    targets = report_targets(targets, output)
    config = configured(**{name: given.pop(name) for name in _POLICY})
    from logscrub.comply.controls import load_controls
    from logscrub.comply.run import Request
    from logscrub.comply.run import comply as run

    wanted = controls or config.comply.controls
    if not wanted:
        raise ConfigError(_no_control())
    if not logs and not any(given[name] for name in ("source", "app", "manifests")):
        raise click.UsageError("nothing to look at: name LOGS, --source DIR, --app MODULE:FUNCTION or --manifest FILE")
    if not logs and given["ledger"]:
        raise click.UsageError("--ledger needs LOGS: it remembers what was read of them")
    protect_known(known)
    analyzer = deep_analyzer(deep, deep_model, deep_language)
    in_use, name = _in_use(config)
    request = Request(
        logs=logs,
        controls=load_controls(wanted),
        policy=_looked_for(config),
        in_use=in_use,
        in_use_name=name,
        sinks=config.comply.sinks,
        allowed=config.comply.allowed,
        retention_days=config.comply.retention_days,
        author=config.comply.author if author is None else author,
        code_options=_code_options(config),
        deep=analyzer,
        **given,
    )
    signer = _signer(sign_key or config.comply.sign_key)
    with shown_progress(not (no_progress or quiet)) as progress:
        report = run(request, progress, lambda words: note("{}", words))
    for target in targets:
        if target.path != "-" or not quiet:
            _write(report, target, color, signer)
    if report.scan.interrupted:
        return INTERRUPTED
    failed = report.scan.errors or any(one.what == request.app for one in report.unseen if request.app)
    if failed or (logs and not report.scan.files):
        return FAILED
    from logscrub.comply.model import Status

    return 1 if report.count(Status.FAIL) and not exit_zero else 0


_POLICY = ("config_path", "isolated", "select", "ignore", "packs")


def _in_use(config: Config) -> tuple[Policy | None, str]:
    """Return the policy that somebody chose; the built-in defaults say nothing of a service."""
    if config.profile is not None:
        where = f" ({config.path})" if config.path else ""
        return config.policy, f"profile {config.profile.name}{where}"
    return (config.policy, str(config.path)) if config.path is not None else (None, "")


def _looked_for(config: Config) -> Policy:
    """Return what is looked for in any case: a profile says what a service keeps out, not what there may be in logs."""
    if config.profile is None:
        return config.policy
    from logscrub.policy import Policy

    return Policy(packs=config.policy.packs, key=config.policy.key)


def _no_control() -> str:
    from logscrub.comply.controls import names

    known = ", ".join(names())
    return f"name what to check against: --control NAME, of {known}, or 'all'; logscrub comply controls tells of each"


def _code_options(config: Config) -> Any:
    from logscrub.code.audit import CodeOptions

    settings = config.code
    return CodeOptions(
        tests=settings.tests,
        exclude=settings.exclude,
        jobs=settings.jobs,
        languages=settings.languages,
        loggers=settings.loggers,
        sanitizers=settings.sanitizers,
        sensitive=settings.sensitive,
        safe=settings.safe,
        cache=settings.cache,
    )


def _signer(path: str | None) -> Any:
    if path is None:
        return None
    from logscrub.comply.sign import Signer

    return Signer.of(path)


def _write(report: Report, target: Target, color: str, signer: Any) -> None:
    import sys

    from logscrub.comply.report import Options, write_signed

    to_screen = target.path == "-"
    options = Options(
        color=colored(color, sys.stdout) if to_screen else color == "always",
        width=screen_width(sys.stdout) if to_screen else None,
    )
    with nullcontext(sys.stdout.buffer) if to_screen else whole_file(target.path) as stream:
        write_signed(report, target.format, stream, options, signer)


@comply.command("controls")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=_complete_controls)
def controls(names: tuple[str, ...]) -> None:
    """List the standards there are; of those that are named, the clauses and what is looked at for each."""
    from logscrub.comply.controls import load_controls
    from logscrub.comply.listing import clauses, overview

    listed = load_controls(names or ("all",))
    click.echo(clauses(listed) if names else overview(listed), nl=False)


comply.add_command(verify)
comply.add_command(key)
