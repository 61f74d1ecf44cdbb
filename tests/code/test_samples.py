"""What is printed, and what only looks like it: every line of the samples says in a comment what is to be found there.

- ``# leak: password high``: a finding with that field (``*`` for any) and severity (none for any that is reported)
- ``# bulk``: nothing unless whole objects are asked for
- ``# ok``: nothing, whatever is asked for
- no comment: nothing at the default level
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from logscrub.code.audit import CodeOptions, audit_code
from logscrub.code.model import CodeFinding
from logscrub.model import Severity

SAMPLES = Path(__file__).parent / "samples"
TOPICS = sorted(path.name for path in SAMPLES.iterdir())
MARK = re.compile(r"#\s(?:leak:\s(?P<field>[\w*-]+)(?:\s(?P<severity>high|medium))?|(?P<word>bulk|ok))$")


class Mark(NamedTuple):
    """What a line says of itself."""

    word: str
    field: str = "*"
    severity: str = ""

    def fits(self, findings: list[CodeFinding]) -> bool:
        if self.word == "ok":
            return not findings
        worst = max((one.severity for one in findings), default=Severity.INFO)
        if self.word == "leak":
            return any(
                one.severity >= Severity.MEDIUM
                and self.field in ("*", one.field)
                and self.severity in ("", str(one.severity))
                for one in findings
            )
        return worst < Severity.MEDIUM and (self.word != "bulk" or bool(findings))


def place_of(topic: str, folder: Path) -> list[Path]:
    """Put a sample, or a project of several, where it is read as Python."""
    source = SAMPLES / topic
    if source.is_file():
        target = folder / topic.removesuffix(".txt")
        target.write_bytes(source.read_bytes())
        return [target]
    paths = []
    (folder / topic).mkdir()
    for path in sorted(source.iterdir()):
        target = folder / topic / path.name.removesuffix(".txt")
        target.write_bytes(path.read_bytes())
        paths.append(target)
    return paths


def marks(path: Path) -> dict[int, Mark]:
    said = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        comment = MARK.search(line)
        assert comment or "  # " not in line, f"{path.name}:{number}: a mark that says nothing"
        if comment:
            said[number] = Mark(comment["word"] or "leak", comment["field"] or "*", comment["severity"] or "")
    return said


def judged(folder: Path, paths: list[Path]) -> list[str]:
    """Audit and return what is other than the lines say."""
    result = audit_code([folder], CodeOptions(bulk=True, cache=False, jobs=1))
    assert result.problems == ()
    wrong = []
    for path in paths:
        said = marks(path)
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines, 1):
            findings = [one for one in result.findings if one.place.path == str(path) and one.place.line == number]
            if not said.get(number, Mark("")).fits(findings):
                got = ", ".join(f"{one.field} {one.severity}" for one in findings) or "nothing"
                wrong.append(f"{path.name}:{number}: {got}: {line.strip()}")
    return wrong


@pytest.mark.parametrize("topic", TOPICS)
def test_every_line_is_judged_as_it_says(topic: str, tmp_path: Path) -> None:
    wrong = judged(tmp_path, place_of(topic, tmp_path))
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("topic", TOPICS)
def test_only_what_is_marked_as_a_leak_is_reported_by_default(topic: str, tmp_path: Path) -> None:
    paths = place_of(topic, tmp_path)
    found = {(one.place.path, one.place.line) for one in audit_code([tmp_path], CodeOptions(cache=False)).findings}
    wanted = {(str(path), line) for path in paths for line, mark in marks(path).items() if mark.word == "leak"}
    assert found == wanted
