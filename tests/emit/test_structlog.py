"""structlog: every renderer, every kind of logger, whoever configures it and when."""

from __future__ import annotations

import asyncio
import copy
import gc
import inspect
import io
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.emit.installation import install
from logscrub.known.protect import forget, protect
from logscrub.policy import Policy

structlog = pytest.importorskip("structlog")
P = structlog.processors
PIN = 471193


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    places = [
        (structlog._base.BoundLoggerBase, "_process_event"),
        (structlog.stdlib.ProcessorFormatter, "format"),
        (P.ExceptionPrettyPrinter, "__call__"),
        (structlog.tracebacks, "extract"),
        (structlog.tracebacks, "walk_tb"),
        (structlog.processors, "_find_first_app_frame_and_name"),
    ]
    before = [vars(owner)[name] for owner, name in places]
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    assert [vars(owner)[name] for owner, name in places] == before


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def written(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def configured(out: object, *processors: object, **options: object) -> object:
    structlog.configure(processors=list(processors), **{"logger_factory": structlog.PrintLoggerFactory(out), **options})
    return structlog.get_logger()


RENDERERS: dict[str, Callable[[], object]] = {
    "json": P.JSONRenderer,
    "json sorted": lambda: P.JSONRenderer(sort_keys=True),
    "json in bytes": lambda: P.JSONRenderer(serializer=lambda event, **options: json.dumps(event, default=repr)),
    "logfmt": P.LogfmtRenderer,
    "key value": P.KeyValueRenderer,
    "key value plain": lambda: P.KeyValueRenderer(repr_native_str=False, key_order=["event"]),
    "console": structlog.dev.ConsoleRenderer,
    "console without colours": lambda: structlog.dev.ConsoleRenderer(colors=False),
    "one's own": lambda: lambda logger, name, event: " ".join(str(value) for value in event.values()),
}


@pytest.mark.parametrize("renderer", RENDERERS.values(), ids=list(RENDERERS))
def test_renderers(
    renderer: Callable[[], object], closed: Callable[..., str], out: io.StringIO, token: str, password: str
) -> None:
    def run() -> str:
        log = configured(out, P.add_log_level, P.TimeStamper(), renderer())
        log.info(f"Authorization: Bearer {token}", user="bob")
        log.info("login", password=password, tries=3)
        log.warning("door", pin=PIN, nested={"auth": [{"password": {"now": password + "-now"}}]})
        log.bind(api_key=password + "-bound").error("plain")
        return written(out)

    after = closed(run, token, password, str(PIN), password + "-now", password + "-bound")
    assert "bob" in after
    assert "plain" in after


def test_json_stays_json(out: io.StringIO, token: str, password: str) -> None:
    with install():
        log = configured(out, P.format_exc_info, P.JSONRenderer())
        log.info('say "hi"', pin=PIN, password=password, url=f"https://x.example/?token={token}&a=1", n=3, ok=None)
    assert json.loads(written(out)) == {
        "event": 'say "hi"',
        "pin": "[one-time-code]",
        "password": "[password]",
        "url": "https://x.example/?token=[github-token]&a=1",
        "n": 3,
        "ok": None,
    }


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("cached", [True, False])
def test_loggers_made_and_configured_at_any_time(when: str, cached: bool, out: io.StringIO, password: str) -> None:
    def make() -> object:
        log = configured(out, P.JSONRenderer(), cache_logger_on_first_use=cached)
        log.info("warm", password=password)
        return log

    log = make()
    assert password in written(out)
    if when == "after":
        with install():
            make().info("x", password=password)
            assert password not in written(out)
    else:
        bound = log.bind(password=password)
        with install():
            log.info("x", password=password)
            bound.info("y")
            configured(out, P.LogfmtRenderer())
            structlog.get_logger().info("later", password=password)
            assert password not in written(out)
        bound.info("y")
        assert password in written(out)


@pytest.mark.parametrize("order", ["before", "after"])
def test_imported_at_any_time(order: str, python: Callable[[str], str], password: str) -> None:
    use = "import structlog; structlog.configure(processors=[structlog.processors.JSONRenderer()])"
    log = f"structlog.get_logger().info('x', password='{password}')"
    assert password in python(f"{use}; {log}")
    put = "import logscrub; i = logscrub.install()"
    program = f"{use}; {put}; {log}" if order == "before" else f"{put}; {use}; {log}"
    text = python(program + "; assert not i.stats()['uncovered'], i.stats()['uncovered']")
    assert password not in text
    assert "[password]" in text


def test_default_configuration(closed: Callable[..., str], capsys: pytest.CaptureFixture[str], password: str) -> None:
    def run() -> str:
        structlog.reset_defaults()
        structlog.get_logger().info("login", password=password, pin=PIN)
        return capsys.readouterr().out

    closed(run, password, str(PIN))


def fail(password: str, token: str) -> None:
    secret = password
    address = f"https://example.com/a/long/way/that/goes/on/and/on?and_at_its_end={token}"  # cut at 80
    raise ValueError(f"password={secret}") from KeyError(address)


# An option since 24.3.
WITHOUT_RICH = {"use_rich": False} if "use_rich" in inspect.signature(structlog.tracebacks.extract).parameters else {}
TRACEBACKS: dict[str, Callable[[], list[object]]] = {
    "format_exc_info, json": lambda: [P.format_exc_info, P.JSONRenderer()],
    "dict_tracebacks": lambda: [P.dict_tracebacks, P.JSONRenderer()],
    "dict_tracebacks without rich": lambda: [
        P.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(**WITHOUT_RICH)),
        P.JSONRenderer(),
    ],
    "format_exc_info, logfmt": lambda: [P.format_exc_info, P.LogfmtRenderer()],
    "exc_info in repr": lambda: [P.KeyValueRenderer()],
    "console": lambda: [structlog.dev.ConsoleRenderer()],
    "console without colours": lambda: [structlog.dev.ConsoleRenderer(colors=False)],
    "console, plain": lambda: [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)],
}


