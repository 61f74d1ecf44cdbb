"""Following files by name: what is new, what is gone, what is not what it was."""

from __future__ import annotations

import gzip
import os
import resource
import shutil
import threading
import time
from pathlib import Path

import pytest

from logscrub.errors import SourceError
from logscrub.model import Severity
from logscrub.policy import Policy
from logscrub.watch import Watch, follow

from .conftest import Watches, append

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a file that is open cannot be renamed there")
TOKEN = "INFO tst_ab12cd34\n"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for new files often, and do not wait long for half lines."""
    monkeypatch.setattr(follow, "LIST_EVERY", 0.1)
    monkeypatch.setattr(follow, "WAIT", 0.3)


def test_from_the_end_lines_are_counted_from_the_beginning(watching: Watches, tmp_path: Path) -> None:
    append("app.log", TOKEN * 3 + "half")
    with watching("app.log") as watched:
        watched.turns()
        assert watched.reports == []
        append("app.log", " a line " + TOKEN + "\n2026-03-04 10:00:00,123 INFO shop.cart: " + TOKEN)
        assert watched.until(2) == [("app.log", 4), ("app.log", 6)]
        assert watched.reports[0].place.column == len("half a line INFO ") + 1
        said = watched.reports[1].place
        assert (said.time, said.level, said.component) == ("2026-03-04T10:00:00.123", "INFO", "shop.cart")


def test_from_the_start_everything_is_told(watching: Watches, tmp_path: Path) -> None:
    append("app.log", TOKEN * 3)
    with watching("app.log", from_start=True) as watched:
        assert watched.until(3) == [("app.log", line) for line in (1, 2, 3)]


def test_a_line_is_told_soon_after_it_is_written(watching: Watches, tmp_path: Path) -> None:
    append("app.log", "")
    with watching("app.log", interval=0.2) as watched:
        for count in range(1, 4):
            begun = time.monotonic()
            append("app.log", TOKEN)
            watched.until(count)
            assert time.monotonic() - begun < 0.2 + 0.8  # a busy machine


def test_a_file_that_is_not_there_yet(watching: Watches, tmp_path: Path) -> None:
    with watching("later/app.log") as watched:
        watched.wait(lambda: watched.remarks != [])
        assert [(one.path, one.reason, one.error) for one in watched.remarks] == [
            ("later/app.log", "is not there yet", False)
        ]
        (tmp_path / "later").mkdir()
        append("later/app.log", TOKEN)
        assert watched.until(1) == [("later/app.log", 1)]


@pytest.mark.parametrize("path", ["logs", "logs/*.log", "logs/**/*.log"])
def test_new_files_are_taken_up_and_those_gone_are_let_go(
    watching: Watches, tmp_path: Path, quick: None, path: str
) -> None:
    (tmp_path / "logs").mkdir()
    append("logs/old.log", TOKEN)
    with watching(path) as watched:
        append("logs/new.log", TOKEN + TOKEN)
        assert watched.until(2) == [("logs/new.log", 1), ("logs/new.log", 2)]
        os.unlink("logs/new.log")
        append("logs/old.log", TOKEN)
        assert watched.until(3)[2] == ("logs/old.log", 2)


def test_half_a_line_is_told_after_a_while_and_not_again(watching: Watches, tmp_path: Path, quick: None) -> None:
    append("app.log", "")
    with watching("app.log") as watched:
        append("app.log", "a tst_ab12cd34 b tst_")
        watched.turns(2)
        assert watched.reports == []
        watched.until(1)
        append("app.log", "zz99zz99\n" + TOKEN)
        assert watched.until(3) == [("app.log", 1), ("app.log", 1), ("app.log", 2)]


def test_renamed_while_it_is_still_written_to(watching: Watches, tmp_path: Path) -> None:
    with open("app.log", "a") as old, watching("app.log") as watched:
        old.write(TOKEN)
        old.flush()
        watched.until(1)
        os.rename("app.log", "app.log.1")
        append("app.log", TOKEN * 2)
        old.write(TOKEN)
        old.flush()
        assert sorted(watched.until(4)) == [("app.log", 1), ("app.log", 1), ("app.log", 2), ("app.log", 2)]
        assert watched.watch.stats.rotations == 1


def test_rotated_several_times_between_two_looks(watching: Watches, tmp_path: Path) -> None:
    append("app.log", "")
    with watching("app.log", interval=0.5) as watched:
        watched.turns(1)
        for number in range(1, 5):
            append("app.log", f"tst_0000000{number}\n" * number)
            for older in range(5, 0, -1):
                if os.path.exists(f"app.log.{older}"):
                    os.rename(f"app.log.{older}", f"app.log.{older + 1}")
            os.rename("app.log", "app.log.1")
        append("app.log", TOKEN)
        watched.until(11)
        watched.turns(20)
        assert len(watched.reports) == 11


def test_deleted_while_open_and_made_anew(watching: Watches, tmp_path: Path) -> None:
    with open("app.log", "a") as old, watching("app.log") as watched:
        watched.turns()
        os.unlink("app.log")
        old.write(TOKEN)
        old.flush()
        watched.until(1)
        append("app.log", "tst_00000001\n")
        assert watched.until(2)[1] == ("app.log", 1)


def test_cut_off_and_grown_past_where_it_was(watching: Watches, tmp_path: Path) -> None:
    append("app.log", "")
    with watching("app.log", interval=0.4) as watched:
        append("app.log", "".join(f"{number} {TOKEN}" for number in range(10)))
        watched.until(10)
        os.truncate("app.log", 0)
        append("app.log", "".join(f"{number} {TOKEN}" for number in range(20, 60)))
        assert watched.until(50)[10:] == [("app.log", line) for line in range(1, 41)]
        assert watched.watch.stats.rotations == 1


def test_a_copy_that_was_cut_off_gives_what_was_not_read_yet(watching: Watches, tmp_path: Path, quick: None) -> None:
    (tmp_path / "logs").mkdir()
    append("logs/app.log", "begin\n")
    with watching("logs") as watched:
        append("logs/app.log", "tst_00000001\nhalf tst_00")
        watched.until(1)
        append("logs/app.log", "000002\ntst_00000003\n")
        shutil.copy("logs/app.log", "logs/app.log.1")
        os.truncate("logs/app.log", 0)
        append("logs/app.log", "tst_00000004\n")
        watched.until(4)
        watched.turns(8)
        places = dict(zip([one.finding.id for one in watched.reports], watched.places()))
        assert len(watched.reports) == len(places) == 4
        assert sorted(line for _, line in places.values()) == [1, 2, 3, 4]


def test_a_log_that_begins_with_a_hole(watching: Watches, tmp_path: Path) -> None:
    """A writer that does not append goes on where it was after the file was cut off."""
    with open("app.log", "w") as writer, watching("app.log") as watched:
        writer.write("x\n" * (1 << 20) + TOKEN)
        writer.flush()
        watched.until(1)
        os.truncate("app.log", 0)
        writer.write(TOKEN)
        writer.flush()
        assert watched.until(2)[1] == ("app.log", 1)
        assert watched.watch.stats.bytes < 3 << 20


def test_what_is_no_plain_text_is_skipped_with_one_remark(watching: Watches, tmp_path: Path, quick: None) -> None:
    (tmp_path / "logs").mkdir()
    with gzip.open("logs/old.log.gz", "wb") as packed:
        packed.write(TOKEN.encode())
    Path("logs/core").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 8)
    Path("logs/wide.log").write_bytes(TOKEN.encode("utf-16"))
    append("logs/app.log", "")
    with watching("logs", from_start=True) as watched:
        for _ in range(3):
            append("logs/core", TOKEN)
            append("logs/app.log", TOKEN)
            watched.turns(4)
        assert watched.until(3) == [("logs/app.log", line) for line in (1, 2, 3)]
        assert sorted((one.path, one.reason) for one in watched.remarks) == [
            ("logs/core", "is binary, not followed"),
            ("logs/old.log.gz", "is compressed (gzip), not followed"),
            ("logs/wide.log", "is UTF-16-LE, not followed: scan it"),
        ]
        assert watched.watch.stats.files == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_yet(watching: Watches, tmp_path: Path) -> None:
    append("app.log", TOKEN)
    os.chmod("app.log", 0)
    with watching("app.log") as watched:
        watched.wait(lambda: watched.remarks != [])
        os.chmod("app.log", 0o600)
        append("app.log", TOKEN)
        assert watched.until(1) == [("app.log", 2)]
        assert [one.reason for one in watched.remarks] == ["permission denied"]


def test_an_error_of_the_system_is_told_once_and_got_over(
    watching: Watches, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As above, for whoever runs the tests as root."""
    append("app.log", TOKEN)
    denied = threading.Event()
    denied.set()
    opened = follow.Watch._descriptor

    def descriptor(self: Watch, file: object) -> int:
        if denied.is_set():
            raise PermissionError(13, "Permission denied")
        return opened(self, file)  # type: ignore[arg-type]

    monkeypatch.setattr(follow.Watch, "_descriptor", descriptor)
    with watching("app.log") as watched:
        watched.turns(5)
        append("app.log", TOKEN)
        watched.turns(5)
        assert [one.reason for one in watched.remarks] == ["permission denied"]
        denied.clear()
        assert watched.until(1) == [("app.log", 2)]


