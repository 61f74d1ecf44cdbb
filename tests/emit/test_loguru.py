"""loguru: what comes out of its sinks, of its reports of failure, and what must stay as it was."""

# ruff: noqa: PLE1205 - loguru formats with braces

from __future__ import annotations

import asyncio
import contextlib
import copy
import gzip
import io
import json
import logging
import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub import install
from logscrub.policy import Policy

loguru = pytest.importorskip("loguru")
from loguru import _better_exceptions, _error_interceptor, _file_sink, _handler, _simple_sinks  # noqa: E402
from loguru._logger import Core, Logger  # noqa: E402

Closed = Callable[..., str]
PIN = 80317


def new_logger() -> Any:
    """A logger of its own, as ``from loguru import logger`` is one."""
    return Logger(Core(), None, 0, False, False, False, False, True, [], {})


@pytest.fixture
def logger() -> Any:
    return new_logger()


@pytest.fixture(autouse=True)
def unpatched() -> Iterator[None]:
    """Fail a test that leaves anything of loguru's patched."""
    places = [
        _handler.Handler,
        _error_interceptor.ErrorInterceptor,
        _better_exceptions.ExceptionFormatter,
        _file_sink.FileSink,
        *(vars(_simple_sinks)[name] for name in ("StreamSink", "CallableSink", "AsyncSink", "StandardSink")),
    ]
    before = [dict(vars(place)) for place in places]
    yield
    for place, names in zip(places, before, strict=True):
        after = dict(vars(place))
        after.pop("__slotnames__", None)  # set by copy
        names.pop("__slotnames__", None)
        assert after == names


def plain(logger: Any, token: str, password: str) -> None:
    logger.info("token {} and password={}", token, password)


def fields(logger: Any, token: str, password: str) -> None:
    logger.bind(password=password).info("hello {name}", name=token)


def context(logger: Any, token: str, password: str) -> None:
    with logger.contextualize(password=password):
        logger.info("in {}", token)


def patched(logger: Any, token: str, password: str) -> None:
    logger.configure(patcher=lambda record: record["extra"].update(password=password))
    logger.patch(lambda record: record.update(message=f"from a patcher: {token}", more={"at": token})).info("x")
    logger.configure(patcher=None)


def lazy(logger: Any, token: str, password: str) -> None:
    logger.opt(lazy=True).info("{} {p}", lambda: token, p=lambda: f"password={password}")


def record(logger: Any, token: str, password: str) -> None:
    logger.bind(password=password).opt(record=True).info("password={record[extra][password]} {}", token)


def raw(logger: Any, token: str, password: str) -> None:
    logger.opt(raw=True).info(f"password={password}\n{token}\n")


def colours(logger: Any, token: str, password: str) -> None:
    logger.opt(colors=True).info(f"<red>password</red>=<blue>{password}</blue> <green>{{}}</green>", token)


def uncaptured(logger: Any, token: str, password: str) -> None:
    logger.opt(capture=False).info("{token} password={password}", token=token, password=password)


def raised(logger: Any, token: str, password: str) -> None:
    local = f"password={password}"
    try:
        raise ValueError(f"bad {token}", local)
    except ValueError:
        logger.exception("failed")


def given_error(logger: Any, token: str, password: str) -> None:
    logger.opt(exception=RuntimeError(f"{token} password={password}")).error("failed")


def chained(logger: Any, token: str, password: str) -> None:
    try:
        try:
            raise KeyError(token)
        except KeyError as error:
            error.add_note(f"password={password}")
            raise RuntimeError("outer") from error
    except RuntimeError as error:
        logger.opt(exception=(type(error), error, error.__traceback__)).error("failed")


def grouped(logger: Any, token: str, password: str) -> None:
    try:
        raise ExceptionGroup("two", [ValueError(token), ExceptionGroup("in", [KeyError(f"password={password}")])])
    except ExceptionGroup:
        logger.exception("failed")


def decorated(logger: Any, token: str, password: str) -> None:
    @logger.catch
    def work(key: str, secret: str) -> None:
        raise ValueError(f"{key} password={secret}")

    work(token, password)
    with logger.catch(message=f"while using {token}"):
        work.__wrapped__(token, password)
    with contextlib.suppress(ValueError), logger.catch(reraise=True):
        work.__wrapped__(token, password)


