"""Faults in every part of the filter: nothing reaches the application, nothing raw comes out, everything is counted."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from keeping import Keep

from logscrub.detect.detector import Detector
from logscrub.detect.fields import FieldDetector
from logscrub.detect.keys import Lexicon
from logscrub.detect.markers import Markers
from logscrub.detect.shapes import ShapeRule
from logscrub.emit import observe, record, rings
from logscrub.emit.installation import install
from logscrub.known.registry import Registry
from logscrub.policy import Policy
from logscrub.redact import Redactor
from logscrub.scrubber import Scrubber
from logscrub.structure import Walk

PARTS: dict[str, tuple[Any, str]] = {
    "gate": (Detector, "_scan_all"),
    "confirming": (Detector, "confirm"),
    "a rule": (ShapeRule, "find"),
    "key names": (FieldDetector, "find"),
    "the lexicon": (Lexicon, "_judge"),
    "values": (FieldDetector, "_convincing"),
    "markers": (Markers, "spare"),
    "the redactor": (Redactor, "settle"),
    "a marker": (Redactor, "marker"),
    "structures": (Walk, "value"),
    "text": (Scrubber, "scrub_text"),
    "anything": (Scrubber, "scrub"),
    "matches": (Scrubber, "counted"),
    "known values": (Registry, "scan"),
    "records": (record.Cleaner, "_scrubbed"),
    "the books": (observe.Meter, "_note"),
    "control characters": (rings, "neutral_record"),
    "exception copies": (record, "stand_in"),
}
FAULTS = (MemoryError, TimeoutError)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("part", list(PARTS))
def test_fault(
    logger: logging.Logger,
    stream: io.StringIO,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    token: str,
    part: str,
    fault: type[Exception],
) -> None:
    """A clean record, one with a secret, one with everything; to a text handler and to one that looks into records."""
    from logscrub import forget, protect

    keep = Keep()
    logger.addHandler(keep)
    protect("kx-plain-value-of-mine", name="known")
    called = []

    def fail(*args: object, **options: object) -> None:
        called.append(1)
        raise fault(f"secret in the message: {token}")

    owner, name = PARTS[part]
    with install() as installation:
        logger.info("hello", extra={"more": 1})  # what is loaded when first used is there
        monkeypatch.setattr(owner, name, fail)
        if part == "the lexicon":
            installation.scrubber.detector.fields.lexicon.judge = fail  # type: ignore[assignment]
        if part == "gate":
            installation._engine.scrubber._scan = fail  # type: ignore[assignment]
        try:
            logger.info("all well with order %d", 7)
            logger.info("password=%s", "Tr0ub4dor-3xyz")
            logger.info("user=%s password=%s", "bob", f"{token}\n x", extra={"pin": 1234, "deep": {"token": [token]}})
            try:
                raise ValueError(f"lost {token} kx-plain-value-of-mine")
            except ValueError:
                logger.exception("failed with %s", {"password": token})
            logger.info("one %s two %s", *[token])
        finally:
            stats = installation.stats()
            monkeypatch.undo()
    forget(name="known")
    written = stream.getvalue() + "".join(repr(vars(one)) + str(one.exc_text) for one in keep.records)
    written += capsys.readouterr().err
    assert token not in written
    assert "Tr0ub4dor" not in written
    assert called, f"{name} is not used: this test would show nothing"
    assert len(keep.records) == 6
    assert stats["errors"] > 0
    assert "[logscrub: " in written


def test_timeout(logger: logging.Logger, stream: io.StringIO) -> None:
    with install(Policy(time_limit=1e-6)) as installation:
        logger.info("%s", "card 4111111111111111 and password=hunter2 " * 2000)
        assert installation.stats()["errors"] == 1
    assert stream.getvalue() == "[logscrub: not shown (TimeoutError)]\n"


PROGRAM = """
import logging, os, shutil, sys
logging.basicConfig(stream=sys.stdout, format="%(message)s")
import logscrub
# A few rules: what the cache holds is made anew each time, and to make it of all rules takes seconds.
installation = logscrub.install(logscrub.Policy(select=("github-token", "payment-card", "email", "iban")))
if os.environ["MODE"] == "removed":
    shutil.rmtree(os.environ["LOGSCRUB_CACHE_DIR"], ignore_errors=True)
token = "ghp_q8Zt3LbN0vXc5RmK1s" + "Yw7HdJ4fGpEa1nSDlj"
logging.error("first %s", token)
logging.error("card %s, mail %s", 4111111111111111, "bob@example.com", extra={"a": {"iban": "DE89370400440532013000"}})
print(installation.stats()["errors"])
"""


@pytest.mark.parametrize("mode", ["removed", "a file", "read only", "rubbish"])
def test_cache_gone(tmp_path: Path, token: str, mode: str) -> None:
    """Without its cache it only starts more slowly."""
    cache = tmp_path / "cache"
    if mode == "a file":
        cache.write_text("")
    else:
        cache.mkdir(mode=0o500 if mode == "read only" else 0o700)
    if mode == "rubbish":
        for number in range(3):
            (cache / f"rules-{number}").write_bytes(b"\0" * 100)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "LOGSCRUB_CACHE_DIR": str(cache),
            "MODE": mode,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert token not in done.stdout + done.stderr
    assert done.stdout.splitlines()[0] == "first [github-token]"
    assert done.stdout.splitlines()[-1] == "0"


def test_fault_in_a_patch_of_others(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    """A formatter of the application's that fails is reported as ever, without the value."""

    class Broken(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            raise ValueError(record.getMessage())

    logger.handlers[0].setFormatter(Broken())
    said: list[str] = []

    def run(write: Callable[[str], object]) -> None:
        with install() as installation:
            logger.info("token %s", token)
            write(str(installation.stats()["errors"]))

    run(said.append)
    assert said == ["0"]
    assert stream.getvalue() == ""
