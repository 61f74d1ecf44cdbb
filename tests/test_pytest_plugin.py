"""The pytest plugin, in real runs of pytest."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

# Loaded before inner runs, which take out of ``sys.modules`` what they have loaded themselves.
import logscrub.testing.guard
import logscrub.testing.reports  # noqa: F401
from logscrub.detect.validators import VALIDATORS
from logscrub.known.registry import REGISTRY, Registry
from logscrub.testing.canary import Canaries

pytest_plugins = ["pytester"]

PASSWORD = "Tr0ub4dor-3xyz"
HEAD = f"""
import base64, json, logging, sys, threading, unittest, warnings
import pytest
import logscrub
PASSWORD = {PASSWORD[:5]!r} + {PASSWORD[5:]!r}
log = logging.getLogger("shop.login")
"""
PLUGIN = ("-p", "logscrub.pytest_plugin")


@pytest.fixture(autouse=True)
def no_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give inner runs this plugin only, whether or not it is also installed with an entry point."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


def run(pytester: pytest.Pytester, code: str, *args: str, apart: bool = False) -> pytest.RunResult:
    """Run tests; ``apart`` in a process of their own."""
    pytester.makepyfile(test_inner=HEAD + code)
    how = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
    return how(*PLUGIN, "-p", "no:cacheprovider", *args)


def text(result: pytest.RunResult) -> str:
    """Everything a run has written."""
    return f"{result.outlines}\n{result.errlines}".replace("', '", "\n") + result.stdout.str() + result.stderr.str()


LEAKS = {
    "message": ("log.warning('password=%s', PASSWORD)", r"password \(critical\) in the log record of logger 'shop"),
    "place": ("log.warning('password=%s', PASSWORD)", r"WARNING, test_inner\.py:\d+: password=…"),
    "extra": ("log.warning('x', extra={'ctx': {'pin': 4711}})", r"log record of logger 'shop\.login'.*: pin=…"),
    "arguments": (
        "log.warning('%(user)s', {'user': 'bob', 'password': PASSWORD})",
        r"password \(critical\) in the log record",
    ),
    "traceback": (
        "try: raise ValueError('password=' + PASSWORD)\n    except ValueError: log.exception('boom')",
        r"password \(critical\) in the log record of logger 'shop\.login', ERROR",
    ),
    "no propagation": (
        "own = logging.getLogger('plugin.apart'); own.propagate = False; own.addHandler(logging.NullHandler())\n"
        "    own.error('password=%s', PASSWORD)",
        r"log record of logger 'plugin\.apart', ERROR",
    ),
    "a thread": (
        "t = threading.Thread(target=log.warning, args=('password=%s', PASSWORD)); t.start(); t.join()",
        r"log record of logger 'shop\.login'",
    ),
    "stdout": ("print('ok'); print('password=' + PASSWORD)", r"password \(critical\) in stdout line 2: password=…"),
    "stderr": ("print('password=' + PASSWORD, file=sys.stderr)", r"in stderr line 1: password=…"),
    "a warning": (
        "warnings.simplefilter('default'); warnings.warn('password=' + PASSWORD)",
        r"in the UserWarning at test_inner\.py:\d+: password=…",
    ),
    "structlog": (
        "structlog = pytest.importorskip('structlog'); structlog.get_logger().info('login', password=PASSWORD)",
        r"in stdout line 1: password=…",
    ),
}


def functions(leaks: dict[str, tuple[str, str]], head: str = "", arguments: str = "") -> str:
    """Write one test for each leak."""
    numbered = enumerate(leaks.values())
    return "\n".join(f"{head}def test_{number}_({arguments}):\n    {leak}\n" for number, (leak, _) in numbered)


def told_of(result: pytest.RunResult, number: int) -> str:
    """What is reported of one of these tests."""
    after = re.split(rf"_ test_{number}_ _+\n", result.stdout.str(), maxsplit=1)[1]
    return re.split(r"\n_{5,}|\n={5,}", after, maxsplit=1)[0]


def test_guard_finds(pytester: pytest.Pytester) -> None:
    """What leaks passes without the guard and fails with it; the report tells where and never shows the value."""
    bare = run(pytester, functions(LEAKS), "-rA")
    bare.assert_outcomes(passed=len(LEAKS), warnings=1)
    assert text(bare).count(PASSWORD) > len(LEAKS)
    result = run(pytester, functions(LEAKS, "@pytest.mark.logscrub\n"), "-rA", "--junitxml=out.xml")
    result.assert_outcomes(failed=len(LEAKS), warnings=1)
    for number, (_, expected) in enumerate(LEAKS.values()):
        assert re.search(expected, told_of(result, number)), told_of(result, number)
        assert "To fix it" in told_of(result, number)
    assert PASSWORD not in text(result)
    assert PASSWORD not in (pytester.path / "out.xml").read_text()


def test_ways_in_and_out(pytester: pytest.Pytester) -> None:
    """Marker, fixture, configuration and command line opt in; markers opt out, the nearest one decides."""
    code = """
def leak(): log.warning("password=%s", PASSWORD)
def test_plain(): leak()
@pytest.mark.logscrub
def test_marked(): leak()
def test_fixture(logscrub_guard): leak()
@pytest.mark.no_logscrub
def test_out(): leak()
@pytest.mark.logscrub(False)
def test_false(): leak()
@pytest.mark.no_logscrub
class TestMany:
    def test_out(self): leak()
    @pytest.mark.logscrub
    def test_in(self): leak()
@pytest.mark.usefixtures("logscrub_guard")
@pytest.mark.no_logscrub
def test_out_of_fixture(): leak()
"""
    always = {"test_marked", "test_fixture", "test_in"}

    def failed(result: pytest.RunResult) -> set[str]:
        return {line.split(" - ")[0].split("::")[-1] for line in result.outlines if line.startswith("FAILED")}

    assert failed(run(pytester, code)) == always
    assert failed(run(pytester, code, "--logscrub")) == {*always, "test_plain"}
    pytester.makeini("[pytest]\nlogscrub = true\naddopts = --strict-markers --strict-config\n")
    assert failed(run(pytester, code)) == {*always, "test_plain"}


def test_marker_options_and_allow(pytester: pytest.Pytester) -> None:
    """``select``, ``ignore`` and ``allow`` narrow what is looked for; names that do not exist are errors."""
    code = """
def leak(): print("password=" + PASSWORD); print("mail bob@example.com")
@pytest.mark.logscrub(select=["pii.email"], ignore="secret")
def test_select(): leak()
@pytest.mark.logscrub(select=["pii.email"], ignore=["pii"])
def test_ignore(): leak()
@pytest.mark.logscrub(allow=["password", "email"])
def test_allow(): leak()
def test_allow_later(logscrub_guard):
    leak()
    assert [spot.rule for spot in logscrub_guard.findings()] == ["password", "email"]
    logscrub_guard.allow("secret"); logscrub_guard.allow("email")
    assert logscrub_guard.findings() == ()
@pytest.mark.logscrub(allow=["emial"])
def test_unknown(): pass
@pytest.mark.logscrub(selct=["email"])
def test_option(): pass
def test_unknown_later(logscrub_guard):
    with pytest.raises(logscrub.errors.ConfigError, match="emial"): logscrub_guard.allow("emial")
"""
    result = run(pytester, "import logscrub.errors\n" + code)
    result.assert_outcomes(passed=4, failed=1, errors=2)
    result.stdout.fnmatch_lines(["*email (medium) in stdout line 2: … (15)*"])
    assert "password (critical)" not in text(result)
    assert "allow: no rule or category is called 'emial'" in text(result)
    assert "no option is called 'selct'" in text(result)


def test_policy_is_that_of_the_service(pytester: pytest.Pytester) -> None:
    """``[tool.logscrub]`` decides what is looked for, options of pytest over it."""
    code = "def test_it():\n    print('password=' + PASSWORD); print('mail bob@example.com')\n"
    pytester.makepyprojecttoml("[tool.logscrub]\nselect = ['pii.email']\n[tool.pytest.ini_options]\nlogscrub = true\n")
    assert "email (medium)" in text(run(pytester, code))
    assert "password (critical)" not in text(run(pytester, code))
    run(pytester, code, "-o", "logscrub_select=iban").assert_outcomes(passed=1)
    run(pytester, code, "-o", "logscrub_ignore=pii").assert_outcomes(passed=1)
    (pytester.path / "other.toml").write_text("select = ['iban']\n")
    run(pytester, code, "-o", "logscrub_config=other.toml").assert_outcomes(passed=1)
    pack = """
