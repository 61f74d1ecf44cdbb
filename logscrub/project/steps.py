"""What to do next in a project, with the names that it has."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from logscrub.project.frameworks import Framework, frameworks
from logscrub.project.look import Project
from logscrub.project.settings import CONTROLS_OF_PROFILES
from logscrub.report.forms.terms import counted

_KEPT_PRIVATE = ("*.ledger*", "*.key")
"""Files of ours that no repository should hold: what was found where, and keys."""
_IN_TESTS = "The documentation tells more: Secrets in the output of tests."
_IN_PIPELINES = "The documentation has whole files to copy: In pipelines and hooks."


class Step(NamedTuple):
    """One thing to do.

    Attributes:
        title: what it is for.
        lines: commands, or lines to write.
        about: what there is to know about them.
    """

    title: str
    lines: tuple[str, ...]
    about: str = ""


def next_steps(project: Project) -> list[Step]:
    """Return what to do next, the most useful first.

    >>> next_steps(Project(".", frameworks=["flask"]))[0].lines
    ('logscrub.integrations.flask.init_app(app)',)
    """
    return [*_filter(project), *_logs(project), *_source(project), *_checks(project), *_evidence(project)]


def _filter(project: Project) -> Iterator[Step]:
    found = [one for one in frameworks() if one.name in project.frameworks]
    lines = [one for one in found if one.code]
    first = next((one for one in lines if not one.beside), None)
    covered = [one.title for one in found if one.covered]
    about = f"It covers {_and(covered)} as well." if covered else ""
    if not project.packages and not found:
        return
    if first is None and not lines:
        where = "at the start of the program, before anything is logged"
        yield Step(f"Keep them out of the logs: {where}", ("import logscrub", "logscrub.install()"), about)
    for one in ([first] if first else []) + [one for one in lines if one.beside]:
        yield Step(f"{one.title}: {one.where}", (one.code,), _page(one, about))
        about = ""
    yield Step("See whether a way out is still open", (f"logscrub doctor {_module(project)}",))


def _page(framework: Framework, about: str) -> str:
    return f"{about} The documentation tells more: Integrations, {framework.page}.".strip()


def _module(project: Project) -> str:
    package = next((one for one in project.packages if one not in (".", "src", "lib")), "")
    return f"{package}:FUNCTION_THAT_SETS_LOGGING_UP" if package.isidentifier() else "MODULE:FUNCTION"


def _logs(project: Project) -> Iterator[Step]:
    where = " ".join(map(shlex.quote, project.logs[:3])) or "/var/log/YOUR-SERVICE"
    yield Step(
        "Find what the logs hold already",
        (f"logscrub scan {where}",),
        "" if project.logs else "No logs are here: name the file or directory your service writes to.",
    )


def _source(project: Project) -> Iterator[Step]:
    source = " ".join(map(shlex.quote, project.source))
    if not source:
        return
    busiest = ", ".join(f"{path} {count}" for path, count in project.busiest)
    about = f"{counted(project.log_calls, 'log call')}, most in {busiest}." if busiest else "No log call was seen."
    if project.other_sources:
        about += f" {_and(project.other_sources)} too, with: pip install 'logscrub[languages]'"
    yield Step("Find log calls that print too much", (f"logscrub code {source}",), about)
    if project.tests == "pytest":
        yield Step("In a test, fail when a secret is logged", ("pytest --logscrub",), _IN_TESTS)


def _checks(project: Project) -> Iterator[Step]:
    source = " ".join(map(shlex.quote, project.source)) or "src"
    if project.pre_commit:
        yield Step(
            "In .pre-commit-config.yaml, as a local hook",
            (
                "- repo: local",
                "  hooks:",
                "    - id: logscrub-code",
                "      name: logscrub code",
                "      entry: logscrub code",
                "      language: system",
                "      types: [python]",
                "      require_serial: true",
            ),
        )
    for name in project.ci:
        if name in _CI_STEPS:
            title, form = _CI_STEPS[name]
            yield Step(title, (f"logscrub code {source} --format {form}",), _IN_PIPELINES)
    if project.ignored is not None:
        missing = [one for one in _KEPT_PRIVATE if one not in project.ignored]
        if missing:
            yield Step("In .gitignore: what we keep that no repository should hold", tuple(missing))


_CI_STEPS = {
    "github": ("In a GitHub workflow: findings beside the change", "github"),
    "gitlab": ("In .gitlab-ci.yml: findings in the merge request", "gitlab=gl-code-quality-report.json"),
    "jenkins": ("In the Jenkinsfile: findings as a test report", "junit=logscrub.xml"),
    "azure": ("In azure-pipelines.yml: findings as a test report", "junit=logscrub.xml"),
    "bitbucket": ("In bitbucket-pipelines.yml: findings as a test report", "junit=logscrub.xml"),
}
"""By what runs the checks: where, and the format it shows."""


def _evidence(project: Project) -> Iterator[Step]:
    for about, profile in project.subjects[:1]:
        log = shlex.quote(project.logs[0]) if project.logs else "LOGS"
        control = CONTROLS_OF_PROFILES.get(profile, profile)
        source = "".join(f" --source {shlex.quote(one)}" for one in project.source if os.path.isdir(one))
        yield Step(
            f"This project handles {about}: see what a standard would ask",
            (f"logscrub comply {log} --control {control}{source}",),
        )


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
