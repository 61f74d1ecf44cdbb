"""``[[presidio]]`` tables: read as data, refused with a reason, run only where they are selected."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from logscrub.detect import Detector
from logscrub.errors import ConfigError, MissingExtraError, PackError
from logscrub.policy import Policy
from logscrub.rules import builtin_rules
from logscrub.rules.check import check_rules
from logscrub.rules.load import load
from logscrub.rules.packs import Pack, find_packs
from logscrub.rules.stored import _decode, _encode

TABLE = """
[[presidio]]
id = "acme-ssn"
title = "SSN"
category = "pii.national-id"
severity = "high"
recognizer = "UsSsnRecognizer"
examples = ["ssn 219-45-6789"]
counterexamples = ["ssn 219-45"]
"""


def read(text: str) -> Pack:
    return Pack("acme.toml", text.encode())


@pytest.fixture
def without_presidio(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra were not installed."""
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)


def test_a_table_becomes_a_recognizer() -> None:
    extra = (
        'min_score = 0.4\ncontext = ["ssn"]\noptions = {supported_regions = ["PH"], leniency = 1}\naction = "token"\n'
    )
    (one,) = load([read(TABLE + extra)]).rules.recognizers
    assert (one.id, one.default, one.min_score, one.context) == ("acme-ssn", False, 0.4, ("ssn",))
    assert one.options == (("leniency", 1), ("supported_regions", ["PH"]))
    assert (one.action, one.source) == ("token", "acme.toml")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ('recognizer = "no such:thing!"', "key 'recognizer': must be"),
        ("min_score = 2.0", "key 'min_score': must be 0 to 1"),
        ('context = "ssn"', "key 'context': must be a list"),
        ("options = {when = 2024-01-01}", "key 'options': 'when' must be"),
        ("trigger = '('", "key 'trigger': does not parse"),
        ("regex = 'x'", "key 'regex': unknown key; allowed are"),
        ('confidence = "low"', "confidence"),
        ('severity = "loud"', "key 'severity'"),
    ],
)
def test_a_wrong_table_is_refused(change: str, says: str) -> None:
    """By file, rule and key."""
    key = change.partition(" ")[0]
    lines = [line for line in TABLE.splitlines() if not line.startswith(f"{key} ")]
    with pytest.raises(PackError, match="acme.toml: rule 'acme-ssn'") as refused:
        load([read("\n".join([*lines, change]))])
    assert says in str(refused.value)


def test_the_cache_keeps_them() -> None:
    rules = load([read(TABLE + 'context = ["ssn"]\noptions = {a = [1, "b"]}\n')]).rules
    assert _decode(_encode(rules)) == rules


@pytest.mark.parametrize(
    ("select", "count"),
    [
        (("default",), 0),
        (("all",), 0),
        (("pii",), 0),
        (("presidio-us-ssn",), 1),
        (("default", "presidio-us-ssn", "presidio-iban"), 2),
        (("presidio",), len(builtin_rules().recognizers)),
    ],
)
def test_only_their_own_names_select_them(select: tuple[str, ...], count: int) -> None:
    """Never by the way: they need an extra and claim much that is nothing."""
    assert len(Policy(select=select).rules().recognizers) == count


def test_they_can_be_left_out_and_given_actions() -> None:
    policy = Policy(select=("presidio",), ignore=("financial", "presidio-url"), actions={"presidio": "drop"})
    rules = policy.rules()
    assert rules.recognizers
    assert not [one for one in rules.recognizers if one.category.startswith("financial")]
    assert set(policy.action_table(rules).values()) >= {"drop"}
    with pytest.raises(ConfigError, match="presidio-us-ssm"):
        Policy(select=("presidio-us-ssm",)).rules()


@pytest.mark.usefixtures("without_presidio")
def test_selecting_one_without_the_extra_names_the_extra() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'logscrub\[pii\]'") as missing:
        Detector(Policy(select=("presidio-us-ssn",)).rules())
    assert "presidio-us-ssn" in str(missing.value)
    assert missing.value.exit_code == 2


@pytest.mark.usefixtures("without_presidio")
def test_without_the_extra_the_rest_works_and_checking_says_what_is_skipped() -> None:
    Detector(Policy(select=("password",)).rules())
    assert len(builtin_rules().recognizers) > 90
    problems = check_rules(load([read(TABLE)]))
    assert [(one.kind, one.is_error) for one in problems] == [("skipped", False)]
    assert "1 recognizers are not checked" in problems[0].message
    assert "logscrub[pii]" in problems[0].message


def test_checking_proves_their_examples() -> None:
    pytest.importorskip("presidio_analyzer", reason="needs logscrub[pii]")
    assert check_rules(load([read(TABLE)])) == []
    wrong = TABLE.replace("ssn 219-45-6789", "nothing").replace('"ssn 219-45"', '"ssn 219-45-6780"')
    assert [one.kind for one in check_rules(load([read(wrong)]))] == ["example", "counterexample"]
    (missing,) = check_rules(load([read(TABLE.replace("UsSsnRecognizer", "UsSsnReconizer"))]))
    assert missing.kind == "recognizer"
    assert "did you mean UsSsnRecognizer" in missing.message


def test_the_pack_that_ships_holds() -> None:
    pytest.importorskip("presidio_analyzer", reason="needs logscrub[pii]")
    everything = load(find_packs(plugins=False))
    alone = replace(everything.rules, rules=(), fields=(), benign=())
    own = {one.id for one in alone.recognizers}
    examples = [one for one in everything.examples if one.owner in own]
    assert check_rules(replace(everything, rules=alone, examples=examples)) == []


def test_a_pack_is_read_and_not_run(tmp_path: Path) -> None:
    """Naming a module imports it only once the rule is selected."""
    (tmp_path / "acme_code.py").write_text("raise SystemExit('imported')\n")
    (tmp_path / "acme.toml").write_text(TABLE.replace("UsSsnRecognizer", "acme_code:Mine"))
    program = """
import sys
from logscrub.detect import Detector
from logscrub.policy import Policy
Detector(Policy(select=("password",), packs=("acme.toml",)).rules())
assert "acme_code" not in sys.modules and "presidio_analyzer" not in sys.modules and "spacy" not in sys.modules
"""
    path = os.pathsep.join([str(tmp_path), *(one for one in sys.path if one)])
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_plain_scan_loads_nothing_of_presidio(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("password=hunter2 the customer called from home\n")
    program = """
import sys
from logscrub.audit import scan
from logscrub.policy import Policy
assert scan(["app.log"], policy=Policy(select=("password",))).findings
print(*(n for n in sys.modules if n.partition(".")[0] in ("presidio_analyzer", "spacy") or n.startswith("logscrub.presidio")))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr
