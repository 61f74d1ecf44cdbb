"""A secret that somebody wrote into the source shows up in no report and in no file of the cache."""

from __future__ import annotations

import io
import json
import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logscrub import cache
from logscrub.cli import main
from logscrub.code.audit import CodeOptions, audit_code
from logscrub.report.code import FORMATS, Options, shown
from logscrub.scrubber import default_scrubber

SECRET = "hunter2-Rosebud41xK9"
IDENTIFIER = SECRET.replace("-", "_")

# Each with %s in place of the secret; the log call is there so that there is something to report.
PLACES = {
    "name": 'password = "%s"\nlog.info("with %%s", password)',
    "used before": 'def f():\n    log.info("with %%s", password)\npassword = "%s"',
    "argument": 'log.info("password: %%s", "%s")',
    "second argument": 'log.info("password %%s of %%s", "%s", user.password)',
    "template": 'log.info("password=%s of %%s", user.password)',
    "template, and nothing else": 'log.info("password=%s")',
    "f-string": 'log.info(f"password=%s of {user.password}")',
    "value in an f-string": "log.info(f\"password={'%s'} of {user.password}\")",
    "concatenation": 'log.info("password=" + "%s" + user.password)',
    "format": 'log.info("password={} of {}".format("%s", user.password))',
    "named format": 'log.info("password={p} of {}".format(user.password, p="%s"))',
    "percent": 'log.info("password=%%s of %%s" %% ("%s", user.password))',
    "bytes": 'log.info(b"password=%s" + user.password)',
    "dictionary": 'info = {"password": "%s"}\nlog.info("%%s", info)',
    "dictionary in the call": 'log.info("%%s", {"password": "%s", "token": user.token})',
    "dict()": 'log.info("%%s", dict(password="%s", token=user.token))',
    "item": 'info["password"] = "%s"\nlog.info("%%s", info)',
    "update": 'info.update(password="%s", token=user.token)\nlog.info("%%s", info)',
    "list": 'words = ["-p", "%s", user.password]\nlog.info("%%s", words)',
    "default": 'def f(password="%s"):\n    log.info("with %%s", password)',
    "default of get": 'password = user.get("password", "%s")\nlog.info("%%s", password)',
    "default in the call": 'log.info("%%s", user.get("password", "%s"))',
    "default of getenv": 'log.info("%%s", os.getenv("PASSWORD", "%s"))',
    "choice": 'log.info("%%s", user.password or "%s")',
    "condition": 'log.info("%%s", user.password if user else "%s")',
    "comparison": 'log.info("%%s", user.password == "%s")',
    "index": 'log.info("%%s", passwords["%s"])',
    "slice": 'log.info("%%s", user.password["%s":])',
    "call": 'log.info("%%s", login("bob", "%s").password)',
    "keyword": 'log.info("%%s", login(password="%s").token)',
    "deep": 'log.info("%%s", a(b(c(d(e(f(g(h(password="%s")))))))) + user.password)',
    "passed on": 'def show(text):\n    log.info("%%s", text)\nshow(user.password + "%s")',
    "exception": 'raise ValueError("password is %s, not " + user.password)',
    "exception with arguments": 'raise ValueError("password", "%s", user.password)',
    "repr": 'class A:\n    def __repr__(self):\n        return f"password=%s {self.password}"',
    "print": 'print("password: %s", user.password)',
    "print of a name": 'password = "%s"\nprint("got", password)',
    "message with a name": 'password = "%s"\nlog.info(password)',
    "added to a name": 'password = "%s"\nlog.info("got " + password)',
    "key": 'log.info("%%s", {"%s": user.password})',
    "key of get": 'log.info("%%s", user.get("%s").password)',
    "attribute of another": 'log.info("%%s", getattr(user, "password", "%s"))',
    "default of pop": 'log.info("%%s", user.pop("password", "%s"))',
    "set default": 'user.setdefault("password", "%s")\nlog.info("%%s", user)',
    "warning": 'warnings.warn("password: %s" + user.password)',
    "structlog": 'log.info("login", password="%s", token=user.token)',
    "extra": 'log.info("login", extra={"password": "%s", "token": user.token})',
    "receiver": 'logging.getLogger("password=%s").info("%%s", user.password)',
    "level": 'log.log("password=%s", "%%s", user.password)',
    "option": 'opts = [cfg.StrOpt("admin_password", default="%s", help="password=%s")]',
    "field": '@dataclass\nclass A:\n    password: str = "%s"',
    "annotation": '@dataclass\nclass A:\n    password: Annotated[str, "%s"] = ""',
    "named tuple": 'namedtuple("A", ["user", "password"], defaults=["%s"])',
    "address": 'url = "https://bob:%s@example.org/"\nlog.info("at %%s", url)',
    "address in the template": 'log.info("at https://bob:%s@example.org/ with %%s", user.password)',
    "command": 'cmd = "mysql --password=%s -h " + host\nlog.info("run %%s", cmd)',
    "lambda": 'log.info("%%s", (lambda password="%s": password)())',
    "comprehension": 'log.info("%%s", [one.password for one in users if one.password != "%s"])',
    "walrus": 'log.info("%%s", (password := "%s"))',
    "comment": 'log.info("%%s", user.password)  # password=%s',
    "suppressed": 'log.info("%%s", user.password)  # logscrub: ok(the password is "%s")',
    "docstring": 'def f(password):\n    """password=%s"""\n    log.info("%%s", password)',
    "broken": 'password = "%s"\nlog.info("%%s", password\nx = (',
    "python 2": 'password = "%s"\nprint "password=%s", password\nexec "1"',
    "mask": 'password = "***%s"\nlog.info("%%s %%s", password, user.password)',
    "upper": 'PASSWORD = "%s"\nlog.info("%%s %%s", PASSWORD, user.password)',
    "template with a name": 'TEXT = "password=%s %%s"\nlog.info(TEXT, user.password)',
}
START = "import logging\nfrom dataclasses import dataclass\nfrom oslo_config import cfg\nlog = logging.getLogger(__name__)\n"


