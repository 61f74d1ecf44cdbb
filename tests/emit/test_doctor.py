"""The doctor finds each way that is open, takes none for open that is closed, and leaves no trace of its canaries."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import logging.handlers
import os
import queue
import socket
import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from logscrub import Policy, install
from logscrub.emit.doctor import CHANNELS, DoctorResult, LeakError, verify
from logscrub.emit.doctor.canaries import Canaries
from logscrub.emit.doctor.result import Path as Way
from logscrub.emit.installation import current
from logscrub.errors import ConfigError
from logscrub.scrubber import Scrubber

NAME = "doctor-test"
# What the canaries are, but for two of them: to leave these out of all rules would compile all the others anew.
NO_ADDRESSES_NO_CARDS = Policy(select=("github-token", "password", "one-time-code"))


@pytest.fixture
def service() -> Iterator[logging.Logger]:
    """A logger of the live tree that keeps its records to itself."""
    logger = logging.getLogger(NAME)
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    yield logger
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.filters.clear()
    logger.disabled = False
    del logging.root.manager.loggerDict[NAME]


def ways(result: DoctorResult, name: str = NAME) -> list[Way]:
    """The paths of one logger; pytest's handlers are on every logger."""
    return [path for path in result.paths if name in path.loggers and not path.target.startswith("_pytest.")]


def states(result: DoctorResult, name: str = NAME) -> dict[str, str]:
    """How each channel of one logger is."""
    return {path.channel: path.state for path in ways(result, name)}


def test_canaries_are_what_the_rules_look_for() -> None:
    canaries = Canaries()
    text = f"{canaries.token} {canaries.card} {canaries.email} password={canaries.password} pin={canaries.pin}"
    assert canaries.found(text) == ("card", "email", "password", "pin", "token")
    assert canaries.found(Scrubber().scrub_text(text)) == ()
    assert Canaries().found(text) == ()


def test_canaries_are_found_however_they_are_written() -> None:
    canaries = Canaries()
    assert canaries.found(canaries.password.encode().hex()) == ("password",)
    assert canaries.found(json.dumps(canaries.email).replace("@", "\\u0040")) == ("email",)


class Shipping(logging.Handler):
    """A handler that looks into records."""

    shipped: list[object] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.shipped.append(vars(record))


class Writing(logging.StreamHandler):  # type: ignore[type-arg]
    """A stream handler that writes what it likes."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream.write(record.getMessage())


class Own:
    """Nothing but a method ``handle``."""

    level = 0
    shipped: list[object] = []

    def handle(self, record: logging.LogRecord) -> None:
        self.shipped.append(record)


@contextmanager
def listening(kind: socket.SocketKind) -> Iterator[tuple[socket.socket, int]]:
    with socket.socket(socket.AF_INET, kind) as listener:
        listener.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            listener.listen()
        listener.settimeout(0.2)
        yield listener, listener.getsockname()[1]


def heard(listener: socket.socket) -> bool:
    """Whether anybody has connected or sent something."""
    try:
        if listener.type == socket.SOCK_STREAM:
            listener.accept()[0].close()
        else:
            listener.recv(1 << 16)
    except TimeoutError:
        return False
    return True


FILES: dict[str, Callable[[str], logging.Handler]] = {
    "file": logging.FileHandler,
    "delayed": lambda path: logging.FileHandler(path, delay=True),
    "rotating": lambda path: logging.handlers.RotatingFileHandler(path, maxBytes=1, backupCount=3),
    "timed": lambda path: logging.handlers.TimedRotatingFileHandler(path, when="S", backupCount=3),
    "watched": logging.handlers.WatchedFileHandler,
}


@pytest.mark.parametrize("kind", FILES)
def test_files_stay_as_they_are(kind: str, service: logging.Logger, tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("started\n")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    service.addHandler(FILES[kind](str(path)))
    open_before = states(verify())
    with install():
        closed = states(verify())
    assert open_before["arguments"] == "leak"
    assert set(closed.values()) == {"closed"}
    assert set(closed) == set(CHANNELS) - {"line-break"}
    assert [file.name for file in tmp_path.iterdir()] == ["app.log"]
    assert path.read_text() == "started\n"
    assert path.stat().st_mtime == 1_000_000_000


def test_a_file_that_is_not_there_is_not_made(service: logging.Logger, tmp_path: Path) -> None:
    service.addHandler(logging.FileHandler(tmp_path / "later.log", delay=True))
    assert states(verify())["message"] == "leak"
    assert not list(tmp_path.iterdir())


NETWORK: dict[str, tuple[socket.SocketKind, Callable[[int], logging.Handler]]] = {
    "socket": (socket.SOCK_STREAM, lambda port: logging.handlers.SocketHandler("127.0.0.1", port)),
    "datagram": (socket.SOCK_DGRAM, lambda port: logging.handlers.DatagramHandler("127.0.0.1", port)),
    "syslog": (socket.SOCK_DGRAM, lambda port: logging.handlers.SysLogHandler(("127.0.0.1", port))),
    "http": (socket.SOCK_STREAM, lambda port: logging.handlers.HTTPHandler(f"127.0.0.1:{port}", "/log")),
    "post": (socket.SOCK_STREAM, lambda port: logging.handlers.HTTPHandler(f"127.0.0.1:{port}", "/log", "POST")),
    "mail": (
        socket.SOCK_STREAM,
        lambda port: logging.handlers.SMTPHandler(("127.0.0.1", port), "a@example.com", ["b@example.com"], "log"),
    ),
}


@pytest.mark.parametrize("kind", NETWORK)
def test_nothing_is_sent(kind: str, service: logging.Logger) -> None:
    protocol, make = NETWORK[kind]
    with listening(protocol) as (listener, port):
        service.addHandler(make(port))
        before = ways(verify())
        with install():
            after = states(verify())
        assert not heard(listener)
    assert {path.channel for path in before if path.state == "leak"} >= {"message", "arguments", "exception"}
    assert str(port) in before[0].target
    assert set(after.values()) == {"closed"}


def test_memory_and_what_is_behind_it(service: logging.Logger) -> None:
    out = io.StringIO()
    memory = logging.handlers.MemoryHandler(1, target=logging.StreamHandler(out))
    service.addHandler(memory)
    before = verify()
    assert states(before)["message"] == "leak"
    assert any(path.target == "StreamHandler to a StringIO" and path.state == "leak" for path in before.paths)
    with install():
        assert set(states(verify()).values()) == {"closed"}
    assert not memory.buffer
    assert not out.getvalue()


def test_a_queue_and_what_is_behind_it(service: logging.Logger) -> None:
    waiting: queue.Queue[Any] = queue.Queue()
    shipping = Shipping()
    service.addHandler(logging.handlers.QueueHandler(waiting))
    listener = logging.handlers.QueueListener(waiting, shipping)
    before = verify()
    assert states(before)["arguments"] == "leak"
    assert any(path.target.endswith("Shipping") and path.state == "leak" for path in before.paths)
    with install():
        after = verify()
        assert set(states(after).values()) == {"closed"}
        assert not [path for path in after.leaks if path.target.endswith("Shipping")]
    assert waiting.empty()
    assert not shipping.shipped
    assert listener.handlers == (shipping,)


@pytest.mark.parametrize("make", [Shipping, lambda: Writing(io.StringIO()), Own], ids=["shipping", "writing", "own"])
def test_handlers_of_others(make: Callable[[], Any], service: logging.Logger) -> None:
    handler = make()
    service.addHandler(handler)
    before = states(verify())
    with install():
        after = states(verify())
    assert before["extra"] == before["object"] == "leak"
    assert set(after.values()) == {"closed"}
    assert not getattr(handler, "shipped", None)
    if isinstance(handler, Writing):
        assert handler.stream.getvalue() == ""
    service.handlers.clear()


def test_a_handler_that_came_by_no_known_way(service: logging.Logger) -> None:
    with install():
        service.handlers.append(Own())  # type: ignore[arg-type]
        assert set(states(verify()).values()) == {"closed"}
    service.handlers.clear()


def test_the_last_resort(python: Callable[[str], str]) -> None:
    out = python(
        """
