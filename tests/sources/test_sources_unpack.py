"""Every compression, whole, torn, cut off, damaged and hostile."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import lz4.frame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isal import igzip

from logscrub.errors import MissingExtraError, SourceError
from logscrub.sources import Limits, NotTextError, Reader, Source
from logscrub.sources.unpack import MAGIC, Budget, Unpacker, ahead, compressor, kind_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Pack = Callable[[bytes], bytes]
SOME = "".join(f"2024-01-02 03:04:05 INFO line {number} é {number * 2654435761:x}\n" for number in range(99)).encode()
LINES = b"".join(b"%d %x\n" % (number, number * 2654435761) for number in range(90_000))


def alone(data: bytes) -> bytes:
    return lzma.compress(data, lzma.FORMAT_ALONE, preset=0)


def xz(data: bytes) -> bytes:
    return lzma.compress(data, preset=0)


KINDS: dict[str, Pack] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": xz,
    "lzma": alone,
    "zstd": zstd.compress,
    "lz4": lz4.frame.compress,
}


def unpacked(kind: str, packed: bytes, step: int = 1 << 20, block: int = 1 << 20) -> tuple[bytes, str | None]:
    unpacker = Unpacker(kind, block=block)
    data = b"".join(unpacker.unpack(packed[start : start + step] for start in range(0, len(packed), step)))
    return data, unpacker.problem


def test_isal_is_what_unpacks_gzip_where_it_is_installed() -> None:
    assert type(Unpacker("gzip")._make()).__name__ == "IgzipDecompressor"


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_any_name_is_unpacked(tmp_path: Path, kind: str) -> None:
    (tmp_path / "app.log").write_bytes(KINDS[kind](LINES))
    with Reader(Source(str(tmp_path / "app.log"))) as reader:
        assert b"".join(reader.chunks()) == LINES
    assert (reader.compression, reader.problem) == (kind, None)


def test_the_files_of_other_tools_are_unpacked() -> None:
    with_a_name = io.BytesIO()
    with igzip.IGzipFile("a name.log", "wb", fileobj=with_a_name) as file:
        file.write(LINES)
    assert unpacked("gzip", with_a_name.getvalue()) == (LINES, None)
    for size in (lz4.frame.BLOCKSIZE_MAX64KB, lz4.frame.BLOCKSIZE_MAX4MB):
        packed = lz4.frame.compress(LINES, block_size=size, content_checksum=True, block_linked=False)
        assert unpacked("lz4", packed) == (LINES, None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("step", "block"), [(1, 1), (1, 1 << 20), (7, 16), (100, 1 << 20), (1 << 20, 3)])
def test_members_may_be_torn_anywhere(kind: str, step: int, block: int) -> None:
    pack = KINDS[kind]
    padding = bytes(8) if kind in ("gzip", "bzip2", "xz") else b""
    packed = pack(SOME) + pack(b"") + pack(b"x") + padding + pack(SOME)
    assert unpacked(kind, packed, step, block) == (SOME + b"x" + SOME, None)


@pytest.mark.parametrize("kind", KINDS)
def test_cut_off_anywhere_it_gives_the_beginning_and_says_so(kind: str) -> None:
    packed = KINDS[kind](SOME)
    longest = 0
    for cut in range(1, len(packed)):
        data, problem = unpacked(kind, packed[:cut])
        assert SOME.startswith(data)
        assert problem == f"{kind} data ends early, what was readable was read"
        longest = max(longest, len(data))
    assert longest == len(SOME) or kind in ("bzip2", "zstd")  # these give out a whole block or nothing


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_off_anywhere_never_raises(tmp_path: Path, kind: str) -> None:
    packed = KINDS[kind](SOME[:400])
    for cut in range(len(packed)):
        file = io.BytesIO(packed[:cut])
        try:
            with Reader(Source("a"), file=file) as reader:
                data = b"".join(reader.chunks())
        except NotTextError:
            data = b""
        assert SOME.startswith(data) or packed.startswith(data)
        assert reader.compression in ("", kind)
        assert not reader.compression or reader.problem


@pytest.mark.parametrize("kind", KINDS)
def test_most_of_a_large_file_is_read_up_to_where_it_ends(kind: str) -> None:
    packed = KINDS[kind](LINES)
    data, problem = unpacked(kind, packed[: len(packed) * 3 // 4], 1 << 17)
    assert LINES.startswith(data)
    assert len(data) > len(LINES) // 3
    assert problem == f"{kind} data ends early, what was readable was read"


@pytest.mark.parametrize("kind", KINDS)
def test_what_follows_is_reported(kind: str) -> None:
    data, problem = unpacked(kind, KINDS[kind](SOME) + b"plain text\n" * 10)
    assert data == SOME
    assert problem == f"bytes after the end of the {kind} data were not read"


@pytest.mark.parametrize("kind", ["zstd", "lz4"])
def test_frames_without_data_are_skipped(kind: str) -> None:
    nothing = b"\x51*M\x18\x0b\0\0\0hello world"
    pack = KINDS[kind]
    packed = nothing + b"\x50*M\x18\0\0\0\0" + pack(SOME) + nothing + pack(SOME) + nothing
    assert kind_of(packed) == kind
    assert unpacked(kind, packed) == (SOME * 2, None)
    assert unpacked(kind, packed, 5) == (SOME * 2, None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bomb_is_cut_off_and_reported(kind: str) -> None:
    packed = KINDS[kind](KINDS[kind](bytes(200 << 20)))
    size = 0
    with Reader(Source("a"), file=io.BytesIO(packed)) as reader:
        for chunk in reader.chunks():
            size += len(chunk)
            assert len(chunk) <= 1 << 20
    if kind == "lz4":  # of which a byte becomes 255 at most
        assert (size, reader.problem) == (200 << 20, None) or "decompression bomb" in str(reader.problem)
    else:
        assert 60 << 20 < size < 70 << 20
        assert "decompression bomb" in str(reader.problem)


@pytest.mark.parametrize("kind", KINDS)
def test_the_cap_on_bytes_holds(kind: str) -> None:
    with Reader(Source("a"), Limits(max_bytes=1_000_000), file=io.BytesIO(KINDS[kind](LINES))) as reader:
        size = sum(map(len, reader.chunks()))
    assert 1_000_000 <= size < 2_100_000
    assert "not read" in str(reader.problem)


@pytest.mark.parametrize("kind", KINDS)
def test_a_great_many_members_take_no_more_time_than_their_bytes(kind: str) -> None:
    pack = KINDS[kind]
    few, many = pack(b"x") * 1_000, pack(b"x") * 16_000
    spent = []
    for packed in (few, many):
        before = time.process_time()
        assert unpacked(kind, packed) == (b"x" * (len(packed) // len(pack(b"x"))), None)
        spent.append(time.process_time() - before)
    assert spent[1] < 64 * max(spent[0], 0.005)


def test_a_window_larger_than_may_be_is_refused() -> None:
    packed = zstd.compress(LINES, options={zstd.CompressionParameter.window_log: 30})
    frame = b"(\xb5/\xfd\x00" + bytes([(30 - 10) << 3]) + packed[6:]
    data, problem = unpacked("zstd", frame)
    assert data == b""
    assert str(problem).startswith("damaged zstd data")


def test_a_dictionary_larger_than_may_be_is_refused() -> None:
    header = b"]" + (1 << 31).to_bytes(4, "little") + b"\xff" * 8
    data, problem = unpacked("lzma", header + alone(SOME)[13:])
    assert data == b""
    assert str(problem).startswith("damaged lzma data")


def test_text_that_begins_like_the_old_lzma_format_is_text() -> None:
    assert kind_of(alone(SOME)) == "lzma"
    assert kind_of(b"]\0\0" + bytes(20)) == ""
    assert kind_of(b"]\0\0\1\0" + b"some text") == ""


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*MAGIC, *(pack(SOME)[:cut] for pack in KINDS.values() for cut in (6, 20, 60))]),
    st.binary(max_size=4000),
)
def test_whatever_follows_a_magic_number_raises_nothing_else(magic: bytes, rest: bytes) -> None:
    with Reader(Source("a"), file=io.BytesIO(magic + rest)) as reader:
        try:
            size = sum(map(len, reader.chunks()))
        except (NotTextError, SourceError):
            size = 0
    assert size < 70 << 20


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 1 << 30), st.integers(1, 20), st.integers(1, 700))
def test_damage_anywhere_raises_nothing(kind: str, seed: int, count: int, step: int) -> None:
    packed = bytearray(KINDS[kind](SOME))
    chance = random.Random(seed)
    for _ in range(count):
        packed[chance.randrange(len(packed))] = chance.randrange(256)
    unpacked(kind, bytes(packed), step)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(1, 80), st.integers(1, 900), st.integers(0, 9))
def test_isal_reads_what_zlib_reads(members: list[bytes], step: int, block: int, level: int) -> None:
    packed = b"".join(gzip.compress(member, level) for member in members)
    assert unpacked("gzip", packed, step, block) == (b"".join(members), None)
    raw = zlib.compressobj(level, zlib.DEFLATED, -15)
    packed = raw.compress(b"".join(members)) + raw.flush()
    unpacker = Unpacker("deflate", block=block, single=True)
    chunks = [(packed + b"behind")[start : start + step] for start in range(0, len(packed) + 6, step)]
    taken = 0

    def feed() -> Iterator[bytes]:
        nonlocal taken
        for chunk in chunks:
            taken += len(chunk)
            yield chunk

    assert b"".join(unpacker.unpack(feed())) == b"".join(members)
    assert taken - unpacker.unused == len(packed)


def test_without_isal_zlib_reads_the_same_and_without_the_others_the_extra_is_named(tmp_path: Path) -> None:
    program = """
