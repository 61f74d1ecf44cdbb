"""The command line: one file per verb, none of them with logic of its own."""

from __future__ import annotations

from logscrub.cli.app import cli, main

__all__ = ["cli", "main"]
