"""Reports on code: what they say, that they follow their formats, and that nothing secret or active is in them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest

from logscrub import __version__
from logscrub.code.model import CodeResult, Kind
from logscrub.model import Severity
from logscrub.report.code import FORMATS, shown
from logscrub.report.code.about import KINDS
from logscrub.report.forms.paths import uri
from logscrub.report.options import Options

from .code_result import CALLS, FINDING, LEDGER, RESULT, TOKEN

GOLDEN = Path(__file__).parent.parent / "golden"
WITH_CALLS = replace(RESULT, calls=CALLS)
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative to the working directory, which is no repository."""
    monkeypatch.chdir(tmp_path)


def rendered(form: str, result: CodeResult, options: Options | None = None) -> str:
    stream = io.StringIO()
    FORMATS[form](shown(result), stream, options or Options())
    return stream.getvalue()


def check(name: str, text: str) -> None:
    """Compare with a golden file; LOGSCRUB_REGEN=1 writes it."""
    path = GOLDEN / name
    text = text.replace(f'"version": "{__version__}"', '"version": "0.0.0"')
    if os.environ.get("LOGSCRUB_REGEN"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "form", "options"),
    [
        ("code-text.txt", "text", Options()),
        ("code-text-60-columns.txt", "text", Options(width=60)),
        ("code-text-color.txt", "text", Options(color=True, width=100)),
        ("code.json", "json", Options()),
        ("code.sarif", "sarif", Options()),
        ("code-github.txt", "github", Options()),
        ("code-gitlab.json", "gitlab", Options()),
        ("code-junit.xml", "junit", Options()),
        ("code.csv", "csv", Options()),
    ],
)
def test_a_report_is_as_it_was_reviewed(name: str, form: str, options: Options) -> None:
    check(name, rendered(form, WITH_CALLS if form == "json" else RESULT, options))


def test_the_inventory_is_as_it_was_reviewed() -> None:
    check("code-inventory.txt", rendered("text", CodeResult(calls=CALLS, files=3, lines=90)))


def test_a_clean_result_is_one_line() -> None:
    assert rendered("text", CodeResult(files=1, lines=2)) == "no findings in 1 file, 2 lines\n"


def test_an_interrupted_result_says_so() -> None:
    assert "interrupted: this is what was found until then" in rendered("text", replace(RESULT, interrupted=True))


def test_a_narrow_screen_is_never_overrun() -> None:
    for width in (40, 60, 100):
        for one in (WITH_CALLS, LEDGER):
            assert max(map(len, rendered("text", one, Options(width=width)).splitlines())) <= width


def test_without_a_screen_no_line_is_broken() -> None:
    long = replace(FINDING, message="word " * 100)
    assert "word " * 100 in rendered("text", CodeResult((long,)))


# --- what must never be in a report


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_secret_written_into_the_source_is_shown(form: str) -> None:
    text = rendered(form, WITH_CALLS, Options(color=True, width=400))
    for secret in (TOKEN, TOKEN[4:], "hunter2"):
        assert secret not in text
        assert secret not in unquote(text)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_nothing_from_files_reaches_the_terminal(form: str) -> None:
    text = _COLOR.sub("", rendered(form, WITH_CALLS, Options(color=True, width=80)))
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert "\u202e" not in text
    text.encode("utf-8")


def test_names_in_code_are_left_readable() -> None:
    text = rendered("text", RESULT)
    assert "given = form.password" in text
    assert "login of {name} with [password]" in text


# --- formats


