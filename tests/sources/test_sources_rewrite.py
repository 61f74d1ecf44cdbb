"""A redacted copy: the same text but for the matches, in the same wrapping."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path
from typing import Any

import pytest

from logscrub.errors import SourceError
from logscrub.model import Match
from logscrub.sources import NotTextError, Reader, Source
from logscrub.sources.rewrite import UNFINISHED, UNJUDGED, Rewritten, rewrite

TOKEN = b"tst_ab12cd34"
BODY = b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"
BEGIN, END = b"-----BEGIN PRIVATE KEY-----\n", b"-----END PRIVATE KEY-----\n"


class Marker:
    """Stands in for the redactor: puts the rule's name where the match was."""

    def settle(self, data: bytes, matches: list[Match], find: object) -> bytes:
        out, position = [], 0
        for match in matches:
            assert position <= match.start < match.end <= len(data)
            out += [data[position : match.start], b"<" + match.rule.encode() + b">"]
            position = match.end
        return b"".join([*out, data[position:]])


def copy(detector: Any, path: Path) -> tuple[bytes, Rewritten, Reader]:
    out = bytearray()
    with Reader(Source(str(path))) as reader:
        done = rewrite(reader, out.extend, detector, Marker())  # type: ignore[arg-type]
    return bytes(out), done, reader


def test_nothing_is_written_before_the_first_match_if_the_source_can_be_read_again(
    detector: Any, tmp_path: Path
) -> None:
    text = b"x" * 99 + b"\n"
    path = tmp_path / "a"
    path.write_bytes(gzip.compress(text * 30_000 + TOKEN + b"\n" + text * 30_000))
    opened = 0

    def again() -> Reader:
        nonlocal opened
        opened += 1
        assert not out
        return Reader(Source(str(path)))

    out = bytearray()
    with Reader(Source(str(path))) as reader:
        done = rewrite(reader, out.extend, detector, Marker(), again=again)  # type: ignore[arg-type]
    assert gzip.decompress(out) == text * 30_000 + b"<token>\n" + text * 30_000
    assert (opened, done.redacted, done.lines) == (1, 1, 60_001)

    path.write_bytes(gzip.compress(text * 30_000))
    out.clear()
    with Reader(Source(str(path))) as reader:
        assert not rewrite(reader, out.extend, detector, Marker(), again=again).changed  # type: ignore[arg-type]
    assert (opened, out) == (1, b"")


def test_what_is_read_again_must_be_as_much_as_it_was(detector: Any, tmp_path: Path) -> None:
    text = b"x" * 99 + b"\n"
    path = tmp_path / "a"
    path.write_bytes(text * 30_000 + TOKEN)

    def again() -> Reader:
        path.write_bytes(text)
        return Reader(Source(str(path)))

    with Reader(Source(str(path))) as reader, pytest.raises(SourceError, match="changed while it was read"):
        rewrite(reader, bytearray().extend, detector, Marker(), again=again)  # type: ignore[arg-type]


