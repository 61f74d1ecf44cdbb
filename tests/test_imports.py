"""What a service pays for: which modules the emit path loads."""

from __future__ import annotations

import os
import subprocess
import sys

HEAVY = (
    "presidio_analyzer",
    "spacy",
    "click",
    "rich",
    "tomllib",
    "loguru",
    "numpy",
    "pandas",
    "fsspec",
    "dask",
    "hypothesis",
)


def _run(program: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_loads_next_to_nothing() -> None:
    """``import logscrub`` alone loads one small module of ours and no dependency."""
    loaded = _run(
        "import sys, logscrub; print(*(n for n in sys.modules if n.partition('.')[0] in ('logscrub', 'regex', 'hyperscan')))"
    )
    assert loaded.split() == ["logscrub._version", "logscrub"] or set(loaded.split()) == {
        "logscrub",
        "logscrub._version",
    }


def test_installing_loads_nothing_heavy() -> None:
    """``install()`` on a warm cache, and a record with a secret, load no parser, no terminal library, no model."""
    program = f"""
import io, logging, sys, logscrub
logscrub.install()
out = io.StringIO()
logging.basicConfig(stream=out)
logging.getLogger("x").warning("password=%s", "hunter2")
assert "hunter2" not in out.getvalue(), out.getvalue()
assert "[password]" in out.getvalue(), out.getvalue()
print(*sorted({{name.partition(".")[0] for name in sys.modules}} & set({HEAVY!r})))
"""
    _run(program)  # the first run may have to compile the rules
    assert _run(program).split() == []


def test_the_code_rooms_stay_out_of_a_service() -> None:
    """Neither the command line nor the scanner is loaded by a service."""
    loaded = _run(
        "import sys, logscrub; logscrub.install(); print(*(n for n in sys.modules if n.startswith('logscrub.')))"
    ).split()
    assert not [
        name
        for name in loaded
        if name.startswith(("logscrub.cli", "logscrub.audit", "logscrub.report", "logscrub.sources"))
    ]
