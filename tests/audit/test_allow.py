"""Comments that allow findings on their line (goes into tests/audit/test_scan.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from logscrub.audit import scan
from logscrub.policy import Policy

POLICY = Policy(select=("email", "password"), key=b"0123456789abcdef")
TEXT = (
    "a: jane.roe@example-mail.com # logscrub: allow[email] the imprint\n"
    "b: jane.roe@example-mail.com password=hunter2-horse # logscrub: allow[password] it is not jim.doe@example-mail.com\n"
    "c: jane.roe@example-mail.com # logscrub: allow[email]\n"
)


@pytest.fixture(autouse=True)
def _directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("conf.yaml").write_text(TEXT)


def test_comments_allow_nothing_unless_asked_to() -> None:
    done = scan("conf.yaml", policy=POLICY)
    assert (len(done.findings), done.suppressed) == (3, ())


def test_a_comment_with_a_reason_allows_its_rule_on_its_line() -> None:
    done = scan("conf.yaml", policy=POLICY, allow_comments=True)
    assert sorted((one.rule, one.count, one.first.line) for one in done.findings) == [("email", 1, 2), ("email", 2, 2)]
    assert [(one.finding.rule, one.finding.count, one.finding.first.line, one.reason) for one in done.suppressed] == [
        ("email", 1, 1, "the imprint"),
        ("password", 1, 2, "it is not …"),
    ]


def test_a_ledger_remembers_what_was_allowed_and_for_which_question() -> None:
    for _ in range(2):
        done = scan("conf.yaml", policy=POLICY, allow_comments=True, ledger="l")
        assert (len(done.findings), len(done.suppressed)) == (2, 2)
    assert len(scan("conf.yaml", policy=POLICY, ledger="l").findings) == 3