TURNS = [
    plain, fields, context, patched, lazy, record, raw, colours, uncaptured, raised, given_error, chained, grouped, decorated,
]  # fmt: skip


def stream(**options: Any) -> Callable[[Any], Callable[[], str]]:
    def add(logger: Any) -> Callable[[], str]:
        out = io.StringIO()
        logger.add(out, **options)
        return out.getvalue

    return add


def looking(**options: Any) -> Callable[[Any], Callable[[], str]]:
    """A function that looks into everything it is given."""

    def add(logger: Any) -> Callable[[], str]:
        seen: list[str] = []

        def sink(message: Any) -> None:
            seen.append(str(message))
            seen.append(repr(message.record))
            error = message.record["exception"]
            if error is not None:
                seen.append(repr((error.value, error.value.__cause__, getattr(error.value, "exceptions", None))))

        logger.add(sink, **options)
        return lambda: "\n".join(seen)

    return add


def writing(**options: Any) -> Callable[[Any], Callable[[], str]]:
    """A stream of the application's own, which looks into the record."""

    class Stream:
        def __init__(self) -> None:
            self.seen: list[str] = []

        def write(self, message: Any) -> None:
            self.seen.append(f"{message} {message.record}")

    def add(logger: Any) -> Callable[[], str]:
        out = Stream()
        logger.add(out, **options)
        return lambda: "".join(out.seen)

    return add


def standard(**options: Any) -> Callable[[Any], Callable[[], str]]:
    """A handler of ``logging``."""

    def add(logger: Any) -> Callable[[], str]:
        class Keeps(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                seen.append(f"{record.getMessage()} {vars(record)}")

        seen: list[str] = []
        out = io.StringIO()
        logger.add(Keeps(), **options)
        logger.add(logging.StreamHandler(out), **options)
        return lambda: "".join(seen) + out.getvalue()

    return add


EVERYTHING = "{time} {level} {name}:{function}:{line} {message} {extra}\n{exception}"
SINKS = {
    "stream": stream(),
    "fields": stream(format=EVERYTHING),
    "colour": stream(colorize=True, format="<green>{time}</green> <level>{message}</level> <red>{extra}</red>"),
    "no-diagnose": stream(diagnose=False, format=EVERYTHING),
    "backtrace": stream(backtrace=True, colorize=True, format=EVERYTHING),
    "serialize": stream(serialize=True),
    "dynamic": stream(format=lambda record: "{message} " + str(record["extra"]).replace("{", "{{").replace("}", "}}") + "\n{exception}"),
    "looking": looking(),
    "looking-serialize": looking(serialize=True),
    "writing": writing(),
    "standard": standard(format=EVERYTHING),
}  # fmt: skip


def alone(work: Callable[[], object]) -> None:
    """Run in a thread: loguru also shows the values in the frames of those who call, and tests know their secrets."""
    errors: list[BaseException] = []

    def go() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=go, name="alone")
    thread.start()
    thread.join(60)
    if errors:
        raise errors[0]


@pytest.mark.parametrize("sink", SINKS)
def test_nothing_gets_out(sink: str, token: str, password: str) -> None:
    def run(turn: Callable[..., None]) -> str:
        logger = new_logger()
        read = SINKS[sink](logger)
        alone(lambda: turn(logger, token, password))
        return read()

    for turn in TURNS:
        assert token in (text := run(turn)) or password in text, turn.__name__
    with install() as installation:
        for turn in TURNS:
            after = run(turn)
            assert after.strip()
            # Halves are leaks too: loguru cuts long values.
            assert token[4:20] not in after, turn.__name__
            assert password[:8] not in after, turn.__name__
        assert installation.stats()["errors"] == 0


