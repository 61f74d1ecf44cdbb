"""A result that shows everything a report has to cope with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logscrub.findings import Finding, Place, ScanResult
from logscrub.model import Confidence, Severity
from logscrub.sources import Unread

_ONE = Finding(
    id="00112233aabbccdd",
    rule="github-token",
    title="GitHub token",
    category="secret.token",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    fingerprint="abcdefghijklmnop",
    preview="ghp_… (40)",
    key="",
    count=3,
    files=(("logs/app.log", 2), ("logs/app.log.1.gz", 1)),
    file_count=2,
    first=Place("logs/app.log.1.gz", 12, 40, 1207, "2024-01-02T03:04:05Z"),
    last=Place("logs/app.log", 4400, 9, 812_345, "2024-01-03T00:00:00Z"),
    tags=("cwe-532",),
)
_PASSWORD = replace(
    _ONE,
    id="1111111111111111",
    rule="password",
    title="Password",
    category="secret.password",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    fingerprint=None,
    preview="db\x1b[31m_password=…",
    key="db\x1b[31m_password",
    count=1,
    files=(("logs/odd\n\x1b]0;name\x07\u202egol.\udcff", 1),),
    file_count=1,
    first=Place("logs/odd\n\x1b]0;name\x07\u202egol.\udcff", 7, 1, 99, None),
    last=Place("logs/odd\n\x1b]0;name\x07\u202egol.\udcff", 7, 1, 99, None),
    tags=(),
)


@pytest.fixture
def result() -> ScanResult:
    emails = [
        replace(
            _ONE,
            id=f"{number:016x}",
            rule="email",
            title="E-mail address",
            category="pii.email",
            severity=Severity.LOW,
            preview=f"… ({number})",
            count=20 - number,
            files=(("logs/app.log", 20 - number),),
            file_count=1,
        )
        for number in range(14)
    ]
    overflow = replace(
        emails[0],
        id="email-overflow",
        preview="values beyond the first 10,000",
        fingerprint=None,
        overflow=True,
        count=21,
    )
    return ScanResult(
        findings=(_ONE, _PASSWORD, overflow, *emails),
        files=3,
        skipped=(Unread("logs/pipe", "named pipe, skipped", error=False),),
        errors=(Unread("logs/\x1b[2Jcut.gz", "gzip data ends early, what was readable was read"),),
        bytes=200_004_415,
        lines=1_444_500,
        elapsed=0.5,
        rules_digest="0f" * 32,
        version="0.0.0",
        limits=("more than 10,000 distinct values of email: further ones are counted in one finding",),
    )
