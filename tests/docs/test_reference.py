"""The pages of the reference that are made from the code are what the code says, and leave nothing out."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

import logscrub
from logscrub.config import load_config

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
# Those of the operating system that say what everybody knows.
_OF_THE_SYSTEM = {"HOME", "PATH", "USER"}


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """``docs/generate.py``, which is no module of a package."""
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_pages_are_what_the_code_says(generator: ModuleType) -> None:
    """LOGSCRUB_REGEN=1 writes them, and so does ``python docs/generate.py``."""
    if os.environ.get("LOGSCRUB_REGEN"):
        generator.main()
    stale = []
    for path, text in generator.pages().items():
        page = DOCS / path
        if not page.is_file() or page.read_text("utf-8") != text:
            written = page.read_text("utf-8").splitlines() if page.is_file() else []
            first = next((new for old, new in zip(written, text.splitlines()) if old != new), "only the end differs")
            stale.append(f"docs/{path}: first difference: {first}")
    if stale:
        pytest.fail("\n".join(["not up to date: python docs/generate.py", *stale]), pytrace=False)


def test_every_public_name_is_on_the_page_of_the_python_interface() -> None:
    page = (DOCS / "reference" / "python.md").read_text("utf-8")
    told = set(re.findall(r"^### logscrub\.(\w+)$", page, re.MULTILINE))
    assert set(logscrub.__all__) - told - {"__version__"} == set()


def test_every_key_of_the_configuration_has_a_row(tmp_path: Path) -> None:
    """What a refused key says that there is, is what the page lists."""
    page = (DOCS / "reference" / "configuration.md").read_text("utf-8")
    config = tmp_path / "logscrub.toml"
    for table, heading in {"": "Keys", "[code]\n": "The table code", "[comply]\n": "The table comply"}.items():
        config.write_text(f"{table}zzzzzzzz = 1\n")
        with pytest.raises(logscrub.LogscrubError) as refused:
            load_config(config)
        known = set(str(refused.value).partition("known are ")[2].split(", ")) - {"code", "comply"}
        part = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        assert set(re.findall(r"^\| `([\w-]+)` \|", part, re.MULTILINE)) == known, heading


def test_every_environment_variable_that_is_read_is_told() -> None:
    page = (DOCS / "reference" / "processes.md").read_text("utf-8")
    read = re.compile(r"environ(?:\.get\(|\[)\s*\"([A-Z][A-Z_]+)\"|\"(LOGSCRUB_[A-Z_]+)\"")
    names = {
        name
        for path in (ROOT / "logscrub").rglob("*.py")
        for found in read.finditer("".join(line for line in path.read_text("utf-8").splitlines() if ">>>" not in line))
        for name in found.groups()
        if name
    }
    assert {name for name in names - _OF_THE_SYSTEM if f"`{name}" not in page} == set()
