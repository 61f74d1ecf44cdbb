"""Which inputs a list of paths stands for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from logscrub.sources import Source, Unread, expand


def names(found: list[Source | Unread], root: Path) -> list[str]:
    return [os.path.relpath(one.path, root) for one in found if isinstance(one, Source)]


def unread(found: list[Source | Unread]) -> list[Unread]:
    return [one for one in found if isinstance(one, Unread)]


def test_a_directory_is_searched_in_a_stable_order_hidden_files_too(tmp_path: Path) -> None:
    for name in ("b.log", "a.log", ".hidden", "sub/c", "sub/deep/d.log.1"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x\n")
    found = list(expand([tmp_path]))
    assert names(found, tmp_path) == [".hidden", "a.log", "b.log", "sub/c", "sub/deep/d.log.1"]
    assert not any(one.named for one in found if isinstance(one, Source))


def test_a_glob_the_shell_did_not_expand_is_expanded(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("x")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.log").write_text("x")
    found = list(expand([str(tmp_path / "**" / "*.log")]))
    assert names(found, tmp_path) == ["a.log", "sub/b.log"]


def test_a_file_whose_name_looks_like_a_glob_is_itself(tmp_path: Path) -> None:
    (tmp_path / "a[1].log").write_text("x")
    (tmp_path / "a1.log").write_text("x")
    assert names(list(expand([tmp_path / "a[1].log"])), tmp_path) == ["a[1].log"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("x")
    os.link(tmp_path / "a.log", tmp_path / "same.log")
    assert names(list(expand([tmp_path / "a.log", tmp_path, tmp_path / "a.log"])), tmp_path) == ["a.log"]


@pytest.mark.parametrize("given", ["missing.log", "*.nothing", "nul\0byte"])
def test_what_is_not_there_is_an_error(tmp_path: Path, given: str) -> None:
    found = list(expand([f"{tmp_path}/{given}"]))
    assert [one.error for one in unread(found)] == [True]


def test_a_loop_of_links_ends_and_links_inside_are_read_under_their_own_name(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.log").write_text("x")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    (tmp_path / "current.log").symlink_to("sub/a.log")
    found = list(expand([tmp_path]))
    assert names(found, tmp_path) == ["sub/a.log"]
    assert unread(found) == []


def test_a_link_that_leads_outside_is_reported_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.log").write_text("x")
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "away.log").symlink_to("../outside.log")
    (logs / "dangling.log").symlink_to("nowhere")
    found = list(expand([logs]))
    assert names(found, tmp_path) == []
    assert [(one.reason, one.error) for one in unread(found)] == [
        ("symbolic link that leads outside, not followed", False),
        ("dangling symbolic link", False),
    ]


def test_a_link_the_user_names_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.log").write_text("x")
    (tmp_path / "link.log").symlink_to("real.log")
    (tmp_path / "dangling").symlink_to("nowhere")
    found = list(expand([tmp_path / "link.log", tmp_path / "dangling"]))
    assert names(found, tmp_path) == ["link.log"]
    assert [(one.reason, one.error) for one in unread(found)] == [("dangling symbolic link", True)]


def test_pipes_and_sockets_are_skipped_and_an_error_only_when_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("sock")
        assert list(expand(["."])) == [
            Unread("./pipe", "named pipe, skipped", error=False),
            Unread("./sock", "socket, skipped", error=False),
        ]
        assert list(expand(["pipe", "/dev/null"])) == [
            Unread("pipe", "named pipe, skipped"),
            Unread("/dev/null", "device, skipped"),
        ]


def test_a_pipe_the_shell_opened_for_us_is_read() -> None:
    read, write = os.pipe()
    try:
        assert list(expand([f"/dev/fd/{read}"])) == [Source(f"/dev/fd/{read}")]
    finally:
        os.close(read)
        os.close(write)
