"""Known values in what ``logging`` writes, in files, and on the command line."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from keeping import Keep

import logscrub
from logscrub.cli import main
from logscrub.emit.installation import install

VALUE = "violet-harbour-morning"


@pytest.fixture
def logger() -> logging.Logger:
    root = logging.RootLogger(logging.DEBUG)
    root.manager = logging.Manager(root)
    return root.manager.getLogger(f"service.{VALUE[:3]}")


@pytest.fixture
def installed() -> Iterator[None]:
    with install():
        yield


@pytest.mark.usefixtures("installed")
def test_protected_between_two_records(logger: logging.Logger) -> None:
    stream, keeper = io.StringIO(), Keep()
    logger.addHandler(logging.StreamHandler(stream))
    logger.addHandler(keeper)
    said = f"using {VALUE} for %s"
    record = logger.makeRecord(VALUE, logging.INFO, "f", 1, said, ("x",), None, extra={"pin": 471147, "who": [VALUE]})
    logger.handle(record)
    assert stream.getvalue().count(VALUE) == 1
    logscrub.protect(VALUE)
    logscrub.protect(471147, force=True)
    logger.handle(record)  # the same record, judged anew
    assert stream.getvalue().count(VALUE) == 1
    kept = keeper.records[-1]
    assert VALUE not in str(vars(kept))
    assert "471147" not in str(vars(kept))
    assert (record.msg, record.name) == (said, VALUE)


@pytest.mark.usefixtures("installed")
def test_tracebacks_and_split_arguments(logger: logging.Logger) -> None:
    stream, keeper = io.StringIO(), Keep()
    logger.addHandler(logging.StreamHandler(stream))
    logger.addHandler(keeper)
    logscrub.protect(VALUE)
    try:
        raise ConnectionError(f"no: {VALUE!r}")
    except ConnectionError:
        logger.exception("%s%s", VALUE[:10], VALUE[10:])
    assert VALUE not in stream.getvalue()
    assert VALUE not in keeper.records[0].getMessage()
    assert VALUE not in str(keeper.records[0].exc_info)


def test_filter_and_formatter() -> None:
    logscrub.protect(VALUE)
    record = logging.makeLogRecord({"msg": "%s", "args": (VALUE,)})
    passed = logscrub.ScrubFilter().filter(record)
    assert (passed if isinstance(passed, logging.LogRecord) else record).getMessage() == "[known-value]"
    record = logging.makeLogRecord({"msg": "%s", "args": (VALUE,)})
    assert logscrub.ScrubFormatter().format(record) == "[known-value]"


def test_scan_and_redact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, secrets, clean = tmp_path / "app.log", tmp_path / "secrets", tmp_path / "clean.log"
    log.write_text(f"one\ntwo {VALUE} b\nthree {VALUE.encode().hex()}\n")
    secrets.mkdir()
    (secrets / "db").write_text(VALUE)
    (secrets / "mode").write_text("production")
    assert main(["scan", "--isolated", str(log)]) == 0
    assert main(["scan", "--isolated", "--known", str(secrets), "--format", "json", str(log)]) == 1
    shown = capsys.readouterr()
    assert VALUE not in shown.out
    assert '"rule": "known-value"' in shown.out
    assert '"key": "db"' in shown.out
    assert "not looked for: mode is an everyday word" in shown.err
    assert main(["redact", "--isolated", "--known", str(secrets), "-o", str(clean), str(log)]) == 0
    assert clean.read_text() == "one\ntwo [known-value] b\nthree [known-value]\n"
