"""What is in archives, and archives that mean harm."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import shutil
import stat
import struct
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import lz4.frame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.sources import Limits, NotTextError, Source, Unread
from logscrub.sources.open import texts

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WEB = b"".join(b"%d GET /x HTTP/1.1 %x\n" % (number, number * 2654435761) for number in range(3_000))
Files = dict[str, bytes]


def tar(files: Files, form: int = tarfile.PAX_FORMAT) -> bytes:
    with tarfile.open(fileobj=(out := io.BytesIO()), mode="w", format=form) as archive:
        for name, data in files.items():
            about = tarfile.TarInfo(name)
            about.size, about.mtime = len(data), 1_700_000_000
            archive.addfile(about, io.BytesIO(data))
    return out.getvalue()


def zipped(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    with zipfile.ZipFile(out := io.BytesIO(), "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


class Pipe(io.RawIOBase):
    """Bytes that can only be read, and remember who could not wait."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)


def read(
    packed: bytes, limits: Limits | None = None, *, pipe: bool = False, ahead: int = 0
) -> tuple[Files, dict[str, str], list[Unread]]:
    """Return texts, their problems, and what was not read."""
    found: Files = {}
    problems: dict[str, str] = {}
    unread = []
    file = Pipe(packed) if pipe else io.BytesIO(packed)
    for one in texts(Source("a"), limits, file=file, ahead=ahead):  # type: ignore[arg-type]
        if isinstance(one, Unread):
            unread.append(one)
            continue
        path = one.source.path
        try:
            found[path] = b"".join(one.chunks())
        except NotTextError as error:
            unread.append(Unread(path, str(error), not error.expected))
        if one.problem:
            problems[path] = one.problem
    return found, problems, unread


def test_a_plain_file_is_one_text_and_so_is_a_compressed_one(tmp_path: Path) -> None:
    for name, data in (("a.log", WEB), ("a.log.gz", gzip.compress(WEB)), ("empty", b"")):
        (tmp_path / name).write_bytes(data)
        source = Source(str(tmp_path / name))
        (one,) = [(one.source, b"".join(one.chunks()), one.raw) for one in texts(source) if not isinstance(one, Unread)]
        assert one == (source, b"" if name == "empty" else WEB, len(data))


def test_a_file_that_is_missing_is_told() -> None:
    assert list(texts(Source("/no/such.log"))) == [Unread("/no/such.log", "no such file or directory")]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress, zstd.compress, lz4.frame.compress])
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize(("pipe", "ahead"), [(False, 0), (True, 0), (False, 2)])
def test_tar_in_any_compression(pack: Callable[[bytes], bytes], form: int, pipe: bool, ahead: int) -> None:
    long = "d/" * 60 + "x" * 90 + ".log"
    files = {"app/web.log": WEB, "empty.log": b"", long: b"one\n", "z/üñ.log": b"two\n", "last": b"x" * 512}
    found, problems, unread = read(pack(tar(files, form)), pipe=pipe, ahead=ahead)
    assert found == {f"a!/{name}": data for name, data in files.items()}
    assert (problems, unread) == ({}, [])
    assert not [one for one in threading.enumerate() if one.name == "logscrub-unpack"]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize(("pipe", "ahead"), [(False, 0), (True, 0), (False, 2)])
def test_zip_by_any_method(method: int, pipe: bool, ahead: int) -> None:
    files = {"app/web.log": WEB * 40, "empty.log": b"", "z/üñ.log": b"two\n", "last": b"x" * 512}
    found, problems, unread = read(zipped(files, method), pipe=pipe, ahead=ahead)
    assert found == {f"a!/{name}": data for name, data in files.items()}
    assert (problems, unread) == ({}, [])


