"""What ``audit_file`` says of a file as a whole: hostile input, places, inventory."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("tree_sitter", reason="the extra 'languages' is not installed")

from logscrub.code.knowledge import load
from logscrub.code.languages import FileResult, audit_file, wants
from logscrub.code.model import Kind, Sensitivity
from logscrub.code.words import Words
from logscrub.errors import MissingExtraError
from logscrub.model import Severity

WORDS = Words(load())
DEEP = 50_000


def audit(name: str, code: str | bytes) -> FileResult:
    return audit_file(name, code.encode() if isinstance(code, str) else code, WORDS)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a.js", "console.log(" + "(\n" * DEEP + "password" + ")" * DEEP + ")"),
        ("a.js", "console.log(" + "[\n" * DEEP + "password" + "]" * DEEP + ")"),
        ("a.js", "console.log(" + "f(\n" * DEEP + "password" + ")" * DEEP + ")"),
        ("a.js", "console.log(" + "a=>\n" * DEEP + "password)"),
        ("a.js", "console.log(1);" + "function f(){\n" * DEEP + "}" * DEEP),
        ("a.java", "class A{void f(){LOG.info(a);" + "if(a){\n" * DEEP + "}" * DEEP + "}}"),
        ("a.go", "package a\nfunc f(){log.Print(a)\n" + "if a {\n" * DEEP + "}\n" * DEEP + "}"),
    ],
    ids=["parentheses", "brackets", "calls", "arrows", "functions", "java", "go"],
)
def test_deep_nesting_is_read_in_part_and_said(name: str, code: str) -> None:
    started = time.perf_counter()
    result = audit(name, code)
    assert [problem.partial for problem in result.problems] == [True]
    assert time.perf_counter() - started < 60


def test_a_long_chain_is_read_whole() -> None:
    result = audit("a.js", "console.log(" + "a +\n" * 20_000 + "password)")
    assert [one.field for one in result.findings] == ["password"]
    assert result.problems == ()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (b"console.log(1);" + b"a=b;" * (5 << 18), "larger"),
        (b"console.log(1)\0", "not text"),
        (b"console.log(1);" + b"a=b;" * 100_000, "line"),
        (b"console.log(1);\n" + b"\n".join([b"a=b;" * 100] * 500), "minified"),
    ],
)
def test_what_is_not_read_is_said(code: bytes, reason: str) -> None:
    (problem,) = audit("a.js", code).problems
    assert reason in problem.reason
    assert not problem.partial


def test_a_syntax_error_is_said_and_read_around() -> None:
    result = audit("a.go", "package a\nfunc f( { }\nfunc g() { log.Println(token) }\n")
    assert [one.place.line for one in result.findings] == [3]
    assert [(one.line, one.partial) for one in result.problems] == [(2, True)]


def test_without_a_logger_nothing_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter", None)
    assert audit("a.js", "const password = 1") == FileResult()


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("logscrub.code.languages.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tree_sitter", None)
    with pytest.raises(MissingExtraError, match="languages"):
        audit("a.js", "console.log(password)")


def test_columns_are_characters() -> None:
    (one,) = audit("a.js", 'console.log("zürich 你好", password)').findings
    assert one.steps[0].place.column == 26
    assert (one.place.line, one.place.column) == (1, 1)


def test_utf_16_is_read() -> None:
    assert len(audit("a.js", "console.log(password)".encode("utf-16")).findings) == 1


def test_steps_tell_the_way_of_the_value() -> None:
    code = "function show(v) {\n  log.warn(v);\n}\nconst line = 'p' + user.password;\nshow(line);\n"
    (one,) = audit("a.js", code).findings
    assert one.kind is Kind.FLOW
    assert (one.level, one.function, one.severity) == ("warning", "show", Severity.HIGH)
    assert [(step.place.line, step.text) for step in one.steps] == [
        (4, "`password` is a password by its name"),
        (4, "assigned to `line`"),
        (5, "passed to `show`"),
        (2, "printed by `log`"),
    ]


def test_literals_are_left_out() -> None:
    code = "logger.info(wrap('hunter2-hunter2') + `swordfish ${user.password}` + {k: 'xyzzy-xyzzy', p: password})"
    result = audit("a.js", code)
    assert result.findings
    for one in result.findings:
        told = repr((one.expression, one.message, one.steps, one.fix))
        assert "hunter2" not in told
        assert "swordfish" not in told
        assert "xyzzy" not in told


def test_what_a_variable_holds_is_not_shown() -> None:
    result = audit("a.js", "const x = 'swordfish-17'; log.info('a ' + x, x, password)")
    assert result.findings
    assert "swordfish" not in repr(result)


@pytest.mark.parametrize(
    ("name", "code", "template", "level", "sensitive"),
    [
        ("a.js", "logger.warn('a %s b %d', user, secret)", "a {} b {}", "warning", [1]),
        ("a.js", "logger.info(`a ${x} b`, y)", "a {} b {}", "info", []),
        ("a.ts", "this.logger.debug('a' + x + 'b')", "a{}b", "debug", []),
        ("a.java", 'class A { void f() { LOG.error("a {} b {}", x, apiKey); } }', "a {} b {}", "error", [1]),
        ("a.java", 'class A { void f() { LOG.info(String.format("a %s", x)); } }', "a {}", "info", []),
        ("a.go", 'package a\nfunc f() { log.Printf("a %v %T", x, password) }', "a {} {type}", "info", []),
    ],
)
def test_every_log_call_is_in_the_inventory(
    name: str, code: str, template: str, level: str, sensitive: list[int]
) -> None:
    (call,) = audit(name, code).calls
    assert (call.template, call.level) == (template, level)
    found = [at for at, one in enumerate(call.arguments) if one.sensitivity is Sensitivity.SECRET]
    assert found == sensitive


def test_a_masked_argument_is_told_from_others() -> None:
    (call,) = audit("a.js", "log.info(hash(password), user.id, 'x')").calls
    assert [one.sensitivity for one in call.arguments] == [Sensitivity.MASKED, Sensitivity.METADATA]


def test_two_readings_say_the_same() -> None:
    code = (Path(__file__).parent / "samples" / "flow.ts").read_bytes()
    assert audit("flow.ts", code) == audit("flow.ts", code)


def test_only_what_people_wrote_is_wanted() -> None:
    assert [wants(name) for name in ("A.java", "a.go", "a.tsx", "a.d.ts", "a.pb.go", "a.rs")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


CASES = Path(__file__).parents[3].parent / "shared" / "corpora" / "code_cases.jsonl"


def test_labelled_cases_of_others() -> None:
    """At least as many lines of CodeQL's own test files are judged as labelled as when this was measured."""
    root = os.environ.get("LOGSCRUB_CODEQL", "")
    if not root or not CASES.is_file():
        pytest.skip("LOGSCRUB_CODEQL names no checkout of CodeQL, or the labels are not there")
    wrong: dict[tuple[str, str], list[str]] = {}
    rows = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    found: dict[str, set[int]] = {}
    for row in rows:
        if row["lang"] not in ("javascript", "java", "go"):
            continue
        path = row["path"]
        if path not in found:
            result = audit(path, (Path(root) / path).read_bytes())
            found[path] = {one.place.line for one in result.findings if one.severity > Severity.LOW}
        if (row["line"] in found[path]) is not (row["expect"] == "leak"):
            wrong.setdefault((row["lang"], row["expect"]), []).append(f"{path}:{row['line']}")
    assert not wrong.get(("java", "ok"))
    assert sum(map(len, wrong.values())) <= 2, wrong