import sys
sys.modules.update(dict.fromkeys(["isal", "isal.igzip_lib", "backports", "backports.zstd", "compression", "compression.zstd", "lz4", "lz4.frame"]))
import gzip
from logscrub.sources import Reader, Source, NotTextError
from logscrub.sources.unpack import Unpacker
data = b"".join(b"%d\\n" % number for number in range(500000))
packed = gzip.compress(data[:9]) + gzip.compress(data[9:])
unpacker = Unpacker("gzip", block=70000)
assert type(unpacker._make()).__name__ == "_Inflate"
assert b"".join(unpacker.unpack(packed[at : at + 999] for at in range(0, len(packed), 999))) == data
assert unpacker.problem is None
for name in sys.argv[1:]:
    try:
        list(Reader(Source(name)).chunks())
    except NotTextError as error:
        assert not error.expected
        print(error)
"""
    (tmp_path / "a").write_bytes(zstd.compress(SOME))
    (tmp_path / "b").write_bytes(lz4.frame.compress(SOME))
    ran = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "a", tmp_path / "b"], capture_output=True, text=True, check=False
    )
    assert ran.stdout.splitlines() == [
        f"{kind} data needs an extra: pip install 'logscrub[compressed]'" for kind in ("zstd", "lz4")
    ], ran.stderr


@pytest.mark.parametrize("kind", [*KINDS, "", "gzip+gzip", "zstd+xz"])
def test_what_is_compressed_again_is_read_again(kind: str) -> None:
    def packed() -> bytes:
        made = compressor(kind)
        return b"".join([made.compress(LINES[:1000]), made.compress(LINES[1000:]), made.flush()])

    first = packed()
    assert first == packed()
    with Reader(Source("a"), file=io.BytesIO(first)) as reader:
        assert b"".join(reader.chunks()) == LINES
    assert (reader.compression, reader.problem) == (kind, None)
    made = compressor(kind)
    with Reader(Source("a"), file=io.BytesIO(made.compress(b"") + made.flush())) as reader:
        assert b"".join(reader.chunks()) == b""
    assert (reader.compression, reader.problem) == (kind, None)


def test_an_unknown_compression_is_refused() -> None:
    with pytest.raises(ValueError, match="'zip' is no compression"):
        compressor("zip")


def test_what_the_thread_raises_arrives() -> None:
    def chunks() -> Iterator[bytes]:
        yield from (b"a", b"b", b"c")
        raise KeyError("here")

    running = ahead(chunks())
    assert [next(running) for _ in range(3)] == [b"a", b"b", b"c"]
    with pytest.raises(KeyError, match="here"):
        next(running)


def test_no_more_is_made_ahead_than_asked_for() -> None:
    made = 0

    def chunks() -> Iterator[bytes]:
        nonlocal made
        for _ in range(1000):
            made += 1
            yield b"x"

    running = ahead(chunks(), 2)
    for given_out in range(1, 30):
        next(running)
        time.sleep(0.001)
        assert given_out <= made <= given_out + 4
    running.close()
    assert not [one for one in threading.enumerate() if one.name == "logscrub-unpack"]
    stopped_at = made
    time.sleep(0.01)
    assert made == stopped_at


def test_a_budget_is_shared() -> None:
    budget = Budget(max_ratio=300, max_bytes=1500)
    budget.taken = 100
    one, two = Unpacker("gzip", budget), Unpacker("gzip", budget)
    assert b"".join(one.unpack([gzip.compress(os.urandom(1000))]))
    assert one.problem is None
    assert b"".join(two.unpack([gzip.compress(os.urandom(1000))]))
    assert two.problem is not None


def test_a_missing_library_has_its_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lz4.frame", None)
    with pytest.raises(MissingExtraError, match=r"logscrub\[compressed\]"):
        compressor("lz4")
