"""Facts about files, and records that hold two things at once."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from logscrub import Policy
from logscrub.audit import scan
from logscrub.comply.records import file_facts, recheck, together
from logscrub.comply.records.files import CHANGED_MEANWHILE, GONE, STOPPED
from logscrub.errors import ConfigError
from logscrub.rules import builtin_rules

_FEW = Policy(select=("pii.email", "password"))


def test_files_are_taken_down_and_changes_told(tmp_path: Path) -> None:
    for name in ("a.log", "b.log", "c.log", "d.log"):
        (tmp_path / name).write_bytes(name.encode() * 1000)
    (tmp_path / "a.log").chmod(0o640)
    os.symlink(tmp_path, tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    facts = file_facts([tmp_path])
    assert [Path(one.path).name for one in facts] == ["a.log", "b.log", "c.log", "d.log"]
    assert facts[0].sha256 == hashlib.sha256(b"a.log" * 1000).hexdigest()
    assert (facts[0].mode, facts[0].size, facts[0].remark) == (0o640, 5000, "")
    assert facts[0].modified.endswith("Z")
    assert recheck(facts, digests=True) == facts
    (tmp_path / "b.log").write_text("shorter")
    (tmp_path / "c.log").unlink()
    status = (tmp_path / "d.log").stat()
    (tmp_path / "d.log").write_bytes(b"e.log" * 1000)
    os.utime(tmp_path / "d.log", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert [one.remark for one in recheck(facts)] == ["", CHANGED_MEANWHILE, GONE, ""]
    assert [one.remark for one in recheck(facts, digests=True)][3] == CHANGED_MEANWHILE


def test_what_has_no_digest_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe")
    facts = file_facts(["-", tmp_path / "pipe", tmp_path / "none", "/dev/zero"])
    assert [one.sha256 for one in facts] == [""] * 4
    assert all(one.remark for one in facts)
    assert recheck(facts) == facts
    assert file_facts([tmp_path / "a.log"], progress=lambda path, count: False)[0].remark == STOPPED


def test_a_login_beside_its_password(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(
        "user eve@example.com password=Gr4nite-Fox9\npassword=Gr4nite-Fox9\nmail eve@example.com\n"
        '{"email": "eve@example.com", "password": "Gr4nite-Fox9"}\n'
    )
    found = together(log, [["pii.email"], ["password"]], _FEW)
    assert (found.records, found.sources, found.rules) == (2, 1, (("email", "email-field"), ("password",)))
    assert [one.place.rpartition(":")[2] for one in found.samples] == ["1", "4"]
    assert "Gr4nite" not in repr(found)
    assert "eve" not in repr(found)
    # One value is not two.
    assert together(log, [["pii.email", "password"], ["password"]], _FEW).records == 2
    assert together(log, [["password"], ["password"]], _FEW).records == 0


def test_a_record_may_have_many_lines(tmp_path: Path) -> None:
    log = tmp_path / "export.json"
    one = '  {\n    "email": "eve@example.com",\n    "note": "x"\n  }'
    two = '  {\n    "email": "bob@example.com",\n    "password": "Gr4nite-Fox9"\n  }'
    log.write_text(f"[\n{one},\n{two}\n]\n")
    found = together(log, [["pii.email"], ["password"]], _FEW)
    assert [sample.place.rpartition(":")[2] for sample in found.samples] == ["7"]


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="pii.emial"):
        together([], [["pii.emial"], ["password"]], _FEW)


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        ("name \x1b[2Jroot", {"terminal-escape"}),
        ("\x1b[31mERROR\x1b[0m name \x1b[1A\x1b[2Kroot", {"terminal-colour", "terminal-escape"}),
        ("file invoice\u202efdp.exe pass\x1b[1mword", {"bidi-control", "terminal-colour"}),
        ("a\x00b", {"control-character"}),
        ("GET /x?u=a%0d%0aSet-Cookie:%20a=b HTTP/1.1", {"forged-record"}),
        ("GET /x?u=a%0D%0Ab HTTP/1.1", {"encoded-line-break"}),
        ("GET /x?access_token=7Hq2mZ9pLr4vXw1t HTTP/1.1", {"url-secret"}),
        ("GET /x?access_token=[token] \\u001b[2J \\u202e caf\u00e9", set()),
    ],
)
def test_signs_that_do_not_belong_into_a_record(tmp_path: Path, line: str, rules: set[str]) -> None:
    log = tmp_path / "app.log"
    log.write_text(f"2026-01-02T03:04:05Z INFO {line}\n")
    found = {one.rule for one in scan(log, policy=Policy(select=("compliance",))).findings}
    assert found == rules


def test_nothing_of_this_is_on_by_default() -> None:
    rules = [one for one in builtin_rules().everything() if one.category.startswith("compliance.")]
    assert rules
    assert not any(one.default for one in rules)
    assert not {one.id for one in rules} & {one.id for one in Policy().rules().everything()}
