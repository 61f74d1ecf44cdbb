"""``logscrub completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from logscrub.cli.app import COMPLETE

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS), metavar="bash|zsh|fish")
def completion(shell: str) -> None:
    """Print the script that lets a shell complete.

    It completes commands, options, formats, severities, rules, profiles and standards. The shell reads it once, at its
    start:

    \b
    logscrub completion bash >> ~/.bashrc
    logscrub completion zsh > ~/.zfunc/_logscrub
    logscrub completion fish > ~/.config/fish/completions/logscrub.fish

    zsh looks into ~/.zfunc if ~/.zshrc says so before compinit: fpath=(~/.zfunc $fpath)
    """
    from logscrub.cli.app import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"this version of click completes no {shell}")
    # Of the template, not of source(): that asks the shell of this machine for its version.
    made = kind(cli, {}, "logscrub", COMPLETE)
    click.echo(made.source_template % made.source_vars())
