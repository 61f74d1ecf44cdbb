"""URLs: which paths are ones, what they stand for, and reading them in spite of networks."""

from __future__ import annotations

import gzip
import importlib.util
import io
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.detect import Detector
from logscrub.errors import SourceError
from logscrub.policy import Policy
from logscrub.sources import remote
from logscrub.sources.listing import expand_url
from logscrub.sources.paths import Source, Unread
from logscrub.sources.remote import ChangedError, open_url, read_range, state_of
from logscrub.sources.tables import Table
from logscrub.sources.urls import is_url, options_of, reason, shown

SECRET = "Zq3vW8sK1xR7"


@pytest.fixture
def memory() -> Iterator[Any]:
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]
    yield fs
    fs.store.clear()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_PAUSE", 0.01)


def sources(url: str, options: tuple[str, ...] = ()) -> list[Source]:
    found = list(expand_url(url, options))
    assert all(isinstance(one, Source) for one in found), found
    return found  # type: ignore[return-value]


def unread(url: str, options: tuple[str, ...] = ()) -> Unread:
    (one,) = expand_url(url, options)
    assert isinstance(one, Unread)
    return one


@pytest.mark.parametrize(
    "path",
    [
        "s3://b/k",
        "gs://b",
        "abfs://c@a.dfs.core.windows.net/x",
        "hdfs://n:8020/x",
        "sftp://u@h/x",
        "HTTPS://h/x",
        "memory://x",
        "file:///x",
        "simplecache::s3://b/k",
    ],
)
def test_urls(path: str) -> None:
    assert is_url(path)


@pytest.mark.parametrize(
    "path",
    [
        "-",
        "",
        "a:b",
        "C:\\logs\\a.log",
        "C:/logs",
        "c://x",
        "./s3://b",
        "logs/app.log",
        "s3:/b",
        "://x",
        "3s://x",
        "app.log:12",
        "::s3://b",
    ],
)
def test_names_of_files_are_no_urls(path: str) -> None:
    assert not is_url(path)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"https://me:{SECRET}@h:8/a/b?x=1", "https://h:8/a/b?x=…"),
        (f"https://{SECRET}@h/a", "https://h/a"),
        (f"https://h/a#token={SECRET}", "https://h/a"),
        (f"https://h/a?sig={SECRET}&generation=3", "https://h/a?sig=…&generation=3"),
        (
            f"https://h/a?X-Amz-Credential=x&X-Amz-Signature={SECRET}",
            "https://h/a?X-Amz-Credential=…&X-Amz-Signature=…",
        ),
        (f"https://h/a?{SECRET}", "https://h/a?…"),
        (f"sftp://bob:{SECRET}@h/a", "sftp://bob@h/a"),
        ("abfs://box@acc.dfs.core.windows.net/a", "abfs://box@acc.dfs.core.windows.net/a"),
        (f"s3://AKIA:{SECRET}@bucket/a@b/c", "s3://bucket/a@b/c"),
        ("s3://bucket/what?.log", "s3://bucket/what?.log"),
        (f"simplecache::https://me:{SECRET}@h/a?sig={SECRET}", "simplecache::https://h/a?sig=…"),
        (f"zip://a.log::https://me:{SECRET}@h/a.zip", "zip://a.log::https://h/a.zip"),
    ],
)
def test_what_is_shown_of_a_url(url: str, expected: str) -> None:
    assert shown(url) == expected


@given(
    st.text("abXY019-_.~%", min_size=6, max_size=20).map(lambda text: f"q7{text}7q"),
    st.sampled_from(["http", "https", "s3", "sftp"]),
)
def test_credentials_are_never_shown(secret: str, scheme: str) -> None:
    for url in (f"{scheme}://user:{secret}@host/x.log", f"{scheme}://host/x.log?a=1&sig={secret}"):
        for text in (shown(url), reason(OSError(f"no way to {url} today")), reason(ValueError(f"bad '{url}'"))):
            assert secret not in text


