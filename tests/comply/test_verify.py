"""Verification: what was changed is noticed, in each form of report, and in what it was made of."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logscrub.cli.comply_verify import key as key_command
from logscrub.cli.comply_verify import verify as verify_command
from logscrub.comply.model import FileFact, Head, Report
from logscrub.comply.report import FORMATS, Options, write_signed
from logscrub.comply.sign import Signer, new_key
from logscrub.comply.verify import Outcome, Verification, verify
from logscrub.errors import ConfigError, SourceError
from logscrub.policy import Policy

from .report.reports import REPORT, fact_of, signed

FORMS = tuple(FORMATS)
Write = Callable[..., Path]


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    """Three logs, two of them with names that are shown with escapes, or look like it."""
    made = []
    for name in ("app.log", "a b\u202e & <i>.log", "\\x41\\udcff.log"):
        path = tmp_path / name
        path.write_bytes(b"line one\nline two\n")
        made.append(path)
    return made


@pytest.fixture
def write(tmp_path: Path, logs: list[Path], signer: Signer) -> Write:
    """Write a report on the logs."""

    def written(form: str, by: Signer | None = signer, **changes: object) -> Path:
        files = tuple(fact_of(path) for path in logs)
        report: Report = replace(REPORT, files=files, heads=(), **changes)
        path = tmp_path / f"report.{form}"
        path.write_bytes(signed(report, form, by))
        return path

    return written


def said(answer: Verification) -> list[tuple[str, str]]:
    return [(str(line.outcome), line.said) for line in answer.lines if line.about != "file"]


def of_files(answer: Verification) -> list[tuple[str, str]]:
    return [(str(line.outcome), line.said) for line in answer.lines if line.about == "file"]


@pytest.mark.parametrize("form", FORMS)
def test_a_report_is_good_if_nothing_was_changed(form: str, write: Write, key_file: Path, signer: Signer) -> None:
    answer = verify(str(write(form)), f"{key_file}.pub")
    assert (answer.form, answer.key_id, answer.outcome, answer.exit_code) == (form, signer.key_id, Outcome.GOOD, 0)
    assert said(answer) == [("good", f"holds, by the key {signer.key_id}"), ("good", "is the one that was given")]
    assert of_files(answer) == [("good", "unchanged")] * 3


@pytest.mark.parametrize("form", FORMS)
def test_a_report_is_not_good_if_nobody_said_by_whom(form: str, write: Write, tmp_path: Path, key_file: Path) -> None:
    assert verify(str(write(form))).exit_code == 2  # a key that nobody named
    unsigned = verify(str(write(form, None)), f"{key_file}.pub")
    assert unsigned.exit_code == 2
    assert "not signed" in said(unsigned)[0][1]
    new_key(str(tmp_path / "other.pem"))
    forged = verify(str(write(form, Signer.of(str(tmp_path / "other.pem")))), f"{key_file}.pub")
    assert forged.exit_code == 1
    assert "somebody else signed this" in said(forged)[1][1]


@pytest.mark.parametrize("form", FORMS)
def test_what_became_of_each_file_is_said(form: str, write: Write, logs: list[Path], key_file: Path) -> None:
    report = str(write(form))
    key = f"{key_file}.pub"
    logs[0].write_bytes(b"line one\nline two\nline three\n")
    assert of_files(verify(report, key))[0] == ("good", "unchanged, but 11 bytes were appended since")
    assert verify(report, key).exit_code == 0
    logs[0].write_bytes(b"line one\nline 2wo\nline three\n")
    assert of_files(verify(report, key))[0] == ("changed", "was changed")
    logs[0].write_bytes(b"line one\n")
    assert of_files(verify(report, key))[0] == ("changed", "was changed: it is 9 bytes shorter")
    logs[1].write_bytes(b"line one\nline 2wo\n")
    logs[2].unlink()
    assert of_files(verify(report, key))[1:] == [("changed", "was changed"), ("changed", "is gone")]
    if hasattr(os, "mkfifo"):
        os.mkfifo(logs[2])
        assert of_files(verify(report, key))[2] == ("not verified", "cannot be read: is no regular file any more")
    answer = verify(report, key, files=False)
    assert (answer.exit_code, of_files(answer)) == (0, [])


@pytest.mark.parametrize("form", FORMS)
def test_files_may_have_been_moved(form: str, tmp_path: Path, logs: list[Path], signer: Signer, key_file: Path) -> None:
    copy = tmp_path / "copy"
    facts = []
    for path in logs:
        facts.append(replace(fact_of(path), path=f"/var/log/{path.name}"))
        (copy / "var/log").mkdir(parents=True, exist_ok=True)
        (copy / "var/log" / path.name).write_bytes(path.read_bytes())
    facts.append(FileFact("-", 0, remark="standard input"))
    facts.append(FileFact("s3://logs/web.log", 0, "", "00" * 32))
    path = tmp_path / "report"
    path.write_bytes(signed(replace(REPORT, files=tuple(facts), heads=()), form, signer))
    answer = verify(str(path), f"{key_file}.pub", root=str(copy))
    assert [outcome for outcome, _ in of_files(answer)] == ["good"] * 3 + ["note", "not verified"]
    assert answer.exit_code == 2


@pytest.fixture(scope="module")
def small(signer: Signer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a small report in each form, so that every byte of it is hit now and then."""
    scan = replace(REPORT.scan, findings=(), timeline=())
    report = replace(REPORT, controls=REPORT.controls[1:], scan=scan, files=(), heads=())
    folder = tmp_path_factory.mktemp("small")
    for form in FORMS:
        (folder / form).write_bytes(signed(report, form, signer))
    return folder


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.tuples(st.booleans(), st.floats(0, 1, exclude_max=True)), flip=st.integers(1, 255))
def test_a_changed_byte_is_noticed(
    form: str, place: tuple[bool, float], flip: int, small: Path, tmp_path: Path, key_file: Path
) -> None:
    report = (small / form).read_bytes()
    # The end, where the signature is, comes as often as all the rest.
    near_the_end, share = place
    start = len(report) - 500 if near_the_end else 0
    at = start + int(share * (len(report) - start))
    changed = report[:at] + bytes([report[at] ^ flip]) + report[at + 1 :]
    if form == "json" and _same(report, changed):
        return
    path = tmp_path / "report"
    path.write_bytes(changed)
    assert verify(str(path), f"{key_file}.pub", files=False).exit_code != 0


def _same(one: bytes, other: bytes) -> bool:
    """Whether only white space between the parts of a document is another one."""
    try:
        return json.loads(one) == json.loads(other)
    except ValueError:
        return False


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    form=st.sampled_from(FORMS),
    share=st.floats(0, 1),
    more=st.binary(min_size=1, max_size=20).filter(lambda one: one.strip()),
)
def test_added_and_cut_bytes_are_noticed(
    form: str, share: float, more: bytes, small: Path, tmp_path: Path, key_file: Path
) -> None:
    report = (small / form).read_bytes()
    at = int(share * len(report))
    path = tmp_path / "report"
    for changed in (report[:at] + more + report[at:], report[:at] + report[at + len(more) :]):
        if changed == report or (form == "json" and _same(report, changed)):
            continue
        path.write_bytes(changed)
        assert verify(str(path), f"{key_file}.pub", files=False).exit_code != 0


def test_a_document_may_be_laid_out_anew_but_not_be_written_in_two_ways(write: Write, key_file: Path) -> None:
    path = write("json")
    key = f"{key_file}.pub"
    document = json.loads(path.read_bytes())
    for text in (
        json.dumps(document, indent=4, sort_keys=True),
        json.dumps(document, separators=(",", ":"), ensure_ascii=False),
    ):
        path.write_text(text, "utf-8")
        assert verify(str(path), key).exit_code == 0
    lines = document["scope"]["lines"]
    for old, new in (
        (f'"lines": {lines}', f'"lines": {lines}.0'),
        (f'"lines": {lines}', f'"lines": 1, "lines": {lines}'),
        ('"generated"', '"generated": "", "generated"'),
        ('"schema"', '"more": NaN, "schema"'),
        ('"schema": "logscrub/comply/1"', '"schema": "logscrub/comply/2"'),
        ('"signature"', '"Signature"'),
    ):
        text = json.dumps(document)
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
        assert verify(str(path), key).exit_code in (1, 2)
    path.write_text("[" * 100_000)
    assert verify(str(path), key).exit_code == 2
    path.write_text("{" * 100_000)
    assert verify(str(path), key).exit_code == 1


def test_what_is_no_report_is_not_verified(tmp_path: Path, key_file: Path) -> None:
    for text in ("", "a log\n", "{}", '{"schema": "logscrub/scan/1"}', "<!DOCTYPE html><p>x", "\x00"):
        path = tmp_path / "file"
        path.write_text(text)
        assert verify(str(path), f"{key_file}.pub").exit_code == 2
    with pytest.raises(SourceError, match=r"none\.html: cannot be read"):
        verify(str(tmp_path / "none.html"))
    with pytest.raises(ConfigError, match="is no public key"):
        verify(str(path), str(path))


