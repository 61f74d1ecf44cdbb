"""JUnit reports: XML that CI services show as test results.

No standard says how. What is written follows ``junit-10.xsd``, by which Jenkins' xUnit plugin checks what it is given
(https://github.com/jenkinsci/xunit-plugin): it knows neither the file nor the line of a case.
"""

from __future__ import annotations

from typing import TextIO
from xml.etree import ElementTree as Xml


def report(name: str, seconds: float) -> Xml.Element:
    """Return an empty report."""
    return Xml.Element("testsuites", name=name, time=f"{seconds:.3f}")


def suite(root: Xml.Element, name: str, file: str | None = None) -> Xml.Element:
    """Add a suite to a report; ``file`` is what all of its cases are about."""
    return Xml.SubElement(root, "testsuite", {"name": name} if file is None else {"name": name, "file": file})


def write(root: Xml.Element, stream: TextIO) -> None:
    """Count what is in each suite and in the report, and write it."""
    for one in (*root.iter("testsuite"), root):
        cases = list(one.iter("testcase"))
        for key, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            if one is not root or key != "skipped":  # a report has no such count
                one.set(key, str(sum(case.find(kind) is not None for case in cases)))
        one.set("tests", str(len(cases)))
    Xml.indent(root)
    stream.write('<?xml version="1.0" encoding="utf-8"?>\n')
    stream.write(Xml.tostring(root, encoding="unicode") + "\n")