def test_values_of_diagnose(closed: Closed, token: str, password: str) -> None:
    opaque = "Zq7-opaque-words"

    class Settings:
        def __init__(self) -> None:
            self.password = password

        def __repr__(self) -> str:
            return f"<Settings {'x' * 100} {token}>"

    def connect(user: str, pin: int, settings: Settings, passphrase: str, given: str = opaque) -> None:
        words = {"password": password, "tries": 3}
        refuse(user, pin, settings.password, passphrase, words, (secret := given), api_key=given)
        raise AssertionError(secret)

    def refuse(*values: Any, **options: Any) -> None:
        raise ValueError(options["api_key"] and options["missing"])

    def run(**options: Any) -> str:
        logger = new_logger()
        out = io.StringIO()
        logger.add(out, **options)

        def work() -> None:
            with logger.catch():
                connect("bob", PIN, Settings(), password)

        alone(work)
        return out.getvalue()

    for options in ({}, {"colorize": True}):
        bare = run(**options)
        assert token[:10] in bare
        assert token not in bare  # it is cut: what is left of it is not recognised, but leaks
        after = closed(lambda options=options: run(**options), password, str(PIN), opaque)
        assert token[:10] not in after
        assert "'bob'" in after  # what is not sensitive is still shown
        assert "'tries': 3" in after
        assert "<Settings xxx" in after


