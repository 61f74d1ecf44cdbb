"""``logscrub man``."""

from __future__ import annotations

import click

from logscrub.cli.complete import files
from logscrub.cli.output import text_file


@click.command()
@click.option("-o", "--output", default="-", metavar="FILE", shell_complete=files, help="Write it there.")
def man(output: str) -> None:
    """Write the manual page.

    \b
    logscrub man -o logscrub.1 && man ./logscrub.1
    """
    from logscrub.cli.app import cli
    from logscrub.cli.manpage import page

    with text_file(output) as stream:
        stream.write(page(cli))
