"""What ``logscrub`` alone shows: the three things people come for, with the names that fit where they are."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import click

from logscrub.cli.output import colored

_MOST_LOOKED_AT = 500
_LOG_DIRECTORIES = ("logs", "log")
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "manage.py")


class Here(NamedTuple):
    """What a first look at a directory shows; examples take the place of what is not there.

    Attributes:
        log: a log file.
        logs: a directory of logs, or a log.
        source: a directory of Python source.
        configured: there is a ``logscrub.toml``.
    """

    log: str = "app.log"
    logs: str = "/var/log/app"
    source: str = "src"
    configured: bool = False


def show() -> None:
    """Print the screen, as wide as the terminal and coloured if it is one."""
    color = colored("auto", sys.stdout)
    width = shutil.get_terminal_size((100, 24)).columns
    for line in screen(look(), width):
        click.echo(line, color=color)


def screen(here: Here, width: int) -> Iterator[str]:
    """Yield the lines of the screen, with the colours of a terminal.

    Args:
        here: what the commands are to name.
        width: columns there are.

    >>> print(click.unstyle(next(screen(Here(), 80))))
    logscrub keeps secrets and personal data out of logs.
    """
    yield click.style("logscrub", bold=True) + " keeps secrets and personal data out of logs."
    parts = list(_parts(here))
    rows = [row for _, commands in parts for row in commands]
    common = max(len(command) for command, _ in rows)
    aligned = all(4 + common + len(about) <= width for _, about in rows)
    for heading, commands in parts:
        yield ""
        yield click.style(heading, bold=True)
        column = common if aligned else max(len(command) for command, _ in commands)
        for command, about in commands:
            name = click.style(command, fg="cyan")
            if 4 + column + len(about) > width:
                yield from (f"  {name}", f"      {about}")
            else:
                yield f"  {name}{' ' * (column - len(command))}  {about}"


def look(directory: str = ".") -> Here:
    """Look at the names in a directory, and no deeper.

    Args:
        directory: where.
    """
    logs: list[str] = []
    folders: list[str] = []
    packages: list[str] = []
    known: set[str] = set()
    python = False
    try:
        with os.scandir(directory) as entries:
            for entry in islice(entries, _MOST_LOOKED_AT):
                name = entry.name
                if not name.isprintable() or name.startswith(("-", ".")):
                    continue
                known.add(name)
                python = python or name.endswith(".py") or name in _PROJECT_FILES
                if name.endswith(".log"):
                    logs.append(name)
                elif "." not in name and name.lower() in _LOG_DIRECTORIES and entry.is_dir():
                    folders.append(name)
                elif "." not in name and os.path.isfile(os.path.join(directory, name, "__init__.py")):
                    packages.append(name)
    except OSError:
        return Here()
    plain = Here()
    source = next((name for name in ("src", *sorted(packages, key=_tests_last)) if name in known), "")
    return Here(
        log=shlex.quote(min(logs)) if logs else plain.log,
        logs=shlex.quote(min(folders or logs)) if folders or logs else plain.logs,
        source=shlex.quote(source) if source else "." if python else plain.source,
        configured="logscrub.toml" in known,
    )


def _tests_last(name: str) -> tuple[bool, str]:
    return name in ("tests", "test"), name


def _parts(here: Here) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    log, logs, source, configured = here
    yield (
        "Keep them out of a service's logs",
        [
            ("logscrub.install()", "one line at its start"),
            (f"logscrub code {source}", "log calls that leak"),
            ("logscrub doctor myapp.logs:setup", "ways out still open"),
        ],
    )
    yield (
        "Find them in logs there are",
        [
            (f"logscrub scan {logs}", "what leaked where"),
            (f"logscrub watch {logs}", "as it is written"),
            (f"logscrub redact {log} -o clean.log", "a copy without it"),
        ],
    )
    yield (
        "Show an auditor evidence",
        [(f"logscrub comply {logs} --control pci-dss", "what was checked, by clause")],
    )
    yield (
        "Where to go on",
        [
            ("logscrub config show", "what logscrub.toml says")
            if configured
            else ("logscrub init", "a configuration for this project"),
            ("logscrub explain RULE", "what it finds, what to do"),
            ("logscrub --help", "all commands; each has --help"),
        ],
    )
