"""A redaction that is killed at any moment: every file is the old one or the clean one, and the next run goes on.

``LOGSCRUB_KILLS`` says how often a process group is killed; run this file with ``-s`` to see at which moments that was.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from logscrub.cleaning.temporary import is_temporary
from logscrub.sources import Reader, Source
from logscrub.sources.unpack import compressor

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are killed")

KILLS = int(os.environ.get("LOGSCRUB_KILLS", "12"))
PACK = """
[[rule]]
id = "test-token"
title = "Test token"
category = "secret.test"
severity = "high"
regex = '(?<![a-z0-9_])tst_[a-z0-9]{8}(?![a-z0-9])'
examples = ["tst_ab12cd34"]
counterexamples = ["tst_short"]
"""


def _compressed(kind: str) -> Callable[[bytes], bytes]:
    def pack(data: bytes) -> bytes:
        packer = compressor(kind)
        return packer.compress(data) + packer.flush()

    return pack


KINDS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": _compressed("zstd"),
    ".lz4": _compressed("lz4"),
}


def lines(seed: int, count: int) -> bytes:
    chance = random.Random(seed)
    return b"".join(
        b"%06d INFO %s served in %d ms%s\n"
        % (
            number,
            chance.randbytes(12).hex().encode(),
            chance.randrange(999),
            b" with tst_%08d" % chance.randrange(10**8) if chance.random() < 0.2 else b"",
        )
        for number in range(count)
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files of all kinds, small and larger, some without findings."""
    root = tmp_path / "fresh"
    for number, (suffix, pack) in enumerate(KINDS.items()):
        folder = root / f"host{number % 3}" / "app"
        folder.mkdir(parents=True, exist_ok=True)
        for size in (0, 50, 4000):
            (folder / f"{size}.log{suffix}").write_bytes(pack(lines(size + number, size)))
        (folder / f"clean.log{suffix}").write_bytes(pack(b"nothing here\n" * 200))
    for path in root.rglob("*.log*"):
        path.chmod(0o640)
        os.utime(path, ns=(10**18, 10**18 + 123456789))
    (tmp_path / "pack.toml").write_text(PACK)
    return root


def command(root: Path) -> list[str]:
    words = ["redact", "--in-place", str(root), "--manifest", str(root.parent / "manifest.jsonl")]
    rules = ["--isolated", "--rules", str(root.parent / "pack.toml"), "--select", "test-token"]
    return [sys.executable, "-m", "logscrub", *words, *rules, "--jobs", "2", "-q"]


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not is_temporary(path.name)
    }


def temporaries(root: Path) -> list[Path]:
    return [path for path in root.rglob(".logscrub-*") if is_temporary(path.name)]


def plain(path: Path) -> bytes:
    with Reader(Source(str(path))) as reader:
        return b"".join(reader.chunks())


def wait_for_a_moment(manifest: Path, process: subprocess.Popen[bytes], lines: int) -> None:
    """Wait until the process is somewhere in its work: a few milliseconds after some line of the manifest.

    Args:
        manifest: the record.
        process: what works.
        lines: how many lines it will write if nobody stops it.
    """
    reached = manifest.read_bytes().count(b"\n") + random.randint(0, lines)
    while process.poll() is None and manifest.read_bytes().count(b"\n") < reached:
        time.sleep(0.0005)
    time.sleep(random.choice([0, random.random() * 0.01, random.random() * 0.3]))


@pytest.mark.timeout(1200)
def test_killed_at_any_moment_every_file_is_the_old_one_or_the_clean_one(tree: Path, tmp_path: Path) -> None:
    old = contents(tree)
    whole = tmp_path / "whole"
    shutil.copytree(tree, whole)
    subprocess.run(command(whole), check=True)
    clean = contents(whole)
    assert clean.keys() == old.keys() and clean != old
    for name in old:
        before, after = plain(tree / name), plain(whole / name)
        assert before.count(b"\n") == after.count(b"\n"), name
        assert b"tst_" not in after, name
        status = (whole / name).stat()
        assert (status.st_mode & 0o777, status.st_mtime_ns) == (0o640, 10**18 + 123456789), name

    seen: Counter[str] = Counter()
    work = tmp_path / "work"
    kills = 0
    while kills < KILLS:
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(tree, work)
        while True:
            left = sum(content != clean[name] for name, content in contents(work).items())
            process = subprocess.Popen(command(work), start_new_session=True)
            wait_for_a_moment(tmp_path / "manifest.jsonl", process, 1 + len(old) + left)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                kills += 1
            code = process.wait()
            _gone(process.pid)
            now = contents(work)
            assert now.keys() == old.keys()
            wrong = [name for name in old if now[name] not in (old[name], clean[name])]
            assert not wrong, wrong
            found = temporaries(work)
            assert len(found) <= 2 * 2  # for each process, the new file and for a moment the old one's second name
            seen[f"{len(found)} temporary files left"] += 1
            seen["some files done" if old != now != clean else "all files done" if now == clean else "none done"] += 1
            for line in (tmp_path / "manifest.jsonl").read_bytes().splitlines():
                json.loads(line)
            if code == 0:
                break
            assert code == -signal.SIGKILL, code
            if kills >= KILLS or now == clean:
                subprocess.run(command(work), check=True)
                break
        assert contents(work) == clean
        assert temporaries(work) == []
    print(f"\n{kills} kills: {dict(sorted(seen.items()))}")


def _gone(group: int) -> None:
    """Wait until no process of a group is left."""
    for _ in range(500):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    raise AssertionError("a worker outlived its group")
