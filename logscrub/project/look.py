"""Look at a project: what it is made of, what it uses, where it logs. Everything is read, nothing is run."""

from __future__ import annotations

import configparser
import fnmatch
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from logscrub.project.frameworks import frameworks, subjects

_MOST_FILES = 20_000
_MOST_BYTES = 1 << 18
_MOST_LOGS = 5
_DEPTH = 12
_NOT_OURS = frozenset(
    ("node_modules", "site-packages", "venv", "env", "__pycache__", "build", "dist", "target", "vendor", "third_party")
)
_BESIDE = frozenset((".", "docs", "doc", "examples", "scripts", "tools", "benchmarks"))
"""Where source lies that is not what the service runs: ``setup.py`` at the top, and the like."""
_TESTS = frozenset(("tests", "test", "testing"))
_GENERATED = ("*/migrations/*.py", "*_pb2.py", "*_pb2_grpc.py")
_LOG_FOLDERS = frozenset(("logs", "log"))
_LOG_FILE = re.compile(r".+\.log(?:[.-]\d[\d.-]*)?(?:\.(?:gz|bz2|xz|zst))?")
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+([^\n#]*)|import[ \t]+([\w., \t]+))", re.MULTILINE
)
_LOG_CALL = re.compile(
    rb"\b_*(?:log|logger|logging|LOG|LOGGER)(?:\(\))?\.(?:debug|info|warning|warn|error|exception|critical|log)\("
)
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_OTHER_SOURCE = {".js": "JavaScript", ".ts": "TypeScript", ".tsx": "TypeScript", ".java": "Java", ".go": "Go"}
_CI = {
    ".gitlab-ci.yml": "gitlab",
    "Jenkinsfile": "jenkins",
    "azure-pipelines.yml": "azure",
    "bitbucket-pipelines.yml": "bitbucket",
    "tox.ini": "tox",
}


@dataclass
class Project:
    """What a look at a directory shows. Paths are relative to it.

    Attributes:
        root: the directory.
        packages: directories of Python packages; ``.`` where modules lie in it.
        dependencies: names of distributions it needs, in lower case, ``-`` between words.
        frameworks: names of those it uses, see ``patterns/advice/frameworks.toml``, the most telling first.
        subjects: (what it handles, the profile for it).
        log_calls: how many calls look like log calls.
        busiest: the files with the most of them, and how many.
        other_sources: languages that it is also written in.
        generated: globs of source that a program wrote.
        logs: log files, and directories of them.
        tests: there are tests, and with what: ``pytest`` or empty.
        ci: what runs its checks: ``github``, ``gitlab``, …
        pre_commit: it has hooks of pre-commit.
        ignored: lines of its ``.gitignore``; None without one.
        files: how many were looked at.
        cut: there were more.
    """

    root: str
    packages: list[str] = field(default_factory=list)
    dependencies: set[str] = field(default_factory=set)
    frameworks: list[str] = field(default_factory=list)
    subjects: list[tuple[str, str]] = field(default_factory=list)
    log_calls: int = 0
    busiest: list[tuple[str, int]] = field(default_factory=list)
    other_sources: list[str] = field(default_factory=list)
    generated: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    tests: str = ""
    ci: list[str] = field(default_factory=list)
    pre_commit: bool = False
    ignored: list[str] | None = None
    files: int = 0
    cut: bool = False

    @property
    def source(self) -> list[str]:
        """What ``logscrub code`` has to read."""
        if not self.packages and self.other_sources:
            return ["."]
        return self.packages


def look_at(root: str) -> Project:
    """Look at the project in a directory.

    Reads names, the first 256 kB of Python files, and the files that name dependencies; follows no links, and leaves
    out what is hidden, installed or built. What cannot be read is passed over.

    Args:
        root: the directory.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as root:
    ...     look_at(root).packages
    []
    """
    project = Project(root)
    project.dependencies = set(_dependencies(root))
    imported: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    names: set[str] = set()
    languages: set[str] = set()
    packages: set[str] = set()
    generated: set[str] = set()
    logs: list[str] = []
    for path in _files(project):
        folder, name = os.path.split(path)
        names.add(name)
        if _LOG_FILE.fullmatch(name):
            logs.append(path)
        elif pattern := next((glob for glob in _GENERATED if fnmatch.fnmatch(f"/{path}", glob)), ""):
            generated.add(pattern)
        elif name.endswith(".py"):
            data = _head(os.path.join(root, path))
            if not _TESTS & set(folder.split(os.sep)) and not name.startswith("test_"):
                packages.add(_top(path))
                calls[path] += len(_LOG_CALL.findall(data))
                imported.update(_imports(data))
        elif language := _OTHER_SOURCE.get(os.path.splitext(name)[1]):
            languages.add(language)
    project.packages = _of_worth(packages)
    project.generated = sorted(generated)
    project.logs = _places(logs)[:_MOST_LOGS]
    for path in [one for one in calls if _top(one) not in project.packages]:
        del calls[path]
    project.log_calls = calls.total()
    project.busiest = [(path, count) for path, count in calls.most_common(3) if count]
    project.other_sources = sorted(languages)
    project.frameworks = [
        one.name
        for one in frameworks()
        if any(module in imported for module in one.modules)
        or project.dependencies & set(one.packages)
        or names & set(one.files)
    ]
    project.subjects = [(one.about, one.profile) for one in subjects() if project.dependencies & set(one.packages)]
    project.tests = "pytest" if "pytest" in project.dependencies or names & {"conftest.py", "pytest.ini"} else ""
    _note_checks(project)
    return project


def _files(project: Project) -> Iterator[str]:
    """Yield the files of a project, in a stable order, up to a limit."""
    for directory, folders, files in os.walk(project.root):
        below = os.path.relpath(directory, project.root)
        below = "" if below == "." else below
        depth = below.count(os.sep) + 1 if below else 0
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _NOT_OURS
            and depth < _DEPTH
            and not name.endswith(".egg-info")
            and not os.path.isfile(os.path.join(directory, name, "pyvenv.cfg"))
        )
        for name in sorted(files):
            if project.files >= _MOST_FILES:
                project.cut = True
                return
            if name.isprintable() and below.isprintable():
                project.files += 1
                yield os.path.join(below, name)


