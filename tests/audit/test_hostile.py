"""Whatever lies in a directory of logs: a scan ends soon, in little memory, and says what it did not read and why.

Sizes are a fraction of what a hostile file can have; ``LOGSCRUB_TEST_LARGE=1`` makes them as large as they get.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from logscrub.audit import scan
from logscrub.findings import ScanResult
from logscrub.policy import Policy
from logscrub.report import FORMATS
from logscrub.sources import Source, expand

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

LARGE = bool(os.environ.get("LOGSCRUB_TEST_LARGE"))
MEMORY = 300  # MB a process
TOKEN = b"AKIA" + b"Q7RZLK3MWXN2PV5T"
RULE = "aws-access-key-id"
MODES = [["--jobs", "1"], ["--jobs", "2"], ["--jobs", "2", "--ledger", "{}/logs.ledger"]]
NAMES = ["one", "two", "ledger"]
POLICY = Policy(key=b"0123456789abcdef")
Change = Callable[[Path], object]


@dataclass
class Outcome:
    """What a run of the command came to: its exit code, its report, and the most memory of each process, in MB."""

    code: int
    report: dict[str, Any]
    out: bytes
    err: bytes
    memory: list[int]

    @property
    def found(self) -> dict[str, int]:
        """Occurrences by rule."""
        counts: dict[str, int] = {}
        for one in self.report["findings"]:
            counts[one["rule"]] = counts.get(one["rule"], 0) + one["count"]
        return counts

    @property
    def errors(self) -> dict[str, str]:
        """What was not read, by path."""
        return {one["path"]: one["reason"] for one in self.report["errors"]}

    @property
    def skipped(self) -> dict[str, str]:
        """What was left alone, by path."""
        return {one["path"]: one["reason"] for one in self.report["skipped"]}


def command(
    *arguments: str | os.PathLike[str],
    report: Path | None = None,
    limit: float = 120,
    before: Callable[[], None] | None = None,
    stdin: Any = subprocess.DEVNULL,
    stdout: Any = subprocess.PIPE,
) -> Outcome:
    """Run ``logscrub scan``; a run that takes longer than ``limit`` seconds fails."""
    sent = ["--format", f"json={report}"] if report else []
    process = subprocess.Popen(
        [sys.executable, "-m", "logscrub", "scan", *sent, "--isolated", *map(os.fspath, arguments)],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        preexec_fn=before,
    )
    peaks: dict[int, int] = {}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.01):
            for pid in _family(process.pid):
                peaks[pid] = max(peaks.get(pid, 0), _peak(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        out, err = process.communicate(timeout=limit)
    finally:
        process.kill()
        ended.set()
        watcher.join()
    written = json.loads(report.read_text()) if report and report.exists() else {}
    return Outcome(process.returncode, written, out or b"", err, [one // 1024 for one in peaks.values()])


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{thread}/children").read_text().split():
                yield from _family(int(child))
    except OSError:
        return


def _peak(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0])
    except (OSError, IndexError):
        return 0


@pytest.fixture(params=MODES, ids=NAMES)
def look(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Outcome]:
    """Scan in one way: in one process, with several, with a ledger; the last one twice."""
    place = tmp_path_factory.mktemp("out")
    mode = [one.format(place) for one in request.param]

    def run(*paths: str | os.PathLike[str], **options: Any) -> Outcome:
        outcome = command(*mode, *paths, report=place / "report.json", **options)
        assert max(outcome.memory) < MEMORY
        if "--ledger" in mode:
            again = command(*mode, *paths, report=place / "again.json", **options)
            assert (again.code, again.found) == (outcome.code, outcome.found)
            assert again.report["errors"] == outcome.report["errors"]
        return outcome

    return run


def line(number: int) -> bytes:
    return b"2026-03-04 10:00:%02d INFO job %d ended\n" % (number % 60, number)


def crowd(root: Path, files: int = 1200) -> None:
    """Make so many small files that they are worth more than one process."""
    root.mkdir(exist_ok=True)
    for number in range(files):
        (root / f"m{number:04d}.log").write_bytes(line(number) * 3)


def zeros(path: Path, size: int) -> None:
    """Write gzip data that becomes so many NULs."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with open(path, "wb") as file:
        file.writelines(packer.compress(bytes(1 << 20)) for _ in range(size >> 20))
        file.write(packer.flush())