def test_without_the_private_functions_nothing_is_diagnosed(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    formatter = _better_exceptions.ExceptionFormatter
    long = "x" * 100 + token

    def run() -> str:
        logger = new_logger()
        out = io.StringIO()
        logger.add(out)

        def work() -> None:
            with logger.catch():
                raise ValueError(len(long))

        alone(work)
        return out.getvalue()

    assert token[:10] in run()
    values = formatter._get_relevant_values
    monkeypatch.setattr(formatter, "_relevant", values, raising=False)
    monkeypatch.delattr(formatter, "_get_relevant_values")
    monkeypatch.setattr(formatter, "_extract_frames", _extracting(formatter._extract_frames, values))
    with install() as installation:
        after = run()
        assert installation.stats()["uncovered"] == {}
    assert token[:10] not in after
    assert "ValueError: 140" in after


def _extracting(original: Any, values: Any) -> Any:
    """What a version with its values elsewhere does."""

    def extract(self: Any, *args: Any, **options: Any) -> Any:
        vars(self)["_get_relevant_values"] = lambda source, frame: values(self, source, frame)
        try:
            return original(self, *args, **options)
        finally:
            del vars(self)["_get_relevant_values"]

    return extract


@pytest.mark.parametrize("enqueue", [False, True])
def test_sinks_that_fail(enqueue: bool, closed: Closed, token: str, password: str, capsys: Any) -> None:
    def run() -> str:
        logger = new_logger()

        def sink(message: Any) -> None:
            raise OSError(f"cannot send {message}")

        logger.add(sink, enqueue=enqueue)
        logger.bind(password=password).error("token {}", token)
        logger.complete()
        logger.remove()
        return capsys.readouterr().err

    after = closed(run, token, password)
    assert "Logging error in Loguru Handler" in after
    assert "OSError: cannot send" in after


def test_formats_that_fail(closed: Closed, token: str, password: str, capsys: Any) -> None:
    def run() -> str:
        logger = new_logger()
        logger.add(io.StringIO(), format="{extra[missing]} {message}")
        logger.bind(password=password).error("token {}", token)
        return capsys.readouterr().err

    assert "KeyError" in closed(run, token, password)


def test_a_sink_that_is_not_caught_raises_as_before(logger: Any, token: str) -> None:
    def sink(message: Any) -> None:
        raise OSError("full")

    logger.add(sink, catch=False)
    with install():
        for _ in range(2):
            with pytest.raises(OSError, match="full"):
                logger.error("token {}", token)
            with pytest.raises(IndexError):
                logger.error("{} {}", 1)


@pytest.mark.parametrize("failing", [False, True])
def test_coroutines(failing: bool, closed: Closed, token: str, password: str, capsys: Any) -> None:
    def run() -> str:
        seen: list[str] = []

        async def sink(message: Any) -> None:
            await asyncio.sleep(0)
            if failing:
                raise OSError(f"cannot send {message}")
            seen.append(f"{message} {message.record}")

        async def main() -> None:
            logger = new_logger()
            logger.add(sink)
            logger.bind(password=password).info("token {}", token)
            await logger.complete()
            await asyncio.sleep(0)

        asyncio.run(main())
        return "".join(seen) + capsys.readouterr().err

    closed(run, token, password)


def test_files(closed: Closed, token: str, password: str, tmp_path: Path) -> None:
    def run() -> str:
        logger = new_logger()
        for old in tmp_path.iterdir():
            old.unlink()
        logger.add(tmp_path / "a.log", rotation="300 B", compression="gz")
        logger.add(
            tmp_path / "b.log", rotation=lambda message, file: False, delay=True, format=EVERYTHING, enqueue=True
        )
        for _ in range(4):
            logger.bind(password=password).info("token {} {}", token, "." * 200)
        logger.remove()
        text = ""
        for path in sorted(tmp_path.iterdir()):
            text += gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
        assert len(list(tmp_path.iterdir())) >= 4
        return text

    closed(run, token, password)


def test_a_format_that_joins_name_and_value(closed: Closed, password: str) -> None:
    def run() -> str:
        logger = new_logger()
        out = io.StringIO()
        logger.add(out, format="password={extra[x]} {message}", colorize=False)
        logger.add(out, format="<red>password</red>=<b>{extra[x]}</b> {message}", colorize=True)
        logger.add(out, format=lambda record: "password={extra[x]}\n")
        logger.bind(x=password).info("hello")
        logger.remove()
        made: list[str] = []
        logger.add(
            lambda message: made.append(json.loads(message)["text"]), format="password={message}", serialize=True
        )
        logger.info("{!r}", password)
        return out.getvalue() + "".join(made)

    closed(run, password)


def test_formats_that_cut_or_touch_the_message(token: str) -> None:
    def run() -> str:
        logger = new_logger()
        out = io.StringIO()
        logger.add(out, format="{message:.30}|")
        logger.add(out, format="{level}{message}")
        logger.add(out, format="{message}{level}")
        logger.add(out, format="_{message!s}_")
        logger.info(token)
        return out.getvalue()

    assert token[:20] in run()
    with install():
        assert token[:20] not in run()


def test_numbers_under_a_name_that_says_so(closed: Closed) -> None:
    def run() -> str:
        logger = new_logger()
        out = io.StringIO()
        logger.add(out, format="{extra[pin]} {extra[pin]:07d} {extra[card][pin]} {message}")
        logger.add(out, format="{message}", serialize=True)
        logger.bind(pin=PIN, card={"pin": PIN}).info("hello")
        return out.getvalue()

    after = closed(run, str(PIN))
    assert "hello" in after.splitlines()[0]
    assert json.loads(after.splitlines()[1])["record"]["extra"]["pin"] != PIN


def test_objects_in_formats_keep_their_attributes(closed: Closed, token: str, password: str) -> None:
    class Request:
        path = "/orders"
        password = "unset"

        def __repr__(self) -> str:
            return f"<Request {token}>"

    def run() -> str:
        logger = new_logger()
        out = io.StringIO()
        logger.add(out, format="{extra[request].path} {extra[request].password} {extra[request]!r:>20} {message}")
        request = Request()
        request.password = password
        logger.bind(request=request).info("served")
        return out.getvalue()

    assert closed(run, token, password).startswith("/orders [")


def test_names_the_application_sets(closed: Closed, token: str) -> None:
    def run() -> str:
        logger = new_logger()
        read = looking(format="{thread.name} {message}")(logger)
        thread = threading.Thread(target=logger.info, args=("x",), name=f"worker-{token}")
        thread.start()
        thread.join()
        return read()

    closed(run, token)


def test_before_and_after(token: str, password: str) -> None:
    first, second = io.StringIO(), io.StringIO()
    logger = new_logger()
    number = logger.add(first)
    bound = logger.bind(a=1)
    with install():
        logger.add(second)
        twin = copy.deepcopy(logger)
        copied = [handler._sink._stream for handler in twin._core.handlers.values()]
        for one in (logger, bound, twin, logger.opt(depth=0)):
            one.info("token {}", token)
        logger.remove(number)
        logger.configure(handlers=[{"sink": first}], patcher=None, extra={"password": password})
        logger.info("token {}", token)
        texts = [out.getvalue() for out in (first, second, *copied)]
        assert all(texts)
        assert token not in "".join(texts)
    logger.info("token {}", token)
    assert token in first.getvalue()


def test_the_callers_things_are_not_touched(logger: Any, token: str, password: str) -> None:
    seen: list[Any] = []
    extra = {"password": password, "nested": {"token": token}}
    logger.add(io.StringIO(), filter=lambda record: not seen.append(record))
    logger.add(lambda message: None, serialize=True)
    error = ValueError(token)
    with install():
        logger.bind(**extra).opt(exception=error).error("token {}", token)
    assert seen[0]["extra"] == extra
    assert seen[0]["message"] == f"token {token}"
    assert seen[0]["exception"].value is error
    assert error.args == (token,)


def test_filters_are_asked_once_and_see_the_record_as_it_is(logger: Any, token: str) -> None:
    asked: list[str] = []

    def mine(record: Any) -> bool:
        asked.append(record["message"])
        record["extra"]["password"] = token
        return "drop" not in record["message"]

    def fails(record: Any) -> bool:
        raise RuntimeError(record["message"])

    outs = [io.StringIO() for _ in range(4)]
    logger.add(outs[0], filter=mine, format=EVERYTHING)
    logger.add(outs[1], filter="elsewhere")
    logger.add(outs[2], filter={"": "ERROR"})
    logger.add(outs[3], level="ERROR")
    with install():
        logger.info("keep {}", token)
        logger.info("drop")
        logger.add(lambda message: None, filter=fails, catch=False)
        with pytest.raises(RuntimeError):
            logger.info("x")
    assert asked == [f"keep {token}", "drop", "x"]
    assert "keep [" in outs[0].getvalue()
    assert "drop" not in outs[0].getvalue()
    assert token not in outs[0].getvalue()
    assert [out.getvalue() for out in outs[1:]] == ["", "", ""]


def turn_of_clean_records(logger: Any) -> None:
    logger.info("hello {}", "bob")
    logger.opt(colors=True).warning("<red>hot</red> {} <level>x</level>", 3)
    logger.bind(user="bob", n=3).debug("with fields")
    logger.opt(raw=True).info("\rdone: 50 %\n")
    logger.log(33, "a level of its own")
    try:
        raise ValueError("clean")
    except ValueError:
        logger.exception("failed")


@pytest.mark.parametrize(
    "sink", [name for name in SINKS if name not in ("looking", "writing", "standard", "looking-serialize")]
)
def test_clean_records_come_out_as_before(sink: str) -> None:
    import re

    def run() -> str:
        logger = new_logger()
        read = SINKS[sink](logger)
        alone(lambda: turn_of_clean_records(logger))
        return re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.+\-]*|\d+\.\d+|0:[\d:.]+|started \d+|\"id\": \d+| at 0x\w+", "", read())

    bare = run().splitlines()
    with install():
        after = run().splitlines()
    for one, other in zip(bare, after, strict=True):
        assert one == other


def test_colours_of_clean_messages_stay(logger: Any) -> None:
    out = io.StringIO()
    logger.add(out, format="<green>{level}</green> <level>{message}</level> {extra[user]}", colorize=True)
    with install():
        logger.bind(user="bob").opt(colors=True).info("<red>two</red>\nlines")
        logger.bind(user="bob\x1b[2J").info("value \x1b[2J")
    lines = out.getvalue().splitlines()
    assert "\x1b[31mtwo\x1b[0m" in lines[0]
    assert lines[1].startswith("    lines")
    assert "\x1b[2J" not in lines[2]
    assert "\x1b[32m" in lines[2]


def test_no_value_forges_a_line(logger: Any) -> None:
    forged = "bob\n2026-01-01 00:00:00.000 | INFO     | app:login:1 - root logged in\x1b[2J"
    outs = [io.StringIO() for _ in range(4)]
    logger.add(outs[0])
    logger.add(outs[1], format="{message} {extra[user]} {extra[deep][user]} {extra[thing]}")
    logger.add(outs[2], colorize=True)
    logger.add(outs[3], serialize=True)
    seen: list[Any] = []
    logger.add(lambda message: seen.append(message.record))

    class Thing:
        def __str__(self) -> str:
            return forged

    with install():
        bound = logger.bind(user=forged, deep={"user": forged}, thing=Thing())
        bound.info("user {}", forged)
        try:
            raise ValueError(forged)
        except ValueError:
            bound.exception("no")
    for out in outs[:3]:
        assert not any(line.startswith("2026-01-01 00:00") for line in out.getvalue().splitlines()), out.getvalue()
        assert "\x1b[2J" not in out.getvalue()
    structured = json.loads(outs[3].getvalue().splitlines()[0])
    assert structured["record"]["message"] == f"user {forged}"
    assert seen[0]["message"] == f"user {forged}"
    assert seen[0]["extra"]["user"] == forged
    out = io.StringIO()
    logger.add(out)
    with install(neutralize=False):
        logger.info("user {}", forged)
    assert "\n2026-01-01 00:00" in out.getvalue()


