"""What a shell completes where it is neither an option nor a verb."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leave it to the shell to complete a file."""
    return [CompletionItem(incomplete, type="file")]


def directories(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leave it to the shell to complete a directory."""
    return [CompletionItem(incomplete, type="dir")]


def rule_ids(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete ids of rules, of those that ship with logscrub and of installed packs."""
    from logscrub.rules import load_rules

    return [CompletionItem(one) for one in sorted(load_rules().ids()) if one.startswith(incomplete)]


def names_to_explain(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete whatever ``logscrub explain`` knows; clauses once the standard is written.

    Not so in bash, which takes a colon for the end of a word.
    """
    from logscrub.explain.names import clause_names, explained_names

    known = clause_names(incomplete) if ":" in incomplete else explained_names()
    return [CompletionItem(one) for one in sorted(known) if one.startswith(incomplete)]
