"""Installing, uninstalling, counting; threads and processes."""

from __future__ import annotations

import io
import logging
import multiprocessing
import os
import sys
import threading
import warnings

import pytest

from logscrub.emit.installation import install
from logscrub.errors import ConfigError
from logscrub.policy import Policy


def patched() -> list[object]:
    return [
        logging.Handler.__dict__["format"],
        logging.Handler.__dict__["handle"],
        logging.Handler.__dict__["handleError"],
        logging.Handler.__dict__["__init__"],
        logging.Logger.__dict__["addHandler"],
        sys.excepthook,
        threading.excepthook,
        sys.unraisablehook,
        warnings.formatwarning,
    ]


def test_uninstall_restores_everything() -> None:
    class Own(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            return True

    before = [*patched(), Own.__dict__["handle"]]
    installation = install()
    during = [*patched(), Own.__dict__["handle"]]
    installation.uninstall()
    installation.uninstall()
    assert all(a is not b for a, b in zip(before, during, strict=True))
    assert [*patched(), Own.__dict__["handle"]] == before


def test_install_twice_is_one_installation(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    first = install()
    with install() as second:
        assert second is first
    logger.info(token)
    assert token not in stream.getvalue(), "leaving the inner with must not end the outer installation"
    first.uninstall()
    assert not first.active


def test_another_policy_is_refused() -> None:
    with install():
        with pytest.raises(ConfigError, match=r"uninstall\(\)"):
            install(Policy(select=("secret",)))
        assert install(Policy()).active, "the default policy, written out, is the same policy"
    install().uninstall()


def test_install_again_after_uninstall(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    install().uninstall()
    with install():
        logger.info(token)
    logger.info("raw " + token)
    lines = stream.getvalue().splitlines()
    assert token not in lines[0]
    assert lines[1] == "raw " + token


def test_someone_patches_on_top(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    """Theirs stays in place and works; ours under it passes everything through."""
    original = logging.Handler.format
    installation = install()
    ours = logging.Handler.format
    calls = []

    def theirs(self: logging.Handler, record: logging.LogRecord) -> str:
        calls.append(record)
        return ours(self, record)

    logging.Handler.format = theirs  # type: ignore[method-assign]
    try:
        logger.info(token)
        installation.uninstall()
        assert logging.Handler.format is theirs
        logger.info(token)
    finally:
        logging.Handler.format = original  # type: ignore[method-assign]
    assert len(calls) == 2
    scrubbed, raw = stream.getvalue().splitlines()
    assert token not in scrubbed
    assert raw == token


def test_stats(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    with install() as installation:
        for _ in range(3):
            logger.info("clean")
        logger.info("token %s", token)
        stats = installation.stats()
        again = installation.stats()
    assert stats == again
    assert (stats["seen"], stats["changed"], stats["errors"]) == (4, 1, 0)
    assert sum(stats["by_rule"].values()) == 1


def test_sixteen_threads_lose_nothing(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(record)

    kept: list[logging.LogRecord] = []
    logger.addHandler(Keep())

    def work(number: int) -> None:
        for turn in range(100):
            logger.info("thread %d turn %d token %s", number, turn, token)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    with install() as installation:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        stats = installation.stats()
    lines = stream.getvalue().splitlines()
    assert len(lines) == len(set(lines)) == len(kept) == 1600
    assert token not in stream.getvalue()
    assert all(token not in record.getMessage() for record in kept)
    assert {record.args[:2] for record in kept if isinstance(record.args, tuple)} == {
        (number, turn) for number in range(16) for turn in range(100)
    }
    assert (stats["seen"], stats["errors"]) == (3200, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_fork(logger: logging.Logger, token: str) -> None:
    read, write = os.pipe()
    with install():
        child = os.fork()
        if not child:
            try:
                with os.fdopen(write, "w") as out:
                    logger.handlers = [logging.StreamHandler(out)]
                    logger.info("in the child: %s", token)
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read) as source:
            text = source.read()
        os.waitpid(child, 0)
    assert text.startswith("in the child: ")
    assert token not in text


def in_spawned(token: str, answer: str) -> None:
    out = io.StringIO()
    made = logging.getLogger("spawned")
    made.addHandler(logging.StreamHandler(out))
    made.error("token %s", token)
    with open(answer, "w", encoding="utf-8") as file:
        file.write(out.getvalue())


def test_spawned_worker_needs_the_call(token: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spawned worker starts without the installation; sitecustomize brings it."""
    path = f"{tmp_path}/site"
    os.mkdir(path)
    with open(f"{path}/sitecustomize.py", "w", encoding="utf-8") as file:
        file.write("from logscrub.emit.installation import install\ninstall()\n")
    answers = []
    for extra in ([], [path]):
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*extra, *filter(None, sys.path)]))
        worker = multiprocessing.get_context("spawn").Process(target=in_spawned, args=(token, f"{tmp_path}/answer"))
        worker.start()
        worker.join(60)
        with open(f"{tmp_path}/answer", encoding="utf-8") as file:
            answers.append(file.read())
    assert token in answers[0]
    assert answers[1]
    assert token not in answers[1]