def test_zip_written_to_a_pipe_or_behind_something_or_with_large_numbers_is_read() -> None:
    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    with zipfile.ZipFile(out := Unseekable(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.log", WEB)
        archive.writestr("b.log", b"")
        with archive.open("c.log", "w", force_zip64=True) as member:
            member.write(b"c\n")
    packed = out.getvalue()
    want = {"a!/a.log": WEB, "a!/b.log": b"", "a!/c.log": b"c\n"}
    assert read(packed) == (want, {}, [])
    assert read(b"PK\3\4" + packed)[0] == want
    commented = io.BytesIO(packed)
    with zipfile.ZipFile(commented, "a") as archive:
        archive.comment = b"PK\5\6 in a comment" * 100
    assert read(commented.getvalue()) == (want, {}, [])


def test_a_zip_with_more_members_than_16_bits_count_is_read() -> None:
    packed = zipped({f"{number}": b"" for number in range(66_000)}, zipfile.ZIP_STORED)
    found, problems, unread = read(packed)
    assert len(found) == 66_000
    assert (problems, unread) == ({}, [])


def test_archives_in_archives_are_read() -> None:
    inner = tar({"x.log": WEB, "y.log.gz": gzip.compress(b"y\n")})
    outer = {
        "in.tar": inner,
        "in.tar.xz": lzma.compress(inner),
        "in.zip": zipped({"deep.tgz": gzip.compress(inner)}),
        "plain": b"p\n",
    }
    inside = {"x.log": WEB, "y.log.gz": b"y\n"}
    want = {f"a!/{name}!/{one}": data for name in ("in.tar", "in.tar.xz") for one, data in inside.items()}
    want |= {f"a!/in.zip!/deep.tgz!/{one}": data for one, data in inside.items()} | {"a!/plain": b"p\n"}
    for packed in (zipped(outer), zipped(outer, 0), tar(outer), gzip.compress(tar(outer)), bz2.compress(zipped(outer))):
        for pipe in (False, True):
            for ahead in (0, 2):
                assert read(packed, pipe=pipe, ahead=ahead) == (want, {}, [])


def test_archives_nest_as_deep_as_is_allowed() -> None:
    packed = b"deep\n"
    for _ in range(5):
        packed = zipped({"m": packed})
    found, _, unread = read(packed, Limits(max_depth=5))
    assert found == {"a!/m!/m!/m!/m!/m": b"deep\n"}
    found, _, unread = read(packed)
    assert found == {}
    assert unread == [Unread("a!/m!/m!/m!/m", "lies in 4 archives within one another, not read")]


def test_members_have_their_own_time_and_compression() -> None:
    packed = gzip.compress(tar({"a.log": b"a\n", "b.gz": gzip.compress(b"b\n")}))
    about = [
        (one.source.path, one.modified, one.compression, b"".join(one.chunks()))
        for one in texts(Source("a"), file=io.BytesIO(packed))
        if not isinstance(one, Unread)
    ]
    assert about == [("a!/a.log", 1.7e9, "", b"a\n"), ("a!/b.gz", 1.7e9, "gzip", b"b\n")]
    with zipfile.ZipFile(out := io.BytesIO(), "w") as archive:
        archive.writestr(zipfile.ZipInfo("a", (2024, 5, 6, 7, 8, 10)), b"a\n")
    (one,) = texts(Source("a"), file=io.BytesIO(out.getvalue()))
    assert not isinstance(one, Unread)
    assert one.modified is not None
    assert time.localtime(one.modified)[:6] == (2024, 5, 6, 7, 8, 10)


def test_the_bytes_read_so_far_are_those_of_the_archive() -> None:
    packed = gzip.compress(tar({f"{number}.log": os.urandom(40_000).hex().encode() for number in range(20)}))
    so_far = [0]
    for one in texts(Source("a"), file=io.BytesIO(packed)):
        assert not isinstance(one, Unread)
        for _ in one.chunks():
            assert so_far[-1] <= one.raw <= len(packed)
        so_far.append(one.raw)
    assert so_far[-1] == len(packed)
    assert so_far[1] < len(packed)


def test_bytes_that_are_no_utf8_and_wide_encodings_come_out_as_from_files() -> None:
    latin = b"caf\xe9 \x80\xff\n" * 3_000
    files = {"latin": latin, "wide": WEB.decode().encode("utf-16"), "silent": WEB.decode().encode("utf-16-le")}
    for packed in (tar(files), zipped(files), gzip.compress(tar(files))):
        found, problems, unread = read(packed)
        assert found == {"a!/latin": latin, "a!/wide": WEB, "a!/silent": WEB}
        assert (problems, unread) == ({}, [])


def test_binary_members_are_no_surprise_and_do_not_stop_the_rest() -> None:
    files = {"a.png": os.urandom(9000), "b.log": b"b\n", "c.7z": b"7z\xbc\xaf\x27\x1c" + bytes(600), "d.log": b"d\n"}
    for packed in (tar(files), zipped(files)):
        found, _, unread = read(packed)
        assert found == {"a!/b.log": b"b\n", "a!/d.log": b"d\n"}
        assert unread[0] == Unread("a!/a.png", "binary, skipped", error=False)
        assert unread[1].error
        assert "7-zip" in unread[1].reason


def test_what_is_no_file_in_a_tar_is_skipped_with_a_reason() -> None:
    with tarfile.open(fileobj=(out := io.BytesIO()), mode="w") as archive:
        for kind, name in (
            (tarfile.DIRTYPE, "dir"), (tarfile.SYMTYPE, "link"), (tarfile.LNKTYPE, "hard"), (tarfile.CHRTYPE, "null"),
            (tarfile.BLKTYPE, "disk"), (tarfile.FIFOTYPE, "fifo"),
        ):  # fmt: skip
            about = tarfile.TarInfo(name)
            about.type, about.linkname = kind, "../../etc/passwd"
            archive.addfile(about)
        about = tarfile.TarInfo("after")
        about.size = 2
        archive.addfile(about, io.BytesIO(b"a\n"))
    found, _, unread = read(out.getvalue())
    assert found == {"a!/after": b"a\n"}
    assert unread == [
        Unread("a!/link", "symbolic link, skipped", error=False),
        Unread("a!/hard", "hard link, skipped", error=False),
        Unread("a!/null", "device, skipped", error=False),
        Unread("a!/disk", "device, skipped", error=False),
        Unread("a!/fifo", "named pipe, skipped", error=False),
    ]


def test_a_symbolic_link_in_a_zip_is_skipped() -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(out := io.BytesIO(), "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.mkdir("dir") if hasattr(archive, "mkdir") else archive.writestr("dir/", b"")
    assert read(out.getvalue()) == ({}, {}, [Unread("a!/link", "symbolic link, skipped", error=False)])


def test_names_are_only_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = {"../../up.log": b"1\n", "/etc/abs.log": b"2\n", "new\nline.log": b"3\n", "./dot.log": b"4\n"}
    want = {"a!/../../up.log": b"1\n", "a!/etc/abs.log": b"2\n", "a!/new\nline.log": b"3\n", "a!/dot.log": b"4\n"}
    assert read(tar(files)) == (want, {}, [])
    assert read(zipped(files)) == (want, {}, [])
    assert list(tmp_path.iterdir()) == []
    found, _, _ = read(tar({"n" * 100_000: b"x\n"}))
    assert len(next(iter(found))) < 5_000


@pytest.mark.skipif(shutil.which("tar") is None, reason="needs tar")
@pytest.mark.parametrize("form", ["gnu", "pax", "oldgnu", "v7", "ustar"])
def test_the_tar_program_and_its_sparse_files(tmp_path: Path, form: str) -> None:
    with (tmp_path / "sparse.log").open("wb") as file:
        for number in range(40):
            file.seek(number * 300_000)
            file.write(b"%d here\n" % number * 2_000)
    (tmp_path / "plain.log").write_bytes(WEB)
    sparse = ["--sparse"] if form in ("gnu", "pax", "oldgnu") else []
    packed = subprocess.run(
        ["tar", "-c", f"--format={form}", *sparse, "-C", tmp_path, "sparse.log", "plain.log"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    found, problems, unread = read(packed)
    assert (problems, unread) == ({}, [])
    assert list(found) == ["a!/sparse.log", "a!/plain.log"]
    assert found["a!/plain.log"] == WEB
    want = (tmp_path / "sparse.log").read_bytes()
    assert found["a!/sparse.log"].replace(b"\0", b"") == want.replace(b"\0", b"")


def encrypted(packed: bytes) -> bytes:
    """Mark the first member as encrypted, which is all that a reader without the password sees."""
    data = bytearray(packed)
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def test_an_encrypted_member_is_an_error_and_the_rest_is_read() -> None:
    found, _, unread = read(encrypted(zipped({"secret.log": WEB, "open.log": b"o\n"})))
    assert found == {"a!/open.log": b"o\n"}
    assert unread == [Unread("a!/secret.log", "is encrypted, which cannot be read")]


def test_a_damaged_zip_member_is_reported_and_the_rest_is_read() -> None:
    packed = bytearray(zipped({"a": WEB, "b": b"b\n"}, zipfile.ZIP_STORED))
    packed[5_000] ^= 0xFF
    found, problems, unread = read(bytes(packed))
    assert found["a!/b"] == b"b\n"
    assert "damaged" in problems["a!/a"]
    packed = bytearray(zipped({"a": WEB, "b": b"b\n"}))
    packed[3_000:3_100] = bytes(100)
    found, problems, unread = read(bytes(packed))
    assert found["a!/b"] == b"b\n"
    assert list(problems) == ["a!/a"]
    packed = bytearray(zipped({"a": WEB, "b": b"b\n"}))
    packed[0:2] = b"PK"
    packed[2:4] = b"\3\4"
    packed[packed.index(b"PK\3\4", 10)] = 0
    found, problems, unread = read(bytes(packed))
    assert found == {"a!/a": WEB}
    assert [(one.path, one.error) for one in unread] == [("a!/b", True)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_of_a_zip_without_its_end_the_members_are_read(method: int) -> None:
    files = {f"{number}.log": b"%d\n" % number * 2_000 for number in range(30)} | {"last": WEB}
    packed = zipped(files, method)
    found, problems, unread = read(packed[: packed.index(b"PK\1\2")])
    assert found == {f"a!/{name}": data for name, data in files.items()}
    assert problems == {}
    assert unread == [Unread("a", "the zip archive has no directory: damaged or cut off, what was readable was read")]
    found, problems, _ = read(packed[: packed.index(b"PK\1\2") - 500])
    assert WEB.startswith(found["a!/last"])
    assert list(problems) == ["a!/last"]


def test_of_a_streamed_zip_without_its_end_the_members_are_read() -> None:
    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

    with zipfile.ZipFile(out := Unseekable(), "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"{number}", WEB + b"%d\n" % number)
    packed = bytearray(out.getvalue()[: out.getvalue().index(b"PK\1\2")])
    found, problems, _ = read(bytes(packed))
    assert found == {f"a!/{number}": WEB + b"%d\n" % number for number in range(5)}
    assert problems == {}
    second = packed.index(b"PK\3\4", 4)
    packed[second + 40 : second + 80] = b"\xff" * 40
    found, problems, _ = read(bytes(packed))
    assert [path for path in found if path not in problems] == ["a!/0", "a!/2", "a!/3", "a!/4"]
    assert list(problems) == ["a!/1"]


def test_after_a_damaged_tar_header_the_rest_is_read() -> None:
    packed = bytearray(tar({"a": b"a\n", "b": b"b\n", "c": b"c\n"}, tarfile.GNU_FORMAT))
    packed[1024 + 20] ^= 1
    found, _, unread = read(bytes(packed))
    assert found == {"a!/a": b"a\n", "a!/c": b"c\n"}
    assert unread == [Unread("a", "damaged tar archive, reading went on behind byte 1024")]


def test_bytes_after_a_tar_archive_are_reported_and_another_archive_is_read() -> None:
    one, two = tar({"a": b"a\n"}), tar({"b": b"b\n"})
    assert read(one + two)[0] == {"a!/a": b"a\n", "a!/b": b"b\n"}
    found, _, unread = read(one + b"plain text\n" * 99)
    assert found == {"a!/a": b"a\n"}
    assert unread == [Unread("a", "bytes after the end of the tar archive were not read")]


@pytest.mark.parametrize("ahead", [0, 2])
def test_a_tar_that_ends_early_gives_what_is_there_and_says_so_once(ahead: int) -> None:
    noise = [os.urandom(600_000).hex().encode() for _ in range(6)]
    packed = gzip.compress(tar({f"{number}": data for number, data in enumerate(noise)}), 1)
    found, problems, unread = read(packed[: len(packed) * 3 // 5], ahead=ahead)
    *whole, last = found
    assert [found[path] for path in whole] == noise[: len(whole)]
    assert noise[len(whole)].startswith(found[last])
    assert problems == {last: "gzip data ends early, what was readable was read"}
    assert unread == []


@pytest.mark.parametrize("make", [tar, zipped])
def test_cut_off_anywhere_nothing_is_raised(make: Callable[[Files], bytes]) -> None:
    files = {"one.log": b"one\n" * 200, "two.log": b"two\n" * 100}
    packed = make(files)
    for cut in range(0, len(packed), 13 if make is tar else 1):
        try:
            found, problems, unread = read(packed[:cut])
        except NotTextError:
            continue
        for path, data in found.items():
            if path == "a":  # too short to be known for what it is
                assert packed[:cut] == data
            else:
                assert files[path[3:]].startswith(data)
                assert files[path[3:]] == data or problems[path]


def overlapping(count: int, kernel: bytes) -> bytes:
    """Make a zip archive whose members all lie in the same bytes."""
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = raw.compress(kernel) + raw.flush()
    sums = (zlib.crc32(kernel), len(data), len(kernel))
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 33, *sums, 1, 0) + b"m"
    directory = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 33, *sums, 1, 0, 0, 0, 0, 0, 0) + b"m"
        for _ in range(count)
    )
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), len(local) + len(data), 0)
    return local + data + directory + end


def total(packed: bytes, limits: Limits | None = None) -> tuple[int, list[str]]:
    size = 0
    problems = []
    for one in texts(Source("a"), limits, file=io.BytesIO(packed)):
        if isinstance(one, Unread):
            problems.append(one.reason)
            continue
        for chunk in one.chunks():
            size += len(chunk)
        problems += [one.problem] if one.problem else []
    return size, problems


def test_a_zip_bomb_of_overlapping_members_is_stopped() -> None:
    size, problems = total(overlapping(2_000, b"a\n" * 500_000))
    assert size <= 1_000_000
    assert len(problems) == 1
    assert "decompression bomb" in problems[0]


def test_a_bomb_in_a_bomb_is_stopped() -> None:
    bomb = zipped({f"{number}": b"a\n" * 5_000_000 for number in range(16)})
    nest = zipped({f"{number}.zip": bomb for number in range(16)})
    for packed in (nest, gzip.compress(tar({"x": nest})), gzip.compress(tar({"a": b"a\n" * 60_000_000}), 9)):
        size, problems = total(packed)
        assert size < 80_000_000
        assert len(problems) == 1
        assert "decompression bomb" in problems[0]


def test_the_budget_holds_for_all_members_together() -> None:
    packed = zipped({f"{number}": WEB for number in range(50)})
    size, problems = total(packed, Limits(max_bytes=3 * len(WEB) + 10))
    assert size <= 4 * len(WEB)
    assert len(problems) == 1


def test_members_are_counted() -> None:
    packed = zipped({f"{number}.zip": zipped({f"{inner}": b"x\n" for inner in range(10)}) for number in range(10)})
    size, problems = total(packed, Limits(max_members=50))
    assert size < 100
    assert problems == ["holds more than 50 members, the rest was not read"]


def test_a_zip_that_has_to_be_copied_may_only_be_so_large() -> None:
    inner = zipped({"x": os.urandom(30_000).hex().encode()}, 0)
    found, _, unread = read(tar({"in.zip": inner, "b": b"b\n"}), Limits(max_spool=50_000))
    assert found == {"a!/b": b"b\n"}
    assert unread[0].path == "a!/in.zip"
    assert "more than 50000 bytes" in unread[0].reason


def test_what_is_copied_lies_in_no_file_that_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("logscrub.sources.open._IN_MEMORY", 1000)
    packed = tar({"in.zip": zipped({"x": os.urandom(30_000).hex().encode()})})
    seen = 0
    for one in texts(Source("a"), file=io.BytesIO(packed)):
        assert not isinstance(one, Unread)
        seen += sum(map(len, one.chunks()))
        assert list(tmp_path.iterdir()) == []
    assert seen == 60_000


def test_an_archive_that_holds_itself_comes_to_an_end() -> None:
    packed = overlapping(1, b"x")
    for _ in range(12):
        packed = zipped({"r.zip": packed})
    found, _, unread = read(packed)
    assert found == {}
    assert len(unread) == 1


@pytest.mark.parametrize("make", [tar, zipped])
def test_many_small_members_take_little_time(make: Callable[[Files], bytes]) -> None:
    packed = make({f"{number}.log": b"%d\n" % number for number in range(10_000)})
    before = time.process_time()
    found, problems, unread = read(packed)
    assert time.process_time() - before < 8
    assert len(found) == 10_000
    assert (problems, unread) == ({}, [])


def test_headers_without_members_take_no_memory() -> None:
    about = tarfile.TarInfo("x")
    one = about.create_pax_header({**about.get_info(), "size": 0}, "utf-8")
    extended = b"".join(b"13 k%04d=abc\n" % number for number in range(999))
    header = tarfile.TarInfo("x")
    header.type, header.size = b"x", 200_000_000
    claims = header.tobuf(tarfile.USTAR_FORMAT) + extended + bytes(-len(extended) % 512)
    found, _, unread = read(claims + one + bytes(1024))
    assert found == {}
    assert unread == [Unread("a", "the tar archive ends early, what was readable was read")]


def test_a_reader_is_closed_when_the_next_one_comes() -> None:
    running = texts(Source("a"), file=io.BytesIO(tar({"a": WEB * 20, "b": b"b\n"})))
    one = next(running)
    assert not isinstance(one, Unread)
    chunks = one.chunks()
    next(chunks)
    two = next(running)
    assert not isinstance(two, Unread)
    assert b"".join(two.chunks()) == b"b\n"
    with pytest.raises(ValueError, match="closed"):
        next(chunks)


def test_whoever_stops_early_leaves_nothing_open(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(tar({f"{number}": b"text\n" * 2_000_000 for number in range(3)}), 1))
    before = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    running = texts(Source(str(path)), ahead=2)
    one = next(running)
    assert not isinstance(one, Unread)
    next(chunks := one.chunks())
    running.close()  # type: ignore[attr-defined]
    assert not [one for one in threading.enumerate() if one.name == "logscrub-unpack"]
    assert before == (os.listdir("/proc/self/fd") if before else [])
    del chunks


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([tar, zipped]), st.integers(0, 1 << 30), st.integers(1, 12), st.booleans(), st.integers(0, 600))
def test_damage_anywhere_raises_nothing(
    make: Callable[[Files], bytes], seed: int, count: int, pipe: bool, lost: int
) -> None:
    files = {"one.log": b"one\n" * 60, "in.zip": zipped({"x": b"x\n"}), "in.tar": tar({"y": b"y\n"}), "two": b"2\n"}
    packed = bytearray(make(files))
    chance = random.Random(seed)
    for _ in range(count):
        packed[chance.randrange(4, len(packed))] = chance.choice([0, 1, 0x30, 0x37, 0x80, 0xFF, chance.randrange(256)])
    del packed[len(packed) - lost :]
    read(bytes(packed), pipe=pipe)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([b"PK\3\4", b"PK\5\6", b"PK\7\x08PK\3\4", tar({"a": b"a\n"})[:1024]]), st.binary(max_size=3000))
def test_whatever_follows_the_first_bytes_raises_nothing(magic: bytes, rest: bytes) -> None:
    read(magic + rest)
    read(zipped({"a": magic + rest}))
    read(magic + rest + zipped({"a": b"a\n"})[-60:])
