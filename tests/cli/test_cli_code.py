"""``logscrub code``."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from logscrub.code.model import CodeResult
from logscrub.errors import ConfigError
from logscrub.model import Severity

from .conftest import Run

LEAK = """\
import logging

log = logging.getLogger(__name__)


def login(user, password):
    log.info("login with %s", password)
    return user
"""
CLEAN = LEAK.replace('"login with %s", password', '"login of %d users", count').replace("password", "count")


@pytest.fixture(autouse=True)
def project() -> None:
    """A module that leaks, a module that does not, and no configuration."""
    Path("logscrub.toml").unlink()
    Path("src").mkdir()
    Path("src/leak.py").write_text(LEAK)
    Path("src/clean.py").write_text(CLEAN)


def report(run: Run, *arguments: str) -> Any:
    return json.loads(run("code", "--format", "json", "--no-cache", *arguments).out)


def git(*arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


def test_findings_are_shown_and_end_with_1(run: Run) -> None:
    done = run("code", "src")
    assert (done.code, done.err) == (1, "")
    assert "src/leak.py\n  high  7:" in done.out
    assert "CWE-532" in done.out
    assert "1 finding (1 high) in 2 files, 16 lines" in done.out


def test_clean_code_ends_with_0(run: Run) -> None:
    done = run("code", "src/clean.py")
    assert (done.code, done.out, done.err) == (0, "no findings in 1 file, 8 lines\n", "")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--exit-zero",), 0),
        (("--fail-on", "critical"), 0),
        (("--fail-on", "HIGH"), 1),
        (("--min-severity", "critical"), 0),
        (("-q",), 1),
    ],
)
def test_options_decide_what_counts(run: Run, options: tuple[str, ...], code: int) -> None:
    assert run("code", "src", *options).code == code


def test_what_cannot_be_read_ends_with_2(run: Run) -> None:
    done = run("code", "src", "missing")
    assert done.code == 2
    assert "not read  missing: " in done.out
    assert "no such file or directory" in done.out.lower()
    done = run("code", "missing", "--format", "json")
    assert done.code == 2
    assert done.err.lower() == "error: missing: cannot be read: no such file or directory\n"


def test_nothing_to_read_is_an_error(run: Run) -> None:
    Path("empty").mkdir()
    done = run("code", "empty")
    assert (done.code, done.err) == (2, "error: no source file in empty\n")


def test_reports_go_where_they_are_sent(run: Run) -> None:
    done = run("code", "src", "--format", "text", "--format", "sarif=code.sarif", "--format", "csv=code.csv")
    assert "src/leak.py" in done.out
    assert json.loads(Path("code.sarif").read_text())["runs"][0]["results"][0]["ruleId"].startswith("code.")
    assert len(Path("code.csv").read_text().splitlines()) == 2
    done = run("code", "src", "--format", "json", "-o", "code.json", "-q")
    assert (done.code, done.out, done.err) == (1, "", "")


def test_the_inventory_lists_every_call(run: Run) -> None:
    done = run("code", "src", "--inventory")
    assert "2 calls audited: 1 secret, 1 operational metadata" in done.out
    calls = report(run, "src", "--inventory")["calls"]
    assert [call["arguments"][0]["sensitivity"] for call in calls] == ["metadata", "secret"]
    assert report(run, "src")["calls"] == []


def test_a_comment_with_a_reason_suppresses_and_one_without_does_not(run: Run) -> None:
    source = LEAK.replace("password)\n    return", "password)  # logscrub: ok(a test account)\n    return")
    Path("src/leak.py").write_text(source)
    done = report(run, "src")
    assert [one["reason"] for one in done["suppressed"]] == ["a test account"]
    assert done["findings"] == []
    Path("src/leak.py").write_text(source.replace("(a test account)", ""))
    done = run("code", "src")
    assert done.code == 1
    assert "remark  src/leak.py:7: a comment suppresses nothing without a reason" in done.out
    done = run("code", "src", "--format", "json")
    assert done.err.startswith("warning: src/leak.py:7: a comment suppresses nothing")


def test_a_stale_comment_is_told_and_is_no_failure(run: Run) -> None:
    Path("src/clean.py").write_text(CLEAN.replace("count)\n    return", "count)  # logscrub: ok(it was)\n    return"))
    done = run("code", "src/clean.py")
    assert done.code == 0
    assert "src/clean.py:7: nothing is found where this comment suppresses it" in done.out


# --- with a ledger


def entry(line: int, count: int, rule: str = "password", file: str = "/srv/app/leak.py") -> str:
    return json.dumps({"file": file, "line": line, "rule": rule, "count": count, "logger": "leak"}) + "\n"


def test_what_a_filter_took_out_is_told_with_the_findings(run: Run) -> None:
    Path("src/more.py").write_text(LEAK)
    Path("one.jsonl").write_text(entry(7, 2) + entry(7, 1, file="/srv/app/more.py") + entry(7, 1, "email", "clean.py"))
    Path("two.jsonl").write_text(entry(7, 3) + entry(7, 9, file="more.py"))
    done = run("code", "src", "--ledger", "one.jsonl", "--ledger", "two.jsonl")
    assert (done.code, done.err) == (1, "")
    assert done.out.index("took out  password 10 times") < done.out.index("took out  password 5 times")
    assert "what the filter took out where nothing was found\n  src/clean.py:7  login  email once\n" in done.out
    assert "calls audited" not in done.out
    document = report(run, "src", "--ledger", "one.jsonl", "--ledger", "two.jsonl")
    assert [one["emitted"] for one in document["findings"]] == [{"password": 5}, {"password": 10}]
    assert [(one["path"], one["emitted"]) for one in document["emitted_elsewhere"]] == [("src/clean.py", {"email": 1})]
    assert document["calls"] == []
    assert "emitted" not in json.dumps(report(run, "src"))
    assert len(report(run, "src", "--inventory", "--ledger", "one.jsonl")["calls"]) == 3


def test_a_ledger_changes_neither_exit_codes_nor_baselines_nor_repairs(run: Run) -> None:
    Path("leaks.jsonl").write_text(entry(7, 2) + entry(7, 5, file="/srv/app/clean.py"))
    assert run("code", "src/clean.py", "--ledger", "leaks.jsonl").code == 0
    assert run("code", "src", "--ledger", "leaks.jsonl", "--fail-on", "critical").code == 0
    run("code", "src", "--write-baseline", "plain.json")
    run("code", "src", "--write-baseline", "told.json", "--ledger", "leaks.jsonl")
    assert Path("plain.json").read_text() == Path("told.json").read_text()
    done = run("code", "src", "--baseline", "plain.json", "--ledger", "leaks.jsonl")
    assert done.code == 0
    assert "  src/leak.py:7  login  password 2 times  known when the baseline was written\n" in done.out
    if importlib.util.find_spec("libcst"):
        assert run("code", "src", "--fix-diff").out == run("code", "src", "--fix-diff", "--ledger", "leaks.jsonl").out


def test_what_is_remembered_of_an_audit_does_not_depend_on_the_ledger(run: Run) -> None:
    for count in (2, 3):
        Path("leaks.jsonl").write_text(entry(7, count))
        assert f"password {count} times" in run("code", "src", "--ledger", "leaks.jsonl").out
    assert "took out" not in run("code", "src").out


def test_after_repairs_the_lines_of_a_ledger_are_no_longer_those_of_the_source(run: Run) -> None:
    pytest.importorskip("libcst")
    Path("leaks.jsonl").write_text(entry(7, 2) + entry(9, 2))
    done = run("code", "src", "--fix", "--ledger", "leaks.jsonl")
    assert done.err == (
        "fixed 1 finding in 1 file\nthe report is without the ledger: its lines are those from before the repairs\n"
    )
    assert "took out" not in done.out


def test_a_change_is_told_with_what_the_filter_took_out_of_it(run: Run) -> None:
    git("init", "-q")
    git("add", "src/clean.py")
    git("commit", "-qm", "one")
    Path("leaks.jsonl").write_text(entry(7, 2))
    assert report(run, "src", "--diff", "HEAD", "--ledger", "leaks.jsonl")["findings"][0]["emitted"] == {"password": 2}
    git("add", "src")
    git("commit", "-qm", "two")
    document = report(run, "src", "--diff", "HEAD", "--ledger", "leaks.jsonl")
    assert document["findings"] == document["emitted_elsewhere"] == []  # what was found before is no change


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "error: leaks.jsonl: no such file or directory\n"),
        ("{", "error: leaks.jsonl:1: is no JSON; a ledger holds one object in each line\n"),
        (entry(7, 1) + entry(0, 1), "error: leaks.jsonl:2: key 'line' must be a number from 1\n"),
    ],
)
def test_a_ledger_that_cannot_be_read_ends_with_2(run: Run, text: str | None, problem: str) -> None:
    if text is not None:
        Path("leaks.jsonl").write_text(text)
    done = run("code", "src", "--ledger", "leaks.jsonl")
    assert (done.code, done.out, done.err) == (2, "", problem)


def test_the_ledger_of_a_service_leads_to_its_leak(run: Run) -> None:
    program = (
        "import logging, logscrub, leak\n"
        "logging.basicConfig(level='INFO')\n"
        "logscrub.install(ledger='leaks.jsonl')\n"
        "[leak.login('ann', 'password=tr0ub4dor-horse') for _ in range(3)]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([os.path.abspath("src"), *filter(None, sys.path)])},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr.count("[password]")) == (0, 3), done.stderr
    assert report(run, "src", "--ledger", "leaks.jsonl")["findings"][0]["emitted"] == {"password": 3}


# --- baselines


def test_a_baseline_holds_what_is_known_whatever_moves(run: Run) -> None:
    done = run("code", "src", "--write-baseline", "known.json")
    assert (done.code, done.err) == (0, "wrote 1 finding to known.json\n")
    assert "no findings in 2 files, 16 lines; 1 suppressed" in done.out
    Path("src/leak.py").write_text("\n\n# moved\n" + LEAK)
    assert run("code", "src", "--baseline", "known.json").code == 0
    Path("src/more.py").write_text(LEAK)
    done = run("code", "src", "--baseline", "known.json")
    assert done.code == 1
    assert "src/more.py" in done.out and "src/leak.py" not in done.out


def test_a_baseline_written_again_keeps_its_reasons_and_an_expired_entry_counts(run: Run) -> None:
    run("code", "src", "--write-baseline", "known.json")
    text = Path("known.json").read_text()
    looked_at = text.replace("known when the baseline was written", "a test account")
    Path("known.json").write_text(looked_at)
    run("code", "src", "--write-baseline", "known.json")
    assert Path("known.json").read_text() == looked_at
    document = json.loads(looked_at)
    document["findings"][0]["expires"] = "2001-01-01"
    Path("known.json").write_text(json.dumps(document))
    done = run("code", "src", "--baseline", "known.json")
    assert done.code == 1
    assert "its entry in the baseline expired on 2001-01-01" in done.out


def test_a_baseline_that_is_missing_or_broken_is_an_error(run: Run) -> None:
    done = run("code", "src", "--baseline", "missing.json")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: missing.json: cannot be read")
    Path("known.json").write_text("{}")
    assert "known.json: schema: must be" in run("code", "src", "--baseline", "known.json").err


# --- what a change adds


@pytest.fixture
def repository() -> None:
    git("init", "-q")
    git("add", "src")
    git("commit", "-qm", "one")


@pytest.mark.usefixtures("repository")
class TestDiff:
    """Findings that are new since a revision."""

    def test_lines_that_moved_add_nothing(self, run: Run) -> None:
        assert run("code", "src", "--diff", "HEAD").code == 0
        Path("src/leak.py").write_text("\n\n# moved\n" + LEAK)
        done = run("code", "src", "--diff", "HEAD")
        assert (done.code, done.err) == (0, "")
        assert "no findings in 2 files" in done.out

    def test_what_is_new_counts_in_files_old_and_new(self, run: Run) -> None:
        Path("src/leak.py").write_text(LEAK + '\n\ndef logout(password):\n    log.debug("bye %s", password)\n')
        Path("src/new.py").write_text(LEAK)
        found = report(run, "src", "--diff", "HEAD")["findings"]
        assert [(one["place"]["path"], one["function"]) for one in found] == [
            ("src/leak.py", "logout"),
            ("src/new.py", "login"),
        ]
        assert [one["place"]["path"] for one in report(run, ".", "--diff", "HEAD")["findings"]] == [
            "./src/leak.py",
            "./src/new.py",
        ]
        assert len(report(run, os.path.abspath("src/leak.py"), "--diff", "HEAD")["findings"]) == 1

    def test_a_second_one_like_the_first_is_new(self, run: Run) -> None:
        line = '    log.info("login with %s", password)\n'
        Path("src/leak.py").write_text(LEAK.replace(line, line * 2))
        assert len(report(run, "src", "--diff", "HEAD")["findings"]) == 1

    def test_a_comment_that_is_taken_away_adds_a_finding(self, run: Run) -> None:
        Path("src/leak.py").write_text(LEAK.replace("password)\n    r", "password)  # logscrub: ok(a test)\n    r"))
        git("commit", "-qam", "two")
        Path("src/leak.py").write_text(LEAK)
        assert len(report(run, "src", "--diff", "HEAD")["findings"]) == 1

    def test_ignored_files_are_no_part_of_a_change(self, run: Run) -> None:
        Path(".gitignore").write_text("build/\n")
        Path("build").mkdir()
        Path("build/leak.py").write_text(LEAK)
        assert report(run, ".", "--diff", "HEAD")["findings"] == []

    def test_what_cannot_be_compared_is_an_error(self, run: Run) -> None:
        done = run("code", "src", "--diff", "nowhere")
        assert (done.code, done.out) == (2, "")
        assert "has no revision 'nowhere'" in done.err
        assert "'--all' is not the name of a revision" in run("code", "src", "--diff=--all").err


def test_paths_in_two_repositories_cannot_be_compared_at_once(run: Run) -> None:
    for name in ("one", "two"):
        Path(name).mkdir()
        Path(name, "leak.py").write_text(LEAK)
        git("init", "-q", name)
    done = run("code", "one", "two", "--diff", "HEAD")
    assert done.code == 2
    assert "the paths lie in different repositories" in done.err


def test_without_a_repository_there_is_nothing_to_compare_with(run: Run) -> None:
    done = run("code", "src", "--diff", "HEAD")
    assert (done.code, done.err) == (2, "error: src: not in a git work tree\n")


# --- repairs


@pytest.fixture
def _libcst() -> None:
    pytest.importorskip("libcst")


@pytest.mark.usefixtures("_libcst")
class TestFix:
    """``--fix`` and ``--fix-diff``."""

    def test_a_diff_shows_the_change_and_makes_none(self, run: Run) -> None:
        done = run("code", "src", "--fix-diff")
        assert done.code == 1
        assert "--- a/src/leak.py\n+++ b/src/leak.py\n" in done.out
        assert '-    log.info("login with %s", password)\n+' in done.out
        assert done.err == "would fix 1 finding in 1 file\n"
        assert Path("src/leak.py").read_text() == LEAK

    def test_fixing_changes_the_file_and_reports_what_is_left(self, run: Run) -> None:
        done = run("code", "src", "--fix", "--no-cache")
        assert done.err == "fixed 1 finding in 1 file\n"
        assert (done.code, done.out.startswith("no findings")) == (0, True)
        assert Path("src/leak.py").read_text() != LEAK

    def test_a_secret_in_the_source_is_not_in_the_diff(self, run: Run) -> None:
        token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
        Path("src/leak.py").write_text(LEAK.replace("log = ", f'TOKEN = "{token}"\nlog = '))
        done = run("code", "src", "--fix-diff")
        assert "def login" in done.out or "password" in done.out
        assert token not in done.out + done.err


def test_without_its_extra_nothing_is_changed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libcst", None)
    done = run("code", "src", "--fix")
    assert (done.code, done.out) == (2, "")
    assert "pip install 'logscrub[fix]'" in done.err
    assert Path("src/leak.py").read_text() == LEAK


# --- configuration


def test_defaults_come_from_the_configuration(run: Run) -> None:
    run("code", "src", "--write-baseline", "known.json")
    Path("pyproject.toml").write_text('[tool.logscrub.code]\nbaseline = "known.json"\n')
    assert run("code", "src").code == 0
    assert run("code", "src", "--isolated").code == 1
    Path("pyproject.toml").write_text('[tool.logscrub.code]\nfail-on = "critical"\n')
    assert run("code", "src").code == 0
    assert run("code", "src", "--fail-on", "low").code == 1
    Path("pyproject.toml").write_text('[tool.logscrub.code]\nmin-severity = "critical"\n')
    assert "no findings" in run("code", "src").out


def test_settings_and_options_reach_the_engine(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from logscrub.code import audit

    seen: list[audit.CodeOptions] = []

    def audited(paths: object, options: audit.CodeOptions, progress: object = None) -> CodeResult:
        seen.append(options)
        return CodeResult(files=1)

    monkeypatch.setattr(audit, "audit_code", audited)
    Path("logscrub.toml").write_text(
        "[code]\nbulk = true\ntests = true\nlanguages = false\nexclude = ['a']\nloggers = ['b']\nsanitizers = ['c']\n"
        "sensitive = ['d']\nsafe = ['e']\nmin-severity = 'medium'\njobs = 2\ncache = false\n"
    )
    assert run("code", "src", "--inventory", "--exclude", "f").code == 0
    assert run("code", "src", "--isolated", "--bulk", "--tests", "--jobs", "3", "--min-severity", "high").code == 0
    assert run("code", "src", "--isolated", "--no-cache").code == 0
    configured, given, plain = seen
    assert configured == audit.CodeOptions(
        bulk=True,
        inventory=True,
        tests=True,
        exclude=("a", "f"),
        min_severity=Severity.MEDIUM,
        jobs=2,
        languages=False,
        loggers=("b",),
        sanitizers=("c",),
        sensitive=("d",),
        safe=("e",),
        cache=False,
    )
    assert given == audit.CodeOptions(bulk=True, tests=True, min_severity=Severity.HIGH, jobs=3)
    assert plain == audit.CodeOptions(cache=False)


def test_an_interrupted_audit_ends_with_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from logscrub.code import audit

    monkeypatch.setattr(audit, "audit_code", lambda *_: CodeResult(files=1, interrupted=True))
    done = run("code", "src")
    assert done.code == 130
    assert "interrupted: this is what was found until then" in done.out
    assert run("code", "src", "--format", "json").err.startswith("interrupted: ")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("bulkk = true", "code.bulkk: is not a setting; did you mean 'bulk'?"),
        ("fail_on = 'high'", "code.fail_on: is not a setting; did you mean 'fail-on'?"),
        ("zzz = 1", "code.zzz: is not a setting; known are bulk, "),
        ("bulk = 1", "code.bulk: must be true or false"),
        ("exclude = 'x'", "code.exclude: must be a list of strings"),
        ("fail-on = 'bad'", "code.fail-on: must be one of info, low, medium, high, critical"),
        ("jobs = true", "code.jobs: must be a whole number"),
        ("baseline = 1", "code.baseline: must be the path of a file"),
    ],
)
def test_a_wrong_setting_is_named(text: str, problem: str) -> None:
    from logscrub.config import load_config

    Path("logscrub.toml").write_text(f"[code]\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        load_config()
    assert f"logscrub.toml: {problem}" in str(caught.value)
    Path("logscrub.toml").write_text("code = 1\n")
    with pytest.raises(ConfigError, match="code: must be a table"):
        load_config()


# --- usage


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--fix", "--fix-diff"), "--fix changes files, --fix-diff only shows how"),
        (("--diff", "HEAD", "--write-baseline", "x"), "not together with --diff"),
        (("--fix-diff", "--format", "json"), "--fix-diff writes to standard output"),
        (("--format", "sarrif"), "'sarrif' is not one of text, json, jsonl, sarif"),
    ],
)
def test_what_cannot_be_done_together_is_said(run: Run, words: tuple[str, ...], hint: str) -> None:
    done = run("code", "src", *words)
    assert (done.code, done.out) == (2, "")
    assert hint in done.err


def test_a_path_with_a_line_break_and_escapes_is_shown_as_one_line(run: Run) -> None:
    Path("odd\n\x1b[2J.py").write_text(LEAK)
    done = run("code", "odd\n\x1b[2J.py", "--color", "always")
    assert r"odd\n\x1b[2J.py" in done.out
    assert "\x1b[2J" not in done.out


def test_help_does_not_load_the_engine() -> None:
    code = "import sys; from logscrub.cli import main; main(['code', '--help']); print(*sorted(sys.modules), sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines())
    assert "logscrub.cli.code" in loaded
    assert not loaded & {"hyperscan", "rich", "libcst", "logscrub.code.audit", "logscrub.report.code"}


# --- what must never come out


def test_no_secret_written_into_the_source_comes_out(run: Run) -> None:
    """Wherever a literal may stand: in templates, arguments, keys, defaults, names of functions' arguments, comments."""
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
    key = "AKIA" + "IOSFODNN7" + "QWERTYA"
    password = "Tr0ub4dor-horse"
    Path("src/leak.py").write_text(
        f'''\
import logging

log = logging.getLogger("{token}")
PASSWORD = "{password}"
URL = "postgres://shop:{password}@db/shop"


def login(user, password="{password}", token="{token}"):
    log.info("password={password} for %s with %s", user, password)
    log.info("token {token} %s", token)
    log.debug("key {key} %s", {{"password": "{password}", "{key}": password}})
    log.debug(f"{{password or '{password}'}} {{token or '{token}'}} password={password}")
    log.debug("password=" "{password} %s", password)
    log.debug("%s", dict(password="{password}")["password"])
    log.warning("url %s %s", URL, PASSWORD)
    log.error("secret %s", password)  # logscrub: ok(it is {token})
    print("password", password, "{token}")
    raise ValueError("password: {password} is not %s" % password)


class Account:
    password = "{password}"

    def __repr__(self, token="{token}"):
        return "password={password} %s" % self.password
'''
    )
    forms = ("text", "json", "jsonl", "sarif", "github", "gitlab", "junit", "csv")
    targets = [part for form in forms for part in ("--format", f"{form}=report.{form}")]
    done = run("code", "src", "--bulk", "--inventory", "--write-baseline", "known.json", *targets)
    shown = [
        done.out,
        done.err,
        Path("known.json").read_text(),
        *(Path(f"report.{form}").read_text() for form in forms),
    ]
    shown.append(run("code", "src", "--bulk", "--inventory", "--color", "always").out)
    assert "login" in shown[-1]
    for text in shown:
        for secret in (token[4:], key[4:], password):
            assert secret not in text
    if importlib.util.find_spec("libcst"):
        # A diff shows lines of the source: there a password is known by what stands before it only.
        text = run("code", "src", "--fix-diff").out
        assert "login" in text
        assert token[4:] not in text
        assert key[4:] not in text