# Large things


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("bomb")
    zeros(root / "bomb.gz", (10 << 30) if LARGE else (512 << 20))
    (root / "app.log").write_bytes(line(1) + TOKEN + b"\n")
    return root


def test_a_bomb_is_cut_off(look: Callable[..., Outcome], bomb: Path) -> None:
    outcome = look(bomb)
    assert outcome.code == 2
    assert outcome.found == {RULE: 1}
    assert list(outcome.errors) == [f"{bomb}/bomb.gz"]
    assert "decompression bomb" in outcome.errors[f"{bomb}/bomb.gz"]


def _repeated(piece: bytes, times: int, end: bytes = b"\n" + TOKEN + b"\n") -> Change:
    def write(path: Path) -> None:
        with open(path, "wb") as file:
            file.writelines(piece for _ in range(times))
            file.write(end)

    return write


def _sparse(begin: bytes, size: int) -> Change:
    def write(path: Path) -> None:
        with open(path, "wb") as file:
            file.write(begin)
            file.seek(size)
            file.write(b"\n" + TOKEN + b"\n")

    return write


_MB = 1024 if LARGE else 64
_ODD = bytes(b"0123456789\"'{}=[]:,-_@/ "[one * one % 24] for one in range(1, 65536)) + b"\n"


@pytest.mark.parametrize(
    ("write", "lines", "count"),
    [
        pytest.param(_repeated(b'x=1 "abc" {123} ' * (1 << 16), _MB, TOKEN + b"\n"), 1, 1, id="one line"),
        pytest.param(_repeated(b"\n" * (1 << 20), 100), 100 * (1 << 20) + 2, 1, id="newlines"),
        pytest.param(_sparse(b"", _MB << 20), 2, 1, id="NULs"),
        pytest.param(_sparse(line(1) + TOKEN + b"\n", (4 << 30) if LARGE else (256 << 20)), 4, 2, id="a hole"),
        pytest.param(_repeated(_ODD, 200), 202, 1, id="long lines"),
        pytest.param(_repeated((line(7) + TOKEN + b"\n").replace(b"\n", b"\r\n"), 20_000), 40_002, 20_001, id="CRLF"),
        pytest.param(_repeated((line(7) + TOKEN + b"\n").replace(b"\n", b"\r"), 10_000), 2, 10_001, id="CR"),
        pytest.param(
            _repeated(b"\xfe\xfa\xc3(\x80\xff " + TOKEN + b" \xed\xa0\x80\n", 1000), 1002, 1001, id="no UTF-8"
        ),
        pytest.param(_repeated(b"a\0b " + TOKEN + b" c\0" + b"." * 60 + b"\n", 1000), 1002, 1001, id="stray NULs"),
    ],
)
def test_nothing_is_lost_whatever_the_lines_are(
    look: Callable[..., Outcome], tmp_path: Path, write: Change, lines: int, count: int
) -> None:
    write(tmp_path / "odd.log")
    outcome = look(tmp_path)
    assert outcome.code == 1
    assert outcome.found == {RULE: count}
    assert outcome.report["summary"]["lines"] == lines
    assert outcome.errors == outcome.skipped == {}


@pytest.mark.parametrize("opening", [b'{"a":', b"[", b'{"password":', b'{"a":[', b'\\"{\\"b\\":'])
def test_nesting_of_any_depth_is_read(look: Callable[..., Outcome], tmp_path: Path, opening: bytes) -> None:
    (tmp_path / "deep.json").write_bytes(opening * 100_000 + b'"' + TOKEN + b'"\n' + line(1) + TOKEN + b"\n")
    outcome = look(tmp_path)
    assert outcome.code == 1
    assert sum(outcome.found.values()) >= 2


