"""Scanning on a real Dask cluster of processes."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from logscrub.audit import scan
from logscrub.audit.cluster import _Pool
from logscrub.audit.run import Failed, Runner
from logscrub.errors import SourceError
from logscrub.findings import ScanResult
from logscrub.policy import Policy

distributed = pytest.importorskip("distributed")
# Its own worker processes and sockets are closed by its own finalizers.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(240)]
POLICY = Policy(key=b"0123456789abcdef")


@pytest.fixture(scope="module")
def cluster() -> Iterator[distributed.LocalCluster]:
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 2}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("logs")
    drawn = random.Random(2)
    for number in range(3):
        lines = [f"2026-03-04 10:00:00 INFO job {drawn.randint(0, 10**6)} is done, nothing else\n"] * 250_000
        for _ in range(300):
            lines[drawn.randrange(len(lines))] = (
                f"mail user{drawn.randint(0, 99)}@example-mail.com password=hunter2-x\n"
            )
        (root / f"{number}.log").write_text("".join(lines))
    (root / "binary").write_bytes(bytes(range(256)) * 500)
    return str(root)


def comparable(result: ScanResult) -> ScanResult:
    return replace(result, elapsed=0, started="", inputs=())


def test_a_cluster_finds_what_one_process_finds_though_a_worker_is_killed(
    cluster: distributed.LocalCluster, logs: str
) -> None:
    expected = comparable(scan(logs, policy=POLICY))
    assert comparable(scan(logs, policy=POLICY, cluster=cluster.scheduler_address)) == expected
    killed: list[int] = []

    def kill() -> None:
        time.sleep(0.1)
        pid = next(iter(cluster.workers.values())).process.pid
        os.kill(pid, signal.SIGKILL)
        killed.append(pid)

    killer = threading.Thread(target=kill)
    killer.start()
    result = scan(logs, policy=POLICY, cluster=cluster.scheduler_address)
    killer.join()
    assert killed
    assert comparable(result) == expected


def poisoned(task: int) -> int:
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def test_a_task_that_kills_every_worker_is_told(cluster: distributed.LocalCluster) -> None:
    with distributed.Client(cluster) as client:
        runner: Runner[int, int] = Runner(
            lambda pool, task: pool.submit(poisoned, task),
            lambda: _Pool(client.get_executor(pure=False)),
            width=2,
            hopeless=(distributed.KilledWorker,),
        )
        done = list(runner.run(range(8)))
    failed = [one for one in done if isinstance(one, Failed)]
    assert [(one.task, one.reason) for one in failed] == [(3, "failed with KilledWorker")]
    assert sorted(one[0] for one in done if not isinstance(one, Failed)) == [0, 1, 2, 4, 5, 6, 7]


def test_nobody_at_the_address_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("logscrub.audit.cluster._CONNECT", 1.0)
    (tmp_path / "a.log").write_text("x\n")
    with pytest.raises(SourceError, match=r"--cluster tcp://127.0.0.1:9: no scheduler answers there"):
        scan(tmp_path, policy=POLICY, cluster="tcp://127.0.0.1:9")