@pytest.mark.parametrize("processors", TRACEBACKS.values(), ids=list(TRACEBACKS))
def test_tracebacks(
    processors: Callable[[], list[object]], closed: Callable[..., str], out: io.StringIO, token: str, password: str
) -> None:
    def run() -> str:
        log = configured(out, structlog.dev.set_exc_info, *processors())
        try:
            fail(password, token)
        except ValueError as error:
            log.exception("failed")
            log.error("again", exc_info=error)
            assert str(error) == f"password={password}"
        return re.sub(r"\x1b\[[0-9;]*m", "", written(out))

    after = closed(run, password)
    assert "failed" in after
    assert "ValueError" in after
    assert token[:12] not in after, "a value that is cut must be scrubbed before"


def test_pretty_printer_prints_before_the_renderer(
    closed: Callable[..., str], out: io.StringIO, token: str, password: str
) -> None:
    def run() -> str:
        log = configured(out, structlog.dev.set_exc_info, P.ExceptionPrettyPrinter(out), P.JSONRenderer())
        try:
            fail(password, token)
        except ValueError:
            log.exception("failed")
        return written(out)

    assert "ValueError" in closed(run, password)


def test_stack_info_and_call_sites(out: io.StringIO, password: str) -> None:
    def run() -> tuple[str, dict[str, object]]:
        log = configured(out, P.CallsiteParameterAdder(), P.StackInfoRenderer(), P.JSONRenderer())
        log.info("x", stack_info=True, password=password)
        event = json.loads(written(out))
        return event["stack"].splitlines()[-1], {name: event[name] for name in ("func_name", "lineno", "module")}

    bare = run()
    with install():
        assert run() == bare
    assert bare[1]["func_name"] == "run"


def test_call_site_is_told(out: io.StringIO, password: str) -> None:
    log = configured(out, P.JSONRenderer())
    with install() as installation:
        log.info("x", password=password)
        line = run_line()
    (site,) = installation.stats()["by_site"]
    assert site == f"{__file__}:{line - 1}"


def run_line() -> int:
    import sys

    return sys._getframe(1).f_lineno


def test_asynchronous_methods(closed: Callable[..., str], out: io.StringIO, token: str, password: str) -> None:
    async def work(log: object) -> None:
        await log.ainfo("a %s", "b", password=password)
        try:
            fail(password, token)
        except ValueError:
            await log.aexception("failed")

    def run() -> str:
        asyncio.run(work(configured(out, P.format_exc_info, P.JSONRenderer())))
        return written(out)

    assert "failed" in closed(run, password)
    with install() as installation:
        run()
    assert {site.rsplit(":", 1)[0] for site in installation.stats()["by_site"]} == {__file__}


