"""Findings in code as a JUnit report: a suite for each file with findings, a failed case for each finding."""

from __future__ import annotations

from itertools import groupby
from typing import TextIO
from xml.etree import ElementTree as Xml

from logscrub.code.model import CodeFinding, CodeResult, Problem
from logscrub.report.code.about import story, taken_out
from logscrub.report.code.text import summary
from logscrub.report.forms import junit
from logscrub.report.options import Options
from logscrub.report.visible import visible


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write the suites; one that passes if nothing was found, so that a clean audit is seen to have run."""
    errors = [problem for problem in result.problems if not problem.partial]
    root = junit.report("logscrub code", result.elapsed)
    for path, group in groupby(result.findings, key=lambda one: one.place.path):
        _suite(root, visible(path), list(group))
    if errors:
        _unread(root, errors)
    if not (result.findings or errors):
        suite = junit.suite(root, "logscrub code")
        Xml.SubElement(suite, "testcase", name=summary(result), classname="logscrub.code")
    junit.write(root, stream)


def _suite(root: Xml.Element, path: str, findings: list[CodeFinding]) -> None:
    suite = junit.suite(root, path, file=path)
    for finding in findings:
        name = f"{finding.rule} in {finding.function}, line {finding.place.line}"
        case = Xml.SubElement(suite, "testcase", name=name, classname=path)
        failure = Xml.SubElement(case, "failure", type=str(finding.severity), message=finding.message)
        lines = [f"{visible(step.place.path)}:{step.place.line}: {step.text}" for step in story(finding)]
        if finding.emitted:
            lines.append(f"the filter took out: {taken_out(finding.emitted)}")
        failure.text = "\n".join(["", *lines, f"fix: {finding.fix}", ""])


def _unread(root: Xml.Element, problems: list[Problem]) -> None:
    suite = junit.suite(root, "not read")
    for problem in problems:
        case = Xml.SubElement(suite, "testcase", name=visible(problem.path), classname="logscrub.code")
        Xml.SubElement(case, "error", type="unread", message=problem.reason)
