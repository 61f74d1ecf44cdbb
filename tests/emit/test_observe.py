"""What an installation tells of its work: counters, events, the ledger. Never a value."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from keeping import Keep

from logscrub import install
from logscrub.emit import ledger as ledger_module
from logscrub.emit.ledger import Ledger
from logscrub.emit.observe import BUCKETS, Event, Meter
from logscrub.errors import ConfigError
from logscrub.trace.ledger import Emitted, read_ledger

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def here(back: int = 0) -> int:
    """The number of the line of the caller."""
    return sys._getframe(1).f_lineno - back


class TestStats:
    def test_by_rule_logger_and_call_site(self, logger: logging.Logger, stream: io.StringIO, password: str) -> None:
        with install() as installation:
            logger.info("password=%s", password)
            first = here(1)
            for _ in range(2):
                logger.getChild("mail").info("to bob@shop-mail.io")
            second = here(1)
            logger.info("nothing here")
            stats = installation.stats()
        assert stats["seen"] == 4 and stats["changed"] == 3 and stats["errors"] == 0
        assert stats["by_rule"] == {"password": 1, "email": 2}
        assert stats["by_logger"] == {"emit-test": {"password": 1}, "emit-test.mail": {"email": 2}}
        assert stats["by_site"] == {f"{__file__}:{first}": {"password": 1}, f"{__file__}:{second}": {"email": 2}}
        assert password not in repr(stats)

    def test_several_handlers_count_a_record_once(
        self, logger: logging.Logger, stream: io.StringIO, password: str
    ) -> None:
        class Looks(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                stream.write(record.getMessage())

        for handler in (Looks(), logging.StreamHandler(io.StringIO()), Looks()):
            logger.addHandler(handler)
        with install() as installation:
            for _ in range(5):
                logger.info("password=%s", password)
            stats = installation.stats()
        assert stats["seen"] == 20
        assert stats["by_logger"] == {"emit-test": {"password": 5}}
        assert list(stats["by_site"].values()) == [{"password": 5}]

    def test_times_are_cumulative(self, logger: logging.Logger, stream: io.StringIO) -> None:
        with install() as installation:
            for _ in range(64):
                logger.info("nothing here")
            stats = installation.stats()
        bounds, counts = list(stats["seconds"]), list(stats["seconds"].values())
        assert bounds == [*BUCKETS, float("inf")]
        assert counts == sorted(counts) and counts[-1] == 4
        assert 0 < stats["seconds_sum"] < 4

    def test_names_of_loggers_and_files_are_scrubbed(self, stream: io.StringIO, token: str, tmp_path: Path) -> None:
        written = tmp_path / "leaks.jsonl"
        events: list[Event] = []
        logger = logging.getLogger(f"users.{token}")
        logger.propagate = False
        logger.addHandler(logging.StreamHandler(stream))
        try:
            with install(on_match=events.append, ledger=written) as installation:
                logger.warning("to bob@shop-mail.io")
                record = logging.LogRecord("x", 30, f"/srv/{token}/app.py", 7, f"{token}", (), None)
                logger.handle(record)
                shown = f"{installation.stats()}"
        finally:
            logger.handlers.clear()
        everything = shown + repr(events) + written.read_text()
        assert token not in everything and "users." in everything and "app.py" in everything

    def test_a_name_is_not_kept_longer_than_needed(self) -> None:
        meter = Meter()
        meter.matched([])
        assert len(meter._name("a" * 10_000)) == 200

    def test_a_signal_handler_that_logs_while_counts_are_taken(
        self, logger: logging.Logger, stream: io.StringIO, password: str, tmp_path: Path
    ) -> None:
        with install(ledger=tmp_path / "leaks.jsonl") as installation:
            meter = installation._engine.meter
            with meter._lock, installation._ledger._lock:  # type: ignore[union-attr]
                logger.info("password=%s", password)  # what a signal handler or a finalizer does in this thread
            assert installation.stats()["by_rule"] == {"password": 1}

    @posix
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_a_fork_while_another_thread_counts(
        self, logger: logging.Logger, stream: io.StringIO, password: str
    ) -> None:
        with install() as installation:
            held, done = threading.Event(), threading.Event()

            def hold() -> None:
                with installation._engine.meter._lock:
                    held.set()
                    done.wait(30)

            thread = threading.Thread(target=hold)
            thread.start()
            held.wait(30)
            child = os.fork()
            if child == 0:
                signal.alarm(20)
                logger.info("password=%s", password)
                os._exit(0 if installation.stats()["by_rule"] == {"password": 1} else 1)
            done.set()
            thread.join()
            assert os.waitpid(child, 0)[1] == 0


class TestShownLater:
    """What is scrubbed only when somebody looks at it is found at no log call, least of all at the next one."""

    def counted(
        self, logger: logging.Logger, keep: Keep, path: Path, log: Callable[[], object], look: Callable[[], str]
    ) -> dict[str, int]:
        """Log something, have a look at it, log an address; return the rules of both calls, the ledger's agreeing."""
        logger.handlers = [keep]
        with install(ledger=path) as installation:
            log()
            before = installation.stats()
            shown = look()
            assert installation.stats() == before
            logger.info("to bob@shop-mail.io")
            last = here(1)
            stats = installation.stats()
        assert "[password]" in shown
        assert stats["by_site"].pop(f"{__file__}:{last}") == {"email": 1}
        ledger = {(one.line, one.rule): one.count for one in read_ledger(str(path))}
        assert ledger.pop((last, "email")) == 1
        first = Counter[str]()
        for rules in stats["by_site"].values():
            first.update(rules)
        assert {rule: count for (_, rule), count in ledger.items()} == first
        assert stats["by_rule"] == first + Counter(["email"])
        return first

    def test_variables_of_frames(self, logger: logging.Logger, password: str, tmp_path: Path) -> None:
        keep = Keep()

        def log() -> None:
            secret_password = password
            try:
                raise ValueError(len(secret_password))
            except ValueError:
                logger.exception("failed")

        def look() -> str:
            info = keep.records[0].exc_info
            assert info and info[2]
            return repr(info[2].tb_frame.f_locals["secret_password"])

        assert self.counted(logger, keep, tmp_path / "leaks.jsonl", log, look) == {}

    def test_stand_ins_of_exceptions(self, logger: logging.Logger, password: str, tmp_path: Path) -> None:
        keep = Keep()

        def log() -> None:
            error = ValueError("no")
            error.request = {"password": password}  # type: ignore[attr-defined]
            logger.error("failed", exc_info=error)

        def look() -> str:
            info = keep.records[0].exc_info
            assert info and info[1]
            return repr(vars(info[1]))

        assert self.counted(logger, keep, tmp_path / "leaks.jsonl", log, look) == {}

    def test_attributes_of_added_fields(self, logger: logging.Logger, password: str, tmp_path: Path) -> None:
        class User:
            def __init__(self) -> None:
                self.password = password

            def __str__(self) -> str:
                return "bob@shop-mail.io"

        keep = Keep()

        def look() -> str:
            return str(keep.records[0].__dict__["user"].password)

        first = self.counted(
            logger, keep, tmp_path / "leaks.jsonl", lambda: logger.info("hello", extra={"user": User()}), look
        )
        assert first == {"email": 1}


