"""Printed tracebacks, and standard streams where that is asked for."""

from __future__ import annotations

import contextlib
import io
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from logscrub.emit.installation import install
from logscrub.emit.prints import CapturedStream
from logscrub.errors import ConfigError

Closed = Callable[..., str]


def fail(token: str) -> None:
    raise ValueError(f"lost {token}")


@pytest.mark.parametrize("how", ["print_exc", "print_exception", "print", "stdout"])
def test_printed_traceback(closed: Closed, capsys: pytest.CaptureFixture[str], token: str, how: str) -> None:
    def run() -> str:
        try:
            fail(token)
        except ValueError as error:
            if how == "print_exc":
                traceback.print_exc()
            elif how == "print_exception":
                traceback.print_exception(error)
            elif how == "print":
                traceback.TracebackException.from_exception(error).print()
            else:
                traceback.print_exc(file=sys.stdout)
        out, err = capsys.readouterr()
        return out + err

    assert "ValueError: lost " in closed(run, token)


def test_traceback_printed_into_a_file(token: str, tmp_path: Path) -> None:
    with install(), open(tmp_path / "error.log", "w", encoding="utf-8") as file:
        try:
            fail(token)
        except ValueError as error:
            traceback.print_exc(file=file)
            traceback.print_tb(error.__traceback__, file=file)
    text = (tmp_path / "error.log").read_text("utf-8")
    assert text.count("Traceback") == 1
    assert text.count("in fail") == 2
    assert token not in text


def test_printed_stack(closed: Closed, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows lines of the source."""

    def run() -> str:
        traceback.print_stack()  # password="hunter2-correct-horse"
        return capsys.readouterr().err

    closed(run, "hunter2-" + "correct-horse")


def test_access_lines_of_the_standard_web_servers(closed: Closed, capfd: pytest.CaptureFixture[str]) -> None:
    import http.server
    import threading
    import urllib.request

    def run() -> str:
        server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/none?token=9f6372d0dc189a222520aaade146d07c")
        thread.join(20)
        server.server_close()
        return capfd.readouterr().err

    assert "GET /none?token=" in closed(run, "9f6372d0dc189a222520aaade146d07c")


def test_what_a_program_formats_for_itself_is_its_own(token: str) -> None:
    out = io.StringIO()
    with install():
        try:
            fail(token)
        except ValueError:
            text = traceback.format_exc()
            traceback.print_exc(file=out)
    assert token in text
    assert token in out.getvalue()


def test_capture(capsys: pytest.CaptureFixture[str], token: str) -> None:
    with install(capture=("stdout", "stderr")) as installation:
        print("token", token)
        print("token", token, file=sys.stderr)
        sys.stdout.write(token[:9])
        sys.stdout.write(token[9:] + " in two pieces\n")
        sys.stdout.buffer.write(b"bytes " + token.encode() + b"\n")
        print("clean", end="")
        assert installation.stats()["changed"] == 4
    out, err = capsys.readouterr()
    assert token not in out + err
    assert out.count("\n") == 3
    assert out.endswith("clean"), "what was held is written in the end"
    assert "[github-token]" in err
    print(token)
    assert token in capsys.readouterr().out


def test_capture_is_off_unless_asked_for(capsys: pytest.CaptureFixture[str], token: str) -> None:
    with install():
        print(token)
    assert token in capsys.readouterr().out


def test_capture_of_what_there_is_not() -> None:
    with pytest.raises(ConfigError, match="stdin"):
        install(capture="stdin")


def test_key_over_several_lines(token: str) -> None:
    out = io.StringIO()
    lines: list[str] = []

    def scrub(text: str) -> str:
        lines.append(text)
        return text

    stream = CapturedStream(out, scrub)
    for line in ("before", "-----BEGIN PRIVATE KEY-----", "abc", "-----END PRIVATE KEY-----", "after"):
        print(line, file=stream)
    assert lines[0] == "before\n"
    assert lines[1].startswith("-----BEGIN PRIVATE KEY-----\nabc\n-----END")
    assert out.getvalue().endswith("after\n")


def test_line_without_end_is_not_held_for_ever() -> None:
    out = io.StringIO()
    stream = CapturedStream(out, str)
    for _ in range(100):
        stream.write("x" * 10_000)
    assert len(out.getvalue()) >= 900_000


def test_stream_stays_usable_as_one() -> None:
    out = io.StringIO()
    stream = CapturedStream(out, str)
    assert stream.writable()
    assert not stream.isatty()
    with pytest.raises(TypeError):
        stream.write(b"bytes")  # type: ignore[arg-type]
    stream.writelines(["a\n", "b"])
    stream.close()
    assert out.getvalue() == "a\nb"
    assert not out.closed