def test_links_are_followed_where_they_are_named(watching: Watches, tmp_path: Path, quick: None) -> None:
    (tmp_path / "logs").mkdir()
    append("outside.log", "")
    os.symlink("../outside.log", "logs/link.log")
    append("logs/app.log", "")
    with watching("logs/link.log") as by_name, watching("logs") as by_folder:
        append("outside.log", TOKEN)
        append("logs/app.log", TOKEN)
        assert by_name.until(1) == [("logs/link.log", 1)]
        by_folder.turns(4)
        assert by_folder.places() == [("logs/app.log", 1)]


def test_few_files_are_open_at_once(
    watching: Watches, tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "_most_open", lambda: 8)
    (tmp_path / "logs").mkdir()
    for number in range(60):
        append(f"logs/{number}.log", "")
    before = len(os.listdir("/proc/self/fd"))
    with watching("logs") as watched:
        for number in range(60):
            append(f"logs/{number}.log", f"tst_000000{number:02}\n")
        watched.until(60)
        assert len(os.listdir("/proc/self/fd")) <= before + 8 + 3
        for number in range(60):
            os.rename(f"logs/{number}.log", f"logs/{number}.log.1")
            append(f"logs/{number}.log.1", f"tst_100000{number:02}\n")
        watched.until(120)
        assert len({one.finding.id for one in watched.reports}) == 120
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 8