def planted(source: str) -> str:
    """Return a module with the secret in it."""
    return START + source.replace("%%", "\0").replace("%s", SECRET).replace("\0", "%") + "\n"


def in_cache(place: Path) -> list[str]:
    """Names of the files that hold the secret, whole or pickled."""
    return [path.name for path in place.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


@pytest.fixture
def cache_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    default_scrubber()  # compiled with the cache that all tests share
    place = tmp_path / "cache"
    monkeypatch.setenv(cache.ENVIRONMENT, str(place))
    return place


@pytest.mark.parametrize("where", PLACES)
def test_no_report_and_no_file_of_the_cache_shows_it(where: str, tmp_path: Path, cache_place: Path) -> None:
    path = tmp_path / "app.py"
    path.write_text(planted(PLACES[where]))
    result = audit_code([path], CodeOptions(bulk=True, inventory=True))
    assert result.findings or result.calls or result.suppressed or result.problems
    for name, write in FORMATS.items():
        stream = io.StringIO()
        write(shown(result), stream, Options(color=False, width=None))
        assert SECRET not in stream.getvalue(), name
    assert in_cache(cache_place) == []


def test_the_hunt_would_find_it(tmp_path: Path, cache_place: Path) -> None:
    """What the tests above look for is what they would see."""
    path = tmp_path / f"{IDENTIFIER}.py"
    path.write_text(f"{START}log.info('%s', user.password)\n")
    result = audit_code([path], CodeOptions(inventory=True))
    stream = io.StringIO()
    FORMATS["json"](shown(result), stream, Options(color=False, width=None))
    assert IDENTIFIER in stream.getvalue()  # paths are shown
    cache.write("planted.bin", pickle.dumps(replace(result, findings=(), rules_digest=SECRET)))
    assert in_cache(cache_place) == ["planted.bin"]


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "sarif", "github", "gitlab", "junit", "csv"])
def test_the_command_shows_none_of_them(
    form: str, tmp_path: Path, cache_place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    for number, source in enumerate(PLACES.values()):
        (tmp_path / "src" / f"part{number}.py").write_text(planted(source))
    code = main(["code", "src", "--bulk", "--inventory", "--isolated", "--no-progress", "--format", form])
    captured = capsys.readouterr()
    assert code in (1, 2) and captured.out
    assert SECRET not in captured.out + captured.err
    assert in_cache(cache_place) == []
    again = main(["code", "src", "--bulk", "--inventory", "--isolated", "--no-progress", "--format", form])
    assert again == code
    assert SECRET not in "".join(capsys.readouterr())


def test_the_differences_of_a_fix_and_a_baseline_hold_none(
    tmp_path: Path, cache_place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, source in enumerate(PLACES.values()):
        (tmp_path / f"part{number}.py").write_text(planted(source))
    main(["code", ".", "--isolated", "--no-progress", "--write-baseline", "known.json", "--format", "csv=found.csv"])
    captured = "".join(capsys.readouterr())
    assert SECRET not in captured + Path("known.json").read_text() + Path("found.csv").read_text()
    assert "part" in Path("known.json").read_text()


@given(
    st.text(
        alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="'\"\\{}%#"),
        min_size=8,
        max_size=40,
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_password_looks_like_it_is_not_in_a_finding(tmp_path: Path, value: str) -> None:
    secret = f"Zq7{value}9x"
    path = tmp_path / "app.py"
    path.write_text(
        f"{START}password = '{secret}'\ninfo = {{'password': '{secret}', 'token': user.token}}\n"
        f"log.info('%s', password)\nlog.info('%s %s', info, login('bob', '{secret}').password)\n"
        f"log.info('%s', user.password or '{secret}')\n@dataclass\nclass A:\n    password: str = '{secret}'\n"
    )
    result = audit_code([path], CodeOptions(bulk=True, cache=False))
    assert result.findings
    assert secret not in repr(result.findings)
    stream = io.StringIO()
    FORMATS["json"](shown(result), stream, Options(color=False, width=None))
    assert secret not in json.dumps(json.loads(stream.getvalue()), ensure_ascii=False)


def test_the_cache_holds_something_at_all(tmp_path: Path, cache_place: Path) -> None:
    path = tmp_path / "app.py"
    path.write_text(f"{START}log.info('%s', user.password)\n")
    audit_code([path])
    assert any(name.startswith("code-") for name in os.listdir(cache_place))