def test_positional_arguments(closed: Callable[..., str], out: io.StringIO, password: str) -> None:
    def run() -> str:
        log = configured(out, P.JSONRenderer(), wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
        log.info("password=%s", password)
        if "_maybe_interpolate" in vars(structlog._native):  # since 25.5
            log.info("password=%(value)s", {"value": password})
        log.debug("password=%s", password)
        return written(out)

    assert "[password]" in closed(run, password)


@pytest.mark.parametrize("removed", [True, False, None])
def test_positional_arguments_that_stay_in_the_event(
    removed: bool | None, closed: Callable[..., str], out: io.StringIO, password: str
) -> None:
    def run() -> str:
        first = [] if removed is None else [structlog.stdlib.PositionalArgumentsFormatter(removed)]
        log = configured(out, *first, P.JSONRenderer(), wrapper_class=structlog.stdlib.BoundLogger)
        log.info("user %s password=%s", "bob", password)
        return written(out)

    assert "bob" in closed(run, password)


def test_context(closed: Callable[..., str], out: io.StringIO, password: str) -> None:
    def run() -> str:
        structlog.contextvars.bind_contextvars(session={"password": password})
        log = configured(out, structlog.contextvars.merge_contextvars, P.JSONRenderer())
        log.info("x")
        assert structlog.contextvars.get_contextvars() == {"session": {"password": password}}
        structlog.contextvars.clear_contextvars()
        bound = log.bind(pin=PIN)
        bound.info("y")
        assert structlog.get_context(bound) == {"pin": PIN}
        return written(out)

    closed(run, password, str(PIN))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_thread_local_context(closed: Callable[..., str], out: io.StringIO, password: str) -> None:
    def run() -> str:
        context = structlog.threadlocal.wrap_dict(dict)
        log = configured(out, P.JSONRenderer(), context_class=context)
        log.bind(password=password)
        log.info("x")
        log.new()
        return written(out)

    closed(run, password)


def test_other_processors(closed: Callable[..., str], out: io.StringIO, token: str, password: str) -> None:
    seen: list[object] = []

    def watch(logger: object, name: str, event: dict[str, object]) -> dict[str, object]:
        seen.append(event["password"])
        return event

    def run() -> str:
        log = configured(
            out, P.UnicodeEncoder(), watch, P.UnicodeDecoder(), P.EventRenamer("msg", "event"), P.JSONRenderer()
        )
        log.info(f"got {token}", password=password)
        return written(out)

    closed(run, token, password)
    assert seen == [password.encode()] * 2, "only the last processor sees anything else than before"


def test_what_follows_the_renderer(closed: Callable[..., str], out: io.StringIO, password: str) -> None:
    def run() -> str:
        log = configured(out, P.JSONRenderer(), lambda logger, name, text: out.write(text + "\n") and text)
        log.info("x", password=password)
        return written(out)

    closed(run, password)


def test_loggers_of_all_kinds(closed: Callable[..., str], token: str, password: str) -> None:
    def run() -> str:
        raw, out = io.BytesIO(), io.StringIO()
        log = configured(
            out,
            lambda logger, name, event: json.dumps(event).encode(),
            logger_factory=structlog.BytesLoggerFactory(raw),
        )
        log.info("x", password=password)
        configured(out, P.JSONRenderer(), logger_factory=structlog.WriteLoggerFactory(out)).info("x", password=password)
        log = configured(out, lambda logger, name, event: event, logger_factory=structlog.ReturnLoggerFactory())
        out.write(repr(log.info("x", password=password, token=token)))
        log = configured(
            out,
            lambda logger, name, event: ((event.pop("event"),), event),
            logger_factory=structlog.testing.CapturingLoggerFactory(),
        )
        log = structlog.get_logger().bind()
        log.info(f"x {token}", password=password)
        out.write(repr(log._logger.calls))
        return raw.getvalue().decode() + out.getvalue()

    closed(run, token, password)


def test_custom_wrapper_classes(closed: Callable[..., str], out: io.StringIO, password: str) -> None:
    class Wrapper(structlog.BoundLoggerBase):
        def send(self, event: str, **values: object) -> object:
            return self._proxy_to_logger("info", event, **values)

        def take(self, **values: object) -> object:
            args, options = self._process_event("info", None, values)
            return self._logger.info(*args, **options)

    def run() -> str:
        log = configured(out, P.JSONRenderer(), wrapper_class=Wrapper)
        log.send("x", password=password)
        log.take(pin=PIN)
        return written(out)

    closed(run, password, str(PIN))


def test_generic_logger_and_no_processors(closed: Callable[..., str], password: str) -> None:
    def run() -> str:
        log = structlog.wrap_logger(
            structlog.testing.ReturnLogger(), processors=[], wrapper_class=structlog.BoundLogger
        )
        return repr(log.info("x", password=password))

    closed(run, password)


def test_captured_logs(password: str) -> None:
    log = structlog.get_logger()
    with install(), structlog.testing.capture_logs() as entries:
        log.info("x", password=password, n=1)
    assert entries == [{"event": "x", "password": "[password]", "n": 1, "log_level": "info"}]


@pytest.mark.parametrize("how", ["wrap_for_formatter", "render_to_log_kwargs", "render_to_log_args_and_kwargs", "json"])
def test_standard_logging(
    how: str, closed: Callable[..., str], logger: logging.Logger, stream: io.StringIO, token: str, password: str
) -> None:
    last = {
        "wrap_for_formatter": structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        "render_to_log_kwargs": structlog.stdlib.render_to_log_kwargs,
        "json": P.JSONRenderer(),
    }.get(how) or getattr(structlog.stdlib, how, None)
    if last is None:
        pytest.skip("a newer structlog has it")
    formatter = {
        "wrap_for_formatter": lambda: structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, P.format_exc_info, P.JSONRenderer()]
        ),
        "json": lambda: logging.Formatter("%(message)s"),
    }.get(how, lambda: logging.Formatter("%(message)s %(__dict__)s"))()

    class All(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return super().format(record) + repr(
                {k: v for k, v in vars(record).items() if k not in vars(logging.makeLogRecord({}))}
            )

    logger.handlers[0].setFormatter(formatter if how in ("wrap_for_formatter", "json") else All())

    def run() -> str:
        log = structlog.wrap_logger(
            logger,
            processors=[structlog.stdlib.PositionalArgumentsFormatter(), structlog.dev.set_exc_info, last],
            wrapper_class=structlog.stdlib.BoundLogger,
        )
        log.info("password=%s", password, pin=PIN, nested={"password": {"now": password + "-now"}})
        if how != "json":
            try:
                fail(password, token)
            except ValueError:
                log.exception("failed")
        return written(stream)

    after = closed(run, password, str(PIN), password + "-now")
    assert "failed" in after or how == "json"


@pytest.mark.parametrize("renderer", ["json", "console"])
def test_records_of_standard_logging(
    renderer: str, closed: Callable[..., str], logger: logging.Logger, stream: io.StringIO, token: str, password: str
) -> None:
    Formatter = structlog.stdlib.ProcessorFormatter

    def run() -> str:
        last = [P.dict_tracebacks, P.JSONRenderer()] if renderer == "json" else [structlog.dev.ConsoleRenderer()]
        logger.handlers[0].setFormatter(
            Formatter(
                foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.ExtraAdder()],
                processors=[Formatter.remove_processors_meta, *last],
                pass_foreign_args=True,
            )
        )
        logger.warning(
            "user %s password=%s", "bob", password, extra={"pin": PIN, "card": {"password": {"x": password + "-x"}}}
        )
        try:
            fail(password, token)
        except ValueError:
            logger.exception("failed")
        return re.sub(r"\x1b\[[0-9;]*m", "", written(stream))

    after = closed(run, password, str(PIN), password + "-x")
    assert token[:12] not in after
    assert "failed" in after
    assert "bob" in after


