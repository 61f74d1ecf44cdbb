"""What records say of themselves, format by format."""

from __future__ import annotations

import json
import random
import re
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.sources.formats import About, Format, detect

NOW = datetime(2026, 3, 1, 12)
NEEDLE = "<>"


def ask(text: bytes, path: str = "app.log", needle: bytes = NEEDLE.encode()) -> tuple[str, About]:
    reader = detect(text, path)
    at = text.index(needle)
    start = text.rfind(b"\n", 0, at) + 1
    stop = text.find(b"\n", at)
    return reader.name, reader.about(text, start, len(text) if stop < 0 else stop, at, NOW)


# A line; then time, level, component, host, request, field.
LINES = [
    # Python
    ("2024-01-02 03:04:05,678 INFO [shop.jobs] pw=<>", "2024-01-02T03:04:05.678", "INFO", "shop.jobs"),
    ("2024-01-02 03:04:05,678 - shop.pay - WARNING - pw=<>", "2024-01-02T03:04:05.678", "WARNING", "shop.pay"),
    ("[2024-01-02 03:04:05,678] ERROR in views: pw=<>", "2024-01-02T03:04:05.678", "ERROR", "views"),
    ("INFO:root:pw=<>", None, "INFO", "root"),
    ("CRITICAL:shop.pay:pw=<>", None, "CRITICAL", "shop.pay"),
    ('INFO:     127.0.0.1:3333 - "GET /?token=<> HTTP/1.1" 200 OK', None, "INFO"),
    ("2024-01-02 03:04:05.678 | SUCCESS  | shop.pay:charge:12 - pw=<>", "2024-01-02T03:04:05.678", "INFO", "shop.pay"),
    ("[2024-01-02 03:04:05,678: WARNING/MainProcess] pw=<>", "2024-01-02T03:04:05.678", "WARNING", "MainProcess"),
    ("[2024-01-02 03:04:05 +0000] [12] [INFO] pw=<>", "2024-01-02T03:04:05+00:00", "INFO"),
    ("2024-01-02T03:04:05.678Z [info     ] charged   [shop.pay] pw=<>", "2024-01-02T03:04:05.678Z", "INFO"),
    ("\x1b[32m2024-01-02 03:04:05\x1b[0m \x1b[1mERROR\x1b[0m shop.pay: pw=<>", "2024-01-02T03:04:05", "ERROR", "shop.pay"),
    # OpenStack
    (
        "2024-01-02 03:04:05.678 7 INFO nova.compute.manager [req-11111111-2222-3333-4444-555555555555 a b] pw=<>",
        *("2024-01-02T03:04:05.678", "INFO", "nova.compute.manager", None, "req-11111111-2222-3333-4444-555555555555"),
    ),
    # Java
    (
        "2024-01-02T03:04:05.678+01:00  WARN 1 --- [shop] [nio-8080-exec-3] c.acme.shop.AccountService   : pw=<>",
        *("2024-01-02T03:04:05.678+01:00", "WARNING", "c.acme.shop.AccountService"),
    ),
    ("2024-01-02 03:04:05.678 [http-1] WARN  c.a.Foo - pw=<>", "2024-01-02T03:04:05.678", "WARNING", "c.a.Foo"),
    ("2024-01-02 03:04:05,678 FATAL [main] c.a.Foo: pw=<>", "2024-01-02T03:04:05.678", "CRITICAL", "c.a.Foo"),
    ("02-Jan-2024 03:04:05.678 SEVERE [main] org.acme.Foo.bar pw=<>", "2024-01-02T03:04:05.678", "ERROR", "org.acme.Foo.bar"),
    ("17/06/09 20:10:40 INFO spark.Foo: pw=<>", "2017-06-09T20:10:40", "INFO", "spark.Foo"),
    # Go, Rust, Ruby, PHP, .NET, Android
    ("I0102 15:04:05.000007       1 klog.go:12] pw=<>", "2026-01-02T15:04:05.000007", "INFO", "klog.go"),
    ("E0102 15:04:05.000007  123456 auth/token.go:7] pw=<>", "2026-01-02T15:04:05.000007", "ERROR", "auth/token.go"),
    ("2024-01-02T03:04:05.123Z\tINFO\tshop.pay\tpay.go:12\tpw=<>", "2024-01-02T03:04:05.123Z", "INFO", "shop.pay"),
    ("2024/01/02 03:04:05 pw=<>", "2024-01-02T03:04:05"),
    ("[2024-01-02T03:04:05Z DEBUG shop::pay] pw=<>", "2024-01-02T03:04:05Z", "DEBUG", "shop::pay"),
    ("2024-01-02T03:04:05.123Z TRACE shop_pay::card: pw=<>", "2024-01-02T03:04:05.123Z", "TRACE", "shop_pay::card"),
    ("W, [2024-01-02T03:04:05.123456 #123]  WARN -- shop: pw=<>", "2024-01-02T03:04:05.123456", "WARNING", "shop"),
    ("[2024-01-02T03:04:05.123+00:00] shop.ERROR: pw=<>", "2024-01-02T03:04:05.123+00:00", "ERROR", "shop"),
    ("warn: Acme.Shop.Pay[0] pw=<>", None, "WARNING", "Acme.Shop.Pay"),
    ("03-17 16:13:47.460  2227  2230 E ShopActivity: pw=<>", "2025-03-17T16:13:47.460", "ERROR", "ShopActivity"),
    # servers
    ("2024/01/02 03:04:05 [error] 7#7: *1 pw=<>", "2024-01-02T03:04:05", "ERROR"),
    ("[Sun Dec 04 04:47:44 2005] [ssl:warn] [pid 1] pw=<>", "2005-12-04T04:47:44", "WARNING", "ssl"),
    ("2024-01-02 03:04:05.123 UTC [123] bob@shop LOG:  pw=<>", "2024-01-02T03:04:05.123Z", "INFO", "bob@shop"),
    ("2024-01-02T03:04:05.123456Z 0 [Warning] [MY-010068] [Server] pw=<>", "2024-01-02T03:04:05.123456Z", "WARNING", "Server"),
    ("2024-01-02T03:04:05Z START RequestId: 1111-2222 pw=<>", "2024-01-02T03:04:05Z", None, None, None, "1111-2222"),
    # syslog
    ("Mar  1 22:14:15 web1 sshd[123]: pw=<>", "2026-03-01T22:14:15", None, "sshd", "web1"),
    ("<34>Oct  1 22:14:15 web1 su: pw=<>", "2025-10-01T22:14:15", "CRITICAL", "su", "web1"),
    ("<165>1 2023-10-11T22:14:15.003Z m.example.com pay 12 ID47 [x@1 a=\"b\"] pw=<>", "2023-10-11T22:14:15.003Z", "NOTICE", "pay", "m.example.com"),
    ("2024-01-02T03:04:05.123456+00:00 web1 pay[1]: pw=<>", "2024-01-02T03:04:05.123456+00:00", None, "pay", "web1"),
    ("Mar  1 22:14:15 web1 pay[123]: ERROR pw=<>", "2026-03-01T22:14:15", "ERROR", "pay", "web1"),
    # access logs
    ('10.0.0.1 - bob [10/Mar/2026:13:55:36 -0700] "GET /?t=<> HTTP/1.1" 200 1 "-" "curl"', "2026-03-10T13:55:36-07:00", None, None, None, None, "request"),
    ('10.0.0.1 - bob [10/Mar/2026:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "https://x/?t=<>" "curl"', "2026-03-10T13:55:36-07:00", None, None, None, None, "referer"),
    ('10.0.0.1 - <> [10/Mar/2026:13:55:36 -0700] "GET / HTTP/1.1" 200 1', "2026-03-10T13:55:36-07:00", None, None, None, None, "user"),
    ('shop.example 10.0.0.1 - - [10/Mar/2026:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "-" "<>"', "2026-03-10T13:55:36-07:00", None, None, "shop.example", None, "user_agent"),
    # logfmt
    ("ts=2024-01-02T03:04:05.5Z level=warn component=pay trace_id=ab12 msg=\"a b\" pw=<>", "2024-01-02T03:04:05.5Z", "WARNING", "pay", None, "ab12", "pw"),
    ("level=info time=1700000000 host=web1 msg=\"it is <>\"", "2023-11-14T22:13:20Z", "INFO", None, "web1", None, "msg"),
    # not levels, not loggers
    ("2024-01-02 03:04:05 somebody told of an ERROR pw=<>", "2024-01-02T03:04:05"),
    ("nothing to see pw=<>",),
    ("<>",),
]  # fmt: skip