def test_a_line_with_very_many_matches(look: Callable[..., Outcome], tmp_path: Path) -> None:
    many = 100_000 if LARGE else 20_000
    (tmp_path / "a.log").write_bytes(b" ".join(b"user%d@example-mail.com" % one for one in range(many)) + b"\n")
    outcome = look(tmp_path)
    assert outcome.found == {"email": many}
    assert outcome.report["limits"] == [
        "more than 10,000 distinct values of email: further ones are counted in one finding"
    ]


def test_very_many_findings(look: Callable[..., Outcome], tmp_path: Path) -> None:
    many = 1_000_000 if LARGE else 26_000  # more than are kept, in each of two parts of the file
    with open(tmp_path / "a.log", "wb") as file:
        file.writelines(
            b"2026-03-04 10:00:00 INFO login from user%d@example-mail.com %s\n" % (number, b"." * 700)
            for number in range(many)
        )
    outcome = look(tmp_path)
    assert outcome.found == {"email": many}
    assert len(outcome.report["findings"]) == 10_001


# Things that are no files, and names that are none to be shown


def test_what_is_no_file_is_told_and_not_waited_for(look: Callable[..., Outcome], tmp_path: Path) -> None:
    root = tmp_path / "logs"
    root.mkdir()
    (root / "app.log").write_bytes(TOKEN + b"\n")
    (root / "empty.log").touch()
    os.mkfifo(root / "pipe")
    (root / "loop").symlink_to(".")
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("one")
    (root / "outside").symlink_to("/etc/hostname")
    (root / "zero").symlink_to("/dev/zero")
    (root / "nowhere").symlink_to("no-such-file")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "socket"))
        outcome = look(root)
        named = look(root / "pipe", root / "socket", "/dev/zero", "/dev/tty", root / "one", root / "app.log")
    assert outcome.code == 1
    assert (outcome.found, outcome.report["summary"]["files"]) == ({RULE: 1}, 2)
    assert {path.removeprefix(f"{root}/"): reason for path, reason in outcome.skipped.items()} == {
        "nowhere": "dangling symbolic link",
        "outside": "symbolic link that leads outside, not followed",
        "pipe": "named pipe, skipped",
        "socket": "socket, skipped",
        "zero": "symbolic link that leads outside, not followed",
    }
    assert named.code == 2
    assert named.found == {RULE: 1}
    assert sorted(named.errors.values()) == [
        "device, skipped", "device, skipped", "named pipe, skipped", "socket, skipped",
        "too many levels of symbolic links",
    ]  # fmt: skip


def test_files_of_the_kernel_have_no_size_and_are_read(look: Callable[..., Outcome]) -> None:
    outcome = look("/proc/self/status", "/proc/cpuinfo", "/proc/kmsg", "/sys/kernel/mm")
    assert outcome.report["summary"]["lines"] > 20
    assert not {"/proc/self/status", "/proc/cpuinfo"} & outcome.errors.keys()
    assert not [reason for reason in outcome.errors.values() if "shorter" in reason]


def test_a_file_of_proc_that_never_ends_does(look: Callable[..., Outcome]) -> None:
    outcome = look("/proc/self/pagemap", "/proc/self/mem")
    assert outcome.code == 2
    assert set(outcome.errors) == {"/proc/self/pagemap", "/proc/self/mem"}


def test_standard_input_can_be_a_device_a_pipe_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(line(1) + TOKEN + b"\n")
    for name in ("-", "/dev/stdin"):
        with open(tmp_path / "a.log", "rb") as file:
            outcome = command(name, report=tmp_path / "r.json", stdin=file)
            assert (outcome.code, outcome.found) == (1, {RULE: 1})
        with subprocess.Popen(["cat", tmp_path / "a.log"], stdout=subprocess.PIPE) as source:
            outcome = command(name, report=tmp_path / "r.json", stdin=source.stdout)
            assert (outcome.code, outcome.found) == (1, {RULE: 1})


