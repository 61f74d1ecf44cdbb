"""``logscrub init``: what it sees of a project, what it writes, what it says to do next."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from logscrub.config import CodeSettings, load_config
from logscrub.policy import Policy
from logscrub.project import Project, added_to_pyproject, look_at, next_steps, settings_text
from logscrub.project.frameworks import frameworks
from logscrub.project.settings import check

from .conftest import Run

APP = """
import logging, os
from fastapi import FastAPI
log = logging.getLogger(__name__)
log.info("one"); log.warning("two")
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project that uses much."""
    root = tmp_path / "work"
    for path, text in {
        "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["Stripe>=1", "structlog"]\n'
        '[dependency-groups]\ntest = ["pytest>=8", {include-group = "x"}]\n',
        "requirements-prod.txt": "# comment\n-r other.txt\ngunicorn[gevent]==23 ; python_version > '3'\n",
        "setup.py": "raise SystemExit('nobody runs this')\n",
        "shop/__init__.py": "raise SystemExit('nor this')\n",
        "shop/app.py": APP,
        "shop/migrations/0001_initial.py": "import flask\nlog.info('generated')\n",
        "tests/test_app.py": "import django\nlog.info('x')\n",
        "venv/pyvenv.cfg": "",
        "venv/lib/celery.py": "import celery\n",
        "var/logs/app.log": "",
        "var/logs/app.log.1.gz": "",
        "web/main.ts": "",
        ".github/workflows/ci.yml": "",
        ".pre-commit-config.yaml": "",
        ".gitignore": "*.pyc\n*.key\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "loop").symlink_to(root)
    return root


def test_a_project_is_looked_at_and_nothing_of_it_is_run(shop: Path) -> None:
    project = look_at(str(shop))
    assert project.packages == ["shop"]
    assert project.frameworks == ["fastapi", "gunicorn", "structlog"]
    assert {"stripe", "structlog", "pytest", "gunicorn"} == project.dependencies
    assert project.subjects == [("payments", "pci")]
    assert (project.log_calls, project.busiest) == (2, [("shop/app.py", 2)])
    assert project.logs == ["var/logs"]
    assert project.generated == ["*/migrations/*.py"]
    assert project.other_sources == ["TypeScript"]
    assert (project.tests, project.ci, project.pre_commit) == ("pytest", ["github"], True)


def test_the_file_loads_and_says_what_each_key_does(shop: Path, run: Run) -> None:
    done = run("init", shop)
    assert (done.code, done.err) == (0, "")
    text = (shop / "logscrub.toml").read_text()
    config = load_config(shop / "logscrub.toml")
    assert config.policy == Policy()
    assert config.code.exclude == ("*/migrations/*.py",)
    for key in re.findall(r"^(?:# )?([a-z-]+) = ", text, re.MULTILINE):
        before = text[: text.index(f"{key} = ")].splitlines()[-2:]
        assert any(line.startswith("#") for line in before), key
    settings = {one.name for one in (*fields(Policy), *fields(CodeSettings))}
    told = {key.replace("-", "_") for key in re.findall(r"^(?:# )?([a-z-]+) = ", text, re.MULTILINE)}
    assert {"select", "ignore", "actions", "packs", "min_severity", "exclude", "safe", "loggers"} <= told & settings
    for step in (
        "logscrub scan var/logs",
        "logscrub code shop",
        "logger_class =",
        "logscrub comply",
        "id: logscrub-code",
        "*.ledger*",
    ):
        assert step in done.out
    assert "*.key" not in done.out


@pytest.mark.parametrize("table", [False, True])
@pytest.mark.parametrize("profile", [None, "pci", "debug-friendly"])
def test_what_is_commented_out_can_be_used_too(table: bool, profile: str | None, tmp_path: Path) -> None:
    project = Project(str(tmp_path), subjects=[("payments", "pci")])
    text = settings_text(project, profile, table=table)
    (tmp_path / "logscrub.key").write_text("k" * 32)
    values = re.sub(r"^# (?=[a-z-]+ = )", "", text, flags=re.MULTILINE).splitlines()
    unique = [
        line
        for number, line in enumerate(values)
        if not line.startswith("select") or "select" not in "".join(values[:number])
    ]
    unique = [line for line in unique if not line.startswith(("packs", "key-file"))]
    check("\n".join(unique) + "\n", table=table)


def test_nothing_is_replaced_unless_asked_for(shop: Path, run: Run) -> None:
    (shop / "logscrub.toml").write_text("# mine\n")
    for words in ((), ("--pyproject",), ("-o", str(shop / "logscrub.toml"))):
        done = run("init", shop, *words)
        assert (done.code, done.out) == (2, "")
        assert "--force" in done.err
    assert (shop / "logscrub.toml").read_text() == "# mine\n"
    assert run("init", shop, "--dry-run").code == 0
    assert (shop / "logscrub.toml").read_text() == "# mine\n"
    assert run("init", shop, "--force").code == 0
    assert "select" in (shop / "logscrub.toml").read_text()


@pytest.mark.parametrize("end", ["\n", "", "\r\n"])
def test_a_pyproject_is_kept_byte_for_byte(end: str, shop: Path, run: Run) -> None:
    before = '# é\n[project]\nname = "shop"\n\n[tool.other]\nx = 1'.replace("\n", end or "\n").encode() + end.encode()
    path = shop / "pyproject.toml"
    path.write_bytes(before)
    path.chmod(0o640)
    assert run("init", shop, "--pyproject", "--profile", "pci").code == 0
    after = path.read_bytes()
    assert after.startswith(before)
    assert path.stat().st_mode & 0o777 == 0o640
    assert (b"\r\n" in before) == (b"\r\n" in after)
    assert tomllib.loads(after.decode())["tool"]["other"] == {"x": 1}
    config = load_config(path)
    assert config.policy == Policy.of("pci")
    assert "has a table [tool.logscrub]" in run("init", shop, "--pyproject").err
    assert path.read_bytes() == after


@pytest.mark.parametrize(
    ("present", "hint"),
    [
        (b"tool = { other = 1 }\n", "write a logscrub.toml instead"),
        (b"[project\n", "is not valid TOML"),
        (b"[tool.logscrub]\n", "has a table [tool.logscrub]"),
    ],
)
def test_a_pyproject_that_cannot_be_added_to_is_refused(present: bytes, hint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(hint)):
        added_to_pyproject(present, "[tool.logscrub]\nselect = []\n")


def test_a_profile_that_is_not_there_is_refused_before_anything_is_written(shop: Path, run: Run) -> None:
    done = run("init", shop, "--profile", "pcj")
    assert (done.code, done.out) == (2, "")
    assert "pci" in done.err
    assert not (shop / "logscrub.toml").exists()


def test_every_framework_has_a_page_and_its_step() -> None:
    root = Path(__file__).resolve().parent.parent.parent
    for one in frameworks():
        assert (root / "docs" / "integrations" / f"{one.page}.md").is_file(), one.name
        steps = next_steps(Project(".", packages=["shop"], frameworks=[one.name]))
        lines = "\n".join(line for step in steps for line in step.lines)
        assert (one.code or "logscrub.install()") in lines
        assert not any("docs/" in step.about for step in steps), "a path that users do not have"
