"""From a path to plain UTF-8 bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from logscrub.errors import SourceError
from logscrub.sources import Limits, NotTextError, Reader, Source
from logscrub.sources.unpack import Unpacker

TEXT = "".join(f"2024-01-02 03:04:05 INFO line {number} é\n" for number in range(50_000)).encode()
Pack = Callable[[bytes], bytes]
PACKERS = [("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", partial(lzma.compress, preset=0))]


def read(path: Path, limits: Limits | None = None) -> tuple[bytes, Reader]:
    with Reader(Source(str(path)), limits) as reader:
        return b"".join(reader.chunks()), reader


@pytest.mark.parametrize("size", [0, 1, 131_071, 131_072, 131_073, len(TEXT)])
def test_a_plain_file_is_passed_on_as_it_is(tmp_path: Path, size: int) -> None:
    (tmp_path / "a").write_bytes(TEXT[:size])
    data, reader = read(tmp_path / "a")
    assert data == TEXT[:size]
    assert (reader.compression, reader.encoding, reader.problem, reader.raw) == ("", "", None, size)


def test_a_large_file_is_given_in_large_chunks(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(TEXT * 4)
    (tmp_path / "b").write_bytes(gzip.compress(TEXT * 4, 1))
    for name in "ab":
        with Reader(Source(str(tmp_path / name))) as reader:
            sizes = [len(chunk) for chunk in reader.chunks()]
        assert max(sizes) == 1 << 20
        assert len(sizes) < 30


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


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
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
        (b"7z\xbc\xaf\x27\x1crest", False),
        (b"Rar!\x1a\x07\x01\0rest", False),
        (b"\x1f\x9d\x90rest", False),
    ],
)
def test_binary_data_is_refused_and_archives_are_no_surprise(tmp_path: Path, data: bytes, expected: bool) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(NotTextError) as caught:
        read(tmp_path / "a")
    assert caught.value.expected is expected


def test_a_tar_archive_is_not_taken_for_one_text(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(__file__, "a.log")
    with pytest.raises(NotTextError, match="is a tar archive"):
        read(tmp_path / "a.tar.gz")


def test_what_is_compressed_twice_is_unpacked_twice_and_no_oftener_than_allowed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(bz2.compress(gzip.compress(TEXT))))
    data, reader = read(tmp_path / "a")
    assert data == TEXT
    assert reader.compression == "gzip+bzip2+gzip"
    with pytest.raises(NotTextError, match="compressed more than 2 times"):
        read(tmp_path / "a", Limits(max_depth=2))


def test_a_text_about_a_magic_number_is_text(tmp_path: Path) -> None:
    for data in (b"BZh is how bzip2 begins\n", b"BZh9 too\n", b"PK is no zip\n", b"]\n", b"(see below)\n"):
        (tmp_path / "a").write_bytes(data)
        assert read(tmp_path / "a")[0] == data


def test_bytes_that_are_no_utf8_come_through_compression_unchanged(tmp_path: Path) -> None:
    data = b"caf\xe9 \x80\xff latin and worse\n" * 50_000
    (tmp_path / "a").write_bytes(gzip.compress(data))
    assert read(tmp_path / "a")[0] == data


def test_an_open_file_is_read_where_one_is_given() -> None:
    with Reader(Source("s3://bucket/a.log.gz"), file=io.BytesIO(gzip.compress(TEXT)), ahead=2) as reader:
        assert b"".join(reader.chunks()) == TEXT
    assert reader.modified is None
    assert reader.source.path == "s3://bucket/a.log.gz"


def threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "logscrub-unpack"]


@pytest.mark.parametrize(("kind", "pack"), PACKERS)
def test_unpacking_ahead_gives_the_same_and_leaves_no_thread(tmp_path: Path, kind: str, pack: Pack) -> None:
    data = b"".join(b"%d %x\n" % (number, number * 2654435761) for number in range(250_000))
    (tmp_path / "a").write_bytes(pack(data)[:-9])
    read_so, readers = [], []
    for ahead in (0, 2):
        with Reader(Source(str(tmp_path / "a")), ahead=ahead) as reader:
            read_so.append(b"".join(reader.chunks()))
        readers.append(reader)
    assert read_so[0] == read_so[1]
    assert data.startswith(read_so[0]) and len(read_so[0]) > 2_200_000
    assert readers[0].problem == readers[1].problem == f"{kind} data ends early, what was readable was read"
    assert not threads()


def test_a_reader_that_is_closed_early_ends_its_thread(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(b"text\n" * 4_000_000, 1))
    with Reader(Source(str(tmp_path / "a")), ahead=2) as reader:
        chunks = reader.chunks()
        for _ in range(4):
            next(chunks)
        assert len(threads()) == 1
    assert not threads()
    with pytest.raises(ValueError, match="closed"):
        next(chunks)


def test_a_consumer_that_raises_ends_the_thread(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(b"text\n" * 4_000_000, 1))

    def consume() -> None:
        with Reader(Source(str(tmp_path / "a")), ahead=1) as reader:
            for number, _ in enumerate(reader.chunks()):
                if number == 5:
                    raise KeyError

    with pytest.raises(KeyError):
        consume()
    assert not threads()


def test_nothing_is_read_ahead_of_a_pipe() -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, gzip.compress(b"a\n") + gzip.compress(b"b\n") + gzip.compress(b"c\n"))
    with Reader(Source(f"/dev/fd/{read_end}"), ahead=2) as reader:
        chunks = reader.chunks()
        assert [next(chunks) for _ in range(3)] == [b"a\n", b"b\n", b"c\n"]
        assert not threads()
        os.close(write_end)
        assert list(chunks) == []
    os.close(read_end)


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
