"""Redacting files where they lie and into directories: what is done, what is refused, and that nothing is ever lost."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import mmap
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import logscrub
from logscrub.cleaning import Outcome, Redaction, file, redact_files
from logscrub.cleaning.file import Cleaner, Job, Place, Task
from logscrub.cleaning.folder import Folder
from logscrub.cleaning.temporary import Temporary, is_temporary, remove_leftovers
from logscrub.errors import ConfigError, SourceError
from logscrub.policy import Policy
from logscrub.sources.unpack import compressor

pytestmark = pytest.mark.skipif(os.name == "nt", reason="owners, links and signals of POSIX")

TEXT = b"start\nlogin user=bob password=hunter2\r\n\nend\n"
CLEAN = b"start\nlogin user=bob password=[password]\r\n\nend\n"
POLICY = Policy(select=("password", "email"))
NOWHERE = 65534  # the user nobody, who owns nothing


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def in_place(*paths: str | Path, policy: Policy = POLICY, **wishes: object) -> Redaction:
    return redact_files(paths, in_place=True, policy=policy, **wishes)  # type: ignore[arg-type]


def only(done: Redaction) -> Outcome:
    (one,) = done.files
    return one


def one_task(path: str) -> Task:
    place, name = os.path.split(os.path.abspath(path))
    return Task(path, os.path.getsize(path), True, Place(place, (), name))


def packed(kind: str, data: bytes) -> bytes:
    packer = compressor(kind)
    return packer.compress(data) + packer.flush()


def listing() -> list[str]:
    return sorted(str(path) for path in Path().rglob("*"))


# What is kept.


def test_a_file_is_replaced_with_everything_it_is_beside_its_content() -> None:
    Path("app.log").write_bytes(TEXT)
    os.chmod("app.log", 0o2640)
    os.utime("app.log", ns=(10**18 + 1, 10**18 + 123456789))
    extended = {"user.origin": b"web"}
    for name, value in extended.items():
        os.setxattr("app.log", name, value)
    before = os.stat("app.log")
    done = in_place("app.log")
    after = os.stat("app.log")
    assert only(done).action == "replaced"
    assert only(done).rules == {"password": 1}
    assert Path("app.log").read_bytes() == CLEAN
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert after.st_mtime_ns == before.st_mtime_ns
    assert {name: os.getxattr("app.log", name) for name in os.listxattr("app.log")} == extended
    assert listing() == ["app.log"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_is_kept() -> None:
    Path("app.log").write_bytes(TEXT)
    os.chmod("app.log", 0o600)
    os.chown("app.log", NOWHERE, NOWHERE - 1)
    assert only(in_place("app.log")).action == "replaced"
    status = os.stat("app.log")
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (NOWHERE, NOWHERE - 1, 0o600)


def test_an_access_list_is_kept_and_one_that_the_directory_would_give_is_not() -> None:
    entries = [(1, 6, 0xFFFFFFFF), (2, 4, NOWHERE), (4, 4, 0xFFFFFFFF), (16, 4, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF)]
    acl = b"\x02\0\0\0" + b"".join(
        tag.to_bytes(2, "little") + allowed.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, allowed, who in entries
    )
    for name in ("with", "without"):
        Path(name).mkdir()
        Path(name, "app.log").write_bytes(TEXT)
    try:
        os.setxattr("with/app.log", "system.posix_acl_access", acl)
        os.setxattr("without", "system.posix_acl_default", acl)
    except OSError:
        pytest.skip("the file system has no access lists")
    assert in_place("with", "without").count("replaced") == 2
    assert os.getxattr("with/app.log", "system.posix_acl_access") == acl
    assert os.listxattr("without/app.log") == []


def test_a_file_without_findings_is_left_alone() -> None:
    for name, data in (("app.log", b"nothing\n"), ("app.gz", gzip.compress(b"nothing\n")), ("empty.log", b"")):
        Path(name).write_bytes(data)
    before = {path: os.stat(path) for path in listing()}
    done = in_place(".")
    assert [one.action for one in done.files] == ["untouched"] * 3
    for path, status in before.items():
        now = os.stat(path)
        assert (now.st_ino, now.st_ctime_ns) == (status.st_ino, status.st_ctime_ns)


@pytest.mark.parametrize("kind", ["", "gzip", "bzip2", "xz", "zstd", "lz4", "gzip+gzip"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32-be"])
def test_compression_and_encoding_stay(kind: str, encoding: str) -> None:
    # The finding stands behind blocks without any, which are then read again.
    text = "lorem ipsum dolor\n" * 70_000 + TEXT.decode()
    Path("app.log").write_bytes(packed(kind, text.encode(encoding)))
    head = Path("app.log").read_bytes()[:3]
    assert only(in_place("app.log")).action == "replaced"
    data = Path("app.log").read_bytes()
    assert data[:3] == head
    for one in filter(None, kind.split("+")):
        data = unpacked(one, data)
    assert data.decode(encoding) == "lorem ipsum dolor\n" * 70_000 + CLEAN.decode()


def unpacked(kind: str, data: bytes) -> bytes:
    if kind == "zstd":
        try:
            from compression import zstd
        except ImportError:
            from backports import zstd  # type: ignore[no-redef]
        return zstd.decompress(data)
    if kind == "lz4":
        import lz4.frame

        return lz4.frame.decompress(data)  # type: ignore[no-any-return]
    return {"gzip": gzip.decompress, "bzip2": bz2.decompress, "xz": lzma.decompress}[kind](data)


# What is refused.


def refused(done: Redaction, *reasons: str) -> None:
    assert [one.action for one in done.files] == ["refused"] * len(reasons)
    for one, reason in zip(done.files, reasons):
        assert reason in one.reason
    assert not any(is_temporary(os.path.basename(name)) for name in listing())


def test_a_file_with_other_names_is_refused_until_it_is_asked_for() -> None:
    Path("app.log").write_bytes(TEXT)
    os.link("app.log", "other.log")
    refused(in_place("app.log"), "has 1 other name (hard links)")
    assert Path("app.log").samefile("other.log")
    done = in_place("app.log", break_links=True)
    assert only(done).action == "replaced"
    assert "1 other name (hard links) of it still hold the old text" in only(done).remark
    assert (Path("app.log").read_bytes(), Path("other.log").read_bytes()) == (CLEAN, TEXT)


def test_links_are_followed_where_they_are_named_and_nowhere_else() -> None:
    Path("real").mkdir()
    Path("tree").mkdir()
    Path("real/app.log").write_bytes(TEXT)
    Path("named.log").symlink_to("real/app.log")
    Path("tree/met.log").symlink_to("../real/app.log")
    assert [one.action for one in in_place("tree").files] == ["skipped"]
    assert Path("real/app.log").read_bytes() == TEXT
    assert only(in_place("named.log")).action == "replaced"
    assert Path("named.log").is_symlink()
    assert Path("real/app.log").read_bytes() == CLEAN


@pytest.mark.parametrize("how", ["append", "read and write", "mapped"])
def test_a_file_that_somebody_has_open_for_writing_is_refused(how: str) -> None:
    Path("app.log").write_bytes(TEXT)
    program = {
        "append": "f = open('app.log', 'ab')",
        "read and write": "f = open('app.log', 'r+b')",
        "mapped": "import mmap; f = open('app.log', 'r+b'); m = mmap.mmap(f.fileno(), 0); f.close()",
    }[how]
    with subprocess.Popen(
        [sys.executable, "-c", f"{program}; print(flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        named = f" by python3 (pid {process.pid})" if sys.platform == "linux" and how != "mapped" else ""
        reason = only(in_place("app.log")).reason
        assert reason.startswith("is open for writing")
        assert named.rsplit(" (", maxsplit=1)[-1] in reason
        assert Path("app.log").read_bytes() == TEXT
        done = in_place("app.log", even_if_open=True)
        assert only(done).action == "replaced"
        assert "what is written there from now on is lost" in only(done).remark
        process.communicate(b"\n")
    assert Path("app.log").read_bytes() == CLEAN


def test_a_file_that_is_open_for_reading_is_no_matter() -> None:
    Path("app.log").write_bytes(TEXT)
    with open("app.log", "rb") as reading, mmap.mmap(reading.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert only(in_place("app.log")).action == "replaced"
        assert mapped[:] == TEXT


def test_what_grows_while_it_is_read_stays_with_all_that_was_written() -> None:
    Path("app.log").write_bytes(TEXT * 30_000)
    appended = 0

    def beat(done: int) -> None:
        nonlocal appended
        with open("app.log", "ab") as log:  # opened, written and closed, as a shell's >> does
            log.write(b"one more\n")
        appended += 1

    outcome = Cleaner(Job(POLICY)).clean(one_task("app.log"), beat)
    assert (outcome.action, outcome.reason) == ("refused", "changed while it was read")
    assert appended == 1
    assert Path("app.log").read_bytes() == TEXT * 30_000 + b"one more\n" * appended
    assert listing() == ["app.log"]


@pytest.mark.skipif(sys.platform != "linux", reason="leases")
def test_who_opens_the_file_just_when_it_is_replaced_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("app.log").write_bytes(TEXT)
    opened = threading.Event()

    def append() -> None:
        opened.set()
        with open("app.log", "ab") as log:
            log.write(b"one more\n")

    writer = threading.Thread(target=append)
    put = Temporary.put

    def late(self: Temporary, name: str) -> None:
        writer.start()
        opened.wait()
        time.sleep(0.3)  # it stands in open(), with the old file
        put(self, name)

    monkeypatch.setattr(Temporary, "put", late)
    outcome = Cleaner(Job(POLICY)).clean(one_task("app.log"), lambda done: None)
    writer.join()
    assert (outcome.action, outcome.reason) == ("refused", "was opened for writing just when it should be replaced")
    assert Path("app.log").read_bytes() == TEXT + b"one more\n"
    assert listing() == ["app.log"]


def test_what_is_written_up_to_the_last_moment_through_an_open_file_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("app.log").write_bytes(TEXT)
    put = Temporary.put
    with open("app.log", "ab", buffering=0) as log:

        def late(self: Temporary, name: str) -> None:
            log.write(b"one more\n")
            put(self, name)

        monkeypatch.setattr(Temporary, "put", late)
        outcome = Cleaner(Job(POLICY, even_if_open=True)).clean(one_task("app.log"), lambda done: None)
    assert outcome.action == "refused"
    assert Path("app.log").read_bytes() == TEXT + b"one more\n"


def test_a_copy_of_a_log_that_grows_for_ever_ends_where_it_ended_when_it_was_begun() -> None:
    Path("app.log").write_bytes(TEXT * 30_000)

    def beat(done: int) -> None:
        with open("app.log", "ab") as log:
            log.write(TEXT * 30_000)

    place = os.getcwd()
    task = Task("app.log", 1, True, Place(place, (), "app.log"), Place(place, (), "clean.log"))
    assert Cleaner(Job(POLICY)).clean(task, beat).action == "written"
    assert Path("clean.log").read_bytes() == CLEAN * 30_000


def test_a_file_that_becomes_another_one_meanwhile_is_left_alone() -> None:
    Path("app.log").write_bytes(TEXT)

    def beat(done: int) -> None:
        os.rename("app.log", "app.log.1")  # as log rotation does
        Path("app.log").write_bytes(b"new\n")

    outcome = Cleaner(Job(POLICY)).clean(one_task("app.log"), beat)
    assert (outcome.action, outcome.reason) == ("refused", "changed while it was read")
    assert (Path("app.log").read_bytes(), Path("app.log.1").read_bytes()) == (b"new\n", TEXT)


def test_archives_tables_and_damaged_files_are_refused_and_binaries_skipped() -> None:
    with zipfile.ZipFile("a.zip", "w") as archive:
        archive.writestr("app.log", TEXT)
    with tarfile.open("b.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("app.log")
        member.size = len(TEXT)
        tar.addfile(member, io.BytesIO(TEXT))
    Path("c.parquet").write_bytes(b"PAR1 " + TEXT)
    Path("d.avro").write_bytes(b"Obj\x01 " + TEXT)
    Path("e.gz").write_bytes(gzip.compress(TEXT)[:-3])
    Path("f.gz").write_bytes(gzip.compress(TEXT) + b"password=hunter3 and what is behind it")
    Path("g.bin").write_bytes(b"\x7fELF" + bytes(range(256)) * 40)
    before = {name: Path(name).read_bytes() for name in listing()}
    done = in_place(".")
    assert [(one.path, one.action, one.reason.split(",")[0]) for one in done.files] == [
        ("./a.zip", "refused", "is a zip archive"),
        ("./b.tar.gz", "refused", "is a tar archive"),
        ("./c.parquet", "refused", "is a Parquet table"),
        ("./d.avro", "refused", "is an Avro file"),
        ("./e.gz", "refused", "not all of it can be read: gzip data ends early"),
        ("./f.gz", "refused", "not all of it can be read: bytes after the end of the gzip data were not read"),
        ("./g.bin", "skipped", "binary"),
    ]
    assert {name: Path(name).read_bytes() for name in listing()} == before
    assert only(in_place("g.bin")).action == "refused"  # it was named


def test_bytes_that_an_encoding_has_no_meaning_for_are_not_lost() -> None:
    data = TEXT.decode().encode("utf-16") + b"\x00\xd8a\x00"
    Path("app.log").write_bytes(data)
    refused(in_place("app.log"), "not all of it is utf-16-le")
    assert Path("app.log").read_bytes() == data


def test_a_record_that_cannot_be_judged_keeps_the_file_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("app.log").write_bytes(TEXT)
    cleaner = Cleaner(Job(POLICY))

    def slow(record: bytes, hits: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(cleaner.scrubber.detector, "confirm", slow)
    outcome = cleaner.clean(one_task("app.log"), lambda done: None)
    assert (outcome.action, outcome.reason) == ("refused", "1 records took too long to judge, and would be left out")
    assert Path("app.log").read_bytes() == TEXT


def test_a_full_disk_leaves_the_old_file() -> None:
    text = b"".join(b"%s password=hunter2\n" % os.urandom(40).hex().encode() for _ in range(20_000))
    Path("app.log").write_bytes(text)
    program = (
        "import resource, logscrub, logscrub.cleaning as c\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "policy = logscrub.Policy(select=('password',))\n"
        "(one,) = c.redact_files('app.log', in_place=True, policy=policy).files\n"
        "print(one.action, one.reason)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "refused file too large\n"
    assert Path("app.log").read_bytes() == text
    assert listing() == ["app.log"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="acts as another user")
def test_what_this_user_may_not_replace_is_refused() -> None:
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        for name, owner, mode, folder in (
            ("theirs", 0, 0o666, 0o777),
            ("readonly", NOWHERE, 0o444, 0o777),
            ("secret", 0, 0o600, 0o777),
            ("shut", NOWHERE, 0o644, 0o555),
        ):
            path = Path(place, name, "app.log")
            path.parent.mkdir()
            path.write_bytes(TEXT)
            path.chmod(mode)
            os.chown(path, owner, owner)
            path.parent.chmod(folder)
        reasons: dict[str, str] = {}
        cleaner = Cleaner(Job(POLICY))
        os.seteuid(NOWHERE)
        try:
            for name in sorted(os.listdir(place)):
                path = Path(place, name, "app.log")
                task = Task(name, 1, True, Place(str(path.parent), (), "app.log"))
                reasons[name] = cleaner.clean(task, lambda done: None).reason
        finally:
            os.seteuid(0)
        assert reasons == {
            "theirs": "belongs to user 0; only root can replace it and leave it theirs",
            "readonly": "is read-only",
            "secret": "permission denied",
            "shut": "permission denied",
        }
        for name in reasons:
            assert Path(place, name, "app.log").read_bytes() == TEXT
            assert os.listdir(Path(place, name)) == ["app.log"]


# Copies.


def test_copies_lie_below_the_directory_under_the_path_that_was_given(tmp_path: Path) -> None:
    for name in ("logs/web/app.log", "logs/db.log.gz", "other/x.log", "elsewhere/y.log"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(gzip.compress(TEXT) if name.endswith("gz") else TEXT)
    os.chmod("logs/web/app.log", 0o4640)
    os.utime("logs/web/app.log", ns=(10**18, 10**18))
    Path("work").mkdir()
    os.chdir("work")
    done = redact_files(["../logs", str(tmp_path / "other"), "../else*/*.log"], output="out", policy=POLICY)
    assert {one.action for one in done.files} == {"written"}
    below = str(tmp_path / "other" / "x.log").lstrip("/")
    assert sorted(str(path.relative_to("out")) for path in Path("out").rglob("*") if path.is_file()) == sorted(
        ["elsewhere/y.log", "logs/db.log.gz", "logs/web/app.log", below]
    )
    assert Path("out/logs/web/app.log").read_bytes() == CLEAN
    assert gzip.decompress(Path("out/logs/db.log.gz").read_bytes()) == CLEAN
    status = os.stat("out/logs/web/app.log")
    assert (status.st_mode & 0o7777, status.st_mtime_ns) == (0o640, 10**18)
    assert Path("../logs/web/app.log").read_bytes() == TEXT


def test_two_files_never_become_one_copy() -> None:
    for name in ("a/app.log", "work/a/app.log"):
        Path(name).parent.mkdir(parents=True)
        Path(name).write_bytes(TEXT)
    os.chdir("work")
    done = redact_files(["a", "../a"], output="out", policy=POLICY)
    assert [(one.action, one.reason) for one in done.files] == [
        ("written", ""),
        ("refused", "another file already has its name in the output directory"),
    ]


def test_nothing_is_written_outside_the_output_directory() -> None:
    Path("logs/sub").mkdir(parents=True)
    Path("logs/sub/app.log").write_bytes(TEXT)
    Path("logs/link.log").write_bytes(TEXT)
    Path("outside").mkdir()
    Path("outside/victim").write_text("as it was")
    Path("out/logs").mkdir(parents=True)
    Path("out/logs/sub").symlink_to("../../outside")
    Path("out/logs/link.log").symlink_to("../../outside/victim")
    done = redact_files("logs", output="out", policy=POLICY)
    assert [(one.path, one.action) for one in done.files] == [
        ("logs/link.log", "written"),
        ("logs/sub/app.log", "refused"),
    ]
    assert "is a link" in done.files[1].reason
    assert os.listdir("outside") == ["victim"]
    assert Path("outside/victim").read_text() == "as it was"
    assert not Path("out/logs/link.log").is_symlink()
    assert Path("out/logs/link.log").read_bytes() == CLEAN


def test_copies_are_not_copied_again() -> None:
    Path("app.log").write_bytes(TEXT)
    for _ in range(2):
        done = redact_files(".", output="out", policy=POLICY)
        assert not done.errors
    assert sorted(path.name for path in Path("out").rglob("*")) == ["app.log"]
    assert only(redact_files("out/app.log", output="out", policy=POLICY)).reason == "lies in the output directory"


def test_the_input_is_not_the_output() -> None:
    Path("logs").mkdir()
    Path("logs/app.log").write_bytes(TEXT)
    Path("out").mkdir()
    Path("out/logs").symlink_to("../logs")
    refused(redact_files("logs", output="out", policy=POLICY), "a link")
    Path("out/logs").unlink()
    Path("out/logs").mkdir()
    os.link("logs/app.log", "out/logs/app.log")
    refused(redact_files("logs", output="out", policy=POLICY), "the output is the input")
    assert Path("logs/app.log").read_bytes() == TEXT


def test_what_a_damaged_file_hides_does_not_come_along() -> None:
    Path("logs").mkdir()
    Path("logs/a.gz").write_bytes(gzip.compress(b"nothing\n") + b"password=hunter2\n")
    Path("logs/b.gz").write_bytes(gzip.compress(TEXT)[:-3])
    done = redact_files("logs", output="out", policy=POLICY)
    assert [one.action for one in done.files] == ["written", "written"]
    assert len(done.errors) == 2
    assert Path("out/logs/a.gz").read_bytes().count(b"hunter2") == 0
    assert gzip.decompress(Path("out/logs/a.gz").read_bytes()) == b"nothing\n"
    assert gzip.decompress(Path("out/logs/b.gz").read_bytes()) == CLEAN


def test_a_compressed_file_without_findings_is_copied_as_it_is() -> None:
    Path("logs").mkdir()
    data = gzip.compress(b"one\n", 1) + gzip.compress(b"two\n", 9)
    Path("logs/a.gz").write_bytes(data)
    Path("logs/empty.log").write_bytes(b"")
    redact_files("logs", output="out", policy=POLICY)
    assert Path("out/logs/a.gz").read_bytes() == data
    assert Path("out/logs/empty.log").read_bytes() == b""


def test_a_log_that_is_being_written_may_be_copied() -> None:
    Path("logs").mkdir()
    with open("logs/app.log", "ab", buffering=0) as log:
        log.write(TEXT)
        assert only(redact_files("logs", output="out", policy=POLICY)).action == "written"
    assert Path("out/logs/app.log").read_bytes() == CLEAN


def test_a_file_that_is_in_the_way_is_said() -> None:
    Path("app.log").write_bytes(TEXT)
    Path("out").write_text("a file")
    with pytest.raises(ConfigError, match="the output is a file"):
        redact_files(["app.log"], output="out")
    with pytest.raises(ConfigError, match="one of the two"):
        redact_files(["app.log"])
    with pytest.raises(ConfigError, match="one of the two"):
        redact_files(["app.log"], output="out", in_place=True)
    with pytest.raises(ConfigError, match="standard input"):
        in_place("-")


# The record.


def entries(path: str = "m.jsonl") -> list[dict[str, object]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def content_of(data: bytes) -> dict[str, object]:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_the_manifest_tells_all_and_no_secret() -> None:
    Path("logs").mkdir()
    for name, data in (("a.log", TEXT), ("b.log", b"ok\n"), ("c.zip", b"PK\x03\x04" + bytes(30)), ("d.gz", b"")):
        Path("logs", name).write_bytes(data)
    Path("logs/d.gz").write_bytes(packed_text := gzip.compress(TEXT))
    policy = Policy(select=("password",), key=b"a key for these tests only")
    in_place("logs", manifest="m.jsonl", policy=policy)
    first, *_, last = told = entries()
    assert (first["event"], first["mode"], first["version"]) == ("begin", "in-place", logscrub.__version__)
    assert first["key_id"] and len(str(first["rules_digest"])) == 64
    assert (last["event"], last["replaced"], last["untouched"], last["refused"], last["values"]) == ("end", 2, 1, 1, 2)
    files = {os.path.basename(str(one["path"])): one for one in told if one["event"] == "file"}
    assert files["a.log"]["before"] == content_of(TEXT)
    assert files["a.log"]["after"] == content_of(CLEAN)
    assert files["a.log"]["rules"] == [{"rule": "password", "count": 1}]
    assert files["b.log"]["before"] == files["b.log"]["after"] == content_of(b"ok\n")
    assert files["c.zip"]["action"] == "refused" and "zip" in str(files["c.zip"]["reason"])
    assert files["d.gz"]["before"] == content_of(packed_text)
    assert files["d.gz"]["after"] == content_of(Path("logs/d.gz").read_bytes())
    order = [(one["event"], os.path.basename(str(one.get("path", "")))) for one in told]
    assert order.index(("replacing", "a.log")) < order.index(("file", "a.log"))
    assert b"hunter2" not in Path("m.jsonl").read_bytes()
    assert os.stat("m.jsonl").st_mode & 0o777 == 0o600
    assert logscrub.scan(["m.jsonl"]).findings == ()

    in_place("logs", manifest="m.jsonl", policy=policy)
    assert [one["event"] for one in entries()].count("begin") == 2
    assert len({one["run"] for one in entries()}) == 2


def test_the_manifest_may_lie_among_the_logs_and_a_torn_line_is_ended() -> None:
    Path("app.log").write_bytes(TEXT)
    in_place(".", manifest="m.jsonl")
    with open("m.jsonl", "ab") as manifest:
        manifest.write(b'{"manifest": 1, "torn')
    done = in_place(".", manifest="m.jsonl")
    assert [one.path for one in done.files] == ["./app.log"]
    lines = Path("m.jsonl").read_text().splitlines()
    assert sum(line.endswith("torn") for line in lines) == 1
    assert json.loads(lines[-1])["event"] == "end"


@pytest.mark.parametrize("name", ["app.log", "link.jsonl", "missing/m.jsonl", "."])
def test_what_is_no_manifest_is_not_written_to(name: str) -> None:
    Path("app.log").write_bytes(TEXT)
    Path("link.jsonl").symlink_to("elsewhere")
    with pytest.raises(ConfigError, match="manifest"):
        in_place("app.log", manifest=name)
    assert Path("app.log").read_bytes() == TEXT
    assert not Path("elsewhere").exists()


def test_a_dry_run_says_everything_and_changes_nothing() -> None:
    Path("logs").mkdir()
    Path("logs/app.log").write_bytes(TEXT)
    Path("logs/app.gz").write_bytes(gzip.compress(TEXT))
    Path("logs/.logscrub-0123456789abcdef.tmp").write_bytes(b"left")
    before = {path: (os.stat(path).st_ino, os.stat(path).st_ctime_ns) for path in listing()}
    for done in (
        in_place("logs", dry_run=True, manifest="m.jsonl"),
        redact_files("logs", output="out", dry_run=True, policy=POLICY),
    ):
        assert done.dry_run
        assert [(one.action, dict(one.rules)) for one in done.files[1:]] in (
            [("replaced", {"password": 1})] * 2,
            [("written", {"password": 1})] * 2,
        )
        assert {path: (os.stat(path).st_ino, os.stat(path).st_ctime_ns) for path in listing()} == before


# Processes.


def test_values_that_are_known_here_are_known_in_every_process() -> None:
    Path("logs").mkdir()
    for number in range(4):
        Path(f"logs/{number}.log").write_text("plain violet-harbour-morning text\n")
    logscrub.protect("violet-harbour-morning", name="DB")
    try:
        assert in_place("logs", jobs=3).rules == {"known-value": 4}
    finally:
        logscrub.forget("violet-harbour-morning")


def test_one_value_has_one_token_whichever_process_meets_it() -> None:
    Path("logs").mkdir()
    for number in range(6):
        Path(f"logs/{number}.log").write_text("mail to bob@example.com\n")
    in_place("logs", jobs=3, policy=Policy(select=("email",), actions={"email": "token"}))
    texts = {path.read_text() for path in Path("logs").iterdir()}
    assert len(texts) == 1
    assert "[email:" in texts.pop()


def test_progress_ends_with_everything_read() -> None:
    Path("logs").mkdir()
    for number in range(5):
        Path(f"logs/{number}.log").write_bytes(TEXT * (number + 1))
    told: list[tuple[str, int, int]] = []
    in_place("logs", jobs=2, progress=lambda path, done, total: told.append((path, done, total)))
    assert told[-1][1] == told[-1][2] == len(TEXT) * 15
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_a_process_that_is_killed_takes_one_file_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("logs").mkdir()
    for number in range(5):
        Path(f"logs/{number}.log").write_bytes(TEXT)
    whole = file.rewrite

    def killed(reader: object, *rest: object, **more: object) -> object:
        if reader.source.path.endswith("2.log"):  # type: ignore[attr-defined]
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(reader, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(file, "rewrite", killed)
    done = in_place("logs", jobs=2)
    assert [one.action for one in done.files] == ["replaced", "replaced", "refused", "replaced", "replaced"]
    assert done.files[2].reason == "the process that worked on it ended by signal 9"
    assert Path("logs/2.log").read_bytes() == TEXT


def test_without_any_process_left_the_rest_is_said_not_to_be_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        Path(f"{number}.log").write_bytes(TEXT)
    monkeypatch.setattr(file, "rewrite", lambda *rest, **more: os._exit(3))
    done = in_place(".", jobs=1)
    assert sorted(one.reason for one in done.files) == [
        "not begun: no process is left to do it",
        "not begun: no process is left to do it",
        "the process that worked on it ended with exit code 3",
    ]


def workers_of(parent: int) -> list[int]:
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            fields = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.append(int(name))
    return found


@pytest.fixture
def at_work() -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start a redaction that takes a while, and wait until it is writing."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        Path("logs").mkdir()
        for number in range(2):
            Path(f"logs/{number}.log").write_bytes(b"mail bob@example.com password=hunter2\n" * 600_000)
        words = ["redact", "--in-place", "logs", "--manifest", "m.jsonl", "--jobs", "2", "--select", "email,password"]
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "logscrub", *words],
                stderr=subprocess.PIPE,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
            )
        )
        deadline = time.monotonic() + 60
        while not any(map(is_temporary, os.listdir("logs"))):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return started[0]

    yield start
    for process in started:
        assert process.stderr is not None
        process.stderr.close()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_ctrl_c_leaves_every_file_whole_and_nothing_else(at_work: Callable[[], subprocess.Popen[bytes]]) -> None:
    process = at_work()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"interrupted: each file is the old one or the new one" in err
    assert b"Traceback" not in err
    assert sorted(os.listdir("logs")) == ["0.log", "1.log"]
    assert {path.read_bytes()[:40] for path in Path("logs").iterdir()} == {b"mail bob@example.com password=hunter2\nma"}
    assert entries()[-1]["event"] == "end" and entries()[-1]["interrupted"] is True


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_workers_end_when_nobody_waits_for_them(at_work: Callable[[], subprocess.Popen[bytes]]) -> None:
    process = at_work()
    workers = workers_of(process.pid)
    assert len(workers) == 2
    process.kill()
    process.wait()
    deadline = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{worker}") for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert sorted(os.listdir("logs")) == ["0.log", "1.log"]


# Temporary files and folders.


def test_leftovers_are_removed_unless_somebody_works_on_them() -> None:
    left, foreign = ".logscrub-0123456789abcdef.tmp", ".logscrub-notes.tmp"
    for name in (left, foreign):
        Path(name).write_bytes(b"half")
    Path(".logscrub-00000000000000ff.tmp").symlink_to(foreign)
    with Folder(".") as folder, Temporary(folder) as busy:
        assert remove_leftovers(folder) == 1
        assert sorted(listing()) == sorted([".logscrub-00000000000000ff.tmp", foreign, busy.name])
    assert sorted(listing()) == sorted([".logscrub-00000000000000ff.tmp", foreign])


def test_a_run_clears_up_after_one_that_was_killed() -> None:
    Path("app.log").write_bytes(b"ok\n")
    os.link("app.log", ".logscrub-0123456789abcdef.tmp")  # killed just when it was about to replace the file
    done = in_place(".")
    assert done.leftovers == 1
    assert [(one.path, one.action) for one in done.files] == [("./app.log", "untouched")]
    assert listing() == ["app.log"]


def test_a_folder_is_not_entered_through_a_link() -> None:
    Path("a/b").mkdir(parents=True)
    Path("a/link").symlink_to("b")
    with Folder("a", ("b",)) as folder:
        assert folder.names() == []
    for parts in (("link",), ("missing",)):
        with pytest.raises(SourceError, match="its directory cannot be used"):
            Folder("a", parts)


def test_a_folder_stays_the_one_that_was_opened() -> None:
    Path("a").mkdir()
    Path("evil").mkdir()
    with Folder("a") as folder:
        os.rename("a", "moved")
        Path("a").symlink_to("evil")
        with Temporary(folder) as new:
            new.write(b"x")
            new.put("app.log")
    assert Path("moved/app.log").read_bytes() == b"x"
    assert os.listdir("evil") == []