def worker(logger: Any, token: str, password: str) -> None:
    logger.bind(password=password).info("in a worker: {}", token)
    logger.complete()


def queue_of_writer(logger: Any) -> list[Any]:
    return [handler._queue for handler in logger._core.handlers.values()]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_queues(method: str, closed: Closed, token: str, password: str, tmp_path: Path) -> None:
    def run() -> str:
        logger = new_logger()
        method_context = multiprocessing.get_context(method)
        path = tmp_path / "queued.log"
        path.unlink(missing_ok=True)
        seen: list[str] = []
        logger.add(path, enqueue=True, context=method_context, format=EVERYTHING)
        logger.add(lambda message: seen.append(f"{message} {message.record}"), enqueue=True, context=method_context)
        worker(logger, token, password)
        logger.opt(exception=ValueError(token)).error("with an error")
        if method == "fork":
            process = method_context.Process(target=worker, args=(logger, token, password))
            process.start()
            process.join(30)
            assert process.exitcode == 0
        logger.complete()
        logger.remove()
        return path.read_text() + "".join(seen)

    after = closed(run, token, password)
    assert after.count("in a worker") >= (4 if method == "fork" else 2)
    assert "ValueError: [" in after


def test_a_spawned_worker(python: Callable[[str], str], tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import multiprocessing, sys\n"
        "from loguru import logger\n"
        "TOKEN = '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'\n"
        "def work(logger):\n"
        "    logger.bind(password='Tr0ub4dor-3xyz').info('worker {}', TOKEN)\n"
        "    logger.complete()\n"
        "if __name__ == '__main__':\n"
        "    if 'bare' not in sys.argv:\n"
        "        import logscrub; logscrub.install()\n"
        "    logger.remove()\n"
        "    context = multiprocessing.get_context('spawn')\n"
        "    logger.add(sys.stderr, enqueue=True, context=context, format='{message} {extra}')\n"
        "    process = context.Process(target=work, args=(logger,))\n"
        "    process.start(); process.join(30)\n"
        "    logger.complete(); logger.remove()\n"
    )
    run = "import subprocess, sys; subprocess.run([sys.executable, {!r}, *{!r}], timeout=50)"
    token = "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"
    bare = python(run.format(str(program), ["bare"]))
    assert token in bare
    assert "Tr0ub4dor" in bare
    after = python(run.format(str(program), []))
    assert "worker [" in after
    assert token not in after
    assert "Tr0ub4dor" not in after


@pytest.mark.parametrize(
    "order",
    [
        "from loguru import logger; import logscrub; logscrub.install()",
        "import logscrub; logscrub.install(); from loguru import logger",
    ],
)
def test_whichever_is_imported_first(order: str, python: Callable[[str], str], token: str) -> None:
    after = python(f"{order}\nlogger.info('token {{}}', {token!r})\nprint(logscrub.install().stats()['uncovered'])")
    assert token not in after
    assert "token [" in after
    assert "{}" in after


def test_logging_through_loguru(closed: Closed, token: str, password: str) -> None:
    class Intercept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            target.opt(depth=6, exception=record.exc_info).log(record.levelname, record.getMessage())

    def run() -> str:
        nonlocal target
        target = new_logger()
        out = io.StringIO()
        target.add(out)
        root = logging.RootLogger(logging.DEBUG)
        root.addHandler(Intercept())
        try:
            raise ValueError(token)
        except ValueError:
            root.exception("password=%s", password)
        return out.getvalue()

    target: Any = None
    closed(run, token, password)


