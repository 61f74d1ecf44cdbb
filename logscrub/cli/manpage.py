"""The manual page, made from the help of all commands (roff with the macros of man(7))."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from logscrub._version import __version__

_EXIT_CODES = (
    ("0", "Nothing was found, or the work is done."),
    ("1", "Something was found, of the severity of --fail-on or worse. --exit-zero turns this into 0."),
    ("2", "A command or a setting is wrong, or something could not be read."),
    ("130", "It was interrupted."),
)
_FILES = (
    ("logscrub.toml", "The configuration, nearest at or above the working directory."),
    ("pyproject.toml", "The same, in the table [tool.logscrub]."),
    ("~/.cache/logscrub", "Compiled rules, readable by their owner only."),
    ("*.key", "Beside a baseline or a ledger: the key of its fingerprints. Keep it where only your scans can read it."),
)
_ENVIRONMENT = (
    ("LOGSCRUB_KEY", "Key of tokens and fingerprints, at least 16 bytes, so that they hold for other runs too."),
    ("LOGSCRUB_SEAL_KEY", "Key of the action seal, at least 32 bytes."),
    ("LOGSCRUB_CACHE_DIR", "Another directory for compiled rules; empty: none are kept."),
    ("NO_COLOR, FORCE_COLOR, TERM", "Colours off, on, and off for a dumb terminal; --color comes before them."),
    ("COLUMNS", "Width of the help."),
)


def page(group: click.Group) -> str:
    """Return the manual page of a command with all its verbs.

    Args:
        group: the command.

    >>> import click
    >>> print(page(click.Group("demo", help="Do it.")).splitlines()[0][:14])
    .TH LOGSCRUB 1
    """
    return "\n".join(_lines(group)) + "\n"


def _lines(group: click.Group) -> Iterator[str]:
    context = click.Context(group, info_name="logscrub", **group.context_settings)
    about = (group.help or "").splitlines()[0].rstrip(".")
    yield f'.TH LOGSCRUB 1 "" "logscrub {__version__}" "User Commands"'
    yield from (".SH NAME", f"logscrub \\- {_text(about[:1].lower() + about[1:])}")
    yield ".SH SYNOPSIS"
    yield ".B logscrub"
    yield "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGS\\fR]..."
    yield ".SH OPTIONS"
    yield from _options(group, context)
    yield ".SH COMMANDS"
    for name in _listed(group, context):
        command = group.get_command(context, name)
        if command is not None:
            yield from _command(command, click.Context(command, info_name=name, parent=context))
    for heading, rows in (("EXIT STATUS", _EXIT_CODES), ("FILES", _FILES), ("ENVIRONMENT", _ENVIRONMENT)):
        yield f".SH {heading}"
        for label, text in rows:
            yield from (".TP", f"\\fB{_text(label)}\\fR", _text(text))


def _listed(group: click.Group, context: click.Context) -> list[str]:
    unlisted = getattr(group, "unlisted", ())
    return [name for name in group.list_commands(context) if name not in unlisted]


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield f'.SS "{_text(context.command_path)} {_text(usage)}"'
    yield from _help(command.help or "")
    yield from _options(command, context)
    if isinstance(command, click.Group):
        for name in _listed(command, context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _command(inner, click.Context(inner, info_name=name, parent=context))


def _help(text: str) -> Iterator[str]:
    """Write the paragraphs of a help text; those marked with a backspace stay as they are broken."""
    for paragraph in re.split(r"\n[ \t]*\n", text.strip()):
        lines = [line.strip() for line in paragraph.strip().splitlines()]
        yield ".PP"
        if lines and lines[0] == "\b":
            yield from (".nf", *(_text(line) for line in lines[1:]), ".fi")
        else:
            yield from map(_text, lines)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for param in command.get_params(context):
        record = param.get_help_record(context) if isinstance(param, click.Option) else None
        if record is not None and ("--help" not in param.opts or context.parent is None):
            names, text = record
            yield from (".TP", f"\\fB{_text(names)}\\fR", _text(" ".join(text.split())) or "\\&")


def _text(text: str) -> str:
    r"""Write text so that it is text for roff: no macro at its beginning, and signs as they were.

    >>> print(_text(".TH it's --a\\b"))
    \&.TH it\(aqs \-\-a\(rsb
    """
    safe = text.replace("\\", "\\(rs").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    safe = safe.replace("^", "\\(ha").replace("~", "\\(ti").replace('"', "\\(dq").replace("…", "...")
    return f"\\&{safe}" if safe.startswith(".") else safe