class TestEvents:
    def test_an_event_says_where_and_holds_no_value(
        self, logger: logging.Logger, stream: io.StringIO, password: str
    ) -> None:
        events: list[Event] = []
        with install(on_match=events.append):
            logger.info("password=%s", password)
        assert events == [Event("password", "emit-test", __file__, here(1), 1)]
        assert password not in repr(events)

    def test_at_most_one_in_so_many_seconds_for_a_place(
        self, logger: logging.Logger, stream: io.StringIO, password: str
    ) -> None:
        events: list[Event] = []
        with install(on_match=events.append, every=0.4):
            for number in range(10):
                if number == 9:
                    time.sleep(0.5)
                logger.info("password=%s", password)
            logger.info("password=%s, at another place", password)
        assert [event.count for event in events] == [1, 9, 1]
        assert len({event.line for event in events}) == 2

    def test_each_one_where_every_is_zero(self, logger: logging.Logger, stream: io.StringIO, password: str) -> None:
        events: list[Event] = []
        with install(on_match=events.append, every=0):
            for _ in range(10):
                logger.info("password=%s", password)
        assert [event.count for event in events] == [1] * 10

    def test_what_it_raises_goes_no_further(
        self, logger: logging.Logger, stream: io.StringIO, password: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fails(event: Event) -> None:
            raise RuntimeError("no")

        with install(on_match=fails, every=0) as installation:
            logger.info("password=%s", password)
            logger.info("password=%s", password)
            stats = installation.stats()
        assert stats["dropped"] == 2 and stats["errors"] == 0
        assert stream.getvalue() == "password=[password]\n" * 2
        assert capsys.readouterr().err == ""

    def test_one_that_logs_a_secret_itself(self, logger: logging.Logger, stream: io.StringIO, password: str) -> None:
        events: list[Event] = []

        def alarms(event: Event) -> None:
            events.append(event)
            logger.warning("a leak, password=%s", password)

        with install(on_match=alarms, every=0) as installation:
            logger.info("password=%s", password)
            stats = installation.stats()
        assert len(events) == 1 and stats["dropped"] == 0
        assert stats["by_rule"] == {"password": 2}
        assert password not in stream.getvalue() and stream.getvalue().count("[password]") == 2


class TestReportOnly:
    def test_it_counts_and_changes_nothing(
        self, logger: logging.Logger, stream: io.StringIO, password: str, tmp_path: Path
    ) -> None:
        written = tmp_path / "leaks.jsonl"
        events: list[Event] = []
        record = logging.LogRecord("emit-test", 20, __file__, 7, "password=%s\n", (password,), None)
        with install(report_only=True, on_match=events.append, ledger=written) as installation:
            logger.info("password=%s\n", password)
            line = here(1)
            logger.handle(record)
            stats = installation.stats()
        assert stream.getvalue() == f"password={password}\n\n" * 2
        assert stats["by_site"] == {f"{__file__}:{line}": {"password": 1}, f"{__file__}:7": {"password": 1}}
        assert [event.line for event in events] == [line, 7]
        assert sum(one.count for one in read_ledger(str(written))) == 2


class TestLedger:
    def test_it_is_written_when_it_is_uninstalled(
        self, logger: logging.Logger, stream: io.StringIO, password: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "leaks.jsonl"
        with install(ledger=path):
            for _ in range(3):
                logger.info("password=%s", password)
            line = here(1)
            assert path.read_text() == ""
        assert read_ledger(str(path)) == [Emitted(__file__, line, "password", 3, "emit-test")]
        assert path.stat().st_mode & 0o077 == 0
        assert password not in path.read_text()

    def test_it_is_written_every_few_seconds(
        self,
        logger: logging.Logger,
        stream: io.StringIO,
        password: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(ledger_module, "_EVERY", 0.0)
        path = tmp_path / "leaks.jsonl"
        with install(ledger=path):
            logger.info("password=%s", password)
            assert len(read_ledger(str(path))) == 1

    PROGRAM = """
import logging, logging.handlers, os, sys
from logscrub import install
logging.basicConfig(stream=sys.stderr, format="%(message)s")
late = logging.handlers.MemoryHandler(100, flushLevel=100, target=logging.StreamHandler(sys.stderr))
logging.getLogger("late").addHandler(late)
logging.getLogger("late").propagate = False
install(ledger="leaks.jsonl")
logging.warning("password=hunter2-correct-horse")
"""

    def run(self, program: str, directory: Path) -> list[Emitted]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=directory, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        assert "hunter2" not in done.stderr and "[password]" in done.stderr
        return read_ledger(str(directory / "leaks.jsonl"))

    def test_it_is_written_at_the_end_of_the_process(self, tmp_path: Path) -> None:
        more = 'logging.getLogger("late").warning("password=hunter2-correct-horse")\nos.chdir("/")\n'
        entries = self.run(self.PROGRAM + more, tmp_path)
        # The memory handler hands on what it holds when logging is shut down, after everything else.
        assert {(one.logger, one.count) for one in entries} == {("root", 1), ("late", 1)}

    @posix
    def test_a_forked_child_does_not_write_what_the_parent_has_counted(self, tmp_path: Path) -> None:
        more = """
child = os.fork()
if child == 0:
    logging.getLogger("child").warning("password=hunter2-correct-horse")
    sys.exit()
os.waitpid(child, 0)
"""
        entries = self.run(self.PROGRAM + more, tmp_path)
        assert sorted((one.logger, one.count) for one in entries) == [("child", 1), ("root", 1)]

    @posix
    @pytest.mark.parametrize("method", ["fork", "spawn"])
    def test_workers_of_multiprocessing(self, method: str, tmp_path: Path) -> None:
        (tmp_path / "work.py").write_text(
            'import logging\n\ndef work():\n    logging.getLogger("worker").warning("password=hunter2-correct-horse")\n'
        )
        more = f"""
if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    import multiprocessing, work
    workers = [multiprocessing.get_context("{method}").Process(target=work.work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
"""
        entries = self.run(self.PROGRAM + more, tmp_path)
        assert sorted((one.logger, one.count) for one in entries) == [("root", 1), ("worker", 1), ("worker", 1)]

    def test_several_processes_append_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "leaks.jsonl"
        program = f"""
from logscrub.emit import ledger
ledger._EVERY = 0.0
one = ledger.Ledger({str(path)!r})
for number in range(1, 400):
    one.add("/srv/app/" + "long/" * 20 + "login.py", number, "app", ["password", "email"])
"""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        running = [subprocess.Popen([sys.executable, "-c", program], env=environment) for _ in range(2)]
        assert [one.wait(60) for one in running] == [0, 0]
        entries = read_ledger(str(path))
        assert sum(one.count for one in entries) == 2 * 2 * 399

    def test_one_that_cannot_be_written_is_refused(self, tmp_path: Path) -> None:
        for bad in (tmp_path / "no" / "leaks.jsonl", tmp_path, "with\0zero"):
            with pytest.raises(ConfigError, match="ledger"):
                install(ledger=bad)
        with install() as installation:  # and nothing is left behind
            assert installation.active

    def test_a_write_that_fails_later_is_counted(
        self,
        logger: logging.Logger,
        stream: io.StringIO,
        password: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(ledger_module, "_EVERY", 0.0)
        folder = tmp_path / "logs"
        folder.mkdir()
        path = folder / "leaks.jsonl"
        with install(ledger=path) as installation:
            path.unlink()
            folder.rmdir()
            logger.info("password=%s", password)
            logger.info("password=%s", password)
            assert installation.stats()["dropped"] == 2 and installation.stats()["errors"] == 0
            folder.mkdir()
            logger.info("password=%s", password)
            assert sum(one.count for one in read_ledger(str(path))) == 3
        assert stream.getvalue() == "password=[password]\n" * 3

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
    def test_a_full_disk(self, logger: logging.Logger, stream: io.StringIO, password: str) -> None:
        with install(ledger="/dev/full") as installation:
            installation._ledger._last = 0.0  # type: ignore[union-attr]
            logger.info("password=%s", password)
            stats = installation.stats()
        assert stats["dropped"] == 1 and stats["errors"] == 0
        assert stream.getvalue() == "password=[password]\n"

    @posix
    def test_half_a_line_does_not_spoil_the_file(self, tmp_path: Path) -> None:
        """A limit on the size of files cuts a write short, as a full disk does."""
        path = tmp_path / "leaks.jsonl"
        program = f"""
import resource, signal
from logscrub.emit.ledger import Ledger
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
one = Ledger({str(path)!r})
one.add("/srv/app.py", 1, "app", ["password"])
one.flush()
soft = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (150, soft[1]))
one.add("/srv/app.py", 2, "app", ["password"])
one.add("/srv/app.py", 3, "app", ["password"])
try:
    one.flush()
    print("written")
except OSError as error:
    print(error.strerror)
resource.setrlimit(resource.RLIMIT_FSIZE, soft)
one.flush()
"""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.stdout == "No space left on device\n", done.stderr
        assert [one.line for one in read_ledger(str(path))] == [1, 2, 3]

    def test_what_waits_is_bounded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ledger_module, "_MOST", 3)
        ledger = Ledger(tmp_path / "leaks.jsonl")
        refused = 0
        for line in range(1, 10):
            try:
                ledger.add("app.py", line, "app", ["password"])
            except OSError:
                refused += 1
        ledger.close()
        assert (len(read_ledger(ledger.path)), refused) == (3, 6)

    def test_trace_reads_it(self, tmp_path: Path, stream: io.StringIO, python: Callable[[str], str]) -> None:
        source = tmp_path / "src"
        source.mkdir()
        (source / "auth.py").write_text(
            'import logging\nLOG = logging.getLogger("auth")\ndef login(key):\n    LOG.warning("password=%s", key)\n'
        )
        program = f"""
import sys
sys.path.insert(0, {str(source)!r})
from logscrub import install
install(ledger={str(tmp_path / "leaks.jsonl")!r})
import auth
auth.login("hunter2-correct-horse")
"""
        assert "hunter2" not in python(program)
        command = [sys.executable, "-m", "logscrub", "trace", "--source", str(source), "--ledger"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        done = subprocess.run(
            [*command, str(tmp_path / "leaks.jsonl"), "--format", "json"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode in (0, 1), done.stderr
        (call,) = json.loads(done.stdout)["calls"]
        assert (call["line"], call["emitted"]) == (4, [{"rule": "password", "count": 1}])


def test_nothing_of_it_holds_a_value(
    logger: logging.Logger, stream: io.StringIO, password: str, token: str, tmp_path: Path
) -> None:
    path = tmp_path / "leaks.jsonl"
    events: list[Any] = []
    with install(ledger=path, on_match=events.append, every=0) as installation:
        logger.info("password=%s %s", password, token, extra={"pin": 8351, "card": 4111111111111111})
        try:
            raise ValueError(f"password={password}")
        except ValueError:
            logger.exception("no %s", token)
        stats = installation.stats()
    everything = f"{stats}{events}{path.read_text()}"
    for value in (password, token, "8351", "4111111111111111"):
        assert value not in everything
    assert stats["by_rule"]["password"] >= 2 and events