def test_books(logger: Any, token: str, password: str) -> None:
    events = []
    for _ in range(2):
        logger.add(io.StringIO())
    logger.add(lambda message: None)
    logger.add(io.StringIO(), serialize=True)
    logger.add(io.StringIO(), enqueue=True)

    def told(event: Any) -> None:
        events.append(event)
        logger.warning("logscrub found {}", event.rule)  # a callback that logs is not caught in a lock

    out = io.StringIO()
    logger.add(out, filter=lambda record: record["level"].name == "WARNING")
    with install(on_match=told, every=0.0) as installation:
        line = sys._getframe().f_lineno + 1
        logger.info("token {}", token)
        logger.complete()
        logger.info("clean")
        stats = installation.stats()
    assert {(event.logger, event.file, event.line) for event in events} == {(__name__, __file__, line)}
    assert stats["errors"] == stats["dropped"] == 0
    assert stats["by_logger"][__name__]["github-token"] <= 2  # once, and once in the writer's thread
    assert stats["seen"] >= 10
    assert "logscrub found" in out.getvalue()
    logger.remove()


def test_report_only(logger: Any, token: str, password: str, capsys: Any) -> None:
    outs = [io.StringIO() for _ in range(3)]
    seen: list[str] = []
    logger.add(outs[0])
    logger.add(outs[1], serialize=True)
    logger.add(outs[2], format="{extra[password]} {message}\n{exception}", colorize=True)
    logger.add(lambda message: seen.append(f"{message} {message.record}"))
    with install(report_only=True) as installation:
        logger.bind(password=password).opt(exception=ValueError(token)).info("token {}\nline", token)
        assert installation.stats()["by_rule"]["github-token"] >= 1
    for text in (*(out.getvalue() for out in outs), *seen):
        assert token in text
    assert f"{token}\nline" in outs[0].getvalue()


def test_what_cannot_be_scrubbed_is_not_shown(logger: Any, token: str, capsys: Any) -> None:
    class Bad:
        def __str__(self) -> str:
            raise RuntimeError(token)

        __repr__ = __str__

    outs = [io.StringIO(), io.StringIO()]
    logger.add(outs[0], format="{message} {extra[user]}")
    logger.add(outs[1], serialize=True)
    seen: list[str] = []
    logger.add(lambda message: seen.append(f"{message} {message.record}"))
    with install() as installation:
        loop: dict[str, Any] = {"user": "bob", "bad": Bad(), token: 1}
        loop["self"] = loop
        logger.bind(**loop).info("hello {}", token)
        assert installation.stats()["errors"] > 0
        logger.patch(lambda record: record.pop("extra")).info("no extra {}", token)
        logger.patch(lambda record: record.update(message=5, exception=None)).info("no text {}", token)
    text = "".join(seen) + outs[0].getvalue() + outs[1].getvalue() + capsys.readouterr().err
    assert "hello [" in text
    assert token not in text