def _places(logs: list[str]) -> list[str]:
    """Return the directories of logs, and the logs that lie alone."""
    together = Counter(os.path.dirname(path) for path in logs)
    places = []
    for path in logs:
        folder = os.path.dirname(path)
        parts = folder.split(os.sep)
        named = next((number for number, part in enumerate(parts) if part.lower() in _LOG_FOLDERS), None)
        if named is not None:
            places.append(os.sep.join(parts[: named + 1]))
        else:
            places.append(folder if folder and together[folder] > 1 else path)
    return list(dict.fromkeys(places))


def _top(path: str) -> str:
    """Return the outermost directory a file lies in, ``.`` for none."""
    return path.split(os.sep, maxsplit=1)[0] if os.sep in path else "."


def _of_worth(folders: set[str]) -> list[str]:
    """Return the directories whose source runs in the service: where there are such, not what lies beside them."""
    return sorted(folders - _BESIDE) or sorted(folders)


def _imports(data: bytes) -> set[str]:
    """Return the modules that source imports, and the packages these lie in.

    >>> sorted(_imports(b"import os, celery.app as x\\nfrom aiohttp import web"))
    ['aiohttp', 'aiohttp.web', 'celery', 'celery.app', 'os']
    """
    found: set[str] = set()
    for match in _IMPORT.finditer(data):
        package, members, modules = (part.decode("ascii", "replace") if part else "" for part in match.groups())
        names = [one.split()[0] for one in modules.split(",") if one.strip()] or [package]
        found.update(f"{package}.{one}" for one in re.findall(r"[A-Za-z_]\w*", members))
        for name in names:
            parts = name.split(".")
            found.update(".".join(parts[: number + 1]) for number in range(len(parts)))
    return found - {""}


def _head(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(_MOST_BYTES)
    except OSError:
        return b""


# --- what it needs


def _dependencies(root: str) -> Iterator[str]:
    """Yield the names of what a project says it needs, in every common way of saying so."""
    for text in _requirements(root):
        if (found := _REQUIREMENT.match(text)) and not text.lstrip().startswith(("#", "-")):
            yield re.sub(r"[._-]+", "-", found[1]).lower()


def _requirements(root: str) -> Iterator[str]:
    project = _toml(os.path.join(root, "pyproject.toml"))
    own = _table(project, "project")
    yield from _texts(own.get("dependencies"))
    for some in (*_table(own, "optional-dependencies").values(), *_table(project, "dependency-groups").values()):
        yield from _texts(some)
    poetry = _table(project, "tool", "poetry")
    for table in (poetry, *_table(poetry, "group").values()):
        if isinstance(table, dict):
            yield from _table(table, "dependencies")
    pipfile = _toml(os.path.join(root, "Pipfile"))
    for name in ("packages", "dev-packages"):
        yield from _table(pipfile, name)
    try:
        names = sorted(os.listdir(root))
    except OSError:
        names = []
    for name in names:
        if re.fullmatch(r"(?:.*[-_])?requirements(?:[-_.].*)?\.(?:txt|in)", name):
            yield from _head(os.path.join(root, name)).decode("utf-8", "replace").splitlines()
    yield from _of_setup(os.path.join(root, "setup.cfg"))


def _of_setup(path: str) -> Iterator[str]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(_head(path).decode("utf-8", "replace"))
    except configparser.Error:
        return
    yield from parser.get("options", "install_requires", fallback="").splitlines()
    if parser.has_section("options.extras_require"):
        for _, value in parser.items("options.extras_require"):
            yield from value.splitlines()


def _toml(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as stream:
            return tomllib.load(stream)
    except (OSError, ValueError):
        return {}


def _table(values: dict[str, Any], *keys: str) -> dict[str, Any]:
    inner: Any = values
    for key in keys:
        inner = inner.get(key) if isinstance(inner, dict) else None
    return inner if isinstance(inner, dict) else {}


def _texts(values: object) -> list[str]:
    return [one for one in values if isinstance(one, str)] if isinstance(values, list) else []


# --- what runs its checks


def _note_checks(project: Project) -> None:
    root = project.root
    project.pre_commit = os.path.isfile(os.path.join(root, ".pre-commit-config.yaml"))
    if os.path.isdir(os.path.join(root, ".github", "workflows")):
        project.ci.append("github")
    project.ci += [what for name, what in _CI.items() if os.path.isfile(os.path.join(root, name))]
    path = os.path.join(root, ".gitignore")
    if os.path.isfile(path):
        project.ignored = [line.strip() for line in _head(path).decode("utf-8", "replace").splitlines()]
