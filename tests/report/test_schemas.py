"""Reports follow the schemas of those who read them.

The schemas belong to others and are not part of this project. Each test reads one from the file that an environment
variable names, and is skipped without it:

LOGSCRUB_SARIF_SCHEMA: SARIF 2.1.0, errata 01, of OASIS (sarif-schema-2.1.0.json in oasis-tcs/sarif-spec).
LOGSCRUB_GITLAB_SCHEMA: Secret Detection 15.0.7 of GitLab (secret-detection-report-format.json in gitlabhq/gitlabhq).
LOGSCRUB_CODE_QUALITY_SCHEMA: an issue of GitLab's Code Quality (json_schemas/codeclimate.json in gitlabhq/gitlabhq).
LOGSCRUB_JUNIT_SCHEMA: junit-10.xsd of Jenkins' xUnit plugin (jenkinsci/xunit-plugin); it needs the package xmlschema.

What JUnit's schema allows is checked without it as well.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from logscrub.code.model import CodeResult
from logscrub.findings import ScanResult
from logscrub.report import FORMATS
from logscrub.report.code import FORMATS as CODE_FORMATS
from logscrub.report.code import shown
from logscrub.report.options import Options

from .code_result import LEDGER, RESULT

_JUNIT = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time", "file"}, {"testcase"}),
    "testcase": ({"name", "classname", "time"}, {"failure", "error", "skipped"}),
    **dict.fromkeys(("failure", "error", "skipped"), ({"type", "message"}, set[str]())),
}
_REQUIRED = {"testsuite": {"name", "tests", "failures", "errors"}, "testcase": {"name"}}


def reports(form: str, result: ScanResult) -> list[str]:
    """Reports of a scan and of an audit of code, of all kinds: with findings, without, interrupted, not checked."""
    texts = []
    scans = (result, ScanResult(()), replace(result, interrupted=True, not_checked=("a",), version="1.2"))
    for scan in scans:
        FORMATS[form](scan, stream := io.StringIO(), Options())
        texts.append(stream.getvalue())
    if form in CODE_FORMATS:
        for audit in (RESULT, LEDGER, CodeResult(), replace(RESULT, interrupted=True)):
            CODE_FORMATS[form](shown(audit), stream := io.StringIO(), Options())
            texts.append(stream.getvalue())
    return texts


def schema(variable: str) -> Path:
    if variable not in os.environ:
        pytest.skip(f"{variable} names no schema")
    return Path(os.environ[variable])


def validator(variable: str) -> Any:
    official = json.loads(schema(variable).read_text("utf-8"))
    kind = jsonschema.validators.validator_for(official)
    return kind(official, format_checker=kind.FORMAT_CHECKER)


def test_sarif(result: ScanResult) -> None:
    official = validator("LOGSCRUB_SARIF_SCHEMA")
    for text in reports("sarif", result):
        official.validate(json.loads(text))


def test_gitlab_secret_detection(result: ScanResult) -> None:
    official = validator("LOGSCRUB_GITLAB_SCHEMA")
    for text in reports("gitlab-secrets", result):
        official.validate(json.loads(text))


def test_gitlab_code_quality(result: ScanResult) -> None:
    official = validator("LOGSCRUB_CODE_QUALITY_SCHEMA")
    for text in reports("gitlab", result):
        for issue in json.loads(text):
            official.validate(issue)


def test_junit(result: ScanResult) -> None:
    path = schema("LOGSCRUB_JUNIT_SCHEMA")
    official = pytest.importorskip("xmlschema").XMLSchema(path)
    for text in reports("junit", result):
        official.validate(text)


def test_junit_has_no_element_and_no_attribute_that_its_schema_does_not_know(result: ScanResult) -> None:
    for text in reports("junit", result):
        root = ElementTree.fromstring(text)
        assert root.tag == "testsuites"
        for element in root.iter():
            attributes, children = _JUNIT[element.tag]
            assert _REQUIRED.get(element.tag, set()) <= set(element.keys()) <= attributes
            assert {child.tag for child in element} <= children
