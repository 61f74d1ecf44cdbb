"""``logscrub config lint`` and ``profiles``, ``--profile``, and what a shell completes of rules and profiles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from logscrub import Policy
from logscrub.cli.app import cli
from logscrub.profiles import profile_names

from .conftest import Run


def completions(*words: str) -> list[str]:
    """What a shell is offered for the last word."""
    return [one.value for one in ShellComplete(cli, {}, "logscrub", "_X").get_completions(list(words[:-1]), words[-1])]


def test_profiles_are_listed_and_explained(run: Run) -> None:
    listed = run("config", "profiles").out.splitlines()
    assert [line.split()[0] for line in listed] == profile_names()
    told = run("config", "profiles", "pci").out
    assert told.startswith("pci: Card data (PCI DSS)\n")
    assert "  financial.card = partial\n    3.4.1 allows the last four" in told
    assert "See PCI DSS 4.0.1 3.3.1" in told
    assert max(map(len, told.splitlines())) <= 100
    (plain,) = json.loads(run("config", "profiles", "pci", "--format", "json").out)
    assert plain["settings"]["actions"]["financial.card"] == "partial"
    done = run("config", "profiles", "pcy")
    assert (done.code, done.err) == (
        2,
        "error: no profile is called 'pcy'; did you mean pci?; a file of your own ends in .toml\n",
    )


def test_a_profile_on_the_command_line(run: Run) -> None:
    """It takes the place of what the configuration selects and does, and leaves its packs; other options come on top."""

    def ids(*words: str) -> set[str]:
        return {one["id"] for one in json.loads(run("rules", "list", *words, "--format", "json").out)}

    Path("logscrub.toml").write_text('packs = ["pack.toml"]\nselect = ["email"]\nmin-severity = "high"\n')
    full = set(Policy.of("pci").rules().ids())
    assert ids("--profile", "pci") == full | {"test-token"}
    assert ids("--profile", "pci", "--ignore", "secret") == {
        one for one in full if one.startswith(("card-", "payment-"))
    }
    assert ids("--profile", "pci", "--select", "profile,email") == full | {"test-token", "email"}
    Path("logscrub.toml").write_text('profile = "pci"\nignore = ["secret"]\n')
    assert "email" in ids("--select", "profile", "--select", "email") and "password" not in ids()
    assert "password" in ids("--profile", "secrets")
    assert run("scan", "x", "--profile", "nothing").err.startswith("error: no profile is called 'nothing'; there are ")


def test_the_configuration_shows_its_profile(run: Run) -> None:
    Path("logscrub.toml").write_text('profile = "pci"\nignore = ["secret"]\n')
    shown = run("config", "show").out
    assert "# profile: pci: Card numbers cut to their last four digits" in shown
    assert "# in effect: 11 rules; 6 label, 3 partial, 2 drop\n" in shown
    assert '"financial.card" = "partial"' in shown
    profile = json.loads(run("config", "show", "--format", "json").out)["profile"]
    assert profile == {"name": "pci", "rules": 11, "actions": {"label": 6, "partial": 3, "drop": 2}}
    # What is shown can be written into a file and means the same.
    Path("logscrub.toml").write_text(shown)
    assert [line for line in run("config", "show").out.splitlines() if line[:1] != "#"] == [
        line for line in shown.splitlines() if line[:1] != "#"
    ]


@pytest.mark.parametrize(
    ("configuration", "words", "code", "says"),
    [
        ('select = ["default"]', (), 0, ""),
        ('[actions]\n"financial.cvv" = "token"', (), 1, 'refused: actions: "financial.cvv" = "token"'),
        (
            '[actions]\n"payment-card" = "token"',
            (),
            1,
            "  why: who has both forms of one number can work out the whole",
        ),
        ('[actions]\n"financial.cvv" = "token"', ("--profile", "pci"), 0, ""),
        ('profile = "gdpr"', (), 0, "warning: there is no key for the tokens"),
        ('profile = "pci"', ("--ignore", "payment-card"), 0, "warning: 1 of the "),
        ('select = ["pasword"]', (), 2, "did you mean password"),
    ],
)
def test_lint(run: Run, configuration: str, words: tuple[str, ...], code: int, says: str) -> None:
    Path("logscrub.toml").write_text(configuration)
    done = run("config", "lint", *words)
    assert done.code == code
    assert says in done.out + done.err
    assert bool(done.out) == bool(says and code != 2)
    if code != 2:
        problems = json.loads(run("config", "lint", *words, "--format", "json").out)
        assert any(one["severity"] == "refused" for one in problems) == bool(code)


def test_a_refused_policy_redacts_nothing(run: Run) -> None:
    Path("logscrub.toml").write_text('select = ["payment-card", "card-number"]\nactions = {payment-card = "token"}\n')
    Path("app.log").write_text("paid with 4111111111111111\n")
    done = run("redact", "app.log")
    assert (done.code, done.out) == (2, "")
    assert "PCI DSS 4.0.1 3.5.1" in done.err


def test_completion(run: Run) -> None:
    assert completions("scan", "--profile", "") == profile_names()
    assert completions("redact", "--profile", "p") == ["pci"]
    assert completions("config", "profiles", "g") == ["gdpr"]
    assert completions("scan", "--select", "pii.em") == ["pii.email"]
    assert completions("watch", "--ignore", "email,pii.em") == ["email,pii.email"]
    assert {"email", "email-field"} <= set(completions("rules", "list", "--ignore", "email"))
