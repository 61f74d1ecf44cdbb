"""Real servers in processes of their own, real requests, and everything they wrote."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from logscrub.scrubber import default_scrubber

ROOT = Path(__file__).resolve().parent.parent.parent
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PATIENCE = 60.0


@dataclass(frozen=True)
class Values:
    """Made-up values nobody may find in a log.

    Attributes:
        token: known by its shape.
        password: known by the name or the address it stands in.
        opaque: a header's value that only the header's name gives away.
    """

    token: str
    password: str = "Tr0ub4dor-3xyz"
    opaque: str = "kestrel-and-harbour-17"

    def leaked(self, text: str) -> set[str]:
        """The names of the values a text holds."""
        return {name for name, value in vars(self).items() if value in text}


@pytest.fixture(scope="session")
def compiled() -> None:
    """Compile the rules once, into the cache of this run, which the servers share."""
    default_scrubber()


@pytest.fixture(scope="session")
def values() -> Values:
    entropy = "q8Zt3LbN0vXc5RmK1sYw7HdJ4fGpEa"
    rest, check = zlib.crc32(entropy.encode()), ""
    while rest:
        rest, digit = divmod(rest, 62)
        check = BASE62[digit] + check
    return Values(f"ghp_{entropy}{check:0>6}")


@dataclass
class Server:
    """A server process in a directory of its own, into which it writes its files too."""

    command: list[str]
    directory: Path
    environment: Mapping[str, str]
    port: int

    def __post_init__(self) -> None:
        self.sources = {path.name for path in self.directory.iterdir()}
        with open(self.directory / "stdout", "wb") as out, open(self.directory / "stderr", "wb") as err:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.directory,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        # Whatever it has left behind; mostly there is nothing.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ready(self) -> Self:
        """Wait until it takes connections."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process.poll() is None, self.written()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"it does not come up:\n{self.written()}")

    def wait(self, sign: str = "", times: int = 1) -> Self:
        """Wait until it has ended, or has written something so many times."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if (sign and self.written().count(sign) >= times) or self.process.poll() is not None:
                return self
            time.sleep(0.02)
        raise AssertionError(f"it does not end, nor write {sign!r}:\n{self.written()}")

    def get(self, path: str, *, body: bytes | None = None, **headers: str) -> int:
        """Ask for a path (with a body: POST JSON to it); return the status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            connection.request("GET" if body is None else "POST", path, body, sent)
            response = connection.getresponse()
            response.read()
            return response.status
        finally:
            connection.close()

    def raw(self, request: str) -> None:
        """Send anything, and read what comes back."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            connection.sendall(request.encode())
            connection.settimeout(2)
            # Until the server closes; one that keeps the connection open has answered by then.
            with contextlib.suppress(OSError):
                while connection.recv(4096):
                    pass

    def written(self) -> str:
        """All it has written: standard output and error, and files."""
        files = [path for path in sorted(self.directory.rglob("*")) if path.is_file() and path.suffix != ".pyc"]
        return "\n".join(
            path.read_bytes().decode("utf-8", "backslashreplace") for path in files if path.name not in self.sources
        )


@pytest.fixture
def server(tmp_path: Path, values: Values, compiled: None) -> Iterator[Callable[..., Server]]:
    """Start a server: from its files and its command, in which ``PORT`` stands for the port, as in the files.

    Without ``logscrub``, all lines of the files in which that word occurs are left out.
    """

    def make(files: Mapping[str, str], *command: str, logscrub: bool, **environment: str) -> Server:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        directory = tmp_path / f"{'with' if logscrub else 'without'}-{port}"
        directory.mkdir()
        for name, text in files.items():
            if not logscrub:
                text = re.sub(r"^.*logscrub.*\n", "", text, flags=re.MULTILINE)
            (directory / name).write_text(text.replace("PORT", str(port)), "utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        extra = {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "TOKEN": values.token, "PASSWORD": values.password}
        words = [word.replace("PORT", str(port)) for word in command]
        made = Server([sys.executable, "-m", *words], directory, {**kept, **extra, **environment}, port)
        running.callback(made.__exit__)
        return made

    with contextlib.ExitStack() as running:
        yield make


@pytest.fixture
def page() -> Callable[[str], dict[str, str]]:
    """The files a page of the documentation shows, by name; ``8000`` in them stands for the port."""

    def read(name: str) -> dict[str, str]:
        text = (ROOT / "docs" / "integrations" / f"{name}.md").read_text("utf-8")
        blocks = re.findall(r"^```python\n(# ([\w.]+\.py)\n.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
        assert blocks
        return {file: code.replace("8000", "PORT") for code, file in blocks}

    return read


# Programs the tests run.
collect_ignore = ["celery_site.py", "dictconfig_service.py", "django_site.py"]