[[rule]]
id = "ticket-key"
title = "Ticket"
category = "secret.ticket"
severity = "high"
regex = 'TCK-[0-9]{8}'
examples = ["TCK-12345678"]
counterexamples = ["TCK-1"]
"""
    (pytester.path / "own.toml").write_text(pack)
    more = "def test_it():\n    print('TCK-' + '12345678')\n"
    args = ("-o", "logscrub_packs=own.toml", "-o", "logscrub_select=ticket-key")
    assert "ticket-key (high) in stdout line 1" in text(run(pytester, more, *args))


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("logscrub=maybe", "logscrub: "),
        ("logscrub_select=emial", "logscrub_select: no rule or category is called 'emial'; did you mean email?"),
        ("logscrub_ignore=nothing-such", "logscrub_ignore: no rule"),
        ("logscrub_packs=none.toml", "logscrub_packs: "),
        ("logscrub_config=none.toml", "logscrub_config: "),
        ("logscrub_config=a.toml b.toml", "logscrub_config: must be the path of one file"),
    ],
)
def test_wrong_options(pytester: pytest.Pytester, option: str, said: str) -> None:
    """A wrong option ends the run before any test, with a message that names it."""
    result = run(pytester, "def test_it(): pass\n", "-o", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in text(result)


CANARY_LEAKS = {
    "message": ("log.warning('using %s', c)", "the log record"),
    "argument that is not shown": ("log.warning('%(a)s', {'a': 1, 'b': c})", "the log record"),
    "extra": ("log.warning('x', extra={'deep': [{'a': c}]})", "the log record"),
    "traceback": ("try: raise ValueError(c)\n    except ValueError: log.exception('x')", "the log record"),
    "logger name": ("logging.getLogger(c).warning('x')", "the log record"),
    "stdout": ("print('a\\nb', c)", "stdout line 2"),
    "stderr": ("sys.stderr.write(c)", "stderr line 1"),
    "warning": ("warnings.simplefilter('default'); warnings.warn(c)", "the UserWarning"),
    "base64": ("print(base64.b64encode(('user:' + c).encode()).decode())", "stdout line 1"),
    "hex": ("print(c.encode().hex())", "stdout line 1"),
    "colours": ("print(c[:9] + chr(27) + '[1m' + c[9:])", "stdout line 1"),
    "capsys": ("request.getfixturevalue('capsys'); print(c)", "stdout line 1"),
}


def test_canary(pytester: pytest.Pytester) -> None:
    """A canary that comes out in any form, by any way, makes the test fail and is not shown."""
    head = """
@pytest.fixture
def c(logscrub_canary):
    value = logscrub_canary("token")
    with open("values", "a") as out: out.write(value + "\\n")
    return value
"""
    code = head + functions(CANARY_LEAKS, arguments="c, request")
    result = run(pytester, code, "-rA", "--showlocals")
    result.assert_outcomes(failed=len(CANARY_LEAKS), warnings=1)
    for number, (_, where) in enumerate(CANARY_LEAKS.values()):
        assert re.search(rf"canary \(critical\) in {where}.*: token-1", told_of(result, number)), number
    values = (pytester.path / "values").read_text().split()
    assert len(values) == len(CANARY_LEAKS)
    assert not [value for value in values if value in text(result)]


def test_canary_written_otherwise(pytester: pytest.Pytester) -> None:
    """Given values are found in the escapes of URLs, JSON, ``repr`` and XML, and in what was put out before."""
    code = """
