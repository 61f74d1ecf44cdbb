"""``logscrub init``."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logscrub.cli.complete import directories, files
from logscrub.cli.options import complete_profiles
from logscrub.cli.output import colored, whole_file
from logscrub.errors import ConfigError, SourceError
from logscrub.report.visible import visible

if TYPE_CHECKING:
    from logscrub.project import Project

_NAME = "logscrub.toml"
_PYPROJECT = "pyproject.toml"
_MOST_COLUMNS = 100


@click.command()
@click.argument("directory", default=".", metavar="[DIRECTORY]", shell_complete=directories)
@click.option("--profile", metavar="NAME", shell_complete=complete_profiles, help="Build on this ready policy.")
@click.option("--pyproject", is_flag=True, help=f"Add a table [tool.logscrub] to {_PYPROJECT} instead.")
@click.option("-o", "--output", metavar="FILE", shell_complete=files, help="Write the configuration there instead.")
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@click.option("--force", is_flag=True, help="Replace a configuration that is there.")
def init(directory: str, profile: str | None, pyproject: bool, output: str | None, dry_run: bool, force: bool) -> None:
    """Look at the project here and write a configuration for it.

    Reads names, imports and dependencies below DIRECTORY, runs nothing, and writes a logscrub.toml that says what each
    key does. Then prints the next steps that fit: the line for its framework, the commands for its logs and its source.

    \b
    logscrub init
    logscrub init --profile pci --dry-run
    logscrub init --pyproject
    """
    if pyproject and output:
        raise click.UsageError(f"--pyproject writes to {_PYPROJECT}: leave --output out")
    if not os.path.isdir(directory):
        raise SourceError(f"{visible(directory)}: no such directory")
    target = output or os.path.normpath(os.path.join(directory, _PYPROJECT if pyproject else _NAME))
    if not dry_run:
        _check_free(directory, target, pyproject=pyproject, named=bool(output), force=force)
    from logscrub.project import added_to_pyproject, look_at, settings_text

    project = look_at(directory)
    text = settings_text(project, profile, table=pyproject)
    if dry_run:
        click.echo(text, nl=False)
    else:
        data = added_to_pyproject(_present(target), text, visible(target)) if pyproject else text.encode("utf-8")
        with whole_file(target, _mode(target)) as stream:
            stream.write(data)
    for line in _told(project, "" if dry_run else target):
        click.echo(line, err=dry_run, color=colored("auto", sys.stderr if dry_run else sys.stdout))


def _check_free(directory: str, target: str, *, pyproject: bool, named: bool, force: bool) -> None:
    """Refuse to replace a configuration, and to write one that another one would hide."""
    from logscrub.config import find_config

    present = None if named else find_config(Path(directory))
    here = present is not None and present.parent.resolve() == Path(directory).resolve()
    if not pyproject and os.path.lexists(target) and not force:
        raise ConfigError(
            f"{visible(target)}: is there already; --force replaces it, --dry-run shows what would be written"
        )
    if here and present is not None and present.name != os.path.basename(target) and not force:
        first = f"{_NAME} comes first" if present.name == _NAME else f"a {_NAME} would come before it"
        raise ConfigError(
            f"{visible(str(present))}: is a configuration already, and {first}; --force writes all the same"
        )


def _present(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        raise SourceError(f"{visible(path)}: is not there; without --pyproject a {_NAME} is written") from None
    except OSError as error:
        raise SourceError(f"{visible(path)}: cannot be read: {error.strerror}") from None


def _mode(path: str) -> int | None:
    """Return the permissions a file keeps."""
    try:
        return os.stat(path).st_mode & 0o7777
    except OSError:
        return None


def _told(project: Project, written: str) -> Iterator[str]:
    """Yield what was seen and what to do next, as wide as the terminal."""
    from logscrub.project import next_steps
    from logscrub.project.frameworks import frameworks
    from logscrub.report.forms.terms import counted

    width = min(shutil.get_terminal_size((_MOST_COLUMNS, 24)).columns, _MOST_COLUMNS)
    if written:
        yield f"wrote {visible(written)}"
    titles = [one.title for one in frameworks() if one.name in project.frameworks]
    seen = [
        *([f"source in {', '.join(project.packages)}"] if project.packages else []),
        *([f"uses {', '.join(titles)}"] if titles else []),
        *([f"logs in {', '.join(project.logs)}"] if project.logs else []),
    ]
    looked = f"looked at {counted(project.files, 'file')}{' and no further' if project.cut else ''}"
    yield from textwrap.wrap("; ".join([looked, *seen]), width, subsequent_indent="  ")
    yield ""
    yield click.style("Next steps", bold=True)
    for number, step in enumerate(next_steps(project), 1):
        label = f"{number}. "
        indent = " " * (2 + len(label))
        yield from textwrap.wrap(step.title, width, initial_indent=f"  {label}", subsequent_indent=indent)
        for line in step.lines:
            yield f"{indent}  {click.style(visible(line), fg='cyan')}"
        if step.about:
            yield from textwrap.wrap(
                visible(step.about), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
            )
