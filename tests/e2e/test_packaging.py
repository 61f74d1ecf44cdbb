"""logscrub as people get it: a wheel, a source distribution, an editable install, a checkout. All hold all the rules.

Nothing is downloaded. The environments hold what logscrub depends on and nothing else, linked from the one the tests
run in, so what is missing from the dependencies is missing here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import Parser
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from logscrub import __version__

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
FILES = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore")
DIRECTORIES = ("logscrub", "patterns", "tests", "sample_logs", "benchmarks", "docs", ".ci")
LOG = "2025-03-12 08:00:00 INFO login user=jane password=hunter2-correct-horse\n"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are laid out as on POSIX systems")


def run(*command: str | Path, **options: object) -> str:
    """Run a command that has to succeed, and return what it prints."""
    done = subprocess.run(
        [os.fspath(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return str(done.stdout)


def clean_environment(**extra: str) -> dict[str, str]:
    hidden = ("PYTHON", "LOGSCRUB_", "PYTEST_", "PIP_")
    return {**{name: value for name, value in os.environ.items() if not name.startswith(hidden)}, **extra}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, which nobody edits while it is built."""
    place = tmp_path_factory.mktemp("checkout")
    for name in FILES:
        shutil.copy2(ROOT / name, place)
    for name in DIRECTORIES:
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    return place


# ---- what is built --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Built:
    """What ``build`` makes of the project."""

    sdist: Path
    wheel: Path
    wheel_of_sdist: Path


@pytest.fixture(scope="module")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    direct, chain = tmp_path_factory.mktemp("direct"), tmp_path_factory.mktemp("chain")
    build = (sys.executable, "-m", "build", "--no-isolation", checkout, "--outdir")
    # From an empty directory: one called "build" beside it would be taken for the tool.
    run(*build, direct, "--wheel", cwd=direct)
    run(*build, chain, cwd=chain)
    (wheel,), (wheel_of_sdist,), (sdist,) = direct.glob("*.whl"), chain.glob("*.whl"), chain.glob("*.tar.gz")
    return Built(sdist, wheel, wheel_of_sdist)


