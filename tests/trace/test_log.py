"""Whole logs: findings with their log calls, and how many lines could be traced."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest

from logscrub import Policy, scan
from logscrub.code.model import LogCall
from logscrub.errors import SourceError
from logscrub.findings import Finding
from logscrub.report import FORMATS as SCAN_FORMATS
from logscrub.report import Options
from logscrub.trace.ledger import Emitted, read_ledger
from logscrub.trace.log import trace_log
from logscrub.trace.model import Coverage, TraceResult
from logscrub.trace.report import FORMATS
from logscrub.trace.source import calls_of

from .calls import call

ROOT = Path(__file__).resolve().parents[2]
HEAD = "2024-01-02 03:04:05 INFO app.web: "
SECRETS = ("tr0ub4dor&3", "s3cr3tW0rd9")
POLICY = Policy(key=b"0123456789abcdef0123456789abcdef")
CALLS = [
    call("login of ", 0, " with password=", 1, line=10),
    call("settings: ", 0, line=20),
    call("the answer:\n", 0, line=30),
    call("cannot reach the server of ", 0, line=40, level="error"),
    call(0, line=50),
]


def traced(tmp_path: Path, text: str, calls: list[LogCall] | None = None, **options: object) -> TraceResult:
    path = tmp_path / "app.log"
    path.write_text(text, "utf-8")
    return trace_log(path, CALLS if calls is None else calls, policy=POLICY, **options)  # type: ignore[arg-type]


def sources(result: TraceResult) -> set[tuple[int, str, int]]:
    found = ((one.call.place.line, one.expression, one.count) for each in result.findings for one in each.sources)
    return set(found)


def test_a_finding_names_the_call_and_the_argument(tmp_path: Path) -> None:
    line = f"{HEAD}login of ann with password={SECRETS[0]}\n"
    result = traced(tmp_path, line * 3 + HEAD + "settings: {'password': '" + SECRETS[1] + "'}\n")
    assert sources(result) == {(10, "b", 3), (20, "a", 1)}
    assert [(one.line, one.findings) for one in result.calls] == [(10, (("password", 3),)), (20, (("password", 1),))]


def test_what_cannot_be_traced_is_said(tmp_path: Path) -> None:
    result = traced(tmp_path, f"password={SECRETS[0]}\n{HEAD}login of ann with password={SECRETS[0]}\n")
    (finding,) = result.findings
    assert (finding.count, finding.untraced, sources(result)) == (2, 1, {(10, "b", 1)})


def test_values_on_further_lines_belong_to_the_argument_that_goes_on_there(tmp_path: Path) -> None:
    result = traced(
        tmp_path,
        f"{HEAD}settings: {{\n  'password': '{SECRETS[0]}',\n}}\n"
        f"{HEAD}the answer:\npassword={SECRETS[0]}\n"
        f"{HEAD}login of ann with password=x, later\n"
        f"{HEAD}cannot reach the server of ann\nTraceback (most recent call last):\n  x\nError: password={SECRETS[1]}\n",
    )
    assert sources(result) >= {(20, "a", 1), (30, "a", 1), (40, "", 1)}


def test_every_line_is_counted(tmp_path: Path) -> None:
    text = (
        f"{HEAD}login of ann with password=x\n" * 2
        + f"{HEAD}settings: 1\n"
        + f"{HEAD}whatever\n  and more\n"
        + "2024-01-02 03:04:05 INFO other: nothing known\n\n"
    )
    calls = [*CALLS, call("settings: ", 0, line=21)]
    result = traced(tmp_path, text, calls, every_line=True)
    assert result.coverage == Coverage(lines=7, traced=2, ambiguous=1, weak=1, continued=2, untraced=1)
    assert {(one.line, one.lines) for one in result.calls} == {(10, 2), (20, 1), (50, 1)}
    assert traced(tmp_path, text, calls).coverage is None


def test_a_line_longer_than_a_block_is_traced_by_its_beginning(tmp_path: Path) -> None:
    line = f"{HEAD}settings: {'x' * 3_000_000} password={SECRETS[0]}\n"
    result = traced(tmp_path, line + f"{HEAD}login of ann with password={SECRETS[1]}\n", every_line=True)
    assert sources(result) == {(20, "a", 1), (10, "b", 1)}
    assert result.coverage == Coverage(lines=2, traced=2)
    assert {each.first.line for each in result.findings} <= {1, 2}


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "sample_logs").iterdir() if path.suffix != ".py"))
def test_the_findings_are_those_of_a_scan(name: str) -> None:
    path = ROOT / "sample_logs" / name
    expected, result = scan(path, policy=POLICY), trace_log(path, CALLS, policy=POLICY).scan
    names = [one.name for one in fields(Finding)]
    plain = [Finding(**{name: getattr(one, name) for name in names}) for one in result.findings]
    assert plain == list(expected.findings)
    assert (result.bytes, result.lines, result.files, result.errors) == (
        expected.bytes,
        expected.lines,
        expected.files,
        expected.errors,
    )


def test_findings_beyond_the_limit_are_counted_without_a_source(tmp_path: Path) -> None:
    text = "".join(f"{HEAD}settings: 4111 ghp_{number:036d}\n" for number in range(1, 9))
    result = traced(tmp_path, text, max_findings=3)
    assert sum(one.count for one in result.findings) == sum(one.count for one in scan(tmp_path, policy=POLICY).findings)


def test_what_is_no_log_is_told_like_a_scan_tells_it(tmp_path: Path) -> None:
    (tmp_path / "binary.log").write_bytes(bytes(range(256)) * 64)
    result = trace_log([tmp_path / "binary.log", tmp_path / "missing.log"], CALLS, every_line=True)
    assert [one.path for one in result.scan.errors] == [str(tmp_path / "binary.log"), str(tmp_path / "missing.log")]


def written(result: TraceResult) -> str:
    stream = io.StringIO()
    for write in FORMATS.values():
        write(result, stream, 20)
    for report in SCAN_FORMATS.values():
        report(result.scan, stream, Options())
    return stream.getvalue()


def test_no_secret_is_in_any_report(tmp_path: Path, load: Callable[[str, str], ModuleType]) -> None:
    """Neither one of the log nor one that is written in the source."""
    load("shop.till", f'import logging\n\n\ndef pay(card):\n    logging.info("pay %s %s", card, "{SECRETS[1]}x")\n')
    calls, _ = calls_of([str(tmp_path / "src")])
    text = f"{HEAD}pay password={SECRETS[0]} {SECRETS[1]}x\n{HEAD}settings: password={SECRETS[0]}\nx password={SECRETS[0]}\n"
    shown = written(traced(tmp_path, text, [*calls, *CALLS], every_line=True))
    assert "till.py" in shown
    assert not any(secret in shown for secret in SECRETS)


def test_the_scan_report_of_a_trace_follows_its_schema(tmp_path: Path) -> None:
    schema = json.loads((ROOT / "logscrub" / "report" / "schema" / "scan-1.json").read_text())
    result = traced(tmp_path, f"{HEAD}login of ann with password={SECRETS[0]}\npassword={SECRETS[0]}\n")
    stream = io.StringIO()
    SCAN_FORMATS["json"](result.scan, stream, Options())
    document = json.loads(stream.getvalue())
    jsonschema.validate(document, schema)
    assert document["findings"][0]["source"][0]["argument"] == "b"


def test_a_ledger_is_told_with_the_calls_it_is_of(tmp_path: Path) -> None:
    ledger = [
        Emitted("/srv/venv/lib/app/web.py", 10, "password", 5, "app.web"),
        Emitted("/srv/venv/lib/app/web.py", 10, "password", 2),
        Emitted("/srv/other.py", 3, "email", 1, "other"),
        Emitted("C:\\srv\\app\\web.py", 20, "token", 1),
    ]
    calls = [*CALLS, call("x", 0, line=10, path="lib/other/web.py", logger="other.web")]
    result = traced(tmp_path, "", calls, ledger=ledger)
    assert [(one.file, one.line, one.function, one.emitted) for one in result.calls] == [
        ("app/web.py", 10, "serve", (("password", 7),)),
        ("/srv/other.py", 3, "", (("email", 1),)),
        ("app/web.py", 20, "serve", (("token", 1),)),
    ]


GOOD = '{"file": "a.py", "line": 3, "logger": "a", "rule": "password", "count": 2}'


def test_a_ledger_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    path.write_text(f"{GOOD}\n\n{GOOD.replace('logger', 'later')}\n")
    assert read_ledger(str(path)) == [Emitted("a.py", 3, "password", 2, "a"), Emitted("a.py", 3, "password", 2)]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "is no JSON; a ledger holds one object in each line"),
        ("[" * 100_000, "is no JSON; a ledger holds one object in each line"),
        ("[1]", "is no JSON object; a ledger holds one object in each line"),
        ("{}", "key 'file' must be a path"),
        (GOOD.replace("3", "0"), "key 'line' must be a number from 1"),
        (GOOD.replace("3", "true"), "key 'line' must be a number from 1"),
        (GOOD.replace("2", '"2"'), "key 'count' must be a number from 1"),
        (GOOD.replace('"logger": "a"', '"logger": 1'), "key 'logger' must be the name of a logger"),
    ],
)
def test_a_ledger_that_is_none_is_refused_by_line_and_key(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "ledger"
    path.write_text(f"{GOOD}\n{line}\n")
    with pytest.raises(SourceError) as error:
        read_ledger(str(path))
    assert str(error.value) == f"{path}:2: {problem}"
    with pytest.raises(SourceError):
        read_ledger(str(tmp_path))