@pytest.mark.parametrize("case", LINES, ids=lambda case: case[0][:40])
def test_a_line_says(case: tuple[str | None, ...]) -> None:
    line = (case[0] or "").encode()
    assert ask(line)[1] == About(*case[1:])


def dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


AT = "2024-01-02T03:04:05Z"
OBJECTS = [
    # pino, bunyan
    (
        {"level": 30, "time": 1700000000123, "hostname": "web1", "name": "shop", "req": {"id": "abc-1"}, "user": {"mail": NEEDLE}},
        *("2023-11-14T22:13:20.123Z", "INFO", "shop", "web1", "abc-1", "$.user.mail"),
    ),
    # structlog, python-json-logger, zap, slog
    ({"event": "x", "level": "warning", "timestamp": AT, "logger": "shop.pay", "pw": NEEDLE}, AT, "WARNING", "shop.pay", None, None, "$.pw"),
    ({"asctime": "2024-01-02 03:04:05,678", "levelname": "ERROR", "name": "shop", "message": NEEDLE}, "2024-01-02T03:04:05.678", "ERROR", "shop", None, None, "$.message"),
    ({"levelno": 30, "created": 1, "msg": NEEDLE}, None, "WARNING", None, None, None, "$.msg"),
    ({"level": "info", "ts": 1700000000.25, "logger": "pay", "caller": "a.go:1", "traceID": "t1", "x": NEEDLE}, "2023-11-14T22:13:20.25Z", "INFO", "pay", None, "t1", "$.x"),
    # loguru
    (
        {"text": "x", "record": {"level": {"name": "DEBUG", "no": 10}, "name": "shop", "time": {"timestamp": 1700000000.5}, "extra": {"pw": NEEDLE}}},
        *("2023-11-14T22:13:20.5Z", "DEBUG", "shop", None, None, "$.record.extra.pw"),
    ),
    # ECS, GELF, Serilog, OpenTelemetry
    (
        {"@timestamp": AT, "log.level": "WARN", "service.name": "pay", "host": {"name": "web1"}, "trace": {"id": "t1"}, "a": [{"b": 1}, {"c d": NEEDLE}]},
        *(AT, "WARNING", "pay", "web1", "t1", "$.a[1]['c d']"),
    ),
    ({"@timestamp": AT, "log": {"level": "error", "logger": "c.a.F"}, "message": NEEDLE}, AT, "ERROR", "c.a.F", None, None, "$.message"),
    ({"version": "1.1", "host": "web1", "level": 3, "timestamp": 1700000000.25, "_pw": NEEDLE}, "2023-11-14T22:13:20.25Z", "ERROR", None, "web1", None, "$._pw"),
    ({"@t": AT, "@l": "Fatal", "SourceContext": "Acme.Pay", "RequestId": "r:1", "Pw": NEEDLE}, AT, "CRITICAL", "Acme.Pay", None, "r:1", "$.Pw"),
    ({"timeUnixNano": "1700000000123456789", "severityNumber": 17, "traceId": "t1", "body": NEEDLE}, "2023-11-14T22:13:20.123456789Z", "ERROR", None, None, "t1", "$.body"),
    # journalctl -o json
    (
        {"__REALTIME_TIMESTAMP": "1700000000000001", "PRIORITY": "4", "_SYSTEMD_UNIT": "pay.service", "_HOSTNAME": "web1", "MESSAGE": NEEDLE},
        *("2023-11-14T22:13:20.000001Z", "WARNING", "pay.service", "web1", None, "$.MESSAGE"),
    ),
    # CloudWatch: lines, and one document
    (
        {"logStreamName": "pay/1", "timestamp": 1700000000123, "message": f"[ERROR] it is {NEEDLE}", "ingestionTime": 1700000009999},
        *("2023-11-14T22:13:20.123Z", "ERROR", "pay/1", None, None, "$.message"),
    ),
    (
        {"events": [{"timestamp": 1700000000123, "message": "x"}, {"timestamp": 1700000001123, "message": NEEDLE, "logStreamName": "s2"}]},
        *("2023-11-14T22:13:21.123Z", None, "s2", None, None, "$.events[1].message"),
    ),
    # Loki: logcli, and the answer to a query
    ({"labels": {"app": "pay", "pod": "pay-1"}, "line": f"level=warn pw={NEEDLE}", "timestamp": AT}, AT, "WARNING", "pay", "pay-1", None, "$.line"),
    (
        {"status": "success", "data": {"resultType": "streams", "result": [
            {"stream": {"app": "web"}, "values": [["1700000000000000000", "a"]]},
            {"stream": {"app": "pay", "level": "info"}, "values": [["1700000000000000001", "a"], ["1700000001123456789", NEEDLE], ["1700000002000000000", "b"]]}]}},
        *("2023-11-14T22:13:21.123456789Z", "INFO", "pay", None, None, "$.data.result[1].values[1][1]"),
    ),
    # Elasticsearch, elasticdump
    ({"_index": "logs", "_id": "1", "_source": {"@timestamp": AT, "level": "error", "logger": "c.a", "pw": NEEDLE}}, AT, "ERROR", "c.a", None, None, "$._source.pw"),
    # evtx_dump
    (
        {"Event": {"#attributes": {"xmlns": "x"}, "System": {"Provider": {"#attributes": {"Name": "Acme-Pay"}}, "Level": 2,
         "TimeCreated": {"#attributes": {"SystemTime": "2024-01-02T03:04:05.1234567Z"}}, "Computer": "DC1"}, "EventData": {"Pw": NEEDLE}}},
        *("2024-01-02T03:04:05.1234567Z", "ERROR", "Acme-Pay", "DC1", None, "$.Event.EventData.Pw"),
    ),
    # what says nothing; a name further in is not that of what wrote it
    ({"customer": {"name": "Jane", "pw": NEEDLE}}, None, None, None, None, None, "$.customer.pw"),
]  # fmt: skip


@pytest.mark.parametrize("case", OBJECTS, ids=lambda case: dump(case[0])[:40])
def test_an_object_says(case: tuple[object, ...]) -> None:
    expected = About(*case[1:])  # type: ignore[arg-type]
    line = dump(case[0]).encode()
    assert ask(line + b"\n" + line) == ("json", expected)
    assert ask(b"%s\n" % json.dumps(case[0]).encode())[1] == expected


def test_what_is_remembered_changes_nothing() -> None:
    text = "\n".join(dump(case[0]) for case in OBJECTS).encode()
    places = [(at, text.rfind(b"\n", 0, at) + 1) for at in range(0, len(text), 5) if text[at] != 0x0A]
    random.Random(7).shuffle(places)
    reader = Format("json")
    for at, start in [*places, *sorted(places)]:
        stop = text.find(b"\n", start)
        stop = len(text) if stop < 0 else stop
        assert reader.about(text, start, stop, at, NOW) == Format("json").about(text, start, stop, at, NOW)


@pytest.mark.parametrize("case", OBJECTS, ids=lambda case: dump(case[0])[:40])
def test_an_object_over_many_lines_says_the_same_but_for_places_in_arrays(case: tuple[object, ...]) -> None:
    text = json.dumps(case[0], indent=4).encode()
    name, said = ask(text)
    wanted = About(*case[1:])  # type: ignore[arg-type]
    assert name == "json-document"
    assert said.field == re.sub(r"\[\d+\]", "[*]", wanted.field or "")
    if b"values" not in text:  # a pair of Loki's has a line for each half
        assert said._replace(field=None) == wanted._replace(field=None)


