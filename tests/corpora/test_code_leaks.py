"""How many real leaks the code auditor finds, how quiet it is elsewhere, and whether it understands the fixes.

The rows and the copies of the repositories lie beside the repository, not in it; elsewhere all of this is skipped, and the
summary says so. ``LOGSCRUB_MIRRORS`` names the directory of the copies, as ``owner+name/repo`` or ``owner/name``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import _corpora as corpora
import code_audit
import pytest
from _code import Leak, Logscrub, count_lines, extract
from accuracy import Share

ROWS = corpora.CORPORA / "code_leaks.jsonl"
MIRRORS = Path(os.environ.get("LOGSCRUB_MIRRORS", ""))

# As measured; better may be written here, worse may not.
COMMITS = 0.51
COMMITS_WITH_BULK = 0.72
OTHERS_PER_KLOC = 0.46
STILL_FOUND = 0.05
# Rows whose files must be there, or the shares are not those of the corpus.
ROWS_READ = 0.95

pytestmark = [
    pytest.mark.skipif(not ROWS.is_file(), reason=f"the list of real leaks is not here: {ROWS}"),
    pytest.mark.skipif(
        "LOGSCRUB_MIRRORS" not in os.environ, reason="LOGSCRUB_MIRRORS does not name copies of the repositories"
    ),
    pytest.mark.timeout(900),
]


def share(of: Share) -> float:
    return of.part / of.whole


@pytest.fixture(scope="module")
def leaks(tmp_path_factory: pytest.TempPathFactory) -> list[Leak]:
    return extract(corpora.read(ROWS), MIRRORS, tmp_path_factory.mktemp("leaks"))


@pytest.fixture(scope="module")
def levels(leaks: list[Leak], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, code_audit.Level]]:
    cache = tmp_path_factory.mktemp("cache")
    cache.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGSCRUB_CACHE_DIR", str(cache))
        files = code_audit.files(leaks)
        yield {bulk: code_audit.score(leaks, Logscrub(bulk=bulk).find(files)) for bulk in (False, True)}


def test_the_rows_are_there(leaks: list[Leak]) -> None:
    missing = [leak.commit for leak in leaks if leak.before is None]
    assert len(missing) <= (1 - ROWS_READ) * len(leaks), missing


def test_leaks_are_found(levels: dict[bool, code_audit.Level]) -> None:
    assert share(levels[False].commits["all"]) >= COMMITS
    assert share(levels[True].commits["all"]) >= COMMITS_WITH_BULK


def test_little_else_is_found(leaks: list[Leak], levels: dict[bool, code_audit.Level]) -> None:
    lines = count_lines(code_audit.sources(leaks))
    assert 1000 * levels[False].others / lines <= OTHERS_PER_KLOC


def test_fixes_are_understood(levels: dict[bool, code_audit.Level]) -> None:
    assert share(levels[False].after_found) <= STILL_FOUND