UGLY = [
    b"esc\x1b[2J\x1b]0;title\x07.log",
    b"line\nbreak\r.log",
    b"csi\xc2\x9b31m.log",
    b"bidi\xe2\x80\xae\xe2\x81\xa6gol.log",
    b"raw\xff\xfe\x9b31m.log",
    b"zero\xe2\x80\x8bwidth \xf3\xa0\x81\x81.log",
    b"<script>alert(1)<&\"'.log",
    b"::error::a%0Ab,c.log",
    b"=cmd|' !A0.log",
    b"[red]markup[bold]{}%s.log",
]
_ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0041\ufffd]")


@pytest.fixture(scope="module")
def ugly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ugly")
    said = b"\x1b[31mERROR\x1b[0m \x1b]0;title\x07 \x9b2J \xc2\x9b1m \xe2\x80\xae \x00 "
    for name in UGLY:
        (root / os.fsdecode(name)).write_bytes(
            b"2026-03-04 10:00:00 " + said + b"app\x1b[2J\xe2\x80\xae: key " + TOKEN + said + b"\n"
            b'{"time":"2026-03-04T10:00:00Z","level":"\x1b[31m","logger":"a\\u001b[2J\\u202e\\u009b","k\x1b[2J\xe2\x80\xae'
            b'\\u001b":"' + TOKEN + b'"}\n'
            b"password=hunter2\x1b[2Jhorse \x1b[31mapi_key\x1b[0m=\xe2\x80\xaex9Qk27Lmz0PvB4wT\n"
        )
    (root / os.fsdecode(b"bad\x1b[2J\n.gz")).write_bytes(b"\x1f\x8b\x08" + b"\x1b[2J" * 5)
    (root / os.fsdecode(b"dangling\x1b[2J\n")).symlink_to("no")
    return root


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_that_a_terminal_acts_on_is_ever_written(ugly: Path, form: str) -> None:
    for jobs in ("1", "2"):
        outcome = command(ugly, str(ugly / "no\x1b[2J\nsuch.log"), "--jobs", jobs, "--format", form, "--color", "never")
        assert outcome.code == 2
        for text in (outcome.out.decode("utf-8"), outcome.err.decode("utf-8")):
            assert not _ACTS.search(text)
            assert TOKEN.decode() not in text
            assert not [one for one in text if 0xD800 <= ord(one) < 0xE000]
        _well_formed(form, outcome.out.decode("utf-8"))


def _well_formed(form: str, text: str) -> None:
    if form in ("json", "sarif", "gitlab", "gitlab-secrets"):
        assert json.loads(text)
    elif form == "jsonl":
        assert [json.loads(one) for one in text.splitlines()]
    elif form == "csv":
        rows = list(csv.reader(io.StringIO(text)))
        assert len({len(row) for row in rows}) == 1
        assert len(rows) >= 2
        assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+@\t")]
    elif form == "junit":
        assert ElementTree.fromstring(text).tag == "testsuites"
    elif form == "github":
        *notes, summary = text.splitlines()
        assert all(one.startswith("::") for one in notes)
        assert "not read" in summary or "not read in full" in summary
    elif form == "html":
        assert "<script>alert(1)" not in text
    else:
        assert "esc\\x1b[2J" in text


def test_verbose_and_progress_on_a_terminal_are_safe_too(ugly: Path) -> None:
    import pty

    outer, inner = pty.openpty()
    seen: list[bytes] = []

    def read() -> None:
        try:
            while more := os.read(outer, 65536):
                seen.append(more)
        except OSError:
            return

    reader = threading.Thread(target=read)
    reader.start()
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "logscrub", "-v", "scan", str(ugly), "--jobs", "1"],
        stdin=subprocess.DEVNULL, stdout=inner, stderr=inner, env=environment, check=False,
    )  # fmt: skip
    os.close(inner)
    reader.join(10)
    os.close(outer)
    text = b"".join(seen).decode("utf-8", "replace")
    assert done.returncode == 2
    assert "esc" in text
    # What the progress bar itself writes is no screen clearing, no title, and no change of direction.
    assert not re.search("\x1b\\[2J|\x1b\\]|\x07|[\x80-\x9f\u202e\u2066]", text)


