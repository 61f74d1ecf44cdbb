"""What holds for whatever code is audited."""

from __future__ import annotations

from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.code.audit import CodeOptions, audit_code
from logscrub.code.model import CodeResult

START = "import logging\nlog = logging.getLogger(__name__)\n"
PIECES = [
    "log.info(", "log.debug('%s', ", "print(", "raise ", "password", "user.password", "token", "=", "(", ")", "[", "]", "{", "}",
    "def f(password):\n    ", "class A:\n    ", "if x:\n    ", "\n", "\n    ", "\t", "'", '"', "'''", "f'{", "}'", "%", "%s", ",", ":",
    "#", " # logscrub: ok(", "\\", "\0", "\r", "\x0c", "ä", "\ud800", "lambda: ", "await ", "yield ", "*", "**", "@", ".", "1", " ",
    "self.", "locals()", "cfg.StrOpt('password')", "@dataclass\n", "import a as b\n", "from . import x\n", "print >>f, password",
]  # fmt: skip
NEUTRAL = ["value", "thing", "v1", "number_of_them", "line", "wanted", "x_y", "ergebnis"]
# Ways from a password to a call, with a name in between; and what a mask leaves of it.
WAYS = [
    "{n} = user.password\nlog.info('%s', {n})",
    "{n} = user.password\nlog.info('got %s of %s', {n}, user.id)",
    "{n} = f'{{user.password}}!'\nlog.info({n})",
    "{n} = [user.password]\nlog.info('%s', {n})",
    "{n} = {{'word': user.password}}\nlog.info('%s', {n})",
    "{n} = []\n{n}.append(user.password)\nlog.info('%s', {n})",
    "for {n} in user.passwords:\n    log.info('%s', {n})",
    "{n} = user.id\nlog.info('%s', {n})",
    "{n} = len(user.password)\nlog.info('%s', {n})",
    "{n} = user.password\n{n} = 3\nlog.info('%s', {n})",
    "def f({n}):\n    return {n}\nlog.info('%s', f(user.password))",
    "def f({n}):\n    log.info('%s', {n})\nf(user.password)",
    "if x:\n    {n} = user.password\nelse:\n    {n} = 1\nlog.info('%s', {n})",
    "with open('x') as {n}:\n    log.info('%s', user.password)",
]
VALUES = [
    "password", "user.password", "self._token", "data['password']", "data.get('api_key')", "getpass.getpass()", "os.environ",
    "locals()", "request.headers", "{'password': word}", "[password, token]", "f'{password}'", "'%s' % password",
    "password + token", "password or token", "json.dumps({'password': word})", "[one.password for one in users]",
    "get_password()", "str(password)", "sql_connection", "os.getenv('SECRET_KEY')",
]  # fmt: skip
MASKS = [
    "mask(%s)",
    "redact(%s)",
    "logscrub.mask(%s)",
    "sanitize(%s)",
    "hashlib.sha256(%s).hexdigest()",
    "len(%s)",
    "bool(%s)",
    "type(%s)",
    "(%s) is None",
    "not (%s)",
    "strutils.mask_password(%s)",
    "'***' if (%s) else ''",
]


class Audit(Protocol):
    """Audits one module."""

    def __call__(self, source: str | bytes, **options: bool) -> CodeResult: ...


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    path = tmp_path_factory.mktemp("laws") / "app.py"

    def audited(source: str | bytes, **options: bool) -> CodeResult:
        path.write_bytes(source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass"))
        return audit_code([path], CodeOptions(cache=False, jobs=1, **options))  # type: ignore[arg-type]

    return audited


def indented(source: str) -> str:
    return "".join(f"    {line}\n" for line in source.splitlines())


@given(st.binary(max_size=400))
@settings(max_examples=25, deadline=None)
def test_any_bytes_are_audited(audited: Audit, data: bytes) -> None:
    assert audited(data, bulk=True, inventory=True).files == 1


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@settings(max_examples=60, deadline=None)
def test_anything_like_code_is_audited(audited: Audit, text: str) -> None:
    result = audited(START + text, bulk=True, inventory=True)
    assert result.files == 1
    lines = (START + text).count("\n") + (START + text).count("\r") + 1
    assert all(1 <= one.place.line <= lines for one in result.findings)


@given(
    st.lists(st.sampled_from(WAYS), min_size=1, max_size=4),
    st.lists(st.sampled_from(["", "# a comment", "# password = 1", "    ", "\t# x"]), max_size=6),
    st.integers(0, 3),
)
@settings(max_examples=25, deadline=None)
def test_lines_that_move_keep_their_fingerprints(audited: Audit, ways: list[str], above: list[str], where: int) -> None:
    parts = [f"def g{n}(user, x):\n{indented(way.format(n='value'))}" for n, way in enumerate(ways)]
    before = audited(START + "\n".join(parts))
    parts.insert(min(where, len(parts)), "\n".join(above) + "\n")
    after = audited(START + "\n".join(parts))
    assert [one.fingerprint for one in after.findings] == [one.fingerprint for one in before.findings]
    assert len({one.fingerprint for one in before.findings}) == len(before.findings)


@given(st.sampled_from(WAYS), st.sampled_from(NEUTRAL), st.sampled_from(NEUTRAL))
@settings(max_examples=25, deadline=None)
def test_a_neutral_name_says_nothing(audited: Audit, way: str, one: str, other: str) -> None:
    def found(name: str) -> list[tuple[str, str, int]]:
        result = audited(f"{START}def g(user, x):\n{indented(way.format(n=name))}")
        return [(finding.rule, finding.field, finding.place.line) for finding in result.findings]

    assert found(one) == found(other)


@given(
    st.sampled_from(VALUES),
    st.sampled_from(MASKS),
    st.sampled_from(
        [
            "log.info('%s', {})",
            "log.info(f'got {{{}}}')",
            "print({})",
            "value = {}\nlog.info(value)",
            "log.info('got ' + str({}))",
        ]
    ),
)
@settings(max_examples=60, deadline=None)
def test_a_mask_around_the_value_removes_the_finding(audited: Audit, value: str, mask: str, call: str) -> None:
    start = f"{START}import os, getpass, json\ndef g(self, user, users, word, data, request, password, token, sql_connection):\n"
    quoted = value.replace("'", '"') if "f'" in call else value
    if "f'" in call and ("f'" in value or '"' in mask or "'" in mask or "{" in value):
        return
    bare = audited(start + indented(call.format(quoted)), bulk=True)
    assert bare.findings, (value, call)
    masked = audited(start + indented(call.format(mask.replace("%s", quoted))))
    assert not masked.findings


@given(
    st.lists(st.sampled_from(WAYS + ["log.info('%s', user.config)", "print(user.password)"]), min_size=1, max_size=6)
)
@settings(max_examples=15, deadline=None)
def test_findings_are_in_order_and_the_same_each_time(audited: Audit, ways: list[str]) -> None:
    source = START + "\n".join(f"def g{n}(user, x):\n{indented(way.format(n='value'))}" for n, way in enumerate(ways))
    first, second = audited(source, bulk=True), audited(source, bulk=True)
    lines = [(one.place.line, one.place.column) for one in first.findings]
    assert lines == sorted(lines)
    assert first == second