def test_a_coloured_text_is_read_too(tmp_path: Path, logs: list[Path], signer: Signer, key_file: Path) -> None:
    report = replace(REPORT, files=tuple(fact_of(path) for path in logs), heads=())
    stream = io.BytesIO()
    write_signed(report, "text", stream, Options(color=True), signer)
    path = tmp_path / "report.txt"
    path.write_bytes(stream.getvalue())
    assert b"\x1b[" in stream.getvalue()
    assert of_files(verify(str(path), f"{key_file}.pub")) == [("good", "unchanged")] * 3


def test_ledgers_and_manifests_are_held_against_their_ends(tmp_path: Path, signer: Signer, key_file: Path) -> None:
    from logscrub.audit import scan
    from logscrub.audit.verify import verify_ledger
    from logscrub.cleaning import redact_files
    from logscrub.cleaning.verify import verify_manifest

    log = tmp_path / "app.log"
    log.write_text("login password=hunter2hunter2\n")
    ledger, manifest = str(tmp_path / "logs.ledger"), str(tmp_path / "redacted.jsonl")
    policy = Policy(select=("password",))
    scan(str(log), policy=policy, ledger=ledger)
    redact_files(str(log), in_place=True, manifest=manifest, policy=policy)
    ends = [(ledger, "ledger", verify_ledger(ledger).head), (manifest, "manifest", verify_manifest(manifest).head)]
    heads = tuple(Head(path, kind, end.run, end.link) for path, kind, end in ends if end is not None)
    assert len(heads) == 2
    path = tmp_path / "report"
    key = f"{key_file}.pub"
    for form in FORMS:
        path.write_bytes(signed(replace(REPORT, files=(), heads=heads), form, signer))
        answer = verify(str(path), key)
        assert [line.outcome for line in answer.lines if line.about == "chain"] == ["good", "good"]
        assert answer.exit_code == 0
    scan(str(log), policy=policy, ledger=ledger)  # what comes later changes nothing
    assert verify(str(path), key).exit_code == 0
    assert verify(ledger).form == "ledger"
    assert verify(ledger).exit_code == 0

    alone = verify(manifest)
    assert (alone.form, alone.exit_code) == ("manifest", 2)  # no key that would show a manifest written anew
    assert of_files(alone) == [("good", "unchanged since it was written")]
    log.write_text("another\n")
    assert verify(manifest).exit_code == 1

    text = Path(manifest).read_text()
    Path(manifest).write_text(text.replace('"begin"', '"Begin"', 1))
    answer = verify(str(path), key)
    assert answer.exit_code == 1
    assert {line.what for line in answer.lines if line.outcome == "changed"} == {manifest}
    os.unlink(manifest)
    os.unlink(f"{ledger}.key")
    outcomes = [(line.outcome, line.said[:34]) for line in verify(str(path), key).lines if line.about == "chain"]
    assert outcomes == [
        ("not verified", "the ledger cannot be verified: " + ledger[:3]),
        ("changed", "the manifest is gone"),
    ]


def test_the_commands(tmp_path: Path, write: Write, logs: list[Path]) -> None:
    run = CliRunner().invoke
    made = run(key_command, [str(tmp_path / "own.pem")])
    assert made.exit_code == 0
    signer = Signer.of(str(tmp_path / "own.pem"))
    assert f"key {signer.key_id}" in made.output
    report = str(write("html", signer))
    public = str(tmp_path / "own.pem.pub")
    logs[0].write_bytes(b"line one\nline two\nand more\n")
    told = run(verify_command, [report, "--key", public, "--isolated"], standalone_mode=False)
    assert told.return_value == 0
    assert told.output.splitlines() == [
        f"{report}: good",
        f"  good: signature: holds, by the key {signer.key_id}",
        f"  good: key {signer.key_id}: is the one that was given",
        "  good: 1 file unchanged, and longer than they were",
        "  good: 2 files unchanged",
    ]
    logs[0].unlink()
    told = run(
        verify_command, [report, report, "--key", public, "--isolated", "--format", "json"], standalone_mode=False
    )
    assert told.return_value == 1
    data = json.loads(told.output)
    assert data["schema"] == "logscrub/verification/1"
    assert [one["outcome"] for one in data["reports"]] == ["changed", "changed"]
    assert {"about": "file", "what": str(logs[0]), "outcome": "changed", "said": "is gone"} in data["reports"][0][
        "checked"
    ]
    assert run(verify_command, [report, "--no-files", "--isolated"], standalone_mode=False).return_value == 2