def wheel_content(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_wheel_holds_the_package_the_rules_and_the_licence(built: Built, checkout: Path) -> None:
    content = wheel_content(built.wheel)
    info = f"logscrub-{__version__}.dist-info"
    packs = {f"logscrub/{path.relative_to(checkout).as_posix()}" for path in (checkout / "patterns").rglob("*.toml")}
    modules = {path.relative_to(checkout).as_posix() for path in (checkout / "logscrub").rglob("*.py")}
    schemas = {path.relative_to(checkout).as_posix() for path in (checkout / "logscrub").rglob("*.json")}
    assert packs
    assert packs | modules | schemas | {"logscrub/py.typed", f"{info}/licenses/LICENSE"} <= content.keys()
    assert {name.partition("/")[0] for name in content} == {"logscrub", info}
    assert not [name for name in content if "__pycache__" in name or name.endswith(".pyc")]
    assert b"logscrub = logscrub.__main__:main" in content[f"{info}/entry_points.txt"]


def test_a_wheel_says_what_it_is(built: Built, checkout: Path) -> None:
    told = Parser().parsestr(wheel_content(built.wheel)[f"logscrub-{__version__}.dist-info/METADATA"].decode())
    assert (told["Name"], told["Version"], told["Requires-Python"]) == ("logscrub", __version__, ">=3.11")
    assert (told["License-Expression"], told["License-File"]) == ("Apache-2.0", "LICENSE")
    assert set(told.get_all("Provides-Extra") or ()) == set(PROJECT["optional-dependencies"])
    assert (checkout / "README.md").read_text("utf-8").strip() in str(told.get_payload())


def test_a_source_distribution_builds_the_same_wheel(built: Built) -> None:
    assert wheel_content(built.wheel_of_sdist) == wheel_content(built.wheel)


def test_a_source_distribution_holds_what_the_tests_need(built: Built, checkout: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tests = {path.relative_to(checkout).as_posix() for path in (checkout / "tests").rglob("*.py")}
    samples = {path.relative_to(checkout).as_posix() for path in (checkout / "sample_logs").iterdir() if path.is_file()}
    assert tests | samples | {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", ".ci/run"} <= names


# ---- what is installed ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Installed:
    """A way to have logscrub: its Python, the command that starts it, and where its rules should lie."""

    python: Path
    command: tuple[str | Path, ...]
    packs: Path
    environment: dict[str, str]

    def logscrub(self, *arguments: str | Path, **options: object) -> str:
        return run(*self.command, *arguments, env=self.environment, **options)


def core_dependencies() -> set[str]:
    """The distributions that ``pip install logscrub`` brings, without any extra."""
    found: set[str] = set()
    wanted = list(PROJECT["dependencies"])
    while wanted:
        requirement = Requirement(wanted.pop())
        if requirement.name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(requirement.name)
        wanted += metadata.requires(requirement.name) or ()
    return found


@pytest.fixture(scope="module")
def dependencies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds the dependencies, by links."""
    directory = tmp_path_factory.mktemp("dependencies")
    for name in core_dependencies():
        distribution = metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
            if not (directory / top).exists():
                (directory / top).symlink_to(Path(str(distribution.locate_file(top))).resolve())
    return directory


@pytest.fixture(scope="module")
def new_environment(tmp_path_factory: pytest.TempPathFactory, dependencies: Path) -> Callable[[str], Path]:
    """Make an environment that has the dependencies but not logscrub."""

    def make(name: str) -> Path:
        place = tmp_path_factory.mktemp(name) / "env"
        venv.create(place, symlinks=True, with_pip=False)
        (packages,) = (place / "lib").glob("python*/site-packages")
        (packages / "dependencies.pth").write_text(f"{dependencies}\n")
        return place

    return make


def pip_install(place: Path, *arguments: str | Path, **extra: str) -> None:
    # --ignore-installed: it has no business with what the tests' own environment holds.
    pip = (sys.executable, "-m", "pip", "--python", place / "bin" / "python", "install", "--quiet", "--no-index")
    options = ("--no-deps", "--ignore-installed", "--no-build-isolation", "--disable-pip-version-check")
    run(*pip, *options, *arguments, env=clean_environment(**extra), cwd=place)


@pytest.fixture(scope="module", params=["wheel", "editable", "checkout"])
def installed(
    request: pytest.FixtureRequest,
    new_environment: Callable[[str], Path],
    checkout: Path,
    built: Built,
    tmp_path_factory: pytest.TempPathFactory,
) -> Installed:
    place = new_environment(request.param)
    python, script = place / "bin" / "python", place / "bin" / "logscrub"
    environment = clean_environment(LOGSCRUB_CACHE_DIR=str(tmp_path_factory.mktemp("cache") / "logscrub"))
    if request.param == "wheel":
        pip_install(place, built.wheel)
        (packages,) = (place / "lib").glob("python*/site-packages")
        return Installed(python, (script,), packages / "logscrub" / "patterns", environment)
    if request.param == "editable":
        # The build backend comes from the environment of the tests.
        backend = str(metadata.distribution("hatchling").locate_file(""))
        pip_install(place, "--editable", checkout, PYTHONPATH=backend)
        return Installed(python, (script,), checkout / "patterns", environment)
    return Installed(
        python, (python, "-m", "logscrub"), checkout / "patterns", {**environment, "PYTHONPATH": str(checkout)}
    )


def test_the_rules_are_found(installed: Installed, checkout: Path, tmp_path: Path) -> None:
    """Every rule of ``patterns/`` is there, and the packs are those that belong to the installation."""
    listed = installed.logscrub("rules", "list", "--select", "all", "--format", "json", "--isolated", cwd=tmp_path)
    written = set()
    for path in (checkout / "patterns").rglob("*.toml"):
        pack = tomllib.loads(path.read_text("utf-8"))
        written |= {rule["id"] for kind in ("rule", "field") for rule in pack.get(kind, ())}
    assert {rule["id"] for rule in json.loads(listed)} == written
    code = "from logscrub.rules.packs import builtin_directory; print(builtin_directory())"
    where = run(installed.python, "-c", code, env=installed.environment, cwd=tmp_path).strip()
    assert Path(where).resolve() == installed.packs.resolve()


def test_a_scan_finds_and_a_redaction_hides(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(LOG)
    report = installed.logscrub("scan", "app.log", "--exit-zero", "--format", "json", cwd=tmp_path)
    assert [finding["rule"] for finding in json.loads(report)["findings"]] == ["password"]
    assert installed.logscrub("redact", "app.log", cwd=tmp_path) == LOG.replace("hunter2-correct-horse", "[password]")


def test_every_module_can_be_imported_without_extras(installed: Installed, tmp_path: Path) -> None:
    code = (
        "import importlib, pkgutil, logscrub\n"
        "libraries = {'celery', 'django', 'flask', 'gunicorn', 'pythonjsonlogger',\n"
        "             'structlog'}\n"
        "for name in logscrub.__all__: getattr(logscrub, name)\n"
        "for module in pkgutil.walk_packages(logscrub.__path__, 'logscrub.'):\n"
        "    try: importlib.import_module(module.name)\n"
        "    except ImportError as error:\n"
        "        if getattr(error, 'extra', '') in ('otel', 'prometheus'): continue\n"
        "        room = module.name.split('.')[2:3], error.name\n"
        "        known = room in ((['fix'], 'libcst'), (['languages'], 'tree_sitter'))\n"
        "        # A part of a library is for those who have the library.\n"
        "        known = known or (module.name.split('.')[1] in ('emit', 'integrations') and error.name in libraries)\n"
        "        known = known or (module.name.split('.')[1] in ('pytest_plugin', 'testing') and error.name == 'pytest')\n"
        "        assert known, (module.name, error)\n"
        "        assert not module.ispkg, module.name\n"
    )
    run(installed.python, "-W", "error", "-c", code, env=installed.environment, cwd=tmp_path)


def test_an_editable_install_holds_no_copies(installed: Installed, checkout: Path) -> None:
    """Whoever edits a rule or a module sees the edit."""
    if installed.packs == checkout / "patterns":
        root = installed.python.parent.parent
        assert [path.name for path in root.glob("lib/python*/site-packages/logscrub/**/*")] == []


def test_the_version_is_told(installed: Installed, tmp_path: Path) -> None:
    assert installed.logscrub("--version", cwd=tmp_path).strip() == f"logscrub {__version__}"