def test_names_that_are_no_text_are_told_apart(look: Callable[..., Outcome], tmp_path: Path) -> None:
    for name in (b"\xff.log", b"\xfe.log", b"\\xff.log"):
        (tmp_path / os.fsdecode(name)).write_bytes(TOKEN + b"\n")
    outcome = look(tmp_path)
    assert outcome.found == {RULE: 3}
    assert outcome.report["summary"]["files"] == 3


# Things that change while they are read


@pytest.fixture(params=[1, 2], ids=["one", "two"])
def jobs(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def changed(root: Path, jobs: int, change: Change, ledger: Path | None) -> ScanResult:
    """Scan, and change the tree once the first files were read; the last ones, ``z*``, were not by then."""
    done = threading.Event()

    def progress(path: str, read: int, total: int) -> None:
        if read and not done.is_set():
            done.set()
            change(root)

    result = scan(root, policy=POLICY, jobs=jobs, progress=progress, ledger=ledger)
    assert done.is_set()
    return result


@pytest.mark.parametrize("remember", [False, True], ids=["plain", "ledger"])
@pytest.mark.parametrize("kind", ["deleted", "pipe", "link", "directory", "truncated", "folder deleted"])
def test_a_file_that_changes_after_it_was_listed(tmp_path: Path, jobs: int, kind: str, remember: bool) -> None:
    root = tmp_path / "logs"
    crowd(root, 2500)
    (root / "z").mkdir()
    last = root / "z" / "z.log"
    last.write_bytes(b"a")
    secret = tmp_path / "secret"
    secret.write_bytes(TOKEN + b"\n")

    def change(_: Path) -> None:
        if kind == "truncated":
            os.truncate(last, 0)
            return
        last.unlink()
        if kind == "pipe":
            os.mkfifo(last)
        elif kind == "link":
            last.symlink_to(secret)
        elif kind == "directory":
            last.mkdir()
        elif kind == "folder deleted":
            last.parent.rmdir()

    result = changed(root, jobs, change, tmp_path / "ledger" if remember else None)
    assert result.findings == ()
    reasons = {one.path: one.reason for one in result.errors}
    expected = {
        "deleted": "no such file or directory",
        "folder deleted": "no such file or directory",
        "pipe": "is no regular file any more",
        "link": "too many levels of symbolic links",
        "directory": "is a directory",
    }
    if kind == "truncated" and remember:  # what is kept must have a place where it ends
        expected["truncated"] = "became shorter while it was read: 1 bytes less"
    assert reasons == ({str(last): expected[kind]} if kind in expected else {})
    assert result.files == 2500 + (kind == "truncated")


def test_a_large_file_that_is_cut_while_it_is_read_says_so(tmp_path: Path, jobs: int) -> None:
    path = tmp_path / "a.log"
    _repeated(line(1) * 1000, 2500, b"")(path)

    def change(_: Path) -> None:
        os.truncate(path, 1 << 20)

    size = path.stat().st_size
    result = scan(path, policy=POLICY, jobs=jobs, progress=lambda *_: path.stat().st_size == size and change(path))
    assert not result.complete
    assert all("became shorter while it was read" in one.reason for one in result.errors)
    missing = sum(int(re.findall(r"(\d+) bytes less", one.reason)[0]) for one in result.errors)
    assert result.bytes + missing == size


def test_a_file_that_grows_as_fast_as_it_is_read_comes_to_an_end(tmp_path: Path, jobs: int) -> None:
    path = tmp_path / "a.log"
    _repeated(line(1) * 1000, 500, b"")(path)
    size = path.stat().st_size
    grown = 0

    def grow(*_: object) -> None:
        nonlocal grown
        with open(path, "ab") as file:
            file.write(line(2) * 60_000)
        grown += 1

    result = scan(path, policy=POLICY, jobs=jobs, progress=grow)
    assert grown
    assert result.bytes == size
    assert result.complete


def test_a_compressed_file_that_is_cut_while_it_is_read_says_so(tmp_path: Path, jobs: int) -> None:
    path = tmp_path / "a.log.gz"
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    made = [packer.compress(os.urandom(1 << 16).hex().encode() + b"\n") for _ in range(300)]
    path.write_bytes(b"".join(made) + packer.flush())
    result = scan(path, policy=POLICY, jobs=jobs, progress=lambda *_: os.truncate(path, 1 << 20))
    assert len(result.errors) == 1
    assert re.search("became shorter|ends early", result.errors[0].reason)


# Directories


def test_a_tree_of_a_thousand_levels_is_read(look: Callable[..., Outcome], tmp_path: Path) -> None:
    root = tmp_path / "logs"
    root.mkdir()
    home = os.getcwd()
    try:
        os.chdir(root)
        for _ in range(1000):
            os.mkdir("d" * 8)
            os.chdir("d" * 8)
        Path("deep.log").write_bytes(TOKEN + b"\n")
        os.chdir(root)
        os.mkdir("e")
        (root / "e" / "last.log").write_bytes(TOKEN + b"\n")
        outcome = look(root)
    finally:
        os.chdir(home)
        subprocess.run(["rm", "-rf", str(root)], check=True)
    # Paths are longer than the system takes: what lies deeper is told, and what lies elsewhere is read.
    assert outcome.code == 2
    assert outcome.found == {RULE: 1}
    assert list(outcome.errors.values()) == ["file name too long"]


def test_a_folder_that_vanishes_during_the_walk_is_told(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.log").write_bytes(line(1))
    listed = expand([tmp_path])
    first = next(listed)
    assert isinstance(first, Source)
    (tmp_path / "b" / "app.log").unlink()
    (tmp_path / "b").rmdir()
    rest = list(listed)
    assert [one.path for one in rest] == [f"{tmp_path}/b", f"{tmp_path}/c/app.log"]
    assert [getattr(one, "reason", "") for one in rest] == ["no such file or directory", ""]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="has to become somebody else")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_may_not_be_read_is_an_error_and_the_rest_is_read(jobs: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory(dir="/tmp") as place:  # noqa: S108 # pytest's own is closed to others
        os.chmod(place, 0o777)  # noqa: S103
        root = Path(place, "logs")
        crowd(root)
        (root / "z.log").write_bytes(TOKEN + b"\n")
        (root / "closed.log").write_bytes(TOKEN + b"\n")
        (root / "closed.log").chmod(0)
        (root / "closed").mkdir(mode=0)
        (root / "unlisted").mkdir(mode=0o444)
        done = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(root), jobs, f"{place}/r.json"], capture_output=True, check=False
        )
        assert done.returncode == 2, done.stderr
        assert b"internal" not in done.stderr, done.stderr
        report = json.loads(Path(place, "r.json").read_text())
    assert [one["count"] for one in report["findings"]] == [1]
    assert {(one["path"].removeprefix(f"{root}/"), one["reason"]) for one in report["errors"]} == {
        ("closed.log", "permission denied"), ("closed", "permission denied"),
    }  # fmt: skip


