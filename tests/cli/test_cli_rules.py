"""``logscrub rules`` and ``logscrub config``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import PACK, Run


def test_the_rules_in_effect_are_listed(run: Run) -> None:
    done = run("rules", "list")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["ID", "SEVERITY", "CATEGORY", "TITLE"]
    assert sorted(line.split()[0] for line in lines[1:] if line) == ["password", "pem-private-key", "test-token"]
    assert done.err.strip() == "3 rules"


def test_all_rules_can_be_listed_for_a_program(run: Run) -> None:
    rules = json.loads(run("rules", "list", "--select", "all", "--format", "json").out)
    assert len(rules) > 50
    (ours,) = [rule for rule in rules if rule["id"] == "test-token"]
    assert (ours["severity"], ours["category"], ours["tags"]) == ("high", "secret.test", ["cwe-532"])


def test_a_rule_is_explained_whether_it_is_in_effect_or_not(run: Run) -> None:
    Path("logscrub.toml").write_text('packs = ["pack.toml"]\nselect = ["password"]\n')
    out = run("rules", "show", "test-token").out
    assert "title:           Test token" in out
    assert "pack.toml" in out
    assert json.loads(run("rules", "show", "password", "--format", "json").out)["id"] == "password"


@pytest.fixture
def both_packs() -> None:
    """A good pack and a bad one in the configuration: all rules together are compiled, which takes seconds, once."""
    bad = PACK.replace("test-token", "bad-token").replace("tst_", "bad_").replace('["bad_ab12cd34"]', '["bad_"]')
    Path("bad.toml").write_text(bad)
    Path("logscrub.toml").write_text('packs = ["pack.toml", "bad.toml"]\n')


@pytest.mark.usefixtures("both_packs")
def test_rules_that_hold_are_said_to(run: Run) -> None:
    done = run("rules", "check", "pack.toml")
    assert (done.code, done.err) == (0, "all rules hold\n")


@pytest.mark.usefixtures("both_packs")
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_rule_that_does_not_hold_is_an_error(run: Run, form: str) -> None:
    done = run("rules", "check", "bad.toml", "--format", form)
    assert done.code == 1
    if form == "json":
        assert [(one["rule"], one["kind"], one["error"]) for one in json.loads(done.out)] == [
            ("bad-token", "example", True)
        ]
    else:
        assert "/bad.toml: bad-token: example:" in done.out.partition("error: ")[2]


def test_a_pack_that_cannot_be_loaded_is_an_error(run: Run) -> None:
    Path("bad.toml").write_text(PACK.replace("regex", "regx"))
    done = run("rules", "check", "bad.toml")
    assert done.code == 2
    assert "bad.toml" in done.err


def test_the_configuration_is_shown_and_the_key_is_not(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGSCRUB_KEY", "0123456789abcdefSECRET")
    for form in ("text", "json"):
        out = run("config", "show", "--format", form).out
        assert "test-token" in out
        assert "logscrub.toml" in out
        assert "SECRET" not in out
    assert json.loads(run("config", "show", "--format", "json").out)["key"] is True


def test_the_text_form_is_a_configuration_that_says_the_same(run: Run) -> None:
    Path("logscrub.toml").write_text('select = ["secret"]\nmin-severity = "high"\nactions = {pii = "token"}\n')
    before = run("config", "show").out
    Path("logscrub.toml").write_text(before)
    assert run("config", "show").out == before


def test_isolated_means_no_configuration_file(run: Run) -> None:
    assert json.loads(run("config", "show", "--isolated", "--format", "json").out)["path"] is None
