"""The pytest plugin: a test fails if what it logs or prints holds a secret.

A test opts in with ``@pytest.mark.logscrub``, with the fixture ``logscrub_guard`` or ``logscrub_canary``; all do with
``logscrub = true`` in pytest's configuration or ``--logscrub``. Until one does, nothing but this module is loaded.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest.outcomes import Failed

    from logscrub.testing.canary import Canaries
    from logscrub.testing.guard import Guard, Kit
else:
    Failed = pytest.fail.Exception

_KIT = pytest.StashKey["Kit"]()
_GUARD = pytest.StashKey["Guard"]()
_OPTIONS = ("select", "ignore", "packs", "config")
_ON_REPORT = "logscrub"
_running: list[Guard] = []
_NOT_CAPTURED = "output was not captured (-s): of guarded tests only log records and warnings were looked at"


class LeakError(Failed):
    """What a test put out holds something that it should not. The message never holds the value."""

    __module__ = "builtins"  # as pytest's own: reports name it without a module


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--logscrub`` and the keys of the configuration file."""
    group = parser.getgroup("logscrub", "secrets in the output of tests")
    group.addoption("--logscrub", action="store_true", help="fail every test whose logs or output hold a secret")
    parser.addini("logscrub", "fail every test whose logs or output hold a secret", type="bool", default=False)
    parser.addini("logscrub_select", "rules and categories to look for", type="args")
    parser.addini("logscrub_ignore", "rules and categories to leave out", type="args")
    parser.addini("logscrub_packs", "files or directories of further rules", type="paths")
    parser.addini("logscrub_config", "file with the policy, by default logscrub.toml or pyproject.toml", type="paths")


