"""Findings as test results: a case for each rule that was looked for, so that a clean rule is seen to have run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TextIO
from xml.etree import ElementTree as Xml

from logscrub.findings import Finding, ScanResult
from logscrub.report.about import headline, story
from logscrub.report.forms import junit
from logscrub.report.forms.paths import shown_name
from logscrub.report.forms.terms import counted
from logscrub.report.options import Options
from logscrub.report.shown import shown
from logscrub.report.text import summary
from logscrub.report.visible import visible

_NAME = "logscrub scan"
_CLASS = "logscrub.scan"


def write(result: ScanResult, stream: TextIO, options: Options) -> None:
    """Write a suite with a case for each rule, one for what was not read, and one for what was not checked."""
    result = shown(result)
    root = junit.report(_NAME, result.elapsed)
    suite = junit.suite(root, _NAME)
    found: dict[str, list[Finding]] = {}
    for finding in result.findings:
        found.setdefault(finding.rule, []).append(finding)
    titles = {rule: visible(title) for rule, title in result.rules}
    titles.update((rule, findings[0].title) for rule, findings in found.items())
    for rule, title in titles.items():
        case = Xml.SubElement(suite, "testcase", name=f"{title} ({visible(rule)})", classname=_CLASS)
        if rule in found:
            _failure(case, found[rule], options)
    if not titles:
        Xml.SubElement(suite, "testcase", name=summary(result), classname=_CLASS)
    if result.errors:
        suite = junit.suite(root, "not read")
        for unread in result.errors:
            case = Xml.SubElement(suite, "testcase", name=shown_name(unread.path), classname=_CLASS)
            Xml.SubElement(case, "error", type="unread", message=unread.reason)
    if result.not_checked:
        suite = junit.suite(root, "not checked")
        for text in result.not_checked:
            case = Xml.SubElement(suite, "testcase", name=text, classname=_CLASS)
            Xml.SubElement(case, "skipped", message=text)
    junit.write(root, stream)


def _failure(case: Xml.Element, findings: Sequence[Finding], options: Options) -> None:
    worst = max(finding.severity for finding in findings)
    occurrences = counted(sum(finding.count for finding in findings), "occurrence")
    message = f"{counted(len(findings), 'value')}, {occurrences}"
    failure = Xml.SubElement(case, "failure", type=str(worst), message=message)
    lines = [""]
    for finding in islice(findings, options.per_rule):
        lines += [headline(finding), *(f"  {line}" for line in story(finding))]
    if len(findings) > options.per_rule:
        lines.append(f"… and {counted(len(findings) - options.per_rule, 'more value')}")
    failure.text = "\n".join([*lines, ""])
