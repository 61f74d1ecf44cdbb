"""``logscrub comply``: logs, code and a service against clauses, in one go."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run, Start

PAN = "4000001234567899"
PASSWORD = "violet-harbour-morning"
LEAKS = f"""\
{{"time": "2026-01-02T03:04:05Z", "level": "INFO", "user": "jane", "event": "paid", "card_number": "{PAN}", "cvv": "737"}}
{{"time": "2026-01-02T03:04:06", "level": "INFO", "user": "jane", "event": "login", "password": "{PASSWORD}", "mail": "jane.doe@example.com"}}
"""
CLEAN = '{"time": "2026-01-02T03:04:05Z", "user": "jane", "event": "paid", "outcome": "ok"}\n'
SHOP = """\
import logging

log = logging.getLogger(__name__)


def pay(card_number, request):
    log.info("paid with %s", card_number)
    log.info("asked for %s", request.args["q"])
"""
SERVICE = """\
import logging
import sys

import logscrub


def setup():
    logging.basicConfig(stream=sys.stdout)
    logscrub.install()


def bare():
    logging.basicConfig(stream=sys.stdout)
"""
NAMES = ("text", "json", "html")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A log that leaks, one that does not, source code, and a service."""
    Path("leaks.jsonl").write_text(LEAKS)
    Path("clean.jsonl").write_text(CLEAN)
    for name in ("leaks.jsonl", "clean.jsonl"):
        Path(name).chmod(0o600)
    Path("src").mkdir()
    Path("src/shop.py").write_text(SHOP)
    Path("shop_service.py").write_text(SERVICE)
    return tmp_path


def statuses(path: str) -> dict[str, str]:
    report: dict[str, Any] = json.loads(Path(path).read_text())
    return {clause["id"]: clause["status"] for control in report["controls"] for clause in control["clauses"]}


def test_everything_in_one_go_and_nothing_raw_in_any_report(run: Run, place: Path) -> None:
    named = [word for name in NAMES for word in ("--format", f"{name}=r.{name}")]
    done = run(
        "comply", "leaks.jsonl", "--source", "src", "--app", "shop_service:setup", "--control", "all",
        "--isolated", *named,
    )  # fmt: skip
    assert done.code == 1, done.err
    found = statuses("r.json")
    assert {found[one] for one in ("3.3.1.2", "3.5.1", "16.2.2", "1798.140(ae)", "6.2.4")} == {"fail"}
    assert found["10.5.1"] == "not tested"  # what is kept elsewhere is not known
    assert {found[one] for one in ("3.3.1.1", "10.3.1", "3.5.1.1")} <= {"pass", "not tested"}
    assert found["10.3.1"] == "pass"
    assert found["16.3.1"] == "not testable"
    assert found["16.1.1"] == "not tested"
    for name in NAMES:
        text = Path(f"r.{name}").read_text()
        assert PAN not in text
        assert PASSWORD not in text
        assert "complian" not in text.lower().replace("logscrub comply", "")


def test_a_clean_log_passes_what_it_was_looked_at_for_and_no_more(run: Run, place: Path) -> None:
    run("comply", "clean.jsonl", "--control", "all", "--isolated", "--format", "json=r.json")
    found = statuses("r.json")
    assert {found[one] for one in ("3.3.1.1", "AU-8", "10.3.1", "care-file-paths", "SI-11")} <= {"pass", "not tested"}
    assert found["AU-8"] == found["10.3.1"] == found["SI-11"] == "pass"
    assert found["care-file-paths"] == "not tested"  # nobody said what may be there
    assert found["session-ids"] == "not tested"  # the source code was not named
    assert found["3.3.1.1"] == "not tested"  # no policy was named
    assert found["source-code"] == "not testable"


def test_what_cannot_be_read_is_no_pass(run: Run, place: Path) -> None:
    done = run("comply", "clean.jsonl", "no-such.log", "--control", "all", "--isolated", "--format", "json=r.json")
    assert done.code == 2
    assert "pass" not in statuses("r.json").values()
    assert any(one["what"] == "no-such.log" for one in json.loads(Path("r.json").read_text())["unseen"])


def test_a_service_is_tried_in_a_process_of_its_own(run: Run, place: Path) -> None:
    arguments = ("comply", "--control", "gdpr", "--isolated", "--format", "json=r.json")
    assert run(*arguments, "--app", "shop_service:bare").code == 1
    assert statuses("r.json")["25(1)"] == "fail"
    assert "shop_service" not in sys.modules
    assert run(*arguments, "--app", "no_such_service").code == 2
    assert statuses("r.json")["25(1)"] == "not tested"
    assert "no_such_service" in Path("r.json").read_text()


def test_the_configuration_says_what_may_be_there_and_for_how_long(run: Run, place: Path) -> None:
    Path("own.toml").write_text(
        'profile = "gdpr"\n[comply]\ncontrols = ["all"]\nallowed = ["pii.email", "pii.user-name"]\nretention-days = 5\n'
        'author = "Ann Auditor"\n'
    )
    done = run("comply", "leaks.jsonl", "--config", "own.toml", "--format", "json=r.json")
    assert done.code == 1, done.err
    found = statuses("r.json")
    assert found["4(1)"] == "pass"
    assert found["5(1)(e)"] == "fail"
    assert found["25(2)"] == "not tested"  # no service was named that would use it
    report = json.loads(Path("r.json").read_text())
    assert report["author"] == "Ann Auditor"


