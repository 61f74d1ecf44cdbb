"""Comments and baselines that keep findings out of the result."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscrub.code.model import CodeFinding, Kind, Place, Problem
from logscrub.code.suppress import (
    NEW_REASON,
    Baseline,
    apply,
    comments_of,
    fingerprint_of,
    fingerprinted,
    project_path,
)
from logscrub.errors import ConfigError
from logscrub.model import Severity

TODAY = date(2030, 6, 15)


def finding(line: int, end: int = 0, path: str = "app.py", expression: str = "password") -> CodeFinding:
    place = Place(path, line, 5, end or line, 9)
    return CodeFinding(
        "code.secret-in-log", Kind.NAME, Severity.HIGH, "password", place, "f", "info", expression, "m", "p", (), "fix"
    )


def applied(
    source: str | bytes, *findings: CodeFinding, path: str = "app.py"
) -> tuple[list[int], list[str], list[Problem]]:
    kept, suppressed, problems = apply(findings, lambda _: source, paths=[path])
    return [one.place.line for one in kept], [one.reason for one in suppressed], problems


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("log(password)  # logscrub: ok(a test account)\n", (1, 1)),
        ("log(password)  # noqa: X  # logscrub:ok( a test account )\n", (1, 1)),
        ("# logscrub: ok(a test account)\nlog(password)\n", (2, 2)),
        ("if x:\n    # logscrub: ok(a test account)\n    log(password)\n", (3, 3)),
        ("log(\n    password,  # logscrub: ok(a test account)\n)\n", (1, 3)),
        ("log(\n    password,\n)  # logscrub: ok(a test account)\n", (1, 3)),
        ("print password # logscrub: ok(a test account)\nexec 'x' in y\nx = 'oops\n", (1, 1)),
        ("\r\nlog(password)  # logscrub: ok(a test account)\r\n", (2, 2)),
    ],
)
def test_a_comment_with_a_reason_suppresses(source: str, lines: tuple[int, int]) -> None:
    assert applied(source, finding(*lines)) == ([], ["a test account"], [])


def test_a_reason_may_hold_brackets() -> None:
    assert applied("f(x)  # logscrub: ok(hash() of it (salted))\n", finding(1))[1] == ["hash() of it (salted)"]


@pytest.mark.parametrize(
    "source",
    [
        "log(password, '# logscrub: ok(in a string)')\n",
        'log(password, """\n# logscrub: ok(in a string)\n""")\n',
        "log(password)\n\n# logscrub: ok(too far away)\n",
        "x = 1  # logscrub: ok(not alone on its line)\nlog(password)\n",
        "# mylogscrub: ok(another tool)\nlog(password)\n",
    ],
)
def test_what_is_no_such_comment_does_not(source: str) -> None:
    line = next(
        number
        for number, text in enumerate(source.split("\n"), 1)
        if "log(" in text and "logscrub: " not in text.split("log(")[0]
    )
    assert applied(source, finding(line))[0] == [line]


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ("ok", "without a reason"),
        ("ok()", "without a reason"),
        ("ok(  )", "without a reason"),
        ("ok because", "without a reason"),
        ("ignore(it)", "not understood"),
    ],
)
def test_without_a_reason_it_counts_and_a_remark_says_why(comment: str, reason: str) -> None:
    kept, suppressed, (problem,) = applied(f"\nlog(password)  # logscrub: {comment}\n", finding(2))
    assert (kept, suppressed) == ([2], [])
    assert reason in problem.reason
    assert "logscrub: ok(why" in problem.reason
    assert (problem.path, problem.line, problem.partial) == ("app.py", 2, True)


def test_a_comment_with_nothing_to_suppress_is_remarked_on() -> None:
    _, _, (problem,) = applied("log(name)  # logscrub: ok(was a password)\n")
    assert (problem.line, problem.partial) == (1, True)
    assert "nothing is found" in problem.reason


def test_one_comment_covers_every_finding_of_a_call() -> None:
    done = applied("log(a, b)  # logscrub: ok(both)\n", finding(1), finding(1, expression="token"))
    assert done == ([], ["both", "both"], [])


@pytest.mark.parametrize(
    ("path", "source", "count"),
    [
        ("a.go", 'x := "// logscrub: ok(no)"\nlog.Print(p) // logscrub: ok(yes)\n', 1),
        ("a.js", "const a = `// logscrub: ok(no)\n`;\nlog(p); /* logscrub: ok(yes) */\n", 1),
        ("a.java", "char c = '\"'; log(p); // logscrub: ok(yes)\n", 1),
        ("a.rb", "puts '# logscrub: ok(no)'\nputs p # logscrub: ok(yes)\n", 1),
        ("a.php", "echo $p; # logscrub: ok(yes)\necho $q; // logscrub: ok(yes)\n", 2),
        ("a.py", b"\xff # logscrub: ok(yes)\n", 1),
        ("a.py", b"nothing", 0),
    ],
)
def test_comments_of_other_languages(path: str, source: str | bytes, count: int) -> None:
    found = comments_of(path, source)
    assert [comment.reason for comment in found] == ["yes"] * count


@given(st.text(), st.text(), st.sampled_from(("a.py", "a.js", "a.php", "a.rb", "a")))
def test_any_text_can_be_looked_at(before: str, after: str, path: str) -> None:
    for comment in comments_of(path, f"{before}# logscrub: ok(yes){after}"):
        assert comment.line >= 1