def test_settings_in_an_error_are_not_shown() -> None:
    assert SECRET not in reason(ValueError(f"bad request: aws_secret_access_key={SECRET}, region=x"))


def test_a_source_tells_nobody_its_credentials(memory: Any) -> None:
    memory.pipe_file("/logs/a.log", b"x")
    (one,) = sources("memory://logs/a.log")
    assert one.remote is not None
    held = one._replace(
        remote=replace(
            one.remote, url=f"https://me:{SECRET}@h/x", key=f"x?sig={SECRET}", options=(f"secret={SECRET}",)
        ),
    )
    assert SECRET not in repr(held)
    assert pickle.loads(pickle.dumps(held)) == held


def test_options() -> None:
    assert options_of(["anon=true", "key=AKIA=="]) == {"anon": True, "key": "AKIA=="}
    with pytest.raises(SourceError, match="storage option 2 is not KEY=VALUE") as refused:
        options_of(["a=1", SECRET])
    assert SECRET not in str(refused.value)


def test_one_object(memory: Any) -> None:
    memory.pipe_file("/logs/a.log", b"hello\n")
    (one,) = sources("memory://logs/a.log")
    assert (one.path, one.size, one.named) == ("memory://logs/a.log", 6, True)
    with open_url(one) as file:
        assert file.read() == b"hello\n"


def test_a_prefix_is_read_recursively_in_a_stable_order(memory: Any) -> None:
    for name in ("/logs/b/2.log", "/logs/a.log", "/logs/b/1.log", "/logs/c/d/e/x.log", "/other/y.log"):
        memory.pipe_file(name, b"x")
    for url in ("memory://logs", "memory://logs/"):
        found = sources(url)
        assert [one.path.rpartition("logs/")[2] for one in found] == ["a.log", "b/1.log", "b/2.log", "c/d/e/x.log"]
        assert not any(one.named for one in found)


def test_globs(memory: Any) -> None:
    for name in ("/logs/app-1.log", "/logs/app-2.log", "/logs/web-1.log", "/logs/x/app-3.log"):
        memory.pipe_file(name, b"x")
    assert [one.path[-5:] for one in sources("memory://logs/app-*.log")] == ["1.log", "2.log"]
    assert [one.path[-5:] for one in sources("memory://logs/**/app-*.log")] == ["1.log", "2.log", "3.log"]
    assert unread("memory://logs/none-*.log").reason == "nothing matches"


def test_an_object_whose_name_looks_like_a_glob(memory: Any) -> None:
    memory.pipe_file("/logs/app[1].log", b"x")
    assert [one.path for one in sources("memory://logs/app[1].log")] == ["memory://logs/app[1].log"]


def test_nothing_there(memory: Any) -> None:
    assert unread("memory://logs/none.log") == Unread("memory://logs/none.log", "no such file or directory")


def test_unknown_protocols_and_missing_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unread("gopher://h/x").reason == "no filesystem is known for gopher://"
    if importlib.util.find_spec("adlfs") is None:
        assert (
            unread("abfs://c@a.dfs.core.windows.net/x").reason
            == "abfs:// needs a package that is not installed: pip install adlfs"
        )
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    assert "pip install 'logscrub[remote]'" in unread("memory://x").reason


def test_local_urls_are_local_paths(tmp_path: Path) -> None:
    (tmp_path / "a b.log").write_bytes(b"x")
    plain, quoted = f"file://{tmp_path}/a b.log", f"file://{tmp_path}/a%20b.log"
    assert sources(plain) == sources(quoted) == [Source(str(tmp_path / "a b.log"), 1)]
    (tmp_path / "link").symlink_to("/etc")
    assert any(isinstance(one, Unread) and "leads outside" in one.reason for one in expand_url(f"file://{tmp_path}"))