@pytest.mark.parametrize("part", ["text", "structure", "names", "error", "final", "values", "neutral"])
def test_faults_of_our_own_stay_inside(
    part: str, logger: Any, token: str, password: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Whatever part of ours breaks: nothing is raised, nothing gets out raw, and a marker tells of it."""
    from logscrub.emit import engine as engines
    from logscrub.emit import loguru as ours

    def fail(*args: object, **options: object) -> Any:
        raise RuntimeError(f"in the message: {token}")

    outs = [io.StringIO() for _ in range(3)]
    seen: list[str] = []
    logger.add(outs[0])
    logger.add(outs[1], format="{message} {extra[password]} {extra[card]}\n{exception}", colorize=True)
    logger.add(outs[2], serialize=True)
    logger.add(lambda message: seen.append(f"{message} {message.record}"))

    def work() -> None:
        logger.info("token {}", token)
        logger.bind(password=password, card={"pin": PIN}).opt(colors=True).warning("<red>token</red> {}\nx", token)
        with logger.catch():
            raise ValueError(f"password={password} {token}")

    with install() as installation:
        scrubber = installation._engine.scrubber
        if part == "text":
            monkeypatch.setattr(scrubber, "_scan", fail)
        elif part == "structure":
            monkeypatch.setattr(ours._Part, "_structure", fail)
        elif part == "names":
            monkeypatch.setattr(ours._Part, "_name", fail)
        elif part == "error":
            monkeypatch.setattr(engines, "stand_in", fail)
        elif part == "final":
            monkeypatch.setattr(
                ours, "_Safe", type("_Safe", (ours._Safe,), {"structure": property(fail, lambda self, value: None)})
            )
        elif part == "values":
            monkeypatch.setattr(engines.Engine, "value", fail)
        else:
            monkeypatch.setattr(ours, "neutral_errors", fail)
            monkeypatch.setattr(ours, "indented", fail)
        alone(work)
        if part != "values":
            assert installation.stats()["errors"] > 0
    text = "".join(out.getvalue() for out in outs) + "".join(seen) + capsys.readouterr().err
    assert "logscrub: " in text
    for value in (token, password, str(PIN)):
        assert value not in text


def test_a_value_that_becomes_known(logger: Any) -> None:
    from logscrub import forget, protect

    out = io.StringIO()
    logger.add(out)
    value = "quite-harmless-so-far-1"
    with install():
        logger.info("x {}", value)
        protect(value)
        try:
            logger.info("x {}", value)
        finally:
            forget(value)
    first, second = out.getvalue().splitlines()
    assert value in first
    assert value not in second


def test_another_policy(logger: Any, token: str) -> None:
    out = io.StringIO()
    logger.add(out)
    with install(Policy(select=("pii.email",))):
        logger.info("token {} of bob@corp-mail.net", token)
    assert token in out.getvalue()
    assert "bob@corp-mail.net" not in out.getvalue()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("abc {}<>\"'\\\n\x1b", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc ", max_size=4), inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=8,
)  # fmt: skip
TOKEN = "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"
PLANTS = st.sampled_from([
    TOKEN, f"see {TOKEN}.", {"password": "Tr0ub4dor-3xyz"}, {"pin": PIN}, TOKEN.encode(), [TOKEN], ("authorization", f"Bearer {TOKEN}"),
    ValueError(TOKEN),
])  # fmt: skip


@st.composite
def planted(draw: st.DrawFn) -> Any:
    value: Any = draw(PLANTS)
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["list", "dict", "tuple"]))
        other = draw(VALUES)
        value = [other, value] if kind == "list" else (value, other) if kind == "tuple" else {"a": other, "b": value}
    return value


def test_no_structure_lets_a_value_out() -> None:
    with install():
        no_structure_lets_a_value_out()


@settings(max_examples=80, deadline=None)
@given(planted(), VALUES)
def no_structure_lets_a_value_out(value: Any, other: Any) -> None:
    logger = new_logger()
    seen: list[str] = []
    out = io.StringIO()
    logger.add(lambda message: seen.append(f"{message} {message.record}"), catch=False)
    logger.add(lambda message: seen.append(f"{message} {message.record}"), serialize=True, catch=False)
    logger.add(out, serialize=True, catch=False)
    logger.add(out, format="{message} {extra} {extra[value]}", catch=False)
    logger.bind(value=value, other=other).info("{value} and {}", other, value=value)
    text = "".join(seen) + out.getvalue()
    assert out.getvalue()
    for secret in (TOKEN, "Tr0ub4dor-3xyz", str(PIN)):
        assert secret not in text


def test_sink_that_looks_into_frames(closed: Closed, logger: Any, token: str) -> None:
    """The variables are there by name; what they show is scrubbed."""
    told: list[str] = []

    def sink(message: Any) -> None:
        trace = message.record["exception"].traceback
        while trace is not None:
            if trace.tb_frame.f_code.co_name == "fail":
                told.append(repr(dict(trace.tb_frame.f_locals)))
            trace = trace.tb_next

    def fail(key: str) -> None:
        raise LookupError("nothing")

    logger.add(sink)

    def run() -> str:
        try:
            fail(token)
        except LookupError:
            logger.exception("failed")
        return told.pop()

    assert "'key': " in closed(run, token)