def test_call_sites_in_a_formatter(logger: logging.Logger, stream: io.StringIO) -> None:
    Formatter = structlog.stdlib.ProcessorFormatter
    logger.handlers[0].setFormatter(
        Formatter(processors=[P.CallsiteParameterAdder(), Formatter.remove_processors_meta, P.JSONRenderer()])
    )
    log = structlog.wrap_logger(
        logger, processors=[Formatter.wrap_for_formatter], wrapper_class=structlog.stdlib.BoundLogger
    )

    def run() -> object:
        log.info("x")
        return json.loads(written(stream))["func_name"]

    assert run() == "run"
    with install():
        assert run() == "run"


def test_a_value_whose_text_has_several_lines_does_not_cost_the_record(
    logger: logging.Logger, stream: io.StringIO, password: str
) -> None:
    class Table:
        def __repr__(self) -> str:
            return "a b\n1 2"

    Formatter = structlog.stdlib.ProcessorFormatter
    logger.handlers[0].setFormatter(
        Formatter(processors=[Formatter.remove_processors_meta, structlog.dev.ConsoleRenderer()])
    )
    log = structlog.wrap_logger(
        logger, processors=[Formatter.wrap_for_formatter], wrapper_class=structlog.stdlib.BoundLogger
    )
    with install() as installation:
        log.info("numbers", table=Table(), password=password)
        assert installation.stats()["errors"] == 0
    text = written(stream)
    assert "numbers" in text
    assert password not in text