def test_states() -> None:
    assert state_of({"VersionId": "v1", "ETag": '"e"'}) == "v1"
    assert state_of({"ETag": '"e"', "mtime": 3}) == "e"
    assert state_of({"content_md5": bytearray(b"\1\2")}) == "0102"
    assert state_of({"mtime": 3}) == "mtime:3"


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_any_reads_give_what_is_there(data: st.DataObject) -> None:
    """Jumps and reads in any order, with windows small enough to end anywhere, are those of a file in memory."""
    text = bytes(i * 7 % 251 for i in range(data.draw(st.integers(0, 3000))))
    fs = fsspec.filesystem("memory")
    fs.pipe_file("/any.log", text)
    before = remote.RANGE, remote._FIRST
    remote.RANGE, remote._FIRST = data.draw(st.integers(1, 700)), data.draw(st.integers(1, 100))
    try:
        (one,) = sources("memory://any.log")
        model = io.BytesIO(text)
        with open_url(one) as file:
            for _ in range(data.draw(st.integers(1, 12))):
                if data.draw(st.booleans()):
                    place = data.draw(st.integers(0, 3100))
                    assert file.seek(place) == model.seek(place)
                count = data.draw(st.integers(0, 900))
                assert file.read(count) == model.read(count)
                assert file.tell() == model.tell()
            start = data.draw(st.integers(0, len(text)))
            end = data.draw(st.integers(start, len(text)))
            assert file.read_at(start, end - start) == text[start:end]
        assert b"".join(read_range(one, start, end)) == text[start:end]
    finally:
        remote.RANGE, remote._FIRST = before
        fs.store.clear()


def test_an_object_can_be_read_by_what_takes_files(memory: Any) -> None:
    lines = b"".join(b"line %d\n" % number for number in range(50_000))
    memory.pipe_file("/a.gz", gzip.compress(lines))
    (one,) = sources("memory://a.gz")
    with open_url(one) as file, gzip.GzipFile(fileobj=io.BufferedReader(file)) as plain:
        assert plain.read() == lines


def test_a_changed_object_is_no_mix(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "RANGE", 1000)
    monkeypatch.setattr(remote, "_FIRST", 1000)
    memory.pipe_file("/a.log", b"a" * 5000)
    (one,) = sources("memory://a.log")
    with open_url(one) as file:
        assert file.read(1000) == b"a" * 1000
        memory.pipe_file("/a.log", b"b" * 5000)
        with pytest.raises(ChangedError, match="changed while it was read"):
            assert b"b" not in b"".join(iter(lambda: file.read(1000), b""))
    with pytest.raises(ChangedError):
        open_url(one)


