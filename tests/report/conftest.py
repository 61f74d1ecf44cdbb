"""A result that shows everything a report has to cope with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logscrub.findings import Bucket, Finding, Gone, Place, Run, ScanResult, Suppressed
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
    first=Place(
        "logs/app.log.1.gz",
        12,
        40,
        1207,
        "2024-01-02T03:04:05Z",
        "ERROR",
        "payments.gateway",
        "web-3",
        "4f2a",
        "$.auth.token",
    ),
    last=Place("logs/app.log", 4400, 9, 812_345, "2024-01-03T00:00:00Z", "INFO", "auth"),
    tags=("cwe-532",),
    components=(("payments.gateway", 2), ("auth", 1)),
    levels=(("ERROR", 2), ("INFO", 1)),
    status="new",
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
    components=(),
    levels=(),
    status="known",
    since="2023-12-31T23:59:00Z",
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
            components=(("auth", 3), ("mail\x1b[2J", 2), ("web", 1), ("=cron", 1)) if number == 0 else (),
            levels=(),
            status="known",
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
        files=(("logs/app.log", 21),),
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
        timeline=(Bucket("2024-01-02T03", Severity.CRITICAL, 2), Bucket("2024-01-03T00", Severity.LOW, 212)),
        suppressed=(Suppressed(replace(_PASSWORD, id="2222222222222222"), "a test\x1b[2J account", "2024-12-31"),),
        gone=(
            Gone("3333333333333333", "jwt", "eyJ… (180)", "logs/\u202eold.log", "2024-01-01T00:00:00+00:00"),
            Gone("4444444444444444", "email", "… (17)", "logs/app.log", "2024-01-01T00:00:00+00:00"),
        ),
        expired=("jwt in logs/\x07old.log: until 2023-12-31",),
        history=(
            Run(1, "2023-12-31T23:59:00Z", True, 3, 9, 9, 20, 300, tuple(zip(reversed(Severity), (2, 2, 1, 15, 0)))),
            Run(
                4, "2024-01-04T00:00:00Z", False, 3, 9, 9, 17, 214, tuple(zip(reversed(Severity), (1, 1, 0, 15, 0))), 1
            ),
        ),
        remarks=("logs/app\x1b[2J.log: what the ledger knew of it was changed by something else: it was read anew",),
    )
