"""Findings in code as a JUnit report: a suite for each file with findings, a failed case for each finding."""

from __future__ import annotations

from itertools import groupby
from typing import TextIO
from xml.etree import ElementTree as Xml

from logscrub.code.model import CodeFinding, CodeResult, Problem
from logscrub.report.code.about import story, taken_out
from logscrub.report.code.text import summary
from logscrub.report.options import Options
from logscrub.report.visible import visible


def write(result: CodeResult, stream: TextIO, options: Options) -> None:
    """Write the suites; one that passes if nothing was found, so that a clean audit is seen to have run."""
    errors = [problem for problem in result.problems if not problem.partial]
    root = Xml.Element("testsuites", name="logscrub code", time=f"{result.elapsed:.3f}")
    for path, group in groupby(result.findings, key=lambda one: one.place.path):
        _suite(root, visible(path), list(group))
    if errors:
        _unread(root, errors)
    if not (result.findings or errors):
        suite = Xml.SubElement(root, "testsuite", name="logscrub code", tests="1", failures="0", errors="0")
        Xml.SubElement(suite, "testcase", name=summary(result), classname="logscrub.code")
    total = max(1, len(result.findings) + len(errors))
    root.attrib.update(tests=str(total), failures=str(len(result.findings)), errors=str(len(errors)))
    Xml.indent(root)
    stream.write('<?xml version="1.0" encoding="utf-8"?>\n')
    stream.write(Xml.tostring(root, encoding="unicode") + "\n")


def _suite(root: Xml.Element, path: str, findings: list[CodeFinding]) -> None:
    number = str(len(findings))
    suite = Xml.SubElement(root, "testsuite", name=path, tests=number, failures=number, errors="0")
    for finding in findings:
        name = f"{finding.rule} in {finding.function}, line {finding.place.line}"
        case = Xml.SubElement(suite, "testcase", name=name, classname=path, file=path, line=str(finding.place.line))
        failure = Xml.SubElement(case, "failure", type=str(finding.severity), message=finding.message)
        lines = [f"{visible(step.place.path)}:{step.place.line}: {step.text}" for step in story(finding)]
        if finding.emitted:
            lines.append(f"the filter took out: {taken_out(finding.emitted)}")
        failure.text = "\n".join(["", *lines, f"fix: {finding.fix}", ""])


def _unread(root: Xml.Element, problems: list[Problem]) -> None:
    number = str(len(problems))
    suite = Xml.SubElement(root, "testsuite", name="not read", tests=number, failures="0", errors=number)
    for problem in problems:
        case = Xml.SubElement(suite, "testcase", name=visible(problem.path), classname="logscrub.code")
        Xml.SubElement(case, "error", type="unread", message=problem.reason)
