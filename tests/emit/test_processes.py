"""Workers of ``multiprocessing``: each way to start them, what they log and how they die."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import concurrent.futures, logging, multiprocessing, sys
TOKEN, KNOWN = sys.argv[3], "kx-" + "plain-value-of-mine"

def work(token):
    logging.basicConfig(force=True)
    logging.error("worker got %s and %s", token, KNOWN)
    return len(logging.root.handlers)

def crash(token):
    raise ValueError(f"worker lost {token}")

if __name__ == "__main__":
    import logscrub
    if sys.argv[2] == "on":
        logscrub.protect(KNOWN, name="known")
        installation = logscrub.install(on_match=lambda event: None)
    context = multiprocessing.get_context(sys.argv[1])
    for target in (work, crash):
        process = context.Process(target=target, args=(TOKEN,))
        process.start()
        process.join(30)
        print("exit", process.exitcode, hasattr(process, "_logscrub"))
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        print("pool", pool.submit(work, TOKEN).result(30))
    with context.Pool(1) as pool:
        print("pool", pool.apply(work, (TOKEN,)))
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_worker(tmp_path: Path, token: str, method: str) -> None:
    if method != "spawn" and not hasattr(os, "fork"):
        pytest.skip("no fork here")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)

    def run(switch: str) -> str:
        done = subprocess.run(
            [sys.executable, str(program), method, switch, token],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        return done.stdout + done.stderr

    bare = run("off")
    assert bare.count(token) >= 4
    assert "worker lost " + token in bare
    safe = run("on")
    assert token not in safe
    assert "plain-value-of-mine" not in safe, "registered values go along"
    assert safe.count("worker got ") == 3
    assert "ValueError: worker lost " in safe
    assert "exit 0 False" in safe
    assert "exit 1 False" in safe
    assert safe.count("pool 1") == 2


def test_worker_works_even_if_nothing_can_be_installed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import multiprocessing, sys\n"
        "def work(): print('worked')\n"
        "if __name__ == '__main__':\n"
        "    import logscrub\n"
        f"    logscrub.install(logscrub.Policy(select=('password',), packs=({str(tmp_path / 'gone.toml')!r},)))\n"
        f"    import os; os.remove({str(tmp_path / 'gone.toml')!r})\n"
        "    p = multiprocessing.get_context('spawn').Process(target=work); p.start(); p.join(30)\n"
    )
    (tmp_path / "gone.toml").write_text("")
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert "worked" in done.stdout, done.stderr
    assert "logscrub: not installed in this worker" in done.stderr
