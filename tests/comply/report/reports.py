"""A report of evidence with a bit of everything, and one for any scan."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from logscrub.comply.model import (
    Check,
    CheckResult,
    Clause,
    ClauseResult,
    Control,
    ControlResult,
    FileFact,
    Head,
    Report,
    Sample,
    Status,
    Table,
    Unseen,
)
from logscrub.comply.report import FORMATS, Options, write_signed
from logscrub.comply.sign import Signer
from logscrub.findings import Finding, Place, Run, ScanResult
from logscrub.model import Confidence, Severity

from ...report.html_results import HOSTILE, RESULT

FAIL, PASS, NOT_TESTED, NOT_TESTABLE = Status.FAIL, Status.PASS, Status.NOT_TESTED, Status.NOT_TESTABLE

_CARD = replace(
    RESULT.findings[0],
    id="0c0c0c0c0c0c0c0c",
    rule="pan",
    title="Payment card number",
    category="financial.card",
    preview="card=4… (16)",
    key="card",
    tags=("pci-dss-3.4.1",),
)


def clause(
    identity: str,
    title: str,
    demand: str,
    *checks: CheckResult,
    limits: str = "",
    advice: str = "",
) -> ClauseResult:
    """Make a clause whose status is that of the worst of its checks."""
    worst = next(status for status in (FAIL, NOT_TESTED, PASS, NOT_TESTABLE) if any(c.status is status for c in checks))
    made = Clause(identity, title, demand, tuple(Check(one.kind) for one in checks), limits, advice)
    return ClauseResult(made, worst, checks)


PCI = ControlResult(
    Control(
        "pci-dss",
        "PCI DSS",
        "4.0.1",
        "The clauses that logs have a say in: account data in logs, what records tell, how long they are kept.\n\n"
        "Left out are clauses on networks, people and premises.",
        ("PCI Security Standards Council, Payment Card Industry Data Security Standard v4.0.1, June 2024",),
        (),
        "ab" * 32,
    ),
    (
        clause(
            "3.3.1.2",
            "No card verification codes",
            "After authorisation, card verification codes are not kept, not even encrypted.",
            CheckResult(
                "findings",
                "values of 2 rules in 142 files",
                FAIL,
                ("2 card verification codes were seen in 1 file.",),
                (Sample("logs/app.log:40", "cvv=… (3)"), Sample("logs/app.log:44", "cvc=… (3)")),
                None,
                ("00112233aabbccdd",),
            ),
            CheckResult(
                "code",
                "log calls in 31 files below src",
                PASS,
                ("No log call that prints one was seen in what was read.",),
            ),
            limits="A code that stands alone, without a name beside it, cannot be told from any other number.",
            advice="Delete the records, in copies and backups too; then change the log call.",
        ),
        clause(
            "3.4.1",
            "Card numbers are masked",
            "Where a card number is shown, no more than its first six or eight and its last four digits are.",
            CheckResult(
                "findings",
                "values of 1 rule in 142 files",
                FAIL,
                ("1 card number was seen 3 times in 2 files.",),
                (Sample("logs/app.log.1.gz:12", "card=4… (16)"),),
                Table(
                    ("File", "Brand", "Digits", "Seen"),
                    (("logs/app.log", "Visa", "16", "2"), ("logs/app.log.1.gz", "Visa", "16", "1")),
                ),
            ),
        ),
        clause(
            "10.2.2",
            "Each record says who, what, when and where",
            "Records name user, type, time, outcome, origin and what was touched.",
            CheckResult(
                "fields",
                "records of 3 sources",
                FAIL,
                ("2 of 3 sources name an outcome in less than 95 % of their records.",),
                (),
                Table(
                    ("Source", "time", "who", "what", "outcome", "where", "level", "component", "resource"),
                    (
                        ("logs/app.log", "100 %", "97 %", "100 %", "12 %", "88 %", "100 %", "100 %", "41 %"),
                        ("logs/access.log", "100 %", "96 %", "100 %", "100 %", "100 %", "–", "–", "100 %"),
                    ),
                ),
            ),
            advice="Log the outcome as a field of its own.",
        ),
        clause(
            "6.2.4",
            "Code does not print credentials",
            "Software is written so that common attacks find no hold.",
            CheckResult("code", "nothing", NOT_TESTED, ("The source was not named: --source DIR.",)),
        ),
        clause(
            "3.3.1.1",
            "No track data",
            "After authorisation, the contents of a track are not kept.",
            CheckResult(
                "findings", "values of 2 rules in 142 files", PASS, ("No track data was seen in what was read.",)
            ),
        ),
        clause(
            "10.3.2",
            "Logs are protected from change",
            "Audit logs cannot be changed by individuals.",
            CheckResult(
                "statement", "nothing", NOT_TESTABLE, ("Who may write to a log server cannot be seen from a log.",)
            ),
        ),
        clause(
            "12.10.7",
            "What to do when a card number is found",
            "There is a procedure for card numbers that turn up where none are expected.",
            CheckResult("findings", "values of 1 rule in 142 files", FAIL, ("1 card number was seen.",)),
        ),
    ),
)

OWASP = ControlResult(
    Control("owasp-logging", "OWASP Logging Cheat Sheet", "2024", "What must not be in a log.", (), (), "cd" * 32),
    (
        clause(
            "tokens",
            "Access tokens",
            "Access tokens are not logged.",
            CheckResult(
                "findings", "values of 90 rules in 142 files", PASS, ("No access token was seen in what was read.",)
            ),
        ),
    ),
)

REPORT = Report(
    generated="2026-03-04T10:00:00Z",
    version="0.0.0",
    python="3.11.2",
    platform="Linux",
    rules_digest="0f" * 32,
    policy=(("Rules", "secrets, personal data, financial data"), ("Actions", "mask: all")),
    key_id="abcdefgh",
    inputs=("logs",),
    source=(),
    app="",
    controls=(PCI, OWASP),
    scan=replace(
        RESULT,
        findings=(_CARD, *RESULT.findings),
        history=(
            Run(1, "2026-03-02T10:00:00Z", True, 141, 9, 9, 7, 9, ((Severity.HIGH, 7),), None, None),
            Run(2, "2026-03-03T10:00:00Z", False, 142, 9, 9, 5, 9, ((Severity.HIGH, 5),), 1, 3),
        ),
    ),
    unseen=(
        Unseen("logs/\x1b[2Jcut.gz", "gzip data ends early, what was readable was read"),
        Unseen("source code", "not named: --source DIR"),
    ),
    files=(
        FileFact("logs/app.log", 200_000_000, "2026-03-04T09:59:00Z", "12" * 32, 0o644, "app", "adm"),
        FileFact("logs/odd\n\u202ename & <b>.log", 7, "", "34" * 32),
        FileFact("s3://logs/web.log", 4415, remark="no digest: an object of a remote store"),
    ),
    heads=(Head("audit.ledger", "ledger", 2, "56" * 32), Head("redacted.manifest", "manifest", 9, "78" * 32)),
    author="Audit team",
    notes=("Fingerprints hold for this report only.",),
    first="2024-01-01T00:00:00Z",
    last="2024-01-03T23:59:59Z",
)


def hostile() -> Report:
    """Make a report in which everything that comes out of logs, code and catalogues is an attack."""
    texts = tuple(HOSTILE)
    text = texts[0]
    clauses = tuple(
        clause(
            f"{number} {one}",
            one,
            one,
            CheckResult(
                "findings", one, FAIL, texts[:2], (Sample(one, one),), Table(("Place", "What"), ((one, one),)), texts
            ),
            limits=one,
            advice=one,
        )
        for number, one in enumerate(texts)
    )
    control = ControlResult(Control("hostile", text, texts[1], "\n\n".join(texts), texts, (), "ef" * 32), clauses)
    return replace(
        REPORT,
        policy=tuple((one, one) for one in texts),
        inputs=texts,
        source=texts,
        app=text,
        author=texts[3],
        controls=(control,),
        unseen=tuple(Unseen(one, one) for one in texts),
        files=tuple(FileFact(one, 1, "", "00" * 32, 0o600, one, one, one) for one in texts),
        heads=tuple(Head(one, "ledger", 1, "00" * 32) for one in texts),
        notes=texts,
        python=texts[4],
        platform=texts[5],
    )


def repeated() -> Report:
    """Make a report in which clauses of two standards rest on one long table, two of them on all that was seen."""
    head = ("source", "records looked at", "with offset", "without", "no time", "goes back")
    rows = tuple((f"logs/{number:02}/" + "long-name" * 8, f"{number:,}", "1", "2", "3", "4") for number in range(30))
    check = CheckResult(
        "timestamps", "times of records", FAIL, ("Some have no offset.",), (Sample("a.log:1", "x"),), Table(head, rows)
    )
    other = replace(check, facts=("Times go back.",))
    clauses = tuple(
        clause(name, "Times", "Times say their offset: see `docs`.", one)
        for name, one in (("1", check), ("2", check), ("3", other))
    )
    return replace(REPORT, controls=(replace(PCI, clauses=clauses), replace(OWASP, clauses=clauses[2:])))


def of_scan(scan: ScanResult, files: Sequence[Path]) -> Report:
    """Make a report of what a real scan found: a clause for each category, and one for what was not found."""
    categories = sorted({one.category for one in scan.findings})
    clauses = []
    for number, category in enumerate(categories, 1):
        found = [one for one in scan.findings if one.category == category]
        clauses.append(
            clause(
                str(number),
                f"No {category}",
                f"Nothing of the kind {category} is logged.",
                CheckResult(
                    "findings",
                    f"values of {category} in {scan.files} files",
                    FAIL,
                    (f"{len(found)} values were seen.",),
                    tuple(_sample(one) for one in found[:5]),
                    None,
                    tuple(one.id for one in found),
                ),
            )
        )
    facts = tuple(fact_of(path) for path in files)
    control = ControlResult(Control("all", "All there is", "1", "Everything.", (), (), "ab" * 32), tuple(clauses))
    return replace(REPORT, scan=scan, controls=(control,), files=facts, heads=(), unseen=(), inputs=scan.inputs)


def fact_of(path: Path) -> FileFact:
    """Return what is known of a file."""
    data = path.read_bytes()
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    return FileFact(str(path), len(data), modified, hashlib.sha256(data).hexdigest(), 0o644)


def _sample(finding: Finding) -> Sample:
    return Sample(f"{finding.first.path}:{finding.first.line}", finding.preview)


def many(number: int) -> tuple[Finding, ...]:
    """Make so many findings."""
    place = Place("logs/app.log", 1, 2, 3, "2026-01-02T03:04:05Z")
    return tuple(
        replace(_CARD, id=f"{one:016x}", confidence=Confidence.HIGH, first=replace(place, line=one + 1))
        for one in range(number)
    )


def written(report: Report, name: str, options: Options | None = None) -> str:
    """Return a report as text, without a signature."""
    stream = io.StringIO()
    FORMATS[name](report, stream, options or Options())
    return stream.getvalue()


def signed(report: Report, name: str, signer: Signer | None = None) -> bytes:
    """Return a report as it is written to a file."""
    stream = io.BytesIO()
    write_signed(report, name, stream, Options(), signer)
    return stream.getvalue()
