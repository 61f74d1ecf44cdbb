"""``logscrub explain``, and the advice it gives."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path

import pytest

from logscrub import policy
from logscrub.explain import explain, explained_names
from logscrub.explain.advice import advice, clause_words, code_rules
from logscrub.report.explanation import write_text
from logscrub.report.options import Options
from logscrub.rules import load, load_rules, packs
from logscrub.rules.packs import builtin_directory

from .conftest import Run

LOG = "2026-03-04 09:00:00 INFO shop: login password=hunter2-correct-horse token tst_ab12cd34\n"
SECRETS = ("hunter2", "tst_ab12cd34")


def explained(run: Run, *words: str) -> dict[str, object]:
    done = run("explain", *words, "--format", "json")
    assert (done.code, done.err) == (0, "")
    document = json.loads(done.out)
    assert document["schema"] == "logscrub/explain/1"
    (one,) = document["explanations"]
    return one


def test_a_rule_is_explained(run: Run) -> None:
    done = run("explain", "github-token", "--isolated")
    assert (done.code, done.err) == (0, "")
    for heading in ("What it is", "Why it matters", "What it finds", "What to do now", "If it is no matter"):
        assert f"\n{heading}\n" in done.out
    assert "GitHub → Settings" in done.out
    assert "CWE-532: sensitive data in a log file" in done.out
    assert 'ignore = ["github-token"]' in done.out
    assert max(map(len, done.out.splitlines()[:20])) <= 100


def test_a_rule_of_a_pack_of_ones_own_is_explained_with_its_examples(run: Run) -> None:
    one = explained(run, "test-token")
    assert one["examples"] == ["tst_ab12cd34"]
    assert one["counterexamples"] == ["tst_short"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("password", "key name"),
        ("known-value", "rule"),
        ("secret.token", "category"),
        ("pii", "category"),
        ("code.secret-in-log", "code rule"),
        ("pci-dss", "control"),
        ("pci-dss:3.3.1", "clause"),
    ],
)
def test_whatever_has_a_name_is_explained(name: str, kind: str, run: Run) -> None:
    one = explained(run, name, "--isolated")
    assert (one["name"], one["kind"]) == (name, kind)
    assert one["what"] or one["finds"]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("githb-token",), "did you mean github-token"),
        (("pci",), "did you mean pci-dss"),
        (("pci-dss:3.3.7",), "did you mean pci-dss:3.3.1"),
        (("13c4ad31",), "logscrub explain 13c4ad31 --in report.json"),
        (("13c4ad31", "--in", "missing.json"), "missing.json: cannot be read: No such file"),
        (("13c4ad31", "--in", "pack.toml"), "pack.toml: is no report"),
        (("13c4ad31", "--ledger", "missing.ledger"), "no such ledger; make one with"),
        (("13c4ad31", "--ledger", "pack.toml"), "pack.toml: is no ledger"),
        (("13c4ad31", "--in", "other.json"), "is of the kind 'logscrub/doctor/1'"),
    ],
)
def test_what_has_no_name_gets_a_suggestion(words: tuple[str, ...], hint: str, run: Run) -> None:
    Path("other.json").write_text('{"schema": "logscrub/doctor/1", "findings": []}')
    done = run("explain", *words)
    assert (done.code, done.out) == (2, "")
    assert hint in done.err


@pytest.fixture
def reports(run: Run) -> list[dict[str, object]]:
    """A log was scanned into a report, JSON lines and a ledger."""
    Path("app.log").write_text(LOG)
    done = run("scan", "app.log", "-q", "--format", "json=r.json", "--format", "jsonl=r.jsonl", "--ledger", "l.ledger")
    assert done.code == 1
    findings: list[dict[str, object]] = json.loads(Path("r.json").read_text())["findings"]
    return findings


@pytest.mark.parametrize("source", [("--in", "r.json"), ("--in", "r.jsonl"), ("--ledger", "l.ledger")])
def test_a_finding_is_looked_up_by_the_beginning_of_its_id(
    source: tuple[str, str], run: Run, reports: list[dict[str, object]]
) -> None:
    for finding in reports:
        one = explained(run, str(finding["id"])[:6], *source)
        assert (one["name"], one["kind"]) == (finding["id"], "finding")
        assert "logscrub trace app.log --source SRC" in one["commands"]
        assert one["now"]
        assert not any(secret in json.dumps(one) for secret in SECRETS)


def test_a_finding_comes_with_the_entry_that_makes_it_known(run: Run, reports: list[dict[str, object]]) -> None:
    for finding in reports:
        one = explained(run, str(finding["id"]), "--in", "r.json")
        Path("known.json").write_text(
            json.dumps(
                {
                    "schema": "logscrub/log-baseline/1",
                    "key_id": json.loads(Path("r.json").read_text())["key_id"],
                    "findings": [json.loads(one["entry"][0])],
                }
            )  # type: ignore[index]
        )
        Path("known.json.key").write_bytes(Path("l.ledger.key").read_bytes())
        left = json.loads(run("scan", "app.log", "--baseline", "known.json", "--format", "json").out)
        assert [one["finding"]["id"] for one in left["suppressed"]] == [finding["id"]]


def test_a_report_is_explained_as_a_whole(run: Run, reports: list[dict[str, object]]) -> None:
    done = run("explain", "r.json")
    assert done.code == 0
    assert all(f"finding {one['id']}\n" in done.out for one in reports)
    findings = [{**reports[0], "id": f"{number:016x}"} for number in range(20)]
    Path("many.json").write_text(json.dumps({"schema": "logscrub/scan/1", "findings": findings}))
    done = run("explain", "many.json")
    assert done.code == 2
    assert len(done.out.splitlines()) == 20
    assert "has 20 findings; name one of them" in done.err
    assert "begins several ids" in run("explain", "0000", "--in", "many.json").err


def test_a_finding_in_source_is_explained(run: Run) -> None:
    Path("orders.py").write_text("import logging\nlogging.info('%s', password)\n")
    run("code", "orders.py", "-q", "--format", "json=c.json", "--no-cache")
    one = explained(run, "c.json")
    assert one["kind"] == "finding in code"
    assert one["about"]["at"] == "orders.py:2"  # type: ignore[index]
    assert "mask" in one["now"][0]  # type: ignore[index]


def test_what_a_report_says_cannot_act_on_the_terminal(run: Run) -> None:
    finding = {
        "id": "00ff00ff",
        "rule": "x\x1b[2J",
        "title": "\u202ea",
        "first": {"path": "a\nb", "line": 1},
        "tags": [1, "\x07"],
    }
    Path("evil.json").write_text(json.dumps({"schema": "logscrub/scan/1", "findings": [finding, 7]}))
    out = run("explain", "evil.json").out
    assert not set(out) & {"\x1b", "\x07", "\u202e"}
    assert "a\\nb:1" in out


def test_every_name_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each explanation reads the packs anew, which one process does not do a thousand times.
    for module, name in ((policy, "load_rules"), (packs, "find_packs"), (load, "load_examples")):
        monkeypatch.setattr(module, name, cache(getattr(module, name)))
    shown = {rule.id for rule in load_rules().everything()}
    for name in explained_names():
        one = explain(name)
        assert one.name == name
        parts = {section.name for section in one.sections}
        assert name not in shown or parts >= {"what", "why", "finds", "now"}, name


def test_every_category_and_rule_of_code_has_advice() -> None:
    root = builtin_directory()
    written = {
        one["category"] for one in tomllib.loads((root / "advice" / "categories.toml").read_text("utf-8"))["advice"]
    }
    categories = {rule.category for rule in load_rules().everything()}
    for category in (*categories, *written):
        assert all(advice(category)), category
    known = "\n".join(path.read_text("utf-8") for path in (root.parent / "logscrub" / "code").rglob("*.py"))
    assert all(f'"{one.rule}"' in known for one in code_rules())


def test_every_tag_is_put_in_words_and_every_issuer_has_a_rule() -> None:
    rules = load_rules()
    tags = {tag for rule in rules.everything() for tag in rule.tags}
    assert {tag for tag in tags if clause_words(tag) == tag} == set()
    issuers = tomllib.loads((builtin_directory() / "advice" / "issuers.toml").read_text("utf-8"))["issuers"]
    assert [one for one in issuers if not any(rule == one or rule.startswith(f"{one}-") for rule in rules.ids())] == []


def test_explanations_fit_narrow_screens(run: Run) -> None:
    import io

    for width in (40, 60, 200):
        out = io.StringIO()
        write_text([explain("github-token")], out, Options(color=False, width=width))
        assert max(map(len, out.getvalue().splitlines())) <= min(width, 180)