def schema() -> dict[str, Any]:
    text = (resources.files("logscrub.report") / "schema" / "code-1.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def test_json_follows_its_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    for one in (WITH_CALLS, CodeResult(), replace(RESULT, interrupted=True), LEDGER):
        jsonschema.Draft202012Validator(schema()).validate(json.loads(rendered("json", one)))


def test_json_lines_are_the_findings_of_the_document() -> None:
    lines = rendered("jsonl", RESULT).splitlines()
    assert [json.loads(line) for line in lines] == json.loads(rendered("json", RESULT))["findings"]


def test_the_documentation_names_every_key_of_the_schema() -> None:
    text = (Path(__file__).parents[2] / "docs" / "report-schema.md").read_text("utf-8")

    def keys(node: Any) -> set[str]:
        found = set(node.get("properties", ())) if isinstance(node, dict) else set()
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        return found.union(*(keys(child) for child in children))

    assert {key for key in keys(schema()) if f"`{key}`" not in text} == set()


# --- with a ledger


def test_the_text_shows_what_a_ledger_has_most_of_first() -> None:
    text = rendered("text", LEDGER)
    order = [text.index(part) for part in ("  high  30:", "  high  12:", "  medium  ", "  low  ")]
    assert order == sorted(order)
    assert text.index("the filter took out  password 1,200 times, email once\n") < order[1]
    assert text.count("the filter took out  ") == 2
    start = text.index("what the filter took out where a finding is suppressed\n")
    assert text[start : text.index("not read", start)] == (
        "what the filter took out where a finding is suppressed\n"
        "  src/shop/conf.py:40  <module>  token 2 times  known\n"
        "\n"
        "what the filter took out where nothing was found\n"
        "  src/shop/auth.py:30  Login.done  iban 9 times\n"
        "  /srv/auth.py:7  email 2 times  one of src/shop/auth.py:12, src/\\u202eold/auth.py:6\n"
        "  /srv/\\x1b[2Jgone.py:3  iban once  no log call of the source that was read\n"
        "\n"
    )


def test_of_very_many_calls_the_text_shows_some_and_json_all() -> None:
    elsewhere = (LEDGER.emitted_elsewhere or ()) * 10
    assert "\n  … and 10 more calls\n" in rendered("text", replace(LEDGER, emitted_elsewhere=elsewhere))
    assert len(json.loads(rendered("json", replace(LEDGER, emitted_elsewhere=elsewhere)))["emitted_elsewhere"]) == 30


def test_programs_are_told_in_the_order_of_the_source() -> None:
    document = json.loads(rendered("json", LEDGER))
    assert [one.get("emitted") for one in document["findings"]] == [
        {"email": 1},
        {"password": 1200, "email": 1},
        None,
        None,
    ]
    assert [(one["path"], one["line"], one["function"]) for one in document["emitted_elsewhere"]] == [
        ("src/shop/auth.py", 30, "Login.done"),
        ("/srv/auth.py", 7, None),
        ("/srv/\\x1b[2Jgone.py", 3, None),
    ]
    assert [len(one["candidates"]) for one in document["emitted_elsewhere"]] == [0, 2, 0]
    assert [one["properties"].get("emitted") for one in sarif(LEDGER)["results"]][:2] == [
        {"email": 1},
        {"password": 1200, "email": 1},
    ]
    rows = list(csv.DictReader(io.StringIO(rendered("csv", LEDGER))))
    assert [row["emitted"] for row in rows] == ["email=1", "password=1200 email=1", "", ""]


@pytest.mark.parametrize("form", ["github", "gitlab", "junit"])
def test_messages_say_what_the_filter_took_out(form: str) -> None:
    text = rendered(form, LEDGER).lower()
    assert text.count("the filter took out: ") == 2
    assert "the filter took out: password 1,200 times, email once" in text


def test_every_kind_is_explained() -> None:
    assert set(KINDS) == set(Kind)


def sarif(result: CodeResult = RESULT) -> Any:
    return json.loads(rendered("sarif", result))["runs"][0]


def test_sarif_has_what_code_scanning_asks_for() -> None:
    """What GitHub's documentation lists as required, and what the standard says that its schema cannot."""
    run = sarif()
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert {"id", "name", "shortDescription", "fullDescription", "help", "helpUri"} <= set(rule)
        assert rule["help"]["text"] and rule["help"]["markdown"]
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
        assert "security" in rule["properties"]["tags"]
    assert [rule["id"] for rule in rules] == sorted({rule["id"] for rule in rules})
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert {"startLine", "startColumn", "endLine", "endColumn"} == set(region)
        assert region["startLine"] >= 1
        assert result["partialFingerprints"]["primaryLocationLineHash"]


def test_sarif_tells_the_story_the_weakness_and_what_was_suppressed() -> None:
    run = sarif()
    first = run["results"][0]
    (flow,) = first["codeFlows"][0]["threadFlows"]
    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in flow["locations"]] == [104, 9, 12]
    assert flow["locations"][1]["location"]["message"]["text"] == "given = form.password"
    (taxonomy,) = run["taxonomies"]
    taxa = [taxon["id"] for taxon in taxonomy["taxa"]]
    for rule in run["tool"]["driver"]["rules"]:
        for relation in rule["relationships"]:
            assert relation["target"]["id"] in taxa
            assert run["taxonomies"][relation["target"]["toolComponent"]["index"]]["name"] == "CWE"
    kinds = [[one["kind"] for one in result["suppressions"]] for result in run["results"]]
    assert kinds == [[], [], [], ["inSource"], ["external"]]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [one["level"] for one in invocation["toolExecutionNotifications"]] == ["error", "note"]
    assert sarif(CodeResult())["invocations"][0]["executionSuccessful"] is True


