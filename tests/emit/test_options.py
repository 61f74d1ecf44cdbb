"""What ``install`` can be told: policies of single handlers, reporting without changing anything, no libraries."""

from __future__ import annotations

import io
import logging
import sys
from types import ModuleType, SimpleNamespace

import pytest
from keeping import Keep

from logscrub.emit import libraries
from logscrub.emit.engine import Engine
from logscrub.emit.installation import current, install
from logscrub.emit.patching import Patches
from logscrub.errors import ConfigError
from logscrub.policy import Policy


@pytest.fixture
def second(logger: logging.Logger) -> io.StringIO:
    out = io.StringIO()
    logger.addHandler(logging.StreamHandler(out))
    return out


def test_policy_of_one_handler(logger: logging.Logger, stream: io.StringIO, second: io.StringIO, token: str) -> None:
    """Its text follows its own policy, that of the others the common one, in whatever order they are called."""
    audit = logger.handlers[1]
    with install(handlers={audit: Policy(select=("github-token", "ipv4-address"))}):
        logger.info("%s from %s", token, "203.0.113.9")
    assert token not in stream.getvalue() + second.getvalue()
    assert "203.0.113.9" in stream.getvalue()
    assert "203.0.113.9" not in second.getvalue()


def test_policy_of_a_handler_that_looks_into_records(logger: logging.Logger, stream: io.StringIO) -> None:
    keep = Keep()
    logger.addHandler(keep)
    with install() as installation:
        installation.set_policy(keep, Policy(select=("password",)))
        logger.info("to %s password=%s", "bob@example.com", "hunter2-correct")
    assert "bob@example.com" not in stream.getvalue()
    assert keep.records[0].args == ("bob@example.com", "[password]")


