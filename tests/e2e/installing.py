"""What tests need that install logscrub as people do: commands, clean environments, and the wheels of what it needs."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
FILES = (
    "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Containerfile", "mkdocs.yml", ".gitignore",
    ".pre-commit-hooks.yaml",
)  # fmt: skip
DIRECTORIES = ("logscrub", "patterns", "tests", "sample_logs", "benchmarks", "docs", ".ci")


def attempt(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command; standard error is part of what it prints."""
    return subprocess.run(
        [os.fspath(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
        **options,  # type: ignore[call-overload]
    )


def run(*command: str | Path, **options: object) -> str:
    """Run a command that has to succeed, and return what it prints to standard output."""
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
    """The environment of the tests without what steers Python, pip, git, pre-commit, a CI service and logscrub."""
    hidden = ("PYTHON", "LOGSCRUB_", "PYTEST_", "PIP_", "GIT_", "PRE_COMMIT", "GITHUB_", "CI_")
    return {**{name: value for name, value in os.environ.items() if not name.startswith(hidden)}, **extra}


def copy_of_the_project(place: Path) -> None:
    """Copy what the project consists of into an existing directory."""
    for name in FILES:
        shutil.copy2(ROOT / name, place)
    for name in DIRECTORIES:
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))


def with_times_of(checkout: Path, package: Path) -> None:
    """Give installed modules the times of their sources: what was compiled for those in this run then holds for them."""
    for module in package.rglob("*.py"):
        source = (checkout / "logscrub" / module.relative_to(package)).stat()
        os.utime(module, ns=(source.st_atime_ns, source.st_mtime_ns))


def closure(requirements: Iterable[str]) -> set[str]:
    """The distributions that pip brings for these requirements."""
    found: set[str] = set()
    wanted = list(requirements)
    while wanted:
        requirement = Requirement(wanted.pop())
        if requirement.name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(requirement.name)
        wanted += metadata.requires(requirement.name) or ()
    return found


def make_wheel(name: str, directory: Path) -> None:
    """Make a wheel again of a distribution that was installed from one.

    Raises:
        LookupError: it was not: there is no list of its files, or nothing that tells what it runs on.
    """
    distribution = metadata.distribution(name)
    info, files = distribution.read_text("WHEEL"), distribution.files
    if info is None or files is None:
        raise LookupError(f"{name} was not installed from a wheel")
    tags = [line.partition(": ")[2] for line in info.splitlines() if line.startswith("Tag: ")]
    python, abi, _ = tags[0].split("-")
    platforms = ".".join(dict.fromkeys(tag.split("-")[2] for tag in tags))
    wheel = directory / f"{name.replace('-', '_')}-{distribution.version}-{python}-{abi}-{platforms}.whl"
    left_out = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
    record = []
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            if file.parts[0] == ".." or "__pycache__" in file.parts:
                continue
            if file.parts[0].endswith(".dist-info"):
                top = file.parts[0]
                if file.name in left_out:
                    continue
            data = Path(str(file.locate())).read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            archive.writestr(file.as_posix(), data)
            record.append(f"{file.as_posix()},sha256={digest},{len(data)}")
        archive.writestr(f"{top}/RECORD", "\n".join([*record, f"{top}/RECORD,,", ""]))
