"""Reports: what they say, that they follow their formats, and that nothing from files can act on whoever reads them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import fields, replace
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from referencing import Registry, Resource

from logscrub.code.model import LogCall
from logscrub.code.model import Place as CodePlace
from logscrub.findings import Finding, Gone, Place, Run, ScanResult, Suppressed
from logscrub.model import Confidence, Severity
from logscrub.report import FORMATS, GROUPS, SORTS, Options
from logscrub.report.about import identity
from logscrub.report.forms.documents import write_document
from logscrub.report.forms.paths import uri
from logscrub.report.shown import shown
from logscrub.report.visible import visible
from logscrub.sources.paths import Unread
from logscrub.trace.model import Origin, TracedFinding

GOLDEN = Path(__file__).parent.parent / "golden"
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_NOW = 1_772_618_400.0
_NONE = tuple((severity, 0) for severity in reversed(Severity))


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative to the working directory, which is no repository; no step of a workflow; a fixed time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.setattr("logscrub.report.gitlab_secrets.time.time", lambda: _NOW)


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
    ("name", "form", "options"),
    [
        ("scan-text.txt", "text", Options()),
        ("scan-text-60-columns.txt", "text", Options(width=60)),
        ("scan-text-color.txt", "text", Options(color=True, width=100)),
        ("scan-text-by-rule.txt", "text", Options(group="rule", sort="count", per_rule=2)),
        ("scan-text-by-file.txt", "text", Options(group="file", sort="path", per_rule=2)),
        ("scan-text-by-component.txt", "text", Options(group="component", sort="time", per_rule=2, width=80)),
        ("scan.json", "json", Options()),
        ("scan.jsonl", "jsonl", Options()),
        ("scan.csv", "csv", Options()),
        ("scan.sarif", "sarif", Options()),
        ("scan-github.txt", "github", Options()),
        ("scan-gitlab.json", "gitlab", Options()),
        ("scan-gitlab-secrets.json", "gitlab-secrets", Options()),
        ("scan-junit.xml", "junit", Options()),
    ],
)
def test_a_report_is_as_it_was_reviewed(result: ScanResult, name: str, form: str, options: Options) -> None:
    check(name, rendered(form, result, options))


def test_every_format_says_what_it_is_and_no_module_is_loaded_for_that() -> None:
    code = (
        "import sys; from logscrub.report import FORMATS; print(*(one.about for one in FORMATS.values()), sep='\\n');"
    )
    code += "sys.exit(sum(name.startswith('logscrub.report.') for name in sys.modules) - 2)"  # lazy, options
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(0 < len(line) < 80 for line in done.stdout.splitlines())


# --- text


def test_a_clean_result_is_one_line() -> None:
    assert rendered("text", ScanResult((), files=1, lines=2, bytes=30)) == "no findings in 1 file, 2 lines, 30 bytes\n"


def test_an_interrupted_result_says_so(result: ScanResult) -> None:
    assert "interrupted: this is what was found until then" in rendered("text", replace(result, interrupted=True))


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("sort", SORTS)
def test_every_order_lists_every_rule_and_stays_within_the_screen(result: ScanResult, group: Any, sort: Any) -> None:
    for width in (40, 60, 120):
        text = rendered("text", result, Options(group=group, sort=sort, width=width))
        assert max(map(len, text.splitlines())) <= width
        assert all(rule in text for rule in ("github-token", "password", "email"))


def finding(name: str, count: int, hour: int, path: str, **more: Any) -> Finding:
    place = Place(path, 1, 1, 0, f"2026-03-04T{hour:02}:00:00")
    one = Finding(
        name, name, name.title(), "secret.token", Severity.LOW, Confidence.HIGH, "f", f"{name}…", "", count,
        ((path, count),), 1, place, place,
    )  # fmt: skip
    return replace(one, **more)


def test_what_comes_first_is_as_the_options_say() -> None:
    some = (
        finding("worst", 2, 3, "c.log", severity=Severity.HIGH),
        finding("often", 9, 2, "b.log"),
        finding("early", 3, 1, "d.log"),
        finding("never", 1, 4, "a.log"),
    )
    undated = replace(some[3], first=Place("a.log", 1, 1, 0), last=Place("a.log", 1, 1, 0))
    result = ScanResult((*some[:3], undated))
    expected = {
        "severity": ["worst", "often", "early", "never"],
        "count": ["often", "early", "worst", "never"],
        "time": ["early", "often", "worst", "never"],
        "path": ["never", "often", "worst", "early"],
    }
    for group in ("rule", "file"):
        for sort in SORTS:
            text = rendered("text", result, Options(group=group, sort=sort))  # type: ignore[arg-type]
            names = [word.removesuffix("…") for word in text.split() if word.endswith("…") and len(word) > 1]
            assert names == expected[sort], (group, sort)


def test_a_group_counts_only_what_belongs_to_it(result: ScanResult) -> None:
    by_file = rendered("text", result, Options(group="file", sort="path"))
    start = by_file.index("\nlogs/app.log.1.gz\n")
    assert "ghp_… (40)  new  1 of 3 times\n      at    logs/app.log.1.gz:12" in by_file[start:]
    assert "ghp_… (40)  new  2 of 3 times\n      last  logs/app.log:4400" in by_file[:start]
    by_component = rendered("text", result, Options(group="component"))
    start = by_component.index("payments.gateway\n  critical")
    assert "ghp_… (40)  new  2 of 3 times\n      first logs/app.log.1.gz:12" in by_component[start:]
    unknown = by_component[by_component.index("other components, or none known\n") :]
    assert "… (0)  known  13 of 20 times" in unknown


def test_what_a_finding_does_not_list_is_not_lost() -> None:
    widespread = finding("token", 500, 1, "a.log", files=(("a.log", 300), ("b.log", 100)), file_count=200)
    text = rendered("text", ScanResult((widespread,)), Options(group="file"))
    assert [line for line in text.splitlines() if not line.startswith(" ")][:3] == ["a.log", "", "b.log"]
    assert "further files\n  low  Token  token\n    token…  100 of 500 times\n" in text


def test_without_a_screen_no_line_is_broken(result: ScanResult) -> None:
    path = "/very/long" * 40 + "/app.log"
    first = result.findings[0]
    moved = replace(first, first=replace(first.first, path=path))
    assert f"{path}:12" in rendered("text", replace(result, findings=(moved,)))


def test_what_does_not_fit_goes_on_below_the_place(result: ScanResult) -> None:
    lines = rendered("text", result, Options(width=60)).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("      first "))
    assert lines[at + 1].startswith(" " * 12) and lines[at + 1].strip()


# --- JSON


def test_json_follows_its_schema(result: ScanResult) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    validator = jsonschema.Draft202012Validator(schema())
    for one in (result, ScanResult(()), replace(result, interrupted=True, key_id="abcdefgh")):
        document = json.loads(rendered("json", one))
        validator.validate(document)
        assert set(document) == set(schema()["properties"])
        assert set(document["summary"]) == set(schema()["properties"]["summary"]["properties"])
        known = schema()["$defs"]["finding_keys"]["properties"].keys() - {"source"}
        assert all(known == set(found) for found in document["findings"])
    document["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(document)


def test_json_lines_are_the_document_in_pieces(result: ScanResult) -> None:
    registry = Registry().with_resource(schema()["$id"], Resource.from_contents(schema()))
    validator = jsonschema.Draft202012Validator({"$ref": f"{schema()['$id']}#/$defs/line"}, registry=registry)
    document = json.loads(rendered("json", result))
    kinds: dict[str, list[Any]] = {"finding": [], "suppressed": [], "gone": [], "summary": []}
    lines = [json.loads(line) for line in rendered("jsonl", result).splitlines()]
    assert lines[-1]["type"] == "summary"
    for line in lines:
        validator.validate(line)
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({**line, "surprise": 1})
        kinds[line.pop("type")].append(line)
    assert kinds["finding"] == document.pop("findings")
    assert kinds["suppressed"] == document.pop("suppressed")
    assert kinds["gone"] == document.pop("gone")
    assert kinds["summary"] == [document]


def test_the_documentation_names_every_key_of_the_schema() -> None:
    text = (Path(__file__).parents[2] / "docs" / "report-schema.md").read_text("utf-8")

    def keys(node: Any) -> set[str]:
        found = set(node.get("properties", ())) if isinstance(node, dict) else set()
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        return found.union(*(keys(child) for child in children))

    assert {key for key in keys(schema()) if f"`{key}`" not in text} == set()


def test_the_documentation_tells_of_every_format() -> None:
    text = (Path(__file__).parents[2] / "docs" / "report-schema.md").read_text("utf-8")
    assert [name for name in FORMATS if f"`{name}`" not in text and f"--format {name}`" not in text] == []


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(_PLAIN, st.integers(0, 5))
def test_a_document_is_the_same_however_it_is_broken_over_lines(data: Any, depth: int) -> None:
    stream = io.StringIO()
    write_document(data, stream, depth)
    assert json.loads(stream.getvalue()) == data
    assert stream.getvalue().isascii() and stream.getvalue().endswith("\n")


# --- findings whose log calls are known


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "csv", "sarif", "github", "gitlab-secrets", "junit"])
def test_the_log_call_that_printed_a_value_is_told(result: ScanResult, form: str) -> None:
    call = LogCall(CodePlace("src/shop/auth.py", 12, 5), "Login.check", "logging", "LOG", "info", ("a",), ())
    given = {one.name: getattr(result.findings[0], one.name) for one in fields(Finding)}
    text = rendered(form, ScanResult((TracedFinding(**given, sources=(Origin(call, None, weak=False),)),)))
    assert "src/shop/auth.py" in text.replace("\\\\", "").replace("\\", "")
    if form == "sarif":
        related = json.loads(text)["runs"][0]["results"][0]["relatedLocations"]
        assert [one["physicalLocation"]["region"]["startLine"] for one in related] == [4400, 12]


# --- CSV


def test_csv_has_a_row_for_each_finding_and_no_formula(result: ScanResult) -> None:
    evil = replace(result.findings[0], title="=cmd|' /C calc'!A0", preview="@SUM(1)", components=(("+1", 2),))
    rows = list(csv.DictReader(io.StringIO(rendered("csv", replace(result, findings=(evil, *result.findings))))))
    assert [row["id"] for row in rows[1:]] == [one.id for one in result.findings]
    assert (rows[0]["title"], rows[0]["preview"], rows[0]["components"]) == (f"'{evil.title}", "'@SUM(1)", "'+1=2")
    assert rows[1]["first_component"] == "payments.gateway"
    assert not any(value.startswith(("=", "+", "-", "@", "\t")) for row in rows for value in row.values())


# --- SARIF


def sarif(result: ScanResult) -> Any:
    return json.loads(rendered("sarif", result))["runs"][0]


def test_sarif_has_what_code_scanning_asks_for(result: ScanResult) -> None:
    run = sarif(result)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["email", "github-token", "password"]
    for rule in rules:
        assert {"id", "name", "shortDescription", "fullDescription", "help", "helpUri"} <= set(rule)
        assert rule["help"]["text"] and rule["help"]["markdown"]
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
        assert rule["properties"]["precision"] in ("high", "medium", "low")
        assert rule["properties"]["tags"][:2] == ["security", "external/cwe/cwe-532"]
    assert len(run["results"]) == len(result.findings) + len(result.suppressed)
    for one, found in zip(run["results"], result.findings):
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"] == found.rule
        (location,) = one["locations"]
        region = location["physicalLocation"]["region"]
        assert (region["startLine"], region["startColumn"]) == (found.first.line, found.first.column)
        assert (region["endLine"], region["endColumn"]) == (found.first.line, found.first.column + 1)
        assert one["occurrenceCount"] == found.count
    assert [one.get("baselineState") for one in run["results"][:3]] == ["new", "unchanged", "unchanged"]
    assert run["results"][0]["properties"]["first"] == {
        "time": "2024-01-02T03:04:05Z",
        "level": "ERROR",
        "component": "payments.gateway",
        "host": "web-3",
        "request": "4f2a",
        "field": "$.auth.token",
    }
    assert run["redactionTokens"] == ["…"] and "…" in run["results"][0]["message"]["text"]
    assert run["automationDetails"] == {"id": "logscrub/scan/"}


def test_sarif_tells_what_was_suppressed_and_what_was_not_read(result: ScanResult) -> None:
    run = sarif(result)
    assert [one["suppressions"] for one in run["results"][:-1]] == [[]] * len(result.findings)
    (suppression,) = run["results"][-1]["suppressions"]
    assert suppression["kind"] == "external" and suppression["justification"] == "a test\\x1b[2J account"
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    told = invocation["toolExecutionNotifications"]
    assert [one["level"] for one in told] == ["error", "note", "warning"]
    assert told[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "logs/%1B%5B2Jcut.gz"
    assert sarif(ScanResult(()))["invocations"][0]["executionSuccessful"] is True
    unchecked = sarif(ScanResult((), not_checked=("names: no model",)))["invocations"][0]
    assert unchecked["executionSuccessful"] is False
    assert unchecked["toolConfigurationNotifications"][0]["message"]["text"] == "names: no model"


def test_sarif_stays_below_the_limit_of_results(result: ScanResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logscrub.report.sarif.MAX_RESULTS", 20)
    run = sarif(replace(result, findings=(result.findings[0],) * 25))
    assert len(run["results"]) == 20
    last = run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
    assert last.startswith("6 findings left out")


def test_a_link_in_a_preview_is_none(result: ScanResult) -> None:
    evil = replace(result.findings[0], preview="[click](https://evil.example)")
    assert "](" not in sarif(replace(result, findings=(evil,)))["results"][0]["message"]["text"]


def test_a_finding_is_the_same_in_the_next_run(result: ScanResult) -> None:
    """With a kept key by its id, which follows the value; without one, ids change and the place has to do."""
    found = result.findings[0]
    other = replace(found, id="ffffffffffffffff", fingerprint="ponmlkjihgfedcba")
    moved = replace(found, first=found.last)
    assert identity(found, result) == identity(other, result) != identity(moved, result)
    kept = replace(result, key_id="abcdefgh")
    assert identity(found, kept) == identity(moved, kept) == found.id
    password = result.findings[1]
    assert identity(password, result) == password.id


def test_addresses_of_inputs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert uri(str(tmp_path / "a b.log")) == "a%20b.log"
    assert uri("-") == "-"
    assert uri("s3://bucket/a b.log?versionId=3") == "s3://bucket/a%20b.log?versionId=3"
    assert uri("logs.tar.gz!/../../etc/x.log") == "logs.tar.gz%21/../../etc/x.log"
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert uri("../a.zip!/b.log").startswith("file:///")
    assert uri("\ud800.log")


# --- GitHub


def test_github_shows_ten_of_a_kind_and_says_how_many_more(result: ScanResult) -> None:
    *lines, last = rendered("github", result).splitlines()
    kinds = [line.split(" ")[0] for line in lines]
    assert kinds == ["::error"] * 3 + ["::notice"] * 10
    assert lines[-1] == "::notice title=logscrub scan::6 more notices, not shown here"
    assert "file=logs/app.log.1.gz,line=12,col=40,title=github-token (critical)::GitHub token in a log" in lines[0]
    assert last.startswith("17 findings")
    assert rendered("github", ScanResult((), files=1)).splitlines() == ["no findings in 1 file, 0 lines, 0 bytes"]


def test_standard_input_is_no_file_of_the_project(result: ScanResult) -> None:
    piped = replace(result.findings[0], first=replace(result.findings[0].first, path="-"))
    assert rendered("github", ScanResult((piped,))).startswith("::error title=github-token (critical)::")


def test_the_step_summary_is_added_to_and_quotes(
    result: ScanResult, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = tmp_path / "summary.md"
    page.write_text("before\n", "utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    evil = replace(result.findings[0], preview="a|b `c` <img src=x> [d](https://evil.example)")
    rendered("github", replace(result, findings=(evil,) * 101))
    text = page.read_text("utf-8")
    assert text.startswith("before\n### logscrub scan\n")
    rows = [line for line in text.splitlines() if line.startswith("| critical ")]
    assert len(rows) == 100 and "… and 1 more finding" in text
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 8 for row in rows)
    assert not re.search(r"(?<!\\)[<`\[]", rows[0])
    assert r"logs\/\\x1b\[2Jcut\.gz\:" in text


def test_the_step_summary_is_small_enough_whatever_is_found(
    result: ScanResult, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    long = replace(result.findings[0], preview="\U0001f511" * 5000, rule="|" * 5000, components=(("é" * 5000, 1),) * 3)
    path = "\U0001f511" * 3000
    long = replace(long, first=replace(long.first, path=path), last=replace(long.last, path=path))
    rendered("github", replace(result, findings=(long,) * 200, errors=(Unread(path, "x" * 5000),) * 200))
    assert page.stat().st_size < 1 << 20


def test_a_step_summary_that_cannot_be_written_is_told(
    result: ScanResult, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no" / "summary.md"))
    told = "::warning title=logscrub scan::the step summary cannot be written: no such file or directory"
    assert told in rendered("github", result).splitlines()


# --- GitLab


def test_gitlab_gets_an_array_with_unique_fingerprints(result: ScanResult) -> None:
    keyed = replace(result, key_id="abcdefgh")
    issues = json.loads(rendered("gitlab", keyed))
    assert [issue["severity"] for issue in issues[:3]] == ["blocker", "critical", "minor"]
    assert len({issue["fingerprint"] for issue in issues}) == len(result.findings)
    assert issues[0]["location"] == {"path": "logs/app.log.1.gz", "lines": {"begin": 12, "end": 12}}
    assert json.loads(rendered("gitlab", ScanResult(()))) == []


def test_gitlab_secrets_has_what_the_schema_requires(result: ScanResult) -> None:
    """The required keys, types and limits of schema 15.0.7, as its text says them."""
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
    for one in (result, ScanResult(()), replace(result, interrupted=True, version="1.2")):
        report = json.loads(rendered("gitlab-secrets", one))
        assert report["version"] == "15.0.7"
        scan = report["scan"]
        assert scan["type"] == "secret_detection"
        assert scan["status"] == ("success" if one.complete else "failure")
        assert re.fullmatch(moment, scan["start_time"]) and re.fullmatch(moment, scan["end_time"])
        for tool in (scan["scanner"], scan["analyzer"]):
            assert tool["id"] and tool["name"] and tool["version"] and tool["vendor"]["name"]
        for message in scan["messages"]:
            assert message["level"] in ("info", "warn", "fatal") and message["value"]
        for found in report["vulnerabilities"]:
            assert found["id"] and 0 < len(found["name"]) <= 255
            assert found["severity"] in ("Info", "Unknown", "Low", "Medium", "High", "Critical")
            assert len(found["description"]) <= 1_048_576 and len(found["solution"]) <= 7000
            assert 1 <= len(found["identifiers"]) <= 20
            assert all(identifier[key] for identifier in found["identifiers"] for key in ("type", "name", "value"))
            assert found["location"]["commit"]["sha"] and found["location"]["start_line"] >= 1


def test_gitlab_secrets_leaves_personal_data_out_and_says_so(result: ScanResult) -> None:
    report = json.loads(rendered("gitlab-secrets", result))
    assert [one["identifiers"][0]["value"] for one in report["vulnerabilities"]] == ["github-token", "password"]
    assert len({one["id"] for one in report["vulnerabilities"]}) == 2
    told = [message["value"] for message in report["scan"]["messages"] if message["level"] == "info"]
    assert told == ["15 findings of other kinds (personal data) left out: this report is for secrets"]
    evil = replace(result.findings[0], preview="![](https://evil.example/x.png)")
    (found,) = json.loads(rendered("gitlab-secrets", ScanResult((evil,))))["vulnerabilities"]
    assert "![" not in found["description"] and "https:" not in found["description"]


# --- JUnit


def test_junit_shows_clean_rules_as_passed(result: ScanResult) -> None:
    looked = replace(result, rules=(("jwt", "JSON Web Token"), ("password", "Password")))
    root = ElementTree.fromstring(rendered("junit", looked))
    failed = {case.attrib["name"]: case.find("failure") is not None for case in root[0]}
    assert failed == {
        "JSON Web Token (jwt)": False,
        "Password (password)": True,
        "GitHub token (github-token)": True,
        "E-mail address (email)": True,
    }
    assert (root.attrib["tests"], root.attrib["failures"], root.attrib["errors"]) == ("5", "3", "1")


def test_junit_counts_and_a_clean_scan_is_one_case(result: ScanResult) -> None:
    root = ElementTree.fromstring(rendered("junit", replace(result, not_checked=("names",))))
    assert (root.attrib["tests"], root[-1].attrib["skipped"]) == ("5", "1")
    email = next(one for one in root.iter("failure") if (one.text or "").count("E-mail address") == 10)
    assert "… and 5 more values" in (email.text or "")
    clean = ElementTree.fromstring(rendered("junit", ScanResult((), files=1, lines=2)))
    assert [case.attrib["name"] for case in clean.iter("testcase")] == ["no findings in 1 file, 2 lines, 0 bytes"]


# --- whatever is in the files


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_nothing_from_files_reaches_the_terminal(result: ScanResult, form: str) -> None:
    text = _COLOR.sub("", rendered(form, result, Options(color=True, width=80)))
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert "\u202e" not in text


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize("severity", Severity)
def test_every_severity_has_its_word(result: ScanResult, form: str, severity: Severity) -> None:
    assert rendered(form, ScanResult((replace(result.findings[0], severity=severity),)))


_ODD = st.text(
    st.characters() | st.sampled_from("\x00\x1b\n\r\u2028\u202e\ud800\udcff\ufffe|,;:=%<>&\"'`[]!"), max_size=12
)


@st.composite
def _hostile(draw: st.DrawFn) -> ScanResult:
    def place() -> Place:
        about = [draw(st.none() | _ODD) for _ in range(5)]
        return Place(draw(_ODD), draw(st.integers(1, 9)), 1, 0, None, *about)

    def one() -> Finding:
        return Finding(
            draw(_ODD), draw(_ODD), draw(_ODD), draw(st.sampled_from(["secret.token", "pii.email"])),
            draw(st.sampled_from(Severity)), Confidence.LOW, draw(st.none() | _ODD), draw(_ODD), draw(_ODD),
            draw(st.integers(1, 3)), ((draw(_ODD), 1),), 1, place(), place(), (draw(_ODD),), False,
            ((draw(_ODD), 1),), ((draw(_ODD), 1),), draw(st.sampled_from(["", "new", "known"])), draw(_ODD),
        )  # fmt: skip

    return ScanResult(
        tuple(one() for _ in range(draw(st.integers(0, 3)))),
        skipped=(Unread(draw(_ODD), draw(_ODD), error=False),),
        errors=(Unread(draw(_ODD), draw(_ODD)),),
        limits=(draw(_ODD),),
        not_checked=(draw(_ODD),),
        suppressed=(Suppressed(one(), draw(_ODD), draw(_ODD)),),
        gone=(Gone(draw(_ODD), draw(_ODD), draw(_ODD), draw(_ODD), draw(_ODD)),),
        expired=(draw(_ODD),),
        history=tuple(Run(1, draw(_ODD), True, 1, 1, 1, 1, 1, _NONE) for _ in range(2)),
        remarks=(draw(_ODD),),
    )


@given(_hostile(), st.sampled_from(GROUPS), st.sampled_from(SORTS), st.none() | st.integers(40, 90))
@settings(deadline=None)
def test_whatever_files_hold_every_format_stays_well_formed(
    result: ScanResult, group: Any, sort: Any, width: int | None
) -> None:
    texts = {form: rendered(form, result, Options(group=group, sort=sort, width=width)) for form in FORMATS}
    for text in texts.values():
        text.encode("utf-8")
        assert all(letter.isprintable() or letter == "\n" for letter in text)
    jsonschema.Draft202012Validator(schema()).validate(json.loads(texts["json"]))
    for form in ("sarif", "gitlab", "gitlab-secrets"):
        json.loads(texts[form])
    lines = [json.loads(line) for line in texts["jsonl"].splitlines()]
    assert len(lines) == len(result.findings) + 3
    assert len(list(csv.reader(io.StringIO(texts["csv"], newline="")))) == len(result.findings) + 1
    assert len({len(row) for row in csv.reader(io.StringIO(texts["csv"], newline=""))}) == 1
    *commands, _ = texts["github"].splitlines()
    assert len(commands) == len(result.findings) + 2
    assert all(re.match("::(error|warning|notice) [^:]*::", line) for line in commands)
    root = ElementTree.fromstring(texts["junit"])
    assert root.attrib["errors"] == root[-1].attrib["skipped"] == "1"


@given(_hostile())
def test_what_is_shown_can_be_shown_again(result: ScanResult) -> None:
    assert shown(shown(result)) == shown(result)


@given(st.text())
def test_visible_text_is_printable_and_plain_text_stays(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert shown == text or not text.isprintable()
    shown.encode("utf-8")