import logging, logscrub
from logscrub.emit.doctor import verify
logging.getLogger("shop")
print({path.target for path in verify().paths if path.area == "logging" and "shop" in path.loggers and path.state == "leak"})
logscrub.install()
print({path.state for path in verify().paths})
"""
    )
    assert out == "{'_StderrHandler to <stderr> (the last resort)'}\n{'closed'}\n"


def test_a_handler_that_writes_nothing_is_no_path(service: logging.Logger) -> None:
    service.addHandler(logging.NullHandler())
    assert ways(verify()) == []


class TestWhatKeepsRecordsAway:
    def test_a_level_that_fits_is_found(self, service: logging.Logger) -> None:
        handler = logging.StreamHandler(io.StringIO())
        handler.addFilter(lambda record: record.levelno < logging.WARNING)
        service.addHandler(handler)
        assert states(verify())["message"] == "leak"

    @pytest.mark.parametrize(
        ("prevent", "reason"),
        [
            (lambda logger: setattr(logger, "disabled", True), "its loggers are disabled"),
            (lambda logger: logger.setLevel(1000), "the levels of its loggers let nothing through"),
            (lambda logger: logger.handlers[-1].setLevel(1000), "its level lets nothing through"),
            (lambda logger: logger.addFilter(lambda record: False), "a filter lets nothing through"),
            (lambda logger: logger.handlers[-1].addFilter(lambda record: False), "a filter lets nothing through"),
        ],
    )
    def test_what_is_not_tested_says_why(
        self, prevent: Callable[[logging.Logger], object], reason: str, service: logging.Logger
    ) -> None:
        handler = logging.StreamHandler(io.StringIO())
        service.addHandler(handler)
        service.handlers[:] = [handler]
        prevent(service)
        found = ways(verify())
        assert {(path.state, path.reason) for path in found} == {("untested", reason)}

    def test_a_filter_that_raises(self, service: logging.Logger) -> None:
        def check(record: logging.LogRecord) -> bool:
            raise RuntimeError("no")

        service.addHandler(logging.StreamHandler(io.StringIO()))
        service.addFilter(check)
        assert {path.state for path in ways(verify())} == {"untested"}

    def test_what_filters_of_loggers_add_is_looked_at(self, service: logging.Logger) -> None:
        def add(record: logging.LogRecord) -> bool:
            record.msg = f"{record.msg} added"
            return True

        service.addFilter(add)
        service.addHandler(logging.StreamHandler(io.StringIO()))
        with install():
            assert set(states(verify()).values()) == {"closed"}


class TestLeaksInSpiteOfAnInstallation:
    @pytest.fixture(autouse=True)
    def stream(self, service: logging.Logger) -> logging.Handler:
        handler = logging.StreamHandler(io.StringIO())
        service.handlers[:] = [handler]
        return handler

    def test_the_methods_of_the_class_are_set_back(
        self, service: logging.Logger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        form, handle = logging.Handler.format, logging.Handler.handle
        with install(), monkeypatch.context() as patch:
            patch.setattr(logging.Handler, "format", form)
            assert set(states(verify()).values()) == {"closed"}, "the other ring holds"
            patch.setattr(logging.Handler, "handle", handle)
            leaks = [path for path in ways(verify()) if path.state == "leak"]
        assert {path.channel for path in leaks} >= {"message", "arguments", "exception"}
        assert "logging.Handler.format was set back after logscrub.install()" in leaks[0].reason
        assert leaks[0].fix

    def test_somebody_else_takes_the_place_of_a_method(
        self, service: logging.Logger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def handle(self: logging.Handler, record: logging.LogRecord) -> bool:
            raise AssertionError("it may send what it gets, so it is not called")

        with install(), monkeypatch.context() as patch:
            patch.setattr(logging.Handler, "handle", handle)
            leaks = [path for path in ways(verify()) if path.state == "leak"]
        assert f"logging.Handler.handle was set by {__name__} after logscrub.install()" in leaks[0].reason

    def test_a_handle_of_one_handler(self, service: logging.Logger, stream: Any, token: str) -> None:
        handler = stream
        shipped: list[logging.LogRecord] = []
        with install():
            handler.handle = shipped.append
            assert set(states(verify()).values()) == {"closed"}, "it is seen when a record comes"
            handler.handle = lambda record: shipped.append(record)
            found = [path for path in ways(verify()) if path.state == "leak"]
            assert not shipped, "it may send what it gets, so it is not called"
            service.warning("with %s", token)
            del handler.handle
        # What the doctor says is what happens.
        assert bool(found) == (token in shipped[0].getMessage())
        if found:
            assert f"its handle() was set on this one handler, by {__name__}" in found[0].reason

    def test_a_handle_of_a_class_that_is_set_later(self, service: logging.Logger, token: str) -> None:
        shipped: list[logging.LogRecord] = []

        class Late(logging.Handler):
            pass

        service.addHandler(Late())
        with install():
            Late.handle = lambda self, record: shipped.append(record)  # type: ignore[method-assign, assignment, func-returns-value, return-value]
            found = [path for path in ways(verify()) if path.state == "leak"]
            assert not shipped
            service.warning("with %s", token)
        assert bool(found) == (token in shipped[0].getMessage())

    def test_a_policy_that_looks_for_less(self, service: logging.Logger) -> None:
        with install(NO_ADDRESSES_NO_CARDS):
            found = {path.channel: path for path in ways(verify())}
        assert found["message"].state == "policy"
        assert found["message"].canaries == ("card", "email")
        assert found["arguments"].state == "closed"

    def test_a_policy_for_one_handler(self, service: logging.Logger) -> None:
        other = logging.StreamHandler(io.StringIO())
        other.set_name("other")
        service.addHandler(other)
        with install(handlers={other: NO_ADDRESSES_NO_CARDS}):
            found = [path for path in ways(verify()) if path.channel == "message"]
        assert {("other" in path.target, path.state) for path in found} == {(True, "policy"), (False, "closed")}

    def test_only_reporting(self, service: logging.Logger) -> None:
        with install(report_only=True):
            result = verify()
        assert result.report_only
        assert {path.reason for path in result.leaks} == {"logscrub only reports, by choice, and changes nothing"}
        assert any(note.kind == "report-only" for note in result.notes)

    def test_line_breaks(self, service: logging.Logger) -> None:
        def forged() -> bool:
            return any(note.kind == "forged-line" and "StringIO" in note.text for note in verify().notes)

        with install(neutralize=False):
            assert forged()
        with install():
            assert not forged()


HOOKS = """
import sys, threading, logscrub
from logscrub.emit.doctor import verify
def hook(*args): raise AssertionError("it may send what it gets, so it is not called")
{early}
logscrub.install()
hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
for place, name, other in {changes}:
    before = getattr(place, name)
    setattr(place, name, other)
    leaks = verify().leaks
    setattr(place, name, before)
    print(*sorted({{path.reason for path in leaks}}) or ["closed"])
"""


class TestHooks:
    def test_hooks_that_came_later(self, python: Callable[[str], str]) -> None:
        changes = (
            "(sys, 'excepthook', hook), (sys, 'excepthook', sys.__excepthook__), (threading, 'excepthook', hook), "
            "(sys, 'unraisablehook', hook), (sys, 'unraisablehook', sys.__unraisablehook__), (sys, 'hexversion', 0)"
        )
        out = python(HOOKS.format(early="", changes=changes))
        assert out.splitlines() == [
            "sys.excepthook was set by __main__ after logscrub.install()",
            "sys.excepthook was set back to the interpreter's own after logscrub.install()",
            "threading.excepthook was set by __main__ after logscrub.install()",
            "sys.unraisablehook was set by __main__ after logscrub.install()",
            "sys.unraisablehook was set back to the interpreter's own after logscrub.install()",
            "closed",
        ]

    def test_hooks_that_were_there_before_get_what_is_clean(self, python: Callable[[str], str]) -> None:
        early = "sys.excepthook = threading.excepthook = sys.unraisablehook = hook"
        assert python(HOOKS.format(early=early, changes="[(sys, 'hexversion', 0)]")) == "closed\n"

    def test_without_an_installation_all_of_them_leak(self, python: Callable[[str], str]) -> None:
        out = python(
            "from logscrub.emit.doctor import verify\n"
            "print(sorted({path.target for path in verify().leaks if path.area == 'hook'}))"
        )
        assert out.strip() == str(
            ["sys.excepthook", "sys.unraisablehook", "threading.excepthook", "traceback.print_exc", "warnings"]
        )

    def test_the_handler_of_an_event_loop_is_told_of(self) -> None:
        async def main(hook: Any) -> list[str]:
            asyncio.get_running_loop().set_exception_handler(hook)
            return [note.text for note in verify(channels=["note"]).notes if "event loop" in note.text]

        assert asyncio.run(main(None)) == []
        assert asyncio.run(main(lambda loop, context: None)) == [
            f"the event loop's exception handler was set by {__name__}: it is given errors as they are"
        ]

    def test_captured_streams_need_no_remark(self, python: Callable[[str], str]) -> None:
        program = """
import logscrub
from logscrub.emit.doctor import verify
for capture in (), ("stdout", "stderr"):
    with logscrub.install(capture=capture):
        result = verify()
    print(len([note for note in result.notes if note.kind == "not-covered"]), result.ok)
"""
        assert python(program) == "2 True\n0 True\n"


class TestResult:
    def test_it_can_be_raised(self, service: logging.Logger) -> None:
        service.addHandler(logging.StreamHandler(io.StringIO()))
        with pytest.raises(LeakError, match="logscrub is not installed in this process") as caught:
            verify().raise_for_leaks()
        assert "cAn9-" not in str(caught.value)
        DoctorResult(True, False, (), ()).raise_for_leaks()

    def test_channels_can_be_chosen(self, service: logging.Logger) -> None:
        service.addHandler(logging.StreamHandler(io.StringIO()))
        assert set(states(verify(channels=["note", "stack"]))) == {"note", "stack"}
        with pytest.raises(ConfigError, match="no channel is called 'sound'; there are message"):
            verify(channels=["sound"])

    def test_nothing_in_it_is_a_value(self, service: logging.Logger) -> None:
        service.addHandler(logging.StreamHandler(io.StringIO()))
        shown = repr(verify())
        assert "cAn9-" not in shown
        assert "ghp_" not in shown
        assert "@example.com" not in shown

    def test_handlers_that_look_alike_are_told_apart(self, service: logging.Logger) -> None:
        service.handlers[:] = [logging.StreamHandler(io.StringIO()) for _ in range(3)]
        found = {path.target for path in ways(verify())}
        assert len(found) == 3
        assert any(target.endswith(" (number 3)") for target in found)

    def test_names_are_scrubbed(self, token: str) -> None:
        logger = logging.getLogger(f"user-{token}")
        logger.addHandler(logging.StreamHandler(io.StringIO()))
        try:
            assert token not in repr(verify())
        finally:
            logger.handlers.clear()
            del logging.root.manager.loggerDict[logger.name]

    def test_handlers_that_came_later_are_noted(self, service: logging.Logger) -> None:
        service.addHandler(logging.StreamHandler(io.StringIO()))
        with install():
            assert not [note for note in verify().notes if note.kind == "after-install" and NAME in note.text]
            service.addHandler(Shipping())
            notes = [note.text for note in verify().notes if note.kind == "after-install" and NAME in note.text]
        assert len(notes) == 1
        assert "Shipping" in notes[0]

    def test_the_books_are_not_touched(self, service: logging.Logger, tmp_path: Path) -> None:
        events: list[object] = []
        service.addHandler(Shipping())
        service.addHandler(logging.StreamHandler(io.StringIO()))
        with install(on_match=events.append, ledger=tmp_path / "ledger.jsonl") as installation:
            assert set(states(verify()).values()) == {"closed"}
            stats = installation.stats()
        assert not events
        assert (stats["changed"], stats["by_rule"], stats["by_site"], stats["errors"]) == (0, {}, {}, 0)
        assert not (tmp_path / "ledger.jsonl").exists() or not (tmp_path / "ledger.jsonl").read_text()

    def test_everything_is_as_it_was(self, service: logging.Logger) -> None:
        out = io.StringIO()
        for handler in (logging.StreamHandler(out), Shipping()):
            service.addHandler(handler)
        before = [dict(vars(handler)) for handler in service.handlers]
        stderr, alive = sys.stderr, len(logging._handlerList)  # type: ignore[attr-defined]
        with install():
            placed = len(current()._engine.patches._done)  # type: ignore[union-attr]
            verify()
            assert len(current()._engine.patches._done) == placed  # type: ignore[union-attr]
        assert [dict(vars(handler)) for handler in service.handlers] == before
        assert sys.stderr is stderr
        assert len(logging._handlerList) <= alive  # type: ignore[attr-defined]
        assert out.getvalue() == ""

    def test_an_interrupt_leaves_nothing_behind(self, service: logging.Logger) -> None:
        def interrupt(record: logging.LogRecord) -> bool:
            raise KeyboardInterrupt

        service.addHandler(logging.StreamHandler(io.StringIO()))
        service.addFilter(interrupt)
        stderr = sys.stderr
        with install() as installation:
            with pytest.raises(KeyboardInterrupt):
                verify()
            assert sys.stderr is stderr
            service.filters.clear()
            service.warning("password=%s", "hunter2-correct-horse")
            assert installation.stats()["changed"], "the books are kept again"

    def test_other_threads_go_on_logging(self, service: logging.Logger) -> None:
        out = io.StringIO()
        service.addHandler(logging.StreamHandler(out))
        stop, written = threading.Event(), [0]

        def log() -> None:
            while not stop.is_set():
                service.warning("line")
                written[0] += 1

        thread = threading.Thread(target=log)
        with install():
            thread.start()
            try:
                for _ in range(3):
                    assert set(states(verify()).values()) == {"closed"}
            finally:
                stop.set()
                thread.join(10)
        assert out.getvalue() == "line\n" * written[0]

    def test_it_takes_less_than_a_tenth_of_a_second(self, python: Callable[[str], str]) -> None:
        program = """
import io, logging, time, logscrub
from logscrub.emit.doctor import verify
for _ in range(10): logging.getLogger().addHandler(logging.StreamHandler(io.StringIO()))
with logscrub.install():
    def timed():
        start = time.process_time(); verify(); return time.process_time() - start
    print(min(timed() for _ in range(5)))
"""
        assert float(python(program)) < 0.1


class TestLoguru:
    @pytest.fixture
    def loguru(self) -> Iterator[Any]:
        from loguru import logger

        logger.remove()
        yield logger
        logger.remove()

    def found(self, area: str = "loguru") -> set[tuple[str, str]]:
        return {(path.channel, path.state) for path in verify().paths if path.area == area}

    @pytest.mark.parametrize("options", [{}, {"serialize": True}, {"enqueue": True}, {"rotation": 1}], ids=str)
    def test_files(self, loguru: Any, options: dict[str, Any], tmp_path: Path) -> None:
        path = tmp_path / "app.log"
        loguru.add(path, **options)
        before = self.found()
        with install():
            after = self.found()
        loguru.remove()
        assert ("message", "leak") in before
        assert ("exception", "leak") in before
        assert {state for _, state in after} == {"closed"}
        assert [file.name for file in tmp_path.iterdir()] == ["app.log"]
        assert path.read_text() == ""

    @pytest.mark.parametrize("kind", ["stream", "python-stream", "function", "coroutine", "handler"])
    def test_sinks(self, loguru: Any, kind: str) -> None:
        got: list[str] = []

        async def take(message: str) -> None:
            got.append(message)

        out = io.StringIO()
        sinks: dict[str, Any] = {
            "stream": out,
            "python-stream": types.SimpleNamespace(write=got.append),
            "function": got.append,
            "coroutine": take,
            "handler": logging.StreamHandler(out),
        }
        loguru.add(sinks[kind])
        before = self.found()
        with install():
            after = self.found()
        assert ("arguments", "leak") in before
        assert {state for _, state in after} == {"closed"}
        assert not got
        assert not out.getvalue()

    def test_a_coroutine_in_a_running_loop(self, loguru: Any) -> None:
        got: list[str] = []

        async def main() -> set[tuple[str, str]]:
            async def take(message: str) -> None:
                got.append(message)

            loguru.add(take)
            with install():
                found = self.found()
            await asyncio.sleep(0)
            return found

        assert {state for _, state in asyncio.run(main())} == {"closed"}
        assert not got

    def test_a_patcher_that_raises(self, loguru: Any) -> None:
        def patch(record: Any) -> None:
            raise RuntimeError

        loguru.add(io.StringIO())
        loguru.configure(patcher=patch)
        try:
            assert {state for _, state in self.found()} == {"untested"}
        finally:
            loguru.configure(patcher=lambda record: None)

    def test_levels_and_filters(self, loguru: Any) -> None:
        loguru.add(io.StringIO(), level="TRACE", filter=lambda record: record["level"].no < 10)
        assert ("message", "leak") in self.found()
        loguru.remove()
        loguru.add(io.StringIO(), filter=lambda record: False)
        assert {state for _, state in self.found()} == {"untested"}


class TestStructlog:
    @pytest.fixture
    def structlog(self) -> Iterator[Any]:
        module = pytest.importorskip("structlog")
        yield module
        module.reset_defaults()

    def found(self) -> set[tuple[str, str]]:
        return {(path.channel, path.state) for path in verify().paths if path.area == "structlog"}

    def test_as_it_comes(self, structlog: Any, capsys: pytest.CaptureFixture[str]) -> None:
        structlog.reset_defaults()
        before = self.found()
        with install():
            after = self.found()
        assert ("extra", "leak") in before
        assert {state for _, state in after} == {"closed"}
        assert capsys.readouterr() == ("", "")

    def test_json(self, structlog: Any) -> None:
        structlog.configure([structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])
        assert ("exception", "leak") in self.found()
        with install():
            assert {state for _, state in self.found()} == {"closed"}

    def test_through_logging(self, structlog: Any, service: logging.Logger) -> None:
        handler = logging.StreamHandler(io.StringIO())
        handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=structlog.processors.JSONRenderer()))
        service.addHandler(handler)
        structlog.configure(
            processors=[structlog.stdlib.add_log_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
        )
        assert ("extra", "leak") in self.found()
        with install():
            assert {state for _, state in self.found()} == {"closed"}
        assert handler.stream.getvalue() == ""

    def test_processors_of_others_are_not_run(self, structlog: Any) -> None:
        sent: list[object] = []

        def send(logger: object, name: str, event: Any) -> Any:
            sent.append(event)
            return event

        structlog.configure([send, structlog.processors.JSONRenderer()])
        result = verify()
        assert not sent
        assert any(note.kind == "not-tested" and "send" in note.text for note in result.notes)


def test_a_handle_from_before_is_told_of_and_not_called(
    service: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handle(self: logging.Handler, record: logging.LogRecord) -> bool:
        raise AssertionError("it may send what it gets")

    service.handlers[:] = [logging.StreamHandler(io.StringIO())]
    with monkeypatch.context() as patch:
        patch.setattr(logging.Handler, "handle", handle)
        with install():
            result = verify(channels=["message"])
    assert any(f"Handler.handle was set by {__name__} before" in note.text for note in result.notes)


def test_a_wrapper_around_call_handlers_is_told_of_and_not_given_a_canary(
    service: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    original = logging.Logger.callHandlers

    def wrapper(self: logging.Logger, record: logging.LogRecord) -> None:
        given.append(record.getMessage())
        original(self, record)

    service.addHandler(logging.StreamHandler(io.StringIO()))
    monkeypatch.setattr(logging.Logger, "callHandlers", wrapper)
    with install():
        result = verify()
    assert all("logscrub doctor" in text for text in given)
    assert any(note.kind == "not-tested" and f"set by {__name__}" in note.text for note in result.notes)
