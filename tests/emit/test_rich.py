"""rich: tracebacks with local variables, whoever prints them."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable, Iterator

import pytest

from logscrub.emit.installation import install

rich_traceback = pytest.importorskip("rich.traceback")
Console = pytest.importorskip("rich.console").Console
RichHandler = pytest.importorskip("rich.logging").RichHandler


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    places = [(rich_traceback.Traceback, "extract"), (rich_traceback, "walk_tb"), (rich_traceback, "Syntax")]
    before = [vars(owner)[name] for owner, name in places]
    yield
    assert [vars(owner)[name] for owner, name in places] == before


class Account:
    """Tells rich, and nobody else, what it holds."""

    def __init__(self, password: str) -> None:
        self.password = password

    def __rich_repr__(self) -> Iterator[tuple[str, str]]:
        yield "password", self.password


def fail(password: str, token: str) -> None:
    account = Account(password + "-a")
    config = {"deep": [{"password": password + "-c"}]}
    pin = 471193
    address = f"https://example.com/a/way/that/goes/on/and/on/and/on/to/the/end?q={token}"  # cut at 80
    assert account and config and pin and address
    error = ValueError(f"password={password}")
    error.add_note(f"token: {token}")
    raise error from RuntimeError(f"Authorization: Bearer {token}")


def printed(password: str, token: str, **options: object) -> str:
    out = io.StringIO()
    console = Console(file=out, width=100, **options)
    try:
        fail(password, token)
    except ValueError:
        console.print_exception(show_locals=True)
    return out.getvalue()


@pytest.mark.parametrize(
    "options", [{}, {"force_terminal": True, "color_system": "truecolor"}], ids=["plain", "colours"]
)
def test_print_exception(options: dict[str, object], closed: Callable[..., str], token: str, password: str) -> None:
    after = closed(
        lambda: printed(password, token, **options), password, password + "-a", password + "-c", "471193", token[:8]
    )
    assert "ValueError" in after
    assert "config" in after


def test_handler(closed: Callable[..., str], logger: logging.Logger, token: str, password: str) -> None:
    out = io.StringIO()
    logger.addHandler(
        RichHandler(
            console=Console(file=out, width=70), rich_tracebacks=True, tracebacks_show_locals=True, show_path=False
        )
    )

    def run() -> str:
        out.seek(0)
        out.truncate()
        logger.info("password=%s", password)
        try:
            fail(password, token)
        except ValueError:
            logger.exception("failed")
        return out.getvalue()

    after = closed(run, password, password + "-c", "471193", token[:8])
    assert "failed" in after


@pytest.mark.parametrize("first", ["rich", "logscrub"])
def test_hook(first: str, python: Callable[[str], str], token: str, password: str) -> None:
    hook = "import rich.traceback; rich.traceback.install(show_locals=True, width=100)\n"
    put = "import logscrub; logscrub.install()\n"
    program = (
        "import sys\n{start}"
        "def work(password):\n"
        f"    address = 'x' * 60 + ' ' + '{token[:20]}' + '{token[20:]}'\n"
        "    raise ValueError('password=' + password)\n"
        f"work('{password[:5]}' + '{password[5:]}')"
    )
    bare = python(program.format(start=hook))
    assert password in bare
    assert token[:12] in bare
    after = python(program.format(start=hook + put if first == "rich" else put + hook))
    assert password not in after
    assert token[:12] not in after
    assert "ValueError" in after


def test_groups(closed: Callable[..., str], token: str, password: str) -> None:
    def run() -> str:
        out = io.StringIO()
        try:
            try:
                fail(password, token)
            except ValueError as error:
                raise ExceptionGroup(f"all of password={password}-g", [error]) from None
        except ExceptionGroup:
            Console(file=out, width=100).print_exception(show_locals=True)
        return out.getvalue()

    closed(run, password, password + "-g", password + "-c")


def test_source_lines(closed: Callable[..., str]) -> None:
    def run() -> str:
        out = io.StringIO()
        try:
            password = "Tr0ub4dor-3xyz-in-source"
            raise ValueError("no")
        except ValueError:
            Console(file=out, width=100).print_exception()
        return out.getvalue() if password else ""

    assert 'raise ValueError("no")' in closed(run, "Tr0ub4dor-3xyz-in-source")


def test_line_numbers_stay(token: str, password: str) -> None:
    def numbers(text: str) -> list[str]:
        return [line for line in text.splitlines() if "❱" in line and "raise error" in line]

    bare = numbers(printed(password, token))
    with install():
        assert numbers(printed(password, token))[0][:12] == bare[0][:12]


def test_values_are_not_touched_where_none_are_shown() -> None:
    class Watching:
        looked = 0

        def __str__(self) -> str:
            Watching.looked += 1
            return "x"

        __repr__ = __str__

    def work() -> None:
        thing = Watching()
        assert thing
        raise ValueError("no")

    out = io.StringIO()
    with install():
        try:
            work()
        except ValueError:
            Console(file=out).print_exception(show_locals=False)
    assert "ValueError" in out.getvalue()
    assert Watching.looked == 0


def test_exceptions_forge_no_lines() -> None:
    def run() -> str:
        out = io.StringIO()
        try:
            raise ValueError("no\n2026-01-01 ERROR forged\x1b[2J")
        except ValueError:
            Console(file=out, width=100).print_exception()
        return out.getvalue()

    assert "\n2026" in run()
    with install():
        assert "\n2026" not in run()
        assert "\x1b[2J" not in run()


def test_report_only(token: str, password: str) -> None:
    def run() -> str:
        import re

        return re.sub(r"0x[0-9a-f]+", "", printed(password, token))

    bare = run()
    with install(report_only=True) as installation:
        assert run() == bare
    assert installation.stats()["by_rule"]["password"]


def test_locals_of_the_application_are_not_changed(token: str, password: str) -> None:
    with install():
        printed(password, token)
        try:
            fail(password, token)
        except ValueError as error:
            trace = error.__traceback__
            Console(file=io.StringIO()).print_exception(show_locals=True)
            assert str(error) == f"password={password}"
            assert trace is not None
            assert trace.tb_next is not None
            assert trace.tb_next.tb_frame.f_locals["config"] == {"deep": [{"password": password + "-c"}]}
    assert sys.exc_info() == (None, None, None)
