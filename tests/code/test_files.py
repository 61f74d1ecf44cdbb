"""Which files of a tree are read, and what their modules are called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from logscrub.code.files import module_name, source_files
from logscrub.code.knowledge import load
from logscrub.code.model import Problem

WANTED = (".py", ".pyw")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "b.py", "a.py", "A.PY", "c.pyw", "d.txt", "e.pyc", "f.py.bak", "pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/m.py",
        "pkg/test_m.py", "pkg/m_test.py", "pkg/conftest.py", "tests/t.py", "pkg/tests/t.py", "latest/l.py", "contest.py", ".git/g.py",
        "__pycache__/p.py", "node_modules/n.py", "x/site-packages/s.py", "env/pyvenv.cfg", "env/lib/v.py",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def names(root: Path, *paths: str, tests: bool = False, exclude: tuple[str, ...] = ()) -> list[str]:
    found = source_files([str(root / path) for path in paths or ("",)], load(), WANTED, tests, exclude)
    return [os.path.relpath(one, root).replace(os.sep, "/") for one in found if isinstance(one, str)]


def test_what_is_read(tree: Path) -> None:
    found = names(tree)
    assert sorted(found) == sorted(
        {
            "A.PY",
            "a.py",
            "b.py",
            "c.pyw",
            "contest.py",
            "latest/l.py",
            "pkg/__init__.py",
            "pkg/sub/__init__.py",
            "pkg/sub/m.py",
        }
    )
    assert found == names(tree)
    extra = set(names(tree, tests=True)) - set(found)
    assert extra == {"pkg/test_m.py", "pkg/m_test.py", "pkg/conftest.py", "tests/t.py", "pkg/tests/t.py"}


def test_a_path_that_is_named_is_read_whatever_it_is(tree: Path) -> None:
    assert names(tree, "d.txt", "pkg/test_m.py") == ["d.txt", "pkg/test_m.py"]
    assert names(tree, "tests") == ["tests/t.py"]
    assert names(tree, "env") == ["env/lib/v.py"]
    assert names(tree, "a.py", "a.py", "") == ["a.py", *[one for one in names(tree) if one != "a.py"]]


@pytest.mark.parametrize("glob", ["pkg", "pkg/", "pkg/*", "*/sub/*", "**/sub"])
def test_excluded_by_a_glob(glob: str, tree: Path) -> None:
    assert "pkg/sub/m.py" not in names(tree, exclude=(glob,))
    assert "a.py" in names(tree, exclude=(glob,))


def test_what_is_not_there(tmp_path: Path) -> None:
    found = list(source_files([str(tmp_path / "none"), "a\0b"], load(), WANTED, False, ()))
    assert all(isinstance(one, Problem) for one in found) and len(found) == 2


def test_names_of_modules(tree: Path) -> None:
    memory: dict[str, bool] = {}
    assert module_name(str(tree / "a.py"), memory) == ("a", False)
    assert module_name(str(tree / "pkg/__init__.py"), memory) == ("pkg", True)
    assert module_name(str(tree / "pkg/sub/m.py"), memory) == ("pkg.sub.m", False)
