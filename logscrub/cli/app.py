"""The ``logscrub`` command and what it does about errors."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import IO, Any

import click

from logscrub._version import __version__
from logscrub.cli.group import LazyGroup
from logscrub.errors import LogscrubError

COMPLETE = "_LOGSCRUB_COMPLETE"
"""The variable by which a shell asks for completions."""
INTERRUPTED = 130
FAILED = 2
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(
    cls=LazyGroup,
    verbs={
        "scan": ("logscrub.cli.scan:scan", "Find secrets and personal data in log files."),
        "watch": ("logscrub.cli.watch:watch", "Follow logs and tell of secrets and personal data as they come."),
        "baseline": (
            "logscrub.cli.baseline:baseline",
            "Check and list a baseline: findings of logs that are known, and why.",
        ),
        "ledger": (
            "logscrub.cli.ledger:ledger",
            "Show, verify and prune the memory of scans: what 'logscrub scan --ledger FILE' writes.",
        ),
        "code": ("logscrub.cli.code:code", "Find log calls in source code that print secrets and personal data."),
        "trace": ("logscrub.cli.trace:trace", "Find the log calls that wrote the findings of a log."),
        "doctor": (
            "logscrub.cli.doctor:doctor",
            "Send canaries through a service's loggers and name each way that lets one out.",
        ),
        "redact": ("logscrub.cli.redact:redact", "Write a copy of a log without secrets and personal data."),
        "unseal": ("logscrub.cli.unseal:unseal", "Put the sealed values of a log back, and note who did it."),
        "comply": (
            "logscrub.cli.comply:comply",
            "Check logs, code and logging against clauses of a standard, and write the evidence.",
        ),
        "explain": ("logscrub.cli.explain:explain", "Say what a rule or a finding is, and what to do about it."),
        "rules": ("logscrub.cli.rules:rules", "List, explain and check the rules."),
        "init": ("logscrub.cli.init:init", "Look at the project here and write a configuration for it."),
        "config": ("logscrub.cli.config:config", "Show the configuration in effect."),
        "completion": ("logscrub.cli.completion:completion", "Print the script that lets a shell complete."),
        "man": ("logscrub.cli.man:man", "Write the manual page."),
    },
    unlisted=("man",),
    context_settings=CONTEXT,
    invoke_without_command=True,
    epilog="Exit codes: 0 clean or done, 1 findings, 2 could not do the job, 130 interrupted.",
)
@click.version_option(__version__, "-V", "--version", message="logscrub %(version)s")
@click.option("-v", "--verbose", is_flag=True, help="Say on standard error what is being done.")
@click.pass_context
def cli(ctx: click.Context, verbose: bool) -> None:
    """Keep secrets and personal data out of logs."""
    if verbose:
        from logscrub.cli import diagnostics

        diagnostics.enable()
    if ctx.invoked_subcommand is None:
        from logscrub.cli.start import show

        show()


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code. Nothing is ever shown as a traceback.

    >>> main(["--version"])
    logscrub 0.1.0
    0
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    _tell_of_compiling()
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except OSError as error:
        if _closed(error):
            _discard_output()
            return 0
        return _unwritable(error) if error.errno in _FULL else _internal(error)
    return code


def _tell_of_compiling() -> None:
    """Say once why nothing happens for a while, where somebody waits for it."""
    from logscrub import cache

    def say() -> None:
        cache.before_compiling = None
        click.echo("compiling the rules: some seconds, the first time only", err=True)

    cache.before_compiling = say if sys.stderr.isatty() and COMPLETE not in os.environ else None


def _run(arguments: list[str]) -> int:
    try:
        # What click's own main() does, but that a closed pipe is no failure and no verb's result is lost.
        cli._main_shell_completion({}, "logscrub", COMPLETE)
        with cli.make_context("logscrub", list(arguments)) as ctx:
            result = cli.invoke(ctx)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return _refuse(error)
    except LogscrubError as error:
        click.echo(f"error: {_one_line(error)}", err=True)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except OSError as error:
        if _closed(error) or error.errno in _FULL:
            raise
        return _internal(error)
    except Exception as error:
        return _internal(error)


def _refuse(error: click.ClickException) -> int:
    if error.__class__.__name__ == "NoArgsIsHelpError":  # its message is the help; not in every version of click
        click.echo(error.format_message(), err=True)
        return FAILED
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help' for help.\n", err=True)
    from logscrub.cli.hints import way_out

    message, hint = " ".join(error.format_message().split()), way_out(error)
    click.echo(f"error: {message.removesuffix('.')}; {hint}" if hint else f"error: {message}", err=True)
    return FAILED


def _internal(error: BaseException) -> int:
    """Report a fault of our own: where, and never what was being looked at."""
    if COMPLETE in os.environ:
        return FAILED  # a shell asks what may come next: nobody asked for remarks
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    click.echo(f"error: internal error: {type(error).__name__} at {place}; please report it", err=True)
    return FAILED


def _unwritable(error: OSError) -> int:
    """Report that standard output takes no more."""
    _discard_output()
    click.echo(f"error: standard output cannot be written: {os.strerror(error.errno or 0).lower()}", err=True)
    return FAILED


def _one_line(error: BaseException) -> str:
    from logscrub.report.visible import visible

    return visible(str(error))


def _closed(error: OSError) -> bool:
    """Whether whoever read our output went away."""
    return error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL)


def _discard_output() -> None:
    """Point standard output at nothing, so that what is still buffered does not fail again at exit."""
    stream: IO[Any] = sys.stdout
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass
