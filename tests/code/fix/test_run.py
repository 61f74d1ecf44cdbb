"""Repaired programs are run: the line is still there, and what it printed is not."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable

import pytest

SECRET = "hunter2-correct-horse"

PROGRAM = '''
"""A shop."""
import logging

LOG = logging.getLogger("shop")


class Login:
    def __init__(self, user, password):
        self.user = user
        self.password = password

    def __repr__(self):
        return "Login(" + self.user + ", " + «self.password» + ")"


def login(user, password, headers, count=3):
    LOG.info("lazy %s %s %d", user, «password», count)
    LOG.info(f"braces {user} {«password»} {«password»!r:>30} {count:05d}")
    LOG.info(f"equal {user=} {«password»=}")
    LOG.info("format {} {p:>30}".format(user, p=«password»))
    LOG.info("percent %s %s" % (user, «password»))
    LOG.info("plus " + user + " " + «password»)
    LOG.info("join " + ",".join([user, «password»]))
    LOG.info("named %(user)s %(password)s", {"user": user, "password": «password»})
    LOG.info("locals %(user)s %(password)s %(count)d", «locals()»)
    LOG.info("number %d %5.1f", count, «password» and count)
    LOG.info("whole %s", «dict(user=user, password=password)»)
    LOG.info("headers %s", «headers»)
    LOG.info("object %s", Login(user, password))
    LOG.info("built %s", «password.upper()[::1]», extra={"password": «password»})
    LOG.debug("off %s", «Never()»)
    LOG.error("text %s of %s" % (user, «password»))
    try:
        raise ValueError("bad %s" % «password»)
    except ValueError:
        LOG.exception("failed")


class Never:
    def __str__(self):
        raise AssertionError("formatted though the level is off")
'''.lstrip()  # noqa: S105


@pytest.fixture
def records() -> io.StringIO:
    """What the program's logger writes."""
    stream = io.StringIO()
    log = logging.getLogger("shop")
    handler = logging.StreamHandler(stream)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    yield stream
    log.removeHandler(handler)


def run(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a program's ``login``; an error inside a handler is an error."""
    monkeypatch.setattr(logging, "raiseExceptions", True)
    monkeypatch.setattr(
        logging.Handler, "handleError", lambda self, record: (_ for _ in ()).throw(AssertionError(record.msg))
    )
    names: dict = {"__name__": "shop"}
    exec(compile(text, "shop.py", "exec", dont_inherit=True), names)
    headers = {"Accept": "*/*", "X-Auth-Token": SECRET}
    names["login"]("bob", SECRET, headers)


def test_program(fixer: Callable, records: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way of printing keeps its line without the secret."""
    text, result = fixer(PROGRAM)
    assert not result.refused
    assert text.count("import logscrub") == 1
    run(text, monkeypatch)
    written = records.getvalue()
    assert SECRET.lower() not in written.lower()
    for line in (
        "lazy bob [password] 3",
        f"braces bob [password] {repr('[password]'):>30} 00003",
        "equal user='bob' password='[password]'",
        f"format bob {'[password]':>30}",
        "percent bob [password]",
        "plus bob [password]",
        "join bob,[password]",
        "named bob [password]",
        "locals bob [password] 3",
        "number 3   0.0",
        "object Login(bob, [password])",
        "built [password]",
        "text bob of [password]",
        "ValueError: bad [password]",
    ):
        assert f"{line}\n" in written, line


def test_the_program_leaks_before(fixer: Callable, records: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same program prints the secret before it is repaired: the test above tests something."""
    fixer.prepare(PROGRAM.replace("«password» and count", "count"))
    run(fixer.path.read_text(), monkeypatch)
    assert records.getvalue().count(SECRET) >= 15


MESSAGES = [
    'def f():\n    msg = "x %s" % «pw»\n    LOG.info(msg)\n    raise ValueError(msg)\n',
    'def f():\n    msg = _("x %(a)s") % {"a": «pw»}\n    LOG.info(msg)\n',
]


@pytest.mark.parametrize("before", MESSAGES)
def test_message_made_before(fixer: Callable, before: str) -> None:
    """A text that only log calls and exceptions take is masked where it is made."""
    found = fixer.prepare(before)
    from dataclasses import replace

    from logscrub.code.fix import fix_files
    from logscrub.code.model import CodeResult, Place

    moved = replace(found.findings[0], place=Place(str(fixer.path), 3, 5, 3, 18))
    result = fix_files(CodeResult(findings=(moved,)), write=True)
    assert not result.refused
    assert 'logscrub.mask(pw, "password")' in fixer.path.read_text()


@pytest.mark.parametrize(
    "use", ["connect(msg)", "return msg", "self.msg = msg", "x = msg + 'a'", "LOG.info(connect(msg)) or connect(msg)"]
)
def test_text_that_is_used(fixer: Callable, use: str) -> None:
    """A text that is used for anything else is left as it is."""
    from dataclasses import replace

    from logscrub.code.fix import fix_files
    from logscrub.code.model import CodeResult, Place

    found = fixer.prepare(f'def f(self):\n    msg = "x %s" % «pw»\n    LOG.info(msg)\n    {use}\n')
    moved = replace(found.findings[0], place=Place(str(fixer.path), 3, 5, 3, 18))
    result = fix_files(CodeResult(findings=(moved,)), write=True)
    assert ["outside of the call" in refusal.reason for refusal in result.refused] == [True]