def pytest_configure(config: pytest.Config) -> None:
    """Say what the markers mean; refuse options that are wrong."""
    config.addinivalue_line(
        "markers",
        "logscrub(select=[], ignore=[], allow=[]): fail if what the test logs or prints holds a secret; "
        "logscrub(False) as no_logscrub",
    )
    config.addinivalue_line("markers", "no_logscrub: do not look at what the test logs or prints")
    if _everywhere(config) or any(_ini(config, f"logscrub_{name}") for name in _OPTIONS):
        _kit(config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let go of what a test was watched with."""
    try:
        return (yield)
    finally:
        _stop(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Begin to watch a test that asks for it."""
    _stop(item)  # a test that is run again
    problem: BaseException | None = None
    try:
        wanted = _wanted(item)
        if wanted is not None:
            _start(item, *wanted)
    except (LeakError, Exception) as error:
        problem = error  # not before the other plugins are set up: in teardown they rely on it
    result = yield from _watched(item, "setup")
    if problem is not None:
        raise problem
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Judge what the test itself puts out."""
    return (yield from _watched(item, "call"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Judge what is put out after it."""
    return (yield from _watched(item, "teardown"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put what was found into the report of a test that fails anyway; keep values out of every report."""
    report = yield
    guard = item.stash.get(_GUARD, None)
    if guard is None:
        return report
    notes = [_NOT_CAPTURED] if item.config.getoption("capture", None) == "no" else []
    ours = call.excinfo is not None and isinstance(call.excinfo.value, LeakError)
    if guard.hides:
        _clean(report, guard, ours=ours)
    text, guard.pending = guard.pending, ""
    if text and not ours:
        add = getattr(report.longrepr, "addsection", None)
        if report.failed and add is not None:
            add("logscrub", text)
        elif hasattr(report, "wasxfail"):
            report.sections.append(("logscrub", text))
            notes.append(f"{item.nodeid} is expected to fail, and its output holds findings")
        else:
            # Skipped, or failed in a way of its own: what came out has come out.
            before = f"{report.longreprtext}\n\n" if report.failed else ""
            report.outcome = "failed"
            report.longrepr = before + text
    setattr(report, _ON_REPORT, notes)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Clean reports that are given out while a test runs, as those of subtests are."""
    for guard in _running:
        if guard.inside and guard.nodeid == report.nodeid:
            guard.findings()
            if guard.hides:
                _clean(report, guard)


@pytest.hookimpl(tryfirst=True)
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say once what could not be looked at, or did not make a test fail."""
    reports = (one for several in terminalreporter.stats.values() for one in several)
    told = dict.fromkeys(note for one in reports for note in getattr(one, _ON_REPORT, ()))
    for note in told:
        terminalreporter.write_line(f"logscrub: {note}", yellow=True)


@pytest.fixture
def logscrub_guard(request: pytest.FixtureRequest) -> Guard:
    """Fail this test if what it logs or prints holds a secret.

    The object has ``findings()``, what was found so far, and ``allow(rule)``, for what is harmless in this test.
    """
    guard = request.node.stash.get(_GUARD, None)
    return guard if guard is not None else _start(request.node, True, {})


@pytest.fixture
def logscrub_canary(request: pytest.FixtureRequest) -> Canaries:
    """Make synthetic values that must not show up in what this test logs or prints, in any form.

    ``logscrub_canary("password")`` makes one, ``logscrub_canary.add(value)`` takes a given one, and
    ``logscrub_canary.watch(path)`` looks for them in a file as well.
    """
    guard = request.node.stash.get(_GUARD, None)
    return (guard if guard is not None else _start(request.node, False, {})).canaries


def _ini(config: pytest.Config, name: str) -> Any:
    try:
        return config.getini(name)
    except (TypeError, ValueError, pytest.UsageError) as error:
        raise pytest.UsageError(f"{name}: {error}") from None


def _everywhere(config: pytest.Config) -> bool:
    return bool(_ini(config, "logscrub") or config.getoption("logscrub"))


def _wanted(item: pytest.Item) -> tuple[bool, dict[str, Any]] | None:
    """Tell whether a test is looked at, by rules or for its canaries only, and what its markers say."""
    names = getattr(item, "fixturenames", ())
    rules: bool | None = None
    options: dict[str, Any] = {}
    for mark in item.iter_markers():  # the nearest first: the function's, then the class's, then the module's
        if mark.name == "logscrub":
            rules = (not mark.args or bool(mark.args[0])) if rules is None else rules
            for name, value in mark.kwargs.items():
                options.setdefault(name, value)
        elif mark.name == "no_logscrub" and rules is None:
            rules = False
    if rules is None:
        rules = "logscrub_guard" in names or _everywhere(item.config)
    return (rules, options) if rules or "logscrub_canary" in names or "logscrub_guard" in names else None


def _kit(config: pytest.Config) -> Kit:
    kit = config.stash.get(_KIT, None)
    if kit is None:
        from logscrub.testing.guard import Kit

        given = {name: tuple(map(str, _ini(config, f"logscrub_{name}"))) for name in _OPTIONS}
        kit = config.stash[_KIT] = Kit(config.rootpath, given)
    return kit


def _start(item: pytest.Item, rules: bool, options: dict[str, Any]) -> Guard:
    from logscrub.errors import LogscrubError
    from logscrub.testing.guard import Guard, marked

    try:
        guard = Guard(item, _kit(item.config), marked(options), rules=rules)
    except (LogscrubError, pytest.UsageError) as error:
        raise LeakError(f"logscrub cannot look at this test: {error}", pytrace=False) from None
    item.stash[_GUARD] = guard
    _running.append(guard)
    guard.start()
    guard.begin("setup")
    return guard


def _stop(item: pytest.Item) -> None:
    guard = item.stash.get(_GUARD, None)
    if guard is not None:
        del item.stash[_GUARD]
        _running.remove(guard)
        guard.stop()


def _watched(item: pytest.Item, when: str) -> Generator[None, object, object]:
    """Run one phase of a test and judge what came out of it."""
    guard = item.stash.get(_GUARD, None)
    if guard is not None:
        guard.begin(when)
    error: BaseException | None = None
    result: object = None
    try:
        result = yield
    except (KeyboardInterrupt, GeneratorExit, pytest.exit.Exception):
        raise
    except BaseException as raised:
        error = raised
    guard = item.stash.get(_GUARD, None)  # a fixture may have begun it
    if guard is not None:
        guard.pending = guard.end(when)
        if guard.pending and (error is None or isinstance(error, pytest.skip.Exception)):
            raise LeakError(guard.pending, pytrace=False) from None
    if error is not None:
        raise error
    return result


def _clean(report: pytest.TestReport, guard: Guard, *, ours: bool = False) -> None:
    from logscrub.testing.reports import clean_failure, clean_sections

    clean_sections(report, guard.clean)
    if not ours:  # what this plugin says is clean, and names keys
        clean_failure(report, guard.clean)