def test_a_runtime_says_when_and_the_message_says_who() -> None:
    inner = dump({"level": "warn", "logger": "shop.pay", "time": "2020-01-01T00:00:00Z", "msg": NEEDLE})
    docker = dump({"log": inner + "\n", "stream": "stdout", "time": "2024-01-02T03:04:05.123456789Z"}).encode()
    expected = About("2024-01-02T03:04:05.123456789Z", "WARNING", "shop.pay", None, None, "$.log")
    assert ask(docker) == ("docker", expected)
    cri = f"2024-01-02T03:04:05.123456789Z stdout F {inner}\n".encode()
    assert ask(cri) == ("cri", expected._replace(field="$.msg"))
    text = f"2024-01-02T03:04:05.123456789+01:00 stderr F 2020-01-01 00:00:00,000 ERROR [shop.jobs] {NEEDLE}\n".encode()
    assert ask(text)[1] == About("2024-01-02T03:04:05.123456789+01:00", "ERROR", "shop.jobs")


@pytest.mark.parametrize(
    ("path", "component", "host"),
    [
        ("/var/log/pods/shop_pay-7d9-x2_0123-4567/app/0.log", "app", "pay-7d9-x2"),
        (f"/var/log/containers/pay-7d9-x2_shop_app-{'a1' * 32}.log", "app", "pay-7d9-x2"),
        (f"/var/lib/docker/containers/{'a1' * 32}/{'a1' * 32}-json.log", "a1" * 6, None),
        ("app.log", None, None),
    ],
)
def test_the_path_of_a_container_log_names_the_container(path: str, component: str | None, host: str | None) -> None:
    said = ask(b"2024-01-02T03:04:05.123456789Z stdout F pw=<>\n", path)[1]
    assert (said.component, said.host) == (component, host)