def test_earlier_runs_are_evidence_and_a_changed_ledger_is_noticed(run: Run, place: Path) -> None:
    arguments = (
        "comply",
        "clean.jsonl",
        "--control",
        "soc2",
        "--isolated",
        "--ledger",
        "l.ledger",
        "--format",
        "json=r.json",
    )
    run(*arguments)
    assert statuses("r.json")["CC7.2"] == "not tested"
    run(*arguments)
    assert statuses("r.json")["CC7.2"] == "not tested"  # twice on one day is not regularly
    import sqlite3

    with sqlite3.connect("l.ledger") as db:
        db.execute("UPDATE runs SET findings = findings + 1 WHERE id = 1")
    run(*arguments)
    assert statuses("r.json")["CC7.2"] == "fail"
    assert run("comply", "verify", "l.ledger", "--isolated").code == 1


def test_a_redaction_is_evidence_by_its_manifest(run: Run, place: Path) -> None:
    assert run("redact", "leaks.jsonl", "--in-place", "--manifest", "m.jsonl", "--isolated").code == 0
    arguments = ("comply", "--control", "all", "--isolated", "--manifest", "m.jsonl", "--format", "json=r.json")
    run(*arguments)
    assert statuses("r.json")["C1.2"] == "pass"
    Path("leaks.jsonl").write_text(LEAKS)
    run(*arguments)
    assert statuses("r.json")["C1.2"] == "fail"


def test_standard_input_is_read_once_and_says_so(start: Start, place: Path) -> None:
    process = start("comply", "-", "--control", "all", "--isolated", "--format", "json=r.json")
    process.communicate(CLEAN.encode(), timeout=60)
    assert process.returncode in (0, 1)
    assert statuses("r.json")["7.3.4"] == "not tested"
    assert "standard input" in Path("r.json").read_text()


def test_signed_reports_are_verified_and_a_change_is_noticed(run: Run, place: Path) -> None:
    assert run("comply", "key", "audit.pem").code == 0
    named = [word for name in NAMES for word in ("--format", f"{name}=r.{name}")]
    run("comply", "leaks.jsonl", "--control", "all", "--isolated", "--sign", "audit.pem", *named)
    reports = [f"r.{name}" for name in NAMES]
    done = run("comply", "verify", *reports, "--key", "audit.pem.pub", "--isolated")
    assert done.code == 0, done.out
    for name in reports:
        text = Path(name).read_text()
        Path(name).write_text(text.replace("CWE-532", "CWE-533", 1))
        assert run("comply", "verify", name, "--key", "audit.pem.pub", "--isolated").code == 1, name
        Path(name).write_text(text)
    Path("leaks.jsonl").write_text(CLEAN)
    assert run("comply", "verify", *reports, "--key", "audit.pem.pub", "--isolated").code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("clean.jsonl", "--isolated"), "name what to check against: --control NAME, of asvs-4"),
        (("clean.jsonl", "--control", "pci-ds", "--isolated"), "did you mean pci-dss"),
        (("--control", "pci-dss", "--isolated"), "nothing to look at: name LOGS"),
        (("--control", "pci-dss", "--isolated", "--ledger", "x", "--source", "src"), "--ledger needs LOGS"),
    ],
)
def test_mistakes_say_the_way_out(run: Run, place: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run("comply", *arguments)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            'allowed = ["pii.emial"]',
            "comply.allowed: no rule, category or tag is called 'pii.emial'; did you mean pii.email",
        ),
        ("retention-days = 0", "own.toml: comply.retention-days: must be a number of days above 0"),
        ('contols = ["cwe"]', "own.toml: comply.contols: is not a setting; did you mean 'controls'"),
    ],
)
def test_a_slip_in_the_configuration_is_named(run: Run, place: Path, line: str, said: str) -> None:
    Path("own.toml").write_text(f"[comply]\n{line}\n")
    done = run("comply", "clean.jsonl", "--config", "own.toml", "--control", "cwe")
    assert done.code == 2
    assert said in done.err


def test_a_slip_in_a_catalogue_is_named(run: Run, place: Path) -> None:
    head = 'id = "own"\ntitle = "Own"\nversion = "1"\nabout = "Ours."\n[[clause]]\nid = "1"\ntitle = "One"\ndemand = "Do."\n'
    Path("own.toml").write_text(f'{head}[[clause.check]]\nkind = "findings"\nselect = ["financial.cvc"]\n')
    done = run("comply", "clean.jsonl", "--isolated", "--control", "own.toml")
    assert done.code == 2
    assert (
        "control own: clause 1: check findings: no rule, category or tag is called 'financial.cvc'; did you" in done.err
    )


def test_standards_are_listed(run: Run, place: Path) -> None:
    done = run("comply", "controls")
    assert "pci-dss        PCI DSS 4.0.1: 29 clauses" in done.out
    assert "3.5.1.1  Hashes of card numbers have a key" in run("comply", "controls", "pci-dss").out
