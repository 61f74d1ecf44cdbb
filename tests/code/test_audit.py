"""What an audit takes and gives: options, steps, order, memory, processes."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from logscrub import cache
from logscrub.code.audit import CodeOptions, audit_code
from logscrub.code.model import CodeResult, Kind, Sensitivity
from logscrub.model import Severity

START = "import logging\nlog = logging.getLogger(__name__)\n"
PLAIN = CodeOptions(cache=False, jobs=1)


def audited(folder: Path, source: str, **options: object) -> CodeResult:
    path = folder / "app.py"
    path.write_text(START + source)
    return audit_code([path], replace(PLAIN, **options))  # type: ignore[arg-type]


def expressions(result: CodeResult) -> list[str]:
    return [one.expression for one in result.findings]


def test_steps_go_from_the_source_to_the_call(tmp_path: Path) -> None:
    (finding,) = audited(tmp_path, "def f(user):\n    a = user.password\n    b = a\n    log.info('%s', b)\n").findings
    assert [step.place.line for step in finding.steps] == [4, 4, 5, 6] or [
        step.place.line for step in finding.steps
    ] == [4, 5, 6]
    assert finding.steps[-1].place.line == finding.place.line
    assert (finding.kind, finding.function, finding.level, finding.printed) == (Kind.FLOW, "f", "info", "[password]")
    assert finding.fingerprint and finding.fix and finding.message and finding.cwe == (532,)


def test_steps_lead_through_other_files(tmp_path: Path) -> None:
    (tmp_path / "vault.py").write_text("def take(user):\n    return user.password\n")
    (tmp_path / "app.py").write_text(f"from vault import take\n{START}def f(user):\n    log.info('%s', take(user))\n")
    (finding,) = audit_code([tmp_path], PLAIN).findings
    assert {os.path.basename(step.place.path) for step in finding.steps} == {"vault.py", "app.py"}


def test_places_are_counted_in_characters_from_one(tmp_path: Path) -> None:
    (finding,) = audited(tmp_path, "def f(password):\n    if 'äöü𝔭': log.info('ß %s',\n        password)\n").findings
    place = finding.place
    assert (place.line, place.column, place.end_line, place.end_column) == (4, 16, 5, 18)
    assert finding.repair and (finding.repair.place.line, finding.repair.place.column) == (5, 9)


def test_the_inventory_lists_every_call(tmp_path: Path) -> None:
    source = "def f(password, n):\n    log.info('%s of %d', password, n)\n    print(mask(password), 'x')\n    log.debug('came')\n"
    result = audited(tmp_path, source, inventory=True)
    assert [(one.sink, one.level, one.function) for one in result.calls] == [
        ("logging", "info", "f"),
        ("print", "", "f"),
        ("logging", "debug", "f"),
    ]
    first, second, third = result.calls
    assert first.template == "{} of {}" and third.template == "came"
    assert [one.sensitivity for one in first.arguments] == [Sensitivity.SECRET, Sensitivity.METADATA]
    assert [one.sensitivity for one in second.arguments] == [Sensitivity.MASKED]
    assert result.audited == 3 and audited(tmp_path, source).calls == ()


def test_bulk_and_severity(tmp_path: Path) -> None:
    source = "def f(password, config):\n    log.info('%s', password)\n    log.info('%s', config)\n    print(password)\n"
    assert expressions(audited(tmp_path, source)) == ["password", "password"]
    assert audited(tmp_path, source).below == 1
    assert expressions(audited(tmp_path, source, bulk=True)) == ["password", "config", "password"]
    assert expressions(audited(tmp_path, source, min_severity=Severity.HIGH)) == ["password"]
    assert expressions(audited(tmp_path, source, bulk=True, min_severity=Severity.HIGH)) == ["password"]


def test_names_given_by_the_user(tmp_path: Path) -> None:
    source = "def f(password, gizmo):\n    log.info('%s', gizmo)\n    log.info('%s', gnarl(password))\n    out('%s', password)\n"
    assert expressions(audited(tmp_path, source)) == []
    assert expressions(audited(tmp_path, source, sensitive=("gizmo",))) == ["gizmo"]
    assert expressions(audited(tmp_path, source, loggers=("out",))) == ["password"]
    assert expressions(audited(tmp_path, source, loggers=("out",), safe=("password",))) == []
    carried = (
        "def f(password):\n    log.info('%s', str(password))\n    log.info('%s', gnarl(str(password)) + password)\n"
    )
    assert len(audited(tmp_path, carried, sanitizers=("str",)).findings) == 1


def test_tests_and_excluded_paths_are_left_out(tmp_path: Path) -> None:
    leak = f"{START}def f(password):\n    log.info(password)\n"
    for name in (
        "src/app.py",
        "tests/app.py",
        "src/test_app.py",
        ".hidden/app.py",
        "venv/app.py",
        "src/node_modules/a.py",
        "gen/app.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(leak)
    (tmp_path / "venv" / "pyvenv.cfg").touch()

    def names(**options: object) -> list[str]:
        result = audit_code([tmp_path], replace(PLAIN, **options))  # type: ignore[arg-type]
        return sorted(os.path.relpath(one.place.path, tmp_path).replace(os.sep, "/") for one in result.findings)

    assert names() == ["gen/app.py", "src/app.py"]
    assert names(tests=True) == ["gen/app.py", "src/app.py", "src/test_app.py", "tests/app.py"]
    assert names(exclude=("gen",)) == names(exclude=("gen/*",)) == names(exclude=("gen/app.py",)) == ["src/app.py"]
    (tmp_path / "named.txt").write_text(leak)
    assert len(audit_code([tmp_path / "named.txt", tmp_path / "src" / "test_app.py"], PLAIN).findings) == 2


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_text(f"{START}def f(password):\n    log.info(password)\n")
    result = audit_code([path, tmp_path, path], PLAIN)
    assert (result.files, len(result.findings)) == (1, 1)


def test_a_filter_of_ours_lowers_the_severity_and_is_told(tmp_path: Path) -> None:
    source = "def f(password):\n    log.info('%s', password)\n    print(password)\n"
    (tmp_path / "main.py").write_text("import logscrub\nlogscrub.install()\n")
    alone = audited(tmp_path, source)
    path = tmp_path / "app.py"
    together = audit_code([tmp_path], PLAIN)
    assert [(one.severity, one.note) for one in alone.findings] == [(Severity.HIGH, ""), (Severity.MEDIUM, "")]
    logged = next(one for one in together.findings if one.place.path == str(path) and one.place.line == 4)
    assert logged.severity == Severity.MEDIUM and "filter" in logged.note


def test_comments_and_their_reasons(tmp_path: Path) -> None:
    result = audited(
        tmp_path, "def f(password):\n    log.info(password)  # logscrub: ok(a word of a game)\n    log.info(password)\n"
    )
    assert [one.place.line for one in result.findings] == [5]
    assert [(one.finding.place.line, one.reason, one.by) for one in result.suppressed] == [
        (4, "a word of a game", "comment")
    ]


def test_progress_tells_of_every_file(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"m{number}.py").write_text(f"{START}log.info(password)\n")
    told: list[tuple[str, int, int]] = []
    audit_code([tmp_path], PLAIN, lambda *one: told.append(one))
    assert [(os.path.basename(path), done, total) for path, done, total in told] == [
        (f"m{n}.py", n + 1, 5) for n in range(5)
    ]


def test_an_interrupt_leaves_what_was_found(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"m{number}.py").write_text(f"{START}log.info(password)\n")

    def stop(_path: str, done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    result = audit_code([tmp_path], PLAIN, stop)
    assert result.interrupted and 1 <= len(result.findings) < 5


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project large enough for several processes; its files lean on one another."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "vault.py").write_text("def take(user):\n    return user.password\n")
    for number in range(230):
        (folder / f"m{number:03}.py").write_text(
            f"from vault import take\n{START}def f(user, password, config):\n    log.info('%s', take(user))\n"
            f"    log.info('%s', config)\n    print({'password' if number % 3 else 'len(password)'})\n"
            + ("def g(:\n" if number % 50 == 7 else "")
        )
    return folder


def test_the_number_of_processes_changes_nothing(tree: Path) -> None:
    results = [audit_code([tree], CodeOptions(bulk=True, inventory=True, cache=False, jobs=jobs)) for jobs in (1, 2, 2)]
    assert results[0] == results[1] == results[2]
    assert len(results[0].findings) > 600 and results[0].problems
    places = [(one.place.path, one.place.line, one.place.column) for one in results[0].findings]
    assert places == sorted(places)


def test_what_is_remembered_is_what_was_found(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.ENVIRONMENT, str(tmp_path / "cache"))

    def run(**options: object) -> CodeResult:
        return audit_code([tree], replace(CodeOptions(jobs=1), **options))  # type: ignore[arg-type]

    fresh, first, again = run(cache=False), run(), run()
    assert any(name.startswith("code-") for name in os.listdir(tmp_path / "cache"))
    assert fresh == first == again
    # What is shown is chosen afterwards.
    assert run(bulk=True, inventory=True) == run(bulk=True, inventory=True, cache=False)
    assert run(safe=("password",)) == run(safe=("password",), cache=False) != first
    # A change of one file changes what is found in another.
    (tree / "vault.py").write_text("def take(user):\n    return user.id\n")
    after = run()
    assert after == run(cache=False) and len(after.findings) < len(first.findings)
    (tree / "m000.py").unlink()
    assert run() == run(cache=False) != after


@pytest.mark.parametrize("damage", [b"", b"rubbish", b"half", b"pickle"])
def test_a_damaged_memory_is_not_used(damage: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.ENVIRONMENT, str(tmp_path / "cache"))
    path = tmp_path / "app.py"
    path.write_text(f"{START}log.info('%s', user.password)\n")
    first = audit_code([path])
    (stored,) = (name for name in os.listdir(tmp_path / "cache") if name.startswith("code-"))
    content = cache.read(stored)
    assert content is not None
    wrong = {b"half": content[: len(content) // 2], b"pickle": content[:32] + pickle.dumps(["another thing"])}
    cache.write(stored, wrong.get(damage, damage))
    if damage != b"pickle":  # one with a right digest that only this program could have written
        assert audit_code([path]) == first
    (tmp_path / "cache" / stored).write_bytes(damage)
    assert audit_code([path]) == first


def test_the_same_thing_twice_is_the_same_result(tmp_path: Path) -> None:
    source = (
        "def f(password, token, info):\n    log.info('%s %s %s', password, token, info)\n    log.info('%s', password)\n"
    )
    assert audited(tmp_path, source, bulk=True) == audited(tmp_path, source, bulk=True)
