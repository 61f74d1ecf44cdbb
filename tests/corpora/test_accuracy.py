"""The benchmark that measures accuracy, on cases of our own: what counts as found, as flagged and as listed."""

from __future__ import annotations

import doctest
import gzip
import sys
from functools import cache
from pathlib import Path
from typing import Any

import _corpora as corpora
import _disagreements as disagreements
import accuracy
import pytest
from _tools import Found, Logscrub

from logscrub.rules import load_rules

KEY = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"


def row(expect: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "source": "ours",
        "rule": "demo",
        "text": text,
        "expect": expect,
        "scope": "rule",
        "origin": "literal",
        **more,
    }


@cache
def ours() -> Logscrub:
    return Logscrub("default")


def kind_of(one: dict[str, Any]) -> str | None:
    found = accuracy.disagree(ours(), accuracy.judge(ours(), [one]))
    return found[0].kind if found else None


@pytest.mark.parametrize("module", [corpora, disagreements], ids=lambda module: module.__name__)
def test_the_examples_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


def test_a_neighbour_of_the_secret_does_not_count() -> None:
    one = row("match", "token=abc next=0123456789", secret="0123456789")
    assert not corpora.is_found(one, [Found(6, 9, "token", True, False)])
    assert corpora.is_found(one, [Found(16, 25, "token", True, False)])
    assert not corpora.is_found(one, [Found(15, 25, "phone", False, True)]), "personal data is no secret"


def test_what_flags_a_row_is_told_apart() -> None:
    one = row("no_match", "x", rule="acme-token")
    assert corpora.flags(one, [Found(0, 1, "api-key", True, False)]) == corpora.Flags(True, False, False)
    assert corpora.flags(one, [Found(0, 1, "slack-token", True, True)]) == corpora.Flags(True, True, False)
    assert corpora.flags(one, [Found(0, 1, "acme-key", True, True)]) == corpora.Flags(True, True, True)


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (row("match", "password=Zk3v9QpLx7"), None),
        (row("match", "https://build.internal.example.org"), "identifier-not-secret"),
        (row("match", "connect -u $USER"), "variable-not-value"),
        (row("match", "the word is swordfish, said the guard"), ""),
        (row("no_match", "all is well"), None),
        (row("no_match", "api_key=Zk3v9QpLx7TbW2mNf8Rd"), "generic-key"),
        (row("no_match", f"charge with {KEY} now", rule="acme-key"), "other-kind"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_disagreements_are_classed(one: dict[str, Any], kind: str | None) -> None:
    assert kind_of(one) == kind


def test_listed_rows_stay_in_the_figures(tmp_path: Path) -> None:
    judged = accuracy.judge(ours(), [row("no_match", "api_key=Zk3v9QpLx7TbW2mNf8Rd"), row("no_match", "all is well")])
    path = tmp_path / "list.jsonl"
    assert disagreements.save(path, accuracy.disagree(ours(), judged)) == 1
    assert "Zk3v9QpLx7" not in path.read_text()
    shares = accuracy.secret_shares(judged, disagreements.load(path))["all"]
    assert str(shares["flagged by any"]) == "1 of 2 (50.0 %)"
    assert str(shares["flagged, listed"]) == "1 of 1 (100.0 %)"


def test_personal_data_is_judged_by_the_rules_of_its_entity() -> None:
    suite = {"suite": "presidio", "recognizer": "R", "entity": "EMAIL_ADDRESS", "kind": "analyze"}
    cases, left_out = corpora.personal_cases(
        [
            {**suite, "text": "to jane@example.org", "expect_spans": [[3, 19]]},
            {**suite, "text": "nobody", "expect_spans": []},
            {**suite, "text": "odd", "expect_spans": None},
        ]
    )
    assert left_out == 1
    shares = accuracy.personal_shares(ours(), cases, lambda name: frozenset({"email"}))["presidio"]
    assert (str(shares["found"]), str(shares["flagged"])) == ("1 of 1 (100.0 %)", "0 of 1 (0.0 %)")


def test_every_rule_that_stands_for_an_entity_exists() -> None:
    known = set(load_rules().ids())
    table = corpora.Entities.read().table
    assert {rule for rules, _ in table.values() for rule in rules} - known == set()


def test_logs_are_read_from_packed_files_too(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("one\ntwo\n")
    (tmp_path / "b.log.1").write_bytes(gzip.compress(b"three\n"))
    (tmp_path / "c.bin").write_bytes(b"\0\1\2")
    (tmp_path / ".hidden").write_text("no")
    assert list(accuracy.log_lines(tmp_path)) == ["one", "two", "three"]
    assert accuracy.sample(tmp_path, 1) == (["one"], 3)


def test_only_what_stands_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{accuracy.BEGIN}\nold\n{accuracy.END}\nafter\n")
    accuracy.update(page, ["new"])
    assert page.read_text() == f"before\n{accuracy.BEGIN}\n\nnew\n\n{accuracy.END}\nafter\n"


def test_a_peer_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("presidio_analyzer", "detect_secrets", "detect_secrets.core.scan"):
        monkeypatch.setitem(sys.modules, name, None)
    _, tables, notes = accuracy.run(tmp_path / "nowhere", [], 10)
    assert tables == []
    assert "detect-secrets: not installed; Presidio: not installed." in notes[0]
    assert "not measured" in notes[1]


def test_the_page_on_accuracy_has_the_definitions_of_the_benchmark() -> None:
    page = (corpora.ROOT / "docs" / "accuracy.md").read_text("utf-8")
    assert accuracy.DEFINITIONS in page
    assert page.index(accuracy.BEGIN) < page.index(accuracy.END)
