"""``logscrub baseline``, and ``logscrub scan`` with a baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run

LINE = "2024-01-02 03:04:05 INFO token tst_ab12cd34\n"
OTHER = LINE.replace("tst_ab12cd34", "tst_zz12cd34")


@pytest.fixture(autouse=True)
def log() -> None:
    Path("app.log").write_text(LINE)


def hand(*entries: dict[str, str]) -> None:
    Path("known.json").write_text(json.dumps({"schema": "logscrub/log-baseline/1", "findings": entries}))


def entries() -> list[dict[str, str]]:
    read: dict[str, Any] = json.loads(Path("known.json").read_text())
    found: list[dict[str, str]] = read["findings"]
    return found


def test_only_what_is_new_counts(run: Run) -> None:
    done = run("scan", "app.log", "--write-baseline", "known.json")
    assert (done.code, done.out) == (0, "no findings in 1 file, 1 line, 44 bytes; 1 suppressed\n")
    assert done.err.startswith("made known.json.key: who has it and the baseline can try guesses;")
    assert done.err.endswith("\nwrote 1 finding to known.json\n")
    assert "ab12cd34" not in Path("known.json").read_text()
    done = run("scan", "app.log", "--baseline", "known.json")
    assert (done.code, done.err) == (0, "")
    Path("app.log").write_text(LINE.rstrip() + " " + OTHER)
    done = run("scan", "app.log", "--baseline", "known.json", "--format", "json")
    found = json.loads(done.out)
    assert done.code == 1
    assert [(one["status"], one["first"]["column"]) for one in found["findings"]] == [("new", 76)]
    assert found["summary"]["suppressed"] == 1
    assert run("scan", "app.log").code == 1


def test_the_configuration_may_name_it(run: Run) -> None:
    with Path("logscrub.toml").open("a") as stream:
        stream.write('baseline = "known.json"\n')
    assert run("scan", "app.log").err.endswith("/known.json: cannot be read: No such file or directory\n")
    assert run("scan", "app.log", "--write-baseline", "known.json").code == 0
    assert run("scan", "app.log").code == 0
    assert run("scan", "app.log", "--isolated", "--rules", "pack.toml", "--select", "test-token").code == 1
    assert '/known.json"\n' in run("config", "show").out.partition("baseline = ")[2]


def test_writing_it_anew_keeps_reasons_and_drops_what_is_gone(run: Run) -> None:
    Path("app.log").write_text(LINE + OTHER)
    run("scan", "app.log", "--write-baseline", "known.json")
    text = Path("known.json").read_text().replace("known when the baseline was written", "looked at")
    Path("known.json").write_text(text)
    Path("app.log").write_text(LINE + LINE.replace("tst_ab12cd34", "tst_new2cd34"))
    done = run("scan", "app.log", "--write-baseline", "known.json")
    assert (done.code, done.err) == (0, "wrote 2 findings to known.json\n")
    assert sorted(one["reason"] for one in entries()) == ["known when the baseline was written", "looked at"]


def test_entries_by_hand_need_no_key(run: Run) -> None:
    hand({"rule": "test-token", "path": "app.log", "reason": "made up for the tests"})
    assert run("scan", "app.log", "--baseline", "known.json").code == 0
    assert not Path("known.json.key").exists()
    hand({"rule": "test-tokn", "path": "app.log", "reason": "made up"})
    done = run("scan", "app.log", "--baseline", "known.json")
    assert done.code == 2
    assert "known.json: test-tokn in app.log: rule: no rule is called 'test-tokn'; did you mean test-token" in done.err
    hand({"rule": "test-token", "pth": "app.log", "reason": "made up"})
    done = run("scan", "app.log", "--baseline", "known.json")
    assert done.err == "error: known.json: findings[0]: pth: is not a key of a finding; did you mean 'path'?\n"


def test_what_ran_out_counts_again_and_is_told(run: Run) -> None:
    hand({"rule": "test-token", "path": "app.log", "reason": "until the move", "expires": "2020-01-31"})
    done = run("scan", "app.log", "--baseline", "known.json")
    told = "known.json: test-token in app.log expired on 2020-01-31: 1 finding counts again"
    assert done.code == 1
    assert told in done.out
    done = run("scan", "app.log", "--baseline", "known.json", "--format", "json")
    assert json.loads(done.out)["expired"] == [told]
    assert done.err == f"warning: {told}\n"


def test_what_matches_nothing_is_told_and_taken_out_on_demand(run: Run) -> None:
    Path("app.log").write_text(LINE + OTHER)
    run("scan", "app.log", "--write-baseline", "known.json")
    Path("app.log").write_text(LINE)
    done = run("scan", "app.log", "--baseline", "known.json")
    assert done.code == 0
    assert done.err.startswith("remark: known.json: test-token ")
    assert done.err.endswith(
        ": nothing matches it\nremark: known.json: --prune-baseline takes out what matches nothing\n"
    )
    assert run("scan", "app.log", "--baseline", "known.json", "--select", "password").err == ""
    assert run("scan", "app.log", "--baseline", "known.json", "-q").err == ""
    done = run("scan", "app.log", "gone.log", "--baseline", "known.json", "--prune-baseline")
    assert (done.code, len(entries())) == (2, 2)
    assert "warning: known.json: not pruned, since not everything was read\n" in done.err
    done = run("scan", "app.log", "--baseline", "known.json", "--prune-baseline")
    assert (done.code, done.err, len(entries())) == (0, "took 1 finding out of known.json\n", 1)


def test_a_key_that_is_missing_or_another_is_an_error_with_the_way_out(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("scan", "app.log", "--write-baseline", "known.json")
    key = Path("known.json.key").read_text()
    Path("known.json.key").unlink()
    done = run("scan", "app.log", "--baseline", "known.json")
    assert done.code == 2
    assert done.err.startswith("error: known.json.key: is missing, the key that known.json was written with: put it")
    assert not Path("known.json.key").exists()
    assert run("scan", "app.log", "--write-baseline", "known.json").code == 2
    monkeypatch.setenv("LOGSCRUB_KEY", key.strip())
    assert run("scan", "app.log", "--baseline", "known.json").code == 0
    monkeypatch.setenv("LOGSCRUB_KEY", "another key of the same length")
    done = run("scan", "app.log", "--baseline", "known.json")
    assert done.code == 2
    assert "and that of the configuration (key-file, LOGSCRUB_KEY) is another" in done.err
    monkeypatch.delenv("LOGSCRUB_KEY")
    Path("known.json.key").write_text("0" * 64)
    assert "and that of known.json.key is another" in run("scan", "app.log", "--baseline", "known.json").err


@pytest.mark.parametrize("first", ["ledger", "baseline"])
def test_a_ledger_beside_it_has_the_same_key(run: Run, first: str) -> None:
    ledger, new = ("--ledger", "logs.ledger"), ("--write-baseline", "known.json")
    run("scan", "app.log", *(ledger if first == "ledger" else new))
    assert run("scan", "app.log", *ledger, *new).code == 0
    assert run("scan", "app.log", *ledger, "--baseline", "known.json").code == 0
    assert run("scan", "app.log", *ledger).code == 1
    assert Path("logs.ledger.key").read_bytes() == Path("known.json.key").read_bytes()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--prune-baseline",), "--prune-baseline needs --baseline FILE"),
        (("--write-baseline", "a", "--prune-baseline"), "--write-baseline leaves out what is gone by itself"),
    ],
)
def test_options_that_do_not_go_together(run: Run, options: tuple[str, ...], problem: str) -> None:
    done = run("scan", "app.log", *options)
    assert done.code == 2
    assert problem in done.err


def test_values_beyond_the_limit_are_not_written(run: Run) -> None:
    Path("app.log").write_text("".join(LINE.replace("ab12cd34", f"{number:08}") for number in range(10_001)))
    done = run("scan", "app.log", "--write-baseline", "known.json")
    assert done.code == 1
    assert "warning: known.json: values beyond the first 10,000 of test-token are not in it" in done.err


def test_the_verb_checks_and_lists(run: Run) -> None:
    run("scan", "app.log", "--write-baseline", "known.json")
    done = run("baseline", "known.json")
    assert done.code == 0
    first, last = done.out.splitlines()
    assert first.startswith("test-token tst_… (12), seen in app.log  known when the baseline was written")
    assert last == "1 finding"
    hand(
        {"rule": "test-token", "path": "a/**", "reason": "\x1b[2Jtests", "expires": "2020-01-31", "by": "jo"},
        {"rule": "password", "key": "", "path": "b", "reason": "tests", "expires": "9999-12-31"},
    )
    done = run("baseline", "known.json")
    assert done.code == 1
    assert done.out.splitlines() == [
        "password without a key name in b  until 9999-12-31  tests",
        "test-token in a/**  expired on 2020-01-31  \\x1b[2Jtests (jo)",
        "2 findings, 1 of them expired",
    ]
    listed = json.loads(run("baseline", "known.json", "--format", "json").out)
    assert [(one["rule"], one["key"], one["expired"]) for one in listed] == [
        ("password", "", False),
        ("test-token", None, True),
    ]
    hand({"rule": "nothing-such", "path": "b", "reason": "tests"})
    done = run("baseline", "known.json")
    assert (done.code, done.out) == (2, "")
    assert "'logscrub rules list' shows them" in done.err
