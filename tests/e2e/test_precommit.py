"""The hooks of ``.pre-commit-hooks.yaml`` in a repository, run by pre-commit itself when git commits.

pre-commit clones the project, builds it and installs it into an environment of its own, as it does for everybody; only
the package index is a directory.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from logscrub.code.knowledge import load

from .installing import ROOT, attempt, clean_environment, run, with_times_of

HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
SECRET = "hunter2-correct-horse"
CLEAN = 'import logging\n\n\ndef login(user_id):\n    logging.info("login of %d", user_id)\n'
LEAK = CLEAN + f'\n\ndef reset(password="{SECRET}"):\n    logging.info("reset to %s", password)\n'
LINE = "2025-03-12 08:00:00 INFO login of 17"

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="environments are laid out as on POSIX systems"),
    pytest.mark.skipif(shutil.which("git") is None, reason="there is no git"),
]


@dataclass(frozen=True)
class Repository:
    """A repository: of this project, or of one that uses its hooks."""

    place: Path
    environment: dict[str, str]

    def configuration(self, source: Repository, **options: object) -> str:
        hooks = [{"id": name, **(options if name == "logscrub-code" else {})} for name in HOOKS]
        revision = source.git("rev-parse", "HEAD").strip()
        return yaml.safe_dump({"repos": [{"repo": source.place.as_uri(), "rev": revision, "hooks": hooks}]})

    def git(self, *arguments: str) -> str:
        return run("git", *arguments, cwd=self.place, env=self.environment)

    def commit(self, **files: str) -> subprocess.CompletedProcess[str]:
        """Write files, add them and try to commit; a refused commit leaves nothing behind."""
        names = {name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()}
        for name, text in names.items():
            (self.place / name).parent.mkdir(exist_ok=True)
            (self.place / name).write_text(text, "utf-8")
        self.git("add", *names)
        done = attempt("git", "commit", "-m", "change", cwd=self.place, env=self.environment)
        if done.returncode:
            self.git("reset", "--hard", "--quiet")
        return done


@pytest.fixture(scope="module")
def repository(checkout: Path, wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    top = tmp_path_factory.mktemp("precommit")
    environment = clean_environment(
        PRE_COMMIT_HOME=str(top / "home"),
        HOME=str(top),
        LOGSCRUB_CACHE_DIR=os.environ["LOGSCRUB_CACHE_DIR"],
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(wheelhouse),
        PIP_NO_COMPILE="1",
        GIT_CONFIG_NOSYSTEM="1",
        **{f"GIT_{who}_{what}": "me@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    )
    source, place = Repository(top / "logscrub", environment), Repository(top / "shop", environment)
    shutil.copytree(checkout, source.place, ignore=shutil.ignore_patterns("tests", "docs"))
    place.place.mkdir()
    for one in (source, place):
        one.git("init", "--quiet", ".")
    source.git("add", ".")
    source.git("commit", "--quiet", "-m", "release")
    (place.place / ".pre-commit-config.yaml").write_text(place.configuration(source), "utf-8")
    (place.place / "new-only.yaml").write_text(place.configuration(source, args=["--diff", "HEAD"]), "utf-8")
    place.git("add", ".")
    place.git("commit", "--quiet", "-m", "start")
    pre_commit = (sys.executable, "-m", "pre_commit")
    run(*pre_commit, "validate-manifest", ROOT / ".pre-commit-hooks.yaml", env=environment, cwd=place.place)
    run(*pre_commit, "install", "--install-hooks", env=environment, cwd=place.place)
    (package,) = (top / "home").glob("repo*/py_env*/lib/python*/site-packages/logscrub")
    with_times_of(checkout, package)
    return place


def test_a_commit_that_logs_a_password_is_refused(repository: Repository) -> None:
    done = repository.commit(app_dot_py=LEAK)
    assert done.returncode == 1, done.stdout
    assert re.search(r"high\s+9:5\s+logging\.info\(\) prints password", done.stdout), done.stdout
    assert "app.py" in done.stdout and "code.secret-in-log" in done.stdout
    assert "logscrub scan" in done.stdout and "(no files to check)Skipped" in done.stdout
    assert SECRET not in done.stdout


def test_a_log_with_a_secret_is_refused(repository: Repository) -> None:
    done = repository.commit(logs__web_dot_log=f"{LINE}\n{LINE} password={SECRET}\n")
    assert done.returncode == 1, done.stdout
    assert "logs/web.log:2" in done.stdout and "password" in done.stdout
    assert SECRET not in done.stdout


def test_what_is_clean_goes_in_and_tests_are_not_asked(repository: Repository) -> None:
    done = repository.commit(app_dot_py=CLEAN, web_dot_log=f"{LINE}\n", tests__test_app_dot_py=LEAK)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Passed") == 2
    assert repository.git("log", "-1", "--format=%s").strip() == "change"


def test_only_what_a_commit_adds_is_asked_for(repository: Repository) -> None:
    old = repository.place / "old.py"
    old.write_text(LEAK, "utf-8")
    repository.git("add", "old.py")
    repository.git("commit", "--quiet", "--no-verify", "-m", "known")
    new_only = (sys.executable, "-m", "pre_commit", "run", "--config", "new-only.yaml", "logscrub-code")
    for added, code in (("", 0), ("\n\ndef forget(token):\n    logging.info('%s', token)\n", 1)):
        old.write_text(f"# A comment.\n{LEAK}{added}", "utf-8")
        repository.git("add", "old.py")
        done = attempt(*new_only, cwd=repository.place, env=repository.environment)
        assert done.returncode == code, done.stdout
        assert "token" in done.stdout if code else "Passed" in done.stdout
        assert "password" not in done.stdout
    repository.git("reset", "--hard", "--quiet")


def test_the_hook_leaves_out_what_the_command_takes_for_tests() -> None:
    """In a directory the command leaves tests out by itself; named by pre-commit one by one it would read them."""
    exclude = re.compile(HOOKS["logscrub-code"]["exclude"])
    knowledge = load()
    for path in (
        *(f"src/{name}/app.py" for name in knowledge.test_directories),
        *(f"src/{pattern.replace('*', 'app')}" for pattern in knowledge.test_files),
    ):
        assert exclude.search(path), path
    assert not [path for path in ("app.py", "src/contest/app.py", "latest.py", "attest.py") if exclude.search(path)]