def test_report_only(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    keep = Keep()
    logger.addHandler(keep)
    try:
        raise ValueError(token)
    except ValueError as error:
        failure = error
    with install(report_only=True) as installation:
        logger.error("token %s", token, exc_info=failure, extra={"pin": 1234})
        stats = installation.stats()
    assert stream.getvalue().count(token) >= 2
    record = keep.records[0]
    assert record.args == (token,)
    assert record.exc_info is not None
    assert record.exc_info[1] is failure
    assert stats["by_rule"]["github-token"] >= 1
    (site,) = stats["by_site"]
    assert site.startswith(__file__)
    assert stats["changed"] >= 2
    assert stats["errors"] == 0


def test_libraries_can_be_left_alone() -> None:
    before = list(sys.meta_path)
    with install(libraries=False):
        assert sys.meta_path == before
    with install():
        assert len(sys.meta_path) == len(before) + 1
    assert sys.meta_path == before


def test_current() -> None:
    assert current() is None
    with install() as installation:
        assert current() is installation
        assert install() is installation
        installation.__exit__(None, None, None)
    assert current() is None


def test_install_without_arguments_returns_what_there_is() -> None:
    with install(Policy(select=("password",)), report_only=True) as first:
        with install() as second:
            assert second is first
        with install(Policy(select=("password",)), report_only=True) as third:
            assert third is first
        with pytest.raises(ConfigError, match="other arguments"):
            install(Policy(select=("password",)))


def test_handler_put_there_by_hand(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    """It never came by ``addHandler``, and it is no ``Handler``."""

    class Duck:
        level = 0

        def handle(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())

    told: list[str] = []
    logger.handlers.append(Duck())  # type: ignore[arg-type]
    logger.info("token %s", token)
    assert token in told.pop()
    with install():
        logger.info("token %s", token)
        logger.handlers = [Duck()]  # type: ignore[list-item]
        logger.info("token %s", token)
    assert len(told) == 2
    assert all("token " in one and token not in one for one in told)


def test_handle_set_on_one_handler(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    told: list[str] = []
    handler = Keep()
    logger.addHandler(handler)

    def handle(record: logging.LogRecord) -> None:
        told.append(record.getMessage())

    handler.handle = handle  # type: ignore[method-assign,assignment]
    logger.info("token %s", token)
    assert token in told.pop()
    with install():
        for _ in range(2):
            logger.info("token %s", token)
            assert token not in told.pop()
    assert handler.handle is handle
    logger.info("token %s", token)
    assert token in told.pop()


def test_handle_set_again_on_one_handler(logger: logging.Logger, token: str) -> None:
    told: list[str] = []
    handler = Keep()
    logger.addHandler(handler)
    with install():
        for _ in range(2):
            handler.handle = lambda record: told.append(record.getMessage())  # type: ignore[method-assign,assignment,return-value]
            logger.info("token %s", token)
    assert len(told) == 2
    assert all("token " in one and token not in one for one in told)


def test_handle_put_on_a_class_later(logger: logging.Logger, token: str) -> None:
    told: list[str] = []

    class Mine(Keep):
        pass

    def handle(self: logging.Handler, record: logging.LogRecord) -> bool:
        told.append(record.getMessage())
        return True

    logger.addHandler(Mine())
    with install():
        logger.info("clean")
        Mine.handle = handle  # type: ignore[method-assign,assignment]
        logger.info("token %s", token)
    assert told
    assert token not in told[0]


def test_handle_of_all_handlers_put_there_before(
    logger: logging.Logger, stream: io.StringIO, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others have put into ``logging`` is given scrubbed records, whatever handler they belong to."""
    told: list[str] = []
    original = logging.Handler.handle

    def handle(self: logging.Handler, record: logging.LogRecord) -> bool:
        told.append(record.getMessage())
        return original(self, record)

    monkeypatch.setattr(logging.Handler, "handle", handle)
    with install():
        logger.info("token %s", token)
    assert told
    assert token not in told[0]
    assert token not in stream.getvalue()


def test_library_that_is_not_ready_when_it_is_met(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that fails in the middle of a circular import is put in place afterwards."""
    done: list[str] = []

    def put(engine: object) -> None:
        if len(done) < 2:
            done.append("too early")
            raise AttributeError("partially initialized module")
        done.append("put")

    part = ModuleType("a_part")
    part.put = put  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "a_part", part)
    monkeypatch.setitem(sys.modules, "a_library", ModuleType("a_library"))
    monkeypatch.setattr(libraries, "PARTS", {"a_library": "a_part"})
    with install() as installation:
        assert "a_library" in installation.stats()["uncovered"]
        for _ in range(3):
            with pytest.raises(ImportError):
                __import__("there_is_no_such_module")
        assert installation.stats()["uncovered"] == {}
    assert done == ["too early", "too early", "put"]


class HalfWay:
    """A part that wraps a library's function, then fails, a number of times; a library for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failures: int) -> None:
        self.failures, self.tries, self.ended, self.retired = failures, 0, 0, 0
        self.library, self.part = ModuleType("a_library"), ModuleType("a_part")
        self.library.write = self.write = lambda text: text  # type: ignore[attr-defined]
        self.part.put = self.put  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "a_part", self.part)
        monkeypatch.setitem(sys.modules, "a_library", self.library)
        monkeypatch.setattr(libraries, "PARTS", {"a_library": "a_part"})

    def put(self, engine: Engine) -> None:
        original = self.library.write
        engine.patches.put(self.library, "write", lambda text: f"<{original(text)}>", self.retire)
        engine.patches.undone(self.end)
        self.tries += 1
        if self.tries <= self.failures:
            raise AttributeError("partially initialized module")

    def retire(self) -> None:
        self.retired += 1

    def end(self) -> None:
        self.ended += 1


def imports(times: int) -> None:
    for _ in range(times):
        with pytest.raises(ImportError):
            __import__("there_is_no_such_module")


def test_part_that_fails_half_way_is_taken_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    part = HalfWay(monkeypatch, failures=2)
    with install() as installation:
        assert part.library.write is part.write
        assert (part.retired, part.ended) == (1, 1)
        imports(1)
        assert part.library.write is part.write
        assert installation.stats()["uncovered"] == {"a_library": "AttributeError: partially initialized module"}
        imports(1)
        assert part.library.write("x") == "<x>", "put in place once, however often it was tried"
        assert installation.stats()["uncovered"] == {}
        assert (part.tries, part.retired, part.ended) == (3, 2, 2)
    assert part.library.write is part.write
    assert (part.retired, part.ended) == (3, 3)


def test_part_that_never_fits_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "_TRIES", 5)
    part = HalfWay(monkeypatch, failures=1000)
    with install() as installation:
        imports(20)
        assert part.tries == 1 + 5
        assert part.library.write is part.write
        assert "a_library" in installation.stats()["uncovered"], "the doctor still tells of it"


def test_going_back_to_a_mark_leaves_what_was_there_before_it() -> None:
    place = SimpleNamespace(first="a", second="b", third="c")
    calls: list[str] = []
    patches = Patches()
    patches.put(place, "first", "A")
    patches.undone(lambda: calls.append("first"))
    mark = patches.mark()
    patches.put(place, "second", "B", lambda: calls.append("second"))
    patches.put(place, "third", "C", lambda: calls.append("third"))
    place.third = "someone's"
    patches.undone(lambda: calls.append("later"))
    patches.undo_to(mark)
    assert vars(place) == {"first": "A", "second": "b", "third": "someone's"}
    assert calls == ["later", "third", "second"]
    patches.undo()
    assert place.first == "a" and calls[3:] == ["first"]
