"""Audit, repair, audit: what was repaired is not found again, and a second repair changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logscrub.code.audit import CodeOptions, audit_code
from logscrub.code.fix import fix_files

OPTIONS = CodeOptions(cache=False, jobs=1)

PROGRAM = '''
"""A shop."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from oslo_config import cfg

LOG = logging.getLogger(__name__)

OPTS = [
    cfg.StrOpt("admin_password", help="Password of the administrator"),
    cfg.StrOpt(
        "api_token",
        help="Token of the API",  # given by the provider
    ),
]


@dataclass
class AccountSettings:
    user: str
    password: str
    private_key: str = ""


async def login(user, password, request, conf):
    LOG.info("login %s %s", user, password)
    LOG.info(f"login {user=} {password=}")
    LOG.info("login " + user + ":" + password)
    LOG.info("login {} {}".format(user, password))
    LOG.info("login %(user)s %(password)s" % {"user": user, "password": password})
    LOG.info("login %(user)s %(password)s", locals())
    LOG.debug("headers %s", request.headers)
    text = f"token of {user}"
    secret = conf["client_secret"]
    LOG.debug("secret is %r", secret)
    print("password:", password)
    LOG.debug(text)
    raise ValueError("bad password %s" % password)
'''.lstrip()  # noqa: S105


def test_clean_afterwards(tmp_path: Path) -> None:
    """Everything that was repaired is gone, and nothing new is there."""
    path = tmp_path / "app.py"
    path.write_text(PROGRAM)
    found = audit_code([path], OPTIONS)
    assert len(found.findings) >= 12
    result = fix_files(found, write=True)
    assert not result.refused
    assert len(result.done) == len(found.findings)
    after = path.read_text()
    assert audit_code([path], OPTIONS).findings == ()
    assert fix_files(audit_code([path], OPTIONS), write=True).changed == ()
    assert path.read_text() == after
    kept = [line for line in PROGRAM.splitlines() if "password" not in line and "secret" not in line]
    assert [line for line in kept if line not in after.splitlines()] == [
        "from dataclasses import dataclass",
        '    private_key: str = ""',
        '    LOG.debug("headers %s", request.headers)',
    ]


VALUES = ["password", "(password)", "self.password", 'conf["password"]', "user.api_key", "password or ''", "str(password)", "get(password)", "password.strip()", "[password]", "(user, password)", "{'password': password}", "password if user else ''", "user", "'x'", "locals()"]  # fmt: skip
CALLS = [
    'LOG.info("x %s", @)', "LOG.info('x %s %s', user, @)", 'LOG.debug(f"x {@}")', "LOG.debug(f'x {@!r:>20} {user}')", 'LOG.info(f"{@=}")', 'LOG.info("x" + str(@))', 'LOG.info("x {}".format(@))', 'LOG.info("%s" % (@,))', 'LOG.info("x %(a)s", {"a": @})',
    "print(@)", "print('x', @, sep='')", "raise ValueError(@)", "raise ValueError('x %s' % (@,))", 'LOG.info(\n    "x %s",  # why\n    @,\n)', "LOG.info('x', extra={'a': @})", 'LOG.info("%s %s", @, @)', "LOG.error(@)", "LOG.info('é %s 🎉 %s', 'ü', @)",
]  # fmt: skip
HEADS = [
    "",
    '"""Doc."""\n',
    "#!/usr/bin/python\n# Licence\n",
    "from __future__ import annotations\n",
    "import os, sys\n",
    "import logscrub as ls\n",
    "from . import x\n",
    "logscrub = 1\n",
]


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A module with a function that logs in several ways."""
    lines = [
        draw(st.sampled_from(CALLS)).replace("@", draw(st.sampled_from(VALUES))) for _ in range(draw(st.integers(1, 4)))
    ]
    indent = draw(st.sampled_from(["    ", "\t", "  "]))
    body = "".join(
        f"{indent}{line}\n"
        for call in lines
        for line in f"if user:\n{indent}{call}".replace("\n", f"\n{indent}").split("\n")
    )
    head = draw(st.sampled_from(HEADS))
    text = f"{head}import logging\nLOG = logging.getLogger()\n\ndef f(self, user, password, conf):\n{body}"
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def is_program(text: str) -> bool:
    """Quotes inside an f-string of the same quotes are only allowed from Python 3.12 on."""
    try:
        compile(text, "x", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(programs().map(lambda text: text.replace("{'x'}", "{user}")).filter(is_program))
def test_twice_is_once(tmp_path: Path, text: str) -> None:
    """Repairing what was repaired changes nothing, and what was done is not found again."""
    path = tmp_path / "app.py"
    path.write_bytes(text.encode())
    found = audit_code([path], OPTIONS)
    result = fix_files(found, write=True)
    once = path.read_bytes()
    again = audit_code([path], OPTIONS)
    assert len(again.findings) <= len(result.refused), (once.decode(), again.findings)
    fix_files(again, write=True)
    assert path.read_bytes() == once
    assert bool(result.changed) == (once != text.encode())


@pytest.mark.parametrize("write", [True, False])
def test_nothing_to_do(tmp_path: Path, write: bool) -> None:
    """A clean file is not touched."""
    path = tmp_path / "app.py"
    path.write_text("x = 1\n")
    before = path.stat().st_mtime_ns
    assert fix_files(audit_code([path], OPTIONS), write=write).changed == ()
    assert path.stat().st_mtime_ns == before