def test_severity_and_numbers(watching: Watches, tmp_path: Path) -> None:
    append("app.log", "")
    with watching("app.log", min_severity=Severity.MEDIUM) as watched:
        append("app.log", "nte_ab12cd34\n" + TOKEN)
        assert watched.until(1) == [("app.log", 2)]
        watched.wait(lambda: watched.watch.stats.behind == 0)
    stats = watched.watch.stats
    assert dict(stats.findings) == {("test-token", "high"): 1}
    assert (stats.lines, stats.bytes, stats.files, stats.unread) == (2, 13 + len(TOKEN), 1, 0)


def test_it_ends_when_nothing_comes(watching: Watches, tmp_path: Path) -> None:
    append("app.log", TOKEN + "half tst_zz99zz99")
    begun = time.monotonic()
    with watching("app.log", ready=False, from_start=True, until_idle=0.5) as watched:
        watched.thread.join(20)
        assert not watched.thread.is_alive()
    assert watched.places() == [("app.log", 1), ("app.log", 2)]
    assert time.monotonic() - begun > 0.5


def test_what_the_listener_raises_ends_the_watch(policy: Policy, tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(TOKEN)

    def broken(report: object) -> None:
        raise BrokenPipeError

    watch = Watch([path], broken, policy=policy, from_start=True)
    with pytest.raises(BrokenPipeError):
        watch.run()


def test_urls_are_refused() -> None:
    with pytest.raises(SourceError, match="cannot be followed"):
        Watch(["s3://bucket/app.log"], lambda _: None)
