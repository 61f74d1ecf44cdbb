"""When a line says it was written."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscrub.sources.timestamps import timestamp, timestamp_near

NOW = datetime(2026, 3, 1, 12)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"2024-01-02T03:04:05Z hello", "2024-01-02T03:04:05Z"),
        (b"2024-01-02T03:04:05.123456+0200 hello", "2024-01-02T03:04:05.123456+02:00"),
        (b"2024-01-02 03:04:05,678 INFO hello", "2024-01-02T03:04:05.678"),
        (b"\xef\xbb\xbf2024-01-02 03:04:05 first line", "2024-01-02T03:04:05"),
        (b"2024/01/02 03:04:05 [error] 7#7: nginx", "2024-01-02T03:04:05"),
        (b"20171223-22:15:29:606|Step", "2017-12-23T22:15:29.606"),
        (b"level=info ts=2024-01-02T03:04:05.5Z msg=x", "2024-01-02T03:04:05.5Z"),
        (b'1.2.3.4 - bob [10/Oct/2000:13:55:36 -0700] "GET /"', "2000-10-10T13:55:36-07:00"),
        (b"[Sun Dec 04 04:47:44 2005] [notice] apache", "2005-12-04T04:47:44"),
        (b"<34>Oct  1 22:14:15 host su: x", "2025-10-01T22:14:15"),
        (b"Mar  1 22:14:15 host su: x", "2026-03-01T22:14:15"),
        (b"03-17 16:13:47.460  2227 I Android: x", "2025-03-17T16:13:47.460"),
        (b"I0102 15:04:05.000007 1 klog.go:1] x", "2026-01-02T15:04:05.000007"),
        (b"17/06/09 20:10:40 INFO spark", "2017-06-09T20:10:40"),
        (b"081109 203615 148 INFO dfs", "2008-11-09T20:36:15"),
        (b"- 1117838570 2005.06.03 R02", "2005-06-03T22:42:50Z"),
        (b"1700000000.123 squid", "2023-11-14T22:13:20.123Z"),
        (b'{"msg":"at 2020-01-01 00:00:00","time":"2024-01-02T03:04:05Z"}', "2024-01-02T03:04:05Z"),
        (b'{"ts":1700000000.25,"msg":"x"}', "2023-11-14T22:13:20.25Z"),
        (b'{"timestamp": 1700000000123}', "2023-11-14T22:13:20.123Z"),
        (b'{"@timestamp":"2024-01-02T03:04:05.000Z"}', "2024-01-02T03:04:05.000Z"),
        (b'{"__REALTIME_TIMESTAMP":"1700000000000001"}', "2023-11-14T22:13:20.000001Z"),
        (b'{"timestamp": 1700000000123456}', "2023-11-14T22:13:20.123456Z"),
        (b'{"time": "1700000000123456789"}', "2023-11-14T22:13:20.123456789Z"),
        (b"1700000000123456789 x", "2023-11-14T22:13:20.123456789Z"),
        (b"<165>1 2023-10-11T22:14:15.003-07:00 host app - - - x", "2023-10-11T22:14:15.003-07:00"),
        (b"2024-01-02 03:04:05.123+01 postgres", "2024-01-02T03:04:05.123+01:00"),
        (b"2024-01-02 03:04:05 UTC x", "2024-01-02T03:04:05Z"),
        (b"2024-01-02 03:04:05 -0330 x", "2024-01-02T03:04:05-03:30"),
        (b"2024/01/02 03:04:05.000123 main.go:12: x", "2024-01-02T03:04:05.000123"),
        (b"Jan 02, 2024 3:04:05 PM com.acme.Pay charge", "2024-01-02T15:04:05"),
        (b"Jan 2, 2024 12:04:05 AM com.acme.Pay charge", "2024-01-02T00:04:05"),
        (b"1/2/2024 3:04:05 AM,Error,x", "2024-01-02T03:04:05"),
        (b"02.01.2024 03:04:05 x", "2024-01-02T03:04:05"),
        (b"E, [2024-01-02T03:04:05.123456 #1] ERROR -- : x", "2024-01-02T03:04:05.123456"),
        (b"Feb 29 22:14:15 host su: x", None),
        (b"no time at all", None),
        (b"2024-13-45 99:99:99", None),
        (b"2023-02-30 10:00:00", None),
        (b'{"ts":12}', None),
        (b"", None),
    ],
)
def test_times_are_read(line: bytes, expected: str | None) -> None:
    assert timestamp(line, NOW) == expected


@given(st.binary(max_size=300))
def test_no_line_is_too_odd(line: bytes) -> None:
    stamp = timestamp(line, NOW)
    assert stamp is None or datetime.fromisoformat(stamp[:19])


def test_a_continuation_line_has_the_time_of_the_line_above() -> None:
    data = b"2024-01-02 03:04:05 ERROR\nTraceback\n  File\n  pw=x\n"
    assert timestamp_near(data, data.index(b"  pw"), len(data) - 1, NOW) == "2024-01-02T03:04:05"


def test_looking_back_is_bounded() -> None:
    data = b"2024-01-02 03:04:05 ERROR\n" + b"more\n" * 100 + b"pw=x"
    assert timestamp_near(data, len(data) - 4, len(data), NOW) is None
    data = b"2024-01-02 03:04:05 ERROR\n" + b"m" * 10_000 + b"\npw=x"
    assert timestamp_near(data, len(data) - 4, len(data), NOW) is None
