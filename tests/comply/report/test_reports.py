"""The reports of evidence: what they say, in each form, and what they never hold."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from logscrub.audit import scan
from logscrub.comply.model import Status
from logscrub.comply.report import FORMATS, Options
from logscrub.comply.report.html.page import MOST_FINDINGS
from logscrub.comply.sign import Signer

from .reports import OWASP, PCI, REPORT, hostile, many, of_scan, repeated, signed, written

ROOT = Path(__file__).parent.parent.parent.parent
GOLDEN = ROOT / "tests" / "golden"
FORMS = tuple(FORMATS)
CLAUSES = [clause for control in (PCI, OWASP) for clause in control.clauses]
COMPLETE = replace(REPORT.scan, errors=(), skipped=(), limits=(), not_checked=(), interrupted=False)


def golden(name: str, text: str) -> None:
    """Compare with a golden file; LOGSCRUB_REGEN=1 writes it."""
    path = GOLDEN / name
    if os.environ.get("LOGSCRUB_REGEN"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def test_the_text_is_as_it_was_reviewed() -> None:
    golden("comply-text.txt", written(REPORT, "text"))
    golden("comply-text-40-columns.txt", written(REPORT, "text", Options(width=40)))
    golden("comply-text-color.txt", written(REPORT, "text", Options(width=100, color=True)))


def test_the_document_is_as_it_was_reviewed() -> None:
    golden("comply.json", signed(REPORT, "json").decode())


def test_the_page_is_as_it_was_reviewed() -> None:
    text = re.sub(r"(<style>).*?(</style>)|sha256-[^']*", r"\1…\2", written(REPORT, "html"), flags=re.DOTALL)
    golden("comply.html", text)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    for report in (REPORT, hostile()):
        for line in written(report, "text", Options(width=width)).splitlines():
            assert len(line) <= width


@pytest.mark.parametrize("form", FORMS)
def test_each_clause_stands_in_each_form(form: str) -> None:
    text = written(REPORT, form)
    for one in CLAUSES:
        assert one.clause.id in text
        assert one.clause.title in text
        for check in one.checks:
            # A pass beside a failure is told in short, for a screen.
            if form != "text" or check.status is one.status:
                assert [fact for fact in check.facts if fact not in text] == []
    if form == "json":
        found = [(one["id"], one["status"]) for control in json.loads(text)["controls"] for one in control["clauses"]]
        assert found == [(one.clause.id, str(one.status)) for one in CLAUSES]


@pytest.mark.parametrize("form", FORMS)
def test_no_report_says_more_than_was_seen(form: str) -> None:
    passing = replace(
        REPORT,
        controls=(replace(PCI, clauses=tuple(one for one in PCI.clauses if one.status is Status.PASS)), OWASP),
        scan=replace(COMPLETE, findings=()),
        unseen=(),
        notes=(),
    )
    for report in (REPORT, passing):
        text = written(report, form).lower()
        assert "complian" not in text.replace("--sign", "")
        assert "it does not say that a standard is met" in text
        assert "a pass says that nothing against the clause was seen in what was read" in text
        assert "not everything" in text or report is passing or form == "json"
    assert "12.10.7" not in written(passing, form)


def test_what_many_clauses_rest_on_is_shown_once() -> None:
    text = written(repeated(), "html")
    assert text.count("<th scope=row>logs/07/") == 1
    assert text.count("<a href=#table-1>Table 1</a>: records looked at, with offset, without, no time, goes back") == 3
    title, rests = text.split("<h3 id=table-1>")[1].split("\n")[:2]
    assert title.startswith("Table 1: ")
    assert "PCI DSS" in rests and rests.count('<a href="#pci-dss-') == 3 and rests.count('<a href="#owasp-') == 1
    assert text.count("Some have no offset.</ul>") == 2  # what was seen is told each time, examples of it once
    assert text.count("<code>a.log:1</code>") == 3
    assert 'Places and numbers: the same as under <a href="#pci-dss-1">1</a>.' in text
    assert "see <code>docs</code>." in text


def test_the_incident_is_told_where_a_card_number_was_found() -> None:
    for form in ("text", "html"):
        text = written(REPORT, form)
        assert "1 card number, seen 3 times in 2 files" in text
        assert "Yes: clause 3.3.1.2." in text
    no_codes = tuple(one for one in PCI.clauses if one.clause.id != "3.3.1.2")
    only = replace(REPORT, controls=(replace(PCI, clauses=no_codes),))
    assert "None was seen in what was read." in written(only, "text")
    no_number = tuple(one for one in PCI.clauses if one.clause.id != "12.10.7")
    assert "where none were expected" not in written(
        replace(REPORT, controls=(replace(PCI, clauses=no_number),)), "html"
    )


def test_a_report_says_whether_it_is_signed(signer: Signer) -> None:
    for form in ("text", "html"):
        assert "Not signed: whoever holds this report can change it." in signed(REPORT, form).decode()
        assert f"key <code>{signer.key_id}</code>" in signed(REPORT, form, signer).decode() or form == "text"
        assert f"Key-Id: {signer.key_id}" in signed(REPORT, form, signer).decode()
    on_screen = written(REPORT, "text", Options(width=80))
    assert "files (SHA-256" not in on_screen
    assert "BEGIN" not in on_screen


def test_the_document_follows_its_schema(signer: Signer) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")
    folder = ROOT / "logscrub" / "report" / "schema"
    schemas = [json.loads((folder / name).read_text("utf-8")) for name in ("comply-1.json", "scan-1.json")]
    registry = referencing.Registry().with_contents((one["$id"], one) for one in schemas)
    validator = jsonschema.Draft202012Validator(schemas[0], registry=registry)
    for report in (
        REPORT,
        hostile(),
        replace(REPORT, scan=COMPLETE, author="", first="", last="", source_digest="9" * 64),
    ):
        document = json.loads(signed(report, "json", signer), parse_float=_no_fraction)
        if report.controls[0].control.id != "hostile":
            validator.validate(document)
        else:  # an attack is no time and no status
            errors = {error.validator for error in validator.iter_errors(document)}
            assert errors <= {"pattern", "enum"}
    unsigned = json.loads(signed(REPORT, "json"))
    validator.validate(unsigned)
    assert not validator.is_valid({**unsigned, "more": 1})


def _no_fraction(text: str) -> Any:
    raise AssertionError(f"{text} is no integer")


def test_documents_are_printable_and_in_one_line_each() -> None:
    text = written(hostile(), "json")
    assert text.replace("\n", "").isprintable()
    assert "\\u" not in re.sub(r"\\\\", "", text)
    findings = re.findall(r'^      \{"id": .*"confidence": .*\}', text, flags=re.MULTILINE)
    assert len(findings) == len(hostile().scan.findings)


@pytest.mark.parametrize("form", FORMS)
def test_hostile_text_stays_text(form: str) -> None:
    text = written(hostile(), form)
    for letter in ("\x1b", "\u202e", "\x00", "\x07", "\x9b", "\x85", "\u2028"):
        assert letter not in text
    if form == "html":
        assert text.isascii()
        for markup in ("<script", "<img", "onload=hit", "<h1>forged"):
            assert markup not in text.replace("<script>", "", 0).split("<body>")[1] or markup == "onload=hit"
        assert text.count("<h1") == 1
        assert "&lt;script&gt;hit=1" in text


def test_no_report_holds_a_raw_value() -> None:
    samples = ROOT / "sample_logs"
    names = ("payments.logfmt", "orders.jsonl", "uvicorn.log", "django-traceback.log")
    files = [samples / name for name in names]
    planted = json.loads((samples / "manifest.json").read_text("utf-8"))["files"]
    values = set()
    for path in files:
        lines = path.read_bytes().decode("utf-8").split("\n")
        for one in planted[path.name]:
            value = lines[one["line"] - 1][one["start"] : one["start"] + one["length"]]
            if hashlib.sha256(value.encode()).hexdigest() == one["value_sha256"]:
                values.add(value)
    assert len(values) > 20
    result = scan(files)
    assert len(result.findings) > 20
    for form in FORMS:
        text = written(of_scan(result, files), form)
        assert [len(one) for one in values if one in text and len(one) > 4] == []


def test_a_hundred_thousand_findings_are_a_page_of_a_thousand() -> None:
    began = time.process_time()
    text = written(replace(REPORT, scan=replace(COMPLETE, findings=many(100_000))), "html")
    assert text.count("<li class=row id=") == MOST_FINDINGS
    assert "99,000 more stand in the report in JSON" in text
    assert len(text) < 1_500_000
    assert time.process_time() - began < 20


def test_reports_import_nothing_that_a_service_must_not(tmp_path: Path) -> None:
    import subprocess

    code = (
        "import sys\nimport logscrub.comply.report, logscrub.comply.sign, logscrub.comply.verify\n"
        "print([name for name in ('rich', 'click', 'cryptography', 'presidio_analyzer') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert told.stdout == "[]\n"
