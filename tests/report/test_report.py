"""Reports: what they say, and that nothing in them can act on a terminal."""

from __future__ import annotations

import io
import json
import os
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscrub.findings import ScanResult
from logscrub.report import FORMATS, Options
from logscrub.report.visible import visible

GOLDEN = Path(__file__).parent.parent / "golden"
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def rendered(form: str, result: ScanResult, options: Options | None = None) -> str:
    stream = io.StringIO()
    FORMATS[form](result, stream, options or Options())
    return stream.getvalue()


def check(name: str, text: str) -> None:
    """Compare with a golden file; LOGSCRUB_REGEN=1 writes it."""
    path = GOLDEN / name
    if os.environ.get("LOGSCRUB_REGEN"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def schema() -> dict[str, Any]:
    text = (resources.files("logscrub.report") / "schema" / "scan-1.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("scan-text.txt", Options()),
        ("scan-text-60-columns.txt", Options(width=60)),
        ("scan-text-color.txt", Options(color=True, width=100)),
    ],
)
def test_the_text_report_is_as_it_was_reviewed(result: ScanResult, name: str, options: Options) -> None:
    check(name, rendered("text", result, options))


def test_the_json_report_is_as_it_was_reviewed(result: ScanResult) -> None:
    check("scan.json", rendered("json", result))


def test_a_clean_result_is_one_line() -> None:
    assert rendered("text", ScanResult((), files=1, lines=2, bytes=30)) == "no findings in 1 file, 2 lines, 30 bytes\n"


def test_an_interrupted_result_says_so(result: ScanResult) -> None:
    assert "interrupted: this is what was found until then" in rendered("text", replace(result, interrupted=True))


def test_json_follows_its_schema(result: ScanResult) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    for one in (result, ScanResult(()), replace(result, interrupted=True, key_id="abcdefgh")):
        jsonschema.Draft202012Validator(schema()).validate(json.loads(rendered("json", one)))


def test_the_documentation_names_every_key_of_the_schema() -> None:
    text = (Path(__file__).parents[2] / "docs" / "report-schema.md").read_text("utf-8")

    def keys(node: Any) -> set[str]:
        found = set(node.get("properties", ())) if isinstance(node, dict) else set()
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        return found.union(*(keys(child) for child in children))

    assert {key for key in keys(schema()) if f"`{key}`" not in text} == set()


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_nothing_from_files_reaches_the_terminal(result: ScanResult, form: str) -> None:
    text = _COLOR.sub("", rendered(form, result, Options(color=True, width=80)))
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert "\u202e" not in text


def test_without_a_screen_no_line_is_broken(result: ScanResult) -> None:
    path = "/very/long" * 40 + "/app.log"
    first = result.findings[0]
    moved = replace(first, first=replace(first.first, path=path))
    assert f"{path}:12" in rendered("text", replace(result, findings=(moved,)))


@given(st.text())
def test_visible_text_is_printable_and_plain_text_stays(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert shown == text or not text.isprintable()
    shown.encode("utf-8")
