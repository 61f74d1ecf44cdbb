"""Logging configured from dictionaries and files: before or after, again and again, nothing sensitive is written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SERVICE = Path(__file__).with_name("dictconfig_service.py")
MODES = ("none", "filter", "formatter", "after", "before", "line")
FILES = {"stdout", "stderr", "run=one.log", "run=two.log", "rows.log", "raw.log", "processor.log"}
LATER = {"again.log", "ini.log", "basic.log"}


def test_service(tmp_path: Path, values: Any, compiled: None) -> None:
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, str(SERVICE), str(tmp_path), *MODES],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": path, "TOKEN": values.token, "PASSWORD": values.password},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    written = {mode: {path.name: path.read_text("utf-8") for path in (tmp_path / mode).iterdir()} for mode in MODES}

    bare = written.pop("none")
    assert set(bare) == FILES | LATER
    for name, text in bare.items():
        assert (values.token in text, values.password in text) == (True, True), name
    for mode, files in written.items():
        missing = {"raw.log"} if mode == "formatter" else set()
        later = set() if mode in ("filter", "formatter") else LATER
        assert set(files) == FILES - missing | later, mode
        for name, text in files.items():
            assert values.token not in text, (mode, name)
            assert values.password not in text, (mode, name)
            assert "[password]" in text, (mode, name)
            # A handler that keeps records sees what formatters before it left in them; so its messages are not counted.
            word = "'msg'" if name == "raw.log" else "connecting"
            assert text.count(word) == bare[name].count(word) or mode in ("filter", "formatter"), name
            assert "record not shown" not in text