FORGED = "bob\n2026-01-01 [critical] all is lost\x1b[2J"


@pytest.mark.parametrize("name", ["logfmt", "key value plain", "console", "console without colours", "one's own"])
def test_values_forge_no_lines(name: str, out: io.StringIO) -> None:
    def run() -> str:
        log = configured(out, RENDERERS[name]())
        log.info(f"hello {FORGED}", user=FORGED, short="x\x1b[1m")
        return written(out)

    def forged(text: str) -> bool:
        return "\x1b[2J" in text or "\x1b[1mx" in text or any(line.startswith("2026") for line in text.splitlines())

    assert forged(run())
    with install():
        after = run()
    assert not forged(after)
    assert "all is lost" in after
    with install(neutralize=False):
        assert forged(run())


def test_values_in_json_stay_as_they_are(out: io.StringIO) -> None:
    with install():
        configured(out, P.JSONRenderer()).info(FORGED, user=FORGED)
    assert json.loads(written(out)) == {"event": FORGED, "user": FORGED}


def test_exceptions_forge_no_lines(out: io.StringIO) -> None:
    def run(*processors: object) -> str:
        log = configured(out, *processors)
        try:
            raise ValueError("no\n2026-01-01 [critical] all is lost")
        except ValueError:
            log.error("failed", exc_info=True)
        return re.sub(r"\x1b\[[0-9;]*m", "", written(out))

    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    for processors in ([plain], [structlog.dev.ConsoleRenderer(colors=False)]):
        assert "\n2026" in run(*processors)
        with install():
            after = run(*processors)
        assert "\n2026" not in after
        assert "all is lost" in after


def test_report_only(out: io.StringIO, token: str, password: str) -> None:
    def run() -> str:
        log = configured(out, P.dict_tracebacks, P.JSONRenderer())
        log.info("x", password=password)
        try:
            fail(password, token)
        except ValueError:
            log.exception("failed")
        configured(out, structlog.dev.ConsoleRenderer(colors=False)).info("a\nb", pin=PIN)
        return written(out)

    bare = run()
    with install(report_only=True) as installation:
        assert run() == bare
    assert installation.stats()["by_rule"]["password"]


class Hostile(dict):  # type: ignore[type-arg]
    def items(self) -> object:
        raise RuntimeError("no items")


class Unreadable:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def test_failing_objects_do_not_reach_the_caller(out: io.StringIO, password: str) -> None:
    loop: dict[str, object] = {"password": password}
    loop["self"] = loop
    with install() as installation:
        log = configured(out, lambda logger, name, event: repr(event))
        log.info("x", a=Hostile(password=password), password=password)
        log.info("x", a=Unreadable(), password=password)
        log.info("x", a=loop, lock=threading.Lock())
        assert installation.stats()["errors"]
    text = written(out)
    assert password not in text
    assert text.count("'event': 'x'") == 3