def test_what_goes_on_from_a_line_says_what_the_line_says() -> None:
    python = b"2024-01-02 03:04:05,678 ERROR [shop.pay] no\nTraceback (most recent call last):\n  File x\nValueError: pw=<>\n"
    assert ask(python)[1] == About("2024-01-02T03:04:05.678", "ERROR", "shop.pay")
    java = b"2024-01-02 03:04:05.678 [main] WARN  c.a.Foo - no\nc.a.Oops: x\n\tat c.a.B(B.java:1)\nCaused by: c.a.Oops: <>\n"
    assert ask(java)[1] == About("2024-01-02T03:04:05.678", "WARNING", "c.a.Foo")
    two_lines = b"Jan 02, 2024 3:04:05 PM com.acme.Pay charge\nINFO: pw=<>\n"
    assert ask(two_lines)[1] == About("2024-01-02T15:04:05", "INFO", "com.acme.Pay")
    apart = b"2024-01-02 03:04:05,678 ERROR [shop.pay] no\n" + b"a line\n" * 3 + b"pw=<>\n"
    assert ask(apart)[1] == About()


JOURNAL = (
    b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1700000000000000\nPRIORITY=6\n_HOSTNAME=web0\nMESSAGE=first\n\n"
    b"__CURSOR=s=2\n__REALTIME_TIMESTAMP=1700000001000002\n__MONOTONIC_TIMESTAMP=1\nPRIORITY=3\n_HOSTNAME=web1\n"
    b"SYSLOG_IDENTIFIER=pay\n_SYSTEMD_UNIT=pay.service\n%s\n\n"
    b"__CURSOR=s=3\n__REALTIME_TIMESTAMP=1700000002000000\nPRIORITY=7\nMESSAGE=last\n\n"
)


def test_the_export_of_a_journal() -> None:
    said = About("2023-11-14T22:13:21.000002Z", "ERROR", "pay.service", "web1", None, "MESSAGE")
    assert ask(JOURNAL % b"MESSAGE=pw=<>") == ("journald-export", said)
    message = b"one\n\npw=<>\nX_Y=z"
    binary = b"MESSAGE\n" + len(message).to_bytes(8, "little") + message
    assert ask(JOURNAL % binary) == ("journald-export", said)
    assert ask(JOURNAL % b"SHOP_PW=<>")[1].field == "SHOP_PW"


def test_the_last_record_of_a_journal_waits_until_it_is_whole() -> None:
    reader = detect(JOURNAL, "")
    data = JOURNAL % b"MESSAGE=pw=<>"
    assert reader.held_from(data) == len(data)
    assert reader.held_from(data[:-1]) == data.rindex(b"__CURSOR")


@pytest.mark.parametrize("gap", ["", "\n", "\r\n    "])
def test_windows_events_as_xml(gap: str) -> None:
    event = (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>{0}<System>{0}<Provider Name='Acme-Pay' "
        "Guid='{{1}}'/>{0}<EventID>1</EventID>{0}<Level>3</Level>{0}<TimeCreated SystemTime='2024-01-02T03:04:0{1}.1234567Z'/>{0}"
        "<Correlation ActivityID='{{abc-1}}'/>{0}<Computer>DC1</Computer>{0}</System>{0}<EventData>{0}"
        "<Data Name='Pw'>{2}</Data>{0}</EventData>{0}</Event>"
    )
    text = gap.join(event.format(gap, second, value) for second, value in ((1, "x"), (2, NEEDLE), (3, "y")))
    said = About("2024-01-02T03:04:02.1234567Z", "WARNING", "Acme-Pay", "DC1", "abc-1", "Pw")
    assert ask(text.encode()) == ("evtx-xml", said)


TABLE = "time,level,service,host,user,note\n2024-01-02 03:04:05,warn,pay,web1,jane,x\n"


