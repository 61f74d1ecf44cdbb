"""The files of ``docs/ci/`` and the Containerfile: they follow their schemas, and their commands do what they should.

The schemas are those that check-jsonschema brings. The commands run in a repository with a leak that is known on the
main branch, with ``logscrub`` of this checkout; what installs it is left out here (see test_packaging.py).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from .installing import PROJECT, PYPROJECT, ROOT, attempt, clean_environment, closure, run

CI = ROOT / "docs" / "ci"
GITHUB = yaml.safe_load((CI / "github-action.yml").read_text("utf-8"))
GITLAB = yaml.safe_load((CI / "gitlab-ci.yml").read_text("utf-8"))
SECRET = "hunter2-correct-horse"
OLD = "import logging\n\n\ndef login(password):\n    logging.info('login with %s', password)\n"
NEW = OLD + f"\n\ndef reset(token='{SECRET}'):\n    logging.info('reset by %s', token)\n"

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the commands are written for bash"),
    pytest.mark.skipif(not (shutil.which("git") and shutil.which("bash")), reason="there is no git or no bash"),
]


@pytest.mark.parametrize(
    ("schema", "name"), [("github-workflows", "github-action.yml"), ("gitlab-ci", "gitlab-ci.yml")]
)
def test_a_file_follows_the_schema_of_its_service(schema: str, name: str) -> None:
    run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", CI / name)


def test_actions_are_pinned_and_jobs_may_do_little() -> None:
    used = re.findall(r"uses: *(.*)", (CI / "github-action.yml").read_text("utf-8"))
    assert len(used) == 3
    assert all(re.fullmatch(r"[\w-]+(/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used)
    assert GITHUB["permissions"] == {}
    assert GITHUB["jobs"]["code"]["permissions"] == {"contents": "read", "security-events": "write"}
    assert not re.search(r"run:.*\$\{\{", (CI / "github-action.yml").read_text("utf-8"))


class Project:
    """A repository whose branch adds to what is on main, and the commands of a service in it."""

    def __init__(self, top: Path) -> None:
        self.place, commands = top / "shop", top / "bin"
        self.place.mkdir()
        commands.mkdir()
        (commands / "logscrub").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m logscrub "$@"\n')
        (commands / "logscrub").chmod(0o755)
        self.environment = clean_environment(
            PATH=os.pathsep.join([str(commands), os.environ["PATH"]]),
            PYTHONPATH=str(ROOT),
            LOGSCRUB_CACHE_DIR=os.environ["LOGSCRUB_CACHE_DIR"],
            HOME=str(top),
            GIT_CONFIG_NOSYSTEM="1",
            **{f"GIT_{who}_{what}": "me@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        )
        self.git("init", "--quiet", ".")
        self.main = self.commit(OLD)
        self.git("update-ref", "refs/remotes/origin/main", self.main)

    def git(self, *arguments: str) -> str:
        return run("git", *arguments, cwd=self.place, env=self.environment)

    def commit(self, code: str) -> str:
        (self.place / "src").mkdir(exist_ok=True)
        (self.place / "src" / "app.py").write_text(code, "utf-8")
        self.git("add", ".")
        self.git("commit", "--quiet", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD").strip()

    def bash(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
        done = attempt(*command, cwd=self.place, env={**self.environment, **environment})
        assert SECRET not in done.stdout
        return done

    def read(self, name: str) -> Any:
        text = (self.place / name).read_text("utf-8")
        assert SECRET not in text
        return json.loads(text)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_pull_request_fails_on_what_it_adds_and_the_rest_is_uploaded(project: Project, tmp_path: Path) -> None:
    project.commit(NEW)
    job = GITHUB["jobs"]["code"]
    steps = {step["name"]: step["run"] for step in job["steps"] if "run" in step}
    page = tmp_path / "summary.md"
    environment = {**job["env"], "GITHUB_BASE_REF": "main", "GITHUB_STEP_SUMMARY": str(page), "GITHUB_ACTIONS": "true"}
    assert list(steps) == ["Install", "Report everything", "Refuse what is new"]

    assert project.bash(steps["Report everything"], **environment).returncode == 0
    assert len(project.read("logscrub.sarif")["runs"][0]["results"]) == 2

    done = project.bash(steps["Refuse what is new"], **environment)
    assert done.returncode == 1
    (annotation,) = (line for line in done.stdout.splitlines() if line.startswith("::"))
    assert annotation.startswith("::error file=src/app.py,line=9,")
    rows = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| high")]
    assert len(rows) == 1 and r"src\/app\.py\:9" in rows[0]

    project.commit(OLD)
    assert project.bash(steps["Refuse what is new"], **environment).returncode == 0


def test_a_merge_request_fails_on_what_it_adds_and_reports_all(project: Project) -> None:
    project.commit(NEW)
    job = GITLAB["logscrub-code"]
    variables = {**GITLAB["variables"], **job["variables"]}
    script = "\n".join(job["script"])
    assert project.bash(script, **variables).returncode == 0  # of the main branch: nothing to compare it with
    report = job["artifacts"]["reports"]["codequality"]
    assert [one["location"]["lines"]["begin"] for one in project.read(report)] == [5, 9]

    done = project.bash(script, **variables, CI_MERGE_REQUEST_DIFF_BASE_SHA=project.main)
    assert done.returncode == 1
    assert "1 finding (1 high)" in done.stdout and "9:5" in done.stdout


def test_logs_of_a_pipeline_are_reported(project: Project) -> None:
    (project.place / "logs").mkdir()
    (project.place / "logs" / "web.log").write_text(f"2025-03-12 08:00:00 INFO login password={SECRET}\n")
    job = GITLAB["logscrub-logs"]
    done = project.bash("\n".join(job["script"]), **GITLAB["variables"])
    assert done.returncode == 1
    reports = job["artifacts"]["reports"]
    (found,) = project.read(reports["secret_detection"])["vulnerabilities"]
    assert found["location"]["file"] == "logs/web.log"
    assert SECRET not in (project.place / reports["junit"]).read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("constraints.txt", PROJECT["dependencies"]),
        ("build-constraints.txt", PYPROJECT["build-system"]["requires"]),
    ],
)
def test_constraints_hold_a_version_and_a_hash_of_all_that_is_needed(name: str, wanted: list[str]) -> None:
    text = (CI / name).read_text("utf-8")
    lines = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    pins = {}
    for pin in lines.replace("\\\n", " ").splitlines():
        requirement, *hashes = pin.split()
        assert hashes and all(re.fullmatch("--hash=sha256:[0-9a-f]{64}", one) for one in hashes), pin
        pinned, _, version = requirement.partition("==")
        pins[pinned] = version
    assert {one.lower() for one in closure(wanted)} <= pins.keys()
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pins[requirement.name]), requirement
    assert "://" not in text


def test_the_containerfile_copies_what_there_is_and_is_not_root() -> None:
    lines = (ROOT / "Containerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
    steps = [tuple(line.split(None, 1)) for line in lines if line and not line.startswith("#")]
    for step, rest in steps:
        if step == "COPY" and not rest.startswith("--from"):
            *sources, _ = rest.split()
            assert all((ROOT / source).exists() for source in sources), rest
    last = dict(steps)
    assert last["USER"] == "10001:10001"
    assert json.loads(last["ENTRYPOINT"]) == ["logscrub"]
    assert "/logs" in json.loads(last["VOLUME"]) and last["WORKDIR"] == "/logs"
