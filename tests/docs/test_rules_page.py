"""``docs/rules.md`` is what the packs say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from logscrub.cli import main

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "rules.md"
COMMAND = "logscrub rules list --isolated --select all --select presidio --format markdown"


def test_the_page_on_rules_is_that_of_the_packs(capsys: pytest.CaptureFixture[str]) -> None:
    """LOGSCRUB_REGEN=1 writes it."""
    assert main(COMMAND.split()[1:]) == 0
    page = capsys.readouterr().out
    if os.environ.get("LOGSCRUB_REGEN"):
        PAGE.write_text(page, "utf-8")
    # Not compared by assert: nobody can read the difference of two pages of a thousand lines.
    if page != PAGE.read_text("utf-8"):
        written, made = PAGE.read_text("utf-8").splitlines(), page.splitlines()
        first = next((new for old, new in zip(written, made) if old != new), "only the end differs")
        pytest.fail(f"the packs have changed: {COMMAND} > docs/rules.md\nfirst difference: {first}", pytrace=False)


def test_every_rule_has_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    from logscrub.rules import builtin_rules

    main(COMMAND.split()[1:])
    rows = [line.split("`")[1] for line in capsys.readouterr().out.splitlines() if line.startswith("| `")]
    rules = builtin_rules()
    assert sorted(rows) == sorted([*rules.ids(), *(one.id for one in rules.benign)])
