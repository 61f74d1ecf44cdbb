"""The documentation as a site: it builds without a warning, and its pages load nothing from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

pytest.importorskip("mkdocs")
pytest.importorskip("material")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built with warnings as errors: dead links and anchors and pages beside the navigation among them."""
    place = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "--config-file",
            ROOT / "mkdocs.yml",
            "--site-dir",
            place,
        ],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return place


def test_it_has_a_page_for_each_document(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert {path for path in pages if not (site / path).is_file()} == set()
    assert not list(site.rglob("*.py"))


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """Neither by a page nor by what it loads: no font, no script, no picture, no count of stars."""
    loads = re.compile(r"<(?:script|img|iframe|link)\b[^>]*?(?:src|href)=\"?(?:https?:)?//[^>]*>")
    for page in site.rglob("*.html"):
        found = [tag for tag in loads.findall(page.read_text("utf-8")) if 'rel="canonical"' not in tag]
        assert found == [], page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", sheet.read_text("utf-8")), sheet


def test_the_search_knows_the_pages(site: Path) -> None:
    index = (site / "search" / "search_index.json").read_text("utf-8")
    assert "logscrub.install" in index and "threat-model.html" in index


def test_pictures_are_light_and_stand_alone() -> None:
    """``python docs/pictures.py`` makes them."""
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert {path.name: path.stat().st_size for path in pictures if path.stat().st_size > 200_000} == {}
    for path in pictures:
        if path.suffix == ".svg":
            drawn = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
            assert not re.search(r"@font-face|@import|<script|https?:|(?:href|src)=", drawn), path
