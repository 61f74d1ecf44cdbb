"""A Django site: nothing it logs, mails or shows on its debug page holds a value that is sensitive."""

from __future__ import annotations

import json
import os
import quopri
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("django")

SITE = Path(__file__).with_name("django_site.py")
COLUMN = "tangerine"
KNOWN = {
    "token": "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",
    "password": "Tr0ub4dor-3xyz",
    "column": COLUMN,
    "setting": "harbour-kestrel-5",
    "otp": 739104,
    "link": "c8z1pf-plainlooking",
}


def run(place: Path, mode: str) -> dict[str, str]:
    """Run the site; return everything it wrote, by file."""
    out = place / mode
    (out / "mails").mkdir(parents=True)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", str(SITE), str(out), mode],
        capture_output=True, text=True, env=environment, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    written = {"stdout": done.stdout, "stderr": done.stderr}
    for path in out.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            written[str(path.relative_to(out))] = (data + quopri.decodestring(data)).decode("utf-8", "replace")
    return written


def leaks(written: dict[str, str], *values: str) -> set[tuple[str, str]]:
    return {(name.partition("/")[0], value) for name, text in written.items() for value in values if value in text}


def test_site(tmp_path: Path, compiled: None) -> None:
    values = [*map(str, KNOWN.values()), COLUMN.encode().hex().upper()]
    (tmp_path / "values.json").write_text(json.dumps(KNOWN))
    with ThreadPoolExecutor() as pool:
        bare, with_app, by_filter = pool.map(run, [tmp_path] * 3, ["none", "app", "filter"])
    session = (tmp_path / "session-none").read_text()
    found = leaks(bare, *values, session)
    for value in (*values, session):
        assert ("all.log", value) in found
        assert ("stdout", value) in found
    assert {"mails", "page.html", "page.txt"} <= {name for name, _ in found}

    session = (tmp_path / "session-app").read_text()
    assert leaks(with_app, *values, session) == set()
    assert {"mails", "page.html", "page.txt"} <= {name.partition("/")[0] for name in with_app}
    assert with_app["stdout"].count("\n") > 50
    assert "done" in with_app["stdout"]
    assert 'UPDATE "auth_user"' in with_app["stdout"] or 'INSERT INTO "auth_user"' in with_app["stdout"]
    assert '("label", "api_token", "pin", "secret", "config") VALUES (' in with_app["stdout"]

    # The filter of error reports alone.
    reports = {name: text for name, text in by_filter.items() if name.startswith(("mails", "page"))}
    assert len(reports) > 2
    assert leaks(reports, *values) == set()