def test_what_would_be_replaced_can_be_asked(detector: Any, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x " + TOKEN + b"\n" + BEGIN + BODY)
    with Reader(Source(str(tmp_path / "a"))) as reader:
        done = rewrite(reader, None, detector, Marker())  # type: ignore[arg-type]
    assert done.rules == {"token": 1, "unfinished-private-key": 1}
    assert done.changed


@pytest.mark.parametrize("head", [b"PAR1", b"Obj\x01", b"ElfFile\0", b"LPKSHHRH"])
def test_files_of_fixed_layout_are_refused(detector: Any, tmp_path: Path, head: bytes) -> None:
    (tmp_path / "a").write_bytes(head + b" and text that could be a log\n")
    with pytest.raises(NotTextError, match="cannot be rewritten line by line"):
        copy(detector, tmp_path / "a")


def test_everything_but_the_matches_stays(detector: Any, tmp_path: Path) -> None:
    text = b"a\r\n\0\xff " + TOKEN + b" and " + TOKEN + b"\r\n\nlast " + TOKEN
    (tmp_path / "a").write_bytes(text)
    out, done, _ = copy(detector, tmp_path / "a")
    assert out == text.replace(TOKEN, b"<token>")
    assert (done.redacted, done.bytes, done.unjudged) == (3, len(text), 0)


@pytest.mark.parametrize(("pack", "unpack"), [(gzip.compress, gzip.decompress), (lzma.compress, lzma.decompress)])
def test_a_compressed_log_gives_a_compressed_copy(detector: Any, tmp_path: Path, pack: Any, unpack: Any) -> None:
    (tmp_path / "a").write_bytes(pack(b"x " + TOKEN + b"\n"))
    assert unpack(copy(detector, tmp_path / "a")[0]) == b"x <token>\n"
    (tmp_path / "empty").write_bytes(pack(b""))
    assert unpack(copy(detector, tmp_path / "empty")[0]) == b""


def test_utf16_gives_utf16(detector: Any, tmp_path: Path) -> None:
    text = f"é {TOKEN.decode()}\r\n" * 20
    (tmp_path / "a").write_bytes(text.encode("utf-16"))
    assert copy(detector, tmp_path / "a")[0].decode("utf-16") == text.replace(TOKEN.decode(), "<token>")


def test_binary_data_is_refused(detector: Any, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(256)) * 40)
    with pytest.raises(NotTextError):
        copy(detector, tmp_path / "a")


def test_every_token_in_a_line_of_many_windows_is_replaced(detector: Any, tmp_path: Path) -> None:
    text = b"".join(b"x" * (30_011 * (number % 5)) + b" " + TOKEN + b" " for number in range(60)) + b"\nend\n"
    assert len(text) > 3 << 20
    (tmp_path / "a").write_bytes(text)
    out, done, _ = copy(detector, tmp_path / "a")
    assert out == text.replace(TOKEN, b"<token>")
    assert done.redacted == 60


def test_a_record_that_takes_too_long_is_left_out(detector: Any, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\nSLOW " + TOKEN + b"\ntwo\n")
    out, done, _ = copy(detector, tmp_path / "a")
    assert out == b"one\n" + UNJUDGED + b"\ntwo\n"
    assert done.unjudged == 1


def test_a_whole_key_is_replaced(detector: Any, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\n" + BEGIN + BODY * 20 + END + b"b\n")
    assert copy(detector, tmp_path / "a")[0] == b"a\n<key>\nb\n"


@pytest.mark.parametrize("lines", [1, 20, 2_000, 40_000])
def test_nothing_is_passed_on_of_a_key_that_does_not_end(detector: Any, tmp_path: Path, lines: int) -> None:
    (tmp_path / "a").write_bytes(b"a\n" + BEGIN + BODY * lines)
    out = copy(detector, tmp_path / "a")[0]
    assert out.startswith(b"a\n")
    assert out[2:].strip() in (UNFINISHED, b"<key>")
    assert out.count(b"\n") == lines + 2
    assert BODY[:20] not in out


def test_what_follows_an_endless_key_is_passed_on(detector: Any, tmp_path: Path) -> None:
    text = BEGIN + BODY * 40_000
    for end in (END, b"12:00 INFO ready\n"):
        (tmp_path / "a").write_bytes(text + end + b"b " + TOKEN + b"\n")
        out = copy(detector, tmp_path / "a")[0]
        assert out == UNFINISHED + b"\n" * (40_001 + (end == END)) + end.replace(END, b"") + b"b <token>\n"


def test_a_damaged_source_says_so(detector: Any, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(b"x " + TOKEN + b"\n")[:-4])
    out, _, reader = copy(detector, tmp_path / "a")
    assert gzip.decompress(out) == b"x <token>\n"
    assert "ends early" in str(reader.problem)
