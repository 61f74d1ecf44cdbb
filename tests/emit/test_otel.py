"""OpenTelemetry: what the SDK's real processors and exporters get to see."""

from __future__ import annotations

import gzip
import http.server
import io
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest

pytest.importorskip("opentelemetry.sdk")

from opentelemetry.sdk import _logs
from opentelemetry.sdk import trace as sdk_trace
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler, LogRecordProcessor
from opentelemetry.sdk._logs.export import (
    BatchLogRecordProcessor,
    ConsoleLogRecordExporter,
    InMemoryLogRecordExporter,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, InMemoryMetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, Status, StatusCode, TraceFlags, TraceState

from logscrub import Policy, install
from logscrub.integrations.opentelemetry import ScrubLogRecordProcessor, ScrubSpanExporter, export_metrics

PIN = 8351
CARD = 4111111111111111
EMAIL = "ann.smith@shop-mail.io"
PLACES = [
    (Resource, "attributes"),
    (_logs.SynchronousMultiLogRecordProcessor, "on_emit"),
    (_logs.ConcurrentMultiLogRecordProcessor, "on_emit"),
    (SimpleLogRecordProcessor, "on_emit"),
    (BatchLogRecordProcessor, "on_emit"),
    (Span, "_readable_span"),
    (SimpleSpanProcessor, "on_end"),
    (BatchSpanProcessor, "on_end"),
]


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    before = [vars(owner)[name] for owner, name in PLACES]
    yield
    assert [vars(owner)[name] for owner, name in PLACES] == before


class Sent:
    """Providers whose exporters write to a stream and to memory."""

    def __init__(self, resource: Resource | None = None, batch: bool = False, **options: Any) -> None:
        self.out = io.StringIO()
        self.logs, self.spans = InMemoryLogRecordExporter(), InMemorySpanExporter()
        self.logger_provider = LoggerProvider(resource, shutdown_on_exit=False, **options)
        self.tracer_provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        log_kind, span_kind = (
            (BatchLogRecordProcessor, BatchSpanProcessor) if batch else (SimpleLogRecordProcessor, SimpleSpanProcessor)
        )
        for log_exporter in (self.logs, ConsoleLogRecordExporter(self.out)):
            self.logger_provider.add_log_record_processor(log_kind(log_exporter))
        for span_exporter in (self.spans, ConsoleSpanExporter(out=self.out)):
            self.tracer_provider.add_span_processor(span_kind(span_exporter))
        self.logger = self.logger_provider.get_logger("shop.login")
        self.tracer = self.tracer_provider.get_tracer("shop")

    def text(self) -> str:
        """All that was exported."""
        self.logger_provider.shutdown()
        self.tracer_provider.shutdown()
        parts = [self.out.getvalue()]
        for one in self.logs.get_finished_logs():
            record = one.log_record
            parts += [repr(record.body), repr(dict(record.attributes or {})), str(record.event_name)]
            parts += [str(record.severity_text), repr(record.exception), repr(dict(one.resource.attributes))]
            parts.append(repr(one.instrumentation_scope))
        for span in self.spans.get_finished_spans():
            parts += [span.name, repr(dict(span.attributes or {})), str(span.status.description)]
            parts += [repr((event.name, dict(event.attributes or {}))) for event in span.events]
            parts += [repr((dict(link.attributes or {}), link.context)) for link in span.links]
            parts += [repr(span.context), repr(span.parent), repr(dict(span.resource.attributes))]
            parts.append(repr(span.instrumentation_scope))
        return "\n".join(parts)


def emit(**values: Any) -> Callable[[], str]:
    def run() -> str:
        sent = Sent()
        sent.logger.emit(**values)
        return sent.text()

    return run


def traced(act: Callable[[Any], object], name: str = "login", **options: Any) -> Callable[[], str]:
    def run() -> str:
        sent = Sent()
        with sent.tracer.start_as_current_span(name, **options) as span:
            act(span)
        return sent.text()

    return run


class TestLogs:
    def test_a_body(self, closed: Callable[..., str], token: str, password: str) -> None:
        closed(emit(body=f"token {token}"), token)
        closed(emit(body={"user": "ann", "password": password, "deep": [{"pin": PIN}]}), password, str(PIN))
        closed(emit(body=[f"password={password}".encode()]), password)

    def test_attributes_by_key_and_by_text(self, closed: Callable[..., str], token: str, password: str) -> None:
        attributes = {
            "db.password": password,
            "user.pin": PIN,
            "cards": (CARD, 7),
            "mail": EMAIL,
            "http.request.header.authorization": (f"Bearer {token}",),
        }
        after = closed(emit(body="in", attributes=attributes), password, str(PIN), str(CARD), EMAIL, token)
        assert "db.password" in after and "http.request.header.authorization" in after

    def test_attribute_types_stay_such_as_opentelemetry_allows(self, token: str) -> None:
        with install():
            sent = Sent()
            sent.logger.emit(
                body="in", attributes={"pin": PIN, "cards": (CARD, 7), "names": ("a", token), "count": 3, "on": True}
            )
            sent.text()
            (record,) = sent.logs.get_finished_logs()
            attributes = dict(record.log_record.attributes or {})
        assert attributes["count"] == 3 and attributes["on"] is True
        assert isinstance(attributes["pin"], str)
        assert {type(item) for item in attributes["cards"]} == {str}  # type: ignore[union-attr]
        assert attributes["names"][0] == "a"  # type: ignore[index]

    def test_event_name_and_severity_text(self, closed: Callable[..., str], token: str) -> None:
        closed(emit(body="in", event_name=f"login {token}", severity_text=f"INFO {token}"), token)

    def test_an_exception(self, closed: Callable[..., str], password: str, token: str) -> None:
        def run() -> str:
            sent = Sent()
            try:
                try:
                    raise LookupError(f"password={password}")
                except LookupError as cause:
                    raise RuntimeError(f"no: {token}") from cause
            except RuntimeError as error:
                sent.logger.emit(body="failed", exception=error)
                kept = error
            assert token in str(kept)  # the application's exception is as it was
            return sent.text()

        after = closed(run, password, token)
        assert "RuntimeError" in after and "LookupError" in after

    @pytest.mark.filterwarnings("ignore:.LoggingHandler.:DeprecationWarning")
    def test_stdlib_records(
        self, closed: Callable[..., str], logger: logging.Logger, password: str, token: str
    ) -> None:
        def run() -> str:
            sent = Sent()
            handler = LoggingHandler(logger_provider=sent.logger_provider)
            logger.addHandler(handler)
            try:
                logger.info("password=%s", password, extra={"pin": PIN, "auth": {"token": token}})
                try:
                    raise ValueError(f"password={password}")
                except ValueError:
                    logger.exception("no")
            finally:
                logger.removeHandler(handler)
            return sent.text()

        closed(run, password, token, str(PIN))

    def test_a_record_made_by_the_caller_is_not_changed(self, password: str) -> None:
        record = _logs.ReadWriteLogRecord(
            log_record=_record(body={"password": password}, attributes={"password": password}),
            resource=Resource({"password": password}),
        )
        inner, body, attributes = record.log_record, record.log_record.body, dict(record.log_record.attributes or {})
        with install():
            sent = Sent()
            sent.logger.emit(record)
            assert password not in sent.text()
        assert record.log_record is inner and inner.body is body and dict(inner.attributes or {}) == attributes

    def test_what_a_processor_adds(self, closed: Callable[..., str], password: str) -> None:
        class Adds(LogRecordProcessor):
            def on_emit(self, log_record: Any) -> None:
                log_record.log_record.attributes["password"] = password

            def shutdown(self) -> None: ...

            def force_flush(self, timeout_millis: int = 30000) -> bool:
                return True

        def run(batch: bool) -> str:
            sent = Sent()
            late = InMemoryLogRecordExporter()
            kind = BatchLogRecordProcessor if batch else SimpleLogRecordProcessor
            sent.logger_provider.add_log_record_processor(Adds())
            sent.logger_provider.add_log_record_processor(kind(late))
            sent.logger.emit(body="in")
            sent.text()
            return "".join(repr(dict(one.log_record.attributes or {})) for one in late.get_finished_logs())

        closed(lambda: run(batch=False), password)
        closed(lambda: run(batch=True), password)

    def test_processors_of_others_and_those_that_run_at_once(self, closed: Callable[..., str], password: str) -> None:
        class Keeps(LogRecordProcessor):
            seen = ""

            def on_emit(self, log_record: Any) -> None:
                Keeps.seen = f"{log_record.log_record.body}{dict(log_record.log_record.attributes or {})}"

            def shutdown(self) -> None: ...

            def force_flush(self, timeout_millis: int = 30000) -> bool:
                return True

        def run() -> str:
            several = _logs.ConcurrentMultiLogRecordProcessor(max_workers=1)
            sent = Sent(multi_log_record_processor=several)
            sent.logger_provider.add_log_record_processor(Keeps())
            sent.logger.emit(body=f"password={password}", attributes={"password": password})
            return sent.text() + Keeps.seen

        closed(run, password)

    def test_batches(self, closed: Callable[..., str], password: str) -> None:
        def run() -> str:
            sent = Sent(batch=True)
            sent.logger.emit(body=f"password={password}")
            return sent.text()

        closed(run, password)

    def test_a_body_that_cannot_be_shown(self, password: str) -> None:
        class Breaks:
            def __str__(self) -> str:
                raise ValueError(password)

        with install() as installation:
            sent = Sent()
            sent.logger_provider = LoggerProvider(shutdown_on_exit=False)
            sent.logger_provider.add_log_record_processor(SimpleLogRecordProcessor(sent.logs))
            sent.logger_provider.get_logger("x").emit(body=Breaks())  # type: ignore[arg-type]
            (record,) = sent.logs.get_finished_logs()
            assert record.log_record.body == "[logscrub: not shown (ValueError)]"
            assert installation.stats()["errors"] == 1

    def test_an_error_of_ours_hides_the_record(self, password: str) -> None:
        class Scope:
            """A scope that fails when it is looked at."""

            name = "x"

            @property
            def _attributes(self) -> object:
                raise OSError(password)

        record = _logs.ReadWriteLogRecord(
            log_record=_record(body=f"password={password}", attributes={"password": password}),
            resource=Resource({"password": password}),
            instrumentation_scope=Scope(),  # type: ignore[arg-type]
        )
        with install() as installation:
            logs = InMemoryLogRecordExporter()
            processor = SimpleLogRecordProcessor(logs)
            processor.on_emit(record)
            assert installation.stats()["errors"] >= 1
        assert password not in "".join(repr(vars(one.log_record)) for one in logs.get_finished_logs())


def _record(**values: Any) -> Any:
    from opentelemetry._logs import LogRecord

    return LogRecord(**values)


class TestTraces:
    def test_the_name(self, closed: Callable[..., str], token: str) -> None:
        closed(traced(lambda span: None, name=f"GET /?token={token}"), token)
        closed(traced(lambda span: span.update_name(f"GET /{token}")), token)

    def test_attributes(self, closed: Callable[..., str], password: str, token: str) -> None:
        address = f"https://ann:{password}@shop.io/?access_token={token}"

        def act(span: Any) -> None:
            span.set_attribute("url.full", address)
            span.set_attributes({"http.url": address, "db.query.text": f"ALTER USER ann PASSWORD '{password}'"})
            span.set_attribute("http.request.header.authorization", (f"Bearer {token}",))
            span.set_attribute("http.request.header.x_api_key", [password])
            span.set_attribute("user.pin", PIN)

        after = closed(
            traced(act, attributes={"db.statement": f"SET PASSWORD = '{password}'"}), password, token, str(PIN)
        )
        assert "shop.io" in after and "ALTER USER ann" in after

    def test_events(self, closed: Callable[..., str], password: str, token: str) -> None:
        closed(traced(lambda span: span.add_event(f"got {token}", {"password": password})), password, token)

    def test_exceptions(self, closed: Callable[..., str], password: str) -> None:
        closed(traced(lambda span: span.record_exception(ValueError(f"password={password}"))), password)

        def run() -> str:
            sent = Sent()
            with pytest.raises(ValueError, match="password"), sent.tracer.start_as_current_span("login"):
                raise ValueError(f"password={password}")
            return sent.text()

        after = closed(run, password)
        assert "exception.stacktrace" in after and "ValueError" in after

    def test_the_status(self, closed: Callable[..., str], password: str) -> None:
        closed(traced(lambda span: span.set_status(Status(StatusCode.ERROR, f"password={password}"))), password)

    def test_links_and_trace_states(self, closed: Callable[..., str], password: str, token: str) -> None:
        far = SpanContext(1, 2, True, TraceFlags(1), TraceState([("vendor", token)]))
        after = closed(traced(lambda span: None, links=[Link(far, {"password": password})]), password, token)
        assert "vendor" in after
        closed(traced(lambda span: span.add_link(far, {"password": password})), password, token)

    def test_the_scope(self, closed: Callable[..., str], token: str) -> None:
        def run() -> str:
            sent = Sent()
            sent.tracer_provider.get_tracer(f"user {token}", attributes={"token": token}).start_span("x").end()
            sent.logger_provider.get_logger(f"user {token}").emit(body="x")
            return sent.text()

        closed(run, token)

    def test_batches(self, closed: Callable[..., str], password: str) -> None:
        def run() -> str:
            sent = Sent(batch=True)
            sent.tracer.start_span("x", attributes={"password": password}).end()
            return sent.text()

        closed(run, password)

    def test_processors_that_change_or_make_spans(self, closed: Callable[..., str], password: str) -> None:
        class Changes(SpanProcessor):
            def __init__(self, following: SpanProcessor) -> None:
                self.following = following

            def on_start(self, span: Any, parent_context: Any = None) -> None:
                pending = ReadableSpan("pending", span.context, attributes={"password": password})
                self.following.on_end(pending)

            def on_end(self, span: ReadableSpan) -> None:
                span._attributes = {**(span.attributes or {}), "password": password}
                self.following.on_end(span)

        def run(kind: type[Any]) -> str:
            spans = InMemorySpanExporter()
            provider, exporting = TracerProvider(shutdown_on_exit=False), kind(spans)
            provider.add_span_processor(Changes(exporting))
            provider.get_tracer("x").start_span("x").end()
            exporting.force_flush()
            exporting.shutdown()
            return "".join(f"{span.name} {dict(span.attributes or {})}" for span in spans.get_finished_spans())

        after = closed(lambda: run(SimpleSpanProcessor), password)
        assert "pending" in after
        closed(lambda: run(BatchSpanProcessor), password)

    def test_the_live_span_is_not_changed(self, password: str) -> None:
        with install():
            sent = Sent()
            span = sent.tracer.start_span("x", attributes={"password": password})
            span.add_event(f"password={password}")
            span.end()
            assert dict(span.attributes)["password"] == password  # type: ignore[attr-defined]
            assert password in span.events[0].name  # type: ignore[attr-defined]
            assert password not in sent.text()

    def test_counts_of_what_was_dropped_stay(self, password: str) -> None:
        with install():
            spans = InMemorySpanExporter()
            limits = sdk_trace.SpanLimits(max_span_attributes=2, max_events=1)
            provider = TracerProvider(span_limits=limits, shutdown_on_exit=False)
            provider.add_span_processor(SimpleSpanProcessor(spans))
            span = provider.get_tracer("x").start_span("x", attributes={"a": 1, "b": 2, "password": password})
            span.add_event("one")
            span.add_event(f"password={password}")
            span.end()
            (seen,) = spans.get_finished_spans()
            assert (seen.dropped_attributes, seen.dropped_events) == (1, 1)
            assert password not in seen.to_json()

    def test_an_event_nobody_knows_hides_the_span(self, password: str) -> None:
        class Event(sdk_trace.EventBase):
            __slots__ = ()

            @property
            def attributes(self) -> Any:
                return {"password": password}

        with install() as installation:
            sent = Sent(Resource({"password": password}))
            span = sent.tracer.start_span("x")
            span._add_event(Event(f"password={password}"))  # type: ignore[attr-defined]
            span.end()
            text = sent.text()
            assert installation.stats()["errors"] >= 1
        assert password not in text and "not shown (TypeError)" in text

    def test_what_is_no_span_is_hidden(self, password: str) -> None:
        class Other:
            name = f"password={password}"
            attributes: ClassVar = {"password": password}
            context = SpanContext(1, 2, False, TraceFlags(1))

        with install():
            spans = InMemorySpanExporter()
            SimpleSpanProcessor(spans).on_end(Other())  # type: ignore[arg-type]
            (span,) = spans.get_finished_spans()
        assert span.name == "[logscrub: record not shown (AttributeError)]"
        assert span.context == Other.context and not span.attributes

    def test_the_resource_is_not_counted_as_the_log_call(self, password: str) -> None:
        with install() as installation:
            sent = Sent(Resource({"password": password}))
            sent.logger.emit(body="to bob@shop-mail.io")
            assert installation.stats()["by_logger"]["shop.login"] == {"email": 1}


class TestResources:
    @pytest.fixture
    def resource(self, password: str) -> Resource:
        return Resource(
            {
                "process.command_line": f"app --password={password}",
                "process.command_args": ("app", "--password", password, "-v"),
                "password": password,
                "service.name": "shop",
            }
        )

    def test_in_logs_and_spans(self, closed: Callable[..., str], resource: Resource, password: str) -> None:
        def run() -> str:
            sent = Sent(resource)
            sent.logger.emit(body="x")
            sent.tracer.start_span("x").end()
            return sent.text()

        assert "shop" in closed(run, password)
        assert resource.attributes["password"] == password  # as it was, once nothing is installed

    def test_in_metrics(self, closed: Callable[..., str], resource: Resource, password: str) -> None:
        def run() -> str:
            out = io.StringIO()
            reader = PeriodicExportingMetricReader(ConsoleMetricExporter(out), export_interval_millis=60_000)
            provider = MeterProvider([reader], resource, shutdown_on_exit=False)
            provider.get_meter("x").create_counter("hits").add(1)
            provider.shutdown()
            return out.getvalue()

        closed(run, password)


class TestInstallation:
    PROGRAM = """
import io
{first}
{second}
out = io.StringIO()
def configure():
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, SimpleLogRecordProcessor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
    resource = Resource({{"process.command_line": "app password={password}"}})
    logs, traces = LoggerProvider(resource), TracerProvider(resource=resource)
    logs.add_log_record_processor(SimpleLogRecordProcessor(ConsoleLogRecordExporter()))
    traces.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
    return logs, traces
logs, traces = configure()
{third}
logs.get_logger("x").emit(body="password={password}")
traces.get_tracer("x").start_span("login password={password}").end()
print("uncovered", installation.stats()["uncovered"] if {installed} else None)
"""

    @pytest.mark.parametrize("order", ["nowhere", "first", "second", "third"])
    def test_before_and_after_the_sdk_is_imported(
        self, order: str, python: Callable[[str], str], password: str
    ) -> None:
        call = "from logscrub import install; installation = install()"
        imports = "import opentelemetry.sdk._logs.export, opentelemetry.sdk.trace.export"
        parts = {"first": "", "second": imports if order == "second" else "", "third": ""}
        if order == "second":
            parts["second"] = f"{imports}\n{call}"
        elif order != "nowhere":
            parts[order] = call
        shown = python(self.PROGRAM.format(**parts, password=password, installed=order != "nowhere"))
        assert ("password=" in shown) and (password in shown) == (order == "nowhere"), shown
        assert order == "nowhere" or "uncovered {}" in shown

    def test_the_sdk_is_not_imported_by_us(self) -> None:
        program = "import sys; from logscrub import install; install(); print('opentelemetry' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.strip() == "False"

    def test_report_only_counts_and_changes_nothing(self, password: str) -> None:
        with install(report_only=True) as installation:
            sent = Sent()
            sent.logger.emit(body=f"password={password}", attributes={"password": password})
            sent.tracer.start_span("x", attributes={"password": password}).end()
            assert sent.text().count(password) >= 3
            stats = installation.stats()
        assert stats["by_logger"] == {"shop.login": {"password": 1}, "shop": {"password": 1}}

    def test_a_record_counts_once_and_as_of_its_call(self, password: str) -> None:
        with install() as installation:
            sent = Sent()
            line = sys._getframe().f_lineno + 1
            sent.logger.emit(body=f"password={password}", attributes={"password": password})
            stats = installation.stats()
        assert stats["by_logger"] == {"shop.login": {"password": 1}}
        assert stats["by_site"] == {f"{__file__}:{line}": {"password": 1}}
        assert stats["seen"] == 1

    def test_a_value_that_becomes_known_later(self, password: str) -> None:
        from logscrub.known import registry

        with install():
            sent = Sent()
            for _ in range(2):
                sent.logger.emit(body="x", attributes={"note": "kestrel and harbour 17"})
            before = sent.out.getvalue()
            registry.REGISTRY.add({b"kestrel and harbour 17": "note"})
            sent.logger.emit(body="x", attributes={"note": "kestrel and harbour 17"})
            after = sent.out.getvalue().removeprefix(before)
        assert "kestrel" in before and "kestrel" not in after and after


class TestPieces:
    """Without install()."""

    def send(self, password: str, logs: Any, spans: Any, exporters: tuple[Any, Any]) -> str:
        logger_provider, tracer_provider = (
            LoggerProvider(shutdown_on_exit=False),
            TracerProvider(shutdown_on_exit=False),
        )
        for processor in logs:
            logger_provider.add_log_record_processor(processor)
        tracer_provider.add_span_processor(SimpleSpanProcessor(spans))
        logger_provider.get_logger("x").emit(body=f"password={password}", attributes={"mail": EMAIL})
        tracer_provider.get_tracer("x").start_span("x", attributes={"password": password, "mail": EMAIL}).end()
        assert logger_provider.force_flush() and tracer_provider.force_flush()
        logger_provider.shutdown()
        tracer_provider.shutdown()
        records, finished = exporters[0].get_finished_logs(), exporters[1].get_finished_spans()
        assert records and finished
        return "".join([*(one.to_json() for one in records), *(span.to_json() for span in finished)])

    def test_a_processor_placed_first_and_an_exporter_that_is_wrapped(self, password: str) -> None:
        logs, spans = InMemoryLogRecordExporter(), InMemorySpanExporter()
        assert password in self.send(password, [SimpleLogRecordProcessor(logs)], spans, (logs, spans))
        logs, spans = InMemoryLogRecordExporter(), InMemorySpanExporter()
        processors = [ScrubLogRecordProcessor(), SimpleLogRecordProcessor(logs)]
        assert password not in self.send(password, processors, ScrubSpanExporter(spans), (logs, spans))

    def test_a_processor_that_wraps_and_policies(self, password: str) -> None:
        logs, spans = InMemoryLogRecordExporter(), InMemorySpanExporter()
        policy = Policy(select=("password",))
        wrapped = ScrubLogRecordProcessor(SimpleLogRecordProcessor(logs), policy)
        text = self.send(password, [wrapped], ScrubSpanExporter(spans, policy), (logs, spans))
        assert password not in text and EMAIL in text

    def test_beside_an_installation(self, password: str) -> None:
        logs, spans = InMemoryLogRecordExporter(), InMemorySpanExporter()
        with install(Policy(select=("email",))):
            processors = [ScrubLogRecordProcessor(), SimpleLogRecordProcessor(logs)]
            text = self.send(password, processors, ScrubSpanExporter(spans), (logs, spans))
        assert password not in text and EMAIL not in text


def test_what_goes_over_the_network(closed: Callable[..., str], password: str) -> None:
    """OTLP, as a collector gets it."""
    traces = pytest.importorskip("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    logs = pytest.importorskip("opentelemetry.exporter.otlp.proto.http._log_exporter")
    received: list[bytes] = []

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    def run() -> str:
        received.clear()
        resource = Resource({"process.command_args": ("app", "--password", password)})
        tracer_provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        tracer_provider.add_span_processor(BatchSpanProcessor(traces.OTLPSpanExporter(f"{address}/traces")))
        logger_provider = LoggerProvider(resource, shutdown_on_exit=False)
        logger_provider.add_log_record_processor(BatchLogRecordProcessor(logs.OTLPLogExporter(f"{address}/logs")))
        span = tracer_provider.get_tracer("x").start_span("x", attributes={"password": password, "cards": (CARD, 7)})
        span.record_exception(ValueError(f"password={password}"))
        span.end()
        logger_provider.get_logger("x").emit(body={"password": password})
        tracer_provider.shutdown()
        logger_provider.shutdown()
        assert len(received) == 2
        return b"".join(received).decode("utf-8", "replace")

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        closed(run, password)
        server.shutdown()
        thread.join(10)


class TestMetrics:
    def read(self, reader: InMemoryMetricReader) -> dict[str, dict[tuple[tuple[str, Any], ...], float]]:
        data = reader.get_metrics_data()
        found: dict[str, dict[tuple[tuple[str, Any], ...], float]] = {}
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        key = tuple(sorted((point.attributes or {}).items()))
                        found.setdefault(metric.name, {})[key] = point.value  # type: ignore[union-attr]
        return found

    def test_counters(self, logger: logging.Logger, stream: io.StringIO, password: str) -> None:
        reader = InMemoryMetricReader()
        provider = MeterProvider([reader], shutdown_on_exit=False)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            export_metrics(provider=provider)
            export_metrics(provider=provider)
        assert "logscrub.records" not in self.read(reader)
        with install():
            for _ in range(3):
                logger.info("password=%s", password)
            found = self.read(reader)
        provider.shutdown()
        rule, name = ("logscrub.rule", "password"), ("logscrub.logger", "emit-test")
        assert found["logscrub.records"] == {(): 3}
        assert found["logscrub.redactions"] == {(rule,): 3}
        assert found["logscrub.leaks"] == {(name, rule): 3}
        assert found["logscrub.errors"] == {(): 0}
        assert found["logscrub.scrub.samples"][()] >= 1 and found["logscrub.scrub.time"][()] > 0
        assert password not in repr(found)