_AS_NOBODY = """
import os, sys
from logscrub.cli.app import main
look = ["scan", sys.argv[1], "--isolated", "--select", "aws-access-key-id", "--format", "json=" + sys.argv[3]]
# Everything is imported while it can be, and in this process; the last time without the superuser's cache, as later.
main([*look, "--jobs", sys.argv[2]])
os.environ["LOGSCRUB_CACHE_DIR"] = ""
main([*look, "--jobs", "1"])
os.unlink(sys.argv[3])
os.setgid(65534)
os.setuid(65534)
sys.exit(main([*look, "--jobs", sys.argv[2]]))
"""


# Where our own output goes


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    crowd(tmp_path / "logs")
    for number in range(300):
        (tmp_path / "logs" / f"m{number:04d}.log").write_bytes(b"password=hunter%d-horse\n" % number)
    for form in ("text", "json", "csv", "html"):
        process = subprocess.Popen(
            [sys.executable, "-m", "logscrub", "scan", tmp_path / "logs", "--isolated", "--format", form],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait(60) in (0, 1)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_full_disk_is_told(tmp_path: Path, form: str) -> None:
    (tmp_path / "a.log").write_bytes(TOKEN + b"\n")
    outcome = command(tmp_path / "a.log", "--format", f"{form}=/dev/full")
    assert outcome.code == 2
    assert re.fullmatch(rb"error: [^\n]+\n", outcome.err)
    with open("/dev/full", "wb") as full:
        outcome = command(tmp_path / "a.log", "--format", form, stdout=full)
    assert outcome.code == 2
    assert re.match(rb"error: [^\n]+\n", outcome.err)
    assert b"Traceback" not in outcome.err


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_few_open_files_are_enough(tmp_path: Path, jobs: str) -> None:
    crowd(tmp_path / "logs")
    (tmp_path / "logs" / "z.log").write_bytes(TOKEN + b"\n")

    def few() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))

    outcome = command("--jobs", jobs, tmp_path / "logs", report=tmp_path / "r.json", before=few)
    assert (outcome.code, outcome.found, outcome.errors) == (1, {RULE: 1}, {})


