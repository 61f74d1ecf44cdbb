"""The command line, in this process and as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from logscrub.cli import main

PACK = """
[[rule]]
id = "test-token"
title = "Test token"
category = "secret.test"
severity = "high"
regex = '(?<![a-z0-9_])tst_[a-z0-9]{8}(?![a-z0-9])'
tags = ["cwe-532"]
examples = ["tst_ab12cd34"]
counterexamples = ["tst_short"]
"""


@dataclass
class Done:
    """How a run of the command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(scope="session")
def kept_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack at a place of its own: rules are kept by where packs lie, so they are read from TOML once."""
    path = tmp_path_factory.mktemp("packs") / "pack.toml"
    path.write_text(PACK)
    return path


@pytest.fixture(autouse=True)
def plain_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept_pack: Path) -> None:
    """Run in an empty directory, in a terminal-less world of 100 columns, with no configuration but the test's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "LOGSCRUB_KEY"):
        monkeypatch.delenv(name, raising=False)
    Path("pack.toml").write_text(PACK)
    Path("logscrub.toml").write_text(
        f'packs = ["{kept_pack.as_posix()}"]\nselect = ["test-token", "password", "pem-private-key"]\n'
    )


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process."""

    def run(*arguments: str | Path) -> Done:
        code = main([os.fspath(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run


@pytest.fixture
def start() -> Start:
    """Start the command as a process; pipes for all three streams."""

    def start(*arguments: str | Path, **options: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "logscrub", *map(os.fspath, arguments)]
        streams: dict[str, object] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        # A run started in the background has SIGINT ignored, and its children would inherit that.
        streams["preexec_fn"] = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        return subprocess.Popen(command, **{**streams, **options})  # type: ignore[call-overload, no-any-return]

    return start