import html, urllib.parse
VALUE = 'p&s"w/ö <7x>\\\\n+Q'
FORMS = [urllib.parse.quote(VALUE, safe=""), json.dumps(VALUE), repr(VALUE), html.escape(VALUE)]
@pytest.mark.parametrize("n", range(len(FORMS)))
def test_form(logscrub_canary, n):
    print(FORMS[n])
    assert logscrub_canary.add(VALUE, name="db") == VALUE
def test_short(logscrub_canary):
    for value in ("abc", "", True):
        with pytest.raises(logscrub.LogscrubError): logscrub_canary.add(value)
    with pytest.raises(logscrub.LogscrubError, match="password, token"): logscrub_canary("nothing")
def test_unseen(logscrub_canary):
    logscrub_canary("password"); log.warning("password=%s", PASSWORD)
"""
    result = run(pytester, code)
    result.assert_outcomes(failed=4, passed=2)
    assert text(result).count("canary (critical) in stdout line 1: db") >= 4


def test_canary_watches_files(pytester: pytest.Pytester) -> None:
    """Files are looked at, packed and binary ones and directories too; one that is missing is an error."""
    code = """
import gzip
def test_file(logscrub_canary, tmp_path):
    logscrub_canary.watch(tmp_path / "a.log")
    (tmp_path / "a.log").write_text("one\\ntwo " + logscrub_canary("password"))
def test_tree(logscrub_canary, tmp_path):
    logscrub_canary.watch(tmp_path)
    with gzip.open(tmp_path / "b.log.gz", "wt") as out: out.write(logscrub_canary("email"))
    (tmp_path / "c.db").write_bytes(bytes(5000) + logscrub_canary("token").encode())
def test_clean(logscrub_canary, tmp_path):
    logscrub_canary("password"); (tmp_path / "a.log").write_text("fine"); logscrub_canary.watch(tmp_path)
def test_missing(logscrub_canary, tmp_path):
    logscrub_canary.watch(tmp_path / "none.log")
def test_may_be_missing(logscrub_canary, tmp_path):
    logscrub_canary.watch(tmp_path / "none.log", missing_ok=True)
"""
    result = run(pytester, code)
    result.assert_outcomes(failed=3, passed=2)
    result.stdout.fnmatch_lines(
        [
            "*a.log line 2: password-1, as it is",
            "*b.log.gz line 1: email-1, as it is",
            "*c.db line 1: token-2, as it is",
            "*there is no file *none.log to watch",
        ]
    )


def test_canary_kinds() -> None:
    """Canaries are unique, have the form of their kind, and stay out of the registry of the process."""
    known = Registry()
    canary = Canaries(known)
    for kind in ("password", "token", "email", "card", "pin"):
        assert len({canary(kind) for _ in range(5)}) == 5
    card = canary("card")
    assert VALIDATORS["luhn"](card.encode()) is not False
    assert known.find(f"paid with {card[:4]} {card[4:8]} {card[8:12]} {card[12:]}.".encode())
    assert canary("pin").isdigit()
    assert not len(REGISTRY)
    canary.forget()
    assert not len(known)


def test_installed_filter(pytester: pytest.Pytester) -> None:
    """Where ``install()`` is active in the code under test, records come out clean, for pytest's own handler too."""
    code = """
@pytest.fixture
def filtered():
    with logscrub.install(): yield
def leak(value):
    log.warning("password=%s", value, extra={"pin": 4711})
    try: raise ValueError("password=" + value)
    except ValueError: log.exception("boom")
def test_bare(logscrub_guard): leak(PASSWORD)
def test_filtered(filtered, logscrub_guard, caplog):
    leak(PASSWORD)
    assert PASSWORD not in caplog.text and "[password]" in caplog.text
    assert logscrub_guard.findings() == ()
def test_filtered_print(filtered, logscrub_guard): print("password=" + PASSWORD)
def test_canary_under_key(filtered, logscrub_canary): leak(logscrub_canary("password"))
def test_canary_alone(filtered, logscrub_canary): log.warning("using %s", logscrub_canary("token"))
"""
    result = run(pytester, code, "-rA")
    result.assert_outcomes(passed=2, failed=3)
    for name in ("bare", "filtered_print", "canary_alone"):
        result.stdout.fnmatch_lines([f"FAILED *test_{name} *"])


