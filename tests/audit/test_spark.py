"""The recipe of ``docs/spark.md`` finds what a scan finds. It needs PySpark, which is too large for the test group:

pip install pyspark && python -m pytest tests/audit/test_spark.py
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from logscrub.audit import scan
from logscrub.findings import ScanResult
from logscrub.policy import Policy
from logscrub.report import FORMATS, Options

ROOT = Path(__file__).resolve().parent.parent.parent
POLICY = Policy(key=b"0123456789abcdef")
DRIVER = """
import json, sys
from pyspark.sql import SparkSession
import spark_scan
from logscrub import Policy
from logscrub.report import FORMATS, Options

with SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate() as session:
    result = spark_scan.scan(session, sys.argv[1:], Policy(key=b"0123456789abcdef"))
FORMATS["json"](result, sys.stdout, Options())
"""

pytestmark = [
    pytest.mark.skipif(find_spec("pyspark") is None, reason="docs/spark.md is not tested: there is no pyspark"),
    pytest.mark.skipif(shutil.which("java") is None, reason="docs/spark.md is not tested: there is no java"),
]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A file of several shards, small ones, one that is packed, and one that is damaged."""
    root = tmp_path / "logs"
    root.mkdir()
    drawn = random.Random(7)
    lines = [f"2026-03-04 10:00:00 INFO jobs: number {drawn.randint(0, 10**6)} is done\n" for _ in range(500_000)]
    for _ in range(300):
        lines[drawn.randrange(len(lines))] = f"mail user{drawn.randint(0, 99)}@example-mail.com password=hunter2-x\n"
    (root / "large.log").write_text("".join(lines))
    for number in range(40):
        (root / f"{number}.log").write_text("".join(drawn.sample(lines, 20)) + "otp=257558\n")
    packed = gzip.compress("".join(lines[:5000]).encode() + b"password=hunter2-x\n")
    (root / "packed.log.gz").write_bytes(packed)
    (root / "cut.log.gz").write_bytes(packed[:-900])
    return root


def said(result: ScanResult, path: Path) -> dict[str, Any]:
    with path.open("w", encoding="utf-8") as stream:
        FORMATS["json"](result, stream, Options())
    return json.loads(path.read_text("utf-8"))


def comparable(report: dict[str, Any]) -> dict[str, Any]:
    del report["tool"], report["started"], report["key_id"], report["summary"]["seconds"]
    return report


@pytest.mark.timeout(280)
def test_spark_finds_what_a_scan_finds(logs: Path, tmp_path: Path) -> None:
    (recipe,) = re.findall(
        r"```python\n(# spark_scan\.py\n.*?)```", (ROOT / "docs/spark.md").read_text("utf-8"), re.DOTALL
    )
    (tmp_path / "spark_scan.py").write_text(recipe)
    (tmp_path / "driver.py").write_text(DRIVER)
    environment = {
        **os.environ,
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    done = subprocess.run(
        [sys.executable, str(tmp_path / "driver.py"), str(logs)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expected = said(scan(str(logs), policy=POLICY), tmp_path / "expected.json")
    assert expected["summary"]["occurrences"] > 600
    assert [one["reason"] for one in expected["errors"]] == ["gzip data ends early, what was readable was read"]
    assert comparable(json.loads(done.stdout)) == comparable(expected)
