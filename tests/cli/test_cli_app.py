"""The command as a whole: help, errors, speed of start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from logscrub import __version__
from logscrub.cli.app import cli
from logscrub.errors import ConfigError

from .conftest import Run

GOLDEN = Path(__file__).parent.parent / "golden"
HELP = [
    (),
    ("--help",),
    ("scan",),
    ("code",),
    ("redact",),
    ("rules",),
    ("rules", "list"),
    ("rules", "show"),
    ("rules", "check"),
    ("config", "show"),
    ("config", "lint"),
    ("config", "profiles"),
    ("explain",),
    ("init",),
    ("completion",),
]


@pytest.mark.parametrize("words", HELP, ids=lambda words: "-".join(words) or "nothing")
def test_the_help_is_as_it_was_reviewed(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words) if words in ((), ("--help",)) else run(*words, "--help")
    assert (done.code, done.err) == (0, "")
    path = GOLDEN / f"help-{'-'.join(words).strip('-') or 'nothing'}.txt"
    if os.environ.get("LOGSCRUB_REGEN"):
        path.write_text(done.out)
    assert done.out == path.read_text()
    assert max(map(len, done.out.splitlines())) <= 100


def test_the_help_of_the_group_is_the_help_of_its_verbs() -> None:
    context = cli.make_context("logscrub", [], resilient_parsing=True)
    for name, (_, about) in cli.verbs.items():  # type: ignore[attr-defined]
        command = cli.get_command(context, name)
        assert command is not None
        assert (command.help or "").startswith(about)


def test_the_version_is_shown(run: Run) -> None:
    assert run("--version").out == f"logscrub {__version__}\n"


def test_help_loads_neither_the_engine_nor_the_reports() -> None:
    code = "import sys; from logscrub.cli import main; main(['--help']); print(*sorted(sys.modules), sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines())
    assert "logscrub.cli.app" in loaded
    assert not loaded & {"hyperscan", "regex", "rich", "loguru", "logscrub.audit", "logscrub.detect", "tomllib"}


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("scna",), "No such command 'scna'. Did you mean 'scan'?"),
        (("scan", "--exit-zer", "x"), "Did you mean '--exit-zero'?"),
        (("scan", "--format", "sarrif", "x"), "'sarrif' is not one of text, json"),
        (("scan", "--fail-on", "severe", "x"), "'severe' is not one of info, low, medium, high, critical"),
        (("scan",), "Missing argument 'PATH...'"),
        (("scan", "x", "--select", "pasword"), "did you mean password"),
        (("rules", "show", "test-tokn"), "did you mean test-token"),
        (("scan", "x", "--rules", "missing.toml"), "does not exist"),
        (("scan", "x", "--format", "text", "--format", "json"), "two formats for standard output"),
        (("redact", "missing.log"), "missing.log: no such file or directory"),
        (
            ("config", "lint", "logscrub.toml"),
            "; name a configuration with --config: logscrub config lint --config FILE",
        ),
        (("redact", "."), "name a directory with --output DIR, or use --in-place"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_ends_with_2(run: Run, words: tuple[str, ...], hint: str) -> None:
    done = run(*words)
    assert done.code == 2
    assert done.out == ""
    assert "Traceback" not in done.err
    last = done.err.splitlines()[-1]
    assert last.startswith("error: ")
    assert hint in last


def test_a_broken_configuration_is_named(run: Run) -> None:
    Path("logscrub.toml").write_text("selct = []\n")
    done = run("scan", "x")
    assert done.code == 2
    assert "logscrub.toml: selct: is not a setting; did you mean 'select'?" in done.err


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('select = ["defualt"]', "logscrub.toml: select: no rule or category is called 'defualt'"),
        ('ignore = ["emial"]', "logscrub.toml: ignore: no rule or category is called 'emial'"),
        ('[comply]\ncontrols = ["pcidss"]', "logscrub.toml: comply.controls: there is no control called 'pcidss'"),
    ],
)
def test_a_name_that_there_is_not_is_refused_with_the_file_it_is_in(run: Run, text: str, problem: str) -> None:
    Path("logscrub.toml").write_text(text)
    Path("app.log").write_text("all is well\n")
    done = run("scan", "app.log")
    assert (done.code, done.out) == (2, "")
    assert problem in done.err
    assert "did you mean" in done.err


def test_a_fault_of_our_own_shows_no_data(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("hunter2")

    monkeypatch.setattr("logscrub.audit.scan", broken)
    done = run("scan", "x")
    assert done.code == 2
    assert done.err.startswith("error: internal error: KeyError at test_cli_app.py:")
    assert "hunter2" not in done.err + done.out


def test_an_error_with_an_escape_in_it_is_made_visible(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConfigError("a\x1b[2Jb\nc")

    monkeypatch.setattr("logscrub.audit.scan", refuse)
    assert run("scan", "x").err == "error: a\\x1b[2Jb\\nc\n"
