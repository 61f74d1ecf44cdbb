"""Results for the HTML report: one with a bit of everything, and as many findings as are asked for."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime, timedelta

from logscrub.code.model import Argument, LogCall
from logscrub.code.model import Place as Span
from logscrub.findings import Bucket, Finding, Gone, Place, Run, ScanResult, Suppressed
from logscrub.model import Confidence, Severity
from logscrub.report import Options
from logscrub.report.html import write
from logscrub.sources import Unread
from logscrub.trace.model import Origin, TracedFinding

HOSTILE = (
    "<script>hit=1</script>",
    "\"><img src=x onerror='hit=1'>",
    "'><svg onload=hit=1>",
    "</style></title></ul><h1>forged</h1>",
    "<!-- <![CDATA[ &lt;b&gt; &#60;b",
    "\u202egol.exe\u2066",
    "nul\0 \x1b[2J\x1b]0;title\x07 \x9b31m",
    "line\nbreak\r\n\u2028\u2029\x85",
    "\udcff\ufeff\u200b\ufffe",
    "x" * 600,
    "שלום/مرحبا.log",
)

_WORST_FIRST = tuple(reversed(Severity))

_TOKEN = Finding(
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
        "logs/app.log.1.gz", 12, 40, 1207, "2024-01-02T03:04:05Z", "ERROR", "shop.login", "web-1", "req-17", "$.auth"
    ),
    last=Place("logs/app.log", 4400, 9, 812_345, "2024-01-03T00:00:00Z", "INFO", "shop.api", None, None, None),
    tags=("cwe-532",),
    components=(("shop.login", 2), ("shop.api", 1)),
    levels=(("ERROR", 2), ("INFO", 1)),
    status="new",
)
_PASSWORD = replace(
    _TOKEN,
    id="1111111111111111",
    rule="password",
    title="Password",
    category="secret.password",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    fingerprint=None,
    preview="db_password=…",
    key="db_password",
    count=1,
    files=(("logs.tar.gz!/odd\n\x1b]0;name\x07\u202egol.\udcff", 1),),
    file_count=1,
    first=Place("logs.tar.gz!/odd\n\x1b]0;name\x07\u202egol.\udcff", 7, 1, 99),
    last=Place("logs.tar.gz!/odd\n\x1b]0;name\x07\u202egol.\udcff", 7, 1, 99),
    tags=(),
    components=(),
    levels=(),
    status="known",
    since="2023-12-01T08:00:00Z",
)
_SPAN = Span("src/shop/login.py", 30, 5, 30, 60)
_CALL = LogCall(_SPAN, "Login.start", "logging", "log", "info", ("user ", 0), (Argument("mail", _SPAN),))
_EMAIL = TracedFinding(
    id="2222222222222222",
    rule="email",
    title="E-mail address",
    category="pii.email",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    fingerprint="ponmlkjihgfedcba",
    preview="… (21)",
    key="",
    count=140,
    files=tuple((f"logs/{number:03}.log", 1) for number in range(14)),
    file_count=140,
    first=_TOKEN.first,
    last=replace(_TOKEN.last, path="logs/139.log"),
    sources=(Origin(_CALL, 0, weak=False, count=120),),
    untraced=20,
)
_OVERFLOW = replace(
    _TOKEN,
    id="email-overflow",
    rule="email",
    title="E-mail address",
    category="pii.email",
    severity=Severity.LOW,
    preview="values beyond the first 10,000",
    fingerprint=None,
    overflow=True,
    status="",
)

RESULT = ScanResult(
    findings=(_TOKEN, _PASSWORD, _EMAIL, _OVERFLOW),
    files=142,
    skipped=(Unread("logs/pipe", "named pipe, skipped", error=False),),
    errors=(Unread("logs/\x1b[2Jcut.gz", "gzip data ends early, what was readable was read"),),
    bytes=200_004_415,
    lines=1_444_500,
    elapsed=0.5,
    rules_digest="0f" * 32,
    key_id="abcdefgh",
    version="0.0.0",
    limits=("more than 10,000 distinct values of email: further ones are counted in one finding",),
    not_checked=("names in free text: no language model",),
    timeline=(
        Bucket("2024-01-02T03", Severity.CRITICAL, 2),
        Bucket("2024-01-02T03", Severity.LOW, 90),
        Bucket("2024-01-02T05", Severity.LOW, 50),
        Bucket("2024-01-03T00", Severity.CRITICAL, 1),
    ),
    suppressed=(
        Suppressed(replace(_TOKEN, id="3333333333333333"), "rotated, see the runbook", "2024-12-31"),
        Suppressed(replace(_EMAIL, id="4444444444444444"), "", ""),
    ),
    gone=(Gone("5555555555555555", "jwt", "eyJ… (195)", "logs/app.log.2.gz", "2024-01-01T10:00:00Z"),),
    expired=("email: held until 2023-12-31",),
    history=(
        Run(3, "2024-01-02T12:00:05Z", True, 140, 9, 1_400_000, 9, 400, tuple(zip(_WORST_FIRST, (3, 2, 1, 3, 0)))),
        Run(4, "2024-01-03T12:00:05Z", False, 20, 9, 9_000, 2, 30, tuple(zip(_WORST_FIRST, (1, 0, 0, 1, 0))), 0),
        Run(
            6, "2024-01-04T12:30:05Z", True, 142, 9, 1_444_500, 4, 147, tuple(zip(_WORST_FIRST, (1, 1, 0, 2, 0))), 1, 1
        ),
    ),
    remarks=("logs/app.log: what the ledger knew of it was changed by something else: it was read anew",),
)


def many(number: int, rules: int = 10) -> ScanResult:
    """Make so many findings, of so many rules; every third was seen more than once, and half say who wrote them."""
    severities = sorted((Severity(one % 5) for one in range(rules)), reverse=True)
    start = datetime(2026, 3, 4)
    findings = []
    for index in range(number):
        rule = index * rules // number
        moment = start + timedelta(minutes=index * 7919 % 20_000)
        place = Place(
            f"/var/log/containers/shop-{index % 97}_prod_app-0123456789abcdef.log",
            index * 31 % 1_000_000 + 1,
            index % 300 + 1,
            index * 7001,
            f"{moment.isoformat()}.{index % 1000:03}Z",
            ("INFO", "ERROR", "DEBUG")[index % 3],
            f"shop.part{index % 40}" if index % 2 else None,
            f"web-{index % 5}",
            f"req-{index:08x}",
            "$.user.email" if index % 4 == 0 else None,
        )
        count = 1 if index % 3 else number - index + 1
        last = place if count == 1 else replace(place, path="/var/log/shop/app.log", line=place.line + 1)
        files = ((place.path, 1), (last.path, count - 1)) if count > 1 else ((place.path, 1),)
        findings.append(
            Finding(
                id=f"{index:016x}",
                rule=f"rule-{rule}",
                title=f"Kind {rule} of token",
                category="secret.token",
                severity=severities[rule],
                confidence=Confidence(index % 3),
                fingerprint=f"{index:016x}".translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop")),
                preview=f"token=tok_… ({index % 50 + 20})",
                key="token",
                count=count,
                files=files,
                file_count=len(files),
                first=place,
                last=last,
                components=((place.component, count),) if place.component else (),
                levels=((place.level or "", count),),
                status="new" if index % 10 == 0 else "known",
            )
        )
    hours = [(start + timedelta(hours=hour)).isoformat()[:13] for hour in range(330)]
    timeline = tuple(Bucket(hour, severities[0], number // 330 + 1) for hour in hours)
    return ScanResult(tuple(findings), files=98, lines=number * 40, bytes=number * 5000, elapsed=9, timeline=timeline)


def hostile() -> ScanResult:
    """Make findings in which everything that comes out of logs and rule files is an attack."""
    findings = []
    for number, text in enumerate(HOSTILE):
        place = Place(text, 1, 2, 3, text, text, text, text, text, text)
        findings.append(
            replace(
                _TOKEN,
                id=f"{number}{text}",
                rule=text,
                title=text,
                category=text,
                fingerprint=text,
                preview=text,
                key=text,
                files=((text, 3),),
                file_count=1,
                first=place,
                last=replace(place, line=9),
                tags=(text,),
                components=((text, 3),),
                levels=((text, 3),),
                status=text,
                since=text,
            )
        )
    unread = tuple(Unread(text, text) for text in HOSTILE)
    return ScanResult(
        tuple(findings),
        skipped=unread,
        errors=unread,
        rules_digest=HOSTILE[0],
        key_id=HOSTILE[1],
        version=HOSTILE[2],
        limits=HOSTILE,
        not_checked=HOSTILE,
        timeline=tuple(Bucket(text, Severity.LOW, 1) for text in HOSTILE),
        suppressed=tuple(Suppressed(one, text, text) for one, text in zip(findings, HOSTILE)),
        gone=tuple(Gone(*[text] * 5) for text in HOSTILE),
        expired=HOSTILE,
        history=tuple(Run(1, text, True, 1, 1, 1, 1, 1, ()) for text in HOSTILE),
        remarks=HOSTILE,
    )


def page(result: ScanResult) -> str:
    """Return the page of a result."""
    stream = io.StringIO()
    write(result, stream, Options())
    return stream.getvalue()