def test_own_failures_stay(pytester: pytest.Pytester) -> None:
    """A failing test keeps its failure, with the finding beside it; no part of the report shows the value."""
    code = """
def test_fails(logscrub_guard):
    some = PASSWORD
    log.warning("password=%s", PASSWORD)
    assert some == "other"
class TestUnit(unittest.TestCase):
    @pytest.mark.logscrub
    def test_fails(self):
        print("password=" + PASSWORD)
        self.fail("own " + PASSWORD)
    @pytest.mark.logscrub
    def test_leaks(self): print("password=" + PASSWORD)
    @pytest.mark.logscrub
    def test_skips(self):
        print("password=" + PASSWORD)
        self.skipTest("not today")
@pytest.fixture
def broken(logscrub_guard):
    yield
    log.warning("password=%s", PASSWORD)
    raise RuntimeError("teardown " + PASSWORD)
def test_teardown(broken): pass
"""
    args = ("-rA", "--showlocals", "--junitxml=out.xml", "-o", "junit_logging=all")
    result = run(pytester, code, *args)
    result.assert_outcomes(failed=4, passed=1, errors=1)
    written = text(result) + (pytester.path / "out.xml").read_text()
    assert PASSWORD not in written
    assert "AssertionError: assert '[password]' == 'other'" in written
    assert "AssertionError: own [password]" in written
    assert "RuntimeError: teardown [password]" in written
    assert written.count("finding in the output of this test") >= 5
    assert PASSWORD not in text(run(pytester, code, "-rA", "--showlocals", "--full-trace", "--tb=native"))


def test_xfail_and_skip(pytester: pytest.Pytester) -> None:
    """A leak that is expected is an xfail; one beside an expected failure is told; a skip does not hide one."""
    code = """
from logscrub.pytest_plugin import LeakError
def leak(): log.warning("password=%s", PASSWORD)
@pytest.mark.xfail(raises=LeakError, strict=True)
@pytest.mark.logscrub
def test_expected(): leak()
@pytest.mark.xfail(raises=KeyError)
@pytest.mark.logscrub
def test_beside():
    leak(); raise KeyError
@pytest.mark.xfail(raises=KeyError)
@pytest.mark.logscrub
def test_not_expected(): leak()
@pytest.mark.logscrub
def test_skipped():
    leak(); pytest.skip("no network")
@pytest.mark.skip
@pytest.mark.logscrub
def test_not_run(): leak()
"""
    result = run(pytester, code)
    result.assert_outcomes(xfailed=2, failed=2, skipped=1)
    note = "logscrub: test_inner.py::test_beside is expected to fail, and its output holds findings"
    assert result.stdout.str().count(note) == 1
    assert PASSWORD not in text(result)


def test_capture_fixtures(pytester: pytest.Pytester) -> None:
    """What a test reads with a capture fixture was put out; what it leaves comes out at its end."""
    code = """
@pytest.mark.parametrize("name", ["capsys", "capfd", "capsysbinary", "capfdbinary"])
@pytest.mark.logscrub
def test_read(name, request):
    capture = request.getfixturevalue(name)
    print("password=" + PASSWORD)
    assert PASSWORD in str(capture.readouterr().out)
@pytest.mark.parametrize("name", ["capsys", "capfd"])
@pytest.mark.logscrub
def test_left(name, request):
    request.getfixturevalue(name)
    print("password=" + PASSWORD)
@pytest.mark.logscrub
def test_clean(capsys):
    print("fine")
    assert capsys.readouterr().out == "fine\\n"
"""
    result = run(pytester, code)
    result.assert_outcomes(failed=6, passed=1)
    result.stdout.fnmatch_lines(["*stdout as the test read it line 1: password=…*"])
    assert PASSWORD not in text(result)