def test_rows_of_a_table() -> None:
    said = About("2024-01-02T03:04:05", "ERROR", "pay", "web1")
    row = '2024-01-02 03:04:05,error,"pay",web1,{},{}\n'
    assert ask((TABLE + row.format("<>", "x")).encode(), "a.csv") == ("csv", said._replace(field="user"))
    assert ask((TABLE + row.format("a", '"one, ""two""\nthree <>"')).encode(), "a.csv") == (
        "csv",
        said._replace(field="note"),
    )
    tabs = (TABLE + row.format("<>", "x")).replace(",", "\t").encode()
    assert ask(tabs, "a.txt") == ("tsv", said._replace(field="user"))


@pytest.mark.parametrize(
    ("text", "path", "name"),
    [
        ("", "a.log", "plain"),
        ("hello, world\nhello, moon\nhello, sun\n", "a.log", "plain"),
        ("[2024-01-02 03:04:05] INFO x\n[2024-01-02 03:04:06] INFO y\n", "a.log", "plain"),
        ("a,b\n", "a.csv.gz", "csv"),
        ("a,b\n", "a.log", "plain"),
        ("user;token;note\n1;2;3\n4;5;6\n", "x", "csv"),
        ("\ufeff{\"a\": 1}\n{\"a\": 2}\n", "x", "json"),
        ('[{"a": 1},\n{"a": 2}]\n', "x", "json"),
        ("level=info msg=x a=b\nlevel=info msg=y a=b\n", "x", "logfmt"),
        ("Mar  1 22:14:15 web1 sshd[123]: x\n" * 3, "x", "syslog"),
        ('10.0.0.1 - - [10/Mar/2026:13:55:36 -0700] "GET / HTTP/1.1" 200 1\n' * 3, "x", "access"),
    ],
)  # fmt: skip
def test_formats_are_told_by_the_head(text: str, path: str, name: str) -> None:
    assert detect(text.encode(), path).name == name


HEADS = [
    b"", JOURNAL, b"<Event><System>", b'{\n  "a": 1', b'{"a":1}\n{"a":1}\n', b'{"log":"a\\n","stream":"stdout","time":"x"}\n',
    b"2024-01-02T03:04:05.123456789Z stdout P x\n", TABLE.encode(), b"level=info msg=x a=b\n",
]  # fmt: skip
PARTS = [
    *b'{ } [ ] : , " \\ \n = <'.split(b" "), b"<Event ", b"<Level>", b"\n\n__CURSOR=", b"\nMESSAGE\n", b"stdout P ", b'"values":[["',
    b"2024-01-02 03:04:05", b"\x1b[1m", b"ERROR", b"[", b"INFO:", b'{"events":[{"', b"level=", b'","stream":"stdout"', b"req_id=", b"\xff",
]  # fmt: skip


@given(
    st.sampled_from(HEADS),
    st.lists(st.one_of(st.sampled_from(PARTS), st.binary(max_size=20))).map(b"".join),
    st.integers(0, 400),
)
@settings(max_examples=400)
def test_nothing_is_too_odd(head: bytes, rest: bytes, at: int) -> None:
    data = head + rest
    for reader in (detect(data, "x"), detect(head, "x.csv"), Format("plain")):
        at = min(at, max(0, len(data) - 1))
        start = data.rfind(b"\n", 0, at) + 1
        stop = data.find(b"\n", at)
        said = reader.about(data, start, len(data) if stop < 0 else stop, at, NOW)
        assert said.time is None or datetime.fromisoformat(said.time[:19])
        for text in said[2:]:
            assert text is None or (0 < len(text) <= 120 and text.isprintable())
        assert 0 <= reader.held_from(data) <= len(data)


@pytest.mark.parametrize(
    "unit",
    [
        b'{"a":',
        b"[1,",
        b'"a":"b",',
        b"\\",
        b'"',
        b"a,",
        b'",',
        b"[ ",
        b"1 ",
        b"a.",
        b"<Event ",
        b"\nA\n",
        b"x=y ",
        b"{}",
        b'{"',
    ],
)
def test_a_line_of_a_megabyte_takes_no_time(unit: bytes) -> None:
    from time import process_time

    data = unit * ((1 << 20) // len(unit))
    for head in HEADS[:-2]:
        reader = detect(head or data[: 1 << 16], "x.csv")
        begun = process_time()
        for at in (0, len(data) // 2, len(data) - 2):
            reader.about(b'{"' + data, 0, len(data), at, NOW)
            reader.about(data, 0, len(data), at, NOW)
        reader.held_from(data + b"\n")
        assert process_time() - begun < 4
