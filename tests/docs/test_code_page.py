"""``docs/code.md`` tells of every rule of the code auditor, and of no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_rule_has_a_row_and_every_row_a_rule() -> None:
    page = (ROOT / "docs" / "code.md").read_text("utf-8")
    rows = re.findall(r"^\| `(code\.[a-z-]+)` \|", page, re.MULTILINE)
    sources = [
        *(ROOT / "logscrub" / "code").rglob("*.py"),
        *(ROOT / "patterns" / "code").glob("*.toml"),
    ]
    rules = {rule for path in sources for rule in re.findall(r'"(code\.[a-z-]+)"', path.read_text("utf-8"))}
    assert sorted(rows) == sorted(rules)


def test_every_key_of_the_configuration_has_a_row() -> None:
    from logscrub.config import CodeSettings

    page = (ROOT / "docs" / "code.md").read_text("utf-8")
    rows = {
        key for line in re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE) for key in re.findall(r"`([\w-]+)`", line)
    }
    assert {name.replace("_", "-") for name in CodeSettings.__dataclass_fields__} <= rows


def test_every_option_but_those_of_the_screen_is_told() -> None:
    from logscrub.cli.code import code

    page = (ROOT / "docs" / "code.md").read_text("utf-8")
    options = {option for one in code.params for option in one.opts if option.startswith("--")}
    told = {*re.findall(r"--[a-z-]+", page), "--color", "--no-progress"}
    assert options - told == set()
