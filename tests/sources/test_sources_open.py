"""From a path to plain UTF-8 bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from logscrub.errors import SourceError
from logscrub.sources import Limits, NotTextError, Reader, Source
from logscrub.sources.unpack import Unpacker

TEXT = "".join(f"2024-01-02 03:04:05 INFO line {number} é\n" for number in range(50_000)).encode()
Pack = Callable[[bytes], bytes]
PACKERS = [("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", lzma.compress)]


def read(path: Path, limits: Limits | None = None) -> tuple[bytes, Reader]:
    with Reader(Source(str(path)), limits) as reader:
        return b"".join(reader.chunks()), reader


@pytest.mark.parametrize("size", [0, 1, 131_071, 131_072, 131_073, len(TEXT)])
def test_a_plain_file_is_passed_on_as_it_is(tmp_path: Path, size: int) -> None:
    (tmp_path / "a").write_bytes(TEXT[:size])
    data, reader = read(tmp_path / "a")
    assert data == TEXT[:size]
    assert (reader.compression, reader.encoding, reader.problem, reader.raw) == ("", "", None, size)


@pytest.mark.parametrize(("kind", "pack"), PACKERS)
def test_compression_is_known_by_content_not_by_name(tmp_path: Path, kind: str, pack: Pack) -> None:
    (tmp_path / "app.log").write_bytes(pack(TEXT[:900_000]) + pack(TEXT[900_000:]))
    data, reader = read(tmp_path / "app.log")
    assert data == TEXT
    assert (reader.compression, reader.problem) == (kind, None)


@pytest.mark.parametrize(("kind", "pack"), PACKERS)
def test_of_a_truncated_file_what_is_readable_is_read(tmp_path: Path, kind: str, pack: Pack) -> None:
    noise = b"".join(os.urandom(40).hex().encode() + b"\n" for _ in range(40_000))
    packed = pack(noise)
    (tmp_path / "a").write_bytes(packed[: len(packed) * 3 // 4])
    data, reader = read(tmp_path / "a")
    assert noise.startswith(data)
    assert len(data) > len(noise) // 4 or kind == "xz"
    assert reader.problem == f"{kind} data ends early, what was readable was read"


def test_bytes_after_gzip_data_are_reported_and_padding_is_not(tmp_path: Path) -> None:
    (tmp_path / "padded").write_bytes(gzip.compress(b"a\n") + bytes(512))
    (tmp_path / "followed").write_bytes(gzip.compress(b"a\n") + b"plain text\n")
    assert read(tmp_path / "padded")[1].problem is None
    data, reader = read(tmp_path / "followed")
    assert data == b"a\n"
    assert reader.problem == "bytes after the end of the gzip data were not read"


def test_damage_in_the_middle_is_reported(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(os.urandom(300_000)))
    packed[150_000:150_100] = bytes(100)
    unpacker = Unpacker("gzip")
    list(unpacker.unpack([bytes(packed)]))
    assert unpacker.problem is not None
    assert unpacker.problem.startswith("damaged gzip data")


@pytest.mark.parametrize("step", [1, 7, 100])
def test_members_may_be_torn_anywhere(step: int) -> None:
    packed = gzip.compress(b"one\n") + gzip.compress(b"") + gzip.compress(b"two\n" * 99)
    unpacker = Unpacker("gzip", block=16)
    pieces = [packed[start : start + step] for start in range(0, len(packed), step)]
    assert b"".join(unpacker.unpack(pieces)) == b"one\n" + b"two\n" * 99
    assert unpacker.problem is None


def test_a_bomb_is_cut_off_and_reported(tmp_path: Path) -> None:
    (tmp_path / "bomb").write_bytes(gzip.compress(bytes(200 << 20)))
    size = 0
    with Reader(Source(str(tmp_path / "bomb"))) as reader:
        for chunk in reader.chunks():
            size += len(chunk)
            assert len(chunk) <= 1 << 20
    assert 64 << 20 < size < 70 << 20
    assert reader.problem is not None
    assert "decompression bomb" in reader.problem


def test_the_cap_on_decompressed_bytes_holds(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(TEXT))
    data, reader = read(tmp_path / "a", Limits(max_bytes=1_000_000))
    assert 1_000_000 <= len(data) < len(TEXT)
    assert "not read" in str(reader.problem)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_are_read_as_utf8(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a").write_bytes(TEXT.decode().encode(encoding))
    data, reader = read(tmp_path / "a")
    assert data == TEXT
    assert reader.encoding.startswith(encoding)


def test_utf16_inside_gzip_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(TEXT.decode().encode("utf-16")))
    assert read(tmp_path / "a")[0] == TEXT


@pytest.mark.parametrize(
    "data",
    [
        b"caf\xe9 \x80\xff latin and worse\n" * 50,
        b"a stray \0 in a line\n" * 20,
        bytes(100_000) + b"truncated while it was written\n",
        bytes(4_000_000),
        b"8=FIX.4.2\x019=178\x0135=8\x0149=PHLX\x0156=PERS\x01\n" * 300,
        b"\x1b[31mred\x1b[0m\n" * 300,
    ],
)
def test_odd_text_is_text(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    assert read(tmp_path / "a")[0] == data


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x7fELF" + bytes(range(256)) * 40, True),
        (os.urandom(9000), True),
        (b"PK\x03\x04rest", False),
        (b"\x28\xb5\x2f\xfdrest", False),
    ],
)
def test_binary_data_is_refused_and_archives_are_no_surprise(tmp_path: Path, data: bytes, expected: bool) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(NotTextError) as caught:
        read(tmp_path / "a")
    assert caught.value.expected is expected


def test_a_missing_file_is_an_error_without_a_traceback_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        Reader(Source(str(tmp_path / "missing")))
    with pytest.raises(SourceError, match="is a directory"):
        Reader(Source(str(tmp_path)))


def test_a_file_that_became_a_pipe_since_it_was_listed_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.log")
    with pytest.raises(SourceError, match="no regular file"):
        Reader(Source(str(tmp_path / "a.log"), named=False))


def test_a_file_that_became_a_link_since_it_was_listed_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "a.log").symlink_to("secret")
    with pytest.raises(SourceError, match="symbolic links"):
        Reader(Source(str(tmp_path / "a.log"), named=False))


def test_a_slow_pipe_is_passed_on_as_it_comes() -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"a\n")
    with Reader(Source(f"/dev/fd/{read_end}")) as reader:
        chunks = reader.chunks()
        assert next(chunks) == b"a\n"
        os.write(write_end, b"b\n")
        assert next(chunks) == b"b\n"
        os.close(write_end)
        assert list(chunks) == []
    os.close(read_end)


def test_a_magic_number_that_comes_in_pieces_is_recognised() -> None:
    read_end, write_end = os.pipe()
    packed = gzip.compress(b"a\n")

    def feed() -> None:
        for place in range(len(packed)):
            os.write(write_end, packed[place : place + 1])
        os.close(write_end)

    thread = threading.Thread(target=feed)
    thread.start()
    with Reader(Source(f"/dev/fd/{read_end}")) as reader:
        assert b"".join(reader.chunks()) == b"a\n"
    thread.join()
    os.close(read_end)
