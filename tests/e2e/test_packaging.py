"""logscrub as people get it: a wheel, a source distribution, an editable install, a checkout. All hold all the rules.

Nothing is downloaded. The environments hold what logscrub depends on and nothing else, linked from the one the tests
run in, so what is missing from the dependencies is missing here.
"""

from __future__ import annotations

import json
import os
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

from .installing import FILES, PROJECT, attempt, clean_environment, closure, run, with_times_of

LOG = "2025-03-12 08:00:00 INFO login user=jane password=hunter2-correct-horse\n"
LARGEST_CORE = 25_000_000

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are laid out as on POSIX systems")


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
    assert tests | samples | {*FILES, ".ci/run", "docs/ci/constraints.txt"} <= names


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


@pytest.fixture(scope="module")
def core(built: Built, checkout: Path, wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with ``pip install logscrub``: the wheel and what it depends on, with byte code."""
    place = tmp_path_factory.mktemp("core") / "env"
    venv.create(place, symlinks=True, with_pip=False)
    pip = (sys.executable, "-m", "pip", "--python", place / "bin" / "python", "install", "--quiet")
    index = ("--no-index", "--find-links", wheelhouse, "--disable-pip-version-check")
    run(*pip, *index, built.wheel, env=clean_environment(), cwd=place)
    (package,) = (place / "lib").glob("python*/site-packages/logscrub")
    with_times_of(checkout, package)
    return place


@pytest.fixture(scope="module")
def dependencies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds the dependencies, by links."""
    directory = tmp_path_factory.mktemp("dependencies")
    for name in closure(PROJECT["dependencies"]):
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
    core: Path,
) -> Installed:
    place = core if request.param == "wheel" else new_environment(request.param)
    python, script = place / "bin" / "python", place / "bin" / "logscrub"
    environment = clean_environment(LOGSCRUB_CACHE_DIR=os.environ["LOGSCRUB_CACHE_DIR"])
    if request.param == "wheel":
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
        "libraries = {'celery', 'django', 'flask', 'gunicorn', 'pythonjsonlogger', 'rich', 'structlog'}\n"
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


# ---- what a service gets --------------------------------------------------------------------------------------------


def test_a_core_install_is_small(core: Path) -> None:
    """All that pip puts there, byte code included."""
    (packages,) = (core / "lib").glob("python*/site-packages")
    names = {one.name.lower() for one in metadata.distributions(path=[str(packages)])}
    assert names == {"logscrub", *map(str.lower, closure(PROJECT["dependencies"]))}
    files = [path for path in core.rglob("*") if path.is_file() and not path.is_symlink()]
    assert packages / "click" / "__init__.py" in files
    assert [path for path in files if path.parent == packages / "click" / "__pycache__"]
    told = [path.stat() for path in files]
    size, blocks = sum(one.st_size for one in told), sum(one.st_blocks * 512 for one in told)
    assert size <= LARGEST_CORE, f"{size:,} bytes in {len(files):,} files, {blocks:,} in blocks of the file system"


SERVICE = """
import logging, sys
before = set(sys.modules)
import logscrub
logscrub.install()
logging.getLogger("shop").warning("login password=%s", "hunter2-correct-horse")
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names))
"""


def test_a_service_imports_nothing_of_the_terminal(core: Path, tmp_path: Path) -> None:
    environment = clean_environment(LOGSCRUB_CACHE_DIR=os.environ["LOGSCRUB_CACHE_DIR"])
    done = attempt(core / "bin" / "python", "-W", "error", "-c", SERVICE, env=environment, cwd=tmp_path)
    logged, imported = done.stdout.splitlines()
    assert logged == "login password=[password]"
    assert set(imported.split()) <= {"hyperscan", "logscrub", "regex"}


def test_it_runs_as_a_module_and_by_its_path(core: Path, tmp_path: Path) -> None:
    for command in ((core / "bin" / "python", "-m", "logscrub"), (core / "bin" / "logscrub",)):
        assert run(*command, "--version", env=clean_environment(), cwd=tmp_path).strip() == f"logscrub {__version__}"


# ---- extras ---------------------------------------------------------------------------------------------------------

EXTRAS = {
    "cluster": "distributed",
    "compressed": "isal.igzip lz4.frame",
    "fast": "numpy",
    "fix": "libcst logscrub.code.fix",
    "languages": "tree_sitter tree_sitter_go tree_sitter_java tree_sitter_javascript tree_sitter_typescript",
    "otel": "opentelemetry.sdk logscrub.integrations.opentelemetry",
    "pii": "presidio_analyzer phonenumbers stdnum",
    "prometheus": "prometheus_client logscrub.integrations.prometheus",
    "remote": "fsspec",
    "seal": "cryptography.hazmat.primitives.ciphers.aead",
    "sign": "logscrub.comply.sign cryptography",
    "structlog": "logscrub.emit.structlog",
    "tables": "fastavro pyarrow.parquet",
}


def test_all_is_all_extras(built: Built) -> None:
    told = Parser().parsestr(wheel_content(built.wheel)[f"logscrub-{__version__}.dist-info/METADATA"].decode())
    extras = told.get_all("Provides-Extra") or ()
    wanted: dict[str, set[str]] = {extra: set() for extra in extras}
    for requirement in map(Requirement, told.get_all("Requires-Dist") or ()):
        for extra in extras:
            if f'extra == "{extra}"' in str(requirement.marker):
                wanted[extra].add(f"{requirement.name}{requirement.specifier}")
    assert set(extras) == {*EXTRAS, "all"}
    assert all(wanted.values())
    assert wanted["all"] == set().union(*(wanted[extra] for extra in EXTRAS))


@pytest.mark.skipif("LOGSCRUB_TEST_EXTRAS" not in os.environ, reason="LOGSCRUB_TEST_EXTRAS=1 installs from an index")
@pytest.mark.parametrize("extra", [*sorted(EXTRAS), "all"])
def test_an_extra_can_be_installed(extra: str, built: Built, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", symlinks=True, with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check")
    subprocess.run([*pip, f"{built.wheel}[{extra}]"], check=True, stdin=subprocess.DEVNULL)
    modules = EXTRAS.get(extra) or " ".join(EXTRAS.values())
    run(python, "-c", f"import {', '.join(modules.split())}", env=clean_environment(), cwd=tmp_path)
    run(python, "-m", "logscrub", "--version", env=clean_environment(), cwd=tmp_path)
