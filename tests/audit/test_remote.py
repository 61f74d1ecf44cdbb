"""Logs behind URLs are scanned like local ones: in shards, packed, with a ledger."""

from __future__ import annotations

import functools
import gzip
import http.server
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from logscrub.audit import scan
from logscrub.findings import Finding, Place, ScanResult
from logscrub.policy import Policy

pytest.importorskip("fsspec")
pytest.importorskip("aiohttp")
POLICY = Policy(key=b"0123456789abcdef")


class Ranges(http.server.SimpleHTTPRequestHandler):
    """Files of a directory, any range of them."""

    asked: list[tuple[str, str]] = []

    def send_head(self):  # type: ignore[no-untyped-def]
        path = Path(self.translate_path(self.path))
        wanted = self.headers.get("Range", "")
        self.asked.append((path.name, wanted))
        if not path.is_file():
            return super().send_head()
        data = path.read_bytes()
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        low, high = (int(first), min(int(last or len(data) - 1), len(data) - 1)) if wanted else (0, len(data) - 1)
        self.send_response(206 if wanted else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{path.stat().st_mtime_ns}-{len(data)}"')
        self.send_header("Content-Length", str(high + 1 - low))
        if wanted:
            self.send_header("Content-Range", f"bytes {low}-{high}/{len(data)}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data[low : high + 1])
        return None

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    Ranges.asked = []
    handler = functools.partial(Ranges, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def text(lines: int) -> bytes:
    drawn = random.Random(lines)
    made = []
    for number in range(lines):
        line = f"2026-03-04 10:00:{number % 60:02d} INFO job {drawn.randint(0, 10**6)} is done"
        made.append(line + f" user{number % 50}@example-mail.com" if drawn.random() < 0.001 else line)
    return "\n".join(made).encode() + b"\n"


def local(result: ScanResult, before: str, after: str) -> ScanResult:
    """Put other paths into a result."""

    def place(one: Place) -> Place:
        return replace(one, path=one.path.replace(before, after))

    def finding(one: Finding) -> Finding:
        files = tuple(sorted((path.replace(before, after), count) for path, count in one.files))
        return replace(one, first=place(one.first), last=place(one.last), files=files, status="", since="")

    findings = tuple(finding(one) for one in result.findings)
    return replace(result, elapsed=0, started="", inputs=(), gone=(), history=(), findings=findings)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_found_behind_a_url_is_what_is_found_in_the_file(site: tuple[Path, str], jobs: int) -> None:
    root, address = site
    (root / "large.log").write_bytes(text(600_000))
    (root / "packed.log.gz").write_bytes(gzip.compress(text(5000)))
    names = ["large.log", "packed.log.gz"]
    here = scan([root / name for name in names], policy=POLICY)
    assert here.errors == ()
    assert here.findings
    there = scan([f"{address}/{name}" for name in names], policy=POLICY, jobs=jobs)
    assert local(there, address, str(root)) == local(here, "", "")
    if jobs > 1:
        parts = {wanted for name, wanted in Ranges.asked if name == "large.log" and wanted}
        assert len(parts) > 2


def test_a_ledger_knows_an_object_by_its_tag(site: tuple[Path, str], tmp_path: Path) -> None:
    root, address = site
    (root / "packed.log.gz").write_bytes(gzip.compress(text(5000)))
    ledger = tmp_path / "logs.ledger"
    first = scan(f"{address}/packed.log.gz", ledger=ledger)
    assert first.findings
    Ranges.asked.clear()
    again = scan(f"{address}/packed.log.gz", ledger=ledger)
    assert {one.status for one in again.findings} == {"known"}
    assert local(again, "", "") == local(first, "", "")
    assert not [wanted for _, wanted in Ranges.asked if wanted]
    (root / "packed.log.gz").write_bytes(gzip.compress(b"nothing here\n"))
    assert len(scan(f"{address}/packed.log.gz", ledger=ledger).gone) == len(first.findings)


def test_what_a_url_says_of_who_may_read_is_in_no_result(site: tuple[Path, str]) -> None:
    root, address = site
    (root / "a.log").write_bytes(b"mail user7@example-mail.com\n")
    found = scan(f"{address}/a.log?sig=Zq81Lk3xT5vB", policy=POLICY)
    assert len(found.findings) == 1
    missing = scan(f"{address}/none.log?sig=Zq81Lk3xT5vB", policy=POLICY)
    assert [one.reason for one in missing.errors] == ["no such file or directory"]
    for result in (found, missing):
        assert "Zq81Lk3xT5vB" not in repr(result)