def test_looking_takes_linear_time() -> None:
    started = perf_counter()
    for text in ("(" * 100_000, "(a)" * 50_000, "\"'`" * 50_000, "/*" * 100_000, "logscrub: ok(" * 20_000):
        for path in ("a.py", "a.js", "a.php"):
            comments_of(path, f"x = 1 # logscrub: ok(yes)\n// logscrub: ok({text}")
    assert perf_counter() - started < 20


def test_fingerprints_stay_when_lines_move_and_tell_equal_findings_apart() -> None:
    first, second = fingerprinted([finding(9), finding(3)])
    assert (first.place.line, second.place.line) == (3, 9)
    assert first.fingerprint != second.fingerprint
    moved = fingerprinted([finding(30), finding(90)])
    assert [one.fingerprint for one in moved] == [first.fingerprint, second.fingerprint]
    assert fingerprinted([second]) == [second]
    assert first.fingerprint.isalpha() and len(first.fingerprint) == 20


@pytest.mark.parametrize("change", [{"rule": "x"}, {"function": "g"}, {"expression": "x"}, {"place": Place("b.py", 1)}])
def test_what_makes_a_finding_another_one(change: dict[str, object]) -> None:
    assert fingerprint_of(finding(1)) != fingerprint_of(replace(finding(1), **change))  # type: ignore[arg-type]


def test_paths_are_those_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project" / ".git").mkdir(parents=True)
    (tmp_path / "project" / "src").mkdir()
    inside = tmp_path / "project" / "src" / "a.py"
    for place in (tmp_path, tmp_path / "project", tmp_path / "project" / "src"):
        monkeypatch.chdir(place)
        assert project_path(str(inside)) == "src/a.py"
    assert project_path("./a.py") == "src/a.py"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    assert project_path("other/../other/a.py") == "other/a.py"


def baseline(*entries: dict[str, str]) -> Baseline:
    Path("baseline.json").write_text(json.dumps({"schema": "logscrub/code-baseline/1", "findings": entries}))
    return Baseline.load("baseline.json")


@pytest.fixture
def _directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_directory")
class TestBaseline:
    """A file of findings known before."""

    def test_what_it_knows_is_suppressed_until_its_last_day(self) -> None:
        known, new = fingerprinted([finding(1), finding(2)])
        for expires, counts in (({}, False), ({"expires": "2030-06-15"}, False), ({"expires": "2030-06-14"}, True)):
            base = baseline({"fingerprint": known.fingerprint, "reason": "a test account", **expires})
            left, suppressed, problems = base.split([known, new], TODAY)
            assert left == ([known, new] if counts else [new])
            assert [one.reason for one in suppressed] == ([] if counts else ["a test account"])
            assert [one.reason for one in problems] == (
                ["counts again: its entry in the baseline expired on 2030-06-14"] if counts else []
            )

    def test_it_works_beside_comments(self) -> None:
        findings = fingerprinted([finding(1), finding(2), finding(3)])
        base = baseline({"fingerprint": findings[2].fingerprint, "reason": "by baseline"})
        kept, suppressed, problems = apply(findings, lambda _: "a  # logscrub: ok(by comment)\nb\nc\n", base)
        assert kept == [findings[1]]
        assert [one.reason for one in suppressed] == ["by comment", "by baseline"]
        assert problems == []

    def test_writing_keeps_reasons_of_what_stays_and_a_stable_order(self) -> None:
        old, new, gone = fingerprinted([finding(1, path="b.py"), finding(1, path="a.py"), finding(1, path="c.py")])
        base = baseline(
            {"fingerprint": old.fingerprint, "reason": "looked at", "expires": "2031-01-01"},
            {"fingerprint": gone.fingerprint, "reason": "fixed since"},
        )
        text = base.renewed([old, new]).text()
        assert text == base.renewed([new, old]).text()
        Path("baseline.json").write_text(text)
        entries = Baseline.load("baseline.json").entries.values()
        assert sorted((entry.path, entry.reason, entry.expires) for entry in entries) == sorted(
            [(old.place.path, "looked at", date(2031, 1, 1)), (new.place.path, NEW_REASON, None)]
        )

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("{", "is not JSON"),
            ("[" * 100_000, "is not JSON"),
            ("[]", "schema: must be 'logscrub/code-baseline/1'"),
            ('{"schema": "logscrub/code-baseline/1"}', "findings: must be a list"),
            ('{"schema": "logscrub/code-baseline/1", "findings": [1]}', "findings[0]: must be an object"),
            (
                '{"schema": "logscrub/code-baseline/1", "findings": [{"fingerprint": "x"}]}',
                "findings[0]: reason: is missing",
            ),
            (
                '{"schema": "logscrub/code-baseline/1", "findings": [{"fingerprint": "x", "reason": "y", "expire": "z"}]}',
                "findings[0]: expire: is not a key of a finding; did you mean 'expires'?",
            ),
            (
                '{"schema": "logscrub/code-baseline/1", "findings": [{"fingerprint": "x", "reason": "y", "expires": "soon"}]}',
                "findings[0]: expires: must be a day such as 2030-12-31",
            ),
            (
                '{"schema": "logscrub/code-baseline/1", "findings": [{"fingerprint": "x", "reason": 1}]}',
                "findings[0]: reason: must be a string",
            ),
        ],
    )
    def test_a_broken_one_is_refused_and_named(self, text: str, problem: str) -> None:
        Path("baseline.json").write_text(text)
        with pytest.raises(ConfigError) as caught:
            Baseline.load("baseline.json")
        assert str(caught.value) == f"baseline.json: {problem}"

    def test_a_missing_one_is_an_error(self) -> None:
        with pytest.raises(ConfigError, match="missing.json: cannot be read"):
            Baseline.load("missing.json")