def test_failures_of_ours_leave_a_marker(out: io.StringIO, password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from logscrub.structure import Walk

    def broken(*args: object, **options: object) -> object:
        raise RuntimeError(password)

    with install() as installation:
        log = configured(out, P.JSONRenderer())
        monkeypatch.setattr(Walk, "value", broken)
        log.info("x", password=password)
        text = written(out)
        assert json.loads(text)
        assert password not in text
        assert "not shown" in text
        assert installation.stats()["errors"]


def test_errors_of_the_application_reach_it(out: io.StringIO) -> None:
    def drop(*_: object) -> object:
        raise structlog.DropEvent

    with install():
        with pytest.raises(ValueError, match="Invalid key"):
            configured(out, P.LogfmtRenderer()).info("x", **{"a b": 1})
        configured(out, drop, P.JSONRenderer()).info("x")
        configured(out, drop).info("x")
    assert written(out) == ""


def test_policy(out: io.StringIO, token: str, password: str) -> None:
    with install(Policy(select=("github-token",))):
        configured(out, P.JSONRenderer()).info(f"x {token}", password=password)
    text = written(out)
    assert password in text
    assert token not in text


def test_values_that_become_known(out: io.StringIO) -> None:
    text, number = "zebra-quartz-91-lamp", 91827364

    def run() -> str:
        log.info("x", a=text, n=number, more=[{"n": number}, 2.5])
        return written(out)

    log = configured(out, P.JSONRenderer())
    with install():
        assert text in run()
        protect(text)
        protect(str(number))
        try:
            after = run()
        finally:
            forget(text)
            forget(str(number))
        assert text not in after
        assert str(number) not in after
        assert text in run()


def test_stats_without_a_finding(out: io.StringIO) -> None:
    with install() as installation:
        configured(out, P.TimeStamper(), P.JSONRenderer()).info("shipped", order=4711, items=[1, 2], ok=True)
        stats = installation.stats()
    assert stats["changed"] == stats["errors"] == 0
    assert not stats["uncovered"]


KEYS = st.sampled_from(["user", "n", "items", "data", "value", "name", "order", "état", "x-y"])
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1000, 1000),
    st.text('abc xyzé"\\\n', max_size=12),
    st.floats(allow_nan=False),
)
SECRET_KEYS = st.sampled_from(["password", "api_key", "client_secret", "passwd"])
VALUE = "Tr0ub4dor-3xyz"
SECRETS = st.builds(lambda key, value: {key: value}, SECRET_KEYS, st.sampled_from([VALUE, [VALUE], {"now": VALUE}]))
NESTED = st.recursive(
    st.one_of(PLAIN, SECRETS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.tuples(inner, inner), st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=6,
)
EVENTS = st.tuples(
    st.dictionaries(KEYS.filter(str.isidentifier), NESTED, max_size=4),
    st.one_of(SECRETS, st.builds(lambda s: {"data": [s]}, SECRETS)),
)


@pytest.mark.parametrize("name", ["json", "logfmt", "key value", "console", "one's own"])
def test_no_planted_value_comes_out(name: str) -> None:
    @settings(max_examples=40, deadline=None, database=None)
    @given(parts=EVENTS)
    def check(parts: tuple[dict[str, object], dict[str, object]]) -> None:
        values = {**parts[0], **parts[1]}
        before = copy.deepcopy(values)
        out = io.StringIO()
        configured(out, RENDERERS[name]()).info("event", **values)
        text = out.getvalue()
        assert VALUE not in re.sub(r"\x1b\[[0-9;]*m", "", text)
        assert values == before
        if name == "json":
            assert json.loads(text)["event"] == "event"

    with install() as installation:
        check()
        assert installation.stats()["errors"] == 0


@settings(max_examples=150, deadline=None)
@given(values=st.dictionaries(KEYS, NESTED, max_size=4))
def test_the_quick_look_never_passes_what_a_walk_changes(values: dict[str, object]) -> None:
    from logscrub.emit.quick import Quick
    from logscrub.scrubber import default_scrubber

    scrubber = default_scrubber()
    quick = Quick(scrubber)
    texts = quick.texts(values)
    if texts is not None and quick.clean(texts):
        assert scrubber.scrub(values) is values


def test_nothing_is_kept(out: io.StringIO) -> None:
    class Thing:
        pass

    import weakref

    with install():
        log = configured(out, P.JSONRenderer())
        thing = Thing()
        ref = weakref.ref(thing)
        log.info("x", thing=thing)
        del thing
        gc.collect()
        assert ref() is None
