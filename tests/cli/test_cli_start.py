"""What helps somebody who is new, or mistyped: the first screen, hints, completion, the manual page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from logscrub.cli.app import cli, main
from logscrub.cli.manpage import page
from logscrub.cli.start import Here, look, screen

from .conftest import Run, Start


@pytest.mark.parametrize("width", [40, 60, 80, 160])
def test_the_first_screen_fits(width: int) -> None:
    lines = [click.unstyle(line) for line in screen(Here(), width)]
    assert max(map(len, lines)) <= max(width, 53)  # commands are not broken: they are there to be copied
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert headings[1:] == [
        "Keep them out of a service's logs",
        "Find them in logs there are",
        "Show an auditor evidence",
        "Where to go on",
    ]
    if width >= 60:
        assert len(lines) <= 24
        assert sum(line.startswith("      ") for line in lines) <= (width < 80)


def test_its_examples_name_what_is_there() -> None:
    assert look() == Here(configured=True)
    for name in ("b.log", "a b.log", "-rf.log", "x\x1b[2J.log"):
        Path(name).touch()
    Path("shop").mkdir()
    Path("shop/__init__.py").touch()
    assert look() == Here("'a b.log'", "'a b.log'", "shop", configured=True)
    Path("logs").mkdir()
    assert look().logs == "logs"
    Path("src").mkdir()
    assert look().source == "src"
    assert look("nowhere") == Here()


def test_the_first_screen_has_colours_where_they_are_wanted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = run().out
    assert "\x1b" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    colored = run().out
    assert "\x1b[" in colored
    assert click.unstyle(colored) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert run().out == plain


def test_it_is_a_module_too(start: Start) -> None:
    out, err = start().communicate(timeout=60)
    assert out.startswith(b"logscrub keeps secrets and personal data out of logs.\n")
    assert err == b""


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("app.log",), "No such command 'app.log'; to look into it: logscrub scan app.log"),
        (("orders.py",), "logscrub code orders.py"),
        (("lint",), "what you look for is: logscrub code"),
        (("help",), "what you look for is: logscrub --help"),
        (("scan",), "Missing argument 'PATH...'; for example: logscrub scan app.log"),
        (("trace", "app.log"), "for example: logscrub trace app.log --source src"),
        (("scan", "app.log", "--format", "sarrif"), "did you mean sarif?"),
        (("scan", "app.log", "--fail-on", "hihg"), "did you mean high?"),
        (("scan", "app.log", "--group-by", "sevrity"), "did you mean severity?"),
        (("scan", "app.log", "-f", "json"), "No such option '-f'; did you mean --format or --fail-on?"),
        (("scan", "app.log", "--config", "logscrub.tml"), "did you mean logscrub.toml?"),
        (("completion", "powershell"), "is not one of 'bash', 'zsh', 'fish'"),
        (("init", "nowhere"), "nowhere: no such directory"),
        (("explain",), "name a rule, a category, a clause or a finding"),
    ],
)
def test_a_mistake_comes_with_the_way_out(run: Run, words: tuple[str, ...], hint: str) -> None:
    Path("app.log").touch()
    Path("orders.py").touch()
    done = run(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1].startswith("error: ")
    assert hint in done.err.splitlines()[-1]


def test_where_nothing_was_read_it_is_said_what_may_have_been_meant(run: Run) -> None:
    Path("app.log").touch()
    done = run("scan", "app.lgo")
    assert done.code == 2
    assert done.err == "app.lgo: did you mean app.log?\n"
    Path("empty").mkdir()
    assert run("scan", "empty").err.startswith("nothing to read in empty: name a file")
    assert run("scan", "empty", "--quiet").err == ""


# --- completion


def asked(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for completions of the last word as bash does."""
    parts = words.split(" ")
    monkeypatch.setenv("_LOGSCRUB_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(parts) - 1))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("logscrub sc", ["plain,scan"]),
        ("logscrub rules ", ["plain,list", "plain,show", "plain,check"]),
        ("logscrub scan --format sa", ["plain,sarif"]),
        ("logscrub scan --fail-on ", ["plain,info", "plain,low", "plain,medium", "plain,high", "plain,critical"]),
        ("logscrub scan --select jwt-s", ["plain,jwt-shaped"]),
        ("logscrub scan a --profile pc", ["plain,pci"]),
        ("logscrub rules show jwt-s", ["plain,jwt-shaped"]),
        ("logscrub explain code.u", ["plain,code.undeclared-secret", "plain,code.url-in-log"]),
        ("logscrub explain pci", ["plain,pci-dss"]),
        ("logscrub explain pci-dss:3.4", ["plain,pci-dss:3.4.1"]),
        ("logscrub scan ap", ["file,ap"]),
        ("logscrub redact a -o cl", ["file,cl"]),
        ("logscrub init ", ["dir,"]),
    ],
)
def test_words_are_completed(
    words: str, found: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked(words, monkeypatch)
    with pytest.raises(SystemExit):
        main([])
    assert capsys.readouterr().out.splitlines() == found


def test_completion_is_silent_where_it_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("logscrub.rules.load_rules", broken)
    asked("logscrub rules show j", monkeypatch)
    done = run()
    assert (done.out, done.err) == ("", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(shell: str, run: Run) -> None:
    done = run("completion", shell)
    assert done.code == 0
    assert f"_LOGSCRUB_COMPLETE={shell}_complete" in done.out


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes(tmp_path: Path) -> None:
    command = tmp_path / "logscrub"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m logscrub "$@"\n')
    command.chmod(0o755)
    script = """
eval "$(logscrub completion bash)"
COMP_WORDS=(logscrub scan --format sa) COMP_CWORD=3
_logscrub_completion logscrub
echo "${COMPREPLY[*]}"
"""
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("sarif\n", "")


# --- the manual page


@pytest.fixture(scope="module")
def manual() -> str:
    return page(cli)


def test_the_manual_tells_of_every_verb_and_option(manual: str) -> None:
    plain = re.sub(r"\\f[BRI]|\\&", "", manual).replace("\\-", "-")
    context = click.Context(cli)
    for verb in cli.list_commands(context):
        command = cli.get_command(context, verb)
        assert command is not None
        assert (f'.SS "logscrub {verb} ' in plain) == (verb != "man")
        options = [] if verb == "man" else [one for param in command.params for one in param.opts]
        assert [one for one in options if one.startswith("--") and one not in plain] == []
    for heading in ("NAME", "SYNOPSIS", "OPTIONS", "COMMANDS", "EXIT STATUS", "FILES", "ENVIRONMENT"):
        assert f".SH {heading}\n" in manual


def test_the_manual_is_written_to_a_file(run: Run, manual: str) -> None:
    assert run("man", "-o", "logscrub.1").code == 0
    assert Path("logscrub.1").read_text("utf-8") == manual


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff")
def test_the_manual_is_good_roff(manual: str) -> None:
    done = subprocess.run(
        ["groff", "-ww", "-man", "-Tutf8", "-Kutf8", "-z"],
        input=manual,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
