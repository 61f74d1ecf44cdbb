"""A click group whose verbs are imported when they are used, so that ``--help`` and ``--version`` are fast."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from importlib import import_module
from typing import Any

import click


class NoSuchVerb(click.UsageError):
    """A verb that there is not.

    Args:
        name: what was asked for.
        known: the verbs there are.
        ctx: of the group.
    """

    def __init__(self, name: str, known: Collection[str], ctx: click.Context) -> None:
        self.name = name
        self.close = difflib.get_close_matches(name, known)
        hint = f" Did you mean {' or '.join(map(repr, self.close))}?" if self.close else ""
        super().__init__(f"No such command {name!r}.{hint}", ctx)


class LazyGroup(click.Group):
    """A group that knows its verbs by name.

    Args:
        verbs: verb → (``module:attribute``, the line about it in the help).
        unlisted: verbs that the help and completion leave out.
    """

    def __init__(
        self, *args: Any, verbs: dict[str, tuple[str, str]], unlisted: Collection[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.verbs = verbs
        self.unlisted = unlisted

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the verbs in the order they were given."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb."""
        if cmd_name not in self.verbs:
            return None
        module, _, name = self.verbs[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a verb; name those close to it if there is none."""
        name = args[0]
        if name not in self.verbs and not name.startswith("--") and not ctx.resilient_parsing:
            raise NoSuchVerb(name, [verb for verb in self.verbs if verb not in self.unlisted], ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, about in self._listed()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[click.shell_completion.CompletionItem]:
        """Complete the verbs without importing them, and the options."""
        item = click.shell_completion.CompletionItem
        found = [item(name, help=about) for name, about in self._listed() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def _listed(self) -> list[tuple[str, str]]:
        return [(name, about) for name, (_, about) in self.verbs.items() if name not in self.unlisted]