def test_subtests(pytester: pytest.Pytester) -> None:
    """Reports of subtests are clean, and what they put out is seen."""
    if not hasattr(pytest, "Subtests"):
        pytest.skip("this pytest has no subtests")
    code = """
@pytest.mark.logscrub
def test_it(subtests):
    with subtests.test("fails"):
        print("password=" + PASSWORD)
        assert PASSWORD == 1
    with subtests.test("leaks"): log.warning("password=%s", PASSWORD)
"""
    result = run(pytester, code, "-rA", "--showlocals")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*2 findings in the output of this test*"])
    assert PASSWORD not in text(result)


SESSION = """
@pytest.fixture(scope="session", autouse=True)
def service():
    log.warning("connecting, password=%s", PASSWORD)
@pytest.mark.parametrize("n", range(4))
def test_it(n): log.warning("fine"); print("fine")
"""


def test_setup_of_a_session_fixture(pytester: pytest.Pytester) -> None:
    """What a fixture logs counts for the test that sets it up."""
    result = run(pytester, SESSION, "--logscrub")
    result.assert_outcomes(errors=1, passed=3)
    assert PASSWORD not in text(result)


def test_xdist(pytester: pytest.Pytester) -> None:
    """Workers judge, the controller reports; what is to be said once is said once."""
    pytest.importorskip("xdist")
    code = """
@pytest.mark.parametrize("n", range(6))
@pytest.mark.logscrub
def test_leaks(n): log.warning("password=%s", PASSWORD)
def test_canary(logscrub_canary): log.warning(logscrub_canary("email"))
@pytest.mark.xfail
@pytest.mark.logscrub
def test_beside():
    print("password=" + PASSWORD); raise KeyError
"""
    result = run(pytester, code, "-p", "xdist.plugin", "-n", "2", "-rA", "--showlocals", apart=True)
    result.assert_outcomes(failed=7, xfailed=1)
    assert result.stdout.str().count("test_beside is expected to fail, and its output holds findings") == 1
    assert "in the log record of logger 'shop.login', WARNING, test_inner.py:" in text(result)
    assert PASSWORD not in text(result)


def test_without_capture(pytester: pytest.Pytester) -> None:
    """With ``-s`` log records are looked at, and it is said once that the rest is not; so without any guarded test."""
    code = """
@pytest.mark.parametrize("n", range(3))
@pytest.mark.logscrub
def test_log(n): log.warning("password=%s", PASSWORD)
@pytest.mark.logscrub
def test_print(): print("password=" + PASSWORD)
"""
    result = run(pytester, code, "-s")
    result.assert_outcomes(failed=3, passed=1)
    assert result.stdout.str().count("logscrub: output was not captured (-s)") == 1
    assert "not captured" not in text(run(pytester, "def test_it(): pass\n", "-s"))


def test_without_logging_plugin(pytester: pytest.Pytester) -> None:
    """Records are seen without pytest's own log capture."""
    result = run(pytester, LEAKED_LOG, "-p", "no:logging")
    result.assert_outcomes(failed=1)
    assert "in the log record of logger 'shop.login'" in text(result)
    assert PASSWORD not in text(result)


LEAKED_LOG = "@pytest.mark.logscrub\ndef test_it(): log.warning('password=%s', PASSWORD)\n"


def test_loguru(pytester: pytest.Pytester) -> None:
    """Records of loguru are seen at whatever sinks, also after ``remove()``, and no sink is left behind."""
    code = """
from loguru import logger
@pytest.mark.logscrub
def test_message():
    logger.remove(); logger.add([].append, level="ERROR")
    logger.info("password={}", PASSWORD)
@pytest.mark.logscrub
def test_extra(): logger.bind(pin=4711).info("x")
def test_exception(logscrub_canary):
    try: raise ValueError(logscrub_canary("token"))
    except ValueError: logger.exception("boom")
@pytest.mark.logscrub
def test_clean(): logger.info("fine")
def test_nothing_left():
    assert len(logger._core.handlers) == 1
    assert type(logger).remove.__module__ == "loguru._logger"
"""
    result = run(pytester, code, apart=True)
    result.assert_outcomes(failed=3, passed=2)
    result.stdout.fnmatch_lines(
        [
            "*password (critical) in the record of loguru's 'test_inner', INFO, test_inner.py:*",
            "*in the record of loguru's 'test_inner', INFO, *pin=…",
            "*canary (critical) in the record of loguru's 'test_inner', ERROR, *",
        ]
    )
    assert PASSWORD not in text(result)