# Very many


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("many")
    files = 100_000 if LARGE else 10_000
    text = b"".join(map(line, range(28)))
    for folder in range(100):
        (root / f"d{folder:02d}").mkdir()
        for number in range(files // 100):
            (root / f"d{folder:02d}" / f"app{number:04d}.log").write_bytes(text)
    (root / "d50" / "app0050.log").write_bytes(text + TOKEN + b"\n")
    return root


def _cost(arguments: Sequence[str | os.PathLike[str]], code: int) -> float:
    """Return the seconds of processor time that a command and its children take."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(arguments, stdout=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == code
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_small_files_take_little_more_than_to_count_their_lines(many: Path) -> None:
    count = ["sh", "-c", f"find {many} -type f -print0 | xargs -0 wc -l"]
    look = [sys.executable, "-m", "logscrub", "scan", str(many), "--isolated", "--jobs", "2", "-q"]
    look += ["--select", "default", "--ignore", "pii,financial,network"]
    start = min(_cost([*look[:4], "/dev/null", *look[5:]], 2) for _ in range(3))
    counting, looking = [], []
    for _ in range(3):
        counting.append(_cost(count, 0))
        looking.append(_cost(look, 1))
    assert (min(looking) - start) / min(counting) < 3


def test_very_many_files_take_little_memory(look: Callable[..., Outcome], many: Path) -> None:
    outcome = look(many)
    assert (outcome.code, outcome.found) == (1, {RULE: 1})
    assert outcome.report["summary"]["files"] == (100_000 if LARGE else 10_000)


def test_what_is_said_of_a_text_does_not_depend_on_how_it_is_read(tmp_path: Path) -> None:
    """Years are missing in syslog's times: the time the file was written says which, whoever reads it."""
    root = tmp_path / "logs"
    text = b"Mar  4 10:00:00 host app[1]: password=hunter2-horse\n" + b"Mar  4 10:00:01 host app[1]: job ended\n" * 3000
    for number in range(200):
        crowd(root, 0)
        (root / f"{number}.log").write_bytes(text)
        os.utime(root / f"{number}.log", (1_500_000_000, 1_500_000_000))
    (root / "large.log").write_bytes(text * 150)
    os.utime(root / "large.log", (1_500_000_000, 1_500_000_000))
    one, two = (scan(root, policy=POLICY, jobs=jobs) for jobs in (1, 2))
    assert {bucket.start[:4] for bucket in one.timeline} == {"2017"}
    assert replace(one, elapsed=0, started="") == replace(two, elapsed=0, started="")


def test_a_small_table_with_a_mark_is_read_by_its_columns(tmp_path: Path) -> None:
    crowd(tmp_path / "logs")
    (tmp_path / "logs" / "z.csv").write_bytes(b"\xef\xbb\xbfuser,password\r\nada,hunter2-horse\r\n")
    assert [one.rule for one in scan(tmp_path / "logs", policy=POLICY, jobs=2).findings] == ["password"]