class Server:
    """A real HTTP server on this machine, that can be told to fail."""

    def __init__(self, files: dict[str, bytes], *, ranges: bool = True, length: bool = True) -> None:
        self.files = files
        self.fail: Callable[[str, int], int] = lambda path, count: 0
        self.etag: dict[str, str] = {}
        self.asked: list[tuple[str, str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                pass

            def do_HEAD(self) -> None:
                self.answer(body=False)

            def do_GET(self) -> None:
                self.answer(body=True)

            def answer(self, *, body: bool) -> None:
                path = self.path.partition("?")[0]
                asked = self.headers.get("Range", "")
                outer.asked.append((self.command, path, asked))
                status = outer.fail(path, len(outer.asked))
                data = outer.files.get(path)
                if data is None and path.endswith("/"):
                    names = {name[len(path) :].partition("/") for name in outer.files if name.startswith(path)}
                    links = "".join(f'<a href="{first}{slash}">x</a>' for first, slash, _ in names)
                    data = f'<a href="?C=N;O=D">sort</a><a href="../">up</a><a href="http://127.0.0.2/x.log">away</a>{links}'.encode()
                if status or data is None:
                    self.send_response(status or 404)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                total = len(data)
                if asked and ranges:
                    first, _, last = asked.removeprefix("bytes=").partition("-")
                    data = data[int(first) : int(last) + 1]
                    self.send_response(206)
                    self.send_header("Content-Range", f"bytes {first}-{last}/{total}")
                else:
                    self.send_response(200)
                if path.endswith("/"):
                    self.send_header("Content-Type", "text/html")
                if path in outer.etag:
                    self.send_header("ETag", f'"{outer.etag[path]}"')
                if length:
                    self.send_header("Content-Length", str(len(data)))
                else:
                    self.send_header("Connection", "close")
                    self.close_connection = True
                self.end_headers()
                if body:
                    self.wfile.write(data)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def make(files: dict[str, bytes], **how: bool) -> Server:
        made.append(Server(files, **how))
        return made[-1]

    yield make
    for one in made:
        one.close()


TEXT = b"".join(b"%06d a line of a log\n" % number for number in range(60_000))


@pytest.mark.parametrize(("ranges", "length"), [(True, True), (False, True), (True, False), (False, False)])
def test_http(serve: Callable[..., Server], ranges: bool, length: bool) -> None:
    server = serve({"/logs/a.log": TEXT}, ranges=ranges, length=length)
    (one,) = sources(f"{server.url}/logs/a.log?sig={SECRET}")
    assert one.path == f"{server.url}/logs/a.log?sig=…"
    assert one.size == (len(TEXT) if length else None)
    with open_url(one) as file:
        got = b""
        while part := file.read(100_000):
            got += part
    assert got == TEXT
    if ranges and length:
        assert len({asked for command, _, asked in server.asked if command == "GET" and asked}) > 2
        assert b"".join(read_range(one, 1000, 900_000)) == TEXT[1000:900_000]


def test_http_is_tried_again_and_not_for_ever(serve: Callable[..., Server]) -> None:
    server = serve({"/a.log": TEXT})
    (one,) = sources(f"{server.url}/a.log")
    server.fail = lambda path, count: 503 if count % 2 else 0
    with open_url(one) as file:
        assert file.readall() == TEXT
    server.fail = lambda path, count: 503
    server.asked.clear()
    with pytest.raises(SourceError, match="the server answers HTTP 503"):
        open_url(one)
    assert len(server.asked) == remote.TRIES * 2  # fsspec asks with HEAD, then with GET


def test_http_that_is_refused_is_asked_once(serve: Callable[..., Server]) -> None:
    server = serve({"/a.log": TEXT})
    server.fail = lambda path, count: 403
    assert unread(f"{server.url}/a.log?sig={SECRET}") == Unread(f"{server.url}/a.log?sig=…", "access denied (HTTP 403)")
    assert len(server.asked) == 2
    server.fail = lambda path, count: 0
    assert unread(f"{server.url}/none.log").reason == "no such file or directory"


def test_http_with_another_etag_is_another_object(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "RANGE", 1 << 18)
    server = serve({"/a.log": TEXT})
    server.etag["/a.log"] = "one"
    (one,) = sources(f"{server.url}/a.log")
    assert one.remote is not None and one.remote.etag == "one"
    with open_url(one) as file:
        assert file.read(1000) == TEXT[:1000]
        server.etag["/a.log"] = "two"
        with pytest.raises(ChangedError):
            file.readall()


def test_http_listings_lead_downwards_only(serve: Callable[..., Server]) -> None:
    server = serve({"/logs/a.log": b"a", "/logs/old/b.log": b"bb", "/secret.log": b"c"})
    found = sources(f"{server.url}/logs/")
    assert [(one.path, one.size) for one in found] == [
        (f"{server.url}/logs/a.log", 1),
        (f"{server.url}/logs/old/b.log", 2),
    ]
    assert not any(path == "/secret.log" for _, path, _ in server.asked)
    assert [one.path for one in sources(f"{server.url}/logs/*.log")] == [f"{server.url}/logs/a.log"]


def test_what_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    one = unread(f"http://u:{SECRET}@127.0.0.1:{port}/a.log")
    assert one.error
    assert one.path == f"http://127.0.0.1:{port}/a.log"
    assert SECRET not in one.reason


def test_reading_ahead_overlaps_with_use(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one range is used the next one is fetched: by another thread, before it is asked for."""
    monkeypatch.setattr(remote, "RANGE", 1000)
    monkeypatch.setattr(remote, "_FIRST", 1000)
    memory.pipe_file("/a.log", bytes(5000))
    (one,) = sources("memory://a.log")
    fetched: list[tuple[int, str]] = []
    real = remote.RemoteFile._part

    def part(self: remote.RemoteFile, start: int, end: int) -> bytes:
        fetched.append((start, threading.current_thread().name))
        return real(self, start, end)

    monkeypatch.setattr(remote.RemoteFile, "_part", part)
    with open_url(one) as file:
        file.read(10)
        deadline = time.monotonic() + 10
        while len(fetched) < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
    assert [start for start, _ in fetched] == [0, 1000]
    assert fetched[1][1] != threading.current_thread().name


def test_a_table_over_http(serve: Callable[..., Server]) -> None:
    """Only what is needed is fetched: the footer, and then the columns from front to back."""
    lines = [f"line {number} " + ("pin=4821" if number % 50_000 == 7 else "") for number in range(200_000)]
    file = io.BytesIO()
    pq.write_table(pa.table({"message": lines}), file, row_group_size=50_000)
    server = serve({"/a.parquet": file.getvalue()})
    (one,) = sources(f"{server.url}/a.parquet")
    with open_url(one) as opened:
        table = Table(opened)
        cells = list(table.find(Detector(Policy().rules(), known=None)))
    assert table.problem is None
    assert [cell.row for cell in cells] == [8, 50_008, 100_008, 150_008]


needs_moto = pytest.mark.skipif(
    importlib.util.find_spec("moto") is None or importlib.util.find_spec("s3fs") is None,
    reason="S3 is NOT tested: pip install 'moto[server]' s3fs",
)


@pytest.fixture(scope="module")
def s3() -> Iterator[tuple[str, tuple[str, ...]]]:
    """A server that speaks S3, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true"}
    server = subprocess.Popen(
        [sys.executable, "-c", f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < deadline and server.poll() is None, "the S3 server does not start"
                time.sleep(0.1)
        options = (
            "key=testing",
            f"secret={SECRET}",
            f'client_kwargs={{"endpoint_url": "http://127.0.0.1:{port}", "region_name": "eu-west-1"}}',
        )
        yield f"http://127.0.0.1:{port}", options
    finally:
        server.terminate()
        server.wait(10)


@needs_moto
@pytest.mark.filterwarnings("ignore")
def test_s3(s3: tuple[str, tuple[str, ...]]) -> None:
    _, options = s3
    fs = fsspec.filesystem("s3", **options_of(options))
    fs.mkdir("logs")
    for name, text in (("app/2.log", b"2"), ("app/1.log", TEXT), ("web/3.log", b"3"), ("app/what[1].log", b"4")):
        fs.pipe_file(f"logs/{name}", text)
    found = sources("s3://logs/app", options)
    assert [one.path for one in found] == ["s3://logs/app/1.log", "s3://logs/app/2.log", "s3://logs/app/what[1].log"]
    assert [one.path for one in sources("s3://logs/*/*.log", options)] == [
        *(one.path for one in found),
        "s3://logs/web/3.log",
    ]
    assert [one.path for one in sources("s3://logs/app/what[1].log", options)] == ["s3://logs/app/what[1].log"]
    assert unread("s3://logs/none", options).reason == "no such file or directory"
    assert unread("s3://nobucket/none", options).reason == "no such file or directory"
    first = found[0]
    assert first.remote is not None and len(first.remote.etag) >= 32 and first.remote.modified
    with open_url(pickle.loads(pickle.dumps(first))) as file:
        assert file.readall() == TEXT
    assert b"".join(read_range(first, 12_345, 1_000_000)) == TEXT[12_345:1_000_000]
    with open_url(first) as file:
        file.read(10)
        fs.pipe_file("logs/app/1.log", TEXT[::-1])
        with pytest.raises(ChangedError):
            file.readall()