def test_guard_that_fails(pytester: pytest.Pytester) -> None:
    """What cannot be judged does not pass, in whatever part of the guard it goes wrong."""
    code = """
import logscrub.testing.guard as guard
def no(*args, **options): raise ZeroDivisionError(PASSWORD)
def test_rules(logscrub_guard, monkeypatch):
    monkeypatch.setattr(logscrub_guard._rules, "look", no)
    log.warning("fine")
def test_canaries(logscrub_canary, monkeypatch):
    logscrub_canary("pin"); print("fine"); monkeypatch.setattr(guard, "known_notes", no)
def test_detector(logscrub_guard, monkeypatch):
    monkeypatch.setattr(logscrub_guard._rules._scrubber, "_scan", no)
    print("fine")
def test_cleaning(logscrub_guard, monkeypatch):
    print("password=" + PASSWORD)
    logscrub_guard.findings()
    monkeypatch.setattr(guard, "hide", no)
def test_fails_itself(logscrub_guard, monkeypatch):
    monkeypatch.setattr(logscrub_guard._rules, "look", no)
    log.warning("fine"); raise KeyError
"""
    result = run(pytester, code)
    assert result.parseoutcomes()["failed"] == 5
    assert "could not be looked at, so it does not pass" in text(result)
    assert "looking at it failed: ZeroDivisionError at test_inner.py" in text(result)
    assert re.search(r"not-checked \(high\) .*: could not be judged \(ZeroDivisionError\)", text(result))
    assert PASSWORD not in text(result)


def test_nothing_is_left_behind(pytester: pytest.Pytester) -> None:
    """Patches last as long as a guarded test, and its records are what they would be."""
    code = """
import copy
before = logging.Logger.callHandlers, pytest.CaptureFixture.readouterr
shows = []
def test_during(logscrub_guard):
    assert logging.Logger.callHandlers is not before[0]
    seen = []
    class Own(logging.Handler):
        def emit(self, record): seen.append(dict(vars(record)))
    handler = Own(); log.addHandler(handler)
    try: raise ValueError("x")
    except ValueError: log.exception("boom %s", 1)
    log.removeHandler(handler)
    assert seen[0]["exc_text"] is None and "message" not in seen[0] and seen[0]["args"] == (1,)
def test_after():
    assert (logging.Logger.callHandlers, pytest.CaptureFixture.readouterr) == before
    assert warnings.showwarning.__module__ == "warnings"
"""
    run(pytester, code).assert_outcomes(passed=2)


def test_doctests(pytester: pytest.Pytester) -> None:
    """Items that are no functions are watched as well."""
    pytester.makepyfile(
        part='def f():\n    """\n    >>> import logging; logging.error("password=hunter2-correct")\n    """'
    )
    result = pytester.runpytest_inprocess(*PLUGIN, "--doctest-modules", "part.py", "--logscrub")
    result.assert_outcomes(failed=1)
    assert "in the log record of logger 'root', ERROR" in text(result)
    assert "hunter2" not in "".join(line for line in result.outlines if "log record" in line)


def test_runs_that_do_not_opt_in_load_nothing(pytester: pytest.Pytester) -> None:
    """Without an opt-in neither rules nor Hyperscan are loaded, and importing the plugin is quick."""
    code = """
def test_it():
    ours = [n for n in sys.modules if n.partition(".")[0] in ("logscrub", "hyperscan", "regex", "tomllib")]
    assert set(ours) <= {"logscrub", "logscrub._version", "logscrub.pytest_plugin", "tomllib"}, ours
"""
    run(pytester, code, apart=True).assert_outcomes(passed=1)
    program = (
        "import pytest, logscrub, time; t = time.perf_counter(); import logscrub.pytest_plugin;"
        "print(time.perf_counter() - t)"
    )
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(pytester.path / "cache"), "PYTHONDONTWRITEBYTECODE": ""}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    taken = [
        float(subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True).stdout)
        for _ in range(5)
    ]
    assert min(taken) < 0.003