def test_addresses_are_relative_and_encoded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    address = sarif()["results"][2]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert address == {"uri": "src/odd%0A%1B%5D0%3Bname%07%E2%80%AEgol%20%FF%25.py", "uriBaseId": "PROJECT"}
    assert uri(str(tmp_path / "a.py")) == "a.py"
    assert uri("a:b.py") == "a%3Ab.py"
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert uri("../a b.py").startswith("file:///")


def test_annotations_of_github_are_one_line_each_and_the_worst_come_first() -> None:
    *lines, last = rendered("github", RESULT).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::error", "::warning", "::notice", "::notice"]
    assert "file=src/shop/auth.py,line=12,col=5,endColumn=52,title=code.secret-in-log (high)::" in lines[0]
    assert "line=40,endLine=44,title" in lines[2]
    assert "\\n" in lines[3] and "%5D" not in lines[3] and "%25.py" in lines[3]
    assert last.startswith("3 findings")


def test_github_shows_ten_of_a_kind_and_says_how_many_more() -> None:
    high, _, low = RESULT.findings
    *lines, last = rendered("github", replace(RESULT, findings=(high,) * 25 + (low,) * 12, problems=())).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error"] * 10 + ["::notice"] * 10
    assert lines[-1] == "::notice title=logscrub code::15 more errors, 3 more notices, not shown here"
    assert last.startswith("37 findings")


def test_the_step_summary_quotes_and_keeps_within_its_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    page.write_text("before\n", "utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    evil = replace(RESULT.findings[0], message="a|b `c` <img src=x> [d](https://evil.example)", fix="\U0001f511" * 5000)
    rendered("github", replace(RESULT, findings=(evil,) * 101))
    text = page.read_text("utf-8")
    assert text.startswith("before\n### logscrub code\n")
    rows = [line for line in text.splitlines() if line.startswith("| high ")]
    assert len(rows) == 100 and "… and 1 more finding" in text and "**Not read in full**" in text
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 6 for row in rows)
    assert not re.search(r"(?<!\\)[<`\[]", rows[0])
    for _ in range(10):  # other commands of the step have written there
        told = rendered("github", replace(RESULT, findings=(evil,) * 101))
    assert (1 << 20) - 2000 < page.stat().st_size <= 1 << 20
    assert "::notice title=logscrub code::the step summary has no room for all of it" in told.splitlines()


def test_gitlab_gets_an_array_with_unique_fingerprints() -> None:
    issues = json.loads(rendered("gitlab", RESULT))
    assert [issue["severity"] for issue in issues] == ["critical", "major", "minor"]
    assert len({issue["fingerprint"] for issue in issues}) == 3
    assert issues[0]["location"] == {"path": "src/shop/auth.py", "lines": {"begin": 12, "end": 12}}
    assert json.loads(rendered("gitlab", CodeResult())) == []


def test_junit_can_be_read_and_counts() -> None:
    root = ElementTree.fromstring(rendered("junit", RESULT))
    assert (root.attrib["tests"], root.attrib["failures"], root.attrib["errors"]) == ("4", "3", "1")
    assert len(root.findall(".//failure")) == 3
    clean = ElementTree.fromstring(rendered("junit", CodeResult(files=1, lines=2)))
    assert [case.attrib["name"] for case in clean.iter("testcase")] == ["no findings in 1 file, 2 lines"]


def test_csv_holds_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(rendered("csv", RESULT))))
    assert [row["path"] for row in rows][:2] == ["src/shop/auth.py", "src/shop/conf.py"]
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_severity_has_its_word(form: str, severity: Severity) -> None:
    assert rendered(form, CodeResult((replace(FINDING, severity=severity),)))
