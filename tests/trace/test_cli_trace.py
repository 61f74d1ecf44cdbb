"""``logscrub trace``, and ``logscrub scan --source``."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from logscrub.cli import main

GOLDEN = Path(__file__).parent.parent / "golden"
SECRET = "tr0ub4dor9X"
SOURCE = """import logging

LOG = logging.getLogger(__name__)


def login(user, password):
    LOG.info("login of %s with password=%s", user, password)


def show(options):
    LOG.debug("options are %s", options)
"""
LOG = f"""2024-01-02 03:04:05,678 INFO auth: login of ann with password={SECRET}
2024-01-02 03:04:06,123 INFO auth: login of bob with password={SECRET}
2024-01-02 03:04:07,456 DEBUG auth: options are {{'password': '{SECRET}'}}
2024-01-02 03:04:08,000 INFO other: password={SECRET}
"""


@dataclass
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("LOGSCRUB_KEY", raising=False)
    Path("src").mkdir()
    Path("src/auth.py").write_text(SOURCE)
    Path("app.log").write_text(LOG)
    Path("logscrub.toml").touch()
    return Run(capsys)


@dataclass
class Run:
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Done:
        code = main(list(arguments))
        captured = self.capsys.readouterr()
        assert SECRET not in captured.out + captured.err
        return Done(code, captured.out, captured.err)


def check(name: str, text: str) -> None:
    """Compare with a golden file; LOGSCRUB_REGEN=1 writes it."""
    path = GOLDEN / name
    if os.environ.get("LOGSCRUB_REGEN"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def git(*arguments: str) -> None:
    settings = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *arguments], check=True, capture_output=True)


def test_the_help_is_as_it_was_reviewed(run: Run) -> None:
    check("help-trace.txt", run("trace", "--help").out)


@pytest.mark.parametrize(
    ("name", "options"),
    [("trace-text.txt", ()), ("trace-all-text.txt", ("--all",)), ("trace-top-text.txt", ("--top", "1"))],
)
def test_the_text_report_is_as_it_was_reviewed(run: Run, name: str, options: tuple[str, ...]) -> None:
    done = run("trace", "app.log", "--source", "src", *options)
    assert (done.code, done.err) == (0, "")
    check(name, done.out)


def test_the_json_report_is_as_it_was_reviewed(run: Run) -> None:
    done = run("trace", "app.log", "--source", "src", "--all", "--format", "json")
    document = json.loads(done.out)
    document["scan"]["summary"]["seconds"] = 0
    document["scan"]["started"] = "2026-03-04T10:00:00Z"
    document["scan"]["tool"] = {}
    check("trace.json", json.dumps(document, indent=2) + "\n")


def test_the_report_of_a_scan_names_the_source(run: Run) -> None:
    done = run("scan", "app.log", "--source", "src")
    assert done.code == 1
    assert "source src/auth.py:7 login password  2 times\n" in done.out
    assert "source src/auth.py:11 show options\n" in done.out
    found = json.loads(run("scan", "app.log", "--source", "src", "--format", "json").out)["findings"][0]["source"]
    assert [(one["file"], one["line"], one["function"], one["argument"], one["count"]) for one in found] == [
        ("src/auth.py", 7, "login", "password", 2),
        ("src/auth.py", 11, "show", "options", 1),
    ]
    assert "source" not in json.loads(run("scan", "app.log", "--format", "json").out)["findings"][0]


def test_a_report_goes_where_it_is_sent(run: Run) -> None:
    done = run("trace", "app.log", "missing.log", "--source", "src", "-o", "report.txt")
    assert (done.code, done.out, done.err) == (2, "", "error: missing.log: no such file or directory\n")
    assert "not read  missing.log" in Path("report.txt").read_text()


def test_a_ledger_alone_is_enough(run: Run) -> None:
    Path("ledger").write_text('{"file": "/srv/auth.py", "line": 7, "rule": "password", "count": 12}\n')
    done = run("trace", "--source", "src", "--ledger", "ledger")
    assert done.code == 0
    assert "src/auth.py:7  login  info\n    password  12 times  taken out by the filter\n" in done.out


def test_the_source_of_another_commit_is_read(run: Run) -> None:
    git("init", "-q")
    git("add", "src")
    git("commit", "-q", "-m", "one")
    git("tag", "v1")
    Path("src/auth.py").write_text("# moved\n" * 5 + SOURCE.replace("login of", "signed in"))
    assert "src/auth.py:7  login" in run("trace", "app.log", "--source", "src", "--rev", "v1").out
    assert "src/auth.py:7  login" not in run("trace", "app.log", "--source", "src").out


def test_a_package_of_another_commit_keeps_the_names_of_its_loggers(run: Run) -> None:
    git("init", "-q")
    Path("src/shop/till").mkdir(parents=True)
    for name in ("src/shop/__init__.py", "src/shop/till/__init__.py"):
        Path(name).touch()
    Path("src/shop/till/auth.py").write_text(SOURCE)
    git("add", "src")
    git("commit", "-q", "-m", "one")
    Path("app.log").write_text(LOG.replace("auth:", "shop.till.auth:"))
    for options in ((), ("--rev", "HEAD")):
        out = run("trace", "app.log", "--source", "src/shop/till", "--format", "json", *options).out
        assert {(one["file"], one["logger"]) for one in json.loads(out)["calls"]} == {
            ("src/shop/till/auth.py", "shop.till.auth")
        }


@pytest.mark.parametrize("rev", ["--output=x", "-h", "nowhere", "HEAD;x", "", "a\nb", "HEAD:src"])
def test_a_revision_that_is_none_is_refused(run: Run, rev: str) -> None:
    git("init", "-q")
    done = run("trace", "app.log", "--source", "src", f"--rev={rev}")
    assert done.code == 2
    assert done.err.startswith("error: ") and done.err.count("\n") == 1
    assert sorted(os.listdir()) == [".git", "app.log", "logscrub.toml", "src"]


def test_a_source_in_no_repository_has_no_revisions(run: Run) -> None:
    done = run("trace", "app.log", "--source", "src", "--rev", "HEAD")
    assert (done.code, done.err) == (2, "error: src: not in a git work tree\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("trace", "--source", "src"),
        ("trace", "app.log"),
        ("trace", "app.log", "--source", "missing"),
        ("trace", "app.log", "--source", "src", "--top", "0"),
    ],
)
def test_what_makes_no_sense_is_refused(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "error: " in done.err


def test_a_source_without_log_calls_is_told(run: Run) -> None:
    Path("empty").mkdir()
    assert run("trace", "app.log", "--source", "empty").err == "warning: no log calls in empty\n"
