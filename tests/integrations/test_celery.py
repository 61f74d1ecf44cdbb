"""Celery workers: nothing they log of tasks, their arguments, results and errors holds a value that is sensitive."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("celery")

HERE = Path(__file__).parent
PATIENCE = 40
KINDS = {
    "bare": ["--pool=prefork", "-l", "DEBUG", "-E", "-B", "-s", "OUT/../schedule"],
    "prefork": ["--pool=prefork", "-l", "DEBUG", "-E", "-B", "-s", "OUT/../schedule", "-f", "OUT/%n%I.log"],
    "threads": ["--pool=threads", "-l", "DEBUG"],
    "solo": ["--pool=solo", "-l", "DEBUG", "-Q", "celery"],  # what leaves a task ends a worker that has no pool
}


def environment(place: Path, values: Any) -> dict[str, str]:
    path = os.pathsep.join([str(HERE), *filter(None, sys.path)])
    own = {"PLACE": str(place), "TOKEN": values.token, "PASSWORD": values.password, "PYTHONPATH": path}
    return {**os.environ, **own, "C_FORCE_ROOT": "1"}


class Worker:
    """A worker with a queue of its own."""

    def __init__(self, place: Path, kind: str, values: Any) -> None:
        self.out = place / kind / "out"
        self.out.mkdir(parents=True)
        shutil.copytree(place / "queue", place / kind / "queue")
        covered = {} if kind == "bare" else {"LOGSCRUB": "1"}
        hijack = {"HIJACK": "0"} if kind == "threads" else {}
        self.words = [word.replace("OUT", str(self.out)) for word in KINDS[kind]]
        with open(self.out / "stdout", "wb") as out, open(self.out / "stderr", "wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "celery_site", "worker", "-c", "2", *self.words],
                env={**environment(place / kind, values), **covered, **hijack}, stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=place,
                start_new_session=True,
            )  # fmt: skip

    def written(self) -> str:
        return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in sorted(self.out.iterdir()))

    def wait(self) -> None:
        end = time.monotonic() + PATIENCE
        signs = {"the end", *(["Current schedule"] if "-B" in self.words else [])}
        while any(sign not in self.written() for sign in signs):
            assert self.process.poll() is None, self.written()[-3000:]
            assert time.monotonic() < end, self.written()[-3000:]
            time.sleep(0.1)
        self.process.terminate()

    def kill(self) -> None:
        """End what is left of it and of its children; often nothing is."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def test_workers(tmp_path: Path, values: Any, compiled: None) -> None:
    (tmp_path / "queue").mkdir()
    subprocess.run(
        [sys.executable, "-c", "import celery_site; celery_site.send()"],
        env=environment(tmp_path, values), check=True, timeout=PATIENCE,
    )  # fmt: skip
    workers = {kind: Worker(tmp_path, kind, values) for kind in KINDS}
    try:
        for worker in workers.values():
            worker.wait()
        for worker in workers.values():
            worker.process.wait(PATIENCE)
        written = {kind: worker.written() for kind, worker in workers.items()}
    finally:
        for worker in workers.values():
            worker.kill()

    bare = written.pop("bare")
    secrets = (values.token, values.password, "739104")
    for secret in secrets:
        assert secret in bare
    assert f"('jane', '{values.password}', 739104)" in bare
    assert "Current schedule" in bare
    assert "Current schedule" in written["prefork"]
    for kind, text in written.items():
        assert [secret for secret in secrets if secret in text] == [], kind
        assert "('jane', '[password]', '[one-time-code]')" in text, kind
        assert "to be done: celery_site.login('joe', '[password]', '[one-time-code]')" in text, kind
        assert "the end" in text
        assert "logscrub: record not shown" not in text
